//! How what lasts learns that the server was asked to stop, and how the server learns that it has ended.
//!
//! A connection that became a socket is nobody's request any more: the server would neither wait for it nor end it.

use axum::http::request::Parts;
use tokio::sync::watch;

/// The server, as far as it can be asked to stop.
#[derive(Debug)]
pub(in crate::http) struct Host(watch::Sender<bool>);

/// Hears that the server was asked to stop, and is waited for until it is dropped. Requests carry one with them.
#[derive(Clone, Debug)]
pub(in crate::http) struct Farewell(Option<watch::Receiver<bool>>);

impl Host {
    pub(in crate::http) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// For a new connection.
    pub(in crate::http) fn guest(&self) -> Farewell {
        Farewell(Some(self.0.subscribe()))
    }

    /// Says farewell to all, and waits for them to leave.
    pub(in crate::http) async fn part(&self) {
        self.0.send_replace(true);
        self.0.closed().await;
    }
}

impl Farewell {
    /// That of a request. A request that no server brought, as in a test, hears nothing.
    pub(in crate::http) fn of(head: &Parts) -> Self {
        head.extensions.get::<Self>().cloned().unwrap_or(Self(None))
    }

    /// Waits for it.
    pub(in crate::http) async fn said(&mut self) {
        match &mut self.0 {
            // a server that is gone without a word has stopped too
            Some(host) => drop(host.wait_for(|said| *said).await),
            None => std::future::pending().await,
        }
    }
}
