//! Speed of the funnel over columns: 1 000 000 stage events of 200 000 subjects, 12 stages of which 6 are steps.
//!
//! The target for a cohort is 60 ms on one thread, for the time in stages 100 ms. The history is drawn from a fixed seed: every run counts the same.
#![expect(clippy::expect_used, reason = "what the bench makes up is valid")]

use std::hint::black_box;

use chrono::NaiveDate;
use chrono_tz::America::New_York;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use entity::kinds::{StageKind, WeekStart};
use entity::time::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tandem::metrics::funnel::{
    Breakdown, Buckets, CatalogueStage, CohortQuery, FunnelFacts, Order, Steps, Touches, ValueAt, cohort, entries, stock,
};
use tandem::metrics::period::{Grain, Period};
use tandem::metrics::stage_time::stage_time;

const SUBJECTS: u32 = 200_000;
const EVENTS_EACH: u32 = 5;
const MAIN_STAGES: u16 = 12;
const SIDE_STAGES: u16 = 4;
const CHANNELS: u32 = 14;
const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// What is counted, and what it is broken down by.
struct History {
    facts: FunnelFacts,
    touches: Touches,
    steps: Steps,
    whole: Period,
    as_of: Timestamp,
}

/// Every subject starts within eighteen months and then moves on, mostly forwards.
fn history() -> History {
    let zone = New_York;
    let date = |year, month| NaiveDate::from_ymd_opt(year, month, 1).expect("a date");
    let whole = Period::new(date(2025, 1), date(2026, 7), zone).expect("a period");
    let mut random = StdRng::seed_from_u64(7);
    let (mut subjects, mut stages, mut times, mut backdated) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut touched, mut touched_at, mut channels) = (Vec::new(), Vec::new(), Vec::new());
    for subject in 0..SUBJECTS {
        let mut at = whole.start().saturating_add_micros(random.random_range(0..540 * DAY));
        let mut stage = random.random_range(0..3);
        for _ in 0..EVENTS_EACH {
            touched.push(subject);
            touched_at.push(at.saturating_add_micros(-HOUR));
            channels.push(random.random_range(0..CHANNELS));
            subjects.push(subject);
            stages.push(if random.random_ratio(1, 20) { MAIN_STAGES + random.random_range(0..SIDE_STAGES) } else { stage });
            times.push(at);
            backdated.push(random.random_ratio(1, 100));
            at = at.saturating_add_micros(random.random_range(HOUR..20 * DAY));
            stage = if random.random_ratio(1, 10) { stage.saturating_sub(1) } else { (stage + 1).min(MAIN_STAGES - 1) };
        }
    }
    let kinds =
        (0..MAIN_STAGES + SIDE_STAGES).map(|position| (position, if position < MAIN_STAGES { StageKind::Main } else { StageKind::Side }));
    let catalogue: Vec<CatalogueStage> = kinds.map(|(position, kind)| CatalogueStage { position, kind }).collect();
    History {
        facts: FunnelFacts::new(subjects, stages, times, backdated).expect("even columns"),
        touches: Touches::new(touched, touched_at, channels).expect("even columns"),
        steps: Steps::new(&catalogue, &[2, 3, 4, 5, 6, 7]).expect("steps"),
        whole,
        as_of: whole.end(),
    }
}

fn funnel(criterion: &mut Criterion) {
    let History { facts, touches, steps, whole, as_of } = history();
    let whole_period = Buckets::from(whole);
    let weeks = Buckets::new(&whole.buckets(Grain::Week, WeekStart::Monday, 1).expect("weeks")).expect("weeks");
    let query = |order| CohortQuery::new(steps.clone(), order, as_of).with_window(90 * DAY).expect("a window");
    let by_channel = Some(Breakdown { touches: &touches, at: ValueAt::LastStep });

    let mut group = criterion.benchmark_group("funnel of 1M events");
    group.throughput(Throughput::Elements(u64::from(SUBJECTS * EVENTS_EACH)));
    for order in [Order::ReachedOrPassed, Order::Strict, Order::Any] {
        let query = query(order);
        group.bench_function(format!("cohort, {order:?}"), |bencher| {
            bencher.iter(|| cohort(black_box(&facts), &query, &whole_period, None))
        });
    }
    let query = query(Order::ReachedOrPassed);
    group.bench_function("cohort by channel", |bencher| bencher.iter(|| cohort(black_box(&facts), &query, &whole_period, by_channel)));
    group.bench_function("cohort by week and channel", |bencher| bencher.iter(|| cohort(black_box(&facts), &query, &weeks, by_channel)));
    group.bench_function("entries", |bencher| bencher.iter(|| entries(black_box(&facts), &steps, as_of, &whole_period, None)));
    group.bench_function("entries by week", |bencher| bencher.iter(|| entries(black_box(&facts), &steps, as_of, &weeks, None)));
    group.bench_function("stock", |bencher| bencher.iter(|| stock(black_box(&facts), &steps, as_of, &whole_period, None)));
    group.bench_function("stock by week", |bencher| bencher.iter(|| stock(black_box(&facts), &steps, as_of, &weeks, None)));
    let stages = usize::from(MAIN_STAGES + SIDE_STAGES);
    group.bench_function("time in stages", |bencher| bencher.iter(|| stage_time(black_box(&facts), stages, as_of, &whole_period, None)));
    group.bench_function("time in stages by week", |bencher| bencher.iter(|| stage_time(black_box(&facts), stages, as_of, &weeks, None)));
    group.finish();
}

criterion_group!(benches, funnel);
criterion_main!(benches);
