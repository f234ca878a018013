//! Credential plugin of kubectl and other programs of client-go (kubernetes.io, client-go credential plugins).

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{ServiceHost, rfc3339};
use crate::sanitize::{escape_json, sanitize_untrusted};
use crate::secret::Secret;

const GROUP: &str = "client.authentication.k8s.io";

/// Version of the answer. It must be the one asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecVersion {
    V1,
    V1Beta1,
}

impl ExecVersion {
    /// Parses a version without its group: `v1` or `v1beta1`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "v1" => Some(Self::V1),
            "v1beta1" => Some(Self::V1Beta1),
            _ => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V1Beta1 => "v1beta1",
        }
    }
}

/// What kubectl tells in `KUBERNETES_EXEC_INFO`.
#[derive(Debug, PartialEq, Eq)]
pub struct ExecInfo {
    pub version: ExecVersion,
    /// Address of the API server, with `provideClusterInfo`.
    pub server: Option<String>,
}

/// Parses the value of `KUBERNETES_EXEC_INFO`.
///
/// # Errors
/// The reason, as the end of a sentence that starts with "`KUBERNETES_EXEC_INFO` …".
pub fn parse(value: &str) -> Result<ExecInfo, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Info {
        api_version: String,
        #[serde(default)]
        spec: Spec,
    }
    #[derive(Default, Deserialize)]
    struct Spec {
        cluster: Option<Cluster>,
    }
    #[derive(Deserialize)]
    struct Cluster {
        server: Option<String>,
    }
    let info: Info = serde_json::from_str(value).map_err(|_| "is not an ExecCredential")?;
    let version = info.api_version.strip_prefix(GROUP).and_then(|rest| ExecVersion::parse(rest.strip_prefix('/')?));
    let unknown = || format!("asks for the version `{}`, which is unknown", sanitize_untrusted(&info.api_version));
    let server = info.spec.cluster.and_then(|cluster| cluster.server);
    Ok(ExecInfo { version: version.ok_or_else(unknown)?, server })
}

impl ExecInfo {
    /// Returns the API server; `None` if it is not known, or no server to send a token to.
    pub fn host(&self) -> Option<ServiceHost> {
        ServiceHost::from_url(self.server.as_deref()?)
    }
}

/// Writes the answer.
pub fn answer(version: ExecVersion, token: &Secret, expires_at: Option<DateTime<Utc>>) -> Secret {
    let mut status = json!({"token": token.expose()});
    if let Some(expires_at) = expires_at {
        status["expirationTimestamp"] = rfc3339(expires_at).into();
    }
    let version = format!("{GROUP}/{}", version.as_str());
    let answer = json!({"apiVersion": version, "kind": "ExecCredential", "status": status});
    Secret::new(escape_json(&answer.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_names_version_and_server() {
        let info = |version: &str, spec: &str| {
            format!(
                r#"{{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/{version}","spec":{spec}}}"#
            )
        };
        let server = r#"{"interactive":true,"cluster":{"server":"https://k8s.example:6443","config":null}}"#;
        for (text, version, host) in [
            (info("v1", server), ExecVersion::V1, ServiceHost::parse("https", "k8s.example:6443")),
            (info("v1beta1", r#"{"interactive":false}"#), ExecVersion::V1Beta1, None),
            (info("v1beta1", "{}"), ExecVersion::V1Beta1, None),
        ] {
            let parsed = parse(&text).expect(&text);
            assert_eq!((parsed.version, parsed.host()), (version, host), "{text}");
        }
        for text in ["", "{", "[]", r#"{"apiVersion":"v1"}"#, &info("v1alpha1", "{}"), &info("v1", "[]")] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
