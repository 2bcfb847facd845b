//! Every number a user sees, computed by pure functions over plain facts in memory.
//!
//! Nothing here is asynchronous, reads a clock or knows of a database or of the API, so one definition of a
//! metric holds on every engine and is tested without any. Money is integer minor units, credit integer basis
//! points; a ratio is rounded once, at the edge; a split hands out whole units, so that parts add up.

pub mod accrual;
pub mod activity_standing;
pub mod allocation;
pub mod attribution;
pub mod blockers;
pub mod budget;
pub mod by_resource;
pub mod close_rate;
pub mod cost_per_close;
pub mod coverage;
pub mod credit_gap;
pub mod definition;
pub mod dimension;
pub mod dispute_standing;
pub mod durations;
pub mod economics;
pub mod enablement;
pub mod evidence;
pub mod exchange;
pub mod feedback_standing;
pub mod fit;
pub mod funnel;
pub mod goal;
pub mod identity;
pub mod insight;
pub mod investment;
pub mod late_evidence;
pub mod ledger;
pub mod opening;
pub mod opportunity_standing;
pub mod order_taking;
pub mod outcomes;
pub mod period;
pub mod pipeline;
pub mod proposal;
pub mod ratio;
pub mod rep_free;
pub mod segment;
pub mod shares;
pub mod sla;
pub mod split;
pub mod stage_time;
pub mod standing;
pub mod tactic_importance;
pub mod transfer_standing;
pub mod velocity;
pub mod word_of_mouth;
