//! Parts of [`HttpClient::fetch_metadata`](super::HttpClient::fetch_metadata): the responses of this run, and redirects
//! within an origin.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ureq::http::header::LOCATION;
use url::Url;

use crate::error::Error;
use crate::oauth::HttpResponse;

/// Redirects to follow: to a canonical path, to its trailing slash, and one more.
pub(super) const MAX_REDIRECTS: usize = 3;

/// Responses of this run by cache key, missing documents included: nothing is fetched twice. And the hosts that let a
/// request time out, with the message: nothing waits for them twice.
#[derive(Debug, Default)]
pub(super) struct MetadataMemo {
    responses: Mutex<HashMap<String, HttpResponse>>,
    silences: Mutex<HashMap<String, String>>,
}

impl MetadataMemo {
    pub(super) fn get(&self, key: &str) -> Option<HttpResponse> {
        self.responses.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(super) fn insert(&self, key: String, response: HttpResponse) {
        self.responses.lock().unwrap_or_else(PoisonError::into_inner).insert(key, response);
    }

    pub(super) fn silence_of(&self, host: &str) -> Option<String> {
        self.silences.lock().unwrap_or_else(PoisonError::into_inner).get(host).cloned()
    }

    pub(super) fn insert_silence(&self, host: String, message: String) {
        self.silences.lock().unwrap_or_else(PoisonError::into_inner).insert(host, message);
    }
}

/// Response to a request for metadata.
#[derive(Debug)]
pub struct FetchedMetadata {
    pub response: HttpResponse,
    /// Final URL, if redirects led there.
    pub redirected_to: Option<String>,
    /// Reason why the response is a stale one from the cache.
    pub stale_because: Option<Error>,
}

impl From<HttpResponse> for FetchedMetadata {
    fn from(response: HttpResponse) -> Self {
        Self { response, redirected_to: None, stale_because: None }
    }
}

/// Returns the target of a redirect within the origin of `url`.
pub(super) fn redirect_within_origin(url: &str, response: &HttpResponse) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let from = Url::parse(url).ok()?;
    let target = from.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()?;
    let has_userinfo = !target.username().is_empty() || target.password().is_some();
    (target.origin() == from.origin() && !has_userinfo && target.fragment().is_none()).then(|| target.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_redirects_within_the_origin_are_followed() {
        let url = "https://id.example/a/.well-known/openid-configuration";
        let target = |status: u16, location: &str| {
            let mut response = HttpResponse::new(Vec::new());
            *response.status_mut() = ureq::http::StatusCode::from_u16(status).unwrap();
            response.headers_mut().insert(LOCATION, location.parse().unwrap());
            redirect_within_origin(url, &response)
        };
        for status in [301, 302, 303, 307, 308] {
            assert_eq!(target(status, "/b").as_deref(), Some("https://id.example/b"), "{status}");
        }
        let slash = format!("{url}/");
        assert_eq!(target(301, &slash).as_deref(), Some(slash.as_str()));
        assert_eq!(target(301, "https://ID.example:443/b").as_deref(), Some("https://id.example/b"));
        for location in [
            "https://other.example/b",
            "//other.example/b",
            "http://id.example/b",
            "https://id.example:8443/b",
            "https://me@id.example/b",
            "https://id.example.evil.example/",
            "file:///etc/passwd",
            "https://",
        ] {
            assert_eq!(target(301, location), None, "{location}");
        }
        assert_eq!(target(200, "/b"), None);
        assert_eq!(target(304, "/b"), None);
    }
}
