use super::{HOUR, at, lisbon, pauses};
use crate::metrics::sla::{Ladder, LadderError, Pauses, Step, steps};

fn told(ladder: Ladder, target: i64, pauses: &Pauses) -> Vec<(Step, String)> {
    let steps = steps(&lisbon(), at("2026-03-30T08:00Z"), target, pauses, ladder);
    steps.into_iter().map(|(step, at)| (step, at.map_or_else(|| "held up".into(), |at| at.to_string()))).collect()
}

fn expected(steps: &[(Step, &str)]) -> Vec<(Step, String)> {
    steps.iter().map(|(step, at)| (*step, (*at).into())).collect()
}

#[test]
fn steps_fall_due_in_business_time() {
    // The breach ends the morning, what follows begins after lunch.
    assert_eq!(
        told(Ladder::default(), 3 * HOUR, &Pauses::NONE),
        expected(&[
            (Step::Warn, "2026-03-30T10:15:00Z"),
            (Step::Breach, "2026-03-30T11:00:00Z"),
            (Step::Escalate, "2026-03-30T12:45:00Z"),
            (Step::Reassign, "2026-03-30T13:30:00Z"),
        ])
    );
    let week = told(Ladder::default(), 40 * HOUR, &Pauses::NONE);
    assert_eq!(week[3], (Step::Reassign, "2026-04-09T13:00:00Z".into()), "over a holiday and a weekend");
}

#[test]
fn a_pause_holds_up_what_has_not_fallen_due() {
    let open = pauses(&[("2026-03-30T10:30Z", "")]);
    assert_eq!(
        told(Ladder::default(), 3 * HOUR, &open),
        expected(&[
            (Step::Warn, "2026-03-30T10:15:00Z"),
            (Step::Breach, "held up"),
            (Step::Escalate, "held up"),
            (Step::Reassign, "held up"),
        ])
    );
    let ended = pauses(&[("2026-03-30T10:30Z", "2026-03-30T12:30Z")]);
    assert_eq!(told(Ladder::default(), 3 * HOUR, &ended)[1], (Step::Breach, "2026-03-30T13:00:00Z".into()));
}

#[test]
fn steps_can_be_left_out_but_not_the_breach() {
    let none = Ladder::new(None, None, None).unwrap();
    assert_eq!(told(none, 3 * HOUR, &Pauses::NONE), expected(&[(Step::Breach, "2026-03-30T11:00:00Z")]));
    let other = Ladder::new(Some(50), None, Some(200)).unwrap();
    let steps = told(other, 2 * HOUR, &Pauses::NONE);
    assert_eq!((&steps[0].1[..], &steps[2].1[..]), ("2026-03-30T09:00:00Z", "2026-03-30T13:00:00Z"));
}

#[test]
fn parts_of_a_microsecond_are_whole_ones() {
    let steps = told(Ladder::default(), 1, &Pauses::NONE);
    assert_eq!(steps[0].1, "2026-03-30T08:00:00.000001Z");
    assert_eq!(steps[2].1, "2026-03-30T08:00:00.000002Z");
    assert_eq!(told(Ladder::default(), 0, &Pauses::NONE)[3].1, "2026-03-30T08:00:00Z");
    assert!(told(Ladder::default(), i64::MAX, &Pauses::NONE).iter().all(|(_, at)| at == "held up"));
}

#[test]
fn a_ladder_is_in_order() {
    for percent in [0, 100, 101] {
        assert_eq!(Ladder::new(Some(percent), None, None), Err(LadderError::Warn(percent)));
    }
    for percent in [0, 99, 100, 1_001] {
        assert_eq!(Ladder::new(None, Some(percent), None), Err(LadderError::After(Step::Escalate, percent)));
        assert_eq!(Ladder::new(None, None, Some(percent)), Err(LadderError::After(Step::Reassign, percent)));
    }
    assert_eq!(Ladder::new(Some(75), Some(125), Some(150)), Ok(Ladder::default()));
    assert!(Ladder::new(Some(99), Some(1_000), Some(101)).is_ok());
}
