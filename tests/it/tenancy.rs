//! Two organizations in one database never see each other: an id of another organization, in any place where the
//! schema takes an id, is answered exactly like an id that nobody has.

use std::collections::HashMap;

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::operations::{Ids, for_every_place, schema};
use crate::support::{Engine, TestApp, TestOrganization, rows, samples};

struct Asked {
    own: HashMap<&'static str, String>,
    tested: HashMap<&'static str, String>,
}

impl Ids for Asked {
    fn ordinary(&self, prefix: &str) -> String {
        self.own[prefix].clone()
    }

    fn tested(&self, prefix: &str) -> String {
        self.tested[prefix].clone()
    }
}

/// The answer with the tested ids taken out, so that only what they tell is left.
fn told(answer: &Value, ids: &HashMap<&'static str, String>) -> String {
    // what is left to spend is less each time
    let mut text = json!({ "data": answer["data"], "errors": answer["errors"] }).to_string();
    for id in ids.values() {
        text = text.replace(id.as_str(), "ID");
    }
    text
}

/// The rows of every table but the one that counts who knocked: a failure to sign in is counted at the door it was for.
async fn kept(app: &TestApp) -> std::collections::BTreeMap<String, String> {
    let mut rows = rows(app).await;
    rows.remove("throttle");
    rows
}

async fn foreign_ids_are_unknown(engine: Engine) {
    let Some(app) = TestApp::new(engine).await else { return };
    let acme: TestOrganization<'_> = app.org("acme").await;
    let other = app.org("other").await;
    let own = samples(&acme).await;
    let foreign = samples(&other).await;
    let unknown: HashMap<&'static str, String> =
        own.keys().map(|prefix| (*prefix, format!("{prefix}_00000000000000000000000001"))).collect();
    let admin = acme.member(Role::Admin).await;
    let schema = schema(&admin).await;
    let mut seen_own = 0;
    let asked = |tested: &HashMap<&'static str, String>| Asked { own: own.clone(), tested: tested.clone() };
    let (mine, theirs, nobodys) =
        (for_every_place(&schema, &asked(&own)), for_every_place(&schema, &asked(&foreign)), for_every_place(&schema, &asked(&unknown)));
    assert!(!theirs.is_empty());
    for ((theirs, nobodys), mine) in theirs.iter().zip(&nobodys).zip(&mine) {
        let before = kept(&app).await;
        let from_foreign = admin.answer(&theirs.document, theirs.variables.clone()).await;
        assert_eq!(kept(&app).await, before, "{} {}", theirs.field, theirs.place);
        let from_unknown = admin.answer(&nobodys.document, nobodys.variables.clone()).await;
        assert_eq!(told(&from_foreign, &foreign), told(&from_unknown, &unknown), "{} {}", theirs.field, theirs.place);
        assert_ne!(from_foreign["errors"][0]["extensions"]["code"], "INTERNAL", "{} {}", theirs.field, theirs.place);
        let from_own = admin.answer(&mine.document, mine.variables.clone()).await;
        assert_ne!(from_own["errors"][0]["extensions"]["code"], "INTERNAL", "{} {}\n{from_own:#}", theirs.field, theirs.place);
        if told(&from_own, &own) != told(&from_foreign, &foreign) {
            seen_own += 1;
        }
    }
    // The same calls with ids of the caller's own organization do tell something, or this test would show nothing.
    assert!(seen_own * 2 > mine.len(), "only {seen_own} of {} calls tell an own id from a foreign one", mine.len());
}

#[tokio::test]
async fn foreign_ids_are_unknown_on_sqlite() {
    foreign_ids_are_unknown(Engine::Sqlite).await;
}

#[tokio::test]
async fn foreign_ids_are_unknown_on_postgres() {
    foreign_ids_are_unknown(Engine::Postgres).await;
}
