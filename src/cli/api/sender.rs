//! Sends the request of `api`: renews the session, follows redirects, reports the status.

use http::header;
use url::Url;

use crate::api::{self, ApiClient, ApiRequest, ApiTarget, MAX_ERROR_BODY};
use crate::app::App;
use crate::cli::output::Output;
use crate::error::{Error, Remedy, Result};
use crate::http_client::StreamedResponse;
use crate::oauth::host_of;
use crate::session::{Session, SessionInfo};
use crate::token::{self, TokenOptions};

/// Sends one request, to one URL after the other.
pub struct Sender<'a> {
    pub app: &'a App,
    pub output: &'a Output,
    pub target: ApiTarget,
    pub client: ApiClient<'a>,
    pub request: ApiRequest,
    /// An error status is an error.
    pub fails: bool,
}

/// Most redirects in a row.
const MAX_REDIRECTS: usize = 5;

impl Sender<'_> {
    /// Sends the request and checks the status. Follows redirects within the origin, if the request only reads.
    pub fn send(&mut self, url: &Url) -> Result<StreamedResponse> {
        let (app, info) = (self.app, &self.target.info);
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.client.send(&url, &mut self.request, |rejected| renew(app, info, rejected))?;
            let Some(location) = redirect(&response) else { return self.check(response) };
            match self.target.step(app, &url, &location) {
                Ok(next) if self.request.method.is_safe() && self.request.body.is_none() => url = next,
                Ok(next) => return self.redirected(response, &host_of(next.as_str())),
                Err(host) => return self.redirected(response, &host),
            }
        }
        Err(Error::other(format!("`{}` redirects more than {MAX_REDIRECTS} times", host_of(url.as_str()))))
    }

    /// Reports an error status: as an error if it is one, else as a warning.
    fn check(&self, mut response: StreamedResponse) -> Result<StreamedResponse> {
        let is_error = response.head.status.is_client_error() || response.head.status.is_server_error();
        let body = if is_error && self.fails { start_of_body(&mut response) } else { Vec::new() };
        match api::failure(&self.client.session, &response, &body) {
            Some(error) => self.report(self.app.with_session_hint(&self.target.info, error), response),
            None => Ok(response),
        }
    }

    /// Reports a redirect that is not followed, without its path, which may hold a secret.
    fn redirected(&self, response: StreamedResponse, to: &str) -> Result<StreamedResponse> {
        let from = response.host();
        let message = format!("`{from}` redirects to `{to}`, which is not followed; --include shows the URL");
        self.report(Error::other_with(Remedy::InMessage, message), response)
    }

    fn report(&self, error: Error, response: StreamedResponse) -> Result<StreamedResponse> {
        if self.fails {
            return Err(error);
        }
        self.output.warn(&error);
        Ok(response)
    }
}

/// Target of a redirect.
fn redirect(response: &StreamedResponse) -> Option<String> {
    let location = response.head.headers.get(header::LOCATION)?.to_str().ok()?;
    response.head.status.is_redirection().then(|| location.to_owned())
}

/// Session with another token, after the server rejected that of `rejected`; `None` if it cannot be refreshed.
fn renew(app: &App, info: &SessionInfo, rejected: &Session) -> Result<Option<Session>> {
    if rejected.tokens.refresh_token.is_none() {
        return Ok(None);
    }
    let expired = token::expire_rejected(app, info, &rejected.tokens.access_token);
    expired.map_err(|error| app.with_session_hint(info, error))?;
    token::fresh_session(app, info, &TokenOptions::default()).map(Some)
}

/// Beginning of a body for an error message. A body that breaks off says enough.
fn start_of_body(response: &mut StreamedResponse) -> Vec<u8> {
    let mut body = vec![0; MAX_ERROR_BODY];
    let mut length = 0;
    while let Ok(read @ 1..) = response.read(&mut body[length..]) {
        length += read;
    }
    body.truncate(length);
    body
}
