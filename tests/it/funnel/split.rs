//! Answers about buyers split by segment, by owner, and by what touched them before a visit.

use serde_json::{Value, json};

use crate::support::story::Story;
use crate::support::{Caller, on_both_engines};

const JANUARY: &str = r#"period: { from: "2026-01-01", to: "2026-02-01", timeZone: "UTC" }"#;
const STAGES: &str = r#"stages: ["KNOWN", "QUALIFIED"]"#;
const DEFINE: &str = "mutation($input: DefineSegmentInput!) { defineSegment(input: $input) { segment { id } userErrors { field code } } }";
const SET: &str =
    "mutation($input: SetAccountAttributesInput!) { setAccountAttributes(input: $input) { account { id } userErrors { field code } } }";
const CREATE: &str =
    "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";
const REVISE: &str =
    "mutation($input: ReviseOpportunityInput!) { reviseOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";
const IDENTIFY: &str = "mutation($input: IdentifyPersonInput!) { identifyPerson(input: $input) {
    identification { person { id } } userErrors { field code } } }";

/// What a mutation made.
async fn made(by: &Caller<'_>, document: &str, input: Value) -> String {
    let mut data = by.gql(document, json!({ "input": input })).await;
    let payload = data.as_object_mut().unwrap().values_mut().next().unwrap().take();
    assert_eq!(payload["userErrors"], json!([]), "{input}");
    let object = payload.as_object().unwrap().values().find(|value| value.is_object()).unwrap();
    object["id"].as_str().unwrap_or_default().to_owned()
}

/// The answer to a question.
async fn asked(by: &Caller<'_>, field: &str, arguments: &str, selection: &str) -> Value {
    by.gql(&format!("{{ {field}({arguments}) {selection} }}"), json!({})).await[field].take()
}

async fn set(by: &Caller<'_>, account: &str, key: &str, value: &str) {
    made(by, SET, json!({ "accountId": account, "attributes": [{ "key": key, "value": value }] })).await;
}

/// Four buyers of three companies and one of none, who became known in January; two segments of the companies.
struct Scene {
    initech: String,
    hooli: String,
    umbrella: String,
    /// Ada and Ann buy for Initech, Bob for Hooli, Cy for Umbrella, Dee for nobody.
    people: Vec<String>,
    /// Initech and Hooli belong to it.
    software: String,
    /// Initech belongs to it; of Umbrella nobody knows, and Hooli does not.
    large: String,
}

impl Scene {
    async fn of(story: &Story<'_>) -> Self {
        let ops = story.at("2026-02-01T00:00:00Z");
        let (initech, hooli, umbrella) = (story.account("Initech").await, story.account("Hooli").await, story.account("Umbrella").await);
        for (account, key, value) in [
            (&initech, "INDUSTRY", "Software"),
            (&initech, "EMPLOYEES", "200"),
            (&hooli, "INDUSTRY", "Software"),
            (&hooli, "EMPLOYEES", "20"),
            (&umbrella, "INDUSTRY", "Steel"),
        ] {
            set(&ops, account, key, value).await;
        }
        let condition = |key: &str, op: &str, value: &str| json!([{ "key": key, "op": op, "values": [value] }]);
        let software = made(&ops, DEFINE, json!({ "name": "Software", "conditions": condition("INDUSTRY", "IN", "Software") })).await;
        let large = made(&ops, DEFINE, json!({ "name": "Large", "conditions": condition("EMPLOYEES", "AT_LEAST", "100") })).await;
        let mut people = Vec::new();
        for (name, account, stages) in [
            ("Ada", Some(&initech), [Some("2026-01-02"), Some("2026-01-06")]),
            ("Ann", Some(&initech), [Some("2026-01-03"), None]),
            ("Bob", Some(&hooli), [Some("2026-01-02"), Some("2026-01-12")]),
            ("Cy", Some(&umbrella), [Some("2026-01-04"), Some("2026-01-10")]),
            ("Dee", None, [Some("2026-01-05"), None]),
        ] {
            let person = story.person(json!({ "name": name, "accountId": account, "knownAt": "2025-12-01T00:00:00Z" })).await;
            for (stage, at) in ["KNOWN", "QUALIFIED"].into_iter().zip(stages) {
                if let Some(at) = at {
                    story.stage(&format!("{at}T00:00:00Z"), stage, &person).await;
                }
            }
            people.push(person);
        }
        Self { initech, hooli, umbrella, people, software, large }
    }

    fn by_segment(&self) -> String {
        format!(r#"breakdown: {{ by: SEGMENT, segments: ["{}", "{}"] }}"#, self.software, self.large)
    }
}

/// The value of each group, and something of it.
fn groups(answer: &Value, of: impl Fn(&Value) -> Value) -> Value {
    answer["groups"].as_array().unwrap().iter().map(|group| json!([group["of"]["value"], of(group)])).collect()
}

fn entered(counts: &Value) -> Value {
    counts["steps"].as_array().unwrap().iter().map(|step| step["entered"].clone()).collect()
}

fn line<'a>(times: &'a Value, stage: &str) -> &'a Value {
    times["stages"].as_array().unwrap().iter().find(|line| line["stage"]["key"] == stage).unwrap()
}

/// How many ended and run, and the median in days.
fn time(times: &Value, stage: &str) -> Value {
    let line = line(times, stage);
    json!([line["ended"], line["running"], line["median"]["value"]])
}

async fn rows_of_group(by: &Caller<'_>, field: &str, arguments: &str, narrowed: &str, value: &Value) -> Value {
    let rows = asked(by, field, arguments, &format!("{{ rows(group: {{ value: {value} }}{narrowed}) {{ totalCount }} }}")).await;
    rows["rows"]["totalCount"].clone()
}

on_both_engines! {
    async fn a_funnel_by_segments_counts_who_is_in_several_in_each(app: TestApp) {
        let story = Story::begin(&app).await;
        let scene = Scene::of(&story).await;
        let ops = story.at("2026-02-15T00:00:00Z");
        let selection = "{ missing steps { entered } breakdown { by at source segments }
            groups { of { value segment { name } } steps { stage { key } entered } } }";
        let arguments = format!("{JANUARY}, {STAGES}, {}", scene.by_segment());
        let funnel = asked(&ops, "funnel", &arguments, selection).await;
        assert_eq!((entered(&funnel), &funnel["missing"]), (json!([5, 3]), &json!(2)));
        assert_eq!(groups(&funnel, entered), json!([[scene.software, [3, 2]], [scene.large, [2, 1]], [null, [2, 1]]]));
        let names: Vec<&Value> = funnel["groups"].as_array().unwrap().iter().map(|group| &group["of"]["segment"]["name"]).collect();
        assert_eq!(names, [&json!("Software"), &json!("Large"), &Value::Null]);
        let source = "segments of the account they buy for, as of the instant of the answer";
        assert_eq!(funnel["breakdown"], json!({ "by": "SEGMENT", "at": null, "source": source, "segments": [scene.software, scene.large] }));
        // In the order in which they are named, and rows say in which they are.
        let turned = format!(r#"{JANUARY}, {STAGES}, breakdown: {{ by: SEGMENT, segments: ["{}", "{}"] }}"#, scene.large, scene.software);
        let funnel = asked(&ops, "funnel", &turned, "{ groups { of { value } steps { entered } } rows { nodes { subjectId segments { value } steps { value } } } }").await;
        assert_eq!(groups(&funnel, entered), json!([[scene.large, [2, 1]], [scene.software, [3, 2]], [null, [2, 1]]]));
        let ada = funnel["rows"]["nodes"].as_array().unwrap().iter().find(|row| row["subjectId"] == scene.people[0]).unwrap();
        assert_eq!((&ada["segments"], &ada["steps"][0]["value"]), (&json!([{ "value": scene.large }, { "value": scene.software }]), &Value::Null));
        // In every mode rows are as many as the groups say.
        for mode in ["COHORT", "PERIOD", "STOCK"] {
            let arguments = format!("{arguments}, mode: {mode}");
            let funnel = asked(&ops, "funnel", &arguments, selection).await;
            let whole = asked(&ops, "funnel", &format!("{JANUARY}, {STAGES}, mode: {mode}"), "{ steps { entered } }").await;
            assert_eq!(entered(&funnel), entered(&whole), "{mode}");
            for group in funnel["groups"].as_array().unwrap() {
                for step in group["steps"].as_array().unwrap() {
                    let narrowed = format!(", step: {}", step["stage"]["key"]);
                    let count = rows_of_group(&ops, "funnel", &arguments, &narrowed, &group["of"]["value"]).await;
                    assert_eq!(count, step["entered"], "{mode} {group}");
                }
            }
        }
        let stock = asked(&ops, "funnel", &format!("{arguments}, mode: STOCK"), selection).await;
        assert_eq!(groups(&stock, entered), json!([[scene.software, [1, 2]], [scene.large, [1, 1]], [null, [1, 1]]]));
    }

    async fn who_belongs_to_a_segment_is_asked_as_of_the_answer(app: TestApp) {
        let story = Story::begin(&app).await;
        let scene = Scene::of(&story).await;
        let ops = story.at("2026-03-01T00:00:00Z");
        set(&ops, &scene.umbrella, "INDUSTRY", "Software").await;
        set(&ops, &scene.umbrella, "EMPLOYEES", "1000").await;
        let arguments = |as_of: &str| format!("{JANUARY}, {STAGES}, {}, asOf: \"{as_of}\"", scene.by_segment());
        let selection = "{ missing groups { of { value } steps { entered } } }";
        let before = asked(&ops, "funnel", &arguments("2026-02-28T23:59:59Z"), selection).await;
        assert_eq!(groups(&before, entered), json!([[scene.software, [3, 2]], [scene.large, [2, 1]], [null, [2, 1]]]));
        let after = asked(&ops, "funnel", &arguments("2026-03-01T00:00:00Z"), selection).await;
        assert_eq!(groups(&after, entered), json!([[scene.software, [4, 3]], [scene.large, [3, 2]], [null, [1, 0]]]));
        // Each part of a trend is as a question about it would answer.
        let trend = format!(r#"period: {{ from: "2025-12-01", to: "2026-02-01", timeZone: "UTC" }}, {STAGES}, {}, grain: MONTH"#, scene.by_segment());
        let trend = asked(&ops, "funnelTrend", &trend, &format!("{{ points {selection} }}")).await;
        assert_eq!((groups(&trend["points"][0], entered), groups(&trend["points"][1], entered)), (json!([]), groups(&after, entered)));
        // Before there were segments nobody belonged to one.
        let early = asked(&ops, "funnel", &arguments("2026-01-31T00:00:00Z"), selection).await;
        assert_eq!(groups(&early, entered), json!([]), "and nothing was recorded");
    }

    async fn accounts_belong_themselves(app: TestApp) {
        let story = Story::begin(&app).await;
        let scene = Scene::of(&story).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let document = "mutation($input: RecordStageEventInput!) { recordStageEvent(input: $input) { stageEvent { id } userErrors { field code } } }";
        for (account, at) in [(&scene.initech, "2026-01-02T00:00:00Z"), (&scene.umbrella, "2026-01-03T00:00:00Z")] {
            made(&ops, document, json!({ "occurredAt": at, "stage": "KNOWN", "accountId": account })).await;
        }
        let arguments = format!("{JANUARY}, {STAGES}, {}, subject: ACCOUNT", scene.by_segment());
        let funnel = asked(&ops, "funnel", &arguments, "{ groups { of { value } steps { entered } } }").await;
        assert_eq!(groups(&funnel, entered), json!([[scene.software, [1, 0]], [scene.large, [1, 0]], [null, [1, 0]]]));
        let arguments = format!("{JANUARY}, {}, subject: ACCOUNT", scene.by_segment());
        let times = asked(&ops, "timeInStage", &arguments, "{ groups { of { value } stages { stage { key } ended running median { value } } } }").await;
        assert_eq!(groups(&times, |group| time(group, "KNOWN")), json!([[scene.software, [0, 1, null]], [scene.large, [0, 1, null]], [null, [0, 1, null]]]));
    }

    async fn an_owner_is_that_of_the_opportunity_that_began_last(app: TestApp) {
        let story = Story::begin(&app).await;
        let (rep, lead) = (story.member(entity::kinds::Role::SalesRep).await, story.member(entity::kinds::Role::SalesLead).await);
        let scene = Scene::of(&story).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let (rep, lead) = (rep.member.unwrap().to_string(), lead.member.unwrap().to_string());
        let mut opportunities = Vec::new();
        for (account, owner, at) in [
            (&scene.initech, Some(&rep), "2026-01-02T12:00:00Z"), (&scene.initech, Some(&lead), "2026-01-04T00:00:00Z"),
            // Of nobody: the one before counts.
            (&scene.initech, None, "2026-01-05T00:00:00Z"), (&scene.hooli, Some(&rep), "2025-12-20T00:00:00Z"),
        ] {
            opportunities.push(made(&ops, CREATE, json!({ "accountId": account, "name": "Paper", "openedAt": at, "ownerId": owner })).await);
        }
        let selection = "{ missing steps { entered } breakdown { source } groups { of { value owner { id } } steps { entered } } }";
        let sorted = |answer: &Value| { let mut all: Vec<Value> = groups(answer, entered).as_array().unwrap().clone(); all.sort_by_key(ToString::to_string); all };
        let expected = |groups: Value| { let mut all: Vec<Value> = groups.as_array().unwrap().clone(); all.sort_by_key(ToString::to_string); all };
        for (at, groups) in [
            // Ada became known before the first of them began.
            ("FIRST_STEP", json!([[rep, [2, 1]], [null, [3, 2]]])),
            ("LAST_STEP", json!([[rep, [2, 1]], [lead, [1, 1]], [null, [2, 1]]])),
        ] {
            let arguments = format!("{JANUARY}, {STAGES}, breakdown: {{ by: OWNER, at: {at} }}");
            let funnel = asked(&ops, "funnel", &arguments, selection).await;
            assert_eq!(sorted(&funnel), expected(groups), "{at}");
            for step in 0..2 {
                let of = |counts: &Value| counts["steps"][step]["entered"].as_u64().unwrap();
                assert_eq!(funnel["groups"].as_array().unwrap().iter().map(of).sum::<u64>(), of(&funnel), "{at} {step}");
            }
            for group in funnel["groups"].as_array().unwrap() {
                assert_eq!(group["of"]["owner"]["id"], group["of"]["value"]);
                assert_eq!(rows_of_group(&ops, "funnel", &arguments, "", &group["of"]["value"]).await, group["steps"][0]["entered"], "{at}");
            }
        }
        let times = asked(&ops, "timeInStage", &format!("{JANUARY}, breakdown: {{ by: OWNER }}"), "{ groups { of { value } stages { stage { key } ended running median { value } } } }").await;
        let mut found: Vec<Value> = groups(&times, |group| json!([time(group, "KNOWN"), time(group, "QUALIFIED")])).as_array().unwrap().clone();
        found.sort_by_key(ToString::to_string);
        assert_eq!(found, expected(json!([
            [rep, [[1, 1, "10.00"], [0, 1, null]]], [lead, [[0, 0, null], [0, 1, null]]], [null, [[2, 1, "5.00"], [0, 1, null]]],
        ])));
        // Who looks after it since changes no answer of before.
        let ops = story.at("2026-03-01T00:00:00Z");
        made(&ops, REVISE, json!({ "opportunityId": opportunities[3], "ownerId": lead })).await;
        let question = |as_of: &str| format!("{JANUARY}, {STAGES}, breakdown: {{ by: OWNER }}, asOf: \"{as_of}\"");
        let before = asked(&ops, "funnel", &question("2026-02-28T00:00:00Z"), selection).await;
        assert_eq!(sorted(&before), expected(json!([[rep, [2, 1]], [null, [3, 2]]])));
        let after = asked(&ops, "funnel", &question("2026-03-01T00:00:00Z"), selection).await;
        assert_eq!(sorted(&after), expected(json!([[rep, [1, 0]], [lead, [1, 1]], [null, [3, 2]]])));
    }

    async fn the_time_in_a_stage_is_split_by_what_touched_them_before(app: TestApp) {
        let story = Story::begin(&app).await;
        let scene = Scene::of(&story).await;
        let team = story.team("Demand", "MARKETING").await;
        let tactic = story.tactic(json!({ "name": "Webinar", "resource": "MARKETING", "channel": "EMAIL", "teamId": team })).await;
        let [ada, _, bob, ..] = scene.people.as_slice() else { unreachable!() };
        story.touch("2026-01-01T00:00:00Z", "MARKETING", json!({ "personId": ada, "tacticId": tactic })).await;
        story.touch("2026-01-05T00:00:00Z", "SALES", json!({ "personId": ada, "channel": "PHONE", "kind": "CALL" })).await;
        // At the very moment of the entry.
        story.touch("2026-01-02T00:00:00Z", "SALES", json!({ "personId": bob, "channel": "PHONE", "kind": "CALL" })).await;
        let ops = story.at("2026-02-15T00:00:00Z");
        let selection = "{ by stages { stage { key } ended running backdated median { value } ninetieth { value } mean { value } survivalMedian }
            groups { of { value } stages { stage { key } ended running backdated median { value } ninetieth { value } mean { value } survivalMedian } } }";
        let pair = |group: &Value| json!([time(group, "KNOWN"), time(group, "QUALIFIED")]);
        for (by, expected) in [
            ("CHANNEL", json!([["EMAIL", [[1, 0, "4.00"], [0, 0, null]]], ["PHONE", [[1, 0, "10.00"], [0, 2, null]]], [null, [[1, 2, "6.00"], [0, 1, null]]]])),
            ("RESOURCE", json!([["SALES", [[1, 0, "10.00"], [0, 2, null]]], ["MARKETING", [[1, 0, "4.00"], [0, 0, null]]], [null, [[1, 2, "6.00"], [0, 1, null]]]])),
            ("TACTIC", json!([[tactic, [[1, 0, "4.00"], [0, 1, null]]], [null, [[2, 2, "8.00"], [0, 2, null]]]])),
            ("TEAM", json!([[team, [[1, 0, "4.00"], [0, 1, null]]], [null, [[2, 2, "8.00"], [0, 2, null]]]])),
        ] {
            let arguments = format!("{JANUARY}, breakdown: {{ by: {by} }}");
            let times = asked(&ops, "timeInStage", &arguments, selection).await;
            let order = |groups: &Value| { let mut all = groups.as_array().unwrap().clone(); all.sort_by_key(ToString::to_string); all };
            assert_eq!(order(&groups(&times, pair)), order(&expected), "{by}");
            assert_eq!(times["by"], by);
            assert_eq!(pair(&times), json!([[3, 2, "6.00"], [0, 3, null]]), "{by}");
            let whole = asked(&ops, "timeInStage", JANUARY, selection).await;
            assert_eq!(times["stages"], whole["stages"], "{by}");
            for (place, line) in times["stages"].as_array().unwrap().iter().enumerate() {
                for count in ["ended", "running", "backdated"] {
                    let sum: u64 = times["groups"].as_array().unwrap().iter().map(|group| group["stages"][place][count].as_u64().unwrap()).sum();
                    assert_eq!(line[count].as_u64(), Some(sum), "{by} {count}");
                }
            }
            for group in times["groups"].as_array().unwrap() {
                for (state, count) in [("ENDED", "ended"), ("RUNNING", "running")] {
                    let rows = rows_of_group(&ops, "timeInStage", &arguments, &format!(", stage: \"KNOWN\", state: {state}"), &group["of"]["value"]).await;
                    assert_eq!(rows, line(group, "KNOWN")[count], "{by} {group}");
                }
            }
        }
        // The 90th percentile and the curve are those of the group: of Cy, Ann and Dee.
        let times = asked(&ops, "timeInStage", &format!("{JANUARY}, breakdown: {{ by: CHANNEL }}"), selection).await;
        let none = line(&times["groups"][2], "KNOWN");
        assert_eq!((&none["ninetieth"]["value"], &none["mean"]["value"], &none["survivalMedian"]), (&json!("6.00"), &json!("6.00"), &Value::Null));
        let rows = asked(&ops, "timeInStage", &format!("{JANUARY}, breakdown: {{ by: CHANNEL }}"), "{ rows(first: 2) { nodes { subjectId groups { value channel } } } }").await;
        let first = rows["rows"]["nodes"].as_array().unwrap().iter().find(|row| row["subjectId"] == *ada).unwrap();
        assert_eq!(first["groups"], json!([{ "value": "EMAIL", "channel": "EMAIL" }]));
    }

    async fn the_time_in_a_stage_by_segments(app: TestApp) {
        let story = Story::begin(&app).await;
        let scene = Scene::of(&story).await;
        let ops = story.at("2026-02-15T00:00:00Z");
        let arguments = format!("{JANUARY}, {}", scene.by_segment());
        let fields = "stages { stage { key } ended running median { value } } groups { of { value } stages { stage { key } ended running median { value } } }";
        let times = asked(&ops, "timeInStage", &arguments, &format!("{{ {fields} }}")).await;
        let expected = json!([[scene.software, [2, 1, "7.00"]], [scene.large, [1, 1, "4.00"]], [null, [1, 1, "6.00"]]]);
        assert_eq!(groups(&times, |group| time(group, "KNOWN")), expected);
        assert_eq!(time(&times, "KNOWN"), json!([3, 2, "6.00"]));
        for (group, count) in [(json!(scene.software), 3), (json!(scene.large), 2), (Value::Null, 2)] {
            assert_eq!(rows_of_group(&ops, "timeInStage", &arguments, ", stage: \"KNOWN\"", &group).await, json!(count), "{group}");
        }
        let trend = asked(&ops, "timeInStageTrend", &format!("{arguments}, grain: MONTH"), &format!("{{ points {{ {fields} }} }}")).await;
        assert_eq!(trend["points"], json!([times]));
        let rows = asked(&ops, "timeInStage", &arguments, "{ rows(stage: \"KNOWN\") { nodes { subjectId groups { value } } } }").await;
        let ada = rows["rows"]["nodes"].as_array().unwrap().iter().find(|row| row["subjectId"] == scene.people[0]).unwrap();
        assert_eq!(ada["groups"], json!([{ "value": scene.software }, { "value": scene.large }]));
    }

    async fn visitors_are_split_by_the_company_they_buy_for(app: TestApp) {
        let story = Story::begin(&app).await;
        let rep = story.member(entity::kinds::Role::SalesRep).await.member.unwrap().to_string();
        let scene = Scene::of(&story).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        made(&ops, CREATE, json!({ "accountId": scene.hooli, "name": "Paper", "openedAt": "2026-01-09T00:00:00Z", "ownerId": rep })).await;
        let mut visitors = Vec::new();
        for account in [Some(&scene.initech), Some(&scene.hooli), None] {
            let visitor = story.person(json!({ "accountId": account })).await;
            story.touch("2026-01-10T00:00:00Z", "MARKETING", json!({ "personId": visitor })).await;
            visitors.push(visitor);
        }
        made(&ops, IDENTIFY, json!({ "personId": visitors[0], "email": "vic@example.com", "how": "DETAILS_LEFT", "occurredAt": "2026-01-12T00:00:00Z" })).await;
        let selection = "{ by visitors identified knownPeople groups { of { value } visitors identified knownPeople } }";
        let counts = |group: &Value| json!([group["visitors"], group["identified"], group["knownPeople"]]);
        let arguments = format!("{JANUARY}, {}", scene.by_segment());
        let known = asked(&ops, "anonymousToKnown", &arguments, selection).await;
        assert_eq!((counts(&known), &known["by"]), (json!([3, 1, 1]), &json!("SEGMENT")));
        assert_eq!(groups(&known, counts), json!([[scene.software, [2, 1, 1]], [scene.large, [1, 1, 1]], [null, [1, 0, 0]]]));
        let trend = asked(&ops, "anonymousToKnownTrend", &format!("{arguments}, grain: MONTH"), &format!("{{ points {selection} }}")).await;
        assert_eq!(trend["points"], json!([known]));
        let by_owner = format!("{JANUARY}, breakdown: {{ by: OWNER }}");
        let known = asked(&ops, "anonymousToKnown", &by_owner, selection).await;
        assert_eq!(groups(&known, counts), json!([[rep, [1, 0, 0]], [null, [2, 1, 1]]]));
        for (arguments, group, count) in [
            (&arguments, json!(scene.software), 2), (&arguments, json!(scene.large), 1), (&arguments, Value::Null, 1), (&by_owner, json!(rep), 1), (&by_owner, Value::Null, 2),
        ] {
            assert_eq!(rows_of_group(&ops, "anonymousToKnown", arguments, "", &group).await, json!(count), "{group}");
        }
        let rows = asked(&ops, "anonymousToKnown", &arguments, "{ rows { nodes { person { id } groups { value } } } }").await;
        let first = rows["rows"]["nodes"].as_array().unwrap().iter().find(|row| row["person"]["id"] == visitors[0]).unwrap();
        assert_eq!(first["groups"], json!([{ "value": scene.software }, { "value": scene.large }]));
    }

    async fn segments_that_cannot_be_split_by_are_named(app: TestApp) {
        let story = Story::begin(&app).await;
        let scene = Scene::of(&story).await;
        let other = app.org("other").await.member(entity::kinds::Role::Revops).await;
        let foreign = made(&other, DEFINE, json!({ "name": "Theirs" })).await;
        let ops = story.at("2026-02-15T00:00:00Z");
        let own = &scene.software;
        for field in ["funnel", "timeInStage", "anonymousToKnown", "winRate", "noDecision", "pipelineVelocity", "blockerReport", "lateEvidence"] {
            for (breakdown, place, reason) in [
                ("by: SEGMENT".to_owned(), "segments", "REQUIRED"),
                ("by: SEGMENT, segments: []".to_owned(), "segments", "REQUIRED"),
                (format!("by: SEGMENT, segments: [{}]", vec![format!("\"{own}\""); 21].join(", ")), "segments", "TOO_MANY"),
                (format!(r#"by: OWNER, segments: ["{own}"]"#), "segments", "INVALID"),
                (format!(r#"by: SEGMENT, segments: ["{own}", "{foreign}"]"#), "segments.1", "NOT_FOUND"),
                (format!(r#"by: SEGMENT, segments: ["{own}", "{}"]"#, scene.initech), "segments.1", "INVALID"),
                (format!(r#"by: SEGMENT, segments: ["{own}", "{own}"]"#), "segments.1", "TAKEN"),
            ] {
                let answer = ops.answer(&format!("{{ {field}({JANUARY}, breakdown: {{ {breakdown} }}) {{ asOf }} }}"), json!({})).await;
                let extensions = &answer["errors"][0]["extensions"];
                let found = (&extensions["code"], &extensions["field"], &extensions["reason"]);
                assert_eq!(found, (&json!("BAD_USER_INPUT"), &json!(format!("breakdown.{place}")), &json!(reason)), "{field} {answer:#}");
            }
        }
        let at = format!(r#"{{ funnel({JANUARY}, breakdown: {{ by: SEGMENT, segments: ["{own}"], at: LAST_STEP }}) {{ asOf }} }}"#);
        assert_eq!(ops.answer(&at, json!({})).await["errors"][0]["extensions"]["field"], "breakdown.at");
    }
}
