//! Tries at organizations that do not exist. They have no rows to be counted in, and are made to wait all the same, or
//! the wait would tell which organizations there are.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use entity::ids::OrganizationId;
use entity::kinds::ThrottleKind;
use entity::time::Timestamp;

use super::wait::Count;

/// Most counts that are kept: made-up ids must not fill the memory.
const MOST: usize = 10_000;

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Strangers(Mutex<HashMap<(OrganizationId, ThrottleKind, String), Count>>);

impl Strangers {
    /// Counts a try for each of some things, or for none of them where one has to wait, so many seconds.
    pub(super) fn count(&self, organization_id: OrganizationId, tries: &[(ThrottleKind, String)], now: Timestamp) -> Result<(), i64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() + tries.len() > MOST {
            counts.retain(|_, count| now < count.blocked_until);
            if counts.len() + tries.len() > MOST {
                counts.clear();
            }
        }
        let mut counted = Vec::with_capacity(tries.len());
        for (kind, hash) in tries {
            let key = (organization_id, *kind, hash.clone());
            let count = counts.get(&key).copied().unwrap_or(Count::NONE).count(*kind, now)?;
            counted.push((key, count));
        }
        counts.extend(counted);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use entity::ids::TypedId;
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    #[test]
    fn tries_at_nothing_wait_like_others_and_never_fill_the_memory() {
        let strangers = Strangers::default();
        let organization = |number| OrganizationId::from_uuid(Uuid::from_u128(number));
        let account = || [(ThrottleKind::Account, "a".to_owned())];
        for _ in 0..5 {
            assert_eq!(strangers.count(organization(1), &account(), NOW), Ok(()));
        }
        assert_eq!(strangers.count(organization(1), &account(), NOW), Err(1));
        assert_eq!(strangers.count(organization(2), &account(), NOW), Ok(()));
        for number in 0..25_000 {
            assert_eq!(strangers.count(organization(number + 10), &account(), NOW), Ok(()));
        }
        assert!(strangers.0.lock().unwrap().len() <= MOST);
    }
}
