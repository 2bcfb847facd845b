//! Defining, revising and finding business calendars.

use std::collections::HashMap;

use entity::business_hours::{SpecialDays, WeekHours};
use entity::ids::{BusinessCalendarId, CalendarVersionId, TypedId};
use entity::time::Timestamp;
use entity::{business_calendar, calendar_version};
use serde::Serialize;
use uuid::Uuid;

use super::hours::{self, WantedDay, WantedSpecialDay};
use super::terms::business_time;
use crate::agreements::store;
use crate::auth::Scope;
use crate::auth::permission::grant::{AgreementRead, CalendarManage};
use crate::db::{Idempotent, Listing, PageRequest, TenantTx, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::sla::{Pauses, Within};

/// Most calendars of an organization.
const MAX_CALENDARS: u64 = 500;

/// A page of the calendars, the newest first.
///
/// # Errors
/// What the database says.
pub async fn business_calendars(
    scope: &Scope<AgreementRead>,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<business_calendar::Model>> {
    scope.read().await?.find::<business_calendar::Entity>().listing(page, with_total).await
}

/// The calendars with some ids.
///
/// # Errors
/// What the database says.
pub async fn calendars_by_id(
    scope: &Scope<AgreementRead>,
    ids: &[BusinessCalendarId],
) -> Result<HashMap<BusinessCalendarId, business_calendar::Model>> {
    let rows = scope.read().await?.get_many::<business_calendar::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The newest version of a calendar; `None` where there is no such calendar.
///
/// # Errors
/// What the database says.
pub async fn newest_version(tx: &TenantTx, id: BusinessCalendarId) -> Result<Option<calendar_version::Model>> {
    Ok(store::newest_hours(tx, &[id], Timestamp::MAX).await?.into_iter().next())
}

/// The versions of calendars with some ids.
///
/// # Errors
/// What the database says.
pub async fn calendar_versions_by_id(
    scope: &Scope<AgreementRead>,
    ids: &[CalendarVersionId],
) -> Result<HashMap<CalendarVersionId, calendar_version::Model>> {
    let rows = store::hours(&scope.read().await?, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What some calendars say now.
///
/// # Errors
/// What the database says.
pub async fn newest_hours(
    scope: &Scope<AgreementRead>,
    ids: &[BusinessCalendarId],
) -> Result<HashMap<BusinessCalendarId, calendar_version::Model>> {
    let rows = store::newest_hours(&scope.read().await?, ids, Timestamp::MAX).await?;
    Ok(rows.into_iter().map(|row| (row.calendar_id, row)).collect())
}

/// The same page of the versions of each of some calendars, the newest first.
///
/// # Errors
/// What the database says.
pub async fn calendar_versions_of(
    scope: &Scope<AgreementRead>,
    calendars: &[BusinessCalendarId],
    page: PageRequest,
    with_total: bool,
) -> Result<HashMap<Uuid, Listing<calendar_version::Model>>> {
    let tx = scope.read().await?;
    let calendar = |row: &calendar_version::Model| Some(row.calendar_id.uuid());
    store::calendar_versions_of(&tx, calendars).pages_within(store::VERSION_CALENDAR, calendar, page, with_total).await
}

/// How many microseconds of business time lie between two instants by a version of a calendar.
///
/// # Errors
/// Problems with `from` and `to` where they lie before 1970 or after 2200.
pub fn elapsed(version: &calendar_version::Model, from: Timestamp, to: Timestamp) -> Result<i64> {
    let (from, to) = (input::plan("from", from)?, input::plan("to", to)?);
    Ok(business_time(version)?.elapsed(from, to, &Pauses::NONE))
}

/// When something is due that is owed within a time by a version of a calendar; `None` where that does not come within ten years.
///
/// # Errors
/// A problem with `start` where it lies before 1970 or after 2200.
pub fn due(version: &calendar_version::Model, start: Timestamp, within: Within) -> Result<Option<Timestamp>> {
    let (start, time) = (input::plan("start", start)?, business_time(version)?);
    Ok(within.target(&time, start).and_then(|target| time.due(start, target, &Pauses::NONE)))
}

/// A new calendar.
#[derive(Clone, Debug, Serialize)]
pub struct DefineCalendar {
    /// What it is called; unique.
    pub name: String,
    /// IANA.
    pub time_zone: String,
    /// The hours of every week.
    pub week: Vec<WantedDay>,
    /// Days that have others.
    pub special_days: Vec<WantedSpecialDay>,
    /// Repeating it gives the same calendar.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Defines a calendar.
///
/// # Errors
/// Problems with `name`, `timeZone`, `week`, `specialDays`.
pub async fn define_calendar(scope: &Scope<CalendarManage>, new: &DefineCalendar) -> Result<business_calendar::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "defineCalendar", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<BusinessCalendarId>(&tx).await? {
        return tx.get::<business_calendar::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut problems = Problems::new();
    let name = problems.take(input::text("name", &new.name, input::NAME))?;
    let time_zone = problems.take(input::time_zone("timeZone", &new.time_zone))?;
    let week = problems.take(hours::week(&new.week))?;
    let special_days = problems.take(hours::special_days(&new.special_days))?;
    if tx.find::<business_calendar::Entity>().count().await? >= MAX_CALENDARS {
        problems.push("name", ProblemCode::TooMany, format!("there are {MAX_CALENDARS} calendars already"));
    }
    problems.check()?;
    let (name, time_zone) = name.zip(time_zone).ok_or(Error::broken("the name and the zone are read by now"))?;
    let (week, special_days) = week.zip(special_days).ok_or(Error::broken("the hours are read by now"))?;
    let row = business_calendar::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        name,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    let row = tx.insert::<business_calendar::Entity>(row).await?;
    add_version(&tx, scope, (row.id, 1), Days { time_zone: time_zone.name().to_owned(), week, special_days }).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// What a version of a calendar says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) time_zone: String,
    pub(super) week: WeekHours,
    pub(super) special_days: SpecialDays,
}

impl From<calendar_version::Model> for Days {
    fn from(row: calendar_version::Model) -> Self {
        Self { time_zone: row.time_zone, week: row.week, special_days: row.special_days }
    }
}

/// Writes a version of a calendar; the table takes each number once.
pub(super) async fn add_version(
    tx: &TenantWrite,
    scope: &Scope<CalendarManage>,
    (calendar_id, number): (BusinessCalendarId, i32),
    days: Days,
) -> Result<calendar_version::Model> {
    let version = calendar_version::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        calendar_id,
        calendar_version: number,
        time_zone: days.time_zone,
        week: days.week,
        special_days: days.special_days,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    tx.insert::<calendar_version::Entity>(version).await
}

/// A calendar and what it says now, as the caller saw it.
pub(super) async fn seen(
    tx: &TenantTx,
    id: BusinessCalendarId,
    expected_version: Option<i64>,
) -> Result<(business_calendar::Model, calendar_version::Model)> {
    let row = tx.get::<business_calendar::Entity>(id).await?.ok_or_else(|| Error::unknown("calendarId"))?;
    let newest = store::newest_hours(tx, &[id], Timestamp::MAX).await?.pop().ok_or(Error::broken("a calendar has a version"))?;
    input::version(expected_version, newest.calendar_version.into())?;
    Ok((row, newest))
}

/// Changes of a calendar; what is `None` stays.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseCalendar {
    /// The calendar.
    pub calendar_id: BusinessCalendarId,
    /// IANA.
    pub time_zone: Option<String>,
    /// The hours of every week.
    pub week: Option<Vec<WantedDay>>,
    /// All the days that have others.
    pub special_days: Option<Vec<WantedSpecialDay>>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Changes what a calendar says from now on, by a new version. Clocks that run keep the one they began with.
///
/// # Errors
/// Problems with the fields; `STALE_VERSION` where another change came first.
pub async fn revise_calendar(scope: &Scope<CalendarManage>, change: &ReviseCalendar) -> Result<business_calendar::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "reviseCalendar", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<BusinessCalendarId>(&tx).await? {
        return tx.get::<business_calendar::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let (row, newest) = seen(&tx, change.calendar_id, change.expected_version).await?;
    let number = newest.calendar_version;
    let before = Days::from(newest);
    let mut after = before.clone();
    let mut problems = Problems::new();
    if let Some(zone) = &change.time_zone
        && let Some(zone) = problems.take(input::time_zone("timeZone", zone))?
    {
        zone.name().clone_into(&mut after.time_zone);
    }
    if let Some(week) = &change.week
        && let Some(week) = problems.take(hours::week(week))?
    {
        after.week = week;
    }
    if let Some(days) = &change.special_days
        && let Some(days) = problems.take(hours::special_days(days))?
    {
        after.special_days = days;
    }
    problems.check()?;
    if after != before {
        add_version(&tx, scope, (row.id, number.saturating_add(1)), after).await?;
    }
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}
