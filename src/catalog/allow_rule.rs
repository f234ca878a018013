//! What a rule of `allow` means.

/// Who may sign in, by one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowRule<'a> {
    /// `@corp.example`: whoever has a verified e-mail address of this domain, those of domains below it not counted.
    Domain(&'a str),
    /// `ada@corp.example`: whoever has this verified e-mail address.
    Email(&'a str),
    /// `tid=…`, `hd=corp.example`, `groups=admins`: whoever has a claim of this name with this value, or with a list that
    /// has it.
    Claim(&'a str, &'a str),
    /// Anything else: the account of this label or subject.
    Account(&'a str),
}

impl<'a> AllowRule<'a> {
    /// Reads a rule. One that could never be met is refused, because it would be a slip.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        if text.is_empty() || text != text.trim() {
            return Err("has a rule that is empty, or begins or ends with a space".to_owned());
        }
        if let Some(domain) = text.strip_prefix('@') {
            let is_plain = !domain.is_empty() && !domain.contains(['@', '*', ' ', '=']);
            return is_plain.then_some(Self::Domain(domain)).ok_or_else(|| format!("has `{text}`, which is no domain"));
        }
        match text.split_once('=') {
            Some(("", _) | (_, "")) => Err(format!("has `{text}`, which is not CLAIM=VALUE")),
            Some((claim, value)) => Ok(Self::Claim(claim, value)),
            None if text.contains('*') => Err(format!("has `{text}`: a whole domain is `@` and its name")),
            None if text.contains('@') => Ok(Self::Email(text)),
            None => Ok(Self::Account(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_told_by_its_form() {
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
    fn a_rule_that_could_never_be_met_is_refused() {
        for (text, word) in [
            ("", "empty"),
            (" ", "empty"),
            ("ada ", "empty"),
            ("@", "no domain"),
            ("@a@b", "no domain"),
            ("@*.corp.example", "no domain"),
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
