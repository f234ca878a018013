//! What a flow is given: the plan, the user's options and the means to reach the user.

use std::future::Future;
use std::time::Duration;

use super::options::SigninOptions;
use super::plan::Plan;
use crate::app::{App, runtime};
use crate::callback_server::ProviderPicker;
use crate::error::Result;
use crate::store::{SigninLimit, SigninSubject};

/// Input of a flow.
#[derive(Clone, Copy)]
pub struct FlowContext<'a> {
    pub app: &'a App,
    pub plan: &'a Plan<'a>,
    pub options: &'a SigninOptions,
    /// Page in which the user picked the provider.
    pub picker: Option<&'a ProviderPicker>,
}

impl FlowContext<'_> {
    /// Returns the result of `work`, or `None` if the user picks another provider first.
    pub fn run<T>(&self, work: impl Future<Output = Result<T>>) -> Result<Option<T>> {
        runtime::run(async {
            let Some(picker) = self.picker else { return work.await.map(Some) };
            tokio::select! {
                biased;
                outcome = work => outcome.map(Some),
                () = picker.wait_for_choice() => Ok(None),
            }
        })
    }

    /// Counts an attempt that is about to involve the user.
    pub fn count_attempt(&self) -> Result<()> {
        let subject = SigninSubject::new(self.plan.provider);
        self.limit().map_or(Ok(()), |limit| limit.record(subject, self.app.now()))
    }

    /// Counts the attempt as answered. If that fails, it counts as unanswered: no reason to fail the sign-in.
    pub fn count_answer(&self) {
        let subject = SigninSubject::new(self.plan.provider);
        let _ = self.limit().map_or(Ok(()), |limit| limit.answer(subject));
    }

    /// The picker has counted its own attempt.
    fn limit(&self) -> Option<&SigninLimit> {
        let is_counted = self.picker.is_none() && !self.plan.unattended && !self.options.no_open;
        self.app.signin_limit().filter(|_| is_counted)
    }

    /// Time limit for the user.
    pub fn user_timeout(&self) -> Duration {
        self.options.user_timeout()
    }
}
