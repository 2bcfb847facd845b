//! Answers of mutations with many items: what became of each.

use async_graphql::Enum;

use super::user_error::UserError;
use crate::db::Outcome;
use crate::error::Problem;

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum BulkOutcome {
    /// It was recorded.
    Recorded,
    /// It had been recorded before, with the same content.
    Unchanged,
    /// It was not accepted; the others were.
    Rejected,
}

/// Parts an outcome into what clients see of it. The problems get the place of the item in front.
#[must_use]
pub fn part<T>(index: usize, outcome: Outcome<T>) -> (BulkOutcome, Option<T>, Vec<UserError>) {
    match outcome {
        Outcome::Recorded(row) => (BulkOutcome::Recorded, Some(row), Vec::new()),
        Outcome::Unchanged(row) => (BulkOutcome::Unchanged, Some(row), Vec::new()),
        Outcome::Rejected(problems) => {
            let placed = problems.into_iter().map(|problem| Problem { field: format!("items.{index}.{}", problem.field), ..problem });
            (BulkOutcome::Rejected, None, placed.map(UserError::from).collect())
        }
    }
}

/// The payload of a mutation with many items, and the result of one item.
#[macro_export]
macro_rules! bulk_payloads {
    ($($(#[$doc:meta])* $payload:ident, $result:ident { $(#[$field_doc:meta])* $field:ident: $type:ty })*) => {$(
        #[doc = "What became of one item."]
        #[derive(async_graphql::SimpleObject)]
        pub struct $result {
            /// Its place in the list of items, from 0.
            index: i32,
            /// What became of it.
            outcome: $crate::graphql::bulk::BulkOutcome,
            $(#[$field_doc])*
            $field: Option<$type>,
            /// Why it was rejected.
            user_errors: Vec<$crate::graphql::user_error::UserError>,
        }

        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            /// What became of each item, in the order of the items; null where the call as a whole was refused.
            results: Option<Vec<$result>>,
            /// Why the call as a whole was refused; problems with an item stand in its result.
            user_errors: Vec<$crate::graphql::user_error::UserError>,
        }

        impl $payload {
            fn settle<T>(result: $crate::Result<Vec<$crate::db::Outcome<T>>>) -> $crate::Result<Self>
            where
                $type: From<T>,
            {
                let (outcomes, user_errors) = $crate::graphql::user_error::settle(result)?;
                let results = outcomes.map(|outcomes| {
                    let results = outcomes.into_iter().enumerate().map(|(index, outcome)| {
                        let (outcome, row, user_errors) = $crate::graphql::bulk::part(index, outcome);
                        $result { index: i32::try_from(index).unwrap_or(i32::MAX), outcome, $field: row.map(<$type>::from), user_errors }
                    });
                    results.collect()
                });
                Ok(Self { results, user_errors })
            }
        }
    )*};
}
