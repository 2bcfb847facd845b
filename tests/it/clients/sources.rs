//! Clients that are held to the objects of one system, on both engines.

use super::*;
use crate::support::story::{GENERATE, Story, usd};

const MOVEMENT: &str = "mutation($input: RecordCloseMovementInput!) { recordCloseMovement(input: $input) { userErrors { field code } } }";
const CONSENT: &str = "mutation($input: RecordConsentInput!) { recordConsent(input: $input) { userErrors { field code } } }";
const RECORD_PERSON: &str =
    "mutation($input: RecordPersonInput!) { recordPerson(input: $input) { person { id } userErrors { field code } } }";

on_both_engines! {
    async fn a_client_of_a_source_writes_the_objects_of_that_source_only(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let made = make(&admin, json!({ "name": "CRM", "grants": grants(&["BUYER_READ", "BUYER_WRITE"]), "source": "crm" })).await;
        let record = async |by: &Caller<'_>, external: Value| {
            by.gql(RECORD_ACCOUNT, json!({ "input": { "name": "Initech", "externalId": external } })).await["recordAccount"].take()
        };
        let refused = [("externalId.source".to_owned(), "NOT_ALLOWED".to_owned())];
        for outside in [Value::Null, json!({ "source": "erp", "value": "1" }), json!({ "source": "CRM", "value": "1" })] {
            assert_eq!(problems(&record(&made.caller, outside).await), refused);
        }
        let (own, other) = (record(&made.caller, json!({ "source": "crm", "value": "1" })).await, record(&admin, json!({ "source": "erp", "value": "2" })).await);
        let revise = async |account: &Value| {
            problems(&made.caller.gql(REVISE_ACCOUNT, json!({ "input": { "accountId": account["account"]["id"], "name": "New" } })).await["reviseAccount"])
        };
        assert_eq!((revise(&own).await, revise(&other).await), (Vec::new(), refused.to_vec()));
        let item = |name: &str, source: &str| json!({ "name": name, "externalId": { "source": source, "value": name } });
        let items = json!({ "input": { "items": [item("a", "erp"), item("b", "crm"), { "name": "c" }] } });
        let answer = made.caller.gql(RECORD_ACCOUNTS, items).await["recordAccounts"]["results"].take();
        let outcomes: Vec<&Value> = answer.as_array().unwrap().iter().map(|result| &result["outcome"]).collect();
        assert_eq!(outcomes, ["REJECTED", "RECORDED", "REJECTED"]);
        assert_eq!(problems(&answer[0]), [("items.0.externalId.source".to_owned(), "NOT_ALLOWED".to_owned())]);
        // It reads what its permissions show, whoever named it.
        assert_eq!(made.caller.gql(ACCOUNTS, json!({})).await["accounts"]["nodes"].as_array().unwrap().len(), 3);
    }

    async fn a_client_of_a_source_corrects_what_that_source_named(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let made = make(&admin, json!({ "name": "Books", "grants": grants(&["COST_READ", "COST_WRITE"]), "source": "books" })).await;
        let record = "mutation($input: RecordCostInput!) { recordCost(input: $input) { costEntry { id } userErrors { field code } } }";
        let record = async |by: &Caller<'_>, source: &str| {
            let input = json!({ "owner": "SALES", "category": "TOOL", "amount": { "amount": "1.00", "currency": "USD" }, "firstOn": "2026-05-01",
                "lastOn": "2026-05-31", "externalId": { "source": source, "value": "1" } });
            by.gql(record, json!({ "input": input })).await["recordCost"]["costEntry"]["id"].take()
        };
        let correct = "mutation($input: CorrectCostInput!) { correctCost(input: $input) { costEntry { id } userErrors { field code } } }";
        let correct = async |entry: &Value, note: &str| {
            made.caller.gql(correct, json!({ "input": { "costEntryId": entry, "note": note } })).await["correctCost"].take()
        };
        let (own, other) = (record(&made.caller, "books").await, record(&admin, "bank").await);
        let first = correct(&own, "licences").await;
        assert_eq!(problems(&first), []);
        assert_eq!(problems(&correct(&first["costEntry"]["id"], "licences of May").await), [], "a correction of a correction");
        assert_eq!(problems(&correct(&other, "x").await), [("externalId.source".to_owned(), "NOT_ALLOWED".to_owned())]);
    }

    async fn what_is_added_to_an_object_belongs_to_its_source(app: TestApp) {
        let story = Story::begin(&app).await;
        let admin = story.member(Role::Admin).await;
        let writes = ["BUYER_READ", "BUYER_WRITE", "JOURNEY_READ", "STAGE_WRITE", "CLOSE_READ", "CLOSE_WRITE"];
        let made = make(&admin, json!({ "name": "CRM", "grants": grants(&writes), "source": "crm" })).await;
        let refused = [("externalId.source".to_owned(), "NOT_ALLOWED".to_owned())];
        // A close of its own, with the stage that follows from it.
        let account = json!({ "name": "Initech", "externalId": { "source": "crm", "value": "1" } });
        let close = async |by: &Caller<'_>, source: &str, account: Value| {
            let input = json!({ "newAccount": account, "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES", "occurredAt": "2026-02-01T10:00:00Z", "externalId": { "source": source, "value": "c1" } });
            by.gql(GENERATE, json!({ "input": input })).await["generateAccount"].take()
        };
        let own = close(&made.caller, "crm", account).await;
        assert_eq!(problems(&own), []);
        let other = close(&admin, "erp", json!({ "name": "Hooli" })).await;
        assert_eq!(problems(&other), []);
        let refund = async |close: &Value| {
            let input = json!({ "closeId": close["close"]["id"], "kind": "REFUND", "amount": usd("1.00"), "occurredAt": "2026-03-01T10:00:00Z", "reason": "r" });
            problems(&made.caller.gql(MOVEMENT, json!({ "input": input })).await["recordCloseMovement"])
        };
        assert_eq!((refund(&own).await, refund(&other).await), (Vec::new(), refused.to_vec()));
        let person = async |by: &Caller<'_>, source: &str| {
            let input = json!({ "email": format!("p@{source}.example"), "knownAt": "2026-02-01T10:00:00Z", "externalId": { "source": source, "value": "p" } });
            by.gql(RECORD_PERSON, json!({ "input": input })).await["recordPerson"]["person"]["id"].take()
        };
        let consent = async |person: &Value| {
            let input = json!({ "personId": person, "purpose": "EMAIL_MARKETING", "decision": "GRANTED", "occurredAt": "2026-03-01T10:00:00Z" });
            problems(&made.caller.gql(CONSENT, json!({ "input": input })).await["recordConsent"])
        };
        let (own, other) = (person(&made.caller, "crm").await, person(&admin, "erp").await);
        assert_eq!((consent(&own).await, consent(&other).await), (Vec::new(), refused.to_vec()));
    }

    async fn who_is_held_to_a_source_changes_nothing_that_no_source_names(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let refused = [("grants".to_owned(), "NOT_ALLOWED".to_owned())];
        for permission in ["CREDIT_WRITE", "CREDIT_TRANSFER", "ALLOCATION_MANAGE", "ORGANIZATION_MANAGE", "PRIVACY_MANAGE", "SEGMENT_MANAGE"] {
            let input = json!({ "name": "CRM", "grants": grants(&["BUYER_READ", permission]), "source": "crm" });
            assert_eq!(of(&admin, input).await, refused, "{permission}");
        }
        let made = make(&admin, json!({ "name": "Ledger", "grants": grants(&["CREDIT_WRITE"]) })).await;
        let bound = json!({ "input": { "apiClientId": made.id, "source": "crm" } });
        assert_eq!(problems(&admin.gql(REVISE, bound).await["reviseApiClient"]), refused);
    }
}
