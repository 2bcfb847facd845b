//! How shared cost is split.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::allocation_rule;
use entity::ids::AllocationRuleId;
use entity::kinds::{AllocationMethod, Resource};
use serde::Serialize;

use crate::auth::Scope;
use crate::auth::permission::grant::{AllocationManage, CostRead};
use crate::costs::store;
use crate::db::{Idempotent, Listing, PageRequest, TenantTx, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::accrual::{Allocation, AllocationRules, DaySpan};
use crate::metrics::by_resource::ByResource;
use crate::metrics::shares::Shares;

/// A third each, as near as whole basis points come.
const EQUAL_BP: ByResource<i64> = ByResource { sales: 3334, marketing: 3333, product: 3333 };

/// A page of allocation rules, the newest first.
///
/// # Errors
/// What the database says.
pub async fn allocation_rules(scope: &Scope<CostRead>, page: PageRequest, with_total: bool) -> Result<Listing<allocation_rule::Model>> {
    scope.read().await?.find::<allocation_rule::Entity>().listing(page, with_total).await
}

/// The allocation rules with some ids.
///
/// # Errors
/// What the database says.
pub async fn allocation_rules_by_id(
    scope: &Scope<CostRead>,
    ids: &[AllocationRuleId],
) -> Result<HashMap<AllocationRuleId, allocation_rule::Model>> {
    let rows = scope.read().await?.get_many::<allocation_rule::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A new allocation rule.
#[derive(Clone, Debug, Serialize)]
pub struct SetAllocationRule {
    /// The first local day.
    pub first_on: NaiveDate,
    /// The last local day; `None` while open.
    pub last_on: Option<NaiveDate>,
    /// Equal or fixed.
    pub method: AllocationMethod,
    /// What each resource bears of a fixed split, in basis points. Who is not named bears nothing.
    pub shares: Vec<(Resource, i64)>,
    /// Repeating it gives the same rule.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Sets how shared cost is split on some days. It takes the place of earlier rules on those days only.
///
/// # Errors
/// Problems with `firstOn`, `lastOn`, `shares`.
pub async fn set_allocation_rule(scope: &Scope<AllocationManage>, new: &SetAllocationRule) -> Result<allocation_rule::Model> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "setAllocationRule", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<AllocationRuleId>(&tx).await? {
        return tx.get::<allocation_rule::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let mut problems = Problems::new();
    problems.take(input::day("firstOn", new.first_on))?;
    problems.take(new.last_on.map(|day| input::day("lastOn", day)).transpose())?;
    if new.last_on.is_some_and(|last| last < new.first_on) {
        problems.push("lastOn", ProblemCode::PeriodEmpty, "must not lie before firstOn");
    }
    let bp = problems.take(split(new))?.unwrap_or(EQUAL_BP);
    problems.check()?;
    let small = |bp: i64| i32::try_from(bp).map_err(Error::internal);
    let row = tx
        .insert::<allocation_rule::Entity>(allocation_rule::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            first_on: new.first_on,
            last_on: new.last_on,
            method: new.method,
            sales_bp: small(bp.sales)?,
            marketing_bp: small(bp.marketing)?,
            product_bp: small(bp.product)?,
            recorded_at: scope.now(),
        })
        .await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

fn split(new: &SetAllocationRule) -> Result<ByResource<i64>> {
    match (new.method, new.shares.as_slice()) {
        (AllocationMethod::Equal, []) => Ok(EQUAL_BP),
        (AllocationMethod::Equal, _) => Err(Error::invalid("shares", ProblemCode::Invalid, "an equal split has no shares of its own")),
        (AllocationMethod::Fixed, shares) => input::shares("shares", shares).map(|shares| shares.by_resource()),
    }
}

/// How shared cost was split as of an instant, for the metrics.
///
/// # Errors
/// What the database says.
pub(super) async fn rules_as_of(tx: &TenantTx, as_of: entity::time::Timestamp) -> Result<AllocationRules> {
    let made = store::rules_made(tx, as_of).await?;
    let rules = made.iter().map(|rule| {
        // A rule without an end holds for ever. The last day never lies before the first: the database sees to it.
        let days = DaySpan::new(rule.first_on, rule.last_on.unwrap_or(NaiveDate::MAX)).map_err(Error::internal)?;
        let allocation = match rule.method {
            AllocationMethod::Equal => Allocation::Equal,
            AllocationMethod::Fixed => {
                let bp = ByResource { sales: rule.sales_bp, marketing: rule.marketing_bp, product: rule.product_bp };
                Allocation::Fixed(Shares::new(bp.map(i64::from)).map_err(Error::internal)?)
            }
        };
        Ok((days, allocation))
    });
    Ok(AllocationRules::layered(rules.collect::<Result<Vec<_>>>()?))
}
