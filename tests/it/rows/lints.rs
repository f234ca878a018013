//! Lints for `catalog.toml`. One test runs them on the catalog, another checks that each lint finds a row that violates
//! it.

use std::collections::BTreeMap;

use mycli::internals::catalog::{
    AcceptedRedirect, CallbackUri, CodePageContent, DeviceQuirks, Evidence, Pkce, PollSignals, PortRule, ProfilePaths,
    Provider, RedirectRules, RequestFormat, SettingKind, is_reserved_param, is_scope, parse_callback,
    validate_endpoint, validate_home, validate_issuer,
};

const CATALOG_TOML: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalog.toml"));

/// Prefix of a placeholder that names a member of the token response.
const RESPONSE_PREFIX: &str = "reply.";

/// Placeholders that are filled when a message is written, not when the provider is resolved.
const RUN_TIME: &[&str] =
    &["client_id", "client_secret", "access_token", "token", "device_code", "user_code", "verification_uri", "scope"];

/// Keys that `low` may list although the row does not set them: their default is unconfirmed.
const DEFAULTS: &[&str] = &["pkce", "scopes", "client_auth", "secret_needed"];

/// Collections of providers, by the names in `sources`.
const COLLECTIONS: &[&str] = &[
    "Arctic",
    "AspNet.Security.OAuth",
    "Auth.js",
    "Better Auth",
    "Goth",
    "Grant",
    "Logto",
    "Nango",
    "OpenIddict",
    "Power Platform",
    "Python Social Auth",
    "Socialite Providers",
    "django-allauth",
    "git-credential-oauth",
    "golang.org/x/oauth2",
    "oidc-agent",
];

/// Other sources: the metadata that a sign-in fetches, and the code of several clients, without a common origin.
const OTHER_SOURCES: &[&str] = &["metadata", "public clients"];

/// Returns all violations in a catalog.
fn violations(text: &str) -> Vec<String> {
    let (rows, tables): (BTreeMap<String, Provider>, BTreeMap<String, toml::Table>) =
        match (toml::from_str(text), toml::from_str(text)) {
            (Ok(rows), Ok(tables)) => (rows, tables),
            (Err(error), _) | (_, Err(error)) => return vec![error.message().to_owned()],
        };
    let mut violations = [row_order(text), duplicates(&rows)].concat();
    for (name, row) in &rows {
        let mut linter = Linter { name, row, violations: Vec::new() };
        linter.names();
        linter.low_confidence(&tables[name]);
        linter.services(&tables[name]);
        match (&row.closed, &row.url, &row.uses) {
            (Some(_), ..) => linter.closed(),
            (None, Some(url), _) => linter.short_name(url),
            (None, None, Some(used)) => linter.special(rows.get(used)),
            (None, None, None) => {
                linter.evidence();
                linter.flows();
                linter.identity();
                linter.quirks();
                linter.placeholders();
                linter.urls();
            }
        }
        linter.values();
        violations.append(&mut linter.violations);
    }
    violations
}

/// Rows are sorted, so that readers find them and reviewers can compare neighbors.
fn row_order(text: &str) -> Vec<String> {
    let parts = |header: &str| header.trim_matches(['[', ']']).split('.').map(str::to_owned).collect::<Vec<_>>();
    let headers: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
    let wrong = headers.windows(2).filter(|pair| parts(pair[0]) > parts(pair[1]));
    wrong.map(|pair| format!("{} precedes {}", pair[0], pair[1])).collect()
}

/// Each name, alias and host belongs to one row. TOML itself rejects duplicate headers.
fn duplicates(rows: &BTreeMap<String, Provider>) -> Vec<String> {
    let (mut violations, mut names, mut hosts) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    names.extend(rows.keys().map(|name| (name.as_str(), name.as_str())));
    for (name, row) in rows {
        let aliases = row.aliases.iter().filter_map(|alias| Some((alias, names.insert(alias, name)?)));
        violations.extend(aliases.map(|(alias, other)| format!("[{name}] `{alias}` is also a name of [{other}]")));
        let taken = row.services.hosts.iter().filter_map(|host| Some((host, hosts.insert(host, name)?)));
        violations.extend(taken.map(|(host, other)| format!("[{name}] `{host}` is also a host of [{other}]")));
    }
    violations
}

struct Linter<'a> {
    name: &'a str,
    row: &'a Provider,
    violations: Vec<String>,
}

impl Linter<'_> {
    fn require(&mut self, holds: bool, words: &str) {
        if !holds {
            self.violations.push(format!("[{}] {words}", self.name));
        }
    }

    fn names(&mut self) {
        for name in [self.name].into_iter().chain(self.row.aliases.iter().map(String::as_str)) {
            let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            let plain = !name.is_empty() && name.bytes().all(inner) && !name.starts_with('-') && !name.ends_with('-');
            self.require(plain, &format!("`{name}` is not a provider name"));
        }
        self.require(!self.row.title.is_empty(), "has no title");
        for alias in self.row.alias_notes.keys() {
            self.require(self.row.aliases.contains(alias), &format!("has a note for `{alias}`, which is no alias"));
        }
        for key in self.row.settings.keys().filter(|_| self.row.uses.is_none()) {
            self.require(false, &format!("`{key}` is not a key of a row"));
        }
        for (at, setting) in self.row.declared_settings.iter().enumerate() {
            let (name, earlier) = (&setting.name, &self.row.declared_settings[..at]);
            let word = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            self.require(word && !name.is_empty(), &format!("`{name}` is not a setting name"));
            self.require(!RUN_TIME.contains(&name.as_str()), &format!("`{name}` is filled at run time"));
            self.require(earlier.iter().all(|other| other.name != *name), &format!("declares `{name}` twice"));
        }
    }

    /// A row says where its values come from, and claims no more than its sources hold.
    fn evidence(&mut self) {
        let row = self.row;
        let is_page = |source: &&String| source.starts_with("https://") && validate_home(source).is_ok();
        let is_word = |source: &&String| OTHER_SOURCES.contains(&source.as_str());
        let is_collection = |source: &&String| COLLECTIONS.contains(&source.as_str());
        for source in row.sources.iter().filter(|source| !is_page(source) && !is_word(source) && !is_collection(source))
        {
            self.require(false, &format!("`{source}` is neither a page nor a known source"));
        }
        let pages = row.sources.iter().filter(is_page).count();
        let has_more = pages > 0 || row.sources.iter().any(|source| is_word(&source)) || row.sources.len() > 1;
        let any_port = row.redirect.port == Some(PortRule::Any);
        self.require(
            any_port == row.redirect.source.is_some(),
            "needs a source for `port = \"any\"`, and for nothing else",
        );
        match row.evidence {
            // The program has the demo provider inside.
            None => self.require(self.name == "demo", "has no evidence"),
            Some(Evidence::Verified) => {
                self.require(pages > 0, "is verified without a page of documentation");
                let is_settled = row.redirect.port.is_some() || row.redirect.accepts != AcceptedRedirect::Loopback;
                self.require(is_settled && row.low_confidence.is_empty(), "is verified with unsure values");
            }
            Some(Evidence::Agreed) => self.require(has_more, "rests on one source alone"),
            Some(Evidence::Unverified) => {
                self.require(!has_more && !row.sources.is_empty(), "is unverified with sources that agree");
                self.require(!any_port, "accepts any port without being verified");
            }
        }
    }

    /// `low` lists only keys of the row.
    fn low_confidence(&mut self, table: &toml::Table) {
        for key in &self.row.low_confidence {
            let known = table.contains_key(key) || DEFAULTS.contains(&key.as_str());
            self.require(known, &format!("lists `{key}` in `low`, but does not set it"));
        }
    }

    /// A row with a service has the scopes for it, and each host is a host.
    fn services(&mut self, table: &toml::Table) {
        let (row, services) = (self.row, &self.row.services);
        for (name, scopes) in &row.scope_sets {
            let known = matches!(name.as_str(), "git" | "mail" | "registry");
            self.require(known && !scopes.is_empty(), &format!("has the unknown or empty scope set `{name}`"));
        }
        self.require(
            services.git.is_none() || row.scope_sets.contains_key("git"),
            "has git hosts but no scopes for git",
        );
        self.require(services.mail.is_none() || row.scope_sets.contains_key("mail"), "has mail but no scopes for mail");
        self.require(
            services.registry.is_none() || row.scope_sets.contains_key("registry"),
            "has a registry but no scopes for it",
        );
        // RFC 7617 2.
        let users =
            [&services.git, &services.registry].into_iter().flatten().filter_map(|service| service.user.as_ref());
        for user in users.filter(|user| user.is_empty() || user.contains(|c: char| c == ':' || c.is_control())) {
            self.require(false, &format!("`{user}` is not a user name for Basic"));
        }
        for (key, allowed) in [("git", ["hosts", "user"]), ("registry", ["hosts", "user"]), ("mail", ["imap", "smtp"])]
        {
            let keys = table.get(key).and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys);
            for unknown in keys.filter(|name| !allowed.contains(&name.as_str())) {
                self.require(false, &format!("`{key}.{unknown}` is not a key"));
            }
        }
        let mut filled = services.clone();
        filled.texts_mut().for_each(|text| *text = example(row, text));
        if let Some(api) = &filled.api {
            let is_base = api.starts_with("https://") && validate_endpoint(api).is_ok() && !api.ends_with('/');
            self.require(is_base, &format!("`{api}` is not the base of an API"));
        }
        filled.settle();
        let host = |text: &str| !text.contains('/') && validate_endpoint(&format!("https://{text}")).is_ok();
        let urls = services.hosts.iter().filter(|text| text.contains('/'));
        for text in urls.chain(filled.hosts.iter().filter(|text| !host(text))) {
            self.require(false, &format!("`{text}` is not a host"));
        }
        let mail = filled.mail.iter().flat_map(|mail| [&mail.imap, &mail.smtp]).flatten();
        for text in mail.filter(|text| !matches!(text.split_once(':'), Some((_, "993" | "465" | "587")))) {
            self.require(false, &format!("`{text}` is not a mail server with its port"));
        }
    }

    fn closed(&mut self) {
        let Provider { title, aliases, closed, .. } = self.row.clone();
        let bare = Provider { title, aliases, closed, ..empty_row() };
        self.require(*self.row == bare, "is closed and has other values");
    }

    fn short_name(&mut self, url: &str) {
        let Provider { title, aliases, url: own, docs, notes, .. } = self.row.clone();
        let bare = Provider { title, aliases, url: own, docs, notes, ..empty_row() };
        self.require(*self.row == bare && self.row.docs.is_some(), "is a short name and needs docs and nothing else");
        let is_normal = validate_issuer(url).is_ok() && !url.ends_with('/');
        self.require(is_normal, &format!("`{url}` is not a URL to sign in to"));
    }

    fn special(&mut self, used: Option<&Provider>) {
        let Provider { title, aliases, uses, settings, services, .. } = self.row.clone();
        let bare = Provider { title, aliases, uses, settings, services, ..empty_row() };
        self.require(*self.row == bare, "uses another row and has other values than settings and hosts");
        let used = used.map(|used| used.declared_settings.as_slice()).unwrap_or_default();
        let is_declared = |key: &String| used.iter().any(|setting| setting.name == *key);
        self.require(!used.is_empty() && self.row.settings.keys().all(is_declared), "has no row to use these settings");
    }

    /// The row has a flow with matching endpoints.
    fn flows(&mut self) {
        let row = self.row;
        let start = row.endpoints.authorization.is_some() || row.endpoints.device_authorization.is_some();
        self.require(row.discover || start, "has no endpoint to start at");
        self.require(row.discover || row.endpoints.token.is_some(), "has no token endpoint");
        self.require(!row.discover || row.issuer.is_some(), "has no issuer for discovery");
        self.require(row.metadata.is_none() || row.discover, "has metadata that is never fetched");
        for param in row.params.keys().filter(|param| is_reserved_param(param)) {
            self.require(false, &format!("`{param}` is set by the program itself"));
        }
        if let Some(page) = &row.redirect.page {
            let elsewhere = parse_callback(&page.uri) == Ok(CallbackUri::External);
            self.require(elsewhere, &format!("`{}` is not a page of the provider", page.uri));
            let tied = page.shows != CodePageContent::Code || row.pkce != Pkce::No;
            self.require(tied, "shows only a code, which needs PKCE");
        }
    }

    /// The values about ID tokens and profiles are consistent.
    fn identity(&mut self) {
        let row = self.row;
        let openid = row.scopes.iter().any(|scope| scope == "openid");
        let keys = row.issuer.is_none() || row.discover || row.endpoints.jwks.is_some();
        self.require(!openid || keys, "has ID tokens but no keys");
        let quirk = row.tenant_issuer || row.id_token_hmac || row.nonce.is_some() || row.id_token.is_some();
        self.require(!quirk || openid, "describes ID tokens but does not request one");
        self.require(!row.tenant_issuer || row.issuer.is_some(), "has tenants but no issuer");
        let one = !(row.profile.in_token_response && row.endpoints.userinfo.is_some());
        self.require(one, "has two profiles");
        let read = row.profile == ProfilePaths::default() || row.profile.in_token_response || openid;
        self.require(read || row.endpoints.userinfo.is_some(), "reads a profile that does not exist");
    }

    /// Quirks belong to requests that are sent.
    fn quirks(&mut self) {
        let (row, usual) = (self.row, RequestFormat::default());
        let code = row.discover || row.endpoints.authorization.is_some();
        let browser =
            row.quirks.authorize == usual && row.redirect == RedirectRules::default() && row.params.is_empty();
        self.require(
            code || (browser && matches!(row.pkce, Pkce::S256 | Pkce::Yes)),
            "changes an authorization request that is never sent",
        );
        let device = row.discover || row.endpoints.device_authorization.is_some();
        self.require(
            device || row.quirks.device == DeviceQuirks::default(),
            "changes a device flow that it does not have",
        );
        let profile = row.discover || row.endpoints.userinfo.is_some();
        self.require(profile || row.quirks.userinfo == usual, "changes a profile request that is never sent");
        let revocation = row.discover || row.endpoints.revocation.is_some();
        let quiet = row.quirks.revoke == usual && row.quirks.revocable.is_none();
        self.require(revocation || quiet, "changes a revocation that is never sent");
        if let Some(header) = &row.quirks.token_header {
            let (name, value) = (&header.name, &header.value);
            let is_header = name.parse::<http::HeaderName>().is_ok() && value.matches('{').count() == 1;
            self.require(
                is_header && value.contains("{access_token}") && value.parse::<http::HeaderValue>().is_ok(),
                "has a token header without the token",
            );
        }
        for param in &row.refresh_params {
            let known = matches!(param.as_str(), "scope" | "redirect_uri") || row.params.contains_key(param);
            self.require(known, &format!("refreshes with `{param}`, whose value is unknown"));
        }
        let PollSignals { authorization_pending, slow_down, access_denied, expired_token, invalid_grant } =
            &row.quirks.device.signals;
        for sign in
            [authorization_pending, slow_down, access_denied, expired_token, invalid_grant].into_iter().flatten()
        {
            let form = match sign.split_once('=') {
                Some(("http", status)) => status.parse().is_ok_and(|status: u16| (100..600).contains(&status)),
                Some((path, _)) => !path.is_empty(),
                None => false,
            };
            self.require(form, &format!("`{sign}` is neither `http=STATUS` nor `path=value`"));
        }
    }

    /// Each placeholder is a setting or filled at run time, and each setting is used.
    fn placeholders(&mut self) {
        let row = self.row;
        let setting = |name: &str| row.declared_settings.iter().any(|setting| setting.name == name);
        let late = |name: &str| matches!(name, "client_id" | "access_token") || name.starts_with(RESPONSE_PREFIX);
        let defaults = row.declared_settings.iter().filter_map(|setting| setting.default.as_deref());
        let services: Vec<String> = row.services.clone().texts_mut().map(|text| text.clone()).collect();
        let ours: Vec<&str> = row_urls(row)
            .chain(row.params.values().chain(row.register.params.values()).map(String::as_str))
            .chain(defaults)
            .chain(row.register_at.as_deref())
            .chain(services.iter().map(String::as_str))
            .collect();
        for name in ours.iter().flat_map(|text| placeholders(text)) {
            self.require(setting(name) || late(name), &format!("`{{{name}}}` is not a setting"));
        }
        let mut wire = row.quirks.clone();
        let visited: Vec<String> =
            wire.device.verification_uri.iter().chain(&wire.device.verification_uri_complete).cloned().collect();
        let sent = wire.requests_mut().flat_map(|message| message.texts().map(str::to_owned).collect::<Vec<_>>());
        let sent: Vec<String> = sent.chain(visited).collect();
        for name in sent.iter().flat_map(|text| placeholders(text)) {
            let late = RUN_TIME.contains(&name) || name.starts_with(RESPONSE_PREFIX);
            self.require(setting(name) || late, &format!("`{{{name}}}` is neither a setting nor filled at run time"));
        }
        let used: String = ours.into_iter().chain(sent.iter().map(String::as_str)).collect();
        for setting in &row.declared_settings {
            self.require(used.contains(&format!("{{{}}}", setting.name)), &format!("`{}` is never used", setting.name));
        }
    }

    fn urls(&mut self) {
        let (row, demo) = (self.row, self.name == "demo");
        let mut wire = row.quirks.clone();
        let sent = wire.requests_mut().filter_map(|message| message.endpoint.as_deref());
        for template in row_urls(row).chain(sent) {
            let text = example(row, template);
            self.require(text.starts_with("https://") || demo, &format!("`{template}` is not https"));
            if let Err(reason) = validate_endpoint(&text) {
                self.require(false, &format!("`{template}` {reason}"));
            }
        }
        if let Some(Err(reason)) = row.issuer.as_deref().map(|issuer| validate_issuer(&example(row, issuer))) {
            self.require(false, &format!("the issuer {reason}"));
        }
        for template in row.register_at.iter().chain(&row.docs) {
            let text = example(row, template);
            let page = text.starts_with("https://") && validate_home(&text).is_ok();
            self.require(page, &format!("`{template}` is not a web page"));
        }
    }

    fn values(&mut self) {
        let row = self.row;
        for scope in row.scopes.iter().chain(row.scope_sets.values().flatten()).filter(|scope| !is_scope(scope)) {
            self.require(false, &format!("`{scope}` is not a scope"));
        }
        let separator = row.scope_separator.as_str();
        self.require(matches!(separator, "" | "," | ";" | "+"), "has an unknown scope separator");
        let color = row.brand_color.as_deref().unwrap_or("#000000");
        let digits = color.strip_prefix('#').unwrap_or_default();
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        self.require(digits.len() == 6 && digits.bytes().all(hex), &format!("`{color}` is not `#rrggbb`"));
        let env = row.env.as_deref().unwrap_or("A");
        let variable = env.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        self.require(variable && !env.is_empty(), &format!("`{env}` is not an environment variable"));
        let RedirectRules { host, path, .. } = &row.redirect;
        self.require(matches!(host.as_str(), "127.0.0.1" | "localhost"), &format!("`{host}` is not `localhost`"));
        self.require(path.starts_with('/'), &format!("`{path}` is not a path"));
        for words in row.register_hint.iter().chain(&row.notes).chain(&row.closed).chain(&row.quirks.device.hint) {
            let few = !words.ends_with('.') && words.trim() == words && words.len() < 200;
            self.require(few, &format!("`{words}` is not a short phrase without a period"));
        }
    }
}

fn row_urls(row: &Provider) -> impl Iterator<Item = &str> {
    let all = [
        &row.issuer,
        &row.metadata,
        &row.endpoints.authorization,
        &row.endpoints.token,
        &row.endpoints.device_authorization,
        &row.endpoints.userinfo,
        &row.endpoints.revocation,
        &row.endpoints.end_session,
        &row.endpoints.jwks,
    ];
    all.into_iter().flatten().map(String::as_str)
}

/// Returns the template with an example value for each placeholder.
fn example(row: &Provider, template: &str) -> String {
    let filled = |text: String, name: &str| {
        let kind = row.declared_settings.iter().find(|setting| setting.name == name).map(|setting| setting.kind);
        let value = if kind == Some(SettingKind::Url) { "https://a.example" } else { "a" };
        text.replace(&format!("{{{name}}}"), value)
    };
    placeholders(template).fold(template.to_owned(), filled)
}

/// Returns the names in braces. Braces around other text are GraphQL.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let inner = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    inner.filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.".contains(&b)))
}

fn empty_row() -> Provider {
    toml::from_str("title = \"X\"").expect("a row needs only a title")
}

#[test]
fn catalog_has_no_violations() {
    let violations = violations(CATALOG_TOML);
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

/// Valid rows that the tests below extend.
const GOOD: &str = r#"
[acme]
title = "Acme"
aliases = ["ac"]
authorization_endpoint = "https://id.example/authorize"
token_endpoint = "https://id.example/token"
evidence = "agreed"
sources = ["Grant", "Goth"]

[bolt]
title = "Bolt"
evidence = "unverified"
sources = ["Nango"]
"#;

const ENDPOINTS: &str = "authorization_endpoint = \"https://b.example/a\"\ntoken_endpoint = \"https://b.example/t\"\n";

/// A row with the given standing and sources.
fn dog(evidence: &str, sources: &str) -> String {
    format!("[dog]\ntitle = \"Dog\"\nevidence = \"{evidence}\"\nsources = {sources}")
}

#[test]
fn every_lint_finds_its_violation() {
    assert_eq!(violations(&format!("{GOOD}{ENDPOINTS}")), [""; 0]);
    // Lines after the endpoints, and the expected violation.
    for (lines, expected) in [
        ("isuer = \"https://b.example\"", "[bolt] `isuer` is not a key of a row"),
        ("redirect = { port = \"any\" }", "[bolt] needs a source for `port = \"any\"`"),
        (
            "redirect = { port = \"any\", source = \"https://b.example\" }",
            "[bolt] accepts any port without being verified",
        ),
        (&dog("agreed", "[\"Nango\"]"), "[dog] rests on one source alone"),
        (&dog("agreed", "[\"a blog\", \"Nango\"]"), "[dog] `a blog` is neither a page nor a known source"),
        (&dog("verified", "[\"Nango\", \"Goth\"]"), "[dog] is verified without a page of documentation"),
        (&dog("unverified", "[\"https://d.example\"]"), "[dog] is unverified with sources that agree"),
        (&dog("unverified", "[]"), "[dog] is unverified with sources that agree"),
        (&dog("verified", "[\"https://d.example\"]\nlow = [\"pkce\"]"), "[dog] is verified with unsure values"),
        ("[dog]\ntitle = \"Dog\"", "[dog] has no evidence"),
        ("device = { secret = true }", "unknown field `secret`"),
        ("token = { boddy = \"json\" }", "unknown field `boddy`"),
        ("redirect = { port = \"some\" }", "unknown variant `some`"),
        ("client_auth = \"basic\"", "unknown variant `basic`"),
        ("scopes = \"a b\"", "invalid type: string"),
        ("pkce = \"S512\"", "unknown variant `S512`"),
        ("settings = [{ note = \"x\" }]", "missing field `name`"),
        ("[bolt]\ntitle = \"Again\"", "duplicate key"),
        ("[cog]\nclosed = \"gone\"", "[cog] has no title"),
        ("aliases = [\"ac\"]", "[bolt] `ac` is also a name of [acme]"),
        ("aliases = [\"acme\"]", "[bolt] `acme` is also a name of [acme]"),
        ("aliases = [\"bolt\"]", "[bolt] `bolt` is also a name of [bolt]"),
        ("aliases = [\"b\", \"b\"]", "[bolt] `b` is also a name of [bolt]"),
        ("aliases = [\"Bolt Inc\"]", "[bolt] `Bolt Inc` is not a provider name"),
        ("hosts = [\"b.example\", \"b.example\"]", "[bolt] `b.example` is also a host of [bolt]"),
        ("hosts = [\"https://b.example\"]", "[bolt] `https://b.example` is not a host"),
        ("[ant]\ntitle = \"Ant\"\nclosed = \"gone\"", "[bolt] precedes [ant]"),
        ("[cog]\ntitle = \"\"\nclosed = \"gone\"", "[cog] has no title"),
        ("[cog]\ntitle = \"Cog\"\nclosed = \"gone\"\nscopes = [\"a\"]", "[cog] is closed and has other values"),
        ("[cog]\ntitle = \"Cog\"\nclosed = \"It is gone.\"", "[cog] `It is gone.` is not a short phrase"),
        ("[cog]\ntitle = \"Cog\"\ntoken_endpoint = \"https://c.example\"", "[cog] has no endpoint to start at"),
        ("[cog]\ntitle = \"Cog\"\nauthorization_endpoint = \"https://c.example\"", "[cog] has no token endpoint"),
        ("discover = true", "[bolt] has no issuer for discovery"),
        ("metadata = \"https://b.example/m\"", "[bolt] has metadata that is never fetched"),
        ("params = { state = \"1\" }", "[bolt] `state` is set by the program itself"),
        ("redirect = { page = { uri = \"http://127.0.0.1/\", shows = \"code\" } }", "is not a page of the provider"),
        (
            "pkce = \"no\"\nredirect = { page = { uri = \"https://b.example/code\", shows = \"code\" } }",
            "[bolt] shows only a code, which needs PKCE",
        ),
        ("issuer = \"https://b.example\"\nscopes = [\"openid\"]", "[bolt] has ID tokens but no keys"),
        ("nonce = false", "[bolt] describes ID tokens but does not request one"),
        ("id_token_hmac = true", "[bolt] describes ID tokens but does not request one"),
        ("scopes = [\"openid\"]\ntenant_issuer = true", "[bolt] has tenants but no issuer"),
        ("userinfo_endpoint = \"https://b.example/me\"\nprofile = { in_reply = true }", "[bolt] has two profiles"),
        ("profile = { id = [\"id\"] }", "[bolt] reads a profile that does not exist"),
        ("device = { secret_needed = true }", "[bolt] changes a device flow that it does not have"),
        ("device = { poll = { body = \"json\" } }", "[bolt] changes a device flow that it does not have"),
        ("userinfo = { method = \"POST\" }", "[bolt] changes a profile request that is never sent"),
        ("revoke = { body = \"json\" }", "[bolt] changes a revocation that is never sent"),
        ("revokes = \"access_token\"", "[bolt] changes a revocation that is never sent"),
        ("token_header = { name = \"X-Key\", value = \"key\" }", "[bolt] has a token header without the token"),
        ("refresh_params = [\"audience\"]", "[bolt] refreshes with `audience`, whose value is unknown"),
        (
            "device_authorization_endpoint = \"https://b.example/d\"\ndevice = { answers = { slow_down = [\"http=soon\"] } }",
            "[bolt] `http=soon` is neither `http=STATUS` nor `path=value`",
        ),
        (
            "[cog]\ntitle = \"Cog\"\npkce = \"no\"\ndevice_authorization_endpoint = \"https://c.example/d\"\n\
             token_endpoint = \"https://c.example/t\"",
            "[cog] changes an authorization request that is never sent",
        ),
        ("alias_notes = { bo = \"x\" }", "[bolt] has a note for `bo`, which is no alias"),
        ("url = \"https://b.example/mcp\"", "[bolt] is a short name and needs docs and nothing else"),
        ("use = \"acme\"\nbase_url = \"https://b.example\"", "[bolt] uses another row and has other values"),
        ("use = \"acme\"\nbase_url = \"https://b.example\"", "[bolt] has no row to use these settings"),
        ("issuer = \"https://{tenant}.b.example\"", "[bolt] `{tenant}` is not a setting"),
        ("params = { audience = \"{tenant}\" }", "[bolt] `{tenant}` is not a setting"),
        (
            "token = { params = { who = \"{tenant}\" } }",
            "[bolt] `{tenant}` is neither a setting nor filled at run time",
        ),
        ("settings = [{ name = \"tenant\" }]", "[bolt] `tenant` is never used"),
        (
            "issuer = \"https://{t}.example\"\nsettings = [{ name = \"t\" }, { name = \"t\" }]",
            "[bolt] declares `t` twice",
        ),
        ("settings = [{ name = \"Tenant\" }]", "[bolt] `Tenant` is not a setting name"),
        ("settings = [{ name = \"scope\" }]", "[bolt] `scope` is filled at run time"),
        ("userinfo_endpoint = \"http://b.example/me\"", "[bolt] `http://b.example/me` is not https"),
        ("refresh = { endpoint = \"http://127.0.0.1/t\" }", "[bolt] `http://127.0.0.1/t` is not https"),
        ("revocation_endpoint = \"https://b.example/#r\"", "[bolt] `https://b.example/#r` has a fragment"),
        ("jwks_uri = \"keys\"", "[bolt] `keys` is not"),
        ("issuer = \"https://b.example/?a=b\"", "[bolt] the issuer has a query"),
        ("register_at = \"the console\"", "[bolt] `the console` is not a web page"),
        ("docs = \"http://b.example\"", "[bolt] `http://b.example` is not a web page"),
        ("scopes = [\"a b\"]", "[bolt] `a b` is not a scope"),
        ("scope_sets = { git = [\"a b\"] }", "[bolt] `a b` is not a scope"),
        ("scope_sets = { gti = [\"a\"] }", "[bolt] has the unknown or empty scope set `gti`"),
        ("git = { hosts = [\"b.example\"] }", "[bolt] has git hosts but no scopes for git"),
        ("mail = { imap = \"b.example:993\" }", "[bolt] has mail but no scopes for mail"),
        ("mail = { imap = \"b.example:143\" }", "[bolt] `b.example:143` is not a mail server with its port"),
        ("registry = { host = [\"b.example\"] }", "[bolt] `registry.host` is not a key"),
        ("registry = { hosts = [\"b.example\"] }", "[bolt] has a registry but no scopes for it"),
        ("git = { hosts = [\"b.example\"], user = \"a:b\" }", "[bolt] `a:b` is not a user name for Basic"),
        ("api = \"https://b.example/\"", "[bolt] `https://b.example/` is not the base of an API"),
        ("api = \"https://{tenant}.b.example\"", "[bolt] `{tenant}` is not a setting"),
        ("hosts = [\"b.example/x\"]", "[bolt] `b.example/x` is not a host"),
        ("scope_separator = \"|\"", "[bolt] has an unknown scope separator"),
        ("brand_color = \"red\"", "[bolt] `red` is not `#rrggbb`"),
        ("brand_color = \"#FFFFFF\"", "[bolt] `#FFFFFF` is not `#rrggbb`"),
        ("env = \"bolt-token\"", "[bolt] `bolt-token` is not an environment variable"),
        ("redirect = { host = \"b.example\" }", "[bolt] `b.example` is not `localhost`"),
        ("redirect = { path = \"callback\" }", "[bolt] `callback` is not a path"),
        ("notes = [\" one\"]", "[bolt] ` one` is not a short phrase"),
        ("low = [\"issuer\"]", "[bolt] lists `issuer` in `low`, but does not set it"),
        ("low = [\"pkcee\"]", "[bolt] lists `pkcee` in `low`, but does not set it"),
    ] {
        let violations = violations(&format!("{GOOD}{ENDPOINTS}{lines}\n"));
        assert!(violations.iter().any(|violation| violation.contains(expected)), "{lines}\n{violations:?}");
    }
}

/// What a token opens is a fact that somebody looked up.
#[test]
fn services_name_their_source() {
    const KEYS: &[&str] = &["scope_sets = ", "api = ", "git = ", "registry = ", "mail = "];
    let is_service = |line: &str| KEYS.iter().any(|key| line.starts_with(key));
    let lines: Vec<&str> = CATALOG_TOML.lines().collect();
    let unsourced = lines.windows(2).filter(|pair| is_service(pair[1]) && !is_service(pair[0]));
    let unsourced: Vec<&str> = unsourced.filter(|pair| !pair[0].contains("https://")).map(|pair| pair[1]).collect();
    assert_eq!(unsourced, [""; 0]);
}
