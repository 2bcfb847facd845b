//! The funnel through the API.
//!
//! What happened is written row by row and not through mutations: a story says when each row was recorded, which the API
//! rightly takes from the clock.

mod breakdown;
mod drill_down;
mod known;
mod modes;
mod refusals;
mod split;
mod stage_time;
mod time;
mod trend;

use std::collections::HashMap;

use entity::ids::{AccountId, PersonId, StageEventId, StageId, TacticId, TeamId, TouchId, TypedId};
use entity::kinds::{ActorKind, Channel, PersonKind, Resource, Role, TouchKind};
use entity::time::Timestamp;
use entity::{account, person, stage_event, tactic, team, touch};
use serde_json::{Value, json};
use tandem::auth::Scope;
use tandem::auth::permission::grant::StageWrite;
use tandem::journey::service::pipeline;

use crate::support::{Caller, TestOrganization};

/// The stages of the worked example: LEAD, MQL, OPP and CLOSE by the names of the default pipeline.
const STEPS: [&str; 4] = ["KNOWN", "QUALIFIED", "OPPORTUNITY", "CLOSED"];

/// G7 of `metrics.md`.
const HISTORY: &[(&str, &str, &str)] = &[
    ("A", "KNOWN", "2026-01-02"),
    ("A", "QUALIFIED", "2026-01-05"),
    ("A", "OPPORTUNITY", "2026-01-20"),
    ("A", "CLOSED", "2026-02-10"),
    ("B", "KNOWN", "2026-01-03"),
    ("B", "QUALIFIED", "2026-01-10"),
    ("B", "OPPORTUNITY", "2026-02-20"),
    ("C", "KNOWN", "2026-01-04"),
    ("C", "CLOSED", "2026-01-06"),
    ("D", "KNOWN", "2026-01-10"),
    ("D", "QUALIFIED", "2026-01-12"),
    ("D", "KNOWN", "2026-01-20"),
    ("D", "QUALIFIED", "2026-02-01"),
    ("E", "KNOWN", "2026-01-31"),
    ("F", "KNOWN", "2025-12-20"),
    ("F", "QUALIFIED", "2026-01-03"),
    ("F", "OPPORTUNITY", "2026-01-15"),
    ("F", "CLOSED", "2026-01-30"),
];

/// The variables of a question about the cohort of January, as seen at the end of February.
fn january() -> Value {
    json!({
        "period": { "from": "2026-01-01", "to": "2026-02-01", "timeZone": "UTC" },
        "stages": STEPS, "window": "P45D", "asOf": "2026-02-28T00:00:00Z",
    })
}

/// Variables with some others in place of, or beside, them; null takes one away.
fn with(mut variables: Value, others: Value) -> Value {
    for (name, value) in others.as_object().unwrap() {
        variables[name] = value.clone();
    }
    variables.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    variables
}

const ARGUMENTS: &str = "$period: PeriodInput!, $pipeline: ID, $mode: FunnelMode! = COHORT, $order: FunnelOrder! = REACHED_OR_PASSED, \
    $stages: [String!], $subject: FunnelSubject! = PERSON, $window: Duration, $stepWindows: [FunnelStepWindowInput!], \
    $breakdown: FunnelBreakdownInput, $exclusions: [FunnelExclusionInput!], $asOf: DateTime";

const PASSED_ON: &str = "period: $period, pipeline: $pipeline, mode: $mode, order: $order, stages: $stages, subject: $subject, window: $window, \
    stepWindows: $stepWindows, breakdown: $breakdown, exclusions: $exclusions, asOf: $asOf";

/// A document that asks the funnel for some fields.
fn funnel(fields: &str) -> String {
    format!("query({ARGUMENTS}) {{ funnel({PASSED_ON}) {{ {fields} }} }}")
}

/// A document that asks the trend for some fields of each point.
fn trend(grain: &str, fields: &str) -> String {
    format!("query({ARGUMENTS}) {{ funnelTrend({PASSED_ON}, grain: {grain}) {{ points {{ {fields} }} }} }}")
}

/// Asks the funnel for some fields.
async fn ask(caller: &Caller<'_>, fields: &str, variables: Value) -> Value {
    caller.gql(&funnel(fields), variables).await["funnel"].take()
}

/// The subjects counted at each step.
async fn entered(caller: &Caller<'_>, variables: Value) -> Value {
    column(&ask(caller, "steps { entered }", variables).await["steps"], "/entered")
}

/// One value of each object of a list.
fn column(list: &Value, pointer: &str) -> Value {
    list.as_array().unwrap().iter().map(|item| item.pointer(pointer).cloned().unwrap_or_default()).collect()
}

/// A date (midnight) or an instant, in UTC.
fn at(text: &str) -> Timestamp {
    let text = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
    text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
}

/// What happened in an organization, while it is being told.
struct Story<'a> {
    organization: TestOrganization<'a>,
    scope: Scope<StageWrite>,
    pipeline: entity::pipeline::Model,
    stages: HashMap<String, StageId>,
    people: HashMap<String, PersonId>,
}

/// A stage event to be told.
#[derive(Clone)]
struct Event {
    stage: &'static str,
    at: Timestamp,
    recorded_at: Timestamp,
    backdated: bool,
    supersedes: Option<StageEventId>,
    retracted: bool,
}

/// An event that was recorded when it happened.
fn event(stage: &'static str, when: &str) -> Event {
    let at = at(when);
    Event { stage, at, recorded_at: at, backdated: false, supersedes: None, retracted: false }
}

impl Event {
    fn recorded(self, when: &str) -> Self {
        Self { recorded_at: at(when), ..self }
    }

    fn backdated(self) -> Self {
        Self { backdated: true, ..self }
    }

    fn correcting(self, event: StageEventId) -> Self {
        Self { supersedes: Some(event), ..self }
    }

    fn retracting(self, event: StageEventId) -> Self {
        Self { supersedes: Some(event), retracted: true, ..self }
    }
}

impl<'a> Story<'a> {
    /// Begins a story in an organization.
    async fn of(organization: TestOrganization<'a>) -> Self {
        let scope: Scope<StageWrite> = organization.setup().authorize().unwrap();
        let catalogue = pipeline(&scope.also().unwrap(), None).await.unwrap();
        let stages = catalogue.stages.iter().map(|stage| (stage.key.clone(), stage.id)).collect();
        Self { organization, scope, pipeline: catalogue.pipeline, stages, people: HashMap::new() }
    }

    /// The story of the worked example.
    async fn of_g7(organization: TestOrganization<'a>) -> Self {
        let mut story = Self::of(organization).await;
        for name in ["A", "B", "C", "D", "E", "F"] {
            story.person(name).await;
        }
        for (name, stage, when) in HISTORY {
            story.tell(name, event(stage, when)).await;
        }
        story
    }

    /// Somebody who may read the funnel and everybody in it, and write nothing.
    async fn reader(&self) -> Caller<'a> {
        self.organization.member(Role::Executive).await
    }

    async fn person(&mut self, name: &str) -> PersonId {
        let id = self.scope.next_id();
        self.people.insert(name.to_owned(), id);
        let tx = self.scope.write().await.unwrap();
        tx.insert_many::<person::Entity>(&[self.anonymous(id)]).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    fn anonymous(&self, id: PersonId) -> person::Model {
        person::Model {
            organization_id: self.organization.id,
            id,
            kind: PersonKind::Anonymous,
            name: None,
            email: None,
            account_id: None,
            known_at: None,
            owner_id: None,
            source: None,
            external_id: None,
            search_key: String::new(),
            erased_at: None,
            recorded_at: self.scope.now(),
            version: 1,
        }
    }

    async fn account(&self, name: &str) -> AccountId {
        let id = self.scope.next_id();
        let row = account::Model {
            organization_id: self.organization.id,
            id,
            name: name.to_owned(),
            domain: None,
            generated_at: None,
            owner_id: None,
            source: None,
            external_id: None,
            search_key: name.to_lowercase(),
            recorded_at: self.scope.now(),
            version: 1,
        };
        let tx = self.scope.write().await.unwrap();
        tx.insert::<account::Entity>(row).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    fn event_row(&self, person: Option<PersonId>, account: Option<AccountId>, event: &Event) -> stage_event::Model {
        stage_event::Model {
            organization_id: self.organization.id,
            id: self.scope.next_id(),
            pipeline_id: self.pipeline.id,
            stage_id: self.stages[event.stage],
            from_stage_id: None,
            person_id: person,
            account_id: account,
            occurred_at: event.at,
            backdated: event.backdated,
            reason: None,
            recorded_by: None,
            supersedes_id: event.supersedes,
            retracted: event.retracted,
            source: None,
            external_id: None,
            recorded_at: event.recorded_at,
        }
    }

    async fn write(&self, rows: Vec<stage_event::Model>) {
        let tx = self.scope.write().await.unwrap();
        tx.insert_many::<stage_event::Entity>(&rows).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A person enters a stage.
    async fn tell(&self, name: &str, event: Event) -> StageEventId {
        let row = self.event_row(Some(self.people[name]), None, &event);
        let id = row.id;
        self.write(vec![row]).await;
        id
    }

    /// An account enters a stage.
    async fn tell_of_account(&self, account: AccountId, event: Event) {
        self.write(vec![self.event_row(None, Some(account), &event)]).await;
    }

    fn touch(&self, channel: Channel, when: &str) -> touch::Model {
        touch::Model {
            organization_id: self.organization.id,
            id: self.scope.next_id(),
            occurred_at: at(when),
            kind: TouchKind::Visit,
            channel,
            actor_kind: ActorKind::Campaign,
            resource: Resource::Marketing,
            direction: None,
            tactic_id: None,
            content_id: None,
            person_id: None,
            account_id: None,
            supersedes_id: None,
            retracted: false,
            source: None,
            external_id: None,
            recorded_at: at(when),
        }
    }

    async fn write_touch(&self, touch: touch::Model) -> TouchId {
        let id = touch.id;
        let tx = self.scope.write().await.unwrap();
        tx.insert::<touch::Entity>(touch).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A person is touched.
    async fn touched(&self, name: &str, channel: Channel, when: &str) -> TouchId {
        self.write_touch(touch::Model { person_id: Some(self.people[name]), ..self.touch(channel, when) }).await
    }

    /// A tactic of Marketing, run by a team of its own where one is named.
    async fn tactic(&self, name: &str, team_name: Option<&str>) -> (TacticId, Option<TeamId>) {
        let tx = self.scope.write().await.unwrap();
        let team_id = team_name.map(|_| self.scope.next_id());
        if let (Some(id), Some(name)) = (team_id, team_name) {
            let resources = [Resource::Marketing].into_iter().collect();
            let (organization_id, recorded_at) = (self.organization.id, self.scope.now());
            let row = team::Model { organization_id, id, name: name.to_owned(), parent_id: None, resources, recorded_at, version: 1 };
            tx.insert::<team::Entity>(row).await.unwrap();
        }
        let id = self.scope.next_id();
        let row = tactic::Model {
            organization_id: self.organization.id,
            id,
            name: name.to_owned(),
            resource: Resource::Marketing,
            channel: Channel::Email,
            team_id,
            starts_on: None,
            ends_on: None,
            owner_id: None,
            source: None,
            external_id: None,
            recorded_at: self.scope.now(),
            version: 1,
        };
        tx.insert::<tactic::Entity>(row).await.unwrap();
        tx.commit().await.unwrap();
        (id, team_id)
    }

    /// The ids of people as the API shows them.
    fn ids(&self, names: &[&str]) -> Value {
        names.iter().map(|name| json!(self.people[*name].to_string())).collect()
    }

    /// The name of the person an id of the API stands for.
    fn name(&self, id: &Value) -> String {
        let id = PersonId::parse(id.as_str().unwrap()).unwrap();
        self.people.iter().find(|(_, person)| **person == id).unwrap().0.clone()
    }
}
