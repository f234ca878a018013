//! Builds a session from a token response: checks the ID token, reads the profile and compares the account (OpenID
//! Connect Core 3.1.3.7, 5.3.2).

use serde_json::Value;

use super::account::{self, Identity};
use super::allow_list;
use super::brought_token;
use super::flow_context::FlowContext;
use super::plan::Plan;
use crate::catalog::Provider;
use crate::error::{Error, Remedy, Result};
use crate::identity;
use crate::oauth::discovery::TENANT_PLACEHOLDER;
use crate::oauth::id_token::{self, Claims};
use crate::oauth::{HttpResponse, token, userinfo};
use crate::secret::Secret;
use crate::session::{Account, Endpoints, RequestFormat, Session, SessionKey, SessionQuirks, TokenHeader};

/// Request values that the token response is checked against.
pub struct RequestBinding<'a> {
    /// Nonce that the ID token must repeat; the device flow sends none.
    pub nonce: Option<&'a Secret>,
    /// Redirect URI; the device flow has none.
    pub redirect_uri: Option<&'a str>,
}

/// Builds the session after all checks have passed, and stores it. The same client and account are one session under
/// any provider name. A warning names each replaced provider name, because scripts may use it.
pub async fn build_and_save(
    context: &FlowContext<'_>,
    sent: &RequestBinding<'_>,
    response: token::TokenResponse,
) -> Result<Session> {
    let session = build(context, sent, response).await?;
    let (app, store) = (context.app, context.plan.store);
    let info = session.info(store);
    account::check_label_is_free(app, &info)?;
    let before = app.sessions.find_all(&info.id)?;
    let mut replaced = account::sessions_of_0_1_0(app, &session)?;
    replaced.extend(account::replaced_sessions(app, &info)?);
    let hidden = brought_token::of_account(app, &info)?;
    let renamed = app.save_signin(&session, store).await?;
    for old in &replaced {
        if let Err(error) = app.sessions.replace(old, &info) {
            // The sign-in has succeeded, and the next one replaces it too.
            app.prompt.warn(&format!("could not remove the earlier session for `{}`: {error}", old.account.name));
        }
    }
    let (new, account) = (&session.provider, &session.account.name);
    // An earlier session of this name is back under it.
    for old in before.iter().filter(|old| old.provider != *new && old.earlier_of.as_ref() != Some(new)) {
        app.prompt.warn(&format!(
            "the session for `{account}` at `{}` is now called `{new}`: both names use the same issuer and client \
             id; to keep two sessions, give each name its own client id",
            old.provider
        ));
    }
    for old in &renamed {
        app.prompt.warn(&format!(
            "`{new}` is now the new session for `{account}`; the earlier session for `{}` is kept as `{}`",
            old.account.name, old.provider
        ));
    }
    hidden.iter().for_each(|token| brought_token::give_label(app, token, &info));
    Ok(session)
}

async fn build(
    context: &FlowContext<'_>,
    sent: &RequestBinding<'_>,
    response: token::TokenResponse,
) -> Result<Session> {
    let FlowContext { app, plan, .. } = context;
    let provider = plan.provider;
    let granted = response.scopes.clone().unwrap_or_else(|| plan.scopes.clone());
    let (claims, jwks) = check_claims(context, sent, &response, &granted).await?.unzip();
    let (mut endpoints, quirks) = session_endpoints(plan, &response);
    endpoints.jwks = jwks.flatten().or(endpoints.jwks);
    let profile = match provider.profile.in_token_response {
        true => Some(response.raw.members().clone()),
        false => {
            fetch_profile(context, (&endpoints, &quirks.userinfo), &response.access_token, claims.as_ref()).await?
        }
    };
    let mut account = identity::build_account(&provider.profile, claims.as_ref(), profile.as_ref());
    if tenant_template(plan).is_some() && !email_is_verified(claims.as_ref()) {
        account.remove_email();
    }
    allow_list::check(provider, &account, claims.as_ref(), profile.as_ref())?;
    let now = app.now();
    let issuer = claims.as_ref().map(|claims| claims.issuer().to_owned()).or_else(|| provider.issuer.clone());
    let mut session = Session {
        key: session_key(context, issuer.as_ref(), &account),
        provider: provider.name.clone(),
        earlier_of: None,
        account,
        label: None,
        issuer,
        tenant_template: tenant_template(plan),
        endpoints,
        client: plan.client.clone(),
        scopes: granted,
        scopes_requested: provider.scopes.clone(),
        scope_separator: provider.scope_separator.clone(),
        refresh_params: refresh_params(plan, sent),
        ca_file: provider.ca_file.clone(),
        id_token_hmac: plan.id_token_hmac,
        quirks,
        speaks_mcp: provider.speaks_mcp,
        services: provider.services.clone(),
        tokens: response.into_tokens(now),
        derived: Vec::new(),
        signed_in_at: now,
    };
    let label = account::label(context, &session)?;
    let (claims, profile) = (claims.as_ref(), profile.as_ref());
    let any_tenant = session.tenant_template.is_some();
    let identity = Identity { account: &session.account, claims, profile, any_tenant };
    account::check_account(context, &identity, label.as_ref())?;
    if let Some(label) = label {
        session.account.name.clone_from(&label);
        session.key.label = Some(label.clone()).filter(|_| session.key.subject.is_none());
        session.label = Some(label);
    }
    Ok(session)
}

/// Key of the session, without a label.
fn session_key(context: &FlowContext<'_>, issuer: Option<&String>, account: &Account) -> SessionKey {
    let FlowContext { app, plan, .. } = context;
    SessionKey {
        app: app.name.clone(),
        authority: issuer.unwrap_or(&plan.endpoints.token).clone(),
        client_id: plan.client.id.clone(),
        resource: plan.provider.protected_resource.clone().or_else(|| plan.provider.resource.clone()),
        subject: account.subject.clone(),
        label: None,
    }
}

/// Endpoints and quirks of the session, completed from the token response. Drops a userinfo URL that the token response
/// should have completed but did not.
fn session_endpoints(plan: &Plan<'_>, response: &token::TokenResponse) -> (Endpoints, SessionQuirks) {
    let (row, mut endpoints) = (&plan.provider.quirks, plan.endpoints.clone());
    let request = endpoints.userinfo.take().and_then(|at| userinfo::fill_from_reply(&at, &row.userinfo, &response.raw));
    let (at, userinfo) = request.unzip();
    endpoints.userinfo = at;
    let quirks = SessionQuirks {
        refresh: row.refresh.clone(),
        userinfo: userinfo.unwrap_or_default(),
        revoke: row.revoke.clone(),
        revocable: row.revocable,
        derived_tokens: row.derived_tokens,
        token_header: oauth_token_header(plan.provider),
        logout: row.logout,
        response_paths: row.response_paths.clone(),
    };
    (endpoints, quirks)
}

/// Header for an access token that the provider issued by OAuth: `Bearer`, although the row has another header for tokens
/// that the user made, unless the profile request has that header too.
fn oauth_token_header(provider: &Provider) -> Option<TokenHeader> {
    let row = &provider.quirks;
    row.token_header.clone().filter(|header| row.userinfo.headers.get(&header.name) == Some(&header.value))
}

/// Checks the ID token and returns its claims, and the new URL of the keys if they have moved. An ID token is required if `openid` was granted, unless the catalog
/// entry says otherwise, and in any flow for `max_age` or `acr`, which nothing else can prove. Without these it is not
/// required
/// - in the device flow, which OpenID Connect does not define (django-oauth-toolkit sends none there);
/// - by a protected resource or a server without OpenID metadata: the user stays unknown, because the user has approved
///   and the token is good (authts/oidc-client-ts#1561).
async fn check_claims(
    context: &FlowContext<'_>,
    sent: &RequestBinding<'_>,
    response: &token::TokenResponse,
    granted: &[String],
) -> Result<Option<(Claims, Option<String>)>> {
    let FlowContext { app, plan, options, .. } = context;
    let provider = plan.provider;
    let Some(token) = &response.id_token else {
        let has_metadata = plan.metadata.is_none_or(|metadata| metadata.is_openid && metadata.supports_openid());
        // A catalog entry or a configuration knows where its metadata is, whatever the URL.
        let is_openid =
            provider.protected_resource.is_none() && (has_metadata || !provider.generic || provider.metadata.is_some());
        let is_required =
            (sent.redirect_uri.is_some() && is_openid) || options.max_age.is_some() || options.acr.is_some();
        return match provider.id_token != Some(false) && is_required && granted.iter().any(|scope| scope == "openid") {
            true => Err(Error::check_with(
                Remedy::OtherScopes,
                format!("`{}` granted `openid` but returned no ID token", provider.name),
            )),
            false => Ok(None),
        };
    };
    let Some(issuer) = &provider.issuer else {
        // Without an issuer the claims cannot be checked, so they are not used.
        return Ok(None);
    };
    let expected = id_token::ExpectedClaims {
        nonce: sent.nonce,
        access_token: Some(&response.access_token),
        max_age: options.max_age,
        acr: options.acr.as_deref(),
        algorithms: plan.metadata.map_or(&[], |metadata| metadata.id_token_signing_alg_values_supported.as_slice()),
        ..expected_claims(context, issuer)
    };
    app.check_id_token(&plan.http, token, plan.endpoints.jwks.as_deref(), &expected).await.map(Some)
}

/// Claims that every signed document for this client must have.
fn expected_claims<'a>(context: &FlowContext<'a>, issuer: &'a str) -> id_token::ExpectedClaims<'a> {
    let plan = context.plan;
    id_token::ExpectedClaims {
        issuer: plan.metadata.map_or(issuer, |metadata| metadata.issuer.as_str()),
        client_id: &plan.client.id,
        nonce: None,
        access_token: None,
        max_age: None,
        acr: None,
        algorithms: &[],
        hmac_secret: plan.client.secret.as_ref().filter(|_| plan.id_token_hmac),
        tenant_issuer: plan.provider.tenant_issuer,
        now: context.app.now(),
    }
}

/// Reads the profile from a response, signed or not, and compares its subject with the ID token's.
async fn read_profile(
    context: &FlowContext<'_>,
    response: &HttpResponse,
    endpoint: &str,
    subject: Option<&str>,
) -> Result<Value> {
    let FlowContext { app, plan, .. } = context;
    let signed = plan.provider.issuer.as_ref().zip(userinfo::signed_profile(response));
    let Some((issuer, signed)) = signed else {
        return userinfo::parse_response(response, endpoint, &plan.provider.name, subject);
    };
    let expected = expected_claims(context, issuer);
    // The caller does without a profile that is no proof of anything.
    let profile = app.check_signed_profile(&plan.http, &signed, plan.endpoints.jwks.as_deref(), &expected);
    let profile =
        profile.await.map_err(|error| Error::other(format!("it is a signed token that failed a check: {error}")))?;
    userinfo::check_subject(&profile, subject)?;
    Ok(profile)
}

/// Fetches the profile. With an ID token a failed request is only a warning, but a profile of another subject is always
/// an error.
async fn fetch_profile(
    context: &FlowContext<'_>,
    (endpoints, message): (&Endpoints, &RequestFormat),
    access_token: &Secret,
    claims: Option<&Claims>,
) -> Result<Option<Value>> {
    let FlowContext { app, plan, .. } = context;
    // A token for a protected resource is sent only to that resource.
    let endpoint = endpoints.userinfo.as_ref().filter(|_| plan.provider.protected_resource.is_none());
    let Some(endpoint) = endpoint else { return Ok(None) };
    let response = plan.http.send_async(userinfo::request(endpoint, message, &plan.client, access_token)?).await;
    let (name, subject) = (&plan.provider.name, claims.map(Claims::subject));
    let profile = match response {
        Ok(response) => read_profile(context, &response, endpoint, subject).await,
        Err(error) => Err(error),
    };
    match profile {
        Ok(profile) if subject.is_some() && profile.get("sub").is_none() && !has_own_profile(plan.provider) => {
            app.prompt
                .warn(&format!("the profile from `{name}` has no `sub` and is not used (OpenID Connect Core 5.3.2)"));
            Ok(None)
        }
        Ok(profile) => Ok(Some(profile)),
        Err(error @ Error::Check { .. }) => Err(error),
        Err(error) => {
            app.prompt.warn(&format!("could not read the profile: {error}"));
            Ok(None)
        }
    }
}

/// Returns true if the profile comes from an API of the provider and names the user by another field than `sub`.
fn has_own_profile(provider: &Provider) -> bool {
    provider.profile.root.is_some() || provider.profile.id.iter().any(|path| path != "sub")
}

/// Issuer with a placeholder, if users of any tenant may sign in.
fn tenant_template(plan: &Plan<'_>) -> Option<String> {
    let issuer = plan.metadata.map(|metadata| &metadata.issuer)?;
    (plan.provider.tenant_issuer && issuer.contains(TENANT_PLACEHOLDER)).then(|| issuer.clone())
}

/// Returns true if the email claim is verified: a tenant can write anything into `email`.
fn email_is_verified(claims: Option<&Claims>) -> bool {
    claims.is_some_and(|claims| identity::says_email_verified(&Value::Object(claims.all().clone())))
}

/// Parameters that the catalog entry repeats in each refresh request.
fn refresh_params(plan: &Plan<'_>, sent: &RequestBinding<'_>) -> Vec<(String, String)> {
    let provider = plan.provider;
    let value = |name: &String| match name.as_str() {
        "redirect_uri" => sent.redirect_uri.map(str::to_owned),
        "scope" => Some(provider.scopes.join(&provider.scope_separator)),
        other => provider.params.get(other).cloned(),
    };
    let rows = provider.refresh_params.iter().filter_map(|name| Some((name.clone(), value(name)?)));
    // The resource identifier may be shorter than the URL that names the session.
    let is_unnamed = provider.protected_resource.is_some() && provider.resource.is_none();
    let indicator = match provider.omit_resource || is_unnamed {
        // The first value counts, and a parameter without a value is not sent.
        true => Some(String::new()),
        false => provider.protected_resource.as_ref().and(provider.resource.clone()),
    };
    rows.chain(indicator.map(|resource| ("resource".to_owned(), resource))).collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;

    fn claims(claims: &Value) -> Option<Claims> {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        id_token::claims_of_stored(&Secret::new(format!("{}.{}.", part(&json!({})), part(claims))))
    }

    #[test]
    fn oauth_tokens_use_the_header_of_the_profile_request() {
        for (name, header) in
            [("shopify", Some("X-Shopify-Access-Token")), ("linear", None), ("figma", None), ("github", None)]
        {
            let row = crate::catalog::rows().row(name).expect(name);
            assert_eq!(oauth_token_header(&row).map(|header| header.name).as_deref(), header, "{name}");
        }
    }

    #[test]
    fn multi_tenant_email_counts_only_if_verified() {
        for (object, verified) in [
            (json!({"email": "boss@corp.example"}), false),
            (json!({"email": "boss@corp.example", "xms_edov": false}), false),
            (json!({"email": "boss@corp.example", "email_verified": "no"}), false),
            (json!({"email": "boss@corp.example", "xms_edov": true}), true),
            (json!({"email": "boss@corp.example", "xms_edov": "1"}), true),
            (json!({"email": "boss@corp.example", "email_verified": true}), true),
        ] {
            assert_eq!(email_is_verified(claims(&object).as_ref()), verified, "{object}");
        }
        assert!(!email_is_verified(None));
    }

    #[test]
    fn removed_email_no_longer_matches() {
        let address = "boss@corp.example".to_owned();
        let mut account = Account { subject: Some("s".into()), name: address.clone(), email: Some(address.clone()) };
        account.remove_email();
        assert!(!account.matches_name(&address) && account.matches_name("s"));
        assert_eq!(account.name, "s");
    }
}
