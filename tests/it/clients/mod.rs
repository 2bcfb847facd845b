//! API clients: what they may, what their secrets are good for, and how they end, on both engines.

mod sources;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use entity::kinds::Role;
use serde_json::{Value, json};
use tandem::organization::service::{AddMember, add_member};

use crate::support::rows::texts;
use crate::support::story::problems;
use crate::support::{Caller, TestApp, TestOrganization, on_both_engines, rows};

const CREATE: &str = "mutation($input: CreateApiClientInput!) { createApiClient(input: $input) {
    apiClient { id name fields source expiresAt version member { id } grants { permission reach } secrets { id hint lastUsedAt } } secret userErrors { field code message } } }";
const REVISE: &str = "mutation($input: ReviseApiClientInput!) { reviseApiClient(input: $input) {
    apiClient { name fields source expiresAt version grants { permission reach } } userErrors { field code } } }";
const ROTATE: &str = "mutation($input: RotateClientSecretInput!) { rotateClientSecret(input: $input) {
    apiClient { secrets { id expiresAt revokedAt } } secret userErrors { field code } } }";
const REVOKE_SECRET: &str = "mutation($input: RevokeClientSecretInput!) { revokeClientSecret(input: $input) {
    apiClient { secrets { id revokedAt } } userErrors { field code } } }";
const REVOKE: &str = "mutation($input: RevokeApiClientInput!) { revokeApiClient(input: $input) { apiClient { revokedAt version } userErrors { field code } } }";
const REVISE_MEMBER: &str = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { id } userErrors { code } } }";
const RECORD_ACCOUNT: &str =
    "mutation($input: RecordAccountInput!) { recordAccount(input: $input) { account { id } userErrors { field code } } }";
const REVISE_ACCOUNT: &str =
    "mutation($input: ReviseAccountInput!) { reviseAccount(input: $input) { account { id } userErrors { field code } } }";
const RECORD_ACCOUNTS: &str = "mutation($input: RecordAccountsInput!) { recordAccounts(input: $input) {
    results { outcome account { name } userErrors { field code } } userErrors { field code } } }";
const ACCOUNTS: &str = "{ accounts { nodes { id name } } }";
const ME: &str = "{ me { id } callingClient { name } }";

fn grants(permissions: &[&str]) -> Value {
    permissions.iter().map(|permission| json!({ "permission": permission, "reach": "ORGANIZATION" })).collect()
}

/// A client and its first secret.
struct Made<'a> {
    id: String,
    secret_id: String,
    caller: Caller<'a>,
}

impl Made<'_> {
    fn secret(&self) -> &str {
        self.caller.token.as_deref().unwrap()
    }
}

fn holding<'a>(app: &'a TestApp, token: &Value) -> Caller<'a> {
    Caller { app, token: Some(token.as_str().unwrap().to_owned()), member: None }
}

async fn make<'a>(by: &Caller<'a>, input: Value) -> Made<'a> {
    let mut made = by.gql(CREATE, json!({ "input": input })).await["createApiClient"].take();
    assert_eq!(problems(&made), [], "{made:#}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (id, secret_id) = (text(&made["apiClient"]["id"]), text(&made["apiClient"]["secrets"][0]["id"]));
    Made { id, secret_id, caller: holding(by.app, &made["secret"].take()) }
}

async fn of(by: &Caller<'_>, input: Value) -> Vec<(String, String)> {
    problems(&by.gql(CREATE, json!({ "input": input })).await["createApiClient"])
}

/// The one code of a document that is refused, with or without data.
async fn code(caller: &Caller<'_>, document: &str) -> String {
    caller.answer(document, json!({})).await["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
}

/// The answer of the token endpoint.
async fn token(app: &TestApp, form: &str, basic: Option<(&str, &str)>) -> (StatusCode, Value) {
    let mut request = Request::post("/oauth/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some((name, password)) = basic {
        let credentials = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
        request = request.header(header::AUTHORIZATION, format!("Basic {credentials}"));
    }
    let response = app.respond(request.body(Body::from(form.to_owned())).unwrap()).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    let status = response.status();
    assert_eq!(response.headers().contains_key(header::WWW_AUTHENTICATE), status == StatusCode::UNAUTHORIZED);
    let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn token_of<'a>(made: &Made<'a>) -> Caller<'a> {
    let form = format!("grant_type=client_credentials&client_id={}&client_secret={}", made.id, made.secret());
    let (status, answer) = token(made.caller.app, &form, None).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    holding(made.caller.app, &answer["access_token"])
}

on_both_engines! {
    async fn a_client_may_what_it_was_given_and_no_more(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let made = make(&admin, json!({ "name": "Billing", "grants": grants(&["ORGANIZATION_READ", "BUYER_READ", "BUYER_WRITE"]) })).await;
        let bearer = token_of(&made).await;
        for client in [&made.caller, &bearer] {
            let me = client.gql(ME, json!({})).await;
            assert_eq!((&me["me"]["id"], &me["callingClient"]["name"]), (&json!(admin.member.unwrap()), &json!("Billing")));
            assert_eq!(problems(&client.gql(RECORD_ACCOUNT, json!({ "input": { "name": "Initech" } })).await["recordAccount"]), []);
            for denied in ["{ touches { totalCount } }", "{ apiClients { totalCount } }", "mutation { signOutEverywhere(input: {}) { endedSessions } }"] {
                assert_eq!(code(client, denied).await, "FORBIDDEN", "{denied}");
            }
        }
        assert_eq!(admin.gql(ME, json!({})).await["callingClient"], Value::Null);
        assert_eq!(admin.gql(ACCOUNTS, json!({})).await["accounts"]["nodes"].as_array().unwrap().len(), 2);
    }

    async fn nobody_makes_a_client_mightier_than_themselves(app: TestApp) {
        let acme = app.org("acme").await;
        let (admin, revops) = (acme.member(Role::Admin).await, acme.member(Role::Revops).await);
        let before = rows(&app).await;
        for (input, expected) in [
            (json!({ "name": "x", "grants": grants(&["BUYER_READ", "ORGANIZATION_MANAGE"]) }), "grants NOT_ALLOWED"),
            (json!({ "name": "x", "grants": grants(&["BUYER_READ", "CLIENT_MANAGE"]) }), "grants NOT_ALLOWED"),
            (json!({ "name": "x", "grants": grants(&["SESSION_OWN"]) }), "grants NOT_ALLOWED"),
            (json!({ "name": "x", "grants": grants(&["BUYER_READ", "BUYER_READ"]) }), "grants INVALID"),
            (json!({ "name": "x", "grants": [] }), "grants REQUIRED"),
            (json!({ "name": " ", "grants": grants(&["BUYER_READ"]) }), "name REQUIRED"),
            (json!({ "name": "x", "grants": grants(&["BUYER_READ"]), "expiresAt": "2026-06-01T12:00:00Z" }), "expiresAt DATE_OUT_OF_RANGE"),
            (json!({ "name": "x", "grants": grants(&["BUYER_READ"]), "fields": ["Account.id", "Account.nope"] }), "fields.1 INVALID"),
        ] {
            let found: Vec<String> = of(&revops, input.clone()).await.into_iter().map(|(field, code)| format!("{field} {code}")).collect();
            assert_eq!(found, [expected], "{input}");
        }
        assert_eq!(rows(&app).await, before);
        make(&admin, json!({ "name": "Billing", "grants": grants(&["ORGANIZATION_MANAGE"]) })).await;
        assert_eq!(of(&revops, json!({ "name": "Billing", "grants": grants(&["BUYER_READ"]) })).await, [("name".to_owned(), "TAKEN".to_owned())]);
    }

    async fn a_client_loses_what_its_member_loses(app: TestApp) {
        let acme = app.org("acme").await;
        let (admin, revops) = (acme.member(Role::Admin).await, acme.member(Role::Revops).await);
        let made = make(&revops, json!({ "name": "Sync", "grants": grants(&["BUYER_READ", "CLOSE_WRITE", "CREDIT_READ"]) })).await;
        let bearer = token_of(&made).await;
        let ledger = "{ creditBatches { totalCount } }";
        for client in [&made.caller, &bearer] {
            assert_eq!(code(client, ledger).await, "");
        }
        let revise = async |change: Value| {
            let mut input = json!({ "memberId": revops.member.unwrap() });
            input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            assert_eq!(problems(&admin.gql(REVISE_MEMBER, json!({ "input": input })).await["reviseMember"]), []);
        };
        revise(json!({ "role": "MARKETER", "resource": "MARKETING" })).await;
        for client in [&made.caller, &bearer] {
            assert_eq!((code(client, ledger).await.as_str(), code(client, ACCOUNTS).await.as_str()), ("FORBIDDEN", ""));
        }
        revise(json!({ "active": false })).await;
        for client in [&made.caller, &bearer] {
            assert_eq!(client.refused(ACCOUNTS, json!({})).await, "UNAUTHENTICATED");
        }
        let form = format!("grant_type=client_credentials&client_secret={}", made.secret());
        assert_eq!(token(&app, &form, None).await.0, StatusCode::UNAUTHORIZED);
    }

    async fn what_reaches_less_than_all_reaches_what_is_the_members(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let role = json!({ "name": "Desk", "grants": [{ "permission": "BUYER_READ", "reach": "OWN" }, { "permission": "BUYER_WRITE", "reach": "OWN" },
            { "permission": "CLIENT_MANAGE", "reach": "OWN" }, { "permission": "DIRECTORY_READ", "reach": "ORGANIZATION" }] });
        let define = "mutation($input: DefineRoleInput!) { defineRole(input: $input) { customRole { id } userErrors { code } } }";
        let role = admin.gql(define, json!({ "input": role })).await["defineRole"]["customRole"]["id"].take();
        let mut desks = Vec::new();
        for _ in 0..2 {
            let desk = acme.member(Role::Partner).await;
            let input = json!({ "memberId": desk.member.unwrap(), "customRoleId": role });
            admin.gql(REVISE_MEMBER, json!({ "input": input })).await;
            desks.push(desk);
        }
        let own = json!([{ "permission": "BUYER_READ", "reach": "OWN" }, { "permission": "BUYER_WRITE", "reach": "OWN" }]);
        let mine = make(&desks[0], json!({ "name": "Mine", "grants": own })).await;
        assert_eq!(of(&desks[0], json!({ "name": "All", "grants": grants(&["BUYER_READ"]) })).await, [("grants".to_owned(), "NOT_ALLOWED".to_owned())]);
        for (caller, name) in [(&desks[0], "of the first"), (&desks[1], "of the second"), (&mine.caller, "of the client")] {
            assert_eq!(problems(&caller.gql(RECORD_ACCOUNT, json!({ "input": { "name": name } })).await["recordAccount"]), [], "{name}");
        }
        let seen = mine.caller.gql(ACCOUNTS, json!({})).await;
        let names: Vec<&str> = seen["accounts"]["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["of the client", "of the first"]);
        // The other desk may manage its own clients only.
        let before = rows(&app).await;
        for (document, mutation) in [(ROTATE, "rotateClientSecret"), (REVOKE, "revokeApiClient")] {
            let answer = desks[1].gql(document, json!({ "input": { "apiClientId": mine.id } })).await;
            assert_eq!(problems(&answer[mutation]), [("apiClientId".to_owned(), "NOT_FOUND".to_owned())]);
        }
        let answer = desks[1].gql(REVOKE_SECRET, json!({ "input": { "clientSecretId": mine.secret_id } })).await;
        assert_eq!(problems(&answer["revokeClientSecret"]), [("clientSecretId".to_owned(), "NOT_FOUND".to_owned())]);
        assert_eq!(rows(&app).await, before);
    }

    async fn who_may_less_than_a_client_cannot_take_it_over(app: TestApp) {
        let acme = app.org("acme").await;
        let (admin, revops) = (acme.member(Role::Admin).await, acme.member(Role::Revops).await);
        let made = make(&admin, json!({ "name": "Provisioning", "grants": grants(&["ORGANIZATION_MANAGE", "BUYER_READ"]) })).await;
        let before = rows(&app).await;
        let refused = [("apiClientId".to_owned(), "NOT_ALLOWED".to_owned())];
        let answer = revops.gql(ROTATE, json!({ "input": { "apiClientId": made.id } })).await;
        assert_eq!((problems(&answer["rotateClientSecret"]), &answer["rotateClientSecret"]["secret"]), (refused.to_vec(), &Value::Null));
        let answer = revops.gql(REVISE, json!({ "input": { "apiClientId": made.id, "fields": null } })).await;
        assert_eq!(problems(&answer["reviseApiClient"]), refused);
        assert_eq!(rows(&app).await, before);
        // Ending it is no way to come by its rights.
        let answer = revops.gql(REVOKE, json!({ "input": { "apiClientId": made.id } })).await;
        assert_eq!(problems(&answer["revokeApiClient"]), []);
        assert_eq!(made.caller.refused(ACCOUNTS, json!({})).await, "UNAUTHENTICATED");
    }

    async fn a_secret_is_shown_once_and_kept_as_its_hash(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let input = json!({ "name": "Billing", "grants": grants(&["BUYER_READ"]), "idempotencyKey": "once" });
        let made = make(&admin, input.clone()).await;
        let again = admin.gql(CREATE, json!({ "input": input })).await["createApiClient"].take();
        assert_eq!((&again["apiClient"]["id"], &again["secret"]), (&json!(made.id), &Value::Null));
        let secret = made.secret();
        assert!(secret.starts_with("tandem_client_") && secret.len() == 14 + 66 + 6, "{secret}");
        let hint = again["apiClient"]["secrets"][0]["hint"].as_str().unwrap();
        assert_eq!(hint, format!("tandem_client_…{}", &secret[secret.len() - 4..]));
        for (table, columns) in [("client_secret", "hash || hint"), ("audit_entry", "detail"), ("idempotency", "coalesce(result, '')")] {
            for row in texts(&app, &format!("SELECT {columns} FROM {table}")).await {
                assert!(!row[0].contains(&secret[14..60]), "{table}");
            }
        }
        let listed = admin.gql("{ apiClients { nodes { name secrets { hint lastUsedAt } } } }", json!({})).await;
        assert_eq!(listed["apiClients"]["nodes"][0]["secrets"][0]["lastUsedAt"], Value::Null);
    }

    async fn secrets_change_over_without_a_gap(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let made = make(&admin, json!({ "name": "Billing", "grants": grants(&["BUYER_READ"]) })).await;
        let rotate = async |overlap: i64| {
            let admin = acme.signed_in(admin.member.unwrap());
            let answer = admin.gql(ROTATE, json!({ "input": { "apiClientId": made.id, "overlapSeconds": overlap } })).await["rotateClientSecret"].take();
            assert_eq!(problems(&answer), [], "{answer:#}");
            holding(&app, &answer["secret"])
        };
        let good = async |caller: &Caller<'_>| code(caller, ACCOUNTS).await.is_empty();
        let second = rotate(3_600).await;
        assert!(good(&made.caller).await && good(&second).await);
        app.wait(3_599);
        assert!(good(&made.caller).await);
        app.wait(1);
        assert!(!good(&made.caller).await && good(&second).await);
        // None of the earlier ones lives longer for being replaced again.
        let third = rotate(60).await;
        let fourth = rotate(600).await;
        app.wait(60);
        assert!(!good(&second).await && good(&third).await && good(&fourth).await);
        let fifth = rotate(0).await;
        assert!(!good(&third).await && !good(&fourth).await && good(&fifth).await);
        for overlap in [-1, 30 * 24 * 3_600 + 1] {
            let admin = acme.signed_in(admin.member.unwrap());
            let answer = admin.gql(ROTATE, json!({ "input": { "apiClientId": made.id, "overlapSeconds": overlap } })).await;
            assert_eq!(problems(&answer["rotateClientSecret"]), [("overlapSeconds".to_owned(), "INVALID".to_owned())]);
        }
        for _ in 0..4 {
            rotate(3_600).await;
        }
        let admin = acme.signed_in(admin.member.unwrap());
        let answer = admin.gql(ROTATE, json!({ "input": { "apiClientId": made.id, "overlapSeconds": 60 } })).await;
        assert_eq!(problems(&answer["rotateClientSecret"]), [("apiClientId".to_owned(), "TOO_MANY".to_owned())]);
    }

    async fn whatever_ends_a_client_ends_its_tokens_at_once(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let make = async |name: &str, more: Value| {
            let mut input = json!({ "name": name, "grants": grants(&["BUYER_READ"]) });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            make(&admin, input).await
        };
        let by_secret = make("by its secret", json!({})).await;
        let by_client = make("as a client", json!({})).await;
        let by_time = make("by time", json!({ "expiresAt": "2026-06-01T12:05:00Z" })).await;
        let tokens = [token_of(&by_secret).await, token_of(&by_client).await, token_of(&by_time).await];
        admin.gql(REVOKE_SECRET, json!({ "input": { "clientSecretId": by_secret.secret_id } })).await;
        admin.gql(REVOKE, json!({ "input": { "apiClientId": by_client.id } })).await;
        assert_eq!(code(&tokens[2], ACCOUNTS).await, "");
        app.wait(300);
        for (made, token) in [&by_secret, &by_client, &by_time].into_iter().zip(&tokens) {
            for caller in [&made.caller, token] {
                assert_eq!(caller.refused(ACCOUNTS, json!({})).await, "UNAUTHENTICATED", "{}", made.id);
            }
        }
        // Twice is once, and an ended client stays ended.
        let versions = rows(&app).await;
        admin.gql(REVOKE_SECRET, json!({ "input": { "clientSecretId": by_secret.secret_id } })).await;
        assert_eq!(admin.gql(REVOKE, json!({ "input": { "apiClientId": by_client.id } })).await["revokeApiClient"]["apiClient"]["version"], 2);
        let answer = admin.gql(REVISE, json!({ "input": { "apiClientId": by_client.id, "name": "alive" } })).await;
        assert_eq!(problems(&answer["reviseApiClient"]), [("apiClientId".to_owned(), "FIXED".to_owned())]);
        assert_eq!(rows(&app).await, versions);
        // What only ran out can be let go on.
        let answer = admin.gql(REVISE, json!({ "input": { "apiClientId": by_time.id, "expiresAt": null, "expectedVersion": 1 } })).await;
        assert_eq!(answer["reviseApiClient"]["apiClient"]["version"], 2);
        assert_eq!(code(&by_time.caller, ACCOUNTS).await, "");
    }

    async fn a_client_asks_for_the_fields_it_was_given_and_no_others(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let fields = ["Query.accounts", "Account.id", "Mutation.recordAccount", "RecordAccountInput.name", "Account.id"];
        let made = make(&admin, json!({ "name": "Narrow", "grants": grants(&["BUYER_READ", "BUYER_WRITE"]), "fields": fields })).await;
        let before = rows(&app).await;
        for (document, variables) in [
            (ACCOUNTS, json!({})),
            ("{ accounts { nodes { id } } me { id } }", json!({})),
            (RECORD_ACCOUNT, json!({ "input": { "name": "Initech", "domain": "initech.example" } })),
            // Nothing is done where the answer would be refused.
            ("mutation { recordAccount(input: { name: \"Initech\" }) { account { id name } } }", json!({})),
        ] {
            assert_eq!(made.caller.refused(document, variables).await, "FORBIDDEN", "{document}");
        }
        assert_eq!(rows(&app).await, before);
        assert_eq!(problems(&made.caller.gql(RECORD_ACCOUNT, json!({ "input": { "name": "Initech" } })).await["recordAccount"]), []);
        let seen = made.caller.gql("{ __typename accounts { totalCount edges { cursor node { __typename id } } pageInfo { endCursor }} }", json!({})).await;
        assert_eq!(seen["accounts"]["totalCount"], 1);
        let log = "{ auditLog(filter: { outcome: DENIED }) { nodes { requestId apiClient { name } onBehalfOf { id } changes { permission path } } } }";
        let log = admin.gql(log, json!({})).await["auditLog"]["nodes"].take();
        assert_eq!(log.as_array().unwrap().len(), 4);
        assert_eq!(log[3]["changes"], json!([{ "permission": null, "path": "Account.name" }]));
        assert_eq!((&log[3]["apiClient"]["name"], &log[3]["onBehalfOf"]["id"]), (&json!("Narrow"), &json!(admin.member.unwrap())));
        assert!(log[3]["requestId"].is_string());
        let answer = admin.gql(REVISE, json!({ "input": { "apiClientId": made.id, "fields": null } })).await;
        assert_eq!(answer["reviseApiClient"]["apiClient"]["fields"], Value::Null);
        assert_eq!(made.caller.gql(ACCOUNTS, json!({})).await["accounts"]["nodes"][0]["name"], "Initech");
    }

    async fn a_client_of_some_fields_may_read_the_schema(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let made = make(&admin, json!({ "name": "CRM", "grants": grants(&["BUYER_READ"]), "fields": ["Query.accounts"] })).await;
        let read = "{ __typename __schema { queryType { name fields { name } } } __type(name: \"Account\") { fields { name } } }";
        let answer = made.caller.gql(read, json!({})).await;
        assert_eq!((&answer["__typename"], &answer["__schema"]["queryType"]["name"]), (&json!("Query"), &json!("Query")));
        assert!(answer["__type"]["fields"].as_array().unwrap().contains(&json!({ "name": "domain" })));
        for named in ["Query.__schema", "__Type.name", "__Schema.*"] {
            let input = json!({ "name": "x", "grants": grants(&["BUYER_READ"]), "fields": [named] });
            assert_eq!(of(&admin, input).await, [("fields.0".to_owned(), "INVALID".to_owned())], "{named}");
        }
    }

    async fn a_client_that_is_refused_is_told_of(app: TestApp) {
        let acme = app.org("acme").await;
        let (admin, auditor) = (acme.member(Role::Admin).await, acme.member(Role::Auditor).await);
        let made = make(&admin, json!({ "name": "CRM", "grants": grants(&["BUYER_READ"]) })).await;
        admin.gql(REVOKE_SECRET, json!({ "input": { "clientSecretId": made.secret_id } })).await;
        assert_eq!(code(&made.caller, ME).await, "UNAUTHENTICATED");
        let document = "query($id: ID!) { auditLog(filter: { outcome: DENIED, objectId: $id }) { nodes { action system onBehalfOf { id } changes { change path } } } }";
        let told = async || auditor.gql(document, json!({ "id": made.id })).await["auditLog"]["nodes"].take();
        for _ in 0..200 {
            if told().await != json!([]) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let member = json!({ "id": admin.member.unwrap().to_string() });
        let entry = json!({ "action": "sign-in", "system": "sign-in", "onBehalfOf": member, "changes": [{ "change": "DENIED", "path": "apiClient" }] });
        assert_eq!(told().await, json!([entry]));
    }

    async fn the_scope_of_a_token_is_what_it_is_good_for(app: TestApp) {
        let acme = app.org("acme").await;
        let (admin, other) = (acme.member(Role::Admin).await, acme.member(Role::Admin).await);
        let made = make(&admin, json!({ "name": "CRM", "grants": grants(&["BUYER_READ", "AUDIT_READ"]) })).await;
        let input = json!({ "memberId": admin.member.unwrap().to_string(), "role": "REVOPS" });
        assert_eq!(problems(&other.gql(REVISE_MEMBER, json!({ "input": input })).await["reviseMember"]), []);
        let form = format!("grant_type=client_credentials&client_secret={}", made.secret());
        assert_eq!(token(&app, &form, None).await.1["scope"], "BUYER_READ");
        assert_eq!(token(&app, &format!("{form}&scope=AUDIT_READ"), None).await.1["error"], "invalid_scope");
    }

    async fn what_a_client_does_is_told_of_it(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let made = make(&admin, json!({ "name": "CRM", "grants": grants(&["BUYER_READ", "BUYER_WRITE"]) })).await;
        token_of(&made).await.gql(RECORD_ACCOUNT, json!({ "input": { "name": "Initech" } })).await;
        assert_eq!(code(&made.caller, "{ touches { totalCount } }").await, "FORBIDDEN");
        let log = "query($client: ID!) { auditLog(filter: { apiClientId: $client }) { nodes { action outcome member { id } apiClient { id } onBehalfOf { id } system changes { kind permission } } } }";
        let log = admin.gql(log, json!({ "client": made.id })).await["auditLog"]["nodes"].take();
        let told = |action: &str, outcome: &str, change: Value| {
            json!({ "action": action, "outcome": outcome, "member": null, "apiClient": { "id": made.id }, "onBehalfOf": { "id": admin.member.unwrap() },
                "system": null, "changes": [change] })
        };
        let denied = told("touches", "DENIED", json!({ "kind": null, "permission": "JOURNEY_READ" }));
        assert_eq!(log, json!([denied, told("recordAccount", "DONE", json!({ "kind": "account", "permission": null }))]));
        let made_by = "query($client: ID!) { auditLog(filter: { objectId: $client }) { nodes { action member { id } changes { kind } } } }";
        let made_by = admin.gql(made_by, json!({ "client": made.id })).await["auditLog"]["nodes"].take();
        let kinds = json!([{ "kind": "api_client" }, { "kind": "client_secret" }]);
        assert_eq!(made_by, json!([{ "action": "createApiClient", "member": { "id": admin.member.unwrap() }, "changes": kinds }]));
        let used = "{ apiClients { nodes { secrets { lastUsedAt } } } }";
        let used = async || admin.gql(used, json!({})).await["apiClients"]["nodes"][0]["secrets"][0]["lastUsedAt"].take();
        assert_eq!(used().await, "2026-06-01T12:00:00Z");
        app.wait(59);
        made.caller.gql(ACCOUNTS, json!({})).await;
        assert_eq!(used().await, "2026-06-01T12:00:00Z");
        app.wait(1);
        made.caller.gql(ACCOUNTS, json!({})).await;
        assert_eq!(used().await, "2026-06-01T12:01:00Z");
        let scope = tandem::auth::Session::system(&app.app, acme.id, tandem::auth::System::Audit).authorize().unwrap();
        assert_eq!(tandem::audit::service::verify(&scope, None).await.unwrap().broken, None);
    }

    async fn tokens_are_given_as_oauth_has_it(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let made = make(&admin, json!({ "name": "CRM", "grants": grants(&["BUYER_WRITE", "BUYER_READ", "JOURNEY_READ"]) })).await;
        let (id, secret) = (made.id.as_str(), made.secret());
        let (status, answer) = token(&app, "grant_type=client_credentials", Some((id, secret))).await;
        assert_eq!(status, StatusCode::OK, "{answer:#}");
        assert_eq!((&answer["token_type"], &answer["expires_in"], &answer["scope"]), (&json!("Bearer"), &json!(900), &json!("BUYER_READ BUYER_WRITE JOURNEY_READ")));
        assert_eq!(code(&holding(&app, &answer["access_token"]), "{ touches { totalCount } }").await, "");
        let (_, narrow) = token(&app, "grant_type=client_credentials&scope=BUYER_READ", Some((id, secret))).await;
        assert_eq!(narrow["scope"], "BUYER_READ");
        let narrow = holding(&app, &narrow["access_token"]);
        assert_eq!((code(&narrow, ACCOUNTS).await.as_str(), code(&narrow, "{ touches { totalCount } }").await.as_str()), ("", "FORBIDDEN"));
        app.wait(900 + 30);
        assert_eq!(narrow.refused(ACCOUNTS, json!({})).await, "UNAUTHENTICATED");
        let other = make(&acme.signed_in(admin.member.unwrap()), json!({ "name": "Other", "grants": grants(&["BUYER_READ"]) })).await;
        let form = |more: &str| format!("grant_type=client_credentials&client_secret={secret}{more}");
        let broken = format!("grant_type=client_credentials&client_secret={}", secret.replace(&secret[20..21], if &secret[20..21] == "A" { "B" } else { "A" }));
        for (form, basic, status, error) in [
            (form(&format!("&client_id={}", other.id)), None, 401, "invalid_client"),
            (form("&client_id=nonsense"), None, 401, "invalid_client"),
            (broken, None, 401, "invalid_client"),
            ("grant_type=client_credentials".to_owned(), None, 401, "invalid_client"),
            ("grant_type=client_credentials".to_owned(), Some((id, "wrong")), 401, "invalid_client"),
            ("grant_type=client_credentials".to_owned(), Some((other.id.as_str(), secret)), 401, "invalid_client"),
            (form(""), Some((id, secret)), 400, "invalid_request"),
            (form("&grant_type=client_credentials"), None, 400, "invalid_request"),
            (format!("client_secret={secret}"), None, 400, "invalid_request"),
            (format!("grant_type=password&client_secret={secret}"), None, 400, "unsupported_grant_type"),
            (form("&scope=CLOSE_WRITE"), None, 400, "invalid_scope"),
            (form("&scope=BUYER_READ+CLOSE_WRITE"), None, 400, "invalid_scope"),
            (form("&scope=BUYER_READ++JOURNEY_READ"), None, 400, "invalid_scope"),
            (form("&scope=buyer_read"), None, 400, "invalid_scope"),
            ("x".repeat(4_097), None, 400, "invalid_request"),
        ] {
            let answer = token(&app, &form, basic).await;
            assert_eq!((answer.0.as_u16(), &answer.1["error"]), (status, &json!(error)), "{form} {answer:?}");
            assert!(!answer.1.to_string().contains(secret));
        }
        let plain = Request::post("/oauth/token").header(header::CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap();
        assert_eq!(app.send(plain).await.0, StatusCode::BAD_REQUEST);
        let get = Request::get("/oauth/token").body(Body::empty()).unwrap();
        assert_eq!(app.send(get).await.0, StatusCode::METHOD_NOT_ALLOWED);
    }

    async fn guessing_at_the_token_endpoint_is_paid_for(app: TestApp) {
        let mut seen = Vec::new();
        for _ in 0..301 {
            seen.push(token(&app, "grant_type=client_credentials&client_secret=tandem_client_x", None).await.0.as_u16());
        }
        assert!(seen[..300].iter().all(|&status| status == 401));
        assert_eq!(seen[300], 429);
        app.wait(60);
        assert_eq!(token(&app, "grant_type=client_credentials&client_secret=tandem_client_x", None).await.0, StatusCode::UNAUTHORIZED);
    }

    async fn a_secret_opens_its_own_organization_only(app: TestApp) {
        let (acme, rival) = (app.org("acme").await, app.org("rival").await);
        let (admin, theirs) = (acme.member(Role::Admin).await, rival.member(Role::Admin).await);
        let made = make(&admin, json!({ "name": "CRM", "grants": grants(&["BUYER_READ", "BUYER_WRITE"]) })).await;
        theirs.gql(RECORD_ACCOUNT, json!({ "input": { "name": "Secret" } })).await;
        assert_eq!(made.caller.gql(ACCOUNTS, json!({})).await["accounts"]["nodes"], json!([]));
        for (document, mutation) in [(ROTATE, "rotateClientSecret"), (REVOKE, "revokeApiClient"), (REVISE, "reviseApiClient")] {
            let answer = theirs.gql(document, json!({ "input": { "apiClientId": made.id } })).await;
            assert_eq!(problems(&answer[mutation]), [("apiClientId".to_owned(), "NOT_FOUND".to_owned())]);
        }
        same_name_in_both(&acme, &theirs).await;
    }
}

/// Names of clients are the organization's own.
async fn same_name_in_both(acme: &TestOrganization<'_>, theirs: &Caller<'_>) {
    let new = AddMember {
        email: "second@example.com".to_owned(),
        name: "Second".to_owned(),
        role: Role::Admin,
        custom_role_id: None,
        resource: None,
        team_id: None,
        idempotency_key: None,
    };
    let second = acme.caller(add_member(&acme.setup().authorize().unwrap(), &new).await.unwrap());
    let input = json!({ "name": "CRM", "grants": grants(&["BUYER_READ"]) });
    assert_eq!(of(&second, input.clone()).await, [("name".to_owned(), "TAKEN".to_owned())]);
    assert_eq!(of(theirs, input).await, []);
}
