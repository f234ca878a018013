//! The questions that make a provider complete: what is missing and nothing else, each answer judged as it comes.

use crate::app::App;
use crate::app::runtime::{self, USER_TIMEOUT};
use crate::catalog::{self, AcceptedRedirect, CallbackUri, Provider, rows};
use crate::error::{Error, Result};
use crate::prompt::terminal::read_secret;
use crate::providers::{self, MissingSettings, NewProvider};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;

/// What is said to nothing.
const NEEDED: &str = "it cannot do without; Ctrl-C leaves";

/// Asks for what a sign-in to `name` lacks; the answers, which are stored nowhere yet.
///
/// # Errors
/// [`Error::Interrupted`] where the person leaves, and as [`providers::add`].
pub fn ask(app: &App, name: &str, mut added: NewProvider) -> Result<NewProvider> {
    if !is_known(app, name, &added)? {
        added.settings.push(origin(app, name)?);
    }
    for setting in providers::find_missing(app, name, &added)?.settings {
        let note = setting.note.as_ref().map_or(String::new(), |note| format!(" ({note})"));
        let question = format!("{}{note}:", setting.name);
        let value = answer(app, &question, |value| setting.validate(value).map(str::to_owned))?;
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

/// Whether nothing has to be asked for a sign-in to `name` to begin.
///
/// # Errors
/// As [`providers::add`].
pub fn is_complete(app: &App, name: &str) -> Result<bool> {
    let lacking = providers::find_missing(app, name, &NewProvider::default())?;
    Ok(lacking.provider.is_some_and(|provider| provider.client_id.is_some() || provider.generic))
}

/// Whether it is known where `name` is: by the catalogue, the configuration, or because it is an address.
fn is_known(app: &App, name: &str, added: &NewProvider) -> Result<bool> {
    let told = |key: &str| added.settings.iter().any(|(known, _)| known == key);
    let configured = app
        .config()?
        .providers
        .entry(name)
        .is_some_and(|entry| entry.uses.is_some() || entry.issuer.is_some() || entry.endpoints.token.is_some());
    let is_address = name.contains("://") || name.contains('.');
    Ok(told("use") || told("issuer") || configured || is_address || rows().canonical(name).is_some())
}

/// Where a provider is that nothing is known of: the key and the value.
fn origin(app: &App, name: &str) -> Result<(String, String)> {
    let near = catalog::nearest(name, rows().names().chain(rows().aliases().map(|(alias, _)| alias)));
    let near = match near.as_slice() {
        [] => String::new(),
        near => format!("; near it are {}", near.join(", ")),
    };
    app.prompt.note(&format!("`{}` is not in the catalogue{near}", sanitize_untrusted(name)));
    let judged = |value: &str| match rows().canonical(value) {
        Some(row) => Ok(("use".to_owned(), row.to_owned())),
        None if value.contains('.') || value.contains("://") => {
            let issuer = if value.contains("://") { value.to_owned() } else { format!("https://{value}") };
            catalog::validate_issuer(&issuer).map(|()| ("issuer".to_owned(), issuer))
        }
        None => Err("is neither an address nor a name of the catalogue".to_owned()),
    };
    answer(app, "its issuer, such as https://id.example, or what it is in the catalogue:", judged)
}

/// Asks until `judge` takes the answer.
fn answer<T>(app: &App, question: &str, judge: impl Fn(&str) -> Result<T, String>) -> Result<T> {
    loop {
        let typed = app.ask(question, USER_TIMEOUT)?;
        match judge(&typed) {
            Ok(value) => return Ok(value),
            Err(_) if typed.is_empty() => app.prompt.note(NEEDED),
            Err(refusal) => app.prompt.note(&format!("`{}` {refusal}", sanitize_untrusted(&typed))),
        }
    }
}

/// Where and as what to register, before the question for what comes out of it.
fn show_registration(app: &App, provider: &Provider) {
    let title = &provider.title;
    app.prompt.note(&match (&provider.register_at, &provider.docs) {
        (Some(place), _) => format!("register an application at {place}"),
        (None, Some(docs)) => format!("register an application in the settings of {title}; see {docs}"),
        (None, None) => format!("register an application in the settings of {title}"),
    });
    if let Some(hint) = &provider.register_hint {
        app.prompt.note(&format!("  note: {hint}"));
    }
    let uri = catalog::redirect_uri_to_register(provider);
    app.prompt.note(&match lacks_callback(provider) {
        true => format!("  redirect URI: an https address that is yours, such as {uri}"),
        false => format!("  redirect URI: {uri}"),
    });
}

/// The redirect URI that the person registered, with what it is served with where that is this machine.
fn callback(app: &App) -> Result<Vec<(String, String)>> {
    let judged = |value: &str| match catalog::parse_callback(value)? {
        CallbackUri::Loopback { .. } => Err("is not https".to_owned()),
        read => Ok((value.to_owned(), matches!(read, CallbackUri::LoopbackTls { .. }))),
    };
    let (address, is_local_machine) = answer(app, "redirect URI registered:", judged)?;
    let mut settings = vec![("callback".to_owned(), address)];
    if is_local_machine {
        settings.extend(certificate(app)?);
    }
    Ok(settings)
}

/// What an https address on this machine is served with; without it the answer is pasted.
fn certificate(app: &App) -> Result<Vec<(String, String)>> {
    let file = |value: &str| match std::path::absolute(value) {
        Ok(path) if path.is_file() => Ok(path.display().to_string()),
        _ => Err("is not a file".to_owned()),
    };
    let question = "file with a certificate for it, PEM (Enter alone: the answer is pasted):";
    let certificate = answer(app, question, |value| if value.is_empty() { Ok(String::new()) } else { file(value) })?;
    if certificate.is_empty() {
        return Ok(vec![("flow".to_owned(), "paste".to_owned())]);
    }
    let key = answer(app, "file with its private key, PEM:", file)?;
    Ok(vec![("callback_certificate".to_owned(), certificate), ("callback_key".to_owned(), key)])
}

fn lacks_callback(provider: &Provider) -> bool {
    provider.callback.is_none() && provider.accepted_redirect != AcceptedRedirect::Loopback
}

fn client_id(app: &App, provider: &Provider) -> Result<String> {
    let question = match provider.generic {
        true => "client id (Enter alone, if it registers programs by itself):",
        false => "client id:",
    };
    answer(app, question, |typed| match typed {
        "" if provider.generic => Ok(String::new()),
        "" => Err(String::new()),
        id if id.contains(char::is_whitespace) => Err("is more than one word".to_owned()),
        id => Ok(id.to_owned()),
    })
}

/// The client secret; none where the person has none and the device flow can do without.
fn secret(app: &App, provider: &Provider) -> Result<Option<Secret>> {
    let may_do_without = provider.endpoints.device_authorization.is_some() && !provider.quirks.device.secret_needed;
    let question = match may_do_without {
        true => "client secret, which is not shown (Enter alone: sign in with a device code, which needs none):",
        false => "client secret, which is not shown:",
    };
    loop {
        let typed = runtime::run(read_secret(question))?.ok_or(Error::Interrupted { signal: 2 })?;
        match typed.expose().trim() {
            "" if may_do_without => return Ok(None),
            "" => app.prompt.note(NEEDED),
            secret => return Ok(Some(Secret::new(secret))),
        }
    }
}
