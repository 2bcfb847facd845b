//! Models of whole journeys.

use serde_json::{Value, json};

use super::{JANUARY, asked, lost_by, refusal, won_by};
use crate::support::on_both_engines;
use crate::support::story::Story;

/// The journeys of G6, by channel: SALES is the telephone, MARKETING the mail, PRODUCT the product.
async fn g6(story: &Story<'_>) {
    let caller = story.at("2026-02-01T00:00:00Z");
    const MAIL: (&str, &str) = ("2026-01-05T00:00:00Z", "EMAIL");
    const CALL: (&str, &str) = ("2026-01-06T00:00:00Z", "PHONE");
    const AGAIN: (&str, &str) = ("2026-01-07T00:00:00Z", "PHONE");
    const USE: (&str, &str) = ("2026-01-04T00:00:00Z", "IN_PRODUCT");
    const LATER: (&str, &str) = ("2026-01-21T00:00:00Z", "EVENT");
    let at = "2026-01-20T00:00:00Z";
    for (name, touches) in [("w1", vec![MAIL, CALL]), ("w2", vec![MAIL, CALL, AGAIN, LATER]), ("w3", vec![MAIL]), ("w4", vec![USE])] {
        won_by(story, name, at, "30.00", &touches).await;
    }
    for (name, touches) in [("l1", vec![MAIL, CALL]), ("l2", vec![USE, MAIL]), ("l3", vec![CALL, LATER])] {
        lost_by(story, &caller, name, at, &touches).await;
    }
    // A journey without a touch is none.
    lost_by(story, &caller, "l4", at, &[]).await;
}

fn lines(answer: &Value) -> Vec<(&str, &str, &str)> {
    let lines = answer["lines"].as_array().unwrap().iter();
    lines
        .map(|line| (line["key"].as_str().unwrap(), line["creditedCloses"].as_str().unwrap(), line["share"]["value"].as_str().unwrap()))
        .collect()
}

on_both_engines! {
    async fn g6_markov_and_shapley(app: TestApp) {
        let story = Story::begin(&app).await;
        g6(&story).await;
        let ops = story.today();
        let fields = "closes journeysWon journeysLost nullReason conserved unattributed lines { key creditedCloses creditedValue { amount } share { value } removalEffect }";
        let ask = async |model: &str| asked(&ops, "attribution", &format!("{JANUARY}, by: CHANNEL, model: {model}"), fields).await;
        let markov = ask("MARKOV, settings: { minimumJourneys: 7 }").await;
        assert_eq!(lines(&markov), [("EMAIL", "1.666666667", "0.4167"), ("IN_PRODUCT", "1.000000000", "0.2500"), ("PHONE", "1.333333333", "0.3333")]);
        let effects: Vec<&str> = markov["lines"].as_array().unwrap().iter().map(|line| line["removalEffect"].as_str().unwrap()).collect();
        assert_eq!(effects, ["0.625000000", "0.375000000", "0.500000000"]);
        let values: Vec<&str> = markov["lines"].as_array().unwrap().iter().map(|line| line["creditedValue"]["amount"].as_str().unwrap()).collect();
        assert_eq!(values, ["50.00", "30.00", "40.00"]);
        assert_eq!((&markov["closes"], &markov["journeysWon"], &markov["journeysLost"], &markov["conserved"]), (&json!(4), &json!(4), &json!(3), &json!(true)));
        // One journey too few, and the usual number of them.
        for model in ["MARKOV, settings: { minimumJourneys: 8 }", "MARKOV"] {
            let immature = ask(model).await;
            assert_eq!((&immature["nullReason"], &immature["unattributed"]), (&json!("IMMATURE"), &json!("4.000000000")));
            assert_eq!(lines(&immature), [("UNATTRIBUTED", "4.000000000", "1.0000")]);
        }
        assert_eq!(lines(&ask("SHAPLEY").await), [("EMAIL", "2.000000000", "0.5000"), ("IN_PRODUCT", "1.000000000", "0.2500"), ("PHONE", "1.000000000", "0.2500")]);
        let rate = ask("SHAPLEY, settings: { game: RATE }").await;
        assert_eq!(lines(&rate), [("EMAIL", "2.000000000", "0.5000"), ("IN_PRODUCT", "1.500000000", "0.3750"), ("PHONE", "0.500000000", "0.1250")]);
        assert_eq!(rate["journeysLost"], 3);
        // Before they were recorded there were none.
        let before = asked(&ops, "attribution", &format!("{JANUARY}, model: MARKOV, settings: {{ minimumJourneys: 0 }}, asOf: \"2026-01-31T00:00:00Z\""), "closes journeysWon journeysLost nullReason").await;
        assert_eq!(before, json!({ "closes": 0, "journeysWon": 0, "journeysLost": 0, "nullReason": "IMMATURE" }));
    }

    async fn shapley_takes_twelve_values_and_no_more(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let channels = ["ORGANIC_SEARCH", "PAID_SEARCH", "SOCIAL", "PAID_SOCIAL", "DISPLAY", "EMAIL", "DIRECT", "WEB", "CONTENT", "EVENT", "REFERRAL", "AFFILIATE", "COMMUNITY"];
        let touches: Vec<(&str, &str)> = channels.iter().map(|channel| ("2026-01-05T00:00:00Z", *channel)).collect();
        won_by(&story, "twelve", "2026-01-20T00:00:00Z", "12.00", &touches[..12]).await;
        let ops = story.today();
        let answer = asked(&ops, "attribution", &format!("{JANUARY}, by: CHANNEL, model: SHAPLEY"), "lines { creditedValue { amount } }").await;
        assert_eq!(answer["lines"].as_array().unwrap().len(), 12);
        assert_eq!(answer["lines"][11]["creditedValue"]["amount"], "1.00");
        story.at("2026-02-02T00:00:00Z");
        won_by(&story, "thirteen", "2026-01-20T00:00:00Z", "12.00", &touches).await;
        let ops = story.today();
        assert_eq!(refusal(&ops, "attribution", &format!("{JANUARY}, by: CHANNEL, model: SHAPLEY"), "closes").await.0, "BAD_USER_INPUT");
    }
}
