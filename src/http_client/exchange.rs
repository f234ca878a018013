//! Requests whose bodies are streams, in both directions: nothing is held in memory.
//!
//! Only waits are limited: for a connection, for the head of the response, and for each part of a body. A transfer may
//! take as long as it takes.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::{Agent, AsSendBody, Body, BodyReader, Proxy, SendBody, http as web};
use url::Url;

use super::HttpClient;
use super::error::{FailureCause, classify, classify_io, prefer_untrusted, to_error};
use super::proxy_variables::ChosenProxy;
use super::run_state::SlowRequest;
use crate::error::{Error, Remedy, Result};
use crate::oauth::{self, host_of};
use crate::sanitize::sanitize_untrusted;

/// Body of a request.
pub struct Upload {
    reader: Box<dyn Read + Send>,
    /// Number of bytes, if it is known.
    length: Option<u64>,
    failure: Arc<Mutex<Option<String>>>,
}

/// Bodies from this length on wait for the server's consent (RFC 9110 10.1.1), as in curl: a rejected token costs no
/// upload.
const EXPECT_FROM: u64 = 1 << 20;

impl Upload {
    pub fn new(reader: impl Read + Send + 'static, length: Option<u64>) -> Self {
        Self { reader: Box::new(reader), length, failure: Arc::default() }
    }
}

impl Read for Upload {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer).inspect_err(|error| {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        })
    }
}

/// Response whose body is read as it arrives.
pub struct StreamedResponse {
    pub head: web::response::Parts,
    body: BodyReader<'static>,
    host: String,
}

impl StreamedResponse {
    /// Host of the request.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Reads the next part of the body; 0 at its end.
    ///
    /// # Errors
    /// [`Error::Network`] if the body breaks off or stalls.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.body.read(buffer).map_err(|error| {
            let cause = match error.downcast::<ureq::Error>() {
                Ok(error) => classify(error, None),
                Err(error) => classify_io(error),
            };
            match cause {
                FailureCause::Silent | FailureCause::TimedOut => {
                    Error::network(format!("`{}` stopped sending its response: timed out", self.host))
                }
                _ => Error::network(format!("the response of `{}` broke off", self.host)),
            }
        })
    }
}

impl HttpClient {
    /// Sends a request and returns its response as soon as the head has arrived. Redirects are not followed.
    ///
    /// # Errors
    /// As [`HttpClient::send`]; [`Error::Other`] if the body of the request cannot be read.
    pub fn open(&self, request: web::Request<Option<Upload>>) -> Result<StreamedResponse> {
        let address = request.uri().to_string();
        let url = oauth::parse_endpoint("URL", &address)?;
        let proxy = self.0.settings.proxies.choose(&url)?;
        let (mut head, mut upload) = request.into_parts();
        announce_body(&mut head, upload.as_ref());
        let mut send = |agent: &Agent| self.open_with(agent, head.clone(), upload.as_mut(), (&url, proxy.as_ref()));
        let file = self.0.settings.ca_file.as_deref();
        // The certificate is checked before the request is sent, so a retry cannot send the request twice.
        let outcome = match file {
            None => send(&self.system_agent()),
            Some(file) => match send(&self.ca_file_agent(file)?) {
                Err(untrusted @ FailureCause::UntrustedCertificate(_)) => {
                    send(&self.system_agent()).map_err(|cause| prefer_untrusted(untrusted, cause))
                }
                other => other,
            },
        };
        let failure = upload.and_then(|upload| upload.failure.lock().unwrap_or_else(PoisonError::into_inner).take());
        match (outcome, failure) {
            (Err(_), Some(reason)) => Err(Error::other_with(
                Remedy::FileAccess,
                format!("could not read the body of the request: {}", sanitize_untrusted(&reason)),
            )),
            (outcome, _) => outcome.map_err(|cause| to_error(&cause, &host_of(url.as_str()), file)),
        }
    }

    fn open_with(
        &self,
        agent: &Agent,
        head: web::request::Parts,
        upload: Option<&mut Upload>,
        (url, proxy): (&Url, Option<&ChosenProxy>),
    ) -> Result<StreamedResponse, FailureCause> {
        let (method, started, host) = (head.method.clone(), Instant::now(), host_of(url.as_str()));
        let limit = self.0.run.limit(self.0.settings.timeout).ok_or(FailureCause::TimedOut)?;
        // A long upload is no wait.
        let _shown = upload.is_none().then(|| SlowRequest::watch(&self.0.run, &host, limit));
        let proxied = proxy.map(|chosen| chosen.proxy.clone());
        let response = match upload {
            Some(upload) => run(agent, web::Request::from_parts(head, SendBody::from_reader(upload)), proxied, limit),
            None => run(agent, web::Request::from_parts(head, ()), proxied, limit),
        };
        let response = response.map_err(|error| classify(error, proxy));
        if let Some(trace) = self.0.run.trace.get() {
            let outcome = response
                .as_ref()
                .map_or_else(|_| "no response".to_owned(), |response| response.status().as_u16().to_string());
            // Never the path or the query: either may hold a secret.
            trace(&format!("{method} {host}: {outcome} in {} ms", started.elapsed().as_millis()));
        }
        let (head, body) = response?.into_parts();
        Ok(StreamedResponse { head, body: body.into_reader(), host })
    }
}

fn run(
    agent: &Agent,
    request: web::Request<impl AsSendBody>,
    proxy: Option<Proxy>,
    limit: Duration,
) -> Result<web::Response<Body>, ureq::Error> {
    let request = agent
        .configure_request(request)
        .proxy(proxy)
        .allow_non_standard_methods(true)
        .timeout_global(None)
        .timeout_resolve(Some(limit))
        .timeout_connect(Some(limit))
        .timeout_recv_response(Some(limit))
        .timeout_per_read(Some(limit))
        .timeout_per_write(Some(limit))
        .build();
    agent.run(request)
}

/// Adds the headers that tell the length of the body.
fn announce_body(head: &mut web::request::Parts, upload: Option<&Upload>) {
    let Some(upload) = upload else { return };
    if let Some(length) = upload.length {
        head.headers.insert(web::header::CONTENT_LENGTH, length.into());
    }
    if upload.length.is_none_or(|length| length >= EXPECT_FROM) {
        head.headers.insert(web::header::EXPECT, web::HeaderValue::from_static("100-continue"));
    }
}
