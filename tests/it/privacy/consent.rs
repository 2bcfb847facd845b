//! What buyers allow.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{CONSENT, RECORD_PERSON, act, done, id};
use crate::support::story::problems;
use crate::support::{Caller, on_both_engines, rows};

async fn person(by: &Caller<'_>) -> String {
    id(&done(by, RECORD_PERSON, json!({})).await["person"]["id"])
}

fn decided(person: &str, purpose: &str, decision: &str, day: u32) -> Value {
    json!({ "personId": person, "purpose": purpose, "decision": decision, "occurredAt": format!("2026-05-{day:02}T00:00:00Z"), "evidence": "form 7" })
}

async fn standing(by: &Caller<'_>, person: &str) -> Value {
    let document = "query($id: ID!) { person(id: $id) { consents { purpose decision evidence } } }";
    by.gql(document, json!({ "id": person })).await["person"]["consents"].take()
}

async fn consenting(by: &Caller<'_>, purpose: &str) -> Vec<String> {
    let document = "query($purpose: ConsentPurpose) { people(filter: { consentedTo: $purpose }) { totalCount nodes { id } } }";
    let data = by.gql(document, json!({ "purpose": purpose })).await;
    let found: Vec<String> = data["people"]["nodes"].as_array().unwrap().iter().map(|node| id(&node["id"])).collect();
    assert_eq!(data["people"]["totalCount"], found.len());
    found
}

on_both_engines! {
    async fn the_decision_that_happened_last_counts(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let (ann, bob) = (person(&ops).await, person(&ops).await);
        assert_eq!(standing(&ops, &ann).await, json!([]));
        done(&ops, CONSENT, decided(&ann, "EMAIL_MARKETING", "GRANTED", 3)).await;
        done(&ops, CONSENT, decided(&ann, "PHONE", "GRANTED", 1)).await;
        done(&ops, CONSENT, decided(&bob, "EMAIL_MARKETING", "GRANTED", 3)).await;
        let granted = |purpose: &str, decision: &str| json!({ "purpose": purpose, "decision": decision, "evidence": "form 7" });
        assert_eq!(standing(&ops, &ann).await, json!([granted("EMAIL_MARKETING", "GRANTED"), granted("PHONE", "GRANTED")]));
        assert_eq!(consenting(&ops, "EMAIL_MARKETING").await, [bob.clone(), ann.clone()]);
        done(&ops, CONSENT, decided(&ann, "EMAIL_MARKETING", "WITHDRAWN", 5)).await;
        assert_eq!(consenting(&ops, "EMAIL_MARKETING").await, [bob.as_str()]);
        // A letter of before that comes in late changes nothing.
        done(&ops, CONSENT, decided(&ann, "EMAIL_MARKETING", "GRANTED", 4)).await;
        assert_eq!(standing(&ops, &ann).await, json!([granted("EMAIL_MARKETING", "WITHDRAWN"), granted("PHONE", "GRANTED")]));
        assert_eq!(consenting(&ops, "EMAIL_MARKETING").await, [bob.as_str()]);
        // Of the same moment, what was recorded last.
        done(&ops, CONSENT, decided(&ann, "EMAIL_MARKETING", "GRANTED", 5)).await;
        assert_eq!(consenting(&ops, "EMAIL_MARKETING").await, [bob, ann.clone()]);
        assert_eq!(consenting(&ops, "PHONE").await, [ann]);
        assert_eq!(consenting(&ops, "PROFILING").await, Vec::<String>::new());
    }

    async fn a_repeated_decision_is_recorded_once(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let ann = person(&ops).await;
        let mut input = decided(&ann, "PHONE", "GRANTED", 1);
        input["idempotencyKey"] = json!("k");
        let first = done(&ops, CONSENT, input.clone()).await;
        assert_eq!(done(&ops, CONSENT, input.clone()).await, first);
        input["decision"] = json!("WITHDRAWN");
        assert_eq!(problems(&act(&ops, CONSENT, input).await), [("idempotencyKey".to_owned(), "IDEMPOTENCY_MISMATCH".to_owned())]);
        assert_eq!(rows(&app).await["consent"], "1/0");
        let document = "query($id: ID!) { node(id: $id) { ... on Consent { purpose person { id } recordedBy { id } } } }";
        let node = ops.gql(document, json!({ "id": first["consent"]["id"] })).await;
        assert_eq!(node["node"], json!({ "purpose": "PHONE", "person": { "id": ann }, "recordedBy": { "id": ops.member.unwrap().to_string() } }));
    }

    async fn who_may_not_write_a_buyer_records_no_decision_of_theirs(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, rep, executive) = (acme.member(Role::Revops).await, acme.member(Role::SalesRep).await, acme.member(Role::Executive).await);
        let (theirs, own) = (person(&ops).await, person(&rep).await);
        let before = rows(&app).await;
        assert_eq!(executive.refused(CONSENT, json!({ "input": decided(&theirs, "PHONE", "GRANTED", 1) })).await, "FORBIDDEN");
        assert_eq!(problems(&act(&rep, CONSENT, decided(&theirs, "PHONE", "GRANTED", 1)).await), [("personId".to_owned(), "NOT_FOUND".to_owned())]);
        let future = problems(&act(&rep, CONSENT, decided(&own, "PHONE", "GRANTED", 31)).await);
        assert_eq!(future, []);
        let mut far = decided(&own, "PHONE", "GRANTED", 1);
        far["occurredAt"] = json!("2027-01-01T00:00:00Z");
        far["evidence"] = json!(" ");
        assert_eq!(problems(&act(&rep, CONSENT, far).await), [("occurredAt".to_owned(), "DATE_OUT_OF_RANGE".to_owned()), ("evidence".to_owned(), "REQUIRED".to_owned())]);
        let after = rows(&app).await;
        assert_eq!((before["consent"].as_str(), after["consent"].as_str()), ("0/0", "1/0"));
        // Evidence is contact data.
        assert_eq!(standing(&executive, &own).await, json!([{ "purpose": "PHONE", "decision": "GRANTED", "evidence": null }]));
        assert_eq!(consenting(&rep, "PHONE").await, [own]);
    }

    async fn the_decisions_of_fifty_people_take_as_many_statements_as_those_of_one(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        for _ in 0..50 {
            let somebody = person(&ops).await;
            done(&ops, CONSENT, decided(&somebody, "PHONE", "GRANTED", 1)).await;
        }
        let mut costs = Vec::new();
        for first in [1, 50] {
            let before = app.statements();
            let data = ops.gql("query($first: Int) { people(first: $first) { nodes { consents { decision } } } }", json!({ "first": first })).await;
            assert_eq!(data.to_string().matches("GRANTED").count(), first);
            costs.push(app.app.db().statement_count() - before);
        }
        // The caller, the people, their decisions.
        assert_eq!(costs, [3, 3]);
    }
}
