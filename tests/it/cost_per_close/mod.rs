//! What a close costs, through the API: the worked examples, and what every answer promises.

mod allocation;
mod dimensions;
mod matching;
mod refunds;

use serde_json::{Value, json};

use crate::support::story::{Quarter, Story, quarter, usd};
use crate::support::{Caller, on_both_engines};

const QUARTER: &str = "query($zone: TimeZone, $basis: CloseBasis!, $asOf: DateTime) {
    costPerClose(period: { from: \"2026-01-01\", to: \"2026-04-01\", timeZone: $zone }, basis: $basis, asOf: $asOf) {
        conserved lines { resource creditedCloses creditedValue { amount } cost { amount } costPerClose { value } index { value } }
        blended { closes value { amount } cost { amount } costPerClose { value } } } }";

const ANY: &str = "query($period: PeriodInput!, $by: CostDimension!, $basis: CloseBasis, $asOf: DateTime) {
    costPerClose(period: $period, by: $by, basis: $basis, asOf: $asOf) {
        conserved unpriced unpricedRows unattributed
        lines { key creditedCloses creditedValue { amount } cost { amount } costPerClose { value nullReason } }
        blended { closes value { amount } cost { amount } costPerClose { value nullReason } } } }";

/// A line as `closes / value / cost / cost per close`.
fn told(line: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("null").to_owned();
    let parts = [&line["creditedCloses"], &line["creditedValue"]["amount"], &line["cost"]["amount"], &line["costPerClose"]["value"]];
    parts.map(text).join(" / ")
}

fn whole(blended: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    [&blended["closes"], &blended["value"]["amount"], &blended["cost"]["amount"], &blended["costPerClose"]["value"]].map(text).join(" / ")
}

fn first_quarter() -> Value {
    json!({ "from": "2026-01-01", "to": "2026-04-01" })
}

async fn ask(caller: &Caller<'_>, period: Value, by: &str, as_of: Option<&str>) -> Value {
    caller.gql(ANY, json!({ "period": period, "by": by, "asOf": as_of })).await["costPerClose"].take()
}

/// The lines by key, in their order.
fn lines(report: &Value) -> Vec<(String, String)> {
    report["lines"].as_array().unwrap().iter().map(|line| (line["key"].as_str().unwrap().to_owned(), told(line))).collect()
}

on_both_engines! {
    async fn g1_a_quarter_in_two_zones_and_on_two_bases(app: TestApp) {
        let story = Story::begin(&app).await;
        let Quarter { closes } = quarter(&story).await;
        let caller = story.today();
        const SALES: &str = "1.7334 / 2893.35 / 6300.00 / 3634.48";
        const MARKETING: [&str; 2] = ["1.3333 / 1033.33 / 3300.00 / 2475.06", "2.3333 / 1733.33 / 3300.00 / 1414.31"];
        const PRODUCT: [&str; 2] = ["0.9333 / 573.33 / 1800.00 / 1928.64", "1.9333 / 973.33 / 1800.00 / 931.05"];
        for (zone, basis, expected, blended) in [
            ("UTC", "NET", [SALES, MARKETING[0], PRODUCT[0]], "4 / 4500.01 / 11400.00 / 2850.00"),
            ("UTC", "GROSS", [SALES, MARKETING[0], PRODUCT[1]], "5 / 4900.01 / 11400.00 / 2280.00"),
            ("America/New_York", "NET", [SALES, MARKETING[1], PRODUCT[0]], "5 / 5200.01 / 11400.00 / 2280.00"),
            ("America/New_York", "GROSS", [SALES, MARKETING[1], PRODUCT[1]], "6 / 5600.01 / 11400.00 / 1900.00"),
        ] {
            let data = caller.gql(QUARTER, json!({ "zone": zone, "basis": basis })).await;
            let report = &data["costPerClose"];
            let told: Vec<String> = report["lines"].as_array().unwrap().iter().map(told).collect();
            assert_eq!(told, expected, "{zone} {basis}");
            assert_eq!(whole(&report["blended"]), blended, "{zone} {basis}");
            assert_eq!(report["conserved"], true);
        }
        let balances = "query($id: ID!, $asOf: DateTime) { close(id: $id) { balances(asOf: $asOf) { resource basisPoints } } }";
        for (close, as_of, expected) in [
            (2, Some("2026-02-03T11:59:59Z"), None),
            (2, Some("2026-02-04T00:00:00Z"), Some([0, 0, 10_000])),
            (2, Some("2026-02-06T00:00:00Z"), Some([4000, 0, 6000])),
            (3, None, Some([3334, 3333, 3333])),
        ] {
            let data = caller.gql(balances, json!({ "id": closes[close], "asOf": as_of })).await;
            let held: Vec<i64> = data["close"]["balances"].as_array().unwrap().iter().map(|share| share["basisPoints"].as_i64().unwrap()).collect();
            assert_eq!(held, expected.map(Vec::from).unwrap_or_default(), "C{} as of {as_of:?}", close + 1);
        }
    }

    async fn g1_rows_of_c4_split_its_value(app: TestApp) {
        let story = Story::begin(&app).await;
        let Quarter { closes } = quarter(&story).await;
        let document = "{ costPerClose(period: { from: \"2026-02-14\", to: \"2026-02-15\" }) { rows(side: CLOSES) { nodes {
            ... on CloseCreditRow { line resource basisPoints value { amount currency } close { id } } } totalCount visibility { complete } } } }";
        let data = story.today().gql(document, json!({})).await;
        let row = |resource: &str, bp: i64, value: &str| {
            json!({ "line": resource, "resource": resource, "basisPoints": bp, "value": usd(value), "close": { "id": closes[3] } })
        };
        assert_eq!(data["costPerClose"]["rows"], json!({
            "nodes": [row("SALES", 3334, "33.35"), row("MARKETING", 3333, "33.33"), row("PRODUCT", 3333, "33.33")],
            "totalCount": 3, "visibility": { "complete": true },
        }));
    }

    async fn g22_resource_index(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        let data = story.today().gql(QUARTER, json!({ "zone": "UTC", "basis": "NET" })).await;
        let index: Vec<&Value> = data["costPerClose"]["lines"].as_array().unwrap().iter().map(|line| &line["index"]["value"]).collect();
        assert_eq!(index, ["0.7842", "1.1515", "1.4777"]);
    }

    async fn the_answer_explains_itself(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        let document = "{ costPerClose(period: {from: \"2026-01-01\", to: \"2026-04-01\", timeZone: \"UTC\"}, by: RESOURCE, basis: NET) {
            currency definition { key version } conserved
            lines { resource creditedCloses creditedValue { amount } cost { amount } costPerClose { value nullReason } index { value } }
            blended { closes costPerClose { value } } pending unpriced visibility { scope complete }
            unit by basis timeZone period { from to timeZone } asOf unattributed exclusions unpricedRows } }";
        let data = story.today().gql(document, json!({})).await;
        let line = |resource: &str, closes: &str, value: &str, cost: &str, each: &str, index: &str| {
            json!({ "resource": resource, "creditedCloses": closes, "creditedValue": { "amount": value }, "cost": { "amount": cost },
                "costPerClose": { "value": each, "nullReason": null }, "index": { "value": index } })
        };
        assert_eq!(data["costPerClose"], json!({
            "currency": "USD", "definition": { "key": "cost_per_close", "version": 1 }, "conserved": true,
            "lines": [
                line("SALES", "1.7334", "2893.35", "6300.00", "3634.48", "0.7842"),
                line("MARKETING", "1.3333", "1033.33", "3300.00", "2475.06", "1.1515"),
                line("PRODUCT", "0.9333", "573.33", "1800.00", "1928.64", "1.4777"),
            ],
            "blended": { "closes": 4, "costPerClose": { "value": "2850.00" } },
            "pending": 0, "unpriced": 0, "visibility": { "scope": "ORGANIZATION", "complete": true },
            "unit": "MONEY", "by": "RESOURCE", "basis": "NET", "timeZone": "UTC",
            "period": { "from": "2026-01-01", "to": "2026-04-01", "timeZone": "UTC" }, "asOf": "2026-06-01T12:00:00Z",
            "unattributed": "0.0000", "exclusions": [], "unpricedRows": [],
        }));
    }

    async fn g2_a_ratio_without_a_value_says_why(app: TestApp) {
        let story = Story::begin(&app).await;
        let split = |sales: i64, marketing: i64| json!({ "signedAt": "2026-01-01T00:00:00Z", "shares": [
            { "resource": "SALES", "basisPoints": sales }, { "resource": "MARKETING", "basisPoints": marketing },
            { "resource": "PRODUCT", "basisPoints": 10_000 - sales - marketing } ] });
        let close = |day: &str, split: Value| json!({ "newAccount": { "name": "a" }, "occurredAt": format!("2026-{day}T12:00:00Z"),
            "amount": usd("1.00"), "path": "ASSISTED", "signedSplit": split });
        story.at("2026-04-01T00:00:00Z");
        // January: no close at all. February: two closes of Marketing without cost, of Sales with a cost of zero.
        story.cost("SALES", "500.00", "2026-01-01", "2026-01-31").await;
        for _ in 0..2 {
            story.close(close("02-10", split(0, 10_000))).await;
            story.close(close("02-11", split(10_000, 0))).await;
        }
        story.cost("SALES", "0.00", "2026-02-01", "2026-02-28").await;
        // March: a quarter of a close for 500.00.
        story.close(close("03-10", split(2500, 7500))).await;
        story.cost("SALES", "500.00", "2026-03-01", "2026-03-31").await;
        let caller = story.today();
        for (from, to, line, expected) in [
            ("2026-01-01", "2026-02-01", "SALES", ("500.00", json!({ "value": null, "nullReason": "ZERO_CLOSES" }))),
            ("2026-02-01", "2026-03-01", "MARKETING", ("0.00", json!({ "value": null, "nullReason": "NO_COST_DATA" }))),
            ("2026-02-01", "2026-03-01", "SALES", ("0.00", json!({ "value": "0.00", "nullReason": null }))),
            ("2026-03-01", "2026-04-01", "SALES", ("500.00", json!({ "value": "2000.00", "nullReason": null }))),
            ("2026-02-01", "2026-03-01", "PRODUCT", ("0.00", json!({ "value": null, "nullReason": "ZERO_CLOSES" }))),
        ] {
            let report = ask(&caller, json!({ "from": from, "to": to }), "RESOURCE", None).await;
            let found = report["lines"].as_array().unwrap().iter().find(|found| found["key"] == line).unwrap();
            assert_eq!((found["cost"]["amount"].as_str().unwrap(), &found["costPerClose"]), (expected.0, &expected.1), "{line} {from}");
        }
    }

    async fn g3_a_cost_accrues_by_local_days(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-03-01T00:00:00Z");
        story.cost("SALES", "3100.00", "2026-01-16", "2026-02-15").await;
        story.cost("MARKETING", "1000.01", "2026-01-16", "2026-02-15").await;
        let document = "{ costPerCloseTrend(period: { from: \"2026-01-01\", to: \"2026-03-01\" }, grain: MONTH) {
            grain definition { key } visibility { complete } points { period { from to } lines { cost { amount } } } } }";
        let data = story.today().gql(document, json!({})).await;
        let point = |from: &str, to: &str, sales: &str, marketing: &str| {
            let cost = |amount: &str| json!({ "cost": { "amount": amount } });
            json!({ "period": { "from": from, "to": to }, "lines": [cost(sales), cost(marketing), cost("0.00")] })
        };
        assert_eq!(data["costPerCloseTrend"], json!({
            "grain": "MONTH", "definition": { "key": "cost_per_close" }, "visibility": { "complete": true },
            "points": [point("2026-01-01", "2026-02-01", "1600.00", "516.16"), point("2026-02-01", "2026-03-01", "1500.00", "483.85")],
        }));
    }

    async fn a_trend_is_what_separate_questions_give(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        let caller = story.today();
        let trend = "query($by: CostDimension!, $grain: Grain!) { costPerCloseTrend(period: { from: \"2026-01-05\", to: \"2026-04-03\" }, grain: $grain, by: $by, basis: GROSS) {
            points { period { from to } lines { key creditedCloses creditedValue { amount } cost { amount } costPerClose { value nullReason } } } } }";
        for (by, grain, count) in [("RESOURCE", "WEEK", 13), ("MONTH", "QUARTER", 2), ("CHANNEL", "MONTH", 4)] {
            let data = caller.gql(trend, json!({ "by": by, "grain": grain })).await;
            let points = data["costPerCloseTrend"]["points"].as_array().unwrap();
            assert_eq!(points.len(), count, "{grain}");
            for point in points {
                let asked = json!({ "period": { "from": point["period"]["from"], "to": point["period"]["to"] }, "by": by, "basis": "GROSS" });
                let alone = caller.gql(ANY, asked).await;
                assert_eq!(alone["costPerClose"]["lines"], point["lines"], "{by} {}", point["period"]);
            }
        }
    }

    async fn what_is_in_another_currency_is_listed_and_never_valued(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let euros = json!({ "amount": "300.00", "currency": "EUR" });
        let close = |name: &str, amount: Value| json!({ "newAccount": { "name": name }, "occurredAt": "2026-01-10T12:00:00Z", "amount": amount,
            "path": "ASSISTED", "sourceResource": "SALES" });
        story.close(close("dollars", usd("100.00"))).await;
        let foreign = story.close(close("euros", euros.clone())).await;
        story.cost("SALES", "50.00", "2026-01-01", "2026-01-31").await;
        let cost = story.cost_of(json!({ "owner": "MARKETING", "category": "EVENT", "amount": euros, "firstOn": "2026-01-01", "lastOn": "2026-01-02" })).await;
        let caller = story.today();
        for by in ["RESOURCE", "MONTH", "CHANNEL", "TACTIC", "TEAM"] {
            let report = ask(&caller, json!({ "from": "2026-01-01", "to": "2026-02-01" }), by, None).await;
            assert_eq!(report["unpriced"], 2, "{by}");
            assert_eq!(report["unpricedRows"], json!([foreign["id"], cost]), "{by}");
            assert_eq!(whole(&report["blended"]), "2 / 100.00 / 50.00 / 25.00", "{by}");
            assert_eq!(report["conserved"], true, "{by}");
        }
        let report = ask(&caller, json!({ "from": "2026-01-01", "to": "2026-02-01" }), "RESOURCE", None).await;
        assert_eq!(report["lines"][1]["costPerClose"], json!({ "value": null, "nullReason": "ZERO_CLOSES" }));
        let rows = "{ costPerClose(period: { from: \"2026-01-01\", to: \"2026-02-01\" }) { rows(side: CLOSES, line: \"SALES\") { nodes { ... on CloseCreditRow { basisPoints value { amount } } } } } }";
        let data = caller.gql(rows, json!({})).await;
        let mut values: Vec<&Value> = data["costPerClose"]["rows"]["nodes"].as_array().unwrap().iter().map(|row| &row["value"]).collect();
        values.sort_by_key(|value| value.is_null());
        assert_eq!(values, [&json!({ "amount": "100.00" }), &Value::Null]);
    }

    async fn refunds_and_voids_count_on_their_basis(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-01-20T00:00:00Z");
        let close = json!({ "newAccount": { "name": "a" }, "occurredAt": "2026-01-10T12:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" });
        let close = story.close(close).await;
        story.cost("SALES", "30.00", "2026-01-01", "2026-01-31").await;
        let movement = |kind: &str, amount: Option<&str>, at: &str| json!({ "closeId": close["id"], "kind": kind, "amount": amount.map(usd), "occurredAt": at, "reason": "r" });
        let period = json!({ "from": "2026-01-01", "to": "2026-02-01" });
        let mut expected_then = Vec::new();
        for (kind, amount, day, net) in [
            ("REFUND", Some("30.00"), "2026-02-01T00:00:00Z", "1 / 70.00 / 30.00 / 30.00"),
            ("VOID", None, "2026-02-02T00:00:00Z", "0 / 0.00 / 30.00 / null"),
            ("REINSTATE", None, "2026-02-03T00:00:00Z", "1 / 70.00 / 30.00 / 30.00"),
            ("CHARGEBACK", Some("70.00"), "2026-02-04T00:00:00Z", "0 / 0.00 / 30.00 / null"),
        ] {
            story.at(day);
            story.movement(movement(kind, amount, day)).await;
            let report = story.at(day).gql(ANY, json!({ "period": period, "by": "RESOURCE", "basis": "NET" })).await;
            assert_eq!(whole(&report["costPerClose"]["blended"]), net, "after {kind}");
            let report = story.at(day).gql(ANY, json!({ "period": period, "by": "RESOURCE", "basis": "GROSS" })).await;
            assert_eq!(whole(&report["costPerClose"]["blended"]), "1 / 100.00 / 30.00 / 30.00", "after {kind}");
            expected_then.push((day, net));
        }
        // What is recorded later changes no answer as of then.
        let caller = story.today();
        assert_eq!(whole(&ask(&caller, period.clone(), "RESOURCE", Some("2026-01-31T00:00:00Z")).await["blended"]), "1 / 100.00 / 30.00 / 30.00");
        for (day, net) in expected_then {
            assert_eq!(whole(&ask(&caller, period.clone(), "RESOURCE", Some(day)).await["blended"]), net, "as of {day}");
        }
    }

    async fn late_corrections_change_today_and_not_yesterday(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let wrong = story.cost("SALES", "100.00", "2026-01-01", "2026-01-31").await;
        let shared = story.cost("SHARED", "90.00", "2026-01-01", "2026-01-31").await;
        story.at("2026-03-01T00:00:00Z");
        story.correct_cost(json!({ "costEntryId": wrong, "amount": usd("40.00"), "owner": "MARKETING" })).await;
        story.rule(json!({ "firstOn": "2026-01-01", "method": "FIXED", "shares": [{ "resource": "PRODUCT", "basisPoints": 10_000 }] })).await;
        story.at("2026-04-01T00:00:00Z");
        story.correct_cost(json!({ "costEntryId": shared, "retract": true })).await;
        let caller = story.today();
        for (as_of, expected) in [
            (Some("2026-01-31T00:00:00Z"), ["0.00", "0.00", "0.00"]),
            (Some("2026-02-15T00:00:00Z"), ["130.00", "30.00", "30.00"]),
            (Some("2026-03-15T00:00:00Z"), ["0.00", "40.00", "90.00"]),
            (None, ["0.00", "40.00", "0.00"]),
        ] {
            let report = ask(&caller, json!({ "from": "2026-01-01", "to": "2026-02-01" }), "RESOURCE", as_of).await;
            let costs: Vec<&Value> = report["lines"].as_array().unwrap().iter().map(|line| &line["cost"]["amount"]).collect();
            assert_eq!(costs, expected, "as of {as_of:?}");
        }
    }

    async fn the_rule_recorded_last_splits_shared_cost_on_its_days(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        story.cost("SHARED", "31.00", "2026-01-01", "2026-01-31").await;
        let whole = |resource: &str, first: &str, last: Option<&str>| json!({ "firstOn": first, "lastOn": last, "method": "FIXED",
            "shares": [{ "resource": resource, "basisPoints": 10_000 }] });
        story.rule(whole("SALES", "2026-01-01", None)).await;
        story.rule(whole("MARKETING", "2026-01-11", Some("2026-01-20"))).await;
        story.rule(whole("PRODUCT", "2026-01-20", Some("2026-01-21"))).await;
        let report = ask(&story.today(), json!({ "from": "2026-01-01", "to": "2026-02-01" }), "RESOURCE", None).await;
        let costs: Vec<&Value> = report["lines"].as_array().unwrap().iter().map(|line| &line["cost"]["amount"]).collect();
        assert_eq!(costs, ["20.00", "9.00", "2.00"]);
    }
}
