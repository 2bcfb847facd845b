//! Who may do what: every root field as every role, as a table that anybody can read.

use std::fmt::Write;

use entity::kinds::Role;
use serde_json::Value;

use crate::support::operations::{Ids, plain, schema};
use crate::support::{Caller, Engine, TestApp, rows};

/// Mutations that let somebody in: they need no token.
const FOR_ANYBODY: [&str; 5] = ["signIn", "refreshSession", "acceptInvitation", "requestPasswordReset", "resetPassword"];

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
    let mut table = String::new();
    for operation in &operations {
        let anonymous = code(&app.anonymous(), &operation.document, &operation.variables).await;
        if FOR_ANYBODY.contains(&operation.field.as_str()) {
            assert_eq!(anonymous, "", "{}", operation.field);
            writeln!(table, "{:8} {:28} anybody, signed in or not", operation.kind, operation.field).unwrap();
            continue;
        }
        assert_eq!(anonymous, "UNAUTHENTICATED", "{}", operation.field);
        let mut allowed = Vec::new();
        for (role, caller) in &callers {
            if code(caller, &operation.document, &operation.variables).await == "FORBIDDEN" {
                continue;
            }
            allowed.push(role.name());
        }
        let who = if allowed.len() == callers.len() { "everybody who is signed in".to_owned() } else { allowed.join(", ") };
        writeln!(table, "{:8} {:28} {who}", operation.kind, operation.field).unwrap();
    }
    // The few calls that succeed with made-up input are those of members who may.
    let denied = callers.iter().filter(|(role, _)| matches!(role, Role::Executive | Role::Auditor | Role::Partner));
    let after = rows(&app).await;
    for (_, caller) in denied {
        let open = |field: &str| FOR_ANYBODY.contains(&field) || ON_ONESELF.contains(&field);
        for operation in operations.iter().filter(|operation| operation.kind == "mutation" && !open(&operation.field)) {
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
