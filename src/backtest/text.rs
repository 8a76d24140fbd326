//! The report for the terminal.

use super::outcome::{Alarm, Rate};
use super::report::{Report, Sensitivity};
use crate::engine::verdict::Method;
use crate::record::Record;
use crate::report::{Look, PlotOptions, local, plot, transitions};
use chrono_tz::Tz;
use comfy_table::{ContentArrangement, Table, presets};

/// Most alarms that are listed; --json has all of them.
const ALARMS_MAX: usize = 60;

/// The whole report as text.
pub fn text(report: &Report, zone: Tz, look: Look) -> String {
    let mut text = head(report, zone);
    text.push_str("\nalarms / 报警\n");
    text.push_str(&alarms(report, zone, look));
    text.push_str("\nstages that would have been raised / 应启动的支持级别\n");
    let records: Vec<Record> = report.stages.iter().filter_map(|s| s.record.clone()).collect();
    text.push_str(&transitions(&records, zone, look));
    text.push_str("\nother sensitivities / 其他灵敏度\n");
    text.push_str(&sensitivities(report, look));
    text.push('\n');
    text.push_str(&plot(&report.samples(), &PlotOptions::new(zone, look)));
    text
}

fn head(report: &Report, zone: Tz) -> String {
    let judged = report.judgement.rows.iter().flatten().count();
    let mut text = format!("{judged} of {} rows judged", report.rows);
    if let Some((from, to)) = report.span {
        let stamp = |at: crate::engine::time::Timestamp| local(zone, &at.to_string());
        text.push_str(&format!(", {} to {} ({zone})", stamp(from), stamp(to)));
    }
    text.push_str(&format!("\n{}\n", realised(report)));
    text
}

/// One sentence: what was asked and what was realised.
pub fn realised(report: &Report) -> String {
    let rate = &report.outcome.rate;
    if rate.months <= 0.0 {
        return "The history is too short: no row was judged on a settled baseline.".to_owned();
    }
    format!(
        "{} alarms in {:.1} queue-months of settled baseline: {:.2} a month (95 %: {:.2} to \
         {:.2}) where {} is tolerated; real surges count too. In alarm {:.2} % of the rows.",
        rate.count,
        rate.months,
        rate.per_month,
        rate.low,
        rate.high,
        report.asked,
        100.0 * report.outcome.in_alarm
    )
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
    let alarms = &report.outcome.alarms;
    if alarms.is_empty() {
        return "none\n".to_owned();
    }
    let mut table =
        table(look, &["raised", "queue", "minutes", "calls / expected", "score", "test"]);
    for alarm in alarms.iter().take(ALARMS_MAX) {
        table.add_row(alarm_cells(report, alarm, zone));
    }
    let more = alarms.len().saturating_sub(ALARMS_MAX);
    let more =
        if more > 0 { format!("… and {more} more; --json has all\n") } else { String::new() };
    format!("{table}\n{more}")
}

/// The cells of an alarm, for the table of any medium.
pub(super) fn alarm_cells(report: &Report, alarm: &Alarm, zone: Tz) -> [String; 6] {
    [
        local(zone, &alarm.raised.to_string()),
        report.queue(alarm).to_owned(),
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
        Method::Tail => "one row / 单时段",
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
        table.add_row(sensitivity_cells(sensitivity));
    }
    format!("{table}\n")
}

/// The cells of a sensitivity, for the table of any medium.
pub(super) fn sensitivity_cells(s: &Sensitivity) -> [String; 7] {
    let Rate { count, per_month, low, high, .. } = s.rate;
    [
        format!("{}{}", s.asked, if s.own { " *" } else { "" }),
        count.to_string(),
        format!("{per_month:.2} ({low:.2} – {high:.2})"),
        format!("{:.2} %", 100.0 * s.in_alarm),
        s.raised[0].to_string(),
        s.raised[1].to_string(),
        s.raised[2].to_string(),
    ]
}
