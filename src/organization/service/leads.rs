//! Who leads those who work for a resource.

use std::collections::HashMap;

use entity::ids::{MemberId, TeamId};
use entity::kinds::Resource;
use entity::{member, team};

use crate::db::TenantTx;
use crate::error::Result;
use crate::organization::store;

/// Who leads whom, among those who are active.
#[derive(Debug)]
pub struct Leads {
    members: HashMap<MemberId, member::Model>,
    parents: HashMap<TeamId, Option<TeamId>>,
    /// In the order of their ids, so that the same one is found every time.
    leads: Vec<member::Model>,
}

impl Leads {
    /// Those of the organization.
    ///
    /// # Errors
    /// What the database says.
    pub async fn load(tx: &TenantTx) -> Result<Self> {
        Ok(Self::new(store::all_members(tx).await?, store::all_teams(tx).await?))
    }

    fn new(members: Vec<member::Model>, teams: Vec<team::Model>) -> Self {
        let mut leads: Vec<member::Model> = members.iter().filter(|member| member.active && member.role.leads()).cloned().collect();
        leads.sort_unstable_by_key(|lead| lead.id);
        Self {
            members: members.into_iter().map(|member| (member.id, member)).collect(),
            parents: teams.into_iter().map(|team| (team.id, team.parent_id)).collect(),
            leads,
        }
    }

    /// Who leads a member in what they do for a resource: whoever leads their team, or the nearest team around it, else whoever leads
    /// the resource; nobody leads themselves. `None` where nobody does.
    #[must_use]
    pub fn of(&self, resource: Resource, member: Option<MemberId>) -> Option<MemberId> {
        let others = || self.leads.iter().filter(|lead| lead.resource == Some(resource) && Some(lead.id) != member);
        let mut team = member.and_then(|id| self.members.get(&id)?.team_id);
        // Teams have no cycles.
        while let Some(id) = team {
            if let Some(lead) = others().find(|lead| lead.team_id == Some(id)) {
                return Some(lead.id);
            }
            team = self.parents.get(&id).copied().flatten();
        }
        others().next().map(|lead| lead.id)
    }
}
