//! What becomes of credit that its policy would give otherwise by now.

use sea_orm::entity::prelude::*;

kinds! {
    /// What somebody decided about a proposal.
    ProposalDecisionKind {
        /// The credit was moved as suggested.
        Accepted = "ACCEPTED",
        /// The credit stays as it is.
        Dismissed = "DISMISSED",
    }
}
