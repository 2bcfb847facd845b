//! Facts for the metrics: columns, not objects.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use entity::ids::{AccountId, PersonId, StageEventId, StageId, TacticId, TouchId};
use entity::kinds::{Channel, Resource};
use entity::time::Timestamp;

use super::{Catalogue, Span, Subject};
use crate::db::TenantTx;
use crate::error::Result;
use crate::journey::store;

/// The stage events of one pipeline that stand, in the order of subject, time and place of the stage.
#[derive(Clone, Debug, Default)]
pub struct StageFacts {
    /// The subjects; the others name them by their index here.
    pub subjects: Vec<Subject>,
    /// Whose event it is.
    pub subject: Vec<u32>,
    /// The stage entered, as its index in [`Catalogue::stages`].
    pub stage: Vec<u16>,
    /// When it happened.
    pub occurred_at: Vec<Timestamp>,
    /// Whether it lies before what had already happened.
    pub backdated: Vec<bool>,
    /// Its row.
    pub id: Vec<StageEventId>,
    seen: HashMap<Subject, u32>,
}

impl StageFacts {
    /// Adds an event; the order comes at the end.
    pub(in crate::journey) fn push(&mut self, subject: Subject, stage: u16, at: Timestamp, backdated: bool, id: StageEventId) {
        let next = u32::try_from(self.subjects.len()).unwrap_or(u32::MAX);
        let index = match self.seen.entry(subject) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.subjects.push(subject);
                *new.insert(next)
            }
        };
        self.subject.push(index);
        self.stage.push(stage);
        self.occurred_at.push(at);
        self.backdated.push(backdated);
        self.id.push(id);
    }

    fn in_order(self) -> Self {
        let columns = self.subject.into_iter().zip(self.occurred_at).zip(self.stage).zip(self.id).zip(self.backdated);
        let mut rows: Vec<_> = columns.map(|((((subject, at), stage), id), backdated)| (subject, at, stage, id, backdated)).collect();
        // Sorted here and not by the database: reading in the order of the index costs more than sorting columns.
        rows.sort_unstable();
        let mut facts = Self { subjects: self.subjects, ..Self::default() };
        for (subject, at, stage, id, backdated) in rows {
            facts.subject.push(subject);
            facts.occurred_at.push(at);
            facts.stage.push(stage);
            facts.id.push(id);
            facts.backdated.push(backdated);
        }
        facts
    }
}

/// The stage events of a pipeline that stood at an instant: recorded until then, and until then neither corrected nor
/// taken back.
///
/// # Errors
/// What the database says.
pub async fn stage_facts(tx: &TenantTx, pipeline: &Catalogue, as_of: Timestamp) -> Result<StageFacts> {
    let places: HashMap<StageId, u16> = pipeline.stages.iter().map(|stage| stage.id).zip(0..).collect();
    let mut facts = StageFacts::default();
    store::fill_stage_facts(tx, pipeline.pipeline.id, as_of, |stage| places.get(&stage).copied(), &mut facts).await?;
    Ok(facts.in_order())
}

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

/// Everybody's touches in a span that stood at an instant: recorded until then, and until then neither corrected nor
/// taken back.
///
/// # Errors
/// What the database says.
pub async fn touch_facts(tx: &TenantTx, as_of: Timestamp, span: Span) -> Result<TouchFacts> {
    let mut facts = TouchFacts::default();
    store::fill_touch_facts(tx, as_of, span, None, &mut facts).await?;
    Ok(facts.in_order())
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
    store::fill_touch_facts(tx, as_of, span, Some((people, accounts)), &mut facts).await?;
    Ok(facts.in_order())
}
