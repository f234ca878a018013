//! Names of sessions. A name stands for one issuer, client and resource, with any number of accounts. A sign-in with
//! another of these takes over the name, and the sessions that had it go on as `NAME@ISSUERHOST`. Clients that this
//! program chose count as one: it registers another one whenever the issuer forgets a client or wants more scopes.

use super::services::host_and_port;
use super::{SessionInfo, SessionKey};

impl SessionInfo {
    /// Returns `true` if both sessions of the program `app` may have one name: same issuer, client and resource. A token that
    /// the user brought has no client, and shares the name of any.
    pub fn shares_name_with(&self, other: &Self, app: &str) -> bool {
        let same_client = self.client_id == other.client_id
            || self.is_brought()
            || other.is_brought()
            || self.has_other_client(other);
        same_client && self.resource == other.resource && self.shares_issuer_with(other, app)
    }

    /// Returns `true` for a token that the user brought: no client can refresh or revoke it.
    pub fn is_brought(&self) -> bool {
        self.client_id.is_empty()
    }

    /// Returns `true` if this session takes the place of `other`: same name and account, with another client that the
    /// program `app` chose.
    pub fn replaces(&self, other: &Self, app: &str) -> bool {
        // A known subject is the account, whatever its label.
        let label = |info: &Self| info.label.clone().filter(|_| info.account.subject.is_none());
        self.has_other_client(other)
            && self.provider == other.provider
            && self.account.subject == other.account.subject
            && label(self) == label(other)
            && self.shares_name_with(other, app)
    }

    /// Returns `true` if this program chose the clients of both sessions, and they differ.
    fn has_other_client(&self, other: &Self) -> bool {
        self.has_automatic_client && other.has_automatic_client && self.client_id != other.client_id
    }

    fn shares_issuer_with(&self, other: &Self, app: &str) -> bool {
        match (&self.issuer, &other.issuer) {
            (Some(issuer), Some(of_other)) => {
                issuer == of_other || self.has_tenant(of_other) || other.has_tenant(issuer)
            }
            (None, None) => match (&self.token_endpoint, &other.token_endpoint) {
                (Some(endpoint), Some(of_other)) => endpoint == of_other,
                (Some(endpoint), None) => other.has_authority(endpoint, app),
                (None, Some(endpoint)) => self.has_authority(endpoint, app),
                (None, None) => true,
            },
            _ => false,
        }
    }

    /// Returns `true` if `issuer` is one of the tenants that may sign in beside this session's.
    fn has_tenant(&self, issuer: &str) -> bool {
        let Some((before, after)) = self.tenant_template.as_deref().and_then(split_template) else { return false };
        let tenant = issuer.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        tenant.is_some_and(|tenant| !tenant.is_empty() && !tenant.contains('/'))
    }

    /// Returns `true` if the id of this session was made with `authority`. Version 0.1.0 kept the token endpoint of a
    /// provider without issuer in the id only.
    fn has_authority(&self, authority: &str, app: &str) -> bool {
        let key = SessionKey {
            app: app.to_owned(),
            authority: authority.to_owned(),
            client_id: self.client_id.clone(),
            resource: self.resource.clone(),
            subject: self.account.subject.clone(),
            label: self.label.clone().filter(|_| self.account.subject.is_none()),
        };
        key.id() == self.id
    }

    /// Names for this session once another one has taken over its name, best first.
    pub fn earlier_names(&self) -> impl Iterator<Item = String> {
        let authority = self.issuer.as_deref().or(self.token_endpoint.as_deref());
        let host = authority.and_then(host_and_port).unwrap_or_else(|| "earlier".to_owned());
        let first = format!("{}@{host}", self.provider);
        std::iter::once(first.clone()).chain((2..).map(move |number| format!("{first}+{number}")))
    }
}

/// Keeps only the sessions whose account has exactly this name, if there are any: a labelled session of the same person
/// matches the e-mail address too.
pub fn prefer_exact_name(sessions: &mut Vec<SessionInfo>, name: Option<&str>) {
    let is_exact = |info: &SessionInfo| Some(info.account.name.as_str()) == name;
    if sessions.iter().any(is_exact) {
        sessions.retain(is_exact);
    }
}

/// Parts of an issuer template around its placeholder.
fn split_template(template: &str) -> Option<(&str, &str)> {
    let (before, rest) = template.split_once('{')?;
    Some((before, rest.split_once('}')?.1))
}
