//! Finding and changing business calendars.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::calendar::{BusinessCalendar, BusinessCalendarConnection};
use super::hours::{BusinessDayInput, SpecialDayInput};
use crate::agreements::service;
use crate::auth::permission::grant::{AgreementRead, CalendarManage};
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::node::parse_id;
use crate::graphql::scalar::{LocalDate, TimeZone, int};
use crate::payloads;

/// Reading business calendars.
#[derive(Debug, Default)]
pub struct CalendarQuery;

#[Object]
impl CalendarQuery {
    /// The business calendars, the newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn business_calendars(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<BusinessCalendarConnection> {
        let scope = ctx.authorize::<AgreementRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        service::business_calendars(&scope, page, wants(ctx, "totalCount")).await.map(BusinessCalendarConnection::new)
    }

    /// The business calendar with an id; null where there is none.
    async fn business_calendar(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<BusinessCalendar>> {
        ctx.authorize::<AgreementRead>()?;
        BusinessCalendar::find(ctx, parse_id(&id, "id")?).await
    }
}

/// A new business calendar.
#[derive(InputObject)]
pub struct DefineCalendarInput {
    /// What it is called; unique.
    name: String,
    /// Where its days are days.
    time_zone: TimeZone,
    /// The hours of every week; a day that is not named has none.
    week: Vec<BusinessDayInput>,
    /// Days on which the hours of the week do not count, at most 2 000.
    #[graphql(default)]
    special_days: Vec<SpecialDayInput>,
    /// Repeating the mutation with the same key gives the same calendar.
    idempotency_key: Option<String>,
}

/// Changes of a business calendar; fields left out stay as they are.
#[derive(InputObject)]
pub struct ReviseCalendarInput {
    /// The calendar.
    calendar_id: ID,
    /// Where its days are days.
    time_zone: Option<TimeZone>,
    /// The hours of every week; a day that is not named has none.
    week: Option<Vec<BusinessDayInput>>,
    /// All the days on which the hours of the week do not count, at most 2 000.
    special_days: Option<Vec<SpecialDayInput>>,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// A file with holidays.
#[derive(InputObject)]
pub struct ImportHolidaysInput {
    /// The calendar.
    calendar_id: ID,
    /// The file: iCalendar, at most 512 KB.
    ics: String,
    /// The first day that is wanted.
    from: LocalDate,
    /// The day after the last one.
    to: LocalDate,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// What became of a file with holidays.
#[derive(Clone, Debug, SimpleObject)]
pub struct HolidayImport {
    /// The calendar as it is now.
    calendar: BusinessCalendar,
    /// Days that are holidays from now on.
    imported: i32,
    /// Days that were special before: they stay as they were.
    already_known: i32,
    /// Events that were left out: they have hours, were cancelled, or come again by a rule that is out of use.
    left_out: i32,
}

impl From<service::HolidayImport> for HolidayImport {
    fn from(import: service::HolidayImport) -> Self {
        let service::Counts { imported, already_known, left_out } = import.counts;
        Self { calendar: import.calendar.into(), imported: int(imported), already_known: int(already_known), left_out: int(left_out) }
    }
}

payloads! {
    /// What came of defining a business calendar.
    DefineCalendarPayload {
        /// The calendar.
        calendar: BusinessCalendar
    }
    /// What came of changing a business calendar.
    ReviseCalendarPayload {
        /// The calendar as it is now.
        calendar: BusinessCalendar
    }
    /// What came of importing holidays.
    ImportHolidaysPayload {
        /// What became of the file.
        holidays: HolidayImport
    }
}

/// Changing business calendars.
#[derive(Debug, Default)]
pub struct CalendarMutation;

#[Object]
impl CalendarMutation {
    /// Defines when the organization, or a part of it, works.
    async fn define_calendar(&self, ctx: &Context<'_>, input: DefineCalendarInput) -> Result<DefineCalendarPayload> {
        let scope = ctx.authorize::<CalendarManage>()?;
        let new = service::DefineCalendar {
            name: input.name,
            time_zone: input.time_zone.0,
            week: input.week.into_iter().map(Into::into).collect(),
            special_days: input.special_days.into_iter().map(Into::into).collect(),
            idempotency_key: input.idempotency_key,
        };
        DefineCalendarPayload::settle(service::define_calendar(&scope, &new).await.map(BusinessCalendar::from))
    }

    /// Changes a business calendar, by a new version. Clocks that run keep the one they began with.
    async fn revise_calendar(&self, ctx: &Context<'_>, input: ReviseCalendarInput) -> Result<ReviseCalendarPayload> {
        let scope = ctx.authorize::<CalendarManage>()?;
        let change = service::ReviseCalendar {
            calendar_id: parse_id(&input.calendar_id, "input.calendarId")?,
            time_zone: input.time_zone.map(|zone| zone.0),
            week: input.week.map(|week| week.into_iter().map(Into::into).collect()),
            special_days: input.special_days.map(|days| days.into_iter().map(Into::into).collect()),
            expected_version: input.expected_version.map(i64::from),
            idempotency_key: input.idempotency_key,
        };
        ReviseCalendarPayload::settle(service::revise_calendar(&scope, &change).await.map(BusinessCalendar::from))
    }

    /// Makes the days that whole-day events of an iCalendar file fill holidays, by a new version. A day that is special already stays
    /// as it is.
    async fn import_holidays(&self, ctx: &Context<'_>, input: ImportHolidaysInput) -> Result<ImportHolidaysPayload> {
        let scope = ctx.authorize::<CalendarManage>()?;
        let new = service::ImportHolidays {
            calendar_id: parse_id(&input.calendar_id, "input.calendarId")?,
            ics: input.ics,
            from: input.from.0,
            to: input.to.0,
            expected_version: input.expected_version.map(i64::from),
            idempotency_key: input.idempotency_key,
        };
        ImportHolidaysPayload::settle(service::import_holidays(&scope, &new).await.map(HolidayImport::from))
    }
}
