//! What the figures tell by themselves: rules that look at metrics and say to whom something matters.
//!
//! A rule sees what is computed already and no rows, so that whatever it finds can be asked for again by the query of its metric.
//! It tells what it is about, how bad it is, and the figures that say so; whoever calls it adds the query. Its [`Thresholds`] say
//! where something begins to matter; what is exactly at one has reached it. Nothing is rounded before it is compared, but for
//! the pace of a goal, which is judged as it is shown. What has no value is not judged: to know nothing of something is no reason
//! to alarm anybody.
//!
//! | rule | what it finds | warning | critical |
//! |---|---|---|---|
//! | [`off_pace`] | a goal behind its pace, or missed | below 0.90 | below 0.75, or missed |
//! | [`credit_gap`](credit_gap()) | ledger and evidence apart by a resource | 10 points | 25 points |
//! | [`zero_closes`](zero_closes()) | money spent and nothing closed | this period | the one before too |
//! | [`reject_reason_drift`] | one reason to reject more often than before | 15 points | 30 points |
//! | [`breach_run`](breach_run()) | a side late time after time | 3 in a row | 5 in a row |
//! | [`blockers_piling_up`] | more and more open blockers of a kind | 5, half as many again | 10, twice as many |
//! | [`audience_interest`] | what a segment cares for above others (only good to know) | | |
//!
//! Whatever the order of the figures, the worst comes first and then the order of subjects; of a segment, what stands out most. Each
//! subject is told of once. A finding has a [`Key`] in its period: it is [raised](raise) once, and again only where it has become
//! worse.

mod blockers;
mod breach_run;
mod credit_gap;
mod exact;
mod finding;
mod goal_pace;
mod interest;
mod key;
mod reject_reasons;
mod statement;
mod zero_closes;

pub use blockers::{BlockerThresholds, Pile, blockers_piling_up};
pub use breach_run::{BreachRunThresholds, DueClock, Run, SideClocks, breach_run, run_of};
pub use credit_gap::{CreditGapThresholds, credit_gap};
pub use finding::{Figures, Finding, Subject, Topic};
pub use goal_pace::{GoalStand, PaceThresholds, off_pace};
pub use interest::{Audience, Engagement, InterestThresholds, audience_interest};
pub use key::{Decision, Key, Raised, raise};
pub use reject_reasons::{Offered, RejectReasonThresholds, Rejecting, reject_reason_drift};
pub use statement::{Statement, statement};
pub use zero_closes::{Spell, zero_closes};

/// Where something begins to matter, by rule. There is nothing to set where a resource closed nothing: nothing is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thresholds {
    /// Of goals.
    pub pace: PaceThresholds,
    /// Of ledger against evidence.
    pub credit_gap: CreditGapThresholds,
    /// Of reasons to reject.
    pub reject_reasons: RejectReasonThresholds,
    /// Of clocks breached in a row.
    pub breach_run: BreachRunThresholds,
    /// Of open blockers.
    pub blockers: BlockerThresholds,
    /// Of what segments care for.
    pub interest: InterestThresholds,
}

#[cfg(test)]
mod tests;
