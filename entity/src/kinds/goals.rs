//! How goals are set, and what is said of them.

use sea_orm::entity::prelude::*;

kinds! {
    /// Whether more is better.
    GoalDirection {
        /// The target is the least that is to be reached.
        HigherIsBetter = "HIGHER_IS_BETTER",
        /// The target is the most that is allowed.
        LowerIsBetter = "LOWER_IS_BETTER",
    }
    /// How much of a target is expected by when. A metric that does not add up is expected to meet its target on any day.
    GoalCurve {
        /// Every day brings the same.
        LinearDays = "LINEAR_DAYS",
        /// Every day on which there is work brings the same, and the others nothing.
        BusinessDays = "BUSINESS_DAYS",
        /// Every calendar month brings its share, and every day of it the same.
        Seasonal = "SEASONAL",
    }
    /// What somebody who answers for a goal expects of it.
    GoalConfidence {
        /// It will be met.
        OnTrack = "ON_TRACK",
        /// It may be missed.
        AtRisk = "AT_RISK",
        /// It will be missed, unless something changes.
        OffTrack = "OFF_TRACK",
    }
}
