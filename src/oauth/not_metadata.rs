//! Responses at a metadata URL that are no metadata.

use http::header::LOCATION;

use super::{HttpResponse, error_response, host_of};
use crate::catalog;
use crate::error::{Error, Remedy};
use crate::sanitize::{sanitize_untrusted, shell_quote};

/// Response other than metadata that hints at the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotMetadata {
    Page,
    /// Redirect to another origin, with its target.
    Redirect(String),
}

impl NotMetadata {
    pub fn detect(response: &HttpResponse) -> Option<Self> {
        let is_page = || {
            error_response::content_type(response).contains("html")
                || response.body().trim_ascii_start().starts_with(b"<")
        };
        match response.status() {
            status if status.is_redirection() => {
                let target = response.headers().get(LOCATION).and_then(|target| target.to_str().ok());
                // The query may hold anything.
                let target = target.unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
                Some(Self::Redirect(catalog::redact_userinfo(target)))
            }
            status if status.is_success() && is_page() => Some(Self::Page),
            _ => None,
        }
    }

    pub fn describe(&self) -> String {
        match self {
            Self::Page => "received a web page instead (from a captive portal or a proxy?)".to_owned(),
            Self::Redirect(target) => {
                format!("received a redirect to `{target}`, which is not followed (from a captive portal or a proxy?)")
            }
        }
    }
}

/// Error if none of the [`metadata_urls`](super::discovery::metadata_urls) has metadata. A retry may help if something else than the server responded,
/// or if a protected resource, not the user, names the issuer: then `provider` is `None`, else the name to configure.
pub fn not_found(issuer: &str, instead: Option<&NotMetadata>, provider: Option<&str>) -> Error {
    let (host, issuer) = (host_of(issuer), sanitize_untrusted(issuer));
    let message = format!("`{host}` has no sign-in metadata for the issuer `{issuer}`");
    match (instead, provider) {
        (Some(instead), _) => Error::network_with(Remedy::Portal, format!("{message}: {}", instead.describe())),
        (None, None) => Error::network_with(Remedy::ResourceServer, message),
        (None, Some(name)) => Error::Usage {
            message,
            hint: Some(format!(
                "check the issuer; if it is right, the provider has no metadata, so name its endpoints:\n\
                 {{program}} providers add {} --set authorization_endpoint=URL --set token_endpoint=URL",
                shell_quote(name)
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_data::response;
    use super::*;

    #[test]
    fn exit_code_says_if_a_retry_may_help() {
        let code =
            |instead: Option<&NotMetadata>, provider| not_found("https://id.example", instead, provider).exit_code();
        assert_eq!(code(None, None), 6, "the operator of the resource may mend it");
        assert_eq!(code(Some(&NotMetadata::Page), Some("acme")), 6, "a captive portal responded");
        assert_eq!(code(None, Some("acme")), 2);
    }

    #[test]
    fn redirect_target_is_described_without_its_query() {
        let mut redirect = response(302, "", "");
        redirect.headers_mut().insert(LOCATION, "https://me:pw@login.example/x?session=1#f".parse().unwrap());
        let described = NotMetadata::detect(&redirect).unwrap().describe();
        assert!(described.contains("`https://…@login.example/x`"), "{described}");
    }
}
