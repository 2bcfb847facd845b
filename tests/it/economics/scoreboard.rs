//! The scoreboard of resources.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{QUARTER, asked, refusal, won};
use crate::support::on_both_engines;
use crate::support::story::{Story, quarter, usd};

const CREATE: &str =
    "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";
const CLOSE: &str =
    "mutation($input: CloseOpportunityInput!) { closeOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";

/// An opportunity of a company, brought in by a resource.
async fn opened(story: &Story<'_>, account: &str, at: &str, source: Option<&str>) -> String {
    let input = json!({ "accountId": account, "name": "Paper", "openedAt": at, "sourceResource": source });
    let made = story.today().gql(CREATE, json!({ "input": input })).await;
    assert_eq!(made["createOpportunity"]["userErrors"], json!([]));
    made["createOpportunity"]["opportunity"]["id"].as_str().unwrap().to_owned()
}

/// Closes, cost, cost per close, index and gap of each line.
fn told(answer: &Value) -> Vec<[String; 6]> {
    let text = |value: &Value| value.as_str().unwrap_or("null").to_owned();
    let line = |line: &Value| {
        [&line["resource"], &line["closes"], &line["cost"]["amount"], &line["costPerClose"]["value"], &line["index"]["value"], &line["gap"]]
            .map(text)
    };
    answer["lines"].as_array().unwrap().iter().map(line).collect()
}

on_both_engines! {
    async fn one_question_tells_who_holds_more_than_evidence_gives_and_what_a_close_costs(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        let ops = story.today();
        let line = "resource closes cost { amount } costPerClose { value } index { value } gap creditGap { ledgerShare { value } evidenceShare { value } }";
        let fields = format!("definitions {{ key }} currency causal model {{ name }} matureAfterDays pending unsourced unpriced lines {{ {line} }} mostOverCredited {{ resource gap }} cheapest {{ resource }}
            costs {{ conserved blended {{ costPerClose {{ value }} }} }} creditGap {{ lines {{ key gap }} }}");
        let answer = asked(&ops, "resourceScoreboard", &format!("{QUARTER}, asOf: \"2026-05-01T00:00:00Z\""), &fields).await;
        assert_eq!(answer["definitions"], json!([{ "key": "cost_per_close" }, { "key": "resource_index" }, { "key": "close_rate" }, { "key": "credit_gap" }]));
        assert_eq!((&answer["currency"], &answer["causal"], &answer["model"]["name"]), (&json!("USD"), &json!(false), &json!("LINEAR")));
        assert_eq!((&answer["matureAfterDays"], &answer["pending"], &answer["unsourced"], &answer["unpriced"]), (&json!(90), &json!(0), &json!(0), &json!(0)));
        // G1 and G22; the evidence of the quarter is one touch of MARKETING, the other closes have none.
        assert_eq!(told(&answer), [
            ["SALES", "1.7334", "6300.00", "3634.48", "0.7842", "43.34"],
            ["MARKETING", "1.3333", "3300.00", "2475.06", "1.1515", "8.33"],
            ["PRODUCT", "0.9333", "1800.00", "1928.64", "1.4777", "23.33"],
        ].map(|line| line.map(str::to_owned)));
        assert_eq!(answer["mostOverCredited"], json!({ "resource": "SALES", "gap": "43.34" }));
        assert_eq!((&answer["cheapest"]["resource"], &answer["costs"]), (&json!("PRODUCT"), &json!({ "conserved": true, "blended": { "costPerClose": { "value": "2850.00" } } })));
        // Each line says what the answers it is made of say.
        let gap = asked(&ops, "creditGap", &format!("{QUARTER}, model: LINEAR, asOf: \"2026-05-01T00:00:00Z\""), "lines { key gap }").await;
        assert_eq!(answer["creditGap"], gap);
        let gaps: Vec<&Value> = gap["lines"].as_array().unwrap().iter().take(3).map(|line| &line["gap"]).collect();
        assert_eq!(gaps, answer["lines"].as_array().unwrap().iter().map(|line| &line["gap"]).collect::<Vec<_>>());
    }

    async fn close_rates_are_of_what_was_brought_in_and_had_its_days(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let account = story.account("Globex").await;
        // MARKETING brought in three: one was won with half the credit for SALES, one is open, one is too young; one was disqualified.
        let first = opened(&story, &account, "2026-01-10T00:00:00Z", Some("MARKETING")).await;
        opened(&story, &account, "2026-01-20T00:00:00Z", Some("MARKETING")).await;
        let young = opened(&story, &account, "2026-03-25T00:00:00Z", Some("MARKETING")).await;
        let wrong = opened(&story, &account, "2026-01-15T00:00:00Z", Some("MARKETING")).await;
        let ended = ops.gql(CLOSE, json!({ "input": { "opportunityId": wrong, "outcome": "DISQUALIFIED", "closedAt": "2026-02-01T00:00:00Z", "reason": "a student" } })).await;
        assert_eq!(ended["closeOpportunity"]["userErrors"], json!([]));
        // SALES brought in one that was lost, and of one nobody said who did.
        let lost = opened(&story, &account, "2026-01-12T00:00:00Z", Some("SALES")).await;
        let ended = ops.gql(CLOSE, json!({ "input": { "opportunityId": lost, "outcome": "NO_DECISION_STATUS_QUO", "closedAt": "2026-02-01T00:00:00Z", "reason": "stays" } })).await;
        assert_eq!(ended["closeOpportunity"]["userErrors"], json!([]));
        opened(&story, &account, "2026-01-13T00:00:00Z", None).await;
        // Before the period, and after it.
        opened(&story, &account, "2025-12-31T00:00:00Z", Some("MARKETING")).await;
        opened(&story, &account, "2026-04-01T00:00:00Z", Some("MARKETING")).await;
        let halves = json!([{ "resource": "SALES", "basisPoints": 5000 }, { "resource": "MARKETING", "basisPoints": 5000 }]);
        for (opportunity, at) in [(&first, "2026-02-20T00:00:00Z"), (&young, "2026-04-05T00:00:00Z")] {
            let close = json!({ "accountId": account, "opportunityId": opportunity, "occurredAt": at, "amount": usd("100.00"), "path": "ASSISTED",
                "signedSplit": { "signedAt": "2025-12-01T00:00:00Z", "shares": halves } });
            story.close(close).await;
        }
        let fields = "pending unsourced matureAfterDays lines { resource closeRate { value numerator denominator nullReason } }";
        let answer = asked(&ops, "resourceScoreboard", &format!("{QUARTER}, matureAfterDays: 70"), fields).await;
        assert_eq!((&answer["pending"], &answer["unsourced"], &answer["matureAfterDays"]), (&json!(1), &json!(1), &json!(70)));
        let rate = |answer: &Value, line: usize| answer["lines"][line]["closeRate"].clone();
        assert_eq!(rate(&answer, 0), json!({ "value": "0.5000", "numerator": "0.5000", "denominator": "1", "nullReason": null }));
        assert_eq!(rate(&answer, 1), json!({ "value": "0.2500", "numerator": "0.5000", "denominator": "2", "nullReason": null }));
        assert_eq!(rate(&answer, 2), json!({ "value": null, "numerator": "0.0000", "denominator": "0", "nullReason": "ZERO_DENOMINATOR" }));
        // With no days to wait the youngest counts, too.
        let answer = asked(&ops, "resourceScoreboard", &format!("{QUARTER}, matureAfterDays: 0"), fields).await;
        assert_eq!((&answer["pending"], rate(&answer, 1)["value"].clone()), (&json!(0), json!("0.3333")));
        // Nothing has had its days.
        let answer = asked(&ops, "resourceScoreboard", &format!("{QUARTER}, matureAfterDays: 3650"), fields).await;
        assert_eq!(rate(&answer, 1)["nullReason"], "IMMATURE");

        // The rows add up to both sides of a rate.
        let rows = "opportunities(resource: MARKETING) { totalCount nodes { opportunity { id } source mature basisPoints(resource: MARKETING) } visibility { complete } }";
        let answer = asked(&ops, "resourceScoreboard", &format!("{QUARTER}, matureAfterDays: 70"), rows).await["opportunities"].take();
        assert_eq!((&answer["totalCount"], &answer["nodes"][0], &answer["visibility"]["complete"]), (&json!(3), &json!({ "opportunity": { "id": first }, "source": "MARKETING", "mature": true, "basisPoints": 5000 }), &json!(true)));
        let mature: Vec<&Value> = answer["nodes"].as_array().unwrap().iter().filter(|row| row["mature"] == true).collect();
        assert_eq!((mature.len(), mature.iter().map(|row| row["basisPoints"].as_i64().unwrap()).sum::<i64>()), (2, 5000));
        let rep = story.member(Role::SalesRep).await;
        let seen = asked(&rep, "resourceScoreboard", &format!("{QUARTER}, matureAfterDays: 70"), &format!("lines {{ closeRate {{ value }} }} {rows}")).await;
        assert_eq!((&seen["lines"][1]["closeRate"]["value"], &seen["opportunities"]["totalCount"], &seen["opportunities"]["visibility"]["complete"]), (&json!("0.2500"), &json!(0), &json!(false)));

        // Who sees every opportunity and not the ledger is not told by its rows, nor by what they are narrowed to.
        let marketer = story.member(Role::Marketer).await;
        let hidden = "opportunities(resource: SALES) { nodes { opportunity { id } basisPoints(resource: SALES) } } all: opportunities { nodes { basisPoints(resource: MARKETING) } visibility { complete } }";
        let seen = asked(&marketer, "resourceScoreboard", &format!("{QUARTER}, matureAfterDays: 70"), hidden).await;
        assert_eq!(seen["opportunities"]["nodes"], json!([{ "opportunity": { "id": lost }, "basisPoints": 0 }]), "the one SALES brought in");
        let told: Vec<&Value> = seen["all"]["nodes"].as_array().unwrap().iter().map(|row| &row["basisPoints"]).collect();
        assert_eq!((told, &seen["all"]["visibility"]["complete"]), (vec![&Value::Null, &json!(0), &json!(0), &json!(0), &Value::Null], &json!(false)));

        // A voided close takes its opportunity out, as from win rates.
        let closes = ops.gql("query($id: ID!) { opportunity(id: $id) { id } closes(first: 10) { nodes { id amount { amount } occurredAt } } }", json!({ "id": first })).await;
        let close = closes["closes"]["nodes"].as_array().unwrap().iter().find(|close| close["occurredAt"].as_str().unwrap().starts_with("2026-02-20")).unwrap()["id"].clone();
        story.movement(json!({ "closeId": close, "kind": "VOID", "occurredAt": "2026-03-01T00:00:00Z", "reason": "signed by nobody" })).await;
        let answer = asked(&ops, "resourceScoreboard", &format!("{QUARTER}, matureAfterDays: 70"), fields).await;
        assert_eq!(rate(&answer, 1)["numerator"], "0.0000");
    }

    async fn a_question_that_makes_no_sense_is_refused(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        for (more, field) in [("matureAfterDays: -1", "matureAfterDays"), ("matureAfterDays: 3651", "matureAfterDays"), ("lookbackDays: 0", "lookbackDays"), ("model: CUSTOM", "settings.weights"), ("asOf: \"2030-01-01T00:00:00Z\"", "asOf")] {
            let told = refusal(&ops, "resourceScoreboard", &format!("{QUARTER}, {more}")).await;
            assert_eq!(told, ("BAD_USER_INPUT".into(), field.into()), "{more}");
        }
        for role in [Role::Partner, Role::SalesAssistant] {
            assert_eq!(refusal(&story.member(role).await, "resourceScoreboard", QUARTER).await.0, "FORBIDDEN");
        }
        // Nothing was won, nothing cost anything.
        let empty = asked(&ops, "resourceScoreboard", QUARTER, "mostOverCredited { resource } cheapest { resource } lines { gap costPerClose { nullReason } index { nullReason } closeRate { nullReason } }").await;
        let nothing = json!({ "gap": null, "costPerClose": { "nullReason": "ZERO_CLOSES" }, "index": { "nullReason": "NO_COST_DATA" }, "closeRate": { "nullReason": "ZERO_DENOMINATOR" } });
        assert_eq!(empty, json!({ "mostOverCredited": null, "cheapest": null, "lines": [nothing, nothing, nothing] }));
    }

    async fn other_organizations_never_count(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        let other = app.org("other").await;
        let stranger = other.member(Role::Revops).await;
        let answer = asked(&stranger, "resourceScoreboard", QUARTER, "lines { closes cost { amount } }").await;
        let nothing = json!({ "closes": "0.0000", "cost": { "amount": "0.00" } });
        assert_eq!(answer["lines"], json!([nothing, nothing, nothing]));
        story.at("2026-05-01T00:00:00Z");
        won(&story, "Late", "2026-03-30T00:00:00Z", "1.00", "PRODUCT", json!({})).await;
        // What was recorded later changes no answer of before.
        let then = asked(&story.today(), "resourceScoreboard", &format!("{QUARTER}, asOf: \"2026-04-02T00:00:00Z\""), "lines { closes }").await;
        assert_eq!(then["lines"][2]["closes"], "0.9333");
    }

    async fn statements_do_not_grow_with_what_is_asked_about(app: TestApp) {
        let story = Story::begin(&app).await;
        let pages = "rows(first: 50) { nodes { close { id account { name } } } }";
        let documents = [
            format!("{{ resourceScoreboard({QUARTER}) {{ lines {{ closes gap closeRate {{ value }} }} creditGap {{ {pages} }} opportunities(first: 50) {{ nodes {{ opportunity {{ id }} }} }} }} }}"),
            format!("{{ investmentReview({QUARTER}) {{ lines {{ closes }} wordOfMouth {{ {pages} }} }} }}"),
            format!("{{ unitEconomicsTrend({QUARTER}, grain: MONTH, grossMargin: \"0.5\") {{ points {{ whole {{ cacPayback {{ value }} }} }} }} }}"),
            format!("{{ attribution({QUARTER}, model: LINEAR) {{ lines {{ key }} {pages} }} }}"),
            format!("{{ tacticImportance({QUARTER}) {{ lines {{ tactic {{ name }} }} }} }}"),
        ];
        let mut counts = Vec::new();
        for told in [2, 12] {
            story.at("2026-05-01T00:00:00Z");
            for number in 0..told {
                let account = story.account(&format!("Company {told} {number}")).await;
                let tactic = story.tactic(json!({ "name": format!("Tactic {told} {number}"), "resource": "MARKETING", "channel": "EMAIL" })).await;
                story.touch("2026-01-09T00:00:00Z", "MARKETING", json!({ "accountId": account, "tacticId": tactic })).await;
                let opportunity = opened(&story, &account, "2026-01-10T00:00:00Z", Some("SALES")).await;
                story.close(json!({ "accountId": account, "opportunityId": opportunity, "occurredAt": "2026-02-10T00:00:00Z", "amount": usd("10.00"), "path": "ASSISTED" })).await;
                story.cost("SALES", "5.00", "2026-01-01", "2026-03-31").await;
            }
            let ops = story.today();
            // What was recorded since is known by then.
            ops.gql(&documents[3], json!({})).await;
            let mut taken = Vec::new();
            for document in &documents {
                let before = app.statements();
                ops.gql(document, json!({})).await;
                taken.push(app.statements() - before);
            }
            counts.push(taken);
        }
        assert_eq!(counts[0], counts[1]);
    }
}
