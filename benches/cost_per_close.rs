//! Cost per close on 100 000 closes with 600 000 touches and 10 000 cost entries, over eighteen months.
//!
//! `cargo bench --bench cost_per_close`. By resource it must stay under 30 ms on one core.

use std::hint::black_box;

use chrono::{Days, Months, NaiveDate, NaiveTime};
use criterion::Criterion;
use entity::kinds::{CostOwner, Resource};
use entity::money::CurrencyCode;
use entity::time::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tandem::metrics::accrual::{Allocation, AllocationRules, DaySpan};
use tandem::metrics::by_resource::ByResource;
use tandem::metrics::cost_per_close::{
    Basis, CloseFact, CodeDimension, Codes, CostFact, Dimension, Facts, Interval, Question, Refunds, Rows, TouchFact, answer,
    answer_with_rows, trend,
};
use tandem::metrics::evidence::{Lookback, Milestones, Model, Spread};
use tandem::metrics::shares::Shares;

const CLOSES: usize = 100_000;
const COSTS: usize = 10_000;
const MONTHS: u32 = 18;
const DAYS: u64 = 546;
const DAY_MICROS: i64 = 86_400_000_000;

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default() + Days::new(number)
}

fn start_of(day: NaiveDate) -> Timestamp {
    day.and_time(NaiveTime::MIN).and_utc().into()
}

/// The period `[from, to)` in UTC.
fn interval(from: NaiveDate, to: NaiveDate) -> Interval {
    let days = DaySpan::from_half_open(from, to).unwrap_or_else(|error| unreachable!("{error}"));
    Interval { start: start_of(from), end: start_of(to), days }
}

fn codes(random: &mut StdRng) -> Codes {
    let mut code = |end| random.random_bool(0.95).then(|| random.random_range(0..end));
    Codes { tactic: code(200), team: code(12), channel: code(19) }
}

fn shares(random: &mut StdRng) -> Shares {
    let sales = random.random_range(0..=10_000);
    let marketing = random.random_range(0..=10_000 - sales);
    Shares::new(ByResource { sales, marketing, product: 10_000 - sales - marketing }).unwrap_or_else(|error| unreachable!("{error}"))
}

fn resource(random: &mut StdRng) -> Resource {
    Resource::ALL.get(random.random_range(0..3)).copied().unwrap_or(Resource::Sales)
}

fn one_close(random: &mut StdRng, closed_at: Timestamp) -> (CloseFact, Vec<TouchFact>) {
    let before = |micros: i64| closed_at.saturating_add_micros(-micros);
    let mut ages: Vec<i64> = (0..6).map(|_| random.random_range(0..120 * DAY_MICROS)).collect();
    ages.sort_unstable_by(|one, other| other.cmp(one));
    let touches = ages.into_iter().map(|age| TouchFact { at: before(age), resource: resource(random), codes: codes(random) }).collect();
    let known_at = Some(before(random.random_range(0..90 * DAY_MICROS)));
    let opportunity_created_at = Some(before(random.random_range(0..45 * DAY_MICROS)));
    let gross_minor = random.random_range(1_000..5_000_000);
    let left_minor = gross_minor - if random.random_bool(0.03) { 1_000 } else { 0 };
    let close = CloseFact {
        closed_at,
        counts_at: closed_at,
        gross_minor,
        net_minor: (!random.random_bool(0.01)).then_some(left_minor),
        monthly_minor: left_minor / 12,
        priced: random.random_bool(0.99),
        shares: shares(random),
        milestones: Milestones { known_at, opportunity_created_at },
    };
    (close, touches)
}

fn facts() -> Facts {
    let mut random = StdRng::seed_from_u64(20_260_101);
    let rule = DaySpan::new(day(100), day(300)).map(|days| (days, Allocation::Fixed(shares(&mut random))));
    let mut facts = Facts::new(AllocationRules::new(rule.into_iter().collect()).unwrap_or_default());
    let end = i64::try_from(DAYS).unwrap_or_default() * DAY_MICROS;
    let mut moments: Vec<i64> = (0..CLOSES).map(|_| random.random_range(0..end)).collect();
    moments.sort_unstable();
    for micros in moments {
        let (close, touches) = one_close(&mut random, start_of(day(0)).saturating_add_micros(micros));
        facts.push_close(close, &touches).unwrap_or_else(|error| unreachable!("{error}"));
    }
    for _ in 0..COSTS {
        let first = random.random_range(0..DAYS);
        let owner = CostOwner::ALL.get(random.random_range(0..4)).copied().unwrap_or(CostOwner::Shared);
        let days = DaySpan::new(day(first), day(first + random.random_range(0..90))).unwrap_or_else(|error| unreachable!("{error}"));
        let cost = CostFact { owner, days, amount_minor: random.random_range(100..1_000_000), priced: true, codes: codes(&mut random) };
        facts.push_cost(cost).unwrap_or_else(|error| unreachable!("{error}"));
    }
    facts
}

fn main() {
    let facts = facts();
    let months: Vec<Interval> = (0..MONTHS).map(|month| interval(day(0) + Months::new(month), day(0) + Months::new(month + 1))).collect();
    let days: Vec<Interval> = (0..365).map(|number| interval(day(number), day(number + 1))).collect();
    let all = interval(day(0), day(0) + Months::new(MONTHS));
    let evidence = Model { lookback: Lookback::from_days(90), spread: Spread::AllOthers };
    let ask = |dimension| Question {
        dimension,
        basis: Basis::Net,
        refunds: Refunds::OriginalPeriod,
        mature_until: None,
        evidence,
        currency: CurrencyCode::USD,
    };

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("cost_per_close");
    for (name, dimension) in [
        ("resource", Dimension::Resource),
        ("month", Dimension::Month(&months)),
        ("tactic", Dimension::Code(CodeDimension::Tactic)),
        ("channel", Dimension::Code(CodeDimension::Channel)),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| answer(black_box(&facts), &ask(dimension), &all)));
    }
    group.bench_function("resource_with_rows", |bencher| {
        bencher.iter(|| answer_with_rows(black_box(&facts), &ask(Dimension::Resource), &all, &mut Rows::default()));
    });
    group.bench_function("trend_by_month", |bencher| bencher.iter(|| trend(black_box(&facts), &ask(Dimension::Resource), &months)));
    group.bench_function("trend_by_day", |bencher| bencher.iter(|| trend(black_box(&facts), &ask(Dimension::Resource), &days)));
    group.finish();
    criterion.final_summary();
}
