//! Importing files of other systems, with made-up rows.

mod failures;
mod idempotency;
mod olist;
mod rows;
mod staff;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use tandem::Result;
use tandem::auth::{Session, System};
use tandem::error::Error;
use tandem::ingest::{Count, Kind, Mapping, Options, Progress, Source, Summary, import};

use crate::support::{Caller, TestOrganization};

/// Leads, their touches, and deals, in the way a sales system might write them.
const MAPPING: &str = r##"
source = "crm"
time_zone = "America/Sao_Paulo"

[[file]]
name = "leads"

[file.lookup.origin]
of = "{origin}"
values.seo = { tactic = "seo", channel = "ORGANIC_SEARCH" }
values.ads = { tactic = "ads", channel = "PAID_SEARCH" }
values.unknown = {}

[[file.person]]
id = "{lead}"
known_at = { value = "{day}", format = "date" }

[[file.tactic]]
when = "{origin.tactic}"
id = "{origin.tactic}"
name = "Tactic {origin.tactic}"
resource = "MARKETING"
channel = "{origin.channel}"

[[file.touch]]
when = "{origin.tactic}"
id = "{lead}#first"
at = { value = "{day}", format = "date" }
person = "{lead}"
tactic = "{origin.tactic}"
kind = "VISIT"
actor = "CAMPAIGN"

[[file.stage_event]]
id = "{lead}#qualified"
at = { value = "{day}", format = "date" }
person = "{lead}"
stage = "QUALIFIED"

[[file]]
name = "deals"
delimiter = ";"

[[file.close]]
when = { value = "{status}", is = ["won"] }
id = "{lead}#close"
at = { value = "{won}", format = "%d/%m/%Y %H:%M" }
account = "{account}"
account_name = "Company {account}"
person = "{lead}"
path = "ASSISTED"
amount = { value = "{amount}", default = "0", decimal_separator = ",", thousands_separator = "." }
monthly = { value = "{amount}", decimal_separator = ",", thousands_separator = "." }
source_resource = "SALES"

[[file]]
name = "spend"

[[file.cost]]
id = "{tactic}@{from}"
owner = "MARKETING"
category = "MEDIA"
amount = "{amount}"
from = "{from}"
to = "{to}"
tactic = "{tactic}"
"##;

/// Files of a test, gone with it.
pub struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A CSV and the place for its rejected rows.
    pub fn csv(&self, name: &str, content: impl AsRef<[u8]>) -> Source {
        std::fs::write(self.path(name), content).unwrap();
        self.source(name)
    }

    pub fn source(&self, name: &str) -> Source {
        Source { csv: self.path(name), section: None, rejects: self.path(&format!("{name}.rejects.csv")) }
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn exists(&self, name: &str) -> bool {
        Path::exists(&self.path(name))
    }
}

pub fn mapping(text: &str) -> Arc<Mapping> {
    match Mapping::parse("mapping.toml", text) {
        Ok(mapping) => Arc::new(mapping),
        Err(error) => panic!("{}", error.for_operator()),
    }
}

/// Imports with the mapping of this module.
pub async fn run(organization: &TestOrganization<'_>, sources: Vec<Source>) -> Result<Summary> {
    run_with(organization, MAPPING, sources, false).await
}

pub async fn run_with(organization: &TestOrganization<'_>, text: &str, sources: Vec<Source>, dry_run: bool) -> Result<Summary> {
    watched(organization, text, sources, Options { dry_run, ..Options::default() }, &mut |_| {}).await
}

pub async fn watched(
    organization: &TestOrganization<'_>,
    text: &str,
    sources: Vec<Source>,
    options: Options,
    watch: &mut (dyn FnMut(&Progress<'_>) + Send),
) -> Result<Summary> {
    let scope = Session::system(&organization.app.app, organization.id, System::Import).authorize()?;
    import(&scope, &mapping(text), sources, options, watch).await
}

/// Recorded and unchanged of each kind that has any.
pub fn counts(summary: &Summary) -> Vec<(Kind, u64, u64)> {
    let counts = Kind::ALL.iter().map(|&kind| (kind, summary.count(kind)));
    counts.filter(|(_, count)| *count != Count::default()).map(|(kind, count)| (kind, count.recorded, count.unchanged)).collect()
}

/// What the operator is told.
pub fn told<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.map_err(|error: Error| error.for_operator()).unwrap_err()
}

/// How many objects there are: people, touches, stage events, closes, costs.
pub async fn stored(admin: &Caller<'_>) -> Value {
    let document = "{ people { totalCount } tactics { totalCount } touches { totalCount } stageEvents { totalCount } \
        closes { totalCount } costEntries { totalCount } }";
    let data = admin.gql(document, json!({})).await;
    let count = |name: &str| data[name]["totalCount"].clone();
    json!([count("people"), count("tactics"), count("touches"), count("stageEvents"), count("closes"), count("costEntries")])
}

/// Lead files of any length: half of them from search, a third from advertisements, the rest from nobody knows where.
pub fn leads(count: usize) -> String {
    let mut text = "lead,day,origin\n".to_owned();
    for number in 0..count {
        let origin = ["seo", "ads", "seo", "unknown", "ads", "seo"][number % 6];
        text.push_str(&format!("L{number},2026-0{}-{:02},{origin}\n", 1 + number % 5, 1 + number % 28));
    }
    text
}
