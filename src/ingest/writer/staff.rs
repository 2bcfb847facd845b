//! Who works here and how accounts are divided, written by the areas these belong to.

use entity::condition::Condition;
use entity::kinds::ConditionOperator;

use super::{Kind, Seen, Writing};
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerWrite, OrganizationManage, SegmentManage};
use crate::error::{Problem, ProblemCode, Result};
use crate::ingest::record::{Item, MemberRecord, SegmentRecord, TeamRecord};
use crate::organization::service as organization;
use crate::segments::service as segments;

/// Writes teams, members and segments. Each is told again and again, and what is called so already stays as it is.
pub(super) struct Staff {
    organization: Scope<OrganizationManage>,
    segments: Scope<SegmentManage>,
    teams_seen: Seen<String, TeamRecord>,
    members_seen: Seen<String, MemberRecord>,
    segments_seen: Seen<String, SegmentRecord>,
}

impl Staff {
    pub(super) fn new(scope: &Scope<BuyerWrite>) -> Result<Self> {
        Ok(Self {
            organization: scope.also()?,
            segments: scope.also()?,
            teams_seen: Seen::default(),
            members_seen: Seen::default(),
            segments_seen: Seen::default(),
        })
    }

    pub(super) async fn teams(&mut self, writing: &mut Writing<'_>, items: &[Item<TeamRecord>]) -> Result<()> {
        let unseen = self.teams_seen.unseen(items, |record| record.name.clone());
        let (rows, news) = writing.prepare(Kind::Team, &unseen, |record, _| {
            Ok(organization::CreateTeam {
                name: record.name.clone(),
                parent_id: None,
                resources: vec![record.resource],
                idempotency_key: None,
            })
        });
        if news.is_empty() {
            return Ok(());
        }
        let outcomes = organization::create_teams_in(writing.tx, &self.organization, &news).await?;
        writing.settle(Kind::Team, &rows, outcomes);
        Ok(())
    }

    pub(super) async fn members(&mut self, writing: &mut Writing<'_>, items: &[Item<MemberRecord>]) -> Result<()> {
        let unseen = self.members_seen.unseen(items, |record| record.email.clone());
        if unseen.is_empty() {
            return Ok(());
        }
        let teams = organization::teams_called(writing.tx).await?;
        let (rows, news) = writing.prepare(Kind::Member, &unseen, |record, _| {
            let unknown = |name: &String| Problem {
                field: "team".to_owned(),
                code: ProblemCode::NotFound,
                message: format!("no team is called `{name}`"),
            };
            let team_id = record.team.as_ref().map(|name| teams.get(name.trim()).copied().ok_or_else(|| unknown(name))).transpose()?;
            Ok(organization::AddMember {
                email: record.email.clone(),
                name: record.name.clone(),
                role: record.role,
                custom_role_id: None,
                resource: organization::resource_needed(record.role),
                team_id,
                idempotency_key: None,
            })
        });
        let outcomes = organization::add_members_in(writing.tx, &self.organization, &news).await?;
        for member in writing.settle(Kind::Member, &rows, outcomes).into_iter().flatten() {
            writing.names.members.insert(member.email, member.active.then_some(member.id));
        }
        Ok(())
    }

    pub(super) async fn segments(&mut self, writing: &mut Writing<'_>, items: &[Item<SegmentRecord>]) -> Result<()> {
        let unseen = self.segments_seen.unseen(items, |record| record.name.clone());
        let (rows, news) = writing.prepare(Kind::Segment, &unseen, |record, _| {
            let condition = Condition { key: record.key.clone(), op: ConditionOperator::In, values: vec![record.value.clone()] };
            Ok(segments::DefineSegment { name: record.name.clone(), conditions: Some(vec![condition]), idempotency_key: None })
        });
        if news.is_empty() {
            return Ok(());
        }
        let outcomes = segments::define_segments_in(writing.tx, &self.segments, &news).await?;
        writing.settle(Kind::Segment, &rows, outcomes);
        Ok(())
    }
}
