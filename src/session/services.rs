//! Services that accept a provider's access tokens. Copied from the row at sign-in and stored with the session, so that
//! credential helpers need neither the catalog nor the configuration.

use serde::{Deserialize, Serialize};
use url::Url;

/// Hosts and API that may receive the access token, and how they expect it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Services {
    /// Every host that may receive the token, with its port if that is not the default. Matched whole: a subdomain is
    /// another host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Base URL that relative paths of API requests join, without a trailing slash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git: Option<BasicService>,
    /// Container registry that accepts the token as a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<BasicService>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailService>,
}

/// Hosts that accept the token as a password (RFC 7617).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BasicService {
    pub hosts: Vec<String>,
    /// The user name that goes with a token; `None`: the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// Mail servers that accept the token by OAUTHBEARER (RFC 7628) or XOAUTH2, each `HOST:PORT`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailService {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imap: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp: Option<String>,
}

impl Services {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Returns every text that may contain the placeholder of a setting.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { hosts, api, git, registry, mail } = self;
        let basic = [git, registry].into_iter().flatten().flat_map(|service| &mut service.hosts);
        let mail = mail.iter_mut().flat_map(|mail| [&mut mail.imap, &mut mail.smtp]).flatten();
        hosts.iter_mut().chain(api).chain(basic).chain(mail)
    }

    /// Removes the hosts of the row's own server, because a setting names another one. A text with a placeholder stays.
    pub fn drop_fixed_hosts(&mut self) {
        let follows = |text: &String| text.contains('{');
        self.hosts.retain(follows);
        self.api = self.api.take().filter(follows);
        for service in [&mut self.git, &mut self.registry] {
            *service = service.take().filter(|service| service.hosts.iter().all(follows));
        }
        self.mail = None;
    }

    /// Reduces each URL among the hosts to its host, and adds the hosts of all services to `hosts`.
    pub fn settle(&mut self) {
        let Self { hosts, api, git, registry, mail } = self;
        let basic = [git, registry].into_iter().flatten().flat_map(|service| &mut service.hosts);
        let mut all: Vec<String> = Vec::new();
        for host in hosts.iter_mut().chain(basic) {
            if host.contains("://") {
                *host = host_and_port(host).unwrap_or_default();
            }
            all.push(host.clone());
        }
        all.extend(api.as_deref().and_then(host_and_port));
        let mail = mail.iter().flat_map(|mail| [&mail.imap, &mail.smtp]).flatten();
        all.extend(mail.cloned());
        hosts.clear();
        for host in all {
            if !host.is_empty() && !hosts.contains(&host) {
                hosts.push(host);
            }
        }
    }
}

/// Host of a URL in ASCII, with its port unless that is the default.
pub fn host_and_port(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn services() -> Services {
        let list = |hosts: &[&str]| hosts.iter().map(|host| (*host).to_owned()).collect();
        Services {
            hosts: list(&["git.example"]),
            api: Some("{base}/api/v4".to_owned()),
            git: Some(BasicService { hosts: list(&["{base}"]), user: Some("oauth2".to_owned()) }),
            registry: Some(BasicService { hosts: list(&["registry.example"]), user: None }),
            mail: Some(MailService { imap: Some("imap.example:993".to_owned()), smtp: None }),
        }
    }

    #[test]
    fn settled_hosts_are_those_of_all_services() {
        let mut services = services();
        services.texts_mut().for_each(|text| *text = text.replace("{base}", "https://git.example:8443/lab"));
        services.settle();
        assert_eq!(services.hosts, ["git.example", "git.example:8443", "registry.example", "imap.example:993"]);
        assert_eq!(services.git.expect("git").hosts, ["git.example:8443"]);
        assert_eq!(services.api.as_deref(), Some("https://git.example:8443/lab/api/v4"));
    }

    #[test]
    fn another_server_keeps_only_what_follows_it() {
        let mut services = services();
        services.drop_fixed_hosts();
        let expected = Services { hosts: Vec::new(), registry: None, mail: None, ..self::services() };
        assert_eq!(services, expected);
    }
}
