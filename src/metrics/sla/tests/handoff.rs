use entity::time::Timestamp;

use super::at;
use crate::metrics::sla::handoff::{Act, Offer, Standing, State, standing};

const DUE: &str = "2026-03-30T13:00Z";
const LATER: &str = "2026-04-30T00:00Z";

fn after(acts: &[(Act, &str)], now: &str) -> Standing {
    asked(acts, now, Some(at(DUE)), false)
}

fn asked(acts: &[(Act, &str)], now: &str, answer_due_at: Option<Timestamp>, expires: bool) -> Standing {
    let offer = Offer { offered_at: at("2026-03-30T08:00Z"), answer_due_at, expires };
    standing(&offer, acts.iter().map(|(act, instant)| (*act, at(instant))), at(now))
}

/// After an answer and what followed, each a day later than what was before.
fn state(acts: &[Act]) -> State {
    let days = ["2026-03-30T09:00Z", "2026-03-31T09:00Z", "2026-04-01T09:00Z", "2026-04-02T09:00Z", "2026-04-03T09:00Z"];
    let acts: Vec<(Act, &str)> = acts.iter().copied().zip(days).collect();
    after(&acts, LATER).state
}

#[test]
fn silence_is_acceptance() {
    assert_eq!(after(&[], DUE).state, State::Offered);
    let silent = after(&[], "2026-03-30T13:00:00.000001Z");
    assert_eq!((silent.state, silent.since), (State::AutoAccepted, at(DUE)));
    assert_eq!(asked(&[], LATER, None, false).state, State::Offered, "nobody waits for an answer");
    let beyond = asked(&[], LATER, Some(at(DUE)), true);
    assert_eq!((beyond.state, beyond.since), (State::Expired, at(DUE)));
    assert_eq!(asked(&[(Act::Accept, DUE)], LATER, Some(at(DUE)), true).state, State::Accepted, "whoever accepts more may");
}

#[test]
fn an_answer_at_the_very_instant_is_one() {
    let rejected = after(&[(Act::Reject, DUE)], LATER);
    assert_eq!((rejected.state, rejected.since), (State::Rejected, at(DUE)));
    let late = after(&[(Act::Reject, "2026-03-30T13:01Z")], LATER);
    assert_eq!((late.state, late.since), (State::AutoAccepted, at(DUE)));
    assert_eq!(after(&[(Act::Recycle, "2026-03-30T13:01Z")], LATER).state, State::Recycled, "accepted by silence, then given back");
    assert_eq!(asked(&[(Act::Accept, "2026-03-30T13:01Z")], LATER, Some(at(DUE)), true).state, State::Expired);
    assert_eq!(after(&[(Act::Accept, "2026-03-30T09:00Z")], "2026-03-30T08:30Z").state, State::Offered, "not answered yet");
}

#[test]
fn each_state_follows_from_what_was_done() {
    use Act::{Accept, Acknowledge, Contest, Overturn, Reassign, Recycle, Reject, Uphold, Withdraw};
    for (acts, expected) in [
        (&[Accept][..], State::Accepted),
        (&[Accept, Reassign], State::Accepted),
        (&[Accept, Reject], State::Accepted),
        (&[Accept, Recycle], State::Recycled),
        (&[Accept, Recycle, Reassign, Contest], State::Recycled),
        (&[Reassign], State::AutoAccepted),
        (&[Withdraw], State::Withdrawn),
        (&[Withdraw, Accept], State::Withdrawn),
        (&[Accept, Withdraw], State::Accepted),
        (&[Reject], State::Rejected),
        (&[Reject, Accept], State::Rejected),
        (&[Reject, Acknowledge], State::Rejected),
        (&[Reject, Contest], State::Contested),
        (&[Reject, Acknowledge, Contest], State::Contested),
        (&[Reject, Contest, Uphold], State::Rejected),
        (&[Reject, Contest, Uphold, Contest], State::Rejected),
        (&[Reject, Contest, Overturn], State::Accepted),
        (&[Reject, Contest, Overturn, Reject], State::Accepted),
        (&[Reject, Contest, Overturn, Recycle], State::Recycled),
        (&[Reject, Overturn], State::Rejected),
    ] {
        assert_eq!(state(acts), expected, "{acts:?}");
    }
}

#[test]
fn a_state_lasts_since_what_brought_it_about() {
    let (first, second, third) = ("2026-03-30T09:00Z", "2026-03-30T10:00Z", "2026-03-30T11:00Z");
    let contested = after(&[(Act::Reject, first), (Act::Acknowledge, second), (Act::Contest, third)], LATER);
    assert_eq!((contested.since, contested.acknowledged_at, contested.contested_at), (at(third), Some(at(second)), Some(at(third))));
    let again = after(&[(Act::Reject, first), (Act::Acknowledge, second), (Act::Acknowledge, third)], LATER);
    assert_eq!((again.since, again.acknowledged_at), (at(first), Some(at(second))));
    assert_eq!(after(&[(Act::Accept, first), (Act::Reassign, second)], LATER).since, at(first));
}

#[test]
fn what_may_be_done_depends_on_the_state() {
    use Act::{Accept, Acknowledge, Contest, Overturn, Reassign, Recycle, Reject, Uphold, Withdraw};
    let first = "2026-03-30T09:00Z";
    let may = |acts: &[Act], now: &str| -> Vec<Act> {
        let acts: Vec<(Act, &str)> = acts.iter().map(|act| (*act, first)).collect();
        let standing = after(&acts, now);
        Act::ALL.into_iter().filter(|act| standing.may(*act)).collect()
    };
    assert_eq!(may(&[], DUE), [Accept, Reject, Reassign, Withdraw]);
    assert_eq!(may(&[], LATER), [Recycle, Reassign]);
    assert_eq!(may(&[Accept], LATER), [Recycle, Reassign]);
    assert_eq!(may(&[Reject], LATER), [Acknowledge, Contest]);
    assert_eq!(may(&[Reject, Acknowledge], LATER), [Contest]);
    assert_eq!(may(&[Reject, Contest], LATER), [Uphold, Overturn]);
    assert_eq!(may(&[Reject, Contest, Uphold], LATER), [Acknowledge]);
    assert_eq!(may(&[Reject, Acknowledge, Contest, Uphold], LATER), []);
    assert_eq!(may(&[Reject, Contest, Overturn], LATER), [Recycle, Reassign]);
    assert_eq!(may(&[Accept, Recycle], LATER), []);
    assert_eq!(may(&[Withdraw], LATER), []);
}

#[test]
fn some_states_are_open() {
    let open: Vec<State> = State::ALL.into_iter().filter(|state| state.is_open()).collect();
    assert_eq!(open, [State::Offered, State::Accepted, State::AutoAccepted, State::Contested]);
}
