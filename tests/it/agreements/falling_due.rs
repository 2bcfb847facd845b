//! What is written down when time has run out.

use entity::ids::MemberId;
use entity::kinds::{Role, StepKind};
use entity::sla_step;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tandem::agreements::handoffs::service::{answered_by_silence, reassign_by_step};
use tandem::auth::permission::grant::ClockManage;
use tandem::auth::{Scope, Session, System};
use tandem::db::TenantWrite;

use super::ground::{Ground, monthly, mutation, speed};
use crate::support::on_both_engines;

fn scheduler(ground: &Ground<'_>) -> Scope<ClockManage> {
    Session::system(&ground.story.app.app, ground.story.acme.id, System::Scheduler).authorize().unwrap()
}

async fn steps(tx: &TenantWrite, kind: StepKind) -> Vec<sla_step::Model> {
    let rows = tx.everything::<sla_step::Entity>().filter(sla_step::Column::Kind.eq(kind)).filter(sla_step::Column::DueAt.is_not_null());
    rows.order_by_asc(sla_step::Column::Id).all().await.unwrap()
}

/// The last thing that happened to a handoff.
async fn last(ground: &Ground<'_>, id: &Value) -> Value {
    ground.handoff(id).await["events"].as_array().unwrap().last().unwrap().clone()
}

on_both_engines! {
    async fn silence_is_written_down_with_the_moment_it_answered(app: TestApp) {
        let ground = Ground::begin(&app, &[monthly(1), speed(240)]).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(ground.offered("2026-03-26T10:00:00Z", json!({})).await["id"].clone());
        }
        let rep = ground.now(ground.rep);
        ground.done(&rep, &mutation("rejectHandoff"), json!({ "handoffId": ids[2], "reason": "BAD_DATA" })).await;
        ground.at("2026-04-01T10:00:00Z", ground.ops);
        let scope = scheduler(&ground);
        for _ in 0..2 {
            let tx = scope.write().await.unwrap();
            let due = steps(&tx, StepKind::Answer).await;
            assert_eq!(due.len(), 2);
            answered_by_silence(&tx, &scope, &due).await.unwrap();
            tx.commit().await.unwrap();
        }
        for (id, kind, events) in [(&ids[0], "AUTO_ACCEPTED", 2), (&ids[1], "EXPIRED", 2), (&ids[2], "REJECTED", 2)] {
            let told = ground.handoff(id).await;
            assert_eq!((&told["state"], told["events"].as_array().unwrap().len()), (&json!(kind), events));
        }
        let told = last(&ground, &ids[0]).await;
        assert_eq!((&told["occurredAt"], &told["recordedAt"]), (&json!("2026-03-30T17:00:00Z"), &json!("2026-04-01T10:00:00Z")));
    }

    async fn whoever_has_the_fewest_is_next(app: TestApp) {
        let ground = Ground::begin(&app, &[speed(240)]).await;
        ground.story.acme.member(Role::SalesRep).await;
        let of = |owner: MemberId| json!({ "ownerId": owner.to_string() });
        let (mut ids, start) = (Vec::new(), "2026-03-30T08:00:00Z");
        for owner in [of(ground.rep), of(ground.rep), json!({}), of(ground.rep)] {
            ids.push(ground.offered(start, owner).await["id"].clone());
        }
        // Somebody gave the last one to somebody else after it fell due.
        let lead = ground.at("2026-03-31T09:00:00Z", ground.sales_lead);
        ground.done(&lead, &mutation("reassignHandoff"), json!({ "handoffId": ids[3], "ownerId": ground.sales_lead.to_string() })).await;
        let scope = scheduler(&ground);
        let tx = scope.write().await.unwrap();
        let due = steps(&tx, StepKind::Reassign).await;
        let given = reassign_by_step(&tx, &scope, &due).await.unwrap();
        tx.commit().await.unwrap();
        let next: Vec<Option<MemberId>> = due.iter().map(|step| given[&step.id]).collect();
        assert_eq!(next, [Some(ground.other_rep), Some(ground.other_rep), Some(ground.rep), None]);
        let told = last(&ground, &ids[0]).await;
        assert_eq!((&told["kind"], &told["owner"]["id"]), (&json!("REASSIGNED"), &json!(ground.other_rep.to_string())));
        assert_eq!(told["occurredAt"], "2026-03-30T15:00:00Z");
        assert_eq!(last(&ground, &ids[3]).await["owner"]["id"], ground.sales_lead.to_string());
    }
}
