//! Writing many rows at once, as each engine does it best.
//!
//! SQLite is given rows of placeholders, some hundred a statement, and while it works on one statement the values of the
//! next are made ready. PostgreSQL is given one array a column: a parameter for every single value costs it more than
//! the rest of the work.

use entity::ids::OrganizationId;
use entity::tenant::TenantEntity;
use futures_util::future::join;
use sea_orm::{ColumnTrait, ColumnType, ConnectionTrait, DbBackend, IdenStatic, Iterable, ModelTrait, Statement, Value};

use super::array::Array;
use super::connect::Engine;
use super::constraint::from_database;
use super::tenant::TenantTx;
use crate::error::{Error, Result};

/// Most variables of one statement on SQLite.
const SQLITE_VARIABLES: usize = 32_766;

/// Most rows of one statement on SQLite: more only makes the statement longer to plan.
const SQLITE_ROWS: usize = 500;

/// Most rows of one statement on PostgreSQL, so that the text of its arrays stays within some megabytes.
const POSTGRES_ROWS: usize = 5_000;

/// Writes rows, stamped with the organization.
pub(super) async fn insert<E: TenantEntity>(tx: &TenantTx, rows: &[E::Model]) -> Result<()> {
    let maker = Maker::<E>::new(tx.engine(), tx.organization_id());
    let mut chunks = rows.chunks(maker.rows);
    let mut next = chunks.next().map(|some| maker.statement(some)).transpose()?;
    while let Some(statement) = next {
        tx.count_statement();
        let (written, following) =
            join(tx.transaction.execute_raw(statement), async { chunks.next().map(|some| maker.statement(some)).transpose() }).await;
        written.map_err(from_database)?;
        next = following?;
    }
    Ok(())
}

/// Makes the statements for one table.
struct Maker<E: TenantEntity> {
    engine: Engine,
    organization: Value,
    columns: Vec<E::Column>,
    /// Most rows of a statement.
    rows: usize,
    /// Up to and with the columns.
    head: String,
    /// One row of placeholders, for SQLite.
    placeholders: String,
}

impl<E: TenantEntity> Maker<E> {
    fn new(engine: Engine, organization_id: OrganizationId) -> Self {
        let columns: Vec<E::Column> = E::Column::iter().collect();
        let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.as_str())).collect();
        let rows = match engine {
            Engine::Sqlite => SQLITE_ROWS.min(SQLITE_VARIABLES / columns.len().max(1)),
            Engine::Postgres => POSTGRES_ROWS,
        };
        Self {
            engine,
            organization: organization_id.into(),
            rows,
            head: format!("INSERT INTO \"{}\" ({})", E::default().table_name(), names.join(", ")),
            placeholders: format!("({})", vec!["?"; columns.len()].join(", ")),
            columns,
        }
    }

    fn statement(&self, rows: &[E::Model]) -> Result<Statement> {
        match self.engine {
            Engine::Sqlite => Ok(self.placeholders(rows)),
            Engine::Postgres => self.arrays(rows),
        }
    }

    /// What a row has in a column; the organization is the transaction's, whatever the row says.
    fn value(&self, row: &E::Model, column: E::Column) -> Value {
        if column.as_str() == E::organization_column().as_str() { self.organization.clone() } else { row.get(column) }
    }

    fn placeholders(&self, rows: &[E::Model]) -> Statement {
        let mut sql = String::with_capacity(self.head.len() + 8 + rows.len() * (self.placeholders.len() + 1));
        sql.push_str(&self.head);
        sql.push_str(" VALUES ");
        for index in 0..rows.len() {
            sql.push_str(if index == 0 { "" } else { "," });
            sql.push_str(&self.placeholders);
        }
        let values = rows.iter().flat_map(|row| self.columns.iter().map(|&column| self.value(row, column)));
        Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
    }

    /// The arrays are sent as text, since arrays of values that may be missing have no other form here.
    fn arrays(&self, rows: &[E::Model]) -> Result<Statement> {
        let mut selected = Vec::with_capacity(self.columns.len());
        let mut values = Vec::with_capacity(self.columns.len());
        for (index, &column) in self.columns.iter().enumerate() {
            selected.push(format!("CAST(${}::text AS {}[])", index + 1, type_name(column.def().get_column_type())?));
            let mut array = Array::with_room_for(rows.len());
            for row in rows {
                array.push(&self.value(row, column))?;
            }
            values.push(Value::from(array.end()));
        }
        let sql = format!("{} SELECT * FROM unnest({})", self.head, selected.join(", "));
        Ok(Statement::from_sql_and_values(DbBackend::Postgres, sql, values))
    }
}

/// What PostgreSQL calls the type of a column.
fn type_name(kind: &ColumnType) -> Result<&'static str> {
    match kind {
        ColumnType::Uuid => Ok("uuid"),
        ColumnType::Text | ColumnType::String(_) => Ok("text"),
        ColumnType::BigInteger => Ok("bigint"),
        ColumnType::Integer => Ok("integer"),
        ColumnType::SmallInteger => Ok("smallint"),
        ColumnType::Boolean => Ok("boolean"),
        ColumnType::Date => Ok("date"),
        _ => Err(Error::broken("a column has one of the types that tables of an organization have")),
    }
}
