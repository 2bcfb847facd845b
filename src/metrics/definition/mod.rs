//! The catalogue of metrics: what each of them means, is measured in, counts and takes. Every answer cites its definition, and whoever
//! wants to know is shown the list.
//!
//! A metric has one value for a period and what narrows it, so that a goal can be set on it and a trend be drawn. Where a report gives
//! several figures, its definition says which of them is the value, and others that are worth a goal have definitions of their own.

mod agreements;
mod credit;
mod journey;
mod money;
mod pipeline;

pub use agreements::{HANDOFF_DRIFT, HANDOFF_REJECT_RATE, SLA_ACKNOWLEDGEMENT, SLA_QUALITY, SLA_STATUS, SLA_VOLUME};
pub use credit::{ATTRIBUTION, CREDIT_GAP, ORDER_TAKING, TACTIC_IMPORTANCE, WORD_OF_MOUTH};
pub use journey::{
    ANONYMOUS_TO_KNOWN, DEMAND_COVERAGE, ENABLEMENT_COVERAGE, FUNNEL, ICP_FIT, LATE_EVIDENCE, REP_FREE_SHARE, STAGE_ENTRIES, STAGE_STOCK,
    TIME_IN_STAGE, TIME_IN_STAGE_P90,
};
pub use money::{
    BUDGET_USE, CAC_PAYBACK, CLOSE_RATE, COST, COST_PER_CLOSE, CREDITED_CLOSES, CREDITED_VALUE, MARGINAL_COST_PER_CLOSE, NEW_MONTHLY_VALUE,
    RESOURCE_INDEX, ROAS, ROMI,
};
pub use pipeline::{BLOCKER_REPORT, COMPETITIVE_WIN_RATE, NO_DECISION, NO_DECISION_SHARE_OF_LOSSES, PIPELINE_VELOCITY, WIN_RATE};

use super::goal::Measure;

/// The unit of a metric's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A share of one: `0.5714` is 57.14 %.
    Ratio,
    /// The difference of two shares: `16.67` of 100.
    PercentagePoints,
    /// Major units of a currency.
    Money,
    /// A number of things.
    Count,
    /// Days of 24 hours.
    Days,
    /// Months.
    Months,
}

/// What one row behind a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A person or an account on its way.
    Subject,
    /// The stay of one of them in a stage.
    Visit,
    /// A person as recorded when first seen.
    Visitor,
    /// An account.
    Account,
    /// Content that covers a stage and a blocker.
    Content,
    /// A touch, a cost entry or a close, as is asked for.
    TouchCostOrClose,
    /// An opportunity.
    Opportunity,
    /// A blocker.
    Blocker,
    /// A handoff.
    Handoff,
    /// A clock of an agreement.
    Clock,
    /// A close.
    Close,
    /// A cost entry.
    CostEntry,
    /// A close, and a cost entry.
    CloseAndCost,
}

/// Who may read a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Who may read the funnel.
    Funnel,
    /// Who may read what closes cost.
    CostPerClose,
    /// Who may read how agreements are kept.
    Agreement,
}

/// What a metric can be narrowed by, or has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// One resource.
    Resource,
    /// One tactic.
    Tactic,
    /// One team.
    Team,
    /// One channel.
    Channel,
    /// One segment.
    Segment,
    /// One member.
    Owner,
    /// Which closes count.
    Basis,
    /// When counts what is given back.
    RefundPeriod,
    /// Which closes and costs are held against each other.
    Matching,
    /// The day of whose rates all amounts are converted.
    ConstantCurrency,
    /// What is left of revenue once what was sold is paid for.
    GrossMargin,
    /// How many days opportunities have.
    MatureAfterDays,
    /// A version of a pipeline.
    Pipeline,
    /// A stage.
    Stage,
    /// People or accounts.
    Subject,
    /// When a stage is reached.
    Order,
    /// How long that may take.
    Window,
    /// Ended or begun in the period.
    WinRateBasis,
    /// One kind of blocker.
    Blocker,
    /// How evidence divides closes.
    Model,
    /// Whose touches are evidence.
    Pooling,
    /// How far back they are.
    LookbackDays,
    /// One agreement.
    Agreement,
    /// What is looked at: touches, spend or closes.
    FitOf,
    /// A version of the ideal customer.
    IcpProfile,
    /// How far accounts were reached.
    Reached,
}

/// What opportunities and subjects of a funnel may have in common.
const GROUP: &[Argument] = &[Argument::Resource, Argument::Tactic, Argument::Team, Argument::Channel, Argument::Segment, Argument::Owner];

/// What credit, and cost, may be divided over.
const LINE: &[Argument] = &[Argument::Resource, Argument::Tactic, Argument::Team, Argument::Channel];

/// How closes are counted, and costs set against them.
const COSTS: &[Argument] = &[Argument::Basis, Argument::RefundPeriod, Argument::Matching, Argument::ConstantCurrency];

/// Which metric it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is described by its definition")]
pub enum Figure {
    Funnel,
    StageEntries,
    StageStock,
    TimeInStage,
    TimeInStageP90,
    AnonymousToKnown,
    LateEvidence,
    RepFreeShare,
    EnablementCoverage,
    WinRate,
    CompetitiveWinRate,
    NoDecision,
    NoDecisionShareOfLosses,
    SlaStatus,
    SlaAcknowledgement,
    SlaVolume,
    SlaQuality,
    HandoffRejectRate,
    HandoffDrift,
    PipelineVelocity,
    BlockerReport,
    Attribution,
    CreditGap,
    OrderTaking,
    TacticImportance,
    CreditedCloses,
    CreditedValue,
    NewMonthlyValue,
    Cost,
    CostPerClose,
    BudgetUse,
    ResourceIndex,
    CloseRate,
    CacPayback,
    Romi,
    Roas,
    MarginalCostPerClose,
    WordOfMouth,
    IcpFit,
    DemandCoverage,
}

/// A metric, by the version of its formula. A change of the formula is a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Which it is.
    pub figure: Figure,
    /// Names the metric.
    pub key: &'static str,
    /// From 1.
    pub version: i32,
    /// What is computed, in words.
    pub formula: &'static str,
    /// Which figure of that the value is.
    pub value: &'static str,
    /// The unit of the value.
    pub unit: Unit,
    /// Whether the value grows with the days of its period.
    pub measure: Measure,
    /// What one row behind it is.
    pub row: Row,
    /// Who may read it.
    pub access: Access,
    /// What it has to be told: one of each of these.
    pub needs: &'static [&'static [Argument]],
    /// What else it can be told.
    pub takes: &'static [&'static [Argument]],
    /// Whether the resources' parts of it are known, and sum to it.
    pub contributions: bool,
}

impl Definition {
    /// The metric with a key.
    #[must_use]
    pub fn with_key(key: &str) -> Option<&'static Self> {
        ALL.iter().find(|definition| definition.key == key)
    }

    /// Everything it can or has to be told.
    pub fn arguments(&self) -> impl Iterator<Item = Argument> {
        self.needs.iter().chain(self.takes).flat_map(|some| some.iter().copied())
    }
}

/// Every metric there is.
pub const ALL: &[Definition] = &[
    FUNNEL,
    STAGE_ENTRIES,
    STAGE_STOCK,
    TIME_IN_STAGE,
    TIME_IN_STAGE_P90,
    ANONYMOUS_TO_KNOWN,
    LATE_EVIDENCE,
    REP_FREE_SHARE,
    ENABLEMENT_COVERAGE,
    WIN_RATE,
    COMPETITIVE_WIN_RATE,
    NO_DECISION,
    NO_DECISION_SHARE_OF_LOSSES,
    SLA_STATUS,
    SLA_ACKNOWLEDGEMENT,
    SLA_VOLUME,
    SLA_QUALITY,
    HANDOFF_REJECT_RATE,
    HANDOFF_DRIFT,
    PIPELINE_VELOCITY,
    BLOCKER_REPORT,
    ATTRIBUTION,
    CREDIT_GAP,
    ORDER_TAKING,
    TACTIC_IMPORTANCE,
    CREDITED_CLOSES,
    CREDITED_VALUE,
    NEW_MONTHLY_VALUE,
    COST,
    COST_PER_CLOSE,
    BUDGET_USE,
    RESOURCE_INDEX,
    CLOSE_RATE,
    CAC_PAYBACK,
    ROMI,
    ROAS,
    MARGINAL_COST_PER_CLOSE,
    WORD_OF_MOUTH,
    ICP_FIT,
    DEMAND_COVERAGE,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_key_names_one_metric() {
        let keys: HashSet<_> = ALL.iter().map(|definition| definition.key).collect();
        let figures: HashSet<_> = ALL.iter().map(|definition| definition.figure).collect();
        assert_eq!((keys.len(), figures.len()), (ALL.len(), ALL.len()));
        for definition in ALL {
            assert_eq!(Definition::with_key(definition.key), Some(definition));
        }
        assert_eq!(Definition::with_key("closes"), None);
    }

    #[test]
    fn no_metric_takes_an_argument_twice() {
        for definition in ALL {
            let arguments: Vec<Argument> = definition.arguments().collect();
            for (place, argument) in arguments.iter().enumerate() {
                assert!(!arguments.iter().skip(place + 1).any(|other| other == argument), "{} {argument:?}", definition.key);
            }
        }
    }

    #[test]
    fn what_adds_up_is_counted_or_paid() {
        for definition in ALL.iter().filter(|definition| definition.measure == Measure::Cumulative) {
            assert!(matches!(definition.unit, Unit::Count | Unit::Money), "{}", definition.key);
        }
    }
}
