//! What happens in an organization, told through the API at the time when it happens.

use chrono::{DateTime, Utc};
use entity::ids::MemberId;
use entity::kinds::Role;
use entity::time::Timestamp;
use serde_json::{Value, json};

use super::app::NOW;
use super::{Caller, TestApp, TestOrganization};

const RECORD_PERSON: &str =
    "mutation($input: RecordPersonInput!) { recordPerson(input: $input) { person { id } userErrors { field code message } } }";
const RECORD_ACCOUNT: &str =
    "mutation($input: RecordAccountInput!) { recordAccount(input: $input) { account { id } userErrors { field code message } } }";
const RECORD_TOUCH: &str =
    "mutation($input: RecordTouchInput!) { recordTouch(input: $input) { touch { id } userErrors { field code message } } }";
const RECORD_STAGE_EVENT: &str =
    "mutation($input: RecordStageEventInput!) { recordStageEvent(input: $input) { stageEvent { id } userErrors { field code message } } }";
const CREATE_TACTIC: &str =
    "mutation($input: CreateTacticInput!) { createTactic(input: $input) { tactic { id } userErrors { field code message } } }";
const CREATE_TEAM: &str =
    "mutation($input: CreateTeamInput!) { createTeam(input: $input) { team { id } userErrors { field code message } } }";
pub const GENERATE: &str = "mutation($input: GenerateAccountInput!) { generateAccount(input: $input) {
    close { id status account { id name generatedAt } batches { kind rule reason entries { resource basisPoints } } referrer { id } }
    userErrors { field code message } } }";
pub const MOVE_CLOSE: &str = "mutation($input: RecordCloseMovementInput!) { recordCloseMovement(input: $input) {
    movement { id kind amount { amount currency } close { status refunded { amount } } } userErrors { field code message } } }";
pub const REQUEST_TRANSFER: &str = "mutation($input: RequestCreditTransferInput!) { requestCreditTransfer(input: $input) {
    transfer { id state waitsFor waitsForDesk batch { id } } userErrors { field code message } } }";
pub const APPROVE_TRANSFER: &str = "mutation($input: ApproveCreditTransferInput!) { approveCreditTransfer(input: $input) {
    transfer { id state waitsFor waitsForDesk batch {
        id sequence kind rule entries { resource basisPoints } close { balances { resource basisPoints } } } }
    userErrors { field code message } } }";
pub const DEFINE_POLICY: &str = "mutation($input: DefineCreditPolicyInput!) { defineCreditPolicy(input: $input) {
    policy { id version lookbackDays roundingBasisPoints rules transferApproval definedBy { role } } userErrors { field code message } } }";
pub const RECORD_COST: &str =
    "mutation($input: RecordCostInput!) { recordCost(input: $input) { costEntry { id } userErrors { field code message } } }";
pub const CORRECT_COST: &str = "mutation($input: CorrectCostInput!) { correctCost(input: $input) {
    costEntry { id retracted amount { amount } supersedes { id } } userErrors { field code message } } }";
pub const SET_RULE: &str = "mutation($input: SetAllocationRuleInput!) { setAllocationRule(input: $input) {
    allocationRule { id method shares { resource basisPoints } } userErrors { field code message } } }";

pub const RECORD_RATES: &str = "mutation($input: RecordFxRatesInput!) { recordFxRates(input: $input) {
    results { outcome fxRate { id version } userErrors { field code } } userErrors { field code message } } }";

/// An instant.
pub fn instant(text: &str) -> Timestamp {
    Timestamp::from(text.parse::<DateTime<Utc>>().unwrap())
}

/// An amount in US dollars.
pub fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

/// Codes and fields of what the caller has to put right, the fields without `input`.
pub fn problems(payload: &Value) -> Vec<(String, String)> {
    let errors = payload["userErrors"].as_array().unwrap().iter();
    errors
        .map(|error| {
            let path: Vec<&str> = error["field"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
            (path[1..].join("."), error["code"].as_str().unwrap().to_owned())
        })
        .collect()
}

/// An organization in US dollars and UTC that begins with the year 2026, and the one who keeps its books.
pub struct Story<'a> {
    pub app: &'a TestApp,
    pub acme: TestOrganization<'a>,
    admin: MemberId,
    books: MemberId,
}

impl<'a> Story<'a> {
    pub async fn begin(app: &'a TestApp) -> Self {
        app.clock.set(instant("2025-12-31T00:00:00Z"));
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await.member.unwrap();
        let books = acme.member(Role::Revops).await.member.unwrap();
        Self { app, acme, admin, books }
    }

    /// Whoever keeps the books, at an instant. The clock moves there.
    pub fn at(&self, moment: &str) -> Caller<'a> {
        self.app.clock.set(instant(moment));
        self.acme.signed_in(self.books)
    }

    /// Whoever keeps the books, after all that was told.
    pub fn today(&self) -> Caller<'a> {
        self.app.clock.set(NOW);
        self.acme.signed_in(self.books)
    }

    /// A new member, after all that was told.
    pub async fn member(&self, role: Role) -> Caller<'a> {
        self.app.clock.set(NOW);
        self.acme.member(role).await
    }

    /// Records something at this instant: the object of a payload without errors.
    async fn record(&self, document: &str, input: Value) -> Value {
        self.record_by(self.books, document, input).await
    }

    async fn record_by(&self, member: MemberId, document: &str, input: Value) -> Value {
        let mut data = self.acme.signed_in(member).gql(document, json!({ "input": input })).await;
        let payload = data.as_object_mut().unwrap().values_mut().next().unwrap();
        assert_eq!(payload["userErrors"], json!([]), "{input}");
        let object = payload.as_object_mut().unwrap().values_mut().next().unwrap();
        object.take()
    }

    async fn id_of(&self, document: &str, input: Value) -> String {
        self.record(document, input).await["id"].as_str().unwrap().to_owned()
    }

    pub async fn person(&self, input: Value) -> String {
        self.id_of(RECORD_PERSON, input).await
    }

    pub async fn account(&self, name: &str) -> String {
        self.id_of(RECORD_ACCOUNT, json!({ "name": name })).await
    }

    /// Lets a member look after the customer of a close.
    pub async fn give_to(&self, close: &str, member: &Caller<'_>) {
        let data = self.today().gql("query($id: ID!) { close(id: $id) { account { id } } }", json!({ "id": close })).await;
        let input = json!({ "accountId": data["close"]["account"]["id"], "ownerId": member.member.unwrap().to_string() });
        self.id_of(
            "mutation($input: ReviseAccountInput!) { reviseAccount(input: $input) { userErrors { field code } account { id } } }",
            input,
        )
        .await;
    }

    /// A touch by e-mail of a resource; `of` names the person, the account and the tactic.
    pub async fn touch(&self, at: &str, resource: &str, of: Value) -> String {
        let mut input = json!({ "occurredAt": at, "kind": "EMAIL", "channel": "EMAIL", "actorKind": "CAMPAIGN", "resource": resource });
        input.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
        self.id_of(RECORD_TOUCH, input).await
    }

    pub async fn stage(&self, at: &str, stage: &str, person: &str) -> String {
        self.id_of(RECORD_STAGE_EVENT, json!({ "occurredAt": at, "stage": stage, "personId": person })).await
    }

    pub async fn tactic(&self, input: Value) -> String {
        self.id_of(CREATE_TACTIC, input).await
    }

    pub async fn team(&self, name: &str, resource: &str) -> String {
        let team = self.record_by(self.admin, CREATE_TEAM, json!({ "name": name, "resources": [resource] })).await;
        team["id"].as_str().unwrap().to_owned()
    }

    /// A close, as the payload shows it.
    pub async fn close(&self, input: Value) -> Value {
        self.record(GENERATE, input).await
    }

    pub async fn movement(&self, input: Value) -> Value {
        self.record(MOVE_CLOSE, input).await
    }

    /// What is posted once somebody else agreed to a transfer.
    pub async fn transfer(&self, input: Value) -> Value {
        let asked = self.record(REQUEST_TRANSFER, input).await;
        self.record_by(self.admin, APPROVE_TRANSFER, json!({ "transferId": asked["id"] })).await["batch"].take()
    }

    /// From now on transfers need an approval, or none.
    pub async fn approval(&self, approval: &str) {
        let rules = ["REFERRAL_CLAIM", "SIGNED_SPLIT", "SELF_SERVE", "EVIDENCE", "SOURCE_RESOURCE"];
        self.policy(json!({ "lookbackDays": 90, "roundingBasisPoints": 100, "rules": rules, "transferApproval": approval })).await;
    }

    pub async fn policy(&self, input: Value) -> Value {
        self.record(DEFINE_POLICY, input).await
    }

    /// A cost of media over days, both ends included.
    pub async fn cost(&self, owner: &str, amount: &str, first_on: &str, last_on: &str) -> String {
        self.cost_of(json!({ "owner": owner, "category": "MEDIA", "amount": usd(amount), "firstOn": first_on, "lastOn": last_on })).await
    }

    pub async fn cost_of(&self, input: Value) -> String {
        self.id_of(RECORD_COST, input).await
    }

    pub async fn correct_cost(&self, input: Value) -> Value {
        self.record(CORRECT_COST, input).await
    }

    pub async fn rule(&self, input: Value) -> Value {
        self.record(SET_RULE, input).await
    }

    /// Rates into US dollars: currency, day, rate.
    pub async fn rates(&self, rates: &[(&str, &str, &str)]) {
        let item = |(base, day, rate): &(&str, &str, &str)| json!({ "base": base, "quote": "USD", "day": day, "rate": rate });
        let input = json!({ "items": rates.iter().map(item).collect::<Vec<_>>(), "source": "ECB" });
        let data = self.acme.signed_in(self.books).gql(RECORD_RATES, json!({ "input": input })).await;
        let results = data["recordFxRates"]["results"].as_array().unwrap();
        assert!(results.iter().all(|result| result["outcome"] == "RECORDED"), "{results:?}");
    }

    /// Somebody a resource touched a day before a moment in January.
    pub async fn touched_by(&self, resource: &str, at: &str) -> String {
        let person = self.person(json!({})).await;
        self.touch(at, resource, json!({ "personId": person })).await;
        person
    }
}

/// The closes C1 to C6 of the worked example, in order.
pub struct Quarter {
    pub closes: Vec<String>,
}

/// The worked example of the first quarter: six closes, a transfer, a refund, and the costs.
pub async fn quarter(story: &Story<'_>) -> Quarter {
    let mut closes = Vec::new();
    let new = |name: &str| json!({ "name": name });
    story.at("2026-01-10T12:00:00Z");
    let buyer = story.touched_by("MARKETING", "2026-01-09T12:00:00Z").await;
    let c1 = json!({ "newAccount": new("C1"), "personId": buyer, "occurredAt": "2026-01-10T12:00:00Z", "amount": usd("1000.00"), "path": "SELF_SERVE" });
    closes.push(story.close(c1).await);
    story.at("2026-01-20T12:00:00Z");
    let c2 = json!({ "newAccount": new("C2"), "occurredAt": "2026-01-20T12:00:00Z", "amount": usd("2500.00"), "path": "ASSISTED", "sourceResource": "SALES" });
    closes.push(story.close(c2).await);
    story.at("2026-02-03T12:00:00Z");
    let referrer = story.person(json!({})).await;
    let c3 = json!({ "newAccount": new("C3"), "occurredAt": "2026-02-03T12:00:00Z", "amount": usd("900.00"), "path": "ASSISTED",
        "referral": { "referrerPersonId": referrer, "claimedAt": "2026-01-15T12:00:00Z" } });
    closes.push(story.close(c3).await);
    story.at("2026-02-05T09:00:00Z");
    let moved = json!({ "closeId": closes[2]["id"], "from": "PRODUCT", "to": "SALES", "basisPoints": 4000,
        "effectiveAt": "2026-02-05T09:00:00Z", "reason": "Sales nurtured and closed" });
    story.transfer(moved).await;
    story.at("2026-02-14T12:00:00Z");
    let thirds = json!([{ "resource": "SALES", "basisPoints": 3334 }, { "resource": "MARKETING", "basisPoints": 3333 }, { "resource": "PRODUCT", "basisPoints": 3333 }]);
    let c4 = json!({ "newAccount": new("C4"), "occurredAt": "2026-02-14T12:00:00Z", "amount": usd("100.01"), "path": "ASSISTED",
        "signedSplit": { "signedAt": "2026-02-01T12:00:00Z", "shares": thirds } });
    closes.push(story.close(c4).await);
    story.at("2026-03-02T12:00:00Z");
    let c5 = json!({ "newAccount": new("C5"), "occurredAt": "2026-03-02T12:00:00Z", "amount": usd("400.00"), "path": "SELF_SERVE" });
    closes.push(story.close(c5).await);
    story.at("2026-03-20T12:00:00Z");
    let refund = json!({ "closeId": closes[4]["id"], "kind": "REFUND", "amount": usd("400.00"), "occurredAt": "2026-03-20T12:00:00Z", "reason": "did not fit" });
    story.movement(refund).await;
    story.at("2026-04-01T04:00:00Z");
    let buyer = story.touched_by("MARKETING", "2026-03-30T12:00:00Z").await;
    let c6 = json!({ "newAccount": new("C6"), "personId": buyer, "occurredAt": "2026-03-31T23:30:00-04:00", "amount": usd("700.00"), "path": "SELF_SERVE" });
    closes.push(story.close(c6).await);
    for (owner, amount) in [("SALES", "6000.00"), ("MARKETING", "3000.00"), ("PRODUCT", "1500.00"), ("SHARED", "900.00")] {
        story.cost(owner, amount, "2026-01-01", "2026-03-31").await;
    }
    Quarter { closes: closes.iter().map(|close| close["id"].as_str().unwrap().to_owned()).collect() }
}
