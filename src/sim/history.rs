//! The simulated centre's counts, as a switch would have reported them.
//!
//! Counts only: four weeks take milliseconds where calls would take seconds, and a baseline
//! learns from counts. Outcomes are those of ordinary days (about one call in a hundred
//! abandoned), also in a storm: what a storm does to callers only the [`super::Centre`] tells.

use super::arrivals::Arrivals;
use super::config::CentreConfig;
use super::draw::{self, Purpose};
use crate::engine::observation::{IntervalRow, Tally};
use crate::engine::time::{Span, Timestamp};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// Share of an ordinary day's calls that is abandoned.
const ABANDONED_SHARE: f64 = 0.01;
/// Share of an ordinary day's answered calls that waited longer than the threshold.
const LATE_SHARE: f64 = 0.04;

/// Final rows in time order, one per queue and interval: closed hours are rows of zeros, so that a
/// learner can tell them from missing ones.
#[derive(Clone, Debug)]
pub struct History {
    arrivals: Arrivals,
    rng: ChaCha8Rng,
    talk_means: Vec<Span>,
    row_minutes: i64,
    at: Timestamp,
    end: Timestamp,
    ready: VecDeque<(usize, IntervalRow)>,
}

impl History {
    /// Rows of `row_minutes` from one instant to another, whatever the configured start is.
    pub fn new(
        seed: u64,
        config: &CentreConfig,
        from: Timestamp,
        until: Timestamp,
        row_minutes: u32,
    ) -> Self {
        let row_minutes = i64::from(row_minutes.max(1));
        let row = Span::minutes(row_minutes);
        let (start, end) = (from.floor(row), until.floor(row));
        Self {
            arrivals: Arrivals::new(seed, config, start),
            rng: draw::stream(seed, Purpose::History, 0),
            talk_means: config.queues.iter().map(|q| q.talk_mean).collect(),
            row_minutes,
            at: start,
            end,
            ready: VecDeque::new(),
        }
    }

    fn tally(&mut self, queue: usize, offered: u32) -> Tally {
        let share = |rng: &mut ChaCha8Rng, whole: u32, share: f64| {
            draw::poisson(rng, f64::from(whole) * share).min(whole)
        };
        let abandoned = share(&mut self.rng, offered, ABANDONED_SHARE);
        let answered = offered - abandoned;
        let late = share(&mut self.rng, answered, LATE_SHARE);
        let talk = self.talk_means.get(queue).copied().unwrap_or(Span::ZERO);
        Tally {
            offered,
            answered: Some(answered),
            abandoned: Some(abandoned),
            answered_in_target: Some(answered - late),
            wait: Some(Span::secs(2) * i64::from(answered) + Span::secs(30) * i64::from(late)),
            talk: Some(talk * i64::from(answered)),
            ..Tally::default()
        }
    }

    fn fill(&mut self) {
        let mut sums = vec![0_u32; self.talk_means.len()];
        for _ in 0..self.row_minutes {
            let (_, counts) = self.arrivals.next_minute();
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        let start = self.at;
        self.at = start + Span::minutes(self.row_minutes);
        for (queue, offered) in sums.into_iter().enumerate() {
            let tally = self.tally(queue, offered);
            let row = IntervalRow { start, end: self.at, last_word: true, revision: 0, tally };
            self.ready.push_back((queue, row));
        }
    }
}

impl Iterator for History {
    type Item = (usize, IntervalRow);

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && self.at < self.end {
            self.fill();
        }
        self.ready.pop_front()
    }
}
