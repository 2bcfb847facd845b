//! What tactics earn for what they cost, and what else is known of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use entity::ids::TacticId;
use rust_decimal::Decimal;

use super::answer::Attribution;
use super::evidence::{Evidence, EvidenceQuestion};
use super::model::{WantedModel, least_journeys};
use crate::auth::Scope;
use crate::auth::permission::grant::CostPerCloseRead;
use crate::auth::permission::{Permission, Reach};
use crate::costs::service::tactic_costs;
use crate::error::{Error, Result};
use crate::metrics::accrual::DaySpan;
use crate::metrics::attribution::{PathsError, markov};
use crate::metrics::dimension::Value;
use crate::metrics::outcomes::rate;
use crate::metrics::ratio::{NullReason, Ratio};
use crate::metrics::tactic_importance::{Earned, Importance, importance};

/// How often opportunities were won, of those with a touch of a tactic before and of those without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WinRates {
    /// Won and decided, of those that were touched.
    pub touched: (u64, u64),
    /// Won and decided, of the others.
    pub untouched: (u64, u64),
}

impl WinRates {
    /// Won over decided, of those that were touched.
    #[must_use]
    pub fn of_touched(&self) -> Ratio {
        rate(self.touched.0, self.touched.1)
    }

    /// Won over decided, of the others.
    #[must_use]
    pub fn of_untouched(&self) -> Ratio {
        rate(self.untouched.0, self.untouched.1)
    }
}

/// What is known of one tactic.
#[derive(Clone, Copy, Debug)]
pub struct TacticLine {
    /// Which.
    pub tactic: TacticId,
    /// What it earned and cost.
    pub earned: Earned,
    /// Its shares.
    pub importance: Importance,
    /// What would be lost without it.
    pub effect: Ratio,
    /// How often its buyers buy.
    pub rates: WinRates,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct TacticImportance {
    /// What closes and values are from.
    pub evidence: Attribution,
    /// The tactics that earned or cost anything, or touched what was decided.
    pub lines: Vec<TacticLine>,
    /// Costs without a rate for their currency.
    pub unpriced: u64,
    /// Whether pay is left out that is not said to be of several people.
    pub pay_left_out: bool,
    /// Journeys won and lost behind the effects.
    pub journeys: (u64, u64),
}

/// Answers a question; its lines stand for tactics.
///
/// # Errors
/// As [`super::attribution`].
pub async fn tactic_importance(
    scope: &Scope<CostPerCloseRead>,
    question: &EvidenceQuestion,
    model: &WantedModel,
    wanted_journeys: Option<i32>,
) -> Result<TacticImportance> {
    let model = model.check("settings")?;
    let least = least_journeys("minimumJourneys", wanted_journeys)?;
    let tx = scope.read().await?;
    let evidence = Arc::new(Evidence::load(&tx, question, scope.now(), true).await?);
    let days = DaySpan::from_half_open(evidence.period.from(), evidence.period.to()).map_err(Error::internal)?;
    let costs = tactic_costs(&tx, days, evidence.currency, evidence.as_of).await?;
    drop(tx);
    let sees_pay = scope.rights().reach(Permission::SalaryRead) == Some(Reach::Organization);
    let answer = Attribution::of(&evidence, model, evidence.period, "model")?;
    let mut earned: BTreeMap<TacticId, Earned> = BTreeMap::new();
    for line in answer.lines() {
        if let Some(Value::Tactic(tactic)) = line.value {
            earned.insert(tactic, Earned { closes: line.closes, value_minor: line.value_minor, cost_minor: None });
        }
    }
    let (mut unpriced, mut pay_left_out) = (0, false);
    for cost in costs {
        if cost.tells_pay && !sees_pay {
            pay_left_out = true;
        } else if let Some(accrual) = cost.accrual {
            let line = earned.entry(cost.tactic_id).or_default();
            line.cost_minor = Some(line.cost_minor.unwrap_or_default().saturating_add(accrual.within(days)));
        } else {
            unpriced += 1;
        }
    }
    let rates = win_rates(&evidence);
    for tactic in rates.keys() {
        earned.entry(*tactic).or_default();
    }
    let paths = evidence.paths(&evidence.period);
    let effects = match markov(&paths, least) {
        Ok(removals) => {
            let of_tactics = removals.into_iter().filter_map(|removal| Some((tactic_of(&evidence, removal.code)?, removal.effect)));
            Some(of_tactics.collect::<HashMap<TacticId, Decimal>>())
        }
        // Of more tactics than can be weighed there is too little of each, too.
        Err(PathsError::Immature { .. } | PathsError::TooManyValues { .. }) => None,
        Err(error @ PathsError::TooLong) => return Err(Error::internal(error)),
    };
    let all: Vec<Earned> = earned.values().copied().collect();
    let found = importance(&all, evidence.currency).map_err(Error::internal)?;
    let lines = earned.into_iter().zip(found).map(|((tactic, earned), importance)| TacticLine {
        tactic,
        earned,
        importance,
        effect: effect(effects.as_ref(), tactic),
        rates: rates.get(&tactic).copied().unwrap_or_else(|| untouched(&evidence)),
    });
    let lines = lines.collect();
    let journeys = (paths.wins(), paths.journeys().saturating_sub(paths.wins()));
    Ok(TacticImportance { evidence: answer, lines, unpriced, pay_left_out, journeys })
}

fn tactic_of(evidence: &Evidence, code: Option<u32>) -> Option<TacticId> {
    if let Some(Value::Tactic(tactic)) = evidence.value(code) { Some(tactic) } else { None }
}

/// What would be lost without a tactic; nothing without one that no journey passed.
fn effect(effects: Option<&HashMap<TacticId, Decimal>>, tactic: TacticId) -> Ratio {
    let Some(effects) = effects else { return Ratio::null(Decimal::ZERO, Decimal::ZERO, NullReason::Immature) };
    let effect = effects.get(&tactic).copied().unwrap_or_default();
    Ratio { value: Some(effect), numerator: effect, denominator: Decimal::ONE, null_reason: None }
}

/// Of every tactic that touched what was decided.
fn win_rates(evidence: &Evidence) -> BTreeMap<TacticId, WinRates> {
    let (won, decided) = untouched(evidence).untouched;
    let mut rates: BTreeMap<TacticId, WinRates> = BTreeMap::new();
    for journey in &evidence.decided {
        let tactics: BTreeSet<TacticId> = journey.codes.iter().filter_map(|code| tactic_of(evidence, *code)).collect();
        for tactic in tactics {
            let (won, decided) = &mut rates.entry(tactic).or_default().touched;
            *won += u64::from(journey.decided.won);
            *decided += 1;
        }
    }
    for rates in rates.values_mut() {
        rates.untouched = (won - rates.touched.0, decided - rates.touched.1);
    }
    rates
}

/// Of a tactic that touched none.
fn untouched(evidence: &Evidence) -> WinRates {
    let won = evidence.decided.iter().filter(|journey| journey.decided.won).count();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    WinRates { touched: (0, 0), untouched: (count(won), count(evidence.decided.len())) }
}
