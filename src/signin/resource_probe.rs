//! Probe of a URL that may be a protected resource: its metadata (RFC 9728) and its challenge, asked for without a token
//! in the ways that servers answer. The well-known document comes first, then GET, then at most one POST of an MCP
//! `ping`.

use crate::app::App;
use crate::error::{Error, Result};
use crate::http_client::HttpClient;
use crate::oauth::host_of;
use crate::oauth::not_metadata::NotMetadata;
use crate::oauth::protected_resource::{self, Challenge, Protection, ResourceMetadata};
use crate::sanitize::sanitize_untrusted;

/// What is known about the resource so far.
pub struct ResourceProbe<'a> {
    app: &'a App,
    http: HttpClient,
    pub url: &'a str,
    /// URL that answers: the same, or with another slash at its end.
    location_of_resource: String,
    pub challenge: Challenge,
    pub metadata: Option<ResourceMetadata>,
    /// Host of the metadata if it is at another origin than the resource.
    pub foreign_host: Option<String>,
    /// POST got the challenge: the resource speaks MCP.
    pub speaks_mcp: bool,
    /// GET left open that POST has a challenge.
    may_challenge_post: bool,
    /// URL that the metadata is from.
    location: Option<String>,
    /// First response that was not metadata.
    pub other_document: Option<NotMetadata>,
    /// First failure; counts if no metadata is found.
    pub failure: Option<Error>,
}

impl<'a> ResourceProbe<'a> {
    /// Uses a challenge that another program got, and sends the resource nothing.
    pub fn from_challenge(app: &'a App, http: &HttpClient, url: &'a str, header: &str) -> Result<Self> {
        let mut probe = Self::new(app, http, url);
        probe.challenge = protected_resource::parse_challenge_text(header, url)?;
        let first = protected_resource::metadata_urls(url).into_iter().next();
        if let Some(first) = first.filter(|_| probe.challenge.metadata.is_none()) {
            probe.failure = probe.read(&first).err();
        }
        Ok(probe)
    }

    fn new(app: &'a App, http: &HttpClient, url: &'a str) -> Self {
        Self {
            app,
            http: http.clone(),
            url,
            location_of_resource: url.to_owned(),
            challenge: Challenge::default(),
            metadata: None,
            foreign_host: None,
            speaks_mcp: false,
            may_challenge_post: false,
            location: None,
            other_document: None,
            failure: None,
        }
    }

    /// Reads the first well-known URL, and sends GET if the host responds at all.
    pub fn start(app: &'a App, http: &HttpClient, url: &'a str) -> Result<Self> {
        let mut probe = Self::new(app, http, url);
        let first = protected_resource::metadata_urls(url).into_iter().next();
        let Some(first) = first else { return Ok(probe) };
        if let Err(error) = probe.read(&first) {
            let is_silent = matches!(error, Error::Network { .. });
            probe.failure = Some(error);
            if is_silent {
                return Ok(probe);
            }
        }
        if let Err(error) = probe.get() {
            probe.failure = probe.failure.take().or(Some(error));
        }
        Ok(probe)
    }

    fn get(&mut self) -> Result<()> {
        let url = self.url;
        self.app.prompt.detail(&format!("fetching {url}"));
        let mut response = self.http.send(protected_resource::request(url)?)?;
        if let Some(target) = protected_resource::slash_redirect(&response, url) {
            self.app.prompt.note(&format!("`{url}` redirects to {}", sanitize_untrusted(&target)));
            response = self.http.send(protected_resource::request(&target)?)?;
            self.location_of_resource = target;
        }
        self.challenge = protected_resource::parse_challenge(&response, &self.location_of_resource)?;
        self.may_challenge_post = protected_resource::may_challenge_post(&response);
        Ok(())
    }

    /// Returns true if the resource, or its challenge, names metadata.
    pub fn is_resource(&self) -> bool {
        self.metadata.is_some() || self.challenge.metadata.is_some()
    }

    /// Returns true if the resource asks for a token.
    pub fn is_protected(&self) -> bool {
        matches!(self.challenge.protection, Protection::Unnamed | Protection::Bearer)
    }

    /// Sends one POST if GET left the challenge open.
    pub fn ping(&mut self) -> Result<()> {
        if !self.may_challenge_post {
            return Ok(());
        }
        let url = self.location_of_resource.as_str();
        self.app.prompt.detail(&format!("sending a ping to {url}"));
        // A server that fails on a ping has no challenge for it.
        let Ok(response) = self.http.send(protected_resource::ping_request(url)?) else { return Ok(()) };
        let Ok(challenge) = protected_resource::parse_challenge(&response, url) else { return Ok(()) };
        self.speaks_mcp = challenge.protection != Protection::None;
        self.challenge = challenge;
        Ok(())
    }

    /// Reads the metadata that the challenge names: it overrides that of the well-known URL. If there is none, the
    /// remaining well-known URL is the last chance.
    pub fn read_named_or_last(&mut self) -> Result<()> {
        let mut dead_link = None;
        if let Some(named) = self.challenge.metadata.clone().filter(|named| self.location.as_ref() != Some(named)) {
            let known = (self.metadata.take(), self.location.take());
            match self.read(&named) {
                Err(error @ Error::Check { .. }) => return Err(error),
                Err(error) => dead_link = Some(error),
                Ok(()) => {}
            }
            if self.metadata.is_none() {
                (self.metadata, self.location) = known;
            }
        }
        if self.metadata.is_none() && !matches!(self.failure, Some(Error::Check { .. })) {
            for location in protected_resource::metadata_urls(self.url).into_iter().skip(1) {
                self.read(&location)?;
            }
        }
        match dead_link {
            Some(error) if self.metadata.is_some() => self.app.prompt.detail(&format!("ignored: {error}")),
            dead_link => self.failure = self.failure.take().or(dead_link),
        }
        Ok(())
    }

    fn read(&mut self, location: &str) -> Result<()> {
        self.app.prompt.detail(&format!("fetching {location}"));
        let fetched = self.http.fetch_uncached_metadata(location)?;
        if let Some(target) = fetched.redirected_to {
            let target = sanitize_untrusted(&target);
            self.app.prompt.note(&format!("`{}` redirects to {target} for its metadata", host_of(location)));
        }
        self.metadata = protected_resource::parse_metadata(self.url, location, &fetched.response)?;
        match self.metadata {
            Some(_) => {
                self.location = Some(location.to_owned());
                self.foreign_host =
                    (!protected_resource::is_same_origin(location, self.url)).then(|| host_of(location));
            }
            None => self.other_document = self.other_document.take().or(NotMetadata::detect(&fetched.response)),
        }
        Ok(())
    }
}
