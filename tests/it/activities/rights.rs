//! Who plans with whom, who reads the words, and what stays of somebody who was erased.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    CANCEL, COMPLETE, LOG, PLAN, REASSIGN, RECORD_ACCOUNT, RECORD_PERSON, RESCHEDULE, act, done, listed, made, member, problems, refused,
    state, touches, with,
};
use crate::support::{Caller, on_both_engines, rows};

/// Asserts that somebody can neither see nor change an activity.
async fn out_of_sight(app: &crate::support::TestApp, by: &Caller<'_>, id: &str) {
    assert_eq!(
        by.gql("query($id: ID!) { activity(id: $id) { id } node(id: $id) { id } }", json!({ "id": id })).await,
        json!({ "activity": null, "node": null })
    );
    assert!(!listed(by, json!({})).await.contains(&id.to_owned()));
    for (document, more) in [
        (COMPLETE, json!({ "outcome": "REACHED" })),
        (RESCHEDULE, json!({ "dueAt": "2026-06-02T00:00:00Z" })),
        (REASSIGN, json!({ "ownerId": member(by) })),
        (CANCEL, json!({ "reason": "no" })),
    ] {
        refused(app, by, document, with(json!({ "activityId": id }), more), "activityId", "NOT_FOUND").await;
    }
}

async fn words(by: &Caller<'_>, id: &str) -> Value {
    let document = "query($id: ID!) { activity(id: $id) { subject externalId { value } events { kind note reason } } }";
    by.gql(document, json!({ "id": id })).await["activity"].take()
}

on_both_engines! {
    async fn sellers_plan_their_own_and_who_assists_them_does_too(app: TestApp) {
        let acme = app.org("acme").await;
        let (admin, ops) = (acme.member(Role::Admin).await, acme.member(Role::Revops).await);
        let (ann, bob, assistant, lead) = (acme.member(Role::SalesRep).await, acme.member(Role::SalesRep).await, acme.member(Role::SalesAssistant).await, acme.member(Role::SalesLead).await);
        let ada = made(&ops, RECORD_PERSON, json!({ "ownerId": member(&ann) })).await;
        let other = made(&ops, RECORD_PERSON, json!({ "ownerId": member(&bob) })).await;
        let plan = |of: &str, more: Value| with(json!({ "kind": "CALL", "subject": "Ask", "personId": of }), more);
        let anns = made(&ann, PLAN, plan(&ada, json!({}))).await;
        assert_eq!(listed(&ann, json!({ "ownerId": member(&ann) })).await, std::slice::from_ref(&anns));
        for outsider in [&bob, &assistant, &lead] {
            out_of_sight(&app, outsider, &anns).await;
        }
        // Nobody plans with buyers of others, or for others.
        refused(&app, &ann, PLAN, plan(&other, json!({})), "personId", "NOT_FOUND").await;
        let before = rows(&app).await;
        for (document, input) in [(PLAN, plan(&ada, json!({ "ownerId": member(&bob) }))), (REASSIGN, json!({ "activityId": anns, "ownerId": member(&bob) }))] {
            assert_eq!(problems(&act(&ann, document, input).await), [("ownerId".to_owned(), "NOT_ALLOWED".to_owned())]);
        }
        assert_eq!(rows(&app).await, before);
        let delegate = "mutation($input: DelegateInput!) { delegate(input: $input) { delegation { id } userErrors { field code } } }";
        done(&ann, delegate, json!({ "assistantId": member(&assistant), "principalId": member(&ann) })).await;
        let hers = made(&assistant, PLAN, plan(&ada, json!({ "ownerId": member(&ann), "kind": "MEETING" }))).await;
        assert_eq!(listed(&ann, json!({})).await, [&hers, &anns].map(Clone::clone));
        assert_eq!(done(&assistant, COMPLETE, json!({ "activityId": anns, "outcome": "REACHED" })).await["state"], "COMPLETED");
        assert_eq!(touches(&ops).await[0]["resource"], "SALES");
        // Whoever is in their team is led.
        let team = made(&admin, "mutation($input: CreateTeamInput!) { createTeam(input: $input) { team { id } userErrors { field code } } }", json!({ "name": "East", "resources": ["SALES"] })).await;
        for who in [&ann, &bob, &lead] {
            let document = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { id } userErrors { field code } } }";
            done(&admin, document, json!({ "memberId": member(who), "teamId": team })).await;
        }
        assert_eq!(listed(&lead, json!({})).await, [&hers, &anns].map(Clone::clone));
        // What is given to somebody is theirs to do, though the buyer is not, and the touch is written all the same.
        assert_eq!(done(&lead, REASSIGN, json!({ "activityId": hers, "ownerId": member(&bob) })).await["owner"]["id"], member(&bob));
        assert_eq!(listed(&bob, json!({})).await, std::slice::from_ref(&hers));
        let seen = bob.gql("query($id: ID!) { activity(id: $id) { subject person { id } } }", json!({ "id": hers })).await;
        assert_eq!(seen["activity"], json!({ "subject": "Ask", "person": null }));
        made(&bob, COMPLETE, json!({ "activityId": hers, "outcome": "REACHED" })).await;
        assert_eq!(touches(&ops).await.as_array().unwrap().len(), 2);
        assert_eq!(touches(&ops).await.as_array().unwrap().iter().filter(|touch| touch["person"]["id"] == json!(ada)).count(), 2);
    }

    async fn the_others_plan_for_their_resource_or_only_read(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let (marketer, product, rep) = (acme.member(Role::Marketer).await, acme.member(Role::ProductLead).await, acme.member(Role::SalesRep).await);
        let initech = made(&ops, RECORD_ACCOUNT, json!({ "name": "Initech" })).await;
        let plan = |more: Value| with(json!({ "kind": "CALL", "subject": "Ask", "accountId": initech }), more);
        let sales = made(&ops, PLAN, plan(json!({ "ownerId": member(&rep) }))).await;
        let marketing = made(&marketer, PLAN, plan(json!({}))).await;
        for reader in [&marketer, &product, &ops, &acme.member(Role::Executive).await, &acme.member(Role::Auditor).await, &acme.member(Role::MarketingLead).await] {
            assert_eq!(listed(reader, json!({})).await, [&marketing, &sales].map(Clone::clone));
        }
        let before = rows(&app).await;
        for (by, id) in [(&marketer, &sales), (&product, &sales), (&product, &marketing)] {
            assert_eq!(problems(&act(by, CANCEL, json!({ "activityId": id, "reason": "no" })).await), [("activityId".to_owned(), "NOT_FOUND".to_owned())]);
        }
        assert_eq!(problems(&act(&marketer, PLAN, plan(json!({ "ownerId": member(&rep) }))).await), [("ownerId".to_owned(), "NOT_ALLOWED".to_owned())]);
        assert_eq!(rows(&app).await, before);
        assert_eq!(done(&marketer, COMPLETE, json!({ "activityId": marketing, "outcome": "REACHED" })).await["state"], "COMPLETED");
        assert_eq!(touches(&ops).await[0]["resource"], "MARKETING");
        let integration = acme.member(Role::Integration).await;
        assert_eq!(done(&integration, COMPLETE, json!({ "activityId": sales, "outcome": "REACHED" })).await["state"], "COMPLETED");
        let mut refusing = vec![acme.member(Role::Partner).await, acme.member(Role::Executive).await, acme.member(Role::Auditor).await];
        let before = rows(&app).await;
        for caller in &refusing {
            for (document, input) in [
                (PLAN, plan(json!({}))),
                (LOG, plan(json!({ "outcome": "DONE" }))),
                (COMPLETE, json!({ "activityId": sales, "outcome": "DONE" })),
                (RESCHEDULE, json!({ "activityId": sales, "dueAt": "2026-06-02T00:00:00Z" })),
                (REASSIGN, json!({ "activityId": sales, "ownerId": member(&rep) })),
                (CANCEL, json!({ "activityId": sales, "reason": "no" })),
            ] {
                assert_eq!(caller.refused(document, json!({ "input": input })).await, "FORBIDDEN");
            }
        }
        assert_eq!(rows(&app).await, before);
        refusing.truncate(1);
        assert_eq!(refusing[0].refused("{ activities { totalCount } }", json!({})).await, "FORBIDDEN");
    }

    async fn words_are_for_readers_of_contact_data_and_go_with_whom_they_are_about(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, auditor) = (acme.member(Role::Revops).await, acme.member(Role::Auditor).await);
        let initech = made(&ops, RECORD_ACCOUNT, json!({ "name": "Initech" })).await;
        let ada = made(&ops, RECORD_PERSON, json!({ "accountId": initech })).await;
        let bob = made(&ops, RECORD_PERSON, json!({ "accountId": initech })).await;
        let named = |value: &str| json!({ "source": "crm", "value": value });
        let plan = |value: &str, of: Value| with(json!({ "kind": "CALL", "subject": "Ask Ada", "externalId": named(value) }), of);
        let call = made(&ops, PLAN, plan("1", json!({ "personId": ada }))).await;
        let company = made(&ops, PLAN, plan("2", json!({ "accountId": initech }))).await;
        let bobs = made(&ops, PLAN, plan("3", json!({ "personId": bob, "accountId": initech }))).await;
        let open = made(&ops, PLAN, plan("4", json!({ "personId": ada }))).await;
        done(&ops, COMPLETE, json!({ "activityId": call, "outcome": "REACHED", "note": "Ada is glad" })).await;
        done(&ops, CANCEL, json!({ "activityId": company, "reason": "Ada left" })).await;
        let told = |subject: &str, external: &str, more: Value| {
            let planned = json!({ "kind": "PLANNED", "note": null, "reason": null });
            let events = if more.is_null() { json!([planned]) } else { json!([planned, with(planned.clone(), more)]) };
            json!({ "subject": Some(subject).filter(|text| !text.is_empty()), "externalId": Some(external).filter(|text| !text.is_empty()).map(|value| json!({ "value": value })), "events": events })
        };
        assert_eq!(words(&ops, &call).await, told("Ask Ada", "1", json!({ "kind": "COMPLETED", "note": "Ada is glad" })));
        assert_eq!(words(&ops, &company).await, told("Ask Ada", "2", json!({ "kind": "CANCELLED", "reason": "Ada left" })));
        assert_eq!(words(&auditor, &call).await, told("", "1", json!({ "kind": "COMPLETED" })));
        assert_eq!(words(&auditor, &company).await, told("", "2", json!({ "kind": "CANCELLED" })));
        let (states, interactions) = (state(&ops, &call, None).await, touches(&ops).await);
        let erase = "mutation($input: ErasePersonInput!) { erasePerson(input: $input) { erasure { reason } userErrors { field code } } }";
        done(&ops, erase, json!({ "personId": ada, "reason": "REQUESTED" })).await;
        assert_eq!(words(&ops, &call).await, told("", "", json!({ "kind": "COMPLETED" })));
        assert_eq!(words(&ops, &company).await, told("", "", json!({ "kind": "CANCELLED" })), "nobody is named: it may be about any of theirs");
        assert_eq!(words(&ops, &open).await, told("", "", Value::Null));
        assert_eq!(words(&ops, &bobs).await, told("Ask Ada", "3", Value::Null), "it is about somebody else");
        assert_eq!((state(&ops, &call, None).await, touches(&ops).await), (states, interactions), "what happened stays");
        // Nothing more is recorded of them, but what is still to be done may be given up.
        refused(&app, &ops, PLAN, json!({ "kind": "CALL", "subject": "Ask", "personId": ada }), "personId", "ERASED").await;
        for (document, more) in [(COMPLETE, json!({ "outcome": "REACHED" })), (RESCHEDULE, json!({ "dueAt": "2026-06-02T00:00:00Z" })), (REASSIGN, json!({ "ownerId": member(&ops) }))] {
            refused(&app, &ops, document, with(json!({ "activityId": open }), more), "activityId", "ERASED").await;
        }
        for value in ["1", "2"] {
            refused(&app, &ops, PLAN, plan(value, json!({ "personId": bob })), "externalId", "ERASED").await;
        }
        done(&ops, CANCEL, json!({ "activityId": open, "reason": "Ada is gone" })).await;
        assert_eq!(words(&ops, &open).await, told("", "", json!({ "kind": "CANCELLED" })));
        // Who changed company is gone from what was said of the one before, too.
        let company = made(&ops, PLAN, plan("5", json!({ "accountId": initech }))).await;
        let hooli = made(&ops, RECORD_ACCOUNT, json!({ "name": "Hooli" })).await;
        let untouched = made(&ops, PLAN, plan("6", json!({ "accountId": hooli }))).await;
        let cleo = made(&ops, RECORD_PERSON, json!({ "accountId": initech })).await;
        let globex = made(&ops, RECORD_ACCOUNT, json!({ "name": "Globex" })).await;
        let moved = "mutation($input: RevisePersonInput!) { revisePerson(input: $input) { person { id } userErrors { field code } } }";
        done(&ops, moved, json!({ "personId": cleo, "accountId": globex })).await;
        done(&ops, erase, json!({ "personId": cleo, "reason": "REQUESTED" })).await;
        assert_eq!(words(&ops, &company).await, told("", "", Value::Null));
        assert_eq!(words(&ops, &untouched).await, told("Ask Ada", "6", Value::Null), "they never bought for it");
    }
}
