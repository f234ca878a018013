//! How well the values of a row are known, and who may register an application.

use serde::Deserialize;

/// Standing of a row's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// Endpoints, client authentication, PKCE and redirect rules were compared with the provider's documentation.
    Verified,
    /// Independent sources have the same endpoints.
    Agreed,
    /// The endpoints rest on one collection of providers alone, which may be wrong.
    Unverified,
}

impl Evidence {
    /// Returns the value in the row.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Agreed => "agreed",
            Self::Unverified => "unverified",
        }
    }
}

/// Restriction on who may register an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Partners of the provider only.
    Partners,
    /// Anyone, but the provider approves each new application.
    Approval,
}

impl Access {
    /// Returns the value in the row.
    pub fn name(self) -> &'static str {
        match self {
            Self::Partners => "partners",
            Self::Approval => "approval",
        }
    }

    /// Returns the restriction as a sentence part about the provider called `title`.
    pub fn describe(self, title: &str) -> String {
        match self {
            Self::Partners => format!("{title} registers applications of its partners only"),
            Self::Approval => format!("{title} approves each new application"),
        }
    }
}
