//! The journey behind a close: the touches that are evidence, and its milestones.
//!
//! Touches of the person and touches of the account are pooled, each once, and those of everybody who is the same with them.
//! Touches and closes never change, and who is whom is asked as of the instant, so what was evidence as of it stays so; who a
//! person buys for may change, and is no evidence.

use std::collections::HashMap;
use std::hash::Hash;

use entity::ids::{AccountId, PersonId, TacticId, TouchId, TypedId};
use entity::kinds::{ActorKind, Channel, Resource, TouchKind};
use entity::time::Timestamp;

use super::facts::During;
use crate::buyers::service::{BuyerKind, Canonical, canonical, canonical_of};
use crate::credit::store::{self, Buyers};
use crate::db::TenantTx;
use crate::error::Result;
use crate::metrics::evidence::{Lookback, Milestones};

/// A touch of a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JourneyTouch {
    /// When it happened.
    pub at: Timestamp,
    /// Its id.
    pub id: TouchId,
    /// The resource it belongs to.
    pub resource: Resource,
    /// The tactic it is part of.
    pub tactic_id: Option<TacticId>,
    /// Where it happened.
    pub channel: Channel,
    /// Who acted.
    pub actor: ActorKind,
    /// What happened.
    pub kind: TouchKind,
}

/// What is known of the way of some people and accounts.
#[derive(Debug, Default)]
pub struct Journeys {
    people: HashMap<PersonId, Way>,
    accounts: HashMap<AccountId, Way>,
    same_people: Canonical,
    same_accounts: Canonical,
}

/// What is known of one of them, in order of time.
#[derive(Debug, Default)]
struct Way {
    touches: Vec<JourneyTouch>,
    opportunities: Vec<Timestamp>,
    known_at: Option<Timestamp>,
}

impl Way {
    /// The last opportunity at or before an instant: an earlier one led to another close, or to none.
    fn opportunity(&self, by: Timestamp) -> Option<Timestamp> {
        let after = self.opportunities.partition_point(|&at| at <= by);
        self.opportunities.get(after.checked_sub(1)?).copied()
    }
}

impl Journeys {
    /// Loads the ways of buyers up to an instant, with their touches from another on.
    pub(super) async fn load(tx: &TenantTx, buyers: Buyers<'_>, (after, until): (Timestamp, Timestamp), as_of: Timestamp) -> Result<Self> {
        let mut journeys = Self::default();
        let (people, accounts) = journeys.find_the_same(tx, buyers, as_of).await?;
        journeys.add(tx, buyers, (after, until), as_of).await?;
        if !people.is_empty() || !accounts.is_empty() {
            journeys.add(tx, Buyers::Listed(&people, &accounts), (after, until), as_of).await?;
        }
        put_in_order(&mut journeys.people);
        put_in_order(&mut journeys.accounts);
        Ok(journeys)
    }

    /// Finds who is the same as the buyers: those of them whose ways would not be loaded otherwise.
    async fn find_the_same(&mut self, tx: &TenantTx, buyers: Buyers<'_>, as_of: Timestamp) -> Result<(Vec<PersonId>, Vec<AccountId>)> {
        match buyers {
            Buyers::Listed(people, accounts) => {
                self.same_people = canonical_of(tx, BuyerKind::Person, people.iter().map(|id| id.uuid()), as_of).await?;
                self.same_accounts = canonical_of(tx, BuyerKind::Account, accounts.iter().map(|id| id.uuid()), as_of).await?;
                Ok((self.same_people.others_than(people), self.same_accounts.others_than(accounts)))
            }
            Buyers::Behind(during) => {
                self.same_people = canonical(tx, BuyerKind::Person, as_of).await?;
                self.same_accounts = canonical(tx, BuyerKind::Account, as_of).await?;
                if self.same_people.is_empty() && self.same_accounts.is_empty() {
                    return Ok((Vec::new(), Vec::new()));
                }
                let (people, accounts) = store::buyers_behind(tx, during, as_of).await?;
                Ok((self.same_people.others_than(&people), self.same_accounts.others_than(&accounts)))
            }
        }
    }

    async fn add(&mut self, tx: &TenantTx, buyers: Buyers<'_>, (after, until): (Timestamp, Timestamp), as_of: Timestamp) -> Result<()> {
        for row in store::journeys(tx, buyers, (after, until), as_of).await? {
            let touch = JourneyTouch {
                at: row.at,
                id: row.id,
                resource: row.resource,
                tactic_id: row.tactic_id,
                channel: row.channel,
                actor: row.actor,
                kind: row.kind,
            };
            self.both(row.person_id, row.account_id, |way| way.touches.push(touch));
        }
        for (person, account, at) in store::opportunities(tx, buyers, until, as_of).await? {
            self.both(person, account, |way| way.opportunities.push(at));
        }
        for (person, known_at) in store::people_known(tx, buyers, as_of).await? {
            // Of those who are the same, whoever became known first says since when.
            let way = self.people.entry(self.same_people.of(person)).or_default();
            way.known_at = Some(way.known_at.map_or(known_at, |earlier| earlier.min(known_at)));
        }
        Ok(())
    }

    fn both(&mut self, person: Option<PersonId>, account: Option<AccountId>, mut note: impl FnMut(&mut Way)) {
        if let Some(person) = person {
            note(self.people.entry(self.same_people.of(person)).or_default());
        }
        if let Some(account) = account {
            note(self.accounts.entry(self.same_accounts.of(account)).or_default());
        }
    }

    /// When a person or an account was first touched, of the touches that were loaded.
    #[must_use]
    pub fn first_touch(&self, person: Option<PersonId>, account: AccountId) -> Option<Timestamp> {
        let ways =
            [person.and_then(|person| self.people.get(&self.same_people.of(person))), self.accounts.get(&self.same_accounts.of(account))];
        ways.into_iter().flatten().filter_map(|way| way.touches.first()).map(|touch| touch.at).min()
    }

    /// Whether two people are one.
    pub(super) fn are_one(&self, one: PersonId, other: PersonId) -> bool {
        self.same_people.of(one) == self.same_people.of(other)
    }

    /// Whether two accounts are one.
    pub(super) fn are_one_account(&self, one: AccountId, other: AccountId) -> bool {
        self.same_accounts.of(one) == self.same_accounts.of(other)
    }

    /// The touches of a person and an account within the lookback of a close, each once, in order of time and id, and
    /// the milestones among them.
    pub fn behind(
        &self,
        person: Option<PersonId>,
        account: Option<AccountId>,
        closed_at: Timestamp,
        lookback: Lookback,
        touches: &mut Vec<JourneyTouch>,
    ) -> Milestones {
        let ways = [
            person.and_then(|person| self.people.get(&self.same_people.of(person))),
            account.and_then(|account| self.accounts.get(&self.same_accounts.of(account))),
        ];
        touches.clear();
        for way in ways.into_iter().flatten() {
            touches.extend(way.touches.iter().filter(|touch| lookback.reaches(touch.at, closed_at)));
        }
        touches.sort_unstable_by_key(|touch| (touch.at, touch.id));
        touches.dedup_by_key(|touch| touch.id);
        Milestones {
            known_at: ways.into_iter().flatten().find_map(|way| way.known_at),
            opportunity_created_at: ways.into_iter().flatten().filter_map(|way| way.opportunity(closed_at)).max(),
        }
    }
}

fn put_in_order<Id: Eq + Hash>(ways: &mut HashMap<Id, Way>) {
    for way in ways.values_mut() {
        way.touches.sort_unstable_by_key(|touch| (touch.at, touch.id));
        // A touch of a person and an account was found from both sides.
        way.touches.dedup_by_key(|touch| touch.id);
        way.opportunities.sort_unstable();
    }
}

/// The journeys behind the closes won in `[start, end)`, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn journeys_behind_closes(
    tx: &TenantTx,
    start: Timestamp,
    end: Timestamp,
    lookback: Lookback,
    as_of: Timestamp,
) -> Result<Journeys> {
    journeys_during(tx, During { start, end, moved: false }, lookback.opens(start), as_of).await
}

/// The journeys behind the closes of which something falls in a time, from an instant on; within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn journeys_during(tx: &TenantTx, during: During, after: Timestamp, as_of: Timestamp) -> Result<Journeys> {
    Journeys::load(tx, Buyers::Behind(during), (after, during.end), as_of).await
}

/// The journeys of some people and accounts, with their touches in `(after, until]`, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn journeys_of(
    tx: &TenantTx,
    (people, accounts): (&[PersonId], &[AccountId]),
    (after, until): (Timestamp, Timestamp),
    as_of: Timestamp,
) -> Result<Journeys> {
    Journeys::load(tx, Buyers::Listed(people, accounts), (after, until), as_of).await
}
