//! Use cases of exchange rates.

mod conversion;
mod pricing;
mod rates;

pub use conversion::{pin_closes, pin_costs, rates_of_closes, rates_of_costs};
pub use pricing::{Pricing, Rates, Worth, pricing};
pub use rates::{NewRate, RateFilter, fx_rates, fx_rates_by_id, rate_of, record_fx_rates, record_fx_rates_in};
