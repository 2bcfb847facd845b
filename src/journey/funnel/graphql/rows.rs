//! The subjects behind a number of the funnel.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object, SimpleObject};

use super::answer::stage;
use crate::breakdown::graphql::BreakdownGroup;
use crate::breakdown::service::Value;
use crate::buyers::graphql::{Account, Person};
use crate::connections;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::scalar::{DateTime, int};
use crate::journey::funnel::service::{Report, Row, RowState};
use crate::journey::graphql::Stage;
use crate::journey::service::Subject;

/// Points one walk through the facts costs, so that a document cannot ask for many of them.
const WALK_COST: usize = 200;

/// Points a page of rows costs.
pub(super) fn rows_cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    page_cost(first, last, child).saturating_add(WALK_COST)
}

/// The id of a person or account.
pub(super) fn subject_id(subject: Subject) -> ID {
    match subject {
        Subject::Person(id) => ID(id.to_string()),
        Subject::Account(id) => ID(id.to_string()),
    }
}

/// The person, where it is one that the caller sees.
pub(super) async fn person_of(ctx: &Context<'_>, subject: Subject) -> Result<Option<Person>> {
    match subject {
        Subject::Person(id) => Person::find(ctx, id).await,
        Subject::Account(_) => Ok(None),
    }
}

/// The account, where it is one that the caller sees.
pub(super) async fn account_of(ctx: &Context<'_>, subject: Subject) -> Result<Option<Account>> {
    match subject {
        Subject::Account(id) => Account::find(ctx, id).await,
        Subject::Person(_) => Ok(None),
    }
}

/// One subject and how far it got.
#[derive(Clone, Debug, Description)]
pub struct FunnelRow {
    report: Arc<Report>,
    row: Row,
}

impl From<(Arc<Report>, Row)> for FunnelRow {
    fn from((report, row): (Arc<Report>, Row)) -> Self {
        Self { report, row }
    }
}

connections! {
    FunnelRowConnection, FunnelRowEdge, FunnelRow, "the subjects behind a number", visibility;
}

#[Object(use_type_description)]
impl FunnelRow {
    /// The id of the person or account.
    async fn subject_id(&self) -> ID {
        subject_id(self.row.subject)
    }

    /// The person; null where accounts are counted.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        person_of(ctx, self.row.subject).await
    }

    /// The account; null where people are counted.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        account_of(ctx, self.row.subject).await
    }

    /// When it entered the funnel (COHORT), first entered a step in the period (PERIOD), or came to where it stands (STOCK).
    async fn entered_at(&self) -> DateTime {
        DateTime(self.row.entered_at)
    }

    /// The segments it belongs to, of those the answer is split by; empty elsewhere.
    async fn segments(&self) -> Vec<BreakdownGroup> {
        self.row.sets.iter().copied().map(BreakdownGroup::from).collect()
    }

    /// Whether its time is not yet over, so that it counts in naive rates only.
    async fn pending(&self) -> bool {
        self.row.state == RowState::Pending
    }

    /// Whether an exclusion removed it.
    async fn excluded(&self) -> bool {
        self.row.state == RowState::Excluded
    }

    /// Whether a backdated event counts for a step.
    async fn backdated(&self) -> bool {
        self.row.backdated
    }

    /// The furthest step it reached; null where it stands before the first one or beside the way.
    async fn furthest_stage(&self) -> Result<Option<Stage>> {
        self.row.steps.last().map(|last| stage(&self.report, last.step)).transpose()
    }

    /// The steps it reached, in the order of the funnel.
    async fn steps(&self) -> Result<Vec<FunnelRowStep>> {
        let reached = self.row.steps.iter();
        reached
            .map(|reached| {
                Ok(FunnelRowStep {
                    stage: stage(&self.report, reached.step)?,
                    reached_at: DateTime(reached.at),
                    visits: reached.visits.map(int),
                    value: reached.value.map(Value::key),
                })
            })
            .collect()
    }
}

/// A step a subject reached.
#[derive(Clone, Debug, SimpleObject)]
pub struct FunnelRowStep {
    /// The stage it stands for.
    stage: Stage,
    /// When it was reached.
    reached_at: DateTime,
    /// Times its very stage was entered; null in STOCK.
    visits: Option<i32>,
    /// The value of the breakdown the subject counts with there; null where it has none, and for SEGMENT.
    value: Option<String>,
}
