//! How a row becomes a record: one recipe for each `[[file.KIND]]`.

use entity::kinds::{ActorKind, Channel, ClosePath, CostCategory, CostOwner, Direction, Resource, TouchKind};
use entity::money::CurrencyCode;
use entity::time::Timestamp;

use super::Setting;
use super::field::{Amount, Choice, Closed, Currency, Field, Fields, Moment, Reference};
use super::rate::Rate;
use super::staff::{Attribute, Member, Segment, Team};
use super::template::Values;
use crate::error::Problem;
use crate::ingest::record::{
    AccountRecord, CloseRecord, CostRecord, Kind, PersonRecord, Record, StageEventRecord, TacticRecord, TouchRecord,
};
use crate::input::ExternalId;

/// The problems of a record; a row tells all of them.
pub(super) type Made = Result<Record, Problem>;

/// How a row becomes a record of one kind.
#[derive(Debug)]
pub(super) enum Recipe {
    Team(Team),
    Member(Member),
    Account(Account),
    Person(Person),
    Tactic(Tactic),
    Touch(Box<Touch>),
    StageEvent(StageEvent),
    Close(Box<Close>),
    Attribute(Attribute),
    Segment(Segment),
    Cost(Box<Cost>),
    Rate(Box<Rate>),
}

impl Recipe {
    pub(super) fn parse(kind: Kind, fields: &mut Fields<'_, '_>) -> Option<Self> {
        match kind {
            Kind::Team => Team::parse(fields).map(Self::Team),
            Kind::Member => Member::parse(fields).map(Self::Member),
            Kind::Account => Account::parse(fields).map(Self::Account),
            Kind::Person => Person::parse(fields).map(Self::Person),
            Kind::Tactic => Tactic::parse(fields).map(Self::Tactic),
            Kind::Touch => Touch::parse(fields).map(Box::new).map(Self::Touch),
            Kind::StageEvent => StageEvent::parse(fields).map(Self::StageEvent),
            Kind::Close => Close::parse(fields).map(Box::new).map(Self::Close),
            Kind::Attribute => Attribute::parse(fields).map(Self::Attribute),
            Kind::Segment => Segment::parse(fields).map(Self::Segment),
            Kind::Cost => Cost::parse(fields).map(Box::new).map(Self::Cost),
            Kind::Rate => Rate::parse(fields).map(Box::new).map(Self::Rate),
        }
    }

    pub(super) fn make<'a>(&'a self, values: &impl Values<'a>, setting: &Setting<'_>) -> Made {
        match self {
            Self::Team(recipe) => recipe.make(values),
            Self::Member(recipe) => recipe.make(values),
            Self::Account(recipe) => recipe.make(values, setting),
            Self::Person(recipe) => recipe.make(values, setting),
            Self::Tactic(recipe) => recipe.make(values, setting),
            Self::Touch(recipe) => recipe.make(values, setting),
            Self::StageEvent(recipe) => recipe.make(values, setting),
            Self::Close(recipe) => recipe.make(values, setting),
            Self::Attribute(recipe) => recipe.make(values, setting),
            Self::Segment(recipe) => recipe.make(values),
            Self::Cost(recipe) => recipe.make(values, setting),
            Self::Rate(recipe) => recipe.make(values, setting),
        }
    }
}

/// The text of a field that may be missing from the mapping, or empty in the row.
pub(super) fn text<'a>(field: Option<&'a Field>, values: &impl Values<'a>) -> Option<String> {
    field.and_then(|field| field.optional(values)).map(std::borrow::Cow::into_owned)
}

/// The reference of a field that may be missing from the mapping, or empty in the row.
fn reference<'a>(field: Option<&'a Reference>, values: &impl Values<'a>, setting: &Setting<'_>) -> Result<Option<ExternalId>, Problem> {
    field.map_or(Ok(None), |field| field.optional(values, setting.source))
}

/// The moment of a field that may be missing from the mapping, or empty in the row.
fn moment<'a>(field: Option<&'a Moment>, values: &impl Values<'a>, setting: &Setting<'_>) -> Result<Option<Timestamp>, Problem> {
    field.map_or(Ok(None), |field| field.optional(values, setting.time_zone, setting.now))
}

/// The choice of a field that may be missing from the mapping, or empty in the row.
fn choice<'a, T: Closed>(field: Option<&'a Choice<T>>, values: &impl Values<'a>) -> Result<Option<T>, Problem> {
    field.map_or(Ok(None), |field| field.optional(values))
}

/// The currency of a field that may be missing from the mapping, or empty in the row.
pub(super) fn currency<'a>(field: Option<&'a Currency>, values: &impl Values<'a>, setting: &Setting<'_>) -> Result<CurrencyCode, Problem> {
    field.map_or(Ok(None), |field| field.optional(values)).map(|currency| currency.unwrap_or(setting.currency))
}

#[derive(Debug)]
pub(super) struct Account {
    id: Reference,
    name: Field,
    domain: Option<Field>,
    owner: Option<Field>,
}

impl Account {
    fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let id = fields.require("id", Fields::reference);
        let name = fields.require("name", Fields::text);
        let (domain, owner) = (fields.text("domain"), fields.text("owner"));
        Some(Self { id: id?, name: name?, domain, owner })
    }

    fn make<'a>(&'a self, values: &impl Values<'a>, setting: &Setting<'_>) -> Made {
        Ok(Record::Account(AccountRecord {
            id: self.id.required(values, setting.source)?,
            name: self.name.required(values)?.into_owned(),
            domain: text(self.domain.as_ref(), values),
            owner: text(self.owner.as_ref(), values),
        }))
    }
}

#[derive(Debug)]
pub(super) struct Person {
    id: Reference,
    known_at: Option<Moment>,
    name: Option<Field>,
    email: Option<Field>,
    account: Option<Reference>,
    owner: Option<Field>,
}

impl Person {
    fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let id = fields.require("id", Fields::reference);
        let known_at = fields.moment("known_at");
        let (name, email, account) = (fields.text("name"), fields.text("email"), fields.reference("account"));
        let owner = fields.text("owner");
        Some(Self { id: id?, known_at, name, email, account, owner })
    }

    fn make<'a>(&'a self, values: &impl Values<'a>, setting: &Setting<'_>) -> Made {
        Ok(Record::Person(PersonRecord {
            id: self.id.required(values, setting.source)?,
            known_at: moment(self.known_at.as_ref(), values, setting)?,
            name: text(self.name.as_ref(), values),
            email: text(self.email.as_ref(), values),
            account: reference(self.account.as_ref(), values, setting)?,
            owner: text(self.owner.as_ref(), values),
        }))
    }
}

#[derive(Debug)]
pub(super) struct Tactic {
    id: Reference,
    name: Field,
    resource: Choice<Resource>,
    channel: Choice<Channel>,
    starts_on: Option<Moment>,
    ends_on: Option<Moment>,
}

impl Tactic {
    fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let id = fields.require("id", Fields::reference);
        let name = fields.require("name", Fields::text);
        let resource = fields.require("resource", Fields::choice);
        let channel = fields.require("channel", Fields::choice);
        let (starts_on, ends_on) = (fields.moment("starts_on"), fields.moment("ends_on"));
        Some(Self { id: id?, name: name?, resource: resource?, channel: channel?, starts_on, ends_on })
    }

    fn make<'a>(&'a self, values: &impl Values<'a>, setting: &Setting<'_>) -> Made {
        let day = |field: Option<&'a Moment>| field.map_or(Ok(None), |field| field.optional_day(values, setting.time_zone));
        Ok(Record::Tactic(TacticRecord {
            id: self.id.required(values, setting.source)?,
            name: self.name.required(values)?.into_owned(),
            resource: self.resource.required(values)?,
            channel: self.channel.required(values)?,
            starts_on: day(self.starts_on.as_ref())?,
            ends_on: day(self.ends_on.as_ref())?,
        }))
    }
}

#[derive(Debug)]
pub(super) struct Touch {
    id: Reference,
    at: Moment,
    kind: Choice<TouchKind>,
    channel: Option<Choice<Channel>>,
    actor: Choice<ActorKind>,
    resource: Option<Choice<Resource>>,
    direction: Option<Choice<Direction>>,
    tactic: Option<Reference>,
    person: Option<Reference>,
    account: Option<Reference>,
}

impl Touch {
    fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let id = fields.require("id", Fields::reference);
        let at = fields.require("at", Fields::moment);
        let kind = fields.require("kind", Fields::choice);
        let channel = fields.choice("channel");
        let actor = fields.require("actor", Fields::choice);
        let resource = fields.choice("resource");
        let direction = fields.choice("direction");
        let (tactic, person, account) = (fields.reference("tactic"), fields.reference("person"), fields.reference("account"));
        fields.require_subject(person.is_some() || account.is_some());
        Some(Self { id: id?, at: at?, kind: kind?, channel, actor: actor?, resource, direction, tactic, person, account })
    }

    fn make<'a>(&'a self, values: &impl Values<'a>, setting: &Setting<'_>) -> Made {
        Ok(Record::Touch(TouchRecord {
            id: self.id.required(values, setting.source)?,
            at: self.at.required(values, setting.time_zone, setting.now)?,
            kind: self.kind.required(values)?,
            channel: choice(self.channel.as_ref(), values)?,
            actor: self.actor.required(values)?,
            resource: choice(self.resource.as_ref(), values)?,
            direction: choice(self.direction.as_ref(), values)?,
            tactic: reference(self.tactic.as_ref(), values, setting)?,
            person: reference(self.person.as_ref(), values, setting)?,
            account: reference(self.account.as_ref(), values, setting)?,
        }))
    }
}

#[derive(Debug)]
pub(super) struct StageEvent {
    id: Reference,
    at: Moment,
    stage: Field,
    person: Option<Reference>,
    account: Option<Reference>,
    reason: Option<Field>,
}

impl StageEvent {
    fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let id = fields.require("id", Fields::reference);
        let at = fields.require("at", Fields::moment);
        let stage = fields.require("stage", Fields::text);
        let (person, account, reason) = (fields.reference("person"), fields.reference("account"), fields.text("reason"));
        fields.require_subject(person.is_some() || account.is_some());
        Some(Self { id: id?, at: at?, stage: stage?, person, account, reason })
    }

    fn make<'a>(&'a self, values: &impl Values<'a>, setting: &Setting<'_>) -> Made {
        Ok(Record::StageEvent(StageEventRecord {
            id: self.id.required(values, setting.source)?,
            at: self.at.required(values, setting.time_zone, setting.now)?,
            stage: self.stage.required(values)?.into_owned(),
            person: reference(self.person.as_ref(), values, setting)?,
            account: reference(self.account.as_ref(), values, setting)?,
            reason: text(self.reason.as_ref(), values),
        }))
    }
}

#[derive(Debug)]
pub(super) struct Close {
    id: Reference,
    at: Moment,
    amount: Amount,
    monthly: Option<Amount>,
    currency: Option<Currency>,
    path: Choice<ClosePath>,
    account: Reference,
    account_name: Field,
    account_domain: Option<Field>,
    account_owner: Option<Field>,
    person: Option<Reference>,
    referrer: Option<Reference>,
    referred_at: Option<Moment>,
    source_resource: Option<Choice<Resource>>,
}

impl Close {
    fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let id = fields.require("id", Fields::reference);
        let at = fields.require("at", Fields::moment);
        let amount = fields.require("amount", Fields::amount);
        let (monthly, currency) = (fields.amount("monthly"), fields.currency("currency"));
        let path = fields.require("path", Fields::choice);
        let account = fields.require("account", Fields::reference);
        let account_name = fields.require("account_name", Fields::text);
        let (account_domain, account_owner) = (fields.text("account_domain"), fields.text("account_owner"));
        let person = fields.reference("person");
        let (referrer, referred_at) = (fields.reference("referrer"), fields.moment("referred_at"));
        let source_resource = fields.choice("source_resource");
        Some(Self {
            id: id?,
            at: at?,
            amount: amount?,
            monthly,
            currency,
            path: path?,
            account: account?,
            account_name: account_name?,
            account_domain,
            account_owner,
            person,
            referrer,
            referred_at,
            source_resource,
        })
    }

    fn make<'a>(&'a self, values: &impl Values<'a>, setting: &Setting<'_>) -> Made {
        let currency = currency(self.currency.as_ref(), values, setting)?;
        Ok(Record::Close(CloseRecord {
            id: self.id.required(values, setting.source)?,
            at: self.at.required(values, setting.time_zone, setting.now)?,
            amount: self.amount.required(values, currency)?,
            monthly: self.monthly.as_ref().map(|monthly| monthly.optional(values, currency)).transpose()?.flatten(),
            path: self.path.required(values)?,
            account: self.account.required(values, setting.source)?,
            account_name: self.account_name.required(values)?.into_owned(),
            account_domain: text(self.account_domain.as_ref(), values),
            account_owner: text(self.account_owner.as_ref(), values),
            person: reference(self.person.as_ref(), values, setting)?,
            referrer: reference(self.referrer.as_ref(), values, setting)?,
            referred_at: moment(self.referred_at.as_ref(), values, setting)?,
            source_resource: choice(self.source_resource.as_ref(), values)?,
        }))
    }
}

#[derive(Debug)]
pub(super) struct Cost {
    id: Reference,
    owner: Choice<CostOwner>,
    category: Choice<CostCategory>,
    amount: Amount,
    currency: Option<Currency>,
    first_on: Moment,
    last_on: Option<Moment>,
    tactic: Option<Reference>,
    channel: Option<Choice<Channel>>,
    note: Option<Field>,
    people: Option<Field>,
}

impl Cost {
    fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let id = fields.require("id", Fields::reference);
        let owner = fields.require("owner", Fields::choice);
        let category = fields.require("category", Fields::choice);
        let amount = fields.require("amount", Fields::amount);
        let currency = fields.currency("currency");
        let first_on = fields.require("from", Fields::moment);
        let last_on = fields.moment("to");
        let (tactic, channel, note) = (fields.reference("tactic"), fields.choice("channel"), fields.text("note"));
        let people = fields.text("people");
        Some(Self {
            id: id?,
            owner: owner?,
            category: category?,
            amount: amount?,
            currency,
            first_on: first_on?,
            last_on,
            tactic,
            channel,
            note,
            people,
        })
    }

    fn make<'a>(&'a self, values: &impl Values<'a>, setting: &Setting<'_>) -> Made {
        let currency = currency(self.currency.as_ref(), values, setting)?;
        let first_on = self.first_on.day(values, setting.time_zone)?;
        let last_on = self.last_on.as_ref().map_or(Ok(None), |field| field.optional_day(values, setting.time_zone))?;
        Ok(Record::Cost(CostRecord {
            id: self.id.required(values, setting.source)?,
            owner: self.owner.required(values)?,
            category: self.category.required(values)?,
            amount: self.amount.required(values, currency)?,
            first_on,
            last_on: last_on.unwrap_or(first_on),
            tactic: reference(self.tactic.as_ref(), values, setting)?,
            channel: choice(self.channel.as_ref(), values)?,
            note: text(self.note.as_ref(), values),
            people: self.people.as_ref().map_or(Ok(None), |field| field.whole(values))?,
        }))
    }
}
