//! The front door of the whole application: who pays for what, what strangers see, and what the log keeps to itself.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use entity::kinds::Role;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tandem::budget::Rates;
use tandem::http::{HttpSettings, service};
use tower::ServiceExt;

use crate::support::{Caller, Engine, TestApp, empty_database, on_both_engines};

/// Sends a document through a door with settings of its own.
async fn ask(router: &Router, token: Option<&str>, query: &str) -> (StatusCode, HeaderMap, Value) {
    let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::from(json!({ "query": query }).to_string())).unwrap();
    let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let answer = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
    (head.status, head.headers, answer)
}

fn token<'a>(caller: &'a Caller<'_>) -> Option<&'a str> {
    caller.token.as_deref()
}

fn with_rates(app: &TestApp, member: u32, organization: u32, address: u32) -> Router {
    service(&app.app, HttpSettings { rates: Rates { member, organization, address }, ..HttpSettings::default() })
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

on_both_engines! {
    async fn a_member_and_their_organization_pay_together(app: TestApp) {
        let (acme, other) = (app.org("acme").await, app.org("other").await);
        let [ann, bob, eve] = [acme.member(Role::Admin).await, acme.member(Role::Auditor).await, other.member(Role::Admin).await];
        let router = with_rates(&app, 60, 90, 0);
        let me = format!("{{ {} }}", (0..15).map(|n| format!("a{n}: me {{ id }} ")).collect::<String>());

        let (status, headers, answer) = ask(&router, token(&ann), &me).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["ratelimit-policy"], r#""member";q=60;w=60;qu="points", "organization";q=90;w=60;qu="points""#);
        assert_eq!(headers["ratelimit"], r#""member";r=30;t=30, "organization";r=60;t=20"#);
        let cost = json!({ "requestedQueryCost": 30, "maximumAvailable": 60, "currentlyAvailable": 30, "restoreRate": 1 });
        assert_eq!(answer["extensions"]["cost"], cost);

        assert_eq!(ask(&router, token(&ann), &me).await.0, StatusCode::OK);
        let (status, headers, answer) = ask(&router, token(&ann), &me).await;
        assert_eq!((status, code(&answer), &answer["errors"][0]["extensions"]["limit"]), (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", &json!("member")));
        assert_eq!((&headers[header::RETRY_AFTER], answer.get("data")), (&"30".parse().unwrap(), None));

        // another token of the same member opens no other budget
        let again = acme.signed_in(ann.member.unwrap());
        assert_eq!(ask(&router, token(&again), &me).await.0, StatusCode::TOO_MANY_REQUESTS);

        assert_eq!(ask(&router, token(&bob), &me).await.0, StatusCode::OK);
        let (status, headers, answer) = ask(&router, token(&bob), &me).await;
        assert_eq!((status, &answer["errors"][0]["extensions"]["limit"]), (StatusCode::TOO_MANY_REQUESTS, &json!("organization")));
        assert_eq!(headers[header::RETRY_AFTER], "20");
        assert_eq!(ask(&router, token(&eve), &me).await.0, StatusCode::OK, "another organization has its own");

        app.clock.set(app.app.now().saturating_add_micros(20_000_000));
        assert_eq!(ask(&router, token(&bob), &me).await.0, StatusCode::OK);
    }

    async fn what_is_left_can_be_asked_for(app: TestApp) {
        let admin = app.org("acme").await.member(Role::Admin).await;
        let question = "{ rateLimit { limit cost remaining resetAt } }";
        let router = with_rates(&app, 60, 600, 60);
        let (_, _, answer) = ask(&router, token(&admin), question).await;
        let expected = json!({ "limit": 60, "cost": 5, "remaining": 55, "resetAt": "2026-06-01T12:00:05Z" });
        assert_eq!(answer["data"]["rateLimit"], expected);
        let (_, _, answer) = ask(&with_rates(&app, 0, 0, 60), token(&admin), question).await;
        assert_eq!(answer, json!({ "data": { "rateLimit": null }, "extensions": { "cost": {
            "requestedQueryCost": 5, "maximumAvailable": null, "currentlyAvailable": null, "restoreRate": null,
        } } }));
        assert_eq!(code(&ask(&router, None, question).await.2), "UNAUTHENTICATED");
    }

    async fn guessing_tokens_is_slow_and_hurts_nobody_else(app: TestApp) {
        let admin = app.org("acme").await.member(Role::Admin).await;
        let router = with_rates(&app, 60, 600, 60);
        for _ in 0..3 {
            let (status, headers, _) = ask(&router, Some("guessed"), "{ me { id } }").await;
            assert_eq!((status, headers.contains_key(header::WWW_AUTHENTICATE)), (StatusCode::UNAUTHORIZED, true));
        }
        let (status, headers, answer) = ask(&router, Some("guessed"), "{ me { id } }").await;
        assert_eq!((status, code(&answer), &headers[header::RETRY_AFTER]), (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", &"20".parse().unwrap()));
        assert_eq!(ask(&router, token(&admin), "{ me { id } }").await.0, StatusCode::OK, "from the same address");
    }

    async fn a_page_of_a_page_costs_its_product_before_it_is_asked(app: TestApp) {
        let admin = app.org("acme").await.member(Role::Admin).await;
        let document = "{ teams(first: 100) { nodes { children { children { children { name } } } } } }";
        let before = app.statements();
        let answer = admin.answer(document, json!({})).await;
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!((&extensions["code"], &extensions["limit"], &extensions["maximum"]), (&json!("COST_LIMIT_EXCEEDED"), &json!("cost"), &json!(20_000)));
        assert!(extensions["value"].as_u64() > Some(100_000), "{answer}");
        assert_eq!(answer["extensions"]["cost"]["requestedQueryCost"], extensions["value"]);
        assert_eq!(app.app.db().statement_count() - before, 1, "who is asking, and no more");
    }

    async fn the_size_of_a_page_is_named_when_it_is_too_large(app: TestApp) {
        let admin = app.org("acme").await.member(Role::Admin).await;
        let ids = vec!["team_00000000000000000000000001"; 101];
        for (document, limit) in [
            ("{ members(first: 101) { totalCount } }", "first"),
            ("{ members(last: 101) { totalCount } }", "last"),
            ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", "ids"),
        ] {
            let answer = admin.answer(document, json!({ "ids": ids })).await;
            let extensions = &answer["errors"][0]["extensions"];
            let expected = json!({ "code": "BAD_USER_INPUT", "field": limit, "reason": "TOO_MANY", "limit": limit, "maximum": 100 });
            assert_eq!(extensions, &expected, "{answer}");
        }
    }

    async fn strangers_do_not_see_the_schema(app: TestApp) {
        let admin = app.org("acme").await.member(Role::Admin).await;
        let question = "{ __schema { queryType { name } } }";
        let closed = service(&app.app, HttpSettings::default());
        assert_eq!(code(&ask(&closed, None, question).await.2), "UNAUTHENTICATED");
        let seen = json!({ "__schema": { "queryType": { "name": "Query" } } });
        assert_eq!(ask(&closed, token(&admin), question).await.2["data"], seen);
        let open = service(&app.app, HttpSettings { open_introspection: true, ..HttpSettings::default() });
        assert_eq!(ask(&open, None, question).await.2["data"], seen);
    }
}

/// The binary, serving.
struct Served {
    process: Child,
    address: String,
    log: PathBuf,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Served {
    /// Starts it with its most talkative log, in a file.
    fn start(options: &[&str], log: PathBuf) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_tandem"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(options)
            .env("TANDEM_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap_or_default().to_owned();
        Self { process, address, log }
    }

    fn send(&self, request: &str) -> String {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Ends it and gives its log.
    fn log(self) -> String {
        let log = self.log.clone();
        drop(self);
        std::fs::read_to_string(log).unwrap()
    }
}

fn tandem(options: &[&str], more: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tandem")).args(more).args(options).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn post(headers: &str, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Requests that carry a marker in every place where a client can put something.
fn marked_requests(token: &str) -> Vec<String> {
    let bearer = format!("authorization: Bearer {token}\r\n");
    let person = "mutation($p: RecordPersonInput!) { recordPerson(input: $p) { person { id } userErrors { message } } }";
    let member = |email: &str, role: &str| {
        let input = json!({ "email": email, "name": "marker-name", "role": role });
        let document = "mutation($m: AddMemberInput!) { addMember(input: $m) { member { id } userErrors { message } } }";
        post(&bearer, &json!({ "query": document, "variables": { "m": input } }))
    };
    let literal = |text: &str| format!("{{ a: node(id: \"{text}\") {{ id }} }}");
    vec![
        member("marker-email@example.com", "ADMIN"),
        member("marker-email@example.com", "ADMIN"),
        member("marker-no-email", "ADMIN"),
        post(&bearer, &json!({ "query": person, "variables": { "p": { "marker-key": "marker-variable" } } })),
        post(&bearer, &json!({ "query": literal("marker-literal") })),
        post(&bearer, &json!({ "query": "{ me { id } }", "variables": { "password": "marker-password" } })),
        post(&bearer, &json!({ "query": literal("marker-nul\0") })),
        post(&bearer, &json!({ "query": "{ markerField }" })),
        post(&bearer, &json!({ "query": "{ me { id } } markerSyntax" })),
        post(&bearer, &json!({ "query": "{ me { id } }", "documentId": "marker-document-id" })),
        post(&bearer, &json!({ "query": "{ me { id } }", "marker-key": 1, "extensions": { "marker-extension": "marker-value" } })),
        post("authorization: Bearer marker-bad-token\r\n", &json!({ "query": "{ me { id } }" })),
        post("authorization: Basic marker-basic\r\n", &json!({ "query": "{ me { id } }" })),
        post("cookie: session=marker-cookie\r\nx-forwarded-for: marker-forwarded\r\n", &json!({ "query": "{ __typename }" })),
        post("x-request-id: marker request id\r\nuser-agent: marker-agent\r\n", &json!({ "query": "{ __typename }" })),
        format!(
            "GET /graphql?query=%7Bme%7Bid%7D%7D&variables=%7B%22v%22:%22marker-url%22%7D&access_token=marker-access HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{bearer}\r\n"
        ),
        "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: 11\r\n\r\nmarker-text"
            .to_owned(),
    ]
}

fn the_log_of(folder: &Path, options: &[&str]) -> (String, String) {
    let created = ["admin", "create", "--organization", "Acme", "--currency", "USD", "--time-zone", "UTC", "--email", "a@b.example"];
    tandem(options, &created);
    let token = tandem(options, &["token", "--member", "a@b.example"]).trim().to_owned();
    let served = Served::start(options, folder.join("log"));
    for request in marked_requests(&token) {
        let answer = served.send(&request);
        assert!(answer.starts_with("HTTP/1.1 ") && !answer.starts_with("HTTP/1.1 5"), "{request}\n{answer}");
    }
    (served.log(), token)
}

fn assert_silent(log: &str, token: &str) {
    for secret in ["marker", token, token.rsplit('.').next().unwrap(), "a@b.example"] {
        let lines: Vec<&str> = log.lines().filter(|line| line.to_lowercase().contains(&secret.to_lowercase())).collect();
        assert_eq!(lines, Vec::<&str>::new(), "{secret}");
    }
}

/// The log of a server on a database of its own, and the token that was used; `None` where the engine is not installed.
async fn logged(engine: Engine, format: &'static str) -> Option<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap().to_owned();
    let url = match engine {
        Engine::Sqlite => format!("sqlite:{data_dir}/tandem.db"),
        Engine::Postgres => empty_database().await?,
    };
    let options = move || {
        let options = ["--data-dir", &data_dir, "--database-url", &url, "--log-format", format];
        the_log_of(Path::new(&data_dir), &options)
    };
    Some(tokio::task::spawn_blocking(options).await.unwrap())
}

#[tokio::test]
async fn the_log_keeps_what_clients_send_to_itself() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some((log, token)) = logged(engine, "text").await else { continue };
        // what the log is for is there
        assert!(log.contains("path=\"/graphql\"") && log.contains("status=401") && log.contains("status=415"), "{log}");
        assert_silent(&log, &token);
    }
}

#[tokio::test]
async fn a_log_for_programs_says_the_same() {
    let (log, token) = logged(Engine::Sqlite, "json").await.unwrap();
    let events: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let finished = events.iter().find(|event| event["status"] == 415).unwrap();
    assert_eq!((&finished["level"], &finished["message"]), (&json!("INFO"), &json!("finished processing request")));
    let span = &finished["span"];
    assert_eq!((&span["name"], &span["method"], &span["path"]), (&json!("request"), &json!("POST"), &json!("/graphql")));
    assert!(finished["timestamp"].is_string() && finished["target"].is_string() && span["id"].is_string(), "{finished}");
    assert_silent(&log, &token);
}

#[test]
fn the_server_does_not_start_with_a_document_it_cannot_trust() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.graphql"), "{ me { id } }").unwrap();
    std::fs::write(folder.path().join("bad.graphql"), "{ me { salary } }").unwrap();
    let path = folder.path().to_str().unwrap();
    let serve = |options: &[&str]| {
        let command = Command::new(env!("CARGO_BIN_EXE_tandem")).args(["serve", "--data-dir", path]).args(options).output().unwrap();
        assert!(!command.status.success() && command.stdout.is_empty());
        String::from_utf8(command.stderr).unwrap()
    };
    let complaint = serve(&["--trusted-documents", path]);
    assert!(complaint.starts_with("error: trusted documents: sha256:") && complaint.contains("line 1, column 8"), "{complaint}");
    assert!(complaint.contains("salary"), "{complaint}");
    assert!(serve(&["--trusted-documents-only"]).contains("--trusted-documents"));
    assert!(serve(&["--allow-origin", "*"]).contains("must be an origin"));
    assert!(!folder.path().join("signing-key.pem").exists(), "nothing was made");
}
