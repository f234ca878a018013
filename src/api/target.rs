//! Session and URL of a request.

use url::Url;

use crate::app::App;
use crate::app::host_session::HostSession;
use crate::app::select_session::SessionQuery;
use crate::credential::ServiceUrl;
use crate::error::{Error, Result};
use crate::oauth::protected_resource::adopt_scheme;
use crate::sanitize::{sanitize_untrusted, shell_quote};
use crate::session::SessionInfo;

/// A URL that may receive the token of a session.
#[derive(Debug)]
pub struct ApiTarget {
    pub info: SessionInfo,
    url: ServiceUrl,
}

impl ApiTarget {
    pub fn url(&self) -> &Url {
        self.url.url()
    }

    /// Resolves a reference in a response from `from`: the next page, or a redirect. A server behind a TLS proxy may name
    /// `http` on its own host.
    ///
    /// # Errors
    /// The host, if it is at another origin or gets no token of this session.
    pub fn step(&self, app: &App, from: &Url, reference: &str) -> Result<Url, String> {
        let mut next = from.join(reference).map_err(|_| "an invalid URL".to_owned())?;
        adopt_scheme(&mut next, from);
        let host = || crate::oauth::host_of(next.as_str());
        match ServiceUrl::parse(next.as_str()) {
            Some(next) if next.url().origin() == from.origin() && app.may_receive_at(&next, &self.info) => {
                Ok(next.url().clone())
            }
            _ => Err(sanitize_untrusted(&host())),
        }
    }
}

/// Finds the session for `word`: an absolute URL, or a path below the API of the provider. Without a provider an
/// absolute URL selects the session by its host.
///
/// # Errors
/// [`Error::Usage`] for a URL that gets no token, with the setting that would allow its host.
pub fn resolve(app: &App, query: &SessionQuery, word: &str) -> Result<ApiTarget> {
    if word.contains("://") {
        return resolve_url(app, query, word);
    }
    if query.provider.is_none() && !word.contains('/') && app.find_session(word, None)?.is_some() {
        let word = shell_quote(word);
        return Err(Error::Usage {
            message: format!("no URL or path for {word}"),
            hint: Some(format!("{{program}} api {word} /PATH")),
        });
    }
    let info = app.select_session(query, "api")?;
    let base = info.services.api.as_deref().or_else(|| info.protected_resource()).ok_or_else(|| {
        Error::usage(format!("the API of `{}` is unknown: a whole URL is needed in place of a path", info.provider))
    })?;
    let url = join(base, word).ok_or_else(|| not_safe(word))?;
    match app.may_receive_at(&url, &info) {
        true => Ok(ApiTarget { info, url }),
        false => Err(stranger(app, Some(&info), &url)),
    }
}

fn resolve_url(app: &App, query: &SessionQuery, word: &str) -> Result<ApiTarget> {
    let url = ServiceUrl::parse(word).ok_or_else(|| not_safe(word))?;
    if query.provider.is_some() {
        let info = app.select_session(query, "api")?;
        return match app.may_receive_at(&url, &info) {
            true => Ok(ApiTarget { info, url }),
            false => Err(stranger(app, Some(&info), &url)),
        };
    }
    match app.session_of_url(&url, query.account.as_deref())? {
        HostSession::Found(info) => Ok(ApiTarget { info: *info, url }),
        HostSession::Unknown => {
            let info = app.select_session(query, "api").ok();
            Err(stranger(app, info.as_ref(), &url))
        }
    }
}

/// Appends a path or a query to the base, as text: nothing in it can name another host.
fn join(base: &str, word: &str) -> Option<ServiceUrl> {
    let base = base.trim_end_matches('/');
    let joined = match word.starts_with('?') {
        true => format!("{base}{word}"),
        false => format!("{base}/{}", word.trim_start_matches('/')),
    };
    ServiceUrl::parse(&joined)
}

fn not_safe(word: &str) -> Error {
    Error::usage(format!(
        "no token is sent to `{}`: the URL must be https, or http on this machine, without a user name",
        sanitize_untrusted(word)
    ))
}

/// Error for a host that no session names.
fn stranger(app: &App, info: Option<&SessionInfo>, url: &ServiceUrl) -> Error {
    let host = crate::oauth::host_of(url.url().as_str());
    let Some(info) = info else {
        return Error::usage(format!("no session has the host `{host}`; nothing was sent"));
    };
    let hosts: Vec<&str> = app.configured_hosts(info).iter().map(String::as_str).chain([host.as_str()]).collect();
    let key = shell_quote(&format!("providers.{}.hosts", info.provider));
    Error::Usage {
        message: format!(
            "`{host}` is no host of the session at `{}`; nothing was sent. If it may get the token, add it",
            info.provider
        ),
        hint: Some(format!("{{program}} config set {key} {}", shell_quote(&hosts.join(",")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_host_of_the_api() {
        for (base, word, url) in [
            ("https://api.example", "/user", "https://api.example/user"),
            ("https://api.example/v4/", "user?a=b#c", "https://api.example/v4/user?a=b"),
            ("https://api.example/v4", "?a=b", "https://api.example/v4?a=b"),
            ("https://api.example/v4", "/", "https://api.example/v4/"),
            ("https://api.example", "//evil.example/x", "https://api.example/evil.example/x"),
            ("https://api.example", "@evil.example", "https://api.example/@evil.example"),
            ("https://api.example", ":80@evil.example", "https://api.example/:80@evil.example"),
            ("https://api.example", ".evil.example", "https://api.example/.evil.example"),
            ("https://api.example/v4", "/../../x", "https://api.example/x"),
            ("https://api.example", "https:evil.example", "https://api.example/https:evil.example"),
        ] {
            assert_eq!(join(base, word).expect(word).url().as_str(), url, "{base} {word}");
        }
        for word in ["\\\\evil.example", "/a\nb", "\t//evil.example", "/a\0"] {
            assert_eq!(join("https://api.example", word), None, "{word:?}");
        }
    }
}
