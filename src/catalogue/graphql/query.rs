//! Asking for metrics by their keys.

use async_graphql::{Context, Object};

use super::answer::{MetricSeries, MetricValue};
use super::args::MetricArgsInput;
use crate::auth::permission::grant::DefinitionRead;
use crate::catalogue::service::{self, Metric, MetricQuestion};
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::metric::{Grain, MetricDefinition, PeriodInput, trend_cost};
use crate::graphql::scalar::DateTime;
use crate::metrics::definition;

/// Points a metric costs: some walk through the touches of half a year.
const METRIC_COST: usize = 50;

/// Asking for metrics by their keys.
#[derive(Debug, Default)]
pub struct CatalogueQuery;

fn question(
    (key, args): (String, Option<MetricArgsInput>),
    period: &PeriodInput,
    grain: Option<Grain>,
    as_of: Option<DateTime>,
) -> Result<MetricQuestion> {
    let args = args.unwrap_or_default().read("args")?;
    Ok(MetricQuestion { metric: Metric { key, args }, period: period.into(), grain: grain.map(Into::into), as_of: as_of.map(|at| at.0) })
}

#[Object]
impl CatalogueQuery {
    /// Every metric with its formula; each answer cites one.
    async fn metric_definitions(&self, ctx: &Context<'_>) -> Result<Vec<MetricDefinition>> {
        ctx.authorize::<DefinitionRead>()?;
        Ok(definition::ALL.iter().copied().map(MetricDefinition::from).collect())
    }

    /// Any metric by its key: the value that the field of its own tells.
    #[graphql(complexity = "METRIC_COST + child_complexity")]
    async fn metric(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key of its definition.")] key: String,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "What it is told besides.")] args: Option<MetricArgsInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<MetricValue> {
        let question = question((key, args), &period, None, as_of)?;
        MetricValue::whole(service::measure(&ctx.authorize::<DefinitionRead>()?, question).await?)
    }

    /// Any metric in each part of a period, each as `metric` would answer for that part alone.
    #[graphql(complexity = "METRIC_COST + trend_cost(&period, grain, child_complexity)")]
    async fn metric_series(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key of its definition.")] key: String,
        #[graphql(desc = "The days it is about.")] period: PeriodInput,
        #[graphql(desc = "Into what the period is divided.")] grain: Grain,
        #[graphql(desc = "What it is told besides.")] args: Option<MetricArgsInput>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<MetricSeries> {
        let question = question((key, args), &period, Some(grain), as_of)?;
        let found = service::measure(&ctx.authorize::<DefinitionRead>()?, question).await?;
        Ok(MetricSeries::new(*found.definition, (&found.period, grain, found.as_of), found.reach, MetricValue::parts(&found)))
    }
}
