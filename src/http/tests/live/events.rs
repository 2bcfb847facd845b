//! Event streams.

use http_body_util::BodyExt;
use tokio::time::timeout;

use super::{stage::*, *};
use crate::http::LiveSettings;

const EVENTS: &str = "text/event-stream";
const TICKS: &str = "subscription { ticks { number } }";

async fn ask(settings: HttpSettings, request: Request<Body>) -> Answer {
    Answer::of(theatre(settings).0.oneshot(request).await.unwrap()).await
}

fn as_member(name: &str, document: &str) -> Request<Body> {
    with(query(EVENTS, document), header::AUTHORIZATION, &format!("Bearer {name}"))
}

/// The next piece of a stream, or that it ended.
async fn piece(body: &mut Body) -> Option<String> {
    let frame = timeout(LONG, body.frame()).await.unwrap()?;
    Some(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn a_subscription_is_a_stream_of_events() {
    let path = "/graphql?query=subscription%7Bcount(to:2)%7D";
    for request in [query(EVENTS, "subscription { count(to: 2) }"), with(get(path), header::ACCEPT, EVENTS)] {
        let answer = ask(HttpSettings::default(), request).await;
        let expected = "event: next\ndata: {\"data\":{\"count\":0}}\n\n\
                        event: next\ndata: {\"data\":{\"count\":1}}\n\n\
                        event: complete\ndata: {}\n\n";
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, expected));
        assert_eq!((answer.header(header::CONTENT_TYPE), answer.header(header::CACHE_CONTROL)), (EVENTS, "no-store"));
        assert_eq!(answer.header("x-accel-buffering"), "no");
        assert!(answer.headers.contains_key("ratelimit"), "it is paid for");
    }
}

#[tokio::test]
async fn a_query_is_a_stream_for_those_who_take_nothing_else() {
    let answer = ask(HttpSettings::default(), query(EVENTS, "mutation { change }")).await;
    assert_eq!(answer.header(header::CONTENT_TYPE), EVENTS);
    assert!(answer.text.starts_with("event: next\ndata: {\"data\":{\"change\":true},\"extensions\":"), "{}", answer.text);
    assert!(answer.text.ends_with("\n\nevent: complete\ndata: {}\n\n"));
    for accept in ["application/json, text/event-stream", "text/event-stream, */*;q=0.1"] {
        let answer = ask(HttpSettings::default(), query(accept, "{ apple }")).await;
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/json; charset=utf-8", "{accept}");
        let answer = ask(HttpSettings::default(), query(accept, "subscription { count(to: 0) }")).await;
        assert_eq!((answer.header(header::CONTENT_TYPE), answer.text.as_str()), (EVENTS, "event: complete\ndata: {}\n\n"), "{accept}");
    }
}

#[tokio::test]
async fn who_does_not_accept_events_is_told_how_to_subscribe() {
    for (accept, status) in [(RESPONSE, StatusCode::BAD_REQUEST), (JSON, StatusCode::OK), ("*/*", StatusCode::OK)] {
        let answer = ask(HttpSettings::default(), query(accept, "subscription { count(to: 1) }")).await;
        assert_eq!((answer.status, answer.code()), (status, json!("BAD_USER_INPUT")));
        assert!(answer.text.contains("text/event-stream") && answer.text.contains("graphql-transport-ws"), "{}", answer.text);
    }
}

#[tokio::test]
async fn what_is_refused_before_the_stream_begins_is_an_answer_like_others() {
    let invalid = StatusCode::BAD_REQUEST;
    for (request, status, code) in [
        (query(EVENTS, "{"), invalid, "GRAPHQL_PARSE_FAILED"),
        (query(EVENTS, "{ missing }"), invalid, "GRAPHQL_VALIDATION_FAILED"),
        (query(EVENTS, "subscription { missing }"), invalid, "GRAPHQL_VALIDATION_FAILED"),
        (query(EVENTS, "subscription { a: count(to: 1) b: count(to: 1) }"), invalid, "GRAPHQL_VALIDATION_FAILED"),
        (query(EVENTS, "subscription { refused }"), invalid, "FORBIDDEN"),
        (post(EVENTS, "{"), invalid, "BAD_USER_INPUT"),
        (as_member("bad", TICKS), StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
        (as_member("busy", TICKS), StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED"),
        (as_member("down", TICKS), StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        (with(get("/graphql?query=mutation%7Bchange%7D"), header::ACCEPT, EVENTS), StatusCode::METHOD_NOT_ALLOWED, "BAD_USER_INPUT"),
    ] {
        let answer = ask(HttpSettings::default(), request).await;
        assert_eq!((answer.status, answer.code()), (status, json!(code)), "{}", answer.text);
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/graphql-response+json; charset=utf-8");
        assert_eq!(answer.json().get("data"), None);
    }
}

#[tokio::test]
async fn the_end_says_why() {
    let first = "event: next\ndata: {\"data\":{\"count\":0}}\n\n";
    for (name, last) in [
        ("ann", "event: complete\ndata: {}\n\n"),
        ("failing", "event: next\ndata: {\"errors\":[{\"message\":\"lost\"}]}\n\nevent: complete\ndata: {}\n\n"),
        (
            "expiring",
            "event: next\ndata: {\"errors\":[{\"message\":\"the token is not valid any more\",\
             \"extensions\":{\"code\":\"UNAUTHENTICATED\"}}]}\n\nevent: complete\ndata: {}\n\n",
        ),
        (
            "leaving",
            "event: next\ndata: {\"errors\":[{\"message\":\"you are not let in any more\",\
             \"extensions\":{\"code\":\"FORBIDDEN\"}}]}\n\nevent: complete\ndata: {}\n\n",
        ),
        ("panicking", ""),
    ] {
        let answer = ask(HttpSettings::default(), as_member(name, "subscription { count(to: 1) }")).await;
        assert_eq!(answer.text, format!("{first}{last}"), "{name}");
    }
}

#[tokio::test]
async fn events_come_as_they_happen_and_stop_when_the_client_is_gone() {
    let (router, stage) = theatre(HttpSettings::default());
    // one that unfolds compressed answers gets events at once too
    let request = with(as_member("ann", TICKS), header::ACCEPT_ENCODING, "gzip");
    let mut body = router.oneshot(request).await.unwrap().into_body();
    for number in [3, 4] {
        stage.events.send(number).unwrap();
        let expected = format!("event: next\ndata: {{\"data\":{{\"ticks\":{{\"number\":{number}}}}}}}\n\n");
        assert_eq!(piece(&mut body).await, Some(expected));
    }
    drop(body);
    stage.reached(0).await;
}

#[tokio::test]
async fn a_silent_stream_shows_that_it_lives_and_outlives_a_request() {
    let live = LiveSettings { keep_alive: Duration::from_millis(20), ..LiveSettings::default() };
    let settings = HttpSettings { request_timeout: Duration::from_millis(30), ..with_live(live) };
    let (router, stage) = theatre(settings);
    let mut body = router.oneshot(as_member("ann", TICKS)).await.unwrap().into_body();
    for _ in 0..4 {
        assert_eq!(piece(&mut body).await.unwrap(), ":\n\n");
    }
    stage.events.send(-1).unwrap();
    while let Some(text) = piece(&mut body).await {
        assert!([":\n\n", "event: complete\ndata: {}\n\n"].contains(&text.as_str()), "{text}");
    }
}

#[tokio::test]
async fn a_stream_that_is_not_read_ends_and_says_so_to_whoever_reads_on() {
    let live = LiveSettings { patience: Duration::from_millis(200), undelivered: 4, ..LiveSettings::default() };
    let (router, stage) = theatre(with_live(live));
    let mut body = router.oneshot(as_member("ann", "subscription { flood }")).await.unwrap().into_body();
    stage.reached(1).await;
    stage.reached(0).await;
    let mut pieces = Vec::new();
    while let Some(text) = piece(&mut body).await {
        pieces.push(text);
    }
    let last = pieces.pop().unwrap();
    assert_eq!(pieces.len(), 4, "no more were kept");
    assert!(last.contains("SLOW_CONSUMER") && !last.contains("complete"), "{last}");
}

#[tokio::test]
async fn so_many_streams_for_all_and_so_many_for_each() {
    let (router, stage) = theatre(with_live(LiveSettings { most: 3, most_of_caller: 2, ..LiveSettings::default() }));
    let open = |name: &'static str| router.clone().oneshot(as_member(name, TICKS));
    let (first, _second) = (open("ann").await.unwrap(), open("ann").await.unwrap());
    let answer = Answer::of(open("ann").await.unwrap()).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::TOO_MANY_REQUESTS, json!("RATE_LIMITED")));
    assert_eq!(answer.json()["errors"][0]["extensions"]["maximum"], 2);
    let _third = open("barbara").await.unwrap();
    let answer = Answer::of(open("barbara").await.unwrap()).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::SERVICE_UNAVAILABLE, json!("UNAVAILABLE")));
    assert_eq!(answer.header(header::RETRY_AFTER), "1");
    drop(first);
    stage.reached(2).await;
    // the place is free as soon as the subscription is gone
    let again = async {
        while open("barbara").await.unwrap().status() != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(LONG, again).await.unwrap();
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_can_unfold_them() {
    let on = HttpSettings { explorer: true, ..HttpSettings::default() };
    let schema = Schema::build(Query, Mutation, EmptySubscription).finish();
    let request = with(get("/explorer/explorer.js"), header::ACCEPT_ENCODING, "gzip");
    let response = router(App { schema, ready: Some(true) }, on, FixedClock::at(NOW)).oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
}
