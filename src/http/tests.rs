//! The front door as a client meets it, before a schema of a few fields.

mod budget;
mod connections;
mod cross_origin;
mod limits;
mod live;
mod refusals;
mod trusted;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_graphql::{EmptySubscription, Object, Request as GraphqlRequest, Response as Executed, Schema};
use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use entity::time::Timestamp;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{
    HttpSettings,
    graphql::{Executor, Live, Refusal},
    router,
};
use crate::{
    clock::FixedClock,
    graphql::{
        extension::{Hardening, MayIntrospect},
        meter::Meter,
    },
};

const NOW: Timestamp = Timestamp::from_micros(1_780_315_200_000_000);

const RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

struct Query;

#[Object]
impl Query {
    async fn caller<'a>(&self, ctx: &async_graphql::Context<'a>) -> Option<&'a str> {
        ctx.data_opt::<Caller>().map(|caller| caller.0.as_str())
    }
    async fn zebra(&self) -> i32 {
        1
    }
    async fn apple(&self) -> i32 {
        2
    }
    async fn slow(&self) -> i32 {
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        3
    }
    async fn brief(&self) -> i32 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        4
    }
    async fn watched(&self) -> i32 {
        BEGAN.fetch_add(1, Ordering::SeqCst);
        let _end = End;
        std::future::pending().await
    }
    async fn broken(&self) -> i32 {
        panicking()
    }
    async fn length(&self, text: String) -> Option<usize> {
        Some(text.len())
    }
}

/// How often `watched` began and ended. One test asks for it.
static BEGAN: AtomicUsize = AtomicUsize::new(0);
static ENDED: AtomicUsize = AtomicUsize::new(0);

struct End;

impl Drop for End {
    fn drop(&mut self) {
        ENDED.fetch_add(1, Ordering::SeqCst);
    }
}

fn panicking() -> i32 {
    panic!("secret state")
}

struct Mutation;

#[Object]
impl Mutation {
    async fn change(&self) -> bool {
        true
    }
}

struct Caller(String);

#[derive(Clone)]
struct App {
    schema: Schema<Query, Mutation, EmptySubscription>,
    /// `None`: the probe finds no answer.
    ready: Option<bool>,
}

impl Executor for App {
    async fn execute(&self, request: GraphqlRequest, bearer: Option<&str>, meter: &Meter) -> Result<Executed, Refusal> {
        match bearer {
            None => Ok(self.schema.execute(request).await),
            Some("bad") => Err(Refusal::InvalidToken),
            Some("busy") => Err(Refusal::RateLimited(Box::new(meter.charge(0, u32::MAX).unwrap_err()))),
            Some("schema") => Ok(self.schema.execute(request.data(MayIntrospect)).await),
            Some("down") => Err(Refusal::Unavailable),
            Some("panic") => panic!("secret state"),
            Some(token) => Ok(self.schema.execute(request.data(Caller(token.to_owned()))).await),
        }
    }

    async fn admit(&self, _: Option<&str>, _: &Meter) -> Result<(), Refusal> {
        Ok(())
    }

    async fn subscribe(&self, _: GraphqlRequest, _: Option<Arc<str>>, _: &Meter) -> Result<Live, Refusal> {
        Err(Refusal::Unavailable)
    }

    async fn ready(&self) -> bool {
        match self.ready {
            Some(ready) => ready,
            None => std::future::pending().await,
        }
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    async fn of(response: axum::response::Response) -> Self {
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self { status: head.status, headers: head.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} {}", self.status, self.text))
    }
    fn code(&self) -> Value {
        self.json()["errors"][0]["extensions"]["code"].clone()
    }
    fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn send_with(settings: HttpSettings, ready: Option<bool>, request: Request<Body>) -> Answer {
    let schema = Schema::build(Query, Mutation, EmptySubscription).extension(Hardening::default()).finish();
    Answer::of(router(App { schema, ready }, settings, FixedClock::at(NOW)).oneshot(request).await.unwrap()).await
}

async fn send(request: Request<Body>) -> Answer {
    send_with(HttpSettings::default(), Some(true), request).await
}

fn post(accept: &str, body: impl Into<Body>) -> Request<Body> {
    let builder = Request::post("/graphql").header(header::CONTENT_TYPE, JSON).header(header::ACCEPT, accept);
    builder.body(body.into()).unwrap()
}

fn query(accept: &str, query: &str) -> Request<Body> {
    post(accept, json!({ "query": query }).to_string())
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

fn with(mut request: Request<Body>, name: header::HeaderName, value: &str) -> Request<Body> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

#[tokio::test]
async fn the_result_keeps_the_order_of_the_document() {
    for accept in [RESPONSE, JSON] {
        let answer = send(query(accept, "{ zebra apple caller }")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header(header::CONTENT_TYPE), format!("{accept}; charset=utf-8"));
        assert!(answer.text.starts_with(r#"{"data":{"zebra":1,"apple":2,"caller":null},"extensions":{"cost":"#), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_request_error_has_no_data_and_the_status_of_its_media_type() {
    for (document, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ missing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ length(text: 1) }", "BAD_USER_INPUT"),
        ("query A { apple } query B { zebra }", "BAD_USER_INPUT"),
        ("subscription { x }", "BAD_USER_INPUT"),
        (&"{zebra".repeat(20), "GRAPHQL_PARSE_FAILED"),
        (&format!("{}{}", "{apple".repeat(20), "}".repeat(20)), "QUERY_TOO_COMPLEX"),
    ] {
        for (accept, status) in [(RESPONSE, StatusCode::BAD_REQUEST), (JSON, StatusCode::OK)] {
            let answer = send(query(accept, document)).await;
            assert_eq!((answer.status, answer.code()), (status, json!(code)), "{document}");
            assert!(answer.json().get("data").is_none(), "{document}");
        }
    }
}

#[tokio::test]
async fn a_field_error_is_200_with_data() {
    let answer = send(query(RESPONSE, "{ broken }")).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::OK, json!("INTERNAL")));
    assert_eq!(answer.json()["data"], Value::Null);
    assert!(answer.json().as_object().unwrap().contains_key("data") && !answer.text.contains("secret"));
    assert_eq!(answer.json()["errors"][0]["extensions"]["errorId"], answer.header("x-request-id"));
}

#[tokio::test]
async fn malformed_requests_are_400_whatever_is_accepted() {
    for body in
        ["", "{", "[]", r#"[{"query":"{apple}"}]"#, r#"["{apple}"]"#, "{}", r#"{"query":1}"#, r#"{"query":"{apple}","variables":[]}"#]
    {
        for accept in [RESPONSE, JSON] {
            let answer = send(post(accept, body)).await;
            assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, json!("BAD_USER_INPUT")), "{body}");
        }
    }
}

#[tokio::test]
async fn nothing_is_read_from_bodies_that_any_page_can_send() {
    let body = json!({ "query": "mutation { change }" }).to_string();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=latin1"] {
        let answer = send(with(post(JSON, body.clone()), header::CONTENT_TYPE, kind)).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::UNSUPPORTED_MEDIA_TYPE, json!("BAD_USER_INPUT")), "{kind}");
    }
    let mut untyped = post(JSON, body.clone());
    untyped.headers_mut().remove(header::CONTENT_TYPE);
    assert_eq!(send(untyped).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let answer = send(with(post(JSON, body), header::CONTENT_ENCODING, "gzip")).await;
    assert_eq!((answer.status, answer.header(header::ACCEPT_ENCODING)), (StatusCode::UNSUPPORTED_MEDIA_TYPE, "identity"));
}

#[tokio::test]
async fn get_runs_queries_and_nothing_else() {
    assert_eq!(send(get("/graphql?query=%7Bapple%7D")).await.json()["data"], json!({ "apple": 2 }));
    let named = "/graphql?query=query+A%7Bapple%7D+mutation+B%7Bchange%7D&operationName=";
    assert_eq!(send(get(&format!("{named}A"))).await.json()["data"], json!({ "apple": 2 }));
    for path in ["/graphql?query=mutation%7Bchange%7D", &format!("{named}B")] {
        for accept in [RESPONSE, JSON] {
            let answer = send(with(get(path), header::ACCEPT, accept)).await;
            assert_eq!((answer.status, answer.header(header::ALLOW)), (StatusCode::METHOD_NOT_ALLOWED, "POST"), "{path}");
            assert_eq!(answer.code(), "BAD_USER_INPUT");
        }
    }
    let variables = "/graphql?query=query(%24t:String!)%7Blength(text:%24t)%7D&variables=%7B%22t%22:%22abc%22%7D";
    assert_eq!(send(get(variables)).await.json()["data"], json!({ "length": 3 }));
}

#[tokio::test]
async fn other_methods_are_405_and_name_the_right_ones() {
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE] {
        for (path, allowed) in [("/graphql", "GET,HEAD,POST"), ("/healthz", "GET,HEAD"), ("/readyz", "GET,HEAD")] {
            let answer = send(Request::builder().method(&method).uri(path).body(Body::empty()).unwrap()).await;
            assert_eq!((answer.status, answer.header(header::ALLOW)), (StatusCode::METHOD_NOT_ALLOWED, allowed), "{method} {path}");
        }
    }
    let answer = send(Request::head("/graphql?query=%7Bapple%7D").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn what_cannot_be_written_is_406() {
    let answer = send(query("text/html", "{ apple }")).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::NOT_ACCEPTABLE, json!("BAD_USER_INPUT")));
}

#[tokio::test]
async fn tokens_come_from_the_header_alone() {
    assert_eq!(send(query(JSON, "{ caller }")).await.json()["data"]["caller"], Value::Null);
    assert_eq!(send(get("/graphql?query=%7Bcaller%7D&access_token=ann")).await.json()["data"]["caller"], Value::Null);
    for value in ["Bearer ann", "bearer ann", "BEARER  ann"] {
        assert_eq!(send(with(query(JSON, "{ caller }"), header::AUTHORIZATION, value)).await.json()["data"]["caller"], "ann");
    }
}

#[tokio::test]
async fn every_bad_token_is_answered_alike() {
    let expected = json!({ "errors": [{ "message": "the token is not valid", "extensions": { "code": "UNAUTHENTICATED" } }] });
    for value in ["Bearer bad", "Bearer", "Bearer ", "Bearer a b", "Basic YTpi", "ann", ""] {
        for accept in [RESPONSE, JSON] {
            let answer = send(with(query(accept, "{ apple }"), header::AUTHORIZATION, value)).await;
            assert_eq!((answer.status, answer.json()), (StatusCode::UNAUTHORIZED, expected.clone()), "{value}");
            assert_eq!(answer.header(header::WWW_AUTHENTICATE), "Bearer error=\"invalid_token\"");
        }
    }
    let mut twice = query(JSON, "{ apple }");
    twice.headers_mut().append(header::AUTHORIZATION, "Bearer ann".parse().unwrap());
    twice.headers_mut().append(header::AUTHORIZATION, "Bearer bob".parse().unwrap());
    assert_eq!(send(twice).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn refusals_of_the_application_have_their_status() {
    let answer = send(with(query(JSON, "{ apple }"), header::AUTHORIZATION, "Bearer busy")).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::TOO_MANY_REQUESTS, json!("RATE_LIMITED")));
    let wait: u64 = answer.header(header::RETRY_AFTER).parse().unwrap();
    assert_eq!(wait, (u64::from(u32::MAX) - 6_000).div_ceil(100), "6 000 points a minute are 100 a second");
    let answer = send(with(query(JSON, "{ apple }"), header::AUTHORIZATION, "Bearer down")).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::SERVICE_UNAVAILABLE, json!("UNAVAILABLE")));
    assert_eq!(answer.header(header::RETRY_AFTER), "1");
}

#[tokio::test]
async fn a_panic_outside_a_resolver_costs_one_request() {
    let answer = send(with(query(JSON, "{ apple }"), header::AUTHORIZATION, "Bearer panic")).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::INTERNAL_SERVER_ERROR, json!("INTERNAL")));
    assert!(!answer.text.contains("secret"));
    assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_ne!(answer.header("x-request-id"), "");
}

#[tokio::test]
async fn probes_tell_life_and_readiness() {
    let down = || HttpSettings::default();
    assert_eq!(send_with(down(), Some(false), get("/healthz")).await.status, StatusCode::OK);
    assert_eq!(send_with(down(), Some(false), get("/readyz")).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(send(get("/readyz")).await.status, StatusCode::OK);
    let hasty = HttpSettings { request_timeout: Duration::from_millis(20), ..HttpSettings::default() };
    let probe = tokio::time::timeout(Duration::from_secs(5), send_with(hasty, None, get("/readyz"))).await;
    assert_eq!(probe.unwrap().status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn unknown_paths_are_404_and_tell_nothing() {
    for path in
        ["/", "/explorer/explorer.js", "/.env", "/.git/config", "/config", "/debug", "/metrics", "/graphql/", "/graphql/x", "//graphql"]
    {
        let answer = send(get(path)).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NOT_FOUND, "not found"), "{path}");
    }
}

#[tokio::test]
async fn the_explorer_is_served_when_it_is_switched_on() {
    let on = || HttpSettings { explorer: true, ..HttpSettings::default() };
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/explorer/explorer.css", "text/css; charset=utf-8"),
        ("/explorer/icon.svg", "image/svg+xml"),
        ("/explorer/explorer.js", "text/javascript; charset=utf-8"),
        ("/explorer/docs.js", "text/javascript; charset=utf-8"),
        ("/explorer/examples.json", "application/json"),
    ] {
        let answer = send_with(on(), Some(true), get(path)).await;
        assert_eq!((answer.status, answer.header(header::CONTENT_TYPE)), (StatusCode::OK, kind), "{path}");
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-cache");
        assert!(!answer.text.is_empty());
    }
    let examples = send_with(on(), Some(true), get("/explorer/examples.json")).await.json();
    assert!(examples.as_array().unwrap().iter().any(|example| example["name"] == "me"));
    assert_eq!(send_with(on(), Some(true), get("/explorer/none.js")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_answer_has_the_security_headers_and_no_version() {
    let too_long = format!("/{}", "x".repeat(20_000));
    for path in ["/graphql?query=%7Bapple%7D", "/graphql", "/healthz", "/nowhere", &too_long] {
        let answer = send(get(path)).await;
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(answer.header(header::REFERRER_POLICY), "no-referrer");
        assert!(answer.header(header::CONTENT_SECURITY_POLICY).starts_with("default-src 'self'; "));
        assert!(answer.header(header::CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"));
        assert!(!answer.headers.contains_key(header::SERVER));
    }
    for path in ["/graphql?query=%7Bapple%7D", "/graphql", "/healthz", "/readyz"] {
        assert_eq!(send(get(path)).await.header(header::CACHE_CONTROL), "no-store", "{path}");
    }
}

#[tokio::test]
async fn the_request_id_is_the_clients_if_it_is_plain() {
    let name = || header::HeaderName::from_static("x-request-id");
    assert_eq!(send(with(get("/healthz"), name(), "a-B_9.")).await.header("x-request-id"), "a-B_9.");
    for odd in ["", "a b", "é", "a;b", &"x".repeat(65)] {
        let id = send(with(get("/healthz"), name(), odd)).await.header("x-request-id").to_owned();
        assert_eq!((id.len(), id.matches('-').count()), (36, 4), "{odd}: {id}");
    }
}
