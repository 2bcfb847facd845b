//! The rows behind what a close costs.

use async_graphql::connection::PageInfo;
use async_graphql::{Context, Description, Enum, Object, SimpleObject, Union};
use entity::ids::{CloseId, CostEntryId};
use entity::kinds::Resource;

use super::CostEntry;
use crate::auth;
use crate::auth::permission::grant::CloseRead;
use crate::costs::service::{Contribution, ContributionOf};
use crate::credit::graphql::Close;
use crate::db::Listing;
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::Authorize;
use crate::graphql::metric::{Money, Visibility};
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

/// One of the contributions and its place in the list.
#[derive(SimpleObject)]
pub struct CostPerCloseRowEdge {
    /// Its place, for `after` and `before`.
    cursor: String,
    /// What stands there.
    node: CostPerCloseRow,
}

/// A page of the contributions to one line or to all of them.
#[derive(Description)]
pub struct CostPerCloseRowConnection {
    rows: Listing<CostPerCloseRow>,
    visibility: auth::Visibility,
}

impl CostPerCloseRowConnection {
    pub(super) fn new(rows: Listing<Contribution>, visibility: auth::Visibility) -> Self {
        Self { rows: rows.map(CostPerCloseRow::from), visibility }
    }
}

#[Object(use_type_description)]
impl CostPerCloseRowConnection {
    /// The rows with their places.
    async fn edges(&self) -> Vec<CostPerCloseRowEdge> {
        let items = self.rows.page.items.iter();
        items.map(|(cursor, node)| CostPerCloseRowEdge { cursor: cursor.encode(), node: node.clone() }).collect()
    }

    /// The rows.
    async fn nodes(&self) -> Vec<CostPerCloseRow> {
        self.rows.page.items.iter().map(|(_, node)| node.clone()).collect()
    }

    /// Whether there is more, and where to go on.
    async fn page_info(&self) -> PageInfo {
        let page = &self.rows.page;
        PageInfo {
            has_previous_page: page.has_previous,
            has_next_page: page.has_next,
            start_cursor: page.items.first().map(|(cursor, _)| cursor.encode()),
            end_cursor: page.items.last().map(|(cursor, _)| cursor.encode()),
        }
    }

    /// Rows in all pages together.
    async fn total_count(&self) -> Option<i32> {
        self.rows.total.map(|total| i32::try_from(total).unwrap_or(i32::MAX))
    }

    /// What you could not see. Where it is not complete, rows are left out and the others sum to less than the line.
    async fn visibility(&self) -> Visibility {
        self.visibility.into()
    }
}
