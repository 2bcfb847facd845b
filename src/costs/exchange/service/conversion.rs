//! Pinning the rate by which a row is converted.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use entity::ids::{CloseId, CostEntryId, FxRateId};
use entity::money::CurrencyCode;
use entity::time::Timestamp;
use entity::{close, cost_entry, fx_conversion, fx_rate, organization};

use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::auth::permission::grant::CostPerCloseRead;
use crate::costs::exchange::store::{self, Waiting, Wanted};
use crate::db::TenantWrite;
use crate::error::Result;
use crate::input;
use crate::metrics::exchange::pinned;
use crate::metrics::period::{Period, local_day};
use crate::organization::service::settings;

/// What is to be converted.
#[derive(Clone, Copy, Debug)]
enum Object {
    Close(CloseId),
    Cost(CostEntryId),
}

/// A row with the day whose rate it waits for.
type Dated = Waiting<Object, NaiveDate>;

/// A version of a rate, with since when it is known.
type Version = (Timestamp, FxRateId);

/// Pins the rates of closes that were just recorded, where there are some; within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn pin_closes<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, closes: &[&close::Model]) -> Result<()> {
    if closes.is_empty() {
        return Ok(());
    }
    let organization = settings(tx).await?;
    let zone = zone_of(&organization)?;
    let dated = closes.iter().map(|row| Waiting {
        id: Object::Close(row.id),
        currency: row.currency,
        on: local_day(row.closed_at, zone),
        recorded_at: row.recorded_at,
    });
    pin_new(tx, scope, organization.base_currency, dated).await
}

/// Pins the rates of cost entries that were just recorded, where there are some.
///
/// # Errors
/// What the database says.
pub async fn pin_costs<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, entries: &[&cost_entry::Model]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let organization = settings(tx).await?;
    // A row that only takes another one back is never valued.
    let standing = entries.iter().filter(|row| !row.retracted);
    let dated =
        standing.map(|row| Waiting { id: Object::Cost(row.id), currency: row.currency, on: row.first_on, recorded_at: row.recorded_at });
    pin_new(tx, scope, organization.base_currency, dated).await
}

async fn pin_new<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, into: CurrencyCode, rows: impl Iterator<Item = Dated>) -> Result<()> {
    let foreign: Vec<Dated> = rows.filter(|row| row.currency != into).collect();
    if foreign.is_empty() {
        return Ok(());
    }
    store::share_organization(tx).await?;
    pin(tx, scope, into, &foreign).await
}

/// Pins rates that were just recorded to the rows that wait for them. The organization is held.
pub(super) async fn pin_waiting<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, rates: &[&fx_rate::Model]) -> Result<()> {
    let organization = settings(tx).await?;
    let zone = zone_of(&organization)?;
    let into = organization.base_currency;
    let found: HashSet<(CurrencyCode, NaiveDate)> =
        rates.iter().filter(|rate| rate.quote == into).map(|rate| (rate.base, rate.day)).collect();
    let bases: BTreeSet<CurrencyCode> = found.iter().map(|(base, _)| *base).collect();
    let days = || found.iter().map(|(_, day)| *day);
    let (Some(first), Some(last)) = (days().min(), days().max()) else { return Ok(()) };
    // Days of rates end long before the calendar does.
    let whole = Period::new(first, last.checked_add_days(Days::new(1)).unwrap_or(last), zone).map_err(crate::Error::internal)?;
    let closes = store::waiting_closes(tx, &bases, (whole.start(), whole.end())).await?;
    let closes = closes.into_iter().map(|row| Waiting {
        id: Object::Close(row.id),
        currency: row.currency,
        on: local_day(row.on, zone),
        recorded_at: row.recorded_at,
    });
    let costs = store::waiting_costs(tx, &bases, (first, last)).await?;
    let costs =
        costs.into_iter().map(|row| Waiting { id: Object::Cost(row.id), currency: row.currency, on: row.on, recorded_at: row.recorded_at });
    let waiting: Vec<Dated> = closes.chain(costs).filter(|row| found.contains(&(row.currency, row.on))).collect();
    pin(tx, scope, into, &waiting).await
}

async fn pin<P: Grant>(tx: &TenantWrite, scope: &Scope<P>, into: CurrencyCode, rows: &[Dated]) -> Result<()> {
    let days = || rows.iter().map(|row| row.on);
    let (Some(first), Some(last)) = (days().min(), days().max()) else { return Ok(()) };
    let bases = rows.iter().map(|row| row.currency).collect();
    let mut versions: HashMap<(CurrencyCode, NaiveDate), Vec<(Timestamp, Version)>> = HashMap::new();
    for rate in store::versions(tx, &Wanted { bases, quotes: [into].into(), days: (first, last) }).await? {
        versions.entry((rate.base, rate.day)).or_default().push((rate.recorded_at, (rate.recorded_at, rate.id)));
    }
    let conversions = rows.iter().filter_map(|row| {
        let (known_at, rate_id) = pinned(versions.get(&(row.currency, row.on))?, row.recorded_at)?;
        let (close_id, cost_entry_id) = match row.id {
            Object::Close(id) => (Some(id), None),
            Object::Cost(id) => (None, Some(id)),
        };
        let (organization_id, id) = (scope.organization_id(), scope.next_id());
        // From when on both are known.
        let recorded_at = row.recorded_at.max(known_at);
        Some(fx_conversion::Model { organization_id, id, close_id, cost_entry_id, rate_id, recorded_at })
    });
    tx.insert_many::<fx_conversion::Entity>(&conversions.collect::<Vec<_>>()).await
}

fn zone_of(organization: &organization::Model) -> Result<Tz> {
    input::time_zone("timeZone", &organization.timezone)
}

/// The rates by which some closes are converted; one without is left out.
///
/// # Errors
/// What the database says.
pub async fn rates_of_closes(scope: &Scope<CostPerCloseRead>, ids: &[CloseId]) -> Result<HashMap<CloseId, fx_rate::Model>> {
    rates_of(scope, (ids, &[]), |row| row.close_id).await
}

/// The rates by which some cost entries are converted; one without is left out.
///
/// # Errors
/// What the database says.
pub async fn rates_of_costs(scope: &Scope<CostPerCloseRead>, ids: &[CostEntryId]) -> Result<HashMap<CostEntryId, fx_rate::Model>> {
    rates_of(scope, (&[], ids), |row| row.cost_entry_id).await
}

async fn rates_of<I: std::hash::Hash + Eq>(
    scope: &Scope<CostPerCloseRead>,
    (closes, costs): (&[CloseId], &[CostEntryId]),
    object: impl Fn(&fx_conversion::Model) -> Option<I>,
) -> Result<HashMap<I, fx_rate::Model>> {
    let tx = scope.read().await?;
    let conversions = store::conversions_of(&tx, closes, costs).await?;
    let wanted: HashSet<FxRateId> = conversions.iter().map(|row| row.rate_id).collect();
    let rates = store::rates_by_id(&tx, wanted).await?;
    let rates: HashMap<FxRateId, fx_rate::Model> = rates.into_iter().map(|rate| (rate.id, rate)).collect();
    Ok(conversions.iter().filter_map(|row| Some((object(row)?, rates.get(&row.rate_id)?.clone()))).collect())
}
