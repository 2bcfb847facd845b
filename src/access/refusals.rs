//! How many refusals the audit log is told of: whoever is refused must not be able to fill it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use entity::ids::{MemberId, OrganizationId};
use entity::time::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Refusals of one member, or of all whom an organization does not know, that are told in an hour. More say nothing new.
const MOST: u32 = 10;

/// An hour, in microseconds.
const WINDOW_MICROS: i64 = 3_600 * 1_000_000;

/// Refusals that are told at the same time; those that come meanwhile are not, for nobody waits for them.
const AT_ONCE: usize = 16;

/// Whom a door was knocked at for: a member of an organization, or nobody it knows.
type Knock = (OrganizationId, Option<MemberId>);

/// Counts what is told. Only organizations and members that exist are counted, so that made-up ones fill no memory.
#[derive(Debug)]
pub(crate) struct Refusals {
    told: Mutex<HashMap<Knock, (Timestamp, u32)>>,
    places: Arc<Semaphore>,
}

impl Default for Refusals {
    fn default() -> Self {
        Self { told: Mutex::default(), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Refusals {
    /// A place for telling something, if there is one.
    pub(super) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Whether one more refusal is told; then it counts.
    pub(super) fn admit(&self, organization_id: OrganizationId, member: Option<MemberId>, now: Timestamp) -> bool {
        let fresh = |since: Timestamp| now.micros().saturating_sub(since.micros()) < WINDOW_MICROS;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|_, (since, _)| fresh(*since));
        let (_, count) = told.entry((organization_id, member)).or_insert((now, 0));
        *count = count.saturating_add(1);
        *count <= MOST
    }
}

#[cfg(test)]
mod tests {
    use entity::ids::TypedId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_hour_holds_so_many_refusals_of_each() {
        let (refusals, now) = (Refusals::default(), Timestamp::from_micros(1_700_000_000_000_000));
        let organization = OrganizationId::from_uuid(Uuid::from_u128(1));
        let member = Some(MemberId::from_uuid(Uuid::from_u128(2)));
        let told = |member, now| (0..100).filter(|_| refusals.admit(organization, member, now)).count();
        assert_eq!((told(member, now), told(None, now), told(member, now)), (10, 10, 0));
        assert_eq!(told(member, now.saturating_add_micros(WINDOW_MICROS - 1)), 0);
        assert_eq!(told(member, now.saturating_add_micros(WINDOW_MICROS)), 10);
        assert_eq!(refusals.told.lock().unwrap().len(), 1, "what is over is forgotten");
    }
}
