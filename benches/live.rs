//! How soon a change is heard of by many who listen.
//!
//!     cargo bench --bench live                             # SQLite in a folder of its own
//!     cargo bench --bench live -- --database-url postgres://…   # an empty database
//!     cargo bench --bench live -- --listeners 1000 --members 1000 --changes 20
//!
//! Opens event streams of as many members over connections of their own, half of them to closes and half to the scoreboard, in the
//! process that also serves them; records closes one after the other, and prints how long it took from the answer to the last of
//! both: the median, the 95th percentile and the most. The target for the median is a second for 1 000.
#![expect(clippy::expect_used, reason = "a bench that cannot run should say so and end")]

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use ed25519_dalek::SigningKey;
use entity::ids::OrganizationId;
use entity::kinds::Role;
use tandem::app::App;
use tandem::auth::token::Keys;
use tandem::auth::{Session, System};
use tandem::cli::STACK_BYTES;
use tandem::clock::{IdSource, SystemClock};
use tandem::db::Db;
use tandem::http::connections::{Connections, serve};
use tandem::http::{HttpSettings, service};
use tandem::organization::service::{AddMember, NewOrganization, add_member, found};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CLOSES: &str = "subscription { closeRecorded { sequence close { id amount { amount } account { id name } } } }";
const SCOREBOARD: &str = "subscription { scoreboardChanged(period: { from: \\\"2026-01-01\\\", to: \\\"2027-01-01\\\" }) { sequence \
    scoreboard { lines { resource closes value { amount } cost { amount } costPerClose { value } } } } }";
const CLOSE: &str = "mutation { generateAccount(input: { newAccount: { name: \\\"Initech\\\" }, occurredAt: \\\"2026-05-01T00:00:00Z\\\", \
    amount: { amount: \\\"100.00\\\", currency: \\\"USD\\\" }, path: SELF_SERVE }) { userErrors { message } } }";

/// How an event begins.
const EVENT: &[u8] = b"event: next";
/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(60);
/// Streams opened at once.
const AT_ONCE: usize = 50;

#[derive(Parser)]
struct Arguments {
    /// How many listen.
    #[arg(long, default_value_t = 1_000)]
    listeners: usize,
    /// How many members these are.
    #[arg(long, default_value_t = 1_000)]
    members: usize,
    /// How many closes are recorded.
    #[arg(long, default_value_t = 20)]
    changes: usize,
    /// An empty database, if not SQLite.
    #[arg(long)]
    database_url: Option<String>,
    /// Given by cargo.
    #[arg(long = "bench", hide = true)]
    _bench: bool,
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output");
}

async fn begin(url: &str) -> (Arc<App>, OrganizationId) {
    Db::migrate_up(url).await.expect("a schema");
    let clock = Arc::new(SystemClock);
    let keys = Keys::new(&SigningKey::from_bytes(&[7; 32]), "tandem", "tandem").expect("keys");
    let app = App::new(Db::connect(url, 20).await.expect("a database"), clock.clone(), IdSource::random(clock), keys);
    let id = app.ids().next();
    let new = NewOrganization { name: "Acme".to_owned(), base_currency: "USD".to_owned(), time_zone: "UTC".to_owned() };
    found(&Session::system(&app, id, System::Setup).authorize().expect("setup"), &new).await.expect("an organization");
    (app, id)
}

/// The token of a new member.
async fn member(app: &Arc<App>, id: OrganizationId, number: usize, role: Role) -> String {
    let new = AddMember {
        email: format!("{number}@example.com"),
        name: format!("Member {number}"),
        role,
        custom_role_id: None,
        resource: None,
        team_id: None,
        idempotency_key: None,
    };
    let setup = Session::system(app, id, System::Setup).authorize().expect("setup");
    let member = add_member(&setup, &new).await.expect("a member");
    Session::token_for(app, &member).expect("a token")
}

/// A connection over which a document was sent.
async fn ask(server: SocketAddr, token: &str, accept: &str, document: &str) -> TcpStream {
    let mut connection = TcpStream::connect(server).await.expect("a connection");
    let body = format!("{{\"query\":\"{document}\"}}");
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {token}\r\nAccept: {accept}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).await.expect("it is taken");
    connection
}

/// Listens, and says when the head of the answer was read, and then each event.
async fn listen(mut connection: TcpStream, heard: mpsc::UnboundedSender<Instant>) {
    let (mut buffer, mut kept) = (vec![0; 64 * 1024], Vec::new());
    let _ = heard.send(Instant::now());
    while let Ok(read @ 1..) = connection.read(&mut buffer).await {
        kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
        while let Some(at) = kept.windows(EVENT.len()).position(|window| window == EVENT) {
            kept.drain(..at + EVENT.len());
            let _ = heard.send(Instant::now());
        }
        let spare = kept.len().saturating_sub(EVENT.len());
        kept.drain(..spare);
    }
}

/// Waits for so many, and gives when they came.
async fn came(heard: &mut mpsc::UnboundedReceiver<Instant>, many: usize) -> Vec<Instant> {
    let mut times = Vec::with_capacity(many);
    let all = async {
        while times.len() < many {
            times.extend(heard.recv().await);
        }
    };
    if timeout(LONG, all).await.is_err() {
        say(&format!("{} of {many} heard of it", times.len()));
    }
    times
}

async fn run(arguments: Arguments, url: &str) {
    let (app, id) = begin(url).await;
    let books = member(&app, id, 0, Role::Revops).await;
    let mut tokens = Vec::with_capacity(arguments.members);
    for number in 1..=arguments.members.max(1) {
        tokens.push(member(&app, id, number, Role::Executive).await);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address");
    let server = listener.local_addr().expect("an address");
    let settings = HttpSettings { rates: tandem::budget::Rates { address: 0, member: 0, organization: 0 }, ..HttpSettings::default() };
    tokio::spawn(serve(listener, service(&app, settings), Connections::default(), std::future::pending()));

    let (sender, mut heard) = mpsc::unbounded_channel();
    let of_scoreboard = arguments.listeners / 2;
    let began = Instant::now();
    for (number, token) in (0..arguments.listeners).zip(tokens.iter().cycle()) {
        let document = if number < of_scoreboard { SCOREBOARD } else { CLOSES };
        tokio::spawn(listen(ask(server, token, "text/event-stream", document).await, sender.clone()));
        if number % AT_ONCE == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    // All of them were asked, and half of them are told how things stand.
    came(&mut heard, arguments.listeners + of_scoreboard).await;
    say(&format!("{} listen after {} ms", arguments.listeners, began.elapsed().as_millis()));
    tokio::time::sleep(Duration::from_secs(2)).await;

    let mut took = Vec::new();
    for _ in 0..arguments.changes {
        let mut connection = ask(server, &books, "application/json", CLOSE).await;
        let mut answer = vec![0; 4_096];
        let _ = connection.read(&mut answer).await.expect("an answer");
        let recorded = Instant::now();
        for time in came(&mut heard, arguments.listeners).await {
            took.push(time.saturating_duration_since(recorded).as_millis());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    took.sort_unstable();
    let at = |percent: usize| took.get((took.len().saturating_sub(1)) * percent / 100).copied().unwrap_or_default();
    say(&format!("heard of after {} ms at the median, {} ms at the 95th percentile, {} ms at most", at(50), at(95), at(100)));
}

fn main() {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().expect("a folder");
    let url = arguments.database_url.clone().unwrap_or_else(|| format!("sqlite:{}", folder.path().join("tandem.db").display()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK_BYTES).build().expect("a runtime");
    runtime.block_on(run(arguments, &url));
}
