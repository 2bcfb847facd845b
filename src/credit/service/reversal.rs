//! Undoing a batch: what it moved goes back, by another one.

use std::collections::HashMap;

use entity::credit_batch;
use entity::ids::CreditBatchId;
use entity::kinds::BatchKind;
use entity::time::Timestamp;
use serde::Serialize;

use super::movement::hold;
use super::transfer::{NewBatch, post, postings_of, refused, stands_won};
use crate::auth::Scope;
use crate::auth::permission::grant::{CreditRead, CreditWrite};
use crate::credit::store;
use crate::db::{Idempotent, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::ledger::{Posting, reversal};
use crate::periods::service::{LockedMonths, Restate};

/// A batch to be undone.
#[derive(Clone, Debug, Serialize)]
pub struct ReverseCreditBatch {
    /// The batch.
    pub batch_id: CreditBatchId,
    /// Why.
    pub reason: String,
    /// From when on what it moved is back; by default from now on. In a locked month: from the end of the last locked one,
    /// unless it restates.
    pub effective_at: Option<Timestamp>,
    /// That it is written to a locked month all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restate: Option<Restate>,
    /// Repeating it gives the same reversal.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Undoes a transfer that was posted.
///
/// # Errors
/// Problems with `batchId`: `FIXED` for openings and reversals, `ALREADY_REVERSED`, `CREDIT_OVERDRAW` where who received no
/// longer has it at some instant, `CLOSE_STATE` on a voided close; with `reason`; with `effectiveAt`, where it lies before the
/// batch.
pub async fn reverse_credit_batch(scope: &Scope<CreditWrite>, undo: &ReverseCreditBatch) -> Result<credit_batch::Model> {
    let once = Idempotent::new(undo.idempotency_key.as_deref(), "reverseCreditBatch", undo)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<CreditBatchId>(&tx).await? {
        return tx.get::<credit_batch::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let batch = tx.get::<credit_batch::Entity>(undo.batch_id).await?.ok_or_else(|| Error::unknown("batchId"))?;
    let close = hold(&tx, batch.close_id).await?;
    let mut problems = Problems::new();
    let reason = problems.take(input::text("reason", &undo.reason, input::NOTE))?.unwrap_or_default();
    let effective_at = undo.effective_at.unwrap_or_else(|| scope.now().max(batch.effective_at));
    problems.take(input::moment("effectiveAt", effective_at, scope.now()))?;
    if effective_at < batch.effective_at {
        problems.push("effectiveAt", ProblemCode::OutOfOrder, "must not lie before the batch it undoes");
    }
    match batch.kind {
        BatchKind::Transfer => {}
        BatchKind::Opening => problems.push("batchId", ProblemCode::Fixed, "what a close starts with is not undone: move it"),
        BatchKind::Reversal => problems.push("batchId", ProblemCode::Fixed, "what was undone stays undone: move it anew"),
    }
    if !store::reversals_of(&tx, &[batch.id]).await?.is_empty() {
        problems.push("batchId", ProblemCode::AlreadyReversed, "it was undone already");
    }
    problems.check()?;
    stands_won(&tx, close.id, "batchId").await?;
    let effective = LockedMonths::share(&tx).await?.effective(scope, effective_at, undo.restate.as_ref())?;
    let undone: Vec<Posting> = store::postings_of_batch(&tx, batch.id)
        .await?
        .into_iter()
        .map(|entry| Posting {
            effective_at: batch.effective_at,
            recorded_at: batch.recorded_at,
            resource: entry.resource,
            delta_bp: entry.delta_bp.into(),
        })
        .collect();
    let postings = postings_of(&tx, close.id).await?;
    let moved = reversal(&postings, &undone, effective.at(), scope.now()).map_err(|error| refused(error, "batchId"))?;
    let new = NewBatch {
        close_id: close.id,
        kind: BatchKind::Reversal,
        reason,
        requested_by: scope.member_id(),
        effective,
        transfer_id: None,
        reverses_id: Some(batch.id),
    };
    let made = post(&tx, scope, new, &moved).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &made.id).await?;
    tx.commit().await?;
    Ok(made)
}

/// The batches that undo some others, by what they undo.
///
/// # Errors
/// What the database says.
pub async fn reversals_of(scope: &Scope<CreditRead>, ids: &[CreditBatchId]) -> Result<HashMap<CreditBatchId, credit_batch::Model>> {
    let rows = store::reversals_of(&scope.read().await?, ids).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.reverses_id?, row))).collect())
}
