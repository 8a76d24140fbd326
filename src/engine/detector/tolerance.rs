//! Which score is exceeded as seldom as the operator asks?
//!
//! Excursions open at a fixed score, whatever is asked, and so often that a few weeks tell how
//! often: [`Tolerance`] counts them and how far the highest scores go. Of normal statistics the excess
//! x = (h² - open²) / 2 of a maximum above a high score is about exponential with mean 1 (the
//! peaks-over-threshold limit; Leadbetter, Lindgren & Rootzén 1983), real counts have heavier tails,
//! so the mean m is learned too. It is known from `n` excursions only: what is asked is the tail that
//! they predict, which is heavier and nearly the same once n is large.
//!
//! ```text
//! rate(x) = rate (1 + x / nm)^-n        x = nm ((rate / asked)^(1/n) - 1)
//! ```
//! Small excursions say little of large ones: of 50 simulated queues the mean excess is 0.85 at the
//! opening and 1.3 beyond 2, and the tail of all promises a third of the false alarms that come at one
//! in a hundred months. So those beyond a foot of 1 make a tail of their own, and the farther of the
//! two thresholds counts: of a level that wanders more than was learned most excursions go beyond the
//! foot, and it is the tail of all that is heavier.
//!
//! Before there is experience a prior stands in, worth a month: five excursions of normal statistics,
//! with a heavier tail beyond the foot; and in the first month less is asked for, because the profile is
//! young too. After a year the past weighs half, so that a queue may change.
//!
//! What is looked for must not teach that chance is wild: nobody says which excursions were surges,
//! so each counts by how likely it is chance's. Surges come at any height alike, chance as above, and
//! the share is that of the two densities (a step of EM for a mixture; Dempster, Laird & Rubin 1977,
//! J. R. Stat. Soc. B 39:1). Two surges a month, well beyond chance, hardly move the threshold;
//! where moderate ones come every few days they are the nature of the queue.

use crate::engine::time::Span;
use serde::{Deserialize, Serialize};

/// Score at which an excursion opens; thresholds are never lower.
const OPEN: f64 = 3.5;
/// Rows longer than this open earlier: there are fewer of them. With 10 in place of 3 the threshold of
/// what is tolerated would lie below it for rows of hours: they had half the alarms that are tolerated.
const OPEN_ROW_MINUTES: f64 = 3.0;
const OPEN_MIN: f64 = 2.5;
/// No threshold is higher: beyond it the count is abnormal whatever history says.
pub(super) const THRESHOLD_MAX: f64 = 8.0;
/// Minutes of a month of 30 days.
const MONTH_MINUTES: f64 = 43_200.0;
/// Before there is experience: excursions as of normal statistics, ...
const PRIOR_ALL: Prior = Prior { count: 5.0, excess: 1.0 };
/// ... those that are left of them beyond the foot, 5/e, and a heavier tail there. With 1.6 for all the
/// first quarter had half to nine tenths of the alarms that are tolerated, rarely counted rows
/// least; with 1.3 here units of many queues have half as many again (docs/detection.md).
const PRIOR_FAR: Prior = Prior { count: 1.84, excess: 1.6 };
/// How many more of that mean tell of the shape of a tail: it stays known where few are seen.
const PRIOR_SHAPE: f64 = 2.5;
/// Share of the tolerated alarms that is asked for when the first row is watched; all of it a month
/// later. A profile of two weeks misses more than one of two months: without it queues had two to five
/// times the tolerated alarms in the first week on a settled baseline (docs/detection.md).
const YOUNG_SHARE: f64 = 0.3;
/// Excess at which the tail begins.
const FOOT: f64 = 1.0;
/// Excess of an excursion that counts.
const EXCESS_MAX: f64 = 12.0;
/// Surges a month of any one excess: three in ten months up to [`EXCESS_SURGE`].
const SURGES_PER_MONTH: f64 = 0.3 / EXCESS_SURGE;
/// An excursion with more is no work of chance, whatever the tail, and teaches nothing.
const EXCESS_SURGE: f64 = 20.0;
/// Months after which the past weighs half.
const MEMORY_MONTHS: f32 = 12.0;

/// How often excursions of this queue come, and how high they go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Tolerance {
    months: f32,
    all: Tail,
    /// Those beyond the foot.
    far: Tail,
}

/// What stands in for a month of experience: excursions, and their mean excess.
#[derive(Clone, Copy, Debug)]
struct Prior {
    count: f32,
    excess: f32,
}

/// Excursions beyond some excess, and the sum of what they have beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Tail {
    count: f32,
    sum: f32,
}

/// The tail with the prior of its shape.
#[derive(Clone, Copy, Debug)]
struct Shaped {
    count: f64,
    /// How many tell of its shape, and the sum of what they have.
    n: f64,
    sum: f64,
}

impl Tail {
    const fn new(Prior { count, excess }: Prior) -> Self {
        Self { count, sum: count * excess }
    }

    fn add(&mut self, excess: f64, share: f64) {
        self.count += share as f32;
        self.sum += (share * excess.min(EXCESS_MAX)) as f32;
    }

    fn halve(&mut self) {
        self.count *= 0.5;
        self.sum *= 0.5;
    }

    fn shaped(&self, prior: Prior) -> Shaped {
        let count = f64::from(self.count);
        let sum = f64::from(self.sum) + PRIOR_SHAPE * f64::from(prior.excess);
        Shaped { count, n: count + PRIOR_SHAPE, sum }
    }
}

impl Shaped {
    /// How many go farther than this.
    fn beyond(self, excess: f64) -> f64 {
        self.count * (1.0 + excess / self.sum).powf(-self.n)
    }

    /// How many there are of this excess.
    fn density(self, excess: f64) -> f64 {
        let Self { count, n, sum } = self;
        count * n / sum * (1.0 + excess / sum).powf(-n - 1.0)
    }

    /// What so many go beyond; nothing where there are no more.
    fn excess(self, beyond: f64) -> f64 {
        self.sum * ((self.count / beyond).max(1.0).powf(1.0 / self.n) - 1.0)
    }
}

/// Score at which an excursion opens for rows of this length: with n looks the same rate belongs
/// to h² - 2 ln n.
pub(super) fn open(row: Span) -> f64 {
    let fewer = (row.as_minutes_f64() / OPEN_ROW_MINUTES).max(1.0).ln();
    (OPEN * OPEN - 2.0 * fewer).max(OPEN_MIN * OPEN_MIN).sqrt()
}

impl Tolerance {
    pub(super) const PRIOR: Self =
        Self { months: 1.0, all: Tail::new(PRIOR_ALL), far: Tail::new(PRIOR_FAR) };

    fn all(&self) -> Shaped {
        self.all.shaped(PRIOR_ALL)
    }

    fn far(&self) -> Shaped {
        self.far.shaped(PRIOR_FAR)
    }

    /// Reads for nothing what nearly every row reads (`touch`).
    pub(super) fn touch(&self) -> u64 {
        self.months.to_bits().into()
    }

    /// Time passed in which an excursion could have opened; the share of all time that the queue
    /// is open makes months of it.
    pub(super) fn watch(&mut self, row: Span, open_share: f64) {
        self.months += (row.as_minutes_f64() / MONTH_MINUTES / open_share) as f32;
        if self.months > MEMORY_MONTHS {
            self.months *= 0.5;
            self.all.halve();
            self.far.halve();
        }
    }

    /// An excursion is over; this was its highest score.
    pub(super) fn ended(&mut self, score: f64, open: f64) {
        let excess = (score * score - open * open) / 2.0;
        if excess < EXCESS_SURGE {
            let excess = excess.max(0.0);
            let share = self.share_of_chance(excess);
            self.all.add(excess, share);
            if excess >= FOOT {
                self.far.add(excess - FOOT, share);
            }
        }
    }

    /// How likely an excursion of this excess is chance and no surge.
    fn share_of_chance(&self, excess: f64) -> f64 {
        let tail = if excess < FOOT { 0.0 } else { self.far().density(excess - FOOT) };
        let chance = self.all().density(excess).max(tail) / f64::from(self.months);
        chance / (chance + SURGES_PER_MONTH)
    }

    /// How often chance takes the score as high as this, times a month; at most the rate of
    /// excursions, which open at `open`.
    pub(super) fn rate(&self, score: f64, open: f64) -> f64 {
        let excess = ((score * score - open * open) / 2.0).max(0.0);
        let far = if excess < FOOT { 0.0 } else { self.far().beyond(excess - FOOT) };
        self.all().beyond(excess).max(far) / f64::from(self.months)
    }

    /// Share of the tolerated alarms that is asked for by now.
    fn ripe(&self) -> f64 {
        let watched = f64::from(self.months - Self::PRIOR.months);
        (YOUNG_SHARE + (1.0 - YOUNG_SHARE) * watched).min(1.0)
    }

    /// The score that is exceeded `alarms` times a month, and less often in the first.
    pub(super) fn threshold(&self, alarms: f64, open: f64) -> f64 {
        let count = self.ripe() * alarms.max(1.0e-6) * f64::from(self.months);
        let far = match self.far().excess(count) {
            excess if excess > 0.0 => FOOT + excess,
            _ => 0.0,
        };
        let excess = self.all().excess(count).max(far);
        (open * open + 2.0 * excess).sqrt().min(THRESHOLD_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Span = Span::minutes(5);

    #[test]
    fn the_prior_asks_for_about_four() {
        // h² = 12.25 + 2 (1 + 4.34 * 1.6 * (1.84^(1/4.34) - 1)); 3.98 by all, the same with 5 and 7.5.
        let h = Tolerance::PRIOR.threshold(1.0 / YOUNG_SHARE, 3.5);
        assert!((h - 4.042_9).abs() < 1e-3, "{h}");
        assert!(Tolerance::PRIOR.threshold(0.1, 3.5) > h);
        assert!(Tolerance::PRIOR.threshold(20.0, 3.5) <= 3.5 + 1e-9);
    }

    #[test]
    fn the_first_month_asks_for_less() {
        let mut tolerance = Tolerance::PRIOR;
        let asked = |t: &Tolerance| t.rate(t.threshold(1.0, 3.5), 3.5);
        assert!((asked(&tolerance) - 0.3).abs() < 1e-9);
        for (days, share) in [(15, 0.65), (15, 1.0), (15, 1.0)] {
            (0..days * 288).for_each(|_| tolerance.watch(FIVE, 1.0));
            assert!((asked(&tolerance) - share).abs() < 1e-3, "{}", asked(&tolerance));
        }
    }

    #[test]
    fn the_rate_of_a_threshold_is_what_was_tolerated() {
        // With this tail the threshold of one in a hundred months is below its cap.
        for alarms in [0.01, 0.1, 1.0, 4.0] {
            let threshold = Tolerance::PRIOR.threshold(alarms / YOUNG_SHARE, 3.5);
            let rate = Tolerance::PRIOR.rate(threshold, 3.5);
            assert!((rate / alarms - 1.0).abs() < 1e-9, "{alarms}: {rate}");
        }
        assert!((Tolerance::PRIOR.rate(3.5, 3.5) - 5.0).abs() < 1e-6);
        assert!(Tolerance::PRIOR.rate(1.0e3, 3.5) < 1.0e-20);
    }

    #[test]
    fn experience_outweighs_the_prior() {
        let (mut calm, mut wild) = (Tolerance::PRIOR, Tolerance::PRIOR);
        for _ in 0..6 * 30 * 288 {
            calm.watch(FIVE, 1.0);
            wild.watch(FIVE, 1.0);
        }
        for _ in 0..90 {
            wild.ended(5.0, 3.5);
            // A gross surge teaches nothing.
            wild.ended(12.0, 3.5);
        }
        assert!(calm.threshold(1.0, 3.5) < 3.6);
        assert!(wild.threshold(1.0, 3.5) > 6.0);
    }

    /// A year of chance, five excursions a month, and `surges` of a score of 6.5 each month: nine
    /// times the mean excess of chance.
    fn after_a_year(surges: usize) -> Tolerance {
        let mut tolerance = Tolerance::PRIOR;
        for _ in 0..12 {
            for _ in 0..30 * 288 {
                tolerance.watch(FIVE, 1.0);
            }
            for fifth in [0.1, 0.3, 0.5, 0.7, 0.9_f64] {
                tolerance.ended((12.25 - 2.0 * fifth.ln()).sqrt(), 3.5);
            }
            for _ in 0..surges {
                tolerance.ended(6.5, 3.5);
            }
        }
        tolerance
    }

    #[test]
    fn surges_do_not_make_chance_wild_until_they_are_the_nature_of_the_queue() {
        let calm = after_a_year(0).threshold(1.0, 3.5);
        assert!(after_a_year(1).threshold(1.0, 3.5) < calm + 0.1);
        assert!(after_a_year(2).threshold(1.0, 3.5) < calm + 0.1);
        assert!(after_a_year(20).threshold(1.0, 3.5) > calm + 2.0);
    }

    /// After a year of months with excursions of these excesses.
    fn after_months_of(excesses: &[f64]) -> Tolerance {
        let mut tolerance = Tolerance::PRIOR;
        for _ in 0..12 {
            for _ in 0..30 * 288 {
                tolerance.watch(FIVE, 1.0);
            }
            for excess in excesses {
                tolerance.ended((12.25 + 2.0 * excess).sqrt(), 3.5);
            }
        }
        tolerance
    }

    #[test]
    fn small_excursions_do_not_make_the_tail_light() {
        let tolerance = after_months_of(&[&[1.1, 1.5, 1.9, 2.6, 4.0][..], &[0.05; 20]].concat());
        for alarms in [0.01, 0.1] {
            let all_alone = tolerance.all().excess(alarms * f64::from(tolerance.months));
            let all_alone = (12.25 + 2.0 * all_alone).sqrt();
            let own = tolerance.threshold(alarms, 3.5);
            assert!(own > all_alone + 0.2, "{alarms}: {own}, {all_alone}");
        }
    }

    #[test]
    fn excursions_that_are_all_large_are_no_light_tail() {
        // Twenty a month between 2 and 4: as far beyond the foot as twenty between 1 and 3.
        let large: Vec<f64> = (0..20).map(|i| 2.0 + f64::from(i) * 0.1).collect();
        let tolerance = after_months_of(&large);
        let foot_alone = (14.25 + 2.0 * tolerance.far().excess(tolerance.months.into())).sqrt();
        assert!(tolerance.threshold(1.0, 3.5) > foot_alone + 0.3);
    }

    #[test]
    fn long_rows_open_earlier() {
        assert!((open(Span::minutes(3)) - 3.5).abs() < 1e-9);
        // 12.25 - 2 ln 20.
        assert!((open(Span::hours(1)) - 2.502).abs() < 1e-3);
        assert!(open(Span::hours(24)) >= OPEN_MIN);
    }
}
