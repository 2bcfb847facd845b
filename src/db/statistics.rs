//! What the planners believe about the tables.

use sea_orm::ConnectionTrait;

use super::connect::{Db, Engine};
use super::constraint::from_database;
use super::migrate::owner;
use crate::error::Result;

impl Db {
    /// Lets PostgreSQL see how large its tables have become. It does so by itself within minutes; until then it takes a
    /// table that has just been filled for empty, and reads all of it rather than looking several hundred names up.
    /// SQLite expects large tables from the beginning.
    ///
    /// # Errors
    /// What the database says.
    pub async fn refresh_statistics(&self) -> Result<()> {
        if self.engine == Engine::Sqlite {
            return Ok(());
        }
        let owner = owner(&self.url).await?;
        let tables = "DO $$ DECLARE name text; BEGIN FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP \
                      EXECUTE format('ANALYZE %I', name); END LOOP; END $$";
        owner.execute_unprepared(tables).await.map_err(from_database)?;
        owner.close().await.map_err(from_database)
    }
}
