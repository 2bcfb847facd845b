//! Postings of the ledger.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, Object};
use entity::ids::CreditBatchId;
use entity::kinds::{BatchKind, PolicyRule, TransferDecisionKind};
use entity::{credit_batch, credit_entry};

use super::{Close, CreditTransfer};
use crate::auth::permission::grant::{CreditRead, DirectoryRead};
use crate::connections;
use crate::credit::service;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::scalar::DateTime;
use crate::graphql::share::ResourceShare;
use crate::organization::graphql::Member;

/// Postings of the ledger that were made together. They never change.
#[derive(Clone, Debug, Description)]
pub struct CreditBatch(credit_batch::Model);

impl From<credit_batch::Model> for CreditBatch {
    fn from(row: credit_batch::Model) -> Self {
        Self(row)
    }
}

impl CreditBatch {
    /// The batch with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read the ledger.
    pub async fn find(ctx: &Context<'_>, id: CreditBatchId) -> Result<Option<Self>> {
        ctx.authorize::<CreditRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// Its postings.
    pub(super) async fn rows(&self, ctx: &Context<'_>) -> Result<Vec<credit_entry::Model>> {
        ctx.authorize::<CreditRead>()?;
        Ok(ctx.loads()?.load_one(EntriesOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.unwrap_or_default())
    }
}

#[Object(use_type_description)]
impl CreditBatch {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The close whose credit it moves.
    async fn close(&self, ctx: &Context<'_>) -> Result<Close> {
        Close::find(ctx, self.0.close_id).await?.ok_or(Error::broken("a batch has its close"))
    }

    /// Its place among the batches of the close; the opening is 0.
    async fn sequence(&self) -> i32 {
        self.0.sequence
    }

    /// Opening, transfer or reversal.
    async fn kind(&self) -> BatchKind {
        self.0.kind
    }

    /// The rule of the policy that decided the opening; null for other batches.
    async fn rule(&self) -> Option<PolicyRule> {
        self.0.rule
    }

    /// Why, in words; empty where the buyer or referrer was erased, but for openings.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// By how many basis points it changes what each resource holds; those it does not touch are left out.
    #[graphql(complexity = "3 * child_complexity + 1")]
    async fn entries(&self, ctx: &Context<'_>) -> Result<Vec<ResourceShare>> {
        Ok(self.rows(ctx).await?.into_iter().map(|row| ResourceShare::new(row.resource, row.delta_bp)).collect())
    }

    /// Who asked for it; null for background work, and where you may not read members.
    async fn requested_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.requested_by).await
    }

    /// What it carries out; null for openings, reversals, and what was posted without being asked for first.
    async fn transfer(&self, ctx: &Context<'_>) -> Result<Option<CreditTransfer>> {
        match self.0.transfer_id {
            Some(id) => CreditTransfer::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Who agreed to it; empty where nobody had to, null where you may not read members.
    #[graphql(complexity = "2 * child_complexity + 1")]
    async fn approved_by(&self, ctx: &Context<'_>) -> Result<Option<Vec<Member>>> {
        if !ctx.permits::<DirectoryRead>() {
            return Ok(None);
        }
        let mut members = Vec::new();
        if let Some(id) = self.0.transfer_id {
            let decisions = CreditTransfer::decided(ctx, id).await?.decisions;
            for decision in decisions.iter().filter(|decision| decision.kind == TransferDecisionKind::Approved) {
                members.extend(Member::find(ctx, decision.decided_by).await?);
            }
        }
        Ok(Some(members))
    }

    /// What it undoes; null where it undoes nothing.
    async fn reverses(&self, ctx: &Context<'_>) -> Result<Option<CreditBatch>> {
        match self.0.reverses_id {
            Some(id) => CreditBatch::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// What undid it; null where nothing did.
    async fn reversed_by(&self, ctx: &Context<'_>) -> Result<Option<CreditBatch>> {
        ctx.authorize::<CreditRead>()?;
        Ok(ctx.loads()?.load_one(ReversalOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// From when on it counts.
    async fn effective_at(&self) -> DateTime {
        DateTime(self.0.effective_at)
    }

    /// From when on it was asked to count, where that lay in a locked month; null where it counts from when it was asked to.
    async fn asked_effective_at(&self) -> Option<DateTime> {
        self.0.asked_effective_at.map(DateTime)
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    CreditBatchConnection, CreditBatchEdge, CreditBatch, "credit batches";
}

impl Loader<CreditBatchId> for Loads {
    type Value = credit_batch::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[CreditBatchId]) -> Result<HashMap<CreditBatchId, credit_batch::Model>, Arc<Error>> {
        service::credit_batches_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of the entries of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct EntriesOf(CreditBatchId);

impl Loader<EntriesOf> for Loads {
    type Value = Vec<credit_entry::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[EntriesOf]) -> Result<HashMap<EntriesOf, Vec<credit_entry::Model>>, Arc<Error>> {
        let batches: Vec<CreditBatchId> = keys.iter().map(|key| key.0).collect();
        let found = service::entries_of(&self.authorize()?, &batches).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(batch, rows)| (EntriesOf(batch), rows)).collect())
    }
}

/// The key of what undid a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct ReversalOf(CreditBatchId);

impl Loader<ReversalOf> for Loads {
    type Value = credit_batch::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ReversalOf]) -> Result<HashMap<ReversalOf, credit_batch::Model>, Arc<Error>> {
        let batches: Vec<CreditBatchId> = keys.iter().map(|key| key.0).collect();
        let found = service::reversals_of(&self.authorize()?, &batches).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(batch, row)| (ReversalOf(batch), row)).collect())
    }
}
