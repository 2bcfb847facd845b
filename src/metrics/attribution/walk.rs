//! From facts to lines: what each value gets of the closes of a period, and the parts it is made of.

use std::ops::Range;

use super::facts::{Facts, Rule, code_of};
use super::shape::Shape;
use crate::metrics::split::Splitter;

/// One close, in the units in which parts of closes are counted: fine enough that shares of many touches are right.
pub const WHOLE: i64 = 1_000_000_000;

/// What a line gets of a close for one touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Position of the close.
    pub close: usize,
    /// Position of the touch among those of the close; `None` where no touch counts.
    pub touch: Option<usize>,
    /// The line; `None` for what is unattributed.
    pub code: Option<u32>,
    /// How much of the close, of [`WHOLE`].
    pub closes: i64,
    /// How much of what is left of its value, in minor units; 0 for a close without a rate for its currency.
    pub value_minor: i64,
}

/// What a value got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The number of the value; `None` for what is unattributed.
    pub code: Option<u32>,
    /// Closes, of [`WHOLE`] each.
    pub closes: i64,
    /// Value in minor units.
    pub value_minor: i64,
}

/// What each value got of the closes of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Closes.
    pub closes: u64,
    /// What is left of their value, in minor units.
    pub value_minor: i64,
    /// Closes without a rate for their currency: counted, never valued.
    pub unpriced: u64,
    /// Those who got anything, by their numbers, and last what is unattributed if there is any.
    pub lines: Vec<Line>,
    /// Whether the lines sum to the totals, which are added up apart from them.
    pub conserved: bool,
}

/// Divides closes by a rule, touch after touch in the order of closes and touches. A touch that gets nothing is left out.
pub fn walk(facts: &Facts, closes: Range<usize>, rule: Rule, mut take: impl FnMut(Part)) {
    let (mut weights, mut by_closes, mut by_value) = (Vec::new(), Splitter::default(), Splitter::default());
    for number in closes {
        let close = facts.close(number);
        let value_minor = close.value_minor.unwrap_or_default();
        let mut touch = |touch: usize, closes: i64, value_minor: i64| {
            let code = close.codes.get(touch).copied().and_then(code_of);
            if closes != 0 || value_minor != 0 {
                take(Part { close: number, touch: Some(touch), code, closes, value_minor });
            }
        };
        match (close.found, rule) {
            (Some(found), Rule::Place(rule)) => {
                if let Some(shape) = Shape::weigh(found, rule) {
                    shape.hand_out([WHOLE, value_minor], |position, [closes, value]| touch(position, closes, value));
                    continue;
                }
            }
            (Some(found), Rule::Age(half_life)) => {
                let eligible = found.eligible();
                half_life.weigh(close.times.get(eligible.clone()).unwrap_or_default(), &mut weights);
                let parts = by_closes.split(WHOLE, &weights).ok().zip(by_value.split(value_minor, &weights).ok());
                if let Some((closes, values)) = parts {
                    for (position, (&closes, &value)) in eligible.zip(closes.iter().zip(values)) {
                        touch(position, closes, value);
                    }
                    continue;
                }
            }
            (None, _) => {}
        }
        take(Part { close: number, touch: None, code: None, closes: WHOLE, value_minor });
    }
}

/// What each value got by a rule of the closes at some positions.
#[must_use]
pub fn report(facts: &Facts, closes: Range<usize>, rule: Rule) -> Report {
    let mut sums = vec![(0_i64, 0_i64); facts.codes_end() + 1];
    let mut unattributed = (0_i64, 0_i64);
    let mut report = totals(facts, closes.clone());
    walk(facts, closes, rule, |part| {
        let place = part.code.and_then(|code| usize::try_from(code).ok());
        let sum = place.and_then(|place| sums.get_mut(place)).unwrap_or(&mut unattributed);
        sum.0 = sum.0.saturating_add(part.closes);
        sum.1 = sum.1.saturating_add(part.value_minor);
    });
    let coded = (0..).map(Some).zip(sums).chain([(None, unattributed)]);
    let lines = coded.map(|(code, (closes, value_minor))| Line { code, closes, value_minor });
    report.lines = lines.filter(|line| line.closes != 0 || line.value_minor != 0).collect();
    report.check()
}

/// The totals of some closes, without lines.
pub(super) fn totals(facts: &Facts, closes: Range<usize>) -> Report {
    let mut report = Report { closes: 0, value_minor: 0, unpriced: 0, lines: Vec::new(), conserved: false };
    for number in closes {
        report.closes += 1;
        match facts.close(number).value_minor {
            Some(value_minor) => report.value_minor = report.value_minor.saturating_add(value_minor),
            None => report.unpriced += 1,
        }
    }
    report
}

impl Report {
    /// Says whether the lines sum to the totals.
    pub(super) fn check(mut self) -> Self {
        let closes: i128 = self.lines.iter().map(|line| i128::from(line.closes)).sum();
        let value: i128 = self.lines.iter().map(|line| i128::from(line.value_minor)).sum();
        self.conserved = closes == i128::from(self.closes) * i128::from(WHOLE) && value == i128::from(self.value_minor);
        self
    }
}
