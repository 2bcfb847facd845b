//! The files of the signing keys: the private key that signs, and beside it the public keys of those it replaced.
//!
//! A private key that no longer signs is not kept: to verify, its public half is enough.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{SigningKey, VerifyingKey};
use entity::time::Timestamp;
use rand::TryRngCore;
use serde::{Deserialize, Serialize};

use super::{LEEWAY_SECONDS, MAX_LIFE_SECONDS};
use crate::error::{Error, ProblemCode, Result};

/// A server that has not seen a rotation yet may sign with the old key for so long, in seconds.
const PICK_UP_SECONDS: i64 = 60;

/// A key that signs no more.
#[derive(Clone, Debug)]
pub(super) struct Retired {
    pub(super) public: VerifyingKey,
    /// When the last token it signed is dead.
    pub(super) until: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    x: String,
    until: Timestamp,
}

/// What the files look like from outside; a change of it is a change of theirs.
pub(super) type Stamp = [Option<(SystemTime, u64)>; 2];

pub(super) fn stamp(file: &Path) -> Option<Stamp> {
    let look = |path: &Path| fs::metadata(path).ok().and_then(|seen| Some((seen.modified().ok()?, seen.len())));
    Some([look(file), look(&retired_file(file))])
}

fn retired_file(file: &Path) -> PathBuf {
    file.with_extension("retired.json")
}

fn refused(file: &Path, reason: impl std::fmt::Display) -> Error {
    Error::invalid("signing_key_file", ProblemCode::Invalid, format!("{}: {reason}", file.display()))
}

/// Reads the key that signs.
pub(super) fn read_signing(file: &Path) -> Result<SigningKey> {
    let metadata = fs::metadata(file).map_err(|cause| refused(file, cause))?;
    if readable_by_others(&metadata) {
        return Err(refused(file, "others can read the key; make its mode 0600"));
    }
    let pem = fs::read_to_string(file).map_err(|cause| refused(file, cause))?;
    SigningKey::from_pkcs8_pem(&pem).map_err(|_| refused(file, "not an Ed25519 key in PKCS #8 PEM"))
}

/// Reads the keys that signed before.
pub(super) fn read_retired(file: &Path) -> Result<Vec<Retired>> {
    let file = retired_file(file);
    let text = match fs::read(&file) {
        Ok(text) => text,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(refused(&file, cause)),
    };
    let entries: Vec<Entry> = serde_json::from_slice(&text).map_err(|cause| refused(&file, cause))?;
    entries
        .into_iter()
        .map(|entry| {
            let bytes = URL_SAFE_NO_PAD.decode(entry.x).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            let public = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok()).ok_or_else(|| refused(&file, "not a key"))?;
            Ok(Retired { public, until: entry.until })
        })
        .collect()
}

/// Makes a key where there is none.
pub(super) fn make(file: &Path) -> Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory).map_err(Error::internal)?;
    }
    write_new(file, new_key()?.as_bytes())
}

fn new_key() -> Result<impl std::ops::Deref<Target = String>> {
    let mut seed = [0; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut seed).map_err(Error::internal)?;
    SigningKey::from_bytes(&seed).to_pkcs8_pem(LineEnding::LF).map_err(Error::internal)
}

/// Replaces the key that signs. The old one goes on verifying until the last token it signed is dead, unless
/// `distrust` says that it got into wrong hands: then its tokens are refused at once, and those of all before it.
///
/// # Errors
/// A problem with `signing_key_file` where it cannot be read, or another rotation is under way.
pub fn rotate(file: &Path, now: Timestamp, distrust: bool) -> Result<()> {
    if !file.exists() {
        return make(file);
    }
    let old = read_signing(file)?.verifying_key();
    let next = file.with_extension("next");
    write_new(&next, new_key()?.as_bytes())
        .map_err(|_| refused(&next, "cannot be made; remove it unless another rotation is under way"))?;
    let until = now.saturating_add_micros((MAX_LIFE_SECONDS + LEEWAY_SECONDS + PICK_UP_SECONDS) * 1_000_000);
    let mut entries = Vec::new();
    if !distrust {
        let known = read_retired(file)?.into_iter().filter(|key| key.until > now && key.public != old);
        entries.extend(known.map(|key| Entry { x: URL_SAFE_NO_PAD.encode(key.public.as_bytes()), until: key.until }));
        entries.push(Entry { x: URL_SAFE_NO_PAD.encode(old.as_bytes()), until });
    }
    // First the old key may verify, then the new one signs: a token is never without its key in between.
    let (listed, list) = (retired_file(file), serde_json::to_vec(&entries).map_err(Error::internal)?);
    let draft = listed.with_extension("next");
    // What an interrupted rotation left behind; holding `next` nobody else is writing it.
    let _ = fs::remove_file(&draft);
    let replaced = write_new(&draft, &list).and_then(|()| fs::rename(&draft, &listed).map_err(Error::internal));
    replaced.and_then(|()| fs::rename(&next, file).map_err(Error::internal)).map_err(|error| {
        let _ = fs::remove_file(&next);
        refused(file, error.for_operator())
    })
}

/// Writes a file that only its owner can read, where there is none.
fn write_new(file: &Path, content: &[u8]) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut made = options.open(file).map_err(Error::internal)?;
    made.write_all(content).and_then(|()| made.sync_all()).map_err(Error::internal)
}

#[cfg(unix)]
fn readable_by_others(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn readable_by_others(_: &fs::Metadata) -> bool {
    false
}
