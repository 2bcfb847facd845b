//! Handoffs and what happened to them.

mod clocks;

use std::collections::HashSet;

use entity::ids::{AccountId, HandoffId, MemberId, PersonId, ServiceAgreementId, SlaStepId, TypedId};
use entity::kinds::{HandoffEventKind, Resource};
use entity::time::Timestamp;
use entity::{agreement_version, handoff, handoff_event, member, person, service_agreement, sla_step};
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

pub(super) use clocks::{
    clauses, clock_events, clock_events_of_all, clocks, clocks_of, clocks_unsettled, fire_steps, hold_clocks, hold_clocks_of,
    hold_steps_of, newest_versions, set_steps, steps_of, unfired, update_clocks, versions_of_calendars,
};

use super::service::HandoffFilter;
use crate::db::{Cursor, Scoped, Sorted, TenantTx};
use crate::error::Result;
use crate::metrics::sla::handoff::State;

/// Most ids of one statement.
const CHUNK: usize = 500;

/// After these nobody has the handoff any more.
const GONE: [HandoffEventKind; 6] = [
    HandoffEventKind::Rejected,
    HandoffEventKind::Acknowledged,
    HandoffEventKind::Upheld,
    HandoffEventKind::Recycled,
    HandoffEventKind::Withdrawn,
    HandoffEventKind::Expired,
];

impl Sorted for handoff::Entity {
    fn sort_column() -> Option<handoff::Column> {
        Some(handoff::Column::OfferedAt)
    }

    fn cursor(row: &handoff::Model) -> Cursor {
        Cursor { key: row.offered_at.micros(), id: row.id.uuid() }
    }
}

/// Whose handoffs are wanted: everybody who is the same counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Same {
    pub(super) people: Option<Vec<PersonId>>,
    pub(super) accounts: Option<Vec<AccountId>>,
}

/// The handoffs that pass a filter, as they stand at a moment.
pub(super) fn handoffs<'tx>(tx: &'tx TenantTx, filter: &HandoffFilter, of: &Same, now: Timestamp) -> Scoped<'tx, handoff::Entity> {
    use handoff::Column;
    let condition = Condition::all()
        .add_option(filter.agreement_id.map(|agreement| of_agreements(tx, &[agreement])))
        .add_option(filter.from_resource.map(|resource| Column::FromResource.eq(resource)))
        .add_option(filter.to_resource.map(|resource| Column::ToResource.eq(resource)))
        .add_option(filter.tactic_id.map(|tactic| Column::TacticId.eq(tactic)))
        .add_option(filter.over_delivery.map(|over| Column::OverDelivery.eq(over)))
        .add_option(of.people.as_ref().map(|people| Column::PersonId.is_in(people.iter().copied())))
        .add_option(of.accounts.as_ref().map(|accounts| Column::AccountId.is_in(accounts.iter().copied())))
        .add_option(filter.offered.from.map(|from| Column::OfferedAt.gte(from)))
        .add_option(filter.offered.to.map(|to| Column::OfferedAt.lt(to)))
        .add_option(filter.owner_id.map(|owner| owned_by(tx, Column::Id, owner)))
        .add_option(filter.state.map(|state| standing(tx, state, now)))
        .add_option(filter.reject_reason.map(|reason| {
            let rejected = tx.everything::<handoff_event::Entity>().filter(handoff_event::Column::Reason.eq(reason));
            Condition::all()
                .add(Column::Id.in_subquery(rejected.subquery(handoff_event::Column::HandoffId)))
                .add(last(tx, &[HandoffEventKind::Rejected, HandoffEventKind::Contested, HandoffEventKind::Upheld]))
        }));
    tx.find().filter(condition)
}

/// Handoffs under some agreements.
fn of_agreements(tx: &TenantTx, agreements: &[ServiceAgreementId]) -> SimpleExpr {
    let versions = tx.find::<agreement_version::Entity>().filter(agreement_version::Column::AgreementId.is_in(agreements.iter().copied()));
    handoff::Column::VersionId.in_subquery(versions.subquery(agreement_version::Column::Id))
}

/// Handoffs that are somebody's now, or nobody's, by the column that names them.
fn owned_by<C: ColumnTrait>(tx: &TenantTx, handoff: C, owner: Option<MemberId>) -> SimpleExpr {
    use handoff_event::Column::{HandoffId, OwnerId};
    let theirs = owner.map_or_else(|| OwnerId.is_null(), |owner| OwnerId.eq(owner));
    let lasts = tx.everything::<handoff_event::Entity>().last_of_each().filter(theirs);
    handoff.in_subquery(lasts.subquery(HandoffId))
}

/// Handoffs that stand as they do by an event of one of some kinds.
fn last(tx: &TenantTx, kinds: &[HandoffEventKind]) -> SimpleExpr {
    let lasts = tx.everything::<handoff_event::Entity>().last_of_standing();
    let lasts = lasts.filter(handoff_event::Column::Kind.is_in(kinds.iter().copied()));
    handoff::Column::Id.in_subquery(lasts.subquery(handoff_event::Column::HandoffId))
}

/// Handoffs that stand somehow at a moment, whether or not somebody wrote down that silence answered.
fn standing(tx: &TenantTx, state: State, now: Timestamp) -> Condition {
    use HandoffEventKind as Kind;
    use handoff::Column::{AnswerDueAt, OverDelivery, VersionId};
    let counting = || {
        let versions = tx.find::<agreement_version::Entity>().filter(agreement_version::Column::CountsOverDelivery.eq(true));
        VersionId.in_subquery(versions.subquery(agreement_version::Column::Id))
    };
    let silent = || Condition::all().add(last(tx, &[Kind::Offered])).add(AnswerDueAt.lt(now));
    let of = |kinds: &[HandoffEventKind]| Condition::all().add(last(tx, kinds));
    match state {
        State::Offered => of(&[Kind::Offered]).add(Condition::any().add(AnswerDueAt.is_null()).add(AnswerDueAt.gte(now))),
        State::Accepted => of(&[Kind::Accepted, Kind::Overturned]),
        State::AutoAccepted => Condition::any()
            .add(last(tx, &[Kind::AutoAccepted]))
            .add(silent().add(Condition::any().add(OverDelivery.eq(false)).add(counting()))),
        State::Rejected => of(&[Kind::Rejected, Kind::Upheld]),
        State::Contested => of(&[Kind::Contested]),
        State::Recycled => of(&[Kind::Recycled]),
        State::Withdrawn => of(&[Kind::Withdrawn]),
        State::Expired => Condition::any()
            .add(last(tx, &[Kind::Expired]))
            .add(silent().add(OverDelivery.eq(true)).add(Condition::all().not().add(counting()))),
    }
}

/// Some handoffs, seen by the caller or not.
pub(super) async fn handoffs_of_all(tx: &TenantTx, ids: &[HandoffId]) -> Result<Vec<handoff::Model>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        found.extend(tx.everything::<handoff::Entity>().filter(handoff::Column::Id.is_in(some.iter().copied())).all().await?);
    }
    Ok(found)
}

/// The events of some handoffs that the caller sees, in the order in which they were recorded.
pub(super) async fn events_of(tx: &TenantTx, ids: &[HandoffId]) -> Result<Vec<handoff_event::Model>> {
    let rows = tx.find::<handoff_event::Entity>().filter(handoff_event::Column::HandoffId.is_in(ids.iter().copied()));
    rows.order_by_asc(handoff_event::Column::Sequence).all().await
}

/// The events of some handoffs, seen by the caller or not, in the order in which they were recorded.
pub(super) async fn events_of_all(tx: &TenantTx, ids: &[HandoffId]) -> Result<Vec<handoff_event::Model>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let rows = tx.everything::<handoff_event::Entity>().filter(handoff_event::Column::HandoffId.is_in(some.iter().copied()));
        found.extend(rows.order_by_asc(handoff_event::Column::Sequence).all().await?);
    }
    Ok(found)
}

/// The handoffs that name one of some people or accounts, seen by the caller or not.
pub(super) async fn handoffs_about(tx: &TenantTx, people: &[PersonId], accounts: &[AccountId]) -> Result<Vec<handoff::Model>> {
    let mut found = Vec::new();
    for some in people.chunks(CHUNK) {
        found.extend(tx.everything::<handoff::Entity>().filter(handoff::Column::PersonId.is_in(some.iter().copied())).all().await?);
    }
    let mut known: HashSet<HandoffId> = found.iter().map(|row| row.id).collect();
    for some in accounts.chunks(CHUNK) {
        let rows = tx.everything::<handoff::Entity>().filter(handoff::Column::AccountId.is_in(some.iter().copied())).all().await?;
        found.extend(rows.into_iter().filter(|row| known.insert(row.id)));
    }
    Ok(found)
}

/// For which account a person buys, seen by the caller or not.
pub(super) async fn account_of(tx: &TenantTx, id: PersonId) -> Result<Option<AccountId>> {
    let row = tx.everything::<person::Entity>().filter(person::Column::Id.eq(id)).one().await?;
    Ok(row.and_then(|row| row.account_id))
}

/// Some agreements, held until the transaction ends: offers under one are counted one after the other.
pub(super) async fn hold_agreements(tx: &TenantTx, ids: &[ServiceAgreementId]) -> Result<Vec<service_agreement::Model>> {
    let rows = tx.find::<service_agreement::Entity>().filter(service_agreement::Column::Id.is_in(ids.iter().copied()));
    rows.order_by_asc(service_agreement::Column::Id).locked().all().await
}

/// The versions of some agreements.
pub(super) async fn versions_of(tx: &TenantTx, agreements: &[ServiceAgreementId]) -> Result<Vec<agreement_version::Model>> {
    let rows = tx.find::<agreement_version::Entity>();
    rows.filter(agreement_version::Column::AgreementId.is_in(agreements.iter().copied())).all().await
}

/// How many buyers were offered under an agreement in a span; those who were withdrawn are left out.
pub(super) async fn offered_between(tx: &TenantTx, agreement: ServiceAgreementId, from: Timestamp, to: Timestamp) -> Result<u64> {
    use handoff::Column::{Id, OfferedAt};
    let withdrawn = tx.everything::<handoff_event::Entity>().filter(handoff_event::Column::Kind.eq(HandoffEventKind::Withdrawn));
    tx.everything::<handoff::Entity>()
        .filter(of_agreements(tx, &[agreement]))
        .filter(OfferedAt.gte(from))
        .filter(OfferedAt.lt(to))
        .filter(Id.not_in_subquery(withdrawn.subquery(handoff_event::Column::HandoffId)))
        .count()
        .await
}

/// The steps at which silence answers some handoffs, held until the transaction ends.
pub(super) async fn hold_answers(tx: &TenantTx, handoffs: &[HandoffId]) -> Result<Vec<SlaStepId>> {
    use sla_step::Column::{ClockId, HandoffId, Id};
    let mut found = Vec::with_capacity(handoffs.len());
    for some in handoffs.chunks(CHUNK) {
        let rows = tx.everything::<sla_step::Entity>().filter(HandoffId.is_in(some.iter().copied())).filter(ClockId.is_null());
        rows.order_by_desc(Id).locked().rows([Id], |row| row.try_get_by_index(0).map(|id| found.push(id))).await?;
    }
    Ok(found)
}

/// The members who work for some resources.
pub(super) async fn workers(tx: &TenantTx, resources: &[Resource]) -> Result<Vec<member::Model>> {
    use member::Column::{Active, Id};
    let rows = tx.find::<member::Entity>().filter(member::Column::Resource.is_in(resources.iter().copied())).filter(Active.eq(true));
    rows.order_by_asc(Id).all().await
}

/// Whose the handoffs are that some members have, once for each.
pub(super) async fn owners_of_open(tx: &TenantTx, owners: &[MemberId]) -> Result<Vec<MemberId>> {
    use handoff_event::Column::{Kind, OwnerId};
    let mut found = Vec::new();
    for some in owners.chunks(CHUNK) {
        let lasts = tx.everything::<handoff_event::Entity>().last_of_each().filter(OwnerId.is_in(some.iter().copied()));
        let open = lasts.filter(Kind.is_not_in(GONE));
        open.rows([OwnerId], |row| row.try_get_by_index(0).map(|owner| found.push(owner))).await?;
    }
    Ok(found)
}
