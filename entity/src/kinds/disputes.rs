//! How disputes about credit end.

use sea_orm::entity::prelude::*;

kinds! {
    /// How a dispute about credit ended.
    DisputeEnd {
        /// Whoever answers for the ledger moved credit.
        Upheld = "UPHELD",
        /// Whoever answers for the ledger left it as it is.
        Rejected = "REJECTED",
        /// Who opened it no longer disputes.
        Withdrawn = "WITHDRAWN",
    }
}
