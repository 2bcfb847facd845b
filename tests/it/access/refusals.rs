//! Who was not let in is told to the audit log, within bounds and without addresses.

use std::time::Duration;

use entity::ids::TypedId;
use entity::kinds::Role;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::support::on_both_engines;
use crate::support::rows::texts;

const DENIED: &str = "query($action: String) { auditLog(first: 100, filter: { outcome: DENIED, action: $action }) { nodes {
    action system member { id } onBehalfOf { id } requestId changes { change permission path objectId } } } }";

/// The refusals of an action that an organization was told of, latest first, once there are so many: they are told after the
/// answer.
async fn refusals(acme: &TestOrganization<'_>, action: &str, count: usize) -> Vec<Value> {
    let auditor = acme.member(Role::Auditor).await;
    for _ in 0..200 {
        let nodes = auditor.gql(DENIED, json!({ "action": action })).await["auditLog"]["nodes"].take();
        let nodes = nodes.as_array().unwrap().clone();
        if nodes.len() >= count {
            assert_eq!(nodes.len(), count);
            return nodes;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{count} refusals of {action} were not told");
}

/// Lets what is told after an answer be told.
async fn settled() {
    tokio::time::sleep(Duration::from_millis(300)).await;
}

fn of(member: MemberId) -> Value {
    json!({ "id": member.to_string() })
}

on_both_engines! {
    async fn whoever_is_not_let_in_is_told_of_by_id(app: TestApp) {
        let acme = app.org("acme").await;
        let ada = with_password(&acme, "ada@example.com", PASSWORD).await;
        let gone = with_password(&acme, "gone@example.com", PASSWORD).await;
        let admin = acme.member(Role::Admin).await;
        admin.gql(REVISE, json!({ "input": { "memberId": gone.to_string(), "active": false } })).await;
        for (told, (email, who)) in (1..).zip([("ada@example.com", of(ada)), ("gone@example.com", of(gone)), ("nobody@example.com", Value::Null), ("no address", Value::Null)]) {
            try_sign_in(&app, acme.id, email, OTHER_PASSWORD).await;
            let entry = refusals(&acme, "signIn", told).await.remove(0);
            assert_eq!(entry["onBehalfOf"], who, "{email}");
            assert_eq!((&entry["system"], &entry["member"]), (&json!("sign-in"), &Value::Null));
            assert!(entry["requestId"].is_string());
            assert_eq!(entry["changes"], json!([{ "change": "DENIED", "permission": null, "path": "password", "objectId": null }]));
        }
        let kept = texts(&app, "SELECT detail || action || coalesce(request_id, '') FROM audit_entry").await.concat().concat();
        assert!(!kept.contains("nobody@") && !kept.contains("ada@") && !kept.contains("no address"), "{kept}");
        // Who comes in is told of under the same name.
        sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        refusals(&acme, "signIn", 4).await;
    }

    async fn tokens_and_tickets_that_are_not_good_are_told_of(app: TestApp) {
        let acme = app.org("acme").await;
        let ada = with_password(&acme, "ada@example.com", PASSWORD).await;
        let first = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        refresh(&app, &first).await;
        app.wait(60);
        assert_eq!(codes(&refresh(&app, &first).await), ["INVALID_TOKEN"]);
        let replayed = refusals(&acme, "refreshSession", 1).await.remove(0);
        assert_eq!((&replayed["onBehalfOf"], &replayed["changes"][0]["path"]), (&of(ada), &json!("refreshToken")));

        let ticket = reset(&acme, "ada@example.com").await;
        let redeem = async || app.anonymous().gql(RESET, json!({ "input": { "token": ticket, "password": OTHER_PASSWORD } })).await;
        assert_eq!(redeem().await["resetPassword"]["userErrors"], json!([]));
        assert_eq!(codes(&redeem().await["resetPassword"]), ["INVALID_TOKEN"]);
        let used = refusals(&acme, "resetPassword", 1).await.remove(0);
        assert_eq!((&used["onBehalfOf"], &used["changes"][0]["path"]), (&of(ada), &json!("token")));

        let session = sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD).await;
        let change = json!({ "input": { "currentPassword": PASSWORD, "newPassword": "wandering otters at dusk" } });
        assert_eq!(codes(&holder(&app, &session).gql(CHANGE, change).await["changePassword"]), ["SIGN_IN_FAILED"]);
        let own = refusals(&acme, "changePassword", 1).await.remove(0);
        assert_eq!((&own["member"], &own["onBehalfOf"], &own["system"]), (&of(ada), &Value::Null, &Value::Null));
    }

    async fn nobody_can_fill_the_log_by_being_refused(app: TestApp) {
        let acme = app.org("acme").await;
        let ada = with_password(&acme, "ada@example.com", PASSWORD).await;
        // What has to wait is not heard, and not told.
        for _ in 0..8 {
            try_sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD).await;
        }
        let told = refusals(&acme, "signIn", 5).await;
        assert!(told.iter().all(|entry| entry["onBehalfOf"] == of(ada)));
        // Addresses that nobody has are free to make up.
        for number in 0..25 {
            try_sign_in(&app, acme.id, &format!("m{number}@example.com"), OTHER_PASSWORD).await;
            settled_after(number).await;
        }
        settled().await;
        refusals(&acme, "signIn", 15).await;
        app.wait(3_600);
        try_sign_in(&app, acme.id, "another@example.com", OTHER_PASSWORD).await;
        refusals(&acme, "signIn", 16).await;
    }

    async fn organizations_that_do_not_exist_have_no_log(app: TestApp) {
        app.org("acme").await;
        let nowhere = OrganizationId::from_uuid(Uuid::from_u128(7));
        let before = texts(&app, "SELECT CAST(count(*) AS text) FROM audit_entry").await;
        assert_eq!(codes(&try_sign_in(&app, nowhere, "ada@example.com", PASSWORD).await), ["SIGN_IN_FAILED"]);
        settled().await;
        assert_eq!(texts(&app, "SELECT CAST(count(*) AS text) FROM audit_entry").await, before);
    }
}

/// Now and then lets what is told be told, so that not all of it comes at once.
async fn settled_after(number: i32) {
    if number % 5 == 4 {
        settled().await;
    }
}
