//! Disputes about credit: who opens them, who settles them, and what of it is posted.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::{Story, problems, usd};
use crate::support::{Caller, on_both_engines, rows};

pub const OPEN: &str = "mutation($input: OpenCreditDisputeInput!) { openCreditDispute(input: $input) {
    dispute { id state resource reason suggestedShares { basisPoints } settlement { kind } openedBy { role } openedFor { role } close { disputed } }
    userErrors { field code } } }";
const RESOLVE: &str = "mutation($input: ResolveCreditDisputeInput!) { resolveCreditDispute(input: $input) {
    dispute { id state close { disputed } settlement { kind reason decidedBy { role } batch { sequence kind reason effectiveAt transfer { id }
        requestedBy { role } entries { resource basisPoints } close { balances { basisPoints } } } } } userErrors { field code } } }";
const WITHDRAW: &str = "mutation($input: WithdrawCreditDisputeInput!) { withdrawCreditDispute(input: $input) {
    dispute { id state settlement { kind reason batch { id } decidedBy { role } } } userErrors { field code } } }";
const LIST: &str = "query($filter: CreditDisputeFilter) { creditDisputes(filter: $filter) { totalCount nodes { id } } }";
const COSTS: &str =
    "{ costPerClose(period: { from: \"2026-01-01\", to: \"2026-07-01\" }) { lines { resource creditedCloses } blended { closes } } }";

/// A close that is all of Sales, seen by a lead of theirs.
async fn won(story: &Story<'_>, lead: &Caller<'_>) -> String {
    let close = json!({ "newAccount": { "name": "buyer" }, "occurredAt": "2026-01-10T12:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" });
    let close = story.close(close).await["id"].as_str().unwrap().to_owned();
    story.give_to(&close, lead).await;
    close
}

fn shares(sales: i64, marketing: i64, product: i64) -> Value {
    let share = |(resource, bp): (&str, i64)| json!({ "resource": resource, "basisPoints": bp });
    [("SALES", sales), ("MARKETING", marketing), ("PRODUCT", product)].into_iter().filter(|(_, bp)| *bp != 0).map(share).collect()
}

fn claim(close: &str, resource: &str, suggested: Value) -> Value {
    json!({ "input": { "closeId": close, "resource": resource, "suggestedShares": suggested, "reason": "we did most of it" } })
}

fn upheld(id: &Value, shares: Value) -> Value {
    json!({ "input": { "disputeId": id, "verdict": "UPHELD", "shares": shares, "reason": "they did" } })
}

fn rejected(id: &Value) -> Value {
    json!({ "input": { "disputeId": id, "verdict": "REJECTED", "reason": "they did not" } })
}

/// The dispute of a payload without errors.
async fn done(by: &Caller<'_>, document: &str, input: Value) -> Value {
    let mut data = by.gql(document, input).await;
    let payload = data.as_object_mut().unwrap().values_mut().next().unwrap();
    assert_eq!(problems(payload), [], "{payload:#}");
    payload["dispute"].take()
}

/// Why something is refused: the only problem.
async fn refused(by: &Caller<'_>, document: &str, input: Value) -> (String, String) {
    let mut data = by.gql(document, input).await;
    let payload = data.as_object_mut().unwrap().values_mut().next().unwrap().take();
    assert_eq!(payload["dispute"], Value::Null);
    let problems = problems(&payload);
    assert_eq!(problems.len(), 1, "{payload:#}");
    problems[0].clone()
}

fn told(field: &str, code: &str) -> (String, String) {
    (field.to_owned(), code.to_owned())
}

async fn held(by: &Caller<'_>, close: &str) -> Value {
    let data = by.gql("query($id: ID!) { close(id: $id) { balances { basisPoints } } }", json!({ "id": close })).await;
    data["close"]["balances"].as_array().unwrap().iter().map(|share| share["basisPoints"].clone()).collect()
}

on_both_engines! {
    async fn what_is_upheld_is_posted_in_one_batch(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let (sales, product) = (story.member(Role::SalesLead).await, story.member(Role::ProductLead).await);
        let close = won(&story, &sales).await;
        let before = books.gql(COSTS, json!({})).await;
        let opened = done(&product, OPEN, claim(&close, "PRODUCT", shares(4000, 0, 6000))).await;
        assert_eq!(opened, json!({ "id": opened["id"], "state": "OPEN", "resource": "PRODUCT", "reason": "we did most of it", "settlement": null,
            "suggestedShares": [{ "basisPoints": 4000 }, { "basisPoints": 0 }, { "basisPoints": 6000 }], "openedBy": { "role": "PRODUCT_LEAD" }, "openedFor": null,
            "close": { "disputed": true } }));
        // No number goes by what is claimed.
        assert_eq!(books.gql(COSTS, json!({})).await, before);
        assert_eq!(held(&books, &close).await, json!([10_000, 0, 0]));
        let mut input = upheld(&opened["id"], shares(5000, 1000, 4000));
        input["input"]["effectiveAt"] = json!("2026-03-01T00:00:00Z");
        input["input"]["idempotencyKey"] = json!("k");
        let settled = done(&books, RESOLVE, input.clone()).await;
        assert_eq!(settled, json!({ "id": opened["id"], "state": "UPHELD", "close": { "disputed": false },
            "settlement": { "kind": "UPHELD", "reason": "they did", "decidedBy": { "role": "REVOPS" }, "batch": {
                "sequence": 1, "kind": "TRANSFER", "reason": "they did", "effectiveAt": "2026-03-01T00:00:00Z", "transfer": null, "requestedBy": { "role": "REVOPS" },
                "entries": [{ "resource": "SALES", "basisPoints": -5000 }, { "resource": "MARKETING", "basisPoints": 1000 }, { "resource": "PRODUCT", "basisPoints": 4000 }],
                "close": { "balances": [{ "basisPoints": 5000 }, { "basisPoints": 1000 }, { "basisPoints": 4000 }] } } } }));
        let after = books.gql(COSTS, json!({})).await;
        let credited: Vec<&Value> = after["costPerClose"]["lines"].as_array().unwrap().iter().map(|line| &line["creditedCloses"]).collect();
        assert_eq!(credited, [&json!("0.5000"), &json!("0.1000"), &json!("0.4000")]);
        // Once, however often it is asked for.
        let counted = rows(&app).await;
        assert_eq!(done(&books, RESOLVE, input).await, settled);
        assert_eq!(rows(&app).await, counted);
    }

    async fn what_is_rejected_or_withdrawn_moves_nothing(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let (sales, product, marketing) =
            (story.member(Role::SalesLead).await, story.member(Role::ProductLead).await, story.member(Role::MarketingLead).await);
        let close = won(&story, &sales).await;
        let first = done(&product, OPEN, claim(&close, "PRODUCT", shares(0, 0, 10_000))).await["id"].take();
        let second = done(&marketing, OPEN, claim(&close, "MARKETING", shares(0, 10_000, 0))).await["id"].take();
        assert_eq!(refused(&product, OPEN, claim(&close, "PRODUCT", shares(1, 0, 9999))).await, told("closeId", "DISPUTE_OPEN"));
        let settled = done(&books, RESOLVE, rejected(&first)).await;
        assert_eq!(settled, json!({ "id": first, "state": "REJECTED", "close": { "disputed": true },
            "settlement": { "kind": "REJECTED", "reason": "they did not", "decidedBy": { "role": "REVOPS" }, "batch": null } }));
        let withdraw = |id: &Value| json!({ "input": { "disputeId": id } });
        for other in [&product, &books] {
            assert_eq!(refused(other, WITHDRAW, withdraw(&second)).await, told("disputeId", "NOT_ALLOWED"));
        }
        let withdrawn = done(&marketing, WITHDRAW, withdraw(&second)).await;
        assert_eq!(withdrawn, json!({ "id": second, "state": "WITHDRAWN",
            "settlement": { "kind": "WITHDRAWN", "reason": null, "batch": null, "decidedBy": { "role": "MARKETING_LEAD" } } }));
        let before = rows(&app).await;
        for id in [&first, &second] {
            assert_eq!(refused(&books, RESOLVE, rejected(id)).await, told("disputeId", "DISPUTE_STATE"));
            assert_eq!(refused(&books, RESOLVE, upheld(id, shares(0, 0, 10_000))).await, told("disputeId", "DISPUTE_STATE"));
        }
        assert_eq!(refused(&marketing, WITHDRAW, withdraw(&second)).await, told("disputeId", "DISPUTE_STATE"));
        assert_eq!(rows(&app).await, before);
        assert_eq!(held(&books, &close).await, json!([10_000, 0, 0]));
        // What is settled can be disputed again.
        done(&product, OPEN, claim(&close, "PRODUCT", shares(1, 0, 9999))).await;
        for (filter, count) in [
            (json!({}), 3),
            (json!({ "state": "OPEN" }), 1),
            (json!({ "state": "REJECTED" }), 1),
            (json!({ "state": "WITHDRAWN", "resource": "MARKETING" }), 1),
            (json!({ "state": "UPHELD" }), 0),
            (json!({ "resource": "PRODUCT", "closeId": close }), 2),
        ] {
            assert_eq!(books.gql(LIST, json!({ "filter": filter })).await["creditDisputes"]["totalCount"], count, "{filter}");
        }
        let document = "query($id: ID!) { close(id: $id) { disputed disputes(first: 2) { totalCount nodes { state } pageInfo { hasNextPage } } } }";
        let close = books.gql(document, json!({ "id": close })).await["close"].take();
        assert_eq!(close["disputed"], true);
        assert_eq!((&close["disputes"]["totalCount"], &close["disputes"]["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
        assert_eq!(close["disputes"]["nodes"].as_array().unwrap().len(), 2);
        let node = books.gql("query($id: ID!) { node(id: $id) { __typename } creditDispute(id: $id) { state } }", json!({ "id": first })).await;
        assert_eq!(node, json!({ "node": { "__typename": "CreditDispute" }, "creditDispute": { "state": "REJECTED" } }));
    }

    async fn nobody_settles_what_they_dispute(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let (admin, sales) = (story.member(Role::Admin).await, story.member(Role::SalesLead).await);
        let close = won(&story, &sales).await;
        let own = done(&books, OPEN, claim(&close, "PRODUCT", shares(4000, 0, 6000))).await["id"].take();
        // Nor somebody who acts for them.
        let assistant = story.member(Role::SalesAssistant).await;
        let role = "mutation($input: DefineRoleInput!) { defineRole(input: $input) { customRole { id } userErrors { code } } }";
        let all = ["ORGANIZATION_READ", "CREDIT_TRANSFER", "CREDIT_WRITE", "CREDIT_READ", "CLOSE_READ", "BUYER_READ"]
            .map(|permission| json!({ "permission": permission, "reach": "ORGANIZATION" }));
        let role = admin.gql(role, json!({ "input": { "name": "Desk", "grants": all } })).await["defineRole"]["customRole"]["id"].take();
        let revise = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { role } userErrors { code } } }";
        admin.gql(revise, json!({ "input": { "memberId": assistant.member.unwrap().to_string(), "customRoleId": role } })).await;
        let delegate = "mutation($input: DelegateInput!) { delegate(input: $input) { delegation { id } userErrors { field code } } }";
        let lent = json!({ "assistantId": assistant.member.unwrap().to_string(), "principalId": books.member.unwrap().to_string() });
        assert_eq!(problems(&admin.gql(delegate, json!({ "input": lent })).await["delegate"]), []);
        let through = done(&assistant, OPEN, claim(&close, "MARKETING", shares(4000, 6000, 0))).await["id"].take();
        let before = rows(&app).await;
        for id in [&own, &through] {
            for by in [&books, &assistant] {
                for end in [rejected(id), upheld(id, shares(4000, 0, 6000))] {
                    assert_eq!(refused(by, RESOLVE, end).await, told("disputeId", "SELF_APPROVAL"));
                }
            }
        }
        assert_eq!(rows(&app).await, before);
        for id in [&own, &through] {
            assert_eq!(done(&admin, RESOLVE, rejected(id)).await["state"], "REJECTED");
        }
    }

    async fn what_does_not_stand_is_refused(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let (admin, sales, other) = (story.member(Role::Admin).await, story.member(Role::SalesLead).await, story.member(Role::SalesLead).await);
        let rep = story.member(Role::SalesRep).await;
        let (close, voided) = (won(&story, &sales).await, won(&story, &sales).await);
        let late = done(&books, OPEN, claim(&voided, "MARKETING", shares(0, 10_000, 0))).await["id"].take();
        story.movement(json!({ "closeId": voided, "kind": "VOID", "occurredAt": "2026-03-01T00:00:00Z", "reason": "because" })).await;
        let before = rows(&app).await;
        assert_eq!(refused(&sales, OPEN, claim(&close, "PRODUCT", shares(0, 0, 10_000))).await, told("resource", "NOT_ALLOWED"));
        assert_eq!(refused(&other, OPEN, claim(&close, "SALES", shares(0, 0, 10_000))).await, told("closeId", "NOT_FOUND"));
        assert_eq!(refused(&sales, OPEN, claim(&close, "SALES", shares(10_000, 0, 0))).await, told("suggestedShares", "INVALID"));
        assert_eq!(refused(&sales, OPEN, claim(&close, "SALES", shares(1, 0, 0))).await, told("suggestedShares", "SHARES_DO_NOT_SUM"));
        assert_eq!(refused(&books, OPEN, claim(&voided, "SALES", shares(0, 0, 10_000))).await, told("closeId", "CLOSE_STATE"));
        let mut silent = claim(&close, "SALES", shares(0, 0, 10_000));
        silent["input"]["reason"] = json!(" ");
        assert_eq!(refused(&sales, OPEN, silent).await, told("reason", "REQUIRED"));
        assert_eq!(rep.refused(OPEN, claim(&close, "SALES", shares(0, 0, 10_000))).await, "FORBIDDEN");
        assert_eq!(rep.refused(LIST, json!({})).await, "FORBIDDEN");
        assert_eq!(sales.refused(RESOLVE, rejected(&late)).await, "FORBIDDEN");
        assert_eq!(rows(&app).await, before);
        assert_eq!(refused(&admin, RESOLVE, upheld(&late, shares(0, 10_000, 0))).await, told("disputeId", "CLOSE_STATE"));
        done(&admin, RESOLVE, rejected(&late)).await;

        // It is checked against what is held by then, from then on for ever.
        let id = done(&sales, OPEN, claim(&close, "SALES", shares(0, 0, 10_000))).await["id"].take();
        story.transfer(json!({ "closeId": close, "from": "SALES", "to": "PRODUCT", "basisPoints": 6000, "effectiveAt": "2026-05-01T00:00:00Z", "reason": "because" })).await;
        let before = rows(&app).await;
        let mut early = upheld(&id, shares(10_000, 0, 0));
        early["input"]["effectiveAt"] = json!("2026-04-01T00:00:00Z");
        assert_eq!(refused(&admin, RESOLVE, early.clone()).await, told("shares", "CREDIT_OVERDRAW"), "Product has it only from May on");
        assert_eq!(refused(&admin, RESOLVE, upheld(&id, shares(4000, 0, 6000))).await, told("shares", "INVALID"), "they hold that");
        early["input"]["effectiveAt"] = json!("2026-06-02T12:00:01Z");
        assert_eq!(refused(&admin, RESOLVE, early).await, told("effectiveAt", "DATE_OUT_OF_RANGE"));
        let mut nothing = upheld(&id, Value::Null);
        assert_eq!(refused(&admin, RESOLVE, nothing.clone()).await, told("shares", "REQUIRED"));
        nothing["input"]["verdict"] = json!("REJECTED");
        nothing["input"]["effectiveAt"] = json!("2026-05-02T00:00:00Z");
        assert_eq!(refused(&admin, RESOLVE, nothing).await, told("effectiveAt", "INVALID"));
        assert_eq!(refused(&admin, RESOLVE, rejected(&json!("dsp_00000000000000000000000001"))).await, told("disputeId", "NOT_FOUND"));
        assert_eq!(rows(&app).await, before);
        done(&admin, RESOLVE, upheld(&id, shares(10_000, 0, 0))).await;
        assert_eq!(held(&books, &close).await, json!([10_000, 0, 0]));
        // A lead sees the disputes about the buyers of their team.
        for (caller, count) in [(&sales, 2), (&other, 0)] {
            assert_eq!(caller.gql(LIST, json!({})).await["creditDisputes"]["totalCount"], count);
        }
        rep_sees_that_it_is_disputed(&story, &close, &rep, &sales).await;
    }

    async fn of_two_disputes_at_once_one_is_opened(app: TestApp) {
        let story = Story::begin(&app).await;
        story.today();
        let (one, two, sales) = (story.member(Role::ProductLead).await, story.member(Role::ProductLead).await, story.member(Role::SalesLead).await);
        let close = won(&story, &sales).await;
        let input = || claim(&close, "PRODUCT", shares(0, 0, 10_000));
        let (first, second) = tokio::join!(one.answer(OPEN, input()), two.answer(OPEN, input()));
        let opened = [&first, &second].into_iter().filter(|answer| answer["data"]["openCreditDispute"]["dispute"]["id"].is_string()).count();
        assert_eq!(opened, 1, "{first:#}\n{second:#}");
        assert_eq!(sales.gql(LIST, json!({})).await["creditDisputes"]["totalCount"], 1);
    }
}

/// Whoever sees a close but not the ledger is told that it is disputed, and not by whom.
async fn rep_sees_that_it_is_disputed(story: &Story<'_>, close: &str, rep: &Caller<'_>, sales: &Caller<'_>) {
    done(sales, OPEN, claim(close, "SALES", shares(0, 0, 10_000))).await;
    story.give_to(close, rep).await;
    let document = "query($id: ID!) { close(id: $id) { disputed disputes { totalCount } } }";
    let seen = rep.gql(document, json!({ "id": close })).await;
    assert_eq!(seen["close"], json!({ "disputed": true, "disputes": null }));
}
