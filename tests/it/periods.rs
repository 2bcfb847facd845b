//! Locked months: what is refused, what is posted later, and what restates them.

use std::pin::pin;
use std::time::Duration;

use entity::kinds::{CostCategory, CostOwner, Role};
use serde_json::{Value, json};
use tandem::auth::Scope;
use tandem::auth::permission::grant::CostWrite;
use tandem::costs::service::{CostContent, NewCost, record_costs_in};
use tandem::input::WantedMoney;

use crate::support::story::{
    APPROVE_TRANSFER, CORRECT_COST, GENERATE, MOVE_CLOSE, RECORD_COST, RECORD_RATES, REQUEST_TRANSFER, SET_RULE, Story, instant, problems,
    usd,
};
use crate::support::{Caller, on_both_engines, rows};

const LOCK: &str = "mutation($input: LockPeriodInput!) { lockPeriod(input: $input) {
    periodLock { id month reason ends { id } recordedBy { role } recordedAt } userErrors { field code } } }";
const UNLOCK: &str = "mutation($input: UnlockPeriodInput!) { unlockPeriod(input: $input) {
    periodLock { id month reason ends { id } } userErrors { field code } } }";
const LOCKS: &str = "query($filter: PeriodLockFilter) { periodLocks(filter: $filter) { totalCount nodes { id month } } }";
const RESTATED: &str = "query($since: DateTime!, $month: LocalDate) { restatements(since: $since, month: $month) { totalCount nodes {
    month reason close { id } movement { id } batch { id } costEntry { id } fxRate { id } allocationRule { id } recordedBy { role } } } }";
const REVERSE: &str = "mutation($input: ReverseCreditBatchInput!) { reverseCreditBatch(input: $input) {
    batch { id effectiveAt askedEffectiveAt } userErrors { field code } } }";
const RECORD_COSTS: &str = "mutation($input: RecordCostsInput!) { recordCosts(input: $input) {
    results { outcome costEntry { id } userErrors { field code } } userErrors { field code } } }";
const GENERATE_MANY: &str = "mutation($input: GenerateAccountsInput!) { generateAccounts(input: $input) {
    results { outcome close { id } userErrors { field code } } userErrors { field code } } }";

/// The payload of a mutation.
async fn act(by: &Caller<'_>, document: &str, input: &Value) -> Value {
    by.gql(document, json!({ "input": input })).await.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

async fn lock(by: &Caller<'_>, month: &str) -> String {
    let payload = act(by, LOCK, &json!({ "month": month, "reason": "reported" })).await;
    assert_eq!(problems(&payload), [], "{month}");
    payload["periodLock"]["id"].as_str().unwrap().to_owned()
}

async fn unlock(by: &Caller<'_>, month: &str) {
    let payload = act(by, UNLOCK, &json!({ "month": month, "reason": "an invoice came late" })).await;
    assert_eq!(problems(&payload), [], "{month}");
}

fn with(input: &Value, more: Value) -> Value {
    let mut input = input.clone();
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn close(at: &str) -> Value {
    json!({ "newAccount": { "name": "buyer" }, "occurredAt": at, "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" })
}

fn cost(first_on: &str, last_on: &str) -> Value {
    json!({ "owner": "MARKETING", "category": "MEDIA", "amount": usd("10.00"), "firstOn": first_on, "lastOn": last_on })
}

fn problem(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

async fn restated(by: &Caller<'_>, more: Value) -> Vec<Value> {
    let variables = with(&json!({ "since": "2025-01-01T00:00:00Z" }), more);
    let mut data = by.gql(RESTATED, variables).await["restatements"].take();
    let nodes = std::mem::take(data["nodes"].as_array_mut().unwrap());
    assert_eq!(data["totalCount"], nodes.len());
    nodes
}

on_both_engines! {
    async fn a_month_that_is_over_is_locked_and_opened_again(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let input = json!({ "month": "2026-01-17", "reason": " reported ", "idempotencyKey": "k" });
        let first = act(&books, LOCK, &input).await;
        let lock_of_january = first["periodLock"]["id"].clone();
        assert_eq!(first["periodLock"], json!({ "id": lock_of_january, "month": "2026-01-01", "reason": "reported", "ends": null,
            "recordedBy": { "role": "REVOPS" }, "recordedAt": "2026-06-01T12:00:00Z" }));
        let before = rows(&app).await;
        assert_eq!(act(&books, LOCK, &input).await, first);
        for (document, input, field, code) in [
            (LOCK, json!({ "month": "2026-01-01", "reason": "again" }), "month", "PERIOD_LOCKED"),
            (LOCK, json!({ "month": "2026-06-01", "reason": "not over" }), "month", "INVALID"),
            (LOCK, json!({ "month": "1969-12-01", "reason": "too early" }), "month", "DATE_OUT_OF_RANGE"),
            (LOCK, json!({ "month": "2026-02-01", "reason": " " }), "reason", "REQUIRED"),
            (UNLOCK, json!({ "month": "2026-02-01", "reason": "open" }), "month", "PERIOD_OPEN"),
        ] {
            assert_eq!(problems(&act(&books, document, &input).await), problem(field, code), "{input}");
        }
        assert_eq!(rows(&app).await, before);
        let lock_of_may = lock(&books, "2026-05-31").await;
        let ended = act(&books, UNLOCK, &json!({ "month": "2026-01-31", "reason": "an invoice came late" })).await;
        assert_eq!(ended["periodLock"]["ends"]["id"], lock_of_january);
        let ended = &ended["periodLock"]["id"];
        let told = async |filter: Value| books.gql(LOCKS, json!({ "filter": filter })).await["periodLocks"].take();
        assert_eq!(told(json!({})).await, json!({ "totalCount": 1, "nodes": [{ "id": lock_of_may, "month": "2026-05-01" }] }));
        let all = told(json!({ "includeEnded": true, "to": "2026-05-01" })).await;
        assert_eq!(all["totalCount"], 2);
        assert!([&lock_of_january, ended].iter().all(|id| all["nodes"].as_array().unwrap().iter().any(|node| node["id"] == **id)));
        assert_eq!(problems(&act(&books, UNLOCK, &json!({ "month": "2026-01-01", "reason": "again" })).await), problem("month", "PERIOD_OPEN"));
        let again = lock(&books, "2026-01-01").await;
        assert_ne!(json!(again), lock_of_january);
        unlock(&books, "2026-05-01").await;
        let books = story.at("2026-05-31T23:59:59Z");
        assert_eq!(problems(&act(&books, LOCK, &json!({ "month": "2026-05-01", "reason": "early" })).await), problem("month", "INVALID"));
    }

    async fn months_end_by_the_zone_of_the_organization(app: TestApp) {
        app.clock.set(instant("2026-06-01T03:59:59Z"));
        let acme = app.org_in("acme", "USD", "America/New_York").await;
        let admin = acme.member(Role::Admin).await;
        let may = json!({ "month": "2026-05-01", "reason": "reported" });
        assert_eq!(problems(&act(&admin, LOCK, &may).await), problem("month", "INVALID"));
        app.clock.set(instant("2026-06-01T04:00:00Z"));
        lock(&admin, "2026-05-01").await;
        assert_eq!(problems(&act(&admin, GENERATE, &close("2026-06-01T03:59:59Z")).await), problem("occurredAt", "PERIOD_LOCKED"));
        assert_eq!(problems(&act(&admin, GENERATE, &close("2026-06-01T04:00:00Z")).await), []);
        assert_eq!(problems(&act(&admin, GENERATE, &close("2026-05-01T03:59:59Z")).await), []);
        // The zone says where they begin.
        let revise = "mutation($input: ReviseOrganizationInput!) { reviseOrganization(input: $input) { organization { timeZone } userErrors { field code } } }";
        let before = rows(&app).await;
        assert_eq!(problems(&act(&admin, revise, &json!({ "timeZone": "UTC", "name": "Acme" })).await), problem("timeZone", "PERIOD_LOCKED"));
        assert_eq!(rows(&app).await, before);
        assert_eq!(problems(&act(&admin, revise, &json!({ "timeZone": "America/New_York", "name": "Acme" })).await), []);
        unlock(&admin, "2026-05-01").await;
        assert_eq!(act(&admin, revise, &json!({ "timeZone": "UTC" })).await["organization"]["timeZone"], "UTC");
    }

    async fn what_would_change_a_locked_month_is_refused_or_restates_it(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let earlier = story.close(close("2026-01-10T12:00:00Z")).await["id"].clone();
        let entry = story.cost("SALES", "31.00", "2026-02-01", "2026-02-28").await;
        let in_march = story.cost("SALES", "31.00", "2026-03-01", "2026-03-31").await;
        let euros = with(&cost("2026-02-20", "2026-03-10"), json!({ "amount": { "amount": "10.00", "currency": "EUR" } }));
        story.cost_of(euros).await;
        lock(&books, "2026-01-01").await;
        lock(&books, "2026-03-01").await;
        let rate = |day: &str, more: Value| json!({ "items": [with(&json!({ "base": "EUR", "quote": "USD", "day": day, "rate": "1.10" }), more)], "source": "ECB" });
        let refund = |at: &str| json!({ "closeId": earlier, "kind": "REFUND", "amount": usd("1.00"), "occurredAt": at, "reason": "late" });
        let correct = |id: &str, more: Value| with(&json!({ "costEntryId": id }), more);
        let rule = |first_on: &str, more: Value| with(&json!({ "firstOn": first_on, "method": "EQUAL" }), more);
        let cases = [
            (GENERATE, close("2026-01-31T23:59:59Z"), "occurredAt", vec!["2026-01-01"]),
            (MOVE_CLOSE, refund("2026-03-01T00:00:00Z"), "occurredAt", vec!["2026-03-01"]),
            (RECORD_COST, cost("2025-12-31", "2026-01-01"), "firstOn", vec!["2026-01-01"]),
            (RECORD_COST, cost("2026-01-31", "2026-04-01"), "firstOn", vec!["2026-01-01", "2026-03-01"]),
            (CORRECT_COST, correct(&entry, json!({ "firstOn": "2026-01-31" })), "firstOn", vec!["2026-01-01"]),
            (CORRECT_COST, correct(&in_march, json!({ "firstOn": "2026-04-01", "lastOn": "2026-04-30" })), "firstOn", vec!["2026-03-01"]),
            (SET_RULE, rule("2025-06-01", json!({})), "firstOn", vec!["2026-01-01", "2026-03-01"]),
            (SET_RULE, rule("2026-02-01", json!({ "lastOn": "2026-03-01" })), "firstOn", vec!["2026-03-01"]),
        ];
        let lead = story.member(Role::MarketingLead).await;
        let before = rows(&app).await;
        for (document, input, field, _) in &cases {
            assert_eq!(problems(&act(&books, document, input).await), problem(field, "PERIOD_LOCKED"), "{input}");
            let wordless = with(input, json!({ "restate": { "reason": " " } }));
            assert_eq!(problems(&act(&books, document, &wordless).await), problem("restate.reason", "REQUIRED"), "{input}");
        }
        let refused = async |day: &str| {
            let payload = act(&books, RECORD_RATES, &rate(day, json!({}))).await;
            payload["results"][0]["userErrors"].clone()
        };
        let locked = json!([{ "field": ["input", "items", "0", "day"], "code": "PERIOD_LOCKED" }]);
        assert_eq!(refused("2026-01-31").await, locked);
        assert_eq!(refused("2026-02-20").await, locked, "a cost that waits for it has days in March");
        // Nobody else restates, not even where nothing is locked.
        for day in ["2026-01-05", "2026-02-05"] {
            let input = with(&cost(day, day), json!({ "restate": { "reason": "me" } }));
            assert_eq!(problems(&act(&lead, RECORD_COST, &input).await), problem("restate", "NOT_ALLOWED"), "{day}");
        }
        assert_eq!(rows(&app).await, before);
        assert_eq!(restated(&books, json!({})).await, Vec::<Value>::new());
        // The other side of each border.
        for (document, input) in [
            (GENERATE, close("2026-02-01T00:00:00Z")),
            (GENERATE, close("2025-12-31T23:59:59Z")),
            (MOVE_CLOSE, refund("2026-02-28T23:59:59Z")),
            (MOVE_CLOSE, refund("2026-04-01T00:00:00Z")),
            (RECORD_COST, cost("2026-02-01", "2026-02-28")),
            (SET_RULE, rule("2026-04-01", json!({}))),
            (SET_RULE, rule("2026-02-01", json!({ "lastOn": "2026-02-28" }))),
        ] {
            assert_eq!(problems(&act(&books, document, &input).await), [], "{input}");
        }
        let recorded = act(&books, RECORD_RATES, &rate("2026-02-19", json!({}))).await;
        assert_eq!(recorded["results"][0]["outcome"], "RECORDED");
        assert_eq!(restated(&books, json!({})).await, Vec::<Value>::new(), "nothing of that was locked");

        for (document, input, _, months) in &cases {
            let known = restated(&books, json!({})).await;
            let payload = act(&books, document, &with(input, json!({ "restate": { "reason": "the auditor asked" } }))).await;
            assert_eq!(problems(&payload), [], "{input}");
            let object = payload.as_object().unwrap().values().find_map(|value| value["id"].as_str()).unwrap();
            let all = restated(&books, json!({})).await;
            let new: Vec<&Value> = all.iter().filter(|row| !known.contains(row)).collect();
            let mut told: Vec<&str> = new.iter().map(|row| row["month"].as_str().unwrap()).collect();
            told.sort_unstable();
            assert_eq!(&told, months, "{input}");
            for row in &new {
                assert_eq!((&row["reason"], &row["recordedBy"]["role"]), (&json!("the auditor asked"), &json!("REVOPS")));
                let named = ["movement", "costEntry", "allocationRule", "close"].iter().find_map(|field| row[field]["id"].as_str());
                assert_eq!(named, Some(object), "{row}");
            }
        }
        let payload = act(&books, RECORD_RATES, &rate("2026-02-20", json!({ "restate": { "reason": "published late" } }))).await;
        assert_eq!(payload["results"][0]["outcome"], "RECORDED");
        let all = restated(&books, json!({})).await;
        let of_rate: Vec<&Value> = all.iter().filter(|row| row["fxRate"] == json!({ "id": payload["results"][0]["fxRate"]["id"] })).collect();
        assert_eq!((of_rate.len(), &of_rate[0]["month"]), (1, &json!("2026-03-01")));
        let of_march = restated(&books, json!({ "month": "2026-03-09" })).await;
        assert_eq!(of_march.len(), 1 + 1 + 1 + 2 + 1);
        assert_eq!(restated(&books, json!({ "since": "2026-06-01T12:00:01Z" })).await, Vec::<Value>::new());
        // Opened again it is as any other month.
        unlock(&books, "2026-01-01").await;
        assert_eq!(problems(&act(&books, GENERATE, &close("2026-01-31T23:59:59Z")).await), []);
        assert_eq!(problems(&act(&books, MOVE_CLOSE, &refund("2026-03-01T00:00:00Z")).await), problem("occurredAt", "PERIOD_LOCKED"));
    }

    async fn of_many_rows_those_of_locked_months_are_refused(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let named = |input: Value, name: &str| with(&input, json!({ "externalId": { "source": "erp", "value": name } }));
        let known = named(cost("2026-01-05", "2026-01-05"), "1");
        let known_close = named(close("2026-01-05T00:00:00Z"), "1");
        act(&books, RECORD_COST, &known).await;
        act(&books, GENERATE, &known_close).await;
        lock(&books, "2026-01-01").await;
        let outcomes = |payload: &Value| -> Vec<String> {
            let results = payload["results"].as_array().unwrap().iter();
            results.map(|result| result["userErrors"][0]["code"].as_str().or(result["outcome"].as_str()).unwrap().to_owned()).collect()
        };
        let restating = |input: Value| with(&input, json!({ "restate": { "reason": "late" } }));
        let costs = json!({ "items": [known, named(cost("2026-01-06", "2026-01-06"), "2"), named(cost("2026-02-06", "2026-02-06"), "3"),
            restating(named(cost("2026-01-07", "2026-01-07"), "4"))] });
        let expected = ["UNCHANGED", "PERIOD_LOCKED", "RECORDED", "RECORDED"];
        assert_eq!(outcomes(&act(&books, RECORD_COSTS, &costs).await), expected);
        let closes = json!({ "items": [known_close, named(close("2026-01-06T00:00:00Z"), "2"), named(close("2026-02-06T00:00:00Z"), "3"),
            restating(named(close("2026-01-07T00:00:00Z"), "4"))] });
        assert_eq!(outcomes(&act(&books, GENERATE_MANY, &closes).await), expected);
        let told = restated(&books, json!({})).await;
        let of = |kind: &str| told.iter().filter(|row| row[kind]["id"].is_string()).count();
        assert_eq!((told.len(), of("close"), of("costEntry")), (2, 1, 1));
        // Told otherwise, the row is corrected; that is a write as well.
        let otherwise = with(&known, json!({ "amount": usd("11.00") }));
        let restated_otherwise = restating(with(&named(cost("2026-01-07", "2026-01-07"), "4"), json!({ "amount": usd("11.00") })));
        let input = json!({ "items": [otherwise, restated_otherwise], "toldOtherwise": "SUPERSEDE" });
        assert_eq!(outcomes(&act(&books, RECORD_COSTS, &input).await), ["PERIOD_LOCKED", "RECORDED"]);
        assert_eq!(restated(&books, json!({})).await.len(), 3);
    }

    async fn credit_asked_for_in_a_locked_month_counts_from_the_next_open_one(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let won = story.close(close("2026-01-10T12:00:00Z")).await["id"].clone();
        lock(&books, "2026-01-01").await;
        lock(&books, "2026-02-01").await;
        story.approval("NONE").await;
        let order = |at: &str, more: Value| {
            with(&json!({ "closeId": won, "from": "SALES", "to": "PRODUCT", "basisPoints": 1000, "effectiveAt": at, "reason": "because" }), more)
        };
        let shown = "query($id: ID!) { creditTransfer(id: $id) { effectiveAt batch { id effectiveAt askedEffectiveAt } } }";
        let posted = async |input: Value| {
            let payload = act(&books, REQUEST_TRANSFER, &input).await;
            assert_eq!(problems(&payload), [], "{input}");
            let mut transfer = books.gql(shown, json!({ "id": payload["transfer"]["id"] })).await["creditTransfer"].take();
            let batch = transfer["batch"]["id"].take();
            transfer["batch"].as_object_mut().unwrap().remove("id");
            (batch, transfer)
        };
        let asked = "2026-01-20T00:00:00Z";
        let (batch, transfer) = posted(order(asked, json!({}))).await;
        assert_eq!(transfer, json!({ "effectiveAt": asked, "batch": { "effectiveAt": "2026-03-01T00:00:00Z", "askedEffectiveAt": asked } }));
        let (_, later) = posted(order("2026-03-01T00:00:00Z", json!({}))).await;
        assert_eq!(later["batch"], json!({ "effectiveAt": "2026-03-01T00:00:00Z", "askedEffectiveAt": null }));
        assert_eq!(restated(&books, json!({})).await, Vec::<Value>::new());
        let (restating, written) = posted(order(asked, json!({ "restate": { "reason": "they did it then" } }))).await;
        assert_eq!(written["batch"], json!({ "effectiveAt": asked, "askedEffectiveAt": null }));
        let told = restated(&books, json!({})).await;
        assert_eq!((told.len(), &told[0]["batch"]["id"], &told[0]["close"]["id"], &told[0]["month"]), (1, &restating, &won, &json!("2026-01-01")));
        // What is undone goes back in an open month too.
        let undo = |batch: &Value, more: Value| with(&json!({ "batchId": batch, "reason": "no" }), more);
        let before = rows(&app).await;
        let lead = story.member(Role::SalesLead).await;
        let too_far = order(asked, json!({ "restate": { "reason": "mine" } }));
        story.give_to(won.as_str().unwrap(), &lead).await;
        assert_eq!(problems(&act(&lead, REQUEST_TRANSFER, &too_far).await), problem("restate", "NOT_ALLOWED"));
        assert_eq!(rows(&app).await["credit_batch"], before["credit_batch"]);
        assert_eq!(rows(&app).await["credit_transfer"], before["credit_transfer"]);
        let early = act(&books, REVERSE, &undo(&batch, json!({ "effectiveAt": "2026-02-10T00:00:00Z" }))).await;
        assert_eq!(problems(&early), problem("effectiveAt", "OUT_OF_ORDER"), "it counts from March on");
        let undone = act(&books, REVERSE, &undo(&restating, json!({ "effectiveAt": "2026-02-10T00:00:00Z" }))).await;
        assert_eq!((&undone["batch"]["effectiveAt"], &undone["batch"]["askedEffectiveAt"]), (&json!("2026-03-01T00:00:00Z"), &json!("2026-02-10T00:00:00Z")));
        let undone = act(&books, REVERSE, &undo(&batch, json!({}))).await;
        assert_eq!((&undone["batch"]["effectiveAt"], &undone["batch"]["askedEffectiveAt"]), (&json!("2026-06-01T12:00:00Z"), &json!(null)));
        assert_eq!(restated(&books, json!({})).await.len(), 1);
        // Whoever gives the last approval posts it, and restates.
        story.approval("DONOR").await;
        let input = order(asked, json!({ "restate": { "reason": "then" } }));
        assert_eq!(problems(&act(&books, REQUEST_TRANSFER, &input).await), problem("restate", "INVALID"));
        let waiting = act(&lead, REQUEST_TRANSFER, &order(asked, json!({ "from": "SALES" }))).await["transfer"]["id"].clone();
        let approval = json!({ "transferId": waiting, "restate": { "reason": "then" } });
        let approved = act(&books, APPROVE_TRANSFER, &approval).await;
        assert_eq!(problems(&approved), []);
        let transfer = books.gql(shown, json!({ "id": waiting })).await["creditTransfer"].take();
        assert_eq!((&transfer["batch"]["effectiveAt"], &transfer["batch"]["askedEffectiveAt"]), (&json!(asked), &json!(null)));
        assert_eq!(restated(&books, json!({})).await.len(), 2);
    }

    async fn who_locks_waits_for_who_writes(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let scope: Scope<CostWrite> = story.acme.setup().authorize().unwrap();
        let day = "2026-01-31".parse().unwrap();
        let content = CostContent {
            owner: CostOwner::Sales,
            category: CostCategory::Media,
            amount: WantedMoney { amount: 10.into(), currency: "USD".to_owned() },
            first_on: day,
            last_on: day,
            tactic_id: None,
            team_id: None,
            channel: None,
            note: None,
            people: None,
        };
        let tx = scope.write().await.unwrap();
        record_costs_in(&tx, &scope, &[NewCost { content, external_id: None, restate: None }]).await.unwrap();
        let input = json!({ "month": "2026-01-01", "reason": "reported" });
        let mut locking = pin!(act(&books, LOCK, &input));
        assert!(tokio::time::timeout(Duration::from_millis(500), &mut locking).await.is_err(), "the cost could be missed");
        tx.commit().await.unwrap();
        assert_eq!(problems(&locking.await), []);
        assert_eq!(problems(&act(&books, RECORD_COST, &cost("2026-01-31", "2026-01-31")).await), problem("firstOn", "PERIOD_LOCKED"));
        assert!(rows(&app).await["cost_entry"].starts_with("1/"));
        // Of two who lock it at once one does.
        let february = json!({ "month": "2026-02-01", "reason": "reported" });
        let (one, two) = tokio::join!(act(&books, LOCK, &february), act(&books, LOCK, &february));
        let mut told = [problems(&one), problems(&two)];
        told.sort();
        assert_eq!(told, [vec![], problem("month", "PERIOD_LOCKED")]);
    }

    async fn only_who_answers_for_the_books_locks_them(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        lock(&books, "2026-02-01").await;
        for &role in Role::ALL {
            let caller = story.member(role).await;
            let before = rows(&app).await;
            let january = json!({ "month": "2026-01-01", "reason": "reported" });
            if matches!(role, Role::Admin | Role::Revops) {
                lock(&caller, "2026-01-01").await;
                unlock(&caller, "2026-01-01").await;
                continue;
            }
            assert_eq!(caller.refused(LOCK, json!({ "input": january })).await, "FORBIDDEN", "{role:?}");
            assert_eq!(caller.refused(UNLOCK, json!({ "input": { "month": "2026-02-01", "reason": "mine" } })).await, "FORBIDDEN", "{role:?}");
            assert_eq!(rows(&app).await, before, "{role:?}");
            if matches!(role, Role::SalesAssistant | Role::Partner) {
                assert_eq!(caller.refused(LOCKS, json!({})).await, "FORBIDDEN", "{role:?}");
            } else {
                assert_eq!(caller.gql(LOCKS, json!({})).await["periodLocks"]["totalCount"], 1, "{role:?}");
            }
        }
    }

    async fn restatements_are_for_those_who_read_the_ledger(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        lock(&books, "2026-01-01").await;
        let restate = json!({ "restate": { "reason": "Ada told us late" } });
        let person = story.person(json!({ "name": "Ada", "email": "ada@example.com", "knownAt": "2026-01-05T00:00:00Z" })).await;
        let won = with(&close("2026-01-10T12:00:00Z"), json!({ "personId": person, "restate": { "reason": "Ada told us late" } }));
        let theirs = act(&books, GENERATE, &won).await["close"]["id"].as_str().unwrap().to_owned();
        act(&books, GENERATE, &with(&close("2026-01-11T12:00:00Z"), restate.clone())).await;
        act(&books, RECORD_COST, &with(&cost("2026-01-10", "2026-01-10"), restate)).await;
        assert_eq!(restated(&books, json!({})).await.len(), 3);
        let lead = story.member(Role::SalesLead).await;
        assert_eq!(restated(&lead, json!({})).await, Vec::<Value>::new());
        story.give_to(&theirs, &lead).await;
        let seen = restated(&lead, json!({})).await;
        assert_eq!((seen.len(), &seen[0]["close"]["id"]), (1, &json!(theirs)));
        for role in [Role::SalesRep, Role::Marketer, Role::SalesAssistant, Role::Partner] {
            let caller = story.member(role).await;
            assert_eq!(caller.refused(RESTATED, json!({ "since": "2026-01-01T00:00:00Z" })).await, "FORBIDDEN", "{role:?}");
        }
        assert_eq!(restated(&story.member(Role::Auditor).await, json!({})).await.len(), 3);
        // What is said of a buyer is told to them, and leaves with them.
        let export = "mutation($input: ExportPersonInput!) { exportPerson(input: $input) { export { document } userErrors { field code } } }";
        let exported = act(&books, export, &json!({ "personId": person })).await.to_string();
        assert!(exported.contains("Ada told us late"), "{exported}");
        let erase = "mutation($input: ErasePersonInput!) { erasePerson(input: $input) { userErrors { field code } } }";
        assert_eq!(problems(&act(&books, erase, &json!({ "personId": person, "reason": "CONSENT_WITHDRAWN" })).await), []);
        for row in restated(&books, json!({})).await {
            let left = if row["close"]["id"] == json!(theirs) { "" } else { "Ada told us late" };
            assert_eq!(row["reason"], left, "{row}");
        }
    }
}
