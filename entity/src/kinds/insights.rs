//! What the figures tell by themselves.

use sea_orm::entity::prelude::*;

kinds! {
    /// By which rule something was found.
    InsightKind {
        /// A goal is behind what is expected of it by now, or was missed.
        GoalOffPace = "GOAL_OFF_PACE",
        /// The ledger gives a resource another share of the closes than evidence does.
        CreditGap = "CREDIT_GAP",
        /// A resource spent and closed nothing.
        ZeroCloses = "ZERO_CLOSES",
        /// What is handed over is rejected for one reason more often than before.
        RejectReasonDrift = "REJECT_REASON_DRIFT",
        /// A side of an agreement was late time after time.
        SlaBreachRun = "SLA_BREACH_RUN",
        /// More and more buyers are held back by the same.
        BlockersPilingUp = "BLOCKERS_PILING_UP",
        /// A segment cares for something more than others do.
        AudienceInterest = "AUDIENCE_INTEREST",
    }

    /// How bad it is, rising.
    InsightSeverity {
        /// Good to know.
        Info = "INFO",
        /// Somebody should look at it.
        Warning = "WARNING",
        /// Somebody has to do something about it.
        Critical = "CRITICAL",
    }
}
