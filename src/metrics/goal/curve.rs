//! Which share of a period has elapsed, by the curve along which a goal is expected to come nearer. See `metrics.md`, section 2.9.
//!
//! A day counts once it is over where the period is: at the end of 15 May, that is from the first instant of 16 May on, 45 days of
//! 1 April to 30 June have elapsed, and no more than that all through 16 May. So whatever is told on one day is told alike to all,
//! can be recomputed by counting days in a calendar, and does not depend on how long a day with a change of clocks is; nobody
//! is behind for a day that is not over; and the first close of a period is not projected from a minute to a quarter. The
//! price is that what is done today runs ahead of what is expected by up to one day.

use std::fmt;

use chrono::NaiveDate;
use entity::kinds::WeekStart;
use entity::money::BASIS_POINTS;
use entity::time::Timestamp;
use rust_decimal::Decimal;

use super::exact::{RATIO_PLACES, rounded};
use crate::metrics::period::{Grain, Period, PeriodError, local_day};
use crate::metrics::ratio::TooLarge;
use crate::metrics::sla::Fraction;

/// The longest period with a curve of business days: ten years, since each of its days is looked at.
pub const MAX_DAYS: i64 = 3_653;

/// How a goal is expected to come nearer over the days of its period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Curve {
    period: Period,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    /// Each day alike.
    LinearDays,
    /// Each of these days alike, in order; the others not at all.
    BusinessDays(Vec<NaiveDate>),
    /// By the weights of parts that follow each other; within a part each day alike.
    Seasonal(Vec<Part>),
}

/// Days of a seasonal curve, from the first up to, but without, the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    from: NaiveDate,
    to: NaiveDate,
    /// Basis points of the whole.
    weight_bp: i64,
}

/// Why there is no such curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurveError {
    /// No day of the period is a business day, so that nothing of it could ever elapse.
    NoBusinessDay,
    /// The period is longer than [`MAX_DAYS`].
    TooLong,
    /// The parts do not follow each other from the first day of the period to the last, in its zone.
    NotTiled,
    /// There is not one weight for each part.
    WrongNumber {
        /// How many parts there are.
        parts: usize,
        /// How many weights.
        weights: usize,
    },
    /// A part would be expected to take back what was done.
    Negative {
        /// Which part, from 1.
        part: usize,
        /// Its weight, in basis points.
        bp: i64,
    },
    /// The weights do not sum to 10 000 basis points.
    NotWhole {
        /// What they sum to.
        sum_bp: i128,
    },
    /// The period cannot be cut into months.
    Period(PeriodError),
}

impl fmt::Display for CurveError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBusinessDay => formatter.write_str("the period has no business day"),
            Self::TooLong => write!(formatter, "a period with business days has at most {MAX_DAYS} days"),
            Self::NotTiled => {
                formatter.write_str("the parts of a season must follow each other from the first day of the period to the last")
            }
            Self::WrongNumber { parts, weights } => write!(formatter, "the period has {parts} parts, but {weights} weights are given"),
            Self::Negative { part, bp } => write!(formatter, "the weight of part {part} is negative: {bp} basis points"),
            Self::NotWhole { sum_bp } => write!(formatter, "the weights sum to {sum_bp} basis points, not to {BASIS_POINTS}"),
            Self::Period(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for CurveError {}

impl From<PeriodError> for CurveError {
    fn from(error: PeriodError) -> Self {
        Self::Period(error)
    }
}

/// How much of a period has elapsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed {
    /// The share of the whole, from 0 to 1.
    pub share: Fraction,
    /// How many days of the curve's kind are over: business days, or calendar days for any other curve.
    pub days: i64,
    /// How many such days there are in all, at least one.
    pub total: i64,
}

impl Elapsed {
    /// How many days of the curve's kind are left, the one that is not over included.
    #[must_use]
    pub const fn days_left(&self) -> i64 {
        self.total.saturating_sub(self.days)
    }

    /// The share with four places, rounded half to even.
    ///
    /// # Errors
    /// [`TooLarge`] where it cannot be shown.
    pub fn shown(&self) -> Result<Decimal, TooLarge> {
        rounded(self.share, RATIO_PLACES)
    }
}

impl Curve {
    /// `LINEAR_DAYS`: every day of the period is expected to bring the same.
    #[must_use]
    pub const fn linear_days(period: Period) -> Self {
        Self { period, shape: Shape::LinearDays }
    }

    /// `BUSINESS_DAYS`: every day on which there is work is expected to bring the same, and the others nothing. For a
    /// [calendar](crate::metrics::sla::Calendar) these are the days that [have an end of
    /// work](crate::metrics::sla::Calendar::end_of_work). How long the work of a day is does not matter.
    ///
    /// # Errors
    /// [`CurveError::NoBusinessDay`] if there is no such day, [`CurveError::TooLong`] for a period beyond [`MAX_DAYS`].
    pub fn business_days(period: Period, is_business_day: impl FnMut(&NaiveDate) -> bool) -> Result<Self, CurveError> {
        if days(period.from(), period.to()) > MAX_DAYS {
            return Err(CurveError::TooLong);
        }
        let all = period.from().iter_days().take_while(|day| *day < period.to());
        let business: Vec<NaiveDate> = all.filter(is_business_day).collect();
        if business.is_empty() {
            return Err(CurveError::NoBusinessDay);
        }
        Ok(Self { period, shape: Shape::BusinessDays(business) })
    }

    /// `SEASONAL` by calendar months, the first and the last of which may be cut off by the period: one weight in basis points for
    /// each, 10 000 in all.
    ///
    /// # Errors
    /// As of [`Curve::seasonal`], and [`CurveError::Period`] if there are more months than a period is cut into.
    pub fn seasonal_months(period: Period, weights_bp: &[i64]) -> Result<Self, CurveError> {
        // Neither where weeks begin nor where years do matters to months.
        Self::seasonal(period, &period.buckets(Grain::Month, WeekStart::Monday, 1)?, weights_bp)
    }

    /// `SEASONAL`: each part of the period is expected to bring its weight in basis points, 10 000 in all, and every day of
    /// a part the same.
    ///
    /// # Errors
    /// [`CurveError::NotTiled`] unless the parts make up the period, in order and without gaps; [`CurveError::WrongNumber`],
    /// [`CurveError::Negative`] or [`CurveError::NotWhole`] for weights that are not those of the parts.
    pub fn seasonal(period: Period, parts: &[Period], weights_bp: &[i64]) -> Result<Self, CurveError> {
        let border = parts.iter().try_fold(period.from(), |border, part| {
            let follows = part.from() == border && part.zone() == period.zone();
            follows.then_some(part.to())
        });
        if border != Some(period.to()) {
            return Err(CurveError::NotTiled);
        }
        if parts.len() != weights_bp.len() {
            return Err(CurveError::WrongNumber { parts: parts.len(), weights: weights_bp.len() });
        }
        if let Some((part, &bp)) = (1..).zip(weights_bp).find(|(_, bp)| **bp < 0) {
            return Err(CurveError::Negative { part, bp });
        }
        let sum_bp = weights_bp.iter().copied().map(i128::from).sum();
        if sum_bp != i128::from(BASIS_POINTS) {
            return Err(CurveError::NotWhole { sum_bp });
        }
        let parts = parts.iter().zip(weights_bp).map(|(part, &weight_bp)| Part { from: part.from(), to: part.to(), weight_bp });
        Ok(Self { period, shape: Shape::Seasonal(parts.collect()) })
    }

    /// The days it runs over.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// How much has elapsed at an instant: the days that are over by then in the zone of the period. Nothing before the period, all
    /// of it from its end on.
    #[must_use]
    pub fn at(&self, instant: Timestamp) -> Elapsed {
        self.before(local_day(instant, self.period.zone()))
    }

    /// How much has elapsed at the end of a day of the period's zone, which is over then.
    #[must_use]
    pub fn at_end_of(&self, day: NaiveDate) -> Elapsed {
        self.before(day.succ_opt().unwrap_or(day))
    }

    /// How much has elapsed when a day begins.
    fn before(&self, day: NaiveDate) -> Elapsed {
        let (from, to) = (self.period.from(), self.period.to());
        let day = day.clamp(from, to);
        match &self.shape {
            Shape::LinearDays => Elapsed::alike(days(from, day), days(from, to)),
            Shape::BusinessDays(business) => {
                let over = business.partition_point(|business| *business < day);
                // There are no more of them than a period has days.
                let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
                Elapsed::alike(count(over), count(business.len()))
            }
            Shape::Seasonal(parts) => {
                let share = parts.iter().map(|part| part.elapsed(day)).sum();
                Elapsed { share, days: days(from, day), total: days(from, to) }
            }
        }
    }
}

impl Elapsed {
    /// Of days that count alike.
    fn alike(days: i64, total: i64) -> Self {
        Self { share: Fraction::new(days.into(), total.into()), days, total }
    }
}

impl Part {
    /// Its share of the whole, as far as it has elapsed when a day begins.
    fn elapsed(&self, day: NaiveDate) -> Fraction {
        let over = days(self.from, day.clamp(self.from, self.to));
        let whole = i128::from(BASIS_POINTS) * i128::from(days(self.from, self.to));
        Fraction::new(i128::from(self.weight_bp) * i128::from(over), whole)
    }
}

fn days(from: NaiveDate, to: NaiveDate) -> i64 {
    to.signed_duration_since(from).num_days()
}
