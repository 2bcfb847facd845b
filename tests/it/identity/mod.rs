//! Who is whom: becoming known, merges and their undoing, suggestions, and what the answers make of them.

mod answers;
mod known;
mod late;
mod merges;

use serde_json::{Value, json};

use crate::support::Caller;

const IDENTIFY: &str = "mutation($input: IdentifyPersonInput!) { identifyPerson(input: $input) {
    identification { visitor { id kind knownAt name email identity { id } } person { id kind name email } } userErrors { field code } } }";
const MERGE: &str = "mutation($input: MergeIdentitiesInput!) { mergeIdentities(input: $input) {
    identityPointer { id recordedAt endedAt from { ... on Person { id } ... on Account { id } } to { ... on Person { id } ... on Account { id } } }
    userErrors { field code } } }";
const UNMERGE: &str = "mutation($input: UnmergeIdentitiesInput!) { unmergeIdentities(input: $input) {
    identityPointer { id endedAt endReason } userErrors { field code } } }";
pub const JOURNEY: &str = "query($account: ID, $person: ID, $asOf: DateTime, $first: Int, $after: String, $last: Int, $before: String) {
    journey(accountId: $account, personId: $person, asOf: $asOf, first: $first, after: $after, last: $last, before: $before) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } visibility { complete }
        nodes { occurredAt kind object { id ... on Touch { resource channel } ... on StageEvent { stage { key } } } } } }";

/// The payload of a mutation.
pub async fn act(by: &Caller<'_>, document: &str, input: Value) -> Value {
    let mut data = by.gql(document, json!({ "input": input })).await;
    data.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

/// The payload of a mutation that must go through.
pub async fn done(by: &Caller<'_>, document: &str, input: Value) -> Value {
    let payload = act(by, document, input.clone()).await;
    assert_eq!(payload["userErrors"], json!([]), "{input}");
    payload
}

async fn merge(by: &Caller<'_>, from: &str, to: &str) -> Value {
    done(by, MERGE, json!({ "from": from, "to": to })).await["identityPointer"].take()
}

async fn unmerge(by: &Caller<'_>, from: &str, to: &str) -> Value {
    done(by, UNMERGE, json!({ "from": from, "to": to })).await["identityPointer"].take()
}

/// What a journey says: the kind of each item, with the resource of a touch and the stage of an entry.
pub fn told(journey: &Value) -> Vec<String> {
    let word = |item: &Value| {
        let object = &item["object"];
        let more = object["resource"].as_str().or(object["stage"]["key"].as_str()).unwrap_or_default();
        format!("{} {more}", item["kind"].as_str().unwrap()).trim_end().to_owned()
    };
    journey["journey"]["nodes"].as_array().unwrap().iter().map(word).collect()
}
