//! The policy: one exhaustive match of permission and role.

use entity::kinds::Role;

use super::{Permission, Reach};

/// How far a permission goes for a built-in role; nowhere where it is not given. A new role or permission does not
/// compile until it is decided here.
#[must_use]
pub const fn reach(role: Role, permission: Permission) -> Option<Reach> {
    use Reach::{Organization, Own, Resource, Team};
    use Role::{
        Admin, Auditor, Executive, Integration, Marketer, MarketingLead, Partner, ProductLead, Revops, SalesAssistant, SalesLead, SalesRep,
    };
    let reach = match permission {
        Permission::OrganizationRead | Permission::DefinitionRead | Permission::SessionOwn => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner
            | Auditor | Integration => Organization,
        },
        // Counterparts read what they owe each other, and the same totals.
        Permission::AgreementRead | Permission::GoalRead => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Auditor
            | Integration => Organization,
            Partner => return None,
        },
        // Those who lead a resource agree and offer for it.
        Permission::AgreementWrite => match role {
            Admin | Revops => Organization,
            MarketingLead | SalesLead | ProductLead => Resource,
            Executive | Marketer | SalesRep | SalesAssistant | Partner | Auditor | Integration => return None,
        },
        Permission::HandoffOffer => match role {
            Admin | Revops | Integration => Organization,
            MarketingLead | Marketer | SalesLead | ProductLead => Resource,
            Executive | SalesRep | SalesAssistant | Partner | Auditor => return None,
        },
        // Sellers decide about what is offered to them, and about what nobody of theirs took yet.
        Permission::HandoffDecide => match role {
            Admin | Revops | Integration => Organization,
            MarketingLead | ProductLead => Resource,
            SalesLead => Team,
            SalesRep => Own,
            Executive | Marketer | SalesAssistant | Partner | Auditor => return None,
        },
        // Nobody stops the clock that runs for themselves.
        Permission::ClockManage => match role {
            Admin | Revops => Organization,
            MarketingLead | ProductLead => Resource,
            SalesLead => Team,
            Executive | Marketer | SalesRep | SalesAssistant | Partner | Auditor | Integration => return None,
        },
        // A goal of several resources is set by whoever answers for all of them.
        Permission::GoalWrite => match role {
            Admin | Executive | Revops => Organization,
            MarketingLead | SalesLead | ProductLead => Resource,
            Marketer | SalesRep | SalesAssistant | Partner | Auditor | Integration => return None,
        },
        Permission::FeedbackRead => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | SalesLead | ProductLead | Auditor | Integration => Organization,
            SalesRep | SalesAssistant => Resource,
            Partner => return None,
        },
        Permission::FeedbackWrite => match role {
            Admin | Revops => Organization,
            MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead => Resource,
            Executive | Partner | Auditor | Integration => return None,
        },
        // What the figures tell is for everybody who reads figures.
        Permission::InsightRead => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Auditor
            | Integration => Organization,
            Partner => return None,
        },
        Permission::InsightWrite => match role {
            Admin | Executive | Revops => Organization,
            MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor | Integration => {
                return None;
            }
        },
        // Those who lead a resource answer for what it is told.
        Permission::InsightAcknowledge => match role {
            Admin | Executive | Revops => Organization,
            MarketingLead | SalesLead | ProductLead => Resource,
            Marketer | SalesRep | SalesAssistant | Partner | Auditor | Integration => return None,
        },
        Permission::OrganizationManage | Permission::CredentialManage => match role {
            Admin => Organization,
            Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor
            | Integration => return None,
        },
        Permission::DirectoryRead | Permission::TacticRead => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Auditor
            | Integration => Organization,
            Partner => return None,
        },
        Permission::DelegationManage => match role {
            Admin => Organization,
            SalesLead => Team,
            SalesRep => Own,
            Executive | Revops | MarketingLead | Marketer | SalesAssistant | ProductLead | Partner | Auditor | Integration => return None,
        },
        // Sellers see the buyers they look after; the totals they see are everybody's.
        Permission::BuyerRead
        | Permission::JourneyRead
        | Permission::OpportunityRead
        | Permission::ActivityRead
        | Permission::HandoffRead => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | ProductLead | Auditor | Integration => Organization,
            SalesLead => Team,
            SalesRep | SalesAssistant => Own,
            Partner => return None,
        },
        Permission::ContactRead => match role {
            Admin | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Integration => Organization,
            Executive | Auditor | Partner => return None,
        },
        Permission::BuyerWrite => match role {
            Admin | Revops | MarketingLead | Marketer | ProductLead | Integration => Organization,
            SalesLead => Team,
            SalesRep => Own,
            Executive | SalesAssistant | Partner | Auditor => return None,
        },
        // Whoever answers for what is kept of people, and for the records it is kept in.
        Permission::PrivacyManage => match role {
            Admin | Revops => Organization,
            Executive | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor
            | Integration => return None,
        },
        // Whom all of them go after is settled by those who answer for the market.
        Permission::SegmentManage => match role {
            Admin | Revops | MarketingLead => Organization,
            Executive | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor | Integration => return None,
        },
        Permission::TacticWrite => match role {
            Admin | Revops | Integration => Organization,
            MarketingLead | SalesLead | ProductLead => Resource,
            Marketer => Own,
            Executive | SalesRep | SalesAssistant | Partner | Auditor => return None,
        },
        Permission::TouchWrite => match role {
            Admin | Revops | Integration => Organization,
            MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead => Resource,
            Executive | Partner | Auditor => return None,
        },
        Permission::StageWrite => match role {
            Admin | Revops | Integration => Organization,
            MarketingLead | Marketer | SalesLead | SalesRep | ProductLead => Resource,
            Executive | SalesAssistant | Partner | Auditor => return None,
        },
        // Deals are worked by sellers; how they end is told by those who work them, and by the systems they work in.
        Permission::OpportunityWrite => match role {
            Admin | Revops | Integration => Organization,
            SalesLead => Team,
            SalesRep => Own,
            Executive | MarketingLead | Marketer | SalesAssistant | ProductLead | Partner | Auditor => return None,
        },
        // Who acts for a seller plans for them too; others plan for their own resource.
        Permission::ActivityWrite => match role {
            Admin | Revops | Integration => Organization,
            MarketingLead | Marketer | ProductLead => Resource,
            SalesLead => Team,
            SalesRep | SalesAssistant => Own,
            Executive | Partner | Auditor => return None,
        },
        Permission::CloseRead => match role {
            Admin | Executive | Revops | MarketingLead | ProductLead | Auditor | Integration => Organization,
            SalesLead => Team,
            SalesRep => Own,
            Marketer | SalesAssistant | Partner => return None,
        },
        // No department marks its own close.
        Permission::CloseWrite => match role {
            Admin | Revops | Integration => Organization,
            Executive | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor => return None,
        },
        Permission::CreditRead => match role {
            Admin | Executive | Revops | MarketingLead | ProductLead | Auditor | Integration => Organization,
            SalesLead => Team,
            Marketer | SalesRep | SalesAssistant | Partner => return None,
        },
        // Those who lead a resource speak for its side.
        Permission::CreditTransfer => match role {
            Admin | Revops => Organization,
            MarketingLead | SalesLead | ProductLead => Resource,
            Executive | Marketer | SalesRep | SalesAssistant | Partner | Auditor | Integration => return None,
        },
        // Whoever answers for the books says when they are settled, and what is written to them afterwards.
        Permission::PipelineManage
        | Permission::CalendarManage
        | Permission::CreditWrite
        | Permission::PeriodLock
        | Permission::LedgerRestate
        | Permission::AllocationManage
        | Permission::ClientManage => match role {
            Admin | Revops => Organization,
            Executive | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor
            | Integration => return None,
        },
        // Rates come from those who keep the books, and from the systems that publish them.
        Permission::FxManage => match role {
            Admin | Revops | Integration => Organization,
            Executive | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor => return None,
        },
        Permission::CostRead => match role {
            Admin | Executive | Revops | Auditor | Integration => Organization,
            MarketingLead | SalesLead | ProductLead => Resource,
            Marketer => Own,
            SalesRep | SalesAssistant | Partner => return None,
        },
        // Who keeps the books sees sums of several people only.
        Permission::SalaryRead => match role {
            Admin | Executive => Organization,
            Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor | Integration => {
                return None;
            }
        },
        Permission::CostWrite => match role {
            Admin | Revops | Integration => Organization,
            MarketingLead | SalesLead | ProductLead => Resource,
            Executive | Marketer | SalesRep | SalesAssistant | Partner | Auditor => return None,
        },
        // Whoever is to spend a budget does not set it.
        Permission::BudgetManage => match role {
            Admin | Executive | Revops => Organization,
            MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor | Integration => {
                return None;
            }
        },
        // Counterparts read the same totals.
        Permission::FunnelRead => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Auditor
            | Integration => Organization,
            Partner => return None,
        },
        // Amounts are not for assistants and partners.
        Permission::CostPerCloseRead => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | ProductLead | Auditor | Integration => {
                Organization
            }
            SalesAssistant | Partner => return None,
        },
        Permission::AuditRead => match role {
            Admin | Auditor => Organization,
            Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Integration => {
                return None;
            }
        },
    };
    Some(reach)
}
