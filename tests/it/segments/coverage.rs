//! How much of a segment is reached.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{DEMAND, account, condition, define, done, id};
use crate::support::story::{Story, usd};
use crate::support::{Caller, on_both_engines};

const COVERAGE: &str = "query($id: ID!, $since: DateTime, $asOf: DateTime) { demandCoverage(segmentId: $id, since: $since, asOf: $asOf) {
    accounts undetermined parts { part share { value numerator denominator nullReason } }
    unreached: share(parts: [UNTOUCHED, NOT_SEARCHING]) { numerator } } }";
const ROWS: &str = "query($id: ID!, $parts: [DemandCoveragePart!]) { demandCoverage(segmentId: $id) {
    rows(parts: $parts) { totalCount visibility { complete } nodes { account { name } touched demandState known customer } } } }";

const PARTS: [&str; 9] =
    ["TOUCHED", "UNTOUCHED", "SEARCHING", "NOT_SEARCHING", "DEMAND_UNKNOWN", "KNOWN", "ANONYMOUS", "CUSTOMER", "PROSPECT"];

/// The number of accounts in each part.
fn counts(report: &Value) -> Vec<i64> {
    let parts = report["parts"].as_array().unwrap();
    assert_eq!(parts.iter().map(|part| part["part"].as_str().unwrap()).collect::<Vec<_>>(), PARTS);
    parts.iter().map(|part| part["share"]["numerator"].as_str().unwrap().parse().unwrap()).collect()
}

async fn coverage(by: &Caller<'_>, segment: &str, since: Option<&str>, as_of: Option<&str>) -> Value {
    by.gql(COVERAGE, json!({ "id": segment, "since": since, "asOf": as_of })).await["demandCoverage"].take()
}

async fn names(by: &Caller<'_>, segment: &str, parts: &[&str]) -> Vec<String> {
    let data = by.gql(ROWS, json!({ "id": segment, "parts": parts })).await;
    let rows = &data["demandCoverage"]["rows"];
    let names: Vec<String> = rows["nodes"].as_array().unwrap().iter().map(|row| id(&row["account"]["name"])).collect();
    assert_eq!(rows["totalCount"], names.len());
    names
}

/// Five accounts of EMEA, one elsewhere, and one that may be anywhere. Gives the segment and the account `Touched`.
async fn market(story: &Story<'_>) -> (String, String) {
    let ops = story.at("2026-01-10T00:00:00Z");
    let mut accounts = Vec::new();
    for name in ["Quiet", "Touched", "ByPerson", "Known", "Customer"] {
        accounts.push(account(story, &ops, name, "REGION=EMEA").await);
    }
    account(story, &ops, "Elsewhere", "REGION=APAC").await;
    account(story, &ops, "Somewhere", "").await;
    let segment = define(&ops, "EMEA", &[condition("REGION", "IN", &["EMEA"])]).await;
    let ops = story.at("2026-02-10T00:00:00Z");
    story.touch("2026-02-01T00:00:00Z", "MARKETING", json!({ "accountId": accounts[1] })).await;
    let person = story.person(json!({ "accountId": accounts[2] })).await;
    story.touch("2026-02-05T00:00:00Z", "MARKETING", json!({ "personId": person })).await;
    story.person(json!({ "accountId": accounts[3], "name": "Ada", "knownAt": "2026-02-02T00:00:00Z" })).await;
    for (account, state) in [(0, "NOT_SEARCHING"), (1, "SEARCHING"), (3, "NOT_SEARCHING")] {
        done(&ops, DEMAND, json!({ "accountId": accounts[account], "state": state, "occurredAt": "2026-02-03T00:00:00Z" })).await;
    }
    story.at("2026-03-10T00:00:00Z");
    let close = json!({ "accountId": accounts[4], "occurredAt": "2026-02-20T00:00:00Z", "amount": usd("10.00"), "path": "SELF_SERVE" });
    story.close(close).await;
    (segment, accounts[1].clone())
}

on_both_engines! {
    async fn every_number_is_as_many_accounts_as_it_shows(app: TestApp) {
        let story = Story::begin(&app).await;
        let (segment, _) = market(&story).await;
        let ops = story.today();
        let report = coverage(&ops, &segment, None, None).await;
        assert_eq!((&report["accounts"], &report["undetermined"]), (&json!(5), &json!(1)));
        assert_eq!(counts(&report), [2, 3, 1, 2, 2, 1, 4, 1, 4]);
        assert_eq!(report["parts"][1]["share"], json!({ "value": "0.6000", "numerator": "3", "denominator": "5", "nullReason": null }));
        assert_eq!(report["unreached"]["numerator"], "2");
        for (part, expected) in PARTS.iter().zip([
            &["Touched", "ByPerson"][..],
            &["Quiet", "Known", "Customer"],
            &["Touched"],
            &["Quiet", "Known"],
            &["ByPerson", "Customer"],
            &["Known"],
            &["Quiet", "Touched", "ByPerson", "Customer"],
            &["Customer"],
            &["Quiet", "Touched", "ByPerson", "Known"],
        ]) {
            assert_eq!(names(&ops, &segment, &[part]).await, expected, "{part}");
        }
        assert_eq!(names(&ops, &segment, &["UNTOUCHED", "NOT_SEARCHING"]).await, ["Quiet", "Known"]);
        assert_eq!(names(&ops, &segment, &[]).await.len(), 5);
        let row = ops.gql(ROWS, json!({ "id": segment, "parts": ["SEARCHING"] })).await["demandCoverage"]["rows"]["nodes"][0].take();
        assert_eq!(row, json!({ "account": { "name": "Touched" }, "touched": true, "demandState": "SEARCHING", "known": false, "customer": false }));
    }

    async fn what_was_recorded_later_is_in_no_answer_of_before(app: TestApp) {
        let story = Story::begin(&app).await;
        let (segment, _) = market(&story).await;
        let ops = story.today();
        let untouched = [0, 5, 0, 0, 5, 0, 5, 0, 5];
        assert_eq!(counts(&coverage(&ops, &segment, None, Some("2026-02-09T00:00:00Z")).await), untouched);
        // The close of February was recorded in March.
        assert_eq!(counts(&coverage(&ops, &segment, None, Some("2026-03-01T00:00:00Z")).await), [2, 3, 1, 2, 2, 1, 4, 0, 5]);
        let nobody = coverage(&ops, &segment, None, Some("2026-01-09T00:00:00Z")).await;
        assert_eq!((&nobody["accounts"], &nobody["parts"][0]["share"]["nullReason"]), (&json!(0), &json!("ZERO_DENOMINATOR")));
        let since = coverage(&ops, &segment, Some("2026-02-04T00:00:00Z"), None).await;
        assert_eq!(counts(&since)[..2], [1, 4]);
        let answer = ops.answer(COVERAGE, json!({ "id": segment, "since": "2026-03-01T00:00:00Z", "asOf": "2026-02-01T00:00:00Z" })).await;
        assert_eq!(answer["errors"][0]["extensions"]["reason"], "PERIOD_EMPTY");
    }

    async fn a_trend_answers_for_the_end_of_each_part(app: TestApp) {
        let story = Story::begin(&app).await;
        let (segment, _) = market(&story).await;
        let ops = story.at("2026-03-15T00:00:00Z");
        let document = "query($id: ID!, $grain: Grain!) { demandCoverageTrend(segmentId: $id, period: { from: \"2026-01-01\", to: \"2026-05-01\" }, grain: $grain) {
            points { period { from } coverage { asOf accounts undetermined parts { part share { numerator } } } } } }";
        let data = ops.gql(document, json!({ "id": segment, "grain": "MONTH" })).await;
        let points = data["demandCoverageTrend"]["points"].as_array().unwrap();
        let told: Vec<(&str, &str, Vec<i64>)> = points
            .iter()
            .map(|point| (point["period"]["from"].as_str().unwrap(), point["coverage"]["asOf"].as_str().unwrap(), counts(&point["coverage"])))
            .collect();
        // April has not begun.
        assert_eq!(told, [
            ("2026-01-01", "2026-01-31T23:59:59.999999Z", vec![0, 5, 0, 0, 5, 0, 5, 0, 5]),
            ("2026-02-01", "2026-02-28T23:59:59.999999Z", vec![2, 3, 1, 2, 2, 1, 4, 0, 5]),
            ("2026-03-01", "2026-03-15T00:00:00Z", vec![2, 3, 1, 2, 2, 1, 4, 1, 4]),
        ]);
        let answer = ops.answer(document, json!({ "id": segment, "grain": "DAY" })).await;
        assert_eq!(answer["errors"][0]["extensions"]["reason"], "TOO_MANY");
    }

    async fn totals_are_everybodys_and_rows_are_not(app: TestApp) {
        let story = Story::begin(&app).await;
        let (segment, touched) = market(&story).await;
        let rep = story.member(Role::SalesRep).await;
        let ops = story.today();
        let given = json!({ "input": { "accountId": touched, "ownerId": rep.member.unwrap().to_string() } });
        ops.gql("mutation($input: ReviseAccountInput!) { reviseAccount(input: $input) { account { id } } }", given).await;
        assert_eq!(coverage(&rep, &segment, None, None).await, coverage(&ops, &segment, None, None).await);
        let seen = rep.gql(ROWS, json!({ "id": segment })).await["demandCoverage"]["rows"].take();
        assert_eq!((&seen["totalCount"], &seen["visibility"]["complete"], &seen["nodes"][0]["account"]["name"]), (&json!(1), &json!(false), &json!("Touched")));
        assert_eq!(story.member(Role::Partner).await.refused(COVERAGE, json!({ "id": segment })).await, "FORBIDDEN");
    }
}
