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
const USUAL_LIFE: i64 = 3600;

/// The longest life, in seconds.
const LONGEST_LIFE: i64 = 24 * 3600;

/// How old a document may be that stands in for a provider that is away, in seconds: endpoints move rarely, and not
/// within a month without word.
const LONGEST_USE: i64 = 30 * 24 * 3600;

/// The most that is read of a file, in bytes: the largest body, every character of it escaped.
const LARGEST_FILE: u64 = 6 * super::LARGEST_BODY + 4096;

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
    Living,
    /// Older too: the provider is away. Not where it has forbidden that (`must-revalidate`, RFC 9111 5.2.2.2).
    Past,
}

/// The document of `url`, if it is no older than `age` allows. A file from the future is a clock that was set back, and is
/// not used.
pub(super) fn load(directory: &Path, url: &str, now: DateTime<Utc>, age: CacheFreshness) -> Option<HttpResponse> {
    let kept: CachedDocument = serde_json::from_slice(&read(&file(directory, url))?).ok()?;
    let seconds = now.timestamp().checked_sub(kept.stored_at)?;
    let life = match age {
        CacheFreshness::Past if !kept.must_revalidate => LONGEST_USE,
        _ => kept.seconds.min(LONGEST_LIFE),
    };
    if kept.version != VERSION || kept.url != url || seconds < 0 || seconds >= life {
        return None;
    }
    let mut answer = HttpResponse::new(kept.body.into_bytes());
    if let Some(kind) = kept.content_type.and_then(|kind| kind.parse().ok()) {
        answer.headers_mut().insert(CONTENT_TYPE, kind);
    }
    Some(answer)
}

/// Keeps an answer with status 200 and text in it, unless it forbids that.
pub(super) fn store(directory: &Path, url: &str, now: DateTime<Utc>, answer: &HttpResponse) {
    let (Some((seconds, must_revalidate)), Ok(body)) = (lifetime(answer), std::str::from_utf8(answer.body())) else {
        return;
    };
    if answer.status() != StatusCode::OK || serde_json::from_str::<serde::de::IgnoredAny>(body).is_err() {
        return;
    }
    let header = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kept = CachedDocument {
        version: VERSION,
        url: url.to_owned(),
        stored_at: now.timestamp(),
        seconds,
        must_revalidate,
        content_type: header.map(str::to_owned),
        body: body.to_owned(),
    };
    let text = serde_json::to_vec(&kept).expect("texts and numbers only");
    // A cache that cannot be written costs a request the next time, nothing else.
    let _ = replace(&file(directory, url), &text);
}

/// Keeps the document of `url` no longer.
pub(super) fn remove(directory: &Path, url: &str) {
    // One that is not there, or cannot be removed, is asked for again when its life is over.
    let _ = fs::remove_file(file(directory, url));
}

/// The seconds an answer may be kept, and whether it may not be used after them (RFC 9111 5.2.2); `None`: it may not be
/// kept at all.
fn lifetime(answer: &HttpResponse) -> Option<(i64, bool)> {
    let (mut seconds, mut must_revalidate) = (USUAL_LIFE, false);
    let headers = answer.headers().get_all(CACHE_CONTROL);
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
    (seconds > 0).then(|| (seconds.min(LONGEST_LIFE), must_revalidate))
}

fn file(directory: &Path, url: &str) -> PathBuf {
    let digest = ring::digest::digest(&ring::digest::SHA256, url.as_bytes());
    let name: String = digest.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    directory.join(format!("{name}.json"))
}

/// The content of a file that nobody else can have written: what it says decides where codes and secrets go, and a cache
/// directory may be shared.
fn read(file: &Path) -> Option<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.read(true);
    carefully(&mut options);
    let file = options.open(file).ok()?;
    let metadata = file.metadata().ok()?;
    let mut text = Vec::new();
    (metadata.is_file() && is_ours(&metadata)).then_some(())?;
    file.take(LARGEST_FILE).read_to_end(&mut text).ok()?;
    Some(text)
}

/// Never through a symbolic link, and never waiting for the other end of a pipe.
#[cfg(unix)]
fn carefully(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32);
}

/// Elsewhere the profile's directories keep others out.
#[cfg(not(unix))]
fn carefully(_: &mut OpenOptions) {}

#[cfg(unix)]
fn is_ours(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

#[cfg(not(unix))]
fn is_ours(_: &Metadata) -> bool {
    true
}

/// Writes beside the file and renames, so that a reader sees the old or the new one whole; only the owner reads it.
fn replace(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let directory = file.parent().expect("a file of a directory");
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;

    let beside = file.with_extension(format!("{}-{:?}", std::process::id(), std::thread::current().id()));
    // One that is there was left by a crash, or put there to be written through.
    let _ = fs::remove_file(&beside);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    carefully(&mut options);
    let written =
        options.open(&beside).and_then(|mut open| open.write_all(text)).and_then(|()| fs::rename(&beside, file));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}
