//! The catalogue of metrics: what each means, and any of them by its key.
//!
//! A metric asked for by its key is answered by what answers the field of its own: the same question is put to the same use case, and
//! one figure of its answer is taken. So a goal, a trend and a report can never tell different numbers. What a metric can be told is
//! said by its [definition](crate::metrics::definition); what it cannot be told is refused, not ignored.

pub mod graphql;
pub mod service;
