//! Argon2id with bounds: so many at once, each on a thread that may block, so that sign-ins cannot starve queries.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::TryRngCore;
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// KiB of memory of one hash; with two passes and one lane the least that OWASP recommends.
const MEMORY_KIB: u32 = 19_456;

/// Passes over the memory.
const PASSES: u32 = 2;

/// Lanes.
const LANES: u32 = 1;

/// How long to wait for a turn before answering TIMEOUT.
const TURN: Duration = Duration::from_secs(10);

/// A hash that no password has: what is checked where there is nobody to check, so that it takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Computes and checks hashes.
#[derive(Debug)]
pub struct Hasher {
    turns: Arc<Semaphore>,
    verifications: AtomicU64,
}

/// What came of checking a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is the password.
    pub matches: bool,
    /// Whether the hash was made with other parameters than those of today.
    pub stale: bool,
}

impl Default for Hasher {
    /// Half of the processors may hash at once, at most eight: each takes 19 MiB.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { turns: Arc::new(Semaphore::new(processors.div_ceil(2).min(8))), verifications: AtomicU64::new(0) }
    }
}

impl Hasher {
    /// The hash of a password, in the PHC form.
    ///
    /// # Errors
    /// [`Error::Timeout`] where too many are waiting.
    pub async fn hash(&self, password: String) -> Result<String> {
        let mut salt = [0; 16];
        rand::rngs::OsRng.try_fill_bytes(&mut salt).map_err(Error::internal)?;
        self.blocking(move || {
            let salt = SaltString::encode_b64(&salt).map_err(Error::internal)?;
            Ok(today()?.hash_password(password.as_bytes(), &salt).map_err(Error::internal)?.to_string())
        })
        .await
    }

    /// Checks a password. Where there is no hash the work is done all the same, and nothing matches.
    ///
    /// # Errors
    /// [`Error::Timeout`] where too many are waiting.
    pub async fn verify(&self, phc: Option<String>, password: String) -> Result<Verdict> {
        self.verifications.fetch_add(1, Ordering::Relaxed);
        self.blocking(move || {
            let somebody = phc.is_some();
            let phc = phc.unwrap_or_else(|| NOBODY.to_owned());
            let hash = PasswordHash::new(&phc).map_err(Error::internal)?;
            let today = today()?;
            let matches = today.verify_password(password.as_bytes(), &hash).is_ok() && somebody;
            let parameters = Params::try_from(&hash).map_err(Error::internal)?;
            let same = (parameters.m_cost(), parameters.t_cost(), parameters.p_cost()) == (MEMORY_KIB, PASSES, LANES);
            Ok(Verdict { matches, stale: !same || hash.algorithm != Algorithm::Argon2id.ident() })
        })
        .await
    }

    /// Passwords checked since the start; tests compare it before and after.
    #[must_use]
    pub fn verification_count(&self) -> u64 {
        self.verifications.load(Ordering::Relaxed)
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| Error::Timeout)?.map_err(Error::internal)?;
        // The turn goes along: a caller who hangs up does not make room for another while the work goes on.
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        })
        .await
        .map_err(Error::internal)?
    }
}

fn today() -> Result<Argon2<'static>> {
    let parameters = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_matches_its_password_only() {
        let hasher = Hasher::default();
        let phc = hasher.hash("copper lantern by the sea".to_owned()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_ne!(phc, hasher.hash("copper lantern by the sea".to_owned()).await.unwrap());
        let verdict = hasher.verify(Some(phc.clone()), "copper lantern by the sea".to_owned()).await.unwrap();
        assert_eq!(verdict, Verdict { matches: true, stale: false });
        assert!(!hasher.verify(Some(phc), "copper lantern by the se".to_owned()).await.unwrap().matches);
    }

    #[tokio::test]
    async fn nobody_has_a_password_and_is_checked_with_the_same_work() {
        let hasher = Hasher::default();
        for password in ["", "nobody", "copper lantern by the sea"] {
            assert_eq!(hasher.verify(None, password.to_owned()).await.unwrap(), Verdict { matches: false, stale: false });
        }
        assert_eq!(hasher.verification_count(), 3);
    }

    #[tokio::test]
    async fn every_character_counts_however_long_the_password() {
        let hasher = Hasher::default();
        let long = "a b".repeat(85);
        let phc = hasher.hash(format!("{long}x")).await.unwrap();
        assert!(!hasher.verify(Some(phc), format!("{long}y")).await.unwrap().matches);
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_matches_and_is_stale() {
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8_192, 1, 1, None).unwrap());
        let salt = SaltString::encode_b64(&[7; 16]).unwrap();
        let phc = weak.hash_password(b"copper lantern by the sea", &salt).unwrap().to_string();
        let verdict = Hasher::default().verify(Some(phc), "copper lantern by the sea".to_owned()).await.unwrap();
        assert_eq!(verdict, Verdict { matches: true, stale: true });
    }
}
