//! What cost per close is computed from, loaded in one transaction by a constant number of statements.

use std::collections::HashMap;

use entity::ids::{CloseId, CloseMovementId, CostEntryId, TacticId, TeamId};
use entity::kinds::Channel;
use entity::money::CurrencyCode;
use entity::time::Timestamp;

use super::allocation::settled_as_of;
use super::cost_per_close::CostDimension;
use super::matching::{Matching, acquired, mature_until};
use super::pay::stands_alone;
use crate::costs::exchange::service::{Pricing, Rates, pricing};
use crate::costs::store;
use crate::credit;
use crate::credit::service::{During, JourneyTouch, Journeys, WonClose};
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::metrics::accrual::DaySpan;
use crate::metrics::cost_per_close::{
    Basis, ChangeFact, CloseFact, CodeDimension, Codes, CostFact, Dimension, Facts, Interval, Question, Refunds, TouchFact,
};
use crate::metrics::evidence::{Lookback, Milestones, Model};
use crate::metrics::standing::{Standing, Status};

/// A movement among the facts.
#[derive(Clone, Copy, Debug)]
pub(super) struct FactChange {
    pub(super) id: CloseMovementId,
}

/// A close among the facts.
#[derive(Clone, Copy, Debug)]
pub(super) struct FactClose {
    pub(super) id: CloseId,
    /// Whether there is a rate for its currency.
    pub(super) priced: bool,
}

/// Facts in columns, what was asked of them, and which object each position stands for.
#[derive(Debug)]
pub(super) struct CostFacts {
    pub(super) facts: Facts,
    pub(super) closes: Vec<FactClose>,
    /// What movements changed, where that counts when it happened.
    pub(super) changes: Vec<FactChange>,
    pub(super) costs: Vec<CostEntryId>,
    pub(super) labels: Labels,
    pub(super) by: CostDimension,
    pub(super) basis: Basis,
    pub(super) refunds: Refunds,
    pub(super) matching: Matching,
    /// The months of the whole period asked for, the first and the last one cut to it.
    pub(super) months: Vec<Interval>,
    /// How many days cohorts take; `None` where closes count when they were won.
    pub(super) mature_after_days: Option<u32>,
    pub(super) evidence: Model,
    pub(super) currency: CurrencyCode,
    pub(super) rates: Rates,
    pub(super) as_of: Timestamp,
    /// Whether pay stands on the last line rather than on its own.
    pub(super) pay_pooled: bool,
    /// Days whose shared cost was to be split by what the resources have, and none had anything.
    pub(super) wanting: Vec<DaySpan>,
}

impl CostFacts {
    /// The question the facts were loaded for.
    pub(super) fn question(&self) -> Question<'_> {
        let dimension = match coded(self.by) {
            Some(code) => Dimension::Code(code),
            None if self.by == CostDimension::Month => Dimension::Month(&self.months),
            None => Dimension::Resource,
        };
        Question {
            dimension,
            basis: self.basis,
            refunds: self.refunds,
            mature_until: self.mature_after_days.map(|days| mature_until(self.as_of, days)),
            evidence: self.evidence,
            currency: self.currency,
        }
    }
}

/// What is to be loaded.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) by: CostDimension,
    pub(super) basis: Basis,
    pub(super) refunds: Refunds,
    pub(super) matching: Matching,
    pub(super) interval: Interval,
    pub(super) months: Vec<Interval>,
    pub(super) currency: CurrencyCode,
    pub(super) rates: Rates,
    pub(super) as_of: Timestamp,
    /// Whether the caller may see what single people are paid.
    pub(super) sees_pay: bool,
}

/// Tactics and teams in the order of their ids; a code is a place in this order. A team's touches and costs are those
/// of the tactics it runs today, and its own costs.
#[derive(Debug, Default)]
pub(super) struct Labels {
    pub(super) tactics: Vec<TacticId>,
    pub(super) teams: Vec<TeamId>,
    team_of: HashMap<TacticId, TeamId>,
}

impl Labels {
    /// A period has few tactics and many touches, so tactics are read whole.
    async fn load(tx: &TenantTx, by: CostDimension, spent: &[store::Spent]) -> Result<Self> {
        if !matches!(by, CostDimension::Tactic | CostDimension::Team) {
            return Ok(Self::default());
        }
        let tactics = store::tactics(tx).await?;
        let team_of: HashMap<TacticId, TeamId> = tactics.iter().filter_map(|&(tactic, team)| Some((tactic, team?))).collect();
        let mut teams: Vec<TeamId> = team_of.values().copied().chain(spent.iter().filter_map(|cost| cost.team_id)).collect();
        teams.sort_unstable();
        teams.dedup();
        Ok(Self { tactics: tactics.into_iter().map(|(tactic, _)| tactic).collect(), teams, team_of })
    }

    fn codes(&self, tactic: Option<TacticId>, team: Option<TeamId>, channel: Option<Channel>) -> Codes {
        let team = team.or_else(|| self.team_of.get(&tactic?).copied());
        Codes {
            tactic: tactic.and_then(|tactic| place(&self.tactics, &tactic)),
            team: team.and_then(|team| place(&self.teams, &team)),
            channel: channel.and_then(|channel| place(Channel::ALL, &channel)),
        }
    }
}

fn place<T: Ord>(sorted: &[T], wanted: &T) -> Option<u32> {
    u32::try_from(sorted.binary_search(wanted).ok()?).ok()
}

/// Loads the facts of a period.
pub(super) async fn load(tx: &TenantTx, wanted: Wanted) -> Result<CostFacts> {
    let evidence = credit::service::evidence_model(tx, wanted.as_of).await?;
    let spent = store::spent_on(tx, wanted.interval.days, wanted.as_of).await?;
    let mature_after_days = wanted.matching.mature_after(evidence.lookback);
    let (counted, journeys) = counted(tx, &wanted, evidence.lookback).await?;
    let Wanted { by, basis, refunds, matching, interval, months, currency, rates, as_of, sees_pay } = wanted;
    let dated = counted.iter().map(|(_, close)| close.dated()).chain(spent.iter().filter_map(store::Spent::dated));
    let pricing = pricing(tx, currency, rates, dated, as_of).await?;
    let labels = Labels::load(tx, by, &spent).await?;
    let settled = settled_as_of(tx, (basis, refunds), interval.days, as_of).await?;
    let mut facts = Facts::new(settled.rules);
    let mut costs = Vec::with_capacity(spent.len());
    let mut pay_pooled = false;
    for cost in spent {
        let days = cost.days.ok_or(Error::broken("the days of a cost entry are in order"))?;
        let mut codes = labels.codes(cost.tactic_id, cost.team_id, cost.channel);
        if !sees_pay && !stands_alone(cost.category, cost.people) {
            pay_pooled |= coded(by).is_some_and(|dimension| codes.get(dimension).is_some());
            codes = Codes::default();
        }
        let amount = pricing.cost(cost.id, cost.amount);
        let fact = CostFact { owner: cost.owner, days, amount_minor: amount.unwrap_or_default(), priced: amount.is_some(), codes };
        facts.push_cost(fact).map_err(Error::internal)?;
        costs.push(cost.id);
    }
    let closes = push_closes(&mut facts, &labels, &counted, (&pricing, &journeys, evidence.lookback))?;
    let changes = if booked_apart(basis, refunds) { push_changes(&mut facts, &counted, &pricing)? } else { Vec::new() };
    Ok(CostFacts {
        facts,
        closes,
        changes,
        costs,
        labels,
        by,
        basis,
        refunds,
        matching,
        months,
        mature_after_days,
        evidence,
        currency,
        rates,
        as_of,
        pay_pooled,
        wanting: settled.wanting,
    })
}

/// The closes that count, each with when it does, and the journeys that say to what lines they go.
async fn counted(tx: &TenantTx, wanted: &Wanted, lookback: Lookback) -> Result<(Vec<(Timestamp, WonClose)>, Journeys)> {
    let &Wanted { by, basis, refunds, matching, ref interval, as_of, .. } = wanted;
    if let Matching::Cohort { .. } = matching {
        // A buyer acquired in the interval may have closed at any time.
        let ever = During { start: Timestamp::EPOCH, end: Timestamp::MAX, moved: false };
        let won = credit::service::closes_during(tx, ever, as_of).await?;
        let journeys = credit::service::journeys_during(tx, ever, Timestamp::MIN, as_of).await?;
        let mut acquired = acquired(tx, won, &journeys).await?;
        acquired.retain(|(at, _)| (interval.start..interval.end).contains(at));
        return Ok((acquired, journeys));
    }
    let during = During { start: interval.start, end: interval.end, moved: booked_apart(basis, refunds) };
    let won = credit::service::closes_during(tx, during, as_of).await?;
    let journeys = match coded(by) {
        None => Journeys::default(),
        Some(_) => {
            // A close that only moved in the interval was won before it.
            let first = won.first().map_or(interval.start, |close| close.closed_at.min(interval.start));
            credit::service::journeys_during(tx, during, lookback.opens(first), as_of).await?
        }
    };
    Ok((won.into_iter().map(|close| (close.closed_at, close)).collect(), journeys))
}

/// What lines are known by, where they stand for tactics, teams or channels.
const fn coded(by: CostDimension) -> Option<CodeDimension> {
    match by {
        CostDimension::Resource | CostDimension::Month => None,
        CostDimension::Tactic => Some(CodeDimension::Tactic),
        CostDimension::Team => Some(CodeDimension::Team),
        CostDimension::Channel => Some(CodeDimension::Channel),
    }
}

/// Whether movements are booked apart from their closes.
fn booked_apart(basis: Basis, refunds: Refunds) -> bool {
    (basis, refunds) == (Basis::Net, Refunds::EventPeriod)
}

/// Adds what movements changed about the closes, in order of time.
fn push_changes(facts: &mut Facts, won: &[(Timestamp, WonClose)], pricing: &Pricing) -> Result<Vec<FactChange>> {
    let mut changes = Vec::new();
    for (position, (_, close)) in won.iter().enumerate() {
        let mut standing = Standing::default();
        let mut before_minor = left(close, standing, pricing);
        for movement in &close.movements {
            standing.add(movement.kind, movement.amount_minor);
            let after_minor = left(close, standing, pricing);
            let change = ChangeFact { close: position, at: movement.occurred_at, before_minor, after_minor };
            changes.push((change, FactChange { id: movement.id }));
            before_minor = after_minor;
        }
    }
    changes.sort_by_key(|(change, _)| change.at);
    changes.iter().try_for_each(|(change, _)| facts.push_change(*change)).map_err(Error::internal)?;
    Ok(changes.into_iter().map(|(_, change)| change).collect())
}

/// What is left of a close, in minor units: nothing known without a price; `None` where it does not count.
fn left(close: &WonClose, standing: Standing, pricing: &Pricing) -> Option<i64> {
    match standing.status(close.amount.amount_minor()) {
        Status::Won | Status::PartiallyRefunded => {
            Some(pricing.close(close.id, close.amount, standing).map_or(0, |worth| worth.left_minor))
        }
        Status::Voided | Status::Refunded => None,
    }
}

/// Adds the closes, each with when it counts; their touches are known only where lines stand for what touches know.
fn push_closes(
    facts: &mut Facts,
    labels: &Labels,
    counted: &[(Timestamp, WonClose)],
    (pricing, journeys, lookback): (&Pricing, &Journeys, Lookback),
) -> Result<Vec<FactClose>> {
    let mut closes = Vec::with_capacity(counted.len());
    let (mut behind, mut touches) = (Vec::new(), Vec::new());
    for (counts_at, close) in counted {
        let milestones: Milestones = journeys.behind(close.person_id, Some(close.account_id), close.closed_at, lookback, &mut behind);
        touches.clear();
        touches.extend(behind.iter().map(|touch: &JourneyTouch| TouchFact {
            at: touch.at,
            resource: touch.resource,
            codes: labels.codes(touch.tactic_id, None, Some(touch.channel)),
        }));
        let worth = pricing.close(close.id, close.amount, close.standing);
        let fact = CloseFact {
            closed_at: close.closed_at,
            counts_at: *counts_at,
            gross_minor: worth.map_or(0, |worth| worth.gross_minor),
            net_minor: left(close, close.standing, pricing),
            monthly_minor: pricing.close(close.id, close.new_monthly, Standing::default()).map_or(0, |monthly| monthly.gross_minor),
            priced: worth.is_some(),
            shares: close.shares,
            milestones,
        };
        facts.push_close(fact, &touches).map_err(Error::internal)?;
        closes.push(FactClose { id: close.id, priced: worth.is_some() });
    }
    Ok(closes)
}
