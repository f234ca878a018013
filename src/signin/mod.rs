//! `signin`: signs a user in to a provider by browser, device code or paste, and stores the session (RFC 8252, 7636,
//! 8628, 9207, OpenID Connect Core 3.1).
//!
//! Order of steps: bind, prompt, open the browser, wait, exchange, check, store. The browser gets its final page only
//! after the session is stored.

mod account;
mod allow_list;
mod api_registration;
mod brought_token;
mod browser_flow;
mod build_session;
mod client_check;
mod client_registration;
mod code_exchange;
mod demo_approval;
mod device_flow;
mod discovery;
mod failure_page;
mod fallback_hint;
mod flow;
mod flow_context;
mod legacy_server;
mod mix_up;
mod moved;
mod options;
mod paste_flow;
mod picker;
mod plan;
mod protected_resource;
mod provider_check;
mod question;
mod redirect;
mod register;
mod rejection_report;
mod requirements;
mod resource_probe;
mod run;
mod scopes;
mod target;
mod typed_flags;
mod with_token;

use crate::catalog::{AcceptedRedirect, Flow, Provider};
use crate::error::Error;
use crate::sanitize::shell_quote;

pub use client_registration::{can_register, gets_client};
pub use options::{CompletedFlow, SigninOptions, SigninResult, TimeLimit};
pub use picker::{PickerEntry, PickerOptions, signin_with_picker};
pub use provider_check::{ProviderCheck, check_provider};
pub use register::register;
pub use run::signin;
pub use scopes::OFFLINE_ACCESS;
pub use typed_flags::TypedFlags;
pub use with_token::{TokenSigninOptions, signin_with_token};

/// Next command for a `provider` that has just been configured: its sign-in, or the command that supplies a missing
/// setting. `{program}` stands for the program's name.
pub fn next_command(provider: &Provider, has_secret: bool) -> String {
    let name = shell_quote(&provider.name);
    if provider.client_id.is_none() && client_registration::can_register(provider) {
        return format!("{{program}} signin {name}");
    }
    if let Err(Error::Usage { hint: Some(hint), .. }) = provider.require_secret(has_secret) {
        return hint;
    }
    let lacks_callback = provider.flow != Some(Flow::Device) && provider.check_callback().is_err();
    match provider.redirect.accepts {
        AcceptedRedirect::Https if lacks_callback => format!("{{program}} signin {name} --paste"),
        AcceptedRedirect::Domain if lacks_callback => format!("{{program}} providers add {name} --set callback=URI"),
        _ => format!("{{program}} signin {name}"),
    }
}
