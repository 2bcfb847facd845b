//! Shared cost that is divided by what the resources have: their people, or their credit.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::{Story, quarter};
use crate::support::{Caller, on_both_engines};

const COSTS: &str = "query($period: PeriodInput!, $by: CostDimension!, $basis: CloseBasis, $asOf: DateTime) {
    costPerClose(period: $period, by: $by, basis: $basis, asOf: $asOf) { conserved equalMonths blended { cost { amount } }
        lines { key cost { amount } costPerClose { nullReason } }
        rows(side: COSTS, first: 100) { nodes { ... on CostRow { line amount { amount } } } } } }";
const TREND: &str = "query($period: PeriodInput!) { costPerCloseTrend(period: $period, grain: MONTH) {
    points { equalMonths lines { cost { amount } } } } }";

/// What each line costs, once its rows were seen to add up to it.
async fn costs(caller: &Caller<'_>, (from, to): (&str, &str), more: Value) -> (Vec<String>, Value) {
    let mut variables = json!({ "period": { "from": from, "to": to, "timeZone": "UTC" }, "by": "RESOURCE" });
    variables.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let report = caller.gql(COSTS, variables).await["costPerClose"].take();
    assert_eq!(report["conserved"], true);
    let amount = |value: &Value| value["amount"].as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap();
    let mut whole = rust_decimal::Decimal::ZERO;
    for line in report["lines"].as_array().unwrap() {
        let rows = report["rows"]["nodes"].as_array().unwrap().iter().filter(|row| row["line"] == line["key"]);
        assert_eq!(rows.map(|row| amount(&row["amount"])).sum::<rust_decimal::Decimal>(), amount(&line["cost"]), "{line}");
        whole += amount(&line["cost"]);
    }
    assert_eq!(whole, amount(&report["blended"]["cost"]));
    let lines = report["lines"].as_array().unwrap().iter();
    (lines.map(|line| line["cost"]["amount"].as_str().unwrap().to_owned()).collect(), report["equalMonths"].clone())
}

const QUARTER: (&str, &str) = ("2026-01-01", "2026-04-01");

const MONTHS: [(&str, &str); 3] = [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01"), ("2026-03-01", "2026-04-01")];

on_both_engines! {
    async fn heads_of_the_first_day_divide_the_cost_of_the_month(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-01-02T00:00:00Z");
        let leaver = story.acme.member(Role::SalesRep).await.member.unwrap();
        // On the first day, but not before it.
        story.at("2026-02-01T23:59:59Z");
        story.acme.member(Role::SalesRep).await;
        story.acme.member(Role::Marketer).await;
        story.at("2026-02-02T00:00:00Z");
        story.acme.member(Role::ProductLead).await;
        let admin = story.acme.member(Role::Admin).await;
        let revise = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { userErrors { code } } }";
        let left = json!({ "input": { "memberId": leaver.to_string(), "active": false } });
        assert_eq!(admin.gql(revise, left).await["reviseMember"]["userErrors"], json!([]));
        story.today();
        story.rule(json!({ "firstOn": "2026-01-01", "method": "HEADCOUNT" })).await;
        story.cost("SHARED", "900.00", "2026-01-01", "2026-03-31").await;
        let books = story.today();
        let expected = [["103.34", "103.33", "103.33"], ["186.67", "93.33", "0.00"], ["103.34", "103.33", "103.33"]];
        let equal = [json!(["2026-01-01"]), json!([]), json!([])];
        for ((month, expected), equal) in MONTHS.into_iter().zip(expected).zip(&equal) {
            assert_eq!(costs(&books, month, json!({})).await, (expected.map(str::to_owned).to_vec(), equal.clone()), "{month:?}");
        }
        let (whole, months) = costs(&books, QUARTER, json!({})).await;
        assert_eq!((whole, months), (["393.35", "299.99", "206.66"].map(str::to_owned).to_vec(), json!(["2026-01-01"])));
        let trend = books.gql(TREND, json!({ "period": { "from": QUARTER.0, "to": QUARTER.1, "timeZone": "UTC" } })).await;
        for ((point, expected), equal) in trend["costPerCloseTrend"]["points"].as_array().unwrap().iter().zip(expected).zip(&equal) {
            let told: Vec<&str> = point["lines"].as_array().unwrap().iter().map(|line| line["cost"]["amount"].as_str().unwrap()).collect();
            assert_eq!((told, &point["equalMonths"]), (expected.to_vec(), equal));
        }
        // Two weeks of it: the earliest days bear the cents that are left over.
        assert_eq!(costs(&books, ("2026-02-01", "2026-02-15"), json!({})).await.0, ["93.38", "46.71", "0.00"]);
        let february = books.gql(COSTS, json!({ "period": { "from": "2026-02-01", "to": "2026-03-01" }, "by": "RESOURCE" })).await;
        let reasons: Vec<&Value> = february["costPerClose"]["lines"].as_array().unwrap().iter().map(|line| &line["costPerClose"]["nullReason"]).collect();
        assert_eq!(reasons, ["ZERO_CLOSES"; 3]);
        // The rule made last holds on its days, and other dimensions know the same total.
        story.rule(json!({ "firstOn": "2026-02-15", "lastOn": "2026-02-28", "method": "EQUAL" })).await;
        assert_eq!(costs(&books, MONTHS[1], json!({})).await.0, ["140.00", "93.34", "46.66"]);
        assert_eq!(costs(&books, QUARTER, json!({ "by": "MONTH" })).await.0, ["310.00", "280.00", "310.00"]);
    }

    async fn heads_count_as_they_were_known(app: TestApp) {
        let story = Story::begin(&app).await;
        story.acme.member(Role::SalesRep).await;
        story.rule(json!({ "firstOn": "2026-01-01", "method": "HEADCOUNT" })).await;
        story.cost("SHARED", "900.00", "2026-01-01", "2026-03-31").await;
        story.at("2026-02-10T00:00:00Z");
        story.acme.member(Role::Marketer).await;
        let books = story.today();
        let sales = |amounts: [&str; 3]| amounts.map(str::to_owned).to_vec();
        assert_eq!(costs(&books, MONTHS[1], json!({})).await.0, sales(["280.00", "0.00", "0.00"]));
        assert_eq!(costs(&books, MONTHS[2], json!({})).await.0, sales(["155.00", "155.00", "0.00"]));
        let before = json!({ "asOf": "2026-02-09T23:59:59Z" });
        assert_eq!(costs(&books, MONTHS[2], before.clone()).await.0, sales(["310.00", "0.00", "0.00"]));
        // Whoever comes later changes nothing of what was.
        story.acme.member(Role::ProductLead).await;
        assert_eq!(costs(&books, MONTHS[2], json!({})).await.0, sales(["155.00", "155.00", "0.00"]));
        assert_eq!(costs(&books, MONTHS[2], before).await.0, sales(["310.00", "0.00", "0.00"]));
    }

    async fn credit_of_the_month_divides_its_cost(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        story.today();
        story.rule(json!({ "firstOn": "2026-01-01", "method": "CREDIT" })).await;
        let books = story.today();
        let text = |amounts: [&str; 3]| amounts.map(str::to_owned).to_vec();
        // Own cost of 6 000, 3 000 and 1 500, and the shared 900 by the credit of each month. What was won in the night to April is not
        // of March, and what was refunded counts on the other basis only.
        assert_eq!(costs(&books, QUARTER, json!({ "basis": "NET" })).await, (text(["6361.02", "3304.99", "1733.99"]), json!(["2026-03-01"])));
        assert_eq!(costs(&books, QUARTER, json!({ "basis": "GROSS" })).await, (text(["6257.68", "3201.66", "1940.66"]), json!([])));
        let mut sums = [rust_decimal::Decimal::ZERO; 3];
        for month in MONTHS {
            for (sum, part) in sums.iter_mut().zip(costs(&books, month, json!({ "basis": "NET" })).await.0) {
                *sum += part.parse::<rust_decimal::Decimal>().unwrap();
            }
        }
        assert_eq!(sums.map(|sum| sum.to_string()), ["6361.02", "3304.99", "1733.99"]);
        let refused = "mutation { setAllocationRule(input: { firstOn: \"2026-01-01\", method: CREDIT, shares: [{ resource: SALES, basisPoints: 10000 }] }) {
            allocationRule { id } userErrors { code field } } }";
        let told = books.gql(refused, json!({})).await;
        assert_eq!(told["setAllocationRule"], json!({ "allocationRule": null, "userErrors": [{ "code": "INVALID", "field": ["input", "shares"] }] }));
    }
}
