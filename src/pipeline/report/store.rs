//! What the reports are counted from, as it was recorded by an instant.

use std::collections::HashMap;

use entity::ids::{AccountId, BlockerId, CloseId, MemberId, OpportunityId, TeamId};
use entity::kinds::{BlockerKind, OpportunityEventKind, Resource};
use entity::time::Timestamp;
use entity::{blocker, blocker_resolution, opportunity, opportunity_event, opportunity_revision};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use crate::db::TenantTx;
use crate::error::Result;
use crate::metrics::dimension::{Dimension, Value};

/// An opportunity that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) id: OpportunityId,
    pub(super) account: AccountId,
    pub(super) opened_at: Timestamp,
}

/// The opportunities that were known at an instant, in the order in which they began.
pub(super) async fn opportunities(tx: &TenantTx, as_of: Timestamp) -> Result<Vec<Known>> {
    use opportunity::Column::{AccountId, Id, OpenedAt, RecordedAt};
    let mut found = Vec::new();
    let query = tx.everything::<opportunity::Entity>().filter(RecordedAt.lte(as_of)).filter(OpenedAt.lte(as_of));
    query
        .order_by_asc(OpenedAt)
        .order_by_asc(Id)
        .rows([Id, AccountId, OpenedAt], |row| {
            found.push(Known { id: row.try_get_by_index(0)?, account: row.try_get_by_index(1)?, opened_at: row.try_get_by_index(2)? });
            Ok(())
        })
        .await?;
    Ok(found)
}

/// The events that were known at an instant, of each opportunity in order.
pub(super) async fn events(tx: &TenantTx, as_of: Timestamp) -> Result<Vec<opportunity_event::Model>> {
    use opportunity_event::Column::{OccurredAt, RecordedAt, Sequence};
    let query = tx.everything::<opportunity_event::Entity>().filter(RecordedAt.lte(as_of)).filter(OccurredAt.lte(as_of));
    query.order_by_asc(Sequence).all().await
}

/// The close of an event that tells of one.
pub(super) fn close_of(row: &opportunity_event::Model) -> Option<CloseId> {
    row.close_id.filter(|_| row.kind == OpportunityEventKind::Closed)
}

/// The value of each opportunity that its version of an instant says.
pub(super) async fn values(tx: &TenantTx, by: Dimension, as_of: Timestamp) -> Result<HashMap<OpportunityId, Value>> {
    use opportunity_revision::Column::{OpportunityId, OpportunityVersion, OwnerId, RecordedAt, SourceResource, TeamId as Team};
    let mut found = HashMap::new();
    let query = tx.everything::<opportunity_revision::Entity>().filter(RecordedAt.lte(as_of)).order_by_asc(OpportunityVersion);
    query
        .rows([OpportunityId, SourceResource, OwnerId, Team], |row| {
            let value = match by {
                Dimension::Resource => row.try_get_by_index::<Option<Resource>>(1)?.map(Value::Resource),
                Dimension::Owner => row.try_get_by_index::<Option<MemberId>>(2)?.map(Value::Owner),
                Dimension::Team => row.try_get_by_index::<Option<TeamId>>(3)?.map(Value::Team),
                Dimension::Channel | Dimension::Tactic | Dimension::Segment => None,
            };
            // A later version takes the place of an earlier one, and may have no value.
            let id = row.try_get_by_index::<entity::ids::OpportunityId>(0)?;
            match value {
                Some(value) => found.insert(id, value),
                None => found.remove(&id),
            };
            Ok(())
        })
        .await?;
    Ok(found)
}

/// A blocker that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raised {
    pub(super) id: BlockerId,
    pub(super) opportunity: OpportunityId,
    pub(super) kind: BlockerKind,
    pub(super) at: Timestamp,
    pub(super) resolved_at: Option<Timestamp>,
}

/// The blockers that were known at an instant, in the order in which they were raised.
pub(super) async fn blockers(tx: &TenantTx, as_of: Timestamp) -> Result<Vec<Raised>> {
    use blocker::Column::{Id, Kind, OpportunityId, RaisedAt, RecordedAt};
    let mut resolved: HashMap<BlockerId, Timestamp> = HashMap::new();
    let resolutions = tx.everything::<blocker_resolution::Entity>();
    resolutions
        .filter(blocker_resolution::Column::RecordedAt.lte(as_of))
        .filter(blocker_resolution::Column::ResolvedAt.lte(as_of))
        .rows([blocker_resolution::Column::BlockerId, blocker_resolution::Column::ResolvedAt], |row| {
            resolved.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok(())
        })
        .await?;
    let mut found = Vec::new();
    let query = tx.everything::<blocker::Entity>().filter(RecordedAt.lte(as_of)).filter(RaisedAt.lte(as_of));
    query
        .order_by_asc(RaisedAt)
        .order_by_asc(Id)
        .rows([Id, OpportunityId, Kind, RaisedAt], |row| {
            let id = row.try_get_by_index(0)?;
            found.push(Raised {
                id,
                opportunity: row.try_get_by_index(1)?,
                kind: row.try_get_by_index(2)?,
                at: row.try_get_by_index(3)?,
                resolved_at: resolved.get(&id).copied(),
            });
            Ok(())
        })
        .await?;
    Ok(found)
}

/// The opportunities and blockers the caller sees; `None` where they see all.
pub(super) type Seen = Option<std::collections::HashSet<uuid::Uuid>>;

/// The opportunities that the caller sees.
pub(super) async fn opportunities_seen(tx: &TenantTx) -> Result<Seen> {
    tx.ids_seen::<opportunity::Entity>().await
}

/// The blockers that the caller sees.
pub(super) async fn blockers_seen(tx: &TenantTx) -> Result<Seen> {
    tx.ids_seen::<blocker::Entity>().await
}
