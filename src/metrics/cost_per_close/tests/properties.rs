//! Properties 1, 2 and 7 of the metric definitions and the additivity of periods, on random facts.

use std::collections::BTreeMap;

use entity::kinds::CostOwner;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::metrics::accrual::{Allocation, AllocationRules};
use crate::metrics::ledger::{Transfer, transfer};
use crate::metrics::split::{split, split_by_resource};

const DAY_MICROS: i64 = 86_400_000_000;

/// Facts live on the 180 days from here.
const DAYS: u64 = 180;

const ZONES: [Tz; 5] =
    [Tz::UTC, chrono_tz::America::New_York, chrono_tz::Europe::Lisbon, chrono_tz::Pacific::Auckland, chrono_tz::Asia::Kathmandu];

fn day(number: u64) -> NaiveDate {
    date("2026-01-01") + chrono::Days::new(number)
}

/// Random facts, kept as given, so that a test can add them up in its own way.
#[derive(Clone, Debug)]
struct Given {
    closes: Vec<(CloseFact, Vec<TouchFact>)>,
    costs: Vec<CostFact>,
    rules: Vec<(DaySpan, Allocation)>,
}

impl Given {
    fn facts(&self) -> Facts {
        let mut facts = Facts::new(AllocationRules::new(self.rules.clone()).unwrap());
        for (close, touches) in &self.closes {
            facts.push_close(*close, touches).unwrap();
        }
        for cost in &self.costs {
            facts.push_cost(*cost).unwrap();
        }
        facts
    }
}

prop_compose! {
    fn shares()(opening in 0..3_usize, moves in vec((0..3_usize, 0..3_usize, 1..6000_i64), 0..4)) -> Shares {
        let now = Timestamp::EPOCH;
        let mut postings = vec![Posting { effective_at: now, recorded_at: now, resource: Resource::ALL[opening], delta_bp: 10_000 }];
        for (from, to, bp) in moves {
            let order = Transfer { from: Resource::ALL[from], to: Resource::ALL[to], bp, effective_at: now, recorded_at: now };
            if let Ok(pair) = transfer(&postings, order) {
                postings.extend(pair);
            }
        }
        balances(&postings, now).unwrap().unwrap()
    }
}

prop_compose! {
    fn codes()(tactic in prop::option::of(0..4_u32), team in prop::option::of(0..3_u32), channel in prop::option::of(0..5_u32)) -> Codes {
        Codes { tactic, team, channel }
    }
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (0..180 * DAY_MICROS).prop_map(|micros| at("2026-01-01T00:00:00Z").saturating_add_micros(micros))
}

prop_compose! {
    fn one_close()(
        closed_at in moment(), amount_minor in 0..100_000_i64, refund in prop::option::weighted(0.4, 0..120_000_i64), voided in prop::bool::weighted(0.1),
        priced in prop::bool::weighted(0.8), shares in shares(), known_at in prop::option::of(moment()), opportunity_created_at in prop::option::of(moment()),
        mut touches in vec((moment(), 0..3_usize, codes()), 0..6),
    ) -> (CloseFact, Vec<TouchFact>) {
        let refunded_minor = refund.unwrap_or_default().min(amount_minor);
        touches.sort_by_key(|&(at, ..)| at);
        let touches = touches.into_iter().map(|(at, resource, codes)| TouchFact { at, resource: Resource::ALL[resource], codes });
        let milestones = Milestones { known_at, opportunity_created_at };
        let given_back = voided || (refunded_minor > 0 && refunded_minor >= amount_minor);
        let net_minor = (!given_back).then_some(amount_minor - refunded_minor);
        let monthly_minor = if amount_minor % 3 == 0 { 0 } else { amount_minor / 12 };
        let close = CloseFact {
            closed_at,
            counts_at: closed_at,
            gross_minor: amount_minor,
            net_minor,
            monthly_minor,
            priced,
            shares,
            milestones,
        };
        (close, touches.collect())
    }
}

prop_compose! {
    fn one_cost()(owner in 0..4_usize, first in 0..DAYS, length in 1..90_u64, amount_minor in -5000..100_000_i64, priced in prop::bool::weighted(0.8), codes in codes()) -> CostFact {
        let days = DaySpan::new(day(first), day(first + length - 1)).unwrap();
        CostFact { owner: CostOwner::ALL[owner], days, amount_minor, priced, codes }
    }
}

/// By any method: what goes by heads or credit comes to weights.
fn allocation() -> impl Strategy<Value = Allocation> {
    let weights = prop::array::uniform3(0..5_u64).prop_map(|weights| Allocation::by_weights(ByResource::from_array(weights)));
    prop_oneof![shares().prop_map(Allocation::Fixed), weights]
}

prop_compose! {
    fn given()(mut closes in vec(one_close(), 0..12), costs in vec(one_cost(), 0..10), rules in prop::collection::btree_map(0..DAYS, allocation(), 0..4)) -> Given {
        closes.sort_by_key(|(close, _)| close.closed_at);
        let starts: Vec<u64> = rules.keys().copied().chain([DAYS]).collect();
        let rules = rules.into_values().zip(starts.windows(2));
        let rules = rules.map(|(allocation, bounds)| (DaySpan::new(day(bounds[0]), day(bounds[1] - 1)).unwrap(), allocation)).collect();
        Given { closes, costs, rules }
    }
}

fn dimensions(months: &[Interval]) -> [Dimension<'_>; 5] {
    let codes = [CodeDimension::Tactic, CodeDimension::Team, CodeDimension::Channel].map(Dimension::Code);
    let [tactic, team, channel] = codes;
    [Dimension::Resource, Dimension::Month(months), tactic, team, channel]
}

/// Closes, value and unpriced closes won in a period, added up by brute force.
fn expected_closes(given: &Given, interval: &Interval, basis: Basis) -> (i64, i64, usize) {
    let won =
        given.closes.iter().map(|(close, _)| close).filter(|close| interval.start <= close.closed_at && close.closed_at < interval.end);
    let counted: Vec<_> = won.filter(|close| basis == Basis::Gross || close.net_minor.is_some()).collect();
    let worth = |close: &&&CloseFact| if basis == Basis::Net { close.net_minor.unwrap() } else { close.gross_minor };
    let priced = counted.iter().filter(|close| close.priced);
    (counted.len() as i64, priced.clone().map(|close| worth(&close)).sum(), counted.len() - priced.count())
}

/// Cost by resource in a period, one day at a time.
fn expected_costs(given: &Given, interval: &Interval) -> [i64; 3] {
    let mut sums = ByResource::<i64>::default();
    let inside = |day: NaiveDate| interval.days.first() <= day && day <= interval.days.last();
    for cost in given.costs.iter().filter(|cost| cost.priced) {
        let days: Vec<NaiveDate> = cost.days.first().iter_days().take_while(|&day| day <= cost.days.last()).collect();
        let daily = split(cost.amount_minor, &vec![1; days.len()]).unwrap();
        let rule_on = |day: NaiveDate| given.rules.iter().position(|(span, _)| span.first() <= day && day <= span.last());
        let by_day: Vec<_> = days.into_iter().zip(daily).collect();
        let runs = by_day.chunk_by(|(one, _), (next, _)| cost.owner != CostOwner::Shared || rule_on(*one) == rule_on(*next));
        for run in runs {
            let amount = run.iter().map(|(_, amount)| amount).sum();
            let weights = match (cost.owner.resource(), rule_on(run[0].0).map(|rule| given.rules[rule].1)) {
                (Some(owner), _) => Shares::whole(owner).weights(),
                (None, Some(Allocation::Fixed(shares))) => shares.weights(),
                (None, Some(Allocation::Weighted(weights))) => weights,
                (None, Some(Allocation::Equal) | None) => ByResource { sales: 1, marketing: 1, product: 1 },
            };
            for (resource, part) in split_by_resource(amount, weights).unwrap().into_pairs() {
                let parts = split(part, &vec![1; run.len()]).unwrap();
                *sums.get_mut(resource) += run.iter().zip(parts).filter(|((day, _), _)| inside(*day)).map(|(_, part)| part).sum::<i64>();
            }
        }
    }
    sums.into_array()
}

/// Credit, value and cost by line, lines without anything left out.
fn by_line<'a>(reports: impl IntoIterator<Item = &'a Report>) -> BTreeMap<LineKey, [i64; 3]> {
    let mut sums = BTreeMap::<_, [i64; 3]>::new();
    for line in reports.into_iter().flat_map(|report| &report.lines) {
        let sum = sums.entry(line.key).or_default();
        *sum = [sum[0] + line.credit_bp, sum[1] + line.value_minor, sum[2] + line.cost_minor];
    }
    sums.retain(|_, sum| *sum != [0; 3]);
    sums
}

proptest! {
    /// Property 1.
    #[test]
    fn every_dimension_conserves_closes_value_and_cost(
        given in given(), zone in prop::sample::select(&ZONES[..]), from in 0..170_u64, length in 1..200_u64, gross: bool, kept in vec(any::<bool>(), 12),
    ) {
        let mut given = given;
        let mut keep = kept.iter().copied();
        given.closes.retain(|_| keep.next().unwrap());
        let basis = if gross { Basis::Gross } else { Basis::Net };
        let facts = given.facts();
        let asked = interval(day(from), day(from + length), zone);
        let year = months(date("2025-12-01"), 16, zone);
        let (closes, value, unpriced) = expected_closes(&given, &asked, basis);
        let costs = expected_costs(&given, &asked);
        for dimension in dimensions(&year) {
            let report = answer(&facts, &question(dimension, basis), &asked).unwrap();
            prop_assert!(report.conserved);
            prop_assert_eq!((report.closes, report.value_minor, report.unpriced_closes.len()), (closes, value, unpriced));
            prop_assert_eq!(report.cost_minor, costs.iter().sum::<i64>());
            let total = |of: fn(&Line) -> i64| report.lines.iter().map(of).sum::<i64>();
            prop_assert_eq!(total(|line| line.credit_bp), closes * 10_000);
            prop_assert_eq!(total(|line| line.value_minor), value);
            prop_assert_eq!(total(|line| line.cost_minor), report.cost_minor);
            if dimension == Dimension::Resource {
                prop_assert_eq!(report.lines.iter().map(|line| line.cost_minor).collect::<Vec<_>>(), costs);
            }
        }
    }

    /// Property 2.
    #[test]
    fn rows_sum_to_their_lines_and_making_them_changes_nothing(given in given(), zone in prop::sample::select(&ZONES[..]), from in 0..170_u64, length in 1..200_u64) {
        let facts = given.facts();
        let asked = interval(day(from), day(from + length), zone);
        let year = months(date("2025-12-01"), 16, zone);
        let touches: Vec<_> = given.closes.iter().enumerate().flat_map(|(close, (_, touches))| touches.iter().map(move |touch| (close, touch))).collect();
        for dimension in dimensions(&year) {
            let question = question(dimension, Basis::Net);
            let mut rows = Rows::default();
            let report = answer_with_rows(&facts, &question, &asked, &mut rows).unwrap();
            prop_assert_eq!(&report, &answer(&facts, &question, &asked).unwrap());
            let mut sums = BTreeMap::<LineKey, [i64; 3]>::new();
            for row in &rows.credit {
                let sum = sums.entry(row.line).or_default();
                *sum = [sum[0] + row.bp, sum[1] + row.value_minor, sum[2]];
                if let Some((close, touch)) = row.touch.map(|touch| touches[touch]) {
                    let (fact, _) = given.closes[close];
                    prop_assert_eq!((row.close, row.resource), (close, touch.resource));
                    prop_assert!(question.evidence.lookback.reaches(touch.at, fact.closed_at));
                }
            }
            for row in &rows.cost {
                sums.entry(row.line).or_default()[2] += row.amount_minor;
                prop_assert!(given.costs[row.cost].priced);
            }
            sums.retain(|_, sum| *sum != [0; 3]);
            prop_assert_eq!(sums, by_line([&report]));
            // What each resource got of each close is what it holds.
            for (close, (fact, _)) in given.closes.iter().enumerate().filter(|(close, _)| rows.credit.iter().any(|row| row.close == *close)) {
                for (resource, bp) in fact.shares.by_resource().into_pairs() {
                    let got: i64 = rows.credit.iter().filter(|row| row.close == close && row.resource == resource).map(|row| row.bp).sum();
                    prop_assert_eq!(got, bp);
                }
            }
        }
    }

    #[test]
    fn any_partition_of_a_period_adds_up_to_it_and_a_trend_is_its_answers(
        given in given(), zone in prop::sample::select(&ZONES[..]), cuts in prop::collection::btree_set(1..270_u64, 0..8), gross: bool,
    ) {
        let facts = given.facts();
        let bounds: Vec<u64> = [0].into_iter().chain(cuts).chain([270]).collect();
        let parts: Vec<_> = bounds.windows(2).map(|pair| interval(day(pair[0]), day(pair[1]), zone)).collect();
        let whole = interval(day(0), day(270), zone);
        let year = months(date("2025-12-01"), 16, zone);
        for dimension in dimensions(&year) {
            let question = question(dimension, if gross { Basis::Gross } else { Basis::Net });
            let trend = trend(&facts, &question, &parts).unwrap();
            let apart: Vec<_> = parts.iter().map(|part| answer(&facts, &question, part).unwrap()).collect();
            prop_assert_eq!(&trend, &apart);
            let report = answer(&facts, &question, &whole).unwrap();
            prop_assert_eq!(by_line(&trend), by_line([&report]));
            let sum = |of: fn(&Report) -> i64| trend.iter().map(of).sum::<i64>();
            prop_assert_eq!((sum(|part| part.closes), sum(|part| part.value_minor), sum(|part| part.cost_minor)), (report.closes, report.value_minor, report.cost_minor));
        }
    }

    /// Property 7.
    #[test]
    fn a_touch_out_of_reach_changes_no_answer(given in given(), early in 90..400_i64, late in 1..100_i64, codes in codes(), resource in 0..3_usize) {
        let mut extended = given.clone();
        for (close, touches) in &mut extended.closes {
            let mut add = |at| touches.push(TouchFact { at, resource: Resource::ALL[resource], codes });
            add(close.closed_at.saturating_add_micros(-early * DAY_MICROS));
            add(close.closed_at.saturating_add_micros(late));
            touches.sort_by_key(|touch| touch.at);
        }
        let asked = interval(day(0), day(200), Tz::UTC);
        for dimension in dimensions(&months(date("2026-01-01"), 12, Tz::UTC)) {
            let question = question(dimension, Basis::Net);
            prop_assert_eq!(answer(&extended.facts(), &question, &asked), answer(&given.facts(), &question, &asked));
        }
    }

    #[test]
    fn p11_both_refund_periods_come_to_the_same_over_all_time(
        mut given in given(), moved in vec(vec((moment(), prop::option::weighted(0.8, 0..100_000_i64)), 0..4), 12), cuts in 1..6_u32,
    ) {
        let mut changes = Vec::new();
        for (position, ((close, _), moved)) in given.closes.iter_mut().zip(&moved).enumerate() {
            let mut before_minor = Some(close.gross_minor);
            for &(at, after_minor) in moved {
                changes.push(ChangeFact { close: position, at, before_minor, after_minor });
                before_minor = after_minor;
            }
            close.net_minor = before_minor;
        }
        changes.sort_by_key(|change| change.at);
        let mut facts = given.facts();
        for change in changes {
            facts.push_change(change).unwrap();
        }
        let ever = months(date("2026-01-01"), 6, Tz::UTC);
        let whole = interval(date("2026-01-01"), date("2026-07-01"), Tz::UTC);
        for dimension in dimensions(&ever).into_iter().filter(|dimension| !matches!(dimension, Dimension::Month(_))) {
            let original = question(dimension, Basis::Net);
            let event = Question { refunds: Refunds::EventPeriod, ..original };
            let [one, other] = [original, event].map(|asked| answer(&facts, &asked, &whole).unwrap());
            prop_assert!(one.conserved && other.conserved);
            prop_assert_eq!((one.closes, one.value_minor), (other.closes, other.value_minor));
            let credit = |report: &Report| -> Vec<_> {
                let lines = report.lines.iter().map(|line| (line.key, line.credit_bp, line.value_minor));
                lines.filter(|(_, bp, value)| (*bp, *value) != (0, 0)).collect()
            };
            prop_assert_eq!(credit(&one), credit(&other));
            // Parts of the time come to the whole.
            let part = interval(date("2026-01-01"), date("2026-01-01") + Months::new(cuts), Tz::UTC);
            let rest = interval(date("2026-01-01") + Months::new(cuts), date("2026-08-01"), Tz::UTC);
            let parts = [part, rest].map(|interval| answer(&facts, &event, &interval).unwrap());
            prop_assert!(parts.iter().all(|report| report.conserved));
            prop_assert_eq!(parts.iter().map(|report| report.closes).sum::<i64>(), other.closes);
            prop_assert_eq!(parts.iter().map(|report| report.value_minor).sum::<i64>(), other.value_minor);
        }
    }
}
