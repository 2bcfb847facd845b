//! Adding up: one pass over the closes and cost entries of an interval, each contribution going to its line.

use entity::kinds::Resource;
use entity::time::Timestamp;

use super::facts::{Counted, Facts};
use super::rows::{CostRow, CreditRow, Sink};
use super::{CodeDimension, Dimension, Interval, LineKey, Question};
use crate::metrics::accrual::{Burden, DaySpan, burdens};
use crate::metrics::evidence::Model;
use crate::metrics::split::{Splitter, split_by_shares};

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

    /// Adds the closes won in an interval.
    pub(super) fn add_closes(&mut self, facts: &Facts, question: &Question<'_>, interval: &Interval) {
        let mut scratch = Scratch::default();
        for counted in facts.counted(interval.start, interval.end, question.basis) {
            self.totals.closes += 1;
            match counted.value_minor {
                Some(value_minor) => self.totals.value_minor += i128::from(value_minor),
                None => self.totals.unpriced_closes.push(counted.close),
            }
            match self.dimension {
                Dimension::Resource => self.add_close(&counted, Resource::index),
                Dimension::Month(months) => {
                    let month = month_at(months, facts.closed_at(counted.close));
                    self.add_close(&counted, |_| month);
                }
                Dimension::Code(by) => self.add_close_by_touch(facts, &counted, by, question.evidence, &mut scratch),
            }
        }
    }

    /// Credits each holder of a close on a line of its own.
    fn add_close(&mut self, counted: &Counted, line_of: impl Fn(Resource) -> usize) {
        let values = split_by_shares(counted.value_minor.unwrap_or_default(), counted.shares);
        for (resource, value_minor) in values.into_pairs() {
            let row = CreditRow {
                close: counted.close,
                resource,
                touch: None,
                line: LineKey::Unattributed,
                bp: counted.shares.bp(resource),
                value_minor,
            };
            self.add_credit(line_of(resource), row);
        }
    }

    /// Hands what each resource holds of a close to that resource's own touches, by their weights. A resource that
    /// holds credit without a touch that weighs anything leaves it unattributed.
    fn add_close_by_touch(&mut self, facts: &Facts, counted: &Counted, by: CodeDimension, model: Model, scratch: &mut Scratch) {
        let touches = facts.touches(counted.close, by, model);
        let values = split_by_shares(counted.value_minor.unwrap_or_default(), counted.shares);
        for (resource, value_minor) in values.into_pairs() {
            let bp = counted.shares.bp(resource);
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
            let mut row = CreditRow { close: counted.close, resource, touch: None, line: LineKey::Unattributed, bp, value_minor };
            let Scratch { touches, weights, bp: bp_splitter, value: value_splitter } = &mut *scratch;
            match (bp_splitter.split(bp, weights), value_splitter.split(value_minor, weights)) {
                (Ok(bps), Ok(values)) => {
                    for (&(touch, code), (&bp, &value_minor)) in touches.iter().zip(bps.iter().zip(values)) {
                        row = CreditRow { touch: Some(touch), bp, value_minor, ..row };
                        self.add_credit(code_line(code), row);
                    }
                }
                _ => self.add_credit(code_line(None), row),
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
        if row.bp == 0 && row.value_minor == 0 {
            return;
        }
        let Some(sums) = self.sums.get_mut(line) else { return };
        sums.credit_bp += row.bp;
        sums.value_minor += i128::from(row.value_minor);
        sums.credit_rows += 1;
        self.sink.credit(CreditRow { line: self.dimension.key(line), ..row });
    }
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
