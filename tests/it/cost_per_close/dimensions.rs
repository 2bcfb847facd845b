//! By tactic, team, channel and month; and the rows behind every line.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{ANY, ask, first_quarter, lines};
use crate::support::story::{Story, quarter, usd};
use crate::support::{Caller, on_both_engines};

const ROWS: &str = "query($period: PeriodInput!, $by: CostDimension!, $side: CostPerCloseSide!, $line: String, $first: Int, $after: String, $last: Int, $before: String) {
    costPerClose(period: $period, by: $by) { rows(side: $side, line: $line, first: $first, after: $after, last: $last, before: $before) {
        totalCount visibility { scope complete } pageInfo { hasNextPage hasPreviousPage endCursor startCursor }
        nodes { __typename
            ... on CloseCreditRow { line resource basisPoints value { amount } close { id } }
            ... on CostRow { line resource amount { amount } costEntry { id owner } firstOn lastOn } } } } }";

/// A number with decimal places as a whole number of its last place.
fn units(number: &Value) -> i64 {
    number.as_str().unwrap().replace('.', "").parse().unwrap()
}

/// All rows of a line, three at a time.
async fn all_rows(caller: &Caller<'_>, period: &Value, by: &str, side: &str, line: Option<&str>) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut after = Value::Null;
    loop {
        let asked = json!({ "period": period, "by": by, "side": side, "line": line, "first": 3, "after": after });
        let mut data = caller.gql(ROWS, asked).await;
        let page = &mut data["costPerClose"]["rows"];
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !rows.is_empty());
        rows.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], rows.len());
            return rows;
        }
        after = page["pageInfo"]["endCursor"].take();
    }
}

/// A close of 1 000.00 that a campaign of Marketing, another touch of Marketing and a seller brought, half and half; with
/// the campaign's and the seller's cost, and cost of nobody in particular.
struct Campaign {
    tactic: String,
    team: String,
}

async fn campaign(story: &Story<'_>) -> Campaign {
    story.at("2026-02-01T00:00:00Z");
    let team = story.team("demand", "MARKETING").await;
    let tactic = story.tactic(json!({ "name": "webinar", "resource": "MARKETING", "channel": "EVENT", "teamId": team })).await;
    let person = story.person(json!({ "knownAt": "2026-01-10T12:00:00Z", "email": "ada@example.com" })).await;
    let account = story.account("Ada").await;
    story.touch("2026-01-08T12:00:00Z", "MARKETING", json!({ "personId": person, "tacticId": tactic, "channel": "EVENT" })).await;
    story.touch("2026-01-12T12:00:00Z", "MARKETING", json!({ "accountId": account })).await;
    story.touch("2026-01-14T12:00:00Z", "SALES", json!({ "personId": person, "accountId": account, "channel": "PHONE" })).await;
    let halves = json!([{ "resource": "SALES", "basisPoints": 5000 }, { "resource": "MARKETING", "basisPoints": 5000 }]);
    story.close(json!({ "accountId": account, "personId": person, "occurredAt": "2026-01-20T12:00:00Z", "amount": usd("1000.00"), "path": "ASSISTED",
        "signedSplit": { "signedAt": "2026-01-19T12:00:00Z", "shares": halves } })).await;
    let cost = |more: Value| {
        let mut cost = json!({ "category": "MEDIA", "firstOn": "2026-01-01", "lastOn": "2026-01-31" });
        cost.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        cost
    };
    story.cost_of(cost(json!({ "owner": "MARKETING", "amount": usd("310.00"), "tacticId": tactic, "channel": "EVENT" }))).await;
    story.cost_of(cost(json!({ "owner": "SALES", "amount": usd("62.00"), "channel": "PHONE" }))).await;
    story.cost_of(cost(json!({ "owner": "SHARED", "amount": usd("93.00") }))).await;
    Campaign { tactic, team }
}

fn january() -> Value {
    json!({ "from": "2026-01-01", "to": "2026-02-01" })
}

on_both_engines! {
    async fn credit_goes_to_the_touches_of_its_resource(app: TestApp) {
        let story = Story::begin(&app).await;
        let Campaign { tactic, team } = campaign(&story).await;
        let caller = story.today();
        // First touch and last touch before becoming known are the webinar: 60 %. The other two share 10 %: of what
        // Marketing holds, 12/13 are the webinar's.
        let webinar = "0.4615 / 461.54 / 310.00 / 671.72";
        let rest = "0.5385 / 538.46 / 155.00 / 287.84";
        let by_tactic = ask(&caller, january(), "TACTIC", None).await;
        assert_eq!(lines(&by_tactic), [(tactic.clone(), webinar.to_owned()), ("UNATTRIBUTED".to_owned(), rest.to_owned())]);
        assert_eq!(by_tactic["unattributed"], "0.5385");
        let by_team = ask(&caller, january(), "TEAM", None).await;
        assert_eq!(lines(&by_team), [(team.clone(), webinar.to_owned()), ("UNATTRIBUTED".to_owned(), rest.to_owned())]);
        let by_channel = ask(&caller, january(), "CHANNEL", None).await;
        let line = |key: &str, line: &str| (key.to_owned(), line.to_owned());
        assert_eq!(lines(&by_channel), [
            line("EMAIL", "0.0385 / 38.46 / 0.00 / null"),
            line("EVENT", webinar),
            line("PHONE", "0.5000 / 500.00 / 62.00 / 124.00"),
            line("UNATTRIBUTED", "0.0000 / 0.00 / 93.00 / null"),
        ]);
        let named = "{ costPerClose(period: { from: \"2026-01-01\", to: \"2026-02-01\" }, by: TACTIC) { lines { key tactic { name } team { name } channel resource month } } }";
        let data = caller.gql(named, json!({})).await;
        let nothing = json!({ "key": "UNATTRIBUTED", "tactic": null, "team": null, "channel": null, "resource": null, "month": null });
        assert_eq!(data["costPerClose"]["lines"], json!([
            { "key": tactic, "tactic": { "name": "webinar" }, "team": null, "channel": null, "resource": null, "month": null }, nothing
        ]));
    }

    async fn touches_taken_back_later_count_as_of_before(app: TestApp) {
        let story = Story::begin(&app).await;
        campaign(&story).await;
        let before = ask(&story.today(), january(), "CHANNEL", Some("2026-02-01T00:00:00Z")).await;
        let caller = story.at("2026-03-01T00:00:00Z");
        let data = caller.gql("{ touches(filter: { channel: PHONE }) { nodes { id } } }", json!({})).await;
        let retract = "mutation($input: CorrectTouchInput!) { correctTouch(input: $input) { userErrors { code } } }";
        let data = caller.gql(retract, json!({ "input": { "touchId": data["touches"]["nodes"][0]["id"], "retract": true } })).await;
        assert_eq!(data["correctTouch"]["userErrors"], json!([]));
        let caller = story.today();
        assert_eq!(ask(&caller, january(), "CHANNEL", Some("2026-02-01T00:00:00Z")).await, before);
        let after = ask(&caller, january(), "CHANNEL", None).await;
        assert_eq!(lines(&after).last().unwrap(), &("UNATTRIBUTED".to_owned(), "0.5000 / 500.00 / 93.00 / 186.00".to_owned()));
    }

    async fn months_are_calendar_months(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        let report = ask(&story.today(), json!({ "from": "2026-01-15", "to": "2026-04-02" }), "MONTH", None).await;
        let keys: Vec<String> = lines(&report).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["2026-01", "2026-02", "2026-03", "2026-04"]);
        assert_eq!(lines(&report)[1].1, "2.0000 / 1000.01 / 3546.48 / 1773.24");
    }

    async fn every_dimension_conserves_and_its_rows_add_up(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        campaign(&story).await;
        let caller = story.today();
        for by in ["RESOURCE", "TACTIC", "TEAM", "CHANNEL", "MONTH"] {
            let report = ask(&caller, first_quarter(), by, None).await;
            assert_eq!(report["conserved"], true, "{by}");
            let sum = |pick: &dyn Fn(&Value) -> i64| report["lines"].as_array().unwrap().iter().map(pick).sum::<i64>();
            assert_eq!(sum(&|line| units(&line["creditedCloses"])), report["blended"]["closes"].as_i64().unwrap() * 10_000, "{by}");
            assert_eq!(sum(&|line| units(&line["creditedValue"]["amount"])), units(&report["blended"]["value"]["amount"]), "{by}");
            assert_eq!(sum(&|line| units(&line["cost"]["amount"])), units(&report["blended"]["cost"]["amount"]), "{by}");
            for line in report["lines"].as_array().unwrap() {
                let key = line["key"].as_str();
                let closes = all_rows(&caller, &first_quarter(), by, "CLOSES", key).await;
                assert_eq!(closes.iter().map(|row| row["basisPoints"].as_i64().unwrap()).sum::<i64>(), units(&line["creditedCloses"]), "{by} {key:?}");
                assert_eq!(closes.iter().map(|row| units(&row["value"]["amount"])).sum::<i64>(), units(&line["creditedValue"]["amount"]), "{by} {key:?}");
                let costs = all_rows(&caller, &first_quarter(), by, "COSTS", key).await;
                assert_eq!(costs.iter().map(|row| units(&row["amount"]["amount"])).sum::<i64>(), units(&line["cost"]["amount"]), "{by} {key:?}");
                assert!(closes.iter().chain(&costs).all(|row| row["line"] == line["key"]));
            }
            let whole = all_rows(&caller, &first_quarter(), by, "COSTS", None).await;
            assert_eq!(whole.iter().map(|row| units(&row["amount"]["amount"])).sum::<i64>(), units(&report["blended"]["cost"]["amount"]), "{by}");
        }
    }

    async fn pages_of_rows_go_both_ways(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        let caller = story.today();
        let forward = all_rows(&caller, &first_quarter(), "RESOURCE", "COSTS", None).await;
        assert_eq!(forward.len(), 6);
        let asked = |last: i64, before: &Value| json!({ "period": first_quarter(), "by": "RESOURCE", "side": "COSTS", "last": last, "before": before });
        let end = caller.gql(ROWS, asked(4, &Value::Null)).await["costPerClose"]["rows"].take();
        assert_eq!(end["nodes"].as_array().unwrap(), &forward[2..]);
        assert_eq!((&end["pageInfo"]["hasPreviousPage"], &end["pageInfo"]["hasNextPage"]), (&json!(true), &json!(false)));
        let start = caller.gql(ROWS, asked(4, &end["pageInfo"]["startCursor"])).await["costPerClose"]["rows"].take();
        assert_eq!(start["nodes"].as_array().unwrap(), &forward[..2]);
        assert_eq!(start["pageInfo"]["hasPreviousPage"], false);
        let answer = caller.answer(ROWS, json!({ "period": first_quarter(), "by": "RESOURCE", "side": "COSTS", "line": "WEBINAR" })).await;
        assert_eq!((&answer["errors"][0]["extensions"]["code"], &answer["errors"][0]["extensions"]["field"]), (&json!("BAD_USER_INPUT"), &json!("line")));
    }

    async fn totals_are_for_all_and_rows_for_who_may_read_them(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        let lead = story.member(Role::MarketingLead).await;
        let report = ask(&lead, first_quarter(), "RESOURCE", None).await;
        assert_eq!(report["blended"]["cost"]["amount"], "11400.00");
        let asked = |side: &str| json!({ "period": first_quarter(), "by": "RESOURCE", "side": side });
        let rows = lead.gql(ROWS, asked("COSTS")).await["costPerClose"]["rows"].take();
        assert_eq!(rows["visibility"], json!({ "scope": "RESOURCE", "complete": false }));
        let shown: Vec<_> = rows["nodes"].as_array().unwrap().iter().map(|row| (&row["costEntry"]["owner"], &row["amount"]["amount"])).collect();
        assert_eq!(shown, [(&json!("MARKETING"), &json!("3000.00"))]);
        assert_eq!(lead.gql(ROWS, asked("CLOSES")).await["costPerClose"]["rows"]["totalCount"], 7);
        for (role, side) in [(Role::SalesRep, "COSTS"), (Role::SalesRep, "CLOSES"), (Role::Marketer, "CLOSES")] {
            let caller = story.member(role).await;
            assert_eq!(ask(&caller, first_quarter(), "RESOURCE", None).await["blended"]["closes"], 4, "{role:?}");
            assert_eq!(caller.refused(ROWS, asked(side)).await, "FORBIDDEN", "{role:?} {side}");
        }
        for role in [Role::SalesAssistant, Role::Partner] {
            let caller = story.member(role).await;
            assert_eq!(caller.refused(ANY, json!({ "period": first_quarter(), "by": "RESOURCE" })).await, "FORBIDDEN", "{role:?}");
        }
    }

    async fn bad_questions_are_named(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.today();
        for (asked, field, reason) in [
            (json!({ "period": { "from": "2026-02-01", "to": "2026-02-01" } }), "period", "PERIOD_EMPTY"),
            (json!({ "period": { "from": "2026-02-01", "to": "2026-01-01" } }), "period", "PERIOD_EMPTY"),
            (json!({ "period": { "from": "1969-12-31", "to": "2026-01-01" } }), "period.from", "DATE_OUT_OF_RANGE"),
            (json!({ "period": { "from": "2026-01-01", "to": "2026-02-01", "timeZone": "Mars/Olympus" } }), "period.timeZone", "UNKNOWN_TIME_ZONE"),
            (json!({ "period": { "from": "2026-01-01", "to": "2026-02-01" }, "asOf": "2026-06-02T00:00:00Z" }), "asOf", "DATE_OUT_OF_RANGE"),
        ] {
            let mut asked = asked;
            asked["by"] = json!("RESOURCE");
            let answer = caller.answer(ANY, asked.clone()).await;
            let extensions = &answer["errors"][0]["extensions"];
            assert_eq!((&extensions["code"], &extensions["field"], &extensions["reason"]), (&json!("BAD_USER_INPUT"), &json!(field), &json!(reason)), "{asked}");
        }
    }

    async fn statements_do_not_grow_with_the_closes(app: TestApp) {
        let story = Story::begin(&app).await;
        campaign(&story).await;
        let count = async |by: &str| {
            let caller = story.today();
            // What was recorded since is known by now.
            ask(&caller, first_quarter(), by, None).await;
            let before = app.statements();
            ask(&caller, first_quarter(), by, None).await;
            app.app.db().statement_count() - before
        };
        // The caller, the organization, the policy, cost, rules, closes, movements, batches, entries.
        assert_eq!(count("RESOURCE").await, 9);
        // And the tactics; which people and which accounts are one; whether facts are known, and of whom they are wanted, for touches
        // and for opportunities; the stages that are opportunities; when people became known.
        assert_eq!(count("TACTIC").await, 18);
        quarter(&story).await;
        assert_eq!(count("RESOURCE").await, 9);
        assert_eq!(count("TACTIC").await, 18);
    }
}
