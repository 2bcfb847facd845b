//! Exchange rates over the API.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::fx_rate;
use entity::ids::{CloseId, CostEntryId, FxRateId};

use super::service::{self, Rates};
use crate::auth::permission::grant::{CostPerCloseRead, FxManage};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::scalar::{CurrencyCode, DateTime, Decimal, LocalDate};
use crate::input;
use crate::organization::graphql::Member;
use crate::periods::graphql::RestateInput;
use crate::{bulk_payloads, connections};

/// How much of one currency a unit of another one was on a day. It never changes: what is said later is a new version.
#[derive(Clone, Debug, Description)]
pub struct FxRate(fx_rate::Model);

impl From<fx_rate::Model> for FxRate {
    fn from(row: fx_rate::Model) -> Self {
        Self(row)
    }
}

impl FxRate {
    /// The rate with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read the cost per close.
    pub async fn find(ctx: &Context<'_>, id: FxRateId) -> Result<Option<Self>> {
        ctx.authorize::<CostPerCloseRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// The rate a close is converted by; none where the caller may not read rates.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of_close(ctx: &Context<'_>, id: CloseId) -> Result<Option<Self>> {
        if !ctx.permits::<CostPerCloseRead>() {
            return Ok(None);
        }
        Ok(ctx.loads()?.load_one(RateOfClose(id)).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// The rate a cost entry is converted by; none where the caller may not read rates.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of_cost(ctx: &Context<'_>, id: CostEntryId) -> Result<Option<Self>> {
        if !ctx.permits::<CostPerCloseRead>() {
            return Ok(None);
        }
        Ok(ctx.loads()?.load_one(RateOfCost(id)).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl FxRate {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The currency that is converted.
    async fn base(&self) -> CurrencyCode {
        CurrencyCode(self.0.base.to_string())
    }

    /// The currency it is converted into.
    async fn quote(&self) -> CurrencyCode {
        CurrencyCode(self.0.quote.to_string())
    }

    /// The day it holds for.
    async fn day(&self) -> LocalDate {
        LocalDate(self.0.day)
    }

    /// How much of the quote a unit of the base is.
    async fn rate(&self) -> Result<Decimal> {
        Ok(Decimal(service::rate_of(&self.0)?.to_decimal()))
    }

    /// Its version, from 1. Amounts are converted by the version there was when they were recorded.
    async fn version(&self) -> i32 {
        self.0.rate_version
    }

    /// Whether it is the rate of the day before, for want of one of its own.
    async fn carried(&self) -> bool {
        self.0.carried
    }

    /// Who publishes it.
    async fn source(&self) -> &str {
        &self.0.publisher
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

connections! {
    FxRateConnection, FxRateEdge, FxRate, "exchange rates";
}

impl Loader<FxRateId> for Loads {
    type Value = fx_rate::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[FxRateId]) -> Result<HashMap<FxRateId, fx_rate::Model>, Arc<Error>> {
        service::fx_rates_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The rate of a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct RateOfClose(CloseId);

impl Loader<RateOfClose> for Loads {
    type Value = fx_rate::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[RateOfClose]) -> Result<HashMap<RateOfClose, fx_rate::Model>, Arc<Error>> {
        let ids: Vec<CloseId> = keys.iter().map(|key| key.0).collect();
        let found = service::rates_of_closes(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, row)| (RateOfClose(id), row)).collect())
    }
}

/// The rate of a cost entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct RateOfCost(CostEntryId);

impl Loader<RateOfCost> for Loads {
    type Value = fx_rate::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[RateOfCost]) -> Result<HashMap<RateOfCost, fx_rate::Model>, Arc<Error>> {
        let ids: Vec<CostEntryId> = keys.iter().map(|key| key.0).collect();
        let found = service::rates_of_costs(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, row)| (RateOfCost(id), row)).collect())
    }
}

/// Which rates amounts in other currencies were converted by.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum RateDates {
    /// Each amount by the rate of its own date, as it was when the amount was recorded.
    OwnDate,
    /// All amounts by the rates of one day.
    Constant,
}

impl From<Rates> for RateDates {
    fn from(rates: Rates) -> Self {
        match rates {
            Rates::OwnDate => Self::OwnDate,
            Rates::Constant(_) => Self::Constant,
        }
    }
}

/// Amounts in other currencies restated at the rates of one day.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ConstantCurrencyInput {
    /// The day.
    pub on: LocalDate,
}

impl ConstantCurrencyInput {
    /// The rates that are asked for; each amount's own where nothing is.
    #[must_use]
    pub fn rates(input: Option<&Self>) -> Rates {
        input.map_or(Rates::OwnDate, |input| Rates::Constant(input.on.0))
    }
}

/// Which rates are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct FxRateFilter {
    /// The currency that is converted.
    base: Option<CurrencyCode>,
    /// The currency it is converted into.
    quote: Option<CurrencyCode>,
    /// Those of this day and later ones.
    from: Option<LocalDate>,
    /// Those of days before this one.
    to: Option<LocalDate>,
    /// Also the versions that newer ones took the place of.
    #[graphql(default)]
    all_versions: bool,
}

/// Reading rates.
#[derive(Debug, Default)]
pub struct FxQuery;

#[Object]
impl FxQuery {
    /// The exchange rates, those of the latest days first; of each pair and day the latest version.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn fx_rates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<FxRateFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<FxRateConnection> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let currency = |field: &str, code: Option<CurrencyCode>| code.map(|code| input::currency(field, &code.0)).transpose();
        let filter = service::RateFilter {
            base: currency("filter.base", filter.base)?,
            quote: currency("filter.quote", filter.quote)?,
            from: filter.from.map(|day| day.0),
            to: filter.to.map(|day| day.0),
            all_versions: filter.all_versions,
        };
        service::fx_rates(&scope, &filter, page, wants(ctx, "totalCount")).await.map(FxRateConnection::new)
    }
}

/// A rate to record.
#[derive(InputObject)]
pub struct NewFxRateInput {
    /// The currency that is converted.
    base: CurrencyCode,
    /// The currency it is converted into: the organization's, for its closes and costs to be valued.
    quote: CurrencyCode,
    /// The day it holds for.
    day: LocalDate,
    /// How much of the quote a unit of the base is: at most 18 digits.
    rate: Decimal,
    /// That it is written to locked months all the same.
    restate: Option<RestateInput>,
}

/// Rates to record.
#[derive(InputObject)]
pub struct RecordFxRatesInput {
    /// The rates, at most 1 000.
    items: Vec<NewFxRateInput>,
    /// Who publishes them.
    source: String,
    /// Whether days without a rate between two of the same pair here get the one of the day before, as weekends and holidays
    /// do: at most seven days in a row, none that has a rate of its own, and none of a locked month.
    #[graphql(default)]
    carry_forward: bool,
    /// Repeating the mutation with the same key gives the same results.
    idempotency_key: Option<String>,
}

bulk_payloads! {
    /// What came of recording rates.
    RecordFxRatesPayload, RecordFxRatesResult {
        /// The rate.
        fx_rate: FxRate
    }
}

/// Recording rates.
#[derive(Debug, Default)]
pub struct FxMutation;

#[Object]
impl FxMutation {
    /// Records exchange rates: those that are accepted stay, the others are named with the reason. Other content for the same
    /// pair and day is a new version, by which nothing is converted that was converted before.
    async fn record_fx_rates(&self, ctx: &Context<'_>, input: RecordFxRatesInput) -> Result<RecordFxRatesPayload> {
        let scope = ctx.authorize::<FxManage>()?;
        let source = input.source;
        let new = |item: NewFxRateInput| service::NewRate {
            base: item.base.0,
            quote: item.quote.0,
            day: item.day.0,
            rate: item.rate.0,
            publisher: source.clone(),
            restate: item.restate.map(Into::into),
        };
        let items: Vec<_> = input.items.into_iter().map(new).collect();
        RecordFxRatesPayload::settle(service::record_fx_rates(&scope, &items, input.carry_forward, input.idempotency_key.as_deref()).await)
    }
}
