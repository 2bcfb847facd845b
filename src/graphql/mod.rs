//! The API: roots that join what the areas offer, and what all of them share.

pub mod allowed;
pub mod bulk;
pub mod code;
pub mod connection;
pub mod context;
pub mod documents;
pub mod extension;
pub mod external;
pub mod guard;
pub mod meter;
pub mod metric;
pub mod needs;
pub mod node;
pub mod omitted;
pub mod rate_limit;
pub mod recorder;
pub mod scalar;
pub mod share;
pub mod subscription;
pub mod user_error;

use async_graphql::{MergedObject, SDLExportOptions, Schema};

pub use context::{Authorize, attach};
pub use subscription::Subscription;

/// Mutations of which a document may ask for one, once: each is an attempt at a secret, and the throttles in front of them
/// count requests. The names are those of the schema.
pub const SENSITIVE_MUTATIONS: &[&str] =
    &["signIn", "refreshSession", "changePassword", "acceptInvitation", "requestPasswordReset", "resetPassword"];

/// Mutations that need no token: they let somebody in. Of every other root field the caller has to be known.
pub const OPEN_MUTATIONS: &[&str] = &["signIn", "refreshSession", "acceptInvitation", "requestPasswordReset", "resetPassword"];

// A root asks its parts one within the other for a field: in groups they are not so deep, and need less of the stack.

/// Who works here, what they may do, and what they did.
#[derive(MergedObject, Debug, Default)]
struct DirectoryQueries(
    node::NodeQuery,
    crate::catalogue::graphql::CatalogueQuery,
    rate_limit::RateLimitQuery,
    crate::organization::graphql::OrganizationQuery,
    crate::roles::graphql::RolesQuery,
    crate::clients::graphql::ClientQuery,
    crate::audit::graphql::AuditQuery,
);

/// Buyers, and the markets they belong to.
#[derive(MergedObject, Debug, Default)]
struct BuyerQueries(
    crate::buyers::graphql::BuyersQuery,
    crate::buyers::graphql::IdentityQuery,
    crate::segments::graphql::SegmentQuery,
    crate::segments::graphql::IcpFitQuery,
    crate::segments::graphql::CoverageQuery,
    crate::segments::graphql::InterestQuery,
);

/// How far buyers and deals get.
#[derive(MergedObject, Debug, Default)]
struct FunnelQueries(
    crate::journey::funnel::graphql::FunnelQuery,
    crate::journey::funnel::graphql::StageTimeQuery,
    crate::journey::funnel::graphql::KnownQuery,
    crate::pipeline::graphql::PipelineQuery,
    crate::pipeline::report::graphql::ReportQuery,
    crate::pipeline::report::graphql::VelocityQuery,
);

/// What happens to buyers.
#[derive(MergedObject, Debug, Default)]
struct JourneyQueries(
    crate::journey::graphql::JourneyQuery,
    crate::journey::stream::graphql::StreamQuery,
    crate::activities::graphql::ActivityQuery,
    crate::journey::graphql::DutiesQuery,
    crate::journey::graphql::ContentQuery,
    crate::journey::graphql::EnablementQuery,
);

/// What was won, and who earned it.
#[derive(MergedObject, Debug, Default)]
struct CreditQueries(
    crate::credit::graphql::CreditQuery,
    crate::credit::graphql::DisputeQuery,
    crate::credit::graphql::ProposalQuery,
    crate::credit::graphql::LateQuery,
    crate::credit::graphql::RepFreeQuery,
);

/// Who earned it.
#[derive(MergedObject, Debug, Default)]
struct EvidenceQueries(
    crate::attribution::graphql::AttributionQuery,
    crate::attribution::graphql::GapQuery,
    crate::attribution::graphql::OrderQuery,
    crate::attribution::graphql::ImportanceQuery,
);

/// What it cost.
#[derive(MergedObject, Debug, Default)]
struct CostQueries(
    crate::costs::graphql::CostQuery,
    crate::costs::graphql::CostPerCloseQuery,
    crate::costs::graphql::BudgetQuery,
    crate::periods::graphql::PeriodQuery,
    crate::costs::exchange::graphql::FxQuery,
    crate::economics::graphql::UnitEconomicsQuery,
    crate::economics::graphql::ScoreboardQuery,
    crate::economics::graphql::ReviewQuery,
);

/// What the resources owe each other.
#[derive(MergedObject, Debug, Default)]
struct AgreementQueries(
    crate::agreements::graphql::CalendarQuery,
    crate::agreements::graphql::AgreementQuery,
    crate::agreements::handoffs::graphql::HandoffQuery,
    crate::agreements::report::graphql::SlaQuery,
    crate::feedback::graphql::FeedbackQuery,
    crate::goals::graphql::GoalQuery,
    crate::scorecard::graphql::ScorecardQuery,
    crate::insights::graphql::InsightQuery,
);

/// Changing who works here and what they may do.
#[derive(MergedObject, Debug, Default)]
struct DirectoryMutations(
    crate::access::graphql::AccessMutation,
    crate::organization::graphql::OrganizationMutation,
    crate::roles::graphql::RolesMutation,
    crate::clients::graphql::ClientMutation,
);

/// Changing buyers and the markets they belong to.
#[derive(MergedObject, Debug, Default)]
struct BuyerMutations(
    crate::buyers::graphql::AccountMutation,
    crate::buyers::graphql::PersonMutation,
    crate::buyers::graphql::IdentityMutation,
    crate::segments::graphql::AttributeMutation,
    crate::segments::graphql::DemandMutation,
    crate::segments::graphql::SegmentMutation,
    crate::segments::graphql::ProfileMutation,
    crate::privacy::graphql::PrivacyMutation,
);

/// Recording what happens to buyers.
#[derive(MergedObject, Debug, Default)]
struct JourneyMutations(
    crate::journey::graphql::PipelineMutation,
    crate::journey::graphql::TacticMutation,
    crate::journey::graphql::ContentMutation,
    crate::journey::graphql::TouchMutation,
    crate::journey::stream::graphql::SelfReportMutation,
    crate::journey::graphql::StageEventMutation,
    crate::activities::graphql::ActivityMutation,
);

/// Recording deals.
#[derive(MergedObject, Debug, Default)]
struct DealMutations(
    crate::pipeline::graphql::OpportunityMutation,
    crate::pipeline::graphql::BuyingRoleMutation,
    crate::pipeline::graphql::BlockerMutation,
);

/// Recording what was won, who earned it, and what it cost.
#[derive(MergedObject, Debug, Default)]
struct MoneyMutations(
    crate::credit::graphql::GenerationMutation,
    crate::credit::graphql::LedgerMutation,
    crate::credit::graphql::TransferMutation,
    crate::credit::graphql::DisputeMutation,
    crate::credit::graphql::ProposalMutation,
    crate::costs::graphql::CostMutation,
    crate::costs::graphql::AllocationMutation,
    crate::costs::graphql::BudgetMutation,
    crate::periods::graphql::PeriodMutation,
    crate::costs::exchange::graphql::FxMutation,
);

/// Agreeing on what the resources owe each other.
#[derive(MergedObject, Debug, Default)]
struct AgreementMutations(
    crate::agreements::graphql::CalendarMutation,
    crate::agreements::graphql::AgreementMutation,
    crate::agreements::handoffs::graphql::OfferMutation,
    crate::agreements::handoffs::graphql::DecideMutation,
    crate::agreements::handoffs::graphql::ClockMutation,
    crate::feedback::graphql::FeedbackMutation,
    crate::goals::graphql::GoalMutation,
    crate::insights::graphql::InsightMutation,
);

/// Everything that can be read.
#[derive(MergedObject, Debug, Default)]
pub struct Query(
    DirectoryQueries,
    BuyerQueries,
    FunnelQueries,
    JourneyQueries,
    CreditQueries,
    EvidenceQueries,
    CostQueries,
    AgreementQueries,
);

/// Everything that can be changed: one mutation per act of business.
#[derive(MergedObject, Debug, Default)]
pub struct Mutation(DirectoryMutations, BuyerMutations, JourneyMutations, DealMutations, MoneyMutations, AgreementMutations);

/// The schema.
pub type TandemSchema = Schema<Query, Mutation, Subscription>;

/// Builds the schema. What a document may ask for is the business of the guard and the extension.
#[must_use]
pub fn schema(limits: guard::Limits) -> TandemSchema {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .extension(extension::Hardening::new(limits))
        .disable_suggestions()
        .register_output_type::<needs::Notes>()
        .finish()
}

/// The schema as text, sorted, so that two versions can be compared line by line.
#[must_use]
pub fn sdl() -> String {
    schema(guard::Limits::default()).sdl_with_options(
        SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().include_specified_by().use_space_ident(),
    )
}
