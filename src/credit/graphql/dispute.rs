//! Disputes about credit.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::ids::{CloseId, CreditDisputeId, TypedId};
use entity::kinds::{DisputeEnd, Resource};
use entity::{credit_dispute, credit_dispute_end};

use super::{Close, CreditBatch};
use crate::auth::permission::grant::{CreditRead, DirectoryRead};
use crate::connections;
use crate::credit::service;
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::DateTime;
use crate::graphql::share::ResourceShare;
use crate::metrics::dispute_standing::State;
use crate::organization::graphql::Member;

/// How a dispute about credit stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::dispute_standing::State")]
pub enum CreditDisputeState {
    /// It waits for somebody who answers for the ledger.
    Open,
    /// Credit was moved.
    Upheld,
    /// The ledger stays as it is.
    Rejected,
    /// Who opened it no longer disputes.
    Withdrawn,
}

/// Which disputes are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct CreditDisputeFilter {
    /// Those about a close.
    close_id: Option<ID>,
    /// How they stand.
    state: Option<CreditDisputeState>,
    /// Those for a resource.
    resource: Option<Resource>,
}

/// Reading disputes about credit.
#[derive(Debug, Default)]
pub struct DisputeQuery;

#[Object]
impl DisputeQuery {
    /// The disputes about credit, the latest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn credit_disputes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<CreditDisputeFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<CreditDisputeConnection> {
        let scope = ctx.authorize::<CreditRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::DisputeFilter {
            close_id: parse_optional_id(filter.close_id.as_ref(), "filter.closeId")?,
            state: filter.state.map(Into::into),
            resource: filter.resource,
        };
        service::credit_disputes(&scope, &filter, page, wants(ctx, "totalCount")).await.map(CreditDisputeConnection::new)
    }

    /// The dispute with an id; null where there is none.
    async fn credit_dispute(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<CreditDispute>> {
        ctx.authorize::<CreditRead>()?;
        CreditDispute::find(ctx, parse_id(&id, "id")?).await
    }
}

/// A claim that the credit of a close should be shared otherwise. No number changes by it before it is upheld.
#[derive(Clone, Debug, Description)]
pub struct CreditDispute(credit_dispute::Model);

impl From<credit_dispute::Model> for CreditDispute {
    fn from(row: credit_dispute::Model) -> Self {
        Self(row)
    }
}

impl CreditDispute {
    /// The dispute with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read the ledger.
    pub async fn find(ctx: &Context<'_>, id: CreditDisputeId) -> Result<Option<Self>> {
        ctx.authorize::<CreditRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    async fn end(&self, ctx: &Context<'_>) -> Result<Option<credit_dispute_end::Model>> {
        ctx.authorize::<CreditRead>()?;
        ctx.loads()?.load_one(EndOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)
    }
}

#[Object(use_type_description)]
impl CreditDispute {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The close.
    async fn close(&self, ctx: &Context<'_>) -> Result<Close> {
        Close::find(ctx, self.0.close_id).await?.ok_or(Error::broken("a dispute has its close"))
    }

    /// The resource for which it is claimed.
    async fn resource(&self) -> Resource {
        self.0.resource
    }

    /// What each resource should hold, by who disputes.
    async fn suggested_shares(&self) -> Vec<ResourceShare> {
        let bp = [self.0.sales_bp, self.0.marketing_bp, self.0.product_bp];
        Resource::ALL.iter().zip(bp).map(|(resource, bp)| ResourceShare::new(*resource, bp)).collect()
    }

    /// Why, in words; empty where the buyer or referrer was erased.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// How it stands.
    async fn state(&self, ctx: &Context<'_>) -> Result<CreditDisputeState> {
        Ok(State::of(self.end(ctx).await?.map(|end| end.kind)).into())
    }

    /// How it was settled; null while it is open.
    async fn settlement(&self, ctx: &Context<'_>) -> Result<Option<CreditDisputeSettlement>> {
        Ok(self.end(ctx).await?.map(CreditDisputeSettlement))
    }

    /// Who opened it; null for background work, and where you may not read members.
    async fn opened_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.opened_by).await
    }

    /// For whom they did, where they act for somebody; null also where you may not read members.
    async fn opened_for(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.opened_for).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

/// How a dispute about credit was settled. It never changes.
#[derive(Clone, Debug, Description)]
pub struct CreditDisputeSettlement(credit_dispute_end::Model);

#[Object(use_type_description)]
impl CreditDisputeSettlement {
    /// How it ended.
    async fn kind(&self) -> DisputeEnd {
        self.0.kind
    }

    /// What was posted; null where nothing was.
    async fn batch(&self, ctx: &Context<'_>) -> Result<Option<CreditBatch>> {
        match self.0.batch_id {
            Some(id) => CreditBatch::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Who settled it; null where you may not read members.
    async fn decided_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        if ctx.permits::<DirectoryRead>() { Member::find(ctx, self.0.decided_by).await } else { Ok(None) }
    }

    /// Why, in words; null also where the buyer or referrer was erased.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    CreditDisputeConnection, CreditDisputeEdge, CreditDispute, "disputes about credit";
}

impl Loader<CreditDisputeId> for Loads {
    type Value = credit_dispute::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[CreditDisputeId]) -> Result<HashMap<CreditDisputeId, credit_dispute::Model>, Arc<Error>> {
        service::credit_disputes_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of how a dispute was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct EndOf(CreditDisputeId);

impl Loader<EndOf> for Loads {
    type Value = credit_dispute_end::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[EndOf]) -> Result<HashMap<EndOf, credit_dispute_end::Model>, Arc<Error>> {
        let disputes: Vec<CreditDisputeId> = keys.iter().map(|key| key.0).collect();
        let found = service::dispute_ends_of(&self.authorize()?, &disputes).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(dispute, row)| (EndOf(dispute), row)).collect())
    }
}

/// The key of whether a close is disputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Disputed(pub(super) CloseId);

impl Loader<Disputed> for Loads {
    type Value = ();
    type Error = Arc<Error>;

    async fn load(&self, keys: &[Disputed]) -> Result<HashMap<Disputed, ()>, Arc<Error>> {
        let closes: Vec<CloseId> = keys.iter().map(|key| key.0).collect();
        let found = service::disputed(&self.authorize()?, &closes).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|close| (Disputed(close), ())).collect())
    }
}

/// The key of a page of the disputes about a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct DisputesOf {
    close: CloseId,
    page: PageRequest,
    with_total: bool,
}

impl Loader<DisputesOf> for Loads {
    type Value = Listing<credit_dispute::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[DisputesOf]) -> Result<HashMap<DisputesOf, Listing<credit_dispute::Model>>, Arc<Error>> {
        let mut pages: HashMap<(PageRequest, bool), Vec<CloseId>> = HashMap::new();
        for key in keys {
            pages.entry((key.page, key.with_total)).or_default().push(key.close);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for ((page, with_total), closes) in pages {
            let mut rows = service::disputes_of(&self.authorize()?, &closes, page, with_total).await.map_err(Arc::new)?;
            let listed = closes.into_iter().filter_map(|close| Some((close, rows.remove(&close.uuid())?)));
            found.extend(listed.map(|(close, rows)| (DisputesOf { close, page, with_total }, rows)));
        }
        Ok(found)
    }
}

/// A page of the disputes about a close, the latest first.
pub(super) async fn disputes_of(ctx: &Context<'_>, close: CloseId, page: PageRequest) -> Result<CreditDisputeConnection> {
    ctx.authorize::<CreditRead>()?;
    let key = DisputesOf { close, page, with_total: wants(ctx, "totalCount") };
    let found = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
    Ok(CreditDisputeConnection::new(found.unwrap_or_else(|| Listing::none(key.with_total))))
}
