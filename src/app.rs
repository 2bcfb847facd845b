//! Everything the house needs, built once: by the binary and by the tests.

use std::sync::Arc;

use entity::time::Timestamp;

use crate::auth::token::Keys;
use crate::clock::{Clock, IdSource};
use crate::db::Db;

/// The parts every use case needs.
#[derive(Debug)]
pub struct App {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: IdSource,
    keys: Keys,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>, ids: IdSource, keys: Keys) -> Arc<Self> {
        Arc::new(Self { db, clock, ids, keys })
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

    /// Makes ids.
    #[must_use]
    pub const fn ids(&self) -> &IdSource {
        &self.ids
    }

    /// Signs and verifies tokens.
    #[must_use]
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }
}
