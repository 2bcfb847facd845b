//! What an opportunity is, who sees it, and how it is found.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    CLOSE, CREATE, GENERATE, RAISE, RECORD_ACCOUNT, REVISE, STALL, account, act, done, in_team, lost, made, opened, refusal, refusals,
    team, winning, won,
};
use crate::support::story::usd;
use crate::support::{Caller, but_members, on_both_engines, rows};

const READ: &str = "query($id: ID!) { opportunity(id: $id) { name amount { amount currency } expectedCloseOn sourceResource openedAt status
    account { name } owner { id } pipeline { key } externalId { source value } version } }";

async fn listed(by: &Caller<'_>, filter: Value) -> Vec<String> {
    let document = "query($filter: OpportunityFilter) { opportunities(filter: $filter) { totalCount nodes { id } } }";
    let data = by.gql(document, json!({ "filter": filter })).await;
    let found: Vec<String> =
        data["opportunities"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(data["opportunities"]["totalCount"], found.len());
    found
}

on_both_engines! {
    async fn it_is_created_revised_and_found(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, rep) = (acme.member(Role::Revops).await, acme.member(Role::SalesRep).await);
        let rep_id = rep.member.unwrap().to_string();
        let initech = account(&ops, "Initech").await;
        let new = json!({ "accountId": initech, "name": " Paper ", "amount": usd("1200.50"), "expectedCloseOn": "2026-07-01",
            "sourceResource": "MARKETING", "ownerId": rep_id, "openedAt": "2026-05-01T00:00:00Z",
            "externalId": { "source": "crm", "value": "7" } });
        let id = made(&ops, CREATE, new.clone()).await;
        let mut told = json!({ "name": "Paper", "amount": { "amount": "1200.50", "currency": "USD" }, "expectedCloseOn": "2026-07-01",
            "sourceResource": "MARKETING", "openedAt": "2026-05-01T00:00:00Z", "status": null, "account": { "name": "Initech" },
            "owner": { "id": rep_id }, "pipeline": { "key": "default" }, "externalId": { "source": "crm", "value": "7" }, "version": 1 });
        assert_eq!(ops.gql(READ, json!({ "id": id })).await["opportunity"], told);
        // The same content again is the same opportunity; other content is refused.
        let before = rows(&app).await;
        assert_eq!(made(&ops, CREATE, new.clone()).await, id);
        let mut other = new.clone();
        other["name"] = json!("Ink");
        assert_eq!(refusals(&ops, CREATE, other).await, refusal("externalId", "EXTERNAL_ID_CONFLICT"));
        assert_eq!(rows(&app).await, before);
        let change = json!({ "opportunityId": id, "name": "Much paper", "amount": null, "expectedCloseOn": "2026-08-01",
            "sourceResource": null, "expectedVersion": 1 });
        assert_eq!(done(&ops, REVISE, change.clone()).await["version"], 2);
        assert_eq!(refusals(&ops, REVISE, change).await, refusal("expectedVersion", "STALE_VERSION"));
        told["name"] = json!("Much paper");
        told["expectedCloseOn"] = json!("2026-08-01");
        told["version"] = json!(2);
        for field in ["amount", "sourceResource"] {
            told[field] = Value::Null;
        }
        assert_eq!(ops.gql(READ, json!({ "id": id })).await["opportunity"], told);
        let by_name = "{ opportunityByExternalId(externalId: { source: \"crm\", value: \"7\" }) { id } }";
        assert_eq!(ops.gql(by_name, json!({})).await["opportunityByExternalId"]["id"], id);
    }

    async fn lists_are_narrowed_by_each_condition(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, rep) = (acme.member(Role::Revops).await, acme.member(Role::SalesRep).await);
        let (initech, hooli) = (account(&ops, "Initech").await, account(&ops, "Hooli").await);
        let open = opened(&ops, &initech, "2026-05-04T00:00:00Z").await;
        let rests = opened(&ops, &initech, "2026-05-03T00:00:00Z").await;
        done(&ops, STALL, json!({ "opportunityId": rests, "reason": "holidays", "resumesOn": "2026-07-01" })).await;
        let ended = opened(&ops, &hooli, "2026-05-02T00:00:00Z").await;
        lost(&ops, &ended, "LOST_OTHER", "2026-05-20T00:00:00Z").await;
        let bought = opened(&ops, &hooli, "2026-05-01T00:00:00Z").await;
        won(&ops, &hooli, &bought, "5.00", "2026-05-20T00:00:00Z").await;
        let owner = rep.member.unwrap().to_string();
        done(&ops, REVISE, json!({ "opportunityId": open, "ownerId": owner, "expectedCloseOn": "2026-07-01" })).await;
        for (filter, found) in [
            (json!({}), vec![&open, &rests, &ended, &bought]),
            (json!({ "status": "OPEN" }), vec![&open, &rests]),
            (json!({ "status": "LOST" }), vec![&ended]),
            (json!({ "status": "WON" }), vec![&bought]),
            (json!({ "stalled": true }), vec![&rests]),
            (json!({ "stalled": false }), vec![&open, &ended, &bought]),
            (json!({ "accountId": hooli }), vec![&ended, &bought]),
            (json!({ "accountId": hooli, "status": "OPEN" }), vec![]),
            (json!({ "ownerId": owner }), vec![&open]),
            (json!({ "source": "crm" }), vec![]),
            (json!({ "expectedCloseFrom": "2026-07-01", "expectedCloseTo": "2026-07-02" }), vec![&open]),
            (json!({ "expectedCloseTo": "2026-07-01" }), vec![]),
        ] {
            assert_eq!(listed(&ops, filter.clone()).await.iter().collect::<Vec<_>>(), found, "{filter}");
        }
        let refused = ops.refused("{ opportunities(filter: { expectedCloseFrom: \"2026-07-01\", expectedCloseTo: \"2026-07-01\" }) { totalCount } }", json!({})).await;
        assert_eq!(refused, "BAD_USER_INPUT");
        let of_account = "query($id: ID!) { account(id: $id) { opportunities(first: 1) { totalCount nodes { id } pageInfo { hasNextPage } } } }";
        let data = ops.gql(of_account, json!({ "id": hooli })).await;
        assert_eq!(data["account"]["opportunities"], json!({ "totalCount": 2, "nodes": [{ "id": ended }], "pageInfo": { "hasNextPage": true } }));
    }

    async fn sellers_work_their_own_and_leads_those_of_their_team(app: TestApp) {
        let acme = app.org("acme").await;
        let (admin, ops) = (acme.member(Role::Admin).await, acme.member(Role::Revops).await);
        let (rep, other, lead) = (acme.member(Role::SalesRep).await, acme.member(Role::SalesRep).await, acme.member(Role::SalesLead).await);
        let north = team(&admin, "North").await;
        in_team(&admin, &rep, &north).await;
        in_team(&admin, &lead, &north).await;
        let initech = account(&ops, "Initech").await;
        let owned = account(&rep, "Owned").await;
        let own = opened(&rep, &owned, "2026-05-02T00:00:00Z").await;
        let others = made(&ops, CREATE, json!({ "accountId": initech, "name": "Ink", "ownerId": other.member.unwrap().to_string(), "openedAt": "2026-05-01T00:00:00Z" })).await;
        assert_eq!(listed(&rep, json!({})).await, [own.as_str()]);
        assert_eq!(listed(&lead, json!({})).await, [own.as_str()]);
        assert_eq!(listed(&other, json!({})).await, [others.as_str()]);
        let marketer = acme.member(Role::Marketer).await;
        assert_eq!(listed(&marketer, json!({})).await, [own.clone(), others.clone()]);
        // The account of an opportunity makes it visible too.
        let through_account = made(&ops, CREATE, json!({ "accountId": owned, "name": "Pens", "openedAt": "2026-05-03T00:00:00Z" })).await;
        assert_eq!(listed(&rep, json!({})).await, [through_account, own.clone()]);
        let before = rows(&app).await;
        let close = |id: &str| json!({ "opportunityId": id, "outcome": "LOST_OTHER", "closedAt": "2026-05-20T00:00:00Z", "reason": "told us" });
        assert_eq!(refusals(&rep, CLOSE, close(&others)).await, refusal("opportunityId", "NOT_FOUND"));
        assert_eq!(refusals(&rep, CREATE, json!({ "accountId": initech, "name": "Ink" })).await, refusal("accountId", "NOT_FOUND"));
        assert_eq!(refusals(&rep, REVISE, json!({ "opportunityId": own, "ownerId": other.member.unwrap().to_string() })).await, refusal("ownerId", "NOT_ALLOWED"));
        for role in [Role::Marketer, Role::MarketingLead, Role::ProductLead, Role::Executive, Role::Auditor, Role::SalesAssistant, Role::Partner] {
            let caller = acme.member(role).await;
            assert_eq!(caller.refused(CLOSE, json!({ "input": close(&own) })).await, "FORBIDDEN", "{role:?}");
        }
        assert_eq!(but_members(&rows(&app).await), but_members(&before));
        assert_eq!(done(&lead, CLOSE, close(&own)).await["status"], "LOST");
        assert_eq!(acme.member(Role::Partner).await.refused("{ opportunities { totalCount } }", json!({})).await, "FORBIDDEN");
    }

    async fn assistants_see_no_amounts(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, assistant) = (acme.member(Role::Revops).await, acme.member(Role::SalesAssistant).await);
        let owner = assistant.member.unwrap().to_string();
        let initech = made(&ops, RECORD_ACCOUNT, json!({ "name": "Initech", "ownerId": owner })).await;
        let id = made(&ops, CREATE, json!({ "accountId": initech, "name": "Paper", "amount": usd("5.00"), "ownerId": owner })).await;
        let read = "query($id: ID!) { opportunity(id: $id) { name amount { amount } } }";
        assert_eq!(assistant.gql(read, json!({ "id": id })).await["opportunity"], json!({ "name": "Paper", "amount": null }));
        assert_eq!(ops.gql(read, json!({ "id": id })).await["opportunity"]["amount"]["amount"], "5.00");
    }

    async fn what_cannot_be_is_refused_and_nothing_is_stored(app: TestApp) {
        let (acme, other) = (app.org("acme").await, app.org("other").await);
        let (ops, foreign) = (acme.member(Role::Revops).await, other.member(Role::Revops).await);
        let initech = account(&ops, "Initech").await;
        let theirs = account(&foreign, "Theirs").await;
        let their_opportunity = opened(&foreign, &theirs, "2026-05-01T00:00:00Z").await;
        let before = rows(&app).await;
        for (field, value, code) in [
            ("accountId", json!(theirs), "NOT_FOUND"),
            ("name", json!(" "), "REQUIRED"),
            ("amount", usd("-1.00"), "INVALID_AMOUNT"),
            ("expectedCloseOn", json!("1969-01-01"), "DATE_OUT_OF_RANGE"),
            ("openedAt", json!("2027-01-01T00:00:00Z"), "DATE_OUT_OF_RANGE"),
            ("ownerId", json!("mem_00000000000000000000000001"), "NOT_FOUND"),
            ("pipelineId", json!("pip_00000000000000000000000001"), "NOT_FOUND"),
        ] {
            let mut input = json!({ "accountId": initech, "name": "Paper" });
            input[field] = value;
            let field = if field == "amount" { "amount.amount" } else { field };
            assert_eq!(refusals(&ops, CREATE, input).await, refusal(field, code), "{field}");
        }
        let closed = json!({ "opportunityId": their_opportunity, "outcome": "LOST_OTHER", "closedAt": "2026-05-20T00:00:00Z", "reason": "x" });
        assert_eq!(refusals(&ops, CLOSE, closed).await, refusal("opportunityId", "NOT_FOUND"));
        assert_eq!(refusals(&ops, RAISE, json!({ "opportunityId": their_opportunity, "kind": "BUDGET", "side": "BUYER" })).await, refusal("opportunityId", "NOT_FOUND"));
        let close = winning(&initech, &their_opportunity, "1.00", "2026-05-20T00:00:00Z");
        assert_eq!(refusals(&ops, GENERATE, close).await, refusal("opportunityId", "NOT_FOUND"));
        assert_eq!(rows(&app).await, before);
    }

    async fn a_repeated_call_is_done_once(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let initech = account(&ops, "Initech").await;
        let new = json!({ "accountId": initech, "name": "Paper", "idempotencyKey": "k" });
        let id = made(&ops, CREATE, new.clone()).await;
        let close = json!({ "opportunityId": id, "outcome": "LOST_OTHER", "closedAt": "2026-06-01T12:00:00Z", "reason": "x", "idempotencyKey": "k" });
        let first = act(&ops, CLOSE, close.clone()).await;
        let before = rows(&app).await;
        assert_eq!(made(&ops, CREATE, new).await, id);
        assert_eq!(act(&ops, CLOSE, close.clone()).await, first);
        let mut other = close;
        other["reason"] = json!("y");
        assert_eq!(refusals(&ops, CLOSE, other).await, refusal("idempotencyKey", "IDEMPOTENCY_MISMATCH"));
        assert_eq!(rows(&app).await, before);
    }
}
