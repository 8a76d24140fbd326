//! Plots as SVG: a day with its band, the scores of the whole history, asked against realised.

use super::judge::Judged;
use super::outcome::Alarm;
use super::report::Report;
use super::series::Series;
use super::text::number;
use crate::engine::time::{Span, Timestamp};
use crate::report::svg::{
    Axis, BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, across, grid, open, path, tick, up,
};
use crate::report::{day, local};
use chrono_tz::Tz;
use std::fmt::Write;

/// Most points of the history's plot: more than its pixels.
const POINTS_MAX: usize = 1_500;

fn seconds(at: Timestamp) -> f64 {
    at.as_millis() as f64 / 1_000.0
}

/// Runs of rows without a gap.
fn runs<'a>(rows: &[&'a Judged]) -> Vec<Vec<&'a Judged>> {
    let mut runs: Vec<Vec<&Judged>> = Vec::new();
    for row in rows {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| last.end == row.start) => run.push(row),
            Some(_) | None => runs.push(vec![row]),
        }
    }
    runs
}

/// The local day of an instant of a series: calls, what was expected, the band, the alarm.
pub(super) fn of_day(series: &Series, at: Timestamp, zone: Tz) -> Option<String> {
    let (date, from, to) = day(zone, at - Span::millis(1))?;
    let rows: Vec<&Judged> = series.between(from, to).iter().collect();
    let (first, last) = (rows.first()?.start, rows.last()?.end);
    let x = across(seconds(first), seconds(last));
    let high = |row: &&Judged| f64::from(row.calls).max(row.evidence.map_or(0.0, |e| e.upper));
    let y = up(rows.iter().map(high).fold(4.0, f64::max) * 1.05);
    let mut svg = open(&format!("{} {date}", series.name));
    for row in rows.iter().filter(|row| row.alarm) {
        let (a, b) = (x.at(seconds(row.start)), x.at(seconds(row.end)));
        let _ = write!(
            svg,
            "<rect class=\"alarm\" x=\"{a:.1}\" width=\"{:.1}\" y=\"{TOP}\" height=\"{:.0}\"/>",
            b - a,
            HEIGHT - TOP - BOTTOM
        );
    }
    grid(&mut svg, y);
    let middle = |row: &Judged| x.at((seconds(row.start) + seconds(row.end)) / 2.0);
    for run in runs(&rows) {
        let with = |of: fn(&crate::engine::verdict::Evidence) -> f64| {
            let evidence = |row: &&Judged| Some((middle(row), y.at(of(&row.evidence?))));
            run.iter().filter_map(evidence).collect::<Vec<_>>()
        };
        path(&mut svg, "upper", with(|e| e.upper).into_iter());
        path(&mut svg, "expected", with(|e| e.expected).into_iter());
        path(&mut svg, "calls", run.iter().map(|row| (middle(row), y.at(row.calls.into()))));
    }
    let hours = ((last - first).as_minutes_f64() / 60.0 / 8.0).ceil().max(1.0) as i64;
    let mut hour = first.next_multiple(Span::hours(1));
    while hour <= last {
        let text = local(zone, &hour.to_string());
        tick(&mut svg, x.at(seconds(hour)), text.get(15..20).unwrap_or_default());
        hour = hour + Span::hours(hours);
    }
    svg.push_str("</svg>");
    Some(svg)
}

/// Highest scores over the whole history, with the threshold and the alarms.
pub(super) fn of_history(report: &Report, zone: Tz) -> Option<String> {
    let (from, to) = report.span?;
    let x = across(seconds(from), seconds(to));
    let y = up(10.0);
    let bin_of = |at: Timestamp| {
        let share = (seconds(at) - x.from) / (x.to - x.from).max(1.0);
        ((share * POINTS_MAX as f64) as usize).min(POINTS_MAX - 1)
    };
    let mut best = vec![None::<(f64, f64)>; POINTS_MAX];
    for row in report.series.iter().flat_map(|one| &one.rows) {
        let bin = bin_of(row.end);
        let threshold = row.evidence.filter(|e| !e.learning).map_or(0.0, |e| e.threshold);
        let old = best[bin].unwrap_or((0.0, 0.0));
        best[bin] = Some((old.0.max(row.score), old.1.max(threshold)));
    }
    let mut svg = open("scores and alarms / 得分与报警");
    grid(&mut svg, y);
    let width = (x.end - x.start) / POINTS_MAX as f64;
    let points = || best.iter().enumerate().filter_map(|(i, best)| Some((i, (*best)?)));
    for (i, (score, _)) in points() {
        let (at, top) = (x.start + i as f64 * width, y.at(score));
        let _ = write!(
            svg,
            "<rect class=\"score\" x=\"{at:.1}\" width=\"{width:.2}\" y=\"{top:.1}\" \
             height=\"{:.1}\"/>",
            HEIGHT - BOTTOM - top
        );
    }
    let threshold = points()
        .filter(|(_, (_, threshold))| *threshold > 0.0)
        .map(|(i, (_, threshold))| (x.start + (i as f64 + 0.5) * width, y.at(threshold)));
    path(&mut svg, "upper", threshold);
    let mut marks = vec![None::<&Alarm>; POINTS_MAX];
    for alarm in &report.alarms {
        let best = &mut marks[bin_of(alarm.raised)];
        *best = best.filter(|other| other.score >= alarm.score).or(Some(alarm));
    }
    for alarm in marks.into_iter().flatten() {
        let at = x.at(seconds(alarm.raised));
        let top = y.at(alarm.score.min(y.to));
        let _ = write!(svg, "<circle class=\"mark\" cx=\"{at:.1}\" cy=\"{top:.1}\" r=\"4\"/>");
    }
    for step in 0..=6 {
        let at = from + Span::millis((to - from).as_millis() * step / 6);
        let text = local(zone, &at.to_string());
        let at = x.at(seconds(at)).clamp(LEFT + 30.0, WIDTH - 40.0);
        tick(&mut svg, at, text.get(4..14).unwrap_or_default());
    }
    svg.push_str("</svg>");
    Some(svg)
}

/// Alarms a month against what was tolerated, on logarithmic axes; between the dashed lines the
/// rate is within a factor of two of what was asked.
pub(super) fn of_sensitivities(report: &Report) -> Option<String> {
    let asked = || report.sensitivities.iter().map(|s| s.asked).filter(|asked| *asked > 0.0);
    let (least, most) = (asked().reduce(f64::min)?, asked().reduce(f64::max)?);
    let (low, high) = (least / 5.0, most * 4.0);
    let (left, right) = (least * 0.8, most * 1.25);
    let x = across(left.ln(), right.ln());
    let y = Axis { from: low.ln(), to: high.ln(), start: HEIGHT - BOTTOM, end: TOP };
    let up = |value: f64| y.at(value.clamp(low, high).ln());
    let mut svg = open("tolerated and realised alarms a month / 容许与实际报警数");
    let mut value = least / 4.0;
    while value <= high {
        let at = up(value);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.0}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0,
            number(value)
        );
        value *= 4.0;
    }
    for factor in [0.5, 2.0_f64] {
        let ends = [left, right].map(|v| (x.at(v.ln()), up(v * factor)));
        path(&mut svg, "upper", ends.into_iter());
    }
    for s in report.sensitivities.iter().filter(|s| s.rate.months > 0.0) {
        let at = x.at(s.asked.ln());
        let ends = [s.rate.low, s.rate.high].map(|rate| (at, up(rate)));
        path(&mut svg, "expected", ends.into_iter());
        let (cy, r) = (up(s.rate.per_month), if s.own { 6 } else { 4 });
        let _ = write!(svg, "<circle class=\"mark\" cx=\"{at:.1}\" cy=\"{cy:.1}\" r=\"{r}\"/>");
        tick(&mut svg, at, &number(s.asked));
    }
    svg.push_str("</svg>");
    Some(svg)
}
