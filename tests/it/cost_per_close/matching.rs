//! Closes and the cost of winning them: of the same days, of earlier ones, or by when buyers were acquired.

use serde_json::{Value, json};

use crate::support::Caller;
use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

const TREND: &str = "query($matching: CostMatchingInput, $by: CostDimension! = RESOURCE, $asOf: DateTime) {
    costPerCloseTrend(period: { from: \"2026-01-01\", to: \"2026-04-01\" }, grain: MONTH, by: $by, matching: $matching, asOf: $asOf) {
        points { conserved blended { closes cost { amount } costPerClose { value nullReason } } } } }";
const WHOLE: &str = "query($matching: CostMatchingInput, $by: CostDimension! = RESOURCE, $refunds: RefundPeriod, $asOf: DateTime) {
    costPerClose(period: { from: \"2026-01-01\", to: \"2026-04-01\" }, by: $by, matching: $matching, refundPeriod: $refunds, asOf: $asOf) {
        matching costsFrom costsUntil matureAfterDays conserved blended { closes costPerClose { value } } lines { key creditedCloses } } }";

/// The cost per close of each month, or why there is none.
async fn months(caller: &Caller<'_>, matching: Value, as_of: Option<&str>) -> Vec<String> {
    let data = caller.gql(TREND, json!({ "matching": matching, "asOf": as_of })).await;
    let points = data["costPerCloseTrend"]["points"].as_array().unwrap().iter();
    points
        .map(|point| {
            assert_eq!(point["conserved"], true);
            let ratio = &point["blended"]["costPerClose"];
            ratio["value"].as_str().or(ratio["nullReason"].as_str()).unwrap().to_owned()
        })
        .collect()
}

/// Buyers acquired in January close in January and twice in March, a buyer of February closes in March.
async fn example(story: &Story<'_>) -> String {
    story.at("2026-04-01T00:00:00Z");
    let tactic = story.tactic(json!({ "name": "webinar", "resource": "SALES", "channel": "EVENT" })).await;
    for (won, acquired) in
        [("2026-01-20", "2026-01-05"), ("2026-03-05", "2026-01-10"), ("2026-03-10", "2026-01-15"), ("2026-03-20", "2026-02-10")]
    {
        let account = story.account(won).await;
        for day in [acquired, won] {
            story.touch(&format!("{day}T10:00:00Z"), "SALES", json!({ "accountId": account, "tacticId": tactic })).await;
        }
        let close = json!({ "accountId": account, "occurredAt": format!("{won}T12:00:00Z"), "amount": usd("10.00"), "path": "ASSISTED", "sourceResource": "SALES" });
        story.close(close).await;
    }
    for (first, last, amount) in
        [("2026-01-01", "2026-01-31", "3000.00"), ("2026-02-01", "2026-02-28", "1000.00"), ("2026-03-01", "2026-03-31", "500.00")]
    {
        story.cost_of(json!({ "owner": "SALES", "category": "MEDIA", "amount": usd(amount), "firstOn": first, "lastOn": last, "tacticId": tactic })).await;
    }
    tactic
}

on_both_engines! {
    async fn g18_cost_of_the_same_months_and_of_cohorts(app: TestApp) {
        let story = Story::begin(&app).await;
        let tactic = example(&story).await;
        let caller = story.today();
        assert_eq!(months(&caller, json!({ "mode": "SAME_PERIOD" }), None).await, ["3000.00", "ZERO_CLOSES", "166.67"]);
        let cohort = json!({ "mode": "COHORT", "matureAfterDays": 30 });
        assert_eq!(months(&caller, cohort.clone(), Some("2026-04-10T00:00:00Z")).await, ["1000.00", "1000.00", "IMMATURE"]);
        // Thirty days after the end of March its buyers have had their time.
        assert_eq!(months(&caller, cohort.clone(), Some("2026-04-30T23:59:59Z")).await[2], "IMMATURE");
        assert_eq!(months(&caller, cohort.clone(), Some("2026-05-01T00:00:00Z")).await[2], "ZERO_CLOSES");
        for (matching, mode, days) in [(Value::Null, "SAME_PERIOD", Value::Null), (cohort, "COHORT", json!(30)), (json!({ "mode": "COHORT" }), "COHORT", json!(90))] {
            for (by, line) in [("RESOURCE", "SALES"), ("TACTIC", tactic.as_str()), ("CHANNEL", "EMAIL")] {
                let data = caller.gql(WHOLE, json!({ "matching": matching, "by": by })).await;
                let report = &data["costPerClose"];
                assert_eq!((&report["matching"], &report["matureAfterDays"], &report["conserved"]), (&json!(mode), &days, &json!(true)));
                assert_eq!(report["blended"], json!({ "closes": 4, "costPerClose": { "value": "1125.00" } }), "{mode} {by}");
                let found = report["lines"].as_array().unwrap().iter().find(|found| found["key"] == line).unwrap();
                assert_eq!(found["creditedCloses"], "4.0000", "{mode} {by}");
            }
        }
    }

    async fn a_lag_takes_the_costs_of_earlier_days(app: TestApp) {
        let story = Story::begin(&app).await;
        example(&story).await;
        let caller = story.today();
        let lag = |days: i64| json!({ "mode": "LAGGED", "days": days });
        assert_eq!(months(&caller, lag(0), None).await, ["3000.00", "ZERO_CLOSES", "166.67"]);
        // 28 days before March is February; what lies before the year cost nothing that is known.
        assert_eq!(months(&caller, lag(28), None).await[2], "349.46");
        assert_eq!(months(&caller, lag(31), None).await[0], "NO_COST_DATA");
        let data = caller.gql(WHOLE, json!({ "matching": lag(31) })).await;
        let report = &data["costPerClose"];
        assert_eq!((&report["costsFrom"], &report["costsUntil"], &report["matching"]), (&json!("2025-12-01"), &json!("2026-02-28"), &json!("LAGGED")));
        assert_eq!(report["blended"], json!({ "closes": 4, "costPerClose": { "value": "1000.00" } }));
    }

    async fn what_cannot_be_matched_is_refused(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.today();
        for (matching, more, field, reason) in [
            (json!({ "mode": "LAGGED" }), json!({}), "matching.days", "REQUIRED"),
            (json!({ "mode": "LAGGED", "days": -1 }), json!({}), "matching.days", "INVALID"),
            (json!({ "mode": "LAGGED", "days": 3_661 }), json!({}), "matching.days", "INVALID"),
            (json!({ "mode": "SAME_PERIOD", "days": 1 }), json!({}), "matching.days", "INVALID"),
            (json!({ "mode": "LAGGED", "days": 1, "matureAfterDays": 1 }), json!({}), "matching.matureAfterDays", "INVALID"),
            (json!({ "mode": "COHORT", "matureAfterDays": 3_661 }), json!({}), "matching.matureAfterDays", "INVALID"),
            (json!({ "mode": "COHORT" }), json!({ "by": "MONTH" }), "matching.mode", "INVALID"),
            (json!({ "mode": "COHORT" }), json!({ "refunds": "EVENT_PERIOD" }), "refundPeriod", "INVALID"),
        ] {
            let mut asked = more.clone();
            asked["matching"] = matching.clone();
            let answer = caller.answer(WHOLE, asked).await;
            let extensions = &answer["errors"][0]["extensions"];
            assert_eq!((&extensions["field"], &extensions["reason"]), (&json!(field), &json!(reason)), "{matching} {more}");
        }
        for good in [json!({ "mode": "LAGGED", "days": 3_660 }), json!({ "mode": "COHORT", "matureAfterDays": 0 })] {
            assert_eq!(caller.gql(WHOLE, json!({ "matching": good })).await["costPerClose"]["blended"]["closes"], 0);
        }
    }
}
