//! The opportunities and blockers behind a number.

use async_graphql::{ComplexObject, Context, Enum, SimpleObject};
use entity::kinds::{BlockerKind, OpportunityOutcome};

use crate::auth::permission::grant::OpportunityRead;
use crate::breakdown::graphql::{BreakdownGroup, BreakdownGroupInput};
use crate::connections;
use crate::db::PageRequest;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::scalar::{DateTime, Decimal};
use crate::metrics::durations::elapsed_days;
use crate::metrics::pipeline::Counted;
use crate::pipeline::graphql::{Blocker, Opportunity};
use crate::pipeline::report::service::{self, Report, RowWanted, opportunity_rows};

/// Points one walk through the facts costs, so that a document cannot ask for many of them.
const WALK_COST: usize = 200;

/// Points a page of rows costs.
pub(super) fn rows_cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    page_cost(first, last, child).saturating_add(WALK_COST)
}

/// How opportunities count.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::pipeline::report::service::RowState")]
pub enum PipelineRowState {
    /// In any way.
    #[default]
    All,
    /// Not ended.
    Open,
    /// Won or lost.
    Decided,
    /// Won.
    Won,
    /// Lost, for whatever reason.
    Lost,
    /// Lost to a competitor.
    LostToCompetitor,
    /// Ended without a decision.
    NoDecision,
    /// Disqualified or recorded twice: outside of every rate.
    Excluded,
}

/// One opportunity, as it counts.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct PipelineRow {
    /// When it began.
    opened_at: DateTime,
    /// How it ended; null where it counts as open.
    outcome: Option<OpportunityOutcome>,
    /// When it ended; null where it counts as open.
    closed_at: Option<DateTime>,
    /// The groups it is in: none where the answer is not split or it has no value, several for SEGMENT alone.
    groups: Vec<BreakdownGroup>,
    #[graphql(skip)]
    row: service::OpportunityRow,
}

impl From<service::OpportunityRow> for PipelineRow {
    fn from(row: service::OpportunityRow) -> Self {
        Self {
            opened_at: DateTime(row.opened_at),
            outcome: row.closed.map(|(_, outcome)| outcome),
            closed_at: row.closed.map(|(at, _)| DateTime(at)),
            groups: row.values.iter().copied().map(BreakdownGroup::from).collect(),
            row,
        }
    }
}

#[ComplexObject]
impl PipelineRow {
    /// The opportunity.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Opportunity> {
        Opportunity::find(ctx, self.row.id).await?.ok_or(Error::broken("a row has its opportunity"))
    }
}

connections! {
    PipelineRowConnection, PipelineRowEdge, PipelineRow, "the opportunities behind a number", visibility;
}

/// The four arguments of a page, as they were given.
pub(super) struct Paged {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

impl Paged {
    pub(super) fn read(&self) -> Result<PageRequest> {
        PageRequest::new(self.first, self.after.as_deref(), self.last, self.before.as_deref())
    }
}

/// A page of the opportunities behind a number.
pub(super) async fn rows_of(
    ctx: &Context<'_>,
    (report, point, which): (&Report, usize, Counted),
    page: &Paged,
    group: Option<BreakdownGroupInput>,
    state: PipelineRowState,
    blocked: Option<(Option<BlockerKind>, bool)>,
) -> Result<PipelineRowConnection> {
    let page = page.read()?;
    let wanted = RowWanted { which, state: state.into(), group: group.map(|group| group.value), blocked };
    let scope = ctx.authorize::<OpportunityRead>()?;
    let rows = opportunity_rows(&scope, report, point, &wanted, page, wants(ctx, "totalCount")).await?;
    Ok(PipelineRowConnection::new(rows, scope.reach()))
}

/// Whether blockers are resolved.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::pipeline::report::service::BlockerState")]
pub enum BlockerRowState {
    /// Whether they are or not.
    #[default]
    All,
    /// They are not.
    Open,
    /// They are.
    Resolved,
}

/// One blocker, as it counts.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct BlockerRow {
    /// What it is.
    kind: BlockerKind,
    /// Since when it is known.
    raised_at: DateTime,
    /// When it was resolved; null where it counts as open.
    resolved_at: Option<DateTime>,
    /// How long it lasted, or had lasted at the instant of the question, in days of 24 hours.
    days: Decimal,
    /// The groups its opportunity is in: none where the answer is not split or it has no value, several for SEGMENT alone.
    groups: Vec<BreakdownGroup>,
    #[graphql(skip)]
    row: service::BlockerRow,
}

impl From<service::BlockerRow> for BlockerRow {
    fn from(row: service::BlockerRow) -> Self {
        Self {
            kind: row.kind,
            raised_at: DateTime(row.raised_at),
            resolved_at: row.resolved_at.map(DateTime),
            days: Decimal(elapsed_days(row.micros)),
            groups: row.values.iter().copied().map(BreakdownGroup::from).collect(),
            row,
        }
    }
}

#[ComplexObject]
impl BlockerRow {
    /// The blocker.
    async fn blocker(&self, ctx: &Context<'_>) -> Result<Blocker> {
        Blocker::find(ctx, self.row.id).await?.ok_or(Error::broken("a row has its blocker"))
    }
}

connections! {
    BlockerRowConnection, BlockerRowEdge, BlockerRow, "the blockers behind a number", visibility;
}
