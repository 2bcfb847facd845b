//! Hours, special days, and spans of business time.

use async_graphql::{Enum, InputObject, SimpleObject};
use entity::business_hours::{self, WeekHours};
use entity::calendar_version;
use entity::ids::TypedId;

use crate::agreements::service::{WantedDay, WantedHours, WantedSpecialDay, WantedWithin};
use crate::connections;
use crate::db::{Listing, PageRequest, by_day};
use crate::graphql::scalar::{LocalDate, int};
use crate::metrics::sla;

/// A day of the week.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "chrono::Weekday")]
pub enum Weekday {
    /// The first day of the week, as ISO 8601 has it.
    #[graphql(name = "MONDAY")]
    Mon,
    /// The second.
    #[graphql(name = "TUESDAY")]
    Tue,
    /// The third.
    #[graphql(name = "WEDNESDAY")]
    Wed,
    /// The fourth.
    #[graphql(name = "THURSDAY")]
    Thu,
    /// The fifth.
    #[graphql(name = "FRIDAY")]
    Fri,
    /// The sixth.
    #[graphql(name = "SATURDAY")]
    Sat,
    /// The last.
    #[graphql(name = "SUNDAY")]
    Sun,
}

/// A span of a local day in which there is work, by the clocks on the wall.
#[derive(Clone, Debug, SimpleObject)]
pub struct BusinessHours {
    /// When work begins: `09:00`.
    from: String,
    /// When it is over: `13:00`, up to `24:00`.
    to: String,
}

impl BusinessHours {
    fn each(hours: &[business_hours::Hours]) -> Vec<Self> {
        hours.iter().map(|hours| Self { from: hours.from().to_string(), to: hours.to().to_string() }).collect()
    }
}

/// The hours of a day of the week.
#[derive(Clone, Debug, SimpleObject)]
pub struct BusinessDay {
    /// Which day.
    weekday: Weekday,
    /// Its hours, in order.
    hours: Vec<BusinessHours>,
}

impl BusinessDay {
    /// The days that have hours, Monday first.
    pub(super) fn each(week: &WeekHours) -> Vec<Self> {
        let days = std::iter::successors(Some(chrono::Weekday::Mon), |day| Some(day.succ())).take(7);
        let worked = days.filter(|day| !week.of(*day).is_empty());
        worked.map(|day| Self { weekday: day.into(), hours: BusinessHours::each(week.of(day)) }).collect()
    }
}

/// A day on which the hours of the week do not count.
#[derive(Clone, Debug, SimpleObject)]
pub struct SpecialDay {
    /// Which day.
    day: LocalDate,
    /// What it is called.
    name: String,
    /// Its hours, in order; none on a holiday.
    hours: Vec<BusinessHours>,
}

impl From<business_hours::SpecialDay> for SpecialDay {
    fn from(special: business_hours::SpecialDay) -> Self {
        Self { day: LocalDate(special.day), hours: BusinessHours::each(&special.hours), name: special.name }
    }
}

connections! {
    SpecialDayConnection, SpecialDayEdge, SpecialDay, "days with other hours";
}

/// A page of the special days of a version that lie in a span, in their order.
pub(super) fn special_days(
    version: &calendar_version::Model,
    (from, to): (Option<LocalDate>, Option<LocalDate>),
    page: PageRequest,
) -> SpecialDayConnection {
    let all = version.special_days.as_slice().iter();
    let wanted = all.filter(|special| from.is_none_or(|from| from.0 <= special.day) && to.is_none_or(|to| special.day < to.0));
    let days: Vec<business_hours::SpecialDay> = wanted.cloned().collect();
    let total = u64::try_from(days.len()).ok();
    SpecialDayConnection::new(Listing { page: page.of_rising(&days, |special| by_day(special.day, version.id.uuid())), total })
}

/// A time within which something is owed, in business time: minutes, or the end of a business day.
#[derive(Clone, Debug, SimpleObject)]
pub struct BusinessSpan {
    /// Minutes of business time; null where it is days.
    minutes: Option<i32>,
    /// How many business days after that of receipt; 0 is the same business day. What comes after hours comes on the next business
    /// day. Null where it is minutes.
    days: Option<i32>,
}

impl From<sla::Within> for BusinessSpan {
    fn from(within: sla::Within) -> Self {
        match within {
            sla::Within::Minutes(minutes) => Self { minutes: Some(int(minutes)), days: None },
            sla::Within::Days(days) => Self { minutes: None, days: Some(days.into()) },
        }
    }
}

/// A time within which something is owed, in business time: either of both.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct BusinessSpanInput {
    /// Minutes of business time: 1 to 86 400.
    minutes: Option<i32>,
    /// How many business days after that of receipt: 0, the same business day, to 60.
    days: Option<i32>,
}

impl From<BusinessSpanInput> for WantedWithin {
    fn from(input: BusinessSpanInput) -> Self {
        Self { minutes: input.minutes, days: input.days }
    }
}

/// A span of a local day in which there is work.
#[derive(Clone, Debug, InputObject)]
pub struct BusinessHoursInput {
    /// When work begins: `09:00`.
    from: String,
    /// When it is over: `13:00`, up to `24:00`.
    to: String,
}

impl From<BusinessHoursInput> for WantedHours {
    fn from(input: BusinessHoursInput) -> Self {
        Self { from: input.from, to: input.to }
    }
}

/// The hours of a day of the week.
#[derive(Clone, Debug, InputObject)]
pub struct BusinessDayInput {
    /// Which day; each at most once.
    weekday: Weekday,
    /// Its hours, in whatever order. They may touch, and not overlap.
    hours: Vec<BusinessHoursInput>,
}

impl From<BusinessDayInput> for WantedDay {
    fn from(input: BusinessDayInput) -> Self {
        Self { weekday: input.weekday.into(), hours: input.hours.into_iter().map(Into::into).collect() }
    }
}

/// A day on which the hours of the week do not count.
#[derive(Clone, Debug, InputObject)]
pub struct SpecialDayInput {
    /// Which day; each at most once.
    day: LocalDate,
    /// What it is called.
    name: String,
    /// Its hours, in whatever order; none on a holiday.
    #[graphql(default)]
    hours: Vec<BusinessHoursInput>,
}

impl From<SpecialDayInput> for WantedSpecialDay {
    fn from(input: SpecialDayInput) -> Self {
        Self { day: input.day.0, name: input.name, hours: input.hours.into_iter().map(Into::into).collect() }
    }
}
