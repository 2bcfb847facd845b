//! What two resources owe each other, and what becomes of the buyers one offers to the other.

use sea_orm::entity::prelude::*;

use super::Resource;

kinds! {
    /// What a side owes by a service agreement.
    ClauseKind {
        /// The offering side offers so many buyers that are accepted.
        Volume = "VOLUME",
        /// The receiving side accepts at least such a share of those it decides about.
        Quality = "QUALITY",
        /// The receiving side contacts the buyer in time.
        Speed = "SPEED",
        /// The receiving side tries to contact the buyer so often in time.
        Depth = "DEPTH",
        /// The offering side takes note of a rejection in time.
        Acknowledgement = "ACKNOWLEDGEMENT",
    }

    /// In which span so many buyers are owed.
    CommitmentPer {
        /// A week, as the organization's weeks begin.
        Week = "WEEK",
        /// A calendar month.
        Month = "MONTH",
        /// A quarter of the fiscal year.
        Quarter = "QUARTER",
    }

    /// What happened to a handoff.
    HandoffEventKind {
        /// One resource offered it to the other.
        Offered = "OFFERED",
        /// The receiving side took it.
        Accepted = "ACCEPTED",
        /// Nobody answered in time, which is acceptance.
        AutoAccepted = "AUTO_ACCEPTED",
        /// The receiving side did not take it.
        Rejected = "REJECTED",
        /// The offering side took note of the rejection.
        Acknowledged = "ACKNOWLEDGED",
        /// The offering side does not agree with the rejection.
        Contested = "CONTESTED",
        /// The rejection stands.
        Upheld = "UPHELD",
        /// The rejection does not stand: the receiving side has it.
        Overturned = "OVERTURNED",
        /// The receiving side gave it back to be nurtured.
        Recycled = "RECYCLED",
        /// It belongs to another member of the receiving side.
        Reassigned = "REASSIGNED",
        /// The offering side took the offer back before it was answered.
        Withdrawn = "WITHDRAWN",
        /// Nobody answered in time about what was above what had been agreed, which is no acceptance.
        Expired = "EXPIRED",
    }

    /// Why a handoff was rejected.
    RejectReason {
        /// Not the ideal customer.
        NotIcp = "NOT_ICP",
        /// Known already.
        Duplicate = "DUPLICATE",
        /// What is known of them is wrong, or not enough to reach them.
        BadData = "BAD_DATA",
        /// They do not want anything.
        NoIntent = "NO_INTENT",
        /// Nobody sells where they are.
        WrongRegion = "WRONG_REGION",
        /// They bought already.
        ExistingCustomer = "EXISTING_CUSTOMER",
        /// Something else, told in words.
        Other = "OTHER",
    }

    /// Something that counts for a clock.
    ClockEventKind {
        /// What was owed was tried or done.
        Attempted = "ATTEMPTED",
        /// The time stands still.
        Paused = "PAUSED",
        /// The time goes on.
        Resumed = "RESUMED",
        /// Nothing is owed any more.
        Cancelled = "CANCELLED",
        /// It is reckoned by other hours.
        Repinned = "REPINNED",
    }

    /// What falls due.
    StepKind {
        /// Silence answers an offer.
        Answer = "ANSWER",
        /// Time is getting short.
        Warn = "WARN",
        /// Time is over.
        Breach = "BREACH",
        /// The lead is told.
        Escalate = "ESCALATE",
        /// Somebody else is to do it.
        Reassign = "REASSIGN",
    }

    /// What one resource tells another.
    FeedbackKind {
        /// What was owed was not done in time. Only the clocks tell this.
        Breach = "BREACH",
        /// Something is not as it should be.
        Problem = "PROBLEM",
        /// Something could be better.
        Suggestion = "SUGGESTION",
        /// Something is good.
        Praise = "PRAISE",
        /// Something is asked.
        Question = "QUESTION",
    }

    /// What comes of feedback.
    FeedbackOutcome {
        /// Something is changed.
        Acted = "ACTED",
        /// It is noted.
        Noted = "NOTED",
        /// It is not agreed with.
        Disagreed = "DISAGREED",
    }
}

impl ClauseKind {
    /// Who owes it, of who offers and who receives.
    #[must_use]
    pub const fn owed_by(self, from: Resource, to: Resource) -> Resource {
        match self {
            Self::Volume | Self::Quality | Self::Acknowledgement => from,
            Self::Speed | Self::Depth => to,
        }
    }

    /// Whether a clock runs for it with every handoff it is about.
    #[must_use]
    pub const fn has_clock(self) -> bool {
        matches!(self, Self::Speed | Self::Depth | Self::Acknowledgement)
    }
}
