//! What became of a close: a fold of its movements in the order in which they were recorded.
//!
//! Refunds and chargebacks give money back, never more than the amount. A void takes the whole close out of the
//! numbers until it is reinstated; a voided close has no money to give back.

use std::fmt;

use entity::kinds::MovementKind;

/// What a close is worth saying in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It stands as it was won.
    Won,
    /// Part of the money was given back.
    PartiallyRefunded,
    /// All of the money was given back.
    Refunded,
    /// It should not have been recorded.
    Voided,
}

/// What became of a close so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Money given back, in minor units.
    pub refunded_minor: i64,
    /// Whether it stands voided.
    pub voided: bool,
}

/// Why a movement cannot happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovementError {
    /// The close is voided.
    Voided,
    /// The close is not voided, so there is nothing to reinstate.
    NotVoided,
    /// More would be given back than is left.
    TooMuch {
        /// What is left, in minor units.
        left_minor: i64,
    },
}

impl fmt::Display for MovementError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Voided => "the close is voided",
            Self::NotVoided => "the close is not voided",
            Self::TooMuch { .. } => "more would be given back than is left of the close",
        })
    }
}

impl std::error::Error for MovementError {}

impl Standing {
    /// Takes in the next movement as it was recorded.
    pub const fn add(&mut self, kind: MovementKind, amount_minor: i64) {
        match kind {
            MovementKind::Refund | MovementKind::Chargeback => self.refunded_minor = self.refunded_minor.saturating_add(amount_minor),
            MovementKind::Void => self.voided = true,
            MovementKind::Reinstate => self.voided = false,
        }
    }

    /// Checks a movement against what a close of an amount has left.
    ///
    /// # Errors
    /// [`MovementError`]; then it must not be recorded.
    pub const fn permits(self, kind: MovementKind, amount_minor: i64, close_minor: i64) -> Result<(), MovementError> {
        let left_minor = close_minor.saturating_sub(self.refunded_minor);
        match (kind, self.voided) {
            (MovementKind::Reinstate, false) => Err(MovementError::NotVoided),
            (MovementKind::Reinstate, true) | (MovementKind::Void, false) => Ok(()),
            (_, true) => Err(MovementError::Voided),
            (MovementKind::Refund | MovementKind::Chargeback, false) if amount_minor > left_minor => {
                Err(MovementError::TooMuch { left_minor })
            }
            (MovementKind::Refund | MovementKind::Chargeback, false) => Ok(()),
        }
    }

    /// The standing of a close of an amount in a word.
    #[must_use]
    pub const fn status(self, close_minor: i64) -> Status {
        if self.voided {
            Status::Voided
        } else if self.refunded_minor == 0 {
            Status::Won
        } else if self.refunded_minor < close_minor {
            Status::PartiallyRefunded
        } else {
            Status::Refunded
        }
    }
}

#[cfg(test)]
mod tests {
    use MovementKind::{Chargeback, Refund, Reinstate, Void};

    use super::*;

    const AMOUNT: i64 = 1_000;

    fn after(movements: &[(MovementKind, i64)]) -> Standing {
        let mut standing = Standing::default();
        for &(kind, amount_minor) in movements {
            assert_eq!(standing.permits(kind, amount_minor, AMOUNT), Ok(()), "{movements:?}");
            standing.add(kind, amount_minor);
        }
        standing
    }

    #[test]
    fn a_status_follows_from_the_movements() {
        for (movements, status) in [
            (&[][..], Status::Won),
            (&[(Refund, 1)], Status::PartiallyRefunded),
            (&[(Refund, 400), (Chargeback, 599)], Status::PartiallyRefunded),
            (&[(Refund, 400), (Chargeback, 600)], Status::Refunded),
            (&[(Void, 0)], Status::Voided),
            (&[(Refund, 1000), (Void, 0)], Status::Voided),
            (&[(Void, 0), (Reinstate, 0)], Status::Won),
            (&[(Refund, 1), (Void, 0), (Reinstate, 0)], Status::PartiallyRefunded),
            (&[(Void, 0), (Reinstate, 0), (Void, 0)], Status::Voided),
        ] {
            assert_eq!(after(movements).status(AMOUNT), status, "{movements:?}");
        }
        assert_eq!(Standing::default().status(0), Status::Won);
    }

    #[test]
    fn what_cannot_happen_is_refused() {
        for (movements, kind, amount_minor, error) in [
            (&[][..], Refund, 1001, MovementError::TooMuch { left_minor: 1000 }),
            (&[(Refund, 600)], Chargeback, 401, MovementError::TooMuch { left_minor: 400 }),
            (&[], Reinstate, 0, MovementError::NotVoided),
            (&[(Void, 0), (Reinstate, 0)], Reinstate, 0, MovementError::NotVoided),
            (&[(Void, 0)], Void, 0, MovementError::Voided),
            (&[(Void, 0)], Refund, 1, MovementError::Voided),
        ] {
            assert_eq!(after(movements).permits(kind, amount_minor, AMOUNT), Err(error), "{movements:?} then {kind:?}");
        }
    }
}
