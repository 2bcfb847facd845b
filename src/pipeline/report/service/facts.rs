//! The question, and what it is answered from.

use std::collections::HashMap;
use std::sync::Arc;

use entity::ids::{CloseId, MemberId, OpportunityId, TacticId, TeamId};
use entity::kinds::{BlockerKind, Channel, OpportunityOutcome, Resource};
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;

use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::credit;
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::opportunity_standing::Event;
use crate::metrics::period::{Grain, Period};
use crate::metrics::pipeline::{Counted, End, Span, Worth, counted};
use crate::metrics::standing::{Standing, Status};
use crate::organization;
use crate::pipeline::report::store::{self, Raised};
use crate::pipeline::service::event_of;

/// By what an answer is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// The resource an opportunity was sourced by.
    Resource,
    /// The member who looks after it.
    Owner,
    /// The team they were in.
    Team,
    /// The channel of the latest touch before it began.
    Channel,
    /// The tactic of the latest touch before it began that was part of one.
    Tactic,
}

/// A value of a breakdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Of the dimension `RESOURCE`.
    Resource(Resource),
    /// Of the dimension `OWNER`.
    Owner(MemberId),
    /// Of the dimension `TEAM`.
    Team(TeamId),
    /// Of the dimension `CHANNEL`.
    Channel(Channel),
    /// Of the dimension `TACTIC`.
    Tactic(TacticId),
}

impl Value {
    /// The name of a resource or channel, the id of a member, team or tactic.
    #[must_use]
    pub fn key(self) -> String {
        match self {
            Self::Resource(resource) => resource.name().to_owned(),
            Self::Owner(id) => id.to_string(),
            Self::Team(id) => id.to_string(),
            Self::Channel(channel) => channel.name().to_owned(),
            Self::Tactic(id) => id.to_string(),
        }
    }
}

/// What a question needs besides opportunities and how they ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subjects {
    /// Nothing.
    Opportunities,
    /// What keeps buyers from deciding.
    Blockers,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The days it is about.
    pub period: WantedPeriod,
    /// Into what it is divided; `None` for not at all.
    pub grain: Option<Grain>,
    /// By what the answer is split.
    pub by: Option<Dimension>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
    /// What else it needs.
    pub subjects: Subjects,
}

/// An opportunity as the reports count it.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) id: OpportunityId,
    pub(super) opened_at: Timestamp,
    pub(super) events: Vec<Event>,
    pub(super) value: Option<Value>,
    /// What it is worth if it was won.
    pub(super) worth: Worth,
    /// What kept its buyer from deciding, and since when.
    pub(super) blocked: Vec<(BlockerKind, Timestamp)>,
}

impl Fact {
    /// How it counts; one that was won and whose close was voided, or wholly given back, counts nowhere.
    pub(super) fn counted(&self, which: Counted, span: &Span) -> Option<End> {
        let end = counted(self.opened_at, &self.events, which, span)?;
        (end.outcome() != Some(OpportunityOutcome::Won) || self.worth != Worth::Nothing).then_some(end)
    }

    /// Whether something of a kind, or anything, had come up before it ended.
    pub(super) fn was_blocked(&self, kind: Option<BlockerKind>, end: End) -> bool {
        let before = |at: Timestamp| end.closed.is_none_or(|(closed_at, _)| at <= closed_at);
        self.blocked.iter().any(|&(raised, at)| before(at) && kind.is_none_or(|kind| kind == raised))
    }
}

/// What questions are answered from; one point for each part of the period.
#[derive(Debug)]
pub struct Report {
    pub(super) by: Option<Dimension>,
    pub(super) as_of: Timestamp,
    pub(super) period: Period,
    pub(super) points: Vec<Period>,
    pub(super) currency: CurrencyCode,
    /// In the order in which they began.
    pub(super) facts: Vec<Fact>,
    /// In the order in which they were raised, each with the place of its opportunity.
    pub(super) blockers: Vec<(Raised, usize)>,
}

impl Report {
    /// By what it is split.
    #[must_use]
    pub const fn by(&self) -> Option<Dimension> {
        self.by
    }

    /// As seen at this instant.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The whole period.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// Its parts; the period itself where it is not divided.
    #[must_use]
    pub fn points(&self) -> &[Period] {
        &self.points
    }

    /// The currency of everything priced.
    #[must_use]
    pub const fn currency(&self) -> CurrencyCode {
        self.currency
    }

    pub(super) fn span(&self, point: usize) -> Result<Span> {
        let period = self.points.get(point).ok_or(Error::broken("a point of the report"))?;
        Ok(Span { start: period.start(), end: period.end(), as_of: self.as_of })
    }
}

/// Reads what a question is answered from.
///
/// # Errors
/// Problems with the arguments, by name: `period`, `asOf`.
pub async fn report<P: Grant>(scope: &Scope<P>, question: Question) -> Result<Arc<Report>> {
    let as_of = input::as_of(question.as_of, scope.now())?;
    let tx = scope.read().await?;
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(&question.period, &organization)?;
    let points = match question.grain {
        Some(grain) => input::parts(&period, grain, &organization)?,
        None => vec![period],
    };
    let currency = organization.base_currency;
    // Also of wins before the period: what began in it may have been won at any time.
    let closes = credit::service::amounts_won(&tx, as_of).await?;
    let mut facts = opportunities(&tx, question.by, as_of, currency, &closes).await?;
    let mut blockers = Vec::new();
    if question.subjects == Subjects::Blockers {
        let places: HashMap<OpportunityId, usize> = facts.iter().enumerate().map(|(place, fact)| (fact.id, place)).collect();
        for raised in store::blockers(&tx, as_of).await? {
            // Recorded after its opportunity, so it is there.
            if let Some(&place) = places.get(&raised.opportunity)
                && let Some(fact) = facts.get_mut(place)
            {
                fact.blocked.push((raised.kind, raised.at));
                blockers.push((raised, place));
            }
        }
    }
    Ok(Arc::new(Report { by: question.by, as_of, period, points, currency, facts, blockers }))
}

async fn opportunities(
    tx: &TenantTx,
    by: Option<Dimension>,
    as_of: Timestamp,
    currency: CurrencyCode,
    closes: &HashMap<CloseId, (Money, Standing)>,
) -> Result<Vec<Fact>> {
    let known = store::opportunities(tx, as_of).await?;
    let mut events: HashMap<OpportunityId, (Vec<Event>, Worth)> = HashMap::new();
    for row in store::events(tx, as_of).await? {
        let (events, worth) = events.entry(row.opportunity_id).or_default();
        events.push(event_of(&row)?);
        *worth = store::close_of(&row)
            .and_then(|close| closes.get(&close))
            .map_or(Worth::Nothing, |(amount, standing)| worth_of(*amount, standing, currency));
    }
    let (mut values, mut touches) = (HashMap::new(), HashMap::new());
    match by {
        None => {}
        Some(by @ (Dimension::Resource | Dimension::Owner | Dimension::Team)) => values = store::values(tx, by, as_of).await?,
        Some(by @ (Dimension::Channel | Dimension::Tactic)) => touches = store::touches(tx, by, as_of).await?,
    }
    let fact = |known: store::Known| {
        let (events, worth) = events.remove(&known.id).unwrap_or_default();
        let touched = || {
            let touches: &Vec<_> = touches.get(&known.account)?;
            let before = touches.partition_point(|(at, _, _)| *at <= known.opened_at);
            before.checked_sub(1).and_then(|last| touches.get(last)).map(|(_, _, value)| *value)
        };
        let value = values.remove(&known.id).or_else(touched);
        Fact { id: known.id, opened_at: known.opened_at, events, value, worth, blocked: Vec::new() }
    };
    Ok(known.into_iter().map(fact).collect())
}

/// What a close is worth now that some of it may have been given back.
fn worth_of(amount: Money, standing: &Standing, currency: CurrencyCode) -> Worth {
    let minor = amount.amount_minor();
    match standing.status(minor) {
        Status::Voided | Status::Refunded => Worth::Nothing,
        Status::Won | Status::PartiallyRefunded if amount.currency() != currency => Worth::Unpriced,
        Status::Won | Status::PartiallyRefunded => {
            Worth::Priced(u64::try_from(minor.saturating_sub(standing.refunded_minor)).unwrap_or_default())
        }
    }
}
