//! Who writes down which permissions are asked for, so that the API can tell them without anybody typing them twice.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::permission::Permission;

/// What was asked for, given or not. Clones write on the same paper.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<Mutex<BTreeSet<Permission>>>);

impl Witness {
    /// Writes a permission down.
    pub fn note(&self, permission: Permission) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(permission);
    }

    /// What was written down so far.
    #[must_use]
    pub fn noted(&self) -> BTreeSet<Permission> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
