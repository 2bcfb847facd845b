//! Which rows of an organization a caller sees.
//!
//! Totals are everybody's; single rows are not. What a row belongs to (a member, a team, a resource) is said here for
//! every table, once, and [`TenantTx::find`] asks it before anybody can add a condition of their own.

use std::sync::Arc;

use entity::ids::{MemberId, TeamId};
use entity::kinds::{CostCategory, CostOwner, HandoffEventKind, InsightKind, Resource};
use entity::tenant::TenantEntity;
use entity::{
    account, activity, activity_event, blocker, budget, buying_role, close, content, content_coverage, cost_entry, credit_batch,
    credit_dispute, credit_transfer, feedback, handoff, handoff_event, identity_pointer, insight, member, opportunity, person, sla_clock,
    tactic,
};
use sea_orm::sea_query::{SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::tenant::TenantTx;
use crate::auth::permission::{Permission, Reach, Rights};

/// What somebody may do, and whose objects are theirs.
#[derive(Clone, Debug)]
pub struct Sight {
    /// What they may do, and how far.
    pub rights: Rights,
    /// Themselves, and the members they act for.
    pub owners: Vec<MemberId>,
    /// Their team and the teams within it.
    pub teams: Vec<TeamId>,
    /// Their resource.
    pub resource: Option<Resource>,
    /// The only system whose objects they record and change, where they are bound to one.
    pub source: Option<String>,
    /// Whether buyers are theirs to see by having been handed to them.
    pub handed: bool,
}

impl Sight {
    /// Somebody to whom nothing belongs.
    #[must_use]
    pub const fn of(rights: Rights) -> Self {
        Self { rights, owners: Vec::new(), teams: Vec::new(), resource: None, source: None, handed: true }
    }

    /// Shared by the transactions of a request.
    #[must_use]
    pub fn shared(self) -> Arc<Self> {
        Arc::new(self)
    }
}

/// A table that says whose its rows are.
pub trait Visible: TenantEntity {
    /// The permission that shows rows to those whose they are; `None` where everybody who may ask sees all.
    const READ: Option<Permission> = None;

    /// Rows that are shown only with a permission of their own, however far the other one goes.
    fn reserved() -> Option<(Permission, SimpleExpr)> {
        None
    }

    /// The rows within a reach narrower than the organization.
    fn within(_: &TenantTx, _: Reach) -> Condition {
        Condition::any()
    }
}

/// Tables that belong to the organization as a whole.
macro_rules! shared {
    ($($entity:ident),+) => {$(impl Visible for entity::$entity::Entity {})+};
}

shared!(
    access_ticket,
    api_client,
    client_secret,
    audit_head,
    erased_name,
    erasure_key,
    external_identity,
    password,
    refresh_token,
    sign_in,
    throttle,
    organization,
    team,
    member,
    member_state,
    custom_role,
    delegation,
    pipeline,
    stage,
    stage_rule,
    credit_policy,
    allocation_rule,
    fx_rate,
    fx_conversion,
    period_lock,
    segment,
    segment_version,
    icp_profile,
    business_calendar,
    calendar_version,
    service_agreement,
    agreement_version,
    agreement_clause,
    agreement_signature,
    agreement_end,
    insight_search,
    idempotency
);

/// Tables of the organization as a whole that not everybody reads.
macro_rules! read_by {
    ($permission:ident: $($entity:ident),+) => {$(
        impl Visible for entity::$entity::Entity {
            const READ: Option<Permission> = Some(Permission::$permission);
        }
    )+};
}

read_by!(GoalRead: goal, goal_team, goal_target, goal_check_in, goal_end);

impl Visible for account::Entity {
    const READ: Option<Permission> = Some(Permission::BuyerRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let given = person::Column::Id.in_subquery(handed(tx, reach, handoff::Column::PersonId));
        let people = tx.everything::<person::Entity>().filter(given);
        owned(tx, account::Column::OwnerId, reach)
            .add(account::Column::Id.in_subquery(handed(tx, reach, handoff::Column::AccountId)))
            .add(account::Column::Id.in_subquery(people.subquery(person::Column::AccountId)))
    }
}

/// Who was handed one person of an account sees that account, and not everybody there.
impl Visible for person::Entity {
    const READ: Option<Permission> = Some(Permission::BuyerRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        looked_after(tx, reach)
            .add(person::Column::AccountId.in_subquery(accounts(tx, reach)))
            .add(person::Column::AccountId.in_subquery(handed(tx, reach, handoff::Column::AccountId)))
    }
}

/// The people somebody looks after, not by their account.
fn looked_after(tx: &TenantTx, reach: Reach) -> Condition {
    owned(tx, person::Column::OwnerId, reach).add(person::Column::Id.in_subquery(handed(tx, reach, handoff::Column::PersonId)))
}

impl Visible for tactic::Entity {
    const READ: Option<Permission> = Some(Permission::TacticRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let sight = tx.sight();
        match reach {
            Reach::Own => owned(tx, tactic::Column::OwnerId, reach),
            Reach::Team => owned(tx, tactic::Column::OwnerId, reach).add(tactic::Column::TeamId.is_in(sight.teams.iter().copied())),
            Reach::Resource => Condition::any().add(tactic::Column::Resource.is_in(sight.resource)),
            Reach::Organization => Condition::all(),
        }
    }
}

impl Visible for content::Entity {
    const READ: Option<Permission> = Some(Permission::TacticRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        match reach {
            Reach::Own | Reach::Team => owned(tx, content::Column::OwnerId, reach),
            Reach::Resource => Condition::any().add(content::Column::Resource.is_in(tx.sight().resource)),
            Reach::Organization => Condition::all(),
        }
    }
}

impl Visible for content_coverage::Entity {
    const READ: Option<Permission> = Some(Permission::TacticRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let contents = tx.everything::<content::Entity>().filter(content::Entity::within(tx, reach));
        Condition::any().add(content_coverage::Column::ContentId.in_subquery(contents.subquery(content::Column::Id)))
    }
}

/// What happened to a buyer belongs to whom the buyer belongs to.
macro_rules! of_buyers {
    ($($entity:ident: $read:ident),+) => {$(
        impl Visible for entity::$entity::Entity {
            const READ: Option<Permission> = Some(Permission::$read);

            fn within(tx: &TenantTx, reach: Reach) -> Condition {
                Condition::any()
                    .add(entity::$entity::Column::PersonId.in_subquery(people(tx, reach)))
                    .add(entity::$entity::Column::AccountId.in_subquery(accounts(tx, reach)))
            }
        }
    )+};
}

/// What is said of a person belongs to whom the person belongs to.
macro_rules! of_people {
    ($($entity:ident: $read:ident),+) => {$(
        impl Visible for entity::$entity::Entity {
            const READ: Option<Permission> = Some(Permission::$read);

            fn within(tx: &TenantTx, reach: Reach) -> Condition {
                Condition::any().add(entity::$entity::Column::PersonId.in_subquery(people(tx, reach)))
            }
        }
    )+};
}

of_people!(consent: BuyerRead, erasure: PrivacyManage, identification: BuyerRead, affiliation: BuyerRead);

/// That two are one is for those who see both.
impl Visible for identity_pointer::Entity {
    const READ: Option<Permission> = Some(Permission::BuyerRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        use identity_pointer::Column::{FromAccountId, FromPersonId, ToAccountId, ToPersonId};
        let (person, account) = (|| people(tx, reach), || accounts(tx, reach));
        Condition::any()
            .add(Condition::all().add(FromPersonId.in_subquery(person())).add(ToPersonId.in_subquery(person())))
            .add(Condition::all().add(FromAccountId.in_subquery(account())).add(ToAccountId.in_subquery(account())))
    }
}

impl Visible for entity::identity_pointer_end::Entity {
    const READ: Option<Permission> = Some(Permission::BuyerRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let pointers = tx.everything::<identity_pointer::Entity>().filter(identity_pointer::Entity::within(tx, reach));
        Condition::any().add(entity::identity_pointer_end::Column::PointerId.in_subquery(pointers.subquery(identity_pointer::Column::Id)))
    }
}

of_buyers!(touch: JourneyRead, stage_event: JourneyRead);

/// A close belongs to whom the buyer belongs to: having been handed a buyer shows what is to be done, not what they bought.
impl Visible for close::Entity {
    const READ: Option<Permission> = Some(Permission::CloseRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let own = owned(tx, person::Column::OwnerId, reach).add(person::Column::AccountId.in_subquery(accounts(tx, reach)));
        let people = tx.everything::<person::Entity>().filter(own);
        Condition::any()
            .add(close::Column::PersonId.in_subquery(people.subquery(person::Column::Id)))
            .add(close::Column::AccountId.in_subquery(accounts(tx, reach)))
    }
}

/// What is said of an account belongs to whom the account belongs to.
macro_rules! of_accounts {
    ($($entity:ident: $read:ident),+) => {$(
        impl Visible for entity::$entity::Entity {
            const READ: Option<Permission> = Some(Permission::$read);

            fn within(tx: &TenantTx, reach: Reach) -> Condition {
                Condition::any().add(entity::$entity::Column::AccountId.in_subquery(accounts(tx, reach)))
            }
        }
    )+};
}

of_accounts!(account_attribute: BuyerRead, demand_signal: BuyerRead, target_list_entry: BuyerRead);

/// What is said of a close belongs to whom the close belongs to.
macro_rules! of_closes {
    ($($entity:ident: $read:ident),+) => {$(
        impl Visible for entity::$entity::Entity {
            const READ: Option<Permission> = Some(Permission::$read);

            fn within(tx: &TenantTx, reach: Reach) -> Condition {
                Condition::any().add(entity::$entity::Column::CloseId.in_subquery(closes(tx, reach)))
            }
        }
    )+};
}

/// The log belongs to those who may read it.
macro_rules! of_auditors {
    ($($entity:ident),+) => {$(
        impl Visible for entity::$entity::Entity {
            const READ: Option<Permission> = Some(Permission::AuditRead);

            fn within(_: &TenantTx, _: Reach) -> Condition {
                Condition::any().add(SimpleExpr::from(false))
            }
        }
    )+};
}

of_auditors!(audit_entry, audit_object);

of_closes!(close_movement: CloseRead, credit_batch: CreditRead, credit_transfer: CreditRead, credit_dispute: CreditRead, credit_opening: CreditRead, credit_proposal_decision: CreditRead, restatement: CreditRead);

impl Visible for opportunity::Entity {
    const READ: Option<Permission> = Some(Permission::OpportunityRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        owned(tx, opportunity::Column::OwnerId, reach).add(opportunity::Column::AccountId.in_subquery(accounts(tx, reach)))
    }
}

/// What is said of an opportunity belongs to whom the opportunity belongs to.
macro_rules! of_opportunities {
    ($($entity:ident),+) => {$(
        impl Visible for entity::$entity::Entity {
            const READ: Option<Permission> = Some(Permission::OpportunityRead);

            fn within(tx: &TenantTx, reach: Reach) -> Condition {
                Condition::any().add(entity::$entity::Column::OpportunityId.in_subquery(opportunities(tx, reach)))
            }
        }
    )+};
}

of_opportunities!(opportunity_revision, opportunity_event, buying_role, blocker);

impl Visible for entity::buying_role_end::Entity {
    const READ: Option<Permission> = Some(Permission::OpportunityRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let roles = tx.everything::<buying_role::Entity>().filter(buying_role::Entity::within(tx, reach));
        Condition::any().add(entity::buying_role_end::Column::BuyingRoleId.in_subquery(roles.subquery(buying_role::Column::Id)))
    }
}

impl Visible for entity::blocker_resolution::Entity {
    const READ: Option<Permission> = Some(Permission::OpportunityRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let blockers = tx.everything::<blocker::Entity>().filter(blocker::Entity::within(tx, reach));
        Condition::any().add(entity::blocker_resolution::Column::BlockerId.in_subquery(blockers.subquery(blocker::Column::Id)))
    }
}

/// An activity belongs to who is to do it, and to whom the buyer belongs to.
impl Visible for activity::Entity {
    const READ: Option<Permission> = Some(Permission::ActivityRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        use activity::Column::{AccountId, Id, OpportunityId, PersonId};
        let theirs = tx.everything::<activity_event::Entity>().last_of_each().filter(owned(tx, activity_event::Column::OwnerId, reach));
        Condition::any()
            .add(Id.in_subquery(theirs.subquery(activity_event::Column::ActivityId)))
            .add(PersonId.in_subquery(people(tx, reach)))
            .add(AccountId.in_subquery(accounts(tx, reach)))
            .add(OpportunityId.in_subquery(opportunities(tx, reach)))
    }
}

impl Visible for activity_event::Entity {
    const READ: Option<Permission> = Some(Permission::ActivityRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let activities = tx.everything::<activity::Entity>().filter(activity::Entity::within(tx, reach));
        Condition::any().add(activity_event::Column::ActivityId.in_subquery(activities.subquery(activity::Column::Id)))
    }
}

/// A handoff belongs to whose it is and was, for what they owed on it is theirs; to whom the buyer belongs to; and to the two
/// resources. What nobody took yet is for everybody of the resource it is offered to.
impl Visible for handoff::Entity {
    const READ: Option<Permission> = Some(Permission::HandoffRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        use handoff::Column::{AccountId, FromResource, PersonId, ToResource};
        let within =
            taken(tx, reach).add(nobodys(tx)).add(PersonId.in_subquery(people(tx, reach))).add(AccountId.in_subquery(accounts(tx, reach)));
        let resource = tx.sight().resource;
        match reach {
            Reach::Resource => within.add(FromResource.is_in(resource)).add(ToResource.is_in(resource)),
            Reach::Own | Reach::Team | Reach::Organization => within,
        }
    }
}

/// The handoffs whose owner is within a reach, or was.
fn taken(tx: &TenantTx, reach: Reach) -> Condition {
    let theirs = tx.everything::<handoff_event::Entity>().filter(owned(tx, handoff_event::Column::OwnerId, reach));
    Condition::any().add(handoff::Column::Id.in_subquery(theirs.subquery(handoff_event::Column::HandoffId)))
}

/// The handoffs that nobody of the resource of the caller took.
fn nobodys(tx: &TenantTx) -> Condition {
    let last = of_last(tx, Condition::all().add(handoff_event::Column::OwnerId.is_null()));
    Condition::all().add(handoff::Column::ToResource.is_in(tx.sight().resource)).add(last)
}

fn of_last(tx: &TenantTx, last: Condition) -> SimpleExpr {
    let lasts = tx.everything::<handoff_event::Entity>().last_of_each().filter(last);
    handoff::Column::Id.in_subquery(lasts.subquery(handoff_event::Column::HandoffId))
}

/// What leaves the receiving side nothing to do with a buyer.
const OVER: [HandoffEventKind; 6] = [
    HandoffEventKind::Rejected,
    HandoffEventKind::Acknowledged,
    HandoffEventKind::Upheld,
    HandoffEventKind::Recycled,
    HandoffEventKind::Withdrawn,
    HandoffEventKind::Expired,
];

/// The buyers handed to somebody, and those they may take, until it is over: to look after them takes seeing them and writing
/// down what was done. To change who they are takes more: nobody is given a buyer by being offered one.
fn handed(tx: &TenantTx, reach: Reach, buyer: handoff::Column) -> SelectStatement {
    let open = of_last(tx, Condition::all().add(handoff_event::Column::Kind.is_not_in(OVER)));
    let theirs = of_last(tx, owned(tx, handoff_event::Column::OwnerId, reach));
    let open = Condition::all().add(open).add(Condition::any().add(theirs).add(nobodys(tx)));
    let rows = tx.everything::<handoff::Entity>().filter(open);
    if tx.sight().handed { rows } else { rows.filter(SimpleExpr::from(false)) }.subquery(buyer)
}

/// What is said of a handoff belongs to whom the handoff belongs to.
macro_rules! of_handoffs {
    ($($entity:ident),+) => {$(
        impl Visible for entity::$entity::Entity {
            const READ: Option<Permission> = Some(Permission::HandoffRead);

            fn within(tx: &TenantTx, reach: Reach) -> Condition {
                let handoffs = tx.everything::<handoff::Entity>().filter(handoff::Entity::within(tx, reach));
                Condition::any().add(entity::$entity::Column::HandoffId.in_subquery(handoffs.subquery(handoff::Column::Id)))
            }
        }
    )+};
}

of_handoffs!(handoff_event, sla_clock, sla_step);

impl Visible for entity::clock_event::Entity {
    const READ: Option<Permission> = Some(Permission::HandoffRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let clocks = tx.everything::<sla_clock::Entity>().filter(sla_clock::Entity::within(tx, reach));
        Condition::any().add(entity::clock_event::Column::ClockId.in_subquery(clocks.subquery(sla_clock::Column::Id)))
    }
}

/// What is told belongs to who tells and who is told.
impl Visible for feedback::Entity {
    const READ: Option<Permission> = Some(Permission::FeedbackRead);

    fn within(tx: &TenantTx, _: Reach) -> Condition {
        let resource = tx.sight().resource;
        Condition::any().add(feedback::Column::FromResource.is_in(resource)).add(feedback::Column::ToResource.is_in(resource))
    }
}

impl Visible for entity::feedback_acknowledgement::Entity {
    const READ: Option<Permission> = Some(Permission::FeedbackRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let told = tx.everything::<feedback::Entity>().filter(feedback::Entity::within(tx, reach));
        Condition::any().add(entity::feedback_acknowledgement::Column::FeedbackId.in_subquery(told.subquery(feedback::Column::Id)))
    }
}

/// What the figures tell is for all who read figures; what tells of money, for those who may read amounts.
impl Visible for insight::Entity {
    const READ: Option<Permission> = Some(Permission::InsightRead);

    fn reserved() -> Option<(Permission, SimpleExpr)> {
        // A goal may be one of costs, and its pace tells of them.
        let of_money = [InsightKind::CreditGap, InsightKind::ZeroCloses, InsightKind::GoalOffPace];
        Some((Permission::CostPerCloseRead, insight::Column::Kind.is_in(of_money)))
    }
}

impl Visible for entity::insight_acknowledgement::Entity {
    const READ: Option<Permission> = Some(Permission::InsightRead);
}

impl Visible for entity::credit_entry::Entity {
    const READ: Option<Permission> = Some(Permission::CreditRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let batches = tx.everything::<credit_batch::Entity>().filter(credit_batch::Entity::within(tx, reach));
        Condition::any().add(entity::credit_entry::Column::BatchId.in_subquery(batches.subquery(credit_batch::Column::Id)))
    }
}

impl Visible for entity::credit_transfer_decision::Entity {
    const READ: Option<Permission> = Some(Permission::CreditRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let transfers = tx.everything::<credit_transfer::Entity>().filter(credit_transfer::Entity::within(tx, reach));
        Condition::any()
            .add(entity::credit_transfer_decision::Column::TransferId.in_subquery(transfers.subquery(credit_transfer::Column::Id)))
    }
}

impl Visible for entity::credit_dispute_end::Entity {
    const READ: Option<Permission> = Some(Permission::CreditRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let disputes = tx.everything::<credit_dispute::Entity>().filter(credit_dispute::Entity::within(tx, reach));
        Condition::any().add(entity::credit_dispute_end::Column::DisputeId.in_subquery(disputes.subquery(credit_dispute::Column::Id)))
    }
}

impl Visible for cost_entry::Entity {
    const READ: Option<Permission> = Some(Permission::CostRead);

    fn reserved() -> Option<(Permission, SimpleExpr)> {
        Some((Permission::SalaryRead, cost_entry::Column::Category.is_in(CostCategory::PAY)))
    }

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let sight = tx.sight();
        let of_tactics = || {
            let tactics = tx.everything::<tactic::Entity>().filter(tactic::Entity::within(tx, reach));
            Condition::any().add(cost_entry::Column::TacticId.in_subquery(tactics.subquery(tactic::Column::Id)))
        };
        match reach {
            Reach::Own => of_tactics(),
            Reach::Team => of_tactics().add(cost_entry::Column::TeamId.is_in(sight.teams.iter().copied())),
            Reach::Resource => Condition::any().add(cost_entry::Column::Owner.is_in(sight.resource.map(CostOwner::from))),
            Reach::Organization => Condition::all(),
        }
    }
}

impl Visible for budget::Entity {
    const READ: Option<Permission> = Some(Permission::CostRead);

    fn within(tx: &TenantTx, reach: Reach) -> Condition {
        let tactics = || tx.everything::<tactic::Entity>().filter(tactic::Entity::within(tx, reach)).subquery(tactic::Column::Id);
        match reach {
            Reach::Own | Reach::Team => Condition::any().add(budget::Column::TacticId.in_subquery(tactics())),
            Reach::Resource => Condition::any().add(budget::Column::Owner.is_in(tx.sight().resource.map(CostOwner::from))),
            Reach::Organization => Condition::all(),
        }
    }
}

/// The rows whose owner is within a reach.
fn owned<C: ColumnTrait>(tx: &TenantTx, owner: C, reach: Reach) -> Condition {
    let sight = tx.sight();
    let members = |condition| tx.everything::<member::Entity>().filter(condition).subquery(member::Column::Id);
    let own = Condition::any().add(owner.is_in(sight.owners.iter().copied()));
    match reach {
        Reach::Own => own,
        Reach::Team => own.add(owner.in_subquery(members(member::Column::TeamId.is_in(sight.teams.iter().copied())))),
        Reach::Resource => own.add(owner.in_subquery(members(member::Column::Resource.is_in(sight.resource)))),
        Reach::Organization => Condition::all(),
    }
}

fn accounts(tx: &TenantTx, reach: Reach) -> SelectStatement {
    tx.everything::<account::Entity>().filter(owned(tx, account::Column::OwnerId, reach)).subquery(account::Column::Id)
}

fn people(tx: &TenantTx, reach: Reach) -> SelectStatement {
    tx.everything::<person::Entity>().filter(person::Entity::within(tx, reach)).subquery(person::Column::Id)
}

fn closes(tx: &TenantTx, reach: Reach) -> SelectStatement {
    tx.everything::<close::Entity>().filter(close::Entity::within(tx, reach)).subquery(close::Column::Id)
}

fn opportunities(tx: &TenantTx, reach: Reach) -> SelectStatement {
    tx.everything::<opportunity::Entity>().filter(opportunity::Entity::within(tx, reach)).subquery(opportunity::Column::Id)
}
