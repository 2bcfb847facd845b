//! Who may open a socket, how much may be open, clients that take nothing, and the end of the server.

use std::io::{Read, Write};

use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::{stage::*, *};
use crate::http::LiveSettings;

const WS: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");
const TICKS: &str = "subscription { ticks { number } }";

fn close(code: u16, reason: &str) -> (u16, String) {
    (code, reason.to_owned())
}

#[tokio::test]
async fn pages_of_other_origins_open_no_socket() {
    let settings = HttpSettings { allowed_origins: vec!["https://app.example.com".parse().unwrap()], ..HttpSettings::default() };
    let house = House::open(settings).await;
    let ours = format!("http://{}", house.address);
    for origin in ["https://app.example.com", &ours] {
        assert!(house.socket(&[WS, ("origin", origin)]).await.is_ok(), "{origin}");
    }
    for origin in ["https://evil.example", "null", "https://app.example.com.evil.example", "http://localhost:1"] {
        let refused = house.refused(&[WS, ("origin", origin)]).await;
        assert_eq!(refused, (StatusCode::FORBIDDEN, json!("FORBIDDEN")), "{origin}");
    }
}

#[tokio::test]
async fn what_is_no_upgrade_is_answered() {
    let house = House::open(HttpSettings::default()).await;
    assert_eq!(house.refused(&[WS, ("sec-websocket-version", "12")]).await, (StatusCode::BAD_REQUEST, json!("BAD_USER_INPUT")));
    assert_eq!(house.refused(&[WS, ("authorization", "Basic x")]).await, (StatusCode::UNAUTHORIZED, json!("UNAUTHENTICATED")));
    let (router, _) = theatre(HttpSettings::default());
    let request = with(get("/graphql?query=%7Bapple%7D"), header::UPGRADE, "websocket");
    let answer = Answer::of(router.clone().oneshot(request).await.unwrap()).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, json!("BAD_USER_INPUT")));
    // another protocol is not switched to, and the request answered
    let request = with(get("/graphql?query=%7Bapple%7D"), header::UPGRADE, "h2c");
    assert_eq!(Answer::of(router.oneshot(request).await.unwrap()).await.json()["data"], json!({ "apple": 2 }));
}

#[tokio::test]
async fn so_many_sockets_for_all_and_so_many_for_each() {
    let house = House::open(with_live(LiveSettings { most: 3, most_of_caller: 2, ..LiveSettings::default() })).await;
    let (mut first, _second) = (house.guest("ann").await, house.guest("ann").await);
    let mut third = house.client().await;
    third.say(json!({ "type": "connection_init", "payload": { "authorization": "Bearer ann" } })).await;
    assert_eq!(third.closed().await, close(4429, "Too many connections"));
    drop(third);
    let _third = house.guest("barbara").await;
    assert_eq!(house.refused(&[WS]).await, (StatusCode::SERVICE_UNAVAILABLE, json!("UNAVAILABLE")));
    first.0.close(None).await.unwrap();
    let again = async {
        while house.socket(&[WS]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(LONG, again).await.unwrap();
}

#[tokio::test]
async fn so_many_operations_run_over_one_socket() {
    let house = House::open(with_live(LiveSettings { operations: 2, ..LiveSettings::default() })).await;
    let mut client = house.guest("ann").await;
    for id in ["a", "b", "c"] {
        client.subscribe(id, TICKS).await;
    }
    let expected = json!({ "id": "c", "type": "error", "payload": [{
        "message": "too many operations run over one socket at once: at most 2",
        "extensions": { "code": "RATE_LIMITED", "limit": "socketOperations", "maximum": 2 },
    }] });
    assert_eq!(client.hear().await, expected);
    house.stage.reached(2).await;
    client.say(json!({ "id": "a", "type": "complete" })).await;
    house.stage.reached(1).await;
    client.subscribe("c", TICKS).await;
    house.stage.reached(2).await;
    house.stage.events.send(1).unwrap();
    let mut heard = [client.hear().await["id"].clone(), client.hear().await["id"].clone()];
    heard.sort_by_key(Value::to_string);
    assert_eq!(heard, ["b", "c"]);
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_dropped() {
    let live = LiveSettings { patience: Duration::from_millis(500), undelivered: 4, ..LiveSettings::default() };
    let house = House::open(with_live(live)).await;
    let mut client = house.guest("ann").await;
    client.subscribe("a", "subscription { flood }").await;
    client.subscribe("b", TICKS).await;
    house.stage.reached(2).await;
    house.stage.reached(0).await;
    assert_eq!(client.closed().await, close(4413, "Slow consumer"));
}

#[tokio::test]
async fn a_client_that_takes_what_it_is_sent_is_not() {
    let live = LiveSettings { undelivered: 2, undelivered_bytes: 1_000, ..LiveSettings::default() };
    let house = House::open(with_live(live)).await;
    let mut client = house.guest("ann").await;
    client.subscribe("a", "subscription { count(to: 5000) }").await;
    for number in 0..5_000 {
        assert_eq!(client.hear().await["payload"]["data"]["count"], number);
    }
    assert_eq!(client.hear().await["type"], "complete");
}

#[tokio::test]
async fn a_client_that_answers_no_pings_is_gone() {
    let live = LiveSettings { ping_every: Duration::from_millis(50), ..LiveSettings::default() };
    let house = House::open(with_live(live)).await;
    let mut silent = house.guest("ann").await;
    silent.subscribe("a", TICKS).await;
    house.stage.reached(1).await;
    // whoever reads answers pings without knowing
    house.stage.reached(0).await;
    assert_eq!(silent.closed().await, close(4499, "No answer to pings"));
    let mut lively = house.guest("ann").await;
    lively.subscribe("a", TICKS).await;
    house.stage.reached(1).await;
    let events = house.stage.events.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(400)).await;
        events.send(1).unwrap();
    });
    assert_eq!(lively.hear().await["type"], "next");
}

#[tokio::test]
async fn what_is_open_is_closed_when_the_server_stops() {
    let house = House::open(HttpSettings::default()).await;
    let (mut idle, mut busy, mut fresh) = (house.guest("ann").await, house.guest("ann").await, house.client().await);
    busy.subscribe("a", TICKS).await;
    let address = house.address;
    let stream = tokio::task::spawn_blocking(move || {
        let mut socket = std::net::TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        let path = "/graphql?query=subscription%7Bticks%7Bnumber%7D%7D";
        write!(socket, "GET {path} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n").unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).unwrap();
        text
    });
    house.stage.reached(2).await;
    let begin = std::time::Instant::now();
    house.stop.send(()).unwrap();
    for client in [&mut idle, &mut busy, &mut fresh] {
        assert_eq!(client.closed().await, close(1001, "Going away"));
    }
    let text = stream.await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200") && !text.contains("complete") && text.ends_with("0\r\n\r\n"), "{text}");
    timeout(LONG, house.server).await.unwrap().unwrap();
    assert!(begin.elapsed() < Duration::from_secs(10), "the farewell is not waited out");
    assert_eq!(house.stage.open.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_was_begun_over_a_socket_is_finished_when_the_server_stops() {
    let house = House::open(HttpSettings::default()).await;
    let mut client = house.guest("ann").await;
    client.subscribe("a", "{ brief }").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    house.stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    client.subscribe("b", "{ apple }").await;
    let refused = client.hear().await;
    assert_eq!((&refused["id"], &refused["payload"][0]["extensions"]["code"]), (&json!("b"), &json!("UNAVAILABLE")));
    assert_eq!(client.hear().await["payload"]["data"], json!({ "brief": 4 }));
    assert_eq!(client.hear().await, json!({ "id": "a", "type": "complete" }));
    assert_eq!(client.closed().await, close(1001, "Going away"));
    timeout(LONG, house.server).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_operation_over_a_socket_has_its_time_and_its_turn() {
    let settings =
        HttpSettings { request_timeout: Duration::from_millis(100), max_executing: 1, max_waiting: 0, ..HttpSettings::default() };
    let house = House::open(settings).await;
    let mut client = house.guest("ann").await;
    client.subscribe("a", "{ slow }").await;
    tokio::time::sleep(Duration::from_millis(30)).await;
    client.subscribe("b", "{ apple }").await;
    for (id, code) in [("b", "UNAVAILABLE"), ("a", "TIMEOUT")] {
        let error = client.hear().await;
        assert_eq!((&error["id"], &error["payload"][0]["extensions"]["code"]), (&json!(id), &json!(code)));
    }
    // a subscription outlives a request, and keeps nobody from their turn
    client.subscribe("c", TICKS).await;
    house.stage.reached(1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    house.stage.events.send(1).unwrap();
    assert_eq!(client.hear().await["id"], "c");
    client.send(Message::Ping("x".into())).await;
    client.subscribe("d", "{ apple }").await;
    assert_eq!(client.hear().await["type"], "next");
}
