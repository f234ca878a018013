//! Callback on `https` with the user's certificate: validation, hostile clients, whole sign-ins.

mod certificate;
mod signin;
