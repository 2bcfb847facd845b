//! What became evidence of a close only after it was recorded: touches that came in late, and those of visitors who turned out
//! to be the buyer. The ledger is not moved by it; this says how far evidence has moved away from what was known then. See
//! `metrics.md`, section 2.4 (G17).

use std::collections::HashSet;

use entity::kinds::Resource;
use entity::money::BASIS_POINTS;
use entity::time::Timestamp;

use super::by_resource::ByResource;
use super::evidence::Lookback;
use super::identity::{Identities, Pointer, UnknownIdentity};
use super::ratio::{NullReason, Ratio, TooLarge};
use super::split::split;

/// Decimal places of a share.
const SHARE_PLACES: u32 = 4;

/// One row of a touch: the first, or one that corrects an earlier row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TouchVersion {
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When the row was recorded.
    pub recorded_at: Timestamp,
    /// When a later row took its place; `None` while it stands.
    pub superseded_at: Option<Timestamp>,
    /// Whether it only takes the earlier row back.
    pub retracted: bool,
    /// The resource it belongs to.
    pub resource: Resource,
    /// Whose it is, by number.
    pub person: Option<u32>,
    /// The account it is of, by number.
    pub account: Option<u32>,
}

impl TouchVersion {
    fn stands_at(&self, instant: Timestamp) -> bool {
        !self.retracted && self.recorded_at <= instant && self.superseded_at.is_none_or(|end| instant < end)
    }
}

/// Everything that was ever said of the buyer of a close and of whoever was ever said to be the same.
#[derive(Clone, Copy, Debug)]
pub struct Trail<'a> {
    /// Rows of touches, those of one instant in the order of their ids.
    pub touches: &'a [TouchVersion],
    /// How many people there are, and which of them were said to be the same.
    pub people: (u32, &'a [Pointer]),
    /// How many accounts there are, and which of them were said to be the same.
    pub accounts: (u32, &'a [Pointer]),
    /// The buyer, if a person was named.
    pub person: Option<u32>,
    /// The customer.
    pub account: u32,
}

/// What the touches of a close said at an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Positions of the touches, in order of time.
    pub touches: Vec<usize>,
    /// The resource of the first of them.
    pub first: Option<Resource>,
    /// Basis points of each resource where every touch weighs the same; `None` without a touch.
    pub linear: Option<ByResource<i64>>,
}

/// What changed since a close was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    /// What was known when the close was recorded.
    pub before: Evidence,
    /// What is known now.
    pub after: Evidence,
    /// Positions of the touches that came or went, and how.
    pub changes: Vec<(usize, Change)>,
}

/// How evidence came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The touch was recorded, or corrected, after the close was.
    RecordedLate,
    /// The touch was recorded in time, of whoever was said to be the buyer only later.
    MergedLater,
    /// The touch is evidence no more.
    Lost,
}

impl Late {
    /// Whether any evidence came or went.
    #[must_use]
    pub const fn changed(&self) -> bool {
        !self.changes.is_empty()
    }

    /// How many touches came or went in one way.
    #[must_use]
    pub fn count(&self, how: Change) -> u64 {
        u64::try_from(self.changes.iter().filter(|(_, change)| *change == how).count()).unwrap_or(u64::MAX)
    }
}

/// What changed about closes, or about those of their touches that have something in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LateFigures {
    /// All closes.
    pub closes: u64,
    /// Those whose evidence changed by these touches.
    pub changed: u64,
    /// Those whose first touch is of another resource than was known then, by whatever touch.
    pub first_changed: u64,
    /// Touches that were recorded, or corrected, after the close was.
    pub recorded_late: u64,
    /// Touches that were recorded in time, of whoever was said to be the buyer only later.
    pub merged_later: u64,
    /// Touches that are evidence no more.
    pub lost: u64,
}

impl LateFigures {
    /// Closes whose evidence changed, as a share of all.
    ///
    /// # Errors
    /// [`TooLarge`] where it does not fit, which a share of a count does.
    pub fn share(&self) -> Result<Ratio, TooLarge> {
        Ratio::new(self.changed.into(), self.closes.into(), SHARE_PLACES, NullReason::ZeroCloses)
    }

    /// Takes a close in, with those of its changes that count.
    pub fn add(&mut self, late: &Late, changes: impl Iterator<Item = Change>) {
        self.closes += 1;
        self.first_changed += u64::from(late.before.first != late.after.first);
        let mut changed = false;
        for change in changes {
            changed = true;
            *match change {
                Change::RecordedLate => &mut self.recorded_late,
                Change::MergedLater => &mut self.merged_later,
                Change::Lost => &mut self.lost,
            } += 1;
        }
        self.changed += u64::from(changed);
    }
}

/// What the touches of a close said at an instant.
///
/// # Errors
/// [`UnknownIdentity`] where a pointer leads out of the table.
pub fn evidence_at(trail: &Trail<'_>, closed_at: Timestamp, lookback: Lookback, at: Timestamp) -> Result<Evidence, UnknownIdentity> {
    let people = Identities::at(trail.people.0, trail.people.1, at)?;
    let accounts = Identities::at(trail.accounts.0, trail.accounts.1, at)?;
    let is_buyer = |touch: &TouchVersion| {
        let person = touch.person.zip(trail.person).is_some_and(|(one, other)| people.of(one) == people.of(other));
        person || touch.account.is_some_and(|account| accounts.of(account) == accounts.of(trail.account))
    };
    let counts = |touch: &TouchVersion| touch.stands_at(at) && lookback.reaches(touch.occurred_at, closed_at) && is_buyer(touch);
    let mut found: Vec<(usize, &TouchVersion)> = trail.touches.iter().enumerate().filter(|(_, touch)| counts(touch)).collect();
    found.sort_by_key(|(_, touch)| touch.occurred_at);
    let linear = split(BASIS_POINTS, &vec![1; found.len()]).ok().map(|parts| {
        let mut shares = ByResource::<i64>::default();
        for ((_, touch), part) in found.iter().zip(parts) {
            *shares.get_mut(touch.resource) += part;
        }
        shares
    });
    Ok(Evidence {
        first: found.first().map(|(_, touch)| touch.resource),
        touches: found.into_iter().map(|(index, _)| index).collect(),
        linear,
    })
}

/// What changed between the moment a close was recorded and an instant.
///
/// # Errors
/// [`UnknownIdentity`] where a pointer leads out of the table.
pub fn late(
    trail: &Trail<'_>,
    (closed_at, recorded_at): (Timestamp, Timestamp),
    lookback: Lookback,
    as_of: Timestamp,
) -> Result<Late, UnknownIdentity> {
    let before = evidence_at(trail, closed_at, lookback, recorded_at)?;
    let after = evidence_at(trail, closed_at, lookback, as_of)?;
    let known: HashSet<usize> = before.touches.iter().copied().collect();
    let kept: HashSet<usize> = after.touches.iter().copied().collect();
    let came = after.touches.iter().filter(|index| !known.contains(*index)).map(|index| {
        let in_time = trail.touches.get(*index).is_some_and(|touch| touch.recorded_at <= recorded_at);
        (*index, if in_time { Change::MergedLater } else { Change::RecordedLate })
    });
    let went = before.touches.iter().filter(|index| !kept.contains(*index)).map(|index| (*index, Change::Lost));
    let changes = came.chain(went).collect();
    Ok(Late { before, after, changes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp::from_micros(day * 86_400_000_000)
    }

    fn touch(happened: i64, resource: Resource, person: u32) -> TouchVersion {
        let (occurred_at, recorded_at) = (day(happened), day(happened));
        TouchVersion { occurred_at, recorded_at, superseded_at: None, retracted: false, resource, person: Some(person), account: None }
    }

    /// A visitor (0) whom Product touched, and a buyer (1) whom Marketing and Sales touched.
    fn example() -> [TouchVersion; 3] {
        [touch(3, Resource::Product, 0), touch(10, Resource::Marketing, 1), touch(25, Resource::Sales, 1)]
    }

    fn trail<'a>(touches: &'a [TouchVersion], people: &'a [Pointer]) -> Trail<'a> {
        Trail { touches, people: (2, people), accounts: (1, &[]), person: Some(1), account: 0 }
    }

    const fn shares(sales: i64, marketing: i64, product: i64) -> Option<ByResource<i64>> {
        Some(ByResource { sales, marketing, product })
    }

    #[test]
    fn g17_a_merge_moves_the_evidence_and_its_undoing_moves_it_back() {
        let (touches, lookback) = (example(), Lookback::from_days(90));
        let pointers = [Pointer { from: 0, to: 1, begins_at: day(33), ends_at: Some(day(35)) }];
        let trail = trail(&touches, &pointers);
        let at = |as_of: i64| late(&trail, (day(30), day(31)), lookback, day(as_of)).unwrap();
        for (as_of, first, linear, merged) in [
            (32, Resource::Marketing, shares(5_000, 5_000, 0), 0),
            (34, Resource::Product, shares(3_333, 3_333, 3_334), 1),
            (35, Resource::Marketing, shares(5_000, 5_000, 0), 0),
        ] {
            let late = at(as_of);
            assert_eq!((late.after.first, late.after.linear, late.count(Change::MergedLater)), (Some(first), linear, merged), "{as_of}");
            assert_eq!((late.before.first, late.before.linear), (Some(Resource::Marketing), shares(5_000, 5_000, 0)), "{as_of}");
            assert_eq!(late.changed(), merged > 0);
        }
    }

    #[test]
    fn what_came_in_late_was_corrected_or_taken_back() {
        let lookback = Lookback::from_days(90);
        let late_one = TouchVersion { recorded_at: day(40), ..touch(5, Resource::Product, 1) };
        let mut touches = vec![touch(10, Resource::Marketing, 1), late_one];
        let count = |touches: &[TouchVersion]| {
            let late = late(&trail(touches, &[]), (day(30), day(31)), lookback, day(50)).unwrap();
            [Change::RecordedLate, Change::MergedLater, Change::Lost].map(|how| late.count(how))
        };
        assert_eq!(count(&touches), [1, 0, 0]);
        // A correction takes the place of the row that was known.
        touches[0].superseded_at = Some(day(41));
        touches.push(TouchVersion { recorded_at: day(41), ..touch(11, Resource::Sales, 1) });
        assert_eq!(count(&touches), [2, 0, 1]);
        touches.truncate(2);
        touches.push(TouchVersion { recorded_at: day(41), retracted: true, ..touch(10, Resource::Marketing, 1) });
        assert_eq!(count(&touches), [1, 0, 1]);
    }

    #[test]
    fn what_is_outside_of_the_lookback_or_of_others_never_counts() {
        let touches = [touch(1, Resource::Product, 1), touch(50, Resource::Sales, 1), touch(20, Resource::Sales, 0)];
        let found = evidence_at(&trail(&touches, &[]), day(30), Lookback::from_days(29), day(60)).unwrap();
        assert_eq!(found, Evidence::default(), "a day too early, after the close, of somebody else");
        let account = TouchVersion { person: None, account: Some(0), ..touch(2, Resource::Product, 0) };
        let found = evidence_at(&trail(&[account], &[]), day(30), Lookback::from_days(29), day(60)).unwrap();
        assert_eq!(found.linear, shares(0, 0, 10_000));
    }
}
