//! Undoing what was posted.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::{Story, problems, usd};
use crate::support::{but_members, on_both_engines, rows};

const REVERSE: &str = "mutation($input: ReverseCreditBatchInput!) { reverseCreditBatch(input: $input) {
    batch { id sequence kind rule reason effectiveAt entries { resource basisPoints } reverses { id } requestedBy { role }
        close { balances { basisPoints } early: balances(asOf: \"2026-03-31T00:00:00Z\") { basisPoints } } } userErrors { field code } } }";

async fn won(story: &Story<'_>) -> Value {
    let close = json!({ "newAccount": { "name": "buyer" }, "occurredAt": "2026-01-10T12:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" });
    story.close(close).await
}

async fn moved(story: &Story<'_>, close: &Value, from: &str, to: &str, bp: i64, at: &str) -> Value {
    let input = json!({ "closeId": close["id"], "from": from, "to": to, "basisPoints": bp, "effectiveAt": at, "reason": "because" });
    story.transfer(input).await["id"].take()
}

on_both_engines! {
    async fn what_was_moved_goes_back(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let close = won(&story).await;
        let batch = moved(&story, &close, "SALES", "PRODUCT", 4000, "2026-02-01T00:00:00Z").await;
        let input = json!({ "input": { "batchId": batch, "reason": "they did not", "effectiveAt": "2026-04-01T00:00:00Z", "idempotencyKey": "k" } });
        let first = books.gql(REVERSE, input.clone()).await;
        let made = &first["reverseCreditBatch"]["batch"];
        assert_eq!((&made["sequence"], &made["kind"], &made["rule"], &made["reverses"]["id"]), (&json!(2), &json!("REVERSAL"), &Value::Null, &batch));
        assert_eq!(made["entries"], json!([{ "resource": "SALES", "basisPoints": 4000 }, { "resource": "PRODUCT", "basisPoints": -4000 }]));
        assert_eq!(made["effectiveAt"], "2026-04-01T00:00:00Z");
        assert_eq!(made["close"]["balances"], json!([{ "basisPoints": 10_000 }, { "basisPoints": 0 }, { "basisPoints": 0 }]));
        let undone = books.gql("query($id: ID!) { creditBatch(id: $id) { reversedBy { id } } }", json!({ "id": batch })).await;
        assert_eq!(undone["creditBatch"]["reversedBy"]["id"], made["id"]);
        // Once, however often it is asked for.
        let before = rows(&app).await;
        assert_eq!(books.gql(REVERSE, input).await, first);
        let again = books.gql(REVERSE, json!({ "input": { "batchId": batch, "reason": "again" } })).await;
        assert_eq!(problems(&again["reverseCreditBatch"]), [("batchId".to_owned(), "ALREADY_REVERSED".to_owned())]);
        assert_eq!(rows(&app).await, before);
        // Without an instant it is back from now on.
        let batch = moved(&story, &close, "SALES", "MARKETING", 1, "2026-02-01T00:00:00Z").await;
        let now = books.gql(REVERSE, json!({ "input": { "batchId": batch, "reason": "now" } })).await;
        assert_eq!(now["reverseCreditBatch"]["batch"]["effectiveAt"], "2026-06-01T12:00:00Z");
    }

    async fn what_cannot_be_undone_stays(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let (close, voided) = (won(&story).await, won(&story).await);
        let given = moved(&story, &close, "SALES", "PRODUCT", 4000, "2026-02-01T00:00:00Z").await;
        let later = moved(&story, &close, "PRODUCT", "MARKETING", 3000, "2026-05-01T00:00:00Z").await;
        let undone = books.gql(REVERSE, json!({ "input": { "batchId": later, "reason": "no", "effectiveAt": "2026-05-20T00:00:00Z" } })).await;
        let reversal = &undone["reverseCreditBatch"]["batch"]["id"];
        let of_voided = moved(&story, &voided, "SALES", "PRODUCT", 4000, "2026-02-01T00:00:00Z").await;
        story.movement(json!({ "closeId": voided["id"], "kind": "VOID", "occurredAt": "2026-03-01T00:00:00Z", "reason": "because" })).await;
        let data = books.gql("query($id: ID!) { close(id: $id) { batches { id } } }", json!({ "id": close["id"] })).await;
        let opening = &data["close"]["batches"][0]["id"];
        let before = rows(&app).await;
        for (batch, at, field, code) in [
            (opening, "2026-05-30T00:00:00Z", "batchId", "FIXED"),
            (reversal, "2026-05-30T00:00:00Z", "batchId", "FIXED"),
            (&later, "2026-05-30T00:00:00Z", "batchId", "ALREADY_REVERSED"),
            (&given, "2026-01-31T23:59:59Z", "effectiveAt", "OUT_OF_ORDER"),
            (&given, "2026-06-02T12:00:01Z", "effectiveAt", "DATE_OUT_OF_RANGE"),
            // Product had given most of it away then, whatever came back afterwards.
            (&given, "2026-04-01T00:00:00Z", "batchId", "CREDIT_OVERDRAW"),
            (&of_voided, "2026-05-30T00:00:00Z", "batchId", "CLOSE_STATE"),
            (&json!("bat_00000000000000000000000001"), "2026-05-30T00:00:00Z", "batchId", "NOT_FOUND"),
        ] {
            let answer = books.gql(REVERSE, json!({ "input": { "batchId": batch, "reason": "no", "effectiveAt": at } })).await;
            assert_eq!(problems(&answer["reverseCreditBatch"]), [(field.to_owned(), code.to_owned())], "{at}");
        }
        let answer = books.gql(REVERSE, json!({ "input": { "batchId": given, "reason": " " } })).await;
        assert_eq!(problems(&answer["reverseCreditBatch"]), [("reason".to_owned(), "REQUIRED".to_owned())]);
        for role in [Role::SalesLead, Role::ProductLead, Role::Integration, Role::Executive] {
            let input = json!({ "input": { "batchId": given, "reason": "no" } });
            assert_eq!(story.member(role).await.refused(REVERSE, input).await, "FORBIDDEN", "{role:?}");
        }
        assert_eq!(but_members(&rows(&app).await), but_members(&before));
        let back = books.gql(REVERSE, json!({ "input": { "batchId": given, "reason": "yes", "effectiveAt": "2026-05-20T00:00:00Z" } })).await;
        assert_eq!(problems(&back["reverseCreditBatch"]), []);
    }

    async fn of_two_reversals_at_once_one_is_posted(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let close = won(&story).await;
        let batch = moved(&story, &close, "SALES", "PRODUCT", 4000, "2026-02-01T00:00:00Z").await;
        let input = || json!({ "input": { "batchId": batch, "reason": "no" } });
        let (one, two) = tokio::join!(books.answer(REVERSE, input()), books.answer(REVERSE, input()));
        let done = [&one, &two].into_iter().filter(|answer| answer["data"]["reverseCreditBatch"]["batch"]["id"].is_string()).count();
        assert_eq!(done, 1, "{one:#}\n{two:#}");
        let data = books.gql("query($id: ID!) { close(id: $id) { batches { kind } balances { basisPoints } } }", json!({ "id": close["id"] })).await;
        assert_eq!(data["close"], json!({ "batches": [{ "kind": "OPENING" }, { "kind": "TRANSFER" }, { "kind": "REVERSAL" }],
            "balances": [{ "basisPoints": 10_000 }, { "basisPoints": 0 }, { "basisPoints": 0 }] }));
    }
}
