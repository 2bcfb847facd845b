//! Subscriptions of the application: opened once, and executed anew for each event.
//!
//! - For each turn it is asked anew who calls and what they may do, and objects are loaded anew. Whoever may hear of it no longer is
//!   told so, and hears no more.
//! - Callers who see the same and ask the same at the same moment are answered once: see [`Session::likeness`].
//! - Few turns are taken at once, so that a thousand who listen do not keep out those who ask.
//! - Figures that did not move are not told again.

use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Request, Response, ServerError, Value, Variables};
use futures_util::{StreamExt, stream};
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout};

use super::executor::{Front, Report, given, report_denied};
use super::graphql::{Heard, Live, Refusal};
use crate::auth::{ActingFor, ClientAddress, Session};
use crate::error::Error;
use crate::events::graphql::{Occasion, Opening};
use crate::events::service::{Follower, Turn};
use crate::graphql::code::ErrorCode;
use crate::graphql::documents::Fixed;
use crate::graphql::extension::RequestId;
use crate::graphql::guard::Admitted;

/// Turns taken at once: about as many as there are connections to the database that nobody misses.
const AT_ONCE: usize = 8;

/// Answers kept for those who ask the same in the same moment, and how long that is.
const ANSWERS: u64 = 1_000;
const MOMENT: Duration = Duration::from_secs(5);

/// Fields that tell when, and not what: an answer that differs in nothing else is the same.
const PASSING: [&str; 2] = ["asOf", "sequence"];

/// What all subscriptions of one front share.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    answers: Cache<[u8; 32], Arc<OnceCell<Arc<Answered>>>>,
    places: Arc<Semaphore>,
    /// How long a turn may take.
    timeout: Duration,
}

/// What came of a turn.
#[derive(Debug)]
struct Answered {
    response: Arc<Response>,
    /// What it says, without when.
    digest: [u8; 32],
    took: Duration,
}

impl Turns {
    pub(super) fn new(timeout: Duration) -> Self {
        let answers = Cache::builder().max_capacity(ANSWERS).time_to_live(MOMENT).build();
        Self { answers, places: Arc::new(Semaphore::new(AT_ONCE)), timeout }
    }
}

/// A request that is executed again and again.
struct Repeated {
    bearer: Arc<str>,
    text: String,
    variables: Variables,
    operation_name: Option<String>,
    document: ExecutableDocument,
    admitted: Option<Admitted>,
    fixed: Option<Fixed>,
    address: Option<ClientAddress>,
    acting_for: Option<ActingFor>,
    request_id: Option<RequestId>,
    /// What is asked, whoever asks.
    question: [u8; 32],
    /// How the answer calls what passes.
    passing: HashSet<Name>,
}

impl Repeated {
    fn new(request: &mut Request, bearer: Arc<str>) -> Result<Self, ServerError> {
        let document = request.parsed_query()?.clone();
        let mut passing = HashSet::new();
        let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
        for set in operations.chain(document.fragments.values().map(|fragment| &fragment.node.selection_set.node)) {
            note_passing(set, &mut passing);
        }
        let mut question = Sha256::new();
        let variables = serde_json::to_vec(&request.variables).unwrap_or_default();
        for part in [request.query.as_bytes(), &variables, request.operation_name.as_deref().unwrap_or_default().as_bytes()] {
            question.update(part.len().to_be_bytes());
            question.update(part);
        }
        Ok(Self {
            bearer,
            text: request.query.clone(),
            variables: request.variables.clone(),
            operation_name: request.operation_name.clone(),
            document,
            admitted: given(request).copied(),
            fixed: given(request).cloned(),
            address: given(request).copied(),
            acting_for: given(request).copied(),
            request_id: given(request).cloned(),
            question: question.finalize().into(),
            passing,
        })
    }

    /// The request once more. Nobody pays for it again.
    fn request(&self) -> Request {
        let mut request = Request::new(self.text.as_str()).variables(self.variables.clone());
        request.operation_name.clone_from(&self.operation_name);
        request.set_parsed_query(self.document.clone());
        give(&mut request, self.admitted);
        give(&mut request, self.fixed.clone());
        give(&mut request, self.address);
        give(&mut request, self.request_id.clone());
        request
    }
}

fn give<T: Any + Send + Sync>(request: &mut Request, data: Option<T>) {
    if let Some(data) = data {
        request.data.insert(data);
    }
}

fn note_passing(set: &SelectionSet, passing: &mut HashSet<Name>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                if PASSING.contains(&field.node.name.node.as_str()) {
                    passing.insert(field.node.response_key().node.clone());
                }
                note_passing(&field.node.selection_set.node, passing);
            }
            Selection::InlineFragment(fragment) => note_passing(&fragment.node.selection_set.node, passing),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn digest(value: &Value, passing: &HashSet<Name>, hash: &mut Sha256) {
    match value {
        Value::Object(fields) => {
            hash.update(b"{");
            for (name, value) in fields.iter().filter(|(name, _)| !passing.contains(*name)) {
                hash.update(name.as_bytes());
                hash.update(b":");
                digest(value, passing, hash);
            }
            hash.update(b"}");
        }
        Value::List(items) => {
            hash.update(b"[");
            items.iter().for_each(|item| digest(item, passing, hash));
            hash.update(b"]");
        }
        other => {
            hash.update(other.to_string());
            hash.update(b",");
        }
    }
}

impl Front {
    /// Opens a subscription for a caller.
    pub(super) async fn opened(&self, mut request: Request, session: Option<Session>, bearer: Option<Arc<str>>) -> Result<Live, Refusal> {
        let (Some(session), Some(bearer)) = (session, bearer) else {
            return Err(Refusal::Request(vec![ErrorCode::Unauthenticated.error("sign in first")]));
        };
        let repeated = Repeated::new(&mut request, bearer).map_err(|error| Refusal::Request(vec![error]))?;
        let opening = Opening::new(self.app.events(), session.organization_id());
        let response = self.once(request.data(Occasion::Opening(opening.clone())), session).await;
        match opening.opened().filter(|_| response.is_ok()) {
            Some(follower) => {
                let listener = Listener { front: self.clone(), repeated, follower, last: None, ended: false };
                Ok(stream::unfold(listener, |mut listener| async { Some((listener.next().await?, listener)) }).boxed())
            }
            None => Err(Refusal::Request(response.errors)),
        }
    }

    /// Executes a subscription once, and tells the audit log what was denied.
    async fn once(&self, request: Request, session: Session) -> Response {
        let report = Report(session.clone());
        let response = self.schema.execute_stream(self.attached(request, Some(session))).next().await;
        report_denied(&report.0).await;
        response.unwrap_or_else(|| Response::from_errors(vec![ErrorCode::BadUserInput.error("the subscription asks for nothing")]))
    }

    /// What comes of a turn for whoever calls now, or for somebody who sees the same.
    async fn answered(&self, repeated: &Repeated, session: Session, turn: Turn) -> Arc<Answered> {
        let mut key = Sha256::new();
        key.update(repeated.question);
        key.update(session.likeness());
        let number = match &turn {
            Turn::Event(event) => event.sequence,
            Turn::Figures(sequence) => *sequence,
            Turn::Access => 0,
        };
        key.update(number.to_be_bytes());
        let cell = self.turns.answers.get_with(key.finalize().into(), Arc::default);
        let answered = cell.get_or_init(|| async {
            // never closed
            let _place = self.turns.places.acquire().await;
            let began = Instant::now();
            let executed = self.once(repeated.request().data(Occasion::Turn(turn)), session);
            let response = timeout(self.turns.timeout, executed).await;
            let response = response.unwrap_or_else(|_| Response::from_errors(vec![late()]));
            let mut hash = Sha256::new();
            digest(&response.data, &repeated.passing, &mut hash);
            Arc::new(Answered { response: Arc::new(response), digest: hash.finalize().into(), took: began.elapsed() })
        });
        Arc::clone(answered.await)
    }

    /// Who calls now, with the rights they have now.
    async fn caller(&self, repeated: &Repeated) -> Result<Session, Heard> {
        let _place = self.turns.places.acquire().await;
        let session = match Session::from_token(&self.app, &repeated.bearer).await {
            Ok(session) => session,
            Err(Error::Unauthenticated) => return Err(Heard::Expired),
            Err(error) => return Err(broken(&error)),
        };
        match repeated.acting_for {
            None => Ok(session),
            Some(principal) => session.acting_for(principal.0).await.map_err(|error| match error {
                Error::Forbidden => Heard::ShutOut,
                error => broken(&error),
            }),
        }
    }
}

fn late() -> ServerError {
    ErrorCode::Timeout.error("took too long; go on after the last event you heard of")
}

/// What whoever listens is told where the house could not go on.
fn broken(error: &Error) -> Heard {
    tracing::error!(error.cause = %error.for_operator(), "a subscription could not go on");
    let told = match error {
        Error::Timeout => late(),
        _ => ErrorCode::Internal.error("internal error"),
    };
    Heard::Failed(vec![told])
}

/// One subscription.
struct Listener {
    front: Front,
    repeated: Repeated,
    follower: Follower,
    /// What figures were told last.
    last: Option<[u8; 32]>,
    ended: bool,
}

impl Listener {
    /// What is heard next; nothing once it has ended.
    async fn next(&mut self) -> Option<Heard> {
        while !self.ended {
            let turn = match self.follower.next().await {
                Ok(turn) => turn,
                Err(error) => return self.end(broken(&error)),
            };
            let session = match self.front.caller(&self.repeated).await {
                Ok(session) => session,
                Err(heard) => return self.end(heard),
            };
            let figures = matches!(turn, Turn::Figures(_));
            let answered = self.front.answered(&self.repeated, session, turn).await;
            if answered.response.data == Value::Null {
                return self.end(Heard::Failed(answered.response.errors.clone()));
            }
            if figures {
                self.follower.took(answered.took);
            }
            let again = figures && self.last.replace(answered.digest) == Some(answered.digest);
            if !again && says_something(&answered.response) {
                return Some(Heard::Next(Arc::clone(&answered.response)));
            }
        }
        None
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is what is heard next")]
    const fn end(&mut self, last: Heard) -> Option<Heard> {
        self.ended = true;
        Some(last)
    }
}

/// Whether the one field has a value, or an error in its place.
fn says_something(response: &Response) -> bool {
    let said = match &response.data {
        Value::Object(fields) => fields.values().any(|value| *value != Value::Null),
        _ => true,
    };
    said || !response.errors.is_empty()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_the_same_whenever_it_is_given() {
        let text = "subscription { changed { number: sequence asOf board { at: asOf lines { value } } } }";
        let mut request = Request::new(text);
        let passing = Repeated::new(&mut request, "".into()).unwrap().passing;
        let digest = |data: serde_json::Value| {
            let mut hash = Sha256::new();
            digest(&Value::from_json(data).unwrap(), &passing, &mut hash);
            <[u8; 32]>::from(hash.finalize())
        };
        let answer = |number: i32, at: &str, value: serde_json::Value| {
            digest(json!({ "changed": { "number": number, "asOf": at, "board": { "at": at, "lines": [{ "value": value }] } } }))
        };
        assert_eq!(answer(1, "now", json!(7)), answer(2, "then", json!(7)));
        assert_ne!(answer(1, "now", json!(7)), answer(1, "now", json!(8)));
        assert_ne!(answer(1, "now", json!([1, [2]])), answer(1, "now", json!([[1], 2])));
    }
}
