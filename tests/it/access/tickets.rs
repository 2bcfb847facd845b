//! Invitations and resets, by letter and from the operator.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use entity::kinds::Role;
use futures_util::future::BoxFuture;
use serde_json::json;
use tandem::access::Access;
use tandem::access::mail::{Courier, Letter, Post, Smtp};
use tandem::auth::oidc::Providers;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::*;
use crate::support::on_both_engines;
use crate::support::rows::texts;

const INVITE: &str = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) {
    member { email role active } mailed userErrors { field code } } }";
const DAY: i64 = 24 * 3_600;

/// Keeps letters.
#[derive(Clone, Debug, Default)]
struct Letters(Arc<Mutex<Vec<Letter>>>);

impl Courier for Letters {
    fn send(&self, letter: Letter) -> BoxFuture<'_, tandem::Result<()>> {
        self.0.lock().unwrap().push(letter);
        Box::pin(async { Ok(()) })
    }
}

impl Letters {
    /// The next letter, which may be under way.
    async fn next(&self) -> Letter {
        for _ in 0..500 {
            if let Some(letter) = self.0.lock().unwrap().pop() {
                return letter;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no letter came");
    }
}

fn post(courier: impl Courier + 'static) -> Access {
    Access::new(Some(Post::new(Arc::new(courier), "https://tandem.example.com/")), Providers::default())
}

/// The ticket behind the link of a letter.
fn ticket_of(text: &str, page: &str) -> String {
    let (_, after) = text.split_once(&format!("https://tandem.example.com/{page}#")).unwrap();
    after.lines().next().unwrap().trim().to_owned()
}

async fn accept(app: &TestApp, ticket: &str, password: &str) -> Value {
    app.anonymous().gql(ACCEPT, json!({ "input": { "token": ticket, "password": password } })).await["acceptInvitation"].take()
}

async fn redeem(app: &TestApp, ticket: &str, password: &str) -> Value {
    app.anonymous().gql(RESET, json!({ "input": { "token": ticket, "password": password } })).await["resetPassword"].take()
}

fn invalid() -> Value {
    json!([{ "field": ["input", "token"], "code": "INVALID_TOKEN" }])
}

on_both_engines! {
    async fn an_invited_member_chooses_a_password_once(app: TestApp) {
        let letters = Letters::default();
        let app = app.beside(post(letters.clone())).await;
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let input = json!({ "input": { "email": "Ada@Example.com", "name": "Ada", "role": "EXECUTIVE", "idempotencyKey": "1" } });
        let data = admin.gql(INVITE, input.clone()).await;
        assert_eq!(data["inviteMember"], json!({
            "member": { "email": "ada@example.com", "role": "EXECUTIVE", "active": true }, "mailed": true, "userErrors": [],
        }));
        let letter = letters.next().await;
        assert_eq!((letter.to.as_str(), letter.subject.as_str()), ("ada@example.com", "Your invitation to acme"));
        let ticket = ticket_of(&letter.text, "accept-invitation");
        assert_eq!(codes(&try_sign_in(&app, acme.id, "ada@example.com", PASSWORD).await), ["SIGN_IN_FAILED"]);
        let accepted = accept(&app, &ticket, PASSWORD).await;
        assert_eq!(accepted["userErrors"], json!([]));
        assert!(is_in(&app, &accepted["session"]).await);
        assert_eq!(accept(&app, &ticket, OTHER_PASSWORD).await["userErrors"], invalid());
        sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        // Repeated after the member came in: nobody is invited to choose another one.
        assert_eq!(admin.gql(INVITE, input).await["inviteMember"]["mailed"], false);
        let taken = json!({ "input": { "email": "ada@example.com", "name": "Eve", "role": "ADMIN" } });
        assert_eq!(codes(&admin.gql(INVITE, taken).await["inviteMember"]), ["TAKEN"]);
    }

    async fn without_a_mail_server_the_operator_hands_tickets_over(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let input = json!({ "input": { "email": "ada@example.com", "name": "Ada", "role": "EXECUTIVE" } });
        assert_eq!(admin.gql(INVITE, input).await["inviteMember"]["mailed"], false);
        let ticket = invitation(&acme, "ada@example.com").await;
        assert_eq!(accept(&app, &ticket, PASSWORD).await["userErrors"], json!([]));
        let asked = json!({ "input": { "organizationId": acme.id.to_string(), "email": "ada@example.com" } });
        assert_eq!(app.anonymous().gql(REQUEST_RESET, asked).await["requestPasswordReset"]["accepted"], true);
    }

    async fn tickets_grow_old_and_newer_ones_take_their_place(app: TestApp) {
        let acme = app.org("acme").await;
        person(&acme, "ada@example.com", Role::SalesRep).await;
        let old = invitation(&acme, "ada@example.com").await;
        app.wait(7 * DAY);
        assert_eq!(accept(&app, &old, PASSWORD).await["userErrors"], invalid());
        let first = invitation(&acme, "ada@example.com").await;
        let second = invitation(&acme, "ada@example.com").await;
        app.wait(7 * DAY - 1);
        assert_eq!(accept(&app, &first, PASSWORD).await["userErrors"], invalid());
        assert_eq!(redeem(&app, &second, PASSWORD).await["userErrors"], invalid());
        assert_eq!(accept(&app, &second, PASSWORD).await["userErrors"], json!([]));
        let late = reset(&acme, "ada@example.com").await;
        app.wait(3_600);
        assert_eq!(redeem(&app, &late, OTHER_PASSWORD).await["userErrors"], invalid());
        assert_eq!(accept(&app, &reset(&acme, "ada@example.com").await, OTHER_PASSWORD).await["userErrors"], invalid());
        for text in ["", "x", "tandem_ticket_AAAA", &late.replace("ticket", "refresh")] {
            assert_eq!(redeem(&app, text, OTHER_PASSWORD).await["userErrors"], invalid());
        }
    }

    async fn of_many_who_hold_a_ticket_one_uses_it(app: TestApp) {
        let acme = app.org("acme").await;
        person(&acme, "ada@example.com", Role::SalesRep).await;
        let ticket = invitation(&acme, "ada@example.com").await;
        let answers = futures_util::future::join_all((0..5).map(|_| accept(&app, &ticket, PASSWORD))).await;
        assert_eq!(answers.iter().filter(|answer| answer["session"].is_object()).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer["userErrors"] == invalid()).count(), 4);
        assert_eq!(texts(&app, "SELECT CAST(count(*) AS text) FROM sign_in").await, [["1"]]);
    }

    async fn a_ticket_of_somebody_who_was_sent_away_is_no_good(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let ada = person(&acme, "ada@example.com", Role::SalesRep).await;
        let ticket = invitation(&acme, "ada@example.com").await;
        for active in [false, true] {
            admin.gql(REVISE, json!({ "input": { "memberId": ada.to_string(), "active": active } })).await;
            assert_eq!(accept(&app, &ticket, PASSWORD).await["userErrors"], invalid());
        }
    }

    async fn a_reset_is_answered_alike_and_comes_to_members_only(app: TestApp) {
        let letters = Letters::default();
        let app = app.beside(post(letters.clone())).await;
        let acme = app.org("acme").await;
        with_password(&acme, "ada@example.com", PASSWORD).await;
        let session = sign_in(&app, acme.id, "ada@example.com", PASSWORD).await;
        let nowhere = "org_00000000000000000000000007".to_owned();
        let ask = async |organization: &str, email: &str| {
            let input = json!({ "input": { "organizationId": organization, "email": email } });
            app.anonymous().gql(REQUEST_RESET, input).await["requestPasswordReset"].take()
        };
        let answer = json!({ "accepted": true, "retryAfter": null, "userErrors": [] });
        for (organization, email) in [(&acme.id.to_string(), "nobody@example.com"), (&nowhere, "ada@example.com"), (&nowhere, "bell\u{7}")] {
            assert_eq!(ask(organization, email).await, answer);
        }
        assert_eq!(ask(&acme.id.to_string(), "ADA@example.com").await, answer);
        let letter = letters.next().await;
        assert_eq!(letter.to, "ada@example.com");
        let ticket = ticket_of(&letter.text, "reset-password");
        assert_eq!(redeem(&app, &ticket, OTHER_PASSWORD).await, json!({ "changed": true, "userErrors": [] }));
        assert_eq!(redeem(&app, &ticket, PASSWORD).await["userErrors"], invalid());
        assert!(!is_in(&app, &session).await);
        assert_eq!(codes(&refresh(&app, &session).await), ["INVALID_TOKEN"]);
        assert_eq!(codes(&try_sign_in(&app, acme.id, "ada@example.com", PASSWORD).await), ["SIGN_IN_FAILED"]);
        sign_in(&app, acme.id, "ada@example.com", OTHER_PASSWORD).await;
        assert!(letters.0.lock().unwrap().is_empty());
        // Nobody's letter box can be filled, whether or not it is there.
        for email in ["ada@example.com", "nobody@example.com"] {
            let mut codes_of = Vec::new();
            for _ in 0..3 {
                codes_of.push(codes(&ask(&acme.id.to_string(), email).await).join(""));
            }
            assert_eq!(codes_of, ["", "", "RATE_LIMITED"], "{email}");
        }
    }
}

#[tokio::test]
async fn letters_go_to_the_mail_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let received = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 test\r\n").await.unwrap();
        let (mut all, mut in_letter) = (String::new(), false);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap() == 0 {
                return all;
            }
            all.push_str(&line);
            let answer: &[u8] = match (in_letter, line.trim_end()) {
                (true, ".") => {
                    in_letter = false;
                    b"250 taken\r\n"
                }
                (true, _) => continue,
                (false, "DATA") => {
                    in_letter = true;
                    b"354 go on\r\n"
                }
                (false, "QUIT") => return all,
                _ => b"250 fine\r\n",
            };
            stream.write_all(answer).await.unwrap();
        }
    });
    let smtp = Smtp::new(&format!("smtp://{address}"), "Tandem <tandem@example.com>").unwrap();
    let letter = Letter { to: "ada@example.com".to_owned(), subject: "Grüße".to_owned(), text: "a link\n".to_owned() };
    smtp.send(letter).await.unwrap();
    drop(smtp);
    let received = tokio::time::timeout(Duration::from_secs(10), received).await.unwrap().unwrap();
    for part in ["MAIL FROM:<tandem@example.com>", "RCPT TO:<ada@example.com>", "From: Tandem <tandem@example.com>", "a link"] {
        assert!(received.contains(part), "{part}\n{received}");
    }
    assert!(Smtp::new("smtps://me:hunter2@", "x").is_err_and(|error| !error.for_operator().contains("hunter2")));
}
