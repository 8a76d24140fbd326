//! Logs of the running service: one subscriber, text or JSON, and panics as log lines.
//!
//! The filter is `RUST_LOG` syntax. Logs go to stderr, because stdout belongs to data (`--json`).

use serde::{Deserialize, Serialize};
use std::io;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// How a line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter does not parse.
    #[error("log filter {0:?} is not like \"info\" or \"callsurge=debug,warn\"")]
    Filter(String, #[source] tracing_subscriber::filter::ParseError),
    /// Another subscriber is set.
    #[error("logging was started twice")]
    Twice(#[source] TryInitError),
}

/// Starts logging for the whole process and sends panics there too.
///
/// # Errors
/// [`TelemetryError`] if the filter does not parse or logging runs already.
pub fn init(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    let parsed =
        EnvFilter::try_new(filter).map_err(|e| TelemetryError::Filter(filter.to_owned(), e))?;
    let base = tracing_subscriber::registry().with(parsed);
    match format {
        LogFormat::Text => {
            // Colour codes are noise in a file or a journal.
            let colour = io::IsTerminal::is_terminal(&io::stderr());
            base.with(fmt::layer().with_ansi(colour).with_writer(io::stderr)).try_init()
        }
        LogFormat::Json => base.with(fmt::layer().json().with_writer(io::stderr)).try_init(),
    }
    .map_err(TelemetryError::Twice)?;
    log_panics();
    Ok(())
}

/// A panic is logged with its place and then handled as before.
fn log_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let what = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, panic = what, "panic at {place}: {what}");
        before(panic);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_does_not_parse_is_named() {
        let error = init(LogFormat::Text, "callsurge=loud").expect_err("no such level");
        assert!(error.to_string().contains("callsurge=loud"), "{error}");
    }
}
