//! Time in which the clock of a step stands still, counted from all signs at every instant.

use super::{History, Item, Range};
use callsurge::engine::time::{Span, Timestamp};

impl History<'_> {
    /// F: time inside [from, to] in which the clock stood still.
    pub(super) fn frozen(&self, from: Timestamp, to: Timestamp) -> Span {
        let mut ranges = self.silent(to);
        let moments = self.moments;
        for (i, (_, m)) in moments.iter().enumerate() {
            if let Some(since) = m.closed_since {
                ranges.push((since, moments.get(i + 1).map_or(to, |(_, next)| next.at)));
            }
        }
        ranges.sort();
        let (mut total, mut reached) = (Span::ZERO, from);
        for (a, b) in ranges {
            total += overlap((a.max(reached), b), (from, to));
            reached = reached.max(b);
        }
        total
    }

    /// Whether the monitor was down between the last two moments.
    pub(super) fn after_downtime(&self) -> bool {
        let at: Vec<Timestamp> = self.moments.iter().rev().take(2).map(|(_, m)| m.at).collect();
        at.len() == 2 && self.downtimes().iter().any(|&(a, b)| a < at[0] && b > at[1])
    }

    pub(super) fn downtimes(&self) -> Vec<Range> {
        let down = |item: &Item| match item {
            Item::Down(a, b) => Some((*a, *b)),
            Item::Sign(_) | Item::Moment(_) | Item::Order(_) => None,
        };
        self.items.iter().filter_map(down).collect()
    }

    /// Of every stretch between signs, what is left of it after downtime and the first tau.
    pub(super) fn silent(&self, to: Timestamp) -> Vec<Range> {
        let sign = |item: &Item| match item {
            Item::Sign(at) => Some(*at),
            Item::Down(..) | Item::Moment(_) | Item::Order(_) => None,
        };
        let mut signs: Vec<Timestamp> = self.items.iter().filter_map(sign).collect();
        signs.sort();
        signs.push(to.max(signs.last().copied().unwrap_or(to)));
        let tau = self.moment().tau;
        let mut silent = Vec::new();
        for pair in signs.windows(2).filter(|pair| pair[1] - pair[0] > tau) {
            let mut pieces = vec![(pair[0], pair[1])];
            for (a, b) in self.downtimes() {
                if b - a > Span::minutes(60) {
                    silent.push((a.max(pair[0]), b.min(pair[1])));
                }
                let cut = |(x, y): Range| [(x, y.min(a).max(x)), (x.max(b).min(y), y)];
                pieces = pieces.into_iter().flat_map(cut).collect();
            }
            let mut grace = tau;
            for (x, y) in pieces {
                let used = grace.min(y - x).max(Span::ZERO);
                grace = grace - used;
                silent.push((x + used, y));
            }
        }
        silent
    }
}

/// Length of what two ranges share.
pub(super) fn overlap(a: Range, b: Range) -> Span {
    (a.1.min(b.1) - a.0.max(b.0)).max(Span::ZERO)
}
