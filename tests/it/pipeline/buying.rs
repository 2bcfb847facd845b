//! Who decides on an opportunity, from when until when, and what becomes of that when somebody is erased.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{CREATE, END_ROLE, GENERATE, RECORD_PERSON, SET_ROLE, account, done, made, opened, refusal, refusals, winning, won};
use crate::support::story::Story;
use crate::support::{Caller, on_both_engines, rows};

const EXPORT: &str =
    "mutation($input: ExportPersonInput!) { exportPerson(input: $input) { export { document } userErrors { field code } } }";
const ERASE: &str =
    "mutation($input: ErasePersonInput!) { erasePerson(input: $input) { erasure { person { id } } userErrors { field code } } }";

fn role(opportunity: &str, person: &str, role: &str, stance: &str, since: &str) -> Value {
    json!({ "opportunityId": opportunity, "personId": person, "role": role, "stance": stance, "since": since })
}

/// Who decides on an opportunity, as of an instant: their role and stance.
async fn group(by: &Caller<'_>, opportunity: &str, as_of: Option<&str>) -> Vec<(String, String)> {
    let document = "query($id: ID!, $asOf: DateTime) { opportunity(id: $id) { buyingGroup(asOf: $asOf) { role stance } } }";
    let data = by.gql(document, json!({ "id": opportunity, "asOf": as_of })).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let parts = data["opportunity"]["buyingGroup"].as_array().unwrap().iter();
    parts.map(|part| (text(&part["role"]), text(&part["stance"]))).collect()
}

fn parts(parts: &[(&str, &str)]) -> Vec<(String, String)> {
    parts.iter().map(|(role, stance)| ((*role).to_owned(), (*stance).to_owned())).collect()
}

on_both_engines! {
    async fn a_change_of_stance_ends_the_part_and_begins_it_anew(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let initech = account(&ops, "Initech").await;
        let id = opened(&ops, &initech, "2026-02-01T00:00:00Z").await;
        let ada = made(&ops, RECORD_PERSON, json!({})).await;
        let first = done(&ops, SET_ROLE, role(&id, &ada, "DECIDER", "UNKNOWN", "2026-02-01T00:00:00Z")).await;
        assert_eq!(first["until"], Value::Null);
        done(&ops, SET_ROLE, role(&id, &ada, "USER", "SUPPORTS", "2026-02-01T00:00:00Z")).await;
        let before = rows(&app).await;
        for stance in ["UNKNOWN", "SUPPORTS"] {
            // The same stance again, or another one at the same moment: no change of it.
            let again = role(&id, &ada, "DECIDER", stance, "2026-02-01T00:00:00Z");
            assert_eq!(refusals(&ops, SET_ROLE, again).await, refusal("since", "OVERLAP"), "{stance}");
        }
        assert_eq!(rows(&app).await, before);
        let ops = story.at("2026-03-01T00:00:00Z");
        done(&ops, SET_ROLE, role(&id, &ada, "DECIDER", "OPPOSES", "2026-02-20T00:00:00Z")).await;
        // What lies before the part that ended by it overlaps.
        assert_eq!(refusals(&ops, SET_ROLE, role(&id, &ada, "DECIDER", "SUPPORTS", "2026-02-10T00:00:00Z")).await, refusal("since", "OVERLAP"));
        let both = [("DECIDER", "UNKNOWN"), ("USER", "SUPPORTS")];
        for (as_of, told) in [
            ("2026-01-31T00:00:00Z", parts(&[])),
            ("2026-02-01T00:00:00Z", parts(&both)),
            // It was not known before March that she was against it.
            ("2026-02-28T00:00:00Z", parts(&both)),
            ("2026-03-01T00:00:00Z", parts(&[("USER", "SUPPORTS"), ("DECIDER", "OPPOSES")])),
        ] {
            let mut found = group(&ops, &id, Some(as_of)).await;
            let mut told = told;
            found.sort();
            told.sort();
            assert_eq!(found, told, "{as_of}");
        }
        let of_person = "query($id: ID!) { person(id: $id) { buyingRoles { role stance since opportunity { id } } } node(id: $id) { id } }";
        let data = ops.gql(of_person, json!({ "id": ada })).await;
        assert_eq!(data["person"]["buyingRoles"].as_array().unwrap().len(), 2);
        let told = json!({ "role": "DECIDER", "stance": "OPPOSES", "since": "2026-02-20T00:00:00Z", "opportunity": { "id": id } });
        assert!(data["person"]["buyingRoles"].as_array().unwrap().contains(&told), "{data}");
        let node = "query($id: ID!) { node(id: $id) { ... on BuyingRole { until person { id } } } }";
        assert_eq!(ops.gql(node, json!({ "id": first["id"] })).await["node"], json!({ "until": "2026-02-20T00:00:00Z", "person": { "id": ada } }));
    }

    async fn a_part_ends_once_after_it_began(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, rep) = (acme.member(Role::Revops).await, acme.member(Role::SalesRep).await);
        let initech = account(&ops, "Initech").await;
        let id = opened(&ops, &initech, "2026-05-01T00:00:00Z").await;
        let ada = made(&ops, RECORD_PERSON, json!({})).await;
        let part = made(&ops, SET_ROLE, role(&id, &ada, "CHAMPION", "SUPPORTS", "2026-05-02T00:00:00Z")).await;
        let before = rows(&app).await;
        let end = |until: &str| json!({ "buyingRoleId": part, "until": until });
        assert_eq!(refusals(&ops, END_ROLE, end("2026-05-02T00:00:00Z")).await, refusal("until", "OUT_OF_ORDER"));
        assert_eq!(refusals(&rep, END_ROLE, end("2026-05-03T00:00:00Z")).await, refusal("buyingRoleId", "NOT_FOUND"));
        assert_eq!(refusals(&ops, SET_ROLE, role(&id, "per_00000000000000000000000001", "USER", "SUPPORTS", "2026-05-02T00:00:00Z")).await, refusal("personId", "NOT_FOUND"));
        assert_eq!(rows(&app).await, before);
        assert_eq!(done(&ops, END_ROLE, end("2026-05-03T00:00:00Z")).await["until"], "2026-05-03T00:00:00Z");
        assert_eq!(refusals(&ops, END_ROLE, end("2026-05-04T00:00:00Z")).await, refusal("buyingRoleId", "FIXED"));
        assert_eq!(group(&ops, &id, None).await, parts(&[]));
        // From then on they can play it again.
        assert_eq!(refusals(&ops, SET_ROLE, role(&id, &ada, "CHAMPION", "SUPPORTS", "2026-05-02T12:00:00Z")).await, refusal("since", "OVERLAP"));
        done(&ops, SET_ROLE, role(&id, &ada, "CHAMPION", "SUPPORTS", "2026-05-03T00:00:00Z")).await;
        assert_eq!(group(&ops, &id, None).await, parts(&[("CHAMPION", "SUPPORTS")]));
        assert_eq!((rows(&app).await["buying_role"].as_str(), rows(&app).await["buying_role_end"].as_str()), ("2/0", "1/0"));
    }

    async fn an_erased_person_plays_no_new_part_and_the_old_ones_are_exported(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let initech = account(&ops, "Initech").await;
        let id = made(&ops, CREATE, json!({ "accountId": initech, "name": "Paper", "openedAt": "2026-05-01T00:00:00Z" })).await;
        let ada = made(&ops, RECORD_PERSON, json!({ "name": "Ada", "email": "ada@initech.example", "knownAt": "2026-05-01T00:00:00Z" })).await;
        let part = made(&ops, SET_ROLE, role(&id, &ada, "DECIDER", "SUPPORTS", "2026-05-02T00:00:00Z")).await;
        done(&ops, END_ROLE, json!({ "buyingRoleId": part, "until": "2026-05-03T00:00:00Z" })).await;
        let mut close = winning(&initech, &id, "1.00", "2026-05-20T00:00:00Z");
        close["personId"] = json!(ada);
        made(&ops, GENERATE, close).await;
        let document = done(&ops, EXPORT, json!({ "personId": ada })).await["document"].take();
        assert_eq!(document["buyingRoles"][0]["id"], part);
        assert_eq!((&document["buyingRoles"][0]["role"], &document["buyingRoles"][0]["stance"]), (&json!("DECIDER"), &json!("SUPPORTS")));
        assert_eq!(document["buyingRoleEnds"][0]["until"], "2026-05-03T00:00:00Z");
        assert_eq!((&document["opportunityEvents"][0]["outcome"], &document["opportunityEvents"][0]["opportunityId"]), (&json!("WON"), &json!(id)));
        assert_eq!(document["closes"][0]["opportunityId"], json!(id));
        done(&ops, ERASE, json!({ "personId": ada, "reason": "REQUESTED" })).await;
        let before = rows(&app).await;
        assert_eq!(refusals(&ops, SET_ROLE, role(&id, &ada, "USER", "SUPPORTS", "2026-05-04T00:00:00Z")).await, refusal("personId", "ERASED"));
        assert_eq!(rows(&app).await, before);
        // That somebody decided stays, and nobody learns who.
        let node = "query($id: ID!) { node(id: $id) { ... on BuyingRole { role person { name erasedAt } } } }";
        let told = ops.gql(node, json!({ "id": part })).await["node"].take();
        assert_eq!((&told["role"], &told["person"]["name"]), (&json!("DECIDER"), &Value::Null));
        assert!(told["person"]["erasedAt"].is_string());
        assert_eq!(won_of(&ops, &initech).await, 1);
    }
}

/// How many opportunities with an account are won.
async fn won_of(by: &Caller<'_>, account: &str) -> u64 {
    let other = opened(by, account, "2026-05-01T00:00:00Z").await;
    let document = "query($id: ID!) { opportunities(filter: { accountId: $id, status: WON }) { totalCount } }";
    let before = by.gql(document, json!({ "id": account })).await["opportunities"]["totalCount"].as_u64().unwrap();
    won(by, account, &other, "1.00", "2026-05-21T00:00:00Z").await;
    let after = by.gql(document, json!({ "id": account })).await["opportunities"]["totalCount"].as_u64().unwrap();
    assert_eq!(after, before + 1);
    before
}
