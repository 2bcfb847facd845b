//! How far events have come, told to those who follow them as soon as it is known.
//!
//! A process tells its own followers when a transaction has ended. PostgreSQL carries the number to the other processes: after the
//! commit and in a statement of its own, for a notification within a transaction has all commits wait for each other. Numbers that
//! come up meanwhile go together. Notifications may be lost, and other programs send none; so while anybody follows the database is
//! also looked at, seldom where its notifications are heard.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use entity::ids::{OrganizationId, TypedId};
use migration::tenant::APPLICATION_ROLE;
use sea_orm::ConnectionTrait;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::watch;
use uuid::Uuid;

use super::connect::{Db, Engine};
use crate::error::{Error, Result};

/// The channel of PostgreSQL.
const CHANNEL: &str = "tandem_events";

/// Between two looks at the database.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two tries to hear notifications: looking is enough meanwhile.
const LISTEN_EVERY: Duration = Duration::from_secs(10);
/// How many of those looks are left out for one that is not while notifications are heard.
const LEFT_OUT: u32 = 4;

/// Most numbers of one notification, which has room for 8 000 bytes.
const NUMBERS: usize = 100;

/// Where a process writes down how far events have come. Clones are the same board.
#[derive(Clone, Debug, Default)]
pub(super) struct Board(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    followed: Mutex<HashMap<OrganizationId, watch::Sender<i64>>>,
    untold: Mutex<Untold>,
    /// Whether somebody looks at the database.
    watched: AtomicBool,
    /// Whether notifications are heard.
    listening: AtomicBool,
}

/// What other processes were not told yet.
#[derive(Debug, Default)]
struct Untold {
    newest: HashMap<OrganizationId, i64>,
    /// Whether somebody is telling.
    telling: bool,
}

impl Board {
    fn followed(&self) -> MutexGuard<'_, HashMap<OrganizationId, watch::Sender<i64>>> {
        self.0.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn untold(&self) -> MutexGuard<'_, Untold> {
        self.0.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who follow an organization how far its events have come. Nobody is told twice, nor of less than before.
    fn raise(&self, organization: OrganizationId, newest: i64) {
        if let Some(sender) = self.followed().get(&organization) {
            sender.send_if_modified(|known| {
                let further = newest > *known;
                *known = newest.max(*known);
                further
            });
        }
    }

    /// The organizations that somebody follows.
    fn organizations(&self) -> Vec<OrganizationId> {
        self.followed().iter().filter(|(_, sender)| sender.receiver_count() > 0).map(|(organization, _)| *organization).collect()
    }

    /// Whether nobody follows anything any more, so that nobody has to look. Whoever comes next has somebody look again.
    fn is_abandoned(&self) -> bool {
        let mut followed = self.followed();
        followed.retain(|_, sender| sender.receiver_count() > 0);
        if followed.is_empty() {
            self.0.watched.store(false, Ordering::Release);
        }
        followed.is_empty()
    }
}

impl Db {
    /// Follows how far the events of an organization have come. What happened before is not known yet.
    pub(crate) fn follow_events(&self, organization: OrganizationId) -> watch::Receiver<i64> {
        let receiver = self.board.followed().entry(organization).or_insert_with(|| watch::Sender::new(0)).subscribe();
        if !self.board.0.watched.swap(true, Ordering::AcqRel) {
            tokio::spawn(watch_events(self.clone()));
        }
        receiver
    }

    /// Tells the followers within this process how far events have come, which somebody read.
    pub(crate) fn events_came(&self, organization: OrganizationId, newest: i64) {
        self.board.raise(organization, newest);
    }

    /// The same, of what this process did; others are told too.
    pub(super) fn announce_events(&self, organization: OrganizationId, newest: i64) {
        self.board.raise(organization, newest);
        if self.engine == Engine::Postgres {
            let mut untold = self.board.untold();
            let known = untold.newest.entry(organization).or_insert(newest);
            *known = newest.max(*known);
            if !std::mem::replace(&mut untold.telling, true) {
                tokio::spawn(tell_others(self.clone()));
            }
        }
    }
}

/// Tells other processes until they know everything.
async fn tell_others(db: Db) {
    loop {
        let newest: Vec<(OrganizationId, i64)> = {
            let mut untold = db.board.untold();
            if untold.newest.is_empty() {
                untold.telling = false;
                return;
            }
            untold.newest.drain().collect()
        };
        for some in newest.chunks(NUMBERS) {
            let statement = format!("SELECT pg_notify('{CHANNEL}', '{}')", written(some));
            if let Err(error) = db.writer.execute_unprepared(&statement).await {
                tracing::debug!(%error, "other processes were not told of events, and find them when they look");
            }
        }
    }
}

fn written(newest: &[(OrganizationId, i64)]) -> String {
    let numbers: Vec<String> = newest.iter().map(|(organization, newest)| format!("{}:{newest}", organization.uuid())).collect();
    numbers.join(",")
}

/// What can be read of a notification: others may use the channel for something else.
fn read(payload: &str) -> impl Iterator<Item = (OrganizationId, i64)> {
    payload.split(',').filter_map(|part| {
        let (organization, newest) = part.split_once(':')?;
        Some((OrganizationId::from_uuid(Uuid::from_str(organization).ok()?), newest.parse().ok()?))
    })
}

/// Finds out what other processes do, as long as somebody follows.
async fn watch_events(db: Db) {
    let listening = async {
        match db.engine {
            Engine::Postgres => listen(&db).await,
            Engine::Sqlite => std::future::pending().await,
        }
    };
    tokio::select! {
        () = listening => {}
        () = look(&db) => {}
    }
    db.board.0.listening.store(false, Ordering::Relaxed);
}

/// Looks at the database, until nobody follows.
async fn look(db: &Db) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut left_out = 0;
    loop {
        ticks.tick().await;
        if db.board.is_abandoned() {
            return;
        }
        if db.board.0.listening.load(Ordering::Relaxed) && left_out < LEFT_OUT {
            left_out += 1;
            continue;
        }
        left_out = 0;
        match find(db).await {
            Ok(()) => {}
            Err(error) => tracing::warn!(error.cause = %error.for_operator(), "could not look for events"),
        }
    }
}

/// Finds how far events have come.
async fn find(db: &Db) -> Result<()> {
    let reached = db.events_reached(&db.board.organizations()).await?;
    reached.into_iter().for_each(|(organization, reached)| db.board.raise(organization, reached.newest));
    Ok(())
}

/// Hears the notifications of PostgreSQL, again and again, until it is dropped.
async fn listen(db: &Db) {
    loop {
        if let Err(error) = hear(db).await {
            tracing::warn!(error.cause = %error.for_operator(), "events of other processes are not heard of, and looked for instead");
        }
        db.board.0.listening.store(false, Ordering::Relaxed);
        tokio::time::sleep(LISTEN_EVERY).await;
    }
}

/// Hears notifications until the connection is lost.
async fn hear(db: &Db) -> Result<()> {
    let options = PgConnectOptions::from_str(&db.url).map_err(Error::internal)?.options([("role", APPLICATION_ROLE)]);
    let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await.map_err(Error::internal)?;
    let mut listener = PgListener::connect_with(&pool).await.map_err(Error::internal)?;
    listener.listen(CHANNEL).await.map_err(Error::internal)?;
    // What was told before.
    find(db).await?;
    db.board.0.listening.store(true, Ordering::Relaxed);
    while let Some(notification) = listener.try_recv().await.map_err(Error::internal)? {
        read(notification.payload()).for_each(|(organization, newest)| db.board.raise(organization, newest));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_and_nothing_else_is() {
        let newest = [(OrganizationId::from_uuid(Uuid::from_u128(1)), 7), (OrganizationId::from_uuid(Uuid::from_u128(2)), i64::MAX)];
        assert_eq!(read(&written(&newest)).collect::<Vec<_>>(), newest);
        assert!(written(&[(OrganizationId::from_uuid(Uuid::max()), i64::MAX); NUMBERS]).len() < 8_000);
        for payload in ["", "x", ":", "1:1", "00000000-0000-0000-0000-000000000001:", "00000000-0000-0000-0000-000000000001:x"] {
            assert_eq!(read(payload).count(), 0, "{payload}");
        }
    }

    #[test]
    fn followers_hear_of_more_and_never_of_less() {
        let (board, one) = (Board::default(), OrganizationId::from_uuid(Uuid::from_u128(1)));
        let mut follower = board.followed().entry(one).or_insert_with(|| watch::Sender::new(0)).subscribe();
        board.raise(one, 3);
        assert_eq!(*follower.borrow_and_update(), 3);
        board.raise(one, 2);
        board.raise(OrganizationId::from_uuid(Uuid::from_u128(2)), 9);
        assert!(!follower.has_changed().unwrap());
        assert_eq!(board.organizations(), [one]);
        drop(follower);
        assert!(board.organizations().is_empty() && board.is_abandoned());
    }
}
