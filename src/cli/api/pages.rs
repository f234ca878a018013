//! `api --paginate`: follows the links to the next pages.

use super::destination::{Destination, PART};
use super::sender::Sender;
use crate::api::{PageJoiner, next_link};
use crate::app::runtime;
use crate::error::{Error, Result};
use crate::http_client::{self, StreamedResponse};
use crate::oauth::host_of;

/// Longest page, in bytes; each is held in memory, to join only whole ones.
const MAX_PAGE: usize = 64 << 20;

/// Sends a request for each page and writes the joined result as it grows. An error leaves a list without its end, so
/// that no reader takes it for the whole.
pub fn run(sender: &mut Sender<'_>, destination: Destination) -> Result<()> {
    let (mut writer, file) = destination.split();
    let mut joiner = PageJoiner::default();
    let mut url = sender.target.url().clone();
    loop {
        let response = sender.send(&url)?;
        let next = next_link(&response.head.headers).map(|link| sender.target.step(sender.app, &url, &link));
        writer.write(&joiner.add(&read_page(response)?)?)?;
        url = match next {
            None => break,
            Some(Ok(next)) if next == url => {
                return Err(Error::check(format!("`{}` names a page as its own next page", host_of(url.as_str()))));
            }
            Some(Ok(next)) => next,
            Some(Err(host)) => {
                return Err(Error::check(format!(
                    "the next page is at `{host}`, another origin, and gets no token; the result is not complete"
                )));
            }
        };
    }
    writer.write(joiner.end())?;
    writer.end()?;
    file.keep()
}

fn read_page(mut response: StreamedResponse) -> Result<Vec<u8>> {
    runtime::run(http_client::run_on_thread(move || {
        let (mut page, mut part) = (Vec::new(), vec![0; PART]);
        loop {
            match response.read(&mut part)? {
                0 => return Ok(page),
                length => page.extend_from_slice(&part[..length]),
            }
            if page.len() > MAX_PAGE {
                return Err(Error::other(format!("a page of `{}` exceeds {} MiB", response.host(), MAX_PAGE >> 20)));
            }
        }
    }))
}
