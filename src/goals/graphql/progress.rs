//! How far a goal has come.

use async_graphql::{Context, Description, Object, SimpleObject};

use super::goal::GoalTarget;
use crate::auth::permission::grant::{AgreementRead, CostPerCloseRead, DefinitionRead, FunnelRead};
use crate::catalogue::graphql::MetricValue;
use crate::error::{Error, Result};
use crate::goals::service;
use crate::graphql::context::Authorize;
use crate::graphql::metric::RatioMetric;
use crate::graphql::scalar::{DateTime, Decimal, int};
use crate::metrics::definition::{Access, Definition, Unit};
use crate::metrics::goal::Elapsed;

/// Goes on where the caller may read a metric.
///
/// # Errors
/// [`Error::Forbidden`](crate::error::Error::Forbidden) where they may not.
pub(super) fn may_measure(ctx: &Context<'_>, definition: &Definition) -> Result<()> {
    ctx.authorize::<DefinitionRead>()?;
    match definition.access {
        Access::Funnel => ctx.authorize::<FunnelRead>().map(drop),
        Access::CostPerClose => ctx.authorize::<CostPerCloseRead>().map(drop),
        Access::Agreement => ctx.authorize::<AgreementRead>().map(drop),
    }
}

/// How far a goal has come, by what its metric says. Nothing of it is kept: it is reckoned whenever it is asked for.
#[derive(Clone, Debug, Description)]
pub struct GoalProgress(service::GoalProgress);

impl From<service::GoalProgress> for GoalProgress {
    fn from(found: service::GoalProgress) -> Self {
        Self(found)
    }
}

#[Object(use_type_description)]
impl GoalProgress {
    /// As seen at this instant.
    async fn as_of(&self) -> DateTime {
        DateTime(self.0.actual.as_of)
    }

    /// What was to be reached, as it was then.
    async fn target(&self) -> GoalTarget {
        self.0.target.clone().into()
    }

    /// What the metric says of the whole period, as `metric` would tell it, with what each resource has of it and the query that gives its
    /// rows.
    async fn actual(&self) -> Result<MetricValue> {
        MetricValue::whole(self.0.actual.clone())
    }

    /// How much of the period is over, by the curve.
    async fn elapsed(&self) -> Result<GoalElapsed> {
        GoalElapsed::of(&self.0.progress.elapsed)
    }

    /// Actual ÷ target, or target ÷ actual where lower is better, to four places: 1 is the target.
    async fn attainment(&self) -> RatioMetric {
        RatioMetric::new(&self.0.progress.attainment, Unit::Ratio)
    }

    /// Whether the actual is as good as the target; null where there is no actual. While the period lasts a total that must not grow too
    /// large is met for now.
    async fn met(&self) -> Option<bool> {
        self.0.progress.met
    }

    /// Target × elapsed share, in the unit of the metric; the target itself where the metric does not add up.
    async fn expected(&self) -> Decimal {
        Decimal(self.0.progress.expected)
    }

    /// Actual ÷ expected, or expected ÷ actual where lower is better, to four places: above 1 is ahead. Null with IMMATURE until something
    /// is expected; the attainment where the metric does not add up.
    async fn pace(&self) -> RatioMetric {
        RatioMetric::new(&self.0.progress.pace, Unit::Ratio)
    }

    /// Actual ÷ elapsed share, in the unit of the metric: what the period ends with if it goes on like this. Null with IMMATURE until a
    /// share has elapsed; the actual where the metric does not add up.
    async fn projected(&self) -> RatioMetric {
        RatioMetric::new(&self.0.progress.projected, self.0.actual.definition.unit)
    }

    /// (Target − actual) ÷ days that are left, in the unit of the metric, to four places: what each of them has to bring, or may still cost
    /// where lower is better. Zero where the target is reached or used up; null where no day is left, and where the metric does not add up.
    async fn needed_per_day(&self) -> Option<RatioMetric> {
        let needed = self.0.progress.needed_per_day.as_ref()?;
        Some(RatioMetric::new(needed, self.0.actual.definition.unit))
    }
}

/// How much of a period is over, by a curve.
#[derive(Clone, Debug, SimpleObject)]
pub struct GoalElapsed {
    /// The share of the target that is expected by now, 0 to 1, to four places.
    share: Decimal,
    /// How many days are over: business days for BUSINESS_DAYS, calendar days for others.
    days: i32,
    /// How many such days there are in all.
    total_days: i32,
}

impl GoalElapsed {
    fn of(elapsed: &Elapsed) -> Result<Self> {
        let share = elapsed.shown().map_err(Error::internal)?;
        Ok(Self { share: Decimal(share), days: int(elapsed.days), total_days: int(elapsed.total) })
    }
}
