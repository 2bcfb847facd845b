//! Finding handoffs and clocks.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::kinds::{RejectReason, Resource};

use super::clock::SlaClockState;
use super::handoff::HandoffState;
use super::{Handoff, HandoffConnection, SlaClock, SlaClockConnection};
use crate::agreements::handoffs::service;
use crate::auth::permission::grant::HandoffRead;
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::node::{parse_id, parse_optional_id, parse_patch_id};
use crate::graphql::scalar::DateTime;
use crate::journey::service::Span;

/// Which handoffs are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct HandoffFilter {
    /// Those under an agreement.
    agreement_id: Option<ID>,
    /// How they stand now.
    state: Option<HandoffState>,
    /// Those a resource offers.
    from_resource: Option<Resource>,
    /// Those offered to a resource.
    to_resource: Option<Resource>,
    /// Those that are a member's; null for those nobody took.
    owner_id: MaybeUndefined<ID>,
    /// Those a tactic brought.
    tactic_id: Option<ID>,
    /// Those about a person, or about whoever is said to be the same.
    person_id: Option<ID>,
    /// Those about an account, or about whichever is said to be the same.
    account_id: Option<ID>,
    /// Those rejected for a reason, where that was not overturned.
    reject_reason: Option<RejectReason>,
    /// Those above what was agreed, or those that are not.
    over_delivery: Option<bool>,
    /// Those offered at this instant or later.
    offered_from: Option<DateTime>,
    /// Those offered before this instant.
    offered_to: Option<DateTime>,
}

impl HandoffFilter {
    fn read(self) -> Result<service::HandoffFilter> {
        Ok(service::HandoffFilter {
            agreement_id: parse_optional_id(self.agreement_id.as_ref(), "filter.agreementId")?,
            state: self.state.map(Into::into),
            from_resource: self.from_resource,
            to_resource: self.to_resource,
            owner_id: parse_patch_id(self.owner_id, "filter.ownerId")?,
            tactic_id: parse_optional_id(self.tactic_id.as_ref(), "filter.tacticId")?,
            person_id: parse_optional_id(self.person_id.as_ref(), "filter.personId")?,
            account_id: parse_optional_id(self.account_id.as_ref(), "filter.accountId")?,
            reject_reason: self.reject_reason,
            over_delivery: self.over_delivery,
            offered: Span { from: self.offered_from.map(|at| at.0), to: self.offered_to.map(|at| at.0) },
        })
    }
}

/// Which clocks are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct SlaClockFilter {
    /// Those of an agreement, whichever version.
    agreement_id: Option<ID>,
    /// Those of a clause.
    clause_id: Option<ID>,
    /// How they stand now.
    state: Option<SlaClockState>,
    /// Those a resource owes.
    resource: Option<Resource>,
    /// Those of the handoffs that are a member's; null for those nobody took.
    owner_id: MaybeUndefined<ID>,
    /// Those of which a step that fell due went to this member: they were warned, escalated to, or got the handoff.
    told_to: Option<ID>,
    /// Those due before this instant.
    due_before: Option<DateTime>,
}

impl SlaClockFilter {
    fn read(self) -> Result<service::ClockFilter> {
        Ok(service::ClockFilter {
            agreement_id: parse_optional_id(self.agreement_id.as_ref(), "filter.agreementId")?,
            clause_id: parse_optional_id(self.clause_id.as_ref(), "filter.clauseId")?,
            state: self.state.map(Into::into),
            resource: self.resource,
            owner_id: parse_patch_id(self.owner_id, "filter.ownerId")?,
            told_to: parse_optional_id(self.told_to.as_ref(), "filter.toldTo")?,
            due_before: self.due_before.map(|at| at.0),
        })
    }
}

/// Reading handoffs and clocks.
#[derive(Debug, Default)]
pub struct HandoffQuery;

#[Object]
impl HandoffQuery {
    /// The handoffs, those offered last first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn handoffs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<HandoffFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<HandoffConnection> {
        let scope = ctx.authorize::<HandoffRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default().read()?;
        service::handoffs(&scope, &filter, page, wants(ctx, "totalCount")).await.map(HandoffConnection::new)
    }

    /// The handoff with an id; null where there is none.
    async fn handoff(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Handoff>> {
        ctx.authorize::<HandoffRead>()?;
        Handoff::find(ctx, parse_id(&id, "id")?).await
    }

    /// The clocks of handoffs, those that began last first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn sla_clocks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<SlaClockFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<SlaClockConnection> {
        let scope = ctx.authorize::<HandoffRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default().read()?;
        service::sla_clocks(&scope, &filter, page, wants(ctx, "totalCount")).await.map(SlaClockConnection::new)
    }

    /// The clock with an id; null where there is none.
    async fn sla_clock(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<SlaClock>> {
        ctx.authorize::<HandoffRead>()?;
        SlaClock::find(ctx, parse_id(&id, "id")?).await
    }
}
