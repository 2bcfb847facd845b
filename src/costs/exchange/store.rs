//! Queries on rates, on conversions, and on what waits for one.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::ids::{CloseId, CostEntryId, FxRateId, TypedId};
use entity::money::CurrencyCode;
use entity::time::Timestamp;
use entity::{close, cost_entry, fx_conversion, fx_rate, organization};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, Value};

use super::service::RateFilter;
use crate::db::{Cursor, Scoped, Sorted, TenantTx, by_day, day_of};
use crate::error::{Error, Result};
use crate::metrics::exchange::Rate;

impl Sorted for fx_rate::Entity {
    fn sort_column() -> Option<fx_rate::Column> {
        Some(fx_rate::Column::Day)
    }

    fn cursor(row: &fx_rate::Model) -> Cursor {
        by_day(row.day, row.id.uuid())
    }

    fn sort_value(key: i64) -> Value {
        day_of(key)
    }
}

/// The rates that pass a filter.
pub(super) fn rates<'tx>(tx: &'tx TenantTx, filter: &RateFilter) -> Scoped<'tx, fx_rate::Entity> {
    let condition = Condition::all()
        .add_option(filter.base.map(|base| fx_rate::Column::Base.eq(base)))
        .add_option(filter.quote.map(|quote| fx_rate::Column::Quote.eq(quote)))
        .add_option(filter.from.map(|from| fx_rate::Column::Day.gte(from)))
        .add_option(filter.to.map(|to| fx_rate::Column::Day.lt(to)));
    let rates = tx.find::<fx_rate::Entity>().filter(condition);
    if filter.all_versions { rates } else { rates.newest() }
}

/// Currencies converted into others, and the days from the first to the last on which that is asked.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) bases: BTreeSet<CurrencyCode>,
    pub(super) quotes: BTreeSet<CurrencyCode>,
    pub(super) days: (NaiveDate, NaiveDate),
}

impl Wanted {
    fn rates<'tx>(&self, tx: &'tx TenantTx, as_of: Timestamp) -> Scoped<'tx, fx_rate::Entity> {
        tx.everything::<fx_rate::Entity>()
            .filter(fx_rate::Column::Base.is_in(self.bases.iter().copied()))
            .filter(fx_rate::Column::Quote.is_in(self.quotes.iter().copied()))
            .filter(fx_rate::Column::Day.between(self.days.0, self.days.1))
            .filter(fx_rate::Column::RecordedAt.lte(as_of))
    }
}

/// Every version of the rates of some days, in order of versions.
pub(super) async fn versions(tx: &TenantTx, wanted: &Wanted) -> Result<Vec<fx_rate::Model>> {
    wanted.rates(tx, Timestamp::MAX).order_by_asc(fx_rate::Column::RateVersion).all().await
}

/// How much a unit of each currency was in another one on a day, by the last versions recorded by an instant.
pub(super) async fn rates_on(
    tx: &TenantTx,
    (quote, day): (CurrencyCode, NaiveDate),
    as_of: Timestamp,
) -> Result<HashMap<CurrencyCode, Rate>> {
    use fx_rate::Column;
    let of_day = tx.everything::<fx_rate::Entity>().filter(Column::Quote.eq(quote)).filter(Column::Day.eq(day));
    let rows = of_day.filter(Column::RecordedAt.lte(as_of)).order_by_asc(Column::RateVersion).all().await?;
    // Of several versions the last one stays.
    rows.iter().map(|row| Ok((row.base, rate(row)?))).collect()
}

/// What a row says.
pub(super) fn rate(row: &fx_rate::Model) -> Result<Rate> {
    let scale = u32::try_from(row.scale).map_err(Error::internal)?;
    Rate::from_parts(row.mantissa, scale).map_err(Error::internal)
}

/// By which rates closes and cost entries are converted.
#[derive(Debug, Default)]
pub(super) struct Converted {
    pub(super) closes: HashMap<CloseId, Rate>,
    pub(super) costs: HashMap<CostEntryId, Rate>,
}

/// The conversions by rates of some days that were recorded by an instant. Two statements for any number.
pub(super) async fn conversions(tx: &TenantTx, wanted: &Wanted, as_of: Timestamp) -> Result<Converted> {
    use fx_conversion::Column;
    let mut rates: HashMap<FxRateId, (i64, i16)> = HashMap::new();
    wanted
        .rates(tx, as_of)
        .rows([fx_rate::Column::Id, fx_rate::Column::Mantissa, fx_rate::Column::Scale], |row| {
            rates.insert(row.try_get_by_index(0)?, (row.try_get_by_index(1)?, row.try_get_by_index(2)?));
            Ok(())
        })
        .await?;
    if rates.is_empty() {
        return Ok(Converted::default());
    }
    let made = tx
        .everything::<fx_conversion::Entity>()
        .filter(Column::RateId.in_subquery(wanted.rates(tx, as_of).subquery(fx_rate::Column::Id)))
        .filter(Column::RecordedAt.lte(as_of));
    let mut objects: Vec<(Option<CloseId>, Option<CostEntryId>, FxRateId)> = Vec::new();
    made.rows([Column::CloseId, Column::CostEntryId, Column::RateId], |row| {
        objects.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?));
        Ok(())
    })
    .await?;
    let mut converted = Converted::default();
    for (close, cost, rate) in objects {
        let Some(&(mantissa, scale)) = rates.get(&rate) else { continue };
        let scale = u32::try_from(scale).map_err(Error::internal)?;
        let rate = Rate::from_parts(mantissa, scale).map_err(Error::internal)?;
        converted.closes.extend(close.map(|close| (close, rate)));
        converted.costs.extend(cost.map(|cost| (cost, rate)));
    }
    Ok(converted)
}

/// The conversions of some closes and cost entries.
pub(super) async fn conversions_of(tx: &TenantTx, closes: &[CloseId], costs: &[CostEntryId]) -> Result<Vec<fx_conversion::Model>> {
    use fx_conversion::Column;
    let of_any = Condition::any().add(Column::CloseId.is_in(closes.iter().copied())).add(Column::CostEntryId.is_in(costs.iter().copied()));
    tx.everything::<fx_conversion::Entity>().filter(of_any).all().await
}

/// The rates with some ids.
pub(super) async fn rates_by_id(tx: &TenantTx, ids: impl IntoIterator<Item = FxRateId>) -> Result<Vec<fx_rate::Model>> {
    tx.get_many::<fx_rate::Entity>(ids).await
}

/// Keeps others from recording money in another currency, or sharing the organization for it, until the transaction ends.
pub(super) async fn hold_organization(tx: &TenantTx) -> Result<()> {
    tx.everything::<organization::Entity>().locked().one().await.map(drop)
}

/// Waits for whoever is recording rates, and keeps others from beginning to until the transaction ends.
pub(super) async fn share_organization(tx: &TenantTx) -> Result<()> {
    tx.everything::<organization::Entity>().shared().one().await.map(drop)
}

/// A row in another currency that has no conversion yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting<I, D> {
    pub(super) id: I,
    pub(super) currency: CurrencyCode,
    pub(super) on: D,
    pub(super) recorded_at: Timestamp,
}

/// The closes in some currencies, won in `[start, end)`, without a conversion.
pub(super) async fn waiting_closes(
    tx: &TenantTx,
    bases: &BTreeSet<CurrencyCode>,
    (start, end): (Timestamp, Timestamp),
) -> Result<Vec<Waiting<CloseId, Timestamp>>> {
    use close::Column;
    let converted = tx.everything::<fx_conversion::Entity>().filter(fx_conversion::Column::CloseId.is_not_null());
    let waiting = tx
        .everything::<close::Entity>()
        .filter(Column::Currency.is_in(bases.iter().copied()))
        .filter(Column::ClosedAt.gte(start))
        .filter(Column::ClosedAt.lt(end))
        .filter(Column::Id.not_in_subquery(converted.subquery(fx_conversion::Column::CloseId)));
    let mut found = Vec::new();
    waiting
        .rows([Column::Id, Column::Currency, Column::ClosedAt, Column::RecordedAt], |row| {
            let (id, currency) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            found.push(Waiting { id, currency, on: row.try_get_by_index(2)?, recorded_at: row.try_get_by_index(3)? });
            Ok(())
        })
        .await?;
    Ok(found)
}

/// The last days of the costs in some currencies that begin on one of some days and have no conversion, by currency and first
/// day.
pub(super) async fn costs_waiting_until(
    tx: &TenantTx,
    bases: &BTreeSet<CurrencyCode>,
    days: (NaiveDate, NaiveDate),
) -> Result<HashMap<(CurrencyCode, NaiveDate), NaiveDate>> {
    use cost_entry::Column::{Currency, FirstOn, LastOn};
    let mut found: HashMap<(CurrencyCode, NaiveDate), NaiveDate> = HashMap::new();
    costs_without_rate(tx, bases, days)
        .rows([Currency, FirstOn, LastOn], |row| {
            let last_on: NaiveDate = row.try_get_by_index(2)?;
            let until = found.entry((row.try_get_by_index(0)?, row.try_get_by_index(1)?)).or_insert(last_on);
            *until = last_on.max(*until);
            Ok(())
        })
        .await?;
    Ok(found)
}

fn costs_without_rate<'tx>(
    tx: &'tx TenantTx,
    bases: &BTreeSet<CurrencyCode>,
    (first, last): (NaiveDate, NaiveDate),
) -> Scoped<'tx, cost_entry::Entity> {
    use cost_entry::Column;
    let converted = tx.everything::<fx_conversion::Entity>().filter(fx_conversion::Column::CostEntryId.is_not_null());
    tx.everything::<cost_entry::Entity>()
        .filter(Column::Currency.is_in(bases.iter().copied()))
        .filter(Column::FirstOn.between(first, last))
        .filter(Column::Id.not_in_subquery(converted.subquery(fx_conversion::Column::CostEntryId)))
        .standing()
}

/// The standing cost entries in some currencies that begin on one of some days, without a conversion.
pub(super) async fn waiting_costs(
    tx: &TenantTx,
    bases: &BTreeSet<CurrencyCode>,
    days: (NaiveDate, NaiveDate),
) -> Result<Vec<Waiting<CostEntryId, NaiveDate>>> {
    use cost_entry::Column;
    let mut found = Vec::new();
    costs_without_rate(tx, bases, days)
        .rows([Column::Id, Column::Currency, Column::FirstOn, Column::RecordedAt], |row| {
            let (id, currency) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            found.push(Waiting { id, currency, on: row.try_get_by_index(2)?, recorded_at: row.try_get_by_index(3)? });
            Ok(())
        })
        .await?;
    Ok(found)
}
