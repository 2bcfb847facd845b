//! What the ideal customer is like.

use std::collections::HashMap;

use entity::condition::Criterion;
use entity::icp_profile;
use entity::ids::IcpProfileId;
use entity::time::Timestamp;
use serde::Serialize;

use super::keys;
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerRead, SegmentManage};
use crate::db::{Idempotent, Listing, PageRequest, TenantTx, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::segments::store;

/// What the weights of a profile add up to.
const WHOLE: u32 = 100;

/// A page of versions of profiles, the newest first.
///
/// # Errors
/// What the database says.
pub async fn icp_profiles(scope: &Scope<BuyerRead>, page: PageRequest, with_total: bool) -> Result<Listing<icp_profile::Model>> {
    scope.read().await?.find::<icp_profile::Entity>().listing(page, with_total).await
}

/// The profiles with some ids.
///
/// # Errors
/// What the database says.
pub async fn icp_profiles_by_id(scope: &Scope<BuyerRead>, ids: &[IcpProfileId]) -> Result<HashMap<IcpProfileId, icp_profile::Model>> {
    let rows = scope.read().await?.get_many::<icp_profile::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The weighted conditions of a profile.
///
/// # Errors
/// [`Error::Internal`] where they are not written as they should be.
pub fn criteria_of(profile: &icp_profile::Model) -> Result<Vec<Criterion>> {
    serde_json::from_str(&profile.criteria).map_err(Error::internal)
}

/// The profile a question names, or the one there is.
pub(super) async fn profile_for(tx: &TenantTx, wanted: Option<IcpProfileId>, as_of: Timestamp) -> Result<icp_profile::Model> {
    if let Some(id) = wanted {
        return tx.get::<icp_profile::Entity>(id).await?.ok_or_else(|| Error::unknown("profileId"));
    }
    let mut newest = store::newest_profiles(tx, as_of).await?;
    match (newest.pop(), newest.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(Error::invalid("profileId", ProblemCode::NotFound, "there was no profile then: define one first")),
        (Some(_), false) => Err(Error::invalid("profileId", ProblemCode::Required, "there are several profiles: say which")),
    }
}

/// A new version of a profile.
#[derive(Clone, Debug, Serialize)]
pub struct DefineIcpProfile {
    /// What all its versions are called.
    pub key: String,
    /// The score that is enough, of 100.
    pub threshold: i32,
    /// What is asked of an account, and what it counts: 100 together.
    pub criteria: Vec<Criterion>,
    /// Repeating it gives the same version.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Defines what the ideal customer is like, as the next version of a profile.
///
/// # Errors
/// Problems with `key`, `threshold`, `criteria`.
pub async fn define_icp_profile(scope: &Scope<SegmentManage>, new: &DefineIcpProfile) -> Result<icp_profile::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "defineIcpProfile", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<IcpProfileId>(&tx).await? {
        return tx.get::<icp_profile::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut problems = Problems::new();
    let key = problems.take(keys::key("key", &new.key))?.unwrap_or_default();
    if !(0..=100).contains(&new.threshold) {
        problems.push("threshold", ProblemCode::Invalid, "must be between 0 and 100");
    }
    problems.take(keys::counted("criteria", new.criteria.len()))?;
    let mut criteria = Vec::new();
    for (index, criterion) in new.criteria.iter().take(keys::MAX_CONDITIONS).enumerate() {
        if !(1..=WHOLE).contains(&criterion.weight) {
            problems.push(format!("criteria.{index}.weight"), ProblemCode::Invalid, "must be between 1 and 100");
        }
        let condition = problems.take(keys::condition(&format!("criteria.{index}.condition"), &criterion.condition))?;
        criteria.extend(condition.map(|condition| Criterion { condition, weight: criterion.weight }));
    }
    let sum = new.criteria.iter().fold(0_u32, |sum, criterion| sum.saturating_add(criterion.weight));
    if !new.criteria.is_empty() && sum != WHOLE {
        problems.push("criteria", ProblemCode::Invalid, format!("the weights add up to {sum}, not to {WHOLE}"));
    }
    problems.check()?;
    let row = tx
        .insert::<icp_profile::Entity>(icp_profile::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            profile_version: store::last_profile_version(&tx, &key).await?.saturating_add(1),
            key,
            threshold: new.threshold,
            criteria: serde_json::to_string(&criteria).map_err(Error::internal)?,
            recorded_by: scope.member_id(),
            recorded_at: scope.now(),
        })
        .await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}
