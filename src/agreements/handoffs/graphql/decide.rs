//! Deciding about what another resource offers.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::RejectReason;

use super::Handoff;
use crate::agreements::handoffs::service;
use crate::auth::permission::grant::HandoffDecide;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::payloads;

/// That a handoff is taken.
#[derive(InputObject)]
pub struct AcceptHandoffInput {
    /// The handoff.
    handoff_id: ID,
    /// Whose it is from now on. Default: whose it is; where it is nobody's yours, if you work for the receiving resource.
    owner_id: Option<ID>,
    /// Whether the clocks begin now of one that is above what was agreed. Those of every other one run from its offer on.
    #[graphql(default)]
    start_clocks: bool,
    /// More about it, in words.
    note: Option<String>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// That a handoff is not taken.
#[derive(InputObject)]
pub struct RejectHandoffInput {
    /// The handoff.
    handoff_id: ID,
    /// Why.
    reason: RejectReason,
    /// More about that, in words; OTHER needs some.
    note: Option<String>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// That a handoff is given back to be nurtured.
#[derive(InputObject)]
pub struct RecycleHandoffInput {
    /// The handoff.
    handoff_id: ID,
    /// Why, in words.
    note: String,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// That a handoff is somebody else's.
#[derive(InputObject)]
pub struct ReassignHandoffInput {
    /// The handoff.
    handoff_id: ID,
    /// Whose it is from now on: somebody who works for the receiving resource.
    owner_id: ID,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// How the contest of a rejection ends.
#[derive(InputObject)]
pub struct ResolveContestInput {
    /// The handoff.
    handoff_id: ID,
    /// Whether the rejection does not stand: the receiving side has the handoff then.
    overturned: bool,
    /// Why, in words.
    note: String,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of taking a handoff.
    AcceptHandoffPayload {
        /// The handoff as it is now.
        handoff: Handoff
    }
    /// What came of not taking a handoff.
    RejectHandoffPayload {
        /// The handoff as it is now.
        handoff: Handoff
    }
    /// What came of giving a handoff back.
    RecycleHandoffPayload {
        /// The handoff as it is now.
        handoff: Handoff
    }
    /// What came of giving a handoff to somebody else.
    ReassignHandoffPayload {
        /// The handoff as it is now.
        handoff: Handoff
    }
    /// What came of ending a contest.
    ResolveContestPayload {
        /// The handoff as it is now.
        handoff: Handoff
    }
}

/// What the receiving side does. Nobody answers what they offered themselves.
#[derive(Debug, Default)]
pub struct DecideMutation;

#[Object]
impl DecideMutation {
    /// Takes a handoff that waits for an answer.
    async fn accept_handoff(&self, ctx: &Context<'_>, input: AcceptHandoffInput) -> Result<AcceptHandoffPayload> {
        let scope = ctx.authorize::<HandoffDecide>()?;
        let change = service::AcceptHandoff {
            handoff_id: parse_id(&input.handoff_id, "input.handoffId")?,
            owner_id: parse_optional_id(input.owner_id.as_ref(), "input.ownerId")?,
            start_clocks: input.start_clocks,
            note: input.note,
            idempotency_key: input.idempotency_key,
        };
        AcceptHandoffPayload::settle(service::accept_handoff(&scope, &change).await.map(Handoff::from))
    }

    /// Does not take a handoff that waits for an answer. The clocks of the receiving side end; the offering side may have to take note
    /// within a time.
    async fn reject_handoff(&self, ctx: &Context<'_>, input: RejectHandoffInput) -> Result<RejectHandoffPayload> {
        let scope = ctx.authorize::<HandoffDecide>()?;
        let change = service::RejectHandoff {
            handoff_id: parse_id(&input.handoff_id, "input.handoffId")?,
            reason: input.reason,
            note: input.note,
            idempotency_key: input.idempotency_key,
        };
        RejectHandoffPayload::settle(service::reject_handoff(&scope, &change).await.map(Handoff::from))
    }

    /// Gives a handoff back to be nurtured that was accepted, by somebody or by silence. It stays accepted in what is counted.
    /// Clocks end where something was tried; where nothing was, what is owed stays owed.
    async fn recycle_handoff(&self, ctx: &Context<'_>, input: RecycleHandoffInput) -> Result<RecycleHandoffPayload> {
        let scope = ctx.authorize::<HandoffDecide>()?;
        let change = service::RecycleHandoff {
            handoff_id: parse_id(&input.handoff_id, "input.handoffId")?,
            note: input.note,
            idempotency_key: input.idempotency_key,
        };
        RecycleHandoffPayload::settle(service::recycle_handoff(&scope, &change).await.map(Handoff::from))
    }

    /// Gives a handoff to somebody else of the receiving side. Its clocks keep running from where they began, and it is no answer.
    async fn reassign_handoff(&self, ctx: &Context<'_>, input: ReassignHandoffInput) -> Result<ReassignHandoffPayload> {
        let scope = ctx.authorize::<HandoffDecide>()?;
        let change = service::ReassignHandoff {
            handoff_id: parse_id(&input.handoff_id, "input.handoffId")?,
            owner_id: parse_id(&input.owner_id, "input.ownerId")?,
            idempotency_key: input.idempotency_key,
        };
        ReassignHandoffPayload::settle(service::reassign_handoff(&scope, &change).await.map(Handoff::from))
    }

    /// Ends the contest of a rejection. The receiving side may give way; that the rejection stands is said by somebody who decides for
    /// the whole organization and neither contested nor rejected it.
    async fn resolve_contest(&self, ctx: &Context<'_>, input: ResolveContestInput) -> Result<ResolveContestPayload> {
        let scope = ctx.authorize::<HandoffDecide>()?;
        let change = service::ResolveContest {
            handoff_id: parse_id(&input.handoff_id, "input.handoffId")?,
            overturned: input.overturned,
            note: input.note,
            idempotency_key: input.idempotency_key,
        };
        ResolveContestPayload::settle(service::resolve_contest(&scope, &change).await.map(Handoff::from))
    }
}
