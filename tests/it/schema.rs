//! The schema file is what the binary serves, and every part of it is explained to whoever calls it.

use serde_json::{Value, json};

use entity::kinds::Role;

use crate::support::{Engine, TestApp};

#[test]
fn the_schema_file_is_up_to_date() {
    let file = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql")).unwrap();
    assert!(file.trim_end() == tandem::graphql::sdl().trim_end(), "schema.graphql is stale: run `cargo run -- schema > schema.graphql`");
}

const DESCRIPTIONS: &str = "{ __schema { types { kind name description fields { name description args { name description } }
    inputFields { name description } enumValues { name description } } } }";

#[tokio::test]
async fn everything_is_described() {
    let app = TestApp::new(Engine::Sqlite).await.unwrap();
    let admin = app.org("acme").await.member(Role::Admin).await;
    let schema = admin.gql(DESCRIPTIONS, json!({})).await;
    let mut silent = Vec::new();
    for kind in schema["__schema"]["types"].as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        // The language's own words.
        if name.starts_with("__") || name == "ID" {
            continue;
        }
        note(&mut silent, name, kind);
        for list in ["fields", "inputFields", "enumValues"] {
            for part in kind[list].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", part["name"].as_str().unwrap());
                note(&mut silent, &path, part);
                for argument in part["args"].as_array().into_iter().flatten().filter(|argument| argument["name"] != "input") {
                    note(&mut silent, &format!("{path}({})", argument["name"].as_str().unwrap()), argument);
                }
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new());
}

fn note(silent: &mut Vec<String>, path: &str, part: &Value) {
    if part["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
        silent.push(path.to_owned());
    }
}

#[test]
fn counters_and_money_are_never_floats() {
    let sdl = tandem::graphql::sdl();
    let floats: Vec<&str> = sdl.lines().filter(|line| line.contains("Float")).collect();
    assert_eq!(floats, Vec::<&str>::new());
}

#[test]
fn mutations_that_are_named_stand_in_the_schema() {
    let sdl = tandem::graphql::sdl();
    let (_, mutations) = sdl.split_once("\ntype Mutation {").unwrap();
    let (mutations, _) = mutations.split_once("\n}").unwrap();
    for name in tandem::graphql::SENSITIVE_MUTATIONS.iter().chain(tandem::graphql::OPEN_MUTATIONS) {
        assert!(mutations.contains(&format!("\n  {name}(")), "{name}");
    }
}
