//! Which activities count for which clocks.

use serde_json::{Value, json};

use super::ground::{Ground, depth, mutation, speed};
use crate::support::story::instant;
use crate::support::{Caller, on_both_engines};

const LOG: &str =
    "mutation($input: LogActivityInput!) { logActivity(input: $input) { activity { id } userErrors { field code message } } }";
const MERGE: &str = "mutation($input: MergeIdentitiesInput!) { mergeIdentities(input: $input) { identityPointer { id } userErrors { field code message } } }";

async fn log(ground: &Ground<'_>, by: &Caller<'_>, kind: &str, more: Value) {
    let mut input = json!({ "kind": kind, "subject": "Hello", "outcome": "NOT_REACHED" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ground.done(by, LOG, input).await;
}

/// The state of the first clock of a handoff.
async fn first(ground: &Ground<'_>, id: &Value) -> String {
    ground.clocks(id).await.remove(0).1
}

fn person(handoff: &Value) -> Value {
    handoff["person"]["id"].clone()
}

on_both_engines! {
    async fn the_owner_has_to_reach_out(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let owner = json!({ "ownerId": ground.rep.to_string() });
        let id = ground.offered("2026-03-30T09:00:00Z", owner).await["id"].clone();
        let buyer = person(&ground.handoff(&id).await);
        let ops = ground.at("2026-03-30T10:00:00Z", ground.ops);
        let (rep, other) = (ground.rep.to_string(), ground.other_rep.to_string());
        for (kind, more) in [
            ("CALL", json!({ "personId": buyer, "ownerId": rep, "direction": "INBOUND" })),
            ("TASK", json!({ "personId": buyer, "ownerId": rep, "outcome": "DONE" })),
            ("CALL", json!({ "personId": buyer, "ownerId": other })),
            ("CALL", json!({ "personId": ground.story.person(json!({})).await, "ownerId": rep })),
            ("CALL", json!({ "personId": buyer, "ownerId": rep, "occurredAt": "2026-03-30T08:59:59.999999Z" })),
        ] {
            log(&ground, &ops, kind, more.clone()).await;
            assert_eq!(first(&ground, &id).await, "RUNNING", "{kind} {more}");
        }
        log(&ground, &ops, "EMAIL", json!({ "personId": buyer, "ownerId": rep, "occurredAt": "2026-03-30T09:30:00Z" })).await;
        let told = ground.handoff(&id).await;
        assert_eq!((&told["clocks"][0]["state"], &told["clocks"][0]["metAt"]), (&json!("MET"), &json!("2026-03-30T09:30:00Z")));
        // Nothing more falls due.
        assert!(told["clocks"][0]["steps"].as_array().unwrap().iter().all(|step| step["dueAt"].is_null()));
    }

    async fn whoever_has_a_lead_sees_the_buyer_and_reaches_out(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let account = ground.story.account("Initech").await;
        let somebody = async || ground.story.person(json!({ "accountId": account })).await;
        let (colleague, buyer) = (somebody().await, somebody().await);
        let sees = async |who, person: &str| {
            let document = "query($person: ID!, $account: ID!) { person(id: $person) { id } account(id: $account) { id } }";
            let seen = ground.now(who).gql(document, json!({ "person": person, "account": account })).await;
            (seen["person"].is_object(), seen["account"].is_object())
        };
        let call = |person: &str| json!({ "kind": "CALL", "subject": "Hello", "outcome": "NOT_REACHED", "personId": person });
        ground.story.app.clock.set(instant("2026-03-30T09:00:00Z"));
        assert_eq!(sees(ground.rep, &buyer).await, (false, false));
        ground.refused(&ground.now(ground.rep), LOG, call(&buyer), "personId", "NOT_FOUND").await;
        // While it is nobody's, everybody there may look whether to take it.
        let offer = json!({ "agreementId": ground.agreement, "personId": buyer });
        let id = ground.done(&ground.now(ground.marketer), &mutation("offerHandoff"), offer).await["id"].clone();
        for who in [ground.rep, ground.other_rep] {
            assert_eq!(sees(who, &buyer).await, (true, true));
            assert_eq!(sees(who, &colleague).await, (false, true));
        }
        let rep = ground.at("2026-03-30T10:00:00Z", ground.rep);
        ground.done(&rep, &mutation("acceptHandoff"), json!({ "handoffId": id })).await;
        assert_eq!((sees(ground.rep, &buyer).await, sees(ground.other_rep, &buyer).await), ((true, true), (false, false)));
        ground.done(&rep, LOG, call(&buyer)).await;
        assert_eq!(first(&ground, &id).await, "MET");
        ground.refused(&ground.now(ground.other_rep), LOG, call(&buyer), "personId", "NOT_FOUND").await;
        // Who they are and whose is not for who was handed them to say, and not what they bought.
        for (name, input) in [("revisePerson", json!({ "personId": buyer, "name": "Mine" })), ("reviseAccount", json!({ "accountId": account, "name": "Mine" }))] {
            let document = format!("mutation($input: {}{}Input!) {{ {name}(input: $input) {{ userErrors {{ field code }} }} }}", name[..1].to_uppercase(), &name[1..]);
            let told = crate::support::story::problems(&ground.act(&ground.now(ground.rep), &document, input).await);
            assert_eq!(told.iter().map(|(_, code)| code.as_str()).collect::<Vec<_>>(), ["NOT_FOUND"], "{name}");
        }
        // With an account come its people.
        let offer = json!({ "agreementId": ground.agreement, "accountId": account, "ownerId": ground.other_rep.to_string() });
        ground.done(&ground.now(ground.marketer), &mutation("offerHandoff"), offer).await;
        assert_eq!((sees(ground.other_rep, &colleague).await, sees(ground.rep, &colleague).await), ((true, true), (false, true)));
    }

    async fn what_was_done_while_it_was_theirs_may_still_be_told(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let (rep, other) = (ground.rep.to_string(), ground.other_rep.to_string());
        let id = ground.offered("2026-03-30T08:00:00Z", json!({ "ownerId": rep })).await["id"].clone();
        let buyer = person(&ground.handoff(&id).await);
        let lead = ground.at("2026-03-30T12:00:00Z", ground.sales_lead);
        ground.refused(&lead, &mutation("reassignHandoff"), json!({ "handoffId": id, "ownerId": rep }), "ownerId", "INVALID").await;
        ground.done(&lead, &mutation("reassignHandoff"), json!({ "handoffId": id, "ownerId": other })).await;
        // Who had it sees it still, for what was owed was theirs, and the buyer no longer: who leads them tells what they did.
        let rep_now = ground.now(ground.rep);
        let seen = rep_now.gql("query($id: ID!) { handoff(id: $id) { owner { id } person { id } } }", json!({ "id": id })).await;
        assert_eq!((&seen["handoff"]["owner"]["id"], &seen["handoff"]["person"]), (&json!(other), &Value::Null));
        let call = json!({ "kind": "CALL", "subject": "Hello", "outcome": "REACHED", "personId": buyer, "occurredAt": "2026-03-30T11:30:00Z" });
        ground.refused(&rep_now, LOG, call.clone(), "personId", "NOT_FOUND").await;
        let ops = ground.now(ground.ops);
        log(&ground, &ops, "CALL", json!({ "personId": buyer, "occurredAt": "2026-03-30T11:30:00Z", "ownerId": rep })).await;
        assert_eq!(first(&ground, &id).await, "MET");
        let rep = rep_now;
        // It is not theirs to decide about any more.
        ground.refused(&rep, &mutation("recycleHandoff"), json!({ "handoffId": id, "note": "no" }), "handoffId", "NOT_ALLOWED").await;
    }

    async fn what_nobody_took_is_out_of_sight_when_it_is_over(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let id = ground.offered("2026-03-30T09:00:00Z", json!({})).await["id"].clone();
        let buyer = person(&ground.handoff(&id).await);
        let sees = async || ground.now(ground.rep).gql("query($id: ID!) { person(id: $id) { id } }", json!({ "id": buyer })).await["person"].is_object();
        assert!(sees().await);
        ground.done(&ground.now(ground.marketer), &mutation("withdrawHandoff"), json!({ "handoffId": id, "note": "too early" })).await;
        assert!(!sees().await);
    }

    async fn for_what_is_nobodys_anybody_there_counts(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let id = ground.offered("2026-03-30T09:00:00Z", json!({})).await["id"].clone();
        let buyer = person(&ground.handoff(&id).await);
        let ops = ground.at("2026-03-30T10:00:00Z", ground.ops);
        log(&ground, &ops, "CALL", json!({ "personId": buyer, "ownerId": ground.marketer.to_string() })).await;
        assert_eq!(first(&ground, &id).await, "RUNNING");
        // Whose it was then decides, not whose it is when it is told.
        let rep = ground.now(ground.rep);
        ground.done(&rep, &mutation("acceptHandoff"), json!({ "handoffId": id })).await;
        let ops = ground.at("2026-03-30T11:00:00Z", ground.ops);
        let other = ground.other_rep.to_string();
        log(&ground, &ops, "CALL", json!({ "personId": buyer, "ownerId": other, "occurredAt": "2026-03-30T10:30:00Z" })).await;
        assert_eq!(first(&ground, &id).await, "RUNNING");
        log(&ground, &ops, "CALL", json!({ "personId": buyer, "ownerId": other, "occurredAt": "2026-03-30T09:45:00Z" })).await;
        assert_eq!(first(&ground, &id).await, "MET");
    }

    async fn what_was_done_in_time_is_in_time_though_told_late(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240), depth(2, 0)]).await;
        let rep = ground.rep.to_string();
        let id = ground.offered("2026-03-30T08:00:00Z", json!({ "ownerId": rep })).await["id"].clone();
        let buyer = person(&ground.handoff(&id).await);
        let by_rep = |at: &str| json!({ "personId": buyer, "ownerId": rep, "occurredAt": at });
        let ops = ground.at("2026-03-31T09:00:00Z", ground.ops);
        let states = async || ground.clocks(&id).await.into_iter().map(|(_, state)| state).collect::<Vec<_>>();
        assert_eq!(states().await, ["OVERDUE", "OVERDUE"]);
        log(&ground, &ops, "CALL", by_rep("2026-03-30T14:00:00Z")).await;
        assert_eq!(states().await, ["LATE", "OVERDUE"]);
        // Due at one o'clock Lisbon time, that instant included.
        log(&ground, &ops, "MEETING", by_rep("2026-03-30T13:00:00Z")).await;
        assert_eq!(states().await, ["MET", "MET"]);
        let told = ground.handoff(&id).await;
        assert_eq!((&told["clocks"][0]["metAt"], &told["clocks"][1]["metAt"]), (&json!("2026-03-30T13:00:00Z"), &json!("2026-03-30T14:00:00Z")));
    }

    async fn whoever_is_the_same_counts(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let rep = ground.rep.to_string();
        let id = ground.offered("2026-03-30T08:00:00Z", json!({ "ownerId": rep })).await["id"].clone();
        let buyer = person(&ground.handoff(&id).await);
        let ops = ground.now(ground.ops);
        let same = ground.story.person(json!({})).await;
        ground.done(&ops, MERGE, json!({ "from": same, "to": buyer })).await;
        let ops = ground.at("2026-03-30T09:00:00Z", ground.ops);
        log(&ground, &ops, "PROPOSAL", json!({ "personId": same, "ownerId": rep, "outcome": "DONE" })).await;
        assert_eq!(first(&ground, &id).await, "MET");
        // An account that was handed over is reached by whoever buys for it, and by what is done about a deal with it.
        let account = ground.story.account("Initech").await;
        let marketer = ground.now(ground.marketer);
        let offer = json!({ "agreementId": ground.agreement, "accountId": account, "ownerId": rep });
        let of_account = ground.done(&marketer, &mutation("offerHandoff"), offer).await["id"].clone();
        let somebody = ground.story.person(json!({ "accountId": account })).await;
        let ops = ground.at("2026-03-30T10:00:00Z", ground.ops);
        log(&ground, &ops, "CALL", json!({ "personId": somebody, "ownerId": rep })).await;
        assert_eq!(first(&ground, &of_account).await, "MET");
    }

    async fn at_once_both_count(app: TestApp) {
        let ground = Ground::begin(&app, &[depth(2, 0)]).await;
        let rep = ground.rep.to_string();
        let id = ground.offered("2026-03-30T08:00:00Z", json!({ "ownerId": rep })).await["id"].clone();
        let buyer = person(&ground.handoff(&id).await);
        let ops = ground.at("2026-03-30T09:00:00Z", ground.ops);
        let call = json!({ "input": { "kind": "CALL", "subject": "Hello", "outcome": "NOT_REACHED", "personId": buyer, "ownerId": rep } });
        let answers = futures_util::future::join_all((0..2).map(|_| ops.answer(LOG, call.clone()))).await;
        assert!(answers.iter().all(|answer| answer["data"]["logActivity"]["activity"].is_object()), "{answers:#?}");
        assert_eq!(first(&ground, &id).await, "MET");
    }

    async fn what_is_still_to_come_is_no_attempt(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let id = ground.offered("2026-03-30T08:00:00Z", json!({ "ownerId": ground.rep.to_string() })).await["id"].clone();
        let buyer = person(&ground.handoff(&id).await);
        let rep = ground.at("2026-03-30T09:00:00Z", ground.rep);
        log(&ground, &rep, "CALL", json!({ "personId": buyer, "occurredAt": "2026-03-30T10:00:00Z" })).await;
        ground.at("2026-03-30T11:00:00Z", ground.rep);
        assert_eq!(first(&ground, &id).await, "RUNNING");
    }

    async fn what_ended_is_no_longer_met(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        let rep_id = ground.rep.to_string();
        let id = ground.offered("2026-03-30T08:00:00Z", json!({ "ownerId": rep_id })).await["id"].clone();
        let buyer = person(&ground.handoff(&id).await);
        let rep = ground.at("2026-03-30T09:00:00Z", ground.rep);
        ground.done(&rep, &mutation("rejectHandoff"), json!({ "handoffId": id, "reason": "NO_INTENT" })).await;
        let ops = ground.at("2026-03-30T10:00:00Z", ground.ops);
        log(&ground, &ops, "CALL", json!({ "personId": buyer, "ownerId": rep_id })).await;
        assert_eq!(first(&ground, &id).await, "CANCELLED");
        // It was done before it was rejected.
        log(&ground, &ops, "CALL", json!({ "personId": buyer, "ownerId": rep_id, "occurredAt": "2026-03-30T08:30:00Z" })).await;
        assert_eq!(first(&ground, &id).await, "MET");
    }
}
