//! Sessions: refreshed, replayed, ended.

use entity::kinds::Role;
use serde_json::json;

use super::*;
use crate::support::on_both_engines;
use crate::support::rows::texts;

const DAY: i64 = 24 * 3_600;

on_both_engines! {
    async fn a_refresh_gives_the_next_tokens(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let first = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        app.wait(DAY);
        assert!(!is_in(&app, &first).await);
        let answer = refresh(&app, &first).await;
        assert_eq!(codes(&answer), Vec::<&str>::new());
        let second = &answer["session"];
        assert!(is_in(&app, second).await);
        assert_ne!(second["refreshToken"], first["refreshToken"]);
        assert_eq!(second["refreshExpiresAt"], "2026-06-09T12:00:00Z");
        assert_eq!(second["sessionExpiresAt"], first["sessionExpiresAt"]);
        app.wait(DAY);
        assert_eq!(codes(&refresh(&app, second).await), Vec::<&str>::new());
    }

    async fn the_audit_log_tells_who_signed_in_and_no_secret(app: TestApp) {
        let acme = app.org("acme").await;
        let member = with_password(&acme, "ada@example.com", PASSWORD).await;
        let session = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        let document = "query($id: ID!) { auditLog(filter: { memberId: $id, action: \"signIn\" }) { nodes { system onBehalfOf { id } changes { change kind fields { name before after } } } } }";
        let told = acme.member(Role::Auditor).await.gql(document, json!({ "id": member.to_string() })).await["auditLog"]["nodes"].take();
        assert_eq!(told[0]["onBehalfOf"]["id"], json!(member.to_string()));
        assert_eq!((&told[0]["system"], &told[0]["changes"]), (&json!("sign-in"), &json!([{ "change": "RECORDED", "kind": "sign_in", "fields": [] }])));
        let kept = texts(&app, "SELECT detail FROM audit_entry").await.concat().concat();
        let secrets = [PASSWORD, session["refreshToken"].as_str().unwrap(), session["accessToken"].as_str().unwrap(), "$argon2id$"];
        assert!(secrets.iter().all(|secret| !kept.contains(secret)), "{kept}");
    }

    async fn a_replayed_token_ends_its_session_and_no_other(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let stolen = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        let elsewhere = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        let second = refresh(&app, &stolen).await["session"].take();
        let third = refresh(&app, &second).await["session"].take();
        assert!(is_in(&app, &third).await);
        app.wait(10);
        assert_eq!(refresh(&app, &stolen).await["userErrors"], json!([{ "field": ["input", "refreshToken"], "code": "INVALID_TOKEN" }]));
        for session in [&stolen, &second, &third] {
            assert!(!is_in(&app, session).await);
            assert_eq!(codes(&refresh(&app, session).await), ["INVALID_TOKEN"]);
        }
        assert!(is_in(&app, &elsewhere).await);
        assert_eq!(codes(&refresh(&app, &elsewhere).await), Vec::<&str>::new());
        assert_eq!(texts(&app, "SELECT revoked_because FROM sign_in WHERE revoked_because IS NOT NULL").await, [["REPLAYED"]]);
    }

    async fn a_lost_answer_is_given_again_for_ten_seconds(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let first = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        let lost = refresh(&app, &first).await["session"].take();
        app.wait(9);
        let again = refresh(&app, &first).await["session"].take();
        assert_eq!(again["refreshToken"], lost["refreshToken"]);
        assert_eq!(again["refreshExpiresAt"], lost["refreshExpiresAt"]);
        assert!(is_in(&app, &again).await);
        // Once the successor was used the answer did arrive; nothing is given, and nothing is ended yet.
        let next = refresh(&app, &again).await["session"].take();
        assert_eq!(codes(&refresh(&app, &first).await), ["INVALID_TOKEN"]);
        assert!(is_in(&app, &next).await);
    }

    async fn of_many_refreshes_at_once_one_is_done(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let first = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        let before = texts(&app, "SELECT hash FROM refresh_token").await.len();
        let answers = futures_util::future::join_all((0..8).map(|_| refresh(&app, &first))).await;
        let given: std::collections::BTreeSet<String> =
            answers.iter().map(|answer| answer["session"]["refreshToken"].as_str().unwrap().to_owned()).collect();
        assert_eq!(given.len(), 1);
        assert_eq!(texts(&app, "SELECT hash FROM refresh_token").await.len(), before + 1);
        assert!(is_in(&app, &answers[7]["session"]).await);
    }

    async fn a_session_dies_unused_after_a_week_and_busy_after_a_month(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let unused = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        app.wait(7 * DAY);
        assert_eq!(codes(&refresh(&app, &unused).await), ["INVALID_TOKEN"]);
        let mut busy = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        for _ in 0..4 {
            app.wait(7 * DAY - 1);
            busy = refresh(&app, &busy).await["session"].take();
        }
        assert_eq!(busy["refreshExpiresAt"], busy["sessionExpiresAt"]);
        app.wait(2 * DAY + 3);
        let last = refresh(&app, &busy).await["session"].take();
        assert!(is_in(&app, &last).await);
        app.wait(1);
        assert!(!is_in(&app, &last).await);
        assert_eq!(codes(&refresh(&app, &last).await), ["INVALID_TOKEN"]);
    }

    async fn what_is_no_refresh_token_is_refused_alike(app: TestApp) {
        let (acme, other) = (app.org("acme").await, app.org("other").await);
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let session = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        let good = session["refreshToken"].as_str().unwrap();
        let ticket = invitation(&acme, "ada@example.com").await;
        let moved = format!("{}{}", &invitation(&other_member(&other).await, "bob@example.com").await.replace("ticket", "refresh")[..36], &good[36..]);
        for token in [moved.as_str(), &good[..good.len() - 1], &good.to_lowercase(), &ticket, session["accessToken"].as_str().unwrap(), "", "x"] {
            let answer = refresh(&app, &json!({ "refreshToken": token })).await;
            assert_eq!(answer["userErrors"], json!([{ "field": ["input", "refreshToken"], "code": "INVALID_TOKEN" }]), "{token}");
        }
        assert_eq!(codes(&refresh(&app, &session).await), Vec::<&str>::new());
        // A refresh token is no access token.
        let holder = Caller { app: &app, token: Some(good.to_owned()), member: None };
        assert_eq!(holder.refused(ME, json!({})).await, "UNAUTHENTICATED");
    }

    async fn signing_out_ends_one_session_or_all(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        with_password(&acme, "bob@example.com", PASSWORD).await;
        let mut sessions = Vec::new();
        for _ in 0..4 {
            sessions.push(sign_in(&app, acme.id, "ada@example.com", PASSWORD).await);
        }
        let bob = sign_in(&app, acme.id, "bob@example.com", PASSWORD).await;
        let data = holder(&app, &sessions[0]).gql(SIGN_OUT, json!({ "input": {} })).await;
        assert_eq!(data["signOut"], json!({ "endedSessions": 1, "userErrors": [] }));
        assert!(!is_in(&app, &sessions[0]).await && is_in(&app, &sessions[1]).await);
        assert_eq!(codes(&refresh(&app, &sessions[0]).await), ["INVALID_TOKEN"]);
        // Of another session by its refresh token, but not of another member's.
        let by_token = async |token: &Value| {
            holder(&app, &sessions[1]).gql(SIGN_OUT, json!({ "input": { "refreshToken": token } })).await["signOut"].take()
        };
        assert_eq!(codes(&by_token(&bob["refreshToken"]).await), ["INVALID_TOKEN"]);
        assert_eq!(by_token(&sessions[2]["refreshToken"]).await["endedSessions"], 1);
        assert_eq!(by_token(&sessions[2]["refreshToken"]).await["endedSessions"], 0);
        assert!(is_in(&app, &sessions[1]).await && !is_in(&app, &sessions[2]).await && is_in(&app, &bob).await);
        let everywhere = async |session: &Value, but_here: bool| {
            holder(&app, session).gql(SIGN_OUT_EVERYWHERE, json!({ "input": { "butHere": but_here } })).await["signOutEverywhere"].take()
        };
        // The invitation that was accepted began a session too.
        assert_eq!(everywhere(&sessions[1], true).await["endedSessions"], 2);
        assert!(is_in(&app, &sessions[1]).await && !is_in(&app, &sessions[3]).await);
        assert_eq!(everywhere(&sessions[1], false).await["endedSessions"], 1);
        assert!(!is_in(&app, &sessions[1]).await && is_in(&app, &bob).await);
    }

    async fn a_token_of_the_operator_belongs_to_no_session(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        assert_eq!(admin.gql(SIGN_OUT, json!({ "input": {} })).await["signOut"]["endedSessions"], 0);
        assert_eq!(admin.gql(ME, json!({})).await["me"]["role"], "ADMIN");
    }

    async fn changing_the_password_needs_it_and_ends_the_other_sessions(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let (here, there) =
            (sign_in(&app, acme.id, "ada@example.com", PASSWORD).await, sign_in(&app, acme.id, "ada@example.com", PASSWORD).await);
        let change = async |current: &str, new: &str| {
            let input = json!({ "input": { "currentPassword": current, "newPassword": new } });
            holder(&app, &here).gql(CHANGE, input).await["changePassword"].take()
        };
        let wrong = change(OTHER_PASSWORD, OTHER_PASSWORD).await;
        assert_eq!(wrong["userErrors"], json!([{ "field": ["input", "currentPassword"], "code": "SIGN_IN_FAILED" }]));
        let weak = change(PASSWORD, "short").await;
        assert_eq!(weak["userErrors"], json!([{ "field": ["input", "newPassword"], "code": "TOO_SHORT" }]));
        assert!(is_in(&app, &there).await);
        assert_eq!(change(PASSWORD, OTHER_PASSWORD).await, json!({ "changed": true, "retryAfter": null, "userErrors": [] }));
        assert!(is_in(&app, &here).await && !is_in(&app, &there).await);
        assert_eq!(codes(&refresh(&app, &there).await), ["INVALID_TOKEN"]);
        assert_eq!(codes(&refresh(&app, &here).await), Vec::<&str>::new());
        assert_eq!(codes(&try_sign_in(&app, acme.id, "ada@example.com", PASSWORD).await), ["SIGN_IN_FAILED"]);
        sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD).await;
    }

    async fn another_role_and_deactivation_end_sessions_for_good(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let ada = with_password(&acme, "ada@example.com", PASSWORD).await;
        for (change, back) in [(json!({ "role": "REVOPS" }), json!({ "role": "SALES_REP" })), (json!({ "active": false }), json!({ "active": true }))] {
            let session = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
            for change in [change, back] {
                let mut input = change;
                input["memberId"] = json!(ada.to_string());
                let data = admin.gql(REVISE, json!({ "input": input })).await;
                assert_eq!(codes(&data["reviseMember"]), Vec::<&str>::new());
                assert!(!is_in(&app, &session).await);
                assert_eq!(codes(&refresh(&app, &session).await), ["INVALID_TOKEN"]);
            }
        }
        // A role of the organization's own is another role too.
        let define = "mutation { defineRole(input: { name: \"Reader\", grants: [{ permission: BUYER_READ, reach: OWN }] }) { customRole { id } } }";
        let role = admin.gql(define, json!({})).await["defineRole"]["customRole"]["id"].take();
        for role in [role, Value::Null] {
            let session = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
            admin.gql(REVISE, json!({ "input": { "memberId": ada.to_string(), "customRoleId": role } })).await;
            assert_eq!(codes(&refresh(&app, &session).await), ["INVALID_TOKEN"]);
        }
        let session = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        admin.gql(REVISE, json!({ "input": { "memberId": ada.to_string(), "name": "Ada" } })).await;
        assert!(is_in(&app, &session).await);
    }
}

async fn other_member<'a>(organization: &TestOrganization<'a>) -> TestOrganization<'a> {
    person(organization, "bob@example.com", Role::SalesRep).await;
    *organization
}
