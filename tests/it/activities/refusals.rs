//! Bad input is told by its field, and stores nothing.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    CANCEL, COMPLETE, CREATE_OPPORTUNITY, LOG, PLAN, REASSIGN, RECORD_ACCOUNT, RECORD_PERSON, RESCHEDULE, made, member, refused, with,
    without,
};
use crate::support::on_both_engines;

on_both_engines! {
    async fn what_cannot_be_planned_is_told(app: TestApp) {
        let (acme, other) = (app.org("acme").await, app.org("other").await);
        let (ops, foreign) = (acme.member(Role::Revops).await, other.member(Role::Revops).await);
        let ada = made(&ops, RECORD_PERSON, json!({})).await;
        let (initech, hooli) = (made(&ops, RECORD_ACCOUNT, json!({ "name": "Initech" })).await, made(&ops, RECORD_ACCOUNT, json!({ "name": "Hooli" })).await);
        let deal = made(&ops, CREATE_OPPORTUNITY, json!({ "accountId": initech, "name": "Paper" })).await;
        let (their_person, their_account) = (made(&foreign, RECORD_PERSON, json!({})).await, made(&foreign, RECORD_ACCOUNT, json!({ "name": "Theirs" })).await);
        let their_deal = made(&foreign, CREATE_OPPORTUNITY, json!({ "accountId": their_account, "name": "Paper" })).await;
        let good = json!({ "kind": "CALL", "subject": "Ask", "personId": ada });
        for (more, field, code) in [
            (json!({ "subject": "  " }), "subject", "REQUIRED"),
            (json!({ "subject": "x".repeat(201) }), "subject", "TOO_LONG"),
            (json!({ "subject": "\u{7}" }), "subject", "INVALID_TEXT"),
            (json!({ "dueAt": "1969-12-31T23:59:59.999999Z" }), "dueAt", "DATE_OUT_OF_RANGE"),
            (json!({ "dueAt": "2201-01-01T00:00:00Z" }), "dueAt", "DATE_OUT_OF_RANGE"),
            (json!({ "personId": their_person }), "personId", "NOT_FOUND"),
            (json!({ "accountId": their_account }), "accountId", "NOT_FOUND"),
            (json!({ "opportunityId": their_deal }), "opportunityId", "NOT_FOUND"),
            (json!({ "ownerId": member(&foreign) }), "ownerId", "NOT_FOUND"),
            (json!({ "accountId": hooli, "opportunityId": deal }), "opportunityId", "INVALID"),
        ] {
            let input = with(good.clone(), more);
            refused(&app, &ops, PLAN, input.clone(), field, code).await;
            refused(&app, &ops, LOG, with(input, json!({ "outcome": "REACHED" })), field, code).await;
        }
        refused(&app, &ops, PLAN, without(good.clone(), "personId"), "personId", "REQUIRED").await;
        for due in ["1970-01-01T00:00:00Z", "2200-12-31T23:59:59Z"] {
            made(&ops, PLAN, with(good.clone(), json!({ "dueAt": due }))).await;
        }
        made(&ops, PLAN, with(good, json!({ "accountId": initech, "opportunityId": deal }))).await;
        refused(&app, &ops, LOG, json!({ "kind": "CALL", "subject": "Ask", "personId": ada, "outcome": "DONE", "occurredAt": "2026-06-02T12:00:00.000001Z" }), "occurredAt", "DATE_OUT_OF_RANGE").await;
    }

    async fn what_ended_takes_no_more(app: TestApp) {
        let (acme, other) = (app.org("acme").await, app.org("other").await);
        let (ops, foreign) = (acme.member(Role::Revops).await, other.member(Role::Revops).await);
        let ada = made(&ops, RECORD_PERSON, json!({})).await;
        let plan = json!({ "kind": "CALL", "subject": "Ask", "personId": ada });
        let (id, gone) = (made(&ops, PLAN, plan.clone()).await, made(&ops, PLAN, plan.clone()).await);
        let of = |id: &str, more: Value| with(json!({ "activityId": id }), more);
        let follow = |more: Value| json!({ "outcome": "DONE", "followUp": with(json!({ "kind": "TASK", "subject": "Go on", "dueAt": "2026-06-02T00:00:00Z" }), more) });
        for (document, more, field, code) in [
            (COMPLETE, json!({ "outcome": "REACHED", "occurredAt": "2026-06-02T12:00:00.000001Z" }), "occurredAt", "DATE_OUT_OF_RANGE"),
            (COMPLETE, json!({ "outcome": "REACHED", "occurredAt": "1969-12-31T00:00:00Z" }), "occurredAt", "DATE_OUT_OF_RANGE"),
            (COMPLETE, json!({ "outcome": "REACHED", "note": "" }), "note", "REQUIRED"),
            (COMPLETE, follow(json!({ "subject": "" })), "followUp.subject", "REQUIRED"),
            (COMPLETE, follow(json!({ "dueAt": "1969-12-31T00:00:00Z" })), "followUp.dueAt", "DATE_OUT_OF_RANGE"),
            (COMPLETE, follow(json!({ "ownerId": member(&foreign) })), "followUp.ownerId", "NOT_FOUND"),
            (RESCHEDULE, json!({ "dueAt": "1969-12-31T23:59:59Z" }), "dueAt", "DATE_OUT_OF_RANGE"),
            (REASSIGN, json!({ "ownerId": member(&foreign) }), "ownerId", "NOT_FOUND"),
            (CANCEL, json!({ "reason": " " }), "reason", "REQUIRED"),
        ] {
            refused(&app, &ops, document, of(&id, more), field, code).await;
        }
        let all = [
            (COMPLETE, json!({ "outcome": "REACHED" })),
            (RESCHEDULE, json!({ "dueAt": "2026-06-02T00:00:00Z" })),
            (REASSIGN, json!({ "ownerId": member(&ops) })),
            (CANCEL, json!({ "reason": "no" })),
        ];
        for (document, more) in all.clone() {
            refused(&app, &foreign, document, with(of(&id, more), json!({ "ownerId": member(&foreign) }).take_if(document == REASSIGN)), "activityId", "NOT_FOUND").await;
        }
        made(&ops, COMPLETE, of(&id, json!({ "outcome": "NOT_REACHED" }))).await;
        made(&ops, CANCEL, of(&gone, json!({ "reason": "no" }))).await;
        for ended in [&id, &gone] {
            for (document, more) in all.clone() {
                refused(&app, &ops, document, of(ended, more), "activityId", "FIXED").await;
            }
        }
    }
}

/// Nothing, unless it is wanted.
trait TakeIf {
    fn take_if(self, wanted: bool) -> Value;
}

impl TakeIf for Value {
    fn take_if(self, wanted: bool) -> Value {
        if wanted { self } else { json!({}) }
    }
}
