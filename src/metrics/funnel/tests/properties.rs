//! Properties 2, 3 and 8 of `metrics.md` section 3, and agreement with the reference.

use entity::kinds::WeekStart;
use proptest::prelude::*;

use super::reference::{Drawn, Journey, Question};
use super::*;
use crate::metrics::period::Grain;

/// Half a day: coarse, so that instants, deadlines and midnights often coincide.
const TICK: i64 = DAY / 2;

/// Ticks are counted from here.
const BASE: &str = "2026-01-01";

fn moment(tick: i64) -> i64 {
    at(BASE).micros() + tick * TICK
}

fn events() -> impl Strategy<Value = Vec<Drawn>> {
    let event = (0_u32..6, 0_u16..6, -10_i64..90, prop::bool::weighted(0.15));
    let event = event.prop_map(|(subject, stage, tick, backdated)| Drawn { subject, stage, at: moment(tick), backdated });
    prop::collection::vec(event, 0..40)
}

fn question() -> impl Strategy<Value = Question> {
    let chosen = prop::sample::subsequence(vec![LEAD, MQL, OPP, CLOSE], 1..=4);
    let order = prop::sample::select(vec![Order::ReachedOrPassed, Order::Strict, Order::Any]);
    let window = || prop::option::of((0_i64..60).prop_map(|ticks| ticks * TICK));
    let exclusions = prop::collection::vec((0_u16..6, 0_u8..4, 0_u8..4), 0..3);
    (chosen, order, -5_i64..150, window(), prop::collection::vec(window(), 4), exclusions).prop_map(
        |(chosen, order, as_of, window, own, exclusions)| {
            let possible = |(stage, after_step, before_step)| {
                let exclusion = Exclusion { stage, after_step, before_step };
                (after_step < before_step && usize::from(before_step) < chosen.len()).then_some(exclusion)
            };
            let exclusions = exclusions.into_iter().filter_map(possible).collect();
            Question { order, as_of: moment(as_of), window, own: own[..chosen.len()].to_vec(), exclusions, chosen }
        },
    )
}

fn some_touches() -> impl Strategy<Value = Touches> {
    prop::collection::vec((0_u32..7, -10_i64..90, 0_u32..4), 0..20).prop_map(|drawn| {
        let moments = drawn.iter().map(|touch| Timestamp::from_micros(moment(touch.1))).collect();
        Touches::new(drawn.iter().map(|touch| touch.0).collect(), moments, drawn.iter().map(|touch| touch.2).collect()).unwrap()
    })
}

fn value_at() -> impl Strategy<Value = ValueAt> {
    prop::sample::select(vec![ValueAt::FirstStep, ValueAt::LastStep, ValueAt::AtStep(0)])
}

fn columns(events: &[Drawn]) -> FunnelFacts {
    FunnelFacts::new(
        events.iter().map(|event| event.subject).collect(),
        events.iter().map(|event| event.stage).collect(),
        events.iter().map(|event| Timestamp::from_micros(event.at)).collect(),
        events.iter().map(|event| event.backdated).collect(),
    )
    .unwrap()
}

impl Question {
    fn steps(&self) -> Steps {
        steps(&self.chosen)
    }

    fn as_of(&self) -> Timestamp {
        Timestamp::from_micros(self.as_of)
    }

    fn query(&self) -> CohortQuery {
        let mut query = CohortQuery::new(self.steps(), self.order, self.as_of());
        if let Some(window) = self.window {
            query = query.with_window(window).unwrap();
        }
        for (own, step) in self.own.iter().zip(0..).skip(1) {
            if let Some(own) = own {
                query = query.with_step_window(step, *own).unwrap();
            }
        }
        self.exclusions.iter().fold(query, |query, exclusion| query.with_exclusion(*exclusion).unwrap())
    }

    /// The three modes, each with its groups.
    fn answers(&self, facts: &FunnelFacts, buckets: &Buckets, touches: &Touches, at: ValueAt) -> Answers {
        (
            cohort(facts, &self.query(), buckets, Some(Breakdown { touches, at })).unwrap(),
            entries(facts, &self.steps(), self.as_of(), buckets, Some(touches)).unwrap(),
            stock(facts, &self.steps(), self.as_of(), buckets, Some(touches)).unwrap(),
        )
    }
}

/// The rows of January's cohort, in the form of the reference.
fn rows(facts: &FunnelFacts, question: &Question) -> Vec<Journey> {
    let mut rows = Vec::new();
    cohort_rows(facts, &question.query(), &january(), None, |row| {
        rows.push(Journey {
            subject: row.subject,
            reached_at: row.reached_at.iter().map(|at| at.map(Timestamp::micros)).collect(),
            visits: row.visits.to_vec(),
            standing: row.standing,
            backdated: row.backdated,
        });
    })
    .unwrap();
    rows
}

type Answers = (Vec<Answer<CohortFunnel>>, Vec<Answer<EntriesFunnel>>, Vec<Answer<StockFunnel>>);

fn weeks() -> Vec<Period> {
    period("2026-01-01", "2026-02-12").buckets(Grain::Week, WeekStart::Monday, 1).unwrap()
}

/// Every count of an answer, in one row, so that rows can be added; the first says how many were pending.
fn cohort_counts(funnel: &CohortFunnel) -> Vec<u64> {
    let steps = funnel.steps.iter().flat_map(|step| [step.entered, step.matured, step.visits]);
    [funnel.pending.len() as u64, funnel.backdated, funnel.excluded].into_iter().chain(steps).collect()
}

fn entries_counts(funnel: &EntriesFunnel) -> Vec<u64> {
    [funnel.backdated].into_iter().chain(funnel.steps.iter().flat_map(|step| [step.entered, step.visits])).collect()
}

fn stock_counts(funnel: &StockFunnel) -> Vec<u64> {
    [funnel.below, funnel.side, funnel.backdated].into_iter().chain(funnel.steps.iter().copied()).collect()
}

fn groups_sum<F>(answer: &Answer<F>, counts: fn(&F) -> Vec<u64>) -> Vec<u64> {
    let nothing = vec![0; counts(&answer.whole).len()];
    answer.groups.iter().fold(nothing, |sums, group| sums.iter().zip(counts(&group.funnel)).map(|(sum, count)| sum + count).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn cohort_agrees_with_the_reference(events in events(), question in question()) {
        let found = rows(&columns(&events), &question);
        prop_assert_eq!(found, question.cohort(&events, moment(0), moment(62)));
    }

    #[test]
    fn entries_agree_with_the_reference(events in events(), question in question()) {
        let funnel = one(entries(&columns(&events), &question.steps(), question.as_of(), &january(), None));
        let steps = funnel.steps.iter().map(|step| (step.entered, step.visits)).collect();
        prop_assert_eq!((steps, funnel.backdated), question.entries(&events, moment(0), moment(62)));
    }

    #[test]
    fn stock_agrees_with_the_reference(events in events(), question in question()) {
        let funnel = one(stock(&columns(&events), &question.steps(), question.as_of(), &january(), None));
        let steps = funnel.steps.clone();
        let found = (steps, funnel.below, funnel.side, funnel.backdated);
        prop_assert_eq!(found, question.stock(&events, moment(62)));
    }

    #[test]
    fn cohort_is_the_sum_of_its_rows(events in events(), question in question()) {
        let facts = columns(&events);
        let funnel = one(cohort(&facts, &question.query(), &january(), None));
        let rows = rows(&facts, &question);
        let counted: Vec<_> = rows.iter().filter(|row| row.standing != Standing::Excluded).collect();
        prop_assert_eq!(funnel.excluded, (rows.len() - counted.len()) as u64);
        prop_assert_eq!(funnel.backdated, counted.iter().filter(|row| row.backdated).count() as u64);
        let pending: Vec<u32> = counted.iter().filter(|row| row.standing == Standing::Pending).map(|row| row.subject).collect();
        prop_assert_eq!(&funnel.pending, &pending);
        for (index, step) in funnel.steps.iter().enumerate() {
            let reached: Vec<_> = counted.iter().filter(|row| row.reached_at[index].is_some()).collect();
            prop_assert_eq!(step.entered, reached.len() as u64);
            prop_assert_eq!(step.matured, reached.iter().filter(|row| row.standing == Standing::Matured).count() as u64);
            prop_assert_eq!(step.visits, counted.iter().map(|row| u64::from(row.visits[index])).sum::<u64>());
            prop_assert_eq!(step.of_first.naive, share(step.entered, funnel.steps[0].entered));
            prop_assert_eq!(step.of_first.matured, share(step.matured, funnel.steps[0].matured));
        }
    }

    #[test]
    fn entries_and_stock_are_the_sums_of_their_rows(events in events(), question in question()) {
        let (facts, steps, weeks) = (columns(&events), question.steps(), Buckets::new(&weeks()).unwrap());
        let mut counted = vec![vec![(0, 0); steps.len()]; weeks.len()];
        entry_rows(&facts, &steps, question.as_of(), &weeks, None, |row| {
            let cell = &mut counted[row.bucket][usize::from(row.step)];
            *cell = (cell.0 + 1, cell.1 + u64::from(row.visits));
        }).unwrap();
        for (answer, counted) in entries(&facts, &steps, question.as_of(), &weeks, None).unwrap().iter().zip(counted) {
            prop_assert_eq!(answer.whole.steps.iter().map(|step| (step.entered, step.visits)).collect::<Vec<_>>(), counted);
        }
        let mut standing = vec![Vec::new(); weeks.len()];
        stock_rows(&facts, &steps, question.as_of(), &weeks, None, |row| {
            row.buckets.for_each(|bucket| standing[bucket].push((row.place, row.subject)));
        }).unwrap();
        for (answer, standing) in stock(&facts, &steps, question.as_of(), &weeks, None).unwrap().iter().zip(standing) {
            let count = |place| standing.iter().filter(|row| row.0 == place).count() as u64;
            let counted: Vec<u64> = (0..steps.count()).map(|step| count(Place::Step(step))).collect();
            prop_assert_eq!((&answer.whole.steps, answer.whole.below, answer.whole.side), (&counted, count(Place::Below), count(Place::Side)));
            let distinct: std::collections::BTreeSet<u32> = standing.iter().map(|row| row.1).collect();
            prop_assert_eq!(distinct.len(), standing.len());
        }
    }

    /// Property 8.
    #[test]
    fn counts_never_rise_along_implied_steps(events in events(), question in question()) {
        let funnel = one(cohort(&columns(&events), &question.query(), &january(), None));
        for step in &funnel.steps {
            prop_assert!(step.matured <= step.entered);
        }
        for pair in funnel.steps.windows(2) {
            prop_assert!(question.order == Order::Any || pair[1].entered <= pair[0].entered);
            prop_assert!(question.order == Order::Any || pair[1].matured <= pair[0].matured);
        }
        prop_assert_eq!(funnel.steps[0].entered - funnel.steps[0].matured, funnel.pending.len() as u64);
    }

    /// Property 8: whose time is over stays so, and in the end nobody is pending.
    #[test]
    fn pending_runs_dry(events in events(), question in question()) {
        let recorded_in_time: Vec<Drawn> = events.into_iter().map(|event| Drawn { backdated: false, ..event }).collect();
        let facts = columns(&recorded_in_time);
        let mut over: Vec<u32> = Vec::new();
        for tick in (-5..=302).step_by(7) {
            let later = Question { as_of: moment(tick), ..question.clone() };
            let mut now_over = Vec::new();
            cohort_rows(&facts, &later.query(), &january(), None, |row| {
                if row.standing != Standing::Pending {
                    now_over.push(row.subject);
                }
            }).unwrap();
            prop_assert!(over.iter().all(|subject| now_over.contains(subject)));
            over = now_over;
        }
        // January's last tick is the 61st, and four windows have at most 59 each.
        let last = Question { as_of: moment(62 + 4 * 60), ..question };
        prop_assert_eq!(one(cohort(&facts, &last.query(), &january(), None)).pending, Vec::<u32>::new());
    }

    /// Property 3.
    #[test]
    fn later_facts_change_no_earlier_answer(
        events in events(), question in question(), later in events(), touches in some_touches(), value_at in value_at(),
    ) {
        let weeks = Buckets::new(&weeks()).unwrap();
        let before = question.answers(&columns(&events), &weeks, &touches, value_at);
        let later = later.into_iter().map(|event| Drawn { at: event.at + question.as_of - moment(-11), ..event });
        let all: Vec<Drawn> = events.into_iter().chain(later).collect();
        prop_assert_eq!(before, question.answers(&columns(&all), &weeks, &touches, value_at));
    }

    /// Property 5, as far as it concerns facts.
    #[test]
    fn order_of_arrival_changes_nothing(
        (events, shuffled) in events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        prop_assert_eq!(columns(&events), columns(&shuffled));
    }

    #[test]
    fn groups_sum_to_the_whole(events in events(), question in question(), touches in some_touches(), value_at in value_at()) {
        let (facts, weeks) = (columns(&events), Buckets::new(&weeks()).unwrap());
        let (cohorts, entered, stocks) = question.answers(&facts, &weeks, &touches, value_at);
        for (split, plain) in cohorts.iter().zip(cohort(&facts, &question.query(), &weeks, None).unwrap()) {
            prop_assert_eq!(&split.whole, &plain.whole);
            prop_assert_eq!(groups_sum(split, cohort_counts), cohort_counts(&plain.whole));
            let lacking = split.groups.iter().find(|group| group.value.is_none());
            prop_assert_eq!(split.missing, lacking.map_or(0, |group| group.funnel.steps[0].entered));
        }
        for (split, plain) in entered.iter().zip(entries(&facts, &question.steps(), question.as_of(), &weeks, None).unwrap()) {
            prop_assert_eq!(&split.whole, &plain.whole);
            prop_assert_eq!(groups_sum(split, entries_counts), entries_counts(&plain.whole));
        }
        for (split, plain) in stocks.iter().zip(stock(&facts, &question.steps(), question.as_of(), &weeks, None).unwrap()) {
            prop_assert_eq!(&split.whole, &plain.whole);
            prop_assert_eq!(groups_sum(split, stock_counts), stock_counts(&plain.whole));
        }
    }

    #[test]
    fn trend_is_what_separate_questions_give(
        events in events(), question in question(), touches in some_touches(), value_at in value_at(),
    ) {
        let (facts, weeks) = (columns(&events), weeks());
        let (mut cohorts, mut entered, mut stocks) = (Vec::new(), Vec::new(), Vec::new());
        for week in &weeks {
            let (cohort, entries, stock) = question.answers(&facts, &Buckets::from(*week), &touches, value_at);
            cohorts.extend(cohort);
            entered.extend(entries);
            stocks.extend(stock);
        }
        prop_assert_eq!(weeks.len(), 7);
        prop_assert_eq!((cohorts, entered, stocks), question.answers(&facts, &Buckets::new(&weeks).unwrap(), &touches, value_at));
    }
}
