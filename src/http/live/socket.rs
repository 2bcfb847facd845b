//! WebSockets: `GET /graphql` with `Upgrade: websocket` and the sub-protocol `graphql-transport-ws`.
//!
//! - `connection_init` may carry `authorization` (`Bearer …`) and `acting-for`, in any case; what it lacks is taken from the
//!   headers of those names of the request, which a browser cannot set. A token in the URL is never read.
//! - A page of another origin is refused unless the origin is allowed: browsers ask no leave for a socket.
//! - Queries and mutations are answered over it like any others, with one `next` and `complete`. What is refused before
//!   anything was executed is an `error`.
//! - Beside the closes of the protocol: 1001 the server stops; 1009 a message is too long; 1013 the server is too busy to let
//!   anybody in; 4401 a token ended; 4403 a token is bad, or its bearer is let in no longer; 4413 the client takes its messages
//!   too slowly; 4429 a budget is spent, or a caller has too many connections; 4499 pings are not answered.
//!
//! A socket takes none of the [places of connections](crate::http::connections), but one of those of what stays open.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, WebSocketUpgrade, ws::WebSocket},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::time::{Duration, timeout};
use tower_http::request_id::RequestId as HeaderRequestId;
use tracing::Instrument;

use super::{
    Farewell,
    conversation::Conversation,
    protocol::Close,
    queue::{Queue, Slow},
};
use crate::{
    graphql::{code::ErrorCode, meter::Meter},
    http::{
        HttpSettings,
        answer::Failure,
        asked::{Caller, paid},
        graphql::{Door, Executor},
    },
};

/// The one sub-protocol.
const PROTOCOL: &str = "graphql-transport-ws";

/// Bytes that are kept to read into, and to write from, for each socket: most messages are short.
const BUFFER_BYTES: usize = 16 * 1024;

/// How long a client may take to close its end: one that is reset may lose what was said last.
const GOODBYE: Duration = Duration::from_secs(1);

/// A message on its way to a client.
pub(super) type Message = axum::extract::ws::Message;

/// Whether a request asks for a socket.
pub(in crate::http) fn is_asked_for(head: &Parts) -> bool {
    let upgrade = head.headers.get(header::UPGRADE);
    head.method == Method::GET && upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Opens a socket, and goes on with it aside.
pub(in crate::http) async fn upgrade<E: Executor>(door: Arc<Door<E>>, mut head: Parts, meter: &Meter) -> Result<Response, Failure> {
    let most = door.settings.max_body_bytes;
    let (upgrade, caller) = asked(&door, &mut head).await.map_err(|failure| paid(failure, meter))?;
    let upgrade = upgrade.max_message_size(most).max_frame_size(most).read_buffer_size(BUFFER_BYTES).write_buffer_size(BUFFER_BYTES);
    let upgrade = upgrade.protocols([PROTOCOL]);
    let spoken = upgrade.selected_protocol().is_some();
    let place = door.places.take(meter.payer())?;
    let (farewell, id) = (Farewell::of(&head), head.extensions.get::<HeaderRequestId>().cloned());
    let id = id.as_ref().and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    let span = tracing::info_span!(parent: None, "socket", id);
    Ok(upgrade.on_upgrade(move |socket| {
        let opened = async move {
            let queue = Arc::new(Queue::new(&door.settings.live));
            let patience = door.settings.live.patience;
            let conversation = Conversation::new(door, caller, place, farewell, Arc::clone(&queue));
            hold(socket, spoken.then_some(conversation), &queue, patience).await;
        };
        opened.instrument(span)
    }))
}

/// The socket that is asked for, and by whom.
async fn asked<E>(door: &Door<E>, head: &mut Parts) -> Result<(WebSocketUpgrade, Caller), Failure> {
    if !is_welcome(&head.headers, &door.settings) {
        return Err(Failure::http(StatusCode::FORBIDDEN, ErrorCode::Forbidden, "pages of this origin may not open a socket"));
    }
    let caller = Caller::of(head, door.settings.trusted_proxies)?;
    let malformed = |status| Failure::http(status, ErrorCode::BadUserInput, "this is no upgrade to a WebSocket of version 13");
    let upgrade = WebSocketUpgrade::from_request_parts(head, &()).await.map_err(|rejection| malformed(rejection.status()))?;
    Ok((upgrade, caller))
}

/// Whether a page may open a socket: that of an origin that is allowed, or one of ours. Programs say no origin.
fn is_welcome(headers: &HeaderMap, settings: &HttpSettings) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return true };
    let listed = settings.allowed_origins.iter().any(|allowed| allowed.is(origin));
    origins.next().is_none() && (listed || is_ours(origin, headers.get(header::HOST), settings.behind_tls))
}

/// Whether a page comes from where the request went. Only who says that TLS ends in front has said which scheme is theirs.
fn is_ours(origin: &HeaderValue, host: Option<&HeaderValue>, behind_tls: bool) -> bool {
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), host.map(HeaderValue::to_str)) else { return false };
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    (scheme == "https" || (scheme == "http" && !behind_tls)) && authority.eq_ignore_ascii_case(host)
}

/// Holds a conversation to its end, and closes the socket.
async fn hold<E: Executor>(socket: WebSocket, conversation: Option<Conversation<E>>, queue: &Queue<Message>, patience: Duration) {
    let (mut sink, mut stream) = socket.split();
    let close = match conversation {
        None => Some(Close::NO_PROTOCOL),
        Some(conversation) => held(conversation, &mut sink, &mut stream, queue, patience).await,
    };
    let ended = async {
        match close {
            Some(close) => sink.send(close.into()).await?,
            // the client closes, and is answered in kind
            None => sink.flush().await?,
        }
        Ok::<_, axum::Error>(())
    };
    if matches!(timeout(patience, ended).await, Ok(Ok(()))) {
        let _ = timeout(GOODBYE, async { while let Some(Ok(_)) = stream.next().await {} }).await;
    }
}

/// Listens and speaks until one of both ends; gives why, unless the client closes. What the conversation held is free then.
async fn held<E: Executor>(
    conversation: Conversation<E>,
    sink: &mut SplitSink<WebSocket, Message>,
    stream: &mut SplitStream<WebSocket>,
    queue: &Queue<Message>,
    patience: Duration,
) -> Option<Close> {
    let mut speaking = std::pin::pin!(speak(sink, queue, patience));
    let close = tokio::select! {
        close = conversation.listen(stream) => close,
        // it ends of itself only if the client takes nothing
        _ = &mut speaking => return Some(Close::SLOW),
    };
    if close == Some(Close::SLOW) {
        queue.clear();
    }
    queue.end(None);
    match speaking.await {
        Ok(()) => close,
        Err(_) => Some(Close::SLOW),
    }
}

/// Sends what is in the queue to its end.
async fn speak(sink: &mut SplitSink<WebSocket, Message>, queue: &Queue<Message>, patience: Duration) -> Result<(), Slow> {
    while let Some(undelivered) = queue.next().await {
        match timeout(patience, sink.send(undelivered.message)).await {
            Ok(Ok(())) => {}
            _ => return Err(Slow),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_ours_and_of_listed_origins_may_open_a_socket() {
        let settings = |behind_tls| HttpSettings {
            allowed_origins: vec!["https://app.example.com".parse().unwrap()],
            behind_tls,
            ..HttpSettings::default()
        };
        for (origins, host, plain, behind_tls) in [
            (&[][..], "api.example.com", true, true),
            (&["https://app.example.com"], "api.example.com", true, true),
            (&["https://api.example.com"], "api.example.com", true, true),
            (&["http://api.example.com"], "api.example.com", true, false),
            (&["http://localhost:8080"], "LOCALHOST:8080", true, false),
            (&["http://localhost:3000"], "localhost:8080", false, false),
            (&["https://evil.example"], "api.example.com", false, false),
            (&["https://api.example.com.evil.example"], "api.example.com", false, false),
            (&["null"], "null", false, false),
            (&["ftp://api.example.com"], "api.example.com", false, false),
            (&["https://app.example.com", "https://evil.example"], "api.example.com", false, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            for origin in origins {
                headers.append(header::ORIGIN, origin.parse().unwrap());
            }
            let welcome = [false, true].map(|behind_tls| is_welcome(&headers, &settings(behind_tls)));
            assert_eq!(welcome, [plain, behind_tls], "{origins:?} {host}");
        }
    }
}
