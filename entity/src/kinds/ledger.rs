//! How credit is moved, and who has to agree to it.

use sea_orm::entity::prelude::*;

kinds! {
    /// Whose approval a transfer of credit needs before it is posted.
    TransferApproval {
        /// Nobody's: it is posted as soon as it is asked for.
        None = "NONE",
        /// That of the resource that gives.
        Donor = "DONOR",
        /// That of the resource that receives.
        Receiver = "RECEIVER",
        /// That of both of them.
        Both = "BOTH",
        /// That of somebody who answers for the whole organization.
        Revops = "REVOPS",
    }

    /// What somebody decided about a transfer that was asked for.
    TransferDecisionKind {
        /// They agree.
        Approved = "APPROVED",
        /// They do not agree, which ends it.
        Declined = "DECLINED",
        /// Who asked for it no longer does.
        Withdrawn = "WITHDRAWN",
    }
}
