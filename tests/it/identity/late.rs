//! Late evidence, split by the touches that came or went and by whose closes they are of.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{done, merge};
use crate::support::story::{Story, usd};
use crate::support::{Caller, on_both_engines};

const PERIOD: &str = r#"period: { from: "2026-01-01", to: "2026-04-01", timeZone: "UTC" }"#;
const FIGURES: &str = "closes changed firstTouchChanged recordedLate mergedLater lost rate { value }";
const CREATE: &str =
    "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";
const DEFINE: &str = "mutation($input: DefineSegmentInput!) { defineSegment(input: $input) { segment { id } userErrors { field code } } }";
const ADD: &str =
    "mutation($input: AddToTargetListInput!) { addToTargetList(input: $input) { targetList { changed } userErrors { field code } } }";

async fn asked(by: &Caller<'_>, arguments: &str, selection: &str) -> Value {
    by.gql(&format!("{{ lateEvidence({arguments}) {{ {selection} }} }}"), json!({})).await["lateEvidence"].take()
}

/// Closes, those that changed, and touches that were recorded late, merged later and lost.
fn counts(figures: &Value) -> Value {
    ["closes", "changed", "recordedLate", "mergedLater", "lost"].iter().map(|count| figures[*count].clone()).collect()
}

fn sorted(groups: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut groups: Vec<Value> = groups.collect();
    groups.sort_by_key(ToString::to_string);
    groups
}

on_both_engines! {
    async fn groups_are_of_touches_or_of_closes(app: TestApp) {
        let story = Story::begin(&app).await;
        let rep = story.member(Role::SalesRep).await.member.unwrap().to_string();
        story.at("2026-02-01T00:00:00Z");
        let team = story.team("Demand", "MARKETING").await;
        let tactic = story.tactic(json!({ "name": "Webinar", "resource": "MARKETING", "channel": "EVENT", "teamId": team })).await;
        let (visitor, first, second) = (story.person(json!({})).await, story.person(json!({})).await, story.person(json!({})).await);
        story.touch("2026-01-03T00:00:00Z", "PRODUCT", json!({ "personId": visitor, "channel": "IN_PRODUCT" })).await;
        for person in [&first, &second] {
            story.touch("2026-01-10T00:00:00Z", "MARKETING", json!({ "personId": person })).await;
        }
        let mut closes = Vec::new();
        for (name, person) in [("Initech", Some(&first)), ("Hooli", Some(&second)), ("Umbrella", None)] {
            let close = story.close(json!({ "newAccount": { "name": name }, "personId": person, "occurredAt": "2026-01-31T00:00:00Z", "amount": usd("100.00"),
                "path": "ASSISTED", "sourceResource": "SALES" })).await;
            closes.push((close["id"].as_str().unwrap().to_owned(), close["account"]["id"].as_str().unwrap().to_owned()));
        }
        // A visitor turns out to be the first buyer, and of both more is known: a webinar of each, a call to the second.
        let ops = story.at("2026-02-03T00:00:00Z");
        merge(&ops, &visitor, &first).await;
        for person in [&first, &second] {
            story.touch("2026-01-12T00:00:00Z", "MARKETING", json!({ "personId": person, "channel": "EVENT", "tacticId": tactic })).await;
        }
        story.touch("2026-01-13T00:00:00Z", "SALES", json!({ "personId": second, "channel": "PHONE", "kind": "CALL" })).await;
        done(&ops, CREATE, json!({ "accountId": closes[0].1, "name": "Paper", "openedAt": "2026-01-05T00:00:00Z", "ownerId": rep })).await;
        let mut segments = Vec::new();
        for (name, members) in [("Both", vec![&closes[0].1, &closes[1].1]), ("One", vec![&closes[1].1])] {
            let segment = done(&ops, DEFINE, json!({ "name": name })).await["segment"]["id"].as_str().unwrap().to_owned();
            done(&ops, ADD, json!({ "segmentId": segment, "accountIds": members })).await;
            segments.push(segment);
        }
        let whole = asked(&ops, PERIOD, FIGURES).await;
        assert_eq!(counts(&whole), json!([3, 2, 3, 1, 0]));
        let by_segment = format!(r#"by: SEGMENT, segments: ["{}", "{}"]"#, segments[0], segments[1]);
        for (breakdown, is_of_touches, expected) in [
            ("by: RESOURCE", true, json!([["SALES", [3, 1, 1, 0, 0]], ["MARKETING", [3, 2, 2, 0, 0]], ["PRODUCT", [3, 1, 0, 1, 0]]])),
            ("by: CHANNEL", true, json!([["EVENT", [3, 2, 2, 0, 0]], ["PHONE", [3, 1, 1, 0, 0]], ["IN_PRODUCT", [3, 1, 0, 1, 0]]])),
            ("by: TACTIC", true, json!([[tactic, [3, 2, 2, 0, 0]], [null, [3, 2, 1, 1, 0]]])),
            ("by: TEAM", true, json!([[team, [3, 2, 2, 0, 0]], [null, [3, 2, 1, 1, 0]]])),
            ("by: OWNER", false, json!([[rep, [1, 1, 1, 1, 0]], [null, [2, 1, 2, 0, 0]]])),
            (by_segment.as_str(), false, json!([[segments[0], [2, 2, 3, 1, 0]], [segments[1], [1, 1, 2, 0, 0]], [null, [1, 0, 0, 0, 0]]])),
        ] {
            let arguments = format!("{PERIOD}, breakdown: {{ {breakdown} }}");
            let told = asked(&ops, &arguments, &format!("by {FIGURES} groups {{ of {{ value }} {FIGURES} }}")).await;
            assert_eq!(counts(&told), counts(&whole), "{breakdown}");
            let groups = told["groups"].as_array().unwrap();
            let found = groups.iter().map(|group| json!([group["of"]["value"], counts(group)]));
            assert_eq!(sorted(found), sorted(expected.as_array().unwrap().iter().cloned()), "{breakdown}");
            assert!(groups[..groups.len() - 1].iter().all(|group| !group["of"]["value"].is_null()), "{breakdown}");
            let added = |count: &str| groups.iter().map(|group| group[count].as_u64().unwrap()).sum::<u64>();
            if !breakdown.contains("SEGMENT") {
                for count in ["recordedLate", "mergedLater", "lost"] {
                    assert_eq!(told[count].as_u64(), Some(added(count)), "{breakdown} {count}");
                }
            }
            if breakdown == "by: OWNER" {
                assert_eq!((added("closes"), added("changed"), added("firstTouchChanged")), (3, 2, 1));
            }
            assert!(groups.iter().all(|group| group["firstTouchChanged"].is_null() == is_of_touches), "{breakdown}");
            for group in groups {
                let rows = asked(&ops, &arguments, &format!("rows(group: {{ value: {} }}) {{ totalCount }}", group["of"]["value"])).await;
                assert_eq!(rows["rows"]["totalCount"], group["changed"], "{breakdown} {group}");
            }
            let trend = format!("{{ lateEvidenceTrend({arguments}, grain: QUARTER) {{ points {{ by {FIGURES} groups {{ of {{ value }} {FIGURES} }} }} }} }}");
            assert_eq!(ops.gql(&trend, json!({})).await["lateEvidenceTrend"]["points"], json!([told]), "{breakdown}");
        }
        let told = asked(&ops, &format!("{PERIOD}, breakdown: {{ by: CHANNEL }}"), "groups { of { value } rate { value numerator denominator } } rows(group: { value: \"PHONE\" }) { nodes { close { id } recordedLate } }").await;
        let phone = told["groups"].as_array().unwrap().iter().find(|group| group["of"]["value"] == "PHONE").unwrap();
        assert_eq!(phone["rate"], json!({ "value": "0.3333", "numerator": "1", "denominator": "3" }));
        assert_eq!(told["rows"]["nodes"], json!([{ "close": { "id": closes[1].0 }, "recordedLate": 2 }]));
        // Before anything of it was known nothing had changed.
        let then = asked(&ops, &format!("{PERIOD}, breakdown: {{ by: CHANNEL }}, asOf: \"2026-02-02T00:00:00Z\""), &format!("{FIGURES} groups {{ of {{ value }} }}")).await;
        assert_eq!((counts(&then), &then["groups"]), (json!([3, 0, 0, 0, 0]), &json!([])));
        for (arguments, group, field) in [(PERIOD.to_owned(), "null", "group"), (format!("{PERIOD}, breakdown: {{ by: CHANNEL }}"), "\"SMOKE\"", "group.value")] {
            let answer = ops.answer(&format!("{{ lateEvidence({arguments}) {{ rows(group: {{ value: {group} }}) {{ totalCount }} }} }}"), json!({})).await;
            assert_eq!(answer["errors"][0]["extensions"]["field"], field, "{answer:#}");
        }
    }
}
