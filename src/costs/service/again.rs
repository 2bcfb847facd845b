//! Recording costs again as their books tell them now: what was told otherwise before is corrected by a new row.

use std::collections::{HashMap, HashSet};

use entity::cost_entry;
use entity::ids::CostEntryId;

use super::entry::{CorrectCost, NewCost, check, correct_cost_in, record_costs_in, says_the_same};
use crate::auth::Scope;
use crate::auth::permission::grant::CostWrite;
use crate::costs::store;
use crate::db::{Outcome, TenantWrite, checked, conflict};
use crate::error::Result;
use crate::input::ExternalId;
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
/// refused. What tells nothing new is unchanged, so that a file can be read any number of times.
///
/// # Errors
/// What the database says; problems with an entry are its outcome.
pub async fn supersede_costs_in(tx: &TenantWrite, scope: &Scope<CostWrite>, items: &[NewCost]) -> Result<Vec<Outcome<cost_entry::Model>>> {
    let name_of = |new: &NewCost| ExternalId::optional("externalId", new.external_id.as_ref()).ok().flatten();
    let names: Vec<ExternalId> = items.iter().filter_map(name_of).collect();
    let first = tx.get_named::<cost_entry::Entity>(&names).await?;
    let newest = newest(tx, first.values()).await?;
    let known = store::known(tx, items.iter().map(|new| &new.content)).await?;
    let months = LockedMonths::share(tx).await?;
    let mut settled: HashMap<usize, Outcome<cost_entry::Model>> = HashMap::new();
    let mut fresh = Vec::new();
    let mut told: HashSet<ExternalId> = HashSet::new();
    for (index, new) in items.iter().enumerate() {
        let standing = name_of(new).and_then(|name| Some((newest.get(&first.get(&name)?.id)?, name)));
        let Some((standing, name)) = standing else {
            fresh.push(new.clone());
            continue;
        };
        let outcome = match checked(check(scope, &new.content, None, &known))? {
            Err(problems) => Outcome::Rejected(problems),
            Ok(row) if !standing.retracted && says_the_same(standing, &row) => Outcome::Unchanged(standing.clone()),
            // One call cannot say two things of one cost.
            Ok(_) if told.contains(&name) => Outcome::Rejected(vec![conflict()]),
            Ok(_) => match checked(correct_cost_in(tx, scope, &months, &correction(standing.id, new)).await)? {
                Err(problems) => Outcome::Rejected(problems),
                Ok(row) => Outcome::Recorded(row),
            },
        };
        told.insert(name);
        settled.insert(index, outcome);
    }
    let mut recorded = if fresh.is_empty() { Vec::new() } else { record_costs_in(tx, scope, &fresh).await? }.into_iter();
    Ok((0..items.len()).filter_map(|index| settled.remove(&index).or_else(|| recorded.next())).collect())
}

/// The newest row of each of some costs, by the id of the first.
async fn newest(tx: &TenantWrite, first: impl Iterator<Item = &cost_entry::Model>) -> Result<HashMap<CostEntryId, cost_entry::Model>> {
    let mut newest: HashMap<CostEntryId, cost_entry::Model> = first.map(|row| (row.id, row.clone())).collect();
    // From the row that was reached to where the way began.
    let mut reached: HashMap<CostEntryId, CostEntryId> = newest.keys().map(|&id| (id, id)).collect();
    while !reached.is_empty() {
        let mut next = HashMap::with_capacity(reached.len());
        for row in store::corrections_of(tx, reached.keys().copied()).await? {
            if let Some(&began) = row.supersedes_id.and_then(|before| reached.get(&before)) {
                next.insert(row.id, began);
                newest.insert(began, row);
            }
        }
        reached = next;
    }
    Ok(newest)
}

/// Everything as it is told now.
fn correction(standing: CostEntryId, new: &NewCost) -> CorrectCost {
    let content = new.content.clone();
    CorrectCost {
        cost_entry_id: standing,
        owner: Some(content.owner),
        category: Some(content.category),
        amount: Some(content.amount),
        first_on: Some(content.first_on),
        last_on: Some(content.last_on),
        tactic_id: Some(content.tactic_id),
        team_id: Some(content.team_id),
        channel: Some(content.channel),
        note: Some(content.note),
        people: Some(content.people),
        retract: false,
        restate: new.restate.clone(),
        idempotency_key: None,
    }
}
