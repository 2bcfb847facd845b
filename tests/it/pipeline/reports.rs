//! The worked examples through the API, what was known when, and that groups and rows add up.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{CREATE, GENERATE, RAISE, RESOLVE, REVISE, account, done, in_team, lost, made, opened, team, winning, won};
use crate::support::story::{MOVE_CLOSE, Story};
use crate::support::{Caller, on_both_engines};

const YEAR: &str = r#"period: { from: "2026-01-01", to: "2027-01-01", timeZone: "UTC" }"#;
const RATIO: &str = "{ value unit numerator denominator nullReason }";

/// The answer to a question, by the name of its field.
async fn asked(by: &Caller<'_>, field: &str, arguments: &str, selection: &str) -> Value {
    by.gql(&format!("{{ {field}({arguments}) {selection} }}"), json!({})).await[field].take()
}

/// Lost opportunities of an account, of each outcome as many as is said.
async fn ended(by: &Caller<'_>, account: &str, outcomes: &[(&str, usize)]) {
    for (outcome, count) in outcomes {
        for _ in 0..*count {
            let id = opened(by, account, "2026-01-10T00:00:00Z").await;
            lost(by, &id, outcome, "2026-02-19T00:00:00Z").await;
        }
    }
}

async fn sold(by: &Caller<'_>, account: &str, count: usize) -> Vec<String> {
    let mut sold = Vec::new();
    for _ in 0..count {
        let id = opened(by, account, "2026-01-10T00:00:00Z").await;
        won(by, account, &id, "8000.00", "2026-02-19T00:00:00Z").await;
        sold.push(id);
    }
    sold
}

async fn open(by: &Caller<'_>, account: &str, count: usize) {
    for _ in 0..count {
        opened(by, account, "2026-01-10T00:00:00Z").await;
    }
}

fn rows_of(states: &[&str]) -> String {
    states.iter().map(|state| format!("{state}: rows(state: {state}) {{ totalCount }} ")).collect()
}

on_both_engines! {
    async fn g9_the_same_opportunities_on_two_bases(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let initech = account(&ops, "Initech").await;
        sold(&ops, &initech, 4).await;
        ended(&ops, &initech, &[("LOST_OTHER", 6)]).await;
        open(&ops, &initech, 10).await;
        let figures = format!("whole {{ value {RATIO} closed {{ won lost decided excluded winRate {{ value }} competitiveWinRate {{ value }} }}
            cohort {{ created won open excluded winRate {{ value }} openShare {{ value numerator denominator }} }} }}");
        let selection = format!("{{ definition {{ key version unit }} unit basis by asOf period {{ from to timeZone }} visibility {{ scope complete }}
            {figures} groups {{ of {{ value }} }} {} }}", rows_of(&["ALL", "WON", "LOST", "DECIDED", "OPEN", "EXCLUDED"]));
        let told = asked(&ops, "winRate", YEAR, &selection).await;
        assert_eq!(told["definition"], json!({ "key": "win_rate", "version": 1, "unit": "RATIO" }));
        assert_eq!((&told["basis"], &told["by"], &told["asOf"]), (&json!("CLOSED_BASIS"), &Value::Null, &json!("2026-06-01T12:00:00Z")));
        assert_eq!(told["period"], json!({ "from": "2026-01-01", "to": "2027-01-01", "timeZone": "UTC" }));
        assert_eq!(told["visibility"], json!({ "scope": "ORGANIZATION", "complete": true }));
        assert_eq!(told["whole"]["value"], json!({ "value": "0.4000", "unit": "RATIO", "numerator": "4", "denominator": "10", "nullReason": null }));
        let closed = json!({ "won": 4, "lost": 6, "decided": 10, "excluded": 0, "winRate": { "value": "0.4000" }, "competitiveWinRate": { "value": "1.0000" } });
        assert_eq!(told["whole"]["closed"], closed);
        let cohort = json!({ "created": 20, "won": 4, "open": 10, "excluded": 0, "winRate": { "value": "0.2000" },
            "openShare": { "value": "0.5000", "numerator": "10", "denominator": "20" } });
        assert_eq!(told["whole"]["cohort"], cohort);
        assert_eq!(told["groups"], json!([]));
        let counts = |told: &Value| ["ALL", "WON", "LOST", "DECIDED", "OPEN", "EXCLUDED"].map(|state| told[state]["totalCount"].as_u64().unwrap());
        assert_eq!(counts(&told), [10, 4, 6, 10, 0, 0]);
        let told = asked(&ops, "winRate", &format!("{YEAR}, basis: COHORT_BASIS"), &selection).await;
        assert_eq!(told["whole"]["value"]["value"], "0.2000");
        assert_eq!(told["whole"]["cohort"], cohort);
        assert_eq!(counts(&told), [20, 4, 6, 10, 10, 0]);
    }

    async fn g9_what_is_won_in_a_day(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let initech = account(&ops, "Initech").await;
        sold(&ops, &initech, 2).await;
        ended(&ops, &initech, &[("LOST_OTHER", 6)]).await;
        open(&ops, &initech, 12).await;
        let selection = format!("{{ definition {{ key }} unit currency whole {{ perDay {{ amount currency }} nullReason blended open won decided priced unpriced
            winRate {{ value }} wonValue {{ amount }} meanWonValue {RATIO} meanCycle {RATIO} }} {} }}", rows_of(&["ALL", "OPEN", "WON", "DECIDED"]));
        let told = asked(&ops, "pipelineVelocity", YEAR, &selection).await;
        assert_eq!((&told["definition"]["key"], &told["unit"], &told["currency"]), (&json!("pipeline_velocity"), &json!("MONEY"), &json!("USD")));
        let whole = json!({ "perDay": { "amount": "600.00", "currency": "USD" }, "nullReason": null, "blended": true, "open": 12, "won": 2, "decided": 8,
            "priced": 2, "unpriced": 0, "winRate": { "value": "0.2500" }, "wonValue": { "amount": "16000.00" },
            "meanWonValue": { "value": "8000.00", "unit": "MONEY", "numerator": "16000.00", "denominator": "2", "nullReason": null },
            "meanCycle": { "value": "40.00", "unit": "DAYS", "numerator": "6912000000000", "denominator": "172800000000", "nullReason": null } });
        assert_eq!(told["whole"], whole);
        assert_eq!(["ALL", "OPEN", "WON", "DECIDED"].map(|state| told[state]["totalCount"].as_u64().unwrap()), [20, 12, 2, 8]);
        // One in another currency counts, and is not priced at one or at nothing.
        let id = opened(&ops, &initech, "2026-01-10T00:00:00Z").await;
        let mut close = winning(&initech, &id, "5.00", "2026-02-19T00:00:00Z");
        close["amount"]["currency"] = json!("EUR");
        made(&ops, GENERATE, close).await;
        let told = asked(&ops, "pipelineVelocity", YEAR, &selection).await;
        assert_eq!((&told["whole"]["won"], &told["whole"]["priced"], &told["whole"]["unpriced"]), (&json!(3), &json!(2), &json!(1)));
        assert_eq!(told["whole"]["meanWonValue"]["value"], "8000.00");
        // 12 × 3/9 × 8 000 ÷ 40.
        assert_eq!(told["whole"]["perDay"]["amount"], "800.00");
        let nothing = asked(&ops, "pipelineVelocity", r#"period: { from: "2025-01-01", to: "2025-02-01" }"#, &selection).await;
        assert_eq!((&nothing["whole"]["perDay"], &nothing["whole"]["nullReason"]), (&Value::Null, &json!("ZERO_DENOMINATOR")));
        // Amounts are not for assistants.
        let assistant = acme.member(Role::SalesAssistant).await;
        assert_eq!(assistant.refused(&format!("{{ pipelineVelocity({YEAR}) {{ unit }} }}"), json!({})).await, "FORBIDDEN");
    }

    async fn g10_most_losses_are_to_nobody(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let initech = account(&ops, "Initech").await;
        sold(&ops, &initech, 10).await;
        let outcomes =
            [("LOST_COMPETITOR", 5), ("NO_DECISION_INDECISION", 5), ("NO_DECISION_STATUS_QUO", 4), ("DISQUALIFIED", 2), ("DUPLICATE", 1)];
        ended(&ops, &initech, &outcomes).await;
        let selection = format!("{{ definition {{ key }} whole {{ won lostToCompetitor indecision statusQuo lostOtherwise lost decided excluded
            rate {RATIO} shareOfLosses {{ value }} indecisionShare {{ value }} winRate {{ value }} competitiveWinRate {{ value }} }} {} }}",
            rows_of(&["ALL", "DECIDED", "LOST", "LOST_TO_COMPETITOR", "NO_DECISION", "EXCLUDED"]));
        let told = asked(&ops, "noDecision", YEAR, &selection).await;
        let whole = json!({ "won": 10, "lostToCompetitor": 5, "indecision": 5, "statusQuo": 4, "lostOtherwise": 0, "lost": 14, "decided": 24, "excluded": 3,
            "rate": { "value": "0.3750", "unit": "RATIO", "numerator": "9", "denominator": "24", "nullReason": null }, "shareOfLosses": { "value": "0.6429" },
            "indecisionShare": { "value": "0.5556" }, "winRate": { "value": "0.4167" }, "competitiveWinRate": { "value": "0.6667" } });
        assert_eq!(told["whole"], whole);
        let states = ["ALL", "DECIDED", "LOST", "LOST_TO_COMPETITOR", "NO_DECISION", "EXCLUDED"];
        assert_eq!(states.map(|state| told[state]["totalCount"].as_u64().unwrap()), [27, 24, 14, 5, 9, 3]);
        // Each part of a period is as it would be alone.
        let trend = r#"period: { from: "2026-01-01", to: "2026-04-01", timeZone: "UTC" }, grain: MONTH"#;
        let told = asked(&ops, "noDecisionTrend", trend, "{ grain points { period { from } whole { decided rate { value nullReason } } rows { totalCount } } }").await;
        let none = json!({ "value": null, "nullReason": "ZERO_DENOMINATOR" });
        let point = |from: &str, decided: i32, rate: &Value, rows: i32| json!({ "period": { "from": from }, "whole": { "decided": decided, "rate": rate }, "rows": { "totalCount": rows } });
        let rate = json!({ "value": "0.3750", "nullReason": null });
        let points = json!([point("2026-01-01", 0, &none, 0), point("2026-02-01", 24, &rate, 27), point("2026-03-01", 0, &none, 0)]);
        assert_eq!(told, json!({ "grain": "MONTH", "points": points }));
        // Totals are everybody's; rows are those one sees.
        let rep = acme.member(Role::SalesRep).await;
        let told = asked(&rep, "noDecision", YEAR, "{ whole { decided } rows { totalCount visibility { scope complete } } }").await;
        assert_eq!(told, json!({ "whole": { "decided": 24 }, "rows": { "totalCount": 0, "visibility": { "scope": "OWN", "complete": false } } }));
        for field in ["winRate", "noDecision", "blockerReport", "pipelineVelocity"] {
            assert_eq!(acme.member(Role::Partner).await.refused(&format!("{{ {field}({YEAR}) {{ unit }} }}"), json!({})).await, "FORBIDDEN");
        }
    }

    async fn g19_how_much_is_resolved_and_how_fast(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let initech = account(&ops, "Initech").await;
        let blocked = opened(&ops, &initech, "2026-01-10T00:00:00Z").await;
        let free = opened(&ops, &initech, "2026-01-10T00:00:00Z").await;
        // Now is the first of June, noon.
        for (kind, raised, resolved) in [
            ("CONSENSUS", "2026-03-01T00:00:00Z", Some("2026-03-11T00:00:00Z")),
            ("BUDGET", "2026-03-01T01:00:00Z", Some("2026-03-05T01:00:00Z")),
            ("CONSENSUS", "2026-05-02T12:00:00Z", None),
            ("PRIORITY_ALIGNMENT", "2026-05-20T12:00:00Z", None),
            ("CONSENSUS", "2026-03-02T00:00:00Z", Some("2026-03-22T00:00:00Z")),
        ] {
            let id = made(&ops, RAISE, json!({ "opportunityId": blocked, "kind": kind, "side": "BUYER", "raisedAt": raised })).await;
            if let Some(at) = resolved {
                done(&ops, RESOLVE, json!({ "blockerId": id, "resolvedAt": at, "resolution": "talked" })).await;
            }
        }
        lost(&ops, &blocked, "NO_DECISION_INDECISION", "2026-05-10T00:00:00Z").await;
        won(&ops, &initech, &free, "1.00", "2026-05-10T00:00:00Z").await;
        let line = "kind raised share { value } resolutionRate { value numerator denominator } medianDays { value nullReason } open oldestOpenDays
            noDecisionWith { value denominator } noDecisionWithout { value denominator }";
        let selection = format!("{{ definition {{ key }} whole {{ all {{ {line} }} kinds {{ kind raised share {{ value }} resolutionRate {{ value }} medianDays {{ value nullReason }}
            open noDecisionWith {{ value nullReason }} }} }} rows {{ totalCount nodes {{ kind days resolvedAt blocker {{ kind }} }} }} OPEN: rows(state: OPEN) {{ totalCount }}
            CONSENSUS: rows(kind: CONSENSUS, state: RESOLVED) {{ totalCount }} with: decisions(kind: PRIORITY_ALIGNMENT) {{ totalCount }}
            WITH: decisions(blocked: true, state: NO_DECISION) {{ nodes {{ opportunity {{ id }} outcome }} }} without: decisions(blocked: false) {{ nodes {{ opportunity {{ id }} }} }} }}");
        let told = asked(&ops, "blockerReport", YEAR, &selection).await;
        let all = json!({ "kind": null, "raised": 5, "share": { "value": "1.0000" }, "resolutionRate": { "value": "0.6000", "numerator": "3", "denominator": "5" },
            "medianDays": { "value": "10.00", "nullReason": null }, "open": 2, "oldestOpenDays": "30.00", "noDecisionWith": { "value": "1.0000", "denominator": "1" },
            "noDecisionWithout": { "value": "0.0000", "denominator": "1" } });
        assert_eq!(told["whole"]["all"], all);
        let kind = |kind: &str, raised: i32, share: &str, resolved: &str, median: Value, open: i32, with: Value| json!({ "kind": kind, "raised": raised,
            "share": { "value": share }, "resolutionRate": { "value": resolved }, "medianDays": median, "open": open, "noDecisionWith": with });
        let (known, immature) = (|value: &str| json!({ "value": value, "nullReason": null }), json!({ "value": null, "nullReason": "IMMATURE" }));
        // The last one came up after the opportunity had ended: it kept nobody from deciding.
        let never = json!({ "value": null, "nullReason": "ZERO_DENOMINATOR" });
        let kinds = json!([
            kind("CONSENSUS", 3, "0.6000", "0.6667", known("15.00"), 1, known("1.0000")),
            kind("PRIORITY_ALIGNMENT", 1, "0.2000", "0.0000", immature, 1, never),
            kind("BUDGET", 1, "0.2000", "1.0000", known("4.00"), 0, known("1.0000")),
        ]);
        assert_eq!(told["whole"]["kinds"], kinds);
        let days: Vec<&str> = told["rows"]["nodes"].as_array().unwrap().iter().map(|row| row["days"].as_str().unwrap()).collect();
        assert_eq!((days, &told["rows"]["totalCount"], &told["OPEN"]["totalCount"]), (vec!["10.00", "4.00", "20.00", "30.00", "12.00"], &json!(5), &json!(2)));
        assert_eq!((&told["CONSENSUS"]["totalCount"], &told["with"]["totalCount"]), (&json!(2), &json!(0)));
        assert_eq!(told["WITH"]["nodes"], json!([{ "opportunity": { "id": blocked }, "outcome": "NO_DECISION_INDECISION" }]));
        assert_eq!(told["without"]["nodes"], json!([{ "opportunity": { "id": free } }]));
    }

    async fn what_is_recorded_later_changes_no_answer_of_before(app: TestApp) {
        let story = Story::begin(&app).await;
        let (first, second) = (story.member(Role::SalesRep).await, story.member(Role::SalesRep).await);
        let admin = story.member(Role::Admin).await;
        let north = team(&admin, "North").await;
        in_team(&admin, &first, &north).await;
        let owner = |member: &Caller<'_>| member.member.unwrap().to_string();
        let ops = story.at("2026-03-01T00:00:00Z");
        let initech = account(&ops, "Initech").await;
        let new = json!({ "accountId": initech, "name": "Paper", "openedAt": "2026-02-15T00:00:00Z", "ownerId": owner(&first), "sourceResource": "MARKETING" });
        let id = made(&ops, CREATE, new.clone()).await;
        let sold = made(&ops, CREATE, new).await;
        let close = won(&ops, &initech, &sold, "100.00", "2026-03-01T00:00:00Z").await;
        let blocker = made(&ops, RAISE, json!({ "opportunityId": id, "kind": "BUDGET", "side": "BUYER", "raisedAt": "2026-02-20T00:00:00Z" })).await;
        let questions = |as_of: &str| {
            let arguments = format!("{YEAR}, asOf: \"{as_of}\"");
            ["OWNER", "RESOURCE", "TEAM", "CHANNEL"].map(|by| {
                format!("{{ winRate({arguments}, breakdown: {{ by: {by} }}) {{ whole {{ closed {{ won lost }} cohort {{ created open }} }} groups {{ of {{ value }} figures {{ cohort {{ created }} }} }} rows {{ totalCount }} }}
                    pipelineVelocity({arguments}, breakdown: {{ by: {by} }}) {{ whole {{ perDay {{ amount }} open won wonValue {{ amount }} }} groups {{ of {{ value }} figures {{ open }} }} }}
                    blockerReport({arguments}, breakdown: {{ by: {by} }}) {{ whole {{ all {{ raised open oldestOpenDays }} }} groups {{ of {{ value }} }} rows {{ nodes {{ days resolvedAt }} }} }} }}")
            })
        };
        let mut before = Vec::new();
        for question in questions("2026-03-15T00:00:00Z") {
            // The clock has to be there to ask.
            before.push(story.at("2026-03-15T00:00:00Z").gql(&question, json!({})).await);
        }
        assert_eq!(before[0]["winRate"]["groups"], json!([{ "of": { "value": owner(&first) }, "figures": { "cohort": { "created": 2 } } }]));
        assert_eq!(before[2]["winRate"]["groups"][0]["of"]["value"], north);
        assert_eq!(before[0]["winRate"]["whole"], json!({ "closed": { "won": 1, "lost": 0 }, "cohort": { "created": 2, "open": 1 } }));
        assert_eq!(before[0]["pipelineVelocity"]["whole"]["wonValue"]["amount"], "100.00");
        assert_eq!(before[0]["blockerReport"]["rows"]["nodes"], json!([{ "days": "23.00", "resolvedAt": null }]));
        // All of this is recorded later, and some of it happened before.
        let ops = story.at("2026-04-01T00:00:00Z");
        done(&ops, REVISE, json!({ "opportunityId": id, "ownerId": owner(&second), "sourceResource": "SALES" })).await;
        done(&ops, RESOLVE, json!({ "blockerId": blocker, "resolvedAt": "2026-03-10T00:00:00Z", "resolution": "found" })).await;
        story.touch("2026-02-10T00:00:00Z", "MARKETING", json!({ "accountId": initech })).await;
        lost(&ops, &id, "LOST_OTHER", "2026-03-12T00:00:00Z").await;
        opened(&ops, &initech, "2026-03-05T00:00:00Z").await;
        done(&ops, MOVE_CLOSE, json!({ "closeId": close, "kind": "VOID", "occurredAt": "2026-03-10T00:00:00Z", "reason": "a mistake" })).await;
        in_team(&story.acme.signed_in(admin.member.unwrap()), &second, &north).await;
        let today = story.today();
        for (question, before) in questions("2026-03-15T00:00:00Z").iter().zip(&before) {
            assert_eq!(today.gql(question, json!({})).await, *before, "{question}");
        }
        let now = questions("2026-06-01T00:00:00Z");
        let told = today.gql(&now[0], json!({})).await;
        // A win whose close was voided counts nowhere.
        assert_eq!(told["winRate"]["whole"], json!({ "closed": { "won": 0, "lost": 1 }, "cohort": { "created": 2, "open": 1 } }));
        assert_eq!(told["pipelineVelocity"]["whole"]["wonValue"]["amount"], "0.00");
        assert_eq!(told["blockerReport"]["rows"]["nodes"], json!([{ "days": "18.00", "resolvedAt": "2026-03-10T00:00:00Z" }]));
        let told = today.gql(&now[3], json!({})).await;
        assert_eq!(told["winRate"]["groups"], json!([{ "of": { "value": "EMAIL" }, "figures": { "cohort": { "created": 2 } } }]));
        let future = format!("{{ winRate({YEAR}, asOf: \"2026-06-02T00:00:00Z\") {{ unit }} }}");
        assert_eq!(today.refused(&future, json!({})).await, "BAD_USER_INPUT");
    }

    async fn groups_and_their_rows_add_up_to_the_whole(app: TestApp) {
        let story = Story::begin(&app).await;
        let admin = story.member(Role::Admin).await;
        let (rep, lead) = (story.member(Role::SalesRep).await, story.member(Role::SalesLead).await);
        let north = team(&admin, "North").await;
        in_team(&admin, &rep, &north).await;
        let ops = story.today();
        let (initech, hooli) = (account(&ops, "Initech").await, account(&ops, "Hooli").await);
        let tactic = story.tactic(json!({ "name": "Webinar", "resource": "MARKETING", "channel": "EVENT" })).await;
        story.touch("2026-01-01T00:00:00Z", "MARKETING", json!({ "accountId": initech, "tacticId": tactic })).await;
        story.touch("2026-01-20T00:00:00Z", "SALES", json!({ "accountId": initech, "channel": "PHONE", "kind": "CALL" })).await;
        for (account, owner, source, at) in [
            (&initech, Some(&rep), "SALES", "2026-01-10T00:00:00Z"),
            (&initech, Some(&lead), "MARKETING", "2026-01-21T00:00:00Z"),
            (&hooli, Some(&rep), "SALES", "2026-01-21T00:00:00Z"),
            (&hooli, None, "PRODUCT", "2026-01-21T00:00:00Z"),
        ] {
            let owner = owner.map(|member| member.member.unwrap().to_string());
            let new = json!({ "accountId": account, "name": "Paper", "ownerId": owner, "sourceResource": source, "openedAt": at });
            let id = made(&ops, CREATE, new.clone()).await;
            done(&ops, RAISE, json!({ "opportunityId": id, "kind": "BUDGET", "side": "BUYER", "raisedAt": "2026-02-01T00:00:00Z" })).await;
            if source == "SALES" {
                won(&ops, account, &id, "100.00", "2026-03-01T00:00:00Z").await;
            } else if source == "MARKETING" {
                lost(&ops, &id, "NO_DECISION_STATUS_QUO", "2026-03-01T00:00:00Z").await;
            }
        }
        let (rep_id, lead_id) = (rep.member.unwrap().to_string(), lead.member.unwrap().to_string());
        for (by, values) in [
            ("RESOURCE", vec![(json!("SALES"), 2), (json!("MARKETING"), 1), (json!("PRODUCT"), 1)]),
            ("OWNER", vec![(json!(rep_id), 2), (json!(lead_id), 1), (Value::Null, 1)]),
            ("TEAM", vec![(json!(north), 2), (Value::Null, 2)]),
            ("CHANNEL", vec![(json!("EMAIL"), 1), (json!("PHONE"), 1), (Value::Null, 2)]),
            ("TACTIC", vec![(json!(tactic), 2), (Value::Null, 2)]),
        ] {
            let figures = "{ cohort { created open } closed { won lost } }";
            let told = asked(&ops, "winRate", &format!("{YEAR}, basis: COHORT_BASIS, breakdown: {{ by: {by} }}"), &format!("{{ by whole {figures} groups {{ of {{ value }} figures {figures} }} }}")).await;
            let groups = told["groups"].as_array().unwrap();
            let mut found: Vec<(Value, i64)> = groups.iter().map(|group| (group["of"]["value"].clone(), group["figures"]["cohort"]["created"].as_i64().unwrap())).collect();
            let mut values: Vec<(Value, i64)> = values;
            found.sort_by_key(|(value, _)| value.to_string());
            values.sort_by_key(|(value, _)| value.to_string());
            assert_eq!(found, values, "{by}");
            assert_eq!(told["by"], by);
            assert!(groups[..groups.len() - 1].iter().all(|group| !group["of"]["value"].is_null()), "those without a value stand last");
            for path in ["/cohort/created", "/cohort/open", "/closed/won", "/closed/lost"] {
                let sum: i64 = groups.iter().map(|group| group["figures"].pointer(path).unwrap().as_i64().unwrap()).sum();
                assert_eq!(told["whole"].pointer(path).unwrap().as_i64(), Some(sum), "{by} {path}");
            }
            let velocity = asked(&ops, "pipelineVelocity", &format!("{YEAR}, breakdown: {{ by: {by} }}"), "{ whole { open won decided blended wonValue { amount } } groups { of { value } figures { open won decided blended wonValue { amount } } } }").await;
            let groups = velocity["groups"].as_array().unwrap();
            for field in ["open", "won", "decided"] {
                let sum: i64 = groups.iter().map(|group| group["figures"][field].as_i64().unwrap()).sum();
                assert_eq!(velocity["whole"][field].as_i64(), Some(sum), "{by} {field}");
            }
            assert!(groups.iter().all(|group| group["figures"]["blended"] == false), "{by}");
            let blockers = asked(&ops, "blockerReport", &format!("{YEAR}, breakdown: {{ by: {by} }}"), "{ whole { all { raised } } groups { figures { all { raised } } } }").await;
            let sum: i64 = blockers["groups"].as_array().unwrap().iter().map(|group| group["figures"]["all"]["raised"].as_i64().unwrap()).sum();
            assert_eq!((blockers["whole"]["all"]["raised"].as_i64(), sum), (Some(4), 4), "{by}");
            for (value, count) in values {
                let rows = format!("{{ rows(group: {{ value: {value} }}) {{ totalCount nodes {{ groups {{ value }} opportunity {{ id }} }} }} }}");
                let told = asked(&ops, "winRate", &format!("{YEAR}, basis: COHORT_BASIS, breakdown: {{ by: {by} }}"), &rows).await;
                assert_eq!(told["rows"]["totalCount"].as_i64(), Some(count), "{by} {value}");
                assert!(told["rows"]["nodes"].as_array().unwrap().iter().all(|row| row["groups"][0]["value"] == value), "{by} {value}");
            }
        }
        // Rows are those one sees, whatever the totals say.
        let told = asked(&rep, "winRate", &format!("{YEAR}, basis: COHORT_BASIS, breakdown: {{ by: OWNER }}"), "{ whole { cohort { created } } rows { totalCount } }").await;
        assert_eq!(told, json!({ "whole": { "cohort": { "created": 4 } }, "rows": { "totalCount": 2 } }));
        let unsplit = format!("{{ winRate({YEAR}) {{ rows(group: {{ value: null }}) {{ totalCount }} }} }}");
        assert_eq!(ops.refused(&unsplit, json!({})).await, "BAD_USER_INPUT");
    }
}
