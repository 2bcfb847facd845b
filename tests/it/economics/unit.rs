//! Payback and return.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{JANUARY, QUARTER, asked, refusal, won};
use crate::support::on_both_engines;
use crate::support::story::{Story, usd};

const RATIO: &str = "value nullReason";

fn line() -> String {
    format!(
        "resource cost {{ amount }} value {{ amount }} newMonthly {{ amount }} cacPayback {{ unit {RATIO} }} romi {{ {RATIO} }} roas {{ {RATIO} }}"
    )
}

/// Payback, return and value for each unit spent; a reason where there is none.
fn told(line: &Value) -> [String; 3] {
    ["cacPayback", "romi", "roas"].map(|ratio| {
        let ratio = &line[ratio];
        ratio["value"].as_str().or(ratio["nullReason"].as_str()).unwrap_or_default().to_owned()
    })
}

on_both_engines! {
    async fn g14_payback_and_return(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-01-31T00:00:00Z");
        let first = won(&story, "Globex", "2026-01-10T00:00:00Z", "40000.00", "MARKETING", json!({ "recurringMonthly": usd("3000.00") })).await;
        let second = won(&story, "Initech", "2026-01-20T00:00:00Z", "9000.00", "SALES", json!({ "recurringMonthly": usd("2000.00") })).await;
        story.cost("SALES", "45000.00", "2026-01-01", "2026-01-31").await;
        story.cost("MARKETING", "15000.00", "2026-01-01", "2026-01-31").await;
        // More business with a customer pays, and gains nobody.
        let account = story.today().gql("query($id: ID!) { close(id: $id) { account { id } } }", json!({ "id": first })).await["close"]["account"]["id"].take();
        let expand = "mutation($input: RecordExpansionInput!) { recordExpansion(input: $input) { close { id } userErrors { field code } } }";
        let input = json!({ "accountId": account, "occurredAt": "2026-02-10T00:00:00Z", "amount": usd("500.00"), "path": "ASSISTED",
            "sourceResource": "SALES", "recurringMonthly": usd("50.00") });
        assert_eq!(story.today().gql(expand, json!({ "input": input })).await["recordExpansion"]["userErrors"], json!([]));
        let ops = story.today();

        let fields = format!("definitions {{ key unit }} grossMargin currency lines {{ {} }} whole {{ {} }}", line(), line());
        let answer = asked(&ops, "unitEconomics", &format!("{JANUARY}, grossMargin: \"0.8\""), &fields).await;
        assert_eq!(answer["definitions"], json!([{ "key": "cac_payback", "unit": "MONTHS" }, { "key": "romi", "unit": "RATIO" }, { "key": "roas", "unit": "RATIO" }]));
        assert_eq!((&answer["grossMargin"], &answer["currency"]), (&json!("0.8"), &json!("USD")));
        assert_eq!(answer["whole"], json!({ "resource": null, "cost": { "amount": "60000.00" }, "value": { "amount": "49000.00" }, "newMonthly": { "amount": "5000.00" },
            "cacPayback": { "unit": "MONTHS", "value": "15.00", "nullReason": null }, "romi": { "value": "-0.3467", "nullReason": null }, "roas": { "value": "0.82", "nullReason": null } }));
        let answer = asked(&ops, "unitEconomics", &format!("{JANUARY}, grossMargin: \"0.70\""), &fields).await;
        assert_eq!(told(&answer["lines"][1]), ["7.14", "0.8667", "2.67"]);
        assert_eq!(told(&answer["lines"][2]), ["NO_COST_DATA", "NO_COST_DATA", "NO_COST_DATA"], "nothing is known of what PRODUCT cost");

        // What it was computed from adds up to it.
        let rows = "costs { conserved blended { newMonthly { amount } } rows(side: CLOSES) { nodes { ... on CloseCreditRow { close { id } newMonthly { amount } } } } }";
        let costs = asked(&ops, "unitEconomics", &format!("{JANUARY}, grossMargin: \"1\""), rows).await["costs"].take();
        assert_eq!((&costs["conserved"], &costs["blended"]["newMonthly"]["amount"]), (&json!(true), &json!("5000.00")));
        let row = |close: &str, amount: &str| json!({ "close": { "id": close }, "newMonthly": { "amount": amount } });
        assert_eq!(costs["rows"]["nodes"], json!([row(&first, "3000.00"), row(&second, "2000.00")]));

        // A void takes back what would have come, when the close was won or when it happened.
        story.movement(json!({ "closeId": second, "kind": "VOID", "occurredAt": "2026-02-03T00:00:00Z", "reason": "signed by nobody" })).await;
        let monthly = async |more: &str| {
            let points = asked(&ops, "unitEconomicsTrend", &format!("{QUARTER}, grain: MONTH, grossMargin: \"0.8\"{more}"), "points { whole { newMonthly { amount } value { amount } } }").await;
            points["points"].as_array().unwrap().iter().map(|point| [&point["whole"]["newMonthly"]["amount"], &point["whole"]["value"]["amount"]].map(|amount| amount.as_str().unwrap().to_owned())).collect::<Vec<_>>()
        };
        let amounts = |amounts: [[&str; 2]; 3]| amounts.map(|month| month.map(str::to_owned)).to_vec();
        assert_eq!(monthly("").await, amounts([["3000.00", "40000.00"], ["0.00", "500.00"], ["0.00", "0.00"]]));
        assert_eq!(monthly(", refundPeriod: EVENT_PERIOD").await, amounts([["5000.00", "49000.00"], ["-2000.00", "-8500.00"], ["0.00", "0.00"]]));
        assert_eq!(monthly(", basis: GROSS").await, amounts([["5000.00", "49000.00"], ["0.00", "500.00"], ["0.00", "0.00"]]));
        assert_eq!(monthly(", asOf: \"2026-01-30T00:00:00Z\"").await, amounts([["0.00", "0.00"]; 3]), "nothing was recorded by then");
    }

    async fn the_trend_is_the_answer_of_each_part_and_months_are_of_the_new_alone(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-04-01T00:00:00Z");
        for (name, at, amount, monthly) in [("A", "2026-01-05T00:00:00Z", "1000.00", "100.01"), ("B", "2026-02-05T00:00:00Z", "600.00", "50.00")] {
            let thirds = json!([{ "resource": "SALES", "basisPoints": 3334 }, { "resource": "MARKETING", "basisPoints": 3333 }, { "resource": "PRODUCT", "basisPoints": 3333 }]);
            let more = json!({ "recurringMonthly": usd(monthly), "signedSplit": { "signedAt": "2025-12-01T00:00:00Z", "shares": thirds } });
            won(&story, name, at, amount, "SALES", more).await;
        }
        for owner in ["SALES", "MARKETING", "PRODUCT"] {
            story.cost(owner, "90.00", "2026-01-01", "2026-03-31").await;
        }
        let ops = story.today();
        let fields = format!("period {{ from to }} lines {{ {} }} whole {{ {} }}", line(), line());
        let trend = asked(&ops, "unitEconomicsTrend", &format!("{QUARTER}, grain: MONTH, grossMargin: \"0.5\""), &format!("definition {{ key }} period {{ from to }} points {{ {fields} }}")).await;
        assert_eq!((&trend["definition"]["key"], &trend["period"]), (&json!("cac_payback"), &json!({ "from": "2026-01-01", "to": "2026-04-01" })));
        for point in trend["points"].as_array().unwrap() {
            let period = format!("period: {{ from: {}, to: {} }}, grossMargin: \"0.5\"", point["period"]["from"], point["period"]["to"]);
            assert_eq!(point, &asked(&ops, "unitEconomics", &period, &fields).await);
        }
        let first = &trend["points"][0];
        let monthly: Vec<&str> = first["lines"].as_array().unwrap().iter().map(|line| line["newMonthly"]["amount"].as_str().unwrap()).collect();
        assert_eq!((monthly, &first["whole"]["newMonthly"]["amount"]), (vec!["33.35", "33.33", "33.33"], &json!("100.01")));
        assert_eq!(told(&trend["points"][2]["whole"]), ["ZERO_DENOMINATOR", "-1.0000", "0.00"]);
    }

    async fn a_margin_is_a_share_and_amounts_are_for_those_who_may_read_them(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        for margin in ["0", "-0.2", "1.01", "0.12345"] {
            let told = refusal(&ops, "unitEconomics", &format!("{QUARTER}, grossMargin: \"{margin}\"")).await;
            assert_eq!(told, ("BAD_USER_INPUT".into(), "grossMargin".into()), "{margin}");
        }
        assert_eq!(refusal(&ops, "unitEconomics", "period: { from: \"2026-04-01\", to: \"2026-04-01\" }, grossMargin: \"0.5\"").await.1, "period");
        for role in [Role::Partner, Role::SalesAssistant] {
            assert_eq!(refusal(&story.member(role).await, "unitEconomics", &format!("{QUARTER}, grossMargin: \"0.5\"")).await.0, "FORBIDDEN");
        }
        let empty = asked(&ops, "unitEconomics", &format!("{QUARTER}, grossMargin: \"0.5\""), &format!("whole {{ {} }}", line())).await;
        assert_eq!(told(&empty["whole"]), ["NO_COST_DATA", "NO_COST_DATA", "NO_COST_DATA"]);
    }

    /// G15, where it concerns cost: 20 % of 900.00 to who referred the buyer; of what is left after 300.00 were given back 120.00, so
    /// that 60.00 of what was paid are taken back.
    async fn g15_what_referrals_are_paid_is_cost_of_the_product(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-01-31T00:00:00Z");
        let referrer = story.person(json!({})).await;
        let referred = json!({ "newAccount": { "name": "Referred" }, "occurredAt": "2026-01-20T00:00:00Z", "amount": usd("900.00"), "path": "ASSISTED",
            "referral": { "referrerPersonId": referrer, "claimedAt": "2026-01-10T00:00:00Z" } });
        let close = story.close(referred).await;
        let payout = json!({ "owner": "PRODUCT", "category": "AFFILIATE_PAYOUT", "amount": usd("180.00"), "firstOn": "2026-01-20", "lastOn": "2026-01-20",
            "externalId": { "source": "payouts", "value": "1" } });
        let payout = story.cost_of(payout).await;
        story.at("2026-02-10T00:00:00Z");
        story.movement(json!({ "closeId": close["id"], "kind": "REFUND", "amount": usd("300.00"), "occurredAt": "2026-02-10T00:00:00Z", "reason": "less" })).await;
        story.correct_cost(json!({ "costEntryId": payout, "amount": usd("120.00") })).await;
        let ops = story.today();
        let product = async |as_of: &str| {
            let fields = format!("lines {{ {} }}", line());
            asked(&ops, "unitEconomics", &format!("{JANUARY}, grossMargin: \"1\", asOf: \"{as_of}\""), &fields).await["lines"][2].take()
        };
        let (paid, left) = (product("2026-02-01T00:00:00Z").await, product("2026-03-01T00:00:00Z").await);
        assert_eq!([&paid["cost"]["amount"], &paid["value"]["amount"], &paid["roas"]["value"]], [&json!("180.00"), &json!("900.00"), &json!("5.00")]);
        assert_eq!([&left["cost"]["amount"], &left["value"]["amount"], &left["roas"]["value"]], [&json!("120.00"), &json!("600.00"), &json!("5.00")]);
        let all = asked(&ops, "costPerClose", JANUARY, "rows(side: COSTS) { nodes { ... on CostRow { amount { amount } costEntry { category } } } }").await;
        assert_eq!(all["rows"]["nodes"], json!([{ "amount": { "amount": "120.00" }, "costEntry": { "category": "AFFILIATE_PAYOUT" } }]));
    }
}
