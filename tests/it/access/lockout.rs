//! Failures cost a wait, for whoever exists and whoever does not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use entity::ids::TypedId;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::support::on_both_engines;
use crate::support::rows::texts;

/// The code of an answer, and the seconds to wait.
fn told(answer: &Value) -> (String, Option<i64>) {
    (codes(answer).join(" "), answer["retryAfter"].as_i64())
}

on_both_engines! {
    async fn failures_cost_a_growing_wait_whether_or_not_there_is_an_account(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let nowhere = OrganizationId::from_uuid(Uuid::from_u128(7));
        let begin = app.app.now();
        let mut stories = Vec::new();
        for (organization, email) in [(acme.id, "ada@example.com"), (acme.id, "nobody@example.com"), (nowhere, "ada@example.com")] {
            app.clock.set(begin);
            let mut story = Vec::new();
            for wait in [0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 4, 7, 1, 0] {
                app.wait(wait);
                story.push(told(&try_sign_in(&app, organization, email, OTHER_PASSWORD).await));
            }
            stories.push(story);
        }
        let failed = || ("SIGN_IN_FAILED".to_owned(), None);
        let limited = |seconds| ("RATE_LIMITED".to_owned(), Some(seconds));
        let expected = vec![
            failed(), failed(), failed(), failed(), failed(), limited(1), failed(), limited(2), failed(), limited(4), failed(),
            limited(1), failed(), limited(16),
        ];
        assert_eq!(stories, [expected.clone(), expected.clone(), expected]);
    }

    async fn whoever_has_to_wait_is_not_heard_and_begins_anew_afterwards(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        for _ in 0..5 {
            try_sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD).await;
        }
        let before = app.app.access().hasher().verification_count();
        assert_eq!(told(&try_sign_in(&app, acme.id, "ada@example.com", PASSWORD).await), ("RATE_LIMITED".to_owned(), Some(1)));
        assert_eq!(app.app.access().hasher().verification_count(), before);
        app.wait(1);
        sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        for _ in 0..5 {
            assert_eq!(codes(&try_sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD).await), ["SIGN_IN_FAILED"]);
        }
    }

    async fn nobody_waits_longer_than_a_quarter_of_an_hour(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let mut longest = 0;
        for _ in 0..20 {
            try_sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD).await;
            let wait = try_sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD).await["retryAfter"].as_i64().unwrap_or(0);
            longest = longest.max(wait);
            app.wait(wait);
        }
        assert_eq!(longest, 900);
        sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
    }

    async fn a_reset_lets_a_member_in_again_at_once(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        for _ in 0..5 {
            try_sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD).await;
        }
        let ticket = reset(&acme, "ada@example.com").await;
        app.anonymous().gql(RESET, json!({ "input": { "token": ticket, "password": OTHER_PASSWORD } })).await;
        sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD).await;
    }

    async fn tries_at_once_are_counted_one_by_one(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let before = app.app.access().hasher().verification_count();
        let tries = (0..12).map(|_| try_sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD));
        let answers = futures_util::future::join_all(tries).await;
        let limited = answers.iter().filter(|answer| codes(answer) == ["RATE_LIMITED"]).count();
        let failed = answers.iter().filter(|answer| codes(answer) == ["SIGN_IN_FAILED"]).count();
        assert_eq!((failed, limited), (5, 7));
        assert_eq!(app.app.access().hasher().verification_count() - before, 5);
        assert_eq!(texts(&app, "SELECT CAST(failures AS text) FROM throttle WHERE kind = 'ACCOUNT'").await, [["5"]]);
    }

    async fn first_tries_at_once_are_counted_one_by_one(app: TestApp) {
        let acme = app.org("acme").await;
        let tries = (0..4).map(|_| try_sign_in(&app, acme.id, "nobody@example.com", OTHER_PASSWORD));
        for answer in futures_util::future::join_all(tries).await {
            assert_eq!(codes(&answer), ["SIGN_IN_FAILED"]);
        }
        assert_eq!(texts(&app, "SELECT CAST(failures AS text) FROM throttle WHERE kind = 'ACCOUNT'").await, [["4"]]);
    }

    async fn an_address_that_tries_many_accounts_waits_too(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let here = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        for number in 0..20 {
            let answer = try_sign_in_from(&app, acme.id, &format!("m{number}@example.com"), OTHER_PASSWORD, here).await;
            assert_eq!(told(&answer), ("SIGN_IN_FAILED".to_owned(), None), "{number}");
        }
        let answer = try_sign_in_from(&app, acme.id, "ada@example.com", PASSWORD, here).await;
        assert_eq!(told(&answer), ("RATE_LIMITED".to_owned(), Some(1)));
        let there = IpAddr::V6(Ipv6Addr::LOCALHOST);
        assert_eq!(codes(&try_sign_in_from(&app, acme.id, "ada@example.com", PASSWORD, there).await), Vec::<&str>::new());
        app.wait(1);
        assert_eq!(codes(&try_sign_in_from(&app, acme.id, "ada@example.com", PASSWORD, here).await), Vec::<&str>::new());
    }

    async fn the_current_password_cannot_be_guessed_with_a_token(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let ada = holder(&app, &sign_in(&app, acme.id, "ada@example.com", PASSWORD).await);
        let mut seen = Vec::new();
        for _ in 0..6 {
            let input = json!({ "input": { "currentPassword": OTHER_PASSWORD, "newPassword": "wandering otters at dusk" } });
            let answer = ada.gql(CHANGE, input).await["changePassword"].take();
            seen.push(told(&answer));
        }
        assert_eq!(seen[4], ("SIGN_IN_FAILED".to_owned(), None));
        assert_eq!(seen[5], ("RATE_LIMITED".to_owned(), Some(1)));
    }

    async fn a_request_holds_one_try(app: TestApp) {
        let acme = app.org("acme").await;
        let one = format!(r#"signIn(input: {{ organizationId: "{}", email: "a@b.c", password: "x" }}) {{ retryAfter }}"#, acme.id);
        let answer = app.anonymous().answer(&format!("mutation {{ a: {one} b: {one} c: {one} }}"), json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX", "{answer:#}");
        let other = r#"resetPassword(input: { token: "x", password: "x" }) { userErrors { code } }"#;
        let real = r#"refreshSession(input: { refreshToken: "x" }) { userErrors { code } }"#;
        let answer = app.anonymous().answer(&format!("mutation {{ {other} {real} }}"), json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX", "{answer:#}");
        assert_eq!(texts(&app, "SELECT CAST(failures AS text) FROM throttle").await, Vec::<Vec<String>>::new(), "nothing was tried");
    }
}
