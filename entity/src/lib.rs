//! Tables, typed ids and value types. One file per table: the model and its relations, nothing else.

pub mod account;
pub mod allocation_rule;
pub mod close;
pub mod close_movement;
pub mod cost_entry;
pub mod credit_batch;
pub mod credit_entry;
pub mod credit_policy;
pub mod custom_role;
pub mod delegation;
pub mod idempotency;
pub mod ids;
pub mod kinds;
pub mod member;
pub mod money;
pub mod organization;
pub mod person;
pub mod pipeline;
pub mod resource_set;
pub mod stage;
pub mod stage_event;
pub mod tactic;
pub mod team;
pub mod tenant;
pub mod time;
pub mod touch;
