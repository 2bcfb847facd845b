//! What two resources owe each other: the hours it is reckoned by, what both sides signed, handoffs, and the clocks that run for them.

mod attempts;
mod calendars;
mod clocks;
mod falling_due;
mod ground;
mod handoffs;
mod life;
mod listening;
mod refusals;

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::{Story, problems};
use crate::support::{Caller, TestApp, rows};

pub const DEFINE_CALENDAR: &str = "mutation($input: DefineCalendarInput!) { defineCalendar(input: $input) {
    calendar { id version } userErrors { field code message } } }";
pub const REVISE_CALENDAR: &str = "mutation($input: ReviseCalendarInput!) { reviseCalendar(input: $input) {
    calendar { id version } userErrors { field code message } } }";
pub const IMPORT: &str = "mutation($input: ImportHolidaysInput!) { importHolidays(input: $input) {
    holidays { imported alreadyKnown leftOut calendar { id version } } userErrors { field code message } } }";
pub const DRAFT: &str = "mutation($input: DraftAgreementInput!) { draftAgreement(input: $input) {
    agreement { id state version } userErrors { field code message } } }";
pub const AMEND: &str = "mutation($input: AmendAgreementInput!) { amendAgreement(input: $input) {
    agreement { id state version } userErrors { field code message } } }";
pub const SIGN: &str = "mutation($input: SignAgreementInput!) { signAgreement(input: $input) {
    agreement { id state version } userErrors { field code message } } }";
pub const END: &str = "mutation($input: EndAgreementInput!) { endAgreement(input: $input) {
    agreement { id state version end { endsOn reason } } userErrors { field code message } } }";

/// The payload of a mutation.
async fn act(by: &Caller<'_>, document: &str, input: Value) -> Value {
    by.gql(document, json!({ "input": input })).await.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

/// What a mutation made or changed.
async fn done(by: &Caller<'_>, document: &str, input: Value) -> Value {
    let mut payload = act(by, document, input.clone()).await;
    assert_eq!(payload["userErrors"], json!([]), "{input}");
    payload.as_object_mut().unwrap().values_mut().find(|value| value.is_object()).unwrap().take()
}

/// The id of what a mutation made.
async fn made(by: &Caller<'_>, document: &str, input: Value) -> String {
    done(by, document, input).await["id"].as_str().unwrap().to_owned()
}

/// Asserts that an input is refused for some reasons and leaves nothing behind.
async fn refused(app: &TestApp, by: &Caller<'_>, document: &str, input: Value, reasons: &[(&str, &str)]) {
    let before = rows(app).await;
    let told = problems(&act(by, document, input.clone()).await);
    let reasons: Vec<(String, String)> = reasons.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect();
    assert_eq!(told, reasons, "{input}");
    assert_eq!(rows(app).await, before, "{input}");
}

/// How few statements a question takes, of some tries: where others keep the machine busy, a batch may be cut in two.
async fn fewest_statements(app: &TestApp, by: &Caller<'_>, document: &str, variables: Value) -> u64 {
    let mut fewest = u64::MAX;
    for _ in 0..5 {
        let before = app.statements();
        by.gql(document, variables.clone()).await;
        fewest = fewest.min(app.statements() - before);
    }
    fewest
}

/// Something of an input, changed.
fn with(mut input: Value, more: Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// Something of an input, left out.
fn without(mut input: Value, key: &str) -> Value {
    input.as_object_mut().unwrap().remove(key);
    input
}

fn hours(from: &str, to: &str) -> Value {
    json!({ "from": from, "to": to })
}

/// The calendar of the worked example: Lisbon, from nine to six with an hour for lunch.
fn lisbon() -> Value {
    let hours = json!([hours("13:00", "18:00"), hours("09:00", "12:00")]);
    let week: Vec<Value> =
        ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"].iter().map(|day| json!({ "weekday": day, "hours": hours })).collect();
    json!({ "name": "Lisbon", "timeZone": "Europe/Lisbon", "week": week,
        "specialDays": [{ "day": "2026-04-03", "name": "Sexta-feira Santa" }] })
}

/// The leads of two sides, at an instant.
struct Sides<'a> {
    marketing: Caller<'a>,
    sales: Caller<'a>,
}

impl<'a> Sides<'a> {
    async fn at(story: &Story<'a>, moment: &str) -> Self {
        let (marketing, sales) = (story.acme.member(Role::MarketingLead).await, story.acme.member(Role::SalesLead).await);
        Self { marketing, sales }.later(story, moment)
    }

    /// The same two, at another instant.
    fn later(self, story: &Story<'a>, moment: &str) -> Self {
        story.at(moment);
        let again = |caller: &Caller<'a>| story.acme.signed_in(caller.member.unwrap());
        Self { marketing: again(&self.marketing), sales: again(&self.sales) }
    }
}

/// What the worked example agrees on.
fn terms(calendar: &str) -> Value {
    json!({ "calendarId": calendar, "startsOn": "2026-03-01", "clauses": [
        { "kind": "VOLUME", "quantity": 100, "per": "MONTH" },
        { "kind": "QUALITY", "minimumShare": "0.8" },
        { "kind": "SPEED", "within": { "days": 0 } },
        { "kind": "SPEED", "within": { "minutes": 240 }, "warnPercent": 50, "escalatePercent": null, "reassignPercent": 200 },
        { "kind": "DEPTH", "quantity": 5, "within": { "days": 10 }, "warnPercent": null },
        { "kind": "ACKNOWLEDGEMENT", "within": { "days": 2 } },
    ] })
}

/// The same as a new agreement of Marketing with Sales.
fn agreement(calendar: &str) -> Value {
    with(terms(calendar), json!({ "name": "Leads", "fromResource": "MARKETING", "toResource": "SALES" }))
}
