//! Resolves a provider name and its settings to a complete [`Provider`], or reports what is missing.
//!
//! The rows are in `catalog.toml`, so adding a provider needs no Rust code. [`Provider`] has the keys of a row and those
//! of `[providers.NAME]` in the configuration; `config` lists which ones a user may set. [`resolve()`] merges flags,
//! environment, configuration and row. Discovery follows later, in the modules that use the network.

mod allow_rule;
mod client_secret;
mod evidence;
mod layers;
mod logos;
mod lookup;
mod provider;
mod quirks;
mod redirect_rules;
mod registration;
mod registration_rules;
mod resolve;
mod row;
mod scopes;
mod settings;
mod urls;

pub use allow_rule::AllowRule;
pub use evidence::{Access, Evidence};
pub use layers::{AuthEnvironment, ConfiguredProviders, Overrides};
pub use lookup::{alias_note, canonical, is_known_host, nearest, require_known, supports_pkce, token_variable};
pub use provider::{Flow, KnownEndpoints, Pkce, Probe, ProfilePaths, Provider, Setting, title_tells};
pub use quirks::PollSignals;
pub(crate) use quirks::RESPONSE_PREFIX;
pub use redirect_rules::{AcceptedRedirect, CodePage, CodePageContent, RedirectRules, document_redirect_uris};
pub use registration::{REGISTERED_PORT, RegistrationForm, redirect_uri_to_register};
pub use registration_rules::{AppManifestRules, ClientKind, RegistrationApi, RegistrationRules};
pub use resolve::{expand_scopes, missing_settings, resolve};
pub use row::rows;
pub use scopes::{is_reserved_param, is_scope};
pub use urls::{
    CallbackUri, NetworkScope, is_loopback, is_same_issuer, parse_callback, redact_userinfo, validate_client_document,
    validate_endpoint, validate_home, validate_issuer, validate_resource,
};

#[cfg(feature = "internals")]
pub use self::{
    provider::SettingKind,
    quirks::DeviceQuirks,
    redirect_rules::PortRule,
    row::{Catalog, is_loaded},
    urls::is_local_machine,
};
pub use crate::session::{ParameterLocation, RequestFormat};
