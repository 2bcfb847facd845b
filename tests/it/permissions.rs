//! Which permission each field needs: asked of the resolvers, and told by the schema.
//!
//! Everything the schema offers is asked for, by an admin, over an organization with something of every kind; what the
//! resolvers asked for stands in `src/graphql/needs.txt`. A field that nothing reaches fails the test, for nobody would
//! know what it needs.

mod insights;
mod pursuing;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use async_graphql::{Request, Variables};
use entity::ids::{EventId, MemberId, OrganizationId, TypedId};
use entity::kinds::{EventTopic, PersonKind, Role};
use entity::{event, person};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tandem::access::service::{issue_invitation, issue_reset};
use tandem::agreements::scheduler::service::pass;
use tandem::auth::permission::grant::BuyerWrite;
use tandem::auth::{Session, System, Visitor};
use tandem::budget::{Budgets, Payer, Rates};
use tandem::cli::STACK_BYTES;
use tandem::events::graphql::Occasion;
use tandem::events::service::Turn;
use tandem::graphql::guard::Limits;
use tandem::graphql::meter::Meter;
use tandem::graphql::needs::{Listed, Needs, listed};
use tandem::graphql::recorder::Recorder;
use tandem::graphql::{OPEN_MUTATIONS, TandemSchema, attach};

use crate::support::operations::{Ids, bare, for_every_input, name, plain, schema};
use crate::support::rows::texts;
use crate::support::selection::full;
use crate::support::story::{Story, quarter, usd};
use crate::support::{Caller, Engine, TestApp, TestOrganization, samples};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/graphql/needs.txt");

/// Ids of objects there are.
struct Known(std::collections::HashMap<&'static str, String>);

impl Ids for Known {
    fn ordinary(&self, prefix: &str) -> String {
        self.0[prefix].clone()
    }

    fn tested(&self, prefix: &str) -> String {
        self.ordinary(prefix)
    }
}

/// Asks the schema itself, past the front door, so that a recorder can come along.
struct Asker<'a> {
    app: &'a TestApp,
    schema: TandemSchema,
    told: Value,
    recorder: Recorder,
    ids: BTreeSet<String>,
    admin: Option<Caller<'a>>,
}

impl<'a> Asker<'a> {
    async fn of(app: &'a TestApp, admin: Caller<'a>) -> Self {
        let most = u32::MAX;
        let limits =
            Limits { bytes: most, tokens: most, nesting: 200, fields: most, aliases: most, depth: most, cost: most, ..Limits::default() };
        let told = schema(&admin).await;
        let schema = tandem::graphql::schema(limits);
        Self { app, schema, told, recorder: Recorder::default(), ids: BTreeSet::new(), admin: Some(admin) }
    }

    /// The data of an answer, errors or not.
    async fn ask(&mut self, document: &str, variables: Value) -> Value {
        self.asked(document, variables, None).await
    }

    /// What a subscription to a field says when it is its turn.
    async fn hear(&mut self, field: &str, kind: &str, turn: Turn) {
        let document = format!("subscription {{ {field} {} }}", full(&self.told, kind));
        self.asked(&document, json!({}), Some(turn)).await;
    }

    async fn asked(&mut self, document: &str, variables: Value, turn: Option<Turn>) -> Value {
        let session = match &self.admin {
            Some(admin) => Some(Session::from_token(&self.app.app, admin.token.as_deref().unwrap()).await.unwrap()),
            None => None,
        };
        let budgets = Arc::new(Budgets::new(Rates { address: 0, ..Rates::default() }, self.app.app.clock()));
        let meter = Meter::new(&budgets, IpAddr::V4(Ipv4Addr::LOCALHOST));
        if let Some(member) = session.as_ref().and_then(Session::member) {
            meter.paid_by(Payer::Member(member.id), member.organization_id);
        }
        let request = Request::new(document).variables(Variables::from_json(variables.clone()));
        let request = request.data(self.recorder.clone()).data(meter).data(Visitor::new(&self.app.app));
        let request = attach(request, session);
        let response = match turn {
            None => self.schema.execute(request).await,
            Some(turn) => self.schema.execute_stream(request.data(Occasion::Turn(turn))).next().await.unwrap(),
        };
        for error in &response.errors {
            let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code")).map(ToString::to_string).unwrap_or_default();
            assert!(
                !["VALIDATION", "PARSE", "COST", "INTERNAL"].iter().any(|wrong| code.contains(wrong)),
                "{error:?}\n{document}\n{variables:#}"
            );
        }
        assert_eq!(self.recorder.untold(), BTreeSet::new(), "batches ask for what no field asks for\n{document}");
        let data = response.data.into_json().unwrap();
        note_ids(&data, &mut self.ids);
        data
    }

    /// Everything the payload of a mutation has to say; `found` is the path to what it must have found.
    async fn change(&mut self, mutation: &str, input: Value) -> Value {
        let (input_type, payload) = {
            let fields = self.told["mutationType"]["fields"].as_array().unwrap();
            let field = fields.iter().find(|field| name(field) == mutation).unwrap();
            let argument = &field["args"][0]["type"];
            (bare(argument).to_owned(), bare(&field["type"]).to_owned())
        };
        let document = format!("mutation($input: {input_type}!) {{ {mutation}(input: $input) {} }}", full(&self.told, &payload));
        self.ask(&document, json!({ "input": input })).await[mutation].take()
    }

    /// The id of what a mutation made.
    async fn made(&mut self, mutation: &str, input: Value) -> String {
        let payload = self.change(mutation, input.clone()).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation} {input:#}");
        payload.as_object().unwrap().values().find_map(|value| value["id"].as_str()).unwrap().to_owned()
    }
}

fn note_ids(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.split_once('_').is_some_and(|(_, id)| id.len() == 26 && !text.contains(' ')) => {
            ids.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| note_ids(item, ids)),
        Value::Object(fields) => fields.values().for_each(|field| note_ids(field, ids)),
        _ => {}
    }
}

const PASSWORD: &str = "copper kettle by the sea";

/// Comes in, goes on, goes away, and forgets the password: every mutation that needs no token, and those on oneself.
async fn come_and_go(asker: &mut Asker<'_>, acme: &TestOrganization<'_>, email: &str) {
    let desk = Session::system(&acme.app.app, acme.id, System::SignIn).authorize().unwrap();
    let admin = asker.admin.take();
    let ticket = issue_invitation(&desk, email).await.unwrap();
    asker.change("acceptInvitation", json!({ "token": ticket, "password": PASSWORD })).await;
    let door = json!({ "organizationId": acme.id.to_string(), "email": email, "password": PASSWORD });
    let session = asker.change("signIn", door.clone()).await;
    let refreshed = asker.change("refreshSession", json!({ "refreshToken": session["session"]["refreshToken"] })).await;
    assert!(refreshed["session"]["accessToken"].is_string(), "{refreshed}");
    asker.admin = Some(Caller { token: refreshed["session"]["accessToken"].as_str().map(str::to_owned), ..admin.clone().unwrap() });
    asker.change("changePassword", json!({ "currentPassword": PASSWORD, "newPassword": "gravel trumpet on the roof" })).await;
    asker.change("signOut", json!({ "refreshToken": refreshed["session"]["refreshToken"] })).await;
    asker.admin = admin.clone();
    asker.change("signOutEverywhere", json!({})).await;
    // Until there is a wait.
    for _ in 0..12 {
        asker.change("changePassword", json!({ "currentPassword": "wrong", "newPassword": "gravel trumpet on the roof" })).await;
    }
    asker.admin = None;
    let ticket = issue_reset(&desk, email).await.unwrap();
    asker.change("resetPassword", json!({ "token": ticket, "password": "velvet anchor in the barn" })).await;
    for _ in 0..12 {
        asker.change("signIn", door.clone()).await;
        asker.change("requestPasswordReset", json!({ "organizationId": acme.id.to_string(), "email": email })).await;
    }
    asker.admin = admin;
}

/// The organization's own: its members, teams, roles and delegations. Gives a team, a seller and their assistant.
async fn organize(asker: &mut Asker<'_>) -> (String, String, String) {
    asker.made("reviseOrganization", json!({ "name": "Acme", "refundWindowDays": 30 })).await;
    let above = asker.made("createTeam", json!({ "name": "Revenue", "resources": ["SALES"] })).await;
    let team = asker.made("createTeam", json!({ "name": "North", "resources": ["SALES"], "parentId": above })).await;
    asker.made("reviseTeam", json!({ "teamId": team, "name": "North and West" })).await;
    let role =
        asker.made("defineRole", json!({ "name": "Analyst", "grants": [{ "permission": "FUNNEL_READ", "reach": "ORGANIZATION" }] })).await;
    asker.made("reviseRole", json!({ "roleId": role, "name": "Reader" })).await;
    let member = |email: &str, role: &str| json!({ "email": email, "name": email, "role": role, "resource": "SALES", "teamId": team });
    let seller = asker.made("addMember", member("seller@example.com", "SALES_REP")).await;
    let mut assistant = member("assistant@example.com", "SALES_ASSISTANT");
    let assistant_id = asker.made("inviteMember", assistant.clone()).await;
    assistant["email"] = json!("analyst@example.com");
    assistant["customRoleId"] = json!(role);
    asker.made("addMember", assistant).await;
    asker.made("reviseMember", json!({ "memberId": seller, "name": "Seller" })).await;
    let delegation = json!({ "assistantId": assistant_id, "principalId": seller, "endsAt": "2026-07-01T00:00:00Z" });
    let delegation = asker.made("delegate", delegation).await;
    asker.made("endDelegation", json!({ "delegationId": delegation })).await;
    asker.made("delegate", json!({ "assistantId": assistant_id, "principalId": seller })).await;
    (team, seller, assistant_id)
}

/// An integration, what it does, and how it ends.
async fn integrate(asker: &mut Asker<'_>) {
    let grants = ["ORGANIZATION_READ", "DIRECTORY_READ", "BUYER_READ", "BUYER_WRITE"]
        .map(|permission| json!({ "permission": permission, "reach": "ORGANIZATION" }));
    let new = json!({ "name": "CRM", "grants": grants, "source": "crm", "fields": ["Query.*", "Mutation.*", "ApiClient.*", "Member.*", "RoleGrant.*",
        "ClientSecret.*", "RecordPersonInput.*", "ExternalIdInput.*", "Person.id"], "expiresAt": "2026-07-01T00:00:00Z" });
    let made = asker.change("createApiClient", new).await;
    assert_eq!(made["userErrors"], json!([]));
    let id = made["apiClient"]["id"].clone();
    let admin = asker.admin.clone();
    asker.admin = Some(Caller { token: made["secret"].as_str().map(str::to_owned), ..admin.clone().unwrap() });
    let calling = format!("{{ callingClient {} }}", full(&asker.told, "ApiClient"));
    asker.ask(&calling, json!({})).await;
    let person =
        "mutation { recordPerson(input: { externalId: { source: \"crm\", value: \"1\" } }) { person { id } userErrors { message } } }";
    asker.ask(person, json!({})).await;
    asker.admin = admin;
    asker.made("reviseApiClient", json!({ "apiClientId": id, "name": "CRM sync" })).await;
    let rotated = asker.made("rotateClientSecret", json!({ "apiClientId": id })).await;
    let listed = asker.ask("{ apiClients { nodes { secrets { id } } } }", json!({})).await;
    asker.made("revokeClientSecret", json!({ "clientSecretId": listed["apiClients"]["nodes"][0]["secrets"][0]["id"] })).await;
    asker.made("revokeApiClient", json!({ "apiClientId": rotated })).await;
}

/// Who is whom, what they say, and what happened to them.
async fn know(asker: &mut Asker<'_>) {
    let (visitor, other) = (asker.made("recordPerson", json!({})).await, asker.made("recordPerson", json!({})).await);
    asker
        .change(
            "identifyPerson",
            json!({ "personId": visitor, "how": "TRIAL_BEGUN", "occurredAt": "2026-01-05T00:00:00Z", "email": "eve@example.com" }),
        )
        .await;
    let said = json!({ "personId": other, "channel": "WORD_OF_MOUTH", "resource": "PRODUCT", "occurredAt": "2026-01-06T00:00:00Z" });
    asker.made("recordSelfReportedSource", said).await;
    let touch = json!({ "personId": other, "occurredAt": "2026-01-04T00:00:00Z", "kind": "VISIT", "channel": "WEB", "actorKind": "CAMPAIGN", "resource": "MARKETING" });
    asker.made("recordTouch", touch).await;
    let both = json!({ "from": visitor, "to": other, "reason": "she said so" });
    asker.made("mergeIdentities", both.clone()).await;
    asker.made("unmergeIdentities", both).await;
    let account = asker.made("recordAccount", json!({ "name": "Hooli", "domain": "initech.example" })).await;
    let tactics = asker.ask("{ tactics { nodes { id } } }", json!({})).await;
    let late = json!({ "accountId": account, "occurredAt": "2026-01-05T00:00:00Z", "kind": "VISIT", "channel": "WEB", "actorKind": "CAMPAIGN", "resource": "MARKETING" });
    asker.made("recordTouch", late).await;
    let first = json!({ "personId": visitor, "occurredAt": "2026-01-03T00:00:00Z", "kind": "VISIT", "actorKind": "CAMPAIGN", "tacticId": tactics["tactics"]["nodes"][0]["id"], "resource": "MARKETING" });
    asker.change("recordTouch", first).await;
    let closes = asker.ask("{ closes { nodes { account { id } } } }", json!({})).await;
    // The oldest that came about by the rules: the sample is older.
    let won = closes["closes"]["nodes"].as_array().unwrap().iter().rev().nth(1).unwrap()["account"]["id"].clone();
    asker.made("mergeIdentities", json!({ "from": account, "to": won })).await;
    asker.made("recordAccount", json!({ "name": "Hooli", "domain": "initech.example" })).await;
    let documents = [
        ("query($id: ID!) { journey(accountId: $id)", "JourneyConnection", won),
        ("query($id: ID!) { buyerSource(personId: $id)", "BuyerSource", json!(other)),
        ("{ duplicateSuggestions(kind: ACCOUNT)", "DuplicateConnection", json!(null)),
    ];
    for (start, answer, id) in documents {
        let document = format!("{start} {} }}", full(&asker.told, answer));
        asker.ask(&document, json!({ "id": id })).await;
    }
}

/// What people allow, what is held on them, and that it is erased.
async fn keep_private(asker: &mut Asker<'_>) {
    let person = json!({ "name": "Bob", "email": "bob@initech.example", "knownAt": "2026-01-05T00:00:00Z" });
    let person = asker.made("recordPerson", person).await;
    let other = asker.made("recordPerson", json!({})).await;
    for person in [&person, &other] {
        let consent = json!({ "personId": person, "purpose": "EMAIL_MARKETING", "decision": "GRANTED", "occurredAt": "2026-01-06T00:00:00Z",
            "evidence": "the form of January" });
        asker.made("recordConsent", consent).await;
    }
    for (mutation, input) in
        [("exportPerson", json!({ "personId": person })), ("erasePerson", json!({ "personId": person, "reason": "CONSENT_WITHDRAWN" }))]
    {
        let payload = asker.change(mutation, input).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
    }
}

/// What only others leave in the audit log: an assistant's act for a seller, a denial, and more rows than it names.
async fn be_audited(asker: &Asker<'_>, acme: &TestOrganization<'_>, seller: &str, assistant: &str) {
    let caller = |member: &str| acme.signed_in(MemberId::parse(member).unwrap());
    let person = "mutation { recordPerson(input: {}) { person { id } userErrors { message } } }";
    let data = caller(seller).gql(person, json!({})).await;
    let touch = "mutation($input: RecordTouchInput!) { recordTouch(input: $input) { userErrors { message } } }";
    let input = json!({ "personId": data["recordPerson"]["person"]["id"], "occurredAt": "2026-01-03T00:00:00Z", "kind": "CALL", "channel": "PHONE",
        "actorKind": "SELLER", "resource": "SALES" });
    assert_eq!(caller(assistant).gql(touch, json!({ "input": input })).await["recordTouch"]["userErrors"], json!([]));
    assert_eq!(caller(assistant).refused("{ auditLog { totalCount } }", json!({})).await, "FORBIDDEN");
    let scope = acme.setup().authorize::<BuyerWrite>().unwrap();
    let person = |_| person::Model {
        organization_id: acme.id,
        id: scope.next_id(),
        kind: PersonKind::Anonymous,
        name: None,
        email: None,
        account_id: None,
        known_at: None,
        owner_id: None,
        source: None,
        external_id: None,
        search_key: String::new(),
        erased_at: None,
        recorded_at: asker.app.app.now(),
        version: 1,
    };
    let tx = scope.write().await.unwrap();
    tx.insert_many::<person::Entity>(&(0..1_001).map(person).collect::<Vec<_>>()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Credit that moves when somebody else agrees, and goes back.
async fn agree<'a>(asker: &mut Asker<'a>, lead: &Caller<'a>) {
    let close =
        json!({ "newAccount": { "name": "Globex" }, "occurredAt": "2026-05-01T00:00:00Z", "amount": usd("100.00"), "path": "SELF_SERVE" });
    let close = asker.made("generateAccount", close).await;
    let transfer = json!({ "closeId": close, "from": "PRODUCT", "to": "SALES", "basisPoints": 1000, "effectiveAt": "2026-05-02T00:00:00Z", "reason": "nurtured" });
    let mut asked = Vec::new();
    for _ in 0..3 {
        asked.push(asker.made("requestCreditTransfer", transfer.clone()).await);
    }
    asker.made("withdrawCreditTransfer", json!({ "transferId": asked[2], "reason": "no longer" })).await;
    let admin = asker.admin.replace(lead.clone());
    asker.made("approveCreditTransfer", json!({ "transferId": asked[0], "reason": "they did" })).await;
    asker.made("declineCreditTransfer", json!({ "transferId": asked[1], "reason": "once is enough" })).await;
    asker.admin = admin;
    let posted = asker.ask("query($id: ID!) { creditTransfer(id: $id) { batch { id } } }", json!({ "id": asked[0] })).await;
    asker.made("reverseCreditBatch", json!({ "batchId": posted["creditTransfer"]["batch"]["id"], "reason": "they did not" })).await;
    let share = |resource: &str| json!([{ "resource": resource, "basisPoints": 10_000 }]);
    let dispute =
        |resource: &str| json!({ "closeId": close, "resource": resource, "suggestedShares": share("SALES"), "reason": "they did" });
    let admin = asker.admin.replace(lead.clone());
    let disputed = asker.made("openCreditDispute", dispute("PRODUCT")).await;
    asker.admin = admin;
    let settled = json!({ "disputeId": disputed, "verdict": "UPHELD", "shares": share("MARKETING"), "reason": "neither" });
    asker.made("resolveCreditDispute", settled).await;
    let disputed = asker.made("openCreditDispute", dispute("SALES")).await;
    asker.made("withdrawCreditDispute", json!({ "disputeId": disputed, "reason": "no longer" })).await;
    let policy = json!({ "lookbackDays": 60, "roundingBasisPoints": 100, "transferApproval": "BOTH", "expectedVersion": 1,
        "rules": ["SIGNED_SPLIT", "REFERRAL_CLAIM", "SELF_SERVE", "EVIDENCE", "SOURCE_RESOURCE"] });
    // The samples have a version of their own.
    asker.change("defineCreditPolicy", policy.clone()).await;
    let mut policy = policy;
    policy["expectedVersion"] = json!(99);
    asker.made("defineCreditPolicy", policy).await;
}

/// Credit that its policy would give otherwise by now.
async fn propose(asker: &mut Asker<'_>) {
    let won = |name: &str, person: &str| json!({ "newAccount": { "name": name }, "personId": person, "occurredAt": "2026-05-01T00:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" });
    let share = json!([{ "resource": "MARKETING", "basisPoints": 10_000 }]);
    let now = asker.app.app.now();
    for (name, mutation) in [("Pied", "acceptCreditProposal"), ("Piper", "dismissCreditProposal")] {
        asker.app.clock.set(now);
        let person = asker.made("recordPerson", json!({})).await;
        let close = asker.made("generateAccount", won(name, &person)).await;
        // A touch that comes in after the close.
        asker.app.clock.set(now.saturating_add_micros(1_000_000));
        let touch = json!({ "personId": person, "occurredAt": "2026-04-04T00:00:00Z", "kind": "VISIT", "channel": "WEB", "actorKind": "CAMPAIGN", "resource": "MARKETING" });
        asker.made("recordTouch", touch).await;
        let payload = asker.change(mutation, json!({ "closeId": close, "suggestedShares": share, "reason": "they did" })).await;
        assert_eq!(payload["userErrors"], json!([]));
    }
    let document = format!(
        "{{ creditProposals(period: {{ from: \"2026-05-01\", to: \"2026-06-01\" }}) {} }}",
        full(&asker.told, "CreditProposalConnection")
    );
    asker.ask(&document, json!({})).await;
}

/// A month that is locked, what is written to it all the same, and that it is opened again.
async fn settle_april(asker: &mut Asker<'_>) {
    asker.made("lockPeriod", json!({ "month": "2026-04-01", "reason": "reported" })).await;
    let restate = json!({ "reason": "an invoice came late" });
    let close = json!({ "newAccount": { "name": "Late" }, "occurredAt": "2026-04-01T00:00:00Z", "amount": usd("100.00"), "path": "SELF_SERVE", "restate": restate });
    let close = asker.made("generateAccount", close).await;
    let refund = json!({ "closeId": close, "kind": "REFUND", "amount": usd("1.00"), "occurredAt": "2026-04-03T00:00:00Z", "reason": "late", "restate": restate });
    asker.made("recordCloseMovement", refund).await;
    let policy = json!({ "lookbackDays": 60, "roundingBasisPoints": 100, "transferApproval": "NONE",
        "rules": ["SIGNED_SPLIT", "REFERRAL_CLAIM", "SELF_SERVE", "EVIDENCE", "SOURCE_RESOURCE"] });
    asker.made("defineCreditPolicy", policy).await;
    let transfer = json!({ "closeId": close, "from": "PRODUCT", "to": "SALES", "basisPoints": 1000, "effectiveAt": "2026-04-02T00:00:00Z", "reason": "nurtured" });
    asker.made("requestCreditTransfer", transfer.clone()).await;
    let mut restating = transfer;
    restating["restate"] = restate.clone();
    asker.made("requestCreditTransfer", restating).await;
    let days = ("2026-04-01", "2026-04-30");
    let cost =
        json!({ "owner": "SALES", "category": "TOOL", "amount": usd("5.00"), "firstOn": days.0, "lastOn": days.1, "restate": restate });
    asker.made("recordCost", cost).await;
    asker.made("setAllocationRule", json!({ "firstOn": days.0, "lastOn": days.1, "method": "EQUAL", "restate": restate })).await;
    let rates = json!([{ "base": "EUR", "quote": "USD", "day": days.0, "rate": "1.10", "restate": restate }]);
    asker.change("recordFxRates", json!({ "items": rates, "source": "ECB" })).await;
    asker.made("unlockPeriod", json!({ "month": "2026-04-01", "reason": "open" })).await;
    asker.made("lockPeriod", json!({ "month": "1980-01-01", "reason": "reported" })).await;
}

/// A buyer, what happened to them, what they bought, and what it cost: every field is filled.
async fn sell(asker: &mut Asker<'_>, team: &str, seller: &str) {
    // What the generated calls ask for by external id.
    let external = json!({ "source": "text 1", "value": "text 2" });
    let tactic = json!({ "name": "Webinar", "resource": "MARKETING", "channel": "EMAIL", "teamId": team, "ownerId": seller, "startsOn": "2026-01-01",
        "endsOn": "2026-12-31", "externalId": external });
    let tactic = asker.made("createTactic", tactic).await;
    asker.made("reviseTactic", json!({ "tacticId": tactic, "name": "Webinars" })).await;
    let account = json!({ "name": "Initech", "domain": "initech.example", "ownerId": seller, "externalId": external });
    let account = asker.made("recordAccount", account).await;
    asker.made("reviseAccount", json!({ "accountId": account, "name": "Initech Inc." })).await;
    let person = json!({ "name": "Ada", "email": "ada@initech.example", "knownAt": "2026-01-05T00:00:00Z", "accountId": account,
        "ownerId": seller, "externalId": external });
    let person = asker.made("recordPerson", person).await;
    asker.made("revisePerson", json!({ "personId": person, "name": "Ada Byron" })).await;
    let referrer = asker.made("recordPerson", json!({})).await;
    let newcomer = asker.made("recordPerson", json!({})).await;
    let content = json!({ "name": "Guide", "kind": "ARTICLE", "resource": "MARKETING", "url": "https://example.com/guide",
        "audience": "Buying groups", "ownerId": seller, "externalId": external });
    let content = asker.made("createContent", content).await;
    asker.made("reviseContent", json!({ "contentId": content, "retiredAt": "2026-06-02T00:00:00Z" })).await;
    asker.made("coverContent", json!({ "contentId": content, "stages": ["KNOWN"], "blockers": ["BUDGET"] })).await;
    let touch = json!({ "personId": person, "accountId": account, "tacticId": tactic, "contentId": content, "occurredAt": "2026-01-02T00:00:00Z", "kind": "EMAIL",
        "channel": "EMAIL", "actorKind": "CAMPAIGN", "resource": "MARKETING", "direction": "OUTBOUND", "externalId": external });
    let call = json!({ "personId": person, "occurredAt": "2026-01-04T00:00:00Z", "kind": "CALL", "channel": "PHONE", "actorKind": "SELLER", "resource": "SALES" });
    asker.made("recordTouch", call).await;
    let touch = asker.made("recordTouch", touch).await;
    asker.made("correctTouch", json!({ "touchId": touch, "direction": "INBOUND" })).await;
    let stage = |stage: &str, at: &str| json!({ "personId": person, "stage": stage, "occurredAt": at, "reason": "told us" });
    let mut first = stage("KNOWN", "2026-01-05T00:00:00Z");
    first["externalId"] = external.clone();
    asker.made("recordStageEvent", first).await;
    let second = asker.made("recordStageEvent", stage("ENGAGED", "2026-01-06T00:00:00Z")).await;
    asker.made("correctStageEvent", json!({ "stageEventId": second, "stage": "QUALIFIED" })).await;
    let close = json!({ "accountId": account, "personId": person, "occurredAt": "2026-05-01T00:00:00Z", "amount": usd("100.00"), "path": "ASSISTED",
        "referral": { "referrerPersonId": referrer, "claimedAt": "2026-04-01T00:00:00Z" }, "externalId": external });
    let close = asker.made("generateAccount", close).await;
    let transfer = json!({ "closeId": close, "from": "PRODUCT", "to": "SALES", "basisPoints": 1000, "effectiveAt": "2026-05-02T00:00:00Z", "reason": "nurtured" });
    asker.made("requestCreditTransfer", transfer).await;
    let refund =
        json!({ "closeId": close, "kind": "REFUND", "amount": usd("10.00"), "occurredAt": "2026-05-03T00:00:00Z", "reason": "late" });
    asker.made("recordCloseMovement", refund).await;
    let rate = |base: &str, day: &str, rate: &str| json!({ "base": base, "quote": "USD", "day": day, "rate": rate });
    let rates = json!([rate("EUR", "2026-05-01", "1.10"), rate("USD", "2026-05-01", "1")]);
    asker.change("recordFxRates", json!({ "items": rates, "source": "ECB" })).await;
    let euros = json!({ "amount": "20.00", "currency": "EUR" });
    let foreign =
        json!({ "newAccount": { "name": "Globex" }, "occurredAt": "2026-05-01T00:00:00Z", "amount": euros, "path": "SELF_SERVE" });
    asker.made("generateAccount", foreign).await;
    asker
        .made(
            "recordCost",
            json!({ "owner": "SALES", "category": "TOOL", "amount": euros, "firstOn": "2026-05-01", "lastOn": "2026-05-01" }),
        )
        .await;
    for how in ["constantCurrency: { on: \"2026-05-01\" }, matching: { mode: COHORT }", "refundPeriod: EVENT_PERIOD"] {
        let asked = format!("{{ costPerClose(period: {{ from: \"2026-05-01\", to: \"2026-06-01\" }}, {how})");
        asker.ask(&format!("{asked} {} }}", full(&asker.told, "CostPerCloseReport")), json!({})).await;
    }
    let days = ("2026-05-01", "2026-05-31");
    asker
        .made("recordCost", json!({ "owner": "PRODUCT", "category": "TOOL", "amount": usd("1.00"), "firstOn": days.0, "lastOn": days.1 }))
        .await;
    let cost = json!({ "owner": "MARKETING", "category": "MEDIA", "people": 3, "amount": usd("50.00"), "firstOn": days.0, "lastOn": days.1, "tacticId": tactic,
        "teamId": team, "channel": "EMAIL", "note": "ads", "externalId": external });
    let cost = asker.made("recordCost", cost).await;
    asker.made("correctCost", json!({ "costEntryId": cost, "note": "advertisements" })).await;
    let shares = json!([{ "resource": "SALES", "basisPoints": 5000 }, { "resource": "MARKETING", "basisPoints": 5000 }]);
    asker.made("setAllocationRule", json!({ "firstOn": days.0, "lastOn": days.1, "method": "FIXED", "shares": shares })).await;
    let budget =
        json!({ "owner": "MARKETING", "firstOn": days.0, "lastOn": days.1, "amount": usd("60.00"), "tacticId": tactic, "note": "spring" });
    let budget = asker.made("setBudget", budget).await;
    asker.made("reviseBudget", json!({ "budgetId": budget, "amount": usd("70.00") })).await;
    deal(asker, &account, &person, seller).await;
    plan(asker, &account, &person, seller).await;
    for (mutation, good, bad) in [
        ("recordAccounts", json!({ "name": "Hooli" }), json!({ "name": "" })),
        ("recordPeople", json!({}), json!({ "name": "" })),
        (
            "recordTouches",
            json!({ "personId": person, "occurredAt": "2026-01-03T00:00:00Z", "kind": "EMAIL", "actorKind": "CAMPAIGN", "channel": "EMAIL", "resource": "MARKETING" }),
            json!({ "occurredAt": "2026-01-03T00:00:00Z", "kind": "EMAIL", "actorKind": "CAMPAIGN" }),
        ),
        (
            "recordStageEvents",
            json!({ "personId": newcomer, "stage": "ACCEPTED", "occurredAt": "2026-01-20T00:00:00Z" }),
            json!({ "stage": "ACCEPTED", "occurredAt": "2026-01-20T00:00:00Z" }),
        ),
        (
            "generateAccounts",
            json!({ "newAccount": { "name": "Umbrella" }, "occurredAt": "2026-05-01T00:00:00Z", "amount": usd("1.00"), "path": "SELF_SERVE" }),
            json!({ "occurredAt": "2026-05-01T00:00:00Z", "amount": usd("1.00"), "path": "SELF_SERVE" }),
        ),
        (
            "recordCosts",
            json!({ "owner": "SALES", "category": "TOOL", "amount": usd("5.00"), "firstOn": days.0, "lastOn": days.1 }),
            json!({ "owner": "SALES", "category": "TOOL", "amount": usd("5.00"), "firstOn": days.1, "lastOn": days.0 }),
        ),
    ] {
        asker.change(mutation, json!({ "items": [good, bad] })).await;
    }
}

/// A pipeline whose stages demand all they can.
async fn lay_out(asker: &mut Asker<'_>) {
    let rule = json!({ "knownPerson": true, "fromStages": ["DUE"], "reasonRequired": true });
    let stages = json!([{ "key": "DUE", "kind": "MAIN", "ownerResource": "SALES" },
        { "key": "RENEWED", "kind": "MAIN", "ownerResource": "SALES", "entryRule": rule }]);
    asker.made("definePipeline", json!({ "key": "renewal", "name": "Renewals", "stages": stages })).await;
}

/// What is known of an account, segments it belongs to, and what the ideal customer is like.
async fn aim(asker: &mut Asker<'_>) {
    let account = asker.made("recordAccount", json!({ "name": "Aimed at" })).await;
    let other = asker.made("recordAccount", json!({ "name": "Bystander" })).await;
    asker.made("recordTouch", json!({ "accountId": account, "occurredAt": "2026-05-02T00:00:00Z", "kind": "EMAIL", "channel": "EMAIL", "actorKind": "CAMPAIGN", "resource": "MARKETING" })).await;
    let region = json!([{ "key": "REGION", "value": "EMEA" }]);
    asker.made("setAccountAttributes", json!({ "accountId": account, "attributes": region })).await;
    let items = json!([{ "accountId": other, "attributes": region }, { "accountId": other, "attributes": [] }]);
    asker.change("recordAccountAttributes", json!({ "items": items })).await;
    let signal =
        json!({ "accountId": account, "state": "SEARCHING", "occurredAt": "2026-05-01T00:00:00Z", "evidence": "asked for a price" });
    asker.change("recordDemandState", signal).await;
    let known = json!({ "key": "REGION", "op": "IN", "values": ["EMEA"] });
    let segment = asker.made("defineSegment", json!({ "name": "EMEA", "conditions": [known] })).await;
    asker.made("reviseSegment", json!({ "segmentId": segment, "name": "Europe" })).await;
    // Somebody of the segment might buy.
    asker.made("createOpportunity", json!({ "accountId": account, "name": "Paper", "openedAt": "2026-05-03T00:00:00Z" })).await;
    let list = asker.made("defineSegment", json!({ "name": "Targets" })).await;
    for mutation in ["addToTargetList", "removeFromTargetList"] {
        let payload = asker.change(mutation, json!({ "segmentId": list, "accountIds": [account] })).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
    }
    let profile = json!({ "key": "MAIN", "threshold": 50, "criteria": [{ "condition": known, "weight": 100 }] });
    let profile = asker.made("defineIcpProfile", profile).await;
    let period = r#"period: { from: "2026-01-01", to: "2026-06-01" }"#;
    for of in ["TOUCHES", "SPEND", "CLOSES"] {
        let arguments = format!("{period}, of: {of}, profileId: \"{profile}\"");
        let of = |kind| full(&asker.told, kind);
        let documents = [
            format!("{{ icpFit({arguments}) {} }}", of("IcpFit")),
            format!("{{ icpFitTrend({arguments}, grain: QUARTER) {} }}", of("IcpFitTrend")),
        ];
        for document in documents {
            asker.ask(&document, json!({})).await;
        }
    }
    let of = |kind| full(&asker.told, kind);
    let documents = [
        format!("{{ demandCoverage(segmentId: \"{segment}\", since: \"2026-01-01T00:00:00Z\") {} }}", of("DemandCoverage")),
        format!("{{ demandCoverageTrend(segmentId: \"{segment}\", {period}, grain: QUARTER) {} }}", of("DemandCoverageTrend")),
    ];
    for document in documents {
        asker.ask(&document, json!({})).await;
    }
}

/// Deals with an account: won, lost, resting, blocked, with somebody who decides.
async fn deal(asker: &mut Asker<'_>, account: &str, person: &str, seller: &str) {
    let external = json!({ "source": "text 1", "value": "text 2" });
    let new = json!({ "accountId": account, "name": "Paper", "amount": usd("100.00"), "expectedCloseOn": "2026-06-30", "sourceResource": "SALES",
        "ownerId": seller, "openedAt": "2026-02-01T00:00:00Z", "externalId": external });
    let won = asker.made("createOpportunity", new).await;
    asker.made("reviseOpportunity", json!({ "opportunityId": won, "name": "Much paper" })).await;
    let rests = json!({ "opportunityId": won, "stalledAt": "2026-02-03T00:00:00Z", "reason": "holidays", "resumesOn": "2026-03-01" });
    asker.made("markStalled", rests.clone()).await;
    asker.made("resumeOpportunity", json!({ "opportunityId": won, "resumedAt": "2026-02-20T00:00:00Z" })).await;
    let role =
        json!({ "opportunityId": won, "personId": person, "role": "CHAMPION", "stance": "NEUTRAL", "since": "2026-02-02T00:00:00Z" });
    let role = asker.made("setBuyingRole", role).await;
    asker.made("endBuyingRole", json!({ "buyingRoleId": role, "until": "2026-02-10T00:00:00Z" })).await;
    let role =
        json!({ "opportunityId": won, "personId": person, "role": "DECIDER", "stance": "SUPPORTS", "since": "2026-02-02T00:00:00Z" });
    asker.made("setBuyingRole", role).await;
    let blocker =
        json!({ "opportunityId": won, "kind": "BUDGET", "side": "BUYER", "raisedAt": "2026-02-05T00:00:00Z", "note": "next year" });
    let blocker = asker.made("raiseBlocker", blocker).await;
    let content = asker.made("createContent", json!({ "name": "Calculator", "kind": "CALCULATOR", "resource": "MARKETING" })).await;
    let resolved = json!({ "blockerId": blocker, "resolvedAt": "2026-02-25T00:00:00Z", "resolution": "in rates", "contentId": content });
    asker.made("resolveBlocker", resolved).await;
    let close = json!({ "accountId": account, "personId": person, "occurredAt": "2026-05-02T00:00:00Z", "amount": usd("100.00"), "path": "ASSISTED",
        "sourceResource": "SALES", "opportunityId": won, "recurringMonthly": usd("8.00") });
    asker.made("generateAccount", close).await;
    let first = json!({ "accountId": account, "personId": person, "occurredAt": "2026-05-02T00:00:00Z", "amount": usd("100.00"), "path": "ASSISTED",
        "sourceResource": "SALES" });
    let first = asker.made("generateAccount", first).await;
    asker
        .made(
            "recordCloseMovement",
            json!({ "closeId": first, "kind": "VOID", "occurredAt": "2026-05-03T00:00:00Z", "reason": "unsigned" }),
        )
        .await;
    let again = json!({ "accountId": account, "personId": person, "occurredAt": "2026-05-04T00:00:00Z", "amount": usd("100.00"), "path": "ASSISTED",
        "sourceResource": "SALES", "reopensCloseId": first });
    asker.made("recordExpansion", again).await;
    let new =
        json!({ "accountId": account, "name": "Ink", "sourceResource": "SALES", "ownerId": seller, "openedAt": "2026-02-01T00:00:00Z" });
    let lost = asker.made("createOpportunity", new.clone()).await;
    let closed = json!({ "opportunityId": lost, "outcome": "LOST_COMPETITOR", "closedAt": "2026-03-01T00:00:00Z", "reason": "cheaper",
        "competitor": "Vehement" });
    asker.made("closeOpportunity", closed.clone()).await;
    asker.made("reopenOpportunity", json!({ "opportunityId": lost, "reopenedAt": "2026-03-02T00:00:00Z", "reason": "not cheaper" })).await;
    asker.made("markStalled", json!({ "opportunityId": lost, "reason": "holidays", "resumesOn": "2026-07-01" })).await;
    let lost = asker.made("createOpportunity", new).await;
    asker
        .made("raiseBlocker", json!({ "opportunityId": lost, "kind": "CONSENSUS", "side": "SELLER", "raisedAt": "2026-04-20T00:00:00Z" }))
        .await;
    asker
        .made(
            "closeOpportunity",
            json!({ "opportunityId": lost, "outcome": "NO_DECISION_INDECISION", "closedAt": "2026-05-01T00:00:00Z", "reason": "?" }),
        )
        .await;
}

/// What is planned with somebody: done and followed up, done at once, moved, given on, given up.
async fn plan(asker: &mut Asker<'_>, account: &str, person: &str, seller: &str) {
    let new = json!({ "accountId": account, "name": "Pencils", "openedAt": "2026-02-01T00:00:00Z" });
    let deal = asker.made("createOpportunity", new).await;
    let call = json!({ "kind": "CALL", "subject": "Ask", "personId": person, "accountId": account, "opportunityId": deal, "ownerId": seller,
        "dueAt": "2026-05-01T00:00:00Z", "externalId": { "source": "text 1", "value": "text 2" } });
    let call = asker.made("planActivity", call).await;
    asker.made("rescheduleActivity", json!({ "activityId": call, "dueAt": "2026-05-02T00:00:00Z" })).await;
    asker.made("reassignActivity", json!({ "activityId": call, "ownerId": seller })).await;
    let next = json!({ "kind": "MEETING", "subject": "Show it", "dueAt": "2026-07-01T00:00:00Z" });
    let completion =
        json!({ "activityId": call, "outcome": "REACHED", "occurredAt": "2026-05-02T00:00:00Z", "note": "glad", "followUp": next });
    asker.made("completeActivity", completion).await;
    // Only what reached the buyer is a touch.
    for outcome in ["REACHED", "DONE"] {
        let written = json!({ "kind": "EMAIL", "subject": "Thanks", "personId": person, "outcome": outcome });
        asker.made("logActivity", written).await;
    }
    let idle = asker.made("planActivity", json!({ "kind": "TASK", "subject": "Read up", "personId": person })).await;
    asker.made("completeActivity", json!({ "activityId": idle, "outcome": "DONE" })).await;
    let task = asker.made("planActivity", json!({ "kind": "TASK", "subject": "Prepare", "opportunityId": deal })).await;
    asker.made("cancelActivity", json!({ "activityId": task, "reason": "done by others" })).await;
}

/// What two resources agree on, as far as it goes: a draft, other terms, both signatures, the end.
async fn agree_on_service<'a>(asker: &mut Asker<'a>, [product, sales]: [&Caller<'a>; 2]) {
    let day = json!({ "weekday": "MONDAY", "hours": [{ "from": "09:00", "to": "18:00" }] });
    let calendar = json!({ "name": "Porto", "timeZone": "Europe/Lisbon", "week": [day], "specialDays": [{ "day": "2026-12-24", "name": "Eve",
        "hours": [{ "from": "09:00", "to": "12:00" }] }] });
    let calendar = asker.made("defineCalendar", calendar).await;
    asker.made("reviseCalendar", json!({ "calendarId": calendar, "timeZone": "Europe/Madrid" })).await;
    let ics = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nSUMMARY:Christmas\nEND:VEVENT\nEND:VCALENDAR\n";
    let import = json!({ "calendarId": calendar, "ics": ics, "from": "2026-01-01", "to": "2027-01-01" });
    let imported = asker.change("importHolidays", import).await;
    assert_eq!(imported["holidays"]["imported"], 1, "{imported}");
    let clauses = json!([
        { "kind": "VOLUME", "quantity": 100, "per": "MONTH" },
        { "kind": "QUALITY", "minimumShare": "0.8" },
        { "kind": "SPEED", "within": { "days": 0 } },
        { "kind": "ACKNOWLEDGEMENT", "within": { "minutes": 60 }, "calendarId": calendar },
    ]);
    let draft = json!({ "name": "Leads", "fromResource": "PRODUCT", "toResource": "SALES", "calendarId": calendar, "startsOn": "2026-05-01", "clauses": clauses });
    let agreement = asker.made("draftAgreement", draft).await;
    let amended = json!({ "agreementId": agreement, "calendarId": calendar, "startsOn": "2026-05-02", "clauses": clauses });
    asker.made("amendAgreement", amended).await;
    let admin = asker.admin.replace(sales.clone());
    asker.made("signAgreement", json!({ "agreementId": agreement, "side": "SALES", "expectedVersion": 2 })).await;
    asker.admin = Some(product.clone());
    asker.made("signAgreement", json!({ "agreementId": agreement, "side": "PRODUCT", "expectedVersion": 2 })).await;
    asker.admin = admin;
    asker.made("endAgreement", json!({ "agreementId": agreement, "endsOn": "2026-09-01", "reason": "other plans" })).await;
}

/// Buyers whom Product offers to Sales, and what becomes of them.
async fn hand_over<'a>(asker: &mut Asker<'a>, [product, sales]: [&Caller<'a>; 2], seller: &str) -> String {
    let day = json!({ "weekday": "MONDAY", "hours": [{ "from": "00:00", "to": "24:00" }] });
    let calendar = json!({ "name": "Mondays", "timeZone": "UTC", "week": [day], "specialDays": [] });
    let calendar = asker.made("defineCalendar", calendar).await;
    let clauses = json!([{ "kind": "VOLUME", "quantity": 100, "per": "WEEK" }, { "kind": "QUALITY", "minimumShare": "0.5" },
        { "kind": "SPEED", "within": { "minutes": 600 } }, { "kind": "ACKNOWLEDGEMENT", "within": { "days": 1 } }]);
    let draft = json!({ "name": "Product leads", "fromResource": "PRODUCT", "toResource": "SALES", "calendarId": calendar, "startsOn": "2026-05-01", "endsOn": "2027-05-01", "clauses": clauses });
    let agreement = asker.made("draftAgreement", draft).await;
    let admin = asker.admin.replace(sales.clone());
    asker.made("signAgreement", json!({ "agreementId": agreement, "side": "SALES", "expectedVersion": 1 })).await;
    asker.admin = Some(product.clone());
    asker.made("signAgreement", json!({ "agreementId": agreement, "side": "PRODUCT", "expectedVersion": 1 })).await;
    asker.admin = admin.clone();
    let tactic = asker.made("createTactic", json!({ "name": "Trial", "resource": "PRODUCT", "channel": "IN_PRODUCT" })).await;
    let account = asker.made("recordAccount", json!({ "name": "Trying" })).await;
    let mut offers = Vec::new();
    for number in 0..5 {
        let person = asker.made("recordPerson", json!({})).await;
        let offer = json!({ "agreementId": agreement, "personId": person, "accountId": account, "tacticId": tactic, "ownerId": seller, "note": "uses it daily",
            "externalId": { "source": "trial", "value": number.to_string() } });
        asker.admin = Some(product.clone());
        if number == 4 {
            asker.change("offerHandoffs", json!({ "items": [offer] })).await;
        } else {
            offers.push((asker.made("offerHandoff", offer).await, person));
        }
        asker.admin = admin.clone();
    }
    let (first, person) = offers[0].clone();
    asker.made("acceptHandoff", json!({ "handoffId": first, "note": "thanks" })).await;
    asker.app.wait(1);
    let taker = sales.member.unwrap().to_string();
    asker.made("reassignHandoff", json!({ "handoffId": first, "ownerId": taker })).await;
    let clocks = asker.ask("query($id: ID!) { handoff(id: $id) { clocks { id } } }", json!({ "id": first })).await;
    let clock = clocks["handoff"]["clocks"][0]["id"].clone();
    asker.made("pauseClock", json!({ "clockId": clock, "reason": "on holiday" })).await;
    asker.app.wait(1);
    asker.made("resumeClock", json!({ "clockId": clock })).await;
    asker.made("reviseCalendar", json!({ "calendarId": calendar, "timeZone": "Europe/Madrid" })).await;
    asker.change("repinCalendar", json!({ "clockId": clock })).await;
    asker
        .made("logActivity", json!({ "kind": "CALL", "subject": "Hello", "personId": person, "ownerId": taker, "outcome": "NOT_REACHED" }))
        .await;
    asker.ask(&everything_of(asker), json!({ "id": first, "clock": clock })).await;
    asker.made("recycleHandoff", json!({ "handoffId": first, "note": "not this year" })).await;
    let reject = |handoff: &str| json!({ "handoffId": handoff, "reason": "NOT_ICP", "note": "too small" });
    let (contested, noted) = (offers[1].0.clone(), offers[2].0.clone());
    asker.made("rejectHandoff", reject(&contested)).await;
    asker.made("rejectHandoff", reject(&noted)).await;
    asker.admin = Some(product.clone());
    asker.made("contestRejection", json!({ "handoffId": contested, "note": "they grow" })).await;
    asker.made("acknowledgeRejection", json!({ "handoffId": noted, "note": "noted" })).await;
    asker.made("withdrawHandoff", json!({ "handoffId": offers[3].0, "note": "a mistake" })).await;
    asker.admin = admin;
    // The clocks begin again at another moment.
    asker.app.wait(1);
    asker.made("resolveContest", json!({ "handoffId": contested, "overturned": true, "note": "they do" })).await;
    let clocks = asker.ask("query($id: ID!) { handoff(id: $id) { clocks { id state } } }", json!({ "id": contested })).await;
    let running = clocks["handoff"]["clocks"].as_array().unwrap().iter().find(|clock| clock["state"] == "RUNNING").unwrap()["id"].clone();
    asker.made("cancelClock", json!({ "clockId": running, "reason": "DUPLICATE", "note": "the same" })).await;
    let content = asker.made("createContent", json!({ "name": "Trial guide", "kind": "CALCULATOR", "resource": "PRODUCT" })).await;
    let told = json!({ "fromResource": "PRODUCT", "toResource": "SALES", "kind": "QUESTION", "handoffId": contested, "tacticId": tactic,
        "contentId": content, "metricKey": "sla_status", "agreementId": agreement, "body": "what was wrong with them" });
    let told = asker.made("sendFeedback", told).await;
    let admin = asker.admin.replace(sales.clone());
    asker.made("acknowledgeFeedback", json!({ "feedbackId": told, "outcome": "NOTED", "note": "nothing" })).await;
    asker.admin = admin;
    keep(asker, &agreement).await;
    agreement
}

/// A month later: what nobody did anything about fell due.
async fn fall_due<'a>(asker: &mut Asker<'a>, acme: &TestOrganization<'a>, agreement: &str) {
    asker.app.wait(31 * 24 * 60 * 60);
    let admin = asker.admin.as_ref().and_then(|admin| admin.member).unwrap();
    asker.admin = Some(acme.signed_in(admin));
    pass(&asker.app.app).await.unwrap();
    let person = asker.made("recordPerson", json!({})).await;
    asker.made("offerHandoff", json!({ "agreementId": agreement, "personId": person })).await;
    let breaches = asker.ask("{ feedback(filter: { kind: BREACH }) { nodes { handoff { id } clock { id } } } }", json!({})).await;
    let breach = &breaches["feedback"]["nodes"][0];
    asker.ask(&everything_of(asker), json!({ "id": breach["handoff"]["id"], "clock": breach["clock"]["id"] })).await;
    keep(asker, agreement).await;
}

/// Everything there is to read of a handoff and of a clock.
fn everything_of(asker: &Asker<'_>) -> String {
    let of = |kind| full(&asker.told, kind);
    format!("query($id: ID!, $clock: ID!) {{ handoff(id: $id) {} slaClock(id: $clock) {} }}", of("Handoff"), of("SlaClock"))
}

/// How both sides keep an agreement, and what they tell each other.
async fn keep(asker: &mut Asker<'_>, agreement: &str) {
    let of = |kind| full(&asker.told, kind);
    let arguments = r#"agreementId: $id, period: { from: "2026-05-01", to: "2026-07-01" }"#;
    let drift = |from: &str, to: &str| {
        let period = format!(r#"period: {{ from: "{from}", to: "{to}" }}"#);
        format!("query($id: ID!) {{ handoffDrift(agreementId: $id, {period}) {} }}", of("HandoffDrift"))
    };
    let mut documents =
        vec![drift("2026-06-01", "2026-07-01"), drift("2026-07-01", "2026-08-01"), format!("{{ feedback {} }}", of("FeedbackConnection"))];
    for by in ["OWNER", "TEAM", "TACTIC", "REJECT_REASON"] {
        documents.push(format!("query($id: ID!) {{ slaStatus({arguments}, by: {by}) {} }}", of("SlaStatus")));
        documents.push(format!("query($id: ID!) {{ slaTrend({arguments}, by: {by}, grain: MONTH) {} }}", of("SlaTrend")));
    }
    for document in documents {
        asker.ask(&document, json!({ "id": agreement })).await;
    }
}

/// A breakdown by every segment there is.
async fn by_segments(asker: &mut Asker<'_>) -> String {
    let segments = asker.ask("{ segments { nodes { id } } }", json!({})).await;
    let ids: Vec<String> = segments["segments"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].to_string()).collect();
    format!("breakdown: {{ by: SEGMENT, segments: [{}] }}", ids.join(", "))
}

/// The reports, in all their forms.
async fn report(asker: &mut Asker<'_>) {
    let period = r#"period: { from: "2026-01-01", to: "2026-06-01" }"#;
    let mut asked = Vec::new();
    let steps = r#"stages: ["KNOWN", "QUALIFIED", "CLOSED"]"#;
    for by in ["CHANNEL", "RESOURCE", "TACTIC", "TEAM", "OWNER"] {
        asked.push(format!(
            r#"{period}, {steps}, window: "P45D", order: STRICT, stepWindows: [{{ step: "CLOSED", window: "P30D" }}],
            breakdown: {{ by: {by}, at: AT_STEP, step: "KNOWN" }}, exclusions: [{{ stage: "RECYCLED", afterStep: "KNOWN", beforeStep: "CLOSED" }}]"#
        ));
    }
    asked.extend(["PERSON", "ACCOUNT"].map(|subject| format!("{period}, subject: {subject}")));
    asked.extend(["PERIOD", "STOCK"].map(|mode| format!("{period}, mode: {mode}, breakdown: {{ by: RESOURCE }}")));
    let segments = by_segments(asker).await;
    asked.push(format!("{period}, {segments}"));
    let mut breakdowns = vec![segments];
    breakdowns.extend(["CHANNEL", "RESOURCE", "TACTIC", "TEAM", "OWNER"].map(|by| format!("breakdown: {{ by: {by} }}")));
    for arguments in asked {
        let of = |kind| full(&asker.told, kind);
        let documents = [
            format!("{{ funnel({arguments}) {} }}", of("Funnel")),
            format!("{{ funnelTrend({arguments}, grain: QUARTER) {} }}", of("FunnelTrend")),
        ];
        for document in documents {
            asker.ask(&document, json!({})).await;
        }
    }
    for subject in ["PERSON", "ACCOUNT"] {
        let of = |kind| full(&asker.told, kind);
        let documents = [
            format!("{{ timeInStage({period}, subject: {subject}) {} }}", of("TimeInStage")),
            format!("{{ timeInStageTrend({period}, subject: {subject}, grain: QUARTER) {} }}", of("TimeInStageTrend")),
        ];
        for document in documents {
            asker.ask(&document, json!({})).await;
        }
    }
    for breakdown in &breakdowns {
        let of = |kind| full(&asker.told, kind);
        let documents = [
            format!("{{ anonymousToKnown({period}, {breakdown}) {} }}", of("AnonymousToKnown")),
            format!("{{ anonymousToKnownTrend({period}, {breakdown}, grain: QUARTER) {} }}", of("AnonymousToKnownTrend")),
            format!("{{ timeInStage({period}, {breakdown}) {} }}", of("TimeInStage")),
            format!("{{ timeInStageTrend({period}, {breakdown}, grain: QUARTER) {} }}", of("TimeInStageTrend")),
            format!("{{ lateEvidence({period}, {breakdown}) {} }}", of("LateEvidence")),
            format!("{{ lateEvidenceTrend({period}, {breakdown}, grain: QUARTER) {} }}", of("LateEvidenceTrend")),
            format!("{{ repFreeShare({period}, {breakdown}) {} }}", of("RepFreeShare")),
            format!("{{ repFreeShareTrend({period}, {breakdown}, grain: QUARTER) {} }}", of("RepFreeShareTrend")),
        ];
        for document in documents {
            asker.ask(&document, json!({})).await;
        }
    }
    let of = |kind| full(&asker.told, kind);
    let documents = [
        format!("{{ lateEvidence({period}) {} }}", of("LateEvidence")),
        format!("{{ lateEvidenceTrend({period}, grain: QUARTER) {} }}", of("LateEvidenceTrend")),
        format!("{{ repFreeShare({period}) {} }}", of("RepFreeShare")),
        format!("{{ repFreeShareTrend({period}, grain: QUARTER) {} }}", of("RepFreeShareTrend")),
        format!("{{ enablementCoverage({period}) {} }}", of("EnablementCoverage")),
        format!("{{ enablementCoverageTrend({period}, grain: QUARTER) {} }}", of("EnablementCoverageTrend")),
    ];
    for document in documents {
        asker.ask(&document, json!({})).await;
    }
    for breakdown in &breakdowns {
        let reports = [
            ("winRate", "WinRate"),
            ("noDecision", "NoDecision"),
            ("pipelineVelocity", "PipelineVelocity"),
            ("blockerReport", "BlockerReport"),
        ];
        for (report, kind) in reports {
            let of = |kind: &str| full(&asker.told, kind);
            let documents = [
                format!("{{ {report}({period}, {breakdown}) {} }}", of(kind)),
                format!("{{ {report}Trend({period}, {breakdown}, grain: MONTH) {} }}", of(&format!("{kind}Trend"))),
            ];
            for document in documents {
                asker.ask(&document, json!({})).await;
            }
        }
    }
    let document = format!("{{ budgetReport({period}) {} }}", full(&asker.told, "BudgetReport"));
    asker.ask(&document, json!({})).await;
    for by in ["CHANNEL", "RESOURCE", "TACTIC", "TEAM"] {
        let of = |kind| full(&asker.told, kind);
        let documents = [
            format!("{{ attribution({period}, by: {by}, model: LINEAR, lookbackDays: 365) {} }}", of("Attribution")),
            format!("{{ attributionTrend({period}, by: {by}, model: W_SHAPED, grain: QUARTER) {} }}", of("AttributionTrend")),
            format!(
                "{{ compareModels({period}, by: {by}, models: [{{ model: TIME_DECAY }}, {{ model: POSITION }}]) {} }}",
                of("ModelComparison")
            ),
            // Models of journeys have no rows to ask for; all else of them is asked for above.
            format!(
                "{{ attribution({period}, by: {by}, model: MARKOV) {{ journeysWon journeysLost nullReason model {{ minimumJourneys }} }} }}"
            ),
            format!(
                "{{ attribution({period}, by: {by}, model: MARKOV, lookbackDays: 365, settings: {{ minimumJourneys: 0 }}) {{ lines {{ removalEffect }} }} }}"
            ),
            format!("{{ attribution({period}, by: {by}, model: SHAPLEY, lookbackDays: 365) {{ model {{ game }} }} }}"),
        ];
        for document in documents {
            asker.ask(&document, json!({})).await;
        }
    }
    let of = |kind| full(&asker.told, kind);
    let documents = [
        format!("{{ creditGap({period}, model: LINEAR, lookbackDays: 365) {} }}", of("CreditGap")),
        format!("{{ creditGapTrend({period}, model: LINEAR, grain: QUARTER) {} }}", of("CreditGapTrend")),
        format!("{{ orderTaking({period}, lookbackDays: 365, intentKinds: [EMAIL, VISIT]) {} }}", of("OrderTaking")),
        format!("{{ orderTakingTrend({period}, grain: QUARTER) {} }}", of("OrderTakingTrend")),
        format!("{{ tacticImportance({period}, lookbackDays: 365) {} }}", of("TacticImportance")),
        format!("{{ resourceScoreboard({period}) {} }}", of("ResourceScoreboard")),
        format!("{{ investmentReview({period}, fewestCloses: 1) {} }}", of("InvestmentReview")),
    ];
    for document in documents {
        asker.ask(&document, json!({})).await;
    }
    for by in ["CHANNEL", "MONTH", "RESOURCE", "TACTIC", "TEAM"] {
        let of = |kind| full(&asker.told, kind);
        let documents = [
            format!("{{ costPerClose({period}, by: {by}) {} }}", of("CostPerCloseReport")),
            format!("{{ costPerCloseTrend({period}, by: {by}, grain: MONTH) {} }}", of("CostPerCloseTrend")),
        ];
        for document in documents {
            asker.ask(&document, json!({})).await;
        }
    }
}

/// Metrics by their keys, told everything that any of them takes.
async fn measure(asker: &mut Asker<'_>, ids: &dyn Ids) {
    let costs = |matching: Value| json!({ "teamId": ids.ordinary("team"), "basis": "NET", "refundPeriod": "ORIGINAL_PERIOD", "matching": matching, "constantCurrency": { "on": "2026-05-01" } });
    for (key, args) in [
        ("credited_closes", json!({})),
        ("cost_per_close", json!({ "resource": "SALES" })),
        ("cost", costs(json!({ "mode": "LAGGED", "days": 30 }))),
        ("cost", costs(json!({ "mode": "COHORT", "matureAfterDays": 30 }))),
        ("romi", json!({ "grossMargin": "0.8" })),
        ("close_rate", json!({ "resource": "SALES", "matureAfterDays": 30 })),
        ("attribution", json!({ "channel": "EMAIL", "model": "LINEAR", "pooling": "ACCOUNT", "lookbackDays": 90 })),
        ("tactic_importance", json!({ "tacticId": ids.ordinary("tac") })),
        (
            "funnel",
            json!({ "stage": "KNOWN", "pipelineId": ids.ordinary("pip"), "subject": "PERSON", "order": "STRICT", "window": "P45D" }),
        ),
        ("win_rate", json!({ "winRateBasis": "COHORT_BASIS", "segmentId": ids.ordinary("seg") })),
        ("blocker_report", json!({ "blocker": "CONSENSUS", "ownerId": ids.ordinary("mem") })),
        ("sla_status", json!({ "agreementId": ids.ordinary("sla") })),
        ("icp_fit", json!({ "of": "TOUCHES", "icpProfileId": ids.ordinary("icp") })),
        ("demand_coverage", json!({ "segmentId": ids.ordinary("seg"), "reached": "KNOWN" })),
    ] {
        let of = |kind| full(&asker.told, kind);
        let documents = [
            format!(
                "query($key: String!, $args: MetricArgsInput!, $period: PeriodInput!) {{ metric(key: $key, args: $args, period: $period) {} }}",
                of("MetricValue")
            ),
            format!(
                "query($key: String!, $args: MetricArgsInput!, $period: PeriodInput!) {{ metricSeries(key: $key, args: $args, period: $period, grain: QUARTER) {} }}",
                of("MetricSeries")
            ),
        ];
        for document in documents {
            let variables = json!({ "key": key, "args": args, "period": { "from": "2026-01-01", "to": "2026-06-01" } });
            asker.ask(&document, variables).await;
        }
    }
}

/// What is heard of something of each kind that happened, and how figures stand.
async fn listen(asker: &mut Asker<'_>) {
    for (field, kind, topic) in [
        ("closeRecorded", "CloseRecorded", EventTopic::Close),
        ("creditMoved", "CreditMoved", EventTopic::Credit),
        ("handoffOffered", "HandoffOffered", EventTopic::Handoff),
        ("slaClockChanged", "SlaClockChanged", EventTopic::Clock),
        ("feedbackReceived", "FeedbackReceived", EventTopic::Feedback),
        ("insightRaised", "InsightRaised", EventTopic::Insight),
    ] {
        let object = match asker.app.engine {
            Engine::Sqlite => "hex(object_id)",
            Engine::Postgres => "object_id::text",
        };
        let statement = format!("SELECT {object} FROM event WHERE topic = '{}' ORDER BY sequence LIMIT 1", topic.name());
        let object = texts(asker.app, &statement).await[0][0].parse().unwrap();
        let member = asker.admin.as_ref().and_then(|admin| admin.member).unwrap();
        let happened = event::Model {
            organization_id: OrganizationId::from_uuid(member.uuid()),
            id: EventId::from_uuid(member.uuid()),
            sequence: 1,
            topic,
            object_id: Some(object),
            row_count: 1,
            recorded_at: asker.app.app.now(),
        };
        asker.hear(field, kind, Turn::Event(Arc::new(happened))).await;
    }
    let period = r#"period: { from: "2026-01-01", to: "2026-06-01" }"#;
    for (field, kind) in [("scoreboardChanged", "ScoreboardChanged"), ("funnelChanged", "FunnelChanged")] {
        asker.hear(&format!("{field}({period})"), kind, Turn::Figures(1)).await;
    }
    let goals = asker.ask("{ goals(first: 1) { nodes { id } } }", json!({})).await;
    let field = format!("goalProgress(goalId: {})", goals["goals"]["nodes"][0]["id"]);
    asker.hear(&field, "GoalProgressChanged", Turn::Figures(1)).await;
}

/// Every query, with everything it takes and for everything it gives.
async fn read(asker: &mut Asker<'_>, ids: &dyn Ids) {
    for operation in for_every_input(&asker.told, ids) {
        asker.ask(&operation.document, operation.variables).await;
    }
    for operation in plain(&asker.told, ids).into_iter().filter(|operation| operation.kind == "query") {
        let fields = asker.told["queryType"]["fields"].as_array().unwrap();
        let field = fields.iter().find(|field| name(field) == operation.field).unwrap();
        let kind = bare(&field["type"]);
        // What comes before the selection stays.
        if let Some((start, _)) = operation.document.split_once(" { __typename").or(operation.document.split_once(" { edges")) {
            let document = format!("{start} {} }}", full(&asker.told, kind));
            asker.ask(&document, operation.variables).await;
        }
    }
    report(asker).await;
    measure(asker, ids).await;
    asker.ask("{ newest: auditLog(first: 50) { nodes { id } } oldest: auditLog(last: 50) { nodes { id } } }", json!({})).await;
    // Every object that anything above named, and those that these name in turn.
    let mut looked_at = BTreeSet::new();
    loop {
        let new: Vec<String> = asker.ids.difference(&looked_at).cloned().collect();
        if new.is_empty() {
            break;
        }
        // The beginning of an id says what it names.
        let mut by_prefix: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for id in &new {
            by_prefix.entry(id.split_once('_').unwrap().0).or_default().push(id);
        }
        for ids in by_prefix.values() {
            let found = asker.ask("query($id: ID!) { node(id: $id) { __typename id } }", json!({ "id": ids[0] })).await;
            let Some(kind) = found["node"]["__typename"].as_str() else { continue };
            let document = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {kind} {} }} }}", full(&asker.told, kind));
            for some in ids.chunks(50) {
                asker.ask(&document, json!({ "ids": some })).await;
            }
        }
        looked_at.extend(new);
    }
}

/// Every field of every type, by `Type.field`.
fn coordinates(schema: &Value) -> BTreeSet<String> {
    let has_fields = |kind: &&Value| matches!(kind["kind"].as_str(), Some("OBJECT" | "INTERFACE"));
    let types = schema["types"].as_array().unwrap().iter().filter(has_fields).filter(|kind| !name(kind).starts_with("__"));
    types.flat_map(|kind| kind["fields"].as_array().unwrap().iter().map(move |field| format!("{}.{}", name(kind), name(field)))).collect()
}

/// What each field asks for, once everything was asked for.
async fn needs(engine: Engine) -> Option<BTreeMap<String, Needs>> {
    let app = TestApp::new(engine).await?;
    let story = Story::begin(&app).await;
    quarter(&story).await;
    let admin = story.member(Role::Admin).await;
    let sampled = Known(samples(&story.acme).await);
    let email = admin.gql("{ me { email } }", json!({})).await["me"]["email"].as_str().unwrap().to_owned();
    let mut asker = Asker::of(&app, admin).await;
    // Each on the heap: together they are too much for the stack of a test.
    let (team, seller, assistant) = Box::pin(organize(&mut asker)).await;
    Box::pin(lay_out(&mut asker)).await;
    Box::pin(sell(&mut asker, &team, &seller)).await;
    let (lead, sales) = (story.member(Role::ProductLead).await, story.member(Role::SalesLead).await);
    Box::pin(agree(&mut asker, &lead)).await;
    Box::pin(agree_on_service(&mut asker, [&lead, &sales])).await;
    Box::pin(propose(&mut asker)).await;
    let agreement = Box::pin(hand_over(&mut asker, [&lead, &sales], &seller)).await;
    Box::pin(aim(&mut asker)).await;
    Box::pin(pursuing::pursue(&mut asker, &team, &agreement)).await;
    Box::pin(pursuing::keep_score(&mut asker, &team)).await;
    Box::pin(integrate(&mut asker)).await;
    Box::pin(know(&mut asker)).await;
    Box::pin(keep_private(&mut asker)).await;
    Box::pin(settle_april(&mut asker)).await;
    Box::pin(insights::look(&mut asker, &story.acme, &sampled)).await;
    Box::pin(be_audited(&asker, &story.acme, &seller, &assistant)).await;
    Box::pin(read(&mut asker, &sampled)).await;
    let admin = asker.admin.clone();
    Box::pin(come_and_go(&mut asker, &story.acme, &email)).await;
    asker.admin = admin;
    Box::pin(fall_due(&mut asker, &story.acme, &agreement)).await;
    Box::pin(listen(&mut asker)).await;

    let (all, answered) = (coordinates(&asker.told), asker.recorder.answered());
    let silent: Vec<&String> = all.difference(&answered).collect();
    assert!(silent.is_empty(), "no document of this test gets anything from these fields: {silent:#?}");
    let needs = asker.recorder.needs();
    let unknown: Vec<&String> = needs.keys().filter(|field| !all.contains(*field)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    Some(needs)
}

/// On a thread as large as those that serve requests: a document that asks for everything goes deep.
#[test]
fn the_schema_tells_what_each_field_needs() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let asked = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || runtime.block_on(ask_for_everything())).unwrap();
    asked.join().unwrap();
}

async fn ask_for_everything() {
    let found = needs(Engine::Sqlite).await.unwrap();
    if let Some(on_postgres) = needs(Engine::Postgres).await {
        assert_eq!(on_postgres, found);
    }
    let open: BTreeSet<&str> = found
        .iter()
        .filter(|(_, needs)| needs.is_nothing())
        .filter_map(|(field, _)| ["Mutation.", "Query.", "Subscription."].iter().find_map(|root| field.strip_prefix(root)))
        .collect();
    assert_eq!(open, OPEN_MUTATIONS.iter().copied().collect(), "a root field asks for a permission, or says that it is open");

    let text = Listed(&found).to_string();
    let renewed = std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always");
    if renewed {
        std::fs::write(FILE, &text).unwrap();
    }
    assert!(std::fs::read_to_string(FILE).unwrap() == text, "src/graphql/needs.txt is stale: run this test with INSTA_UPDATE=always");
    if !renewed {
        assert!(listed() == found, "what was written is read as it was found");
    }
}
