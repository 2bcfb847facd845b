//! Whether both sides still mean the same by a lead: how often what a tactic brings is rejected, and why.
//!
//! The rate of a tactic is set against that of all together and against its own in the period before. A tactic whose leads are
//! rejected ever more often brings something else than was agreed upon, or is judged by something else.

use rust_decimal::Decimal;

use super::facts::{Dimension, Facts, NO_CODE};
use super::status::{HandoffCounts, status, status_by};
use crate::metrics::ratio::{NullReason, Ratio};

/// Decimal places of percentage points.
const POINTS_PLACES: u32 = 2;

/// Percentage points of a whole.
const WHOLE_POINTS: i128 = 100;

/// How often something is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejections {
    /// The handoffs.
    pub counts: HandoffCounts,
    /// Those rejected, by reason, rising; those without one last.
    pub reasons: Vec<(Option<u32>, u64)>,
    /// Rejected of those offered.
    pub reject_rate: Ratio,
    /// The same in the period before; `None` where there is none to compare with.
    pub reject_rate_before: Option<Ratio>,
    /// By how many percentage points it has risen since; `None` where either rate has no value.
    pub change_points: Option<Decimal>,
}

/// How often what a tactic brings is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TacticDrift {
    /// The tactic; `None` for what has none.
    pub tactic: Option<u32>,
    /// How often it is rejected.
    pub rejections: Rejections,
    /// By how many percentage points more often than all together; `None` where either rate has no value.
    pub points: Option<Decimal>,
}

/// How often what all tactics bring is rejected, and each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// All together.
    pub whole: Rejections,
    /// Each tactic of this period or the one before, rising; what has none last.
    pub tactics: Vec<TacticDrift>,
}

/// How often what each tactic brings is rejected in a period, and in the one before. Codes mean the same in both.
#[must_use]
pub fn drift(now: &Facts, before: Option<&Facts>) -> Drift {
    let (whole, whole_before) = (status(now).handoffs, before.map(|before| status(before).handoffs));
    let (tactics, tactics_before) = (by_tactic(now), before.map(by_tactic).unwrap_or_default());
    let (all_reasons, reasons) = (reasons(now, |_| 0), reasons(now, |code| u64::from(code) + 1));
    let mut codes: Vec<Option<u32>> = tactics.iter().chain(&tactics_before).map(|(code, _)| *code).collect();
    codes.sort_unstable_by_key(|code| code.unwrap_or(NO_CODE));
    codes.dedup();
    let of = |tactics: &[(Option<u32>, HandoffCounts)], code: Option<u32>| {
        let place = tactics.binary_search_by_key(&code.unwrap_or(NO_CODE), |(code, _)| code.unwrap_or(NO_CODE));
        place.ok().and_then(|place| tactics.get(place)).map(|(_, counts)| *counts).unwrap_or_default()
    };
    let tactics = codes.into_iter().map(|tactic| {
        let counts = of(&tactics, tactic);
        let counts_before = before.map(|_| of(&tactics_before, tactic));
        let key = u64::from(tactic.unwrap_or(NO_CODE)) + 1;
        TacticDrift { tactic, rejections: rejections(counts, counts_before, key, &reasons), points: points(&counts, &whole) }
    });
    let tactics = tactics.collect();
    Drift { whole: rejections(whole, whole_before, 0, &all_reasons), tactics }
}

fn by_tactic(facts: &Facts) -> Vec<(Option<u32>, HandoffCounts)> {
    status_by(facts, Dimension::Tactic).into_iter().map(|group| (group.code, group.line.handoffs)).collect()
}

/// How often something was rejected for a reason.
struct Reason {
    key: u64,
    code: u32,
    times: u64,
}

/// The reasons of what was rejected, in order of a key of its tactic, and then of the reason.
fn reasons(facts: &Facts, key: impl Fn(u32) -> u64) -> Vec<Reason> {
    let columns = facts.codes(Dimension::Tactic).codes.iter().zip(&facts.codes(Dimension::RejectReason).codes);
    let rejected = columns.zip(&facts.states).filter(|(_, state)| state.is_rejected());
    let mut keys: Vec<(u64, u32)> = rejected.map(|((tactic, reason), _)| (key(*tactic), *reason)).collect();
    keys.sort_unstable();
    let runs = keys.chunk_by(|one, next| one == next);
    runs.filter_map(|run| run.first().map(|(key, code)| Reason { key: *key, code: *code, times: run.len() as u64 })).collect()
}

fn rejections(counts: HandoffCounts, before: Option<HandoffCounts>, key: u64, reasons: &[Reason]) -> Rejections {
    let own = reasons.partition_point(|reason| reason.key < key)..reasons.partition_point(|reason| reason.key <= key);
    let own = reasons.get(own).unwrap_or_default();
    Rejections {
        counts,
        reasons: own.iter().map(|reason| (Some(reason.code).filter(|code| *code != NO_CODE), reason.times)).collect(),
        reject_rate: counts.reject_rate(),
        reject_rate_before: before.map(|before| before.reject_rate()),
        change_points: before.and_then(|before| points(&counts, &before)),
    }
}

/// By how many percentage points one rate is above another, rounded once.
fn points(one: &HandoffCounts, other: &HandoffCounts) -> Option<Decimal> {
    let terms = |counts: &HandoffCounts| (i128::from(counts.rejected()), i128::from(counts.offered()));
    let ((rejected, offered), (others_rejected, others_offered)) = (terms(one), terms(other));
    let difference = rejected.checked_mul(others_offered)?.checked_sub(others_rejected.checked_mul(offered)?)?.checked_mul(WHOLE_POINTS)?;
    let decimal = |number: i128| Decimal::try_from_i128_with_scale(number, 0).ok();
    let divisor = decimal(offered.checked_mul(others_offered)?)?;
    Ratio::new(decimal(difference)?, divisor, POINTS_PLACES, NullReason::ZeroDenominator).ok()?.value
}
