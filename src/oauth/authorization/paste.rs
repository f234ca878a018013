//! The answer as a person brings it: the whole address at which the browser ended, its query, or the code that a page of
//! the provider's shows. It is held against the request as the listener and [`Request::judge`] do it with a callback.

use std::fmt;

use url::Url;

use super::{AuthorizationRequest, Code, query_pairs};
use crate::catalog::CodePageContent;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// Why what was pasted answers nothing: another paste may. It repeats none of it.
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
    /// What was not the answer is bad input; the answer to another request is a check that failed.
    fn from(error: PasteError) -> Self {
        if error.is_state_mismatch { Self::check(error.message) } else { Self::usage(error.message) }
    }
}

fn invalid<T>(message: impl Into<String>) -> std::result::Result<T, PasteError> {
    Err(PasteError { message: message.into(), is_state_mismatch: false })
}

fn state_mismatch<T>() -> std::result::Result<T, PasteError> {
    let message = "what was pasted is the answer to another sign-in: its `state` is not the one of this one".to_owned();
    Err(PasteError { message, is_state_mismatch: true })
}

impl AuthorizationRequest {
    /// Judges what a person pasted; `shows` where the browser ends at a page of the provider's that shows an answer.
    ///
    /// An address or a query needs the `state` of this request, and is then judged as a callback is. A code alone is
    /// taken only where the page shows nothing else, and only with PKCE, which ties it to this request in place of the
    /// `state` (RFC 9700 2.1.1); and never from a provider that promised to send `iss` (RFC 9207 2.4).
    ///
    /// # Errors
    /// [`Misfit`] where it answers nothing; inside, those of [`Request::judge`].
    pub fn validate_pasted(
        &self,
        text: &str,
        code_page: Option<CodePageContent>,
    ) -> std::result::Result<Result<Code>, PasteError> {
        // As it comes out of a mail or a chat.
        let text = text.trim().trim_matches(['"', '\'', '`', '<', '>']);
        if text.is_empty() {
            return invalid("nothing was pasted");
        }
        match (self.extract_query(text)?, code_page) {
            (Some(query), _) => self.validate_query(query),
            (None, _) if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                invalid("what was pasted is neither an address nor a code")
            }
            (None, None) => invalid(format!(
                "what was pasted is not the whole address, which begins with `{}` and has `code` and `state` in it",
                self.redirect_uri
            )),
            (None, Some(CodePageContent::Code)) => Ok(self.validate_bare_code(text)),
            (None, Some(CodePageContent::CodeAndState)) => self.validate_code_and_state(text),
        }
    }

    /// The query in a text that is an address or a query.
    fn extract_query<'a>(&self, text: &'a str) -> std::result::Result<Option<&'a str>, PasteError> {
        // Some append a fragment of their own, such as `#_=_`.
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
                true => invalid("that is the address to sign in at; paste the one where the browser is after that"),
                false => invalid(format!("that address is not `{}`, where the sign-in ends", self.redirect_uri)),
            };
        }
        Ok(Some(query))
    }

    fn validate_query(&self, query: &str) -> std::result::Result<Result<Code>, PasteError> {
        let has = |expected: &str| query_pairs(query).any(|(name, value)| name == expected && !value.is_empty());
        match (has("code") || has("error"), has("state")) {
            (false, _) => invalid("there is neither `code` nor `error` in what was pasted"),
            (true, false) => invalid("there is no `state` in what was pasted, which has to be the whole address"),
            (true, true) if !self.matches_state(query) => state_mismatch(),
            (true, true) => Ok(self.validate_callback(query)),
        }
    }

    /// `code#state`.
    fn validate_code_and_state(&self, text: &str) -> std::result::Result<Result<Code>, PasteError> {
        match text.rsplit_once('#') {
            Some((code, state)) if self.state.matches(state) && !code.is_empty() => Ok(self.code_without_iss(code)),
            Some((code, _)) if !code.is_empty() => state_mismatch(),
            _ => invalid("what was pasted is only a part: the page shows a code, `#` and more after it"),
        }
    }

    fn validate_bare_code(&self, text: &str) -> Result<Code> {
        match self.verifier {
            Some(_) => self.code_without_iss(text),
            None => Err(Error::check("a code alone is taken only with PKCE, which this provider does not know")),
        }
    }

    /// A code that came without `iss`.
    fn code_without_iss(&self, code: &str) -> Result<Code> {
        match self.iss_required {
            true => Err(Error::check("the code came without `iss`, which this provider says it always sends")),
            false => Ok(self.code(Secret::new(code))),
        }
    }
}

/// Whether an address as a person pastes it, perhaps without its scheme as browsers show it, is `expected`, whatever the
/// query. A slash at the end is no difference: servers of files add one.
fn is_same_page(pasted: &str, expected: &str) -> bool {
    let Ok(expected) = Url::parse(expected) else { return false };
    let whole = match pasted.contains("://") {
        true => pasted.to_owned(),
        // A scheme of an application's own has a colon and no slashes.
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

    /// The exit code of what was pasted; `None` where another paste is asked for.
    fn exit(request: &AuthorizationRequest, text: &str, code_page: Option<CodePageContent>) -> Option<u8> {
        let validated = request.validate_pasted(text, code_page).ok()?;
        Some(validated.map_or_else(|error| error.exit_code(), |_| 0))
    }

    #[test]
    fn the_answer_is_known_in_every_form_it_is_copied_in() {
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
            assert!(code.verifier.is_some() && code.redirect_uri == REDIRECT);
        }
    }

    #[test]
    fn an_answer_of_this_request_is_judged_as_a_callback_is() {
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
    fn what_answers_nothing_says_why_and_repeats_nothing() {
        let request = request(&provider(), None);
        let own = query(&request, "code=s3cret");
        for (text, message, code) in [
            (String::new(), "nothing", 2),
            (format!("{REDIRECT}?code=s3cret&state=other"), "another sign-in", 1),
            (format!("{REDIRECT}?error=access_denied&state=other"), "another sign-in", 1),
            (format!("{REDIRECT}?{own}&state=other"), "another sign-in", 1),
            (format!("{REDIRECT}?code=s3cret"), "no `state`", 2),
            (format!("{REDIRECT}?code=s3cret&state="), "no `state`", 2),
            (format!("{REDIRECT}?{}", query(&request, "s3cret=1")), "neither `code`", 2),
            (format!("{REDIRECT}?{}", query(&request, "code=&s3cret=1")), "neither `code`", 2),
            (REDIRECT.to_owned(), "neither `code`", 2),
            (request.url().expose().to_owned(), "to sign in at", 2),
            (format!("https://s3cret.example/callback/?{own}"), "is not `http://127.0.0.1:4711/callback/`", 2),
            (format!("https://127.0.0.1:4711/callback/?{own}"), "is not `http:", 2),
            (format!("http://127.0.0.1:4712/callback/?{own}"), "is not `http:", 2),
            (format!("http://127.0.0.1:4711/other?{own}"), "is not `http:", 2),
            (format!("http://127.0.0.1:4711@s3cret.example/callback/?{own}"), "is not `http:", 2),
            ("s3cret".to_owned(), "not the whole address", 2),
            (format!("s3cret#{}", request.state.expose()), "not the whole address", 2),
            ("my s3cret".to_owned(), "neither an address nor a code", 2),
            ("s3cr\u{e9}t".to_owned(), "neither an address nor a code", 2),
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
    fn a_code_alone_is_taken_where_the_page_shows_nothing_else_and_pkce_ties_it() {
        let bare = Some(CodePageContent::Code);
        let tied = request(&provider(), None);
        assert_eq!(exit(&tied, "4/0Ab_c==", bare), Some(0));
        assert_eq!(exit(&tied, &format!("{REDIRECT}?code=c&state=other"), bare), None, "a state that is there counts");
        let mut row = provider();
        row.pkce = Pkce::No;
        assert_eq!(exit(&request(&row, None), "c", bare), Some(1), "nothing ties it");
        let promised = Metadata { authorization_response_iss_parameter_supported: true, ..metadata() };
        assert_eq!(exit(&request(&provider(), Some(&promised)), "c", bare), Some(1), "`iss` was promised");
    }

    #[test]
    fn a_code_with_its_state_is_taken_where_the_page_shows_both() {
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
