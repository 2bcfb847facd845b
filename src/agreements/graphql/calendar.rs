//! Business calendars: the types.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, Object};
use entity::ids::{BusinessCalendarId, CalendarVersionId, TypedId};
use entity::{business_calendar, calendar_version};

use super::hours::{BusinessDay, BusinessSpanInput, SpecialDayConnection, special_days};
use crate::agreements::service::{self, WantedWithin};
use crate::auth::permission::grant::AgreementRead;
use crate::connections;
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::graphql::connection::{list_cost, page_cost};
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::scalar::{DateTime, Duration, LocalDate, TimeZone};
use crate::organization::graphql::Member;

/// Days of a week.
const WEEK: usize = 7;

/// What reckoning business time costs: days are worked out one by one.
const RECKONING_COST: usize = 10;

/// When the organization, or a part of it, works. What it says stands in its versions; the fields here tell the newest one.
#[derive(Clone, Debug, Description)]
pub struct BusinessCalendar(business_calendar::Model);

impl From<business_calendar::Model> for BusinessCalendar {
    fn from(row: business_calendar::Model) -> Self {
        Self(row)
    }
}

impl BusinessCalendar {
    /// The calendar with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read agreements.
    pub async fn find(ctx: &Context<'_>, id: BusinessCalendarId) -> Result<Option<Self>> {
        ctx.authorize::<AgreementRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    async fn newest(&self, ctx: &Context<'_>) -> Result<calendar_version::Model> {
        ctx.authorize::<AgreementRead>()?;
        let newest = ctx.loads()?.load_one(NewestHours(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        newest.ok_or(Error::broken("a calendar has a version"))
    }
}

#[Object(use_type_description)]
impl BusinessCalendar {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Counts the versions, from 1; pass it as `expectedVersion` to change only what you saw.
    async fn version(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(self.newest(ctx).await?.calendar_version)
    }

    /// Where its days are days.
    async fn time_zone(&self, ctx: &Context<'_>) -> Result<TimeZone> {
        Ok(TimeZone(self.newest(ctx).await?.time_zone))
    }

    /// The days of the week that have hours, Monday first.
    #[graphql(complexity = "list_cost(WEEK, child_complexity)")]
    async fn week(&self, ctx: &Context<'_>) -> Result<Vec<BusinessDay>> {
        Ok(BusinessDay::each(&self.newest(ctx).await?.week))
    }

    /// The days on which the hours of the week do not count, in their order.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn special_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only days between these.")] within: Option<DaySpanInput>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<SpecialDayConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        Ok(special_days(&self.newest(ctx).await?, within.unwrap_or_default().ends(), page))
    }

    /// What it said over time, the newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<BusinessCalendarVersionConnection> {
        ctx.authorize::<AgreementRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let key = VersionsOf { calendar: self.0.id, page, with_total: wants(ctx, "totalCount") };
        let found = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
        Ok(BusinessCalendarVersionConnection::new(found.unwrap_or_else(|| Listing::none(key.with_total))))
    }

    /// How much business time lies between two instants, in hours, minutes and seconds, by the rules that clocks go by; ten years at most.
    #[graphql(complexity = "RECKONING_COST")]
    async fn business_time(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From this instant on.")] from: DateTime,
        #[graphql(desc = "Up to this one.")] to: DateTime,
    ) -> Result<Duration> {
        Ok(Duration::in_hours(service::elapsed(&self.newest(ctx).await?, from.0, to.0)?))
    }

    /// When something is due that is owed within a time; null where that does not come within ten years.
    #[graphql(complexity = "RECKONING_COST")]
    async fn due(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "When its time begins.")] start: DateTime,
        #[graphql(desc = "How long it may take.")] within: BusinessSpanInput,
    ) -> Result<Option<DateTime>> {
        let within = WantedWithin::from(within).check("within")?;
        Ok(service::due(&self.newest(ctx).await?, start.0, within)?.map(DateTime))
    }

    /// Who recorded it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

/// Some days.
#[derive(Clone, Copy, Debug, Default, async_graphql::InputObject)]
pub struct DaySpanInput {
    /// From this day on.
    from: Option<LocalDate>,
    /// Before this day.
    to: Option<LocalDate>,
}

impl DaySpanInput {
    const fn ends(self) -> (Option<LocalDate>, Option<LocalDate>) {
        (self.from, self.to)
    }
}

/// What a calendar said from a moment on. It never changes.
#[derive(Clone, Debug, Description)]
pub struct BusinessCalendarVersion(calendar_version::Model);

impl From<calendar_version::Model> for BusinessCalendarVersion {
    fn from(row: calendar_version::Model) -> Self {
        Self(row)
    }
}

impl BusinessCalendarVersion {
    /// The version with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read agreements.
    pub async fn find(ctx: &Context<'_>, id: CalendarVersionId) -> Result<Option<Self>> {
        ctx.authorize::<AgreementRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl BusinessCalendarVersion {
    /// Counts the versions of the calendar, from 1.
    async fn number(&self) -> i32 {
        self.0.calendar_version
    }

    /// The calendar.
    async fn calendar(&self, ctx: &Context<'_>) -> Result<BusinessCalendar> {
        BusinessCalendar::find(ctx, self.0.calendar_id).await?.ok_or(Error::broken("a version is of a calendar"))
    }

    /// Where its days are days.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(self.0.time_zone.clone())
    }

    /// The days of the week that have hours, Monday first.
    #[graphql(complexity = "list_cost(WEEK, child_complexity)")]
    async fn week(&self) -> Vec<BusinessDay> {
        BusinessDay::each(&self.0.week)
    }

    /// The days on which the hours of the week do not count, in their order.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn special_days(
        &self,
        #[graphql(desc = "Only days between these.")] within: Option<DaySpanInput>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<SpecialDayConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        Ok(special_days(&self.0, within.unwrap_or_default().ends(), page))
    }

    /// Who recorded it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// Since when it is what the calendar says.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    BusinessCalendarConnection, BusinessCalendarEdge, BusinessCalendar, "business calendars";
    BusinessCalendarVersionConnection, BusinessCalendarVersionEdge, BusinessCalendarVersion, "versions of a business calendar";
}

impl Loader<BusinessCalendarId> for Loads {
    type Value = business_calendar::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[BusinessCalendarId]) -> Result<HashMap<BusinessCalendarId, business_calendar::Model>, Arc<Error>> {
        service::calendars_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

impl Loader<CalendarVersionId> for Loads {
    type Value = calendar_version::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[CalendarVersionId]) -> Result<HashMap<CalendarVersionId, calendar_version::Model>, Arc<Error>> {
        service::calendar_versions_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// Asks what a calendar says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct NewestHours(BusinessCalendarId);

impl Loader<NewestHours> for Loads {
    type Value = calendar_version::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[NewestHours]) -> Result<HashMap<NewestHours, calendar_version::Model>, Arc<Error>> {
        let ids: Vec<BusinessCalendarId> = keys.iter().map(|key| key.0).collect();
        let found = service::newest_hours(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, row)| (NewestHours(id), row)).collect())
    }
}

/// The key of a page of the versions of a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct VersionsOf {
    calendar: BusinessCalendarId,
    page: PageRequest,
    with_total: bool,
}

impl Loader<VersionsOf> for Loads {
    type Value = Listing<calendar_version::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[VersionsOf]) -> Result<HashMap<VersionsOf, Listing<calendar_version::Model>>, Arc<Error>> {
        let mut pages: HashMap<(PageRequest, bool), Vec<BusinessCalendarId>> = HashMap::new();
        for key in keys {
            pages.entry((key.page, key.with_total)).or_default().push(key.calendar);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for ((page, with_total), calendars) in pages {
            let mut listed = service::calendar_versions_of(&self.authorize()?, &calendars, page, with_total).await.map_err(Arc::new)?;
            let listed = calendars.into_iter().filter_map(|calendar| Some((calendar, listed.remove(&calendar.uuid())?)));
            found.extend(listed.map(|(calendar, versions)| (VersionsOf { calendar, page, with_total }, versions)));
        }
        Ok(found)
    }
}
