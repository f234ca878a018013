//! The pages on the way to a provider: the buttons, the step away from here, a code to enter elsewhere.

use std::fmt::Write;

use super::html::{self, ReferrerPolicy, escaped, footer, rich};
use crate::server::Response;

/// The name of the form's one field.
pub(super) const FIELD: &str = "provider";

/// From how many on they stand side by side where there is room: a column of this many still fits a screen.
const COLUMN: usize = 8;

/// A provider on the page.
#[derive(Debug, Clone)]
pub struct ProviderButton {
    /// What the form sends.
    pub name: String,
    /// What stands behind "Sign in with".
    pub title: String,
    /// The brand's colour, `#rrggbb`.
    pub color: Option<String>,
    /// What keeps it from being pressed, in a sentence; commands between backticks.
    pub obstacle: Option<String>,
}

/// A code that a person enters at an address, on this device or another (RFC 8628 3.3).
#[derive(Debug)]
pub struct UserCodePage<'a> {
    /// The provider.
    pub title: &'a str,
    /// The code, fit to be shown.
    pub code: &'a str,
    /// The address, fit to be shown.
    pub address: &'a str,
    /// Where a link leads; `None` where none may.
    pub link: Option<&'a str>,
}

/// The page with the buttons, and the policy it is shown under; the form goes to `action`.
pub(super) fn choice(program: &str, action: &str, buttons: &[ProviderButton]) -> (String, String) {
    let (ready, unready): (Vec<_>, Vec<_>) =
        buttons.iter().enumerate().partition(|(_, button)| button.obstacle.is_none());
    let style = style(&ready);
    let many = if ready.len() > COLUMN { " many" } else { "" };
    let body = format!(
        r#"<main class="choice{many}">
<h1>Sign in</h1>
<p>{lead}</p>
<form method="post" action="{action}">
<ul role="list">
{items}</ul>
</form>
{rest}{footer}</main>"#,
        lead = lead(program),
        action = escaped(action),
        items = ready.iter().map(|(index, button)| item(*index, button)).collect::<String>(),
        rest = rest(&unready),
        footer = footer(program),
    );
    (html::document("Sign in", &style, "", &body), html::policy(&style, "'self'"))
}

fn lead(program: &str) -> String {
    match escaped(program) {
        name if name.is_empty() => "to go on in your terminal".to_owned(),
        name => format!("to go on with <code>{name}</code> in your terminal"),
    }
}

fn item(index: usize, button: &ProviderButton) -> String {
    format!(
        "<li><button name=\"{FIELD}\" value=\"{name}\">{tile}<span>Sign in with <b>{title}</b></span></button></li>\n",
        name = escaped(&button.name),
        tile = tile(index, &button.title),
        title = escaped(&button.title),
    )
}

/// The first letter on the brand's colour. It says nothing that the words beside it do not.
fn tile(index: usize, title: &str) -> String {
    let letter = title.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().to_string());
    format!("<span class=\"tile b{index}\" aria-hidden=\"true\">{}</span>", escaped(&letter.unwrap_or_default()))
}

/// Those that cannot be pressed, each with what is lacking. They are no buttons: one that is disabled cannot be reached
/// with the keyboard, nor its reason be read.
fn rest(unready: &[(usize, &ProviderButton)]) -> String {
    if unready.is_empty() {
        return String::new();
    }
    let one = |(_, button): &(usize, &ProviderButton)| {
        let obstacle = button.obstacle.as_deref().unwrap_or_default();
        format!("<li><b>{}</b> <span>{}</span></li>\n", escaped(&button.title), rich(obstacle))
    };
    let items: String = unready.iter().map(one).collect();
    format!("<section aria-labelledby=\"rest\"><h2 id=\"rest\">Not set up yet</h2>\n<ul>\n{items}</ul>\n</section>\n")
}

/// The style sheet, with the colour of each brand: the policy allows no style in an attribute.
fn style(buttons: &[(usize, &ProviderButton)]) -> String {
    let mut style = format!("{}{STYLE}", html::STYLE);
    for (index, button) in buttons {
        if let Some([red, green, blue]) = button.color.as_deref().and_then(channels) {
            let letter = if is_bright(red, green, blue) { "#000" } else { "#fff" };
            let _ = writeln!(style, ".b{index} {{ background: #{red:02x}{green:02x}{blue:02x}; color: {letter}; }}");
        }
    }
    style
}

/// The channels of `#rrggbb`; `None` for anything else.
fn channels(color: &str) -> Option<[u8; 3]> {
    let is_hex = |digits: &&str| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digits = color.strip_prefix('#').filter(is_hex)?;
    let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some([channel(0)?, channel(2)?, channel(4)?])
}

/// Whether black is easier to read on it than white: where both contrasts are the same, the luminance is 0.179 (WCAG
/// 2.2, relative luminance), and neither falls below 4.5 to 1.
fn is_bright(red: u8, green: u8, blue: u8) -> bool {
    let linear = |channel: u8| match f64::from(channel) / 255.0 {
        low if low <= 0.04045 => low / 12.92,
        high => ((high + 0.055) / 1.055).powf(2.4),
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue) > 0.179
}

/// A step between the form and the provider: browsers hold the redirects of a form to its policy, and nobody knows
/// where a provider's redirects lead.
pub(super) fn leave(program: &str, title: &str, address: &str) -> String {
    let (address, title) = (escaped(address), escaped(title));
    let refresh = format!("<meta http-equiv=\"refresh\" content=\"0;url={address}\">\n");
    let body = format!(
        "<main class=\"notice\">\n<h1>On to {title}</h1>\n<p class=\"closing\"><a href=\"{address}\">Continue</a></p>\n{}</main>",
        footer(program)
    );
    html::document("Sign in", &plain_style(), &refresh, &body)
}

/// What to enter where.
pub(super) fn code(program: &str, code: &UserCodePage<'_>) -> String {
    let (title, address) = (escaped(code.title), escaped(code.address));
    let place = match code.link {
        Some(link) => {
            format!(
                "<a class=\"go\" href=\"{}\" target=\"_blank\" rel=\"noreferrer\">Open {address}</a>",
                escaped(link)
            )
        }
        None => format!("<code>{address}</code>"),
    };
    let body = format!(
        "<main class=\"notice\">\n<h1>Sign in with {title}</h1>\n<p>Enter this code on the page of {title}:</p>\n\
         <p class=\"code\"><code>{}</code></p>\n<p>{place}</p>\n\
         <p class=\"closing\">Then go back to the terminal: it says when you are signed in.</p>\n{}</main>",
        escaped(code.code),
        footer(program)
    );
    html::document("Enter the code", &plain_style(), "", &body)
}

/// One of the latter two pages as an answer.
pub(super) fn respond(document: String) -> Response {
    html::html(200, document, &html::policy(&plain_style(), "'none'"), ReferrerPolicy::Nobody)
}

fn plain_style() -> String {
    format!("{}{STYLE}", html::STYLE)
}

const STYLE: &str = include_str!("buttons.css");

#[cfg(test)]
mod tests {
    use super::*;

    fn button(name: &str, title: &str, color: Option<&str>) -> ProviderButton {
        ProviderButton { name: name.into(), title: title.into(), color: color.map(str::to_owned), obstacle: None }
    }

    #[test]
    fn the_letter_on_every_colour_can_be_read() {
        for channel in 0..=255_u8 {
            for color in [[channel; 3], [channel, 0, 0], [0, channel, 0], [0, 0, channel], [255, channel, 0]] {
                let [red, green, blue] = color;
                let linear = |channel: u8| match f64::from(channel) / 255.0 {
                    low if low <= 0.04045 => low / 12.92,
                    high => ((high + 0.055) / 1.055).powf(2.4),
                };
                let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
                let contrast = match is_bright(red, green, blue) {
                    true => (luminance + 0.05) / 0.05,
                    false => 1.05 / (luminance + 0.05),
                };
                assert!(contrast > 4.5, "{color:?}: {contrast}");
            }
        }
    }

    #[test]
    fn a_title_is_text_whatever_it_holds_and_a_colour_is_a_colour_or_nothing() {
        let evil = button("a\"><script>x</script>", "<img src=x onerror=y>\u{202e}", Some("red;}</style><script>"));
        let (document, policy) = choice("my<cli>", "/signin?k=a&b", &[evil]);
        assert!(!document.contains("<script") && !document.contains("<img"), "{document}");
        assert!(document.contains("Sign in with <b>&lt;img src=x onerror=y&gt;</b>"), "{document}");
        assert!(document.contains("action=\"/signin?k=a&amp;b\""), "{document}");
        assert!(!document.contains("</style><") && !document.contains("red;"), "{document}");
        assert!(policy.contains("form-action 'self'") && policy.contains("default-src 'none'"), "{policy}");
        for color in ["#12345", "#1234567", "#12345g", "123456", "#é1234", "#+12345"] {
            assert_eq!(channels(color), None, "{color}");
        }
    }

    #[test]
    fn what_cannot_be_pressed_is_no_button_and_says_why() {
        let unready =
            ProviderButton { obstacle: Some("No client id: `mycli providers add b`".into()), ..button("b", "B", None) };
        let (document, _) = choice("mycli", "/", &[button("a", "A", None), unready]);
        assert_eq!(document.matches("<button").count(), 1, "{document}");
        assert!(document.contains("<b>B</b> <span>No client id: <code>mycli providers add b</code>"), "{document}");
    }

    #[test]
    fn the_way_on_is_a_link_as_well() {
        let document = leave("mycli", "A & B", "https://a.example/?x=1&y=\"2\"");
        let address = "https://a.example/?x=1&amp;y=&quot;2&quot;";
        assert!(document.contains(&format!("content=\"0;url={address}\"")), "{document}");
        assert!(document.contains(&format!("href=\"{address}\"")), "{document}");
        assert!(document.contains("On to A &amp; B"), "{document}");
    }
}
