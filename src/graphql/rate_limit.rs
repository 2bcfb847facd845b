//! What is left to spend, asked as a field.

use async_graphql::{Context, Object, SimpleObject};

use super::context::Authorize;
use super::meter::Meter;
use super::scalar::{DateTime, int};
use crate::error::Result;

/// What you may still ask for. Every document costs points, which come back steadily within a minute; the same figures stand
/// in `extensions.cost` and in the `RateLimit` header of every answer.
#[derive(SimpleObject)]
pub struct RateLimit {
    /// Points of a full budget, and those it gains in a minute.
    limit: i32,
    /// Points this document costs.
    cost: i32,
    /// Points that are left.
    remaining: i32,
    /// When the budget is full again, if nothing more is spent.
    reset_at: DateTime,
}

/// Asking what is left to spend.
#[derive(Debug, Default)]
pub struct RateLimitQuery;

#[Object]
impl RateLimitQuery {
    /// What you may still ask for: the tighter of your own budget and your organization's. Null where nothing is limited.
    async fn rate_limit(&self, ctx: &Context<'_>) -> Result<Option<RateLimit>> {
        ctx.caller()?;
        let reading = ctx.data_opt::<Meter>().and_then(Meter::reading);
        let tightest = reading.and_then(|reading| Some((reading.cost, reading.receipt.tightest()?)));
        Ok(tightest.map(|(cost, balance)| RateLimit {
            limit: int(balance.maximum),
            cost: int(cost),
            remaining: int(balance.remaining),
            reset_at: DateTime(balance.full_at),
        }))
    }
}
