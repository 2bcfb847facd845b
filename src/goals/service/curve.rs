//! How much of a target is expected by when, as it is asked for and as it is kept.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, Weekday};
use entity::goal;
use entity::ids::{BusinessCalendarId, CalendarVersionId};
use entity::kinds::GoalCurve;
use serde::Serialize;

use crate::agreements::service::{hours_of, newest_version};
use crate::db::TenantTx;
use crate::error::{Error, ProblemCode, Result};
use crate::metrics::goal::{Curve, CurveError, Measure};
use crate::metrics::period::Period;
use crate::metrics::sla::BusinessTime;

/// A curve as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WantedCurve {
    /// Which.
    pub kind: GoalCurve,
    /// BUSINESS_DAYS: by which calendar; Monday to Friday where none is named.
    pub calendar_id: Option<BusinessCalendarId>,
    /// SEASONAL: the basis points of the calendar months of the period.
    pub weights: Option<Vec<i64>>,
}

/// A curve as it is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptCurve {
    pub(super) calendar_version_id: Option<CalendarVersionId>,
    pub(super) weights: Option<String>,
}

impl WantedCurve {
    /// What is kept of it, where it can be followed over a period.
    pub(super) async fn keep(&self, tx: &TenantTx, period: &Period, measure: Measure) -> Result<KeptCurve> {
        let useless = |field: &str| Error::invalid(field, ProblemCode::Invalid, "this curve has no use for it");
        if measure == Measure::Ratio && self.kind != GoalCurve::LinearDays {
            let message = "this metric does not add up: its target is expected on any day";
            return Err(Error::invalid("curve.kind", ProblemCode::Invalid, message));
        }
        if self.calendar_id.is_some() && self.kind != GoalCurve::BusinessDays {
            return Err(useless("curve.calendarId"));
        }
        if self.weights.is_some() && self.kind != GoalCurve::Seasonal {
            return Err(useless("curve.monthlyBasisPoints"));
        }
        match self.kind {
            GoalCurve::LinearDays => linear(period).map(|_| KeptCurve::default()),
            GoalCurve::BusinessDays => {
                let version = match self.calendar_id {
                    Some(id) => Some(newest_version(tx, id).await?.ok_or_else(|| Error::unknown("curve.calendarId"))?.id),
                    None => None,
                };
                let hours = hours_of(tx, version.as_slice()).await?;
                business(period, version.and_then(|version| hours.get(&version)))?;
                Ok(KeptCurve { calendar_version_id: version, weights: None })
            }
            GoalCurve::Seasonal => {
                let missing = || Error::invalid("curve.monthlyBasisPoints", ProblemCode::Required, "SEASONAL needs weights");
                let weights = self.weights.as_deref().ok_or_else(missing)?;
                seasonal(period, weights)?;
                let weights: Vec<String> = weights.iter().map(ToString::to_string).collect();
                Ok(KeptCurve { calendar_version_id: None, weights: Some(weights.join(",")) })
            }
        }
    }
}

/// The curves of some goals, each over its period.
pub(super) struct Curves(HashMap<CalendarVersionId, BusinessTime>);

impl Curves {
    pub(super) async fn load(tx: &TenantTx, goals: impl Iterator<Item = &goal::Model>) -> Result<Self> {
        let mut versions: Vec<CalendarVersionId> = goals.filter_map(|goal| goal.calendar_version_id).collect();
        versions.sort_unstable();
        versions.dedup();
        Ok(Self(hours_of(tx, &versions).await?))
    }

    pub(super) fn of(&self, goal: &goal::Model, period: &Period) -> Result<Curve> {
        match goal.curve {
            GoalCurve::LinearDays => linear(period),
            GoalCurve::BusinessDays => business(period, goal.calendar_version_id.and_then(|version| self.0.get(&version))),
            GoalCurve::Seasonal => seasonal(period, &weights(goal)?),
        }
    }
}

/// The basis points of the months of a goal.
pub(super) fn weights(goal: &goal::Model) -> Result<Vec<i64>> {
    let kept = goal.weights.as_deref().into_iter().flat_map(|weights| weights.split(','));
    kept.map(|weight| weight.parse().map_err(Error::internal)).collect()
}

fn linear(period: &Period) -> Result<Curve> {
    Ok(Curve::linear_days(*period))
}

fn business(period: &Period, hours: Option<&BusinessTime>) -> Result<Curve> {
    let is_business_day = |day: &NaiveDate| match hours {
        Some(hours) => hours.calendar().end_of_work(*day).is_some(),
        None => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
    };
    Curve::business_days(*period, is_business_day).map_err(unusable)
}

fn seasonal(period: &Period, weights: &[i64]) -> Result<Curve> {
    Curve::seasonal_months(*period, weights).map_err(unusable)
}

fn unusable(error: CurveError) -> Error {
    let (field, code) = match error {
        CurveError::NotWhole { .. } => ("curve.monthlyBasisPoints", ProblemCode::SharesDoNotSum),
        CurveError::WrongNumber { .. } | CurveError::Negative { .. } => ("curve.monthlyBasisPoints", ProblemCode::Invalid),
        CurveError::NoBusinessDay => ("curve.calendarId", ProblemCode::Invalid),
        CurveError::TooLong => ("period", ProblemCode::TooMany),
        CurveError::NotTiled | CurveError::Period(_) => ("period", ProblemCode::Invalid),
    };
    Error::invalid(field, code, error.to_string())
}
