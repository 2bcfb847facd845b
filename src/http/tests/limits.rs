//! What is too large, too long, too slow or too deep.

use std::{
    convert::Infallible,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    sync::Arc,
    time::Instant,
};

use axum::body::Bytes;

use super::*;

#[tokio::test]
async fn the_body_is_counted_as_it_arrives() {
    let body = |length: usize| format!("{{\"query\":\"{{ apple }}\",\"x\":\"{}\"}}", "x".repeat(length - 28));
    let chunked = |length: usize| {
        let text = body(length).into_bytes();
        let chunks: Vec<_> = text.chunks(100_000).map(|chunk| Ok::<_, Infallible>(Bytes::copy_from_slice(chunk))).collect();
        Body::from_stream(futures_util::stream::iter(chunks))
    };
    assert_eq!(body(1_000_000).len(), 1_000_000);
    assert_eq!(send(post(JSON, body(1_000_000))).await.json()["data"], json!({ "apple": 2 }));
    assert_eq!(send(post(JSON, chunked(1_000_000))).await.json()["data"], json!({ "apple": 2 }));
    for request in [post(JSON, body(1_000_001)), post(JSON, chunked(1_000_001)), post(JSON, chunked(10_000_000))] {
        let answer = send(request).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::PAYLOAD_TOO_LARGE, json!("BAD_USER_INPUT")));
    }
}

/// Sends bytes over a socket and returns the first line of the answer.
async fn first_line(request: Vec<u8>) -> String {
    let schema = Schema::build(Query, Mutation, EmptySubscription).extension(Hardening::default()).finish();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(
        axum::serve(listener, router(App { schema, ready: Some(true) }, HttpSettings::default(), FixedClock::at(NOW))).into_future(),
    );
    let answer = tokio::task::spawn_blocking(move || {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        socket.write_all(&request).unwrap();
        let mut line = String::new();
        BufReader::new(socket).read_line(&mut line).unwrap();
        line
    });
    let line = answer.await.unwrap();
    server.abort();
    line
}

#[tokio::test]
async fn a_client_that_sends_too_much_learns_why() {
    let head = |length: usize, more: &str| {
        format!("POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{more}\r\n")
            .into_bytes()
    };
    let sent = [head(10_000_000, ""), vec![b' '; 10_000_000]].concat();
    assert_eq!(first_line(sent).await, "HTTP/1.1 413 Payload Too Large\r\n");
    // these send nothing of the body
    assert_eq!(first_line(head(2_000_000, "expect: 100-continue\r\n")).await, "HTTP/1.1 413 Payload Too Large\r\n");
    assert_eq!(first_line(head(64_000_001, "")).await, "HTTP/1.1 413 Payload Too Large\r\n");
}

#[tokio::test]
async fn what_is_thrown_away_is_bounded() {
    let polled = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&polled);
    let endless = futures_util::stream::repeat_with(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok::<_, Infallible>(Bytes::from_static(&[b' '; 50]))
    });
    let settings = HttpSettings { max_body_bytes: 100, ..HttpSettings::default() };
    let answer = send_with(settings, Some(true), post(JSON, Body::from_stream(endless))).await;
    assert_eq!((answer.status, polled.load(Ordering::Relaxed)), (StatusCode::PAYLOAD_TOO_LARGE, 129));
}

#[tokio::test]
async fn long_urls_and_headers_are_refused() {
    let url = |length: usize| format!("/graphql?query=%7Bapple%7D&x={}", "x".repeat(length - 29));
    assert_eq!(send(get(&url(16_384))).await.status, StatusCode::OK);
    let answer = send(get(&url(16_385))).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::URI_TOO_LONG, json!("BAD_USER_INPUT")));

    let token = |length: usize| with(query(JSON, "{ caller }"), header::AUTHORIZATION, &format!("Bearer {}", "x".repeat(length - 7)));
    assert_eq!(send(token(8_192)).await.status, StatusCode::OK);
    assert_eq!(send(token(8_193)).await.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let mut many = get("/healthz");
    for _ in 0..5 {
        many.headers_mut().append("x-many", "x".repeat(7_000).parse().unwrap());
    }
    assert_eq!(send(many).await.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

#[tokio::test]
async fn execution_and_body_have_a_deadline() {
    let hasty = || HttpSettings { request_timeout: Duration::from_millis(20), ..HttpSettings::default() };
    let patient = Duration::from_secs(5);
    let answer = tokio::time::timeout(patient, send_with(hasty(), Some(true), query(RESPONSE, "{ slow }"))).await.unwrap();
    assert_eq!((answer.status, answer.code()), (StatusCode::GATEWAY_TIMEOUT, json!("TIMEOUT")));
    assert!(answer.json().get("data").is_none());
    let dripping = Body::from_stream(futures_util::stream::pending::<Result<Bytes, Infallible>>());
    let answer = tokio::time::timeout(patient, send_with(hasty(), Some(true), post(RESPONSE, dripping))).await.unwrap();
    assert_eq!((answer.status, answer.code()), (StatusCode::REQUEST_TIMEOUT, json!("TIMEOUT")));
}

#[tokio::test]
async fn fragments_that_double_are_refused_at_once() {
    for levels in [28, 90] {
        let mut document = "query{...F0}".to_owned();
        for level in 0..levels {
            document += &format!("fragment F{level} on Query{{...F{next} ...F{next}}}", next = level + 1);
        }
        document += &format!("fragment F{levels} on Query{{__typename}}");
        // the best of a few, for the machine may be busy with other tests
        let mut best = Duration::MAX;
        for _ in 0..10 {
            let begin = Instant::now();
            let answer = send(query(RESPONSE, &document)).await;
            best = best.min(begin.elapsed());
            assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, json!("QUERY_TOO_COMPLEX")));
        }
        assert!(best < Duration::from_millis(50), "{best:?}");
    }
}

#[tokio::test]
async fn text_with_nul_is_refused_with_its_place() {
    let body = json!({ "query": "query($t: String!) { length(text: $t) }", "variables": { "t": "a\0b" } }).to_string();
    let answer = send(post(JSON, body)).await;
    let expected = json!([{ "message": "text must not contain NUL (U+0000)", "extensions": { "code": "BAD_USER_INPUT", "field": "t" } }]);
    assert_eq!(answer.json()["errors"], expected);
    let answer = send(query(JSON, r#"{ length(text: "\u0000") }"#)).await;
    assert_eq!(answer.json()["errors"][0]["locations"], json!([{ "line": 1, "column": 16 }]));
}

#[tokio::test]
async fn the_standard_introspection_query_is_answered() {
    let answer =
        send(with(query(RESPONSE, crate::graphql::guard::tests::STANDARD_INTROSPECTION), header::AUTHORIZATION, "Bearer schema")).await;
    assert_eq!((answer.status, answer.json().get("errors")), (StatusCode::OK, None));
    assert_eq!(answer.json()["data"]["__schema"]["mutationType"]["name"], "Mutation");
}
