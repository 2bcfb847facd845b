//! Founding an organization, and its settings.

use entity::ids::OrganizationId;
use entity::kinds::WeekStart;
use entity::money::CurrencyCode;
use entity::organization;
use serde::Serialize;

use crate::auth::Scope;
use crate::auth::permission::grant::{OrganizationManage, OrganizationRead};
use crate::credit;
use crate::db::TenantTx;
use crate::error::{ProblemCode, Problems, Result};
use crate::input;
use crate::journey;
use crate::organization::store;
use crate::periods;

/// The settings a new organization begins with.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// What it is called.
    pub name: String,
    /// ISO 4217.
    pub base_currency: String,
    /// IANA.
    pub time_zone: String,
}

/// Founds the organization of the scope, with the default pipeline and the first credit policy.
///
/// # Errors
/// Problems with `name`, `baseCurrency`, `timeZone`.
pub async fn found(scope: &Scope<OrganizationManage>, new: &NewOrganization) -> Result<organization::Model> {
    let now = scope.now();
    let tx = scope.write().await?;
    let row = tx
        .insert::<organization::Entity>(organization::Model {
            organization_id: scope.organization_id(),
            name: input::text("name", &new.name, input::NAME)?,
            base_currency: input::currency("baseCurrency", &new.base_currency)?,
            timezone: input::time_zone("timeZone", &new.time_zone)?.name().to_owned(),
            week_start: WeekStart::Monday,
            fiscal_year_start_month: 1,
            refund_window_days: 30,
            recorded_at: now,
            version: 1,
        })
        .await?;
    journey::service::install_default_pipeline(&tx, scope).await?;
    credit::service::install_policy(&tx, scope).await?;
    tx.commit().await?;
    Ok(row)
}

/// The organization.
///
/// # Errors
/// What the database says.
pub async fn organization(scope: &Scope<OrganizationRead>) -> Result<organization::Model> {
    store::organization(&scope.read().await?).await
}

/// The organization, if it has this id.
///
/// # Errors
/// What the database says.
pub async fn organization_with_id(scope: &Scope<OrganizationRead>, id: OrganizationId) -> Result<Option<organization::Model>> {
    store::organization_with_id(&scope.read().await?, id).await
}

/// The settings of the organization within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn settings(tx: &TenantTx) -> Result<organization::Model> {
    store::organization(tx).await
}

/// Changes of an organization's settings; what is `None` stays.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReviseOrganization {
    /// What it is called.
    pub name: Option<String>,
    /// IANA.
    pub time_zone: Option<String>,
    /// ISO 4217; fixed once money is recorded.
    pub base_currency: Option<String>,
    /// The day its weeks begin with.
    pub week_start: Option<WeekStart>,
    /// 1 to 12.
    pub fiscal_year_start_month: Option<i32>,
    /// 0 to 366.
    pub refund_window_days: Option<i32>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
}

/// Changes the settings.
///
/// # Errors
/// Problems with the fields; `FIXED` where the currency can no longer change, `PERIOD_LOCKED` where the time zone cannot
/// because a month is locked by it.
pub async fn revise_organization(scope: &Scope<OrganizationManage>, change: &ReviseOrganization) -> Result<organization::Model> {
    let tx = scope.write().await?;
    let before = store::organization(&tx).await?;
    input::version(change.expected_version, before.version)?;
    let mut problems = Problems::new();
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.name = problems.take(input::text("name", name, input::NAME))?.unwrap_or_default();
    }
    if let Some(zone) = &change.time_zone {
        after.timezone = problems.take(input::time_zone("timeZone", zone))?.map(|zone| zone.name().to_owned()).unwrap_or_default();
        if after.timezone != before.timezone {
            problems.take(periods::service::stays_in_zone(&tx, "timeZone").await)?;
        }
    }
    if let Some(currency) = &change.base_currency {
        let currency = problems.take(input::currency("baseCurrency", currency))?.unwrap_or(before.base_currency);
        if currency != before.base_currency && store::has_money(&tx).await? {
            problems.push("baseCurrency", ProblemCode::Fixed, "cannot change once money is recorded");
        }
        after.base_currency = currency;
    }
    after.week_start = change.week_start.unwrap_or(before.week_start);
    if let Some(month) = change.fiscal_year_start_month {
        after.fiscal_year_start_month = small("fiscalYearStartMonth", month, 1, 12, &mut problems);
    }
    if let Some(days) = change.refund_window_days {
        after.refund_window_days = small("refundWindowDays", days, 0, 366, &mut problems);
    }
    problems.check()?;
    after.version = before.version + 1;
    store::keep_organization(&tx, &after).await?;
    tx.commit().await?;
    Ok(after)
}

fn small(field: &str, value: i32, least: i16, most: i16, problems: &mut Problems) -> i16 {
    match i16::try_from(value) {
        Ok(value) if (least..=most).contains(&value) => value,
        _ => {
            problems.push(field, ProblemCode::Invalid, format!("must be between {least} and {most}"));
            least
        }
    }
}

/// The base currency, for areas that record money.
///
/// # Errors
/// What the database says.
pub async fn base_currency(tx: &TenantTx) -> Result<CurrencyCode> {
    Ok(store::organization(tx).await?.base_currency)
}
