//! Transfers of credit: who asks, who agrees, and when they are posted.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::{APPROVE_TRANSFER, REQUEST_TRANSFER, Story, problems, usd};
use crate::support::{Caller, on_both_engines, rows};

const DECLINE: &str = "mutation($input: DeclineCreditTransferInput!) { declineCreditTransfer(input: $input) {
    transfer { id state waitsFor batch { id } decisions { kind side reason decidedBy { role } } } userErrors { field code } } }";
const WITHDRAW: &str = "mutation($input: WithdrawCreditTransferInput!) { withdrawCreditTransfer(input: $input) {
    transfer { id state waitsFor batch { id } decisions { kind side reason decidedBy { role } } } userErrors { field code } } }";
const LIST: &str = "query($filter: CreditTransferFilter) { creditTransfers(filter: $filter) { totalCount nodes { id state } } }";
const MOVE: &str =
    "mutation($input: RecordCloseMovementInput!) { recordCloseMovement(input: $input) { movement { id } userErrors { code } } }";

/// A close that is all of Sales, seen by a lead of theirs.
async fn won(story: &Story<'_>, lead: &Caller<'_>) -> String {
    let close = json!({ "newAccount": { "name": "buyer" }, "occurredAt": "2026-01-10T12:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" });
    let close = story.close(close).await["id"].as_str().unwrap().to_owned();
    story.give_to(&close, lead).await;
    close
}

fn order(close: &str, from: &str, to: &str, bp: i64) -> Value {
    json!({ "input": { "closeId": close, "from": from, "to": to, "basisPoints": bp, "effectiveAt": "2026-02-01T00:00:00Z", "reason": "because" } })
}

/// The id of a transfer somebody asks for.
async fn asked(by: &Caller<'_>, order: Value) -> Value {
    let mut payload = by.gql(REQUEST_TRANSFER, order).await["requestCreditTransfer"].take();
    assert_eq!(problems(&payload), [], "{payload:#}");
    payload["transfer"].take()
}

async fn approved(by: &Caller<'_>, id: &Value) -> Value {
    let mut payload = by.gql(APPROVE_TRANSFER, json!({ "input": { "transferId": id } })).await["approveCreditTransfer"].take();
    assert_eq!(problems(&payload), [], "{payload:#}");
    payload["transfer"].take()
}

/// Why an approval is refused.
async fn refused(by: &Caller<'_>, id: &Value) -> String {
    let payload = by.gql(APPROVE_TRANSFER, json!({ "input": { "transferId": id } })).await["approveCreditTransfer"].take();
    assert_eq!(payload["transfer"], Value::Null);
    let problems = problems(&payload);
    assert_eq!(problems[0].0, "transferId");
    problems[0].1.clone()
}

async fn held(by: &Caller<'_>, close: &str) -> Vec<i64> {
    let data = by.gql("query($id: ID!) { close(id: $id) { balances { basisPoints } } }", json!({ "id": close })).await;
    data["close"]["balances"].as_array().unwrap().iter().map(|share| share["basisPoints"].as_i64().unwrap()).collect()
}

fn waits(transfer: &Value) -> (&str, Value, bool) {
    (transfer["state"].as_str().unwrap(), transfer["waitsFor"].clone(), transfer["waitsForDesk"].as_bool().unwrap())
}

on_both_engines! {
    async fn the_policy_says_whose_approval_is_needed(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let sales = story.member(Role::SalesLead).await;
        let (product, marketing) = (story.member(Role::ProductLead).await, story.member(Role::MarketingLead).await);
        let close = won(&story, &sales).await;
        // What an organization begins with.
        let first = asked(&product, order(&close, "SALES", "PRODUCT", 1000)).await;
        assert_eq!(waits(&first), ("REQUESTED", json!(["SALES"]), false));
        assert_eq!(refused(&marketing, &first["id"]).await, "NOT_ALLOWED");
        assert_eq!(held(&books, &close).await, [10_000, 0, 0]);
        let posted = approved(&sales, &first["id"]).await;
        assert_eq!(waits(&posted), ("POSTED", json!([]), false));
        assert_eq!(posted["batch"]["entries"], json!([{ "resource": "SALES", "basisPoints": -1000 }, { "resource": "PRODUCT", "basisPoints": 1000 }]));
        assert_eq!(held(&books, &close).await, [9000, 0, 1000]);

        story.approval("RECEIVER").await;
        let second = asked(&sales, order(&close, "SALES", "PRODUCT", 1000)).await;
        assert_eq!(waits(&second), ("REQUESTED", json!(["PRODUCT"]), false));
        assert_eq!(waits(&approved(&product, &second["id"]).await).0, "POSTED");

        story.approval("BOTH").await;
        let third = asked(&books, order(&close, "SALES", "PRODUCT", 1000)).await;
        assert_eq!(waits(&third), ("REQUESTED", json!(["SALES", "PRODUCT"]), false));
        assert_eq!(waits(&approved(&product, &third["id"]).await), ("REQUESTED", json!(["SALES"]), false));
        assert_eq!(refused(&product, &third["id"]).await, "ALREADY_DECIDED");
        assert_eq!(refused(&story.member(Role::ProductLead).await, &third["id"]).await, "NOT_ALLOWED");
        assert_eq!(waits(&approved(&sales, &third["id"]).await).0, "POSTED");
        // Whoever answers for everything answers for both.
        let fourth = asked(&sales, order(&close, "SALES", "MARKETING", 1000)).await;
        assert_eq!(waits(&approved(&books, &fourth["id"]).await).0, "POSTED");

        story.approval("REVOPS").await;
        let fifth = asked(&product, order(&close, "SALES", "PRODUCT", 500)).await;
        assert_eq!(waits(&fifth), ("REQUESTED", json!([]), true));
        assert_eq!(refused(&sales, &fifth["id"]).await, "NOT_ALLOWED");
        assert_eq!(waits(&approved(&books, &fifth["id"]).await).0, "POSTED");

        story.approval("NONE").await;
        let sixth = asked(&marketing, order(&close, "MARKETING", "PRODUCT", 500)).await;
        assert_eq!((waits(&sixth).0, sixth["batch"]["id"].is_string()), ("POSTED", true));
        assert_eq!(held(&books, &close).await, [5500, 500, 4000]);
        // What was asked for under an older version waits for what that one wanted.
        story.approval("DONOR").await;
        let seventh = asked(&product, order(&close, "SALES", "PRODUCT", 500)).await;
        story.approval("NONE").await;
        let data = books.gql("query($id: ID!) { creditTransfer(id: $id) { state policy { version transferApproval } } }", json!({ "id": seventh["id"] })).await;
        assert_eq!(data["creditTransfer"], json!({ "state": "REQUESTED", "policy": { "version": 6, "transferApproval": "DONOR" } }));
    }

    async fn nobody_decides_about_what_they_asked_for(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let (admin, sales) = (story.member(Role::Admin).await, story.member(Role::SalesLead).await);
        let close = won(&story, &sales).await;
        let own = asked(&books, order(&close, "SALES", "PRODUCT", 1000)).await;
        let leads = asked(&sales, order(&close, "SALES", "PRODUCT", 1000)).await;
        // An integration of theirs is themselves.
        let client = "mutation($input: CreateApiClientInput!) { createApiClient(input: $input) { secret userErrors { field code } } }";
        let all = ["ORGANIZATION_READ", "CREDIT_TRANSFER", "CREDIT_READ", "CLOSE_READ", "BUYER_READ"].map(|permission| json!({ "permission": permission, "reach": "ORGANIZATION" }));
        let made = books.gql(client, json!({ "input": { "name": "Bot", "grants": all } })).await;
        let bot = Caller { app: &app, token: made["createApiClient"]["secret"].as_str().map(str::to_owned), member: None };
        // Nor does another role help.
        let revise = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { role } userErrors { code } } }";
        admin.gql(revise, json!({ "input": { "memberId": sales.member.unwrap().to_string(), "role": "REVOPS" } })).await;
        // Nor somebody who acts for them, nor somebody they act for.
        let assistant = story.member(Role::SalesAssistant).await;
        let role = "mutation($input: DefineRoleInput!) { defineRole(input: $input) { customRole { id } userErrors { code } } }";
        let mut role = admin.gql(role, json!({ "input": { "name": "Desk", "grants": all } })).await["defineRole"]["customRole"]["id"].take();
        admin.gql(revise, json!({ "input": { "memberId": assistant.member.unwrap().to_string(), "customRoleId": role.take() } })).await;
        let delegate = "mutation($input: DelegateInput!) { delegate(input: $input) { delegation { id } userErrors { field code } } }";
        let lent = admin.gql(delegate, json!({ "input": { "assistantId": assistant.member.unwrap().to_string(), "principalId": books.member.unwrap().to_string() } })).await;
        assert_eq!(problems(&lent["delegate"]), []);
        let through = asked(&assistant, order(&close, "SALES", "PRODUCT", 1000)).await;
        let before = rows(&app).await;
        for (by, id) in [(&books, &own), (&bot, &own), (&assistant, &own), (&sales, &leads), (&books, &through), (&assistant, &through)] {
            assert_eq!(refused(by, &id["id"]).await, "SELF_APPROVAL");
            let declined = by.gql(DECLINE, json!({ "input": { "transferId": id["id"], "reason": "no" } })).await;
            assert_eq!(problems(&declined["declineCreditTransfer"]), [("transferId".to_owned(), "SELF_APPROVAL".to_owned())]);
        }
        assert_eq!(rows(&app).await, before);
        for id in [&own, &leads, &through] {
            assert_eq!(waits(&approved(&admin, &id["id"]).await).0, "POSTED");
        }
        assert_eq!(held(&admin, &close).await, [7000, 0, 3000]);
    }

    async fn what_is_settled_stays_so(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let (admin, sales) = (story.member(Role::Admin).await, story.member(Role::SalesLead).await);
        let close = won(&story, &sales).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(asked(&books, order(&close, "SALES", "PRODUCT", 1000)).await["id"].take());
        }
        let withdraw = |id: &Value| json!({ "input": { "transferId": id } });
        let decline = |id: &Value, reason: &str| json!({ "input": { "transferId": id, "reason": reason } });
        assert_eq!(problems(&sales.gql(WITHDRAW, withdraw(&ids[1])).await["withdrawCreditTransfer"]), [("transferId".to_owned(), "NOT_ALLOWED".to_owned())]);
        assert_eq!(problems(&sales.gql(DECLINE, decline(&ids[0], " ")).await["declineCreditTransfer"]), [("reason".to_owned(), "REQUIRED".to_owned())]);
        let declined = sales.gql(DECLINE, decline(&ids[0], "we closed it")).await["declineCreditTransfer"]["transfer"].take();
        assert_eq!(declined, json!({ "id": ids[0], "state": "DECLINED", "waitsFor": [], "batch": null,
            "decisions": [{ "kind": "DECLINED", "side": "SALES", "reason": "we closed it", "decidedBy": { "role": "SALES_LEAD" } }] }));
        let withdrawn = books.gql(WITHDRAW, withdraw(&ids[1])).await["withdrawCreditTransfer"]["transfer"].take();
        assert_eq!(withdrawn, json!({ "id": ids[1], "state": "WITHDRAWN", "waitsFor": [], "batch": null,
            "decisions": [{ "kind": "WITHDRAWN", "side": null, "reason": null, "decidedBy": { "role": "REVOPS" } }] }));
        approved(&admin, &ids[2]).await;
        let before = rows(&app).await;
        for id in &ids {
            assert_eq!(refused(&admin, id).await, "TRANSFER_STATE");
            assert_eq!(problems(&admin.gql(DECLINE, decline(id, "no")).await["declineCreditTransfer"])[0].1, "TRANSFER_STATE");
            assert_eq!(problems(&books.gql(WITHDRAW, withdraw(id)).await["withdrawCreditTransfer"])[0].1, "TRANSFER_STATE");
        }
        assert_eq!(refused(&admin, &json!("ctr_00000000000000000000000001")).await, "NOT_FOUND");
        assert_eq!(rows(&app).await, before);
        assert_eq!(held(&books, &close).await, [9000, 0, 1000]);
    }

    async fn what_is_posted_is_checked_then(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let (admin, sales) = (story.member(Role::Admin).await, story.member(Role::SalesLead).await);
        let close = won(&story, &sales).await;
        let one = asked(&books, order(&close, "SALES", "PRODUCT", 6000)).await["id"].take();
        let two = asked(&books, order(&close, "SALES", "MARKETING", 6000)).await["id"].take();
        approved(&sales, &one).await;
        let before = rows(&app).await;
        assert_eq!(refused(&sales, &two).await, "CREDIT_OVERDRAW");
        assert_eq!(rows(&app).await, before);
        let data = books.gql("query($id: ID!) { creditTransfer(id: $id) { state decisions { kind } batch { id } } }", json!({ "id": two })).await;
        assert_eq!(data["creditTransfer"], json!({ "state": "REQUESTED", "decisions": [], "batch": null }));
        // Nor does a voided close move anything, until it is reinstated.
        let three = asked(&books, order(&close, "SALES", "MARKETING", 4000)).await["id"].take();
        let movement = |kind: &str| json!({ "input": { "closeId": close, "kind": kind, "occurredAt": "2026-03-01T00:00:00Z", "reason": "because" } });
        books.gql(MOVE, movement("VOID")).await;
        let before = rows(&app).await;
        assert_eq!(refused(&admin, &three).await, "CLOSE_STATE");
        assert_eq!(rows(&app).await, before);
        books.gql(MOVE, movement("REINSTATE")).await;
        approved(&admin, &three).await;
        assert_eq!(held(&books, &close).await, [0, 4000, 6000]);
        // What Sales gets back it can give away after all.
        story.transfer(json!({ "closeId": close, "from": "PRODUCT", "to": "SALES", "basisPoints": 6000, "effectiveAt": "2026-02-01T00:00:00Z", "reason": "because" })).await;
        approved(&admin, &two).await;
        assert_eq!(held(&books, &close).await, [0, 10_000, 0]);
    }

    async fn leads_ask_for_their_own_side(app: TestApp) {
        let story = Story::begin(&app).await;
        story.today();
        let (sales, other) = (story.member(Role::SalesLead).await, story.member(Role::SalesLead).await);
        let close = won(&story, &sales).await;
        let before = rows(&app).await;
        let code = async |by: &Caller<'_>, order: Value| problems(&by.gql(REQUEST_TRANSFER, order).await["requestCreditTransfer"])[0].clone();
        assert_eq!(code(&sales, order(&close, "MARKETING", "PRODUCT", 1)).await, ("from".to_owned(), "NOT_ALLOWED".to_owned()));
        assert_eq!(code(&other, order(&close, "SALES", "PRODUCT", 1)).await, ("closeId".to_owned(), "NOT_FOUND".to_owned()), "not of a buyer of theirs");
        assert_eq!(rows(&app).await, before);
        let id = asked(&sales, order(&close, "SALES", "PRODUCT", 1)).await["id"].take();
        assert_eq!(refused(&other, &id).await, "NOT_FOUND");
        for (caller, count) in [(&sales, 1), (&other, 0)] {
            assert_eq!(caller.gql(LIST, json!({})).await["creditTransfers"]["totalCount"], count);
        }
        let rep = story.member(Role::SalesRep).await;
        assert_eq!(rep.refused(APPROVE_TRANSFER, json!({ "input": { "transferId": id } })).await, "FORBIDDEN");
        assert_eq!(rep.refused(LIST, json!({})).await, "FORBIDDEN");
    }

    async fn lists_and_batches_tell_where_credit_came_from(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let (admin, sales) = (story.member(Role::Admin).await, story.member(Role::SalesLead).await);
        let (close, quiet) = (won(&story, &sales).await, won(&story, &sales).await);
        let one = asked(&books, order(&close, "SALES", "PRODUCT", 1000)).await["id"].take();
        let two = asked(&books, order(&close, "SALES", "MARKETING", 1000)).await["id"].take();
        let three = asked(&sales, order(&quiet, "SALES", "MARKETING", 1000)).await["id"].take();
        approved(&admin, &one).await;
        sales.gql(DECLINE, json!({ "input": { "transferId": two, "reason": "no" } })).await;
        for (filter, expected) in [
            (json!({}), vec![&three, &two, &one]),
            (json!({ "state": "POSTED" }), vec![&one]),
            (json!({ "state": "DECLINED" }), vec![&two]),
            (json!({ "state": "REQUESTED" }), vec![&three]),
            (json!({ "state": "WITHDRAWN" }), vec![]),
            (json!({ "resource": "MARKETING" }), vec![&three, &two]),
            (json!({ "closeId": close }), vec![&two, &one]),
            (json!({ "closeId": close, "resource": "PRODUCT", "state": "DECLINED" }), vec![]),
        ] {
            let data = books.gql(LIST, json!({ "filter": filter })).await;
            let mut ids: Vec<&Value> = data["creditTransfers"]["nodes"].as_array().unwrap().iter().map(|node| &node["id"]).collect();
            let mut expected = expected;
            // They were asked for at one instant.
            ids.sort_by_key(|id| id.as_str().unwrap().to_owned());
            expected.sort_by_key(|id| id.as_str().unwrap().to_owned());
            assert_eq!(ids, expected, "{filter}");
        }
        let document = "query($id: ID!) { close(id: $id) { transfers { id from to basisPoints reason effectiveAt requestedBy { role } requestedFor { role } }
            batches { sequence transfer { id } requestedBy { role } approvedBy { role } reverses { id } reversedBy { id } } } }";
        let data = books.gql(document, json!({ "id": close })).await;
        let told = |id: &Value, to: &str| json!({ "id": id, "from": "SALES", "to": to, "basisPoints": 1000, "reason": "because",
            "effectiveAt": "2026-02-01T00:00:00Z", "requestedBy": { "role": "REVOPS" }, "requestedFor": null });
        assert_eq!(data["close"]["transfers"], json!([told(&one, "PRODUCT"), told(&two, "MARKETING")]));
        assert_eq!(data["close"]["batches"], json!([
            { "sequence": 0, "transfer": null, "requestedBy": { "role": "REVOPS" }, "approvedBy": [], "reverses": null, "reversedBy": null },
            { "sequence": 1, "transfer": { "id": one }, "requestedBy": { "role": "REVOPS" }, "approvedBy": [{ "role": "ADMIN" }], "reverses": null, "reversedBy": null },
        ]));
        let node = books.gql("query($id: ID!) { node(id: $id) { __typename } }", json!({ "id": three })).await;
        assert_eq!(node["node"]["__typename"], "CreditTransfer");
    }

    async fn of_two_approvals_at_once_one_posts(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let (one, two, sales) = (story.member(Role::Admin).await, story.member(Role::Admin).await, story.member(Role::SalesLead).await);
        for _ in 0..3 {
            let close = won(&story, &sales).await;
            let id = asked(&books, order(&close, "SALES", "PRODUCT", 6000)).await["id"].take();
            let input = || json!({ "input": { "transferId": id, "idempotencyKey": format!("k {close}") } });
            let (first, second) = tokio::join!(one.answer(APPROVE_TRANSFER, input()), two.answer(APPROVE_TRANSFER, input()));
            let told = |answer: &Value| {
                let code = answer["data"]["approveCreditTransfer"]["userErrors"][0]["code"].as_str().or(answer["errors"][0]["extensions"]["code"].as_str());
                code.unwrap_or("DONE").to_owned()
            };
            let mut outcomes = [told(&first), told(&second)];
            outcomes.sort();
            assert!(matches!(outcomes.each_ref().map(String::as_str), ["CONFLICT", "DONE"] | ["DONE", "IDEMPOTENCY_MISMATCH" | "TRANSFER_STATE"]), "{outcomes:?}");
            assert_eq!(held(&books, &close).await, [4000, 0, 6000]);
        }
    }

    async fn two_sides_that_do_not_see_the_account_agree_at_once(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        story.approval("BOTH").await;
        let admin = story.member(Role::Admin).await;
        let (sales, product) = (story.member(Role::SalesLead).await, story.member(Role::ProductLead).await);
        let role = "mutation($input: DefineRoleInput!) { defineRole(input: $input) { customRole { id } userErrors { field code } } }";
        let revise = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { role } userErrors { field code } } }";
        let grants = [("CLOSE_READ", "ORGANIZATION"), ("CREDIT_READ", "ORGANIZATION"), ("CREDIT_TRANSFER", "RESOURCE")];
        let grants = grants.map(|(permission, reach)| json!({ "permission": permission, "reach": reach }));
        let role = admin.gql(role, json!({ "input": { "name": "Side", "grants": grants } })).await["defineRole"]["customRole"]["id"].take();
        for member in [&sales, &product] {
            let revised = admin.gql(revise, json!({ "input": { "memberId": member.member.unwrap().to_string(), "customRoleId": role } })).await;
            assert_eq!(problems(&revised["reviseMember"]), []);
        }
        for _ in 0..4 {
            let close = json!({ "newAccount": { "name": "buyer" }, "occurredAt": "2026-01-10T12:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" });
            let close = story.close(close).await["id"].as_str().unwrap().to_owned();
            let id = asked(&books, order(&close, "SALES", "PRODUCT", 6000)).await["id"].take();
            tokio::join!(approved(&sales, &id), approved(&product, &id));
            let read = "query($id: ID!) { creditTransfer(id: $id) { state decisions { kind } batch { sequence } } }";
            let data = books.gql(read, json!({ "id": id })).await;
            assert_eq!(data["creditTransfer"], json!({ "state": "POSTED", "decisions": [{ "kind": "APPROVED" }, { "kind": "APPROVED" }], "batch": { "sequence": 1 } }));
            assert_eq!(held(&books, &close).await, [4000, 0, 6000]);
        }
    }

    async fn a_repeated_key_decides_once(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let sales = story.member(Role::SalesLead).await;
        let close = won(&story, &sales).await;
        let id = asked(&books, order(&close, "SALES", "PRODUCT", 1000)).await["id"].take();
        let input = json!({ "input": { "transferId": id, "idempotencyKey": "k" } });
        let first = sales.gql(APPROVE_TRANSFER, input.clone()).await;
        let before = rows(&app).await;
        assert_eq!(sales.gql(APPROVE_TRANSFER, input).await, first);
        assert_eq!(rows(&app).await, before);
    }
}
