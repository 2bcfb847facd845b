//! What the operator does: the first admin, tickets, keys.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{ACCEPT, Caller, ME, RESET};
use crate::support::{Engine, TestApp};

fn tandem(directory: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_tandem")).args(arguments).env_clear().env("TANDEM_DATA_DIR", directory).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

#[tokio::test]
async fn the_first_admin_comes_in_with_what_the_command_line_prints() {
    let files = TempDir::new().unwrap();
    let data = files.path().join("data");
    let made = tandem(
        &data,
        &["admin", "create", "--organization", "Acme", "--currency", "USD", "--time-zone", "UTC", "--email", "ada@example.com"],
    );
    let made = made.unwrap();
    let organization = made.split_whitespace().next().unwrap().to_owned();
    let first = made.lines().last().unwrap().strip_prefix("invitation ").unwrap().to_owned();
    let to_ada = |command: &str, email: &str| tandem(&data, &[command, "--organization", &organization, "--email", email]);
    let second = to_ada("invite", "ada@example.com").unwrap();
    for wrong in ["nobody@example.com", "no address"] {
        assert!(to_ada("invite", wrong).unwrap_err().starts_with("error: email: "), "{wrong}");
    }
    let url = format!("sqlite:{}", data.join("tandem.db").display());
    let app = TestApp::over(Engine::Sqlite, url, Box::new(files)).await;
    app.clock.set(tandem::clock::Clock::now(&tandem::clock::SystemClock));
    let ask = async |document: &str, token: &str| {
        let input = json!({ "input": { "token": token.trim(), "password": super::PASSWORD } });
        app.anonymous().gql(document, input).await
    };
    assert_eq!(ask(ACCEPT, &first).await["acceptInvitation"]["userErrors"][0]["code"], "INVALID_TOKEN");
    let accepted = ask(ACCEPT, &second).await["acceptInvitation"]["session"].take();
    let ada = Caller { app: &app, token: Some(accepted["accessToken"].as_str().unwrap().to_owned()), member: None };
    assert_eq!(ada.gql(ME, json!({})).await["me"]["role"], "ADMIN");
    let reset = to_ada("reset-password", "ada@example.com").unwrap();
    assert_eq!(ask(RESET, &reset).await["resetPassword"]["changed"], true);
}

#[test]
fn keys_are_rotated_and_shown() {
    let files = TempDir::new().unwrap();
    let shown = |arguments: &[&str]| -> Vec<Value> {
        let text = tandem(files.path(), arguments).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["keys"].as_array().unwrap().clone()
    };
    let first = shown(&["keys", "rotate"]);
    let second = shown(&["keys", "rotate"]);
    assert_eq!((first.len(), second.len()), (1, 2));
    assert!(second.contains(&first[0]) && second[0] != first[0]);
    assert_eq!(shown(&["keys", "rotate", "--distrust-old"]).len(), 1);
}

#[test]
fn settings_that_do_not_fit_are_refused_without_telling_secrets() {
    let files = TempDir::new().unwrap();
    let config = files.path().join("oidc.toml");
    std::fs::write(&config, "[[issuer]]\nissuer = \"http://login.example.com\"").unwrap();
    let create = ["admin", "create", "--organization", "A", "--currency", "USD", "--time-zone", "UTC", "--email", "a@example.com"];
    let refused = |more: &[&str]| tandem(files.path(), &[&create[..], more].concat()).unwrap_err();
    assert!(refused(&["--oidc-config", config.to_str().unwrap()]).starts_with("error: oidc_config: "));
    let secret = refused(&["--smtp-url", "smtps://me:hunter2@mail.example.com"]);
    assert!(secret.starts_with("error: mail_from: ") && !secret.contains("hunter2"), "{secret}");
}
