//! HTML pages before the provider's own: provider buttons, redirect page, user code.

use std::fmt::Write;

use super::html::{PAGE_STYLE, breakable, footer, linked_html};
use crate::catalog::title_tells;
use crate::server::html::{HtmlDocument, escape};

/// Name of the only form field.
pub(super) const FIELD_NAME: &str = "provider";

/// Maximum number of buttons in a single column, which still fits a screen; more buttons use several columns if there
/// is room.
const MAX_SINGLE_COLUMN: usize = 8;

#[derive(Debug, Clone)]
pub struct ProviderButton {
    /// Value that the form sends.
    pub name: String,
    /// Name after "Sign in with".
    pub title: String,
    /// Brand color, `#rrggbb`.
    pub color: Option<String>,
    /// Path of the logo in a square of 24.
    pub logo: Option<&'static str>,
    /// Reason why the button is not available, as a sentence; commands between backticks.
    pub unavailable_reason: Option<String>,
}

/// User code to enter at the verification URI, on this device or another (RFC 8628 3.3).
#[derive(Debug)]
pub struct UserCodePage<'a> {
    pub title: &'a str,
    /// Path of the logo in a square of 24.
    pub logo: Option<&'static str>,
    /// User code, already sanitized.
    pub code: &'a str,
    /// Verification URI, already sanitized.
    pub verification_uri: &'a str,
    /// Target of the link; `None` for no link.
    pub link: Option<&'a str>,
}

/// Page with the buttons; the form goes to `action`.
pub(super) fn picker_page(program: &str, action: &str, buttons: &[ProviderButton]) -> HtmlDocument {
    let (available, unavailable): (Vec<_>, Vec<_>) =
        buttons.iter().enumerate().partition(|(_, button)| button.unavailable_reason.is_none());
    let style = picker_style(&available);
    let many = if available.len() > MAX_SINGLE_COLUMN { " many" } else { "" };
    let body = format!(
        r#"<main class="choice{many}">
<h1>Sign in</h1>
<p>{intro}</p>
<form method="post" action="{action}">
<ul role="list">
{items}</ul>
</form>
{unavailable}{footer}</main>"#,
        intro = intro(program),
        action = escape(action),
        items = available.iter().enumerate().map(button_item).collect::<String>(),
        unavailable = unavailable_section(&unavailable),
        footer = footer(program),
    );
    let (form_action, has_referrer) = ("'self'".to_owned(), true);
    HtmlDocument { style, form_action, has_referrer, ..document("Sign in", body) }
}

fn intro(program: &str) -> String {
    match escape(program) {
        name if name.is_empty() => "Choose a provider to continue in your terminal.".to_owned(),
        name => format!("Choose a provider to continue with <code>{name}</code> in your terminal."),
    }
}

/// Button; the first one has the focus. The name in the configuration stands below a title that does not tell it.
fn button_item((position, (index, button)): (usize, &(usize, &ProviderButton))) -> String {
    let is_told = title_tells(&button.title, &button.name);
    let name = escape(&button.name);
    format!(
        "<li><button name=\"{FIELD_NAME}\" value=\"{name}\"{focus}>{tile}\
         <span>Sign in with <b>{title}</b>{configured}</span></button></li>\n",
        focus = if position == 0 { " autofocus" } else { "" },
        tile = tile(*index, button),
        title = escape(&button.title),
        configured = if is_told { String::new() } else { format!(" <small>{name}</small>") },
    )
}

/// Square with the logo or the first letter on the brand color; decorative, so hidden from screen readers.
fn tile(index: usize, button: &ProviderButton) -> String {
    let letter = button.title.chars().find(|c| c.is_alphanumeric()).map(|c| escape(&c.to_uppercase().to_string()));
    let (class, content) = match button.logo {
        Some(path) => (" logo", drawing(path)),
        None => ("", letter.unwrap_or_default()),
    };
    format!("<span class=\"tile{class} b{index}\" aria-hidden=\"true\">{content}</span>")
}

/// Logo above the heading of a page, which names the provider.
fn logo_line(logo: Option<&str>) -> String {
    let line = |path| format!("<p class=\"logo\" aria-hidden=\"true\">{}</p>\n", drawing(path));
    logo.map(line).unwrap_or_default()
}

/// One shape in the color of the text around it.
fn drawing(path: &str) -> String {
    format!("<svg viewBox=\"0 0 24 24\"><path d=\"{}\"/></svg>", escape(path))
}

/// List of unavailable providers with the reason. Not disabled buttons: the keyboard cannot reach those, so their
/// reason could not be read.
fn unavailable_section(unavailable: &[(usize, &ProviderButton)]) -> String {
    if unavailable.is_empty() {
        return String::new();
    }
    let item = |(_, button): &(usize, &ProviderButton)| {
        let reason = button.unavailable_reason.as_deref().unwrap_or_default();
        let lines: Vec<String> = reason.lines().map(linked_html).collect();
        let text = match lines.as_slice() {
            // The fields of a form, between the page and the command.
            [page, fields @ .., command] if !fields.is_empty() => {
                let fields: String = fields.iter().map(|field| format!("<li>{field}</li>\n")).collect();
                format!("{page}\n<ul>\n{fields}</ul>\n{command}")
            }
            lines => lines.join("<br>\n"),
        };
        format!("<li><b>{}</b> {text}</li>\n", escape(&button.title))
    };
    let items: String = unavailable.iter().map(item).collect();
    format!(
        "<section aria-labelledby=\"unavailable\"><h2 id=\"unavailable\">Not set up yet</h2>\n<ul>\n{items}</ul>\n</section>\n"
    )
}

/// Style sheet with the brand colors: the content security policy forbids style attributes.
fn picker_style(buttons: &[(usize, &ProviderButton)]) -> String {
    let mut style = base_style();
    for (index, button) in buttons {
        if let Some([red, green, blue]) = button.color.as_deref().and_then(parse_rgb) {
            let letter = if is_bright(red, green, blue) { "#000" } else { "#fff" };
            let _ = writeln!(style, ".b{index} {{ background: #{red:02x}{green:02x}{blue:02x}; color: {letter}; }}");
        }
    }
    style
}

/// Parses `#rrggbb`; `None` for anything else.
fn parse_rgb(color: &str) -> Option<[u8; 3]> {
    let is_hex = |digits: &&str| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digits = color.strip_prefix('#').filter(is_hex)?;
    let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some([channel(0)?, channel(2)?, channel(4)?])
}

/// Returns true if black is easier to read than white on this color. Both have the same contrast at luminance 0.179
/// (WCAG 2.2, relative luminance), and the better one never falls below 4.5 to 1.
fn is_bright(red: u8, green: u8, blue: u8) -> bool {
    let linear = |channel: u8| match f64::from(channel) / 255.0 {
        low if low <= 0.04045 => low / 12.92,
        high => ((high + 0.055) / 1.055).powf(2.4),
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue) > 0.179
}

/// Page between the form and the provider: browsers apply the `form-action` policy to redirects of a form, and a
/// provider may redirect anywhere.
pub(super) fn redirect_page(program: &str, title: &str, logo: Option<&str>, address: &str) -> HtmlDocument {
    let (address, heading) = (escape(address), format!("Continue to {title}"));
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={address}\">\n");
    let body = format!(
        "<main class=\"notice\">\n{}<h1>{escaped}</h1>\n\
         <p class=\"closing\"><a class=\"go\" href=\"{address}\" autofocus>Continue</a></p>\n{}</main>",
        logo_line(logo),
        footer(program),
        escaped = escape(&heading),
    );
    HtmlDocument { head, ..document(&heading, body) }
}

/// Page with the user code and the URL to enter it at.
pub(super) fn user_code_page(program: &str, code: &UserCodePage<'_>) -> HtmlDocument {
    let (heading, address) = (format!("Sign in with {}", code.title), escape(code.verification_uri));
    let target = match code.link {
        Some(link) => format!(
            "<a class=\"go\" href=\"{}\" target=\"_blank\" rel=\"noreferrer\" autofocus>Open {}</a>",
            escape(link),
            breakable(&address)
        ),
        None => format!("<code>{address}</code>"),
    };
    let body = format!(
        "<main class=\"notice\">\n{}<h1>{}</h1>\n<p>Enter this code on the {} page:</p>\n\
         <p class=\"code\"><code>{}</code></p>\n<p>{target}</p>\n\
         <p class=\"closing\">Then return to the terminal, which shows when you are signed in.</p>\n{}</main>",
        logo_line(code.logo),
        escape(&heading),
        escape(code.title),
        escape(code.code),
        footer(program)
    );
    document(&heading, body)
}

pub(super) fn document(title: &str, body: String) -> HtmlDocument {
    HtmlDocument { title: title.to_owned(), style: base_style(), body, ..HtmlDocument::default() }
}

fn base_style() -> String {
    format!("{PAGE_STYLE}{STYLE}")
}

const STYLE: &str = include_str!("buttons.css");

#[cfg(test)]
mod tests {
    use super::*;

    fn button(name: &str, title: &str, color: Option<&str>) -> ProviderButton {
        ProviderButton {
            name: name.into(),
            title: title.into(),
            color: color.map(str::to_owned),
            logo: None,
            unavailable_reason: None,
        }
    }

    /// The letter stays for a provider without a logo.
    #[test]
    fn logo_replaces_the_letter_of_the_button() {
        let buttons = [ProviderButton { logo: Some("M0 0z"), ..button("a", "Aa", None) }, button("b", "Bb", None)];
        let document = picker_page("mycli", "/", &buttons).body;
        let drawing = "<svg viewBox=\"0 0 24 24\"><path d=\"M0 0z\"/></svg>";
        let tile = format!("<span class=\"tile logo b0\" aria-hidden=\"true\">{drawing}</span>");
        assert!(document.contains(&tile), "{document}");
        assert!(document.contains("<span class=\"tile b1\" aria-hidden=\"true\">B</span>"), "{document}");
        let code = UserCodePage { title: "Aa", logo: Some("M0 0z"), code: "1", verification_uri: "x", link: None };
        let pages = [redirect_page("mycli", "Aa", Some("M0 0z"), "https://a.example"), user_code_page("mycli", &code)];
        assert!(pages.iter().all(|page| page.body.contains(&format!("{drawing}</p>\n<h1>"))));
    }

    #[test]
    fn letter_has_contrast_on_every_color() {
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
    fn title_is_escaped_and_color_is_validated() {
        let evil = button("a\"><script>x</script>", "<img src=x onerror=y>\u{202e}", Some("red;}</style><script>"));
        let response = picker_page("my<cli>", "/signin?k=a&b", &[evil]).response(200);
        let document = String::from_utf8(response.body).expect("text");
        let policy = &response.headers.iter().find(|(name, _)| name == "Content-Security-Policy").expect("a policy").1;
        assert!(!document.contains("<script") && !document.contains("<img"), "{document}");
        assert!(document.contains("Sign in with <b>&lt;img src=x onerror=y&gt;</b>"), "{document}");
        assert!(document.contains("action=\"/signin?k=a&amp;b\""), "{document}");
        assert!(!document.contains("</style><") && !document.contains("red;"), "{document}");
        assert!(policy.contains("form-action 'self'") && policy.contains("default-src 'none'"), "{policy}");
        for color in ["#12345", "#1234567", "#12345g", "123456", "#é1234", "#+12345"] {
            assert_eq!(parse_rgb(color), None, "{color}");
        }
    }

    #[test]
    fn unavailable_provider_shows_its_reason() {
        let unavailable = ProviderButton {
            unavailable_reason: Some("No client id: `mycli providers add b`".into()),
            ..button("b", "B", None)
        };
        let document = picker_page("mycli", "/", &[button("a", "A", None), unavailable]).body;
        assert_eq!(document.matches("<button").count(), 1, "{document}");
        assert!(document.contains("<b>B</b> No client id: <code>mycli providers add b</code>"), "{document}");
    }

    #[test]
    fn configured_name_stands_beside_another_title() {
        let buttons = [button("work", "GitLab", None), button("github", "GitHub", None)];
        let document = picker_page("mycli", "/", &buttons).body;
        assert!(document.contains("<b>GitLab</b> <small>work</small>"), "{document}");
        assert!(document.contains("<b>GitHub</b></span>"), "{document}");
        assert!(document.contains("value=\"work\" autofocus>") && document.matches("autofocus").count() == 1);
    }

    #[test]
    fn redirect_page_has_a_link() {
        let HtmlDocument { head, body, .. } = redirect_page("mycli", "A & B", None, "https://a.example/?x=1&y=\"2\"");
        let document = head + &body;
        let address = "https://a.example/?x=1&amp;y=&quot;2&quot;";
        assert!(document.contains(&format!("content=\"0;url={address}\"")), "{document}");
        assert!(document.contains(&format!("href=\"{address}\"")), "{document}");
        assert!(document.contains("Continue to A &amp; B"), "{document}");
    }
}
