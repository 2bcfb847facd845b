//! Asking for transfers of credit, deciding about them, undoing what was posted, and the policy of all that.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::{PolicyRule, Resource, TransferApproval};

use super::{CreditBatch, CreditPolicy, CreditTransfer};
use crate::auth::permission::grant::{CreditTransfer as MayTransfer, CreditWrite};
use crate::credit::service;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::node::parse_id;
use crate::graphql::scalar::DateTime;
use crate::payloads;
use crate::periods::graphql::RestateInput;

/// Credit to be moved from one resource to another.
#[derive(InputObject)]
pub struct RequestCreditTransferInput {
    /// The close.
    close_id: ID,
    /// Who gives. One side has to be your resource, unless you may ask for all of them.
    from: Resource,
    /// Who receives.
    to: Resource,
    /// How much of the close, of 10 000. The donor must have it from `effectiveAt` on for ever.
    basis_points: i32,
    /// From when on it counts. In a locked month: from the end of the last locked one, unless it restates.
    effective_at: DateTime,
    /// Why.
    reason: String,
    /// That it is written to a locked month all the same; where it is posted at once.
    restate: Option<RestateInput>,
    /// Repeating the mutation with the same key gives the same transfer.
    idempotency_key: Option<String>,
}

/// Approval of a transfer.
#[derive(InputObject)]
pub struct ApproveCreditTransferInput {
    /// The transfer.
    transfer_id: ID,
    /// Why.
    reason: Option<String>,
    /// That what it posts is written to a locked month all the same; with the last approval.
    restate: Option<RestateInput>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// The end of a transfer that is not agreed to.
#[derive(InputObject)]
pub struct DeclineCreditTransferInput {
    /// The transfer.
    transfer_id: ID,
    /// Why.
    reason: String,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// The end of a transfer that you asked for.
#[derive(InputObject)]
pub struct WithdrawCreditTransferInput {
    /// The transfer.
    transfer_id: ID,
    /// Why.
    reason: Option<String>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// A transfer to be undone.
#[derive(InputObject)]
pub struct ReverseCreditBatchInput {
    /// What was posted; a transfer that was not undone yet.
    batch_id: ID,
    /// Why.
    reason: String,
    /// From when on what it moved is back; not before it was moved. In a locked month: from the end of the last locked one,
    /// unless it restates. Default: now.
    effective_at: Option<DateTime>,
    /// That it is written to a locked month all the same.
    restate: Option<RestateInput>,
    /// Repeating the mutation with the same key gives the same reversal.
    idempotency_key: Option<String>,
}

/// The next version of the policy by which credit is kept.
#[derive(InputObject)]
pub struct DefineCreditPolicyInput {
    /// How many days before a close evidence counts: 1 to 3660.
    lookback_days: i32,
    /// To steps of how many basis points evidence is rounded; whole steps must make up 10 000.
    rounding_basis_points: i32,
    /// In which order the rules are asked: the first that applies decides. Each once, `SOURCE_RESOURCE` last.
    rules: Vec<PolicyRule>,
    /// Whose approval a transfer needs that is asked for from now on.
    transfer_approval: TransferApproval,
    /// The version you saw last; another one since is `STALE_VERSION`.
    expected_version: Option<i32>,
    /// Repeating the mutation with the same key gives the same version.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of asking for a transfer.
    RequestCreditTransferPayload {
        /// The transfer.
        transfer: CreditTransfer
    }
    /// What came of approving a transfer.
    ApproveCreditTransferPayload {
        /// The transfer.
        transfer: CreditTransfer
    }
    /// What came of declining a transfer.
    DeclineCreditTransferPayload {
        /// The transfer.
        transfer: CreditTransfer
    }
    /// What came of withdrawing a transfer.
    WithdrawCreditTransferPayload {
        /// The transfer.
        transfer: CreditTransfer
    }
    /// What came of undoing a batch.
    ReverseCreditBatchPayload {
        /// The postings that undo it.
        batch: CreditBatch
    }
    /// What came of defining a policy.
    DefineCreditPolicyPayload {
        /// The version.
        policy: CreditPolicy
    }
}

/// Moving credit, and the policy by which it is kept.
#[derive(Debug, Default)]
pub struct TransferMutation;

#[Object]
impl TransferMutation {
    /// Asks to move credit of a close from one resource to another. Where the policy wants nobody's approval it is posted at
    /// once.
    async fn request_credit_transfer(&self, ctx: &Context<'_>, input: RequestCreditTransferInput) -> Result<RequestCreditTransferPayload> {
        let scope = ctx.authorize::<MayTransfer>()?;
        let new = service::RequestCreditTransfer {
            close_id: parse_id(&input.close_id, "input.closeId")?,
            from: input.from,
            to: input.to,
            basis_points: input.basis_points.into(),
            effective_at: input.effective_at.0,
            reason: input.reason,
            restate: input.restate.map(Into::into),
            idempotency_key: input.idempotency_key,
        };
        RequestCreditTransferPayload::settle(service::request_credit_transfer(&scope, &new).await.map(CreditTransfer::from))
    }

    /// Agrees to a transfer that somebody else asked for. With the last approval that was missing it is posted.
    async fn approve_credit_transfer(&self, ctx: &Context<'_>, input: ApproveCreditTransferInput) -> Result<ApproveCreditTransferPayload> {
        let scope = ctx.authorize::<MayTransfer>()?;
        let restate = input.restate.map(Into::into);
        let decision = service::DecideTransfer { restate, ..decision(&input.transfer_id, input.reason, input.idempotency_key)? };
        ApproveCreditTransferPayload::settle(service::approve_credit_transfer(&scope, &decision).await.map(CreditTransfer::from))
    }

    /// Does not agree to a transfer that waits for your approval, which ends it.
    async fn decline_credit_transfer(&self, ctx: &Context<'_>, input: DeclineCreditTransferInput) -> Result<DeclineCreditTransferPayload> {
        let scope = ctx.authorize::<MayTransfer>()?;
        let decision = decision(&input.transfer_id, Some(input.reason), input.idempotency_key)?;
        DeclineCreditTransferPayload::settle(service::decline_credit_transfer(&scope, &decision).await.map(CreditTransfer::from))
    }

    /// Takes a transfer back that you asked for.
    async fn withdraw_credit_transfer(
        &self,
        ctx: &Context<'_>,
        input: WithdrawCreditTransferInput,
    ) -> Result<WithdrawCreditTransferPayload> {
        let scope = ctx.authorize::<MayTransfer>()?;
        let decision = decision(&input.transfer_id, input.reason, input.idempotency_key)?;
        WithdrawCreditTransferPayload::settle(service::withdraw_credit_transfer(&scope, &decision).await.map(CreditTransfer::from))
    }

    /// Undoes a transfer that was posted, by postings of its opposite.
    async fn reverse_credit_batch(&self, ctx: &Context<'_>, input: ReverseCreditBatchInput) -> Result<ReverseCreditBatchPayload> {
        let scope = ctx.authorize::<CreditWrite>()?;
        let undo = service::ReverseCreditBatch {
            batch_id: parse_id(&input.batch_id, "input.batchId")?,
            reason: input.reason,
            effective_at: input.effective_at.map(|at| at.0),
            restate: input.restate.map(Into::into),
            idempotency_key: input.idempotency_key,
        };
        ReverseCreditBatchPayload::settle(service::reverse_credit_batch(&scope, &undo).await.map(CreditBatch::from))
    }

    /// Defines the next version of the policy. Closes keep the version they were opened with.
    async fn define_credit_policy(&self, ctx: &Context<'_>, input: DefineCreditPolicyInput) -> Result<DefineCreditPolicyPayload> {
        let scope = ctx.authorize::<CreditWrite>()?;
        let new = service::DefineCreditPolicy {
            lookback_days: input.lookback_days,
            rounding_bp: input.rounding_basis_points,
            rules: input.rules,
            transfer_approval: input.transfer_approval,
            expected_version: input.expected_version.map(i64::from),
            idempotency_key: input.idempotency_key,
        };
        DefineCreditPolicyPayload::settle(service::define_credit_policy(&scope, &new).await.map(CreditPolicy::from))
    }
}

fn decision(transfer: &ID, reason: Option<String>, idempotency_key: Option<String>) -> Result<service::DecideTransfer> {
    Ok(service::DecideTransfer { transfer_id: parse_id(transfer, "input.transferId")?, reason, restate: None, idempotency_key })
}
