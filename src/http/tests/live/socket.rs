//! Sockets: the messages of the protocol, and how a socket is closed.

use entity::ids::{MemberId, TypedId};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::{stage::*, *};
use crate::{
    budget::Rates,
    graphql::guard::Limits,
    http::{LiveSettings, TrustedDocuments},
};

const INIT: &str = r#"{"type":"connection_init"}"#;

async fn house() -> House {
    House::open(HttpSettings::default()).await
}

fn close(code: u16, reason: &str) -> (u16, String) {
    (code, reason.to_owned())
}

#[tokio::test]
async fn a_subscription_is_heard_to_its_end() {
    let house = house().await;
    let mut client = house.guest("ann").await;
    client.subscribe("a", "subscription { count(to: 2) }").await;
    assert_eq!(client.heard().await, r#"{"id":"a","type":"next","payload":{"data":{"count":0}}}"#);
    assert_eq!(client.heard().await, r#"{"id":"a","type":"next","payload":{"data":{"count":1}}}"#);
    assert_eq!(client.heard().await, r#"{"id":"a","type":"complete"}"#);
    // its id is free again
    client.subscribe("a", "subscription { count(to: 0) }").await;
    assert_eq!(client.heard().await, r#"{"id":"a","type":"complete"}"#);
}

#[tokio::test]
async fn queries_and_mutations_go_the_same_way() {
    let house = house().await;
    let mut client = house.guest("ann").await;
    client.subscribe("1", "{ zebra apple caller }").await;
    let answer = client.heard().await;
    assert!(
        answer.starts_with(r#"{"id":"1","type":"next","payload":{"data":{"zebra":1,"apple":2,"caller":"ann"},"extensions":"#),
        "{answer}"
    );
    assert_eq!(client.hear().await, json!({ "id": "1", "type": "complete" }));
    client.subscribe("1", "mutation { change }").await;
    assert_eq!(client.hear().await["payload"]["data"], json!({ "change": true }));
    assert_eq!(client.hear().await, json!({ "id": "1", "type": "complete" }));
    let variables = json!({ "query": "query($a: String!, $b: Int) { length(text: $a) }", "variables": { "a": "abc" } });
    client.say(json!({ "id": "2", "type": "subscribe", "payload": variables })).await;
    assert_eq!(client.hear().await["payload"]["data"], json!({ "length": 3 }));
}

#[tokio::test]
async fn what_is_refused_before_it_is_executed_is_an_error_and_not_a_next() {
    let house = house().await;
    let mut client = house.guest("ann").await;
    for (document, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ missing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { missing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { count(to: \"x\") }", "BAD_USER_INPUT"),
        ("subscription { a: count(to: 1) b: count(to: 1) }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { ...F } fragment F on Subscription { count(to: 1) refused }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { refused }", "FORBIDDEN"),
        ("query A { apple } query B { apple }", "BAD_USER_INPUT"),
        (&format!("{{ {} }}", "apple ".repeat(41)), "QUERY_TOO_COMPLEX"),
    ] {
        client.subscribe("1", document).await;
        let error = client.hear().await;
        assert_eq!((&error["type"], &error["payload"][0]["extensions"]["code"]), (&json!("error"), &json!(code)), "{document}");
        assert_eq!(error["id"], "1");
    }
}

#[tokio::test]
async fn an_error_of_a_field_is_a_next_and_says_no_more_than_elsewhere() {
    let house = house().await;
    let mut client = house.guest("ann").await;
    for document in ["subscription { failing { field } }", "{ broken }"] {
        client.subscribe("1", document).await;
        let next = client.hear().await;
        assert_eq!(
            (&next["type"], &next["payload"]["errors"][0]["extensions"]["code"]),
            (&json!("next"), &json!("INTERNAL")),
            "{document}"
        );
        assert!(next["payload"].as_object().unwrap().contains_key("data") && !next.to_string().contains("secret"), "{next}");
        assert_eq!(client.hear().await["type"], "complete");
    }
}

#[tokio::test]
async fn operations_run_side_by_side_and_end_when_the_client_is_done_with_them() {
    let house = house().await;
    let mut client = house.guest("ann").await;
    for id in ["a", "b"] {
        client.subscribe(id, "subscription { ticks { number } }").await;
    }
    house.stage.reached(2).await;
    house.stage.events.send(7).unwrap();
    let mut heard = [client.hear().await, client.hear().await];
    heard.sort_by_key(|message| message["id"].to_string());
    let next = |id: &str| json!({ "id": id, "type": "next", "payload": { "data": { "ticks": { "number": 7 } } } });
    assert_eq!(heard, [next("a"), next("b")]);
    client.say(json!({ "id": "a", "type": "complete" })).await;
    house.stage.reached(1).await;
    // one that is not there is no mistake
    client.say(json!({ "id": "a", "type": "complete" })).await;
    house.stage.events.send(8).unwrap();
    assert_eq!(client.hear().await["id"], "b");
    house.stage.events.send(-1).unwrap();
    assert_eq!(client.hear().await, json!({ "id": "b", "type": "complete" }));
}

#[tokio::test]
async fn what_ran_over_a_socket_ends_with_it() {
    let house = house().await;
    for polite in [true, false] {
        let mut client = house.guest("ann").await;
        client.subscribe("a", "subscription { ticks { number } }").await;
        house.stage.reached(1).await;
        if polite {
            client.0.close(None).await.unwrap();
        }
        drop(client);
        house.stage.reached(0).await;
    }
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload() {
    let house = house().await;
    let mut client = house.client().await;
    client.say(json!({ "type": "ping" })).await;
    assert_eq!(client.heard().await, r#"{"type":"pong"}"#);
    client.send(Message::text(INIT)).await;
    assert_eq!(client.heard().await, r#"{"type":"connection_ack"}"#);
    client.send(Message::text(r#"{"type":"ping","payload":{"b":1e400,"a":[null, "é"]}}"#)).await;
    assert_eq!(client.heard().await, r#"{"type":"pong","payload":{"b":1e400,"a":[null, "é"]}}"#);
    client.send(Message::text(r#"{"type":"pong"}"#)).await;
    client.subscribe("1", "{ apple }").await;
    assert_eq!(client.hear().await["type"], "next");
}

#[tokio::test]
async fn a_socket_is_closed_for_what_the_protocol_forbids() {
    let house = house().await;
    let subscribe = r#"{"id":"1","type":"subscribe","payload":{"query":"subscription { ticks { number } }"}}"#;
    let invalid = close(4400, "Invalid message received");
    for (messages, expected) in [
        (&["x"][..], &invalid),
        (&[r#"{"type":"unknown"}"#], &invalid),
        (&[r#"{"type":"connection_init","payload":[]}"#], &invalid),
        (&[r#"{"type":"connection_init","payload":{"acting-for":"nobody"}}"#], &invalid),
        (&[INIT, r#"{"type":"connection_ack"}"#], &invalid),
        (&[INIT, r#"{"id":"","type":"subscribe","payload":{"query":"{apple}"}}"#], &invalid),
        (&[INIT, r#"{"id":"1","type":"subscribe","payload":{"query":1}}"#], &invalid),
        (&[INIT, r#"{"id":"1","type":"subscribe","payload":{}}"#], &invalid),
        (&[subscribe], &close(4401, "Unauthorized")),
        (&[INIT, INIT], &close(4429, "Too many initialisation requests")),
        (&[INIT, subscribe, subscribe], &close(4409, "Subscriber for 1 already exists")),
    ] {
        let mut client = house.client().await;
        for message in messages {
            client.send(Message::text(*message)).await;
        }
        assert_eq!(&client.closed().await, expected, "{messages:?}");
    }
    house.stage.reached(0).await;
    let mut client = house.client().await;
    client.send(Message::binary(INIT.as_bytes().to_vec())).await;
    assert_eq!(client.closed().await, invalid);
    let mut client = house.guest("ann").await;
    client.send(Message::text(format!(r#"{{"type":"ping","payload":{{"x":"{}"}}}}"#, "x".repeat(1_000_000)))).await;
    assert_eq!(client.closed().await, close(1009, "Message too long"));
}

#[tokio::test]
async fn a_client_that_never_begins_is_not_waited_for() {
    let hasty = with_live(LiveSettings { init_timeout: Duration::from_millis(50), ..LiveSettings::default() });
    let house = House::open(hasty).await;
    let mut client = house.client().await;
    client.say(json!({ "type": "ping" })).await;
    assert_eq!(client.closed().await, close(4408, "Connection initialisation timeout"));
    let mut client = house.guest("ann").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    client.subscribe("1", "{ apple }").await;
    assert_eq!(client.hear().await["type"], "next");
}

#[tokio::test]
async fn another_protocol_is_not_spoken() {
    let house = house().await;
    let mut client = house.socket(&[]).await.unwrap();
    assert_eq!(client.closed().await, close(4406, "Subprotocol not acceptable"));
    let mut several = house.socket(&[("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")]).await.unwrap();
    several.send(Message::text(INIT)).await;
    assert_eq!(several.heard().await, r#"{"type":"connection_ack"}"#);
}

#[tokio::test]
async fn tokens_come_with_the_init_or_in_a_header() {
    let house = house().await;
    let member = MemberId::from_uuid(Uuid::from_u128(7)).to_string();
    for (header, payload, caller) in [
        (None, json!(null), Value::Null),
        (None, json!({}), Value::Null),
        (Some("Bearer ann"), json!(null), json!("ann")),
        (Some("Bearer ann"), json!({ "x": 1, "authorization": null }), json!("ann")),
        (Some("Bearer ann"), json!({ "Authorization": "bearer bob" }), json!("bob")),
        (None, json!({ "authorization": "Bearer ann", "Acting-For": member }), json!(member)),
    ] {
        let mut headers = vec![("sec-websocket-protocol", "graphql-transport-ws")];
        headers.extend(header.map(|value| ("authorization", value)));
        let mut client = house.socket(&headers).await.unwrap();
        client.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(client.hear().await["type"], "connection_ack");
        client.subscribe("1", "{ caller }").await;
        assert_eq!(client.hear().await["payload"]["data"]["caller"], caller, "{payload}");
    }
}

#[tokio::test]
async fn who_is_not_let_in_is_told_by_the_close() {
    let house = house().await;
    let bearer = |name: &str| json!({ "authorization": format!("Bearer {name}") });
    let forbidden = close(4403, "Forbidden");
    for (payload, expected) in [
        (bearer("bad"), &forbidden),
        (json!({ "authorization": "Basic YTpi" }), &forbidden),
        (json!({ "authorization": "" }), &forbidden),
        (json!({ "authorization": 1 }), &forbidden),
        (json!({ "authorization": "Bearer ann", "AUTHORIZATION": "Bearer bob" }), &forbidden),
        (bearer("busy"), &close(4429, "The budget is spent")),
        (bearer("down"), &close(1013, "Try again later")),
    ] {
        let mut client = house.client().await;
        client.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(&client.closed().await, expected, "{payload}");
    }
}

#[tokio::test]
async fn who_is_let_in_no_longer_is_shut_out() {
    let house = house().await;
    for (name, expected) in [("expiring", close(4401, "Unauthorized")), ("leaving", close(4403, "Forbidden"))] {
        let mut client = house.guest(name).await;
        client.subscribe("1", "subscription { count(to: 1) }").await;
        assert_eq!(client.hear().await["payload"]["data"], json!({ "count": 0 }));
        assert_eq!(client.closed().await, expected);
    }
    let mut client = house.guest("ann").await;
    house.stage.good.store(false, Ordering::SeqCst);
    client.subscribe("1", "{ apple }").await;
    assert_eq!(client.closed().await, close(4401, "Unauthorized"));
}

#[tokio::test]
async fn a_silent_socket_is_closed_when_its_token_ends() {
    let house = House::open(with_live(LiveSettings { ping_every: Duration::from_millis(50), ..LiveSettings::default() })).await;
    let mut client = house.guest("ann").await;
    client.subscribe("1", "subscription { ticks { number } }").await;
    house.stage.reached(1).await;
    house.stage.good.store(false, Ordering::SeqCst);
    assert_eq!(client.closed().await, close(4401, "Unauthorized"));
    house.stage.reached(0).await;
}

#[tokio::test]
async fn a_subscription_that_can_go_on_no_longer_ends_alone() {
    let house = house().await;
    let mut client = house.guest("failing").await;
    client.subscribe("1", "subscription { count(to: 1) }").await;
    assert_eq!(client.hear().await["type"], "next");
    assert_eq!(client.hear().await, json!({ "id": "1", "type": "error", "payload": [{ "message": "lost" }] }));
    let mut client = house.guest("panicking").await;
    client.subscribe("1", "subscription { count(to: 0) }").await;
    let error = client.hear().await;
    assert_eq!((&error["type"], &error["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("INTERNAL")));
    client.subscribe("1", "{ apple }").await;
    assert_eq!(client.hear().await["type"], "next");
}

#[tokio::test]
async fn a_trusted_document_may_be_sent_by_its_hash_and_in_strict_mode_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("me.graphql"), "query Me { me { id } }").unwrap();
    let trusted = TrustedDocuments::load(folder.path(), true, &Limits::default()).await.map_err(|error| error.for_operator()).unwrap();
    let house = House::open(HttpSettings { trusted_documents: Arc::new(trusted), ..HttpSettings::default() }).await;
    let mut client = house.guest("ann").await;
    client.subscribe("1", "subscription { count(to: 1) }").await;
    assert_eq!(client.hear().await["payload"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    // the schema here does not know it: it gets as far
    client.subscribe("1", "query Me { me { id } }").await;
    assert_eq!(client.hear().await["payload"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn what_is_asked_over_a_socket_is_paid_for() {
    let rates = Rates { member: 4, ..Rates::default() };
    let house = House::open(HttpSettings { rates, ..HttpSettings::default() }).await;
    // one point to be let in
    let mut client = house.guest("ann").await;
    for (document, kind) in [
        ("subscription { count(to: 0) }", "complete"),
        ("{ apple }", "next"),
        ("{ apple }", "next"),
        ("{ apple }", "error"),
        ("subscription { count(to: 0) }", "error"),
    ] {
        client.subscribe("1", document).await;
        let heard = client.hear().await;
        assert_eq!(heard["type"], kind, "{document}");
        match kind {
            "next" => assert_eq!(client.hear().await["type"], "complete"),
            "error" => assert_eq!(heard["payload"][0]["extensions"]["code"], "RATE_LIMITED"),
            _ => {}
        }
    }
    let mut again = house.client().await;
    again.say(json!({ "type": "connection_init", "payload": { "authorization": "Bearer bob" } })).await;
    assert_eq!(again.closed().await, close(4429, "The budget is spent"));
}
