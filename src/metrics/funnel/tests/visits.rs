//! Visits, and the time in stages (G8 of `metrics.md`).

use proptest::prelude::*;

use super::golden::{A, B, HISTORY};
use super::*;
use crate::metrics::stage_time::{StageTime, StageTimeError, stage_time};

const STAGES: usize = 6;

/// The time in each stage of what began in two years.
fn times(events: &[Case<'_>], as_of: &str) -> Vec<StageTime> {
    let years = Buckets::from(period("2025-01-01", "2027-01-01"));
    stage_time(&facts(events), STAGES, at(as_of), &years, None).unwrap().remove(0).whole
}

fn days(time: &StageTime) -> (u64, u64, Option<String>) {
    (time.spread.ended, time.spread.running, time.spread.median.value.map(|median| median.to_string()))
}

#[test]
fn g8_the_time_of_the_golden_history() {
    let times = times(HISTORY, "2026-02-28");
    let mql = &times[usize::from(MQL)].spread;
    assert_eq!((mql.ended, mql.running, mql.longest_running), (4, 1, Some(27 * DAY)));
    assert_eq!([mql.mean, mql.median, mql.ninetieth].map(|ratio| ratio.value.unwrap().to_string()), ["19.00", "13.50", "33.20"]);
    assert_eq!(mql.survival_median, Some(15 * DAY));
    // Side stages nobody entered have no time.
    assert_eq!(days(&times[usize::from(NURTURED)]), (0, 0, None));
}

#[test]
fn what_is_known_later_was_open_before() {
    let two = [(A, LEAD, "2026-01-01"), (A, MQL, "2026-01-05")];
    assert_eq!(days(&times(&two, "2026-01-03")[0]), (0, 1, None));
    assert_eq!(days(&times(&two, "2026-01-05")[0]), (1, 0, Some("4.00".to_owned())), "the instant itself belongs to it");
    assert_eq!(days(&times(&two, "2025-12-31")[0]), (0, 0, None));
}

#[test]
fn who_enters_the_stage_they_are_in_stays_there() {
    let merged = [(A, LEAD, "2026-01-01"), (A, LEAD, "2026-01-03"), (A, MQL, "2026-01-05")];
    assert_eq!(days(&times(&merged, "2026-02-01")[0]), (1, 0, Some("4.00".to_owned())));
}

#[test]
fn what_nobody_timed_is_left_out_and_counted() {
    let late = [(A, LEAD, "2026-01-01"), (A, MQL, "2026-01-05*"), (A, OPP, "2026-01-09"), (B, LEAD, "2026-01-01"), (B, MQL, "2026-01-03")];
    let times = times(&late, "2026-02-01");
    assert_eq!((days(&times[0]), times[0].backdated), ((1, 0, Some("2.00".to_owned())), 1));
    assert_eq!((days(&times[1]), times[1].backdated), ((0, 1, None), 1));
}

#[test]
fn a_visit_belongs_to_the_bucket_it_begins_in() {
    let months = Buckets::new(&[period("2026-01-01", "2026-02-01"), period("2026-02-01", "2026-03-01")]).unwrap();
    let events = [(A, LEAD, "2025-12-31"), (A, MQL, "2026-01-31T23:59:59"), (A, LEAD, "2026-02-01"), (A, MQL, "2026-03-01")];
    let times = stage_time(&facts(&events), STAGES, at("2026-04-01"), &months, None).unwrap();
    let ended: Vec<Vec<u64>> = times.iter().map(|month| month.whole.iter().take(2).map(|time| time.spread.ended).collect()).collect();
    assert_eq!(ended, [[0, 1], [1, 0]]);
}

#[test]
fn groups_have_times_of_their_own_and_the_whole_is_of_all() {
    let events = [(A, LEAD, "2026-01-01"), (A, MQL, "2026-01-05"), (B, LEAD, "2026-01-02"), (B, MQL, "2026-01-12")];
    let touched = touches(&[(A, "2026-01-01", 0), (A, "2026-01-05", 1), (B, "2026-01-03", 1)]);
    let answer = stage_time(&facts(&events), STAGES, at("2026-02-01"), &january(), Some(&touched)).unwrap().remove(0);
    let lead: Vec<_> = answer.groups.iter().map(|group| (group.value, days(&group.funnel[0]))).collect();
    assert_eq!(lead, [(Some(0), (1, 0, Some("4.00".to_owned()))), (Some(1), (0, 0, None)), (None, (1, 0, Some("10.00".to_owned())))]);
    let mql: Vec<_> = answer.groups.iter().map(|group| group.funnel[1].spread.running).collect();
    assert_eq!((mql, answer.missing), (vec![0, 2, 0], 1));
    assert_eq!(answer.whole, times(&events, "2026-02-01"), "the same whole as without touches");
    assert_eq!(days(&answer.whole[0]), (2, 0, Some("7.00".to_owned())));
}

#[test]
fn a_stage_outside_of_the_catalogue_is_refused() {
    let january = january();
    let refused = stage_time(&facts(&[(A, DISQUALIFIED, "2026-01-01")]), 5, at("2026-02-01"), &january, None);
    assert_eq!(refused, Err(StageTimeError::Facts(FunnelError::UnknownStage(DISQUALIFIED))));
    assert_eq!(
        stage_time(&FunnelFacts::default(), 0, at("2026-02-01"), &january, None),
        Ok(vec![Answer { whole: Vec::new(), groups: Vec::new(), missing: 0 }])
    );
}

proptest! {
    #[test]
    fn visits_of_a_subject_follow_one_another(events in prop::collection::vec((0..3_u32, 0..6_u16, 0..90_i64), 0..60), as_of in 0..100_i64) {
        let begin = at("2026-01-01");
        let times = events.iter().map(|event| begin.saturating_add_micros(event.2 * DAY)).collect();
        let facts = FunnelFacts::new(events.iter().map(|it| it.0).collect(), events.iter().map(|it| it.1).collect(), times, vec![false; events.len()]).unwrap();
        let year = Buckets::from(period("2026-01-01", "2027-01-01"));
        let as_of = begin.saturating_add_micros(as_of * DAY);
        let mut seen: Vec<Visit> = Vec::new();
        visits(&facts, STAGES, as_of, &year, None, |visit| seen.push(visit)).unwrap();
        for pair in seen.windows(2).filter(|pair| pair[0].subject == pair[1].subject) {
            prop_assert_eq!(pair[0].left_at, Some(pair[1].entered_at));
            prop_assert_ne!(pair[0].stage, pair[1].stage);
        }
        // Everybody who ever entered is somewhere.
        let open = seen.iter().filter(|visit| visit.left_at.is_none()).count();
        let entered: std::collections::BTreeSet<u32> = events.iter().filter(|it| begin.saturating_add_micros(it.2 * DAY) <= as_of).map(|it| it.0).collect();
        prop_assert_eq!(open, entered.len());
    }
}
