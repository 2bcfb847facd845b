//! An application whose events a test makes, a server in front of it, and clients of both transports.

use std::{net::SocketAddr, sync::atomic::AtomicBool};

use async_graphql::{ServerError, SimpleObject, Subscription};
use axum::Router;
use entity::ids::{MemberId, OrganizationId, TypedId};
use futures_util::{
    FutureExt, SinkExt, StreamExt,
    stream::{self, Stream},
};
use tokio::{
    net::TcpStream,
    sync::{broadcast, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest, protocol::CloseFrame},
};
use uuid::Uuid;

use super::*;
use crate::{
    auth::ActingFor,
    budget::Payer,
    graphql::extension::ExecutionFlag,
    http::{
        LiveSettings,
        connections::{Connections, serve},
        graphql::{Heard, Live},
    },
};

pub(super) const LONG: Duration = Duration::from_secs(20);
const PROTOCOL: &str = "graphql-transport-ws";

/// What a test knows of the application, and does to it.
pub(super) struct Stage {
    pub(super) events: broadcast::Sender<i32>,
    /// Subscriptions to `ticks` or `flood` that are open.
    pub(super) open: AtomicUsize,
    /// Whether tokens are good.
    pub(super) good: AtomicBool,
}

impl Stage {
    /// Waits until so many subscriptions are open.
    pub(super) async fn reached(&self, open: usize) {
        let reached = async {
            while self.open.load(Ordering::SeqCst) != open {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(LONG, reached).await.unwrap_or_else(|_| panic!("{} are open", self.open.load(Ordering::SeqCst)));
    }
}

/// Counts a subscription for as long as it lives.
struct Open(Arc<Stage>);

impl Open {
    fn new(stage: &Arc<Stage>) -> Self {
        stage.open.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(stage))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(SimpleObject)]
struct Tick {
    number: i32,
}

pub(super) struct Happening;

#[Subscription]
impl Happening {
    /// 0, 1, 2 …
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(0..to)
    }
    /// What the test sends, until it sends a negative number.
    async fn ticks<'a>(&self, ctx: &async_graphql::Context<'a>) -> impl Stream<Item = Tick> + use<> {
        let stage = Arc::clone(ctx.data_unchecked::<Arc<Stage>>());
        let events = (stage.events.subscribe(), Open::new(&stage));
        stream::unfold(events, |mut events| async {
            let number = events.0.recv().await.ok().filter(|number| *number >= 0)?;
            Some((Tick { number }, events))
        })
    }
    /// As much as is taken.
    async fn flood<'a>(&self, ctx: &async_graphql::Context<'a>) -> impl Stream<Item = String> + use<> {
        let open = Open::new(ctx.data_unchecked::<Arc<Stage>>());
        stream::unfold(open, |open| async { Some(("x".repeat(64 * 1024), open)) })
    }
    async fn failing(&self) -> impl Stream<Item = Broken> {
        stream::iter([Broken])
    }
    async fn refused(&self) -> crate::Result<stream::Empty<i32>> {
        Err(crate::Error::Forbidden)
    }
}

struct Broken;

#[Object]
impl Broken {
    async fn field(&self) -> Option<i32> {
        Some(panicking())
    }
}

#[derive(Clone)]
struct Theatre {
    schema: Schema<Query, Mutation, Happening>,
    stage: Arc<Stage>,
}

impl Theatre {
    /// Who calls: tokens are names, and each of them is a member of that number of letters.
    fn known(&self, bearer: Option<&str>, meter: &Meter) -> Result<(), Refusal> {
        match bearer {
            None => Ok(()),
            Some("down") => Err(Refusal::Unavailable),
            Some("busy") => Err(Refusal::RateLimited(Box::new(meter.charge(0, u32::MAX).unwrap_err()))),
            Some(name) if name != "bad" && self.stage.good.load(Ordering::SeqCst) => {
                let uuid = Uuid::from_u128(name.len() as u128);
                meter.paid_by(Payer::Member(MemberId::from_uuid(uuid)), OrganizationId::from_uuid(uuid));
                Ok(())
            }
            Some(_) => Err(Refusal::InvalidToken),
        }
    }

    fn named(&self, request: GraphqlRequest, bearer: Option<&str>) -> GraphqlRequest {
        let principal = request.data.get(&std::any::TypeId::of::<ActingFor>()).and_then(|given| given.downcast_ref::<ActingFor>());
        let principal = principal.map(|principal| principal.0.to_string());
        match principal.or_else(|| bearer.map(str::to_owned)) {
            None => request,
            Some(name) => request.data(Caller(name)),
        }
    }
}

impl Executor for Theatre {
    async fn execute(&self, request: GraphqlRequest, bearer: Option<&str>, meter: &Meter) -> Result<Executed, Refusal> {
        self.known(bearer, meter)?;
        Ok(self.schema.execute(self.named(request, bearer)).await)
    }

    async fn admit(&self, bearer: Option<&str>, meter: &Meter) -> Result<(), Refusal> {
        self.known(bearer, meter)
    }

    /// After the events of the schema comes what the name of the caller says.
    async fn subscribe(&self, request: GraphqlRequest, bearer: Option<Arc<str>>, meter: &Meter) -> Result<Live, Refusal> {
        self.known(bearer.as_deref(), meter)?;
        let flag = request.data.get(&std::any::TypeId::of::<ExecutionFlag>()).and_then(|flag| flag.downcast_ref::<ExecutionFlag>());
        let flag = flag.unwrap().clone();
        let last: Option<fn() -> Heard> = match bearer.as_deref() {
            Some("expiring") => Some(|| Heard::Expired),
            Some("leaving") => Some(|| Heard::ShutOut),
            Some("failing") => Some(|| Heard::Failed(vec![ServerError::new("lost", None)])),
            Some("panicking") => Some(|| panic!("secret state")),
            _ => None,
        };
        let live = began(self.schema.execute_stream(self.named(request, bearer.as_deref())), flag)?;
        Ok(live.chain(stream::iter(last).map(|last| last())).boxed())
    }

    async fn ready(&self) -> bool {
        true
    }
}

/// The application behind its door.
pub(super) fn theatre(settings: HttpSettings) -> (Router, Arc<Stage>) {
    let (events, _) = broadcast::channel(64);
    let stage = Arc::new(Stage { events, open: AtomicUsize::new(0), good: AtomicBool::new(true) });
    let schema = Schema::build(Query, Mutation, Happening).data(Arc::clone(&stage));
    let schema = schema.extension(Hardening::new(settings.limits.clone())).finish();
    (router(Theatre { schema, stage: Arc::clone(&stage) }, settings, FixedClock::at(NOW)), stage)
}

pub(super) fn with_live(live: LiveSettings) -> HttpSettings {
    HttpSettings { live, ..HttpSettings::default() }
}

/// A server in front of it.
pub(super) struct House {
    pub(super) address: SocketAddr,
    pub(super) stage: Arc<Stage>,
    pub(super) stop: oneshot::Sender<()>,
    pub(super) server: JoinHandle<()>,
}

impl House {
    pub(super) async fn open(settings: HttpSettings) -> Self {
        let (router, stage) = theatre(settings);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            serve(listener, router, Connections::default(), stopped).await;
        });
        Self { address, stage, stop, server }
    }

    /// Opens a socket, with headers.
    pub(super) async fn socket(&self, headers: &[(&str, &str)]) -> Result<Client, tungstenite::Error> {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        connect_async(request).await.map(|(socket, _)| Client(socket))
    }

    /// Opens a socket of the right protocol.
    pub(super) async fn client(&self) -> Client {
        self.socket(&[("sec-websocket-protocol", PROTOCOL)]).await.unwrap()
    }

    /// The same, and is let in.
    pub(super) async fn guest(&self, name: &str) -> Client {
        let mut client = self.client().await;
        client.say(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {name}") } })).await;
        assert_eq!(client.hear().await, json!({ "type": "connection_ack" }));
        client
    }

    /// The status with which a socket is refused.
    pub(super) async fn refused(&self, headers: &[(&str, &str)]) -> (StatusCode, Value) {
        match self.socket(headers).await {
            Err(tungstenite::Error::Http(response)) => {
                let body = response.body().clone().unwrap_or_default();
                (response.status(), serde_json::from_slice::<Value>(&body).unwrap_or_default()["errors"][0]["extensions"]["code"].clone())
            }
            other => panic!("{:?}", other.map(|_| "opened")),
        }
    }
}

/// The other end of a socket.
pub(super) struct Client(pub(super) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub(super) async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    pub(super) async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(super) async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
    }

    /// The next message, as it was written.
    pub(super) async fn heard(&mut self) -> String {
        loop {
            match timeout(LONG, self.0.next()).await.unwrap() {
                Some(Ok(Message::Text(text))) => return text.to_string(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub(super) async fn hear(&mut self) -> Value {
        serde_json::from_str(&self.heard().await).unwrap()
    }

    /// With what the server closes, whatever it says before.
    pub(super) async fn closed(&mut self) -> (u16, String) {
        loop {
            match timeout(LONG, self.0.next()).await.unwrap() {
                Some(Ok(Message::Close(Some(CloseFrame { code, reason })))) => return (code.into(), reason.to_string()),
                Some(Ok(Message::Text(_) | Message::Ping(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

/// The subscription that a schema executes with [`execute_stream`](async_graphql::Schema::execute_stream): what comes before
/// anything was executed is no event. If it comes at once, the subscription did not begin.
fn began(mut responses: stream::BoxStream<'static, async_graphql::Response>, flag: ExecutionFlag) -> Result<Live, Refusal> {
    let first = match responses.next().now_or_never() {
        Some(Some(response)) if response.is_err() && !flag.began() => return Err(Refusal::Request(response.errors)),
        Some(None) => return Ok(stream::empty().boxed()),
        Some(first) => first,
        None => None,
    };
    let heard = move |response: async_graphql::Response| match response.is_err() && !flag.began() {
        true => Heard::Failed(response.errors),
        false => Heard::Next(Arc::new(response)),
    };
    Ok(stream::iter(first).chain(responses).map(heard).boxed())
}
