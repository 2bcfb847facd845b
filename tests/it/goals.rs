//! Goals through the API: the worked example, what they are told from, and what is refused.

use entity::kinds::Role;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tandem::metrics::definition::ALL;
use tandem::metrics::goal::Measure;

use crate::catalogue::{days, metric, ways};
use crate::support::story::{Story, problems, quarter, usd};
use crate::support::{Caller, Demo, on_both_engines, rows};

const CREATE: &str = "mutation($input: CreateGoalInput!) { createGoal(input: $input) {
    goal { id name shared owners teams { id } period { from to timeZone } curve monthlyBasisPoints target { version amount } parent { id } }
    userErrors { field code message } } }";
const REVISE: &str = "mutation($input: ReviseGoalTargetInput!) { reviseGoalTarget(input: $input) {
    goal { target { version amount reason } targets { version amount } } userErrors { field code } } }";
const CHECK_IN: &str = "mutation($input: CheckInGoalInput!) { checkInGoal(input: $input) {
    goal { checkIns { totalCount nodes { confidence comment recordedBy { id } goal { id } } } } userErrors { field code } } }";
const END: &str = "mutation($input: EndGoalInput!) { endGoal(input: $input) { goal { end { reason } } userErrors { field code } } }";
const PROGRESS: &str = "query($id: ID!, $asOf: DateTime) { goal(id: $id) { progress(asOf: $asOf) {
    asOf met expected target { version amount } elapsed { share days totalDays } attainment { value nullReason } pace { value nullReason }
    projected { value } neededPerDay { value } actual { value nullReason contributions { resource value } } } } }";
const PAGE: &str = "query($filter: GoalFilter, $first: Int) { goals(filter: $filter, first: $first) { totalCount nodes { id name
    metric { key } progress { attainment { value } actual { value nullReason contributions { resource value } } } } } }";

const EVERYBODY: [&str; 3] = ["MARKETING", "SALES", "PRODUCT"];

/// A goal of 120 closes in the second quarter, but for what is said otherwise.
pub(crate) fn closes(more: Value) -> Value {
    let mut goal = json!({ "name": "Closes", "metric": { "key": "credited_closes" }, "owners": EVERYBODY, "direction": "HIGHER_IS_BETTER", "target": "120",
        "period": { "from": "2026-04-01", "to": "2026-07-01", "timeZone": "UTC" } });
    for (field, value) in more.as_object().unwrap() {
        match value {
            Value::Null => goal.as_object_mut().unwrap().remove(field),
            value => goal.as_object_mut().unwrap().insert(field.clone(), value.clone()),
        };
    }
    goal
}

pub(crate) async fn set(caller: &Caller<'_>, goal: Value) -> Value {
    let mut payload = caller.gql(CREATE, json!({ "input": goal })).await["createGoal"].take();
    assert_eq!(payload["userErrors"], json!([]), "{goal:#}");
    payload["goal"].take()
}

async fn refused(caller: &Caller<'_>, goal: Value) -> Vec<(String, String)> {
    problems(&caller.gql(CREATE, json!({ "input": goal })).await["createGoal"])
}

async fn progress(caller: &Caller<'_>, goal: &Value, as_of: Option<&str>) -> Value {
    caller.gql(PROGRESS, json!({ "id": goal["id"], "asOf": as_of })).await["goal"]["progress"].take()
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// Closes on the first days of April and May, a third of them earned by each resource.
pub(crate) async fn win(story: &Story<'_>, number: usize) {
    for close in 0..number {
        let input = json!({ "newAccount": { "name": format!("N{close}") }, "occurredAt": format!("2026-0{}-{:02}T09:00:00Z", 4 + close % 2, 1 + close / 4),
            "amount": usd("10.00"), "path": "ASSISTED", "sourceResource": EVERYBODY[close % 3] });
        story.close(input).await;
    }
}

on_both_engines! {
    async fn g12_a_quarter_of_120_closes_at_the_end_of_15_may(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-03-31T12:00:00Z");
        let linear = set(&ops, closes(json!({ "period": null, "fiscalPeriod": { "year": 2026, "quarter": 2 } }))).await;
        assert_eq!(linear["period"], json!({ "from": "2026-04-01", "to": "2026-07-01", "timeZone": "UTC" }));
        let business = set(&ops, closes(json!({ "curve": { "kind": "BUSINESS_DAYS" } }))).await;
        let seasonal = set(&ops, closes(json!({ "curve": { "kind": "SEASONAL", "monthlyBasisPoints": [2000, 3000, 5000] } }))).await;
        let ops = story.at("2026-04-01T00:00:00Z");
        let begun = progress(&ops, &linear, None).await;
        assert_eq!((&begun["attainment"]["value"], &begun["pace"]), (&json!("0.0000"), &json!({ "value": null, "nullReason": "IMMATURE" })));
        story.at("2026-05-15T20:00:00Z");
        win(&story, 54).await;
        let ops = story.at("2026-05-16T00:00:00Z");
        for (goal, days, expected, pace, projected, needed) in [
            (&linear, (45, 91), "59.3407", "0.9100", "109.2000", "1.4348"),
            (&business, (33, 65), "60.9231", "0.8864", "106.3636", "2.0625"),
            (&seasonal, (45, 91), "41.4194", "1.3037", "156.4486", "1.4348"),
        ] {
            let told = progress(&ops, goal, None).await;
            assert_eq!((told["elapsed"]["days"].as_i64(), told["elapsed"]["totalDays"].as_i64()), (Some(days.0), Some(days.1)), "{told:#}");
            assert_eq!((&told["attainment"]["value"], &told["met"]), (&json!("0.4500"), &json!(false)));
            let told = [&told["expected"], &told["pace"]["value"], &told["projected"]["value"], &told["neededPerDay"]["value"]];
            assert_eq!(told, [expected, pace, projected, needed]);
        }
        let told = progress(&ops, &linear, None).await;
        assert_eq!(told["actual"]["value"], "54.0000");
        let parts = EVERYBODY.map(|resource| json!({ "resource": resource, "value": "18.0000" }));
        let mut shown = told["actual"]["contributions"].as_array().unwrap().clone();
        shown.sort_by_key(|part| EVERYBODY.iter().position(|resource| part["resource"] == *resource));
        assert_eq!(shown, parts);
        // After the end the projection is what came about, and no day is left.
        let after = progress(&story.at("2026-07-01T00:00:00Z"), &linear, None).await;
        assert_eq!((&after["projected"]["value"], &after["neededPerDay"]["value"]), (&json!("54.0000"), &Value::Null));
    }

    async fn g12_less_is_better_and_a_ratio_is_expected_on_any_day(app: TestApp) {
        let story = Story::begin(&app).await;
        let goal = closes(json!({ "metric": { "key": "cost_per_close" }, "direction": "LOWER_IS_BETTER", "target": "2500.00",
            "period": { "from": "2026-01-01", "to": "2026-04-01", "timeZone": "UTC" } }));
        let goal = set(&story.at("2025-12-31T12:00:00Z"), goal).await;
        quarter(&story).await;
        let told = progress(&story.today(), &goal, None).await;
        assert_eq!((&told["actual"]["value"], &told["attainment"]["value"], &told["met"]), (&json!("2850.00"), &json!("0.8772"), &json!(false)));
        assert_eq!((&told["pace"]["value"], &told["expected"], &told["neededPerDay"]), (&json!("0.8772"), &json!("2500.00"), &Value::Null));
        let parts: Decimal = told["actual"]["contributions"].as_array().unwrap().iter().map(|part| decimal(&part["value"])).sum();
        assert_eq!(parts, decimal(&told["actual"]["value"]));
    }

    async fn how_it_stood_is_told_by_the_target_of_then(app: TestApp) {
        let story = Story::begin(&app).await;
        let goal = set(&story.at("2026-04-02T00:00:00Z"), closes(json!({}))).await;
        let ops = story.at("2026-05-01T00:00:00Z");
        let revise = json!({ "goalId": goal["id"], "target": "90", "reason": "two of us left", "expectedVersion": 1 });
        let revised = ops.gql(REVISE, json!({ "input": revise })).await["reviseGoalTarget"].take();
        assert_eq!(revised["goal"], json!({ "target": { "version": 2, "amount": "90", "reason": "two of us left" },
            "targets": [{ "version": 1, "amount": "120" }, { "version": 2, "amount": "90" }] }));
        let before = rows(&app).await;
        for (field, value, expected) in [
            ("expectedVersion", json!(1), ("expectedVersion", "STALE_VERSION")),
            ("target", json!("90.0"), ("target", "INVALID")),
            ("target", json!("0"), ("target", "INVALID")),
            ("target", json!("-1"), ("target", "INVALID")),
            ("reason", json!(" "), ("reason", "REQUIRED")),
            ("goalId", json!("gol_00000000000000000000000001"), ("goalId", "NOT_FOUND")),
        ] {
            let mut revise = json!({ "goalId": goal["id"], "target": "80", "reason": "fewer" });
            revise[field] = value;
            let payload = ops.gql(REVISE, json!({ "input": revise })).await["reviseGoalTarget"].take();
            assert_eq!(problems(&payload), [(expected.0.to_owned(), expected.1.to_owned())]);
        }
        assert_eq!(rows(&app).await, before);
        let then = progress(&ops, &goal, Some("2026-04-30T00:00:00Z")).await;
        assert_eq!(then["target"], json!({ "version": 1, "amount": "120" }));
        assert_eq!(progress(&ops, &goal, None).await["target"], json!({ "version": 2, "amount": "90" }));
        assert_eq!(progress(&ops, &goal, Some("2026-04-01T00:00:00Z")).await, Value::Null, "before it was set");
    }

    async fn two_who_revise_at_once_make_two_versions_or_one(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let goal = set(&ops, closes(json!({}))).await;
        let revise = async |target: &str| {
            let input = json!({ "goalId": goal["id"], "target": target, "reason": "another plan", "expectedVersion": 1 });
            let answer = ops.answer(REVISE, json!({ "input": input })).await;
            answer["errors"].is_null() && problems(&answer["data"]["reviseGoalTarget"]).is_empty()
        };
        let done = futures_util::future::join_all(["100", "101", "102", "103"].map(revise)).await;
        assert_eq!(done.iter().filter(|done| **done).count(), 1, "all saw version 1");
        let targets = ops.gql("query($id: ID!) { goal(id: $id) { targets { version } } }", json!({ "id": goal["id"] })).await;
        assert_eq!(targets["goal"]["targets"], json!([{ "version": 1 }, { "version": 2 }]));
    }

    async fn what_no_goal_can_be_is_refused_and_not_stored(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let year = set(&ops, closes(json!({ "period": null, "fiscalPeriod": { "year": 2026 } }))).await;
        assert_eq!(year["period"]["to"], "2027-01-01");
        let before = rows(&app).await;
        let strange = |prefix: &str| format!("{prefix}_00000000000000000000000001");
        let seasons = |weights: &[i32]| json!({ "curve": { "kind": "SEASONAL", "monthlyBasisPoints": weights } });
        for (goal, field, code) in [
            (json!({ "metric": { "key": "happiness" } }), "metric.key", "NOT_FOUND"),
            (json!({ "metric": { "key": "credited_closes", "args": { "stage": "WON" } } }), "metric.args.stage", "INVALID"),
            (json!({ "metric": { "key": "credited_closes", "args": { "tacticId": strange("tac") } } }), "metric.args.tacticId", "NOT_FOUND"),
            (json!({ "target": "0" }), "target", "INVALID"),
            (json!({ "target": "-5" }), "target", "INVALID"),
            (json!({ "target": "1.1234567" }), "target", "INVALID"),
            (json!({ "target": "1000000000000001" }), "target", "INVALID"),
            (json!({ "metric": { "key": "cost" }, "target": "1.001" }), "target", "INVALID"),
            (seasons(&[2000, 3000, 4999]), "curve.monthlyBasisPoints", "SHARES_DO_NOT_SUM"),
            (seasons(&[5000, 5000]), "curve.monthlyBasisPoints", "INVALID"),
            (seasons(&[-1, 5001, 5000]), "curve.monthlyBasisPoints", "INVALID"),
            (json!({ "curve": { "kind": "SEASONAL" } }), "curve.monthlyBasisPoints", "REQUIRED"),
            (json!({ "curve": { "kind": "LINEAR_DAYS", "monthlyBasisPoints": [10000] } }), "curve.monthlyBasisPoints", "INVALID"),
            (json!({ "curve": { "kind": "LINEAR_DAYS", "calendarId": strange("cal") } }), "curve.calendarId", "INVALID"),
            (json!({ "curve": { "kind": "BUSINESS_DAYS", "calendarId": strange("cal") } }), "curve.calendarId", "NOT_FOUND"),
            (json!({ "curve": { "kind": "BUSINESS_DAYS" }, "period": { "from": "2026-05-30", "to": "2026-06-01" } }), "curve.calendarId", "INVALID"),
            (json!({ "metric": { "key": "win_rate" }, "curve": { "kind": "BUSINESS_DAYS" } }), "curve.kind", "INVALID"),
            (json!({ "owners": [] }), "owners", "REQUIRED"),
            (json!({ "owners": ["SALES", "SALES"] }), "owners.1", "TAKEN"),
            (json!({ "teamIds": [strange("team")] }), "teamIds.0", "NOT_FOUND"),
            (json!({ "period": { "from": "2026-07-01", "to": "2026-04-01" } }), "period", "PERIOD_EMPTY"),
            (json!({ "period": null, "fiscalPeriod": { "year": 2026, "quarter": 5 } }), "fiscalPeriod.quarter", "INVALID"),
            (json!({ "parentId": strange("gol") }), "parentId", "NOT_FOUND"),
            (json!({ "parentId": year["id"], "period": { "from": "2026-12-01", "to": "2027-02-01" } }), "parentId", "INVALID"),
            (json!({ "name": "  " }), "name", "REQUIRED"),
        ] {
            assert_eq!(refused(&ops, closes(goal.clone())).await, [(field.to_owned(), code.to_owned())], "{goal}");
        }
        let nowhere = closes(json!({ "period": null }));
        assert_eq!(ops.refused(CREATE, json!({ "input": nowhere })).await, "BAD_USER_INPUT");
        let twice = closes(json!({ "fiscalPeriod": { "year": 2026 } }));
        assert_eq!(ops.refused(CREATE, json!({ "input": twice })).await, "BAD_USER_INPUT");
        assert_eq!(rows(&app).await, before);
    }

    async fn whoever_answers_for_a_goal_sets_it_and_says_how_it_goes(app: TestApp) {
        let story = Story::begin(&app).await;
        let team = story.team("North", "SALES").await;
        let (marketing, sales) = (story.member(Role::MarketingLead).await, story.member(Role::SalesLead).await);
        assert_eq!(refused(&marketing, closes(json!({ "owners": ["MARKETING", "SALES"] }))).await, [("owners.1".to_owned(), "NOT_ALLOWED".to_owned())]);
        assert_eq!(refused(&marketing, closes(json!({ "owners": [], "teamIds": [team] }))).await, [("teamIds.0".to_owned(), "NOT_ALLOWED".to_owned())]);
        let own = set(&marketing, closes(json!({ "owners": ["MARKETING"] }))).await;
        assert_eq!(own["shared"], json!(false));
        let of_team = set(&sales, closes(json!({ "owners": [], "teamIds": [team] }))).await;
        assert_eq!(of_team["teams"], json!([{ "id": team }]));
        let shared = set(&story.today(), closes(json!({ "teamIds": [team] }))).await;
        assert_eq!((&shared["shared"], &shared["owners"].as_array().unwrap().len()), (&json!(true), &3));
        let said = json!({ "goalId": shared["id"], "confidence": "OFF_TRACK", "comment": "nobody calls back" });
        let told = sales.gql(CHECK_IN, json!({ "input": said })).await["checkInGoal"].take();
        let by = json!({ "id": sales.member.unwrap().to_string() });
        assert_eq!(told["goal"]["checkIns"], json!({ "totalCount": 1, "nodes": [
            { "confidence": "OFF_TRACK", "comment": "nobody calls back", "recordedBy": by, "goal": { "id": shared["id"] } }] }));
        let not_theirs = json!({ "goalId": own["id"], "confidence": "ON_TRACK", "comment": "we help" });
        assert_eq!(problems(&sales.gql(CHECK_IN, json!({ "input": not_theirs })).await["checkInGoal"]), [("goalId".to_owned(), "NOT_ALLOWED".to_owned())]);
        // Nobody moves or ends the goal of others.
        let end = json!({ "goalId": shared["id"], "reason": "too hard" });
        assert_eq!(problems(&sales.gql(END, json!({ "input": end })).await["endGoal"]), [("goalId".to_owned(), "NOT_ALLOWED".to_owned())]);
        let revise = json!({ "goalId": shared["id"], "target": "1", "reason": "too hard" });
        assert_eq!(problems(&sales.gql(REVISE, json!({ "input": revise })).await["reviseGoalTarget"]), [("goalId".to_owned(), "NOT_ALLOWED".to_owned())]);
        let end = json!({ "goalId": own["id"], "reason": "we do something else" });
        assert_eq!(marketing.gql(END, json!({ "input": end })).await["endGoal"]["goal"]["end"], json!({ "reason": "we do something else" }));
        for (mutation, document, more) in [
            ("endGoal", END, json!({})),
            ("reviseGoalTarget", REVISE, json!({ "target": "5" })),
            ("checkInGoal", CHECK_IN, json!({ "confidence": "ON_TRACK", "comment": "again" })),
        ] {
            let mut input = json!({ "goalId": own["id"] });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            if mutation != "checkInGoal" {
                input["reason"] = json!("again");
            }
            assert_eq!(problems(&marketing.gql(document, json!({ "input": input })).await[mutation]), [("goalId".to_owned(), "GOAL_STATE".to_owned())]);
        }
        for (filter, names) in [
            (json!({ "pursued": false }), 1),
            (json!({ "resource": "MARKETING", "pursued": true }), 1),
            (json!({ "teamId": team }), 2),
            (json!({ "metricKey": "win_rate" }), 0),
            (json!({ "period": { "from": "2026-06-30", "to": "2026-07-05" } }), 3),
            (json!({ "period": { "from": "2026-07-01", "to": "2026-07-05" } }), 0),
        ] {
            assert_eq!(sales.gql(PAGE, json!({ "filter": filter })).await["goals"]["totalCount"], json!(names), "{filter}");
        }
        let marketer = story.member(Role::Marketer).await;
        assert_eq!(marketer.refused(CREATE, json!({ "input": closes(json!({})) })).await, "FORBIDDEN");
        assert_eq!(story.member(Role::Partner).await.refused(PAGE, json!({})).await, "FORBIDDEN");
        // Who may not read the metric is told of the goal, but not how far it has come.
        let cost = set(&story.today(), closes(json!({ "metric": { "key": "cost" } }))).await;
        let assistant = story.member(Role::SalesAssistant).await;
        let named = assistant.gql("query($id: ID!) { goal(id: $id) { name target { amount } } }", json!({ "id": cost["id"] })).await;
        assert_eq!(named["goal"], json!({ "name": "Closes", "target": { "amount": "120" } }));
        let answer = assistant.answer(PROGRESS, json!({ "id": cost["id"] })).await;
        assert_eq!((&answer["data"]["goal"]["progress"], &answer["errors"][0]["extensions"]["code"]), (&Value::Null, &json!("FORBIDDEN")));
    }

    async fn the_same_goal_told_twice_is_one(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let goal = closes(json!({ "idempotencyKey": "q2" }));
        let (first, again) = (set(&ops, goal.clone()).await, set(&ops, goal).await);
        assert_eq!(first["id"], again["id"]);
        let said = json!({ "goalId": first["id"], "confidence": "ON_TRACK", "comment": "fine", "idempotencyKey": "monday" });
        for _ in 0..2 {
            let told = ops.gql(CHECK_IN, json!({ "input": said })).await;
            assert_eq!(told["checkInGoal"]["goal"]["checkIns"]["totalCount"], 1);
        }
    }

    async fn a_page_of_goals_reads_its_facts_once(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        let ops = story.today();
        let mut fewest = Vec::new();
        for page in [2, 12] {
            for number in 0..page {
                let resource = EVERYBODY[number % 3];
                let metric = json!({ "key": "credited_closes", "args": { "resource": resource } });
                set(&ops, closes(json!({ "metric": metric, "owners": [resource] }))).await;
            }
            let mut counts = Vec::new();
            for _ in 0..3 {
                let before = app.statements();
                let answer = ops.gql(PAGE, json!({ "first": page })).await;
                counts.push(app.statements() - before);
                assert_eq!(answer["goals"]["nodes"].as_array().unwrap().len(), page);
            }
            fewest.push(counts.into_iter().min().unwrap());
        }
        assert_eq!(fewest[0], fewest[1], "statements for a page of 2 goals, and of 12");
    }
}

/// Property 10, over everything the demonstration holds.
#[tokio::test]
async fn every_goal_has_come_as_far_as_its_metric_says() {
    let demo = Demo::to_change().await;
    let admin = demo.member(Role::Admin);
    let days = || days("2026-04-01", "2026-07-01");
    let mut asked = 0;
    for definition in ALL {
        // As plainly as can be, and narrowed to something.
        let all = ways(&admin, definition).await;
        let last = all.len() - 1;
        for args in all.into_iter().enumerate().filter(|(place, _)| *place == 0 || *place == last).map(|(_, args)| args) {
            let goal = json!({ "name": definition.key, "metric": { "key": definition.key, "args": args }, "owners": EVERYBODY, "period": days(),
                "direction": "HIGHER_IS_BETTER", "target": "10" });
            let goal = set(&admin, goal).await;
            let told = progress(&admin, &goal, None).await;
            let alone = metric(&admin, definition.key, days(), args.clone()).await;
            assert_eq!(
                (&told["actual"]["value"], &told["actual"]["nullReason"]),
                (&alone["value"], &alone["nullReason"]),
                "{} {args}",
                definition.key
            );
            assert_eq!(told["actual"]["contributions"], alone["contributions"], "{} {args}", definition.key);
            if let Some(parts) = told["actual"]["contributions"].as_array() {
                let sum: Decimal = parts.iter().map(|part| decimal(&part["value"])).sum();
                assert_eq!(sum, decimal(&told["actual"]["value"]), "{} {args}", definition.key);
            }
            // What does not add up is not prorated.
            assert_eq!(told["neededPerDay"].is_null(), definition.measure == Measure::Ratio, "{}", definition.key);
            asked += 1;
        }
    }
    assert!(asked > 60, "{asked}");
}
