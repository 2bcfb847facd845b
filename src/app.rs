//! Everything the house needs, built once: by the binary and by the tests.

use std::sync::Arc;

use entity::time::Timestamp;

use crate::auth::token::Keys;
use crate::clock::{Clock, FixedClock, IdSource};
use crate::db::Db;

/// The parts every use case needs.
#[derive(Debug)]
pub struct App {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<IdSource>,
    keys: Arc<Keys>,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>, ids: IdSource, keys: Keys) -> Arc<Self> {
        Arc::new(Self { db, clock, ids: Arc::new(ids), keys: Arc::new(keys) })
    }

    /// The same application at another time, where its clock stands still: for writing what was recorded earlier.
    #[must_use]
    pub fn standing_at(&self, now: Timestamp) -> Arc<Self> {
        let clock = FixedClock::at(now);
        let ids = Arc::new(IdSource::random(clock.clone()));
        Arc::new(Self { db: self.db.clone(), clock, ids, keys: Arc::clone(&self.keys) })
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

    /// Signs and verifies tokens.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }
}
