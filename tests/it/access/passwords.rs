//! Who comes in with a password, and what those are told who do not.

use std::time::{Duration, Instant};

use entity::ids::TypedId;
use entity::kinds::Role;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::support::on_both_engines;
use crate::support::rows::texts;

on_both_engines! {
    async fn a_member_signs_in_with_their_password(app: TestApp) {
        let acme = app.org("acme").await;
        let member = with_password(&acme, "ada@example.com", PASSWORD).await;
        let session = sign_in(&app, acme.id, " ADA@example.com", PASSWORD).await;
        assert_eq!(session["memberId"], member.to_string());
        assert_eq!(session["accessExpiresAt"], "2026-06-01T12:15:00Z");
        assert_eq!(session["refreshExpiresAt"], "2026-06-08T12:00:00Z");
        assert_eq!(session["sessionExpiresAt"], "2026-07-01T12:00:00Z");
        let me = holder(&app, &session).gql(ME, json!({})).await;
        assert_eq!(me["me"], json!({ "id": member.to_string(), "role": "SALES_REP" }));
    }

    async fn nothing_is_stored_that_lets_anybody_in(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let ticket = reset(&acme, "ada@example.com").await;
        let session = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        let refresh_token = session["refreshToken"].as_str().unwrap();
        assert!(refresh_token.starts_with("tandem_refresh_") && ticket.starts_with("tandem_ticket_"));
        let stored = texts(&app, "SELECT phc FROM password UNION ALL SELECT hash FROM refresh_token UNION ALL SELECT hash FROM access_ticket").await;
        assert_eq!(stored.len(), 5);
        for text in stored.concat() {
            assert!(!text.contains(PASSWORD) && !text.contains(refresh_token) && !text.contains(&ticket), "{text}");
            assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") || text.len() == 64, "{text}");
        }
    }

    async fn whoever_is_refused_is_refused_alike(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let gone = with_password(&acme, "gone@example.com", PASSWORD).await;
        person(&acme, "new@example.com", Role::SalesRep).await;
        let admin = acme.member(Role::Admin).await;
        admin.gql(REVISE, json!({ "input": { "memberId": gone.to_string(), "active": false } })).await;
        let nowhere = OrganizationId::from_uuid(Uuid::from_u128(7));
        let wrong = try_sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD).await;
        assert_eq!(wrong["session"], json!(null));
        assert_eq!(codes(&wrong), ["SIGN_IN_FAILED"]);
        for (organization, email, password) in [
            (nowhere, "ada@example.com", PASSWORD),
            (acme.id, "nobody@example.com", PASSWORD),
            (acme.id, "gone@example.com", PASSWORD),
            (acme.id, "new@example.com", PASSWORD),
            (acme.id, "new@example.com", ""),
            (acme.id, "ada@example.com", ""),
            (acme.id, "ada@example.com", &PASSWORD.repeat(100)),
            (acme.id, "", PASSWORD),
            (acme.id, "no address", PASSWORD),
            (acme.id, "bell\u{7}@example.com", PASSWORD),
            (acme.id, &format!("{}@example.com", "a".repeat(1_000)), PASSWORD),
        ] {
            let before = app.app.access().hasher().verification_count();
            assert_eq!(try_sign_in(&app, organization, email, password).await, wrong, "{email}");
            assert_eq!(app.app.access().hasher().verification_count() - before, 1, "{email}");
        }
    }

    async fn one_address_in_two_organizations_has_two_passwords(app: TestApp) {
        let (acme, other) = (app.org("acme").await, app.org("other").await);
        let at_acme = with_password(&acme, "ada@example.com", PASSWORD).await;
        let at_other = with_password(&other, "ada@example.com", OTHER_PASSWORD).await;
        assert_eq!(sign_in(&app, acme.id, "ada@example.com", PASSWORD).await["memberId"], at_acme.to_string());
        assert_eq!(sign_in(&app, other.id, "ada@example.com", OTHER_PASSWORD).await["memberId"], at_other.to_string());
        assert_eq!(codes(&try_sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD).await), ["SIGN_IN_FAILED"]);
        assert_eq!(codes(&try_sign_in(&app, other.id, "ada@example.com", PASSWORD).await), ["SIGN_IN_FAILED"]);
    }

    async fn a_password_that_is_easily_guessed_is_refused_and_the_ticket_stays_good(app: TestApp) {
        let acme = app.org("Lantern Works").await;
        person(&acme, "ada@example.com", Role::SalesRep).await;
        let ticket = invitation(&acme, "ada@example.com").await;
        let accept = async |password: &str| {
            app.anonymous().gql(ACCEPT, json!({ "input": { "token": ticket, "password": password } })).await["acceptInvitation"].take()
        };
        for (password, code) in [
            ("kettle by sea", "TOO_SHORT"),
            ("passwordpassword1", "TOO_COMMON"),
            ("Lantern Works 2026", "TOO_COMMON"),
            ("ada@example.com ada", "TOO_COMMON"),
            (&"copper kettle by the sea ".repeat(11), "TOO_LONG"),
        ] {
            let answer = accept(password).await;
            assert_eq!(answer["userErrors"], json!([{ "field": ["input", "password"], "code": code }]), "{password}");
        }
        assert_eq!(accept(PASSWORD).await["userErrors"], json!([]));
    }

    async fn the_same_letters_are_the_same_password_however_they_are_typed(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", "caf\u{e9} au lait sur la terrasse").await;
        sign_in(&app, acme.id, "ada@example.com", "cafe\u{301} au lait sur la terrasse").await;
        assert_eq!(codes(&try_sign_in(&app, acme.id, "ada@example.com", "cafe au lait sur la terrasse").await), ["SIGN_IN_FAILED"]);
    }

    async fn a_hash_of_weaker_parameters_is_replaced_at_the_next_sign_in(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        // m=8192, t=1, p=1, of the same password.
        let weak = "$argon2id$v=19$m=8192,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$WEAK";
        let weak = weak.replace("WEAK", &weak_hash());
        texts(&app, &format!("UPDATE password SET phc = '{weak}' RETURNING phc")).await;
        sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        let stored = texts(&app, "SELECT phc FROM password").await.concat().concat();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        assert_eq!(texts(&app, "SELECT phc FROM password").await.concat().concat(), stored);
    }

    async fn an_unknown_address_takes_as_long_as_a_wrong_password(app: TestApp) {
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let mut ratios = Vec::new();
        // Other tests run at the same time: a quiet moment among some is enough.
        for _ in 0..5 {
            let (unknown, wrong) = medians(&app, acme.id).await;
            let (longer, shorter) = (unknown.max(wrong).as_micros(), unknown.min(wrong).as_micros());
            ratios.push(format!("{unknown:?} {wrong:?}"));
            if longer * 2 < shorter * 3 {
                return;
            }
        }
        panic!("{ratios:?}");
    }
}

/// The medians of the times that refusals take, of an unknown address and of a wrong password, in turns.
async fn medians(app: &TestApp, organization: OrganizationId) -> (Duration, Duration) {
    let (mut unknown, mut wrong) = (Vec::new(), Vec::new());
    for _ in 0..15 {
        // Long enough that what was counted is forgiven.
        app.wait(3_600);
        for (email, times) in [("nobody@example.com", &mut unknown), ("ada@example.com", &mut wrong)] {
            let begin = Instant::now();
            let answer = try_sign_in(app, organization, email, OTHER_PASSWORD).await;
            times.push(begin.elapsed());
            assert_eq!(codes(&answer), ["SIGN_IN_FAILED"]);
        }
    }
    unknown.sort();
    wrong.sort();
    (unknown[7], wrong[7])
}

/// The hash part of [`PASSWORD`] with weaker parameters and a salt of sevens.
fn weak_hash() -> String {
    use base64::Engine as _;
    let parameters = argon2::Params::new(8_192, 1, 1, None).unwrap();
    let mut hash = [0; 32];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters)
        .hash_password_into(PASSWORD.as_bytes(), &[7; 16], &mut hash)
        .unwrap();
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(hash)
}
