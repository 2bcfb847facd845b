//! Queries on tactics, content, touches, stages and stage events.

mod contents;
mod stages;
mod tactics;
mod touches;

pub(super) use contents::{content_locked, content_used, contents, contents_at, coverage_rows, coverage_rows_at, update_content};
pub(super) use stages::{
    events_of_accounts, events_of_people, history, newest_pipeline, pipeline, pipelines, rules_of, stage_events, stages_of, versions_of,
};
pub(super) use tactics::{has_cost_or_touch, tactic_locked, tactic_names_of, tactics, tactics_shared, teams_by_tactic, update_tactic};
pub(super) use touches::{earliest_of_person, engaged, touch_column, touch_values, touched, touches, touches_of};

/// Most ids of one statement.
const CHUNK: usize = 500;
