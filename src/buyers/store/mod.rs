//! Queries on accounts and people.

mod identities;

use std::collections::HashSet;

use entity::ids::{AccountId, PersonId, TypedId};
use entity::kinds::PersonKind;
use entity::time::Timestamp;
use entity::{account, consent, person};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

pub(super) use identities::{
    Ever, Held, affiliations, domains, emails, ends_of, newest_pointer, people_ever_of, people_known, pointers, pointers_about,
    pointers_ever, pointers_listed,
};

use super::service::{AccountFilter, PersonFilter};
use crate::db::{Cursor, Scoped, Sorted, TenantTx, TenantWrite};
use crate::error::Result;

/// Most ids of one statement.
const CHUNK: usize = 500;

impl Sorted for account::Entity {
    fn sort_column() -> Option<account::Column> {
        None
    }

    fn cursor(row: &account::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

impl Sorted for person::Entity {
    fn sort_column() -> Option<person::Column> {
        None
    }

    fn cursor(row: &person::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

/// What holds a text, whose `%` and `_` stand for themselves. Both sides are in lower case already.
fn holding(text: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('\\')
}

/// The accounts that pass a filter.
pub(super) fn accounts<'tx>(tx: &'tx TenantTx, filter: &AccountFilter) -> Scoped<'tx, account::Entity> {
    let condition = Condition::all()
        .add_option(filter.search.as_deref().map(|text| account::Column::SearchKey.like(holding(text))))
        .add_option(filter.source.as_deref().map(|source| account::Column::Source.eq(source)));
    tx.find().filter(condition)
}

/// The people who pass a filter.
pub(super) fn people<'tx>(tx: &'tx TenantTx, filter: &PersonFilter) -> Scoped<'tx, person::Entity> {
    let condition = Condition::all()
        .add_option(filter.search.as_deref().map(|text| person::Column::SearchKey.like(holding(text))))
        .add_option(filter.email.as_deref().map(|email| person::Column::Email.eq(email)))
        .add_option(filter.kind.map(|kind| person::Column::Kind.eq(kind)))
        .add_option(filter.account_id.map(|account| person::Column::AccountId.eq(account)))
        .add_option(filter.source.as_deref().map(|source| person::Column::Source.eq(source)))
        .add_option(filter.consented_to.map(|purpose| {
            let granted = tx.everything::<consent::Entity>().granting(purpose).newest();
            let granted = person::Column::Id.in_subquery(granted.subquery(consent::Column::PersonId));
            Condition::all().add(person::Column::ErasedAt.is_null()).add(granted)
        }));
    tx.find().filter(condition)
}

/// The people who buy for one of some accounts.
pub(super) fn people_of<'tx>(tx: &'tx TenantTx, accounts: &[AccountId]) -> Scoped<'tx, person::Entity> {
    tx.find().filter(person::Column::AccountId.is_in(accounts.iter().copied()))
}

/// The accounts that were recorded by an instant, in the order of their ids.
pub(super) async fn accounts_as_of(tx: &TenantTx, as_of: Timestamp) -> Result<Vec<AccountId>> {
    let mut found = Vec::new();
    let recorded = tx.everything::<account::Entity>().filter(account::Column::RecordedAt.lte(as_of));
    recorded.rows([account::Column::Id], |row| row.try_get_by_index(0).map(|id| found.push(id))).await?;
    found.sort_unstable();
    Ok(found)
}

/// The column by which people belong to accounts.
pub(super) const PERSON_ACCOUNT: person::Column = person::Column::AccountId;

/// An account, held until the transaction ends.
pub(super) async fn account_locked(tx: &TenantTx, id: AccountId) -> Result<Option<account::Model>> {
    tx.find::<account::Entity>().filter(account::Column::Id.eq(id)).locked().one().await
}

/// A person, held until the transaction ends.
pub(super) async fn person_locked(tx: &TenantTx, id: PersonId) -> Result<Option<person::Model>> {
    tx.find::<person::Entity>().filter(person::Column::Id.eq(id)).locked().one().await
}

/// Those of some accounts that exist, held until the transaction ends. Always in the order of their ids, so that two
/// transactions never wait for each other.
pub(super) async fn accounts_locked(tx: &TenantTx, ids: &[AccountId]) -> Result<HashSet<AccountId>> {
    let mut found = HashSet::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let rows = tx.find::<account::Entity>().filter(account::Column::Id.is_in(some.iter().copied())).order_by_asc(account::Column::Id);
        rows.locked().rows([account::Column::Id], |row| row.try_get_by_index::<AccountId>(0).map(|id| found.extend([id]))).await?;
    }
    Ok(found)
}

/// Holds some accounts until the transaction ends, whether the caller sees them or not, and counts those there are. In the order of
/// their ids, as everybody holds them. What they are is not told.
pub(super) async fn accounts_kept(tx: &TenantTx, ids: &[AccountId]) -> Result<usize> {
    let mut count = 0;
    for some in ids.chunks(CHUNK) {
        let rows = tx.everything::<account::Entity>().filter(account::Column::Id.is_in(some.iter().copied()));
        let rows = rows.order_by_asc(account::Column::Id).locked();
        rows.rows([account::Column::Id], |_| {
            count += 1;
            Ok(())
        })
        .await?;
    }
    Ok(count)
}

/// Holds some people until the transaction ends, whether the caller sees them or not, in the order of their ids, as everybody
/// holds them.
pub(super) async fn people_kept(tx: &TenantTx, ids: &[PersonId]) -> Result<()> {
    for some in ids.chunks(CHUNK) {
        let rows = tx.everything::<person::Entity>().filter(person::Column::Id.is_in(some.iter().copied()));
        rows.order_by_asc(person::Column::Id).locked().rows([person::Column::Id], |_| Ok(())).await?;
    }
    Ok(())
}

/// How people are kept as they are until a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// Nobody else holds them meanwhile.
    Alone,
    /// Others may hold them so too.
    Together,
}

/// Those of some people who exist, and those of them who were erased, held until the transaction ends, in the order of their
/// ids.
pub(super) async fn people_held(tx: &TenantTx, ids: &[PersonId], hold: Hold) -> Result<(HashSet<PersonId>, HashSet<PersonId>)> {
    let (mut found, mut erased) = (HashSet::with_capacity(ids.len()), HashSet::new());
    for some in ids.chunks(CHUNK) {
        let rows = tx.find::<person::Entity>().filter(person::Column::Id.is_in(some.iter().copied())).order_by_asc(person::Column::Id);
        let rows = if hold == Hold::Alone { rows.locked() } else { rows.shared() };
        rows.rows([person::Column::Id, person::Column::ErasedAt], |row| {
            let id: PersonId = row.try_get_by_index(0)?;
            found.insert(id);
            if row.try_get_by_index::<Option<Timestamp>>(1)?.is_some() {
                erased.insert(id);
            }
            Ok(())
        })
        .await?;
    }
    Ok((found, erased))
}

/// Whether a person was erased, seen by the caller or not. They are kept as they are until the transaction ends.
pub(super) async fn is_erased(tx: &TenantTx, id: PersonId) -> Result<bool> {
    let row = tx.everything::<person::Entity>().filter(person::Column::Id.eq(id)).shared().one().await?;
    Ok(row.is_some_and(|row| row.erased_at.is_some()))
}

/// The oldest of the people with an address whom the caller sees and who were not erased.
pub(super) async fn oldest_with_email(tx: &TenantTx, email: &str) -> Result<Option<PersonId>> {
    let rows = tx.find::<person::Entity>().filter(person::Column::Email.eq(email)).filter(person::Column::ErasedAt.is_null());
    Ok(rows.order_by_asc(person::Column::Id).one().await?.map(|row| row.id))
}

/// Those of some people who are known, and those of some accounts that have a person who is.
pub(super) async fn identified(
    tx: &TenantTx,
    people: &[PersonId],
    accounts: &[AccountId],
) -> Result<(HashSet<PersonId>, HashSet<AccountId>)> {
    let known = || tx.everything::<person::Entity>().filter(person::Column::Kind.eq(PersonKind::Known));
    let (mut found, mut with) = (HashSet::new(), HashSet::new());
    for some in people.chunks(CHUNK) {
        let rows = known().filter(person::Column::Id.is_in(some.iter().copied()));
        rows.rows([person::Column::Id], |row| row.try_get_by_index::<PersonId>(0).map(|id| found.extend([id]))).await?;
    }
    for some in accounts.chunks(CHUNK) {
        let rows = known().filter(person::Column::AccountId.is_in(some.iter().copied()));
        rows.rows([person::Column::AccountId], |row| row.try_get_by_index::<AccountId>(0).map(|id| with.extend([id]))).await?;
    }
    Ok((found, with))
}

/// Writes what an account may change.
pub(super) async fn update_account(tx: &TenantWrite, row: &account::Model) -> Result<()> {
    let changes = account::ActiveModel {
        name: Set(row.name.clone()),
        domain: Set(row.domain.clone()),
        owner_id: Set(row.owner_id),
        generated_at: Set(row.generated_at),
        search_key: Set(row.search_key.clone()),
        version: Set(row.version),
        ..Default::default()
    };
    tx.update::<account::Entity>(row.id, changes).await
}

/// Writes when accounts became customers, as the rows say, and counts the change.
pub(super) async fn note_generated(tx: &TenantWrite, rows: &[account::Model]) -> Result<()> {
    let moments = rows.iter().filter_map(|row| Some((row.id, row.generated_at?))).collect();
    tx.update_each::<account::Entity, _>(account::Column::GeneratedAt, account::Column::Version, moments).await
}

/// Writes what a person may change.
pub(super) async fn update_person(tx: &TenantWrite, row: &person::Model) -> Result<()> {
    let changes = person::ActiveModel {
        kind: Set(row.kind),
        name: Set(row.name.clone()),
        email: Set(row.email.clone()),
        account_id: Set(row.account_id),
        owner_id: Set(row.owner_id),
        known_at: Set(row.known_at),
        search_key: Set(row.search_key.clone()),
        version: Set(row.version),
        ..Default::default()
    };
    tx.update::<person::Entity>(row.id, changes).await
}
