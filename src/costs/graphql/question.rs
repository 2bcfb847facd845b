//! How the cost per close is asked for.

use async_graphql::{Enum, InputObject};

use crate::costs::service::Matching;
use crate::error::{Error, ProblemCode, Result};

/// What the lines of an answer stand for.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::costs::service::CostDimension")]
pub enum CostDimension {
    /// SALES, MARKETING, PRODUCT.
    #[default]
    Resource,
    /// What a resource holds of a close goes to the tactics of its own touches, by their weights as evidence.
    Tactic,
    /// As for tactics, by the team that runs them today.
    Team,
    /// As for tactics, by the channel of the touch.
    Channel,
    /// Calendar months.
    Month,
}

/// Which closes count, and at what value.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::cost_per_close::Basis")]
pub enum CloseBasis {
    /// Without voided and fully refunded closes; a partial refund keeps the count and lowers the value.
    #[default]
    Net,
    /// As first recorded.
    Gross,
}

/// When counts what is given back, and what is voided or reinstated. Over all time both come to the same closes, value and cost in
/// all; cost shared by credit stays with those who held it in its month, where it counts when it happened.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::cost_per_close::Refunds")]
pub enum RefundPeriod {
    /// When the close was won: a close is what is left of it.
    #[default]
    OriginalPeriod,
    /// When it happened: a close counts as first recorded, and each movement by what it changes.
    EventPeriod,
}

/// Which closes and which costs are held against each other.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub enum CostMatching {
    /// Closes won, and cost accrued, on the same days.
    #[default]
    SamePeriod,
    /// Closes won on the days of the period, and cost accrued on as many days, some days earlier.
    Lagged,
    /// Cost accrued in the period, and all closes ever of buyers acquired in it: first touched, else recorded.
    Cohort,
}

/// Which closes and which costs are to be held against each other.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct CostMatchingInput {
    /// How they are matched.
    mode: CostMatching,
    /// For `LAGGED`: how many days earlier the costs lie.
    days: Option<i32>,
    /// For `COHORT`: how many days after their acquisition buyers may still be about to close. Default: as many as touches are
    /// evidence.
    mature_after_days: Option<i32>,
}

impl CostMatchingInput {
    /// What was asked for.
    ///
    /// # Errors
    /// Problems with `matching.days` and `matching.matureAfterDays`.
    pub fn read(self) -> Result<Matching> {
        let days =
            |field: &str, days: i32| u32::try_from(days).map_err(|_| Error::invalid(field, ProblemCode::Invalid, "must not be negative"));
        let only = |field: &str, mode: &str| Err(Error::invalid(field, ProblemCode::Invalid, format!("is for {mode} only")));
        let mature_after_days = self.mature_after_days.map(|given| days("matching.matureAfterDays", given)).transpose()?;
        match (self.mode, self.days, mature_after_days) {
            (CostMatching::SamePeriod | CostMatching::Lagged, _, Some(_)) => only("matching.matureAfterDays", "COHORT"),
            (CostMatching::SamePeriod | CostMatching::Cohort, Some(_), _) => only("matching.days", "LAGGED"),
            (CostMatching::SamePeriod, None, None) => Ok(Matching::SamePeriod),
            (CostMatching::Lagged, Some(lag), None) => Ok(Matching::Lagged { days: days("matching.days", lag)? }),
            (CostMatching::Lagged, None, None) => {
                Err(Error::invalid("matching.days", ProblemCode::Required, "say how many days earlier the costs lie"))
            }
            (CostMatching::Cohort, None, mature_after_days) => Ok(Matching::Cohort { mature_after_days }),
        }
    }
}
