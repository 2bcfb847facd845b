//! Which closes and which costs are held against each other.

use chrono::Days;
use entity::time::Timestamp;

use super::cost_per_close::CostDimension;
use crate::costs::store;
use crate::credit::service::{Journeys, WonClose};
use crate::db::TenantTx;
use crate::error::{Error, ProblemCode, Result};
use crate::metrics::accrual::DaySpan;
use crate::metrics::cost_per_close::Refunds;
use crate::metrics::durations::DAY_MICROS;
use crate::metrics::evidence::Lookback;

/// Most days costs may lie back, or cohorts take.
const MOST_DAYS: u32 = 3_660;

/// Which closes and which costs are held against each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Matching {
    /// Closes won, and cost accrued, on the same days.
    #[default]
    SamePeriod,
    /// Closes won on some days, and cost accrued on as many days, so much earlier.
    Lagged {
        /// How many days earlier.
        days: u32,
    },
    /// Cost accrued on some days, and all closes ever of buyers acquired on them.
    Cohort {
        /// How many days after their acquisition buyers may still be about to close; as long as touches are evidence where it
        /// is not said.
        mature_after_days: Option<u32>,
    },
}

impl Matching {
    /// Goes on where it can be asked for.
    ///
    /// # Errors
    /// Problems with `matching` and `refundPeriod`.
    pub(super) fn check(self, by: CostDimension, refunds: Refunds) -> Result<()> {
        let refuse = |field: &str, message: String| Err(Error::invalid(field, ProblemCode::Invalid, message));
        let too_long = |days: u32| days > MOST_DAYS;
        match self {
            Self::SamePeriod => Ok(()),
            _ if by == CostDimension::Month => refuse("matching.mode", "months match closes and cost of the same days only".to_owned()),
            Self::Lagged { days } if too_long(days) => refuse("matching.days", format!("must be at most {MOST_DAYS}")),
            Self::Lagged { .. } => Ok(()),
            Self::Cohort { mature_after_days } if mature_after_days.is_some_and(too_long) => {
                refuse("matching.matureAfterDays", format!("must be at most {MOST_DAYS}"))
            }
            Self::Cohort { .. } if refunds == Refunds::EventPeriod => {
                refuse("refundPeriod", "closes of a cohort count in it, whenever something happened to them".to_owned())
            }
            Self::Cohort { .. } => Ok(()),
        }
    }

    /// The days whose costs belong to some days.
    pub(super) fn cost_days(self, days: DaySpan) -> Result<DaySpan> {
        let Self::Lagged { days: lag } = self else { return Ok(days) };
        let earlier = |day: chrono::NaiveDate| day.checked_sub_days(Days::new(lag.into())).unwrap_or(day);
        DaySpan::new(earlier(days.first()), earlier(days.last())).map_err(Error::internal)
    }

    /// How many days cohorts take, by how long touches are evidence.
    pub(super) fn mature_after(self, lookback: Lookback) -> Option<u32> {
        let Self::Cohort { mature_after_days } = self else { return None };
        Some(mature_after_days.unwrap_or_else(|| lookback.days()))
    }
}

/// The instant before which everybody acquired had their days by another one.
pub(super) fn mature_until(as_of: Timestamp, days: u32) -> Timestamp {
    as_of.saturating_add_micros(-DAY_MICROS * i64::from(days))
}

/// Each close with when its buyer was acquired, in the order of that: with the first touch, else when they were recorded, and
/// never after they closed.
pub(super) async fn acquired(tx: &TenantTx, won: Vec<WonClose>, journeys: &Journeys) -> Result<Vec<(Timestamp, WonClose)>> {
    let (people, accounts) = store::buyers_recorded(tx).await?;
    let at = |close: &WonClose| {
        let recorded = || {
            let person = close.person_id.and_then(|person| people.get(&person));
            person.into_iter().chain(accounts.get(&close.account_id)).min().copied()
        };
        let first = journeys.first_touch(close.person_id, close.account_id).or_else(recorded);
        first.map_or(close.closed_at, |first| first.min(close.closed_at))
    };
    let mut closes: Vec<(Timestamp, WonClose)> = won.into_iter().map(|close| (at(&close), close)).collect();
    closes.sort_by_key(|(at, close)| (*at, close.id));
    Ok(closes)
}
