//! On what terms business is won: more of it with a customer, each month anew, and again after it was voided.

use serde_json::{Value, json};

use crate::support::story::{GENERATE, MOVE_CLOSE, Story, problems, usd};
use crate::support::{Caller, on_both_engines, rows};

const EXPAND: &str = "mutation($input: RecordExpansionInput!) { recordExpansion(input: $input) {
    close { id kind recurringMonthly { amount currency } reopens { id } batches { rule reason } balances { resource basisPoints } }
    userErrors { field code } } }";
const CREATE: &str =
    "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";
const REOPEN: &str =
    "mutation($input: ReopenOpportunityInput!) { reopenOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";

fn sold(account: &str, at: &str, more: Value) -> Value {
    let mut input =
        json!({ "accountId": account, "occurredAt": at, "amount": usd("1200.00"), "path": "ASSISTED", "sourceResource": "SALES" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn refusals(by: &Caller<'_>, document: &str, input: Value) -> Vec<(String, String)> {
    let data = by.gql(document, json!({ "input": input })).await;
    problems(data.as_object().unwrap().values().next().unwrap())
}

fn refusal(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

async fn void(story: &Story<'_>, close: &Value, at: &str) {
    story.movement(json!({ "closeId": close, "kind": "VOID", "occurredAt": at, "reason": "signed by nobody" })).await;
}

/// Closes counted in a month, as of an instant.
async fn closes(by: &Caller<'_>, (from, to): (&str, &str), as_of: &str) -> i64 {
    let document =
        "query($period: PeriodInput!, $asOf: DateTime) { costPerClose(period: $period, asOf: $asOf) { conserved blended { closes } } }";
    let data = by.gql(document, json!({ "period": { "from": from, "to": to, "timeZone": "UTC" }, "asOf": as_of })).await;
    assert_eq!(data["costPerClose"]["conserved"], true);
    data["costPerClose"]["blended"]["closes"].as_i64().unwrap()
}

on_both_engines! {
    async fn a_customer_buys_more_and_somebody_else_does_not(app: TestApp) {
        let story = Story::begin(&app).await;
        let by = story.at("2026-05-01T00:00:00Z");
        let account = story.account("Initech").await;
        let before = rows(&app).await;
        assert_eq!(refusals(&by, EXPAND, sold(&account, "2026-04-01T00:00:00Z", json!({}))).await, refusal("accountId", "CLOSE_STATE"));
        assert_eq!(rows(&app).await, before);
        story.close(sold(&account, "2026-03-01T00:00:00Z", json!({ "recurringMonthly": usd("100.00") }))).await;
        let before = rows(&app).await;
        for (more, refused) in [
            (json!({ "occurredAt": "2026-02-28T00:00:00Z" }), refusal("accountId", "CLOSE_STATE")),
            (json!({ "recurringMonthly": { "amount": "1.00", "currency": "EUR" } }), refusal("recurringMonthly.currency", "INVALID")),
            (json!({ "recurringMonthly": usd("0.00") }), refusal("recurringMonthly.amount", "INVALID_AMOUNT")),
            (json!({ "recurringMonthly": usd("-1.00") }), refusal("recurringMonthly.amount", "INVALID_AMOUNT")),
            (json!({ "accountId": "acc_00000000000000000000000001" }), refusal("accountId", "NOT_FOUND")),
        ] {
            let input = sold(&account, "2026-04-01T00:00:00Z", more.clone());
            assert_eq!(refusals(&by, EXPAND, input).await, refused, "{more}");
        }
        assert_eq!(rows(&app).await, before);
        let more = json!({ "recurringMonthly": usd("20.00"), "idempotencyKey": "once" });
        let input = sold(&account, "2026-04-01T00:00:00Z", more);
        let data = by.gql(EXPAND, json!({ "input": input })).await;
        let made = &data["recordExpansion"]["close"];
        assert_eq!((&made["kind"], &made["recurringMonthly"]), (&json!("EXPANSION"), &usd("20.00")));
        assert_eq!(by.gql(EXPAND, json!({ "input": input })).await, data, "once");
        let document = "query($kind: CloseKind!, $id: ID!) { closes(filter: { kind: $kind }) { nodes { kind recurringMonthly { amount } } }
            account(id: $id) { stageEvents { nodes { stage { key } } } } }";
        let read = by.gql(document, json!({ "kind": "EXPANSION", "id": account })).await;
        assert_eq!(read["closes"]["nodes"], json!([{ "kind": "EXPANSION", "recurringMonthly": { "amount": "20.00" } }]));
        assert_eq!(read["account"]["stageEvents"]["nodes"], json!([{ "stage": { "key": "EXPANDED" } }, { "stage": { "key": "CLOSED" } }]));
        let read = by.gql(document, json!({ "kind": "NEW", "id": account })).await;
        assert_eq!(read["closes"]["nodes"], json!([{ "kind": "NEW", "recurringMonthly": { "amount": "100.00" } }]));
    }

    async fn g24_won_again_it_has_the_credit_it_had_and_counts_once(app: TestApp) {
        let story = Story::begin(&app).await;
        let by = story.at("2026-01-01T00:00:00Z");
        let account = story.account("Initech").await;
        let input = json!({ "accountId": account, "name": "Paper", "openedAt": "2026-01-01T00:00:00Z" });
        let deal = by.gql(CREATE, json!({ "input": input })).await["createOpportunity"]["opportunity"]["id"].clone();
        story.at("2026-01-20T00:00:00Z");
        let first = story.close(sold(&account, "2026-01-20T00:00:00Z", json!({ "opportunityId": deal }))).await;
        story.at("2026-01-25T00:00:00Z");
        let moved = json!({ "closeId": first["id"], "from": "SALES", "to": "PRODUCT", "basisPoints": 4000,
            "effectiveAt": "2026-01-25T00:00:00Z", "reason": "the community brought them" });
        story.transfer(moved).await;
        let by = story.at("2026-02-03T00:00:00Z");
        let early = sold(&account, "2026-02-03T00:00:00Z", json!({ "reopensCloseId": first["id"] }));
        assert_eq!(refusals(&by, GENERATE, early).await, refusal("reopensCloseId", "CLOSE_STATE"));
        void(&story, &first["id"], "2026-02-03T00:00:00Z").await;
        let reopened = by.gql(REOPEN, json!({ "input": { "opportunityId": deal, "reason": "they sign after all" } })).await;
        assert_eq!(reopened["reopenOpportunity"]["userErrors"], json!([]));
        let by = story.at("2026-02-25T00:00:00Z");
        let again = story.close(sold(&account, "2026-02-25T00:00:00Z", json!({ "opportunityId": deal }))).await;
        assert_eq!((&again["batches"][0]["kind"], &again["batches"][0]["rule"]), (&json!("OPENING"), &json!("REOPENED")));
        assert_eq!(again["batches"][0]["reason"], "as held of the close of 2026-01-20T00:00:00Z that was voided");
        let document = "query($id: ID!) { close(id: $id) { reopens { id status } balances { resource basisPoints } } }";
        let held = json!([{ "resource": "SALES", "basisPoints": 6000 }, { "resource": "MARKETING", "basisPoints": 0 }, { "resource": "PRODUCT", "basisPoints": 4000 }]);
        let read = by.gql(document, json!({ "id": again["id"] })).await;
        assert_eq!(read["close"], json!({ "reopens": { "id": first["id"], "status": "VOIDED" }, "balances": held }));
        let by = story.today();
        let (january, february) = (("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01"));
        for (month, as_of, counted) in [
            (january, "2026-01-31T00:00:00Z", 1),
            (january, "2026-03-01T00:00:00Z", 0),
            (february, "2026-02-24T00:00:00Z", 0),
            (february, "2026-03-01T00:00:00Z", 1),
        ] {
            assert_eq!(closes(&by, month, as_of).await, counted, "{month:?} as of {as_of}");
        }
        let cycle = r#"{ pipelineVelocity(period: { from: "2026-02-01", to: "2026-03-01", timeZone: "UTC" }) { whole { meanCycle { value } } } }"#;
        let data = by.gql(cycle, json!({})).await;
        assert_eq!(data["pipelineVelocity"]["whole"]["meanCycle"]["value"], "55.00");
    }

    async fn a_voided_close_is_taken_the_place_of_once(app: TestApp) {
        let story = Story::begin(&app).await;
        let by = story.at("2026-05-01T00:00:00Z");
        let (account, other) = (story.account("Initech").await, story.account("Other").await);
        let first = story.close(sold(&account, "2026-03-01T00:00:00Z", json!({}))).await["id"].clone();
        void(&story, &first, "2026-03-02T00:00:00Z").await;
        let again = |more: Value| {
            let mut input = sold(&account, "2026-04-01T00:00:00Z", json!({ "reopensCloseId": first, "sourceResource": "MARKETING" }));
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let before = rows(&app).await;
        for (more, refused) in [
            (json!({ "occurredAt": "2026-02-01T00:00:00Z" }), refusal("occurredAt", "OUT_OF_ORDER")),
            (json!({ "accountId": other }), refusal("reopensCloseId", "INVALID")),
            (json!({ "reopensCloseId": "cls_00000000000000000000000001" }), refusal("reopensCloseId", "NOT_FOUND")),
        ] {
            assert_eq!(refusals(&by, GENERATE, again(more.clone())).await, refused, "{more}");
        }
        assert_eq!(rows(&app).await, before);
        let second = story.close(again(json!({}))).await;
        assert_eq!(second["batches"][0]["entries"], json!([{ "resource": "SALES", "basisPoints": 10_000 }]), "as it was, whoever sources it now");
        assert_eq!(refusals(&by, GENERATE, again(json!({}))).await, refusal("reopensCloseId", "CLOSE_STATE"));
        // The next takes the place of the second, and shares that were signed anew go before what was held.
        void(&story, &second["id"], "2026-04-02T00:00:00Z").await;
        let signed = json!({ "signedAt": "2026-04-02T00:00:00Z", "shares": [{ "resource": "PRODUCT", "basisPoints": 10_000 }] });
        let third = story.close(again(json!({ "reopensCloseId": second["id"], "occurredAt": "2026-04-03T00:00:00Z", "signedSplit": signed }))).await;
        assert_eq!(third["batches"][0]["rule"], "SIGNED_SPLIT");
        let read = by.gql("query($id: ID!) { close(id: $id) { reopens { id } } }", json!({ "id": third["id"] })).await;
        assert_eq!(read["close"]["reopens"]["id"], second["id"]);
    }

    async fn what_another_close_took_the_place_of_does_not_stand_again(app: TestApp) {
        let story = Story::begin(&app).await;
        let by = story.at("2026-05-01T00:00:00Z");
        let account = story.account("Initech").await;
        let first = story.close(sold(&account, "2026-03-01T00:00:00Z", json!({}))).await["id"].clone();
        let moved = |close: &Value, kind: &str| json!({ "closeId": close, "kind": kind, "occurredAt": "2026-04-03T00:00:00Z", "reason": "because" });
        // While nothing took its place it may.
        void(&story, &first, "2026-03-02T00:00:00Z").await;
        story.movement(moved(&first, "REINSTATE")).await;
        story.movement(moved(&first, "VOID")).await;
        let second = story.close(sold(&account, "2026-04-01T00:00:00Z", json!({ "reopensCloseId": first }))).await["id"].clone();
        let year = ("2026-01-01", "2027-01-01");
        let now = "2026-05-01T00:00:00Z";
        assert_eq!(refusals(&by, MOVE_CLOSE, moved(&first, "REINSTATE")).await, refusal("kind", "CLOSE_STATE"));
        assert_eq!(closes(&by, year, now).await, 1);
        // Not even where what took its place was voided too: the credit is there, so that is what may stand again.
        story.movement(moved(&second, "VOID")).await;
        assert_eq!(refusals(&by, MOVE_CLOSE, moved(&first, "REINSTATE")).await, refusal("kind", "CLOSE_STATE"));
        assert_eq!(closes(&by, year, now).await, 0);
        story.movement(moved(&second, "REINSTATE")).await;
        assert_eq!(refusals(&by, MOVE_CLOSE, moved(&first, "REINSTATE")).await, refusal("kind", "CLOSE_STATE"));
        assert_eq!(closes(&by, year, now).await, 1);
    }

    async fn reinstated_and_won_again_at_once_it_counts_once(app: TestApp) {
        let story = Story::begin(&app).await;
        let by = story.at("2026-05-01T00:00:00Z");
        let merge = "mutation($input: MergeIdentitiesInput!) { mergeIdentities(input: $input) { userErrors { field code } } }";
        for number in 1..=4 {
            // Two accounts of one customer: what is won again is of the other one.
            let (account, other) = (story.account("Initech").await, story.account("Initech Ltd").await);
            assert_eq!(refusals(&by, merge, json!({ "from": account, "to": other })).await, []);
            let first = story.close(sold(&account, "2026-03-01T00:00:00Z", json!({}))).await["id"].clone();
            void(&story, &first, "2026-03-02T00:00:00Z").await;
            let stands = json!({ "closeId": first, "kind": "REINSTATE", "occurredAt": "2026-03-03T00:00:00Z", "reason": "because" });
            let again = sold(&other, "2026-04-01T00:00:00Z", json!({ "reopensCloseId": first }));
            let (stands, again) = tokio::join!(refusals(&by, MOVE_CLOSE, stands), refusals(&by, GENERATE, again));
            let lost = if stands.is_empty() { (again, refusal("reopensCloseId", "CLOSE_STATE")) } else { (stands, refusal("kind", "CLOSE_STATE")) };
            assert_eq!(lost.0, lost.1);
            assert_eq!(closes(&by, ("2026-01-01", "2027-01-01"), "2026-05-01T00:00:00Z").await, number);
        }
    }

    async fn of_two_in_one_call_that_take_one_place_the_second_is_refused(app: TestApp) {
        let story = Story::begin(&app).await;
        let by = story.at("2026-05-01T00:00:00Z");
        let account = story.account("Initech").await;
        let many = "mutation($input: GenerateAccountsInput!) { generateAccounts(input: $input) {
            results { outcome close { reopens { id } batches { rule } } userErrors { field code } } userErrors { field code } } }";
        let signed = json!({ "signedAt": "2026-03-15T00:00:00Z", "shares": [{ "resource": "PRODUCT", "basisPoints": 10_000 }] });
        // As it was held, or as it was agreed anew.
        for (more, rule) in [(json!({}), "REOPENED"), (json!({ "signedSplit": signed }), "SIGNED_SPLIT")] {
            let first = story.close(sold(&account, "2026-03-01T00:00:00Z", json!({}))).await["id"].clone();
            void(&story, &first, "2026-03-02T00:00:00Z").await;
            let mut again = sold(&account, "2026-04-01T00:00:00Z", more);
            again["reopensCloseId"] = first.clone();
            let data = by.gql(many, json!({ "input": { "items": [again.clone(), again] } })).await;
            let results = &data["generateAccounts"]["results"];
            assert_eq!(results[0], json!({ "outcome": "RECORDED", "close": { "reopens": { "id": first }, "batches": [{ "rule": rule }] }, "userErrors": [] }));
            assert_eq!((&results[1]["outcome"], problems(&results[1])), (&json!("REJECTED"), refusal("items.1.reopensCloseId", "CLOSE_STATE")), "{rule}");
        }
    }
}
