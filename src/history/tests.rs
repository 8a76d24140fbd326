#![expect(clippy::float_cmp, reason = "hand-made series have exact answers")]

use super::gaps::Gaps;
use super::grid::Grid;
use super::usual::Usual;
use super::*;
use crate::engine::calendar::{Calendar, Date, DayKind};
use crate::engine::policy::{ExpectedEvent, UnitPolicy};
use crate::engine::time::Span;
use crate::report::Look;
use chrono_tz::Tz;

/// Monday 2026-01-05 in UTC.
const MONDAY: &str = "2026-01-05T00:00:00Z";

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn row(start: &str, minutes: i64, calls: u32) -> Row {
    let start = at(start);
    Row { start, end: start + Span::minutes(minutes), revision: 0, calls }
}

/// Hourly rows of so many days from Monday on; `None` leaves an hour out.
fn hours(days: i64, calls: impl Fn(i64, i64) -> Option<u32>) -> Vec<Row> {
    let of_day = |day: i64| (0..24).map(move |hour| (day, hour));
    let hour = |(day, hour): (i64, i64)| {
        let start = at(MONDAY) + Span::hours(24 * day + hour);
        Some(Row { start, end: start + Span::hours(1), revision: 0, calls: calls(day, hour)? })
    };
    (0..days).flat_map(of_day).filter_map(hour).collect()
}

/// An office with 60 calls an hour from 8 to 18 on weekdays, and no rows else.
fn office(day: i64, hour: i64) -> Option<u32> {
    (day % 7 < 5 && (8..18).contains(&hour)).then_some(60)
}

fn surveyed(rows: &[Row]) -> History {
    let mut survey = Survey::default();
    survey.add("office", Tz::UTC, &mut Calendar::new(Tz::UTC), rows);
    survey.finish(Faults::default())
}

fn part(rows: &[Row]) -> Part {
    surveyed(rows).quality.queues.remove(0)
}

#[test]
fn of_rows_of_the_same_interval_the_last_word_teaches() {
    let mut revised = row("2026-01-05T08:00:00Z", 15, 7);
    revised.revision = 1;
    let rows = [
        revised,
        row("2026-01-05T08:15:00Z", 15, 4),
        row("2026-01-05T08:00:00Z", 15, 5),
        row("2026-01-05T08:15:00Z", 15, 4),
        row("2026-01-05T08:30:00Z", 15, 1),
        row("2026-01-05T08:30:00Z", 15, 2),
        row("2026-01-05T08:40:00Z", 60, 3),
    ];
    let wanted = Sifted {
        kept: vec![0, 3, 5, 6],
        same: 1,
        other: 2,
        absurd: 0,
        astray: 0,
        overlapping: 1,
        length: Some(Span::minutes(15)),
        other_length: 1,
    };
    assert_eq!(sift(&rows), wanted);
    assert_eq!(sift(&[]), Sifted::default());
}

#[test]
fn a_row_of_a_wrong_date_does_not_teach() {
    let mut rows = hours(28, office);
    rows[100].start = at("2062-01-05T08:00:00Z");
    rows[100].end = at("2062-01-05T09:00:00Z");
    let told = part(&rows);
    assert_eq!((told.astray, told.usable, told.gaps.count), (1, 199, 1));
    assert_eq!((told.last.as_str(), told.enough()), ("2026-01-30T18:00:00Z", Enough::Full));
    rows[100].start = at("2016-01-05T08:00:00Z");
    rows[100].end = at("2016-01-05T09:00:00Z");
    assert_eq!((part(&rows).astray, part(&rows).usable), (1, 199));
    // Two years with one between them are a history with a pause.
    let later = hours(28, office).into_iter().map(|row| Row {
        start: row.start + Span::hours(24 * 700),
        end: row.end + Span::hours(24 * 700),
        ..row
    });
    let both: Vec<_> = hours(28, office).into_iter().chain(later).collect();
    assert_eq!((sift(&both).astray, sift(&both).kept.len()), (0, 400));
}

#[test]
fn a_queue_that_is_hardly_ever_open_has_no_absurd_counts() {
    let rows = hours(56, |day, hour| Some(if (day % 7, hour) == (2, 10) { 400 } else { 0 }));
    assert_eq!((sift(&rows).absurd, sift(&rows).kept.len()), (0, rows.len()));
}

#[test]
fn rows_without_a_call_are_not_enough() {
    let rows = hours(28, |_, _| Some(0));
    assert_eq!(surveyed(&rows).quality.enough, Enough::Cold);
}

#[test]
fn a_day_that_was_announced_is_not_odd() {
    let rows = hours(28, |day, hour| office(day, hour).map(|n| if day == 15 { 2 * n } else { n }));
    let odd = |expected: Vec<ExpectedEvent>| {
        let unit = UnitPolicy { expected: expected.into(), ..UnitPolicy::with_defaults("office") };
        let mut survey = Survey::default();
        survey.add("office", Tz::UTC, &mut Calendar::of(&unit), &rows);
        survey.finish(Faults::default()).quality.total.odd_days.len()
    };
    let (from, to) = (at("2026-01-20T08:00:00Z"), at("2026-01-20T18:00:00Z"));
    let announced = ExpectedEvent { from, to, factor: 2.0, reason: "bills".to_owned() };
    assert_eq!((odd(vec![]), odd(vec![announced])), (1, 0));
}

#[test]
fn an_absurd_count_does_not_teach_and_a_surge_does() {
    let mut rows = hours(28, office);
    rows[100].calls = 60 * 20;
    assert_eq!((sift(&rows).absurd, sift(&rows).kept.len()), (0, 200));
    rows[100].calls += 1;
    assert_eq!((sift(&rows).absurd, sift(&rows).kept.len()), (1, 199));
    let mut thin = hours(28, |day, hour| office(day, hour).map(|_| 0));
    thin[7].calls = 100;
    assert_eq!(sift(&thin).absurd, 0);
    thin[7].calls = 101;
    assert_eq!(sift(&thin).absurd, 1);
}

#[test]
fn a_gap_is_missing_time_in_which_rows_usually_come() {
    assert_eq!(part(&hours(28, office)).gaps, Gaps::default());
    // Wednesday of the second week from 10 to 12; Friday from 16 to Monday at 10.
    let missing = |day: i64, hour: i64| match (day, hour) {
        (9, 10 | 11) | (18, 16..) | (21, ..10) => None,
        (day, hour) => office(day, hour),
    };
    let wanted = Gaps {
        count: 2,
        minutes: 360.0,
        longest_minutes: 240.0,
        longest_from: Some("2026-01-23T16:00:00Z".into()),
        first_from: Some("2026-01-14T10:00:00Z".into()),
    };
    assert_eq!(part(&hours(28, missing)).gaps, wanted);
    // In a single week by the other days of it.
    let hole = part(&hours(7, |day, hour| office(day, hour).filter(|_| (day, hour) != (2, 9))));
    assert_eq!((hole.gaps.count, hole.gaps.minutes), (1, 60.0));
    let minutes = [row(MONDAY, 5, 1), row("2026-01-05T00:10:00Z", 5, 1)];
    assert_eq!(part(&minutes).gaps.minutes, 5.0);
}

#[test]
fn closed_hours_are_those_in_which_nothing_ever_came() {
    let when = ["Mon-Fri 00:00-08:00 18:00-24:00", "Sat-Sun all day"].map(str::to_owned);
    let bare = part(&hours(28, office)).closed;
    let wanted = Closed { hours: 118.0, hours_without_rows: 118.0, when: when.into() };
    assert_eq!(bare, wanted);
    let zeros = part(&hours(28, |day, hour| Some(office(day, hour).unwrap_or(0)))).closed;
    assert_eq!(zeros, Closed { hours_without_rows: 0.0, ..wanted });
    let once = |day, hour| Some(u32::from((day, hour) == (8, 3)) + office(day, hour).unwrap_or(0));
    let tuesday = part(&hours(28, once)).closed.when;
    assert_eq!(tuesday[1], "Tue 00:00-03:00 04:00-08:00 18:00-24:00");
    assert_eq!(part(&hours(14, office)).closed, Closed::default(), "two weeks may be chance");
}

#[test]
fn odd_days_are_found_with_what_they_look_like() {
    let odd = |day: i64, hour: i64| match (day, hour) {
        (8, _) => office(day, hour).map(|calls| 2 * calls),
        (16, 11 | 12) => Some(0),
        (24, _) => office(day, hour).map(|calls| calls * 3 / 10),
        (32, _) => office(day, hour).map(|_| 0),
        (35, _) => None,
        (day, hour) => office(day, hour),
    };
    let found: Vec<_> = part(&hours(42, odd))
        .odd_days
        .into_iter()
        .map(|day| (day.date.to_string(), day.kind, day.calls, day.expected))
        .collect();
    let wanted = [
        ("2026-01-13", Oddity::SurgeLike, 1_200.0, 600.0),
        ("2026-01-21", Oddity::OutageLike, 480.0, 600.0),
        ("2026-01-29", Oddity::HolidayLike, 180.0, 600.0),
        ("2026-02-06", Oddity::AllZero, 0.0, 600.0),
        ("2026-02-09", Oddity::NoRows, 0.0, 600.0),
    ];
    assert_eq!(
        found,
        wanted.map(|(date, kind, calls, usual)| (date.to_owned(), kind, calls, usual))
    );
    assert_eq!(part(&hours(42, office)).odd_days, []);
}

#[test]
fn part_of_a_day_is_compared_with_the_same_part_and_special_days_are_not_judged() {
    // Tuesday of the third week until noon, at its usual rate; Wednesday at a tenth.
    let cut = |day: i64, hour: i64| match (day, hour) {
        (15, 12..) => None,
        (16, _) => office(day, hour).map(|_| 6),
        (day, hour) => office(day, hour),
    };
    let rows = hours(42, cut);
    let odd = part(&rows).odd_days;
    let dates: Vec<_> = odd.iter().map(|day| day.date.to_string()).collect();
    assert_eq!(dates, ["2026-01-21"]);
    let mut unit = UnitPolicy::with_defaults("unit");
    let day = odd[0].date.to_epoch_days();
    unit.special_days = vec![Date { day, kind: DayKind::Holiday }].into();
    let mut survey = Survey::default();
    survey.add("office", Tz::UTC, &mut Calendar::of(&unit), &rows);
    assert_eq!(survey.finish(Faults::default()).quality.queues[0].odd_days, []);
}

#[test]
fn weeks_are_counted_in_usual_hours() {
    for (days, weeks, enough) in [
        (1, 0.2, Enough::Cold),
        (5, 1.0, Enough::Cold),
        (13, 2.0, Enough::Good),
        (25, 3.8, Enough::Good),
        (26, 4.0, Enough::Full),
    ] {
        let part = part(&hours(days, office));
        assert_eq!((part.weeks, part.enough()), (weeks, enough), "{days}");
    }
    assert_eq!(Enough::of_weeks(1.949), Enough::Cold);
    assert_eq!(Enough::of_weeks(1.951), Enough::Good);
    assert_eq!(Enough::of_weeks(0.0), Enough::Cold);
}

#[test]
fn hours_that_the_clock_shows_twice_are_counted_and_count_once() {
    let zone = chrono_tz::America::New_York;
    let rows: Vec<Row> = (0..24)
        .map(|hour| {
            let start = at("2026-11-01T04:00:00Z") + Span::hours(hour);
            Row { start, end: start + Span::hours(1), revision: 0, calls: 10 }
        })
        .collect();
    let mut survey = Survey::default();
    survey.add("q", zone, &mut Calendar::new(zone), &rows);
    let history = survey.finish(Faults::default());
    assert_eq!(history.quality.total.repeated_by_the_clock, 2);
    // Sunday, 01:00: twenty calls in two hours.
    assert_eq!(history.week[6 * 24 + 1], Some(10.0));
    assert_eq!(history.days[0].calls, 240.0);
}

#[test]
fn queues_are_added_up_and_small_ones_named() {
    let mut survey = Survey::default();
    let mut calendar = Calendar::new(Tz::UTC);
    survey.add("new", Tz::UTC, &mut calendar, &hours(5, office));
    let twice = [hours(28, office), hours(1, office)].concat();
    let kept = survey.add("old", Tz::UTC, &mut calendar, &twice);
    assert_eq!(kept.len(), 200);
    let mut faults = Faults::default();
    faults.note(Fault::Negative, || "a.csv:7: -1".to_owned());
    let history = survey.finish(faults);
    let quality = &history.quality;
    let names: Vec<_> = quality.queues.iter().map(|part| part.queue.as_deref().unwrap()).collect();
    assert_eq!(names, ["old", "new"]);
    assert_eq!((quality.total.rows, quality.total.usable), (260, 250));
    assert_eq!(quality.usable_share, 250.0 / 261.0);
    assert_eq!(
        (quality.enough, quality.cold_queues.as_slice()),
        (Enough::Full, &["new".into()][..])
    );
    assert_eq!(quality.total.row_seconds, Some(3_600));
    assert_eq!(history.week[8], Some(60.0));
    assert_eq!(history.days.iter().map(|day| day.calls).sum::<f64>(), 15_000.0);
    let text = text(&history, Tz::UTC, Look::plain(100));
    for said in [
        "Mon 2026-01-05 08:00 to Fri 2026-01-30 18:00; 4.0 weeks of usual hours",
        "10 with the same count",
        "left out: 1 lines with a negative number",
        "a.csv:7: -1",
        "1 of 2 queues have under two weeks and start cold: new",
        "enough: four weeks or more",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

#[test]
fn nothing_is_no_history() {
    let history = surveyed(&[]);
    assert_eq!(history.quality.enough, Enough::Cold);
    assert_eq!(history.quality.usable_share, 0.0);
    assert!(text(&history, Tz::UTC, Look::plain(100)).contains("not enough"));
    assert!(page(&history, &[], Tz::UTC).ends_with("</body></html>\n"));
    assert!(!Usual::of(&Grid::default()).at(0));
}

#[test]
fn the_page_has_a_field_for_each_hour_and_marks_the_odd_days() {
    let surge =
        |day: i64, hour: i64| office(day, hour).map(|calls| calls * if day == 8 { 3 } else { 1 });
    let history = surveyed(&hours(28, surge));
    let page = page(&history, &history.week, Tz::UTC);
    assert_eq!(page.matches("class=\"heat\"").count(), 50);
    assert_eq!(page.matches("class=\"day\"").count(), 19);
    assert_eq!(page.matches("class=\"odd\"").count(), 1);
    assert!(page.contains("Tue 2026-01-13 1800 surge-like"), "{page}");
}
