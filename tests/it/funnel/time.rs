//! What was known when, what came late, and where midnight is.

use serde_json::json;

use super::*;
use crate::support::on_both_engines;

on_both_engines! {
    async fn what_was_recorded_later_changes_no_earlier_answer(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let before = ask(&reader, "steps { entered } rows { totalCount }", january()).await;
        story.tell("E", event("CLOSED", "2026-02-05").recorded("2026-03-01")).await;
        assert_eq!(ask(&reader, "steps { entered } rows { totalCount }", january()).await, before);
        assert_eq!(entered(&reader, with(january(), json!({ "asOf": "2026-03-01T00:00:00Z" }))).await, json!([5, 5, 3, 3]));
        assert_eq!(entered(&reader, with(january(), json!({ "asOf": null }))).await, json!([5, 5, 3, 3]));
    }

    async fn what_happened_later_is_not_known_yet(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        assert_eq!(entered(&reader, with(january(), json!({ "asOf": "2026-02-09T23:59:59Z" }))).await, json!([5, 4, 2, 1]));
        assert_eq!(entered(&reader, with(january(), json!({ "asOf": "2026-02-10T00:00:00Z" }))).await, json!([5, 4, 2, 2]));
        // Announced, but not yet happened: it does not count before it does.
        story.tell("E", event("CLOSED", "2026-02-27").recorded("2026-02-26T12:00:00Z")).await;
        assert_eq!(entered(&reader, with(january(), json!({ "asOf": "2026-02-26T13:00:00Z" }))).await, json!([5, 4, 2, 2]));
        assert_eq!(entered(&reader, with(january(), json!({ "asOf": "2026-02-27T00:00:00Z" }))).await, json!([5, 5, 3, 3]));
    }

    async fn a_corrected_event_counts_as_corrected_from_then_on(app: TestApp) {
        let mut story = Story::of(app.org("acme").await).await;
        story.person("A").await;
        let wrong = story.tell("A", event("CLOSED", "2026-01-05")).await;
        let right = story.tell("A", event("KNOWN", "2026-01-05").recorded("2026-01-10").correcting(wrong)).await;
        story.tell("A", event("KNOWN", "2026-01-05").recorded("2026-01-20").retracting(right)).await;
        let reader = story.reader().await;
        for (as_of, expected) in [
            ("2026-01-09T23:59:59Z", [1, 1, 1, 1]), ("2026-01-10T00:00:00Z", [1, 0, 0, 0]), ("2026-01-19T23:59:59Z", [1, 0, 0, 0]),
            ("2026-01-20T00:00:00Z", [0, 0, 0, 0]),
        ] {
            for mode in ["COHORT", "PERIOD", "STOCK"] {
                let counts = entered(&reader, with(january(), json!({ "asOf": as_of, "mode": mode, "window": null }))).await;
                let passed = if mode == "COHORT" { expected } else if expected[1] == 1 { [0, 0, 0, 1] } else { expected };
                // At the end of January nobody stands anywhere for those who ask before it.
                let known = if mode == "STOCK" { [passed[0], 0, 0, passed[3]] } else { passed };
                assert_eq!(counts, json!(known), "{mode} {as_of}");
            }
        }
    }

    async fn backdated_events_count_and_are_counted(app: TestApp) {
        let mut story = Story::of(app.org("acme").await).await;
        for name in ["A", "B"] {
            story.person(name).await;
            story.tell(name, event("KNOWN", "2026-01-05")).await;
        }
        // Won two days before the first contact.
        story.tell("A", event("CLOSED", "2026-01-03").recorded("2026-01-06").backdated()).await;
        let reader = story.reader().await;
        let fields = "backdated steps { entered } rows { nodes { subjectId enteredAt backdated steps { reachedAt } } }";
        let funnel = ask(&reader, fields, january()).await;
        assert_eq!(funnel["backdated"], 1);
        assert_eq!(column(&funnel["steps"], "/entered"), json!([2, 1, 1, 1]));
        assert_eq!(column(&funnel["rows"]["nodes"], "/backdated"), json!([true, false]));
        assert_eq!(funnel["rows"]["nodes"][0]["enteredAt"], "2026-01-05T00:00:00Z");
        assert_eq!(column(&funnel["rows"]["nodes"][0]["steps"], "/reachedAt"), json!(vec!["2026-01-05T00:00:00Z"; 4]));
        let period = ask(&reader, "backdated steps { entered }", with(january(), json!({ "mode": "PERIOD", "window": null }))).await;
        assert_eq!(json!([period["backdated"], column(&period["steps"], "/entered")]), json!([1, [2, 0, 0, 1]]));
    }

    async fn midnight_is_where_the_question_says(app: TestApp) {
        let mut story = Story::of(app.org_in("acme", "EUR", "America/New_York").await).await;
        story.person("A").await;
        // 2026-01-31T23:30 in New York.
        story.tell("A", event("KNOWN", "2026-02-01T04:30:00Z")).await;
        let reader = story.reader().await;
        for (zone, expected) in [(Some("UTC"), 0), (Some("America/New_York"), 1), (Some("Asia/Tokyo"), 0), (None, 1)] {
            let period = json!({ "from": "2026-01-01", "to": "2026-02-01", "timeZone": zone });
            for mode in ["COHORT", "PERIOD", "STOCK"] {
                let counts = entered(&reader, with(january(), json!({ "period": period, "mode": mode, "window": null }))).await;
                assert_eq!(counts[0], expected, "{zone:?} {mode}");
            }
        }
        let funnel = ask(&reader, "period { timeZone }", with(january(), json!({ "period": { "from": "2026-01-01", "to": "2026-02-01" } }))).await;
        assert_eq!(funnel["period"]["timeZone"], "America/New_York");
    }

    async fn who_stepped_aside_is_excluded_only_between_the_named_steps(app: TestApp) {
        let mut story = Story::of_g7(app.org("acme").await).await;
        story.tell("B", event("DISQUALIFIED", "2026-01-05")).await;
        story.tell("A", event("DISQUALIFIED", "2026-01-10")).await;
        story.person("G").await;
        let reader = story.reader().await;
        let excluding = |after: &str, before: &str| {
            with(january(), json!({ "exclusions": [{ "stage": "DISQUALIFIED", "afterStep": after, "beforeStep": before }] }))
        };
        let fields = "excluded steps { entered }";
        for (after, before, excluded, counts) in [
            ("KNOWN", "QUALIFIED", 1, [4, 3, 2, 2]), ("QUALIFIED", "OPPORTUNITY", 1, [4, 3, 1, 1]), ("KNOWN", "CLOSED", 2, [3, 2, 1, 1]),
            ("OPPORTUNITY", "CLOSED", 0, [5, 4, 2, 2]),
        ] {
            let funnel = ask(&reader, fields, excluding(after, before)).await;
            assert_eq!(json!([funnel["excluded"], column(&funnel["steps"], "/entered")]), json!([excluded, counts]), "{after} {before}");
        }
    }
}
