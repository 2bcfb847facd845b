//! What closes bring against what they cost.

use entity::kinds::Resource;
use entity::time::Timestamp;
use rust_decimal::Decimal;

use crate::auth::Scope;
use crate::auth::permission::grant::CostPerCloseRead;
use crate::costs::exchange::service::Rates;
use crate::costs::service::{
    CostDimension, CostPerClose, CostPerCloseQuestion, LineSubject, Matching, cost_per_close, cost_per_close_trend,
};
use crate::error::{Error, ProblemCode, Result};
use crate::input::WantedPeriod;
use crate::metrics::cost_per_close::{Basis, Refunds};
use crate::metrics::economics::{Economics, Margin, Spent, economics};
use crate::metrics::period::Grain;

/// What is asked.
#[derive(Clone, Debug)]
pub struct EconomicsQuestion {
    /// The days it is about.
    pub period: WantedPeriod,
    /// What is left of revenue once what was sold is paid for.
    pub gross_margin: Decimal,
    /// Which closes count.
    pub basis: Basis,
    /// When movements of closes count.
    pub refunds: Refunds,
    /// Which closes and which costs are held against each other.
    pub matching: Matching,
    /// By which rates amounts in other currencies are converted.
    pub rates: Rates,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

impl EconomicsQuestion {
    fn of_costs(&self) -> CostPerCloseQuestion {
        CostPerCloseQuestion {
            period: self.period.clone(),
            by: CostDimension::Resource,
            basis: self.basis,
            refunds: self.refunds,
            matching: self.matching,
            rates: self.rates,
            as_of: self.as_of,
        }
    }

    fn margin(&self) -> Result<Margin> {
        Margin::new(self.gross_margin).map_err(|error| Error::invalid("grossMargin", ProblemCode::Invalid, error.to_string()))
    }
}

/// What closes brought and cost in one period.
#[derive(Clone, Debug)]
pub struct UnitEconomics {
    /// What they cost, and what they are worth.
    pub costs: CostPerClose,
    /// The margin.
    pub margin: Margin,
    /// Of each resource.
    pub lines: Vec<(Resource, Spent, Economics)>,
    /// Of all together.
    pub whole: (Spent, Economics),
}

/// Answers for one period.
///
/// # Errors
/// Problems with `grossMargin` and as [`cost_per_close`].
pub async fn unit_economics(scope: &Scope<CostPerCloseRead>, question: &EconomicsQuestion) -> Result<UnitEconomics> {
    let margin = question.margin()?;
    UnitEconomics::of(cost_per_close(scope, &question.of_costs()).await?, margin)
}

/// Answers for each part of a period. Facts are loaded once.
///
/// # Errors
/// As [`unit_economics`].
pub async fn unit_economics_trend(
    scope: &Scope<CostPerCloseRead>,
    question: &EconomicsQuestion,
    grain: Grain,
) -> Result<Vec<UnitEconomics>> {
    let margin = question.margin()?;
    let parts = cost_per_close_trend(scope, &question.of_costs(), grain).await?;
    parts.into_iter().map(|costs| UnitEconomics::of(costs, margin)).collect()
}

impl UnitEconomics {
    fn of(costs: CostPerClose, margin: Margin) -> Result<Self> {
        let scale = costs.currency().scale();
        let of = |spent: Spent| economics(&spent, margin, scale).map(|found| (spent, found)).map_err(Error::internal);
        let report = costs.report();
        let whole = of(Spent {
            cost_minor: report.cost_minor,
            no_cost: report.no_cost,
            value_minor: report.value_minor,
            monthly_minor: report.monthly_minor,
        })?;
        let mut lines = Vec::new();
        for (subject, line) in costs.lines() {
            let LineSubject::Resource(resource) = subject else { continue };
            let (spent, found) = of(Spent {
                cost_minor: line.cost_minor,
                no_cost: line.no_cost,
                value_minor: line.value_minor,
                monthly_minor: line.monthly_minor,
            })?;
            lines.push((resource, spent, found));
        }
        Ok(Self { costs, margin, lines, whole })
    }
}
