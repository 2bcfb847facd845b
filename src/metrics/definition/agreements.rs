//! What is measured of what the resources owe each other.

use super::{Access, Argument, Definition, Figure, Measure, Row, Unit};

/// How both sides keep a service agreement.
pub const SLA_STATUS: Definition = Definition {
    figure: Figure::SlaStatus,
    key: "sla_status",
    version: 1,
    formula: "of the handoffs offered in the period: buyers accepted, by an answer or by silence and each once, over committed (volume; \
        raw, and at most a whole), accepted over accepted or rejected (quality), rejected over offered (reject rate); of their clocks: \
        met over met, late and overdue (attainment), by when it was done. What runs or is paused is pending, what was cancelled in time \
        or withdrawn is in no rate. A part of a week, month or quarter commits to its days' share. By owner and team a clock counts for \
        who owed it when it was done or due.",
    value: "the attainment of the receiving side: the clocks of all `SPEED` and `DEPTH` clauses",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Clock,
    access: Access::Agreement,
    needs: &[&[Argument::Agreement]],
    takes: &[&[Argument::Owner, Argument::Team, Argument::Tactic]],
    contributions: false,
};

/// How well the offering side answers rejections.
pub const SLA_ACKNOWLEDGEMENT: Definition = Definition {
    figure: Figure::SlaAcknowledgement,
    key: "sla_acknowledgement",
    version: 1,
    formula: "of the clocks of ACKNOWLEDGEMENT clauses on handoffs offered in the period: met over met, late and overdue, by when it was done.",
    value: "the attainment",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Clock,
    access: Access::Agreement,
    needs: &[&[Argument::Agreement]],
    takes: &[&[Argument::Owner, Argument::Team, Argument::Tactic]],
    contributions: false,
};

/// How much of what was committed was accepted.
pub const SLA_VOLUME: Definition = Definition {
    figure: Figure::SlaVolume,
    key: "sla_volume",
    version: 1,
    formula: "buyers accepted of those offered in the period, by an answer or by silence and each once, over committed; as it is, not capped.",
    value: "the attainment",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Handoff,
    access: Access::Agreement,
    needs: &[&[Argument::Agreement]],
    takes: &[],
    contributions: false,
};

/// How much of what was offered was good.
pub const SLA_QUALITY: Definition = Definition {
    figure: Figure::SlaQuality,
    key: "sla_quality",
    version: 1,
    formula: "accepted over accepted or rejected, of the handoffs offered in the period.",
    value: "the share",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Handoff,
    access: Access::Agreement,
    needs: &[&[Argument::Agreement]],
    takes: &[&[Argument::Owner, Argument::Team, Argument::Tactic]],
    contributions: false,
};

/// How much of what was offered was rejected.
pub const HANDOFF_REJECT_RATE: Definition = Definition {
    figure: Figure::HandoffRejectRate,
    key: "handoff_reject_rate",
    version: 1,
    formula: "rejected over offered, of the handoffs offered in the period.",
    value: "the rate",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Handoff,
    access: Access::Agreement,
    needs: &[&[Argument::Agreement]],
    takes: &[&[Argument::Owner, Argument::Team, Argument::Tactic]],
    contributions: false,
};

/// Whether both sides still mean the same by a lead.
pub const HANDOFF_DRIFT: Definition = Definition {
    figure: Figure::HandoffDrift,
    key: "handoff_drift",
    version: 1,
    formula: "rejected over offered, of the handoffs that a tactic brought and that were offered in the period, less the same of all \
        handoffs of the agreement in percentage points; and less the same of the tactic in the period before.",
    value: "the difference of the tactic from all handoffs of the agreement, in percentage points",
    unit: Unit::PercentagePoints,
    measure: Measure::Ratio,
    row: Row::Handoff,
    access: Access::Agreement,
    needs: &[&[Argument::Agreement], &[Argument::Tactic]],
    takes: &[],
    contributions: false,
};
