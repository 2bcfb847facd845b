//! The API of what resources earn for what they cost.

pub mod live;
pub mod review;
pub mod scoreboard;
pub mod talk;
pub mod unit;

pub use live::ScoreboardSubscription;
pub use review::ReviewQuery;
pub use scoreboard::ScoreboardQuery;
pub use unit::UnitEconomicsQuery;

/// Points an answer costs that is put together of others: each looks at all closes of a period.
const ANSWER_COST: usize = 100;
