//! Arguments of `exec` that say which token goes where.

use crate::app::App;
use crate::error::{Error, Result};
use crate::exec::{self, DeliveryTarget, ReservedDescriptor};

/// Value of `--env`, `--file` or `--fd`: a variable or a number, and the provider if it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetArg<T> {
    pub target: T,
    pub provider: Option<String>,
}

/// Parses `VARIABLE` or `VARIABLE=PROVIDER`.
pub fn parse_variable(text: &str) -> Result<TargetArg<String>, String> {
    parse(text, exec::validate_variable_name)
}

/// Parses `N` or `N=PROVIDER`.
pub fn parse_descriptor(text: &str) -> Result<TargetArg<i32>, String> {
    parse(text, |number| match number.parse() {
        Ok(0..=2) => Err("0, 1 and 2 are stdin, stdout and stderr".to_owned()),
        Ok(number @ 3..) => Ok(number),
        _ => Err("not a file descriptor number".to_owned()),
    })
}

fn parse<T>(text: &str, target: impl Fn(&str) -> Result<T, String>) -> Result<TargetArg<T>, String> {
    let (name, provider) = text.split_once('=').map_or((text, None), |(name, provider)| (name, Some(provider)));
    match provider {
        Some("") => Err("no provider after `=`".to_owned()),
        provider => Ok(TargetArg { target: target(name)?, provider: provider.map(str::to_owned) }),
    }
}

/// What the command line asks for, in its order: targets with the provider, `None` for the selected one. A target that is
/// `None` is the usual variable of the provider.
pub type Wanted = Vec<(Option<DeliveryTarget>, Option<String>)>;

/// Joins the providers with the targets of the flags.
///
/// # Errors
/// [`Error::Usage`] if a flag may mean several providers.
pub fn join(providers: &[String], flags: Vec<(DeliveryTarget, Option<String>)>) -> Result<Wanted> {
    let has_unnamed = flags.iter().any(|(_, provider)| provider.is_none());
    let mut wanted: Wanted = Vec::new();
    match (has_unnamed, providers) {
        (true, [_, _, ..]) => {
            return Err(Error::usage(
                "with several providers name the one that a flag is for: `--env VARIABLE=PROVIDER`",
            ));
        }
        // The only provider gets the flags that name none instead of its usual variable.
        (true, _) => {}
        (false, []) if flags.is_empty() => wanted.push((None, None)),
        (false, providers) => wanted.extend(providers.iter().map(|provider| (None, Some(provider.clone())))),
    }
    let only = providers.first().cloned();
    wanted.extend(flags.into_iter().map(|(target, provider)| (Some(target), provider.or_else(|| only.clone()))));
    Ok(wanted)
}

/// Targets of the flags. Reserves the numbers of `--fd`, so call this before files are opened.
pub fn of_flags(
    env: Vec<TargetArg<String>>,
    file: Vec<TargetArg<String>>,
    fd: Vec<TargetArg<i32>>,
) -> Result<Vec<(DeliveryTarget, Option<String>)>> {
    let descriptor =
        |arg: TargetArg<i32>| Ok((DeliveryTarget::Descriptor(ReservedDescriptor::new(arg.target)?), arg.provider));
    let mut targets: Vec<_> = fd.into_iter().map(descriptor).collect::<Result<_>>()?;
    targets.extend(env.into_iter().map(|arg| (DeliveryTarget::Variable(arg.target), arg.provider)));
    targets.extend(file.into_iter().map(|arg| (DeliveryTarget::File(arg.target), arg.provider)));
    Ok(targets)
}

/// Fails if two targets set one variable.
pub fn check_variables<'a>(targets: impl Iterator<Item = &'a DeliveryTarget>) -> Result<()> {
    let mut names: Vec<&str> = targets.filter_map(DeliveryTarget::variable).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(Error::usage(format!(
            "two tokens are meant for `{}`; name other variables: `--env VARIABLE=PROVIDER`",
            pair[0]
        ))),
    }
}

/// Fails if `--account` could mean an account of several providers.
pub fn check_account(account: Option<&str>, wanted: &Wanted) -> Result<()> {
    let is_one = wanted.windows(2).all(|pair| pair[0].1 == pair[1].1);
    match account.is_none() || is_one {
        true => Ok(()),
        false => Err(Error::usage("`--account` needs exactly one provider; for a second one, let `exec` run `exec`")),
    }
}

/// Usual variable of a session's provider.
pub fn usual_variable(app: &App, provider: &str) -> DeliveryTarget {
    DeliveryTarget::Variable(exec::token_variable(app, provider))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_values_name_a_target_and_maybe_a_provider() {
        let parsed = |text| parse_variable(text).map(|arg| (arg.target, arg.provider));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parsed("A"), Ok(("A".to_owned(), None)));
        assert_eq!(parsed("A=https://x.test/?a=b"), Ok(("A".to_owned(), some("https://x.test/?a=b"))));
        for wrong in ["", "=x", "A=", "1A", "A-B=x"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_descriptor("3=x").map(|arg| (arg.target, arg.provider)), Ok((3, some("x"))));
        for wrong in ["", "0", "2", "-1", "x", "3=", "99999999999"] {
            assert!(parse_descriptor(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn providers_keep_their_usual_variable_unless_a_flag_is_theirs() {
        let shown = |providers: &[&str], flags: &[(&str, Option<&str>)]| {
            let providers: Vec<String> = providers.iter().map(|name| (*name).to_owned()).collect();
            let flags =
                flags.iter().map(|(name, of)| (DeliveryTarget::Variable((*name).to_owned()), of.map(str::to_owned)));
            let name = |target: Option<DeliveryTarget>| {
                target.and_then(|target| target.variable().map(str::to_owned)).unwrap_or("usual".to_owned())
            };
            let wanted = join(&providers, flags.collect()).ok()?;
            let one = |(target, of): (Option<DeliveryTarget>, Option<String>)| {
                format!("{}={}", name(target), of.unwrap_or_default())
            };
            Some(wanted.into_iter().map(one).collect::<Vec<_>>().join(" "))
        };
        for (providers, flags, expected) in [
            (&[][..], &[][..], Some("usual=")),
            (&["a"], &[], Some("usual=a")),
            (&["a", "b"], &[], Some("usual=a usual=b")),
            (&["a"], &[("X", None)], Some("X=a")),
            (&[], &[("X", None), ("Y", Some("b"))], Some("X= Y=b")),
            (&["a"], &[("Y", Some("b"))], Some("usual=a Y=b")),
            (&[], &[("X", Some("a")), ("Y", Some("b"))], Some("X=a Y=b")),
            (&["a", "b"], &[("X", None)], None),
        ] {
            assert_eq!(shown(providers, flags).as_deref(), expected, "{providers:?} {flags:?}");
        }
    }
}
