//! The API of attributes, segments, target lists, the ideal customer and unreached demand.

pub mod attribute;
pub mod condition;
pub mod coverage;
pub mod demand;
pub mod fit;
pub mod interests;
pub mod profile;
pub mod query;
pub mod segment;

use entity::time::Timestamp;

pub use attribute::{AccountAttribute, AttributeMutation, attributes_of};
pub use coverage::{CoverageQuery, DemandCoveragePart};
pub use demand::{DemandMutation, DemandSignal, demand_of};
pub use fit::{IcpFitOf, IcpFitQuery};
pub use interests::InterestQuery;
pub use profile::{IcpProfile, ProfileMutation};
pub use query::SegmentQuery;
pub use segment::{Segment, SegmentMutation, segments_of};

use crate::error::Result;
use crate::graphql::scalar::DateTime;
use crate::input;

/// Points a list of up to some rows costs, whose length is not known before.
const LIST: usize = 10;

/// Points one walk through the facts costs, so that a document cannot ask for many of them.
const WALK_COST: usize = 200;

/// The instant a field is for.
fn instant(as_of: Option<DateTime>, now: Timestamp) -> Result<Timestamp> {
    input::as_of(as_of.map(|as_of| as_of.0), now)
}
