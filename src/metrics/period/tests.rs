use chrono_tz::{America, Europe, Pacific, UTC};
use proptest::prelude::*;

use super::*;

const ZONES: &[Tz] = &[
    UTC,
    America::New_York,
    America::Sao_Paulo,
    America::Havana,
    America::St_Johns,
    Europe::Lisbon,
    Pacific::Apia,
    Pacific::Kiritimati,
    chrono_tz::Asia::Beirut,
    chrono_tz::Australia::Lord_Howe,
];

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn instant(text: &str) -> Timestamp {
    Timestamp::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap())
}

fn period(from: &str, to: &str, zone: Tz) -> Period {
    Period::new(date(from), date(to), zone).unwrap()
}

fn cut(period: Period, grain: Grain, week_start: WeekStart, fiscal_year_start_month: u32) -> Vec<String> {
    let buckets = period.buckets(grain, week_start, fiscal_year_start_month).unwrap();
    buckets.iter().map(|bucket| format!("{} {}", bucket.from(), bucket.to())).collect()
}

#[test]
fn period_must_end_after_it_begins() {
    assert_eq!(Period::new(date("2026-01-02"), date("2026-01-02"), UTC), Err(PeriodError::Empty));
    assert_eq!(Period::new(date("2026-01-02"), date("2026-01-01"), UTC), Err(PeriodError::Empty));
    assert_eq!(period("2026-01-02", "2026-01-03", UTC).to(), date("2026-01-03"));
}

#[test]
fn period_holds_its_first_instant_and_not_its_last() {
    let january = period("2026-01-01", "2026-02-01", America::New_York);
    assert_eq!(january.start(), instant("2026-01-01T05:00:00Z"));
    assert_eq!(january.end(), instant("2026-02-01T05:00:00Z"));
    assert!(january.contains(january.start()));
    assert!(january.contains(january.end().saturating_add_micros(-1)));
    assert!(!january.contains(january.end()));
    assert!(!january.contains(january.start().saturating_add_micros(-1)));
}

#[test]
fn day_is_as_long_as_the_clocks_make_it() {
    for (day, next, zone, start, end) in [
        // Clocks go forward, then back.
        ("2026-03-29", "2026-03-30", Europe::Lisbon, "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"),
        ("2026-10-25", "2026-10-26", Europe::Lisbon, "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z"),
        ("2026-03-08", "2026-03-09", America::New_York, "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
        ("2026-11-01", "2026-11-02", America::New_York, "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
        // Midnight does not exist: the day begins at one o'clock.
        ("2017-10-15", "2017-10-16", America::Sao_Paulo, "2017-10-15T03:00:00Z", "2017-10-16T02:00:00Z"),
        ("2017-10-14", "2017-10-15", America::Sao_Paulo, "2017-10-14T03:00:00Z", "2017-10-15T03:00:00Z"),
        // Midnight comes twice: the day begins with the earlier one.
        ("2026-11-01", "2026-11-02", America::Havana, "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
        // The whole day was left out when the date line moved.
        ("2011-12-30", "2011-12-31", Pacific::Apia, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
    ] {
        let day = period(day, next, zone);
        assert_eq!((day.start(), day.end()), (instant(start), instant(end)), "{day:?}");
    }
}

#[test]
fn instant_belongs_to_the_day_that_contains_it() {
    for (text, zone, expected) in [
        ("2026-04-01T03:30:00Z", America::New_York, "2026-03-31"),
        ("2026-04-01T04:00:00Z", America::New_York, "2026-04-01"),
        ("2017-10-15T02:59:59Z", America::Sao_Paulo, "2017-10-14"),
        ("2017-10-15T03:00:00Z", America::Sao_Paulo, "2017-10-15"),
        // At 00:01 on the 29th the clocks went back to 23:01; those minutes stay with the 29th.
        ("2006-10-29T02:29:59Z", America::St_Johns, "2006-10-28"),
        ("2006-10-29T02:30:00Z", America::St_Johns, "2006-10-29"),
        ("2006-10-29T02:45:00Z", America::St_Johns, "2006-10-29"),
        ("2011-12-30T09:59:59Z", Pacific::Apia, "2011-12-29"),
        ("2011-12-30T10:00:00Z", Pacific::Apia, "2011-12-31"),
    ] {
        assert_eq!(local_day(instant(text), zone), date(expected), "{text} {zone}");
    }
}

#[test]
fn instants_at_the_ends_of_time_have_a_day() {
    for zone in ZONES {
        assert!(local_day(Timestamp::MIN, *zone) < date("0001-01-01"));
        assert!(local_day(Timestamp::MAX, *zone) > date("9999-12-31"));
    }
    let all = period("-262143-01-01", "+262142-12-31", Pacific::Kiritimati);
    assert!(all.start() < Timestamp::EPOCH && Timestamp::EPOCH < all.end());
    assert_eq!(all.buckets(Grain::Year, WeekStart::Monday, 1), Err(PeriodError::TooManyBuckets));
    let last = period("+262142-12-30", "+262142-12-31", UTC);
    assert_eq!(cut(last, Grain::Year, WeekStart::Monday, 1), ["+262142-12-30 +262142-12-31"]);
}

#[test]
fn month_of_a_day_is_its_first_day() {
    assert_eq!(month_of(date("2024-02-29")), date("2024-02-01"));
    assert_eq!(month_of(date("2026-12-01")), date("2026-12-01"));
}

#[test]
fn buckets_are_clipped_to_the_period() {
    let winter = period("2023-12-28", "2024-03-01", UTC);
    assert_eq!(
        cut(winter, Grain::Month, WeekStart::Monday, 1),
        ["2023-12-28 2024-01-01", "2024-01-01 2024-02-01", "2024-02-01 2024-03-01"]
    );
    assert_eq!(cut(winter, Grain::Year, WeekStart::Monday, 1), ["2023-12-28 2024-01-01", "2024-01-01 2024-03-01"]);
    assert_eq!(cut(winter, Grain::Quarter, WeekStart::Monday, 1), ["2023-12-28 2024-01-01", "2024-01-01 2024-03-01"]);
    for grain in [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year] {
        assert_eq!(cut(period("2024-02-29", "2024-03-01", UTC), grain, WeekStart::Monday, 1), ["2024-02-29 2024-03-01"]);
    }
}

#[test]
fn leap_day_is_a_day_of_its_own() {
    let days = cut(period("2024-02-28", "2024-03-02", UTC), Grain::Day, WeekStart::Monday, 1);
    assert_eq!(days, ["2024-02-28 2024-02-29", "2024-02-29 2024-03-01", "2024-03-01 2024-03-02"]);
}

#[test]
fn week_begins_where_the_organization_says() {
    // 2026-01-01 is a Thursday.
    let days = period("2026-01-01", "2026-01-13", UTC);
    assert_eq!(cut(days, Grain::Week, WeekStart::Monday, 1), ["2026-01-01 2026-01-05", "2026-01-05 2026-01-12", "2026-01-12 2026-01-13"]);
    assert_eq!(cut(days, Grain::Week, WeekStart::Sunday, 1), ["2026-01-01 2026-01-04", "2026-01-04 2026-01-11", "2026-01-11 2026-01-13"]);
    assert_eq!(cut(period("2026-01-05", "2026-01-12", UTC), Grain::Week, WeekStart::Monday, 1).len(), 1);
}

#[test]
fn quarters_and_years_follow_the_fiscal_year() {
    let year = period("2026-01-01", "2027-01-01", UTC);
    assert_eq!(
        cut(year, Grain::Quarter, WeekStart::Monday, 2),
        ["2026-01-01 2026-02-01", "2026-02-01 2026-05-01", "2026-05-01 2026-08-01", "2026-08-01 2026-11-01", "2026-11-01 2027-01-01"]
    );
    assert_eq!(cut(year, Grain::Year, WeekStart::Monday, 4), ["2026-01-01 2026-04-01", "2026-04-01 2027-01-01"]);
    assert_eq!(cut(year, Grain::Year, WeekStart::Monday, 12), ["2026-01-01 2026-12-01", "2026-12-01 2027-01-01"]);
    assert_eq!(cut(year, Grain::Month, WeekStart::Monday, 7), cut(year, Grain::Month, WeekStart::Monday, 1));
    for month in [0, 13, u32::MAX] {
        assert_eq!(year.buckets(Grain::Day, WeekStart::Monday, month), Err(PeriodError::FiscalMonth(month)));
    }
}

#[test]
fn number_of_buckets_is_limited() {
    let from = date("2024-01-01");
    let days = |count| Period::new(from, from + Days::new(count), UTC).unwrap().buckets(Grain::Day, WeekStart::Monday, 1);
    assert_eq!(days(1_000).unwrap().len(), MAX_BUCKETS);
    assert_eq!(days(1_001), Err(PeriodError::TooManyBuckets));
}

#[test]
fn errors_say_what_is_wrong() {
    assert_eq!(PeriodError::Empty.to_string(), "a period must end after it begins");
    assert_eq!(PeriodError::FiscalMonth(13).to_string(), "a fiscal year starts in month 1 to 12, not 13");
    assert_eq!(PeriodError::TooManyBuckets.to_string(), "the period has more than 1000 buckets of this grain");
}

proptest! {
    #[test]
    fn every_instant_lies_in_its_day_and_in_no_other(seconds in 0_i64..2_000_000_000, zone in proptest::sample::select(ZONES)) {
        let instant = Timestamp::from_micros(seconds * 1_000_000);
        let day = local_day(instant, zone);
        let next = day.succ_opt().unwrap();
        prop_assert!(Period::new(day, next, zone).unwrap().contains(instant));
        prop_assert!(!Period::new(day.pred_opt().unwrap(), day, zone).unwrap().contains(instant));
        prop_assert!(!Period::new(next, next.succ_opt().unwrap(), zone).unwrap().contains(instant));
    }

    #[test]
    fn buckets_tile_the_period(
        first in 0_u64..20_000, length in 1_u64..900, zone in proptest::sample::select(ZONES), fiscal in 1_u32..=12,
        week_start in proptest::sample::select(WeekStart::ALL),
        grain in proptest::sample::select(&[Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year][..]),
    ) {
        let from = date("1970-01-01") + Days::new(first);
        let whole = Period::new(from, from + Days::new(length), zone).unwrap();
        let buckets = whole.buckets(grain, week_start, fiscal).unwrap();
        prop_assert_eq!(buckets.first().map(Period::start), Some(whole.start()));
        prop_assert_eq!(buckets.last().map(Period::end), Some(whole.end()));
        for pair in buckets.windows(2) {
            prop_assert_eq!(pair[0].to(), pair[1].from());
            prop_assert_eq!(pair[0].end(), pair[1].start());
        }
    }
}

#[test]
fn the_period_before_is_as_many_months_or_days() {
    let before = |from: &str, to: &str| {
        let period = Period::new(from.parse().unwrap(), to.parse().unwrap(), Tz::UTC).unwrap().before().unwrap();
        (period.from().to_string(), period.to().to_string())
    };
    let days = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(before("2026-03-01", "2026-04-01"), days("2026-02-01", "2026-03-01"));
    assert_eq!(before("2026-01-01", "2026-04-01"), days("2025-10-01", "2026-01-01"));
    assert_eq!(before("2026-01-01", "2027-01-01"), days("2025-01-01", "2026-01-01"));
    assert_eq!(before("2026-03-02", "2026-03-09"), days("2026-02-23", "2026-03-02"));
    assert_eq!(before("2026-03-01", "2026-03-15"), days("2026-02-15", "2026-03-01"), "not whole months");
}

#[test]
fn bucket_around_a_day_is_whole() {
    for (day, grain, expected) in [
        ("2026-05-15", Grain::Day, ("2026-05-15", "2026-05-16")),
        ("2026-05-15", Grain::Week, ("2026-05-11", "2026-05-18")),
        ("2026-05-11", Grain::Week, ("2026-05-11", "2026-05-18")),
        ("2026-05-17", Grain::Week, ("2026-05-11", "2026-05-18")),
        ("2028-02-29", Grain::Month, ("2028-02-01", "2028-03-01")),
        ("2026-05-15", Grain::Quarter, ("2026-05-01", "2026-08-01")),
        ("2026-01-31", Grain::Quarter, ("2025-11-01", "2026-02-01")),
        ("2026-01-31", Grain::Year, ("2025-02-01", "2026-02-01")),
    ] {
        let bucket = bucket_around(date(day), grain, WeekStart::Monday, 2);
        assert_eq!(bucket, Ok((date(expected.0), date(expected.1))), "{grain:?} of {day}");
    }
    let sunday = bucket_around(date("2026-05-17"), Grain::Week, WeekStart::Sunday, 1);
    assert_eq!(sunday, Ok((date("2026-05-17"), date("2026-05-24"))));
    assert_eq!(bucket_around(date("2026-05-17"), Grain::Week, WeekStart::Sunday, 13), Err(PeriodError::FiscalMonth(13)));
    assert!(bucket_around(NaiveDate::MAX, Grain::Year, WeekStart::Sunday, 1).is_ok());
    assert!(bucket_around(NaiveDate::MIN, Grain::Week, WeekStart::Sunday, 1).is_ok());
}
