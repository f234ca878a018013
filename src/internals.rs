//! The crate's modules for its own tests, fuzz targets and benches (feature `internals`). Not part of the API: anything
//! here may change in any release.

pub mod app {
    pub use crate::app::*;
}
pub mod browser {
    pub use crate::browser::*;
}
pub mod callback_server {
    pub use crate::callback_server::*;
}
pub mod catalog {
    pub use crate::catalog::*;
}
pub mod cli {
    pub use crate::cli::arguments::definition;
    pub use crate::cli::completions::{Shell, script};
    pub use crate::cli::examples::examples;
}
pub mod clock {
    pub use crate::clock::*;
}
pub mod config {
    pub use crate::config::*;
}
pub mod demo {
    pub use crate::demo::*;
}
pub mod doctor {
    pub use crate::doctor::*;
}
pub mod duration {
    pub use crate::duration::*;
}
pub mod error {
    pub use crate::error::*;
}
pub mod exec {
    pub use crate::exec::*;
}
pub mod http_client {
    pub use crate::http_client::*;
}
pub mod identity {
    pub use crate::identity::*;
}
pub mod oauth {
    pub use crate::oauth::*;
}
pub mod owner_only {
    pub use crate::owner_only::*;
}
pub mod prompt {
    pub use crate::prompt::*;
}
pub mod providers {
    pub use crate::providers::*;
}
pub mod sanitize {
    pub use crate::sanitize::*;
}
pub mod secret {
    pub use crate::secret::*;
}
pub mod server {
    pub use crate::server::*;
}
pub mod session {
    pub use crate::session::*;
}
pub mod signin {
    pub use crate::signin::*;
}
pub mod signout {
    pub use crate::signout::*;
}
pub mod status {
    pub use crate::status::*;
}
pub mod store {
    pub use crate::store::*;
}
pub mod store_move {
    pub use crate::store_move::*;
}
pub mod switch {
    pub use crate::switch::*;
}
pub mod token {
    pub use crate::token::*;
}
