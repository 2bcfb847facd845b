//! Hearing of handoffs and their clocks.

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::ids::ServiceAgreementId;
use entity::kinds::{EventTopic, Resource};

use super::{Handoff, SlaClock, SlaClockState};
use crate::auth::permission::grant::HandoffRead;
use crate::error::Result;
use crate::events::graphql::{Said, each};
use crate::graphql::context::Authorize;
use crate::graphql::node::parse_optional_id;

/// Hearing of handoffs and their clocks.
#[derive(Debug, Default)]
pub struct HandoffSubscription;

#[Object]
impl HandoffSubscription {
    /// Each handoff that is offered, of those you may see.
    async fn handoff_offered(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those it is offered to. Default: all.")] to_resource: Option<Resource>,
        #[graphql(desc = "Those that offer it. Default: all.")] from_resource: Option<Resource>,
        #[graphql(desc = "Go on after the event of this number. Default: from now on.")] after: Option<i32>,
    ) -> Result<Said<HandoffOffered>> {
        ctx.authorize::<HandoffRead>()?;
        let Some(heard) = each(ctx, EventTopic::Handoff, after).await? else { return Ok(Said::Nothing) };
        let handoff = Handoff::find(ctx, heard.object()?).await?.filter(|handoff| handoff.is_between(from_resource, to_resource));
        Ok(handoff.map(|handoff| HandoffOffered { sequence: heard.sequence(), handoff }).into())
    }

    /// Each clock that begins, stands otherwise than before, or runs out, of those you may see: as it stands when you hear of it.
    async fn sla_clock_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those of this agreement. Default: all.")] agreement_id: Option<ID>,
        #[graphql(desc = "Those that stand like this. Default: all.")] states: Option<Vec<SlaClockState>>,
        #[graphql(desc = "Go on after the event of this number. Default: from now on.")] after: Option<i32>,
    ) -> Result<Said<SlaClockChanged>> {
        let now = ctx.authorize::<HandoffRead>()?.now();
        let agreement: Option<ServiceAgreementId> = parse_optional_id(agreement_id.as_ref(), "agreementId")?;
        let Some(heard) = each(ctx, EventTopic::Clock, after).await? else { return Ok(Said::Nothing) };
        let Some(clock) = SlaClock::find(ctx, heard.object()?).await? else { return Ok(Said::Nothing) };
        let stands = states.is_none_or(|states| states.contains(&clock.stands(now)));
        let of_it = match agreement {
            Some(agreement) if stands => clock.agreement(ctx).await? == agreement,
            _ => stands,
        };
        Ok(of_it.then(|| SlaClockChanged { sequence: heard.sequence(), clock }).into())
    }
}

/// That a buyer was offered.
#[derive(Clone, Debug, SimpleObject)]
pub struct HandoffOffered {
    /// The number of the event; go on after it.
    sequence: i32,
    /// The handoff.
    handoff: Handoff,
}

/// That a clock stands otherwise.
#[derive(Clone, Debug, SimpleObject)]
pub struct SlaClockChanged {
    /// The number of the event; go on after it.
    sequence: i32,
    /// The clock.
    clock: SlaClock,
}
