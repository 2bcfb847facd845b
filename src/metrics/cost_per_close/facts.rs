//! What cost per close is computed from: closes with their credit and touches, and cost entries, in flat columns.

use std::fmt;
use std::ops::Range;

use entity::kinds::{CostOwner, Resource};
use entity::time::Timestamp;

use super::{Basis, CodeDimension, Refunds};
use crate::metrics::accrual::{AllocationRules, DaySpan};
use crate::metrics::attribution::Shape;
use crate::metrics::by_resource::ByResource;
use crate::metrics::evidence::{Milestones, Model};
use crate::metrics::shares::Shares;
use crate::metrics::split::split_by_shares;

/// One more than the largest code: lines are kept in a table by code.
pub const CODES_MAX: u32 = 1 << 20;

/// Where a touch or cost entry belongs, as numbers counted up from 0 that the caller gave to tactics, teams and channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    /// The tactic.
    pub tactic: Option<u32>,
    /// The team.
    pub team: Option<u32>,
    /// The channel.
    pub channel: Option<u32>,
}

impl Codes {
    /// The code of a dimension.
    #[must_use]
    pub const fn get(self, dimension: CodeDimension) -> Option<u32> {
        match dimension {
            CodeDimension::Tactic => self.tactic,
            CodeDimension::Team => self.team,
            CodeDimension::Channel => self.channel,
        }
    }
}

/// One close with what became of it, as known at the instant of the question.
#[derive(Clone, Copy, Debug)]
pub struct CloseFact {
    /// When it was won.
    pub closed_at: Timestamp,
    /// When it counts: when it was won, or when its buyer was acquired.
    pub counts_at: Timestamp,
    /// What it was worth when recorded, in minor units.
    pub gross_minor: i64,
    /// What is left of that; `None` where `NET` leaves the close out, because it is voided or all was given back.
    pub net_minor: Option<i64>,
    /// What a new customer brings each month, in minor units; nothing of more business with one.
    pub monthly_minor: i64,
    /// Whether its amount is known in the currency of the question; if not, it is counted, never valued.
    pub priced: bool,
    /// Who holds its credit.
    pub shares: Shares,
    /// The moments that make its touches into milestones.
    pub milestones: Milestones,
}

/// What a movement changed about a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeFact {
    /// Position of the close.
    pub close: usize,
    /// When it happened.
    pub at: Timestamp,
    /// What was left of it before, in minor units; `None` where it did not count.
    pub before_minor: Option<i64>,
    /// What was left of it afterwards; `None` where it no longer counted.
    pub after_minor: Option<i64>,
}

/// One touch of the buyer behind a close.
#[derive(Clone, Copy, Debug)]
pub struct TouchFact {
    /// When it happened.
    pub at: Timestamp,
    /// Whose touch it was.
    pub resource: Resource,
    /// Where it belongs.
    pub codes: Codes,
}

/// One cost entry.
#[derive(Clone, Copy, Debug)]
pub struct CostFact {
    /// Who bears it.
    pub owner: CostOwner,
    /// The local days it covers.
    pub days: DaySpan,
    /// The cost in minor units; negative for one taken back.
    pub amount_minor: i64,
    /// Whether it is known in the currency of the question; if not, it is listed, never added.
    pub priced: bool,
    /// Where it belongs.
    pub codes: Codes,
}

/// Why a fact is refused; nothing of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactError {
    /// Closes must come in the order in which they count.
    ClosesOutOfOrder,
    /// The touches of a close must come in order of time.
    TouchesOutOfOrder,
    /// Changes must come in order of time, after the closes they change.
    ChangesOutOfOrder,
    /// A code is not below [`CODES_MAX`].
    CodeTooLarge {
        /// The code.
        code: u32,
    },
}

impl fmt::Display for FactError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClosesOutOfOrder => formatter.write_str("closes must come in the order in which they count"),
            Self::TouchesOutOfOrder => formatter.write_str("the touches of a close must come in order of time"),
            Self::ChangesOutOfOrder => formatter.write_str("changes must come in order of time, after the closes they change"),
            Self::CodeTooLarge { code } => write!(formatter, "code {code} is not below {CODES_MAX}"),
        }
    }
}

impl std::error::Error for FactError {}

/// Closes and costs in flat columns; each fact is known by its position.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    closed_at: Vec<Timestamp>,
    counts_at: Vec<Timestamp>,
    gross_minor: Vec<i64>,
    /// `None` where `NET` leaves the close out.
    net_minor: Vec<Option<i64>>,
    monthly_minor: Vec<i64>,
    priced: Vec<bool>,
    shares: Vec<Shares>,
    milestones: Vec<Milestones>,
    /// Where the touches of each close end; they begin where those of the close before end.
    touches_end: Vec<usize>,
    touch_at: Vec<Timestamp>,
    touch_resource: Vec<Resource>,
    touch_tactic: Vec<Option<u32>>,
    touch_team: Vec<Option<u32>>,
    touch_channel: Vec<Option<u32>>,
    changes: Vec<ChangeFact>,
    costs: Vec<CostFact>,
    rules: AllocationRules,
    /// One more than the largest code of tactics, teams, channels.
    codes_end: [u32; 3],
}

/// What a close, or a change of one, books at an instant.
pub(super) struct Booking {
    pub(super) close: usize,
    /// Position of the change; `None` for the close itself.
    pub(super) change: Option<usize>,
    pub(super) at: Timestamp,
    pub(super) priced: bool,
    pub(super) shares: Shares,
    /// What the close brings each month as long as it counts.
    of_month_minor: i64,
    /// What was booked of the close before, which is taken back.
    before_minor: Option<i64>,
    /// What it is worth from then on.
    after_minor: Option<i64>,
}

impl Booking {
    /// By how much it changes the number of closes.
    pub(super) fn closes(&self) -> i64 {
        i64::from(self.after_minor.is_some()) - i64::from(self.before_minor.is_some())
    }

    /// By how much it changes their value; nothing where that is not known.
    pub(super) fn value_minor(&self) -> i128 {
        let minor = |minor: Option<i64>| i128::from(minor.unwrap_or_default());
        if self.priced { minor(self.after_minor) - minor(self.before_minor) } else { 0 }
    }

    /// By how much it changes what new customers bring each month; nothing where that is not known.
    pub(super) fn monthly_minor(&self) -> i64 {
        if self.priced { self.of_month_minor * self.closes() } else { 0 }
    }

    /// What each resource has of that. Splitting is the same whichever way it goes, so that bookings sum to what is left.
    pub(super) fn monthlies(&self) -> ByResource<i64> {
        let priced = if self.priced { self.of_month_minor } else { 0 };
        split_by_shares(priced, self.shares).map(|minor| minor * self.closes())
    }

    /// What each resource has of the value from then on, and what it had before: that is taken back as it was given, so that
    /// bookings sum to what is left, split once.
    pub(super) fn values(&self) -> (ByResource<i64>, Option<ByResource<i64>>) {
        let split = |minor: Option<i64>| split_by_shares(minor.filter(|_| self.priced).unwrap_or_default(), self.shares);
        (split(self.after_minor), self.before_minor.map(|minor| split(Some(minor))))
    }
}

/// The touches of one close.
pub(super) struct Touches<'a> {
    /// Position of the first among all touches.
    pub(super) start: usize,
    pub(super) shape: Option<Shape>,
    pub(super) resources: &'a [Resource],
    pub(super) codes: &'a [Option<u32>],
}

impl Facts {
    /// No facts yet; shared cost is going to be divided by these rules.
    #[must_use]
    pub fn new(rules: AllocationRules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Adds a close with the touches of its buyer: in order of time, those of one instant in order of their id.
    ///
    /// # Errors
    /// [`FactError`]; then nothing is added.
    pub fn push_close(&mut self, close: CloseFact, touches: &[TouchFact]) -> Result<(), FactError> {
        if self.counts_at.last().is_some_and(|&last| close.counts_at < last) {
            return Err(FactError::ClosesOutOfOrder);
        }
        if !touches.is_sorted_by_key(|touch| touch.at) {
            return Err(FactError::TouchesOutOfOrder);
        }
        let mut codes_end = self.codes_end;
        for touch in touches {
            codes_end = including(codes_end, touch.codes)?;
        }
        self.codes_end = codes_end;
        self.closed_at.push(close.closed_at);
        self.counts_at.push(close.counts_at);
        self.gross_minor.push(close.gross_minor);
        self.net_minor.push(close.net_minor);
        self.monthly_minor.push(close.monthly_minor);
        self.priced.push(close.priced);
        self.shares.push(close.shares);
        self.milestones.push(close.milestones);
        for touch in touches {
            self.touch_at.push(touch.at);
            self.touch_resource.push(touch.resource);
            self.touch_tactic.push(touch.codes.tactic);
            self.touch_team.push(touch.codes.team);
            self.touch_channel.push(touch.codes.channel);
        }
        self.touches_end.push(self.touch_at.len());
        Ok(())
    }

    /// Adds what a movement changed about a close that was added before. All movements of a close together lead from what it was
    /// worth when recorded to what is left.
    ///
    /// # Errors
    /// [`FactError::ChangesOutOfOrder`].
    pub fn push_change(&mut self, change: ChangeFact) -> Result<(), FactError> {
        if change.close >= self.closed_at.len() || self.changes.last().is_some_and(|last| change.at < last.at) {
            return Err(FactError::ChangesOutOfOrder);
        }
        self.changes.push(change);
        Ok(())
    }

    /// Adds a cost entry; entries may come in any order.
    ///
    /// # Errors
    /// [`FactError::CodeTooLarge`].
    pub fn push_cost(&mut self, cost: CostFact) -> Result<(), FactError> {
        self.codes_end = including(self.codes_end, cost.codes)?;
        self.costs.push(cost);
        Ok(())
    }

    pub(super) fn costs(&self) -> &[CostFact] {
        &self.costs
    }

    pub(super) const fn rules(&self) -> &AllocationRules {
        &self.rules
    }

    /// One more than the largest code.
    pub(super) fn codes_end(&self, dimension: CodeDimension) -> usize {
        let [tactic, team, channel] = self.codes_end;
        let end = match dimension {
            CodeDimension::Tactic => tactic,
            CodeDimension::Team => team,
            CodeDimension::Channel => channel,
        };
        usize::try_from(end).unwrap_or(usize::MAX)
    }

    /// What is booked in `[start, end)`: closes in order of time, and where changes count when they happened, these after
    /// them, in order of time.
    pub(super) fn bookings(&self, start: Timestamp, end: Timestamp, basis: Basis, refunds: Refunds) -> impl Iterator<Item = Booking> {
        let range = self.counts_at.partition_point(|&at| at < start)..self.counts_at.partition_point(|&at| at < end);
        let amounts = slice(&self.gross_minor, &range).iter().zip(slice(&self.net_minor, &range));
        let rest = slice(&self.priced, &range).iter().zip(slice(&self.shares, &range));
        let times = slice(&self.counts_at, &range).iter().zip(slice(&self.monthly_minor, &range));
        let booked =
            range.clone().zip(times).zip(amounts.zip(rest)).filter_map(move |((close, times), ((&gross, &net), (&priced, &shares)))| {
                let (&at, &of_month_minor) = times;
                let after_minor = match (basis, refunds) {
                    (Basis::Net, Refunds::OriginalPeriod) => Some(net?),
                    (Basis::Gross, _) | (Basis::Net, Refunds::EventPeriod) => Some(gross),
                };
                Some(Booking { close, change: None, at, priced, shares, of_month_minor, before_minor: None, after_minor })
            });
        let changes = match (basis, refunds) {
            (Basis::Net, Refunds::EventPeriod) => {
                self.changes.partition_point(|change| change.at < start)..self.changes.partition_point(|change| change.at < end)
            }
            (Basis::Gross, _) | (Basis::Net, Refunds::OriginalPeriod) => 0..0,
        };
        let changed = changes.clone().zip(slice(&self.changes, &changes)).filter_map(|(position, change)| {
            Some(Booking {
                close: change.close,
                change: Some(position),
                at: change.at,
                priced: *self.priced.get(change.close)?,
                shares: *self.shares.get(change.close)?,
                of_month_minor: *self.monthly_minor.get(change.close)?,
                before_minor: change.before_minor,
                after_minor: change.after_minor,
            })
        });
        booked.chain(changed)
    }

    /// When a close was won.
    pub(super) fn closed_at(&self, close: usize) -> Timestamp {
        self.closed_at.get(close).copied().unwrap_or(Timestamp::MAX)
    }

    /// The touches of a close with their weights.
    pub(super) fn touches(&self, close: usize, dimension: CodeDimension, model: Model) -> Touches<'_> {
        let end = |close: usize| self.touches_end.get(close).copied().unwrap_or_default();
        let range = close.checked_sub(1).map_or(0, end)..end(close);
        let codes = match dimension {
            CodeDimension::Tactic => &self.touch_tactic,
            CodeDimension::Team => &self.touch_team,
            CodeDimension::Channel => &self.touch_channel,
        };
        let milestones = self.milestones.get(close).copied().unwrap_or_default();
        Touches {
            start: range.start,
            shape: model.shape(slice(&self.touch_at, &range), milestones, self.closed_at(close)),
            resources: slice(&self.touch_resource, &range),
            codes: slice(codes, &range),
        }
    }
}

fn slice<'a, T>(column: &'a [T], range: &Range<usize>) -> &'a [T] {
    column.get(range.clone()).unwrap_or_default()
}

/// The ends of the codes, moved up to take in some more.
fn including(ends: [u32; 3], codes: Codes) -> Result<[u32; 3], FactError> {
    let given = [codes.tactic, codes.team, codes.channel];
    if let Some(code) = given.into_iter().flatten().find(|&code| code >= CODES_MAX) {
        return Err(FactError::CodeTooLarge { code });
    }
    let ([tactic, team, channel], [to_tactic, to_team, to_channel]) = (ends, given.map(|code| code.map_or(0, |code| code + 1)));
    Ok([tactic.max(to_tactic), team.max(to_team), channel.max(to_channel)])
}
