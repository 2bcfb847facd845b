//! What a pass of the scheduler takes over many clocks that run, of which some are due.
//!
//!     cargo bench --bench scheduler                        # SQLite in a folder of its own
//!     cargo bench --bench scheduler -- --database-url postgres://…   # an empty database
//!     cargo bench --bench scheduler -- --clocks 100000 --due 1000
//!
//! Prints how long it took to offer the leads, and what a pass takes with nothing due, with warnings due, and with breaches due,
//! which are told to who owes. The target is a second for 1 000 of 100 000.
#![expect(clippy::expect_used, reason = "a bench that cannot run should say so and end")]

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use chrono::Weekday;
use clap::Parser;
use ed25519_dalek::SigningKey;
use entity::ids::{OrganizationId, ServiceAgreementId};
use entity::kinds::{ClauseKind, Resource, Role};
use entity::time::Timestamp;
use tandem::agreements::handoffs::service::{NewHandoff, offer_handoffs};
use tandem::agreements::scheduler::service::pass;
use tandem::agreements::service::{
    DefineCalendar, DraftAgreement, SignAgreement, WantedClause, WantedDay, WantedHours, WantedTerms, WantedWithin, define_calendar,
    draft_agreement, sign_agreement,
};
use tandem::app::App;
use tandem::auth::token::Keys;
use tandem::auth::{Session, System};
use tandem::buyers::service::{NewPerson, record_people};
use tandem::clock::{FixedClock, IdSource};
use tandem::db::{Db, Outcome};
use tandem::organization::service::{AddMember, NewOrganization, add_member, found};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// In microseconds.
const HOUR: i64 = 60 * 60 * 1_000_000;
/// As many as one call takes.
const AT_ONCE: usize = 1_000;
/// Monday, 2026-06-01, 09:00 in UTC.
const BEGIN: Timestamp = Timestamp::from_micros(1_780_304_400_000_000);

#[derive(Parser)]
struct Arguments {
    /// How many clocks run.
    #[arg(long, default_value_t = 100_000)]
    clocks: usize,
    /// How many of them are due at once.
    #[arg(long, default_value_t = 1_000)]
    due: usize,
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

/// The organization whose clocks run.
struct Ground {
    app: Arc<App>,
    clock: Arc<FixedClock>,
    id: OrganizationId,
    agreement_id: ServiceAgreementId,
}

impl Ground {
    async fn begin(url: &str) -> Self {
        Db::migrate_up(url).await.expect("a schema");
        let clock = FixedClock::at(BEGIN.saturating_add_micros(-24 * HOUR));
        let keys = Keys::new(&SigningKey::from_bytes(&[7; 32]), "tandem", "tandem").expect("keys");
        let ids = IdSource::random(clock.clone());
        let app = App::new(Db::connect(url, 10).await.expect("a database"), clock.clone(), ids, keys);
        let id = app.ids().next();
        let new = NewOrganization { name: "Acme".to_owned(), base_currency: "USD".to_owned(), time_zone: "UTC".to_owned() };
        found(&Session::system(&app, id, System::Setup).authorize().expect("setup"), &new).await.expect("an organization");
        let agreement_id = agree(&app, id).await;
        Self { app, clock, id, agreement_id }
    }

    fn setup(&self) -> Session {
        Session::system(&self.app, self.id, System::Setup)
    }

    /// Offers leads, whose clocks run from now on.
    async fn offer(&self, leads: usize) {
        for from in (0..leads).step_by(AT_ONCE) {
            let some = vec![NewPerson::default(); AT_ONCE.min(leads - from)];
            let people = record_people(&self.setup().authorize().expect("setup"), some, None).await.expect("people");
            let offers = people.into_iter().map(|person| NewHandoff {
                agreement_id: self.agreement_id,
                person_id: Some(stored(person).id),
                account_id: None,
                tactic_id: None,
                owner_id: None,
                note: None,
                offered_at: None,
                external_id: None,
            });
            let offered = offer_handoffs(&self.setup().authorize().expect("setup"), offers.collect(), None).await.expect("offers");
            offered.into_iter().for_each(|offer| drop(stored(offer)));
        }
    }

    /// Carries out what is due at an instant.
    async fn pass(&self, at: Timestamp, what: &str) {
        self.clock.set(at);
        let begin = Instant::now();
        let fired = pass(&self.app).await.expect("a pass");
        say(&format!("{what}: {fired} steps in {} ms", begin.elapsed().as_millis()));
    }
}

fn stored<T>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Recorded(row) | Outcome::Unchanged(row) => Ok(row),
        Outcome::Rejected(problems) => Err(problems),
    }
    .expect("nothing against it")
}

/// Contact within four hours, on workdays from nine to six, signed by both who lead.
async fn agree(app: &Arc<App>, id: OrganizationId) -> ServiceAgreementId {
    let setup = || Session::system(app, id, System::Setup);
    let workdays = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
    let hours = || vec![WantedHours { from: "09:00".to_owned(), to: "18:00".to_owned() }];
    let new = DefineCalendar {
        name: "Office hours".to_owned(),
        time_zone: "UTC".to_owned(),
        week: workdays.map(|weekday| WantedDay { weekday, hours: hours() }).to_vec(),
        special_days: Vec::new(),
        idempotency_key: None,
    };
    let calendar_id = define_calendar(&setup().authorize().expect("setup"), &new).await.expect("a calendar").id;
    let speed = WantedClause {
        kind: ClauseKind::Speed,
        quantity: None,
        per: None,
        minimum_share: None,
        within: Some(WantedWithin { minutes: Some(240), days: None }),
        warn_percent: None,
        escalate_percent: None,
        reassign_percent: None,
        calendar_id: None,
    };
    let terms = WantedTerms {
        calendar_id,
        starts_on: chrono::NaiveDate::from_ymd_opt(2026, 6, 1).expect("a day"),
        ends_on: None,
        capacity_factor: None,
        counts_over_delivery: false,
        answer_within: None,
        clauses: vec![speed],
    };
    let (from, to) = (Resource::Marketing, Resource::Sales);
    let new = DraftAgreement { name: "Leads".to_owned(), from, to, terms, idempotency_key: None };
    let agreement_id = draft_agreement(&setup().authorize().expect("setup"), &new).await.expect("an agreement").id;
    for (role, side) in [(Role::MarketingLead, from), (Role::SalesLead, to)] {
        let new = AddMember {
            email: format!("{side:?}@example.com").to_lowercase(),
            name: format!("{side:?}"),
            role,
            custom_role_id: None,
            resource: Some(side),
            team_id: None,
            idempotency_key: None,
        };
        let member = add_member(&setup().authorize().expect("setup"), &new).await.expect("a member");
        let token = Session::token_for(app, &member).expect("a token");
        let session = Session::from_token(app, &token).await.expect("a session");
        let new = SignAgreement { agreement_id, side, expected_version: 1, idempotency_key: None };
        sign_agreement(&session.authorize().expect("a right"), &new).await.expect("a signature");
    }
    agreement_id
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let files = tempfile::tempdir().expect("a folder");
    let url = arguments.database_url.clone().unwrap_or_else(|| format!("sqlite:{}", files.path().join("tandem.db").display()));
    let ground = Ground::begin(&url).await;
    // Those that are due were offered two hours before the others, which are warned of when these are breached an hour later.
    let begin = Instant::now();
    ground.clock.set(BEGIN);
    ground.offer(arguments.due).await;
    let later = BEGIN.saturating_add_micros(2 * HOUR);
    ground.clock.set(later);
    ground.offer(arguments.clocks - arguments.due).await;
    say(&format!("{} leads recorded and offered in {} s", arguments.clocks, begin.elapsed().as_secs()));
    ground.pass(later, "nothing due").await;
    ground.pass(BEGIN.saturating_add_micros(3 * HOUR + 1), "warnings").await;
    ground.pass(BEGIN.saturating_add_micros(4 * HOUR + 1), "breaches").await;
    ground.pass(BEGIN.saturating_add_micros(4 * HOUR + 2), "nothing due any more").await;
}
