//! Everything that is held on one person.

use std::collections::{BTreeMap, BTreeSet};

use entity::ids::{PersonId, TypedId};
use entity::kinds::Role;
use entity::touch;
use serde_json::{Value, json};
use tandem::auth::Scope;
use tandem::auth::permission::grant::TouchWrite;
use tandem::privacy::service::{Held, MAX_ROWS};

use super::{ERASE, EXPORT, MARKER, RECORD_PERSON, act, done, erase, id, marked, sample};
use crate::support::rows::texts;
use crate::support::story::problems;
use crate::support::{Engine, TestApp, on_both_engines, rows};

async fn export(by: &crate::support::Caller<'_>, person: &str) -> Value {
    done(by, EXPORT, json!({ "personId": person })).await["export"]["document"].take()
}

/// Which column of which table refers to which table, as the database has it.
async fn references(app: &TestApp) -> BTreeSet<(String, String, String)> {
    let statement = match app.engine {
        // A reference that was added to a table later is kept by a trigger.
        Engine::Sqlite => {
            "SELECT m.name, f.\"from\", f.\"table\" FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f \
                WHERE m.type = 'table' AND f.\"from\" <> 'organization_id' \
             UNION SELECT tbl_name, substr(name, length(tbl_name) + 2, length(name) - length(tbl_name) - 7), \
                substr(sql, instr(sql, 'SELECT 1 FROM ') + 14, instr(sql, ' WHERE organization_id') - instr(sql, 'SELECT 1 FROM ') - 14) \
                FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%\\_id\\_added' ESCAPE '\\'"
        }
        Engine::Postgres => {
            "SELECT c.conrelid::regclass::text, a.attname::text, c.confrelid::regclass::text FROM pg_constraint AS c \
                JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) AND a.attname <> 'organization_id' \
                WHERE c.contype = 'f'"
        }
    };
    let found = texts(app, statement).await;
    found.into_iter().map(|row| (row[0].clone(), row[1].clone(), row[2].clone())).collect()
}

on_both_engines! {
    async fn every_list_of_the_document_is_named_where_it_is_described(app: TestApp) {
        let ops = app.org("acme").await.member(Role::Revops).await;
        let data = ops.gql("{ __type(name: \"PersonExport\") { fields { name description } } }", json!({})).await;
        let fields = data["__type"]["fields"].as_array().unwrap();
        let described = fields.iter().find(|field| field["name"] == "document").unwrap()["description"].as_str().unwrap();
        for held in Held::ALL {
            assert!(described.contains(&format!("`{}`", held.list())), "{} is missing: {described}", held.list());
        }
    }

    async fn no_table_that_refers_to_a_person_is_forgotten(app: TestApp) {
        let references = references(&app).await;
        assert!(references.contains(&("person".to_owned(), "owner_id".to_owned(), "member".to_owned())), "{references:?}");
        let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut about: BTreeSet<&str> = BTreeSet::from(["person"]);
        loop {
            let known = about.len();
            about.extend(references.iter().filter(|(_, _, target)| about.contains(target.as_str())).map(|(table, _, _)| table.as_str()).collect::<Vec<_>>());
            if about.len() == known {
                break;
            }
        }
        for (table, column, _) in references.iter().filter(|(_, _, target)| target == "person") {
            named.entry(table).or_default().push(column);
        }
        about.remove("person");
        let exported: BTreeSet<&str> = Held::ALL.iter().map(|held| held.table()).collect();
        assert_eq!(about, exported, "a table is about people and is not in the export: add it to Held, and to what is erased");
        for held in Held::ALL {
            let mut columns = named.remove(held.table()).unwrap_or_default();
            columns.sort_unstable();
            assert_eq!(columns, held.columns(), "{held:?}");
        }
        assert_eq!(named, BTreeMap::new());
    }

    async fn everything_about_somebody_is_in_the_document(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, auditor) = (acme.member(Role::Revops).await, acme.member(Role::Auditor).await);
        let marked = marked(&ops).await;
        let before = rows(&app).await;
        let document = export(&ops, &marked.person).await;
        assert_eq!(rows(&app).await, before, "an export changes nothing");
        assert_eq!(document["person"]["name"], "Zyxwvut King");
        assert_eq!(document["person"]["externalId"], json!({ "source": "crm", "value": "ZYXWVUT-1" }));
        assert_eq!(document["organization"], json!({ "id": acme.id.to_string(), "name": "acme" }));
        assert_eq!((&document["account"], &document["owner"], &document["version"]), (&Value::Null, &Value::Null, &json!(1)));
        let lists: Vec<(&str, usize)> = Held::ALL.iter().map(|held| (held.list(), document[held.list()].as_array().unwrap().len())).collect();
        // Corrected rows too; of the close they referred, that they did and nothing of its buyer.
        assert_eq!(lists, [("consents", 2), ("touches", 3), ("stageEvents", 4), ("closes", 2), ("closeMovements", 1), ("fxConversions", 0), ("creditBatches", 1), ("creditEntries", 2), ("creditTransfers", 0), ("creditTransferDecisions", 0), ("creditDisputes", 0), ("creditDisputeEnds", 0), ("creditOpenings", 1), ("creditProposalDecisions", 1), ("restatements", 0), ("opportunityEvents", 0), ("buyingRoles", 1), ("buyingRoleEnds", 0), ("activities", 2), ("activityEvents", 4), ("handoffs", 1), ("handoffEvents", 1), ("slaClocks", 1), ("clockEvents", 1), ("slaSteps", 1), ("feedback", 1), ("feedbackAcknowledgements", 1), ("identifications", 1), ("affiliations", 0), ("identityPointers", 1), ("identityPointerEnds", 1), ("erasures", 0), ("erasedNames", 0)]);
        let touches = document["touches"].as_array().unwrap();
        assert_eq!(touches[0]["externalId"], json!({ "source": "crm", "value": "zyxwvut t1" }));
        assert_eq!((&touches[1]["supersedesId"], &touches[1]["kind"]), (&touches[0]["id"], &json!("CLICK")));
        assert_eq!(document["stageEvents"][0]["stage"], "KNOWN");
        assert_eq!(document["stageEvents"][0]["reason"], "Zyxwvut said so");
        assert_eq!(document["closes"][0]["amount"], "1000.00");
        assert_eq!((&document["closes"][0]["as"], &document["closes"][1]["as"]), (&json!("BUYER"), &json!("REFERRER")));
        assert!(!document.to_string().contains(&marked.other), "nothing of somebody else");
        assert!(!document.to_string().contains("500.00"), "nothing of somebody else");
        let actions: Vec<&str> = document["auditEntries"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["recordPerson", "revisePerson"]);
        // Auditors find the export by the person.
        let log = "query($id: ID!) { auditLog(filter: { objectId: $id, action: \"exportPerson\" }) { nodes { member { id } outcome changes { change kind objectId fields { name } } } } }";
        let entries = auditor.gql(log, json!({ "id": marked.person })).await;
        assert_eq!(entries["auditLog"]["nodes"], json!([{ "member": { "id": ops.member.unwrap().to_string() }, "outcome": "DONE",
            "changes": [{ "change": "EXPORTED", "kind": "person", "objectId": marked.person, "fields": [] }] }]));
        // What is left of somebody who was erased is exported too.
        erase(&ops, &marked.person).await;
        let left = export(&ops, &marked.person).await;
        assert!(!left.to_string().to_lowercase().contains(MARKER), "{left:#}");
        assert_eq!((left["erasures"].as_array().unwrap().len(), left["touches"].as_array().unwrap().len()), (1, 3));
        // Address, own name, two touches, two events, a call, a handoff, the close: the corrections have no names.
        assert_eq!(left["erasedNames"].as_array().unwrap().len(), 9);
    }

    async fn account_owner_and_namesakes_are_told(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, rep) = (acme.member(Role::Revops).await, acme.member(Role::SalesRep).await);
        let account = done(&ops, "mutation($input: RecordAccountInput!) { recordAccount(input: $input) { account { id } userErrors { code } } }", json!({ "name": "Globex" })).await;
        let new = |account: &Value| json!({ "email": "ada@example.com", "knownAt": "2026-05-01T00:00:00Z", "accountId": account, "ownerId": rep.member.unwrap().to_string() });
        let ada = id(&done(&ops, RECORD_PERSON, new(&account["account"]["id"])).await["person"]["id"]);
        let again = id(&done(&ops, RECORD_PERSON, new(&Value::Null)).await["person"]["id"]);
        let document = export(&ops, &ada).await;
        assert_eq!(document["account"], json!({ "id": account["account"]["id"], "name": "Globex" }));
        assert_eq!(document["owner"]["id"], rep.member.unwrap().to_string());
        assert_eq!(document["peopleWithTheSameAddress"], json!([again]));
    }

    async fn only_who_answers_for_privacy_exports_and_erases(app: TestApp) {
        let (acme, other) = (app.org("acme").await, app.org("other").await);
        let (ops, foreign) = (acme.member(Role::Revops).await, other.member(Role::Admin).await);
        let person = id(&done(&ops, RECORD_PERSON, json!({ "name": "Ada", "knownAt": "2026-05-01T00:00:00Z" })).await["person"]["id"]);
        let mut callers = Vec::new();
        for role in [Role::Executive, Role::MarketingLead, Role::Marketer, Role::SalesLead, Role::SalesRep, Role::SalesAssistant, Role::ProductLead, Role::Partner, Role::Auditor, Role::Integration] {
            callers.push(acme.member(role).await);
        }
        let before = rows(&app).await;
        let input = json!({ "personId": person });
        for caller in &callers {
            for document in [EXPORT, ERASE] {
                assert_eq!(caller.refused(document, json!({ "input": input })).await, "FORBIDDEN");
            }
        }
        for document in [EXPORT, ERASE] {
            assert_eq!(problems(&act(&foreign, document, input.clone()).await), [("personId".to_owned(), "NOT_FOUND".to_owned())]);
        }
        assert_eq!(rows(&app).await, before);
        assert_eq!(export(&acme.member(Role::Admin).await, &person).await["person"]["name"], "Ada");
    }

    async fn a_document_has_at_most_so_many_rows(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let person = id(&done(&ops, RECORD_PERSON, json!({})).await["person"]["id"]);
        let scope: Scope<TouchWrite> = acme.setup().authorize().unwrap();
        let touched = async |count: u64| {
            let rows: Vec<touch::Model> = (0..count).map(|_| sample(&scope, PersonId::parse(&person).unwrap())).collect();
            let tx = scope.write().await.unwrap();
            tx.insert_many::<touch::Entity>(&rows).await.unwrap();
            tx.commit().await.unwrap();
        };
        // The log tells of them once: when they were recorded.
        touched(MAX_ROWS - 1).await;
        let document = export(&ops, &person).await;
        assert_eq!((document["touches"].as_array().unwrap().len(), document["auditEntries"].as_array().unwrap().len()), (19_999, 1));
        // The export itself is one more entry.
        let input = json!({ "personId": person });
        assert_eq!(problems(&act(&ops, EXPORT, input.clone()).await), [("personId".to_owned(), "TOO_MANY".to_owned())]);
        touched(5_000).await;
        assert_eq!(problems(&act(&ops, EXPORT, input).await), [("personId".to_owned(), "TOO_MANY".to_owned())]);
        erase(&ops, &person).await;
    }

    async fn a_role_of_ones_own_reaches_as_far_as_it_says(app: TestApp) {
        let acme = app.org("acme").await;
        let (admin, ops, keeper) = (acme.member(Role::Admin).await, acme.member(Role::Revops).await, acme.member(Role::SalesRep).await);
        let role = async |name: &str, permissions: &[&str]| {
            let grants: Vec<Value> = permissions.iter().map(|permission| {
                let reach = if ["PRIVACY_MANAGE", "BUYER_READ"].contains(permission) { "OWN" } else { "ORGANIZATION" };
                json!({ "permission": permission, "reach": reach })
            }).collect();
            let defined = done(&admin, "mutation($input: DefineRoleInput!) { defineRole(input: $input) { customRole { id } userErrors { field code message } } }", json!({ "name": name, "grants": grants })).await;
            done(&admin, "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { id } userErrors { field code } } }",
                json!({ "memberId": keeper.member.unwrap().to_string(), "customRoleId": defined["customRole"]["id"] })).await;
        };
        let new = |owner: &crate::support::Caller<'_>| json!({ "name": "Ada", "knownAt": "2026-05-01T00:00:00Z", "ownerId": owner.member.unwrap().to_string() });
        let own = id(&done(&ops, RECORD_PERSON, new(&keeper)).await["person"]["id"]);
        let theirs = id(&done(&ops, RECORD_PERSON, new(&ops)).await["person"]["id"]);
        role("blind", &["ORGANIZATION_READ", "BUYER_READ", "PRIVACY_MANAGE"]).await;
        assert_eq!(keeper.refused(EXPORT, json!({ "input": { "personId": own } })).await, "FORBIDDEN", "an export shows names");
        role("keeper", &["ORGANIZATION_READ", "BUYER_READ", "CONTACT_READ", "PRIVACY_MANAGE"]).await;
        for document in [EXPORT, ERASE] {
            assert_eq!(problems(&act(&keeper, document, json!({ "personId": theirs })).await), [("personId".to_owned(), "NOT_FOUND".to_owned())]);
        }
        assert_eq!(export(&keeper, &own).await["person"]["name"], "Ada");
        erase(&keeper, &own).await;
        assert_eq!(export(&ops, &theirs).await["person"]["name"], "Ada");
    }
}
