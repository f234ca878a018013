//! GitHub App from a manifest: the user presses two buttons, and id and secret of the new app come back by themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

use crate::app::{App, runtime};
use crate::callback_server::{ManifestForm, ManifestPage, ManifestServer, Page};
use crate::catalog::{AppManifestRules, Provider, redirect_uri_to_register};
use crate::error::{Error, Result};
use crate::oauth::app_manifest::{self, AppManifest, CreatedApp};
use crate::secret::Secret;

/// Time limit for the two buttons; GitHub's own is an hour.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Home page of an app whose user has none: GitHub requires one.
const NO_HOME: &str = "http://127.0.0.1";

/// Permissions without a choice: what a sign-in asks about the account.
const DEFAULT_PERMISSIONS: [(&str, &str); 1] = [("emails", "read")];

/// App to create.
#[derive(Debug, Default)]
pub struct NewApp {
    /// Permissions: `contents` → `write`.
    pub permissions: BTreeMap<String, String>,
    /// Organization that owns the app; the user without one.
    pub organization: Option<String>,
}

/// App that was created, in the words of the configuration.
pub struct RegisteredApp {
    pub client_id: String,
    pub client_secret: Secret,
    pub name: String,
    pub owner: Option<String>,
    /// Page at which the owner manages and deletes the app.
    pub settings_page: String,
    /// Page at which the app is installed on repositories.
    pub install_page: String,
}

/// Creates an app at a provider with `rules`. `keep` stores its client before the browser shows success: the provider
/// gives the secret once.
///
/// # Errors
/// [`Error::TimedOut`] if the user presses no button, [`Error::Network`] and [`Error::Check`] if the app is unknown or
/// unusable, and the errors of `keep`.
pub fn create(
    app: &App,
    provider: &Provider,
    rules: &AppManifestRules,
    new: &NewApp,
    keep: impl FnOnce(&RegisteredApp) -> Result<()>,
) -> Result<RegisteredApp> {
    let server = ManifestServer::bind()?;
    let (name, redirect_url) = (app_name(&app.name)?, server.redirect_url());
    let permissions: BTreeMap<String, String> =
        DEFAULT_PERMISSIONS.iter().map(|(name, level)| ((*name).to_owned(), (*level).to_owned())).collect();
    let permissions = permissions.into_iter().chain(new.permissions.clone()).collect();
    let manifest = AppManifest {
        name: &name,
        home: provider.home.as_deref().unwrap_or(NO_HOME),
        redirect_url: &redirect_url,
        callback: &redirect_uri_to_register(provider),
        permissions: &permissions,
    };
    let action = format!("{}{}/settings/apps/new", rules.web, owner_path(new.organization.as_deref()));
    let (title, manifest) = (provider.title.as_str(), manifest.document().to_string());
    let page = server.serve(&ManifestForm { program: &app.program, title, action: &action, manifest: &manifest });
    let may_open = app.browser.unavailable_reason().is_none();
    let opened = may_open.then(|| app.browser.open(page.launch_url()));
    app.show_page(&format!("{title} and create an app"), page.printed_url(), opened);
    let created = runtime::run(async {
        let code = wait_for_code(app, &page).await?;
        // A later failure is one that the waiting browser is told, too.
        Ok::<_, Error>(convert(app, provider, rules, &code).await)
    })?;
    let kept = created.and_then(|created| {
        let created = registered(created, rules, new.organization.as_deref());
        keep(&created).map(|()| created)
    });
    runtime::run(async {
        match &kept {
            Ok(created) => page.finish(Ok(&created.install_page)).await,
            Err(error) => page.finish(Err(failure_page(app, error))).await,
        }
        Ok(())
    })?;
    kept
}

/// Name that nobody else has: the names of apps are unique, and GitHub's page lets the user change it.
fn app_name(program: &str) -> Result<String> {
    let mut drawn = [0; 3];
    SystemRandom::new().fill(&mut drawn).map_err(Error::no_random_numbers)?;
    let [a, b, c] = drawn;
    Ok(format!("{program}-{a:02x}{b:02x}{c:02x}"))
}

fn owner_path(organization: Option<&str>) -> String {
    organization.map(|organization| format!("/organizations/{organization}")).unwrap_or_default()
}

async fn wait_for_code(app: &App, page: &ManifestPage) -> Result<Secret> {
    let _shown = app.prompt.start_waiting("the new app", TIMEOUT);
    tokio::select! {
        biased;
        () = page.contested() => Err(Error::check(
            "two browsers opened the page, and one of them may be another user's: no app is stored",
        )),
        code = page.code() => Ok(code),
        () = app.clock.sleep(TIMEOUT) => Err(Error::TimedOut {
            action: "registration".to_owned(),
            after: TIMEOUT,
            meanwhile: page.rejections().summary(),
        })
    }
}

/// Exchanges the code at once: it is good for one app and one hour.
async fn convert(app: &App, provider: &Provider, rules: &AppManifestRules, code: &Secret) -> Result<CreatedApp> {
    let request = app_manifest::conversion_request(&rules.api, code)?;
    let response = app.http_with_ca(provider.ca_file.as_deref()).send_async(request).await?;
    app_manifest::parse_conversion(&response, &rules.api, &rules.web)
}

fn registered(created: CreatedApp, rules: &AppManifestRules, organization: Option<&str>) -> RegisteredApp {
    let page = created.page.trim_end_matches('/');
    let slug = page.rsplit('/').next().unwrap_or_default();
    RegisteredApp {
        settings_page: format!("{}{}/settings/apps/{slug}", rules.web, owner_path(organization)),
        install_page: format!("{page}/installations/new"),
        client_id: created.client_id,
        client_secret: created.client_secret,
        name: created.name,
        owner: created.owner,
    }
}

fn failure_page(app: &App, error: &Error) -> Page {
    Page::failure(&app.program, "The app could not be registered", vec![error.to_string()])
}
