//! What stays open: subscriptions, and sockets over which many operations run.
//!
//! | transport | how |
//! |---|---|
//! | [WebSocket](socket) | `GET /graphql` with the sub-protocol `graphql-transport-ws`; queries and mutations too |
//! | [event stream](events) | `GET` or `POST /graphql` with `Accept: text/event-stream`, one operation each |
//!
//! - Who calls is asked for each operation, and of a socket again with each ping; rights are the application's to read again
//!   for each event. A token comes in a header or in `connection_init`, never in a URL.
//! - A subscription costs what its document costs, once, when it begins. Events cost nothing more: there are as many as things
//!   happen, which nobody asked for. What may be open at once is bounded, for all and for each caller; a socket over which
//!   nobody signed in counts for its address.
//! - What is on its way to a client is bounded in number and bytes ([`queue`]). When that is full nothing more is asked of the
//!   application, and a client that makes no room within the patience of the server is dropped.
//! - When the server is asked to stop, subscriptions end at once, and sockets once their queries and mutations have ended.

pub(super) mod events;
pub(super) mod socket;

mod conversation;
mod farewell;
mod places;
mod protocol;
mod queue;

use std::time::Duration;

pub(super) use self::{
    farewell::{Farewell, Host},
    places::Places,
};

/// What may stay open, and how long its other end is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveSettings {
    /// Sockets and event streams open at once. 5 000.
    pub most: usize,
    /// Those of one member or API client, or of an address where nobody signed in. 1 000.
    pub most_of_caller: usize,
    /// Operations that run at once over one socket. 100.
    pub operations: usize,
    /// From the opening of a socket to its `connection_init`. 5 s.
    pub init_timeout: Duration,
    /// Between two pings of a socket; who answers none of two is gone. 30 s.
    pub ping_every: Duration,
    /// Of silence in an event stream, before a comment shows that it lives. 15 s.
    pub keep_alive: Duration,
    /// How long a client may take to make room for a message. 10 s.
    pub patience: Duration,
    /// Messages on the way to one client. 1 000.
    pub undelivered: usize,
    /// Bytes of those messages; a longer one goes alone. 1 MiB.
    pub undelivered_bytes: usize,
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self {
            most: 5_000,
            most_of_caller: 1_000,
            operations: 100,
            init_timeout: Duration::from_secs(5),
            ping_every: Duration::from_secs(30),
            keep_alive: Duration::from_secs(15),
            patience: Duration::from_secs(10),
            undelivered: 1_000,
            undelivered_bytes: 1024 * 1024,
        }
    }
}
