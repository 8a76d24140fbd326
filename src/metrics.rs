//! What a scrape of `/metrics` answers: the whole state as Prometheus families.
//!
//! Gauges and counters of the monitored centre are functions of the [`View`] at the moment of the
//! scrape; nothing sets a gauge in the middle of logic, so a value can neither be forgotten nor
//! outlive what it describes. What the view does not carry (requests, deliveries) counts in a
//! [`Service`] with a registry of its own, or is asked for as [`Facts`]. The families are listed in [`catalogue`].
//!
//! Known series exist from the start at 0, because `increase()` misses the first event of a
//! series that appears with it. A series is absent only where there is nothing to say: no
//! deadline runs, a condition is unknown, a source fell silent and its last snapshot would lie.
//! Instants are exported, never ages. Nothing here knows a person, a call or an incident number:
//! labels come from closed sets and from configured names.

pub mod catalogue;
mod label;
mod links;
mod page;
mod preflight;
mod process;
mod queues;
mod service;
mod sources;
mod units;

pub use label::label_value;
pub use service::{Facts, Failures, Rejection, Service};

use crate::engine::view::View;
use page::Page;

/// The content type of the page. Prometheus 3 refuses a scrape without a known one.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// A family could not be registered or written.
    #[error("a metric family is not sound")]
    Family(#[source] prometheus::Error),
}

/// The page for a view. About 0.1 µs a series: call it where blocking is allowed.
///
/// # Errors
/// [`MetricsError::Family`] if a family is not sound, which is an error of this program.
pub fn render(view: &View, service: &Service) -> Result<String, MetricsError> {
    let mut page = Page::with_capacity(64 * 1_024 + view.queues.len() * 4_096);
    // Who is asked for facts counts what happened since.
    let facts = service.facts();
    page.append(&service.gather())?;
    service::write(&mut page, service, &facts)?;
    process::write(&mut page)?;
    sources::write(&mut page, view, service)?;
    links::write(&mut page, &facts)?;
    units::write(&mut page, view, &facts)?;
    queues::write(&mut page, view, &facts)?;
    preflight::write(&mut page, facts.preflight.as_deref())?;
    Ok(page.into_text())
}
