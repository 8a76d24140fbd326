//! Erlang B: calls that find every agent busy are lost.
//!
//! The formula of factorials overflows at 170 agents and its usual recurrence takes a step for
//! each agent. Here the inverse is the integral that both come from (Jagerman 1974, "Some
//! properties of the Erlang loss function", Bell System Technical Journal 53:525)
//!
//! ```text
//! 1/B(n, A) = integral of exp(-t) (1 + t/A)^n over t > 0
//! ```
//! taken over the hump of its integrand: the same cost for ten Erlang and for 100,000.

use super::error::{Quantity, StaffingError};
use super::gap::log_gap;
use super::hump::{DROP_MAX, panel, reach};
use super::search::{Goal, least};
use super::traffic::{LOAD_MAX_ERLANGS, agents_within};

/// Up to here the recurrence is as fast.
const RECURRENCE_AGENTS_MAX: f64 = 32.0;

/// Probability that a call finds all `agents` busy and is lost, offered `load_erlangs`.
///
/// Relative error below 1e-14; 0 where it is below 1e-308. Without agents every call is lost.
///
/// ```
/// use callsurge::staffing::erlang_b;
/// // Two agents and one Erlang: (1/2) / (1 + 1 + 1/2).
/// assert!((erlang_b(1.0, 2)? - 0.2).abs() < 1e-15);
/// # Ok::<(), callsurge::staffing::StaffingError>(())
/// ```
///
/// # Errors
/// If the load is not within 0 and 100,000 Erlang or the agents exceed [`AGENTS_MAX`](super::AGENTS_MAX).
pub fn erlang_b(load_erlangs: f64, agents: u32) -> Result<f64, StaffingError> {
    Quantity::LoadErlangs.within(load_erlangs, 0.0, LOAD_MAX_ERLANGS)?;
    let agents = agents_within(agents)?;
    Ok(1.0 / Inverse::of(agents, load_erlangs).plain())
}

/// Fewest agents that lose at most this share of the calls.
///
/// # Errors
/// If the load is out of range or the share not within 1e-12 and 0.999999.
pub fn agents_for_blocking(load_erlangs: f64, blocked_max: f64) -> Result<u32, StaffingError> {
    Quantity::LoadErlangs.within(load_erlangs, 0.0, LOAD_MAX_ERLANGS)?;
    Quantity::BlockedShare.within(blocked_max, 1e-12, 0.999_999)?;
    let goal = Goal {
        quantity: Quantity::BlockedShare,
        asked: blocked_max,
        target: 1.0 - blocked_max,
        guess: load_erlangs * (1.0 - blocked_max),
        spread: load_erlangs.sqrt(),
    };
    least(&goal, |agents| {
        let blocked = 1.0 / Inverse::of(f64::from(agents), load_erlangs).plain();
        // As an odds ratio, so that small shares keep their digits.
        (blocked_max - blocked, ((1.0 - blocked) / blocked).ln())
    })
}

/// `1/B` as `exp(log) · value`: above the load it overflows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Inverse {
    pub(super) log: f64,
    pub(super) value: f64,
}

impl Inverse {
    const ONE: Self = Self { log: 0.0, value: 1.0 };

    /// Of whole `agents`.
    pub(super) fn of(agents: f64, load: f64) -> Self {
        if agents <= RECURRENCE_AGENTS_MAX {
            return (1..=agents as u32).fold(Self::ONE, |inverse, n| {
                // Infinite without load: nothing is lost.
                Self { value: 1.0 + f64::from(n) / load * inverse.value, ..inverse }
            });
        }
        if load <= 0.0 {
            return Self { value: f64::INFINITY, ..Self::ONE };
        }
        // The peak, and what the integrand is there.
        let peak = (agents - load).max(0.0);
        let from = load + peak;
        let log = peak * peak / load - agents * log_gap(peak / load);
        let slope = (from - agents).max(0.0) / from;
        let drop = |t: f64| slope * t + agents * log_gap(t / from);
        let with_slope = |t: f64| (drop(t), (from + t - agents) / (from + t));
        let curve = agents / (from * from);
        let guess = first_guess(slope, curve);
        let right = reach(with_slope, guess, f64::INFINITY);
        let to_left = |t: f64| (drop(-t), (agents - from + t) / (from - t));
        let left = if peak > 0.0 { reach(to_left, right.min(peak), peak) } else { 0.0 };
        let points = panel(-left, right);
        let value = points.iter().map(|&(t, weight)| weight * (-drop(t)).exp()).sum();
        Self { log, value }
    }

    /// As one number; infinite where it overflows.
    pub(super) fn plain(self) -> f64 {
        self.log.exp() * self.value
    }

    /// The same for other whole agents, by the recurrence; `None` where that would cost digits or
    /// take longer than the integral.
    pub(super) fn moved(self, from: f64, to: f64, load: f64) -> Option<Self> {
        if (to - from).abs() > RECURRENCE_AGENTS_MAX {
            return None;
        }
        let one = (-self.log).exp();
        let (mut at, mut value) = (from, self.value);
        while at < to {
            at += 1.0;
            value = one + at / load * value;
        }
        while at > to {
            // Subtracts like from like where nearly every call is lost.
            if value < 2.0 * one {
                return None;
            }
            value = (value - one) * load / at;
            at -= 1.0;
        }
        Some(Self { value, ..self })
    }
}

/// Where a drop of this slope and curvature at its anchor would end if both stayed.
pub(super) fn first_guess(slope: f64, curve: f64) -> f64 {
    2.0 * DROP_MAX / (slope + (slope * slope + 2.0 * curve * DROP_MAX).sqrt())
}
