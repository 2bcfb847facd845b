//! The demonstration: what it holds, the story it tells, and that it is the same everywhere and every time.

use std::collections::BTreeMap;
use std::time::Duration;

use entity::kinds::{Channel, Resource, Role};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tandem::demo::{CLOSES, PEOPLE, TOUCHES, address, service};

use crate::examples::documents;
use crate::support::rows::texts;
use crate::support::{Demo, Engine, TestApp, rows};

fn number(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("a decimal: {value}")).parse().unwrap()
}

const COST_PER_CLOSE: &str = r#"query ($period: PeriodInput!, $by: CostDimension!) {
  costPerClose(period: $period, by: $by) {
    conserved
    lines { resource creditedCloses creditedValue { amount } cost { amount } costPerClose { value } index { value } }
    blended { closes value { amount } cost { amount } }
  }
}"#;

/// The quarters, the years, and all of it.
const PERIODS: [(&str, &str); 9] = [
    ("2025-01-01", "2025-04-01"),
    ("2025-04-01", "2025-07-01"),
    ("2025-07-01", "2025-10-01"),
    ("2025-10-01", "2026-01-01"),
    ("2026-01-01", "2026-04-01"),
    ("2026-04-01", "2026-07-01"),
    ("2025-01-01", "2026-01-01"),
    ("2026-01-01", "2026-07-01"),
    ("2025-01-01", "2026-07-01"),
];

#[tokio::test]
async fn it_holds_what_it_promises() {
    let demo = Demo::new().await;
    let admin = demo.member(Role::Admin);
    let counts = admin
        .gql(
            "{ people { totalCount } touches { totalCount } closes { totalCount } tactics { totalCount } teams { nodes { name } } }",
            json!({}),
        )
        .await;
    let count = |list: &str| counts[list]["totalCount"].as_u64().unwrap();
    assert_eq!([count("people"), count("touches"), count("closes")], [PEOPLE, TOUCHES, CLOSES].map(|count| count as u64));
    assert_eq!(count("tactics"), 15);
    let teams: Vec<&str> = counts["teams"]["nodes"].as_array().unwrap().iter().map(|team| team["name"].as_str().unwrap()).collect();
    assert_eq!(teams, ["Product & Community", "Marketing", "Sales"]);

    let channels = texts(&demo.app, "SELECT DISTINCT channel FROM touch ORDER BY 1").await.concat();
    assert_eq!(channels.len(), Channel::ALL.len());
    let counted = |statement: &'static str| async {
        let rows = texts(&demo.app, statement).await;
        rows.into_iter().map(|row| (row[0].clone(), row[1].parse::<u32>().unwrap())).collect::<BTreeMap<_, _>>()
    };
    let rules = counted("SELECT rule, CAST(count(*) AS text) FROM credit_batch WHERE kind = 'OPENING' GROUP BY 1").await;
    assert_eq!(rules.values().sum::<u32>(), 900);
    assert_eq!(rules["REFERRAL_CLAIM"], 140, "every recommended and partnered buyer has a claim that counts");
    assert!(["EVIDENCE", "SELF_SERVE", "SIGNED_SPLIT"].iter().all(|rule| rules.contains_key(*rule)), "{rules:?}");
    let batches = counted("SELECT kind, CAST(count(*) AS text) FROM credit_batch GROUP BY 1").await;
    assert!(batches["TRANSFER"] > 10, "{batches:?}");
    let movements = counted("SELECT kind, CAST(count(*) AS text) FROM close_movement GROUP BY 1").await;
    assert!(["REFUND", "CHARGEBACK", "VOID"].iter().all(|kind| movements.contains_key(*kind)), "{movements:?}");
}

/// Deals, what kept buyers from deciding, and how the market is divided.
#[tokio::test]
async fn deals_are_won_lost_and_kept_open_and_the_market_is_divided() {
    let demo = Demo::new().await;
    let executive = demo.member(Role::Executive);
    let document = r#"{
        opportunities { totalCount } open: opportunities(filter: { status: OPEN }) { totalCount }
        noDecision(period: { from: "2025-01-01", to: "2026-07-01" }) { whole { won lost indecision statusQuo } }
        blockerReport(period: { from: "2025-01-01", to: "2026-07-01" }) { whole { all { raised open } } }
        enablementCoverage(period: { from: "2025-01-01", to: "2026-07-01" }) { covered { numerator } cells { contents resolved } }
        segments { nodes { name accounts(first: 1) { totalCount } } }
        icpFit(period: { from: "2025-01-01", to: "2026-07-01" }, of: CLOSES) { parts { fit count } }
    }"#;
    let answer = executive.gql(document, json!({})).await;
    let count = |pointer: &str| answer.pointer(pointer).unwrap_or_else(|| panic!("{pointer}: {answer}")).as_u64().unwrap();
    let (won, lost, open) = (count("/noDecision/whole/won"), count("/noDecision/whole/lost"), count("/open/totalCount"));
    assert!(won > 300 && lost > 50 && open > 5, "{won} {lost} {open}");
    assert!((count("/noDecision/whole/indecision") + count("/noDecision/whole/statusQuo")) * 2 > lost, "most who do not buy do not decide");
    let (raised, unsolved) = (count("/blockerReport/whole/all/raised"), count("/blockerReport/whole/all/open"));
    assert!(0 < unsolved && unsolved < raised, "{unsolved} of {raised}");
    let fits = answer["icpFit"]["parts"].as_array().unwrap().iter().map(|part| part["count"].as_u64().unwrap()).sum::<u64>();
    assert!(fits > 800, "{fits}");
    let cells = answer["enablementCoverage"]["cells"].as_array().unwrap();
    assert!(cells.iter().any(|cell| cell["resolved"].as_u64().unwrap() > 0));
    let segments: BTreeMap<&str, u64> = answer["segments"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|segment| (segment["name"].as_str().unwrap(), segment["accounts"]["totalCount"].as_u64().unwrap()))
        .collect();
    let accounts = texts(&demo.app, "SELECT CAST(count(*) AS text) FROM account").await[0][0].parse::<u64>().unwrap();
    let sizes = ["Small business", "Mid-market", "Enterprise"].map(|name| segments[name]);
    assert_eq!(sizes.iter().sum::<u64>(), accounts, "every company has one size");
    assert!(sizes.iter().all(|size| *size > 0), "{sizes:?}");
}

#[tokio::test]
async fn every_role_has_a_member_one_can_remember() {
    let demo = Demo::new().await;
    for &role in Role::ALL {
        let me = demo.member(role).gql("{ me { email role } }", json!({})).await;
        assert_eq!(me["me"], json!({ "email": address(role), "role": role.name() }));
    }
    assert_eq!(address(Role::SalesLead), "sales-lead@demo.example");
}

/// Sales takes orders that Marketing and the community earned: that is what the demonstration is made to show.
#[tokio::test]
async fn sales_costs_most_and_earns_least_in_every_period() {
    let demo = Demo::new().await;
    let executive = demo.member(Role::Executive);
    for (from, to) in PERIODS {
        let report = executive.gql(COST_PER_CLOSE, json!({ "period": { "from": from, "to": to }, "by": "RESOURCE" })).await;
        let report = &report["costPerClose"];
        assert_eq!(report["conserved"], true, "{from}");
        let lines = report["lines"].as_array().unwrap();
        let sum = |read: &dyn Fn(&Value) -> Decimal| lines.iter().map(read).sum::<Decimal>();
        assert_eq!(sum(&|line| number(&line["creditedCloses"])), Decimal::from(report["blended"]["closes"].as_u64().unwrap()), "{from}");
        assert_eq!(sum(&|line| number(&line["creditedValue"]["amount"])), number(&report["blended"]["value"]["amount"]), "{from}");
        assert_eq!(sum(&|line| number(&line["cost"]["amount"])), number(&report["blended"]["cost"]["amount"]), "{from}");

        let of = |resource: Resource, read: &dyn Fn(&Value) -> &Value| {
            number(read(lines.iter().find(|line| line["resource"] == resource.name()).unwrap()))
        };
        let [sales, marketing, product] = [Resource::Sales, Resource::Marketing, Resource::Product];
        let index = |resource| of(resource, &|line| &line["index"]["value"]);
        assert!(index(sales) < Decimal::ONE && Decimal::ONE < index(product), "{from}: {} {}", index(sales), index(product));
        assert!(index(sales) < index(marketing) && index(marketing) < index(product), "{from}: {}", index(marketing));
        let cost = |resource| of(resource, &|line| &line["cost"]["amount"]);
        assert!(cost(sales) > cost(marketing) && cost(marketing) > cost(product), "{from}");
        let per_close = |resource| of(resource, &|line| &line["costPerClose"]["value"]);
        assert!(per_close(sales) > per_close(product) * Decimal::from(3), "{from}: {} {}", per_close(sales), per_close(product));
    }
}

/// One question tells who holds more credit than evidence gives them, and what a close costs from each.
#[tokio::test]
async fn the_scoreboard_tells_the_story() {
    let demo = Demo::new().await;
    let executive = demo.member(Role::Executive);
    for (from, to) in [("2025-01-01", "2026-01-01"), ("2026-01-01", "2026-07-01")] {
        let document = "query($period: PeriodInput!) { resourceScoreboard(period: $period) {
            lines { resource gap costPerClose { value } closeRate { value } } mostOverCredited { resource } cheapest { resource } costs { conserved } } }";
        let board = executive.gql(document, json!({ "period": { "from": from, "to": to } })).await["resourceScoreboard"].take();
        assert_eq!(board["costs"]["conserved"], true, "{from}");
        let of = |place: usize, field: &str| number(board["lines"][place].pointer(field).unwrap());
        let [sales, marketing, product] = [0, 1, 2].map(|line| of(line, "/gap"));
        assert!(sales > Decimal::ONE && marketing > Decimal::ONE && product < -Decimal::TEN, "{from}: {sales} {marketing} {product}");
        assert_eq!(sales + marketing + product, Decimal::ZERO, "{from}");
        let [sales, marketing, product] = [0, 1, 2].map(|line| of(line, "/costPerClose/value"));
        assert!(sales > marketing * Decimal::TWO && marketing > product, "{from}: {sales} {marketing} {product}");
        // Sales holds credit for more than it brought in.
        assert!(of(0, "/closeRate/value") > Decimal::ONE && of(1, "/closeRate/value") < Decimal::ONE, "{from}");
        assert_eq!(
            (&board["mostOverCredited"]["resource"], &board["cheapest"]["resource"]),
            (&json!("MARKETING"), &json!("PRODUCT")),
            "{from}"
        );
    }
}

/// Both sides of the agreement in a month: how many were owed, how many were accepted, and how many contacted on the same business day.
const KEPT: &str =
    "query($id: ID!, $from: LocalDate!, $to: LocalDate!) { slaStatus(agreementId: $id, period: { from: $from, to: $to }, by: TACTIC) {
    volume { committed attainment { value numerator denominator } capped { value } }
    whole { handoffs { offered accepted rejected pending expired } receiving { met late overdue pending cancelled attainment { value } } offering { met late overdue } }
    groups { figures { handoffs { offered accepted } receiving { met } } }
    accepted: handoffs(filter: { states: [ACCEPTED, AUTO_ACCEPTED, RECYCLED] }) { totalCount }
    rejected: handoffs(filter: { states: [REJECTED, CONTESTED] }) { totalCount }
    met: clocks(filter: { states: [MET] }) { totalCount } late: clocks(filter: { states: [LATE] }) { totalCount }
    overdue: clocks(filter: { states: [OVERDUE] }, first: 100) { totalCount nodes { kind handoff { id state } } } } }";

#[tokio::test]
async fn both_sides_of_the_agreement_drill_down_to_their_rows() {
    let demo = Demo::new().await;
    let executive = demo.member(Role::Executive);
    let agreements = executive.gql("{ serviceAgreements { nodes { id state fromResource toResource } } }", json!({})).await;
    let [agreement] = agreements["serviceAgreements"]["nodes"].as_array().unwrap().as_slice() else { panic!("{agreements}") };
    assert_eq!([&agreement["state"], &agreement["fromResource"], &agreement["toResource"]], ["IN_FORCE", "MARKETING", "SALES"]);
    for (from, to, marketing, sales) in [("2026-04-01", "2026-05-01", "0.8000", "0.7952"), ("2026-05-01", "2026-06-01", "1.0000", "0.7600")]
    {
        let data = executive.gql(KEPT, json!({ "id": agreement["id"], "from": from, "to": to })).await;
        let kept = &data["slaStatus"];
        let count = |path: &str| kept.pointer(path).unwrap().as_u64().unwrap();
        assert_eq!([&kept["volume"]["committed"], &kept["volume"]["attainment"]["denominator"]], ["100", "100"], "{from}");
        assert_eq!(
            [&kept["volume"]["attainment"]["value"], &kept["whole"]["receiving"]["attainment"]["value"]],
            [marketing, sales],
            "{from} {kept:#}"
        );
        let handoffs = ["accepted", "rejected", "pending", "expired"].map(|state| count(&format!("/whole/handoffs/{state}")));
        assert_eq!(handoffs.iter().sum::<u64>(), count("/whole/handoffs/offered"), "{from}");
        for state in ["accepted", "rejected"] {
            assert_eq!(count(&format!("/{state}/totalCount")), count(&format!("/whole/handoffs/{state}")), "{from} {state}");
        }
        for state in ["met", "late", "overdue"] {
            let sides = ["receiving", "offering"].map(|side| count(&format!("/whole/{side}/{state}")));
            assert_eq!(count(&format!("/{state}/totalCount")), sides.iter().sum::<u64>(), "{from} {state}");
        }
        let rows = kept["overdue"]["nodes"].as_array().unwrap();
        let of = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).count() as u64;
        assert_eq!(
            [of("SPEED"), of("ACKNOWLEDGEMENT")],
            ["receiving", "offering"].map(|side| count(&format!("/whole/{side}/overdue"))),
            "{from}"
        );
        let groups = kept["groups"].as_array().unwrap();
        let sum = |path: &str| groups.iter().map(|group| group.pointer(path).unwrap().as_u64().unwrap()).sum::<u64>();
        assert_eq!(sum("/figures/handoffs/offered"), count("/whole/handoffs/offered"), "{from}");
        assert_eq!(sum("/figures/receiving/met"), count("/whole/receiving/met"), "{from}");
    }
}

#[tokio::test]
async fn every_way_of_dividing_adds_up_to_the_same() {
    let demo = Demo::new().await;
    let executive = demo.member(Role::Executive);
    let mut totals = Vec::new();
    for by in ["RESOURCE", "TACTIC", "TEAM", "CHANNEL", "MONTH"] {
        let report = executive.gql(COST_PER_CLOSE, json!({ "period": { "from": "2025-01-01", "to": "2026-07-01" }, "by": by })).await;
        let report = &report["costPerClose"];
        assert_eq!(report["conserved"], true, "{by}");
        let lines = report["lines"].as_array().unwrap();
        let sum = |read: fn(&Value) -> &Value| lines.iter().map(|line| number(read(line))).sum::<Decimal>();
        totals.push((
            sum(|line| &line["creditedCloses"]),
            sum(|line| &line["creditedValue"]["amount"]),
            sum(|line| &line["cost"]["amount"]),
        ));
    }
    assert!(totals.iter().all(|total| *total == totals[0]), "{totals:?}");
}

#[tokio::test]
async fn recommended_buyers_close_more_often_than_those_who_saw_an_advertisement() {
    let demo = Demo::new().await;
    let document = r#"{ funnel(period: { from: "2025-01-01", to: "2026-01-01" }, stages: ["ENGAGED", "KNOWN", "CLOSED"], breakdown: { by: CHANNEL }) {
        backdated pending missing steps { entered }
        groups { of { channel } steps { entered ofFirst { naive { value } } } } } }"#;
    let funnel = demo.member(Role::Executive).gql(document, json!({})).await;
    let funnel = &funnel["funnel"];
    assert_eq!([&funnel["backdated"], &funnel["missing"]], [&json!(0), &json!(0)], "everything was recorded in its order");
    let groups = funnel["groups"].as_array().unwrap();
    for step in 0..3 {
        let entered = |steps: &Value| steps[step]["entered"].as_u64().unwrap();
        assert_eq!(groups.iter().map(|group| entered(&group["steps"])).sum::<u64>(), entered(&funnel["steps"]));
    }
    let rate = |channel: Channel| {
        let group = groups.iter().find(|group| group["of"]["channel"] == channel.name()).unwrap();
        number(&group["steps"][2]["ofFirst"]["naive"]["value"])
    };
    let community = [Channel::Referral, Channel::WordOfMouth, Channel::Community].map(rate);
    let advertised = [Channel::PaidSearch, Channel::Display, Channel::PaidSocial].map(rate);
    assert!(community.iter().min() > advertised.iter().max(), "{community:?} {advertised:?}");
}

#[tokio::test]
async fn an_earlier_instant_has_an_earlier_answer() {
    let demo = Demo::new().await;
    let document = r#"query ($asOf: DateTime) { costPerClose(period: { from: "2025-01-01", to: "2025-07-01" }, asOf: $asOf) { blended { closes cost { amount } } } }"#;
    let executive = demo.member(Role::Executive);
    let mut answers = Vec::new();
    for as_of in [json!("2025-04-01T00:00:00Z"), json!("2025-07-01T00:00:00Z"), Value::Null] {
        let answer = executive.gql(document, json!({ "asOf": as_of })).await;
        let blended = &answer["costPerClose"]["blended"];
        answers.push((blended["closes"].as_u64().unwrap(), number(&blended["cost"]["amount"])));
    }
    assert!(answers.is_sorted() && answers[0].0 < answers[1].0 && answers[1].1 < answers[2].1, "{answers:?}");
}

#[tokio::test]
async fn a_second_start_finds_it_and_writes_nothing() {
    let demo = Demo::new().await;
    let before = rows(&demo.app).await;
    let again = service::members(&demo.app.app).await.unwrap().unwrap();
    assert_eq!(again, demo.members);
    assert_eq!(rows(&demo.app).await, before);
}

/// Ids differ, and with them cursors and what questions are told.
fn without_ids(mut answer: Value) -> Value {
    match &mut answer {
        Value::Object(fields) => {
            fields.retain(|name, _| !["id", "endCursor", "variables", "path"].contains(&name.as_str()));
            fields.values_mut().for_each(|value| *value = without_ids(value.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| *value = without_ids(value.take())),
        _ => {}
    }
    answer
}

#[tokio::test]
async fn it_is_the_same_on_postgresql_and_after_an_interruption() {
    let Some(app) = TestApp::new(Engine::Postgres).await else { return };
    let interrupted = tokio::time::timeout(Duration::from_millis(700), service::write(&app.app)).await;
    assert!(interrupted.is_err(), "it takes longer than that");
    assert_eq!(service::members(&app.app).await.unwrap(), None);
    let members = service::write(&app.app).await.unwrap();
    let (other, demo) = (Demo::over(app, members), Demo::new().await);
    let counts = |rows: BTreeMap<String, String>| rows.into_iter().filter(|(table, _)| table != "idempotency").collect::<Vec<_>>();
    assert_eq!(counts(rows(&other.app).await), counts(rows(&demo.app).await));
    for (name, document) in documents() {
        let (one, two) = (other.member(Role::Executive), demo.member(Role::Executive));
        let (one, two) = (one.gql(&document, json!({})).await, two.gql(&document, json!({})).await);
        assert_eq!(without_ids(one), without_ids(two), "{name}");
    }
}
