//! What is known of accounts, segments of them, the ideal customer, and demand that nobody has reached.

mod attributes;
mod coverage;
mod fit;
mod membership;

use serde_json::{Value, json};

use crate::support::Caller;
use crate::support::story::Story;

const SET: &str = "mutation($input: SetAccountAttributesInput!) { setAccountAttributes(input: $input) {
    account { id attributes { key value } } userErrors { field code } } }";
const SET_MANY: &str = "mutation($input: RecordAccountAttributesInput!) { recordAccountAttributes(input: $input) {
    results { index outcome account { id } userErrors { field code } } userErrors { field code } } }";
const DEMAND: &str = "mutation($input: RecordDemandStateInput!) { recordDemandState(input: $input) {
    demandSignal { state occurredAt evidence account { id } recordedBy { id } } userErrors { field code } } }";
const DEFINE: &str = "mutation($input: DefineSegmentInput!) { defineSegment(input: $input) {
    segment { id name kind version conditions { key op values } } userErrors { field code } } }";
const REVISE: &str = "mutation($input: ReviseSegmentInput!) { reviseSegment(input: $input) {
    segment { id name version conditions { key op values } } userErrors { field code } } }";
const ADD: &str = "mutation($input: AddToTargetListInput!) { addToTargetList(input: $input) {
    targetList { changed segment { id } } userErrors { field code } } }";
const REMOVE: &str = "mutation($input: RemoveFromTargetListInput!) { removeFromTargetList(input: $input) {
    targetList { changed segment { id } } userErrors { field code } } }";
const PROFILE: &str = "mutation($input: DefineIcpProfileInput!) { defineIcpProfile(input: $input) {
    icpProfile { id key profileVersion threshold } userErrors { field code } } }";

/// The payload of a mutation.
async fn act(by: &Caller<'_>, document: &str, input: Value) -> Value {
    by.gql(document, json!({ "input": input })).await.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

/// The payload of a mutation that is done.
async fn done(by: &Caller<'_>, document: &str, input: Value) -> Value {
    let payload = act(by, document, input.clone()).await;
    assert_eq!(payload["userErrors"], json!([]), "{input}\n{payload}");
    payload
}

fn id(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Attributes as they are set: `INDUSTRY=Software EMPLOYEES=80 REGION=` with nothing for what is not known any more.
fn said(text: &str) -> Value {
    let attribute = |(key, value): (&str, &str)| json!({ "key": key, "value": (!value.is_empty()).then_some(value) });
    text.split_whitespace().map(|part| attribute(part.split_once('=').unwrap())).collect()
}

async fn set(by: &Caller<'_>, account: &str, attributes: &str) -> Value {
    done(by, SET, json!({ "accountId": account, "attributes": said(attributes) })).await
}

/// A new account of which something is known.
async fn account(story: &Story<'_>, by: &Caller<'_>, name: &str, attributes: &str) -> String {
    let account = story.account(name).await;
    if !attributes.is_empty() {
        set(by, &account, attributes).await;
    }
    account
}

fn condition(key: &str, op: &str, values: &[&str]) -> Value {
    json!({ "key": key, "op": op, "values": values })
}

async fn define(by: &Caller<'_>, name: &str, conditions: &[Value]) -> String {
    id(&done(by, DEFINE, json!({ "name": name, "conditions": conditions })).await["segment"]["id"])
}

/// A list with some accounts on it.
async fn list(by: &Caller<'_>, name: &str, accounts: &[&str]) -> String {
    let segment = id(&done(by, DEFINE, json!({ "name": name })).await["segment"]["id"]);
    done(by, ADD, json!({ "segmentId": segment, "accountIds": accounts })).await;
    segment
}
