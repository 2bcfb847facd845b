//! Use cases of insights.

mod acknowledging;
mod background;
mod finding;
mod look;
mod question;
mod reading;
mod rules;
mod turns;

pub use acknowledging::{AcknowledgeInsight, acknowledge_insight};
pub use background::{pass, run};
pub use finding::find_insights;
pub use question::Question;
pub use reading::{InsightFilter, Standing, evidence_of, finding_of, insights, insights_by_id, period_of, source_of, standings};
