//! What is measured of deals.

use super::{Access, Argument, Definition, Figure, GROUP, Measure, Row, Unit};

/// How often opportunities are won.
pub const WIN_RATE: Definition = Definition {
    figure: Figure::WinRate,
    key: "win_rate",
    version: 1,
    formula: "CLOSED_BASIS: won, over won and lost, of the opportunities that ended in the period. COHORT_BASIS: won so far, over all \
        that began in the period; what is open can still be won. What was disqualified or recorded twice is in neither, \
        nor is a win whose close was voided or wholly given back.",
    value: "the rate on the basis asked for; `CLOSED_BASIS` where none is",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Opportunity,
    access: Access::Funnel,
    needs: &[],
    takes: &[GROUP, &[Argument::WinRateBasis]],
    contributions: false,
};

/// How often opportunities are won against competitors.
pub const COMPETITIVE_WIN_RATE: Definition = Definition {
    figure: Figure::CompetitiveWinRate,
    key: "competitive_win_rate",
    version: 1,
    formula: "won, over won and lost to a competitor, of the opportunities that ended in the period.",
    value: "the rate",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Opportunity,
    access: Access::Funnel,
    needs: &[],
    takes: &[GROUP],
    contributions: false,
};

/// How often opportunities end without a decision.
pub const NO_DECISION: Definition = Definition {
    figure: Figure::NoDecision,
    key: "no_decision",
    version: 1,
    formula: "opportunities that ended in the period by indecision or by staying with what is, over all that were won or lost (rate), \
        and over all that were lost (share of losses). What was disqualified or recorded twice is in neither.",
    value: "the rate",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Opportunity,
    access: Access::Funnel,
    needs: &[],
    takes: &[GROUP],
    contributions: false,
};

/// How many of the losses are no decision at all.
pub const NO_DECISION_SHARE_OF_LOSSES: Definition = Definition {
    figure: Figure::NoDecisionShareOfLosses,
    key: "no_decision_share_of_losses",
    version: 1,
    formula: "opportunities that ended in the period by indecision or by staying with what is, over all of them that were lost.",
    value: "the share",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Opportunity,
    access: Access::Funnel,
    needs: &[],
    takes: &[GROUP],
    contributions: false,
};

/// How much is won in a day.
pub const PIPELINE_VELOCITY: Definition = Definition {
    figure: Figure::PipelineVelocity,
    key: "pipeline_velocity",
    version: 1,
    formula: "opportunities open at the end of the period x won / decided in it x mean value of what was won / mean days from the \
        beginning of an opportunity to its win. Values are net of what was given back; closes that were voided or fully refunded, \
        and those in a currency without a rate, are out of the mean.",
    value: "what is won in a day",
    unit: Unit::Money,
    measure: Measure::Ratio,
    row: Row::Opportunity,
    access: Access::CostPerClose,
    needs: &[],
    takes: &[GROUP],
    contributions: false,
};

/// What keeps buyers from deciding.
pub const BLOCKER_REPORT: Definition = Definition {
    figure: Figure::BlockerReport,
    key: "blocker_report",
    version: 1,
    formula: "blockers raised in the period: resolved / raised, median days from raising to resolving of those resolved, age of those \
        open; and the rate of no decision of the opportunities that ended in the period, with a blocker raised before their end and \
        without.",
    value: "the share of blockers that was resolved",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Blocker,
    access: Access::Funnel,
    needs: &[],
    takes: &[GROUP, &[Argument::Blocker]],
    contributions: false,
};
