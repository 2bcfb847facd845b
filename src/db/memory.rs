//! What a process keeps in memory of what it has read, from one transaction to the next.
//!
//! Each room that keeps something has one thing of its own here, found by its type; what is in it is the room's business. Whoever
//! reads within a transaction that changes is given nothing: what was kept knows nothing of what they wrote.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::connect::Db;
use super::tenant::TenantTx;

/// One thing of each type. Clones are the same memory.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Memory")
    }
}

impl Memory {
    /// The thing of a type, which is made when it is wanted first.
    fn of<T: Default + Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let mut things = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let thing = things.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        Arc::clone(thing).downcast().ok()
    }
}

impl TenantTx {
    /// What a room keeps of what was read before, of all organizations; `None` within a transaction that changes.
    #[must_use]
    pub fn kept<T: Default + Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.memory.as_ref()?.of()
    }
}

impl Db {
    /// What a room keeps of what was read before, to say how it is kept.
    #[must_use]
    pub fn kept<T: Default + Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.memory.of()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_thing_of_each_type() {
        let memory = Memory::default();
        *memory.of::<Mutex<u8>>().unwrap().lock().unwrap() = 3;
        assert_eq!(*memory.clone().of::<Mutex<u8>>().unwrap().lock().unwrap(), 3);
        assert_eq!(*memory.of::<Mutex<u16>>().unwrap().lock().unwrap(), 0);
    }
}
