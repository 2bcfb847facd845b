//! Many items in one call: each is recorded, known already, or rejected with its reasons, and the rest goes on.

use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;

use entity::ids::TypedId;
use entity::tenant::TenantEntity;
use sea_orm::{ModelTrait, Value};
use serde::{Deserialize, Serialize};

use super::external::Named;
use super::idempotency::{Idempotent, remember};
use super::tenant::TenantWrite;
use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::input::ExternalId;

/// Most items of one call.
pub const MAX_ITEMS: usize = 1_000;

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It was written.
    Recorded(T),
    /// It had been written before, with the same content.
    Unchanged(T),
    /// It was not accepted. The fields are those of the item.
    Rejected(Vec<Problem>),
}

/// An item that was looked at by itself: the row it would become, or why it cannot.
pub type Checked<T> = Result<T, Vec<Problem>>;

/// Keeps problems with an item apart from failures of the whole call.
///
/// # Errors
/// Anything that is not a problem with the input.
pub fn checked<T>(result: Result<T>) -> Result<Checked<T>> {
    match result {
        Ok(row) => Ok(Ok(row)),
        Err(Error::Invalid(problems)) => Ok(Err(problems)),
        Err(other) => Err(other),
    }
}

/// The outcome of the one item of a call.
///
/// # Errors
/// The problems of the item.
pub fn only<T>(outcomes: Vec<Outcome<T>>) -> Result<T> {
    match outcomes.into_iter().next() {
        Some(Outcome::Recorded(row) | Outcome::Unchanged(row)) => Ok(row),
        Some(Outcome::Rejected(problems)) => Err(Error::Invalid(problems)),
        None => Err(Error::broken("one item has one outcome")),
    }
}

/// Records items that a name tells apart, one after another. What is called so already stays as it is.
///
/// # Errors
/// What `record` fails with, except for problems: these are the outcome of the item.
pub async fn each_once<T: Clone, N>(
    known: impl IntoIterator<Item = (String, T)>,
    items: &[N],
    name: impl Fn(&N) -> String,
    record: impl AsyncFn(&N) -> Result<T>,
) -> Result<Vec<Outcome<T>>> {
    let mut known: HashMap<String, T> = known.into_iter().collect();
    let mut outcomes = Vec::with_capacity(items.len());
    for new in items {
        let name = name(new);
        outcomes.push(match known.get(&name) {
            Some(row) => Outcome::Unchanged(row.clone()),
            None => match checked(record(new).await)? {
                Err(problems) => Outcome::Rejected(problems),
                Ok(row) => {
                    known.insert(name, row.clone());
                    Outcome::Recorded(row)
                }
            },
        });
    }
    Ok(outcomes)
}

/// A call with many items that may be repeated.
#[derive(Debug)]
pub struct BulkCall<E> {
    once: Idempotent,
    table: PhantomData<E>,
}

/// An outcome as it is kept: the row is found again by its id.
#[derive(Debug, Serialize, Deserialize)]
enum Kept {
    Recorded(String),
    Unchanged(String),
    Rejected(Vec<Problem>),
}

impl<E: TenantEntity> BulkCall<E> {
    /// Names the call by the caller's key and its items.
    ///
    /// # Errors
    /// A problem with `items` where there are none or more than [`MAX_ITEMS`], or with the key.
    pub fn new<I: Serialize>(key: Option<&str>, operation: &'static str, items: &[I]) -> Result<Self> {
        match items.len() {
            0 => Err(Error::invalid("items", ProblemCode::Required, "must not be empty")),
            1..=MAX_ITEMS => Ok(Self { once: Idempotent::new(key, operation, &items)?, table: PhantomData }),
            _ => Err(Error::invalid("items", ProblemCode::TooMany, format!("must be at most {MAX_ITEMS}"))),
        }
    }

    /// The outcomes of the first time, if there was one. The rows are as they are now.
    ///
    /// # Errors
    /// A problem where the key was used with other input, or by somebody else.
    pub async fn recall(&self, tx: &TenantWrite) -> Result<Option<Vec<Outcome<E::Model>>>> {
        let Some(kept) = self.once.recall::<Vec<Kept>>(tx).await? else { return Ok(None) };
        let mut ids = Vec::new();
        for kept in &kept {
            if let Kept::Recorded(id) | Kept::Unchanged(id) = kept {
                ids.push(read_id::<E>(id)?);
            }
        }
        // What the caller was shown the first time they may be shown again.
        let rows = tx.get_many_of_all::<E>(ids).await?;
        let rows = rows.into_iter().map(|row| Ok((written_id::<E>(&row)?, row))).collect::<Result<HashMap<String, E::Model>>>()?;
        let row = |id: &str| rows.get(id).cloned().ok_or(Error::broken("a remembered row exists"));
        let outcomes = kept.into_iter().map(|kept| match kept {
            Kept::Recorded(id) => row(&id).map(Outcome::Recorded),
            Kept::Unchanged(id) => row(&id).map(Outcome::Unchanged),
            Kept::Rejected(problems) => Ok(Outcome::Rejected(problems)),
        });
        outcomes.collect::<Result<_>>().map(Some)
    }

    /// Keeps the outcomes for the next time and makes the changes last. Where every item was rejected nothing is
    /// written and the key stays free.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the same key is being used at the same time.
    pub async fn commit<P: Grant>(self, tx: TenantWrite, scope: &Scope<P>, outcomes: &[Outcome<E::Model>]) -> Result<()> {
        if outcomes.iter().all(|outcome| matches!(outcome, Outcome::Rejected(_))) {
            return Ok(());
        }
        let kept = outcomes.iter().map(|outcome| match outcome {
            Outcome::Recorded(row) => written_id::<E>(row).map(Kept::Recorded),
            Outcome::Unchanged(row) => written_id::<E>(row).map(Kept::Unchanged),
            Outcome::Rejected(problems) => Ok(Kept::Rejected(problems.clone())),
        });
        let kept = kept.collect::<Result<Vec<Kept>>>()?;
        remember(&tx, &self.once, scope.next_id(), scope.now(), &kept).await?;
        tx.commit().await
    }
}

/// The id of a row as text.
fn written_id<E: TenantEntity>(row: &E::Model) -> Result<String> {
    match row.get(E::id_column()) {
        Value::Uuid(Some(id)) => Ok(E::Id::from_uuid(id).to_string()),
        _ => Err(Error::broken("an id is a UUID")),
    }
}

fn read_id<E: TenantEntity>(text: &str) -> Result<E::Id> {
    E::Id::parse(text).map_err(|_| Error::broken("a remembered id has its form"))
}

/// Why a caller who is bound to the objects of one system may not record or change an object, if they may not.
pub(super) fn outside(bound: Option<&str>, source: Option<&str>) -> Option<Problem> {
    let bound = bound.filter(|&bound| source != Some(bound))?;
    let message = format!("you may do this with objects of {bound} only");
    Some(Problem { field: "externalId.source".to_owned(), code: ProblemCode::NotAllowed, message })
}

/// Why an item is refused whose name is known with other content.
#[must_use]
pub fn conflict() -> Problem {
    let message = "this external id is known with other content".to_owned();
    Problem { field: "externalId".to_owned(), code: ProblemCode::ExternalIdConflict, message }
}

/// Why what was erased is not recorded again.
#[must_use]
pub fn erased(field: &str) -> Problem {
    let message = "whoever had this name was erased, and is not recorded again".to_owned();
    Problem { field: field.to_owned(), code: ProblemCode::Erased, message }
}

/// The outcomes of a batch while its items are looked at one after the other. Nothing is written before
/// [`Batch::insert`].
#[derive(Debug)]
pub struct Batch<E: Named> {
    stored: HashMap<ExternalId, E::Model>,
    hidden: HashSet<ExternalId>,
    erased: HashSet<ExternalId>,
    fresh: HashMap<ExternalId, usize>,
    /// The only system whose objects the caller records.
    source: Option<String>,
    outcomes: Vec<Outcome<E::Model>>,
}

impl<E: Named> Batch<E> {
    /// Begins a batch in which some rows will be offered.
    ///
    /// # Errors
    /// What the database says.
    pub async fn begin<'a>(tx: &TenantWrite, rows: impl Iterator<Item = &'a E::Model>) -> Result<Self>
    where
        E::Model: 'a,
    {
        let names: Vec<ExternalId> = rows.filter_map(E::external_id).collect();
        let stored = tx.get_named::<E>(&names).await?;
        let hidden = tx.hidden_names::<E>(&names, &stored).await?;
        // Looked up after the rows: a name that leaves its row meanwhile is found here.
        let unknown = names.iter().filter(|name| !stored.contains_key(name)).cloned().collect();
        let erased = tx.erased_names::<E>(unknown).await?;
        let source = tx.bound().map(str::to_owned);
        Ok(Self { stored, hidden, erased, fresh: HashMap::with_capacity(names.len()), source, outcomes: Vec::new() })
    }

    /// Whether a row with this external id was written before, in this batch or earlier. Then its outcome is settled:
    /// unchanged where the content is the same, else rejected; as is a row that the caller may not record. What was erased
    /// stays so.
    pub fn knows(&mut self, offered: &E::Model, same: impl Fn(&E::Model, &E::Model) -> bool) -> bool {
        let name = E::external_id(offered);
        if let Some(problem) = outside(self.source.as_deref(), name.as_ref().map(|name| name.source.as_str())) {
            self.reject(vec![problem]);
            return true;
        }
        let Some(name) = name else { return false };
        let earlier = self.fresh.get(&name).and_then(|&index| self.outcomes.get(index));
        let outcome = match (self.stored.get(&name), earlier) {
            (Some(row), _) | (None, Some(Outcome::Recorded(row))) if same(row, offered) => Outcome::Unchanged(row.clone()),
            (Some(_), _) | (None, Some(Outcome::Recorded(_))) => Outcome::Rejected(vec![conflict()]),
            // Of a row the caller does not see they learn no more than that the name is taken.
            _ if self.hidden.contains(&name) => Outcome::Rejected(vec![conflict()]),
            _ if self.erased.contains(&name) => Outcome::Rejected(vec![erased("externalId")]),
            _ => return false,
        };
        self.outcomes.push(outcome);
        true
    }

    /// The row will be written.
    pub fn record(&mut self, row: E::Model) {
        if let Some(name) = E::external_id(&row) {
            self.fresh.insert(name, self.outcomes.len());
        }
        self.outcomes.push(Outcome::Recorded(row));
    }

    /// The item is not accepted.
    pub fn reject(&mut self, problems: Vec<Problem>) {
        self.outcomes.push(Outcome::Rejected(problems));
    }

    /// Settles items that need no more than what was checked of each alone.
    pub fn settle(&mut self, rows: Vec<Checked<E::Model>>, same: impl Fn(&E::Model, &E::Model) -> bool) {
        for row in rows {
            match row {
                Err(problems) => self.reject(problems),
                Ok(row) if self.knows(&row, &same) => {}
                Ok(row) => self.record(row),
            }
        }
    }

    /// Writes what was recorded and gives the outcomes, in the order of the items.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert(self, tx: &TenantWrite) -> Result<Vec<Outcome<E::Model>>> {
        let recorded =
            self.outcomes.iter().filter_map(|outcome| if let Outcome::Recorded(row) = outcome { Some(row.clone()) } else { None });
        tx.insert_many::<E>(&recorded.collect::<Vec<_>>()).await?;
        Ok(self.outcomes)
    }
}
