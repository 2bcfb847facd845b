//! From anonymous to known.

use serde_json::{Value, json};

use super::{IDENTIFY, JOURNEY, act, done, told};
use crate::support::story::{Story, problems};
use crate::support::{Caller, on_both_engines, rows};

fn cookie(value: &str) -> Value {
    json!({ "source": "web", "value": value })
}

fn left(more: Value) -> Value {
    let mut input = json!({ "how": "DETAILS_LEFT", "occurredAt": "2026-01-10T00:00:00Z" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn identify(by: &Caller<'_>, more: Value) -> Value {
    done(by, IDENTIFY, left(more)).await["identification"].take()
}

on_both_engines! {
    async fn a_visitor_who_leaves_details_is_known(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let visitor = story.person(json!({ "externalId": cookie("c1") })).await;
        let it = identify(&ops, json!({ "anonymousId": cookie("c1"), "name": "Ada", "email": "Ada@Example.com" })).await;
        assert_eq!(it["visitor"], json!({ "id": visitor, "kind": "KNOWN", "knownAt": "2026-01-10T00:00:00Z", "name": "Ada",
            "email": "ada@example.com", "identity": { "id": visitor } }));
        assert_eq!(it["person"]["id"], json!(visitor));
        // Said again, nothing changes.
        let before = rows(&app).await;
        assert_eq!(identify(&ops, json!({ "anonymousId": cookie("c1"), "name": "Ada", "email": "ada@example.com" })).await, it);
        assert_eq!(rows(&app).await, before);
    }

    async fn who_was_never_seen_is_recorded_on_the_way(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let it = identify(&ops, json!({ "anonymousId": cookie("new"), "email": "ada@example.com", "idempotencyKey": "1" })).await;
        let again = identify(&ops, json!({ "anonymousId": cookie("new"), "email": "ada@example.com", "idempotencyKey": "1" })).await;
        assert_eq!(again, it);
        let found = ops.gql("{ personByExternalId(externalId: { source: \"web\", value: \"new\" }) { id kind } }", json!({})).await;
        assert_eq!(found["personByExternalId"], json!({ "id": it["visitor"]["id"], "kind": "KNOWN" }));
    }

    async fn who_is_known_by_the_address_is_who_they_are(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let ada = story.person(json!({ "name": "Ada", "email": "ada@example.com", "knownAt": "2026-01-02T00:00:00Z" })).await;
        let visitor = story.person(json!({ "externalId": cookie("c1") })).await;
        story.touch("2026-01-09T00:00:00Z", "PRODUCT", json!({ "personId": visitor })).await;
        let it = identify(&ops, json!({ "personId": visitor, "email": "ADA@example.com", "name": "A. Byron" })).await;
        assert_eq!((&it["person"]["id"], &it["person"]["name"]), (&json!(ada), &json!("Ada")), "what was known stays");
        // The details stay with whom they were left first.
        assert_eq!((&it["visitor"]["kind"], &it["visitor"]["email"], &it["visitor"]["identity"]["id"]), (&json!("KNOWN"), &Value::Null, &json!(ada)));
        let journey = ops.gql(JOURNEY, json!({ "person": ada })).await;
        assert_eq!(told(&journey), ["IDENTIFIED", "TOUCH PRODUCT", "IDENTIFIED", "MERGED"]);
        let before = rows(&app).await;
        identify(&ops, json!({ "personId": visitor, "email": "ada@example.com" })).await;
        assert_eq!(rows(&app).await, before);
    }

    async fn another_address_or_id_is_an_alias(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let it = identify(&ops, json!({ "anonymousId": cookie("c1"), "email": "ada@example.com" })).await;
        let visitor = it["visitor"]["id"].as_str().unwrap().to_owned();
        let more = identify(&ops, json!({ "personId": visitor, "email": "ada@work.example" })).await;
        assert_eq!(more["person"]["id"], json!(visitor), "the first address gives the name");
        // Whoever comes with the second address later is the same.
        let other = identify(&ops, json!({ "anonymousId": cookie("c2"), "email": "ada@work.example" })).await;
        assert_eq!(other["visitor"]["identity"]["id"], json!(visitor));
        // The id of the product stands for who they are from then on.
        let user = identify(&ops, json!({ "personId": visitor, "externalId": { "source": "app", "value": "u1" } })).await;
        assert_ne!(user["person"]["id"], json!(visitor));
        assert_eq!(user["visitor"]["identity"]["id"], user["person"]["id"]);
        let all = ops.gql("query($id: ID!) { person(id: $id) { identities { id } } }", json!({ "id": visitor })).await;
        assert_eq!(all["person"]["identities"].as_array().unwrap().len(), 4);
    }

    async fn an_external_id_stands_for_who_they_are_known_or_not(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let crm = json!({ "source": "crm", "value": "1" });
        // Their own: nothing new is recorded, and the address is theirs.
        let ada = story.person(json!({ "externalId": crm, "knownAt": "2026-01-02T00:00:00Z" })).await;
        let it = identify(&ops, json!({ "personId": ada, "externalId": crm, "email": "ada@example.com" })).await;
        assert_eq!((&it["person"]["id"], &it["person"]["email"]), (&json!(ada), &json!("ada@example.com")));
        // A new one beside an address that is known: whoever comes with it later is the same.
        let app_id = json!({ "source": "app", "value": "u1" });
        let it = identify(&ops, json!({ "anonymousId": cookie("c1"), "externalId": app_id, "email": "ada@example.com" })).await;
        assert_eq!(it["person"]["id"], json!(ada));
        let it = identify(&ops, json!({ "anonymousId": cookie("c2"), "externalId": app_id })).await;
        assert_eq!(it["visitor"]["identity"]["id"], json!(ada));
        // All of it again: nothing changes.
        let before = rows(&app).await;
        identify(&ops, json!({ "anonymousId": cookie("c2"), "externalId": app_id })).await;
        assert_eq!(rows(&app).await, before);
    }

    async fn what_cannot_be_is_refused_and_nothing_is_stored(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let visitor = story.person(json!({})).await;
        story.touch("2026-01-20T00:00:00Z", "MARKETING", json!({ "personId": visitor })).await;
        let erased = story.person(json!({ "email": "gone@example.com", "knownAt": "2026-01-01T00:00:00Z" })).await;
        done(&ops, "mutation($input: ErasePersonInput!) { erasePerson(input: $input) { userErrors { code } } }", json!({ "personId": erased })).await;
        let before = rows(&app).await;
        for (input, field, code) in [
            (json!({}), "personId", "REQUIRED"),
            (json!({ "personId": visitor, "anonymousId": cookie("c1") }), "anonymousId", "INVALID"),
            (json!({ "personId": visitor, "email": "nonsense" }), "email", "INVALID"),
            (json!({ "personId": visitor, "email": "ada@example.com" }), "occurredAt", "OUT_OF_ORDER"),
            (json!({ "personId": visitor, "occurredAt": "2026-01-25T00:00:00Z" }), "email", "REQUIRED"),
            (json!({ "personId": visitor, "occurredAt": "2026-01-25T00:00:00Z", "email": "gone@example.com" }), "email", "ERASED"),
            (json!({ "personId": erased, "email": "ada@example.com" }), "personId", "ERASED"),
            (json!({ "personId": "per_00000000000000000000000001", "email": "ada@example.com" }), "personId", "NOT_FOUND"),
            (json!({ "personId": visitor, "occurredAt": "2026-01-25T00:00:00Z", "email": "ada@example.com", "accountId": "acc_00000000000000000000000001" }), "accountId", "NOT_FOUND"),
            (json!({ "anonymousId": cookie(""), "email": "ada@example.com" }), "anonymousId.value", "REQUIRED"),
        ] {
            assert_eq!(problems(&act(&ops, IDENTIFY, left(input.clone())).await), [(field.to_owned(), code.to_owned())], "{input}");
        }
        assert_eq!(rows(&app).await, before);
    }
}
