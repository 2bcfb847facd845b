//! Hearing of closes and their credit.

use async_graphql::{Context, Object, SimpleObject};
use entity::kinds::{EventTopic, Resource};

use super::{Close, CreditBatch};
use crate::auth::permission::grant::{CloseRead, CreditRead};
use crate::error::Result;
use crate::events::graphql::{Said, each};
use crate::graphql::context::Authorize;

/// Hearing of closes and their credit.
#[derive(Debug, Default)]
pub struct CreditSubscription;

#[Object]
impl CreditSubscription {
    /// Each close that is recorded, of those you may see.
    async fn close_recorded(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on after the event of this number. Default: from now on.")] after: Option<i32>,
    ) -> Result<Said<CloseRecorded>> {
        ctx.authorize::<CloseRead>()?;
        let Some(heard) = each(ctx, EventTopic::Close, after).await? else { return Ok(Said::Nothing) };
        let close = Close::find(ctx, heard.object()?).await?;
        Ok(close.map(|close| CloseRecorded { sequence: heard.sequence(), close }).into())
    }

    /// Each group of postings by which credit is opened, moved or taken back, of those you may see.
    async fn credit_moved(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those that change what this resource holds. Default: all.")] resource: Option<Resource>,
        #[graphql(desc = "Go on after the event of this number. Default: from now on.")] after: Option<i32>,
    ) -> Result<Said<CreditMoved>> {
        ctx.authorize::<CreditRead>()?;
        let Some(heard) = each(ctx, EventTopic::Credit, after).await? else { return Ok(Said::Nothing) };
        let Some(batch) = CreditBatch::find(ctx, heard.object()?).await? else { return Ok(Said::Nothing) };
        let wanted = match resource {
            Some(resource) => batch.rows(ctx).await?.iter().any(|row| row.resource == resource),
            None => true,
        };
        Ok(wanted.then(|| CreditMoved { sequence: heard.sequence(), batch }).into())
    }
}

/// That a close was recorded.
#[derive(Clone, Debug, SimpleObject)]
pub struct CloseRecorded {
    /// The number of the event; go on after it.
    sequence: i32,
    /// The close.
    close: Close,
}

/// That credit was opened, moved or taken back.
#[derive(Clone, Debug, SimpleObject)]
pub struct CreditMoved {
    /// The number of the event; go on after it.
    sequence: i32,
    /// The postings.
    batch: CreditBatch,
}
