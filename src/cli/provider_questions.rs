//! Prompts for the settings that a provider still needs; each input is validated at once.

use crate::app::App;
use crate::app::runtime::{self, USER_TIMEOUT};
use crate::catalog::{self, AcceptedRedirect, CallbackUri, Provider, rows};
use crate::error::{Error, Result};
use crate::prompt::terminal::read_secret;
use crate::providers::{self, MissingSettings, NewProvider};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;

/// Message after empty input.
const REQUIRED: &str = "a value is required; press Ctrl-C to cancel";

/// Asks for the settings that a sign-in to `name` needs. Stores nothing.
pub fn ask(app: &App, name: &str, mut added: NewProvider) -> Result<NewProvider> {
    if !is_known(app, name, &added)? {
        added.settings.push(origin(app, name)?);
    }
    for setting in providers::find_missing(app, name, &added)?.settings {
        let note = setting.note.as_ref().map_or(String::new(), |note| format!(" ({note})"));
        let question = format!("{}{note}:", setting.name);
        let value = prompt(app, &question, |value| setting.validate(value).map(str::to_owned))?;
        added.settings.push((setting.name, value));
    }
    let MissingSettings { provider: Some(provider), has_secret, .. } = providers::find_missing(app, name, &added)?
    else {
        return Ok(added);
    };
    let had_id = provider.client_id.is_some();
    if !had_id || lacks_callback(&provider) {
        show_registration(app, &provider);
    }
    if lacks_callback(&provider) {
        added.settings.extend(callback(app)?);
    }
    if !had_id {
        match client_id(app, &provider)? {
            id if id.is_empty() => return Ok(added),
            id => added.settings.push(("client_id".to_owned(), id)),
        }
    }
    if provider.secret_needed && (!has_secret || !had_id) && provider.client_secret.is_none() {
        added.client_secret = secret(app, &provider)?;
    }
    Ok(added)
}

/// Whether a sign-in to `name` can start without prompts.
pub fn is_complete(app: &App, name: &str) -> Result<bool> {
    let lacking = providers::find_missing(app, name, &NewProvider::default())?;
    Ok(lacking.provider.is_some_and(|provider| provider.client_id.is_some() || provider.generic))
}

/// Whether the catalog or the configuration knows `name`, or it is a URL or host name.
fn is_known(app: &App, name: &str, added: &NewProvider) -> Result<bool> {
    let given = |key: &str| added.settings.iter().any(|(known, _)| known == key);
    let configured = app
        .config()?
        .providers
        .entry(name)
        .is_some_and(|entry| entry.uses.is_some() || entry.issuer.is_some() || entry.endpoints.token.is_some());
    let is_url = name.contains("://") || name.contains('.');
    Ok(given("use") || given("issuer") || configured || is_url || rows().canonical(name).is_some())
}

/// Asks for the issuer or the catalog entry of an unknown provider. Returns key and value of the setting.
fn origin(app: &App, name: &str) -> Result<(String, String)> {
    let near = catalog::nearest(name, rows().names().chain(rows().aliases().map(|(alias, _)| alias)));
    let near = match near.as_slice() {
        [] => String::new(),
        near => format!("; similar names: {}", near.join(", ")),
    };
    app.prompt.note(&format!("`{}` is not in the catalog{near}", sanitize_untrusted(name)));
    let validate = |value: &str| match rows().canonical(value) {
        Some(row) => Ok(("use".to_owned(), row.to_owned())),
        None if value.contains('.') || value.contains("://") => {
            let issuer = if value.contains("://") { value.to_owned() } else { format!("https://{value}") };
            catalog::validate_issuer(&issuer).map(|()| ("issuer".to_owned(), issuer))
        }
        None => Err("is neither a URL nor a name in the catalog".to_owned()),
    };
    prompt(app, "Issuer URL (such as https://id.example) or catalog name:", validate)
}

/// Asks until `validate` accepts the input.
fn prompt<T>(app: &App, question: &str, validate: impl Fn(&str) -> Result<T, String>) -> Result<T> {
    loop {
        let typed = app.ask(question, USER_TIMEOUT)?;
        match validate(&typed) {
            Ok(value) => return Ok(value),
            Err(_) if typed.is_empty() => app.prompt.note(REQUIRED),
            Err(reason) => app.prompt.note(&format!("`{}` {reason}", sanitize_untrusted(&typed))),
        }
    }
}

fn show_registration(app: &App, provider: &Provider) {
    let title = &provider.title;
    app.prompt.note(&match (&provider.register_at, &provider.docs) {
        (Some(url), _) => format!("register an application at {url}"),
        (None, Some(docs)) => format!("register an application in the settings of {title} (see {docs})"),
        (None, None) => format!("register an application in the settings of {title}"),
    });
    if let Some(access) = provider.access {
        app.prompt.note(&format!("  note: {}", access.describe(title)));
    }
    if let Some(hint) = &provider.register_hint {
        app.prompt.note(&format!("  note: {hint}"));
    }
    let uri = catalog::redirect_uri_to_register(provider);
    app.prompt.note(&match lacks_callback(provider) {
        true => format!("  redirect URI: an https URL that you control, such as {uri}"),
        false => format!("  redirect URI: {uri}"),
    });
}

/// Asks for the registered redirect URI and, if it is on this machine, for its certificate.
fn callback(app: &App) -> Result<Vec<(String, String)>> {
    let validate = |value: &str| match catalog::parse_callback(value)? {
        CallbackUri::Loopback { .. } => Err("is not https".to_owned()),
        read => Ok((value.to_owned(), matches!(read, CallbackUri::LoopbackTls { .. }))),
    };
    let (uri, is_local_machine) = prompt(app, "Registered redirect URI:", validate)?;
    let mut settings = vec![("callback".to_owned(), uri)];
    if is_local_machine {
        settings.extend(certificate(app)?);
    }
    Ok(settings)
}

/// Asks for the certificate of an https redirect URI on this machine; without one the URL is pasted.
fn certificate(app: &App) -> Result<Vec<(String, String)>> {
    let file = |value: &str| match std::path::absolute(value) {
        Ok(path) if path.is_file() => Ok(path.display().to_string()),
        _ => Err("is not a file".to_owned()),
    };
    let question = "Certificate file, PEM (leave empty to paste the URL instead):";
    let certificate = prompt(app, question, |value| if value.is_empty() { Ok(String::new()) } else { file(value) })?;
    if certificate.is_empty() {
        return Ok(vec![("flow".to_owned(), "paste".to_owned())]);
    }
    let key = prompt(app, "Private key file, PEM:", file)?;
    Ok(vec![("callback_certificate".to_owned(), certificate), ("callback_key".to_owned(), key)])
}

fn lacks_callback(provider: &Provider) -> bool {
    provider.callback.is_none() && provider.redirect.accepts != AcceptedRedirect::Loopback
}

fn client_id(app: &App, provider: &Provider) -> Result<String> {
    let question = match provider.generic {
        true => "Client ID (leave empty if the provider registers clients automatically):",
        false => "Client ID:",
    };
    prompt(app, question, |typed| match typed {
        "" if provider.generic => Ok(String::new()),
        "" => Err(String::new()),
        id if id.contains(char::is_whitespace) => Err("contains spaces".to_owned()),
        id => Ok(id.to_owned()),
    })
}

/// Asks for the client secret; optional if the device flow needs none.
fn secret(app: &App, provider: &Provider) -> Result<Option<Secret>> {
    let is_optional = provider.endpoints.device_authorization.is_some() && !provider.quirks.device.secret_needed;
    let question = match is_optional {
        true => "Client secret (input hidden; leave empty to sign in with a device code, which needs none):",
        false => "Client secret (input hidden):",
    };
    loop {
        let typed = runtime::run(read_secret(question))?.ok_or(Error::Interrupted { signal: 2 })?;
        match typed.expose().trim() {
            "" if is_optional => return Ok(None),
            "" => app.prompt.note(REQUIRED),
            secret => return Ok(Some(Secret::new(secret))),
        }
    }
}
