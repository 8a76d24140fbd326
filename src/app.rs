//! Wiring: builds the parts, starts them, stops them in order. The one place that knows them all.
//!
//! Order of a start: configuration, journal, driver (recovery), delivery, sources, HTTP. Order of
//! a stop is the reverse: no connection more, then the driver commits what it holds and keeps a
//! snapshot, so that a restart folds next to nothing.

mod demo;
mod facts;
mod live;
mod parts;
mod shown;

pub(crate) use demo::run as demo;
pub use live::run as serve;

use crate::driver::DriverError;
use crate::driver::recovery;
use crate::engine::Engine;
use crate::engine::policy::Policy;
use crate::journal::{BUILD, Journal};

/// The policy that a journal's last entries were folded under.
pub(crate) fn policy_in(journal: &mut dyn Journal) -> Result<Option<Policy>, DriverError> {
    journal.reopen()?;
    let engine: Engine = recovery::recover(journal, BUILD)?.fold;
    Ok(engine.policy().cloned())
}

/// A configured policy that continues one in force: sources and units keep their numbers, what
/// the configuration no longer names stays known, what is new is appended.
pub(crate) fn continuing(old: &Policy, new: &Policy) -> Policy {
    let mut merged = new.clone();
    merged.sources = keep_order(&old.sources, &new.sources, |s| &s.name);
    for source in &mut merged.sources {
        if !new.sources.iter().any(|s| s.name == source.name) {
            // A source that was taken out of the configuration is no outage.
            source.watched = false;
        }
    }
    merged.units = keep_order(&old.units, &new.units, |u| &u.name);
    for unit in &mut merged.units {
        if !new.units.iter().any(|u| u.name == unit.name) {
            unit.queues.clear();
        }
    }
    let default = new.default_unit.and_then(|id| new.units.get(usize::from(id.0)));
    merged.default_unit = default.and_then(|unit| merged.unit(&unit.name));
    merged
}

fn keep_order<T: Clone>(old: &[T], new: &[T], name: impl Fn(&T) -> &String) -> Vec<T> {
    let find = |of: &T| new.iter().find(|n| name(n) == name(of)).unwrap_or(of).clone();
    let mut merged: Vec<T> = old.iter().map(find).collect();
    merged.extend(new.iter().filter(|n| !old.iter().any(|o| name(o) == name(n))).cloned());
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::observation::{SourceId, UnitId};
    use crate::engine::policy::{Carries, SilenceRule, SourcePolicy, UnitPolicy};
    use crate::engine::time::Span;

    fn source(name: &str) -> SourcePolicy {
        SourcePolicy {
            name: name.into(),
            lateness: Span::ZERO,
            heartbeat: false,
            watched: true,
            carries: Carries::ALL,
        }
    }

    #[test]
    fn a_reload_keeps_the_numbers_of_what_is_known() {
        let old = Policy::unconfigured(SilenceRule::Live, vec![source("a"), source("b")]);
        let mut new = Policy::unconfigured(SilenceRule::Live, vec![source("c"), source("b")]);
        new.units = vec![UnitPolicy::with_defaults("east")];
        let merged = continuing(&old, &new);
        assert_eq!(merged.source("a"), Some(SourceId(0)));
        assert_eq!(merged.source("b"), Some(SourceId(1)));
        assert_eq!(merged.source("c"), Some(SourceId(2)));
        assert!(!merged.sources[0].watched && merged.sources[1].watched);
        assert_eq!(merged.unit("east"), Some(UnitId(1)));
        assert_eq!(merged.default_unit, Some(UnitId(1)));
    }
}
