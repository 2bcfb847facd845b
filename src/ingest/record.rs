//! What a row says, in our words: the records before anything is asked of the database.

use chrono::NaiveDate;
use entity::kinds::{ActorKind, Channel, ClosePath, CostCategory, CostOwner, Direction, Resource, Role, TouchKind};
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;
use rust_decimal::Decimal;

use crate::input::ExternalId;

/// The kinds of records, in the order in which a chunk of rows writes them: each refers to earlier ones only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A team.
    Team,
    /// Somebody who works here.
    Member,
    /// A buying company.
    Account,
    /// A buyer.
    Person,
    /// A campaign, programme or play.
    Tactic,
    /// An interaction.
    Touch,
    /// An entry into a stage.
    StageEvent,
    /// An account generated, with its close and the credit it opens with.
    Close,
    /// Something that is said of an account.
    Attribute,
    /// The accounts of which something is said.
    Segment,
    /// Money spent over some days.
    Cost,
    /// What one currency was worth in another one on a day.
    Rate,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: &'static [Self] = &[
        Self::Team,
        Self::Member,
        Self::Account,
        Self::Person,
        Self::Tactic,
        Self::Touch,
        Self::StageEvent,
        Self::Close,
        Self::Attribute,
        Self::Segment,
        Self::Cost,
        Self::Rate,
    ];

    /// The name in a mapping.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Member => "member",
            Self::Account => "account",
            Self::Person => "person",
            Self::Tactic => "tactic",
            Self::Touch => "touch",
            Self::StageEvent => "stage_event",
            Self::Close => "close",
            Self::Attribute => "attribute",
            Self::Segment => "segment",
            Self::Cost => "cost",
            Self::Rate => "rate",
        }
    }

    /// What several of them are called.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Team => "teams",
            Self::Member => "members",
            Self::Account => "accounts",
            Self::Person => "people",
            Self::Tactic => "tactics",
            Self::Touch => "touches",
            Self::StageEvent => "stage events",
            Self::Close => "closes",
            Self::Attribute => "attributes",
            Self::Segment => "segments",
            Self::Cost => "costs",
            Self::Rate => "rates",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TeamRecord {
    pub(super) name: String,
    pub(super) resource: Resource,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MemberRecord {
    pub(super) email: String,
    pub(super) name: String,
    pub(super) role: Role,
    /// The team's name.
    pub(super) team: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct AccountRecord {
    pub(super) id: ExternalId,
    pub(super) name: String,
    pub(super) domain: Option<String>,
    /// The owner's address.
    pub(super) owner: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct PersonRecord {
    pub(super) id: ExternalId,
    pub(super) known_at: Option<Timestamp>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) account: Option<ExternalId>,
    /// The owner's address.
    pub(super) owner: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TacticRecord {
    pub(super) id: ExternalId,
    pub(super) name: String,
    pub(super) resource: Resource,
    pub(super) channel: Channel,
    pub(super) starts_on: Option<NaiveDate>,
    pub(super) ends_on: Option<NaiveDate>,
}

#[derive(Clone, Debug)]
pub(super) struct TouchRecord {
    pub(super) id: ExternalId,
    pub(super) at: Timestamp,
    pub(super) kind: TouchKind,
    pub(super) channel: Option<Channel>,
    pub(super) actor: ActorKind,
    pub(super) resource: Option<Resource>,
    pub(super) direction: Option<Direction>,
    pub(super) tactic: Option<ExternalId>,
    pub(super) person: Option<ExternalId>,
    pub(super) account: Option<ExternalId>,
}

#[derive(Clone, Debug)]
pub(super) struct StageEventRecord {
    pub(super) id: ExternalId,
    pub(super) at: Timestamp,
    pub(super) stage: String,
    pub(super) person: Option<ExternalId>,
    pub(super) account: Option<ExternalId>,
    pub(super) reason: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct CloseRecord {
    pub(super) id: ExternalId,
    pub(super) at: Timestamp,
    pub(super) amount: Money,
    /// What it brings each month.
    pub(super) monthly: Option<Money>,
    pub(super) path: ClosePath,
    pub(super) account: ExternalId,
    pub(super) account_name: String,
    pub(super) account_domain: Option<String>,
    /// The address of who looks after the account.
    pub(super) account_owner: Option<String>,
    pub(super) person: Option<ExternalId>,
    pub(super) referrer: Option<ExternalId>,
    pub(super) referred_at: Option<Timestamp>,
    pub(super) source_resource: Option<Resource>,
}

#[derive(Clone, Debug)]
pub(super) struct AttributeRecord {
    pub(super) account: ExternalId,
    pub(super) key: String,
    pub(super) value: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SegmentRecord {
    pub(super) name: String,
    /// The key of the attribute.
    pub(super) key: String,
    pub(super) value: String,
}

#[derive(Clone, Debug)]
pub(super) struct CostRecord {
    pub(super) id: ExternalId,
    pub(super) owner: CostOwner,
    pub(super) category: CostCategory,
    pub(super) amount: Money,
    pub(super) first_on: NaiveDate,
    pub(super) last_on: NaiveDate,
    pub(super) tactic: Option<ExternalId>,
    pub(super) channel: Option<Channel>,
    pub(super) note: Option<String>,
    /// How many people it pays.
    pub(super) people: Option<i32>,
}

#[derive(Clone, Debug)]
pub(super) struct RateRecord {
    pub(super) base: CurrencyCode,
    pub(super) quote: CurrencyCode,
    pub(super) day: NaiveDate,
    pub(super) rate: Decimal,
    /// Who publishes it.
    pub(super) publisher: String,
}

/// A record with the row of the chunk that said so.
#[derive(Clone, Debug)]
pub(super) struct Item<T> {
    pub(super) row: usize,
    pub(super) record: T,
}

/// Records by kind.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) teams: Vec<Item<TeamRecord>>,
    pub(super) members: Vec<Item<MemberRecord>>,
    pub(super) accounts: Vec<Item<AccountRecord>>,
    pub(super) people: Vec<Item<PersonRecord>>,
    pub(super) tactics: Vec<Item<TacticRecord>>,
    pub(super) touches: Vec<Item<TouchRecord>>,
    pub(super) stage_events: Vec<Item<StageEventRecord>>,
    pub(super) closes: Vec<Item<CloseRecord>>,
    pub(super) attributes: Vec<Item<AttributeRecord>>,
    pub(super) segments: Vec<Item<SegmentRecord>>,
    pub(super) costs: Vec<Item<CostRecord>>,
    pub(super) rates: Vec<Item<RateRecord>>,
}

/// A record of any kind.
#[derive(Clone, Debug)]
pub(super) enum Record {
    Team(TeamRecord),
    Member(MemberRecord),
    Account(AccountRecord),
    Person(PersonRecord),
    Tactic(TacticRecord),
    Touch(TouchRecord),
    StageEvent(StageEventRecord),
    Close(CloseRecord),
    Attribute(AttributeRecord),
    Segment(SegmentRecord),
    Cost(CostRecord),
    Rate(RateRecord),
}

impl Records {
    /// Puts a record to those of its kind.
    pub(super) fn push(&mut self, row: usize, record: Record) {
        match record {
            Record::Team(record) => self.teams.push(Item { row, record }),
            Record::Member(record) => self.members.push(Item { row, record }),
            Record::Account(record) => self.accounts.push(Item { row, record }),
            Record::Person(record) => self.people.push(Item { row, record }),
            Record::Tactic(record) => self.tactics.push(Item { row, record }),
            Record::Touch(record) => self.touches.push(Item { row, record }),
            Record::StageEvent(record) => self.stage_events.push(Item { row, record }),
            Record::Close(record) => self.closes.push(Item { row, record }),
            Record::Attribute(record) => self.attributes.push(Item { row, record }),
            Record::Segment(record) => self.segments.push(Item { row, record }),
            Record::Cost(record) => self.costs.push(Item { row, record }),
            Record::Rate(record) => self.rates.push(Item { row, record }),
        }
    }
}
