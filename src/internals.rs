//! The crate's modules for its own tests, fuzz targets and benches (feature `internals`). Not part of the API: anything
//! here may change in any release.

pub mod app {
    pub use crate::app::*;
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
pub mod credential {
    pub use crate::credential::*;
}
pub mod demo {
    pub use crate::demo::*;
}
pub mod error {
    pub use crate::error::*;
}
pub mod http_client {
    pub use crate::http_client::*;
}
pub mod oauth {
    pub use crate::oauth::*;
}
pub mod prompt {
    pub use crate::prompt::*;
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
pub mod store {
    pub use crate::store::*;
}
pub mod token {
    pub use crate::token::*;
}
