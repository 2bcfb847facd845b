//! What the front door costs: `{ me { id } }` with a token, against the same query to a bare async-graphql + axum server that
//! asks nobody who they are, limits nothing and has no database. Both run in one go, in processes of their own, by turns.
//!
//!     cargo bench --bench me                        # SQLite in a folder of its own
//!     cargo bench --bench me -- --database-url postgres://…   # an empty database
//!     cargo bench --bench me -- --seconds 10 --connections 64
//!
//! Prints the requests a second of both in each round, and the ratio of their medians. The target is 60 %.
#![expect(clippy::expect_used, reason = "a bench that cannot run should say so and end")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use async_graphql::{EmptyMutation, EmptySubscription, ID, Object, Request, Response, Schema, SimpleObject};
use axum::{Json, Router, extract::State, routing::post};
use clap::Parser;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The one of Tandem, so that the two servers differ in what they do and not in how memory is given out.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DOCUMENT: &str = r#"{"query":"{ me { id } }"}"#;
/// A budget that cannot be spent here, so that spending it is measured and running out is not.
const RATE: &str = "4294967295";

#[derive(Parser)]
struct Arguments {
    /// Seconds of a round.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Rounds of each server.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Connections that ask at once.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// An empty database, if not SQLite.
    #[arg(long)]
    database_url: Option<String>,
    /// Be the bare server.
    #[arg(long, hide = true)]
    bare: bool,
    /// Given by cargo.
    #[arg(long = "bench", hide = true)]
    _bench: bool,
}

#[derive(SimpleObject)]
struct Member {
    id: ID,
}

struct Query;

#[Object]
impl Query {
    async fn me(&self) -> Member {
        Member { id: ID::from("mem_01kaf3q5hveb6b6qv6v0v6v0v6") }
    }
}

type Bare = Schema<Query, EmptyMutation, EmptySubscription>;

async fn answer(State(schema): State<Bare>, Json(request): Json<Request>) -> Json<Response> {
    Json(schema.execute(request).await)
}

async fn serve_bare() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address");
    say(&format!("listening on http://{}", listener.local_addr().expect("an address")));
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    axum::serve(listener, Router::new().route("/graphql", post(answer)).with_state(schema)).await.expect("a server");
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output");
}

/// A server in a process of its own, ended with the bench.
struct Served {
    process: Child,
    address: String,
    request: Vec<u8>,
}

impl Drop for Served {
    fn drop(&mut self) {
        // one that has ended already is what is wanted
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Served {
    fn start(command: &mut Command, token: Option<&str>) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("a process");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("its address");
        let address = line.trim().strip_prefix("listening on http://").expect("its address").to_owned();
        let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let length = DOCUMENT.len();
        let head =
            format!("POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{bearer}content-length: {length}\r\n\r\n");
        Self { process, address, request: format!("{head}{DOCUMENT}").into_bytes() }
    }

    /// Requests a second.
    async fn rate(&self, connections: usize, time: Duration) -> u128 {
        let begin = Instant::now();
        let clients: Vec<_> =
            (0..connections).map(|_| tokio::spawn(client(self.address.clone(), self.request.clone(), begin + time))).collect();
        let mut answered = 0;
        for client in clients {
            answered += client.await.expect("a client");
        }
        answered * 1_000_000 / begin.elapsed().as_micros()
    }
}

/// Asks again and again over one connection; gives the number of answers.
async fn client(address: String, request: Vec<u8>, end: Instant) -> u128 {
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    socket.set_nodelay(true).expect("a connection");
    let (mut answered, mut received) = (0, Vec::with_capacity(4_096));
    while Instant::now() < end {
        socket.write_all(&request).await.expect("a request");
        received.clear();
        while !is_whole(&received) {
            assert!(socket.read_buf(&mut received).await.expect("an answer") > 0, "the connection was closed");
        }
        answered += 1;
    }
    answered
}

/// Whether the answer has come to its end. It must be a good one.
fn is_whole(received: &[u8]) -> bool {
    let text = String::from_utf8_lossy(received);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let whole = body.len() >= length.unwrap_or(usize::MAX);
    assert!(!whole || (head.starts_with("HTTP/1.1 200") && body.contains(r#""id":"mem_"#) && !body.contains("errors")), "{text}");
    whole
}

/// What a command of the binary prints.
fn tandem(options: &[&str], command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tandem")).args(command).args(options).output().expect("the binary");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn median(mut rates: Vec<u128>) -> u128 {
    rates.sort_unstable();
    rates.get(rates.len() / 2).copied().expect("a round")
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    if arguments.bare {
        return serve_bare().await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().to_string_lossy().into_owned();
    let database_url = arguments.database_url.unwrap_or_else(|| format!("sqlite:{data_dir}/tandem.db"));
    let options = ["--data-dir", &data_dir, "--database-url", &database_url];
    let founding = ["--organization", "Acme", "--currency", "USD", "--time-zone", "UTC", "--email", "a@b.example"];
    tandem(&options, &[&["admin", "create"], &founding[..]].concat());
    let token = tandem(&options, &["token", "--member", "a@b.example"]);

    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--member-rate", RATE, "--organization-rate", RATE]).args(options);
    let tandem = Served::start(&mut command, Some(&token));
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let bare = Served::start(command.arg("--bare"), None);

    let time = Duration::from_secs(arguments.seconds);
    // warm
    for server in [&tandem, &bare] {
        server.rate(arguments.connections, Duration::from_secs(1)).await;
    }
    let (mut of_tandem, mut of_bare) = (Vec::new(), Vec::new());
    say(" round    tandem      bare  requests/s");
    for round in 1..=arguments.rounds {
        let (first, second) = (tandem.rate(arguments.connections, time).await, bare.rate(arguments.connections, time).await);
        say(&format!("{round:>6} {first:>9} {second:>9}"));
        of_tandem.push(first);
        of_bare.push(second);
    }
    let (of_tandem, of_bare) = (median(of_tandem), median(of_bare));
    say(&format!("median {of_tandem:>9} {of_bare:>9}\nratio {} % (target: 60 %)", 100 * of_tandem / of_bare));
}
