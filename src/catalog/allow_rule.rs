//! Rules of `allow`, which name the accounts that may sign in.

/// One rule of `allow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowRule<'a> {
    /// `@corp.example`: accounts with a verified e-mail address in this domain; subdomains do not match.
    Domain(&'a str),
    /// `ada@corp.example`: the account with this verified e-mail address.
    Email(&'a str),
    /// `tid=…`, `hd=corp.example`, `groups=admins`: accounts with a claim of this name that equals the value or is a
    /// list that contains it.
    Claim(&'a str, &'a str),
    /// Anything else: the account with this label or subject.
    Account(&'a str),
}

impl<'a> AllowRule<'a> {
    /// Parses a rule. Rejects a rule that can never match, because it is a mistake.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        if text.is_empty() || text != text.trim() {
            return Err("has a rule that is empty or has spaces around it".to_owned());
        }
        if let Some(domain) = text.strip_prefix('@') {
            let is_plain = !domain.is_empty() && !domain.contains(['@', '*', ' ', '=']);
            return is_plain
                .then_some(Self::Domain(domain))
                .ok_or_else(|| format!("has `{text}`, which is not a domain"));
        }
        match text.split_once('=') {
            Some(("", _) | (_, "")) => Err(format!("has `{text}`, which is not CLAIM=VALUE")),
            Some((claim, value)) => Ok(Self::Claim(claim, value)),
            None if text.contains('*') => Err(format!("has `{text}`; to allow a whole domain, write `@DOMAIN`")),
            None if text.contains('@') => Ok(Self::Email(text)),
            None => Ok(Self::Account(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_kind_follows_from_its_form() {
        for (text, rule) in [
            ("@corp.example", AllowRule::Domain("corp.example")),
            ("ada@corp.example", AllowRule::Email("ada@corp.example")),
            ("groups=admins", AllowRule::Claim("groups", "admins")),
            ("realm_access.roles=a=b", AllowRule::Claim("realm_access.roles", "a=b")),
            ("https://app.example/groups=x@y", AllowRule::Claim("https://app.example/groups", "x@y")),
            ("octocat", AllowRule::Account("octocat")),
            ("Ada Lovelace", AllowRule::Account("Ada Lovelace")),
        ] {
            assert_eq!(AllowRule::parse(text), Ok(rule), "{text}");
        }
    }

    #[test]
    fn rule_that_never_matches_is_rejected() {
        for (text, word) in [
            ("", "empty"),
            (" ", "empty"),
            ("ada ", "empty"),
            ("@", "not a domain"),
            ("@a@b", "not a domain"),
            ("@*.corp.example", "not a domain"),
            ("*@corp.example", "whole domain"),
            ("*", "whole domain"),
            ("=x", "CLAIM=VALUE"),
            ("groups=", "CLAIM=VALUE"),
        ] {
            let reason = AllowRule::parse(text).expect_err(text);
            assert!(reason.contains(word), "{text}: {reason}");
        }
    }
}
