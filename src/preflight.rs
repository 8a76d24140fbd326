//! Would a recall work if it came now? Asked every day, so that it is not found out on the night.
//!
//! Pure: it is given how everything stands and judges it, one [`Check`] for each thing that a recall
//! needs: a roster that can be read, pools that are deep enough, people who can be reached, channels
//! that answer, clocks that agree, sources that speak. What was found is an enum with its data;
//! whether that is well and what is said of it follow from it, so that the two cannot part.
//!
//! Three outcomes and not two: what nobody can know yet (nothing was sent so far, nothing was heard)
//! is neither well nor wrong, and must read as neither. Where no roster is configured nothing is
//! said of pools: who asks nobody lacks nobody.
//!
//! It sends nothing, asks no network and names nobody: people are counts here. That a message
//! arrives is only known by sending one, which a check of every day must not.

mod clocks;
mod finding;
mod pools;
#[cfg(test)]
mod tests;
mod words;

pub use clocks::{CLOCK_APART_MAX, Clocks, Lag};
pub use finding::{Finding, Reached};

use crate::callup::Rules;
use crate::config::RecallMode;
use crate::engine::command::Level;
use crate::engine::time::{Span, Timestamp};
use crate::engine::view::{SourceView, View};
use crate::recall::Pool;
use crate::roster::Person;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The levels that call people who are off duty.
pub const LEVELS: [Level; 2] = [Level::L2, Level::L3];

/// A message that waits for longer than this is not on its way any more.
pub const WAITS_MAX: Span = Span::minutes(5);

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It is as it has to be.
    Ok,
    /// Nobody can know.
    Unknown,
    /// It is not.
    Wrong,
}

impl Outcome {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Wrong => "wrong",
        }
    }
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// What a level that calls for people leads to.
    Mode,
    /// Whether the roster can be read.
    Roster,
    /// Whether legal limits are known.
    Legal,
    /// Whether the people of a level can be reached.
    Contacts(Level),
    /// Whether it is known how many a level would ask for.
    Need(Level),
    /// Whether enough would come.
    Pool(Level),
    /// Whether a channel works.
    Channel,
    /// Whether links to reply by are set up.
    ReplyLinks,
    /// Whether a source speaks.
    Feed,
    /// Whether its clock agrees with ours.
    Clock,
}

impl What {
    /// The word on the wire and in metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mode => "mode",
            Self::Roster => "roster",
            Self::Legal => "legal",
            Self::Contacts(Level::L3) => "contacts_l3",
            Self::Contacts(Level::None | Level::L1 | Level::L2) => "contacts_l2",
            Self::Need(Level::L3) => "need_l3",
            Self::Need(Level::None | Level::L1 | Level::L2) => "need_l2",
            Self::Pool(Level::L3) => "pool_l3",
            Self::Pool(Level::None | Level::L1 | Level::L2) => "pool_l2",
            Self::Channel => "channel",
            Self::ReplyLinks => "reply_links",
            Self::Feed => "feed",
            Self::Clock => "clock",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What.
    pub what: What,
    /// Of which unit, where it is one's own.
    pub unit: Option<Arc<str>>,
    /// Of which skill, channel or source.
    pub of: Option<Arc<str>>,
    /// What was found.
    pub finding: Finding,
}

impl Check {
    fn new(what: What, finding: Finding) -> Self {
        Self { what, unit: None, of: None, finding }
    }

    fn of(self, name: &str) -> Self {
        Self { of: Some(name.into()), ..self }
    }

    /// Whether that is well.
    pub fn outcome(&self) -> Outcome {
        self.finding.outcome()
    }
}

/// People of a skill against the need, for whoever draws it.
#[derive(Clone, Debug, PartialEq)]
pub struct Depth {
    /// Which unit.
    pub unit: Arc<str>,
    /// Which level asks.
    pub level: Level,
    /// Name of the skill.
    pub skill: Arc<str>,
    /// What was counted.
    pub pool: Pool,
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// When.
    pub at: Timestamp,
    /// One for each thing.
    pub checks: Vec<Check>,
    /// Pools that were held against a need.
    pub pools: Vec<Depth>,
}

impl Report {
    /// The worst outcome.
    pub fn outcome(&self) -> Outcome {
        self.checks.iter().map(Check::outcome).max().unwrap_or(Outcome::Unknown)
    }

    /// What is wrong here and was not in an earlier report.
    pub fn turned_wrong<'a>(&'a self, before: Option<&'a Self>) -> impl Iterator<Item = &'a Check> {
        let same = |a: &Check, b: &Check| (a.what, &a.unit, &a.of) == (b.what, &b.unit, &b.of);
        let was = move |check: &Check| {
            let mut all = before.into_iter().flat_map(|report| &report.checks);
            all.any(|other| same(check, other) && other.outcome() == Outcome::Wrong)
        };
        self.checks.iter().filter(move |c| c.outcome() == Outcome::Wrong && !was(c))
    }

    /// Whether time may show what is not known or well yet: then it is worth to look again soon.
    pub fn may_change(&self) -> bool {
        let unheard = |c: &Check| matches!(c.finding, Finding::NotHeardYet | Finding::ClockUnheard);
        self.checks.iter().any(|c| c.outcome() == Outcome::Wrong || unheard(c))
    }
}

/// The roster, as far as it could be read.
#[derive(Clone, Copy, Debug)]
pub enum Roster<'a> {
    /// None is configured.
    NotSet,
    /// It cannot be read.
    Unreadable,
    /// Everybody in it.
    Read(&'a [Person]),
}

/// How everything stands.
#[derive(Debug)]
pub struct Standing<'a> {
    /// The instant of the look.
    pub now: Timestamp,
    /// The state.
    pub view: &'a View,
    /// What a level leads to.
    pub mode: RecallMode,
    /// The people.
    pub roster: Roster<'a>,
    /// The rules of asking.
    pub rules: &'a Rules,
    /// The legal limits are the centre's own file.
    pub own_legal: bool,
    /// Channels by name.
    pub channels: &'a [(String, Reached)],
    /// Whether links to reply by are set up, where that is known.
    pub reply_links: Option<bool>,
    /// How the clocks of sources stand, by name.
    pub clocks: &'a BTreeMap<Arc<str>, Lag>,
}

/// Looks at everything.
pub fn look(given: &Standing<'_>) -> Report {
    let mut checks = vec![Check::new(What::Mode, Finding::Mode(given.mode))];
    let roster = match given.roster {
        Roster::NotSet => Finding::RosterNotSet,
        Roster::Unreadable => Finding::RosterUnreadable,
        Roster::Read(people) => Finding::Roster { people: people.len() },
    };
    checks.push(Check::new(What::Roster, roster));
    checks.push(Check::new(What::Legal, Finding::Legal { own: given.own_legal }));
    let mut depths = Vec::new();
    if let Roster::Read(people) = given.roster {
        checks.extend(LEVELS.map(|level| pools::contacts(level, people, given.rules)));
        for unit in &given.view.units {
            for level in LEVELS {
                pools::look(given, people, (unit, level), &mut checks, &mut depths);
            }
        }
    }
    for (name, reached) in given.channels {
        checks.push(Check::new(What::Channel, Finding::Channel(*reached)).of(name));
    }
    checks.push(Check::new(What::ReplyLinks, Finding::ReplyLinks(given.reply_links)));
    // A source that history came from is no feed, unless nothing else is one.
    let any = given.view.sources.iter().any(|source| source.awaited);
    for source in given.view.sources.iter().filter(|source| source.awaited || !any) {
        checks.push(Check::new(What::Feed, feed(source)).of(&source.name));
        let lag = given.clocks.get(&source.name);
        let clock = lag.map_or(Finding::ClockUnheard, |lag| Finding::Clock(*lag));
        checks.push(Check::new(What::Clock, clock).of(&source.name));
    }
    Report { at: given.now, checks, pools: depths }
}

/// How a source stands. Its limit of silence is the engine's, which counts from its configuration.
fn feed(source: &SourceView) -> Finding {
    let heard = source.last_event.is_some() || source.accepted.heartbeats > 0;
    match source.outage {
        Some((since, _)) if heard => Finding::Silent { since },
        Some((since, _)) => Finding::NeverHeard { since },
        None if source.up || heard => Finding::Speaks,
        None => Finding::NotHeardYet,
    }
}
