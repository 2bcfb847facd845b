//! What sellers plan to do with buyers, and what comes of it.

use sea_orm::entity::prelude::*;

use super::{Channel, TouchKind};

kinds! {
    /// What somebody plans to do.
    ActivityKind {
        /// To telephone.
        Call = "CALL",
        /// To meet, face to face or by video.
        Meeting = "MEETING",
        /// To write an e-mail.
        Email = "EMAIL",
        /// To make an offer in writing.
        Proposal = "PROPOSAL",
        /// Something else, of which the buyer notices nothing.
        Task = "TASK",
    }

    /// What happened to an activity.
    ActivityEventKind {
        /// It was planned.
        Planned = "PLANNED",
        /// It is due at another moment.
        Rescheduled = "RESCHEDULED",
        /// Somebody else is to do it.
        Reassigned = "REASSIGNED",
        /// It was done.
        Completed = "COMPLETED",
        /// It will not be done.
        Cancelled = "CANCELLED",
    }

    /// What came of an activity that was done.
    ActivityOutcome {
        /// The buyer was reached.
        Reached = "REACHED",
        /// The buyer was not reached.
        NotReached = "NOT_REACHED",
        /// It was done, and reaching the buyer was not what it was about.
        Done = "DONE",
    }
}

impl ActivityKind {
    /// The interaction it is where the buyer is reached by it; `None` where there is nobody to reach.
    #[must_use]
    pub const fn touch(self) -> Option<(TouchKind, Channel)> {
        match self {
            Self::Call => Some((TouchKind::Call, Channel::Phone)),
            Self::Meeting => Some((TouchKind::Meeting, Channel::Meeting)),
            Self::Email => Some((TouchKind::Email, Channel::Email)),
            // An offer is a document that is sent: what a buyer asks for is a request of theirs, and no offer.
            Self::Proposal => Some((TouchKind::Message, Channel::Email)),
            Self::Task => None,
        }
    }
}
