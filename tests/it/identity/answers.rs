//! What answers make of merges: as of each instant, and after all was taken back.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::{JOURNEY, merge, told, unmerge};
use crate::support::story::{Story, usd};
use crate::support::{Caller, on_both_engines};

const BY_CHANNEL: &str = r#"query($asOf: DateTime) { costPerClose(period: { from: "2026-01-01", to: "2026-04-01" }, by: CHANNEL, asOf: $asOf) {
    lines { channel creditedCloses } } }"#;
const FUNNEL: &str = r#"query($asOf: DateTime) { funnel(period: { from: "2026-01-01", to: "2026-04-01" }, stages: ["KNOWN", "QUALIFIED", "CLOSED"], asOf: $asOf) {
    steps { entered visits } } }"#;
const LATE: &str = r#"query($asOf: DateTime) { lateEvidence(period: { from: "2026-01-01", to: "2026-04-01" }, asOf: $asOf) {
    definition { key } closes changed firstTouchChanged recordedLate mergedLater lost rate { value }
    rows { totalCount nodes { close { id } mergedLater before { touches firstTouch linear { resource basisPoints } } after { touches firstTouch linear { resource basisPoints } } } } } }"#;
const LEDGER: &str = "query($id: ID!) { close(id: $id) { balances { resource basisPoints } batches { id } } }";

/// The channels that earned a close, with their share of it.
async fn channels(by: &Caller<'_>, as_of: Value) -> Vec<(String, String)> {
    let report = by.gql(BY_CHANNEL, json!({ "asOf": as_of })).await;
    let lines = report["costPerClose"]["lines"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or("NONE").to_owned();
    let earned = |line: &&Value| !line["creditedCloses"].as_str().unwrap().trim_matches(['0', '.']).is_empty();
    lines.filter(earned).map(|line| (text(&line["channel"]), text(&line["creditedCloses"]))).collect()
}

async fn entered(by: &Caller<'_>, as_of: Value) -> Value {
    by.gql(FUNNEL, json!({ "asOf": as_of })).await["funnel"]["steps"].take()
}

on_both_engines! {
    async fn g17_a_merge_changes_the_evidence_and_not_the_ledger(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let (anonymous, known) = (story.person(json!({})).await, story.person(json!({})).await);
        story.touch("2026-01-03T00:00:00Z", "PRODUCT", json!({ "personId": anonymous, "channel": "IN_PRODUCT" })).await;
        story.touch("2026-01-10T00:00:00Z", "MARKETING", json!({ "personId": known })).await;
        story.touch("2026-01-25T00:00:00Z", "SALES", json!({ "personId": known, "channel": "PHONE" })).await;
        let all = json!([{ "resource": "SALES", "basisPoints": 6000 }, { "resource": "MARKETING", "basisPoints": 2000 }, { "resource": "PRODUCT", "basisPoints": 2000 }]);
        let close = story.close(json!({ "newAccount": { "name": "K" }, "personId": known, "occurredAt": "2026-01-31T00:00:00Z", "amount": usd("100.00"),
            "path": "ASSISTED", "signedSplit": { "signedAt": "2026-01-30T00:00:00Z", "shares": all } })).await;
        let ops = story.at("2026-02-02T00:00:00Z");
        let ledger = ops.gql(LEDGER, json!({ "id": close["id"] })).await;
        let touched = async |by: &Caller<'_>, as_of: Value| -> Vec<String> {
            let journey = by.gql(JOURNEY, json!({ "person": known, "asOf": as_of })).await;
            told(&journey).into_iter().filter(|item| item.starts_with("TOUCH")).collect()
        };
        let pair = |channel: &str, closes: &str| (channel.to_owned(), closes.to_owned());
        // The credit of a resource is told by its own touches; before the merge Product has none.
        let alone = [pair("EMAIL", "0.2000"), pair("NONE", "0.2000"), pair("PHONE", "0.6000")];
        let joined = [pair("EMAIL", "0.2000"), pair("IN_PRODUCT", "0.2000"), pair("PHONE", "0.6000")];
        let sorted = async |by: &Caller<'_>, as_of: Value| { let mut found = channels(by, as_of).await; found.sort(); found };
        assert_eq!(touched(&ops, Value::Null).await, ["TOUCH MARKETING", "TOUCH SALES"]);
        assert_eq!(sorted(&ops, Value::Null).await, alone);

        let ops = story.at("2026-02-03T00:00:00Z");
        merge(&ops, &anonymous, &known).await;
        assert_eq!(touched(&ops, Value::Null).await, ["TOUCH PRODUCT", "TOUCH MARKETING", "TOUCH SALES"]);
        assert_eq!(sorted(&ops, Value::Null).await, joined);
        let shares = |sales: u32, marketing: u32, product: u32| json!([{ "resource": "SALES", "basisPoints": sales },
            { "resource": "MARKETING", "basisPoints": marketing }, { "resource": "PRODUCT", "basisPoints": product }]);
        let known_then = json!({ "touches": 2, "firstTouch": "MARKETING", "linear": shares(5000, 5000, 0) });
        let known_now = json!({ "touches": 3, "firstTouch": "PRODUCT", "linear": shares(3333, 3333, 3334) });
        let late = ops.gql(LATE, json!({})).await["lateEvidence"].take();
        assert_eq!(late, json!({ "definition": { "key": "late_evidence" }, "closes": 1, "changed": 1, "firstTouchChanged": 1, "recordedLate": 0,
            "mergedLater": 1, "lost": 0, "rate": { "value": "1.0000" },
            "rows": { "totalCount": 1, "nodes": [{ "close": { "id": close["id"] }, "mergedLater": 1, "before": known_then, "after": known_now }] } }));
        // From the other side it is the same journey.
        let journey = ops.gql(JOURNEY, json!({ "person": anonymous })).await;
        assert_eq!(told(&journey).iter().filter(|item| item.starts_with("TOUCH")).count(), 3);

        let ops = story.at("2026-02-04T00:00:00Z");
        unmerge(&ops, &anonymous, &known).await;
        assert_eq!(touched(&ops, Value::Null).await, ["TOUCH MARKETING", "TOUCH SALES"]);
        assert_eq!(sorted(&ops, Value::Null).await, alone);
        let late = ops.gql(LATE, json!({})).await["lateEvidence"].take();
        assert_eq!((&late["changed"], &late["rows"]["totalCount"], &late["rate"]["value"]), (&json!(0), &json!(0), &json!("0.0000")));
        let between = ops.gql(LATE, json!({ "asOf": "2026-02-03T12:00:00Z" })).await["lateEvidence"].take();
        assert_eq!(between["rows"]["nodes"][0]["after"], known_now);
        // Each instant keeps its answer.
        for (as_of, channels) in [("2026-02-02T12:00:00Z", alone.to_vec()), ("2026-02-03T12:00:00Z", joined.to_vec()), ("2026-02-04T12:00:00Z", alone.to_vec())] {
            assert_eq!(sorted(&story.today(), json!(as_of)).await, channels, "{as_of}");
        }
        assert_eq!(story.today().gql(LEDGER, json!({ "id": close["id"] })).await, ledger);
    }

    async fn the_funnel_counts_who_is_one_once(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let (one, other, third) = (story.person(json!({})).await, story.person(json!({})).await, story.person(json!({})).await);
        for (person, at) in [(&one, "2026-01-02T00:00:00Z"), (&other, "2026-01-03T00:00:00Z"), (&third, "2026-01-04T00:00:00Z")] {
            story.stage(at, "KNOWN", person).await;
        }
        story.stage("2026-01-10T00:00:00Z", "QUALIFIED", &other).await;
        let ops = story.at("2026-02-02T00:00:00Z");
        merge(&ops, &one, &other).await;
        let steps = |counts: [(u32, u32); 3]| Value::Array(counts.iter().map(|(entered, visits)| json!({ "entered": entered, "visits": visits })).collect());
        assert_eq!(entered(&ops, Value::Null).await, steps([(2, 3), (1, 1), (0, 0)]));
        assert_eq!(entered(&ops, json!("2026-02-01T12:00:00Z")).await, steps([(3, 3), (1, 1), (0, 0)]));
        let time = ops.gql(r#"{ timeInStage(period: { from: "2026-01-01", to: "2026-02-01" }) { rows { totalCount nodes { enteredAt stage { key } subjectId } } } }"#, json!({})).await;
        // Who enters the stage they are in stays in it: the visit of the merged two begins with the first entry.
        let visits: Vec<String> = time["timeInStage"]["rows"]["nodes"].as_array().unwrap().iter()
            .map(|visit| format!("{} {}", &visit["enteredAt"].as_str().unwrap()[8..10], visit["stage"]["key"].as_str().unwrap())).collect();
        assert_eq!(visits, ["02 KNOWN", "04 KNOWN", "10 QUALIFIED"]);
        assert_eq!(time["timeInStage"]["rows"]["nodes"][0]["subjectId"], json!(other));
    }

    /// Property 3: what is recorded later changes no answer as of an instant. Property 6: merges that were all taken back
    /// leave every answer as it was, and their order does not matter.
    async fn answers_as_of_an_instant_stay_whatever_is_merged(app: TestApp) {
        for seed in 1..=2_u64 {
            let mut dice = StdRng::seed_from_u64(seed);
            let story = Story::begin(&app).await;
            story.at("2026-02-01T00:00:00Z");
            let mut people = Vec::new();
            for _ in 0..6 {
                let person = story.person(json!({})).await;
                for _ in 0..dice.random_range(0..4) {
                    let (day, resource) = (dice.random_range(1..28), ["SALES", "MARKETING", "PRODUCT"][dice.random_range(0..3)]);
                    let channel = ["EMAIL", "PHONE", "WEB"][dice.random_range(0..3)];
                    story.touch(&format!("2026-01-{day:02}T00:00:00Z"), resource, json!({ "personId": person, "channel": channel })).await;
                }
                for (stage, day) in [("KNOWN", 2), ("QUALIFIED", 9)] {
                    if dice.random_ratio(1, 2) {
                        story.stage(&format!("2026-01-{day:02}T00:00:00Z"), stage, &person).await;
                    }
                }
                if dice.random_ratio(1, 2) {
                    story.close(json!({ "newAccount": { "name": "Won" }, "personId": person, "occurredAt": "2026-01-29T00:00:00Z", "amount": usd("10.00"),
                        "path": "SELF_SERVE", "sourceResource": "SALES" })).await;
                }
                people.push(person);
            }
            let answers = async |by: &Caller<'_>, as_of: Value| {
                let mut told = vec![json!(channels(by, as_of.clone()).await), entered(by, as_of.clone()).await];
                for person in &people {
                    told.push(by.gql(JOURNEY, json!({ "person": person, "asOf": as_of, "first": 100 })).await["journey"]["nodes"].take());
                }
                told
            };
            let mut kept = Vec::new();
            let mut said: Vec<(usize, usize)> = Vec::new();
            for day in 2..8 {
                let ops = story.at(&format!("2026-02-{day:02}T00:00:00Z"));
                let (from, to) = (dice.random_range(0..6), dice.random_range(0..6));
                // From the younger to the older: that never leads round.
                if from > to {
                    merge(&ops, &people[from], &people[to]).await;
                    said.push((from, to));
                } else if !said.is_empty() {
                    let (from, to) = said.swap_remove(dice.random_range(0..said.len()));
                    unmerge(&ops, &people[from], &people[to]).await;
                    said.retain(|other| *other != (from, to));
                }
                let as_of = json!(format!("2026-02-{day:02}T12:00:00Z"));
                let later = story.at(&format!("2026-02-{day:02}T13:00:00Z"));
                kept.push((as_of.clone(), answers(&later, as_of).await));
            }
            let before = answers(&story.at("2026-02-20T00:00:00Z"), json!("2026-02-01T12:00:00Z")).await;
            let ops = story.at("2026-02-21T00:00:00Z");
            while !said.is_empty() {
                let (from, to) = said.swap_remove(dice.random_range(0..said.len()));
                unmerge(&ops, &people[from], &people[to]).await;
            }
            let today = story.today();
            for (as_of, answer) in kept {
                assert_eq!(answers(&today, as_of.clone()).await, answer, "seed {seed}, {as_of}");
            }
            let after = answers(&today, Value::Null).await;
            // The journeys tell of the merges; nothing else is left of them.
            let without = |answers: &[Value]| -> Vec<Value> {
                let item = |item: &Value| item["kind"] != "MERGED" && item["kind"] != "UNMERGED";
                answers.iter().map(|answer| answer.as_array().unwrap().iter().filter(|it| item(it)).cloned().collect()).collect()
            };
            assert_eq!(without(&after), without(&before), "seed {seed}");
        }
    }
}
