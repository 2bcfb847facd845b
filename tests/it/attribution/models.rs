//! Models that weigh touches.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{JANUARY, asked, g5, refusal, won_by};
use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

/// Values by resource, of lines.
fn values(lines: &Value) -> Vec<(String, String)> {
    let of = |line: &Value| (line["key"].as_str().unwrap().to_owned(), line["creditedValue"]["amount"].as_str().unwrap().to_owned());
    lines.as_array().unwrap().iter().map(of).collect()
}

fn resources(sales: &str, marketing: &str, product: &str) -> Vec<(String, String)> {
    [("SALES", sales), ("MARKETING", marketing), ("PRODUCT", product)].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

on_both_engines! {
    async fn g5_every_model_to_the_cent(app: TestApp) {
        let story = Story::begin(&app).await;
        let (close, touches) = g5(&story).await;
        let ops = story.today();
        for (model, parts, expected) in [
            ("FIRST_TOUCH", ["10000.00", "0", "0", "0", "0", "0"], resources("0.00", "10000.00", "0.00")),
            ("LAST_TOUCH", ["0", "0", "0", "0", "0", "10000.00"], resources("10000.00", "0.00", "0.00")),
            ("LINEAR", ["1666.67", "1666.67", "1666.67", "1666.67", "1666.66", "1666.66"], resources("3333.32", "5000.01", "1666.67")),
            ("U_SHAPED", ["4000.00", "4000.00", "500.00", "500.00", "500.00", "500.00"], resources("1000.00", "8500.00", "500.00")),
            ("U_SHAPED_HALVES", ["5000.00", "5000.00", "0", "0", "0", "0"], resources("0.00", "10000.00", "0.00")),
            ("POSITION", ["4000.00", "500.00", "500.00", "500.00", "500.00", "4000.00"], resources("4500.00", "5000.00", "500.00")),
            ("W_SHAPED", ["3000.00", "3000.00", "333.34", "3000.00", "333.33", "333.33"], resources("666.66", "6333.34", "3000.00")),
            ("W_SHAPED, settings: { spread: BEFORE_OPPORTUNITY }", ["3000.00", "3000.00", "1000.00", "3000.00", "0", "0"], resources("0.00", "7000.00", "3000.00")),
            ("FULL_PATH", ["2250.00", "2250.00", "500.00", "2250.00", "500.00", "2250.00"], resources("2750.00", "5000.00", "2250.00")),
            ("TIME_DECAY", ["228.55", "457.10", "914.21", "1499.91", "2460.86", "4439.37"], resources("6900.23", "1599.86", "1499.91")),
            ("CUSTOM, settings: { weights: { firstTouch: 3000, known: 3000, opportunity: 3000, rest: 1000 } }", ["3000.00", "3000.00", "333.34", "3000.00", "333.33", "333.33"], resources("666.66", "6333.34", "3000.00")),
        ] {
            let fields = "closes value { amount } unpriced unattributed conserved causal lines { key creditedValue { amount } }
                rows { totalCount nodes { close { id } touch { id } line closes value { amount } } }";
            let answer = asked(&ops, "attribution", &format!("{JANUARY}, model: {model}"), fields).await;
            assert_eq!(values(&answer["lines"]), expected, "{model}");
            assert_eq!((&answer["closes"], &answer["value"]["amount"], &answer["conserved"], &answer["causal"]), (&json!(1), &json!("10000.00"), &json!(true), &json!(false)));
            let wanted: Vec<(Value, Value, Value)> = touches.iter().zip(parts).filter(|(_, part)| *part != "0").map(|(touch, part)| (json!(close), json!(touch), json!(part))).collect();
            let rows = answer["rows"]["nodes"].as_array().unwrap();
            let found: Vec<_> = rows.iter().map(|row| (row["close"]["id"].clone(), row["touch"]["id"].clone(), row["value"]["amount"].clone())).collect();
            assert_eq!(found, wanted, "{model}");
            let billionths: i64 = rows.iter().map(|row| row["closes"].as_str().unwrap().replace('.', "").parse::<i64>().unwrap()).sum();
            assert_eq!(billionths, 1_000_000_000, "{model}");
        }
    }

    async fn an_answer_says_how_it_came_about(app: TestApp) {
        let story = Story::begin(&app).await;
        g5(&story).await;
        let ops = story.today();
        let model = "model { name halfLifeDays game minimumJourneys weighsTouches weights { firstTouch known opportunity close rest spread } }";
        let fields = format!("definition {{ key version }} unit period {{ from to }} asOf lookback pooling by currency visibility {{ scope complete }} {model}");
        let answer = asked(&ops, "attribution", &format!("{JANUARY}, model: W_SHAPED, lookbackDays: 30, pooling: PERSON, by: CHANNEL, asOf: \"2026-02-01T00:00:00Z\""), &fields).await;
        assert_eq!(answer, json!({ "definition": { "key": "attribution", "version": 1 }, "unit": "RATIO", "period": { "from": "2026-01-01", "to": "2026-02-01" },
            "asOf": "2026-02-01T00:00:00Z", "lookback": "P30D", "pooling": "PERSON", "by": "CHANNEL", "currency": "USD", "visibility": { "scope": "ORGANIZATION", "complete": true },
            "model": { "name": "W_SHAPED", "halfLifeDays": null, "game": null, "minimumJourneys": null, "weighsTouches": true,
                "weights": { "firstTouch": 3000, "known": 3000, "opportunity": 3000, "close": 0, "rest": 1000, "spread": "ALL_OTHERS" } } }));
        for (settings, half_life, game, journeys) in [
            ("TIME_DECAY, settings: { halfLifeDays: 3 }", json!(3), json!(null), json!(null)),
            ("TIME_DECAY", json!(7), json!(null), json!(null)),
            ("SHAPLEY", json!(null), json!("CONVERSIONS"), json!(null)),
            ("MARKOV", json!(null), json!(null), json!(200)),
        ] {
            let answer = asked(&ops, "attribution", &format!("{JANUARY}, model: {settings}"), model).await["model"].take();
            assert_eq!((&answer["halfLifeDays"], &answer["game"], &answer["minimumJourneys"], &answer["weights"]), (&half_life, &game, &journeys, &json!(null)));
        }
        // Of LINEAR shares are exact, though basis points of six touches would not be.
        let shares = asked(&ops, "attribution", &format!("{JANUARY}, model: LINEAR"), "lines { key creditedCloses share { value } valueShare { value } }").await;
        let line = |key: &str, closes: &str, share: &str| json!({ "key": key, "creditedCloses": closes, "share": { "value": share }, "valueShare": { "value": share } });
        assert_eq!(shares["lines"], json!([line("SALES", "0.333333332", "0.3333"), line("MARKETING", "0.500000001", "0.5000"), line("PRODUCT", "0.166666667", "0.1667")]));
    }

    async fn what_no_line_gets_is_kept_in_every_total(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let team = story.team("demand", "MARKETING").await;
        let tactic = story.tactic(json!({ "name": "webinar", "resource": "MARKETING", "channel": "EVENT", "teamId": team })).await;
        let account = story.account("Ada").await;
        story.touch("2026-01-08T00:00:00Z", "MARKETING", json!({ "accountId": account, "tacticId": tactic, "channel": "EVENT" })).await;
        story.touch("2026-01-09T00:00:00Z", "SALES", json!({ "accountId": account, "channel": "PHONE" })).await;
        let close = json!({ "accountId": account, "occurredAt": "2026-01-20T00:00:00Z", "amount": usd("300.00"), "path": "ASSISTED" });
        let close = story.close(close).await["id"].as_str().unwrap().to_owned();
        let untouched = won_by(&story, "Bob", "2026-01-21T00:00:00Z", "50.00", &[]).await;
        let voided = won_by(&story, "Cyd", "2026-01-22T00:00:00Z", "70.00", &[("2026-01-21T00:00:00Z", "EMAIL")]).await;
        let account = story.account("Dan").await;
        let euros = json!({ "accountId": account, "occurredAt": "2026-01-23T00:00:00Z", "amount": { "amount": "9.00", "currency": "EUR" }, "path": "ASSISTED", "sourceResource": "SALES" });
        story.close(euros).await;
        let ops = story.at("2026-02-02T00:00:00Z");
        story.movement(json!({ "closeId": voided, "kind": "VOID", "occurredAt": "2026-02-02T00:00:00Z", "reason": "entered twice" })).await;
        story.movement(json!({ "closeId": close, "kind": "REFUND", "amount": usd("99.99"), "occurredAt": "2026-02-02T00:00:00Z", "reason": "less" })).await;
        for (by, key) in [("TACTIC", &tactic), ("TEAM", &team)] {
            let fields = "closes value { amount } unpriced unattributed conserved lines { key tactic { id } team { id } creditedCloses creditedValue { amount } }";
            let answer = asked(&ops, "attribution", &format!("{JANUARY}, model: LINEAR, by: {by}"), fields).await;
            let lines: Vec<_> = answer["lines"].as_array().unwrap().iter().map(|line| (line["key"].as_str().unwrap(), line["creditedCloses"].as_str().unwrap(), line["creditedValue"]["amount"].as_str().unwrap())).collect();
            // What was given back lowers what every touch gets; the close in euros is counted.
            assert_eq!(lines, [(key.as_str(), "0.500000000", "100.01"), ("UNATTRIBUTED", "2.500000000", "150.00")]);
            assert_eq!(answer["lines"][0][by.to_lowercase()]["id"], *key);
            assert_eq!((&answer["closes"], &answer["value"]["amount"], &answer["unpriced"], &answer["unattributed"], &answer["conserved"]), (&json!(3), &json!("250.01"), &json!(1), &json!("2.500000000"), &json!(true)));
        }
        let rows = asked(&ops, "attribution", &format!("{JANUARY}, model: LINEAR, by: TACTIC"), "rows(line: \"UNATTRIBUTED\") { totalCount nodes { close { id } touch { id } closes value { amount } } }").await["rows"].take();
        assert_eq!(rows["totalCount"], 3);
        assert_eq!(rows["nodes"][1], json!({ "close": { "id": untouched }, "touch": null, "closes": "1.000000000", "value": { "amount": "50.00" } }));
        assert_eq!(rows["nodes"][2]["value"], json!(null));
        // As it was before, and by a lookback that leaves the touches out.
        let before = asked(&ops, "attribution", &format!("{JANUARY}, model: LINEAR, by: CHANNEL, asOf: \"2026-02-01T00:00:00Z\""), "closes value { amount } lines { key creditedValue { amount } }").await;
        assert_eq!((&before["closes"], &before["value"]["amount"]), (&json!(4), &json!("420.00")));
        assert_eq!(values(&before["lines"]).iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>(), [("EMAIL", "70.00"), ("EVENT", "150.00"), ("PHONE", "150.00"), ("UNATTRIBUTED", "50.00")]);
        let short = asked(&ops, "attribution", &format!("{JANUARY}, model: LINEAR, by: CHANNEL, lookbackDays: 11"), "lines { key }").await;
        assert_eq!(short["lines"], json!([{ "key": "UNATTRIBUTED" }]), "a touch of eleven days before is out");
        // The buyer alone was never touched.
        let alone = asked(&ops, "attribution", &format!("{JANUARY}, model: LINEAR, by: CHANNEL, pooling: PERSON"), "lines { key }").await;
        assert_eq!(alone["lines"], json!([{ "key": "UNATTRIBUTED" }]));
    }

    async fn a_trend_asks_each_part_and_models_stand_beside_each_other(app: TestApp) {
        let story = Story::begin(&app).await;
        g5(&story).await;
        story.at("2026-03-01T00:00:00Z");
        won_by(&story, "Bob", "2026-02-10T00:00:00Z", "50.00", &[("2026-02-01T00:00:00Z", "EMAIL")]).await;
        let ops = story.today();
        let trend = "period: { from: \"2026-01-01\", to: \"2026-03-01\" }, grain: MONTH, model: LAST_TOUCH";
        let points = asked(&ops, "attributionTrend", trend, "definition { key } points { period { from } closes lines { key creditedValue { amount } } }").await["points"].take();
        assert_eq!(points[0]["period"]["from"], "2026-01-01");
        assert_eq!(values(&points[0]["lines"]), resources("10000.00", "0.00", "0.00"));
        assert_eq!(values(&points[1]["lines"]), resources("0.00", "50.00", "0.00"));
        let models = "models: [{ model: FIRST_TOUCH }, { model: CUSTOM, settings: { weights: { rest: 10000 } } }, { model: MARKOV }]";
        let found = asked(&ops, "compareModels", &format!("{JANUARY}, {models}"), "causal models { model { name } nullReason lines { key creditedValue { amount } } }").await;
        assert_eq!(found["causal"], false);
        let found = found["models"].as_array().unwrap();
        assert_eq!((&found[0]["model"]["name"], values(&found[0]["lines"])), (&json!("FIRST_TOUCH"), resources("0.00", "10000.00", "0.00")));
        assert_eq!((&found[1]["model"]["name"], values(&found[1]["lines"])), (&json!("CUSTOM"), resources("3333.32", "5000.01", "1666.67")));
        let mut nothing = resources("0.00", "0.00", "0.00");
        nothing.push(("UNATTRIBUTED".to_owned(), "10000.00".to_owned()));
        assert_eq!((&found[2]["nullReason"], values(&found[2]["lines"])), (&json!("IMMATURE"), nothing));
    }

    async fn what_a_model_cannot_use_is_refused(app: TestApp) {
        let story = Story::begin(&app).await;
        g5(&story).await;
        let ops = story.today();
        for (arguments, field) in [
            ("model: CUSTOM", "settings.weights"),
            ("model: CUSTOM, settings: { weights: { firstTouch: 9999 } }", "settings.weights"),
            ("model: CUSTOM, settings: { weights: { firstTouch: 10001, rest: -1 } }", "settings.weights"),
            ("model: LINEAR, settings: { weights: { rest: 10000 } }", "settings.weights"),
            ("model: LINEAR, settings: { spread: ALL_OTHERS }", "settings.spread"),
            ("model: LINEAR, settings: { halfLifeDays: 7 }", "settings.halfLifeDays"),
            ("model: TIME_DECAY, settings: { halfLifeDays: 0 }", "settings.halfLifeDays"),
            ("model: MARKOV, settings: { game: RATE }", "settings.game"),
            ("model: SHAPLEY, settings: { minimumJourneys: 1 }", "settings.minimumJourneys"),
            ("model: MARKOV, settings: { minimumJourneys: -1 }", "settings.minimumJourneys"),
            ("model: LINEAR, lookbackDays: 0", "lookbackDays"),
            ("model: LINEAR, lookbackDays: 3651", "lookbackDays"),
        ] {
            let (code, found) = refusal(&ops, "attribution", &format!("{JANUARY}, {arguments}"), "closes").await;
            assert_eq!((code.as_str(), found.replace(',', ".").trim_matches(['[', ']'])), ("BAD_USER_INPUT", field), "{arguments}");
        }
        assert_eq!(refusal(&ops, "attribution", &format!("{JANUARY}, model: LINEAR"), "rows(line: \"NOBODY\") { totalCount }").await.0, "BAD_USER_INPUT");
        assert_eq!(refusal(&ops, "attribution", &format!("{JANUARY}, model: MARKOV"), "rows { totalCount }").await.0, "BAD_USER_INPUT");
        let thirteen = vec!["{ model: LINEAR }"; 13].join(", ");
        for models in ["", &thirteen] {
            assert_eq!(refusal(&ops, "compareModels", &format!("{JANUARY}, models: [{models}]"), "causal").await.0, "BAD_USER_INPUT");
        }
    }

    async fn amounts_are_for_those_who_may_read_them_and_rows_for_those_who_see_the_close(app: TestApp) {
        let story = Story::begin(&app).await;
        let (close, _) = g5(&story).await;
        won_by(&story, "Bob", "2026-01-10T00:00:00Z", "50.00", &[("2026-01-01T00:00:00Z", "EMAIL")]).await;
        for (field, arguments) in [("attribution", "model: LINEAR"), ("attributionTrend", "grain: MONTH, model: LINEAR"), ("compareModels", "models: [{ model: LINEAR }]")] {
            for role in [Role::Partner, Role::SalesAssistant] {
                let document = format!("{{ {field}({JANUARY}, {arguments}) {{ definition {{ key }} }} }}");
                assert_eq!(story.member(role).await.refused(&document, json!({})).await, "FORBIDDEN");
            }
        }
        let rep = story.member(Role::SalesRep).await;
        story.give_to(&close, &rep).await;
        let answer = asked(&rep, "attribution", &format!("{JANUARY}, model: FIRST_TOUCH"), "closes visibility { scope complete } rows { totalCount visibility { complete } nodes { close { id } } }").await;
        assert_eq!(answer, json!({ "closes": 2, "visibility": { "scope": "ORGANIZATION", "complete": true },
            "rows": { "totalCount": 1, "visibility": { "complete": false }, "nodes": [{ "close": { "id": close } }] } }));
        // Who may not read closes reads the totals.
        let marketer = story.member(Role::Marketer).await;
        assert_eq!(asked(&marketer, "attribution", &format!("{JANUARY}, model: FIRST_TOUCH"), "closes").await["closes"], 2);
        assert_eq!(refusal(&marketer, "attribution", &format!("{JANUARY}, model: FIRST_TOUCH"), "rows { totalCount }").await.0, "FORBIDDEN");
    }
}
