//! `tandem import`.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use entity::ids::OrganizationId;
use indicatif::{ProgressBar, ProgressStyle};

use super::{print, start, token};
use crate::app::App;
use crate::auth::{Session, System};
use crate::config::Config;
use crate::error::{Error, ProblemCode, Result};
use crate::ingest::{Kind, Mapping, Options, Progress, Source, Summary, import};

/// Rows between two lines where there is no terminal.
const ROWS_PER_LINE: u64 = 50_000;

/// The format of mappings in brief.
const MAPPING_HELP: &str = "\
A mapping is TOML. Its format stands in examples/README.md; a whole one is examples/olist/mapping.toml. In brief:

  source = \"crm\"              # who names the objects
  [[file]]                      # how one kind of CSV is read, known by its columns
  name = \"leads\"
  [[file.person]]               # what each row tells: team, member, account, person, tactic, touch, stage_event, close,
                                # attribute, segment, cost
  id = \"{lead_id}\"            # {column}
  known_at = { value = \"{created}\", format = \"date\", time_zone = \"America/Sao_Paulo\" }

Importing the same rows again changes nothing. Rows that cannot be imported go to a CSV of their own with line and
reason: mend it and import it.";

#[derive(Args, Debug)]
#[command(after_long_help = MAPPING_HELP)]
pub(super) struct Arguments {
    /// The file that says what the columns mean.
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// The files to import; they are read in the order of the mapping.
    #[arg(value_name = "CSV", required = true)]
    csv: Vec<PathBuf>,
    /// The organization's id, where there are several.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Write nothing, but say what would be written.
    #[arg(long)]
    dry_run: bool,
    /// Where rejected rows go: a file, or for several CSVs a directory. Default: CSV.rejects.csv here.
    #[arg(long, value_name = "PATH")]
    rejects: Option<PathBuf>,
    /// The `[[file]]` of the mapping to read a CSV by, once for each CSV in turn. Default: found by the header.
    #[arg(long = "as", value_name = "NAME")]
    sections: Vec<String>,
}

pub(super) async fn run(config: &Config, arguments: &Arguments) -> Result<()> {
    let mapping = read_mapping(&arguments.mapping)?;
    let sources = sources(arguments)?;
    let app = start::app(config).await?;
    let organization = organization(&app, arguments).await?;
    let scope = Session::system(&app, organization, System::Import).authorize()?;
    let options = Options { dry_run: arguments.dry_run, ..Options::default() };
    let mut report = Report::new(Instant::now());
    let summary = import(&scope, &mapping, sources, options, &mut |progress| report.show(progress)).await;
    report.finish();
    let summary = summary?;
    print(&describe(&summary, report.begun.elapsed(), arguments.dry_run))?;
    let nothing = summary.total().recorded + summary.total().unchanged == 0;
    if nothing && summary.rejected > 0 {
        return Err(Error::invalid("import", ProblemCode::Invalid, "every row was rejected"));
    }
    Ok(())
}

fn read_mapping(path: &Path) -> Result<Arc<Mapping>> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Error::invalid(path.display().to_string(), ProblemCode::Invalid, cause.to_string()))?;
    Mapping::parse(&path.display().to_string(), &text).map(Arc::new)
}

fn sources(arguments: &Arguments) -> Result<Vec<Source>> {
    if !arguments.sections.is_empty() && arguments.sections.len() != arguments.csv.len() {
        return Err(Error::invalid("as", ProblemCode::Invalid, "must be given once for each CSV, or not at all"));
    }
    let mut sections = arguments.sections.iter().cloned();
    let mut sources: Vec<Source> = Vec::new();
    for csv in &arguments.csv {
        let rejects = rejects_of(csv, arguments)?;
        if sources.iter().any(|source| source.rejects == rejects) {
            let message = format!("{} would hold rows of several files; import them one by one", rejects.display());
            return Err(Error::invalid("rejects", ProblemCode::Invalid, message));
        }
        sources.push(Source { csv: csv.clone(), section: sections.next(), rejects });
    }
    Ok(sources)
}

fn rejects_of(csv: &Path, arguments: &Arguments) -> Result<PathBuf> {
    let name = || format!("{}.rejects.csv", csv.file_stem().unwrap_or(csv.as_os_str()).to_string_lossy());
    match &arguments.rejects {
        None => Ok(PathBuf::from(name())),
        Some(path) if path.is_dir() => Ok(path.join(name())),
        Some(path) if arguments.csv.len() == 1 => Ok(path.clone()),
        Some(_) => Err(Error::invalid("rejects", ProblemCode::Invalid, "must be a directory where several CSVs are imported")),
    }
}

async fn organization(app: &Arc<App>, arguments: &Arguments) -> Result<OrganizationId> {
    let ids = app.db().organization_ids().await?;
    if let Some(wanted) = &arguments.organization {
        let wanted = token::parse_organization(wanted)?;
        return if ids.contains(&wanted) { Ok(wanted) } else { Err(Error::unknown("organization")) };
    }
    match ids.as_slice() {
        &[id] => Ok(id),
        [] => Err(Error::invalid("organization", ProblemCode::Required, "there is none; create one with `tandem admin create`")),
        several => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            let message = format!("there are several; name one with --organization: {}", names.join(", "));
            Err(Error::invalid("organization", ProblemCode::Required, message))
        }
    }
}

/// Shows how far an import is: a bar on a terminal, else a line now and then.
struct Report {
    begun: Instant,
    bar: Option<ProgressBar>,
    last_line: u64,
}

impl Report {
    fn new(begun: Instant) -> Self {
        Self { begun, bar: std::io::stderr().is_terminal().then(ProgressBar::no_length), last_line: 0 }
    }

    fn show(&mut self, progress: &Progress<'_>) {
        let rate = per_second(progress.rows, self.begun.elapsed());
        match &self.bar {
            Some(bar) => {
                if bar.length().is_none() {
                    bar.set_length(progress.total_bytes);
                    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}  {eta} left") {
                        bar.set_style(style);
                    }
                }
                bar.set_message(format!("{} rows, {rate}/s, {} rejected", progress.rows, progress.rejected));
                bar.set_position(progress.bytes);
            }
            None if progress.rows / ROWS_PER_LINE > self.last_line => {
                self.last_line = progress.rows / ROWS_PER_LINE;
                let percent = progress.bytes.saturating_mul(100) / progress.total_bytes.max(1);
                let line = format!("{}: {} rows ({percent} %), {rate} rows/s", progress.csv.display(), progress.rows);
                // Progress nobody can read is no reason to stop.
                let _ = writeln!(std::io::stderr(), "{line}");
            }
            None => {}
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn per_second(rows: u64, elapsed: Duration) -> u128 {
    u128::from(rows) * 1_000 / elapsed.as_millis().max(1)
}

fn describe(summary: &Summary, elapsed: Duration, dry_run: bool) -> String {
    let rate = per_second(summary.rows, elapsed);
    let seconds = format!("{}.{:03}", elapsed.as_secs(), elapsed.subsec_millis());
    let mut lines = vec![format!("{} rows in {seconds} s, {rate} rows/s, {} rejected", summary.rows, summary.rejected)];
    for &kind in Kind::ALL {
        let count = summary.count(kind);
        if count.recorded + count.unchanged > 0 {
            lines.push(format!("{}: {} recorded, {} unchanged", kind.plural(), count.recorded, count.unchanged));
        }
    }
    lines.extend(summary.rejects.iter().map(|path| format!("rejected rows are in {}", path.display())));
    if summary.total().recorded == 0 && summary.rejected == 0 {
        lines.push("nothing changed".to_owned());
    }
    if dry_run {
        lines.push("dry run: nothing was written".to_owned());
    }
    lines.join("\n")
}
