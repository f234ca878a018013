//! Scopes of a sign-in: the requested ones, which a registration is for too.

use crate::catalog::Provider;
use crate::oauth::discovery::Metadata;

/// Scope for a session that outlives the browser session (OpenID Connect Core 11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Scopes to request. Those of a provider that is known by its URL alone are a guess, as far as the user did not choose:
/// - `openid` and the other scopes of OpenID Connect are left out if the server speaks only OAuth and does not list them
///   (authts/oidc-client-ts#1561), because an unknown scope may be an error (RFC 6749 3.3);
/// - `offline_access` is added if the server lists it: users expect a session that can be refreshed, and most providers
///   issue a refresh token only for that scope.
pub fn to_request(provider: &Provider, metadata: Option<&Metadata>) -> Vec<String> {
    let mut scopes = provider.scopes.clone();
    let Some(metadata) = metadata.filter(|_| provider.generic && !provider.scopes_chosen) else { return scopes };
    if provider.protected_resource.is_none() && !metadata.supports_openid() {
        scopes.retain(|scope| metadata.lists_scope(scope) || provider.scopes_added.contains(scope));
    }
    if metadata.lists_scope(OFFLINE_ACCESS) && !scopes.iter().any(|scope| scope == OFFLINE_ACCESS) {
        scopes.push(OFFLINE_ACCESS.to_owned());
    }
    scopes
}

/// Scopes at a protected resource: the chosen ones, else those that the resource asks for. Scopes that the user adds come
/// on top, also if they are added to those of an earlier session.
pub fn of_resource(provider: &Provider, asked: &[String]) -> Vec<String> {
    let is_added = !provider.scopes_added.is_empty();
    match provider.scopes_chosen {
        true if is_added && !provider.is_configured("scopes") => union(&provider.scopes, asked),
        true => provider.scopes.clone(),
        false => union(asked, &provider.scopes_added),
    }
}

/// Returns `consent` if needed: a provider may ignore `offline_access` without a consent prompt (OpenID Connect Core
/// 11). Catalog entries set their own `prompt`.
pub fn consent_prompt(provider: &Provider, scopes: &[String]) -> Option<String> {
    let has_scope = |scope: &str| scopes.iter().any(|requested| requested == scope);
    let is_needed =
        provider.generic && has_scope("openid") && has_scope(OFFLINE_ACCESS) && !provider.params.contains_key("prompt");
    is_needed.then(|| "consent".to_owned())
}

/// Both lists, each scope once.
pub fn union(first: &[String], second: &[String]) -> Vec<String> {
    let added = second.iter().filter(|scope| !first.contains(scope));
    first.iter().chain(added).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(list: &[&str]) -> Vec<String> {
        list.iter().map(|scope| (*scope).to_owned()).collect()
    }

    #[test]
    fn offline_access_is_requested_by_default_if_offered() {
        // generic, configured, advertised → requested
        for (generic, chosen, offered, expected) in [
            (true, false, true, true),
            (true, true, true, false),
            (true, false, false, false),
            (false, false, true, false),
        ] {
            let mut provider = Provider::from_name("acme");
            (provider.generic, provider.scopes_chosen) = (generic, chosen);
            let supported = if offered { owned(&["openid", OFFLINE_ACCESS]) } else { Vec::new() };
            let metadata = Metadata { scopes_supported: supported, ..Metadata::default() };
            let scopes = to_request(&provider, Some(&metadata));
            assert_eq!(scopes == [OFFLINE_ACCESS], expected, "{generic} {chosen} {offered}");
        }
    }

    /// authts/oidc-client-ts#1561, letta-ai/letta-code PR 4018, n8n-io/n8n#22851.
    #[test]
    fn openid_is_requested_only_from_servers_that_know_it() {
        let generic = Provider {
            generic: true,
            scopes: owned(&["openid", "profile", "email"]),
            ..Provider::from_name("https://id.example")
        };
        let chosen = Provider { scopes_chosen: true, ..generic.clone() };
        let oauth = |listed: &[&str]| Metadata { scopes_supported: owned(listed), ..Metadata::default() };
        let document = Metadata { is_openid: true, ..oauth(&[]) };
        let disguised = Metadata { is_openid: true, ..oauth(&["read"]) };
        let all = &["openid", "profile", "email"][..];
        for (provider, metadata, expected) in [
            (&generic, Some(oauth(&[])), &[][..]),
            (&generic, Some(oauth(&["read", "email"])), &["email"]),
            (&generic, Some(oauth(&["openid"])), all),
            (&generic, Some(document), all),
            (&generic, Some(disguised), &[]),
            (&generic, None, all),
            (&chosen, Some(oauth(&["read"])), all),
        ] {
            assert_eq!(to_request(provider, metadata.as_ref()), expected, "{metadata:?}");
        }
    }

    #[test]
    fn added_scopes_join_those_of_the_resource() {
        let asked = owned(&["mcp:read", "mcp:write"]);
        for (chosen, scopes, added, expected) in [
            (false, &["openid", "profile", "email"][..], &[][..], &["mcp:read", "mcp:write"][..]),
            (false, &["openid", "profile", "email", "x"], &["x"], &["mcp:read", "mcp:write", "x"]),
            // Granted to the session, with the added one.
            (true, &["mcp:read", "x"], &["x"], &["mcp:read", "x", "mcp:write"]),
            (true, &["y"], &[], &["y"]),
            (true, &[], &[], &[]),
        ] {
            let provider = Provider {
                scopes_chosen: chosen,
                scopes: owned(scopes),
                scopes_added: owned(added),
                ..Provider::from_name("https://mcp.example")
            };
            assert_eq!(of_resource(&provider, &asked), expected, "{chosen} {scopes:?}");
        }
    }

    #[test]
    fn union_keeps_the_order_and_each_scope_once() {
        assert_eq!(union(&owned(&["a", "b"]), &owned(&["b", "c"])), ["a", "b", "c"]);
    }
}
