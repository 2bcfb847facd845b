//! Who may do what: every root field as every role, as a table that anybody can read.

use std::fmt::Write;

use entity::kinds::Role;
use serde_json::Value;
use tandem::auth::permission::{Reach, reach};
use tandem::graphql::OPEN_MUTATIONS;
use tandem::graphql::needs::{Needs, listed};

use crate::support::operations::{Ids, plain, schema};
use crate::support::{Caller, Engine, TestApp, rows};

/// Mutations of whoever is signed in, on themselves alone.
const ON_ONESELF: [&str; 3] = ["signOut", "signOutEverywhere", "changePassword"];

/// Ids of objects that do not exist.
struct Nothing;

impl Ids for Nothing {
    fn ordinary(&self, prefix: &str) -> String {
        format!("{prefix}_00000000000000000000000001")
    }

    fn tested(&self, prefix: &str) -> String {
        self.ordinary(prefix)
    }
}

async fn code(caller: &Caller<'_>, document: &str, variables: &Value) -> String {
    let answer = caller.answer(document, variables.clone()).await;
    let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
    if matches!(code.as_str(), "FORBIDDEN" | "UNAUTHENTICATED") {
        let field = answer["data"].as_object().and_then(|data| data.values().next());
        assert!(field.is_none_or(Value::is_null), "{document}\n{answer:#}");
    }
    assert!(
        !matches!(code.as_str(), "INTERNAL" | "GRAPHQL_VALIDATION_FAILED" | "GRAPHQL_PARSE_FAILED"),
        "{document}\n{variables:#}\n{answer:#}"
    );
    code
}

/// How far a role goes in an operation: as far as each of the permissions it needs; `None` where one is missing.
fn how_far(role: Role, needs: &Needs) -> Option<Reach> {
    needs.always.iter().try_fold(Reach::Organization, |least, &permission| Some(least.min(reach(role, permission)?)))
}

/// A word for a reach, in a table.
const fn word(reach: Option<Reach>) -> &'static str {
    match reach {
        None => "-",
        Some(Reach::Own) => "own",
        Some(Reach::Team) => "team",
        Some(Reach::Resource) => "resource",
        Some(Reach::Organization) => "all",
    }
}

const LEGEND: &str = "\
Who may do what, and with which objects.

-         may not
own       what is theirs, and what is of those they act for
team      what is of their team and the teams within it
resource  what is of the resource they work for
all       everything of the organization

What is of nobody in particular (pipelines, stages, credit policies, allocation rules) is shown to all who may read it.
A permission in brackets is needed for some of what can be asked for.
";

/// A denial changes nothing: asked by those who may not, the rows of every table stay as they are.
async fn table_of_rights(engine: Engine) -> Option<String> {
    let app = TestApp::new(engine).await?;
    let acme = app.org("acme").await;
    let mut callers = Vec::new();
    for &role in Role::ALL {
        callers.push((role, acme.member(role).await));
    }
    let operations = plain(&schema(&callers[0].1).await, &Nothing);
    let before = rows(&app).await;
    let needs = listed();
    let mut table = LEGEND.to_owned();
    let header: String = Role::ALL.iter().map(|role| format!("{:16}", role.name())).collect();
    let mut line = |kind: &str, field: &str, cells: &str, needed: &str| {
        let kind = if kind == "subscription" { "listen" } else { kind };
        writeln!(table, "{}", format!("{kind:8} {field:21} {cells}{needed}").trim_end()).unwrap();
    };
    line("", "", "", "");
    line("", "", &header, "NEEDS");
    for operation in &operations {
        let anonymous = code(&app.anonymous(), &operation.document, &operation.variables).await;
        if OPEN_MUTATIONS.contains(&operation.field.as_str()) {
            assert_eq!(anonymous, "", "{}", operation.field);
            line(operation.kind, &operation.field, "anybody, signed in or not", "");
            continue;
        }
        assert_eq!(anonymous, "UNAUTHENTICATED", "{}", operation.field);
        let root = match operation.kind {
            "query" => "Query",
            "mutation" => "Mutation",
            _ => "Subscription",
        };
        let needs = &needs[&format!("{root}.{}", operation.field)];
        let mut cells = String::new();
        for (role, caller) in &callers {
            let far = how_far(*role, needs);
            // The table tells what happens.
            let denied = code(caller, &operation.document, &operation.variables).await == "FORBIDDEN";
            // What is needed at times may be needed of this very example.
            let at_times = needs.at_times.iter().any(|&permission| reach(*role, permission).is_none());
            assert!(denied == far.is_none() || denied && at_times, "{} as {role:?}", operation.field);
            write!(cells, "{:16}", word(far)).unwrap();
        }
        if needs.always.is_empty() && !needs.at_times.is_empty() {
            line(operation.kind, &operation.field, "what they may see of each kind of object", "");
            continue;
        }
        let at_times = needs.at_times.iter().map(|permission| format!("({})", permission.name()));
        let names: Vec<String> = needs.always.iter().map(|permission| permission.name().to_owned()).chain(at_times).collect();
        let needed = if names.is_empty() { "a signed-in caller".to_owned() } else { names.join(" ") };
        line(operation.kind, &operation.field, &cells, &needed);
    }
    // The few calls that succeed with made-up input are those of members who may.
    let denied = callers.iter().filter(|(role, _)| matches!(role, Role::Executive | Role::Auditor | Role::Partner));
    let after = rows(&app).await;
    for (role, caller) in denied {
        let open = |field: &str| OPEN_MUTATIONS.contains(&field) || ON_ONESELF.contains(&field);
        let may = |field: &str| how_far(*role, &needs[&format!("Mutation.{field}")]).is_some();
        let closed = |field: &str| !open(field) && !may(field);
        for operation in operations.iter().filter(|operation| operation.kind == "mutation" && closed(&operation.field)) {
            assert_eq!(code(caller, &operation.document, &operation.variables).await, "FORBIDDEN", "{}", operation.field);
        }
    }
    assert_eq!(rows(&app).await, after);
    assert!(before.len() > 10);
    Some(table)
}

#[tokio::test]
async fn every_root_field_as_every_role() {
    let table = table_of_rights(Engine::Sqlite).await.unwrap();
    insta::assert_snapshot!("rights", table);
    if let Some(on_postgres) = table_of_rights(Engine::Postgres).await {
        assert_eq!(on_postgres, table);
    }
}
