//! The way of one buyer: when they enter which stage, and what they meet where.

use super::calendar::{END, MINUTES_OF_DAY, day_of, is_weekend, workday};
use super::dice::Dice;
use super::touchpoint::{CUSTOMER, Palette, Touchpoint};

/// The entry into a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) stage: &'static str,
    pub(super) minute: i64,
    /// For stepping aside.
    pub(super) reason: Option<&'static str>,
}

/// A time between two steps, in which a buyer meets more of the company.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) palette: Palette,
    /// Its part of all touches that belong to no step.
    pub(super) weight: u64,
    /// Only while people work.
    pub(super) at_work: bool,
}

/// The way of one buyer, in minutes since the beginning.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    pub(super) known: Option<i64>,
    pub(super) steps: Vec<Step>,
    /// Touches that belong to a step.
    pub(super) touches: Vec<(i64, Touchpoint)>,
    pub(super) stretches: Vec<Stretch>,
}

impl Way {
    /// When the buyer was first seen.
    pub(super) fn first(&self) -> i64 {
        self.touches.iter().map(|&(minute, _)| minute).min().unwrap_or_default()
    }

    /// The buyer meets something. What lies beyond the end has not happened yet.
    pub(super) fn touch(&mut self, minute: i64, touchpoint: Touchpoint) {
        if minute < END {
            self.touches.push((minute, touchpoint));
        }
    }

    /// The buyer enters a stage; whether that has happened yet.
    pub(super) fn enter(&mut self, stage: &'static str, minute: i64) -> bool {
        self.push(Step { stage, minute, reason: None })
    }

    /// The buyer steps aside; whether that has happened yet.
    pub(super) fn leave(&mut self, stage: &'static str, minute: i64, reason: &'static str) -> bool {
        self.push(Step { stage, minute, reason: Some(reason) })
    }

    fn push(&mut self, step: Step) -> bool {
        let happened = step.minute < END;
        if happened {
            self.steps.push(step);
        }
        happened
    }

    /// The buyer says who they are; whether that has happened yet.
    pub(super) fn identify(&mut self, minute: i64, touchpoint: Touchpoint) -> bool {
        self.touch(minute, touchpoint);
        let happened = self.enter("KNOWN", minute);
        if happened {
            self.known = Some(minute);
        }
        happened
    }

    /// More is met between two moments, in proportion to a weight that chance varies by half.
    pub(super) fn wander(&mut self, dice: &mut Dice, from: i64, to: i64, palette: Palette, weight: i64) {
        self.stretch(dice, (from, to), palette, weight, false);
    }

    /// As [`Self::wander`], but only while people work.
    pub(super) fn work(&mut self, dice: &mut Dice, from: i64, to: i64, palette: Palette, weight: i64) {
        self.stretch(dice, (from, to), palette, weight, true);
    }

    fn stretch(&mut self, dice: &mut Dice, (from, to): (i64, i64), palette: Palette, weight: i64, at_work: bool) {
        let to = to.min(END - 1);
        let weight = u64::try_from(weight * dice.between(50, 150)).unwrap_or_default();
        if from < to {
            self.stretches.push(Stretch { from, to, palette, weight, at_work });
        }
    }

    /// What follows a close: the customer settles in, stays or leaves, buys more, recommends. Gives the moment they
    /// began to recommend.
    pub(super) fn become_customer(&mut self, dice: &mut Dice, closed: i64, enthusiasm: u32) -> Option<i64> {
        let onboarded = days_later(dice, closed, 2, 16);
        self.wander(dice, closed, closed + 150 * MINUTES_OF_DAY, CUSTOMER, 32);
        self.enter("ONBOARDED", onboarded);
        if dice.percent(6) {
            let reason = dice.name(&["stopped using it", "went out of business", "moved to another tool"]);
            self.leave("CHURNED", days_later(dice, onboarded, 40, 200), reason);
            return None;
        }
        let retained = days_later(dice, onboarded, 80, 100);
        self.enter("RETAINED", retained);
        let expanded = days_later(dice, retained, 10, 120);
        if dice.percent(14) {
            self.enter("EXPANDED", expanded);
        }
        let advocate = days_later(dice, expanded, 1, 60);
        (dice.percent(enthusiasm) && self.enter("ADVOCATE", advocate)).then_some(advocate)
    }
}

/// Some days after a moment, at another hour.
pub(super) fn days_later(dice: &mut Dice, minute: i64, least: i64, most: i64) -> i64 {
    let day = day_of(minute) + dice.early(least, most);
    let later = day * MINUTES_OF_DAY + dice.between(13 * 60, MINUTES_OF_DAY - 1);
    later.max(minute + dice.between(15, 180))
}

/// As [`days_later`], but while people work.
pub(super) fn workdays_later(dice: &mut Dice, minute: i64, least: i64, most: i64) -> i64 {
    let mut day = day_of(minute) + dice.early(least, most);
    while is_weekend(day) {
        day += 1;
    }
    let later = day * MINUTES_OF_DAY + working_minute(dice);
    later.max(minute + dice.between(15, 90))
}

/// A moment between two others at which people work, if there is one nearby.
pub(super) fn at_work(dice: &mut Dice, minute: i64, from: i64, to: i64) -> i64 {
    (workday(day_of(minute)) * MINUTES_OF_DAY + working_minute(dice)).clamp(from, to.max(from))
}

/// Nine to five in New York is 14 to 22 UTC in winter, and an hour earlier in summer.
pub(super) fn working_minute(dice: &mut Dice) -> i64 {
    dice.between(14 * 60, 21 * 60 - 1)
}
