//! Pasted callbacks: the whole URL at which the browser ended, its query, or the code that a page of the provider
//! shows. Validated as the callback server and [`AuthorizationRequest::validate_callback`] validate a redirect.

use std::fmt;

use url::Url;

use super::{AuthorizationRequest, Code, query_pairs};
use crate::catalog::CodePageContent;
use crate::error::{Error, Remedy, Result};
use crate::secret::Secret;

/// Reason why the pasted text is unusable; the user may paste again. Repeats none of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasteError {
    message: String,
    is_state_mismatch: bool,
}

impl fmt::Display for PasteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<PasteError> for Error {
    /// Malformed text is bad input; a callback of another request is a failed check.
    fn from(error: PasteError) -> Self {
        match error.is_state_mismatch {
            true => Self::check_with(Remedy::SignInAgain, error.message),
            false => Self::usage(error.message),
        }
    }
}

fn invalid<T>(message: impl Into<String>) -> std::result::Result<T, PasteError> {
    Err(PasteError { message: message.into(), is_state_mismatch: false })
}

fn state_mismatch<T>() -> std::result::Result<T, PasteError> {
    let message = "the pasted URL belongs to another sign-in: its `state` does not match".to_owned();
    Err(PasteError { message, is_state_mismatch: true })
}

impl AuthorizationRequest {
    /// Validates pasted text; `code_page` if the browser ends at a page of the provider that shows the code.
    ///
    /// A URL or query needs the `state` of this request and is then validated as a callback. A bare code is accepted
    /// only if the page shows nothing else, and only with PKCE, which binds it to this request in place of `state` (RFC
    /// 9700 2.1.1); and never from a provider that promises `iss` (RFC 9207 2.4).
    ///
    /// # Errors
    /// [`PasteError`] if the text is unusable; inside, those of [`AuthorizationRequest::validate_callback`].
    pub fn validate_pasted(
        &self,
        text: &str,
        code_page: Option<CodePageContent>,
    ) -> std::result::Result<Result<Code>, PasteError> {
        // Text copied from a mail or a chat.
        let text = text.trim().trim_matches(['"', '\'', '`', '<', '>']);
        if text.is_empty() {
            return invalid("nothing was pasted");
        }
        match (self.extract_query(text)?, code_page) {
            (Some(query), _) => self.validate_query(query),
            (None, _) if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                invalid("the pasted text is neither a URL nor a code")
            }
            (None, None) => invalid(format!(
                "the pasted text is not the whole URL: it must start with `{}` and contain `code` and `state`",
                self.redirect_uri
            )),
            (None, Some(CodePageContent::Code)) => Ok(self.validate_bare_code(text)),
            (None, Some(CodePageContent::CodeAndState)) => self.validate_code_and_state(text),
        }
    }

    fn extract_query<'a>(&self, text: &'a str) -> std::result::Result<Option<&'a str>, PasteError> {
        // Some providers append a fragment, such as `#_=_`.
        let url = text.split_once('#').map_or(text, |(url, _)| url);
        let is_pair = |(name, _): (String, String)| matches!(name.as_str(), "code" | "state" | "error");
        let (base, query) = match url.split_once('?') {
            Some(parts) => parts,
            None if query_pairs(url).any(is_pair) && !url.contains("://") => ("", url),
            None if url.contains("://") => (url, ""),
            None => return Ok(None),
        };
        if !base.is_empty() && !is_same_page(base, &self.redirect_uri) {
            return match is_same_page(base, self.url.expose()) {
                true => invalid("the pasted URL is where the sign-in starts, not where the browser ends up"),
                false => invalid(format!("the pasted URL is not `{}`, where the sign-in ends", self.redirect_uri)),
            };
        }
        Ok(Some(query))
    }

    fn validate_query(&self, query: &str) -> std::result::Result<Result<Code>, PasteError> {
        let has = |expected: &str| query_pairs(query).any(|(name, value)| name == expected && !value.is_empty());
        match (has("code") || has("error"), has("state")) {
            (false, _) => invalid("the pasted URL has neither `code` nor `error`"),
            (true, false) => invalid("the pasted text has no `state`: it is not the whole URL"),
            (true, true) if !self.matches_state(query) => state_mismatch(),
            (true, true) => Ok(self.validate_callback(query)),
        }
    }

    fn validate_code_and_state(&self, text: &str) -> std::result::Result<Result<Code>, PasteError> {
        match text.rsplit_once('#') {
            Some((code, state)) if self.state.matches(state) && !code.is_empty() => Ok(self.code_without_iss(code)),
            Some((code, _)) if !code.is_empty() => state_mismatch(),
            _ => invalid("the pasted code is incomplete: the page shows a code, `#` and more after it"),
        }
    }

    fn validate_bare_code(&self, text: &str) -> Result<Code> {
        match self.verifier {
            Some(_) => self.code_without_iss(text),
            None => Err(Error::check_with(
                Remedy::WholeUrl,
                "a code without `state` requires PKCE, which this provider does not support",
            )),
        }
    }

    /// Accepts a code without `iss`, unless the provider promises `iss`.
    fn code_without_iss(&self, code: &str) -> Result<Code> {
        match self.iss_required {
            true => {
                Err(Error::check_with(Remedy::WholeUrl, "the code has no `iss`, which this provider promises to send"))
            }
            false => Ok(self.code(Secret::new(code))),
        }
    }
}

/// Returns true if a pasted URL, perhaps without its scheme as browsers show it, is `expected`, ignoring the query and
/// trailing slashes, which file servers add.
fn is_same_page(pasted: &str, expected: &str) -> bool {
    let Ok(expected) = Url::parse(expected) else { return false };
    let whole = match pasted.contains("://") {
        true => pasted.to_owned(),
        // A custom scheme has a colon and no slashes.
        false if pasted.starts_with(&format!("{}:", expected.scheme())) => pasted.to_owned(),
        false => format!("{}://{pasted}", expected.scheme()),
    };
    let location = |url: &Url| {
        let path = url.path().trim_end_matches('/').to_owned();
        (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default(), path)
    };
    Url::parse(&whole).is_ok_and(|url| location(&url) == location(&expected))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{REDIRECT, query, request, request_with};
    use super::*;
    use crate::catalog::Pkce;
    use crate::oauth::discovery::Metadata;
    use crate::oauth::test_data::{ISSUER, metadata, provider};

    /// Exit code of the pasted text; `None` if the user may paste again.
    fn exit(request: &AuthorizationRequest, text: &str, code_page: Option<CodePageContent>) -> Option<u8> {
        let validated = request.validate_pasted(text, code_page).ok()?;
        Some(validated.map_or_else(|error| error.exit_code(), |_| 0))
    }

    #[test]
    fn pasted_url_is_accepted_in_any_form() {
        let request = request(&provider(), None);
        let query = query(&request, "code=c");
        for text in [
            format!("{REDIRECT}?{query}"),
            format!("  {REDIRECT}?{query}\r\n"),
            format!("<{REDIRECT}?{query}>"),
            format!("{REDIRECT}?{query}#_=_"),
            format!("{}?{query}", REDIRECT.trim_end_matches('/')),
            format!("{}?{query}", REDIRECT.trim_start_matches("http://")),
            format!("HTTP://127.0.0.1:4711/callback/?{query}"),
            format!("?{query}"),
            query.clone(),
        ] {
            let code = request.validate_pasted(&text, None).expect(&text).expect(&text);
            assert_eq!(code.code.expose(), "c", "{text}");
            assert!(code.verifier.is_some() && *code.redirect_uri == REDIRECT);
        }
    }

    #[test]
    fn pasted_url_is_validated_as_a_callback() {
        let request = request(&provider(), Some(&metadata()));
        for (rest, expected) in [
            (format!("code=c&iss={ISSUER}"), 0),
            ("code=c&iss=https://evil.example".to_owned(), 1),
            ("code=c&code=d".to_owned(), 1),
            ("error=access_denied".to_owned(), 4),
            ("error=access_denied&iss=https://evil.example".to_owned(), 1),
            ("error=temporarily_unavailable".to_owned(), 6),
        ] {
            let url = format!("{REDIRECT}?{}", query(&request, &rest));
            assert_eq!(exit(&request, &url, None), Some(expected), "{rest}");
        }
    }

    #[test]
    fn unusable_text_is_rejected_without_repeating_it() {
        let request = request(&provider(), None);
        let own = query(&request, "code=s3cret");
        for (text, message, code) in [
            (String::new(), "nothing", 2),
            (format!("{REDIRECT}?code=s3cret&state=other"), "another sign-in", 1),
            (format!("{REDIRECT}?error=access_denied&state=other"), "another sign-in", 1),
            (format!("{REDIRECT}?{own}&state=other"), "another sign-in", 1),
            (format!("{REDIRECT}?code=s3cret"), "has no `state`", 2),
            (format!("{REDIRECT}?code=s3cret&state="), "has no `state`", 2),
            (format!("{REDIRECT}?{}", query(&request, "s3cret=1")), "neither `code`", 2),
            (format!("{REDIRECT}?{}", query(&request, "code=&s3cret=1")), "neither `code`", 2),
            (REDIRECT.to_owned(), "neither `code`", 2),
            (request.url().expose().to_owned(), "where the sign-in starts", 2),
            (format!("https://s3cret.example/callback/?{own}"), "is not `http://127.0.0.1:4711/callback/`", 2),
            (format!("https://127.0.0.1:4711/callback/?{own}"), "is not `http:", 2),
            (format!("http://127.0.0.1:4712/callback/?{own}"), "is not `http:", 2),
            (format!("http://127.0.0.1:4711/other?{own}"), "is not `http:", 2),
            (format!("http://127.0.0.1:4711@s3cret.example/callback/?{own}"), "is not `http:", 2),
            ("s3cret".to_owned(), "not the whole URL", 2),
            (format!("s3cret#{}", request.state.expose()), "not the whole URL", 2),
            ("my s3cret".to_owned(), "neither a URL nor a code", 2),
            ("s3cr\u{e9}t".to_owned(), "neither a URL nor a code", 2),
        ] {
            let error = request.validate_pasted(&text, None).expect_err(&text);
            let error = Error::from(error);
            assert!(error.to_string().contains(message), "{text}: {error}");
            assert!(!error.to_string().contains("s3cret"), "{text}: {error}");
            assert!(!error.to_string().contains(request.state.expose()), "{text}: {error}");
            assert_eq!(error.exit_code(), code, "{text}");
        }
    }

    #[test]
    fn bare_code_needs_a_code_page_and_pkce() {
        let bare = Some(CodePageContent::Code);
        let tied = request(&provider(), None);
        assert_eq!(exit(&tied, "4/0Ab_c==", bare), Some(0));
        assert_eq!(
            exit(&tied, &format!("{REDIRECT}?code=c&state=other"), bare),
            None,
            "a `state` is checked if present"
        );
        let mut row = provider();
        row.pkce = Pkce::No;
        assert_eq!(exit(&request(&row, None), "c", bare), Some(1), "no PKCE");
        let promised = Metadata { authorization_response_iss_parameter_supported: true, ..metadata() };
        assert_eq!(exit(&request(&provider(), Some(&promised)), "c", bare), Some(1), "`iss` was promised");
    }

    #[test]
    fn code_with_state_needs_a_page_that_shows_both() {
        let both = Some(CodePageContent::CodeAndState);
        let mut row = provider();
        row.pkce = Pkce::No;
        let request = request_with(&row, None, &[], &super::super::AuthorizationParams::default());
        let state = request.state.expose();
        let validated = request.validate_pasted(&format!("a#b#{state}"), both).expect("both").expect("right");
        assert_eq!(validated.code.expose(), "a#b");
        for wrong in ["c", "c#", &format!("#{state}"), "c#other", &format!("c#{state}x"), &format!("{state}#c")] {
            assert_eq!(exit(&request, wrong, both), None, "{wrong}");
        }
    }
}
