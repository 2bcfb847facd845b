//! Members whom an identity provider vouches for.

use std::time::{Duration, Instant};

use entity::kinds::Role;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

use super::issuer::{Answers, Issuer, Key};
use super::*;
use crate::support::rows::texts;
use crate::support::{Engine, on_both_engines};

const WHO: &str = "{ me { id email name role resource } }";

/// What `me` tells the holder of a token; `None` where the token is refused.
async fn who(app: &TestApp, token: &str) -> Option<Value> {
    let caller = Caller { app, token: Some(token.to_owned()), member: None };
    let mut answer = caller.answer(WHO, json!({})).await;
    if answer.get("errors").is_some() {
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{answer:#}");
        assert_eq!(answer["errors"][0]["message"], "the token is not valid");
        return None;
    }
    Some(answer["data"]["me"].take())
}

fn seconds(app: &TestApp) -> i64 {
    app.app.now().micros() / 1_000_000
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name);
    claims
}

on_both_engines! {
    async fn a_member_is_made_with_the_role_of_the_claims_and_follows_them(app: TestApp) {
        let acme = app.org("acme").await;
        let key = Key::es256("1", 7);
        let issuer = Issuer::start(&[&key]).await;
        let app = app.beside(issuer.access(acme.id, "provision = true")).await;
        let claims = issuer.claims("ada", seconds(&app));
        let ada = who(&app, &key.sign(&claims)).await.unwrap();
        assert_eq!((&ada["email"], &ada["name"]), (&json!("ada@example.com"), &json!("The ada")));
        assert_eq!((&ada["role"], &ada["resource"]), (&json!("SALES_REP"), &json!("SALES")));
        // The same member, whatever the address says now.
        let moved = with(claims.clone(), "email", json!("ada@elsewhere.example"));
        assert_eq!(who(&app, &key.sign(&moved)).await.unwrap()["id"], ada["id"]);
        let ops = with(claims.clone(), "roles", json!("tandem-ops"));
        assert_eq!(who(&app, &key.sign(&ops)).await.unwrap()["role"], "REVOPS");
        // Nor is anything left beside the claims.
        let (admin, id) = (acme.member(Role::Admin).await, ada["id"].as_str().unwrap());
        let define = "mutation { defineRole(input: { name: \"All\", grants: [{ permission: AUDIT_READ, reach: ORGANIZATION }] }) { customRole { id } } }";
        let role = admin.gql(define, json!({})).await["defineRole"]["customRole"]["id"].take();
        admin.gql(REVISE, json!({ "input": { "memberId": id, "customRoleId": role } })).await;
        assert_eq!(who(&app, &key.sign(&ops)).await.unwrap()["role"], "REVOPS");
        assert_eq!(texts(&app, "SELECT name FROM member WHERE custom_role_id IS NOT NULL").await, Vec::<Vec<String>>::new());
        for none in [json!([]), json!("other"), json!(null), json!({ "tandem-ops": true })] {
            assert_eq!(who(&app, &key.sign(&with(claims.clone(), "roles", none))).await, None);
        }
        assert_eq!(texts(&app, "SELECT email, role FROM member WHERE role <> 'ADMIN'").await, [["ada@example.com", "REVOPS"]]);
        assert_eq!(issuer.asked(), 1);
    }

    async fn first_requests_at_once_make_one_member(app: TestApp) {
        let acme = app.org("acme").await;
        let key = Key::es256("1", 7);
        let issuer = Issuer::start(&[&key]).await;
        let app = app.beside(issuer.access(acme.id, "provision = true")).await;
        let token = key.sign(&issuer.claims("ada", seconds(&app)));
        let found = futures_util::future::join_all((0..4).map(|_| who(&app, &token))).await;
        assert!(found.iter().all(|one| one.is_some() && one == &found[0]));
        assert_eq!(texts(&app, "SELECT issuer, subject FROM external_identity").await, [[issuer.url(), "ada"]]);
    }

    async fn an_address_links_only_if_it_is_verified(app: TestApp) {
        let acme = app.org("acme").await;
        let ada = person(&acme, "ada@example.com", Role::SalesRep).await;
        let key = Key::es256("1", 7);
        let issuer = Issuer::start(&[&key]).await;
        let app = app.beside(issuer.access(acme.id, "provision = true")).await;
        let claims = issuer.claims("ada", seconds(&app));
        for unverified in [
            with(claims.clone(), "email_verified", json!(false)),
            with(claims.clone(), "email_verified", json!("true")),
            without(claims.clone(), "email_verified"),
            without(claims.clone(), "email"),
            with(claims.clone(), "email", json!("nul\u{0}@example.com")),
        ] {
            assert_eq!(who(&app, &key.sign(&unverified)).await, None, "{unverified}");
        }
        assert_eq!(texts(&app, "SELECT subject FROM external_identity").await, Vec::<Vec<String>>::new());
        assert_eq!(who(&app, &key.sign(&claims)).await.unwrap()["id"], ada.to_string());
        // Linked: from now on the subject counts alone.
        assert_eq!(who(&app, &key.sign(&without(claims.clone(), "email_verified"))).await.unwrap()["id"], ada.to_string());
        // Another subject with the same verified address is the same mailbox.
        assert_eq!(who(&app, &key.sign(&with(claims, "sub", json!("ada2")))).await.unwrap()["id"], ada.to_string());
    }

    async fn without_provisioning_only_members_come_in(app: TestApp) {
        let acme = app.org("acme").await;
        let (ada, gone) = (person(&acme, "ada@example.com", Role::SalesRep).await, person(&acme, "gone@example.com", Role::SalesRep).await);
        let admin = acme.member(Role::Admin).await;
        admin.gql(REVISE, json!({ "input": { "memberId": gone.to_string(), "active": false } })).await;
        let key = Key::eddsa("1", 7);
        let issuer = Issuer::start(&[&key]).await;
        let app = app.beside(issuer.access(acme.id, "")).await;
        let token = |subject: &str| key.sign(&issuer.claims(subject, seconds(&app)));
        assert_eq!(who(&app, &token("ada")).await.unwrap()["id"], ada.to_string());
        assert_eq!(who(&app, &token("nobody")).await, None);
        assert_eq!(who(&app, &token("gone")).await, None);
        let admin = Caller { app: &app, ..admin };
        admin.gql(REVISE, json!({ "input": { "memberId": ada.to_string(), "active": false } })).await;
        assert_eq!(who(&app, &token("ada")).await, None);
        // Tokens of the house go on working beside.
        assert_eq!(admin.gql(ME, json!({})).await["me"]["role"], "ADMIN");
    }

    async fn the_last_admin_is_not_taken_away_by_claims(app: TestApp) {
        let acme = app.org("acme").await;
        person(&acme, "ada@example.com", Role::Admin).await;
        let key = Key::es256("1", 7);
        let issuer = Issuer::start(&[&key]).await;
        let app = app.beside(issuer.access(acme.id, "provision = true")).await;
        let claims = issuer.claims("ada", seconds(&app));
        assert_eq!(who(&app, &key.sign(&claims)).await, None);
        let admin = with(claims, "roles", json!(["tandem-sales", "tandem-admin"]));
        assert_eq!(who(&app, &key.sign(&admin)).await.unwrap()["role"], "ADMIN");
        assert_eq!(texts(&app, "SELECT role FROM member").await, [["ADMIN"]]);
    }

    async fn a_provider_vouches_for_its_own_organization_only(app: TestApp) {
        let (acme, other) = (app.org("acme").await, app.org("other").await);
        person(&other, "ada@example.com", Role::SalesRep).await;
        let key = Key::es256("1", 7);
        let issuer = Issuer::start(&[&key]).await;
        let app = app.beside(issuer.access(acme.id, "")).await;
        let claims = with(issuer.claims("ada", seconds(&app)), "org", json!(other.id.to_string()));
        assert_eq!(who(&app, &key.sign(&claims)).await, None);
    }

    async fn tokens_that_do_not_fit_are_refused(app: TestApp) {
        let acme = app.org("acme").await;
        let (key, ed, rsa) = (Key::es256("1", 7), Key::eddsa("2", 7), Key::rs256("3"));
        let issuer = Issuer::start(&[&key, &ed, &rsa]).await;
        let app = app.beside(issuer.access(acme.id, "provision = true")).await;
        let now = seconds(&app);
        let claims = issuer.claims("ada", now);
        for good in [&key, &ed, &rsa] {
            assert!(who(&app, &good.sign(&claims)).await.is_some(), "{}", good.id);
        }
        for good in [json!(["else", "tandem-api"]), json!("tandem-api")] {
            assert!(who(&app, &key.sign(&with(claims.clone(), "aud", good))).await.is_some());
        }
        for (name, value) in [
            ("aud", json!("tandem")),
            ("aud", json!(["else"])),
            ("aud", json!(null)),
            ("iss", json!("https://login.example.com")),
            ("iss", json!(format!("{}/", issuer.url()))),
            ("exp", json!(now - 30)),
            ("exp", json!((now + 300).to_string())),
            ("exp", json!(now + 24 * 3_600 + 1)),
            ("iat", json!(now + 31)),
            ("nbf", json!(now + 31)),
            ("nbf", json!("now")),
            ("sub", json!("")),
            ("sub", json!("nul\u{0}")),
            ("sub", json!("x".repeat(256))),
            ("sub", json!(7)),
        ] {
            assert_eq!(who(&app, &key.sign(&with(claims.clone(), name, value.clone()))).await, None, "{name}: {value}");
        }
        for name in ["aud", "iss", "exp", "iat", "sub", "roles"] {
            assert_eq!(who(&app, &key.sign(&without(claims.clone(), name))).await, None, "no {name}");
        }
        let header = |algorithm: Algorithm, id: &str, kind: Option<&str>| {
            let mut header = Header::new(algorithm);
            (header.kid, header.typ) = (Some(id.to_owned()), kind.map(str::to_owned));
            header
        };
        for kind in [None, Some("at+jwt"), Some("JWT")] {
            assert!(who(&app, &key.sign_with(&header(Algorithm::ES256, "1", kind), &claims)).await.is_some(), "{kind:?}");
        }
        assert_eq!(who(&app, &key.sign_with(&header(Algorithm::ES256, "1", Some("logout+jwt")), &claims)).await, None);
        // The key of another algorithm, a secret that everybody knows, another provider's key under a good name.
        assert_eq!(who(&app, &key.sign_with(&header(Algorithm::ES256, "2", None), &claims)).await, None);
        let public = json!({ "n": 1 }).to_string();
        let confused = jsonwebtoken::encode(&header(Algorithm::HS256, "1", None), &claims, &EncodingKey::from_secret(public.as_bytes())).unwrap();
        assert_eq!(who(&app, &confused).await, None);
        assert_eq!(who(&app, &Key::es256("1", 8).sign(&claims)).await, None);
        let mut with_key = header(Algorithm::ES256, "1", None);
        with_key.jku = Some(format!("{}/keys", issuer.url()));
        assert_eq!(who(&app, &key.sign_with(&with_key, &claims)).await, None);
        let unsigned = key.sign(&claims);
        assert_eq!(who(&app, unsigned.rsplit_once('.').unwrap().0).await, None);
        assert_eq!(who(&app, &format!("{}.", unsigned.rsplit_once('.').unwrap().0)).await, None);
        assert_eq!(issuer.asked(), 1);
    }
}

#[tokio::test]
async fn an_algorithm_that_is_not_on_the_list_is_refused() {
    let app = TestApp::new(Engine::Sqlite).await.unwrap();
    let acme = app.org("acme").await;
    let (es, ed) = (Key::es256("1", 7), Key::eddsa("2", 7));
    let issuer = Issuer::start(&[&es, &ed]).await;
    let settings = format!(
        "[[issuer]]\nissuer = \"{0}\"\njwks_url = \"{0}/keys\"\naudience = \"tandem-api\"\norganization = \"{1}\"\nalgorithms = [\"EdDSA\"]\n\
         provision = true\nrole_map = {{ \"tandem-sales\" = \"SALES_REP\" }}",
        issuer.url(),
        acme.id
    );
    let providers = tandem::auth::oidc::Providers::new(tandem::auth::oidc::Settings::parse(&settings).unwrap()).unwrap();
    let app = app.beside(tandem::access::Access::new(None, providers)).await;
    let claims = issuer.claims("ada", seconds(&app));
    assert_eq!(who(&app, &es.sign(&claims)).await, None);
    assert!(who(&app, &ed.sign(&claims)).await.is_some());
}

#[tokio::test]
async fn rotated_keys_work_and_removed_ones_do_not() {
    let app = TestApp::new(Engine::Sqlite).await.unwrap();
    let acme = app.org("acme").await;
    let (old, new, third) = (Key::es256("old", 7), Key::es256("new", 8), Key::eddsa("third", 9));
    let issuer = Issuer::start(&[&old]).await;
    let app = app.beside(issuer.access(acme.id, "provision = true")).await;
    let good = async |key: &Key| who(&app, &key.sign(&issuer.claims("ada", seconds(&app)))).await.is_some();
    assert!(good(&old).await);
    issuer.rotate(&[&old, &new]);
    // The provider was asked a moment ago; whoever sends unknown names cannot make the house ask on.
    assert!(!good(&new).await);
    assert_eq!(issuer.asked(), 1);
    app.wait(30);
    assert!(good(&new).await && good(&old).await);
    assert_eq!(issuer.asked(), 2);
    issuer.rotate(&[&new]);
    app.wait(30);
    assert!(!good(&third).await);
    assert_eq!(issuer.asked(), 3);
    assert!(!good(&old).await && good(&new).await);
    // Keys that are used are looked at again after ten minutes, while they go on working.
    issuer.rotate(&[&third]);
    app.wait(600);
    assert!(good(&new).await);
    for _ in 0..200 {
        if issuer.asked() == 4 && !good(&new).await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!good(&new).await && good(&third).await);
    assert_eq!(issuer.asked(), 4);
}

#[tokio::test]
async fn while_the_provider_is_down_known_keys_work_and_nobody_hangs() {
    let app = TestApp::new(Engine::Sqlite).await.unwrap();
    let acme = app.org("acme").await;
    let (known, unknown) = (Key::es256("known", 7), Key::es256("unknown", 8));
    let issuer = Issuer::start(&[&known]).await;
    let app = app.beside(issuer.access(acme.id, "provision = true")).await;
    let good = async |key: &Key| who(&app, &key.sign(&issuer.claims("ada", seconds(&app)))).await.is_some();
    assert!(good(&known).await);
    issuer.answer(Answers::Never);
    app.wait(3_600);
    let begin = Instant::now();
    assert!(good(&known).await);
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    // The look in the background is under way: the unknown key waits for it, and no longer.
    assert!(!good(&unknown).await);
    assert!(begin.elapsed() < Duration::from_secs(12), "{:?}", begin.elapsed());
    issuer.stop();
    app.wait(30);
    let begin = Instant::now();
    assert!(!good(&unknown).await && good(&known).await);
    assert!(begin.elapsed() < Duration::from_secs(12), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn answers_that_lead_elsewhere_never_end_or_make_no_sense_are_no_keys() {
    let app = TestApp::new(Engine::Sqlite).await.unwrap();
    let acme = app.org("acme").await;
    let key = Key::es256("1", 7);
    let (issuer, elsewhere) = (Issuer::start(&[&key]).await, Issuer::start(&[&key]).await);
    let app = app.beside(issuer.access(acme.id, "provision = true")).await;
    let good = async || who(&app, &key.sign(&issuer.claims("ada", seconds(&app)))).await.is_some();
    for answers in [
        Answers::Redirect(format!("{}/keys", elsewhere.url())),
        Answers::Endless,
        Answers::Text("no JSON"),
        Answers::Text(r#"{"keys":[]}"#),
        Answers::Text(r#"{"keys":[{"kty":"oct","k":"AAAA","kid":"1","alg":"HS256"}]}"#),
        Answers::Text(r#"{"keys":[{"kty":"EC","crv":"P-256","x":"!","y":"!","kid":"1"}]}"#),
    ] {
        issuer.answer(answers);
        let begin = Instant::now();
        assert!(!good().await);
        assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
        app.wait(30);
    }
    issuer.rotate(&[&key]);
    assert!(good().await);
    assert_eq!((issuer.asked(), elsewhere.asked()), (7, 0));
}
