//! Deciding about credit that its policy would give otherwise by now.

use entity::credit_proposal_decision;
use entity::ids::{CloseId, CreditProposalDecisionId};
use entity::kinds::{ProposalDecisionKind, Resource};
use serde::Serialize;

use super::dispute::{columns, move_to};
use super::movement::hold;
use super::proposal::proposals;
use super::transfer::stands_won;
use crate::auth::Scope;
use crate::auth::permission::grant::CreditWrite;
use crate::credit::store::Which;
use crate::db::{Idempotent, remember};
use crate::error::{Error, ProblemCode, Result};
use crate::input;
use crate::metrics::proposal::State;

/// What is posted says why.
const REASON: &str = "as the policy gives it on the evidence known by now";

/// A decision about a proposal, as the caller saw it.
#[derive(Clone, Debug, Serialize)]
pub struct DecideProposal {
    /// The close.
    pub close_id: CloseId,
    /// What was suggested, in basis points. Who is not named gets nothing.
    pub suggested: Vec<(Resource, i64)>,
    /// Why.
    pub reason: Option<String>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Moves the credit of a close from who holds it to what its policy suggests, in one batch.
///
/// # Errors
/// Problems with `closeId`: `CLOSE_STATE` where it was voided, `ALREADY_DECIDED` where it was accepted; with `suggestedShares`:
/// `STALE_VERSION` where that is not suggested, or no longer, `CREDIT_OVERDRAW` where a resource would hold less than nothing,
/// `INVALID` where they hold that; with `reason`.
pub async fn accept_credit_proposal(scope: &Scope<CreditWrite>, new: &DecideProposal) -> Result<credit_proposal_decision::Model> {
    decide(scope, new, "acceptCreditProposal", ProposalDecisionKind::Accepted).await
}

/// Leaves the credit of a close as it is, whatever its policy suggests, until that is something else.
///
/// # Errors
/// Problems with `closeId`: `CLOSE_STATE` where it was voided, `ALREADY_DECIDED`; with `suggestedShares`: `STALE_VERSION`; with
/// `reason`.
pub async fn dismiss_credit_proposal(scope: &Scope<CreditWrite>, new: &DecideProposal) -> Result<credit_proposal_decision::Model> {
    decide(scope, new, "dismissCreditProposal", ProposalDecisionKind::Dismissed).await
}

async fn decide(
    scope: &Scope<CreditWrite>,
    new: &DecideProposal,
    operation: &'static str,
    kind: ProposalDecisionKind,
) -> Result<credit_proposal_decision::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), operation, new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<CreditProposalDecisionId>(&tx).await? {
        return tx.get::<credit_proposal_decision::Entity>(id).await?.ok_or(Error::NotFound);
    }
    // A decision is somebody's.
    let member = scope.member_id().ok_or(Error::Forbidden)?;
    let suggested = input::shares("suggestedShares", &new.suggested)?;
    let reason = match kind {
        ProposalDecisionKind::Dismissed => Some(input::text("reason", new.reason.as_deref().unwrap_or_default(), input::NOTE)?),
        ProposalDecisionKind::Accepted => input::optional_text("reason", new.reason.as_deref(), input::NOTE)?,
    };
    let close = hold(&tx, new.close_id).await?;
    stands_won(&tx, close.id, "closeId").await?;
    let found = proposals(&tx, Which::One(close.id), scope.now()).await?.pop();
    let Some(proposal) = found.filter(|proposal| proposal.suggested.1 == suggested) else {
        return Err(Error::invalid("suggestedShares", ProblemCode::StaleVersion, "that is not suggested, or no longer: read it again"));
    };
    match (proposal.state, kind) {
        (State::Open, _) | (State::Dismissed, ProposalDecisionKind::Accepted) => {}
        (State::Accepted, _) | (State::Dismissed, ProposalDecisionKind::Dismissed) => {
            return Err(Error::invalid("closeId", ProblemCode::AlreadyDecided, "that was decided already"));
        }
    }
    let batch_id = match kind {
        ProposalDecisionKind::Dismissed => None,
        ProposalDecisionKind::Accepted => {
            let because = reason.as_deref().unwrap_or(REASON);
            let moved = move_to(&tx, scope, (close.id, suggested, scope.now()), because).await;
            Some(moved.map_err(|error| error.renamed("shares", "suggestedShares"))?)
        }
    };
    let [sales_bp, marketing_bp, product_bp] = columns(suggested);
    let row = credit_proposal_decision::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        close_id: close.id,
        kind,
        sales_bp,
        marketing_bp,
        product_bp,
        batch_id,
        decided_by: member,
        reason,
        recorded_at: scope.now(),
    };
    let row = tx.insert::<credit_proposal_decision::Entity>(row).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}
