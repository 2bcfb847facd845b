//! The value of a metric, in one form for all of them.

use entity::money::CurrencyCode;
use entity::time::Timestamp;
use rust_decimal::Decimal;

use super::args::MetricArgs;
use crate::auth::permission::Reach;
use crate::metrics::by_resource::ByResource;
use crate::metrics::definition::Definition;
use crate::metrics::goal::exact;
use crate::metrics::period::{Grain, Period};
use crate::metrics::ratio::Ratio;
use crate::metrics::sla::Fraction;

/// The value of a metric for one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The days it is for.
    pub period: Period,
    /// The value with what it was computed from. Of what is no quotient the denominator is 1.
    pub ratio: Ratio,
    /// What has yet to mature, and may change it.
    pub pending: u64,
    /// What could not be priced.
    pub unpriced: u64,
    /// Closes that could be given to nothing in particular.
    pub unattributed: Decimal,
    /// What each resource has of it, exactly; `None` where that is not known, or it is narrowed to something else.
    pub contributions: Option<ByResource<Fraction>>,
}

impl Measured {
    /// A value that nothing is left out of.
    #[must_use]
    pub const fn new(period: Period, ratio: Ratio) -> Self {
        Self { period, ratio, pending: 0, unpriced: 0, unattributed: Decimal::ZERO, contributions: None }
    }

    /// The value exactly, where it is the quotient of what stands beside it.
    #[must_use]
    pub fn exact(&self) -> Option<Fraction> {
        let (numerator, denominator) = (exact(self.ratio.numerator), exact(self.ratio.denominator));
        let top = numerator.numerator().checked_mul(denominator.denominator())?;
        let bottom = numerator.denominator().checked_mul(denominator.numerator())?;
        (bottom != 0).then(|| Fraction::new(top, bottom))
    }

    /// A number.
    #[must_use]
    pub fn number(period: Period, value: Decimal) -> Self {
        Self::new(period, Ratio { value: Some(value), numerator: value, denominator: Decimal::ONE, null_reason: None })
    }
}

/// The answer: a value for the period, or one for each part of it.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Of which metric.
    pub definition: &'static Definition,
    /// What it was told.
    pub args: MetricArgs,
    /// The days it is about.
    pub period: Period,
    /// Into what they are divided.
    pub grain: Option<Grain>,
    /// As seen at this instant.
    pub as_of: Timestamp,
    /// The currency of everything priced.
    pub currency: CurrencyCode,
    /// How much of the organization it covers.
    pub reach: Reach,
    /// One for each part of the period, or for all of it.
    pub points: Vec<Measured>,
}
