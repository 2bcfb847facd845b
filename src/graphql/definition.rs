//! What the metrics mean.

use async_graphql::{Context, Object};

use super::context::Authorize;
use super::metric::MetricDefinition;
use crate::auth::permission::grant::DefinitionRead;
use crate::error::Result;
use crate::metrics::definition;

/// Asking what the metrics mean.
#[derive(Debug, Default)]
pub struct DefinitionQuery;

#[Object]
impl DefinitionQuery {
    /// Every metric with its formula; each answer cites one.
    async fn metric_definitions(&self, ctx: &Context<'_>) -> Result<Vec<MetricDefinition>> {
        ctx.authorize::<DefinitionRead>()?;
        Ok(definition::ALL.iter().copied().map(MetricDefinition::from).collect())
    }
}
