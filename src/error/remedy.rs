//! Next steps after a failed check.

/// Next step after a failed check of data from the provider. A sign-in knows more and may name a command instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Nothing on this side helps.
    Provider,
    /// The message says what helps, or that nothing does.
    InMessage,
    /// The data belongs to another request or an older state.
    SignInAgain,
    /// The pasted code is not enough.
    WholeUrl,
    /// The clock of this machine may be wrong.
    Clock,
    /// The typed or configured URL may be wrong.
    Url,
    /// The configuration can name the endpoint.
    Endpoint,
    /// The client can be registered by hand.
    OwnClient,
    /// The client can get ID tokens in another form.
    IdTokenFormat,
    /// The client secret is missing or wrong.
    ClientSecret,
    /// `openid` was granted without an ID token, which other scopes do not need.
    OtherScopes,
    /// The provider does not support `max_age`.
    NoMaxAge,
    /// The sign-in at the provider is too old.
    Login,
    /// The sign-in at the provider is too weak.
    Acr,
}

impl Remedy {
    /// Hint; `program` is the command that runs this program.
    pub(super) fn hint(self, program: &str) -> Option<String> {
        let text = match self {
            Self::InMessage => return None,
            Self::Clock => return Some(format!("compare the clock with the provider's: {program} doctor")),
            Self::Provider => "nothing on this machine helps; report the message to the provider",
            Self::SignInAgain => "sign in again; if that fails too, report the message to the provider",
            Self::WholeUrl => "sign in again and paste the whole URL that the browser ends up at",
            Self::Url => "check the URL as typed or configured; if it is right, report this to the provider",
            Self::Endpoint => "set the endpoints of the provider in config.toml, or report this to the provider",
            Self::OwnClient => "register a client at the provider and sign in with --client-id ID",
            Self::IdTokenFormat => "at the provider, let the client get ID tokens signed with RS256 and not encrypted",
            Self::ClientSecret => "sign in with the client secret: --client-id ID --client-secret-stdin",
            Self::OtherScopes => "sign in with --scope and without the scope openid",
            Self::NoMaxAge => "sign in with --prompt login instead of --max-age",
            Self::Login => "sign in with --prompt login",
            Self::Acr => "use a stronger way to sign in at the provider, or omit --acr",
        };
        Some(text.to_owned())
    }
}
