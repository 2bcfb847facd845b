//! How far the ledger is from the evidence.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{JANUARY, asked, g5, refusal, won_by};
use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

const LINE: &str = "key ledgerShare { value numerator denominator nullReason } evidenceShare { value nullReason } gap ledgerCloses evidenceCloses closesGap
    ledgerValue { amount } evidenceValue { amount } valueGap { amount }";

on_both_engines! {
    async fn g16_sales_holds_all_and_earned_a_third(app: TestApp) {
        let story = Story::begin(&app).await;
        let (close, _) = g5(&story).await;
        let ops = story.today();
        let fields = format!("definition {{ key }} unit asOf evidence {{ model {{ name }} causal }} visibility {{ complete }} lines {{ {LINE} }}");
        let answer = asked(&ops, "creditGap", &format!("{JANUARY}, model: LINEAR, asOf: \"2026-02-01T00:00:00Z\""), &fields).await;
        assert_eq!((&answer["definition"]["key"], &answer["unit"], &answer["asOf"], &answer["evidence"]), (&json!("credit_gap"), &json!("PERCENTAGE_POINTS"), &json!("2026-02-01T00:00:00Z"), &json!({ "model": { "name": "LINEAR" }, "causal": false })));
        let line = |key: &str, ledger: (&str, &str, &str, &str), evidence: (&str, &str, &str), gaps: (&str, &str, &str)| json!({ "key": key,
            "ledgerShare": { "value": ledger.0, "numerator": ledger.1, "denominator": "1000000000", "nullReason": null },
            "evidenceShare": { "value": evidence.0, "nullReason": null }, "gap": gaps.0,
            "ledgerCloses": ledger.2, "evidenceCloses": evidence.1, "closesGap": gaps.1,
            "ledgerValue": { "amount": ledger.3 }, "evidenceValue": { "amount": evidence.2 }, "valueGap": { "amount": gaps.2 } });
        assert_eq!(answer["lines"], json!([
            line("SALES", ("1.0000", "1000000000", "1.000000000", "10000.00"), ("0.3333", "0.333333332", "3333.32"), ("66.67", "0.666666668", "6666.68")),
            line("MARKETING", ("0.0000", "0", "0.000000000", "0.00"), ("0.5000", "0.500000001", "5000.01"), ("-50.00", "-0.500000001", "-5000.01")),
            line("PRODUCT", ("0.0000", "0", "0.000000000", "0.00"), ("0.1667", "0.166666667", "1666.67"), ("-16.67", "-0.166666667", "-1666.67")),
        ]));
        let rows = asked(&ops, "creditGap", &format!("{JANUARY}, model: LINEAR"), "rows { totalCount nodes { close { id } line ledgerCloses evidenceCloses ledgerValue { amount } evidenceValue { amount } } }").await["rows"].take();
        let row = |line: &str, ledger: (&str, &str), evidence: (&str, &str)| json!({ "close": { "id": close }, "line": line, "ledgerCloses": ledger.0,
            "evidenceCloses": evidence.0, "ledgerValue": { "amount": ledger.1 }, "evidenceValue": { "amount": evidence.1 } });
        assert_eq!(rows, json!({ "totalCount": 3, "nodes": [
            row("SALES", ("1.000000000", "10000.00"), ("0.333333332", "3333.32")),
            row("MARKETING", ("0.000000000", "0.00"), ("0.500000001", "5000.01")),
            row("PRODUCT", ("0.000000000", "0.00"), ("0.166666667", "1666.67")),
        ] }));
        let one = asked(&ops, "creditGap", &format!("{JANUARY}, model: LINEAR"), "rows(line: \"PRODUCT\") { nodes { line } }").await;
        assert_eq!(one["rows"]["nodes"], json!([{ "line": "PRODUCT" }]));
        assert_eq!(refusal(&ops, "creditGap", &format!("{JANUARY}, model: LINEAR"), "rows(line: \"UNATTRIBUTED\") { totalCount }").await.0, "BAD_USER_INPUT");
        // Too few journeys say nothing.
        let markov = asked(&ops, "creditGap", &format!("{JANUARY}, model: MARKOV"), "lines { key gap evidenceShare { value nullReason } }").await;
        assert_eq!(markov["lines"][0], json!({ "key": "SALES", "gap": null, "evidenceShare": { "value": null, "nullReason": "IMMATURE" } }));
    }

    async fn what_evidence_gives_to_none_is_a_line_and_a_trend_asks_each_part(app: TestApp) {
        let story = Story::begin(&app).await;
        g5(&story).await;
        story.at("2026-03-01T00:00:00Z");
        won_by(&story, "Bob", "2026-02-10T00:00:00Z", "50.00", &[]).await;
        let ops = story.today();
        let trend = "period: { from: \"2026-01-01\", to: \"2026-04-01\" }, grain: MONTH, model: LAST_TOUCH";
        let points = asked(&ops, "creditGapTrend", trend, "definition { key } points { period { from } lines { key gap ledgerShare { nullReason } valueGap { amount } } }").await["points"].take();
        let gaps = |point: &Value| point["lines"].as_array().unwrap().iter().map(|line| (line["key"].as_str().unwrap().to_owned(), line["gap"].clone())).collect::<Vec<_>>();
        let line = |key: &str, gap: Value| (key.to_owned(), gap);
        let zero = || json!("0.00");
        assert_eq!(gaps(&points[0]), [line("SALES", zero()), line("MARKETING", zero()), line("PRODUCT", zero())]);
        assert_eq!(gaps(&points[1]), [line("SALES", json!("100.00")), line("MARKETING", zero()), line("PRODUCT", zero()), line("UNATTRIBUTED", json!("-100.00"))]);
        assert_eq!(points[1]["lines"][3]["valueGap"]["amount"], "-50.00");
        assert_eq!(points[2]["lines"][0], json!({ "key": "SALES", "gap": null, "ledgerShare": { "nullReason": "ZERO_CLOSES" }, "valueGap": { "amount": "0.00" } }));
    }

    async fn the_gap_is_for_those_who_may_read_amounts_and_its_rows_for_those_who_read_the_ledger(app: TestApp) {
        let story = Story::begin(&app).await;
        g5(&story).await;
        let document = format!("{{ creditGap({JANUARY}, model: LINEAR) {{ unit }} }}");
        for role in [Role::Partner, Role::SalesAssistant] {
            assert_eq!(story.member(role).await.refused(&document, json!({})).await, "FORBIDDEN");
        }
        let rep = story.member(Role::SalesRep).await;
        assert_eq!(asked(&rep, "creditGap", &format!("{JANUARY}, model: LINEAR"), "lines { gap }").await["lines"][0]["gap"], "66.67");
        assert_eq!(refusal(&rep, "creditGap", &format!("{JANUARY}, model: LINEAR"), "rows { totalCount }").await.0, "FORBIDDEN");
        let lead = story.member(Role::SalesLead).await;
        let rows = asked(&lead, "creditGap", &format!("{JANUARY}, model: LINEAR"), "rows { totalCount visibility { complete } }").await["rows"].take();
        assert_eq!(rows, json!({ "totalCount": 0, "visibility": { "complete": false } }), "of closes of other teams there is no row");
    }

    async fn transfers_move_the_ledger_and_no_evidence(app: TestApp) {
        let story = Story::begin(&app).await;
        let (close, _) = g5(&story).await;
        let ops = story.at("2026-02-03T00:00:00Z");
        story.transfer(json!({ "closeId": close, "from": "SALES", "to": "MARKETING", "basisPoints": 5000, "effectiveAt": "2026-02-03T00:00:00Z", "reason": "half" })).await;
        story.movement(json!({ "closeId": close, "kind": "REFUND", "amount": usd("4000.00"), "occurredAt": "2026-02-03T00:00:00Z", "reason": "less" })).await;
        let ask = async |more: &str| asked(&ops, "creditGap", &format!("{JANUARY}, model: LINEAR{more}"), "lines { gap ledgerValue { amount } evidenceValue { amount } }").await["lines"].take();
        let line = |gap: &str, ledger: &str, evidence: &str| json!({ "gap": gap, "ledgerValue": { "amount": ledger }, "evidenceValue": { "amount": evidence } });
        assert_eq!(ask("").await, json!([line("16.67", "3000.00", "2000.00"), line("0.00", "3000.00", "3000.00"), line("-16.67", "0.00", "1000.00")]));
        assert_eq!(ask(", asOf: \"2026-02-02T00:00:00Z\"").await, json!([line("66.67", "10000.00", "3333.32"), line("-50.00", "0.00", "5000.01"), line("-16.67", "0.00", "1666.67")]));
    }
}
