//! A calendar, an agreement that both sides signed, and members of both. They are written past the rules by which agreements are
//! made: what is offered under them is what is under test.

use chrono::NaiveDate;
use entity::ids::{
    AgreementClauseId, AgreementVersionId, BusinessCalendarId, CalendarVersionId, MemberId, ServiceAgreementId, TeamId, TypedId,
};
use entity::kinds::{ClauseKind, CommitmentPer, Resource, Role};
use entity::{
    agreement_clause, agreement_end, agreement_signature, agreement_version, business_calendar, calendar_version, service_agreement,
};
use serde_json::{Value, json};
use tandem::auth::Scope;
use tandem::auth::permission::grant::OrganizationManage;
use tandem::organization::service::{AddMember, add_member};

use crate::support::story::{Story, instant, problems};
use crate::support::{Caller, TestApp, rows};

pub const SHOWN: &str = "id state stateSince overDelivery offeredAt answerDueAt rejectReason owner { id }
    clocks { id kind resource state dueAt metAt startedAt steps { kind dueAt firedAt } }";

/// A document of a mutation that shows the handoff.
pub fn mutation(name: &str) -> String {
    let input = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    format!("mutation($input: {input}!) {{ {name}(input: $input) {{ handoff {{ {SHOWN} }} userErrors {{ field code message }} }} }}")
}

/// A document of a mutation that shows the clock.
pub fn of_clock(name: &str) -> String {
    let input = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let shown = "id state dueAt metAt elapsed remaining calendarVersion { number } pauses { from to } events { kind reason } steps { kind dueAt firedAt }";
    format!("mutation($input: {input}!) {{ {name}(input: $input) {{ clock {{ {shown} }} userErrors {{ field code message }} }} }}")
}

/// A clause, without its ids.
#[derive(Clone, Copy)]
pub struct Clause {
    pub kind: ClauseKind,
    pub quantity: Option<i32>,
    pub per: Option<CommitmentPer>,
    pub minutes: Option<i32>,
    pub days: Option<i32>,
}

pub const fn speed(minutes: i32) -> Clause {
    Clause { kind: ClauseKind::Speed, quantity: None, per: None, minutes: Some(minutes), days: None }
}

pub const fn same_day() -> Clause {
    Clause { kind: ClauseKind::Speed, quantity: None, per: None, minutes: None, days: Some(0) }
}

pub const fn depth(attempts: i32, days: i32) -> Clause {
    Clause { kind: ClauseKind::Depth, quantity: Some(attempts), per: None, minutes: None, days: Some(days) }
}

pub const fn acknowledgement(days: i32) -> Clause {
    Clause { kind: ClauseKind::Acknowledgement, quantity: None, per: None, minutes: None, days: Some(days) }
}

pub const fn monthly(quantity: i32) -> Clause {
    Clause { kind: ClauseKind::Volume, quantity: Some(quantity), per: Some(CommitmentPer::Month), minutes: None, days: None }
}

/// What an agreement says.
#[derive(Clone)]
pub struct Agreed {
    pub clauses: Vec<Clause>,
    pub starts_on: &'static str,
    pub ends_on: Option<&'static str>,
    pub ended_on: Option<&'static str>,
    pub counts_over_delivery: bool,
    /// How many sides signed.
    pub signed: usize,
}

impl Agreed {
    pub fn on(clauses: &[Clause]) -> Self {
        let clauses = clauses.to_vec();
        Self { clauses, starts_on: "2026-01-01", ends_on: None, ended_on: None, counts_over_delivery: false, signed: 2 }
    }
}

/// Lisbon, Monday to Friday, 09:00 to 12:00 and 13:00 to 18:00, and not on Good Friday. Who works for both sides.
pub struct Ground<'a> {
    pub story: Story<'a>,
    pub agreement: String,
    pub calendar: BusinessCalendarId,
    pub marketer: MemberId,
    pub marketing_lead: MemberId,
    pub sales_lead: MemberId,
    pub rep: MemberId,
    pub other_rep: MemberId,
    /// Writes to the books of both.
    pub ops: MemberId,
}

impl<'a> Ground<'a> {
    pub async fn begin(app: &'a TestApp, clauses: &[Clause]) -> Self {
        let story = Story::begin(app).await;
        let team: TeamId = TypedId::parse(&story.team("Lisbon", "SALES").await).unwrap();
        let acme = story.acme;
        let of_team = async |role: Role, name: &str| {
            let new = AddMember {
                email: format!("{name}@example.com"),
                name: name.to_owned(),
                role,
                custom_role_id: None,
                resource: Some(Resource::Sales),
                team_id: Some(team),
                idempotency_key: None,
            };
            add_member(&acme.setup().authorize().unwrap(), &new).await.unwrap().id
        };
        let (sales_lead, rep) = (of_team(Role::SalesLead, "lead").await, of_team(Role::SalesRep, "rep").await);
        let other_rep = of_team(Role::SalesRep, "other").await;
        let of_role = async |role: Role| acme.member(role).await.member.unwrap();
        let (marketer, marketing_lead) = (of_role(Role::Marketer).await, of_role(Role::MarketingLead).await);
        let ops = of_role(Role::Revops).await;
        let calendar = calendar(&story, &[("2026-04-03", 1)]).await;
        let mut ground = Self { story, agreement: String::new(), calendar, marketer, marketing_lead, sales_lead, rep, other_rep, ops };
        ground.agreement = ground.agree("Leads", &Agreed::on(clauses)).await;
        ground
    }

    /// An agreement between Marketing and Sales.
    pub async fn agree(&self, name: &str, agreed: &Agreed) -> String {
        let scope: Scope<OrganizationManage> = self.story.acme.setup().authorize().unwrap();
        let (organization_id, recorded_at) = (scope.organization_id(), scope.now());
        let (id, version_id): (ServiceAgreementId, AgreementVersionId) = (scope.next_id(), scope.next_id());
        let day = |day: &str| day.parse::<NaiveDate>().unwrap();
        let tx = scope.write().await.unwrap();
        let agreement = service_agreement::Model {
            organization_id,
            id,
            name: name.to_owned(),
            from_resource: Resource::Marketing,
            to_resource: Resource::Sales,
            recorded_by: None,
            recorded_at,
            version: 1,
        };
        tx.insert::<service_agreement::Entity>(agreement).await.unwrap();
        let version = agreement_version::Model {
            organization_id,
            id: version_id,
            agreement_id: id,
            agreement_version: 1,
            calendar_id: self.calendar,
            starts_on: day(agreed.starts_on),
            ends_on: agreed.ends_on.map(day),
            capacity_bp: 12_000,
            counts_over_delivery: agreed.counts_over_delivery,
            answer_minutes: None,
            answer_days: Some(2),
            recorded_by: None,
            recorded_at,
        };
        tx.insert::<agreement_version::Entity>(version).await.unwrap();
        for (ordinal, clause) in (1..).zip(&agreed.clauses) {
            let has_clock = clause.kind.has_clock();
            let row = agreement_clause::Model {
                organization_id,
                id: scope.next_id::<AgreementClauseId>(),
                version_id,
                ordinal,
                kind: clause.kind,
                quantity: clause.quantity,
                per: clause.per,
                minimum_bp: None,
                within_minutes: clause.minutes,
                within_days: clause.days,
                warn_percent: has_clock.then_some(75),
                escalate_percent: has_clock.then_some(125),
                reassign_percent: has_clock.then_some(150),
                calendar_id: None,
            };
            tx.insert::<agreement_clause::Entity>(row).await.unwrap();
        }
        let sides = [(Resource::Marketing, self.marketing_lead), (Resource::Sales, self.sales_lead)];
        for (side, signed_by) in sides.into_iter().take(agreed.signed) {
            let row = agreement_signature::Model { organization_id, id: scope.next_id(), version_id, side, signed_by, recorded_at };
            tx.insert::<agreement_signature::Entity>(row).await.unwrap();
        }
        if let Some(ends_on) = agreed.ended_on {
            let (ends_on, reason) = (day(ends_on), "over".to_owned());
            let row = agreement_end::Model {
                organization_id,
                id: scope.next_id(),
                agreement_id: id,
                ends_on,
                reason,
                recorded_by: None,
                recorded_at,
            };
            tx.insert::<agreement_end::Entity>(row).await.unwrap();
        }
        tx.commit().await.unwrap();
        id.to_string()
    }

    /// A version of the calendar that has another holiday too.
    pub async fn holiday(&self, number: i32, day: &str) {
        let scope: Scope<OrganizationManage> = self.story.acme.setup().authorize().unwrap();
        let tx = scope.write().await.unwrap();
        version(&scope, &tx, self.calendar, number, &["2026-04-03", day]).await;
        tx.commit().await.unwrap();
    }

    /// A member at an instant. The clock moves there.
    pub fn at(&self, moment: &str, who: MemberId) -> Caller<'a> {
        self.story.app.clock.set(instant(moment));
        self.story.acme.signed_in(who)
    }

    /// A member now.
    pub fn now(&self, who: MemberId) -> Caller<'a> {
        self.story.acme.signed_in(who)
    }

    /// The payload of a mutation.
    pub async fn act(&self, by: &Caller<'_>, document: &str, input: Value) -> Value {
        by.gql(document, json!({ "input": input })).await.as_object_mut().unwrap().values_mut().next().unwrap().take()
    }

    /// What a mutation made or changed.
    pub async fn done(&self, by: &Caller<'_>, document: &str, input: Value) -> Value {
        let mut payload = self.act(by, document, input.clone()).await;
        assert_eq!(payload["userErrors"], json!([]), "{input}");
        payload.as_object_mut().unwrap().values_mut().find(|value| value.is_object()).unwrap().take()
    }

    /// Asserts that an input is refused for one reason and leaves nothing behind.
    pub async fn refused(&self, by: &Caller<'_>, document: &str, input: Value, field: &str, code: &str) {
        let before = rows(self.story.app).await;
        let told = problems(&self.act(by, document, input.clone()).await);
        assert_eq!(told, [(field.to_owned(), code.to_owned())], "{input}");
        assert_eq!(rows(self.story.app).await, before, "{input}");
    }

    /// Somebody Marketing offers to Sales at an instant.
    pub async fn offered(&self, moment: &str, more: Value) -> Value {
        let by = self.at(moment, self.marketer);
        let person = self.story.person(json!({})).await;
        let mut input = json!({ "agreementId": self.agreement, "personId": person });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.done(&by, &mutation("offerHandoff"), input).await
    }

    /// A handoff as it is now, told to who keeps the books.
    pub async fn handoff(&self, id: &Value) -> Value {
        let document = format!("query($id: ID!) {{ handoff(id: $id) {{ {SHOWN} person {{ id }} events {{ kind owner {{ id }} reason note occurredAt recordedAt }}
            owners {{ owner {{ id }} from to }} steps {{ kind dueAt firedAt }} }} }}");
        self.now(self.ops).gql(&document, json!({ "id": id })).await["handoff"].take()
    }

    /// The states of the clocks of a handoff, in the order in which they began.
    pub async fn clocks(&self, id: &Value) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let handoff = self.handoff(id).await;
        handoff["clocks"].as_array().unwrap().iter().map(|clock| (text(&clock["kind"]), text(&clock["state"]))).collect()
    }

    /// The ids of what passes a filter.
    pub async fn listed(&self, root: &str, filter: Value) -> Vec<Value> {
        let kind = if root == "handoffs" { "HandoffFilter" } else { "SlaClockFilter" };
        let document = format!("query($filter: {kind}) {{ {root}(filter: $filter) {{ totalCount nodes {{ id }} }} }}");
        let data = self.now(self.ops).gql(&document, json!({ "filter": filter })).await;
        let found: Vec<Value> = data[root]["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
        assert_eq!(data[root]["totalCount"], found.len());
        found
    }
}

async fn calendar(story: &Story<'_>, days: &[(&str, i32)]) -> BusinessCalendarId {
    let scope: Scope<OrganizationManage> = story.acme.setup().authorize().unwrap();
    let id: BusinessCalendarId = scope.next_id();
    let (organization_id, recorded_at) = (scope.organization_id(), scope.now());
    let tx = scope.write().await.unwrap();
    let row = business_calendar::Model { organization_id, id, name: "Lisbon".to_owned(), recorded_by: None, recorded_at };
    tx.insert::<business_calendar::Entity>(row).await.unwrap();
    let holidays: Vec<&str> = days.iter().map(|(day, _)| *day).collect();
    version(&scope, &tx, id, 1, &holidays).await;
    tx.commit().await.unwrap();
    id
}

async fn version(
    scope: &Scope<OrganizationManage>,
    tx: &tandem::db::TenantWrite,
    calendar_id: BusinessCalendarId,
    number: i32,
    holidays: &[&str],
) {
    let hours = json!([{ "from": "09:00", "to": "12:00" }, { "from": "13:00", "to": "18:00" }]);
    let week = json!([hours, hours, hours, hours, hours, [], []]);
    let days: Vec<Value> = holidays.iter().map(|day| json!({ "day": day, "name": "Holiday", "hours": [] })).collect();
    let row = calendar_version::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id::<CalendarVersionId>(),
        calendar_id,
        calendar_version: number,
        time_zone: "Europe/Lisbon".to_owned(),
        week: week.to_string().parse().unwrap(),
        special_days: json!(days).to_string().parse().unwrap(),
        recorded_by: None,
        recorded_at: scope.now(),
    };
    tx.insert::<calendar_version::Entity>(row).await.unwrap();
}
