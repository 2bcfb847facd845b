//! What may be spent, and how many may ask at once.

use std::net::SocketAddr;

use axum::{Router, extract::ConnectInfo};

use super::*;
use crate::budget::Rates;

/// A router that remembers what was spent, and its clock.
fn door(settings: HttpSettings) -> (Router, std::sync::Arc<FixedClock>) {
    let clock = FixedClock::at(NOW);
    let schema = Schema::build(Query, Mutation, EmptySubscription).extension(Hardening::new(settings.limits.clone())).finish();
    (router(App { schema, ready: Some(true) }, settings, clock.clone()), clock)
}

fn with_rate(address: u32) -> HttpSettings {
    HttpSettings { rates: Rates { address, ..Rates::default() }, ..HttpSettings::default() }
}

async fn ask(router: &Router, request: Request<Body>) -> Answer {
    Answer::of(router.clone().oneshot(request).await.unwrap()).await
}

fn from(mut request: Request<Body>, address: &str) -> Request<Body> {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 1)));
    request
}

#[tokio::test]
async fn every_document_is_paid_for_and_the_answer_says_so() {
    let (router, clock) = door(with_rate(60));
    let answer = ask(&router, query(RESPONSE, "{ zebra apple }")).await;
    let cost = |left: u32| json!({ "requestedQueryCost": 2, "maximumAvailable": 60, "currentlyAvailable": left, "restoreRate": 1 });
    assert_eq!(answer.json()["extensions"]["cost"], cost(58));
    assert_eq!(answer.header("ratelimit-policy"), r#""address";q=60;w=60;qu="points""#);
    assert_eq!(answer.header("ratelimit"), r#""address";r=58;t=2"#);
    assert_eq!(ask(&router, get("/graphql?query=%7Bzebra+apple%7D")).await.json()["extensions"]["cost"], cost(56));
    clock.set(NOW.saturating_add_micros(3_000_000));
    assert_eq!(ask(&router, query(JSON, "{ zebra apple }")).await.json()["extensions"]["cost"], cost(57));
}

#[tokio::test]
async fn a_spent_budget_is_429_until_it_has_come_back() {
    let (router, clock) = door(with_rate(60));
    let dear = format!("{{ {} }}", (0..30).map(|n| format!("a{n}: apple ")).collect::<String>());
    for left in [30, 0] {
        assert_eq!(ask(&router, query(JSON, &dear)).await.header("ratelimit"), format!(r#""address";r={left};t={}"#, 60 - left));
    }
    for accept in [RESPONSE, JSON] {
        let answer = ask(&router, query(accept, &dear)).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!((answer.header(header::RETRY_AFTER), answer.header("ratelimit")), ("30", r#""address";r=0;t=60"#));
        let expected = json!([{
            "message": "the budget is spent: 30 points wanted, 0 of 60 a minute left",
            "extensions": { "code": "RATE_LIMITED", "limit": "address", "value": 30, "maximum": 60 },
        }]);
        assert_eq!((&answer.json()["errors"], answer.json().get("data")), (&expected, None));
        assert_eq!(answer.json()["extensions"]["cost"]["requestedQueryCost"], 30);
    }
    clock.set(NOW.saturating_add_micros(29_999_999));
    assert_eq!(ask(&router, query(JSON, &dear)).await.header(header::RETRY_AFTER), "1");
    clock.set(NOW.saturating_add_micros(30_000_000));
    assert_eq!(ask(&router, query(JSON, &dear)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nothing_is_executed_on_credit() {
    let (router, _) = door(with_rate(1));
    assert_eq!(ask(&router, query(JSON, "{ apple }")).await.status, StatusCode::OK);
    let answer = ask(&router, query(JSON, "mutation { change }")).await;
    assert_eq!((answer.status, answer.json().get("data")), (StatusCode::TOO_MANY_REQUESTS, None));
}

#[tokio::test]
async fn what_cannot_be_validated_costs_a_point() {
    let (router, _) = door(with_rate(3));
    for (document, code) in [
        ("{ missing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ length(text: 1) }", "BAD_USER_INPUT"),
        ("{ __schema { description } }", "UNAUTHENTICATED"),
        ("{ missing }", "RATE_LIMITED"),
        ("{ __schema { description } }", "RATE_LIMITED"),
    ] {
        assert_eq!(ask(&router, query(JSON, document)).await.code(), code, "{document}");
    }
}

#[tokio::test]
async fn what_is_refused_before_it_is_validated_is_paid_for_by_its_address() {
    let aliases: String = (0..31).map(|n| format!("a{n}: apple ")).collect();
    let malformed = || Request::post("/graphql").header(header::CONTENT_TYPE, JSON).header(header::ACCEPT, RESPONSE).body(Body::from("{"));
    let documents = ["{ apple", &format!("{{ {aliases} }}"), "query A { apple } query B { apple }", "subscription { ticks }"];
    let mut requests: Vec<Request<Body>> = documents.iter().map(|document| query(RESPONSE, document)).collect();
    requests.extend([malformed().unwrap(), get("/graphql?query=mutation%7Bchange%7D")]);
    let (router, clock) = door(with_rate(12));
    for (request, left) in requests.into_iter().zip([10, 8, 6, 4, 2, 0]) {
        let answer = ask(&router, request).await;
        assert_ne!(answer.code(), "RATE_LIMITED");
        assert_eq!(answer.header("ratelimit"), format!(r#""address";r={left};t={}"#, (12 - left) * 5));
    }
    for request in [query(RESPONSE, "{ apple"), malformed().unwrap()] {
        let answer = ask(&router, request).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::TOO_MANY_REQUESTS, json!("RATE_LIMITED")));
        assert_eq!(answer.header(header::RETRY_AFTER), "10");
    }
    // a bad token is not even looked at
    let answer = ask(&router, with(query(RESPONSE, "{ apple"), header::AUTHORIZATION, "Bearer guessed")).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    clock.set(NOW.saturating_add_micros(10_000_000));
    assert_eq!(ask(&router, query(RESPONSE, "{ apple")).await.code(), "GRAPHQL_PARSE_FAILED");
}

#[tokio::test]
async fn what_is_refused_by_its_headers_or_its_body_is_paid_for_too() {
    let long = HttpSettings { max_body_bytes: 128, ..with_rate(12) };
    let (router, _) = door(long);
    let plain = |accept| query(accept, "{ apple }");
    let unknown = json!({ "documentId": format!("sha256:{}", "0".repeat(64)) }).to_string();
    let requests = [
        (StatusCode::UNAUTHORIZED, with(plain(RESPONSE), header::AUTHORIZATION, "Basic YTpi")),
        (StatusCode::BAD_REQUEST, with(plain(RESPONSE), "acting-for".parse().unwrap(), "nobody")),
        (StatusCode::NOT_ACCEPTABLE, plain("text/html")),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, with(plain(RESPONSE), header::CONTENT_TYPE, "text/plain")),
        (StatusCode::PAYLOAD_TOO_LARGE, query(RESPONSE, &format!("{{ apple {} }}", " ".repeat(128)))),
        (StatusCode::BAD_REQUEST, post(RESPONSE, unknown)),
    ];
    for (status, request) in requests {
        assert_eq!(ask(&router, request).await.status, status);
    }
    assert_eq!(ask(&router, plain(RESPONSE)).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_document_may_not_cost_more_than_one_document_may() {
    let limits = crate::graphql::guard::Limits { cost: 2, ..Default::default() };
    for (settings, maximum) in [(HttpSettings { limits, ..HttpSettings::default() }, 2), (with_rate(2), 2)] {
        let (router, _) = door(settings);
        let answer = ask(&router, query(RESPONSE, "{ zebra apple caller }")).await;
        let expected = json!([{
            "message": "the document costs 3 points, at most 2",
            "extensions": { "code": "COST_LIMIT_EXCEEDED", "limit": "cost", "value": 3, "maximum": maximum },
        }]);
        assert_eq!((answer.status, &answer.json()["errors"]), (StatusCode::BAD_REQUEST, &expected));
        assert_eq!(ask(&router, query(RESPONSE, "{ zebra }")).await.status, StatusCode::OK, "it was not paid for");
    }
}

#[tokio::test]
async fn each_address_has_its_own_budget() {
    let (router, _) = door(with_rate(1));
    for (address, status) in [
        ("192.0.2.1", StatusCode::OK),
        ("192.0.2.1", StatusCode::TOO_MANY_REQUESTS),
        ("192.0.2.2", StatusCode::OK),
        ("2001:db8::1", StatusCode::OK),
        ("2001:db8::2", StatusCode::TOO_MANY_REQUESTS),
    ] {
        assert_eq!(ask(&router, from(query(JSON, "{ apple }"), address)).await.status, status, "{address}");
    }
}

#[tokio::test]
async fn a_header_names_the_address_only_behind_a_proxy_of_ours() {
    let forwarded = |client: &str| from(with(query(JSON, "{ apple }"), "x-forwarded-for".parse().unwrap(), client), "10.0.0.1");
    let (open, _) = door(with_rate(1));
    assert_eq!(ask(&open, forwarded("192.0.2.1")).await.status, StatusCode::OK);
    assert_eq!(ask(&open, forwarded("192.0.2.2")).await.status, StatusCode::TOO_MANY_REQUESTS, "not believed");
    let (behind, _) = door(HttpSettings { trusted_proxies: 1, ..with_rate(1) });
    for (client, status) in [
        ("192.0.2.1", StatusCode::OK),
        ("192.0.2.2", StatusCode::OK),
        ("6.6.6.6, 192.0.2.2", StatusCode::TOO_MANY_REQUESTS),
        ("6.6.6.7, 192.0.2.1", StatusCode::TOO_MANY_REQUESTS),
    ] {
        assert_eq!(ask(&behind, forwarded(client)).await.status, status, "{client}");
    }
}

#[tokio::test]
async fn without_a_limit_only_the_cost_is_told() {
    let (router, _) = door(with_rate(0));
    let answer = ask(&router, query(JSON, "{ apple }")).await;
    let expected = json!({ "requestedQueryCost": 1, "maximumAvailable": null, "currentlyAvailable": null, "restoreRate": null });
    assert_eq!(answer.json()["extensions"]["cost"], expected);
    assert!(!answer.headers.contains_key("ratelimit"));
}

#[tokio::test]
async fn who_finds_no_place_is_sent_away_and_probes_are_not() {
    let (router, _) = door(HttpSettings { max_executing: 1, max_waiting: 1, ..HttpSettings::default() });
    let begin = |document: &'static str| tokio::spawn(router.clone().oneshot(query(JSON, document)));
    let slow = begin("{ slow }");
    tokio::task::yield_now().await;
    let waiting = begin("{ apple }");
    tokio::task::yield_now().await;
    for accept in [RESPONSE, JSON] {
        let answer = ask(&router, query(accept, "{ apple }")).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::SERVICE_UNAVAILABLE, json!("UNAVAILABLE")));
        assert_eq!((answer.header(header::RETRY_AFTER), answer.json().get("data")), ("1", None));
        assert!(!answer.headers.contains_key("ratelimit"), "nothing was paid");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(ask(&router, get(path)).await.status, StatusCode::OK, "{path}");
    }
    // the place is free when its client is gone
    slow.abort();
    let waited = Answer::of(waiting.await.unwrap().unwrap()).await;
    assert_eq!(waited.json()["data"], json!({ "apple": 2 }));
}
