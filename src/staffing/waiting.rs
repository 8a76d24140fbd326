//! What callers who have to wait are offered: the density of the wait and the callers' fate in it.
//!
//! Of a queue with general patience (Baccelli & Hebuterne 1981; Mandelbaum & Zeltyn 2007, M/M/n+G)
//! the offered wait `x` has the density, up to a constant,
//!
//! ```text
//! exp(lambda · waited(x) - n mu x)        waited(x) = integral of staying from 0 to x
//! ```
//! Its exponent is concave because `staying` only falls, so there is one hump. It is sampled at
//! fixed points, once; every share is a sum over them, and so are the shares with a few agents
//! more or less.

use super::erlang_b::first_guess;
use super::hump::{panel, reach};
use super::patience::{Fate, Patience};

/// Panels of more than so many tame lengths are checked against their halves.
const TAME_LENGTHS: f64 = 6.0;
/// Halvings of a panel.
const HALVINGS_MAX: u32 = 40;
/// Samples of a hump; what is left then is taken as it is.
const SAMPLES_MAX: usize = 20_000;
/// Difference between a panel and its halves, relative, at which the panel is taken.
const AGREE: f64 = 1.0e-13;
/// A difference below this that halving does not make smaller is rounding, not shape.
const NOISE: f64 = 1.0e-8;
/// How far the exponent may tilt across the hump when agents are added to it.
const TILT_MAX: f64 = 1.0;

/// A sample of the hump.
#[derive(Clone, Copy, Debug)]
struct Sample {
    fate: Fate,
    /// Distance from the anchor, in seconds.
    step: f64,
    weight: f64,
}

/// The hump, sampled.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Exponent at the anchor.
    log: f64,
    anchor_seconds: f64,
    threshold_seconds: f64,
    samples: Vec<Sample>,
}

/// Sums over the hump: seconds of density, each times a share.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    /// Exponent that all of them lack.
    pub(super) log: f64,
    /// Of all.
    pub(super) all: f64,
    /// Of those who stayed until they were answered, within the threshold.
    pub(super) answered_in_time: f64,
    /// Of those who gave up.
    pub(super) gone: f64,
    /// Of those who gave up while the offered wait was within the threshold.
    pub(super) gone_in_time: f64,
    /// Of offered waits beyond the threshold.
    pub(super) beyond: f64,
    /// Of the time waited: seconds squared.
    pub(super) waited: f64,
}

/// What the hump is of.
pub(super) struct Inflow<'a, P> {
    pub(super) calls_per_second: f64,
    pub(super) handle_seconds: f64,
    pub(super) law: &'a P,
    pub(super) threshold_seconds: f64,
}

impl<P: Patience> Inflow<'_, P> {
    /// The hump of so many agents, at least one. `None` if no wait is long enough: patient
    /// callers alone exceed what can be answered.
    pub(super) fn waiting(&self, agents: f64) -> Option<Waiting> {
        let (calls, law) = (self.calls_per_second, self.law);
        let load = calls * self.handle_seconds;
        let peak = law.seconds_until_gone(((load - agents) / load).max(0.0));
        if !peak.is_finite() {
            return None;
        }
        let mut anchor = law.fate(peak);
        let slope = if peak > 0.0 {
            // As many give up as cannot be answered; exactly, or the error is a slope.
            anchor.staying = agents / load;
            0.0
        } else {
            ((agents - load) / self.handle_seconds + calls * anchor.gone).max(0.0)
        };
        let drop = |step: f64| {
            let (fate, lost) = law.step(&anchor, step);
            (fate, slope * step + calls * lost)
        };
        let guess = first_guess(slope, calls * law.falling_per_second(peak));
        let right = reach(
            |step| {
                let (fate, drop) = drop(step);
                (drop, slope + calls * (anchor.staying - fate.staying))
            },
            guess,
            f64::INFINITY,
        );
        let left = if peak > 0.0 {
            let to_left = |step: f64| {
                let (fate, drop) = drop(-step);
                (drop, calls * (fate.staying - anchor.staying) - slope)
            };
            reach(to_left, right.min(peak), peak)
        } else {
            0.0
        };
        let log = calls * law.waited_by_gone_seconds(peak) - slope * peak;
        let mut waiting = Waiting {
            log,
            anchor_seconds: peak,
            threshold_seconds: self.threshold_seconds,
            samples: Vec::with_capacity(80),
        };
        let tame = TAME_LENGTHS * law.tame_seconds();
        let mut from = -left;
        let cut = self.threshold_seconds - peak;
        for to in [cut, right] {
            if to > from && to <= right {
                waiting.fill(&drop, (from, to), tame, f64::INFINITY, HALVINGS_MAX);
                from = to;
            }
        }
        Some(waiting)
    }
}

impl Waiting {
    /// Samples a panel, and its halves where they do not agree with it; `before` is by how much
    /// the panel that this is a half of did not.
    fn fill(
        &mut self,
        drop: &impl Fn(f64) -> (Fate, f64),
        (from, to): (f64, f64),
        tame: f64,
        before: f64,
        halvings: u32,
    ) {
        let begin = self.samples.len();
        self.sample(drop, from, to);
        if to - from <= tame {
            return;
        }
        let sums = |samples: &[Sample]| {
            samples
                .iter()
                .fold((0.0, 0.0), |(all, gone), s| (all + s.weight, gone + s.weight * s.fate.gone))
        };
        let whole = sums(&self.samples[begin..]);
        self.samples.truncate(begin);
        let middle = 0.5 * (from + to);
        self.sample(drop, from, middle);
        self.sample(drop, middle, to);
        let halves = sums(&self.samples[begin..]);
        let differ = |a: f64, b: f64| (a - b).abs() / b.max(f64::MIN_POSITIVE);
        let apart = differ(whole.0, halves.0).max(differ(whole.1, halves.1));
        let rounding = apart <= NOISE && apart >= 0.25 * before;
        let enough = halvings == 0 || self.samples.len() > SAMPLES_MAX;
        if apart <= AGREE || rounding || enough {
            return;
        }
        self.samples.truncate(begin);
        self.fill(drop, (from, middle), tame, apart, halvings - 1);
        self.fill(drop, (middle, to), tame, apart, halvings - 1);
    }

    fn sample(&mut self, drop: &impl Fn(f64) -> (Fate, f64), from: f64, to: f64) {
        self.samples.extend(panel(from, to).map(|(step, weight)| {
            let (fate, drop) = drop(step);
            Sample { fate, step, weight: weight * (-drop).exp() }
        }));
    }

    /// Whether [`sums`](Self::sums) hold for so many answers per second more or fewer.
    pub(super) fn covers(&self, more_per_second: f64) -> bool {
        let width = |s: &Sample| (more_per_second * s.step).abs();
        let ends = [self.samples.first(), self.samples.last()];
        ends.into_iter().flatten().all(|s| width(s) <= TILT_MAX)
    }

    /// The sums, with so many answers per second more than the hump was made for.
    pub(super) fn sums(&self, more_per_second: f64) -> Sums {
        let mut sums =
            Sums { log: self.log - more_per_second * self.anchor_seconds, ..Sums::default() };
        let tilted = more_per_second != 0.0;
        for Sample { fate, step, weight } in &self.samples {
            let weight = if tilted { weight * (-more_per_second * step).exp() } else { *weight };
            sums.all += weight;
            sums.gone += weight * fate.gone;
            sums.waited += weight * fate.waited_seconds;
            if fate.seconds < self.threshold_seconds {
                sums.answered_in_time += weight * fate.staying;
                sums.gone_in_time += weight * fate.gone;
            } else {
                sums.beyond += weight;
            }
        }
        sums
    }
}
