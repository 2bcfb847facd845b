//! What is measured of who earned what was won.

use super::{Access, Argument, Definition, Figure, LINE, Measure, Row, Unit};

/// Who earned what was won, by the evidence of touches.
pub const ATTRIBUTION: Definition = Definition {
    figure: Figure::Attribution,
    key: "attribution",
    version: 1,
    formula: "closes won in the period that were neither voided nor wholly given back, and what is left of their value, each divided \
        over the touches of its buyer within the lookback by the weights of the model, by the largest remainder; share = credited \
        closes / all closes. MARKOV and SHAPLEY divide all closes with touches over the values their journeys passed, MARKOV by \
        1 - P(won without the value) / P(won), of the closes and of the opportunities lost in the period; the journey of an \
        opportunity, won or lost, is the touches of its account and of who had a part in it. What no touch can be given to is \
        unattributed. It is correlation, not cause.",
    value: "the share of the line; by `LINEAR` where no model is named",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Close,
    access: Access::CostPerClose,
    needs: &[LINE],
    takes: &[&[Argument::Model, Argument::Pooling, Argument::LookbackDays]],
    contributions: false,
};

/// How far the ledger is from the evidence.
pub const CREDIT_GAP: Definition = Definition {
    figure: Figure::CreditGap,
    key: "credit_gap",
    version: 1,
    formula: "share of all closes won in the period that a resource holds in the ledger, less the share that evidence gives it by a model, \
        in percentage points. Shares of both sum to a whole by the largest remainder, so that gaps sum to zero. What evidence gives to \
        none is a line of its own. Voided and wholly refunded closes are out.",
    value: "the gap of the resource; by `LINEAR` where no model is named",
    unit: Unit::PercentagePoints,
    measure: Measure::Ratio,
    row: Row::Close,
    access: Access::CostPerClose,
    needs: &[&[Argument::Resource]],
    takes: &[&[Argument::Model, Argument::Pooling, Argument::LookbackDays]],
    contributions: false,
};

/// How much of what sellers get credit for they only wrote down.
pub const ORDER_TAKING: Definition = Definition {
    figure: Figure::OrderTaking,
    key: "order_taking",
    version: 1,
    formula: "closes won in the period of which SALES holds 5 000 basis points at least and whose first touch of SALES within the \
        lookback, if any, was not before the first sign that the buyer wants to buy, over all of which SALES holds so much and such a \
        sign is known. Voided and wholly refunded closes are out.",
    value: "the share",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Close,
    access: Access::Funnel,
    needs: &[],
    takes: &[&[Argument::Pooling, Argument::LookbackDays]],
    contributions: false,
};

/// What tactics earn for what they cost.
pub const TACTIC_IMPORTANCE: Definition = Definition {
    figure: Figure::TacticImportance,
    key: "tactic_importance",
    version: 1,
    formula: "value credited to a tactic by a model / value credited to all tactics, divided by cost of the tactic accrued in the period / \
        cost of all tactics; above 1 it earns more than its budget. Beside it the removal effect of a first-order chain, and the rates at \
        which opportunities decided in the period were won with a touch of it before and without.",
    value: "the index of the tactic; by `LINEAR` where no model is named",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Close,
    access: Access::CostPerClose,
    needs: &[&[Argument::Tactic]],
    takes: &[&[Argument::Model, Argument::Pooling, Argument::LookbackDays]],
    contributions: false,
};

/// How much is won because people talk.
pub const WORD_OF_MOUTH: Definition = Definition {
    figure: Figure::WordOfMouth,
    key: "word_of_mouth",
    version: 1,
    formula: "closes won in the period with a touch within the lookback by recommendation, word of mouth or the community, or by a member \
        of the community, a peer or an influencer, over all; and those of them that the buyer made by themselves without any touch of \
        SALES or MARKETING. Voided and wholly refunded closes are out.",
    value: "the share with word of mouth behind it",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Close,
    access: Access::CostPerClose,
    needs: &[],
    takes: &[],
    contributions: false,
};
