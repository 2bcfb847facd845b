//! Who is whom, and who buys for whom.

use std::collections::HashMap;

use entity::ids::{AccountId, IdentityPointerId, PersonId, TypedId};
use entity::time::Timestamp;
use entity::{account, affiliation, identification, identity_pointer, identity_pointer_end, person};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::CHUNK;
use crate::buyers::service::{BuyerKind, Identity};
use crate::db::{Cursor, Scoped, Sorted, TenantTx};
use crate::error::Result;

impl Sorted for identity_pointer::Entity {
    fn sort_column() -> Option<identity_pointer::Column> {
        None
    }

    fn cursor(row: &identity_pointer::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

/// A pointer that holds.
#[derive(Clone, Copy, Debug)]
pub(in crate::buyers) struct Held {
    pub(in crate::buyers) from: Uuid,
    pub(in crate::buyers) to: Uuid,
    pub(in crate::buyers) since: Timestamp,
}

/// The columns that pointers between buyers of a kind lead from and to.
const fn columns(kind: BuyerKind) -> (identity_pointer::Column, identity_pointer::Column) {
    use identity_pointer::Column::{FromAccountId, FromPersonId, ToAccountId, ToPersonId};
    match kind {
        BuyerKind::Person => (FromPersonId, ToPersonId),
        BuyerKind::Account => (FromAccountId, ToAccountId),
    }
}

async fn held(tx: &TenantTx, kind: BuyerKind, narrowed: Condition, as_of: Timestamp) -> Result<Vec<Held>> {
    let (from, to) = columns(kind);
    let ended = tx.everything::<identity_pointer_end::Entity>().filter(identity_pointer_end::Column::RecordedAt.lte(as_of));
    // Asked for each pointer by itself: most pointers that ended are of others.
    let of_this = Expr::col((identity_pointer_end::Entity, identity_pointer_end::Column::PointerId))
        .equals((identity_pointer::Entity, identity_pointer::Column::Id));
    let rows = tx
        .everything::<identity_pointer::Entity>()
        .filter(from.is_not_null())
        .filter(identity_pointer::Column::RecordedAt.lte(as_of))
        .filter(Expr::exists(ended.filter(of_this).subquery(identity_pointer_end::Column::PointerId)).not())
        .filter(narrowed);
    let mut found = Vec::new();
    rows.rows([from, to, identity_pointer::Column::RecordedAt], |row| {
        found.push(Held { from: row.try_get_by_index(0)?, to: row.try_get_by_index(1)?, since: row.try_get_by_index(2)? });
        Ok(())
    })
    .await?;
    Ok(found)
}

/// Every pointer between buyers of a kind that held at an instant.
pub(in crate::buyers) async fn pointers(tx: &TenantTx, kind: BuyerKind, as_of: Timestamp) -> Result<Vec<Held>> {
    held(tx, kind, Condition::all(), as_of).await
}

/// The pointers from and to some buyers that held at an instant.
pub(in crate::buyers) async fn pointers_about(tx: &TenantTx, kind: BuyerKind, ids: &[Uuid], as_of: Timestamp) -> Result<Vec<Held>> {
    let (from, to) = columns(kind);
    let mut found = Vec::new();
    for some in ids.chunks(CHUNK) {
        let about = Condition::any().add(from.is_in(some.iter().copied())).add(to.is_in(some.iter().copied()));
        found.extend(held(tx, kind, about, as_of).await?);
    }
    Ok(found)
}

/// A pointer, for as long as it held.
#[derive(Clone, Copy, Debug)]
pub(in crate::buyers) struct Ever {
    pub(in crate::buyers) from: Uuid,
    pub(in crate::buyers) to: Uuid,
    pub(in crate::buyers) since: Timestamp,
    pub(in crate::buyers) until: Option<Timestamp>,
}

/// Every pointer between buyers of a kind that was recorded until an instant, with its end where that was recorded too.
pub(in crate::buyers) async fn pointers_ever(tx: &TenantTx, kind: BuyerKind, as_of: Timestamp) -> Result<Vec<Ever>> {
    use identity_pointer::Column::{Id, RecordedAt};
    let (from, to) = columns(kind);
    let mut ends: HashMap<IdentityPointerId, Timestamp> = HashMap::new();
    let rows = tx.everything::<identity_pointer_end::Entity>().filter(identity_pointer_end::Column::RecordedAt.lte(as_of));
    rows.rows([identity_pointer_end::Column::PointerId, identity_pointer_end::Column::RecordedAt], |row| {
        ends.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        Ok(())
    })
    .await?;
    let mut found = Vec::new();
    let rows = tx.everything::<identity_pointer::Entity>().filter(from.is_not_null()).filter(RecordedAt.lte(as_of));
    rows.rows([from, to, RecordedAt, Id], |row| {
        let until = ends.get(&row.try_get_by_index::<IdentityPointerId>(3)?).copied();
        found.push(Ever { from: row.try_get_by_index(0)?, to: row.try_get_by_index(1)?, since: row.try_get_by_index(2)?, until });
        Ok(())
    })
    .await?;
    Ok(found)
}

/// The pointers of buyers that the caller sees, ended or not, of one buyer where one is named.
pub(in crate::buyers) fn pointers_listed(tx: &TenantTx, about: Option<Identity>) -> Scoped<'_, identity_pointer::Entity> {
    let condition = about.map(|identity| {
        let (from, to) = columns(identity.kind());
        Condition::any().add(from.eq(identity.uuid())).add(to.eq(identity.uuid()))
    });
    tx.find::<identity_pointer::Entity>().filter(Condition::all().add_option(condition))
}

/// The pointer from one buyer to another one that was made last, ended or not.
pub(in crate::buyers) async fn newest_pointer(tx: &TenantTx, from: Identity, to: Identity) -> Result<Option<identity_pointer::Model>> {
    let (of, at) = columns(from.kind());
    let rows = tx.everything::<identity_pointer::Entity>().filter(of.eq(from.uuid())).filter(at.eq(to.uuid()));
    rows.order_by_desc(identity_pointer::Column::RecordedAt).order_by_desc(identity_pointer::Column::Id).one().await
}

/// The ends of some pointers.
pub(in crate::buyers) async fn ends_of(tx: &TenantTx, pointers: &[IdentityPointerId]) -> Result<Vec<identity_pointer_end::Model>> {
    let mut found = Vec::new();
    for some in pointers.chunks(CHUNK) {
        let rows = tx.everything::<identity_pointer_end::Entity>();
        found.extend(rows.filter(identity_pointer_end::Column::PointerId.is_in(some.iter().copied())).all().await?);
    }
    Ok(found)
}

/// Which company each of some people, or everybody, bought for at an instant, of those who bought for one.
pub(in crate::buyers) async fn affiliations(
    tx: &TenantTx,
    people: Option<&[PersonId]>,
    as_of: Timestamp,
) -> Result<HashMap<PersonId, AccountId>> {
    use affiliation::Column;
    let conditions: Vec<Condition> = match people {
        None => vec![Condition::all()],
        Some(people) => people.chunks(CHUNK).map(|some| Condition::all().add(Column::PersonId.is_in(some.iter().copied()))).collect(),
    };
    let mut newest: HashMap<PersonId, Option<AccountId>> = HashMap::new();
    for condition in conditions {
        let rows = tx.everything::<affiliation::Entity>().filter(condition);
        let rows = rows.filter(Column::RecordedAt.lte(as_of)).order_by_asc(Column::RecordedAt).order_by_asc(Column::Id);
        rows.rows([Column::PersonId, Column::AccountId], |row| {
            newest.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok(())
        })
        .await?;
    }
    Ok(newest.into_iter().filter_map(|(person, account)| Some((person, account?))).collect())
}

/// Everybody who was known by an instant, by what was recorded until then.
pub(in crate::buyers) async fn people_known(tx: &TenantTx, as_of: Timestamp) -> Result<Vec<PersonId>> {
    use identification::Column::{Id, OccurredAt, PersonId as Person, RecordedAt};
    let mut newest: HashMap<PersonId, Timestamp> = HashMap::new();
    let rows = tx.everything::<identification::Entity>().filter(RecordedAt.lte(as_of)).order_by_asc(RecordedAt).order_by_asc(Id);
    rows.rows([Person, OccurredAt], |row| {
        newest.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        Ok(())
    })
    .await?;
    Ok(newest.into_iter().filter(|(_, at)| *at <= as_of).map(|(person, _)| person).collect())
}

/// Whoever bought for one of some companies until an instant.
pub(in crate::buyers) async fn people_ever_of(tx: &TenantTx, accounts: &[AccountId], as_of: Timestamp) -> Result<Vec<PersonId>> {
    use affiliation::Column;
    let mut people = Vec::new();
    for some in accounts.chunks(CHUNK) {
        let rows = tx.everything::<affiliation::Entity>().filter(Column::AccountId.is_in(some.iter().copied()));
        rows.filter(Column::RecordedAt.lte(as_of))
            .rows([Column::PersonId], |row| {
                people.push(row.try_get_by_index(0)?);
                Ok(())
            })
            .await?;
    }
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

/// The addresses of the people the caller sees.
pub(in crate::buyers) async fn emails(tx: &TenantTx) -> Result<Vec<(String, PersonId)>> {
    let mut found = Vec::new();
    let rows = tx.find::<person::Entity>().filter(person::Column::Email.is_not_null());
    rows.rows([person::Column::Email, person::Column::Id], |row| {
        found.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        Ok(())
    })
    .await?;
    Ok(found)
}

/// The domains of the accounts the caller sees.
pub(in crate::buyers) async fn domains(tx: &TenantTx) -> Result<Vec<(String, AccountId)>> {
    let mut found = Vec::new();
    let rows = tx.find::<account::Entity>().filter(account::Column::Domain.is_not_null());
    rows.rows([account::Column::Domain, account::Column::Id], |row| {
        found.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        Ok(())
    })
    .await?;
    Ok(found)
}
