//! Attribution of 10 000 closes with 50 touches each, and of 100 000 journeys.
//!
//! `cargo bench --bench attribution`. Each model must stay under 150 ms on one core, all that weigh touches together under three
//! times the slowest of them, and `markov` over the journeys under one second.

use std::hint::black_box;

use criterion::Criterion;
use entity::time::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tandem::metrics::attribution::{CloseFact, Facts, Game, HalfLife, Paths, Rule, TouchFact, Weights, markov, report, shapley};
use tandem::metrics::evidence::{Lookback, Milestones, Spread};

const CLOSES: usize = 10_000;
const TOUCHES: usize = 50;
const JOURNEYS: usize = 100_000;
const CHANNELS: u32 = 19;
const DAY_MICROS: i64 = 86_400_000_000;

fn facts() -> Facts {
    let mut random = StdRng::seed_from_u64(20_260_101);
    let mut moments: Vec<i64> = (0..CLOSES).map(|_| random.random_range(1_000 * DAY_MICROS..1_365 * DAY_MICROS)).collect();
    moments.sort_unstable();
    let mut facts = Facts::new(Lookback::from_days(90));
    for moment in moments {
        let closed_at = Timestamp::from_micros(moment);
        let mut before = |days: i64| closed_at.saturating_add_micros(-random.random_range(0..days * DAY_MICROS));
        let milestones = Milestones { known_at: Some(before(90)), opportunity_created_at: Some(before(45)) };
        let mut times: Vec<Timestamp> = (0..TOUCHES).map(|_| before(100)).collect();
        times.sort_unstable();
        let touches: Vec<TouchFact> = times
            .into_iter()
            .map(|at| TouchFact { at, code: random.random_bool(0.95).then(|| random.random_range(0..CHANNELS)) })
            .collect();
        let close =
            CloseFact { closed_at, value_minor: random.random_bool(0.99).then(|| random.random_range(1_000..5_000_000)), milestones };
        facts.push(close, &touches).unwrap_or_else(|error| unreachable!("{error}"));
    }
    facts
}

fn paths(values: u32) -> Paths {
    let mut random = StdRng::seed_from_u64(20_260_102);
    let mut paths = Paths::default();
    for _ in 0..JOURNEYS {
        let steps: Vec<Option<u32>> = (0..random.random_range(1..15)).map(|_| Some(random.random_range(0..values))).collect();
        paths.push(steps, random.random_bool(0.3));
    }
    paths
}

fn main() {
    let facts = facts();
    let all = facts.between(Timestamp::EPOCH, Timestamp::MAX);
    let models = [
        ("first_touch", Rule::Place(Weights::FIRST_TOUCH)),
        ("last_touch", Rule::Place(Weights::LAST_TOUCH)),
        ("linear", Rule::Place(Weights::LINEAR)),
        ("u_shaped", Rule::Place(Weights::U_SHAPED)),
        ("position", Rule::Place(Weights::POSITION)),
        ("w_shaped", Rule::Place(Weights::W_SHAPED)),
        ("w_shaped_before", Rule::Place(Weights::W_SHAPED.over(Spread::BeforeOpportunity))),
        ("full_path", Rule::Place(Weights::FULL_PATH)),
        ("time_decay", Rule::Age(HalfLife::from_days(7))),
    ];
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("attribution");
    group.bench_function("facts", |bencher| bencher.iter(self::facts));
    for (name, rule) in models {
        group.bench_function(name, |bencher| bencher.iter(|| report(black_box(&facts), all.clone(), rule)));
    }
    group.bench_function("all", |bencher| bencher.iter(|| models.map(|(_, rule)| report(black_box(&facts), all.clone(), rule))));
    let (many, few) = (paths(40), paths(12));
    group.bench_function("markov", |bencher| bencher.iter(|| markov(black_box(&many), 200)));
    group.bench_function("shapley", |bencher| bencher.iter(|| shapley(black_box(&few), Game::Rate)));
    group.finish();
    criterion.final_summary();
}
