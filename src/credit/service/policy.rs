//! The policy by which credit is opened.

use std::collections::HashMap;

use entity::credit_policy;
use entity::ids::CreditPolicyId;
use entity::kinds::{PolicyRule, TransferApproval};
use entity::policy_rules::{PolicyRules, PolicyRulesError};
use entity::time::Timestamp;
use serde::Serialize;

use crate::auth::Scope;
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{CloseRead, CreditWrite, OrganizationManage};
use crate::credit::store;
use crate::db::{Idempotent, Listing, PageRequest, TenantTx, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::evidence::{Lookback, Model, Spread};
use crate::metrics::opening::Policy;

/// How far back evidence counts in the first version.
const LOOKBACK_DAYS: i16 = 90;

/// As far back as evidence may count: ten years.
const MAX_LOOKBACK_DAYS: i16 = 3660;

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
        rules: PolicyRules::default(),
        // What is given away, the giver agrees to.
        transfer_approval: TransferApproval::Donor,
        recorded_by: scope.member_id(),
    })
    .await
}

/// A version of the policy to come.
#[derive(Clone, Debug, Serialize)]
pub struct DefineCreditPolicy {
    /// How many days before a close evidence counts.
    pub lookback_days: i32,
    /// To steps of how many basis points evidence is rounded.
    pub rounding_bp: i32,
    /// In which order the rules are asked.
    pub rules: Vec<PolicyRule>,
    /// Whose approval a transfer needs.
    pub transfer_approval: TransferApproval,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
    /// Repeating it gives the same version.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Defines the next version of the policy. Closes keep the one they were opened with, and transfers the one they were asked
/// for under.
///
/// # Errors
/// Problems with `lookbackDays`, `roundingBasisPoints`, `rules`: `NOT_ALLOWED` where the caller's permission goes less far than the
/// policy, which is for every close of the organization; `STALE_VERSION` where another version came first.
pub async fn define_credit_policy(scope: &Scope<CreditWrite>, new: &DefineCreditPolicy) -> Result<credit_policy::Model> {
    if scope.reach() != Reach::Organization {
        return Err(scope.out_of_reach("rules", "the policy is for all closes of the organization"));
    }
    let once = Idempotent::new(new.idempotency_key.as_deref(), "defineCreditPolicy", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<CreditPolicyId>(&tx).await? {
        return tx.get::<credit_policy::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let before = current(&tx, scope.now()).await?;
    input::version(new.expected_version, before.policy_version.into())?;
    let mut problems = Problems::new();
    let lookback_days = i16::try_from(new.lookback_days).ok().filter(|days| (1..=MAX_LOOKBACK_DAYS).contains(days));
    if lookback_days.is_none() {
        problems.push("lookbackDays", ProblemCode::Invalid, format!("must be 1 to {MAX_LOOKBACK_DAYS}"));
    }
    let rules = PolicyRules::new(&new.rules).map_err(|error| misordered(&error));
    let rules = problems.take(rules)?.unwrap_or_default();
    let rounding_bp = i16::try_from(new.rounding_bp).ok().filter(|&step| Policy::new(model(LOOKBACK_DAYS), step.into(), rules).is_ok());
    if rounding_bp.is_none() {
        problems.push("roundingBasisPoints", ProblemCode::Invalid, "whole steps must make up 10000 basis points");
    }
    problems.check()?;
    let policy = credit_policy::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        policy_version: before.policy_version.saturating_add(1),
        lookback_days: lookback_days.unwrap_or(LOOKBACK_DAYS),
        rounding_bp: rounding_bp.unwrap_or(ROUNDING_BP),
        recorded_at: scope.now(),
        rules,
        transfer_approval: new.transfer_approval,
        recorded_by: scope.member_id(),
    };
    let policy = tx.insert::<credit_policy::Entity>(policy).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &policy.id).await?;
    tx.commit().await?;
    Ok(policy)
}

fn misordered(error: &PolicyRulesError) -> Error {
    let code = match error {
        PolicyRulesError::Missing(_) => ProblemCode::Required,
        PolicyRulesError::Unknown | PolicyRulesError::Twice(_) | PolicyRulesError::Last(_) => ProblemCode::Invalid,
    };
    Error::invalid("rules", code, error.to_string())
}

/// A page of the versions of the policy, the newest first.
///
/// # Errors
/// What the database says.
pub async fn credit_policies(scope: &Scope<CloseRead>, page: PageRequest, with_total: bool) -> Result<Listing<credit_policy::Model>> {
    scope.read().await?.find::<credit_policy::Entity>().listing(page, with_total).await
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
    Policy::new(model(policy.lookback_days), policy.rounding_bp.into(), policy.rules).map_err(Error::internal)
}

fn model(lookback_days: i16) -> Model {
    Model { lookback: Lookback::from_days(u32::try_from(lookback_days).unwrap_or_default()), spread: Spread::AllOthers }
}
