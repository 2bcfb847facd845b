//! What the outbox tells of.

use sea_orm::entity::prelude::*;

kinds! {
    /// What was recorded or changed, as far as somebody waits for it.
    EventTopic {
        /// A close was recorded. Each is told of.
        Close = "CLOSE",
        /// Credit was posted. Each batch is told of.
        Credit = "CREDIT",
        /// A buyer was offered. Each handoff is told of.
        Handoff = "HANDOFF",
        /// A clock stands otherwise. Each is told of.
        Clock = "CLOCK",
        /// One resource told another something. Each is told of.
        Feedback = "FEEDBACK",
        /// Something in the figures should be looked at. Each insight is told of.
        Insight = "INSIGHT",
        /// What became of closes, and what is claimed of their credit.
        Ledger = "LEDGER",
        /// Touches.
        Touch = "TOUCH",
        /// Stage events.
        Stage = "STAGE",
        /// Opportunities, and what happens to them.
        Deal = "DEAL",
        /// Costs, budgets, and how they are shared out and converted.
        Cost = "COST",
        /// Buyers: who they are, and who is whom.
        Buyer = "BUYER",
        /// What somebody plans to do, or did.
        Activity = "ACTIVITY",
        /// What became of handoffs and feedback, and what was agreed.
        Agreement = "AGREEMENT",
        /// Goals, their targets, and what is said of them.
        Goal = "GOAL",
        /// By what figures are reckoned: pipelines, tactics, segments, policies, calendars, locks.
        Setting = "SETTING",
        /// Who works here, and what they may do.
        Access = "ACCESS",
    }
}
