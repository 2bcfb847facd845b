//! Tactics, touches, stages and stage events through the API.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::{Caller, but_members, on_both_engines, rows};

const CREATE_TACTIC: &str = "mutation($input: CreateTacticInput!) { createTactic(input: $input) {
    tactic { id name resource channel startsOn endsOn version } userErrors { field code } } }";
const REVISE_TACTIC: &str = "mutation($input: ReviseTacticInput!) { reviseTactic(input: $input) {
    tactic { name resource channel startsOn endsOn version } userErrors { field code } } }";
const RECORD_TOUCH: &str = "mutation($input: RecordTouchInput!) { recordTouch(input: $input) {
    touch { id resource channel } userErrors { field code } } }";
const RECORD_TOUCHES: &str = "mutation($input: RecordTouchesInput!) { recordTouches(input: $input) {
    results { outcome touch { id } userErrors { field code } } userErrors { field code } } }";
const CORRECT_TOUCH: &str = "mutation($input: CorrectTouchInput!) { correctTouch(input: $input) {
    touch { id channel resource retracted supersedes { id supersededBy { id } } } userErrors { field code } } }";
const RECORD_EVENT: &str = "mutation($input: RecordStageEventInput!) { recordStageEvent(input: $input) {
    stageEvent { id stage { key } fromStage { key } occurredAt backdated reason recordedBy { id } } userErrors { field code } } }";
const RECORD_EVENTS: &str = "mutation($input: RecordStageEventsInput!) { recordStageEvents(input: $input) {
    results { outcome stageEvent { id fromStage { key } backdated } userErrors { field code } } userErrors { field code } } }";
const CORRECT_EVENT: &str = "mutation($input: CorrectStageEventInput!) { correctStageEvent(input: $input) {
    stageEvent { id stage { key } fromStage { key } occurredAt backdated retracted supersedes { id supersededBy { id } } } userErrors { field code } } }";

fn nobody(prefix: &str) -> String {
    format!("{prefix}_00000000000000000000000001")
}

/// Each problem as the field below `input` and its code.
fn problems(errors: &Value) -> Value {
    let pair = |error: &Value| {
        let path: Vec<&str> = error["field"].as_array().unwrap().iter().skip(1).map(|part| part.as_str().unwrap()).collect();
        json!([path.join("."), error["code"]])
    };
    errors.as_array().unwrap().iter().map(pair).collect()
}

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

async fn person(caller: &Caller<'_>) -> String {
    let data = caller.gql("mutation { recordPerson(input: {}) { person { id } } }", json!({})).await;
    id(&data["recordPerson"]["person"])
}

async fn account(caller: &Caller<'_>) -> String {
    let data = caller.gql("mutation { recordAccount(input: { name: \"Globex\" }) { account { id } } }", json!({})).await;
    id(&data["recordAccount"]["account"])
}

async fn tactic(caller: &Caller<'_>, name: &str, resource: &str) -> String {
    let input = json!({ "input": { "name": name, "resource": resource, "channel": "EMAIL" } });
    id(&caller.gql(CREATE_TACTIC, input).await["createTactic"]["tactic"])
}

/// A marketing touch on the web.
fn touch(person: &str, day: u32) -> Value {
    json!({ "personId": person, "occurredAt": format!("2026-05-{day:02}T00:00:00Z"), "kind": "VISIT", "channel": "WEB", "actorKind": "CAMPAIGN", "resource": "MARKETING" })
}

fn with(mut object: Value, more: Value) -> Value {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

fn event(person: &str, stage: &str, day: u32) -> Value {
    json!({ "personId": person, "stage": stage, "occurredAt": format!("2026-05-{day:02}T00:00:00Z") })
}

async fn record_event(caller: &Caller<'_>, input: Value) -> Value {
    caller.gql(RECORD_EVENT, json!({ "input": input })).await["recordStageEvent"].clone()
}

/// The id of an event that must be accepted.
async fn enter(caller: &Caller<'_>, person: &str, stage: &str, day: u32) -> String {
    let recorded = record_event(caller, event(person, stage, day)).await;
    assert_eq!(recorded["userErrors"], json!([]), "{stage} {day}");
    id(&recorded["stageEvent"])
}

/// The stages of a person, latest first, with the day and the stage left.
async fn journey(caller: &Caller<'_>, person: &str) -> Value {
    let document = "query($id: ID!) { person(id: $id) { stageEvents { nodes { stage { key } fromStage { key } occurredAt } } } }";
    let data = caller.gql(document, json!({ "id": person })).await;
    let line = |node: &Value| {
        json!([node["stage"]["key"], node["fromStage"]["key"], node["occurredAt"].as_str().unwrap()[8..10].parse::<u32>().unwrap()])
    };
    data["person"]["stageEvents"]["nodes"].as_array().unwrap().iter().map(line).collect()
}

async fn total(caller: &Caller<'_>, list: &str, filter: Value) -> i64 {
    let kind = if list == "touches" { "TouchFilter" } else { "StageEventFilter" };
    let document = format!("query($filter: {kind}) {{ {list}(filter: $filter) {{ totalCount }} }}");
    caller.gql(&document, json!({ "filter": filter })).await[list]["totalCount"].as_i64().unwrap()
}

/// Lets a member look after a person.
async fn give(by: &Caller<'_>, person: &str, to: &Caller<'_>) {
    let input = json!({ "personId": person, "ownerId": to.member.unwrap().to_string() });
    let data = by
        .gql("mutation($input: RevisePersonInput!) { revisePerson(input: $input) { userErrors { code } } }", json!({ "input": input }))
        .await;
    assert_eq!(data["revisePerson"]["userErrors"], json!([]));
}

on_both_engines! {
    async fn an_organization_begins_with_the_default_pipeline(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Executive).await;
        let data = ops.gql("{ pipelines { id key version name stages { key } } stages { id key position kind ownerResource } }", json!({})).await;
        assert_eq!(data["pipelines"].as_array().unwrap().len(), 1);
        assert_eq!(data["pipelines"][0]["key"], "default");
        assert_eq!(data["pipelines"][0]["version"], 1);
        let stages: Vec<String> = data["stages"].as_array().unwrap().iter().enumerate().map(|(position, stage)| {
            assert_eq!(stage["position"], json!(position));
            assert_eq!(data["pipelines"][0]["stages"][position]["key"], stage["key"]);
            format!("{} {} {}", stage["key"].as_str().unwrap(), stage["kind"].as_str().unwrap(), stage["ownerResource"].as_str().unwrap())
        }).collect();
        assert_eq!(stages, [
            "UNAWARE MAIN MARKETING", "AWARE MAIN MARKETING", "ENGAGED MAIN MARKETING", "KNOWN MAIN MARKETING", "QUALIFIED MAIN MARKETING",
            "ACCEPTED MAIN SALES", "OPPORTUNITY MAIN SALES", "CLOSED MAIN SALES", "ONBOARDED MAIN PRODUCT", "RETAINED MAIN SALES",
            "EXPANDED MAIN SALES", "ADVOCATE MAIN PRODUCT", "RECYCLED SIDE MARKETING", "DISQUALIFIED SIDE SALES", "NO_DECISION SIDE SALES",
            "CHURNED SIDE PRODUCT",
        ]);
        let node = "query($pipeline: ID!, $stage: ID!) { pipeline: node(id: $pipeline) { __typename id } stage: node(id: $stage) { __typename id } none: node(id: \"pip_00000000000000000000000001\") { id } }";
        let ids = json!({ "pipeline": data["pipelines"][0]["id"], "stage": data["stages"][3]["id"] });
        let found = ops.gql(node, ids.clone()).await;
        assert_eq!(found["pipeline"], json!({ "__typename": "Pipeline", "id": ids["pipeline"] }));
        assert_eq!(found["stage"], json!({ "__typename": "Stage", "id": ids["stage"] }));
        assert_eq!(found["none"], Value::Null);
    }

    async fn a_lead_creates_tactics_for_their_own_resource_only(app: TestApp) {
        let acme = app.org("acme").await;
        let lead = acme.member(Role::MarketingLead).await;
        let input = json!({ "name": "Spring", "resource": "MARKETING", "channel": "EMAIL", "startsOn": "2026-03-01", "endsOn": "2026-03-01" });
        let data = lead.gql(CREATE_TACTIC, json!({ "input": input })).await;
        let tactic = &data["createTactic"]["tactic"];
        assert_eq!((&tactic["name"], &tactic["startsOn"], &tactic["version"]), (&json!("Spring"), &json!("2026-03-01"), &json!(1)));
        let before = rows(&app).await;
        for (input, expected) in [
            (json!({ "name": "b", "resource": "SALES", "channel": "EMAIL" }), json!([["resource", "NOT_ALLOWED"]])),
            (json!({ "name": "Spring", "resource": "MARKETING", "channel": "EMAIL" }), json!([["name", "TAKEN"]])),
            (json!({ "name": "", "resource": "MARKETING", "channel": "EMAIL", "teamId": nobody("team") }), json!([["name", "REQUIRED"], ["teamId", "NOT_FOUND"]])),
            (json!({ "name": "b", "resource": "MARKETING", "channel": "EMAIL", "startsOn": "2026-03-02", "endsOn": "2026-03-01" }), json!([["endsOn", "PERIOD_EMPTY"]])),
            (json!({ "name": "b", "resource": "MARKETING", "channel": "EMAIL", "startsOn": "1969-12-31" }), json!([["startsOn", "DATE_OUT_OF_RANGE"]])),
        ] {
            let data = lead.gql(CREATE_TACTIC, json!({ "input": input })).await;
            assert_eq!(problems(&data["createTactic"]["userErrors"]), expected);
        }
        let rep = acme.member(Role::SalesRep).await;
        assert_eq!(rep.refused(CREATE_TACTIC, json!({ "input": { "name": "b", "resource": "SALES", "channel": "EMAIL" } })).await, "FORBIDDEN");
        let sales = acme.member(Role::SalesLead).await;
        let data = sales.gql(REVISE_TACTIC, json!({ "input": { "tacticId": tactic["id"], "name": "c" } })).await;
        assert_eq!(problems(&data["reviseTactic"]["userErrors"]), json!([["tacticId", "NOT_ALLOWED"]]));
        assert_eq!(but_members(&rows(&app).await), but_members(&before));
    }

    async fn the_resource_of_a_tactic_is_fixed_by_its_first_touch(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let spring = tactic(&ops, "Spring", "MARKETING").await;
        let revise = async |input: Value| ops.gql(REVISE_TACTIC, json!({ "input": with(input, json!({ "tacticId": spring })) })).await["reviseTactic"].clone();
        let moved = revise(json!({ "resource": "PRODUCT", "channel": "COMMUNITY", "startsOn": "2026-01-01", "idempotencyKey": "k" })).await;
        assert_eq!(moved["tactic"], json!({ "name": "Spring", "resource": "PRODUCT", "channel": "COMMUNITY", "startsOn": "2026-01-01", "endsOn": null, "version": 2 }));
        assert_eq!(revise(json!({ "resource": "PRODUCT", "channel": "COMMUNITY", "startsOn": "2026-01-01", "idempotencyKey": "k" })).await, moved);
        let person = person(&ops).await;
        let input = json!({ "personId": person, "occurredAt": "2026-05-01T00:00:00Z", "kind": "VISIT", "actorKind": "CAMPAIGN", "tacticId": spring });
        let data = ops.gql(RECORD_TOUCH, json!({ "input": input })).await;
        // What the touch does not say it has from its tactic.
        assert_eq!(data["recordTouch"]["touch"]["resource"], "PRODUCT");
        assert_eq!(data["recordTouch"]["touch"]["channel"], "COMMUNITY");
        let fixed = revise(json!({ "resource": "MARKETING" })).await;
        assert_eq!(fixed, json!({ "tactic": null, "userErrors": [{ "field": ["input", "resource"], "code": "FIXED" }] }));
        let same = revise(json!({ "resource": "PRODUCT", "name": "Summer", "startsOn": null })).await;
        assert_eq!(same["tactic"]["version"], 3);
        assert_eq!(same["tactic"]["startsOn"], Value::Null);
        assert_eq!(problems(&revise(json!({ "expectedVersion": 2 })).await["userErrors"]), json!([["expectedVersion", "STALE_VERSION"]]));
        let data = ops.gql(REVISE_TACTIC, json!({ "input": { "tacticId": nobody("tac") } })).await;
        assert_eq!(problems(&data["reviseTactic"]["userErrors"]), json!([["tacticId", "NOT_FOUND"]]));
        let data = ops.gql("{ tactics(filter: { resource: PRODUCT }) { totalCount nodes { name touches { totalCount } } } none: tactics(filter: { channel: EVENT }) { totalCount } }", json!({})).await;
        assert_eq!(data, json!({ "tactics": { "totalCount": 1, "nodes": [{ "name": "Summer", "touches": { "totalCount": 1 } }] }, "none": { "totalCount": 0 } }));
    }

    async fn bad_touches_are_named_and_store_nothing(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let (buyer, spring) = (person(&ops).await, tactic(&ops, "Spring", "MARKETING").await);
        let theirs = app.org("other").await.member(Role::Revops).await;
        let (foreign, foreign_tactic, foreign_account) = (person(&theirs).await, tactic(&theirs, "x", "SALES").await, account(&theirs).await);
        let before = rows(&app).await;
        for (change, expected) in [
            (json!({ "personId": nobody("per") }), json!([["personId", "NOT_FOUND"]])),
            (json!({ "personId": foreign }), json!([["personId", "NOT_FOUND"]])),
            (json!({ "accountId": foreign_account }), json!([["accountId", "NOT_FOUND"]])),
            (json!({ "tacticId": foreign_tactic }), json!([["tacticId", "NOT_FOUND"]])),
            (json!({ "personId": null }), json!([["personId", "REQUIRED"]])),
            (json!({ "channel": null, "resource": null }), json!([["channel", "REQUIRED"]])),
            (json!({ "resource": null }), json!([["resource", "REQUIRED"]])),
            (json!({ "tacticId": spring, "resource": "SALES" }), json!([["resource", "INVALID"]])),
            (json!({ "occurredAt": "1969-12-31T23:59:59.999999Z" }), json!([["occurredAt", "DATE_OUT_OF_RANGE"]])),
            (json!({ "occurredAt": "2026-06-02T12:00:00.000001Z" }), json!([["occurredAt", "DATE_OUT_OF_RANGE"]])),
            (json!({ "externalId": { "source": "crm", "value": "a\u{1}" } }), json!([["externalId.value", "INVALID_TEXT"]])),
        ] {
            let data = ops.gql(RECORD_TOUCH, json!({ "input": with(touch(&buyer, 1), change.clone()) })).await;
            assert_eq!(problems(&data["recordTouch"]["userErrors"]), expected, "{change}");
            assert_eq!(data["recordTouch"]["touch"], Value::Null);
        }
        assert_eq!(rows(&app).await, before);
        for at in ["1970-01-01T00:00:00Z", "2026-06-02T12:00:00Z"] {
            let data = ops.gql(RECORD_TOUCH, json!({ "input": with(touch(&buyer, 1), json!({ "occurredAt": at })) })).await;
            assert_eq!(data["recordTouch"]["userErrors"], json!([]));
        }
    }

    async fn a_seller_records_touches_of_sales_only(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let buyer = person(&ops).await;
        let assistant = acme.member(Role::SalesAssistant).await;
        let unseen = assistant.gql(RECORD_TOUCH, json!({ "input": with(touch(&buyer, 1), json!({ "resource": "SALES" })) })).await;
        assert_eq!(problems(&unseen["recordTouch"]["userErrors"]), json!([["personId", "NOT_FOUND"]]));
        give(&ops, &buyer, &assistant).await;
        let data = assistant.gql(RECORD_TOUCH, json!({ "input": touch(&buyer, 1) })).await;
        assert_eq!(problems(&data["recordTouch"]["userErrors"]), json!([["resource", "NOT_ALLOWED"]]));
        let call = with(touch(&buyer, 1), json!({ "resource": "SALES", "kind": "CALL", "channel": "PHONE", "actorKind": "SELLER", "direction": "OUTBOUND" }));
        let data = assistant.gql(RECORD_TOUCH, json!({ "input": call })).await;
        let call = id(&data["recordTouch"]["touch"]);
        let marketer = acme.member(Role::Marketer).await;
        let data = marketer.gql(CORRECT_TOUCH, json!({ "input": { "touchId": call, "retract": true } })).await;
        assert_eq!(problems(&data["correctTouch"]["userErrors"]), json!([["touchId", "NOT_ALLOWED"]]));
        let data = assistant.gql(CORRECT_TOUCH, json!({ "input": { "touchId": call, "resource": "MARKETING" } })).await;
        assert_eq!(problems(&data["correctTouch"]["userErrors"]), json!([["resource", "NOT_ALLOWED"]]));
        let executive = acme.member(Role::Executive).await;
        assert_eq!(executive.refused(RECORD_TOUCH, json!({ "input": touch(&buyer, 1) })).await, "FORBIDDEN");
        assert_eq!(total(&ops, "touches", json!({})).await, 1);
    }

    async fn a_bulk_of_touches_is_settled_item_by_item(app: TestApp) {
        let acme = app.org("acme").await;
        let crm = acme.member(Role::Integration).await;
        let buyer = person(&crm).await;
        let named = |day: u32, key: &str| with(touch(&buyer, day), json!({ "externalId": { "source": "crm", "value": key } }));
        let stored = id(&crm.gql(RECORD_TOUCH, json!({ "input": named(1, "1") })).await["recordTouch"]["touch"]);
        let items = json!([named(1, "1"), named(2, "1"), named(2, "2"), named(2, "2"), named(3, "2"), touch(&nobody("per"), 4), touch(&buyer, 5)]);
        let input = json!({ "input": { "items": items, "idempotencyKey": "k" } });
        let data = crm.gql(RECORD_TOUCHES, input.clone()).await;
        let results = data["recordTouches"]["results"].as_array().unwrap();
        let outcomes: Vec<&str> = results.iter().map(|result| result["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["UNCHANGED", "REJECTED", "RECORDED", "UNCHANGED", "REJECTED", "REJECTED", "RECORDED"]);
        assert_eq!(results[0]["touch"]["id"], json!(stored));
        assert_eq!(results[2]["touch"]["id"], results[3]["touch"]["id"]);
        assert_eq!(problems(&results[5]["userErrors"]), json!([["items.5.personId", "NOT_FOUND"]]));
        assert_eq!(crm.gql(RECORD_TOUCHES, input).await, data);
        assert_eq!(total(&crm, "touches", json!({})).await, 3);
        let thousand: Value = (0..1_001).map(|_| touch(&buyer, 1)).collect();
        let data = crm.gql(RECORD_TOUCHES, json!({ "input": { "items": thousand } })).await;
        assert_eq!(problems(&data["recordTouches"]["userErrors"]), json!([["items", "TOO_MANY"]]));
        // A malformed id is a mistake of the caller's program, not of the data: the whole call fails, with the place.
        let answer = crm.answer(RECORD_TOUCHES, json!({ "input": { "items": [touch(&buyer, 1), touch("x", 1)] } })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
        assert_eq!(answer["errors"][0]["extensions"]["field"], "input.items.1.personId");
        assert_eq!(total(&crm, "touches", json!({})).await, 3);
    }

    async fn the_statements_of_a_bulk_do_not_grow_with_it(app: TestApp) {
        let acme = app.org("acme").await;
        let crm = acme.member(Role::Integration).await;
        let mut buyers = Vec::new();
        for _ in 0..20 {
            buyers.push(person(&crm).await);
        }
        let cost = async |document: &str, items: Value| {
            let before = app.statements();
            let data = crm.gql(document, json!({ "input": { "items": items } })).await;
            assert!(data.to_string().contains("RECORDED"));
            app.app.db().statement_count() - before
        };
        let touches = |count: usize| buyers.iter().take(count).enumerate().map(|(number, buyer)| {
            with(touch(buyer, 1), json!({ "externalId": { "source": "crm", "value": format!("{count}.{number}") } }))
        }).collect::<Value>();
        assert_eq!(cost(RECORD_TOUCHES, touches(1)).await, cost(RECORD_TOUCHES, touches(20)).await);
        let events = |from: usize, count: usize| buyers.iter().skip(from).take(count).map(|buyer| event(buyer, "ENGAGED", 1)).collect::<Value>();
        assert_eq!(cost(RECORD_EVENTS, events(0, 1)).await, cost(RECORD_EVENTS, events(1, 19)).await);
    }

    async fn the_statements_of_a_question_do_not_grow_with_its_rows(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let spring = tactic(&ops, "Spring", "MARKETING").await;
        for _ in 0..20 {
            let buyer = person(&ops).await;
            let globex = account(&ops).await;
            ops.gql(RECORD_TOUCH, json!({ "input": with(touch(&buyer, 1), json!({ "tacticId": spring, "accountId": globex })) })).await;
            ops.gql(RECORD_TOUCH, json!({ "input": touch(&buyer, 2) })).await;
            enter(&ops, &buyer, "ENGAGED", 1).await;
            enter(&ops, &buyer, "KNOWN", 2).await;
        }
        let document = "query($first: Int) { people(first: $first) { nodes {
            touches(first: 2) { totalCount nodes { tactic { name } account { name } supersededBy { id } } }
            stageEvents(first: 1) { nodes { stage { key } fromStage { key } recordedBy { name } } } } } }";
        let cost = async |first: i32| {
            let before = app.statements();
            ops.gql(document, json!({ "first": first })).await;
            app.app.db().statement_count() - before
        };
        assert_eq!(cost(1).await, cost(20).await);
    }

    async fn touches_are_found_by_what_they_are_and_when(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let (ada, bob, globex, spring) = (person(&ops).await, person(&ops).await, account(&ops).await, tactic(&ops, "Spring", "MARKETING").await);
        let inputs = [
            touch(&ada, 1), with(touch(&ada, 2), json!({ "tacticId": spring, "accountId": globex })),
            with(touch(&bob, 3), json!({ "resource": "SALES", "channel": "PHONE" })),
            with(touch(&bob, 3), json!({ "personId": null, "accountId": globex })),
        ];
        for input in inputs {
            assert_eq!(ops.gql(RECORD_TOUCH, json!({ "input": input })).await["recordTouch"]["userErrors"], json!([]));
        }
        for (filter, expected) in [
            (json!({}), 4), (json!({ "personId": ada }), 2), (json!({ "accountId": globex }), 2), (json!({ "tacticId": spring }), 1),
            (json!({ "resource": "SALES" }), 1), (json!({ "channel": "WEB" }), 3), (json!({ "personId": ada, "channel": "PHONE" }), 0),
            (json!({ "occurredFrom": "2026-05-02T00:00:00Z" }), 3), (json!({ "occurredTo": "2026-05-02T00:00:00Z" }), 1),
            (json!({ "occurredFrom": "2026-05-01T00:00:00Z", "occurredTo": "2026-05-03T00:00:00Z" }), 2),
        ] {
            assert_eq!(total(&ops, "touches", filter.clone()).await, expected, "{filter}");
        }
        let empty = "{ touches(filter: { occurredFrom: \"2026-05-01T00:00:00Z\", occurredTo: \"2026-05-01T00:00:00Z\" }) { totalCount } }";
        assert_eq!(ops.refused(empty, json!({})).await, "BAD_USER_INPUT");
        // Latest first, and both ways.
        let document = "query($first: Int, $after: String, $last: Int, $before: String) { touches(first: $first, after: $after, last: $last, before: $before) {
            nodes { id occurredAt } pageInfo { hasNextPage startCursor endCursor } } }";
        let all = ops.gql(document, json!({})).await["touches"]["nodes"].clone();
        let days: Vec<&str> = all.as_array().unwrap().iter().map(|node| &node["occurredAt"].as_str().unwrap()[8..10]).collect();
        assert_eq!(days, ["03", "03", "02", "01"]);
        let first = ops.gql(document, json!({ "first": 1 })).await;
        let rest = ops.gql(document, json!({ "first": 3, "after": first["touches"]["pageInfo"]["endCursor"] })).await;
        assert_eq!(json!([first["touches"]["nodes"][0], rest["touches"]["nodes"][0], rest["touches"]["nodes"][1], rest["touches"]["nodes"][2]]), all);
        assert_eq!(rest["touches"]["pageInfo"]["hasNextPage"], false);
        let before = ops.gql(document, json!({ "last": 1, "before": rest["touches"]["pageInfo"]["startCursor"] })).await;
        assert_eq!(before["touches"]["nodes"], first["touches"]["nodes"]);
        // Below their parents, in one statement for each kind of parent.
        let nested = "{ people { nodes { touches(first: 1) { totalCount nodes { occurredAt person { id } tactic { name } } } } } accounts { nodes { touches { totalCount } } } }";
        let data = ops.gql(nested, json!({})).await;
        assert_eq!(data["people"]["nodes"], json!([
            { "touches": { "totalCount": 1, "nodes": [{ "occurredAt": "2026-05-03T00:00:00Z", "person": { "id": bob }, "tactic": null }] } },
            { "touches": { "totalCount": 2, "nodes": [{ "occurredAt": "2026-05-02T00:00:00Z", "person": { "id": ada }, "tactic": { "name": "Spring" } }] } },
        ]));
        assert_eq!(data["accounts"]["nodes"], json!([{ "touches": { "totalCount": 2 } }]));
    }

    async fn a_touch_is_corrected_once_by_a_new_row(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let (buyer, spring) = (person(&ops).await, tactic(&ops, "Spring", "PRODUCT").await);
        let first = id(&ops.gql(RECORD_TOUCH, json!({ "input": touch(&buyer, 1) })).await["recordTouch"]["touch"]);
        let correct = async |input: Value| ops.gql(CORRECT_TOUCH, json!({ "input": input })).await["correctTouch"].clone();
        let input = json!({ "touchId": first, "channel": "EMAIL", "tacticId": spring, "idempotencyKey": "k" });
        let corrected = correct(input.clone()).await;
        let second = id(&corrected["touch"]);
        assert_eq!(corrected, json!({ "userErrors": [], "touch": {
            "id": second, "channel": "EMAIL", "resource": "PRODUCT", "retracted": false, "supersedes": { "id": first, "supersededBy": { "id": second } },
        }}));
        assert_eq!(correct(input).await, corrected);
        for (input, expected) in [
            (json!({ "touchId": first, "channel": "WEB" }), json!([["touchId", "ALREADY_CORRECTED"]])),
            (json!({ "touchId": first, "retract": true }), json!([["touchId", "ALREADY_CORRECTED"]])),
            (json!({ "touchId": nobody("tch") }), json!([["touchId", "NOT_FOUND"]])),
            (json!({ "touchId": second, "personId": nobody("per") }), json!([["personId", "NOT_FOUND"]])),
            (json!({ "touchId": second, "personId": null }), json!([["personId", "REQUIRED"]])),
            (json!({ "touchId": second, "occurredAt": "1969-01-01T00:00:00Z" }), json!([["occurredAt", "DATE_OUT_OF_RANGE"]])),
            (json!({ "touchId": second, "actorKind": "SELF_REPORTED" }), json!([["actorKind", "NOT_ALLOWED"]])),
            (json!({ "touchId": second, "retract": true, "channel": "WEB" }), json!([["retract", "INVALID"]])),
        ] {
            assert_eq!(problems(&correct(input.clone()).await["userErrors"]), expected, "{input}");
        }
        assert_eq!(total(&ops, "touches", json!({})).await, 1);
        assert_eq!(total(&ops, "touches", json!({ "includeCorrected": true })).await, 2);
        let taken_back = correct(json!({ "touchId": second, "retract": true })).await;
        assert_eq!((&taken_back["touch"]["retracted"], &taken_back["touch"]["supersedes"]["id"]), (&json!(true), &json!(second)));
        assert_eq!(total(&ops, "touches", json!({})).await, 0);
        assert_eq!(total(&ops, "touches", json!({ "personId": buyer, "includeCorrected": true })).await, 3);
        let data = ops.gql("query($id: ID!) { person(id: $id) { touches { totalCount nodes { id } } } }", json!({ "id": buyer })).await;
        assert_eq!(data["person"]["touches"], json!({ "totalCount": 0, "nodes": [] }));
        let again = correct(json!({ "touchId": taken_back["touch"]["id"], "channel": "WEB" })).await;
        assert_eq!(problems(&again["userErrors"]), json!([["touchId", "ALREADY_CORRECTED"]]));
    }

    async fn a_person_walks_the_stages_and_may_skip_some(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let buyer = person(&ops).await;
        let recorded = record_event(&ops, event(&buyer, "ENGAGED", 1)).await;
        let expected = json!({
            "id": recorded["stageEvent"]["id"], "stage": { "key": "ENGAGED" }, "fromStage": null, "occurredAt": "2026-05-01T00:00:00Z",
            "backdated": false, "reason": null, "recordedBy": { "id": ops.member.unwrap().to_string() },
        });
        assert_eq!(recorded, json!({ "stageEvent": expected, "userErrors": [] }));
        enter(&ops, &buyer, "CLOSED", 2).await;
        // The same instant is in order.
        enter(&ops, &buyer, "ONBOARDED", 2).await;
        assert_eq!(journey(&ops, &buyer).await, json!([["ONBOARDED", "CLOSED", 2], ["CLOSED", "ENGAGED", 2], ["ENGAGED", null, 1]]));
        // A stage says nothing about the person's own record.
        let data = ops.gql("query($id: ID!) { person(id: $id) { kind } }", json!({ "id": buyer })).await;
        assert_eq!(data["person"]["kind"], "ANONYMOUS");
        for (filter, expected) in [
            (json!({}), 3), (json!({ "personId": buyer }), 3), (json!({ "accountId": nobody("acc") }), 0), (json!({ "stage": "CLOSED" }), 1),
            (json!({ "occurredFrom": "2026-05-02T00:00:00Z" }), 2), (json!({ "occurredTo": "2026-05-02T00:00:00Z" }), 1),
        ] {
            assert_eq!(total(&ops, "stageEvents", filter.clone()).await, expected, "{filter}");
        }
        assert_eq!(ops.refused("{ stageEvents(filter: { stage: \"NOWHERE\" }) { totalCount } }", json!({})).await, "BAD_USER_INPUT");
        let data = ops.gql("query($id: ID!) { stageEvent(id: $id) { stage { key } person { id } account { id } } node(id: $id) { __typename } }", json!({ "id": recorded["stageEvent"]["id"] })).await;
        assert_eq!(data, json!({ "stageEvent": { "stage": { "key": "ENGAGED" }, "person": { "id": buyer }, "account": null }, "node": { "__typename": "StageEvent" } }));
    }

    async fn bad_stage_events_are_named_and_store_nothing(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let (buyer, globex) = (person(&ops).await, account(&ops).await);
        enter(&ops, &buyer, "QUALIFIED", 10).await;
        let theirs = app.org("other").await.member(Role::Revops).await;
        let (foreign, foreign_account) = (person(&theirs).await, account(&theirs).await);
        let foreign_pipeline = theirs.gql("{ pipelines { id } }", json!({})).await["pipelines"][0]["id"].clone();
        let before = rows(&app).await;
        for (input, expected) in [
            (event(&nobody("per"), "KNOWN", 11), json!([["personId", "NOT_FOUND"]])),
            (event(&foreign, "KNOWN", 11), json!([["personId", "NOT_FOUND"]])),
            (with(event(&buyer, "KNOWN", 11), json!({ "personId": null, "accountId": foreign_account })), json!([["accountId", "NOT_FOUND"]])),
            (with(event(&buyer, "KNOWN", 11), json!({ "accountId": globex })), json!([["personId", "INVALID"]])),
            (with(event(&buyer, "KNOWN", 11), json!({ "personId": null })), json!([["personId", "REQUIRED"]])),
            (event(&buyer, "known", 11), json!([["stage", "NOT_FOUND"]])),
            (with(event(&buyer, "KNOWN", 11), json!({ "pipelineId": nobody("pip") })), json!([["pipelineId", "NOT_FOUND"]])),
            (with(event(&buyer, "KNOWN", 11), json!({ "pipelineId": foreign_pipeline })), json!([["pipelineId", "NOT_FOUND"]])),
            (event(&buyer, "QUALIFIED", 11), json!([["stage", "SAME_STAGE"]])),
            (event(&buyer, "QUALIFIED", 10), json!([["stage", "SAME_STAGE"]])),
            (event(&buyer, "KNOWN", 9), json!([["occurredAt", "OUT_OF_ORDER"]])),
            (with(event(&buyer, "QUALIFIED", 9), json!({ "backdated": true })), json!([["stage", "SAME_STAGE"]])),
            (event(&buyer, "KNOWN", 11), json!([["reason", "REQUIRED"]])),
            (event(&buyer, "NO_DECISION", 11), json!([["reason", "REQUIRED"]])),
            (with(event(&buyer, "NO_DECISION", 11), json!({ "reason": "a\u{1}" })), json!([["reason", "INVALID_TEXT"]])),
            (with(event(&buyer, "ACCEPTED", 11), json!({ "occurredAt": "1969-12-31T00:00:00Z" })), json!([["occurredAt", "DATE_OUT_OF_RANGE"]])),
            (with(event(&buyer, "ACCEPTED", 11), json!({ "occurredAt": "2026-06-02T12:00:00.000001Z" })), json!([["occurredAt", "DATE_OUT_OF_RANGE"]])),
        ] {
            let recorded = record_event(&ops, input.clone()).await;
            assert_eq!(problems(&recorded["userErrors"]), expected, "{input}");
            assert_eq!(recorded["stageEvent"], Value::Null);
        }
        assert_eq!(rows(&app).await, before);
        let regress = record_event(&ops, with(event(&buyer, "KNOWN", 11), json!({ "reason": "budget cut" }))).await;
        assert_eq!(regress["userErrors"], json!([]));
        let aside = record_event(&ops, with(event(&buyer, "RECYCLED", 12), json!({ "reason": "asks again next year" }))).await;
        assert_eq!(aside["userErrors"], json!([]));
        // Coming back from the side needs no reason.
        enter(&ops, &buyer, "ENGAGED", 13).await;
        // An account walks for itself.
        let of_account = with(event(&buyer, "AWARE", 1), json!({ "personId": null, "accountId": globex }));
        assert_eq!(record_event(&ops, of_account).await["userErrors"], json!([]));
        let data = ops.gql("query($id: ID!) { account(id: $id) { stageEvents { totalCount nodes { stage { key } } } } }", json!({ "id": globex })).await;
        assert_eq!(data["account"]["stageEvents"], json!({ "totalCount": 1, "nodes": [{ "stage": { "key": "AWARE" } }] }));
    }

    async fn a_backdated_event_takes_its_place_in_time(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let buyer = person(&ops).await;
        enter(&ops, &buyer, "ENGAGED", 1).await;
        enter(&ops, &buyer, "QUALIFIED", 10).await;
        let late = record_event(&ops, with(event(&buyer, "KNOWN", 5), json!({ "backdated": true }))).await;
        assert_eq!((&late["stageEvent"]["backdated"], &late["stageEvent"]["fromStage"]["key"]), (&json!(true), &json!("ENGAGED")));
        // The flag permits; whether it lies before what was known is a fact.
        let next = record_event(&ops, with(event(&buyer, "ACCEPTED", 11), json!({ "backdated": true }))).await;
        assert_eq!((&next["stageEvent"]["backdated"], &next["stageEvent"]["fromStage"]["key"]), (&json!(false), &json!("QUALIFIED")));
        assert_eq!(journey(&ops, &buyer).await, json!([["ACCEPTED", "QUALIFIED", 11], ["QUALIFIED", "ENGAGED", 10], ["KNOWN", "ENGAGED", 5], ["ENGAGED", null, 1]]));
    }

    async fn stages_are_recorded_by_their_owner(app: TestApp) {
        let acme = app.org("acme").await;
        let (marketer, rep) = (acme.member(Role::Marketer).await, acme.member(Role::SalesRep).await);
        let ops = acme.member(Role::Revops).await;
        let buyer = person(&ops).await;
        give(&ops, &buyer, &rep).await;
        let denied = |recorded: Value| problems(&recorded["userErrors"]);
        assert_eq!(denied(record_event(&rep, event(&buyer, "QUALIFIED", 1)).await), json!([["stage", "NOT_ALLOWED"]]));
        let qualified = enter(&marketer, &buyer, "QUALIFIED", 1).await;
        assert_eq!(denied(record_event(&marketer, event(&buyer, "ACCEPTED", 2)).await), json!([["stage", "NOT_ALLOWED"]]));
        enter(&rep, &buyer, "ACCEPTED", 2).await;
        let data = rep.gql(CORRECT_EVENT, json!({ "input": { "stageEventId": qualified, "retract": true } })).await;
        assert_eq!(problems(&data["correctStageEvent"]["userErrors"]), json!([["stageEventId", "NOT_ALLOWED"]]));
        let data = marketer.gql(CORRECT_EVENT, json!({ "input": { "stageEventId": qualified, "stage": "OPPORTUNITY" } })).await;
        assert_eq!(problems(&data["correctStageEvent"]["userErrors"]), json!([["stage", "NOT_ALLOWED"]]));
        for role in [Role::Executive, Role::SalesAssistant, Role::Auditor, Role::Partner] {
            let caller = acme.member(role).await;
            assert_eq!(caller.refused(RECORD_EVENT, json!({ "input": event(&buyer, "CLOSED", 3) })).await, "FORBIDDEN");
        }
        assert_eq!(total(&ops, "stageEvents", json!({ "includeCorrected": true })).await, 2);
    }

    async fn a_bulk_of_stage_events_follows_the_order_given(app: TestApp) {
        let acme = app.org("acme").await;
        let crm = acme.member(Role::Integration).await;
        let (ada, bob) = (person(&crm).await, person(&crm).await);
        let named = |person: &str, stage: &str, day: u32, key: &str| with(event(person, stage, day), json!({ "externalId": { "source": "crm", "value": key } }));
        let items = json!([
            named(&ada, "KNOWN", 1, "1"), named(&bob, "KNOWN", 9, "2"), named(&ada, "QUALIFIED", 3, "3"), named(&ada, "QUALIFIED", 4, "4"),
            named(&ada, "ACCEPTED", 2, "5"), named(&ada, "KNOWN", 1, "1"), named(&bob, "CLOSED", 8, "6"), with(named(&bob, "CLOSED", 8, "7"), json!({ "backdated": true })),
            named(&bob, "ONBOARDED", 9, "2"),
        ]);
        let input = json!({ "input": { "items": items, "idempotencyKey": "k" } });
        let data = crm.gql(RECORD_EVENTS, input.clone()).await;
        let told: Vec<Value> = data["recordStageEvents"]["results"].as_array().unwrap().iter().map(|result| {
            json!([result["outcome"], result["stageEvent"]["fromStage"]["key"], result["stageEvent"]["backdated"], problems(&result["userErrors"])])
        }).collect();
        assert_eq!(json!(told), json!([
            ["RECORDED", null, false, []], ["RECORDED", null, false, []], ["RECORDED", "KNOWN", false, []],
            ["REJECTED", null, null, [["items.3.stage", "SAME_STAGE"]]], ["REJECTED", null, null, [["items.4.occurredAt", "OUT_OF_ORDER"]]],
            ["UNCHANGED", null, false, []], ["REJECTED", null, null, [["items.6.occurredAt", "OUT_OF_ORDER"]]], ["RECORDED", null, true, []],
            ["REJECTED", null, null, [["items.8.externalId", "EXTERNAL_ID_CONFLICT"]]],
        ]));
        assert_eq!(crm.gql(RECORD_EVENTS, input).await, data);
        // The file again, without the key: what was recorded is unchanged, what was rejected is again.
        let again = crm.gql(RECORD_EVENTS, json!({ "input": { "items": items } })).await;
        let outcomes: Vec<&str> = again["recordStageEvents"]["results"].as_array().unwrap().iter().map(|result| result["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["UNCHANGED", "UNCHANGED", "UNCHANGED", "REJECTED", "REJECTED", "UNCHANGED", "REJECTED", "UNCHANGED", "REJECTED"]);
        assert_eq!(journey(&crm, &ada).await, json!([["QUALIFIED", "KNOWN", 3], ["KNOWN", null, 1]]));
        assert_eq!(journey(&crm, &bob).await, json!([["KNOWN", null, 9], ["CLOSED", null, 8]]));
    }

    async fn a_stage_event_is_corrected_without_breaking_the_order(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let buyer = person(&ops).await;
        let mut ids = Vec::new();
        for (stage, day) in [("ENGAGED", 1), ("KNOWN", 5), ("QUALIFIED", 10)] {
            ids.push(enter(&ops, &buyer, stage, day).await);
        }
        let correct = async |input: Value| ops.gql(CORRECT_EVENT, json!({ "input": input })).await["correctStageEvent"].clone();
        for (input, expected) in [
            (json!({ "stageEventId": ids[1], "occurredAt": "2026-05-11T00:00:00Z" }), json!([["occurredAt", "OUT_OF_ORDER"], ["reason", "REQUIRED"]])),
            (json!({ "stageEventId": ids[1], "occurredAt": "2026-04-30T00:00:00Z" }), json!([["occurredAt", "OUT_OF_ORDER"]])),
            (json!({ "stageEventId": ids[1], "stage": "ENGAGED" }), json!([["stage", "SAME_STAGE"]])),
            (json!({ "stageEventId": ids[1], "stage": "QUALIFIED" }), json!([["stage", "SAME_STAGE"]])),
            (json!({ "stageEventId": ids[1], "stage": "UNAWARE" }), json!([["reason", "REQUIRED"]])),
            (json!({ "stageEventId": ids[1], "stage": "NOWHERE" }), json!([["stage", "NOT_FOUND"]])),
            (json!({ "stageEventId": ids[1], "retract": true, "reason": "x" }), json!([["retract", "INVALID"]])),
            (json!({ "stageEventId": nobody("evt") }), json!([["stageEventId", "NOT_FOUND"]])),
        ] {
            assert_eq!(problems(&correct(input.clone()).await["userErrors"]), expected, "{input}");
        }
        let input = json!({ "stageEventId": ids[1], "occurredAt": "2026-05-10T00:00:00Z", "idempotencyKey": "k" });
        let corrected = correct(input.clone()).await;
        let newest = id(&corrected["stageEvent"]);
        assert_eq!(corrected, json!({ "userErrors": [], "stageEvent": {
            "id": newest, "stage": { "key": "KNOWN" }, "fromStage": { "key": "ENGAGED" }, "occurredAt": "2026-05-10T00:00:00Z", "backdated": false,
            "retracted": false, "supersedes": { "id": ids[1], "supersededBy": { "id": newest } },
        }}));
        assert_eq!(correct(input).await, corrected);
        assert_eq!(problems(&correct(json!({ "stageEventId": ids[1], "retract": true })).await["userErrors"]), json!([["stageEventId", "ALREADY_CORRECTED"]]));
        let moved = correct(json!({ "stageEventId": newest, "occurredAt": "2026-05-11T00:00:00Z", "backdated": true, "reason": "lost the mandate" })).await;
        assert_eq!((&moved["stageEvent"]["backdated"], &moved["stageEvent"]["fromStage"]["key"]), (&json!(true), &json!("QUALIFIED")));
        assert_eq!(journey(&ops, &buyer).await, json!([["KNOWN", "QUALIFIED", 11], ["QUALIFIED", "KNOWN", 10], ["ENGAGED", null, 1]]));
        assert_eq!(total(&ops, "stageEvents", json!({ "includeCorrected": true })).await, 5);
    }

    async fn taking_an_event_back_leaves_no_stage_twice(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let buyer = person(&ops).await;
        enter(&ops, &buyer, "KNOWN", 1).await;
        let recycled = record_event(&ops, with(event(&buyer, "RECYCLED", 2), json!({ "reason": "no budget" }))).await;
        let recycled = id(&recycled["stageEvent"]);
        let again = enter(&ops, &buyer, "KNOWN", 3).await;
        let retract = async |event: &str| ops.gql(CORRECT_EVENT, json!({ "input": { "stageEventId": event, "retract": true } })).await["correctStageEvent"].clone();
        assert_eq!(problems(&retract(&recycled).await["userErrors"]), json!([["stage", "SAME_STAGE"]]));
        assert_eq!(retract(&again).await["userErrors"], json!([]));
        assert_eq!(retract(&recycled).await["stageEvent"]["retracted"], true);
        assert_eq!(journey(&ops, &buyer).await, json!([["KNOWN", null, 1]]));
        // What was taken back is no bar: the same may be recorded anew.
        enter(&ops, &buyer, "QUALIFIED", 1).await;
    }

    async fn two_events_on_one_person_never_interleave(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        for round in 0..5 {
            let buyer = person(&ops).await;
            enter(&ops, &buyer, "ENGAGED", 1).await;
            // Both alone would be right, and together only in one order.
            let (known, qualified) = tokio::join!(record_event(&ops, event(&buyer, "KNOWN", 2)), record_event(&ops, event(&buyer, "QUALIFIED", 3)));
            let told = (problems(&known["userErrors"]), problems(&qualified["userErrors"]));
            let journey = journey(&ops, &buyer).await;
            if told.0 == json!([]) {
                assert_eq!(told.1, json!([]));
                assert_eq!(journey, json!([["QUALIFIED", "KNOWN", 3], ["KNOWN", "ENGAGED", 2], ["ENGAGED", null, 1]]), "round {round}");
            } else {
                assert_eq!(told, (json!([["occurredAt", "OUT_OF_ORDER"]]), json!([])));
                assert_eq!(journey, json!([["QUALIFIED", "ENGAGED", 3], ["ENGAGED", null, 1]]), "round {round}");
            }
            // Of two equal ones exactly one wins.
            let (one, two) = tokio::join!(record_event(&ops, event(&buyer, "ACCEPTED", 4)), record_event(&ops, event(&buyer, "ACCEPTED", 4)));
            let mut told = [problems(&one["userErrors"]).to_string(), problems(&two["userErrors"]).to_string()];
            told.sort();
            assert_eq!(told, [json!([["stage", "SAME_STAGE"]]).to_string(), "[]".to_owned()]);
        }
    }
}
