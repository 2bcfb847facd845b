//! Recording and finding rates.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::fx_rate;
use entity::ids::FxRateId;
use entity::money::CurrencyCode;
use rust_decimal::Decimal;
use serde::Serialize;

use super::conversion::pin_waiting;
use crate::auth::Scope;
use crate::auth::permission::grant::{CostPerCloseRead, FxManage};
use crate::costs::exchange::store::{self, Wanted};
use crate::db::{BulkCall, Checked, Listing, Outcome, PageRequest, TenantWrite, checked};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::metrics::exchange::Rate;
use crate::periods;
use crate::periods::service::{Counts, LockedMonths, Restate, Restated, Restating};

/// Most days without a rate of their own that get the rate of the day before: weekends and holidays are no longer.
const MOST_CARRIED: i64 = 7;

/// Which rates are wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct RateFilter {
    /// The currency that is converted.
    pub base: Option<CurrencyCode>,
    /// The currency it is converted into.
    pub quote: Option<CurrencyCode>,
    /// Those of this day and later ones.
    pub from: Option<NaiveDate>,
    /// Those of days before this one.
    pub to: Option<NaiveDate>,
    /// Also the versions that newer ones took the place of.
    pub all_versions: bool,
}

/// A page of rates, those of the latest days first.
///
/// # Errors
/// A problem with `filter`.
pub async fn fx_rates(
    scope: &Scope<CostPerCloseRead>,
    filter: &RateFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<fx_rate::Model>> {
    input::span("filter.to", filter.from, filter.to)?;
    store::rates(&scope.read().await?, filter).listing(page, with_total).await
}

/// The rates with some ids.
///
/// # Errors
/// What the database says.
pub async fn fx_rates_by_id(scope: &Scope<CostPerCloseRead>, ids: &[FxRateId]) -> Result<HashMap<FxRateId, fx_rate::Model>> {
    let rows = store::rates_by_id(&scope.read().await?, ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What a row says.
///
/// # Errors
/// [`Error::Internal`] where it says what no rate can be.
pub fn rate_of(row: &fx_rate::Model) -> Result<Rate> {
    store::rate(row)
}

/// A new rate.
#[derive(Clone, Debug, Serialize)]
pub struct NewRate {
    /// The currency that is converted.
    pub base: String,
    /// The currency it is converted into.
    pub quote: String,
    /// The day it holds for.
    pub day: NaiveDate,
    /// How much of the quote a unit of the base is.
    pub rate: Decimal,
    /// Who publishes it.
    pub publisher: String,
    /// That it is written to locked months all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restate: Option<Restate>,
}

/// A pair and a day.
type Key = (CurrencyCode, CurrencyCode, NaiveDate);

/// A rate that was looked at by itself.
#[derive(Clone, Debug)]
struct Draft {
    key: Key,
    rate: Rate,
    publisher: String,
    restate: Option<Restate>,
}

/// Records rates, each for itself. With `carry_forward` days without a rate between two of the same pair get the one of the
/// day before, where there are no more than seven of them.
///
/// # Errors
/// A problem with `items` where there are none or too many, or with `source`; problems with a rate are its outcome.
pub async fn record_fx_rates(
    scope: &Scope<FxManage>,
    items: &[NewRate],
    carry_forward: bool,
    key: Option<&str>,
) -> Result<Vec<Outcome<fx_rate::Model>>> {
    // One call has one publisher.
    if let Some(item) = items.first() {
        input::text("source", &item.publisher, input::NAME)?;
    }
    let named: Vec<_> = items.iter().map(|item| (item, carry_forward)).collect();
    let call = BulkCall::<fx_rate::Entity>::new(key, "recordFxRates", &named)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return Ok(outcomes);
    }
    let outcomes = record_fx_rates_in(&tx, scope, items, carry_forward).await?;
    call.commit(tx, scope, &outcomes).await?;
    Ok(outcomes)
}

/// Records any number of rates within a transaction, and converts what waited for them. Others who record rates wait until
/// it ends.
///
/// # Errors
/// What the database says; problems with a rate are its outcome.
pub async fn record_fx_rates_in(
    tx: &TenantWrite,
    scope: &Scope<FxManage>,
    items: &[NewRate],
    carry_forward: bool,
) -> Result<Vec<Outcome<fx_rate::Model>>> {
    let drafts = items.iter().map(|item| checked(check(item))).collect::<Result<Vec<Checked<Draft>>>>()?;
    let good = || drafts.iter().flatten();
    let days = || good().map(|draft| draft.key.2);
    let (Some(first), Some(last)) = (days().min(), days().max()) else {
        return Ok(drafts.into_iter().filter_map(Result::err).map(Outcome::Rejected).collect());
    };
    store::hold_organization(tx).await?;
    let (bases, quotes) = (good().map(|draft| draft.key.0).collect(), good().map(|draft| draft.key.1).collect());
    let known = store::versions(tx, &Wanted { bases, quotes, days: (first, last) }).await?;
    // Of several versions the last one stays.
    let known: HashMap<Key, fx_rate::Model> = known.into_iter().map(|row| ((row.base, row.quote, row.day), row)).collect();
    let months = LockedMonths::share(tx).await?;
    // A cost that waits for the rate of its first day counts on its other days too.
    let bases = good().map(|draft| draft.key.0).collect();
    let waiting = if months.is_empty() { HashMap::new() } else { store::costs_waiting_until(tx, &bases, (first, last)).await? };
    let mut desk = Desk { scope, known, months, waiting, said: BTreeMap::new(), new: Vec::new(), restated: Vec::new() };
    let outcomes =
        drafts.into_iter().map(|draft| draft.map_or_else(|problems| Ok(Outcome::Rejected(problems)), |draft| desk.settle(draft)));
    let outcomes = outcomes.collect::<Result<Vec<_>>>()?;
    if carry_forward {
        desk.carry();
    }
    tx.insert_many::<fx_rate::Entity>(&desk.new).await?;
    periods::service::leave(tx, scope, std::mem::take(&mut desk.restated)).await?;
    pin_waiting(tx, scope, &desk.new.iter().collect::<Vec<_>>()).await?;
    Ok(outcomes)
}

fn check(item: &NewRate) -> Result<Draft> {
    let mut problems = Problems::new();
    let base = problems.take(input::currency("base", &item.base))?;
    let quote = problems.take(input::currency("quote", &item.quote))?;
    if base.is_some() && base == quote {
        problems.push("quote", ProblemCode::SelfReference, "must be another currency than base");
    }
    problems.take(input::day("day", item.day))?;
    let rate = Rate::new(item.rate).map_err(|error| Error::invalid("rate", ProblemCode::InvalidAmount, error.to_string()));
    let rate = problems.take(rate)?;
    let publisher = problems.take(input::text("source", &item.publisher, input::NAME))?;
    problems.check()?;
    let (Some(base), Some(quote), Some(rate), Some(publisher)) = (base, quote, rate, publisher) else {
        return Err(Error::broken("a rate without a problem is there"));
    };
    Ok(Draft { key: (base, quote, item.day), rate, publisher, restate: item.restate.clone() })
}

/// Where the rates of a call are settled one after the other.
struct Desk<'a> {
    scope: &'a Scope<FxManage>,
    /// The last version of each pair and day, before the call.
    known: HashMap<Key, fx_rate::Model>,
    months: LockedMonths,
    /// The last days of the costs that wait for a rate of a currency and a day.
    waiting: HashMap<(CurrencyCode, NaiveDate), NaiveDate>,
    /// What the call says: by pair, then by day.
    said: BTreeMap<(CurrencyCode, CurrencyCode), BTreeMap<NaiveDate, fx_rate::Model>>,
    new: Vec<fx_rate::Model>,
    restated: Vec<(Restated, Restating)>,
}

impl Desk<'_> {
    fn settle(&mut self, draft: Draft) -> Result<Outcome<fx_rate::Model>> {
        let (base, quote, day) = draft.key;
        let says_the_same = |row: &fx_rate::Model| says_the_same(row, &draft) && !row.carried;
        if let Some(row) = self.said.get(&(base, quote)).and_then(|days| days.get(&day)) {
            if says_the_same(row) {
                return Ok(Outcome::Unchanged(row.clone()));
            }
            let message = "this call says something else of the same pair and day".to_owned();
            return Ok(Outcome::Rejected(vec![crate::error::Problem { field: "day".to_owned(), code: ProblemCode::Taken, message }]));
        }
        let outcome = match self.known.get(&draft.key).filter(|row| says_the_same(row)) {
            Some(row) => Outcome::Unchanged(row.clone()),
            None => {
                let until = self.waiting.get(&(base, day)).copied().unwrap_or(day);
                match checked(self.months.permit(self.scope, &[Counts::Days(day, until)], "day", draft.restate.as_ref()))? {
                    Err(problems) => return Ok(Outcome::Rejected(problems)),
                    Ok(restating) => {
                        let row = self.next_version(&draft, false);
                        self.restated.push((Restated::Rate(row.id), restating));
                        Outcome::Recorded(row)
                    }
                }
            }
        };
        if let Outcome::Recorded(row) | Outcome::Unchanged(row) = &outcome {
            self.said.entry((base, quote)).or_default().insert(day, row.clone());
        }
        Ok(outcome)
    }

    /// The days between two that were said get the rate of the day before, where none of their own is known.
    fn carry(&mut self) {
        let said = std::mem::take(&mut self.said);
        for (&(base, quote), days) in &said {
            let pairs = days.iter().zip(days.keys().skip(1));
            for ((&day, row), &next) in pairs {
                let between = next.signed_duration_since(day).num_days() - 1;
                if !(1..=MOST_CARRIED).contains(&between) {
                    continue;
                }
                let Ok(rate) = store::rate(row) else { continue };
                for day in day.iter_days().skip(1).take_while(|&day| day < next) {
                    // Nobody said anything of this day, so nobody restates it.
                    let until = self.waiting.get(&(base, day)).copied().unwrap_or(day);
                    if self.months.permit(self.scope, &[Counts::Days(day, until)], "day", None).is_err() {
                        continue;
                    }
                    let draft = Draft { key: (base, quote, day), rate, publisher: row.publisher.clone(), restate: None };
                    let stays = self.known.get(&draft.key).is_some_and(|known| !known.carried || says_the_same(known, &draft));
                    if !stays {
                        self.next_version(&draft, true);
                    }
                }
            }
        }
    }

    fn next_version(&mut self, draft: &Draft, carried: bool) -> fx_rate::Model {
        let (base, quote, day) = draft.key;
        let row = fx_rate::Model {
            organization_id: self.scope.organization_id(),
            id: self.scope.next_id(),
            base,
            quote,
            day,
            rate_version: self.known.get(&draft.key).map_or(1, |row| row.rate_version.saturating_add(1)),
            mantissa: draft.rate.mantissa(),
            // At most 18.
            scale: i16::try_from(draft.rate.scale()).unwrap_or(i16::MAX),
            carried,
            publisher: draft.publisher.clone(),
            recorded_by: self.scope.member_id(),
            recorded_at: self.scope.now(),
        };
        self.new.push(row.clone());
        row
    }
}

fn says_the_same(row: &fx_rate::Model, draft: &Draft) -> bool {
    let scale = u32::try_from(row.scale).unwrap_or(u32::MAX);
    (row.mantissa, scale, row.publisher.as_str()) == (draft.rate.mantissa(), draft.rate.scale(), draft.publisher.as_str())
}
