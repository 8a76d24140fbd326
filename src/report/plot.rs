//! Plot of a unit over its days: the levels as a strip, observed calls against expected ones.
//!
//! Observed calls are a filled area of braille dots, two columns and four rows a character;
//! expected calls are a line of dots, which inside the area is left out instead. Where the area
//! reaches over the line there is more than expected: it reads without colour, and colour only
//! adds the level. Long inputs are folded: one character a day for all of them, and a plot of the
//! days with incidents only.

use super::Sample;
use super::look::Look;
use super::strip::strip;
use super::when;
use crate::engine::command::Level;
use crate::engine::time::{Span, Timestamp};
use crate::width;
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::BTreeMap;

/// How a plot is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlotOptions {
    /// Zone whose days are plotted.
    pub zone: Tz,
    /// Lines of the chart.
    pub rows: usize,
    /// Most days that are plotted for a unit.
    pub days_max: usize,
    /// Width and colour.
    pub look: Look,
}

impl PlotOptions {
    /// The usual size: a day fills a third of a screen.
    pub const fn new(zone: Tz, look: Look) -> Self {
        Self { zone, rows: 8, days_max: 5, look }
    }
}

/// Columns left of the chart: the number of calls and an axis.
pub(super) const MARGIN: usize = 9;

/// Longest strip of days: more is most likely a row with a wrong year.
const CALENDAR_DAYS_MAX: i64 = 5 * 366;

/// A zoomed plot begins and ends on a multiple of this.
const EDGE: Span = Span::minutes(5);
/// Minutes between two labels of the axis of a zoomed plot.
const LABEL_MINUTES: [i64; 5] = [1, 5, 15, 30, 60];

/// A local day of a unit.
struct Day<'a> {
    date: NaiveDate,
    from: Timestamp,
    to: Timestamp,
    samples: Vec<&'a Sample>,
}

impl Day<'_> {
    fn highest(&self) -> Level {
        self.samples.iter().map(|s| s.level).max().unwrap_or_default()
    }

    /// Shows only the time that there are data of, where that is less than a quarter of the day.
    fn zoom(&mut self, step: Span) {
        let first = self.samples.iter().map(|s| s.at - step).min();
        let last = self.samples.iter().map(|s| s.at).max();
        let Some((first, last)) = first.zip(last) else { return };
        if (last - first) * 4 < self.to - self.from {
            self.from = first.floor(EDGE);
            self.to = last.next_multiple(EDGE);
        }
    }

    fn at_highest(&self) -> usize {
        let highest = self.highest();
        self.samples.iter().filter(|s| s.level == highest).count()
    }

    /// How far observed calls came over what is normal, as a ratio.
    fn excess(&self) -> f64 {
        let over = |s: &&Sample| s.observed / s.upper.or(s.expected).unwrap_or(f64::MAX).max(1.0);
        self.samples.iter().map(over).fold(0.0, f64::max)
    }
}

/// The plots of every unit of a series.
pub fn plot(samples: &[Sample], options: &PlotOptions) -> String {
    let mut units: BTreeMap<&str, Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        units.entry(&sample.unit).or_default().push(sample);
    }
    let mut text = String::new();
    for (unit, samples) in units {
        plot_unit(unit, &samples, options, &mut text);
    }
    text
}

fn plot_unit(unit: &str, samples: &[&Sample], options: &PlotOptions, text: &mut String) {
    let step = commonest_step(samples);
    let mut days = days(samples, step, options.zone);
    if let [only] = days.as_mut_slice() {
        only.zoom(step);
    }
    if days.len() > 1 {
        text.push_str(&calendar(unit, &days, options.look));
    }
    let with_incident = days.iter().filter(|d| d.highest() > Level::None).count();
    let mut chosen: Vec<&Day<'_>> = days.iter().collect();
    chosen.sort_by(|a, b| {
        let key = |d: &Day<'_>| (d.highest(), if with_incident > 0 { d.at_highest() } else { 0 });
        key(b).cmp(&key(a)).then(b.excess().total_cmp(&a.excess())).then(a.date.cmp(&b.date))
    });
    chosen.truncate(with_incident.clamp(1, options.days_max.max(1)));
    chosen.sort_by_key(|d| d.date);
    for day in chosen {
        plot_day(unit, day, step, options, text);
    }
    let left_out = with_incident.saturating_sub(options.days_max.max(1));
    if left_out > 0 {
        text.push_str(&format!("… and {left_out} more days with incidents\n"));
    }
}

/// The commonest distance of neighbours: the length of a row.
fn commonest_step(samples: &[&Sample]) -> Span {
    let mut counts: BTreeMap<Span, usize> = BTreeMap::new();
    for pair in samples.windows(2) {
        let step = pair[1].at - pair[0].at;
        if step.is_positive() {
            *counts.entry(step).or_default() += 1;
        }
    }
    let commonest = counts.into_iter().max_by_key(|&(step, n)| (n, std::cmp::Reverse(step)));
    commonest.map_or(Span::minutes(1), |(step, _)| step)
}

fn days<'a>(samples: &[&'a Sample], step: Span, zone: Tz) -> Vec<Day<'a>> {
    let mut days: Vec<Day<'a>> = Vec::new();
    for &sample in samples {
        let start = sample.at - step;
        if let Some(day) = days.last_mut().filter(|d| d.from <= start && start < d.to) {
            day.samples.push(sample);
        } else if let Some((date, from, to)) = when::day(zone, start) {
            match days.iter_mut().find(|d| d.date == date) {
                Some(day) => day.samples.push(sample),
                None => days.push(Day { date, from, to, samples: vec![sample] }),
            }
        }
    }
    days.sort_by_key(|d| d.date);
    days
}

/// One character a day.
fn calendar(unit: &str, days: &[Day<'_>], look: Look) -> String {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return String::new() };
    if (last.date - first.date).num_days() > CALENDAR_DAYS_MAX {
        return format!("{unit}: {} to {}, too long for a strip\n\n", first.date, last.date);
    }
    let mut text = format!("{unit}: highest level of each day\n");
    let by_date: BTreeMap<NaiveDate, Level> = days.iter().map(|d| (d.date, d.highest())).collect();
    let dates: Vec<NaiveDate> =
        first.date.iter_days().take_while(|date| *date <= last.date).collect();
    // Whole weeks a line, so that weekdays stand under each other.
    let columns = (look.columns.saturating_sub(12) / 7).max(1) * 7;
    for line in dates.chunks(columns) {
        let levels: Vec<_> = line.iter().map(|date| by_date.get(date).copied()).collect();
        text.push_str(&format!("{}  {}\n", line[0], strip(&levels, look)));
    }
    text.push('\n');
    text
}

fn plot_day(unit: &str, day: &Day<'_>, step: Span, options: &PlotOptions, text: &mut String) {
    let columns = options.look.columns.saturating_sub(MARGIN).max(24);
    let dots = Dots::of(day, step, 2 * columns);
    let top = dots.top();
    let date = day.date.format("%a %Y-%m-%d");
    let per = length_of_row(step);
    text.push_str(&format!("{unit}  {date}  calls per {per}: filled observed, line expected\n"));
    let levels: Vec<Option<Level>> = dots.levels.chunks(2).map(|c| c[0].max(c[1])).collect();
    for (at, line) in chart(&dots, top, options.rows.max(2)).iter().enumerate() {
        let label = match at {
            0 => format!("{top:.0}"),
            _ if at + 1 == options.rows.max(2) => "0".to_owned(),
            _ => String::new(),
        };
        let painted = paint(line, &levels, options.look);
        text.push_str(format!("{label:>7} ┤{painted}").trim_end());
        text.push('\n');
    }
    let levels = strip(&levels, options.look);
    text.push_str(format!("{:>7}  {levels}", "level").trim_end());
    text.push('\n');
    text.push_str(&format!("{:>7}  {}\n\n", "", hours(day, columns, options.zone)));
}

fn length_of_row(step: Span) -> String {
    let seconds = step.as_millis() / 1_000;
    if seconds % 60 == 0 { format!("{} min", seconds / 60) } else { format!("{seconds} s") }
}

/// A filled series and a line at the resolution of the dots.
pub(super) struct Dots {
    pub(super) observed: Vec<Option<f64>>,
    pub(super) expected: Vec<Option<f64>>,
    pub(super) levels: Vec<Option<Level>>,
}

impl Dots {
    fn of(day: &Day<'_>, step: Span, columns: usize) -> Self {
        let mut sums = vec![(0.0, 0_u32, 0.0, 0_u32); columns];
        let mut levels = vec![None; columns];
        let length = (day.to - day.from).as_millis().max(1);
        let column = |at: Timestamp| {
            let offset = (at - day.from).as_millis().clamp(0, length - 1);
            usize::try_from(offset * columns as i64 / length).unwrap_or(0)
        };
        for sample in &day.samples {
            for i in column(sample.at - step)..=column(sample.at - Span::millis(1)) {
                let (observed, n, expected, m) = &mut sums[i];
                *observed += sample.observed;
                *n += 1;
                if let Some(value) = sample.expected {
                    *expected += value;
                    *m += 1;
                }
                levels[i] = levels[i].max(Some(sample.level));
            }
        }
        let mean = |sum: f64, n: u32| (n > 0).then(|| sum / f64::from(n));
        Self {
            observed: sums.iter().map(|&(sum, n, ..)| mean(sum, n)).collect(),
            expected: sums.iter().map(|&(_, _, sum, m)| mean(sum, m)).collect(),
            levels,
        }
    }

    pub(super) fn top(&self) -> f64 {
        let all = self.observed.iter().chain(&self.expected).flatten();
        all.copied().fold(1.0, f64::max).ceil()
    }
}

/// The lines of the chart, top first, one character for two columns and four rows of dots.
pub(super) fn chart(dots: &Dots, top: f64, rows: usize) -> Vec<Vec<char>> {
    let height = rows * 4;
    let dot = |value: f64| ((value / top * height as f64).round() as usize).min(height);
    let mut lines = vec![vec![' '; dots.observed.len() / 2]; rows];
    for (y, line) in lines.iter_mut().enumerate() {
        for (x, cell) in line.iter_mut().enumerate() {
            let mut bits = 0_u32;
            for (i, (column, row)) in cell_dots().enumerate() {
                let from_bottom = height - (y * 4 + row);
                let at = 2 * x + column;
                let filled = dots.observed[at].is_some_and(|v| dot(v) >= from_bottom);
                let on_line = dots.expected[at].is_some_and(|v| dot(v).max(1) == from_bottom);
                if filled != on_line {
                    bits |= 1 << i;
                }
            }
            // An empty pattern is not blank in every font; a space is.
            *cell = char::from_u32(0x2800 + bits).filter(|_| bits != 0).unwrap_or(' ');
        }
    }
    lines
}

/// Column and row of the eight dots of a braille character, by bit.
fn cell_dots() -> impl Iterator<Item = (usize, usize)> {
    [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)].into_iter()
}

/// A line of the chart in the colours of the levels.
fn paint(line: &[char], levels: &[Option<Level>], look: Look) -> String {
    if !look.colour {
        return line.iter().collect::<String>().trim_end().to_owned();
    }
    let mut text = String::new();
    let mut at = 0;
    while at < line.len() {
        let run = levels[at..].iter().take_while(|&&l| l == levels[at]).count().max(1);
        let piece: String = line[at..(at + run).min(line.len())].iter().collect();
        text.push_str(&look.paint(levels[at].unwrap_or_default(), &piece));
        at += run;
    }
    text
}

/// The axis of time: local hours, or minutes where it is zoomed, that do not run into each other.
fn hours(day: &Day<'_>, columns: usize, zone: Tz) -> String {
    let length = (day.to - day.from).as_millis().max(1);
    let room = columns as i64 / 8;
    let zoomed = LABEL_MINUTES.into_iter().find(|m| length / (m * 60_000) <= room);
    let every = match zoomed {
        Some(minutes) if length < Span::hours(12).as_millis() => Span::minutes(minutes),
        Some(_) | None => Span::hours(if columns >= 96 { 2 } else { 4 }),
    };
    let mut text = String::new();
    let mut at = day.from;
    while at < day.to {
        let column = ((at - day.from).as_millis() * columns as i64 / length) as usize;
        let label = when::clock(zone, &at.to_string());
        if column >= width::of(&text) && column + label.len() <= columns {
            text.extend(std::iter::repeat_n(' ', column - width::of(&text)));
            text.push_str(&label);
        }
        at = at + every;
    }
    text
}

#[cfg(test)]
#[path = "plot_tests.rs"]
mod tests;
