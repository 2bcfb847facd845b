//! The application behind its front door: probes, tokens that grow old, mutations that stand twice.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use entity::kinds::Role;
use serde_json::json;

use crate::support::on_both_engines;

on_both_engines! {
    async fn probes_answer(app: TestApp) {
        for path in ["/healthz", "/readyz"] {
            let (status, _) = app.send(Request::get(path).body(Body::empty()).unwrap()).await;
            assert_eq!(status, StatusCode::OK, "{path}");
        }
    }

    async fn a_token_is_good_for_a_quarter_of_an_hour(app: TestApp) {
        let admin = app.org("acme").await.member(Role::Admin).await;
        let ask = || {
            Request::post("/graphql")
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::AUTHORIZATION, format!("Bearer {}", admin.token.as_deref().unwrap()))
                .body(Body::from(json!({ "query": "{ me { role } }" }).to_string()))
                .unwrap()
        };
        let begin = app.app.now();
        for (seconds, expected) in [(0, StatusCode::OK), (15 * 60 + 29, StatusCode::OK), (15 * 60 + 30, StatusCode::UNAUTHORIZED)] {
            app.clock.set(begin.saturating_add_micros(seconds * 1_000_000));
            assert_eq!(app.send(ask()).await.0, expected, "after {seconds} seconds");
        }
    }

    async fn a_mutation_that_stands_twice_writes_nothing(app: TestApp) {
        let admin = app.org("acme").await.member(Role::Admin).await;
        let team = r#"createTeam(input: { name: "a", resources: [SALES] }) { userErrors { code } }"#;
        assert_eq!(admin.refused(&format!("mutation {{ {team} {team} }}"), json!({})).await, "GRAPHQL_VALIDATION_FAILED");
        assert_eq!(admin.gql("{ teams { totalCount } }", json!({})).await["teams"]["totalCount"], 0);
    }
}
