//! Pages below many parents at once: the first touches of each of fifty people cost one statement, not fifty.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Order, OverStatement, Query, WindowStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, IntoSimpleExpr, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::constraint::from_database;
use super::page::{Edge, Listing, Page, PageRequest, Sorted, beyond};
use super::tenant::Scoped;
use crate::error::Result;

impl<E: Sorted> Scoped<'_, E> {
    /// The same page of the rows of each parent, newest first. The query must be narrowed to the parents already.
    /// A parent without rows is left out.
    ///
    /// # Errors
    /// What the database says.
    pub async fn pages_within(
        self,
        parent: E::Column,
        parent_of: impl Fn(&E::Model) -> Option<Uuid>,
        request: PageRequest,
        with_total: bool,
    ) -> Result<HashMap<Uuid, Listing<E::Model>>> {
        let mut totals = if with_total { self.clone().counts_by(parent).await? } else { HashMap::new() };
        let mut rows: HashMap<Uuid, Vec<E::Model>> = HashMap::new();
        for row in self.first_of_each(parent, request).await? {
            if let Some(parent) = parent_of(&row) {
                rows.entry(parent).or_default().push(row);
            }
        }
        // A page may be empty where there are rows before or after it.
        let parents: HashSet<Uuid> = rows.keys().chain(totals.keys()).copied().collect();
        let pages = parents.into_iter().map(|parent| {
            let page = page_of::<E>(rows.remove(&parent).unwrap_or_default(), request);
            (parent, Listing { page, total: with_total.then(|| totals.remove(&parent).unwrap_or_default()) })
        });
        Ok(pages.collect())
    }

    /// Up to one row more than the page of each parent holds.
    async fn first_of_each(self, parent: E::Column, request: PageRequest) -> Result<Vec<E::Model>> {
        let (cursor, order) = match request.edge {
            Edge::After(cursor) => (cursor.map(|cursor| beyond::<E>(cursor, false)), Order::Desc),
            Edge::Before(cursor) => (cursor.map(|cursor| beyond::<E>(cursor, true)), Order::Asc),
        };
        let (place, ranked, id) = (Alias::new("place"), Alias::new("ranked"), Alias::new("row_id"));
        let mut window = WindowStatement::new();
        window.add_partition_by(parent.into_simple_expr());
        if let Some(column) = E::sort_column() {
            window.order_by_expr(column.into_simple_expr(), order.clone());
        }
        window.order_by_expr(E::id_column().into_simple_expr(), order);
        let transaction = self.transaction;
        let mut inner = self;
        if let Some(cursor) = cursor {
            inner = inner.filter(cursor);
        }
        let mut inner = inner.select.select_only().into_query();
        inner.expr_as(E::id_column().into_simple_expr(), id.clone()).expr_window_as(
            Expr::expr(Func::cust(Alias::new("ROW_NUMBER"))),
            window,
            place.clone(),
        );
        let most = i64::try_from(request.size).unwrap_or(i64::MAX).saturating_add(1);
        let chosen = Query::select().column(id).from_subquery(inner, ranked).and_where(Expr::col(place).lte(most)).to_owned();
        transaction.everything::<E>().filter(E::id_column().in_subquery(chosen)).all().await
    }

    /// How many rows each parent has.
    async fn counts_by(self, parent: E::Column) -> Result<HashMap<Uuid, u64>> {
        self.transaction.count_statement();
        let mut statement = self.select.select_only().into_query();
        statement.clear_order_by().expr(parent.into_simple_expr()).expr(E::id_column().into_simple_expr().count());
        statement.add_group_by([parent.into_simple_expr()]);
        let rows = self.transaction.transaction.query_all(&statement).await.map_err(from_database)?;
        let count = |row: &sea_orm::QueryResult| -> Result<(Uuid, u64), sea_orm::DbErr> {
            let count: i64 = row.try_get_by_index(1)?;
            Ok((row.try_get_by_index(0)?, u64::try_from(count).unwrap_or_default()))
        };
        rows.iter().map(|row| count(row).map_err(from_database)).collect()
    }
}

/// The rows of one parent as a page: newest first, without the one that only shows that there are more.
fn page_of<E: Sorted>(mut rows: Vec<E::Model>, request: PageRequest) -> Page<E::Model> {
    let place = |row: &E::Model| {
        let cursor = E::cursor(row);
        (cursor.key, cursor.id)
    };
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(place(row)));
    let size = usize::try_from(request.size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    let (has_next, has_previous) = match request.edge {
        Edge::After(cursor) => {
            rows.truncate(size);
            (more, cursor.is_some())
        }
        Edge::Before(cursor) => {
            rows.drain(..rows.len().saturating_sub(size));
            (cursor.is_some(), more)
        }
    };
    Page { items: rows.into_iter().map(|row| (E::cursor(&row), row)).collect(), has_next, has_previous }
}
