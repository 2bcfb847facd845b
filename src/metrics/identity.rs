//! Who is whom: identities that were merged, as pointers from one to the other.
//!
//! No row of what happened is ever rewritten. A merge says that one identity is another one, an unmerge takes just that back,
//! and every question is answered with the pointers that held at its `asOf`. Who belongs together is whom pointers join,
//! whichever way they lead; so neither the order of merges matters nor which of them is taken back first, and a merge that is
//! taken back leaves every number as it was. See `metrics.md`, section 2.4 (G17).

use std::fmt;

use entity::time::Timestamp;

/// One identity is another one, for a while. Both are indexes into a table that the caller keeps, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// Who is somebody else.
    pub from: u32,
    /// Who that is.
    pub to: u32,
    /// Since when this is known.
    pub begins_at: Timestamp,
    /// Until when; `None` while it holds.
    pub ends_at: Option<Timestamp>,
}

impl Pointer {
    /// Whether it holds at an instant.
    #[must_use]
    pub fn holds_at(&self, instant: Timestamp) -> bool {
        self.begins_at <= instant && self.ends_at.is_none_or(|end| instant < end)
    }
}

/// A pointer from or to what is not in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownIdentity(pub u32);

impl fmt::Display for UnknownIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "identity {} is not known", self.0)
    }
}

impl std::error::Error for UnknownIdentity {}

/// Everybody by who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identities {
    canonical: Vec<u32>,
}

impl Identities {
    /// Those of a table of so many, by the pointers that hold at an instant, in whatever order.
    ///
    /// All that pointers join are one. They are called as the one that is nobody else: the oldest of those from whom no
    /// pointer leads on.
    ///
    /// # Errors
    /// [`UnknownIdentity`] where a pointer leads out of the table.
    pub fn at(count: u32, pointers: &[Pointer], as_of: Timestamp) -> Result<Self, UnknownIdentity> {
        let mut joined = Joined { parent: (0..count).collect() };
        let mut leads_on = vec![false; joined.parent.len()];
        for pointer in pointers.iter().filter(|pointer| pointer.holds_at(as_of)) {
            for index in [pointer.from, pointer.to] {
                if index >= count {
                    return Err(UnknownIdentity(index));
                }
            }
            joined.join(pointer.from, pointer.to);
            if let Some(leads_on) = leads_on.get_mut(pointer.from as usize) {
                *leads_on = true;
            }
        }
        // Oldest first, and of those the ones that lead on last: they are called so only where all lead on.
        let mut named: Vec<Option<u32>> = vec![None; leads_on.len()];
        for last in [false, true] {
            for index in (0..count).filter(|index| leads_on.get(*index as usize) == Some(&last)) {
                let root = joined.root(index);
                if let Some(name) = named.get_mut(root as usize) {
                    name.get_or_insert(index);
                }
            }
        }
        let canonical = (0..count).map(|index| named.get(joined.root(index) as usize).copied().flatten().unwrap_or(index)).collect();
        Ok(Self { canonical })
    }

    /// Who an identity is. Somebody outside of the table is themselves.
    #[must_use]
    pub fn of(&self, index: u32) -> u32 {
        self.canonical.get(index as usize).copied().unwrap_or(index)
    }
}

/// Whether pointers that hold at an instant lead from one identity to another one, or they are the same: a pointer back would
/// go round in a circle, and nobody could say who is who.
#[must_use]
pub fn leads_to(pointers: &[Pointer], from: u32, to: u32, at: Timestamp) -> bool {
    let (mut reached, mut looked_at) = (vec![from], 0);
    while let Some(&on) = reached.get(looked_at) {
        if on == to {
            return true;
        }
        for pointer in pointers.iter().filter(|pointer| pointer.from == on && pointer.holds_at(at)) {
            if !reached.contains(&pointer.to) {
                reached.push(pointer.to);
            }
        }
        looked_at += 1;
    }
    false
}

/// Sets that are joined two at a time (Galler and Fischer, 1964), by halving the ways to their roots.
struct Joined {
    parent: Vec<u32>,
}

impl Joined {
    fn parent(&self, index: u32) -> u32 {
        self.parent.get(index as usize).copied().unwrap_or(index)
    }

    fn root(&mut self, index: u32) -> u32 {
        let mut on = index;
        loop {
            let above = self.parent(on);
            if above == on {
                return on;
            }
            let next = self.parent(above);
            if let Some(parent) = self.parent.get_mut(on as usize) {
                *parent = next;
            }
            on = next;
        }
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(parent) = self.parent.get_mut(one.max(other) as usize) {
            *parent = one.min(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COUNT: u32 = 12;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    fn pointer(from: u32, to: u32, begins: i64, ends: Option<i64>) -> Pointer {
        Pointer { from, to, begins_at: at(begins), ends_at: ends.map(at) }
    }

    fn identities(pointers: &[Pointer], second: i64) -> Identities {
        Identities::at(COUNT, pointers, at(second)).unwrap()
    }

    fn pairs() -> impl Strategy<Value = Vec<(u32, u32)>> {
        prop::collection::vec((0..COUNT, 0..COUNT), 0..16)
    }

    /// Pointers made one after the other, those left out that would lead round.
    fn merged(pairs: &[(u32, u32)]) -> Vec<Pointer> {
        let mut pointers = Vec::new();
        for &(from, to) in pairs {
            if !leads_to(&pointers, to, from, at(1)) {
                pointers.push(pointer(from, to, 1, None));
            }
        }
        pointers
    }

    #[test]
    fn a_pointer_holds_from_its_begin_to_just_before_its_end() {
        let pointers = [pointer(9, 1, 10, Some(20))];
        for (second, who) in [(9, 9), (10, 1), (19, 1), (20, 9)] {
            assert_eq!(identities(&pointers, second).of(9), who, "{second}");
        }
    }

    #[test]
    fn the_one_that_pointers_lead_to_gives_the_name() {
        let chain = [pointer(0, 1, 1, None), pointer(1, 2, 1, None), pointer(2, 3, 1, None), pointer(5, 1, 1, None)];
        assert_eq!([0, 1, 2, 3, 4, 5, 99].map(|index| identities(&chain, 2).of(index)), [3, 3, 3, 3, 4, 3, 99]);
        // Where they lead to two, the older one does.
        let fork = [pointer(0, 7, 1, None), pointer(0, 4, 1, None)];
        assert_eq!([0, 4, 7].map(|index| identities(&fork, 2).of(index)), [4, 4, 4]);
        // Whoever takes back that two are one takes back nothing else.
        let fork = [pointer(0, 7, 1, None), pointer(0, 4, 1, Some(2))];
        assert_eq!([0, 4, 7].map(|index| identities(&fork, 2).of(index)), [7, 4, 7]);
    }

    #[test]
    fn what_would_lead_round_is_seen() {
        let chain = [pointer(0, 1, 1, None), pointer(1, 2, 1, Some(5))];
        assert!(leads_to(&chain, 0, 2, at(4)) && leads_to(&chain, 3, 3, at(4)));
        assert!(!leads_to(&chain, 0, 2, at(5)) && !leads_to(&chain, 2, 0, at(4)));
    }

    #[test]
    fn what_is_not_in_the_table_is_refused() {
        for outside in [pointer(0, COUNT, 1, None), pointer(COUNT, 0, 1, None)] {
            assert_eq!(Identities::at(COUNT, &[outside], at(2)), Err(UnknownIdentity(COUNT)));
            assert!(Identities::at(COUNT, &[outside], at(0)).is_ok(), "it does not hold yet");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_merges_does_not_matter(pairs in pairs(), seed: u64) {
            let pointers = merged(&pairs);
            let mut shuffled = pointers.clone();
            shuffled.sort_by_key(|it| (u64::from(it.from) * 31 + u64::from(it.to)).wrapping_mul(seed | 1));
            prop_assert_eq!(identities(&pointers, 2), identities(&shuffled, 2));
        }

        #[test]
        fn merges_can_be_taken_back_in_any_order(pairs in pairs(), keep: u16) {
            let pointers = merged(&pairs);
            let kept = |index: usize| (keep >> (index % 16)) & 1 == 1;
            let ended: Vec<Pointer> = pointers.iter().enumerate().map(|(index, it)| Pointer { ends_at: (!kept(index)).then_some(at(5)), ..*it }).collect();
            let never: Vec<Pointer> = pointers.iter().enumerate().filter(|(index, _)| kept(*index)).map(|(_, it)| *it).collect();
            prop_assert_eq!(identities(&ended, 5), identities(&never, 5), "what was taken back never was");
            prop_assert_eq!(identities(&ended, 4), identities(&pointers, 4), "and before that it was");
        }

        #[test]
        fn whom_a_pointer_joins_are_one(pairs in pairs()) {
            let pointers = merged(&pairs);
            let identities = identities(&pointers, 2);
            prop_assert!(pointers.iter().all(|it| identities.of(it.from) == identities.of(it.to)));
            // Who gives the name is of those who are called so, and is nobody else.
            for index in 0..COUNT {
                let name = identities.of(index);
                prop_assert_eq!(identities.of(name), name);
                prop_assert!(pointers.iter().all(|it| it.from != name));
            }
        }
    }
}
