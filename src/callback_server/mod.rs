//! Loopback redirect (RFC 8252 7.3): receives the callback of a sign-in.
//!
//! The server binds before the browser opens, rejects requests that do not belong to the sign-in, returns the one
//! callback that the caller accepts, and shows the outcome in the browser. The callback path receives the callback.
//! `/start` redirects the browser to the provider, which keeps the authorization URL with its `state` out of argument
//! lists. `/done` shows the outcome, which keeps the code out of the address bar and the history. No other request ends
//! or delays the wait. If no provider is given, [`ProviderPicker`] serves a page to choose one.

mod callback;
mod cookie;
mod html;
mod logout_page;
mod manifest_page;
mod page_keys;
mod picker_html;
mod probe;
mod provider_picker;
mod question_page;
mod redirect_uri;
mod rejections;
mod routes;

pub use callback::{Callback, CallbackListener, CallbackOutcome, CallbackServer};
pub use html::{Page, sentence};
pub use logout_page::{LogoutForm, LogoutPage};
pub use manifest_page::{ManifestForm, ManifestPage, ManifestServer};
pub use picker_html::{ProviderButton, UserCodePage};
pub use probe::check_loopback;
pub use provider_picker::{PickerBuilder, ProviderPicker};
pub use question_page::{PageAnswer, QuestionPage};
pub use redirect_uri::RedirectUri;
pub use rejections::{RejectionKind, RejectionLog};
