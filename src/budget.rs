//! Points that callers may spend, so that nobody's questions crowd out those of others.
//!
//! Each payer has a bucket that holds a minute's worth of points and refills steadily. A request is paid by all of its payers
//! or by none: by the member or API client and their organization, or by the network address of somebody who is not signed in.
//!
//! A bucket that was left alone for a minute is full again and can be forgotten, so that memory is bounded by time as well as
//! by number.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use entity::{
    ids::{ApiClientId, MemberId, OrganizationId},
    time::Timestamp,
};
use moka::sync::Cache;

use crate::clock::Clock;

/// Microseconds in which an empty bucket fills.
const WINDOW_MICROS: u64 = 60_000_000;
/// Seconds in which an empty bucket fills.
pub const WINDOW_SECONDS: u32 = 60;
/// Buckets kept for members, API clients and organizations.
const MAX_SIGNED_IN: u64 = 200_000;
/// Buckets kept for addresses: apart, so that a crowd of strangers makes room for itself and for nobody else's loss.
const MAX_ADDRESSES: u64 = 100_000;

/// Points a minute for each kind of payer; 0 is without limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// For each member, and for each API client. 300 000.
    pub member: u32,
    /// For all members and API clients of an organization together. 1 500 000.
    pub organization: u32,
    /// For each network address of callers who are not signed in. 6 000.
    pub address: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { member: 300_000, organization: 1_500_000, address: 6_000 }
    }
}

/// Who pays for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payer {
    /// A member, whichever token they use.
    Member(MemberId),
    /// An API client, whichever secret or token it uses.
    Client(ApiClientId),
    /// An organization.
    Organization(OrganizationId),
    /// A network.
    Address(IpAddr),
}

impl Payer {
    /// The payer for an address. Of IPv6 it is the first 64 bits, which is what one customer is given at least.
    #[must_use]
    pub fn address(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
            v4 @ IpAddr::V4(_) => v4,
        })
    }

    /// The name of the policy, as headers have it.
    #[must_use]
    pub const fn policy(self) -> &'static str {
        match self {
            Self::Member(_) => "member",
            Self::Client(_) => "client",
            Self::Organization(_) => "organization",
            Self::Address(_) => "address",
        }
    }
}

/// What is in a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Whose it is.
    pub payer: Payer,
    /// Points of a full bucket, and those it gains in a minute.
    pub maximum: u32,
    /// Points that are left.
    pub remaining: u32,
    /// When it is full again, if nothing more is spent.
    pub full_at: Timestamp,
}

/// What came of an attempt to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// When.
    pub at: Timestamp,
    /// The buckets afterwards; none for payers without a limit.
    pub balances: Vec<Balance>,
    /// After which time the payers can afford it, if they could not. Then nothing was taken.
    pub wait: Option<Duration>,
}

impl Receipt {
    /// The bucket with least in it.
    #[must_use]
    pub fn tightest(&self) -> Option<&Balance> {
        self.balances.iter().min_by_key(|balance| balance.remaining)
    }
}

/// The buckets.
#[derive(Debug)]
pub struct Budgets {
    rates: Rates,
    clock: Arc<dyn Clock>,
    signed_in: Cache<Payer, Arc<Mutex<Bucket>>>,
    addresses: Cache<Payer, Arc<Mutex<Bucket>>>,
}

impl Budgets {
    /// Full buckets for everybody.
    #[must_use]
    pub fn new(rates: Rates, clock: Arc<dyn Clock>) -> Self {
        let cache = |most| Cache::builder().max_capacity(most).time_to_idle(Duration::from_secs(u64::from(WINDOW_SECONDS))).build();
        Self { rates, clock, signed_in: cache(MAX_SIGNED_IN), addresses: cache(MAX_ADDRESSES) }
    }

    /// Points of a payer's full bucket; `None` without limit.
    #[must_use]
    pub fn maximum(&self, payer: Payer) -> Option<u32> {
        let maximum = match payer {
            Payer::Member(_) | Payer::Client(_) => self.rates.member,
            Payer::Organization(_) => self.rates.organization,
            Payer::Address(_) => self.rates.address,
        };
        (maximum > 0).then_some(maximum)
    }

    /// Takes the points from all payers, or from none. Several payers must always be given in the same order.
    #[must_use]
    pub fn spend(&self, payers: &[Payer], points: u32) -> Receipt {
        let now = self.clock.now();
        let limited = payers.iter().filter_map(|&payer| Some((payer, self.maximum(payer)?)));
        let buckets: Vec<_> = limited.map(|(payer, maximum)| (payer, maximum, self.bucket(payer, now))).collect();
        let mut open: Vec<_> = buckets.iter().map(|(payer, maximum, bucket)| (*payer, *maximum, lock(bucket))).collect();
        let waits = open.iter_mut().filter_map(|(_, maximum, bucket)| bucket.wait(*maximum, points, now));
        let wait = waits.max().map(Duration::from_micros);
        let take = if wait.is_none() { points } else { 0 };
        let balances = open.iter_mut().map(|(payer, maximum, bucket)| {
            bucket.owed += u64::from(take) * WINDOW_MICROS;
            bucket.balance(*payer, *maximum, now)
        });
        Receipt { at: now, balances: balances.collect(), wait }
    }

    fn bucket(&self, payer: Payer, now: Timestamp) -> Arc<Mutex<Bucket>> {
        let cache = match payer {
            Payer::Member(_) | Payer::Client(_) | Payer::Organization(_) => &self.signed_in,
            Payer::Address(_) => &self.addresses,
        };
        cache.get_with(payer, || Arc::new(Mutex::new(Bucket { owed: 0, at: now })))
    }
}

fn lock(bucket: &Mutex<Bucket>) -> MutexGuard<'_, Bucket> {
    bucket.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was spent and has not come back, in points times [`WINDOW_MICROS`]: whole numbers, whatever the rate.
#[derive(Debug)]
struct Bucket {
    owed: u64,
    at: Timestamp,
}

impl Bucket {
    /// Lets the points come back that are due, and tells after how many microseconds so many can be taken, if not now.
    fn wait(&mut self, maximum: u32, points: u32, now: Timestamp) -> Option<u64> {
        // a clock that was put back gives nothing and takes nothing
        let elapsed = u64::try_from(now.micros().saturating_sub(self.at.micros())).unwrap_or_default().min(WINDOW_MICROS);
        self.owed = self.owed.saturating_sub(elapsed * u64::from(maximum));
        self.at = now;
        let missing = (self.owed + u64::from(points) * WINDOW_MICROS).saturating_sub(u64::from(maximum) * WINDOW_MICROS);
        (missing > 0).then(|| missing.div_ceil(u64::from(maximum)))
    }

    fn balance(&self, payer: Payer, maximum: u32, now: Timestamp) -> Balance {
        let free = (u64::from(maximum) * WINDOW_MICROS).saturating_sub(self.owed) / WINDOW_MICROS;
        let full_in = i64::try_from(self.owed.div_ceil(u64::from(maximum))).unwrap_or(i64::MAX);
        Balance { payer, maximum, remaining: u32::try_from(free).unwrap_or(maximum), full_at: now.saturating_add_micros(full_in) }
    }
}

#[cfg(test)]
mod tests {
    use entity::ids::TypedId;
    use uuid::Uuid;

    use super::*;
    use crate::clock::FixedClock;

    const BEGIN: Timestamp = Timestamp::from_micros(1_780_315_200_000_000);

    fn member(number: u128) -> Payer {
        Payer::Member(MemberId::from_uuid(Uuid::from_u128(number)))
    }

    fn organization(number: u128) -> Payer {
        Payer::Organization(OrganizationId::from_uuid(Uuid::from_u128(number)))
    }

    fn budgets(member: u32, organization: u32) -> (Budgets, Arc<FixedClock>) {
        let clock = FixedClock::at(BEGIN);
        (Budgets::new(Rates { member, organization, address: 10 }, clock.clone()), clock)
    }

    fn left(receipt: &Receipt) -> Vec<u32> {
        receipt.balances.iter().map(|balance| balance.remaining).collect()
    }

    #[test]
    fn points_come_back_steadily() {
        let (budgets, clock) = budgets(120, 0);
        let after = |millis: i64| clock.set(BEGIN.saturating_add_micros(millis * 1_000));
        let receipt = budgets.spend(&[member(1)], 120);
        assert_eq!((left(&receipt), receipt.wait), (vec![0], None));
        assert_eq!(receipt.balances[0].full_at, BEGIN.saturating_add_micros(60_000_000));
        assert_eq!(budgets.spend(&[member(1)], 1).wait, Some(Duration::from_millis(500)));
        after(499);
        assert_eq!(budgets.spend(&[member(1)], 1).wait, Some(Duration::from_millis(1)));
        after(500);
        assert_eq!((budgets.spend(&[member(1)], 1).wait, left(&budgets.spend(&[member(1)], 0))), (None, vec![0]));
        after(30_500);
        assert_eq!(left(&budgets.spend(&[member(1)], 0)), [60]);
        after(3_600_000);
        assert_eq!(left(&budgets.spend(&[member(1)], 0)), [120], "never more than a full bucket");
    }

    #[test]
    fn whoever_waits_as_long_as_told_can_pay() {
        for rate in [1, 7, 59, 60, 61, 1_000, 299_999, u32::MAX] {
            let (budgets, clock) = budgets(rate, 0);
            assert_eq!(budgets.spend(&[member(1)], rate).wait, None);
            let points = rate.div_ceil(3);
            let wait = budgets.spend(&[member(1)], points).wait.unwrap();
            let micros = i64::try_from(wait.as_micros()).unwrap();
            clock.set(BEGIN.saturating_add_micros(micros - 1));
            assert_eq!(budgets.spend(&[member(1)], points).wait, Some(Duration::from_micros(1)), "{rate}");
            clock.set(BEGIN.saturating_add_micros(micros));
            assert_eq!(budgets.spend(&[member(1)], points).wait, None, "{rate}");
        }
    }

    #[test]
    fn all_payers_pay_or_none() {
        let (budgets, _) = budgets(100, 150);
        assert_eq!(left(&budgets.spend(&[member(1), organization(1)], 100)), [0, 50]);
        let refused = budgets.spend(&[member(2), organization(1)], 60);
        assert_eq!((left(&refused), refused.wait), (vec![100, 50], Some(Duration::from_secs(4))));
        assert_eq!(refused.tightest().unwrap().payer, organization(1));
        assert_eq!(left(&budgets.spend(&[member(2), organization(1)], 50)), [50, 0]);
        assert_eq!(left(&budgets.spend(&[member(3), organization(2)], 1)), [99, 149], "another organization has its own");
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let (budgets, _) = budgets(0, 0);
        let receipt = budgets.spend(&[member(1), organization(1)], u32::MAX);
        assert_eq!((receipt.balances.len(), receipt.wait, budgets.maximum(member(1))), (0, None, None));
    }

    #[test]
    fn a_clock_put_back_gives_nothing() {
        let (budgets, clock) = budgets(60, 0);
        assert_eq!(left(&budgets.spend(&[member(1)], 60)), [0]);
        clock.set(BEGIN.saturating_add_micros(-3_600_000_000));
        assert_eq!(left(&budgets.spend(&[member(1)], 0)), [0]);
        clock.set(BEGIN.saturating_add_micros(-3_599_000_000));
        assert_eq!(left(&budgets.spend(&[member(1)], 0)), [1], "and goes on from there");
    }

    #[test]
    fn an_address_stands_for_its_network() {
        let same = |left: &str, right: &str| {
            let [left, right] = [left, right].map(|text| Payer::address(text.parse().unwrap()));
            left == right
        };
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
        assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }

    #[test]
    fn two_at_once_never_spend_the_same_point() {
        let (budgets, _) = budgets(1_000, 1_500);
        let paid: usize = std::thread::scope(|threads| {
            let spenders: Vec<_> = (0..4)
                .map(|number| {
                    let budgets = &budgets;
                    threads.spawn(move || {
                        (0..1_000).filter(|_| budgets.spend(&[member(number % 2), organization(1)], 1).wait.is_none()).count()
                    })
                })
                .collect();
            spenders.into_iter().map(|spender| spender.join().unwrap()).sum()
        });
        assert_eq!(paid, 1_500);
    }
}
