//! Content and plays, what they cover, and how far that goes.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::{instant, problems};
use crate::support::{Caller, on_both_engines, rows};

const CREATE: &str = "mutation($input: CreateContentInput!) { createContent(input: $input) {
    content { id name kind resource url audience owner { id } stages blockers retiredAt externalId { value } version } userErrors { field code } } }";
const REVISE: &str = "mutation($input: ReviseContentInput!) { reviseContent(input: $input) {
    content { id name kind resource url audience owner { id } retiredAt version } userErrors { field code } } }";
const COVER: &str = "mutation($input: CoverContentInput!) { coverContent(input: $input) {
    content { id stages blockers } userErrors { field code } } }";
const RECORD_TOUCH: &str = "mutation($input: RecordTouchInput!) { recordTouch(input: $input) {
    touch { id content { id } } userErrors { field code } } }";
const CORRECT_TOUCH: &str = "mutation($input: CorrectTouchInput!) { correctTouch(input: $input) {
    touch { id content { id } } userErrors { field code } } }";
const COVERAGE: &str = "query($asOf: DateTime, $pipeline: ID, $stage: String, $blocker: BlockerKind) {
    enablementCoverage(period: { from: \"2026-05-01\", to: \"2026-06-01\" }, asOf: $asOf, pipelineId: $pipeline) {
        definition { key version } unit period { from to timeZone } asOf visibility { scope complete }
        covered { value numerator denominator nullReason }
        cells { stage { key } blocker contents touches resolved }
        rows(stage: $stage, blocker: $blocker) { totalCount visibility { scope } nodes { stage { key } blocker content { id } touches resolved } } } }";

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

fn at(field: &str, code: &str) -> (String, String) {
    (field.to_owned(), code.to_owned())
}

fn with(mut object: Value, more: Value) -> Value {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

async fn act(caller: &Caller<'_>, document: &str, input: Value) -> Value {
    let mut data = caller.gql(document, json!({ "input": input })).await;
    data.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

/// The object of a payload without errors.
async fn done(caller: &Caller<'_>, document: &str, input: Value) -> Value {
    let payload = act(caller, document, input).await;
    assert_eq!(payload["userErrors"], json!([]));
    payload.as_object().unwrap().values().find(|value| value.is_object()).unwrap().clone()
}

fn guide() -> Value {
    json!({ "name": "Guide", "kind": "ARTICLE", "resource": "MARKETING" })
}

async fn content(caller: &Caller<'_>, name: &str) -> String {
    id(&done(caller, CREATE, with(guide(), json!({ "name": name }))).await)
}

async fn cover(caller: &Caller<'_>, content: &str, stages: Value, blockers: Value) -> Value {
    done(caller, COVER, json!({ "contentId": content, "stages": stages, "blockers": blockers })).await
}

async fn buyer(caller: &Caller<'_>) -> String {
    let data = caller.gql("mutation { recordPerson(input: {}) { person { id } } }", json!({})).await;
    id(&data["recordPerson"]["person"])
}

fn viewed(person: &str, content: &str, day: u32) -> Value {
    json!({ "personId": person, "contentId": content, "occurredAt": format!("2026-05-{day:02}T00:00:00Z"), "kind": "CONTENT_VIEW",
        "channel": "CONTENT", "actorKind": "CAMPAIGN", "resource": "MARKETING" })
}

/// The names of what a filter finds.
async fn found(caller: &Caller<'_>, filter: Value) -> Vec<String> {
    let document = "query($filter: ContentFilter) { contents(filter: $filter) { totalCount nodes { name } } }";
    let data = caller.gql(document, json!({ "filter": filter })).await;
    let nodes = data["contents"]["nodes"].as_array().unwrap();
    assert_eq!(data["contents"]["totalCount"], nodes.len());
    nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

/// Cells with content in them, as stage, kind, how much content and how many touches.
fn filled(coverage: &Value) -> Vec<Value> {
    let cells = coverage["cells"].as_array().unwrap().iter().filter(|cell| cell["contents"] != 0);
    cells.map(|cell| json!([cell["stage"]["key"], cell["blocker"], cell["contents"], cell["touches"]])).collect()
}

async fn coverage(caller: &Caller<'_>, variables: Value) -> Value {
    caller.gql(COVERAGE, variables).await["enablementCoverage"].take()
}

on_both_engines! {
    async fn content_is_created_and_revised(app: TestApp) {
        let acme = app.org("acme").await;
        let (lead, reader) = (acme.member(Role::MarketingLead).await, acme.member(Role::SalesRep).await);
        let external = json!({ "source": "cms", "value": "7" });
        let new = with(guide(), json!({ "url": "https://example.com/guide", "audience": "Buying groups", "externalId": external }));
        let made = done(&lead, CREATE, new.clone()).await;
        let own = lead.member.unwrap().to_string();
        assert_eq!(made, json!({ "id": made["id"], "name": "Guide", "kind": "ARTICLE", "resource": "MARKETING", "url": "https://example.com/guide",
            "audience": "Buying groups", "owner": { "id": own }, "stages": [], "blockers": [], "retiredAt": null, "externalId": { "value": "7" }, "version": 1 }));
        // The same object sent again changes nothing; other content under its name is refused.
        assert_eq!(done(&lead, CREATE, new.clone()).await["id"], made["id"]);
        assert_eq!(problems(&act(&lead, CREATE, with(new, json!({ "name": "Other" }))).await), [at("externalId", "EXTERNAL_ID_CONFLICT")]);
        let change = json!({ "contentId": made["id"], "name": "Guide 2", "kind": "TEMPLATE", "url": null, "audience": null, "ownerId": null,
            "retiredAt": "2026-05-01T00:00:00Z", "expectedVersion": 1 });
        let revised = done(&lead, REVISE, change.clone()).await;
        assert_eq!(revised, json!({ "id": made["id"], "name": "Guide 2", "kind": "TEMPLATE", "resource": "MARKETING", "url": null, "audience": null,
            "owner": null, "retiredAt": "2026-05-01T00:00:00Z", "version": 2 }));
        assert_eq!(problems(&act(&lead, REVISE, change).await), [at("expectedVersion", "STALE_VERSION")]);
        let document = "query($id: ID!) { content(id: $id) { name } node(id: $id) { __typename } }";
        let seen = reader.gql(document, json!({ "id": made["id"] })).await;
        assert_eq!(seen, json!({ "content": { "name": "Guide 2" }, "node": { "__typename": "Content" } }));
        assert_eq!(rows(&app).await["content"], "1/2");
    }

    async fn repeated_calls_are_done_once(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let key = json!({ "idempotencyKey": "k" });
        let made = done(&ops, CREATE, with(guide(), key.clone())).await;
        assert_eq!(done(&ops, CREATE, with(guide(), key.clone())).await, made);
        let wanted = with(json!({ "contentId": made["id"], "stages": ["KNOWN"], "blockers": [] }), key.clone());
        done(&ops, COVER, wanted.clone()).await;
        cover(&ops, made["id"].as_str().unwrap(), json!([]), json!([])).await;
        done(&ops, COVER, wanted.clone()).await;
        assert_eq!(rows(&app).await["content_coverage"], "2/0");
        assert_eq!(problems(&act(&ops, COVER, with(wanted, json!({ "blockers": ["BUDGET"] }))).await), [at("idempotencyKey", "IDEMPOTENCY_MISMATCH")]);
        assert_eq!(rows(&app).await["content"], "1/1");
    }

    async fn bad_content_is_named_and_stores_nothing(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let guide_id = content(&ops, "Guide").await;
        let other = app.org("other").await;
        let theirs = content(&other.member(Role::Revops).await, "Theirs").await;
        let before = rows(&app).await;
        for (document, input, expected) in [
            (CREATE, with(guide(), json!({ "name": " ", "url": "ftp://example.com", "audience": "" })),
                vec![at("name", "REQUIRED"), at("url", "INVALID"), at("audience", "REQUIRED")]),
            (CREATE, with(guide(), json!({ "url": "https://example.com/a b" })), vec![at("url", "INVALID")]),
            (CREATE, with(guide(), json!({ "ownerId": "mem_00000000000000000000000001" })), vec![at("ownerId", "NOT_FOUND")]),
            (REVISE, json!({ "contentId": theirs, "name": "Ours" }), vec![at("contentId", "NOT_FOUND")]),
            (REVISE, json!({ "contentId": guide_id, "retiredAt": "1969-12-31T23:59:59Z" }), vec![at("retiredAt", "DATE_OUT_OF_RANGE")]),
            (COVER, json!({ "contentId": theirs, "stages": [], "blockers": [] }), vec![at("contentId", "NOT_FOUND")]),
            (COVER, json!({ "contentId": guide_id, "stages": ["KNOWN", "NOWHERE"], "blockers": [] }), vec![at("stages.1", "NOT_FOUND")]),
        ] {
            assert_eq!(problems(&act(&ops, document, input.clone()).await), expected, "{input:#}");
        }
        assert_eq!(rows(&app).await, before);
    }

    async fn who_works_for_a_resource_changes_its_content_only(app: TestApp) {
        let acme = app.org("acme").await;
        let (ops, lead, marketer) = (acme.member(Role::Revops).await, acme.member(Role::MarketingLead).await, acme.member(Role::Marketer).await);
        let play = id(&done(&ops, CREATE, json!({ "name": "Play", "kind": "PLAY", "resource": "SALES" })).await);
        let (shared, own) = (content(&ops, "Shared").await, content(&marketer, "Own").await);
        let counted = async || { let rows = rows(&app).await; (rows["content"].clone(), rows["content_coverage"].clone()) };
        let before = counted().await;
        assert_eq!(problems(&act(&lead, CREATE, json!({ "name": "Play", "kind": "PLAY", "resource": "SALES" })).await), [at("resource", "NOT_ALLOWED")]);
        assert_eq!(problems(&act(&lead, REVISE, json!({ "contentId": play, "name": "Ours" })).await), [at("contentId", "NOT_ALLOWED")]);
        assert_eq!(problems(&act(&lead, REVISE, json!({ "contentId": shared, "resource": "SALES" })).await), [at("resource", "NOT_ALLOWED")]);
        let nothing = |content: &str| json!({ "contentId": content, "stages": ["KNOWN"], "blockers": ["BUDGET"] });
        assert_eq!(problems(&act(&lead, COVER, nothing(&play)).await), [at("contentId", "NOT_ALLOWED")]);
        assert_eq!(problems(&act(&marketer, REVISE, json!({ "contentId": shared, "name": "Mine" })).await), [at("contentId", "NOT_ALLOWED")]);
        assert_eq!(problems(&act(&marketer, COVER, nothing(&shared)).await), [at("contentId", "NOT_ALLOWED")]);
        for role in [Role::Executive, Role::SalesRep, Role::SalesAssistant] {
            let reader = acme.member(role).await;
            for (document, input) in [(CREATE, guide()), (REVISE, json!({ "contentId": shared })), (COVER, nothing(&shared))] {
                assert_eq!(reader.refused(document, json!({ "input": input })).await, "FORBIDDEN");
            }
        }
        assert_eq!(counted().await, before);
        assert_eq!(cover(&lead, &shared, json!(["KNOWN"]), json!([])).await["stages"], json!(["KNOWN"]));
        assert_eq!(cover(&marketer, &own, json!(["KNOWN"]), json!(["BUDGET"])).await["blockers"], json!(["BUDGET"]));
        assert_eq!(acme.member(Role::Partner).await.refused("{ contents { totalCount } }", json!({})).await, "FORBIDDEN");
    }

    async fn content_is_found_by_what_it_is_and_covers(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let (first, second) = (content(&ops, "First").await, content(&ops, "Second").await);
        let play = id(&done(&ops, CREATE, json!({ "name": "Play", "kind": "PLAY", "resource": "SALES" })).await);
        cover(&ops, &first, json!(["KNOWN", "QUALIFIED"]), json!(["BUDGET"])).await;
        cover(&ops, &second, json!(["KNOWN"]), json!(["BUDGET", "CONSENSUS"])).await;
        assert_eq!(found(&ops, json!({})).await, ["Play", "Second", "First"]);
        assert_eq!(found(&ops, json!({ "kind": "PLAY" })).await, ["Play"]);
        assert_eq!(found(&ops, json!({ "resource": "MARKETING" })).await, ["Second", "First"]);
        assert_eq!(found(&ops, json!({ "stage": "KNOWN" })).await, ["Second", "First"]);
        assert_eq!(found(&ops, json!({ "stage": "KNOWN", "blocker": "CONSENSUS" })).await, ["Second"]);
        assert_eq!(found(&ops, json!({ "blocker": "TECHNICAL" })).await, Vec::<String>::new());
        // The key of a stage is no kind of blocker.
        assert_eq!(found(&ops, json!({ "stage": "BUDGET" })).await, Vec::<String>::new());
        app.wait(1);
        assert_eq!(cover(&ops, &first, json!(["QUALIFIED"]), json!([])).await, json!({ "id": first, "stages": ["QUALIFIED"], "blockers": [] }));
        assert_eq!(found(&ops, json!({ "stage": "KNOWN" })).await, ["Second"]);
        assert_eq!(found(&ops, json!({ "blocker": "BUDGET" })).await, ["Second"]);
        // Within one moment too what was said last counts.
        cover(&ops, &first, json!(["KNOWN"]), json!([])).await;
        cover(&ops, &first, json!([]), json!([])).await;
        cover(&ops, &first, json!(["KNOWN"]), json!([])).await;
        assert_eq!(found(&ops, json!({ "stage": "KNOWN" })).await, ["Second", "First"]);
        done(&ops, REVISE, json!({ "contentId": play, "retiredAt": "2026-05-01T00:00:00Z" })).await;
        assert_eq!(found(&ops, json!({})).await, ["Second", "First"]);
        assert_eq!(found(&ops, json!({ "includeRetired": true })).await, ["Play", "Second", "First"]);
    }

    async fn touches_name_the_content_they_used(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let (guide, video) = (content(&ops, "Guide").await, content(&ops, "Video").await);
        let theirs = content(&app.org("other").await.member(Role::Revops).await, "Theirs").await;
        let ann = buyer(&ops).await;
        let touch = done(&ops, RECORD_TOUCH, viewed(&ann, &guide, 1)).await;
        assert_eq!(touch["content"]["id"], json!(guide));
        let before = rows(&app).await["touch"].clone();
        assert_eq!(problems(&act(&ops, RECORD_TOUCH, viewed(&ann, &theirs, 1)).await), [at("contentId", "NOT_FOUND")]);
        assert_eq!(problems(&act(&ops, CORRECT_TOUCH, json!({ "touchId": touch["id"], "contentId": theirs })).await), [at("contentId", "NOT_FOUND")]);
        assert_eq!(problems(&act(&ops, CORRECT_TOUCH, json!({ "touchId": touch["id"], "contentId": null, "retract": true })).await), [at("retract", "INVALID")]);
        assert_eq!(rows(&app).await["touch"], before);
        let used = async |content: &str| {
            let document = "query($id: ID!) { content(id: $id) { touches { totalCount nodes { id } } } touches(filter: { contentId: $id }) { totalCount } }";
            let data = ops.gql(document, json!({ "id": content })).await;
            assert_eq!(data["content"]["touches"]["totalCount"], data["touches"]["totalCount"]);
            data["touches"]["totalCount"].as_i64().unwrap()
        };
        assert_eq!((used(&guide).await, used(&video).await), (1, 0));
        let moved = done(&ops, CORRECT_TOUCH, json!({ "touchId": touch["id"], "contentId": video })).await;
        assert_eq!((used(&guide).await, used(&video).await), (0, 1));
        // What is not corrected stays, and null takes it away.
        let same = done(&ops, CORRECT_TOUCH, json!({ "touchId": moved["id"], "occurredAt": "2026-05-02T00:00:00Z" })).await;
        assert_eq!(same["content"]["id"], json!(video));
        let none = done(&ops, CORRECT_TOUCH, json!({ "touchId": same["id"], "contentId": null })).await;
        assert_eq!((&none["content"], used(&video).await), (&Value::Null, 0));
    }

    async fn coverage_is_a_grid_of_stages_and_blockers(app: TestApp) {
        app.clock.set(instant("2026-05-10T00:00:00Z"));
        let acme = app.org("acme").await;
        let maker = acme.member(Role::Revops).await.member.unwrap();
        let ops = acme.signed_in(maker);
        let (guide, video, idle) = (content(&ops, "Guide").await, content(&ops, "Video").await, content(&ops, "Idle").await);
        cover(&ops, &guide, json!(["KNOWN", "QUALIFIED", "RECYCLED"]), json!(["BUDGET"])).await;
        cover(&ops, &video, json!(["KNOWN"]), json!(["BUDGET", "OTHER"])).await;
        // One of the two covers nothing.
        cover(&ops, &idle, json!(["KNOWN"]), json!([])).await;
        let ann = buyer(&ops).await;
        for (content, day) in [(&guide, 1), (&guide, 2), (&video, 3), (&idle, 4)] {
            done(&ops, RECORD_TOUCH, viewed(&ann, content, day)).await;
        }
        // Outside of the period, and taken back.
        done(&ops, RECORD_TOUCH, with(viewed(&ann, &guide, 1), json!({ "occurredAt": "2026-04-30T23:59:59Z" }))).await;
        let wrong = done(&ops, RECORD_TOUCH, viewed(&ann, &video, 5)).await;
        done(&ops, CORRECT_TOUCH, json!({ "touchId": wrong["id"], "retract": true })).await;
        let now = coverage(&ops, json!({})).await;
        assert_eq!(now["definition"], json!({ "key": "enablement_coverage", "version": 1 }));
        assert_eq!((&now["unit"], &now["asOf"]), (&json!("RATIO"), &json!("2026-05-10T00:00:00Z")));
        assert_eq!(now["period"], json!({ "from": "2026-05-01", "to": "2026-06-01", "timeZone": "UTC" }));
        assert_eq!(now["visibility"], json!({ "scope": "ORGANIZATION", "complete": true }));
        // 12 stages on the way, 9 kinds of blockers.
        assert_eq!(now["cells"].as_array().unwrap().len(), 108);
        assert_eq!(filled(&now), [json!(["KNOWN", "BUDGET", 2, 3]), json!(["KNOWN", "OTHER", 1, 1]), json!(["QUALIFIED", "BUDGET", 1, 2])]);
        assert_eq!(now["covered"], json!({ "value": "0.0278", "numerator": "3", "denominator": "108", "nullReason": null }));
        let line = |node: &Value| json!([node["stage"]["key"], node["blocker"], node["content"]["id"], node["touches"]]);
        let nodes: Vec<Value> = now["rows"]["nodes"].as_array().unwrap().iter().map(line).collect();
        assert_eq!(nodes, [
            json!(["KNOWN", "BUDGET", guide, 2]), json!(["KNOWN", "BUDGET", video, 1]), json!(["KNOWN", "OTHER", video, 1]),
            json!(["QUALIFIED", "BUDGET", guide, 2]),
        ]);
        for (variables, count) in [
            (json!({ "stage": "KNOWN" }), 3), (json!({ "blocker": "BUDGET" }), 3), (json!({ "stage": "KNOWN", "blocker": "BUDGET" }), 2),
            (json!({ "stage": "ENGAGED" }), 0),
        ] {
            assert_eq!(coverage(&ops, variables.clone()).await["rows"]["totalCount"], count, "{variables}");
        }
        for stage in ["RECYCLED", "NOWHERE"] {
            let refused = ops.answer(COVERAGE, json!({ "stage": stage })).await;
            assert_eq!(refused["errors"][0]["extensions"]["reason"], "NOT_FOUND", "{stage}");
        }
    }

    async fn coverage_tells_how_often_content_helped(app: TestApp) {
        app.clock.set(instant("2026-05-10T00:00:00Z"));
        let acme = app.org("acme").await;
        let maker = acme.member(Role::Revops).await.member.unwrap();
        let ops = acme.signed_in(maker);
        let (guide, video) = (content(&ops, "Guide").await, content(&ops, "Video").await);
        cover(&ops, &guide, json!(["KNOWN", "QUALIFIED"]), json!(["BUDGET", "OTHER"])).await;
        cover(&ops, &video, json!(["KNOWN"]), json!(["BUDGET"])).await;
        let account = id(&done(&ops, "mutation($input: RecordAccountInput!) { recordAccount(input: $input) { account { id } userErrors { code } } }", json!({ "name": "Buyer" })).await);
        let open = "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } userErrors { code } } }";
        let deal = id(&done(&ops, open, json!({ "accountId": account, "name": "Deal", "sourceResource": "SALES", "openedAt": "2026-04-01T00:00:00Z" })).await);
        let raise = "mutation($input: RaiseBlockerInput!) { raiseBlocker(input: $input) { blocker { id } userErrors { field code } } }";
        let resolve = "mutation($input: ResolveBlockerInput!) { resolveBlocker(input: $input) { blocker { id resolution { content { id name } } } userErrors { field code } } }";
        let raised = async |kind: &str| id(&done(&ops, raise, json!({ "opportunityId": deal, "kind": kind, "side": "BUYER", "raisedAt": "2026-04-02T00:00:00Z" })).await);
        let resolved = |blocker: String, at: &str, content: Value| json!({ "blockerId": blocker, "resolvedAt": at, "resolution": "read it", "contentId": content });
        // Content of nobody is refused, and the blocker stays open.
        let blocker = raised("BUDGET").await;
        let unknown = act(&ops, resolve, resolved(blocker.clone(), "2026-05-02T00:00:00Z", json!("cnt_00000000000000000000000001"))).await;
        assert_eq!(problems(&unknown), [at("contentId", "NOT_FOUND")]);
        let helped = done(&ops, resolve, resolved(blocker, "2026-05-02T00:00:00Z", json!(guide))).await;
        assert_eq!(helped["resolution"]["content"], json!({ "id": guide, "name": "Guide" }));
        for (kind, moment, content) in [
            ("BUDGET", "2026-05-01T00:00:00Z", json!(guide)), ("BUDGET", "2026-05-09T00:00:00Z", json!(video)), ("OTHER", "2026-05-03T00:00:00Z", json!(guide)),
            // Outside of the period, of a kind it does not cover, and with nothing.
            ("OTHER", "2026-04-30T23:59:59Z", json!(guide)), ("TECHNICAL", "2026-05-03T00:00:00Z", json!(guide)), ("BUDGET", "2026-05-03T00:00:00Z", Value::Null),
        ] {
            let blocker = raised(kind).await;
            done(&ops, resolve, resolved(blocker, moment, content)).await;
        }
        let counted = |coverage: &Value| -> Vec<Value> {
            let cells = coverage["cells"].as_array().unwrap().iter().filter(|cell| cell["resolved"] != 0);
            cells.map(|cell| json!([cell["stage"]["key"], cell["blocker"], cell["resolved"]])).collect()
        };
        let now = coverage(&ops, json!({})).await;
        let expected = [json!(["KNOWN", "BUDGET", 3]), json!(["KNOWN", "OTHER", 1]), json!(["QUALIFIED", "BUDGET", 2]), json!(["QUALIFIED", "OTHER", 1])];
        assert_eq!(counted(&now), expected);
        // The content of a cell adds up to the cell.
        let rows = coverage(&ops, json!({ "stage": "KNOWN", "blocker": "BUDGET" })).await["rows"]["nodes"].take();
        let of: Vec<Value> = rows.as_array().unwrap().iter().map(|row| json!([row["content"]["id"], row["resolved"]])).collect();
        assert_eq!(of, [json!([guide, 2]), json!([video, 1])]);
        // Each part of a trend counts what was resolved in it, and they add up.
        let trend = "{ enablementCoverageTrend(period: { from: \"2026-04-30\", to: \"2026-06-01\" }, grain: MONTH) {
            grain points { period { from to } covered { numerator } cells { stage { key } blocker resolved } } } }";
        let answer = ops.gql(trend, json!({})).await["enablementCoverageTrend"].take();
        let points: Vec<Vec<Value>> = answer["points"].as_array().unwrap().iter().map(counted).collect();
        assert_eq!(points, [vec![json!(["KNOWN", "OTHER", 1]), json!(["QUALIFIED", "OTHER", 1])], expected.to_vec()]);
        assert!(answer["points"].as_array().unwrap().iter().all(|point| point["covered"]["numerator"] == "4"));
        app.clock.set(instant("2026-05-11T00:00:00Z"));
        let ops = acme.signed_in(maker);
        assert_eq!(counted(&coverage(&ops, json!({ "asOf": "2026-05-09T23:59:59Z" })).await), Vec::<Value>::new());
        assert_eq!(counted(&coverage(&ops, json!({ "asOf": "2026-05-10T00:00:00Z" })).await), expected);
    }

    async fn coverage_is_as_it_was_known(app: TestApp) {
        app.clock.set(instant("2026-05-10T00:00:00Z"));
        let acme = app.org("acme").await;
        let maker = acme.member(Role::Revops).await.member.unwrap();
        let ops = acme.signed_in(maker);
        let guide = content(&ops, "Guide").await;
        app.clock.set(instant("2026-05-11T00:00:00Z"));
        let ops = acme.signed_in(maker);
        cover(&ops, &guide, json!(["KNOWN"]), json!(["BUDGET"])).await;
        done(&ops, RECORD_TOUCH, viewed(&buyer(&ops).await, &guide, 9)).await;
        app.clock.set(instant("2026-05-12T00:00:00Z"));
        let ops = acme.signed_in(maker);
        cover(&ops, &guide, json!(["QUALIFIED"]), json!(["BUDGET"])).await;
        app.clock.set(instant("2026-05-13T00:00:00Z"));
        let ops = acme.signed_in(maker);
        done(&ops, REVISE, json!({ "contentId": guide, "retiredAt": "2026-05-12T12:00:00Z" })).await;
        for (as_of, expected) in [
            ("2026-05-10T23:59:59.999999Z", vec![]),
            ("2026-05-11T00:00:00Z", vec![json!(["KNOWN", "BUDGET", 1, 1])]),
            ("2026-05-11T23:59:59.999999Z", vec![json!(["KNOWN", "BUDGET", 1, 1])]),
            ("2026-05-12T00:00:00Z", vec![json!(["QUALIFIED", "BUDGET", 1, 1])]),
            ("2026-05-12T11:59:59.999999Z", vec![json!(["QUALIFIED", "BUDGET", 1, 1])]),
            ("2026-05-12T12:00:00Z", vec![]),
        ] {
            let told = coverage(&ops, json!({ "asOf": as_of })).await;
            assert_eq!(filled(&told), expected, "{as_of}");
            assert_eq!((&told["covered"]["numerator"], &told["rows"]["totalCount"]), (&json!(expected.len().to_string()), &json!(expected.len())), "{as_of}");
        }
        let late = ops.answer(COVERAGE, json!({ "asOf": "2026-05-13T00:00:01Z" })).await;
        assert_eq!(late["errors"][0]["extensions"]["reason"], "DATE_OUT_OF_RANGE");
    }

    async fn the_statements_of_content_do_not_grow_with_it(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let ann = buyer(&ops).await;
        for number in 0..20 {
            let made = content(&ops, &format!("Guide {number}")).await;
            cover(&ops, &made, json!(["KNOWN"]), json!(["BUDGET"])).await;
            done(&ops, RECORD_TOUCH, viewed(&ann, &made, 1)).await;
        }
        let mut costs = Vec::new();
        for first in [1, 20] {
            let before = app.statements();
            let document = "query($first: Int) { contents(first: $first) { nodes { stages blockers owner { id } touches(first: 1) { nodes { content { name } } } } } }";
            let data = ops.gql(document, json!({ "first": first })).await;
            assert_eq!(data.to_string().matches("BUDGET").count(), first);
            costs.push(app.app.db().statement_count() - before);
        }
        assert_eq!(costs[0], costs[1]);
    }
}
