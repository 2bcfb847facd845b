//! Adding up: one pass over the closes and cost entries of an interval, each contribution going to its line.

use entity::kinds::Resource;
use entity::time::Timestamp;

use super::facts::{Booking, Facts};
use super::rows::{CostRow, CreditRow, Sink};
use super::{CodeDimension, Dimension, Interval, LineKey, Question};
use crate::metrics::accrual::{Burden, DaySpan, burdens};
use crate::metrics::evidence::Model;
use crate::metrics::split::Splitter;

/// What a cost entry lays on one resource, with what is needed of the entry.
struct Charge {
    cost: usize,
    /// All days of the entry.
    entry_days: DaySpan,
    priced: bool,
    /// Code of the entry in the dimension asked for.
    code: Option<u32>,
    burden: Burden,
}

/// Cost entries divided between the resources once, for any number of intervals.
pub(super) struct Charges(Vec<Charge>);

impl Charges {
    pub(super) fn of(facts: &Facts, dimension: Dimension<'_>) -> Self {
        let charges = facts.costs().iter().enumerate().flat_map(|(cost, entry)| {
            let code = if let Dimension::Code(by) = dimension { entry.codes.get(by) } else { None };
            burdens(entry.owner, entry.amount_minor, entry.days, facts.rules()).map(move |burden| Charge {
                cost,
                entry_days: entry.days,
                priced: entry.priced,
                code,
                burden,
            })
        });
        Self(charges.collect())
    }
}

/// What one line has got so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) credit_bp: i64,
    pub(super) value_minor: i128,
    pub(super) monthly_minor: i128,
    pub(super) cost_minor: i128,
    pub(super) credit_rows: u64,
    pub(super) cost_rows: u64,
    pub(super) unpriced_costs: u64,
}

impl Sums {
    /// Whether nothing at all came to the line, not even a cost that could not be priced.
    pub(super) const fn is_empty(&self) -> bool {
        self.credit_rows == 0 && self.cost_rows == 0 && self.unpriced_costs == 0
    }
}

/// Totals that no line took part in, for the lines to be compared with.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    pub(super) closes: i64,
    pub(super) value_minor: i128,
    pub(super) monthly_minor: i128,
    pub(super) cost_minor: i128,
    pub(super) unpriced_closes: Vec<usize>,
    pub(super) unpriced_costs: Vec<usize>,
}

/// The lines of one interval.
pub(super) struct Tally<'a, S> {
    pub(super) sums: Vec<Sums>,
    pub(super) totals: Totals,
    dimension: Dimension<'a>,
    sink: &'a mut S,
}

/// Buffers of the split over touches.
#[derive(Default)]
struct Scratch {
    /// Position among all touches, and code.
    touches: Vec<(usize, Option<u32>)>,
    weights: Vec<u64>,
    bp: Splitter,
    value: Splitter,
    before: Splitter,
    monthly: Splitter,
}

impl<'a, S: Sink> Tally<'a, S> {
    pub(super) fn new(facts: &Facts, dimension: Dimension<'a>, sink: &'a mut S) -> Self {
        let lines = match dimension {
            Dimension::Resource => Resource::ALL.len(),
            // The first line is the one without a code.
            Dimension::Code(by) => facts.codes_end(by) + 1,
            Dimension::Month(months) => months.len(),
        };
        Self { sums: vec![Sums::default(); lines], totals: Totals::default(), dimension, sink }
    }

    /// Adds what is booked of closes in an interval.
    pub(super) fn add_closes(&mut self, facts: &Facts, question: &Question<'_>, interval: &Interval) {
        let mut scratch = Scratch::default();
        for booking in facts.bookings(interval.start, interval.end, question.basis, question.refunds) {
            self.totals.closes += booking.closes();
            self.totals.value_minor += booking.value_minor();
            self.totals.monthly_minor += i128::from(booking.monthly_minor());
            if !booking.priced {
                self.totals.unpriced_closes.push(booking.close);
            }
            match self.dimension {
                Dimension::Resource => self.add_close(&booking, Resource::index),
                Dimension::Month(months) => {
                    let month = month_at(months, booking.at);
                    self.add_close(&booking, |_| month);
                }
                Dimension::Code(by) => self.add_close_by_touch(facts, &booking, by, question.evidence, &mut scratch),
            }
        }
        // A close and what changed about it are one.
        self.totals.unpriced_closes.sort_unstable();
        self.totals.unpriced_closes.dedup();
    }

    /// Credits each holder of a close on a line of its own.
    fn add_close(&mut self, booking: &Booking, line_of: impl Fn(Resource) -> usize) {
        let ((values, before), monthlies) = (booking.values(), booking.monthlies());
        for (resource, after_minor) in values.into_pairs() {
            let value_minor = after_minor - before.map_or(0, |before| *before.get(resource));
            let (bp, monthly_minor) = (booking.closes() * booking.shares.bp(resource), *monthlies.get(resource));
            let row = CreditRow { bp, value_minor, monthly_minor, ..whole(booking, resource) };
            self.add_credit(line_of(resource), row);
        }
    }

    /// Hands what each resource holds of a close to that resource's own touches, by their weights. A resource that
    /// holds credit without a touch that weighs anything leaves it unattributed.
    fn add_close_by_touch(&mut self, facts: &Facts, booking: &Booking, by: CodeDimension, model: Model, scratch: &mut Scratch) {
        let touches = facts.touches(booking.close, by, model);
        let ((values, before), monthlies) = (booking.values(), booking.monthlies());
        let closes = booking.closes();
        for (resource, after_minor) in values.into_pairs() {
            let bp = booking.shares.bp(resource);
            if bp == 0 {
                continue;
            }
            scratch.touches.clear();
            scratch.weights.clear();
            if let Some(shape) = &touches.shape {
                for (position, (&owner, &code)) in touches.resources.iter().zip(touches.codes).enumerate() {
                    let weight = if owner == resource { shape.weight(position) } else { 0 };
                    if weight > 0 {
                        scratch.touches.push((touches.start + position, code));
                        scratch.weights.push(weight);
                    }
                }
            }
            let before_minor = before.map(|before| *before.get(resource));
            let monthly_minor = *monthlies.get(resource);
            let row = whole(booking, resource);
            let Scratch { touches, weights, bp: bp_splitter, value: value_splitter, before: before_splitter, monthly } = &mut *scratch;
            // What goes is split as it came, for the parts of an amount and of its opposite are opposite.
            let (bps, values) = (bp_splitter.split(bp, weights), value_splitter.split(after_minor, weights));
            match (bps, values, monthly.split(monthly_minor, weights)) {
                (Ok(bps), Ok(values), Ok(monthlies)) => {
                    // Split as it was booked, and taken back as it was split.
                    let taken_back = before_minor.and_then(|minor| before_splitter.split(minor, weights).ok()).unwrap_or_default();
                    let taken_back = taken_back.iter().copied().chain(std::iter::repeat(0));
                    let parts = bps.iter().zip(values).zip(monthlies);
                    for ((&(touch, code), taken_back), ((&bp, &after_minor), &monthly_minor)) in touches.iter().zip(taken_back).zip(parts) {
                        let (bp, value_minor) = (closes * bp, after_minor - taken_back);
                        self.add_credit(code_line(code), CreditRow { touch: Some(touch), bp, value_minor, monthly_minor, ..row });
                    }
                }
                _ => {
                    let value_minor = after_minor - before_minor.unwrap_or_default();
                    self.add_credit(code_line(None), CreditRow { bp: closes * bp, value_minor, monthly_minor, ..row });
                }
            }
        }
    }

    /// Adds what the cost entries come to on the days of an interval.
    pub(super) fn add_costs(&mut self, facts: &Facts, charges: &Charges, interval: &Interval) {
        // Entries that lie wholly inside are known without dividing them; only the others rely on their parts.
        let inside = facts.costs().iter().filter(|cost| cost.priced && interval.days.covers(cost.days));
        self.totals.cost_minor += inside.map(|cost| i128::from(cost.amount_minor)).sum::<i128>();
        for charge in &charges.0 {
            let Some(days) = charge.burden.accrual.days().intersection(interval.days) else { continue };
            if !charge.priced && self.totals.unpriced_costs.last() != Some(&charge.cost) {
                self.totals.unpriced_costs.push(charge.cost);
            }
            if charge.priced && !interval.days.covers(charge.entry_days) {
                self.totals.cost_minor += i128::from(charge.burden.accrual.within(days));
            }
            match self.dimension {
                Dimension::Resource => self.add_charge(charge.burden.resource.index(), charge, days),
                Dimension::Code(_) => self.add_charge(code_line(charge.code), charge, days),
                Dimension::Month(months) => {
                    let first = months.partition_point(|month| month.days.last() < days.first());
                    for (line, month) in months.iter().enumerate().skip(first) {
                        let Some(days) = month.days.intersection(days) else { break };
                        self.add_charge(line, charge, days);
                    }
                }
            }
        }
    }

    fn add_charge(&mut self, line: usize, charge: &Charge, days: DaySpan) {
        let Some(sums) = self.sums.get_mut(line) else { return };
        if !charge.priced {
            sums.unpriced_costs += 1;
            return;
        }
        let amount_minor = charge.burden.accrual.within(days);
        sums.cost_minor += i128::from(amount_minor);
        sums.cost_rows += 1;
        let line = self.dimension.key(line);
        self.sink.cost(CostRow { cost: charge.cost, resource: charge.burden.resource, line, days, amount_minor });
    }

    fn add_credit(&mut self, line: usize, row: CreditRow) {
        if row.bp == 0 && row.value_minor == 0 && row.monthly_minor == 0 {
            return;
        }
        let Some(sums) = self.sums.get_mut(line) else { return };
        sums.credit_bp += row.bp;
        sums.value_minor += i128::from(row.value_minor);
        sums.monthly_minor += i128::from(row.monthly_minor);
        sums.credit_rows += 1;
        self.sink.credit(CreditRow { line: self.dimension.key(line), ..row });
    }
}

/// A row of a booking with nothing in it yet.
const fn whole(booking: &Booking, resource: Resource) -> CreditRow {
    let (close, change) = (booking.close, booking.change);
    CreditRow { close, change, resource, touch: None, line: LineKey::Unattributed, bp: 0, value_minor: 0, monthly_minor: 0 }
}

/// Position of the line of a code; touches and costs without one share the first.
fn code_line(code: Option<u32>) -> usize {
    code.map_or(0, |code| usize::try_from(code).map_or(usize::MAX, |code| code.saturating_add(1)))
}

/// Position of the month an instant lies in.
fn month_at(months: &[Interval], instant: Timestamp) -> usize {
    months.partition_point(|month| month.end <= instant)
}

impl Dimension<'_> {
    /// What the line at a position stands for.
    pub(super) fn key(self, line: usize) -> LineKey {
        match self {
            Self::Resource => Resource::ALL.get(line).map_or(LineKey::Unattributed, |&resource| LineKey::Resource(resource)),
            Self::Code(_) => line.checked_sub(1).and_then(|code| u32::try_from(code).ok()).map_or(LineKey::Unattributed, LineKey::Code),
            Self::Month(months) => months.get(line).map_or(LineKey::Unattributed, |month| LineKey::Month(month.days.first())),
        }
    }
}
