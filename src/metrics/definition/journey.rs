//! What is measured of the way buyers go.

use super::{Access, Argument, Definition, Figure, GROUP, Measure, Row, Unit};

/// How many subjects get how far.
pub const FUNNEL: Definition = Definition {
    figure: Figure::Funnel,
    key: "funnel",
    version: 1,
    formula: "COHORT: subjects whose entry lies in the period, by the steps they reached within the window, over all that entered \
        (naive) and over those whose window has passed (matured). PERIOD: distinct subjects entering each stage in the period. \
        STOCK: subjects by the stage they stand in at the end of the period.",
    value: "of the subjects whose entry lies in the period and whose window has passed, the share that reached the stage within it",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Subject,
    access: Access::Funnel,
    needs: &[&[Argument::Stage]],
    takes: &[GROUP, &[Argument::Pipeline, Argument::Subject, Argument::Order, Argument::Window]],
    contributions: false,
};

/// How many enter a stage.
pub const STAGE_ENTRIES: Definition = Definition {
    figure: Figure::StageEntries,
    key: "stage_entries",
    version: 1,
    formula: "distinct subjects that enter a stage in the period: what happened in it, whoever it happened to.",
    value: "the number",
    unit: Unit::Count,
    measure: Measure::Cumulative,
    row: Row::Subject,
    access: Access::Funnel,
    needs: &[&[Argument::Stage]],
    takes: &[GROUP, &[Argument::Pipeline, Argument::Subject]],
    contributions: false,
};

/// How many stand in a stage.
pub const STAGE_STOCK: Definition = Definition {
    figure: Figure::StageStock,
    key: "stage_stock",
    version: 1,
    formula: "subjects that stand in a stage at the end of the period, or now while it lasts.",
    value: "the number",
    unit: Unit::Count,
    measure: Measure::Ratio,
    row: Row::Subject,
    access: Access::Funnel,
    needs: &[&[Argument::Stage]],
    takes: &[GROUP, &[Argument::Pipeline, Argument::Subject]],
    contributions: false,
};

/// How long subjects stay in a stage.
pub const TIME_IN_STAGE: Definition = Definition {
    figure: Figure::TimeInStage,
    key: "time_in_stage",
    version: 1,
    formula: "elapsed time from the entry into a stage to the entry into the next one, of the visits that begin in the period: mean, \
        median and 90th percentile (interpolated) of those that ended. Those that still run are in the survival curve alone \
        (Kaplan and Meier); backdated ones are counted and left out.",
    value: "the median of the stage",
    unit: Unit::Days,
    measure: Measure::Ratio,
    row: Row::Visit,
    access: Access::Funnel,
    needs: &[&[Argument::Stage]],
    takes: &[GROUP, &[Argument::Pipeline, Argument::Subject]],
    contributions: false,
};

/// How long the slowest tenth stays in a stage at least.
pub const TIME_IN_STAGE_P90: Definition = Definition {
    figure: Figure::TimeInStageP90,
    key: "time_in_stage_p90",
    version: 1,
    formula: "elapsed time from the entry into a stage to the entry into the next one, of the visits that begin in the period and ended without \
        being backdated: the 90th percentile, interpolated.",
    value: "that of the stage",
    unit: Unit::Days,
    measure: Measure::Ratio,
    row: Row::Visit,
    access: Access::Funnel,
    needs: &[&[Argument::Stage]],
    takes: &[GROUP, &[Argument::Pipeline, Argument::Subject]],
    contributions: false,
};

/// How many visitors tell who they are.
pub const ANONYMOUS_TO_KNOWN: Definition = Definition {
    figure: Figure::AnonymousToKnown,
    key: "anonymous_to_known",
    version: 1,
    formula: "visitors first seen in the period who became known within the window, over all of them (naive) and over those whose \
        window has passed (matured). A visitor is a person as recorded; the people that those who became known turned out to be \
        are counted beside them.",
    value: "of the visitors whose window has passed, the share that became known within it",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Visitor,
    access: Access::Funnel,
    needs: &[],
    takes: &[GROUP, &[Argument::Window]],
    contributions: false,
};

/// How far evidence has moved since closes were recorded.
pub const LATE_EVIDENCE: Definition = Definition {
    figure: Figure::LateEvidence,
    key: "late_evidence",
    version: 1,
    formula: "closes won in the period whose touches within the lookback are not those that were known when the close was recorded, \
        divided by all closes won in it. A touch is late where it was recorded or corrected after the close, or where whoever it is \
        of was said to be the buyer only after it.",
    value: "the share",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Close,
    access: Access::Funnel,
    needs: &[],
    takes: &[GROUP],
    contributions: false,
};

/// How many buy without a seller.
pub const REP_FREE_SHARE: Definition = Definition {
    figure: Figure::RepFreeShare,
    key: "rep_free_share",
    version: 1,
    formula: "closes won in the period on the path SELF_SERVE with no touch by a seller within the lookback, over all closes won in it \
        that were neither voided nor wholly given back. Beside it the touches within the lookback that no seller made, over all of them.",
    value: "the share of closes",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Close,
    access: Access::Funnel,
    needs: &[],
    takes: &[GROUP],
    contributions: false,
};

/// How much of what holds buyers back there is content for.
pub const ENABLEMENT_COVERAGE: Definition = Definition {
    figure: Figure::EnablementCoverage,
    key: "enablement_coverage",
    version: 1,
    formula: "pairs of a stage on the way and a kind of blocker for which some content in use covers both, over all such pairs; beside \
        each pair the touches of the period that used that content, and the blockers of the kind that were resolved with it.",
    value: "the share of pairs",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Content,
    access: Access::Funnel,
    needs: &[],
    takes: &[&[Argument::Pipeline]],
    contributions: false,
};

/// Whether what is done is aimed at the ideal customer.
pub const ICP_FIT: Definition = Definition {
    figure: Figure::IcpFit,
    key: "icp_fit",
    version: 1,
    formula: "share that goes to accounts whose weighted attributes reach the threshold of the profile (on fit), cannot reach it (off \
        fit), or may (unknown: what is not known is not false). TOUCHES: touches in the period, by the account of the touch or of its \
        person; without one unknown. SPEND: cost of tactics accrued in the period, each over its touches of the period equally, by the \
        largest remainder; of a tactic without touches, or by touches without an account, unknown; pay that is not said to be of three \
        people at least is left out. CLOSES: closes won in the period without voided and fully refunded ones, and their value net of \
        refunds.",
    value: "the share on fit: of touches, of what was spent, or of closes by their number; `TOUCHES` where none is named",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::TouchCostOrClose,
    access: Access::Funnel,
    needs: &[],
    takes: &[&[Argument::FitOf, Argument::IcpProfile]],
    contributions: false,
};

/// How much of a segment is reached.
pub const DEMAND_COVERAGE: Definition = Definition {
    figure: Figure::DemandCoverage,
    key: "demand_coverage",
    version: 1,
    formula: "accounts of a segment that were touched since a moment, themselves or by somebody who buys for them, that are looking by \
        their latest signal, where somebody is known, and that bought, each over all accounts of the segment. An account of which nobody \
        knows whether it belongs to the segment is counted apart and in no share.",
    value: "the share of the part at the end of the period, or now while it lasts; `TOUCHED` where none is named",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Account,
    access: Access::Funnel,
    needs: &[&[Argument::Segment]],
    takes: &[&[Argument::Reached]],
    contributions: false,
};
