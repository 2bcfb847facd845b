//! The opportunities and blockers behind a number.

use entity::ids::{BlockerId, OpportunityId, TypedId};
use entity::kinds::{BlockerKind, OpportunityOutcome};
use entity::time::Timestamp;

use super::facts::Report;
use crate::auth::Scope;
use crate::auth::permission::grant::OpportunityRead;
use crate::breakdown::service::Value;
use crate::db::{Cursor, Listing, PageRequest};
use crate::error::{Error, ProblemCode, Result};
use crate::metrics::outcomes::Outcomes;
use crate::metrics::pipeline::Counted;
use crate::pipeline::report::store;

/// How opportunities count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowState {
    /// In any way.
    All,
    /// Not ended.
    Open,
    /// Won or lost.
    Decided,
    /// Won.
    Won,
    /// Lost.
    Lost,
    /// Lost to a competitor.
    LostToCompetitor,
    /// Ended without a decision.
    NoDecision,
    /// Outside of every rate.
    Excluded,
}

impl RowState {
    fn holds(self, outcome: Option<OpportunityOutcome>) -> bool {
        let mut one = Outcomes::default();
        one.add(outcome);
        match self {
            Self::All => true,
            Self::Open => one.open > 0,
            Self::Decided => one.decided() > 0,
            Self::Won => one.won > 0,
            Self::Lost => one.lost() > 0,
            Self::LostToCompetitor => one.lost_to_competitor > 0,
            Self::NoDecision => one.no_decision() > 0,
            Self::Excluded => one.excluded > 0,
        }
    }
}

/// Which opportunities are wanted.
#[derive(Clone, Debug)]
pub struct RowWanted {
    /// Which count.
    pub which: Counted,
    /// How they count.
    pub state: RowState,
    /// The key of their value; `Some(None)` for those without one.
    pub group: Option<Option<String>>,
    /// Those that something of a kind, or anything, had kept back, or those that nothing had.
    pub blocked: Option<(Option<BlockerKind>, bool)>,
}

/// One opportunity, as it counts.
#[derive(Clone, Debug)]
pub struct OpportunityRow {
    /// Which.
    pub id: OpportunityId,
    /// When it began.
    pub opened_at: Timestamp,
    /// When and how it ended; `None` where it counts as open.
    pub closed: Option<(Timestamp, OpportunityOutcome)>,
    /// What it has in common with others.
    pub values: Vec<Value>,
}

/// One page of the opportunities behind a number that the caller sees, those that began first first.
///
/// # Errors
/// A problem with `group`.
pub async fn opportunity_rows(
    scope: &Scope<OpportunityRead>,
    report: &Report,
    point: usize,
    wanted: &RowWanted,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<OpportunityRow>> {
    let seen = store::opportunities_seen(&scope.read().await?).await?;
    let span = report.span(point)?;
    report.is_split(wanted.group.as_ref())?;
    let mut found = Vec::new();
    for fact in &report.facts {
        let Some(end) = fact.counted(wanted.which, &span) else { continue };
        if wanted.state.holds(end.outcome())
            && is_of(wanted.group.as_ref(), &fact.values)
            && wanted.blocked.is_none_or(|(kind, blocked)| fact.was_blocked(kind, end) == blocked)
            && seen.as_ref().is_none_or(|seen| seen.contains(&fact.id.uuid()))
        {
            found.push(OpportunityRow { id: fact.id, opened_at: fact.opened_at, closed: end.closed, values: fact.values.clone() });
        }
    }
    Ok(listing(&found, page, with_total, |row| Cursor { key: row.opened_at.micros(), id: row.id.uuid() }))
}

/// Whether blockers are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockerState {
    /// Whether they are or not.
    All,
    /// They are not.
    Open,
    /// They are.
    Resolved,
}

/// Which blockers are wanted.
#[derive(Clone, Debug)]
pub struct BlockerWanted {
    /// What they are.
    pub kind: Option<BlockerKind>,
    /// Whether they are resolved.
    pub state: BlockerState,
    /// The key of the value of their opportunities; `Some(None)` for those without one.
    pub group: Option<Option<String>>,
}

/// One blocker, as it counts.
#[derive(Clone, Debug)]
pub struct BlockerRow {
    /// Which.
    pub id: BlockerId,
    /// What it is.
    pub kind: BlockerKind,
    /// Since when it is known.
    pub raised_at: Timestamp,
    /// When it was resolved, if it was by then.
    pub resolved_at: Option<Timestamp>,
    /// How long it lasted, or has lasted until the instant of the question, in microseconds.
    pub micros: i64,
    /// What its opportunity has in common with others.
    pub values: Vec<Value>,
}

/// One page of the blockers behind a number that the caller sees, those raised first first.
///
/// # Errors
/// A problem with `group`.
pub async fn blocker_rows(
    scope: &Scope<OpportunityRead>,
    report: &Report,
    point: usize,
    wanted: &BlockerWanted,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<BlockerRow>> {
    let seen = store::blockers_seen(&scope.read().await?).await?;
    let span = report.span(point)?;
    report.is_split(wanted.group.as_ref())?;
    let mut found = Vec::new();
    for (raised, place) in &report.blockers {
        let values = report.facts.get(*place).map(|fact| fact.values.as_slice()).unwrap_or_default();
        let stands = match wanted.state {
            BlockerState::All => true,
            BlockerState::Open => raised.resolved_at.is_none(),
            BlockerState::Resolved => raised.resolved_at.is_some(),
        };
        if stands
            && (span.start..span.end).contains(&raised.at)
            && wanted.kind.is_none_or(|kind| kind == raised.kind)
            && is_of(wanted.group.as_ref(), values)
            && seen.as_ref().is_none_or(|seen| seen.contains(&raised.id.uuid()))
        {
            let micros = raised.resolved_at.unwrap_or(span.as_of).micros().saturating_sub(raised.at.micros());
            found.push(BlockerRow {
                id: raised.id,
                kind: raised.kind,
                raised_at: raised.at,
                resolved_at: raised.resolved_at,
                micros,
                values: values.to_vec(),
            });
        }
    }
    Ok(listing(&found, page, with_total, |row| Cursor { key: row.raised_at.micros(), id: row.id.uuid() }))
}

impl Report {
    fn is_split(&self, group: Option<&Option<String>>) -> Result<()> {
        if group.is_some() && self.breakdown.is_none() {
            return Err(Error::invalid("group", ProblemCode::Invalid, "the answer is not split: there are no groups"));
        }
        Ok(())
    }
}

fn is_of(group: Option<&Option<String>>, values: &[Value]) -> bool {
    match group {
        None => true,
        Some(None) => values.is_empty(),
        Some(Some(key)) => values.iter().any(|value| value.key() == *key),
    }
}

fn listing<T: Clone>(found: &[T], page: PageRequest, with_total: bool, cursor: impl Fn(&T) -> Cursor) -> Listing<T> {
    let total = with_total.then(|| u64::try_from(found.len()).unwrap_or(u64::MAX));
    Listing { page: page.of_rising(found, cursor), total }
}
