//! Handoffs: the type.

use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object};
use entity::ids::HandoffId;
use entity::kinds::{HandoffEventKind, RejectReason, Resource};
use entity::{handoff, handoff_event};

use super::loads::{ClocksOf, EventsOf, StepsOf};
use super::{HandoffEvent, HandoffOwner, SlaClock, SlaStep};
use crate::agreements::graphql::ServiceAgreementVersion;
use crate::agreements::handoffs::service;
use crate::agreements::service::Terms;
use crate::auth::permission::grant::{AgreementRead, BuyerRead, HandoffRead, TacticRead};
use crate::buyers::graphql::{Account, Person};
use crate::connections;
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::feedback::graphql::{FeedbackConnection, feedback_of};
use crate::graphql::connection::page_cost;
use crate::graphql::context::Authorize;
use crate::graphql::external::ExternalId;
use crate::graphql::scalar::DateTime;
use crate::journey::graphql::Tactic;
use crate::metrics::sla::handoff::{Standing, State};
use crate::organization::graphql::Member;

/// How a handoff stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::sla::handoff::State")]
pub enum HandoffState {
    /// It waits for an answer.
    Offered,
    /// The receiving side took it.
    Accepted,
    /// Nobody answered in time, which accepts it.
    AutoAccepted,
    /// The receiving side did not take it.
    Rejected,
    /// The offering side does not agree with the rejection.
    Contested,
    /// The receiving side had it, and gave it back to be nurtured.
    Recycled,
    /// The offering side took it back before it was answered.
    Withdrawn,
    /// It was above what had been agreed, and nobody answered in time, which is no acceptance.
    Expired,
}

/// A buyer whom one resource offers to another under a service agreement.
#[derive(Clone, Debug, Description)]
pub struct Handoff(handoff::Model);

impl From<handoff::Model> for Handoff {
    fn from(row: handoff::Model) -> Self {
        Self(row)
    }
}

impl Handoff {
    /// The handoff with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read handoffs.
    pub async fn find(ctx: &Context<'_>, id: HandoffId) -> Result<Option<Self>> {
        ctx.authorize::<HandoffRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// Whether it goes from one resource to another, where it is said which.
    pub(super) fn is_between(&self, from: Option<Resource>, to: Option<Resource>) -> bool {
        from.is_none_or(|from| from == self.0.from_resource) && to.is_none_or(|to| to == self.0.to_resource)
    }

    /// The terms it is offered under.
    pub(super) async fn terms(&self, ctx: &Context<'_>) -> Result<Arc<Terms>> {
        ctx.authorize::<HandoffRead>()?;
        let terms = ctx.loads()?.load_one(super::loads::TermsOf(self.0.version_id)).await.map_err(Arc::unwrap_or_clone)?;
        terms.ok_or(Error::broken("a handoff is offered under a version"))
    }

    async fn rows_of_events(&self, ctx: &Context<'_>) -> Result<Vec<handoff_event::Model>> {
        ctx.authorize::<HandoffRead>()?;
        Ok(ctx.loads()?.load_one(EventsOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.unwrap_or_default())
    }

    async fn standing(&self, ctx: &Context<'_>) -> Result<Standing> {
        let now = ctx.authorize::<HandoffRead>()?.now();
        Ok(service::standing(&self.0, &self.terms(ctx).await?.version, &self.rows_of_events(ctx).await?, now))
    }
}

#[Object(use_type_description)]
impl Handoff {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The version of the agreement under which it is offered; null where you may not read agreements.
    async fn agreement_version(&self, ctx: &Context<'_>) -> Result<Option<ServiceAgreementVersion>> {
        if ctx.permits::<AgreementRead>() { ServiceAgreementVersion::find(ctx, self.0.version_id).await } else { Ok(None) }
    }

    /// Who offers.
    async fn from_resource(&self) -> Resource {
        self.0.from_resource
    }

    /// To whom it is offered.
    async fn to_resource(&self) -> Resource {
        self.0.to_resource
    }

    /// Who is offered, where somebody is named; null also where you may not see them.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.0.person_id {
            Some(id) if ctx.permits::<BuyerRead>() => Person::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// Which company is offered, where one is named; null also where you may not see it.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.0.account_id {
            Some(id) if ctx.permits::<BuyerRead>() => Account::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The tactic that brought them; null also where you may not see it.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.0.tactic_id {
            Some(id) if ctx.permits::<TacticRead>() => Tactic::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// Whether more were offered before it, in its week, month or quarter, than the receiving side agreed to take. No clock runs
    /// for such a one unless the agreement counts it, or who accepts it starts them; silence about it is no acceptance.
    async fn over_delivery(&self) -> bool {
        self.0.over_delivery
    }

    /// When it was offered.
    async fn offered_at(&self) -> DateTime {
        DateTime(self.0.offered_at)
    }

    /// Until when it waits for an answer, that instant included. Silence answers then.
    async fn answer_due_at(&self) -> Option<DateTime> {
        self.0.answer_due_at.map(DateTime)
    }

    /// How it stands.
    async fn state(&self, ctx: &Context<'_>) -> Result<HandoffState> {
        Ok(self.standing(ctx).await?.state.into())
    }

    /// Since when it stands so.
    async fn state_since(&self, ctx: &Context<'_>) -> Result<DateTime> {
        Ok(DateTime(self.standing(ctx).await?.since))
    }

    /// Whose it is; null while it is nobody's, and where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let owner = self.rows_of_events(ctx).await?.pop().and_then(|last| last.owner_id);
        Member::shown(ctx, owner).await
    }

    /// Why it was rejected; null also where the rejection was overturned.
    async fn reject_reason(&self, ctx: &Context<'_>) -> Result<Option<RejectReason>> {
        if !matches!(self.standing(ctx).await?.state, State::Rejected | State::Contested) {
            return Ok(None);
        }
        let events = self.rows_of_events(ctx).await?;
        Ok(events.iter().rev().find(|event| event.kind == HandoffEventKind::Rejected).and_then(|event| event.reason))
    }

    /// What happened to it, in the order in which it was recorded.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn events(&self, ctx: &Context<'_>) -> Result<Vec<HandoffEvent>> {
        Ok(self.rows_of_events(ctx).await?.into_iter().map(HandoffEvent::from).collect())
    }

    /// Whose it was when, one after the other.
    #[graphql(complexity = "3 * child_complexity + 1")]
    async fn owners(&self, ctx: &Context<'_>) -> Result<Vec<HandoffOwner>> {
        Ok(service::owners(&self.rows_of_events(ctx).await?).into_iter().map(HandoffOwner::from).collect())
    }

    /// The clocks that run for it, or ran, in the order in which they began.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn clocks(&self, ctx: &Context<'_>) -> Result<Vec<SlaClock>> {
        ctx.authorize::<HandoffRead>()?;
        let rows = ctx.loads()?.load_one(ClocksOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        Ok(rows.unwrap_or_default().into_iter().map(SlaClock::from).collect())
    }

    /// What falls due on it and its clocks, or fell due: what is first comes first, what is not due last.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn steps(&self, ctx: &Context<'_>) -> Result<Vec<SlaStep>> {
        ctx.authorize::<HandoffRead>()?;
        let rows = ctx.loads()?.load_one(StepsOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        Ok(rows.unwrap_or_default().into_iter().map(SlaStep::from).collect())
    }

    /// What the resources tell each other of it, the latest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn feedback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<FeedbackConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        feedback_of(ctx, self.0.id, page).await
    }

    /// What another system calls it; null also once somebody it is about was erased after it was written.
    async fn external_id(&self) -> Option<ExternalId> {
        ExternalId::of(self.0.source.as_ref(), self.0.external_id.as_ref())
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    HandoffConnection, HandoffEdge, Handoff, "handoffs";
}
