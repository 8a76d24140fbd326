//! Is it over?
//!
//! While an excursion is open the level is frozen and nothing is learned, so that a long surge
//! does not become normal. Statistics that merely fade stay on for an hour after the end; here
//! the end is tested for: Wald's sequential likelihood ratio of "back at the level" against "still
//! at the step", restarted at zero (a CUSUM), ends it within a row or two of a clear fall. A step
//! that decays is followed by a 30-minute average, and no end is called while the rows that speak
//! for it are themselves significantly above the level: volume half way down is not normal yet.
//!
//! What goes on is told better by more rows, as long as they are told apart from the level: of thin
//! queues an hour and more says what half an hour cannot, of large ones the level has moved by then.
//! So the score grows with the size over half an hour, and over as many rows as counting takes to be
//! no more than the level's own variance. One that stayed at what opened it lost a tenth of the
//! threefold hours of an emergency department (docs/detection.md).
//!
//! Beside the frozen level the filter goes on as if nothing had happened. A rise that fades was
//! none, and the level is what it would be without it. Once what was left of it went into the
//! level, known as surely as before: that stayed for hours and hid four of a hundred doubled hours of
//! an emergency department. A rise that lasts is a level and is taken in whole; the filter alone
//! would call it one again, and lose five of a hundred rises over hours (docs/detection.md).
//!
//! An excursion opens at a fixed score (`tolerance::open`), whatever the operator tolerates, so that the
//! score does not depend on the threshold. It is an alarm once its score reaches the threshold. A
//! weak one is taken into the level after three quarters of an hour. As an alarm it ends after 25
//! minutes ([`asks`]): after half an hour an alarm asks for people on their day off, and what calls for them
//! has to be rarer than what the operator tolerates. Its score is told for as long after it last
//! grew ([`Excursion::told`]), so that no sensitivity sees an alarm where nothing happens any more.

use super::slow::BIN_MINUTES;
use crate::engine::tail::log_ratio;
use crate::engine::time::{Span, Timestamp};
use crate::engine::verdict::Method;
use serde::{Deserialize, Serialize};

/// Log-likelihood ratio that ends an excursion: one false end in e^2.5 = 12.
/// A surge that goes on is found again within a row or two; an end that comes late keeps people.
const END: f64 = 2.5;
/// Rows that speak for the end may lie this many sd above the level.
const END_SD: f64 = 2.0;
/// Or this share of the surge: the level of a huge queue is known so well that it never comes back.
const LEFT_SHARE: f64 = 0.1;
/// Below this score of the running size the excursion is over: the frozen level is no longer
/// known well enough to tell it from a busy day.
const DROP: f64 = 2.5;
/// The same for an alarm that has lasted so long that it asks for more than one incident's worth; not
/// above the score at which it opens, else long rows would end and open it in turns.
const DROP_LONG: f64 = 3.0;
const LONG_MINUTES: f64 = 90.0;
/// An excursion that scores no more than [`LASTING`] by then is a busy day. Not a matter of the
/// operator's threshold: else the score would be.
const PATIENCE_MINUTES: f64 = 45.0;
const PATIENCE_ROWS: f64 = 3.0;
/// Score from which it lasts as long as its volume does.
pub(super) const LASTING: f64 = 5.5;
/// A weak alarm asks no longer than this: with rows of a quarter of an hour too it is over by the time
/// at which the next level is due.
const ASKS: Span = Span::minutes(25);
/// Time constant of the running size.
const SIZE_MINUTES: f64 = 30.0;
/// The longer size is over no more than this. What lasts hours has a test of its own, and so have
/// rows of its bins: there a second reading only made surges teach that chance is wild.
const SIZE_MINUTES_MAX: f64 = 120.0;
/// The end takes two rows, or one of at least this length: a single quiet row is often a hole.
const END_ROW_MINUTES: f64 = 10.0;
const END_ROWS: f64 = 2.0;
/// The rows of the end are at least this long together: clumps of seconds are no end.
const END_MINUTES_MIN: f64 = 1.5;

/// An open excursion above the level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Excursion {
    pub(super) since: Timestamp,
    pub(super) score: f64,
    /// End of the row that raised the score last.
    grown: Timestamp,
    pub(super) method: Method,
    /// When it became an alarm.
    pub(super) alarmed: Option<Timestamp>,
    pub(super) minutes: f64,
    rows: f64,
    /// Minutes of it when it was opened.
    opened: f64,
    pub(super) size: f64,
    size_max: f64,
    /// Size over as many rows as counting takes to be no more than the level's own variance.
    long_size: f64,
    against: f64,
    quiet: Quiet,
}

/// Rows that speak for the end.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
struct Quiet {
    rows: f64,
    excess: f64,
    minutes: f64,
}

/// A row against a frozen level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frozen {
    pub(super) calls: f64,
    /// Calls of the profile, and of the level on it.
    pub(super) profile: f64,
    pub(super) level: f64,
    /// Variance of the relative count about the level, and of the level.
    pub(super) noise: f64,
    pub(super) variance: f64,
    /// What long windows have of both (`spread`).
    pub(super) window: f64,
    /// Score at which an excursion opens.
    pub(super) open: f64,
    pub(super) length: Span,
    pub(super) end: Timestamp,
}

/// How an excursion goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    Open,
    /// Volume is back at the level.
    Ended,
    /// It was none: too little is left of it.
    Faded,
    /// The level may have been there all along; it takes the step in.
    Absorbed,
}

/// Whether an alarm since `alarmed` with this highest score is one at `end`.
pub(super) fn asks(alarmed: Option<Timestamp>, score: f64, end: Timestamp) -> bool {
    alarmed.is_some_and(|since| score >= LASTING || end - since < ASKS)
}

/// Whether a score that grew last at `grown` still tells of something at `end`.
pub(super) fn tells(grown: Timestamp, score: f64, end: Timestamp) -> bool {
    score >= LASTING || end - grown < ASKS
}

impl Excursion {
    /// The score at the end of a row: none once a weak one has stopped growing.
    pub(super) fn told(&self, end: Timestamp) -> f64 {
        let tells = self.method == Method::Provisional || tells(self.grown, self.score, end);
        if tells { self.score } else { 0.0 }
    }

    /// Takes the score of a row.
    pub(super) fn raise(&mut self, score: f64, end: Timestamp) {
        if score > self.score {
            self.score = score;
            self.grown = end;
        }
    }

    /// Whether it is an alarm at the end of a row.
    pub(super) fn asks(&self, end: Timestamp) -> bool {
        self.method == Method::Provisional || asks(self.alarmed, self.score, end)
    }

    /// Becomes an alarm where its score is at the threshold.
    pub(super) fn compare(&mut self, threshold: f64, end: Timestamp) {
        if self.alarmed.is_none() && self.score >= threshold {
            self.alarmed = Some(end);
        }
    }

    /// Opens one whose step is `size` over `rows` rows.
    pub(super) fn open(
        since: Timestamp,
        end: Timestamp,
        length: Span,
        size: f64,
        method: Method,
    ) -> Self {
        let minutes = (end - since).as_minutes_f64().max(0.0);
        Self {
            since,
            score: 0.0,
            grown: end,
            method,
            alarmed: None,
            minutes,
            rows: (minutes / length.as_minutes_f64()).max(1.0),
            opened: minutes,
            size,
            size_max: size,
            long_size: size,
            against: 0.0,
            quiet: Quiet::default(),
        }
    }

    /// Takes a row that is not the first.
    pub(super) fn follow(&mut self, row: Frozen) -> Course {
        let excess = (row.calls - row.level) / row.profile;
        let minutes = row.length.as_minutes_f64();
        self.minutes += minutes;
        self.rows += 1.0;
        self.test_end(row, excess, minutes);
        let quiet = self.quiet;
        let enough = quiet.rows >= END_ROWS && quiet.minutes >= END_MINUTES_MIN;
        if self.against >= END && (enough || minutes >= END_ROW_MINUTES) {
            let sd = (row.variance + row.noise / quiet.rows).sqrt();
            if quiet.excess / quiet.rows < (END_SD * sd).max(LEFT_SHARE * self.size_max) {
                return Course::Ended;
            }
        }
        let gain = (1.0 / self.rows).max(minutes / SIZE_MINUTES).min(1.0);
        self.size += gain * (excess - self.size);
        self.size_max = self.size_max.max(self.size);
        let pooled = pooled_score(row, self.size, 1.0 / gain);
        let known = row.variance / (row.variance + row.noise);
        let long_gain = if minutes >= BIN_MINUTES {
            gain
        } else {
            gain.min((1.0 / self.rows).max(known).max(minutes / SIZE_MINUTES_MAX))
        };
        self.long_size += long_gain * (excess - self.long_size);
        let long = pooled_score(row, self.long_size, 1.0 / long_gain);
        let drop = if self.minutes > LONG_MINUTES { DROP_LONG.min(row.open) } else { DROP };
        if pooled < drop {
            return Course::Faded;
        }
        if self.score < LASTING
            && self.minutes > self.opened + PATIENCE_MINUTES.max(PATIENCE_ROWS * minutes)
        {
            return Course::Absorbed;
        }
        // A row that brings nothing above the level is no reason for an alarm, whatever came before.
        if row.calls > row.level {
            self.raise(pooled.max(long), row.end);
        }
        Course::Open
    }

    /// Adds what the row says for the end: the likelihood ratio of a count about the level against
    /// one about the surge, negative binomial as far as the variance exceeds counting.
    fn test_end(&mut self, row: Frozen, excess: f64, minutes: f64) {
        let size = self.size.max(0.5 * self.size_max);
        let level = row.level.max(0.1 * row.profile);
        let beyond = (row.noise + row.variance) * row.profile * row.profile - level;
        let alpha = beyond.max(0.0) / (level * level);
        let ratio = -log_ratio(row.calls, level, alpha, 1.0 + size * row.profile / level);
        self.against = (self.against + ratio).max(0.0);
        if self.against > 0.0 {
            self.quiet.rows += 1.0;
            self.quiet.excess += excess;
            self.quiet.minutes += minutes;
        } else {
            self.quiet = Quiet::default();
        }
    }
}

/// Score of a size over so many rows, given how surely the frozen level is known.
fn pooled_score(row: Frozen, size: f64, rows: f64) -> f64 {
    let size = size.max(0.0);
    let variance = row.variance + row.noise / rows;
    (size * size / (variance * row.window) / (1.0 + size / 3.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_alarm_is_over_before_the_next_level_is_due() {
        let since = Timestamp::from_secs(0);
        let weak = |minutes| asks(Some(since), 5.4, since + Span::minutes(minutes));
        assert_eq!([0, 20, 24].map(weak), [true; 3]);
        assert_eq!([25, 30].map(weak), [false; 2]);
        assert!(asks(Some(since), LASTING, since + Span::hours(5)));
        assert!(!asks(None, 9.0, since));
    }

    #[test]
    fn a_weak_score_is_told_for_25_minutes_after_it_grew() {
        let at = |minute| Timestamp::from_secs(0) + Span::minutes(minute);
        let mut weak = Excursion::open(at(0), at(5), Span::minutes(5), 0.2, Method::Step);
        weak.raise(4.0, at(5));
        weak.raise(3.5, at(20));
        let told = |weak: &Excursion, at: Timestamp| (2.0 * weak.told(at)) as i32;
        assert_eq!([5, 29, 30].map(|minute| told(&weak, at(minute))), [8, 8, 0]);
        weak.raise(4.5, at(40));
        assert_eq!([40, 64, 65].map(|minute| told(&weak, at(minute))), [9, 9, 0]);
        weak.raise(LASTING, at(80));
        assert_eq!(told(&weak, at(600)), 11);
    }

    /// Scores after so many minutes of five at twice the level, opened by the first row.
    fn scores_of_a_doubling(calls: f64, variance: f64, minutes: [i64; 3]) -> [f64; 3] {
        let at = |minute| Timestamp::from_secs(0) + Span::minutes(minute);
        let mut excursion = Excursion::open(at(0), at(5), Span::minutes(5), 1.0, Method::Step);
        let mut scores = [0.0; 3];
        for end in 2..=40 {
            let end = 5 * end;
            let row = Frozen {
                calls: 2.0 * calls,
                profile: calls,
                level: calls,
                noise: 1.0 / calls,
                variance,
                window: 1.0,
                open: 3.5,
                length: Span::minutes(5),
                end: at(end),
            };
            excursion.follow(row);
            for (score, _) in scores.iter_mut().zip(minutes).filter(|(_, minute)| *minute == end) {
                *score = excursion.score;
            }
        }
        scores
    }

    #[test]
    fn a_thin_queue_is_listened_to_for_longer() {
        // 1 / sqrt((0.01 + 0.5 / rows) (1 + 1/3)): 6, 8 and 10 rows.
        let thin = scores_of_a_doubling(2.0, 0.01, [30, 40, 50]);
        let wanted = [2.834_734, 3.216_338, 3.535_534];
        assert!(
            thin.iter().zip(wanted).all(|(own, wanted)| (own - wanted).abs() < 1e-6),
            "{thin:?}"
        );
        // Half an hour is as much as the level of a large one lets be known.
        let [half, longer, most] = scores_of_a_doubling(200.0, 0.01, [30, 40, 50]);
        assert_eq!([half.to_bits(), longer.to_bits()], [most.to_bits(); 2]);
    }

    #[test]
    fn an_empty_row_raises_no_score() {
        let at = |minute| Timestamp::from_secs(0) + Span::minutes(minute);
        let row = |calls: f64, end: i64| Frozen {
            calls,
            profile: 0.2,
            level: 0.2,
            noise: 5.0,
            variance: 0.04,
            window: 1.0,
            open: 3.5,
            length: Span::minutes(6),
            end: at(end),
        };
        let mut excursion = Excursion::open(at(0), at(18), Span::minutes(6), 30.0, Method::Step);
        excursion.raise(3.8, at(18));
        let before = excursion.score;
        assert_eq!(excursion.follow(row(0.0, 24)), Course::Open);
        assert_eq!(excursion.score.to_bits(), before.to_bits());
        assert_eq!(excursion.follow(row(8.0, 30)), Course::Open);
        assert!(excursion.score > before);
    }
}
