//! What can be permitted, and how far. Which role may do what is the [`policy`](reach).

mod policy;

use entity::kinds::Role;

use crate::metrics::definition::Access;

pub use policy::reach;

/// Which objects a permission reaches. Each reaches what the ones before it reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reach {
    /// One's own, and those of the members one acts for.
    Own,
    /// Those of one's team and the teams within it.
    Team,
    /// Those of one's resource.
    Resource,
    /// All of the organization.
    Organization,
}

impl Reach {
    /// Its name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "OWN",
            Self::Team => "TEAM",
            Self::Resource => "RESOURCE",
            Self::Organization => "ORGANIZATION",
        }
    }
}

/// How much a caller was shown of what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visibility {
    /// How far the permission goes.
    pub scope: Reach,
    /// Whether nothing was left out.
    pub complete: bool,
}

impl From<Reach> for Visibility {
    fn from(scope: Reach) -> Self {
        Self { scope, complete: scope == Reach::Organization }
    }
}

/// A permission as a type, so that a signature can name it.
pub trait Grant: Send + Sync + 'static {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What can be permitted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, async_graphql::Enum)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum Permission {
            $($(#[$doc])* $name,)+
        }

        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its name in the API and wherever it is kept.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }

        /// Each permission as a type.
        pub mod grant {
            $(
                $(#[$doc])*
                #[derive(Debug)]
                pub struct $name;

                impl super::Grant for $name {
                    const PERMISSION: super::Permission = super::Permission::$name;
                }
            )+
        }
    };
}

permissions! {
    /// Read the organization's settings and one's own membership.
    OrganizationRead = "ORGANIZATION_READ",
    /// Change the organization's settings, teams and members.
    OrganizationManage = "ORGANIZATION_MANAGE",
    /// Read teams, members and roles.
    DirectoryRead = "DIRECTORY_READ",
    /// Let somebody act for a seller.
    DelegationManage = "DELEGATION_MANAGE",
    /// Read accounts and people.
    BuyerRead = "BUYER_READ",
    /// Read names and addresses of people.
    ContactRead = "CONTACT_READ",
    /// Record and revise accounts and people.
    BuyerWrite = "BUYER_WRITE",
    /// Export everything that is held on a person, and erase who they are.
    PrivacyManage = "PRIVACY_MANAGE",
    /// Define segments of accounts and what the ideal customer is like, and keep lists of accounts.
    SegmentManage = "SEGMENT_MANAGE",
    /// Read tactics.
    TacticRead = "TACTIC_READ",
    /// Create and revise tactics.
    TacticWrite = "TACTIC_WRITE",
    /// Read touches, stages and stage events.
    JourneyRead = "JOURNEY_READ",
    /// Record and correct touches.
    TouchWrite = "TOUCH_WRITE",
    /// Record and correct stage events.
    StageWrite = "STAGE_WRITE",
    /// Define pipelines and what entries into their stages have to meet.
    PipelineManage = "PIPELINE_MANAGE",
    /// Read opportunities, who decides on them, and what keeps buyers from it.
    OpportunityRead = "OPPORTUNITY_READ",
    /// Record opportunities, how they end, who decides on them, and what keeps buyers from it.
    OpportunityWrite = "OPPORTUNITY_WRITE",
    /// Read what is planned with buyers, and what came of it.
    ActivityRead = "ACTIVITY_READ",
    /// Plan what is to be done with buyers, and tell what came of it.
    ActivityWrite = "ACTIVITY_WRITE",
    /// Read business calendars, service agreements and how both sides keep them.
    AgreementRead = "AGREEMENT_READ",
    /// Draft, sign, amend and end service agreements.
    AgreementWrite = "AGREEMENT_WRITE",
    /// Define when the organization works.
    CalendarManage = "CALENDAR_MANAGE",
    /// Read handoffs and their clocks.
    HandoffRead = "HANDOFF_READ",
    /// Offer buyers to another resource, and answer what became of that.
    HandoffOffer = "HANDOFF_OFFER",
    /// Accept, reject and pass on what another resource offers.
    HandoffDecide = "HANDOFF_DECIDE",
    /// Pause, resume and cancel clocks, and reckon them by other hours.
    ClockManage = "CLOCK_MANAGE",
    /// Read what the resources tell each other.
    FeedbackRead = "FEEDBACK_READ",
    /// Tell another resource something, and take note of what it tells.
    FeedbackWrite = "FEEDBACK_WRITE",
    /// Read goals.
    GoalRead = "GOAL_READ",
    /// Set goals, revise and end them, and tell how they go.
    GoalWrite = "GOAL_WRITE",
    /// Read what the figures tell by themselves.
    InsightRead = "INSIGHT_READ",
    /// Have the figures looked through for what they tell.
    InsightWrite = "INSIGHT_WRITE",
    /// Take note of what the figures tell, and say what is done about it.
    InsightAcknowledge = "INSIGHT_ACKNOWLEDGE",
    /// Read closes and what happened to them.
    CloseRead = "CLOSE_READ",
    /// Generate accounts and record movements of closes.
    CloseWrite = "CLOSE_WRITE",
    /// Read the credit ledger.
    CreditRead = "CREDIT_READ",
    /// Ask to move credit between resources, and decide about what others ask for.
    CreditTransfer = "CREDIT_TRANSFER",
    /// Undo postings of the credit ledger, and define the policies by which it is kept.
    CreditWrite = "CREDIT_WRITE",
    /// Lock months, and open them again.
    PeriodLock = "PERIOD_LOCK",
    /// Write to locked months.
    LedgerRestate = "LEDGER_RESTATE",
    /// Read cost entries and allocation rules.
    CostRead = "COST_READ",
    /// Read what single people are paid.
    SalaryRead = "SALARY_READ",
    /// Record and correct cost entries.
    CostWrite = "COST_WRITE",
    /// Set what the resources may spend.
    BudgetManage = "BUDGET_MANAGE",
    /// Set how shared cost is split.
    AllocationManage = "ALLOCATION_MANAGE",
    /// Record exchange rates.
    FxManage = "FX_MANAGE",
    /// Read the funnel.
    FunnelRead = "FUNNEL_READ",
    /// Read the cost per close.
    CostPerCloseRead = "COST_PER_CLOSE_READ",
    /// Read what the metrics mean.
    DefinitionRead = "DEFINITION_READ",
    /// Read who did what.
    AuditRead = "AUDIT_READ",
    /// End one's own sign-ins and change one's own password.
    SessionOwn = "SESSION_OWN",
    /// Invite members, and let them in by password, ticket or identity provider.
    CredentialManage = "CREDENTIAL_MANAGE",
    /// Make API clients, give them secrets and end them.
    ClientManage = "CLIENT_MANAGE",
}

impl Permission {
    /// What it takes to read a metric.
    #[must_use]
    pub const fn to_read(access: Access) -> Self {
        match access {
            Access::Funnel => Self::FunnelRead,
            Access::CostPerClose => Self::CostPerCloseRead,
            Access::Agreement => Self::AgreementRead,
        }
    }

    /// Whether only people may have it: whoever holds a secret must not be able to make another one.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::SessionOwn | Self::CredentialManage | Self::ClientManage | Self::DelegationManage)
    }

    /// Whether who is bound to the objects of one source may have it: it changes nothing, or only what systems name and what
    /// was added to that.
    #[must_use]
    pub const fn is_of_a_source(self) -> bool {
        match self {
            Self::OrganizationRead
            | Self::DirectoryRead
            | Self::BuyerRead
            | Self::ContactRead
            | Self::BuyerWrite
            | Self::TacticRead
            | Self::TacticWrite
            | Self::JourneyRead
            | Self::TouchWrite
            | Self::StageWrite
            | Self::OpportunityRead
            | Self::OpportunityWrite
            | Self::ActivityRead
            | Self::ActivityWrite
            | Self::AgreementRead
            | Self::HandoffRead
            | Self::HandoffOffer
            | Self::HandoffDecide
            | Self::FeedbackRead
            | Self::GoalRead
            | Self::InsightRead
            | Self::CloseRead
            | Self::CloseWrite
            | Self::CreditRead
            | Self::CostRead
            | Self::SalaryRead
            | Self::CostWrite
            | Self::FunnelRead
            | Self::CostPerCloseRead
            | Self::DefinitionRead
            | Self::AuditRead => true,
            Self::OrganizationManage
            | Self::DelegationManage
            | Self::PrivacyManage
            | Self::PipelineManage
            | Self::SegmentManage
            | Self::AgreementWrite
            | Self::CalendarManage
            | Self::ClockManage
            | Self::FeedbackWrite
            | Self::GoalWrite
            | Self::InsightWrite
            | Self::InsightAcknowledge
            | Self::CreditTransfer
            | Self::CreditWrite
            | Self::PeriodLock
            | Self::LedgerRestate
            | Self::BudgetManage
            | Self::AllocationManage
            | Self::FxManage
            | Self::SessionOwn
            | Self::CredentialManage
            | Self::ClientManage => false,
        }
    }

    /// How far it can go: what is about the organization as a whole goes all the way or is not given.
    #[must_use]
    pub const fn reaches(self) -> &'static [Reach] {
        use Reach::{Organization, Own, Resource, Team};
        match self {
            Self::BuyerRead
            | Self::BuyerWrite
            | Self::PrivacyManage
            | Self::TacticRead
            | Self::TacticWrite
            | Self::JourneyRead
            | Self::TouchWrite
            | Self::StageWrite
            | Self::OpportunityRead
            | Self::OpportunityWrite
            | Self::ActivityRead
            | Self::ActivityWrite
            | Self::HandoffRead
            | Self::HandoffDecide
            | Self::ClockManage
            | Self::CloseRead
            | Self::CloseWrite
            | Self::CreditRead
            | Self::CreditWrite
            | Self::CostRead
            | Self::DelegationManage
            | Self::ClientManage => &[Own, Team, Resource, Organization],
            // An entry is of a resource, or of all of them; so is the side of a transfer, of an agreement, and of what is told.
            Self::CostWrite
            | Self::CreditTransfer
            | Self::AgreementWrite
            | Self::HandoffOffer
            | Self::FeedbackRead
            | Self::FeedbackWrite
            | Self::GoalWrite
            | Self::InsightAcknowledge => &[Resource, Organization],
            Self::OrganizationRead
            | Self::OrganizationManage
            | Self::DirectoryRead
            | Self::ContactRead
            | Self::PipelineManage
            | Self::SegmentManage
            | Self::AgreementRead
            | Self::CalendarManage
            | Self::InsightRead
            | Self::InsightWrite
            | Self::PeriodLock
            | Self::LedgerRestate
            | Self::SalaryRead
            | Self::BudgetManage
            | Self::AllocationManage
            | Self::FxManage
            | Self::GoalRead
            | Self::FunnelRead
            | Self::CostPerCloseRead
            | Self::DefinitionRead
            | Self::AuditRead
            | Self::SessionOwn
            | Self::CredentialManage => &[Organization],
        }
    }

    /// Whether it gives might over nobody but oneself, as far as this.
    #[must_use]
    pub const fn is_over_oneself(self, reach: Reach) -> bool {
        matches!((self, reach), (Self::SessionOwn, _) | (Self::DelegationManage, Reach::Own))
    }
}

/// The permissions to read that go no further in a transaction that changes something than the permission to change it: a
/// role may read everything and change its own only. Touches, stages and costs of a resource are bound by the resource they
/// name, whoever the buyer belongs to.
#[must_use]
pub const fn narrowed_by(change: Permission, reach: Reach) -> &'static [Permission] {
    use Permission::{
        ActivityRead, ActivityWrite, BuyerRead, BuyerWrite, CloseRead, CloseWrite, CostRead, CreditRead, CreditWrite, HandoffRead,
        JourneyRead, OpportunityRead, OpportunityWrite, PrivacyManage, TacticRead, TacticWrite,
    };
    match (reach, change) {
        (Reach::Organization, _) => &[],
        (Reach::Team, TacticWrite) => &[TacticRead],
        (Reach::Own | Reach::Team, _) | (Reach::Resource, BuyerWrite | PrivacyManage | OpportunityWrite | CloseWrite | CreditWrite) => {
            &[BuyerRead, JourneyRead, OpportunityRead, ActivityRead, HandoffRead, CloseRead, CreditRead, CostRead]
        }
        (Reach::Resource, ActivityWrite) => &[ActivityRead],
        (Reach::Resource, _) => &[],
    }
}

/// Whether what is changed may be changed of buyers who were only handed to the caller: what is done about them, and not who
/// they are or whose.
#[must_use]
pub const fn changes_handed(change: Permission) -> bool {
    !matches!(change, Permission::BuyerWrite | Permission::PrivacyManage | Permission::CloseWrite | Permission::CreditWrite)
}

/// What somebody may do, and how far: one place for each permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights([Option<Reach>; Permission::ALL.len()]);

impl Rights {
    /// Nothing.
    pub const NONE: Self = Self([None; Permission::ALL.len()]);

    /// Those of a built-in role.
    #[must_use]
    pub fn of(role: Role) -> Self {
        Self::from_fn(|permission| reach(role, permission))
    }

    /// Each permission as far as a rule says; one that cannot go just so far is not given.
    #[must_use]
    pub fn from_fn(rule: impl Fn(Permission) -> Option<Reach>) -> Self {
        let mut rights = [None; Permission::ALL.len()];
        for (place, &permission) in rights.iter_mut().zip(Permission::ALL) {
            *place = rule(permission).filter(|reach| permission.reaches().contains(reach));
        }
        Self(rights)
    }

    /// How far a permission goes, if it is given.
    #[must_use]
    pub fn reach(&self, permission: Permission) -> Option<Reach> {
        self.0.get(permission as usize).copied().flatten()
    }

    /// Permissions listed by their names with spaces between, each as far as it goes; what is no name is nothing.
    #[must_use]
    pub fn named(list: &str) -> Self {
        Self::from_fn(|permission| list.split(' ').any(|name| name == permission.name()).then_some(Reach::Organization))
    }

    /// Whether nothing is permitted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    /// What both allow: each permission as far as the narrower of the two goes.
    #[must_use]
    pub fn within(&self, others: &Self) -> Self {
        Self::from_fn(|permission| self.reach(permission).min(others.reach(permission)))
    }

    /// What these allow and others do not, or not so far.
    #[must_use]
    pub fn beyond(&self, others: &Self) -> Vec<Permission> {
        self.iter().filter(|&(permission, reach)| Some(reach) > others.reach(permission)).map(|(permission, _)| permission).collect()
    }

    /// Whether some permission reaches what belongs to members or teams, so that these have to be known.
    #[must_use]
    pub fn name_owners(&self) -> bool {
        self.iter().any(|(_, reach)| matches!(reach, Reach::Own | Reach::Team))
    }

    /// The permissions that are given and how far they go, in the order of their declaration.
    pub fn iter(&self) -> impl Iterator<Item = (Permission, Reach)> {
        Permission::ALL.iter().filter_map(|&permission| Some((permission, self.reach(permission)?)))
    }
}

#[cfg(test)]
mod tests;
