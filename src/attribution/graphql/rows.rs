//! The rows behind what evidence says.

use async_graphql::{Context, Description, Object};

use crate::attribution::service::{self, key_of};
use crate::auth::permission::grant::{CloseRead, JourneyRead};
use crate::connections;
use crate::credit::graphql::Close;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::Authorize;
use crate::graphql::metric::Money;
use crate::graphql::scalar::Decimal;
use crate::journey::graphql::Touch;

/// Points one walk through the facts costs, so that a document cannot ask for many of them.
const WALK_COST: usize = 200;

/// Decimal places of closes: parts are counted in billionths.
const PLACES: u32 = 9;

/// Points a page of rows costs.
pub(super) fn rows_cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    page_cost(first, last, child).saturating_add(WALK_COST)
}

/// Closes from billionths.
pub(super) fn closes(billionths: i64) -> Decimal {
    Decimal(rust_decimal::Decimal::new(billionths, PLACES))
}

/// What a touch earned of a close.
#[derive(Clone, Debug, Description)]
pub struct AttributionRow(service::AttributionRow);

impl From<service::AttributionRow> for AttributionRow {
    fn from(row: service::AttributionRow) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl AttributionRow {
    /// The close.
    async fn close(&self, ctx: &Context<'_>) -> Result<Option<Close>> {
        if ctx.permits::<CloseRead>() { Close::find(ctx, self.0.close).await } else { Ok(None) }
    }

    /// The touch; null where none counts, or where you may not read it.
    async fn touch(&self, ctx: &Context<'_>) -> Result<Option<Touch>> {
        match self.0.touch {
            Some(touch) if ctx.permits::<JourneyRead>() => Touch::find(ctx, touch).await,
            _ => Ok(None),
        }
    }

    /// The key of the line.
    async fn line(&self) -> String {
        key_of(self.0.line)
    }

    /// How much of the close.
    async fn closes(&self) -> Decimal {
        closes(self.0.closes)
    }

    /// How much of what is left of its value; null for a close without a rate for its currency.
    async fn value(&self) -> Option<Money> {
        self.0.value.map(Money::from)
    }
}

connections! {
    AttributionRowConnection, AttributionRowEdge, AttributionRow, "what touches earned of closes", visibility;
}
