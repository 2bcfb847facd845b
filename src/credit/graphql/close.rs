//! Closes.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, Object};
use entity::ids::CloseId;
use entity::kinds::{CloseKind, ClosePath};
use entity::time::Timestamp;
use entity::{close, close_movement, credit_batch, money};

use super::dispute::{Disputed, disputes_of};
use super::transfer::TransfersOf;
use super::{CloseMovement, CreditBatch, CreditDisputeConnection, CreditPolicy, CreditTransfer};
use crate::auth::permission::grant::{CloseRead, CreditRead, OpportunityRead};
use crate::buyers::graphql::{Account, Person};
use crate::connections;
use crate::costs::exchange::graphql::FxRate;
use crate::credit::service;
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::external::ExternalId;
use crate::graphql::metric::Money;
use crate::graphql::scalar::DateTime;
use crate::graphql::share::ResourceShare;
use crate::metrics::shares::Shares;
use crate::metrics::standing::Standing;
use crate::organization::graphql::Member;
use crate::pipeline::graphql::Opportunity;

/// What became of a close, in a word.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::standing::Status")]
pub enum CloseStatus {
    /// It stands as it was won.
    Won,
    /// Part of the money was given back.
    PartiallyRefunded,
    /// All of the money was given back.
    Refunded,
    /// It should not have been recorded.
    Voided,
}

/// A won piece of business. It never changes; what happened to it are movements.
#[derive(Clone, Debug, Description)]
pub struct Close(close::Model);

impl From<close::Model> for Close {
    fn from(row: close::Model) -> Self {
        Self(row)
    }
}

impl Close {
    /// The close with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read closes.
    pub async fn find(ctx: &Context<'_>, id: CloseId) -> Result<Option<Self>> {
        ctx.authorize::<CloseRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// An amount in its currency.
    pub(super) fn money(&self, amount_minor: i64) -> Money {
        Money::from(money::Money::from_minor(amount_minor, self.0.currency))
    }

    async fn standing(&self, ctx: &Context<'_>) -> Result<Standing> {
        ctx.authorize::<CloseRead>()?;
        Ok(ctx.loads()?.load_one(StandingOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.unwrap_or_default())
    }
}

#[Object(use_type_description)]
impl Close {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The customer.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::find(ctx, self.0.account_id).await?.ok_or(Error::broken("a close has its account"))
    }

    /// The buyer whose journey it ended.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.0.person_id {
            Some(id) => Person::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// When it was won.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.closed_at)
    }

    /// What it was worth when recorded.
    async fn amount(&self) -> Money {
        self.money(self.0.amount_minor)
    }

    /// The rate by which it is converted into the organization's currency, pinned for good; null where it needs none, where
    /// there is none yet, and where you may not read the cost per close.
    async fn fx_rate(&self, ctx: &Context<'_>) -> Result<Option<FxRate>> {
        FxRate::of_close(ctx, self.0.id).await
    }

    /// What was given back since.
    async fn refunded(&self, ctx: &Context<'_>) -> Result<Money> {
        Ok(self.money(self.standing(ctx).await?.refunded_minor))
    }

    /// What became of it.
    async fn status(&self, ctx: &Context<'_>) -> Result<CloseStatus> {
        Ok(self.standing(ctx).await?.status(self.0.amount_minor).into())
    }

    /// Whether it gained a customer, or is more business with one.
    async fn kind(&self) -> CloseKind {
        self.0.kind
    }

    /// What it brings each month; null where nothing comes again, or it was not said.
    async fn recurring_monthly(&self) -> Option<Money> {
        self.0.recurring_minor.map(|minor| self.money(minor))
    }

    /// The voided close it takes the place of.
    async fn reopens(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.reopens_id {
            Some(id) => Self::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// How the buyer came to it.
    async fn path(&self) -> ClosePath {
        self.0.path
    }

    /// The policy that opened its credit.
    async fn policy(&self, ctx: &Context<'_>) -> Result<CreditPolicy> {
        CreditPolicy::find(ctx, self.0.policy_id).await?.ok_or(Error::broken("a close has its policy"))
    }

    /// Who referred the buyer, where that decided the opening.
    async fn referrer(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.0.referrer_id {
            Some(id) => Person::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// What happened to it, in the order in which it was recorded.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn movements(&self, ctx: &Context<'_>) -> Result<Vec<CloseMovement>> {
        ctx.authorize::<CloseRead>()?;
        let rows = ctx.loads()?.load_one(MovementsOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        Ok(rows.unwrap_or_default().into_iter().map(CloseMovement::from).collect())
    }

    /// The postings of its credit, the opening first; null where you may not read the ledger.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn batches(&self, ctx: &Context<'_>) -> Result<Option<Vec<CreditBatch>>> {
        if !ctx.permits::<CreditRead>() {
            return Ok(None);
        }
        let rows = ctx.loads()?.load_one(BatchesOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        Ok(Some(rows.unwrap_or_default().into_iter().map(CreditBatch::from).collect()))
    }

    /// The transfers of its credit that were asked for, in that order; null where you may not read the ledger.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn transfers(&self, ctx: &Context<'_>) -> Result<Option<Vec<CreditTransfer>>> {
        if !ctx.permits::<CreditRead>() {
            return Ok(None);
        }
        let rows = ctx.loads()?.load_one(TransfersOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        Ok(Some(rows.unwrap_or_default().into_iter().map(CreditTransfer::from).collect()))
    }

    /// Whether it is disputed who earned it.
    async fn disputed(&self, ctx: &Context<'_>) -> Result<bool> {
        ctx.authorize::<CloseRead>()?;
        Ok(ctx.loads()?.load_one(Disputed(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.is_some())
    }

    /// The disputes about its credit, the latest first; null where you may not read the ledger.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn disputes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Option<CreditDisputeConnection>> {
        if !ctx.permits::<CreditRead>() {
            return Ok(None);
        }
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        disputes_of(ctx, self.0.id, page).await.map(Some)
    }

    /// Who holds its credit: what has taken effect and was recorded by an instant. Empty before it was opened; null where
    /// you may not read the ledger.
    async fn balances(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this instant. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<Option<Vec<ResourceShare>>> {
        if !ctx.permits::<CreditRead>() {
            return Ok(None);
        }
        let key = BalancesOf { close: self.0.id, as_of: as_of.map(|at| at.0) };
        let held: Option<Shares> = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
        Ok(Some(held.map_or_else(Vec::new, |shares| ResourceShare::each(shares.by_resource()))))
    }

    /// The opportunity it won; null also where you may not read opportunities.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Option<Opportunity>> {
        match self.0.opportunity_id {
            Some(id) if ctx.permits::<OpportunityRead>() => Opportunity::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// What another system calls it; null also where the person was erased.
    async fn external_id(&self) -> Option<ExternalId> {
        ExternalId::of(self.0.source.as_ref(), self.0.external_id.as_ref())
    }

    /// Who generated it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    CloseConnection, CloseEdge, Close, "closes";
}

impl Loader<CloseId> for Loads {
    type Value = close::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[CloseId]) -> Result<HashMap<CloseId, close::Model>, Arc<Error>> {
        service::closes_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of what became of a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct StandingOf(CloseId);

impl Loader<StandingOf> for Loads {
    type Value = Standing;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[StandingOf]) -> Result<HashMap<StandingOf, Standing>, Arc<Error>> {
        let closes: Vec<CloseId> = keys.iter().map(|key| key.0).collect();
        let found = service::standings_by_close(&self.authorize()?, &closes).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(close, standing)| (StandingOf(close), standing)).collect())
    }
}

/// The key of the movements of a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct MovementsOf(CloseId);

impl Loader<MovementsOf> for Loads {
    type Value = Vec<close_movement::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MovementsOf]) -> Result<HashMap<MovementsOf, Vec<close_movement::Model>>, Arc<Error>> {
        let closes: Vec<CloseId> = keys.iter().map(|key| key.0).collect();
        let found = service::movements_of(&self.authorize()?, &closes).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(close, rows)| (MovementsOf(close), rows)).collect())
    }
}

/// The key of the batches of a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct BatchesOf(CloseId);

impl Loader<BatchesOf> for Loads {
    type Value = Vec<credit_batch::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[BatchesOf]) -> Result<HashMap<BatchesOf, Vec<credit_batch::Model>>, Arc<Error>> {
        let closes: Vec<CloseId> = keys.iter().map(|key| key.0).collect();
        let found = service::batches_of(&self.authorize()?, &closes).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(close, rows)| (BatchesOf(close), rows)).collect())
    }
}

/// The key of who held the credit of a close as of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct BalancesOf {
    close: CloseId,
    as_of: Option<Timestamp>,
}

impl Loader<BalancesOf> for Loads {
    type Value = Shares;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[BalancesOf]) -> Result<HashMap<BalancesOf, Shares>, Arc<Error>> {
        let mut instants: HashMap<Option<Timestamp>, Vec<CloseId>> = HashMap::new();
        for key in keys {
            instants.entry(key.as_of).or_default().push(key.close);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for (as_of, closes) in instants {
            let held = service::balances_of(&self.authorize()?, &closes, as_of).await.map_err(Arc::new)?;
            found.extend(held.into_iter().map(|(close, shares)| (BalancesOf { close, as_of }, shares)));
        }
        Ok(found)
    }
}
