//! How both sides keep an agreement, what falls due, and what they tell each other.

mod insights;
mod scheduler;
mod status;
mod told;

use entity::ids::MemberId;
use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::{Story, instant};
use crate::support::{Caller, TestApp, TestOrganization};

const DEFINE_CALENDAR: &str = "mutation($input: DefineCalendarInput!) { defineCalendar(input: $input) {
    calendar { id } userErrors { field code message } } }";
const DRAFT: &str = "mutation($input: DraftAgreementInput!) { draftAgreement(input: $input) {
    agreement { id version } userErrors { field code message } } }";
const SIGN: &str = "mutation($input: SignAgreementInput!) { signAgreement(input: $input) {
    agreement { id state } userErrors { field code message } } }";
const OFFER_MANY: &str = "mutation($input: OfferHandoffsInput!) { offerHandoffs(input: $input) {
    results { outcome handoff { id clocks { id kind } } userErrors { field code message } } userErrors { field code message } } }";
const OFFER: &str = "mutation($input: OfferHandoffInput!) { offerHandoff(input: $input) {
    handoff { id } userErrors { field code message } } }";
const ACCEPT: &str = "mutation($input: AcceptHandoffInput!) { acceptHandoff(input: $input) {
    handoff { id } userErrors { field code message } } }";
const RECYCLE: &str = "mutation($input: RecycleHandoffInput!) { recycleHandoff(input: $input) {
    handoff { id } userErrors { field code message } } }";
const REJECT: &str = "mutation($input: RejectHandoffInput!) { rejectHandoff(input: $input) {
    handoff { id state } userErrors { field code message } } }";
const CANCEL_CLOCK: &str = "mutation($input: CancelClockInput!) { cancelClock(input: $input) {
    clock { id state } userErrors { field code message } } }";
const LOG: &str =
    "mutation($input: LogActivityInput!) { logActivity(input: $input) { activity { id } userErrors { field code message } } }";
const RECORD_PEOPLE: &str = "mutation($input: RecordPeopleInput!) { recordPeople(input: $input) {
    results { person { id } userErrors { code } } userErrors { code } } }";

/// The payload of a mutation that nothing was wrong with.
async fn done(by: &Caller<'_>, document: &str, input: Value) -> Value {
    let mut data = by.gql(document, json!({ "input": input })).await;
    let payload = data.as_object_mut().unwrap().values_mut().next().unwrap().take();
    assert_eq!(payload["userErrors"], json!([]), "{input}");
    payload
}

/// A handoff, and the person it is about.
#[derive(Clone, Debug)]
struct Lead {
    person: String,
    handoff: String,
    /// The clock of the first clause that has one.
    clock: String,
}

/// An organization where Marketing owes a hundred leads a month and Sales owes contact within four business hours of Lisbon: Monday to
/// Friday from 9 to 12 and from 13 to 18.
struct Agreed<'a> {
    story: Story<'a>,
    agreement: String,
    books: MemberId,
    marketing: MemberId,
    sales: MemberId,
    seller: MemberId,
}

impl<'a> Agreed<'a> {
    async fn begin(app: &'a TestApp) -> Self {
        let speed = json!({ "kind": "SPEED", "within": { "minutes": 240 } });
        Self::with(app, json!([{ "kind": "VOLUME", "quantity": 100, "per": "MONTH" }, { "kind": "QUALITY", "minimumShare": "0.8" }, speed]))
            .await
    }

    async fn with(app: &'a TestApp, clauses: Value) -> Self {
        let story = Story::begin(app).await;
        let acme = story.acme;
        app.clock.set(instant("2026-01-02T12:00:00Z"));
        let new = |role| async move { acme.member(role).await.member.unwrap() };
        let (marketing, sales, seller) = (new(Role::MarketingLead).await, new(Role::SalesLead).await, new(Role::SalesRep).await);
        let books = new(Role::Revops).await;
        let desk = acme.signed_in(books);
        let hours = json!([{ "from": "09:00", "to": "12:00" }, { "from": "13:00", "to": "18:00" }]);
        let week: Vec<Value> =
            ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"].map(|day| json!({ "weekday": day, "hours": hours })).to_vec();
        let calendar = json!({
            "name": "Lisbon", "timeZone": "Europe/Lisbon", "week": week, "specialDays": [{ "day": "2026-04-03", "name": "Good Friday" }],
        });
        let calendar = done(&desk, DEFINE_CALENDAR, calendar).await["calendar"]["id"].clone();
        let draft = json!({
            "name": "Leads for contact", "fromResource": "MARKETING", "toResource": "SALES", "calendarId": calendar,
            "startsOn": "2026-03-01", "clauses": clauses,
        });
        let agreement = done(&desk, DRAFT, draft).await["agreement"]["id"].as_str().unwrap().to_owned();
        for (member, side) in [(marketing, "MARKETING"), (sales, "SALES")] {
            done(&acme.signed_in(member), SIGN, json!({ "agreementId": agreement, "side": side, "expectedVersion": 1 })).await;
        }
        Self { story, agreement, books, marketing, sales, seller }
    }

    const fn acme(&self) -> TestOrganization<'a> {
        self.story.acme
    }

    fn app(&self) -> &'a TestApp {
        self.story.app
    }

    /// A member at an instant. The clock moves there.
    fn by(&self, member: MemberId, moment: &str) -> Caller<'a> {
        self.app().clock.set(instant(moment));
        self.acme().signed_in(member)
    }

    fn desk(&self, moment: &str) -> Caller<'a> {
        self.by(self.books, moment)
    }

    /// So many people handed to the seller at an instant; `more` says what each has besides.
    async fn leads(&self, count: usize, moment: &str, more: Value) -> Vec<Lead> {
        let desk = self.desk(moment);
        let people: Vec<Value> = (0..count).map(|_| json!({})).collect();
        let people = done(&desk, RECORD_PEOPLE, json!({ "items": people })).await;
        let people: Vec<String> =
            people["results"].as_array().unwrap().iter().map(|result| result["person"]["id"].as_str().unwrap().to_owned()).collect();
        let item = |person: &String| {
            let mut item = json!({ "agreementId": self.agreement, "personId": person, "ownerId": self.seller.to_string() });
            item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            item
        };
        let items: Vec<Value> = people.iter().map(item).collect();
        let offered = done(&self.by(self.marketing, moment), OFFER_MANY, json!({ "items": items })).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let lead = |(person, result): (String, &Value)| {
            assert_eq!(result["outcome"], "RECORDED", "{result}");
            let handoff = &result["handoff"];
            Lead { person, handoff: text(&handoff["id"]), clock: text(&handoff["clocks"][0]["id"]) }
        };
        people.into_iter().zip(offered["results"].as_array().unwrap()).map(lead).collect()
    }

    /// The seller calls at an instant.
    async fn call(&self, leads: &[Lead], moment: &str) {
        let seller = self.by(self.books, moment);
        for lead in leads {
            let input = json!({
                "kind": "CALL", "subject": "First call", "personId": lead.person, "ownerId": self.seller.to_string(), "outcome": "NOT_REACHED",
            });
            done(&seller, LOG, input).await;
        }
    }

    async fn reject(&self, leads: &[Lead], reason: &str, moment: &str) {
        let seller = self.by(self.seller, moment);
        for lead in leads {
            done(&seller, REJECT, json!({ "handoffId": lead.handoff, "reason": reason })).await;
        }
    }

    async fn status(&self, moment: &str, arguments: &str, fields: &str) -> Value {
        let document = format!("query($id: ID!) {{ slaStatus(agreementId: $id, {arguments}) {{ {fields} }} }}");
        self.desk(moment).gql(&document, json!({ "id": self.agreement })).await["slaStatus"].take()
    }
}
