//! Hearing of what is offered, and of time that runs out.

use serde_json::json;
use tandem::agreements::scheduler::service::pass;

use super::ground::{Ground, speed};
use crate::events::listener::Listener;
use crate::support::on_both_engines;
use crate::support::story::instant;

on_both_engines! {
    async fn what_is_offered_and_what_runs_out_is_heard_of(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(10)]).await;
        let ops = ground.at("2026-06-01T09:00:00Z", ground.ops);
        let offers = |to: &str| format!("subscription {{ handoffOffered(toResource: {to}) {{ sequence handoff {{ id }} }} }}");
        let overdue = "subscription($id: ID) { slaClockChanged(agreementId: $id, states: [OVERDUE]) { sequence clock { state handoff { id } } } }";
        let told = "subscription { feedbackReceived(resource: SALES) { sequence feedback { kind toResource handoff { id } } } }";
        let mut to_sales = Listener::open(&ops, &offers("SALES"), json!({})).await;
        let mut to_marketing = Listener::open(&ops, &offers("MARKETING"), json!({})).await;
        let mut breaches = Listener::open(&ops, overdue, json!({ "id": ground.agreement })).await;
        let mut feedback = Listener::open(&ops, told, json!({})).await;
        let handoff = ground.offered("2026-06-01T09:00:00Z", json!({})).await;
        assert_eq!(to_sales.hear().await["handoff"]["id"], handoff["id"]);
        app.clock.set(instant("2026-06-01T09:10:01Z"));
        pass(&app.app).await.unwrap();
        let breach = breaches.hear().await;
        assert_eq!((&breach["clock"]["state"], &breach["clock"]["handoff"]["id"]), (&json!("OVERDUE"), &handoff["id"]));
        let told = feedback.hear().await;
        assert_eq!((&told["feedback"]["kind"], &told["feedback"]["handoff"]["id"]), (&json!("BREACH"), &handoff["id"]));
        to_sales.hears_nothing().await;
        to_marketing.hears_nothing().await;
    }
}
