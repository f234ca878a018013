//! Domains of the catalog: a client secret goes to the provider of its row and to nobody else, and a user registers at the
//! provider and not at a stranger's page. One row sent its secret to the token endpoint of another company, and 180
//! rows named the pages of an integration vendor, which tell the reader to register that vendor's callback.

use std::collections::{BTreeMap, BTreeSet};

use mycli::internals::catalog::{Provider, rows};

/// Rows of one vendor that share a token endpoint, and rows for a server of the user that share its path.
const SHARED_TOKEN_ENDPOINTS: &[&[&str]] = &[
    &["amazon", "amazon-selling-partner"],
    &["bitbucket-data-center", "confluence-data-center", "jira-data-center"],
    &["mattermost", "quay"],
    &["stripe", "stripe-express"],
];

/// Second-level labels below which a country registers names.
const SECOND_LEVEL: &[&str] = &["ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"];

#[test]
fn rows_of_different_vendors_share_no_token_endpoint() {
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, row) in open_rows() {
        for endpoint in token_endpoints(&row) {
            users.entry(endpoint).or_default().push(name.clone());
        }
    }
    let shared: BTreeSet<Vec<String>> = users.into_values().filter(|names| names.len() > 1).collect();
    let listed = SHARED_TOKEN_ENDPOINTS.iter().map(|names| names.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(shared, listed);
}

#[test]
fn endpoints_and_pages_belong_to_the_provider() {
    let mut listed = listed();
    let mut violations = Vec::new();
    for (name, row) in open_rows() {
        let mut own = listed.remove(&name).unwrap_or_default();
        let endpoints = domains(endpoints(&row));
        // The first endpoint tells the provider's domain; every other one must be listed.
        let others: BTreeSet<String> = endpoints.iter().skip(1).chain(&pages(&row)).cloned().collect();
        let own_domain = endpoints.first().cloned().unwrap_or_default();
        for domain in others.into_iter().filter(|domain| *domain != own_domain) {
            if !own.remove(&domain) {
                violations.push(format!("[{name}] is at {own_domain}; {domain} is not in domains.txt"));
            }
        }
        violations.extend(own.iter().map(|domain| format!("[{name}] has no URL at {domain}, which domains.txt lists")));
    }
    violations.extend(listed.keys().map(|name| format!("no row `{name}`, which domains.txt lists")));
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn domain_is_what_a_vendor_registers() {
    for (url, domain) in [
        ("https://login.example.com/oauth", "example.com"),
        ("https://login.example.co.uk:8443/oauth", "example.co.uk"),
        ("https://t.co/x", "t.co"),
        ("https://{tenant}.example.com?a=b", "example.com"),
        ("https://{domain}/oauth", "{domain}"),
        ("{base_url}/oauth", "{base_url}"),
        ("https://vendor.github.io/docs", "vendor.github.io"),
    ] {
        assert_eq!(domain_of(url), domain);
    }
}

fn open_rows() -> impl Iterator<Item = (String, Provider)> {
    let names = rows().names().filter(|name| *name != "demo");
    names.filter_map(|name| Some((name.to_owned(), rows().row(name).filter(|row| row.closed.is_none())?)))
}

/// URLs that get a code, a client secret or a token; first the one at which the sign-in starts.
fn endpoints(row: &Provider) -> Vec<String> {
    let known = &row.endpoints;
    let all = [&row.url, &known.authorization, &row.issuer, &row.metadata, &known.device_authorization, &known.token];
    let more = [&known.userinfo, &known.revocation, &known.end_session, &known.jwks];
    let mut quirks = row.quirks.clone();
    let special = quirks.requests_mut().filter_map(|request| request.endpoint.clone());
    all.into_iter().chain(more).flatten().cloned().chain(special).collect()
}

fn token_endpoints(row: &Provider) -> BTreeSet<String> {
    let special = [&row.quirks.token.endpoint, &row.quirks.refresh.endpoint];
    special.into_iter().chain([&row.endpoints.token]).flatten().cloned().collect()
}

fn pages(row: &Provider) -> Vec<String> {
    domains([&row.register_at, &row.docs].into_iter().flatten().cloned())
}

fn domains(urls: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut found = Vec::new();
    for domain in urls.into_iter().map(|url| domain_of(&url).to_owned()) {
        if !found.contains(&domain) {
            found.push(domain);
        }
    }
    found
}

/// The name that a vendor registers: the last two labels of the host, or three below a second-level domain. A
/// placeholder is a label, and a host of its own if it is the whole host.
fn domain_of(url: &str) -> &str {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or(host);
    let labels: Vec<&str> = host.rsplit('.').collect();
    let below_second_level =
        matches!(labels.as_slice(), [country, second, _, ..] if country.len() == 2 && SECOND_LEVEL.contains(second));
    let count = if below_second_level || host.ends_with(".github.io") { 3 } else { 2 };
    let length: usize = labels.iter().take(count).map(|label| label.len() + 1).sum();
    &host[host.len().saturating_sub(length.saturating_sub(1))..]
}

/// The domains in `domains.txt`, by row.
fn listed() -> BTreeMap<String, BTreeSet<String>> {
    let lines = include_str!("domains.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parse = |line: &str| {
        let (name, rest) = line.split_once(": ").expect(line);
        let (domains, reason) = rest.split_once("; ").expect(line);
        assert!(!reason.is_empty(), "{line}");
        (name.to_owned(), domains.split(' ').map(str::to_owned).collect())
    };
    lines.map(parse).collect()
}
