//! The facts of the organization that is asked about, as its transaction sees them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use entity::ids::OrganizationId;

pub use super::known::{About, Entered, Facts, Order, Touch, When, Whose};

use super::known::{Gathered, Renewed};
use super::store;
use crate::db::{Db, TenantTx};
use crate::error::{Error, Result};

/// How much memory facts may take where nobody says, in MiB.
pub const DEFAULT_MEBIBYTES: usize = 1_024;

/// How long to wait for somebody who reads the facts of the same organization. Whoever does not get them reads the database.
const PATIENCE: Duration = Duration::from_millis(200);

/// The facts that a process keeps.
#[derive(Debug)]
struct Shelf {
    most_bytes: AtomicUsize,
    places: Mutex<HashMap<OrganizationId, Arc<Place>>>,
    /// Rises with each use.
    uses: AtomicU64,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { most_bytes: AtomicUsize::new(DEFAULT_MEBIBYTES << 20), places: Mutex::default(), uses: AtomicU64::new(0) }
    }
}

/// Where the facts of an organization are kept.
#[derive(Debug, Default)]
struct Place {
    facts: tokio::sync::Mutex<Option<Arc<Facts>>>,
    /// How much memory they take.
    bytes: AtomicUsize,
    /// When they were used last, by count.
    used: AtomicU64,
    /// Whether they were found not to fit.
    too_large: AtomicBool,
}

/// Says how much memory facts may take in a process, in MiB. With none they are always read from the database.
pub fn limit(db: &Db, mebibytes: usize) {
    if let Some(shelf) = db.kept::<Shelf>() {
        shelf.most_bytes.store(mebibytes.saturating_mul(1 << 20), Ordering::Relaxed);
    }
}

/// The touches and stage events that a transaction sees; `None` where it has to read them itself: because it changes something, sees
/// less than is known already, would wait too long, or because they do not fit.
///
/// # Errors
/// What the database says.
pub async fn known(tx: &TenantTx) -> Result<Option<Arc<Facts>>> {
    let Some(shelf) = tx.kept::<Shelf>() else { return Ok(None) };
    let most_bytes = shelf.most_bytes.load(Ordering::Relaxed);
    let place = shelf.place(tx.organization_id());
    if most_bytes == 0 || place.too_large.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let Ok(mut held) = tokio::time::timeout(PATIENCE, place.facts.lock()).await else { return Ok(None) };
    let last = tx.last_change().await?;
    let facts = match held.as_ref() {
        Some(facts) if facts.sequence() == last => return Ok(Some(Arc::clone(facts))),
        Some(facts) if facts.sequence() > last => return Ok(None),
        Some(facts) => renewed(tx, facts, last).await?,
        None => None,
    };
    let facts = match facts {
        Some(facts) => facts,
        None => {
            *held = None;
            match store::gathered(tx, most_bytes).await? {
                Some(gathered) => finished(gathered, last).await?,
                None => {
                    place.too_large.store(true, Ordering::Relaxed);
                    place.bytes.store(0, Ordering::Relaxed);
                    return Ok(None);
                }
            }
        }
    };
    let facts = Arc::new(facts);
    *held = Some(Arc::clone(&facts));
    place.bytes.store(facts.bytes(), Ordering::Relaxed);
    drop(held);
    shelf.make_room(most_bytes, &place);
    Ok(Some(facts))
}

async fn renewed(tx: &TenantTx, facts: &Facts, last: i64) -> Result<Option<Facts>> {
    let Some(renewed) = store::renewed(tx, facts, last).await? else { return Ok(None) };
    if renewed.is_small() { Ok(renewed.finish(last)) } else { on_a_thread(move || Renewed::finish(renewed, last)).await }
}

async fn finished(gathered: Gathered, last: i64) -> Result<Facts> {
    if gathered.is_small() { Ok(gathered.finish(last)) } else { on_a_thread(move || gathered.finish(last)).await }
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

impl Shelf {
    fn places(&self) -> MutexGuard<'_, HashMap<OrganizationId, Arc<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place of an organization, which is used now.
    fn place(&self, organization: OrganizationId) -> Arc<Place> {
        let place = Arc::clone(self.places().entry(organization).or_default());
        place.used.store(self.uses.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        place
    }

    /// Lets go of what was used longest ago until the rest fits. What somebody reads at the moment goes when they are done.
    fn make_room(&self, most_bytes: usize, kept: &Arc<Place>) {
        let mut others: Vec<Arc<Place>> = self.places().values().filter(|place| !Arc::ptr_eq(place, kept)).cloned().collect();
        others.sort_unstable_by_key(|place| place.used.load(Ordering::Relaxed));
        let bytes = |place: &Arc<Place>| place.bytes.load(Ordering::Relaxed);
        let mut sum = bytes(kept) + others.iter().map(bytes).sum::<usize>();
        for place in others {
            if sum <= most_bytes {
                return;
            }
            if let Ok(mut held) = place.facts.try_lock() {
                *held = None;
                sum -= place.bytes.swap(0, Ordering::Relaxed);
            }
        }
    }
}
