//! Goals of every kind, and all that is said of them.

use serde_json::{Value, json};

use super::Asker;
use crate::support::selection::full;

pub(super) async fn pursue(asker: &mut Asker<'_>, team: &str, agreement: &str) {
    let day = json!({ "weekday": "MONDAY", "hours": [{ "from": "09:00", "to": "18:00" }] });
    let calendar = asker.made("defineCalendar", json!({ "name": "Goals", "timeZone": "UTC", "week": [day], "specialDays": [] })).await;
    let goal = |name: &str, metric: &str, more: Value| {
        let mut goal = json!({ "name": name, "description": "so that all pull together", "metric": { "key": metric }, "direction": "HIGHER_IS_BETTER",
            "owners": ["MARKETING", "SALES", "PRODUCT"], "target": "120" });
        goal.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        goal
    };
    let days = json!({ "from": "2026-04-01", "to": "2026-07-01", "timeZone": "UTC" });
    let year =
        asker.made("createGoal", goal("Year", "credited_closes", json!({ "fiscalPeriod": { "year": 2026 }, "teamIds": [team] }))).await;
    let curve = json!({ "kind": "BUSINESS_DAYS", "calendarId": calendar });
    let part =
        asker.made("createGoal", goal("Spring", "credited_closes", json!({ "period": days, "curve": curve, "parentId": year }))).await;
    let curve = json!({ "kind": "SEASONAL", "monthlyBasisPoints": [2000, 3000, 5000] });
    asker.made("createGoal", goal("Seasons", "credited_closes", json!({ "period": days, "curve": curve }))).await;
    asker.made("createGoal", goal("Win more", "win_rate", json!({ "period": days, "target": "0.4" }))).await;
    asker
        .made(
            "createGoal",
            goal(
                "Keep our word",
                "sla_status",
                json!({ "period": days, "target": "0.9", "metric": { "key": "sla_status", "args": { "agreementId": agreement } } }),
            ),
        )
        .await;
    asker.made("checkInGoal", json!({ "goalId": part, "confidence": "AT_RISK", "comment": "two of us are ill" })).await;
    asker.made("reviseGoalTarget", json!({ "goalId": part, "target": "100", "reason": "fewer of us", "expectedVersion": 1 })).await;
    asker.made("endGoal", json!({ "goalId": part, "reason": "the year will do" })).await;
}

/// How a resource does, and a team.
pub(super) async fn keep_score(asker: &mut Asker<'_>, team: &str) {
    let period = r#"period: { from: "2026-04-01", to: "2026-07-01" }"#;
    for of in ["resource: SALES".to_owned(), format!("teamId: \"{team}\"")] {
        let document = format!("{{ scorecard({period}, {of}) {} }}", full(&asker.told, "Scorecard"));
        asker.ask(&document, json!({})).await;
    }
}
