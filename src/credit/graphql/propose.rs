//! Deciding about proposals.

use async_graphql::{Context, ID, InputObject, Object};

use super::proposal::CreditProposalDecision;
use crate::auth::permission::grant::CreditWrite;
use crate::credit::service;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::node::parse_id;
use crate::graphql::share::ResourceShareInput;
use crate::payloads;

/// A proposal that is agreed to.
#[derive(InputObject)]
pub struct AcceptCreditProposalInput {
    /// The close.
    close_id: ID,
    /// What you saw suggested. Something else by now is `STALE_VERSION`.
    suggested_shares: Vec<ResourceShareInput>,
    /// Why.
    reason: Option<String>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// A proposal that is not agreed to.
#[derive(InputObject)]
pub struct DismissCreditProposalInput {
    /// The close.
    close_id: ID,
    /// What you saw suggested. Something else by now is `STALE_VERSION`.
    suggested_shares: Vec<ResourceShareInput>,
    /// Why.
    reason: String,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of accepting a proposal.
    AcceptCreditProposalPayload {
        /// The decision.
        decision: CreditProposalDecision
    }
    /// What came of dismissing a proposal.
    DismissCreditProposalPayload {
        /// The decision.
        decision: CreditProposalDecision
    }
}

/// Deciding about proposals.
#[derive(Debug, Default)]
pub struct ProposalMutation;

#[Object]
impl ProposalMutation {
    /// Moves the credit of a close from who holds it to what its policy would give now, from now on and in one batch.
    async fn accept_credit_proposal(&self, ctx: &Context<'_>, input: AcceptCreditProposalInput) -> Result<AcceptCreditProposalPayload> {
        let scope = ctx.authorize::<CreditWrite>()?;
        let decision = decision(&input.close_id, input.suggested_shares, input.reason, input.idempotency_key)?;
        AcceptCreditProposalPayload::settle(service::accept_credit_proposal(&scope, &decision).await.map(CreditProposalDecision::from))
    }

    /// Leaves the credit of a close as it is. The proposal stays dismissed for as long as the same is suggested.
    async fn dismiss_credit_proposal(&self, ctx: &Context<'_>, input: DismissCreditProposalInput) -> Result<DismissCreditProposalPayload> {
        let scope = ctx.authorize::<CreditWrite>()?;
        let decision = decision(&input.close_id, input.suggested_shares, Some(input.reason), input.idempotency_key)?;
        DismissCreditProposalPayload::settle(service::dismiss_credit_proposal(&scope, &decision).await.map(CreditProposalDecision::from))
    }
}

fn decision(
    close: &ID,
    suggested: Vec<ResourceShareInput>,
    reason: Option<String>,
    idempotency_key: Option<String>,
) -> Result<service::DecideProposal> {
    Ok(service::DecideProposal {
        close_id: parse_id(close, "input.closeId")?,
        suggested: suggested.into_iter().map(Into::into).collect(),
        reason,
        idempotency_key,
    })
}
