//! What a recall will probably be like, before anybody is asked: exact, by waves.
//!
//! The state before a wave is how many have been asked and how many places are missing. From each
//! such state the wave has a known size, and who of it accepts is Poisson-binomial; so the course of
//! waves is a Markov chain, and its probabilities are sums of products without a random number. The
//! chain is the machine's own rule, with one simplification: everybody answers within the wave timer
//! or not at all. So it has neither the early wave after many declines, which is sooner, nor the
//! answer after the timer, which makes later waves smaller: it errs on the late side.

use super::odds::Odds;
use std::collections::BTreeMap;

/// Courses less probable than this are left out; all of them together weigh less than a millionth.
const NEGLIGIBLE: f64 = 1e-12;

/// One wave of a skill, as it will probably be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    /// How far down the list this wave can reach: people asked up to and with it.
    pub(super) reach: usize,
    /// Probability that it is needed.
    pub(super) needed: f64,
    /// Mean number of people asked in it.
    pub(super) asked: f64,
    /// Probability that the need is met after it.
    pub(super) filled: f64,
}

/// The waves of a skill, for people with these rates in this order.
pub(super) fn course(need: u32, rates: &[f64], confidence: f64) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut filled = if need == 0 { 1.0 } else { 0.0 };
    let mut states = BTreeMap::from([((0_usize, need), 1.0)]);
    states.retain(|&(_, missing), _| missing > 0);
    while !states.is_empty() {
        let mut next: BTreeMap<(usize, u32), f64> = BTreeMap::new();
        let mut step = Step { reach: 0, needed: 0.0, asked: 0.0, filled };
        for ((asked, missing), weight) in states {
            let mut odds = Odds::new(missing);
            let mut upto = asked;
            while odds.enough() < confidence
                && let Some(&rate) = rates.get(upto)
            {
                odds.add(rate);
                upto += 1;
            }
            if upto == asked {
                continue;
            }
            step.needed += weight;
            step.asked += weight * (upto - asked) as f64;
            step.reach = step.reach.max(upto);
            step.filled += weight * odds.enough();
            for (accepted, chance) in (0_u32..).zip(odds.below()) {
                let weight = weight * chance;
                if weight > NEGLIGIBLE {
                    *next.entry((upto, missing - accepted)).or_insert(0.0) += weight;
                }
            }
        }
        if step.reach > 0 {
            filled = step.filled;
            steps.push(step);
        }
        states = next;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_and_certain_people_by_hand() {
        // Even odds and 0.75 asked for: two are asked, then two more with probability 1/4.
        let steps = course(1, &[0.5; 5], 0.75);
        let told: Vec<_> = steps.iter().map(|s| (s.reach, s.needed, s.asked, s.filled)).collect();
        assert_eq!(
            told,
            [(2, 1.0, 2.0, 0.75), (4, 0.25, 0.5, 0.9375), (5, 0.0625, 0.0625, 0.96875)]
        );
    }

    #[test]
    fn no_need_has_no_wave_and_nobody_to_ask_has_none_either() {
        assert_eq!(course(0, &[0.5], 0.9), []);
        assert_eq!(course(3, &[], 0.9), []);
    }

    #[test]
    fn all_courses_together_are_everybody_asked_once() {
        // However the waves fall, in the end the need is met unless fewer of all accept.
        let rates: Vec<f64> = (0..60).map(|n| 0.2 + 0.01 * f64::from(n)).collect();
        let steps = course(10, &rates, 0.9);
        let mut all = Odds::new(10);
        rates.iter().for_each(|&rate| all.add(rate));
        let last = steps.last().unwrap().filled;
        assert!((last - all.enough()).abs() < 1e-9, "{last} {}", all.enough());
    }
}
