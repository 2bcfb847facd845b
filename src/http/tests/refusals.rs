//! The schema for those who are not signed in, secrets asked for twice, limits by name, TLS in front, clients that go away.

use std::{io::Write, net::TcpStream, sync::atomic::Ordering};

use super::*;

#[tokio::test]
async fn the_schema_is_not_shown_to_strangers_in_any_shape() {
    let shapes = [
        "{ __schema { queryType { name } } }",
        "{ __type(name: \"Query\") { name } }",
        "{ a: __schema { queryType { name } } }",
        "{ apple ... { __schema { queryType { name } } } }",
        "{ ... on Query { __type(name: \"Query\") { name } } }",
        "{ ...F } fragment F on Query { ...G } fragment G on Query { b: __schema { queryType { name } } }",
        "query A { apple } query B { __schema { queryType { name } } }",
        "{ __schema @skip(if: true) { queryType { name } } apple }",
        "query Q($t: Boolean = false) { __schema @include(if: $t) { queryType { name } } }",
        "{ apple } fragment F on Query { __schema { queryType { name } } }",
        "mutation { change __schema { queryType { name } } }",
        crate::graphql::guard::tests::STANDARD_INTROSPECTION,
    ];
    for shape in shapes {
        for (accept, status) in [(RESPONSE, StatusCode::BAD_REQUEST), (JSON, StatusCode::OK)] {
            let body = json!({ "query": shape, "operationName": if shape.contains("query A") { json!("A") } else { Value::Null } });
            let answer = send(post(accept, body.to_string())).await;
            assert_eq!((answer.status, answer.code(), answer.json().get("data")), (status, json!("UNAUTHENTICATED"), None), "{shape}");
            assert_eq!(answer.json()["errors"][0]["message"], "the schema is shown to those who are signed in");
        }
    }
    for path in ["/graphql?query=%7B__schema%7BqueryType%7Bname%7D%7D%7D", "/graphql?query=%7Bx:__type(name:%22Query%22)%7Bname%7D%7D"] {
        assert_eq!(send(get(path)).await.code(), "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn type_names_are_told_and_whoever_may_sees_the_schema() {
    assert_eq!(send(query(JSON, "{ __typename }")).await.json()["data"], json!({ "__typename": "Query" }));
    let asked = with(query(JSON, "{ __schema { queryType { name } } }"), header::AUTHORIZATION, "Bearer schema");
    assert_eq!(send(asked).await.json()["data"]["__schema"]["queryType"]["name"], "Query");
    // nothing is suggested either
    let answer = send(query(JSON, "{ appel }")).await;
    assert!(!answer.text.contains("apple"), "{}", answer.text);
}

#[tokio::test]
async fn one_attempt_at_a_secret_in_a_document() {
    for document in [
        "mutation { a: signIn b: signIn }",
        "mutation { signIn refreshSession }",
        "mutation { a: signIn ...F } fragment F on Mutation { ... { b: signIn } }",
        "mutation A { signIn } mutation B { signIn }",
    ] {
        let body = json!({ "query": document, "operationName": if document.contains('A') { json!("A") } else { Value::Null } });
        let answer = send(post(RESPONSE, body.to_string())).await;
        let expected = json!({ "code": "QUERY_TOO_COMPLEX", "limit": "sensitiveMutations", "value": 2, "maximum": 1 });
        assert_eq!((answer.status, &answer.json()["errors"][0]["extensions"]), (StatusCode::BAD_REQUEST, &expected), "{document}");
    }
    // one is let through to the schema, which here does not know it
    assert_eq!(send(query(JSON, "mutation { signIn }")).await.code(), "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn every_limit_is_named_with_what_it_allows() {
    let repeated = |text: &str, times: usize| text.repeat(times);
    let documents = [
        ("bytes", 64 * 1024, format!("{{ apple }} # {}", repeated("x", 70_000))),
        ("tokens", 5_000, format!("{{ {} }}", repeated("apple ", 5_001))),
        ("nesting", 60, format!("{{ length(text: {}{}) }}", repeated("[", 70), repeated("]", 70))),
        ("depth", 15, format!("{}{}", repeated("{ apple ", 16), repeated("}", 16))),
        ("aliases", 30, format!("{{ {} }}", (0..31).map(|n| format!("a{n}: apple ")).collect::<String>())),
        ("rootFields", 40, format!("{{ {} }}", repeated("apple ", 41))),
        ("directives", 20, format!("{{ apple {} }}", repeated("@skip(if: true) ", 21))),
        ("fields", 2_000, format!("{{ apple {{ {} }} }}", repeated("apple ", 2_001))),
        ("operations", 20, (0..21).map(|n| format!("query Q{n} {{ apple }} ")).collect()),
    ];
    for (limit, maximum, document) in documents {
        let answer = send(query(RESPONSE, &document)).await;
        let extensions = &answer.json()["errors"][0]["extensions"];
        let named = (&extensions["code"], &extensions["limit"], &extensions["maximum"]);
        assert_eq!(named, (&json!("QUERY_TOO_COMPLEX"), &json!(limit), &json!(maximum)), "{}", answer.text);
        assert!(extensions["value"].as_u64() > Some(maximum), "{}", answer.text);
    }
    let requests = [
        ("bodyBytes", 1_000_000, post(JSON, " ".repeat(1_000_001))),
        ("urlBytes", 16 * 1024, get(&format!("/graphql?x={}", "x".repeat(17_000)))),
        ("headerBytes", 8 * 1024, with(get("/graphql"), header::AUTHORIZATION, &"x".repeat(9_000))),
    ];
    for (limit, maximum, request) in requests {
        let expected = json!({ "code": "BAD_USER_INPUT", "limit": limit, "maximum": maximum });
        assert_eq!(send(request).await.json()["errors"][0]["extensions"], expected);
    }
}

#[tokio::test]
async fn browsers_are_bound_to_tls_where_there_is_some() {
    let behind = || HttpSettings { behind_tls: true, ..HttpSettings::default() };
    for path in ["/graphql?query=%7Bapple%7D", "/healthz", "/nowhere"] {
        assert!(!send(get(path)).await.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        let answer = send_with(behind(), Some(true), get(path)).await;
        assert_eq!(answer.header(header::STRICT_TRANSPORT_SECURITY), "max-age=63072000; includeSubDomains", "{path}");
    }
}

#[tokio::test]
async fn trace_is_refused_and_says_nothing_back() {
    for (path, status) in
        [("/graphql", StatusCode::METHOD_NOT_ALLOWED), ("/healthz", StatusCode::METHOD_NOT_ALLOWED), ("/", StatusCode::NOT_FOUND)]
    {
        let request = Request::builder().method(Method::TRACE).uri(path).header("x-secret", "marker").body(Body::empty()).unwrap();
        let answer = send(request).await;
        assert_eq!((answer.status, answer.text.contains("marker")), (status, false), "{path}");
    }
}

#[tokio::test]
async fn what_a_client_asked_for_ends_when_the_client_is_gone() {
    let schema = Schema::build(Query, Mutation, EmptySubscription).extension(Hardening::default()).finish();
    let watched = schema.clone();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let settings = HttpSettings { max_executing: 1, ..HttpSettings::default() };
    let router = router(App { schema: watched, ready: Some(true) }, settings, FixedClock::at(NOW));
    let server = tokio::spawn(axum::serve(listener, router).into_future());

    let reached = |began: usize, ended: usize| async move {
        let both = async {
            while (BEGAN.load(Ordering::SeqCst), ENDED.load(Ordering::SeqCst)) != (began, ended) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), both).await.unwrap();
    };
    let mut socket = TcpStream::connect(address).unwrap();
    socket.write_all(b"GET /graphql?query=%7Bwatched%7D HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    reached(1, 0).await;
    drop(socket);
    reached(1, 1).await;
    server.abort();
}
