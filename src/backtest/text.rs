//! The report for the terminal. Long lists are cut and say how much more there is, and where.

use super::left_out::{LeftOut, Why};
use super::outcome::{Alarm, Rate};
use super::report::{Realised, Report, Sensitivity};
use super::series::Series;
use crate::engine::verdict::Method;
use crate::record::Record;
use crate::report::{Look, PlotOptions, local, plot, transitions};
use chrono_tz::Tz;
use comfy_table::{ContentArrangement, Table, presets};

/// Most alarms, and most changes of level, that are listed; --json has all of them.
const LINES_MAX: usize = 60;
/// Most series that are plotted: those with the highest scores in alarm.
const PLOTS_MAX: usize = 5;
/// Most days of each of several series.
const DAYS_MAX: usize = 2;
/// Most units that are told apart.
const UNITS_MAX: usize = 20;

/// The whole report as text.
pub fn text(report: &Report, zone: Tz, look: Look) -> String {
    let mut text = head(report, zone);
    text.push_str("\nalarms / 报警\n");
    text.push_str(&alarms(report, zone, look));
    text.push_str("\nstages that would have been raised / 应启动的支持级别\n");
    let records = report.stages.iter().filter_map(|s| s.record.clone());
    let records: Vec<Record> = records.take(LINES_MAX).collect();
    text.push_str(&transitions(&records, zone, look));
    text.push_str(&more(report.stages.len(), LINES_MAX, "changes of level; --json has all"));
    text.push_str("\nother sensitivities / 其他灵敏度\n");
    text.push_str(&sensitivities(report, look));
    text.push('\n');
    text.push_str(&plots(report, zone, look));
    text
}

/// How much more there is than was shown.
fn more(all: usize, shown: usize, what: &str) -> String {
    match all.saturating_sub(shown) {
        0 => String::new(),
        more => format!("… and {more} more {what}\n"),
    }
}

fn head(report: &Report, zone: Tz) -> String {
    let mut text = format!("{} of {} rows judged", report.judged(), report.rows);
    if let Some((from, to)) = report.span {
        let stamp = |at: crate::engine::time::Timestamp| local(zone, &at.to_string());
        text.push_str(&format!(", {} to {} ({zone})", stamp(from), stamp(to)));
    }
    text.push('\n');
    if report.left_out.total() > 0 {
        let words = |why: Why| why.words();
        text.push_str(&format!("not judged: {}\n", reasons(&report.left_out, words, ", ")));
    }
    text.push_str(&format!("{}\n", realised(report)));
    if report.units.len() > 1 {
        for unit in report.units.iter().take(UNITS_MAX) {
            text.push_str(&format!("  {}\n", realised_unit(unit)));
        }
        text.push_str(&more(report.units.len(), UNITS_MAX, "units; --json has all"));
    }
    text
}

/// Rows that were not judged, by reason.
pub(super) fn reasons(left: &LeftOut, words: fn(Why) -> &'static str, and: &str) -> String {
    let told = left.counts.iter().map(|(why, count)| format!("{count} {}", words(*why)));
    told.collect::<Vec<_>>().join(and)
}

/// One sentence: what was asked and what was realised.
pub fn realised(report: &Report) -> String {
    let Realised { asked_per_month, realised: rate, .. } = &report.total;
    if rate.months <= 0.0 {
        return "The history is too short: no row was judged on a settled baseline.".to_owned();
    }
    format!(
        "{} alarms in {:.1} unit-months of settled baseline: {:.2} a month (95 %: {:.2} to \
         {:.2}) where {} is tolerated{}; real surges count too. In alarm {:.2} % of the rows.",
        rate.count,
        rate.months,
        rate.per_month,
        rate.low,
        rate.high,
        number(*asked_per_month),
        if report.tolerates_one_number() { "" } else { " on average" },
        100.0 * report.in_alarm
    )
}

/// The same of one unit, in short.
pub(super) fn realised_unit(unit: &Realised) -> String {
    let name = unit.unit.as_deref().unwrap_or_default();
    let (rate, asked) = (&unit.realised, number(unit.asked_per_month));
    if rate.months <= 0.0 {
        return format!("{name}: too short / 历史过短 (tolerated / 容许 {asked})");
    }
    format!(
        "{name}: {} / {:.1} = {:.2} ({:.2} – {:.2}) a month / 每月, tolerated / 容许 {asked}",
        rate.count, rate.months, rate.per_month, rate.low, rate.high
    )
}

/// A tolerated number without the noise of its binary form.
pub(super) fn number(value: f64) -> String {
    format!("{}", (value * 1.0e4).round() / 1.0e4)
}

fn table(look: Look, header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(look.columns).unwrap_or(u16::MAX))
        .set_header(header);
    table
}

fn alarms(report: &Report, zone: Tz, look: Look) -> String {
    let alarms = &report.alarms;
    if alarms.is_empty() {
        return "none\n".to_owned();
    }
    let mut table =
        table(look, &["raised", "queue or sum", "minutes", "calls / expected", "score", "test"]);
    for alarm in alarms.iter().take(LINES_MAX) {
        table.add_row(alarm_cells(report, alarm, zone));
    }
    let mut text = format!("{table}\n");
    text.push_str(&more(alarms.len(), LINES_MAX, "alarms; --json has all"));
    if alarms.len() != report.total.realised.count {
        text.push_str(
            "The rate is that of units: what rises together, or again within 30 minutes, is one \
             alarm; before a baseline is settled, and of queues too small to count, is none.\n",
        );
    }
    text
}

/// The cells of an alarm, for the table of any medium.
pub(super) fn alarm_cells(report: &Report, alarm: &Alarm, zone: Tz) -> [String; 6] {
    [
        local(zone, &alarm.raised.to_string()),
        report.series_of(alarm).name.clone(),
        format!("{:.0}", report.length(alarm).as_minutes_f64()),
        format!(
            "{:.0} / {:.0} ({:+.0} %)",
            alarm.calls,
            alarm.expected,
            100.0 * (alarm.calls / alarm.expected.max(1.0e-9) - 1.0)
        ),
        format!("{:.1}", alarm.score),
        test_name(alarm.method).to_owned(),
    ]
}

/// What a test is called.
pub(super) const fn test_name(method: Method) -> &'static str {
    match method {
        Method::Burst => "burst / 突增",
        Method::Step => "step / 阶跃",
        Method::Slow => "slow rise / 缓升",
        Method::Empty => "collapse / 骤停",
        Method::Provisional => "provisional / 学习期",
    }
}

fn sensitivities(report: &Report, look: Look) -> String {
    let header = ["tolerated", "alarms", "a month (95 %)", "in alarm", "L1", "L2", "L3"];
    let mut table = table(look, &header);
    for sensitivity in &report.sensitivities {
        table.add_row(sensitivity_cells(report, sensitivity));
    }
    let per_unit = if report.tolerates_one_number() {
        ""
    } else {
        "× multiplies the number of each unit; the mean follows\n"
    };
    format!("{table}\n{per_unit}")
}

/// The cells of a sensitivity, for the table of any medium.
pub(super) fn sensitivity_cells(report: &Report, s: &Sensitivity) -> [String; 7] {
    let Rate { count, per_month, low, high, months } = s.rate;
    let times =
        if report.tolerates_one_number() { String::new() } else { format!("× {}: ", s.factor) };
    let realised = if months > 0.0 {
        format!("{per_month:.2} ({low:.2} – {high:.2})")
    } else {
        "–".to_owned()
    };
    [
        format!("{times}{}{}", number(s.asked), if s.own { " *" } else { "" }),
        count.to_string(),
        realised,
        format!("{:.2} %", 100.0 * s.in_alarm),
        s.raised[0].to_string(),
        s.raised[1].to_string(),
        s.raised[2].to_string(),
    ]
}

/// The series with the strongest alarms; without any alarm the first: a sum, if there is one.
fn plots(report: &Report, zone: Tz, look: Look) -> String {
    let mut best: Vec<(f64, &Series)> = report.series.iter().map(|one| (0.0, one)).collect();
    for alarm in &report.alarms {
        let score = &mut best[alarm.series].0;
        *score = score.max(alarm.score);
    }
    let all = best.len();
    best.sort_by(|a, b| b.0.total_cmp(&a.0));
    let alarmed = best.iter().filter(|(score, _)| *score > 0.0).count();
    let mut options = PlotOptions::new(zone, look);
    if alarmed > 1 {
        options.days_max = DAYS_MAX;
    }
    let mut text = String::new();
    for (_, series) in best.iter().take(alarmed.clamp(1, PLOTS_MAX)) {
        text.push_str(&plot(&series.samples(&report.stages), &options));
    }
    text.push_str(&more(alarmed, PLOTS_MAX, "series with alarms; --html plots their days"));
    let calm = all - alarmed;
    if all > 1 && calm > 0 {
        text.push_str(&format!("{calm} series without an alarm\n"));
    }
    text
}
