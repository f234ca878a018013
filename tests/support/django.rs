//! PyPI `django-oauth-toolkit`, an independent OpenID provider, and a user of its pages.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::json;
use url::Url;
use url::form_urlencoded::Serializer;

use super::servers::Server;
use super::visitor::{self, Response};

/// Running provider; see `tests/servers/django-oauth-toolkit.py`.
pub struct DjangoToolkit {
    server: Server,
}

impl DjangoToolkit {
    /// Provider shared by the tests of a file: it takes a second to start, and tests differ by their tokens.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<DjangoToolkit> = OnceLock::new();
        SHARED.get_or_init(|| Self { server: Server::start_python("django-oauth-toolkit.py") })
    }

    /// Issuer, which has a path.
    pub fn issuer(&self) -> &str {
        self.greeting("issuer")
    }

    /// Steps for Chromium to log in.
    pub fn log_in(&self) -> Vec<serde_json::Value> {
        let [user, password] = self.credentials();
        vec![
            json!(["fill", "input[name=username]", user]),
            json!(["fill", "input[name=password]", password]),
            json!(["click", "#login"]),
        ]
    }

    fn credentials(&self) -> [&str; 2] {
        ["user", "password"].map(|name| self.greeting(name))
    }

    fn greeting(&self, name: &str) -> &str {
        self.server.greeting[name].as_str().expect("the greeting names it")
    }
}

/// User with a browser that keeps cookies, follows redirects and sends forms.
#[derive(Default)]
pub struct User {
    cookies: RefCell<BTreeMap<String, String>>,
}

/// Page in the browser.
#[derive(Debug)]
pub struct Page {
    pub address: String,
    pub response: Response,
}

impl User {
    /// Opens a URL and logs in at `provider` on the way.
    pub fn visit(&self, provider: &DjangoToolkit, address: &str) -> Page {
        let page = self.follow(address.to_owned(), None);
        if !page.address.contains("/login/") {
            return page;
        }
        let [user, password] = provider.credentials();
        self.submit(&page, &[("username", user), ("password", password)])
    }

    /// Opens a URL.
    pub fn open(&self, address: &str) -> Page {
        self.follow(address.to_owned(), None)
    }

    /// Sends the form of a page with these fields and the hidden ones.
    pub fn submit(&self, page: &Page, filled: &[(&str, &str)]) -> Page {
        let mut form = hidden(&page.response.body);
        form.extend(filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        self.follow(page.address.clone(), Some(body))
    }

    fn follow(&self, mut address: String, mut form: Option<String>) -> Page {
        loop {
            let answer = self.ask(&address, form.take().as_deref());
            let Some(location) = answer.header("location").filter(|_| (300..400).contains(&answer.status)) else {
                return Page { address, response: answer };
            };
            address = Url::parse(&address).and_then(|base| base.join(location)).expect("a URL").into();
        }
    }

    fn ask(&self, address: &str, form: Option<&str>) -> Response {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = [("cookie", cookies.join("; "))];
        let headers = cookies.each_ref().map(|(name, value)| (*name, value.as_str()));
        let answer = match form {
            Some(form) => visitor::post_with(address, form, &headers),
            None => visitor::get_with(address, &headers),
        };
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a cookie has a name and a value");
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        answer
    }
}

/// Hidden fields of the form of a page.
fn hidden(page: &str) -> Vec<(String, String)> {
    let attribute = |input: &str, name: &str| {
        let (_, rest) = input.split_once(&format!(" {name}=\""))?;
        Some(rest.split('"').next()?.replace("&quot;", "\"").replace("&#x27;", "'").replace("&amp;", "&"))
    };
    let inputs = page.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    inputs
        .filter(|input| input.contains("type=\"hidden\""))
        .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default())))
        .collect()
}
