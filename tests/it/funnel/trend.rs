//! A trend answers as many questions at once.

use serde_json::{Value, json};

use super::*;
use crate::support::on_both_engines;

const EVERYTHING: &str = "period { from to timeZone } asOf mode order window
    steps { stage { key } entered matured visits ofFirst { naive { value numerator denominator nullReason } matured { value nullReason } }
        fromPrevious { naive { value nullReason } matured { value nullReason } } }
    matured pending backdated excluded missing before aside
    groups { of { value } steps { entered matured visits } matured pending backdated excluded before aside }
    rows(first: 5, state: ALL) { totalCount nodes { subjectId enteredAt pending steps { reachedAt value } } }";

on_both_engines! {
    async fn each_point_is_what_a_question_about_its_part_would_answer(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        story.tell("B", event("RECYCLED", "2026-01-05")).await;
        story.tell("C", event("OPPORTUNITY", "2026-01-02").recorded("2026-01-07").backdated()).await;
        for (name, channel, when) in [("A", Channel::Email, "2026-01-01"), ("C", Channel::Phone, "2025-12-01"), ("F", Channel::Email, "2026-01-10")] {
            story.touched(name, channel, when).await;
        }
        let reader = story.reader().await;
        let exclusions = json!([{ "stage": "RECYCLED", "afterStep": "KNOWN", "beforeStep": "QUALIFIED" }]);
        let cohort_only = json!({ "window": null });
        let plain = with(january(), json!({ "period": { "from": "2025-12-15", "to": "2026-02-20", "timeZone": "UTC" } }));
        for (grain, parts, asked) in [
            ("WEEK", 10, json!({ "exclusions": exclusions, "breakdown": { "by": "CHANNEL" } })),
            ("MONTH", 3, json!({ "order": "STRICT" })),
            ("QUARTER", 2, json!({ "order": "ANY" })),
            ("WEEK", 10, json!({ "mode": "PERIOD", "breakdown": { "by": "CHANNEL" }, "window": cohort_only["window"] })),
            ("MONTH", 3, json!({ "mode": "STOCK", "breakdown": { "by": "CHANNEL" }, "window": cohort_only["window"] })),
        ] {
            let variables = with(plain.clone(), asked.clone());
            let data = reader.gql(&trend(grain, EVERYTHING), variables.clone()).await;
            let points = data["funnelTrend"]["points"].as_array().unwrap();
            assert_eq!(points.len(), parts, "{grain}");
            let mut counted = 0;
            for point in points {
                let alone = ask(&reader, EVERYTHING, with(variables.clone(), json!({ "period": point["period"] }))).await;
                assert_eq!(point, &alone, "{asked}");
                counted += point["steps"][0]["entered"].as_u64().unwrap();
            }
            assert!(counted > 0, "{asked}");
        }
    }

    async fn the_trend_explains_itself(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let document = r#"{ funnelTrend(period: { from: "2026-01-30", to: "2026-02-02" }, grain: DAY, mode: PERIOD, asOf: "2026-02-28T00:00:00Z") {
            definition { key version } period { from to timeZone } grain asOf visibility { scope complete }
            points { period { from to } }
        } }"#;
        assert_eq!(reader.gql(document, json!({})).await["funnelTrend"], json!({
            "definition": { "key": "funnel", "version": 1 }, "period": { "from": "2026-01-30", "to": "2026-02-02", "timeZone": "UTC" },
            "grain": "DAY", "asOf": "2026-02-28T00:00:00Z", "visibility": { "scope": "ORGANIZATION", "complete": true },
            "points": [
                { "period": { "from": "2026-01-30", "to": "2026-01-31" } }, { "period": { "from": "2026-01-31", "to": "2026-02-01" } },
                { "period": { "from": "2026-02-01", "to": "2026-02-02" } },
            ],
        }));
    }

    async fn a_trend_costs_as_many_statements_as_one_funnel(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let mut counted = Vec::new();
        // What was recorded is known by then.
        reader.gql(&funnel("pending"), january()).await;
        for document in [funnel("pending"), trend("DAY", "pending"), trend("MONTH", "pending rows { totalCount }")] {
            let before = app.statements();
            reader.gql(&document, january()).await;
            counted.push(app.app.db().statement_count() - before);
        }
        assert_eq!(counted, [counted[0]; 3]);
    }

    async fn a_trend_is_paid_by_its_parts(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let years: Value = with(january(), json!({ "period": { "from": "2023-01-01", "to": "2025-01-01" } }));
        assert_eq!(reader.gql(&trend("DAY", "steps { entered }"), years.clone()).await["funnelTrend"]["points"].as_array().unwrap().len(), 731);
        assert_eq!(reader.refused(&trend("DAY", "rows { totalCount }"), years.clone()).await, "COST_LIMIT_EXCEEDED");
        assert_eq!(reader.gql(&trend("MONTH", "rows { totalCount }"), years).await["funnelTrend"]["points"].as_array().unwrap().len(), 24);
    }
}
