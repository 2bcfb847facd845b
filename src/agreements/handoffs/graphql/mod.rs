//! The API of handoffs and clocks.

pub mod clock;
pub mod decide;
pub mod handoff;
pub mod happening;
pub mod live;
pub mod loads;
pub mod manage;
pub mod offer;
pub mod query;

pub use clock::{SlaClock, SlaClockConnection, SlaClockState, SlaStep};
pub use decide::DecideMutation;
pub use handoff::{Handoff, HandoffConnection, HandoffState};
pub use happening::{HandoffEvent, HandoffOwner, SlaClockEvent, SlaPause};
pub use live::HandoffSubscription;
pub use manage::ClockMutation;
pub use offer::OfferMutation;
pub use query::HandoffQuery;
