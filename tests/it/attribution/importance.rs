//! What tactics earn for what they cost.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{JANUARY, asked};
use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

/// The closes and costs of G20: WEBINAR, AFFILIATE, OUTBOUND.
async fn g20(story: &Story<'_>) -> [String; 3] {
    story.at("2026-02-01T00:00:00Z");
    let mut tactics = Vec::new();
    for (name, resource, channel) in
        [("webinar", "MARKETING", "EVENT"), ("affiliate", "PRODUCT", "AFFILIATE"), ("outbound", "SALES", "PHONE")]
    {
        tactics.push(story.tactic(json!({ "name": name, "resource": resource, "channel": channel })).await);
    }
    let (webinar, affiliate, outbound) = (0, 1, 2);
    for (name, amount, by) in [
        ("a", "10000.00", vec![webinar]),
        ("b", "8000.00", vec![webinar]),
        ("c", "4000.00", vec![webinar, affiliate]),
        ("d", "4000.00", vec![affiliate]),
        ("e", "9000.00", vec![outbound]),
    ] {
        let account = story.account(name).await;
        for tactic in by {
            let touch = json!({ "accountId": account, "tacticId": tactics[tactic], "channel": "EMAIL" });
            story.touch("2026-01-10T00:00:00Z", ["MARKETING", "PRODUCT", "SALES"][tactic], touch).await;
        }
        let close = json!({ "accountId": account, "occurredAt": "2026-01-20T00:00:00Z", "amount": usd(amount), "path": "ASSISTED" });
        story.close(close).await;
    }
    for (tactic, owner, amount) in [(webinar, "MARKETING", "4000.00"), (affiliate, "PRODUCT", "1200.00"), (outbound, "SALES", "9000.00")] {
        let cost = json!({ "owner": owner, "category": "MEDIA", "amount": usd(amount), "firstOn": "2026-01-01", "lastOn": "2026-01-31", "tacticId": tactics[tactic] });
        story.cost_of(cost).await;
    }
    tactics.try_into().unwrap()
}

const LINE: &str = "key creditedCloses creditedValue { amount } cost { amount } valueShare { value } costShare { value nullReason } index { value nullReason } costPerClose { value nullReason }";

fn line(key: &str, closes: &str, amounts: [&str; 2], shares: [&str; 4]) -> Value {
    let ratio = |value: &str| json!({ "value": value, "nullReason": null });
    json!({ "key": key, "creditedCloses": closes, "creditedValue": { "amount": amounts[0] }, "cost": { "amount": amounts[1] }, "valueShare": { "value": shares[0] },
        "costShare": ratio(shares[1]), "index": ratio(shares[2]), "costPerClose": ratio(shares[3]) })
}

on_both_engines! {
    async fn g20_value_share_over_cost_share(app: TestApp) {
        let story = Story::begin(&app).await;
        let [webinar, affiliate, outbound] = g20(&story).await;
        let ops = story.at("2026-02-02T00:00:00Z");
        let fields = format!("definition {{ key }} causal currency evidence {{ model {{ name }} closes conserved }} unpricedCosts payLeftOut journeysWon journeysLost lines {{ {LINE} removalEffect {{ value nullReason }} correlational tactic {{ id }} }}");
        let answer = asked(&ops, "tacticImportance", JANUARY, &fields).await;
        assert_eq!((&answer["definition"]["key"], &answer["causal"], &answer["evidence"]), (&json!("tactic_importance"), &json!(false), &json!({ "model": { "name": "LINEAR" }, "closes": 5, "conserved": true })));
        assert_eq!((&answer["unpricedCosts"], &answer["payLeftOut"], &answer["journeysWon"], &answer["journeysLost"]), (&json!(0), &json!(false), &json!(5), &json!(0)));
        let mut lines = answer["lines"].as_array().unwrap().clone();
        for line in &mut lines {
            let line = line.as_object_mut().unwrap();
            assert_eq!(line.remove("removalEffect").unwrap(), json!({ "value": null, "nullReason": "IMMATURE" }));
            assert_eq!(line.remove("correlational").unwrap(), true);
            assert_eq!(line.remove("tactic").unwrap()["id"], line["key"]);
        }
        let expected = [
            line(&webinar, "2.500000000", ["20000.00", "4000.00"], ["0.5714", "0.2817", "2.0286", "1600.00"]),
            line(&affiliate, "1.500000000", ["6000.00", "1200.00"], ["0.1714", "0.0845", "2.0286", "800.00"]),
            line(&outbound, "1.000000000", ["9000.00", "9000.00"], ["0.2571", "0.6338", "0.4057", "9000.00"]),
        ];
        assert_eq!(lines, expected);
        // What it cost a tactic is what the cost per close says it did.
        let report = asked(&ops, "costPerClose", &format!("{JANUARY}, by: TACTIC"), "lines { key cost { amount } }").await["lines"].take();
        let costs: Vec<&str> = report.as_array().unwrap().iter().map(|line| line["cost"]["amount"].as_str().unwrap()).collect();
        assert_eq!(costs[..3], ["4000.00", "1200.00", "9000.00"]);
    }

    async fn nothing_is_not_the_same_as_no_cost_and_pay_is_not_for_everybody(app: TestApp) {
        let story = Story::begin(&app).await;
        let [webinar, ..] = g20(&story).await;
        let quiet = story.tactic(json!({ "name": "quiet", "resource": "MARKETING", "channel": "EVENT" })).await;
        let free = story.tactic(json!({ "name": "free", "resource": "MARKETING", "channel": "EVENT" })).await;
        let account = story.account("f").await;
        story.touch("2026-01-10T00:00:00Z", "MARKETING", json!({ "accountId": account, "tacticId": free })).await;
        story.close(json!({ "accountId": account, "occurredAt": "2026-01-20T00:00:00Z", "amount": usd("1000.00"), "path": "ASSISTED" })).await;
        let cost = |tactic: &str, category: &str, amount: Value| json!({ "owner": "MARKETING", "category": category, "amount": amount, "firstOn": "2026-01-31", "lastOn": "2026-02-01", "tacticId": tactic });
        story.cost_of(cost(&quiet, "MEDIA", usd("500.00"))).await;
        story.cost_of(cost(&quiet, "MEDIA", json!({ "amount": "70.00", "currency": "EUR" }))).await;
        story.cost_of(cost(&webinar, "SALARY", usd("2000.00"))).await;
        let fields = format!("unpricedCosts payLeftOut lines {{ {LINE} }}");
        for (role, pay_left_out, webinar_cost) in [(Role::Revops, true, "4000.00"), (Role::Executive, false, "5000.00")] {
            let caller = story.member(role).await;
            let answer = asked(&caller, "tacticImportance", JANUARY, &fields).await;
            assert_eq!((&answer["payLeftOut"], &answer["unpricedCosts"]), (&json!(pay_left_out), &json!(1)));
            let of = |key: &str| answer["lines"].as_array().unwrap().iter().find(|line| line["key"] == key).unwrap();
            assert_eq!(of(&webinar)["cost"]["amount"], webinar_cost, "half of a pay for two days is of January");
            let no_cost = json!({ "value": null, "nullReason": "NO_COST_DATA" });
            assert_eq!((&of(&free)["cost"], &of(&free)["index"], &of(&free)["costPerClose"]), (&json!(null), &no_cost, &no_cost));
            assert_eq!((&of(&quiet)["cost"]["amount"], &of(&quiet)["costPerClose"]["nullReason"], &of(&quiet)["index"]["value"]), (&json!("250.00"), &json!("ZERO_CLOSES"), &json!("0.0000")));
        }
        assert_eq!(story.member(Role::SalesAssistant).await.refused(&format!("{{ tacticImportance({JANUARY}) {{ unit }} }}"), json!({})).await, "FORBIDDEN");
    }

    async fn what_would_be_lost_and_how_often_buyers_buy_stand_beside_it(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.at("2026-02-01T00:00:00Z");
        let webinar = story.tactic(json!({ "name": "webinar", "resource": "MARKETING", "channel": "EVENT" })).await;
        let outbound = story.tactic(json!({ "name": "outbound", "resource": "SALES", "channel": "PHONE" })).await;
        // Two were touched by the webinar, of which one was won; two by outbound, of which both were; and one by nobody.
        for (name, by, won) in [("a", vec![&webinar], true), ("b", vec![&webinar], false), ("c", vec![&outbound], true), ("d", vec![&outbound], true), ("e", vec![], false)] {
            let account = story.account(name).await;
            for tactic in by {
                let resource = if *tactic == webinar { "MARKETING" } else { "SALES" };
                story.touch("2026-01-10T00:00:00Z", resource, json!({ "accountId": account, "tacticId": tactic })).await;
            }
            let create = "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } userErrors { field code } } }";
            let input = json!({ "accountId": account, "name": "Paper", "openedAt": "2026-01-02T00:00:00Z" });
            let opportunity = caller.gql(create, json!({ "input": input })).await["createOpportunity"]["opportunity"]["id"].take();
            if won {
                let close = json!({ "accountId": account, "opportunityId": opportunity, "occurredAt": "2026-01-20T00:00:00Z", "amount": usd("100.00"), "path": "ASSISTED", "sourceResource": "SALES" });
                story.close(close).await;
            } else {
                let close = "mutation($input: CloseOpportunityInput!) { closeOpportunity(input: $input) { userErrors { field code } } }";
                let input = json!({ "opportunityId": opportunity, "outcome": "NO_DECISION_INDECISION", "closedAt": "2026-01-20T00:00:00Z", "reason": "could not" });
                assert_eq!(caller.gql(close, json!({ "input": input })).await["closeOpportunity"]["userErrors"], json!([]));
            }
        }
        let ops = story.today();
        let fields = "journeysWon journeysLost lines { key removalEffect { value nullReason } touchedWinRate { value numerator denominator } untouchedWinRate { value numerator denominator } }";
        let answer = asked(&ops, "tacticImportance", &format!("{JANUARY}, minimumJourneys: 4"), fields).await;
        assert_eq!((&answer["journeysWon"], &answer["journeysLost"]), (&json!(3), &json!(1)));
        let rate = |value: &str, won: &str, decided: &str| json!({ "value": value, "numerator": won, "denominator": decided });
        let effect = |value: &str| json!({ "value": value, "nullReason": null });
        assert_eq!(answer["lines"], json!([
            { "key": webinar, "removalEffect": effect("0.333333333"), "touchedWinRate": rate("0.5000", "1", "2"), "untouchedWinRate": rate("0.6667", "2", "3") },
            { "key": outbound, "removalEffect": effect("0.666666667"), "touchedWinRate": rate("1.0000", "2", "2"), "untouchedWinRate": rate("0.3333", "1", "3") },
        ]));
        let immature = asked(&ops, "tacticImportance", &format!("{JANUARY}, minimumJourneys: 5"), "lines { removalEffect { nullReason } }").await;
        assert_eq!(immature["lines"][0]["removalEffect"]["nullReason"], "IMMATURE");
    }
}
