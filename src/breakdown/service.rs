//! Which value each subject has.

use std::collections::HashMap;

use entity::ids::{AccountId, PersonId, SegmentId, TypedId};
use entity::segment;
use entity::time::Timestamp;
use uuid::Uuid;

pub use crate::metrics::dimension::{Dimension, Value};

use crate::buyers::service::{Affiliations, Canonical};
use crate::db::TenantTx;
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::journey::service::{TouchedWho, touch_values};
use crate::metrics::funnel::{Sets, Split, Touches};
use crate::pipeline::report::service::owned;
use crate::segments::service::Memberships;

/// Most segments of a question.
const MAX_SEGMENTS: usize = 20;

/// A breakdown as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedBreakdown {
    /// By what.
    pub by: Dimension,
    /// By which segments; `SEGMENT` alone has a use for them.
    pub segments: Option<Vec<SegmentId>>,
}

impl WantedBreakdown {
    /// By one dimension that needs nothing more.
    #[must_use]
    pub const fn by(by: Dimension) -> Self {
        Self { by, segments: None }
    }

    /// Goes on where it can be answered: a segment is one there is, named once.
    ///
    /// # Errors
    /// Problems with `breakdown.segments`.
    pub async fn check(&self, tx: &TenantTx) -> Result<()> {
        const FIELD: &str = "breakdown.segments";
        let named = match (&self.segments, self.by) {
            (None, Dimension::Segment) => {
                return Err(Error::invalid(FIELD, ProblemCode::Required, "SEGMENT needs the segments to split by"));
            }
            (None, _) => return Ok(()),
            (Some(_), by) if by != Dimension::Segment => {
                return Err(Error::invalid(FIELD, ProblemCode::Invalid, "only SEGMENT has a use for this"));
            }
            (Some(named), _) => named,
        };
        match named.len() {
            0 => return Err(Error::invalid(FIELD, ProblemCode::Required, "must not be empty")),
            1..=MAX_SEGMENTS => {}
            _ => return Err(Error::invalid(FIELD, ProblemCode::TooMany, format!("must be at most {MAX_SEGMENTS}"))),
        }
        let known = tx.existing::<segment::Entity>(named.iter().copied()).await?;
        let mut problems = Problems::new();
        for (index, segment) in named.iter().enumerate() {
            if !known.contains(segment) {
                problems.take::<()>(Err(Error::unknown(format!("{FIELD}.{index}"))))?;
            } else if named.iter().take(index).any(|other| other == segment) {
                problems.push(format!("{FIELD}.{index}"), ProblemCode::Taken, "is named twice");
            }
        }
        problems.check()
    }
}

/// Who is to be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectsOf {
    /// People, by the touches that name them.
    People,
    /// Accounts, by the touches that name them.
    Accounts,
    /// Accounts, by the touches that name them or somebody who buys for them.
    AccountsAndTheirPeople,
}

/// Those that are to be split: by number, in the order of their ids, each called as it is the same with others.
#[derive(Clone, Copy, Debug)]
pub struct Subjects<'a> {
    /// What they are.
    pub of: SubjectsOf,
    /// Their ids, rising.
    pub ids: &'a [Uuid],
    /// Who is the same as one of them.
    pub same: &'a Canonical,
}

impl Subjects<'_> {
    /// The number of the one that an id stands for.
    #[must_use]
    pub fn number(&self, id: Uuid) -> Option<u32> {
        self.ids.binary_search(&self.same.uuid(id)).ok().and_then(|index| u32::try_from(index).ok())
    }

    /// The account that each of them is, or buys for.
    fn accounts(&self, affiliations: &Affiliations) -> Vec<Option<AccountId>> {
        let account = |id: &Uuid| match self.of {
            SubjectsOf::People => affiliations.buying_for(PersonId::from_uuid(*id)),
            SubjectsOf::Accounts | SubjectsOf::AccountsAndTheirPeople => Some(affiliations.account(AccountId::from_uuid(*id))),
        };
        self.ids.iter().map(account).collect()
    }
}

/// What subjects are split by, as it was read.
#[derive(Debug)]
pub enum Found {
    /// Nothing.
    Whole,
    /// Values with their moments.
    Values(Columns),
    /// The members of each segment.
    Segments(Vec<SegmentId>, Vec<Vec<u32>>),
}

impl Found {
    /// How many rows it takes to count.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Whole => 0,
            Self::Values(columns) => columns.subject.len(),
            Self::Segments(_, members) => members.iter().map(Vec::len).sum(),
        }
    }

    /// Whether there is nothing to count.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Brings it into order.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn finish(self) -> Result<Groups> {
        match self {
            Self::Whole => Ok(Groups::default()),
            Self::Values(columns) => columns.finish(),
            Self::Segments(segments, members) => Ok(Groups {
                split: Split::Sets(Sets::new(members).map_err(Error::internal)?),
                values: segments.into_iter().map(Value::Segment).collect(),
            }),
        }
    }
}

/// Reads what subjects are split by, from what happened until an instant and was known as of another one.
///
/// # Errors
/// What the database says.
pub async fn read(
    tx: &TenantTx,
    breakdown: Option<&WantedBreakdown>,
    subjects: Subjects<'_>,
    (until, as_of): (Timestamp, Timestamp),
) -> Result<Found> {
    let Some(WantedBreakdown { by, segments }) = breakdown else { return Ok(Found::Whole) };
    match by {
        Dimension::Segment => {
            let segments = segments.clone().unwrap_or_default();
            let members = members(tx, &segments, subjects, as_of).await?;
            Ok(Found::Segments(segments, members))
        }
        Dimension::Owner => owners(tx, subjects, (until, as_of)).await.map(Found::Values),
        Dimension::Channel | Dimension::Tactic | Dimension::Resource | Dimension::Team => {
            touched(tx, *by, subjects, (until, as_of)).await.map(Found::Values)
        }
    }
}

async fn members(tx: &TenantTx, segments: &[SegmentId], subjects: Subjects<'_>, as_of: Timestamp) -> Result<Vec<Vec<u32>>> {
    let affiliations = Affiliations::load(tx, as_of).await?;
    let memberships = Memberships::load(tx, Some(segments), None, affiliations.accounts(), as_of).await?;
    let accounts = subjects.accounts(&affiliations);
    let of = |segment: &SegmentId| {
        let belongs = |account: AccountId| memberships.belongs(*segment, account) == Some(true);
        (0..).zip(&accounts).filter(|(_, account)| account.is_some_and(belongs)).map(|(number, _)| number).collect()
    };
    Ok(segments.iter().map(of).collect())
}

async fn owners(tx: &TenantTx, subjects: Subjects<'_>, (until, as_of): (Timestamp, Timestamp)) -> Result<Columns> {
    let affiliations = Affiliations::load(tx, as_of).await?;
    let mut by_account: HashMap<AccountId, Vec<u32>> = HashMap::new();
    for (number, account) in (0..).zip(subjects.accounts(&affiliations)) {
        if let Some(account) = account {
            by_account.entry(account).or_default().push(number);
        }
    }
    let mut columns = Columns::of(Dimension::Owner);
    for owned in owned(tx, as_of).await?.iter().filter(|owned| owned.opened_at <= until) {
        for subject in by_account.get(&affiliations.account(owned.account)).into_iter().flatten() {
            columns.push(*subject, owned.opened_at, Value::Owner(owned.owner));
        }
    }
    Ok(columns)
}

async fn touched(tx: &TenantTx, by: Dimension, subjects: Subjects<'_>, (until, as_of): (Timestamp, Timestamp)) -> Result<Columns> {
    let mut columns = Columns::of(by);
    let (who, affiliations) = match subjects.of {
        SubjectsOf::People => (TouchedWho::People, None),
        SubjectsOf::Accounts => (TouchedWho::Accounts, None),
        SubjectsOf::AccountsAndTheirPeople => (TouchedWho::Anybody, Some(Affiliations::load(tx, as_of).await?)),
    };
    touch_values(tx, by, who, (until, as_of), |touch| {
        let named = match subjects.of {
            SubjectsOf::People => touch.person_id.map(|person| person.uuid()),
            SubjectsOf::Accounts | SubjectsOf::AccountsAndTheirPeople => touch.account_id.map(|account| account.uuid()),
        };
        let named = named.and_then(|id| subjects.number(id));
        let buying_for = affiliations.as_ref().zip(touch.person_id).and_then(|(known, person)| known.buying_for(person));
        let theirs = buying_for.and_then(|account| subjects.number(account.uuid())).filter(|number| named != Some(*number));
        for subject in named.into_iter().chain(theirs) {
            columns.push(subject, touch.at, touch.value);
        }
    })
    .await?;
    Ok(columns)
}

/// Values with their moments, as columns while they come in.
#[derive(Debug, Default)]
pub struct Columns {
    subject: Vec<u32>,
    occurred_at: Vec<Timestamp>,
    value: Vec<u32>,
    values: Vec<Value>,
    numbers: HashMap<Value, u32>,
}

impl Columns {
    /// Knows the values of closed sets from the start, so that a group without subjects can still be asked for.
    fn of(by: Dimension) -> Self {
        let mut columns = Self::default();
        for value in by.closed() {
            columns.number(value);
        }
        columns
    }

    fn push(&mut self, subject: u32, at: Timestamp, value: Value) {
        let value = self.number(value);
        self.subject.push(subject);
        self.occurred_at.push(at);
        self.value.push(value);
    }

    fn number(&mut self, value: Value) -> u32 {
        let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(value).or_insert_with(|| {
            self.values.push(value);
            next
        })
    }

    /// Numbers rise with the values, so that the order in which rows came decides nothing.
    fn finish(self) -> Result<Groups> {
        let mut sorted = self.values.clone();
        sorted.sort_unstable();
        let place = |value: &Value| sorted.binary_search(value).ok().and_then(|index| u32::try_from(index).ok()).unwrap_or_default();
        let renumbered: Vec<u32> = self.values.iter().map(place).collect();
        let value = self.value.iter().filter_map(|old| renumbered.get(*old as usize).copied()).collect();
        let touches = Touches::new(self.subject, self.occurred_at, value).map_err(Error::internal)?;
        Ok(Groups { split: Split::Latest(touches), values: sorted })
    }
}

/// The groups of an answer, by number.
#[derive(Debug, Default)]
pub struct Groups {
    split: Split,
    values: Vec<Value>,
}

impl Groups {
    /// How the answer is split.
    #[must_use]
    pub const fn split(&self) -> &Split {
        &self.split
    }

    /// What those in a group have in common.
    #[must_use]
    pub fn value(&self, number: u32) -> Option<Value> {
        self.values.get(number as usize).copied()
    }

    /// What a subject has in common with others, at a moment.
    #[must_use]
    pub fn of(&self, subject: u32, at: Timestamp) -> Vec<Value> {
        self.split.groups(subject, at).into_iter().filter_map(|number| self.value(number)).collect()
    }

    /// The number of the group with a key; `Some(None)` for the one without a value.
    ///
    /// # Errors
    /// Problems with `group` where there are no groups, `group.value` where there is no such.
    pub fn wanted(&self, group: Option<&Option<String>>) -> Result<Option<Option<u32>>> {
        match group {
            None => Ok(None),
            Some(_) if self.split.is_whole() => Err(Error::invalid("group", ProblemCode::Invalid, "this answer has no breakdown")),
            Some(None) => Ok(Some(None)),
            Some(Some(key)) => {
                let place = (0..).zip(&self.values).find(|(_, value)| value.key() == *key);
                let no_group = || Error::invalid("group.value", ProblemCode::NotFound, "this answer has no such group");
                Ok(Some(Some(place.ok_or_else(no_group)?.0)))
            }
        }
    }
}
