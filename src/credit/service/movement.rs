//! What happens to a close afterwards.

use std::collections::HashMap;

use entity::ids::{CloseId, CloseMovementId};
use entity::kinds::MovementKind;
use entity::money::Money;
use entity::time::Timestamp;
use entity::{close, close_movement};
use serde::Serialize;

use super::facts::standings;
use crate::auth::Scope;
use crate::auth::permission::grant::{CloseRead, CloseWrite};
use crate::buyers;
use crate::credit::store::{self, Of};
use crate::db::{Idempotent, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, WantedMoney};
use crate::metrics::standing::MovementError;
use crate::periods;
use crate::periods::service::{Counts, LockedMonths, Restate, Restated};
use crate::pipeline;

/// The movements of some closes, each in the order in which they were recorded.
///
/// # Errors
/// What the database says.
pub async fn movements_of(scope: &Scope<CloseRead>, closes: &[CloseId]) -> Result<HashMap<CloseId, Vec<close_movement::Model>>> {
    let mut found: HashMap<CloseId, Vec<close_movement::Model>> = HashMap::new();
    for row in store::movement_rows(&scope.read().await?, closes).await? {
        found.entry(row.close_id).or_default().push(row);
    }
    Ok(found)
}

/// The movements with some ids.
///
/// # Errors
/// What the database says.
pub async fn movements_by_id(scope: &Scope<CloseRead>, ids: &[CloseMovementId]) -> Result<HashMap<CloseMovementId, close_movement::Model>> {
    let rows = scope.read().await?.get_many::<close_movement::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Something that happened to a close.
#[derive(Clone, Debug, Serialize)]
pub struct RecordCloseMovement {
    /// The close.
    pub close_id: CloseId,
    /// What happened.
    pub kind: MovementKind,
    /// What was given back; for refunds and chargebacks only.
    pub amount: Option<WantedMoney>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Why.
    pub reason: String,
    /// That it is written to a locked month all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restate: Option<Restate>,
    /// Repeating it gives the same movement.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Records what happened to a close.
///
/// # Errors
/// Problems with `closeId`, `amount`, `occurredAt`, `reason`; `CLOSE_STATE` where the close does not allow it, `PERIOD_LOCKED`
/// where it happened in a locked month.
pub async fn record_close_movement(scope: &Scope<CloseWrite>, new: &RecordCloseMovement) -> Result<close_movement::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "recordCloseMovement", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<CloseMovementId>(&tx).await? {
        return tx.get::<close_movement::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let close = hold(&tx, new.close_id).await?;
    tx.within_namespace::<close::Entity>(&close)?;
    let mut problems = Problems::new();
    let amount = problems.take(amount(new, &close))?;
    let reason = problems.take(input::text("reason", &new.reason, input::NOTE))?.unwrap_or_default();
    problems.take(input::moment("occurredAt", new.occurred_at, scope.now()))?;
    if new.occurred_at < close.closed_at {
        problems.push("occurredAt", ProblemCode::OutOfOrder, "must not lie before the close");
    }
    problems.check()?;
    let amount_minor = amount.unwrap_or_default();
    let standing = standings(&tx, Of::Listed(&[close.id]), Timestamp::MAX).await?.remove(&close.id).unwrap_or_default();
    standing.permits(new.kind, amount_minor, close.amount_minor).map_err(|error| refused(error, &close))?;
    if new.kind == MovementKind::Reinstate {
        may_stand_again(&tx, &close).await?;
    }
    let counts = [Counts::At(new.occurred_at)];
    let restating = LockedMonths::share(&tx).await?.permit(scope, &counts, "occurredAt", new.restate.as_ref())?;
    let row = tx
        .insert::<close_movement::Entity>(close_movement::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            close_id: close.id,
            kind: new.kind,
            amount_minor,
            occurred_at: new.occurred_at,
            reason,
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
        })
        .await?;
    periods::service::leave(&tx, scope, [(Restated::Movement(close.id, row.id), restating)]).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Goes on where nothing else took the place of a voided close, so that no business counts twice. What took it keeps it, voided or
/// not: it has the credit, so it is what is reinstated, or won again.
async fn may_stand_again(tx: &TenantWrite, close: &close::Model) -> Result<()> {
    if !store::reopened(tx, &[close.id]).await?.is_empty() {
        return Err(Error::invalid("kind", ProblemCode::CloseState, "another close took its place"));
    }
    if !pipeline::service::stands_won_by(tx, close).await? {
        return Err(Error::invalid("kind", ProblemCode::CloseState, "its opportunity was reopened since"));
    }
    Ok(())
}

/// A close whose account is held until the transaction ends, so that what follows from it happens one after the other: also where
/// the caller sees the close, and not the account.
pub(super) async fn hold(tx: &TenantWrite, id: CloseId) -> Result<close::Model> {
    let close = tx.get::<close::Entity>(id).await?.ok_or_else(|| Error::unknown("closeId"))?;
    buyers::service::hold_account(tx, close.account_id).await?;
    Ok(close)
}

/// What is given back, in minor units of the close's currency; 0 where money plays no part.
fn amount(new: &RecordCloseMovement, close: &close::Model) -> Result<i64> {
    match (new.kind, &new.amount) {
        (MovementKind::Refund | MovementKind::Chargeback, Some(amount)) => {
            let amount = amount.check("amount")?;
            if amount.currency() != close.currency {
                return Err(Error::invalid("amount.currency", ProblemCode::Invalid, format!("the close is in {}", close.currency)));
            }
            match amount.amount_minor() {
                0 => Err(Error::invalid("amount.amount", ProblemCode::InvalidAmount, "must not be zero")),
                minor => Ok(minor),
            }
        }
        (MovementKind::Refund | MovementKind::Chargeback, None) => {
            Err(Error::invalid("amount", ProblemCode::Required, "say how much was given back"))
        }
        (MovementKind::Void | MovementKind::Reinstate, None) => Ok(0),
        (MovementKind::Void | MovementKind::Reinstate, Some(_)) => {
            Err(Error::invalid("amount", ProblemCode::Invalid, "only refunds and chargebacks have an amount"))
        }
    }
}

fn refused(error: MovementError, close: &close::Model) -> Error {
    match error {
        MovementError::Voided | MovementError::NotVoided => Error::invalid("kind", ProblemCode::CloseState, error.to_string()),
        MovementError::TooMuch { left_minor } => {
            let left = Money::from_minor(left_minor, close.currency).to_decimal();
            Error::invalid("amount.amount", ProblemCode::InvalidAmount, format!("only {left} {} is left of the close", close.currency))
        }
    }
}
