//! How a clock stands: a pure function of its facts and of now.
//!
//! It was met if enough was done by the instant at which it was due, and that instant is still in time; what was done while it was
//! paused is in time too. Once it was met or breached, neither a pause nor the end of what it was about changes that. See
//! `metrics.md`, section 2.8 (G11).

use entity::time::Timestamp;

use super::pauses::Pauses;
use super::timeline::BusinessTime;

/// How a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It runs, and there is time left.
    Running,
    /// It does not run, and there is time left.
    Paused,
    /// Enough was done in time.
    Met,
    /// Enough was done, and too late.
    Late,
    /// Not enough was done, and it is too late.
    Overdue,
    /// What it was about ended while there was time left.
    Cancelled,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Running, Self::Paused, Self::Met, Self::Late, Self::Overdue, Self::Cancelled];
}

/// What a clock is told by, as far as it is known now.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Since when it counts.
    pub started_at: Timestamp,
    /// How much business time there is, in microseconds.
    pub target: i64,
    /// How often something has to be done.
    pub wanted: u16,
    /// When it did not count.
    pub pauses: &'a Pauses,
    /// When something was done that counts, in whatever order. What was done before the clock started does not count.
    pub attempts: &'a [Timestamp],
    /// When what it is about ended.
    pub cancelled_at: Option<Timestamp>,
}

/// What became of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Settled {
    /// Until when there is time, that instant included; `None` while a pause holds it up, and where it never comes.
    pub due_at: Option<Timestamp>,
    /// When enough had been done, in time or not.
    pub met_at: Option<Timestamp>,
    /// When what it is about ended, whether or not that changes anything.
    pub cancelled_at: Option<Timestamp>,
    /// Since when a pause holds it up; `None` where it was due before.
    pub paused_at: Option<Timestamp>,
}

/// What of its time a clock has used, in microseconds of business time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Progress {
    /// Used so far, or until it came to its end; more than there was, where that was too late.
    pub elapsed: i64,
    /// Left.
    pub remaining: i64,
}

/// What becomes of a clock by the business time of its calendar.
#[must_use]
pub fn settle(time: &BusinessTime, facts: &Facts<'_>) -> Settled {
    let due_at = time.due(facts.started_at, facts.target, facts.pauses);
    let paused_at = facts.pauses.open_since().filter(|_| due_at.is_none()).map(|since| since.max(facts.started_at));
    Settled { due_at, met_at: met_at(facts), cancelled_at: facts.cancelled_at, paused_at }
}

fn met_at(facts: &Facts<'_>) -> Option<Timestamp> {
    let counted = facts.attempts.iter().copied().filter(|attempt| *attempt >= facts.started_at);
    match facts.wanted {
        0 => Some(facts.started_at),
        1 => counted.min(),
        wanted => {
            let mut counted: Vec<Timestamp> = counted.collect();
            let last = usize::from(wanted) - 1;
            (last < counted.len()).then(|| *counted.select_nth_unstable(last).1)
        }
    }
}

/// How a clock stands at an instant.
#[must_use]
pub fn state(settled: &Settled, now: Timestamp) -> State {
    let by_now = |instant: Option<Timestamp>| instant.filter(|instant| *instant <= now);
    let in_time = |instant: Timestamp| settled.due_at.is_none_or(|due| instant <= due);
    let (met, cancelled) = (by_now(settled.met_at), by_now(settled.cancelled_at));
    if cancelled.is_some_and(|cancelled| in_time(cancelled) && met.is_none_or(|met| cancelled < met)) {
        return State::Cancelled;
    }
    match met {
        Some(met) if in_time(met) => State::Met,
        Some(_) => State::Late,
        None if !in_time(now) => State::Overdue,
        None if by_now(settled.paused_at).is_some() => State::Paused,
        None => State::Running,
    }
}

impl Settled {
    /// Whether there was something left to do after an instant: what falls due at it is to be told.
    #[must_use]
    pub fn outlasts(&self, instant: Timestamp) -> bool {
        let ends_later = |end: Option<Timestamp>| end.is_none_or(|end| end > instant);
        ends_later(self.met_at) && ends_later(self.cancelled_at)
    }
}

/// What of its time a clock has used at an instant.
#[must_use]
pub fn progress(time: &BusinessTime, facts: &Facts<'_>, settled: &Settled, now: Timestamp) -> Progress {
    let end = [settled.met_at, settled.cancelled_at].into_iter().flatten().fold(now, Timestamp::min);
    let elapsed = time.elapsed(facts.started_at, end, facts.pauses);
    Progress { elapsed, remaining: facts.target.saturating_sub(elapsed).max(0) }
}
