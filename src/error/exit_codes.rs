//! The exit codes.

/// Every exit code with its meaning: the one table that the code, the manual pages and the tests read.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "done"),
    (
        1,
        "an error with no code of its own; a check failed (iss, signature, nonce, audience: never retried); port taken",
    ),
    (
        2,
        "usage or configuration: bad flag, unknown provider, no client id, invalid_client, unauthorized_client, \
         invalid_scope, invalid_request; would have to ask but may not",
    ),
    (
        3,
        "not signed in, or the session can no longer be refreshed; login_required, interaction_required, \
         consent_required",
    ),
    (4, "refused: access_denied, an allow rule, or another account signed in"),
    (5, "timed out: nobody finished the sign-in, the code expired"),
    (
        6,
        "the provider or the network failed (also server_error, temporarily_unavailable, a lock not obtained): worth \
         retrying",
    ),
    (7, "the credential store is locked, hung, missing or failed"),
    (130, "interrupted (128+N for other signals)"),
];
