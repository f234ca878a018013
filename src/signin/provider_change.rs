//! Ends a flow early if the user picks another provider.

use std::future::Future;

use crate::callback_server::ProviderPicker;
use crate::error::Result;

/// Returns the result of `work`, or `None` if the user picks another provider first.
pub async fn unless_provider_changed<T>(
    picker: Option<&ProviderPicker>,
    work: impl Future<Output = Result<T>>,
) -> Result<Option<T>> {
    let Some(picker) = picker else { return work.await.map(Some) };
    tokio::select! {
        biased;
        outcome = work => outcome.map(Some),
        () = picker.wait_for_choice() => Ok(None),
    }
}
