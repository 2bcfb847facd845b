//! Business time of 10 000 clocks over a year, the steps of 100 000 clocks, and the report on 100 000 handoffs.
//!
//! `cargo bench --bench sla`. The due time of a clock of four hours must stay under 5 µs, the report under 100 ms, on one core.

use std::hint::black_box;

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use criterion::{Criterion, Throughput};
use entity::business_hours::{DayMinute, Hours, SpecialDay, SpecialDays, WeekHours};
use entity::time::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tandem::metrics::sla::{
    BusinessTime, Calendar, ClockFact, Dimension, Facts, HandoffFact, Ladder, Pause, Pauses, Within, clock, drift, handoff, status,
    status_by, steps,
};

const CLOCKS: u32 = 10_000;
const HANDOFFS: u32 = 100_000;
const CLAUSES: u32 = 3;
const MINUTE_MICROS: i64 = 60 * 1_000_000;
const TARGET: i64 = 240 * MINUTE_MICROS;
const YEAR_MINUTES: i64 = 365 * 1_440;

fn hours(from: u16, to: u16) -> Option<Hours> {
    Hours::new(DayMinute::new(from * 60)?, DayMinute::new(to * 60)?).ok()
}

fn first_of(month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, 1).unwrap_or_default()
}

/// Nine to six in Lisbon with an hour for lunch, on five days of the week, and a holiday a month.
fn calendar() -> Calendar {
    let day: Vec<Hours> = [hours(9, 12), hours(13, 18)].into_iter().flatten().collect();
    let week = WeekHours::new(std::array::from_fn(|weekday| if weekday < 5 { day.clone() } else { Vec::new() }));
    let holidays = (1..=12).map(|month| SpecialDay { day: first_of(month), name: "Holiday".into(), hours: Vec::new() });
    let special = SpecialDays::new(holidays.collect()).unwrap_or_default();
    Calendar::new(Tz::Europe__Lisbon, week.unwrap_or_else(|error| unreachable!("{error}")), special)
}

fn starts(random: &mut StdRng, count: u32) -> Vec<Timestamp> {
    let start: Timestamp = first_of(1).and_time(NaiveTime::MIN).and_utc().into();
    (0..count).map(|_| start.saturating_add_micros(random.random_range(0..YEAR_MINUTES * MINUTE_MICROS))).collect()
}

/// Two pauses of some hours within the first days.
fn pauses(random: &mut StdRng, start: Timestamp) -> Pauses {
    let mut pause = || {
        let from = start.saturating_add_micros(random.random_range(0..2_880 * MINUTE_MICROS));
        Pause { from, to: Some(from.saturating_add_micros(random.random_range(0..300 * MINUTE_MICROS))) }
    };
    Pauses::new([pause(), pause()])
}

fn facts(random: &mut StdRng) -> Facts {
    let mut facts = Facts::new(CLAUSES);
    for number in 0..HANDOFFS {
        let state = handoff::State::ALL.get(random.random_range(0..8)).copied().unwrap_or(handoff::State::Accepted);
        let mut code = |end| random.random_bool(0.95).then(|| random.random_range(0..end));
        let (bucket, owner, team, tactic, reason) = (code(52), code(400), code(20), code(60), code(7));
        let over_delivery = random.random_bool(0.05);
        let handoff = HandoffFact { version: number % 2, state, over_delivery, bucket, owner, team, tactic, reason };
        facts.push_handoff(handoff).unwrap_or_else(|error| unreachable!("{error}"));
        for clause in 0..CLAUSES {
            let state = clock::State::ALL.get(random.random_range(0..6)).copied().unwrap_or(clock::State::Met);
            let told_late = random.random_bool(0.05);
            let clock = ClockFact { handoff: number, clause, state, told_late, owner, team };
            facts.push_clock(clock).unwrap_or_else(|error| unreachable!("{error}"));
        }
    }
    facts
}

fn due(criterion: &mut Criterion, random: &mut StdRng) {
    let starts = starts(random, CLOCKS);
    let paused: Vec<Pauses> = starts.iter().map(|start| pauses(random, *start)).collect();
    let warm = BusinessTime::new(calendar());
    let all = |time: &BusinessTime| starts.iter().filter_map(|start| time.due(*start, TARGET, &Pauses::NONE)).count();
    let mut group = criterion.benchmark_group("due");
    group.bench_function("one_cold", |bencher| {
        let start = starts.first().copied().unwrap_or(Timestamp::EPOCH);
        bencher.iter(|| BusinessTime::new(calendar()).due(black_box(start), TARGET, &Pauses::NONE));
    });
    group.throughput(Throughput::Elements(CLOCKS.into()));
    group.bench_function("year_cold", |bencher| bencher.iter(|| all(black_box(&BusinessTime::new(calendar())))));
    group.bench_function("year_warm", |bencher| bencher.iter(|| all(black_box(&warm))));
    group.bench_function("year_paused", |bencher| {
        bencher.iter(|| starts.iter().zip(&paused).filter_map(|(start, pauses)| warm.due(*start, TARGET, pauses)).count());
    });
    group.bench_function("year_same_business_day", |bencher| {
        bencher.iter(|| starts.iter().filter_map(|start| Within::Days(0).target(&warm, *start)).sum::<i64>());
    });
    group.finish();
}

fn ladder(criterion: &mut Criterion, random: &mut StdRng) {
    let starts = starts(random, HANDOFFS);
    let time = BusinessTime::new(calendar());
    let mut group = criterion.benchmark_group("ladder");
    group.throughput(Throughput::Elements(HANDOFFS.into()));
    group.bench_function("steps", |bencher| {
        let all = || starts.iter().map(|start| steps(&time, *start, TARGET, &Pauses::NONE, Ladder::default()).len()).sum::<usize>();
        bencher.iter(all);
    });
    group.finish();
}

fn report(criterion: &mut Criterion, random: &mut StdRng) {
    let (now, before) = (facts(random), facts(random));
    let mut group = criterion.benchmark_group("status");
    group.bench_function("whole", |bencher| bencher.iter(|| status(black_box(&now))));
    for (name, dimension) in [("owner", Dimension::Owner), ("reason", Dimension::RejectReason)] {
        group.bench_function(name, |bencher| bencher.iter(|| status_by(black_box(&now), dimension)));
    }
    group.bench_function("drift", |bencher| bencher.iter(|| drift(black_box(&now), Some(black_box(&before)))));
    group.finish();
}

fn main() {
    let mut random = StdRng::seed_from_u64(20_260_327);
    let mut criterion = Criterion::default().configure_from_args();
    due(&mut criterion, &mut random);
    ladder(&mut criterion, &mut random);
    report(&mut criterion, &mut random);
    criterion.final_summary();
}
