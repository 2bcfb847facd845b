//! The API of tactics, touches, stages and stage events.

pub mod pipeline;
pub mod query;
pub mod stage;
pub mod stage_event;
pub mod tactic;
pub mod touch;

pub use pipeline::{DutiesQuery, PipelineMutation};
pub use query::JourneyQuery;
pub use stage::{Pipeline, Stage};
pub use stage_event::{StageEvent, StageEventConnection, StageEventMutation, stage_events_of};
pub use tactic::{Tactic, TacticConnection, TacticMutation};
pub use touch::{Touch, TouchConnection, TouchMutation, touches_of};
