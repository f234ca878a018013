//! A person's browser as far as most tests need one: it asks, and follows redirects. [`super::browser`] is the real one.

use std::path::Path;
use std::sync::Arc;

use ureq::Agent;
use ureq::http::{Response, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use url::Url;

use super::PATIENCE;

/// More redirects than any sign-in has.
const MOST_HOPS: usize = 10;

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The address of the link to go on, or to elsewhere.
    pub fn link(&self) -> String {
        let (_, rest) = self.body.split_once("href=\"http").unwrap_or_else(|| panic!("no link: {}", self.body));
        format!("http{}", rest.split('"').next().expect("split gives one at least").replace("&amp;", "&"))
    }
}

/// Where a visit led.
#[derive(Debug)]
pub struct Visit {
    /// Every address asked, in order.
    pub hops: Vec<String>,
    /// The last answer.
    pub answer: Answer,
}

/// Goes to `address` and on to wherever it is redirected.
pub fn visit(address: &str) -> Visit {
    visit_by(&agent(), address)
}

/// The same in a browser that trusts the authority in `file`, and no other.
pub fn visit_trusting(file: &Path, address: &str) -> Visit {
    visit_by(&agent_trusting(file), address)
}

fn visit_by(agent: &Agent, address: &str) -> Visit {
    let mut hops = vec![address.to_owned()];
    loop {
        let current = hops.last().expect("it begins with one");
        let answer = answer(agent.get(current).call());
        let Some(location) = answer.header("location").filter(|_| (300..400).contains(&answer.status)) else {
            return Visit { hops, answer };
        };
        assert!(hops.len() < MOST_HOPS, "redirected in circles: {hops:?}");
        let next = Url::parse(current).and_then(|base| base.join(location)).expect("a redirect names an address");
        hops.push(next.into());
    }
}

/// A browser that keeps cookies, by host as RFC 6265 has them, and is shown the sign-in page.
#[derive(Default)]
pub struct Guest {
    cookies: Vec<(String, String)>,
}

impl Guest {
    /// One `GET`.
    pub fn get(&mut self, address: &str) -> Answer {
        let answer = get_with(address, &[("cookie", &self.cookies_for(address))]);
        self.keep(address, &answer);
        answer
    }

    /// Presses the button of `provider` on the page at `address`.
    pub fn press(&mut self, address: &str, provider: &str) -> Answer {
        let origin = Url::parse(address).expect("an address").origin().ascii_serialization();
        let request = agent().post(address).content_type("application/x-www-form-urlencoded");
        let request = request.header("origin", origin).header("cookie", self.cookies_for(address));
        answer(request.send(format!("provider={provider}")))
    }

    /// Goes to `address` and on to wherever it is led.
    pub fn visit(&mut self, address: &str) -> Answer {
        let mut next = address.to_owned();
        for _ in 0..MOST_HOPS {
            let answer = self.get(&next);
            let Some(location) = answer.header("location").filter(|_| (300..400).contains(&answer.status)) else {
                return answer;
            };
            next = Url::parse(&next).and_then(|base| base.join(location)).expect("a redirect names an address").into();
        }
        panic!("redirected in circles, at last to {next}");
    }

    fn cookies_for(&self, address: &str) -> String {
        let host = host(address);
        let of_host = self.cookies.iter().filter(|(of, _)| *of == host).map(|(_, cookie)| cookie.as_str());
        of_host.collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, address: &str, answer: &Answer) {
        if let Some(cookie) = answer.header("set-cookie") {
            let (host, pair) = (host(address), cookie.split(';').next().expect("split gives one at least"));
            let name = |pair: &str| pair.split('=').next().map(str::to_owned);
            self.cookies.retain(|(of, kept)| *of != host || name(kept) != name(pair));
            self.cookies.push((host, pair.to_owned()));
        }
    }
}

fn host(address: &str) -> String {
    Url::parse(address).expect("an address").host_str().expect("it has one").to_owned()
}

/// One `GET`, no redirect followed.
pub fn get(address: &str) -> Answer {
    answer(agent().get(address).call())
}

/// One `GET` by a browser that trusts the authority in `file`, no redirect followed.
pub fn get_trusting(file: &Path, address: &str) -> Answer {
    answer(agent_trusting(file).get(address).call())
}

/// One `GET` with headers of the test's own.
pub fn get_with(address: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(agent().get(address), |request, (name, value)| request.header(*name, *value));
    answer(request.call())
}

/// One `POST` of a form.
pub fn post(address: &str, form: &str) -> Answer {
    post_with(address, form, &[])
}

/// One `POST` of a form with headers of the test's own.
pub fn post_with(address: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
    let form_of_a_browser = ("content-type", "application/x-www-form-urlencoded");
    let is_theirs = headers.iter().any(|(name, _)| *name == form_of_a_browser.0);
    let usual = (!is_theirs).then_some(&form_of_a_browser);
    let all = headers.iter().chain(usual);
    let request = all.fold(agent().post(address), |request, (name, value)| request.header(*name, *value));
    answer(request.send(form))
}

/// One `POST` of JSON with headers of the test's own.
pub fn post_json(address: &str, headers: &[(&str, &str)], body: &serde_json::Value) -> Answer {
    let request = agent().post(address).content_type("application/json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    answer(request.send(body.to_string()))
}

fn agent() -> Agent {
    agent_with(TlsConfig::default())
}

fn agent_trusting(file: &Path) -> Agent {
    let text = std::fs::read(file).expect("the authority is there");
    let authority = Certificate::from_pem(&text).expect("it is a certificate");
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let roots = RootCerts::Specific(Arc::new(vec![authority]));
    agent_with(TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(ring).build())
}

fn agent_with(tls: TlsConfig) -> Agent {
    Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(PATIENCE))
        .tls_config(tls)
        .build()
        .new_agent()
}

fn answer(outcome: Result<Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = outcome.expect("the address answers");
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: response.body_mut().read_to_string().expect("the body is text"),
    }
}
