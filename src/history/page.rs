//! The report as one page: a heat map of the week, the days with the odd ones marked, the facts.

use super::text::{facts, queue_cells};
use super::{DayTotal, History, OddDay, Oddity};
use crate::report::page::{END, begin, escaped, section, table};
use crate::report::svg::{BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, across, grid, open, tick, up};
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::fmt::Write;

const DAYS: [&str; 7] = ["Mon 一", "Tue 二", "Wed 三", "Thu 四", "Fri 五", "Sat 六", "Sun 日"];
/// Labels below the days.
const TICKS: i32 = 8;

/// The page. `learned` is what the baseline expects of each hour of the week after learning.
pub fn page(history: &History, learned: &[Option<f64>], zone: Tz) -> String {
    let quality = &history.quality;
    let mut page = begin("callsurge learn / 历史数据质量报告");
    let _ = writeln!(
        page,
        "<p>{}</p><p>{}</p>",
        escaped(quality.enough.words()),
        escaped(quality.enough.words_zh())
    );
    section(&mut page, "week / 周规律");
    page.push_str(&heat_map(learned));
    page.push_str(
        "<p class=\"note\">Calls an hour that are expected after learning; an empty field was \
         never covered. 学习后各时段的预期呼入量；空白表示无数据。</p>\n",
    );
    section(&mut page, "days / 每日呼入量");
    page.push_str(&days(&history.days, &quality.total.odd_days));
    page.push_str(
        "<p class=\"note\">Calls of each day; red: unlike its weekday. \
         红色为与同一星期几明显不同的日期。</p>\n",
    );
    odd_days(&mut page, &quality.total.odd_days);
    section(&mut page, "quality / 数据质量");
    let facts = facts(history, zone);
    let rows = facts.into_iter().map(|(name, said)| vec![named(name), said]);
    table(&mut page, &[&format!("{zone}"), ""], rows);
    if quality.queues.len() > 1 {
        section(&mut page, "queues / 队列");
        let header = [
            "queue / 队列",
            "calls / 呼入量",
            "weeks / 周数",
            "gaps / 缺口",
            "double / 重复",
            "odd days / 异常日",
            "usable / 可用",
            "start / 起步",
        ];
        table(&mut page, &header, quality.queues.iter().map(|part| queue_cells(part).to_vec()));
    }
    page.push_str(END);
    page
}

fn named(name: &str) -> String {
    let chinese = match name {
        "rows" => "行数",
        "span" => "时间范围",
        "row length" => "时段长度",
        "gaps" => "缺口",
        "duplicates" => "重复",
        "clock" => "夏令时",
        "closed" => "非营业时段",
        "values" => "异常值",
        "odd days" => "异常日",
        _ => return String::new(),
    };
    format!("{name} / {chinese}")
}

fn odd_days(page: &mut String, odd: &[OddDay]) {
    if odd.is_empty() {
        return;
    }
    let rows = odd.iter().map(|day| {
        vec![
            day.date.format("%a %Y-%m-%d").to_string(),
            format!("{} / {}", day.kind.words(), day.kind.words_zh()),
            format!("{:.0}", day.calls),
            format!("{:.0}", day.expected),
        ]
    });
    let header = ["day / 日期", "like / 类型", "calls / 呼入量", "usual / 通常"];
    table(page, &header, rows);
}

/// Seven lines of 24 fields; how dark a field is says how many calls.
fn heat_map(hours: &[Option<f64>]) -> String {
    let top = hours.iter().flatten().copied().fold(1.0, f64::max);
    let (across, down) = ((WIDTH - LEFT - RIGHT) / 24.0, (HEIGHT - TOP - BOTTOM) / 7.0);
    let mut svg = open("calls an hour of the week / 一周各小时呼入量");
    for (at, calls) in hours.iter().enumerate() {
        let Some(calls) = calls else { continue };
        let (x, y) = (LEFT + (at % 24) as f64 * across, TOP + (at / 24) as f64 * down);
        let shade = 0.05 + 0.95 * (calls / top).clamp(0.0, 1.0);
        let _ = write!(
            svg,
            "<rect class=\"heat\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{across:.1}\" \
             height=\"{down:.1}\" opacity=\"{shade:.2}\"><title>{} {:02}:00 {calls:.1}</title></rect>",
            DAYS[at / 24 % 7],
            at % 24
        );
    }
    for (at, day) in DAYS.iter().enumerate() {
        let y = TOP + (at as f64 + 0.6) * down;
        let x = LEFT - 4.0;
        let _ = write!(svg, "<text x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"end\">{day}</text>");
    }
    for hour in (0..24).step_by(3) {
        tick(&mut svg, LEFT + (f64::from(hour) + 0.5) * across, &format!("{hour:02}:00"));
    }
    svg.push_str("</svg>\n");
    svg
}

/// A bar for each day; odd ones carry their kind.
fn days(days: &[DayTotal], odd: &[OddDay]) -> String {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return String::new() };
    let number = |date: NaiveDate| f64::from(date.num_days_from_ce());
    let (from, to) = (number(first.date), number(last.date) + 1.0);
    let x = across(from, to);
    let odd: BTreeMap<NaiveDate, Oddity> = odd.iter().map(|day| (day.date, day.kind)).collect();
    let y = up(days.iter().map(|day| day.calls).fold(4.0, f64::max) * 1.05);
    let width = ((x.end - x.start) / (to - from) * 0.85).max(0.5);
    let mut svg = open("calls of each day / 每日呼入量");
    grid(&mut svg, y);
    for day in days {
        let (at, top) = (x.at(number(day.date)), y.at(day.calls));
        let kind = odd.get(&day.date);
        let class = if kind.is_some() { "odd" } else { "day" };
        let said = kind.map_or("", |kind| kind.words());
        let _ = write!(
            svg,
            "<rect class=\"{class}\" x=\"{at:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" \
             height=\"{:.1}\"><title>{} {:.0} {said}</title></rect>",
            HEIGHT - BOTTOM - top,
            day.date.format("%a %Y-%m-%d"),
            day.calls
        );
    }
    for (date, kind) in &odd {
        let at = x.at(number(*date) + 0.5);
        let _ = write!(
            svg,
            "<circle class=\"mark\" cx=\"{at:.1}\" cy=\"{:.0}\" r=\"3\">\
             <title>{date} {}</title></circle>",
            HEIGHT - BOTTOM + 5.0,
            kind.words()
        );
    }
    for step in 0..TICKS {
        let day = from + (to - from) * (f64::from(step) + 0.5) / f64::from(TICKS);
        if let Some(date) = NaiveDate::from_num_days_from_ce_opt(day as i32) {
            tick(&mut svg, x.at(day), &date.to_string());
        }
    }
    svg.push_str("</svg>\n");
    svg
}
