//! Whether the clocks of sources agree with ours, from what is at hand without a time server.
//!
//! A manager interface tells its clock, which is compared directly. Of any other source there are
//! only the times on what it says: one that lies ahead of the clock here proves that the two
//! disagree; one that comes within seconds of its time proves that they agree. One that comes late
//! proves nothing, since data may be late for a hundred reasons. Of the last stamps the closest
//! counts: one row that came late in a good hour is no news.

use super::Outcome;
use crate::engine::time::{Span, Timestamp};
use crate::engine::view::View;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Clocks further apart order calls and log lines wrongly.
pub const CLOCK_APART_MAX: Span = Span::secs(5);
/// Stamps of a source that are remembered: half an hour of rows, some seconds of calls.
const STAMPS_MAX: usize = 30;

/// How far a source's clock and ours are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// Its clock was read: so far it is ahead, behind if negative.
    Read(Span),
    /// Its newest stamps came so long after their time; before it if negative.
    Stamps(Span),
}

impl Lag {
    /// Whether they agree.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Read(ahead) if ahead.as_millis().abs() < CLOCK_APART_MAX.as_millis() => {
                Outcome::Ok
            }
            Self::Read(_) => Outcome::Wrong,
            Self::Stamps(late) if late <= Span::ZERO - CLOCK_APART_MAX => Outcome::Wrong,
            Self::Stamps(late) if late < CLOCK_APART_MAX => Outcome::Ok,
            Self::Stamps(_) => Outcome::Unknown,
        }
    }
}

/// The last stamps of each source against the clock here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clocks(BTreeMap<Arc<str>, Stamps>);

#[derive(Clone, Debug, Default, PartialEq)]
struct Stamps {
    newest: Option<Timestamp>,
    lags: VecDeque<Span>,
}

impl Clocks {
    /// Takes a state; what is new in it counts as heard at its instant.
    pub fn hear(&mut self, view: &View) {
        for source in &view.sources {
            let Some(stamp) = source.last_event else { continue };
            let Some(stamps) = self.0.get_mut(&source.name) else {
                // What was there before anybody listened came at an unknown time.
                let known = Stamps { newest: Some(stamp), lags: VecDeque::new() };
                self.0.insert(source.name.clone(), known);
                continue;
            };
            if stamps.newest.is_none_or(|newest| stamp > newest) {
                stamps.newest = Some(stamp);
                if stamps.lags.len() == STAMPS_MAX {
                    stamps.lags.pop_front();
                }
                stamps.lags.push_back(view.at - stamp);
            }
        }
    }

    /// The closest of the last stamps of each source that said something.
    pub fn lags(&self) -> BTreeMap<Arc<str>, Lag> {
        let closest = |(name, stamps): (&Arc<str>, &Stamps)| {
            let least = stamps.lags.iter().copied().min_by_key(|lag| lag.as_millis().abs())?;
            Some((name.clone(), Lag::Stamps(least)))
        };
        self.0.iter().filter_map(closest).collect()
    }
}
