//! What is told of agreements without having been asked for.

use serde_json::{Value, json};

use super::Agreed;
use crate::insights::{figures, find, observed_again, rows_of};
use crate::support::on_both_engines;

on_both_engines! {
    async fn a_reason_that_is_given_more_often_is_told_to_who_offers(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let before = agreed.leads(10, "2026-04-07T08:00:00Z", json!({})).await;
        agreed.reject(&before[..1], "NOT_ICP", "2026-04-07T09:00:00Z").await;
        agreed.call(&before[1..], "2026-04-07T09:00:00Z").await;
        let now = agreed.leads(10, "2026-05-05T08:00:00Z", json!({})).await;
        agreed.call(&now[4..], "2026-05-05T08:30:00Z").await;
        assert_eq!(find(&agreed.desk("2026-05-05T09:00:00Z")).await, Vec::<Value>::new());
        agreed.reject(&now[..3], "NOT_ICP", "2026-05-05T09:00:00Z").await;
        let desk = agreed.desk("2026-05-05T10:00:00Z");
        let found = find(&desk).await;
        assert_eq!(found.len(), 1);
        let drift = &found[0];
        assert_eq!((&drift["kind"], &drift["severity"], figures(drift)), (&json!("REJECT_REASON_DRIFT"), &json!("WARNING"), ("30.00", "25.00", Some("10.00"), 3)));
        assert_eq!(drift["statement"], "30.00 % of what was offered was rejected for NOT_ICP, where it was 10.00 % in the period before");
        assert_eq!((&drift["addressedTo"], &drift["subject"]["rejectReason"], &drift["subject"]["agreement"]["id"]), (&json!(["MARKETING"]), &json!("NOT_ICP"), &json!(agreed.agreement)));
        assert_eq!((observed_again(&desk, drift).await.as_str(), rows_of(&desk, drift).await), ("0.3", 3));
        agreed.reject(&now[3..4], "NOT_ICP", "2026-05-05T10:00:00Z").await;
        let worse = find(&agreed.desk("2026-05-05T11:00:00Z")).await;
        assert_eq!((worse.len(), &worse[0]["severity"], &worse[0]["replaces"]["id"]), (1, &json!("CRITICAL"), &drift["id"]));
    }

    async fn a_side_that_is_late_time_after_time_is_told(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let met = agreed.leads(1, "2026-05-05T08:00:00Z", json!({})).await;
        agreed.call(&met, "2026-05-05T08:30:00Z").await;
        agreed.leads(2, "2026-05-06T08:00:00Z", json!({})).await;
        assert_eq!(find(&agreed.desk("2026-05-06T18:00:00Z")).await, Vec::<Value>::new());
        agreed.leads(1, "2026-05-07T08:00:00Z", json!({})).await;
        let desk = agreed.desk("2026-05-07T18:00:00Z");
        let found = find(&desk).await;
        assert_eq!(found.len(), 1);
        let run = &found[0];
        assert_eq!((&run["kind"], &run["severity"], figures(run)), (&json!("SLA_BREACH_RUN"), &json!("WARNING"), ("3", "3", None, 4)));
        assert_eq!(run["statement"], "SALES was late 3 times in a row, of 4 times that are decided");
        assert_eq!((&run["addressedTo"], &run["subject"]["resource"], &run["subject"]["agreement"]["id"]), (&json!(["SALES"]), &json!("SALES"), &json!(agreed.agreement)));
        assert_eq!((observed_again(&desk, run).await.as_str(), rows_of(&desk, run).await), ("3", 4));
        agreed.leads(2, "2026-05-08T08:00:00Z", json!({})).await;
        let worse = find(&agreed.desk("2026-05-08T18:00:00Z")).await;
        assert_eq!((worse.len(), &worse[0]["severity"], figures(&worse[0])), (1, &json!("CRITICAL"), ("5", "5", None, 6)));
        // Who keeps their word once has ended the run; and what was told before is told as it was known.
        let kept = agreed.leads(1, "2026-05-11T08:00:00Z", json!({})).await;
        agreed.call(&kept, "2026-05-11T08:30:00Z").await;
        assert_eq!(find(&agreed.desk("2026-05-11T18:00:00Z")).await, Vec::<Value>::new());
        assert_eq!(observed_again(&agreed.desk("2026-05-11T18:00:00Z"), run).await, "3");
    }
}
