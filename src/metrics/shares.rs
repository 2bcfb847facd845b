//! How one whole is shared by the three resources: basis points that sum to 10 000.

use std::fmt;

use entity::kinds::Resource;
use entity::money::BASIS_POINTS;
use rust_decimal::Decimal;

use super::by_resource::ByResource;

/// One close (or one cost) shared by the three resources: basis points, none negative, 10 000 in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shares(ByResource<u16>);

/// Why basis points are not the shares of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharesError {
    /// A resource would hold less than nothing.
    Negative {
        /// Whose share it is.
        resource: Resource,
        /// The share, in basis points.
        bp: i64,
    },
    /// The shares do not sum to 10 000 basis points.
    NotWhole {
        /// What they sum to.
        sum_bp: i128,
    },
}

impl fmt::Display for SharesError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Negative { resource, bp } => write!(formatter, "the share of {} is negative: {bp} basis points", resource.name()),
            Self::NotWhole { sum_bp } => write!(formatter, "the shares sum to {sum_bp} basis points, not to {BASIS_POINTS}"),
        }
    }
}

impl std::error::Error for SharesError {}

impl Shares {
    /// Shares in basis points.
    ///
    /// # Errors
    /// [`SharesError`] if one is negative or they do not sum to 10 000.
    pub fn new(bp: ByResource<i64>) -> Result<Self, SharesError> {
        if let Some((resource, bp)) = bp.into_pairs().into_iter().find(|&(_, bp)| bp < 0) {
            return Err(SharesError::Negative { resource, bp });
        }
        let sum_bp = bp.into_array().into_iter().map(i128::from).sum();
        if sum_bp != i128::from(BASIS_POINTS) {
            return Err(SharesError::NotWhole { sum_bp });
        }
        // Neither negative nor above the sum, so each fits.
        Ok(Self(bp.map(|bp| u16::try_from(bp).unwrap_or(u16::MAX))))
    }

    /// All of it for one resource.
    #[must_use]
    pub fn whole(resource: Resource) -> Self {
        let mut bp = ByResource::default();
        *bp.get_mut(resource) = 10_000;
        Self(bp)
    }

    /// What one resource holds, in basis points.
    #[must_use]
    pub fn bp(&self, resource: Resource) -> i64 {
        i64::from(*self.0.get(resource))
    }

    /// What each resource holds, in basis points.
    #[must_use]
    pub fn by_resource(&self) -> ByResource<i64> {
        self.0.map(i64::from)
    }

    /// The shares as weights of a split.
    #[must_use]
    pub fn weights(&self) -> ByResource<u64> {
        self.0.map(u64::from)
    }
}

/// Decimal places of a basis point, as a part of a close.
const BASIS_POINT_PLACES: u32 = 4;

/// Basis points of closes as a number of closes.
#[must_use]
pub fn closes(basis_points: i64) -> Decimal {
    Decimal::new(basis_points, BASIS_POINT_PLACES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_a_whole_and_none_is_negative() {
        let shares = Shares::new(ByResource::from_array([3334, 3333, 3333])).unwrap();
        assert_eq!(shares.by_resource().into_array(), [3334, 3333, 3333]);
        assert_eq!(Shares::new(ByResource::from_array([0, 0, 10_000])), Ok(Shares::whole(Resource::Product)));
        assert_eq!(Shares::whole(Resource::Marketing).by_resource().into_array(), [0, 10_000, 0]);
        for (bp, error) in [
            ([5000, 4999, 0], SharesError::NotWhole { sum_bp: 9999 }),
            ([5000, 5001, 0], SharesError::NotWhole { sum_bp: 10_001 }),
            ([0, 0, 0], SharesError::NotWhole { sum_bp: 0 }),
            ([i64::MAX, i64::MAX, 2], SharesError::NotWhole { sum_bp: 2 * i128::from(i64::MAX) + 2 }),
            ([11_000, 0, -1000], SharesError::Negative { resource: Resource::Product, bp: -1000 }),
        ] {
            assert_eq!(Shares::new(ByResource::from_array(bp)), Err(error), "{bp:?}");
        }
    }
}
