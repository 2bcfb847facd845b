//! Lists as the Relay specification has them, in pages by key.

/// Rows of a page, and ids of a list, at most.
pub const MAX_ROWS: u8 = 100;

/// Points a page costs: its size times what each row holds.
#[must_use]
pub fn page_cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    let size = usize::try_from(first.or(last).unwrap_or(25).clamp(1, MAX_ROWS.into())).unwrap_or(MAX_ROWS.into());
    list_cost(size, child)
}

/// Points a list costs. Far above every limit it rises no more, so that sums of such costs do not overflow.
#[must_use]
pub fn list_cost(length: usize, child: usize) -> usize {
    length.saturating_mul(child).saturating_add(1).min(1_000_000_000)
}

/// A connection and its edge for a type of node. With `, visibility` it says what the caller could not see.
#[macro_export]
macro_rules! connections {
    ($($connection:ident, $edge:ident, $node:ty, $what:literal $(, $visibility:ident)?;)*) => {$(
        #[doc = concat!("A page of ", $what, ".")]
        #[derive(async_graphql::Description)]
        pub struct $connection {
            listing: $crate::db::Listing<$node>,
            $($visibility: $crate::auth::permission::Visibility,)?
        }

        impl $connection {
            /// Shows a listing.
            pub fn new<T>(listing: $crate::db::Listing<T> $(, $visibility: impl Into<$crate::auth::permission::Visibility>)?) -> Self
            where
                $node: From<T>,
            {
                Self { listing: listing.map(<$node>::from) $(, $visibility: $visibility.into())? }
            }
        }

        #[doc = concat!("One of ", $what, " and its place in the list.")]
        #[derive(async_graphql::SimpleObject)]
        pub struct $edge {
            /// Its place, for `after` and `before`.
            cursor: String,
            /// What stands there.
            node: $node,
        }

        #[async_graphql::Object(use_type_description)]
        impl $connection {
            /// The rows with their places.
            async fn edges(&self) -> Vec<$edge> {
                self.listing.page.items.iter().map(|(cursor, node)| $edge { cursor: cursor.encode(), node: node.clone() }).collect()
            }

            /// The rows.
            async fn nodes(&self) -> Vec<$node> {
                self.listing.page.items.iter().map(|(_, node)| node.clone()).collect()
            }

            /// Whether there is more, and where to go on.
            async fn page_info(&self) -> async_graphql::connection::PageInfo {
                async_graphql::connection::PageInfo {
                    has_previous_page: self.listing.page.has_previous,
                    has_next_page: self.listing.page.has_next,
                    start_cursor: self.listing.page.items.first().map(|(cursor, _)| cursor.encode()),
                    end_cursor: self.listing.page.items.last().map(|(cursor, _)| cursor.encode()),
                }
            }

            /// Rows in all pages together. Counted only when asked for.
            async fn total_count(&self) -> Option<i32> {
                self.listing.total.map(|total| i32::try_from(total).unwrap_or(i32::MAX))
            }

            $(
                /// What you could not see. Where it is not complete, rows are left out and the others are fewer than were counted.
                async fn $visibility(&self) -> $crate::graphql::metric::Visibility {
                    self.$visibility.into()
                }
            )?
        }
    )*};
}
