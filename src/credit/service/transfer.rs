//! Moving credit from one resource to another.

use entity::ids::{CloseId, CreditBatchId, CreditEntryId};
use entity::kinds::{BatchKind, Resource};
use entity::time::Timestamp;
use entity::{credit_batch, credit_entry};
use serde::Serialize;

use super::facts::standings;
use super::movement::hold;
use crate::auth::Scope;
use crate::auth::permission::grant::CreditWrite;
use crate::credit::store::{self, Of};
use crate::db::{Idempotent, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::ledger::{LedgerError, Transfer, transfer};

/// Credit to be moved.
#[derive(Clone, Debug, Serialize)]
pub struct TransferCredit {
    /// The close.
    pub close_id: CloseId,
    /// Who gives.
    pub from: Resource,
    /// Who receives.
    pub to: Resource,
    /// How much, in basis points of the close.
    pub basis_points: i64,
    /// From when on.
    pub effective_at: Timestamp,
    /// Why.
    pub reason: String,
    /// Repeating it gives the same batch.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Moves credit of a close.
///
/// # Errors
/// Problems with `closeId`, `basisPoints`, `to`, `effectiveAt`, `reason`; `CREDIT_OVERDRAW` where the donor would at any
/// instant hold less than nothing, `CLOSE_STATE` on a voided close, [`Error::Conflict`] where another post came first.
pub async fn transfer_credit(scope: &Scope<CreditWrite>, new: &TransferCredit) -> Result<credit_batch::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "transferCredit", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<CreditBatchId>(&tx).await? {
        return tx.get::<credit_batch::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let close = hold(&tx, new.close_id).await?;
    let mut problems = Problems::new();
    let reason = problems.take(input::text("reason", &new.reason, input::NOTE))?.unwrap_or_default();
    problems.take(input::moment("effectiveAt", new.effective_at, scope.now()))?;
    problems.check()?;
    let of = Of::Listed(std::slice::from_ref(&close.id));
    if standings(&tx, of, Timestamp::MAX).await?.get(&close.id).is_some_and(|standing| standing.voided) {
        return Err(Error::invalid("closeId", ProblemCode::CloseState, "a voided close moves no credit"));
    }
    let postings = store::postings_of(&tx, of, Timestamp::MAX).await?.remove(&close.id).unwrap_or_default();
    let wanted = Transfer { from: new.from, to: new.to, bp: new.basis_points, effective_at: new.effective_at, recorded_at: scope.now() };
    let moved = transfer(&postings, wanted).map_err(refused)?;
    let batch = credit_batch::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        close_id: close.id,
        sequence: store::next_sequence(&tx, close.id).await?,
        kind: BatchKind::Transfer,
        rule: None,
        reason,
        requested_by: scope.member_id(),
        effective_at: new.effective_at,
        recorded_at: scope.now(),
    };
    let batch = tx.insert::<credit_batch::Entity>(batch).await?;
    post(&tx, batch.id, moved.map(|posting| (scope.next_id(), posting.resource, posting.delta_bp))).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &batch.id).await?;
    tx.commit().await?;
    Ok(batch)
}

async fn post(tx: &TenantWrite, batch_id: CreditBatchId, entries: [(CreditEntryId, Resource, i64); 2]) -> Result<()> {
    let mut rows = Vec::with_capacity(entries.len());
    for (id, resource, delta_bp) in entries {
        rows.push(entry(tx, id, batch_id, resource, delta_bp)?);
    }
    tx.insert_many::<credit_entry::Entity>(&rows).await
}

/// One posting.
pub(super) fn entry(
    tx: &TenantWrite,
    id: CreditEntryId,
    batch_id: CreditBatchId,
    resource: Resource,
    delta_bp: i64,
) -> Result<credit_entry::Model> {
    let delta_bp = i32::try_from(delta_bp).map_err(Error::internal)?;
    Ok(credit_entry::Model { organization_id: tx.organization_id(), id, batch_id, resource, delta_bp })
}

fn refused(error: LedgerError) -> Error {
    let (field, code) = match error {
        LedgerError::Zero | LedgerError::Negative { .. } => ("basisPoints", ProblemCode::InvalidAmount),
        LedgerError::SelfTransfer { .. } => ("to", ProblemCode::SelfReference),
        LedgerError::Overdraw { .. } => ("basisPoints", ProblemCode::CreditOverdraw),
        // Both postings of a transfer take effect together, so what was whole stays whole.
        LedgerError::NotWhole { .. } => return Error::internal(error),
    };
    Error::invalid(field, code, error.to_string())
}
