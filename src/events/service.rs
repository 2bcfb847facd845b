//! Following events, and keeping them for so long.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use entity::event;
use entity::ids::OrganizationId;
use entity::kinds::EventTopic;
use entity::time::Timestamp;
use tokio::sync::watch;

use crate::app::App;
use crate::auth::permission::grant::ClockManage;
use crate::auth::{Scope, Session, System};
use crate::db::Db;
use crate::error::{Error, ProblemCode, Result};

/// Events of an organization that are kept in memory: who falls further behind reads them.
const RECENT: usize = 10_000;

/// How long changes are gathered before figures are put together anew.
const GATHERING: Duration = Duration::from_millis(50);

/// How long is waited where an event is said to be there and is not.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Each event of a topic.
    Each(EventTopic),
    /// Figures that move with some topics.
    Figures(&'static [EventTopic]),
}

/// What there is to do for a follower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// An event happened.
    Event(Arc<event::Model>),
    /// Figures may have moved, the last time with the event of this number.
    Figures(i64),
    /// What members may do has changed.
    Access,
}

/// Where the events of all organizations come together. Whoever follows one shares what was read of it.
#[derive(Debug)]
pub struct Hub {
    db: Db,
    channels: Mutex<HashMap<OrganizationId, Weak<Channel>>>,
}

/// The events of one organization.
#[derive(Debug)]
struct Channel {
    db: Db,
    organization: OrganizationId,
    recent: tokio::sync::Mutex<Recent>,
}

#[derive(Debug)]
struct Recent {
    /// All events after this one are in, as far as they were read.
    after: i64,
    events: VecDeque<Arc<event::Model>>,
}

/// Goes through the events of one organization.
#[derive(Debug)]
pub struct Follower {
    channel: Arc<Channel>,
    newest: watch::Receiver<i64>,
    wanted: Wanted,
    /// The number it has come to.
    at: i64,
    turns: VecDeque<Turn>,
    /// How long it gathers changes.
    gathering: Duration,
}

impl Hub {
    /// Nobody follows yet.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, channels: Mutex::default() }
    }

    /// Follows an organization: after the event of a number, or from now on. Figures are told at once, unless they are followed
    /// after an event since which nothing has moved.
    ///
    /// # Errors
    /// [`Error::EventsGone`] where an event that comes next is not kept any more; a problem with `after` where there is no such event
    /// yet; what the database says.
    pub async fn follow(&self, organization: OrganizationId, wanted: Wanted, after: Option<i32>) -> Result<Follower> {
        let newest = self.db.follow_events(organization);
        // Only now: what happens from here on is told.
        let reached = self.db.events_reached(&[organization]).await?;
        let reached = reached.into_iter().next().map(|(_, reached)| reached).unwrap_or_default();
        self.db.events_came(organization, reached.newest);
        let at = match after.map(i64::from) {
            None => reached.newest,
            Some(after) if after > reached.newest || after < 0 => {
                return Err(Error::invalid("after", ProblemCode::Invalid, "no event has this number"));
            }
            Some(after) if after < reached.pruned => return Err(Error::EventsGone),
            Some(after) => after,
        };
        let turns = match wanted {
            Wanted::Figures(_) if after.is_none() => VecDeque::from([Turn::Figures(at)]),
            _ => VecDeque::new(),
        };
        let channel = self.channel(organization, reached.newest);
        Ok(Follower { channel, newest, wanted, at, turns, gathering: GATHERING })
    }

    fn channel(&self, organization: OrganizationId, newest: i64) -> Arc<Channel> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = channels.get(&organization).and_then(Weak::upgrade) {
            return channel;
        }
        channels.retain(|_, channel| channel.strong_count() > 0);
        let recent = tokio::sync::Mutex::new(Recent { after: newest, events: VecDeque::new() });
        let channel = Arc::new(Channel { db: self.db.clone(), organization, recent });
        channels.insert(organization, Arc::downgrade(&channel));
        channel
    }
}

impl Channel {
    /// Some of the events after a number, up to one that is there.
    async fn after(&self, at: i64, newest: i64) -> Result<Vec<Arc<event::Model>>> {
        // Whoever comes first reads for all.
        let mut recent = self.recent.lock().await;
        while recent.until() < newest {
            let read = self.db.events_after(self.organization, recent.until()).await?;
            if read.is_empty() {
                break;
            }
            if read.iter().any(|event| event.topic == EventTopic::Access) {
                // Another process may have done it.
                self.db.access_changed();
            }
            recent.events.extend(read.into_iter().map(Arc::new));
            while recent.events.len() > RECENT {
                recent.after = recent.events.pop_front().map_or(recent.after, |event| event.sequence);
            }
        }
        if at >= recent.after {
            return Ok(recent.events.iter().skip_while(|event| event.sequence <= at).cloned().collect());
        }
        drop(recent);
        Ok(self.db.events_after(self.organization, at).await?.into_iter().map(Arc::new).collect())
    }
}

impl Recent {
    fn until(&self) -> i64 {
        self.events.back().map_or(self.after, |last| last.sequence)
    }
}

impl Follower {
    /// Waits for what there is to do next.
    ///
    /// # Errors
    /// What the database says.
    pub async fn next(&mut self) -> Result<Turn> {
        loop {
            if let Some(turn) = self.turns.pop_front() {
                return Ok(turn);
            }
            let at = self.at;
            self.newest
                .wait_for(|newest| *newest > at)
                .await
                .map_err(|_| Error::broken("events are told of as long as somebody follows"))?;
            if matches!(self.wanted, Wanted::Figures(_)) {
                tokio::time::sleep(self.gathering).await;
            }
            let newest = *self.newest.borrow_and_update();
            while self.at < newest && self.turns.is_empty() {
                let events = self.channel.after(self.at, newest).await?;
                if events.is_empty() {
                    tokio::time::sleep(PATIENCE).await;
                    break;
                }
                self.take(&events);
            }
        }
    }

    /// Says how long it took to put figures together: as long others get to work before it is done again.
    pub fn took(&mut self, time: Duration) {
        self.gathering = time.max(GATHERING);
    }

    fn take(&mut self, events: &[Arc<event::Model>]) {
        let (mut moved, mut access) = (None, false);
        for event in events {
            self.at = event.sequence;
            access |= event.topic == EventTopic::Access;
            match self.wanted {
                Wanted::Each(topic) if topic == event.topic => {
                    // Whoever may not hear of it any more hears that first.
                    if std::mem::take(&mut access) {
                        self.turns.push_back(Turn::Access);
                    }
                    self.turns.push_back(Turn::Event(Arc::clone(event)));
                }
                Wanted::Figures(topics) if topics.contains(&event.topic) => moved = Some(event.sequence),
                Wanted::Each(_) | Wanted::Figures(_) => {}
            }
        }
        if access {
            self.turns.push_back(Turn::Access);
        }
        self.turns.extend(moved.map(Turn::Figures));
    }
}

/// Keeps events for so long, again and again, until it is dropped. What goes wrong is logged and tried again.
pub async fn keep(app: Arc<App>, every: Duration, kept: Duration) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match prune(&app, kept).await {
            Ok(0) => {}
            Ok(pruned) => tracing::info!(pruned, "events are not kept any more"),
            Err(error) => tracing::error!(?error, "could not prune events"),
        }
    }
}

/// Keeps the events of no organization any more that are older; how many those were.
///
/// # Errors
/// What the database says.
pub async fn prune(app: &Arc<App>, kept: Duration) -> Result<u64> {
    let kept = i64::try_from(kept.as_micros()).unwrap_or(i64::MAX);
    let before = Timestamp::from_micros(app.now().micros().saturating_sub(kept));
    let mut pruned = 0;
    for organization in app.db().organization_ids().await? {
        let scope: Scope<ClockManage> = Session::system(app, organization, System::Scheduler).authorize()?;
        pruned += scope.write().await?.prune_events(before).await?;
    }
    Ok(pruned)
}
