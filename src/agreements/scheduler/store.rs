//! Steps that fall due.

use std::collections::HashSet;

use entity::ids::{HandoffId, MemberId, SlaStepId};
use entity::kinds::StepKind;
use entity::sla_step;
use entity::time::Timestamp;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::db::{TenantTx, TenantWrite};
use crate::error::Result;

/// Whether anything is due.
pub(super) async fn is_any_due(tx: &TenantTx, now: Timestamp) -> Result<bool> {
    use sla_step::Column::{DueAt, FiredAt};
    let due = tx.everything::<sla_step::Entity>().filter(FiredAt.is_null()).filter(DueAt.lt(now));
    Ok(due.order_by_asc(DueAt).limit(1).one().await?.is_some())
}

/// The steps that fell due longest ago and that nobody else holds; they are held until the transaction ends.
pub(super) async fn due(tx: &TenantWrite, now: Timestamp, limit: u64) -> Result<Vec<sla_step::Model>> {
    use sla_step::Column::{DueAt, FiredAt, Id};
    let due = tx.everything::<sla_step::Entity>().filter(FiredAt.is_null()).filter(DueAt.lt(now));
    due.order_by_asc(DueAt).order_by_asc(Id).limit(limit).claimed().all().await
}

/// Those of some handoffs on which nobody else is doing anything: who does holds their steps. They are held until the transaction ends.
pub(super) async fn untouched(tx: &TenantWrite, handoffs: &[HandoffId]) -> Result<HashSet<HandoffId>> {
    use sla_step::Column::{HandoffId as Of, Kind};
    let mut untouched = HashSet::with_capacity(handoffs.len());
    let answers = tx.everything::<sla_step::Entity>().filter(Of.is_in(handoffs.iter().copied())).filter(Kind.eq(StepKind::Answer));
    for row in answers.claimed().all().await? {
        untouched.insert(row.handoff_id);
    }
    Ok(untouched)
}

/// That some steps were carried out.
pub(super) async fn fire(tx: &TenantWrite, ids: Vec<SlaStepId>, now: Timestamp) -> Result<()> {
    let fired = ids.into_iter().map(|id| (id, Some(now))).collect();
    tx.update_each::<sla_step::Entity, _>(sla_step::Column::FiredAt, sla_step::Column::Version, fired).await
}

/// To whom some steps went.
pub(super) async fn tell(tx: &TenantWrite, told: Vec<(SlaStepId, Option<MemberId>)>) -> Result<()> {
    tx.update_each::<sla_step::Entity, _>(sla_step::Column::MemberId, sla_step::Column::Version, told).await
}
