//! What was told, and that it was acknowledged.

use entity::ids::{FeedbackId, HandoffId, TypedId};
use entity::time::Timestamp;
use entity::{feedback, feedback_acknowledgement};
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::service::FeedbackFilter;
use crate::db::{Cursor, Scoped, Sorted, TenantTx};
use crate::error::Result;
use crate::metrics::feedback_standing::State;

impl Sorted for feedback::Entity {
    fn sort_column() -> Option<feedback::Column> {
        Some(feedback::Column::RecordedAt)
    }

    fn cursor(row: &feedback::Model) -> Cursor {
        Cursor { key: row.recorded_at.micros(), id: row.id.uuid() }
    }
}

/// The column by which what was told belongs to handoffs.
pub(super) const FEEDBACK_HANDOFF: feedback::Column = feedback::Column::HandoffId;

/// What passes a filter, as it stands now.
pub(super) fn told<'tx>(tx: &'tx TenantTx, filter: &FeedbackFilter, now: Timestamp) -> Scoped<'tx, feedback::Entity> {
    use feedback::Column::{AcknowledgeBy, ContentId, FromResource, HandoffId, Id, Kind, MetricKey, TacticId, ToResource};
    let noted = || tx.everything::<feedback_acknowledgement::Entity>().subquery(feedback_acknowledgement::Column::FeedbackId);
    let stands = |state: &State| match state {
        State::Acknowledged => Condition::all().add(Id.in_subquery(noted())),
        State::Overdue => Condition::all().add(Id.not_in_subquery(noted())).add(AcknowledgeBy.lt(now)),
        State::Open => {
            let in_time = Condition::any().add(AcknowledgeBy.is_null()).add(AcknowledgeBy.gte(now));
            Condition::all().add(Id.not_in_subquery(noted())).add(in_time)
        }
    };
    let states = filter.states.iter().fold(Condition::any(), |any, state| any.add(stands(state)));
    let condition = Condition::all()
        .add_option(filter.from.map(|resource| FromResource.eq(resource)))
        .add_option((!filter.to.is_empty()).then(|| ToResource.is_in(filter.to.iter().copied())))
        .add_option(filter.kind.map(|kind| Kind.eq(kind)))
        .add_option(filter.handoff_id.map(|handoff| HandoffId.eq(handoff)))
        .add_option(filter.tactic_id.map(|tactic| TacticId.eq(tactic)))
        .add_option(filter.content_id.map(|content| ContentId.eq(content)))
        .add_option(filter.metric_key.as_deref().map(|key| MetricKey.eq(key)))
        .add_option((!filter.states.is_empty()).then_some(states));
    tx.find().filter(condition)
}

/// What was told of some handoffs.
pub(super) fn told_of<'tx>(tx: &'tx TenantTx, handoffs: &[HandoffId]) -> Scoped<'tx, feedback::Entity> {
    tx.find().filter(FEEDBACK_HANDOFF.is_in(handoffs.iter().copied()))
}

/// That some of it was acknowledged.
pub(super) async fn acknowledgements_of(tx: &TenantTx, ids: &[FeedbackId]) -> Result<Vec<feedback_acknowledgement::Model>> {
    let rows = tx.find::<feedback_acknowledgement::Entity>();
    rows.filter(feedback_acknowledgement::Column::FeedbackId.is_in(ids.iter().copied())).all().await
}
