//! The audit log: what it tells, who may read it, and that nobody can change it unseen.

use entity::kinds::Role;
use serde_json::{Value, json};
use tandem::audit::service::{Break, Known, verify};
use tandem::auth::{Session, System};

use crate::support::{Caller, Engine, TestApp, TestOrganization, on_both_engines};

const LOG: &str = "query($filter: AuditLogFilter) { auditLog(filter: $filter, first: 100) { totalCount nodes { sequence action outcome system requestId
    member { id } onBehalfOf { id } changes { change kind objectId count permission path fields { name before after } } previousHash hash } } }";
const RECORD_PERSON: &str = "mutation($input: RecordPersonInput!) { recordPerson(input: $input) { person { id } userErrors { code } } }";
const REVISE_PERSON: &str = "mutation($input: RevisePersonInput!) { revisePerson(input: $input) { person { id } userErrors { code } } }";
const RECORD_ACCOUNTS: &str =
    "mutation($input: RecordAccountsInput!) { recordAccounts(input: $input) { results { account { id } } userErrors { code } } }";
const REVISE_MEMBER: &str = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { id } userErrors { code } } }";

async fn log(caller: &Caller<'_>, filter: Value) -> Vec<Value> {
    let data = caller.gql(LOG, json!({ "filter": filter })).await;
    let nodes = data["auditLog"]["nodes"].as_array().unwrap().clone();
    assert_eq!(data["auditLog"]["totalCount"], nodes.len());
    nodes
}

async fn person(caller: &Caller<'_>) -> String {
    let input = json!({ "name": "Ada Byron", "email": "ada@example.com", "knownAt": "2026-05-01T00:00:00Z" });
    caller.gql(RECORD_PERSON, json!({ "input": input })).await["recordPerson"]["person"]["id"].as_str().unwrap().to_owned()
}

async fn verified(acme: &TestOrganization<'_>, known: Option<Known>) -> tandem::audit::service::Verified {
    let scope = Session::system(&acme.app.app, acme.id, System::Audit).authorize().unwrap();
    verify(&scope, known.as_ref()).await.unwrap()
}

/// Changes rows past every wall, as who holds the database itself can.
async fn tamper(app: &TestApp, statement: &str) {
    use sqlx::{AssertSqlSafe, Connection};
    match app.engine {
        Engine::Sqlite => {
            let mut connection = sqlx::SqliteConnection::connect(&app.url).await.unwrap();
            for trigger in ["audit_entry_refuses_update", "audit_entry_refuses_delete", "audit_object_refuses_delete"] {
                let drop = format!("DROP TRIGGER IF EXISTS {trigger}");
                sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
            }
            sqlx::raw_sql("PRAGMA foreign_keys = OFF").execute(&mut connection).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        }
        Engine::Postgres => {
            let mut connection = sqlx::PgConnection::connect(&app.url).await.unwrap();
            sqlx::raw_sql("SET session_replication_role = replica").execute(&mut connection).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        }
    }
}

on_both_engines! {
    async fn every_change_is_told_with_who_and_what(app: TestApp) {
        let acme = app.org("acme").await;
        let (admin, auditor, ops) = (acme.member(Role::Admin).await, acme.member(Role::Auditor).await, acme.member(Role::Revops).await);
        let ada = person(&ops).await;
        ops.gql(REVISE_PERSON, json!({ "input": { "personId": ada, "name": "Augusta King" } })).await;
        admin.gql(REVISE_MEMBER, json!({ "input": { "memberId": ops.member.unwrap().to_string(), "name": "Operations" } })).await;
        let of_ada = log(&auditor, json!({ "objectId": ada })).await;
        let told: Vec<_> = of_ada.iter().map(|entry| (&entry["action"], &entry["member"]["id"], &entry["outcome"])).collect();
        let by = json!(ops.member.unwrap().to_string());
        assert_eq!(told, [(&json!("revisePerson"), &by, &json!("DONE")), (&json!("recordPerson"), &by, &json!("DONE"))]);
        assert_eq!(of_ada[1]["changes"][0]["change"], "RECORDED");
        // That the name changed is told, the names are not.
        let fields = of_ada[0]["changes"][0]["fields"].as_array().unwrap();
        let named: Vec<_> = fields.iter().map(|field| (field["name"].as_str().unwrap(), &field["before"], &field["after"])).collect();
        assert_eq!(named, [("name", &Value::Null, &Value::Null), ("search_key", &Value::Null, &Value::Null), ("version", &json!("1"), &json!("2"))]);
        let all = log(&auditor, json!({})).await;
        assert!(!json!(all).to_string().contains("Byron") && !json!(all).to_string().contains("ada@"));
        let member = log(&auditor, json!({ "action": "reviseMember" })).await;
        let change = &member[0]["changes"][0]["fields"];
        assert!(change.as_array().unwrap().contains(&json!({ "name": "name", "before": "\"REVOPS 2\"", "after": "\"Operations\"" })), "{change}");
        assert_eq!(log(&auditor, json!({ "memberId": by })).await.len(), 2);
        // What the installation itself did is told too.
        assert_eq!(all.last().unwrap()["system"], "setup");
        // Reading tells nothing, nor does a change that was refused.
        ops.gql("{ people { totalCount } }", json!({})).await;
        ops.gql(REVISE_PERSON, json!({ "input": { "personId": ada, "expectedVersion": 1 } })).await;
        assert_eq!(log(&auditor, json!({})).await.len(), all.len());
        for role in [Role::Executive, Role::Revops, Role::SalesRep, Role::Integration] {
            assert_eq!(acme.member(role).await.refused("{ auditLog { totalCount } }", json!({})).await, "FORBIDDEN");
        }
    }

    async fn a_denial_is_told_too(app: TestApp) {
        let acme = app.org("acme").await;
        let (auditor, executive) = (acme.member(Role::Auditor).await, acme.member(Role::Executive).await);
        executive.answer("mutation { mine: recordPerson(input: {}) { person { id } } }", json!({})).await;
        let denied = log(&auditor, json!({ "outcome": "DENIED" })).await;
        assert_eq!((denied.len(), &denied[0]["action"]), (1, &json!("recordPerson")));
        assert_eq!(denied[0]["member"]["id"], json!(executive.member.unwrap().to_string()));
        let told: Vec<_> = denied[0]["changes"].as_array().unwrap().iter().map(|change| (&change["change"], &change["permission"], &change["path"])).collect();
        assert_eq!(told, [(&json!("DENIED"), &json!("BUYER_WRITE"), &json!("recordPerson"))]);
        // A field that is null for those who may not see it is no attempt.
        executive.gql("{ people { nodes { name } } }", json!({})).await;
        assert_eq!(log(&auditor, json!({ "outcome": "DENIED" })).await.len(), 1);
    }

    async fn a_permission_that_is_asked_for_later_is_told_too(app: TestApp) {
        let acme = app.org("acme").await;
        let (auditor, executive) = (acme.member(Role::Auditor).await, acme.member(Role::Executive).await);
        assert_eq!(executive.refused("{ mine: people(filter: { search: \"ada\" }) { totalCount } }", json!({})).await, "FORBIDDEN");
        let denied = log(&auditor, json!({ "outcome": "DENIED" })).await;
        assert_eq!((denied.len(), &denied[0]["action"]), (1, &json!("people")));
        assert_eq!((&denied[0]["changes"][0]["permission"], &denied[0]["changes"][0]["path"]), (&json!("CONTACT_READ"), &json!("people")));
    }

    async fn what_a_permission_does_not_reach_is_denied_and_told(app: TestApp) {
        let acme = app.org("acme").await;
        let (auditor, lead, rep) = (acme.member(Role::Auditor).await, acme.member(Role::MarketingLead).await, acme.member(Role::SalesRep).await);
        let cost = |owner: &str| {
            json!({ "owner": owner, "category": "MEDIA", "amount": { "amount": "1.00", "currency": "USD" }, "firstOn": "2026-05-01", "lastOn": "2026-05-02" })
        };
        let document = "mutation($input: RecordCostInput!) { mine: recordCost(input: $input) { userErrors { code } } }";
        assert_eq!(lead.gql(document, json!({ "input": cost("MARKETING") })).await["mine"]["userErrors"], json!([]));
        assert_eq!(lead.gql(document, json!({ "input": cost("SALES") })).await["mine"]["userErrors"], json!([{ "code": "NOT_ALLOWED" }]));
        // Whether the caller asks for the errors or not, and each thing once.
        let document = "mutation($input: RecordCostsInput!) { recordCosts(input: $input) { results { index } } }";
        lead.gql(document, json!({ "input": { "items": [cost("SALES"), cost("SHARED"), cost("PRODUCT"), cost("MARKETING")] } })).await;
        let other = json!({ "input": { "ownerId": lead.member.unwrap().to_string() } });
        assert_eq!(rep.gql(RECORD_PERSON, other).await["recordPerson"]["userErrors"], json!([{ "code": "NOT_ALLOWED" }]));
        let denied = log(&auditor, json!({ "outcome": "DENIED" })).await;
        let told: Vec<_> = denied
            .iter()
            .map(|entry| {
                let changes = entry["changes"].as_array().unwrap();
                assert_eq!(changes.len(), 1, "{changes:?}");
                (entry["action"].as_str().unwrap(), changes[0]["permission"].as_str().unwrap(), changes[0]["path"].as_str().unwrap())
            })
            .collect();
        assert_eq!(told, [("recordPerson", "BUYER_WRITE", "ownerId"), ("recordCosts", "COST_WRITE", "owner"), ("recordCost", "COST_WRITE", "owner")]);
        assert_eq!(denied[0]["member"]["id"], json!(rep.member.unwrap().to_string()));
        // What the state forbids is nobody's lack of a right.
        let admin = acme.member(Role::Admin).await;
        let last = json!({ "input": { "memberId": admin.member.unwrap().to_string(), "active": false } });
        assert_eq!(admin.gql(REVISE_MEMBER, last).await["reviseMember"]["userErrors"], json!([{ "code": "NOT_ALLOWED" }]));
        assert_eq!(log(&auditor, json!({ "outcome": "DENIED" })).await.len(), 3);
    }

    async fn a_bulk_names_its_objects(app: TestApp) {
        let acme = app.org("acme").await;
        let (auditor, crm) = (acme.member(Role::Auditor).await, acme.member(Role::Integration).await);
        let items: Vec<Value> = (0..20).map(|number| json!({ "name": format!("a{number}") })).collect();
        let data = crm.gql(RECORD_ACCOUNTS, json!({ "input": { "items": items } })).await;
        let last = &data["recordAccounts"]["results"][19]["account"]["id"];
        let told = log(&auditor, json!({ "objectId": last })).await;
        assert_eq!((told.len(), told[0]["changes"].as_array().unwrap().len()), (1, 20));
    }

    async fn the_chain_is_whole_until_somebody_touches_it(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        for _ in 0..5 {
            person(&ops).await;
        }
        let whole = verified(&acme, None).await;
        assert_eq!((whole.broken, whole.entries), (None, 7));
        let known = Known { sequence: whole.entries, hash: whole.hash.clone() };
        assert_eq!(verified(&acme, Some(known.clone())).await.broken, None);
        assert_eq!(verified(&acme, Some(Known { hash: "0".to_owned(), ..known.clone() })).await.broken, Some(Break::Changed(7)));
        assert_eq!(verified(&acme, Some(Known { sequence: 8, ..known })).await.broken, Some(Break::End(7)));
        tamper(&app, "UPDATE audit_entry SET action = 'nothing' WHERE sequence = 5").await;
        assert_eq!(verified(&acme, None).await.broken, Some(Break::Changed(5)));
        tamper(&app, "DELETE FROM audit_object; DELETE FROM audit_entry WHERE sequence = 4").await;
        assert_eq!(verified(&acme, None).await.broken, Some(Break::Missing(4)));
        let other = app.org("other").await;
        other.member(Role::Revops).await;
        assert_eq!(verified(&other, None).await.broken, None, "each organization has its own");
        tamper(&app, "DELETE FROM audit_entry WHERE sequence = 2").await;
        assert_eq!(verified(&other, None).await.broken, Some(Break::End(1)));
    }

    async fn writers_at_once_make_one_chain(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let before = verified(&acme, None).await.entries;
        let people = (0..12).map(|_| person(&ops));
        futures_util::future::join_all(people).await;
        let after = verified(&acme, None).await;
        assert_eq!((after.broken, after.entries), (None, before + 12));
    }
}
