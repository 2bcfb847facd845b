//! From anonymous to known, on both engines.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::Story as Told;
use crate::support::{Caller, on_both_engines};

const JANUARY: &str = r#"period: { from: "2026-01-01", to: "2026-02-01" }"#;
const IDENTIFY: &str = "mutation($input: IdentifyPersonInput!) { identifyPerson(input: $input) { userErrors { field code } } }";

async fn asked(caller: &Caller<'_>, arguments: &str, fields: &str) -> Value {
    caller.gql(&format!("{{ anonymousToKnown({arguments}) {{ {fields} }} }}"), json!({})).await["anonymousToKnown"].take()
}

/// Whoever keeps the books, at noon of the fifteenth of February, after the worked example.
async fn visitors<'a>(story: &Told<'a>) -> (Caller<'a>, Vec<String>) {
    story.at("2026-02-15T00:00:00Z");
    let mut people = Vec::new();
    for (number, channel) in ["WEB", "WEB", "SOCIAL", "SOCIAL", "WEB", "WEB", "SOCIAL"].into_iter().enumerate() {
        let person = story.person(json!({})).await;
        story.touch(&format!("2026-01-10T{number:02}:00:00Z"), "MARKETING", json!({ "personId": person, "channel": channel })).await;
        story.touch("2026-01-10T20:00:00Z", "PRODUCT", json!({ "personId": person, "channel": "DIRECT" })).await;
        people.push(person);
    }
    let late = story.person(json!({})).await;
    story.touch("2026-01-31T00:00:00Z", "MARKETING", json!({ "personId": late, "channel": "WEB" })).await;
    people.push(late);
    // Somebody whom a seller knew before they came, and somebody who was first seen in December.
    let known = story.person(json!({ "name": "Kim", "knownAt": "2026-01-02T00:00:00Z" })).await;
    story.touch("2026-01-05T00:00:00Z", "SALES", json!({ "personId": known })).await;
    let before = story.person(json!({})).await;
    for at in ["2025-12-31T00:00:00Z", "2026-01-05T00:00:00Z"] {
        story.touch(at, "MARKETING", json!({ "personId": before })).await;
    }
    let ops = story.at("2026-02-15T00:00:00Z");
    for (visitor, email, at) in [
        (0, "ada@example.com", "2026-01-12T00:00:00Z"),
        (1, "bob@example.com", "2026-02-08T01:00:00Z"),
        (2, "cy@example.com", "2026-02-10T02:00:00Z"),
        (3, "dee@example.com", "2026-01-11T03:00:00Z"),
        (4, "dee@example.com", "2026-01-15T04:00:00Z"),
    ] {
        let input = json!({ "personId": people[visitor], "email": email, "how": "DETAILS_LEFT", "occurredAt": at });
        assert_eq!(ops.gql(IDENTIFY, json!({ "input": input })).await["identifyPerson"]["userErrors"], json!([]), "{visitor}");
    }
    (ops, people)
}

on_both_engines! {
    async fn g21_four_of_seven_visitors_and_three_people(app: TestApp) {
        let story = Told::begin(&app).await;
        let (ops, _) = visitors(&story).await;
        let fields = "definition { key version unit } unit window asOf visibility { complete } visitors matured pending identified knownPeople
            rates { naive { value numerator denominator } matured { value numerator denominator nullReason } }";
        let answer = asked(&ops, JANUARY, fields).await;
        assert_eq!(answer, json!({
            "definition": { "key": "anonymous_to_known", "version": 1, "unit": "RATIO" }, "unit": "RATIO", "window": "P30D", "asOf": "2026-02-15T00:00:00Z",
            "visibility": { "complete": true }, "visitors": 8, "matured": 7, "pending": 1, "identified": 4, "knownPeople": 3,
            "rates": { "naive": { "value": "0.5000", "numerator": "4", "denominator": "8" },
                "matured": { "value": "0.5714", "numerator": "4", "denominator": "7", "nullReason": null } },
        }));
        // A longer window counts who told a day late, and leaves everybody pending.
        let longer = asked(&ops, &format!(r#"{JANUARY}, window: "P60D""#), "identified pending rates { matured { value nullReason } }").await;
        assert_eq!(longer, json!({ "identified": 5, "pending": 8, "rates": { "matured": { "value": null, "nullReason": "IMMATURE" } } }));
    }

    async fn rows_and_groups_add_up_to_the_numbers(app: TestApp) {
        let story = Told::begin(&app).await;
        let (ops, people) = visitors(&story).await;
        let group = "of { value channel } visitors matured pending identified knownPeople rates { matured { value } }";
        let answer = asked(&ops, &format!("{JANUARY}, breakdown: {{ by: CHANNEL }}"), &format!("groups {{ {group} }}")).await;
        let line = |channel: &str, counts: [u32; 5], rate: &str| json!({ "of": { "value": channel, "channel": channel }, "visitors": counts[0], "matured": counts[1],
            "pending": counts[2], "identified": counts[3], "knownPeople": counts[4], "rates": { "matured": { "value": rate } } });
        // The channel of the first touch, not of a later one.
        assert_eq!(answer["groups"], json!([line("SOCIAL", [3, 3, 0, 1, 1], "0.3333"), line("WEB", [5, 4, 1, 3, 3], "0.7500")]));
        for (state, count) in [("ALL", 8), ("IDENTIFIED", 4), ("ANONYMOUS", 3), ("PENDING", 1)] {
            let rows = asked(&ops, JANUARY, &format!("rows(state: {state}) {{ totalCount nodes {{ person {{ id }} matured }} }}")).await["rows"].take();
            assert_eq!((&rows["totalCount"], rows["nodes"].as_array().unwrap().len()), (&json!(count), count), "{state}");
        }
        let first = asked(&ops, JANUARY, "rows(first: 1) { nodes { person { id identity { id } } firstSeenAt identifiedAt } }").await;
        assert_eq!(first["rows"]["nodes"], json!([{ "person": { "id": people[0], "identity": { "id": people[0] } }, "firstSeenAt": "2026-01-10T00:00:00Z", "identifiedAt": "2026-01-12T00:00:00Z" }]));
        // Totals are everybody's, rows are of whom one sees.
        let rep = story.acme.member(Role::SalesRep).await;
        let seen = asked(&rep, JANUARY, "visitors rows { totalCount visibility { complete } }").await;
        assert_eq!(seen, json!({ "visitors": 8, "rows": { "totalCount": 0, "visibility": { "complete": false } } }));
    }

    async fn as_of_an_instant_nothing_later_counts(app: TestApp) {
        let story = Told::begin(&app).await;
        let (_, people) = visitors(&story).await;
        let ops = story.at("2026-03-20T00:00:00Z");
        let input = json!({ "personId": people[5], "email": "eve@example.com", "how": "TRIAL_BEGUN", "occurredAt": "2026-01-20T00:00:00Z" });
        ops.gql(IDENTIFY, json!({ "input": input })).await;
        let fields = "identified knownPeople pending rates { matured { value } }";
        let now = asked(&ops, JANUARY, fields).await;
        assert_eq!(now, json!({ "identified": 5, "knownPeople": 4, "pending": 0, "rates": { "matured": { "value": "0.6250" } } }));
        let then = asked(&ops, &format!(r#"{JANUARY}, asOf: "2026-02-15T00:00:00Z""#), fields).await;
        assert_eq!(then, json!({ "identified": 4, "knownPeople": 3, "pending": 1, "rates": { "matured": { "value": "0.5714" } } }));
    }

    async fn a_trend_answers_for_each_part(app: TestApp) {
        let story = Told::begin(&app).await;
        let (ops, _) = visitors(&story).await;
        let document = r#"{ anonymousToKnownTrend(period: { from: "2025-12-01", to: "2026-02-01" }, grain: MONTH) { grain points { period { from } visitors identified } } }"#;
        let trend = ops.gql(document, json!({})).await["anonymousToKnownTrend"].take();
        assert_eq!(trend, json!({ "grain": "MONTH", "points": [
            { "period": { "from": "2025-12-01" }, "visitors": 1, "identified": 0 }, { "period": { "from": "2026-01-01" }, "visitors": 8, "identified": 4 } ] }));
        assert_eq!(ops.refused(r#"{ anonymousToKnown(period: { from: "2026-01-01", to: "2026-02-01" }, window: "x") { visitors } }"#, json!({})).await, "BAD_USER_INPUT");
        let partner = story.acme.member(Role::Partner).await;
        assert_eq!(partner.refused(&format!("{{ anonymousToKnown({JANUARY}) {{ visitors }} }}"), json!({})).await, "FORBIDDEN");
    }
}
