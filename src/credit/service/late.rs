//! Evidence that came after a close was recorded.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use entity::ids::{AccountId, CloseId, PersonId, TacticId, TeamId};
use entity::time::Timestamp;

use super::close::page_of_readable;
use super::groups::{self, groups_with, in_order, is_in, values_of};
use super::policy::evidence_model;
use super::trace::{Touched, everybody};
use crate::auth::Scope;
use crate::auth::permission::grant::{CloseRead, FunnelRead};
use crate::breakdown::service::{Dimension, Value, WantedBreakdown};
use crate::buyers::service::{BuyerKind, ever_same};
use crate::credit::store::{self, VersionRow};
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::journey::service::teams_by_tactic;
use crate::metrics::evidence::Lookback;
use crate::metrics::late_evidence::{Change, Late, LateFigures, late};
use crate::metrics::period::{Grain, Period};
use crate::organization;

/// What is asked.
#[derive(Clone, Debug)]
pub struct LateQuestion {
    /// The days in which closes were won.
    pub period: WantedPeriod,
    /// Into what it is divided; `None` for not at all.
    pub grain: Option<Grain>,
    /// By what the answer is split.
    pub breakdown: Option<WantedBreakdown>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// One close and what became of its evidence.
#[derive(Clone, Debug)]
pub struct LateClose {
    /// The close.
    pub id: CloseId,
    /// When it was won.
    pub closed_at: Timestamp,
    /// What changed.
    pub late: Late,
    /// For each change: the value of its touch. Empty where the answer is not split by touches.
    pub marks: Vec<Option<Value>>,
    /// What it has in common with other closes. Empty where the answer is not split by accounts.
    pub values: Vec<Value>,
}

/// The figures of a part of the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatePoint {
    /// The part.
    pub period: Period,
    /// Of all.
    pub whole: LateFigures,
    /// By value of the breakdown, those without one last; empty without a breakdown.
    pub groups: Vec<(Option<Value>, LateFigures)>,
}

/// The answer. It keeps the closes its figures were counted from.
#[derive(Debug)]
pub struct LateEvidence {
    as_of: Timestamp,
    period: Period,
    lookback: Lookback,
    breakdown: Option<WantedBreakdown>,
    closes: Vec<LateClose>,
    points: Vec<LatePoint>,
}

/// Answers a question.
///
/// # Errors
/// Problems with `period`, `breakdown` and `asOf`.
pub async fn late_evidence(scope: &Scope<FunnelRead>, question: &LateQuestion) -> Result<Arc<LateEvidence>> {
    let as_of = input::as_of(question.as_of, scope.now())?;
    let tx = scope.read().await?;
    if let Some(breakdown) = &question.breakdown {
        breakdown.check(&tx).await?;
    }
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(&question.period, &organization)?;
    let parts = match question.grain {
        Some(grain) => input::parts(&period, grain, &organization)?,
        None => vec![period],
    };
    let lookback = evidence_model(&tx, as_of).await?.lookback;
    let won = store::closes_recorded(&tx, period.start(), period.end(), as_of).await?;
    let people = ever_same(&tx, BuyerKind::Person, as_of).await?;
    let accounts = ever_same(&tx, BuyerKind::Account, as_of).await?;
    let wanted_people: Vec<PersonId> = everybody(won.iter().filter_map(|close| close.person), &people);
    let wanted_accounts: Vec<AccountId> = everybody(won.iter().map(|close| close.account), &accounts);
    let rows = store::touch_versions(&tx, &wanted_people, &wanted_accounts, as_of).await?;
    let by = question.breakdown.as_ref();
    let teams = if by.is_some_and(|by| by.by == Dimension::Team) { teams_by_tactic(&tx).await? } else { HashMap::new() };
    let mut values = match by {
        Some(by) if !of_touches(by.by) => {
            let customers: Vec<_> = won.iter().map(|close| (close.id, close.account, close.closed_at)).collect();
            values_of(&tx, by, &customers, as_of).await?
        }
        _ => HashMap::new(),
    };
    drop(tx);
    let touched = Touched::new(&rows, &people, &accounts);
    let closes = won
        .iter()
        .map(|close| {
            let trace = touched.trace(close)?;
            let late = late(&trace.trail(), (close.closed_at, close.recorded_at), lookback, as_of).map_err(Error::internal)?;
            let changed = late.changes.iter().filter_map(|(index, _)| trace.rows.get(*index).copied());
            let mark = |row: &VersionRow| by.and_then(|by| value_of(row, by.by, &teams));
            let marks = if by.is_some_and(|by| of_touches(by.by)) { changed.map(mark).collect() } else { Vec::new() };
            let values = values.remove(&close.id).unwrap_or_default();
            Ok(LateClose { id: close.id, closed_at: close.closed_at, late, marks, values })
        })
        .collect::<Result<Vec<_>>>()?;
    let points = parts.into_iter().map(|part| LatePoint::of(part, &closes, by)).collect();
    Ok(Arc::new(LateEvidence { as_of, period, lookback, breakdown: question.breakdown.clone(), closes, points }))
}

/// What a touch has of a dimension; a tactic counts for the team that runs it today.
fn value_of(row: &VersionRow, by: Dimension, teams: &HashMap<TacticId, TeamId>) -> Option<Value> {
    match by {
        Dimension::Channel => Some(Value::Channel(row.channel)),
        Dimension::Resource => Some(Value::Resource(row.version.resource)),
        Dimension::Tactic => row.tactic.map(Value::Tactic),
        Dimension::Team => teams.get(&row.tactic?).copied().map(Value::Team),
        Dimension::Segment | Dimension::Owner => None,
    }
}

impl LateClose {
    /// Whether something that changed about it counts in a group.
    fn changed_in(&self, by: Option<&WantedBreakdown>, group: Option<Value>) -> bool {
        match by.map(|by| of_touches(by.by)) {
            None => false,
            Some(true) => self.marks.contains(&group),
            Some(false) => self.late.changed() && is_in(&self.values, group),
        }
    }

    /// How the touches of a group changed its evidence.
    fn changes_by(&self, group: Option<Value>) -> impl Iterator<Item = Change> {
        self.late.changes.iter().zip(&self.marks).filter(move |(_, mark)| **mark == group).map(|((_, change), _)| *change)
    }
}

impl LatePoint {
    fn of(period: Period, closes: &[LateClose], by: Option<&WantedBreakdown>) -> Self {
        let mut whole = LateFigures::default();
        let mut found: HashMap<Option<Value>, LateFigures> = HashMap::new();
        for close in closes.iter().filter(|close| period.contains(close.closed_at)) {
            let all = || close.late.changes.iter().map(|(_, change)| *change);
            whole.add(&close.late, all());
            if by.is_some_and(|by| of_touches(by.by)) {
                for group in close.marks.iter().copied().collect::<HashSet<_>>() {
                    found.entry(group).or_default().add(&close.late, close.changes_by(group));
                }
            } else if by.is_some() {
                for group in groups_with(&close.values) {
                    found.entry(group).or_default().add(&close.late, all());
                }
            }
        }
        if by.is_some_and(|by| of_touches(by.by)) {
            // Of touches the closes are all of the part.
            found.values_mut().for_each(|figures| figures.closes = whole.closes);
        }
        Self { period, whole, groups: by.map(|by| in_order(by, found)).unwrap_or_default() }
    }
}

/// Whether touches have values of a dimension, and not the closes.
const fn of_touches(by: Dimension) -> bool {
    !matches!(by, Dimension::Segment | Dimension::Owner)
}

/// One page of the closes of a point whose evidence changed, of those the caller sees, in the order in which they were won.
///
/// # Errors
/// Problems with `group`.
pub async fn late_rows(
    scope: &Scope<CloseRead>,
    evidence: &LateEvidence,
    point: usize,
    group: Option<&Option<String>>,
    (page, with_total): (PageRequest, bool),
) -> Result<Listing<LateClose>> {
    let LatePoint { period, .. } = evidence.points.get(point).ok_or(Error::broken("a point of the answer"))?;
    let by = evidence.breakdown.as_ref();
    let groups = evidence.points.iter().flat_map(|point| &point.groups);
    let group = groups::wanted(by, groups.map(|(value, _)| *value), group)?;
    let wanted = |close: &&LateClose| {
        period.contains(close.closed_at) && group.is_none_or(|group| close.changed_in(by, group)) && close.late.changed()
    };
    page_of_readable(scope, evidence.closes.iter().filter(wanted), |close| (close.id, close.closed_at), page, with_total).await
}

impl LateEvidence {
    /// As seen when.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The whole period.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// By what it is split.
    #[must_use]
    pub fn by(&self) -> Option<Dimension> {
        self.breakdown.as_ref().map(|breakdown| breakdown.by)
    }

    /// Whether its groups are of touches, and not of closes.
    #[must_use]
    pub fn is_of_touches(&self) -> bool {
        self.by().is_some_and(of_touches)
    }

    /// How far back touches are evidence.
    #[must_use]
    pub const fn lookback(&self) -> Lookback {
        self.lookback
    }

    /// Its parts.
    #[must_use]
    pub fn points(&self) -> &[LatePoint] {
        &self.points
    }
}
