//! Tables of an organization, so that no author of a migration can forget the walls.
//!
//! A [`TenantTable`] always has the primary key `(organization_id, id)`, composite foreign keys, and unique
//! and other indexes that begin with `organization_id`. On PostgreSQL it has row-level security, forced, and
//! the application's role gets just the privileges the table's [`Changes`] allow. On SQLite an append-only
//! table has triggers that refuse UPDATE and DELETE. PostgreSQL uses privileges instead of triggers because
//! distributed tables cannot have triggers; only the ledger, where rows have to add up, is kept by triggers there too.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

/// The role of PostgreSQL that serves requests. It owns nothing and cannot log in: connections take it on.
pub const APPLICATION_ROLE: &str = "tandem_app";

/// What may happen to the rows of a table once they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changes {
    /// Nothing.
    AppendOnly,
    /// Updates; rows are never deleted.
    Update,
}

/// The type of a column, on both engines.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// 16 bytes.
    Uuid,
    /// Unicode text.
    Text,
    /// 64 bits: amounts, counters, instants in microseconds.
    BigInt,
    /// 32 bits.
    Int,
    /// 16 bits.
    SmallInt,
    /// True or false.
    Bool,
    /// A local date.
    Date,
}

impl Type {
    const fn sql(self, backend: DatabaseBackend) -> &'static str {
        match (self, backend) {
            (Self::Uuid, DatabaseBackend::Postgres) => "uuid",
            (Self::Uuid, _) => "blob",
            (Self::Text, _) => "text",
            (Self::BigInt, _) => "bigint",
            (Self::Int, _) => "integer",
            (Self::SmallInt, _) => "smallint",
            (Self::Bool, _) => "boolean",
            (Self::Date, _) => "date",
        }
    }
}

/// A table of an organization under construction.
#[derive(Debug)]
pub struct TenantTable {
    name: &'static str,
    changes: Changes,
    has_id: bool,
    columns: Vec<(&'static str, Type, bool)>,
    constraints: Vec<String>,
    indexes: Vec<String>,
}

impl TenantTable {
    /// A table with `organization_id` and `id`.
    #[must_use]
    pub fn new(name: &'static str, changes: Changes) -> Self {
        let reference = "FOREIGN KEY (organization_id) REFERENCES organization (organization_id)";
        let constraints = vec![format!("CONSTRAINT fk_{name}_organization {reference}")];
        Self { name, changes, has_id: true, columns: Vec::new(), constraints, indexes: Vec::new() }
    }

    /// The table of organizations itself, whose only key is `organization_id`.
    #[must_use]
    pub fn organizations(name: &'static str) -> Self {
        Self { name, changes: Changes::Update, has_id: false, columns: Vec::new(), constraints: Vec::new(), indexes: Vec::new() }
    }

    /// A column that always has a value.
    #[must_use]
    pub fn column(mut self, name: &'static str, kind: Type) -> Self {
        self.columns.push((name, kind, true));
        self
    }

    /// A column that may be empty.
    #[must_use]
    pub fn optional(mut self, name: &'static str, kind: Type) -> Self {
        self.columns.push((name, kind, false));
        self
    }

    /// A reference to a row of the same organization.
    #[must_use]
    pub fn references(self, column: &'static str, table: &str) -> Self {
        self.reference(column, table, true)
    }

    /// A reference to a row of the same organization that may be empty.
    #[must_use]
    pub fn may_reference(self, column: &'static str, table: &str) -> Self {
        self.reference(column, table, false)
    }

    /// A reference to a row of the same organization that is written later in the same transaction.
    #[must_use]
    pub fn references_in_the_end(self, column: &'static str, table: &str) -> Self {
        let mut table = self.reference(column, table, true);
        if let Some(key) = table.constraints.last_mut() {
            key.push_str(" DEFERRABLE INITIALLY DEFERRED");
        }
        table
    }

    fn reference(mut self, column: &'static str, table: &str, required: bool) -> Self {
        self.columns.push((column, Type::Uuid, required));
        let name = self.name;
        self.constraints.push(format!(
            "CONSTRAINT fk_{name}_{column} FOREIGN KEY (organization_id, {column}) REFERENCES {table} (organization_id, id)"
        ));
        self
    }

    /// `(source, external_id)`: unique within the organization, both or neither.
    #[must_use]
    pub fn external_id(self) -> Self {
        let name = self.name;
        self.optional("source", Type::Text)
            .optional("external_id", Type::Text)
            .check("external_id", "(source IS NULL) = (external_id IS NULL)")
            .unique_where_present(&format!("uq_{name}_external_id"), "source, external_id", "external_id")
    }

    /// A row corrects at most one row and is corrected at most once.
    #[must_use]
    pub fn supersedes(self) -> Self {
        let name = self.name;
        self.may_reference("supersedes_id", name)
            .column("retracted", Type::Bool)
            .check("retracted", "supersedes_id IS NOT NULL OR NOT retracted")
            .unique_where_present(&format!("uq_{name}_supersedes"), "supersedes_id", "supersedes_id")
    }

    /// A unique constraint over the organization and the columns.
    #[must_use]
    pub fn unique(mut self, name: &str, columns: &str) -> Self {
        self.constraints.push(format!("CONSTRAINT {name} UNIQUE (organization_id, {columns})"));
        self
    }

    /// A unique index over the organization and the columns, for the rows that have a value: most have none, and
    /// an index without them is smaller and cheaper to keep.
    #[must_use]
    pub fn unique_where_present(mut self, name: &str, columns: &str, present: &str) -> Self {
        let table = self.name;
        self.indexes.push(format!("CREATE UNIQUE INDEX {name} ON {table} (organization_id, {columns}) WHERE {present} IS NOT NULL"));
        self
    }

    /// An index over the organization and the columns, for the rows that have a value in the first.
    #[must_use]
    pub fn index_where_present(mut self, name: &str, present: &str, columns: &str) -> Self {
        let table = self.name;
        self.indexes.push(format!("CREATE INDEX {name} ON {table} (organization_id, {present}, {columns}) WHERE {present} IS NOT NULL"));
        self
    }

    /// A check, named `ck_<table>_<name>`.
    #[must_use]
    pub fn check(mut self, name: &str, condition: &str) -> Self {
        self.constraints.push(format!("CONSTRAINT ck_{}_{name} CHECK ({condition})", self.name));
        self
    }

    /// An index over the organization and the columns.
    #[must_use]
    pub fn index(mut self, name: &str, columns: &str) -> Self {
        self.indexes.push(format!("CREATE INDEX {name} ON {} (organization_id, {columns})", self.name));
        self
    }

    /// Creates the table with its walls.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        execute(manager, &self.statements(manager.get_database_backend())).await
    }

    fn statements(&self, backend: DatabaseBackend) -> Vec<String> {
        let name = self.name;
        let mut parts = vec![format!("organization_id {} NOT NULL", Type::Uuid.sql(backend))];
        if self.has_id {
            parts.push(format!("id {} NOT NULL", Type::Uuid.sql(backend)));
        }
        for &(column, kind, required) in &self.columns {
            parts.push(format!("{column} {}{}", kind.sql(backend), if required { " NOT NULL" } else { "" }));
        }
        let key = if self.has_id { "organization_id, id" } else { "organization_id" };
        parts.push(format!("CONSTRAINT pk_{name} PRIMARY KEY ({key})"));
        parts.extend(self.constraints.iter().cloned());
        // On SQLite a table kept in the order of its key needs no second tree for it.
        let suffix = if backend == DatabaseBackend::Sqlite { " WITHOUT ROWID" } else { "" };
        let mut statements = vec![format!("CREATE TABLE {name} ({}){suffix}", parts.join(", "))];
        statements.extend(self.indexes.iter().cloned());
        statements.extend(match backend {
            DatabaseBackend::Postgres => self.postgres_walls(),
            _ => self.sqlite_walls(),
        });
        statements
    }

    fn postgres_walls(&self) -> Vec<String> {
        let name = self.name;
        let same_organization = "organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid";
        let privileges = match self.changes {
            Changes::AppendOnly => "SELECT, INSERT",
            Changes::Update => "SELECT, INSERT, UPDATE",
        };
        vec![
            format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"),
            format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY"),
            format!("CREATE POLICY tenant ON {name} USING ({same_organization}) WITH CHECK ({same_organization})"),
            format!("GRANT {privileges} ON {name} TO {APPLICATION_ROLE}"),
        ]
    }

    fn sqlite_walls(&self) -> Vec<String> {
        let name = self.name;
        let refused: &[&str] = match self.changes {
            Changes::AppendOnly => &["UPDATE", "DELETE"],
            Changes::Update => &["DELETE"],
        };
        refused.iter().map(|action| refuses(name, action)).collect()
    }
}

/// Drops tables, the last first.
///
/// # Errors
/// What the database says.
pub async fn drop_tables(manager: &SchemaManager<'_>, names: &[&str]) -> Result<(), DbErr> {
    for name in names.iter().rev() {
        manager.get_connection().execute_unprepared(&format!("DROP TABLE {name}")).await?;
    }
    Ok(())
}

/// Adds a column that may refer to a row of the same organization, and an index over it.
///
/// SQLite cannot add a key of several columns to a table, so triggers keep this one there: rows are never deleted, so it
/// is enough to look when one is written.
///
/// # Errors
/// What the database says.
pub async fn add_reference(manager: &SchemaManager<'_>, table: &str, column: &str, target: &str) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let mut statements = vec![format!("ALTER TABLE {table} ADD COLUMN {column} {}", Type::Uuid.sql(backend))];
    if backend == DatabaseBackend::Postgres {
        statements.push(format!(
            "ALTER TABLE {table} ADD CONSTRAINT fk_{table}_{column} FOREIGN KEY (organization_id, {column}) REFERENCES {target} (organization_id, id)"
        ));
    } else {
        for (name, action) in [("added", "INSERT".to_owned()), ("changed", format!("UPDATE OF {column}"))] {
            statements.push(format!(
                "CREATE TRIGGER {table}_{column}_{name} BEFORE {action} ON {table} WHEN NEW.{column} IS NOT NULL AND NOT EXISTS \
                 (SELECT 1 FROM {target} WHERE organization_id = NEW.organization_id AND id = NEW.{column}) \
                 BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed'); END"
            ));
        }
    }
    statements.push(format!("CREATE INDEX ix_{table}_{column} ON {table} (organization_id, {column}) WHERE {column} IS NOT NULL"));
    execute(manager, &statements).await
}

/// Takes [`add_reference`] back.
///
/// # Errors
/// What the database says.
pub async fn drop_reference(manager: &SchemaManager<'_>, table: &str, column: &str) -> Result<(), DbErr> {
    let mut statements = vec![format!("DROP INDEX ix_{table}_{column}")];
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        statements.extend(["added", "changed"].map(|name| format!("DROP TRIGGER {table}_{column}_{name}")));
    }
    statements.push(format!("ALTER TABLE {table} DROP COLUMN {column}"));
    execute(manager, &statements).await
}

/// What may be taken out of the rows of an append-only table about buyers who were erased, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Redaction<'a> {
    /// The append-only table.
    pub table: &'static str,
    /// The columns that say who somebody is, each with what it is left with: `NULL`, or `''` where it cannot be empty.
    pub columns: &'static [(&'static str, &'static str)],
    /// Whether the buyer of a row was erased: a condition on `{row}`, which stands for the table on PostgreSQL and for the new
    /// row on SQLite.
    pub erased: &'a str,
}

/// Lets [`Redaction`]s be made where a table is append-only otherwise.
///
/// On PostgreSQL the application's role may update just these columns, and a restrictive policy binds the rows it may update
/// and what they may become. On SQLite the trigger that refuses updates lets exactly these through; it names every column of
/// the table, so whoever adds one to such a table calls this again.
///
/// # Errors
/// What the database says.
pub async fn allow_redaction(manager: &SchemaManager<'_>, redaction: Redaction<'_>) -> Result<(), DbErr> {
    let Redaction { table, columns, erased } = redaction;
    let backend = manager.get_database_backend();
    let left = |row: &str| {
        let left = columns.iter().map(|(column, left)| match *left {
            "NULL" => format!("{row}{column} IS NULL"),
            left => format!("{row}{column} = {left}"),
        });
        left.collect::<Vec<_>>().join(" AND ")
    };
    let statements = if backend == DatabaseBackend::Postgres {
        let names: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
        vec![
            format!("GRANT UPDATE ({}) ON {table} TO {APPLICATION_ROLE}", names.join(", ")),
            format!(
                "CREATE POLICY redaction ON {table} AS RESTRICTIVE FOR UPDATE USING ({}) WITH CHECK ({})",
                erased.replace("{row}", table),
                left("")
            ),
        ]
    } else {
        let all = manager
            .get_connection()
            .query_all_raw(Statement::from_string(backend, format!("SELECT name FROM pragma_table_info('{table}')")))
            .await?;
        let mut conditions = vec![left("NEW."), erased.replace("{row}", "NEW")];
        for row in all {
            let column: String = row.try_get_by_index(0)?;
            if !columns.iter().any(|(name, _)| *name == column) {
                conditions.push(format!("NEW.{column} IS OLD.{column}"));
            }
        }
        vec![
            format!("DROP TRIGGER {table}_refuses_update"),
            format!(
                "CREATE TRIGGER {table}_refuses_update BEFORE UPDATE ON {table} WHEN NOT ({}) \
                 BEGIN SELECT RAISE(ABORT, '{table} refuses UPDATE'); END",
                conditions.join(" AND ")
            ),
        ]
    };
    execute(manager, &statements).await
}

/// Takes [`allow_redaction`] back.
///
/// # Errors
/// What the database says.
pub async fn refuse_redaction(manager: &SchemaManager<'_>, redaction: Redaction<'_>) -> Result<(), DbErr> {
    let Redaction { table, columns, .. } = redaction;
    let statements = if manager.get_database_backend() == DatabaseBackend::Postgres {
        let names: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
        vec![
            format!("DROP POLICY redaction ON {table}"),
            format!("REVOKE UPDATE ({}) ON {table} FROM {APPLICATION_ROLE}", names.join(", ")),
        ]
    } else {
        vec![format!("DROP TRIGGER {table}_refuses_update"), refuses(table, "UPDATE")]
    };
    execute(manager, &statements).await
}

/// The trigger of SQLite that refuses what may not happen to the rows of a table.
fn refuses(table: &str, action: &str) -> String {
    format!(
        "CREATE TRIGGER {table}_refuses_{} BEFORE {action} ON {table} BEGIN SELECT RAISE(ABORT, '{table} refuses {action}'); END",
        action.to_lowercase()
    )
}

pub(crate) async fn execute(manager: &SchemaManager<'_>, statements: &[String]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Tells SQLite's planner of every index that the organization, and the system a name comes from, narrow nothing down.
///
/// Knowing nothing, it takes equality on the first column of an index to leave some ten rows, and then reads a whole
/// organization rather than looking several hundred names up. What `ANALYZE` found out about an index stays.
const EXPECTATIONS: &str = r#"
    INSERT INTO sqlite_stat1 (tbl, idx, stat)
    SELECT of_table, known_as, '1000000' || (
        SELECT group_concat(CASE
            WHEN only_one AND part.seqno = (SELECT max(seqno) FROM pragma_index_info(index_name)) THEN ' 1'
            WHEN part.seqno = 0 OR part.name = 'source' THEN ' 1000000'
            ELSE ' 20' END, '')
        FROM pragma_index_info(index_name) AS part)
    FROM (
        SELECT t.name AS of_table, i.name AS index_name, i."unique" AS only_one, CASE i.origin WHEN 'pk' THEN t.name ELSE i.name END AS known_as
        FROM sqlite_schema AS t JOIN pragma_index_list(t.name) AS i
        WHERE t.type = 'table' AND t.sql LIKE '%WITHOUT ROWID')
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_stat1 AS known WHERE known.tbl = of_table AND known.idx = known_as)
"#;

/// Prepares SQLite's planner for large tables. Indexes it was told of before are left alone.
///
/// # Errors
/// What the database says.
pub async fn expect_many_rows<C: ConnectionTrait>(sqlite: &C) -> Result<(), DbErr> {
    // This makes the table of statistics where there is none.
    sqlite.execute_unprepared("ANALYZE sqlite_schema").await?;
    sqlite.execute_unprepared(EXPECTATIONS).await.map(|_| ())
}
