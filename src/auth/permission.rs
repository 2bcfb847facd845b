//! The policy: one exhaustive match of permission and role.

use entity::kinds::Role;

/// How far a role's permission goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every object of the organization.
    Organization,
    /// Objects of the member's own resource only.
    Resource,
    /// Nothing.
    Denied,
}

/// A permission as a type, so that a signature can name it.
pub trait Grant: Send + Sync + 'static {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// What can be permitted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $($(#[$doc])* $name,)+
        }

        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];
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
    /// Read the organization's settings and its own membership.
    OrganizationRead,
    /// Change the organization's settings, teams and members.
    OrganizationManage,
    /// Read teams and members.
    DirectoryRead,
    /// Read accounts and people.
    BuyerRead,
    /// Read names and addresses of people.
    ContactRead,
    /// Record and revise accounts and people.
    BuyerWrite,
    /// Read tactics, touches, stages and stage events.
    JourneyRead,
    /// Create and revise tactics.
    TacticWrite,
    /// Record and correct touches.
    TouchWrite,
    /// Record and correct stage events.
    StageWrite,
    /// Read closes and what happened to them.
    CloseRead,
    /// Generate accounts and record movements of closes.
    CloseWrite,
    /// Read the credit ledger.
    CreditRead,
    /// Post to the credit ledger.
    CreditWrite,
    /// Read cost entries and allocation rules.
    CostRead,
    /// Record and correct cost entries.
    CostWrite,
    /// Set how shared cost is split.
    AllocationManage,
    /// Read the funnel.
    FunnelRead,
    /// Read the cost per close.
    CostPerCloseRead,
    /// Read what the metrics mean.
    DefinitionRead,
}

/// How far a permission goes for a role. A new role or permission does not compile until it is decided here.
#[must_use]
pub const fn reach(role: Role, permission: Permission) -> Reach {
    use Reach::{Denied, Organization, Resource};
    use Role::{
        Admin, Auditor, Executive, Integration, Marketer, MarketingLead, Partner, ProductLead, Revops, SalesAssistant, SalesLead, SalesRep,
    };
    match permission {
        Permission::OrganizationRead | Permission::DefinitionRead => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner
            | Auditor | Integration => Organization,
        },
        Permission::OrganizationManage => match role {
            Admin => Organization,
            Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor
            | Integration => Denied,
        },
        Permission::DirectoryRead => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Auditor
            | Integration => Organization,
            Partner => Denied,
        },
        Permission::BuyerRead | Permission::JourneyRead => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Auditor
            | Integration => Organization,
            Partner => Denied,
        },
        Permission::ContactRead => match role {
            Admin | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Integration => Organization,
            Executive | Auditor | Partner => Denied,
        },
        Permission::BuyerWrite => match role {
            Admin | Revops | MarketingLead | Marketer | SalesLead | SalesRep | ProductLead | Integration => Organization,
            Executive | SalesAssistant | Partner | Auditor => Denied,
        },
        Permission::TacticWrite => match role {
            Admin | Revops | Integration => Organization,
            MarketingLead | Marketer | SalesLead | ProductLead => Resource,
            Executive | SalesRep | SalesAssistant | Partner | Auditor => Denied,
        },
        Permission::TouchWrite => match role {
            Admin | Revops | Integration => Organization,
            MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead => Resource,
            Executive | Partner | Auditor => Denied,
        },
        Permission::StageWrite => match role {
            Admin | Revops | Integration => Organization,
            MarketingLead | Marketer | SalesLead | SalesRep | ProductLead => Resource,
            Executive | SalesAssistant | Partner | Auditor => Denied,
        },
        Permission::CloseRead => match role {
            Admin | Executive | Revops | MarketingLead | SalesLead | SalesRep | ProductLead | Auditor | Integration => Organization,
            Marketer | SalesAssistant | Partner => Denied,
        },
        // No department marks its own close.
        Permission::CloseWrite => match role {
            Admin | Revops | Integration => Organization,
            Executive | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor => Denied,
        },
        Permission::CreditRead => match role {
            Admin | Executive | Revops | MarketingLead | SalesLead | ProductLead | Auditor | Integration => Organization,
            Marketer | SalesRep | SalesAssistant | Partner => Denied,
        },
        Permission::CreditWrite => match role {
            Admin | Revops => Organization,
            Executive | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor
            | Integration => Denied,
        },
        Permission::CostRead => match role {
            Admin | Executive | Revops | Auditor | Integration => Organization,
            MarketingLead | Marketer | SalesLead | ProductLead => Resource,
            SalesRep | SalesAssistant | Partner => Denied,
        },
        Permission::CostWrite => match role {
            Admin | Revops | Integration => Organization,
            MarketingLead | SalesLead | ProductLead => Resource,
            Executive | Marketer | SalesRep | SalesAssistant | Partner | Auditor => Denied,
        },
        Permission::AllocationManage => match role {
            Admin | Revops => Organization,
            Executive | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Partner | Auditor
            | Integration => Denied,
        },
        // Counterparts read the same totals.
        Permission::FunnelRead => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | SalesAssistant | ProductLead | Auditor
            | Integration => Organization,
            Partner => Denied,
        },
        // Amounts are not for assistants and partners.
        Permission::CostPerCloseRead => match role {
            Admin | Executive | Revops | MarketingLead | Marketer | SalesLead | SalesRep | ProductLead | Auditor | Integration => {
                Organization
            }
            SalesAssistant | Partner => Denied,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_role_but_the_close_desk_writes_closes_or_credit() {
        for &role in Role::ALL {
            let desk = matches!(role, Role::Admin | Role::Revops);
            assert_eq!(reach(role, Permission::CreditWrite) != Reach::Denied, desk, "{role:?}");
            let may_close = desk || role == Role::Integration;
            assert_eq!(reach(role, Permission::CloseWrite) != Reach::Denied, may_close, "{role:?}");
        }
    }

    #[test]
    fn auditors_and_executives_write_nothing() {
        let writes = Permission::ALL.iter().filter(|permission| {
            let name = format!("{permission:?}");
            name.ends_with("Write") || name.ends_with("Manage")
        });
        for &permission in writes {
            for role in [Role::Auditor, Role::Executive, Role::Partner] {
                assert_eq!(reach(role, permission), Reach::Denied, "{role:?} {permission:?}");
            }
        }
    }

    #[test]
    fn an_admin_may_do_everything() {
        for &permission in Permission::ALL {
            assert_eq!(reach(Role::Admin, permission), Reach::Organization, "{permission:?}");
        }
    }
}
