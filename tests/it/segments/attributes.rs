//! What is said of accounts, and whether they are looking.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{DEMAND, SET, SET_MANY, account, act, condition, define, done, id, list, said, set};
use crate::support::story::{Story, problems};
use crate::support::{Caller, on_both_engines, rows};

const KNOWN: &str = "query($id: ID!, $asOf: DateTime) { account(id: $id) { attributes(asOf: $asOf) { key value } } }";
const LOOKING: &str = "query($id: ID!, $asOf: DateTime) { account(id: $id) { demandState(asOf: $asOf) { state evidence occurredAt } } }";

/// What is known of an account, as `KEY=value` by key.
async fn known(by: &Caller<'_>, account: &str, as_of: Option<&str>) -> Vec<String> {
    let data = by.gql(KNOWN, json!({ "id": account, "asOf": as_of })).await;
    let attributes = data["account"]["attributes"].as_array().unwrap().iter();
    attributes.map(|one| format!("{}={}", one["key"].as_str().unwrap(), one["value"].as_str().unwrap())).collect()
}

async fn looking(by: &Caller<'_>, account: &str, as_of: Option<&str>) -> Value {
    by.gql(LOOKING, json!({ "id": account, "asOf": as_of })).await["account"]["demandState"]["state"].take()
}

fn problem(field: &str, code: &str) -> (String, String) {
    (field.to_owned(), code.to_owned())
}

on_both_engines! {
    async fn what_is_said_later_changes_no_answer_of_before(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-01-10T12:00:00Z");
        let acme = account(&story, &ops, "Acme", "INDUSTRY=Software EMPLOYEES=080 COUNTRY=pt").await;
        let ops = story.at("2026-02-10T12:00:00Z");
        set(&ops, &acme, "EMPLOYEES=120 INDUSTRY= TIER_1=yes").await;
        let first = ["COUNTRY=PT", "EMPLOYEES=80", "INDUSTRY=Software"];
        assert_eq!(known(&ops, &acme, Some("2026-01-10T11:59:59Z")).await, Vec::<String>::new());
        assert_eq!(known(&ops, &acme, Some("2026-01-10T12:00:00Z")).await, first);
        assert_eq!(known(&ops, &acme, Some("2026-02-10T11:59:59Z")).await, first);
        assert_eq!(known(&ops, &acme, None).await, ["COUNTRY=PT", "EMPLOYEES=120", "TIER_1=yes"]);
    }

    async fn the_same_value_again_writes_no_row(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let acme = account(&story, &ops, "Acme", "INDUSTRY=Software EMPLOYEES=80").await;
        assert_eq!(rows(&app).await["account_attribute"], "2/0");
        set(&ops, &acme, "INDUSTRY=Software EMPLOYEES=080 REGION=").await;
        assert_eq!(rows(&app).await["account_attribute"], "2/0");
        set(&ops, &acme, "INDUSTRY=Steel EMPLOYEES=80").await;
        assert_eq!(rows(&app).await["account_attribute"], "3/0");
    }

    async fn keys_and_values_have_their_shape(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let acme = story.account("Acme").await;
        for (attributes, expected) in [
            (json!([]), problem("attributes", "REQUIRED")),
            (said("industry=x"), problem("attributes.0.key", "INVALID")),
            (said("REGION=a EMPLOYEES=many"), problem("attributes.1.value", "INVALID")),
            (said("COUNTRY=PRT"), problem("attributes.0.value", "INVALID")),
            (said("REGION=a REGION=b"), problem("attributes.1.key", "INVALID")),
            ((0..101).map(|number| json!({ "key": format!("K{number}"), "value": "x" })).collect(), problem("attributes", "TOO_MANY")),
        ] {
            let input = json!({ "accountId": acme, "attributes": attributes });
            assert_eq!(problems(&act(&ops, SET, input).await), [expected]);
        }
        assert_eq!(rows(&app).await["account_attribute"], "0/0");
    }

    async fn many_accounts_are_told_of_each_for_itself(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let acme = account(&story, &ops, "Acme", "INDUSTRY=Software").await;
        let hooli = story.account("Hooli").await;
        let nobody = "acc_00000000000000000000000001";
        let item = |account: &str, attributes: &str| json!({ "accountId": account, "attributes": said(attributes) });
        let items = [item(&acme, "INDUSTRY=Software"), item(&hooli, "REGION=EMEA"), item(nobody, "REGION=EMEA"), item(&hooli, "REGION=EMEA"), item(&hooli, "X=")];
        let mut input = json!({ "items": items, "idempotencyKey": "k" });
        let first = done(&ops, SET_MANY, input.clone()).await;
        let outcomes: Vec<&str> = first["results"].as_array().unwrap().iter().map(|result| result["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["UNCHANGED", "RECORDED", "REJECTED", "UNCHANGED", "UNCHANGED"]);
        assert_eq!(first["results"][2]["userErrors"], json!([{ "field": ["input", "items", "2", "accountId"], "code": "NOT_FOUND" }]));
        let before = rows(&app).await;
        assert_eq!(before["account_attribute"], "2/0");
        assert_eq!(done(&ops, SET_MANY, input.clone()).await, first);
        assert_eq!(rows(&app).await, before);
        input["items"][1] = item(&hooli, "REGION=APAC");
        assert_eq!(problems(&act(&ops, SET_MANY, input).await), [problem("idempotencyKey", "IDEMPOTENCY_MISMATCH")]);
        assert_eq!(problems(&act(&ops, SET_MANY, json!({ "items": [] })).await), [problem("items", "REQUIRED")]);
        let many: Vec<Value> = (0..1_001).map(|_| item(&acme, "REGION=EMEA")).collect();
        assert_eq!(problems(&act(&ops, SET_MANY, json!({ "items": many })).await), [problem("items", "TOO_MANY")]);
        assert_eq!(rows(&app).await, before);
        assert_eq!(known(&ops, &hooli, None).await, ["REGION=EMEA"]);
    }

    async fn who_may_not_write_an_account_says_nothing_of_it(app: TestApp) {
        let story = Story::begin(&app).await;
        let theirs = story.account("Theirs").await;
        let (rep, executive) = (story.member(Role::SalesRep).await, story.member(Role::Executive).await);
        let own = "mutation { recordAccount(input: { name: \"Own\" }) { account { id } } }";
        let own = id(&rep.gql(own, json!({})).await["recordAccount"]["account"]["id"]);
        let before = rows(&app).await;
        let of = |account: &str| json!({ "accountId": account, "attributes": said("REGION=EMEA") });
        let looks = |account: &str| json!({ "accountId": account, "state": "SEARCHING", "occurredAt": "2026-05-01T00:00:00Z" });
        assert_eq!(executive.refused(SET, json!({ "input": of(&theirs) })).await, "FORBIDDEN");
        assert_eq!(executive.refused(SET_MANY, json!({ "input": { "items": [of(&theirs)] } })).await, "FORBIDDEN");
        assert_eq!(executive.refused(DEMAND, json!({ "input": looks(&theirs) })).await, "FORBIDDEN");
        assert_eq!(problems(&act(&rep, SET, of(&theirs)).await), [problem("accountId", "NOT_FOUND")]);
        assert_eq!(problems(&act(&rep, DEMAND, looks(&theirs)).await), [problem("accountId", "NOT_FOUND")]);
        assert_eq!(rows(&app).await, before);
        done(&rep, SET, of(&own)).await;
        done(&rep, DEMAND, looks(&own)).await;
        let after = rows(&app).await;
        assert_eq!((after["account_attribute"].as_str(), after["demand_signal"].as_str()), ("1/0", "1/0"));
    }

    async fn the_signal_that_happened_last_counts(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-03-01T00:00:00Z");
        let acme = story.account("Acme").await;
        let signal = |state: &str, at: &str| json!({ "accountId": acme, "state": state, "occurredAt": at, "evidence": "asked for a price" });
        assert_eq!(looking(&ops, &acme, None).await, Value::Null);
        let mut input = signal("SEARCHING", "2026-02-20T00:00:00Z");
        input["idempotencyKey"] = json!("k");
        let first = done(&ops, DEMAND, input.clone()).await;
        assert_eq!(done(&ops, DEMAND, input).await, first);
        assert_eq!(rows(&app).await["demand_signal"], "1/0");
        assert_eq!(first["demandSignal"]["account"]["id"], acme.as_str());
        let ops = story.at("2026-03-10T00:00:00Z");
        // A letter of before that comes in late changes nothing.
        done(&ops, DEMAND, signal("NOT_SEARCHING", "2026-02-10T00:00:00Z")).await;
        assert_eq!(looking(&ops, &acme, None).await, "SEARCHING");
        // Of the same moment, what was recorded last.
        let ops = story.at("2026-03-11T00:00:00Z");
        done(&ops, DEMAND, signal("NOT_SEARCHING", "2026-02-20T00:00:00Z")).await;
        assert_eq!(looking(&ops, &acme, None).await, "NOT_SEARCHING");
        assert_eq!(looking(&ops, &acme, Some("2026-03-10T00:00:00Z")).await, "SEARCHING");
        assert_eq!(looking(&ops, &acme, Some("2026-02-28T00:00:00Z")).await, Value::Null);
        assert_eq!(problems(&act(&ops, DEMAND, signal("SEARCHING", "2027-01-01T00:00:00Z")).await), [problem("occurredAt", "DATE_OUT_OF_RANGE")]);
    }

    async fn what_is_known_of_fifty_accounts_takes_as_many_statements_as_of_one(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let mut accounts = Vec::new();
        for number in 0..50 {
            accounts.push(account(&story, &ops, &format!("A{number}"), "REGION=EMEA").await);
        }
        define(&ops, "EMEA", &[condition("REGION", "IN", &["EMEA"])]).await;
        list(&ops, "All", &accounts.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let document = "query($first: Int) { accounts(first: $first) { nodes { attributes { value } demandState { state } segments { name kind } } } }";
        let mut costs = Vec::new();
        for first in [1, 50] {
            let before = app.statements();
            let data = ops.gql(document, json!({ "first": first })).await;
            assert_eq!(data.to_string().matches("\"All\"").count(), first);
            costs.push(app.statements() - before);
        }
        assert_eq!(costs[0], costs[1]);
    }
}
