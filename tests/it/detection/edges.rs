//! Rows that nobody should send.

use callsurge::engine::calendar::Calendar;
use callsurge::engine::detector::{Closed, Detector};
use callsurge::engine::time::{Span, Timestamp};
use proptest::prelude::*;

fn length() -> impl Strategy<Value = Span> {
    prop_oneof![
        Just(Span::millis(1)),
        Just(Span::secs(10)),
        Just(Span::minutes(5)),
        Just(Span::hours(1)),
        Just(Span::hours(7 * 24)),
    ]
}

fn offered() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(0), 4 => 0..40_u32, 1 => Just(u32::MAX), 1 => any::<u32>()]
}

proptest! {
    /// Counts up to the largest, rows of any length that overlap or go back, announcements beyond
    /// reason: figures stay figures, and a score is neither negative nor above its end.
    #[test]
    fn no_row_makes_a_figure_that_is_none(
        rows in prop::collection::vec((length(), offered(), -3_i64..30, 0..40_usize), 1..60),
        raised in prop_oneof![6 => Just(1.0), 1 => Just(1.0e12)],
        tolerated in prop_oneof![Just(1.0e-9), Just(1.0), Just(1.0e9)],
    ) {
        let mut detector = Detector::new();
        let mut calendar = Calendar::new(chrono_tz::UTC);
        let mut at = Timestamp::from_secs(1_767_571_200);
        for (length, offered, hours, times) in rows {
            at = at + Span::hours(hours);
            for _ in 0..times {
                let row = Closed { raised, ..Closed::of(&mut calendar, at, at + length, offered) };
                at = row.end;
                let verdict = detector.judge(&row, tolerated);
                let Some(e) = verdict.evidence() else { continue };
                for figure in [e.observed, e.expected, e.upper, e.score, e.threshold] {
                    prop_assert!(figure.is_finite() && figure >= 0.0, "{verdict:?}");
                }
                prop_assert!(e.chance_per_month.is_none_or(f64::is_finite), "{verdict:?}");
            }
        }
        let expected = detector.expected(calendar.local(at), Span::minutes(5));
        prop_assert!(expected.is_none_or(f64::is_finite), "{expected:?}");
    }
}
