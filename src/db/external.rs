//! Objects by what other systems call them.

use std::collections::{HashMap, HashSet};

use entity::ids::TypedId;
use entity::tenant::TenantEntity;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ColumnTrait, QueryFilter, TryGetable, Value};

use super::array::Array;
use super::connect::Engine;
use super::sight::Visible;
use super::tenant::{Scoped, TenantTx};
use crate::error::Result;
use crate::input::ExternalId;

/// Most names of one statement.
const CHUNK: usize = 500;

/// A table whose rows other systems may name: `(source, external_id)` is unique in the organization.
pub trait Named: Visible + TenantEntity<Id: TypedId> {
    /// The column of the system.
    fn source_column() -> Self::Column;

    /// The column of the name there.
    fn external_id_column() -> Self::Column;

    /// Whether its names may be those of a buyer or of what happened to them, and so may have been erased.
    const ERASABLE: bool;

    /// The name of a row, where it has one.
    fn external_id(row: &Self::Model) -> Option<ExternalId>;

    /// The id of a row.
    fn id(row: &Self::Model) -> Self::Id;
}

/// Names the columns of a table as every table with external ids has them.
macro_rules! named {
    ($($entity:ident: $erasable:literal),+) => {$(
        impl Named for entity::$entity::Entity {
            const ERASABLE: bool = $erasable;

            fn source_column() -> Self::Column {
                entity::$entity::Column::Source
            }

            fn external_id_column() -> Self::Column {
                entity::$entity::Column::ExternalId
            }

            fn external_id(row: &Self::Model) -> Option<ExternalId> {
                Some(ExternalId { source: row.source.clone()?, id: row.external_id.clone()? })
            }

            fn id(row: &Self::Model) -> Self::Id {
                row.id
            }
        }
    )+};
}

named!(account: false, person: true, tactic: false, content: false, touch: true, stage_event: true, close: true, cost_entry: false, opportunity: false, activity: true, handoff: true);

impl TenantTx {
    /// The ids of those rows with some names that the caller sees, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn ids_named<E: Named<Id: TryGetable>>(&self, names: &[ExternalId]) -> Result<HashMap<ExternalId, E::Id>> {
        let mut found = HashMap::with_capacity(names.len());
        for (source, query) in named(names, || self.find::<E>())? {
            query
                .rows([E::external_id_column(), E::id_column()], |row| {
                    let name = ExternalId { source: source.to_owned(), id: row.try_get_by_index(0)? };
                    found.insert(name, row.try_get_by_index(1)?);
                    Ok(())
                })
                .await?;
        }
        Ok(found)
    }

    /// Those rows with some names that the caller sees, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn get_named<E: Named>(&self, names: &[ExternalId]) -> Result<HashMap<ExternalId, E::Model>> {
        let mut found = HashMap::new();
        for (_, query) in named(names, || self.find::<E>())? {
            found.extend(query.all().await?.into_iter().filter_map(|row| Some((E::external_id(&row)?, row))));
        }
        Ok(found)
    }

    /// Those of some names that rows have which the caller does not see.
    ///
    /// # Errors
    /// What the database says.
    pub async fn hidden_names<E: Named>(&self, names: &[ExternalId], seen: &HashMap<ExternalId, E::Model>) -> Result<HashSet<ExternalId>> {
        let mut hidden = HashSet::new();
        if self.sees_everything::<E>() {
            return Ok(hidden);
        }
        for (source, query) in named(names, || self.everything::<E>())? {
            query
                .rows([E::external_id_column()], |row| {
                    let name = ExternalId { source: source.to_owned(), id: row.try_get_by_index(0)? };
                    hidden.insert(name);
                    Ok(())
                })
                .await?;
        }
        hidden.retain(|name| !seen.contains_key(name));
        Ok(hidden)
    }
}

/// Queries that together find the rows with some names: each asks for names of one source.
fn named<'tx, 'a, E: Named>(names: &'a [ExternalId], rows: impl Fn() -> Scoped<'tx, E>) -> Result<Vec<(&'a str, Scoped<'tx, E>)>> {
    let mut by_source: HashMap<&str, Vec<&str>> = HashMap::new();
    for name in names {
        by_source.entry(&name.source).or_default().push(&name.id);
    }
    let mut queries = Vec::new();
    for (source, ids) in by_source {
        for some in ids.chunks(CHUNK) {
            let rows = rows().filter(E::source_column().eq(source));
            let named = one_of(rows.transaction.engine(), E::external_id_column(), some)?;
            queries.push((source, rows.filter(named)));
        }
    }
    Ok(queries)
}

/// Whether a column has one of some texts. To PostgreSQL they are one parameter: it plans the statement once. They are asked for as
/// rows: it then looks each of them up in the index of the column, also for an organization that its statistics do not know yet,
/// of which it would else read every row.
pub(super) fn one_of<C: ColumnTrait>(engine: Engine, column: C, texts: &[&str]) -> Result<SimpleExpr> {
    match engine {
        Engine::Sqlite => Ok(column.is_in(texts.iter().copied())),
        Engine::Postgres => {
            let mut array = Array::with_room_for(texts.len());
            for &text in texts {
                array.push(&Value::from(text))?;
            }
            let rows = Expr::cust_with_values("unnest(CAST($1::text AS text[]))", [array.end()]);
            Ok(column.into_expr().in_subquery(Query::select().expr(rows).take()))
        }
    }
}
