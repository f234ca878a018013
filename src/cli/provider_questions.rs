//! Prompts for the settings that a provider still needs; each input is validated at once.

use super::github_app_questions::{self, AppArgs};
use super::registration_form::PageOpening;
use super::{question, registration_form};
use crate::app::App;
use crate::catalog::{self, CallbackUri, RegistrationForm, rows};
use crate::config::{self, Config};
use crate::error::Result;
use crate::providers::{self, MissingSettings, NewProvider};
use crate::sanitize::sanitize_untrusted;
use crate::signin;

/// On a terminal, asks for the client ID and settings that a sign-in to `name` needs, as `providers add` does, and stores
/// them. Returns the new configuration. `gets_client` tells if this sign-in gets a client by itself.
pub fn complete(app: &App, name: &str, gets_client: impl FnOnce(&str) -> Result<bool>) -> Result<Option<Config>> {
    // The lookup reports an unknown name.
    let is_known = || catalog::require_known(name, &app.config()?.providers);
    if !app.prompt.can_prompt() || name.contains("://") || is_known().is_err() {
        return Ok(None);
    }
    let name = match app.config()?.providers.entry(name) {
        Some(_) => name.to_owned(),
        None => catalog::canonical(name),
    };
    if name.contains("://") || is_complete(app, &name)? || gets_client(&name)? {
        return Ok(None);
    }
    app.check_new_session_store()?;
    let added = ask(app, &name, NewProvider::default(), PageOpening::AtOnce)?;
    providers::add(app, &name, &added)?;
    app.prompt.note(&format!("`{name}` is configured"));
    config::parse(&app.config_text()?, &app.config_path()).map(Some)
}

/// Asks for everything that a sign-in to `name` needs. Stores nothing but the client of a new app.
pub fn ask(app: &App, name: &str, added: NewProvider, opening: PageOpening) -> Result<NewProvider> {
    let added = ask_settings(app, name, added)?;
    let MissingSettings { provider: Some(provider), .. } = providers::find_missing(app, name, &added)? else {
        return Ok(added);
    };
    // A URL may turn out to belong to a server that registers clients, or not.
    if !provider.generic && signin::gets_client(app, &provider)? {
        return Ok(added);
    }
    let args = AppArgs::default();
    match provider.client_id.is_none() && github_app_questions::wants_app(app, &provider)? {
        true => github_app_questions::create(app, name, &provider, added, &args),
        false => ask_client(app, name, added, opening),
    }
}

/// Asks for the settings that complete the URLs of `name`. Stores nothing.
pub fn ask_settings(app: &App, name: &str, mut added: NewProvider) -> Result<NewProvider> {
    if !is_known(app, name, &added)? {
        added.settings.push(origin(app, name)?);
    }
    for setting in providers::find_missing(app, name, &added)?.settings {
        let note = setting.note.as_ref().map_or(String::new(), |note| format!(" ({note})"));
        let question = format!("{}{note}:", setting.name);
        let value = question::ask(app, &question, |value| setting.validate(value).map(str::to_owned))?;
        added.settings.push((setting.name, value));
    }
    Ok(added)
}

/// Asks for the client of `name`, whose settings are complete: shows what to register. Stores nothing.
pub fn ask_client(app: &App, name: &str, mut added: NewProvider, opening: PageOpening) -> Result<NewProvider> {
    let MissingSettings { provider: Some(mut provider), has_secret, .. } = providers::find_missing(app, name, &added)?
    else {
        return Ok(added);
    };
    let had_id = provider.client_id.is_some();
    let form = (!had_id || provider.lacks_callback()).then(|| registration_form::show(app, &provider, opening));
    if provider.lacks_callback() {
        let settings = callback(app)?;
        provider.callback = settings.iter().find(|(key, _)| key == "callback").map(|(_, uri)| uri.clone());
        added.settings.extend(settings);
    }
    if let Some(form) = form.filter(|_| !had_id) {
        let form = RegistrationForm {
            filled_page: provider.registration_form(&app.name, &app.invocation).filled_page,
            ..form
        };
        match registration_form::client_id(app, &provider, &form, opening)? {
            id if id.is_empty() => return Ok(added),
            id => added.settings.push(("client_id".to_owned(), id)),
        }
    }
    if provider.secret_needed && (!has_secret || !had_id) && provider.client_secret.is_none() {
        added.client_secret = registration_form::secret(app, &provider)?;
    }
    Ok(added)
}

/// Whether a sign-in to `name` can start without prompts.
fn is_complete(app: &App, name: &str) -> Result<bool> {
    let lacking = providers::find_missing(app, name, &NewProvider::default())?;
    let Some(provider) = lacking.provider else { return Ok(false) };
    Ok(provider.client_id.is_some() || provider.generic || signin::gets_client(app, &provider)?)
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
    question::ask(app, "Issuer URL (such as https://id.example) or catalog name:", validate)
}

/// Asks for the registered redirect URI and, if it is on this machine, for its certificate.
fn callback(app: &App) -> Result<Vec<(String, String)>> {
    let validate = |value: &str| match catalog::parse_callback(value)? {
        CallbackUri::Loopback { .. } => Err("is not https".to_owned()),
        read => Ok((value.to_owned(), matches!(read, CallbackUri::LoopbackTls { .. }))),
    };
    let (uri, is_local_machine) = question::ask(app, "Registered redirect URI:", validate)?;
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
    let certificate =
        question::ask(app, question, |value| if value.is_empty() { Ok(String::new()) } else { file(value) })?;
    if certificate.is_empty() {
        return Ok(vec![("flow".to_owned(), "paste".to_owned())]);
    }
    let key = question::ask(app, "Private key file, PEM:", file)?;
    Ok(vec![("callback_certificate".to_owned(), certificate), ("callback_key".to_owned(), key)])
}
