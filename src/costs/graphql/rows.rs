//! The rows behind what a close costs.

use async_graphql::{Context, Description, Enum, Object, Union};
use entity::ids::{CloseId, CloseMovementId, CostEntryId};
use entity::kinds::Resource;

use super::CostEntry;
use crate::auth::permission::grant::CloseRead;
use crate::connections;
use crate::costs::service::{Contribution, ContributionOf};
use crate::credit::graphql::{Close, CloseMovement};
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::Authorize;
use crate::graphql::metric::Money;
use crate::graphql::scalar::{LocalDate, int};

/// Points one walk through the facts costs, so that a document cannot ask for many of them.
const WALK_COST: usize = 200;

/// Points a page of rows costs.
pub(super) fn rows_cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    page_cost(first, last, child).saturating_add(WALK_COST)
}

/// Which contributions are wanted.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(name = "CostPerCloseSide")]
pub enum RowSide {
    /// Credit of closes.
    Closes,
    /// Parts of cost entries.
    Costs,
}

/// One contribution to a line.
#[derive(Clone, Debug, Union)]
pub enum CostPerCloseRow {
    /// Credit of a close.
    Close(CloseCreditRow),
    /// Part of a cost entry.
    Cost(CostRow),
}

/// Credit of a close that a line got.
#[derive(Clone, Debug, Description)]
pub struct CloseCreditRow {
    close: CloseId,
    movement: Option<CloseMovementId>,
    line: String,
    resource: Resource,
    basis_points: i32,
    value: Option<Money>,
    monthly: Option<Money>,
}

#[Object(use_type_description)]
impl CloseCreditRow {
    /// The close; null where you may not read closes.
    async fn close(&self, ctx: &Context<'_>) -> Result<Option<Close>> {
        if ctx.permits::<CloseRead>() { Close::find(ctx, self.close).await } else { Ok(None) }
    }

    /// The movement that is booked, where movements count when they happened; null for the close itself, and where you may not
    /// read closes.
    async fn movement(&self, ctx: &Context<'_>) -> Result<Option<CloseMovement>> {
        match self.movement {
            Some(id) if ctx.permits::<CloseRead>() => CloseMovement::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The key of the line.
    async fn line(&self) -> &str {
        &self.line
    }

    /// The resource that holds the credit.
    async fn resource(&self) -> Resource {
        self.resource
    }

    /// How much of the close, of 10 000; negative where a movement takes it back.
    async fn basis_points(&self) -> i32 {
        self.basis_points
    }

    /// The value credited, negative where a movement takes it back; null without a rate for its currency.
    async fn value(&self) -> Option<Money> {
        self.value.clone()
    }

    /// What a new customer brings each month of it, negative where a movement takes it back; null without a rate for its currency.
    async fn new_monthly(&self) -> Option<Money> {
        self.monthly.clone()
    }
}

/// Part of a cost entry that a line bears.
#[derive(Clone, Debug, Description)]
pub struct CostRow {
    cost: CostEntryId,
    line: String,
    resource: Resource,
    amount: Money,
    first_on: LocalDate,
    last_on: LocalDate,
}

#[Object(use_type_description)]
impl CostRow {
    /// The cost entry.
    async fn cost_entry(&self, ctx: &Context<'_>) -> Result<CostEntry> {
        CostEntry::find(ctx, self.cost).await?.ok_or(Error::broken("a row shows only what the caller may see"))
    }

    /// The key of the line.
    async fn line(&self) -> &str {
        &self.line
    }

    /// The resource that bears it.
    async fn resource(&self) -> Resource {
        self.resource
    }

    /// The cost borne.
    async fn amount(&self) -> Money {
        self.amount.clone()
    }

    /// The first day of the entry that it is for.
    async fn first_on(&self) -> LocalDate {
        self.first_on
    }

    /// The last day of the entry that it is for.
    async fn last_on(&self) -> LocalDate {
        self.last_on
    }
}

connections! {
    CostPerCloseRowConnection, CostPerCloseRowEdge, CostPerCloseRow, "the contributions to one line or to all of them", visibility;
}

impl From<Contribution> for CostPerCloseRow {
    fn from(row: Contribution) -> Self {
        let (line, resource) = (row.line.key(), row.resource);
        match row.of {
            ContributionOf::Close { id, movement, basis_points, value, monthly } => Self::Close(CloseCreditRow {
                close: id,
                movement,
                line,
                resource,
                basis_points: int(basis_points),
                value: value.map(Money::from),
                monthly: monthly.map(Money::from),
            }),
            ContributionOf::Cost { id, amount, days } => Self::Cost(CostRow {
                cost: id,
                line,
                resource,
                amount: amount.into(),
                first_on: LocalDate(days.first()),
                last_on: LocalDate(days.last()),
            }),
        }
    }
}
