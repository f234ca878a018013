//! `api`: a request to the API of a provider, with the access token of a session.
//!
//! The token goes to the hosts of its session and nowhere else: [`resolve`] checks the URL before the token is loaded.

mod body;
mod failure;
mod headers;
mod pages;
mod target;

pub use body::RequestBody;
pub use failure::{MAX_ERROR_BODY, failure};
pub use headers::{parse_header, parse_method};
pub use pages::{PageJoiner, next_link};
pub use target::{ApiTarget, resolve};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use url::Url;

use crate::app::{App, runtime};
use crate::error::{Error, Result};
use crate::http_client::{self, HttpClient, StreamedResponse};
use crate::sanitize::sanitize_untrusted;
use crate::session::Session;

/// What an API client accepts if the user does not say.
const ACCEPT: HeaderValue = HeaderValue::from_static("application/json, */*;q=0.8");

/// Request as the user describes it.
pub struct ApiRequest {
    pub method: Method,
    pub headers: HeaderMap,
    pub body: Option<RequestBody>,
}

/// Requests of one session.
pub struct ApiClient<'a> {
    app: &'a App,
    http: HttpClient,
    pub session: Session,
}

impl<'a> ApiClient<'a> {
    /// # Errors
    /// Errors of the demo provider, if the session is one of it.
    pub fn new(app: &'a App, session: Session) -> Result<Self> {
        app.ensure_reachable(&session)?;
        Ok(Self { app, http: app.http_with_ca(session.ca_file.as_deref()), session })
    }

    /// Sends a request with the token. If the server rejects the token (401), replaces the session by what `renew`
    /// returns and repeats the request once, unless the body cannot be sent again.
    ///
    /// # Errors
    /// [`Error::Usage`] for a header that the program sets, [`Error::Network`], errors of `renew`.
    pub fn send(
        &mut self,
        url: &Url,
        request: &mut ApiRequest,
        renew: impl Fn(&Session) -> Result<Option<Session>>,
    ) -> Result<StreamedResponse> {
        let response = self.send_once(url, request)?;
        let is_repeatable = request.body.as_ref().is_none_or(RequestBody::is_repeatable);
        if response.head.status != StatusCode::UNAUTHORIZED || !is_repeatable {
            return Ok(response);
        }
        let Some(renewed) = renew(&self.session)? else { return Ok(response) };
        if renewed.tokens.access_token == self.session.tokens.access_token {
            return Ok(response);
        }
        self.app.prompt.detail(&format!("`{}` rejected the access token; repeating with a new one", response.host()));
        self.session = renewed;
        self.send_once(url, request)
    }

    fn send_once(&self, url: &Url, request: &mut ApiRequest) -> Result<StreamedResponse> {
        let upload = request.body.as_mut().map(RequestBody::upload).transpose()?;
        let mut built =
            Request::builder().method(request.method.clone()).uri(url.as_str()).body(upload).map_err(|_| {
                Error::usage(format!("`{}` is not a URL that can be requested", sanitize_untrusted(url.as_str())))
            })?;
        *built.headers_mut() = self.headers(request)?;
        let http = self.http.clone();
        runtime::run(http_client::run_on_thread(move || http.open(built)))
    }

    /// Headers of the user, those that are missing, and the token.
    fn headers(&self, request: &ApiRequest) -> Result<HeaderMap> {
        let mut headers = request.headers.clone();
        headers.entry(header::ACCEPT).or_insert(ACCEPT);
        if let Some(body) = &request.body {
            headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static(body.content_type()));
        }
        let (name, value) = self.session.token_header();
        let invalid =
            || Error::check(format!("the access token of `{}` does not fit into a header", self.session.provider));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| invalid())?;
        value.set_sensitive(true);
        if headers.insert(&name, value).is_some() {
            return Err(headers::set_by_program(name.as_str()));
        }
        Ok(headers)
    }
}
