use entity::time::Timestamp;

use super::{HOUR, at, lisbon, pauses};
use crate::metrics::sla::clock::{Facts, Progress, Settled, State, progress, settle, state};

/// Four hours of Monday: due at 13:00Z.
const START: &str = "2026-03-30T08:00Z";

struct Case {
    wanted: u16,
    pauses: Vec<(&'static str, &'static str)>,
    attempts: Vec<&'static str>,
    cancelled: Option<&'static str>,
}

impl Default for Case {
    fn default() -> Self {
        Self { wanted: 1, pauses: Vec::new(), attempts: Vec::new(), cancelled: None }
    }
}

impl Case {
    fn with<T>(&self, ask: impl FnOnce(&Facts<'_>, &Settled) -> T) -> T {
        let pauses = pauses(&self.pauses);
        let attempts: Vec<Timestamp> = self.attempts.iter().map(|attempt| at(attempt)).collect();
        let facts = Facts {
            started_at: at(START),
            target: 4 * HOUR,
            wanted: self.wanted,
            pauses: &pauses,
            attempts: &attempts,
            cancelled_at: self.cancelled.map(at),
        };
        ask(&facts, &settle(&lisbon(), &facts))
    }

    fn settled(&self) -> Settled {
        self.with(|_, settled| *settled)
    }

    fn state(&self, now: &str) -> State {
        state(&self.settled(), at(now))
    }

    fn progress(&self, now: &str) -> (i64, i64) {
        let Progress { elapsed, remaining } = self.with(|facts, settled| progress(&lisbon(), facts, settled, at(now)));
        (elapsed / (HOUR / 60), remaining / (HOUR / 60))
    }
}

#[test]
fn what_is_not_done_is_overdue_after_the_instant_it_is_due() {
    let clock = Case::default();
    assert_eq!(clock.settled(), Settled { due_at: Some(at("2026-03-30T13:00Z")), met_at: None, cancelled_at: None, paused_at: None });
    assert_eq!(clock.state("2026-03-30T13:00Z"), State::Running);
    assert_eq!(clock.state("2026-03-30T13:00:00.000001Z"), State::Overdue);
    assert_eq!(clock.progress("2026-03-30T08:00Z"), (0, 240));
    assert_eq!(clock.progress("2026-03-30T11:30Z"), (180, 60), "at lunch");
    assert_eq!(clock.progress("2026-03-30T17:00Z"), (480, 0));
}

#[test]
fn done_at_the_very_instant_is_in_time() {
    let done = |instant: &'static str| Case { attempts: vec![instant], ..Case::default() };
    for now in ["2026-03-30T13:00Z", "2026-04-30T13:00Z"] {
        assert_eq!(done("2026-03-30T13:00Z").state(now), State::Met);
    }
    let late = done("2026-03-30T13:00:00.000001Z");
    assert_eq!(late.state("2026-03-30T13:00Z"), State::Running, "not done yet");
    assert_eq!(late.state("2026-03-30T14:00Z"), State::Late);
    assert_eq!(done("2026-03-30T09:00Z").progress("2026-03-30T12:00Z"), (60, 180), "time stands still once it is done");
    assert_eq!(done("2026-03-30T08:00Z").state("2026-03-30T08:00Z"), State::Met, "done at the start");
    assert_eq!(done("2026-03-30T07:59Z").state("2026-03-30T09:00Z"), State::Running, "done before it");
}

#[test]
fn the_last_of_those_wanted_decides() {
    let attempts = vec!["2026-03-30T12:30Z", "2026-03-30T07:00Z", "2026-03-30T09:00Z", "2026-03-30T14:00Z", "2026-03-30T09:00Z"];
    let depth = |wanted| Case { wanted, attempts: attempts.clone(), ..Case::default() };
    assert_eq!(depth(0).settled().met_at, Some(at(START)));
    assert_eq!(depth(1).settled().met_at, Some(at("2026-03-30T09:00Z")));
    assert_eq!(depth(2).settled().met_at, Some(at("2026-03-30T09:00Z")));
    assert_eq!(depth(3).settled().met_at, Some(at("2026-03-30T12:30Z")));
    assert_eq!(depth(4).settled().met_at, Some(at("2026-03-30T14:00Z")));
    assert_eq!(depth(5).settled().met_at, None, "one was before the start");
    let now = "2026-03-30T16:00Z";
    assert_eq!([1, 3, 4, 5].map(|wanted| depth(wanted).state(now)), [State::Met, State::Met, State::Late, State::Overdue]);
    assert_eq!(depth(4).state("2026-03-30T12:45Z"), State::Running);
}

#[test]
fn a_pause_holds_it_up_until_it_ends() {
    let open = Case { pauses: vec![("2026-03-30T10:00Z", "")], ..Case::default() };
    assert_eq!((open.settled().due_at, open.settled().paused_at), (None, Some(at("2026-03-30T10:00Z"))));
    assert_eq!(open.state("2026-04-30T10:00Z"), State::Paused);
    assert_eq!(open.progress("2026-04-30T10:00Z"), (120, 120));
    let done = Case { attempts: vec!["2026-04-02T10:00Z"], ..open };
    assert_eq!(done.state("2026-04-30T10:00Z"), State::Met, "done in a pause");
    let ended = Case { pauses: vec![("2026-03-30T10:00Z", "2026-03-31T10:00Z")], ..Case::default() };
    assert_eq!((ended.settled().due_at, ended.settled().paused_at), (Some(at("2026-03-31T13:00Z")), None));
    assert_eq!(ended.state("2026-03-31T13:00Z"), State::Running);
    let before = Case { pauses: vec![("2026-03-01T10:00Z", "")], ..Case::default() };
    assert_eq!(before.settled().paused_at, Some(at(START)), "paused since it started");
}

#[test]
fn a_pause_after_the_instant_changes_nothing() {
    let open = Case { pauses: vec![("2026-03-30T13:00Z", "")], ..Case::default() };
    assert_eq!((open.settled().due_at, open.settled().paused_at), (Some(at("2026-03-30T13:00Z")), None));
    assert_eq!(open.state("2026-03-30T13:00Z"), State::Running);
    assert_eq!(open.state("2026-03-30T14:00Z"), State::Overdue);
    let done = Case { attempts: vec!["2026-03-30T14:00Z"], ..open };
    assert_eq!(done.state("2026-03-30T14:00Z"), State::Late);
}

#[test]
fn a_breach_stays_a_breach() {
    let cancelled = |instant: &'static str| Case { cancelled: Some(instant), ..Case::default() };
    let now = "2026-03-30T16:00Z";
    assert_eq!(cancelled("2026-03-30T12:00Z").state(now), State::Cancelled);
    assert_eq!(cancelled("2026-03-30T13:00Z").state(now), State::Cancelled, "at the very instant there is time left");
    assert_eq!(cancelled("2026-03-30T13:01Z").state(now), State::Overdue);
    assert_eq!(cancelled("2026-03-30T12:00Z").state("2026-03-30T11:00Z"), State::Running, "not cancelled yet");
    let done = |done: &'static str, cancelled: &'static str| Case { attempts: vec![done], cancelled: Some(cancelled), ..Case::default() };
    assert_eq!(done("2026-03-30T10:00Z", "2026-03-30T12:00Z").state(now), State::Met, "met before");
    assert_eq!(done("2026-03-30T12:00Z", "2026-03-30T12:00Z").state(now), State::Met, "met at once");
    assert_eq!(done("2026-03-30T12:30Z", "2026-03-30T12:00Z").state(now), State::Cancelled, "done too late to matter");
    assert_eq!(done("2026-03-30T14:00Z", "2026-03-30T12:00Z").state(now), State::Cancelled);
    assert_eq!(done("2026-03-30T14:00Z", "2026-03-30T13:30Z").state(now), State::Late);
    assert_eq!(done("2026-03-30T14:00Z", "2026-03-30T15:00Z").state(now), State::Late);
    let paused = Case { pauses: vec![("2026-03-30T10:00Z", "")], ..cancelled("2026-03-30T12:00Z") };
    assert_eq!((paused.state("2026-03-30T11:00Z"), paused.state(now)), (State::Paused, State::Cancelled));
    assert_eq!(cancelled("2026-03-30T09:00Z").progress(now), (60, 180));
}

#[test]
fn what_is_over_outlasts_nothing() {
    let instant = at("2026-03-30T13:00Z");
    let outlasts = |attempts: Vec<&'static str>, cancelled| Case { attempts, cancelled, ..Case::default() }.settled().outlasts(instant);
    assert!(outlasts(vec![], None));
    assert!(outlasts(vec!["2026-03-30T13:01Z"], Some("2026-03-30T13:01Z")));
    assert!(!outlasts(vec!["2026-03-30T13:00Z"], None));
    assert!(!outlasts(vec![], Some("2026-03-30T13:00Z")));
}
