//! When work is done: hours of a local day, those of a week, and the days on which they are others. Kept as JSON.
//!
//! Whatever is read back is checked as if it were new, so that hours are in order and never overlap wherever they are met.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, Weekday};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// Minutes of a local day.
const DAY_MINUTES: u16 = 1_440;

/// Most hours of a day: nobody takes more breaks, and a day is walked through again and again.
pub const MAX_HOURS: usize = 48;

/// Most special days of a calendar.
pub const MAX_SPECIAL_DAYS: usize = 2_000;

/// The days of a week, in the order in which hours are kept.
const WEEK: [Weekday; 7] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// What is wrong with business hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusinessHoursError {
    /// A text is not what it should be: a time of day such as `09:00`, up to `24:00`, or JSON.
    Unreadable,
    /// Hours do not end after they begin.
    Backwards(DayMinute, DayMinute),
    /// Two hours of a day overlap.
    Overlap(OfDay, Hours, Hours),
    /// A day has more than [`MAX_HOURS`].
    TooManyHours(OfDay),
    /// A day is special twice.
    DayTwice(NaiveDate),
    /// No day of the week has hours.
    NoHours,
    /// There are more than [`MAX_SPECIAL_DAYS`].
    TooMany,
}

/// The day that hours are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfDay {
    /// A day of every week.
    Week(Weekday),
    /// One day.
    Special(NaiveDate),
}

impl fmt::Display for OfDay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Week(weekday) => weekday.fmt(formatter),
            Self::Special(day) => day.fmt(formatter),
        }
    }
}

impl fmt::Display for BusinessHoursError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => formatter.write_str("no time of day such as 09:00, nor hours of any"),
            Self::Backwards(from, to) => write!(formatter, "hours from {from} to {to} do not end after they begin"),
            Self::Overlap(day, one, other) => write!(formatter, "{one} and {other} overlap on {day}"),
            Self::TooManyHours(day) => write!(formatter, "{day} has hours more than {MAX_HOURS} times"),
            Self::DayTwice(day) => write!(formatter, "{day} is named twice"),
            Self::NoHours => formatter.write_str("no day of the week has hours"),
            Self::TooMany => write!(formatter, "more than {MAX_SPECIAL_DAYS} special days"),
        }
    }
}

impl std::error::Error for BusinessHoursError {}

/// A time of day in whole minutes, up to the midnight it ends with: `09:00`, `24:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DayMinute(u16);

impl DayMinute {
    /// The midnight a day begins with.
    pub const START: Self = Self(0);
    /// The midnight a day ends with.
    pub const END: Self = Self(DAY_MINUTES);

    /// So many minutes after midnight, by the clocks on the wall; `None` past the next midnight.
    #[must_use]
    pub const fn new(minutes: u16) -> Option<Self> {
        if minutes <= DAY_MINUTES { Some(Self(minutes)) } else { None }
    }

    /// Minutes after midnight, by the clocks on the wall.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for DayMinute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for DayMinute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for DayMinute {
    type Err = BusinessHoursError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |part: &str| (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse::<u16>().ok());
        let minutes = text.split_once(':').and_then(|(hour, minute)| {
            let minute = digits(minute)??;
            (minute < 60).then_some(digits(hour)?? * 60 + minute)
        });
        minutes.and_then(Self::new).ok_or(BusinessHoursError::Unreadable)
    }
}

impl From<DayMinute> for String {
    fn from(minute: DayMinute) -> Self {
        minute.to_string()
    }
}

impl TryFrom<String> for DayMinute {
    type Error = BusinessHoursError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A span of a local day, from one minute up to, but without, another: `09:00-12:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Ends")]
pub struct Hours {
    from: DayMinute,
    to: DayMinute,
}

/// Both ends as they are read, before they are compared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ends {
    from: DayMinute,
    to: DayMinute,
}

impl TryFrom<Ends> for Hours {
    type Error = BusinessHoursError;

    fn try_from(ends: Ends) -> Result<Self, Self::Error> {
        Self::new(ends.from, ends.to)
    }
}

impl Hours {
    /// The whole day.
    pub const WHOLE_DAY: Self = Self { from: DayMinute::START, to: DayMinute::END };

    /// The hours between two times of a day.
    ///
    /// # Errors
    /// [`BusinessHoursError::Backwards`] unless they end after they begin.
    pub fn new(from: DayMinute, to: DayMinute) -> Result<Self, BusinessHoursError> {
        if from < to { Ok(Self { from, to }) } else { Err(BusinessHoursError::Backwards(from, to)) }
    }

    /// When they begin.
    #[must_use]
    pub const fn from(self) -> DayMinute {
        self.from
    }

    /// When they are over.
    #[must_use]
    pub const fn to(self) -> DayMinute {
        self.to
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.from, self.to)
    }
}

impl fmt::Debug for Hours {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Hours {
    type Err = BusinessHoursError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (from, to) = text.split_once('-').ok_or(BusinessHoursError::Unreadable)?;
        Self::new(from.parse()?, to.parse()?)
    }
}

/// Hours of one day in their order. They may touch, and never overlap.
fn in_order(day: OfDay, mut hours: Vec<Hours>) -> Result<Vec<Hours>, BusinessHoursError> {
    if hours.len() > MAX_HOURS {
        return Err(BusinessHoursError::TooManyHours(day));
    }
    hours.sort_unstable();
    for (one, next) in hours.iter().zip(hours.iter().skip(1)) {
        if next.from < one.to {
            return Err(BusinessHoursError::Overlap(day, *one, *next));
        }
    }
    Ok(hours)
}

/// The hours of every day of a week, Monday first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType, Serialize, Deserialize)]
#[sea_orm(value_type = "String")]
#[serde(try_from = "[Vec<Hours>; 7]", into = "[Vec<Hours>; 7]")]
pub struct WeekHours([Vec<Hours>; 7]);

impl WeekHours {
    /// Hours for each day, Monday first, in whatever order.
    ///
    /// # Errors
    /// [`BusinessHoursError`] where hours of a day overlap or are too many, or no day has any.
    pub fn new(week: [Vec<Hours>; 7]) -> Result<Self, BusinessHoursError> {
        let mut week = week;
        for (weekday, hours) in WEEK.into_iter().zip(&mut week) {
            *hours = in_order(OfDay::Week(weekday), std::mem::take(hours))?;
        }
        if week.iter().all(Vec::is_empty) { Err(BusinessHoursError::NoHours) } else { Ok(Self(week)) }
    }

    /// The hours of a day of the week, in order.
    #[must_use]
    pub fn of(&self, weekday: Weekday) -> &[Hours] {
        self.0.get(weekday.num_days_from_monday() as usize).map_or(&[], Vec::as_slice)
    }

    /// The hours of each day, Monday first.
    #[must_use]
    pub const fn as_array(&self) -> &[Vec<Hours>; 7] {
        &self.0
    }
}

impl From<WeekHours> for [Vec<Hours>; 7] {
    fn from(week: WeekHours) -> Self {
        week.0
    }
}

impl TryFrom<[Vec<Hours>; 7]> for WeekHours {
    type Error = BusinessHoursError;

    fn try_from(week: [Vec<Hours>; 7]) -> Result<Self, Self::Error> {
        Self::new(week)
    }
}

/// A day on which the hours of the week do not count.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialDay {
    /// Which one.
    pub day: NaiveDate,
    /// What it is called.
    pub name: String,
    /// Its hours; none on a holiday.
    pub hours: Vec<Hours>,
}

/// The special days of a calendar, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, DeriveValueType, Serialize, Deserialize)]
#[sea_orm(value_type = "String")]
#[serde(try_from = "Vec<SpecialDay>", into = "Vec<SpecialDay>")]
pub struct SpecialDays(Vec<SpecialDay>);

impl SpecialDays {
    /// Special days in whatever order.
    ///
    /// # Errors
    /// [`BusinessHoursError`] where a day is named twice, its hours overlap or are too many, or the days are.
    pub fn new(mut days: Vec<SpecialDay>) -> Result<Self, BusinessHoursError> {
        if days.len() > MAX_SPECIAL_DAYS {
            return Err(BusinessHoursError::TooMany);
        }
        days.sort_by_key(|special| special.day);
        if let Some((twice, _)) = days.iter().zip(days.iter().skip(1)).find(|(one, next)| one.day == next.day) {
            return Err(BusinessHoursError::DayTwice(twice.day));
        }
        for special in &mut days {
            special.hours = in_order(OfDay::Special(special.day), std::mem::take(&mut special.hours))?;
        }
        Ok(Self(days))
    }

    /// The days, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[SpecialDay] {
        &self.0
    }

    /// What is special about a day.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Option<&SpecialDay> {
        self.0.get(self.0.binary_search_by_key(&day, |special| special.day).ok()?)
    }
}

impl From<SpecialDays> for Vec<SpecialDay> {
    fn from(days: SpecialDays) -> Self {
        days.0
    }
}

impl TryFrom<Vec<SpecialDay>> for SpecialDays {
    type Error = BusinessHoursError;

    fn try_from(days: Vec<SpecialDay>) -> Result<Self, Self::Error> {
        Self::new(days)
    }
}

/// Writes and reads as JSON, for the column.
macro_rules! as_json {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
            }
        }

        impl FromStr for $name {
            type Err = BusinessHoursError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                serde_json::from_str(text).map_err(|_| BusinessHoursError::Unreadable)
            }
        }
    };
}

as_json!(WeekHours);
as_json!(SpecialDays);

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(text: &str) -> Hours {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn week(monday: &[&str]) -> Result<WeekHours, BusinessHoursError> {
        let mut week = [const { Vec::new() }; 7];
        week[0] = monday.iter().map(|text| hours(text)).collect();
        WeekHours::new(week)
    }

    fn special(date: &str, spans: &[&str]) -> SpecialDay {
        SpecialDay { day: day(date), name: "Day".into(), hours: spans.iter().map(|text| hours(text)).collect() }
    }

    #[test]
    fn a_time_of_day_is_read_as_it_is_written() {
        for text in ["00:00", "09:05", "23:59", "24:00"] {
            assert_eq!(text.parse::<DayMinute>().unwrap().to_string(), text);
        }
        for text in ["", "9:00", "09:60", "24:01", "25:00", "09:00:00", "+9:00", "09:+1", "0900", "٠٩:٠٠", " 09:00"] {
            assert_eq!(text.parse::<DayMinute>(), Err(BusinessHoursError::Unreadable), "{text}");
        }
        assert_eq!((DayMinute::new(1_440), DayMinute::new(1_441)), (Some(DayMinute::END), None));
        assert_eq!("24:00".parse::<DayMinute>().unwrap().minutes(), 1_440);
    }

    #[test]
    fn hours_end_after_they_begin() {
        assert_eq!(hours("00:00-24:00"), Hours::WHOLE_DAY);
        assert_eq!(hours("09:00-12:00").to_string(), "09:00-12:00");
        for text in ["12:00-09:00", "09:00-09:00"] {
            assert!(matches!(text.parse::<Hours>(), Err(BusinessHoursError::Backwards(..))), "{text}");
        }
        assert_eq!("09:00".parse::<Hours>(), Err(BusinessHoursError::Unreadable));
    }

    #[test]
    fn hours_of_a_day_come_in_order_may_touch_and_never_overlap() {
        let sorted = week(&["13:00-18:00", "09:00-12:00", "12:00-13:00"]).unwrap();
        assert_eq!(sorted.of(Weekday::Mon), ["09:00-12:00", "12:00-13:00", "13:00-18:00"].map(hours));
        assert_eq!(sorted.of(Weekday::Sun), []);
        let overlap = BusinessHoursError::Overlap(OfDay::Week(Weekday::Mon), hours("09:00-12:00"), hours("11:59-18:00"));
        assert_eq!(week(&["11:59-18:00", "09:00-12:00"]), Err(overlap));
        assert_eq!(overlap.to_string(), "09:00-12:00 and 11:59-18:00 overlap on Mon");
        assert!(matches!(week(&["09:00-12:00", "09:00-12:00"]), Err(BusinessHoursError::Overlap(..))));
        assert_eq!(week(&[]), Err(BusinessHoursError::NoHours));
        let many: Vec<String> = (0..=48).map(|minute| format!("10:{minute:02}-10:{:02}", minute + 1)).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(week(&many), Err(BusinessHoursError::TooManyHours(OfDay::Week(Weekday::Mon))));
        assert!(week(&many[1..]).is_ok());
    }

    #[test]
    fn a_day_is_special_once() {
        let days = SpecialDays::new(vec![special("2026-12-25", &[]), special("2026-04-05", &["10:00-12:00"])]).unwrap();
        assert_eq!(days.as_slice().iter().map(|special| special.day).collect::<Vec<_>>(), ["2026-04-05", "2026-12-25"].map(day));
        assert!(days.on(day("2026-12-25")).is_some_and(|special| special.hours.is_empty()));
        assert_eq!(days.on(day("2026-12-26")), None);
        let twice = SpecialDays::new(vec![special("2026-12-25", &[]), special("2026-12-25", &["10:00-12:00"])]);
        assert_eq!(twice, Err(BusinessHoursError::DayTwice(day("2026-12-25"))));
        let overlap = SpecialDays::new(vec![special("2026-12-24", &["09:00-12:00", "10:00-11:00"])]);
        assert!(matches!(overlap, Err(BusinessHoursError::Overlap(OfDay::Special(_), ..))));
        let many = |count| {
            (0..count).map(|number| SpecialDay { day: day("2020-01-01") + chrono::Days::new(number), ..special("2020-01-01", &[]) })
        };
        assert_eq!(SpecialDays::new(many(2_001).collect()), Err(BusinessHoursError::TooMany));
        assert!(SpecialDays::new(many(2_000).collect()).is_ok());
    }

    #[test]
    fn what_is_stored_is_checked_when_it_is_read() {
        let sorted = week(&["13:00-24:00"]).unwrap();
        let text = r#"[[{"from":"13:00","to":"24:00"}],[],[],[],[],[],[]]"#;
        assert_eq!(sorted.to_string(), text);
        assert_eq!(text.parse(), Ok(sorted));
        let days = SpecialDays::new(vec![special("2026-04-03", &["10:00-11:00"])]).unwrap();
        let text = r#"[{"day":"2026-04-03","name":"Day","hours":[{"from":"10:00","to":"11:00"}]}]"#;
        assert_eq!(days.to_string(), text);
        assert_eq!(text.parse(), Ok(days));
        for text in [
            "",
            "[]",
            "[[],[],[],[],[],[],[]]",
            r#"[[{"from":"13:00","to":"12:00"}],[],[],[],[],[],[]]"#,
            r#"[[{"from":"13:00","to":"24:01"}],[],[],[],[],[],[]]"#,
            r#"[[{"from":"09:00","to":"12:00"},{"from":"11:00","to":"13:00"}],[],[],[],[],[],[]]"#,
        ] {
            assert_eq!(text.parse::<WeekHours>(), Err(BusinessHoursError::Unreadable), "{text}");
        }
        let twice = r#"[{"day":"2026-04-03","name":"A","hours":[]},{"day":"2026-04-03","name":"B","hours":[]}]"#;
        assert_eq!(twice.parse::<SpecialDays>(), Err(BusinessHoursError::Unreadable));
    }
}
