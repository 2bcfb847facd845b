//! The rows behind what a close costs.

use async_graphql::{Context, Description, Enum, Object, Union};
use entity::ids::{CloseId, CostEntryId};
use entity::kinds::Resource;

use super::CostEntry;
use crate::auth::permission::grant::CloseRead;
use crate::connections;
use crate::costs::service::{Contribution, ContributionOf};
use crate::credit::graphql::Close;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::Authorize;
use crate::graphql::metric::Money;
use crate::graphql::scalar::LocalDate;

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
    line: String,
    resource: Resource,
    basis_points: i32,
    value: Option<Money>,
}

#[Object(use_type_description)]
impl CloseCreditRow {
    /// The close; null where you may not read closes.
    async fn close(&self, ctx: &Context<'_>) -> Result<Option<Close>> {
        if ctx.permits::<CloseRead>() { Close::find(ctx, self.close).await } else { Ok(None) }
    }

    /// The key of the line.
    async fn line(&self) -> &str {
        &self.line
    }

    /// The resource that holds the credit.
    async fn resource(&self) -> Resource {
        self.resource
    }

    /// How much of the close, of 10 000.
    async fn basis_points(&self) -> i32 {
        self.basis_points
    }

    /// The value credited; null for a close in another currency.
    async fn value(&self) -> Option<Money> {
        self.value.clone()
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
            ContributionOf::Close { id, basis_points, value } => Self::Close(CloseCreditRow {
                close: id,
                line,
                resource,
                basis_points: i32::try_from(basis_points).unwrap_or(i32::MAX),
                value: value.map(Money::from),
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
