//! The value of a metric in the API.

use async_graphql::{Description, Object, SimpleObject};
use entity::kinds::Resource;

use super::args::MetricArguments;
use super::source::{MetricSource, source_of};
use crate::catalogue::service::{Measured, Measurement};
use crate::error::{Error, Result};
use crate::graphql::metric::{MetricDefinition, MetricUnit, NullReasonOutput, PeriodOutput, Visibility};
use crate::graphql::scalar::{CurrencyCode, DateTime, Decimal, TimeZone, int};
use crate::metrics::definition::Unit;
use crate::metrics::goal::{contributions, exact};
use crate::trends;

/// What a resource has of the value of a metric.
#[derive(Clone, Debug, SimpleObject)]
pub struct MetricContribution {
    /// The resource.
    pub resource: Resource,
    /// Its part, in the unit of the metric and with as many places as its value; the parts sum to it.
    pub value: Decimal,
}

/// What each resource has of a value; `None` where that is not known.
///
/// # Errors
/// [`Error::Internal`] where parts and value are apart, which they cannot be: both are from one answer.
pub fn contributions_of(measured: &Measured) -> Result<Option<Vec<MetricContribution>>> {
    let (Some(value), Some(parts)) = (measured.ratio.value, measured.contributions) else { return Ok(None) };
    // Of a quotient the parts sum to what it was before it was rounded.
    let actual = measured.exact().unwrap_or_else(|| exact(value));
    let shown = contributions(actual, parts, value.scale()).map_err(Error::internal)?;
    Ok(Some(shown.into_pairs().map(|(resource, value)| MetricContribution { resource, value: Decimal(value) }).to_vec()))
}

/// The value of a metric, with everything that explains it.
#[derive(Clone, Debug, Description)]
pub struct MetricValue {
    of: Measurement,
    measured: Measured,
}

impl MetricValue {
    /// The value for the whole period of a measurement that is not divided.
    ///
    /// # Errors
    /// [`Error::Internal`] where it has no value.
    pub fn whole(of: Measurement) -> Result<Self> {
        let measured = of.points.first().cloned().ok_or(Error::broken("a period has a value"))?;
        Ok(Self { of, measured })
    }

    /// The values for the parts of the period.
    #[must_use]
    pub fn parts(of: &Measurement) -> Vec<Self> {
        of.points.iter().map(|measured| Self { of: of.clone(), measured: measured.clone() }).collect()
    }
}

#[Object(use_type_description)]
impl MetricValue {
    /// What is computed.
    async fn definition(&self) -> MetricDefinition {
        (*self.of.definition).into()
    }

    /// What it was told.
    async fn arguments(&self) -> MetricArguments {
        (&self.of.args).into()
    }

    /// The value; null has a reason.
    async fn value(&self) -> Option<Decimal> {
        self.measured.ratio.value.map(Decimal)
    }

    /// What the value is measured in.
    async fn unit(&self) -> MetricUnit {
        self.of.definition.unit.into()
    }

    /// What was divided; of what is no quotient the value itself, or zero where it has none.
    async fn numerator(&self) -> Decimal {
        Decimal(self.measured.ratio.numerator)
    }

    /// By what it was divided; of what is no quotient 1.
    async fn denominator(&self) -> Decimal {
        Decimal(self.measured.ratio.denominator)
    }

    /// Why there is no value.
    async fn null_reason(&self) -> Option<NullReasonOutput> {
        self.measured.ratio.null_reason.map(Into::into)
    }

    /// The days it is about.
    async fn period(&self) -> PeriodOutput {
        (&self.measured.period).into()
    }

    /// Where days begin and end.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(self.measured.period.zone().name().to_owned())
    }

    /// The currency of the value, where it is money.
    async fn currency(&self) -> Option<CurrencyCode> {
        (self.of.definition.unit == Unit::Money).then(|| CurrencyCode(self.of.currency.to_string()))
    }

    /// As seen at this instant: what was recorded later does not count.
    async fn as_of(&self) -> DateTime {
        DateTime(self.of.as_of)
    }

    /// What has yet to mature, and may change the value.
    async fn pending(&self) -> i32 {
        int(self.measured.pending)
    }

    /// What could not be priced, for want of a rate.
    async fn unpriced(&self) -> i32 {
        int(self.measured.unpriced)
    }

    /// Closes that could be given to nothing in particular.
    async fn unattributed(&self) -> Decimal {
        Decimal(self.measured.unattributed)
    }

    /// What each resource has of it by the ledger: the parts sum to the value. Null where the metric is not made of parts, or narrowed
    /// to something other than a resource.
    async fn contributions(&self) -> Result<Option<Vec<MetricContribution>>> {
        contributions_of(&self.measured)
    }

    /// The field of its own that tells the same, with its rows.
    async fn source(&self) -> MetricSource {
        source_of(&self.of, &self.measured)
    }

    /// What you could not see: the values are the whole organization's for everybody who may read them.
    async fn visibility(&self) -> Visibility {
        self.of.reach.into()
    }
}

trends! {
    /// A metric in each part of a period.
    MetricSeries of MetricValue;
}
