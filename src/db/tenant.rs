//! One transaction, one organization: the only executor of the house.
//!
//! [`TenantTx`] does not show its connection. What it finds is filtered by organization before the caller can
//! add a condition, what it inserts is stamped, and on PostgreSQL row-level security agrees: the organization is
//! a setting of the transaction.

use std::collections::HashSet;
use std::hash::Hash;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use entity::ids::{MemberId, OrganizationId, TypedId};
use entity::kinds::AuditOutcome;
use entity::tenant::{Mutable, TenantEntity};
use futures_util::TryStreamExt;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, LockBehavior, LockType, SelectStatement, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ModelTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    QueryTrait, Select, StreamTrait, TryGetable, Value,
};
use uuid::Uuid;

use super::audit::{self, Author, Changes};
use super::bulk::outside;
use super::connect::{Db, Engine};
use super::constraint::from_database;
use super::corrected::Corrected;
use super::insert::insert;
use super::memory::Memory;
use super::sight::{Sight, Visible};
use crate::auth::permission::{Permission, Reach};
use crate::error::{Error, Result};

/// Most ids or rows named in one statement; more only makes it longer to plan.
const CHUNK: usize = 500;

/// Reads one organization.
#[derive(Debug)]
pub struct TenantTx {
    pub(super) transaction: DatabaseTransaction,
    engine: Engine,
    organization_id: OrganizationId,
    sight: Arc<Sight>,
    statements: Arc<AtomicU64>,
    /// What was read before; only where nothing is changed.
    pub(super) memory: Option<Memory>,
}

impl TenantTx {
    pub(super) async fn enter(
        transaction: DatabaseTransaction,
        engine: Engine,
        organization_id: OrganizationId,
        sight: Arc<Sight>,
        memory: Option<Memory>,
        statements: Arc<AtomicU64>,
    ) -> Result<Self> {
        if engine == Engine::Postgres {
            // A reader sees one state of the database however many statements it takes, as on SQLite. A UUID's own text
            // cannot end the literal. Both settings go in one round trip.
            let snapshot = if memory.is_some() { "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; " } else { "" };
            let setting = format!("{snapshot}SET LOCAL app.organization_id = '{}'", organization_id.uuid());
            transaction.execute_unprepared(&setting).await.map_err(from_database)?;
        }
        Ok(Self { transaction, engine, organization_id, sight, statements, memory })
    }

    pub(super) const fn engine(&self) -> Engine {
        self.engine
    }

    /// The organization this transaction sees.
    #[must_use]
    pub const fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    /// What the caller sees.
    pub(super) fn sight(&self) -> &Sight {
        &self.sight
    }

    /// The rows of the organization that the caller sees.
    pub fn find<E: Visible>(&self) -> Scoped<'_, E> {
        let mut everything = self.everything::<E>();
        if let Some(rows) = self.withheld::<E>() {
            everything = everything.filter(rows.not());
        }
        match E::READ.map(|permission| self.sight.rights.reach(permission)) {
            None | Some(Some(Reach::Organization)) => everything,
            Some(Some(reach)) => everything.filter(E::within(self, reach)),
            Some(None) => everything.filter(Expr::val(false)),
        }
    }

    /// Whether the caller sees all rows there are.
    #[must_use]
    pub fn sees_everything<E: Visible>(&self) -> bool {
        E::READ.is_none_or(|permission| self.sight.rights.reach(permission) == Some(Reach::Organization)) && self.withheld::<E>().is_none()
    }

    /// Rows that are kept for others who have a permission of their own for them.
    fn withheld<E: Visible>(&self) -> Option<SimpleExpr> {
        E::reserved().filter(|(permission, _)| self.sight.rights.reach(*permission).is_none()).map(|(_, rows)| rows)
    }

    /// The ids of the rows the caller sees; `None` where they see all there are.
    ///
    /// # Errors
    /// What the database says.
    pub async fn ids_seen<E>(&self) -> Result<Option<HashSet<Uuid>>>
    where
        E: Visible<Id: TypedId + TryGetable>,
    {
        if self.sees_everything::<E>() {
            return Ok(None);
        }
        let mut seen = HashSet::new();
        let rows = self.find::<E>();
        rows.rows([E::id_column()], |row| {
            seen.insert(row.try_get_by_index::<E::Id>(0)?.uuid());
            Ok(())
        })
        .await?;
        Ok(Some(seen))
    }

    /// All rows of the organization, seen by the caller or not: for totals, which are everybody's, and for what has to be
    /// unique.
    #[expect(clippy::disallowed_methods, reason = "the one place that finds, and it filters at once")]
    pub fn everything<E: TenantEntity>(&self) -> Scoped<'_, E> {
        let select = E::find().filter(E::organization_column().eq(self.organization_id));
        Scoped { select, transaction: self }
    }

    /// The row with an id, if the caller sees it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn get<E: Visible>(&self, id: E::Id) -> Result<Option<E::Model>> {
        self.find::<E>().filter(E::id_column().eq(id)).one().await
    }

    /// Those of the rows with some ids that the caller sees, in no order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn get_many<E: Visible>(&self, ids: impl IntoIterator<Item = E::Id>) -> Result<Vec<E::Model>> {
        let mut ids = ids.into_iter().peekable();
        let mut rows = Vec::new();
        while ids.peek().is_some() {
            let some: Vec<E::Id> = ids.by_ref().take(CHUNK).collect();
            rows.extend(self.find::<E>().filter(E::id_column().is_in(some)).all().await?);
        }
        Ok(rows)
    }

    /// The rows with some ids, seen by the caller or not, in no order.
    ///
    /// # Errors
    /// What the database says.
    pub(super) async fn get_many_of_all<E: TenantEntity>(&self, ids: Vec<E::Id>) -> Result<Vec<E::Model>> {
        let mut rows = Vec::with_capacity(ids.len());
        for some in ids.chunks(CHUNK) {
            rows.extend(self.everything::<E>().filter(E::id_column().is_in(some.iter().copied())).all().await?);
        }
        Ok(rows)
    }

    /// Those of some ids that have a row the caller sees.
    ///
    /// # Errors
    /// What the database says.
    pub async fn existing<E>(&self, ids: impl IntoIterator<Item = E::Id>) -> Result<HashSet<E::Id>>
    where
        E: Visible<Id: Eq + Hash + TryGetable>,
    {
        let wanted: Vec<E::Id> = ids.into_iter().collect::<HashSet<_>>().into_iter().collect();
        let mut found = HashSet::with_capacity(wanted.len());
        for some in wanted.chunks(CHUNK) {
            let rows = self.find::<E>().filter(E::id_column().is_in(some.iter().copied()));
            rows.rows([E::id_column()], |row| {
                found.insert(row.try_get_by_index(0)?);
                Ok(())
            })
            .await?;
        }
        Ok(found)
    }

    pub(super) fn count_statement(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }
}

/// A query over the rows of one organization. It can be narrowed like any query of sea-orm, never widened.
#[derive(Clone, Debug)]
#[must_use]
pub struct Scoped<'tx, E: EntityTrait> {
    pub(super) select: Select<E>,
    pub(super) transaction: &'tx TenantTx,
}

impl<E: EntityTrait> QueryFilter for Scoped<'_, E> {
    type QueryStatement = SelectStatement;

    fn query(&mut self) -> &mut SelectStatement {
        QueryFilter::query(&mut self.select)
    }
}

impl<E: EntityTrait> QueryOrder for Scoped<'_, E> {
    type QueryStatement = SelectStatement;

    fn query(&mut self) -> &mut SelectStatement {
        QueryOrder::query(&mut self.select)
    }
}

impl<E: EntityTrait> QuerySelect for Scoped<'_, E> {
    type QueryStatement = SelectStatement;

    fn query(&mut self) -> &mut SelectStatement {
        QuerySelect::query(&mut self.select)
    }
}

impl<E: TenantEntity> Scoped<'_, E> {
    /// All rows.
    ///
    /// # Errors
    /// What the database says.
    pub async fn all(self) -> Result<Vec<E::Model>> {
        self.transaction.count_statement();
        self.select.all(&self.transaction.transaction).await.map_err(from_database)
    }

    /// The first row.
    ///
    /// # Errors
    /// What the database says.
    pub async fn one(self) -> Result<Option<E::Model>> {
        self.transaction.count_statement();
        self.select.one(&self.transaction.transaction).await.map_err(from_database)
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(self) -> Result<u64> {
        self.transaction.count_statement();
        let mut statement = self.select.select_only().into_query();
        statement.clear_order_by().expr(Expr::col(sea_orm::sea_query::Asterisk).count());
        let row = self.transaction.transaction.query_one(&statement).await.map_err(from_database)?;
        let count: i64 = row.map(|row| row.try_get_by_index(0)).transpose().map_err(from_database)?.unwrap_or_default();
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Holds the rows until the transaction ends. SQLite has one writer, who holds everything. Rows that only refer to them
    /// may be written meanwhile: ids never change, and whoever wrote such a row while holding the end of the audit log would
    /// else wait for somebody who waits for that.
    pub fn locked(self) -> Self {
        self.holding(LockType::NoKeyUpdate)
    }

    /// Keeps others from holding or changing the rows until the transaction ends, but not from reading along.
    pub fn shared(self) -> Self {
        self.holding(LockType::Share)
    }

    /// Holds those of the rows that nobody else holds, and leaves the others out: for work that several processes share.
    pub fn claimed(mut self) -> Self {
        if self.transaction.engine == Engine::Postgres {
            QuerySelect::query(&mut self.select).lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked);
        }
        self
    }

    fn holding(mut self, lock: LockType) -> Self {
        if self.transaction.engine == Engine::Postgres {
            QuerySelect::query(&mut self.select).lock(lock);
        }
        self
    }

    /// Reads the chosen columns row by row, by position: facts for the metrics, without an object per row.
    ///
    /// # Errors
    /// What the database or the reader says.
    pub async fn rows(
        self,
        columns: impl IntoIterator<Item = E::Column>,
        mut read: impl FnMut(&QueryResult) -> Result<(), sea_orm::DbErr> + Send,
    ) -> Result<()> {
        self.transaction.count_statement();
        let statement = self.select.select_only().columns(columns).into_query();
        let mut stream = StreamTrait::stream(&self.transaction.transaction, &statement).await.map_err(from_database)?;
        while let Some(row) = stream.try_next().await.map_err(from_database)? {
            read(&row).map_err(from_database)?;
        }
        Ok(())
    }

    /// The query as a subquery of another one of the same organization, giving one column.
    pub fn subquery(self, column: E::Column) -> SelectStatement {
        self.select.select_only().column(column).into_query()
    }
}

/// Reads and changes one organization. What it changes is told to the audit log when it ends.
#[derive(Debug)]
#[must_use]
pub struct TenantWrite {
    tx: TenantTx,
    author: Author,
    /// The member for whom the installation acts, once it knows them.
    on_behalf_of: OnceLock<MemberId>,
    changes: Mutex<Changes>,
    /// Whether what is written now follows from what the caller wrote.
    deriving: AtomicBool,
    /// Whether something was changed that sessions are made from.
    of_access: AtomicBool,
    /// Who is told when it has ended.
    db: Db,
}

impl Deref for TenantWrite {
    type Target = TenantTx;

    fn deref(&self) -> &TenantTx {
        &self.tx
    }
}

impl TenantWrite {
    pub(super) fn new(tx: TenantTx, author: Author, db: Db) -> Self {
        let (on_behalf_of, changes) = (OnceLock::new(), Mutex::default());
        let (deriving, of_access) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { tx, author, on_behalf_of, changes, deriving, of_access, db }
    }

    /// Names who is calling: a member, a client, or a part of the installation.
    pub(super) fn caller(&self) -> String {
        let Author { member_id, client_id, system, .. } = &self.author;
        let ids = [member_id.map(|id| id.to_string()), client_id.map(|id| id.to_string()), system.map(str::to_owned)];
        ids.into_iter().flatten().collect()
    }

    /// Says for which member the installation acts: who signs in is known only once they have.
    pub fn acts_for(&self, member: MemberId) {
        self.on_behalf_of.get_or_init(|| member);
    }

    /// Makes the changes last, and their entry in the audit log with them.
    ///
    /// # Errors
    /// What the database says; then nothing was changed.
    pub async fn commit(self) -> Result<()> {
        self.end(AuditOutcome::Done).await
    }

    /// Tells the audit log what was denied: permissions, and where in the request each was missing.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn deny(self, denied: impl IntoIterator<Item = (Option<Permission>, String)>) -> Result<()> {
        for (permission, field) in denied {
            self.note(|changes| changes.denied(permission.map(|permission| permission.name().to_owned()), field));
        }
        self.end(AuditOutcome::Denied).await
    }

    /// Says which object the entry of the audit log is about, where none is changed.
    pub(crate) fn concerns(&self, id: impl TypedId) {
        self.note(|changes| changes.concerns(id.uuid()));
    }

    /// Tells the audit log that somebody was not let in: as which member, where that is known, and by what of the input.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn refuse(self, member: Option<MemberId>, field: String) -> Result<()> {
        if let Some(member) = member {
            self.acts_for(member);
        }
        self.note(|changes| changes.denied(None, field));
        self.end(AuditOutcome::Denied).await
    }

    async fn end(self, outcome: AuditOutcome) -> Result<()> {
        let changes = self.changes.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (organization, mut told) = (self.tx.organization_id, None);
        if !changes.is_empty() {
            let on_behalf_of = self.author.on_behalf_of.or(self.on_behalf_of.get().copied());
            told = audit::write(&self.tx, &Author { on_behalf_of, ..self.author }, outcome, changes).await?;
        }
        let committed = self.tx.transaction.commit().await.map_err(from_database);
        // Also where the answer to the commit was lost: it may have been done.
        if self.of_access.into_inner() {
            self.db.access_changed();
        }
        // Where the answer was lost, whoever looks finds the events if they are there.
        if let (Ok(()), Some(newest)) = (&committed, told) {
            self.db.announce_events(organization, newest);
        }
        committed
    }

    pub(super) fn note(&self, note: impl FnOnce(&mut Changes)) {
        note(&mut self.changes.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The only system whose objects may be recorded and changed now, where there is one.
    pub(super) fn bound(&self) -> Option<&str> {
        self.sight().source.as_deref().filter(|_| !self.deriving.load(Ordering::Relaxed))
    }

    /// Does what follows from rows the caller wrote. No system names it, so that who is bound to one may cause it.
    ///
    /// # Errors
    /// What the work says.
    pub async fn derive<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.deriving.store(true, Ordering::Relaxed);
        let done = work.await;
        self.deriving.store(false, Ordering::Relaxed);
        done
    }

    /// Goes on where the caller may record and change what a system names, or the row is of no kind that systems name. Who
    /// adds something to a row asks for the row.
    ///
    /// # Errors
    /// A problem with `externalId.source`.
    pub fn within_namespace<E: TenantEntity>(&self, row: &E::Model) -> Result<()> {
        let (Some(bound), Some(column)) = (self.bound(), E::namespace_column()) else { return Ok(()) };
        let source = match row.get(column) {
            Value::String(source) => source,
            _ => None,
        };
        outside(Some(bound), source.as_deref()).map_or(Ok(()), |problem| Err(Error::Invalid(vec![problem])))
    }

    /// Tells the audit log that all that is held on an object was given out, which changes nothing.
    pub fn tell_exported<E: TenantEntity>(&self, id: E::Id) {
        self.note(|changes| changes.exported::<E>(id));
    }

    /// Writes a row of this organization.
    ///
    /// # Errors
    /// [`Error::Invalid`] or [`Error::Conflict`] where a constraint refuses it.
    pub async fn insert<E: TenantEntity>(&self, row: E::Model) -> Result<E::Model> {
        self.insert_many::<E>(std::slice::from_ref(&row)).await?;
        Ok(row)
    }

    /// Writes rows of this organization, hundreds or thousands in a statement.
    ///
    /// # Errors
    /// [`Error::Invalid`] or [`Error::Conflict`] where a constraint refuses one; then none is written.
    pub async fn insert_many<E: TenantEntity>(&self, rows: &[E::Model]) -> Result<()> {
        rows.iter().try_for_each(|row| self.within_namespace::<E>(row))?;
        self.write_rows::<E>(rows).await
    }

    /// Writes a row that takes the place of an earlier one. Corrections have no external id: what the first row was named
    /// decides who may correct it.
    ///
    /// # Errors
    /// [`Error::Invalid`] or [`Error::Conflict`] where a constraint refuses it.
    pub async fn correct<E: Corrected>(&self, row: E::Model) -> Result<E::Model> {
        if self.bound().is_some() {
            self.within_namespace::<E>(&self.first_of::<E>(&row).await?)?;
        }
        self.write_rows::<E>(std::slice::from_ref(&row)).await?;
        Ok(row)
    }

    async fn write_rows<E: TenantEntity>(&self, rows: &[E::Model]) -> Result<()> {
        insert::<E>(&self.tx, rows).await?;
        self.of_access.fetch_or(E::OF_ACCESS, Ordering::Relaxed);
        self.note(|changes| changes.recorded::<E>(rows));
        Ok(())
    }

    /// Changes the columns that are set on the row with an id.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such row; [`Error::Invalid`] or [`Error::Conflict`] where a constraint refuses the
    /// change.
    #[expect(clippy::disallowed_methods, reason = "the one place that updates, and it filters")]
    pub async fn update<E: Mutable>(&self, id: E::Id, changes: E::ActiveModel) -> Result<()> {
        let before = self.everything::<E>().filter(E::id_column().eq(id)).one().await?.ok_or(Error::NotFound)?;
        self.within_namespace::<E>(&before)?;
        self.of_access.fetch_or(E::OF_ACCESS, Ordering::Relaxed);
        self.note(|noted| noted.changed::<E>(id, &before, &changes));
        self.count_statement();
        let update = E::update_many().filter(E::organization_column().eq(self.organization_id)).filter(E::id_column().eq(id)).set(changes);
        let result = update.exec(&self.transaction).await.map_err(from_database)?;
        if result.rows_affected == 1 { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Gives each of some rows its own value in one column, and raises their version, in statements of some hundreds.
    /// A row that does not exist is left out.
    ///
    /// # Errors
    /// Where a constraint refuses a change.
    #[expect(clippy::disallowed_methods, reason = "the one place that updates many, and it filters")]
    pub async fn update_each<E, V>(&self, column: E::Column, version: E::Column, values: Vec<(E::Id, V)>) -> Result<()>
    where
        E: Mutable,
        V: Into<Value> + Copy,
    {
        self.of_access.fetch_or(E::OF_ACCESS, Ordering::Relaxed);
        for some in values.chunks(CHUNK) {
            let mut value = CaseStatement::new();
            for &(id, wanted) in some {
                value = value.case(E::id_column().eq(id), Expr::val(wanted));
                self.note(|changes| changes.given::<E>(id, column, &wanted.into()));
            }
            let update = E::update_many()
                .filter(E::organization_column().eq(self.organization_id))
                .filter(E::id_column().is_in(some.iter().map(|(id, _)| *id)))
                .col_expr(column, value.into())
                .col_expr(version, Expr::col(version).add(1));
            self.count_statement();
            update.exec(&self.transaction).await.map_err(from_database)?;
        }
        Ok(())
    }
}
