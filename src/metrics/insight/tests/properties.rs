//! What holds for any figures: nothing comes of nothing, their order does not matter, and what is worse is never told as less bad.

use entity::ids::TypedId;
use entity::kinds::{BlockerKind, Channel, RejectReason};
use entity::time::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::metrics::by_resource::ByResource;
use crate::metrics::credit_gap::Gap;
use crate::metrics::goal::{Direction, Elapsed, Goal, Measure, Target};
use crate::metrics::investment::Stand;
use crate::metrics::sla::Fraction;
use crate::metrics::sla::clock::State;

fn few<T: TypedId + std::fmt::Debug>() -> impl Strategy<Value = T> {
    (0..4_u128).prop_map(id)
}

prop_compose! {
    fn goals()(
        number in 0..4_u128, actual in -50..250_i64, days in 0..=100_i64, lower: bool, ratio: bool, ended: bool,
    ) -> GoalStand {
        goal_stand(id(number), actual, days, (lower, ratio), ended)
    }
}

/// A goal of 100 that stands so after so many of 100 days.
fn goal_stand(goal: entity::ids::GoalId, actual: i64, days: i64, (lower, ratio): (bool, bool), ended: bool) -> GoalStand {
    let direction = if lower { Direction::LowerIsBetter } else { Direction::HigherIsBetter };
    let measure = if ratio { Measure::Ratio } else { Measure::Cumulative };
    let terms = Goal { target: Target::new(Decimal::ONE_HUNDRED).unwrap(), direction, measure, places: 0 };
    let elapsed = Elapsed { share: Fraction::new(days.into(), 100), days, total: 100 };
    let progress = terms.progress(Ok(Fraction::whole(actual.into())), elapsed).unwrap();
    GoalStand { goal, owners: set(&[Resource::Sales]), progress, ended }
}

prop_compose! {
    fn offered()(offered in 0..40_u64, share in 0..=100_u64) -> Offered {
        Offered { offered, rejected: offered * share / 100 }
    }
}

prop_compose! {
    fn reasons()(
        agreement in few(), reason in prop::sample::select(RejectReason::ALL), now in offered(), before in offered(),
    ) -> Rejecting {
        Rejecting { agreement, from: Resource::Marketing, reason, now, before }
    }
}

prop_compose! {
    fn clocks()(due in prop::option::of(0..12_i64), state in prop::sample::select(&State::ALL[..])) -> DueClock {
        DueClock { due_at: due.map(Timestamp::from_micros), state }
    }
}

prop_compose! {
    fn sides()(
        agreement in few(), resource in prop::sample::select(Resource::ALL), clocks in prop::collection::vec(clocks(), 0..15),
    ) -> SideClocks {
        SideClocks { agreement, resource, clocks }
    }
}

prop_compose! {
    fn piles()(kind in prop::sample::select(BlockerKind::ALL), before in 0..20_u64, now in 0..40_u64) -> Pile {
        Pile { kind, before, now }
    }
}

prop_compose! {
    fn engagements()(channel in 0..6_usize, touches in 0..60_u64, accounts in 0..12_u64, others in 0..100_u64) -> Engagement {
        Engagement { topic: Topic::Channel(Channel::ALL[channel]), touches, accounts, others }
    }
}

prop_compose! {
    fn audiences()(
        segment in few(), touches in 60..200_u64, others in 0..400_u64, engagements in prop::collection::vec(engagements(), 0..8),
    ) -> Audience {
        Audience { segment, touches, others, engagements }
    }
}

/// Some figures, and the same in another order.
fn shuffled<T: Clone + std::fmt::Debug>(one: impl Strategy<Value = T>) -> impl Strategy<Value = (Vec<T>, Vec<T>)> {
    prop::collection::vec(one, 0..12).prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
}

/// How bad the only finding there may be is.
fn worst(findings: &[Finding]) -> Option<InsightSeverity> {
    assert!(findings.len() <= 1);
    findings.first().map(|finding| finding.severity)
}

/// Whether each subject is told of once, the worst first, and each on the far side of what it is said to have reached.
fn is_in_order(findings: &[Finding]) -> bool {
    let once = findings.iter().enumerate().all(|(place, one)| findings[..place].iter().all(|other| other.subject != one.subject));
    let key = |finding: &Finding| (std::cmp::Reverse(finding.severity), finding.subject);
    let reached = findings.iter().all(|finding| finding.figures.observed >= finding.figures.threshold);
    once && reached && findings.is_sorted_by_key(key)
}

#[test]
fn nothing_is_raised_on_nothing() {
    assert_eq!(off_pace(&[], &PaceThresholds::default()), []);
    assert_eq!(reject_reason_drift(&[], &RejectReasonThresholds::default()), []);
    assert_eq!(breach_run(&[], &BreachRunThresholds::default()), []);
    assert_eq!(blockers_piling_up(&[], &BlockerThresholds::default()), []);
    assert_eq!(audience_interest(&[], &InterestThresholds::default()), []);
    assert_eq!(zero_closes(ByResource::default()), []);
    let even = ByResource::from_array([Gap { ledger_bp: 0, evidence_bp: 0 }; 3]);
    assert_eq!(credit_gap(even, 0, &CreditGapThresholds::default()), []);
}

#[test]
fn nothing_is_raised_on_figures_of_nothing_even_without_thresholds() {
    let gap = CreditGapThresholds { least_closes: 0, warning_bp: 0, critical_bp: 0 };
    assert_eq!(credit_gap(ByResource::from_array([Gap { ledger_bp: 5, evidence_bp: 5 }; 3]), 0, &gap), []);
    let reject = RejectReasonThresholds { least_offered: 0, least_rejected: 0, warning_bp: 0, critical_bp: 0 };
    let nothing = Offered::default();
    let reason = Rejecting { agreement: id(1), from: Resource::Sales, reason: RejectReason::Other, now: nothing, before: nothing };
    assert_eq!(reject_reason_drift(&[reason], &reject), []);
    let side = SideClocks { agreement: id(1), resource: Resource::Sales, clocks: Vec::new() };
    assert_eq!(breach_run(&[side], &BreachRunThresholds { warning: 0, critical: 0 }), []);
    let blockers = BlockerThresholds { warning_open: 0, warning_growth_bp: 0, critical_open: 0, critical_growth_bp: 0 };
    assert_eq!(blockers_piling_up(&[Pile { kind: BlockerKind::Other, before: 0, now: 0 }], &blockers), []);
    let interest = InterestThresholds { lift_bp: 0, least_touches: 0, least_accounts: 0, least_others: 0, topics: 3 };
    let engagement = Engagement { topic: Topic::Channel(Channel::Other), touches: 0, accounts: 0, others: 0 };
    let audience = Audience { segment: id(1), touches: 0, others: 9, engagements: vec![engagement] };
    assert_eq!(audience_interest(&[audience], &interest), []);
}

proptest! {
    #[test]
    fn the_order_of_goals_does_not_matter((all, others) in shuffled(goals())) {
        let found = off_pace(&all, &PaceThresholds::default());
        prop_assert!(found.iter().all(|finding| finding.figures.observed <= finding.figures.threshold));
        prop_assert!(found.is_sorted_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.subject)));
        prop_assert_eq!(found, off_pace(&others, &PaceThresholds::default()));
    }

    #[test]
    fn the_order_of_reasons_does_not_matter((all, others) in shuffled(reasons())) {
        let found = reject_reason_drift(&all, &RejectReasonThresholds::default());
        prop_assert!(is_in_order(&found));
        prop_assert_eq!(found, reject_reason_drift(&others, &RejectReasonThresholds::default()));
    }

    #[test]
    fn the_order_of_sides_does_not_matter((all, others) in shuffled(sides())) {
        let found = breach_run(&all, &BreachRunThresholds::default());
        prop_assert!(is_in_order(&found));
        prop_assert_eq!(found, breach_run(&others, &BreachRunThresholds::default()));
    }

    #[test]
    fn the_order_of_clocks_does_not_matter((all, others) in shuffled(clocks())) {
        let side = |clocks| SideClocks { agreement: id(1), resource: Resource::Sales, clocks };
        let thresholds = BreachRunThresholds { warning: 1, critical: 3 };
        prop_assert_eq!(breach_run(&[side(all)], &thresholds), breach_run(&[side(others)], &thresholds));
    }

    #[test]
    fn the_order_of_blockers_does_not_matter((all, others) in shuffled(piles())) {
        let found = blockers_piling_up(&all, &BlockerThresholds::default());
        prop_assert!(is_in_order(&found));
        prop_assert_eq!(found, blockers_piling_up(&others, &BlockerThresholds::default()));
    }

    #[test]
    fn the_order_of_audiences_does_not_matter((all, others) in shuffled(audiences())) {
        let thresholds = InterestThresholds::default();
        let found = audience_interest(&all, &thresholds);
        let segment = |finding: &Finding| match finding.subject {
            Subject::Interest { segment, .. } => segment,
            other => panic!("{other:?}"),
        };
        let segments: Vec<_> = found.iter().map(segment).collect();
        prop_assert!(segments.is_sorted());
        prop_assert!(segments.chunk_by(|one, next| one == next).all(|own| own.len() <= thresholds.topics));
        prop_assert!(found.iter().all(|finding| finding.figures.observed >= finding.figures.threshold));
        prop_assert_eq!(found, audience_interest(&others, &thresholds));
    }

    #[test]
    fn the_order_of_topics_does_not_matter(audience in audiences(), (all, others) in shuffled(engagements())) {
        let with = |engagements| audience_interest(&[Audience { engagements, ..audience.clone() }], &InterestThresholds::default());
        prop_assert_eq!(with(all), with(others));
    }

    #[test]
    fn a_goal_further_behind_is_never_less_bad(
        actual in -50..250_i64, worse in 0..100_i64, days in 0..=100_i64, lower: bool, ratio: bool, ended: bool,
    ) {
        let after = |actual| worst(&off_pace(&[goal_stand(id(1), actual, days, (lower, ratio), ended)], &PaceThresholds::default()));
        let away = if lower { actual + worse } else { actual - worse };
        prop_assert!(after(away) >= after(actual));
    }

    #[test]
    fn the_end_of_a_period_makes_a_goal_that_is_not_met_no_less_bad(actual in -50..250_i64, days in 0..=100_i64, lower: bool, ratio: bool) {
        let at = |ended| goal_stand(id(1), actual, days, (lower, ratio), ended);
        let [before, after] = [false, true].map(|ended| worst(&off_pace(&[at(ended)], &PaceThresholds::default())));
        let met = at(true).progress.met == Some(true);
        let right = if met { after.is_none() } else { after >= before };
        prop_assert!(right);
    }

    #[test]
    fn a_wider_gap_is_never_less_bad(sales in -10_000..=10_000_i64, wider in 0..10_000_i64, closes in 0..30_u64, more in 0..30_u64) {
        let of = |bp: i64, closes| {
            let gaps = ByResource::from_array([bp, 0, 0]).map(|ledger_bp| Gap { ledger_bp, evidence_bp: 0 });
            worst(&credit_gap(gaps, closes, &CreditGapThresholds::default()))
        };
        let apart = if sales < 0 { sales - wider } else { sales + wider };
        prop_assert!(of(apart, closes + more) >= of(sales, closes));
        prop_assert_eq!(of(sales, closes), of(-sales, closes));
    }

    #[test]
    fn less_closed_for_more_is_never_less_bad(
        cost in 0..3_i64, more in 0..3_i64, credit in -2..3_i64, less in 0..3_i64,
        before in prop::option::of((0..3_i64, -2..3_i64)), less_before in 0..3_i64,
    ) {
        let stand = |(cost_minor, credit_bp)| Stand { cost_minor, no_cost: None, credit_bp };
        let of = |now, before: Option<(i64, i64)>| {
            let spell = Spell { now: stand(now), before: before.map(stand) };
            worst(&zero_closes(ByResource { product: Some(spell), ..ByResource::default() }))
        };
        let worse_before = before.map(|(cost, credit)| (cost + more, credit - less_before));
        prop_assert!(of((cost + more, credit - less), worse_before) >= of((cost, credit), before));
    }

    #[test]
    fn more_rejected_for_a_reason_is_never_less_bad(reason in reasons(), more in 0..20_u64, fewer_before in 0..20_u64) {
        let of = |reason| worst(&reject_reason_drift(&[reason], &RejectReasonThresholds::default()));
        let now = Offered { rejected: (reason.now.rejected + more).min(reason.now.offered), ..reason.now };
        let before = Offered { rejected: reason.before.rejected.saturating_sub(fewer_before), ..reason.before };
        let worse = Rejecting { now, before, ..reason };
        prop_assert!(of(worse) >= of(reason));
    }

    #[test]
    fn one_more_breach_is_never_less_bad(side in sides(), which: prop::sample::Index, later in 12..20_i64) {
        let of = |side| worst(&breach_run(&[side], &BreachRunThresholds::default()));
        let mut longer = side.clone();
        longer.clocks.push(DueClock { due_at: Some(Timestamp::from_micros(later)), state: State::Late });
        prop_assert!(of(longer) >= of(side.clone()));
        let mut worse = side.clone();
        if let Some(clock) = (!worse.clocks.is_empty()).then(|| which.get_mut(&mut worse.clocks)) {
            clock.state = if clock.state == State::Met { State::Overdue } else { clock.state };
        }
        prop_assert!(of(worse) >= of(side));
    }

    #[test]
    fn a_higher_pile_is_never_less_bad(pile in piles(), more in 0..40_u64, fewer_before in 0..20_u64) {
        let of = |pile| worst(&blockers_piling_up(&[pile], &BlockerThresholds::default()));
        let higher = Pile { now: pile.now + more, before: pile.before.saturating_sub(fewer_before), ..pile };
        prop_assert!(of(higher) >= of(pile));
    }

    #[test]
    fn more_touches_on_a_topic_never_make_it_less_told(
        engagement in engagements(), more in 0..40_u64, fewer_others in 0..50_u64, others in 0..400_u64,
    ) {
        let of = |engagement| {
            let audience = Audience { segment: id(1), touches: 200, others, engagements: vec![engagement] };
            worst(&audience_interest(&[audience], &InterestThresholds::default()))
        };
        let eager = Engagement {
            touches: engagement.touches + more,
            accounts: engagement.accounts + more,
            others: engagement.others.saturating_sub(fewer_others),
            ..engagement
        };
        prop_assert!(of(eager) >= of(engagement));
    }

    #[test]
    fn counts_of_any_size_are_judged(now: u64, before: u64, offered: u64, others: u64, bp: u32, gap: (i64, i64)) {
        let blockers = BlockerThresholds { warning_growth_bp: bp, critical_growth_bp: bp, ..BlockerThresholds::default() };
        let _ = blockers_piling_up(&[Pile { kind: BlockerKind::Other, before, now }], &blockers);
        let [now, before] = [(now, offered), (before, others)].map(|(rejected, offered)| Offered { offered, rejected });
        let reason = Rejecting { agreement: id(1), from: Resource::Sales, reason: RejectReason::Other, now, before };
        let reject = RejectReasonThresholds { warning_bp: bp, critical_bp: bp, ..RejectReasonThresholds::default() };
        let _ = reject_reason_drift(&[reason], &reject);
        let engagement = Engagement { topic: Topic::Channel(Channel::Other), touches: now.rejected, accounts: 5, others: before.rejected };
        let audience = Audience { segment: id(1), touches: offered, others, engagements: vec![engagement] };
        let _ = audience_interest(&[audience], &InterestThresholds { lift_bp: bp, ..InterestThresholds::default() });
        let gaps = ByResource::from_array([Gap { ledger_bp: gap.0, evidence_bp: gap.1 }; 3]);
        let _ = credit_gap(gaps, now.offered, &CreditGapThresholds { warning_bp: bp, critical_bp: bp, ..CreditGapThresholds::default() });
        let stand = Stand { cost_minor: gap.0, no_cost: None, credit_bp: gap.1 };
        let _ = zero_closes(ByResource::from_array([Some(Spell { now: stand, before: Some(stand) }); 3]));
    }
}
