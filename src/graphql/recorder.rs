//! Writes down what the resolver of each field asks for, so that the schema can tell it.
//!
//! A recorder is put into a request's data by whoever wants to know, and by no transport: without one nothing is written.
//! What a field asks for is kept apart from what its children ask for by the path of the answer, which the
//! [extension](super::extension) knows together with the type and the name of the field.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::QueryPathNode;
use async_graphql::extensions::ResolveInfo;

use super::needs::Needs;
use crate::auth::Witness;
use crate::auth::permission::Permission;

/// What was asked for by the fields of some requests. Clones write on the same paper.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Records>>);

#[derive(Debug, Default)]
struct Records {
    open: HashMap<String, Resolution>,
    closed: Vec<Resolution>,
    batches: Witness,
    /// How many of those that are closed were looked at for what batches asked for.
    seen: usize,
}

/// One field of one object, once.
#[derive(Clone, Debug)]
struct Resolution {
    coordinate: String,
    /// Asked for, and refused without.
    firmly: Witness,
    /// Looked at, to show less without.
    softly: BTreeSet<Permission>,
    signed_in: bool,
    answered: bool,
}

impl Recorder {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A field begins to be resolved.
    pub(super) fn begin(&self, info: &ResolveInfo<'_>) {
        let coordinate = format!("{}.{}", info.parent_type, info.name);
        let resolution = Resolution { coordinate, firmly: Witness::default(), softly: BTreeSet::new(), signed_in: false, answered: false };
        self.records().open.insert(info.path_node.to_string(), resolution);
    }

    /// A field is resolved, to something or to nothing.
    pub(super) fn end(&self, path: &QueryPathNode<'_>, answered: bool) {
        let mut records = self.records();
        if let Some(mut resolution) = records.open.remove(&path.to_string()) {
            resolution.answered = answered;
            records.closed.push(resolution);
        }
    }

    fn note(&self, path: Option<QueryPathNode<'_>>, note: impl FnOnce(&mut Resolution)) {
        if let Some(path) = path
            && let Some(open) = self.records().open.get_mut(&path.to_string())
        {
            note(open);
        }
    }

    /// Who writes down what the resolver of a field asks for.
    pub(super) fn witness(&self, path: Option<QueryPathNode<'_>>) -> Witness {
        path.and_then(|path| self.records().open.get(&path.to_string()).map(|open| open.firmly.clone())).unwrap_or_default()
    }

    /// The resolver of a field shows less without a permission.
    pub(super) fn softly(&self, path: Option<QueryPathNode<'_>>, permission: Permission) {
        self.note(path, |open| {
            open.softly.insert(permission);
        });
    }

    /// The resolver of a field asks who is calling.
    pub(super) fn caller(&self, path: Option<QueryPathNode<'_>>) {
        self.note(path, |open| open.signed_in = true);
    }

    /// Who writes down what batches of objects ask for; one serves many fields.
    pub(super) fn batches(&self) -> Witness {
        self.records().batches.clone()
    }

    /// What batches asked for that no field did, since this was last looked at: nobody would be told of it.
    #[must_use]
    pub fn untold(&self) -> BTreeSet<Permission> {
        let mut records = self.records();
        let noted = std::mem::take(&mut records.batches).noted();
        let until = records.closed.len();
        let since = std::mem::replace(&mut records.seen, until);
        let lately = records.closed.iter().skip(since);
        let told: BTreeSet<Permission> =
            lately.flat_map(|closed| closed.firmly.noted().into_iter().chain(closed.softly.iter().copied())).collect();
        noted.difference(&told).copied().collect()
    }

    /// The fields that were answered with something, by `Type.field`.
    #[must_use]
    pub fn answered(&self) -> BTreeSet<String> {
        self.records().closed.iter().filter(|closed| closed.answered).map(|closed| closed.coordinate.clone()).collect()
    }

    /// What each field that was resolved needs, by `Type.field`.
    #[must_use]
    pub fn needs(&self) -> BTreeMap<String, Needs> {
        let mut by_field: BTreeMap<String, Vec<Resolution>> = BTreeMap::new();
        for closed in &self.records().closed {
            by_field.entry(closed.coordinate.clone()).or_default().push(closed.clone());
        }
        by_field.into_iter().map(|(coordinate, resolutions)| (coordinate, needs_of(&resolutions))).collect()
    }
}

/// What is asked for whenever anything is asked for is needed; what is asked for only sometimes depends on what is wanted.
/// An object that is missing is not asked for, which says nothing.
fn needs_of(resolutions: &[Resolution]) -> Needs {
    let softly: BTreeSet<Permission> = resolutions.iter().flat_map(|resolution| resolution.softly.iter().copied()).collect();
    let firmly = resolutions.iter().map(|resolution| resolution.firmly.noted());
    let asking: Vec<BTreeSet<Permission>> =
        firmly.map(|asked| asked.difference(&softly).copied().collect::<BTreeSet<_>>()).filter(|asked| !asked.is_empty()).collect();
    let ever: BTreeSet<Permission> = asking.iter().flatten().copied().collect();
    let always: BTreeSet<Permission> =
        ever.iter().copied().filter(|permission| asking.iter().all(|asked| asked.contains(permission))).collect();
    Needs {
        signed_in: ever.is_empty() && softly.is_empty() && resolutions.iter().any(|resolution| resolution.signed_in),
        at_times: ever.difference(&always).copied().collect(),
        always,
        less_without: softly,
    }
}
