//! The messages of `graphql-transport-ws` (<https://github.com/enisdenis/graphql-ws/blob/master/PROTOCOL.md>), as text.

use std::borrow::Cow;

use axum::extract::ws::{CloseFrame, Message};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Bytes of the id that a client chooses for an operation.
const MAX_ID_BYTES: usize = 128;
/// Bytes of an id in the reason of a close, which has room for 123 altogether.
const SHOWN_ID_BYTES: usize = 64;

/// Why a socket is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    reason: Cow<'static, str>,
}

impl Close {
    pub(super) const GOING_AWAY: Self = Self::new(1001, "Going away");
    pub(super) const PROTOCOL_ERROR: Self = Self::new(1002, "Protocol error");
    pub(super) const TOO_LONG: Self = Self::new(1009, "Message too long");
    pub(super) const TRY_AGAIN: Self = Self::new(1013, "Try again later");
    pub(super) const BAD_MESSAGE: Self = Self::new(4400, "Invalid message received");
    pub(super) const UNAUTHORIZED: Self = Self::new(4401, "Unauthorized");
    pub(super) const FORBIDDEN: Self = Self::new(4403, "Forbidden");
    pub(super) const NO_PROTOCOL: Self = Self::new(4406, "Subprotocol not acceptable");
    pub(super) const INIT_TIMEOUT: Self = Self::new(4408, "Connection initialisation timeout");
    pub(super) const SLOW: Self = Self::new(4413, "Slow consumer");
    pub(super) const TOO_MANY_INITS: Self = Self::new(4429, "Too many initialisation requests");
    pub(super) const TOO_MANY_CONNECTIONS: Self = Self::new(4429, "Too many connections");
    pub(super) const BUDGET_SPENT: Self = Self::new(4429, "The budget is spent");
    pub(super) const SILENT: Self = Self::new(4499, "No answer to pings");

    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }

    /// The id of an operation is that of another, which has not ended.
    pub(super) fn duplicate(id: &str) -> Self {
        let shown: String =
            id.char_indices().take_while(|(at, char)| at + char.len_utf8() <= SHOWN_ID_BYTES).map(|(_, char)| char).collect();
        Self { code: 4409, reason: format!("Subscriber for {shown} already exists").into() }
    }
}

impl From<Close> for Message {
    fn from(close: Close) -> Self {
        Self::Close(Some(CloseFrame { code: close.code, reason: close.reason.into_owned().into() }))
    }
}

/// What a client says.
#[derive(Debug)]
pub(super) enum Received<'a> {
    ConnectionInit(Option<&'a RawValue>),
    Ping(Option<&'a RawValue>),
    Pong,
    Subscribe { id: &'a str, payload: &'a RawValue },
    Complete { id: &'a str },
}

/// A message, before it is looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Letter<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

impl<'a> Letter<'a> {
    /// `None` if the text is not a message at all.
    pub(super) fn open(text: &'a str) -> Option<Self> {
        // serde would take an array for the fields of the struct, in order
        text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()
    }

    /// What it says; `None` if that is nothing a client may say.
    pub(super) fn read(&self) -> Option<Received<'_>> {
        let id = self.id.as_deref().filter(|id| (1..=MAX_ID_BYTES).contains(&id.len()));
        let object = self.payload.filter(|payload| payload.get().starts_with('{'));
        let well_formed = self.payload.is_none() || object.is_some();
        match self.kind.as_ref() {
            "connection_init" if well_formed => Some(Received::ConnectionInit(object)),
            "ping" if well_formed => Some(Received::Ping(object)),
            "pong" if well_formed => Some(Received::Pong),
            "subscribe" => Some(Received::Subscribe { id: id?, payload: object? }),
            "complete" => Some(Received::Complete { id: id? }),
            _ => None,
        }
    }
}

/// What is said to a client.
#[derive(Serialize)]
struct Sent<'a, P> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<P>,
}

/// A message without an operation.
pub(super) fn said(kind: &'static str, payload: Option<&RawValue>) -> String {
    written(&Sent { id: None, kind, payload })
}

/// A message of an operation.
pub(super) fn said_of(id: &str, kind: &'static str, payload: Option<impl Serialize>) -> String {
    written(&Sent { id: Some(id), kind, payload })
}

/// As JSON, with keys in the order of the result.
pub(super) fn written(value: &impl Serialize) -> String {
    // only a map with keys that are no text could fail
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer cannot be written as JSON");
        "null".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understood(text: &str) -> Option<String> {
        Letter::open(text).and_then(|letter| letter.read().map(|received| format!("{received:?}")))
    }

    #[test]
    fn what_a_client_may_say() {
        for text in [
            r#"{"type":"connection_init"}"#,
            r#" {"type":"connection_init","payload":null,"id":7e0,"x":1}"#.replace("7e0", "null").as_str(),
            r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#,
            r#"{"type":"ping"}"#,
            r#"{"payload":{"a":1},"type":"pong"}"#,
            r#"{"id":"1","type":"subscribe","payload":{}}"#,
            r#"{"id":"é\n","type":"complete"}"#,
        ] {
            assert!(understood(text).is_some(), "{text}");
        }
        for text in [
            "",
            "x",
            "1",
            "null",
            "[]",
            r#"["ping",null,null]"#,
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"ping"} x"#,
            r#"{"type":"ping","type":"ping"}"#,
            r#"{"type":"ping","payload":[]}"#,
            r#"{"type":"connection_init","payload":"x"}"#,
            r#"{"type":"connection_ack"}"#,
            r#"{"type":"next","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","payload":{}}"#,
            r#"{"type":"subscribe","id":"","payload":{}}"#,
            r#"{"type":"subscribe","id":1,"payload":{}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":[]}"#,
            r#"{"type":"complete"}"#,
            &format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(129)),
            &"[".repeat(200_000),
            &format!(r#"{{"type":"ping","payload":{}"#, "{\"a\":".repeat(200_000)),
        ] {
            assert_eq!(understood(text), None, "{}", text.get(..80).unwrap_or(text));
        }
    }

    #[test]
    fn a_reason_fits_into_its_frame() {
        for id in ["1", &"x".repeat(128), &"é".repeat(64), &"\u{1f600}".repeat(32)] {
            assert!(Close::duplicate(id).reason.len() <= 123, "{id}");
        }
        assert_eq!(Close::duplicate("a1").reason, "Subscriber for a1 already exists");
    }
}
