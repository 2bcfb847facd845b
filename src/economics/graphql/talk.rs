//! The API of word of mouth.

use std::sync::Arc;

use async_graphql::{Context, Description, Object};

use super::ANSWER_COST;
use crate::auth::permission::grant::CloseRead;
use crate::connections;
use crate::credit::graphql::Close;
use crate::db::PageRequest;
use crate::economics::service::{Talk, TalkRow};
use crate::error::{Error, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::Authorize;
use crate::graphql::metric::{MetricDefinition, PeriodOutput, RatioMetric};
use crate::metrics::definition::WORD_OF_MOUTH;

/// How much was won in a period because people talk, and how much by that alone.
#[derive(Clone, Debug, Description)]
pub struct WordOfMouth(pub(super) Arc<Talk>);

#[Object(use_type_description)]
impl WordOfMouth {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        WORD_OF_MOUTH.into()
    }

    /// The days in which the closes were won.
    async fn period(&self) -> PeriodOutput {
        (&self.0.period).into()
    }

    /// Closes with word of mouth behind them, over all.
    async fn share(&self) -> Result<RatioMetric> {
        Ok(RatioMetric::new(&self.0.counted.share().map_err(Error::internal)?, WORD_OF_MOUTH.unit))
    }

    /// Closes by that alone, without Sales and without Marketing, over all.
    async fn community_alone_share(&self) -> Result<RatioMetric> {
        Ok(RatioMetric::new(&self.0.counted.alone_share().map_err(Error::internal)?, WORD_OF_MOUTH.unit))
    }

    /// The closes, of those whose credit you may see, in the order in which they were won.
    #[graphql(complexity = "ANSWER_COST + page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a page and what the rows are narrowed to")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those with word of mouth behind them, or those without.")] word_of_mouth: Option<bool>,
        #[graphql(desc = "Those by that alone, or the others.")] community_alone: Option<bool>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<WordOfMouthRowConnection> {
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let (rows, visibility) = self.0.rows(&ctx.authorize()?, (word_of_mouth, community_alone), page).await?;
        Ok(WordOfMouthRowConnection::new(rows, visibility))
    }
}

/// A close and what is behind it.
#[derive(Clone, Debug, Description)]
pub struct WordOfMouthRow(TalkRow);

impl From<TalkRow> for WordOfMouthRow {
    fn from(row: TalkRow) -> Self {
        Self(row)
    }
}

connections! {
    WordOfMouthRowConnection, WordOfMouthRowEdge, WordOfMouthRow, "closes and what is behind them", visibility;
}

#[Object(use_type_description)]
impl WordOfMouthRow {
    /// The close; null where you may not read closes.
    async fn close(&self, ctx: &Context<'_>) -> Result<Option<Close>> {
        if ctx.permits::<CloseRead>() { Close::find(ctx, self.0.close).await } else { Ok(None) }
    }

    /// Whether word of mouth is behind it.
    async fn word_of_mouth(&self) -> bool {
        self.0.behind.word_of_mouth
    }

    /// Whether that alone is.
    async fn community_alone(&self) -> bool {
        self.0.behind.community_alone
    }
}
