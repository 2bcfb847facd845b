//! Proposals about credit.

use async_graphql::{Context, Description, Enum, Object};
use entity::credit_proposal_decision;
use entity::kinds::{PolicyRule, ProposalDecisionKind, Resource};

use super::{Close, CreditBatch};
use crate::auth::permission::grant::{CreditRead, DirectoryRead};
use crate::connections;
use crate::credit::service::{self, Proposal, ProposalQuestion};
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::metric::PeriodInput;
use crate::graphql::scalar::DateTime;
use crate::graphql::share::ResourceShare;
use crate::input::WantedPeriod;
use crate::organization::graphql::Member;

/// How a proposal about credit stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::proposal::State")]
pub enum CreditProposalState {
    /// Nobody decided about what is suggested now.
    Open,
    /// The credit was moved as suggested, and that was not undone.
    Accepted,
    /// Somebody decided to leave the credit as it is.
    Dismissed,
}

/// What became known otherwise since the credit of a close was opened.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::credit::service::Cause")]
pub enum CreditProposalCause {
    /// A touch was recorded late.
    TouchRecorded,
    /// A touch was corrected.
    TouchCorrected,
    /// A touch was taken back.
    TouchTakenBack,
    /// Who is whom: somebody turned out to be the buyer, or not to be.
    Identity,
    /// When the buyer became known, or an opportunity.
    Milestone,
}

/// Reading proposals about credit.
#[derive(Debug, Default)]
pub struct ProposalQuery;

#[Object]
impl ProposalQuery {
    /// The closes whose policy would give their credit otherwise on the evidence known by now, in the order in which they were won. It is
    /// judged by the version of the policy that opened them. No credit moves by itself: a proposal is accepted or dismissed, and gone
    /// where the evidence is as it was again. Voided closes, and those that took the place of another one, have none.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn credit_proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days in which closes were won.")] period: PeriodInput,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
        #[graphql(desc = "How they stand. Default: however.")] state: Option<CreditProposalState>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<CreditProposalConnection> {
        let scope = ctx.authorize::<CreditRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let question = ProposalQuestion { period: WantedPeriod::from(&period), as_of: as_of.map(|at| at.0), state: state.map(Into::into) };
        service::credit_proposals(&scope, &question, page, wants(ctx, "totalCount")).await.map(CreditProposalConnection::new)
    }
}

/// A close whose policy would give its credit otherwise on the evidence known by now.
#[derive(Clone, Debug, Description)]
pub struct CreditProposal(Proposal);

impl From<Proposal> for CreditProposal {
    fn from(proposal: Proposal) -> Self {
        Self(proposal)
    }
}

#[Object(use_type_description)]
impl CreditProposal {
    /// The close.
    async fn close(&self, ctx: &Context<'_>) -> Result<Close> {
        Close::find(ctx, self.0.close_id).await?.ok_or(Error::broken("a proposal has its close"))
    }

    /// How it stands.
    async fn state(&self) -> CreditProposalState {
        self.0.state.into()
    }

    /// What became known otherwise since the close was recorded; empty where all is as it was again after a proposal was accepted.
    async fn causes(&self) -> Vec<CreditProposalCause> {
        self.0.causes.iter().copied().map(Into::into).collect()
    }

    /// The rule that decided who the credit started with.
    async fn opening_rule(&self) -> PolicyRule {
        self.0.opened.0
    }

    /// Who the credit started with.
    async fn opening_shares(&self) -> Vec<ResourceShare> {
        ResourceShare::each(self.0.opened.1.by_resource())
    }

    /// Who holds it.
    async fn held_shares(&self) -> Vec<ResourceShare> {
        ResourceShare::each(self.0.held.by_resource())
    }

    /// The rule that decides on what is known by now.
    async fn rule(&self) -> PolicyRule {
        self.0.suggested.0
    }

    /// Who the credit would start with on what is known by now.
    async fn suggested_shares(&self) -> Vec<ResourceShare> {
        ResourceShare::each(self.0.suggested.1.by_resource())
    }

    /// What was decided about it; null while it is open.
    async fn decision(&self) -> Option<CreditProposalDecision> {
        self.0.decision.clone().map(CreditProposalDecision)
    }
}

connections! {
    CreditProposalConnection, CreditProposalEdge, CreditProposal, "proposals about credit";
}

/// What somebody decided about a proposal. It holds for what was suggested then, and never changes.
#[derive(Clone, Debug, Description)]
pub struct CreditProposalDecision(credit_proposal_decision::Model);

impl From<credit_proposal_decision::Model> for CreditProposalDecision {
    fn from(row: credit_proposal_decision::Model) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl CreditProposalDecision {
    /// The close.
    async fn close(&self, ctx: &Context<'_>) -> Result<Close> {
        Close::find(ctx, self.0.close_id).await?.ok_or(Error::broken("a decision has its close"))
    }

    /// What they decided.
    async fn kind(&self) -> ProposalDecisionKind {
        self.0.kind
    }

    /// What was suggested.
    async fn suggested_shares(&self) -> Vec<ResourceShare> {
        let bp = [self.0.sales_bp, self.0.marketing_bp, self.0.product_bp];
        Resource::ALL.iter().zip(bp).map(|(resource, bp)| ResourceShare::new(*resource, bp)).collect()
    }

    /// What was posted; null where it was dismissed.
    async fn batch(&self, ctx: &Context<'_>) -> Result<Option<CreditBatch>> {
        match self.0.batch_id {
            Some(id) => CreditBatch::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Who decided; null where you may not read members.
    async fn decided_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        if ctx.permits::<DirectoryRead>() { Member::find(ctx, self.0.decided_by).await } else { Ok(None) }
    }

    /// Why, in words; null also where the buyer or referrer was erased.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}
