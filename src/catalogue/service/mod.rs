//! Use cases of the catalogue of metrics.

mod args;
mod asked;
mod measured;
mod sources;

pub use args::{MetricArgs, name, renamed};
pub use asked::{Metric, MetricQuestion, measure, measure_all, readable};
pub use measured::{Measured, Measurement};
