//! Planning activities, and telling what became of them.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::{ActivityKind, ActivityOutcome, Direction};

use super::Activity;
use crate::activities::service;
use crate::auth::permission::grant::ActivityWrite;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::external::ExternalIdInput;
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::DateTime;
use crate::payloads;

/// What is to be done, and with whom: a person, an account, an opportunity, or several of them.
#[derive(InputObject)]
pub struct NewActivityInput {
    /// What is to be done.
    kind: ActivityKind,
    /// More about it, in words.
    subject: String,
    /// With whom.
    person_id: Option<ID>,
    /// With which company. Default: that of the opportunity.
    account_id: Option<ID>,
    /// About which possible deal.
    opportunity_id: Option<ID>,
    /// Who is to do it. Default: you, or whom you say you act for.
    owner_id: Option<ID>,
    /// When it is due.
    due_at: Option<DateTime>,
    /// Who begins it. Default: OUTBOUND, we go to the buyer.
    direction: Option<Direction>,
    /// What another system calls it.
    external_id: Option<ExternalIdInput>,
}

impl NewActivityInput {
    fn read(self) -> Result<service::NewActivity> {
        Ok(service::NewActivity {
            kind: self.kind,
            subject: self.subject,
            person_id: parse_optional_id(self.person_id.as_ref(), "input.personId")?,
            account_id: parse_optional_id(self.account_id.as_ref(), "input.accountId")?,
            opportunity_id: parse_optional_id(self.opportunity_id.as_ref(), "input.opportunityId")?,
            owner_id: parse_optional_id(self.owner_id.as_ref(), "input.ownerId")?,
            due_at: self.due_at.map(|at| at.0),
            direction: self.direction.unwrap_or(Direction::Outbound),
            external_id: self.external_id.map(Into::into),
        })
    }
}

/// What is to be done next with the same buyer.
#[derive(InputObject)]
pub struct FollowUpInput {
    /// What.
    kind: ActivityKind,
    /// More about it, in words.
    subject: String,
    /// When it is due.
    due_at: DateTime,
    /// Who is to do it. Default: whoever this one belongs to.
    owner_id: Option<ID>,
}

/// What came of an activity.
#[derive(InputObject)]
pub struct CompletionInput {
    /// What came of it. REACHED records the interaction it was, unless it is a TASK.
    outcome: ActivityOutcome,
    /// When it was done. Default: now.
    occurred_at: Option<DateTime>,
    /// More about it, in words.
    note: Option<String>,
    /// What is to be done next with the same buyer, planned with the completion or not at all.
    follow_up: Option<FollowUpInput>,
}

impl CompletionInput {
    fn read(self) -> Result<service::Completion> {
        let follow_up = |next: FollowUpInput| {
            Ok(service::FollowUp {
                kind: next.kind,
                subject: next.subject,
                due_at: next.due_at.0,
                owner_id: parse_optional_id(next.owner_id.as_ref(), "input.followUp.ownerId")?,
            })
        };
        Ok(service::Completion {
            outcome: self.outcome,
            occurred_at: self.occurred_at.map(|at| at.0),
            note: self.note,
            follow_up: self.follow_up.map(follow_up).transpose()?,
        })
    }
}

/// A new activity.
#[derive(InputObject)]
pub struct PlanActivityInput {
    /// What is to be done, and with whom.
    #[graphql(flatten)]
    activity: NewActivityInput,
    /// Repeating the mutation with the same key gives the same activity.
    idempotency_key: Option<String>,
}

/// That an activity was done.
#[derive(InputObject)]
pub struct CompleteActivityInput {
    /// The activity.
    activity_id: ID,
    /// What came of it.
    #[graphql(flatten)]
    completion: CompletionInput,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// An activity that was not planned before it was done.
#[derive(InputObject)]
pub struct LogActivityInput {
    /// What was done, and with whom.
    #[graphql(flatten)]
    activity: NewActivityInput,
    /// What came of it.
    #[graphql(flatten)]
    completion: CompletionInput,
    /// Repeating the mutation with the same key gives the same activity.
    idempotency_key: Option<String>,
}

/// That an activity is due at another moment.
#[derive(InputObject)]
pub struct RescheduleActivityInput {
    /// The activity.
    activity_id: ID,
    /// When it is due from now on.
    due_at: DateTime,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// That somebody else is to do an activity.
#[derive(InputObject)]
pub struct ReassignActivityInput {
    /// The activity.
    activity_id: ID,
    /// Who is to do it from now on.
    owner_id: ID,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// That an activity will not be done.
#[derive(InputObject)]
pub struct CancelActivityInput {
    /// The activity.
    activity_id: ID,
    /// Why, in words.
    reason: String,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of planning an activity.
    PlanActivityPayload {
        /// The new activity.
        activity: Activity
    }
    /// What came of completing an activity.
    CompleteActivityPayload {
        /// The activity as it is now.
        activity: Activity
    }
    /// What came of recording an activity that was done.
    LogActivityPayload {
        /// The activity.
        activity: Activity
    }
    /// What came of moving an activity to another moment.
    RescheduleActivityPayload {
        /// The activity as it is now.
        activity: Activity
    }
    /// What came of giving an activity to somebody else.
    ReassignActivityPayload {
        /// The activity as it is now.
        activity: Activity
    }
    /// What came of giving an activity up.
    CancelActivityPayload {
        /// The activity as it is now.
        activity: Activity
    }
}

/// Changing activities.
#[derive(Debug, Default)]
pub struct ActivityMutation;

#[Object]
impl ActivityMutation {
    /// Plans what is to be done with a buyer.
    async fn plan_activity(&self, ctx: &Context<'_>, input: PlanActivityInput) -> Result<PlanActivityPayload> {
        let scope = ctx.authorize::<ActivityWrite>()?;
        let new = input.activity.read()?;
        PlanActivityPayload::settle(service::plan_activity(&scope, new, input.idempotency_key.as_deref()).await.map(Activity::from))
    }

    /// Tells that an activity was done. A call, meeting, e-mail or proposal that reached the buyer is recorded as a touch of the
    /// resource its owner works for, SALES where they work for none.
    async fn complete_activity(&self, ctx: &Context<'_>, input: CompleteActivityInput) -> Result<CompleteActivityPayload> {
        let scope = ctx.authorize::<ActivityWrite>()?;
        let change = service::CompleteActivity {
            activity_id: parse_id(&input.activity_id, "input.activityId")?,
            completion: input.completion.read()?,
            idempotency_key: input.idempotency_key,
        };
        CompleteActivityPayload::settle(service::complete_activity(&scope, &change).await.map(Activity::from))
    }

    /// Records an activity that was done without having been planned: both in one.
    async fn log_activity(&self, ctx: &Context<'_>, input: LogActivityInput) -> Result<LogActivityPayload> {
        let scope = ctx.authorize::<ActivityWrite>()?;
        let new = service::LogActivity { activity: input.activity.read()?, completion: input.completion.read()? };
        LogActivityPayload::settle(service::log_activity(&scope, new, input.idempotency_key.as_deref()).await.map(Activity::from))
    }

    /// Moves an activity that is still to be done to another moment.
    async fn reschedule_activity(&self, ctx: &Context<'_>, input: RescheduleActivityInput) -> Result<RescheduleActivityPayload> {
        let scope = ctx.authorize::<ActivityWrite>()?;
        let change = service::RescheduleActivity {
            activity_id: parse_id(&input.activity_id, "input.activityId")?,
            due_at: input.due_at.0,
            idempotency_key: input.idempotency_key,
        };
        RescheduleActivityPayload::settle(service::reschedule_activity(&scope, &change).await.map(Activity::from))
    }

    /// Gives an activity that is still to be done to somebody else.
    async fn reassign_activity(&self, ctx: &Context<'_>, input: ReassignActivityInput) -> Result<ReassignActivityPayload> {
        let scope = ctx.authorize::<ActivityWrite>()?;
        let change = service::ReassignActivity {
            activity_id: parse_id(&input.activity_id, "input.activityId")?,
            owner_id: parse_id(&input.owner_id, "input.ownerId")?,
            idempotency_key: input.idempotency_key,
        };
        ReassignActivityPayload::settle(service::reassign_activity(&scope, &change).await.map(Activity::from))
    }

    /// Gives an activity up that is still to be done.
    async fn cancel_activity(&self, ctx: &Context<'_>, input: CancelActivityInput) -> Result<CancelActivityPayload> {
        let scope = ctx.authorize::<ActivityWrite>()?;
        let change = service::CancelActivity {
            activity_id: parse_id(&input.activity_id, "input.activityId")?,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        CancelActivityPayload::settle(service::cancel_activity(&scope, &change).await.map(Activity::from))
    }
}
