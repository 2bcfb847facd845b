//! What is to be reached, by version. A target that changes is a new version, so that the attainment of yesterday can be told
//! again and that of today says by which version it is. See `metrics.md`, section 2.9.

use std::fmt;

use entity::time::Timestamp;
use rust_decimal::Decimal;

/// What is to be reached, in the unit of the metric: always above zero, so that it can be divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target(Decimal);

/// A target is zero or negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPositive(
    /// What was meant to be the target.
    pub Decimal,
);

impl fmt::Display for NotPositive {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a target must be above zero, not {}", self.0)
    }
}

impl std::error::Error for NotPositive {}

impl Target {
    /// A target in the unit of its metric.
    ///
    /// # Errors
    /// [`NotPositive`] unless it is above zero.
    pub fn new(value: Decimal) -> Result<Self, NotPositive> {
        if value > Decimal::ZERO { Ok(Self(value)) } else { Err(NotPositive(value)) }
    }

    /// What is to be reached.
    #[must_use]
    pub const fn get(self) -> Decimal {
        self.0
    }
}

/// A target as it was set once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Later ones have higher numbers.
    pub number: u32,
    /// What is to be reached.
    pub target: Target,
    /// When it was set.
    pub recorded_at: Timestamp,
}

/// All versions of a target: at least one, each with a number of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets(Vec<Version>);

/// Why versions are not those of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetsError {
    /// There is none.
    NoVersion,
    /// Two of them have the same number, so that neither would be in force rather than the other.
    Overlap {
        /// The number.
        number: u32,
    },
}

impl fmt::Display for TargetsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVersion => formatter.write_str("a goal must have a target"),
            Self::Overlap { number } => write!(formatter, "two versions of the target have the number {number}"),
        }
    }
}

impl std::error::Error for TargetsError {}

impl Targets {
    /// Versions in whatever order.
    ///
    /// # Errors
    /// [`TargetsError`] if there are none, or two with the same number.
    pub fn new(mut versions: Vec<Version>) -> Result<Self, TargetsError> {
        versions.sort_unstable_by_key(|version| version.number);
        if versions.is_empty() {
            return Err(TargetsError::NoVersion);
        }
        let overlap = versions.iter().zip(versions.iter().skip(1)).find(|(one, next)| one.number == next.number);
        overlap.map_or(Ok(()), |(version, _)| Err(TargetsError::Overlap { number: version.number }))?;
        Ok(Self(versions))
    }

    /// The version in force as of an instant: of those recorded by then, the one with the highest number. `None` before the first
    /// was recorded.
    #[must_use]
    pub fn as_of(&self, instant: Timestamp) -> Option<&Version> {
        self.0.iter().rfind(|version| version.recorded_at <= instant)
    }

    /// All of them, in the order of their numbers.
    #[must_use]
    pub fn versions(&self) -> &[Version] {
        &self.0
    }
}
