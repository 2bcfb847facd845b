//! The API of the catalogue of metrics.

mod answer;
mod args;
mod query;
mod source;

pub use answer::{MetricContribution, MetricSeries, MetricValue, contributions_of};
pub use args::{MetricArgsInput, MetricArguments};
pub use query::CatalogueQuery;
pub use source::MetricSource;
