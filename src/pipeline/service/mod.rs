//! Use cases of opportunities, parts in buying, and blockers.

mod blockers;
mod deals;
mod happenings;
mod opportunities;
mod roles;

pub use blockers::{
    BlockerFilter, Lasts, RaiseBlocker, ResolveBlocker, blockers, blockers_by_id, blockers_of, lasts, raise_blocker, raise_blocker_in,
    resolve_blocker, resolve_blocker_in, resolved_with,
};
pub use deals::{Deals, hold_deals, stands_won_by, win};
pub use happenings::{
    CloseOpportunity, MarkStalled, ReopenOpportunity, ResumeOpportunity, Stall, Stands, close_opportunity, close_opportunity_in, event_of,
    events_by_id, events_of, mark_stalled, reopen_opportunity, resume_opportunity, standing,
};
pub use opportunities::{
    NewOpportunity, OpportunityFilter, OpportunityState, ReviseOpportunity, create_opportunity, create_opportunity_in, opportunities,
    opportunities_by_id, opportunities_of, opportunity_by_external_id, revise_opportunity,
};
pub use roles::{
    EndBuyingRole, Part, SetBuyingRole, end_buying_role, parts_by_id, parts_of_opportunities, parts_of_people, set_buying_role,
    set_buying_role_in,
};
