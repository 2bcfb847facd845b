//! The agreement between two resources, measured on the same handoffs: business time, clocks, and how both sides keep it.
//!
//! Business time is what a [`Calendar`] says is work, in microseconds and half open; [`BusinessTime`] tells how much of it has
//! elapsed and when something is due. How a [clock](clock::state), a [handoff](handoff::standing) or an
//! [agreement](agreement::Agreement) stands is a pure function of rows and of now; what falls due on the way is a [step](steps),
//! which is told once. [`status`] counts both sides from the same [`Facts`], and [`drift`](drift()) says whether they still mean
//! the same. See `metrics.md`, section 2.8 (G11).

pub mod agreement;
mod calendar;
pub mod clock;
mod drift;
mod facts;
mod fraction;
pub mod handoff;
mod ladder;
mod pauses;
mod status;
mod timeline;
mod within;

pub use calendar::{Calendar, Span};
pub use clock::Settled;
pub use drift::{Drift, Rejections, TacticDrift, drift};
pub use facts::{CODES_MAX, ClockFact, Dimension, FactError, Facts, HandoffFact};
pub use fraction::Fraction;
pub use ladder::{Ladder, LadderError, MAX_PERCENT, Step, steps};
pub use pauses::{Pause, Pauses};
pub use status::{ClockCounts, Group, HandoffCounts, Line, Volume, status, status_by, volume};
pub use timeline::{BusinessTime, FURTHEST, Timeline};
pub use within::Within;

#[cfg(test)]
mod tests;
