//! Changing opportunities.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::kinds::{OpportunityOutcome, Resource};

use super::Opportunity;
use crate::auth::permission::grant::OpportunityWrite;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::external::ExternalIdInput;
use crate::graphql::metric::MoneyInput;
use crate::graphql::node::{parse_id, parse_optional_id, parse_patch_id};
use crate::graphql::scalar::{DateTime, LocalDate};
use crate::input::WantedMoney;
use crate::payloads;
use crate::pipeline::service;

/// A new opportunity.
#[derive(InputObject)]
pub struct CreateOpportunityInput {
    /// Who might buy.
    account_id: ID,
    /// What it is called.
    name: String,
    /// What it may be worth.
    amount: Option<MoneyInput>,
    /// The local day it is expected to close.
    expected_close_on: Option<LocalDate>,
    /// The resource it was sourced by.
    source_resource: Option<Resource>,
    /// The member who looks after it. Default: you, unless you may look after everything.
    owner_id: Option<ID>,
    /// The version of the pipeline its account moves in. Default: the newest of the default one.
    pipeline_id: Option<ID>,
    /// When it began. Default: now.
    opened_at: Option<DateTime>,
    /// What another system calls it.
    external_id: Option<ExternalIdInput>,
    /// Repeating the mutation with the same key gives the same opportunity.
    idempotency_key: Option<String>,
}

/// Changes of an opportunity; fields left out stay as they are.
#[derive(InputObject)]
pub struct ReviseOpportunityInput {
    /// The opportunity.
    opportunity_id: ID,
    /// What it is called.
    name: Option<String>,
    /// What it may be worth; null where nobody knows.
    amount: MaybeUndefined<MoneyInput>,
    /// The local day it is expected to close; null for none.
    expected_close_on: MaybeUndefined<LocalDate>,
    /// The resource it was sourced by; null for none.
    source_resource: MaybeUndefined<Resource>,
    /// The member who looks after it; null for nobody.
    owner_id: MaybeUndefined<ID>,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// How an opportunity was lost.
#[derive(InputObject)]
pub struct CloseOpportunityInput {
    /// The opportunity.
    opportunity_id: ID,
    /// How it ended. WON is told by account generation alone.
    outcome: OpportunityOutcome,
    /// When. There is no default: it has to be said.
    closed_at: Option<DateTime>,
    /// Why, in words.
    reason: String,
    /// Who they bought from instead, in words; for LOST_COMPETITOR only.
    competitor: Option<String>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// That an opportunity goes on after it had ended.
#[derive(InputObject)]
pub struct ReopenOpportunityInput {
    /// The opportunity.
    opportunity_id: ID,
    /// When. Default: now.
    reopened_at: Option<DateTime>,
    /// Why, in words.
    reason: String,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// That an opportunity rests.
#[derive(InputObject)]
pub struct MarkStalledInput {
    /// The opportunity.
    opportunity_id: ID,
    /// Since when. Default: now.
    stalled_at: Option<DateTime>,
    /// Why, in words.
    reason: String,
    /// The local day it is expected to go on.
    resumes_on: LocalDate,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// That an opportunity goes on after it had rested.
#[derive(InputObject)]
pub struct ResumeOpportunityInput {
    /// The opportunity.
    opportunity_id: ID,
    /// When. Default: now.
    resumed_at: Option<DateTime>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of creating an opportunity.
    CreateOpportunityPayload {
        /// The new opportunity.
        opportunity: Opportunity
    }
    /// What came of revising an opportunity.
    ReviseOpportunityPayload {
        /// The opportunity as it is now.
        opportunity: Opportunity
    }
    /// What came of closing an opportunity.
    CloseOpportunityPayload {
        /// The opportunity as it is now.
        opportunity: Opportunity
    }
    /// What came of reopening an opportunity.
    ReopenOpportunityPayload {
        /// The opportunity as it is now.
        opportunity: Opportunity
    }
    /// What came of marking an opportunity as one that rests.
    MarkStalledPayload {
        /// The opportunity as it is now.
        opportunity: Opportunity
    }
    /// What came of telling that an opportunity goes on.
    ResumeOpportunityPayload {
        /// The opportunity as it is now.
        opportunity: Opportunity
    }
}

/// Changing opportunities.
#[derive(Debug, Default)]
pub struct OpportunityMutation;

#[Object]
impl OpportunityMutation {
    /// Creates an opportunity with an account.
    async fn create_opportunity(&self, ctx: &Context<'_>, input: CreateOpportunityInput) -> Result<CreateOpportunityPayload> {
        let scope = ctx.authorize::<OpportunityWrite>()?;
        let new = service::NewOpportunity {
            account_id: parse_id(&input.account_id, "input.accountId")?,
            name: input.name,
            amount: input.amount.map(Into::into),
            expected_close_on: input.expected_close_on.map(|day| day.0),
            source_resource: input.source_resource,
            owner_id: parse_optional_id(input.owner_id.as_ref(), "input.ownerId")?,
            pipeline_id: parse_optional_id(input.pipeline_id.as_ref(), "input.pipelineId")?,
            opened_at: input.opened_at.map(|at| at.0),
            external_id: input.external_id.map(Into::into),
        };
        let created = service::create_opportunity(&scope, new, input.idempotency_key.as_deref()).await;
        CreateOpportunityPayload::settle(created.map(Opportunity::from))
    }

    /// Changes an opportunity.
    async fn revise_opportunity(&self, ctx: &Context<'_>, input: ReviseOpportunityInput) -> Result<ReviseOpportunityPayload> {
        let scope = ctx.authorize::<OpportunityWrite>()?;
        let change = service::ReviseOpportunity {
            opportunity_id: parse_id(&input.opportunity_id, "input.opportunityId")?,
            name: input.name,
            amount: input.amount.map_value(WantedMoney::from).into(),
            expected_close_on: input.expected_close_on.map_value(|day| day.0).into(),
            source_resource: input.source_resource.into(),
            owner_id: parse_patch_id(input.owner_id, "input.ownerId")?,
            expected_version: input.expected_version.map(i64::from),
            idempotency_key: input.idempotency_key,
        };
        ReviseOpportunityPayload::settle(service::revise_opportunity(&scope, &change).await.map(Opportunity::from))
    }

    /// Closes an opportunity that was lost. One is won by account generation alone.
    async fn close_opportunity(&self, ctx: &Context<'_>, input: CloseOpportunityInput) -> Result<CloseOpportunityPayload> {
        let scope = ctx.authorize::<OpportunityWrite>()?;
        let change = service::CloseOpportunity {
            opportunity_id: parse_id(&input.opportunity_id, "input.opportunityId")?,
            outcome: input.outcome,
            closed_at: input.closed_at.map(|at| at.0),
            reason: input.reason,
            competitor: input.competitor,
            idempotency_key: input.idempotency_key,
        };
        CloseOpportunityPayload::settle(service::close_opportunity(&scope, &change).await.map(Opportunity::from))
    }

    /// Reopens an opportunity that was lost, or whose close was voided.
    async fn reopen_opportunity(&self, ctx: &Context<'_>, input: ReopenOpportunityInput) -> Result<ReopenOpportunityPayload> {
        let scope = ctx.authorize::<OpportunityWrite>()?;
        let change = service::ReopenOpportunity {
            opportunity_id: parse_id(&input.opportunity_id, "input.opportunityId")?,
            reopened_at: input.reopened_at.map(|at| at.0),
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        ReopenOpportunityPayload::settle(service::reopen_opportunity(&scope, &change).await.map(Opportunity::from))
    }

    /// Marks an open opportunity as one that rests, which is no way to end; of one that does, reason and day are renewed.
    async fn mark_stalled(&self, ctx: &Context<'_>, input: MarkStalledInput) -> Result<MarkStalledPayload> {
        let scope = ctx.authorize::<OpportunityWrite>()?;
        let change = service::MarkStalled {
            opportunity_id: parse_id(&input.opportunity_id, "input.opportunityId")?,
            stalled_at: input.stalled_at.map(|at| at.0),
            reason: input.reason,
            resumes_on: input.resumes_on.0,
            idempotency_key: input.idempotency_key,
        };
        MarkStalledPayload::settle(service::mark_stalled(&scope, &change).await.map(Opportunity::from))
    }

    /// Tells that an opportunity no longer rests.
    async fn resume_opportunity(&self, ctx: &Context<'_>, input: ResumeOpportunityInput) -> Result<ResumeOpportunityPayload> {
        let scope = ctx.authorize::<OpportunityWrite>()?;
        let change = service::ResumeOpportunity {
            opportunity_id: parse_id(&input.opportunity_id, "input.opportunityId")?,
            resumed_at: input.resumed_at.map(|at| at.0),
            idempotency_key: input.idempotency_key,
        };
        ResumeOpportunityPayload::settle(service::resume_opportunity(&scope, &change).await.map(Opportunity::from))
    }
}
