//! Metadata and keys kept between runs, one file for each address. Whatever is wrong with a file, the document is
//! fetched again; whatever is wrong with the directory, nothing is kept.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ureq::http::StatusCode;
use ureq::http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::oauth::HttpResponse;

/// How long a document lives that says nothing, in seconds: short enough that a new key is seen the same day.
const DEFAULT_MAX_AGE_SECS: i64 = 3600;

/// The longest life, in seconds.
const MAX_AGE_LIMIT_SECS: i64 = 24 * 3600;

/// How old a document may be that stands in for a provider that is away, in seconds: endpoints move rarely, and not
/// within a month without word.
const MAX_STALE_SECS: i64 = 30 * 24 * 3600;

/// The most that is read of a file, in bytes: the largest body, every character of it escaped.
const MAX_FILE_BYTES: u64 = 6 * super::MAX_BODY_BYTES + 4096;

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

/// How old a document may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CacheFreshness {
    /// As long as the provider said.
    Fresh,
    /// Older too: the provider is away. Not where it has forbidden that (`must-revalidate`, RFC 9111 5.2.2.2).
    AllowStale,
}

/// The document of `url`, if it is no older than `age` allows. A file from the future is a clock that was set back, and is
/// not used.
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

/// Keeps an answer with status 200 and text in it, unless it forbids that.
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
    let text = serde_json::to_vec(&cached).expect("texts and numbers only");
    // A cache that cannot be written costs a request the next time, nothing else.
    let _ = write_atomically(&cache_file(directory, url), &text);
}

/// Keeps the document of `url` no longer.
pub(super) fn remove(directory: &Path, url: &str) {
    // One that is not there, or cannot be removed, is asked for again when its life is over.
    let _ = fs::remove_file(cache_file(directory, url));
}

/// The seconds an answer may be kept, and whether it may not be used after them (RFC 9111 5.2.2); `None`: it may not be
/// kept at all.
fn cache_policy(response: &HttpResponse) -> Option<(i64, bool)> {
    let (mut seconds, mut must_revalidate) = (DEFAULT_MAX_AGE_SECS, false);
    let headers = response.headers().get_all(CACHE_CONTROL);
    for directive in headers.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')) {
        let (name, value) = directive.trim().split_once('=').unwrap_or((directive.trim(), ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return None,
            "must-revalidate" => must_revalidate = true,
            // What is written so that it cannot be read lives not at all.
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

/// The content of a file that nobody else can have written: what it says decides where codes and secrets go, and a cache
/// directory may be shared.
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

/// Never through a symbolic link, and never waiting for the other end of a pipe.
#[cfg(unix)]
fn restrict_open(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32);
}

/// Elsewhere the profile's directories keep others out.
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

/// Writes beside the file and renames, so that a reader sees the old or the new one whole; only the owner reads it.
fn write_atomically(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let directory = file.parent().expect("a file of a directory");
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;

    let temporary = file.with_extension(format!("{}-{:?}", std::process::id(), std::thread::current().id()));
    // One that is there was left by a crash, or put there to be written through.
    let _ = fs::remove_file(&temporary);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict_open(&mut options);
    let result =
        options.open(&temporary).and_then(|mut open| open.write_all(text)).and_then(|()| fs::rename(&temporary, file));
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    result
}
