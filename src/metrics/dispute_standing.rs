//! How a dispute about credit stands: a pure function of how it was settled, if it was.

use entity::kinds::DisputeEnd;

/// How a dispute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for somebody who answers for the ledger.
    Open,
    /// Credit was moved.
    Upheld,
    /// The ledger stays as it is.
    Rejected,
    /// Who opened it no longer disputes.
    Withdrawn,
}

impl State {
    /// How a dispute stands by how it ended.
    #[must_use]
    pub const fn of(end: Option<DisputeEnd>) -> Self {
        match end {
            None => Self::Open,
            Some(DisputeEnd::Upheld) => Self::Upheld,
            Some(DisputeEnd::Rejected) => Self::Rejected,
            Some(DisputeEnd::Withdrawn) => Self::Withdrawn,
        }
    }

    /// How a dispute ended that stands so; none where it goes on.
    #[must_use]
    pub const fn end(self) -> Option<DisputeEnd> {
        match self {
            Self::Open => None,
            Self::Upheld => Some(DisputeEnd::Upheld),
            Self::Rejected => Some(DisputeEnd::Rejected),
            Self::Withdrawn => Some(DisputeEnd::Withdrawn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dispute_is_open_until_it_ends_in_one_way() {
        assert_eq!(State::of(None), State::Open);
        for (end, state) in
            [(DisputeEnd::Upheld, State::Upheld), (DisputeEnd::Rejected, State::Rejected), (DisputeEnd::Withdrawn, State::Withdrawn)]
        {
            assert_eq!((State::of(Some(end)), state.end()), (state, Some(end)));
        }
        assert_eq!(State::Open.end(), None);
    }
}
