//! Wiring: builds the parts, starts them, stops them in order. The one place that knows them all.
//!
//! Order of a start: configuration, signals, journal, driver (recovery), delivery, sources, HTTP. Order of
//! a stop is the reverse: no connection more, then the driver commits what it holds and keeps a
//! snapshot, so that a restart folds next to nothing.

mod channels;
mod contacts;
mod demo;
mod drills;
mod facts;
mod feeds;
mod holidays;
mod live;
mod parts;
mod preflight;
mod recalls;
mod reload;
mod replies;
mod shown;
mod signals;
mod worked;

pub(crate) use contacts::questions;
pub(crate) use demo::run as demo;
pub(crate) use feeds::{client_settings, fetcher};
pub use live::run as serve;
pub(crate) use parts::Refused;

use crate::driver::DriverError;
use crate::driver::{numbering, recovery};
use crate::engine::Engine;
use crate::engine::policy::Policy;
use crate::journal::{BUILD, Journal};

/// The policy that a journal's last entries were folded under.
pub(crate) fn policy_in(journal: &mut dyn Journal) -> Result<Option<Policy>, DriverError> {
    Ok(engine_in(journal)?.policy().cloned())
}

/// The state that a journal's entries lead to.
pub(crate) fn engine_in(journal: &mut dyn Journal) -> Result<Engine, DriverError> {
    journal.reopen()?;
    Ok(recovery::recover(journal, BUILD)?.fold)
}

/// The policy of a configuration with the numbers of the one in force. It complains where a week
/// was learned in another zone: it is wrong by hours until it has been learned anew.
fn policy_over(known: &Policy, wanted: Policy) -> Policy {
    let policy = numbering::keep(known, wanted);
    for numbering::Shifted { unit, learned_in, now } in numbering::shifted(known, &policy) {
        tracing::warn!(
            unit,
            learned_in = learned_in.name(),
            timezone = now.name(),
            "what unit {unit} learned so far is the week of {learned_in} and shifted in {now}; \
             teach a new journal with `learn --config`"
        );
    }
    policy
}
