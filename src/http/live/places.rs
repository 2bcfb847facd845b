//! How much is open at once: over all, and for each caller.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{budget::Payer, http::answer::Failure};

/// The places of one process.
#[derive(Clone, Debug)]
pub(in crate::http) struct Places {
    taken: Arc<Mutex<Taken>>,
    most: usize,
    most_of_caller: usize,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Nobody is in here with none.
    callers: HashMap<Payer, usize>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crowded {
    /// All are taken.
    House,
    /// The caller has so many, and may have no more.
    Caller(usize),
}

impl From<Crowded> for Failure {
    fn from(crowded: Crowded) -> Self {
        match crowded {
            Crowded::House => Self::unavailable("too many connections are open; ask again"),
            Crowded::Caller(most) => Self::too_many("connections of one caller are open", "live", most),
        }
    }
}

/// Somebody's place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    payer: Payer,
}

impl Places {
    pub(in crate::http) fn new(most: usize, most_of_caller: usize) -> Self {
        Self { taken: Arc::default(), most, most_of_caller }
    }

    /// A place for a caller.
    pub(super) fn take(&self, payer: Payer) -> Result<Place, Crowded> {
        let mut taken = self.taken();
        if taken.all >= self.most {
            return Err(Crowded::House);
        }
        taken.seat(payer, self.most_of_caller)?;
        taken.all += 1;
        Ok(Place { places: self.clone(), payer })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn seat(&mut self, payer: Payer, most: usize) -> Result<(), Crowded> {
        let count = self.callers.get(&payer).copied().unwrap_or_default();
        if count >= most {
            return Err(Crowded::Caller(most));
        }
        self.callers.insert(payer, count + 1);
        Ok(())
    }

    fn unseat(&mut self, payer: Payer) {
        match self.callers.get_mut(&payer) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(self.callers.remove(&payer)),
        }
    }
}

impl Place {
    /// The place is another's: somebody said who they are.
    pub(super) fn give(&mut self, payer: Payer) -> Result<(), Crowded> {
        if payer != self.payer {
            let mut taken = self.places.taken();
            taken.seat(payer, self.places.most_of_caller)?;
            taken.unseat(self.payer);
            drop(taken);
            self.payer = payer;
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all = taken.all.saturating_sub(1);
        taken.unseat(self.payer);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn caller(last: u8) -> Payer {
        Payer::address(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)))
    }

    #[test]
    fn so_many_for_all_and_so_many_for_each() {
        let places = Places::new(3, 2);
        let (first, _second) = (places.take(caller(1)).unwrap(), places.take(caller(1)).unwrap());
        assert_eq!(places.take(caller(1)).unwrap_err(), Crowded::Caller(2));
        let third = places.take(caller(2)).unwrap();
        assert_eq!(places.take(caller(2)).unwrap_err(), Crowded::House);
        drop(first);
        let _again = places.take(caller(1)).unwrap();
        drop(third);
        assert_eq!(places.taken().callers.len(), 1, "nobody is remembered who has no place");
    }

    #[test]
    fn a_place_can_become_anothers() {
        let places = Places::new(9, 1);
        let mut first = places.take(caller(1)).unwrap();
        first.give(caller(2)).unwrap();
        first.give(caller(2)).unwrap();
        let mut second = places.take(caller(1)).unwrap();
        assert_eq!(second.give(caller(2)).unwrap_err(), Crowded::Caller(1));
        drop((first, second));
        let taken = places.taken();
        assert_eq!((taken.all, taken.callers.len()), (0, 0));
    }
}
