//! Next steps after an error.

/// Next step after an error whose message is free text. A sign-in knows more and may name a command instead.
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
    /// A retry may help.
    Retry,
    /// The response says when to retry.
    RetryLater,
    /// Another process of this program holds the lock.
    OtherProcess,
    /// The host has no address.
    Host,
    /// Nothing listens at the address.
    Address,
    /// The proxy that this variable names failed.
    Proxy(&'static str),
    /// The proxy that this variable names requires a password.
    ProxyPassword(&'static str),
    /// The certificate authority of the server is unknown.
    CertificateAuthority,
    /// The `ca_file` lacks the certificate authority of the server.
    CaFile,
    /// The certificate is for another host.
    CertificateHost,
    /// The server does not speak TLS.
    Plaintext,
    /// A captive portal or proxy may have responded.
    Portal,
    /// The server that a protected resource names is at fault.
    ResourceServer,
    /// The user or an administrator can allow the access.
    ApproveAccess,
    /// The token that the user gave is not valid, or for another provider.
    NewToken,
    /// Another account may sign in.
    OtherAccount,
    /// The label must be another one.
    OtherLabel,
    /// A key or value of `config.toml` is wrong.
    ConfigKeys,
    /// The file cannot be read.
    FileAccess,
    /// A newer version of this program wrote the file.
    Update,
    /// `HOME` is missing or wrong.
    Home,
    /// The system has no more threads, memory or open files.
    Resources,
    /// The command needs a terminal.
    Terminal,
    /// Ports are taken or reserved.
    Port,
    /// This machine may be at fault in a way that the checks find.
    Doctor,
}

impl Remedy {
    /// Hint; `program` is the command that runs this program.
    pub(super) fn hint(self, program: &str) -> Option<String> {
        let text = match self {
            Self::InMessage => return None,
            Self::Retry => {
                return Some(format!("run the command again later; to check the connection: {program} doctor"));
            }
            Self::Host => return Some(format!("check the host name; to check the connection: {program} doctor")),
            Self::Doctor => return Some(format!("check this machine: {program} doctor")),
            Self::Proxy(variable) => return Some(format!("correct or unset {variable}, or add the host to NO_PROXY")),
            Self::ProxyPassword(variable) => return Some(format!("export {variable}=http://USER:PASSWORD@PROXY:PORT")),
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
            Self::RetryLater => "wait, then run the command again",
            Self::OtherProcess => "wait until the other process is done, or end it, then run the command again",
            Self::Address => {
                "check the host and the port; if they are right, the server is down: run the command again later"
            }
            Self::CertificateAuthority => {
                "name the PEM file of the certificate authority that you trust:\nexport SSL_CERT_FILE=FILE"
            }
            Self::CaFile => "add the certificate authority of the server to the `ca_file`",
            Self::CertificateHost => "use the host name that the certificate is for",
            Self::Plaintext => "check the port: https usually has 443",
            Self::Portal => {
                "if this network has a sign-in page, open it in a browser and sign in there; otherwise check the URL"
            }
            Self::ResourceServer => {
                "run the command again later; if that fails too, report the message to the operator"
            }
            Self::ApproveAccess => {
                "sign in again and approve the request; if you did, an administrator of the provider must allow it"
            }
            Self::NewToken => "create a new token at the provider and store that one",
            Self::OtherAccount => "sign in with an account that an `allow` rule matches: --prompt select_account",
            Self::OtherLabel => "choose another --label",
            Self::ConfigKeys => "correct the file; mycli-config(5) lists its keys and their values",
            Self::FileAccess => "check the path, the owner and the mode of the file",
            Self::Update => "update this program",
            Self::Home => "export HOME=DIRECTORY, with the absolute path of a directory that you own",
            Self::Resources => {
                "end other programs or raise the limits of the shell (ulimit -a), then run the command again"
            }
            Self::Terminal => "run the command in a terminal, or give the values as flags",
            Self::Port => "end a program that listens on this port, or choose another --port",
            Self::Acr => "use a stronger way to sign in at the provider, or omit --acr",
        };
        Some(text.to_owned())
    }
}
