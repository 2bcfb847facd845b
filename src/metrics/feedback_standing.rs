//! How what was told to a resource stands: a pure function of until when it is to be acknowledged, of when it was, and of now.

use entity::time::Timestamp;

/// How what was told stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody took note of it yet.
    Open,
    /// Nobody took note of it, and it is late.
    Overdue,
    /// Somebody took note of it.
    Acknowledged,
}

/// How what was told stands at an instant. At the moment until which it is to be acknowledged it is not late yet.
#[must_use]
pub fn state(acknowledge_by: Option<Timestamp>, acknowledged_at: Option<Timestamp>, now: Timestamp) -> State {
    if acknowledged_at.is_some_and(|at| at <= now) {
        State::Acknowledged
    } else if acknowledge_by.is_some_and(|due| due < now) {
        State::Overdue
    } else {
        State::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_late_after_its_moment_and_settled_once_noted() {
        let at = |micros| Some(Timestamp::from_micros(micros));
        for (due, noted, now, expected) in [
            (None, None, 9, State::Open),
            (at(5), None, 5, State::Open),
            (at(5), None, 6, State::Overdue),
            (at(5), at(7), 6, State::Overdue),
            (at(5), at(7), 7, State::Acknowledged),
            (None, at(1), 1, State::Acknowledged),
        ] {
            assert_eq!(state(due, noted, Timestamp::from_micros(now)), expected, "{due:?} {noted:?} {now}");
        }
    }
}
