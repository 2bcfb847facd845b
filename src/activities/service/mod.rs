//! Use cases of activities.

mod completing;
mod course;
mod planning;
mod reading;

pub use completing::{CompleteActivity, Completion, FollowUp, LogActivity, complete_activity, log_activity};
pub use course::{CancelActivity, ReassignActivity, RescheduleActivity, cancel_activity, reassign_activity, reschedule_activity};
pub use planning::{NewActivity, plan_activity};
pub use reading::{ActivitiesOf, ActivityFilter, activities, activities_by_id, activities_of, events_of, follow_ups, standing};
