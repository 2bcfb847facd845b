//! What the database itself refuses to take into the ledger, on both engines.

use std::collections::BTreeMap;

use entity::ids::{CloseId, CreditBatchId, TypedId};
use entity::kinds::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::support::rows::texts;
use crate::support::story::{REQUEST_TRANSFER, Story, usd};
use crate::support::{Engine, TestApp, on_both_engines, rows};

/// Noon of the day of the close, in microseconds.
const WON: i64 = 1_768_046_400_000_000;
const DAY: i64 = 86_400_000_000;

async fn won(story: &Story<'_>) -> Uuid {
    let close = json!({ "newAccount": { "name": "buyer" }, "occurredAt": "2026-01-10T12:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" });
    CloseId::parse(story.close(close).await["id"].as_str().unwrap()).unwrap().uuid()
}

/// Writes SQL for one engine.
struct Writer<'a> {
    app: &'a TestApp,
    organization: Uuid,
}

impl Writer<'_> {
    fn new_id(&self) -> Uuid {
        self.app.app.ids().next::<CreditBatchId>().uuid()
    }

    fn id(&self, id: Uuid) -> String {
        if self.app.engine == Engine::Sqlite { format!("x'{}'", id.simple()) } else { format!("'{id}'") }
    }

    fn entry(&self, batch: Uuid, resource: &str, bp: i32) -> String {
        let [organization, id, batch] = [self.organization, self.new_id(), batch].map(|id| self.id(id));
        format!(
            "INSERT INTO credit_entry (organization_id, id, batch_id, resource, delta_bp) VALUES ({organization}, {id}, {batch}, '{resource}', {bp})"
        )
    }

    /// A batch that takes effect some days after the close was won.
    fn batch(&self, id: Uuid, close: Uuid, sequence: i32, kind: &str, days: i64) -> String {
        let rule = if kind == "OPENING" { "'EVIDENCE'" } else { "NULL" };
        let [organization, id, close] = [self.organization, id, close].map(|id| self.id(id));
        let effective = WON + days * DAY;
        format!(
            "INSERT INTO credit_batch (organization_id, id, close_id, sequence, kind, rule, reason, effective_at, recorded_at) \
             VALUES ({organization}, {id}, {close}, {sequence}, '{kind}', {rule}, 'x', {effective}, {WON})"
        )
    }

    /// The entries and then the batch of a transfer.
    fn transfer(&self, close: Uuid, sequence: i32, days: i64, moved: &[(&str, i32)]) -> Vec<String> {
        let id = self.new_id();
        let mut statements: Vec<String> = moved.iter().map(|(resource, bp)| self.entry(id, resource, *bp)).collect();
        statements.push(self.batch(id, close, sequence, "TRANSFER", days));
        statements
    }

    /// Another close like one there is, that nobody opened.
    fn unopened(&self, close: Uuid) -> (Uuid, String) {
        let new = self.new_id();
        let columns = "account_id, person_id, closed_at, amount_minor, currency, path, policy_id, referrer_id, recorded_by, recorded_at";
        let statement = format!(
            "INSERT INTO close (organization_id, id, {columns}) SELECT organization_id, {}, {columns} FROM close WHERE id = {}",
            self.id(new),
            self.id(close)
        );
        (new, statement)
    }
}

/// Whoever writes past the application: on PostgreSQL as its role, within its organization.
enum Session {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Session {
    async fn open(app: &TestApp, organization: Uuid) -> Self {
        match app.engine {
            Engine::Sqlite => Self::Sqlite(SqliteConnection::connect(&app.url).await.unwrap()),
            Engine::Postgres => {
                let mut connection = PgConnection::connect(&app.url).await.unwrap();
                let setting = format!("SET ROLE tandem_app; SET app.organization_id = '{organization}'");
                sqlx::raw_sql(AssertSqlSafe(setting)).execute(&mut connection).await.unwrap();
                Self::Postgres(connection)
            }
        }
    }

    async fn run(&mut self, statement: &str) -> Result<(), String> {
        let done = match self {
            Self::Sqlite(connection) => sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.map(drop),
            Self::Postgres(connection) => sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.map(drop),
        };
        done.map_err(|error| error.to_string())
    }

    /// All of some statements, or none.
    async fn all(&mut self, statements: &[String]) -> Result<(), String> {
        self.run("BEGIN").await.unwrap();
        for statement in statements {
            if let Err(error) = self.run(statement).await {
                self.run("ROLLBACK").await.unwrap();
                return Err(error);
            }
        }
        let committed = self.run("COMMIT").await;
        if committed.is_err() {
            // SQLite leaves the transaction open.
            let _ = self.run("ROLLBACK").await;
        }
        committed
    }
}

async fn opened(app: &TestApp) -> (Story<'_>, Writer<'_>, Session, Uuid) {
    let story = Story::begin(app).await;
    story.today();
    let close = won(&story).await;
    let organization = story.acme.id.uuid();
    let session = Session::open(app, organization).await;
    (story, Writer { app, organization }, session, close)
}

on_both_engines! {
    async fn what_is_sound_is_taken(app: TestApp) {
        let (story, write, mut session, close) = opened(&app).await;
        session.all(&write.transfer(close, 1, 10, &[("SALES", -6000), ("PRODUCT", 6000)])).await.unwrap();
        // Dated back, and leaving enough for what was given away later.
        session.all(&write.transfer(close, 2, 5, &[("SALES", -4000), ("MARKETING", 1000), ("PRODUCT", 3000)])).await.unwrap();
        // Two at once, one after the other.
        let mut both = write.transfer(close, 3, 20, &[("MARKETING", -1000), ("SALES", 1000)]);
        both.extend(write.transfer(close, 4, 20, &[("SALES", -1000), ("PRODUCT", 1000)]));
        session.all(&both).await.unwrap();
        let (other, statement) = write.unopened(close);
        let id = write.new_id();
        let mut opening = vec![statement];
        opening.extend([("SALES", 5000), ("PRODUCT", 5000)].map(|(resource, bp)| write.entry(id, resource, bp)));
        opening.push(write.batch(id, other, 0, "OPENING", 0));
        session.all(&opening).await.unwrap();
        let document = "query($id: ID!) { close(id: $id) { balances { basisPoints } } }";
        for (close, held) in [(close, [0, 0, 10_000]), (other, [5000, 0, 5000])] {
            let data = story.today().gql(document, json!({ "id": CloseId::from_uuid(close).to_string() })).await;
            let balances: Vec<i64> = data["close"]["balances"].as_array().unwrap().iter().map(|share| share["basisPoints"].as_i64().unwrap()).collect();
            assert_eq!(balances, held);
        }
    }

    async fn what_is_not_sound_is_refused(app: TestApp) {
        let (_story, write, mut session, close) = opened(&app).await;
        session.all(&write.transfer(close, 1, 10, &[("SALES", -6000), ("PRODUCT", 6000)])).await.unwrap();
        let before = rows(&app).await;
        let transfer = |sequence, days, moved: &[(&str, i32)]| write.transfer(close, sequence, days, moved);
        let opening_of = texts(&app, "SELECT CAST(count(*) AS text) FROM credit_batch WHERE sequence = 0").await;
        assert_eq!(opening_of[0][0], "1");
        let (late, reversal) = (write.new_id(), write.new_id());
        let too_late = vec![write.batch(late, close, 2, "TRANSFER", 20), write.entry(late, "SALES", -1), write.entry(late, "PRODUCT", 1)];
        let undoes_nothing = vec![write.entry(reversal, "SALES", 1), write.entry(reversal, "PRODUCT", -1), write.batch(reversal, close, 2, "REVERSAL", 20)];
        let opening = |entries: &[(&str, i32)]| {
            let ((other, statement), id) = (write.unopened(close), write.new_id());
            let mut statements = vec![statement];
            statements.extend(entries.iter().map(|(resource, bp)| write.entry(id, resource, *bp)));
            statements.push(write.batch(id, other, 0, "OPENING", 0));
            statements
        };
        let unopened = || {
            let (other, statement) = write.unopened(close);
            let mut statements = vec![statement];
            statements.extend(write.transfer(other, 1, 10, &[("SALES", -1), ("PRODUCT", 1)]));
            statements
        };
        for (why, statements, constraint) in [
            ("more than there is", transfer(2, 20, &[("SALES", -4001), ("PRODUCT", 4001)]), "ck_credit_batch_balance"),
            ("of nothing", transfer(2, 20, &[("MARKETING", -1), ("PRODUCT", 1)]), "ck_credit_batch_balance"),
            ("given away later", transfer(2, 5, &[("SALES", -4001), ("MARKETING", 4001)]), "ck_credit_batch_balance"),
            ("before it came", transfer(2, 5, &[("PRODUCT", -1), ("SALES", 1)]), "ck_credit_batch_balance"),
            ("before the close", transfer(2, -1, &[("SALES", -1), ("PRODUCT", 1)]), "ck_credit_batch_balance"),
            ("lost on the way", transfer(2, 20, &[("SALES", -5), ("PRODUCT", 4)]), "ck_credit_batch_whole"),
            ("one side only", transfer(2, 20, &[("PRODUCT", -5)]), "ck_credit_batch_whole"),
            ("nothing at all", transfer(2, 20, &[]), "ck_credit_batch_whole"),
            ("entries after their batch", too_late, "ck_credit_batch_whole"),
            ("a gap", transfer(3, 20, &[("SALES", -1), ("PRODUCT", 1)]), "ck_credit_batch_sequence"),
            ("before the opening", unopened(), "ck_credit_batch_sequence"),
            ("undoes nothing", undoes_nothing, "ck_credit_batch_reversal"),
            ("opened with too little", opening(&[("SALES", 9999)]), "ck_credit_batch_whole"),
            ("opened with debts", opening(&[("SALES", 10_000), ("MARKETING", 5), ("PRODUCT", -5)]), "ck_credit_batch_whole"),
            ("opened with nothing", opening(&[]), "ck_credit_batch_whole"),
        ] {
            let refused = session.all(&statements).await.unwrap_err();
            assert!(refused.contains(constraint), "{why}: {refused}");
        }
        let orphan = session.all(&[write.entry(write.new_id(), "SALES", -1)]).await.unwrap_err();
        assert!(orphan.contains("FOREIGN KEY") || orphan.contains("ck_credit_batch_whole") || orphan.contains(r#""fk_credit_entry_batch_id""#), "{orphan}");
        // Nor is anything added to what stands, though it adds up.
        let opening = if app.engine == Engine::Sqlite { "lower(hex(id))" } else { "id::text" };
        let opening = texts(&app, &format!("SELECT {opening} FROM credit_batch WHERE sequence = 0")).await[0][0].parse::<Uuid>().unwrap();
        let added = [write.entry(opening, "MARKETING", 5), write.entry(opening, "PRODUCT", -5)];
        let refused = session.all(&added).await.unwrap_err();
        assert!(refused.contains("ck_credit_batch_whole"), "{refused}");
        assert_eq!(rows(&app).await, before);
    }

    async fn of_many_transfers_at_once_those_accepted_are_in_the_ledger(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        story.approval("NONE").await;
        let close = CloseId::from_uuid(won(&story).await).to_string();
        let sides = ["SALES", "MARKETING", "PRODUCT"];
        let orders = (0..50_usize).map(|number| {
            let (from, step) = ((number * 7 + number / 5) % 3, 1 + number % 2);
            let (bp, day) = (500 + (number * 7919) % 4000, 1 + (number * 13) % 28);
            json!({ "input": { "closeId": close, "from": sides[from], "to": sides[(from + step) % 3], "basisPoints": bp,
                "effectiveAt": format!("2026-02-{day:02}T00:00:00Z"), "reason": "because" } })
        });
        let answers = join_all(orders.map(|order| books.answer(REQUEST_TRANSFER, order))).await;
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        for answer in &answers {
            let payload = &answer["data"]["requestCreditTransfer"];
            let code = payload["userErrors"][0]["code"].as_str().or(answer["errors"][0]["extensions"]["code"].as_str());
            *told.entry(code.unwrap_or("DONE").to_owned()).or_default() += 1;
        }
        assert!(told.keys().all(|code| ["DONE", "CREDIT_OVERDRAW", "CONFLICT"].contains(&code.as_str())), "{told:?}");
        let done = told["DONE"];
        assert!(done > 1 && told.contains_key("CREDIT_OVERDRAW"), "{told:?}");
        let document = "query($id: ID!) { close(id: $id) { balances { resource basisPoints } transfers { state }
            batches { sequence kind effectiveAt transfer { id } entries { resource basisPoints } } } }";
        let data = books.gql(document, json!({ "id": close })).await["close"].take();
        let batches = data["batches"].as_array().unwrap();
        assert_eq!((batches.len(), data["transfers"].as_array().unwrap().len()), (1 + done, done));
        let sequences: Vec<u64> = batches.iter().map(|batch| batch["sequence"].as_u64().unwrap()).collect();
        assert_eq!(sequences, (0..=u64::try_from(done).unwrap()).collect::<Vec<_>>());
        // Replayed in the order in which they take effect, nobody ever owes anything, and what is left is what is shown.
        let mut by_time: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for batch in batches {
            by_time.entry(batch["effectiveAt"].as_str().unwrap()).or_default().extend(batch["entries"].as_array().unwrap());
        }
        let mut held: BTreeMap<&str, i64> = sides.iter().map(|side| (*side, 0)).collect();
        for entries in by_time.values() {
            for entry in entries {
                *held.get_mut(entry["resource"].as_str().unwrap()).unwrap() += entry["basisPoints"].as_i64().unwrap();
            }
            assert!(held.values().all(|bp| (0..=10_000).contains(bp)), "{held:?}");
        }
        let shown: Vec<(&str, i64)> = data["balances"].as_array().unwrap().iter().map(|share| (share["resource"].as_str().unwrap(), share["basisPoints"].as_i64().unwrap())).collect();
        assert_eq!(shown, sides.map(|side| (side, held[side])));
    }
}

/// PostgreSQL has many writers: none of them slips past what another one is writing.
#[tokio::test]
async fn postgres_lets_nobody_slip_past_somebody_else() {
    let Some(app) = TestApp::new(Engine::Postgres).await else { return };
    let (story, write, mut one, close) = opened(&app).await;
    let mut two = Session::open(&app, story.acme.id.uuid()).await;
    // Both would take most of it: whoever does not wait does not see the batch before its own.
    one.run("BEGIN").await.unwrap();
    for statement in write.transfer(close, 1, 10, &[("SALES", -6000), ("PRODUCT", 6000)]) {
        one.run(&statement).await.unwrap();
    }
    let refused = two.all(&write.transfer(close, 2, 10, &[("SALES", -6000), ("MARKETING", 6000)])).await.unwrap_err();
    assert!(refused.contains("ck_credit_batch_sequence"), "{refused}");
    one.run("COMMIT").await.unwrap();
    let refused = two.all(&write.transfer(close, 1, 10, &[("SALES", -6000), ("MARKETING", 6000)])).await.unwrap_err();
    assert!(refused.contains("uq_credit_batch_sequence"), "{refused}");
    let refused = two.all(&write.transfer(close, 2, 10, &[("SALES", -6000), ("MARKETING", 6000)])).await.unwrap_err();
    assert!(refused.contains("ck_credit_batch_balance"), "{refused}");
    // Entries that were waiting for a batch of somebody else.
    let ((other, statement), id) = (write.unopened(close), write.new_id());
    two.run("BEGIN").await.unwrap();
    two.run(&write.entry(id, "MARKETING", 5)).await.unwrap();
    two.run(&write.entry(id, "PRODUCT", -5)).await.unwrap();
    one.all(&[statement, write.entry(id, "SALES", 10_000), write.batch(id, other, 0, "OPENING", 0)]).await.unwrap();
    let refused = two.run("COMMIT").await.unwrap_err();
    assert!(refused.contains("ck_credit_batch_whole"), "{refused}");
    // A temporary table does not take the place of the ledger.
    for table in ["credit_batch", "credit_entry"] {
        one.run(&format!("CREATE TEMP TABLE {table} (LIKE public.{table})")).await.unwrap();
    }
    let schema = |statement: String| statement.replace("INTO credit_", "INTO public.credit_");
    let hidden: Vec<String> = write.transfer(close, 2, 20, &[("MARKETING", -1), ("SALES", 1)]).into_iter().map(schema).collect();
    let refused = one.all(&hidden).await.unwrap_err();
    assert!(refused.contains("ck_credit_batch_balance"), "{refused}");
    let lead = story.member(Role::MarketingLead).await;
    let data = lead
        .gql("query($id: ID!) { close(id: $id) { balances { basisPoints } } }", json!({ "id": CloseId::from_uuid(close).to_string() }))
        .await;
    assert_eq!(data["close"]["balances"], json!([{ "basisPoints": 4000 }, { "basisPoints": 0 }, { "basisPoints": 6000 }]));
}
