//! Opportunities while something is added to them, and that closes win them.

use std::collections::{BTreeSet, HashMap};

use entity::ids::{AccountId, CloseId, OpportunityId};
use entity::kinds::{OpportunityEventKind, OpportunityOutcome};
use entity::time::Timestamp;
use entity::{close, opportunity, opportunity_event};

use super::happenings::{Stands, by_opportunity, standing};
use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::db::TenantWrite;
use crate::error::{Error, ProblemCode, Result};
use crate::pipeline::store;

/// Opportunities that are held until a transaction ends, with what happened to them so far.
#[derive(Debug)]
pub struct Deals(HashMap<OpportunityId, Deal>);

/// One of them.
#[derive(Debug)]
pub(super) struct Deal {
    pub(super) row: opportunity::Model,
    pub(super) events: Vec<opportunity_event::Model>,
    /// Why the caller may not add to it, if they may not.
    outside: Option<Error>,
}

/// Holds those of some opportunities that the caller sees, within a transaction of another area. Whoever holds accounts too
/// holds them before.
///
/// # Errors
/// What the database says.
pub async fn hold_deals(tx: &TenantWrite, ids: impl IntoIterator<Item = OpportunityId>) -> Result<Deals> {
    let ids: Vec<OpportunityId> = ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    if ids.is_empty() {
        return Ok(Deals(HashMap::new()));
    }
    let rows = store::held(tx, &ids).await?;
    let mut events = by_opportunity(store::events_of_all(tx, &ids).await?);
    let deal = |row: opportunity::Model| {
        let events = events.remove(&row.id).unwrap_or_default();
        (row.id, Deal { outside: tx.within_namespace::<opportunity::Entity>(&row).err(), row, events })
    };
    Ok(Deals(rows.into_iter().map(deal).collect()))
}

impl Deals {
    /// One that the caller may add to.
    pub(super) fn get(&self, id: OpportunityId, field: &str) -> Result<&Deal> {
        let deal = self.0.get(&id).ok_or_else(|| Error::unknown(field))?;
        deal.outside.clone().map_or(Ok(deal), Err)
    }

    /// Goes on where something may be added to an opportunity, and says when it began.
    ///
    /// # Errors
    /// A problem with the field.
    pub fn may_be_added_to(&self, id: OpportunityId, field: &str) -> Result<Timestamp> {
        self.get(id, field).map(|deal| deal.row.opened_at)
    }

    /// The account that might buy.
    ///
    /// # Errors
    /// A problem with the field where nothing may be added to the opportunity.
    pub fn account_of(&self, id: OpportunityId, field: &str) -> Result<AccountId> {
        self.get(id, field).map(|deal| deal.row.account_id)
    }

    /// Goes on where there is an opportunity and it is one with an account, or with one that is the same.
    ///
    /// # Errors
    /// A problem with the field.
    pub fn of_account(&self, id: OpportunityId, is_same: impl FnOnce(AccountId) -> bool, field: &str) -> Result<()> {
        if is_same(self.get(id, field)?.row.account_id) {
            Ok(())
        } else {
            Err(Error::invalid(field, ProblemCode::Invalid, "it is an opportunity with another account"))
        }
    }

    /// The close that won an opportunity last, whether it stands or not.
    #[must_use]
    pub fn won_by(&self, id: OpportunityId) -> Option<CloseId> {
        self.0.get(&id)?.events.iter().rev().find_map(|event| event.close_id)
    }

    /// Goes on where an opportunity is open and may be won at a moment.
    ///
    /// # Errors
    /// `OPPORTUNITY_STATE` where it is closed, `OUT_OF_ORDER` where something happened to it later.
    pub fn may_win(&self, id: OpportunityId, at: Timestamp, field: &str, at_field: &str) -> Result<()> {
        let deal = self.get(id, field)?;
        deal.is_open(field)?;
        deal.follows(at, at_field)
    }
}

impl Deal {
    /// How it stands.
    pub(super) fn stands(&self) -> Result<Stands> {
        standing(&self.events, None)
    }

    /// Goes on where it is open.
    pub(super) fn is_open(&self, field: &str) -> Result<()> {
        match self.stands()?.outcome {
            None => Ok(()),
            Some(outcome) => Err(Error::invalid(field, ProblemCode::OpportunityState, format!("it is closed already: {}", outcome.name()))),
        }
    }

    /// Goes on where nothing happened to it after a moment.
    pub(super) fn follows(&self, at: Timestamp, field: &str) -> Result<()> {
        let last = self.events.last().map_or(self.row.opened_at, |event| event.occurred_at);
        if at >= last { Ok(()) } else { Err(Error::invalid(field, ProblemCode::OutOfOrder, format!("must not lie before {last}"))) }
    }

    /// The next event.
    pub(super) fn next<P: Grant>(&self, scope: &Scope<P>, kind: OpportunityEventKind, occurred_at: Timestamp) -> opportunity_event::Model {
        opportunity_event::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            opportunity_id: self.row.id,
            sequence: i32::try_from(self.events.len()).unwrap_or(i32::MAX),
            kind,
            outcome: None,
            reason: None,
            competitor: None,
            resumes_on: None,
            close_id: None,
            occurred_at,
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
        }
    }
}

/// Writes that closes won the opportunities they name, within the transaction of account generation.
///
/// # Errors
/// What the database says.
pub async fn win<'a, P: Grant>(
    tx: &TenantWrite,
    scope: &Scope<P>,
    closes: impl Iterator<Item = &'a close::Model>,
    deals: &Deals,
) -> Result<()> {
    let won =
        closes.filter_map(|close| Some((close, deals.0.get(&close.opportunity_id?)?))).map(|(close, deal)| opportunity_event::Model {
            outcome: Some(OpportunityOutcome::Won),
            close_id: Some(close.id),
            ..deal.next(scope, OpportunityEventKind::Closed, close.closed_at)
        });
    tx.insert_many::<opportunity_event::Entity>(&won.collect::<Vec<_>>()).await
}

/// Whether the opportunity of a close is one that this close won and that was not reopened since, within a transaction of
/// another area; so too where it has none. The opportunity is held from now on.
///
/// # Errors
/// What the database says.
pub async fn stands_won_by(tx: &TenantWrite, close: &close::Model) -> Result<bool> {
    let Some(opportunity) = close.opportunity_id else { return Ok(true) };
    let last = store::held_with_last(tx, opportunity).await?;
    Ok(last.is_some_and(|event| event.close_id == Some(close.id)))
}
