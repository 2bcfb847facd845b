//! Records of a chunk, written by the areas they belong to. Here other systems' names become ids.

mod names;
mod staff;

use std::collections::HashMap;
use std::hash::Hash;

use entity::money::Money;

use self::names::{Names, find, unknown};
use self::staff::Staff;
use super::chunk::Refused;
use super::record::{
    AccountRecord, AttributeRecord, CloseRecord, CostRecord, Item, Kind, PersonRecord, RateRecord, Records, StageEventRecord, TacticRecord,
    TouchRecord,
};
use super::service::Summary;
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerWrite, CloseWrite, CostWrite, FxManage, StageWrite, TacticWrite, TouchWrite};
use crate::buyers::service as buyers;
use crate::costs::exchange::service as exchange;
use crate::costs::service as costs;
use crate::credit::service as credit;
use crate::db::{Outcome, TenantWrite};
use crate::error::{Problem, Result};
use crate::input::{ExternalId, WantedMoney};
use crate::journey::service as journey;
use crate::segments::service as segments;

/// Most records of one kind remembered.
const MAX_SEEN: usize = 10_000;

/// What this import has written or met already: files name few tactics, members and segments, and tell each again and again.
struct Seen<K, R>(HashMap<K, R>);

impl<K, R> Default for Seen<K, R> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq, R: Clone + PartialEq> Seen<K, R> {
    /// The records that say something new.
    fn unseen(&mut self, items: &[Item<R>], key: impl Fn(&R) -> K) -> Vec<Item<R>> {
        let mut unseen = Vec::new();
        for item in items {
            let key = key(&item.record);
            if self.0.get(&key) == Some(&item.record) {
                continue;
            }
            if self.0.len() < MAX_SEEN {
                self.0.insert(key, item.record.clone());
            }
            unseen.push(item.clone());
        }
        unseen
    }
}

/// Writes chunks.
pub(super) struct Writer {
    buyers: Scope<BuyerWrite>,
    tactics: Scope<TacticWrite>,
    touches: Scope<TouchWrite>,
    stages: Scope<StageWrite>,
    closes: Scope<CloseWrite>,
    costs: Scope<CostWrite>,
    rates: Scope<FxManage>,
    staff: Staff,
    seen: Seen<ExternalId, TacticRecord>,
}

/// A chunk on its way.
struct Writing<'a> {
    tx: &'a TenantWrite,
    names: Names,
    summary: &'a mut Summary,
    refused: Vec<Refused>,
}

impl Writer {
    /// Asks for every permission an import may need.
    pub(super) fn new(scope: &Scope<BuyerWrite>) -> Result<Self> {
        Ok(Self {
            buyers: scope.also()?,
            tactics: scope.also()?,
            touches: scope.also()?,
            stages: scope.also()?,
            closes: scope.also()?,
            costs: scope.also()?,
            rates: scope.also()?,
            staff: Staff::new(scope)?,
            seen: Seen::default(),
        })
    }

    /// Writes a chunk, adds to the summary, and gives the rows of which something was refused.
    pub(super) async fn write(&mut self, tx: &TenantWrite, records: &Records, summary: &mut Summary) -> Result<Vec<Refused>> {
        let mut writing = Writing { tx, names: Names::default(), summary, refused: Vec::new() };
        self.staff.teams(&mut writing, &records.teams).await?;
        self.staff.members(&mut writing, &records.members).await?;
        writing.find_members(records).await?;
        self.accounts(&mut writing, &records.accounts).await?;
        writing.find_accounts(records).await?;
        self.people(&mut writing, &records.people).await?;
        writing.find_people(records).await?;
        self.tactics(&mut writing, &records.tactics).await?;
        writing.find_tactics(records).await?;
        self.touches(&mut writing, &records.touches).await?;
        self.stage_events(&mut writing, &records.stage_events).await?;
        self.closes(&mut writing, &records.closes).await?;
        self.attributes(&mut writing, &records.attributes).await?;
        self.staff.segments(&mut writing, &records.segments).await?;
        self.costs(&mut writing, &records.costs).await?;
        self.rates(&mut writing, &records.rates).await?;
        Ok(writing.refused)
    }

    async fn accounts(&self, writing: &mut Writing<'_>, items: &[Item<AccountRecord>]) -> Result<()> {
        let new = |record: &AccountRecord, names: &Names| {
            Ok(buyers::NewAccount {
                name: record.name.clone(),
                domain: record.domain.clone(),
                owner_id: names.member("owner", record.owner.as_deref())?,
                external_id: Some(record.id.clone()),
            })
        };
        let (rows, news) = writing.prepare(Kind::Account, items, new);
        if news.is_empty() {
            return Ok(());
        }
        let outcomes = buyers::record_accounts_in(writing.tx, &self.buyers, &news).await?;
        for (account, new) in writing.settle(Kind::Account, &rows, outcomes).into_iter().zip(news) {
            writing.names.accounts.extend(account.map(|account| account.id).and_then(|id| Some((new.external_id?, id))));
        }
        Ok(())
    }

    async fn people(&self, writing: &mut Writing<'_>, items: &[Item<PersonRecord>]) -> Result<()> {
        let new = |record: &PersonRecord, names: &Names| {
            Ok(buyers::NewPerson {
                name: record.name.clone(),
                email: record.email.clone(),
                account_id: names.account("account", record.account.as_ref())?,
                owner_id: names.member("owner", record.owner.as_deref())?,
                known_at: record.known_at,
                external_id: Some(record.id.clone()),
            })
        };
        let (rows, news) = writing.prepare(Kind::Person, items, new);
        if news.is_empty() {
            return Ok(());
        }
        let outcomes = buyers::record_people_in(writing.tx, &self.buyers, &news).await?;
        for (person, new) in writing.settle(Kind::Person, &rows, outcomes).into_iter().zip(news) {
            writing.names.people.extend(person.map(|person| person.id).and_then(|id| Some((new.external_id?, id))));
        }
        Ok(())
    }

    async fn tactics(&mut self, writing: &mut Writing<'_>, items: &[Item<TacticRecord>]) -> Result<()> {
        let unseen = self.seen.unseen(items, |record| record.id.clone());
        let new = |record: &TacticRecord, _: &Names| {
            Ok(journey::NewTactic {
                name: record.name.clone(),
                resource: record.resource,
                channel: record.channel,
                team_id: None,
                owner_id: None,
                starts_on: record.starts_on,
                ends_on: record.ends_on,
                external_id: Some(record.id.clone()),
            })
        };
        let (rows, news) = writing.prepare(Kind::Tactic, &unseen, new);
        if news.is_empty() {
            return Ok(());
        }
        let outcomes = journey::create_tactics_in(writing.tx, &self.tactics, &news).await?;
        writing.settle(Kind::Tactic, &rows, outcomes);
        Ok(())
    }

    async fn touches(&self, writing: &mut Writing<'_>, items: &[Item<TouchRecord>]) -> Result<()> {
        let new = |record: &TouchRecord, names: &Names| {
            Ok(journey::NewTouch {
                occurred_at: record.at,
                kind: record.kind,
                channel: record.channel,
                actor_kind: record.actor,
                resource: record.resource,
                direction: record.direction,
                tactic_id: names.tactic("tactic", record.tactic.as_ref())?,
                content_id: None,
                person_id: names.person("person", record.person.as_ref())?,
                account_id: names.account("account", record.account.as_ref())?,
                external_id: Some(record.id.clone()),
            })
        };
        let (rows, news) = writing.prepare(Kind::Touch, items, new);
        if news.is_empty() {
            return Ok(());
        }
        let outcomes = journey::record_touches_of(writing.tx, &self.touches, writing.names.buyers(), &news).await?;
        writing.settle(Kind::Touch, &rows, outcomes);
        Ok(())
    }

    async fn stage_events(&self, writing: &mut Writing<'_>, items: &[Item<StageEventRecord>]) -> Result<()> {
        let new = |record: &StageEventRecord, names: &Names| {
            Ok(journey::NewStageEvent {
                person_id: names.person("person", record.person.as_ref())?,
                account_id: names.account("account", record.account.as_ref())?,
                pipeline_id: None,
                stage: record.stage.clone(),
                occurred_at: record.at,
                // Files tell of the past in any order. Whether an event really lies before an earlier one shows when it
                // is written, and then it is marked.
                backdated: true,
                reason: record.reason.clone(),
                external_id: Some(record.id.clone()),
                settled: true,
            })
        };
        let (rows, news) = writing.prepare(Kind::StageEvent, items, new);
        if news.is_empty() {
            return Ok(());
        }
        let outcomes = journey::record_stage_events_in(writing.tx, &self.stages, &news).await?;
        writing.settle(Kind::StageEvent, &rows, outcomes);
        Ok(())
    }
}

impl Writer {
    async fn closes(&self, writing: &mut Writing<'_>, items: &[Item<CloseRecord>]) -> Result<()> {
        let new = |record: &CloseRecord, names: &Names| {
            let referrer = names.person("referrer", record.referrer.as_ref())?;
            Ok(credit::GenerateAccount {
                account_id: None,
                // One that was named so before is that account.
                new_account: Some(buyers::NewAccount {
                    name: record.account_name.clone(),
                    domain: record.account_domain.clone(),
                    owner_id: names.member("account_owner", record.account_owner.as_deref())?,
                    external_id: Some(record.account.clone()),
                }),
                person_id: names.person("person", record.person.as_ref())?,
                closed_at: record.at,
                amount: wanted(record.amount),
                path: record.path,
                referral: referrer.map(|referrer_id| credit::Referral { referrer_id, claimed_at: record.referred_at.unwrap_or(record.at) }),
                signed_split: None,
                source_resource: record.source_resource,
                opportunity_id: None,
                // Nothing again is what most books write as zero.
                terms: credit::Terms {
                    recurring_monthly: record.monthly.filter(|monthly| monthly.amount_minor() > 0).map(wanted),
                    ..credit::Terms::default()
                },
                external_id: Some(record.id.clone()),
                restate: None,
            })
        };
        let (rows, news) = writing.prepare(Kind::Close, items, new);
        if news.is_empty() {
            return Ok(());
        }
        let outcomes = credit::generate_accounts_in(writing.tx, &self.closes, &news).await?;
        writing.settle(Kind::Close, &rows, outcomes);
        Ok(())
    }

    /// What is said of accounts, of which a close of the same row may have told first.
    async fn attributes(&self, writing: &mut Writing<'_>, items: &[Item<AttributeRecord>]) -> Result<()> {
        let wanted = unknown(items.iter().map(|item| &item.record.account), &writing.names.accounts);
        writing.names.accounts.extend(buyers::accounts_named(writing.tx, &wanted).await?);
        let new = |record: &AttributeRecord, names: &Names| {
            let account_id = find(&names.accounts, "account", "account", Some(&record.account))?;
            let attribute = segments::NewAttribute { key: record.key.clone(), value: Some(record.value.clone()) };
            Ok(account_id.map(|account_id| segments::AccountAttributes { account_id, attributes: vec![attribute] }))
        };
        let (rows, news) = writing.prepare(Kind::Attribute, items, new);
        let news: Vec<_> = news.into_iter().flatten().collect();
        if news.is_empty() {
            return Ok(());
        }
        let outcomes = segments::record_account_attributes_in(writing.tx, &self.buyers, &news).await?;
        writing.settle(Kind::Attribute, &rows, outcomes);
        Ok(())
    }

    async fn costs(&self, writing: &mut Writing<'_>, items: &[Item<CostRecord>]) -> Result<()> {
        let new = |record: &CostRecord, names: &Names| {
            Ok(costs::NewCost {
                content: costs::CostContent {
                    owner: record.owner,
                    category: record.category,
                    amount: wanted(record.amount),
                    first_on: record.first_on,
                    last_on: record.last_on,
                    tactic_id: names.tactic("tactic", record.tactic.as_ref())?,
                    team_id: None,
                    channel: record.channel,
                    note: record.note.clone(),
                    people: record.people,
                },
                external_id: Some(record.id.clone()),
                restate: None,
            })
        };
        let (rows, news) = writing.prepare(Kind::Cost, items, new);
        if news.is_empty() {
            return Ok(());
        }
        let outcomes = costs::supersede_costs_in(writing.tx, &self.costs, &news).await?;
        writing.settle(Kind::Cost, &rows, outcomes);
        Ok(())
    }

    /// Days without a row stay without a rate.
    async fn rates(&self, writing: &mut Writing<'_>, items: &[Item<RateRecord>]) -> Result<()> {
        let new = |record: &RateRecord, _: &Names| {
            Ok(exchange::NewRate {
                base: record.base.to_string(),
                quote: record.quote.to_string(),
                day: record.day,
                rate: record.rate,
                publisher: record.publisher.clone(),
                restate: None,
            })
        };
        let (rows, news) = writing.prepare(Kind::Rate, items, new);
        if news.is_empty() {
            return Ok(());
        }
        let outcomes = exchange::record_fx_rates_in(writing.tx, &self.rates, &news, false).await?;
        writing.settle(Kind::Rate, &rows, outcomes);
        Ok(())
    }
}

fn wanted(money: Money) -> WantedMoney {
    WantedMoney { amount: money.to_decimal(), currency: money.currency().to_string() }
}

impl Writing<'_> {
    /// The commands of the records whose names are all known, and the rows they come from. An area is not asked about the
    /// others.
    fn prepare<R, N>(&mut self, kind: Kind, items: &[Item<R>], new: impl Fn(&R, &Names) -> Result<N, Problem>) -> (Vec<usize>, Vec<N>) {
        let mut rows = Vec::with_capacity(items.len());
        let mut news = Vec::with_capacity(items.len());
        for Item { row, record } in items {
            match new(record, &self.names) {
                Ok(new) => {
                    rows.push(*row);
                    news.push(new);
                }
                Err(problem) => self.refuse(kind, *row, vec![problem]),
            }
        }
        (rows, news)
    }

    /// Counts what became of records, and gives what stands, in their order.
    fn settle<T>(&mut self, kind: Kind, rows: &[usize], outcomes: Vec<Outcome<T>>) -> Vec<Option<T>> {
        let mut standing = Vec::with_capacity(outcomes.len());
        for (row, outcome) in rows.iter().zip(outcomes) {
            standing.push(match outcome {
                Outcome::Recorded(object) => {
                    self.summary.count_mut(kind).recorded += 1;
                    Some(object)
                }
                Outcome::Unchanged(object) => {
                    self.summary.count_mut(kind).unchanged += 1;
                    Some(object)
                }
                Outcome::Rejected(problems) => {
                    self.refuse(kind, *row, problems);
                    None
                }
            });
        }
        standing
    }

    fn refuse(&mut self, kind: Kind, row: usize, problems: Vec<Problem>) {
        let told = problems.into_iter().map(|problem| Problem { field: format!("{}.{}", kind.name(), problem.field), ..problem });
        self.refused.push(Refused { row, problems: told.collect() });
    }
}
