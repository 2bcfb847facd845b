//! What the database itself lets through, and what is left in its file.

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use entity::ids::{PersonId, TypedId};
use entity::kinds::Role;

use super::{MARKER, erase, marked};
use crate::support::rows::texts;
use crate::support::{Engine, TestApp};

/// Tables that only grow, and what may leave their rows once the buyer is erased.
const REDACTED: [(&str, &[&str]); 24] = [
    ("activity", &["external_id", "source", "subject"]),
    ("activity_event", &["note", "reason"]),
    ("blocker", &["note"]),
    ("blocker_resolution", &["resolution"]),
    ("clock_event", &["reason"]),
    ("close", &["external_id", "source"]),
    ("close_movement", &["reason"]),
    ("consent", &["evidence"]),
    ("credit_batch", &["reason"]),
    ("credit_dispute", &["reason"]),
    ("credit_dispute_end", &["reason"]),
    ("credit_proposal_decision", &["reason"]),
    ("credit_transfer", &["reason"]),
    ("credit_transfer_decision", &["reason"]),
    ("feedback", &["body"]),
    ("feedback_acknowledgement", &["note"]),
    ("handoff", &["external_id", "source"]),
    ("handoff_event", &["note"]),
    ("identity_pointer", &["reason"]),
    ("identity_pointer_end", &["reason"]),
    ("opportunity_event", &["reason"]),
    ("restatement", &["reason"]),
    ("stage_event", &["external_id", "reason", "source"]),
    ("touch", &["external_id", "source"]),
];

/// What a column is left with: text that has to be there is left empty.
fn left(table: &str, column: &str) -> &'static str {
    let required = [
        ("activity", "subject"),
        ("blocker_resolution", "resolution"),
        ("close_movement", "reason"),
        ("credit_batch", "reason"),
        ("credit_dispute", "reason"),
        ("credit_transfer", "reason"),
        ("feedback", "body"),
        ("restatement", "reason"),
    ];
    if required.contains(&(table, column)) { "''" } else { "NULL" }
}

/// Neither the file nor its log hold a text once the log has gone into the file.
pub async fn file_holds_nothing(app: &TestApp, text: &str) {
    let mut connection = SqliteConnection::connect(&app.url).await.unwrap();
    sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
    let path = app.url.strip_prefix("sqlite:").unwrap();
    for file in [path.to_owned(), format!("{path}-wal")] {
        let bytes = std::fs::read(file).unwrap_or_default().to_ascii_lowercase();
        assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()));
    }
}

#[tokio::test]
async fn sqlite_lets_only_what_names_an_erased_buyer_go() {
    let app = TestApp::new(Engine::Sqlite).await.unwrap();
    let acme = app.org("acme").await;
    let ops = acme.member(Role::Revops).await;
    let marked = marked(&ops).await;
    let mut connection = SqliteConnection::connect(&app.url).await.unwrap();
    let mut allowed = async |statement: String| sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.is_ok();
    for (table, columns) in REDACTED {
        for column in columns {
            let left = left(table, column);
            assert!(!allowed(format!("UPDATE {table} SET {column} = {left}")).await, "{table}.{column} of somebody who is not erased");
        }
    }
    for person in [&marked.person, &marked.other] {
        erase(&ops, person).await;
    }
    for (table, columns) in REDACTED {
        let all = texts(&app, &format!("SELECT name FROM pragma_table_info('{table}')")).await.concat();
        for column in all {
            let changed = format!("UPDATE {table} SET {column} = 'x'");
            assert!(!allowed(changed).await, "{table}.{column}");
            let is_key = column == "organization_id" || column == "id";
            if !columns.contains(&column.as_str()) && !is_key {
                let emptied = format!("UPDATE {table} SET {column} = NULL WHERE {column} IS NOT NULL");
                let holds = texts(&app, &format!("SELECT 'x' FROM {table} WHERE {column} IS NOT NULL")).await;
                assert!(holds.is_empty() || !allowed(emptied).await, "{table}.{column}");
            }
        }
        assert!(!allowed(format!("DELETE FROM {table}")).await, "{table}");
    }
    // The row itself does not take anything back either.
    let id = PersonId::parse(&marked.person).unwrap().uuid();
    for (column, value) in
        [("name", "'Ada'"), ("email", "'a@b.c'"), ("search_key", "'a'"), ("erased_at", "NULL"), ("erased_at", "NULL, name = 'Ada'")]
    {
        assert!(
            !allowed(format!("UPDATE person SET {column} = {value} WHERE hex(id) = '{}'", id.simple().to_string().to_uppercase())).await
        );
    }
}

#[tokio::test]
async fn postgres_lets_only_what_names_an_erased_buyer_go() {
    let Some(app) = TestApp::new(Engine::Postgres).await else { return };
    let acme = app.org("acme").await;
    let ops = acme.member(Role::Revops).await;
    let marked = marked(&ops).await;
    let granted = "SELECT c.table_name::text, string_agg(c.column_name::text, ',' ORDER BY c.column_name::text) FROM information_schema.column_privileges AS c \
        WHERE c.grantee = 'tandem_app' AND c.privilege_type = 'UPDATE' AND NOT EXISTS (SELECT 1 FROM information_schema.role_table_grants AS t \
        WHERE t.table_name = c.table_name AND t.grantee = 'tandem_app' AND t.privilege_type = 'UPDATE') GROUP BY 1 ORDER BY 1";
    let expected: Vec<Vec<String>> = REDACTED.iter().map(|(table, columns)| vec![(*table).to_owned(), columns.join(",")]).collect();
    assert_eq!(texts(&app, granted).await, expected);
    let mut connection = PgConnection::connect(&app.url).await.unwrap();
    sqlx::raw_sql("SET ROLE tandem_app").execute(&mut connection).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("SET app.organization_id = '{}'", acme.id.uuid()))).execute(&mut connection).await.unwrap();
    let mut changed =
        async |statement: String| sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.map(|done| done.rows_affected());
    for (table, columns) in REDACTED {
        for column in columns {
            let left = left(table, column);
            assert_eq!(
                changed(format!("UPDATE {table} SET {column} = {left}")).await.unwrap(),
                0,
                "{table}.{column} of somebody who is not erased"
            );
        }
    }
    erase(&ops, &marked.person).await;
    for (table, columns) in REDACTED {
        for column in columns {
            let refused = changed(format!("UPDATE {table} SET {column} = 'x'")).await.unwrap_err().to_string();
            assert!(refused.contains("row-level security"), "{table}.{column}: {refused}");
        }
        assert!(changed(format!("UPDATE {table} SET recorded_at = 0")).await.is_err(), "{table}");
        assert!(changed(format!("DELETE FROM {table}")).await.is_err(), "{table}");
    }
    let id = PersonId::parse(&marked.person).unwrap().uuid();
    let refused = changed(format!("UPDATE person SET name = 'Ada' WHERE id = '{id}'")).await.unwrap_err().to_string();
    assert!(refused.contains("ck_person_erased"), "{refused}");
    let refused = changed(format!("UPDATE person SET erased_at = NULL, name = 'Ada' WHERE id = '{id}'")).await.unwrap_err().to_string();
    assert!(refused.contains("row-level security"), "{refused}");
    assert!(
        !texts(&app, "SELECT coalesce(string_agg(name, ' '), '') FROM person").await.concat().concat().is_empty(),
        "{MARKER} two is still there"
    );
}
