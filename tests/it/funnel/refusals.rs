//! Who may not ask, and what cannot be asked.

use serde_json::{Value, json};

use super::*;
use crate::support::on_both_engines;

/// The code, the field and the reason of the one error of an answer without data.
async fn refusal(caller: &Caller<'_>, document: &str, variables: Value) -> Value {
    let answer = caller.answer(document, variables).await;
    assert!(answer.get("data").is_none_or(Value::is_null), "{answer:#}");
    let error = &answer["errors"][0];
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer:#}");
    json!([error["extensions"]["code"], error["extensions"]["field"], error["extensions"]["reason"]])
}

on_both_engines! {
    async fn partners_and_strangers_are_turned_away(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let partner = story.organization.member(Role::Partner).await;
        for document in [funnel("pending"), trend("MONTH", "pending")] {
            assert_eq!(partner.refused(&document, january()).await, "FORBIDDEN");
            assert_eq!(app.anonymous().refused(&document, january()).await, "UNAUTHENTICATED");
        }
        for role in Role::ALL.iter().filter(|role| **role != Role::Partner) {
            let counts = entered(&story.organization.member(*role).await, january()).await;
            assert_eq!(counts, json!([5, 4, 2, 2]), "{role:?}");
        }
    }

    async fn everybody_who_signed_in_may_know_what_the_metrics_mean(app: TestApp) {
        let acme = app.org("acme").await;
        let document = "{ metricDefinitions { key version unit formula } }";
        let data = acme.member(Role::Partner).await.gql(document, json!({})).await;
        assert_eq!(column(&data["metricDefinitions"], "/key"), json!(["funnel", "stage_entries", "stage_stock", "time_in_stage", "time_in_stage_p90", "anonymous_to_known", "late_evidence", "rep_free_share", "enablement_coverage", "win_rate", "competitive_win_rate", "no_decision", "no_decision_share_of_losses", "sla_status", "sla_acknowledgement", "sla_volume", "sla_quality", "handoff_reject_rate", "handoff_drift", "pipeline_velocity", "blocker_report", "attribution", "credit_gap", "order_taking", "tactic_importance", "credited_closes", "credited_value", "new_monthly_value", "cost", "cost_per_close", "budget_use", "resource_index", "close_rate", "cac_payback", "romi", "roas", "marginal_cost_per_close", "word_of_mouth", "icp_fit", "demand_coverage"]));
        assert!(column(&data["metricDefinitions"], "/formula").as_array().unwrap().iter().all(|formula| formula.as_str().is_some_and(|text| text.len() > 20)));
        assert_eq!(app.anonymous().refused(document, json!({})).await, "UNAUTHENTICATED");
    }

    async fn other_organizations_never_count(app: TestApp) {
        let acme = Story::of_g7(app.org("acme").await).await;
        let other = Story::of_g7(app.org("other").await).await;
        other.touched("A", Channel::Email, "2026-01-01").await;
        let reader = acme.reader().await;
        let fields = "steps { entered } groups { of { value } } rows { totalCount nodes { subjectId } }";
        let funnel = ask(&reader, fields, with(january(), json!({ "breakdown": { "by": "CHANNEL" } }))).await;
        assert_eq!(column(&funnel["steps"], "/entered"), json!([5, 4, 2, 2]));
        assert_eq!(column(&funnel["groups"], "/of/value"), json!([null]));
        assert_eq!(column(&funnel["rows"]["nodes"], "/subjectId"), acme.ids(&["A", "B", "C", "D", "E"]));
        let foreign = with(january(), json!({ "pipeline": other.pipeline.id.to_string() }));
        assert_eq!(refusal(&reader, &super::funnel("pending"), foreign).await, json!(["BAD_USER_INPUT", "pipeline", "NOT_FOUND"]));
    }

    async fn what_cannot_be_asked_is_named(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let period = |from: &str, to: &str, zone: &str| json!({ "period": { "from": from, "to": to, "timeZone": zone } });
        let exclusion = |stage: &str, after: &str, before: &str| json!({ "exclusions": [{ "stage": stage, "afterStep": after, "beforeStep": before }] });
        let step_window = |step: &str, window: &str| json!({ "stepWindows": [{ "step": "OPPORTUNITY", "window": "P1D" }, { "step": step, "window": window }] });
        let breakdown = |at: Value, step: Value| json!({ "breakdown": { "by": "CHANNEL", "at": at, "step": step } });
        for (asked, field, reason) in [
            (period("2026-02-01", "2026-02-01", "UTC"), "period", "PERIOD_EMPTY"),
            (period("2026-02-01", "2026-01-01", "UTC"), "period", "PERIOD_EMPTY"),
            (period("2026-01-01", "2026-02-01", "Mars/Olympus"), "period.timeZone", "UNKNOWN_TIME_ZONE"),
            (period("1969-12-31", "2026-02-01", "UTC"), "period.from", "DATE_OUT_OF_RANGE"),
            (json!({ "asOf": "2026-06-01T12:00:00.000001Z" }), "asOf", "DATE_OUT_OF_RANGE"),
            (json!({ "pipeline": story.people["A"].to_string() }), "pipeline", "INVALID"),
            (json!({ "stages": ["KNOWN", "UNHEARD_OF"] }), "stages.1", "NOT_FOUND"),
            (json!({ "stages": ["QUALIFIED", "KNOWN"] }), "stages.1", "INVALID"),
            (json!({ "stages": ["KNOWN", "KNOWN"] }), "stages.1", "INVALID"),
            (json!({ "stages": ["RECYCLED"] }), "stages.0", "INVALID"),
            (json!({ "stages": [] }), "stages", "REQUIRED"),
            (json!({ "stages": vec!["KNOWN"; 33] }), "stages", "TOO_MANY"),
            (json!({ "window": "45 days" }), "window", "INVALID"),
            (json!({ "window": "-P1D" }), "window", "INVALID"),
            (step_window("CLOSED", "P1M"), "stepWindows.1.window", "INVALID"),
            (step_window("ACCEPTED", "P1D"), "stepWindows.1.step", "NOT_FOUND"),
            (step_window("KNOWN", "P1D"), "stepWindows.1.step", "INVALID"),
            (step_window("OPPORTUNITY", "P1D"), "stepWindows.1.step", "TAKEN"),
            (exclusion("UNHEARD_OF", "KNOWN", "CLOSED"), "exclusions.0.stage", "NOT_FOUND"),
            (exclusion("RECYCLED", "ENGAGED", "CLOSED"), "exclusions.0.afterStep", "NOT_FOUND"),
            (exclusion("RECYCLED", "KNOWN", "ONBOARDED"), "exclusions.0.beforeStep", "NOT_FOUND"),
            (exclusion("RECYCLED", "CLOSED", "KNOWN"), "exclusions.0.beforeStep", "INVALID"),
            (json!({ "exclusions": vec![json!({ "stage": "RECYCLED", "afterStep": "KNOWN", "beforeStep": "CLOSED" }); 33] }), "exclusions", "TOO_MANY"),
            (breakdown(json!("AT_STEP"), json!(null)), "breakdown.step", "REQUIRED"),
            (breakdown(json!("AT_STEP"), json!("ENGAGED")), "breakdown.step", "NOT_FOUND"),
            (breakdown(json!("LAST_STEP"), json!("KNOWN")), "breakdown.step", "INVALID"),
        ] {
            let found = refusal(&reader, &funnel("pending"), with(january(), asked.clone())).await;
            assert_eq!(found, json!(["BAD_USER_INPUT", field, reason]), "{asked}");
        }
        for mode in ["PERIOD", "STOCK"] {
            for (asked, field) in [
                (json!({ "window": "P45D" }), "window"),
                (exclusion("RECYCLED", "KNOWN", "CLOSED"), "exclusions"),
                (step_window("CLOSED", "P1D"), "stepWindows"),
                (breakdown(json!("FIRST_STEP"), json!(null)), "breakdown.at"),
            ] {
                let other = with(january(), json!({ "mode": mode, "window": null }));
                let found = refusal(&reader, &funnel("pending"), with(other, asked)).await;
                assert_eq!(found, json!(["BAD_USER_INPUT", field, "INVALID"]), "{mode}");
            }
        }
        let days = with(january(), period("2020-01-01", "2026-01-01", "UTC"));
        assert_eq!(refusal(&reader, &trend("DAY", "pending"), days).await, json!(["BAD_USER_INPUT", "period", "TOO_MANY"]));
    }

    async fn rows_that_cannot_be_asked_for_are_named(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let split = json!({ "breakdown": { "by": "CHANNEL" } });
        for (arguments, asked, field, reason) in [
            (r#"step: "ENGAGED""#, json!({}), "step", "NOT_FOUND"),
            (r#"group: { value: "EMAIL" }"#, json!({}), "group", "INVALID"),
            (r#"group: { value: "SMOKE_SIGNAL" }"#, split, "group.value", "NOT_FOUND"),
            ("state: BEFORE", json!({}), "state", "INVALID"),
            ("state: PENDING", json!({ "mode": "PERIOD", "window": null }), "state", "INVALID"),
        ] {
            let document = funnel(&format!("rows({arguments}) {{ totalCount }}"));
            assert_eq!(refusal(&reader, &document, with(january(), asked)).await, json!(["BAD_USER_INPUT", field, reason]), "{arguments}");
        }
    }
}
