//! Everything the house needs, built once: by the binary and by the tests.

use std::sync::Arc;

use entity::time::Timestamp;

use crate::access::Access;
use crate::auth::token::Keys;
use crate::auth::{Caller, Sessions};
use crate::clock::{Clock, FixedClock, IdSource};
use crate::db::Db;
use crate::events::service::Hub;

/// The parts every use case needs.
#[derive(Debug)]
pub struct App {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<IdSource>,
    keys: Arc<Keys>,
    access: Arc<Access>,
    sessions: Sessions<Caller>,
    events: Arc<Hub>,
}

impl App {
    /// Puts the parts together, without mail and without identity providers.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>, ids: IdSource, keys: Keys) -> Arc<Self> {
        Self::with_access(db, clock, ids, keys, Access::default())
    }

    /// Puts the parts together.
    #[must_use]
    pub fn with_access(db: Db, clock: Arc<dyn Clock>, ids: IdSource, keys: Keys, access: Access) -> Arc<Self> {
        let events = Arc::new(Hub::new(db.clone()));
        let (ids, keys, access) = (Arc::new(ids), Arc::new(keys), Arc::new(access));
        Arc::new(Self { db, clock, ids, keys, access, sessions: Sessions::kept(), events })
    }

    /// The same application, reading who calls anew with every request: for several processes whose clock stands still.
    #[must_use]
    pub fn forgetful(self: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self {
            db: self.db.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            keys: Arc::clone(&self.keys),
            access: Arc::clone(&self.access),
            sessions: Sessions::forgotten(),
            events: Arc::clone(&self.events),
        })
    }

    /// The same application at another time, where its clock stands still: for writing what was recorded earlier.
    #[must_use]
    pub fn standing_at(&self, now: Timestamp) -> Arc<Self> {
        let clock = FixedClock::at(now);
        let ids = Arc::new(IdSource::random(clock.clone()));
        let (keys, access) = (Arc::clone(&self.keys), Arc::clone(&self.access));
        let events = Arc::clone(&self.events);
        Arc::new(Self { db: self.db.clone(), clock, ids, keys, access, sessions: Sessions::kept(), events })
    }

    /// The database. Its transactions open from a scope only.
    #[must_use]
    pub const fn db(&self) -> &Db {
        &self.db
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells the time, also after the application is gone.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Makes ids.
    #[must_use]
    pub const fn ids(&self) -> &Arc<IdSource> {
        &self.ids
    }

    /// Reads who calls anew, whoever called a moment ago.
    pub fn forget_callers(&self) {
        self.sessions.forget();
    }

    /// Those who called a moment ago.
    pub(crate) const fn sessions(&self) -> &Sessions<Caller> {
        &self.sessions
    }

    /// Where those who follow what happens hear of it.
    #[must_use]
    pub const fn events(&self) -> &Arc<Hub> {
        &self.events
    }

    /// Signs and verifies tokens.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// What signing in needs.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }
}
