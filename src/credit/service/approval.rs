//! Deciding about a transfer that somebody asked for.
//!
//! Nobody decides about what they asked for themselves: not in another role, not as an API client of theirs, and not by
//! acting for somebody or having somebody act for them. Who decides for a resource decides for their own side where its
//! approval is missing; who may for the whole organization decides for every side that is.

use entity::ids::CreditTransferId;
use entity::kinds::{Resource, TransferDecisionKind};
use entity::{credit_transfer, credit_transfer_decision};
use serde::Serialize;

use super::transfer::{Held, carry_out, hold_transfer, postings_of, refused, stands, stands_won};
use crate::auth::Scope;
use crate::auth::permission::grant::CreditTransfer;
use crate::auth::permission::{Permission, Reach};
use crate::db::{Idempotent, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Result};
use crate::input;
use crate::metrics::ledger::{Transfer, transfer};
use crate::metrics::transfer_standing::{Missing, State};
use crate::periods::service::{LockedMonths, Restate};
use crate::roles::service::is_of_another;

/// A decision about a transfer.
#[derive(Clone, Debug, Serialize)]
pub struct DecideTransfer {
    /// The transfer.
    pub transfer_id: CreditTransferId,
    /// Why.
    pub reason: Option<String>,
    /// That what it posts is written to a locked month all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restate: Option<Restate>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Agrees to a transfer. With the last approval that was missing it is posted, if the donor still has what it takes.
///
/// # Errors
/// Problems with `transferId`: `TRANSFER_STATE` where it is settled, `SELF_APPROVAL`, `ALREADY_DECIDED`, `NOT_ALLOWED` where the
/// caller's approval is not asked for, `CREDIT_OVERDRAW` and `CLOSE_STATE` where it can no longer be posted.
pub async fn approve_credit_transfer(scope: &Scope<CreditTransfer>, decision: &DecideTransfer) -> Result<credit_transfer::Model> {
    decide(scope, decision, "approveCreditTransfer", TransferDecisionKind::Approved).await
}

/// Does not agree to a transfer, which ends it.
///
/// # Errors
/// As [`approve_credit_transfer`]; a problem with `reason` where there is none.
pub async fn decline_credit_transfer(scope: &Scope<CreditTransfer>, decision: &DecideTransfer) -> Result<credit_transfer::Model> {
    decide(scope, decision, "declineCreditTransfer", TransferDecisionKind::Declined).await
}

/// Takes a transfer back that the caller asked for.
///
/// # Errors
/// Problems with `transferId`: `TRANSFER_STATE` where it is settled, `NOT_ALLOWED` where somebody else asked for it.
pub async fn withdraw_credit_transfer(scope: &Scope<CreditTransfer>, decision: &DecideTransfer) -> Result<credit_transfer::Model> {
    decide(scope, decision, "withdrawCreditTransfer", TransferDecisionKind::Withdrawn).await
}

async fn decide(
    scope: &Scope<CreditTransfer>,
    decision: &DecideTransfer,
    operation: &'static str,
    kind: TransferDecisionKind,
) -> Result<credit_transfer::Model> {
    let once = Idempotent::new(decision.idempotency_key.as_deref(), operation, decision)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<CreditTransferId>(&tx).await? {
        return tx.get::<credit_transfer::Entity>(id).await?.ok_or(Error::NotFound);
    }
    // A decision is somebody's.
    let member = scope.member_id().ok_or(Error::Forbidden)?;
    let reason = match (kind, &decision.reason) {
        (TransferDecisionKind::Declined, reason) => Some(input::text("reason", reason.as_deref().unwrap_or_default(), input::NOTE)?),
        (_, reason) => input::optional_text("reason", reason.as_deref(), input::NOTE)?,
    };
    let Held { transfer: row, close, approval, mut decisions } = hold_transfer(&tx, decision.transfer_id).await?;
    let standing = stands(&row, approval, &decisions)?;
    if standing.state != State::Requested {
        return Err(Error::invalid("transferId", ProblemCode::TransferState, "it is settled already"));
    }
    let side = match kind {
        TransferDecisionKind::Withdrawn if row.requested_by == Some(member) => None,
        TransferDecisionKind::Withdrawn => return Err(scope.out_of_reach("transferId", "somebody else asked for it")),
        TransferDecisionKind::Approved | TransferDecisionKind::Declined => {
            is_of_another(&tx, scope, (row.requested_by, row.requested_for), "transferId").await?;
            if decisions.iter().any(|decision| decision.decided_by == member) {
                return Err(Error::invalid("transferId", ProblemCode::AlreadyDecided, "you decided about it already"));
            }
            side(scope, &standing.missing)?
        }
    };
    let made = credit_transfer_decision::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        transfer_id: row.id,
        kind,
        side,
        decided_by: member,
        reason,
        recorded_at: scope.now(),
    };
    decisions.push(tx.insert::<credit_transfer_decision::Entity>(made).await?);
    if kind == TransferDecisionKind::Approved {
        stands_won(&tx, close.id, "transferId").await?;
        if stands(&row, approval, &decisions)?.state == State::Posted {
            settle(&tx, scope, &row, decision.restate.as_ref()).await?;
        } else if decision.restate.is_some() {
            return Err(Error::invalid("restate", ProblemCode::Invalid, "another approval is missing: who gives the last one may restate"));
        }
    }
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Moves the credit of a transfer to which nobody's approval is missing.
async fn settle(tx: &TenantWrite, scope: &Scope<CreditTransfer>, row: &credit_transfer::Model, restate: Option<&Restate>) -> Result<()> {
    let effective = LockedMonths::share(tx).await?.effective(scope, row.effective_at, restate)?;
    let wanted = Transfer {
        from: row.from_resource,
        to: row.to_resource,
        bp: row.basis_points.into(),
        effective_at: effective.at(),
        recorded_at: scope.now(),
    };
    let moved = transfer(&postings_of(tx, row.close_id).await?, wanted).map_err(|error| refused(error, "transferId"))?;
    carry_out(tx, scope, row, effective, &moved).await?;
    Ok(())
}

/// For which resource the caller decides; none for all of them.
fn side(scope: &Scope<CreditTransfer>, missing: &Missing) -> Result<Option<Resource>> {
    if scope.reach() == Reach::Organization {
        return Ok(None);
    }
    let own = missing.sides().iter().copied().find(|side| scope.could_cover(Permission::CreditTransfer, *side));
    own.map(Some).ok_or_else(|| scope.out_of_reach("transferId", "it does not wait for your approval"))
}
