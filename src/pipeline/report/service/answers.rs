//! The figures of each report.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::facts::{Fact, Report};
use crate::breakdown::service::Value;
use crate::error::{Error, Result};
use crate::metrics::blockers::{BlockerFact, BlockerLine, WithAndWithout, blockers};
use crate::metrics::durations::DAY_MICROS;
use crate::metrics::outcomes::Outcomes;
use crate::metrics::pipeline::{Counted, Moving, Span};
use crate::metrics::ratio::{NullReason, Ratio};
use crate::metrics::velocity::{Velocity, velocity};

/// Decimal places of a number of days.
const DAY_PLACES: u32 = 2;

/// Figures of opportunities with the same value.
#[derive(Clone, Debug)]
pub struct Group<T> {
    /// What they have in common; `None` where they have no value.
    pub value: Option<Value>,
    /// Their figures.
    pub figures: T,
}

/// Figures of all, and of each group.
#[derive(Clone, Debug)]
pub struct Split<T> {
    /// Of all.
    pub whole: T,
    /// By value, those without one last; empty without a breakdown.
    pub groups: Vec<Group<T>>,
}

/// How opportunities ended, on both bases.
#[derive(Clone, Copy, Debug, Default)]
pub struct WinFigures {
    /// Those that ended in the period.
    pub closed: Outcomes,
    /// Those that began in it, as they stand.
    pub created: Outcomes,
}

/// What is won in a day, and from what that follows.
#[derive(Clone, Copy, Debug)]
pub struct VelocityFigures {
    /// What it is computed from.
    pub moving: Moving,
    /// What is won in a day.
    pub velocity: Velocity,
    /// Won of what was decided.
    pub win: Ratio,
    /// The mean value of what was won and is priced, in major units.
    pub mean_value: Ratio,
    /// The mean time from the beginning to the win, in days.
    pub mean_cycle: Ratio,
}

/// Blockers of one kind, or of all, and what they do to decisions.
#[derive(Clone, Debug)]
pub struct BlockerFigures {
    /// How much of it is resolved, and how fast.
    pub line: BlockerLine,
    /// How often opportunities end without a decision: with it, without it.
    pub no_decision: [Ratio; 2],
}

/// Blockers of all kinds, and of each.
#[derive(Clone, Debug)]
pub struct BlockerSummary {
    /// Of all kinds.
    pub all: BlockerFigures,
    /// Of each kind that came up, in the order of declaration.
    pub kinds: Vec<BlockerFigures>,
}

impl Report {
    /// How opportunities ended.
    ///
    /// # Errors
    /// None.
    pub fn wins(&self, point: usize) -> Result<Split<WinFigures>> {
        let span = self.span(point)?;
        let counts = |which: Counted, fact: &Fact| fact.counted(which, &span).is_some();
        self.split(
            |fact| counts(Counted::Closed, fact) || counts(Counted::Created, fact),
            |facts| {
                let mut figures = WinFigures::default();
                for fact in facts {
                    if let Some(end) = fact.counted(Counted::Closed, &span) {
                        figures.closed.add(end.outcome());
                    }
                    if let Some(end) = fact.counted(Counted::Created, &span) {
                        figures.created.add(end.outcome());
                    }
                }
                Ok(figures)
            },
        )
    }

    /// How those that ended did so.
    ///
    /// # Errors
    /// None.
    pub fn ends(&self, point: usize) -> Result<Split<Outcomes>> {
        let span = self.span(point)?;
        self.split(|fact| fact.counted(Counted::Closed, &span).is_some(), |facts| Ok(ends(facts, &span)))
    }

    /// What is won in a day.
    ///
    /// # Errors
    /// Where a figure is too large to be shown.
    pub fn velocities(&self, point: usize) -> Result<Split<VelocityFigures>> {
        let span = self.span(point)?;
        self.split(|fact| fact.counted(Counted::Moving, &span).is_some(), |facts| self.velocity(facts, &span))
    }

    fn velocity(&self, facts: &[&Fact], span: &Span) -> Result<VelocityFigures> {
        let (mut moving, mut outcomes) = (Moving::default(), Outcomes::default());
        for fact in facts {
            if let Some(end) = fact.counted(Counted::Moving, span) {
                moving.add(fact.opened_at, end, fact.worth);
                outcomes.add(end.outcome());
            }
        }
        let facts = &moving.facts;
        // Where all that was won is in other currencies, that is why.
        let unpriced = facts.priced == 0 && moving.unpriced > 0;
        let reason = if unpriced { NullReason::NoFxRate } else { NullReason::ZeroDenominator };
        let mut velocity = velocity(facts).map_err(Error::internal)?;
        velocity.null_reason = velocity.null_reason.map(|_| reason);
        let scale = self.currency.scale();
        let value = i128::from(facts.value_minor);
        let value = Decimal::try_from_i128_with_scale(value, scale).map_err(Error::internal)?;
        let cycle = Decimal::from(facts.cycles) * Decimal::from(DAY_MICROS);
        Ok(VelocityFigures {
            moving,
            velocity,
            win: outcomes.rates().win,
            mean_value: Ratio::new(value, Decimal::from(facts.priced), scale, reason).map_err(Error::internal)?,
            mean_cycle: Ratio::new(Decimal::from(facts.cycle_micros), cycle, DAY_PLACES, NullReason::ZeroDenominator)
                .map_err(Error::internal)?,
        })
    }

    /// What keeps buyers from deciding: what came up in the period, as it stands.
    ///
    /// # Errors
    /// Where a figure is too large to be shown.
    pub fn blockers(&self, point: usize) -> Result<Split<BlockerSummary>> {
        let span = self.span(point)?;
        let figures = |facts: &[&Fact]| {
            let raised: Vec<BlockerFact> = facts.iter().flat_map(|fact| fact.raised_in(&span)).collect();
            summary(&raised, facts, &span)
        };
        self.split(|fact| fact.counted(Counted::Closed, &span).is_some() || fact.raised_in(&span).next().is_some(), figures)
    }

    /// Figures of all facts, and of those in each group that has one that counts. A fact is in the group of each of its values.
    fn split<T>(&self, counts: impl Fn(&Fact) -> bool, figures: impl Fn(&[&Fact]) -> Result<T>) -> Result<Split<T>> {
        let all: Vec<&Fact> = self.facts.iter().collect();
        let mut groups: BTreeMap<(bool, usize, Option<Value>), Vec<&Fact>> = BTreeMap::new();
        if self.breakdown.is_some() {
            for &fact in all.iter().filter(|fact| counts(fact)) {
                for value in fact.values.iter().copied().map(Some).chain(fact.values.is_empty().then_some(None)) {
                    groups.entry((value.is_none(), self.place(value), value)).or_default().push(fact);
                }
            }
        }
        let groups = groups.into_iter().map(|((_, _, value), facts)| Ok(Group { value, figures: figures(&facts)? }));
        Ok(Split { whole: figures(&all)?, groups: groups.collect::<Result<_>>()? })
    }

    /// Where a segment was named among the others; other values have an order of their own.
    fn place(&self, value: Option<Value>) -> usize {
        let named = self.breakdown.iter().flat_map(|breakdown| breakdown.segments.iter().flatten());
        named.copied().map(Value::Segment).position(|segment| Some(segment) == value).unwrap_or_default()
    }
}

fn ends(facts: &[&Fact], span: &Span) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for fact in facts {
        if let Some(end) = fact.counted(Counted::Closed, span) {
            outcomes.add(end.outcome());
        }
    }
    outcomes
}

fn summary(raised: &[BlockerFact], facts: &[&Fact], span: &Span) -> Result<BlockerSummary> {
    let figures = |line: BlockerLine| {
        let mut pair = WithAndWithout::default();
        for fact in facts {
            if let Some(end) = fact.counted(Counted::Closed, span) {
                let side = if fact.was_blocked(line.kind, end) { &mut pair.with } else { &mut pair.without };
                side.add(end.outcome());
            }
        }
        BlockerFigures { no_decision: pair.no_decision(), line }
    };
    let mut lines = blockers(raised, span.as_of).map_err(Error::internal)?.into_iter().map(figures);
    let all = lines.next().ok_or(Error::broken("the first line is of all kinds"))?;
    Ok(BlockerSummary { all, kinds: lines.collect() })
}
