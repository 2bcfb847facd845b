//! Work that no member asked for.

use super::permission::Permission;

/// Work that no member asked for, by name, with just the permissions it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Sets an organization up, or fills it with demonstration data.
    Setup,
    /// Reads files from the operator's command line.
    Import,
    /// Finds members for the operator's command line.
    Directory,
    /// Proves that the audit log is whole.
    Audit,
    /// Lets somebody in who has no session yet.
    SignIn,
    /// Carries out what falls due on handoffs and their clocks.
    Scheduler,
    /// Looks for what the figures tell by themselves.
    Insights,
}

impl System {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Import => "import",
            Self::Directory => "directory",
            Self::Audit => "audit",
            Self::SignIn => "sign-in",
            Self::Scheduler => "scheduler",
            Self::Insights => "insights",
        }
    }

    pub(super) const fn may(self, permission: Permission) -> bool {
        match self {
            Self::Setup => true,
            Self::Import => matches!(
                permission,
                Permission::OrganizationRead
                    | Permission::OrganizationManage
                    | Permission::SegmentManage
                    | Permission::BuyerRead
                    | Permission::BuyerWrite
                    | Permission::JourneyRead
                    | Permission::TacticRead
                    | Permission::TacticWrite
                    | Permission::TouchWrite
                    | Permission::StageWrite
                    | Permission::CloseRead
                    | Permission::CloseWrite
                    | Permission::CostRead
                    | Permission::SalaryRead
                    | Permission::CostWrite
                    | Permission::FxManage
            ),
            Self::Directory => matches!(permission, Permission::OrganizationRead | Permission::DirectoryRead),
            Self::Audit => matches!(permission, Permission::AuditRead),
            Self::SignIn => matches!(permission, Permission::CredentialManage),
            Self::Scheduler => matches!(permission, Permission::HandoffRead | Permission::ClockManage),
            Self::Insights => matches!(
                permission,
                Permission::InsightRead
                    | Permission::InsightWrite
                    | Permission::GoalRead
                    | Permission::DefinitionRead
                    | Permission::AgreementRead
                    | Permission::FunnelRead
                    | Permission::CostPerCloseRead
            ),
        }
    }
}
