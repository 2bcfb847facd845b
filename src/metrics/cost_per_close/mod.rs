//! What a close costs, by resource, tactic, team, channel or month.
//!
//! - *Credited closes* of a line are its basis points ÷ 10 000. Each close's value is split between the
//!   resources by their basis points, largest remainder.
//! - *Cost* of a line is what its cost entries accrue to the days of the interval, shared entries divided by the
//!   allocation rules ([`super::accrual`]).
//! - By tactic, team and channel, what a resource holds of a close goes to that resource's own touches by their W-shaped
//!   weights ([`super::evidence`]); credit without such a touch, and touches and costs without a code, stand on the
//!   line [`LineKey::Unattributed`].
//! - Cost per close = cost ÷ credited closes; blended = all cost ÷ all closes; resource index = share of credit ÷
//!   share of cost = blended ÷ own cost per close.
//!
//! A close books what it is worth when it was won. What movements change of it counts there too, or is booked when it
//! happened, as [`Refunds`] says.
//!
//! Every dimension conserves closes, value and cost, and every answer says whether it did. What has no rate
//! into the currency of the question is counted and listed, never valued.

mod facts;
mod rows;
mod tally;
#[cfg(test)]
mod tests;

use std::fmt;

use chrono::NaiveDate;
use entity::kinds::Resource;
use entity::money::{BASIS_POINTS, CurrencyCode};
use entity::time::Timestamp;
use rust_decimal::Decimal;

use self::tally::{Charges, Sums, Tally, Totals};
use super::accrual::DaySpan;
use super::evidence::Model;
use super::ratio::{NullReason, Ratio, TooLarge};
use super::shares::closes;

pub use self::facts::{CODES_MAX, ChangeFact, CloseFact, Codes, CostFact, FactError, Facts, TouchFact};
pub use self::rows::{CostRow, CreditRow, Rows, Sink};

/// Decimal places of shares and of the resource index.
const SHARE_PLACES: u32 = 4;

/// Which closes count, and at what value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Basis {
    /// Without voided and fully refunded closes; a partial refund keeps the count and lowers the value.
    Net,
    /// As first recorded.
    Gross,
}

/// When counts what is given back, and what is voided or reinstated. Over all time both come to the same closes, value and cost in
/// all; cost shared by credit stays with those who held it in its month, where it counts when it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Refunds {
    /// When the close was won: a close is what is left of it.
    OriginalPeriod,
    /// When it happened: a close is booked as first recorded, and each movement books what it changes.
    EventPeriod,
}

/// What lines stand for where facts carry a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeDimension {
    /// One line for each tactic.
    Tactic,
    /// One line for each team.
    Team,
    /// One line for each channel.
    Channel,
}

/// What the lines of an answer stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension<'a> {
    /// SALES, MARKETING, PRODUCT, whether or not they have anything.
    Resource,
    /// One line for each code that has anything, then what is unattributed.
    Code(CodeDimension),
    /// One line for each of these months that reaches into the interval. They stand in order without a gap and cover
    /// every interval asked for.
    Month(&'a [Interval]),
}

/// A period in the two forms facts need: instants for closes, local days for costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The first instant inside.
    pub start: Timestamp,
    /// The first instant after.
    pub end: Timestamp,
    /// The local days inside.
    pub days: DaySpan,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What the lines stand for.
    pub dimension: Dimension<'a>,
    /// Which closes count.
    pub basis: Basis,
    /// When movements of closes count; on the basis `GROSS` they never do.
    pub refunds: Refunds,
    /// Where closes are matched to when their buyers were acquired: buyers acquired after this instant may still close, so that
    /// intervals that end after it have no closes yet rather than none. `None` where closes count when they were won.
    pub mature_until: Option<Timestamp>,
    /// How touches are weighed.
    pub evidence: Model,
    /// The currency of everything priced.
    pub currency: CurrencyCode,
}

/// What a line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKey {
    /// A resource.
    Resource(Resource),
    /// A tactic, team or channel.
    Code(u32),
    /// The month whose first day, as given in [`Dimension::Month`], this is.
    Month(NaiveDate),
    /// Nothing in particular.
    Unattributed,
}

/// One line of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it stands for.
    pub key: LineKey,
    /// Credited closes, in basis points of a close.
    pub credit_bp: i64,
    /// Credited value in minor units.
    pub value_minor: i64,
    /// What the new customers among its closes bring each month, in minor units.
    pub monthly_minor: i64,
    /// Cost in minor units.
    pub cost_minor: i64,
    /// Why nothing is known of the cost; `None` where something is, be it zero.
    pub no_cost: Option<NullReason>,
    /// How many rows its credit is made of: by resource one for each close it holds credit of, and each change of one.
    pub credit_rows: u64,
    /// How many cost entries are left out of it, because there is no rate for their currency.
    pub unpriced_costs: u64,
    /// Cost ÷ credited closes, in major units.
    pub cost_per_close: Ratio,
    /// Credited closes ÷ all closes.
    pub credit_share: Ratio,
    /// Cost ÷ all cost.
    pub cost_share: Ratio,
    /// Share of credit ÷ share of cost: above 1, the line earns more than its budget.
    pub index: Ratio,
}

/// What a close cost in one interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Resources in their order, codes and months rising, what is unattributed last.
    pub lines: Vec<Line>,
    /// All closes.
    pub closes: i64,
    /// Their value in minor units.
    pub value_minor: i64,
    /// What the new customers among them bring each month, in minor units.
    pub monthly_minor: i64,
    /// All cost in minor units.
    pub cost_minor: i64,
    /// Why nothing is known of the cost; `None` where something is, be it zero.
    pub no_cost: Option<NullReason>,
    /// All cost ÷ all closes, in major units.
    pub blended: Ratio,
    /// Positions of the closes that were counted at no value, because there is no rate for their currency.
    pub unpriced_closes: Vec<usize>,
    /// Positions of the cost entries that were left out, because there is no rate for their currency.
    pub unpriced_costs: Vec<usize>,
    /// Whether closes, value, monthly value and cost of the lines sum to the totals, which are added up apart from them.
    pub conserved: bool,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostPerCloseError {
    /// A sum or ratio exceeds what can be shown.
    TooLarge,
    /// The months given do not cover the interval without gap or overlap.
    MonthsDoNotCover,
}

impl fmt::Display for CostPerCloseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TooLarge => "a sum or ratio is too large to be shown",
            Self::MonthsDoNotCover => "the months do not cover the interval without gap or overlap",
        })
    }
}

impl std::error::Error for CostPerCloseError {}

impl From<TooLarge> for CostPerCloseError {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

/// Answers for one interval.
///
/// # Errors
/// [`CostPerCloseError`].
pub fn answer(facts: &Facts, question: &Question<'_>, interval: &Interval) -> Result<Report, CostPerCloseError> {
    answer_with_rows(facts, question, interval, &mut ())
}

/// Answers for one interval and hands every contribution to `sink` as it is added, in a stable order.
///
/// # Errors
/// [`CostPerCloseError`]; rows may have been handed out before.
pub fn answer_with_rows<S: Sink>(
    facts: &Facts,
    question: &Question<'_>,
    interval: &Interval,
    sink: &mut S,
) -> Result<Report, CostPerCloseError> {
    report(facts, &Charges::of(facts, question.dimension), question, interval, sink)
}

/// Answers for several intervals; costs are divided and closes looked through only once.
///
/// # Errors
/// [`CostPerCloseError`].
pub fn trend(facts: &Facts, question: &Question<'_>, intervals: &[Interval]) -> Result<Vec<Report>, CostPerCloseError> {
    let charges = Charges::of(facts, question.dimension);
    intervals.iter().map(|interval| report(facts, &charges, question, interval, &mut ())).collect()
}

fn report<S: Sink>(
    facts: &Facts,
    charges: &Charges,
    question: &Question<'_>,
    interval: &Interval,
    sink: &mut S,
) -> Result<Report, CostPerCloseError> {
    if let Dimension::Month(months) = question.dimension
        && !cover(months, interval)
    {
        return Err(CostPerCloseError::MonthsDoNotCover);
    }
    let mut tally = Tally::new(facts, question.dimension, sink);
    tally.add_closes(facts, question, interval);
    tally.add_costs(facts, charges, interval);
    let Tally { sums, totals, .. } = tally;
    let young = question.mature_until.is_some_and(|until| interval.end > until);
    let if_none = if young { NullReason::Immature } else { NullReason::ZeroCloses };
    let whole = Whole::of(&sums, &totals, question.currency, if_none);

    let shown = sums.iter().enumerate().filter(|&(position, line)| match question.dimension {
        Dimension::Resource => true,
        Dimension::Code(_) => !line.is_empty(),
        Dimension::Month(months) => months.get(position).is_some_and(|month| month.days.intersection(interval.days).is_some()),
    });
    let mut lines = shown.map(|(position, line)| whole.line(question.dimension.key(position), line)).collect::<Result<Vec<_>, _>>()?;
    lines.sort_by_key(|line| line.key);
    let blended = whole.cost_per_close(&whole.sums)?;
    Ok(Report {
        lines,
        closes: totals.closes,
        value_minor: minor(totals.value_minor)?,
        monthly_minor: minor(totals.monthly_minor)?,
        cost_minor: minor(totals.cost_minor)?,
        no_cost: no_cost(&whole.sums),
        blended,
        conserved: conserved(&sums, &totals),
        unpriced_closes: totals.unpriced_closes,
        unpriced_costs: totals.unpriced_costs,
    })
}

/// Whether the lines sum to totals that were added up apart from them.
fn conserved(lines: &[Sums], totals: &Totals) -> bool {
    let credit_bp: i64 = lines.iter().map(|line| line.credit_bp).sum();
    let value_minor: i128 = lines.iter().map(|line| line.value_minor).sum();
    let monthly_minor: i128 = lines.iter().map(|line| line.monthly_minor).sum();
    let cost_minor: i128 = lines.iter().map(|line| line.cost_minor).sum();
    (credit_bp, value_minor) == (totals.closes * BASIS_POINTS, totals.value_minor)
        && (monthly_minor, cost_minor) == (totals.monthly_minor, totals.cost_minor)
}

/// Whether months follow each other without gap or overlap and reach from one end of an interval to the other.
fn cover(months: &[Interval], interval: &Interval) -> bool {
    let (Some(first), Some(last)) = (months.first(), months.last()) else { return false };
    let follow = |(month, next): (&Interval, &Interval)| month.end == next.start && month.days.last().succ_opt() == Some(next.days.first());
    let ends = first.start <= interval.start && interval.end <= last.end;
    let days = first.days.first() <= interval.days.first() && interval.days.last() <= last.days.last();
    ends && days && months.iter().zip(months.iter().skip(1)).all(follow)
}

fn minor(sum: i128) -> Result<i64, CostPerCloseError> {
    i64::try_from(sum).map_err(|_| CostPerCloseError::TooLarge)
}

/// All lines together, to compare each with.
struct Whole {
    sums: Sums,
    currency: CurrencyCode,
    /// Why there is no ratio where there are no closes.
    if_none: NullReason,
}

impl Whole {
    fn of(lines: &[Sums], totals: &Totals, currency: CurrencyCode, if_none: NullReason) -> Self {
        let mut sums = Sums {
            credit_bp: totals.closes * BASIS_POINTS,
            value_minor: totals.value_minor,
            cost_minor: totals.cost_minor,
            ..Sums::default()
        };
        for line in lines {
            sums.cost_rows += line.cost_rows;
            sums.unpriced_costs += line.unpriced_costs;
        }
        Self { sums, currency, if_none }
    }

    fn line(&self, key: LineKey, sums: &Sums) -> Result<Line, CostPerCloseError> {
        let (credit, all_credit) = (closes(sums.credit_bp), closes(self.sums.credit_bp));
        let (cost, all_cost) = (self.money(sums.cost_minor)?, self.money(self.sums.cost_minor)?);
        let share = |part, all, if_zero| Ratio::new(part, all, SHARE_PLACES, if_zero);
        let no_cost = no_cost(sums);
        let index = match no_cost {
            Some(reason) => Ratio::null(credit, cost, reason),
            None if self.sums.credit_bp <= 0 => Ratio::null(credit, cost, self.if_none),
            None => {
                // (credit ÷ all credit) ÷ (cost ÷ all cost), multiplied out so that it is rounded only once.
                let numerator = credit.checked_mul(all_cost).ok_or(TooLarge)?;
                share(numerator, cost.checked_mul(all_credit).ok_or(TooLarge)?, NullReason::ZeroDenominator)?
            }
        };
        Ok(Line {
            key,
            credit_bp: sums.credit_bp,
            value_minor: minor(sums.value_minor)?,
            monthly_minor: minor(sums.monthly_minor)?,
            cost_minor: minor(sums.cost_minor)?,
            no_cost,
            credit_rows: sums.credit_rows,
            unpriced_costs: sums.unpriced_costs,
            cost_per_close: self.cost_per_close(sums)?,
            credit_share: match self.sums.credit_bp {
                ..=0 => Ratio::null(credit, all_credit, self.if_none),
                1.. => share(credit, all_credit, self.if_none)?,
            },
            cost_share: match no_cost {
                Some(reason) => Ratio::null(cost, all_cost, reason),
                None => share(cost, all_cost, NullReason::ZeroDenominator)?,
            },
            index,
        })
    }

    /// Cost ÷ credited closes; no closes, or more taken back than won, come before no cost data among the reasons.
    fn cost_per_close(&self, sums: &Sums) -> Result<Ratio, CostPerCloseError> {
        let (cost, credit) = (self.money(sums.cost_minor)?, closes(sums.credit_bp));
        match no_cost(sums) {
            _ if sums.credit_bp <= 0 => Ok(Ratio::null(cost, credit, self.if_none)),
            Some(reason) => Ok(Ratio::null(cost, credit, reason)),
            None => Ok(Ratio::new(cost, credit, self.currency.scale(), self.if_none)?),
        }
    }

    fn money(&self, amount_minor: i128) -> Result<Decimal, CostPerCloseError> {
        Ok(Decimal::new(minor(amount_minor)?, self.currency.scale()))
    }
}

/// Why nothing is known of what a line cost; `None` if something is, be it zero.
fn no_cost(sums: &Sums) -> Option<NullReason> {
    match (sums.cost_rows, sums.unpriced_costs) {
        (0, 0) => Some(NullReason::NoCostData),
        (0, _) => Some(NullReason::NoFxRate),
        _ => None,
    }
}
