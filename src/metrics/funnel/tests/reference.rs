//! The funnel once more, as `metrics.md` words it: one subject and one step at a time, by search instead of by walking,
//! slow and without any of the columns. Times are bare microseconds.

use std::collections::BTreeSet;

use super::*;

/// An event as drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    pub(super) subject: u32,
    pub(super) stage: u16,
    pub(super) at: i64,
    pub(super) backdated: bool,
}

/// A question as drawn.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) chosen: Vec<u16>,
    pub(super) order: Order,
    pub(super) as_of: i64,
    pub(super) window: Option<i64>,
    /// By step; that of the first is void.
    pub(super) own: Vec<Option<i64>>,
    pub(super) exclusions: Vec<Exclusion>,
}

/// What is known of one subject of a cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Journey {
    pub(super) subject: u32,
    pub(super) reached_at: Vec<Option<i64>>,
    pub(super) visits: Vec<u32>,
    pub(super) standing: Standing,
    pub(super) backdated: bool,
}

impl Question {
    fn exact(&self, stage: u16) -> Option<usize> {
        self.chosen.iter().position(|chosen| *chosen == stage)
    }

    /// Main stages are numbered along the way, and those chosen rise with them.
    fn implied(&self, stage: u16) -> Option<usize> {
        if stage >= NURTURED { None } else { self.chosen.iter().rposition(|chosen| *chosen <= stage) }
    }

    fn counts_for(&self, stage: u16) -> Option<usize> {
        if self.order == Order::ReachedOrPassed { self.implied(stage) } else { self.exact(stage) }
    }

    fn begins(&self, event: &Drawn) -> bool {
        match self.order {
            Order::ReachedOrPassed => self.implied(event.stage).is_some(),
            Order::Strict | Order::Any => self.exact(event.stage) == Some(0),
        }
    }

    fn bound(&self, step: usize) -> Option<i64> {
        match (step, self.own[step]) {
            (0, _) => Some(0),
            (_, Some(own)) => Some(self.bound(step - 1)? + own),
            (_, None) => self.window,
        }
    }

    fn reached(&self, known: &[Drawn], entry: i64, step: usize) -> Option<i64> {
        if step == 0 {
            return Some(entry);
        }
        let before = self.reached(known, entry, step - 1);
        let candidate = match self.order {
            Order::ReachedOrPassed => known.iter().filter(|event| self.implied(event.stage) >= Some(step)).map(|event| event.at).min(),
            Order::Strict => self.in_order(known, step).map(|index| known[index].at),
            Order::Any => known.iter().filter(|event| self.exact(event.stage) == Some(step)).map(|event| event.at).min(),
        };
        if self.order != Order::Any && before.is_none() {
            return None;
        }
        let until = match (self.own[step], before) {
            (Some(own), Some(before)) => Some(before + own),
            _ => self.bound(step).map(|bound| entry + bound),
        };
        candidate.filter(|at| until.is_none_or(|until| *at <= until))
    }

    /// The place of the event that reaches a step when all steps have to come in order.
    fn in_order(&self, known: &[Drawn], step: usize) -> Option<usize> {
        let from = if step == 1 { 0 } else { self.in_order(known, step - 1)? + 1 };
        (from..known.len()).find(|index| self.exact(known[*index].stage) == Some(step))
    }

    fn excluded(&self, known: &[Drawn], entry: i64) -> bool {
        self.exclusions.iter().any(|exclusion| {
            let before = usize::from(exclusion.before_step);
            known.iter().filter(|event| event.stage == exclusion.stage).any(|event| {
                self.reached(known, entry, usize::from(exclusion.after_step)).is_some_and(|from| event.at >= from)
                    && match self.reached(known, entry, before) {
                        Some(reached) => event.at < reached,
                        None => self.bound(before).is_none_or(|bound| event.at <= entry + bound),
                    }
            })
        })
    }

    /// The cohort that entered in `[start, end)`.
    pub(super) fn cohort(&self, events: &[Drawn], start: i64, end: i64) -> Vec<Journey> {
        subjects(events).into_iter().filter_map(|subject| self.journey(&history(events, subject, self.as_of), start, end)).collect()
    }

    fn journey(&self, history: &[Drawn], start: i64, end: i64) -> Option<Journey> {
        let beginning = |backdated| history.iter().position(|event| self.begins(event) && event.backdated == backdated);
        let first = beginning(false).or_else(|| beginning(true))?;
        let entry = history[first].at;
        if !(start..end).contains(&entry) {
            return None;
        }
        let known: Vec<Drawn> = history
            .iter()
            .enumerate()
            .filter(|(index, event)| *index >= first || event.backdated)
            .map(|(_, event)| Drawn { at: event.at.max(entry), ..*event })
            .collect();
        let count = self.chosen.len();
        let bounds: Vec<Option<i64>> = (1..count).map(|step| self.bound(step)).collect();
        let longest =
            if count == 1 { self.window } else { bounds.iter().copied().collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max()) };
        let in_time: Vec<&Drawn> = known.iter().filter(|event| longest.is_none_or(|longest| event.at <= entry + longest)).collect();
        let pending = bounds.into_iter().flatten().any(|bound| entry + bound > self.as_of);
        Some(Journey {
            subject: history[first].subject,
            reached_at: (0..count).map(|step| self.reached(&known, entry, step)).collect(),
            visits: (0..count).map(|step| in_time.iter().map(|event| u32::from(self.exact(event.stage) == Some(step))).sum()).collect(),
            standing: match (self.excluded(&known, entry), pending) {
                (true, _) => Standing::Excluded,
                (false, true) => Standing::Pending,
                (false, false) => Standing::Matured,
            },
            backdated: in_time.iter().any(|event| event.backdated && self.counts_for(event.stage).is_some()),
        })
    }

    /// Distinct subjects and visits by step in `[start, end)`, and how many subjects have a backdated entry.
    pub(super) fn entries(&self, events: &[Drawn], start: i64, end: i64) -> (Vec<(u64, u64)>, u64) {
        let counted: Vec<&Drawn> = events
            .iter()
            .filter(|event| event.at <= self.as_of && (start..end).contains(&event.at) && self.exact(event.stage).is_some())
            .collect();
        let distinct = |events: Vec<&Drawn>| events.iter().map(|event| event.subject).collect::<BTreeSet<_>>().len() as u64;
        let at_step = |step| counted.iter().copied().filter(move |event| self.exact(event.stage) == Some(step)).collect::<Vec<_>>();
        let steps = (0..self.chosen.len()).map(|step| (distinct(at_step(step)), at_step(step).len() as u64)).collect();
        (steps, distinct(counted.iter().copied().filter(|event| event.backdated).collect()))
    }

    /// Subjects by step just before `end`, then those below, those beside and those flagged.
    pub(super) fn stock(&self, events: &[Drawn], end: i64) -> (Vec<u64>, u64, u64, u64) {
        let histories: Vec<Vec<Drawn>> =
            subjects(events).into_iter().map(|subject| history(events, subject, self.as_of.min(end - 1))).collect();
        let latest: Vec<(u16, bool)> = histories
            .iter()
            .filter_map(|history| {
                let flagged = history.iter().any(|event| event.backdated && self.implied(event.stage).is_some());
                Some((history.last()?.stage, flagged))
            })
            .collect();
        let count = |wanted: &dyn Fn(u16) -> bool| latest.iter().filter(|(stage, _)| wanted(*stage)).count() as u64;
        (
            (0..self.chosen.len()).map(|step| count(&|stage| self.implied(stage) == Some(step))).collect(),
            count(&|stage| stage < NURTURED && self.implied(stage).is_none()),
            count(&|stage| stage >= NURTURED),
            latest.iter().filter(|(stage, flagged)| *flagged && self.implied(*stage).is_some()).count() as u64,
        )
    }
}

fn subjects(events: &[Drawn]) -> BTreeSet<u32> {
    events.iter().map(|event| event.subject).collect()
}

/// What a subject has done by an instant, in order.
fn history(events: &[Drawn], subject: u32, until: i64) -> Vec<Drawn> {
    let mut history: Vec<Drawn> = events.iter().copied().filter(|event| event.subject == subject && event.at <= until).collect();
    history.sort_by_key(|event| (event.at, event.stage, event.backdated));
    history
}
