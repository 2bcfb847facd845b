//! What tactics cost, for the metrics of other areas.

use entity::ids::TacticId;
use entity::money::CurrencyCode;
use entity::time::Timestamp;

use super::pay::stands_alone;
use crate::costs::exchange::service::{Rates, pricing};
use crate::costs::store;
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::metrics::accrual::{Accrual, DaySpan};

/// A cost of a tactic.
#[derive(Clone, Copy, Debug)]
pub struct TacticCost {
    /// The tactic.
    pub tactic_id: TacticId,
    /// The days it covers.
    pub days: DaySpan,
    /// How much of it falls on which days; `None` without a rate for its currency.
    pub accrual: Option<Accrual>,
    /// Whether it is pay that is not said to be of several people, so that a number of few tactics or accounts must not hold it.
    pub tells_pay: bool,
}

/// What was spent on tactics on any of some days as of an instant, in one currency; within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn tactic_costs(tx: &TenantTx, days: DaySpan, currency: CurrencyCode, as_of: Timestamp) -> Result<Vec<TacticCost>> {
    let spent = store::spent_on(tx, days, as_of).await?;
    let pricing = pricing(tx, currency, Rates::OwnDate, spent.iter().filter_map(store::Spent::dated), as_of).await?;
    let of_tactics = spent.into_iter().filter_map(|cost| Some((cost.tactic_id?, cost)));
    let costs = of_tactics.map(|(tactic_id, cost)| {
        let days = cost.days.ok_or(Error::broken("the days of a cost entry are in order"))?;
        Ok(TacticCost {
            tactic_id,
            days,
            accrual: pricing.cost(cost.id, cost.amount).map(|amount_minor| Accrual::new(amount_minor, days)),
            tells_pay: !stands_alone(cost.category, cost.people),
        })
    });
    costs.collect()
}
