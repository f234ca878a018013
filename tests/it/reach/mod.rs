//! Sign-in at a provider without configuration: metadata at its several locations, client registration, protected
//! resources.

mod accounts;
mod client_properties;
mod discovery;
mod doctor;
mod home;
mod hostile;
mod probe;
mod questions;
mod registration;
mod requirements;
mod resource;
mod stale;
