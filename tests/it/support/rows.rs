//! What stands in the database, read past the walls: for tests that nothing has changed.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

use super::{Engine, TestApp};

/// The rows of a query whose columns are all text.
pub async fn texts(app: &TestApp, statement: &str) -> Vec<Vec<String>> {
    match app.engine {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(&app.url).await.unwrap();
            let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| (0..row.len()).map(|column| row.get::<String, _>(column)).collect()).collect()
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(&app.url).await.unwrap();
            let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| (0..row.len()).map(|column| row.get::<String, _>(column)).collect()).collect()
        }
    }
}

/// Every table but the list of schema changes.
pub async fn tables(app: &TestApp) -> BTreeSet<String> {
    let statement = match app.engine {
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Engine::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
    };
    texts(app, statement).await.into_iter().flatten().filter(|name| name != "seaql_migrations").collect()
}

/// Tables whose rows may change; everything else only grows.
pub const MUTABLE: &[&str] = &[
    "access_ticket",
    "account",
    "api_client",
    "audit_head",
    "client_secret",
    "content",
    "custom_role",
    "delegation",
    "insight_search",
    "member",
    "opportunity",
    "organization",
    "password",
    "person",
    "refresh_token",
    "segment",
    "service_agreement",
    "sign_in",
    "sla_clock",
    "sla_step",
    "tactic",
    "team",
    "throttle",
];

/// The rows of tables that nobody gets a row in by becoming a member, which is told of.
pub fn but_members(rows: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    rows.iter()
        .filter(|(table, _)| !table.starts_with("member") && *table != "event")
        .map(|(table, rows)| (table.clone(), rows.clone()))
        .collect()
}

/// For each table its rows and, where they may change, the sum of their versions. The audit log grows by what is denied, and
/// is left out.
pub async fn rows(app: &TestApp) -> BTreeMap<String, String> {
    let tables = tables(app).await;
    let parts: Vec<String> = tables
        .iter()
        .filter(|table| !table.starts_with("audit_"))
        .map(|table| {
            let versions = if MUTABLE.contains(&table.as_str()) { "coalesce(sum(version), 0)" } else { "0" };
            format!("SELECT '{table}', CAST(count(*) AS text) || '/' || CAST({versions} AS text) FROM \"{table}\"")
        })
        .collect();
    texts(app, &parts.join(" UNION ALL ")).await.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect()
}
