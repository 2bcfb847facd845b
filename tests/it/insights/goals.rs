//! Goals that are behind, and goals that were missed.

use serde_json::{Value, json};

use super::{figures, find, observed_again};
use crate::catalogue::{at, number};
use crate::goals::{closes, set, win};
use crate::support::Caller;
use crate::support::on_both_engines;
use crate::support::story::Story;

/// What is found of goals.
async fn of_goals(by: &Caller<'_>) -> Vec<Value> {
    let mut found = find(by).await;
    found.retain(|insight| insight["kind"] == "GOAL_OFF_PACE");
    found
}

on_both_engines! {
    async fn a_goal_that_is_behind_is_told_to_those_who_answer_for_it(app: TestApp) {
        let story = Story::begin(&app).await;
        let desk = story.at("2026-03-31T12:00:00Z");
        set(&desk, closes(json!({ "name": "By calendar" }))).await;
        let behind = set(&desk, closes(json!({ "name": "By working days", "curve": { "kind": "BUSINESS_DAYS" } }))).await;
        assert_eq!(of_goals(&story.at("2026-04-02T00:00:00Z")).await, Vec::<Value>::new(), "it has only begun");
        story.at("2026-05-15T20:00:00Z");
        win(&story, 54).await;
        let desk = story.at("2026-05-16T00:00:00Z");
        let found = of_goals(&desk).await;
        assert_eq!(found.len(), 1, "a pace of 0.91 is good enough");
        let told = &found[0];
        assert_eq!((&told["severity"], &told["statementKey"], figures(told)), (&json!("WARNING"), &json!("GOAL_BEHIND"), ("0.8864", "0.9000", None, 33)));
        assert_eq!((&told["addressedTo"], &told["subject"]["goal"]["id"]), (&json!(["SALES", "MARKETING", "PRODUCT"]), &behind["id"]));
        assert_eq!(told["period"], json!({ "from": "2026-04-01", "to": "2026-07-01" }));
        // It tells how to ask again, and that tells how to ask for what stands behind it.
        assert_eq!(observed_again(&desk, told).await, "0.8864");
        let rows = &told["rows"];
        let answer = desk.gql(rows["document"].as_str().unwrap(), rows["variables"].clone()).await;
        let source = at(&answer, rows["path"].as_str().unwrap());
        let answer = desk.gql(source["document"].as_str().unwrap(), source["variables"].clone()).await;
        assert_eq!(number(&at(&answer, source["path"].as_str().unwrap())).as_deref(), Some("54"));
        assert_eq!(of_goals(&desk).await, Vec::<Value>::new(), "it is told once");

        let desk = story.at("2026-07-01T00:00:00Z");
        let missed = of_goals(&desk).await;
        let told: Vec<_> = missed.iter().map(|insight| (&insight["severity"], &insight["statementKey"], &insight["figures"]["observed"])).collect();
        assert_eq!(told, [(&json!("CRITICAL"), &json!("GOAL_MISSED"), &json!("0.4500")); 2]);
        let mut replaced: Vec<&Value> = missed.iter().map(|insight| &insight["replaces"]).collect();
        replaced.sort_by_key(|replaced| replaced.is_null());
        assert_eq!(replaced, [&json!({ "id": found[0]["id"] }), &Value::Null]);
        assert_eq!(of_goals(&story.at("2026-07-02T00:00:00Z")).await, Vec::<Value>::new());
    }
}
