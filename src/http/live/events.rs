//! Event streams: the distinct connections mode of <https://github.com/enisdenis/graphql-sse/blob/master/PROTOCOL.md>.
//!
//! One request, one operation. A result or event is `event: next` with the result as `data`; `event: complete` with an empty
//! object says that no more will come. A refusal before the stream begins is an answer as to any other request, with its status.
//!
//! | the stream ends | with |
//! |---|---|
//! | the subscription is over | `complete` |
//! | it can go on no longer, or the caller is let in no longer | `next` with `errors` and no `data`, `complete` |
//! | the client is too slow (`SLOW_CONSUMER`) | what was on its way, `next` with the error, and no `complete`: something is missing |
//! | the server stops | nothing, so that a client asks again |

use std::{convert::Infallible, sync::Arc, time::Duration};

use async_graphql::{Response as Executed, ServerError};
use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout},
};
use tracing::Instrument;

use super::{Farewell, places::Place, protocol::written, queue::Queue};
use crate::{
    budget::Payer,
    graphql::{code::ErrorCode, meter::Meter},
    http::{
        answer::{Answer, Failure},
        asked::{Asked, Caller, subscribe},
        graphql::{Door, Executor, Heard, Live},
    },
};

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
/// Has nginx pass on events as they come.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

const COMPLETE: &str = "event: complete\ndata: {}\n\n";
/// A comment, which no client shows to anybody.
const STILL_HERE: &str = ":\n\n";

/// Begins a stream of a subscription's events.
pub(in crate::http) async fn begin<E: Executor>(
    door: &Door<E>,
    asked: Asked,
    caller: &Caller,
    meter: &Meter,
    deadline: Instant,
    farewell: Farewell,
) -> Result<Response, Failure> {
    let settings = &door.settings.live;
    let mut place = door.places.take(Payer::address(caller.address))?;
    let live = subscribe(door, asked, caller, meter, deadline).await?;
    place.give(meter.payer())?;
    let queue = Arc::new(Queue::new(settings));
    let feeder = Feeder { queue: Arc::clone(&queue), keep_alive: settings.keep_alive, farewell, _place: place };
    let reader = Reader { queue, feeding: tokio::spawn(feeder.feed(live).in_current_span()) };
    let events = stream::unfold(reader, |reader| async {
        let text = reader.queue.next().await?.message;
        Some((Ok::<_, Infallible>(Bytes::from(text)), reader))
    });
    Ok(response(Body::from_stream(events)))
}

/// The result of a query or mutation as a stream.
pub(in crate::http) fn of_result(executed: &Executed) -> Response {
    response(Body::from(next(&Answer::of(executed)) + COMPLETE))
}

fn response(body: Body) -> Response {
    ([(header::CONTENT_TYPE, EVENT_STREAM), (ACCEL_BUFFERING, HeaderValue::from_static("no"))], body).into_response()
}

/// JSON has no line breaks where it is not made to be looked at.
fn next(result: &impl Serialize) -> String {
    format!("event: next\ndata: {}\n\n", written(result))
}

#[derive(Serialize)]
struct Failed<'a> {
    errors: &'a [ServerError],
}

fn failed(errors: &[ServerError]) -> String {
    next(&Failed { errors })
}

/// The end that the server writes from. The subscription ends when it is dropped: the client is gone.
struct Reader {
    queue: Arc<Queue<String>>,
    feeding: JoinHandle<()>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.feeding.abort();
    }
}

/// The end that the subscription writes to. A task of its own, so that a client that takes nothing is found out.
struct Feeder {
    queue: Arc<Queue<String>>,
    keep_alive: Duration,
    farewell: Farewell,
    _place: Place,
}

impl Drop for Feeder {
    fn drop(&mut self) {
        // whatever became of the subscription: a client must not wait for it
        self.queue.end(None);
    }
}

impl Feeder {
    async fn feed(mut self, live: Live) {
        let last = self.pass_on(live).await;
        self.queue.end(last);
    }

    /// Passes events on, and gives the last words of the stream.
    async fn pass_on(&mut self, mut live: Live) -> Option<String> {
        loop {
            let heard = tokio::select! {
                biased;
                () = self.farewell.said() => return None,
                heard = timeout(self.keep_alive, live.next()) => heard,
            };
            let text = match heard {
                Ok(Some(Heard::Next(response))) => next(&Answer::of(&response)),
                Ok(Some(Heard::Failed(errors))) => return Some(failed(&errors) + COMPLETE),
                Ok(Some(Heard::Expired)) => {
                    return Some(failed(&[ErrorCode::Unauthenticated.error("the token is not valid any more")]) + COMPLETE);
                }
                Ok(Some(Heard::ShutOut)) => {
                    return Some(failed(&[ErrorCode::Forbidden.error("you are not let in any more")]) + COMPLETE);
                }
                Ok(None) => return Some(COMPLETE.to_owned()),
                Err(_) => STILL_HERE.to_owned(),
            };
            let bytes = text.len();
            if self.queue.push(text, bytes).await.is_err() {
                let error = ErrorCode::SlowConsumer.error("events were not taken in time, and some are lost; subscribe again");
                return Some(failed(&[error]));
            }
        }
    }
}
