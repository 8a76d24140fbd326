//! What-if of agents: the need in a sentence, a table, a plot of the service level.
//!
//! The plot is that of a day turned round: service level as an area over the number of agents,
//! the target as a line. Where the area reaches over the line the target is met.

use super::look::Look;
use super::plot::{Dots, chart};
use crate::config::Language;
use crate::staffing::{Asked, Formula, Need, Row, StaffingError, WhatIf};
use crate::width;
use comfy_table::{ContentArrangement, Table, presets};

/// Columns left of the chart.
const MARGIN: usize = 9;
/// Lines of the chart.
const LINES: usize = 8;

/// The answer for people.
///
/// # Errors
/// If a row of the plot cannot be worked out.
pub fn agents(
    what_if: &WhatIf,
    need: &Need,
    rows: &[Row],
    language: Language,
    look: Look,
) -> Result<String, StaffingError> {
    let words = Words::of(language);
    let mut text = sentences(what_if.asked(), need, &words);
    text.push('\n');
    text.push_str(&table(rows, need, &words, look));
    text.push('\n');
    if let [first, .., last] = rows {
        text.push_str(&plot(what_if, (first.agents, last.agents), need, &words, look)?);
    }
    Ok(text)
}

/// What is said in a language.
struct Words {
    load: &'static str,
    erlangs: &'static str,
    assumed: &'static str,
    target: &'static str,
    need: &'static str,
    people: &'static str,
    reasons: [&'static str; 3],
    columns: [&'static str; 8],
    unstable: &'static str,
    never: &'static str,
    plot: &'static str,
    formula: fn(Formula) -> &'static str,
}

impl Words {
    const fn of(language: Language) -> Self {
        match language {
            Language::En => Self {
                load: "Load",
                erlangs: "calls an hour of {handle} s are {load} Erlang; patience {patience} s",
                assumed: " (assumed)",
                target: "Target",
                need: "Need",
                people: "people on duty",
                reasons: ["service level", "occupancy", "backlog"],
                columns: [
                    "agents",
                    "people",
                    "service level",
                    "abandoned",
                    "mean wait",
                    "occupancy",
                    "if nobody gave up",
                    "backlog gone",
                ],
                unstable: "unstable",
                never: "never",
                plot: "service level by agents: filled reached, line target",
                formula: formula_en,
            },
            Language::ZhCn => Self {
                load: "话务量",
                erlangs: "通/小时，平均处理 {handle} 秒，即 {load} 爱尔兰；平均耐心 {patience} 秒",
                assumed: "（假定值）",
                target: "目标",
                need: "需要坐席",
                people: "排班人数",
                reasons: ["服务水平", "占用率", "积压"],
                columns: [
                    "坐席",
                    "人数",
                    "服务水平",
                    "放弃率",
                    "平均等待",
                    "占用率",
                    "若无人放弃",
                    "积压清空",
                ],
                unstable: "不稳定",
                never: "不会",
                plot: "各坐席数下的服务水平：填充为可达，横线为目标",
                formula: formula_zh,
            },
        }
    }
}

const fn formula_en(formula: Formula) -> &'static str {
    match formula {
        Formula::AnsweredOfOffered => "answered within T / offered",
        Formula::AnsweredOfAnswered => "answered within T / answered",
        Formula::WithoutShortAbandons => "answered within T / (offered - abandoned within T)",
        Formula::SettledOfOffered => "(answered + abandoned within T) / offered",
    }
}

const fn formula_zh(formula: Formula) -> &'static str {
    match formula {
        Formula::AnsweredOfOffered => "T 内接通 / 呼入",
        Formula::AnsweredOfAnswered => "T 内接通 / 接通",
        Formula::WithoutShortAbandons => "T 内接通 /（呼入 - T 内放弃）",
        Formula::SettledOfOffered => "（T 内接通 + T 内放弃）/ 呼入",
    }
}

fn sentences(asked: &Asked, need: &Need, words: &Words) -> String {
    let load = words
        .erlangs
        .replace("{handle}", &plain(asked.handle_seconds))
        .replace("{load}", &plain(asked.load_erlangs))
        .replace("{patience}", &plain(asked.patience_seconds));
    let assumed = if asked.patience_assumed { words.assumed } else { "" };
    let calls = plain(asked.calls_per_hour);
    let mut text = format!("{}: {calls} {load}{assumed}\n", words.load);
    text.push_str(&format!(
        "{}: {} T = {} s, {}\n",
        words.target,
        percent(asked.target),
        plain(asked.threshold_seconds),
        (words.formula)(asked.formula),
    ));
    let parts = [Some(need.steady), need.occupancy, need.backlog];
    let parts: Vec<String> = words
        .reasons
        .iter()
        .zip(parts)
        .filter_map(|(reason, part)| part.map(|n| format!("{reason} {n}")))
        .collect();
    text.push_str(&format!(
        "{}: {} ({}); {} {}\n",
        words.need,
        need.agents,
        parts.join(", "),
        words.people,
        need.people
    ));
    text
}

fn table(rows: &[Row], need: &Need, words: &Words, look: Look) -> String {
    let backlog = need.backlog.is_some();
    let mut table = Table::new();
    let shown = if backlog { words.columns.len() } else { words.columns.len() - 1 };
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(look.columns).unwrap_or(u16::MAX))
        .set_header(&words.columns[..shown]);
    for row in rows {
        let mark = if row.agents == need.agents { "→ " } else { "" };
        let cells = [
            format!("{mark}{}", row.agents),
            row.people.map(|n| n.to_string()).unwrap_or_default(),
            percent(row.service_level),
            percent(row.abandoned),
            format!("{:.1} s", row.mean_wait_seconds),
            percent(row.occupancy),
            row.service_level_erlang_c.map_or_else(|| words.unstable.to_owned(), percent),
            row.clear_seconds.map_or_else(
                || words.never.to_owned(),
                |seconds| format!("{:.0} s", seconds.ceil()),
            ),
        ];
        table.add_row(&cells[..shown]);
    }
    format!("{table}\n")
}

fn plot(
    what_if: &WhatIf,
    (first, last): (u32, u32),
    need: &Need,
    words: &Words,
    look: Look,
) -> Result<String, StaffingError> {
    let columns = look.columns.saturating_sub(MARGIN).max(24);
    let target = what_if.asked().target;
    let span = f64::from(last - first);
    let at = |dot: usize| first + (span * dot as f64 / (2 * columns - 1) as f64).round() as u32;
    let mut observed: Vec<Option<f64>> = Vec::with_capacity(2 * columns);
    for dot in 0..2 * columns {
        let same = dot > 0 && at(dot) == at(dot - 1);
        let level = match observed.last() {
            Some(&level) if same => level,
            Some(_) | None => Some(what_if.row(at(dot))?.service_level),
        };
        observed.push(level);
    }
    let expected = vec![Some(target); 2 * columns];
    let dots = Dots { observed, expected, levels: Vec::new() };
    let mut text = format!("{}\n", words.plot);
    for (line, cells) in chart(&dots, 1.0, LINES).iter().enumerate() {
        let label = match line {
            0 => "100 %",
            _ if line + 1 == LINES => "0 %",
            _ => "",
        };
        let cells: String = cells.iter().collect();
        text.push_str(format!("{label:>7} ┤{cells}").trim_end());
        text.push('\n');
    }
    text.push_str(&axis((first, last), need.agents, columns));
    Ok(text)
}

/// First and last number of agents, and the need with an arrow where there is room between them.
fn axis((first, last): (u32, u32), need: u32, columns: usize) -> String {
    let mut line = first.to_string();
    let end = last.to_string();
    if (first..=last).contains(&need) {
        let share = f64::from(need - first) / f64::from((last - first).max(1));
        let column = (share * (columns - 1) as f64).round() as usize;
        let mark = format!("↑ {need}");
        if column > line.len() && column + width::of(&mark) + end.len() < columns {
            line.push_str(&" ".repeat(column - line.len()));
            line.push_str(&mark);
        }
    }
    let gap = columns.saturating_sub(width::of(&line) + end.len()).max(1);
    format!("{:>7}  {line}{}{end}\n", "", " ".repeat(gap))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Up to two decimals, without zeros at the end.
fn plain(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
