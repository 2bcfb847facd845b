//! Writing the demonstration through the services of the areas.
//!
//! Everything is written as of when it would have been recorded: each step has an application of its own, over the same
//! database, whose clock stands there. Accounts and people stand as they were on the last day.
//!
//! The facts are one transaction; what comes before and after it may be repeated. The members come last, so where they
//! are all there everything is, and after an interruption it is enough to begin again.

mod deals;
mod goals;
mod handoffs;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use entity::ids::{AccountId, BlockerId, CloseId, ContentId, MemberId, OpportunityId, OrganizationId, PersonId, TacticId, TeamId};
use entity::kinds::{AllocationMethod, MovementKind, Resource, Role, TransferApproval};
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;
use entity::{close, member};

use super::calendar::{END, Week, instant, second_year};
use super::company::{self, CURRENCY, ORGANIZATION, TACTICS, TEAMS, TIME_ZONE, team_of};
use super::plan::{Buyer, Company, Meeting, Plan, StageEntry, Won};
use super::spending::Spending;
use super::touchpoint::Touchpoint;
use crate::app::App;
use crate::auth::permission::grant::{CloseRead, OrganizationManage};
use crate::auth::{Scope, Session, System};
use crate::buyers::service::{NewAccount, NewPerson, record_accounts_in, record_people_in};
use crate::costs::service::{CostContent, NewCost, SetAllocationRule, record_costs_in, set_allocation_rule};
use crate::credit::service::{
    DefineCreditPolicy, GenerateAccount, RecordCloseMovement, Referral, RequestCreditTransfer, SignedSplit, Terms, credit_policy,
    define_credit_policy, generate_accounts_in, record_close_movement, request_credit_transfer,
};
use crate::db::{Outcome, TenantWrite};
use crate::error::{Error, Result};
use crate::input::{ExternalId, WantedMoney};
use crate::insights::service::find_insights;
use crate::journey::service::{NewStageEvent, NewTactic, NewTouch, create_tactics_in, record_stage_events_in, record_touches_in};
use crate::organization::service::{AddMember, CreateTeam, NewOrganization, add_member, create_team, found, member_by_email, organization};
use crate::roles::service::{Delegate, delegate};

/// The system that names closes.
const BILLING: &str = "billing";

/// The system that names costs.
const BOOKS: &str = "books";

/// From the second year on shared cost is split by these shares, before that equally.
const FIXED_SHARES: [(Resource, i64); 3] = [(Resource::Sales, 4_500), (Resource::Marketing, 3_500), (Resource::Product, 2_000)];

/// What Sales and Marketing signed where they signed anything.
const SIGNED: [(Resource, i64); 2] = [(Resource::Sales, 5_000), (Resource::Marketing, 5_000)];

/// The demonstration's members, one of each role.
pub type Members = BTreeMap<Role, member::Model>;

/// The demonstration, where it is there and whole.
///
/// # Errors
/// What the database says.
pub async fn members(app: &Arc<App>) -> Result<Option<Members>> {
    let Some(organization_id) = find(app).await? else { return Ok(None) };
    let members = members_of(app, organization_id).await?;
    Ok((members.len() == Role::ALL.len()).then_some(members))
}

/// Writes the demonstration, or what is missing of it.
///
/// # Errors
/// What the database says.
pub async fn write(app: &Arc<App>) -> Result<Members> {
    let known = find(app).await?;
    let writer = Writer { app, organization_id: known.unwrap_or_else(|| app.ids().next()), plan: Plan::new() };
    if known.is_none() {
        writer.found().await?;
    }
    writer.policy().await?;
    let teams = writer.teams().await?;
    if writer.closes().await?.is_empty() {
        writer.facts(&teams, &writer.contents().await?).await?;
        // Before the first question is asked.
        writer.at(instant(END)).authorize::<OrganizationManage>()?.refresh_statistics().await?;
    }
    writer.what_followed().await?;
    let agreement = writer.handed(&teams).await?;
    writer.goals(&teams, agreement).await?;
    find_insights(&writer.at(instant(END)).authorize()?, None).await?;
    writer.members(&teams).await?;
    members_of(app, writer.organization_id).await
}

/// The organization, by its name.
async fn find(app: &Arc<App>) -> Result<Option<OrganizationId>> {
    for id in app.db().organization_ids().await? {
        let scope = Session::system(app, id, System::Directory).authorize()?;
        if organization(&scope).await?.name == ORGANIZATION {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// The members by their roles, as far as they are there.
async fn members_of(app: &Arc<App>, id: OrganizationId) -> Result<Members> {
    let scope = Session::system(app, id, System::Directory).authorize()?;
    let mut members = Members::new();
    for &role in Role::ALL {
        if let Some(member) = member_by_email(&scope, &company::address(role)).await? {
            members.insert(role, member);
        }
    }
    Ok(members)
}

/// Writes the plan into an organization.
#[derive(Debug)]
struct Writer<'a> {
    app: &'a Arc<App>,
    organization_id: OrganizationId,
    plan: Plan,
}

/// What the facts are about, by its place in the plan or by its name.
#[derive(Debug)]
struct Written<'a> {
    accounts: Vec<AccountId>,
    people: Vec<PersonId>,
    tactics: HashMap<&'static str, TacticId>,
    teams: &'a HashMap<&'static str, TeamId>,
    contents: &'a HashMap<&'static str, ContentId>,
    /// Who looks after every other company.
    seller: MemberId,
    /// The deal that each close wins, by the places of both.
    wins: HashMap<usize, usize>,
    opportunities: Vec<OpportunityId>,
    blockers: Vec<BlockerId>,
}

impl Writer<'_> {
    /// A session that stands at an instant.
    fn at(&self, now: Timestamp) -> Session {
        Session::system(&self.app.standing_at(now), self.organization_id, System::Setup)
    }

    async fn found(&self) -> Result<()> {
        let new = NewOrganization { name: ORGANIZATION.to_owned(), base_currency: CURRENCY.to_owned(), time_zone: TIME_ZONE.to_owned() };
        found(&self.at(instant(0)).authorize()?, &new).await.map(drop)
    }

    /// Nobody works there yet who could agree to a transfer: they are posted as soon as they are asked for.
    async fn policy(&self) -> Result<()> {
        let session = self.at(instant(0));
        let first = credit_policy(&session.authorize()?).await?;
        let new = DefineCreditPolicy {
            lookback_days: first.lookback_days.into(),
            rounding_bp: first.rounding_bp.into(),
            rules: first.rules.as_slice().to_vec(),
            transfer_approval: TransferApproval::None,
            expected_version: None,
            idempotency_key: key("credit policy"),
        };
        define_credit_policy(&session.authorize()?, &new).await.map(drop)
    }

    async fn teams(&self) -> Result<HashMap<&'static str, TeamId>> {
        let scope = self.at(instant(0)).authorize()?;
        let mut teams = HashMap::new();
        for (name, resource) in TEAMS {
            let key = key(&format!("team {name}"));
            let new = CreateTeam { name: name.to_owned(), parent_id: None, resources: vec![resource], idempotency_key: key };
            teams.insert(name, create_team(&scope, &new).await?.id);
        }
        Ok(teams)
    }

    async fn members(&self, teams: &HashMap<&'static str, TeamId>) -> Result<()> {
        // The assistant follows up for the seller.
        let scope = self.at(instant(1)).authorize()?;
        let assistant_id = self.member(&scope, teams, Role::SalesAssistant).await?.id;
        let principal_id = self.member(&scope, teams, Role::SalesRep).await?.id;
        let new = Delegate { assistant_id, principal_id, ends_at: None, idempotency_key: key("delegation") };
        delegate(&self.at(instant(1)).authorize()?, &new).await?;
        for &role in Role::ALL {
            self.member(&scope, teams, role).await?;
        }
        Ok(())
    }

    async fn member(&self, scope: &Scope<OrganizationManage>, teams: &HashMap<&'static str, TeamId>, role: Role) -> Result<member::Model> {
        let (name, resource) = company::member(role);
        let new = AddMember {
            email: company::address(role),
            name: name.to_owned(),
            role,
            custom_role_id: None,
            resource,
            team_id: resource.and_then(|resource| teams.get(team_of(resource)).copied()),
            idempotency_key: key(&format!("member {}", role.name())),
        };
        add_member(scope, &new).await
    }

    /// The closes in the order of the plan, or none where they are not written yet.
    async fn closes(&self) -> Result<Vec<CloseId>> {
        let scope: Scope<CloseRead> = self.at(instant(END)).authorize()?;
        let names: Vec<ExternalId> = (0..self.plan.closes.len()).map(|number| name(BILLING, number)).collect();
        let found = scope.read().await?.get_named::<close::Entity>(&names).await?;
        Ok(names.iter().filter_map(|name| found.get(name)).map(|close| close.id).collect())
    }

    /// Everything up to the closes and costs, week by week.
    async fn facts(&self, teams: &HashMap<&'static str, TeamId>, contents: &HashMap<&'static str, ContentId>) -> Result<()> {
        let seller = self.member(&self.at(instant(0)).authorize()?, teams, Role::SalesRep).await?.id;
        let tx = self.at(instant(0)).authorize::<OrganizationManage>()?.write().await?;
        let accounts = self.accounts(&tx, seller).await?;
        self.market(&tx, &accounts).await?;
        let mut written = Written {
            people: self.people(&tx, &accounts).await?,
            accounts,
            tactics: self.tactics(&tx, teams).await?,
            teams,
            contents,
            seller,
            wins: self.plan.deals.deals.iter().enumerate().filter_map(|(deal, of)| Some((of.won?, deal))).collect(),
            opportunities: Vec::new(),
            blockers: Vec::new(),
        };
        let last = self.plan.spendings.last().map_or(instant(END), |spending| spending.booked_at);
        for week in Week::up_to(last) {
            self.week(&tx, week, &mut written).await?;
        }
        tx.commit().await
    }

    /// The companies; the seller looks after every other one.
    async fn accounts(&self, tx: &TenantWrite, seller: MemberId) -> Result<Vec<AccountId>> {
        let new = |(place, company): (usize, &Company)| NewAccount {
            name: company.name.clone(),
            domain: Some(company.domain.clone()),
            owner_id: (place % 2 == 0).then_some(seller),
            external_id: None,
        };
        let new: Vec<NewAccount> = self.plan.companies.iter().enumerate().map(new).collect();
        let rows = recorded(record_accounts_in(tx, &self.at(instant(END)).authorize()?, &new).await?)?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    async fn people(&self, tx: &TenantWrite, accounts: &[AccountId]) -> Result<Vec<PersonId>> {
        let new = |buyer: &Buyer| NewPerson {
            name: buyer.name.clone(),
            email: buyer.email.clone(),
            account_id: buyer.company.and_then(|place| accounts.get(place)).copied(),
            owner_id: None,
            known_at: buyer.known_at,
            external_id: None,
        };
        let new: Vec<NewPerson> = self.plan.buyers.iter().map(new).collect();
        let rows = recorded(record_people_in(tx, &self.at(instant(END)).authorize()?, &new).await?)?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    async fn tactics(&self, tx: &TenantWrite, teams: &HashMap<&'static str, TeamId>) -> Result<HashMap<&'static str, TacticId>> {
        let new = TACTICS.map(|tactic| NewTactic {
            name: tactic.name.to_owned(),
            resource: tactic.resource,
            channel: tactic.channel,
            team_id: teams.get(team_of(tactic.resource)).copied(),
            owner_id: None,
            starts_on: None,
            ends_on: None,
            external_id: None,
        });
        let rows = recorded(create_tactics_in(tx, &self.at(instant(0)).authorize()?, &new).await?)?;
        Ok(TACTICS.iter().zip(rows).map(|(tactic, row)| (tactic.name, row.id)).collect())
    }

    /// What happened in a week. Stages that follow from a close come after it.
    async fn week(&self, tx: &TenantWrite, week: Week, written: &mut Written<'_>) -> Result<()> {
        let session = self.at(week.recorded_at());
        let touches: Vec<NewTouch> =
            within(&self.plan.meetings, week, |meeting| meeting.at).map(|(_, meeting)| written.touch(meeting)).collect();
        recorded(record_touches_in(tx, &session.authorize()?, &touches).await?)?;

        let entries = within(&self.plan.entries, week, |entry| entry.at).map(|(_, entry)| entry);
        let (before, after): (Vec<_>, Vec<_>) = entries.partition(|entry| !entry.after_close);
        recorded(record_stage_events_in(tx, &session.authorize()?, &written.stage_events(before)).await?)?;

        self.deals(tx, week, written).await?;
        let closes = within(&self.plan.closes, week, |won| won.at).map(|(number, won)| written.close(number, won));
        let closes = closes.collect::<Result<Vec<_>>>()?;
        recorded(generate_accounts_in(tx, &session.authorize()?, &closes).await?)?;
        recorded(record_stage_events_in(tx, &session.authorize()?, &written.stage_events(after)).await?)?;

        let costs =
            within(&self.plan.spendings, week, |spending| spending.booked_at).map(|(number, spending)| written.cost(number, spending));
        let costs = costs.collect::<Result<Vec<_>>>()?;
        recorded(record_costs_in(tx, &session.authorize()?, &costs).await?).map(drop)
    }

    /// What was done about closes later on, and how shared cost is split.
    async fn what_followed(&self) -> Result<()> {
        let closes = self.closes().await?;
        let close = |place: usize| closes.get(place).copied().ok_or(Error::broken("every close of the plan is written"));
        for (number, movement) in self.plan.movements.iter().enumerate() {
            let amount = (movement.kind != MovementKind::Void).then(|| money(movement.amount_minor, CURRENCY));
            let new = RecordCloseMovement {
                close_id: close(movement.close)?,
                kind: movement.kind,
                amount: amount.transpose()?,
                occurred_at: movement.at,
                reason: movement.reason.to_owned(),
                restate: None,
                idempotency_key: key(&format!("movement {number}")),
            };
            record_close_movement(&self.at(Week::of(movement.at).recorded_at()).authorize()?, &new).await?;
        }
        for (number, transfer) in self.plan.transfers.iter().enumerate() {
            let new = RequestCreditTransfer {
                close_id: close(transfer.close)?,
                from: transfer.from,
                to: transfer.to,
                basis_points: transfer.bp,
                effective_at: transfer.at,
                reason: transfer.reason.to_owned(),
                restate: None,
                idempotency_key: key(&format!("transfer {number}")),
            };
            request_credit_transfer(&self.at(Week::of(transfer.at).recorded_at()).authorize()?, &new).await?;
        }
        let rule = SetAllocationRule {
            first_on: second_year(),
            last_on: None,
            method: AllocationMethod::Fixed,
            shares: FIXED_SHARES.to_vec(),
            restate: None,
            idempotency_key: key("allocation rule"),
        };
        set_allocation_rule(&self.at(instant(0)).authorize()?, &rule).await?;
        self.ideal_customer().await
    }
}

impl Written<'_> {
    fn person(&self, place: usize) -> Option<PersonId> {
        self.people.get(place).copied()
    }

    fn tactic(&self, name: Option<&'static str>) -> Option<TacticId> {
        self.tactics.get(name?).copied()
    }

    fn touch(&self, meeting: &Meeting) -> NewTouch {
        let Touchpoint { tactic, channel, kind, actor, resource, direction } = meeting.touchpoint;
        NewTouch {
            occurred_at: meeting.at,
            kind,
            channel: Some(channel),
            actor_kind: actor,
            resource: Some(resource),
            direction: Some(direction),
            tactic_id: self.tactic(tactic),
            content_id: None,
            person_id: self.person(meeting.buyer),
            account_id: meeting.company.and_then(|place| self.accounts.get(place)).copied(),
            external_id: None,
        }
    }

    fn stage_events(&self, entries: Vec<&StageEntry>) -> Vec<NewStageEvent> {
        entries.into_iter().map(|entry| self.stage_event(entry)).collect()
    }

    fn stage_event(&self, entry: &StageEntry) -> NewStageEvent {
        NewStageEvent {
            person_id: self.person(entry.buyer),
            account_id: None,
            pipeline_id: None,
            stage: entry.stage.to_owned(),
            occurred_at: entry.at,
            backdated: false,
            reason: entry.reason.map(str::to_owned),
            external_id: None,
            settled: false,
        }
    }

    fn close(&self, number: usize, won: &Won) -> Result<GenerateAccount> {
        let referral = won.referral.and_then(|(place, claimed_at)| Some(Referral { referrer_id: self.person(place)?, claimed_at }));
        Ok(GenerateAccount {
            account_id: self.accounts.get(won.company).copied(),
            new_account: None,
            person_id: self.person(won.buyer),
            closed_at: won.at,
            amount: money(won.amount_minor, CURRENCY)?,
            path: won.path,
            referral,
            signed_split: won.signed_at.map(|signed_at| SignedSplit { signed_at, shares: SIGNED.to_vec() }),
            source_resource: None,
            opportunity_id: self.wins.get(&number).and_then(|&deal| self.opportunities.get(deal)).copied(),
            terms: Terms { recurring_monthly: monthly(won)?, ..Terms::default() },
            external_id: Some(name(BILLING, number)),
            restate: None,
        })
    }

    fn cost(&self, number: usize, spending: &Spending) -> Result<NewCost> {
        let content = CostContent {
            owner: spending.owner,
            category: spending.category,
            amount: money(spending.amount_minor, spending.currency)?,
            first_on: spending.first_on,
            last_on: spending.last_on,
            tactic_id: self.tactic(spending.tactic),
            team_id: spending.team.and_then(|name| self.teams.get(name)).copied(),
            channel: spending.channel,
            note: spending.note.map(str::to_owned),
            people: spending.people,
        };
        Ok(NewCost { content, external_id: Some(name(BOOKS, number)), restate: None })
    }
}

/// What a close brings each month: contracts run for a year.
fn monthly(won: &Won) -> Result<Option<WantedMoney>> {
    let monthly_minor = won.amount_minor / 12;
    (monthly_minor > 0).then(|| money(monthly_minor, CURRENCY)).transpose()
}

/// What happened in a week, with its number in the whole list.
fn within<T>(all: &[T], week: Week, at: impl Fn(&T) -> Timestamp) -> impl Iterator<Item = (usize, &T)> {
    let (start, end) = (all.partition_point(|row| at(row) < week.start()), all.partition_point(|row| at(row) < week.end()));
    all.iter().enumerate().take(end).skip(start)
}

/// Repeating a step under its name does nothing.
fn key(step: &str) -> Option<String> {
    Some(format!("demo {step}"))
}

/// How another system calls an object.
fn name(system: &str, number: usize) -> ExternalId {
    ExternalId { source: system.to_owned(), id: format!("{:04}", number + 1) }
}

fn money(amount_minor: i64, currency: &str) -> Result<WantedMoney> {
    let code: CurrencyCode = currency.parse().map_err(Error::internal)?;
    Ok(WantedMoney { amount: Money::from_minor(amount_minor, code).to_decimal(), currency: currency.to_owned() })
}

/// The rows of items that were all accepted.
fn recorded<T>(outcomes: Vec<Outcome<T>>) -> Result<Vec<T>> {
    outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Recorded(row) | Outcome::Unchanged(row) => Ok(row),
            Outcome::Rejected(problems) => Err(Error::Invalid(problems)),
        })
        .collect()
}
