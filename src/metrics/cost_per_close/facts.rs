//! What cost per close is computed from: closes with their credit and touches, and cost entries, in flat columns.

use std::fmt;
use std::ops::Range;

use entity::kinds::{CostOwner, Resource};
use entity::time::Timestamp;

use super::{Basis, CodeDimension};
use crate::metrics::accrual::{AllocationRules, DaySpan};
use crate::metrics::evidence::{Milestones, Model, WShape};
use crate::metrics::shares::Shares;

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
    /// What it was worth when recorded, in minor units.
    pub amount_minor: i64,
    /// What was given back since, in minor units.
    pub refunded_minor: i64,
    /// Whether it stands voided.
    pub voided: bool,
    /// Whether its amount is in the currency of the question; if not, it is counted, never valued.
    pub priced: bool,
    /// Who holds its credit.
    pub shares: Shares,
    /// The moments that make its touches into milestones.
    pub milestones: Milestones,
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
    /// Whether it is in the currency of the question; if not, it is listed, never added.
    pub priced: bool,
    /// Where it belongs.
    pub codes: Codes,
}

/// Why a fact is refused; nothing of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactError {
    /// Closes must come in order of time.
    ClosesOutOfOrder,
    /// The touches of a close must come in order of time.
    TouchesOutOfOrder,
    /// A code is not below [`CODES_MAX`].
    CodeTooLarge {
        /// The code.
        code: u32,
    },
    /// What is left of an amount after the refund is not a 64-bit number.
    TooLarge,
}

impl fmt::Display for FactError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClosesOutOfOrder => formatter.write_str("closes must come in order of time"),
            Self::TouchesOutOfOrder => formatter.write_str("the touches of a close must come in order of time"),
            Self::CodeTooLarge { code } => write!(formatter, "code {code} is not below {CODES_MAX}"),
            Self::TooLarge => formatter.write_str("an amount after refund exceeds 64 bits"),
        }
    }
}

impl std::error::Error for FactError {}

/// Closes and costs in flat columns; each fact is known by its position.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    closed_at: Vec<Timestamp>,
    gross_minor: Vec<i64>,
    /// `None` where `NET` leaves the close out.
    net_minor: Vec<Option<i64>>,
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
    costs: Vec<CostFact>,
    rules: AllocationRules,
    /// One more than the largest code of tactics, teams, channels.
    codes_end: [u32; 3],
}

/// A close that counts on the basis asked for.
pub(super) struct Counted {
    pub(super) close: usize,
    /// What it is worth on that basis; `None` if unpriced.
    pub(super) value_minor: Option<i64>,
    pub(super) shares: Shares,
}

/// The touches of one close.
pub(super) struct Touches<'a> {
    /// Position of the first among all touches.
    pub(super) start: usize,
    pub(super) shape: Option<WShape>,
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
        if self.closed_at.last().is_some_and(|&last| close.closed_at < last) {
            return Err(FactError::ClosesOutOfOrder);
        }
        if !touches.is_sorted_by_key(|touch| touch.at) {
            return Err(FactError::TouchesOutOfOrder);
        }
        let left = close.amount_minor.checked_sub(close.refunded_minor).ok_or(FactError::TooLarge)?;
        let mut codes_end = self.codes_end;
        for touch in touches {
            codes_end = including(codes_end, touch.codes)?;
        }
        self.codes_end = codes_end;
        let fully_refunded = close.refunded_minor > 0 && left <= 0;
        self.closed_at.push(close.closed_at);
        self.gross_minor.push(close.amount_minor);
        self.net_minor.push(if close.voided || fully_refunded { None } else { Some(left) });
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

    /// The closes won in `[start, end)` that count on a basis.
    pub(super) fn counted(&self, start: Timestamp, end: Timestamp, basis: Basis) -> impl Iterator<Item = Counted> {
        let range = self.closed_at.partition_point(|&at| at < start)..self.closed_at.partition_point(|&at| at < end);
        let amounts = slice(&self.gross_minor, &range).iter().zip(slice(&self.net_minor, &range));
        let rest = slice(&self.priced, &range).iter().zip(slice(&self.shares, &range));
        range.zip(amounts.zip(rest)).filter_map(move |(close, ((&gross, &net), (&priced, &shares)))| {
            let amount_minor = match basis {
                Basis::Net => net?,
                Basis::Gross => gross,
            };
            Some(Counted { close, value_minor: priced.then_some(amount_minor), shares })
        })
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
            shape: WShape::of(slice(&self.touch_at, &range), milestones, self.closed_at(close), model),
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
