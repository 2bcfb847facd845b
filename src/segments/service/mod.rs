//! Use cases of attributes, segments, lists, profiles, and their metrics.

mod attributes;
mod coverage;
mod demand;
mod fit;
mod interests;
mod keys;
mod lists;
mod membership;
mod profiles;
mod segments;

pub use attributes::{
    AccountAttributes, NewAttribute, attributes_of, record_account_attributes, record_account_attributes_in, set_account_attributes,
};
pub use coverage::{Coverage, CoverageQuestion, CoverageRow, CoverageTrendQuestion, coverage_rows, demand_coverage, demand_coverage_trend};
pub use demand::{RecordDemandState, demand_of, record_demand_state};
pub use fit::{FitLine, FitOf, FitPoint, FitQuestion, FitReport, fit_rows, icp_fit};
pub use interests::{InterestQuestion, Interests, audience_interests, audiences, interest_rows};
pub use lists::{ListChange, ListChanged, change_target_list};
pub use membership::{Memberships, members_of, segments_of};
pub use profiles::{DefineIcpProfile, criteria_of, define_icp_profile, icp_profiles, icp_profiles_by_id};
pub use segments::{
    DefineSegment, ReviseSegment, conditions_of, define_segment, define_segments_in, newest_versions, revise_segment, segments,
    segments_by_id, versions_of,
};
