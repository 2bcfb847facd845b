//! From planning to the end, and the interaction it was.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    CANCEL, COMPLETE, LOG, PLAN, REASSIGN, RECORD_ACCOUNT, RECORD_PERSON, RESCHEDULE, done, listed, made, member, refused, state, touches,
    with, without,
};
use crate::support::story::{Story, instant};
use crate::support::{on_both_engines, rows};

const TOLD: &str =
    "query($id: ID!, $asOf: DateTime) { activity(id: $id) { kind subject direction dueAt state outcome owner { id } person { id }
    account { id } follows { id } followUp { id } externalId { value } recordedAt
    events(asOf: $asOf) { kind owner { id } dueAt outcome note reason touch { kind } occurredAt recordedBy { id } recordedAt } } }";

on_both_engines! {
    async fn an_activity_is_planned_moved_given_on_and_done(app: TestApp) {
        let story = Story::begin(&app).await;
        let rep = story.acme.member(Role::SalesRep).await.member.unwrap();
        let head = story.acme.member(Role::SalesRep).await;
        let ops = story.at("2026-03-01T09:00:00Z");
        let ada = made(&ops, RECORD_PERSON, json!({ "ownerId": rep.to_string() })).await;
        let by = story.acme.signed_in(rep);
        let call = made(&by, PLAN, json!({ "kind": "CALL", "subject": " Ask about March ", "personId": ada, "dueAt": "2026-03-02T10:00:00Z" })).await;
        // Due at this very moment it is not overdue, a microsecond later it is.
        for (moment, stands) in [("2026-03-02T10:00:00Z", "PLANNED"), ("2026-03-02T10:00:00.000001Z", "OVERDUE")] {
            let by = { app.clock.set(instant(moment)); story.acme.signed_in(rep) };
            assert_eq!(state(&by, &call, None).await, stands);
            for filter in ["PLANNED", "OVERDUE", "COMPLETED", "CANCELLED"] {
                let found = listed(&by, json!({ "state": filter })).await;
                assert_eq!(found.contains(&call), filter == stands, "{filter} at {moment}");
            }
        }
        app.clock.set(instant("2026-03-03T00:00:00Z"));
        let by = story.acme.signed_in(rep);
        let moved = done(&by, RESCHEDULE, json!({ "activityId": call, "dueAt": "2026-03-05T10:00:00Z" })).await;
        assert_eq!((&moved["state"], &moved["dueAt"]), (&json!("PLANNED"), &json!("2026-03-05T10:00:00Z")));
        let ops = story.at("2026-03-03T12:00:00Z");
        let given = done(&ops, REASSIGN, json!({ "activityId": call, "ownerId": member(&head) })).await;
        assert_eq!(given["owner"]["id"], member(&head));
        // It is the buyer of whoever planned it, and the task of whoever is to do it.
        let ops = story.at("2026-03-06T08:00:00Z");
        let next = json!({ "kind": "MEETING", "subject": "Show it", "dueAt": "2026-03-10T09:00:00Z" });
        let completion = json!({ "activityId": call, "outcome": "REACHED", "occurredAt": "2026-03-04T15:00:00Z", "note": "wants a meeting", "followUp": next });
        let completed = done(&ops, COMPLETE, completion).await;
        assert_eq!(completed["state"], "COMPLETED");
        let follow_up = completed["followUp"]["id"].as_str().unwrap().to_owned();
        assert_eq!(touches(&ops).await, json!([{ "kind": "CALL", "channel": "PHONE", "actorKind": "SELLER", "resource": "SALES", "direction": "OUTBOUND",
            "occurredAt": "2026-03-04T15:00:00Z", "person": { "id": ada }, "account": null }]));
        let (by, rep_id, head_id) = (json!({ "id": member(&ops) }), json!({ "id": rep.to_string() }), json!({ "id": member(&head) }));
        let event = |kind: &str, owner: &Value, due: &str, at: &str, recorded: &str, recorder: &Value| json!({ "kind": kind, "owner": owner, "dueAt": due, "outcome": null,
            "note": null, "reason": null, "touch": null, "occurredAt": at, "recordedBy": recorder, "recordedAt": recorded });
        let events = json!([
            event("PLANNED", &rep_id, "2026-03-02T10:00:00Z", "2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z", &rep_id),
            event("RESCHEDULED", &rep_id, "2026-03-05T10:00:00Z", "2026-03-03T00:00:00Z", "2026-03-03T00:00:00Z", &rep_id),
            event("REASSIGNED", &head_id, "2026-03-05T10:00:00Z", "2026-03-03T12:00:00Z", "2026-03-03T12:00:00Z", &by),
            with(event("COMPLETED", &head_id, "2026-03-05T10:00:00Z", "2026-03-04T15:00:00Z", "2026-03-06T08:00:00Z", &by),
                json!({ "outcome": "REACHED", "note": "wants a meeting", "touch": { "kind": "CALL" } })),
        ]);
        let told = ops.gql(TOLD, json!({ "id": call })).await["activity"].take();
        assert_eq!(told, json!({ "kind": "CALL", "subject": "Ask about March", "direction": "OUTBOUND", "dueAt": "2026-03-05T10:00:00Z", "state": "COMPLETED",
            "outcome": "REACHED", "owner": head_id, "person": { "id": ada }, "account": null, "follows": null, "followUp": { "id": follow_up },
            "externalId": null, "recordedAt": "2026-03-01T09:00:00Z", "events": events }));
        let before = ops.gql(TOLD, json!({ "id": call, "asOf": "2026-03-03T11:59:59Z" })).await["activity"]["events"].take();
        assert_eq!(before, json!(events.as_array().unwrap()[..2]));
        let told = ops.gql(TOLD, json!({ "id": follow_up })).await["activity"].take();
        assert_eq!((&told["kind"], &told["subject"], &told["dueAt"], &told["state"]), (&json!("MEETING"), &json!("Show it"), &json!("2026-03-10T09:00:00Z"), &json!("PLANNED")));
        assert_eq!((&told["owner"], &told["person"]["id"], &told["follows"]["id"]), (&head_id, &json!(ada), &json!(call)));
        // What was known earlier stays as it was.
        for (as_of, stood) in [
            ("2026-03-01T08:59:59.999999Z", Value::Null),
            ("2026-03-01T09:00:00Z", json!("PLANNED")),
            ("2026-03-02T10:00:00Z", json!("PLANNED")),
            ("2026-03-02T10:00:00.000001Z", json!("OVERDUE")),
            ("2026-03-03T00:00:00Z", json!("PLANNED")),
            ("2026-03-05T10:00:00.000001Z", json!("OVERDUE")),
            ("2026-03-06T07:59:59.999999Z", json!("OVERDUE")),
            ("2026-03-06T08:00:00Z", json!("COMPLETED")),
        ] {
            assert_eq!(state(&ops, &call, Some(as_of)).await, stood, "{as_of}");
        }
        // The interaction is a touch as any other.
        let found = ops.gql("{ touches { nodes { id } } }", json!({})).await;
        let correct = "mutation($input: CorrectTouchInput!) { correctTouch(input: $input) { touch { id } userErrors { field code } } }";
        done(&ops, correct, json!({ "touchId": found["touches"]["nodes"][0]["id"], "retract": true })).await;
        assert_eq!((touches(&ops).await, state(&ops, &call, None).await), (json!([]), json!("COMPLETED")));
    }

    async fn one_is_given_up_with_a_reason(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let ada = made(&ops, RECORD_PERSON, json!({})).await;
        let email = made(&ops, PLAN, json!({ "kind": "EMAIL", "subject": "Hello", "personId": ada })).await;
        assert_eq!(done(&ops, CANCEL, json!({ "activityId": email, "reason": "they left" })).await["state"], "CANCELLED");
        let told = ops.gql(TOLD, json!({ "id": email })).await["activity"].take();
        assert_eq!((&told["events"][1]["kind"], &told["events"][1]["reason"], &told["dueAt"]), (&json!("CANCELLED"), &json!("they left"), &Value::Null));
        assert_eq!(touches(&ops).await, json!([]));
    }

    async fn only_who_was_reached_was_touched(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-03-01T00:00:00Z");
        let (marketer, head) = (story.acme.member(Role::Marketer).await, story.acme.member(Role::Executive).await);
        let initech = made(&ops, RECORD_ACCOUNT, json!({ "name": "Initech" })).await;
        let log = |kind: &str, outcome: &str, more: Value| with(json!({ "kind": kind, "subject": kind, "accountId": initech, "outcome": outcome }), more);
        for kind in ["CALL", "MEETING", "EMAIL", "PROPOSAL", "TASK"] {
            for outcome in ["NOT_REACHED", "DONE"] {
                assert_eq!(done(&ops, LOG, log(kind, outcome, json!({}))).await["state"], "COMPLETED");
            }
        }
        made(&ops, LOG, log("TASK", "REACHED", json!({}))).await;
        assert_eq!(touches(&ops).await, json!([]));
        let day = |day: u32| format!("2026-02-{day:02}T12:00:00Z");
        let reached = [
            ("CALL", json!({ "occurredAt": day(1), "direction": "INBOUND" })),
            ("MEETING", json!({ "occurredAt": day(2), "ownerId": member(&marketer) })),
            ("EMAIL", json!({ "occurredAt": day(3), "ownerId": member(&head) })),
            ("PROPOSAL", json!({ "occurredAt": day(4) })),
        ];
        for (kind, more) in reached {
            made(&ops, LOG, log(kind, "REACHED", more)).await;
        }
        // Latest first; whoever works for no resource sells.
        let touch = |kind: &str, channel: &str, resource: &str, direction: &str, day: String| json!({ "kind": kind, "channel": channel, "actorKind": "SELLER",
            "resource": resource, "direction": direction, "occurredAt": day, "person": null, "account": { "id": initech } });
        assert_eq!(touches(&ops).await, json!([
            touch("MESSAGE", "EMAIL", "SALES", "OUTBOUND", day(4)),
            touch("EMAIL", "EMAIL", "SALES", "OUTBOUND", day(3)),
            touch("MEETING", "MEETING", "MARKETING", "OUTBOUND", day(2)),
            touch("CALL", "PHONE", "SALES", "INBOUND", day(1)),
        ]));
    }

    async fn a_repeated_call_does_nothing_more(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, other) = (acme.member(Role::Revops).await, acme.member(Role::Revops).await);
        let ada = made(&ops, RECORD_PERSON, json!({})).await;
        let named = |value: &str| json!({ "externalId": { "source": "crm", "value": value } });
        let call = with(json!({ "kind": "CALL", "subject": "Ask", "personId": ada, "dueAt": "2026-06-02T00:00:00Z", "idempotencyKey": "p" }), named("1"));
        let id = made(&ops, PLAN, call.clone()).await;
        let before = rows(&app).await;
        assert_eq!(made(&ops, PLAN, call.clone()).await, id);
        // So too by what another system calls it, without a key.
        let again = without(call.clone(), "idempotencyKey");
        assert_eq!(made(&ops, PLAN, again.clone()).await, id);
        for more in [json!({ "dueAt": "2026-06-03T00:00:00Z" }), json!({ "subject": "Beg" }), json!({ "ownerId": member(&other) })] {
            refused(&app, &ops, PLAN, with(again.clone(), more), "externalId", "EXTERNAL_ID_CONFLICT").await;
        }
        assert_eq!(rows(&app).await, before);
        refused(&app, &ops, PLAN, with(call, json!({ "subject": "Beg" })), "idempotencyKey", "IDEMPOTENCY_MISMATCH").await;
        let next = json!({ "kind": "TASK", "subject": "Write it down", "dueAt": "2026-06-03T00:00:00Z" });
        let complete = json!({ "activityId": id, "outcome": "REACHED", "followUp": next, "idempotencyKey": "c" });
        let first = done(&ops, COMPLETE, complete.clone()).await;
        let before = rows(&app).await;
        assert_eq!(done(&ops, COMPLETE, complete).await, first);
        assert_eq!((rows(&app).await, touches(&ops).await.as_array().unwrap().len()), (before, 1));
        // Logged twice it happened once, and one that was planned is completed.
        let log = with(json!({ "kind": "MEETING", "subject": "Show it", "personId": ada, "outcome": "REACHED", "occurredAt": "2026-05-30T00:00:00Z", "note": "fine" }), named("2"));
        let planned = without(without(without(log.clone(), "outcome"), "occurredAt"), "note");
        let id = made(&ops, PLAN, planned).await;
        assert_eq!(done(&ops, LOG, log.clone()).await, json!({ "id": id, "state": "COMPLETED", "followUp": null }));
        let before = rows(&app).await;
        assert_eq!(done(&ops, LOG, log.clone()).await["id"], json!(id));
        assert_eq!((rows(&app).await, touches(&ops).await.as_array().unwrap().len()), (before, 2));
        // A follow-up that was not planned with it is not there, so it is not the same.
        let next = json!({ "followUp": { "kind": "TASK", "subject": "Write", "dueAt": "2026-06-03T00:00:00Z" } });
        for more in [json!({ "outcome": "NOT_REACHED" }), json!({ "note": "bad" }), json!({ "occurredAt": "2026-05-29T00:00:00Z" }), next.clone()] {
            refused(&app, &ops, LOG, with(log.clone(), more), "externalId", "EXTERNAL_ID_CONFLICT").await;
        }
        let followed = with(with(log.clone(), named("3")), next);
        let once = done(&ops, LOG, followed.clone()).await;
        let before = rows(&app).await;
        assert_eq!((done(&ops, LOG, followed.clone()).await, rows(&app).await), (once, before));
        let other_next = json!({ "followUp": { "kind": "TASK", "subject": "Write", "dueAt": "2026-06-04T00:00:00Z" } });
        refused(&app, &ops, LOG, with(followed, other_next), "externalId", "EXTERNAL_ID_CONFLICT").await;
        // What was given up was not done.
        let given_up = with(json!({ "kind": "CALL", "subject": "Ask", "personId": ada }), named("4"));
        let id = made(&ops, PLAN, given_up.clone()).await;
        done(&ops, CANCEL, json!({ "activityId": id, "reason": "no" })).await;
        refused(&app, &ops, LOG, with(given_up, json!({ "outcome": "REACHED" })), "externalId", "EXTERNAL_ID_CONFLICT").await;
        for (document, input) in [
            (RESCHEDULE, json!({ "dueAt": "2026-07-01T00:00:00Z" })),
            (REASSIGN, json!({ "ownerId": member(&other) })),
            (CANCEL, json!({ "reason": "no" })),
        ] {
            let input = with(input, json!({ "activityId": first["followUp"]["id"], "idempotencyKey": "again" }));
            let once = made(&ops, document, input.clone()).await;
            let before = rows(&app).await;
            assert_eq!(made(&ops, document, input).await, once);
            assert_eq!(rows(&app).await, before);
        }
    }
}
