//! How a transfer of credit stands: a pure function of whose approval the policy wants and of what was decided.
//!
//! Decisions count in the order in which they were made, and none counts once the transfer is settled. An approval for the
//! whole organization stands for every approval that is still missing.

use entity::kinds::{Resource, TransferApproval};

/// How a transfer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for approval.
    Requested,
    /// It was agreed to, and posted.
    Posted,
    /// Somebody whose approval it needed did not agree.
    Declined,
    /// Who asked for it no longer does.
    Withdrawn,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Somebody agrees: for a resource, or for the whole organization.
    Approved(Option<Resource>),
    /// Somebody does not agree.
    Declined,
    /// Who asked for it no longer does.
    Withdrawn,
}

/// The approvals that are still missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    sides: Vec<Resource>,
    desk: bool,
}

impl Missing {
    fn first(approval: TransferApproval, from: Resource, to: Resource) -> Self {
        let sides = match approval {
            TransferApproval::None | TransferApproval::Revops => Vec::new(),
            TransferApproval::Donor => vec![from],
            TransferApproval::Receiver => vec![to],
            TransferApproval::Both => vec![from, to],
        };
        Self { sides, desk: approval == TransferApproval::Revops }
    }

    /// The resources whose approval is missing.
    #[must_use]
    pub fn sides(&self) -> &[Resource] {
        &self.sides
    }

    /// Whether only somebody who answers for the whole organization can approve.
    #[must_use]
    pub const fn desk(&self) -> bool {
        self.desk
    }

    const fn is_nothing(&self) -> bool {
        self.sides.is_empty() && !self.desk
    }

    fn approved(&mut self, side: Option<Resource>) {
        match side {
            None => *self = Self { sides: Vec::new(), desk: false },
            Some(side) => self.sides.retain(|missing| *missing != side),
        }
    }
}

/// How a transfer stands, and what it still waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How it stands.
    pub state: State,
    /// What it waits for; nothing once it is settled.
    pub missing: Missing,
}

/// How a transfer stands after some decisions, given in the order in which they were made.
#[must_use]
pub fn standing(approval: TransferApproval, from: Resource, to: Resource, decisions: impl IntoIterator<Item = Decision>) -> Standing {
    let settled = |state| Standing { state, missing: Missing { sides: Vec::new(), desk: false } };
    let mut missing = Missing::first(approval, from, to);
    let mut decisions = decisions.into_iter();
    loop {
        if missing.is_nothing() {
            return settled(State::Posted);
        }
        match decisions.next() {
            None => return Standing { state: State::Requested, missing },
            Some(Decision::Approved(side)) => missing.approved(side),
            Some(Decision::Declined) => return settled(State::Declined),
            Some(Decision::Withdrawn) => return settled(State::Withdrawn),
        }
    }
}

#[cfg(test)]
mod tests {
    use Decision::{Approved, Declined, Withdrawn};
    use entity::kinds::Resource::{Marketing, Product, Sales};

    use super::*;

    fn after(approval: TransferApproval, decisions: &[Decision]) -> (State, Vec<Resource>, bool) {
        let standing = standing(approval, Product, Sales, decisions.iter().copied());
        (standing.state, standing.missing.sides().to_vec(), standing.missing.desk())
    }

    #[test]
    fn the_policy_says_who_is_asked() {
        for (approval, expected) in [
            (TransferApproval::None, (State::Posted, vec![], false)),
            (TransferApproval::Donor, (State::Requested, vec![Product], false)),
            (TransferApproval::Receiver, (State::Requested, vec![Sales], false)),
            (TransferApproval::Both, (State::Requested, vec![Product, Sales], false)),
            (TransferApproval::Revops, (State::Requested, vec![], true)),
        ] {
            assert_eq!(after(approval, &[]), expected, "{approval:?}");
            if approval != TransferApproval::None {
                assert_eq!(after(approval, &[Approved(None)]).0, State::Posted, "{approval:?}");
                assert_eq!(after(approval, &[Declined]), (State::Declined, vec![], false), "{approval:?}");
                assert_eq!(after(approval, &[Withdrawn]), (State::Withdrawn, vec![], false), "{approval:?}");
            }
        }
    }

    #[test]
    fn each_side_counts_for_itself() {
        assert_eq!(after(TransferApproval::Donor, &[Approved(Some(Sales))]), (State::Requested, vec![Product], false));
        assert_eq!(after(TransferApproval::Donor, &[Approved(Some(Product))]).0, State::Posted);
        assert_eq!(after(TransferApproval::Both, &[Approved(Some(Sales))]), (State::Requested, vec![Product], false));
        assert_eq!(
            after(TransferApproval::Both, &[Approved(Some(Sales)), Approved(Some(Sales))]),
            (State::Requested, vec![Product], false)
        );
        assert_eq!(after(TransferApproval::Both, &[Approved(Some(Sales)), Approved(Some(Product))]).0, State::Posted);
        assert_eq!(after(TransferApproval::Both, &[Approved(Some(Sales)), Approved(None)]).0, State::Posted);
        assert_eq!(after(TransferApproval::Both, &[Approved(Some(Sales)), Declined]).0, State::Declined);
        for side in [Sales, Product, Marketing] {
            assert_eq!(after(TransferApproval::Revops, &[Approved(Some(side))]), (State::Requested, vec![], true));
        }
    }

    #[test]
    fn what_is_settled_stays_so() {
        assert_eq!(after(TransferApproval::None, &[Declined]).0, State::Posted);
        assert_eq!(after(TransferApproval::Donor, &[Approved(Some(Product)), Declined]).0, State::Posted);
        assert_eq!(after(TransferApproval::Donor, &[Declined, Approved(None)]).0, State::Declined);
        assert_eq!(after(TransferApproval::Donor, &[Withdrawn, Approved(None)]).0, State::Withdrawn);
    }
}
