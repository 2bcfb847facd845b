use entity::time::Timestamp;
use proptest::prelude::*;

use super::{HOUR, at, lisbon};
use crate::metrics::ratio::{NullReason, Ratio};
use crate::metrics::sla::clock::{self, settle};
use crate::metrics::sla::handoff::{self, Act, Offer, standing};
use crate::metrics::sla::{
    CODES_MAX, ClockCounts, ClockFact, Dimension, FactError, Facts, Fraction, Group, HandoffCounts, HandoffFact, Line, Pauses, Within,
    drift, status, status_by, volume,
};

/// A clock of the first handoff that nobody in particular owed.
const OWED: ClockFact = ClockFact { handoff: 0, clause: 0, state: clock::State::Met, told_late: false, owner: None, team: None };

const PLAIN: HandoffFact = HandoffFact {
    version: 0,
    state: handoff::State::Accepted,
    over_delivery: false,
    bucket: None,
    owner: None,
    team: None,
    tactic: None,
    reason: None,
};

const DIMENSIONS: [Dimension; 5] = [Dimension::Bucket, Dimension::Owner, Dimension::Team, Dimension::Tactic, Dimension::RejectReason];

fn value(ratio: Ratio) -> String {
    ratio.value.map_or_else(|| format!("{:?}", ratio.null_reason.unwrap()), |value| value.to_string())
}

fn handoffs(counts: &[(handoff::State, u64)]) -> HandoffCounts {
    let mut handoffs = HandoffCounts::default();
    counts.iter().for_each(|(state, count)| (0..*count).for_each(|_| handoffs.add(*state, false)));
    handoffs
}

fn clocks(counts: &[(clock::State, u64)]) -> ClockCounts {
    let mut clocks = ClockCounts::default();
    counts.iter().for_each(|(state, count)| (0..*count).for_each(|_| clocks.add(*state, false)));
    clocks
}

/// A hundred and ten leads offered on a Monday morning, and answered or not within two business days.
#[test]
fn g11_marketing_keeps_ninety_five_percent() {
    let time = lisbon();
    let offered_at = at("2026-03-30T08:00Z");
    let target = Within::Days(2).target(&time, offered_at).unwrap();
    let answer_due_at = time.due(offered_at, target, &Pauses::NONE);
    assert_eq!(answer_due_at, Some(at("2026-04-01T17:00Z")));
    let offer = Offer { offered_at, answer_due_at, expires: false };
    let mut facts = Facts::new(0);
    for number in 0..110_u32 {
        let (act, instant) = match number {
            0..15 => (Act::Reject, at("2026-04-01T17:00Z")),
            15..60 => (Act::Accept, at("2026-03-31T08:00Z")),
            60..70 => (Act::Reject, at("2026-04-01T17:01Z")),
            _ => (Act::Acknowledge, offered_at),
        };
        let state = standing(&offer, [(act, instant)], at("2026-04-30T17:00Z")).state;
        let reason = (state == handoff::State::Rejected).then_some(number % 7);
        facts.push_handoff(HandoffFact { state, reason, ..PLAIN }).unwrap();
    }
    let counts = status(&facts).handoffs;
    assert_eq!((counts.offered(), counts.accepted(), counts.rejected(), counts.pending()), (110, 95, 15, 0));
    assert_eq!(counts.of(handoff::State::AutoAccepted), 50, "an answer that comes too late is none");
    let reached = volume(counts.accepted(), Fraction::whole(100)).unwrap();
    assert_eq!([reached.raw, reached.capped, counts.reject_rate()].map(value), ["0.9500", "0.9500", "0.1364"]);
    let more = volume(counts.accepted(), Fraction::whole(90)).unwrap();
    assert_eq!([more.raw, more.capped].map(value), ["1.0556", "1.0000"]);
    assert_eq!(status_by(&facts, Dimension::RejectReason).len(), 8, "seven reasons, and those accepted");
}

/// A hundred and five clocks of four hours.
#[test]
fn g11_sales_keep_seventy_seven_percent() {
    let time = lisbon();
    let started_at = at("2026-03-30T08:00Z");
    let mut facts = Facts::new(1);
    let now = at("2026-03-31T12:00Z");
    for number in 0..105_u32 {
        // Those that began late on Tuesday have time left.
        let started_at = if (90..100).contains(&number) { at("2026-03-31T10:00Z") } else { started_at };
        let attempts: &[Timestamp] = match number {
            0..70 => &[at("2026-03-30T13:00Z")],
            70..82 => &[at("2026-03-30T13:00:00.000001Z")],
            _ => &[],
        };
        let cancelled_at = (number >= 100).then(|| at("2026-03-30T09:00Z"));
        let told = clock::Facts { started_at, target: 4 * HOUR, wanted: 1, pauses: &Pauses::NONE, attempts, cancelled_at };
        facts.push_handoff(PLAIN).unwrap();
        let state = clock::state(&settle(&time, &told), now);
        facts.push_clock(ClockFact { handoff: number, clause: 0, state, ..OWED }).unwrap();
    }
    let clocks = status(&facts).clocks[0];
    let of = [clock::State::Met, clock::State::Late, clock::State::Overdue, clock::State::Cancelled].map(|state| clocks.of(state));
    assert_eq!((of, clocks.pending(), clocks.decided(), clocks.total()), ([70, 12, 8, 5], 10, 90, 105));
    assert_eq!(value(clocks.attainment()), "0.7778");
    assert_eq!((clocks.attainment().numerator, clocks.attainment().denominator), (70.into(), 90.into()));
}

#[test]
fn each_state_counts_at_one_place() {
    use handoff::State::{Accepted, AutoAccepted, Contested, Expired, Offered, Recycled, Rejected, Withdrawn};
    for (index, state) in handoff::State::ALL.into_iter().enumerate() {
        assert_eq!((state as usize, handoffs(&[(state, 3)]).of(state)), (index, 3));
    }
    for (index, state) in clock::State::ALL.into_iter().enumerate() {
        assert_eq!((state as usize, clocks(&[(state, 3)]).of(state)), (index, 3));
    }
    let all =
        [(Offered, 1), (Accepted, 2), (AutoAccepted, 4), (Rejected, 8), (Contested, 16), (Recycled, 32), (Withdrawn, 64), (Expired, 128)];
    let all = handoffs(&all);
    assert_eq!((all.pending(), all.accepted(), all.rejected(), all.decided()), (1, 38, 24, 62));
    assert_eq!((all.offered(), all.total(), all.of(Expired)), (191, 255, 128), "withdrawn ones were not offered");
    assert_eq!([all.quality(), all.reject_rate()].map(value), ["0.6129", "0.1257"]);
    assert_eq!([6_129, 6_130].map(|minimum| all.keeps_quality(minimum)), [Some(true), Some(false)]);
}

#[test]
fn of_nothing_there_is_no_rate() {
    use NullReason::{Immature, ZeroDenominator};
    let reason = |ratio: Ratio| ratio.null_reason;
    let nothing = HandoffCounts::default();
    assert_eq!([nothing.quality(), nothing.reject_rate()].map(reason), [Some(ZeroDenominator); 2]);
    assert_eq!(volume(0, Fraction::ZERO).unwrap().capped.null_reason, Some(ZeroDenominator));
    assert_eq!(nothing.keeps_quality(0), None);
    assert_eq!(reason(handoffs(&[(handoff::State::Offered, 1)]).quality()), Some(Immature));
    assert_eq!(reason(ClockCounts::default().attainment()), Some(ZeroDenominator));
    assert_eq!(reason(clocks(&[(clock::State::Cancelled, 1)]).attainment()), Some(ZeroDenominator));
    assert_eq!(reason(clocks(&[(clock::State::Paused, 1)]).attainment()), Some(Immature));
    assert_eq!(value(clocks(&[(clock::State::Late, 1)]).attainment()), "0.0000");
}

#[test]
fn a_breakdown_names_what_is_there() {
    let mut facts = Facts::new(2);
    for (owner, tactic) in [(Some(5), Some(1)), (None, Some(1)), (Some(2), None), (Some(5), None)] {
        facts.push_handoff(HandoffFact { owner, tactic, over_delivery: owner == Some(5), ..PLAIN }).unwrap();
    }
    facts.push_handoff(HandoffFact { state: handoff::State::Withdrawn, over_delivery: true, owner: Some(2), ..PLAIN }).unwrap();
    // The second was owed by somebody who has it no longer.
    for (handoff, clause, state, owner) in [
        (0, 0, clock::State::Met, Some(5)),
        (3, 0, clock::State::Late, Some(5)),
        (3, 0, clock::State::Overdue, Some(7)),
        (1, 1, clock::State::Running, None),
    ] {
        facts.push_clock(ClockFact { handoff, clause, state, owner, told_late: true, ..OWED }).unwrap();
    }
    let owners = status_by(&facts, Dimension::Owner);
    assert_eq!(owners.iter().map(|group| group.code).collect::<Vec<_>>(), [Some(2), Some(5), Some(7), None]);
    let lines: Vec<(u64, u64, u64, u64)> = owners
        .iter()
        .map(|Group { line, .. }| (line.handoffs.offered(), line.handoffs.over_delivery(), line.clocks[0].total(), line.clocks[1].total()))
        .collect();
    assert_eq!(lines, [(1, 0, 0, 0), (2, 2, 2, 0), (0, 0, 1, 0), (1, 0, 0, 1)]);
    assert_eq!([1, 2].map(|place: usize| owners[place].line.clocks[0].told_late()), [1, 0], "of those met");
    let tactics = status_by(&facts, Dimension::Tactic);
    assert_eq!(tactics.iter().map(|group| (group.code, group.line.clocks[0].total())).collect::<Vec<_>>(), [(Some(1), 1), (None, 2)]);
    assert_eq!(value(owners[1].line.clocks[0].attainment()), "0.5000");
    assert_eq!(status_by(&facts, Dimension::Team).iter().map(|group| group.code).collect::<Vec<_>>(), [None]);
    assert_eq!(status_by(&Facts::new(2), Dimension::Owner), []);
}

#[test]
fn facts_that_refer_to_nothing_are_refused() {
    let mut facts = Facts::new(1);
    assert_eq!(facts.push_handoff(HandoffFact { team: Some(CODES_MAX), ..PLAIN }), Err(FactError::CodeTooLarge(CODES_MAX)));
    let clock = |handoff, clause| ClockFact { handoff, clause, ..OWED };
    assert_eq!(facts.push_clock(clock(0, 0)), Err(FactError::UnknownHandoff(0)));
    facts.push_handoff(HandoffFact { team: Some(CODES_MAX - 1), ..PLAIN }).unwrap();
    assert_eq!(facts.push_clock(clock(0, 1)), Err(FactError::UnknownClause(1)));
    assert_eq!(facts.push_clock(ClockFact { owner: Some(CODES_MAX), ..clock(0, 0) }), Err(FactError::CodeTooLarge(CODES_MAX)));
    assert_eq!(facts.push_clock(clock(0, 0)), Ok(()));
    assert_eq!((facts.handoffs(), status(&facts).clocks[0].total()), (1, 1));
}

#[test]
fn drift_sets_a_tactic_against_all_and_against_before() {
    use handoff::State::{Accepted, Contested, Offered, Rejected, Withdrawn};
    let facts = |rows: &[(Option<u32>, handoff::State, Option<u32>, usize)]| {
        let mut facts = Facts::new(0);
        for (tactic, state, reason, count) in rows {
            (0..*count).for_each(|_| facts.push_handoff(HandoffFact { state: *state, tactic: *tactic, reason: *reason, ..PLAIN }).unwrap());
        }
        facts
    };
    let now = facts(&[
        (Some(3), Rejected, Some(1), 2),
        (Some(3), Contested, Some(0), 1),
        (Some(3), Accepted, None, 1),
        (Some(1), Accepted, None, 5),
        (Some(1), Rejected, None, 1),
        (Some(1), Offered, None, 2),
        (None, Withdrawn, None, 1),
    ]);
    let before = facts(&[(Some(3), Rejected, Some(1), 1), (Some(3), Accepted, None, 2), (Some(7), Accepted, None, 1)]);
    let drift_now = drift(&now, Some(&before));
    let tactics: Vec<Option<u32>> = drift_now.tactics.iter().map(|line| line.tactic).collect();
    assert_eq!(tactics, [Some(1), Some(3), Some(7), None]);
    let third = &drift_now.tactics[1].rejections;
    assert_eq!((third.counts.offered(), third.counts.decided(), &third.reasons[..]), (4, 4, &[(Some(0), 1), (Some(1), 2)][..]));
    assert_eq!(
        [third.reject_rate, third.reject_rate_before.unwrap(), drift_now.whole.reject_rate].map(value),
        ["0.7500", "0.3333", "0.3333"]
    );
    let points: Vec<Option<String>> = drift_now.tactics.iter().map(|line| line.points.map(|points| points.to_string())).collect();
    assert_eq!(points, [Some("-20.83".into()), Some("41.67".into()), None, None], "nothing was offered of the last two");
    let changes: Vec<Option<String>> =
        drift_now.tactics.iter().map(|line| line.rejections.change_points.map(|points| points.to_string())).collect();
    assert_eq!(changes, [None, Some("41.67".into()), None, None]);
    assert_eq!(drift_now.whole.change_points.unwrap().to_string(), "8.33");
    assert_eq!(drift_now.whole.reasons, [(Some(0), 1), (Some(1), 2), (None, 1)]);
    assert_eq!(drift_now.tactics[0].rejections.reasons, [(None, 1)]);
    let alone = drift(&now, None);
    assert_eq!((alone.tactics.len(), alone.whole.reject_rate_before, alone.whole.change_points), (3, None, None));
    assert_eq!(drift(&Facts::new(0), None).tactics, []);
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let code = || prop::option::of(0..6_u32);
    let handoff = (prop::sample::select(&handoff::State::ALL[..]), any::<bool>(), prop::array::uniform5(code()), 0..3_u32);
    let clock = (0..40_u32, 0..3_u32, prop::sample::select(&clock::State::ALL[..]), any::<bool>(), prop::array::uniform2(code()));
    (prop::collection::vec(handoff, 0..40), prop::collection::vec(clock, 0..80)).prop_map(|(handoffs, clocks)| {
        let mut facts = Facts::new(3);
        for (state, over_delivery, [bucket, owner, team, tactic, reason], version) in handoffs {
            facts.push_handoff(HandoffFact { version, state, over_delivery, bucket, owner, team, tactic, reason }).unwrap();
        }
        // Clocks without a handoff are refused.
        for (handoff, clause, state, told_late, [owner, team]) in clocks {
            let _ = facts.push_clock(ClockFact { handoff, clause, state, told_late, owner, team });
        }
        facts
    })
}

proptest! {
    #[test]
    fn parts_sum_to_the_whole(facts in any_facts()) {
        let whole = status(&facts);
        prop_assert_eq!(whole.handoffs.total(), facts.handoffs() as u64);
        let mut versions = HandoffCounts::default();
        whole.versions.iter().for_each(|version| versions.merge(version));
        prop_assert_eq!(versions, whole.handoffs);
        for dimension in DIMENSIONS {
            let groups = status_by(&facts, dimension);
            let versions = vec![HandoffCounts::default(); whole.versions.len()];
            let mut sum = Line { handoffs: HandoffCounts::default(), versions, clocks: vec![ClockCounts::default(); 3] };
            for group in &groups {
                prop_assert!(group.line.handoffs.total() + group.line.clocks.iter().map(ClockCounts::total).sum::<u64>() > 0);
                sum.handoffs.merge(&group.line.handoffs);
                sum.versions.iter_mut().zip(&group.line.versions).for_each(|(sum, part)| sum.merge(part));
                sum.clocks.iter_mut().zip(&group.line.clocks).for_each(|(sum, part)| sum.merge(part));
            }
            prop_assert_eq!(&sum, &whole);
            prop_assert!(groups.is_sorted_by_key(|group| (group.code.is_none(), group.code)));
        }
        let drift = drift(&facts, Some(&facts));
        prop_assert_eq!(drift.whole.counts, whole.handoffs);
        for (reason, times) in &drift.whole.reasons {
            let parts = drift.tactics.iter().flat_map(|line| &line.rejections.reasons).filter(|(other, _)| other == reason);
            prop_assert_eq!(*times, parts.map(|(_, times)| times).sum::<u64>());
        }
        prop_assert_eq!(whole.handoffs.rejected(), drift.whole.reasons.iter().map(|(_, times)| times).sum::<u64>());
        prop_assert!(drift.tactics.iter().all(|line| line.rejections.change_points.is_none_or(|points| points.is_zero())));
    }
}
