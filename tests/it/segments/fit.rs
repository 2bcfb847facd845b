//! Whether touches, money and closes go to the ideal customer, through the API.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{PROFILE, account, act, condition, done, id, set};
use crate::support::story::{Story, problems, usd};
use crate::support::{Caller, on_both_engines, rows};

const FIT: &str = "query($period: PeriodInput!, $of: IcpFitOf, $profile: ID, $asOf: DateTime) { icpFit(period: $period, of: $of, profileId: $profile, asOf: $asOf) {
    parts { fit count amount { amount } share { value nullReason } valueShare { value } } unpriced payLeftOut profile { profileVersion } } }";
const ROWS: &str = "query($period: PeriodInput!, $of: IcpFitOf, $fit: IcpVerdict) { icpFit(period: $period, of: $of) {
    rows(fit: $fit) { totalCount visibility { complete } nodes { account { name } fit knownScore possibleScore count amount { amount } } } } }";

fn january() -> Value {
    json!({ "from": "2026-01-01", "to": "2026-02-01" })
}

/// The weights of the worked example.
fn profile(key: &str) -> Value {
    let criterion = |condition: Value, weight: i32| json!({ "condition": condition, "weight": weight });
    json!({ "key": key, "threshold": 60, "criteria": [
        criterion(condition("INDUSTRY", "IN", &["Software"]), 50),
        criterion(condition("EMPLOYEES", "AT_LEAST", &["50"]), 30),
        criterion(condition("REGION", "IN", &["EMEA"]), 20),
    ] })
}

/// The parts as `count / amount / share / share of value`.
fn told(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let part = |part: &Value| {
        let shown = [&part["count"], &part["amount"]["amount"], &part["share"]["value"], &part["valueShare"]["value"]];
        format!("{} {}", text(&part["fit"]), shown.map(text).join(" / "))
    };
    report["parts"].as_array().unwrap().iter().map(part).collect()
}

async fn fit(by: &Caller<'_>, of: &str, as_of: Option<&str>) -> Value {
    by.gql(FIT, json!({ "period": january(), "of": of, "asOf": as_of })).await["icpFit"].take()
}

async fn fit_rows(by: &Caller<'_>, of: &str, fit: Option<&str>) -> Value {
    by.gql(ROWS, json!({ "period": january(), "of": of, "fit": fit })).await["icpFit"]["rows"].take()
}

fn problem(field: &str, code: &str) -> (String, String) {
    (field.to_owned(), code.to_owned())
}

/// The accounts A, B and C of the worked example, each touched once by a tactic of its own, which cost 1 000, 400 and 600.
struct Example {
    accounts: Vec<String>,
    tactics: Vec<String>,
}

async fn example(story: &Story<'_>) -> Example {
    let ops = story.at("2026-01-05T00:00:00Z");
    done(&ops, PROFILE, profile("MAIN")).await;
    let (mut accounts, mut tactics) = (Vec::new(), Vec::new());
    for (name, attributes, cost) in [
        ("A", "INDUSTRY=Software EMPLOYEES=80 REGION=APAC", "1000.00"),
        ("B", "INDUSTRY=Software REGION=APAC", "400.00"),
        ("C", "INDUSTRY=Steel EMPLOYEES=80 REGION=EMEA", "600.00"),
    ] {
        let account = account(story, &ops, name, attributes).await;
        let tactic = story.tactic(json!({ "name": name, "resource": "MARKETING", "channel": "EMAIL" })).await;
        story.touch("2026-01-04T00:00:00Z", "MARKETING", json!({ "accountId": account, "tacticId": tactic })).await;
        let input = json!({ "owner": "MARKETING", "category": "MEDIA", "amount": usd(cost), "firstOn": "2026-01-01", "lastOn": "2026-01-31", "tacticId": tactic });
        story.cost_of(input).await;
        accounts.push(account);
        tactics.push(tactic);
    }
    Example { accounts, tactics }
}

on_both_engines! {
    async fn g26_spend_goes_to_the_ideal_customer_or_not(app: TestApp) {
        let story = Story::begin(&app).await;
        example(&story).await;
        let ops = story.today();
        let report = fit(&ops, "SPEND", None).await;
        assert_eq!(told(&report), ["FIT null / 1000.00 / 0.5000 / null", "UNKNOWN null / 400.00 / 0.2000 / null", "NOT_FIT null / 600.00 / 0.3000 / null"]);
        assert_eq!((&report["unpriced"], &report["payLeftOut"]), (&json!(0), &json!(false)));
        let row = |name: &str, fit: &str, known: i32, possible: i32, amount: &str| {
            json!({ "account": { "name": name }, "fit": fit, "knownScore": known, "possibleScore": possible, "count": null, "amount": { "amount": amount } })
        };
        let all = [row("A", "FIT", 80, 80, "1000.00"), row("B", "UNKNOWN", 50, 80, "400.00"), row("C", "NOT_FIT", 50, 50, "600.00")];
        assert_eq!(fit_rows(&ops, "SPEND", None).await, json!({ "totalCount": 3, "visibility": { "complete": true }, "nodes": all }));
        assert_eq!(fit_rows(&ops, "SPEND", Some("UNKNOWN")).await["nodes"], json!([all[1]]));
    }

    async fn a_cost_follows_the_touches_of_its_tactic(app: TestApp) {
        let story = Story::begin(&app).await;
        let Example { accounts, tactics } = example(&story).await;
        let person = story.person(json!({ "accountId": accounts[0] })).await;
        let stranger = story.person(json!({})).await;
        // The tactic of C touched A by one of its people, and somebody who buys for nobody: 200.00 each.
        for somebody in [&person, &stranger] {
            story.touch("2026-01-04T12:00:00Z", "MARKETING", json!({ "personId": somebody, "tacticId": tactics[2] })).await;
        }
        let cost = |of: Value| {
            let mut input = json!({ "owner": "MARKETING", "category": "MEDIA", "amount": usd("100.00"), "firstOn": "2026-01-01", "lastOn": "2026-01-31" });
            input.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
            input
        };
        let idle = story.tactic(json!({ "name": "Idle", "resource": "MARKETING", "channel": "EMAIL" })).await;
        story.cost_of(cost(json!({ "tacticId": idle }))).await;
        // What is of no tactic is not aimed at anybody.
        story.cost_of(cost(json!({}))).await;
        story.cost_of(cost(json!({ "tacticId": tactics[0], "amount": { "amount": "5.00", "currency": "EUR" } }))).await;
        story.cost_of(cost(json!({ "tacticId": tactics[0], "category": "SALARY", "people": 2 }))).await;
        story.cost_of(cost(json!({ "tacticId": tactics[0], "category": "SALARY", "people": 3 }))).await;
        let ops = story.today();
        let report = fit(&ops, "SPEND", None).await;
        assert_eq!(told(&report), ["FIT null / 1300.00 / 0.5909 / null", "UNKNOWN null / 700.00 / 0.3182 / null", "NOT_FIT null / 200.00 / 0.0909 / null"]);
        assert_eq!((&report["unpriced"], &report["payLeftOut"]), (&json!(1), &json!(true)));
        let nodes = fit_rows(&ops, "SPEND", Some("UNKNOWN")).await["nodes"].take();
        let amounts: Vec<(&Value, &str)> = nodes.as_array().unwrap().iter().map(|row| (&row["account"], row["amount"]["amount"].as_str().unwrap())).collect();
        assert_eq!(amounts, [(&Value::Null, "300.00"), (&json!({ "name": "B" }), "400.00")]);
        let touches = fit(&ops, "TOUCHES", None).await;
        assert_eq!(told(&touches), ["FIT 2 / null / 0.4000 / null", "UNKNOWN 2 / null / 0.4000 / null", "NOT_FIT 1 / null / 0.2000 / null"]);
    }

    async fn what_is_learned_later_changes_no_answer_of_before(app: TestApp) {
        let story = Story::begin(&app).await;
        let Example { accounts, .. } = example(&story).await;
        let ops = story.at("2026-02-10T00:00:00Z");
        set(&ops, &accounts[1], "EMPLOYEES=60").await;
        done(&ops, PROFILE, json!({ "key": "MAIN", "threshold": 90, "criteria": profile("MAIN")["criteria"] })).await;
        let ops = story.today();
        let before = fit(&ops, "TOUCHES", Some("2026-02-09T00:00:00Z")).await;
        assert_eq!(told(&before), ["FIT 1 / null / 0.3333 / null", "UNKNOWN 1 / null / 0.3333 / null", "NOT_FIT 1 / null / 0.3333 / null"]);
        assert_eq!(before["profile"]["profileVersion"], 1);
        let now = fit(&ops, "TOUCHES", None).await;
        assert_eq!(told(&now), ["FIT 0 / null / 0.0000 / null", "UNKNOWN 0 / null / 0.0000 / null", "NOT_FIT 3 / null / 1.0000 / null"]);
        let profiles = ops.gql("{ icpProfiles { nodes { id profileVersion } } }", json!({})).await;
        assert_eq!(profiles["icpProfiles"]["nodes"][1]["profileVersion"], 1);
        let by_first = json!({ "period": january(), "profile": profiles["icpProfiles"]["nodes"][1]["id"] });
        let first = ops.gql(FIT, by_first).await;
        assert_eq!(told(&first["icpFit"])[0], "FIT 2 / null / 0.6667 / null");
    }

    async fn closes_count_net_with_their_value(app: TestApp) {
        let story = Story::begin(&app).await;
        let Example { accounts, .. } = example(&story).await;
        let mut closes = Vec::new();
        for (account, amount) in [(0, "300.00"), (0, "100.00"), (1, "400.00"), (2, "200.00")] {
            story.at("2026-01-20T12:00:00Z");
            let input = json!({ "accountId": accounts[account], "occurredAt": "2026-01-20T12:00:00Z", "amount": usd(amount), "path": "SELF_SERVE" });
            closes.push(id(&story.close(input).await["id"]));
        }
        story.at("2026-02-20T12:00:00Z");
        let movement = |close: usize, kind: &str, amount: Option<&str>| {
            let mut input = json!({ "closeId": closes[close], "kind": kind, "occurredAt": "2026-02-20T12:00:00Z", "reason": "changed their mind" });
            if let Some(amount) = amount {
                input["amount"] = usd(amount);
            }
            input
        };
        story.movement(movement(0, "REFUND", Some("50.00"))).await;
        story.movement(movement(1, "REFUND", Some("100.00"))).await;
        story.movement(movement(3, "VOID", None)).await;
        let ops = story.today();
        let report = fit(&ops, "CLOSES", None).await;
        assert_eq!(told(&report), ["FIT 1 / 250.00 / 0.5000 / 0.3846", "UNKNOWN 1 / 400.00 / 0.5000 / 0.6154", "NOT_FIT 0 / 0.00 / 0.0000 / 0.0000"]);
        let gross = fit(&ops, "CLOSES", Some("2026-02-01T00:00:00Z")).await;
        assert_eq!(told(&gross), ["FIT 2 / 400.00 / 0.5000 / 0.4000", "UNKNOWN 1 / 400.00 / 0.2500 / 0.4000", "NOT_FIT 1 / 200.00 / 0.2500 / 0.2000"]);
        let nodes = fit_rows(&ops, "CLOSES", None).await["nodes"].take();
        let amounts: Vec<(&str, &Value, &str)> =
            nodes.as_array().unwrap().iter().map(|row| (row["account"]["name"].as_str().unwrap(), &row["count"], row["amount"]["amount"].as_str().unwrap())).collect();
        assert_eq!(amounts, [("A", &json!(1), "250.00"), ("B", &json!(1), "400.00")]);
    }

    async fn each_part_of_a_period_is_answered_by_itself(app: TestApp) {
        let story = Story::begin(&app).await;
        let Example { accounts, tactics } = example(&story).await;
        story.at("2026-02-10T00:00:00Z");
        story.touch("2026-02-09T00:00:00Z", "MARKETING", json!({ "accountId": accounts[1], "tacticId": tactics[0] })).await;
        let cost = json!({ "owner": "MARKETING", "category": "MEDIA", "amount": usd("62.00"), "firstOn": "2026-01-01", "lastOn": "2026-03-03", "tacticId": tactics[0] });
        story.cost_of(cost).await;
        let document = "query($of: IcpFitOf) { icpFitTrend(period: { from: \"2026-01-01\", to: \"2026-04-01\" }, grain: MONTH, of: $of) {
            points { period { from } parts { fit count amount { amount } share { value nullReason } valueShare { value } } } } }";
        let ops = story.today();
        let data = ops.gql(document, json!({ "of": "SPEND" })).await;
        let points: Vec<Vec<String>> = data["icpFitTrend"]["points"].as_array().unwrap().iter().map(told).collect();
        assert_eq!(points[0], told(&fit(&ops, "SPEND", None).await));
        assert_eq!(points[0], ["FIT null / 1031.00 / 0.5076 / null", "UNKNOWN null / 400.00 / 0.1969 / null", "NOT_FIT null / 600.00 / 0.2954 / null"]);
        assert_eq!(points[1], ["FIT null / 0.00 / 0.0000 / null", "UNKNOWN null / 28.00 / 1.0000 / null", "NOT_FIT null / 0.00 / 0.0000 / null"]);
        // In March nobody was touched.
        assert_eq!(points[2][1], "UNKNOWN null / 3.00 / 1.0000 / null");
        let data = ops.gql(document, json!({ "of": "TOUCHES" })).await;
        let march = &data["icpFitTrend"]["points"][2]["parts"][0]["share"];
        assert_eq!(*march, json!({ "value": null, "nullReason": "ZERO_DENOMINATOR" }));
    }

    async fn totals_are_everybodys_and_rows_are_not(app: TestApp) {
        let story = Story::begin(&app).await;
        let Example { accounts, .. } = example(&story).await;
        let (rep, assistant, marketer) = (story.member(Role::SalesRep).await, story.member(Role::SalesAssistant).await, story.member(Role::Marketer).await);
        let given = json!({ "input": { "accountId": accounts[0], "ownerId": rep.member.unwrap().to_string() } });
        story.today().gql("mutation($input: ReviseAccountInput!) { reviseAccount(input: $input) { account { id } } }", given).await;
        let whole = fit(&story.today(), "TOUCHES", None).await;
        assert_eq!(fit(&rep, "TOUCHES", None).await, whole);
        let seen = fit_rows(&rep, "TOUCHES", None).await;
        assert_eq!((&seen["totalCount"], &seen["visibility"]["complete"], &seen["nodes"][0]["account"]["name"]), (&json!(1), &json!(false), &json!("A")));
        assert_eq!(fit(&assistant, "TOUCHES", None).await, whole);
        for of in ["SPEND", "CLOSES"] {
            assert_eq!(assistant.refused(FIT, json!({ "period": january(), "of": of })).await, "FORBIDDEN");
        }
        // Who may not read closes sees their totals, but none of them.
        assert_eq!(fit(&marketer, "CLOSES", None).await["parts"][0]["share"]["nullReason"], "ZERO_CLOSES");
        assert_eq!(marketer.refused(ROWS, json!({ "period": january(), "of": "CLOSES" })).await, "FORBIDDEN");
        assert_eq!(story.member(Role::Partner).await.refused(FIT, json!({ "period": january() })).await, "FORBIDDEN");
    }

    async fn a_profile_is_whole_and_is_named_where_there_are_several(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let reason = async |by: &Caller<'_>, variables: Value| {
            let answer = by.answer(FIT, variables).await;
            let extensions = &answer["errors"][0]["extensions"];
            (id(&extensions["field"]), id(&extensions["reason"]))
        };
        assert_eq!(reason(&ops, json!({ "period": january() })).await, problem("profileId", "NOT_FOUND"));
        let mut input = profile("MAIN");
        input["idempotencyKey"] = json!("k");
        let first = done(&ops, PROFILE, input.clone()).await;
        assert_eq!(done(&ops, PROFILE, input.clone()).await, first);
        assert_eq!(done(&ops, PROFILE, profile("MAIN")).await["icpProfile"]["profileVersion"], 2);
        assert_eq!(ops.gql(FIT, json!({ "period": january() })).await["icpFit"]["profile"]["profileVersion"], 2);
        done(&ops, PROFILE, profile("OTHER")).await;
        assert_eq!(reason(&ops, json!({ "period": january() })).await, problem("profileId", "REQUIRED"));
        let before = rows(&app).await;
        let mut bad = profile("main");
        bad["threshold"] = json!(101);
        bad["criteria"][0]["weight"] = json!(40);
        bad["criteria"][1]["condition"]["values"] = json!([]);
        let expected = [problem("key", "INVALID"), problem("threshold", "INVALID"), problem("criteria.1.condition.values", "INVALID"), problem("criteria", "INVALID")];
        assert_eq!(problems(&act(&ops, PROFILE, bad).await), expected);
        let none = json!({ "key": "MAIN", "threshold": 1, "criteria": [] });
        assert_eq!(problems(&act(&ops, PROFILE, none).await), [problem("criteria", "REQUIRED")]);
        let mut negative = profile("MAIN");
        negative["criteria"][0]["weight"] = json!(-50);
        assert_eq!(problems(&act(&ops, PROFILE, negative).await), [problem("criteria.0.weight", "INVALID")]);
        assert_eq!(rows(&app).await, before);
    }
}
