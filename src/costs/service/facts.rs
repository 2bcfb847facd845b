//! What cost per close is computed from, loaded in one transaction by a constant number of statements.

use std::collections::HashMap;

use entity::ids::{CloseId, CostEntryId, TacticId, TeamId};
use entity::kinds::Channel;
use entity::money::CurrencyCode;
use entity::time::Timestamp;

use super::allocation::rules_as_of;
use super::cost_per_close::CostDimension;
use super::pay::stands_alone;
use crate::costs::store;
use crate::credit;
use crate::credit::service::{JourneyTouch, Journeys};
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::metrics::cost_per_close::{Basis, CloseFact, CodeDimension, Codes, CostFact, Dimension, Facts, Interval, Question, TouchFact};
use crate::metrics::evidence::{Milestones, Model};

/// A close among the facts.
#[derive(Clone, Copy, Debug)]
pub(super) struct FactClose {
    pub(super) id: CloseId,
    /// Whether its amount is in the currency of the question.
    pub(super) priced: bool,
}

/// Facts in columns, what was asked of them, and which object each position stands for.
#[derive(Debug)]
pub(super) struct CostFacts {
    pub(super) facts: Facts,
    pub(super) closes: Vec<FactClose>,
    pub(super) costs: Vec<CostEntryId>,
    pub(super) labels: Labels,
    pub(super) by: CostDimension,
    pub(super) basis: Basis,
    /// The months of the whole period asked for, the first and the last one cut to it.
    pub(super) months: Vec<Interval>,
    pub(super) evidence: Model,
    pub(super) currency: CurrencyCode,
    pub(super) as_of: Timestamp,
    /// Whether pay stands on the last line rather than on its own.
    pub(super) pay_pooled: bool,
}

impl CostFacts {
    /// The question the facts were loaded for.
    pub(super) fn question(&self) -> Question<'_> {
        let dimension = match coded(self.by) {
            Some(code) => Dimension::Code(code),
            None if self.by == CostDimension::Month => Dimension::Month(&self.months),
            None => Dimension::Resource,
        };
        Question { dimension, basis: self.basis, evidence: self.evidence, currency: self.currency }
    }
}

/// What is to be loaded.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) by: CostDimension,
    pub(super) basis: Basis,
    pub(super) interval: Interval,
    pub(super) months: Vec<Interval>,
    pub(super) currency: CurrencyCode,
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
    let Wanted { by, basis, interval, months, currency, as_of, sees_pay } = wanted;
    let evidence = credit::service::evidence_model(tx, as_of).await?;
    let spent = store::spent_on(tx, interval.days, as_of).await?;
    let labels = Labels::load(tx, by, &spent).await?;
    let mut facts = Facts::new(rules_as_of(tx, as_of).await?);
    let mut costs = Vec::with_capacity(spent.len());
    let mut pay_pooled = false;
    for cost in spent {
        let days = cost.days.ok_or(Error::broken("the days of a cost entry are in order"))?;
        let mut codes = labels.codes(cost.tactic_id, cost.team_id, cost.channel);
        if !sees_pay && !stands_alone(cost.category, cost.people) {
            pay_pooled |= coded(by).is_some_and(|dimension| codes.get(dimension).is_some());
            codes = Codes::default();
        }
        let (amount_minor, priced) = (cost.amount.amount_minor(), cost.amount.currency() == currency);
        facts.push_cost(CostFact { owner: cost.owner, days, amount_minor, priced, codes }).map_err(Error::internal)?;
        costs.push(cost.id);
    }
    let closes = load_closes(tx, &mut facts, &labels, by, (interval.start, interval.end), (evidence, currency, as_of)).await?;
    Ok(CostFacts { facts, closes, costs, labels, by, basis, months, evidence, currency, as_of, pay_pooled })
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

/// Touches are read only where lines stand for what touches know.
async fn load_closes(
    tx: &TenantTx,
    facts: &mut Facts,
    labels: &Labels,
    by: CostDimension,
    (start, end): (Timestamp, Timestamp),
    (evidence, currency, as_of): (Model, CurrencyCode, Timestamp),
) -> Result<Vec<FactClose>> {
    let won = credit::service::closes_won(tx, start, end, as_of).await?;
    let journeys = match by {
        CostDimension::Resource | CostDimension::Month => Journeys::default(),
        CostDimension::Tactic | CostDimension::Team | CostDimension::Channel => {
            credit::service::journeys_behind_closes(tx, start, end, evidence.lookback, as_of).await?
        }
    };
    let mut closes = Vec::with_capacity(won.len());
    let (mut behind, mut touches) = (Vec::new(), Vec::new());
    for close in won {
        let milestones: Milestones =
            journeys.behind(close.person_id, Some(close.account_id), close.closed_at, evidence.lookback, &mut behind);
        touches.clear();
        touches.extend(behind.iter().map(|touch: &JourneyTouch| TouchFact {
            at: touch.at,
            resource: touch.resource,
            codes: labels.codes(touch.tactic_id, None, Some(touch.channel)),
        }));
        let priced = close.amount.currency() == currency;
        let fact = CloseFact {
            closed_at: close.closed_at,
            amount_minor: close.amount.amount_minor(),
            refunded_minor: close.standing.refunded_minor,
            voided: close.standing.voided,
            priced,
            shares: close.shares,
            milestones,
        };
        facts.push_close(fact, &touches).map_err(Error::internal)?;
        closes.push(FactClose { id: close.id, priced });
    }
    Ok(closes)
}
