//! Opportunities: how they are worked and end, who decides on them, what keeps buyers from it, and the reports on all that.

mod blockers;
mod buying;
mod ends;
mod opportunities;
mod reports;
mod split;

use serde_json::{Value, json};

use crate::support::Caller;
use crate::support::story::{problems, usd};

const CREATE: &str = "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
    opportunity { id version } userErrors { field code } } }";
const REVISE: &str = "mutation($input: ReviseOpportunityInput!) { reviseOpportunity(input: $input) {
    opportunity { id version name amount { amount currency } expectedCloseOn sourceResource owner { id } } userErrors { field code } } }";
const CLOSE: &str = "mutation($input: CloseOpportunityInput!) { closeOpportunity(input: $input) {
    opportunity { id status outcome } userErrors { field code message } } }";
const REOPEN: &str = "mutation($input: ReopenOpportunityInput!) { reopenOpportunity(input: $input) {
    opportunity { id status } userErrors { field code } } }";
const STALL: &str = "mutation($input: MarkStalledInput!) { markStalled(input: $input) { opportunity { id } userErrors { field code } } }";
const RESUME: &str =
    "mutation($input: ResumeOpportunityInput!) { resumeOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";
const SET_ROLE: &str = "mutation($input: SetBuyingRoleInput!) { setBuyingRole(input: $input) {
    buyingRole { id role stance since until } userErrors { field code } } }";
const END_ROLE: &str = "mutation($input: EndBuyingRoleInput!) { endBuyingRole(input: $input) {
    buyingRole { id until } userErrors { field code } } }";
const RAISE: &str = "mutation($input: RaiseBlockerInput!) { raiseBlocker(input: $input) { blocker { id } userErrors { field code } } }";
const RESOLVE: &str = "mutation($input: ResolveBlockerInput!) { resolveBlocker(input: $input) {
    blocker { id ageDays resolution { resolvedAt text } } userErrors { field code } } }";
const GENERATE: &str = "mutation($input: GenerateAccountInput!) { generateAccount(input: $input) {
    close { id opportunity { id status } } userErrors { field code } } }";
const RECORD_ACCOUNT: &str =
    "mutation($input: RecordAccountInput!) { recordAccount(input: $input) { account { id } userErrors { field code } } }";
const RECORD_PERSON: &str =
    "mutation($input: RecordPersonInput!) { recordPerson(input: $input) { person { id } userErrors { field code } } }";

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

/// Fields and codes of what the caller has to put right.
async fn refusals(by: &Caller<'_>, document: &str, input: Value) -> Vec<(String, String)> {
    problems(&act(by, document, input).await)
}

fn refusal(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

async fn account(by: &Caller<'_>, name: &str) -> String {
    made(by, RECORD_ACCOUNT, json!({ "name": name })).await
}

/// An opportunity with an account, from a moment on.
async fn opened(by: &Caller<'_>, account: &str, at: &str) -> String {
    made(by, CREATE, json!({ "accountId": account, "name": "Paper", "openedAt": at })).await
}

async fn lost(by: &Caller<'_>, opportunity: &str, outcome: &str, at: &str) {
    done(by, CLOSE, json!({ "opportunityId": opportunity, "outcome": outcome, "closedAt": at, "reason": "told us" })).await;
}

fn winning(account: &str, opportunity: &str, amount: &str, at: &str) -> Value {
    json!({ "accountId": account, "opportunityId": opportunity, "occurredAt": at, "amount": usd(amount), "path": "ASSISTED",
        "sourceResource": "SALES" })
}

async fn won(by: &Caller<'_>, account: &str, opportunity: &str, amount: &str, at: &str) -> String {
    made(by, GENERATE, winning(account, opportunity, amount, at)).await
}

/// How an opportunity stands, now or as of an instant.
async fn standing(by: &Caller<'_>, opportunity: &str, as_of: Option<&str>) -> Value {
    let document = "query($id: ID!, $asOf: DateTime) { opportunity(id: $id) {
        standing(asOf: $asOf) { status outcome closedAt stalled { since reason resumesOn } } } }";
    by.gql(document, json!({ "id": opportunity, "asOf": as_of })).await["opportunity"]["standing"].take()
}

/// A member of a team; their resource is that of their role.
async fn in_team<'a>(admin: &Caller<'a>, member: &Caller<'a>, team: &str) {
    let document = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { id } userErrors { field code } } }";
    done(admin, document, json!({ "memberId": member.member.unwrap().to_string(), "teamId": team })).await;
}

async fn team(admin: &Caller<'_>, name: &str) -> String {
    let document = "mutation($input: CreateTeamInput!) { createTeam(input: $input) { team { id } userErrors { field code } } }";
    made(admin, document, json!({ "name": name, "resources": ["SALES"] })).await
}
