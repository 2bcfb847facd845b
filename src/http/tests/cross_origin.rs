//! Pages of other origins.

use axum::http::HeaderName;

use super::*;

const APP: &str = "https://app.example.com";
const OTHER: &str = "http://localhost:3000";

fn open() -> HttpSettings {
    HttpSettings { allowed_origins: vec![APP.parse().unwrap(), OTHER.parse().unwrap()], ..HttpSettings::default() }
}

fn preflight(path: &str, origin: &str) -> Request<Body> {
    let request = Request::options(path)
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type");
    request.body(Body::empty()).unwrap()
}

fn leave(answer: &Answer) -> Vec<&str> {
    let names = answer.headers.keys().map(HeaderName::as_str);
    names.filter(|name| name.starts_with("access-control-")).collect()
}

#[tokio::test]
async fn nobody_gets_leave_by_default() {
    let answer = send(with(query(JSON, "{ apple }"), header::ORIGIN, APP)).await;
    assert_eq!((answer.status, leave(&answer)), (StatusCode::OK, vec![]));
    let answer = send(preflight("/graphql", APP)).await;
    assert_eq!((answer.status, leave(&answer)), (StatusCode::METHOD_NOT_ALLOWED, vec![]));
}

#[tokio::test]
async fn a_listed_origin_gets_leave_for_what_is_needed() {
    for origin in [APP, OTHER] {
        let answer = send_with(open(), Some(true), preflight("/graphql", origin)).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""));
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), origin);
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_METHODS), "GET,POST");
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_HEADERS), "authorization,content-type,x-request-id,acting-for");
        assert_eq!(answer.header(header::ACCESS_CONTROL_MAX_AGE), "600");

        let answer = send_with(open(), Some(true), with(query(JSON, "{ apple }"), header::ORIGIN, origin)).await;
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), origin);
        let exposed = answer.header(header::ACCESS_CONTROL_EXPOSE_HEADERS);
        assert_eq!(exposed, "retry-after,ratelimit,ratelimit-policy,x-request-id");
        assert!(!answer.headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
}

#[tokio::test]
async fn no_other_origin_gets_leave() {
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.com.evil.example",
        "https://evilapp.example.com",
        "https://sub.app.example.com",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://APP.example.com",
        "*",
    ] {
        for request in [preflight("/graphql", origin), with(query(JSON, "{ apple }"), header::ORIGIN, origin)] {
            let answer = send_with(open(), Some(true), request).await;
            assert!(!answer.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}");
        }
    }
}

#[tokio::test]
async fn caches_are_told_that_the_answer_depends_on_the_origin() {
    for origin in [Some(APP), Some("https://evil.example"), None] {
        let mut request = query(JSON, "{ apple }");
        if let Some(origin) = origin {
            request = with(request, header::ORIGIN, origin);
        }
        let answer = send_with(open(), Some(true), request).await;
        let varies = answer.headers.get_all(header::VARY).iter().any(|value| value.to_str().unwrap().to_lowercase().contains("origin"));
        assert!(varies, "{origin:?}");
    }
}

#[tokio::test]
async fn refusals_can_be_read_too_and_other_paths_have_nothing_to_read() {
    let refused = with(with(query(JSON, "{ apple }"), header::ORIGIN, APP), header::AUTHORIZATION, "Bearer bad");
    let answer = send_with(open(), Some(true), refused).await;
    assert_eq!((answer.status, answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN)), (StatusCode::UNAUTHORIZED, APP));
    for (path, status) in [("/healthz", StatusCode::METHOD_NOT_ALLOWED), ("/nowhere", StatusCode::NOT_FOUND)] {
        let answer = send_with(open(), Some(true), preflight(path, APP)).await;
        assert_eq!((answer.status, leave(&answer)), (status, vec![]), "{path}");
    }
}
