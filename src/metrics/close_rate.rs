//! How much of what it brought in a resource closes. See `metrics.md`, section 2.1.
//!
//! *Close rate* = credited closes of opportunities that began in the period ÷ matured opportunities of it that the resource
//! sourced first. An opportunity has one source, and its close may be credited to others: a rate above 1 says that a resource
//! holds credit for more than it brought in.

use entity::time::Timestamp;

use super::durations::DAY_MICROS;
use super::ratio::{NullReason, Ratio, TooLarge};
use super::shares::closes;

/// Decimal places of a rate.
const PLACES: u32 = 4;

/// Whether an opportunity that began at an instant had its days by another one.
#[must_use]
pub fn is_mature(opened_at: Timestamp, days: u32, as_of: Timestamp) -> bool {
    opened_at.saturating_add_micros(DAY_MICROS.saturating_mul(days.into())) <= as_of
}

/// What one resource brought in, and holds credit for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Credit of closes of matured opportunities, in basis points of a close.
    pub credit_bp: i64,
    /// Matured opportunities it sourced.
    pub matured: u64,
    /// Opportunities it sourced that have not had their days.
    pub pending: u64,
}

impl Brought {
    /// Credited closes over opportunities.
    ///
    /// # Errors
    /// [`TooLarge`] where it cannot be shown.
    pub fn rate(self) -> Result<Ratio, TooLarge> {
        let reason = if self.pending > 0 { NullReason::Immature } else { NullReason::ZeroDenominator };
        Ratio::new(closes(self.credit_bp), self.matured.into(), PLACES, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(credit_bp: i64, matured: u64, pending: u64) -> (Option<String>, Option<NullReason>) {
        let rate = Brought { credit_bp, matured, pending }.rate().unwrap();
        (rate.value.map(|value| value.to_string()), rate.null_reason)
    }

    #[test]
    fn credited_closes_over_what_was_sourced() {
        assert_eq!(rate(25_000, 10, 3), (Some("0.2500".into()), None));
        assert_eq!(rate(15_000, 1, 0), (Some("1.5000".into()), None), "credit for what others brought in");
        assert_eq!(rate(0, 4, 0), (Some("0.0000".into()), None));
        assert_eq!(rate(5_000, 0, 0), (None, Some(NullReason::ZeroDenominator)));
        assert_eq!(rate(0, 0, 2), (None, Some(NullReason::Immature)));
    }

    #[test]
    fn an_opportunity_matures_with_the_last_of_its_days() {
        let at = |text: &str| Timestamp::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        let opened = at("2026-01-01T12:00:00Z");
        assert!(!is_mature(opened, 30, at("2026-01-31T11:59:59.999999Z")));
        assert!(is_mature(opened, 30, at("2026-01-31T12:00:00Z")));
        assert!(is_mature(opened, 0, opened));
    }
}
