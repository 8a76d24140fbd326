//! Erlang A: calls that find every agent busy wait, and give up when their patience ends.
//!
//! The calculator for a surge. It has an answer at every load, because who gives up need not be
//! answered, and it does not ask for the people that Erlang C would: at 1,000 Erlang, 80 % in
//! 20 s of calls of five minutes and callers of three minutes' patience, 936 instead of 1,015.
//!
//! With the inverse `e` of Erlang B with one agent less and `J = integral of the density` of
//! the offered wait ([`waiting`](super::waiting)), everything is a share of `e + lambda J`:
//!
//! ```text
//! P(wait) = lambda J                 answered in T = e + lambda integral to T of staying
//! abandoned = lambda integral of gone            mean wait = lambda integral of waited
//! ```
//! (Garnett, Mandelbaum & Reiman 2002, "Designing a call center with impatient customers",
//! Manufacturing & Service Operations Management 4:208; Mandelbaum & Zeltyn 2007.)
//!
//! It is a balance: right when load and staff hold for a few handle times. In a fast ramp look at
//! the [`backlog`](super::Backlog) too.

use super::erlang_b::Inverse;
use super::erlang_c::threshold_within;
use super::error::StaffingError;
use super::formula::Formula;
use super::patience::Patience;
use super::traffic::{Traffic, agents_within};
use super::waiting::{Inflow, Sums, Waiting};

/// A queue with abandonment, in balance. Shares are of the calls offered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErlangA {
    /// Probability that a call finds every agent busy.
    pub wait_probability: f64,
    /// Share of calls that give up.
    pub abandoned: f64,
    /// Mean time until answered or given up, of all calls, in seconds.
    pub mean_wait_seconds: f64,
    /// Share of their time that agents are busy; 1 without agents.
    pub occupancy: f64,
    /// Mean number of calls waiting.
    pub waiting_calls: f64,
    /// Share of calls answered within the threshold.
    pub answered_in_time: f64,
    /// Share of calls that gave up within the threshold.
    pub abandoned_in_time: f64,
}

/// A queue with abandonment with so many agents; the threshold is that of the service level.
///
/// ```
/// use callsurge::staffing::{Exponential, Formula, Traffic, erlang_a};
/// // 48 calls a minute of a minute each, 50 agents, two minutes' patience: 3.1 % give up.
/// let traffic = Traffic::new(48.0 / 60.0, 60.0)?;
/// let queue = erlang_a(&traffic, &Exponential::new(120.0)?, 50, 20.0)?;
/// assert!((queue.abandoned - 0.030_912).abs() < 1e-6);
/// assert!(queue.service_level(Formula::AnsweredOfOffered) > 0.9);
/// # Ok::<(), callsurge::staffing::StaffingError>(())
/// ```
///
/// # Errors
/// Out of range if the agents exceed [`AGENTS_MAX`](super::AGENTS_MAX) or the threshold a day.
/// [`StaffingError::Unstable`] if the law has callers who never give up, and those alone keep
/// all agents busy.
pub fn erlang_a(
    traffic: &Traffic,
    law: &impl Patience,
    agents: u32,
    threshold_seconds: f64,
) -> Result<ErlangA, StaffingError> {
    agents_within(agents)?;
    threshold_within(threshold_seconds)?;
    let unstable = StaffingError::Unstable { load_erlangs: traffic.load_erlangs(), agents };
    Station::new(traffic, law, threshold_seconds).at(agents).ok_or(unstable)
}

impl ErlangA {
    /// The service level by one of its formulas; 0 where nobody is left to count.
    pub fn service_level(&self, formula: Formula) -> f64 {
        let of = |part: f64, whole: f64| if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 };
        match formula {
            Formula::AnsweredOfOffered => self.answered_in_time,
            Formula::AnsweredOfAnswered => of(self.answered_in_time, 1.0 - self.abandoned),
            Formula::WithoutShortAbandons => {
                of(self.answered_in_time, 1.0 - self.abandoned_in_time)
            }
            Formula::SettledOfOffered => (self.answered_in_time + self.abandoned_in_time).min(1.0),
        }
    }

    /// Nothing is offered.
    const QUIET: Self = Self {
        wait_probability: 0.0,
        abandoned: 0.0,
        mean_wait_seconds: 0.0,
        occupancy: 0.0,
        waiting_calls: 0.0,
        answered_in_time: 1.0,
        abandoned_in_time: 0.0,
    };
}

/// A queue whose number of agents is varied. What one number cost serves its neighbours.
pub(super) struct Station<'a, P> {
    traffic: Traffic,
    inflow: Inflow<'a, P>,
    known: Option<Known>,
}

struct Known {
    agents: f64,
    waiting: Waiting,
    inverse: Inverse,
    inverse_agents: f64,
}

impl<'a, P: Patience> Station<'a, P> {
    pub(super) fn new(traffic: &Traffic, law: &'a P, threshold_seconds: f64) -> Self {
        let inflow = Inflow {
            calls_per_second: traffic.calls_per_second(),
            handle_seconds: traffic.handle_seconds(),
            law,
            threshold_seconds,
        };
        Self { traffic: *traffic, inflow, known: None }
    }

    /// With so many agents; `None` if unstable.
    pub(super) fn at(&mut self, agents: u32) -> Option<ErlangA> {
        if self.traffic.load_erlangs() <= 0.0 {
            return Some(ErlangA::QUIET);
        }
        if agents == 0 {
            return Some(self.unstaffed());
        }
        let n = f64::from(agents);
        let (sums, inverse) = self.neighbour(n).or_else(|| self.fresh(n))?;
        Some(self.shares(n, &sums, inverse))
    }

    /// Everybody gives up.
    fn unstaffed(&self) -> ErlangA {
        let law = self.inflow.law;
        let mean_wait_seconds = law.mean_seconds();
        ErlangA {
            wait_probability: 1.0,
            abandoned: 1.0,
            mean_wait_seconds,
            occupancy: 1.0,
            waiting_calls: self.inflow.calls_per_second * mean_wait_seconds,
            answered_in_time: 0.0,
            abandoned_in_time: law.gone(self.inflow.threshold_seconds),
        }
    }

    fn fresh(&mut self, n: f64) -> Option<(Sums, Inverse)> {
        let waiting = self.inflow.waiting(n)?;
        let inverse = Inverse::of(n - 1.0, self.traffic.load_erlangs());
        let sums = waiting.sums(0.0);
        self.known = Some(Known { agents: n, waiting, inverse, inverse_agents: n - 1.0 });
        Some((sums, inverse))
    }

    fn neighbour(&mut self, n: f64) -> Option<(Sums, Inverse)> {
        let known = self.known.as_mut()?;
        let more = (n - known.agents) / self.inflow.handle_seconds;
        if !known.waiting.covers(more) {
            return None;
        }
        let load = self.traffic.load_erlangs();
        let inverse = known.inverse.moved(known.inverse_agents, n - 1.0, load)?;
        Some((known.waiting.sums(more), inverse))
    }

    fn shares(&self, n: f64, sums: &Sums, inverse: Inverse) -> ErlangA {
        let Inflow { calls_per_second, threshold_seconds, law, .. } = self.inflow;
        // Those who wait, and those who do not, per unit of the same exponent.
        let waiting = calls_per_second * sums.all;
        let at_once = (inverse.log - sums.log).exp() * inverse.value;
        let whole = at_once + waiting;
        let share = |part: f64| (calls_per_second * part / whole).min(1.0);
        let at_once = if at_once.is_finite() { at_once / whole } else { 1.0 };
        let abandoned = share(sums.gone);
        let mean_wait_seconds = calls_per_second * sums.waited / whole;
        let late = law.gone(threshold_seconds) * sums.beyond;
        ErlangA {
            wait_probability: share(sums.all),
            abandoned,
            mean_wait_seconds,
            occupancy: (self.traffic.load_erlangs() * (1.0 - abandoned) / n).min(1.0),
            waiting_calls: calls_per_second * mean_wait_seconds,
            answered_in_time: (at_once + share(sums.answered_in_time)).min(1.0),
            abandoned_in_time: share(sums.gone_in_time + late),
        }
    }
}
