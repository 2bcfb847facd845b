//! The API of the catalogue of metrics.

mod answer;
mod args;
mod query;
mod source;

pub use answer::{MetricContribution, MetricSeries, MetricValue, contributions_of};
pub use args::{MetricArguments, MetricArgsInput};
pub use query::CatalogueQuery;
pub use source::MetricSource;
