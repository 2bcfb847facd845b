//! What the figures tell by themselves: found, told once, and acknowledged.

mod acknowledged;
mod found;
mod goals;
mod searched;

use serde_json::{Value, json};

use crate::catalogue::{at, number};
use crate::support::Caller;
use crate::support::story::Story;

/// Everything an insight says.
pub const SAID: &str = "id kind severity statementKey statement addressedTo state period { from to } raisedAt replaces { id }
    subject { key goal { id } resource agreement { id } rejectReason blocker segment { id } channel tactic { id } content { id } }
    figures { observed threshold baseline count cost { amount currency } }
    source { document variables path } rows { document variables path }
    acknowledgement { action acknowledgedBy { id } recordedAt }";

const ACKNOWLEDGE: &str = "mutation($input: AcknowledgeInsightInput!) { acknowledgeInsight(input: $input) {
    insight { id state acknowledgement { action acknowledgedBy { id } recordedAt } } userErrors { field code } } }";

/// What is new, or has become worse.
pub async fn find(by: &Caller<'_>) -> Vec<Value> {
    let document = format!("mutation {{ findInsights(input: {{}}) {{ insights {{ {SAID} }} userErrors {{ field code }} }} }}");
    let mut payload = by.gql(&document, json!({})).await["findInsights"].take();
    assert_eq!(payload["userErrors"], json!([]));
    serde_json::from_value(payload["insights"].take()).unwrap()
}

/// What was observed, told once more by the question that the insight carries.
pub async fn observed_again(by: &Caller<'_>, insight: &Value) -> String {
    let source = &insight["source"];
    let answer = by.gql(source["document"].as_str().unwrap(), source["variables"].clone()).await;
    number(&at(&answer, source["path"].as_str().unwrap())).unwrap()
}

/// How many rows stand behind an insight.
pub async fn rows_of(by: &Caller<'_>, insight: &Value) -> usize {
    let rows = &insight["rows"];
    let mut variables = rows["variables"].clone();
    variables["first"] = json!(100);
    let answer = by.gql(rows["document"].as_str().unwrap(), variables).await;
    at(&answer, rows["path"].as_str().unwrap())["nodes"].as_array().unwrap().len()
}

/// The figures: observed, threshold, baseline and count.
pub fn figures(insight: &Value) -> (&str, &str, Option<&str>, i64) {
    let figures = &insight["figures"];
    let text = |name: &str| figures[name].as_str();
    (text("observed").unwrap(), text("threshold").unwrap(), text("baseline"), figures["count"].as_i64().unwrap())
}

/// Money that Marketing spent on nothing in May, looked at on the first of June.
async fn spent_in_vain<'a>(story: &Story<'a>) -> (Caller<'a>, Value) {
    let desk = story.at("2026-06-01T12:00:00Z");
    story.cost("MARKETING", "1200.00", "2026-05-01", "2026-05-31").await;
    let mut found = find(&desk).await;
    assert_eq!(found.len(), 1);
    (desk, found.remove(0))
}

/// How many insights somebody is shown.
async fn shown(by: &Caller<'_>, arguments: &str) -> i64 {
    by.gql(&format!("{{ insights{arguments} {{ totalCount }} }}"), json!({})).await["insights"]["totalCount"].as_i64().unwrap()
}
