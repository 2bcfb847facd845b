use chrono::Days;
use chrono_tz::Tz;
use entity::kinds::WeekStart;
use proptest::prelude::*;

use super::{at, date};
use crate::metrics::period::PeriodError;
use crate::metrics::sla::Fraction;
use crate::metrics::sla::agreement::{Agreement, Per, Reckoning, State, Term, Version, committed, is_over_delivery};

const YEAR: Reckoning = Reckoning { week_start: WeekStart::Monday, fiscal_year_start_month: 1 };

fn version(number: u32, starts_on: &str, ends_on: &str, signed_at: &str) -> Version {
    Version {
        number,
        starts_on: date(starts_on),
        ends_on: (!ends_on.is_empty()).then(|| date(ends_on)),
        signed_at: (!signed_at.is_empty()).then(|| at(signed_at)),
    }
}

fn agreement<'a>(versions: &'a [Version], ended_on: &str) -> Agreement<'a> {
    Agreement { versions, ended_on: (!ended_on.is_empty()).then(|| date(ended_on)), zone: Tz::America__New_York }
}

fn terms(agreement: &Agreement<'_>, from: &str, to: &str, as_of: &str) -> Vec<(u32, String, String)> {
    let terms = agreement.terms(date(from), date(to), at(as_of));
    terms.into_iter().map(|Term { number, from, to }| (number, from.to_string(), to.to_string())).collect()
}

fn told(terms: &[(u32, &str, &str)]) -> Vec<(u32, String, String)> {
    terms.iter().map(|(number, from, to)| (*number, (*from).into(), (*to).into())).collect()
}

#[test]
fn a_version_counts_once_both_have_signed() {
    let versions = [version(1, "2026-04-01", "", "2026-04-10T15:00Z")];
    let agreement = agreement(&versions, "");
    let state = |now: &str| agreement.state(at(now));
    assert_eq!(state("2026-04-10T14:59Z"), State::Draft);
    assert_eq!(state("2026-04-10T15:00Z"), State::InForce);
    assert_eq!(agreement.in_force_at(at("2026-04-10T14:59Z")), None);
    assert_eq!(agreement.in_force_at(at("2026-04-10T15:00Z")), Some(&versions[0]));
    // Over days, the one on which it was signed counts as a whole, and those before do not.
    assert_eq!(terms(&agreement, "2026-04-01", "2026-05-01", "2026-06-01T00:00Z"), told(&[(1, "2026-04-10", "2026-05-01")]));
    assert_eq!(terms(&agreement, "2026-04-01", "2026-05-01", "2026-04-10T14:59Z"), []);
    let unsigned = [version(1, "2026-04-01", "", "")];
    assert_eq!(self::agreement(&unsigned, "").state(at("2026-05-01T00:00Z")), State::Draft);
    assert_eq!(self::agreement(&[], "").state(at("2026-05-01T00:00Z")), State::Draft);
}

#[test]
fn days_are_days_where_the_agreement_is() {
    let versions = [version(1, "2026-04-01", "2026-05-01", "2026-03-01T00:00Z")];
    let agreement = agreement(&versions, "");
    for (now, expected) in [
        ("2026-04-01T03:59Z", State::Signed),
        ("2026-04-01T04:00Z", State::InForce),
        ("2026-05-01T03:59Z", State::InForce),
        ("2026-05-01T04:00Z", State::Ended),
    ] {
        assert_eq!((agreement.state(at(now)), agreement.state_of(&versions[0], at(now))), (expected, expected), "{now}");
        assert_eq!(agreement.in_force_at(at(now)).is_some(), expected == State::InForce, "{now}");
    }
}

#[test]
fn the_highest_version_of_a_day_counts() {
    let versions = [
        version(3, "2026-04-20", "", ""),
        version(2, "2026-04-10", "2026-04-15", "2026-03-02T00:00Z"),
        version(1, "2026-04-01", "", "2026-03-01T00:00Z"),
    ];
    let agreement = agreement(&versions, "2026-05-11");
    let as_of = "2026-04-12T00:00Z";
    let expected = [(1, "2026-04-01", "2026-04-10"), (2, "2026-04-10", "2026-04-15"), (1, "2026-04-15", "2026-05-11")];
    assert_eq!(terms(&agreement, "2026-03-01", "2026-06-01", as_of), told(&expected), "the third is not signed");
    assert_eq!(terms(&agreement, "2026-04-12", "2026-04-13", as_of), told(&[(2, "2026-04-12", "2026-04-13")]));
    assert_eq!(terms(&agreement, "2026-04-13", "2026-04-12", as_of), []);
    let states = |now: &str| [0, 1, 2].map(|index| agreement.state_of(&versions[index], at(now)));
    assert_eq!(states("2026-04-05T12:00Z"), [State::Draft, State::Signed, State::InForce]);
    assert_eq!(states("2026-04-12T12:00Z"), [State::Draft, State::InForce, State::Superseded]);
    assert_eq!(states("2026-04-16T12:00Z"), [State::Draft, State::Ended, State::InForce]);
    assert_eq!(states("2026-05-11T12:00Z"), [State::Draft, State::Ended, State::Ended]);
    assert_eq!([agreement.state(at("2026-05-10T12:00Z")), agreement.state(at("2026-05-11T12:00Z"))], [State::InForce, State::Ended]);
}

#[test]
fn what_ended_before_it_began_never_begins() {
    let versions = [version(1, "2026-04-01", "", "2026-03-01T00:00Z")];
    let agreement = agreement(&versions, "2026-03-20");
    assert_eq!(agreement.state(at("2026-03-10T12:00Z")), State::Ended);
    assert_eq!(agreement.in_force_on(date("2026-04-02"), at("2026-05-01T00:00Z")), None);
}

fn count(quantity: u32, per: Per, from: &str, to: &str) -> String {
    committed(quantity, per, date(from), date(to), YEAR).unwrap().rounded().unwrap().to_string()
}

#[test]
fn whole_buckets_are_whole_and_parts_go_by_days() {
    for (quantity, per, from, to, expected) in [
        (100, Per::Month, "2026-04-01", "2026-05-01", "100"),
        (100, Per::Month, "2026-02-01", "2026-05-01", "300"),
        (100, Per::Month, "2026-04-10", "2026-05-01", "70"),
        (100, Per::Month, "2026-01-31", "2026-02-02", "6.7972"),
        (10, Per::Week, "2026-03-30", "2026-04-06", "10"),
        (10, Per::Week, "2026-04-01", "2026-04-02", "1.4286"),
        (90, Per::Quarter, "2026-01-01", "2026-02-01", "31"),
        (90, Per::Quarter, "2026-01-01", "2027-01-01", "360"),
        (0, Per::Week, "2026-01-01", "2027-01-01", "0"),
        (10, Per::Week, "2026-01-01", "2026-01-01", "0"),
        (10, Per::Week, "2026-01-02", "2026-01-01", "0"),
    ] {
        assert_eq!(count(quantity, per, from, to), expected, "{quantity} per {per:?} from {from} to {to}");
    }
    let fiscal = Reckoning { fiscal_year_start_month: 2, ..YEAR };
    let quarter = committed(89, Per::Quarter, date("2026-02-01"), date("2026-05-01"), fiscal);
    assert_eq!(quarter, Ok(Fraction::whole(89)));
    let none = Reckoning { fiscal_year_start_month: 0, ..YEAR };
    assert_eq!(committed(89, Per::Week, date("2026-02-01"), date("2026-05-01"), none), Err(PeriodError::FiscalMonth(0)));
}

#[test]
fn offers_beyond_the_factor_are_over_delivery() {
    let hundred = Fraction::whole(100);
    assert_eq!([119, 120, 121].map(|offered| is_over_delivery(offered, hundred, 12_000)), [false, false, true]);
    // Ten a week, of which three days were in force: 4 2/7 × 1.2 = 5.14.
    let part = committed(10, Per::Week, date("2026-03-30"), date("2026-04-02"), YEAR).unwrap();
    assert_eq!([5, 6].map(|offered| is_over_delivery(offered, part, 12_000)), [false, true]);
    assert!(is_over_delivery(1, Fraction::ZERO, 12_000));
    assert!(!is_over_delivery(0, Fraction::ZERO, 12_000));
}

#[test]
fn fractions_are_exact() {
    let thirds = Fraction::new(1, 3) + Fraction::new(2, 3);
    assert_eq!(thirds, Fraction::whole(1));
    assert_eq!(Fraction::new(2, -4), Fraction::new(-1, 2));
    assert_eq!(Fraction::new(5, 0), Fraction::ZERO);
    assert_eq!((0..30).map(|_| Fraction::new(7, 30)).sum::<Fraction>(), Fraction::whole(7));
    assert_eq!(Fraction::new(100, 3).divide(95, 4).unwrap().value.unwrap().to_string(), "2.8500");
}

proptest! {
    #[test]
    fn parts_of_a_time_add_up(
        quantity in 0..1_000_u32,
        per in prop::sample::select(&[Per::Week, Per::Month, Per::Quarter][..]),
        mut days in prop::array::uniform3(0..3_000_u64),
        fiscal_year_start_month in 1..=12_u32,
    ) {
        days.sort_unstable();
        let [from, middle, to] = days.map(|number| date("2024-01-01") + Days::new(number));
        let reckoning = Reckoning { week_start: WeekStart::Sunday, fiscal_year_start_month };
        let count = |from, to| committed(quantity, per, from, to, reckoning).unwrap();
        prop_assert_eq!(count(from, middle) + count(middle, to), count(from, to));
    }
}
