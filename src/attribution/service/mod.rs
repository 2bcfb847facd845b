//! Asking what evidence says.

mod answer;
mod evidence;
mod gap;
mod importance;
mod model;
mod rows;
mod taken;

pub use answer::{Attribution, AttributionLine, Journeyed, attribution, compare_models, key_of};
pub use evidence::{EvidenceQuestion, Pooling};
pub use gap::{CreditGap, GapLine, GapRow, Sides, credit_gap, credit_gap_in};
pub use importance::{TacticImportance, TacticLine, WinRates, tactic_importance};
pub use model::{Model, ModelName, WantedModel, WantedWeights, Way};
pub use rows::AttributionRow;
pub use taken::{INTENT, OrderQuestion, OrderRow, OrdersTaken, order_taking};
