//! How a handoff stands: a pure function of what was done to it, of until when an answer was due, and of now.
//!
//! Silence is acceptance: once the time for an answer is over, a handoff is accepted since then; one beyond what was agreed upon
//! expires instead. An answer at the very instant is still one. What a state does not allow changes nothing.

use entity::time::Timestamp;

/// How a handoff stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It waits for an answer.
    Offered,
    /// It was accepted.
    Accepted,
    /// Nobody answered in time, which accepts it.
    AutoAccepted,
    /// It was rejected.
    Rejected,
    /// The rejection is disputed.
    Contested,
    /// It was accepted, and given back to be nurtured.
    Recycled,
    /// Who offered it no longer does.
    Withdrawn,
    /// It was more than had been agreed upon, and nobody answered.
    Expired,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Offered,
        Self::Accepted,
        Self::AutoAccepted,
        Self::Rejected,
        Self::Contested,
        Self::Recycled,
        Self::Withdrawn,
        Self::Expired,
    ];

    /// Whether it stands in the way of another one about the same subject.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Offered | Self::Accepted | Self::AutoAccepted | Self::Contested)
    }

    /// Whether it was accepted, also if it was given back later.
    #[must_use]
    pub const fn was_accepted(self) -> bool {
        self.is_accepted() || matches!(self, Self::Recycled)
    }

    /// Whether the receiving side has it.
    #[must_use]
    pub const fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::AutoAccepted)
    }

    /// Whether the receiving side does not take it, also where that is disputed.
    #[must_use]
    pub const fn is_rejected(self) -> bool {
        matches!(self, Self::Rejected | Self::Contested)
    }
}

/// What is done to a handoff after it was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// The receiving side takes it.
    Accept,
    /// The receiving side does not take it.
    Reject,
    /// The offering side has seen the rejection.
    Acknowledge,
    /// The offering side disputes the rejection.
    Contest,
    /// The rejection stands.
    Uphold,
    /// The rejection does not stand.
    Overturn,
    /// The receiving side gives it back to be nurtured.
    Recycle,
    /// Somebody else is to see to it.
    Reassign,
    /// The offering side takes it back.
    Withdraw,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Accept,
        Self::Reject,
        Self::Acknowledge,
        Self::Contest,
        Self::Uphold,
        Self::Overturn,
        Self::Recycle,
        Self::Reassign,
        Self::Withdraw,
    ];
}

/// A handoff as it was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Offer {
    /// When.
    pub offered_at: Timestamp,
    /// Until when an answer counts, that instant included; `None` where it is awaited for ever.
    pub answer_due_at: Option<Timestamp>,
    /// Whether silence is no acceptance: it was more than had been agreed upon, and the agreement does not take that.
    pub expires: bool,
}

/// How a handoff stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Standing {
    /// How.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// When the rejection was first acknowledged.
    pub acknowledged_at: Option<Timestamp>,
    /// When the rejection was disputed, also if that is settled.
    pub contested_at: Option<Timestamp>,
}

impl Standing {
    /// Whether something may be done to it.
    #[must_use]
    pub const fn may(&self, act: Act) -> bool {
        match act {
            Act::Accept | Act::Reject | Act::Withdraw => matches!(self.state, State::Offered),
            Act::Acknowledge => matches!(self.state, State::Rejected) && self.acknowledged_at.is_none(),
            Act::Contest => matches!(self.state, State::Rejected) && self.contested_at.is_none(),
            Act::Uphold | Act::Overturn => matches!(self.state, State::Contested),
            Act::Recycle => self.state.is_accepted(),
            Act::Reassign => self.state.is_accepted() || matches!(self.state, State::Offered),
        }
    }

    const fn after(self, act: Act, at: Timestamp) -> Self {
        let state = match act {
            Act::Acknowledge => return Self { acknowledged_at: Some(at), ..self },
            Act::Reassign => return self,
            Act::Contest => return Self { state: State::Contested, since: at, contested_at: Some(at), ..self },
            Act::Accept | Act::Overturn => State::Accepted,
            Act::Reject | Act::Uphold => State::Rejected,
            Act::Recycle => State::Recycled,
            Act::Withdraw => State::Withdrawn,
        };
        Self { state, since: at, ..self }
    }

    fn silent_until(self, offer: &Offer, instant: Timestamp) -> Self {
        match offer.answer_due_at {
            Some(due) if self.state == State::Offered && instant > due => {
                Self { state: if offer.expires { State::Expired } else { State::AutoAccepted }, since: due, ..self }
            }
            _ => self,
        }
    }
}

/// How a handoff stands at an instant, after what was done to it, in that order.
#[must_use]
pub fn standing(offer: &Offer, acts: impl IntoIterator<Item = (Act, Timestamp)>, now: Timestamp) -> Standing {
    let mut standing = Standing { state: State::Offered, since: offer.offered_at, acknowledged_at: None, contested_at: None };
    for (act, at) in acts.into_iter().filter(|(_, at)| *at <= now) {
        standing = standing.silent_until(offer, at);
        if standing.may(act) {
            standing = standing.after(act, at);
        }
    }
    standing.silent_until(offer, now)
}
