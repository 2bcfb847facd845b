//! Closes and the touches behind them, and what was lost, loaded once for any number of models.

use std::collections::HashMap;
use std::ops::Range;

use entity::ids::{AccountId, CloseId, OpportunityId, PersonId, TacticId, TeamId};
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;

use super::model::{MOST_DAYS, days};
use crate::attribution::store;
use crate::costs::exchange::service::{Pricing, Rates, pricing};
use crate::credit::service::{self as credit, JourneyTouch, Journeys, WonClose};
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::journey::service::teams_by_tactic;
use crate::metrics::attribution::{CloseFact, Facts, Paths, TouchFact};
use crate::metrics::dimension::{Dimension, Value};
use crate::metrics::evidence::{Lookback, Milestones};
use crate::metrics::period::{Grain, Period};
use crate::metrics::standing::Status;
use crate::organization;
use crate::pipeline::report::service::{Decided, decided};

/// Whose touches are behind a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Pooling {
    /// Those of the buyer and of the account; of the journey of an opportunity, those of the account and of whoever had a part in it.
    Account,
    /// Those of the buyer alone; of the journey of an opportunity, those of whoever had a part in it.
    Person,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct EvidenceQuestion {
    /// The days in which closes were won.
    pub period: WantedPeriod,
    /// Into what it is divided; `None` for not at all.
    pub grain: Option<Grain>,
    /// What lines stand for.
    pub by: Dimension,
    /// Whose touches count.
    pub pooling: Pooling,
    /// How far back they do; `None` for as far as the policy says.
    pub lookback_days: Option<i32>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// A close that counts.
#[derive(Clone, Debug)]
pub(super) struct EvidenceClose {
    pub(super) won: WonClose,
    /// What is left of its value; `None` without a rate for its currency.
    pub(super) value_minor: Option<i64>,
}

/// An opportunity that was won or lost, with the touches before.
#[derive(Clone, Debug)]
pub(super) struct DecidedJourney {
    pub(super) decided: Decided,
    pub(super) codes: Vec<Option<u32>>,
}

/// What all answers are computed from.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) as_of: Timestamp,
    pub(super) period: Period,
    pub(super) points: Vec<Period>,
    pub(super) by: Dimension,
    pub(super) pooling: Pooling,
    pub(super) currency: CurrencyCode,
    pub(super) facts: Facts,
    /// The same closes with the touches of their journeys: one that won an opportunity has those of that opportunity, collected as of
    /// those that were lost. Empty where nobody asked.
    pub(super) journeyed: Facts,
    /// In the order of the facts.
    pub(super) closes: Vec<EvidenceClose>,
    touches: Vec<JourneyTouch>,
    touches_end: Vec<usize>,
    /// The values by their codes.
    pub(super) values: Vec<Value>,
    /// Empty where nobody asked.
    pub(super) decided: Vec<DecidedJourney>,
}

/// What touches have of the dimension.
struct Labels {
    by: Dimension,
    teams: HashMap<TacticId, TeamId>,
}

impl Labels {
    fn value(&self, touch: &JourneyTouch) -> Option<Value> {
        match self.by {
            Dimension::Channel => Some(Value::Channel(touch.channel)),
            Dimension::Resource => Some(Value::Resource(touch.resource)),
            Dimension::Tactic => touch.tactic_id.map(Value::Tactic),
            Dimension::Team => self.teams.get(&touch.tactic_id?).copied().map(Value::Team),
            Dimension::Segment | Dimension::Owner => None,
        }
    }
}

impl Evidence {
    /// Loads everything; what was decided only where it is wanted.
    pub(super) async fn load(tx: &TenantTx, question: &EvidenceQuestion, now: Timestamp, with_decided: bool) -> Result<Self> {
        let as_of = input::as_of(question.as_of, now)?;
        let organization = organization::service::settings(tx).await?;
        let period = input::period(&question.period, &organization)?;
        let points = match question.grain {
            Some(grain) => input::parts(&period, grain, &organization)?,
            None => vec![period],
        };
        let lookback = match question.lookback_days {
            None => credit::evidence_model(tx, as_of).await?.lookback,
            Some(_) => Lookback::from_days(days("lookbackDays", question.lookback_days, MOST_DAYS.unsigned_abs())?),
        };
        let (start, end, currency) = (period.start(), period.end(), organization.base_currency);
        let teams = if question.by == Dimension::Team { teams_by_tactic(tx).await? } else { HashMap::new() };
        let labels = Labels { by: question.by, teams };
        let won = credit::closes_won(tx, start, end, as_of).await?;
        let journeys = credit::journeys_behind_closes(tx, start, end, lookback, as_of).await?;
        let mut evidence = Self {
            as_of,
            period,
            points,
            by: question.by,
            pooling: question.pooling,
            currency,
            facts: Facts::new(lookback),
            journeyed: Facts::new(lookback),
            closes: Vec::new(),
            touches: Vec::new(),
            touches_end: Vec::new(),
            values: Vec::new(),
            decided: Vec::new(),
        };
        let pricing = pricing(tx, currency, Rates::OwnDate, won.iter().map(WonClose::dated), as_of).await?;
        let mut milestones = Vec::new();
        for close in won {
            milestones.extend(evidence.gather(close, &pricing, &journeys, lookback));
        }
        let decided = if with_decided { evidence.journeys_decided(tx, lookback).await? } else { Vec::new() };
        let found = evidence.touches.iter().chain(decided.iter().flat_map(|(_, touches)| touches)).filter_map(|touch| labels.value(touch));
        evidence.values = labels.by.closed().into_iter().chain(found).collect();
        evidence.values.sort_unstable();
        evidence.values.dedup();
        evidence.facts = evidence.facts_of(&milestones, &labels, |number, _| evidence.touches(number))?;
        if with_decided {
            let won = decided.iter().filter_map(|(decided, touches)| Some((decided.close?, touches.as_slice())));
            let won: HashMap<CloseId, &[JourneyTouch]> = won.collect();
            let touches = |number, close: &WonClose| won.get(&close.id).copied().unwrap_or_else(|| evidence.touches(number));
            evidence.journeyed = evidence.facts_of(&milestones, &labels, touches)?;
        }
        let code = |touch: &JourneyTouch| evidence.code(labels.value(touch));
        let decided = decided.into_iter().map(|(decided, touches)| DecidedJourney { decided, codes: touches.iter().map(code).collect() });
        evidence.decided = decided.collect();
        Ok(evidence)
    }

    /// Takes in a close that counts, with the touches behind it.
    fn gather(&mut self, won: WonClose, pricing: &Pricing, journeys: &Journeys, lookback: Lookback) -> Option<Milestones> {
        let amount = won.amount.amount_minor();
        if matches!(won.standing.status(amount), Status::Voided | Status::Refunded) {
            return None;
        }
        let account = (self.pooling == Pooling::Account).then_some(won.account_id);
        let mut behind = Vec::new();
        let milestones = journeys.behind(won.person_id, account, won.closed_at, lookback, &mut behind);
        self.touches.extend(behind);
        self.touches_end.push(self.touches.len());
        let value_minor = pricing.close(won.id, won.amount, won.standing).map(|worth| worth.left_minor);
        self.closes.push(EvidenceClose { won, value_minor });
        Some(milestones)
    }

    /// The closes with the touches that something gives each of them.
    fn facts_of<'a>(
        &self,
        milestones: &[Milestones],
        labels: &Labels,
        touches: impl Fn(usize, &WonClose) -> &'a [JourneyTouch],
    ) -> Result<Facts> {
        let mut facts = Facts::new(self.facts.lookback());
        for (number, (close, milestones)) in self.closes.iter().zip(milestones).enumerate() {
            let touch = |touch: &JourneyTouch| TouchFact { at: touch.at, code: self.code(labels.value(touch)) };
            let touches: Vec<TouchFact> = touches(number, &close.won).iter().map(touch).collect();
            let fact = CloseFact { closed_at: close.won.closed_at, value_minor: close.value_minor, milestones: *milestones };
            facts.push(fact, &touches).map_err(Error::internal)?;
        }
        Ok(facts)
    }

    fn code(&self, value: Option<Value>) -> Option<u32> {
        u32::try_from(self.values.binary_search(&value?).ok()?).ok()
    }

    /// The value of a code.
    pub(super) fn value(&self, code: Option<u32>) -> Option<Value> {
        self.values.get(usize::try_from(code?).ok()?).copied()
    }

    /// The touches behind a close, in order.
    pub(super) fn touches(&self, close: usize) -> &[JourneyTouch] {
        let end = |close: usize| self.touches_end.get(close).copied().unwrap_or_default();
        self.touches.get(close.checked_sub(1).map_or(0, end)..end(close)).unwrap_or_default()
    }

    /// The closes of a part of the period.
    pub(super) fn between(&self, part: &Period) -> Range<usize> {
        self.facts.between(part.start(), part.end())
    }

    /// An amount in the currency of the answer.
    pub(super) const fn money(&self, amount_minor: i64) -> Money {
        Money::from_minor(amount_minor, self.currency)
    }

    /// The journeys of a part of the period: of closes, and of what was lost.
    pub(super) fn paths(&self, part: &Period) -> Paths {
        let mut paths = Paths::default();
        for close in self.between(part) {
            paths.push(self.journeyed.path(close), true);
        }
        for journey in self.decided.iter().filter(|journey| !journey.decided.won && part.contains(journey.decided.at)) {
            paths.push(journey.codes.iter().copied(), false);
        }
        paths
    }

    /// What was decided in the period, with the touches before: of the account, unless people alone count, and of whoever had a
    /// part in it by then. Won and lost are collected alike: what is known of the winners alone, as who signed, would tell which is
    /// which.
    async fn journeys_decided(&self, tx: &TenantTx, lookback: Lookback) -> Result<Vec<(Decided, Vec<JourneyTouch>)>> {
        let (start, end) = (self.period.start(), self.period.end());
        let decided = decided(tx, (start, end), self.currency, self.as_of).await?;
        if decided.is_empty() {
            return Ok(Vec::new());
        }
        let mut parts: HashMap<OpportunityId, Vec<(PersonId, Timestamp)>> = HashMap::new();
        for (opportunity, person, since) in store::parts(tx, self.as_of).await? {
            parts.entry(opportunity).or_default().push((person, since));
        }
        let pooled = self.pooling == Pooling::Account;
        let mut accounts: Vec<AccountId> = decided.iter().filter(|_| pooled).map(|decided| decided.account).collect();
        let mut people: Vec<PersonId> =
            decided.iter().filter_map(|decided| parts.get(&decided.id)).flatten().map(|(person, _)| *person).collect();
        accounts.sort_unstable();
        accounts.dedup();
        people.sort_unstable();
        people.dedup();
        let journeys = credit::journeys_of(tx, (&people, &accounts), (lookback.opens(start), end), self.as_of).await?;
        let mut behind = Vec::new();
        let mut found = Vec::with_capacity(decided.len());
        for decided in decided {
            let mut touches = Vec::new();
            if pooled {
                journeys.behind(None, Some(decided.account), decided.at, lookback, &mut touches);
            }
            let people = parts.get(&decided.id).into_iter().flatten().filter(|(_, since)| *since <= decided.at);
            for (person, _) in people {
                journeys.behind(Some(*person), None, decided.at, lookback, &mut behind);
                touches.append(&mut behind);
            }
            touches.sort_unstable_by_key(|touch| (touch.at, touch.id));
            touches.dedup_by_key(|touch| touch.id);
            found.push((decided, touches));
        }
        Ok(found)
    }
}
