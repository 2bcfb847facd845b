//! Every rule of the opening policy, on what the API was told.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

const CLOSED: &str = "2026-04-30T12:00:00Z";

fn close(more: Value) -> Value {
    let mut input = json!({ "newAccount": { "name": "buyer" }, "occurredAt": CLOSED, "amount": usd("10000.00"), "path": "ASSISTED" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// Rule, basis points of SALES, MARKETING, PRODUCT, and the reason of an opening.
fn opening(close: &Value) -> (String, [i64; 3], String) {
    let batch = &close["batches"][0];
    assert_eq!(batch["kind"], "OPENING");
    let bp = |resource: &str| {
        let entries = batch["entries"].as_array().unwrap().iter();
        entries.filter(|entry| entry["resource"] == resource).map(|entry| entry["basisPoints"].as_i64().unwrap()).sum()
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&batch["rule"]), ["SALES", "MARKETING", "PRODUCT"].map(bp), text(&batch["reason"]))
}

on_both_engines! {
    async fn rules_apply_in_their_order(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-05-01T00:00:00Z");
        let referrer = story.person(json!({})).await;
        let buyer = story.touched_by("SALES", "2026-04-20T12:00:00Z").await;
        let marketed = story.touched_by("MARKETING", "2026-04-20T12:00:00Z").await;
        let long_ago = story.touched_by("MARKETING", "2026-01-30T12:00:00Z").await;
        let colleague_account = story.account("colleagues").await;
        let colleague = story.person(json!({ "accountId": colleague_account })).await;
        let claim = |person: &str, at: &str| json!({ "referrerPersonId": person, "claimedAt": at });
        let split = |at: &str| json!({ "signedAt": at, "shares": [{ "resource": "SALES", "basisPoints": 2500 }, { "resource": "PRODUCT", "basisPoints": 7500 }] });
        let not_counted = "W-shaped weights of 1 touches in the 90 days before; the referral claim does not count: ";
        for (input, rule, shares, reason) in [
            (json!({ "personId": buyer, "referral": claim(&referrer, "2026-04-01T00:00:00Z"), "signedSplit": split("2026-04-01T00:00:00Z") }),
                "REFERRAL_CLAIM", [0, 0, 10_000], "referred to us: the claim was made within the lookback"),
            (json!({ "personId": buyer, "signedSplit": split(CLOSED) }), "SIGNED_SPLIT", [2500, 0, 7500], "as signed on 2026-04-30T12:00:00Z"),
            (json!({ "personId": buyer, "signedSplit": split("2026-04-30T12:00:01Z") }), "EVIDENCE", [10_000, 0, 0], "W-shaped weights of 1 touches in the 90 days before"),
            (json!({ "personId": marketed, "path": "SELF_SERVE" }), "SELF_SERVE", [0, 10_000, 0], "self-serve, and Marketing touched the buyer in the 90 days before"),
            (json!({ "personId": long_ago, "path": "SELF_SERVE" }), "SELF_SERVE", [0, 0, 10_000], "self-serve, and Marketing did not touch the buyer in the 90 days before"),
            (json!({ "personId": buyer, "path": "PARTNER" }), "EVIDENCE", [10_000, 0, 0], "W-shaped weights of 1 touches in the 90 days before"),
            (json!({ "personId": long_ago, "sourceResource": "SALES" }), "SOURCE_RESOURCE", [10_000, 0, 0], "no touch in the 90 days before: sourced by SALES"),
            (json!({ "personId": buyer, "referral": claim(&buyer, "2026-04-01T00:00:00Z") }), "EVIDENCE", [10_000, 0, 0], &format!("{not_counted}nobody refers themselves")),
            (json!({ "personId": buyer, "accountId": colleague_account, "newAccount": null, "referral": claim(&colleague, "2026-04-01T00:00:00Z") }),
                "EVIDENCE", [10_000, 0, 0], &format!("{not_counted}nobody refers themselves")),
            (json!({ "personId": buyer, "referral": claim(&referrer, "2026-04-30T12:00:01Z") }), "EVIDENCE", [10_000, 0, 0], &format!("{not_counted}it was made after the close")),
            (json!({ "personId": buyer, "referral": claim(&referrer, "2026-01-30T12:00:00Z") }), "EVIDENCE", [10_000, 0, 0], &format!("{not_counted}it was made too long before the close")),
        ] {
            let made = story.close(close(input.clone())).await;
            assert_eq!(opening(&made), (rule.to_owned(), shares, reason.to_owned()), "{input}");
            assert_eq!(made["referrer"].is_null(), rule != "REFERRAL_CLAIM", "{input}");
        }
    }

    async fn the_journey_of_the_example_opens_by_its_evidence(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-01-31T12:00:00Z");
        let person = story.person(json!({ "knownAt": "2026-01-08T12:00:00Z", "email": "ada@example.com" })).await;
        let account = story.account("Ada").await;
        // Touches of the person, of the account, and of both are pooled, each once.
        let (of_person, of_account, of_both) = (json!({ "personId": person }), json!({ "accountId": account }), json!({ "personId": person, "accountId": account }));
        for (at, resource, of) in [
            ("2026-01-01T12:00:00Z", "MARKETING", &of_person),
            ("2026-01-08T12:00:00Z", "MARKETING", &of_both),
            ("2026-01-15T12:00:00Z", "MARKETING", &of_account),
            ("2026-01-20T12:00:00Z", "PRODUCT", &of_both),
            ("2026-01-25T12:00:00Z", "SALES", &of_person),
            ("2026-01-31T11:00:00Z", "SALES", &of_account),
        ] {
            story.touch(at, resource, of.clone()).await;
        }
        story.stage("2026-01-20T12:00:00Z", "OPPORTUNITY", &person).await;
        let input = json!({ "accountId": account, "personId": person, "occurredAt": "2026-01-31T12:00:00Z", "amount": usd("10000.00"), "path": "ASSISTED" });
        let made = story.close(input).await;
        let reason = "W-shaped weights of 6 touches in the 90 days before".to_owned();
        assert_eq!(opening(&made), ("EVIDENCE".to_owned(), [700, 6300, 3000], reason));
        assert_eq!(made["account"], json!({ "id": account, "name": "Ada", "generatedAt": "2026-01-31T12:00:00Z" }));
    }

    async fn touches_that_were_taken_back_or_came_after_are_no_evidence(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.at("2026-05-01T00:00:00Z");
        let buyer = story.touched_by("MARKETING", "2026-04-30T12:00:01Z").await;
        let touch = story.touch("2026-04-01T00:00:00Z", "SALES", json!({ "personId": buyer })).await;
        story.touch("2026-04-02T00:00:00Z", "PRODUCT", json!({ "personId": buyer })).await;
        let retract = "mutation($input: CorrectTouchInput!) { correctTouch(input: $input) { userErrors { code } } }";
        caller.gql(retract, json!({ "input": { "touchId": touch, "retract": true } })).await;
        let made = story.close(close(json!({ "personId": buyer }))).await;
        assert_eq!(opening(&made).1, [0, 0, 10_000]);
    }

    async fn the_policy_is_installed_when_an_organization_is_founded(app: TestApp) {
        let acme = app.org("acme").await;
        let document = "{ creditPolicy { id version lookbackDays roundingBasisPoints rules } }";
        let data = acme.member(Role::SalesRep).await.gql(document, json!({})).await;
        let policy = &data["creditPolicy"];
        assert_eq!((&policy["version"], &policy["lookbackDays"], &policy["roundingBasisPoints"]), (&json!(1), &json!(90), &json!(100)));
        assert_eq!(policy["rules"], json!(["REFERRAL_CLAIM", "SIGNED_SPLIT", "SELF_SERVE", "EVIDENCE", "SOURCE_RESOURCE"]));
        let found = acme.member(Role::Executive).await.gql("query($id: ID!) { node(id: $id) { __typename id } }", json!({ "id": policy["id"] })).await;
        assert_eq!(found["node"], json!({ "__typename": "CreditPolicy", "id": policy["id"] }));
    }
}
