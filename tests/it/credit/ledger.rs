//! Movements of closes, transfers of credit, and the lists of both.

use entity::kinds::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::story::{MOVE_CLOSE, REQUEST_TRANSFER, Story, problems, quarter, usd};
use crate::support::{Caller, on_both_engines, rows};

async fn won(story: &Story<'_>) -> String {
    let close = json!({ "newAccount": { "name": "buyer" }, "occurredAt": "2026-01-10T12:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" });
    story.close(close).await["id"].as_str().unwrap().to_owned()
}

fn movement(close: &str, kind: &str, amount: Option<&str>) -> Value {
    json!({ "closeId": close, "kind": kind, "amount": amount.map(usd), "occurredAt": "2026-02-01T00:00:00Z", "reason": "because" })
}

fn transfer(close: &str, from: &str, to: &str, bp: i64) -> Value {
    json!({ "closeId": close, "from": from, "to": to, "basisPoints": bp, "effectiveAt": "2026-02-01T00:00:00Z", "reason": "because" })
}

fn with(mut input: Value, more: Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

on_both_engines! {
    async fn the_status_follows_from_the_movements(app: TestApp) {
        let story = Story::begin(&app).await;
        story.today();
        let close = won(&story).await;
        for (kind, amount, status, refunded) in [
            ("REFUND", Some("30.00"), "PARTIALLY_REFUNDED", "30.00"),
            ("VOID", None, "VOIDED", "30.00"),
            ("REINSTATE", None, "PARTIALLY_REFUNDED", "30.00"),
            ("CHARGEBACK", Some("70.00"), "REFUNDED", "100.00"),
        ] {
            let made = story.movement(movement(&close, kind, amount)).await;
            assert_eq!(made["close"], json!({ "status": status, "refunded": { "amount": refunded } }), "{kind}");
            assert_eq!(made["amount"], amount.map_or(Value::Null, usd), "{kind}");
        }
        let data = story.today().gql("query($id: ID!) { close(id: $id) { movements { kind reason occurredAt recordedBy { role } close { id } } } }", json!({ "id": close })).await;
        let kinds: Vec<&Value> = data["close"]["movements"].as_array().unwrap().iter().map(|movement| &movement["kind"]).collect();
        assert_eq!(kinds, ["REFUND", "VOID", "REINSTATE", "CHARGEBACK"]);
    }

    async fn movements_the_close_does_not_allow_change_nothing(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.today();
        let (close, voided) = (won(&story).await, won(&story).await);
        story.movement(movement(&close, "REFUND", Some("60.00"))).await;
        story.movement(movement(&voided, "VOID", None)).await;
        let before = rows(&app).await;
        for (input, field, code) in [
            (movement(&close, "REFUND", Some("40.01")), "amount.amount", "INVALID_AMOUNT"),
            (movement(&close, "CHARGEBACK", Some("0.00")), "amount.amount", "INVALID_AMOUNT"),
            (movement(&close, "REFUND", Some("-1.00")), "amount.amount", "INVALID_AMOUNT"),
            (movement(&close, "REFUND", None), "amount", "REQUIRED"),
            (movement(&close, "VOID", Some("1.00")), "amount", "INVALID"),
            (movement(&close, "REINSTATE", None), "kind", "CLOSE_STATE"),
            (movement(&voided, "VOID", None), "kind", "CLOSE_STATE"),
            (movement(&voided, "REFUND", Some("1.00")), "kind", "CLOSE_STATE"),
            (with(movement(&close, "REFUND", None), json!({ "amount": { "amount": "1.00", "currency": "EUR" } })), "amount.currency", "INVALID"),
            (with(movement(&close, "VOID", None), json!({ "occurredAt": "2026-01-10T11:59:59Z" })), "occurredAt", "OUT_OF_ORDER"),
            (with(movement(&close, "VOID", None), json!({ "occurredAt": "2026-06-02T12:00:01Z" })), "occurredAt", "DATE_OUT_OF_RANGE"),
            (with(movement(&close, "VOID", None), json!({ "reason": "" })), "reason", "REQUIRED"),
            (movement("cls_00000000000000000000000001", "VOID", None), "closeId", "NOT_FOUND"),
        ] {
            let data = caller.gql(MOVE_CLOSE, json!({ "input": input })).await;
            assert_eq!(problems(&data["recordCloseMovement"]), [(field.to_owned(), code.to_owned())], "{input}");
        }
        assert_eq!(rows(&app).await, before);
    }

    async fn whoever_does_not_see_the_account_waits_for_the_close_all_the_same(app: TestApp) {
        let story = Story::begin(&app).await;
        let admin = story.member(Role::Admin).await;
        let client = "mutation($input: CreateApiClientInput!) { createApiClient(input: $input) { secret userErrors { field code } } }";
        let grants = ["CLOSE_READ", "CLOSE_WRITE"].map(|permission| json!({ "permission": permission, "reach": "ORGANIZATION" }));
        let made = admin.gql(client, json!({ "input": { "name": "Payments", "grants": grants } })).await;
        let bot = Caller { app: &app, token: made["createApiClient"]["secret"].as_str().map(str::to_owned), member: None };
        for _ in 0..3 {
            let close = won(&story).await;
            let refunds = (0..6).map(|_| bot.answer(MOVE_CLOSE, json!({ "input": movement(&close, "REFUND", Some("60.00")) })));
            let answers = join_all(refunds).await;
            let done = answers.iter().filter(|answer| answer["data"]["recordCloseMovement"]["movement"]["id"].is_string()).count();
            assert_eq!(done, 1, "{answers:#?}");
            let data = story.today().gql("query($id: ID!) { close(id: $id) { status refunded { amount } movements { kind } } }", json!({ "id": close })).await;
            assert_eq!(data["close"], json!({ "status": "PARTIALLY_REFUNDED", "refunded": { "amount": "60.00" }, "movements": [{ "kind": "REFUND" }] }));
        }
    }

    async fn credit_moves_and_adds_up(app: TestApp) {
        let story = Story::begin(&app).await;
        story.today();
        let close = won(&story).await;
        let batch = story.transfer(transfer(&close, "SALES", "PRODUCT", 4000)).await;
        assert_eq!((&batch["sequence"], &batch["kind"], &batch["rule"]), (&json!(1), &json!("TRANSFER"), &Value::Null));
        assert_eq!(batch["entries"], json!([{ "resource": "SALES", "basisPoints": -4000 }, { "resource": "PRODUCT", "basisPoints": 4000 }]));
        story.transfer(transfer(&close, "PRODUCT", "MARKETING", 4000)).await;
        let batch = story.transfer(transfer(&close, "SALES", "MARKETING", 6000)).await;
        let held: Vec<&Value> = batch["close"]["balances"].as_array().unwrap().iter().map(|share| &share["basisPoints"]).collect();
        assert_eq!(held, [0, 10_000, 0]);
    }

    async fn transfers_that_break_a_rule_change_nothing(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.today();
        let (close, voided) = (won(&story).await, won(&story).await);
        story.movement(movement(&voided, "VOID", None)).await;
        // Given away from March on: what is dated back to February must leave enough for that.
        story.transfer(with(transfer(&close, "SALES", "PRODUCT", 7000), json!({ "effectiveAt": "2026-03-01T00:00:00Z" }))).await;
        let before = rows(&app).await;
        for (input, field, code) in [
            (transfer(&close, "SALES", "PRODUCT", 0), "basisPoints", "INVALID_AMOUNT"),
            (transfer(&close, "SALES", "PRODUCT", -1), "basisPoints", "INVALID_AMOUNT"),
            (transfer(&close, "SALES", "SALES", 1), "to", "SELF_REFERENCE"),
            (transfer(&close, "MARKETING", "SALES", 1), "basisPoints", "CREDIT_OVERDRAW"),
            (transfer(&close, "SALES", "MARKETING", 3001), "basisPoints", "CREDIT_OVERDRAW"),
            (transfer(&close, "PRODUCT", "MARKETING", 1), "basisPoints", "CREDIT_OVERDRAW"),
            (with(transfer(&close, "SALES", "MARKETING", 1), json!({ "effectiveAt": "2026-01-10T11:59:59Z" })), "basisPoints", "CREDIT_OVERDRAW"),
            (with(transfer(&close, "SALES", "MARKETING", 1), json!({ "effectiveAt": "2026-06-02T12:00:01Z" })), "effectiveAt", "DATE_OUT_OF_RANGE"),
            (with(transfer(&close, "SALES", "MARKETING", 1), json!({ "reason": " " })), "reason", "REQUIRED"),
            (transfer(&voided, "SALES", "PRODUCT", 1), "closeId", "CLOSE_STATE"),
            (transfer("cls_00000000000000000000000001", "SALES", "PRODUCT", 1), "closeId", "NOT_FOUND"),
        ] {
            let data = caller.gql(REQUEST_TRANSFER, json!({ "input": input })).await;
            assert_eq!(problems(&data["requestCreditTransfer"]), [(field.to_owned(), code.to_owned())], "{input}");
        }
        assert_eq!(rows(&app).await, before);
        story.transfer(transfer(&close, "SALES", "MARKETING", 3000)).await;
    }

    async fn of_two_transfers_at_once_that_overdraw_one_wins(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.today();
        story.approval("NONE").await;
        for _ in 0..5 {
            let close = won(&story).await;
            let (one, two) = (json!({ "input": transfer(&close, "SALES", "PRODUCT", 6000) }), json!({ "input": transfer(&close, "SALES", "MARKETING", 6000) }));
            let (one, two) = tokio::join!(caller.answer(REQUEST_TRANSFER, one), caller.answer(REQUEST_TRANSFER, two));
            let told = |answer: &Value| {
                let payload = &answer["data"]["requestCreditTransfer"];
                let code = payload["userErrors"][0]["code"].as_str().or(answer["errors"][0]["extensions"]["code"].as_str());
                code.unwrap_or("DONE").to_owned()
            };
            let mut outcomes = [told(&one), told(&two)];
            outcomes.sort();
            assert!(matches!(outcomes.each_ref().map(String::as_str), ["CREDIT_OVERDRAW" | "CONFLICT", "DONE"]), "{outcomes:?}");
            let data = caller.gql("query($id: ID!) { close(id: $id) { batches { sequence } balances { basisPoints } } }", json!({ "id": close })).await;
            assert_eq!(data["close"]["batches"], json!([{ "sequence": 0 }, { "sequence": 1 }]));
            let held: i64 = data["close"]["balances"].as_array().unwrap().iter().map(|share| share["basisPoints"].as_i64().unwrap()).sum();
            assert_eq!(held, 10_000);
        }
    }

    async fn a_repeated_key_gives_the_first_posting(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.today();
        let close = won(&story).await;
        let moved = json!({ "input": with(transfer(&close, "SALES", "PRODUCT", 4000), json!({ "idempotencyKey": "k" })) });
        let refunded = json!({ "input": with(movement(&close, "REFUND", Some("10.00")), json!({ "idempotencyKey": "k" })) });
        for (document, input) in [(REQUEST_TRANSFER, moved), (MOVE_CLOSE, refunded)] {
            let first = caller.gql(document, input.clone()).await;
            let before = rows(&app).await;
            assert_eq!(caller.gql(document, input).await, first);
            assert_eq!(rows(&app).await, before);
        }
    }

    async fn only_the_close_desk_and_leads_ask(app: TestApp) {
        let story = Story::begin(&app).await;
        story.today();
        let close = won(&story).await;
        for &role in Role::ALL {
            let caller = story.member(role).await;
            let before = rows(&app).await;
            let desk = matches!(role, Role::Admin | Role::Revops);
            if !desk && !matches!(role, Role::SalesLead | Role::MarketingLead | Role::ProductLead) {
                assert_eq!(caller.refused(REQUEST_TRANSFER, json!({ "input": transfer(&close, "SALES", "PRODUCT", 1) })).await, "FORBIDDEN", "{role:?}");
            }
            if !desk && role != Role::Integration {
                assert_eq!(caller.refused(MOVE_CLOSE, json!({ "input": movement(&close, "VOID", None) })).await, "FORBIDDEN", "{role:?}");
            }
            assert_eq!(rows(&app).await, before, "{role:?}");
        }
        // Who may read closes and not the ledger is shown closes.
        let rep = story.member(Role::SalesRep).await;
        let unseen = rep.gql("query($id: ID!) { close(id: $id) { status } }", json!({ "id": close })).await;
        assert_eq!(unseen["close"], Value::Null, "not of a buyer of theirs");
        story.give_to(&close, &rep).await;
        let data = rep.gql("query($id: ID!) { close(id: $id) { status batches { id } balances { resource } } }", json!({ "id": close })).await;
        assert_eq!(data["close"], json!({ "status": "WON", "batches": null, "balances": null }));
        assert_eq!(rep.refused("{ creditBatches { totalCount } }", json!({})).await, "FORBIDDEN");
    }

    async fn lists_are_filtered_and_paged(app: TestApp) {
        let story = Story::begin(&app).await;
        let closes = quarter(&story).await.closes;
        let caller = story.today();
        let document = "query($filter: CloseFilter, $first: Int, $after: String) { closes(filter: $filter, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { id } } }";
        let ids = |data: &Value| data["closes"]["nodes"].as_array().unwrap().iter().map(|close| close["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let newest_first: Vec<String> = closes.iter().rev().cloned().collect();
        let first = caller.gql(document, json!({ "first": 4 })).await;
        let rest = caller.gql(document, json!({ "after": first["closes"]["pageInfo"]["endCursor"] })).await;
        assert_eq!([ids(&first), ids(&rest)].concat(), newest_first);
        assert_eq!((&first["closes"]["totalCount"], &rest["closes"]["pageInfo"]["hasNextPage"]), (&json!(6), &json!(false)));
        let account = caller.gql("query($id: ID!) { close(id: $id) { account { id } } }", json!({ "id": closes[1] })).await;
        for (filter, expected) in [
            (json!({ "path": "SELF_SERVE" }), vec![5, 4, 0]),
            (json!({ "occurredFrom": "2026-01-20T12:00:00Z", "occurredTo": "2026-02-14T12:00:00Z" }), vec![2, 1]),
            (json!({ "accountId": account["close"]["account"]["id"] }), vec![1]),
            (json!({ "source": "crm" }), vec![]),
        ] {
            let data = caller.gql(document, json!({ "filter": filter })).await;
            assert_eq!(ids(&data), expected.into_iter().map(|close: usize| closes[close].clone()).collect::<Vec<_>>(), "{filter}");
        }
        let batches = "query($filter: CreditBatchFilter) { creditBatches(filter: $filter) { totalCount nodes { id kind close { id } entries { basisPoints } } } }";
        for (filter, count) in [
            (json!({}), 7),
            (json!({ "kind": "TRANSFER" }), 1),
            (json!({ "closeId": closes[2] }), 2),
            (json!({ "effectiveFrom": "2026-02-05T09:00:00Z", "effectiveTo": "2026-02-14T12:00:00Z" }), 1),
        ] {
            let data = caller.gql(batches, json!({ "filter": filter })).await;
            assert_eq!(data["creditBatches"]["totalCount"], count, "{filter}");
        }
        let data = caller.gql(batches, json!({ "filter": { "kind": "TRANSFER" } })).await;
        let id = &data["creditBatches"]["nodes"][0]["id"];
        let single = caller.gql("query($id: ID!) { creditBatch(id: $id) { reason } node(id: $id) { __typename } }", json!({ "id": id })).await;
        assert_eq!(single, json!({ "creditBatch": { "reason": "Sales nurtured and closed" }, "node": { "__typename": "CreditBatch" } }));
        for (document, filter, field) in [
            (document, json!({ "occurredFrom": "2026-02-01T00:00:00Z", "occurredTo": "2026-02-01T00:00:00Z" }), "filter.occurredTo"),
            (batches, json!({ "effectiveFrom": "2026-02-01T00:00:00Z", "effectiveTo": "2026-01-01T00:00:00Z" }), "filter.effectiveTo"),
        ] {
            let answer = caller.answer(document, json!({ "filter": filter })).await;
            assert_eq!((&answer["errors"][0]["extensions"]["reason"], &answer["errors"][0]["extensions"]["field"]), (&json!("PERIOD_EMPTY"), &json!(field)));
        }
    }
}
