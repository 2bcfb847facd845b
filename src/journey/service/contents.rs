//! Creating, revising, covering and finding content.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::ids::{ContentId, MemberId};
use entity::kinds::{BlockerKind, ContentKind, CoverageAspect, Resource};
use entity::time::Timestamp;
use entity::{content, content_coverage};
use serde::Serialize;

use super::catalogue::catalogues;
use crate::auth::Scope;
use crate::auth::permission::grant::{TacticRead, TacticWrite};
use crate::db::{Batch, BulkCall, Idempotent, Listing, PageRequest, TenantWrite, checked, only, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input::{self, ExternalId};
use crate::journey::store;
use crate::metrics::enablement::standing;
use crate::organization::service::Owners;

/// Longest address of a piece of content.
const URL: usize = 2_000;

/// Which content is wanted; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct ContentFilter {
    /// What it is.
    pub kind: Option<ContentKind>,
    /// Who owns it.
    pub resource: Option<Resource>,
    /// The key of a stage it covers.
    pub stage: Option<String>,
    /// A kind of blocker it covers.
    pub blocker: Option<BlockerKind>,
    /// What is no longer used, too.
    pub include_retired: bool,
}

/// A page of content, newest first.
///
/// # Errors
/// A problem with `filter`.
pub async fn contents(
    scope: &Scope<TacticRead>,
    mut filter: ContentFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<content::Model>> {
    filter.stage = input::optional_text("filter.stage", filter.stage.as_deref(), input::NAME)?;
    store::contents(&scope.read().await?, &filter, scope.now()).listing(page, with_total).await
}

/// The content with some ids.
///
/// # Errors
/// What the database says.
pub async fn contents_by_id(scope: &Scope<TacticRead>, ids: &[ContentId]) -> Result<HashMap<ContentId, content::Model>> {
    let rows = scope.read().await?.get_many::<content::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What a piece of content covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The keys of stages.
    pub stages: BTreeSet<String>,
    /// Kinds of blockers.
    pub blockers: BTreeSet<BlockerKind>,
}

impl Coverage {
    /// What stands after changes in the order in which they were made.
    pub(super) fn of<'r>(rows: impl IntoIterator<Item = &'r content_coverage::Model>) -> Self {
        let mut coverage = Self::default();
        for (aspect, covered) in standing(rows.into_iter().map(|row| ((row.aspect, row.covered.as_str()), row.added))) {
            match aspect {
                CoverageAspect::Stage => coverage.stages.extend([covered.to_owned()]),
                CoverageAspect::Blocker => coverage.blockers.extend(BlockerKind::from_name(covered)),
            }
        }
        coverage
    }

    fn parts(&self) -> BTreeSet<(CoverageAspect, String)> {
        let stages = self.stages.iter().map(|stage| (CoverageAspect::Stage, stage.clone()));
        stages.chain(self.blockers.iter().map(|blocker| (CoverageAspect::Blocker, blocker.name().to_owned()))).collect()
    }
}

/// What each of the pieces covers that rows are about.
pub(super) fn by_content(rows: &[content_coverage::Model]) -> HashMap<ContentId, Coverage> {
    let mut of: HashMap<ContentId, Vec<&content_coverage::Model>> = HashMap::new();
    for row in rows {
        of.entry(row.content_id).or_default().push(row);
    }
    of.into_iter().map(|(id, rows)| (id, Coverage::of(rows))).collect()
}

/// What some content covers; what covers nothing is left out.
///
/// # Errors
/// What the database says.
pub async fn coverage_of(scope: &Scope<TacticRead>, ids: &[ContentId]) -> Result<HashMap<ContentId, Coverage>> {
    Ok(by_content(&store::coverage_rows(&scope.read().await?, ids).await?))
}

/// A new piece of content.
#[derive(Clone, Debug, Serialize)]
pub struct NewContent {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: ContentKind,
    /// Who owns it.
    pub resource: Resource,
    /// Where it is.
    pub url: Option<String>,
    /// Whom it is for.
    pub audience: Option<String>,
    /// The member who looks after it.
    pub owner_id: Option<MemberId>,
    /// What another system calls it.
    pub external_id: Option<ExternalId>,
}

/// Creates a piece of content.
///
/// # Errors
/// Problems with the fields; `NOT_ALLOWED` where the caller works for another resource.
pub async fn create_content(scope: &Scope<TacticWrite>, new: NewContent, key: Option<&str>) -> Result<content::Model> {
    let items = [new];
    let call = BulkCall::<content::Entity>::new(key, "createContent", &items)?;
    let tx = scope.write().await?;
    if let Some(outcomes) = call.recall(&tx).await? {
        return only(outcomes);
    }
    let mut rows = Vec::with_capacity(1);
    for new in &items {
        rows.push(checked(check(&tx, scope, new).await)?);
    }
    let mut batch = Batch::<content::Entity>::begin(&tx, rows.iter().flatten()).await?;
    batch.settle(rows, same);
    let outcomes = batch.insert(&tx).await?;
    call.commit(tx, scope, &outcomes).await?;
    only(outcomes)
}

fn same(known: &content::Model, offered: &content::Model) -> bool {
    (&known.name, known.kind, known.resource, &known.url, &known.audience)
        == (&offered.name, offered.kind, offered.resource, &offered.url, &offered.audience)
}

async fn check(tx: &TenantWrite, scope: &Scope<TacticWrite>, new: &NewContent) -> Result<content::Model> {
    let mut problems = Problems::new();
    let name = problems.take(input::text("name", &new.name, input::NAME))?.unwrap_or_default();
    problems.take(scope.covers(new.resource, "resource"))?;
    let url = problems.take(address(new.url.as_deref()))?.flatten();
    let audience = problems.take(input::optional_text("audience", new.audience.as_deref(), input::NOTE))?.flatten();
    let owners = Owners::load(tx, new.owner_id).await?;
    let owner_id = problems.take(owners.of_new(scope, new.owner_id, "ownerId"))?.flatten();
    let external_id = problems.take(ExternalId::optional("externalId", new.external_id.as_ref()))?.flatten();
    problems.check()?;
    let (source, external_id) = ExternalId::split(external_id);
    Ok(content::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        name,
        kind: new.kind,
        resource: new.resource,
        url,
        audience,
        owner_id,
        retired_at: None,
        source,
        external_id,
        recorded_at: scope.now(),
        version: 1,
    })
}

fn address(url: Option<&str>) -> Result<Option<String>> {
    let url = input::optional_text("url", url, URL)?;
    let shaped = |url: &str| (url.starts_with("https://") || url.starts_with("http://")) && !url.contains(char::is_whitespace);
    if url.as_deref().is_none_or(shaped) {
        Ok(url)
    } else {
        Err(Error::invalid("url", ProblemCode::Invalid, "must begin with https:// or http:// and hold no white space"))
    }
}

/// Changes of a piece of content; what is `None` stays.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseContent {
    /// The content.
    pub content_id: ContentId,
    /// What it is called.
    pub name: Option<String>,
    /// What it is.
    pub kind: Option<ContentKind>,
    /// Who owns it.
    pub resource: Option<Resource>,
    /// Where it is; `Some(None)` for nowhere.
    pub url: Option<Option<String>>,
    /// Whom it is for; `Some(None)` for anybody.
    pub audience: Option<Option<String>>,
    /// The member who looks after it; `Some(None)` for nobody.
    pub owner_id: Option<Option<MemberId>>,
    /// Since when it is no longer used; `Some(None)` while it is.
    pub retired_at: Option<Option<Timestamp>>,
    /// The version the caller saw.
    pub expected_version: Option<i64>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Changes a piece of content.
///
/// # Errors
/// Problems with the fields.
pub async fn revise_content(scope: &Scope<TacticWrite>, change: &ReviseContent) -> Result<content::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "reviseContent", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<ContentId>(&tx).await? {
        return tx.get::<content::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let before = store::content_locked(&tx, change.content_id).await?.ok_or_else(|| Error::unknown("contentId"))?;
    input::version(change.expected_version, before.version)?;
    let mut problems = Problems::new();
    problems.take(scope.covers(before.resource, "contentId"))?;
    problems.take(scope.reaches_owner(before.owner_id, "contentId"))?;
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.name = problems.take(input::text("name", name, input::NAME))?.unwrap_or_default();
    }
    after.kind = change.kind.unwrap_or(before.kind);
    if let Some(resource) = change.resource.filter(|resource| *resource != before.resource) {
        problems.take(scope.covers(resource, "resource"))?;
        after.resource = resource;
    }
    if let Some(url) = &change.url {
        after.url = problems.take(address(url.as_deref()))?.flatten();
    }
    if let Some(audience) = &change.audience {
        after.audience = problems.take(input::optional_text("audience", audience.as_deref(), input::NOTE))?.flatten();
    }
    if let Some(owner) = change.owner_id {
        after.owner_id = problems.take(Owners::load(&tx, owner).await?.of(scope, owner, "ownerId"))?.flatten();
    }
    if let Some(retired_at) = change.retired_at {
        after.retired_at = problems.take(retired_at.map(|at| input::moment("retiredAt", at, scope.now())).transpose())?.flatten();
    }
    problems.check()?;
    after.version += 1;
    store::update_content(&tx, &after).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &after.id).await?;
    tx.commit().await?;
    Ok(after)
}

/// What a piece of content covers from now on.
#[derive(Clone, Debug, Serialize)]
pub struct CoverContent {
    /// The content.
    pub content_id: ContentId,
    /// The keys of stages, of any pipeline.
    pub stages: Vec<String>,
    /// Kinds of blockers.
    pub blockers: Vec<BlockerKind>,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Says what a piece of content covers from now on: what it covered before and is not named it no longer covers.
///
/// # Errors
/// Problems with the fields.
pub async fn cover_content(scope: &Scope<TacticWrite>, change: &CoverContent) -> Result<content::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "coverContent", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<ContentId>(&tx).await? {
        return tx.get::<content::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let row = store::content_locked(&tx, change.content_id).await?.ok_or_else(|| Error::unknown("contentId"))?;
    tx.within_namespace::<content::Entity>(&row)?;
    let mut problems = Problems::new();
    problems.take(scope.covers(row.resource, "contentId"))?;
    problems.take(scope.reaches_owner(row.owner_id, "contentId"))?;
    let catalogues = catalogues(&tx).await?;
    let known: HashSet<&str> = catalogues.iter().flat_map(|catalogue| &catalogue.stages).map(|stage| stage.key.as_str()).collect();
    for (index, key) in change.stages.iter().enumerate().filter(|(_, key)| !known.contains(key.as_str())) {
        problems.push(format!("stages.{index}"), ProblemCode::NotFound, format!("no pipeline has a stage {key:.60}"));
    }
    problems.check()?;
    let before = Coverage::of(&store::coverage_rows(&tx, &[row.id]).await?).parts();
    let wanted = Coverage { stages: change.stages.iter().cloned().collect(), blockers: change.blockers.iter().copied().collect() };
    let after = wanted.parts();
    let changed = |(aspect, covered): &(CoverageAspect, String), added| content_coverage::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        content_id: row.id,
        aspect: *aspect,
        covered: covered.clone(),
        added,
        recorded_by: scope.member_id(),
        recorded_at: scope.now(),
    };
    let taken = before.difference(&after).map(|part| changed(part, false));
    let rows: Vec<_> = taken.chain(after.difference(&before).map(|part| changed(part, true))).collect();
    tx.insert_many::<content_coverage::Entity>(&rows).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}
