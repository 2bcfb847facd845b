//! Whether accounts are looking for what is sold.

use std::collections::HashMap;

use entity::ids::{AccountId, DemandSignalId};
use entity::kinds::DemandState;
use entity::time::Timestamp;
use entity::{account, demand_signal};
use serde::Serialize;

use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerRead, BuyerWrite};
use crate::db::{Idempotent, remember};
use crate::error::{Error, Problems, Result};
use crate::input;
use crate::segments::store;

/// The signal that counts of each of some accounts as of an instant, of those the caller sees.
///
/// # Errors
/// What the database says.
pub async fn demand_of(
    scope: &Scope<BuyerRead>,
    accounts: &[AccountId],
    as_of: Timestamp,
) -> Result<HashMap<AccountId, demand_signal::Model>> {
    let rows = store::signals_of(&scope.read().await?, accounts, as_of).await?;
    Ok(rows.into_iter().map(|row| (row.account_id, row)).collect())
}

/// That an account is looking, or not.
#[derive(Clone, Debug, Serialize)]
pub struct RecordDemandState {
    /// The account.
    pub account_id: AccountId,
    /// Searching or not.
    pub state: DemandState,
    /// Since when.
    pub occurred_at: Timestamp,
    /// What shows it, in words.
    pub evidence: Option<String>,
    /// Repeating it gives the same signal.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Records whether an account is looking. What happened before another signal that is known does not take its place.
///
/// # Errors
/// Problems with `accountId`, `occurredAt`, `evidence`.
pub async fn record_demand_state(scope: &Scope<BuyerWrite>, new: &RecordDemandState) -> Result<demand_signal::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "recordDemandState", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<DemandSignalId>(&tx).await? {
        return tx.get::<demand_signal::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut problems = Problems::new();
    match tx.get::<account::Entity>(new.account_id).await? {
        None => problems.take(Err(Error::unknown("accountId")))?,
        Some(account) => problems.take(tx.within_namespace::<account::Entity>(&account))?,
    };
    problems.take(input::moment("occurredAt", new.occurred_at, scope.now()))?;
    let evidence = problems.take(input::optional_text("evidence", new.evidence.as_deref(), input::NOTE))?.flatten();
    problems.check()?;
    let row = tx
        .insert::<demand_signal::Entity>(demand_signal::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            account_id: new.account_id,
            state: new.state,
            occurred_at: new.occurred_at,
            evidence,
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
        })
        .await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}
