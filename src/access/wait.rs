//! How long whoever failed has to wait: pure arithmetic on counts and instants.

use entity::kinds::ThrottleKind;
use entity::time::Timestamp;

const SECOND: i64 = 1_000_000;

/// The longest wait, in seconds: nobody is ever locked out for good.
const LONGEST: i64 = 900;

/// Failures that still count, and until when nothing is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    /// Failures that still count.
    pub(super) failures: i64,
    /// When the last one was counted.
    pub(super) counted_at: Timestamp,
    /// Before this nothing is tried.
    pub(super) blocked_until: Timestamp,
}

/// What is forgiven: so many failures cost no wait, and one is forgotten after each of these spans, in seconds.
const fn lenience(kind: ThrottleKind) -> (i64, i64) {
    match kind {
        ThrottleKind::Account => (4, 3_600),
        // A whole office may come from one address.
        ThrottleKind::Address => (19, 60),
        ThrottleKind::Mail => (2, 3_600),
    }
}

impl Count {
    pub(super) const NONE: Self = Self { failures: 0, counted_at: Timestamp::EPOCH, blocked_until: Timestamp::EPOCH };

    /// Counts a try as a failure, or says for how many seconds nothing may be tried. A success is taken off again.
    pub(super) fn count(self, kind: ThrottleKind, now: Timestamp) -> Result<Self, i64> {
        let left = self.blocked_until.micros().saturating_sub(now.micros());
        if left > 0 {
            return Err(left.saturating_add(SECOND - 1) / SECOND);
        }
        let (free, span) = lenience(kind);
        let forgiven = now.micros().saturating_sub(self.counted_at.micros()).max(0) / (span * SECOND);
        let failures = self.failures.saturating_sub(forgiven).max(0).saturating_add(1);
        let wait = match failures - free {
            ..=0 => 0,
            over @ 1..=10 => 1 << (over - 1),
            _ => LONGEST,
        };
        Ok(Self { failures, counted_at: now, blocked_until: now.saturating_add_micros(wait * SECOND) })
    }

    /// Takes a success off: an account begins anew; an address, from which others may have failed, loses the one try.
    pub(super) fn succeeded(self, kind: ThrottleKind) -> Self {
        let failures = if kind == ThrottleKind::Address { (self.failures - 1).max(0) } else { 0 };
        Self { failures, blocked_until: Timestamp::EPOCH, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros((1_700_000_000 + seconds) * SECOND)
    }

    #[test]
    fn waits_double_from_a_second_to_a_quarter_of_an_hour() {
        let (mut count, mut now, mut waits) = (Count::NONE, 0, Vec::new());
        for _ in 0..18 {
            count = count.count(ThrottleKind::Account, at(now)).unwrap();
            let wait = (count.blocked_until.micros() - at(now).micros()).max(0) / SECOND;
            waits.push(wait);
            if wait > 0 {
                assert_eq!(count.count(ThrottleKind::Account, at(now)), Err(wait));
                assert_eq!(count.count(ThrottleKind::Account, at(now + wait - 1)), Err(1));
            }
            now += wait;
        }
        assert_eq!(waits[..16], [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert!(waits[16..].iter().all(|&wait| wait == 900 || wait == 512));
    }

    #[test]
    fn failures_are_forgiven_with_time_and_by_success() {
        let mut count = Count::NONE;
        for _ in 0..5 {
            count = count.count(ThrottleKind::Account, at(0)).unwrap();
        }
        assert_eq!(count.failures, 5);
        assert_eq!(count.count(ThrottleKind::Account, at(2 * 3_600)).unwrap().failures, 4);
        assert_eq!(count.count(ThrottleKind::Account, at(24 * 3_600)).unwrap().failures, 1);
        assert_eq!(count.succeeded(ThrottleKind::Account).failures, 0);
        assert_eq!(count.succeeded(ThrottleKind::Address).failures, 4);
        assert!(count.succeeded(ThrottleKind::Account).count(ThrottleKind::Account, at(0)).is_ok());
    }

    #[test]
    fn a_clock_that_goes_back_forgives_nothing_and_breaks_nothing() {
        let count = Count { failures: 3, counted_at: at(100), blocked_until: Timestamp::EPOCH };
        assert_eq!(count.count(ThrottleKind::Address, at(0)).unwrap().failures, 4);
        let far = Count { failures: i64::MAX, ..count };
        assert_eq!(far.count(ThrottleKind::Mail, at(100)).unwrap().blocked_until, at(1_000));
    }
}
