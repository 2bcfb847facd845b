//! Models of whole journeys.

use serde_json::{Value, json};

use super::{JANUARY, asked, lost_by, refusal, won_by};
use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

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

    async fn what_was_won_and_what_was_lost_is_collected_alike(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.at("2026-02-01T00:00:00Z");
        let create = "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";
        let role = "mutation($input: SetBuyingRoleInput!) { setBuyingRole(input: $input) { userErrors { field code } } }";
        let close = "mutation($input: CloseOpportunityInput!) { closeOpportunity(input: $input) { userErrors { field code } } }";
        let at = "2026-01-20T00:00:00Z";
        // Two deals that took the same way: the company had a mail, who decides a call, and who signs tried the product.
        for won in [true, false] {
            let account = story.account("Initech").await;
            let (decider, signer) = (story.person(json!({})).await, story.person(json!({})).await);
            for (day, channel, of) in [
                ("2026-01-05T00:00:00Z", "EMAIL", json!({ "accountId": account })),
                ("2026-01-06T00:00:00Z", "PHONE", json!({ "personId": decider })),
                ("2026-01-07T00:00:00Z", "IN_PRODUCT", json!({ "personId": signer })),
            ] {
                let mut of = of;
                of["channel"] = json!(channel);
                story.touch(day, "MARKETING", of).await;
            }
            let input = json!({ "accountId": account, "name": "Paper", "openedAt": "2026-01-02T00:00:00Z" });
            let deal = caller.gql(create, json!({ "input": input })).await["createOpportunity"]["opportunity"]["id"].take();
            let part = json!({ "opportunityId": deal, "personId": decider, "role": "DECIDER", "stance": "NEUTRAL", "since": "2026-01-03T00:00:00Z" });
            assert_eq!(caller.gql(role, json!({ "input": part })).await["setBuyingRole"]["userErrors"], json!([]));
            if won {
                story.close(json!({ "accountId": account, "personId": signer, "opportunityId": deal, "occurredAt": at, "amount": usd("30.00"), "path": "ASSISTED" })).await;
            } else {
                let input = json!({ "opportunityId": deal, "outcome": "LOST_COMPETITOR", "closedAt": at, "reason": "told us" });
                assert_eq!(caller.gql(close, json!({ "input": input })).await["closeOpportunity"]["userErrors"], json!([]));
            }
        }
        let ops = story.today();
        let fields = "closes journeysWon journeysLost nullReason conserved unattributed lines { key creditedCloses creditedValue { amount } share { value } removalEffect }";
        let ask = async |model: &str| asked(&ops, "attribution", &format!("{JANUARY}, by: CHANNEL, {model}"), fields).await;
        // Of the one that was lost nobody knows who would have signed, so who signed the other one says nothing of what wins.
        let halves = [("EMAIL", "0.500000000", "0.5000"), ("PHONE", "0.500000000", "0.5000")];
        for model in ["model: MARKOV, settings: { minimumJourneys: 2 }", "model: SHAPLEY", "model: SHAPLEY, settings: { game: RATE }"] {
            let answer = ask(model).await;
            assert_eq!(lines(&answer), halves, "{model}");
            assert_eq!((&answer["journeysWon"], &answer["journeysLost"], &answer["conserved"]), (&json!(1), &json!(1), &json!(true)));
        }
        let people = ask("pooling: PERSON, model: MARKOV, settings: { minimumJourneys: 2 }").await;
        assert_eq!(lines(&people), [("PHONE", "1.000000000", "1.0000")]);
        // A model of touches goes by the buyer.
        let linear = ask("model: LINEAR").await;
        assert_eq!(lines(&linear), [("EMAIL", "0.500000000", "0.5000"), ("IN_PRODUCT", "0.500000000", "0.5000")]);
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
