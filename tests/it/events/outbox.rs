//! Events are written with what they tell of, in order, and go when they are old.

use std::time::Duration;

use entity::kinds::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::Connection;
use tandem::access::Access;
use tandem::events::service::prune;

use super::listener::Listener;
use crate::support::story::{Story, quarter, usd};
use crate::support::{Engine, TestOrganization, on_both_engines, rows};

/// The events of an organization: number, topic and how many rows.
pub async fn events(acme: &TestOrganization<'_>) -> Vec<(i64, String, i64)> {
    let id = match acme.app.engine {
        Engine::Sqlite => "lower(hex(organization_id))",
        Engine::Postgres => "replace(organization_id::text, '-', '')",
    };
    let wanted = entity::ids::TypedId::uuid(acme.id).simple().to_string();
    let statement =
        format!("SELECT CAST(sequence AS text), topic, CAST(row_count AS text) FROM event WHERE {id} = '{wanted}' ORDER BY event.sequence");
    let rows = rows::texts(acme.app, &statement).await;
    rows.into_iter().map(|row| (row[0].parse().unwrap(), row[1].clone(), row[2].parse().unwrap())).collect()
}

/// What was told since a number, by topic.
async fn since(acme: &TestOrganization<'_>, number: i64) -> Vec<(String, i64)> {
    events(acme).await.into_iter().filter(|(sequence, ..)| *sequence > number).map(|(_, topic, rows)| (topic, rows)).collect()
}

pub async fn newest(acme: &TestOrganization<'_>) -> i64 {
    events(acme).await.last().map_or(0, |(sequence, ..)| *sequence)
}

pub fn close(name: &str) -> Value {
    json!({ "newAccount": { "name": name }, "occurredAt": "2026-05-01T12:00:00Z", "amount": usd("100.00"), "path": "SELF_SERVE" })
}

on_both_engines! {
    /// However many processes write at once.
    async fn events_are_numbered_without_a_gap(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        let other = app.beside(Access::default()).await;
        let beside = TestOrganization { app: &other, id: story.acme.id };
        let books = story.today();
        let there = beside.signed_in(books.member.unwrap());
        let record = "mutation { recordAccount(input: { name: \"Initech\" }) { account { id } } }";
        join_all((0..20).map(|number| if number % 2 == 0 { books.gql(record, json!({})) } else { there.gql(record, json!({})) })).await;
        let numbers: Vec<i64> = events(&story.acme).await.into_iter().map(|(number, ..)| number).collect();
        assert!(numbers.len() > 50, "{numbers:?}");
        assert_eq!(numbers, (1..=i64::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
    }

    async fn objects_are_told_of_one_by_one_and_facts_by_their_number(app: TestApp) {
        let story = Story::begin(&app).await;
        story.today();
        let before = newest(&story.acme).await;
        story.close(close("Initech")).await;
        let told = since(&story.acme, before).await;
        assert!(told.starts_with(&[("CLOSE".to_owned(), 1), ("CREDIT".to_owned(), 1)]), "{told:?}");
        let person = story.person(json!({})).await;
        let before = newest(&story.acme).await;
        let touch = |day: u32| json!({ "personId": person, "occurredAt": format!("2026-05-{day:02}T12:00:00Z"), "kind": "EMAIL", "channel": "EMAIL",
            "actorKind": "CAMPAIGN", "resource": "MARKETING" });
        let items: Vec<Value> = (1..=20).map(touch).collect();
        let record = "mutation($input: RecordTouchesInput!) { recordTouches(input: $input) { results { outcome } userErrors { message } } }";
        let answer = story.today().gql(record, json!({ "input": { "items": items } })).await;
        assert_eq!(answer["recordTouches"]["userErrors"], json!([]));
        let told = since(&story.acme, before).await;
        assert_eq!(told.iter().filter(|(topic, _)| topic == "TOUCH").map(|(_, rows)| *rows).collect::<Vec<_>>(), [20], "{told:?}");
    }

    async fn nothing_is_told_of_what_did_not_last(app: TestApp) {
        let story = Story::begin(&app).await;
        let seller = story.member(Role::SalesRep).await;
        let before = events(&story.acme).await;
        let refused = story.today().gql("mutation { recordAccount(input: { name: \"\" }) { userErrors { code } } }", json!({})).await;
        assert_ne!(refused["recordAccount"]["userErrors"], json!([]));
        assert_eq!(seller.refused("mutation { createTeam(input: { name: \"x\", resources: [] }) { team { id } } }", json!({})).await, "FORBIDDEN");
        assert_eq!(events(&story.acme).await, before);
    }

    async fn old_events_go_and_whoever_comes_after_them_begins_anew(app: TestApp) {
        let story = Story::begin(&app).await;
        let subscription = "subscription($after: Int) { closeRecorded(after: $after) { sequence } }";
        story.at("2026-05-01T12:00:00Z");
        story.close(close("Initech")).await;
        let old = newest(&story.acme).await;
        story.today();
        story.close(close("Hooli")).await;
        let all = newest(&story.acme).await;
        let day = Duration::from_secs(86_400);
        assert_eq!(prune(&app.app, day * 7).await.unwrap(), u64::try_from(old).unwrap());
        assert_eq!(prune(&app.app, day * 7).await.unwrap(), 0);
        assert_eq!(events(&story.acme).await.first().map(|(number, ..)| *number), Some(old + 1));
        let books = story.today();
        let open = |after: i64| Listener::try_open(&books, subscription, json!({ "after": after }));
        assert_eq!(open(0).await.err().as_deref(), Some("EVENTS_GONE"));
        assert_eq!(open(old - 1).await.err().as_deref(), Some("EVENTS_GONE"));
        assert_eq!(open(all + 1).await.err().as_deref(), Some("BAD_USER_INPUT"));
        assert_eq!(open(-1).await.err().as_deref(), Some("BAD_USER_INPUT"));
        assert!(open(old).await.unwrap().hear().await["sequence"].as_i64().unwrap() > old);
        // The last one is kept however old it is.
        app.wait(86_400 * 30);
        prune(&app.app, day * 7).await.unwrap();
        assert_eq!(events(&story.acme).await.len(), 1);
    }

    /// The database agrees: what is kept stays as it is, whoever holds the connection.
    async fn events_that_are_kept_cannot_be_changed(app: TestApp) {
        let story = Story::begin(&app).await;
        story.today();
        story.close(close("Initech")).await;
        let before = events(&story.acme).await;
        for statement in ["UPDATE event SET row_count = 7", "DELETE FROM event"] {
            match app.engine {
                Engine::Sqlite => {
                    let mut connection = sqlx::SqliteConnection::connect(&app.url).await.unwrap();
                    assert!(sqlx::query(statement).execute(&mut connection).await.is_err(), "{statement}");
                }
                Engine::Postgres => {
                    let mut connection = sqlx::PgConnection::connect(&app.url).await.unwrap();
                    let organization = format!("SET ROLE tandem_app; SET app.organization_id = '{}'", entity::ids::TypedId::uuid(story.acme.id));
                    sqlx::raw_sql(sqlx::AssertSqlSafe(organization)).execute(&mut connection).await.unwrap();
                    // What may not be deleted is not found.
                    if let Ok(done) = sqlx::query(statement).execute(&mut connection).await {
                        assert_eq!((statement, done.rows_affected()), ("DELETE FROM event", 0));
                    }
                }
            }
        }
        assert_eq!(events(&story.acme).await, before);
    }
}
