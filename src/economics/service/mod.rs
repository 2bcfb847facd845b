//! Asking what resources earn for what they cost.

mod close_rate;
mod review;
mod scoreboard;
mod talk;
mod unit;

pub use close_rate::{CloseRates, OpportunityCredit, close_rates};
pub use review::{InvestmentReview, ProductSignal, ReviewLine, ReviewQuestion, investment_review};
pub use scoreboard::{ResourceScoreboard, ScoreLine, ScoreboardQuestion, resource_scoreboard};
pub use talk::{Talk, TalkRow, word_of_mouth};
pub use unit::{EconomicsQuestion, UnitEconomics, unit_economics, unit_economics_trend};
