//! How deals go, who decides on them, and what keeps buyers from it.

use sea_orm::entity::prelude::*;

kinds! {
    /// How an opportunity ended. A third status beside won and lost would fall out of every question about the two; so why
    /// it was not won stands here, and the status stays two-valued.
    OpportunityOutcome {
        /// They bought.
        Won = "WON",
        /// They bought from somebody else.
        LostCompetitor = "LOST_COMPETITOR",
        /// They wanted a change and could not decide.
        NoDecisionIndecision = "NO_DECISION_INDECISION",
        /// They stayed with what they have.
        NoDecisionStatusQuo = "NO_DECISION_STATUS_QUO",
        /// They did not buy for another reason.
        LostOther = "LOST_OTHER",
        /// It was no opportunity; outside of every rate.
        Disqualified = "DISQUALIFIED",
        /// It was recorded twice; outside of every rate.
        Duplicate = "DUPLICATE",
    }

    /// What happened to an opportunity.
    OpportunityEventKind {
        /// It ended.
        Closed = "CLOSED",
        /// It goes on after it had ended.
        Reopened = "REOPENED",
        /// It rests, and is expected to go on.
        Stalled = "STALLED",
        /// It goes on after it had rested.
        Resumed = "RESUMED",
    }

    /// The part somebody plays in buying.
    BuyingRoleKind {
        /// Wants it and speaks for it.
        Champion = "CHAMPION",
        /// Decides.
        Decider = "DECIDER",
        /// Pays for it.
        EconomicBuyer = "ECONOMIC_BUYER",
        /// Will use it.
        User = "USER",
        /// Has a say.
        Influencer = "INFLUENCER",
        /// Can keep it from happening.
        Blocker = "BLOCKER",
        /// Negotiates and signs.
        Procurement = "PROCUREMENT",
    }

    /// Whether somebody who plays a part in buying is for it.
    BuyingStance {
        /// For it.
        Supports = "SUPPORTS",
        /// Neither for it nor against it.
        Neutral = "NEUTRAL",
        /// Against it.
        Opposes = "OPPOSES",
        /// Nobody knows.
        Unknown = "UNKNOWN",
    }

    /// Whose blocker it is.
    BlockerSide {
        /// The buyer's.
        Buyer = "BUYER",
        /// Ours.
        Seller = "SELLER",
    }

    /// What keeps a buyer from deciding.
    BlockerKind {
        /// Nobody on their side commits.
        Commitment = "COMMITMENT",
        /// Their people do not agree.
        Consensus = "CONSENSUS",
        /// Other things come first.
        PriorityAlignment = "PRIORITY_ALIGNMENT",
        /// They know too much to see what matters.
        InformationOverload = "INFORMATION_OVERLOAD",
        /// They fear to regret it.
        RegretRisk = "REGRET_RISK",
        /// There is no money.
        Budget = "BUDGET",
        /// Their purchasing takes its time.
        Procurement = "PROCUREMENT",
        /// Something does not work yet.
        Technical = "TECHNICAL",
        /// Something else.
        Other = "OTHER",
    }
}
