//! What touches and journeys say about who earned what was won. It is correlation, never cause, and moves no credit.
//!
//! - The net basis: closes that were voided, or wholly given back, are out; what was given back in part lowers what every touch
//!   gets. A close without a rate for its currency is counted, and has no value.
//! - A close is divided over the touches of its buyer within the lookback: of the person and the account, and of whoever is the
//!   same, or of the person alone. What no touch can be given to, and touches without a tactic or team, stand on a line of their own.
//! - Models of journeys need those that were lost too: the opportunities lost in the period, with the touches of their account
//!   and of who had a part in them, before the decision. A close that won an opportunity has the journey of that opportunity,
//!   collected alike. They weigh values, not touches, and so have no rows.
//! - One read transaction loads the facts, once for any number of models; the rows behind a number are taken from the same pass
//!   that added it up.

pub mod graphql;
pub mod service;
mod store;
