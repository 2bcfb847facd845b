//! Disputing credit, and settling disputes.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::kinds::Resource;

use super::CreditDispute;
use crate::auth::permission::grant::{CreditTransfer, CreditWrite};
use crate::credit::service::{self, Verdict};
use crate::error::{Error, ProblemCode, Result};
use crate::graphql::context::Authorize;
use crate::graphql::node::parse_id;
use crate::graphql::scalar::DateTime;
use crate::graphql::share::ResourceShareInput;
use crate::payloads;

/// A claim that the credit of a close should be shared otherwise.
#[derive(InputObject)]
pub struct OpenCreditDisputeInput {
    /// The close; it is not voided, and the resource does not dispute it already.
    close_id: ID,
    /// For whom it is claimed: your resource, unless you may for all of them.
    resource: Resource,
    /// What each resource should hold: 10 000 in all, and not what they hold. Who is left out should hold nothing.
    suggested_shares: Vec<ResourceShareInput>,
    /// Why.
    reason: String,
    /// Repeating the mutation with the same key gives the same dispute.
    idempotency_key: Option<String>,
}

/// How somebody who answers for the ledger settles a dispute.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum CreditDisputeVerdict {
    /// Credit is moved.
    Upheld,
    /// The ledger stays as it is.
    Rejected,
}

/// The end of a dispute that somebody else opened.
#[derive(InputObject)]
pub struct ResolveCreditDisputeInput {
    /// The dispute.
    dispute_id: ID,
    /// How it is settled.
    verdict: CreditDisputeVerdict,
    /// What each resource holds from then on, where it is upheld: 10 000 in all. Who is left out holds nothing.
    shares: Option<Vec<ResourceShareInput>>,
    /// From when on they do, where it is upheld. Default: now.
    effective_at: Option<DateTime>,
    /// Why.
    reason: String,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// The end of a dispute that you opened.
#[derive(InputObject)]
pub struct WithdrawCreditDisputeInput {
    /// The dispute.
    dispute_id: ID,
    /// Why.
    reason: Option<String>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of disputing credit.
    OpenCreditDisputePayload {
        /// The dispute.
        dispute: CreditDispute
    }
    /// What came of settling a dispute.
    ResolveCreditDisputePayload {
        /// The dispute.
        dispute: CreditDispute
    }
    /// What came of withdrawing a dispute.
    WithdrawCreditDisputePayload {
        /// The dispute.
        dispute: CreditDispute
    }
}

/// Disputing credit, and settling disputes.
#[derive(Debug, Default)]
pub struct DisputeMutation;

#[Object]
impl DisputeMutation {
    /// Disputes how the credit of a close is shared, for a resource.
    async fn open_credit_dispute(&self, ctx: &Context<'_>, input: OpenCreditDisputeInput) -> Result<OpenCreditDisputePayload> {
        let scope = ctx.authorize::<CreditTransfer>()?;
        let new = service::OpenCreditDispute {
            close_id: parse_id(&input.close_id, "input.closeId")?,
            resource: input.resource,
            shares: input.suggested_shares.into_iter().map(Into::into).collect(),
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        OpenCreditDisputePayload::settle(service::open_credit_dispute(&scope, &new).await.map(CreditDispute::from))
    }

    /// Settles a dispute that somebody else opened. Where it is upheld, what the resources hold is moved to the shares in one batch.
    async fn resolve_credit_dispute(&self, ctx: &Context<'_>, input: ResolveCreditDisputeInput) -> Result<ResolveCreditDisputePayload> {
        let scope = ctx.authorize::<CreditWrite>()?;
        let dispute_id = parse_id(&input.dispute_id, "input.disputeId")?;
        let resolved = async {
            let end = service::ResolveCreditDispute {
                dispute_id,
                verdict: verdict(input.verdict, input.shares, input.effective_at)?,
                reason: input.reason,
                idempotency_key: input.idempotency_key,
            };
            service::resolve_credit_dispute(&scope, &end).await
        };
        ResolveCreditDisputePayload::settle(resolved.await.map(CreditDispute::from))
    }

    /// Takes a dispute back that you opened.
    async fn withdraw_credit_dispute(&self, ctx: &Context<'_>, input: WithdrawCreditDisputeInput) -> Result<WithdrawCreditDisputePayload> {
        let scope = ctx.authorize::<CreditTransfer>()?;
        let end = service::WithdrawCreditDispute {
            dispute_id: parse_id(&input.dispute_id, "input.disputeId")?,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        WithdrawCreditDisputePayload::settle(service::withdraw_credit_dispute(&scope, &end).await.map(CreditDispute::from))
    }
}

fn verdict(verdict: CreditDisputeVerdict, shares: Option<Vec<ResourceShareInput>>, effective_at: Option<DateTime>) -> Result<Verdict> {
    match (verdict, shares) {
        (CreditDisputeVerdict::Upheld, Some(shares)) => {
            Ok(Verdict::Upheld { shares: shares.into_iter().map(Into::into).collect(), effective_at: effective_at.map(|at| at.0) })
        }
        (CreditDisputeVerdict::Upheld, None) => Err(Error::invalid("shares", ProblemCode::Required, "say what each resource holds then")),
        (CreditDisputeVerdict::Rejected, None) if effective_at.is_none() => Ok(Verdict::Rejected),
        (CreditDisputeVerdict::Rejected, shares) => {
            let field = if shares.is_some() { "shares" } else { "effectiveAt" };
            Err(Error::invalid(field, ProblemCode::Invalid, "nothing is moved where a dispute is rejected"))
        }
    }
}
