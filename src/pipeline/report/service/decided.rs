//! What began, and what was won or lost, for the metrics of other areas.

use std::collections::HashSet;

use entity::ids::{AccountId, CloseId, OpportunityId};
use entity::kinds::{OpportunityOutcome, Resource};
use entity::money::CurrencyCode;
use entity::time::Timestamp;
use uuid::Uuid;

use super::facts::opportunities;
use crate::credit;
use crate::db::TenantTx;
use crate::error::Result;
use crate::metrics::dimension::{Dimension, Value};
use crate::metrics::pipeline::{Counted, Span};
use crate::pipeline::report::store;

/// An opportunity that was won or lost.
#[derive(Clone, Copy, Debug)]
pub struct Decided {
    /// Which.
    pub id: OpportunityId,
    /// Whose.
    pub account: AccountId,
    /// When it was decided.
    pub at: Timestamp,
    /// Whether it was won.
    pub won: bool,
    /// The close it was won with.
    pub close: Option<CloseId>,
}

/// The opportunities that were won or lost in `[start, end)`, as it was known at an instant and as win rates count them; within
/// a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn decided(
    tx: &TenantTx,
    (start, end): (Timestamp, Timestamp),
    currency: CurrencyCode,
    as_of: Timestamp,
) -> Result<Vec<Decided>> {
    let closes = credit::service::amounts_won(tx, currency, as_of).await?;
    let span = Span { start, end, as_of };
    let facts = opportunities(tx, None, as_of, &closes).await?;
    let ended = facts.iter().filter_map(|fact| Some((fact, fact.counted(Counted::Closed, &span)?.closed?)));
    let decided = ended.filter_map(|(fact, (at, outcome))| match outcome {
        OpportunityOutcome::Disqualified | OpportunityOutcome::Duplicate => None,
        outcome => {
            let won = outcome == OpportunityOutcome::Won;
            Some(Decided { id: fact.id, account: fact.account, at, won, close: fact.close.filter(|_| won) })
        }
    });
    Ok(decided.collect())
}

/// An opportunity that began.
#[derive(Clone, Copy, Debug)]
pub struct Began {
    /// Which.
    pub id: OpportunityId,
    /// When.
    pub opened_at: Timestamp,
    /// Who brought it in.
    pub source: Option<Resource>,
    /// The close it was won with.
    pub close: Option<CloseId>,
}

/// The opportunities that began in `[start, end)`, as it was known at an instant and as win rates count them, in order of time;
/// within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn began(tx: &TenantTx, (start, end): (Timestamp, Timestamp), currency: CurrencyCode, as_of: Timestamp) -> Result<Vec<Began>> {
    let closes = credit::service::amounts_won(tx, currency, as_of).await?;
    let span = Span { start, end, as_of };
    let sources = store::values(tx, Dimension::Resource, as_of).await?;
    let facts = opportunities(tx, None, as_of, &closes).await?;
    let began = facts.into_iter().filter_map(|fact| {
        let outcome = fact.counted(Counted::Created, &span)?.outcome();
        if matches!(outcome, Some(OpportunityOutcome::Disqualified | OpportunityOutcome::Duplicate)) {
            return None;
        }
        let source = if let Some(Value::Resource(resource)) = sources.get(&fact.id) { Some(*resource) } else { None };
        let close = fact.close.filter(|_| outcome == Some(OpportunityOutcome::Won));
        Some(Began { id: fact.id, opened_at: fact.opened_at, source, close })
    });
    Ok(began.collect())
}

/// The opportunities the caller sees; `None` where they see all; within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn opportunities_seen(tx: &TenantTx) -> Result<Option<HashSet<Uuid>>> {
    store::opportunities_seen(tx).await
}
