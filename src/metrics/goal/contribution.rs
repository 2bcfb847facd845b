//! What each resource contributed to an actual, shown so that the parts sum to it. See `metrics.md`, section 2.9 and property 10.

use std::fmt;

use rust_decimal::Decimal;

use super::exact::{product, rounded, sum};
use crate::metrics::by_resource::ByResource;
use crate::metrics::ratio::TooLarge;
use crate::metrics::sla::Fraction;
use crate::metrics::split::split_by_resource;

/// Why parts are not the contributions to an actual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContributionError {
    /// They sum to something else than the actual: ledger and metric were not asked the same question.
    Apart {
        /// What they sum to.
        sum: Fraction,
        /// The actual.
        actual: Fraction,
    },
    /// A part cannot be shown.
    TooLarge,
}

impl fmt::Display for ContributionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apart { sum, actual } => {
                let [sum, actual] = [sum, actual].map(|number| format!("{}/{}", number.numerator(), number.denominator()));
                write!(formatter, "contributions sum to {sum}, not to the actual of {actual}")
            }
            Self::TooLarge => TooLarge.fmt(formatter),
        }
    }
}

impl std::error::Error for ContributionError {}

impl From<TooLarge> for ContributionError {
    fn from(TooLarge: TooLarge) -> Self {
        Self::TooLarge
    }
}

/// Exact parts of an actual, in the unit of its metric, as they are shown: each with so many decimal places and less than one
/// unit of the last of them away from what it is, all of them summing to the actual rounded half to even.
///
/// A part may be negative, as that of a resource is whose closes were given back. Each is cut down to whole units, and what the
/// actual has beyond these goes by largest remainder, the earlier resource first where remainders are equal. A negative actual is
/// split as its positive mirror image.
///
/// # Errors
/// [`ContributionError`] if the parts do not sum to the actual exactly, or cannot be shown.
pub fn contributions(actual: Fraction, parts: ByResource<Fraction>, places: u32) -> Result<ByResource<Decimal>, ContributionError> {
    let parts_sum = parts.into_array().into_iter().try_fold(Fraction::ZERO, sum)?;
    if parts_sum != actual {
        return Err(ContributionError::Apart { sum: parts_sum, actual });
    }
    let total = rounded(actual, places)?.mantissa();
    let sign = if actual.numerator() < 0 { -1 } else { 1 };
    let unit = Fraction::whole(10_i128.checked_pow(places).ok_or(TooLarge)? * sign);
    let [first, second, third] = parts.into_array().map(|part| product(part, unit));
    let units = [first?, second?, third?];
    let wholes = units.map(|units| units.numerator().div_euclid(units.denominator()));
    let cut = units.map(|units| Fraction::new(units.numerator().rem_euclid(units.denominator()), units.denominator()));
    let left_over = wholes.into_iter().try_fold(total * sign, i128::checked_sub).ok_or(TooLarge)?;
    let extra = if left_over == 0 { ByResource::default() } else { hand_out(left_over, cut)? };
    let mut shown = ByResource::<Decimal>::default();
    for ((resource, extra), whole) in extra.into_pairs().into_iter().zip(wholes) {
        let part = whole.checked_add(i128::from(extra)).ok_or(TooLarge)?;
        *shown.get_mut(resource) = Decimal::try_from_i128_with_scale(part * sign, places).map_err(|_| TooLarge)?;
    }
    Ok(shown)
}

/// Hands out units by remainders below one. They sum to within half a unit of what is handed out, so that among three of them
/// nobody gets more than one: rounding scales all of them alike, and keeps their order.
fn hand_out(units: i128, remainders: [Fraction; 3]) -> Result<ByResource<i64>, TooLarge> {
    let common = remainders.into_iter().try_fold(Fraction::whole(1), |common, part| {
        // What a denominator lacks to be a multiple of another one.
        let lacking = Fraction::new(common.denominator(), part.denominator()).denominator();
        let multiple = common.denominator().checked_mul(lacking).ok_or(TooLarge)?;
        Ok(Fraction::new(1, multiple))
    })?;
    let mut weights = ByResource::<u64>::default();
    for ((resource, _), part) in weights.into_pairs().into_iter().zip(remainders) {
        let weight = part.numerator().checked_mul(common.denominator() / part.denominator());
        *weights.get_mut(resource) = weight.and_then(|weight| u64::try_from(weight).ok()).ok_or(TooLarge)?;
    }
    split_by_resource(i64::try_from(units).map_err(|_| TooLarge)?, weights).map_err(|_| TooLarge)
}
