//! Transfers of credit that were asked for.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, Object};
use entity::ids::{CloseId, CreditTransferId};
use entity::kinds::{Resource, TransferDecisionKind};
use entity::{credit_transfer, credit_transfer_decision};

use super::{Close, CreditBatch, CreditPolicy};
use crate::auth::permission::grant::{CreditRead, DirectoryRead};
use crate::connections;
use crate::credit::service::{self, DecidedTransfer};
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::scalar::DateTime;
use crate::organization::graphql::Member;

/// How a transfer of credit stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::transfer_standing::State")]
pub enum CreditTransferState {
    /// It waits for approval.
    Requested,
    /// It was agreed to, and posted.
    Posted,
    /// Somebody whose approval it needed did not agree.
    Declined,
    /// Who asked for it no longer does.
    Withdrawn,
}

/// Credit somebody asks to move from one resource to another. How it stands follows from what was decided about it.
#[derive(Clone, Debug, Description)]
pub struct CreditTransfer(credit_transfer::Model);

impl From<credit_transfer::Model> for CreditTransfer {
    fn from(row: credit_transfer::Model) -> Self {
        Self(row)
    }
}

impl CreditTransfer {
    /// The transfer with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read the ledger.
    pub async fn find(ctx: &Context<'_>, id: CreditTransferId) -> Result<Option<Self>> {
        ctx.authorize::<CreditRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// What was decided about a transfer.
    pub(super) async fn decided(ctx: &Context<'_>, id: CreditTransferId) -> Result<DecidedTransfer> {
        ctx.authorize::<CreditRead>()?;
        let found = ctx.loads()?.load_one(DecidedOf(id)).await.map_err(Arc::unwrap_or_clone)?;
        found.ok_or(Error::broken("a transfer that is shown is there"))
    }
}

#[Object(use_type_description)]
impl CreditTransfer {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The close.
    async fn close(&self, ctx: &Context<'_>) -> Result<Close> {
        Close::find(ctx, self.0.close_id).await?.ok_or(Error::broken("a transfer has its close"))
    }

    /// Who gives.
    #[graphql(name = "from")]
    async fn donor(&self) -> Resource {
        self.0.from_resource
    }

    /// Who receives.
    #[graphql(name = "to")]
    async fn receiver(&self) -> Resource {
        self.0.to_resource
    }

    /// How much of the close, of 10 000.
    async fn basis_points(&self) -> i32 {
        self.0.basis_points
    }

    /// From when on it is to count.
    async fn effective_at(&self) -> DateTime {
        DateTime(self.0.effective_at)
    }

    /// Why, in words; empty where the buyer or referrer was erased.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The policy that was in force when it was asked for: it says whose approval is needed.
    async fn policy(&self, ctx: &Context<'_>) -> Result<CreditPolicy> {
        CreditPolicy::find(ctx, self.0.policy_id).await?.ok_or(Error::broken("a transfer has its policy"))
    }

    /// How it stands.
    async fn state(&self, ctx: &Context<'_>) -> Result<CreditTransferState> {
        Ok(Self::decided(ctx, self.0.id).await?.standing.state.into())
    }

    /// The resources whose approval it waits for.
    async fn waits_for(&self, ctx: &Context<'_>) -> Result<Vec<Resource>> {
        Ok(Self::decided(ctx, self.0.id).await?.standing.missing.sides().to_vec())
    }

    /// Whether it waits for somebody who answers for the whole organization.
    async fn waits_for_desk(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(Self::decided(ctx, self.0.id).await?.standing.missing.desk())
    }

    /// What was decided about it, in the order in which it was.
    #[graphql(complexity = "3 * child_complexity + 1")]
    async fn decisions(&self, ctx: &Context<'_>) -> Result<Vec<CreditTransferDecision>> {
        Ok(Self::decided(ctx, self.0.id).await?.decisions.into_iter().map(CreditTransferDecision).collect())
    }

    /// What was posted; null where nothing was.
    async fn batch(&self, ctx: &Context<'_>) -> Result<Option<CreditBatch>> {
        Ok(Self::decided(ctx, self.0.id).await?.batch.map(CreditBatch::from))
    }

    /// Who asks for it; null for background work, and where you may not read members.
    async fn requested_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.requested_by).await
    }

    /// For whom they ask, where they act for somebody; null also where you may not read members.
    async fn requested_for(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.requested_for).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

/// What somebody decided about a transfer of credit. It never changes.
#[derive(Clone, Debug, Description)]
pub struct CreditTransferDecision(credit_transfer_decision::Model);

#[Object(use_type_description)]
impl CreditTransferDecision {
    /// What they decided.
    async fn kind(&self) -> TransferDecisionKind {
        self.0.kind
    }

    /// The resource they decided for; null for all of them.
    async fn side(&self) -> Option<Resource> {
        self.0.side
    }

    /// Who decided; null where you may not read members.
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
    CreditTransferConnection, CreditTransferEdge, CreditTransfer, "transfers of credit";
}

impl Loader<CreditTransferId> for Loads {
    type Value = credit_transfer::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[CreditTransferId]) -> Result<HashMap<CreditTransferId, credit_transfer::Model>, Arc<Error>> {
        service::credit_transfers_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of what was decided about a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct DecidedOf(CreditTransferId);

impl Loader<DecidedOf> for Loads {
    type Value = DecidedTransfer;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[DecidedOf]) -> Result<HashMap<DecidedOf, DecidedTransfer>, Arc<Error>> {
        let transfers: Vec<CreditTransferId> = keys.iter().map(|key| key.0).collect();
        let found = service::decided(&self.authorize()?, &transfers).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(transfer, decided)| (DecidedOf(transfer), decided)).collect())
    }
}

/// The key of the transfers of a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TransfersOf(pub(super) CloseId);

impl Loader<TransfersOf> for Loads {
    type Value = Vec<credit_transfer::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[TransfersOf]) -> Result<HashMap<TransfersOf, Vec<credit_transfer::Model>>, Arc<Error>> {
        let closes: Vec<CloseId> = keys.iter().map(|key| key.0).collect();
        let found = service::transfers_of(&self.authorize()?, &closes).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(close, rows)| (TransfersOf(close), rows)).collect())
    }
}
