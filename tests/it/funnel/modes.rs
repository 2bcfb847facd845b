//! The three modes and the three orders: G7 of `metrics.md`, and what the answer says of itself.

use serde_json::{Value, json};

use super::*;
use crate::support::on_both_engines;

const RATES: &str = "steps {
    stage { key } entered matured visits
    ofFirst { naive { value } matured { value numerator denominator unit nullReason } }
    fromPrevious { naive { value } matured { value } }
} matured pending backdated excluded missing before aside";

fn rates(funnel: &Value, pointer: &str) -> Value {
    column(&funnel["steps"], pointer)
}

on_both_engines! {
    async fn g7_cohort_in_each_order(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        for (order, counts, mature_counts, naive, matured, naive_steps, matured_steps) in [
            (
                "REACHED_OR_PASSED", [5, 4, 2, 2], [4, 4, 2, 2], ["1.0000", "0.8000", "0.4000", "0.4000"],
                ["1.0000", "1.0000", "0.5000", "0.5000"], json!([null, "0.8000", "0.5000", "1.0000"]), json!([null, "1.0000", "0.5000", "1.0000"]),
            ),
            (
                "STRICT", [5, 3, 1, 1], [4, 3, 1, 1], ["1.0000", "0.6000", "0.2000", "0.2000"],
                ["1.0000", "0.7500", "0.2500", "0.2500"], json!([null, "0.6000", "0.3333", "1.0000"]), json!([null, "0.7500", "0.3333", "1.0000"]),
            ),
            (
                "ANY", [5, 3, 1, 2], [4, 3, 1, 2], ["1.0000", "0.6000", "0.2000", "0.4000"],
                ["1.0000", "0.7500", "0.2500", "0.5000"], json!([null, null, null, null]), json!([null, null, null, null]),
            ),
        ] {
            let funnel = ask(&reader, RATES, with(january(), json!({ "order": order }))).await;
            assert_eq!(rates(&funnel, "/stage/key"), json!(STEPS));
            assert_eq!(rates(&funnel, "/entered"), json!(counts), "{order}");
            assert_eq!(rates(&funnel, "/matured"), json!(mature_counts), "{order}");
            // D was known twice and qualified twice; B's opportunity on day 48 is no visit in time.
            assert_eq!(rates(&funnel, "/visits"), json!([6, 4, 1, 2]), "{order}");
            assert_eq!(rates(&funnel, "/ofFirst/naive/value"), json!(naive), "{order}");
            assert_eq!(rates(&funnel, "/ofFirst/matured/value"), json!(matured), "{order}");
            assert_eq!(rates(&funnel, "/fromPrevious/naive/value"), naive_steps, "{order}");
            assert_eq!(rates(&funnel, "/fromPrevious/matured/value"), matured_steps, "{order}");
            let last = &funnel["steps"][3]["ofFirst"]["matured"];
            let expected = json!({ "value": matured[3], "numerator": mature_counts[3].to_string(), "denominator": "4", "unit": "RATIO", "nullReason": null });
            assert_eq!(last, &expected, "{order}");
            let rest = json!([funnel["matured"], funnel["pending"], funnel["backdated"], funnel["excluded"], funnel["missing"], funnel["before"], funnel["aside"]]);
            assert_eq!(rest, json!([4, 1, 0, 0, null, null, null]), "{order}");
        }
    }

    async fn g7_period_counts_what_happened(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let funnel = ask(&reader, RATES, with(january(), json!({ "mode": "PERIOD", "window": null }))).await;
        assert_eq!(rates(&funnel, "/entered"), json!([5, 4, 2, 2]));
        assert_eq!(rates(&funnel, "/visits"), json!([6, 4, 2, 2]));
        assert_eq!(rates(&funnel, "/fromPrevious/naive/value"), json!([null, "0.8000", "0.5000", "1.0000"]));
        assert_eq!(rates(&funnel, "/fromPrevious/matured"), json!([null, null, null, null]));
        assert_eq!(rates(&funnel, "/ofFirst"), json!([null, null, null, null]));
        assert_eq!(rates(&funnel, "/matured"), json!([null, null, null, null]));
        assert_eq!(json!([funnel["matured"], funnel["pending"]]), json!([null, 0]));
    }

    async fn g7_stock_says_where_everybody_stands(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        for (to, expected) in [("2026-02-01", [2, 1, 1, 2]), ("2026-03-01", [1, 1, 1, 3])] {
            let asked = json!({ "mode": "STOCK", "window": null, "asOf": null, "period": { "from": "2026-01-01", "to": to } });
            let funnel = ask(&reader, RATES, with(january(), asked)).await;
            assert_eq!(rates(&funnel, "/entered"), json!(expected), "{to}");
            assert_eq!(rates(&funnel, "/fromPrevious"), json!([null, null, null, null]));
            assert_eq!(rates(&funnel, "/visits"), json!([null, null, null, null]));
            assert_eq!(json!([funnel["before"], funnel["aside"]]), json!([0, 0]));
        }
    }

    async fn stock_knows_who_stands_before_the_first_step_and_beside_the_way(app: TestApp) {
        let mut story = Story::of_g7(app.org("acme").await).await;
        for (name, stage) in [("G", "ENGAGED"), ("H", "RECYCLED"), ("I", "DISQUALIFIED"), ("J", "ACCEPTED"), ("K", "ONBOARDED")] {
            story.person(name).await;
            story.tell(name, event(stage, "2026-01-20")).await;
        }
        let reader = story.reader().await;
        let asked = json!({ "mode": "STOCK", "window": null, "asOf": null });
        let funnel = ask(&reader, RATES, with(january(), asked)).await;
        // Who is between two steps stands at the former, who is beyond the last one at the last.
        assert_eq!(rates(&funnel, "/entered"), json!([2, 2, 1, 3]));
        assert_eq!(json!([funnel["before"], funnel["aside"]]), json!([1, 2]));
    }

    async fn the_answer_explains_itself(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let fields = "definition { key version unit } unit period { from to timeZone } asOf pipeline { id } subject mode order window
            stepWindows { stage { key } window } breakdown { by at stage { key } source }
            exclusions { name version stage { key } afterStep { key } beforeStep { key } } visibility { scope complete }";
        let asked = json!({
            "stepWindows": [{ "step": "CLOSED", "window": "P1W" }],
            "breakdown": { "by": "CHANNEL", "at": "AT_STEP", "step": "QUALIFIED" },
            "exclusions": [{ "stage": "RECYCLED", "afterStep": "KNOWN", "beforeStep": "CLOSED" }],
            "asOf": "2026-02-28T01:00:00+01:00", "pipeline": story.pipeline.id.to_string(),
        });
        let funnel = ask(&reader, fields, with(january(), asked)).await;
        assert_eq!(funnel, json!({
            "definition": { "key": "funnel", "version": 1, "unit": "RATIO" }, "unit": "RATIO",
            "period": { "from": "2026-01-01", "to": "2026-02-01", "timeZone": "UTC" }, "asOf": "2026-02-28T00:00:00Z",
            "pipeline": { "id": story.pipeline.id.to_string() }, "subject": "PERSON", "mode": "COHORT", "order": "REACHED_OR_PASSED",
            "window": "P45D", "stepWindows": [{ "stage": { "key": "CLOSED" }, "window": "P7D" }],
            "breakdown": {
                "by": "CHANNEL", "at": "AT_STEP", "stage": { "key": "QUALIFIED" },
                "source": "channel of the latest touch at or before the named step",
            },
            "exclusions": [{
                "name": "RECYCLED", "version": 1, "stage": { "key": "RECYCLED" }, "afterStep": { "key": "KNOWN" }, "beforeStep": { "key": "CLOSED" },
            }],
            "visibility": { "scope": "ORGANIZATION", "complete": true },
        }));
        let plain = ask(&reader, fields, json!({ "period": { "from": "2026-01-01", "to": "2026-02-01" }, "mode": "PERIOD" })).await;
        assert_eq!(json!([plain["order"], plain["window"], plain["breakdown"], plain["exclusions"], plain["stepWindows"]]), json!([null, null, null, [], []]));
        assert_eq!(plain["asOf"], "2026-06-01T12:00:00Z");
    }

    async fn the_main_stages_from_engaged_to_closed_are_the_steps_unless_others_are_chosen(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let funnel = ask(&reader, RATES, with(january(), json!({ "stages": null }))).await;
        assert_eq!(rates(&funnel, "/stage/key"), json!(["ENGAGED", "KNOWN", "QUALIFIED", "ACCEPTED", "OPPORTUNITY", "CLOSED"]));
        assert_eq!(rates(&funnel, "/entered"), json!([5, 5, 4, 2, 2, 2]));
    }

    async fn a_rate_without_anybody_says_why_it_has_no_value(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let fields = "steps { ofFirst { naive { value nullReason } matured { value nullReason denominator } } }";
        let of_nobody = json!({ "value": null, "nullReason": "ZERO_DENOMINATOR" });
        let empty = ask(&reader, fields, with(january(), json!({ "period": { "from": "2024-01-01", "to": "2024-02-01" } }))).await;
        assert_eq!(empty["steps"][3]["ofFirst"]["naive"], of_nobody);
        assert_eq!(empty["steps"][3]["ofFirst"]["matured"], json!({ "value": null, "nullReason": "ZERO_DENOMINATOR", "denominator": "0" }));
        let early = ask(&reader, fields, with(january(), json!({ "asOf": "2026-02-01T00:00:00Z" }))).await;
        assert_eq!(early["steps"][3]["ofFirst"]["naive"], json!({ "value": "0.2000", "nullReason": null }));
        assert_eq!(early["steps"][3]["ofFirst"]["matured"], json!({ "value": null, "nullReason": "IMMATURE", "denominator": "0" }));
    }

    async fn a_step_may_have_a_window_of_its_own(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        // From qualified to the opportunity B took 41 days and A 15.
        for (days, opportunities) in [("P14D", 1), ("P15D", 2), ("P40D", 2), ("P41D", 3)] {
            let asked = json!({ "window": null, "stepWindows": [{ "step": "OPPORTUNITY", "window": days }] });
            let counts = entered(&reader, with(january(), asked)).await;
            assert_eq!(counts[2], opportunities, "{days}");
        }
    }

    async fn accounts_are_counted_apart_from_people(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let account = story.account("Initech").await;
        story.tell_of_account(account, event("KNOWN", "2026-01-05")).await;
        story.tell_of_account(account, event("OPPORTUNITY", "2026-01-06")).await;
        let reader = story.reader().await;
        let counts = entered(&reader, january()).await;
        assert_eq!(counts, json!([5, 4, 2, 2]));
        let funnel = ask(&reader, "subject steps { entered } rows { nodes { subjectId } }", with(january(), json!({ "subject": "ACCOUNT" }))).await;
        assert_eq!(column(&funnel["steps"], "/entered"), json!([1, 1, 1, 0]));
        assert_eq!(funnel["subject"], "ACCOUNT");
        assert_eq!(funnel["rows"]["nodes"], json!([{ "subjectId": account.to_string() }]));
    }
}
