//! Sessions that were read a moment ago.
//!
//! Reading who a token names costs a signature and a transaction; most callers come again at once. What was read is kept
//! for a second of the house's clock, and not beyond the next change of anything it was made from: this process sees its
//! own changes at once, and those of another one within that second.

use std::sync::Arc;
use std::time::Duration;

use entity::time::Timestamp;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

/// How long a session is kept, in microseconds.
const LIFE_MICROS: i64 = 1_000_000;

/// Sessions kept at once.
const MAX_SESSIONS: u64 = 50_000;

/// Sessions by the hash of their token.
#[derive(Debug)]
pub(crate) struct Sessions<S: Send + Sync + 'static> {
    kept: Option<Cache<[u8; 32], Kept<S>>>,
}

#[derive(Debug)]
struct Kept<S> {
    session: Arc<S>,
    read_at: Timestamp,
    /// How often what sessions are made from had changed by then.
    changes: u64,
}

impl<S> Clone for Kept<S> {
    fn clone(&self) -> Self {
        Self { session: Arc::clone(&self.session), read_at: self.read_at, changes: self.changes }
    }
}

/// The hash of a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

impl<S: Send + Sync + 'static> Sessions<S> {
    /// None yet.
    pub(crate) fn kept() -> Self {
        // The house's clock decides; this only lets go of what nobody asks for.
        Self { kept: Some(Cache::builder().max_capacity(MAX_SESSIONS).time_to_live(Duration::from_secs(2)).build()) }
    }

    /// Reads every session anew.
    pub(crate) const fn forgotten() -> Self {
        Self { kept: None }
    }

    /// The session of a token, if it was read just now and nothing has changed since.
    pub(crate) fn get(&self, key: Key, now: Timestamp, changes: u64) -> Option<Arc<S>> {
        let kept = self.kept.as_ref()?.get(&key.0)?;
        let age = now.micros().checked_sub(kept.read_at.micros())?;
        (kept.changes == changes && (0..LIFE_MICROS).contains(&age)).then_some(kept.session)
    }

    /// Keeps none of those read so far.
    pub(crate) fn forget(&self) {
        if let Some(kept) = &self.kept {
            kept.invalidate_all();
        }
    }

    /// Keeps a session. `changes` and the instant are those before it was read.
    pub(crate) fn keep(&self, key: Key, session: S, read_at: Timestamp, changes: u64) {
        if let Some(kept) = &self.kept {
            kept.insert(key.0, Kept { session: Arc::new(session), read_at, changes });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_kept_for_a_moment_and_until_something_changes() {
        let sessions = Sessions::kept();
        let (key, at) = (Key::of("token"), Timestamp::from_micros);
        sessions.keep(key, 7, at(5_000_000), 3);
        let get = |token: &str, micros, changes| sessions.get(Key::of(token), at(micros), changes).map(|session| *session);
        assert_eq!(get("token", 5_000_000, 3), Some(7));
        assert_eq!(get("token", 5_999_999, 3), Some(7));
        for (token, micros, changes) in [("token", 6_000_000, 3), ("token", 4_999_999, 3), ("token", 5_000_000, 4), ("tokem", 5_000_000, 3)]
        {
            assert_eq!(get(token, micros, changes), None, "{token} {micros} {changes}");
        }
        sessions.forget();
        assert_eq!(get("token", 5_000_000, 3), None);
        let never = Sessions::forgotten();
        never.keep(key, 7, at(0), 0);
        assert!(never.get(key, at(0), 0).is_none());
    }
}
