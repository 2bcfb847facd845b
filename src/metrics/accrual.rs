//! Costs over days: what an entry costs on any span of its days, and how shared cost is divided.
//!
//! An entry is spread evenly over its local days, in whole minor units, the earliest days getting the units left
//! over. A shared entry is first cut where the allocation rule changes; the cost of each piece is divided once between the
//! three resources, and each part spread over the days of the piece. Every total is a sum of these amounts
//! by entry, piece, resource and day, so periods that partition a longer one add up to it exactly.

use std::fmt;

use chrono::NaiveDate;
use entity::kinds::{CostOwner, Resource};

use super::by_resource::ByResource;
use super::shares::Shares;
use super::split::split_by_resource;

/// A run of local days, both ends included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DaySpan {
    first: NaiveDate,
    last: NaiveDate,
}

/// The last day lies before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDays;

impl fmt::Display for NoDays {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the last day lies before the first")
    }
}

impl std::error::Error for NoDays {}

impl DaySpan {
    /// The days from `first` to `last`, both included.
    ///
    /// # Errors
    /// [`NoDays`] if `last` lies before `first`.
    pub fn new(first: NaiveDate, last: NaiveDate) -> Result<Self, NoDays> {
        if last < first { Err(NoDays) } else { Ok(Self { first, last }) }
    }

    /// The days `[from, to)` of a period.
    ///
    /// # Errors
    /// [`NoDays`] if the period is empty.
    pub fn from_half_open(from: NaiveDate, to: NaiveDate) -> Result<Self, NoDays> {
        Self::new(from, to.pred_opt().ok_or(NoDays)?)
    }

    /// The first day.
    #[must_use]
    pub const fn first(self) -> NaiveDate {
        self.first
    }

    /// The last day.
    #[must_use]
    pub const fn last(self) -> NaiveDate {
        self.last
    }

    /// How many days; at least 1.
    #[must_use]
    pub fn days(self) -> u64 {
        self.last.signed_duration_since(self.first).num_days().unsigned_abs() + 1
    }

    /// The days of both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.first.max(other.first), self.last.min(other.last)).ok()
    }

    /// The days that are not among the other's: those before them and those after them.
    pub(super) fn without(self, other: Self) -> impl Iterator<Item = Self> {
        let before = other.first.pred_opt().and_then(|last| Self::new(self.first, self.last.min(last)).ok());
        let after = other.last.succ_opt().and_then(|first| Self::new(self.first.max(first), self.last).ok());
        before.into_iter().chain(after)
    }

    /// Whether all days of the other are among these.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }
}

/// An amount spread over days; the amount of any span of them in constant time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accrual {
    days: DaySpan,
    amount_minor: i64,
}

impl Accrual {
    /// Spreads an amount in minor units over days. A negative amount is spread as its mirror image.
    #[must_use]
    pub const fn new(amount_minor: i64, days: DaySpan) -> Self {
        Self { days, amount_minor }
    }

    /// The days it is spread over.
    #[must_use]
    pub const fn days(&self) -> DaySpan {
        self.days
    }

    /// The amount that falls on those of its days that lie in `span`, in minor units.
    #[must_use]
    pub fn within(&self, span: DaySpan) -> i64 {
        let Some(shared) = self.days.intersection(span) else { return 0 };
        if shared == self.days {
            return self.amount_minor;
        }
        let (magnitude, days) = (self.amount_minor.unsigned_abs(), self.days.days());
        // The first `longer` days bear one unit more.
        let (each, longer) = (magnitude / days, magnitude % days);
        let until = |day: u64| each * day + day.min(longer);
        let skipped = shared.first.signed_duration_since(self.days.first).num_days().unsigned_abs();
        let part = until(skipped + shared.days()) - until(skipped);
        if self.amount_minor < 0 { 0_i64.wrapping_sub_unsigned(part) } else { 0_i64.wrapping_add_unsigned(part) }
    }
}

/// How the resources divide shared cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Allocation {
    /// A third each.
    Equal,
    /// By fixed shares.
    Fixed(Shares),
    /// By what each has; not all of them nothing.
    Weighted(ByResource<u64>),
}

impl Allocation {
    /// By what each has; a third each where none has anything.
    #[must_use]
    pub fn by_weights(weights: ByResource<u64>) -> Self {
        if weights == ByResource::default() { Self::Equal } else { Self::Weighted(weights) }
    }

    pub(super) fn weights(self) -> ByResource<u64> {
        match self {
            Self::Equal => ByResource { sales: 1, marketing: 1, product: 1 },
            Self::Fixed(shares) => shares.weights(),
            Self::Weighted(weights) => weights,
        }
    }
}

/// Which allocation holds on which days; a third each on days without a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllocationRules {
    /// In order of days, none overlapping another.
    rules: Vec<(DaySpan, Allocation)>,
}

/// Two rules claim the same day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RulesOverlap {
    /// The first such day.
    pub day: NaiveDate,
}

impl fmt::Display for RulesOverlap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "two allocation rules hold on {}", self.day)
    }
}

impl std::error::Error for RulesOverlap {}

impl AllocationRules {
    /// Takes rules in any order.
    ///
    /// # Errors
    /// [`RulesOverlap`] if two hold on one day.
    pub fn new(mut rules: Vec<(DaySpan, Allocation)>) -> Result<Self, RulesOverlap> {
        rules.sort_by_key(|(days, _)| days.first);
        let pairs = rules.iter().zip(rules.iter().skip(1));
        for ((earlier, _), (later, _)) in pairs {
            if later.first <= earlier.last {
                return Err(RulesOverlap { day: later.first });
            }
        }
        Ok(Self { rules })
    }

    /// Takes rules in the order in which they were made: on each day the last one made holds.
    #[must_use]
    pub fn layered(made: impl IntoIterator<Item = (DaySpan, Allocation)>) -> Self {
        Self { rules: layer(made) }
    }

    /// Takes rules of which no two hold on one day.
    pub(super) fn from_trusted(mut rules: Vec<(DaySpan, Allocation)>) -> Self {
        rules.sort_by_key(|(days, _)| days.first);
        Self { rules }
    }

    /// Cuts days into the longest pieces on each of which one rule, or none, holds.
    pub fn pieces(&self, days: DaySpan) -> impl Iterator<Item = (DaySpan, Allocation)> {
        let mut next = Some(days.first);
        let reaching = self.rules.partition_point(|(rule, _)| rule.last < days.first);
        let mut rules = self.rules.get(reaching..).unwrap_or_default().iter().peekable();
        std::iter::from_fn(move || {
            let first = next.filter(|&first| first <= days.last)?;
            let (last, allocation) = match rules.peek() {
                Some(&&(rule, allocation)) if rule.first <= first => {
                    rules.next();
                    (rule.last.min(days.last), allocation)
                }
                Some((rule, _)) => (rule.first.pred_opt()?.min(days.last), Allocation::Equal),
                None => (days.last, Allocation::Equal),
            };
            next = last.succ_opt();
            Some((DaySpan { first, last }, allocation))
        })
    }
}

/// What holds on which days, in order of days and none overlapping another, of what is given in the order in which it was
/// said: on each day the last word holds.
pub(super) fn layer<T: Copy>(said: impl IntoIterator<Item = (DaySpan, T)>) -> Vec<(DaySpan, T)> {
    let mut held: Vec<(DaySpan, T)> = Vec::new();
    for (days, word) in said {
        let mut around = Vec::with_capacity(held.len() + 2);
        for (earlier, word) in held {
            around.extend(earlier.without(days).map(|left| (left, word)));
        }
        around.push((days, word));
        held = around;
    }
    held.sort_by_key(|(days, _)| days.first);
    held
}

/// What one cost entry lays on one resource over one piece of its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burden {
    /// Who bears it.
    pub resource: Resource,
    /// How much, over which days.
    pub accrual: Accrual,
}

/// Divides a cost entry into what each resource bears; the burdens sum to the amount.
///
/// A resource that a rule leaves out bears nothing and gets no burden, so that no cost data does not turn into a cost of zero.
pub fn burdens(owner: CostOwner, amount_minor: i64, days: DaySpan, rules: &AllocationRules) -> impl Iterator<Item = Burden> {
    let own = owner.resource().map(|resource| Burden { resource, accrual: Accrual::new(amount_minor, days) });
    let whole = Accrual::new(amount_minor, days);
    let shared = own.is_none().then(|| rules.pieces(days)).into_iter().flatten().flat_map(move |(piece, allocation)| {
        let weights = allocation.weights();
        let parts = split_by_resource(whole.within(piece), weights).unwrap_or_default();
        parts
            .into_pairs()
            .into_iter()
            .filter(move |(resource, _)| *weights.get(*resource) > 0)
            .map(move |(resource, amount_minor)| Burden { resource, accrual: Accrual::new(amount_minor, piece) })
    });
    own.into_iter().chain(shared)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::split::split;
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn span(first: &str, last: &str) -> DaySpan {
        DaySpan::new(date(first), date(last)).unwrap()
    }

    fn fixed(bp: [i64; 3]) -> Allocation {
        Allocation::Fixed(Shares::new(ByResource::from_array(bp)).unwrap())
    }

    #[test]
    fn g3_a_cost_across_two_months() {
        let days = span("2026-01-16", "2026-02-15");
        let (january, february) = (span("2026-01-01", "2026-01-31"), span("2026-02-01", "2026-02-28"));
        for (amount, in_january, in_february) in [(310_000, 160_000, 150_000), (100_001, 51_616, 48_385), (-100_001, -51_616, -48_385)] {
            let accrual = Accrual::new(amount, days);
            assert_eq!((accrual.within(january), accrual.within(february)), (in_january, in_february));
            assert_eq!(accrual.within(span("2026-03-01", "2026-03-31")), 0);
        }
    }

    #[test]
    fn an_amount_smaller_than_its_days_falls_on_the_earliest() {
        let accrual = Accrual::new(2, span("2026-01-01", "2026-01-31"));
        assert_eq!(["01", "02", "03"].map(|day| accrual.within(span(&format!("2026-01-{day}"), &format!("2026-01-{day}")))), [1, 1, 0]);
    }

    #[test]
    fn the_largest_amounts_and_longest_spans_do_not_overflow() {
        for amount in [i64::MAX, i64::MIN] {
            let ever = DaySpan::new(NaiveDate::MIN, NaiveDate::MAX).unwrap();
            let (before, after) =
                (DaySpan::new(NaiveDate::MIN, date("1999-12-31")).unwrap(), DaySpan::new(date("2000-01-01"), NaiveDate::MAX).unwrap());
            let accrual = Accrual::new(amount, ever);
            assert_eq!(accrual.within(before) + accrual.within(after), amount);
            assert_eq!(accrual.within(ever), amount);
        }
    }

    #[test]
    fn spans_are_never_empty() {
        assert_eq!(DaySpan::new(date("2026-01-02"), date("2026-01-01")), Err(NoDays));
        assert_eq!(DaySpan::from_half_open(date("2026-01-01"), date("2026-01-01")), Err(NoDays));
        assert_eq!(DaySpan::from_half_open(date("2026-01-01"), date("2026-04-01")).unwrap().days(), 90);
        assert_eq!(span("2026-01-01", "2026-01-01").days(), 1);
    }

    #[test]
    fn the_rule_made_last_holds_on_each_day() {
        let ever = DaySpan::new(date("2026-01-01"), NaiveDate::MAX).unwrap();
        let (a, b, c) = (fixed([10_000, 0, 0]), fixed([0, 10_000, 0]), fixed([0, 0, 10_000]));
        let rules = AllocationRules::layered([
            (ever, a),
            (span("2026-01-10", "2026-01-19"), b),
            (span("2026-01-15", "2026-01-24"), c),
            (span("2026-01-17", "2026-01-17"), Allocation::Equal),
        ]);
        let pieces: Vec<_> = rules.pieces(span("2025-12-31", "2026-02-03")).collect();
        assert_eq!(
            pieces,
            [
                (span("2025-12-31", "2025-12-31"), Allocation::Equal),
                (span("2026-01-01", "2026-01-09"), a),
                (span("2026-01-10", "2026-01-14"), b),
                (span("2026-01-15", "2026-01-16"), c),
                (span("2026-01-17", "2026-01-17"), Allocation::Equal),
                (span("2026-01-18", "2026-01-24"), c),
                (span("2026-01-25", "2026-02-03"), a),
            ]
        );
        assert_eq!(AllocationRules::layered([(span("2026-01-01", "2026-01-02"), a), (ever, b)]).rules, [(ever, b)]);
    }

    #[test]
    fn rules_cut_days_into_pieces_and_may_not_overlap() {
        let (tens, twenties) = (span("2026-01-10", "2026-01-19"), span("2026-01-20", "2026-01-29"));
        let rules = AllocationRules::new(vec![(twenties, fixed([0, 0, 10_000])), (tens, Allocation::Equal)]).unwrap();
        let pieces: Vec<_> = rules.pieces(span("2026-01-05", "2026-02-03")).collect();
        assert_eq!(
            pieces,
            [
                (span("2026-01-05", "2026-01-09"), Allocation::Equal),
                (tens, Allocation::Equal),
                (twenties, fixed([0, 0, 10_000])),
                (span("2026-01-30", "2026-02-03"), Allocation::Equal),
            ]
        );
        let inside = span("2026-01-21", "2026-01-22");
        assert_eq!(rules.pieces(inside).collect::<Vec<_>>(), [(inside, fixed([0, 0, 10_000]))]);
        let overlapping = AllocationRules::new(vec![(twenties, Allocation::Equal), (span("2026-01-19", "2026-01-20"), Allocation::Equal)]);
        assert_eq!(overlapping, Err(RulesOverlap { day: date("2026-01-20") }));
    }

    #[test]
    fn g1_shared_cost_is_divided_once_for_the_whole_piece() {
        let quarter = span("2026-01-01", "2026-03-31");
        let parts: Vec<_> = burdens(CostOwner::Shared, 90_000, quarter, &AllocationRules::default()).collect();
        assert_eq!(parts.iter().map(|burden| burden.accrual.within(quarter)).collect::<Vec<_>>(), [30_000; 3]);
        assert_eq!(parts.iter().map(|burden| burden.resource).collect::<Vec<_>>(), Resource::ALL);
        let own: Vec<_> = burdens(CostOwner::Marketing, 5, quarter, &AllocationRules::default()).collect();
        assert_eq!(own, [Burden { resource: Resource::Marketing, accrual: Accrual::new(5, quarter) }]);
    }

    #[test]
    fn a_resource_left_out_by_a_rule_gets_no_burden() {
        let quarter = span("2026-01-01", "2026-03-31");
        let rules = AllocationRules::new(vec![(quarter, fixed([0, 2500, 7500]))]).unwrap();
        let parts: Vec<_> =
            burdens(CostOwner::Shared, 10_000, quarter, &rules).map(|burden| (burden.resource, burden.accrual.within(quarter))).collect();
        assert_eq!(parts, [(Resource::Marketing, 2500), (Resource::Product, 7500)]);
    }

    fn day(number: u64) -> NaiveDate {
        date("2026-01-01") + chrono::Days::new(number)
    }

    proptest! {
        #[test]
        fn the_closed_form_equals_a_split_over_the_days(amount: i64, days in 1..70_u64, from in 0..80_u64, length in 1..80_u64) {
            let accrual = Accrual::new(amount, DaySpan::new(day(0), day(days - 1)).unwrap());
            let daily = split(amount, &vec![1; usize::try_from(days).unwrap()]).unwrap();
            let expected: i64 = daily.iter().enumerate().filter(|&(at, _)| (from..from + length).contains(&(at as u64))).map(|(_, amount)| amount).sum();
            prop_assert_eq!(accrual.within(DaySpan::new(day(from), day(from + length - 1)).unwrap()), expected);
        }

        #[test]
        fn burdens_sum_to_the_entry_and_to_any_partition_of_its_days(
            amount: i64, first in 0..60_u64, length in 1..120_u64, cuts in prop::collection::btree_set(0..200_u64, 0..6),
            rules in prop::collection::btree_map(0..200_u64, prop::option::of((0..=10_000_i64, 0..=10_000_i64)), 0..6),
        ) {
            let starts: Vec<u64> = rules.keys().copied().chain([200]).collect();
            let rules = rules.values().zip(starts.windows(2)).filter_map(|(rule, bounds)| {
                let (sales, marketing) = (*rule)?;
                let marketing = marketing.min(10_000 - sales);
                Some((DaySpan::new(day(bounds[0]), day(bounds[1] - 1)).unwrap(), fixed([sales, marketing, 10_000 - sales - marketing])))
            });
            let rules = AllocationRules::new(rules.collect()).unwrap();
            let days = DaySpan::new(day(first), day(first + length - 1)).unwrap();
            let parts: Vec<_> = burdens(CostOwner::Shared, amount, days, &rules).collect();
            prop_assert_eq!(parts.iter().map(|burden| i128::from(burden.accrual.within(days))).sum::<i128>(), i128::from(amount));
            let bounds: Vec<u64> = [0].into_iter().chain(cuts.into_iter().filter(|&cut| cut > 0)).chain([200]).collect();
            for burden in parts {
                let pieces = bounds.windows(2).map(|pair| burden.accrual.within(DaySpan::new(day(pair[0]), day(pair[1] - 1)).unwrap()));
                prop_assert_eq!(pieces.map(i128::from).sum::<i128>(), i128::from(burden.accrual.within(days)));
            }
        }
    }
}
