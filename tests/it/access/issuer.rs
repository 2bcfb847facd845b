//! A small identity provider that answers over real HTTP and really rotates its keys.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use entity::ids::OrganizationId;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tandem::access::Access;
use tandem::auth::oidc::{Providers, Settings};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Opens nothing: it was made for these tests.
const RSA: &[u8] = include_bytes!("../../documents/rsa-key-of-the-test-issuer.pem");

/// A key of the provider.
#[derive(Clone)]
pub struct Key {
    pub id: &'static str,
    algorithm: Algorithm,
    encoding: EncodingKey,
    public: Value,
}

impl Key {
    pub fn es256(id: &'static str, seed: u8) -> Self {
        use p256::pkcs8::EncodePrivateKey as _;
        let pem = p256::SecretKey::from_slice(&[seed; 32]).unwrap().to_pkcs8_pem(p256::pkcs8::LineEnding::LF).unwrap();
        Self::of(id, Algorithm::ES256, EncodingKey::from_ec_pem(pem.as_bytes()).unwrap())
    }

    pub fn rs256(id: &'static str) -> Self {
        Self::of(id, Algorithm::RS256, EncodingKey::from_rsa_pem(RSA).unwrap())
    }

    pub fn eddsa(id: &'static str, seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let encoding = EncodingKey::from_ed_der(key.to_pkcs8_der().unwrap().as_bytes());
        let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let public = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": id, "x": x });
        Self { id, algorithm: Algorithm::EdDSA, encoding, public }
    }

    fn of(id: &'static str, algorithm: Algorithm, encoding: EncodingKey) -> Self {
        let mut jwk = Jwk::from_encoding_key(&encoding, algorithm).unwrap();
        jwk.common.key_id = Some(id.to_owned());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Self { id, algorithm, encoding, public: serde_json::to_value(jwk).unwrap() }
    }

    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.to_owned());
        self.sign_with(&header, claims)
    }

    pub fn sign_with(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.encoding).unwrap()
    }
}

/// How the provider answers.
#[derive(Clone)]
pub enum Answers {
    Keys(Vec<Key>),
    Redirect(String),
    Endless,
    Never,
    Text(&'static str),
}

#[derive(Clone)]
struct Shared {
    url: String,
    answers: Arc<Mutex<Answers>>,
    asked: Arc<AtomicUsize>,
}

pub struct Issuer {
    shared: Shared,
    server: JoinHandle<()>,
}

impl Issuer {
    pub async fn start(keys: &[&Key]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers = Arc::new(Mutex::new(Answers::Keys(keys.iter().map(|key| (*key).clone()).collect())));
        let shared = Shared { url, answers, asked: Arc::default() };
        let router =
            Router::new().route("/.well-known/openid-configuration", get(discovery)).route("/keys", get(jwks)).with_state(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { shared, server }
    }

    pub fn url(&self) -> &str {
        &self.shared.url
    }

    pub fn answer(&self, answers: Answers) {
        *self.shared.answers.lock().unwrap() = answers;
    }

    pub fn rotate(&self, keys: &[&Key]) {
        self.answer(Answers::Keys(keys.iter().map(|key| (*key).clone()).collect()));
    }

    /// How often its keys were asked for.
    pub fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }

    /// Stops answering; what is connected is cut off.
    pub fn stop(&self) {
        self.server.abort();
        self.answer(Answers::Never);
    }

    /// What lets its members into an organization.
    pub fn access(&self, organization: OrganizationId, more: &str) -> Access {
        let settings = format!(
            r#"
            [[issuer]]
            issuer = "{}"
            audience = "tandem-api"
            organization = "{organization}"
            algorithms = ["ES256", "EdDSA", "RS256"]
            {more}
            [issuer.role_map]
            "tandem-sales" = "SALES_REP"
            "tandem-ops" = "REVOPS"
            "tandem-admin" = "ADMIN"
            "#,
            self.url()
        );
        Access::new(None, Providers::new(Settings::parse(&settings).unwrap()).unwrap())
    }

    /// Good claims at a time, in seconds.
    pub fn claims(&self, subject: &str, now: i64) -> Value {
        json!({
            "iss": self.url(), "aud": "tandem-api", "sub": subject, "iat": now, "exp": now + 300, "roles": ["other", "tandem-sales"],
            "email": format!("{subject}@example.com"), "email_verified": true, "name": format!("The {subject}"),
        })
    }
}

async fn discovery(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({ "issuer": shared.url, "jwks_uri": format!("{}/keys", shared.url) }))
}

async fn jwks(State(shared): State<Shared>) -> Response {
    shared.asked.fetch_add(1, Ordering::SeqCst);
    let answers = shared.answers.lock().unwrap().clone();
    match answers {
        Answers::Keys(keys) => Json(json!({ "keys": keys.iter().map(|key| &key.public).collect::<Vec<_>>() })).into_response(),
        Answers::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Answers::Endless => {
            let flood = futures_util::stream::repeat_with(|| Ok::<_, std::convert::Infallible>(vec![b' '; 65_536]));
            axum::body::Body::from_stream(flood).into_response()
        }
        Answers::Never => std::future::pending().await,
        Answers::Text(text) => text.into_response(),
    }
}
