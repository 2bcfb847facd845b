//! What is measured of what was won and what it cost.

use super::{Access, Argument, COSTS, Definition, Figure, LINE, Measure, Row, Unit};

/// What was won, by who holds the credit.
pub const CREDITED_CLOSES: Definition = Definition {
    figure: Figure::CreditedCloses,
    key: "credited_closes",
    version: 1,
    formula: "the sum of the basis points of the closes won in the period / 10 000; of all resources together the number of closes.",
    value: "that of the line; of all resources together where no line is named",
    unit: Unit::Count,
    measure: Measure::Cumulative,
    row: Row::Close,
    access: Access::CostPerClose,
    needs: &[],
    takes: &[LINE, COSTS],
    contributions: true,
};

/// What it is worth, by who holds the credit.
pub const CREDITED_VALUE: Definition = Definition {
    figure: Figure::CreditedValue,
    key: "credited_value",
    version: 1,
    formula: "the value of each close won in the period, split by its basis points by the largest remainder, summed.",
    value: "that of the line; of all resources together where no line is named",
    unit: Unit::Money,
    measure: Measure::Cumulative,
    row: Row::Close,
    access: Access::CostPerClose,
    needs: &[],
    takes: &[LINE, COSTS],
    contributions: true,
};

/// What new customers bring each month, by who holds the credit.
pub const NEW_MONTHLY_VALUE: Definition = Definition {
    figure: Figure::NewMonthlyValue,
    key: "new_monthly_value",
    version: 1,
    formula: "what the new customers among the closes won in the period bring each month, split by basis points by the largest remainder, summed; \
        more business with a customer is none of it.",
    value: "that of the line; of all resources together where no line is named",
    unit: Unit::Money,
    measure: Measure::Cumulative,
    row: Row::Close,
    access: Access::CostPerClose,
    needs: &[],
    takes: &[LINE, COSTS],
    contributions: true,
};

/// What was spent.
pub const COST: Definition = Definition {
    figure: Figure::Cost,
    key: "cost",
    version: 1,
    formula: "cost accrued in the period, shared cost allocated.",
    value: "that of the line; of all resources together where no line is named",
    unit: Unit::Money,
    measure: Measure::Cumulative,
    row: Row::CostEntry,
    access: Access::CostPerClose,
    needs: &[],
    takes: &[LINE, COSTS],
    contributions: true,
};

/// What a close costs.
pub const COST_PER_CLOSE: Definition = Definition {
    figure: Figure::CostPerClose,
    key: "cost_per_close",
    version: 1,
    formula: "cost accrued in the period, shared cost allocated, divided by credited closes: the sum of the closes' basis points / 10 000.",
    value: "that of the line; of all resources together where no line is named",
    unit: Unit::Money,
    measure: Measure::Ratio,
    row: Row::CloseAndCost,
    access: Access::CostPerClose,
    needs: &[],
    takes: &[LINE, COSTS],
    contributions: true,
};

/// How much of what may be spent was spent.
pub const BUDGET_USE: Definition = Definition {
    figure: Figure::BudgetUse,
    key: "budget_use",
    version: 1,
    formula: "cost accrued in the period divided by the budget that falls on it, each budget over its days equally: of a resource all \
        cost it bears itself, of a tactic what was spent on it. Shared cost is set against shared budgets, not allocated.",
    value: "that of the line",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::CostEntry,
    access: Access::CostPerClose,
    needs: &[&[Argument::Resource, Argument::Tactic]],
    takes: &[],
    contributions: false,
};

/// Whether a resource earns more than its budget.
pub const RESOURCE_INDEX: Definition = Definition {
    figure: Figure::ResourceIndex,
    key: "resource_index",
    version: 1,
    formula: "share of credited closes divided by share of cost; above 1 the resource earns more than its budget.",
    value: "that of the resource",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::CloseAndCost,
    access: Access::CostPerClose,
    needs: &[&[Argument::Resource]],
    takes: &[COSTS],
    contributions: false,
};

/// How much of what it brought in a resource closes.
pub const CLOSE_RATE: Definition = Definition {
    figure: Figure::CloseRate,
    key: "close_rate",
    version: 1,
    formula: "credited closes of the opportunities that began in the period and have had their days since, divided by those of them \
        that the resource sourced. Disqualified and duplicate ones, and those whose close was voided or wholly given back, are out. Above \
        1 a resource holds credit for more than it brought in.",
    value: "that of the resource",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::Opportunity,
    access: Access::CostPerClose,
    needs: &[&[Argument::Resource]],
    takes: &[&[Argument::MatureAfterDays]],
    contributions: false,
};

/// How long customers take to pay back what they cost.
pub const CAC_PAYBACK: Definition = Definition {
    figure: Figure::CacPayback,
    key: "cac_payback",
    version: 1,
    formula: "cost accrued in the period, shared cost allocated, divided by what the new customers among its credited closes bring each \
        month times the gross margin.",
    value: "that of the resource; of all together where none is named",
    unit: Unit::Months,
    measure: Measure::Ratio,
    row: Row::CloseAndCost,
    access: Access::CostPerClose,
    needs: &[&[Argument::GrossMargin]],
    takes: &[&[Argument::Resource], COSTS],
    contributions: false,
};

/// What comes back of what was spent.
pub const ROMI: Definition = Definition {
    figure: Figure::Romi,
    key: "romi",
    version: 1,
    formula: "value of credited closes times the gross margin, less cost accrued in the period, divided by that cost.",
    value: "that of the resource; of all together where none is named",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::CloseAndCost,
    access: Access::CostPerClose,
    needs: &[&[Argument::GrossMargin]],
    takes: &[&[Argument::Resource], COSTS],
    contributions: false,
};

/// What is won for each unit spent.
pub const ROAS: Definition = Definition {
    figure: Figure::Roas,
    key: "roas",
    version: 1,
    formula: "value of credited closes divided by cost accrued in the period.",
    value: "that of the resource; of all together where none is named",
    unit: Unit::Ratio,
    measure: Measure::Ratio,
    row: Row::CloseAndCost,
    access: Access::CostPerClose,
    needs: &[&[Argument::GrossMargin]],
    takes: &[&[Argument::Resource], COSTS],
    contributions: false,
};

/// What one close more costs.
pub const MARGINAL_COST_PER_CLOSE: Definition = Definition {
    figure: Figure::MarginalCostPerClose,
    key: "marginal_cost_per_close",
    version: 1,
    formula: "change of cost between two periods divided by change of credited closes. Negative where more was closed for less, or less \
        for more.",
    value: "that of the resource, between the period before and this one",
    unit: Unit::Money,
    measure: Measure::Ratio,
    row: Row::CloseAndCost,
    access: Access::CostPerClose,
    needs: &[&[Argument::Resource]],
    takes: &[],
    contributions: false,
};
