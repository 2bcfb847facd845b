//! The API of tactics, content, touches, stages and stage events.

pub mod content;
pub mod enablement;
pub mod pipeline;
pub mod query;
pub mod stage;
pub mod stage_event;
pub mod tactic;
pub mod touch;

pub use content::{Content, ContentConnection, ContentMutation, ContentQuery};
pub use enablement::EnablementQuery;
pub use pipeline::{DutiesQuery, Duty, PipelineMutation};
pub use query::JourneyQuery;
pub use stage::{Pipeline, Stage};
pub use stage_event::{StageEvent, StageEventConnection, StageEventMutation, stage_events_of};
pub use tactic::{Tactic, TacticConnection, TacticMutation};
pub use touch::{Touch, TouchConnection, TouchMutation, touches_of};
