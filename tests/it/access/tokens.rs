//! Access tokens over HTTP: the key set, and one answer to every bad token.

use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::json;

use super::*;
use crate::support::{Engine, on_both_engines};

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(seed: u8, header: &Value, payload: &Value) -> String {
    let message = format!("{}.{}", part(header), part(payload));
    let signature = SigningKey::from_bytes(&[seed; 32]).sign(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

fn with(object: &Value, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    object[name] = value;
    object
}

on_both_engines! {
    async fn every_bad_token_has_the_same_answer(app: TestApp) {
        let acme = app.org("acme").await;
        let member = with_password(&acme, "ada@example.com", PASSWORD).await;
        let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
        let set = app.app.keys().jwks(app.app.now());
        let header_part = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": set["keys"][0]["kid"] });
        let now = app.app.now().micros() / 1_000_000;
        let payload = json!({
            "iss": "tandem", "aud": "tandem", "sub": member, "org": acme.id, "jti": "1", "iat": now, "nbf": now, "exp": now + 900,
        });
        let good = signed(7, &header_part, &payload);
        let confused = {
            let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
            header.typ = Some("at+jwt".to_owned());
            header.kid = Some(set["keys"][0]["kid"].as_str().unwrap().to_owned());
            let pem = key.to_public_key_pem(ed25519_dalek::pkcs8::spki::der::pem::LineEnding::LF).unwrap();
            jsonwebtoken::encode(&header, &payload, &jsonwebtoken::EncodingKey::from_secret(pem.as_bytes())).unwrap()
        };
        let ended = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        holder(&app, &ended).gql(SIGN_OUT, json!({ "input": {} })).await;
        let headers = |name: &str, value: Value| signed(7, &with(&header_part, name, value), &payload);
        let claims = |name: &str, value: Value| signed(7, &header_part, &with(&payload, name, value));
        let parts: Vec<&str> = good.split('.').collect();
        let bad = [
            confused,
            format!("{}.{}.", part(&json!({ "alg": "none", "typ": "at+jwt" })), parts[1]),
            format!("{}.{}.{}", parts[0], part(&with(&payload, "org", json!("org_00000000000000000000000001"))), parts[2]),
            signed(8, &header_part, &payload),
            headers("alg", json!("HS256")),
            headers("typ", json!("JWT")),
            headers("kid", json!("/dev/null")),
            headers("kid", json!("x' UNION SELECT 'y")),
            headers("kid", json!("unknown")),
            headers("jwk", set["keys"][0].clone()),
            headers("jku", json!("https://attacker.example/")),
            headers("x5u", json!("https://attacker.example/")),
            headers("x5c", json!(["MIIB"])),
            headers("crit", json!(["exp"])),
            claims("iss", json!("else")),
            claims("iss", json!("https://login.example.com")),
            claims("aud", json!("else")),
            claims("exp", json!(now - 30)),
            claims("exp", json!((now + 900).to_string())),
            claims("nbf", json!(now + 31)),
            claims("iat", json!(now + 31)),
            claims("jti", json!(null)),
            claims("sub", json!("mem_00000000000000000000000001")),
            claims("org", json!("org_00000000000000000000000001")),
            claims("sid", json!("sin_00000000000000000000000001")),
            claims("pad", json!("x".repeat(4_096))),
            ended["accessToken"].as_str().unwrap().to_owned(),
            ended["refreshToken"].as_str().unwrap().to_owned(),
            "x".to_owned(),
        ];
        let ask = async |token: &str| {
            let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
            let body = Body::from(json!({ "query": "{ __typename }" }).to_string());
            let answer = app.respond(request.header(header::AUTHORIZATION, format!("Bearer {token}")).body(body).unwrap()).await;
            let challenge = answer.headers().get(header::WWW_AUTHENTICATE).map(|value| value.to_str().unwrap().to_owned());
            (answer.status(), challenge, answer.into_body().collect().await.unwrap().to_bytes())
        };
        assert_eq!(ask(&good).await.0, StatusCode::OK);
        let expected = ask("").await;
        assert_eq!((expected.0, expected.1.as_deref()), (StatusCode::UNAUTHORIZED, Some("Bearer error=\"invalid_token\"")));
        for token in bad {
            assert_eq!(ask(&token).await, expected, "{token}");
        }
    }
}

#[tokio::test]
async fn the_key_set_is_public_and_may_be_kept() {
    let app = TestApp::new(Engine::Sqlite).await.unwrap();
    let answer = app.respond(Request::get("/.well-known/jwks.json").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "public, max-age=300");
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
    assert_eq!(answer.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let set: Value = serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert_eq!(set, app.app.keys().jwks(app.app.now()));
    assert!(set["keys"][0].get("d").is_none());
    let put = app.respond(Request::put("/.well-known/jwks.json").body(Body::empty()).unwrap()).await;
    assert_eq!((put.status(), put.headers()[header::ALLOW].to_str().unwrap()), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"));
}
