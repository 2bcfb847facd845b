//! Facts for the metrics: columns, not objects.

use entity::ids::{AccountId, PersonId, TacticId, TouchId};
use entity::kinds::{Channel, Resource};
use entity::time::Timestamp;

use super::Span;
use crate::db::TenantTx;
use crate::error::Result;
use crate::journey::store;

/// Touches that stand, in the order of time and id.
#[derive(Clone, Debug, Default)]
pub struct TouchFacts {
    /// Its row.
    pub id: Vec<TouchId>,
    /// The person, where one is known.
    pub person: Vec<Option<PersonId>>,
    /// The account, where one is known.
    pub account: Vec<Option<AccountId>>,
    /// When it happened.
    pub occurred_at: Vec<Timestamp>,
    /// Where it happened.
    pub channel: Vec<Channel>,
    /// The tactic it is part of.
    pub tactic: Vec<Option<TacticId>>,
    /// The resource it belongs to.
    pub resource: Vec<Resource>,
}

impl TouchFacts {
    /// Sorts, and keeps once what was read both for a person and for their account.
    fn in_order(self) -> Self {
        let who = self.person.into_iter().zip(self.account);
        let what = self.channel.into_iter().zip(self.tactic).zip(self.resource);
        let columns = self.occurred_at.into_iter().zip(self.id).zip(who).zip(what);
        let mut rows: Vec<_> = columns.map(|(((at, id), who), what)| (at, id, who, what)).collect();
        rows.sort_unstable_by_key(|row| (row.0, row.1));
        rows.dedup_by_key(|row| row.1);
        let mut facts = Self::default();
        for (at, id, (person, account), ((channel, tactic), resource)) in rows {
            facts.id.push(id);
            facts.person.push(person);
            facts.account.push(account);
            facts.occurred_at.push(at);
            facts.channel.push(channel);
            facts.tactic.push(tactic);
            facts.resource.push(resource);
        }
        facts
    }
}

/// The touches of some people and accounts in a span that stood at an instant. A touch of one of the people at one of the
/// accounts comes once.
///
/// # Errors
/// What the database says.
pub async fn touch_facts_of(
    tx: &TenantTx,
    as_of: Timestamp,
    span: Span,
    people: &[PersonId],
    accounts: &[AccountId],
) -> Result<TouchFacts> {
    let mut facts = TouchFacts::default();
    store::fill_touch_facts(tx, as_of, span, people, accounts, &mut facts).await?;
    Ok(facts.in_order())
}
