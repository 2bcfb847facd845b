//! Reports split by segments, and by what touched whoever buys.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{CREATE, RAISE, account, done, lost, made, won};
use crate::support::story::Story;
use crate::support::{Caller, on_both_engines};

const YEAR: &str = r#"period: { from: "2026-01-01", to: "2027-01-01", timeZone: "UTC" }"#;
const DEFINE: &str = "mutation($input: DefineSegmentInput!) { defineSegment(input: $input) { segment { id } userErrors { field code } } }";
const ADD: &str =
    "mutation($input: AddToTargetListInput!) { addToTargetList(input: $input) { targetList { changed } userErrors { field code } } }";
const MERGE: &str =
    "mutation($input: MergeIdentitiesInput!) { mergeIdentities(input: $input) { identityPointer { id } userErrors { field code } } }";

async fn asked(by: &Caller<'_>, field: &str, arguments: &str, selection: &str) -> Value {
    by.gql(&format!("{{ {field}({arguments}) {selection} }}"), json!({})).await[field].take()
}

async fn list(by: &Caller<'_>, name: &str, accounts: &[&str]) -> String {
    let segment = made(by, DEFINE, json!({ "name": name })).await;
    done(by, ADD, json!({ "segmentId": segment, "accountIds": accounts })).await;
    segment
}

/// The value of each group, and something of its figures.
fn groups(answer: &Value, pointer: &str) -> Value {
    let groups = answer["groups"].as_array().unwrap().iter();
    groups.map(|group| json!([group["of"]["value"], group["figures"].pointer(pointer)])).collect()
}

/// Values and counts of groups, in whatever order.
fn sorted(groups: &Value) -> Vec<Value> {
    let mut groups = groups.as_array().unwrap().clone();
    groups.sort_by_key(ToString::to_string);
    groups
}

on_both_engines! {
    async fn opportunities_are_in_every_segment_of_their_account(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-04-01T00:00:00Z");
        let (initech, hooli, umbrella) = (account(&ops, "Initech").await, account(&ops, "Hooli").await, account(&ops, "Umbrella").await);
        let both = list(&ops, "Both", &[&initech, &hooli]).await;
        let one = list(&ops, "One", &[&initech]).await;
        let none = made(&ops, DEFINE, json!({ "name": "None" })).await;
        let mut opportunities = Vec::new();
        for account in [&initech, &initech, &hooli, &umbrella] {
            let id = made(&ops, CREATE, json!({ "accountId": account, "name": "Paper", "openedAt": "2026-01-10T00:00:00Z" })).await;
            made(&ops, RAISE, json!({ "opportunityId": id, "kind": "BUDGET", "side": "BUYER", "raisedAt": "2026-02-01T00:00:00Z" })).await;
            opportunities.push(id);
        }
        won(&ops, &initech, &opportunities[0], "8000.00", "2026-02-19T00:00:00Z").await;
        lost(&ops, &opportunities[1], "NO_DECISION_INDECISION", "2026-02-19T00:00:00Z").await;
        lost(&ops, &opportunities[3], "LOST_OTHER", "2026-02-19T00:00:00Z").await;
        let arguments = format!(r#"{YEAR}, breakdown: {{ by: SEGMENT, segments: ["{both}", "{one}", "{none}"] }}"#);
        let cohort = format!("{arguments}, basis: COHORT_BASIS");
        let told = asked(&ops, "winRate", &cohort, "{ by whole { cohort { created } closed { decided } } groups { of { value segment { name } } figures { cohort { created } closed { won decided } } } }").await;
        assert_eq!((&told["by"], &told["whole"]), (&json!("SEGMENT"), &json!({ "cohort": { "created": 4 }, "closed": { "decided": 3 } })));
        assert_eq!(groups(&told, "/cohort/created"), json!([[both, 3], [one, 2], [null, 1]]));
        assert_eq!(groups(&told, "/closed"), json!([[both, { "won": 1, "decided": 2 }], [one, { "won": 1, "decided": 2 }], [null, { "won": 0, "decided": 1 }]]));
        assert_eq!(told["groups"][0]["of"]["segment"]["name"], "Both");
        let ends = asked(&ops, "noDecision", &arguments, "{ groups { of { value } figures { decided indecision } } }").await;
        assert_eq!(groups(&ends, "/decided"), json!([[both, 2], [one, 2], [null, 1]]));
        let velocity = asked(&ops, "pipelineVelocity", &arguments, "{ groups { of { value } figures { open won decided blended perDay { amount } } } }").await;
        assert_eq!(groups(&velocity, "/open"), json!([[both, 1], [one, 0], [null, 0]]));
        // 1 × 1/2 × 8 000 ÷ 40.
        assert_eq!(groups(&velocity, "/perDay/amount").as_array().unwrap()[0], json!([both, "100.00"]));
        let blockers = asked(&ops, "blockerReport", &arguments, "{ whole { all { raised } } groups { of { value } figures { all { raised noDecisionWith { numerator denominator } } } } }").await;
        assert_eq!(groups(&blockers, "/all/raised"), json!([[both, 3], [one, 2], [null, 1]]));
        assert_eq!(blockers["groups"][0]["figures"]["all"]["noDecisionWith"], json!({ "numerator": "1", "denominator": "2" }));
        for (group, count) in [(json!(both), 3), (json!(one), 2), (json!(none), 0), (Value::Null, 1)] {
            let rows = format!("{{ rows(group: {{ value: {group} }}) {{ totalCount }} }}");
            for (field, arguments) in [("winRate", &cohort), ("blockerReport", &arguments)] {
                assert_eq!(asked(&ops, field, arguments, &rows).await["rows"]["totalCount"], count, "{field} {group}");
            }
        }
        let rows = asked(&ops, "winRate", &cohort, "{ rows(first: 1) { nodes { opportunity { id } groups { value segment { name } } } } }").await;
        let of = json!([{ "value": both, "segment": { "name": "Both" } }, { "value": one, "segment": { "name": "One" } }]);
        assert_eq!(rows["rows"]["nodes"], json!([{ "opportunity": { "id": opportunities[0] }, "groups": of }]));
        // Members as of the answer; each point of a trend as the whole would be for its part.
        let later = story.at("2026-05-01T00:00:00Z");
        done(&later, ADD, json!({ "segmentId": one, "accountIds": [hooli, umbrella] })).await;
        let figures = "{ groups { of { value } figures { cohort { created } } } }";
        let now = asked(&later, "winRate", &cohort, figures).await;
        assert_eq!(groups(&now, "/cohort/created"), json!([[both, 3], [one, 4]]));
        let then = asked(&later, "winRate", &format!("{cohort}, asOf: \"2026-04-30T00:00:00Z\""), figures).await;
        assert_eq!(groups(&then, "/cohort/created"), json!([[both, 3], [one, 2], [null, 1]]));
        let trend = asked(&later, "winRateTrend", &format!("{}, grain: QUARTER", cohort.replace(YEAR, r#"period: { from: "2026-01-01", to: "2026-07-01", timeZone: "UTC" }"#)), &format!("{{ points {figures} }}")).await;
        assert_eq!(trend["points"], json!([now, { "groups": [] }]));
    }

    async fn a_channel_is_of_whoever_buys_as_they_were_known(app: TestApp) {
        let story = Story::begin(&app).await;
        let rep = story.member(Role::SalesRep).await;
        let ops = story.at("2026-02-01T00:00:00Z");
        let (initech, branch, hooli) = (account(&ops, "Initech").await, account(&ops, "Initech Ltd").await, account(&ops, "Hooli").await);
        let tactic = story.tactic(json!({ "name": "Webinar", "resource": "MARKETING", "channel": "EVENT" })).await;
        let buyer = story.person(json!({ "name": "Ada", "accountId": initech, "knownAt": "2026-01-01T00:00:00Z" })).await;
        let visitor = story.person(json!({})).await;
        for (of, at) in [
            (json!({ "accountId": initech, "channel": "EMAIL" }), "2026-01-01T00:00:00Z"),
            (json!({ "personId": buyer, "channel": "PHONE" }), "2026-01-03T00:00:00Z"),
            (json!({ "personId": visitor, "channel": "WEB", "tacticId": tactic }), "2026-01-05T00:00:00Z"),
            (json!({ "accountId": branch, "channel": "SOCIAL" }), "2026-01-07T00:00:00Z"),
            // Names one company, and somebody who buys for another one: it is of both.
            (json!({ "accountId": hooli, "personId": buyer, "channel": "MEETING" }), "2026-01-09T00:00:00Z"),
            // After all of them began.
            (json!({ "accountId": initech, "channel": "DIRECT" }), "2026-01-20T00:00:00Z"),
        ] {
            story.touch(at, "MARKETING", of).await;
        }
        for (account, at) in [(&initech, "2026-01-02T00:00:00Z"), (&initech, "2026-01-04T00:00:00Z"), (&initech, "2026-01-06T00:00:00Z"),
            (&initech, "2026-01-08T00:00:00Z"), (&initech, "2026-01-09T00:00:00Z"), (&hooli, "2026-01-10T00:00:00Z"), (&hooli, "2026-01-08T00:00:00Z")]
        {
            made(&ops, CREATE, json!({ "accountId": account, "name": "Paper", "openedAt": at, "ownerId": rep.member.unwrap().to_string() })).await;
        }
        let figures = "{ whole { cohort { created } } groups { of { value } figures { cohort { created } } } }";
        let split = |by: &str, as_of: &str| format!(r#"{YEAR}, basis: COHORT_BASIS, breakdown: {{ by: {by} }}, asOf: "{as_of}""#);
        let alone = json!([["EMAIL", 1], ["PHONE", 3], ["MEETING", 2], [null, 1]]);
        let told = asked(&ops, "winRate", &split("CHANNEL", "2026-02-01T00:00:00Z"), figures).await;
        assert_eq!(sorted(&groups(&told, "/cohort/created")), sorted(&alone));
        assert_eq!(groups(&asked(&ops, "winRate", &split("TACTIC", "2026-02-01T00:00:00Z"), figures).await, "/cohort/created"), json!([[null, 7]]));
        let ops = story.at("2026-03-01T00:00:00Z");
        for (from, to) in [(&visitor, &buyer), (&branch, &initech)] {
            done(&ops, MERGE, json!({ "from": from, "to": to })).await;
        }
        let joined = json!([["EMAIL", 1], ["PHONE", 1], ["WEB", 1], ["SOCIAL", 1], ["MEETING", 2], [null, 1]]);
        let told = asked(&ops, "winRate", &split("CHANNEL", "2026-03-01T00:00:00Z"), figures).await;
        assert_eq!(sorted(&groups(&told, "/cohort/created")), sorted(&joined));
        let counts = told["groups"].as_array().unwrap().iter().map(|group| group["figures"]["cohort"]["created"].as_u64().unwrap());
        assert_eq!((counts.sum::<u64>(), &told["whole"]["cohort"]["created"]), (7, &json!(7)));
        let told = asked(&ops, "winRate", &split("TACTIC", "2026-03-01T00:00:00Z"), figures).await;
        assert_eq!(groups(&told, "/cohort/created"), json!([[tactic, 3], [null, 4]]));
        let told = asked(&ops, "winRate", &split("CHANNEL", "2026-02-28T00:00:00Z"), figures).await;
        assert_eq!(sorted(&groups(&told, "/cohort/created")), sorted(&alone));
    }
}
