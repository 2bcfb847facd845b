//! Asking to move credit from one resource to another.

use std::collections::HashMap;

use entity::ids::{CloseId, CreditEntryId, CreditTransferId};
use entity::kinds::{BatchKind, Resource, TransferApproval};
use entity::time::Timestamp;
use entity::{close, credit_batch, credit_entry, credit_policy, credit_transfer, credit_transfer_decision};
use serde::Serialize;

use super::facts::standings;
use super::movement::hold;
use super::policy;
use crate::auth::Scope;
use crate::auth::permission::grant::{CreditRead, CreditTransfer};
use crate::auth::permission::{Grant, Permission};
use crate::credit::store::{self, Of};
use crate::db::{Idempotent, Listing, PageRequest, TenantTx, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::ledger::{LedgerError, Posting, Transfer, transfer};
use crate::metrics::transfer_standing::{Decision, Standing, State, standing};
use crate::periods;
use crate::periods::service::{Effective, LockedMonths, Restate, Restated};

/// Which transfers are wanted; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct TransferFilter {
    /// The close.
    pub close_id: Option<CloseId>,
    /// How they stand.
    pub state: Option<State>,
    /// Who gives or receives.
    pub resource: Option<Resource>,
}

/// A page of transfers, the latest to be asked for first.
///
/// # Errors
/// What the database says.
pub async fn credit_transfers(
    scope: &Scope<CreditRead>,
    filter: &TransferFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<credit_transfer::Model>> {
    store::transfers(&scope.read().await?, filter).listing(page, with_total).await
}

/// The transfers with some ids.
///
/// # Errors
/// What the database says.
pub async fn credit_transfers_by_id(
    scope: &Scope<CreditRead>,
    ids: &[CreditTransferId],
) -> Result<HashMap<CreditTransferId, credit_transfer::Model>> {
    let rows = scope.read().await?.get_many::<credit_transfer::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The transfers of some closes, each in the order in which they were asked for.
///
/// # Errors
/// What the database says.
pub async fn transfers_of(scope: &Scope<CreditRead>, closes: &[CloseId]) -> Result<HashMap<CloseId, Vec<credit_transfer::Model>>> {
    let mut found: HashMap<CloseId, Vec<credit_transfer::Model>> = HashMap::new();
    for row in store::transfers_of(&scope.read().await?, closes).await? {
        found.entry(row.close_id).or_default().push(row);
    }
    Ok(found)
}

/// What was decided about a transfer, and how it stands by that.
#[derive(Clone, Debug)]
pub struct DecidedTransfer {
    /// The decisions, in the order in which they were made.
    pub decisions: Vec<credit_transfer_decision::Model>,
    /// How it stands.
    pub standing: Standing,
    /// What was posted, where it was.
    pub batch: Option<credit_batch::Model>,
}

/// What was decided about some transfers.
///
/// # Errors
/// What the database says.
pub async fn decided(scope: &Scope<CreditRead>, ids: &[CreditTransferId]) -> Result<HashMap<CreditTransferId, DecidedTransfer>> {
    let tx = scope.read().await?;
    let transfers = tx.get_many::<credit_transfer::Entity>(ids.iter().copied()).await?;
    let policies: Vec<_> = transfers.iter().map(|transfer| transfer.policy_id).collect();
    let policies = tx.get_many::<credit_policy::Entity>(policies).await?;
    let approvals: HashMap<_, _> = policies.into_iter().map(|policy| (policy.id, policy.transfer_approval)).collect();
    let mut decisions: HashMap<CreditTransferId, Vec<credit_transfer_decision::Model>> = HashMap::new();
    for row in store::decisions_of(&tx, ids).await? {
        decisions.entry(row.transfer_id).or_default().push(row);
    }
    let batches = store::batches_of_transfers(&tx, ids).await?;
    let mut batches: HashMap<_, _> = batches.into_iter().filter_map(|batch| Some((batch.transfer_id?, batch))).collect();
    let found = transfers.into_iter().map(|transfer| {
        let approval = *approvals.get(&transfer.policy_id).ok_or(Error::broken("a transfer has its policy"))?;
        let decisions = decisions.remove(&transfer.id).unwrap_or_default();
        let standing = stands(&transfer, approval, &decisions)?;
        Ok((transfer.id, DecidedTransfer { decisions, standing, batch: batches.remove(&transfer.id) }))
    });
    found.collect()
}

/// How a transfer stands.
pub(super) fn stands(
    transfer: &credit_transfer::Model,
    approval: TransferApproval,
    decisions: &[credit_transfer_decision::Model],
) -> Result<Standing> {
    use entity::kinds::TransferDecisionKind::{Approved, Declined, Withdrawn};
    let decisions = decisions.iter().map(|decision| match decision.kind {
        Approved => Decision::Approved(decision.side),
        Declined => Decision::Declined,
        Withdrawn => Decision::Withdrawn,
    });
    Ok(standing(approval, transfer.from_resource, transfer.to_resource, decisions))
}

/// Credit somebody asks to move.
#[derive(Clone, Debug, Serialize)]
pub struct RequestCreditTransfer {
    /// The close.
    pub close_id: CloseId,
    /// Who gives.
    pub from: Resource,
    /// Who receives.
    pub to: Resource,
    /// How much, in basis points of the close.
    pub basis_points: i64,
    /// From when on. In a locked month: from the end of the last locked one, unless it restates.
    pub effective_at: Timestamp,
    /// Why.
    pub reason: String,
    /// That it is written to a locked month all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restate: Option<Restate>,
    /// Repeating it gives the same transfer.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Asks to move credit of a close. Where the policy wants nobody's approval it is posted at once.
///
/// # Errors
/// Problems with `closeId`, `from`, `basisPoints`, `to`, `effectiveAt`, `reason`; `CREDIT_OVERDRAW` where the donor would at any
/// instant hold less than nothing, `CLOSE_STATE` on a voided close, [`Error::Conflict`] where another post came first.
pub async fn request_credit_transfer(scope: &Scope<CreditTransfer>, new: &RequestCreditTransfer) -> Result<credit_transfer::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "requestCreditTransfer", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<CreditTransferId>(&tx).await? {
        return tx.get::<credit_transfer::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let close = hold(&tx, new.close_id).await?;
    let mut problems = Problems::new();
    if ![new.from, new.to].into_iter().any(|side| scope.could_cover(Permission::CreditTransfer, side)) {
        problems.take(Err::<(), _>(scope.out_of_reach("from", "one side has to be your resource")))?;
    }
    let reason = problems.take(input::text("reason", &new.reason, input::NOTE))?.unwrap_or_default();
    problems.take(input::moment("effectiveAt", new.effective_at, scope.now()))?;
    problems.check()?;
    stands_won(&tx, close.id, "closeId").await?;
    let effective = LockedMonths::share(&tx).await?.effective(scope, new.effective_at, new.restate.as_ref())?;
    let wanted = Transfer { from: new.from, to: new.to, bp: new.basis_points, effective_at: effective.at(), recorded_at: scope.now() };
    let moved = transfer(&postings_of(&tx, close.id).await?, wanted).map_err(|error| refused(error, "basisPoints"))?;
    let policy = policy::current(&tx, scope.now()).await?;
    let row = credit_transfer::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        close_id: close.id,
        from_resource: new.from,
        to_resource: new.to,
        basis_points: i32::try_from(new.basis_points).map_err(Error::internal)?,
        effective_at: new.effective_at,
        reason,
        policy_id: policy.id,
        requested_by: scope.member_id(),
        requested_for: scope.own_id().filter(|own| Some(*own) != scope.member_id()),
        recorded_at: scope.now(),
    };
    let row = tx.insert::<credit_transfer::Entity>(row).await?;
    if stands(&row, policy.transfer_approval, &[])?.state == State::Posted {
        carry_out(&tx, scope, &row, effective, &moved).await?;
    } else if new.restate.is_some() {
        return Err(Error::invalid("restate", ProblemCode::Invalid, "it waits for approval: who gives the last one may restate"));
    }
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Posts what a transfer asks for.
pub(super) async fn carry_out(
    tx: &TenantWrite,
    scope: &Scope<CreditTransfer>,
    transfer: &credit_transfer::Model,
    effective: Effective,
    moved: &[Posting],
) -> Result<credit_batch::Model> {
    let batch = NewBatch {
        close_id: transfer.close_id,
        kind: BatchKind::Transfer,
        reason: transfer.reason.clone(),
        requested_by: transfer.requested_by,
        effective,
        transfer_id: Some(transfer.id),
        reverses_id: None,
    };
    post(tx, scope, batch, moved).await
}

/// A batch that follows the opening.
#[derive(Clone, Debug)]
pub(super) struct NewBatch {
    pub(super) close_id: CloseId,
    pub(super) kind: BatchKind,
    pub(super) reason: String,
    pub(super) requested_by: Option<entity::ids::MemberId>,
    /// By what is locked: see [`LockedMonths::effective`].
    pub(super) effective: Effective,
    pub(super) transfer_id: Option<CreditTransferId>,
    pub(super) reverses_id: Option<entity::ids::CreditBatchId>,
}

/// Writes a batch and its entries; whoever calls this holds the close and has checked the ledger.
pub(super) async fn post<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, new: NewBatch, moved: &[Posting]) -> Result<credit_batch::Model> {
    let batch = credit_batch::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        close_id: new.close_id,
        sequence: store::next_sequence(tx, new.close_id).await?,
        kind: new.kind,
        rule: None,
        reason: new.reason,
        requested_by: new.requested_by,
        effective_at: new.effective.at(),
        recorded_at: scope.now(),
        transfer_id: new.transfer_id,
        reverses_id: new.reverses_id,
        asked_effective_at: new.effective.asked_at(),
    };
    let entries = moved.iter().map(|posting| entry(tx, scope.next_id(), batch.id, posting.resource, posting.delta_bp));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    // The database looks at a batch with its entries.
    tx.insert_many::<credit_entry::Entity>(&entries).await?;
    let batch = tx.insert::<credit_batch::Entity>(batch).await?;
    let restated = Restated::Batch(batch.close_id, batch.id);
    periods::service::leave(tx, scope, [(restated, new.effective.restating().clone())]).await?;
    Ok(batch)
}

/// One posting.
pub(super) fn entry(
    tx: &TenantWrite,
    id: CreditEntryId,
    batch_id: entity::ids::CreditBatchId,
    resource: Resource,
    delta_bp: i64,
) -> Result<credit_entry::Model> {
    let delta_bp = i32::try_from(delta_bp).map_err(Error::internal)?;
    Ok(credit_entry::Model { organization_id: tx.organization_id(), id, batch_id, resource, delta_bp })
}

/// Everything that was posted of a close.
pub(super) async fn postings_of(tx: &TenantTx, close: CloseId) -> Result<Vec<Posting>> {
    let of = Of::Any(std::slice::from_ref(&close));
    Ok(store::postings_of(tx, of, Timestamp::MAX).await?.remove(&close).unwrap_or_default())
}

/// Goes on where a close was not voided.
pub(super) async fn stands_won(tx: &TenantTx, close: CloseId, field: &str) -> Result<()> {
    let of = Of::Any(std::slice::from_ref(&close));
    if standings(tx, of, Timestamp::MAX).await?.get(&close).is_some_and(|standing| standing.voided) {
        return Err(Error::invalid(field, ProblemCode::CloseState, "a voided close moves no credit"));
    }
    Ok(())
}

/// What the ledger refuses; what it lacks is told of a field.
pub(super) fn refused(error: LedgerError, lacking: &str) -> Error {
    let (field, code) = match error {
        LedgerError::Zero | LedgerError::Negative { .. } => ("basisPoints", ProblemCode::InvalidAmount),
        LedgerError::SelfTransfer { .. } => ("to", ProblemCode::SelfReference),
        LedgerError::Overdraw { .. } => (lacking, ProblemCode::CreditOverdraw),
        // All postings of a batch take effect together, so what was whole stays whole.
        LedgerError::NotWhole { .. } => return Error::internal(error),
    };
    Error::invalid(field, code, error.to_string())
}

/// A transfer whose close is held until the transaction ends, with what was decided about it.
pub(super) struct Held {
    pub(super) transfer: credit_transfer::Model,
    pub(super) close: close::Model,
    pub(super) approval: TransferApproval,
    pub(super) decisions: Vec<credit_transfer_decision::Model>,
}

/// Looks a transfer up and holds it, so that decisions about it come one after the other.
pub(super) async fn hold_transfer(tx: &TenantWrite, id: CreditTransferId) -> Result<Held> {
    let transfer = tx.get::<credit_transfer::Entity>(id).await?.ok_or_else(|| Error::unknown("transferId"))?;
    let close = hold(tx, transfer.close_id).await?;
    let policy = tx.get::<credit_policy::Entity>(transfer.policy_id).await?.ok_or(Error::broken("a transfer has its policy"))?;
    let decisions = store::decisions_of(tx, &[id]).await?;
    Ok(Held { transfer, close, approval: policy.transfer_approval, decisions })
}
