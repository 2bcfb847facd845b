//! The use case: read the files of another system and record what they say.

use std::path::PathBuf;
use std::sync::Arc;

use entity::organization;

use super::chunk::{self, Chunk, Defaults, Refused};
use super::header::{self, Opened, Source};
use super::mapping::Mapping;
use super::record::Kind;
use super::rejects::Rejects;
use super::writer::Writer;
use crate::auth::Scope;
use crate::auth::permission::grant::{BuyerWrite, OrganizationRead};
use crate::db::TenantWrite;
use crate::error::Result;
use crate::input;
use crate::organization::service::settings;

/// How far an import is.
#[derive(Clone, Debug)]
pub struct Progress<'a> {
    /// The file being read.
    pub csv: &'a std::path::Path,
    /// Rows done, of all files.
    pub rows: u64,
    /// Rows rejected, of all files.
    pub rejected: u64,
    /// Bytes done, of all files.
    pub bytes: u64,
    /// Bytes of all files.
    pub total_bytes: u64,
}

/// What became of the records of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Written.
    pub recorded: u64,
    /// Known already, with the same content.
    pub unchanged: u64,
}

/// What an import did, or would have done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows read.
    pub rows: u64,
    /// Rows of which something could not be recorded.
    pub rejected: u64,
    /// What became of the records, in the order of [`Kind::ALL`].
    counts: [Count; Kind::ALL.len()],
    /// The files with rejected rows.
    pub rejects: Vec<PathBuf>,
}

impl Summary {
    /// The records of a kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> Count {
        self.counts.get(kind as usize).copied().unwrap_or_default()
    }

    /// The records of every kind.
    #[must_use]
    pub fn total(&self) -> Count {
        self.counts.iter().fold(Count::default(), |sum, count| Count {
            recorded: sum.recorded + count.recorded,
            unchanged: sum.unchanged + count.unchanged,
        })
    }

    pub(super) fn count_mut(&mut self, kind: Kind) -> &mut Count {
        let [account, person, tactic, touch, stage_event, close, cost] = &mut self.counts;
        match kind {
            Kind::Account => account,
            Kind::Person => person,
            Kind::Tactic => tactic,
            Kind::Touch => touch,
            Kind::StageEvent => stage_event,
            Kind::Close => close,
            Kind::Cost => cost,
        }
    }
}

/// Imports files. Each chunk of rows is one transaction, so an import that was interrupted has recorded whole chunks, and
/// the next one finds them unchanged.
///
/// With `dry_run` all of it is one transaction that is never committed.
///
/// # Errors
/// What is wrong with the files as a whole, before anything is recorded; later, what keeps a file from being read or a
/// chunk from being written. Chunks before that stay.
pub async fn import(
    scope: &Scope<BuyerWrite>,
    mapping: &Arc<Mapping>,
    sources: Vec<Source>,
    dry_run: bool,
    watch: &mut (dyn FnMut(&Progress<'_>) + Send),
) -> Result<Summary> {
    let organization = settings(&scope.also::<OrganizationRead>()?.read().await?).await?;
    let defaults = defaults(mapping, &organization, scope)?;
    let mut opened = Vec::new();
    for file in header::open(mapping, sources)? {
        let rejects = Rejects::prepare(&file.source.rejects, &file.source.csv)?;
        opened.push((file, rejects));
    }
    let mut run = Run {
        scope,
        writer: Writer::new(scope)?,
        summary: Summary::default(),
        bytes: 0,
        total_bytes: opened.iter().map(|(file, _)| file.size).sum(),
        dry_run: dry_run.then_some(None),
    };
    for (file, mut rejects) in opened {
        run.file(mapping, &file, &mut rejects, defaults.clone(), watch).await?;
    }
    Ok(run.summary)
}

fn defaults(mapping: &Mapping, organization: &organization::Model, scope: &Scope<BuyerWrite>) -> Result<Defaults> {
    let time_zone = match mapping.time_zone {
        Some(zone) => zone,
        None => input::time_zone("timeZone", &organization.timezone)?,
    };
    Ok(Defaults { time_zone, currency: mapping.currency.unwrap_or(organization.base_currency), now: scope.now() })
}

struct Run<'a> {
    scope: &'a Scope<BuyerWrite>,
    writer: Writer,
    summary: Summary,
    bytes: u64,
    total_bytes: u64,
    /// The one transaction of a dry run, once it has begun.
    dry_run: Option<Option<TenantWrite>>,
}

impl Run<'_> {
    async fn file(
        &mut self,
        mapping: &Arc<Mapping>,
        file: &Opened,
        rejects: &mut Rejects,
        defaults: Defaults,
        watch: &mut (dyn FnMut(&Progress<'_>) + Send),
    ) -> Result<()> {
        let mut chunks = chunk::read(mapping, file, defaults);
        while let Some(chunk) = chunks.recv().await {
            let chunk = chunk?;
            let refused = self.write(&chunk).await?;
            self.summary.rows += chunk.rows.len() as u64;
            self.summary.rejected += refused.len() as u64;
            for Refused { row, problems } in &refused {
                if let Some(row) = chunk.rows.get(*row) {
                    rejects.add(&file.header, row, problems)?;
                }
            }
            rejects.flush()?;
            watch(&Progress {
                csv: &file.source.csv,
                rows: self.summary.rows,
                rejected: self.summary.rejected,
                bytes: self.bytes + chunk.consumed,
                total_bytes: self.total_bytes,
            });
        }
        self.bytes += file.size;
        self.summary.rejects.extend(rejects.path().map(ToOwned::to_owned));
        Ok(())
    }

    /// Records a chunk, and gives the rows of which something could not be recorded, in their order.
    async fn write(&mut self, chunk: &Chunk) -> Result<Vec<Refused>> {
        let held = self.dry_run.as_mut().and_then(Option::take);
        let tx = match held {
            Some(tx) => tx,
            None => self.scope.write().await?,
        };
        let mut refused = chunk.refused.clone();
        let mut summary = self.summary.clone();
        refused.extend(self.writer.write(&tx, &chunk.records, &mut summary).await?);
        match &mut self.dry_run {
            Some(held) => *held = Some(tx),
            None => tx.commit().await?,
        }
        self.summary = summary;
        Ok(by_row(refused))
    }
}

/// One entry a row, with all its problems.
fn by_row(mut refused: Vec<Refused>) -> Vec<Refused> {
    refused.sort_by_key(|refused| refused.row);
    refused.dedup_by(|next, one| {
        let same = next.row == one.row;
        if same {
            one.problems.append(&mut next.problems);
        }
        same
    });
    refused
}
