//! How handoffs stand, by their rows.

use entity::ids::MemberId;
use entity::kinds::HandoffEventKind;
use entity::time::Timestamp;
use entity::{agreement_version, handoff, handoff_event};

use crate::metrics::sla::handoff::{Act, Offer, Standing, State};

/// Whether silence about a handoff is no acceptance: it is above what was agreed, and the agreement does not take that.
pub(super) const fn expires(row: &handoff::Model, version: &agreement_version::Model) -> bool {
    row.over_delivery && !version.counts_over_delivery
}

/// What was done to a handoff, where it was something somebody did.
const fn act(kind: HandoffEventKind) -> Option<Act> {
    Some(match kind {
        HandoffEventKind::Accepted => Act::Accept,
        HandoffEventKind::Rejected => Act::Reject,
        HandoffEventKind::Acknowledged => Act::Acknowledge,
        HandoffEventKind::Contested => Act::Contest,
        HandoffEventKind::Upheld => Act::Uphold,
        HandoffEventKind::Overturned => Act::Overturn,
        HandoffEventKind::Recycled => Act::Recycle,
        HandoffEventKind::Reassigned => Act::Reassign,
        HandoffEventKind::Withdrawn => Act::Withdraw,
        // Silence answers by itself, whether it was written down or not.
        HandoffEventKind::Offered | HandoffEventKind::AutoAccepted | HandoffEventKind::Expired => return None,
    })
}

/// How a handoff stands at an instant, by its version and its events in the order in which they were recorded.
#[must_use]
pub fn standing(row: &handoff::Model, version: &agreement_version::Model, events: &[handoff_event::Model], instant: Timestamp) -> Standing {
    let offer = Offer { offered_at: row.offered_at, answer_due_at: row.answer_due_at, expires: expires(row, version) };
    let acts = events.iter().filter_map(|event| Some((act(event.kind)?, event.occurred_at)));
    crate::metrics::sla::handoff::standing(&offer, acts, instant)
}

/// The name of a state, as it is told in messages.
pub(super) const fn name(state: State) -> &'static str {
    match state {
        State::Offered => "OFFERED",
        State::Accepted => "ACCEPTED",
        State::AutoAccepted => "AUTO_ACCEPTED",
        State::Rejected => "REJECTED",
        State::Contested => "CONTESTED",
        State::Recycled => "RECYCLED",
        State::Withdrawn => "WITHDRAWN",
        State::Expired => "EXPIRED",
    }
}

/// Whose a handoff was from an instant on, up to, but without, another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owned {
    /// Whose; nobody's while nobody took it.
    pub owner_id: Option<MemberId>,
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None` while it lasts.
    pub to: Option<Timestamp>,
}

/// Whose a handoff was when, one after the other.
#[must_use]
pub fn owners(events: &[handoff_event::Model]) -> Vec<Owned> {
    // Silence changes nothing of whose it is, whenever that is written down.
    let silent = |kind| matches!(kind, HandoffEventKind::AutoAccepted | HandoffEventKind::Expired);
    let mut events: Vec<&handoff_event::Model> = events.iter().filter(|event| !silent(event.kind)).collect();
    // What fell due while nobody was there is recorded after what happened later.
    events.sort_by_key(|event| (event.occurred_at, event.sequence));
    let mut owners: Vec<Owned> = Vec::new();
    for event in events {
        match owners.last_mut() {
            Some(last) if last.owner_id == event.owner_id => {}
            Some(last) if last.from == event.occurred_at => last.owner_id = event.owner_id,
            last => {
                if let Some(last) = last {
                    last.to = Some(event.occurred_at);
                }
                owners.push(Owned { owner_id: event.owner_id, from: event.occurred_at, to: None });
            }
        }
    }
    owners
}

/// Whose a handoff was at an instant.
#[must_use]
pub fn owner_at(events: &[handoff_event::Model], instant: Timestamp) -> Option<MemberId> {
    owners(events).iter().rev().find(|owned| owned.from <= instant)?.owner_id
}

#[cfg(test)]
mod tests {
    use entity::ids::{HandoffEventId, HandoffId, OrganizationId, TypedId};
    use uuid::Uuid;

    use super::*;

    fn event(sequence: i32, owner: Option<u128>, at: i64) -> handoff_event::Model {
        let (organization_id, handoff_id) = (OrganizationId::from_uuid(Uuid::nil()), HandoffId::from_uuid(Uuid::nil()));
        handoff_event::Model {
            organization_id,
            id: HandoffEventId::from_uuid(Uuid::nil()),
            handoff_id,
            sequence,
            kind: if sequence == 0 { HandoffEventKind::Offered } else { HandoffEventKind::Reassigned },
            owner_id: owner.map(|owner| MemberId::from_uuid(Uuid::from_u128(owner))),
            reason: None,
            note: None,
            occurred_at: Timestamp::from_micros(at),
            recorded_by: None,
            recorded_at: Timestamp::from_micros(at),
        }
    }

    #[test]
    fn owners_follow_each_other_by_when_it_happened() {
        let owned = |owner: Option<u128>, from: i64, to: Option<i64>| Owned {
            owner_id: owner.map(|owner| MemberId::from_uuid(Uuid::from_u128(owner))),
            from: Timestamp::from_micros(from),
            to: to.map(Timestamp::from_micros),
        };
        let events = [event(0, None, 10), event(1, Some(1), 20), event(2, Some(1), 30), event(3, Some(2), 40)];
        assert_eq!(owners(&events), [owned(None, 10, Some(20)), owned(Some(1), 20, Some(40)), owned(Some(2), 40, None)]);
        let late = [event(0, Some(1), 10), event(1, Some(3), 50), event(2, Some(2), 30)];
        assert_eq!(owners(&late), [owned(Some(1), 10, Some(30)), owned(Some(2), 30, Some(50)), owned(Some(3), 50, None)]);
        assert_eq!(owner_at(&late, Timestamp::from_micros(49)), owned(Some(2), 0, None).owner_id);
        assert_eq!(owner_at(&late, Timestamp::from_micros(9)), None);
        // Silence is written down late, and as of when it answered: it takes nothing from anybody.
        let silent = |event: handoff_event::Model| handoff_event::Model { kind: HandoffEventKind::AutoAccepted, ..event };
        let silence = [event(0, Some(1), 10), event(1, Some(2), 30), silent(event(2, Some(2), 20))];
        assert_eq!(owners(&silence), [owned(Some(1), 10, Some(30)), owned(Some(2), 30, None)]);
        let at_once = [event(0, None, 10), event(1, Some(1), 10)];
        assert_eq!(owners(&at_once), [owned(Some(1), 10, None)]);
    }
}
