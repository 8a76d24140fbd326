//! The report as one page: no script, no picture, no font from elsewhere. It can be mailed.

use super::left_out::Why;
use super::report::Report;
use super::svg;
use super::text::{alarm_cells, number, realised, realised_unit, reasons, sensitivity_cells};
use crate::engine::command::Level;
use crate::report::local;
use crate::report::page::{END, begin, escaped, section, table};
use chrono_tz::Tz;
use std::fmt::Write;

/// Most days that are plotted: those of the highest scores.
const DAYS_MAX: usize = 24;
/// Most alarms, changes of level and units that are listed.
const LINES_MAX: usize = 500;

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
        let queues = report.series.iter().filter(|one| one.queue.is_some()).count();
        let _ = writeln!(page, "<p>{from} – {to} ({zone}), queues / 队列: {queues}</p>");
    }
    let (judged, rows) = (report.judged(), report.rows);
    let _ =
        writeln!(page, "<p>{judged} of {rows} rows judged / 共 {rows} 行，判定 {judged} 行</p>");
    if report.left_out.total() > 0 {
        let _ = writeln!(
            page,
            "<p class=\"note\">not judged: {}. 未判定：{}。</p>",
            reasons(&report.left_out, Why::words, ", "),
            reasons(&report.left_out, Why::words_zh, "、")
        );
    }
    for said in report.faults.first.values() {
        let _ = writeln!(page, "<p class=\"note\">{}</p>", escaped(said));
    }
    if report.left_out.older > report.left_out.count(Why::OutOfOrder) {
        let older = report.left_out.older;
        let _ = writeln!(
            page,
            "<p class=\"note\">{older} rows are older than a row before them: no sum, level or rate \
             has them. 有 {older} 行早于前面的行，合计、支持级别与报警率均未计入。</p>"
        );
    }
    let _ = writeln!(page, "<p>{}</p><p>{}</p>", escaped(&realised(report)), realised_zh(report));
    if report.units.len() > 1 {
        section(page, "units / 指挥单元");
        for unit in report.units.iter().take(LINES_MAX) {
            let _ = writeln!(page, "<p>{}</p>", escaped(&realised_unit(unit)));
        }
        more(page, report.units.len());
    }
}

fn realised_zh(report: &Report) -> String {
    let rate = &report.total.realised;
    if rate.months <= 0.0 {
        return "历史过短：没有任何时段是在稳定基线上判定的。".to_owned();
    }
    format!(
        "稳定基线共 {:.1} 个单元月，{} 次报警，折合每指挥单元每月 {:.2} 次（95% 区间 {:.2} 至 {:.2}），\
         {}容许值为 {} 次；真实激增也计算在内。处于报警状态的时段占 {:.2}%。",
        rate.months,
        rate.count,
        rate.per_month,
        rate.low,
        rate.high,
        if report.tolerates_one_number() { "" } else { "平均" },
        number(report.total.asked_per_month),
        100.0 * report.in_alarm
    )
}

/// How much more there is than is shown.
fn more(page: &mut String, all: usize) {
    let left_out = all.saturating_sub(LINES_MAX);
    if left_out > 0 {
        let _ = writeln!(
            page,
            "<p class=\"note\">… {left_out} more; --json has all. 另有 {left_out} 条，见 --json。</p>"
        );
    }
}

fn alarms(page: &mut String, report: &Report, zone: Tz) {
    section(page, "alarms / 报警");
    let header = [
        "raised / 报警时间",
        "queue or sum / 队列或合计",
        "minutes / 分钟",
        "calls / expected 呼入量 / 预期",
        "score / 得分",
        "test / 检验",
        "why / 说明",
    ];
    let rows = report.alarms.iter().take(LINES_MAX).map(|alarm| {
        let mut cells = alarm_cells(report, alarm, zone).to_vec();
        let why = report.explanation(alarm, zone);
        cells.push(format!("{} {}", why.en, why.zh_cn));
        cells
    });
    table(page, &header, rows);
    more(page, report.alarms.len());
    page.push_str(
        "<p class=\"note\">The rate is that of units: what rises together, or again within 30 minutes, \
         is one alarm; before a baseline is settled, and of queues too small to count, is none. \
         报警率按指挥单元计：同时或 30 分钟内再次出现的算一次；基线稳定之前的、呼入量过小的队列的不计入。</p>\n",
    );
}

fn stages(page: &mut String, report: &Report, zone: Tz) {
    section(page, "stages that would have been raised / 应启动的支持级别");
    let level = |level: Level| match level {
        Level::None => "none / 无",
        Level::L1 => "L1 / 一级支持",
        Level::L2 => "L2 / 二级支持",
        Level::L3 => "L3 / 三级支持",
    };
    let rows = report.stages.iter().take(LINES_MAX).map(|stage| {
        let unit = report.names.get(usize::from(stage.unit.0)).cloned().unwrap_or_default();
        let change = format!("{} → {}", level(stage.from), level(stage.to));
        vec![local(zone, &stage.at.to_string()), unit, change]
    });
    table(page, &["time / 时间", "unit / 指挥单元", "level / 支持级别"], rows);
    more(page, report.stages.len());
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
    table(
        page,
        &header,
        report.sensitivities.iter().map(|s| sensitivity_cells(report, s).to_vec()),
    );
    page.push_str(&svg::of_sensitivities(report).unwrap_or_default());
    page.push_str(
        "<p class=\"note\">* is the configured one. Dots with 95 % intervals: alarms a month \
         against the number that is tolerated; dashed: half and twice of it. \
         带 * 者为当前配置；虚线为容许值的一半与两倍。</p>\n",
    );
    if !report.tolerates_one_number() {
        page.push_str(
            "<p class=\"note\">× multiplies the number of each unit; the mean follows. \
             × 为各单元容许值的倍数，其后为平均值。</p>\n",
        );
    }
}

fn days(page: &mut String, report: &Report, zone: Tz) {
    section(page, "days with alarms / 报警日");
    page.push_str(
        "<p class=\"note\">Calls (blue), expected (black), upper bound of a single row (dashed), \
         alarm (red). 蓝线为呼入量，黑线为预期，虚线为单时段上限，红色为报警。</p>\n",
    );
    let mut chosen: Vec<_> = report.alarms.iter().collect();
    chosen.sort_by(|a, b| b.score.total_cmp(&a.score));
    let date = |alarm: &&super::outcome::Alarm| {
        let text = local(zone, &(alarm.raised - report.series_of(alarm).row_length()).to_string());
        (alarm.series, text.get(..14).unwrap_or_default().to_owned())
    };
    let mut seen = std::collections::BTreeSet::new();
    chosen.retain(|alarm| seen.insert(date(alarm)));
    let left_out = chosen.len().saturating_sub(DAYS_MAX);
    chosen.truncate(DAYS_MAX);
    chosen.sort_by_key(|alarm| alarm.raised);
    for alarm in chosen {
        let (_, date) = date(&alarm);
        let series = report.series_of(alarm);
        let name = escaped(&series.name);
        if let Some(plot) = svg::of_day(series, alarm.raised, zone) {
            let _ = writeln!(page, "<h3>{name} {date}</h3>{plot}");
        }
    }
    if left_out > 0 {
        let _ = writeln!(page, "<p class=\"note\">… {left_out} more / 另有 {left_out} 日</p>");
    }
}
