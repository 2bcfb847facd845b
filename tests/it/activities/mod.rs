//! What is planned with buyers: from its planning to its end, the interaction it was, whose it is, and what stays of it.

mod life;
mod lists;
mod refusals;
mod rights;

use serde_json::{Value, json};

use crate::support::story::problems;
use crate::support::{Caller, TestApp, rows};

const PLAN: &str =
    "mutation($input: PlanActivityInput!) { planActivity(input: $input) { activity { id state } userErrors { field code } } }";
const COMPLETE: &str = "mutation($input: CompleteActivityInput!) { completeActivity(input: $input) {
    activity { id state followUp { id } } userErrors { field code } } }";
const LOG: &str = "mutation($input: LogActivityInput!) { logActivity(input: $input) {
    activity { id state followUp { id } } userErrors { field code } } }";
const RESCHEDULE: &str = "mutation($input: RescheduleActivityInput!) { rescheduleActivity(input: $input) { activity { id state dueAt } userErrors { field code } } }";
const REASSIGN: &str = "mutation($input: ReassignActivityInput!) { reassignActivity(input: $input) { activity { id owner { id } } userErrors { field code } } }";
const CANCEL: &str =
    "mutation($input: CancelActivityInput!) { cancelActivity(input: $input) { activity { id state } userErrors { field code } } }";
const RECORD_PERSON: &str =
    "mutation($input: RecordPersonInput!) { recordPerson(input: $input) { person { id } userErrors { field code } } }";
const RECORD_ACCOUNT: &str =
    "mutation($input: RecordAccountInput!) { recordAccount(input: $input) { account { id } userErrors { field code } } }";
const CREATE_OPPORTUNITY: &str =
    "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";
const TOUCHES: &str = "{ touches { nodes { kind channel actorKind resource direction occurredAt person { id } account { id } } } }";

/// The payload of a mutation.
async fn act(by: &Caller<'_>, document: &str, input: Value) -> Value {
    by.gql(document, json!({ "input": input })).await.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

/// What a mutation made or changed.
async fn done(by: &Caller<'_>, document: &str, input: Value) -> Value {
    let mut payload = act(by, document, input.clone()).await;
    assert_eq!(payload["userErrors"], json!([]), "{input}");
    payload.as_object_mut().unwrap().values_mut().find(|value| value.is_object()).unwrap().take()
}

/// The id of what a mutation made.
async fn made(by: &Caller<'_>, document: &str, input: Value) -> String {
    done(by, document, input).await["id"].as_str().unwrap().to_owned()
}

/// Asserts that an input is refused for one reason and leaves nothing behind.
async fn refused(app: &TestApp, by: &Caller<'_>, document: &str, input: Value, field: &str, code: &str) {
    let before = rows(app).await;
    let told = problems(&act(by, document, input.clone()).await);
    assert_eq!(told, [(field.to_owned(), code.to_owned())], "{input}");
    assert_eq!(rows(app).await, before, "{input}");
}

/// Something of an input, changed.
fn with(mut input: Value, more: Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// Something of an input, left out.
fn without(mut input: Value, key: &str) -> Value {
    input.as_object_mut().unwrap().remove(key);
    input
}

fn member(caller: &Caller<'_>) -> String {
    caller.member.unwrap().to_string()
}

/// How an activity stands, now or as of an instant.
async fn state(by: &Caller<'_>, id: &str, as_of: Option<&str>) -> Value {
    let document = "query($id: ID!, $asOf: DateTime) { activity(id: $id) { state(asOf: $asOf) } }";
    by.gql(document, json!({ "id": id, "asOf": as_of })).await["activity"]["state"].take()
}

/// The ids of the activities that pass a filter, in their order.
async fn listed(by: &Caller<'_>, filter: Value) -> Vec<String> {
    let document = "query($filter: ActivityFilter) { activities(filter: $filter) { totalCount nodes { id } } }";
    let data = by.gql(document, json!({ "filter": filter })).await;
    let found = ids(&data["activities"]["nodes"]);
    assert_eq!(data["activities"]["totalCount"], found.len());
    found
}

fn ids(nodes: &Value) -> Vec<String> {
    nodes.as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

async fn touches(by: &Caller<'_>) -> Value {
    by.gql(TOUCHES, json!({})).await["touches"]["nodes"].take()
}
