//! The report for people in a terminal.

use super::{Enough, Gaps, History, OddDay, Part};
use crate::report::{Look, local};
use chrono_tz::Tz;
use comfy_table::{ContentArrangement, Table, presets};
use std::fmt::Write;

/// Most odd days that are listed; programs and the page get all.
const ODD_MAX: usize = 12;
/// Most queues that are listed: the largest.
const QUEUES_MAX: usize = 20;

/// The report; instants are shown in `zone`.
pub fn text(history: &History, zone: Tz, look: Look) -> String {
    let quality = &history.quality;
    let total = &quality.total;
    let mut text = format!("Quality of the history ({zone})\n");
    for (name, said) in facts(history, zone) {
        let _ = writeln!(text, "  {name:<11} {said}");
    }
    for odd in total.odd_days.iter().take(ODD_MAX) {
        let _ = writeln!(text, "              {}", odd_line(odd));
    }
    let more = total.odd_days.len().saturating_sub(ODD_MAX);
    if more > 0 {
        let _ = writeln!(text, "              … and {more} more; --json and --report have all");
    }
    if quality.queues.len() > 1 {
        text.push_str(&queues(&quality.queues, look));
    }
    let _ = writeln!(text, "  {:<11} {}", "judgement", quality.enough.words());
    if !quality.cold_queues.is_empty() && quality.enough != Enough::Cold {
        let names: Vec<_> = quality.cold_queues.iter().take(QUEUES_MAX).map(|q| &**q).collect();
        let _ = writeln!(
            text,
            "  {:<11} {} of {} queues have under two weeks and start cold: {}",
            "",
            quality.cold_queues.len(),
            quality.queues.len(),
            names.join(", ")
        );
    }
    text
}

/// What is said line by line; the page says the same.
pub(super) fn facts(history: &History, zone: Tz) -> Vec<(&'static str, String)> {
    let quality = &history.quality;
    let total = &quality.total;
    let stamp = |at: &str| to_the_minute(zone, at);
    let usable = format!(
        "{} with {} calls, queues: {}; {} usable ({:.1} % of the lines)",
        total.rows,
        total.calls,
        quality.queues.len(),
        total.usable,
        100.0 * quality.usable_share
    );
    let span = format!(
        "{} to {}; {:.1} weeks of usual hours",
        stamp(&total.first),
        stamp(&total.last),
        total.weeks
    );
    let mut facts = vec![
        ("rows", usable),
        ("span", span),
        ("row length", length(total)),
        ("gaps", gaps(&total.gaps, zone)),
        (
            "duplicates",
            format!(
                "{} with the same count, {} with another (the last one teaches)",
                total.duplicates_same, total.duplicates_other
            ),
        ),
        ("clock", clock(history)),
        ("closed", closed(total)),
        ("values", values(history)),
    ];
    for said in quality.faults.first.values() {
        facts.push(("", said.clone()));
    }
    facts.push(("odd days", odd_count(&total.odd_days)));
    facts
}

/// Rows begin and end on minutes, nearly always.
fn to_the_minute(zone: Tz, at: &str) -> String {
    let text = local(zone, at);
    text.strip_suffix(":00").map(str::to_owned).unwrap_or(text)
}

fn length(total: &Part) -> String {
    let length = match total.row_seconds {
        Some(seconds) if seconds % 60 == 0 => format!("{} min", seconds / 60),
        Some(seconds) => format!("{seconds} s"),
        None => "differs by queue".to_owned(),
    };
    match (total.rows_of_other_length, total.overlapping) {
        (0, 0) => length,
        (other, overlapping) => {
            format!("{length}; {other} rows are of another length, {overlapping} overlap")
        }
    }
}

fn gaps(gaps: &Gaps, zone: Tz) -> String {
    let (Some(longest), Some(first)) = (&gaps.longest_from, &gaps.first_from) else {
        return "none".to_owned();
    };
    let stamp = |at: &str| to_the_minute(zone, at);
    format!(
        "{} ({} missing), longest {} from {}, first from {}",
        gaps.count,
        hours(gaps.minutes),
        hours(gaps.longest_minutes),
        stamp(longest),
        stamp(first)
    )
}

fn hours(minutes: f64) -> String {
    let minutes = minutes.round() as u64;
    format!("{}:{:02} h", minutes / 60, minutes % 60)
}

fn clock(history: &History) -> String {
    let skipped = history.quality.faults.counts.get(&super::Fault::SkippedByTheClock);
    format!(
        "{} rows at local times that do not exist, {} in hours that came twice",
        skipped.copied().unwrap_or_default(),
        history.quality.total.repeated_by_the_clock
    )
}

fn closed(total: &Part) -> String {
    let closed = &total.closed;
    if closed.when.is_empty() {
        return "none recognised".to_owned();
    }
    let bare = match closed.hours_without_rows {
        hours if hours > 0.0 => format!(" ({hours} of them without rows)"),
        _ => String::new(),
    };
    format!("{} h a week{bare}: {}", closed.hours, closed.when.join("; "))
}

fn values(history: &History) -> String {
    let quality = &history.quality;
    let mut told: Vec<String> = quality
        .faults
        .counts
        .iter()
        .map(|(fault, count)| format!("{count} lines {}", fault.words()))
        .collect();
    if quality.total.absurd > 0 {
        told.push(format!("{} rows with an absurd count", quality.total.absurd));
    }
    if quality.total.astray > 0 {
        told.push(format!("{} rows of a wrong date, a year from all others", quality.total.astray));
    }
    match told.as_slice() {
        [] => "nothing left out".to_owned(),
        told => format!("left out: {}", told.join(", ")),
    }
}

fn odd_count(days: &[OddDay]) -> String {
    if days.is_empty() { "none".to_owned() } else { days.len().to_string() }
}

fn odd_line(odd: &OddDay) -> String {
    format!(
        "{} {}: {:.0} calls where {:.0} are usual",
        odd.date.format("%a %Y-%m-%d"),
        odd.kind.words(),
        odd.calls,
        odd.expected
    )
}

fn queues(parts: &[Part], look: Look) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(look.columns).unwrap_or(u16::MAX))
        .set_header(["queue", "calls", "weeks", "gaps", "double", "odd days", "usable", "start"]);
    for part in parts.iter().take(QUEUES_MAX) {
        table.add_row(queue_cells(part));
    }
    let mut text = format!("{table}\n");
    let more = parts.len().saturating_sub(QUEUES_MAX);
    if more > 0 {
        let _ = writeln!(text, "… and {more} smaller queues; --json has all");
    }
    text
}

/// A queue as the cells of a table.
pub(super) fn queue_cells(part: &Part) -> [String; 8] {
    let share = if part.rows == 0 { 0.0 } else { part.usable as f64 / part.rows as f64 };
    [
        part.queue.clone().unwrap_or_default(),
        part.calls.to_string(),
        format!("{:.1}", part.weeks),
        if part.gaps.count == 0 {
            "0".to_owned()
        } else {
            format!("{} ({})", part.gaps.count, hours(part.gaps.minutes))
        },
        (part.duplicates_same + part.duplicates_other).to_string(),
        part.odd_days.len().to_string(),
        format!("{:.1} %", 100.0 * share),
        match part.enough() {
            Enough::Cold => "cold",
            Enough::Good => "good",
            Enough::Full => "full",
        }
        .to_owned(),
    ]
}
