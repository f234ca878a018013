//! Responses at a metadata URL that are no metadata.

use http::header::LOCATION;

use super::{HttpResponse, error_response};
use crate::catalog;

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

#[cfg(test)]
mod tests {
    use super::super::test_data::response;
    use super::*;

    #[test]
    fn redirect_target_is_described_without_its_query() {
        let mut redirect = response(302, "", "");
        redirect.headers_mut().insert(LOCATION, "https://me:pw@login.example/x?session=1#f".parse().unwrap());
        let described = NotMetadata::detect(&redirect).unwrap().describe();
        assert!(described.contains("`https://…@login.example/x`"), "{described}");
    }
}
