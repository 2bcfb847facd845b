//! Hearing how goals come nearer, and what the figures tell.

use std::time::Instant;

use entity::kinds::Role;
use serde_json::{Value, json};
use tandem::access::Access;

use super::listener::{Listener, Socket};
use super::listening::revise;
use super::outbox::close;
use crate::goals::{closes, set};
use crate::insights::find;
use crate::support::story::Story;
use crate::support::{Engine, TestOrganization, on_both_engines};

const PROGRESS: &str = "subscription($id: ID!, $after: Int) { goalProgress(goalId: $id, after: $after) {
    sequence goal { target { amount } } progress { actual { value } attainment { value } } } }";
const REVISE_TARGET: &str = "mutation($input: ReviseGoalTargetInput!) { reviseGoalTarget(input: $input) { userErrors { message } } }";
const INSIGHTS: &str = "subscription($resource: Resource) { insightRaised(resource: $resource) { insight { kind subject { resource } } } }";

fn reached(heard: &Value) -> &str {
    heard["progress"]["actual"]["value"].as_str().unwrap()
}

on_both_engines! {
    /// Over both transports, and within a second where the database tells of it.
    async fn a_goal_comes_nearer_with_what_another_process_records(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let goal = set(&books, closes(json!({ "target": "4" }))).await;
        let other = app.beside(Access::default()).await;
        let there = TestOrganization { app: &other, id: story.acme.id }.signed_in(books.member.unwrap());
        let id = json!({ "id": goal["id"] });
        let mut stream = Listener::open(&there, PROGRESS, id.clone()).await;
        let mut socket = Socket::open(&other, &there).await;
        socket.subscribe("1", PROGRESS, id.clone()).await;
        assert_eq!(reached(&stream.hear().await), "0.0000");
        assert_eq!(reached(&socket.hear().await["payload"]["data"]["goalProgress"]), "0.0000");
        let (mut fastest, mut last) = (None, Value::Null);
        for (name, now) in [("Initech", "1.0000"), ("Hooli", "2.0000")] {
            let began = Instant::now();
            story.close(close(name)).await;
            last = stream.hear().await;
            assert_eq!(reached(&last), now);
            assert_eq!(reached(&socket.hear().await["payload"]["data"]["goalProgress"]), now);
            fastest = fastest.into_iter().chain([began.elapsed()]).min();
        }
        if app.engine == Engine::Postgres {
            assert!(fastest.unwrap().as_millis() < 1_000, "{fastest:?}");
        }
        stream.hears_nothing().await;
        drop(stream);
        // Whoever was cut off hears how it stands where that is otherwise, and else nothing.
        let on = json!({ "id": goal["id"], "after": last["sequence"] });
        let mut again = Listener::open(&there, PROGRESS, on.clone()).await;
        again.hears_nothing().await;
        drop(again);
        let target = json!({ "goalId": goal["id"], "target": "8", "reason": "more of us" });
        books.gql(REVISE_TARGET, json!({ "input": target })).await;
        let mut again = Listener::open(&there, PROGRESS, on).await;
        let heard = again.hear().await;
        assert_eq!((&heard["goal"]["target"]["amount"], &heard["progress"]["attainment"]["value"]), (&json!("8"), &json!("0.2500")));
        again.hears_nothing().await;
    }

    async fn who_may_not_read_the_metric_any_more_hears_of_it_no_more(app: TestApp) {
        let story = Story::begin(&app).await;
        let goal = set(&story.today(), closes(json!({}))).await;
        let (admin, lead) = (story.member(Role::Admin).await, story.member(Role::SalesLead).await);
        let id = json!({ "id": goal["id"] });
        let mut stream = Listener::open(&lead, PROGRESS, id.clone()).await;
        stream.hear().await;
        // An assistant reads goals, but no amounts.
        revise(&admin, json!({ "role": "SALES_ASSISTANT" }), &lead).await;
        story.close(close("Initech")).await;
        assert_eq!(stream.ended().await, "FORBIDDEN");
        assert_eq!(Listener::try_open(&lead, PROGRESS, id).await.err().as_deref(), Some("FORBIDDEN"));
        let strange = json!({ "id": "gol_00000000000000000000000001" });
        assert_eq!(Listener::try_open(&story.today(), PROGRESS, strange).await.err().as_deref(), Some("BAD_USER_INPUT"));
    }

    async fn each_insight_is_heard_of_when_it_is_raised(app: TestApp) {
        let story = Story::begin(&app).await;
        let desk = story.at("2026-06-01T12:00:00Z");
        let mut marketing = Listener::open(&desk, INSIGHTS, json!({ "resource": "MARKETING" })).await;
        let mut sales = Listener::open(&desk, INSIGHTS, json!({ "resource": "SALES" })).await;
        story.cost("MARKETING", "1200.00", "2026-05-01", "2026-05-31").await;
        assert_eq!(find(&desk).await.len(), 1);
        let heard = marketing.hear().await;
        assert_eq!(heard["insight"], json!({ "kind": "ZERO_CLOSES", "subject": { "resource": "MARKETING" } }));
        assert_eq!(find(&desk).await.len(), 0);
        marketing.hears_nothing().await;
        sales.hears_nothing().await;
    }
}
