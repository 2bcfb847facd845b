//! What an insight tells: about what, by which figures, and how to ask again.

use async_graphql::{Context, Description, Enum, Object, SimpleObject};
use entity::kinds::{BlockerKind, Channel, RejectReason, Resource};
use entity::money::{self, CurrencyCode};

use crate::agreements::graphql::ServiceAgreement;
use crate::auth::permission::grant::{AgreementRead, BuyerRead, GoalRead, TacticRead};
use crate::error::Result;
use crate::goals::graphql::Goal;
use crate::graphql::context::Authorize;
use crate::graphql::metric::Money;
use crate::graphql::scalar::{Decimal, Json, int};
use crate::insights::service::Question;
use crate::journey::graphql::{Content, Tactic};
use crate::metrics::insight::{Figures, Subject, Topic};
use crate::segments::graphql::Segment;

/// What an insight says, without its figures: for whoever writes it in another language.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::insight::Statement")]
pub enum InsightStatementKey {
    /// A goal is behind: `observed` is its pace, which is below `threshold`, after `count` days.
    GoalBehind,
    /// A goal was missed: `observed` is its attainment.
    GoalMissed,
    /// Of `count` closes the ledger gives a resource `observed` percentage points more than evidence does.
    LedgerAboveEvidence,
    /// Of `count` closes the ledger gives a resource fewer percentage points than evidence does: `observed` is below zero.
    LedgerBelowEvidence,
    /// A resource spent `cost` and closed nothing.
    NothingClosed,
    /// A resource spent `cost` and closed nothing, as in the period before.
    NothingClosedAgain,
    /// `observed` percent of what was offered was rejected for a reason, after `baseline` percent in the period before.
    RejectedMoreOften,
    /// A side of an agreement was late `observed` times in a row, of `count` times that are decided.
    LateInARow,
    /// `observed` blockers of a kind are open, where there were `baseline` when the period began.
    MoreBlockers,
    /// Something has a share of `observed` of the touches of a segment, and of `baseline` of those of all others.
    CaresMore,
}

/// What an insight is about: what it names, all else is null.
#[derive(Clone, Copy, Debug, Description)]
pub struct InsightSubject(pub(super) Subject);

impl InsightSubject {
    const fn topic(&self) -> Option<Topic> {
        if let Subject::Interest { topic, .. } = self.0 { Some(topic) } else { None }
    }
}

#[Object(use_type_description)]
impl InsightSubject {
    /// Names it: the same for all insights about it.
    async fn key(&self) -> String {
        self.0.to_string()
    }

    /// The goal; null also where you may not read goals.
    async fn goal(&self, ctx: &Context<'_>) -> Result<Option<Goal>> {
        match self.0 {
            Subject::Goal(id) if ctx.permits::<GoalRead>() => Goal::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The resource; of an agreement the side that owes.
    async fn resource(&self) -> Option<Resource> {
        match self.0 {
            Subject::Resource(resource) | Subject::Side { resource, .. } => Some(resource),
            _ => None,
        }
    }

    /// The agreement; null also where you may not read agreements.
    async fn agreement(&self, ctx: &Context<'_>) -> Result<Option<ServiceAgreement>> {
        match self.0 {
            Subject::RejectReason { agreement, .. } | Subject::Side { agreement, .. } if ctx.permits::<AgreementRead>() => {
                ServiceAgreement::find(ctx, agreement).await
            }
            _ => Ok(None),
        }
    }

    /// Why what is offered under the agreement is rejected.
    async fn reject_reason(&self) -> Option<RejectReason> {
        if let Subject::RejectReason { reason, .. } = self.0 { Some(reason) } else { None }
    }

    /// What holds buyers back; of a segment, that it cares for content about that.
    async fn blocker(&self) -> Option<BlockerKind> {
        match (self.0, self.topic()) {
            (Subject::Blockers(kind), _) | (_, Some(Topic::Blocker(kind))) => Some(kind),
            _ => None,
        }
    }

    /// The segment; null also where you may not read buyers.
    async fn segment(&self, ctx: &Context<'_>) -> Result<Option<Segment>> {
        match self.0 {
            Subject::Interest { segment, .. } if ctx.permits::<BuyerRead>() => Segment::find(ctx, segment).await,
            _ => Ok(None),
        }
    }

    /// The channel it cares for.
    async fn channel(&self) -> Option<Channel> {
        if let Some(Topic::Channel(channel)) = self.topic() { Some(channel) } else { None }
    }

    /// The tactic it cares for; null also where you may not read tactics.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.topic() {
            Some(Topic::Tactic(id)) if ctx.permits::<TacticRead>() => Tactic::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The content it cares for; null also where you may not read content.
    async fn content(&self, ctx: &Context<'_>) -> Result<Option<Content>> {
        match self.topic() {
            Some(Topic::Content(id)) if ctx.permits::<TacticRead>() => Content::find(ctx, id).await,
            _ => Ok(None),
        }
    }
}

/// The figures that say so. What was observed, the threshold and the baseline are in one unit: points of a percentage for CREDIT_GAP,
/// percent for REJECT_REASON_DRIFT, parts of a whole for GOAL_OFF_PACE and AUDIENCE_INTEREST, else numbers.
#[derive(Clone, Debug, SimpleObject)]
pub struct InsightFigures {
    /// What there is.
    observed: Decimal,
    /// From where on it is as bad as that; of a goal, below which.
    threshold: Decimal,
    /// What there was before, or is elsewhere; null where nothing is compared.
    baseline: Option<Decimal>,
    /// How many stand behind it.
    count: i32,
    /// What was spent; null where nothing was spent for nothing, and where it cannot be priced.
    cost: Option<Money>,
}

impl InsightFigures {
    /// Shows figures, with the currency of what was spent.
    pub(super) fn new(figures: &Figures, currency: CurrencyCode) -> Self {
        Self {
            observed: Decimal(figures.observed),
            threshold: Decimal(figures.threshold),
            baseline: figures.baseline.map(Decimal),
            count: int(figures.count),
            cost: figures.cost_minor.map(|minor| money::Money::from_minor(minor, currency).into()),
        }
    }
}

/// A question of this API that can be sent as it is.
#[derive(Clone, Debug, SimpleObject)]
pub struct InsightQuestion {
    /// The document.
    document: String,
    /// Its variables.
    variables: Json,
    /// Where in `data` the answer stands: names of fields with dots between; `[name=x]` takes the item of a list whose field `name` is
    /// `x`.
    path: String,
}

impl From<Question> for InsightQuestion {
    fn from(Question { document, variables, path }: Question) -> Self {
        Self { document, variables: Json(variables), path }
    }
}
