//! The use case: read the files of another system and record what they say.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

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

/// How long others may have to wait for an import, and the chunk it has just begun.
const LONGEST_TRANSACTION: Duration = Duration::from_secs(1);

/// How many times as many rows the database is to hold before it looks at its tables again.
const GROWTH: u64 = 10;

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
        let [team, member, account, person, tactic, touch, stage_event, close, attribute, segment, cost, rate] = &mut self.counts;
        match kind {
            Kind::Team => team,
            Kind::Member => member,
            Kind::Account => account,
            Kind::Person => person,
            Kind::Tactic => tactic,
            Kind::Touch => touch,
            Kind::StageEvent => stage_event,
            Kind::Close => close,
            Kind::Attribute => attribute,
            Kind::Segment => segment,
            Kind::Cost => cost,
            Kind::Rate => rate,
        }
    }
}

/// How files are imported.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Do everything in one transaction and take it back.
    pub dry_run: bool,
    /// Rows after which a transaction ends. Each end writes every part of an index that was changed since the one before, so
    /// seldom is fast; others who write wait meanwhile, so a transaction ends after a second too.
    pub transaction_rows: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { dry_run: false, transaction_rows: 50_000 }
    }
}

/// Imports files. Rows are recorded together with many others or not at all, so the import after one that was interrupted
/// finds what was recorded unchanged, and records the rest.
///
/// # Errors
/// What is wrong with the files as a whole, before anything is recorded; later, what keeps a file from being read or rows
/// from being written. Transactions that ended before that stay.
pub async fn import(
    scope: &Scope<BuyerWrite>,
    mapping: &Arc<Mapping>,
    sources: Vec<Source>,
    options: Options,
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
        options,
        open: None,
        recorded: 0,
        next_statistics: 0,
    };
    for (file, mut rejects) in opened {
        run.file(mapping, &file, &mut rejects, defaults.clone(), watch).await?;
    }
    run.end().await
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
    options: Options,
    open: Option<Transaction>,
    /// Rows in transactions that have ended.
    recorded: u64,
    /// Rows after which the database looks at its tables: the first chunk, then ten times as many.
    next_statistics: u64,
}

/// A transaction that has begun.
struct Transaction {
    tx: TenantWrite,
    begun: Instant,
    rows: usize,
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
        let mut open = match self.open.take() {
            Some(open) => open,
            None => Transaction { tx: self.scope.write().await?, begun: Instant::now(), rows: 0 },
        };
        let mut refused = chunk.refused.clone();
        refused.extend(self.writer.write(&open.tx, &chunk.records, &mut self.summary).await?);
        open.rows += chunk.rows.len();
        let full = open.rows >= self.options.transaction_rows || open.begun.elapsed() >= LONGEST_TRANSACTION;
        let grown = self.recorded + open.rows as u64 > self.next_statistics;
        if !self.options.dry_run && (full || grown) {
            open.tx.commit().await?;
            self.recorded += open.rows as u64;
            if grown {
                self.scope.refresh_statistics().await?;
                self.next_statistics = self.recorded * GROWTH;
            }
        } else {
            self.open = Some(open);
        }
        Ok(by_row(refused))
    }

    /// Ends the last transaction.
    async fn end(self) -> Result<Summary> {
        if let Some(open) = self.open
            && !self.options.dry_run
        {
            open.tx.commit().await?;
        }
        Ok(self.summary)
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
