//! What was written to locked months.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::ids::{AllocationRuleId, CloseId, CloseMovementId, CostEntryId, CreditBatchId, FxRateId, RestatementId};
use entity::restatement;
use entity::time::Timestamp;

use super::months::Restating;
use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::auth::permission::grant::CreditRead;
use crate::db::{Listing, PageRequest, TenantWrite};
use crate::error::Result;
use crate::metrics::period::month_of;
use crate::periods::store;

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restated {
    /// A close that was won.
    Close(CloseId),
    /// What happened to a close.
    Movement(CloseId, CloseMovementId),
    /// What was posted of the credit of a close.
    Batch(CloseId, CreditBatchId),
    /// A cost entry.
    Cost(CostEntryId),
    /// An exchange rate.
    Rate(FxRateId),
    /// A rule by which shared cost is split.
    Allocation(AllocationRuleId),
}

/// Leaves a restatement of everything that changes locked months, for each of them. What was written stands before it.
///
/// # Errors
/// What the database says.
pub async fn leave<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, written: impl IntoIterator<Item = (Restated, Restating)>) -> Result<()> {
    let mut rows = Vec::new();
    for (restated, restating) in written {
        rows.extend(restating.months.iter().map(|&month| row(scope, restated, month, &restating.reason)));
    }
    if rows.is_empty() {
        return Ok(());
    }
    tx.insert_many::<restatement::Entity>(&rows).await
}

fn row<P: Grant>(scope: &Scope<P>, restated: Restated, month: NaiveDate, reason: &str) -> restatement::Model {
    let row = restatement::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        month,
        close_id: None,
        movement_id: None,
        batch_id: None,
        cost_entry_id: None,
        rate_id: None,
        rule_id: None,
        reason: reason.to_owned(),
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    match restated {
        Restated::Close(close) => restatement::Model { close_id: Some(close), ..row },
        Restated::Movement(close, movement) => restatement::Model { close_id: Some(close), movement_id: Some(movement), ..row },
        Restated::Batch(close, batch) => restatement::Model { close_id: Some(close), batch_id: Some(batch), ..row },
        Restated::Cost(entry) => restatement::Model { cost_entry_id: Some(entry), ..row },
        Restated::Rate(rate) => restatement::Model { rate_id: Some(rate), ..row },
        Restated::Allocation(rule) => restatement::Model { rule_id: Some(rule), ..row },
    }
}

/// A page of restatements since an instant, of the month of a day or of any, the latest first.
///
/// # Errors
/// What the database says.
pub async fn restatements(
    scope: &Scope<CreditRead>,
    since: Timestamp,
    month: Option<NaiveDate>,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<restatement::Model>> {
    store::restatements(&scope.read().await?, since, month.map(month_of)).listing(page, with_total).await
}

/// The restatements with some ids.
///
/// # Errors
/// What the database says.
pub async fn restatements_by_id(scope: &Scope<CreditRead>, ids: &[RestatementId]) -> Result<HashMap<RestatementId, restatement::Model>> {
    let rows = store::restatements_by_id(&scope.read().await?, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
