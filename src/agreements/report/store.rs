//! The handoffs and clocks of a report.

use entity::ids::{AgreementVersionId, MemberId, TeamId};
use entity::time::Timestamp;
use entity::{clock_event, handoff, handoff_event, member, sla_clock};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use crate::db::{Scoped, TenantTx};
use crate::error::Result;

/// The handoffs that were offered under some versions in a span of time, as far as was known at an instant. Numbers are everybody's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) versions: &'a [AgreementVersionId],
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) as_of: Timestamp,
}

impl Asked<'_> {
    fn handoffs<'tx>(&self, tx: &'tx TenantTx) -> Scoped<'tx, handoff::Entity> {
        use handoff::Column::{OfferedAt, RecordedAt, VersionId};
        let rows = tx.everything::<handoff::Entity>().filter(VersionId.is_in(self.versions.iter().copied()));
        rows.filter(OfferedAt.gte(self.from)).filter(OfferedAt.lt(self.to)).filter(RecordedAt.lte(self.as_of))
    }

    fn clocks<'tx>(&self, tx: &'tx TenantTx) -> Scoped<'tx, sla_clock::Entity> {
        use sla_clock::Column::{HandoffId, RecordedAt};
        let handoffs = self.handoffs(tx).subquery(handoff::Column::Id);
        tx.everything::<sla_clock::Entity>().filter(HandoffId.in_subquery(handoffs)).filter(RecordedAt.lte(self.as_of))
    }
}

/// The handoffs, those offered first first.
pub(super) async fn handoffs(tx: &TenantTx, asked: &Asked<'_>) -> Result<Vec<handoff::Model>> {
    let rows = asked.handoffs(tx).order_by_asc(handoff::Column::OfferedAt);
    rows.order_by_asc(handoff::Column::Id).all().await
}

/// What happened to them, in the order in which it was recorded.
pub(super) async fn events(tx: &TenantTx, asked: &Asked<'_>) -> Result<Vec<handoff_event::Model>> {
    use handoff_event::Column::{HandoffId, RecordedAt, Sequence};
    let handoffs = asked.handoffs(tx).subquery(handoff::Column::Id);
    let rows = tx.everything::<handoff_event::Entity>().filter(HandoffId.in_subquery(handoffs)).filter(RecordedAt.lte(asked.as_of));
    rows.order_by_asc(Sequence).all().await
}

/// Their clocks, those that began first first.
pub(super) async fn clocks(tx: &TenantTx, asked: &Asked<'_>) -> Result<Vec<sla_clock::Model>> {
    asked.clocks(tx).order_by_asc(sla_clock::Column::StartedAt).order_by_asc(sla_clock::Column::Id).all().await
}

/// What counts for those, in the order in which it was recorded.
pub(super) async fn clock_events(tx: &TenantTx, asked: &Asked<'_>) -> Result<Vec<clock_event::Model>> {
    use clock_event::Column::{ClockId, RecordedAt, Sequence};
    let clocks = asked.clocks(tx).subquery(sla_clock::Column::Id);
    let rows = tx.everything::<clock_event::Entity>().filter(ClockId.in_subquery(clocks)).filter(RecordedAt.lte(asked.as_of));
    rows.order_by_asc(Sequence).all().await
}

/// The teams that members belong to.
pub(super) async fn teams(tx: &TenantTx) -> Result<Vec<(MemberId, TeamId)>> {
    use member::Column::{Id, TeamId as Team};
    let mut teams = Vec::new();
    let rows = tx.everything::<member::Entity>().filter(Team.is_not_null());
    rows.rows([Id, Team], |row| {
        teams.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        Ok(())
    })
    .await?;
    Ok(teams)
}
