//! Locked months and restatements over the API.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, Object};
use entity::ids::{PeriodLockId, RestatementId};
use entity::{period_lock, restatement};

use super::service;
use crate::auth::permission::grant::{CloseRead, CostPerCloseRead, CostRead, CreditRead, PeriodLock as MayLock};
use crate::costs::exchange::graphql::FxRate;
use crate::costs::graphql::{AllocationRule, CostEntry};
use crate::credit::graphql::{Close, CloseMovement, CreditBatch};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::scalar::{DateTime, LocalDate};
use crate::organization::graphql::Member;
use crate::{connections, payloads};

/// That the books of a month are locked. It never changes; what opens the month again takes its place.
#[derive(Clone, Debug, Description)]
pub struct PeriodLock(period_lock::Model);

impl From<period_lock::Model> for PeriodLock {
    fn from(row: period_lock::Model) -> Self {
        Self(row)
    }
}

impl PeriodLock {
    /// The lock with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read the cost per close.
    pub async fn find(ctx: &Context<'_>, id: PeriodLockId) -> Result<Option<Self>> {
        ctx.authorize::<CostPerCloseRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl PeriodLock {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The first local day of the month.
    async fn month(&self) -> LocalDate {
        LocalDate(self.0.month)
    }

    /// Why, in words.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The lock that this row ends; null where it locks the month.
    async fn ends(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.supersedes_id {
            Some(id) => Self::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Who said so; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

/// That something was written to a locked month. It never changes; there is one for each month that was changed.
#[derive(Clone, Debug, Description)]
pub struct Restatement(restatement::Model);

impl From<restatement::Model> for Restatement {
    fn from(row: restatement::Model) -> Self {
        Self(row)
    }
}

impl Restatement {
    /// The restatement with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read the ledger.
    pub async fn find(ctx: &Context<'_>, id: RestatementId) -> Result<Option<Self>> {
        ctx.authorize::<CreditRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl Restatement {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The first local day of the month.
    async fn month(&self) -> LocalDate {
        LocalDate(self.0.month)
    }

    /// The close that was recorded, or that something happened to; null where it is about something else, and where you may not
    /// read closes.
    async fn close(&self, ctx: &Context<'_>) -> Result<Option<Close>> {
        match self.0.close_id {
            Some(id) if ctx.permits::<CloseRead>() => Close::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// What happened to the close; null where it is about something else, and where you may not read closes.
    async fn movement(&self, ctx: &Context<'_>) -> Result<Option<CloseMovement>> {
        match self.0.movement_id {
            Some(id) if ctx.permits::<CloseRead>() => CloseMovement::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// What was posted of the credit of the close; null where it is about something else.
    async fn batch(&self, ctx: &Context<'_>) -> Result<Option<CreditBatch>> {
        match self.0.batch_id {
            Some(id) => CreditBatch::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The cost entry; null where it is about something else, and where you may not see it.
    async fn cost_entry(&self, ctx: &Context<'_>) -> Result<Option<CostEntry>> {
        match self.0.cost_entry_id {
            Some(id) if ctx.permits::<CostRead>() => CostEntry::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The exchange rate; null where it is about something else, and where you may not read rates.
    async fn fx_rate(&self, ctx: &Context<'_>) -> Result<Option<FxRate>> {
        match self.0.rate_id {
            Some(id) if ctx.permits::<CostPerCloseRead>() => FxRate::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The rule by which shared cost is split; null where it is about something else, and where you may not read costs.
    async fn allocation_rule(&self, ctx: &Context<'_>) -> Result<Option<AllocationRule>> {
        match self.0.rule_id {
            Some(id) if ctx.permits::<CostRead>() => AllocationRule::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// Why, in words; empty where the buyer or referrer was erased.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Who wrote it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    PeriodLockConnection, PeriodLockEdge, PeriodLock, "locks of months";
    RestatementConnection, RestatementEdge, Restatement, "restatements";
}

impl Loader<PeriodLockId> for Loads {
    type Value = period_lock::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[PeriodLockId]) -> Result<HashMap<PeriodLockId, period_lock::Model>, Arc<Error>> {
        service::period_locks_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

impl Loader<RestatementId> for Loads {
    type Value = restatement::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[RestatementId]) -> Result<HashMap<RestatementId, restatement::Model>, Arc<Error>> {
        service::restatements_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// That locked months are written to all the same. Whoever says so needs `LEDGER_RESTATE`.
#[derive(Clone, Debug, InputObject)]
pub struct RestateInput {
    /// Why.
    reason: String,
}

impl From<RestateInput> for service::Restate {
    fn from(input: RestateInput) -> Self {
        Self { reason: input.reason }
    }
}

/// Which locks are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct PeriodLockFilter {
    /// Those of months that begin on this day or later.
    from: Option<LocalDate>,
    /// Those of months that begin before this day.
    to: Option<LocalDate>,
    /// Also those that were ended, and the rows that end them.
    #[graphql(default)]
    include_ended: bool,
}

/// A month to lock.
#[derive(InputObject)]
pub struct LockPeriodInput {
    /// Any local day of the month, which has to be over.
    month: LocalDate,
    /// Why.
    reason: String,
    /// Repeating the mutation with the same key gives the same lock.
    idempotency_key: Option<String>,
}

/// A month to open again.
#[derive(InputObject)]
pub struct UnlockPeriodInput {
    /// Any local day of the month.
    month: LocalDate,
    /// Why.
    reason: String,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of locking a month.
    LockPeriodPayload {
        /// The lock.
        period_lock: PeriodLock
    }
    /// What came of opening a month again.
    UnlockPeriodPayload {
        /// The row that ends the lock.
        period_lock: PeriodLock
    }
}

/// Reading locks and restatements.
#[derive(Debug, Default)]
pub struct PeriodQuery;

#[Object]
impl PeriodQuery {
    /// The months that are locked, the latest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn period_locks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<PeriodLockFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<PeriodLockConnection> {
        let scope = ctx.authorize::<CostPerCloseRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter =
            service::LockFilter { from: filter.from.map(|day| day.0), to: filter.to.map(|day| day.0), include_ended: filter.include_ended };
        service::period_locks(&scope, filter, page, wants(ctx, "totalCount")).await.map(PeriodLockConnection::new)
    }

    /// What was written to locked months since an instant, the latest first. Of closes you see those that you may read; what is
    /// about costs is for those who read the whole ledger.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a page, and what is asked for")]
    async fn restatements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those recorded at this instant or later.")] since: DateTime,
        #[graphql(desc = "Those of the month of this day only.")] month: Option<LocalDate>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<RestatementConnection> {
        let scope = ctx.authorize::<CreditRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let found = service::restatements(&scope, since.0, month.map(|day| day.0), page, wants(ctx, "totalCount")).await;
        found.map(RestatementConnection::new)
    }
}

/// Locking months.
#[derive(Debug, Default)]
pub struct PeriodMutation;

#[Object]
impl PeriodMutation {
    /// Locks a month that is over: closes won in it, movements that happened in it, costs and rates of its days, and rules for shared cost
    /// over them, are refused from now on, or restate it. What happens later to its closes is news of later: a refund or void, and credit
    /// that is moved from then on, change what is told of the month now, not what is told of it `asOf` the lock, and leave no restatement.
    async fn lock_period(&self, ctx: &Context<'_>, input: LockPeriodInput) -> Result<LockPeriodPayload> {
        let scope = ctx.authorize::<MayLock>()?;
        let new = service::LockPeriod { month: input.month.0, reason: input.reason, idempotency_key: input.idempotency_key };
        LockPeriodPayload::settle(service::lock_period(&scope, &new).await.map(PeriodLock))
    }

    /// Opens a locked month again.
    async fn unlock_period(&self, ctx: &Context<'_>, input: UnlockPeriodInput) -> Result<UnlockPeriodPayload> {
        let scope = ctx.authorize::<MayLock>()?;
        let new = service::LockPeriod { month: input.month.0, reason: input.reason, idempotency_key: input.idempotency_key };
        UnlockPeriodPayload::settle(service::unlock_period(&scope, &new).await.map(PeriodLock))
    }
}
