//! The report as one page: no script, no picture, no font from elsewhere. It can be mailed.

use super::report::Report;
use super::svg;
use super::text::{alarm_cells, realised, sensitivity_cells};
use crate::engine::command::Level;
use crate::report::local;
use crate::report::page::{END, begin, escaped, section, table};
use chrono_tz::Tz;
use std::fmt::Write;

/// Most days that are plotted: those of the highest scores.
const DAYS_MAX: usize = 24;

/// The page.
pub fn page(report: &Report, zone: Tz) -> String {
    let mut page = begin("callsurge backtest / 回测报告");
    head(&mut page, report, zone);
    section(&mut page, "scores and alarms / 得分与报警");
    if let Some(plot) = svg::of_history(report, zone) {
        page.push_str(&plot);
        page.push_str(
            "<p class=\"note\">Highest scores (cut off at 10), the threshold (dashed) and the \
             alarms (dots). 蓝柱为得分，虚线为阈值，红点为报警。</p>\n",
        );
    }
    alarms(&mut page, report, zone);
    stages(&mut page, report, zone);
    sensitivities(&mut page, report);
    days(&mut page, report, zone);
    page.push_str(END);
    page
}

fn head(page: &mut String, report: &Report, zone: Tz) {
    if let Some((from, to)) = report.span {
        let stamp = |at: crate::engine::time::Timestamp| local(zone, &at.to_string());
        let (from, to) = (stamp(from), stamp(to));
        let queues = report.judgement.queues.len();
        let _ = writeln!(page, "<p>{from} – {to} ({zone}), queues / 队列: {queues}</p>");
    }
    let rate = &report.outcome.rate;
    let _ = writeln!(
        page,
        "<p>{}</p><p>共 {} 次报警，折合每队列每月 {:.2} 次（95% 区间 {:.2} 至 {:.2}），\
         容许值为 {} 次；真实激增也计算在内。处于报警状态的时段占 {:.2}%。</p>",
        escaped(&realised(report)),
        rate.count,
        rate.per_month,
        rate.low,
        rate.high,
        report.asked,
        100.0 * report.outcome.in_alarm
    );
}

fn alarms(page: &mut String, report: &Report, zone: Tz) {
    section(page, "alarms / 报警");
    let header = [
        "raised / 报警时间",
        "queue / 队列",
        "minutes / 分钟",
        "calls / expected 呼入量 / 预期",
        "score / 得分",
        "test / 检验",
    ];
    let rows = report.outcome.alarms.iter().map(|a| alarm_cells(report, a, zone).to_vec());
    table(page, &header, rows);
}

fn stages(page: &mut String, report: &Report, zone: Tz) {
    section(page, "stages that would have been raised / 应启动的支持级别");
    let level = |level: Level| match level {
        Level::None => "none / 无",
        Level::L1 => "L1 / 一级支持",
        Level::L2 => "L2 / 二级支持",
        Level::L3 => "L3 / 三级支持",
    };
    let rows = report.stages.iter().map(|stage| {
        let unit = report.units.get(usize::from(stage.unit.0)).cloned().unwrap_or_default();
        let change = format!("{} → {}", level(stage.from), level(stage.to));
        vec![local(zone, &stage.at.to_string()), unit, change]
    });
    table(page, &["time / 时间", "unit / 指挥单元", "level / 支持级别"], rows);
}

fn sensitivities(page: &mut String, report: &Report) {
    section(page, "other sensitivities / 其他灵敏度");
    let header = [
        "tolerated a month / 每月容许",
        "alarms / 报警",
        "a month (95 %) / 每月实际",
        "in alarm / 报警占比",
        "L1",
        "L2",
        "L3",
    ];
    table(page, &header, report.sensitivities.iter().map(|s| sensitivity_cells(s).to_vec()));
    page.push_str(&svg::of_sensitivities(report));
    page.push_str(
        "<p class=\"note\">* is the configured one. Dots with 95 % intervals: alarms a month \
         against the number that is tolerated; dashed: half and twice of it. \
         带 * 者为当前配置；虚线为容许值的一半与两倍。</p>\n",
    );
}

fn days(page: &mut String, report: &Report, zone: Tz) {
    section(page, "days with alarms / 报警日");
    page.push_str(
        "<p class=\"note\">Calls (blue), expected (black), upper bound of a single row (dashed), \
         alarm (red). 蓝线为呼入量，黑线为预期，虚线为单时段上限，红色为报警。</p>\n",
    );
    let mut chosen: Vec<_> = report.outcome.alarms.iter().collect();
    chosen.sort_by(|a, b| b.score.total_cmp(&a.score));
    let date = |alarm: &&super::outcome::Alarm| {
        let text = local(zone, &(alarm.raised - report.row_of(alarm.queue)).to_string());
        (alarm.queue, text.get(..14).unwrap_or_default().to_owned())
    };
    let mut seen = std::collections::BTreeSet::new();
    chosen.retain(|alarm| seen.insert(date(alarm)));
    let left_out = chosen.len().saturating_sub(DAYS_MAX);
    chosen.truncate(DAYS_MAX);
    chosen.sort_by_key(|alarm| alarm.raised);
    for alarm in chosen {
        let (_, date) = date(&alarm);
        let name = escaped(report.queue(alarm));
        if let Some(plot) = svg::of_day(report, alarm.queue, alarm.raised, zone) {
            let _ = writeln!(page, "<h3>{name} {date}</h3>{plot}");
        }
    }
    if left_out > 0 {
        let _ = writeln!(page, "<p class=\"note\">… {left_out} more / 另有 {left_out} 日</p>");
    }
}
