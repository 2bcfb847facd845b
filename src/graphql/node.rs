//! Any object by its id. The id's prefix says its kind, so no table of ids is needed.

use async_graphql::{Context, ID, Interface, MaybeUndefined, Object};
use entity::ids::{self, TypedId};

use super::connection::{MAX_ROWS, list_cost};
use super::context::Authorize;
use crate::activities::graphql::Activity;
use crate::agreements::graphql::{BusinessCalendar, ServiceAgreement};
use crate::agreements::handoffs::graphql::{Handoff, SlaClock};
use crate::audit::graphql::AuditEntry;
use crate::buyers::graphql::{Account, IdentityPointer, Person};
use crate::clients::graphql::ApiClient;
use crate::costs::exchange::graphql::FxRate;
use crate::costs::graphql::{AllocationRule, Budget, CostEntry};
use crate::credit::graphql::{Close, CloseMovement, CreditBatch, CreditDispute, CreditPolicy, CreditTransfer};
use crate::error::{Error, ProblemCode, Result};
use crate::feedback::graphql::Feedback;
use crate::goals::graphql::{Goal, GoalCheckIn};
use crate::insights::graphql::Insight;
use crate::journey::graphql::{Content, Pipeline, Stage, StageEvent, Tactic, Touch};
use crate::organization::graphql::{Member, Organization, Team};
use crate::periods::graphql::{PeriodLock, Restatement};
use crate::pipeline::graphql::{Blocker, BuyingRole, Opportunity, OpportunityEvent};
use crate::privacy::graphql::Consent;
use crate::roles::graphql::{CustomRole, Delegation};
use crate::segments::graphql::{IcpProfile, Segment};

/// Something with an id of its own.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Its id, the same for ever."))]
pub enum Node {
    /// The tenant.
    Organization(Organization),
    /// A team.
    Team(Team),
    /// A member.
    Member(Member),
    /// A role of the organization's own.
    CustomRole(CustomRole),
    /// The right of a member to act for another one.
    Delegation(Delegation),
    /// An integration that calls as itself.
    ApiClient(ApiClient),
    /// A buying company.
    Account(Account),
    /// A buyer.
    Person(Person),
    /// That one buyer is another one.
    IdentityPointer(IdentityPointer),
    /// A decision of a buyer.
    Consent(Consent),
    /// A part of the market.
    Segment(Segment),
    /// A version of what the ideal customer is like.
    IcpProfile(IcpProfile),
    /// A tactic.
    Tactic(Tactic),
    /// A piece of content, or a play.
    Content(Content),
    /// A touch.
    Touch(Touch),
    /// A version of a pipeline.
    Pipeline(Pipeline),
    /// A stage.
    Stage(Stage),
    /// A stage event.
    StageEvent(StageEvent),
    /// A possible deal.
    Opportunity(Opportunity),
    /// What happened to an opportunity.
    OpportunityEvent(OpportunityEvent),
    /// A part in buying.
    BuyingRole(BuyingRole),
    /// What keeps a buyer from deciding.
    Blocker(Blocker),
    /// What somebody plans to do with a buyer.
    Activity(Activity),
    /// When the organization, or a part of it, works.
    BusinessCalendar(BusinessCalendar),
    /// What two resources owe each other.
    ServiceAgreement(ServiceAgreement),
    /// A buyer whom one resource offers to another.
    Handoff(Handoff),
    /// The time that runs for one clause of a handoff.
    SlaClock(SlaClock),
    /// What one resource tells another.
    Feedback(Feedback),
    /// What is to be reached in a period.
    Goal(Goal),
    /// What somebody says of how a goal goes.
    GoalCheckIn(GoalCheckIn),
    /// Something in the figures that somebody should look at.
    Insight(Insight),
    /// A won piece of business.
    Close(Close),
    /// What happened to a close.
    CloseMovement(CloseMovement),
    /// A version of the policy by which credit is opened.
    CreditPolicy(CreditPolicy),
    /// A group of postings of the ledger.
    CreditBatch(CreditBatch),
    /// Credit somebody asks to move.
    CreditTransfer(CreditTransfer),
    /// A claim that credit should be shared otherwise.
    CreditDispute(CreditDispute),
    /// Money that was spent.
    CostEntry(CostEntry),
    /// Money that may be spent.
    Budget(Budget),
    /// How shared cost is split.
    AllocationRule(AllocationRule),
    /// That the books of a month are locked.
    PeriodLock(PeriodLock),
    /// That something was written to a locked month.
    Restatement(Restatement),
    /// What one currency was worth in another one on a day.
    FxRate(FxRate),
    /// What somebody did, or was denied.
    AuditEntry(AuditEntry),
}

/// Reads an id of one kind.
///
/// # Errors
/// A problem with the field where it is no id, or the id of another kind of object.
pub fn parse_id<I: TypedId>(id: &ID, field: &str) -> Result<I> {
    I::parse(id).map_err(|_| Error::invalid(field, ProblemCode::Invalid, format!("must be an id that begins with {}_", I::PREFIX)))
}

/// Reads an id that may be missing.
///
/// # Errors
/// As [`parse_id`].
pub fn parse_optional_id<I: TypedId>(id: Option<&ID>, field: &str) -> Result<Option<I>> {
    id.map(|id| parse_id(id, field)).transpose()
}

/// Reads an id that may be left out, set, or cleared.
///
/// # Errors
/// As [`parse_id`].
pub fn parse_patch_id<I: TypedId>(id: MaybeUndefined<ID>, field: &str) -> Result<Option<Option<I>>> {
    match id {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => Ok(Some(None)),
        MaybeUndefined::Value(id) => parse_id(&id, field).map(|id| Some(Some(id))),
    }
}

/// Look-ups by id.
#[derive(Debug, Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with an id; null where there is none that you may see.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Any id this API gave out.")] id: ID) -> Result<Option<Node>> {
        find(ctx, &id).await
    }

    /// The objects with some ids, in the same order; null where there is none that you may see.
    #[graphql(complexity = "list_cost(ids.len(), child_complexity)")]
    async fn nodes(&self, ctx: &Context<'_>, #[graphql(desc = "At most 100 ids.")] ids: Vec<ID>) -> Result<Vec<Option<Node>>> {
        if ids.len() > usize::from(MAX_ROWS) {
            return Err(Error::invalid("ids", ProblemCode::TooMany, "must be at most 100"));
        }
        futures_util::future::try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    ctx.caller()?;
    let found = match ids::prefix_of(id) {
        Some(ids::OrganizationId::PREFIX) => Organization::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::TeamId::PREFIX) => Team::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::MemberId::PREFIX) => Member::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::CustomRoleId::PREFIX) => CustomRole::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::DelegationId::PREFIX) => Delegation::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::ApiClientId::PREFIX) => ApiClient::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::AccountId::PREFIX) => Account::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::PersonId::PREFIX) => Person::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::IdentityPointerId::PREFIX) => IdentityPointer::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::ConsentId::PREFIX) => Consent::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::SegmentId::PREFIX) => Segment::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::IcpProfileId::PREFIX) => IcpProfile::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::TacticId::PREFIX) => Tactic::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::ContentId::PREFIX) => Content::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::TouchId::PREFIX) => Touch::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::PipelineId::PREFIX) => Pipeline::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::StageId::PREFIX) => Stage::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::StageEventId::PREFIX) => StageEvent::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::OpportunityId::PREFIX) => Opportunity::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::OpportunityEventId::PREFIX) => OpportunityEvent::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::BuyingRoleId::PREFIX) => BuyingRole::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::BlockerId::PREFIX) => Blocker::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::ActivityId::PREFIX) => Activity::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::BusinessCalendarId::PREFIX) => BusinessCalendar::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::ServiceAgreementId::PREFIX) => ServiceAgreement::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::HandoffId::PREFIX) => Handoff::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::FeedbackId::PREFIX) => Feedback::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::GoalId::PREFIX) => Goal::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::GoalCheckInId::PREFIX) => GoalCheckIn::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::InsightId::PREFIX) => Insight::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::SlaClockId::PREFIX) => SlaClock::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::CloseId::PREFIX) => Close::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::CloseMovementId::PREFIX) => CloseMovement::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::CreditPolicyId::PREFIX) => CreditPolicy::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::CreditBatchId::PREFIX) => CreditBatch::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::CreditTransferId::PREFIX) => CreditTransfer::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::CreditDisputeId::PREFIX) => CreditDispute::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::CostEntryId::PREFIX) => CostEntry::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::BudgetId::PREFIX) => Budget::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::AllocationRuleId::PREFIX) => AllocationRule::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::PeriodLockId::PREFIX) => PeriodLock::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::RestatementId::PREFIX) => Restatement::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::FxRateId::PREFIX) => FxRate::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        Some(ids::AuditEntryId::PREFIX) => AuditEntry::find(ctx, parse_id(id, "id")?).await.map(|found| found.map(Node::from)),
        _ => Ok(None),
    };
    match found {
        // Whether the object exists is not for those who may not read its kind.
        Err(Error::Forbidden) => Ok(None),
        other => other,
    }
}
