//! What other systems' names in a chunk stand for here.

use std::collections::{HashMap, HashSet};

use entity::ids::{AccountId, MemberId, PersonId, TacticId};

use super::Writing;
use crate::buyers::service as buyers;
use crate::error::{Problem, ProblemCode, Result};
use crate::ingest::record::Records;
use crate::input::ExternalId;
use crate::journey::service as journey;
use crate::organization::service as organization;

/// What the names of a chunk stand for.
#[derive(Default)]
pub(super) struct Names {
    pub(super) people: HashMap<ExternalId, PersonId>,
    pub(super) accounts: HashMap<ExternalId, AccountId>,
    pub(super) tactics: HashMap<ExternalId, TacticId>,
    /// By their addresses; nothing becomes theirs who work here no longer.
    pub(super) members: HashMap<String, Option<MemberId>>,
}

impl Writing<'_> {
    pub(super) async fn find_accounts(&mut self, records: &Records) -> Result<()> {
        let people = records.people.iter().filter_map(|item| item.record.account.as_ref());
        let touches = records.touches.iter().filter_map(|item| item.record.account.as_ref());
        let events = records.stage_events.iter().filter_map(|item| item.record.account.as_ref());
        let wanted = unknown(people.chain(touches).chain(events), &self.names.accounts);
        self.names.accounts.extend(buyers::accounts_named(self.tx, &wanted).await?);
        Ok(())
    }

    pub(super) async fn find_members(&mut self, records: &Records) -> Result<()> {
        let accounts = records.accounts.iter().filter_map(|item| item.record.owner.as_deref());
        let people = records.people.iter().filter_map(|item| item.record.owner.as_deref());
        let closes = records.closes.iter().filter_map(|item| item.record.account_owner.as_deref());
        let wanted: HashSet<String> = accounts.chain(people).chain(closes).map(address).collect();
        let wanted = wanted.iter().map(String::as_str).filter(|email| !self.names.members.contains_key(*email));
        let found = organization::members_with(self.tx, wanted).await?;
        self.names.members.extend(found.into_iter().map(|(email, member)| (email, member.active.then_some(member.id))));
        Ok(())
    }

    pub(super) async fn find_people(&mut self, records: &Records) -> Result<()> {
        let touches = records.touches.iter().filter_map(|item| item.record.person.as_ref());
        let events = records.stage_events.iter().filter_map(|item| item.record.person.as_ref());
        let closes = records.closes.iter().flat_map(|item| item.record.person.iter().chain(&item.record.referrer));
        let wanted = unknown(touches.chain(events).chain(closes), &self.names.people);
        self.names.people.extend(buyers::people_named(self.tx, &wanted).await?);
        Ok(())
    }

    pub(super) async fn find_tactics(&mut self, records: &Records) -> Result<()> {
        let touches = records.touches.iter().filter_map(|item| item.record.tactic.as_ref());
        let costs = records.costs.iter().filter_map(|item| item.record.tactic.as_ref());
        let wanted = unknown(touches.chain(costs), &self.names.tactics);
        self.names.tactics.extend(journey::tactics_named(self.tx, &wanted).await?);
        Ok(())
    }
}

/// The names that still have to be looked up, each once.
pub(super) fn unknown<'a, I>(names: impl Iterator<Item = &'a ExternalId>, known: &HashMap<ExternalId, I>) -> Vec<ExternalId> {
    let wanted: HashSet<&ExternalId> = names.filter(|name| !known.contains_key(name)).collect();
    wanted.into_iter().cloned().collect()
}

impl Names {
    /// Everybody who was found.
    pub(super) fn buyers(&self) -> buyers::Buyers {
        buyers::Buyers {
            people: self.people.values().copied().collect(),
            accounts: self.accounts.values().copied().collect(),
            ..Default::default()
        }
    }

    pub(super) fn person(&self, field: &str, name: Option<&ExternalId>) -> Result<Option<PersonId>, Problem> {
        find(&self.people, "person", field, name)
    }

    pub(super) fn account(&self, field: &str, name: Option<&ExternalId>) -> Result<Option<AccountId>, Problem> {
        find(&self.accounts, "account", field, name)
    }

    pub(super) fn member(&self, field: &str, email: Option<&str>) -> Result<Option<MemberId>, Problem> {
        let Some(email) = email else { return Ok(None) };
        let unknown =
            || Problem { field: field.to_owned(), code: ProblemCode::NotFound, message: format!("no member has the address `{email}`") };
        self.members.get(&address(email)).copied().ok_or_else(unknown)
    }

    pub(super) fn tactic(&self, field: &str, name: Option<&ExternalId>) -> Result<Option<TacticId>, Problem> {
        find(&self.tactics, "tactic", field, name)
    }
}

/// An address as members have it.
fn address(email: &str) -> String {
    email.trim().to_lowercase()
}

pub(super) fn find<I: Copy>(
    known: &HashMap<ExternalId, I>,
    what: &str,
    field: &str,
    name: Option<&ExternalId>,
) -> Result<Option<I>, Problem> {
    let Some(name) = name else { return Ok(None) };
    known.get(name).copied().map(Some).ok_or_else(|| Problem {
        field: field.to_owned(),
        code: ProblemCode::NotFound,
        message: format!("no {what} is called `{}` in `{}`", name.id, name.source),
    })
}
