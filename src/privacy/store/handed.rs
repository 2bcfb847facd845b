//! Handoffs of a person, and what belongs to them.

use entity::ids::PersonId;
use entity::{affiliation, clock_event, feedback, feedback_acknowledgement, handoff, handoff_event, sla_clock, sla_step};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::first;
use crate::db::{TenantTx, TenantWrite};
use crate::error::Result;

/// Handoffs that name a person.
fn handoffs_of(tx: &TenantTx, person: PersonId) -> SelectStatement {
    tx.everything::<handoff::Entity>().filter(handoff::Column::PersonId.eq(person)).subquery(handoff::Column::Id)
}

/// By which a person was offered to another resource.
pub(in crate::privacy) async fn handoffs(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<handoff::Model>> {
    use handoff::Column::{Id, OfferedAt, PersonId};
    first(tx.everything::<handoff::Entity>().filter(PersonId.eq(person)), [OfferedAt, Id], most).await
}

/// What became of that.
pub(in crate::privacy) async fn handoff_events(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<handoff_event::Model>> {
    use handoff_event::Column::{HandoffId, Id, RecordedAt};
    first(tx.everything::<handoff_event::Entity>().filter(HandoffId.in_subquery(handoffs_of(tx, person))), [RecordedAt, Id], most).await
}

/// The clocks that ran meanwhile.
pub(in crate::privacy) async fn sla_clocks(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<sla_clock::Model>> {
    use sla_clock::Column::{HandoffId, Id, StartedAt};
    first(tx.everything::<sla_clock::Entity>().filter(HandoffId.in_subquery(handoffs_of(tx, person))), [StartedAt, Id], most).await
}

/// What counted for those.
pub(in crate::privacy) async fn clock_events(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<clock_event::Model>> {
    use clock_event::Column::{ClockId, Id, RecordedAt};
    let clocks = clocks_of(tx, handoffs_of(tx, person));
    first(tx.everything::<clock_event::Entity>().filter(ClockId.in_subquery(clocks)), [RecordedAt, Id], most).await
}

fn clocks_of(tx: &TenantTx, handoffs: SelectStatement) -> SelectStatement {
    tx.everything::<sla_clock::Entity>().filter(sla_clock::Column::HandoffId.in_subquery(handoffs)).subquery(sla_clock::Column::Id)
}

/// What fell due meanwhile.
pub(in crate::privacy) async fn sla_steps(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<sla_step::Model>> {
    use sla_step::Column::{HandoffId, Id};
    first(tx.everything::<sla_step::Entity>().filter(HandoffId.in_subquery(handoffs_of(tx, person))), [Id], most).await
}

/// What resources told each other about it.
pub(in crate::privacy) async fn feedback(tx: &TenantTx, person: PersonId, most: u64) -> Result<Vec<feedback::Model>> {
    use feedback::Column::{HandoffId, Id, RecordedAt};
    first(tx.everything::<feedback::Entity>().filter(HandoffId.in_subquery(handoffs_of(tx, person))), [RecordedAt, Id], most).await
}

/// That they took note of that.
pub(in crate::privacy) async fn feedback_acknowledgements(
    tx: &TenantTx,
    person: PersonId,
    most: u64,
) -> Result<Vec<feedback_acknowledgement::Model>> {
    use feedback_acknowledgement::Column::{FeedbackId, Id, RecordedAt};
    let told = told_of(tx, handoffs_of(tx, person));
    first(tx.everything::<feedback_acknowledgement::Entity>().filter(FeedbackId.in_subquery(told)), [RecordedAt, Id], most).await
}

fn told_of(tx: &TenantTx, handoffs: SelectStatement) -> SelectStatement {
    tx.everything::<feedback::Entity>().filter(feedback::Column::HandoffId.in_subquery(handoffs)).subquery(feedback::Column::Id)
}

/// Handoffs about a person, and about a company they buy or ever bought for where nobody is named.
pub(super) fn handed_over(tx: &TenantTx, person: PersonId) -> Condition {
    use handoff::Column::{AccountId, PersonId as Person};
    let ever = tx.everything::<affiliation::Entity>().filter(affiliation::Column::PersonId.eq(person));
    let ever = ever.filter(affiliation::Column::AccountId.is_not_null()).subquery(affiliation::Column::AccountId);
    Condition::any().add(Person.eq(person)).add(Condition::all().add(Person.is_null()).add(AccountId.in_subquery(ever)))
}

/// Takes what was said in words about the handoffs of an erased person out of them.
pub(super) async fn redact_handoffs(tx: &TenantWrite, person: PersonId) -> Result<()> {
    let handoffs = || tx.everything::<handoff::Entity>().filter(handed_over(tx, person)).subquery(handoff::Column::Id);
    let noted = feedback_acknowledgement::Column::FeedbackId.in_subquery(told_of(tx, handoffs()));
    tx.redact::<feedback_acknowledgement::Entity>(Condition::all().add(noted)).await?;
    tx.redact::<feedback::Entity>(Condition::all().add(feedback::Column::HandoffId.in_subquery(handoffs()))).await?;
    let counted = clock_event::Column::ClockId.in_subquery(clocks_of(tx, handoffs()));
    tx.redact::<clock_event::Entity>(Condition::all().add(counted)).await?;
    tx.redact::<handoff_event::Entity>(Condition::all().add(handoff_event::Column::HandoffId.in_subquery(handoffs()))).await?;
    tx.redact::<handoff::Entity>(handed_over(tx, person)).await
}
