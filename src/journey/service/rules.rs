//! What entries into stages have to meet.

use std::collections::{HashMap, HashSet};

use entity::ids::{AccountId, PersonId, StageId};
use entity::kinds::StageRuleKind;
use entity::stage_rule;

use super::Subject;
use super::history::Gate;
use super::order::Orders;
use crate::auth::Scope;
use crate::auth::permission::grant::JourneyRead;
use crate::buyers::service::{Buyers, identified};
use crate::db::TenantTx;
use crate::error::Result;
use crate::journey::store;

/// What entries into one stage have to meet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryRule {
    /// The subject is a known person, or an account that has one.
    pub known_person: bool,
    /// The stage left is one of these; from anywhere where there is none.
    pub from_stages: Vec<StageId>,
    /// There is a reason.
    pub reason_required: bool,
}

fn by_stage(rows: Vec<stage_rule::Model>) -> HashMap<StageId, EntryRule> {
    let mut rules: HashMap<StageId, EntryRule> = HashMap::new();
    for row in rows {
        let rule = rules.entry(row.stage_id).or_default();
        match row.kind {
            StageRuleKind::KnownPerson => rule.known_person = true,
            StageRuleKind::FromStages => rule.from_stages.extend(row.from_stage_id),
            StageRuleKind::ReasonRequired => rule.reason_required = true,
        }
    }
    rules
}

/// What entries into some stages have to meet; stages that anybody enters are left out.
///
/// # Errors
/// What the database says.
pub async fn entry_rules(scope: &Scope<JourneyRead>, stages: &[StageId]) -> Result<HashMap<StageId, EntryRule>> {
    Ok(by_stage(store::rules_of(&scope.read().await?, stages).await?))
}

/// What the stages of some entries demand, and which of the subjects are known.
pub(super) struct Gates {
    rules: HashMap<StageId, EntryRule>,
    people: HashSet<PersonId>,
    accounts: HashSet<AccountId>,
}

impl Gates {
    pub(super) async fn load(tx: &TenantTx, stages: impl Iterator<Item = StageId>, buyers: &Buyers) -> Result<Self> {
        let mut stages: Vec<StageId> = stages.collect();
        stages.sort_unstable();
        stages.dedup();
        let rules = by_stage(store::rules_of(tx, &stages).await?);
        let (people, accounts) =
            if rules.values().any(|rule| rule.known_person) { identified(tx, buyers).await? } else { Default::default() };
        Ok(Self { rules, people, accounts })
    }

    /// What the entry of a subject into a stage still has to meet.
    pub(super) fn of(&self, stage: StageId, subject: Option<Subject>, orders: &Orders) -> Gate {
        let Some(rule) = self.rules.get(&stage) else { return Gate::default() };
        let known = match subject {
            Some(Subject::Person(id)) => self.people.contains(&id),
            Some(Subject::Account(id)) => self.accounts.contains(&id),
            None => false,
        };
        let ranks = rule.from_stages.iter().filter_map(|stage| orders.place(*stage)).map(|place| place.rank);
        Gate { unknown: rule.known_person && !known, from: ranks.collect(), reason: rule.reason_required }
    }
}
