//! Who sees and changes whose objects, on both engines.

use axum::body::Body;
use axum::http::{Request, header};
use entity::kinds::{Resource, Role};
use serde_json::{Value, json};
use tandem::organization::service::{AddMember, CreateTeam, add_member, create_team};

use crate::support::story::{Story, problems, usd};
use crate::support::{Caller, TestOrganization, on_both_engines, rows};

const RECORD_ACCOUNT: &str = "mutation($input: RecordAccountInput!) { recordAccount(input: $input) {
    account { id owner { id } } userErrors { field code } } }";
const RECORD_PERSON: &str = "mutation($input: RecordPersonInput!) { recordPerson(input: $input) {
    person { id owner { id } } userErrors { field code } } }";
const REVISE_ACCOUNT: &str = "mutation($input: ReviseAccountInput!) { reviseAccount(input: $input) {
    account { id owner { id } } userErrors { field code } } }";
const DEFINE_ROLE: &str = "mutation($input: DefineRoleInput!) { defineRole(input: $input) {
    customRole { id name version grants { permission reach } } userErrors { field code } } }";
const REVISE_ROLE: &str = "mutation($input: ReviseRoleInput!) { reviseRole(input: $input) {
    customRole { name version grants { permission reach } } userErrors { field code } } }";
const REVISE_MEMBER: &str = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) {
    member { role customRole { name } } userErrors { field code } } }";
const DELEGATE: &str = "mutation($input: DelegateInput!) { delegate(input: $input) {
    delegation { id endsAt assistant { id } principal { id } recordedBy { id } } userErrors { field code } } }";
const END_DELEGATION: &str = "mutation($input: EndDelegationInput!) { endDelegation(input: $input) {
    delegation { endsAt version } userErrors { field code } } }";

fn id(caller: &Caller<'_>) -> String {
    caller.member.unwrap().to_string()
}

/// The answer to somebody who says for whom they act.
async fn acting_for(caller: &Caller<'_>, principals: &[&str], document: &str, variables: Value) -> (u16, Value) {
    let mut request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/graphql-response+json")
        .header(header::AUTHORIZATION, format!("Bearer {}", caller.token.as_deref().unwrap()));
    for principal in principals {
        request = request.header("Acting-For", *principal);
    }
    let body = json!({ "query": document, "variables": variables }).to_string();
    let (status, body) = caller.app.send(request.body(Body::from(body)).unwrap()).await;
    (status.as_u16(), serde_json::from_slice(&body).unwrap())
}

/// Two teams of sellers under one, each with a lead and a seller.
pub struct Floor<'a> {
    pub acme: TestOrganization<'a>,
    pub head: Caller<'a>,
    pub lead: Caller<'a>,
    pub ann: Caller<'a>,
    pub bob: Caller<'a>,
}

impl<'a> Floor<'a> {
    pub async fn of(acme: TestOrganization<'a>) -> Self {
        let scope = acme.setup().authorize().unwrap();
        let team = async |name: &str, parent_id| {
            let new = CreateTeam { name: name.to_owned(), parent_id, resources: vec![Resource::Sales], idempotency_key: None };
            create_team(&scope, &new).await.unwrap().id
        };
        let sales = team("Sales", None).await;
        let (north, south) = (team("North", Some(sales)).await, team("South", Some(sales)).await);
        let member = async |name: &str, role, team| {
            let new = AddMember {
                email: format!("{name}@example.com"),
                name: name.to_owned(),
                role,
                custom_role_id: None,
                resource: Some(Resource::Sales),
                team_id: Some(team),
                idempotency_key: None,
            };
            acme.caller(add_member(&scope, &new).await.unwrap())
        };
        Self {
            acme,
            head: member("head", Role::SalesLead, sales).await,
            lead: member("lead", Role::SalesLead, north).await,
            ann: member("ann", Role::SalesRep, north).await,
            bob: member("bob", Role::SalesRep, south).await,
        }
    }
}

async fn record_account(by: &Caller<'_>, input: Value) -> Value {
    by.gql(RECORD_ACCOUNT, json!({ "input": input })).await["recordAccount"].take()
}

async fn account(by: &Caller<'_>, name: &str) -> String {
    record_account(by, json!({ "name": name })).await["account"]["id"].as_str().unwrap().to_owned()
}

async fn names(caller: &Caller<'_>) -> Vec<String> {
    let data = caller.gql("{ accounts { totalCount nodes { name } } }", json!({})).await;
    let mut names: Vec<String> =
        data["accounts"]["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(data["accounts"]["totalCount"], names.len());
    names.sort();
    names
}

on_both_engines! {
    async fn sellers_see_their_own_and_leads_their_teams(app: TestApp) {
        let floor = Floor::of(app.org("acme").await).await;
        let ops = floor.acme.member(Role::Revops).await;
        let (annas, bobs) = (account(&floor.ann, "Ann's").await, account(&floor.bob, "Bob's").await);
        account(&ops, "Nobody's").await;
        assert_eq!(names(&floor.ann).await, ["Ann's"]);
        assert_eq!(names(&floor.bob).await, ["Bob's"]);
        assert_eq!(names(&floor.lead).await, ["Ann's"]);
        assert_eq!(names(&floor.head).await, ["Ann's", "Bob's"]);
        assert_eq!(names(&ops).await, ["Ann's", "Bob's", "Nobody's"]);
        // Whatever way it is asked for: unseen is unknown.
        let document = "query($id: ID!) { account(id: $id) { id } node(id: $id) { id } nodes(ids: [$id]) { id } }";
        assert_eq!(floor.bob.gql(document, json!({ "id": annas })).await, json!({ "account": null, "node": null, "nodes": [null] }));
        assert_eq!(floor.head.gql(document, json!({ "id": bobs })).await["account"]["id"], json!(bobs));
        let change = json!({ "input": { "accountId": annas, "name": "Mine" } });
        assert_eq!(floor.bob.gql(REVISE_ACCOUNT, change.clone()).await["reviseAccount"]["userErrors"], json!([{ "field": ["input", "accountId"], "code": "NOT_FOUND" }]));
        assert_eq!(floor.ann.gql(REVISE_ACCOUNT, change).await["reviseAccount"]["userErrors"], json!([]));
    }

    async fn what_happened_to_a_buyer_is_seen_with_the_buyer(app: TestApp) {
        let floor = Floor::of(app.org("acme").await).await;
        let ops = floor.acme.member(Role::Revops).await;
        for (owner, name) in [(&floor.ann, "a"), (&floor.bob, "b")] {
            let account = account(owner, name).await;
            let data = owner.gql(RECORD_PERSON, json!({ "input": { "accountId": account } })).await;
            let person = data["recordPerson"]["person"]["id"].clone();
            assert_eq!(data["recordPerson"]["person"]["owner"]["id"], json!(id(owner)), "their own, since they reach no others");
            for (document, input) in [
                ("mutation($input: RecordTouchInput!) { recordTouch(input: $input) { userErrors { code } } }",
                 json!({ "personId": person, "occurredAt": "2026-05-01T00:00:00Z", "kind": "CALL", "channel": "PHONE", "actorKind": "SELLER", "resource": "SALES" })),
                ("mutation($input: RecordTouchInput!) { recordTouch(input: $input) { userErrors { code } } }",
                 json!({ "accountId": account, "occurredAt": "2026-05-02T00:00:00Z", "kind": "CALL", "channel": "PHONE", "actorKind": "SELLER", "resource": "SALES" })),
                ("mutation($input: RecordStageEventInput!) { recordStageEvent(input: $input) { userErrors { code } } }",
                 json!({ "personId": person, "occurredAt": "2026-05-01T00:00:00Z", "stage": "ACCEPTED" })),
            ] {
                let data = owner.gql(document, json!({ "input": input })).await;
                assert!(data.to_string().contains("\"userErrors\":[]"), "{data}");
            }
            let close = json!({ "accountId": account, "occurredAt": "2026-05-01T00:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" });
            let data = ops.gql("mutation($input: GenerateAccountInput!) { generateAccount(input: $input) { userErrors { code } } }", json!({ "input": close })).await;
            assert_eq!(data["generateAccount"]["userErrors"], json!([]));
        }
        let document = "{ people { totalCount } touches { totalCount } stageEvents { totalCount } closes { totalCount nodes { account { name } } } }";
        // The close is an entry into a stage too, of the account.
        let of = |people: i32, touches: i32, closes: Value| json!({
            "people": { "totalCount": people }, "touches": { "totalCount": touches }, "stageEvents": { "totalCount": 2 * people },
            "closes": { "totalCount": people, "nodes": closes },
        });
        let named = |name: &str| json!({ "account": { "name": name } });
        assert_eq!(floor.ann.gql(document, json!({})).await, of(1, 2, json!([named("a")])));
        assert_eq!(floor.bob.gql(document, json!({})).await, of(1, 2, json!([named("b")])));
        assert_eq!(floor.lead.gql(document, json!({})).await, of(1, 2, json!([named("a")])));
        assert_eq!(floor.head.gql(document, json!({})).await, of(2, 4, json!([named("b"), named("a")])));
        // Leads see the ledger of their team's closes, and the rows of a total are theirs; the total is everybody's.
        let batches = "{ creditBatches { totalCount } }";
        assert_eq!(floor.lead.gql(batches, json!({})).await["creditBatches"]["totalCount"], 1);
        let document = "{ funnel(period: { from: \"2026-05-01\", to: \"2026-06-01\" }, stages: [\"ACCEPTED\"]) { visibility { scope complete }
            steps { entered } rows(first: 5) { totalCount visibility { scope complete } nodes { person { id } } } }
            costPerClose(period: { from: \"2026-05-01\", to: \"2026-06-01\" }) { blended { closes } } }";
        let data = floor.ann.gql(document, json!({})).await;
        assert_eq!(data["funnel"]["steps"], json!([{ "entered": 2 }]));
        assert_eq!(data["funnel"]["visibility"], json!({ "scope": "ORGANIZATION", "complete": true }));
        assert_eq!(data["funnel"]["rows"]["totalCount"], 1);
        assert_eq!(data["funnel"]["rows"]["visibility"], json!({ "scope": "OWN", "complete": false }));
        assert_ne!(data["funnel"]["rows"]["nodes"][0]["person"], Value::Null);
        assert_eq!(data["costPerClose"]["blended"]["closes"], 2);
        let rows = "{ costPerClose(period: { from: \"2026-05-01\", to: \"2026-06-01\" }) { rows(side: CLOSES) { totalCount visibility { scope complete } nodes { ... on CloseCreditRow { close { account { name } } } } } } }";
        let data = floor.lead.gql(rows, json!({})).await;
        assert_eq!(data["costPerClose"]["rows"], json!({ "totalCount": 1, "visibility": { "scope": "TEAM", "complete": false }, "nodes": [{ "close": named("a") }] }));
    }

    async fn objects_are_given_to_those_within_reach(app: TestApp) {
        let floor = Floor::of(app.org("acme").await).await;
        let ops = floor.acme.member(Role::Revops).await;
        let theirs = app.org("other").await.member(Role::SalesRep).await;
        let given = async |by: &Caller<'_>, to: &str| problems(&record_account(by, json!({ "name": "x", "ownerId": to })).await);
        let denied = |code: &str| vec![("ownerId".to_owned(), code.to_owned())];
        assert_eq!(given(&floor.ann, &id(&floor.bob)).await, denied("NOT_ALLOWED"));
        assert_eq!(given(&floor.lead, &id(&floor.bob)).await, denied("NOT_ALLOWED"));
        assert_eq!(given(&floor.ann, &id(&theirs)).await, denied("NOT_FOUND"));
        assert_eq!(names(&ops).await, Vec::<String>::new());
        assert_eq!(given(&floor.lead, &id(&floor.ann)).await, []);
        assert_eq!(given(&floor.head, &id(&floor.bob)).await, []);
        let kept = record_account(&ops, json!({ "name": "y" })).await;
        assert_eq!(kept["account"]["owner"], Value::Null);
        // Nobody gives away what they alone see.
        let mine = account(&floor.ann, "mine").await;
        let away = floor.ann.gql(REVISE_ACCOUNT, json!({ "input": { "accountId": mine, "ownerId": null } })).await;
        assert_eq!(problems(&away["reviseAccount"]), denied("NOT_ALLOWED"));
        let over = floor.head.gql(REVISE_ACCOUNT, json!({ "input": { "accountId": mine, "ownerId": id(&floor.bob) } })).await;
        assert_eq!(over["reviseAccount"]["account"]["owner"]["id"], json!(id(&floor.bob)));
        assert!(!names(&floor.ann).await.contains(&"mine".to_owned()));
    }

    async fn of_an_unseen_object_no_more_is_told_than_that_its_name_is_taken(app: TestApp) {
        let floor = Floor::of(app.org("acme").await).await;
        let named = json!({ "name": "a", "externalId": { "source": "crm", "value": "1" } });
        assert_eq!(problems(&record_account(&floor.ann, named.clone()).await), []);
        let again = record_account(&floor.bob, named.clone()).await;
        assert_eq!(problems(&again), [("externalId".to_owned(), "EXTERNAL_ID_CONFLICT".to_owned())]);
        assert_eq!(again["account"], Value::Null);
        assert_eq!(problems(&record_account(&floor.ann, named).await), []);
        let found = "{ accountByExternalId(externalId: { source: \"crm\", value: \"1\" }) { name } }";
        assert_eq!(floor.bob.gql(found, json!({})).await["accountByExternalId"], Value::Null);
        assert_eq!(floor.ann.gql(found, json!({})).await["accountByExternalId"], json!({ "name": "a" }));
    }

    async fn an_assistant_acts_for_a_seller_while_that_lasts(app: TestApp) {
        let floor = Floor::of(app.org("acme").await).await;
        account(&floor.ann, "Ann's").await;
        account(&floor.bob, "Bob's").await;
        let assistant = floor.acme.member(Role::SalesAssistant).await;
        assert_eq!(names(&assistant).await, Vec::<String>::new());
        let input = |principal: &Caller<'_>, more: Value| {
            let mut input = json!({ "assistantId": id(&assistant), "principalId": id(principal) });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "input": input })
        };
        let delegated = async |by: &Caller<'_>, input: Value| by.gql(DELEGATE, input).await["delegate"].take();
        for (by, principal, more, expected) in [
            (&floor.ann, &floor.bob, json!({}), ("principalId", "NOT_ALLOWED")),
            (&floor.lead, &floor.bob, json!({}), ("principalId", "NOT_ALLOWED")),
            (&floor.ann, &floor.ann, json!({ "assistantId": id(&floor.ann) }), ("assistantId", "SELF_REFERENCE")),
            (&floor.ann, &floor.ann, json!({ "endsAt": "2026-05-01T00:00:00Z" }), ("endsAt", "DATE_OUT_OF_RANGE")),
        ] {
            assert_eq!(problems(&delegated(by, input(principal, more)).await), [(expected.0.to_owned(), expected.1.to_owned())]);
        }
        assert_eq!(assistant.refused(DELEGATE, input(&floor.ann, json!({}))).await, "FORBIDDEN");
        // What is lent to a seller is not theirs to lend, nor theirs to take back.
        let lent = json!({ "input": { "assistantId": id(&floor.ann), "principalId": id(&floor.bob) } });
        let lent = delegated(&floor.head, lent).await["delegation"]["id"].take();
        let kept = json!({ "input": { "assistantId": id(&floor.ann), "principalId": id(&floor.bob) } });
        assert_eq!(problems(&delegated(&floor.ann, kept).await), [("principalId".to_owned(), "NOT_ALLOWED".to_owned())]);
        let end = json!({ "input": { "delegationId": lent } });
        assert_eq!(problems(&floor.ann.gql(END_DELEGATION, end.clone()).await["endDelegation"]), [("delegationId".to_owned(), "NOT_ALLOWED".to_owned())]);
        assert_eq!(problems(&floor.head.gql(END_DELEGATION, end).await["endDelegation"]), []);
        let made = delegated(&floor.ann, input(&floor.ann, json!({}))).await["delegation"].take();
        assert_eq!((&made["assistant"]["id"], &made["recordedBy"]["id"]), (&json!(id(&assistant)), &json!(id(&floor.ann))));
        assert_eq!(names(&assistant).await, ["Ann's"]);
        // Acting for somebody widens whose objects are reached, not what may be done.
        assert_eq!(assistant.refused(RECORD_ACCOUNT, json!({ "input": { "name": "x" } })).await, "FORBIDDEN");
        let end = json!({ "input": { "delegationId": made["id"] } });
        assert_eq!(problems(&floor.bob.gql(END_DELEGATION, end.clone()).await["endDelegation"]), [("delegationId".to_owned(), "NOT_ALLOWED".to_owned())]);
        assert_eq!(floor.lead.gql(END_DELEGATION, end.clone()).await["endDelegation"]["delegation"]["version"], 2);
        assert_eq!(names(&assistant).await, Vec::<String>::new());
        assert_eq!(floor.lead.gql(END_DELEGATION, end).await["endDelegation"]["delegation"]["version"], 2, "once");
        // A delegation with an end stops by itself.
        let until = app.app.now().saturating_add_micros(60_000_000);
        let made = delegated(&floor.head, input(&floor.bob, json!({ "endsAt": until.to_string() }))).await;
        assert_eq!(problems(&made), []);
        assert_eq!(names(&assistant).await, ["Bob's"]);
        app.clock.set(until);
        assert_eq!(names(&assistant).await, Vec::<String>::new());
        let listed = floor.head.gql("query($of: ID) { delegations(memberId: $of) { totalCount nodes { principal { name } } } }", json!({ "of": id(&floor.bob) })).await;
        let bobs = json!({ "principal": { "name": "bob" } });
        assert_eq!(listed["delegations"], json!({ "totalCount": 2, "nodes": [bobs, bobs] }), "one that was ended, one that ended");
    }

    async fn who_acts_for_several_says_for_whom(app: TestApp) {
        let floor = Floor::of(app.org("acme").await).await;
        let (admin, assistant) = (floor.acme.member(Role::Admin).await, floor.acme.member(Role::SalesAssistant).await);
        let grants = json!([{ "permission": "DIRECTORY_READ", "reach": "ORGANIZATION" }, { "permission": "BUYER_READ", "reach": "OWN" },
            { "permission": "BUYER_WRITE", "reach": "OWN" }]);
        let role = admin.gql(DEFINE_ROLE, json!({ "input": { "name": "Desk", "grants": grants } })).await["defineRole"]["customRole"].take();
        admin.gql(REVISE_MEMBER, json!({ "input": { "memberId": id(&assistant), "customRoleId": role["id"] } })).await;
        for seller in [&floor.ann, &floor.bob] {
            let input = json!({ "assistantId": id(&assistant), "principalId": id(seller) });
            assert_eq!(problems(&seller.gql(DELEGATE, json!({ "input": input })).await["delegate"]), []);
        }
        let accounts = "{ accounts { nodes { name } } }";
        let record = |name: &str| json!({ "input": { "name": name } });
        account(&floor.bob, "Bob's").await;
        let (status, made) = acting_for(&assistant, &[&id(&floor.ann)], RECORD_ACCOUNT, record("Ann's")).await;
        assert_eq!((status, &made["data"]["recordAccount"]["account"]["owner"]["id"]), (200, &json!(id(&floor.ann))), "{made:#}");
        let (_, seen) = acting_for(&assistant, &[&id(&floor.ann)], accounts, json!({})).await;
        assert_eq!(seen["data"]["accounts"]["nodes"], json!([{ "name": "Ann's" }]));
        assert_eq!(names(&assistant).await, ["Ann's", "Bob's"]);
        record_account(&assistant, json!({ "name": "of nobody in particular" })).await;
        let before = rows(&app).await;
        for (principals, expected) in [
            (vec![id(&floor.lead)], 403),
            (vec![id(&assistant)], 403),
            (vec!["mem_00000000000000000000000001".to_owned()], 403),
            (vec!["Ann".to_owned()], 400),
            (vec![role["id"].as_str().unwrap().to_owned()], 400),
            (vec![id(&floor.ann), id(&floor.bob)], 400),
        ] {
            let principals: Vec<&str> = principals.iter().map(String::as_str).collect();
            let (status, answer) = acting_for(&assistant, &principals, RECORD_ACCOUNT, record("x")).await;
            assert_eq!((status, answer.get("data")), (expected, None), "{principals:?} {answer:#}");
        }
        assert_eq!(rows(&app).await, before);
        let log = "query($by: ID!) { auditLog(filter: { memberId: $by }) { nodes { action outcome member { id } onBehalfOf { id } changes { path } } } }";
        let log = admin.gql(log, json!({ "by": id(&assistant) })).await["auditLog"]["nodes"].take();
        let told: Vec<String> = log.as_array().unwrap().iter().filter(|entry| entry["member"]["id"] == id(&assistant)).map(|entry| {
            format!("{} {} {} {}", entry["action"], entry["outcome"], entry["onBehalfOf"]["id"], entry["changes"][0]["path"]).replace('"', "")
        }).collect();
        let denied = "Acting-For DENIED null Acting-For".to_owned();
        let done = |principal: &str| format!("recordAccount DONE {principal} null");
        assert_eq!(told, [denied.clone(), denied.clone(), denied, done("null"), done(&id(&floor.ann))]);
    }

    async fn an_organization_defines_roles_of_its_own(app: TestApp) {
        let acme = app.org("acme").await;
        let (admin, member) = (acme.member(Role::Admin).await, acme.member(Role::Partner).await);
        account(&admin, "a").await;
        let define = async |by: &Caller<'_>, name: &str, grants: Value| by.gql(DEFINE_ROLE, json!({ "input": { "name": name, "grants": grants } })).await["defineRole"].take();
        let reader = json!([{ "permission": "BUYER_READ", "reach": "ORGANIZATION" }, { "permission": "ORGANIZATION_READ", "reach": "ORGANIZATION" }]);
        let role = define(&admin, "Buyer reader", reader.clone()).await["customRole"].take();
        // In the order of the permissions, whatever order they were given in.
        assert_eq!(role["grants"], json!([{ "permission": "ORGANIZATION_READ", "reach": "ORGANIZATION" }, { "permission": "BUYER_READ", "reach": "ORGANIZATION" }]));
        let give = |role: &Value| json!({ "input": { "memberId": id(&member), "customRoleId": role } });
        assert_eq!(member.refused("{ accounts { totalCount } }", json!({})).await, "FORBIDDEN");
        let given = admin.gql(REVISE_MEMBER, give(&role["id"])).await["reviseMember"].take();
        assert_eq!(given["member"], json!({ "role": "PARTNER", "customRole": { "name": "Buyer reader" } }));
        assert_eq!(names(&member).await, ["a"]);
        assert_eq!(member.refused("{ tactics { totalCount } }", json!({})).await, "FORBIDDEN");
        assert_eq!(member.refused(RECORD_ACCOUNT, json!({ "input": { "name": "x" } })).await, "FORBIDDEN");
        // A change of the role counts at once.
        let revise = |grants: Value| json!({ "input": { "roleId": role["id"], "grants": grants } });
        let own = json!([{ "permission": "BUYER_READ", "reach": "OWN" }]);
        assert_eq!(admin.gql(REVISE_ROLE, revise(own.clone())).await["reviseRole"]["customRole"]["version"], 2);
        assert_eq!(names(&member).await, Vec::<String>::new());
        assert_eq!(problems(&admin.gql(REVISE_ROLE, revise(json!([]))).await["reviseRole"]), [("grants".to_owned(), "NOT_ALLOWED".to_owned())]);
        let twice = json!([{ "permission": "BUYER_READ", "reach": "OWN" }, { "permission": "BUYER_READ", "reach": "TEAM" }]);
        assert_eq!(problems(&define(&admin, "twice", twice).await), [("grants".to_owned(), "INVALID".to_owned())]);
        assert_eq!(problems(&define(&admin, "Buyer reader", own.clone()).await), [("name".to_owned(), "TAKEN".to_owned())]);
        // Back to the built-in role.
        admin.gql(REVISE_MEMBER, give(&Value::Null)).await;
        assert_eq!(member.refused("{ accounts { totalCount } }", json!({})).await, "FORBIDDEN");
        let listed = acme.member(Role::Executive).await.gql("{ customRoles { name } builtInRoles { role grants { permission reach } } }", json!({})).await;
        assert_eq!(listed["customRoles"], json!([{ "name": "Buyer reader" }]));
        assert_eq!(listed["builtInRoles"].as_array().unwrap().len(), Role::ALL.len());
    }

    async fn who_reads_everything_may_still_change_their_own_only(app: TestApp) {
        let acme = app.org("acme").await;
        let (admin, member) = (acme.member(Role::Admin).await, acme.member(Role::Partner).await);
        let grants = json!([{ "permission": "BUYER_READ", "reach": "ORGANIZATION" }, { "permission": "BUYER_WRITE", "reach": "OWN" }]);
        let role = admin.gql(DEFINE_ROLE, json!({ "input": { "name": "Clerk", "grants": grants } })).await["defineRole"]["customRole"].take();
        admin.gql(REVISE_MEMBER, json!({ "input": { "memberId": id(&member), "customRoleId": role["id"] } })).await;
        let (theirs, mine) = (account(&admin, "theirs").await, account(&member, "mine").await);
        assert_eq!(names(&member).await, ["mine", "theirs"]);
        let revised = async |account: &str| problems(&member.gql(REVISE_ACCOUNT, json!({ "input": { "accountId": account, "name": "new" } })).await["reviseAccount"]);
        assert_eq!(revised(&theirs).await, [("accountId".to_owned(), "NOT_FOUND".to_owned())]);
        assert_eq!(revised(&mine).await, []);
        assert_eq!(names(&admin).await, ["new", "theirs"]);
    }

    async fn what_single_people_are_paid_is_shown_as_a_sum_only(app: TestApp) {
        let story = Story::begin(&app).await;
        let cost = |category: &str, amount: &str| json!({ "owner": "SALES", "category": category, "amount": usd(amount), "firstOn": "2026-01-01", "lastOn": "2026-01-31" });
        story.cost_of(cost("SALARY", "5000.00")).await;
        story.cost_of(cost("COMMISSION", "700.00")).await;
        story.cost_of(cost("TOOL", "30.00")).await;
        let document = "{ costEntries { totalCount nodes { category } } costPerClose(period: { from: \"2026-01-01\", to: \"2026-02-01\" }) {
            blended { cost { amount } } rows(side: COSTS) { totalCount visibility { complete } } } }";
        for (role, entries) in [(Role::Admin, 3), (Role::Executive, 3), (Role::Revops, 1), (Role::SalesLead, 1), (Role::Auditor, 1)] {
            let data = story.member(role).await.gql(document, json!({})).await;
            assert_eq!(data["costEntries"]["totalCount"], entries, "{role:?}");
            assert_eq!(data["costPerClose"]["rows"], json!({ "totalCount": entries, "visibility": { "complete": entries == 3 } }), "{role:?}");
            assert_eq!(data["costPerClose"]["blended"]["cost"]["amount"], "5730.00", "{role:?}");
        }
    }

    async fn pay_of_fewer_than_three_stands_on_no_line_of_its_own(app: TestApp) {
        let story = Story::begin(&app).await;
        let (north, south, east) = (story.team("North", "SALES").await, story.team("South", "SALES").await, story.team("East", "SALES").await);
        let pay = async |team: Option<&str>, category: &str, amount: &str, people: Value| {
            story.cost_of(json!({ "owner": "SALES", "category": category, "amount": usd(amount), "firstOn": "2026-01-01", "lastOn": "2026-01-31",
                "teamId": team, "people": people })).await
        };
        pay(Some(&north), "SALARY", "4000.00", json!(2)).await;
        pay(Some(&north), "TOOL", "10.00", Value::Null).await;
        pay(Some(&south), "SALARY", "9000.00", json!(5)).await;
        pay(Some(&east), "SALARY", "8000.00", json!(4)).await;
        pay(Some(&east), "COMMISSION", "500.00", Value::Null).await;
        let document = "{ costPerClose(period: { from: \"2026-01-01\", to: \"2026-02-01\" }, by: TEAM) { payPooled conserved
            lines { team { name } cost { amount } } blended { cost { amount } } } }";
        let seen = async |role| {
            let report = story.member(role).await.gql(document, json!({})).await["costPerClose"].take();
            assert_eq!((&report["conserved"], &report["blended"]["cost"]["amount"]), (&json!(true), &json!("21510.00")));
            let lines = report["lines"].as_array().unwrap().iter().map(|line| {
                let team = line["team"]["name"].as_str().unwrap_or("none");
                format!("{team} {}", line["cost"]["amount"].as_str().unwrap())
            });
            let mut lines: Vec<String> = lines.collect();
            lines.sort_unstable();
            (report["payPooled"].as_bool().unwrap(), lines.join(", "))
        };
        let as_it_is = "East 8500.00, North 4010.00, South 9000.00";
        assert_eq!(seen(Role::Admin).await, (false, as_it_is.to_owned()));
        // What pays two people, and what is not said to pay more than one, stands on no line of its own.
        let pooled = "East 8000.00, North 10.00, South 9000.00, none 4500.00";
        for role in [Role::Revops, Role::SalesLead, Role::SalesRep, Role::Auditor] {
            assert_eq!(seen(role).await, (true, pooled.to_owned()), "{role:?}");
        }
        // Whatever else is paid, before or after, in this period or another one, that stays as it is.
        pay(None, "SALARY", "0.00", json!(3)).await;
        pay(Some(&north), "SALARY", "0.00", json!(7)).await;
        assert_eq!(seen(Role::Revops).await, (true, pooled.to_owned()));
        let one = json!({ "owner": "SALES", "category": "SALARY", "amount": usd("1.00"), "firstOn": "2026-01-01", "lastOn": "2026-01-01", "people": 0 });
        let document = "mutation($input: RecordCostInput!) { recordCost(input: $input) { costEntry { people } userErrors { field code } } }";
        let admin = story.member(Role::Admin).await;
        assert_eq!(problems(&admin.gql(document, json!({ "input": one })).await["recordCost"]), [("people".to_owned(), "INVALID".to_owned())]);
    }
}
