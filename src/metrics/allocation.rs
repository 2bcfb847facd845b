//! How rules divide shared cost that follows what the resources have: their people, or their credit.
//!
//! What a resource has is counted for whole calendar months, so that the cost of a month is divided the same way in every
//! question that reaches into it. Such a rule cuts its days where months begin; where nobody has anything, a third falls on
//! each.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};

use super::accrual::{Allocation, AllocationRules, DaySpan, layer};
use super::by_resource::ByResource;
use super::period::month_of;
use super::shares::Shares;

/// How a rule says shared cost is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// A third each.
    Equal,
    /// By fixed shares.
    Fixed(Shares),
    /// By how many people work for each resource when the first day of the month ends.
    Headcount,
    /// By what each resource is credited of the closes that were won in the month.
    Credit,
}

/// What the resources have in a calendar month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MonthWeights {
    /// How many people work for each.
    pub headcount: ByResource<u64>,
    /// Basis points of closes credited to each.
    pub credit: ByResource<u64>,
}

/// Rules, of which the one made last holds on each day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Methods(Vec<(DaySpan, Method)>);

/// How shared cost is divided on each day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// By weights.
    pub rules: AllocationRules,
    /// Days of one month each, on which a third falls on each resource because none has what the rule goes by.
    pub wanting: Vec<DaySpan>,
}

impl Methods {
    /// Takes rules in the order in which they were made.
    #[must_use]
    pub fn layered(made: impl IntoIterator<Item = (DaySpan, Method)>) -> Self {
        Self(layer(made))
    }

    /// Whether a rule with a method holds on any of some days.
    #[must_use]
    pub fn ask_for(&self, wanted: Method, days: DaySpan) -> bool {
        self.0.iter().any(|(span, method)| *method == wanted && span.intersection(days).is_some())
    }

    /// Settles the rules by what the resources have in some calendar months, given by their first days, that follow each other
    /// without a gap. Of other months nothing is told; no question that reaches into these alone asks for it.
    #[must_use]
    pub fn settle(&self, months: &BTreeMap<NaiveDate, MonthWeights>) -> Settled {
        let mut rules = Vec::with_capacity(self.0.len());
        let mut wanting = Vec::new();
        for &(span, method) in &self.0 {
            match method {
                Method::Equal => rules.push((span, Allocation::Equal)),
                Method::Fixed(shares) => rules.push((span, Allocation::Fixed(shares))),
                Method::Headcount | Method::Credit => {
                    let mut left = vec![span];
                    for (&first, weights) in months {
                        let Some(days) = month_from(first).and_then(|month| month.intersection(span)) else { continue };
                        let weights = if method == Method::Headcount { weights.headcount } else { weights.credit };
                        let allocation = Allocation::by_weights(weights);
                        rules.push((days, allocation));
                        if allocation == Allocation::Equal {
                            wanting.push(days);
                        }
                        left = left.into_iter().flat_map(|left| left.without(days)).collect();
                    }
                    // Never merged with days without a rule, whatever months are known.
                    rules.extend(left.into_iter().map(|left| (left, Allocation::Equal)));
                }
            }
        }
        Settled { rules: AllocationRules::from_trusted(rules), wanting }
    }
}

/// The first days of the calendar months that some days reach into.
pub fn months_of(days: DaySpan) -> impl Iterator<Item = NaiveDate> {
    let next = |month: &NaiveDate| month.checked_add_months(Months::new(1));
    std::iter::successors(Some(month_of(days.first())), next).take_while(move |month| *month <= days.last())
}

/// The days of the month that begins with a day.
fn month_from(first: NaiveDate) -> Option<DaySpan> {
    DaySpan::from_half_open(first, first.checked_add_months(Months::new(1))?).ok()
}

#[cfg(test)]
mod tests {
    use entity::kinds::{CostOwner, Resource};
    use proptest::prelude::*;

    use super::super::accrual::burdens;
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn span(first: &str, last: &str) -> DaySpan {
        DaySpan::new(date(first), date(last)).unwrap()
    }

    fn heads(sales: u64, marketing: u64, product: u64) -> MonthWeights {
        MonthWeights { headcount: ByResource { sales, marketing, product }, credit: ByResource::default() }
    }

    /// What falls on each resource on some days.
    fn borne(settled: &Settled, amount_minor: i64, entry: DaySpan, days: DaySpan) -> [i64; 3] {
        let mut sums = ByResource::<i64>::default();
        for burden in burdens(CostOwner::Shared, amount_minor, entry, &settled.rules) {
            *sums.get_mut(burden.resource) += burden.accrual.within(days);
        }
        sums.into_array()
    }

    #[test]
    fn each_month_is_divided_by_its_own_heads() {
        let ever = DaySpan::new(date("2026-01-01"), NaiveDate::MAX).unwrap();
        let methods = Methods::layered([(ever, Method::Headcount)]);
        let months = [("2026-01-01", heads(0, 0, 0)), ("2026-02-01", heads(2, 1, 0)), ("2026-03-01", heads(1, 1, 1))];
        let settled = methods.settle(&months.map(|(month, weights)| (date(month), weights)).into());
        let quarter = span("2026-01-01", "2026-03-31");
        let of = |first: &str, last: &str| borne(&settled, 90_000, quarter, span(first, last));
        assert_eq!(of("2026-01-01", "2026-01-31"), [10_334, 10_333, 10_333]);
        assert_eq!(of("2026-02-01", "2026-02-28"), [18_667, 9_333, 0]);
        assert_eq!(of("2026-03-01", "2026-03-31"), [10_334, 10_333, 10_333]);
        assert_eq!(of("2026-01-01", "2026-03-31"), [39_335, 29_999, 20_666]);
        assert_eq!(settled.wanting, [span("2026-01-01", "2026-01-31")]);
        let february: Vec<Resource> =
            burdens(CostOwner::Shared, 5, span("2026-02-01", "2026-02-28"), &settled.rules).map(|burden| burden.resource).collect();
        assert_eq!(february, [Resource::Sales, Resource::Marketing], "who has nobody bears nothing");
    }

    #[test]
    fn the_rule_made_last_holds_and_asks_for_what_it_goes_by() {
        let ever = DaySpan::new(date("2026-01-01"), NaiveDate::MAX).unwrap();
        let methods = Methods::layered([(ever, Method::Headcount), (span("2026-02-10", "2026-03-10"), Method::Credit)]);
        for (first, last, by_heads, by_credit) in [
            ("2025-12-01", "2025-12-31", false, false),
            ("2026-02-01", "2026-02-09", true, false),
            ("2026-02-10", "2026-03-10", false, true),
            ("2026-03-10", "2026-03-11", true, true),
        ] {
            let days = span(first, last);
            assert_eq!((methods.ask_for(Method::Headcount, days), methods.ask_for(Method::Credit, days)), (by_heads, by_credit), "{first}");
        }
        let weights = MonthWeights { credit: ByResource { sales: 0, marketing: 0, product: 15_000 }, ..heads(1, 0, 0) };
        let settled = methods.settle(&[(date("2026-02-01"), weights)].into());
        let february = span("2026-02-01", "2026-02-28");
        assert_eq!(borne(&settled, 2_800, february, february), [900, 0, 1_900]);
        assert_eq!(settled.wanting, []);
    }

    #[test]
    fn months_are_those_days_reach_into() {
        let months: Vec<NaiveDate> = months_of(span("2025-12-31", "2026-02-01")).collect();
        assert_eq!(months, ["2025-12-01", "2026-01-01", "2026-02-01"].map(date));
    }

    fn day(number: u64) -> NaiveDate {
        date("2026-01-01") + chrono::Days::new(number)
    }

    fn method() -> impl Strategy<Value = Method> {
        let fixed = (0..=10_000_i64, 0..=10_000_i64).prop_map(|(sales, marketing)| {
            let marketing = marketing.min(10_000 - sales);
            Method::Fixed(Shares::new(ByResource { sales, marketing, product: 10_000 - sales - marketing }).unwrap())
        });
        prop_oneof![Just(Method::Equal), fixed, Just(Method::Headcount), Just(Method::Credit)]
    }

    fn weights() -> impl Strategy<Value = ByResource<u64>> {
        prop::array::uniform3(0..4_u64).prop_map(ByResource::from_array)
    }

    proptest! {
        #[test]
        fn a_month_costs_the_same_whatever_else_is_asked(
            amount_minor in -100_000..100_000_i64, first in 0..150_u64, length in 1..200_u64,
            rules in prop::collection::vec((0..300_u64, 1..200_u64, method()), 0..6),
            has in prop::collection::vec((weights(), weights()), 13),
        ) {
            let made = rules.into_iter().map(|(first, length, method)| (DaySpan::new(day(first), day(first + length - 1)).unwrap(), method));
            let methods = Methods::layered(made);
            let year = DaySpan::new(day(0), day(390)).unwrap();
            let months: BTreeMap<NaiveDate, MonthWeights> =
                months_of(year).zip(has).map(|(month, (headcount, credit))| (month, MonthWeights { headcount, credit })).collect();
            let whole = methods.settle(&months);
            let entry = DaySpan::new(day(first), day(first + length - 1)).unwrap();
            let mut sums = [0; 3];
            for (&month, &weights) in &months {
                let days = month_from(month).unwrap();
                let alone = methods.settle(&[(month, weights)].into());
                let part = borne(&alone, amount_minor, entry, days);
                prop_assert_eq!(part, borne(&whole, amount_minor, entry, days), "{}", month);
                for (sum, part) in sums.iter_mut().zip(part) {
                    *sum += part;
                }
                prop_assert!(alone.wanting.iter().all(|days| whole.wanting.contains(days)));
            }
            prop_assert_eq!(sums.iter().sum::<i64>(), amount_minor);
            prop_assert_eq!(sums, borne(&whole, amount_minor, entry, entry));
        }
    }
}
