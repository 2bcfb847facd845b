//! What touches and journeys say about who earned what was won, on both engines.

mod gap;
mod importance;
mod journeys;
mod models;
mod taken;

use serde_json::{Value, json};

use crate::support::Caller;
use crate::support::story::{Story, usd};

const JANUARY: &str = r#"period: { from: "2026-01-01", to: "2026-02-01" }"#;

async fn asked(caller: &Caller<'_>, field: &str, arguments: &str, fields: &str) -> Value {
    caller.gql(&format!("{{ {field}({arguments}) {{ {fields} }} }}"), json!({})).await[field].take()
}

/// Fields, codes and the error itself where a question is refused.
async fn refusal(caller: &Caller<'_>, field: &str, arguments: &str, fields: &str) -> (String, String) {
    let answer = caller.answer(&format!("{{ {field}({arguments}) {{ {fields} }} }}"), json!({})).await;
    let extensions = &answer["errors"][0]["extensions"];
    let problem = extensions.pointer("/problems/0").or(extensions.pointer("/errors/0")).unwrap_or(extensions);
    (extensions["code"].as_str().unwrap_or_default().to_owned(), problem["field"].to_string().replace('"', ""))
}

/// The journey of G5: six touches of one person, won on 31 January for 10 000.00, with all credit for SALES.
async fn g5(story: &Story<'_>) -> (String, Vec<String>) {
    story.at("2026-02-01T00:00:00Z");
    let person = story.person(json!({ "knownAt": "2026-01-08T12:00:00Z", "email": "ada@example.com" })).await;
    let mut touches = Vec::new();
    for (at, resource) in [
        ("2026-01-01T12:00:00Z", "MARKETING"),
        ("2026-01-08T12:00:00Z", "MARKETING"),
        ("2026-01-15T12:00:00Z", "MARKETING"),
        ("2026-01-20T12:00:00Z", "PRODUCT"),
        ("2026-01-25T12:00:00Z", "SALES"),
        ("2026-01-31T11:00:00Z", "SALES"),
    ] {
        touches.push(story.touch(at, resource, json!({ "personId": person })).await);
    }
    story.stage("2026-01-20T12:00:00Z", "OPPORTUNITY", &person).await;
    let whole = json!([{ "resource": "SALES", "basisPoints": 10_000 }]);
    let close = json!({ "newAccount": { "name": "Ada" }, "personId": person, "occurredAt": "2026-01-31T12:00:00Z", "amount": usd("10000.00"),
        "path": "ASSISTED", "signedSplit": { "signedAt": "2026-01-30T12:00:00Z", "shares": whole } });
    (story.close(close).await["id"].as_str().unwrap().to_owned(), touches)
}

/// A close of a new company, with touches of its own before.
async fn won_by(story: &Story<'_>, name: &str, at: &str, amount: &str, touches: &[(&str, &str)]) -> String {
    let account = story.account(name).await;
    for (at, channel) in touches {
        story.touch(at, "MARKETING", json!({ "accountId": account, "channel": channel })).await;
    }
    let close = json!({ "accountId": account, "occurredAt": at, "amount": usd(amount), "path": "ASSISTED", "sourceResource": "SALES" });
    story.close(close).await["id"].as_str().unwrap().to_owned()
}

/// An opportunity of a new company that is lost, with touches of its own before.
async fn lost_by(story: &Story<'_>, caller: &Caller<'_>, name: &str, at: &str, touches: &[(&str, &str)]) {
    let account = story.account(name).await;
    for (at, channel) in touches {
        story.touch(at, "MARKETING", json!({ "accountId": account, "channel": channel })).await;
    }
    let create =
        "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";
    let input = json!({ "accountId": account, "name": "Paper", "openedAt": "2026-01-02T00:00:00Z" });
    let opportunity = caller.gql(create, json!({ "input": input })).await["createOpportunity"]["opportunity"]["id"].take();
    let close = "mutation($input: CloseOpportunityInput!) { closeOpportunity(input: $input) { userErrors { field code } } }";
    let input = json!({ "opportunityId": opportunity, "outcome": "LOST_COMPETITOR", "closedAt": at, "reason": "told us" });
    assert_eq!(caller.gql(close, json!({ "input": input })).await["closeOpportunity"]["userErrors"], json!([]));
}
