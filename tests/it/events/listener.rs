//! Clients of both transports.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode, header};
use futures_util::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tandem::http::connections::{Connections, serve};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{Caller, TestApp};

/// Longer than anything takes on a machine that has more to do.
pub const LONG: Duration = Duration::from_secs(30);

/// Somebody who listens to an event stream.
pub struct Listener {
    body: BodyDataStream,
    heard: String,
}

impl Listener {
    /// Begins to listen; or the code of the refusal.
    pub async fn try_open(caller: &Caller<'_>, document: &str, variables: Value) -> Result<Self, String> {
        let mut request =
            Request::post("/graphql").header(header::CONTENT_TYPE, "application/json").header(header::ACCEPT, "text/event-stream");
        if let Some(token) = &caller.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = json!({ "query": document, "variables": variables }).to_string();
        let response = caller.app.respond(request.body(Body::from(body)).unwrap()).await;
        if response.headers()[header::CONTENT_TYPE] == "text/event-stream" {
            assert_eq!(response.status(), StatusCode::OK);
            return Ok(Self { body: response.into_body().into_data_stream(), heard: String::new() });
        }
        let answer: Value = serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap();
        Err(answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned())
    }

    pub async fn open(caller: &Caller<'_>, document: &str, variables: Value) -> Self {
        Self::try_open(caller, document, variables).await.unwrap()
    }

    /// What is said next: the kind of the event and what it says; nothing at the end of the stream.
    async fn said(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.heard.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.heard = rest;
                let Some((kind, data)) = event.strip_prefix("event: ").and_then(|event| event.split_once("\ndata: ")) else { continue };
                return Some((kind.to_owned(), serde_json::from_str(data).unwrap()));
            }
            let bytes = timeout(LONG, self.body.next()).await.unwrap()?.unwrap();
            self.heard.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next answer, which has to have no errors: its one field.
    pub async fn hear(&mut self) -> Value {
        let (kind, mut said) = self.said().await.unwrap();
        assert!(kind == "next" && said.get("errors").is_none(), "{kind} {said:#}");
        said["data"].as_object_mut().unwrap().values_mut().next().unwrap().take()
    }

    /// With which code the stream ends, after nothing else.
    pub async fn ended(&mut self) -> String {
        let (kind, said) = self.said().await.unwrap();
        assert!(kind == "next" && said.get("data").is_none_or(Value::is_null), "{kind} {said:#}");
        assert_eq!(self.said().await.map(|(kind, _)| kind).as_deref(), Some("complete"));
        assert_eq!(self.said().await, None);
        said["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned()
    }

    /// That nothing is said for a while.
    pub async fn hears_nothing(&mut self) {
        let said = timeout(Duration::from_millis(700), self.said()).await;
        assert!(said.is_err(), "{said:?}");
    }
}

/// A socket of somebody to an application that listens.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn open(app: &TestApp, caller: &Caller<'_>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, app.router(), Connections::default(), std::future::pending()));
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let mut socket = Self(connect_async(request).await.unwrap().0);
        let token = caller.token.as_ref().map(|token| format!("Bearer {token}"));
        socket.say(json!({ "type": "connection_init", "payload": { "authorization": token } })).await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket
    }

    pub async fn say(&mut self, message: Value) {
        self.0.send(Message::Text(message.to_string().into())).await.unwrap();
    }

    pub async fn subscribe(&mut self, id: &str, document: &str, variables: Value) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": document, "variables": variables } })).await;
    }

    pub async fn hear(&mut self) -> Value {
        loop {
            match timeout(LONG, self.0.next()).await.unwrap() {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The code with which the server closes.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match timeout(LONG, self.0.next()).await.unwrap() {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}
