//! Documents sent by their hash.

use std::{path::Path, sync::Arc};

use sha2::{Digest, Sha256};

use super::*;
use crate::{
    graphql::guard::Limits,
    http::{HttpSettings, TrustedDocuments},
};

const ME: &str = "query Me { me { id } }";
const NODES: &str = "query Nodes($ids: [ID!]!, $first: Int) { nodes(ids: $ids) { id } members(first: $first) { totalCount } }";
const WRITE: &str = "mutation Make($input: CreateTeamInput!) { createTeam(input: $input) { userErrors { code } } }";

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn load(path: &Path, strict: bool) -> Result<TrustedDocuments, String> {
    TrustedDocuments::load(path, strict, &Limits::default()).await.map_err(|error| error.for_operator())
}

async fn manifest(list: Value) -> Result<TrustedDocuments, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), list.to_string()).unwrap();
    load(file.path(), false).await
}

async fn trusting(strict: bool) -> HttpSettings {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("me.graphql", ME), ("nodes.gql", NODES), ("write.graphql", WRITE), ("notes.txt", "not GraphQL")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    HttpSettings { trusted_documents: Arc::new(load(folder.path(), strict).await.unwrap()), ..HttpSettings::default() }
}

/// The documents are of the real schema, and the one behind this door does not know them: they get as far as it.
const REACHED: &str = "GRAPHQL_VALIDATION_FAILED";

async fn code(settings: HttpSettings, body: Value) -> (StatusCode, Value) {
    let answer = send_with(settings, Some(true), post(JSON, body.to_string())).await;
    (answer.status, answer.code())
}

#[tokio::test]
async fn a_manifest_is_checked_before_the_server_starts() {
    assert!(manifest(json!({ (hash(ME)): ME, (format!("sha256:{}", hash(NODES))): NODES })).await.is_ok());
    let bomb = format!("{{ {} }}", "me { id } ".repeat(41));
    for (list, complaint) in [
        (json!({ (hash(NODES)): ME }), "is not the SHA-256 of its text"),
        (json!({ "d41d8cd98f00b204e9800998ecf8427e": ME }), "is not the SHA-256 of its text"),
        (json!({ (hash("{ missing }")): "{ missing }" }), "missing"),
        (json!({ (hash("{ me {")): "{ me {" }), "syntax error"),
        (json!({ (hash(&bomb)): bomb }), "rootFields 41, at most 40"),
        (json!({ (hash("{ nodes(ids: $ids) { id } }")): "{ nodes(ids: $ids) { id } }" }), "$ids"),
        (json!({ (hash(ME)): 1 }), "JSON object"),
        (json!([ME]), "JSON object"),
        (json!({}), "holds none"),
    ] {
        let refused = manifest(list.clone()).await.expect_err(&list.to_string());
        assert!(refused.starts_with("trusted documents: ") && refused.contains(complaint), "{refused}");
    }
    assert!(load(Path::new("/nowhere/at/all.json"), false).await.unwrap_err().contains("/nowhere/at/all.json"));
}

#[tokio::test]
async fn a_document_may_be_sent_by_its_hash() {
    let id = hash(ME);
    for body in [
        json!({ "documentId": format!("sha256:{id}") }),
        json!({ "documentId": id }),
        json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": id } } }),
        json!({ "query": ME, "documentId": format!("sha256:{id}") }),
        json!({ "query": "query Other { me { id } }" }),
    ] {
        for strict in [false, true] {
            let known = body.get("query").is_none_or(|query| query == ME);
            let expected =
                if strict && !known { (StatusCode::BAD_REQUEST, "PERSISTED_QUERY_NOT_FOUND") } else { (StatusCode::OK, REACHED) };
            assert_eq!(code(trusting(strict).await, body.clone()).await, (expected.0, json!(expected.1)), "{strict} {body}");
        }
    }
    let answer = send_with(trusting(true).await, Some(true), get(&format!("/graphql?documentId=sha256:{id}"))).await;
    assert_eq!(answer.code(), REACHED);
}

#[tokio::test]
async fn an_unknown_hash_is_not_found_and_nothing_is_learned() {
    let other = "{ apple }";
    let persisted = |id: &str| json!({ "persistedQuery": { "version": 1, "sha256Hash": id } });
    for settings in [HttpSettings::default(), trusting(false).await] {
        for body in [
            json!({ "documentId": "sha256:00" }),
            json!({ "documentId": format!("sha256:{}", hash(other)) }),
            json!({ "extensions": persisted(&hash(other)) }),
        ] {
            assert_eq!(code(settings.clone(), body).await, (StatusCode::BAD_REQUEST, json!("PERSISTED_QUERY_NOT_FOUND")));
        }
        // what Apollo's clients do next: the text is run, and forgotten
        let schema = Schema::build(Query, Mutation, EmptySubscription).extension(Hardening::default()).finish();
        let router = router(App { schema, ready: Some(true) }, settings, FixedClock::at(NOW));
        let both = post(JSON, json!({ "query": other, "extensions": persisted(&hash(other)) }).to_string());
        let answer = Answer::of(router.clone().oneshot(both).await.unwrap()).await;
        assert_eq!(answer.json()["data"], json!({ "apple": 2 }));
        let again = post(JSON, json!({ "extensions": persisted(&hash(other)) }).to_string());
        assert_eq!(Answer::of(router.oneshot(again).await.unwrap()).await.code(), "PERSISTED_QUERY_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_text_must_have_the_hash_it_is_sent_with() {
    let body = json!({ "query": "{ apple }", "documentId": format!("sha256:{}", hash(ME)) });
    for strict in [false, true] {
        assert_eq!(code(trusting(strict).await, body.clone()).await, (StatusCode::BAD_REQUEST, json!("BAD_USER_INPUT")));
    }
}

#[tokio::test]
async fn in_strict_mode_nothing_else_is_run() {
    let strict = trusting(true).await;
    let refused = (StatusCode::BAD_REQUEST, json!("PERSISTED_QUERY_NOT_FOUND"));
    for text in ["{ apple }", "{ __typename }", "{", &format!("{ME} ")] {
        assert_eq!(code(strict.clone(), json!({ "query": text })).await, refused, "{text}");
    }
    let answer = send_with(strict.clone(), Some(true), get("/graphql?query=%7Bapple%7D")).await;
    assert_eq!((answer.status, answer.code()), refused);
    assert_eq!(code(strict, json!({ "query": WRITE })).await, (StatusCode::OK, json!(REACHED)));
}

#[tokio::test]
async fn a_trusted_mutation_is_not_run_over_get() {
    let answer = send_with(trusting(true).await, Some(true), get(&format!("/graphql?documentId=sha256:{}", hash(WRITE)))).await;
    assert_eq!((answer.status, answer.header(header::ALLOW)), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
}

#[tokio::test]
async fn the_guard_reads_the_variables_of_trusted_documents_too() {
    let body = json!({ "documentId": hash(NODES), "variables": { "ids": ["a\0b"] } });
    let answer = send_with(trusting(true).await, Some(true), post(JSON, body.to_string())).await;
    assert_eq!(answer.json()["errors"][0]["extensions"], json!({ "code": "BAD_USER_INPUT", "field": "ids.0" }));
    let body = json!({ "documentId": hash(NODES), "variables": { "ids": vec!["x"; 100_001] } });
    let answer = send_with(trusting(true).await, Some(true), post(JSON, body.to_string())).await;
    assert_eq!(answer.json()["errors"][0]["extensions"]["limit"], "inputValues");
}
