//! The schema goes up, down and up again, from several processes at once, and every table has its walls.

use std::collections::BTreeSet;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};
use tandem::db::Db;

use crate::support::rows::{MUTABLE, tables, texts};
use crate::support::{Engine, TestApp, empty_database};

async fn goes_up_down_and_up(url: &str) {
    Db::migrate_up(url).await.unwrap();
    let count = Db::migration_status(url).await.unwrap().len();
    Db::migrate_down(url, u32::try_from(count).unwrap()).await.unwrap();
    assert!(Db::migration_status(url).await.unwrap().iter().all(|change| !change.applied));
    Db::migrate_up(url).await.unwrap();
    Db::migrate_up(url).await.unwrap();
    assert!(Db::migration_status(url).await.unwrap().iter().all(|change| change.applied));
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_on_sqlite() {
    let files = tempfile::tempdir().unwrap();
    goes_up_down_and_up(&format!("sqlite:{}", files.path().join("x.db").display())).await;
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_on_postgres() {
    if let Some(url) = empty_database().await {
        goes_up_down_and_up(&url).await;
    }
}

#[tokio::test]
async fn several_processes_may_start_on_an_empty_postgres_at_once() {
    let Some(url) = empty_database().await else { return };
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Db::migrate_up(&url).await.is_ok() })
        })
        .collect();
    for start in starts {
        assert!(start.await.unwrap());
    }
}

#[tokio::test]
async fn every_table_of_sqlite_has_its_walls() {
    let app = TestApp::new(Engine::Sqlite).await.unwrap();
    let tables = tables(&app).await;
    assert!(MUTABLE.iter().all(|name| tables.contains(*name)));
    for table in &tables {
        let key = texts(&app, &format!("SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk")).await.concat();
        let expected: &[&str] = if table == "organization" { &["organization_id"] } else { &["organization_id", "id"] };
        assert_eq!(key, expected, "{table}");
        let lists = format!(
            "SELECT i.name FROM pragma_index_list('{table}') i WHERE (SELECT c.name FROM pragma_index_info(i.name) c WHERE c.seqno = 0) <> 'organization_id'"
        );
        assert_eq!(texts(&app, &lists).await, Vec::<Vec<String>>::new(), "an index of {table} does not begin with organization_id");
        let references =
            format!("SELECT \"from\" FROM pragma_foreign_key_list('{table}') GROUP BY id HAVING sum(\"from\" = 'organization_id') <> 1");
        assert_eq!(texts(&app, &references).await, Vec::<Vec<String>>::new(), "a reference of {table} leaves the organization");
        let triggers =
            texts(&app, &format!("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}' ORDER BY name"))
                .await
                .concat();
        let (keepers, triggers): (Vec<String>, Vec<String>) =
            triggers.into_iter().partition(|name| name.ends_with("_added") || name.ends_with("_changed"));
        assert!(keepers.len() % 2 == 0, "a reference that was added later is looked at on INSERT and on UPDATE: {keepers:?}");
        let mut expected = vec![format!("{table}_refuses_delete")];
        if !MUTABLE.contains(&table.as_str()) {
            expected.push(format!("{table}_refuses_update"));
        }
        if table == "person" {
            expected.insert(0, "person_erased_for_good".to_owned());
        }
        if ["credit_batch", "credit_entry"].contains(&table.as_str()) {
            expected.push(format!("{table}_stands"));
        }
        assert_eq!(triggers, expected, "{table}");
    }
}

#[tokio::test]
async fn every_table_of_postgres_has_its_walls() {
    let Some(app) = TestApp::new(Engine::Postgres).await else { return };
    let tables = tables(&app).await;
    assert!(MUTABLE.iter().all(|name| tables.contains(*name)));
    for table in &tables {
        let forced = format!("SELECT (relrowsecurity AND relforcerowsecurity)::text FROM pg_class WHERE oid = '{table}'::regclass");
        assert_eq!(texts(&app, &forced).await.concat(), ["true"], "{table} has no forced row-level security");
        let policy = format!(
            "SELECT (qual IS NOT NULL AND with_check IS NOT NULL)::text FROM pg_policies WHERE tablename = '{table}' AND policyname = 'tenant'"
        );
        assert_eq!(texts(&app, &policy).await.concat(), ["true"], "{table}");
        let privileges = format!(
            "SELECT privilege_type::text FROM information_schema.role_table_grants WHERE table_name = '{table}' AND grantee = 'tandem_app' ORDER BY 1"
        );
        let expected: &[&str] = match table.as_str() {
            // Those that are not kept any more go.
            "event" => &["DELETE", "INSERT", "SELECT"],
            table if MUTABLE.contains(&table) => &["INSERT", "SELECT", "UPDATE"],
            _ => &["INSERT", "SELECT"],
        };
        assert_eq!(texts(&app, &privileges).await.concat(), expected, "{table}");
        let keys = format!(
            "SELECT indexrelid::regclass::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
             WHERE indrelid = '{table}'::regclass AND a.attname <> 'organization_id'"
        );
        assert_eq!(texts(&app, &keys).await, Vec::<Vec<String>>::new(), "an index of {table} does not begin with organization_id");
        let references = format!(
            "SELECT conname::text FROM pg_constraint c WHERE contype = 'f' AND conrelid = '{table}'::regclass AND (confdeltype <> 'a' OR NOT EXISTS \
             (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1] AND a.attname = 'organization_id'))"
        );
        assert_eq!(texts(&app, &references).await, Vec::<Vec<String>>::new(), "a reference of {table} leaves the organization");
    }
    let role = "SELECT (rolsuper OR rolbypassrls OR rolcanlogin)::text FROM pg_roles WHERE rolname = 'tandem_app'";
    assert_eq!(texts(&app, role).await.concat(), ["false"]);
}

#[tokio::test]
async fn the_role_of_postgres_sees_nothing_without_an_organization() {
    let Some(app) = TestApp::new(Engine::Postgres).await else { return };
    let acme = app.org("acme").await;
    let other = app.org("other").await;
    let count = "SELECT count(*)::text FROM organization";
    let mut connection = PgConnection::connect(&app.url).await.unwrap();
    sqlx::raw_sql("SET ROLE tandem_app").execute(&mut connection).await.unwrap();
    let seen = |row: sqlx::postgres::PgRow| row.get::<String, _>(0);
    assert_eq!(seen(sqlx::query(count).fetch_one(&mut connection).await.unwrap()), "0");
    let setting = format!("SET app.organization_id = '{}'", entity::ids::TypedId::uuid(acme.id));
    sqlx::raw_sql(AssertSqlSafe(setting)).execute(&mut connection).await.unwrap();
    assert_eq!(seen(sqlx::query(count).fetch_one(&mut connection).await.unwrap()), "1");
    let rename = format!("UPDATE organization SET name = 'x' WHERE organization_id = '{}'", entity::ids::TypedId::uuid(other.id));
    assert_eq!(sqlx::query(AssertSqlSafe(rename)).execute(&mut connection).await.unwrap().rows_affected(), 0);
    assert!(sqlx::query("DELETE FROM organization").execute(&mut connection).await.is_err());
    assert!(sqlx::query("UPDATE credit_entry SET delta_bp = 1").execute(&mut connection).await.is_err());
}

#[tokio::test]
async fn append_only_tables_of_sqlite_refuse_changes() {
    let app = TestApp::new(Engine::Sqlite).await.unwrap();
    let acme = app.org("acme").await;
    let mut connection = SqliteConnection::connect(&app.url).await.unwrap();
    let organization = entity::ids::TypedId::uuid(acme.id);
    sqlx::query("INSERT INTO credit_policy (organization_id, id, policy_version, lookback_days, rounding_bp, recorded_at) VALUES (?, ?, 99, 90, 100, 0)")
        .bind(organization)
        .bind(uuid::Uuid::nil())
        .execute(&mut connection)
        .await
        .unwrap();
    for statement in ["UPDATE credit_policy SET lookback_days = 1", "DELETE FROM credit_policy", "DELETE FROM organization"] {
        let refused = sqlx::query(statement).execute(&mut connection).await.unwrap_err().to_string();
        assert!(refused.contains(" refuses "), "{refused}");
    }
}

/// Idempotency keys that were kept as they came become hashes: keys and inputs are recognized, but tell no more.
async fn keys_become_hashes(app: &TestApp) {
    let acme = app.org("acme").await;
    // That migration, and those after it.
    Db::migrate_down(&app.url, 23).await.unwrap();
    let organization = entity::ids::TypedId::uuid(acme.id).simple().to_string();
    let id = |number: u32| {
        let digits = format!("{number:032x}");
        if app.engine == Engine::Sqlite { format!("x'{digits}'") } else { format!("'{digits}'") }
    };
    let organization = if app.engine == Engine::Sqlite { format!("x'{organization}'") } else { format!("'{organization}'") };
    // More than are rewritten at once.
    let values: Vec<String> = (0..1_005)
        .map(|number| format!("({organization}, {}, 'recordPerson', 'ada {number}', 'f{number}', '[]', 0)", id(number)))
        .collect();
    let insert = format!(
        "INSERT INTO idempotency (organization_id, id, operation, key, fingerprint, result, recorded_at) VALUES {}",
        values.join(", ")
    );
    match app.engine {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(&app.url).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(insert)).execute(&mut connection).await.unwrap();
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(&app.url).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(insert)).execute(&mut connection).await.unwrap();
        }
    }
    Db::migrate_up(&app.url).await.unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let kept: BTreeSet<Vec<String>> = texts(app, "SELECT key, fingerprint FROM idempotency").await.into_iter().collect();
    let expected = (0..1_005).map(|number| {
        let key = format!("ada {number}");
        let mut keyed = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        keyed.update(format!("f{number}").as_bytes());
        vec![hex(&Sha256::digest(&key)), hex(&keyed.finalize().into_bytes())]
    });
    assert_eq!(kept, expected.collect());
}

#[tokio::test]
async fn idempotency_keys_become_hashes_on_sqlite() {
    keys_become_hashes(&TestApp::new(Engine::Sqlite).await.unwrap()).await;
}

#[tokio::test]
async fn idempotency_keys_become_hashes_on_postgres() {
    if let Some(app) = TestApp::new(Engine::Postgres).await {
        keys_become_hashes(&app).await;
    }
}
