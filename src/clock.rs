//! The time and the ids of the house, both parameters: tests move the one and seed the other.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::Utc;
use entity::ids::TypedId;
use entity::time::Timestamp;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};

/// Tells the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The computer's clock.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the computer's clock")]
    fn now(&self) -> Timestamp {
        Utc::now().into()
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// Stands at an instant.
    #[must_use]
    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now.micros())))
    }

    /// Moves to an instant.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Makes ids: `UUIDv7`, so that ids sort by when they were made.
#[derive(Debug)]
pub struct IdSource {
    clock: Arc<dyn Clock>,
    random: Mutex<Made>,
}

#[derive(Debug)]
struct Made {
    random: StdRng,
    last: u128,
}

impl IdSource {
    /// Ids nobody can guess.
    #[must_use]
    pub fn random(clock: Arc<dyn Clock>) -> Self {
        Self::with(clock, StdRng::from_os_rng())
    }

    /// The same ids every time.
    #[must_use]
    pub fn seeded(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self::with(clock, StdRng::seed_from_u64(seed))
    }

    fn with(clock: Arc<dyn Clock>, random: StdRng) -> Self {
        Self { clock, random: Mutex::new(Made { random, last: 0 }) }
    }

    /// The next id. Each is greater than the one before, also where the clock stands still or goes back.
    pub fn next<I: TypedId>(&self) -> I {
        let millis = u64::try_from(self.clock.now().micros() / 1000).unwrap_or(0);
        let mut made = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = [0; 10];
        made.random.fill_bytes(&mut bytes);
        let fresh = uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().as_u128();
        let id = if fresh > made.last {
            fresh
        } else {
            successor(made.last, u64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], 0, 0, 0, 0]))
        };
        made.last = id;
        I::from_uuid(uuid::Uuid::from_u128(id))
    }
}

/// A greater id in the same millisecond, by an unguessable step in its last 62 bits, carrying into the 12 bits before
/// the variant, and past them into the next millisecond.
fn successor(last: u128, step: u64) -> u128 {
    const TAIL: u128 = (1 << 62) - 1;
    let tail = (last & TAIL) + u128::from(step) + 1;
    if tail <= TAIL {
        return (last & !TAIL) | tail;
    }
    let head = (last >> 64) & 0x0fff;
    let millis = last >> 80;
    let (millis, head) = if head == 0x0fff { (millis + 1, 0) } else { (millis, head + 1) };
    (millis << 80) | (7 << 76) | (head << 64) | (2 << 62) | (tail & TAIL)
}

#[cfg(test)]
mod tests {
    use entity::ids::AccountId;

    use super::*;

    #[test]
    fn ids_rise_while_the_clock_stands_still_and_goes_back() {
        let clock = FixedClock::at(Timestamp::from_micros(1_700_000_000_000_000));
        let ids = IdSource::seeded(clock.clone(), 1);
        let mut last: AccountId = ids.next();
        for step in 0..10_000 {
            if step == 5_000 {
                clock.set(Timestamp::from_micros(1_600_000_000_000_000));
            }
            let next: AccountId = ids.next();
            assert!(next > last);
            assert_eq!(next.uuid().get_version_num(), 7);
            assert_eq!(next.uuid().get_variant(), uuid::Variant::RFC4122);
            last = next;
        }
    }

    #[test]
    fn a_full_tail_carries() {
        let full = (1_u128 << 80) | (7 << 76) | (0x0fff << 64) | (2 << 62) | ((1 << 62) - 1);
        let next = successor(full, 0);
        assert_eq!(next, (2 << 80) | (7 << 76) | (2 << 62));
        assert!(next > full);
    }

    #[test]
    fn a_seed_gives_the_same_ids() {
        let make = || {
            let ids = IdSource::seeded(FixedClock::at(Timestamp::EPOCH), 7);
            [ids.next::<AccountId>(), ids.next()]
        };
        assert_eq!(make(), make());
    }
}
