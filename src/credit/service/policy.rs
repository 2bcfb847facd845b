//! The policy by which credit is opened.

use std::collections::HashMap;

use entity::credit_policy;
use entity::ids::CreditPolicyId;
use entity::time::Timestamp;

use crate::auth::Scope;
use crate::auth::permission::grant::{CloseRead, OrganizationManage};
use crate::credit::store;
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, Result};
use crate::metrics::evidence::{Lookback, Model, Spread};
use crate::metrics::opening::Policy;

/// How far back evidence counts in the first version.
const LOOKBACK_DAYS: i16 = 90;

/// What the first version rounds evidence to: it is no more precise than that.
const ROUNDING_BP: i16 = 100;

/// Installs the first version of the policy when an organization is founded, in the transaction that founds it.
///
/// # Errors
/// [`Error::Conflict`] where there is one already.
pub async fn install_policy(tx: &TenantWrite, scope: &Scope<OrganizationManage>) -> Result<credit_policy::Model> {
    tx.insert::<credit_policy::Entity>(credit_policy::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        policy_version: 1,
        lookback_days: LOOKBACK_DAYS,
        rounding_bp: ROUNDING_BP,
        recorded_at: scope.now(),
    })
    .await
}

/// The policy by which closes are opened now.
///
/// # Errors
/// What the database says.
pub async fn credit_policy(scope: &Scope<CloseRead>) -> Result<credit_policy::Model> {
    current(&scope.read().await?, scope.now()).await
}

/// The policies with some ids.
///
/// # Errors
/// What the database says.
pub async fn credit_policies_by_id(
    scope: &Scope<CloseRead>,
    ids: &[CreditPolicyId],
) -> Result<HashMap<CreditPolicyId, credit_policy::Model>> {
    let rows = scope.read().await?.get_many::<credit_policy::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// How touches were weighed as of an instant, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn evidence_model(tx: &TenantTx, as_of: Timestamp) -> Result<Model> {
    // Before the organization was founded there was nothing to weigh, and its first policy will do.
    let policy = store::last_policy(tx, as_of).await?;
    policy.map_or(Ok(model(LOOKBACK_DAYS)), |policy| Ok(model(policy.lookback_days)))
}

/// The policy that holds now.
pub(super) async fn current(tx: &TenantTx, now: Timestamp) -> Result<credit_policy::Model> {
    store::last_policy(tx, now).await?.ok_or(Error::broken("an organization is founded with a policy"))
}

/// The parameters of a policy.
pub(super) fn parameters(policy: &credit_policy::Model) -> Result<Policy> {
    Policy::new(model(policy.lookback_days), policy.rounding_bp.into()).map_err(Error::internal)
}

fn model(lookback_days: i16) -> Model {
    Model { lookback: Lookback::from_days(u32::try_from(lookback_days).unwrap_or_default()), spread: Spread::AllOthers }
}
