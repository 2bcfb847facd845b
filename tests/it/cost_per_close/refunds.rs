//! When counts what is given back, and what is voided.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::Caller;
use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

const TREND: &str = "query($refunds: RefundPeriod, $asOf: DateTime, $by: CostDimension! = RESOURCE, $basis: CloseBasis) {
    costPerCloseTrend(period: { from: \"2026-01-01\", to: \"2026-04-01\" }, grain: MONTH, by: $by, basis: $basis, refundPeriod: $refunds, asOf: $asOf) {
        points { refundPeriod conserved blended { closes value { amount } } lines { key creditedCloses creditedValue { amount } } } } }";
const ROWS: &str = "query($from: LocalDate!, $to: LocalDate!, $by: CostDimension!) {
    costPerClose(period: { from: $from, to: $to }, by: $by, refundPeriod: EVENT_PERIOD) { rows(side: CLOSES) {
        totalCount nodes { ... on CloseCreditRow { line basisPoints value { amount } movement { kind } close { id } } } } } }";

/// Closes and value of each month.
async fn months(caller: &Caller<'_>, refunds: &str, as_of: Option<&str>) -> Vec<String> {
    let data = caller.gql(TREND, json!({ "refunds": refunds, "asOf": as_of })).await;
    let points = data["costPerCloseTrend"]["points"].as_array().unwrap().iter();
    points
        .map(|point| {
            assert_eq!((&point["conserved"], &point["refundPeriod"]), (&json!(true), &json!(refunds)));
            format!("{} / {}", point["blended"]["closes"], point["blended"]["value"]["amount"].as_str().unwrap())
        })
        .collect()
}

fn close(at: &str, amount: Value) -> Value {
    json!({ "newAccount": { "name": at }, "occurredAt": at, "amount": amount, "path": "ASSISTED", "sourceResource": "SALES" })
}

on_both_engines! {
    async fn g24_a_close_that_was_voided_and_won_again(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-01-20T12:00:00Z");
        let won = story.close(close("2026-01-20T12:00:00Z", usd("100.00"))).await;
        story.at("2026-02-03T12:00:00Z");
        story.movement(json!({ "closeId": won["id"], "kind": "VOID", "occurredAt": "2026-02-03T12:00:00Z", "reason": "reopened" })).await;
        story.at("2026-02-25T12:00:00Z");
        let again = json!({ "accountId": won["account"]["id"], "occurredAt": "2026-02-25T12:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" });
        story.close(again).await;
        let caller = story.today();
        assert_eq!(months(&caller, "ORIGINAL_PERIOD", Some("2026-01-31T00:00:00Z")).await, ["1 / 100.00", "0 / 0.00", "0 / 0.00"]);
        assert_eq!(months(&caller, "ORIGINAL_PERIOD", Some("2026-03-01T00:00:00Z")).await, ["0 / 0.00", "1 / 100.00", "0 / 0.00"]);
        assert_eq!(months(&caller, "EVENT_PERIOD", Some("2026-01-31T00:00:00Z")).await, ["1 / 100.00", "0 / 0.00", "0 / 0.00"]);
        assert_eq!(months(&caller, "EVENT_PERIOD", Some("2026-02-20T00:00:00Z")).await, ["1 / 100.00", "-1 / -100.00", "0 / 0.00"]);
        assert_eq!(months(&caller, "EVENT_PERIOD", None).await, ["1 / 100.00", "0 / 0.00", "0 / 0.00"]);
        let data = caller.gql(ROWS, json!({ "from": "2026-02-01", "to": "2026-03-01", "by": "RESOURCE" })).await;
        let row = |points: i64, amount: &str, movement: Value| json!({ "line": "SALES", "basisPoints": points, "value": { "amount": amount }, "movement": movement });
        let mut nodes = data["costPerClose"]["rows"]["nodes"].clone();
        nodes.as_array_mut().unwrap().iter_mut().for_each(|node| drop(node.as_object_mut().unwrap().remove("close")));
        assert_eq!(nodes, json!([row(10_000, "100.00", Value::Null), row(-10_000, "-100.00", json!({ "kind": "VOID" }))]));
    }

    async fn g25_a_refund_in_another_month(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-01-15T12:00:00Z");
        let account = story.account("Ada").await;
        let tactic = story.tactic(json!({ "name": "webinar", "resource": "MARKETING", "channel": "EVENT" })).await;
        story.touch("2026-01-10T12:00:00Z", "MARKETING", json!({ "accountId": account, "tacticId": tactic })).await;
        let mut won = close("2026-01-15T12:00:00Z", usd("1200.00"));
        won.as_object_mut().unwrap().remove("newAccount");
        won["accountId"] = json!(account);
        let won = story.close(won).await;
        story.at("2026-03-10T12:00:00Z");
        story.movement(json!({ "closeId": won["id"], "kind": "REFUND", "amount": usd("300.00"), "occurredAt": "2026-03-10T12:00:00Z", "reason": "r" })).await;
        let caller = story.today();
        assert_eq!(months(&caller, "ORIGINAL_PERIOD", None).await, ["1 / 900.00", "0 / 0.00", "0 / 0.00"]);
        assert_eq!(months(&caller, "EVENT_PERIOD", None).await, ["1 / 1200.00", "0 / 0.00", "0 / -300.00"]);
        assert_eq!(months(&caller, "EVENT_PERIOD", Some("2026-03-10T11:59:59Z")).await, ["1 / 1200.00", "0 / 0.00", "0 / 0.00"]);
        let gross = caller.gql(TREND, json!({ "refunds": "EVENT_PERIOD", "basis": "GROSS" })).await;
        assert_eq!(gross["costPerCloseTrend"]["points"][2]["blended"], json!({ "closes": 0, "value": { "amount": "0.00" } }));
        // What is given back stands on the line of the touch it was booked for, though that lies before the period.
        let data = caller.gql(ROWS, json!({ "from": "2026-03-01", "to": "2026-04-01", "by": "TACTIC" })).await;
        let row = json!({ "line": tactic, "basisPoints": 0, "value": { "amount": "-300.00" }, "movement": { "kind": "REFUND" }, "close": { "id": won["id"] } });
        assert_eq!(data["costPerClose"]["rows"], json!({ "totalCount": 1, "nodes": [row] }));
        // Who sees no single closes sees no rows of them; the totals are everybody's.
        let marketer = story.member(Role::Marketer).await;
        assert_eq!(months(&marketer, "EVENT_PERIOD", None).await, ["1 / 1200.00", "0 / 0.00", "0 / -300.00"]);
        assert_eq!(marketer.refused(ROWS, json!({ "from": "2026-03-01", "to": "2026-04-01", "by": "TACTIC" })).await, "FORBIDDEN");
    }
}
