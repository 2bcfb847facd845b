//! A whole application per test, on a database of its own, with a clock that stands still and ids from a seed.

mod app;
mod demo;
pub mod handed;
pub mod insights;
pub mod operations;
mod postgres;
mod pursued;
pub mod rows;
mod samples;
pub mod selection;
pub mod story;

pub use app::{Caller, TestApp, TestOrganization};
pub use demo::Demo;
pub use postgres::empty_database;
pub use rows::{but_members, rows};
pub use samples::samples;
pub use tandem::db::Engine;

/// Runs an async test on SQLite and on PostgreSQL.
///
/// Without PostgreSQL its half is skipped with a loud line, and fails where `CI=true`.
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "not every test uses every import")]
            use super::*;

            $(#[$meta])*
            async fn behaves($app: crate::support::TestApp) $body

            #[tokio::test]
            async fn on_sqlite() {
                behaves(crate::support::TestApp::new(crate::support::Engine::Sqlite).await.unwrap()).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(app) = crate::support::TestApp::new(crate::support::Engine::Postgres).await {
                    behaves(app).await;
                }
            }
        }
    )+};
}
pub(crate) use on_both_engines;
