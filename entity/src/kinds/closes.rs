//! The closed sets of won business.

use sea_orm::entity::prelude::*;

kinds! {
    /// What kind of business was won.
    CloseKind {
        /// Business with somebody as a customer of whom they are gained, or gained again.
        New = "NEW",
        /// More business with a customer.
        Expansion = "EXPANSION",
    }
}
