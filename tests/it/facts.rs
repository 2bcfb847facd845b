//! What is known in memory says what the database says: after every change, as of every instant, in every process.

use std::sync::atomic::{AtomicUsize, Ordering};

use entity::kinds::Role;
use entity::time::Timestamp;
use serde_json::{Value, json};
use tandem::access::Access;
use tandem::auth::Scope;
use tandem::auth::permission::grant::FunnelRead;
use tandem::facts::service::{Facts, When, known, limit};
use tandem::metrics::definition::ALL;

use crate::catalogue::{days, ways};
use crate::support::{Caller, Demo, TestOrganization, on_both_engines};

const METRIC: &str = "query($key: String!, $period: PeriodInput!, $args: MetricArgsInput, $asOf: DateTime) {
    metric(key: $key, period: $period, args: $args, asOf: $asOf) { value numerator denominator nullReason pending contributions { resource value } } }";
const FUNNEL: &str = "query($subject: FunnelSubject!, $asOf: DateTime) { funnel(period: { from: \"2026-01-01\", to: \"2026-08-01\" }, subject: $subject,
    breakdown: { by: CHANNEL, at: FIRST_STEP }, asOf: $asOf) { pending steps { entered matured visits } groups { of { value } steps { entered } }
    rows(first: 100) { nodes { subjectId enteredAt steps { value } } } } }";
const ATTRIBUTION: &str = "query($asOf: DateTime) { compareModels(period: { from: \"2026-01-01\", to: \"2026-08-01\" }, by: CHANNEL, asOf: $asOf,
    models: [{ model: FIRST_TOUCH }, { model: LINEAR }, { model: MARKOV }]) { models { model { name } lines { key creditedCloses creditedValue { amount } } } } }";

/// Everything that is counted from touches and stage events.
async fn figures(caller: &Caller<'_>, asked: &[(&str, Value)], as_of: Timestamp) -> Vec<Value> {
    let as_of = json!(as_of.to_string());
    let mut told = Vec::new();
    for (key, args) in asked {
        let metric = json!({ "key": key, "args": args, "period": days("2026-01-01", "2026-08-01"), "asOf": as_of });
        told.push(json!({ *key: caller.gql(METRIC, metric).await }));
    }
    for subject in ["PERSON", "ACCOUNT"] {
        told.push(caller.gql(FUNNEL, json!({ "subject": subject, "asOf": as_of })).await);
    }
    told.push(caller.gql(ATTRIBUTION, json!({ "asOf": as_of })).await);
    told
}

/// A change that must be accepted.
async fn done(caller: &Caller<'_>, field: &str, input: Value) {
    let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
    let document = format!("mutation($input: {kind}!) {{ {field}(input: $input) {{ userErrors {{ field message }} }} }}");
    let answer = caller.gql(&document, json!({ "input": input })).await;
    assert_eq!(answer[field]["userErrors"], json!([]), "{field} {input}");
}

/// Late, corrected, taken back, merged, refunded, unmerged and erased, a round after the other.
async fn change(caller: &Caller<'_>, round: usize) {
    let ids = caller.gql(
        "{ touches(last: 40) { nodes { id occurredAt person { id } } } people(first: 6) { nodes { id } } accounts(first: 6) { nodes { id } }
           tactics(first: 3) { nodes { id } } closes(first: 3) { nodes { id } }
           stageEvents(last: 20, filter: { stage: \"QUALIFIED\" }) { nodes { id occurredAt } } }",
        json!({}),
    );
    let ids = ids.await;
    let id = |list: &str, number: usize| ids[list]["nodes"][number]["id"].clone();
    match round {
        0 => {
            let late = json!({ "personId": id("people", 0), "tacticId": id("tactics", 1), "kind": "VISIT", "actorKind": "CAMPAIGN",
                "occurredAt": "2026-03-03T03:03:03Z" });
            done(caller, "recordTouch", late).await;
            done(caller, "correctTouch", json!({ "touchId": id("touches", 0), "channel": "SOCIAL", "occurredAt": "2026-02-02T02:02:02Z" }))
                .await;
            done(caller, "correctTouch", json!({ "touchId": id("touches", 1), "retract": true })).await;
        }
        1 => {
            let items = (0..40).map(|number| {
                json!({ "accountId": id("accounts", number % 6), "personId": id("people", number % 5), "kind": "VISIT", "actorKind": "CAMPAIGN",
                    "channel": "WEB", "resource": "PRODUCT", "occurredAt": format!("2026-0{}-11T10:00:00Z", 1 + number % 6) })
            });
            done(caller, "recordTouches", json!({ "items": items.collect::<Vec<_>>() })).await;
            done(caller, "mergeIdentities", json!({ "from": id("people", 1), "to": id("people", 0) })).await;
            done(caller, "mergeIdentities", json!({ "from": id("accounts", 1), "to": id("accounts", 2) })).await;
        }
        2 => {
            done(caller, "correctStageEvent", json!({ "stageEventId": id("stageEvents", 0), "retract": true })).await;
            let entered = json!({ "personId": id("people", 3), "stage": "QUALIFIED", "occurredAt": "2026-02-11T00:00:00Z", "backdated": true,
                "reason": "found in an old list" });
            done(caller, "recordStageEvent", entered).await;
            let refund = json!({ "closeId": id("closes", 0), "kind": "REFUND", "amount": { "amount": "1.00", "currency": "USD" },
                "occurredAt": "2026-07-30T00:00:00Z", "reason": "a broken part" });
            done(caller, "recordCloseMovement", refund).await;
        }
        _ => {
            done(caller, "unmergeIdentities", json!({ "from": id("accounts", 1), "to": id("accounts", 2) })).await;
            done(caller, "erasePerson", json!({ "personId": id("people", 4) })).await;
        }
    }
}

#[tokio::test]
async fn every_figure_is_what_the_database_says_after_every_change_and_as_of_every_instant() {
    let demo = Demo::to_change().await;
    let member = demo.member(Role::Admin).member.unwrap();
    let admin = |app| TestOrganization { app, id: demo.organization() }.signed_in(member);
    let database = demo.app.beside(Access::default()).await;
    limit(database.app.db(), 0);
    let mut asked = Vec::new();
    for definition in ALL {
        asked.push((definition.key, ways(&admin(&demo.app), definition).await.swap_remove(0)));
    }
    let mut seen = Vec::new();
    for round in 0..4 {
        let now = demo.app.app.now();
        let told = figures(&admin(&database), &asked, now).await;
        assert_eq!(figures(&admin(&demo.app), &asked, now).await, told, "round {round}");
        seen.push((now, told));
        demo.app.wait(60);
        change(&admin(&demo.app), round).await;
    }
    // With every correction in it, it is what it was as of every instant; and so it is where everything is read at once.
    let anew = demo.app.beside(Access::default()).await;
    for (instant, told) in seen.iter().step_by(2) {
        for app in [&demo.app, &anew] {
            assert_eq!(&figures(&admin(app), &asked, *instant).await, told, "as of {instant}");
        }
    }
    // The changes changed something.
    assert!(seen.windows(2).all(|two| two[0].1 != two[1].1));
    let now = demo.app.app.now();
    assert_eq!(figures(&admin(&anew), &asked, now).await, figures(&admin(&database), &asked, now).await);
}

/// How many touches there are, as a transaction of a process sees them.
async fn touches(scope: &Scope<FunnelRead>) -> Option<usize> {
    let facts = known(&scope.read().await.unwrap()).await.unwrap()?;
    Some(count(&facts))
}

fn count(facts: &Facts) -> usize {
    let mut count = 0;
    facts.touches(&When { from: Timestamp::MIN, to: Timestamp::MAX, as_of: Timestamp::MAX }, |_| count += 1);
    count
}

/// How often it is tried to miss something; more where it is asked for.
#[expect(clippy::disallowed_methods, reason = "how long a test tries is no setting of the program")]
fn tries() -> usize {
    std::env::var("TANDEM_TRIES").ok().and_then(|tries| tries.parse().ok()).unwrap_or(300)
}

/// Somebody to touch.
async fn somebody(caller: &Caller<'_>) -> Value {
    let person = "mutation { recordPerson(input: {}) { person { id } } }";
    caller.gql(person, json!({})).await["recordPerson"]["person"]["id"].take()
}

async fn touch(caller: &Caller<'_>, person: &Value, number: usize) {
    let touch = json!({ "personId": person, "kind": "VISIT", "actorKind": "CAMPAIGN", "channel": "WEB", "resource": "MARKETING",
        "occurredAt": format!("2026-01-01T00:{:02}:{:02}Z", number / 60 % 60, number % 60) });
    done(caller, "recordTouch", touch).await;
}

on_both_engines! {
    async fn nothing_that_another_process_acknowledged_is_missed(app: TestApp) {
        let acme = app.org("acme").await;
        let caller = acme.member(Role::Admin).await;
        let person = somebody(&caller).await;
        let other = app.beside(Access::default()).await;
        let there = TestOrganization { app: &other, id: acme.id };
        let (here, there): (Scope<FunnelRead>, Scope<FunnelRead>) = (acme.setup().authorize().unwrap(), there.setup().authorize().unwrap());
        let (acknowledged, read) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let writing = async {
            let mut number = 0;
            while read.load(Ordering::Relaxed) < tries() {
                touch(&caller, &person, number).await;
                number += 1;
                acknowledged.store(number, Ordering::SeqCst);
            }
        };
        let reading = async {
            let (mut known_at_once, mut most) = (0, 0);
            while read.fetch_add(1, Ordering::Relaxed) < tries() {
                let before = acknowledged.load(Ordering::SeqCst);
                for scope in [&there, &here] {
                    if let Some(found) = touches(scope).await {
                        assert!(found >= before, "{found} of {before}");
                        known_at_once += 1;
                        most = most.max(found);
                    }
                }
            }
            (known_at_once, most)
        };
        let ((), (known_at_once, most)) = tokio::join!(writing, reading);
        // Not by reading the database each time, and while something was written.
        assert!(known_at_once > tries() && most > tries() / 20, "{known_at_once} {most}");
    }

    async fn whoever_writes_reads_what_they_wrote(app: TestApp) {
        let acme = app.org("acme").await;
        let caller = acme.member(Role::Admin).await;
        let person = somebody(&caller).await;
        let scope: Scope<FunnelRead> = acme.setup().authorize().unwrap();
        assert_eq!(touches(&scope).await, Some(0));
        touch(&caller, &person, 0).await;
        let before = scope.read().await.unwrap();
        assert_eq!(count(&known(&before).await.unwrap().unwrap()), 1);
        touch(&caller, &person, 1).await;
        assert_eq!(touches(&scope).await, Some(2));
        // A transaction that began earlier does not see what was recorded since, and what is known by now is not for it.
        assert!(known(&before).await.unwrap().is_none());
        assert!(known(&scope.write().await.unwrap()).await.unwrap().is_none());
    }

    async fn what_does_not_fit_is_read_from_the_database(app: TestApp) {
        let (acme, bolt) = (app.org("acme").await, app.org("bolt").await);
        let scopes: [Scope<FunnelRead>; 2] = [acme.setup().authorize().unwrap(), bolt.setup().authorize().unwrap()];
        limit(app.app.db(), 1);
        assert_eq!((touches(&scopes[0]).await, touches(&scopes[1]).await), (Some(0), Some(0)));
        limit(app.app.db(), 0);
        assert_eq!((touches(&scopes[0]).await, touches(&scopes[1]).await), (None, None));
    }
}
