//! Recording costs again as their books tell them now: what was told otherwise before is corrected by a new row.
//!
//! What the books tell is compared with what they told last, not with what stands: a correction made by hand stays while they
//! repeat themselves, and once they tell something new, only what is new is corrected. One name is one cost over the same
//! days: another first day under a known name is another cost, and refused, so that a month never takes the place of the one before.

use std::collections::{HashMap, HashSet};

use entity::cost_entry;
use entity::ids::CostEntryId;
use entity::money::Money;

use super::entry::{CorrectCost, NewCost, check, correct_cost_in, record_costs_in, says_the_same};
use crate::auth::Scope;
use crate::auth::permission::grant::CostWrite;
use crate::costs::store;
use crate::db::{Outcome, TenantWrite, checked, conflict};
use crate::error::Result;
use crate::input::{ExternalId, WantedMoney};
use crate::periods::service::LockedMonths;

/// What is to happen to a cost that its system told otherwise before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldOtherwise {
    /// It is refused, and what was told before stays.
    Refuse,
    /// A new row takes the place of what was told before.
    Supersede,
}

/// Records costs within a transaction; one that was told otherwise before is corrected, one that was taken back is
/// refused, as is one the caller may not see as it stands. What tells nothing new is unchanged, so that a file can be read any
/// number of times.
///
/// # Errors
/// What the database says; problems with an entry are its outcome.
pub async fn supersede_costs_in(tx: &TenantWrite, scope: &Scope<CostWrite>, items: &[NewCost]) -> Result<Vec<Outcome<cost_entry::Model>>> {
    let name_of = |new: &NewCost| ExternalId::optional("externalId", new.external_id.as_ref()).ok().flatten();
    let names: Vec<ExternalId> = items.iter().filter_map(name_of).collect();
    let first = tx.get_named::<cost_entry::Entity>(&names).await?;
    let mut told = told_before(tx, first.values()).await?;
    let known = store::known(tx, items.iter().map(|new| &new.content)).await?;
    let months = LockedMonths::share(tx).await?;
    let mut settled: HashMap<usize, Outcome<cost_entry::Model>> = HashMap::new();
    let mut fresh = Vec::new();
    for (index, new) in items.iter().enumerate() {
        let Some(told) = name_of(new).and_then(|name| told.get_mut(&first.get(&name)?.id)) else {
            fresh.push(new.clone());
            continue;
        };
        let outcome = match checked(check(scope, &new.content, None, &known))? {
            Err(problems) => Outcome::Rejected(problems),
            Ok(row) => told.now(tx, scope, &months, (new, &row)).await?,
        };
        settled.insert(index, outcome);
    }
    let mut recorded = if fresh.is_empty() { Vec::new() } else { record_costs_in(tx, scope, &fresh).await? }.into_iter();
    Ok((0..items.len()).filter_map(|index| settled.remove(&index).or_else(|| recorded.next())).collect())
}

/// What was told of a cost before.
struct Told {
    /// The row that stands, or takes it back.
    newest: cost_entry::Model,
    /// What its system told last: the first row, as far as it told nothing else since.
    last: cost_entry::Model,
    /// Whether the caller may see what stands.
    is_seen: bool,
    /// Whether this call told something of it: it cannot say two things of one cost.
    is_told: bool,
}

impl Told {
    /// Takes what is told now, which `offered` is as a row.
    async fn now(
        &mut self,
        tx: &TenantWrite,
        scope: &Scope<CostWrite>,
        months: &LockedMonths,
        (new, offered): (&NewCost, &cost_entry::Model),
    ) -> Result<Outcome<cost_entry::Model>> {
        let says_nothing_new = says_the_same(&self.last, offered);
        if !self.is_seen || offered.first_on != self.last.first_on || (self.is_told && !says_nothing_new) {
            return Ok(Outcome::Rejected(vec![conflict()]));
        }
        self.is_told = true;
        let mut after = self.newest.clone();
        carry(&self.last, offered, &mut after);
        if !self.newest.retracted && says_the_same(&self.newest, &after) {
            return Ok(Outcome::Unchanged(self.newest.clone()));
        }
        Ok(match checked(correct_cost_in(tx, scope, months, &correction(&after, new), true).await)? {
            Err(problems) => Outcome::Rejected(problems),
            Ok(row) => {
                (self.newest, self.last) = (row.clone(), offered.clone());
                Outcome::Recorded(row)
            }
        })
    }
}

/// Sets what one row says otherwise than another on a third.
fn carry(before: &cost_entry::Model, after: &cost_entry::Model, onto: &mut cost_entry::Model) {
    fn field<T: PartialEq + Clone>(before: &T, after: &T, onto: &mut T) {
        if after != before {
            onto.clone_from(after);
        }
    }
    if (after.amount_minor, after.currency) != (before.amount_minor, before.currency) {
        (onto.amount_minor, onto.currency) = (after.amount_minor, after.currency);
    }
    field(&before.owner, &after.owner, &mut onto.owner);
    field(&before.category, &after.category, &mut onto.category);
    field(&before.first_on, &after.first_on, &mut onto.first_on);
    field(&before.last_on, &after.last_on, &mut onto.last_on);
    field(&before.tactic_id, &after.tactic_id, &mut onto.tactic_id);
    field(&before.team_id, &after.team_id, &mut onto.team_id);
    field(&before.channel, &after.channel, &mut onto.channel);
    field(&before.note, &after.note, &mut onto.note);
    field(&before.people, &after.people, &mut onto.people);
}

/// The correction by which a cost says what a row says.
fn correction(after: &cost_entry::Model, new: &NewCost) -> CorrectCost {
    let amount = Money::from_minor(after.amount_minor, after.currency).to_decimal();
    CorrectCost {
        cost_entry_id: after.id,
        owner: Some(after.owner),
        category: Some(after.category),
        amount: Some(WantedMoney { amount, currency: after.currency.to_string() }),
        first_on: Some(after.first_on),
        last_on: Some(after.last_on),
        tactic_id: Some(after.tactic_id),
        team_id: Some(after.team_id),
        channel: Some(after.channel),
        note: Some(after.note.clone()),
        people: Some(after.people),
        retract: false,
        restate: new.restate.clone(),
        idempotency_key: None,
    }
}

/// What was told of each of some costs before, by the id of its first row.
async fn told_before(tx: &TenantWrite, first: impl Iterator<Item = &cost_entry::Model>) -> Result<HashMap<CostEntryId, Told>> {
    let begun = |row: &cost_entry::Model| Told { newest: row.clone(), last: row.clone(), is_seen: true, is_told: false };
    let mut told: HashMap<CostEntryId, Told> = first.map(|row| (row.id, begun(row))).collect();
    // From the row that was reached to where the way began.
    let mut reached: HashMap<CostEntryId, CostEntryId> = told.keys().map(|&id| (id, id)).collect();
    while !reached.is_empty() {
        let mut next = HashMap::with_capacity(reached.len());
        for row in store::corrections_of(tx, reached.keys().copied()).await? {
            let Some(&began) = row.supersedes_id.and_then(|before| reached.get(&before)) else { continue };
            next.insert(row.id, began);
            let Some(told) = told.get_mut(&began) else { continue };
            if row.told_by_books {
                // The row also says what was corrected by hand before: what it changed is what was told.
                carry(&told.newest, &row, &mut told.last);
            }
            told.newest = row;
        }
        reached = next;
    }
    let newest = told.values().map(|told| told.newest.id);
    let seen: HashSet<CostEntryId> = store::cost_entries_by_id(tx, newest).await?.into_iter().map(|row| row.id).collect();
    told.values_mut().for_each(|told| told.is_seen = seen.contains(&told.newest.id));
    Ok(told)
}
