//! What stays open, before a schema with a few subscriptions.

mod bounds;
mod events;
mod socket;

mod stage;

use super::*;
