//! Connections: how many are open, how long one may keep silent or take nothing, and how they end.
//!
//! In place of `axum::serve`, which gives every connection all the time in the world: a client that opens many and says little
//! on each would keep all of them.

use std::{future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tower::Service;

use super::{live::Host, patient::Patient};

/// Bytes of the head of a request, which is read before anything can look at it.
const HEAD_BYTES: usize = 64 * 1024;

/// What a connection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// Open at once; more wait in the queue of the system. 10 000.
    pub most: usize,
    /// From the connection or the last answer to the end of a request's head. 10 s.
    pub silence: Duration,
    /// How long a client may take none of an answer. 30 s.
    pub patience: Duration,
    /// How long requests that have begun may take once the server was asked to stop. 30 s.
    pub farewell: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self { most: 10_000, silence: Duration::from_secs(10), patience: Duration::from_secs(30), farewell: Duration::from_secs(30) }
    }
}

/// Answers until `stop`, then finishes what was begun and ends what would never end by itself.
pub async fn serve(listener: TcpListener, router: Router, connections: Connections, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(connections.most));
    let host = Host::new();
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(connections.silence).max_buf_size(HEAD_BYTES);
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (accept(&listener).await, place)
        };
        let ((socket, peer), place) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let (router, guest) = (router.clone(), host.guest());
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
            request.extensions_mut().insert(guest.clone());
            router.clone().call(request)
        });
        let connection = server.serve_connection(TokioIo::new(Patient::new(socket, connections.patience)), answer);
        let mut farewell = host.guest();
        tokio::spawn(async move {
            let _place = place;
            let mut connection = pin!(connection.with_upgrades());
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = farewell.said() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                // the client's doing: it went away or kept silent
                tracing::trace!(%error, "a connection ended");
            }
        });
    }
    drop(listener);
    if timeout(connections.farewell, host.part()).await.is_err() {
        tracing::warn!("requests were cut off: they took too long to end");
    }
}

/// The next connection. What goes wrong with one is no reason to take no others.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                // answers are written at once; waiting to fill a packet would only delay them
                let _ = socket.set_nodelay(true);
                return (socket, peer);
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {}
            Err(error) => {
                // most likely there are no file descriptors left; some come back as connections end
                tracing::error!(%error, "no connection can be taken");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}
