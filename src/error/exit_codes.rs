//! Exit codes of the program: the table that the manual pages and the tests read.

/// Every exit code with its meaning. The manual pages and the tests read this table.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "success"),
    (
        1,
        "an error with no code of its own; a failed check (iss, signature, nonce, audience: never retried); port in use",
    ),
    (
        2,
        "usage or configuration: bad flag, unknown provider, no client ID, invalid_client, unauthorized_client, \
         invalid_scope, invalid_request; a prompt is required but not allowed",
    ),
    (
        3,
        "not signed in, or the session can no longer be refreshed; login_required, interaction_required, \
         consent_required",
    ),
    (4, "denied: access_denied, an allow rule, or another account signed in"),
    (5, "timed out: the sign-in was not finished in time, or the code expired"),
    (
        6,
        "the provider or the network failed (also server_error, temporarily_unavailable, a lock not obtained): worth \
         retrying",
    ),
    (7, "the credential store is locked, did not respond, is missing or failed"),
    (130, "interrupted or cancelled (128+N for other signals)"),
];
