//! What each metric means: cited by every answer, listed for whoever wants to know.

/// The unit of a metric's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A share of one: `0.5714` is 57.14 %.
    Ratio,
    /// Major units of a currency.
    Money,
    /// A number of things.
    Count,
    /// Days of 24 hours.
    Days,
    /// Months.
    Months,
}

/// A metric, by the version of its formula. A change of the formula is a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Names the metric.
    pub key: &'static str,
    /// From 1.
    pub version: i32,
    /// What is computed, in words.
    pub formula: &'static str,
    /// The unit of the value.
    pub unit: Unit,
}

/// How many subjects get how far.
pub const FUNNEL: Definition = Definition {
    key: "funnel",
    version: 1,
    formula: "COHORT: subjects whose entry lies in the period, by the steps they reached within the window, over all that entered \
        (naive) and over those whose window has passed (matured). PERIOD: distinct subjects entering each stage in the period. \
        STOCK: subjects by the stage they stand in at the end of the period.",
    unit: Unit::Ratio,
};

/// How long subjects stay in a stage.
pub const TIME_IN_STAGE: Definition = Definition {
    key: "time_in_stage",
    version: 1,
    formula: "elapsed time from the entry into a stage to the entry into the next one, of the visits that begin in the period: mean, \
        median and 90th percentile (interpolated) of those that ended. Those that still run are in the survival curve alone \
        (Kaplan and Meier); backdated ones are counted and left out.",
    unit: Unit::Days,
};

/// How many visitors tell who they are.
pub const ANONYMOUS_TO_KNOWN: Definition = Definition {
    key: "anonymous_to_known",
    version: 1,
    formula: "visitors first seen in the period who became known within the window, over all of them (naive) and over those whose \
        window has passed (matured). A visitor is a person as recorded; the people that those who became known turned out to be \
        are counted beside them.",
    unit: Unit::Ratio,
};

/// How far evidence has moved since closes were recorded.
pub const LATE_EVIDENCE: Definition = Definition {
    key: "late_evidence",
    version: 1,
    formula: "closes won in the period whose touches within the lookback are not those that were known when the close was recorded, \
        divided by all closes won in it. A touch is late where it was recorded or corrected after the close, or where whoever it is \
        of was said to be the buyer only after it.",
    unit: Unit::Ratio,
};

/// How many buy without a seller.
pub const REP_FREE_SHARE: Definition = Definition {
    key: "rep_free_share",
    version: 1,
    formula: "closes won in the period on the path SELF_SERVE with no touch by a seller within the lookback, over all closes won in it \
        that were neither voided nor wholly given back. Beside it the touches within the lookback that no seller made, over all of them.",
    unit: Unit::Ratio,
};

/// How much of what holds buyers back there is content for.
pub const ENABLEMENT_COVERAGE: Definition = Definition {
    key: "enablement_coverage",
    version: 1,
    formula: "pairs of a stage on the way and a kind of blocker for which some content in use covers both, over all such pairs; beside \
        each pair the touches of the period that used that content, and the blockers of the kind that were resolved with it.",
    unit: Unit::Ratio,
};

/// How often opportunities are won.
pub const WIN_RATE: Definition = Definition {
    key: "win_rate",
    version: 1,
    formula: "CLOSED_BASIS: won, over won and lost, of the opportunities that ended in the period. COHORT_BASIS: won so far, over all \
        that began in the period; what is open can still be won. What was disqualified or recorded twice is in neither, \
        nor is a win whose close was voided or wholly given back.",
    unit: Unit::Ratio,
};

/// How often opportunities end without a decision.
pub const NO_DECISION: Definition = Definition {
    key: "no_decision",
    version: 1,
    formula: "opportunities that ended in the period by indecision or by staying with what is, over all that were won or lost (rate), \
        and over all that were lost (share of losses). What was disqualified or recorded twice is in neither.",
    unit: Unit::Ratio,
};

/// How both sides keep a service agreement.
pub const SLA_STATUS: Definition = Definition {
    key: "sla_status",
    version: 1,
    formula: "of the handoffs offered in the period: buyers accepted, by an answer or by silence and each once, over committed (volume; \
        raw, and at most a whole), accepted over accepted or rejected (quality), rejected over offered (reject rate); of their clocks: \
        met over met, late and overdue (attainment), by when it was done. What runs or is paused is pending, what was cancelled in time \
        or withdrawn is in no rate. A part of a week, month or quarter commits to its days' share. By owner and team a clock counts for \
        who owed it when it was done or due.",
    unit: Unit::Ratio,
};

/// Whether both sides still mean the same by a lead.
pub const HANDOFF_DRIFT: Definition = Definition {
    key: "handoff_drift",
    version: 1,
    formula: "rejected over offered, of the handoffs that a tactic brought and that were offered in the period, less the same of all \
        handoffs of the agreement in percentage points; and less the same of the tactic in the period before.",
    unit: Unit::Ratio,
};

/// How much is won in a day.
pub const PIPELINE_VELOCITY: Definition = Definition {
    key: "pipeline_velocity",
    version: 1,
    formula: "opportunities open at the end of the period x won / decided in it x mean value of what was won / mean days from the \
        beginning of an opportunity to its win. Values are net of what was given back; closes that were voided or fully refunded, \
        and those in a currency without a rate, are out of the mean.",
    unit: Unit::Money,
};

/// What keeps buyers from deciding.
pub const BLOCKER_REPORT: Definition = Definition {
    key: "blocker_report",
    version: 1,
    formula: "blockers raised in the period: resolved / raised, median days from raising to resolving of those resolved, age of those \
        open; and the rate of no decision of the opportunities that ended in the period, with a blocker raised before their end and \
        without.",
    unit: Unit::Ratio,
};

/// Who earned what was won, by the evidence of touches.
pub const ATTRIBUTION: Definition = Definition {
    key: "attribution",
    version: 1,
    formula: "closes won in the period that were neither voided nor wholly given back, and what is left of their value, each divided \
        over the touches of its buyer within the lookback by the weights of the model, by the largest remainder; share = credited \
        closes / all closes. MARKOV and SHAPLEY divide all closes with touches over the values their journeys passed, MARKOV by \
        1 - P(won without the value) / P(won), of the closes and of the opportunities lost in the period; the journey of an \
        opportunity, won or lost, is the touches of its account and of who had a part in it. What no touch can be given to is \
        unattributed. It is correlation, not cause.",
    unit: Unit::Ratio,
};

/// How far the ledger is from the evidence.
pub const CREDIT_GAP: Definition = Definition {
    key: "credit_gap",
    version: 1,
    formula: "share of all closes won in the period that a resource holds in the ledger, less the share that evidence gives it by a model, \
        in percentage points. Shares of both sum to a whole by the largest remainder, so that gaps sum to zero. What evidence gives to \
        none is a line of its own. Voided and wholly refunded closes are out.",
    unit: Unit::Ratio,
};

/// How much of what sellers get credit for they only wrote down.
pub const ORDER_TAKING: Definition = Definition {
    key: "order_taking",
    version: 1,
    formula: "closes won in the period of which SALES holds 5 000 basis points at least and whose first touch of SALES within the \
        lookback, if any, was not before the first sign that the buyer wants to buy, over all of which SALES holds so much and such a \
        sign is known. Voided and wholly refunded closes are out.",
    unit: Unit::Ratio,
};

/// What tactics earn for what they cost.
pub const TACTIC_IMPORTANCE: Definition = Definition {
    key: "tactic_importance",
    version: 1,
    formula: "value credited to a tactic by a model / value credited to all tactics, divided by cost of the tactic accrued in the period / \
        cost of all tactics; above 1 it earns more than its budget. Beside it the removal effect of a first-order chain, and the rates at \
        which opportunities decided in the period were won with a touch of it before and without.",
    unit: Unit::Ratio,
};

/// What a close costs.
pub const COST_PER_CLOSE: Definition = Definition {
    key: "cost_per_close",
    version: 1,
    formula: "cost accrued in the period, shared cost allocated, divided by credited closes: the sum of the closes' basis points / 10 000.",
    unit: Unit::Money,
};

/// How much of what may be spent was spent.
pub const BUDGET_USE: Definition = Definition {
    key: "budget_use",
    version: 1,
    formula: "cost accrued in the period divided by the budget that falls on it, each budget over its days equally: of a resource all \
        cost it bears itself, of a tactic what was spent on it. Shared cost is set against shared budgets, not allocated.",
    unit: Unit::Ratio,
};

/// Whether a resource earns more than its budget.
pub const RESOURCE_INDEX: Definition = Definition {
    key: "resource_index",
    version: 1,
    formula: "share of credited closes divided by share of cost; above 1 the resource earns more than its budget.",
    unit: Unit::Ratio,
};

/// How much of what it brought in a resource closes.
pub const CLOSE_RATE: Definition = Definition {
    key: "close_rate",
    version: 1,
    formula: "credited closes of the opportunities that began in the period and have had their days since, divided by those of them \
        that the resource sourced. Disqualified and duplicate ones, and those whose close was voided or wholly given back, are out. Above \
        1 a resource holds credit for more than it brought in.",
    unit: Unit::Ratio,
};

/// How long customers take to pay back what they cost.
pub const CAC_PAYBACK: Definition = Definition {
    key: "cac_payback",
    version: 1,
    formula: "cost accrued in the period, shared cost allocated, divided by what the new customers among its credited closes bring each \
        month times the gross margin.",
    unit: Unit::Months,
};

/// What comes back of what was spent.
pub const ROMI: Definition = Definition {
    key: "romi",
    version: 1,
    formula: "value of credited closes times the gross margin, less cost accrued in the period, divided by that cost.",
    unit: Unit::Ratio,
};

/// What is won for each unit spent.
pub const ROAS: Definition =
    Definition { key: "roas", version: 1, formula: "value of credited closes divided by cost accrued in the period.", unit: Unit::Ratio };

/// What one close more costs.
pub const MARGINAL_COST_PER_CLOSE: Definition = Definition {
    key: "marginal_cost_per_close",
    version: 1,
    formula: "change of cost between two periods divided by change of credited closes. Negative where more was closed for less, or less \
        for more.",
    unit: Unit::Money,
};

/// How much is won because people talk.
pub const WORD_OF_MOUTH: Definition = Definition {
    key: "word_of_mouth",
    version: 1,
    formula: "closes won in the period with a touch within the lookback by recommendation, word of mouth or the community, or by a member \
        of the community, a peer or an influencer, over all; and those of them that the buyer made by themselves without any touch of \
        SALES or MARKETING. Voided and wholly refunded closes are out.",
    unit: Unit::Ratio,
};

/// Whether what is done is aimed at the ideal customer.
pub const ICP_FIT: Definition = Definition {
    key: "icp_fit",
    version: 1,
    formula: "share that goes to accounts whose weighted attributes reach the threshold of the profile (on fit), cannot reach it (off \
        fit), or may (unknown: what is not known is not false). TOUCHES: touches in the period, by the account of the touch or of its \
        person; without one unknown. SPEND: cost of tactics accrued in the period, each over its touches of the period equally, by the \
        largest remainder; of a tactic without touches, or by touches without an account, unknown; pay that is not said to be of three \
        people at least is left out. CLOSES: closes won in the period without voided and fully refunded ones, and their value net of \
        refunds.",
    unit: Unit::Ratio,
};

/// How much of a segment is reached.
pub const DEMAND_COVERAGE: Definition = Definition {
    key: "demand_coverage",
    version: 1,
    formula: "accounts of a segment that were touched since a moment, themselves or by somebody who buys for them, that are looking by \
        their latest signal, where somebody is known, and that bought, each over all accounts of the segment. An account of which nobody \
        knows whether it belongs to the segment is counted apart and in no share.",
    unit: Unit::Ratio,
};

/// Every metric there is.
pub const ALL: &[Definition] = &[
    FUNNEL,
    TIME_IN_STAGE,
    ANONYMOUS_TO_KNOWN,
    LATE_EVIDENCE,
    REP_FREE_SHARE,
    ENABLEMENT_COVERAGE,
    WIN_RATE,
    NO_DECISION,
    SLA_STATUS,
    HANDOFF_DRIFT,
    PIPELINE_VELOCITY,
    BLOCKER_REPORT,
    ATTRIBUTION,
    CREDIT_GAP,
    ORDER_TAKING,
    TACTIC_IMPORTANCE,
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
    fn a_key_and_version_name_one_definition() {
        let names: HashSet<_> = ALL.iter().map(|definition| (definition.key, definition.version)).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
