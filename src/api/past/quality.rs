//! How much of a span was told, and what the log book says against its data?
//!
//! Told time is that of the intervals; holes are what lies between them, closed hours included
//! where a source is silent then. Blind time and incidents of quality are counted from the lines of
//! the log book that are about the unit or about a source of its queues.

use super::Point;
use crate::engine::time::{Span, Timestamp};
use crate::record::{Record, instant_of};
use serde::Serialize;
use std::collections::BTreeMap;

/// The quality of a span.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Quality {
    /// Time for which counts were told.
    told_seconds: f64,
    /// Stretches for which none were, and the longest.
    holes: usize,
    longest_hole_seconds: f64,
    /// Intervals of a sum that lack a queue.
    incomplete: usize,
    /// Intervals for which nothing was expected.
    unjudged: usize,
    /// Time in which no source of the unit gave a sign of life.
    blind_seconds: f64,
    /// Lines of the log book by cause; those that are not named have none.
    lines: BTreeMap<String, usize>,
    /// Whether all lines of the span were read.
    complete: bool,
}

/// Where to look.
pub(super) struct Scope<'a> {
    pub(super) unit: &'a str,
    /// Sources of its queues.
    pub(super) sources: Vec<&'a str>,
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
}

/// Of points, oldest first, and lines, newest first.
pub(super) fn of(
    points: &[Point],
    records: &[Record],
    complete: bool,
    scope: &Scope<'_>,
) -> Quality {
    let (told_seconds, holes, longest) = told(points, scope);
    let mut lines = BTreeMap::new();
    let ours = |r: &&Record| {
        let of_unit = r.unit.as_deref().is_none_or(|unit| unit == scope.unit);
        of_unit && r.source.as_deref().is_none_or(|source| scope.sources.contains(&source))
    };
    for record in records.iter().filter(ours) {
        *lines.entry(record.cause.clone().unwrap_or_default()).or_insert(0) += 1;
    }
    Quality {
        told_seconds,
        holes,
        longest_hole_seconds: longest.as_secs_f64(),
        incomplete: points.iter().filter(|p| p.queues_missing > 0).count(),
        unjudged: points.iter().filter(|p| p.queues_missing == 0 && p.expected.is_none()).count(),
        blind_seconds: blind(records, scope).as_secs_f64(),
        lines,
        complete,
    }
}

/// Told time, holes between, and the longest of them. Half an interval is none.
fn told(points: &[Point], scope: &Scope<'_>) -> (f64, usize, Span) {
    let (mut told, mut holes, mut longest) = (0.0, 0, Span::ZERO);
    let mut reached = scope.since;
    let mut note = |hole: Span, least: f64| {
        if hole.as_secs_f64() > least {
            holes += 1;
            longest = longest.max(hole);
        }
    };
    let mut length = 0.0;
    for point in points.iter().filter(|p| p.observed.is_some()) {
        let Ok(end) = instant_of(&point.at) else { continue };
        length = point.length_seconds;
        let start = end - Span::millis((length * 1_000.0) as i64);
        note(start - reached, length / 2.0);
        told += length;
        reached = reached.max(end);
    }
    // The interval that runs has not been told yet.
    note(scope.until - reached, 2.0 * length);
    (told, holes, longest)
}

/// Time between a loss of sight and its end, cut to the span.
fn blind(records: &[Record], scope: &Scope<'_>) -> Span {
    let mut since = None;
    let mut total = Span::ZERO;
    let mut first = true;
    for record in records.iter().rev().filter(|r| r.unit.as_deref() == Some(scope.unit)) {
        let Ok(at) = instant_of(&record.at) else { continue };
        match record.cause.as_deref() {
            Some("blind") => since = since.or(Some(at)),
            Some("sighted") => {
                let from = since.take().or(first.then_some(scope.since));
                total += from.map_or(Span::ZERO, |from| at - from.max(scope.since));
            }
            _ => continue,
        }
        first = false;
    }
    total + since.map_or(Span::ZERO, |from| scope.until - from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: Scope<'static> = Scope {
        unit: "north",
        sources: Vec::new(),
        since: Timestamp::from_secs(0),
        until: Timestamp::from_secs(3_600),
    };

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_secs(minute * 60)
    }

    fn point(minute: i64, missing: usize) -> Point {
        Point {
            at: at(minute).to_string(),
            length_seconds: 60.0,
            observed: (missing == 0).then_some(5),
            expected: None,
            sd: None,
            upper: None,
            residual: None,
            queues_missing: missing,
        }
    }

    fn line(minute: i64, unit: Option<&str>, source: Option<&str>, cause: &str) -> Record {
        Record {
            at: at(minute).to_string(),
            unit: unit.map(Into::into),
            source: source.map(Into::into),
            cause: Some(cause.into()),
            ..Record::default()
        }
    }

    #[test]
    fn what_lies_between_the_intervals_is_a_hole() {
        let mut points: Vec<_> = (1..=20).chain(31..=60).map(|n| point(n, 0)).collect();
        points[4] = point(5, 1);
        let quality = of(&points, &[], true, &SCOPE);
        assert_eq!((quality.told_seconds, quality.holes), (49.0 * 60.0, 2));
        assert_eq!(quality.longest_hole_seconds as i64, 600);
        assert_eq!((quality.incomplete, quality.unjudged), (1, 49));
        let nothing = of(&[], &[], true, &SCOPE);
        assert_eq!((nothing.told_seconds, nothing.longest_hole_seconds), (0.0, 3_600.0));
    }

    #[test]
    fn blind_time_is_cut_to_the_span() {
        let lines = |all: &[(i64, &str)]| -> Vec<Record> {
            all.iter().rev().map(|(n, cause)| line(*n, Some("north"), None, cause)).collect()
        };
        for (told, minutes) in [
            (vec![(10, "blind"), (15, "sighted")], 5),
            (vec![(10, "sighted")], 10),
            (vec![(50, "blind")], 10),
            (vec![(5, "blind"), (10, "sighted"), (20, "blind"), (21, "sighted")], 6),
            (vec![(5, "gap")], 0),
            (vec![], 0),
        ] {
            let blind = of(&[], &lines(&told), true, &SCOPE).blind_seconds;
            assert_eq!(blind as i64, minutes * 60, "{told:?}");
        }
    }

    #[test]
    fn lines_of_others_do_not_count() {
        let lines = [
            line(1, None, Some("acd"), "gap"),
            line(2, None, Some("other"), "gap"),
            line(3, Some("south"), None, "blind"),
            line(4, None, None, "monitor_down"),
        ];
        let quality = of(&[], &lines, true, &Scope { sources: vec!["acd"], ..SCOPE });
        let counted: Vec<_> = quality.lines.iter().map(|(k, n)| (k.as_str(), *n)).collect();
        assert_eq!(counted, [("gap", 1), ("monitor_down", 1)]);
    }
}
