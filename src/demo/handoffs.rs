//! What Marketing hands to Sales in two months of the demonstration, and what Sales does about it.
//!
//! Two months are enough to compare one with the one before. Whoever qualified in them is handed over at that moment; what follows
//! comes from a seed of its own, so that everything else stays as it is.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::kinds::{RejectReason, Resource};
use entity::time::Timestamp;

use super::calendar::{END, instant};
use super::dice::Dice;
use super::plan::{Buyer, Meeting, StageEntry};

/// The first day on which the agreement holds.
pub(super) fn begins() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, 1).unwrap_or_default()
}

/// The first month in which nobody is handed over any more.
fn ends() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, 1).unwrap_or_default()
}

/// How many accepted leads Marketing owes in a month.
pub(super) const OWED: i32 = 100;

const SEED: u64 = 2_026;

/// The stage whose entry makes a buyer a lead.
const QUALIFIED: &str = "QUALIFIED";

const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A buyer whom Marketing hands to Sales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lead {
    /// When.
    pub at: Timestamp,
    /// The buyer, by their place.
    pub buyer: usize,
    /// The tactic that brought them, by name.
    pub tactic: Option<&'static str>,
}

/// What somebody does about a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Marketing offers it.
    Offer,
    /// Sales says that it takes it.
    Accept,
    /// Sales does not take it.
    Reject(RejectReason),
    /// Marketing takes note of that.
    Acknowledge,
    /// Marketing does not agree with that.
    Contest,
    /// It comes out that Marketing is right.
    Overturn,
    /// A seller calls or writes.
    Contact,
}

/// Leads, and what is done about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leads {
    /// In the order in which they are offered.
    pub leads: Vec<Lead>,
    /// When somebody does something about which lead, by its place; in order.
    pub acts: Vec<(Timestamp, usize, Act)>,
}

impl Leads {
    /// Whoever qualifies in the two months.
    pub(super) fn of(entries: &[StageEntry], meetings: &[Meeting], buyers: &[Buyer]) -> Self {
        let mut dice = Dice::new(SEED);
        let days = |day: NaiveDate| instant((day - super::calendar::date(0)).num_minutes());
        let (from, to) = (days(begins()), days(ends()));
        let mut brought: HashMap<usize, Vec<(Timestamp, Option<&'static str>)>> = HashMap::new();
        for meeting in meetings.iter().filter(|meeting| meeting.touchpoint.resource == Resource::Marketing) {
            brought.entry(meeting.buyer).or_default().push((meeting.at, meeting.touchpoint.tactic));
        }
        let mut leads = Self::default();
        let reached = |entry: &&StageEntry| buyers.get(entry.buyer).is_some_and(|buyer| buyer.email.is_some());
        let qualified = entries.iter().filter(|entry| entry.stage == QUALIFIED && from <= entry.at && entry.at < to);
        for entry in qualified.filter(reached) {
            let before = brought.get(&entry.buyer).into_iter().flatten().filter(|(at, _)| *at <= entry.at);
            let tactic = before.max_by_key(|(at, _)| *at).and_then(|(_, tactic)| *tactic);
            leads.add(&mut dice, Lead { at: entry.at, buyer: entry.buyer, tactic });
        }
        let last = instant(END);
        leads.acts.retain(|(at, ..)| *at < last);
        leads.acts.sort_by_key(|(at, lead, _)| (*at, *lead));
        leads
    }

    fn add(&mut self, dice: &mut Dice, lead: Lead) {
        let place = self.leads.len();
        let mut put = |after: i64, act: Act| self.acts.push((lead.at.saturating_add_micros(after), place, act));
        put(0, Act::Offer);
        if dice.percent(13) {
            use RejectReason::{BadData, Duplicate, ExistingCustomer, NoIntent, NotIcp, WrongRegion};
            let reasons = [(38, NotIcp), (22, NoIntent), (16, BadData), (10, WrongRegion), (8, Duplicate)];
            let rejected = dice.between(30, 300) * MINUTE;
            put(rejected, Act::Reject(dice.choose(&reasons, ExistingCustomer)));
            let seen = rejected + dice.between(1, 30) * HOUR;
            if !dice.percent(20) {
                put(seen, Act::Acknowledge);
            } else if dice.percent(50) {
                put(seen, Act::Contest);
                put(seen + DAY, Act::Overturn);
                put(seen + DAY + HOUR, Act::Contact);
            }
        } else {
            if dice.percent(30) {
                put(dice.between(5, 240) * MINUTE, Act::Accept);
            }
            match dice.between(1, 100) {
                1..=80 => put(dice.early(4, 180) * MINUTE, Act::Contact),
                81..=92 => put(dice.between(20, 60) * HOUR, Act::Contact),
                _ => {}
            }
        }
        self.leads.push(lead);
    }
}
