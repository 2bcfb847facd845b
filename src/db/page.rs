//! Pages by key: the next page begins after a row, not after a number of rows, so depth costs nothing and rows
//! that come in meanwhile neither repeat nor vanish.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Datelike, NaiveDate};
use entity::tenant::TenantEntity;
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{Iden, QueryFilter, QueryOrder, QuerySelect, Value};
use uuid::Uuid;

use super::tenant::Scoped;
use crate::error::{Error, ProblemCode, Result};

/// Rows on a page when the caller does not say.
const DEFAULT_SIZE: u64 = 25;

/// Most rows on a page.
pub const MAX_SIZE: u64 = 100;

/// Where a row stands in its order: newest first by `key`, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The value sorted by, as an integer; 0 where only the id counts.
    pub key: i64,
    /// The id.
    pub id: Uuid,
}

impl Cursor {
    /// The opaque text clients see.
    #[must_use]
    pub fn encode(self) -> String {
        let mut bytes = [0; 24];
        let (key, id) = bytes.split_at_mut(8);
        key.copy_from_slice(&self.key.to_be_bytes());
        id.copy_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`Cursor::encode`] wrote.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes: [u8; 24] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (key, id) = bytes.split_at(8);
        Some(Self { key: i64::from_be_bytes(key.try_into().ok()?), id: Uuid::from_slice(id).ok()? })
    }
}

/// From where a page is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    /// The first rows, or the first after a row.
    After(Option<Cursor>),
    /// The last rows, or the last before a row.
    Before(Option<Cursor>),
}

/// Which page is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// How many rows.
    pub size: u64,
    /// From where.
    pub edge: Edge,
}

impl PageRequest {
    /// Reads the four arguments of a connection.
    ///
    /// # Errors
    /// [`Error::Invalid`] where both directions are mixed, a size is outside 1 to 100, or a cursor is not ours.
    pub fn new(first: Option<i32>, after: Option<&str>, last: Option<i32>, before: Option<&str>) -> Result<Self> {
        let backward = last.is_some() || before.is_some();
        if backward && (first.is_some() || after.is_some()) {
            return Err(Error::invalid("first", ProblemCode::Invalid, "use first and after, or last and before, not both"));
        }
        let (name, size, cursor) = if backward { ("last", last, before) } else { ("first", first, after) };
        let size = match size.map(u64::try_from) {
            None => DEFAULT_SIZE,
            Some(Ok(size @ 1..=MAX_SIZE)) => size,
            Some(_) => return Err(Error::invalid(name, ProblemCode::TooMany, "must be between 1 and 100")),
        };
        let cursor = cursor
            .map(|text| {
                Cursor::decode(text).ok_or_else(|| {
                    Error::invalid(if backward { "before" } else { "after" }, ProblemCode::Invalid, "not a cursor of this list")
                })
            })
            .transpose()?;
        Ok(Self { size, edge: if backward { Edge::Before(cursor) } else { Edge::After(cursor) } })
    }

    /// Takes the page out of a list that is already in order and in memory.
    #[must_use]
    pub fn of_sorted<T>(self, rows: Vec<T>, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let total = rows.len();
        let place = |wanted: Cursor| rows.iter().position(|row| cursor(row) == wanted);
        let (start, end) = match self.edge {
            Edge::After(None) => (0, size.min(total)),
            Edge::After(Some(row)) => {
                let start = place(row).map_or(total, |index| index + 1);
                (start, (start + size).min(total))
            }
            Edge::Before(None) => (total.saturating_sub(size), total),
            Edge::Before(Some(row)) => {
                let end = place(row).unwrap_or(0);
                (end.saturating_sub(size), end)
            }
        };
        let items =
            rows.into_iter().enumerate().filter(|(index, _)| (start..end).contains(index)).map(|(_, row)| (cursor(&row), row)).collect();
        Page { items, has_next: end < total, has_previous: start > 0 }
    }

    /// Takes the page out of rows in rising order of key and id. A cursor whose row is gone still marks its place.
    #[must_use]
    pub fn of_rising<T: Clone>(self, rows: &[T], cursor: impl Fn(&T) -> Cursor) -> Page<T> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let place = |row: &T| {
            let Cursor { key, id } = cursor(row);
            (key, id)
        };
        let (start, end) = match self.edge {
            Edge::After(after) => {
                let start = after.map_or(0, |after| rows.partition_point(|row| place(row) <= (after.key, after.id)));
                (start, start.saturating_add(size).min(rows.len()))
            }
            Edge::Before(before) => {
                let end = before.map_or(rows.len(), |before| rows.partition_point(|row| place(row) < (before.key, before.id)));
                (end.saturating_sub(size), end)
            }
        };
        let items = rows.iter().take(end).skip(start).map(|row| (cursor(row), row.clone())).collect();
        Page { items, has_next: end < rows.len(), has_previous: start > 0 }
    }
}

/// Some rows and whether there are more on either side.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows in order, each with its cursor.
    pub items: Vec<(Cursor, T)>,
    /// Whether rows follow.
    pub has_next: bool,
    /// Whether rows go before.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// The same page of other objects.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Page<U> {
        let items = self.items.into_iter().map(|(cursor, item)| (cursor, change(item))).collect();
        Page { items, has_next: self.has_next, has_previous: self.has_previous }
    }
}

/// A page, and how many rows there are in all where the caller asked.
#[derive(Clone, Debug)]
pub struct Listing<T> {
    /// The page.
    pub page: Page<T>,
    /// Rows in all.
    pub total: Option<u64>,
}

impl<T> Listing<T> {
    /// No rows at all.
    #[must_use]
    pub fn none(with_total: bool) -> Self {
        Self { page: Page { items: Vec::new(), has_next: false, has_previous: false }, total: with_total.then_some(0) }
    }

    /// The same listing of other objects.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Listing<U> {
        Listing { page: self.page.map(change), total: self.total }
    }
}

/// A table with a fixed order for its lists.
pub trait Sorted: TenantEntity {
    /// The column sorted by before the id, newest first; `None` sorts by id only.
    fn sort_column() -> Option<Self::Column>;

    /// The place of a row.
    fn cursor(row: &Self::Model) -> Cursor;

    /// The value of the sort column for a cursor's key.
    fn sort_value(key: i64) -> Value {
        key.into()
    }
}

/// The place of a row that is sorted by a day.
#[must_use]
pub fn by_day(day: NaiveDate, id: Uuid) -> Cursor {
    Cursor { key: day.num_days_from_ce().into(), id }
}

/// The day of a cursor's key. A cursor that was made up points behind the last row.
#[must_use]
pub fn day_of(key: i64) -> Value {
    i32::try_from(key).ok().and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or_default().into()
}

impl<E: Sorted> Scoped<'_, E> {
    /// One page, newest first, and the number of all rows if it is wanted.
    ///
    /// # Errors
    /// What the database says.
    pub async fn listing(self, request: PageRequest, with_total: bool) -> Result<Listing<E::Model>> {
        let total = if with_total { Some(self.clone().count().await?) } else { None };
        Ok(Listing { page: self.page(request).await?, total })
    }

    /// One page, newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn page(self, request: PageRequest) -> Result<Page<E::Model>> {
        let (cursor, backward) = match request.edge {
            Edge::After(cursor) => (cursor, false),
            Edge::Before(cursor) => (cursor, true),
        };
        let id = E::id_column();
        let mut query = self;
        if let Some(cursor) = cursor {
            query = query.filter(beyond::<E>(cursor, backward));
        }
        // Newest first is the order shown; backwards the rows are fetched oldest first and turned round.
        let order = if backward { sea_orm::Order::Asc } else { sea_orm::Order::Desc };
        if let Some(column) = E::sort_column() {
            query = query.order_by(column, order.clone());
        }
        let mut rows = query.order_by(id, order).limit(request.size + 1).all().await?;
        let size = usize::try_from(request.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if backward {
            rows.reverse();
        }
        let (has_next, has_previous) = if backward { (cursor.is_some(), more) } else { (more, cursor.is_some()) };
        let items = rows.into_iter().map(|row| (E::cursor(&row), row)).collect();
        Ok(Page { items, has_next, has_previous })
    }
}

/// The rows after (or before) a place.
pub(super) fn beyond<E: Sorted>(cursor: Cursor, backward: bool) -> SimpleExpr {
    let table = sea_orm::sea_query::Alias::new(E::default().table_name());
    let column = |column: E::Column| Expr::col((table.clone(), sea_orm::sea_query::Alias::new(column.unquoted())));
    let (left, right): (SimpleExpr, SimpleExpr) = match E::sort_column() {
        None => (column(E::id_column()), Expr::val(cursor.id)),
        Some(sort) => {
            (Expr::tuple([column(sort), column(E::id_column())]), Expr::tuple([Expr::val(E::sort_value(cursor.key)), Expr::val(cursor.id)]))
        }
    };
    if backward { left.gt(right) } else { left.lt(right) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(first: Option<i32>, after: Option<&str>, last: Option<i32>, before: Option<&str>) -> Option<PageRequest> {
        PageRequest::new(first, after, last, before).ok()
    }

    #[test]
    fn cursors_come_back_and_nonsense_does_not() {
        for key in [i64::MIN, -1, 0, 1, i64::MAX] {
            let cursor = Cursor { key, id: Uuid::max() };
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }
        for text in ["", "x", "AAAA", "????????????????????????????????", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(Cursor::decode(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_bounded_and_directions_do_not_mix() {
        assert_eq!(request(None, None, None, None), Some(PageRequest { size: 25, edge: Edge::After(None) }));
        assert_eq!(request(Some(100), None, None, None).map(|page| page.size), Some(100));
        assert_eq!(request(None, None, Some(1), None), Some(PageRequest { size: 1, edge: Edge::Before(None) }));
        for size in [0, -1, 101, i32::MAX] {
            assert_eq!(request(Some(size), None, None, None), None);
            assert_eq!(request(None, None, Some(size), None), None);
        }
        assert_eq!(request(Some(1), None, Some(1), None), None);
        assert_eq!(request(Some(1), Some("nonsense"), None, None), None);
    }

    #[test]
    fn pages_of_a_list_in_memory_walk_it_both_ways() {
        let cursor = |row: &i64| Cursor { key: *row, id: Uuid::nil() };
        let rows: Vec<i64> = (0..7).collect();
        let mut seen = Vec::new();
        let mut edge = Edge::After(None);
        loop {
            let page = PageRequest { size: 3, edge }.of_sorted(rows.clone(), cursor);
            seen.extend(page.items.iter().map(|(_, row)| *row));
            assert_eq!(page.has_previous, seen.len() > 3);
            if !page.has_next {
                break;
            }
            edge = Edge::After(page.items.last().map(|(cursor, _)| *cursor));
        }
        assert_eq!(seen, rows);
        let last = PageRequest { size: 2, edge: Edge::Before(None) }.of_sorted(rows.clone(), cursor);
        assert_eq!(last.items.iter().map(|(_, row)| *row).collect::<Vec<_>>(), [5, 6]);
        let before = PageRequest { size: 2, edge: Edge::Before(Some(cursor(&5))) }.of_sorted(rows, cursor);
        assert_eq!(before.items.iter().map(|(_, row)| *row).collect::<Vec<_>>(), [3, 4]);
    }
    #[test]
    fn pages_of_rising_rows_go_on_where_a_row_is_gone() {
        let cursor = |row: &i64| Cursor { key: row / 2, id: Uuid::from_u128(u128::try_from(row % 2).unwrap()) };
        let rows: Vec<i64> = (0..7).collect();
        let keys = |page: Page<i64>| page.items.into_iter().map(|(_, row)| row).collect::<Vec<_>>();
        let after = |row: i64| PageRequest { size: 3, edge: Edge::After(Some(cursor(&row))) };
        let before = |row: i64| PageRequest { size: 3, edge: Edge::Before(Some(cursor(&row))) };
        let first = PageRequest { size: 3, edge: Edge::After(None) }.of_rising(&rows, cursor);
        assert_eq!((first.has_previous, first.has_next, keys(first)), (false, true, vec![0, 1, 2]));
        let rest = after(3).of_rising(&rows, cursor);
        assert_eq!((rest.has_previous, rest.has_next, keys(rest)), (true, false, vec![4, 5, 6]));
        let last = PageRequest { size: 3, edge: Edge::Before(None) }.of_rising(&rows, cursor);
        assert_eq!((last.has_previous, last.has_next, keys(last)), (true, false, vec![4, 5, 6]));
        let gone: Vec<i64> = rows.iter().copied().filter(|row| *row != 3).collect();
        assert_eq!(keys(after(3).of_rising(&gone, cursor)), [4, 5, 6]);
        assert_eq!(keys(before(3).of_rising(&gone, cursor)), [0, 1, 2]);
    }
}
