//! What may be spent, and what was spent of it.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::{Story, problems, usd};
use crate::support::{Caller, on_both_engines, rows};

const SET: &str = "mutation($input: SetBudgetInput!) { setBudget(input: $input) {
    budget { id owner tactic { name } firstOn lastOn amount { amount currency } note retracted recordedBy { role } } userErrors { field code } } }";
const REVISE: &str = "mutation($input: ReviseBudgetInput!) { reviseBudget(input: $input) {
    budget { id amount { amount } note retracted supersedes { id } } userErrors { field code } } }";
const REPORT: &str = "query($period: PeriodInput!, $asOf: DateTime, $line: String) { budgetReport(period: $period, asOf: $asOf) {
    payPooled unpriced visibility { scope complete }
    lines { key owner tactic { name } budget { amount } spent { amount } left { amount } used { value nullReason } }
    rows(line: $line, first: 100) { totalCount visibility { complete } nodes { line amount { amount } budget { id } costEntry { id } } } } }";

fn budget(owner: &str, amount: &str, more: Value) -> Value {
    let mut input = json!({ "owner": owner, "amount": usd(amount), "firstOn": "2026-01-01", "lastOn": "2026-01-31" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn act(by: &Caller<'_>, document: &str, input: Value) -> Value {
    by.gql(document, json!({ "input": input })).await.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

async fn set(by: &Caller<'_>, input: Value) -> String {
    let payload = act(by, SET, input.clone()).await;
    assert_eq!(payload["userErrors"], json!([]), "{input}");
    payload["budget"]["id"].as_str().unwrap().to_owned()
}

async fn report(by: &Caller<'_>, (from, to): (&str, &str), more: Value) -> Value {
    let mut variables = json!({ "period": { "from": from, "to": to, "timeZone": "UTC" } });
    variables.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    by.gql(REPORT, variables).await["budgetReport"].take()
}

/// Key, budget, spent, left and used of each line.
fn told(report: &Value) -> Vec<[String; 5]> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let lines = report["lines"].as_array().unwrap().iter();
    lines
        .map(|line| {
            [
                text(&line["key"]),
                text(&line["budget"]["amount"]),
                text(&line["spent"]["amount"]),
                text(&line["left"]["amount"]),
                text(&line["used"]["value"]),
            ]
        })
        .collect()
}

fn line(key: &str, figures: [&str; 4]) -> [String; 5] {
    let [budget, spent, left, used] = figures.map(str::to_owned);
    [key.to_owned(), budget, spent, left, used]
}

const JANUARY: (&str, &str) = ("2026-01-01", "2026-02-01");

on_both_engines! {
    async fn what_was_spent_is_set_against_what_may_be(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.at("2026-01-02T00:00:00Z");
        let webinar = story.tactic(json!({ "name": "webinar", "resource": "MARKETING", "channel": "EVENT" })).await;
        let data = act(&books, SET, budget("MARKETING", "3100.00", json!({ "note": " winter ", "idempotencyKey": "k" }))).await;
        let whole = data["budget"].clone();
        assert_eq!(whole, json!({ "id": whole["id"], "owner": "MARKETING", "tactic": null, "firstOn": "2026-01-01", "lastOn": "2026-01-31",
            "amount": usd("3100.00"), "note": "winter", "retracted": false, "recordedBy": { "role": "REVOPS" } }));
        assert_eq!(act(&books, SET, budget("MARKETING", "3100.00", json!({ "note": " winter ", "idempotencyKey": "k" }))).await, data);
        let of_webinar = set(&books, budget("MARKETING", "310.00", json!({ "tacticId": webinar }))).await;
        set(&books, budget("SHARED", "100.00", json!({}))).await;
        let cost = |owner: &str, amount: &str, more: Value| {
            let mut input = json!({ "owner": owner, "category": "MEDIA", "amount": usd(amount), "firstOn": "2026-01-01", "lastOn": "2026-01-31" });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        story.cost_of(cost("MARKETING", "620.00", json!({ "tacticId": webinar }))).await;
        story.cost_of(cost("MARKETING", "930.00", json!({}))).await;
        story.cost_of(cost("SALES", "5000.00", json!({}))).await;
        story.cost_of(cost("MARKETING", "31.00", json!({ "tacticId": webinar, "category": "SALARY" }))).await;
        story.cost_of(cost("MARKETING", "7.00", json!({ "amount": { "amount": "7.00", "currency": "EUR" } }))).await;
        let books = story.at("2026-03-01T00:00:00Z");
        let answer = report(&books, JANUARY, json!({})).await;
        assert_eq!((&answer["payPooled"], &answer["unpriced"]), (&json!(true), &json!(1)));
        assert_eq!(told(&answer), [
            line("MARKETING", ["3100.00", "1581.00", "1519.00", "0.5100"]),
            line(&webinar, ["310.00", "620.00", "-310.00", "2.0000"]),
            line("SHARED", ["100.00", "0.00", "100.00", "0.0000"]),
        ], "what nobody budgeted has no line; one person's pay is not on the line of the tactic");
        assert_eq!(answer["lines"][1]["tactic"]["name"], "webinar");
        // Ten days of it.
        let part = report(&books, ("2026-01-11", "2026-01-21"), json!({})).await;
        assert_eq!(told(&part)[0], line("MARKETING", ["1000.00", "510.00", "490.00", "0.5100"]));
        // Rows add up to their line.
        for (key, budgets, spent) in [("MARKETING", "3100.00", "1581.00"), (webinar.as_str(), "310.00", "620.00")] {
            let answer = report(&books, JANUARY, json!({ "line": key })).await;
            let sum = |of: &str| {
                let rows = answer["rows"]["nodes"].as_array().unwrap().iter().filter(|row| !row[of].is_null());
                rows.map(|row| row["amount"]["amount"].as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap()).sum::<rust_decimal::Decimal>()
            };
            assert_eq!(sum("budget").to_string(), budgets, "{key}");
            // Whoever keeps the books sees no pay of single people: it is in the line of the owner and in no row.
            let hidden: rust_decimal::Decimal = if key == "MARKETING" { "31.00" } else { "0.00" }.parse().unwrap();
            assert_eq!((sum("costEntry") + hidden).to_string(), spent, "{key}");
        }
        assert_eq!(report(&books, JANUARY, json!({})).await["rows"]["totalCount"], 3 + 2 + 1);
        // Who sees pay sees it there too.
        let executive = story.member(Role::Executive).await;
        let answer = report(&executive, JANUARY, json!({})).await;
        assert_eq!((&answer["payPooled"], &told(&answer)[1]), (&json!(false), &line(&webinar, ["310.00", "651.00", "-341.00", "2.1000"])));
        // A revision takes its place, a retraction takes it away, and what was so stays so as of then.
        let books = story.at("2026-03-02T00:00:00Z");
        let revised = act(&books, REVISE, json!({ "budgetId": of_webinar, "amount": usd("620.00"), "note": "more" })).await;
        assert_eq!(revised["budget"]["supersedes"]["id"], json!(of_webinar));
        let books = story.at("2026-03-03T00:00:00Z");
        let taken = act(&books, REVISE, json!({ "budgetId": revised["budget"]["id"], "retract": true })).await;
        assert_eq!((&taken["budget"]["retracted"], &taken["userErrors"]), (&json!(true), &json!([])));
        let before = rows(&app).await;
        for (input, field, code) in [
            (json!({ "budgetId": of_webinar, "amount": usd("1.00") }), "budgetId", "ALREADY_CORRECTED"),
            (json!({ "budgetId": taken["budget"]["id"], "amount": usd("1.00") }), "budgetId", "ALREADY_CORRECTED"),
            (json!({ "budgetId": whole["id"], "retract": true, "amount": usd("1.00") }), "retract", "INVALID"),
            (json!({ "budgetId": whole["id"], "lastOn": "2025-12-31" }), "lastOn", "PERIOD_EMPTY"),
        ] {
            assert_eq!(problems(&act(&books, REVISE, input.clone()).await), [(field.to_owned(), code.to_owned())], "{input}");
        }
        assert_eq!(rows(&app).await, before);
        for (as_of, budget) in [("2026-03-01T12:00:00Z", Some("310.00")), ("2026-03-02T12:00:00Z", Some("620.00")), ("2026-03-03T12:00:00Z", None)] {
            let answer = report(&story.today(), JANUARY, json!({ "asOf": as_of })).await;
            let found = told(&answer).into_iter().find(|line| line[0] == webinar);
            assert_eq!(found.map(|line| line[1].clone()).as_deref(), budget, "{as_of}");
        }
        let listed = "query($filter: BudgetFilter) { budgets(filter: $filter) { totalCount } }";
        for (filter, count) in [(json!({}), 2), (json!({ "includeRevised": true }), 5), (json!({ "owner": "SHARED" }), 1), (json!({ "from": "2026-02-01" }), 0)] {
            assert_eq!(story.today().gql(listed, json!({ "filter": filter })).await["budgets"]["totalCount"], count, "{filter}");
        }
    }

    async fn what_was_spent_on_a_tactic_is_on_its_line_whoever_bears_it(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let webinar = story.tactic(json!({ "name": "webinar", "resource": "MARKETING", "channel": "EVENT" })).await;
        set(&books, budget("MARKETING", "500.00", json!({ "tacticId": webinar }))).await;
        for (owner, amount) in [("SHARED", "300.00"), ("SALES", "100.00"), ("MARKETING", "50.00")] {
            let cost = json!({ "owner": owner, "category": "MEDIA", "amount": usd(amount), "firstOn": "2026-01-01", "lastOn": "2026-01-31", "tacticId": webinar });
            story.cost_of(cost).await;
        }
        let answer = report(&books, JANUARY, json!({})).await;
        assert_eq!(told(&answer), [line(&webinar, ["500.00", "450.00", "50.00", "0.9000"])]);
        assert_eq!(answer["rows"]["totalCount"], 1 + 3);
        let by_tactic = "{ costPerClose(period: { from: \"2026-01-01\", to: \"2026-02-01\", timeZone: \"UTC\" }, by: TACTIC) { lines { key cost { amount } } } }";
        let costs = books.gql(by_tactic, json!({})).await;
        assert_eq!(costs["costPerClose"]["lines"], json!([{ "key": webinar, "cost": { "amount": "450.00" } }]), "both answers say the same");
    }

    async fn budgets_are_in_the_currency_they_were_set_in(app: TestApp) {
        let story = Story::begin(&app).await;
        let admin = story.member(Role::Admin).await;
        let revise = "mutation($to: CurrencyCode!) { reviseOrganization(input: { baseCurrency: $to }) { userErrors { field code } } }";
        for currency in ["JPY", "USD"] {
            assert_eq!(problems(&admin.gql(revise, json!({ "to": currency })).await["reviseOrganization"]), [], "nothing is planned yet");
        }
        set(&story.today(), budget("MARKETING", "500.00", json!({}))).await;
        let refused = admin.gql(revise, json!({ "to": "JPY" })).await;
        assert_eq!(problems(&refused["reviseOrganization"]), [("baseCurrency".to_owned(), "FIXED".to_owned())]);
    }

    async fn budgets_are_checked_and_set_by_those_who_do_not_spend_them(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let webinar = story.tactic(json!({ "name": "webinar", "resource": "MARKETING", "channel": "EVENT" })).await;
        let whole = set(&books, budget("MARKETING", "1.00", json!({}))).await;
        set(&books, budget("SALES", "2.00", json!({}))).await;
        let before = rows(&app).await;
        for (input, field, code) in [
            (budget("SALES", "-1.00", json!({})), "amount.amount", "INVALID_AMOUNT"),
            (budget("SALES", "1.00", json!({ "amount": { "amount": "1.00", "currency": "EUR" } })), "amount.currency", "INVALID"),
            (budget("SALES", "1.00", json!({ "lastOn": "2025-12-31" })), "lastOn", "PERIOD_EMPTY"),
            (budget("SALES", "1.00", json!({ "tacticId": webinar })), "tacticId", "INVALID"),
            (budget("SALES", "1.00", json!({ "tacticId": "tac_00000000000000000000000001" })), "tacticId", "NOT_FOUND"),
            (budget("SALES", "1.00", json!({ "firstOn": "1969-12-31" })), "firstOn", "DATE_OUT_OF_RANGE"),
        ] {
            assert_eq!(problems(&act(&books, SET, input.clone()).await), [(field.to_owned(), code.to_owned())], "{input}");
        }
        assert_eq!(rows(&app).await, before);
        let lead = story.member(Role::MarketingLead).await;
        let before = rows(&app).await;
        for (document, input) in [(SET, budget("MARKETING", "1.00", json!({}))), (REVISE, json!({ "budgetId": whole, "retract": true }))] {
            assert_eq!(lead.refused(document, json!({ "input": input })).await, "FORBIDDEN");
        }
        assert_eq!(rows(&app).await, before);
        // A lead sees the totals, and the budgets of their own resource.
        let answer = report(&lead, JANUARY, json!({})).await;
        assert_eq!(answer["lines"].as_array().unwrap().len(), 2);
        assert_eq!((&answer["rows"]["totalCount"], &answer["rows"]["visibility"]["complete"]), (&json!(1), &json!(false)));
        let listed = lead.gql("{ budgets { nodes { id } } }", json!({})).await;
        assert_eq!(listed["budgets"]["nodes"], json!([{ "id": whole }]));
        let wrong = lead.refused(REPORT, json!({ "period": { "from": "2026-01-01", "to": "2026-02-01" }, "line": "NOBODY" })).await;
        assert_eq!(wrong, "BAD_USER_INPUT");
    }
}
