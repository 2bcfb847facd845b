//! Where to invest.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{asked, refusal, won};
use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

const MARCH: &str = r#"period: { from: "2026-03-01", to: "2026-04-01" }"#;

/// Two months: SALES spends 6 000 both times and closes 1 then 2; MARKETING spends 1 000 then 1 500 and closes 2 then 4; PRODUCT
/// spends 300 both times and closes none then 3.
async fn two_months(story: &Story<'_>) {
    story.at("2026-04-02T00:00:00Z");
    for (month, sales, marketing, product) in [("2026-02", 1, 2, 0), ("2026-03", 2, 4, 3)] {
        for (resource, count) in [("SALES", sales), ("MARKETING", marketing), ("PRODUCT", product)] {
            for number in 1..=count {
                won(story, &format!("{resource} {month} {number}"), &format!("{month}-1{number}T00:00:00Z"), "100.00", resource, json!({}))
                    .await;
            }
        }
    }
    for (owner, february, march) in [("SALES", "6000.00", "6000.00"), ("MARKETING", "1000.00", "1500.00"), ("PRODUCT", "300.00", "300.00")]
    {
        story.cost(owner, february, "2026-02-01", "2026-02-28").await;
        story.cost(owner, march, "2026-03-01", "2026-03-31").await;
    }
}

on_both_engines! {
    async fn what_the_last_closes_cost_and_what_moving_money_would_bring(app: TestApp) {
        let story = Story::begin(&app).await;
        two_months(&story).await;
        let ops = story.today();
        let fields = "period { from to } comparedTo { from to } definitions { key } movedShare fewestCloses zeroCloseAlarm noSuggestion
            lines { resource creditedCloses creditedClosesBefore cost { amount } costBefore { amount } costPerClose { value } marginalCostPerClose { value nullReason } index { value } closes enoughCloses zeroCloses }
            suggestion { from to amount { amount } costPerCloseFrom { value } costPerCloseTo { value } pricedBy closesLost closesGained netCloses arithmetic }";
        let answer = asked(&ops, "investmentReview", &format!("{MARCH}, fewestCloses: 2"), fields).await;
        assert_eq!((&answer["period"], &answer["comparedTo"]), (&json!({ "from": "2026-03-01", "to": "2026-04-01" }), &json!({ "from": "2026-02-01", "to": "2026-03-01" })));
        assert_eq!(answer["definitions"], json!([{ "key": "cost_per_close" }, { "key": "resource_index" }, { "key": "marginal_cost_per_close" }]));
        let line = |resource: &str, closes: [&str; 2], costs: [&str; 2], average: &str, marginal: Value, index: &str, count: i64| json!({
            "resource": resource, "creditedCloses": closes[0], "creditedClosesBefore": closes[1], "cost": { "amount": costs[0] }, "costBefore": { "amount": costs[1] },
            "costPerClose": { "value": average }, "marginalCostPerClose": marginal, "index": { "value": index }, "closes": count, "enoughCloses": true, "zeroCloses": false });
        let value = |value: &str| json!({ "value": value, "nullReason": null });
        // Blended 7 800 / 9 = 866.67.
        assert_eq!(answer["lines"], json!([
            line("SALES", ["2.0000", "1.0000"], ["6000.00", "6000.00"], "3000.00", value("0.00"), "0.2889", 2),
            line("MARKETING", ["4.0000", "2.0000"], ["1500.00", "1000.00"], "375.00", value("250.00"), "2.3111", 4),
            line("PRODUCT", ["3.0000", "0.0000"], ["300.00", "300.00"], "100.00", value("0.00"), "8.6667", 3),
        ]));
        // PRODUCT spent no more than before: its closes are priced at their average.
        assert_eq!(answer["suggestion"], json!({ "from": "SALES", "to": "PRODUCT", "amount": { "amount": "600.00" }, "costPerCloseFrom": { "value": "3000.00" },
            "costPerCloseTo": { "value": "100.00" }, "pricedBy": "AVERAGE", "closesLost": "0.2000", "closesGained": "6.0000", "netCloses": "5.8000", "arithmetic": [
                "600.00 USD = 0.10 of what SALES spent, 6000.00",
                "SALES loses 600.00 / (6000.00 / 2.0000) = 0.2000 closes, at 3000.00 USD each",
                "PRODUCT gains 600.00 / (300.00 / 3.0000) = 6.0000 closes, at 100.00 USD each, by all its closes: cost / closes",
                "6.0000 - 0.2000 = 5.8000 closes more for the same money",
            ] }));
        assert_eq!((&answer["noSuggestion"], &answer["zeroCloseAlarm"], &answer["movedShare"], &answer["fewestCloses"]), (&Value::Null, &json!([]), &json!("0.10"), &json!(2)));
        // Of fewer than ten closes nothing is suggested unless somebody says so.
        let careful = asked(&ops, "investmentReview", MARCH, "noSuggestion suggestion { amount { amount } } lines { enoughCloses }").await;
        assert_eq!(careful, json!({ "noSuggestion": "TOO_FEW_CLOSES", "suggestion": null, "lines": [{ "enoughCloses": false }, { "enoughCloses": false }, { "enoughCloses": false }] }));
        // A month in which PRODUCT closes nothing raises the alarm; nothing was known of the one before.
        let february = asked(&ops, "investmentReview", "period: { from: \"2026-02-01\", to: \"2026-03-01\" }, fewestCloses: 1", "zeroCloseAlarm lines { zeroCloses marginalCostPerClose { nullReason } } productSignal { invest earnsMost }").await;
        assert_eq!((&february["zeroCloseAlarm"], &february["lines"][2]), (&json!(["PRODUCT"]), &json!({ "zeroCloses": true, "marginalCostPerClose": { "nullReason": "NO_COST_DATA" } })));
        assert_eq!(february["productSignal"], json!({ "invest": false, "earnsMost": false }));
        // Two periods of one's own, and another share.
        let other = asked(&ops, "investmentReview", "period: { from: \"2026-03-01\", to: \"2026-03-16\" }, comparedTo: { from: \"2026-02-01\", to: \"2026-02-16\" }, movedShare: \"0.5\", fewestCloses: 1", "comparedTo { from to } movedShare suggestion { amount { amount } }").await;
        assert_eq!((&other["comparedTo"]["from"], &other["movedShare"], &other["suggestion"]["amount"]["amount"]), (&json!("2026-02-01"), &json!("0.5"), &json!("1451.62")));
        // What was known by then.
        let then = asked(&ops, "investmentReview", &format!("{MARCH}, asOf: \"2026-03-01T00:00:00Z\""), "noSuggestion").await;
        assert_eq!(then["noSuggestion"], "NO_COST_DATA");
    }

    async fn word_of_mouth_is_counted_and_tells_to_invest_in_the_product(app: TestApp) {
        let story = Story::begin(&app).await;
        two_months(&story).await;
        let mut talked = Vec::new();
        for (name, touches, path) in [
            ("by the community alone", vec![("COMMUNITY", "COMMUNITY_MEMBER", "PRODUCT")], "SELF_SERVE"),
            ("a peer, then a campaign", vec![("WEB", "PEER", "PRODUCT"), ("DISPLAY", "CAMPAIGN", "MARKETING")], "SELF_SERVE"),
            ("sold", vec![("REFERRAL", "SELF_REPORTED", "PRODUCT")], "ASSISTED"),
            ("in the product", vec![("IN_PRODUCT", "PRODUCT", "PRODUCT")], "SELF_SERVE"),
        ] {
            let account = story.account(name).await;
            for (channel, actor, resource) in touches {
                story.touch("2026-03-20T00:00:00Z", resource, json!({ "accountId": account, "channel": channel, "actorKind": actor })).await;
            }
            let close = json!({ "accountId": account, "occurredAt": "2026-03-21T00:00:00Z", "amount": usd("10.00"), "path": path });
            talked.push(story.close(close).await["id"].as_str().unwrap().to_owned());
        }
        let ops = story.today();
        let share = "share { value numerator denominator } communityAloneShare { value }";
        let fields = format!("wordOfMouth {{ definition {{ key }} period {{ from }} {share} rows(wordOfMouth: true) {{ totalCount nodes {{ close {{ id }} wordOfMouth communityAlone }} }} }} wordOfMouthBefore {{ {share} }}
            productSignal {{ invest earnsMoreThanItsBudget earnsMost enoughCloses wordOfMouthHolds }}");
        let answer = asked(&ops, "investmentReview", &format!("{MARCH}, fewestCloses: 3"), &fields).await;
        let talk = &answer["wordOfMouth"];
        assert_eq!((&talk["definition"]["key"], &talk["period"]["from"]), (&json!("word_of_mouth"), &json!("2026-03-01")));
        assert_eq!((&talk["share"], &talk["communityAloneShare"]["value"]), (&json!({ "value": "0.2308", "numerator": "3", "denominator": "13" }), &json!("0.0769")));
        let row = |close: &str, alone: bool| json!({ "close": { "id": close }, "wordOfMouth": true, "communityAlone": alone });
        assert_eq!(talk["rows"]["totalCount"], 3);
        for (close, alone) in [(&talked[0], true), (&talked[1], false), (&talked[2], false)] {
            assert!(talk["rows"]["nodes"].as_array().unwrap().contains(&row(close, alone)), "{talk:#}");
        }
        assert_eq!(answer["wordOfMouthBefore"], json!({ "share": { "value": "0.0000", "numerator": "0", "denominator": "3" }, "communityAloneShare": { "value": "0.0000" } }));
        assert_eq!(answer["productSignal"], json!({ "invest": true, "earnsMoreThanItsBudget": true, "earnsMost": true, "enoughCloses": true, "wordOfMouthHolds": true }));
        let alone = asked(&ops, "investmentReview", MARCH, "wordOfMouth { rows(communityAlone: false) { totalCount } } productSignal { invest enoughCloses }").await;
        assert_eq!((&alone["wordOfMouth"]["rows"]["totalCount"], &alone["productSignal"]), (&json!(12), &json!({ "invest": false, "enoughCloses": false })));
        // Totals are everybody's, rows are for those who read the ledger of the close.
        let lead = story.member(Role::SalesLead).await;
        let seen = asked(&lead, "investmentReview", MARCH, "wordOfMouth { share { value } rows { totalCount visibility { complete } } }").await;
        assert_eq!((&seen["wordOfMouth"]["share"]["value"], &seen["wordOfMouth"]["rows"]["visibility"]["complete"]), (&json!("0.2308"), &json!(false)));
    }

    async fn nothing_is_suggested_while_part_of_the_cost_is_not_known(app: TestApp) {
        let story = Story::begin(&app).await;
        two_months(&story).await;
        let ops = story.today();
        let fields = "unpriced noSuggestion suggestion { to } lines { marginalCostPerClose { value nullReason } } productSignal { invest earnsMost }";
        let asks = format!("{MARCH}, fewestCloses: 2");
        let before = asked(&ops, "investmentReview", &asks, fields).await;
        assert_eq!((&before["unpriced"], &before["suggestion"]["to"], &before["productSignal"]["earnsMost"]), (&json!(0), &json!("PRODUCT"), &json!(true)));
        // PRODUCT looks cheap only as long as nobody knows what this is in dollars.
        let euros = json!({ "amount": "100000.00", "currency": "EUR" });
        story.cost_of(json!({ "owner": "PRODUCT", "category": "FREE_TIER", "amount": euros, "firstOn": "2026-03-01", "lastOn": "2026-03-31" })).await;
        let answer = asked(&story.today(), "investmentReview", &asks, fields).await;
        assert_eq!((&answer["unpriced"], &answer["noSuggestion"], &answer["suggestion"]), (&json!(1), &json!("NO_COST_DATA"), &Value::Null));
        assert_eq!(answer["productSignal"], json!({ "invest": false, "earnsMost": false }));
        assert_eq!(answer["lines"][1]["marginalCostPerClose"]["value"], "250.00", "what MARKETING spent is known");
        assert_eq!(answer["lines"][2]["marginalCostPerClose"], json!({ "value": null, "nullReason": "NO_FX_RATE" }));
        let economics = asked(&story.today(), "unitEconomics", &format!("{MARCH}, grossMargin: \"0.8\""), "unpriced").await;
        assert_eq!(economics["unpriced"], 1);
    }

    async fn a_review_that_makes_no_sense_is_refused(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        for (more, field) in [
            ("movedShare: \"0\"", "movedShare"), ("movedShare: \"1.1\"", "movedShare"), ("movedShare: \"0.00001\"", "movedShare"), ("fewestCloses: 0", "fewestCloses"),
            ("comparedTo: { from: \"2026-01-01\", to: \"2026-01-01\" }", "comparedTo"), ("comparedTo: { from: \"2026-01-01\", to: \"2026-03-01\" }", "comparedTo"), ("comparedTo: { from: \"2026-01-05\", to: \"2026-02-01\" }", "comparedTo"), ("asOf: \"2030-01-01T00:00:00Z\"", "asOf"),
        ] {
            assert_eq!(refusal(&ops, "investmentReview", &format!("{MARCH}, {more}")).await, ("BAD_USER_INPUT".into(), field.into()), "{more}");
        }
        for role in [Role::Partner, Role::SalesAssistant] {
            assert_eq!(refusal(&story.member(role).await, "investmentReview", MARCH).await.0, "FORBIDDEN");
        }
        let empty = asked(&ops, "investmentReview", MARCH, "zeroCloseAlarm noSuggestion wordOfMouth { share { nullReason } } productSignal { invest }").await;
        assert_eq!(empty, json!({ "zeroCloseAlarm": ["SALES", "MARKETING", "PRODUCT"], "noSuggestion": "NO_COST_DATA", "wordOfMouth": { "share": { "nullReason": "ZERO_CLOSES" } }, "productSignal": { "invest": false } }));
    }
}
