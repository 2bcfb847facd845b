//! Who looks for insights, and when.

use std::sync::Arc;

use serde_json::{Value, json};
use tandem::insights::service::pass;

use super::{find, shown, spent_in_vain};
use crate::support::on_both_engines;
use crate::support::rows::texts;
use crate::support::story::Story;

const FIND: &str = "mutation($key: String) { findInsights(input: { idempotencyKey: $key }) { insights { id } userErrors { code } } }";

on_both_engines! {
    async fn once_a_day_somebody_looks_in_every_organization(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-06-01T12:00:00Z");
        story.cost("MARKETING", "1200.00", "2026-05-01", "2026-05-31").await;
        assert_eq!(pass(&app.app).await.unwrap(), 1);
        story.cost("MARKETING", "300.00", "2026-04-01", "2026-04-30").await;
        let desk = story.at("2026-06-01T23:59:59Z");
        assert_eq!(pass(&app.app).await.unwrap(), 0, "that was done today");
        assert_eq!(shown(&desk, "").await, 1);
        story.at("2026-06-02T00:00:00Z");
        assert_eq!(pass(&app.app).await.unwrap(), 1, "it has become worse");
        assert_eq!(pass(&app.app).await.unwrap(), 0);
        let actors = texts(&app, "SELECT system, action FROM audit_entry WHERE system = 'insights'").await;
        assert_eq!(actors, [["insights", "insights"], ["insights", "insights"]]);
    }

    async fn two_processes_tell_of_it_once(app: TestApp) {
        let story = Story::begin(&app).await;
        let desk = story.at("2026-06-01T12:00:00Z");
        story.cost("MARKETING", "1200.00", "2026-05-01", "2026-05-31").await;
        let passes = (0..4).map(|_| {
            let app = Arc::clone(&app.app);
            tokio::spawn(async move { pass(&app).await.unwrap() })
        });
        let mut raised = 0;
        for pass in passes.collect::<Vec<_>>() {
            raised += pass.await.unwrap();
        }
        assert_eq!((raised, shown(&desk, "").await), (1, 1));
    }

    async fn who_was_stopped_is_waited_for_no_longer_than_an_hour(app: TestApp) {
        let story = Story::begin(&app).await;
        let desk = story.at("2026-06-01T12:00:00Z");
        assert_eq!(find(&desk).await, Vec::<Value>::new());
        story.cost("MARKETING", "1200.00", "2026-05-01", "2026-05-31").await;
        // Somebody took the turn and was never heard of again.
        texts(&app, "UPDATE insight_search SET started_at = finished_at, version = version + 1 RETURNING 'taken'").await;
        let desk = story.at("2026-06-01T12:59:59Z");
        assert_eq!(desk.refused(FIND, json!({})).await, "CONFLICT");
        assert_eq!(shown(&desk, "").await, 0);
        assert_eq!(find(&story.at("2026-06-01T13:00:00Z")).await.len(), 1);
    }

    async fn a_key_looks_once(app: TestApp) {
        let story = Story::begin(&app).await;
        let (desk, insight) = spent_in_vain(&story).await;
        story.cost("MARKETING", "300.00", "2026-04-01", "2026-04-30").await;
        let first = desk.gql(FIND, json!({ "key": "one" })).await;
        assert_eq!(first["findInsights"]["insights"].as_array().unwrap().len(), 1);
        assert_eq!(desk.gql(FIND, json!({ "key": "one" })).await, first);
        let ids: Vec<&Value> = vec![&insight["id"], &first["findInsights"]["insights"][0]["id"]];
        assert_ne!(ids[0], ids[1]);
    }
}
