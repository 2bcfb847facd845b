//! Recording, correcting and finding cost entries.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::cost_entry;
use entity::ids::{CostEntryId, TacticId, TeamId};
use entity::kinds::{Channel, CostCategory, CostOwner};
use entity::money::Money;
use serde::Serialize;

use super::again::{ToldOtherwise, supersede_costs_in};
use crate::auth::Scope;
use crate::auth::permission::Reach;
use crate::auth::permission::grant::{CostRead, CostWrite};
use crate::costs::exchange::service::pin_costs;
use crate::costs::store::{self, Known};
use crate::db::{Batch, BulkCall, Idempotent, Listing, Outcome, PageRequest, TenantWrite, checked, only, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, ExternalId, WantedMoney};
use crate::periods;
use crate::periods::service::{Counts, LockedMonths, Restate, Restated};

/// Which cost entries are wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct CostFilter {
    /// Who bears them.
    pub owner: Option<CostOwner>,
    /// What the money was spent on.
    pub category: Option<CostCategory>,
    /// The tactic it was spent on.
    pub tactic_id: Option<TacticId>,
    /// Those with a day on or after this one.
    pub from: Option<NaiveDate>,
    /// Those with a day before this one.
    pub to: Option<NaiveDate>,
    /// The system that named them.
    pub source: Option<String>,
    /// Those that were corrected or taken back too, and the rows that say so.
    pub include_corrected: bool,
}

/// A page of cost entries.
///
/// # Errors
/// A problem with `filter`.
pub async fn cost_entries(
    scope: &Scope<CostRead>,
    mut filter: CostFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<cost_entry::Model>> {
    input::span("filter.to", filter.from, filter.to)?;
    filter.source = input::optional_text("filter.source", filter.source.as_deref(), input::NAME)?;
    store::cost_entries(&scope.read().await?, &filter).listing(page, with_total).await
}

/// The cost entries with some ids, of those the caller may see.
///
/// # Errors
/// What the database says.
pub async fn cost_entries_by_id(scope: &Scope<CostRead>, ids: &[CostEntryId]) -> Result<HashMap<CostEntryId, cost_entry::Model>> {
    let rows = store::cost_entries_by_id(&scope.read().await?, ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The rows that took the place of some cost entries, by the id of those.
///
/// # Errors
/// What the database says.
pub async fn corrections_by_id(scope: &Scope<CostRead>, ids: &[CostEntryId]) -> Result<HashMap<CostEntryId, cost_entry::Model>> {
    let rows = store::corrections_of(&scope.read().await?, ids.iter().copied()).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.supersedes_id?, row))).collect())
}

/// What a cost entry says.
#[derive(Clone, Debug, Serialize)]
pub struct CostContent {
    /// Who bears it.
    pub owner: CostOwner,
    /// What the money was spent on.
    pub category: CostCategory,
    /// How much.
    pub amount: WantedMoney,
    /// The first local day it covers.
    pub first_on: NaiveDate,
    /// The last local day it covers.
    pub last_on: NaiveDate,
    /// The tactic it was spent on.
    pub tactic_id: Option<TacticId>,
    /// The team that spent it.
    pub team_id: Option<TeamId>,
    /// The channel it was spent on.
    pub channel: Option<Channel>,
    /// What for, in words.
    pub note: Option<String>,
    /// How many people it pays.
    pub people: Option<i32>,
}

/// A new cost entry.
#[derive(Clone, Debug, Serialize)]
pub struct NewCost {
    /// What it says.
    pub content: CostContent,
    /// What another system calls it.
    pub external_id: Option<ExternalId>,
    /// That it is written to locked months all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restate: Option<Restate>,
}

/// Records a cost entry.
///
/// # Errors
/// Problems with the fields; `NOT_ALLOWED` where the caller may not write for the owner, `PERIOD_LOCKED` where a day of it
/// lies in a locked month.
pub async fn record_cost(scope: &Scope<CostWrite>, new: NewCost, key: Option<&str>) -> Result<cost_entry::Model> {
    only(record(scope, "recordCost", &[new], key).await?)
}

/// Records cost entries, each for itself.
///
/// # Errors
/// A problem with `items` where there are too many; problems with an entry are its outcome.
pub async fn record_costs(
    scope: &Scope<CostWrite>,
    items: &[NewCost],
    otherwise: ToldOtherwise,
    key: Option<&str>,
) -> Result<Vec<Outcome<cost_entry::Model>>> {
    match otherwise {
        ToldOtherwise::Refuse => record(scope, "recordCosts", items, key).await,
        ToldOtherwise::Supersede => {
            let call = BulkCall::<cost_entry::Entity>::new(key, "supersedeCosts", items)?;
            let tx = scope.write().await?;
            if let Some(outcomes) = call.recall(&tx).await? {
                return Ok(outcomes);
            }
            let outcomes = supersede_costs_in(&tx, scope, items).await?;
            call.commit(tx, scope, &outcomes).await?;
            Ok(outcomes)
        }
    }
}

async fn record(
    scope: &Scope<CostWrite>,
    operation: &'static str,
    items: &[NewCost],
    key: Option<&str>,
) -> Result<Vec<Outcome<cost_entry::Model>>> {
    let call = BulkCall::<cost_entry::Entity>::new(key, operation, items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return Ok(outcomes);
    }
    let outcomes = record_costs_in(&tx, scope, items).await?;
    call.commit(tx, scope, &outcomes).await?;
    Ok(outcomes)
}

/// Records any number of cost entries within a transaction.
///
/// # Errors
/// What the database says; problems with an entry are its outcome.
pub async fn record_costs_in(tx: &TenantWrite, scope: &Scope<CostWrite>, items: &[NewCost]) -> Result<Vec<Outcome<cost_entry::Model>>> {
    let known = store::known(tx, items.iter().map(|new| &new.content)).await?;
    let rows = items.iter().map(|new| checked(check(scope, &new.content, new.external_id.as_ref(), &known)));
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let months = LockedMonths::share(tx).await?;
    let mut batch = Batch::<cost_entry::Entity>::begin(tx, rows.iter().flatten()).await?;
    let mut restated = Vec::new();
    for (new, row) in items.iter().zip(rows) {
        match row {
            Err(problems) => batch.reject(problems),
            Ok(row) if batch.knows(&row, says_the_same) => {}
            Ok(row) => match checked(months.permit(scope, &[days_of(&row)], "firstOn", new.restate.as_ref()))? {
                Err(problems) => batch.reject(problems),
                Ok(restating) => {
                    restated.push((Restated::Cost(row.id), restating));
                    batch.record(row);
                }
            },
        }
    }
    let outcomes = batch.insert(tx).await?;
    periods::service::leave(tx, scope, restated).await?;
    let recorded = outcomes.iter().filter_map(|outcome| if let Outcome::Recorded(row) = outcome { Some(row) } else { None });
    pin_costs(tx, scope, &recorded.collect::<Vec<_>>()).await?;
    Ok(outcomes)
}

/// The days on which an entry counts.
const fn days_of(row: &cost_entry::Model) -> Counts {
    Counts::Days(row.first_on, row.last_on)
}

pub(super) fn says_the_same(known: &cost_entry::Model, offered: &cost_entry::Model) -> bool {
    let content = |row: &cost_entry::Model| {
        let money = (row.amount_minor, row.currency);
        (row.owner, row.category, money, (row.first_on, row.last_on), row.tactic_id, row.team_id, row.channel, row.people)
    };
    content(known) == content(offered) && known.note == offered.note
}

pub(super) fn check(
    scope: &Scope<CostWrite>,
    cost: &CostContent,
    external_id: Option<&ExternalId>,
    known: &Known,
) -> Result<cost_entry::Model> {
    let mut problems = Problems::new();
    problems.take(may_write(scope, cost.owner, "owner"))?;
    let amount = problems.take(cost.amount.check("amount"))?;
    problems.take(input::day("firstOn", cost.first_on))?;
    problems.take(input::day("lastOn", cost.last_on))?;
    if cost.last_on < cost.first_on {
        problems.push("lastOn", ProblemCode::PeriodEmpty, "must not lie before firstOn");
    }
    if cost.tactic_id.is_some_and(|tactic| !known.tactics.contains(&tactic)) {
        problems.take::<()>(Err(Error::unknown("tacticId")))?;
    }
    if cost.team_id.is_some_and(|team| !known.teams.contains(&team)) {
        problems.take::<()>(Err(Error::unknown("teamId")))?;
    }
    if cost.people.is_some_and(|people| people < 1) {
        problems.push("people", ProblemCode::Invalid, "must be at least 1");
    }
    let note = problems.take(input::optional_text("note", cost.note.as_deref(), input::NOTE))?.flatten();
    let external_id = problems.take(ExternalId::optional("externalId", external_id))?.flatten();
    problems.check()?;
    let amount = amount.ok_or(Error::broken("an amount without a problem is there"))?;
    let (source, external_id) = ExternalId::split(external_id);
    Ok(cost_entry::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        owner: cost.owner,
        category: cost.category,
        amount_minor: amount.amount_minor(),
        currency: amount.currency(),
        first_on: cost.first_on,
        last_on: cost.last_on,
        tactic_id: cost.tactic_id,
        team_id: cost.team_id,
        channel: cost.channel,
        note,
        recorded_by: scope.member_id(),
        supersedes_id: None,
        retracted: false,
        source,
        external_id,
        recorded_at: scope.now(),
        people: cost.people,
        told_by_books: false,
    })
}

/// Shared cost falls on everybody, so nobody who stands for one resource may record it.
fn may_write(scope: &Scope<CostWrite>, owner: CostOwner, field: &'static str) -> Result<()> {
    match owner.resource() {
        Some(resource) => scope.covers(resource, field),
        None if scope.reach() == Reach::Organization => Ok(()),
        None => Err(scope.out_of_reach(field, "you may do this for your own resource only")),
    }
}

/// What was wrong about a cost entry; what is `None` was right.
#[derive(Clone, Debug, Serialize)]
pub struct CorrectCost {
    /// The entry: the newest row of it.
    pub cost_entry_id: CostEntryId,
    /// Who bears it.
    pub owner: Option<CostOwner>,
    /// What the money was spent on.
    pub category: Option<CostCategory>,
    /// How much.
    pub amount: Option<WantedMoney>,
    /// The first local day it covers.
    pub first_on: Option<NaiveDate>,
    /// The last local day it covers.
    pub last_on: Option<NaiveDate>,
    /// The tactic it was spent on; `Some(None)` for none.
    pub tactic_id: Option<Option<TacticId>>,
    /// The team that spent it; `Some(None)` for none.
    pub team_id: Option<Option<TeamId>>,
    /// The channel it was spent on; `Some(None)` for none.
    pub channel: Option<Option<Channel>>,
    /// What for, in words; `Some(None)` for none.
    pub note: Option<Option<String>>,
    /// How many people it pays; `Some(None)` where it is not to be said.
    pub people: Option<Option<i32>>,
    /// It was not spent at all; then nothing else is corrected.
    pub retract: bool,
    /// That it is written to locked months all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restate: Option<Restate>,
    /// Repeating it gives the same row.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl CorrectCost {
    /// What the entry should have said.
    fn content(&self, before: &cost_entry::Model) -> CostContent {
        let amount = Money::from_minor(before.amount_minor, before.currency);
        let as_it_was = WantedMoney { amount: amount.to_decimal(), currency: before.currency.to_string() };
        CostContent {
            owner: self.owner.unwrap_or(before.owner),
            category: self.category.unwrap_or(before.category),
            amount: self.amount.clone().unwrap_or(as_it_was),
            first_on: self.first_on.unwrap_or(before.first_on),
            last_on: self.last_on.unwrap_or(before.last_on),
            tactic_id: self.tactic_id.unwrap_or(before.tactic_id),
            team_id: self.team_id.unwrap_or(before.team_id),
            channel: self.channel.unwrap_or(before.channel),
            note: self.note.clone().unwrap_or_else(|| before.note.clone()),
            people: self.people.unwrap_or(before.people),
        }
    }

    /// Whether it says anything but that the entry is taken back.
    fn changes_something(&self) -> bool {
        let days = self.first_on.is_some() || self.last_on.is_some();
        let place = self.tactic_id.is_some() || self.team_id.is_some() || self.channel.is_some();
        self.owner.is_some()
            || self.category.is_some()
            || self.amount.is_some()
            || days
            || place
            || self.note.is_some()
            || self.people.is_some()
    }
}

/// Corrects a cost entry by a row that takes its place, or takes it back.
///
/// # Errors
/// Problems with the fields; `ALREADY_CORRECTED` where it is not the newest row, `PERIOD_LOCKED` where a day of it, as it was
/// or as it should have been, lies in a locked month.
pub async fn correct_cost(scope: &Scope<CostWrite>, change: &CorrectCost) -> Result<cost_entry::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "correctCost", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<CostEntryId>(&tx).await? {
        return tx.get::<cost_entry::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let after = correct_cost_in(&tx, scope, &LockedMonths::share(&tx).await?, change, false).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &after.id).await?;
    tx.commit().await?;
    Ok(after)
}

/// Corrects a cost entry within a transaction, by hand or as its system tells it.
///
/// # Errors
/// As [`correct_cost`].
pub(super) async fn correct_cost_in(
    tx: &TenantWrite,
    scope: &Scope<CostWrite>,
    months: &LockedMonths,
    change: &CorrectCost,
    told_by_books: bool,
) -> Result<cost_entry::Model> {
    let found = store::cost_entries_by_id(tx, [change.cost_entry_id]).await?;
    let before = found.into_iter().next().ok_or_else(|| Error::unknown("costEntryId"))?;
    // Who reads more than they may write neither takes back nor takes over what others bear.
    may_write(scope, before.owner, "costEntryId")?;
    if before.retracted || tx.is_corrected::<cost_entry::Entity>(before.id).await? {
        return Err(Error::invalid("costEntryId", ProblemCode::AlreadyCorrected, "it stands no more: correct the newest row"));
    }
    let was = days_of(&before);
    let after = if change.retract { retraction(scope, change, before)? } else { correction(tx, scope, change, &before).await? };
    let after = cost_entry::Model { supersedes_id: Some(change.cost_entry_id), told_by_books, ..after };
    let restating = months.permit(scope, &[was, days_of(&after)], "firstOn", change.restate.as_ref())?;
    let after = tx.correct::<cost_entry::Entity>(after).await?;
    periods::service::leave(tx, scope, [(Restated::Cost(after.id), restating)]).await?;
    pin_costs(tx, scope, &[&after]).await?;
    Ok(after)
}

fn retraction(scope: &Scope<CostWrite>, change: &CorrectCost, before: cost_entry::Model) -> Result<cost_entry::Model> {
    if change.changes_something() {
        return Err(Error::invalid("retract", ProblemCode::Invalid, "what was not spent has nothing to correct"));
    }
    Ok(cost_entry::Model {
        id: scope.next_id(),
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
        source: None,
        external_id: None,
        retracted: true,
        told_by_books: false,
        ..before
    })
}

async fn correction(
    tx: &TenantWrite,
    scope: &Scope<CostWrite>,
    change: &CorrectCost,
    before: &cost_entry::Model,
) -> Result<cost_entry::Model> {
    let content = change.content(before);
    let known = store::known(tx, std::iter::once(&content)).await?;
    check(scope, &content, None, &known)
}
