//! How opportunities end, rest and go on, and that account generation alone wins them.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{CLOSE, GENERATE, REOPEN, RESUME, STALL, account, act, done, lost, opened, refusal, refusals, standing, winning, won};
use crate::support::story::{MOVE_CLOSE, Story, problems};
use crate::support::{on_both_engines, rows};

fn ended(opportunity: &str, outcome: &str, at: Value) -> Value {
    json!({ "opportunityId": opportunity, "outcome": outcome, "closedAt": at, "reason": "told us" })
}

on_both_engines! {
    async fn it_is_lost_once_at_a_moment_and_never_won_here(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let initech = account(&ops, "Initech").await;
        let id = opened(&ops, &initech, "2026-05-02T00:00:00Z").await;
        let before = rows(&app).await;
        let at = json!("2026-05-20T00:00:00Z");
        assert_eq!(refusals(&ops, CLOSE, ended(&id, "LOST_OTHER", Value::Null)).await, refusal("closedAt", "REQUIRED"));
        let payload = act(&ops, CLOSE, ended(&id, "WON", at.clone())).await;
        assert_eq!(problems(&payload), refusal("outcome", "NOT_ALLOWED"));
        assert!(payload["userErrors"][0]["message"].as_str().unwrap().contains("account generation"));
        assert_eq!(refusals(&ops, CLOSE, ended(&id, "LOST_OTHER", json!("2026-05-01T00:00:00Z"))).await, refusal("closedAt", "OUT_OF_ORDER"));
        let mut rival = ended(&id, "LOST_OTHER", at.clone());
        rival["competitor"] = json!("Vehement");
        assert_eq!(refusals(&ops, CLOSE, rival.clone()).await, refusal("competitor", "INVALID"));
        assert_eq!(refusals(&ops, REOPEN, json!({ "opportunityId": id, "reason": "x" })).await, refusal("opportunityId", "OPPORTUNITY_STATE"));
        assert_eq!(rows(&app).await, before);
        rival["outcome"] = json!("LOST_COMPETITOR");
        let closed = done(&ops, CLOSE, rival).await;
        assert_eq!((&closed["status"], &closed["outcome"]), (&json!("LOST"), &json!("LOST_COMPETITOR")));
        let before = rows(&app).await;
        assert_eq!(refusals(&ops, CLOSE, ended(&id, "LOST_OTHER", at)).await, refusal("opportunityId", "OPPORTUNITY_STATE"));
        assert_eq!(refusals(&ops, STALL, json!({ "opportunityId": id, "reason": "x", "resumesOn": "2026-07-01" })).await, refusal("opportunityId", "OPPORTUNITY_STATE"));
        assert_eq!(refusals(&ops, GENERATE, winning(&initech, &id, "1.00", "2026-05-21T00:00:00Z")).await, refusal("opportunityId", "OPPORTUNITY_STATE"));
        assert_eq!(rows(&app).await, before);
        let events = "query($id: ID!) { opportunity(id: $id) { events { kind outcome reason competitor occurredAt close { id } } } }";
        let told = json!([{ "kind": "CLOSED", "outcome": "LOST_COMPETITOR", "reason": "told us", "competitor": "Vehement",
            "occurredAt": "2026-05-20T00:00:00Z", "close": null }]);
        assert_eq!(ops.gql(events, json!({ "id": id })).await["opportunity"]["events"], told);
    }

    async fn resting_is_a_flag_and_what_was_known_then_stays(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let initech = account(&ops, "Initech").await;
        let id = opened(&ops, &initech, "2026-02-01T00:00:00Z").await;
        assert_eq!(refusals(&ops, RESUME, json!({ "opportunityId": id })).await, refusal("opportunityId", "OPPORTUNITY_STATE"));
        let ops = story.at("2026-02-10T00:00:00Z");
        let rests = json!({ "opportunityId": id, "reason": "holidays", "resumesOn": "2026-02-09" });
        assert_eq!(refusals(&ops, STALL, rests.clone()).await, refusal("resumesOn", "OUT_OF_ORDER"));
        let mut rests = rests;
        rests["resumesOn"] = json!("2026-03-01");
        done(&ops, STALL, rests).await;
        let ops = story.at("2026-03-01T00:00:00Z");
        assert_eq!(refusals(&ops, RESUME, json!({ "opportunityId": id, "resumedAt": "2026-02-09T00:00:00Z" })).await, refusal("resumedAt", "OUT_OF_ORDER"));
        done(&ops, RESUME, json!({ "opportunityId": id })).await;
        let ops = story.at("2026-04-01T00:00:00Z");
        // It ended a week before that was recorded.
        lost(&ops, &id, "NO_DECISION_INDECISION", "2026-03-25T00:00:00Z").await;
        let ops = story.at("2026-05-01T00:00:00Z");
        done(&ops, REOPEN, json!({ "opportunityId": id, "reason": "a new budget" })).await;
        let open = json!({ "status": null, "outcome": null, "closedAt": null, "stalled": null });
        let resting = json!({ "status": null, "outcome": null, "closedAt": null,
            "stalled": { "since": "2026-02-10T00:00:00Z", "reason": "holidays", "resumesOn": "2026-03-01" } });
        let undecided = json!({ "status": "LOST", "outcome": "NO_DECISION_INDECISION", "closedAt": "2026-03-25T00:00:00Z", "stalled": null });
        for (as_of, told) in [
            ("2026-02-09T00:00:00Z", &open),
            ("2026-02-10T00:00:00Z", &resting),
            ("2026-02-28T00:00:00Z", &resting),
            ("2026-03-01T00:00:00Z", &open),
            ("2026-03-31T00:00:00Z", &open),
            ("2026-04-01T00:00:00Z", &undecided),
            ("2026-05-01T00:00:00Z", &open),
        ] {
            assert_eq!(standing(&ops, &id, Some(as_of)).await, *told, "{as_of}");
        }
        assert_eq!(standing(&ops, &id, None).await, open);
    }

    async fn account_generation_wins_in_one_act(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let (initech, hooli) = (account(&ops, "Initech").await, account(&ops, "Hooli").await);
        let id = opened(&ops, &initech, "2026-05-02T00:00:00Z").await;
        let before = rows(&app).await;
        assert_eq!(refusals(&ops, GENERATE, winning(&hooli, &id, "1.00", "2026-05-20T00:00:00Z")).await, refusal("opportunityId", "INVALID"));
        assert_eq!(refusals(&ops, GENERATE, winning(&initech, &id, "1.00", "2026-05-01T00:00:00Z")).await, refusal("occurredAt", "OUT_OF_ORDER"));
        assert_eq!(rows(&app).await, before);
        let mut close = winning(&initech, &id, "1.00", "2026-05-20T00:00:00Z");
        close["externalId"] = json!({ "source": "shop", "value": "1" });
        let first = done(&ops, GENERATE, close.clone()).await;
        assert_eq!(first["opportunity"], json!({ "id": id, "status": "WON" }));
        let told = json!({ "status": "WON", "outcome": "WON", "closedAt": "2026-05-20T00:00:00Z", "stalled": null });
        assert_eq!(standing(&ops, &id, None).await, told);
        let read = "query($id: ID!) { opportunity(id: $id) { close { id } events { kind outcome close { id } } } }";
        let data = ops.gql(read, json!({ "id": id })).await;
        let won = json!({ "close": { "id": first["id"] }, "events": [{ "kind": "CLOSED", "outcome": "WON", "close": { "id": first["id"] } }] });
        assert_eq!(data["opportunity"], won);
        // The same close again is that close, though its opportunity is closed by now; another one is refused.
        let before = rows(&app).await;
        assert_eq!(done(&ops, GENERATE, close.clone()).await["id"], first["id"]);
        assert_eq!(refusals(&ops, GENERATE, winning(&initech, &id, "2.00", "2026-05-21T00:00:00Z")).await, refusal("opportunityId", "OPPORTUNITY_STATE"));
        assert_eq!(refusals(&ops, REOPEN, json!({ "opportunityId": id, "reason": "x" })).await, refusal("opportunityId", "OPPORTUNITY_STATE"));
        assert_eq!(rows(&app).await, before);
    }

    async fn of_many_items_the_first_wins(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let initech = account(&ops, "Initech").await;
        let (one, other) = (opened(&ops, &initech, "2026-05-02T00:00:00Z").await, opened(&ops, &initech, "2026-05-02T00:00:00Z").await);
        let items = [&one, &one, &other].map(|id| winning(&initech, id, "1.00", "2026-05-20T00:00:00Z"));
        let document = "mutation($input: GenerateAccountsInput!) { generateAccounts(input: $input) {
            results { outcome close { opportunity { id status } } userErrors { field code } } userErrors { code } } }";
        let payload = act(&ops, document, json!({ "items": items })).await;
        let outcome = |id: &str| json!({ "outcome": "RECORDED", "close": { "opportunity": { "id": id, "status": "WON" } }, "userErrors": [] });
        let refused = json!([{ "field": ["input", "items", "1", "opportunityId"], "code": "OPPORTUNITY_STATE" }]);
        assert_eq!(payload["results"], json!([outcome(&one), { "outcome": "REJECTED", "close": null, "userErrors": refused }, outcome(&other)]));
        assert_eq!(rows(&app).await["close"], "2/0");
        assert_eq!(rows(&app).await["opportunity_event"], "2/0");
    }

    async fn a_won_one_is_reopened_once_its_close_is_voided(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let initech = account(&ops, "Initech").await;
        let id = opened(&ops, &initech, "2026-05-02T00:00:00Z").await;
        let close = won(&ops, &initech, &id, "10.00", "2026-05-10T00:00:00Z").await;
        let moved = |kind: &str, at: &str| json!({ "closeId": close, "kind": kind, "occurredAt": at, "reason": "a mistake" });
        done(&ops, MOVE_CLOSE, moved("VOID", "2026-05-11T00:00:00Z")).await;
        // It can be taken back as long as nothing followed.
        done(&ops, MOVE_CLOSE, moved("REINSTATE", "2026-05-12T00:00:00Z")).await;
        assert_eq!(refusals(&ops, REOPEN, json!({ "opportunityId": id, "reason": "x" })).await, refusal("opportunityId", "OPPORTUNITY_STATE"));
        done(&ops, MOVE_CLOSE, moved("VOID", "2026-05-13T00:00:00Z")).await;
        done(&ops, REOPEN, json!({ "opportunityId": id, "reopenedAt": "2026-05-14T00:00:00Z", "reason": "a mistake" })).await;
        assert_eq!(standing(&ops, &id, None).await["status"], Value::Null);
        let before = rows(&app).await;
        assert_eq!(refusals(&ops, MOVE_CLOSE, moved("REINSTATE", "2026-05-15T00:00:00Z")).await, refusal("kind", "CLOSE_STATE"));
        assert_eq!(rows(&app).await, before);
        let second = won(&ops, &initech, &id, "20.00", "2026-05-20T00:00:00Z").await;
        assert_eq!(refusals(&ops, MOVE_CLOSE, moved("REINSTATE", "2026-05-21T00:00:00Z")).await, refusal("kind", "CLOSE_STATE"));
        let read = "query($id: ID!) { opportunity(id: $id) { status close { id } } }";
        assert_eq!(ops.gql(read, json!({ "id": id })).await["opportunity"], json!({ "status": "WON", "close": { "id": second } }));
    }

    async fn the_standings_of_fifty_take_as_many_statements_as_that_of_one(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let initech = account(&ops, "Initech").await;
        for _ in 0..20 {
            let id = opened(&ops, &initech, "2026-05-02T00:00:00Z").await;
            lost(&ops, &id, "LOST_OTHER", "2026-05-20T00:00:00Z").await;
        }
        let mut costs = Vec::new();
        for first in [1, 20] {
            let before = app.statements();
            let document = "query($first: Int) { opportunities(first: $first) { nodes { status account { name } blockers { id } buyingGroup { id } } } }";
            let data = ops.gql(document, json!({ "first": first })).await;
            assert_eq!(data.to_string().matches("LOST").count(), first);
            costs.push(app.app.db().statement_count() - before);
        }
        assert_eq!(costs[0], costs[1]);
    }
}
