//! What resources earn for what they cost, and where to invest, on both engines.

mod again;
mod review;
mod scoreboard;
mod unit;

use serde_json::{Value, json};

use crate::support::Caller;
use crate::support::story::{Story, usd};

const QUARTER: &str = r#"period: { from: "2026-01-01", to: "2026-04-01" }"#;
const JANUARY: &str = r#"period: { from: "2026-01-01", to: "2026-02-01" }"#;

async fn asked(caller: &Caller<'_>, field: &str, arguments: &str, fields: &str) -> Value {
    caller.gql(&format!("{{ {field}({arguments}) {{ {fields} }} }}"), json!({})).await[field].take()
}

/// Code of the error, and the field it is about.
async fn refusal(caller: &Caller<'_>, field: &str, arguments: &str) -> (String, String) {
    let answer = caller.answer(&format!("{{ {field}({arguments}) {{ __typename }} }}"), json!({})).await;
    let extensions = &answer["errors"][0]["extensions"];
    let problem = extensions.pointer("/problems/0").or(extensions.pointer("/errors/0")).unwrap_or(extensions);
    (extensions["code"].as_str().unwrap_or_default().to_owned(), problem["field"].to_string().replace('"', ""))
}

/// A close of a new company whose credit is one resource's.
async fn won(story: &Story<'_>, name: &str, at: &str, amount: &str, resource: &str, more: Value) -> String {
    let whole = json!([{ "resource": resource, "basisPoints": 10_000 }]);
    let mut input = json!({ "newAccount": { "name": name }, "occurredAt": at, "amount": usd(amount), "path": "ASSISTED",
        "signedSplit": { "signedAt": "2025-12-01T00:00:00Z", "shares": whole } });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    story.close(input).await["id"].as_str().unwrap().to_owned()
}
