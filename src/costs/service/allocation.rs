//! How shared cost is split.

use std::collections::{BTreeMap, HashMap};

use chrono::{Months, NaiveDate};
use entity::allocation_rule;
use entity::ids::AllocationRuleId;
use entity::kinds::{AllocationMethod, Resource};
use entity::time::Timestamp;
use serde::Serialize;

use crate::auth::Scope;
use crate::auth::permission::grant::{AllocationManage, CostRead};
use crate::costs::store;
use crate::credit;
use crate::db::{Idempotent, Listing, PageRequest, TenantTx, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::accrual::DaySpan;
use crate::metrics::allocation::{Method, Methods, MonthWeights, Settled, months_of};
use crate::metrics::by_resource::ByResource;
use crate::metrics::cost_per_close::{Basis, Refunds};
use crate::metrics::period::{Period, local_day, month_of};
use crate::metrics::shares::Shares;
use crate::metrics::standing::Status;
use crate::organization;
use crate::periods;
use crate::periods::service::{Counts, LockedMonths, Restate, Restated};

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
    /// Equal, fixed, or by what the resources have.
    pub method: AllocationMethod,
    /// What each resource bears of a fixed split, in basis points. Who is not named bears nothing.
    pub shares: Vec<(Resource, i64)>,
    /// That it is written to locked months all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restate: Option<Restate>,
    /// Repeating it gives the same rule.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Sets how shared cost is split on some days. It takes the place of earlier rules on those days only.
///
/// # Errors
/// Problems with `firstOn`, `lastOn`, `shares`; `PERIOD_LOCKED` where a day of it, or of a shared cost that it begins or ends
/// within, lies in a locked month.
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
    let locked = LockedMonths::share(&tx).await?;
    let mut days = vec![Counts::Days(new.first_on, new.last_on.unwrap_or(NaiveDate::MAX))];
    if !locked.is_empty() {
        // A cost that a rule begins or ends within is divided anew on all of its days, be it by a cent.
        let cut = store::shared_costs_cut(&tx, new.first_on, new.last_on).await?;
        days.extend(cut.into_iter().map(|(first, last)| Counts::Days(first, last)));
    }
    let restating = locked.permit(scope, &days, "firstOn", new.restate.as_ref())?;
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
    periods::service::leave(&tx, scope, [(Restated::Allocation(row.id), restating)]).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

fn split(new: &SetAllocationRule) -> Result<ByResource<i64>> {
    match (new.method, new.shares.as_slice()) {
        (AllocationMethod::Equal | AllocationMethod::Headcount | AllocationMethod::Credit, []) => Ok(EQUAL_BP),
        (AllocationMethod::Equal | AllocationMethod::Headcount | AllocationMethod::Credit, _) => {
            Err(Error::invalid("shares", ProblemCode::Invalid, "only a fixed split has shares of its own"))
        }
        (AllocationMethod::Fixed, shares) => input::shares("shares", shares).map(|shares| shares.by_resource()),
    }
}

/// How shared cost was split on some days as of an instant, for the metrics. What goes by credit goes by the closes that count
/// on the basis, when they were won; where movements count when they happened, by all that were won.
///
/// # Errors
/// What the database says.
pub(super) async fn settled_as_of(tx: &TenantTx, (basis, refunds): (Basis, Refunds), days: DaySpan, as_of: Timestamp) -> Result<Settled> {
    let made = store::rules_made(tx, as_of).await?;
    let rules = made.iter().map(|rule| {
        // A rule without an end holds for ever. The last day never lies before the first: the database sees to it.
        let days = DaySpan::new(rule.first_on, rule.last_on.unwrap_or(NaiveDate::MAX)).map_err(Error::internal)?;
        let method = match rule.method {
            AllocationMethod::Equal => Method::Equal,
            AllocationMethod::Fixed => {
                let bp = ByResource { sales: rule.sales_bp, marketing: rule.marketing_bp, product: rule.product_bp };
                Method::Fixed(Shares::new(bp.map(i64::from)).map_err(Error::internal)?)
            }
            AllocationMethod::Headcount => Method::Headcount,
            AllocationMethod::Credit => Method::Credit,
        };
        Ok((days, method))
    });
    let methods = Methods::layered(rules.collect::<Result<Vec<_>>>()?);
    Ok(methods.settle(&weights(tx, &methods, (basis, refunds), days, as_of).await?))
}

/// What the resources have in the calendar months that some days reach into, as far as rules go by it: months of the
/// organization's zone, whatever zone the question is asked in.
async fn weights(
    tx: &TenantTx,
    methods: &Methods,
    (basis, refunds): (Basis, Refunds),
    days: DaySpan,
    as_of: Timestamp,
) -> Result<BTreeMap<NaiveDate, MonthWeights>> {
    let (by_heads, by_credit) = (methods.ask_for(Method::Headcount, days), methods.ask_for(Method::Credit, days));
    if !by_heads && !by_credit {
        return Ok(BTreeMap::new());
    }
    let mut months: BTreeMap<NaiveDate, MonthWeights> = months_of(days).map(|month| (month, MonthWeights::default())).collect();
    let zone = input::time_zone("timeZone", &organization::service::settings(tx).await?.timezone)?;
    if by_heads {
        for (month, heads) in organization::service::headcounts(tx, months_of(days), zone, as_of).await? {
            months.entry(month).or_default().headcount = heads;
        }
    }
    if by_credit {
        let ends = months.keys().next_back().and_then(|last| last.checked_add_months(Months::new(1))).unwrap_or(NaiveDate::MAX);
        let whole = Period::new(month_of(days.first()), ends, zone).map_err(Error::internal)?;
        for close in credit::service::closes_won(tx, whole.start(), whole.end(), as_of).await? {
            let counts = match close.standing.status(close.amount.amount_minor()) {
                Status::Won | Status::PartiallyRefunded => true,
                // What was given back later changes nothing of the month, where it counts when it happened.
                Status::Voided | Status::Refunded => basis == Basis::Gross || refunds == Refunds::EventPeriod,
            };
            if let Some(month) = months.get_mut(&month_of(local_day(close.closed_at, zone))).filter(|_| counts) {
                for (resource, weight) in close.shares.weights().into_pairs() {
                    *month.credit.get_mut(resource) += weight;
                }
            }
        }
    }
    Ok(months)
}
