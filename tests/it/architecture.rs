//! The walls of the house, read off its sources: which room may know of what.

use std::path::{Path, PathBuf};

/// A source file: its path from the root of the project, and its lines without comments.
struct Source {
    path: String,
    lines: Vec<String>,
}

fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(read(root, &path));
            }
        }
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    assert!(!found.is_empty());
    found
}

fn read(root: &Path, path: &PathBuf) -> Source {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned()).collect();
    Source { path: path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"), lines }
}

/// The places outside of the rooms that may know a word where it is found.
fn strangers(sources: &[Source], word: &str, may: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !may(&source.path)) {
        for (number, line) in source.lines.iter().enumerate().filter(|(_, line)| line.contains(word)) {
            found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
        }
    }
    found
}

/// Whether a path is a file or folder of some name within an area.
fn room(path: &str, name: &str) -> bool {
    path.ends_with(&format!("/{name}.rs")) || path.contains(&format!("/{name}/"))
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn only_the_api_knows_the_graphql_library() {
    // The closed sets and the error codes carry their GraphQL form with them: written twice, the lists would drift.
    let may = |path: &str| {
        room(path, "graphql")
            || path.starts_with("src/http/")
            || matches!(path, "src/error.rs" | "src/auth/permission.rs" | "src/auth/permission/tests.rs" | "entity/src/kinds/mod.rs")
    };
    assert_eq!(strangers(&sources("src"), "async_graphql", may), none());
    assert_eq!(strangers(&sources("entity/src"), "async_graphql", may), none());
}

#[test]
fn only_stores_and_the_database_know_the_orm() {
    let may = |path: &str| room(path, "store") || path.starts_with("src/db/");
    assert_eq!(strangers(&sources("src"), "sea_orm", may), none());
    assert_eq!(strangers(&sources("src"), "sqlx", |path| path.starts_with("src/db/")), none());
}

#[test]
fn metrics_are_pure() {
    let metrics: Vec<Source> = sources("src/metrics").into_iter().filter(|source| !room(&source.path, "tests")).collect();
    for word in [
        "async ",
        "tokio",
        "sea_orm",
        "async_graphql",
        "crate::db",
        "crate::auth",
        "crate::app",
        "crate::clock",
        "crate::graphql",
        "crate::error",
        "Utc::now",
        "f64",
        "f32",
    ] {
        assert_eq!(strangers(&metrics, word, |_| false), none(), "{word}");
    }
    let foreign = |line: &String| {
        let used = line.strip_prefix("use ").map(str::to_owned);
        used.is_some_and(|used| {
            let may =
                ["std::", "chrono::", "chrono_tz::", "rust_decimal::", "entity::", "super::", "self::", "crate::metrics", "proptest", "{"];
            !may.iter().any(|start| used.starts_with(start))
        })
    };
    let found: Vec<String> = metrics
        .iter()
        .flat_map(|source| source.lines.iter().filter(|line| foreign(line)).map(|line| format!("{}: {line}", source.path)))
        .collect();
    assert_eq!(found, none());
}

#[test]
fn the_api_holds_no_queries_and_no_transactions() {
    let api: Vec<Source> = sources("src").into_iter().filter(|source| room(&source.path, "graphql")).collect();
    for word in ["store::", "TenantTx", "TenantWrite", ".read().await", ".write().await", ".find::<"] {
        assert_eq!(strangers(&api, word, |_| false), none(), "{word}");
    }
}

#[test]
fn rules_do_not_know_the_api() {
    let services: Vec<Source> =
        sources("src").into_iter().filter(|source| room(&source.path, "service") || room(&source.path, "store")).collect();
    assert_eq!(strangers(&services, "crate::graphql", |_| false), none());
}

#[test]
fn a_store_is_private_to_its_area() {
    let areas = sources("src");
    assert_eq!(strangers(&areas, "pub mod store", |_| false), none());
    assert_eq!(strangers(&areas, "pub(crate) mod store", |_| false), none());
}

#[test]
fn nobody_opens_a_transaction_but_with_a_scope() {
    let sources = sources("src");
    for word in ["db().read(", "db().write(", ".db.read(", ".db.write("] {
        assert_eq!(strangers(&sources, word, |path| path == "src/auth/scope.rs" || path == "src/auth/session.rs"), none(), "{word}");
    }
}

#[test]
fn no_number_of_the_api_is_wider_than_graphql_allows() {
    let api: Vec<Source> =
        sources("src").into_iter().filter(|source| room(&source.path, "graphql") && source.path.ends_with(".rs")).collect();
    for source in &api {
        for line in
            source.lines.iter().filter(|line| line.trim_start().starts_with("async fn") || line.trim_start().starts_with("pub async fn"))
        {
            let answer = line.split("->").nth(1).unwrap_or_default();
            for wide in ["i64", "u64", "usize", "u32", "f64", "f32"] {
                assert!(!answer.contains(wide), "{}: {line}", source.path);
            }
        }
    }
}

#[test]
fn rooms_are_named_for_what_is_in_them() {
    for folder in ["src", "entity/src", "migration/src"] {
        for source in sources(folder) {
            for vague in ["utils", "helpers", "common", "manager", "misc"] {
                assert!(!room(&source.path, vague), "{}", source.path);
            }
        }
    }
}

#[test]
fn a_room_fits_on_a_few_screens() {
    let long: Vec<String> = ["src", "entity/src", "migration/src"]
        .into_iter()
        .flat_map(sources)
        .filter(|source| source.lines.len() > 600)
        .map(|source| format!("{}: {} lines", source.path, source.lines.len()))
        .collect();
    assert_eq!(long, none());
}

#[test]
fn nothing_is_left_for_later() {
    for folder in ["src", "entity/src", "migration/src", "tests"] {
        for word in ["TO\u{44}O", "FIX\u{4d}E", "todo\u{21}", "unimplemented\u{21}"] {
            let found: Vec<String> = sources(folder)
                .iter()
                .filter(|source| source.lines.iter().any(|line| line.contains(word)))
                .map(|source| source.path.clone())
                .collect();
            assert_eq!(found, none(), "{word}");
        }
    }
}
