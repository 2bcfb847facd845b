//! What keeps buyers from deciding: raised, resolved once, found.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{RAISE, RESOLVE, account, done, made, opened, refusal, refusals};
use crate::support::{Caller, but_members, on_both_engines, rows};

async fn listed(by: &Caller<'_>, filter: Value) -> Vec<String> {
    let document = "query($filter: BlockerFilter) { blockers(filter: $filter) { totalCount nodes { id } } }";
    let data = by.gql(document, json!({ "filter": filter })).await;
    let found: Vec<String> =
        data["blockers"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(data["blockers"]["totalCount"], found.len());
    found
}

on_both_engines! {
    async fn a_blocker_is_resolved_once_after_it_was_raised(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, rep) = (acme.member(Role::Revops).await, acme.member(Role::SalesRep).await);
        let initech = account(&ops, "Initech").await;
        let id = opened(&ops, &initech, "2026-05-01T00:00:00Z").await;
        let before = rows(&app).await;
        let raised = |kind: &str, side: &str, at: &str| json!({ "opportunityId": id, "kind": kind, "side": side, "raisedAt": at, "note": "next year" });
        assert_eq!(refusals(&ops, RAISE, raised("BUDGET", "BUYER", "2026-04-30T00:00:00Z")).await, refusal("raisedAt", "OUT_OF_ORDER"));
        assert_eq!(refusals(&rep, RAISE, raised("BUDGET", "BUYER", "2026-05-02T00:00:00Z")).await, refusal("opportunityId", "NOT_FOUND"));
        assert_eq!(rows(&app).await, before);
        let budget = made(&ops, RAISE, raised("BUDGET", "BUYER", "2026-05-02T00:00:00Z")).await;
        let technical = made(&ops, RAISE, raised("TECHNICAL", "SELLER", "2026-05-22T00:00:00Z")).await;
        let before = rows(&app).await;
        let resolved = |at: &str| json!({ "blockerId": budget, "resolvedAt": at, "resolution": "in rates" });
        assert_eq!(refusals(&ops, RESOLVE, resolved("2026-05-01T23:59:59Z")).await, refusal("resolvedAt", "OUT_OF_ORDER"));
        assert_eq!(refusals(&rep, RESOLVE, resolved("2026-05-12T12:00:00Z")).await, refusal("blockerId", "NOT_FOUND"));
        assert_eq!(acme.member(Role::Marketer).await.refused(RESOLVE, json!({ "input": resolved("2026-05-12T12:00:00Z") })).await, "FORBIDDEN");
        assert_eq!(but_members(&rows(&app).await), but_members(&before));
        let told = done(&ops, RESOLVE, resolved("2026-05-12T12:00:00Z")).await;
        assert_eq!(told["resolution"], json!({ "resolvedAt": "2026-05-12T12:00:00Z", "text": "in rates" }));
        assert_eq!(told["ageDays"], "10.50");
        assert_eq!(refusals(&ops, RESOLVE, resolved("2026-05-13T00:00:00Z")).await, refusal("blockerId", "FIXED"));
        for (filter, found) in [
            (json!({}), vec![&technical, &budget]),
            (json!({ "open": true }), vec![&technical]),
            (json!({ "open": false }), vec![&budget]),
            (json!({ "kind": "BUDGET" }), vec![&budget]),
            (json!({ "side": "SELLER" }), vec![&technical]),
            (json!({ "side": "SELLER", "kind": "BUDGET" }), vec![]),
        ] {
            assert_eq!(listed(&ops, filter.clone()).await.iter().collect::<Vec<_>>(), found, "{filter}");
        }
        assert_eq!(listed(&rep, json!({})).await, Vec::<String>::new());
        let of_opportunity = "query($id: ID!) { opportunity(id: $id) { blockers { kind side note ageDays raisedBy { id } resolution { text } } } }";
        let by = ops.member.unwrap().to_string();
        let told = json!([
            { "kind": "BUDGET", "side": "BUYER", "note": "next year", "ageDays": "10.50", "raisedBy": { "id": by }, "resolution": { "text": "in rates" } },
            { "kind": "TECHNICAL", "side": "SELLER", "note": "next year", "ageDays": "10.50", "raisedBy": { "id": by }, "resolution": null },
        ]);
        assert_eq!(ops.gql(of_opportunity, json!({ "id": id })).await["opportunity"]["blockers"], told);
    }
}
