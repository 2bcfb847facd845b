//! Consent, the export of everything that is held on a person, and erasure.

mod consent;
mod erasure;
mod export;
mod walls;

use entity::ids::{PersonId, TypedId};
use entity::kinds::{ActorKind, Channel, Resource, TouchKind};
use serde_json::{Value, json};
use tandem::auth::permission::grant::{OrganizationManage, TouchWrite};
use tandem::auth::{Scope, Session, System};

use crate::support::handed::hand_over;
use crate::support::rows::{tables, texts};
use crate::support::story::usd;
use crate::support::{Caller, Engine, TestApp};

/// Stands in everything that says who somebody is.
const MARKER: &str = "zyxwvut";

const ERASE: &str = "mutation($input: ErasePersonInput!) { erasePerson(input: $input) {
    erasure { reason erasedAt erasedBy { id } person { id kind name email knownAt externalId { value } erasedAt version } }
    userErrors { field code } } }";
const EXPORT: &str = "mutation($input: ExportPersonInput!) { exportPerson(input: $input) {
    export { exportedAt person { id } document } userErrors { field code } } }";
const RECORD_PERSON: &str =
    "mutation($input: RecordPersonInput!) { recordPerson(input: $input) { person { id } userErrors { field code } } }";
const RECORD_PEOPLE: &str = "mutation($input: RecordPeopleInput!) { recordPeople(input: $input) {
    results { outcome person { id } userErrors { field code } } userErrors { field code } } }";
const REVISE_PERSON: &str =
    "mutation($input: RevisePersonInput!) { revisePerson(input: $input) { person { id name version } userErrors { field code } } }";
const RECORD_TOUCHES: &str = "mutation($input: RecordTouchesInput!) { recordTouches(input: $input) {
    results { outcome touch { id } userErrors { field code } } userErrors { field code } } }";
const CORRECT_TOUCH: &str =
    "mutation($input: CorrectTouchInput!) { correctTouch(input: $input) { touch { id } userErrors { field code } } }";
const RECORD_EVENTS: &str = "mutation($input: RecordStageEventsInput!) { recordStageEvents(input: $input) {
    results { outcome stageEvent { id } userErrors { field code } } userErrors { field code } } }";
const CORRECT_EVENT: &str =
    "mutation($input: CorrectStageEventInput!) { correctStageEvent(input: $input) { stageEvent { id } userErrors { field code } } }";
const CONSENT: &str = "mutation($input: RecordConsentInput!) { recordConsent(input: $input) {
    consent { id purpose decision occurredAt evidence recordedBy { id } } userErrors { field code } } }";
const GENERATE: &str =
    "mutation($input: GenerateAccountInput!) { generateAccount(input: $input) { close { id } userErrors { field code } } }";
const MOVE: &str =
    "mutation($input: RecordCloseMovementInput!) { recordCloseMovement(input: $input) { movement { id } userErrors { field code } } }";
const TRANSFER: &str =
    "mutation($input: RequestCreditTransferInput!) { requestCreditTransfer(input: $input) { transfer { id } userErrors { field code } } }";
const WITHDRAW: &str = "mutation($input: WithdrawCreditTransferInput!) { withdrawCreditTransfer(input: $input) { transfer { id } userErrors { field code } } }";
const DISPUTE: &str =
    "mutation($input: OpenCreditDisputeInput!) { openCreditDispute(input: $input) { dispute { id } userErrors { field code } } }";
const WITHDRAW_DISPUTE: &str =
    "mutation($input: WithdrawCreditDisputeInput!) { withdrawCreditDispute(input: $input) { dispute { id } userErrors { field code } } }";
const DISMISS: &str =
    "mutation($input: DismissCreditProposalInput!) { dismissCreditProposal(input: $input) { userErrors { field code } } }";
const POLICY: &str =
    "mutation($input: DefineCreditPolicyInput!) { defineCreditPolicy(input: $input) { policy { id } userErrors { field code } } }";

const MERGE: &str = "mutation($input: MergeIdentitiesInput!) { mergeIdentities(input: $input) { userErrors { field code } } }";
const UNMERGE: &str = "mutation($input: UnmergeIdentitiesInput!) { unmergeIdentities(input: $input) { userErrors { field code } } }";

/// The payload of a mutation.
async fn act(by: &Caller<'_>, document: &str, input: Value) -> Value {
    by.gql(document, json!({ "input": input })).await.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

/// The payload of a mutation that is done.
async fn done(by: &Caller<'_>, document: &str, input: Value) -> Value {
    let payload = act(by, document, input.clone()).await;
    assert_eq!(payload["userErrors"], json!([]), "{input}\n{payload}");
    for result in payload["results"].as_array().into_iter().flatten() {
        assert_eq!(result["userErrors"], json!([]), "{input}");
    }
    payload
}

fn id(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn touch(person: &str, day: u32, resource: &str) -> Value {
    json!({ "personId": person, "occurredAt": format!("2026-04-{day:02}T00:00:00Z"), "kind": "EMAIL", "channel": "EMAIL",
        "actorKind": "CAMPAIGN", "resource": resource })
}

fn named(mut input: Value, name: &str) -> Value {
    input["externalId"] = json!({ "source": "crm", "value": name });
    input
}

/// Somebody with a row in every table that may hold anything of them, each as personal as it can be.
struct Marked {
    person: String,
    other: String,
    close: String,
    referred: String,
    touch: String,
    event: String,
}

async fn marked(ops: &Caller<'_>) -> Marked {
    let new = json!({ "name": "Zyxwvut Ada", "email": "Zyxwvut@Example.com", "knownAt": "2026-04-05T00:00:00Z",
        "idempotencyKey": "person zyxwvut" });
    let person = id(&done(ops, RECORD_PERSON, named(new, "ZYXWVUT-1")).await["person"]["id"]);
    let items =
        json!([named(json!({ "name": "Zyxwvut Two", "email": "two@zyxwvut.example", "knownAt": "2026-04-05T00:00:00Z" }), "ZYXWVUT-2")]);
    let other = done(ops, RECORD_PEOPLE, json!({ "items": items, "idempotencyKey": "people zyxwvut" })).await;
    let other = id(&other["results"][0]["person"]["id"]);
    done(ops, REVISE_PERSON, json!({ "personId": person, "name": "Zyxwvut King", "idempotencyKey": "revise zyxwvut" })).await;
    let items = json!([
        named(touch(&person, 1, "MARKETING"), "zyxwvut t1"),
        named(touch(&person, 6, "SALES"), "zyxwvut t2"),
        named(touch(&other, 2, "PRODUCT"), "zyxwvut t3")
    ]);
    let touches = done(ops, RECORD_TOUCHES, json!({ "items": items, "idempotencyKey": "touches zyxwvut" })).await;
    let touch = done(
        ops,
        CORRECT_TOUCH,
        json!({ "touchId": touches["results"][0]["touch"]["id"], "kind": "CLICK", "idempotencyKey": "correct zyxwvut" }),
    )
    .await;
    let event = |person: &str, stage: &str, day: u32, name: &str| {
        let event =
            json!({ "personId": person, "stage": stage, "occurredAt": format!("2026-04-{day:02}T00:00:00Z"), "reason": "Zyxwvut said so" });
        named(event, name)
    };
    let items = json!([
        event(&person, "KNOWN", 5, "zyxwvut e1"),
        event(&person, "QUALIFIED", 7, "zyxwvut e2"),
        event(&other, "KNOWN", 5, "zyxwvut e3")
    ]);
    let events = done(ops, RECORD_EVENTS, json!({ "items": items, "idempotencyKey": "events zyxwvut" })).await;
    let event =
        done(ops, CORRECT_EVENT, json!({ "stageEventId": events["results"][1]["stageEvent"]["id"], "occurredAt": "2026-04-08T00:00:00Z" }))
            .await;
    for (decision, day) in [("GRANTED", 5), ("WITHDRAWN", 9)] {
        let consent = json!({ "personId": person, "purpose": "EMAIL_MARKETING", "decision": decision, "occurredAt": format!("2026-04-{day:02}T00:00:00Z"),
            "evidence": "form signed Zyxwvut", "idempotencyKey": format!("consent zyxwvut {day}") });
        done(ops, CONSENT, consent).await;
    }
    let close = json!({ "newAccount": { "name": "Acme" }, "personId": person, "occurredAt": "2026-04-20T00:00:00Z", "amount": usd("1000.00"), "path": "ASSISTED",
        "idempotencyKey": "close zyxwvut" });
    let close = id(&done(ops, GENERATE, named(close, "zyxwvut c1")).await["close"]["id"]);
    let referred = json!({ "newAccount": { "name": "Beta" }, "personId": other, "occurredAt": "2026-04-21T00:00:00Z", "amount": usd("500.00"), "path": "ASSISTED",
        "referral": { "referrerPersonId": person, "claimedAt": "2026-04-10T00:00:00Z" } });
    let referred = id(&done(ops, GENERATE, named(referred, "zyxwvut c2")).await["close"]["id"]);
    for close in [&close, &referred] {
        let refund = json!({ "closeId": close, "kind": "REFUND", "amount": usd("100.00"), "occurredAt": "2026-04-25T00:00:00Z", "reason": "Zyxwvut complained" });
        done(ops, MOVE, refund).await;
    }
    let moved = json!({ "closeId": referred, "from": "PRODUCT", "to": "SALES", "basisPoints": 100, "effectiveAt": "2026-04-26T00:00:00Z", "reason": "Zyxwvut was helped" });
    let asked = done(ops, TRANSFER, moved.clone()).await;
    done(ops, WITHDRAW, json!({ "transferId": asked["transfer"]["id"], "reason": "Zyxwvut was not" })).await;
    let rules = ["REFERRAL_CLAIM", "SIGNED_SPLIT", "SELF_SERVE", "EVIDENCE", "SOURCE_RESOURCE"];
    done(ops, POLICY, json!({ "lookbackDays": 90, "roundingBasisPoints": 100, "rules": rules, "transferApproval": "NONE" })).await;
    let april = json!({ "month": "2026-04-01", "reason": "reported" });
    done(ops, "mutation($input: LockPeriodInput!) { lockPeriod(input: $input) { userErrors { code } } }", april.clone()).await;
    let mut restating = moved;
    restating["restate"] = json!({ "reason": "Zyxwvut told us late" });
    done(ops, TRANSFER, restating).await;
    done(ops, "mutation($input: UnlockPeriodInput!) { unlockPeriod(input: $input) { userErrors { code } } }", april).await;
    let disputed = json!({ "closeId": referred, "resource": "SALES", "suggestedShares": [{ "resource": "SALES", "basisPoints": 10_000 }], "reason": "Zyxwvut told us" });
    let disputed = done(ops, DISPUTE, disputed).await;
    done(ops, WITHDRAW_DISPUTE, json!({ "disputeId": disputed["dispute"]["id"], "reason": "Zyxwvut did not" })).await;
    // What their company did came to light a moment later, and their close stays as it is.
    let now = ops.app.app.now();
    ops.app.clock.set(now.saturating_add_micros(1_000_000));
    let company =
        ops.gql("query($id: ID!) { close(id: $id) { account { id } } }", json!({ "id": close })).await["close"]["account"]["id"].take();
    let late = json!({ "accountId": company, "occurredAt": "2026-03-01T00:00:00Z", "kind": "EMAIL", "channel": "EMAIL", "actorKind": "CAMPAIGN", "resource": "PRODUCT" });
    done(ops, "mutation($input: RecordTouchInput!) { recordTouch(input: $input) { userErrors { field code } } }", late).await;
    let proposed = "{ creditProposals(period: { from: \"2026-04-20\", to: \"2026-04-21\", timeZone: \"UTC\" }) { nodes { suggestedShares { resource basisPoints } } } }";
    let suggested = ops.gql(proposed, json!({})).await["creditProposals"]["nodes"][0]["suggestedShares"].take();
    done(ops, DISMISS, json!({ "closeId": close, "suggestedShares": suggested, "reason": "Zyxwvut decided alone" })).await;
    ops.app.clock.set(now);
    // A deal in which they play a part, with words about it.
    let account = done(
        ops,
        "mutation($input: RecordAccountInput!) { recordAccount(input: $input) { account { id } userErrors { code } } }",
        json!({ "name": "Deal" }),
    )
    .await;
    let deal = json!({ "accountId": account["account"]["id"], "name": "Deal", "openedAt": "2026-04-05T00:00:00Z" });
    let deal = id(&done(
        ops,
        "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } userErrors { code } } }",
        deal,
    )
    .await["opportunity"]["id"]);
    let role =
        json!({ "opportunityId": deal, "personId": person, "role": "DECIDER", "stance": "NEUTRAL", "since": "2026-04-06T00:00:00Z" });
    done(ops, "mutation($input: SetBuyingRoleInput!) { setBuyingRole(input: $input) { userErrors { code } } }", role).await;
    let stalled =
        json!({ "opportunityId": deal, "stalledAt": "2026-04-07T00:00:00Z", "reason": "Zyxwvut rests", "resumesOn": "2026-07-01" });
    done(ops, "mutation($input: MarkStalledInput!) { markStalled(input: $input) { userErrors { code } } }", stalled).await;
    let raised =
        json!({ "opportunityId": deal, "kind": "BUDGET", "side": "BUYER", "raisedAt": "2026-04-07T00:00:00Z", "note": "Zyxwvut has none" });
    let raised =
        done(ops, "mutation($input: RaiseBlockerInput!) { raiseBlocker(input: $input) { blocker { id } userErrors { code } } }", raised)
            .await;
    let resolved =
        json!({ "blockerId": raised["blocker"]["id"], "resolvedAt": "2026-04-08T00:00:00Z", "resolution": "Zyxwvut found some" });
    done(ops, "mutation($input: ResolveBlockerInput!) { resolveBlocker(input: $input) { userErrors { code } } }", resolved).await;
    // What was planned with them: done without reaching them, and given up.
    let call = json!({ "kind": "CALL", "subject": "Ask Zyxwvut", "personId": person, "outcome": "NOT_REACHED", "note": "Zyxwvut was out" });
    let log = "mutation($input: LogActivityInput!) { logActivity(input: $input) { userErrors { code } } }";
    done(ops, log, named(call, "zyxwvut a1")).await;
    let planned = json!({ "kind": "EMAIL", "subject": "Write to Zyxwvut", "personId": person });
    let plan = "mutation($input: PlanActivityInput!) { planActivity(input: $input) { activity { id } userErrors { code } } }";
    let planned = done(ops, plan, planned).await;
    let given_up = json!({ "activityId": planned["activity"]["id"], "reason": "Zyxwvut called" });
    done(ops, "mutation($input: CancelActivityInput!) { cancelActivity(input: $input) { userErrors { code } } }", given_up).await;
    let organization = ops.gql("{ organization { id } }", json!({})).await["organization"]["id"].as_str().unwrap().to_owned();
    let setup = Session::system(&ops.app.app, TypedId::parse(&organization).unwrap(), System::Setup);
    let scope = setup.authorize::<OrganizationManage>().unwrap();
    let tx = scope.write().await.unwrap();
    hand_over(&tx, &scope, TypedId::parse(&person).unwrap(), ops.member.unwrap()).await;
    tx.commit().await.unwrap();
    // Somebody who was said to be them, and is not.
    let visitor = id(&done(ops, RECORD_PERSON, json!({})).await["person"]["id"]);
    for document in [MERGE, UNMERGE] {
        done(ops, document, json!({ "from": visitor, "to": person, "reason": "Zyxwvut said so" })).await;
    }
    Marked { person, other, close, referred, touch: id(&touch["touch"]["id"]), event: id(&event["stageEvent"]["id"]) }
}

async fn erase(by: &Caller<'_>, person: &str) -> Value {
    done(by, ERASE, json!({ "personId": person, "reason": "REQUESTED" })).await["erasure"].take()
}

/// Every row of every table as one text, past every wall.
async fn dump(app: &TestApp) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for table in tables(app).await {
        let statement = match app.engine {
            Engine::Sqlite => {
                let columns = texts(app, &format!("SELECT name FROM pragma_table_info('{table}')")).await.concat();
                let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
                format!("SELECT {} FROM \"{table}\"", quoted.join(" || ' ' || "))
            }
            Engine::Postgres => format!("SELECT row_to_json(t)::text FROM \"{table}\" AS t"),
        };
        rows.extend(texts(app, &statement).await.into_iter().map(|row| (table.clone(), row.concat())));
    }
    rows
}

/// The tables that hold a text in any case.
async fn holding(app: &TestApp, text: &str) -> Vec<String> {
    let mut found: Vec<String> =
        dump(app).await.into_iter().filter(|(_, row)| row.to_lowercase().contains(text)).map(|(table, _)| table).collect();
    found.dedup();
    found
}

/// A touch past the rules of its area.
fn sample(scope: &Scope<TouchWrite>, person: PersonId) -> entity::touch::Model {
    entity::touch::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        occurred_at: scope.now(),
        kind: TouchKind::Visit,
        channel: Channel::Web,
        actor_kind: ActorKind::Campaign,
        resource: Resource::Marketing,
        direction: None,
        tactic_id: None,
        content_id: None,
        person_id: Some(person),
        account_id: None,
        supersedes_id: None,
        retracted: false,
        source: None,
        external_id: None,
        recorded_at: scope.now(),
    }
}
