//! The journey of a buyer: one stream, in one order, in pages.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::identity::{JOURNEY, act, done, told};
use crate::support::story::{Story, problems, usd};
use crate::support::{Caller, on_both_engines, rows};

const SOURCE: &str =
    "query($person: ID, $account: ID, $asOf: DateTime) { buyerSource(personId: $person, accountId: $account, asOf: $asOf) {
    agrees observed { channel } selfReported { channel actorKind kind } } }";
const SAID: &str = "mutation($input: RecordSelfReportedSourceInput!) { recordSelfReportedSource(input: $input) {
    touch { id kind actorKind channel } userErrors { field code } } }";

/// All items, some at a time, forwards and then backwards.
pub async fn by_pages(by: &Caller<'_>, of: Value, size: u32) -> Vec<Value> {
    let (mut items, mut after) = (Vec::new(), Value::Null);
    loop {
        let mut asked = of.clone();
        asked.as_object_mut().unwrap().extend(json!({ "first": size, "after": after }).as_object().unwrap().clone());
        let mut data = by.gql(JOURNEY, asked).await;
        let page = &mut data["journey"];
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !items.is_empty());
        items.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], items.len());
            break;
        }
        after = page["pageInfo"]["endCursor"].take();
    }
    let (mut back, mut before) = (Vec::new(), Value::Null);
    loop {
        let mut asked = of.clone();
        asked.as_object_mut().unwrap().extend(json!({ "last": size, "before": before }).as_object().unwrap().clone());
        let mut data = by.gql(JOURNEY, asked).await;
        let page = &mut data["journey"];
        let mut nodes = page["nodes"].as_array().unwrap().clone();
        nodes.extend(back);
        back = nodes;
        if page["pageInfo"]["hasPreviousPage"] == false {
            break;
        }
        before = page["pageInfo"]["startCursor"].take();
    }
    assert_eq!(back, items);
    items
}

on_both_engines! {
    async fn an_account_s_journey_is_that_of_whoever_buys_for_it_and_its_own(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let account = story.account("Globex").await;
        let ada = story.person(json!({ "accountId": account })).await;
        let (bob, stranger) = (story.person(json!({})).await, story.person(json!({})).await);
        story.touch("2026-01-02T00:00:00Z", "MARKETING", json!({ "personId": ada })).await;
        story.touch("2026-01-05T00:00:00Z", "SALES", json!({ "personId": ada, "accountId": account })).await;
        story.touch("2026-01-04T00:00:00Z", "PRODUCT", json!({ "accountId": account })).await;
        story.touch("2026-01-03T00:00:00Z", "SALES", json!({ "personId": bob })).await;
        story.touch("2026-01-03T00:00:00Z", "SALES", json!({ "personId": stranger })).await;
        story.stage("2026-01-06T00:00:00Z", "KNOWN", &ada).await;
        let close = story.close(json!({ "accountId": account, "personId": ada, "occurredAt": "2026-01-10T00:00:00Z", "amount": usd("10.00"), "path": "ASSISTED" })).await;
        let ops = story.at("2026-02-02T00:00:00Z");
        let revise = "mutation($input: RevisePersonInput!) { revisePerson(input: $input) { userErrors { code } } }";
        done(&ops, revise, json!({ "personId": bob, "accountId": account })).await;
        story.movement(json!({ "closeId": close["id"], "kind": "REFUND", "amount": usd("1.00"), "occurredAt": "2026-01-12T00:00:00Z", "reason": "late" })).await;

        let found = ops.gql(JOURNEY, json!({ "account": account })).await;
        assert_eq!(told(&found), ["TOUCH MARKETING", "TOUCH SALES", "TOUCH PRODUCT", "TOUCH SALES", "STAGE_EVENT KNOWN", "CLOSE", "CREDIT", "STAGE_EVENT CLOSED", "CLOSE_MOVEMENT"].map(|word| word.to_owned()).to_vec());
        assert_eq!(found["journey"]["totalCount"], 9, "a touch of both is one touch");
        // The day before, Bob bought for nobody and nothing was refunded.
        let before = ops.gql(JOURNEY, json!({ "account": account, "asOf": "2026-02-01T12:00:00Z" })).await;
        assert_eq!(told(&before), ["TOUCH MARKETING", "TOUCH PRODUCT", "TOUCH SALES", "STAGE_EVENT KNOWN", "CLOSE", "CREDIT", "STAGE_EVENT CLOSED"]);
        for size in [1, 2, 4, 100] {
            assert_eq!(by_pages(&ops, json!({ "account": account }), size).await, *found["journey"]["nodes"].as_array().unwrap(), "{size}");
        }
        // A person's journey is their own, with the closes they brought.
        let person = ops.gql(JOURNEY, json!({ "person": bob })).await;
        assert_eq!(told(&person), ["TOUCH SALES"]);
        let nobody = story.person(json!({})).await;
        assert_eq!(ops.gql(JOURNEY, json!({ "person": nobody })).await["journey"]["totalCount"], 0);
    }

    async fn what_was_corrected_counts_as_corrected(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let ada = story.person(json!({})).await;
        let touch = story.touch("2026-01-02T00:00:00Z", "MARKETING", json!({ "personId": ada })).await;
        let gone = story.touch("2026-01-03T00:00:00Z", "MARKETING", json!({ "personId": ada })).await;
        let later = story.at("2026-02-02T00:00:00Z");
        let correct = "mutation($input: CorrectTouchInput!) { correctTouch(input: $input) { userErrors { code } } }";
        done(&later, correct, json!({ "touchId": touch, "resource": "PRODUCT", "occurredAt": "2026-01-08T00:00:00Z" })).await;
        done(&later, correct, json!({ "touchId": gone, "retract": true })).await;
        assert_eq!(told(&later.gql(JOURNEY, json!({ "person": ada })).await), ["TOUCH PRODUCT"]);
        let then = later.gql(JOURNEY, json!({ "person": ada, "asOf": "2026-02-01T12:00:00Z" })).await;
        assert_eq!(told(&then), ["TOUCH MARKETING", "TOUCH MARKETING"]);
    }

    async fn one_sees_what_one_may_of_whom_one_sees(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let (rep, assistant) = (story.acme.member(Role::SalesRep).await, story.acme.member(Role::Marketer).await);
        let owner = json!({ "ownerId": rep.member.unwrap().to_string() });
        let (own, theirs) = (story.person(owner).await, story.person(json!({})).await);
        for person in [&own, &theirs] {
            story.touch("2026-01-02T00:00:00Z", "SALES", json!({ "personId": person })).await;
        }
        story.close(json!({ "newAccount": { "name": "Won" }, "personId": own, "occurredAt": "2026-01-10T00:00:00Z", "amount": usd("10.00"), "path": "ASSISTED" })).await;
        let found = rep.gql(JOURNEY, json!({ "person": own })).await;
        // A seller reads the closes of their buyers, and no ledger.
        assert_eq!(told(&found), ["TOUCH SALES", "CLOSE", "STAGE_EVENT CLOSED"]);
        assert_eq!(found["journey"]["visibility"]["complete"], false);
        assert_eq!(rep.refused(JOURNEY, json!({ "person": theirs })).await, "NOT_FOUND");
        assert_eq!(rep.refused(JOURNEY, json!({ "person": "per_00000000000000000000000001" })).await, "NOT_FOUND");
        assert_eq!(told(&assistant.gql(JOURNEY, json!({ "person": own })).await), ["TOUCH SALES", "STAGE_EVENT CLOSED"]);
        let partner = story.acme.member(Role::Partner).await;
        assert_eq!(partner.refused(JOURNEY, json!({ "person": own })).await, "FORBIDDEN");
        assert_eq!(rep.refused(JOURNEY, json!({})).await, "BAD_USER_INPUT");
        assert_eq!(rep.refused(JOURNEY, json!({ "person": own, "account": "acc_00000000000000000000000001" })).await, "BAD_USER_INPUT");
        assert_eq!(rep.refused(JOURNEY, json!({ "person": own, "asOf": "2100-01-01T00:00:00Z" })).await, "BAD_USER_INPUT");
    }

    async fn what_the_buyer_says_stands_beside_what_was_observed(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let ada = story.person(json!({})).await;
        let source = async |by: &Caller<'_>, as_of: Value| by.gql(SOURCE, json!({ "person": ada, "asOf": as_of })).await["buyerSource"].take();
        let ops = story.at("2026-02-01T00:00:00Z");
        assert_eq!(source(&ops, Value::Null).await, json!({ "agrees": null, "observed": null, "selfReported": null }));
        story.touch("2026-01-05T00:00:00Z", "MARKETING", json!({ "personId": ada, "channel": "PAID_SEARCH" })).await;
        let said = |channel: &str, day: &str| json!({ "personId": ada, "channel": channel, "resource": "PRODUCT", "occurredAt": format!("2026-01-{day}T00:00:00Z"), "idempotencyKey": channel });
        done(&ops, SAID, said("WORD_OF_MOUTH", "06")).await;
        let told_first = json!({ "agrees": false, "observed": { "channel": "PAID_SEARCH" },
            "selfReported": { "channel": "WORD_OF_MOUTH", "actorKind": "SELF_REPORTED", "kind": "SELF_REPORT" } });
        assert_eq!(source(&ops, Value::Null).await, told_first);
        let ops = story.at("2026-02-02T00:00:00Z");
        done(&ops, SAID, said("PAID_SEARCH", "07")).await;
        let before = rows(&app).await;
        done(&ops, SAID, said("PAID_SEARCH", "07")).await;
        assert_eq!(rows(&app).await, before, "said once");
        assert_eq!(source(&ops, Value::Null).await["agrees"], true);
        assert_eq!(source(&ops, json!("2026-02-01T12:00:00Z")).await, told_first);
        let nobody = json!({ "channel": "WEB", "resource": "PRODUCT", "occurredAt": "2026-01-07T00:00:00Z" });
        assert_eq!(problems(&act(&ops, SAID, nobody).await), [("personId".to_owned(), "REQUIRED".to_owned())]);
        let marketer = story.acme.member(Role::Marketer).await;
        assert_eq!(problems(&act(&marketer, SAID, said("SOCIAL", "08")).await), [("resource".to_owned(), "NOT_ALLOWED".to_owned())]);
    }
}
