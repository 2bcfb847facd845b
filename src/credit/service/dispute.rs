//! Disputing how the credit of a close is shared. Metrics go by the ledger, and that changes where a dispute is upheld.

use std::collections::{HashMap, HashSet};

use entity::ids::{CloseId, CreditDisputeId};
use entity::kinds::{BatchKind, DisputeEnd, Resource};
use entity::time::Timestamp;
use entity::{credit_dispute, credit_dispute_end};
use serde::Serialize;
use uuid::Uuid;

use super::movement::hold;
use super::transfer::{NewBatch, post, postings_of, refused, stands_won};
use crate::auth::Scope;
use crate::auth::permission::grant::{CloseRead, CreditRead, CreditTransfer, CreditWrite};
use crate::auth::permission::{Grant, Permission};
use crate::credit::store;
use crate::db::{Idempotent, Listing, PageRequest, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::dispute_standing::State;
use crate::metrics::ledger::{LedgerError, towards};
use crate::metrics::shares::Shares;
use crate::periods::service::LockedMonths;
use crate::roles::service::is_of_another;

/// Which disputes are wanted; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct DisputeFilter {
    /// The close.
    pub close_id: Option<CloseId>,
    /// How they stand.
    pub state: Option<State>,
    /// For whom more is claimed.
    pub resource: Option<Resource>,
}

/// A page of disputes, the latest first.
///
/// # Errors
/// What the database says.
pub async fn credit_disputes(
    scope: &Scope<CreditRead>,
    filter: &DisputeFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<credit_dispute::Model>> {
    store::disputes(&scope.read().await?, filter).listing(page, with_total).await
}

/// The disputes with some ids.
///
/// # Errors
/// What the database says.
pub async fn credit_disputes_by_id(
    scope: &Scope<CreditRead>,
    ids: &[CreditDisputeId],
) -> Result<HashMap<CreditDisputeId, credit_dispute::Model>> {
    let rows = scope.read().await?.get_many::<credit_dispute::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A page of the disputes about each of some closes, the latest first.
///
/// # Errors
/// What the database says.
pub async fn disputes_of(
    scope: &Scope<CreditRead>,
    closes: &[CloseId],
    page: PageRequest,
    with_total: bool,
) -> Result<HashMap<Uuid, Listing<credit_dispute::Model>>> {
    use entity::ids::TypedId;
    let tx = scope.read().await?;
    let rows = store::disputes_of(&tx, closes);
    rows.pages_within(store::DISPUTE_CLOSE, |row| Some(row.close_id.uuid()), page, with_total).await
}

/// Those of some closes about which a dispute is open.
///
/// # Errors
/// What the database says.
pub async fn disputed(scope: &Scope<CloseRead>, closes: &[CloseId]) -> Result<HashSet<CloseId>> {
    store::disputed(&scope.read().await?, closes).await
}

/// How some disputes were settled; one that goes on is left out.
///
/// # Errors
/// What the database says.
pub async fn dispute_ends_of(
    scope: &Scope<CreditRead>,
    ids: &[CreditDisputeId],
) -> Result<HashMap<CreditDisputeId, credit_dispute_end::Model>> {
    let rows = store::dispute_ends_of(&scope.read().await?, ids).await?;
    Ok(rows.into_iter().map(|row| (row.dispute_id, row)).collect())
}

/// A claim that credit should be shared otherwise.
#[derive(Clone, Debug, Serialize)]
pub struct OpenCreditDispute {
    /// The close.
    pub close_id: CloseId,
    /// For whom it is claimed.
    pub resource: Resource,
    /// What each resource should hold, in basis points. Who is not named should hold nothing.
    pub shares: Vec<(Resource, i64)>,
    /// Why.
    pub reason: String,
    /// Repeating it gives the same dispute.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Disputes how the credit of a close is shared.
///
/// # Errors
/// Problems with `closeId`: `CLOSE_STATE` on a voided close, `DISPUTE_OPEN` where the resource disputes it already; with
/// `resource`, `suggestedShares`, `reason`.
pub async fn open_credit_dispute(scope: &Scope<CreditTransfer>, new: &OpenCreditDispute) -> Result<credit_dispute::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "openCreditDispute", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<CreditDisputeId>(&tx).await? {
        return tx.get::<credit_dispute::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let close = hold(&tx, new.close_id).await?;
    let mut problems = Problems::new();
    if !scope.could_cover(Permission::CreditTransfer, new.resource) {
        problems.take(Err::<(), _>(scope.out_of_reach("resource", "it has to be your resource")))?;
    }
    let shares = problems.take(input::shares("suggestedShares", &new.shares))?;
    let reason = problems.take(input::text("reason", &new.reason, input::NOTE))?.unwrap_or_default();
    if let Some(shares) = shares {
        let held = towards(&postings_of(&tx, close.id).await?, shares, scope.now(), scope.now());
        if held == Err(LedgerError::Zero) {
            problems.push("suggestedShares", ProblemCode::Invalid, "they are what the resources hold");
        }
    }
    problems.check()?;
    stands_won(&tx, close.id, "closeId").await?;
    if store::is_disputed(&tx, close.id, new.resource).await? {
        return Err(Error::invalid("closeId", ProblemCode::DisputeOpen, format!("{} disputes it already", new.resource.name())));
    }
    let [sales_bp, marketing_bp, product_bp] = columns(shares.ok_or(Error::broken("shares are settled by now"))?);
    let row = credit_dispute::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        close_id: close.id,
        resource: new.resource,
        reason,
        sales_bp,
        marketing_bp,
        product_bp,
        opened_by: scope.member_id(),
        opened_for: scope.own_id().filter(|own| Some(*own) != scope.member_id()),
        recorded_at: scope.now(),
    };
    let row = tx.insert::<credit_dispute::Entity>(row).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Shares as they are kept: basis points of Sales, Marketing and Product.
pub(super) fn columns(shares: Shares) -> [i32; 3] {
    // Basis points of a whole are at most 10 000.
    shares.by_resource().into_array().map(|bp| i32::try_from(bp).unwrap_or(i32::MAX))
}

/// The way a dispute is settled by somebody who answers for the ledger.
#[derive(Clone, Debug, Serialize)]
pub enum Verdict {
    /// The resources are to hold these basis points from an instant on; by default from now on.
    Upheld {
        /// Basis points by resource. Who is not named holds nothing.
        shares: Vec<(Resource, i64)>,
        /// From when on.
        effective_at: Option<Timestamp>,
    },
    /// Everything stays as it is.
    Rejected,
}

/// The end of a dispute.
#[derive(Clone, Debug, Serialize)]
pub struct ResolveCreditDispute {
    /// The dispute.
    pub dispute_id: CreditDisputeId,
    /// How it ends.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Settles a dispute. Where it is upheld what the resources hold in the end is moved to the shares, in one batch.
///
/// # Errors
/// Problems with `disputeId`: `DISPUTE_STATE` where it is settled, `SELF_APPROVAL`, `CLOSE_STATE` where the close was voided; with
/// `shares`: `CREDIT_OVERDRAW` where a resource would at any instant hold less than nothing; with `effectiveAt`, `reason`.
pub async fn resolve_credit_dispute(scope: &Scope<CreditWrite>, end: &ResolveCreditDispute) -> Result<credit_dispute::Model> {
    let once = Idempotent::new(end.idempotency_key.as_deref(), "resolveCreditDispute", end)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<CreditDisputeId>(&tx).await? {
        return tx.get::<credit_dispute::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let reason = input::text("reason", &end.reason, input::NOTE)?;
    let row = hold_open(&tx, end.dispute_id).await?;
    is_of_another(&tx, scope, (row.opened_by, row.opened_for), "disputeId").await?;
    let (kind, batch_id) = match &end.verdict {
        Verdict::Rejected => (DisputeEnd::Rejected, None),
        Verdict::Upheld { shares, effective_at } => {
            let effective_at = effective_at.unwrap_or_else(|| scope.now());
            let shares = input::shares("shares", shares)?;
            input::moment("effectiveAt", effective_at, scope.now())?;
            stands_won(&tx, row.close_id, "disputeId").await?;
            let batch = move_to(&tx, scope, (row.close_id, shares, effective_at), &reason).await?;
            (DisputeEnd::Upheld, Some(batch))
        }
    };
    settle(&tx, scope, &row, (kind, batch_id), Some(reason)).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Moves the credit of a close that is held to some shares, in one batch: from an instant on, or from the end of the last locked month
/// where it lies in one.
pub(super) async fn move_to(
    tx: &TenantWrite,
    scope: &Scope<CreditWrite>,
    (close_id, shares, effective_at): (CloseId, Shares, Timestamp),
    reason: &str,
) -> Result<entity::ids::CreditBatchId> {
    let effective = LockedMonths::share(tx).await?.effective(scope, effective_at, None)?;
    let moved = towards(&postings_of(tx, close_id).await?, shares, effective.at(), scope.now()).map_err(|error| match error {
        LedgerError::Zero => Error::invalid("shares", ProblemCode::Invalid, "they are what the resources hold"),
        other => refused(other, "shares"),
    })?;
    let new = NewBatch {
        close_id,
        kind: BatchKind::Transfer,
        reason: reason.to_owned(),
        requested_by: scope.member_id(),
        effective,
        transfer_id: None,
        reverses_id: None,
    };
    Ok(post(tx, scope, new, &moved).await?.id)
}

/// The end of a dispute by who opened it.
#[derive(Clone, Debug, Serialize)]
pub struct WithdrawCreditDispute {
    /// The dispute.
    pub dispute_id: CreditDisputeId,
    /// Why.
    pub reason: Option<String>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Takes a dispute back that the caller opened.
///
/// # Errors
/// Problems with `disputeId`: `DISPUTE_STATE` where it is settled, `NOT_ALLOWED` where somebody else opened it.
pub async fn withdraw_credit_dispute(scope: &Scope<CreditTransfer>, end: &WithdrawCreditDispute) -> Result<credit_dispute::Model> {
    let once = Idempotent::new(end.idempotency_key.as_deref(), "withdrawCreditDispute", end)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<CreditDisputeId>(&tx).await? {
        return tx.get::<credit_dispute::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let reason = input::optional_text("reason", end.reason.as_deref(), input::NOTE)?;
    let row = hold_open(&tx, end.dispute_id).await?;
    if scope.member_id().is_none() || row.opened_by != scope.member_id() {
        return Err(scope.out_of_reach("disputeId", "somebody else opened it"));
    }
    settle(&tx, scope, &row, (DisputeEnd::Withdrawn, None), reason).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// A dispute that goes on, whose close is held until the transaction ends.
async fn hold_open(tx: &TenantWrite, id: CreditDisputeId) -> Result<credit_dispute::Model> {
    let row = tx.get::<credit_dispute::Entity>(id).await?.ok_or_else(|| Error::unknown("disputeId"))?;
    hold(tx, row.close_id).await?;
    if !store::dispute_ends_of(tx, &[id]).await?.is_empty() {
        return Err(Error::invalid("disputeId", ProblemCode::DisputeState, "it is settled already"));
    }
    Ok(row)
}

async fn settle<P: Grant>(
    tx: &TenantWrite,
    scope: &Scope<P>,
    dispute: &credit_dispute::Model,
    (kind, batch_id): (DisputeEnd, Option<entity::ids::CreditBatchId>),
    reason: Option<String>,
) -> Result<()> {
    let row = credit_dispute_end::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        dispute_id: dispute.id,
        kind,
        batch_id,
        // A decision is somebody's.
        decided_by: scope.member_id().ok_or(Error::Forbidden)?,
        reason,
        recorded_at: scope.now(),
    };
    tx.insert::<credit_dispute_end::Entity>(row).await.map(|_| ())
}
