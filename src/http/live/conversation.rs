//! What is said over one socket, from `connection_init` to its end.
//!
//! Each operation is a task of its own, which fills the queue of the socket; the conversation starts and ends them. An operation
//! has ended here before its client is told so, and may be followed by another of the same id.

use std::{collections::HashMap, sync::Arc};

use async_graphql::ServerError;
use axum::Error;
use futures_util::{StreamExt, stream::SplitStream};
use serde_json::value::RawValue;
use tokio::{
    task::{AbortHandle, Id, JoinError, JoinSet},
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout},
};
use tracing::Instrument;

use super::{
    Farewell,
    places::Place,
    protocol::{Close, Letter, Received, said, said_of},
    queue::{Queue, Slow},
    socket::Message,
};
use crate::{
    graphql::{code::ErrorCode, extension::panic_message, meter::Meter},
    http::{
        answer::{Answer, Failure},
        asked::{Caller, Carried, ask, execute, paid, principal, subscribe, token},
        graphql::{Door, Executor, Heard, Refusal},
        parameters::Parameters,
    },
};

/// Pings that may stay without an answer.
const MAX_UNANSWERED: u8 = 2;
/// Points that letting somebody in costs: the database may be asked who they are.
const ADMISSION_POINTS: u32 = 1;

/// One socket's.
pub(super) struct Conversation<E> {
    door: Arc<Door<E>>,
    caller: Caller,
    place: Place,
    farewell: Farewell,
    queue: Arc<Queue<Message>>,
    /// Whether `connection_init` came and was acknowledged.
    let_in: bool,
    running: JoinSet<End>,
    ids: HashMap<Arc<str>, AbortHandle>,
    operations: HashMap<Id, Arc<str>>,
    /// Pings since the client said anything.
    unanswered: u8,
}

/// How a task ended.
enum End {
    /// The result of a query or mutation.
    Answered(Message, usize),
    /// A subscription is over.
    Complete,
    /// Nothing was executed, or the subscription can go on no longer.
    Failed(Vec<ServerError>),
    /// The socket is closed for it.
    Close(Close),
    /// There is nothing to say.
    Silent,
}

impl From<Slow> for Close {
    fn from(Slow: Slow) -> Self {
        Self::SLOW
    }
}

impl<E: Executor> Conversation<E> {
    pub(super) fn new(door: Arc<Door<E>>, caller: Caller, place: Place, farewell: Farewell, queue: Arc<Queue<Message>>) -> Self {
        let (running, ids, operations) = (JoinSet::new(), HashMap::new(), HashMap::new());
        Self { door, caller, place, farewell, queue, let_in: false, running, ids, operations, unanswered: 0 }
    }

    /// Listens to the end; gives why it is the end, unless the client closes. All operations end with it.
    pub(super) async fn listen(mut self, stream: &mut SplitStream<axum::extract::ws::WebSocket>) -> Option<Close> {
        let settings = self.door.settings.live;
        let mut farewell = self.farewell.clone();
        let mut parting = false;
        let mut init = std::pin::pin!(sleep(settings.init_timeout));
        let mut pings = interval_at(Instant::now() + settings.ping_every, settings.ping_every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if parting && self.operations.is_empty() {
                return Some(Close::GOING_AWAY);
            }
            let heard = tokio::select! {
                biased;
                () = farewell.said(), if !parting => {
                    // subscriptions hear it too; queries and mutations are waited for
                    parting = true;
                    Ok(())
                }
                Some(ended) = self.running.join_next_with_id() => self.ended(ended).await,
                () = &mut init, if !self.let_in => Err(Close::INIT_TIMEOUT),
                _ = pings.tick() => self.ping().await,
                message = stream.next() => match message {
                    None | Some(Ok(Message::Close(_))) => return None,
                    Some(message) => self.hear(message, parting).await,
                },
            };
            if let Err(close) = heard {
                return Some(close);
            }
        }
    }

    async fn hear(&mut self, message: Result<Message, Error>, parting: bool) -> Result<(), Close> {
        self.unanswered = 0;
        let text = match message {
            Ok(Message::Text(text)) => text,
            // WebSocket's own are answered below us
            Ok(Message::Ping(_) | Message::Pong(_)) => return Ok(()),
            Ok(Message::Binary(_) | Message::Close(_)) => return Err(self.bad_message()),
            // axum does not say which limit was passed but in words
            Err(error) if error.to_string().contains("too long") => return Err(Close::TOO_LONG),
            Err(_) => return Err(Close::PROTOCOL_ERROR),
        };
        let letter = Letter::open(&text).ok_or_else(|| self.bad_message())?;
        match letter.read().ok_or_else(|| self.bad_message())? {
            Received::ConnectionInit(_) if self.let_in => Err(Close::TOO_MANY_INITS),
            Received::ConnectionInit(payload) => self.let_in(payload).await,
            Received::Ping(payload) => self.say(said("pong", payload)).await,
            Received::Pong => Ok(()),
            Received::Subscribe { .. } if !self.let_in => Err(Close::UNAUTHORIZED),
            Received::Subscribe { id, payload } => self.begin(id, payload, parting).await,
            Received::Complete { id } => {
                self.forget(id);
                Ok(())
            }
        }
    }

    /// A message that was not understood is paid for like a request that was not.
    fn bad_message(&self) -> Close {
        let failure = Failure::document(ErrorCode::BadUserInput.error("invalid message"));
        drop(paid(failure, &self.meter()));
        Close::BAD_MESSAGE
    }

    fn meter(&self) -> Meter {
        Meter::new(&self.door.budgets, self.caller.address)
    }

    async fn say(&self, text: String) -> Result<(), Close> {
        let bytes = text.len();
        Ok(self.queue.push(Message::Text(text.into()), bytes).await?)
    }

    /// Lets the caller in, if they may be.
    async fn let_in(&mut self, payload: Option<&RawValue>) -> Result<(), Close> {
        self.introduce(payload)?;
        let meter = self.meter();
        match admitted(&self.door, &self.caller, &meter).await {
            Ok(()) => {}
            Err(Refusal::InvalidToken | Refusal::NotActingFor | Refusal::Request(_)) => return Err(Close::FORBIDDEN),
            Err(Refusal::RateLimited(_)) => return Err(Close::BUDGET_SPENT),
            Err(Refusal::Unavailable) => return Err(Close::TRY_AGAIN),
        }
        meter.charge(ADMISSION_POINTS, ADMISSION_POINTS).map_err(|_| Close::BUDGET_SPENT)?;
        self.place.give(meter.payer()).map_err(|_| Close::TOO_MANY_CONNECTIONS)?;
        self.let_in = true;
        self.say(said("connection_ack", None)).await
    }

    /// Who the client says they are. What they do not say is as the request said that opened the socket.
    fn introduce(&mut self, payload: Option<&RawValue>) -> Result<(), Close> {
        let Some(payload) = payload else { return Ok(()) };
        let payload: HashMap<String, serde_json::Value> = serde_json::from_str(payload.get()).map_err(|_| self.bad_message())?;
        let given = |name: &str| {
            let mut values = payload.iter().filter(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null());
            (values.next().map(|(_, value)| value), values.next().is_some())
        };
        match given("authorization") {
            (None, _) => {}
            (Some(serde_json::Value::String(value)), false) if token(value).is_some() => {
                self.caller.bearer = token(value).map(Arc::from);
            }
            _ => {
                drop(paid(Failure::invalid_token(), &self.meter()));
                return Err(Close::FORBIDDEN);
            }
        }
        match given("acting-for") {
            (None, _) => {}
            (Some(serde_json::Value::String(value)), false) if principal(value).is_some() => {
                self.caller.acting_for = principal(value);
            }
            _ => return Err(self.bad_message()),
        }
        Ok(())
    }

    /// Shows that the server lives, and finds out whether the client does and whether they still may be here.
    async fn ping(&mut self) -> Result<(), Close> {
        if self.unanswered >= MAX_UNANSWERED {
            return Err(Close::SILENT);
        }
        self.unanswered += 1;
        if self.let_in && self.caller.bearer.is_some() {
            let (door, caller, meter) = (Arc::clone(&self.door), self.caller.clone(), self.meter());
            let admission = async move {
                match admitted(&door, &caller, &meter).await {
                    Err(Refusal::InvalidToken) => End::Close(Close::UNAUTHORIZED),
                    Err(Refusal::RateLimited(_)) => End::Close(Close::BUDGET_SPENT),
                    // nobody is thrown out because the database is busy
                    _ => End::Silent,
                }
            };
            self.running.spawn(admission.in_current_span());
        }
        Ok(self.queue.push(Message::Ping(axum::body::Bytes::new()), 0).await?)
    }

    async fn begin(&mut self, id: &str, payload: &RawValue, parting: bool) -> Result<(), Close> {
        if self.ids.contains_key(id) {
            return Err(Close::duplicate(id));
        }
        let parameters = Parameters::from_body(payload.get().as_bytes()).map_err(|_| self.bad_message())?;
        let most = self.door.settings.live.operations;
        if parting || self.ids.len() >= most {
            let failure = match parting {
                true => Failure::unavailable("the server stops"),
                false => Failure::too_many("operations run over one socket", "socketOperations", most),
            };
            return self.say(said_of(id, "error", Some(paid(failure, &self.meter()).into_errors()))).await;
        }
        let id: Arc<str> = id.into();
        let operation = Operation {
            door: Arc::clone(&self.door),
            caller: self.caller.clone(),
            farewell: self.farewell.clone(),
            queue: Arc::clone(&self.queue),
            id: Arc::clone(&id),
        };
        let span = tracing::info_span!("operation", operation = tracing::field::Empty);
        let task = self.running.spawn(operation.run(parameters).instrument(span));
        self.operations.insert(task.id(), Arc::clone(&id));
        self.ids.insert(id, task);
        Ok(())
    }

    /// Ends an operation that its client is done with. One that is not there has ended already.
    fn forget(&mut self, id: &str) {
        if let Some(task) = self.ids.remove(id) {
            task.abort();
            self.operations.remove(&task.id());
        }
    }

    /// A task ended: says so, unless its client was done with it first.
    async fn ended(&mut self, ended: Result<(Id, End), JoinError>) -> Result<(), Close> {
        let (task, end) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                let task = error.id();
                let Ok(panic) = error.try_into_panic() else { return Ok(()) };
                tracing::error!(cause = panic_message(panic.as_ref()), "panic outside a resolver");
                (task, End::Failed(vec![ErrorCode::Internal.error("internal error")]))
            }
        };
        let id = self.operations.remove(&task);
        if let Some(id) = &id {
            self.ids.remove(id);
        }
        match (end, id) {
            (End::Close(close), _) => Err(close),
            (End::Answered(message, bytes), Some(id)) => {
                self.queue.push(message, bytes).await?;
                self.say(said_of(&id, "complete", None::<()>)).await
            }
            (End::Complete, Some(id)) => self.say(said_of(&id, "complete", None::<()>)).await,
            (End::Failed(errors), Some(id)) => self.say(said_of(&id, "error", Some(errors))).await,
            (End::Silent, _) | (_, None) => Ok(()),
        }
    }
}

/// Asks whether a caller may be here, in the time of a request.
async fn admitted<E: Executor>(door: &Door<E>, caller: &Caller, meter: &Meter) -> Result<(), Refusal> {
    let _place = door.gate.enter().await.map_err(|_| Refusal::Unavailable)?;
    let admitted = timeout(door.settings.request_timeout, door.executor.admit(caller.bearer.as_deref(), meter)).await;
    admitted.unwrap_or(Err(Refusal::Unavailable))
}

/// What a client asks for under one id.
struct Operation<E> {
    door: Arc<Door<E>>,
    caller: Caller,
    farewell: Farewell,
    queue: Arc<Queue<Message>>,
    id: Arc<str>,
}

impl<E: Executor> Operation<E> {
    async fn run(mut self, parameters: Parameters) -> End {
        let meter = Meter::new(&self.door.budgets, self.caller.address);
        let ended = self.answer(parameters, &meter).await;
        ended.unwrap_or_else(|failure| match failure.is_of_token() {
            // it was good when the socket was opened
            true => End::Close(Close::UNAUTHORIZED),
            false => End::Failed(failure.into_errors()),
        })
    }

    async fn answer(&mut self, parameters: Parameters, meter: &Meter) -> Result<End, Failure> {
        let deadline = Instant::now() + self.door.settings.request_timeout;
        let carried = Carried { mutations: true, subscriptions: true };
        let asked = ask(&self.door, &self.caller, parameters, carried).map_err(|failure| paid(failure, meter))?;
        if !asked.lasts {
            let executed = execute(&self.door, asked, &self.caller, meter, deadline).await?;
            let (message, bytes) = self.next(&executed);
            return Ok(End::Answered(message, bytes));
        }
        let mut live = subscribe(&self.door, asked, &self.caller, meter, deadline).await?;
        loop {
            let heard = tokio::select! {
                biased;
                () = self.farewell.said() => return Ok(End::Silent),
                heard = live.next() => heard,
            };
            let response = match heard {
                Some(Heard::Next(response)) => response,
                Some(Heard::Failed(errors)) => return Ok(End::Failed(errors)),
                Some(Heard::Expired) => return Ok(End::Close(Close::UNAUTHORIZED)),
                Some(Heard::ShutOut) => return Ok(End::Close(Close::FORBIDDEN)),
                None => return Ok(End::Complete),
            };
            let (message, bytes) = self.next(&response);
            if self.queue.push(message, bytes).await.is_err() {
                return Ok(End::Close(Close::SLOW));
            }
        }
    }

    fn next(&self, response: &async_graphql::Response) -> (Message, usize) {
        let text = said_of(&self.id, "next", Some(Answer::of(response)));
        let bytes = text.len();
        (Message::Text(text.into()), bytes)
    }
}
