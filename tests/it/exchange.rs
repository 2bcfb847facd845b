//! Exchange rates, and what is converted by them.

use entity::kinds::Role;
use serde_json::{Value, json};
use tandem::ingest::Kind;

use crate::import::{Files, counts, run_with};
use crate::support::rows::rows;
use crate::support::story::{RECORD_RATES, Story, problems, usd};
use crate::support::{Caller, on_both_engines};

const ASK: &str = "query($basis: CloseBasis, $constant: ConstantCurrencyInput, $asOf: DateTime) {
    costPerClose(period: { from: \"2026-01-01\", to: \"2026-02-01\" }, basis: $basis, constantCurrency: $constant, asOf: $asOf) {
        rates ratesOn unpriced unpricedRows conserved blended { closes value { amount currency } cost { amount } } } }";
const LIST: &str =
    "query($filter: FxRateFilter, $first: Int, $after: String) { fxRates(filter: $filter, first: $first, after: $after) { totalCount
    pageInfo { endCursor } nodes { base quote day rate version carried source } } }";

fn money(amount: &str, currency: &str) -> Value {
    json!({ "amount": amount, "currency": currency })
}

fn close(name: &str, day: &str, amount: Value) -> Value {
    json!({ "newAccount": { "name": name }, "occurredAt": format!("{day}T12:00:00Z"), "amount": amount, "path": "ASSISTED", "sourceResource": "SALES" })
}

fn cost(day: &str, amount: &Value) -> Value {
    json!({ "owner": "SALES", "category": "MEDIA", "amount": amount, "firstOn": day, "lastOn": day })
}

fn item(base: &str, quote: &str, day: &str, rate: &str) -> Value {
    json!({ "base": base, "quote": quote, "day": day, "rate": rate })
}

async fn asked(caller: &Caller<'_>, variables: Value) -> Value {
    caller.gql(ASK, variables).await["costPerClose"].take()
}

/// Closes, value and cost, and how many rows have no price.
fn told(report: &Value) -> String {
    let blended = &report["blended"];
    assert_eq!(report["conserved"], true);
    format!("{} / {} / {} / {}", blended["closes"], amount(&blended["value"]), amount(&blended["cost"]), report["unpriced"])
}

fn amount(money: &Value) -> &str {
    money["amount"].as_str().unwrap()
}

async fn record(caller: &Caller<'_>, input: Value) -> Value {
    caller.gql(RECORD_RATES, json!({ "input": input })).await["recordFxRates"].take()
}

/// What became of each item: its outcome and version, or its problems.
fn outcomes(payload: &Value) -> Vec<String> {
    let results = payload["results"].as_array().unwrap().iter();
    results
        .map(|result| match result["outcome"].as_str().unwrap() {
            "REJECTED" => problems(result).into_iter().map(|(field, code)| format!("{field} {code}")).collect::<Vec<_>>().join(", "),
            outcome => format!("{outcome} {}", result["fxRate"]["version"]),
        })
        .collect()
}

/// Rates as `day base rate version`, with a mark on those carried over; the latest days first.
fn listed(data: &Value) -> Vec<String> {
    let nodes = data["fxRates"]["nodes"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    nodes
        .map(|node| {
            let carried = if node["carried"] == true { " carried" } else { "" };
            format!("{} {} {} {}{carried}", text(&node["day"]), text(&node["base"]), text(&node["rate"]), node["version"])
        })
        .collect()
}

on_both_engines! {
    async fn g4_amounts_in_four_currencies(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        story.rates(&[("EUR", "2026-01-15", "1.10"), ("JPY", "2026-01-20", "0.0068"), ("EUR", "2026-06-01", "1.20")]).await;
        let amounts = [("2026-01-15", money("1000.00", "EUR")), ("2026-01-16", usd("500.00")), ("2026-01-20", money("150000", "JPY")), ("2026-01-21", money("300.00", "BRL"))];
        let mut unpriced = Value::Null;
        for (day, amount) in &amounts {
            unpriced = story.close(close(day, day, amount.clone())).await["id"].clone();
        }
        let report = asked(&story.today(), json!({})).await;
        assert_eq!(told(&report), "4 / 2620.00 / 0.00 / 1");
        assert_eq!((&report["unpricedRows"], &report["rates"], &report["ratesOn"]), (&json!([unpriced]), &json!("OWN_DATE"), &Value::Null));
        for (day, amount) in &amounts {
            unpriced = json!(story.cost_of(cost(day, amount)).await);
        }
        let report = asked(&story.today(), json!({})).await;
        assert_eq!(told(&report), "4 / 2620.00 / 2620.00 / 2");
        assert_eq!(report["unpricedRows"][1], unpriced);
        // Which rate that was stands on the rows.
        let data = story.today().gql("{ closes { nodes { amount { currency } fxRate { day rate version source } } } costEntries { nodes { amount { currency } fxRate { rate } } } }", json!({})).await;
        let none = |currency: &str| json!({ "amount": { "currency": currency }, "fxRate": null });
        assert_eq!(data["closes"]["nodes"][0], none("BRL"));
        assert_eq!(data["closes"]["nodes"][2], none("USD"));
        assert_eq!(data["closes"]["nodes"][3]["fxRate"], json!({ "day": "2026-01-15", "rate": "1.1", "version": 1, "source": "ECB" }));
        assert_eq!(data["costEntries"]["nodes"][1]["fxRate"], json!({ "rate": "0.0068" }));
        // At the rate of one day: without one for yen they have no price there.
        let restated = asked(&story.today(), json!({ "constant": { "on": "2026-06-01" } })).await;
        assert_eq!(told(&restated), "4 / 1700.00 / 1700.00 / 4");
        assert_eq!((&restated["rates"], &restated["ratesOn"]), (&json!("CONSTANT"), &json!("2026-06-01")));
    }

    async fn p13_a_later_version_changes_no_converted_amount(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-01-20T00:00:00Z");
        story.rates(&[("EUR", "2026-01-10", "1.10")]).await;
        let won = story.close(close("a", "2026-01-10", money("100.00", "EUR"))).await;
        let spent = story.cost_of(cost("2026-01-10", &money("10.00", "EUR"))).await;
        let before = asked(&story.at("2026-01-21T00:00:00Z"), json!({})).await;
        assert_eq!(told(&before), "1 / 110.00 / 11.00 / 0");
        story.at("2026-01-22T00:00:00Z");
        story.rates(&[("EUR", "2026-01-10", "1.50")]).await;
        let after = asked(&story.at("2026-01-23T00:00:00Z"), json!({})).await;
        assert_eq!(after["blended"], before["blended"]);
        // A refund is converted by the rate of its close.
        let refund = json!({ "closeId": won["id"], "kind": "REFUND", "amount": money("40.00", "EUR"), "occurredAt": "2026-01-23T00:00:00Z", "reason": "r" });
        story.movement(refund).await;
        // What takes the place of a row is converted by the last version.
        story.correct_cost(json!({ "costEntryId": spent, "amount": money("20.00", "EUR") })).await;
        story.close(close("b", "2026-01-10", money("1.00", "EUR"))).await;
        let caller = story.today();
        assert_eq!(told(&asked(&caller, json!({})).await), "2 / 67.50 / 30.00 / 0");
        assert_eq!(told(&asked(&caller, json!({ "basis": "GROSS" })).await), "2 / 111.50 / 30.00 / 0");
        let then = asked(&caller, json!({ "asOf": "2026-01-22T12:00:00Z" })).await;
        assert_eq!(then["blended"], before["blended"]);
        // Restated, also what is as of an instant knows the versions of then only.
        let constant = json!({ "on": "2026-01-10" });
        assert_eq!(told(&asked(&caller, json!({ "constant": constant })).await), "2 / 91.50 / 30.00 / 0");
        assert_eq!(told(&asked(&caller, json!({ "constant": constant, "asOf": "2026-01-21T12:00:00Z" })).await), "1 / 110.00 / 11.00 / 0");
    }

    async fn rows_wait_for_the_first_rate_of_their_local_day(app: TestApp) {
        let story = Story::begin(&app).await;
        let admin = story.acme.member(Role::Admin).await;
        let zone = "mutation { reviseOrganization(input: { timeZone: \"America/New_York\" }) { userErrors { code } } }";
        assert_eq!(admin.gql(zone, json!({})).await["reviseOrganization"]["userErrors"], json!([]));
        story.at("2026-01-20T00:00:00Z");
        // Still the 15th in New York, and the entry waits for its first day.
        let mut won = close("a", "2026-01-16", money("100.00", "EUR"));
        won["occurredAt"] = json!("2026-01-16T02:00:00Z");
        story.close(won).await;
        let mut spent = cost("2026-01-15", &money("10.00", "EUR"));
        spent["lastOn"] = json!("2026-01-16");
        let spent = story.cost_of(spent).await;
        let taken_back = story.cost_of(cost("2026-01-15", &money("7.00", "EUR"))).await;
        story.correct_cost(json!({ "costEntryId": taken_back, "retract": true })).await;
        story.at("2026-01-21T00:00:00Z");
        story.rates(&[("EUR", "2026-01-16", "9")]).await;
        assert_eq!(told(&asked(&story.at("2026-01-21T12:00:00Z"), json!({})).await), "1 / 0.00 / 0.00 / 2");
        story.at("2026-01-22T00:00:00Z");
        story.rates(&[("EUR", "2026-01-15", "2"), ("GBP", "2026-01-15", "3")]).await;
        let into_another = json!({ "items": [item("EUR", "GBP", "2026-01-15", "5")], "source": "ECB" });
        assert_eq!(outcomes(&record(&story.at("2026-01-22T00:00:00Z"), into_another).await), ["RECORDED 1"]);
        let caller = story.today();
        assert_eq!(told(&asked(&caller, json!({})).await), "1 / 200.00 / 20.00 / 0");
        let then = asked(&caller, json!({ "asOf": "2026-01-21T12:00:00Z" })).await;
        assert_eq!((told(&then), &then["unpricedRows"][1]), ("1 / 0.00 / 0.00 / 2".to_owned(), &json!(spent)));
    }

    async fn the_same_rate_again_is_nothing_new(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.at("2026-02-01T00:00:00Z");
        let rates = json!([item("EUR", "USD", "2026-01-15", "1.10"), item("EUR", "USD", "2026-01-16", "1.11")]);
        let input = json!({ "items": rates, "source": "ECB", "idempotencyKey": "k" });
        let first = record(&caller, input.clone()).await;
        assert_eq!(outcomes(&first), ["RECORDED 1", "RECORDED 1"]);
        assert_eq!(record(&caller, input).await, first);
        let again = json!([item("EUR", "USD", "2026-01-15", "1.1000"), item("EUR", "USD", "2026-01-16", "1.12"), item("EUR", "USD", "2026-01-16", "1.12"), item("EUR", "USD", "2026-01-16", "1.13")]);
        assert_eq!(outcomes(&record(&caller, json!({ "items": again, "source": " ECB " })).await), ["UNCHANGED 1", "RECORDED 2", "UNCHANGED 2", "items.3.day TAKEN"]);
        let other = json!({ "items": [item("EUR", "USD", "2026-01-15", "1.10")], "source": "Fed" });
        assert_eq!(outcomes(&record(&caller, other).await), ["RECORDED 2"]);
        assert_eq!(listed(&caller.gql(LIST, json!({})).await), ["2026-01-16 EUR 1.12 2", "2026-01-15 EUR 1.1 2"]);
        let all = caller.gql(LIST, json!({ "filter": { "allVersions": true, "to": "2026-01-16" } })).await;
        assert_eq!(listed(&all), ["2026-01-15 EUR 1.1 2", "2026-01-15 EUR 1.1 1"]);
        assert_eq!((&all["fxRates"]["totalCount"], &all["fxRates"]["nodes"][1]["source"]), (&json!(2), &json!("ECB")));
        for (filter, found) in [
            (json!({ "base": "EUR", "quote": "USD", "from": "2026-01-16" }), 1), (json!({ "base": "USD" }), 0), (json!({ "quote": "EUR" }), 0),
        ] {
            assert_eq!(caller.gql(LIST, json!({ "filter": filter })).await["fxRates"]["totalCount"], found, "{filter}");
        }
        let page = caller.gql(LIST, json!({ "first": 1 })).await;
        let next = caller.gql(LIST, json!({ "first": 1, "after": page["fxRates"]["pageInfo"]["endCursor"] })).await;
        assert_eq!([listed(&page), listed(&next)].concat(), ["2026-01-16 EUR 1.12 2", "2026-01-15 EUR 1.1 2"]);
    }

    async fn what_is_no_rate_is_refused(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.at("2026-02-01T00:00:00Z");
        let before = rows(&app).await;
        for (rate, expected) in [
            (item("EUR", "USD", "2026-01-15", "0"), "items.0.rate INVALID_AMOUNT"),
            (item("EUR", "USD", "2026-01-15", "-1.1"), "items.0.rate INVALID_AMOUNT"),
            (item("EUR", "USD", "2026-01-15", "1.1234567890123456789"), "items.0.rate INVALID_AMOUNT"),
            (item("EUR", "EUR", "2026-01-15", "1"), "items.0.quote SELF_REFERENCE"),
            (item("XXX", "YYY", "2026-01-15", "1"), "items.0.base UNKNOWN_CURRENCY, items.0.quote UNKNOWN_CURRENCY"),
            (item("EUR", "USD", "1969-12-31", "1"), "items.0.day DATE_OUT_OF_RANGE"),
        ] {
            let payload = record(&caller, json!({ "items": [rate], "source": "ECB" })).await;
            assert_eq!(outcomes(&payload), [expected], "{rate}");
        }
        let payload = record(&caller, json!({ "items": [item("EUR", "USD", "2026-01-15", "1")], "source": " " })).await;
        assert_eq!((problems(&payload), &payload["results"]), (vec![("source".to_owned(), "REQUIRED".to_owned())], &Value::Null));
        assert_eq!(problems(&record(&caller, json!({ "items": [], "source": "ECB" })).await), [("items".to_owned(), "REQUIRED".to_owned())]);
        for role in [Role::Marketer, Role::SalesLead, Role::Executive] {
            let member = story.member(role).await;
            let before = rows(&app).await;
            let input = json!({ "items": [item("EUR", "USD", "2026-01-15", "1")], "source": "ECB" });
            assert_eq!(member.refused(RECORD_RATES, json!({ "input": input })).await, "FORBIDDEN", "{role:?}");
            assert_eq!(rows(&app).await, before);
        }
        assert_eq!(story.member(Role::SalesAssistant).await.refused(LIST, json!({})).await, "FORBIDDEN");
        assert_eq!(story.member(Role::Marketer).await.gql(LIST, json!({})).await["fxRates"]["totalCount"], 0);
        assert_eq!(rows(&app).await["fx_rate"], before["fx_rate"]);
        let integration = story.member(Role::Integration).await;
        let input = json!({ "items": [item("EUR", "USD", "2026-01-15", "1"), item("EUR", "USD", "2026-01-16", "0")], "source": "ECB" });
        assert_eq!(outcomes(&record(&integration, input).await), ["RECORDED 1", "items.1.rate INVALID_AMOUNT"]);
    }

    async fn weekends_carry_the_rate_of_the_day_before(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.at("2026-02-01T00:00:00Z");
        // Of the 11th another call knows better.
        story.rates(&[("EUR", "2026-01-11", "5")]).await;
        story.close(close("a", "2026-01-10", money("100.00", "EUR"))).await;
        let week = json!([item("EUR", "USD", "2026-01-09", "1.10"), item("EUR", "USD", "2026-01-12", "1.20"), item("GBP", "USD", "2026-01-10", "1.5"),
            item("EUR", "USD", "2026-01-20", "1.30"), item("EUR", "USD", "2026-01-29", "1.40")]);
        let input = json!({ "items": week, "source": "ECB", "carryForward": true });
        assert_eq!(outcomes(&record(&caller, input.clone()).await), ["RECORDED 1"; 5]);
        let rates = caller.gql(LIST, json!({ "filter": { "base": "EUR" } })).await;
        // Seven days from the 13th to the 19th are carried over, eight from the 21st to the 28th are not.
        let mut expected = vec!["2026-01-29 EUR 1.4 1".to_owned(), "2026-01-20 EUR 1.3 1".to_owned()];
        expected.extend((13..=19).rev().map(|day| format!("2026-01-{day} EUR 1.2 1 carried")));
        expected.extend(["2026-01-12 EUR 1.2 1", "2026-01-11 EUR 5 1", "2026-01-10 EUR 1.1 1 carried", "2026-01-09 EUR 1.1 1"].map(str::to_owned));
        assert_eq!(listed(&rates), expected);
        assert_eq!(told(&asked(&caller, json!({})).await), "1 / 110.00 / 0.00 / 0");
        assert_eq!(outcomes(&record(&caller, input).await), ["UNCHANGED 1"; 5]);
        assert_eq!(caller.gql(LIST, json!({ "filter": { "base": "EUR", "allVersions": true } })).await["fxRates"]["totalCount"], 13);
        // A day that gets a rate of its own has a new version.
        story.rates(&[("EUR", "2026-01-10", "1.1")]).await;
        let own = caller.gql(LIST, json!({ "filter": { "base": "EUR", "from": "2026-01-10", "to": "2026-01-11" } })).await;
        assert_eq!(listed(&own), ["2026-01-10 EUR 1.1 2"]);
    }

    async fn every_metric_of_money_converts_alike(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        story.rates(&[("EUR", "2026-01-15", "1.10")]).await;
        let tactic = story.tactic(json!({ "name": "webinar", "resource": "MARKETING", "channel": "EVENT" })).await;
        let account = story.account("Ada").await;
        story.touch("2026-01-10T12:00:00Z", "MARKETING", json!({ "accountId": account, "tacticId": tactic })).await;
        let mut won = close("", "2026-01-15", money("100.00", "EUR"));
        won.as_object_mut().unwrap().remove("newAccount");
        won["accountId"] = json!(account);
        story.close(won).await;
        let mut spent = cost("2026-01-15", &money("10.00", "EUR"));
        spent["tacticId"] = json!(tactic);
        spent["owner"] = json!("MARKETING");
        story.cost_of(spent).await;
        let caller = story.today();
        let criteria = json!([{ "condition": { "key": "REGION", "op": "IN", "values": ["EMEA"] }, "weight": 100 }]);
        let profile = "mutation($input: DefineIcpProfileInput!) { defineIcpProfile(input: $input) { userErrors { code } } }";
        let data = caller.gql(profile, json!({ "input": { "key": "MAIN", "threshold": 50, "criteria": criteria } })).await;
        assert_eq!(data["defineIcpProfile"]["userErrors"], json!([]));
        let period = "period: { from: \"2026-01-01\", to: \"2026-02-01\" }";
        for (of, amount) in [("SPEND", "11.00"), ("CLOSES", "110.00")] {
            let document = format!("{{ icpFit({period}, of: {of}) {{ unpriced parts {{ fit amount {{ amount }} }} }} }}");
            let data = caller.gql(&document, json!({})).await;
            assert_eq!(data["icpFit"]["unpriced"], 0, "{of}");
            assert!(data["icpFit"]["parts"].as_array().unwrap().contains(&json!({ "fit": "UNKNOWN", "amount": { "amount": amount } })), "{of}: {data}");
        }
        let by_tactic = "{ costPerClose(period: { from: \"2026-01-01\", to: \"2026-02-01\" }, by: TACTIC) { lines { creditedValue { amount } cost { amount } }
            rows(side: CLOSES) { nodes { ... on CloseCreditRow { value { amount currency } } } } } }";
        let data = caller.gql(by_tactic, json!({})).await;
        assert_eq!(data["costPerClose"]["lines"], json!([{ "creditedValue": { "amount": "110.00" }, "cost": { "amount": "11.00" } }]));
        assert_eq!(data["costPerClose"]["rows"]["nodes"], json!([{ "value": { "amount": "110.00", "currency": "USD" } }]));
    }

    async fn rates_are_imported(app: TestApp) {
        let acme = app.org("acme").await;
        let files = Files::new();
        let mapping = r##"
source = "ecb"

[[file]]
name = "rates"

[[file.rate]]
base = "{currency}"
day = { value = "{day}", format = "date" }
rate = { value = "{rate}", decimal_separator = "," }
"##;
        let csv = "currency,day,rate\nEUR,2026-01-15,\"1,10\"\nEUR,2026-01-16,\"1,12\"\nEUR,2026-01-17,0\nXXX,2026-01-17,1\n";
        let summary = run_with(&acme, mapping, vec![files.csv("rates.csv", csv)], false).await.unwrap();
        assert_eq!((summary.rows, summary.rejected, counts(&summary)), (4, 2, vec![(Kind::Rate, 2, 0)]));
        let rejects = files.read("rates.csv.rejects.csv");
        assert!(rejects.contains("rate.rate: must be greater than zero"), "{rejects}");
        let again = run_with(&acme, mapping, vec![files.csv("rates.csv", csv)], false).await.unwrap();
        assert_eq!((again.rejected, counts(&again)), (2, vec![(Kind::Rate, 0, 2)]));
        let rates = acme.member(Role::Revops).await.gql(LIST, json!({})).await;
        assert_eq!(listed(&rates), ["2026-01-16 EUR 1.12 1", "2026-01-15 EUR 1.1 1"]);
        assert_eq!((&rates["fxRates"]["nodes"][0]["source"], &rates["fxRates"]["nodes"][0]["quote"]), (&json!("ecb"), &json!("USD")));
    }
}
