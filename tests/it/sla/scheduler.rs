//! What falls due is carried out once, whoever is there when it does.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::kinds::{Role, StepKind};
use serde_json::{Value, json};
use tandem::agreements::scheduler::service::pass;

use super::{Agreed, Lead, done};
use crate::support::{Engine, TestApp, on_both_engines};

const STEPS: &str = "query($id: ID!) { handoff(id: $id) { state owner { id } events { kind occurredAt recordedAt }
    owners { owner { id } from to } steps { kind dueAt firedAt } clocks { state steps { kind dueAt firedAt member { id } } } } }";

async fn handoff(agreed: &Agreed<'_>, moment: &str, lead: &Lead) -> Value {
    agreed.desk(moment).gql(STEPS, json!({ "id": lead.handoff })).await["handoff"].take()
}

/// What was carried out on the clock of a lead: which step, when it was due, and when it was carried out.
async fn fired(agreed: &Agreed<'_>, moment: &str, lead: &Lead) -> Vec<(String, String, String)> {
    let handoff = handoff(agreed, moment, lead).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let steps = handoff["clocks"][0]["steps"].as_array().unwrap();
    let mut fired: Vec<(String, String, String)> = steps
        .iter()
        .filter(|step| !step["firedAt"].is_null())
        .map(|step| (text(&step["dueAt"]), text(&step["kind"]), text(&step["firedAt"])))
        .collect();
    fired.sort();
    fired
}

fn told(steps: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    steps.iter().map(|(due, kind, fired)| ((*due).to_owned(), (*kind).to_owned(), (*fired).to_owned())).collect()
}

/// How often each kind of step was carried out, how many breaches were told, and how many offers silence answered.
async fn counted(app: &TestApp) -> (Vec<(StepKind, u64)>, u64, u64) {
    use sea_orm::{ConnectionTrait, Database};
    let connection = Database::connect(&app.url).await.unwrap();
    let count = async |sql: String| {
        let row = connection.query_one_raw(sea_orm::Statement::from_string(connection.get_database_backend(), sql)).await.unwrap().unwrap();
        u64::try_from(row.try_get_by_index::<i64>(0).unwrap()).unwrap()
    };
    let mut steps = Vec::new();
    for &kind in StepKind::ALL {
        steps.push((kind, count(format!("SELECT COUNT(*) FROM sla_step WHERE fired_at IS NOT NULL AND kind = '{}'", kind.name())).await));
    }
    let breaches = count("SELECT COUNT(*) FROM feedback WHERE kind = 'BREACH'".to_owned()).await;
    let silences = count("SELECT COUNT(*) FROM handoff_event WHERE kind = 'AUTO_ACCEPTED'".to_owned()).await;
    (steps, breaches, silences)
}

/// Each step of so many handoffs that nobody did anything about, once.
fn once(handoffs: u64) -> (Vec<(StepKind, u64)>, u64, u64) {
    (StepKind::ALL.iter().map(|kind| (*kind, handoffs)).collect(), handoffs, handoffs)
}

on_both_engines! {
    async fn a_clock_warns_breaches_escalates_and_is_given_on(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        agreed.desk("2026-03-20T09:00:00Z");
        // Who may only help is given nothing, though they have least.
        agreed.acme().member(Role::SalesAssistant).await;
        let other = agreed.acme().member(Role::SalesRep).await.member.unwrap();
        // Friday 16:30 in Lisbon: four business hours end on Monday 11:30, in summer time by then.
        let lead = agreed.leads(1, "2026-03-27T16:30:00Z", json!({})).await.remove(0);
        let mut expected = Vec::new();
        for (moment, step) in [
            ("2026-03-30T09:30:01Z", ("2026-03-30T09:30:00Z", "WARN")),
            ("2026-03-30T10:30:01Z", ("2026-03-30T10:30:00Z", "BREACH")),
            // A fifth hour goes on after lunch, a sixth ends at 14:30.
            ("2026-03-30T12:30:01Z", ("2026-03-30T12:30:00Z", "ESCALATE")),
            ("2026-03-30T13:30:01Z", ("2026-03-30T13:30:00Z", "REASSIGN")),
        ] {
            agreed.desk(step.0);
            pass(&app.app).await.unwrap();
            assert_eq!(fired(&agreed, step.0, &lead).await, expected, "not before {moment}");
            agreed.desk(moment);
            pass(&app.app).await.unwrap();
            pass(&app.app).await.unwrap();
            expected.extend(told(&[(step.0, step.1, moment)]));
            assert_eq!(fired(&agreed, moment, &lead).await, expected);
        }
        let after = handoff(&agreed, "2026-03-30T14:00:00Z", &lead).await;
        let steps = after["clocks"][0]["steps"].as_array().unwrap();
        let member = |kind: &str| steps.iter().find(|step| step["kind"] == kind).unwrap()["member"].clone();
        assert_eq!(member("WARN"), json!({ "id": agreed.seller.to_string() }));
        assert_eq!(member("ESCALATE"), json!({ "id": agreed.sales.to_string() }));
        for (who, count) in [(agreed.seller, 1), (agreed.sales, 1), (other, 1), (agreed.marketing, 0)] {
            let document = "query($member: ID!) { slaClocks(filter: { toldTo: $member }) { totalCount } }";
            let told = agreed.desk("2026-03-30T14:00:00Z").gql(document, json!({ "member": who.to_string() })).await;
            assert_eq!(told["slaClocks"]["totalCount"], count);
        }
        assert_eq!(member("REASSIGN"), json!({ "id": other.to_string() }));
        assert_eq!(after["owner"], json!({ "id": other.to_string() }));
        assert_eq!(after["owners"], json!([
            { "owner": { "id": agreed.seller.to_string() }, "from": "2026-03-27T16:30:00Z", "to": "2026-03-30T13:30:00Z" },
            { "owner": { "id": other.to_string() }, "from": "2026-03-30T13:30:00Z", "to": null },
        ]));
    }

    async fn what_fell_due_while_nobody_was_there_keeps_its_moment(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let lead = agreed.leads(1, "2026-03-27T16:30:00Z", json!({})).await.remove(0);
        let late = "2026-04-10T22:00:00Z";
        agreed.desk(late);
        assert_eq!(pass(&app.app).await.unwrap(), 5);
        assert_eq!(pass(&app.app).await.unwrap(), 0);
        assert_eq!(fired(&agreed, late, &lead).await, told(&[
            ("2026-03-30T09:30:00Z", "WARN", late), ("2026-03-30T10:30:00Z", "BREACH", late),
            ("2026-03-30T12:30:00Z", "ESCALATE", late), ("2026-03-30T13:30:00Z", "REASSIGN", late),
        ]));
        let after = handoff(&agreed, late, &lead).await;
        assert_eq!((&after["state"], &after["clocks"][0]["state"]), (&json!("AUTO_ACCEPTED"), &json!("OVERDUE")));
        // Two business days after Friday: Tuesday at 18:00 in Lisbon.
        let silence = json!({ "kind": "AUTO_ACCEPTED", "occurredAt": "2026-03-31T17:00:00Z", "recordedAt": late });
        assert!(after["events"].as_array().unwrap().contains(&silence), "{after:#}");
        assert_eq!(counted(&app).await, once(1));
    }

    async fn nothing_falls_due_on_what_is_done_paused_or_rejected(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let leads = agreed.leads(4, "2026-04-06T08:00:00Z", json!({})).await;
        agreed.call(&leads[..1], "2026-04-06T09:00:00Z").await;
        agreed.reject(&leads[1..2], "NOT_ICP", "2026-04-06T09:00:00Z").await;
        let pause = "mutation($input: PauseClockInput!) { pauseClock(input: $input) { clock { state } userErrors { code } } }";
        let input = json!({ "clockId": leads[2].clock, "reason": "the buyer is away until June" });
        done(&agreed.desk("2026-04-06T09:00:00Z"), pause, input).await;
        agreed.desk("2026-05-01T08:00:00Z");
        pass(&app.app).await.unwrap();
        for lead in &leads[..3] {
            assert_eq!(fired(&agreed, "2026-05-01T08:00:00Z", lead).await, [], "{lead:?}");
        }
        assert_eq!(fired(&agreed, "2026-05-01T08:00:00Z", &leads[3]).await.len(), 4);
    }

    #[doc = "Passes of two processes at once, most of them stopped somewhere in between."]
    async fn many_at_once_and_stopped_anywhere_carry_out_each_step_once(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        agreed.leads(60, "2026-03-27T16:30:00Z", json!({})).await;
        agreed.leads(60, "2026-04-06T08:00:00Z", json!({})).await;
        agreed.desk("2026-04-20T08:00:00Z");
        let other = app.beside(tandem::access::Access::default()).await;
        for round in 0..12_u64 {
            let passes: Vec<_> = [&app.app, &other.app].map(|app| tokio::spawn({ let app = Arc::clone(app); async move { pass(&app).await } })).into();
            // Long enough to begin, and mostly too short to come to an end.
            tokio::time::sleep(Duration::from_millis(round * 4)).await;
            for pass in passes {
                pass.abort();
                let _ = pass.await;
            }
        }
        while pass(&app.app).await.unwrap() + pass(&other.app).await.unwrap() > 0 {}
        assert_eq!(counted(&app).await, once(120));
    }
}

/// The program, serving a database; killed at the end.
struct Server(Child);

impl Server {
    fn start(url: &str, files: &std::path::Path) -> Self {
        let process = Command::new(env!("CARGO_BIN_EXE_tandem"))
            .args(["serve", "--listen", "127.0.0.1:0", "--scheduler-seconds", "1"])
            .env("DATABASE_URL", url)
            .env("TANDEM_DATA_DIR", files)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(process.unwrap())
    }

    /// As the power fails: nothing is told to it.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Servers are killed while they carry out what fell due, at moments that wander through the work; others go on.
async fn killed_servers_lose_nothing(app: TestApp, at_once: usize) {
    let speed = json!({ "kind": "SPEED", "within": { "minutes": 240 } });
    let agreed = Agreed::with(&app, json!([{ "kind": "VOLUME", "quantity": 1_000, "per": "MONTH" }, speed])).await;
    for _ in 0..4 {
        agreed.leads(250, "2026-03-27T16:30:00Z", json!({})).await;
    }
    let files = tempfile::tempdir().unwrap();
    for round in 0..4_u64 {
        let servers: Vec<Server> = (0..at_once).map(|_| Server::start(&app.url, files.path())).collect();
        tokio::time::sleep(Duration::from_millis(250 + round * 150)).await;
        servers.into_iter().for_each(Server::kill);
    }
    let servers: Vec<Server> = (0..at_once).map(|_| Server::start(&app.url, files.path())).collect();
    let begun = Instant::now();
    while counted(&app).await != once(1_000) && begun.elapsed() < Duration::from_secs(120) {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // Once more than it needs: nothing is carried out again.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    servers.into_iter().for_each(Server::kill);
    assert_eq!(counted(&app).await, once(1_000));
}

#[tokio::test]
async fn a_killed_server_loses_nothing_on_sqlite() {
    killed_servers_lose_nothing(TestApp::new(Engine::Sqlite).await.unwrap(), 1).await;
}

#[tokio::test]
async fn two_killed_servers_lose_nothing_on_postgres() {
    if let Some(app) = TestApp::new(Engine::Postgres).await {
        killed_servers_lose_nothing(app, 2).await;
    }
}
