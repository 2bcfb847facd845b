//! The facts of one organization.

use std::ops::RangeInclusive;
use std::sync::Arc;

use entity::ids::{AccountId, ContentId, PersonId, StageId, TacticId, TouchId, TypedId};
use entity::kinds::{ActorKind, Channel, Resource, TouchKind};
use entity::time::Timestamp;
use uuid::Uuid;

use super::columns::{Entries, EntryRow, HashMap, NOBODY, Names, Numbering, TouchRow, Touches, Wanted};

/// Most rows of the small part while the large one is smaller than eight times as much.
const MANY: usize = 32_768;

/// Rows that are brought into order in well under a millisecond.
const FEW: usize = 4_096;

/// What a touch was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct About {
    /// What happened.
    pub kind: TouchKind,
    /// Where.
    pub channel: Channel,
    /// Who acted.
    pub actor: ActorKind,
    /// The resource it belongs to.
    pub resource: Resource,
    /// The tactic it is part of.
    pub tactic_id: Option<TacticId>,
    /// The content that was used.
    pub content_id: Option<ContentId>,
}

/// One touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Its id.
    pub id: TouchId,
    /// When it happened.
    pub at: Timestamp,
    /// The person, where one is known.
    pub person_id: Option<PersonId>,
    /// The account it names.
    pub account_id: Option<AccountId>,
    /// What it was about.
    pub about: About,
}

/// Whose stage events are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of people.
    People,
    /// Those of accounts.
    Accounts,
}

/// An event of one subject: when, the stage as the caller calls it, and whether it was backdated.
pub type Entered = (Timestamp, u16, bool);

/// The instants between which something happened, both included, and the instant as of which it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The first instant.
    pub from: Timestamp,
    /// The last instant.
    pub to: Timestamp,
    /// What was known at this instant.
    pub as_of: Timestamp,
}

impl When {
    const fn span(&self) -> RangeInclusive<i64> {
        self.from.micros()..=self.to.micros()
    }
}

/// Rows of a part of the facts.
#[derive(Clone, Debug, Default)]
struct Part {
    touches: Touches,
    of_people: Entries,
    of_accounts: Entries,
}

impl Part {
    fn len(&self) -> usize {
        self.touches.len() + self.of_people.len() + self.of_accounts.len()
    }

    fn bytes(&self) -> usize {
        self.touches.bytes() + self.of_people.bytes() + self.of_accounts.bytes()
    }

    fn sort(&mut self, people: usize, accounts: usize) {
        self.touches.sort(people, accounts);
        self.of_people.sort(people);
        self.of_accounts.sort(accounts);
    }

    fn renumber(&mut self, people: &[u32], accounts: &[u32]) {
        self.touches.renumber(people, accounts);
        self.of_people.renumber(people);
        self.of_accounts.renumber(accounts);
    }

    fn append(&mut self, other: &Self) {
        self.touches.append(&other.touches);
        self.of_people.append(&other.of_people);
        self.of_accounts.append(&other.of_accounts);
    }
}

/// What rows say again and again, by number.
#[derive(Clone, Debug, Default)]
struct Said {
    abouts: Vec<About>,
    about_numbers: HashMap<About, u32>,
    stages: Vec<StageId>,
    stage_numbers: HashMap<StageId, u16>,
}

impl Said {
    fn about(&mut self, about: About) -> u32 {
        let next = u32::try_from(self.abouts.len()).unwrap_or(u32::MAX);
        *self.about_numbers.entry(about).or_insert_with(|| {
            self.abouts.push(about);
            next
        })
    }

    fn stage(&mut self, stage: StageId) -> u16 {
        let next = u16::try_from(self.stages.len()).unwrap_or(u16::MAX);
        *self.stage_numbers.entry(stage).or_insert_with(|| {
            self.stages.push(stage);
            next
        })
    }
}

/// What a row says, besides of whom and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// That somebody was touched.
    Touch(About),
    /// That somebody entered a stage.
    Event {
        /// Which.
        stage: StageId,
        /// Whether that lay before what had already happened.
        backdated: bool,
    },
}

/// A row as it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) id: Uuid,
    pub(super) at: Timestamp,
    pub(super) recorded_at: Timestamp,
    pub(super) person_id: Option<Uuid>,
    pub(super) account_id: Option<Uuid>,
    pub(super) what: What,
    /// The row whose place it takes.
    pub(super) supersedes: Option<Uuid>,
    /// Whether it only takes that one back.
    pub(super) retracted: bool,
}

impl Recorded {
    /// A touch by numbers.
    const fn touch(&self, person: u32, account: u32, about: u32) -> TouchRow {
        TouchRow { id: self.id, at: self.at.micros(), recorded: self.recorded_at.micros(), person, account, about }
    }

    /// A stage event by numbers.
    const fn entry(&self, subject: u32, stage: u16, backdated: bool) -> EntryRow {
        EntryRow { subject, at: self.at.micros(), recorded: self.recorded_at.micros(), stage, backdated }
    }
}

/// Touches and stage events, complete up to a change. Clones share what is large.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    sequence: i64,
    people: Names,
    accounts: Names,
    said: Arc<Said>,
    most: Part,
    recent: Part,
}

impl Facts {
    /// The number of the last change they know.
    pub(super) const fn sequence(&self) -> i64 {
        self.sequence
    }

    /// How much memory they take.
    pub(super) fn bytes(&self) -> usize {
        let named = [&self.people, &self.accounts].map(|names| names.sorted_bytes() + names.bytes());
        self.most.bytes() + self.recent.bytes() + named.iter().sum::<usize>()
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.most.len() + self.recent.len()
    }

    fn parts(&self) -> [&Part; 2] {
        [&self.most, &self.recent]
    }

    fn touch(&self, row: TouchRow) -> Option<Touch> {
        Some(Touch {
            id: TouchId::from_uuid(row.id),
            at: Timestamp::from_micros(row.at),
            person_id: self.people.id(row.person).map(PersonId::from_uuid),
            account_id: self.accounts.id(row.account).map(AccountId::from_uuid),
            about: *self.said.abouts.get(row.about as usize)?,
        })
    }

    /// Hands out the touches of a time, in no order.
    pub fn touches(&self, when: &When, mut each: impl FnMut(Touch)) {
        for part in self.parts() {
            part.touches.all(&when.span(), when.as_of.micros(), |row| self.touch(row).into_iter().for_each(&mut each));
        }
    }

    /// The same, of a person.
    pub fn touches_of_person(&self, person: PersonId, when: &When, mut each: impl FnMut(Touch)) {
        let Some(person) = self.people.number(person.uuid()) else { return };
        for part in self.parts() {
            let each = |row| self.touch(row).into_iter().for_each(&mut each);
            part.touches.of_person(person, &when.span(), when.as_of.micros(), each);
        }
    }

    /// The same, of an account.
    pub fn touches_of_account(&self, account: AccountId, when: &When, mut each: impl FnMut(Touch)) {
        let Some(account) = self.accounts.number(account.uuid()) else { return };
        for part in self.parts() {
            let each = |row| self.touch(row).into_iter().for_each(&mut each);
            part.touches.of_account(account, &when.span(), when.as_of.micros(), each);
        }
    }

    const fn names(&self, whose: Whose) -> &Names {
        match whose {
            Whose::People => &self.people,
            Whose::Accounts => &self.accounts,
        }
    }

    fn entries(&self, whose: Whose) -> [&Entries; 2] {
        self.parts().map(|part| match whose {
            Whose::People => &part.of_people,
            Whose::Accounts => &part.of_accounts,
        })
    }

    fn wanted(&self, when: &When, stage: impl Fn(StageId) -> Option<u16>) -> Wanted {
        let stages = self.said.stages.iter().map(|id| stage(*id)).collect();
        Wanted { stages, span: when.span(), as_of: when.as_of.micros() }
    }

    /// Hands out the stage events of one subject in stages the caller has a number for, in no order.
    pub fn events_of(
        &self,
        (whose, subject): (Whose, Uuid),
        when: &When,
        stage: impl Fn(StageId) -> Option<u16>,
        mut each: impl FnMut(Entered),
    ) {
        let Some(number) = self.names(whose).number(subject) else { return };
        let wanted = self.wanted(when, stage);
        for entries in self.entries(whose) {
            entries.of(number, &wanted, |_, at, stage, backdated| each((Timestamp::from_micros(at), stage, backdated)));
        }
    }

    /// Hands out the stage events of all subjects in stages the caller has a number for: those of most subjects in the order of
    /// the ids and of time. Those of subjects who are apart, and of whom something is new, come last and in no order.
    pub fn events(
        &self,
        whose: Whose,
        when: &When,
        stage: impl Fn(StageId) -> Option<u16>,
        apart: impl IntoIterator<Item = Uuid>,
        mut each: impl FnMut(Uuid, Entered, Order),
    ) {
        let (names, wanted, [most, recent]) = (self.names(whose), self.wanted(when, stage), self.entries(whose));
        let mut last = vec![false; names.len()];
        for subject in apart.into_iter().filter_map(|id| names.number(id)).chain(recent.subjects()) {
            last.get_mut(subject as usize).into_iter().for_each(|last| *last = true);
        }
        let mut late = Vec::new();
        let mut subject_before = None;
        most.all(&wanted, |subject, at, stage, backdated| {
            let entered = (Timestamp::from_micros(at), stage, backdated);
            let (id, ordered) = match subject_before {
                Some((before, id, ordered)) if before == subject => (id, ordered),
                _ => (names.id(subject).unwrap_or_default(), !last.get(subject as usize).copied().unwrap_or_default()),
            };
            subject_before = Some((subject, id, ordered));
            if ordered { each(id, entered, Order::Sorted) } else { late.push((id, entered)) }
        });
        recent.all(&wanted, |subject, at, stage, backdated| {
            late.push((names.id(subject).unwrap_or_default(), (Timestamp::from_micros(at), stage, backdated)));
        });
        late.into_iter().for_each(|(id, entered)| each(id, entered, Order::Late));
    }
}

/// Whether an event comes in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Its subject stands in the order of the ids, and it in the order of time.
    Sorted,
    /// It comes when it comes.
    Late,
}

/// Facts while they are read for the first time.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    people: Numbering,
    accounts: Numbering,
    said: Said,
    part: Part,
    /// The ids of stage events, in the order of their rows.
    event_ids: [Vec<Uuid>; 2],
    /// When newer rows took the place of some.
    superseded: HashMap<Uuid, i64>,
}

impl Gathered {
    /// Takes a row in.
    pub(super) fn add(&mut self, row: &Recorded) {
        if let Some(superseded) = row.supersedes {
            self.superseded.insert(superseded, row.recorded_at.micros());
        }
        if row.retracted {
            return;
        }
        match row.what {
            What::Touch(about) => {
                let (person, account) = (self.people.number(row.person_id), self.accounts.number(row.account_id));
                self.part.touches.push(row.touch(person, account, self.said.about(about)));
            }
            What::Event { stage, backdated } => {
                let stage = self.said.stage(stage);
                let [people, accounts] = &mut self.event_ids;
                if row.person_id.is_some() {
                    self.part.of_people.push(row.entry(self.people.number(row.person_id), stage, backdated));
                    people.push(row.id);
                } else {
                    self.part.of_accounts.push(row.entry(self.accounts.number(row.account_id), stage, backdated));
                    accounts.push(row.id);
                }
            }
        }
    }

    /// How much memory they take by now, about.
    pub(super) fn bytes(&self) -> usize {
        self.part.bytes() + (self.people.len() + self.accounts.len()) * 2 * size_of::<Uuid>()
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.part.len()
    }

    /// Whether they are brought into order in no time.
    pub(super) fn is_small(&self) -> bool {
        self.part.len() <= FEW
    }

    /// Brings them into order. They are complete up to a change.
    pub(super) fn finish(self, sequence: i64) -> Facts {
        let Self { people, accounts, said, mut part, event_ids: [of_people, of_accounts], superseded } = self;
        part.touches.supersede_all(&superseded);
        let rows = |ids: Vec<Uuid>| {
            let found = ids.into_iter().enumerate().filter_map(|(row, id)| Some((row, *superseded.get(&id)?)));
            found.collect::<Vec<_>>()
        };
        if !superseded.is_empty() {
            part.of_people.supersede_rows(rows(of_people));
            part.of_accounts.supersede_rows(rows(of_accounts));
        }
        let ((people, new_people), (accounts, new_accounts)) = (people.finish(), accounts.finish());
        part.renumber(&new_people, &new_accounts);
        part.sort(people.len(), accounts.len());
        Facts { sequence, people, accounts, said: Arc::new(said), most: part, recent: Part::default() }
    }
}

/// Facts to which what was recorded since is added.
#[derive(Debug)]
pub(super) struct Renewed {
    facts: Facts,
    /// Rows that newer ones took the place of, and when.
    superseded: Vec<(Recorded, i64)>,
}

impl Renewed {
    pub(super) const fn new(facts: Facts) -> Self {
        Self { facts, superseded: Vec::new() }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether they are brought into order in no time.
    pub(super) fn is_small(&self) -> bool {
        self.facts.recent.len() <= FEW
    }

    /// Takes a row in.
    pub(super) fn add(&mut self, row: &Recorded) {
        if row.retracted {
            return;
        }
        let facts = &mut self.facts;
        match row.what {
            What::Touch(about) => {
                let (person, account) = (facts.people.number_or_new(row.person_id), facts.accounts.number_or_new(row.account_id));
                let known = facts.said.about_numbers.get(&about).copied();
                let about = known.unwrap_or_else(|| Arc::make_mut(&mut facts.said).about(about));
                facts.recent.touches.push(row.touch(person, account, about));
            }
            What::Event { stage, backdated } => {
                let known = facts.said.stage_numbers.get(&stage).copied();
                let stage = known.unwrap_or_else(|| Arc::make_mut(&mut facts.said).stage(stage));
                if row.person_id.is_some() {
                    facts.recent.of_people.push(row.entry(facts.people.number_or_new(row.person_id), stage, backdated));
                } else {
                    facts.recent.of_accounts.push(row.entry(facts.accounts.number_or_new(row.account_id), stage, backdated));
                }
            }
        }
    }

    /// Notes that a newer row took the place of one. One that only took another back never stood.
    pub(super) fn supersede(&mut self, row: Recorded, by: Timestamp) {
        if !row.retracted {
            self.superseded.push((row, by.micros()));
        }
    }

    /// Brings them into order; `None` where a row that was taken the place of is not there. They are complete up to a change.
    pub(super) fn finish(self, sequence: i64) -> Option<Facts> {
        let Self { mut facts, superseded } = self;
        facts.sequence = sequence;
        facts.recent.sort(facts.people.len(), facts.accounts.len());
        if !superseded.iter().all(|(row, by)| facts.supersede(row, *by)) {
            return None;
        }
        let (most, recent) = (facts.most.len(), facts.recent.len());
        Some(if recent > MANY.max(most / 8) { facts.joined() } else { facts })
    }
}

impl Facts {
    /// Notes that a newer row took the place of one; says whether it was there.
    fn supersede(&mut self, row: &Recorded, by: i64) -> bool {
        let number = |names: &Names, id: Option<Uuid>| id.map_or(Some(NOBODY), |id| names.number(id));
        let (Some(person), Some(account)) = (number(&self.people, row.person_id), number(&self.accounts, row.account_id)) else {
            return false;
        };
        let (most, recent) = (&mut self.most, &mut self.recent);
        match row.what {
            What::Touch(_) => {
                let place = (person, row.at.micros());
                recent.touches.supersede(row.id, place, by) || most.touches.supersede(row.id, place, by)
            }
            What::Event { stage, backdated } => {
                let Some(stage) = self.said.stage_numbers.get(&stage).copied() else { return false };
                if row.person_id.is_some() {
                    let entry = row.entry(person, stage, backdated);
                    recent.of_people.supersede(entry, by) || most.of_people.supersede(entry, by)
                } else {
                    let entry = row.entry(account, stage, backdated);
                    recent.of_accounts.supersede(entry, by) || most.of_accounts.supersede(entry, by)
                }
            }
        }
    }

    /// The two parts as one.
    pub(super) fn joined(&self) -> Self {
        let ((people, new_people), (accounts, new_accounts)) = (self.people.resorted(), self.accounts.resorted());
        let mut part = Part::default();
        part.append(&self.most);
        part.append(&self.recent);
        part.renumber(&new_people, &new_accounts);
        part.sort(people.len(), accounts.len());
        Self { sequence: self.sequence, people, accounts, said: Arc::clone(&self.said), most: part, recent: Part::default() }
    }
}
