//! On-disk cache of metadata and keys, one file per URL. If a file is damaged, the document is fetched again; if the
//! directory is unusable, nothing is cached.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ureq::http::StatusCode;
use ureq::http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::settings::MAX_BODY_BYTES;
use crate::oauth::HttpResponse;
use crate::owner_only;

/// Default freshness lifetime in seconds: short enough to pick up a new key the same day.
const DEFAULT_MAX_AGE_SECS: i64 = 3600;

const MAX_AGE_LIMIT_SECS: i64 = 24 * 3600;

/// Maximum age in seconds of a stale document, used while the provider is unavailable: endpoints move rarely, and not
/// within a month without notice.
const MAX_STALE_SECS: i64 = 30 * 24 * 3600;

/// Maximum number of bytes to read from a file: the largest body with every character escaped.
const MAX_FILE_BYTES: u64 = 6 * MAX_BODY_BYTES + 4096;

#[derive(Serialize, Deserialize)]
struct CachedDocument {
    version: u32,
    url: String,
    stored_at: i64,
    seconds: i64,
    #[serde(default)]
    must_revalidate: bool,
    content_type: Option<String>,
    body: String,
}

const VERSION: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CacheFreshness {
    /// Fresh documents only.
    Fresh,
    /// Stale documents too, because the provider is unavailable; not if the provider forbids that (`must-revalidate`,
    /// RFC 9111 5.2.2.2).
    AllowStale,
}

/// Returns the cached document of `url` if its age satisfies `freshness`. A timestamp in the future means that the
/// clock was set back; such a file is ignored.
pub(super) fn load(directory: &Path, url: &str, now: DateTime<Utc>, freshness: CacheFreshness) -> Option<HttpResponse> {
    let cached: CachedDocument = serde_json::from_slice(&read(&cache_file(directory, url))?).ok()?;
    let age = now.timestamp().checked_sub(cached.stored_at)?;
    let max_age = match freshness {
        CacheFreshness::AllowStale if !cached.must_revalidate => MAX_STALE_SECS,
        _ => cached.seconds.min(MAX_AGE_LIMIT_SECS),
    };
    if cached.version != VERSION || cached.url != url || age < 0 || age >= max_age {
        return None;
    }
    let mut response = HttpResponse::new(cached.body.into_bytes());
    if let Some(kind) = cached.content_type.and_then(|kind| kind.parse().ok()) {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    Some(response)
}

/// Stores a response with status 200 and JSON content, unless its headers forbid that.
pub(super) fn store(directory: &Path, url: &str, now: DateTime<Utc>, response: &HttpResponse) {
    let (Some((seconds, must_revalidate)), Ok(body)) = (cache_policy(response), std::str::from_utf8(response.body()))
    else {
        return;
    };
    if response.status() != StatusCode::OK || serde_json::from_str::<serde::de::IgnoredAny>(body).is_err() {
        return;
    }
    let header = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let cached = CachedDocument {
        version: VERSION,
        url: url.to_owned(),
        stored_at: now.timestamp(),
        seconds,
        must_revalidate,
        content_type: header.map(str::to_owned),
        body: body.to_owned(),
    };
    let text = serde_json::to_vec(&cached).expect("strings and numbers serialize");
    // A failed write only costs another request.
    let _ = write_atomically(&cache_file(directory, url), &text);
}

pub(super) fn remove(directory: &Path, url: &str) {
    // If the file cannot be removed, the document is fetched again once it is stale.
    let _ = fs::remove_file(cache_file(directory, url));
}

/// Returns the freshness lifetime in seconds and the `must-revalidate` flag (RFC 9111 5.2.2); `None` if the response
/// must not be stored.
fn cache_policy(response: &HttpResponse) -> Option<(i64, bool)> {
    let (mut seconds, mut must_revalidate) = (DEFAULT_MAX_AGE_SECS, false);
    let headers = response.headers().get_all(CACHE_CONTROL);
    for directive in headers.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')) {
        let (name, value) = directive.trim().split_once('=').unwrap_or((directive.trim(), ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return None,
            "must-revalidate" => must_revalidate = true,
            // A malformed value counts as 0.
            "max-age" => seconds = value.trim().trim_matches('"').parse().unwrap_or(0),
            _ => {}
        }
    }
    (seconds > 0).then(|| (seconds.min(MAX_AGE_LIMIT_SECS), must_revalidate))
}

fn cache_file(directory: &Path, url: &str) -> PathBuf {
    let digest = ring::digest::digest(&ring::digest::SHA256, url.as_bytes());
    let name: String = digest.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    directory.join(format!("{name}.json"))
}

/// Reads a file that only the current user can have written: its content decides which endpoints receive codes and
/// secrets, and a cache directory may be shared.
fn read(file: &Path) -> Option<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.read(true);
    restrict_open(&mut options);
    let file = options.open(file).ok()?;
    let metadata = file.metadata().ok()?;
    let mut text = Vec::new();
    (metadata.is_file() && is_private(&metadata)).then_some(())?;
    file.take(MAX_FILE_BYTES).read_to_end(&mut text).ok()?;
    Some(text)
}

/// Does not follow a symbolic link and does not block on a pipe.
#[cfg(unix)]
fn restrict_open(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32);
}

/// On Windows the profile's directories keep other users out.
#[cfg(not(unix))]
fn restrict_open(_: &mut OpenOptions) {}

#[cfg(unix)]
fn is_private(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

#[cfg(not(unix))]
fn is_private(_: &Metadata) -> bool {
    true
}

/// Writes a temporary file and renames it, so that readers never see a partial file; readable by the owner only.
fn write_atomically(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let directory = file.parent().expect("a cache file has a parent directory");
    owner_only::create_directory(directory)?;
    let temporary = file.with_extension(format!("{}-{:?}", std::process::id(), std::thread::current().id()));
    // An existing temporary file is left over from a crash, or planted to redirect the write.
    let _ = fs::remove_file(&temporary);
    let result = owner_only::create_file(&temporary)
        .and_then(|mut open| open.write_all(text))
        .and_then(|()| fs::rename(&temporary, file));
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    result
}
