//! What a user enters at a provider, and in which command, to get a client.

use crate::sanitize::{shell_quote, single_line};

/// What a user enters to get a client; boxed, because it would make every error larger.
#[derive(Debug)]
pub struct ClientNeeds {
    /// Fields of the provider's page, each with what to enter; `{application}` stands for the program's name and
    /// `{program}` for its own command.
    pub fields: Vec<(String, String)>,
    /// Settings that are missing too, each with an explanation.
    pub settings: Vec<(String, Option<String>)>,
}

impl ClientNeeds {
    /// Page, fields and the command that stores the client id.
    pub(super) fn hint(&self, provider: &str, register_at: Option<&str>, secret_required: bool) -> String {
        let page = match register_at {
            Some(url) => format!("at {}", shell_quote(url)),
            None => "in the provider's developer settings (the catalog does not know the page)".to_owned(),
        };
        let field = |(field, value): &(String, String)| format!("\n  {}: {}", single_line(field), single_line(value));
        let fields: String = self.fields.iter().map(field).collect();
        let command = register_command(provider, &self.settings, secret_required);
        format!("register an application {page}:{fields}\nthen\n{{program}} {command}")
    }
}

fn register_command(provider: &str, settings: &[(String, Option<String>)], secret_required: bool) -> String {
    let name = shell_quote(provider);
    let settings: String = settings
        .iter()
        .map(|(key, _)| format!(" --set {}", shell_quote(&format!("{key}={}", key.to_uppercase()))))
        .collect();
    match (provider.contains("://"), secret_required) {
        (true, _) => format!("signin {name} --client-id ID"),
        (false, true) => format!("providers add {name}{settings} --client-id ID --client-secret-stdin"),
        (false, false) => format!("providers add {name}{settings} --client-id ID"),
    }
}
