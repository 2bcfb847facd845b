//! Use cases of goals.

mod changing;
mod curve;
mod progress;
mod reading;
mod setting;

pub use changing::{CheckIn, EndGoal, ReviseTarget, check_in, end_goal, revise_goal_target};
pub use curve::WantedCurve;
pub use progress::{GoalProgress, amount_of, args_of, definition_of, progress_of, stands};
pub use reading::{
    GoalFilter, check_ins_by_id, check_ins_of, ends_of, goals, goals_by_id, is_shared, period_of, targets_of, teams_of, weights_of,
};
pub use setting::{CreateGoal, WantedDays, create_goal};
