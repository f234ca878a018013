//! The rows of `catalog.toml`, found by a scan for their headers and parsed one at a time.
//!
//! Parsing hundreds of rows to find one name would dominate the run time of a command, so the TOML parser gets only the
//! text from a row's `[name]` to the next row's. In exchange the file has a fixed layout: a row's header, its `aliases`,
//! its `hosts` and its `url` each start a line and take one line. A test parses the whole file and compares.
//! `benches/catalog.rs` measures the cost.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use super::provider::Provider;
use super::settings::specialize;

const CATALOG_TOML: &str = include_str!("../catalog.toml");

/// All known providers, by name.
#[derive(Debug)]
pub struct Catalog {
    text: &'static str,
    ranges: BTreeMap<&'static str, Range<usize>>,
    aliases: BTreeMap<&'static str, &'static str>,
    hosts: BTreeMap<&'static str, &'static str>,
    urls: BTreeMap<&'static str, &'static str>,
}

static ROWS: OnceLock<Catalog> = OnceLock::new();

/// Returns the catalog; scanned once, on first use.
pub fn rows() -> &'static Catalog {
    ROWS.get_or_init(|| Catalog::scan(CATALOG_TOML))
}

/// Returns `true` if this process has scanned the catalog: printing a valid token must not.
#[cfg(feature = "internals")]
pub fn is_loaded() -> bool {
    ROWS.get().is_some()
}

impl Catalog {
    /// Finds the range, aliases, hosts and URL of each row, without parsing.
    fn scan(text: &'static str) -> Self {
        let mut headers: Vec<(usize, &'static str)> =
            text.match_indices("\n[").map(|(at, _)| (at + 1, row_name(&text[at + 2..]))).collect();
        headers.dedup_by_key(|(_, name)| *name);
        let ends = headers.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
        let ranges = headers.iter().zip(ends).map(|((start, name), end)| (*name, *start..end)).collect();
        let index = |key: &'static str| {
            let mut names = BTreeMap::new();
            for (at, key) in text.match_indices(key) {
                let after = headers.partition_point(|(start, _)| *start < at);
                let list = text[at + key.len()..].lines().next().unwrap_or_default();
                if let Some((_, name)) = headers[..after].last() {
                    names.extend(list.split('"').skip(1).step_by(2).map(|other| (other, *name)));
                }
            }
            names
        };
        let (aliases, hosts, urls) = (index("\naliases = "), index("\nhosts = "), index("\nurl = "));
        Self { text, ranges, aliases, hosts, urls }
    }

    /// Returns the names of all rows, without aliases, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.ranges.keys().copied()
    }

    /// Returns each alias with the name of its row.
    pub fn aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.aliases.iter().map(|(alias, name)| (*alias, *name))
    }

    /// Returns the name of the row whose name, alias or host is `name`.
    pub fn canonical(&self, name: &str) -> Option<&'static str> {
        let row = self.ranges.get_key_value(name).map(|(name, _)| *name);
        let other = || self.aliases.get(name).or_else(|| self.hosts.get(name.to_ascii_lowercase().as_str()));
        row.or_else(|| other().copied())
    }

    /// Returns the URL that `name` is a short name for.
    pub fn url(&self, name: &str) -> Option<&'static str> {
        let row = self.canonical(name)?;
        self.urls.iter().find(|(_, name)| **name == row).map(|(url, _)| *url)
    }

    /// Returns the row whose name, alias or host is `name`; a row that uses another one is completed by it.
    pub fn row(&self, name: &str) -> Option<Provider> {
        let row = self.parse(self.canonical(name)?)?;
        match &row.uses {
            Some(used) => Some(specialize(self.parse(used)?, row)),
            None => Some(row),
        }
    }

    fn parse(&self, name: &str) -> Option<Provider> {
        let range = self.ranges.get(name)?;
        let mut rows: BTreeMap<String, Provider> =
            toml::from_str(&self.text[range.clone()]).expect("a test parses every row of catalog.toml");
        rows.pop_first().map(|(_, row)| row)
    }
}

/// Returns the row name of a header: `github` for `github.device]`.
fn row_name(header: &str) -> &str {
    &header[..header.find(['.', ']', '\n']).unwrap_or(header.len())]
}

#[cfg(test)]
mod tests {
    use super::super::Pkce;
    use super::*;
    use crate::session::DerivedTokens;

    fn whole() -> BTreeMap<String, Provider> {
        toml::from_str(CATALOG_TOML).expect("catalog.toml is well formed")
    }

    #[test]
    fn scan_and_parser_find_the_same_rows() {
        let whole = whole();
        assert_eq!(rows().names().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
        for (name, row) in &whole {
            assert_eq!(rows().parse(name).as_ref(), Some(row), "{name}");
            assert_eq!(rows().url(name), row.url.as_deref(), "{name}");
            for alias in &row.aliases {
                assert_eq!(rows().canonical(alias), Some(name.as_str()), "{alias}");
            }
            for host in &row.services.hosts {
                assert_eq!(rows().canonical(host), Some(name.as_str()), "{host} belongs to one row");
            }
        }
        let count: usize = whole.values().map(|row| row.aliases.len()).sum();
        assert_eq!(rows().aliases().count(), count);
        assert_eq!(rows().hosts.len(), whole.values().map(|row| row.services.hosts.len()).sum::<usize>());
    }

    #[test]
    fn every_gitlab_narrows_with_its_refresh_tokens() {
        let gitlabs = rows().names().filter(|name| name.starts_with("gitlab") && rows().url(name).is_none());
        for name in gitlabs {
            let found = rows().row(name).and_then(|row| row.quirks.derived_tokens);
            assert_eq!(found, Some(DerivedTokens::Narrowing), "{name}");
        }
    }

    /// Rows that combine unusual quirks, for authors of new rows.
    #[test]
    fn row_format_covers_unusual_providers() {
        let text = r#"
            [facebook]
            title = "Facebook"
            device = { request = { params = { access_token = "{client_id}|{client_secret}" } }, reply = { device_code = "code" }, poll = { endpoint = "https://graph.example/login_status", names = { device_code = "code", grant_type = "" } }, answers = { authorization_pending = ["error.error_subcode=1349174"] } }
            [trakt]
            title = "Trakt"
            [trakt.device]
            secret_needed = true
            request = { body = "json" }
            poll = { body = "json", names = { device_code = "code" } }
            answers = { authorization_pending = ["http=400"], slow_down = ["http=429"], access_denied = ["http=418"], expired_token = ["http=410"] }
            [simkl]
            title = "Simkl"
            [simkl.device]
            request = { method = "GET", body = "query" }
            poll = { endpoint = "https://api.example/oauth/pin/{user_code}", method = "GET", body = "query" }
            [wechat]
            title = "WeChat"
            pkce = "no"
            authorize = { names = { client_id = "appid" } }
            token = { body = "query", names = { client_id = "appid", client_secret = "secret" } }
            [figma]
            title = "Figma"
            refresh = { endpoint = "https://api.example/refresh" }
            userinfo = { headers = { "X-Version" = "1" } }
            reply = { access_token = "authed_user.access_token" }
        "#;
        let rows: BTreeMap<String, Provider> = toml::from_str(text).expect("rows");
        assert_eq!(rows["trakt"].quirks.device.signals.expired_token, ["http=410"]);
        assert_eq!(rows["wechat"].pkce, Pkce::No);
    }
}
