//! Objects by what other systems call them.

use std::collections::HashMap;

use entity::ids::TypedId;
use entity::tenant::TenantEntity;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, QueryFilter, TryGetable, Value};

use super::array::Array;
use super::connect::Engine;
use super::tenant::{Scoped, TenantTx};
use crate::error::Result;
use crate::input::ExternalId;

/// Most names of one statement.
const CHUNK: usize = 500;

/// A table whose rows other systems may name: `(source, external_id)` is unique in the organization.
pub trait Named: TenantEntity<Id: TypedId> {
    /// The column of the system.
    fn source_column() -> Self::Column;

    /// The column of the name there.
    fn external_id_column() -> Self::Column;

    /// The name of a row, where it has one.
    fn external_id(row: &Self::Model) -> Option<ExternalId>;

    /// The id of a row.
    fn id(row: &Self::Model) -> Self::Id;
}

/// Names the columns of a table as every table with external ids has them.
macro_rules! named {
    ($($entity:ident),+) => {$(
        impl Named for entity::$entity::Entity {
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

named!(account, person, tactic, touch, stage_event, close, cost_entry);

impl TenantTx {
    /// The ids of the rows with some names, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn ids_named<E: Named<Id: TryGetable>>(&self, names: &[ExternalId]) -> Result<HashMap<ExternalId, E::Id>> {
        let mut found = HashMap::with_capacity(names.len());
        for (source, query) in self.named::<E>(names)? {
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

    /// The rows with some names, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn get_named<E: Named>(&self, names: &[ExternalId]) -> Result<HashMap<ExternalId, E::Model>> {
        let mut found = HashMap::new();
        for (_, query) in self.named::<E>(names)? {
            found.extend(query.all().await?.into_iter().filter_map(|row| Some((E::external_id(&row)?, row))));
        }
        Ok(found)
    }

    /// Queries that together find the rows with some names: each asks for names of one source.
    fn named<'a, E: Named>(&self, names: &'a [ExternalId]) -> Result<Vec<(&'a str, Scoped<'_, E>)>> {
        let mut by_source: HashMap<&str, Vec<&str>> = HashMap::new();
        for name in names {
            by_source.entry(&name.source).or_default().push(&name.id);
        }
        let mut queries = Vec::new();
        for (source, ids) in by_source {
            for some in ids.chunks(CHUNK) {
                let rows = self.find::<E>().filter(E::source_column().eq(source));
                queries.push((source, rows.filter(one_of(self.engine(), E::external_id_column(), some)?)));
            }
        }
        Ok(queries)
    }
}

/// Whether a column has one of some texts. To PostgreSQL they are one parameter, however many: it plans the statement once.
fn one_of<C: ColumnTrait>(engine: Engine, column: C, texts: &[&str]) -> Result<SimpleExpr> {
    match engine {
        Engine::Sqlite => Ok(column.is_in(texts.iter().copied())),
        Engine::Postgres => {
            let mut array = Array::with_room_for(texts.len());
            for &text in texts {
                array.push(&Value::from(text))?;
            }
            let array = Expr::cust_with_values("CAST($1::text AS text[])", [array.end()]);
            Ok(column.into_expr().eq(PgFunc::any(array)))
        }
    }
}
