//! Why a request of the HTTP client failed, in words that may be logged.

use std::error::Error;

/// An error with its causes but without the address, which may hold a token.
pub(crate) fn causes(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "timeout" } else { "no answer" }.to_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
