//! Hearing of the funnel.

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::kinds::EventTopic;

use super::answer::Funnel;
use super::input::{Asked, FunnelBreakdownInput, FunnelExclusionInput, FunnelMode, FunnelOrder, FunnelStepWindowInput, FunnelSubject};
use crate::auth::permission::grant::FunnelRead;
use crate::error::Result;
use crate::events::graphql::{Said, figures};
use crate::graphql::context::Authorize;
use crate::graphql::metric::PeriodInput;
use crate::graphql::scalar::Duration;
use crate::journey::funnel::service;

/// What a funnel is made of.
const MOVED_BY: &[EventTopic] = &[
    EventTopic::Stage,
    EventTopic::Touch,
    EventTopic::Close,
    EventTopic::Credit,
    EventTopic::Deal,
    EventTopic::Buyer,
    EventTopic::Setting,
    EventTopic::Access,
];

/// Hearing of the funnel.
#[derive(Debug, Default)]
pub struct FunnelSubscription;

#[expect(clippy::too_many_arguments, reason = "clients name the arguments they use, and most are optional")]
#[Object]
impl FunnelSubscription {
    /// How many subjects get how far, now and whenever it is otherwise: as `funnel` answers. Changes that come close together are one.
    async fn funnel_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "A version of a pipeline. Default: the newest of the default one.")] pipeline: Option<ID>,
        #[graphql(desc = "How subjects are counted.", default)] mode: FunnelMode,
        #[graphql(desc = "When a subject of a cohort has reached a step; the other modes have no use for it.", default)] order: FunnelOrder,
        #[graphql(desc = "The keys of the stages that are steps, in order, at most 32. Default: the main stages from ENGAGED to CLOSED.")]
        stages: Option<Vec<String>>,
        #[graphql(desc = "Who is counted.", default)] subject: FunnelSubject,
        #[graphql(desc = "COHORT: how long after the entry every step has to be reached. Default: for ever.")] window: Option<Duration>,
        #[graphql(desc = "COHORT: windows of single steps, in place of the funnel's.")] step_windows: Option<Vec<FunnelStepWindowInput>>,
        #[graphql(desc = "By what the answer is split.")] breakdown: Option<FunnelBreakdownInput>,
        #[graphql(desc = "COHORT: what removes a subject, at most 32.")] exclusions: Option<Vec<FunnelExclusionInput>>,
        #[graphql(
            desc = "Go on after the event of this number, and say nothing as long as nothing has moved since. Default: begin with how \
            it stands now."
        )]
        after: Option<i32>,
    ) -> Result<Said<FunnelChanged>> {
        let scope = ctx.authorize::<FunnelRead>()?;
        let asked = Asked { period, pipeline, mode, order, stages, subject, window, step_windows, breakdown, exclusions, as_of: None };
        let question = asked.question(None)?;
        let Some(sequence) = figures(ctx, MOVED_BY, after).await? else { return Ok(Said::Nothing) };
        let report = service::funnel(&scope, question).await?;
        Ok(Said::Something(FunnelChanged { sequence, funnel: Funnel::new(report, scope.reach(), 0) }))
    }
}

/// The funnel after an event.
#[derive(Clone, Debug, SimpleObject)]
pub struct FunnelChanged {
    /// The number of an event up to which everything is in it; go on after it.
    sequence: i32,
    /// The funnel.
    funnel: Funnel,
}
