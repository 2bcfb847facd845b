//! Hearing of what happens: in time, with one's rights, and without loss.

use std::time::Instant;

use entity::kinds::Role;
use serde_json::{Value, json};
use tandem::access::Access;

use super::listener::{Listener, Socket};
use super::outbox::{close, newest};
use crate::support::story::Story;
use crate::support::{Caller, Engine, TestOrganization, on_both_engines};

const CLOSES: &str = "subscription($after: Int) { closeRecorded(after: $after) { sequence close { id amount { amount } } } }";
const SCOREBOARD: &str = "subscription($after: Int) {
    scoreboardChanged(period: { from: \"2026-05-01\", to: \"2026-06-01\" }, after: $after) { sequence scoreboard { asOf lines { cost { amount } } } } }";
const REVISE_MEMBER: &str = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { userErrors { message } } }";

fn closed(heard: &Value) -> String {
    heard["close"]["id"].as_str().unwrap().to_owned()
}

fn id(close: &Value) -> String {
    close["id"].as_str().unwrap().to_owned()
}

pub async fn revise(admin: &Caller<'_>, mut input: Value, member: &Caller<'_>) {
    input["memberId"] = json!(member.member.unwrap().to_string());
    let answer = admin.gql(REVISE_MEMBER, json!({ "input": input })).await;
    assert_eq!(answer["reviseMember"]["userErrors"], json!([]));
}

on_both_engines! {
    /// Over both transports, and within a second where the database tells of it.
    async fn what_another_process_records_is_heard_of(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let other = app.beside(Access::default()).await;
        let there = TestOrganization { app: &other, id: story.acme.id }.signed_in(books.member.unwrap());
        let mut stream = Listener::open(&there, CLOSES, json!({})).await;
        let mut socket = Socket::open(&other, &there).await;
        // It is not said when it has begun to listen.
        socket.subscribe("1", CLOSES, json!({ "after": newest(&story.acme).await })).await;
        let mut fastest = None;
        for name in ["Initech", "Hooli", "Globex"] {
            let began = Instant::now();
            let close = story.close(close(name)).await;
            assert_eq!(closed(&stream.hear().await), id(&close));
            let heard = socket.hear().await;
            assert_eq!((&heard["id"], &heard["type"]), (&json!("1"), &json!("next")), "{heard}");
            assert_eq!(closed(&heard["payload"]["data"]["closeRecorded"]), id(&close));
            fastest = fastest.into_iter().chain([began.elapsed()]).min();
        }
        if app.engine == Engine::Postgres {
            assert!(fastest.unwrap().as_millis() < 1_000, "{fastest:?}");
        }
        stream.hears_nothing().await;
    }

    async fn whoever_comes_back_has_missed_nothing_and_hears_nothing_twice(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let mut stream = Listener::open(&books, CLOSES, json!({})).await;
        let first = story.close(close("Initech")).await;
        let heard = stream.hear().await;
        assert_eq!(closed(&heard), id(&first));
        drop(stream);
        let mut missed = Vec::new();
        for name in ["Hooli", "Globex"] {
            missed.push(id(&story.close(close(name)).await));
        }
        let mut stream = Listener::open(&books, CLOSES, json!({ "after": heard["sequence"] })).await;
        missed.push(id(&story.close(close("Umbrella")).await));
        for close in &missed {
            assert_eq!(&closed(&stream.hear().await), close);
        }
        stream.hears_nothing().await;
    }

    async fn rights_are_asked_for_again_with_each_event(app: TestApp) {
        let story = Story::begin(&app).await;
        let (admin, lead) = (story.member(Role::Admin).await, story.member(Role::MarketingLead).await);
        let mut stream = Listener::open(&lead, CLOSES, json!({})).await;
        story.close(close("Initech")).await;
        stream.hear().await;
        revise(&admin, json!({ "role": "MARKETER" }), &lead).await;
        story.close(close("Hooli")).await;
        assert_eq!(stream.ended().await, "FORBIDDEN");
        assert_eq!(Listener::try_open(&lead, CLOSES, json!({})).await.err().as_deref(), Some("FORBIDDEN"));
    }

    /// Without anything else happening.
    async fn whoever_is_no_member_any_more_hears_nothing_more(app: TestApp) {
        let story = Story::begin(&app).await;
        let (admin, lead) = (story.member(Role::Admin).await, story.member(Role::MarketingLead).await);
        let mut stream = Listener::open(&lead, CLOSES, json!({})).await;
        let mut socket = Socket::open(&app, &lead).await;
        socket.subscribe("1", CLOSES, json!({})).await;
        revise(&admin, json!({ "active": false }), &lead).await;
        assert_eq!(stream.ended().await, "UNAUTHENTICATED");
        assert_eq!(socket.closed().await, 4401);
    }

    async fn nobody_listens_without_permission(app: TestApp) {
        let story = Story::begin(&app).await;
        let marketer = story.member(Role::Marketer).await;
        assert_eq!(Listener::try_open(&marketer, CLOSES, json!({})).await.err().as_deref(), Some("FORBIDDEN"));
        assert_eq!(Listener::try_open(&app.anonymous(), CLOSES, json!({})).await.err().as_deref(), Some("UNAUTHENTICATED"));
        let mut socket = Socket::open(&app, &marketer).await;
        socket.subscribe("1", CLOSES, json!({})).await;
        let heard = socket.hear().await;
        assert_eq!((&heard["type"], &heard["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("FORBIDDEN")), "{heard}");
    }

    /// Sellers hear of the closes they see.
    async fn each_hears_of_what_they_see(app: TestApp) {
        let story = Story::begin(&app).await;
        let seller = story.member(Role::SalesRep).await;
        let (mut all, mut own) = (Listener::open(&story.today(), CLOSES, json!({})).await, Listener::open(&seller, CLOSES, json!({})).await);
        let account = story.account("Initech").await;
        let give = "mutation($input: ReviseAccountInput!) { reviseAccount(input: $input) { userErrors { message } } }";
        story.today().gql(give, json!({ "input": { "accountId": account, "ownerId": seller.member.unwrap().to_string() } })).await;
        let foreign = story.close(close("Hooli")).await;
        let mut theirs = close("");
        theirs.as_object_mut().unwrap().remove("newAccount");
        theirs["accountId"] = json!(account);
        let theirs = story.close(theirs).await;
        assert_eq!(closed(&all.hear().await), id(&foreign));
        assert_eq!(closed(&all.hear().await), id(&theirs));
        assert_eq!(closed(&own.hear().await), id(&theirs));
        own.hears_nothing().await;
    }

    async fn organizations_never_hear_each_other(app: TestApp) {
        let story = Story::begin(&app).await;
        let hooli = app.org("hooli").await;
        story.today();
        let there = hooli.member(Role::Admin).await;
        let mut stream = Listener::open(&there, CLOSES, json!({})).await;
        let mut scoreboard = Listener::open(&there, SCOREBOARD, json!({})).await;
        scoreboard.hear().await;
        story.close(close("Initech")).await;
        story.cost("SALES", "100.00", "2026-05-01", "2026-05-31").await;
        stream.hears_nothing().await;
        scoreboard.hears_nothing().await;
    }

    async fn figures_are_told_when_they_move_and_not_otherwise(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let mut stream = Listener::open(&books, SCOREBOARD, json!({})).await;
        let cost = |heard: &Value| heard["scoreboard"]["lines"][0]["cost"]["amount"].clone();
        assert_eq!(cost(&stream.hear().await), "0.00");
        // It moves nothing.
        story.account("Initech").await;
        stream.hears_nothing().await;
        // What comes close together is one, whatever it is.
        for _ in 0..3 {
            story.cost("SALES", "100.00", "2026-05-01", "2026-05-31").await;
        }
        let mut heard = stream.hear().await;
        while cost(&heard) != "300.00" {
            heard = stream.hear().await;
        }
        stream.hears_nothing().await;
        // Whoever goes on hears of it only if something has moved.
        let mut again = Listener::open(&books, SCOREBOARD, json!({ "after": newest(&story.acme).await })).await;
        again.hears_nothing().await;
        story.cost("SALES", "1.00", "2026-05-01", "2026-05-31").await;
        assert_eq!(cost(&again.hear().await), "301.00");
        let answer = books.gql("{ resourceScoreboard(period: { from: \"2026-05-01\", to: \"2026-06-01\" }) { lines { cost { amount } } } }", json!({})).await;
        assert_eq!(answer["resourceScoreboard"]["lines"][0]["cost"]["amount"], "301.00");
    }

    /// What is wrong with a question is said at once.
    async fn wrong_questions_are_refused(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        for document in [
            "subscription { closeRecorded { sequence } creditMoved { sequence } }",
            "subscription { ...F } fragment F on Subscription { closeRecorded { sequence } }",
            "subscription { slaClockChanged(agreementId: \"x\") { sequence } }",
            "subscription { closeRecorded(after: \"x\") { sequence } }",
            "subscription { __typename }",
        ] {
            let code = Listener::try_open(&books, document, json!({})).await.err();
            assert!(code.as_deref().is_some_and(|code| ["BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"].contains(&code)), "{document} {code:?}");
        }
        let empty = "subscription { scoreboardChanged(period: { from: \"2026-06-01\", to: \"2026-05-01\" }) { sequence } }";
        assert_eq!(Listener::open(&books, empty, json!({})).await.ended().await, "BAD_USER_INPUT");
    }
}
