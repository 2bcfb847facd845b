//! The question, and what it is answered from.

use std::collections::HashMap;
use std::sync::Arc;

use entity::ids::{AccountId, CloseId, OpportunityId, TypedId};
use entity::kinds::{BlockerKind, OpportunityOutcome};
use entity::money::CurrencyCode;
use entity::time::Timestamp;
use uuid::Uuid;

use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::breakdown::service::{self as split, Dimension, SubjectsOf, Value, WantedBreakdown, read};
use crate::buyers::service::{BuyerKind, canonical};
use crate::credit;
use crate::credit::service::WonAmount;
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::blockers::BlockerFact;
use crate::metrics::opportunity_standing::Event;
use crate::metrics::period::{Grain, Period};
use crate::metrics::pipeline::{Counted, End, Span, Worth, counted};
use crate::metrics::standing::Status;
use crate::organization;
use crate::pipeline::report::store::{self, Raised};
use crate::pipeline::service::event_of;

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
    pub breakdown: Option<WantedBreakdown>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
    /// What else it needs.
    pub subjects: Subjects,
}

/// An opportunity as the reports count it.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) id: OpportunityId,
    pub(super) account: AccountId,
    pub(super) opened_at: Timestamp,
    pub(super) events: Vec<Event>,
    /// What it has in common with others: one value at most, but for segments.
    pub(super) values: Vec<Value>,
    /// What it is worth if it was won.
    pub(super) worth: Worth,
    /// The close it was won with.
    pub(super) close: Option<CloseId>,
    /// What kept its buyer from deciding.
    pub(super) blocked: Vec<BlockerFact>,
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
        self.blocked.iter().any(|raised| before(raised.raised_at) && kind.is_none_or(|kind| kind == raised.kind))
    }

    /// What came up in a span of time.
    pub(super) fn raised_in(&self, span: &Span) -> impl Iterator<Item = BlockerFact> {
        let within = span.start..span.end;
        self.blocked.iter().copied().filter(move |raised| within.contains(&raised.raised_at))
    }
}

/// What questions are answered from; one point for each part of the period.
#[derive(Debug)]
pub struct Report {
    pub(super) breakdown: Option<WantedBreakdown>,
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
    pub fn by(&self) -> Option<Dimension> {
        self.breakdown.as_ref().map(|breakdown| breakdown.by)
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
/// Problems with the arguments, by name: `period`, `breakdown`, `asOf`.
pub async fn report<P: Grant>(scope: &Scope<P>, question: Question) -> Result<Arc<Report>> {
    let as_of = input::as_of(question.as_of, scope.now())?;
    let tx = scope.read().await?;
    if let Some(breakdown) = &question.breakdown {
        breakdown.check(&tx).await?;
    }
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(&question.period, &organization)?;
    let points = match question.grain {
        Some(grain) => input::parts(&period, grain, &organization)?,
        None => vec![period],
    };
    let currency = organization.base_currency;
    // Also of wins before the period: what began in it may have been won at any time.
    let closes = credit::service::amounts_won(&tx, currency, as_of).await?;
    let mut facts = opportunities(&tx, question.breakdown.as_ref(), as_of, &closes).await?;
    let mut blockers = Vec::new();
    if question.subjects == Subjects::Blockers {
        let places: HashMap<OpportunityId, usize> = facts.iter().enumerate().map(|(place, fact)| (fact.id, place)).collect();
        for raised in store::blockers(&tx, as_of).await? {
            // Recorded after its opportunity, so it is there.
            if let Some(&place) = places.get(&raised.opportunity)
                && let Some(fact) = facts.get_mut(place)
            {
                fact.blocked.push(BlockerFact { kind: raised.kind, raised_at: raised.at, resolved_at: raised.resolved_at });
                blockers.push((raised, place));
            }
        }
    }
    Ok(Arc::new(Report { breakdown: question.breakdown, as_of, period, points, currency, facts, blockers }))
}

pub(super) async fn opportunities(
    tx: &TenantTx,
    breakdown: Option<&WantedBreakdown>,
    as_of: Timestamp,
    closes: &HashMap<CloseId, WonAmount>,
) -> Result<Vec<Fact>> {
    let known = store::opportunities(tx, as_of).await?;
    let mut events: HashMap<OpportunityId, (Vec<Event>, Worth, Option<CloseId>)> = HashMap::new();
    for row in store::events(tx, as_of).await? {
        let (events, worth, close) = events.entry(row.opportunity_id).or_default();
        events.push(event_of(&row)?);
        *close = store::close_of(&row);
        *worth = close.and_then(|close| closes.get(&close)).map_or(Worth::Nothing, worth_of);
    }
    let mut values = match breakdown {
        None => HashMap::new(),
        Some(WantedBreakdown { by: by @ (Dimension::Resource | Dimension::Owner | Dimension::Team), .. }) => {
            store::values(tx, *by, as_of).await?.into_iter().map(|(id, value)| (id, vec![value])).collect()
        }
        Some(breakdown) => of_accounts(tx, breakdown, &known, as_of).await?,
    };
    let fact = |known: store::Known| {
        let (events, worth, close) = events.remove(&known.id).unwrap_or_default();
        let values = values.remove(&known.id).unwrap_or_default();
        Fact { id: known.id, account: known.account, opened_at: known.opened_at, events, values, worth, close, blocked: Vec::new() }
    };
    Ok(known.into_iter().map(fact).collect())
}

/// What opportunities have in common by their accounts, and by who buys for those, when they begin.
async fn of_accounts(
    tx: &TenantTx,
    breakdown: &WantedBreakdown,
    known: &[store::Known],
    as_of: Timestamp,
) -> Result<HashMap<OpportunityId, Vec<Value>>> {
    let same = canonical(tx, BuyerKind::Account, as_of).await?;
    let mut ids: Vec<Uuid> = known.iter().map(|known| same.of(known.account).uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    let subjects = split::Subjects { of: SubjectsOf::AccountsAndTheirPeople, ids: &ids, same: &same };
    // They are in the order in which they began: what happened later decides nothing.
    let until = known.last().map_or(Timestamp::MIN, |last| last.opened_at);
    let groups = read(tx, Some(breakdown), subjects, (until, as_of)).await?.finish()?;
    let values = |known: &store::Known| Some((known.id, groups.of(subjects.number(known.account.uuid())?, known.opened_at)));
    Ok(known.iter().filter_map(values).collect())
}

/// What a close is worth now that some of it may have been given back.
fn worth_of(amount: &WonAmount) -> Worth {
    match (amount.status, amount.left_minor) {
        (Status::Voided | Status::Refunded, _) => Worth::Nothing,
        (Status::Won | Status::PartiallyRefunded, None) => Worth::Unpriced,
        (Status::Won | Status::PartiallyRefunded, Some(minor)) => Worth::Priced(u64::try_from(minor).unwrap_or_default()),
    }
}
