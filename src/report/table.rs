//! The table of changes of level, and why the detector asked for them.

use super::look::Look;
use super::{logbook, when};
use crate::config::Language;
use crate::record::Record;
use chrono_tz::Tz;
use comfy_table::{ContentArrangement, Table, presets};

/// Most rows that are printed: a year of replay fits; more is for programs.
pub const ROWS_MAX: usize = 500;

/// The transitions among the records, as a table with a line for each surge that began or came
/// back; a sentence where there are none.
pub fn transitions(records: &[Record], zone: Tz, look: Look) -> String {
    let changes: Vec<&Record> = records.iter().filter(|r| r.kind == "transition").collect();
    if changes.is_empty() {
        return "No change of level.\n".to_owned();
    }
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(look.columns).unwrap_or(u16::MAX))
        .set_header([
            format!("time ({zone})"),
            "unit".into(),
            "level".into(),
            "cause".into(),
            "calls / expected".into(),
            "late".into(),
        ]);
    for record in changes.iter().take(ROWS_MAX) {
        table.add_row(row(record, zone));
    }
    let mut text = table.to_string();
    text.push('\n');
    for record in changes.iter().take(ROWS_MAX).filter(|r| is_asked_for(r)) {
        if let Some(why) = logbook::explained(record, Language::En, zone) {
            text.push_str(&format!("{}  {why}\n", when::stamp(zone, &record.at)));
        }
    }
    let more = changes.len().saturating_sub(ROWS_MAX);
    if more > 0 {
        text.push_str(&format!("… and {more} more; --json has all of them\n"));
    }
    text
}

/// Whether the detector asked for the change.
fn is_asked_for(record: &Record) -> bool {
    matches!(record.cause.as_deref(), Some("detector" | "reopened"))
}

fn row(record: &Record, zone: Tz) -> [String; 6] {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let calls = record.evidence.as_ref().map(|e| {
        let queue = record.queue.as_ref().map(|q| format!(" ({q})")).unwrap_or_default();
        format!("{:.0} / {:.1}{queue}", e.observed, e.expected)
    });
    [
        when::local(zone, &record.at),
        text(&record.unit),
        format!("{} → {}", text(&record.from), text(&record.to)),
        match &record.actor {
            Some(actor) => format!("{} by {actor}", text(&record.cause)),
            None => text(&record.cause),
        },
        calls.unwrap_or_default(),
        record.late_by_seconds.map(when::seconds).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::verdict::Method;
    use crate::record::EvidenceRecord;

    fn change(at: &str, from: &str, to: &str, cause: &str) -> Record {
        Record {
            kind: "transition".into(),
            at: at.into(),
            unit: Some("售后".into()),
            from: Some(from.into()),
            to: Some(to.into()),
            cause: Some(cause.into()),
            ..Record::default()
        }
    }

    #[test]
    fn changes_of_level_are_listed_in_local_time() {
        let mut first = change("2026-11-24T06:05:00Z", "none", "L1", "detector");
        first.evidence = Some(EvidenceRecord {
            at: "2026-11-24T06:05:00Z".into(),
            interval_seconds: 300.0,
            observed: 412.0,
            expected: 180.26,
            upper: 240.0,
            since: "2026-11-24T06:00:00Z".into(),
            score: 9.0,
            threshold: 6.0,
            method: Method::Step,
            chance_per_month: None,
            learning: false,
        });
        first.verdict = Some("surge".into());
        let mut second = change("2026-11-24T06:38:00Z", "L1", "L2", "timer");
        second.late_by_seconds = Some(180.0);
        let mut third = change("2026-11-24T07:00:30Z", "L2", "L1", "manual");
        third.actor = Some("li".into());
        let other = Record { kind: "verdict".into(), ..Record::default() };
        let zone = chrono_tz::Asia::Shanghai;
        let text = transitions(&[first, second, other, third], zone, Look::plain(100));
        assert_eq!(text, GOLDEN);
    }

    const GOLDEN: &str = "\
┌─────────────────────────┬──────┬───────────┬──────────────┬──────────────────┬─────────┐
│ time (Asia/Shanghai)    ┆ unit ┆ level     ┆ cause        ┆ calls / expected ┆ late    │
╞═════════════════════════╪══════╪═══════════╪══════════════╪══════════════════╪═════════╡
│ Tue 2026-11-24 14:05:00 ┆ 售后 ┆ none → L1 ┆ detector     ┆ 412 / 180.3      ┆         │
│ Tue 2026-11-24 14:38:00 ┆ 售后 ┆ L1 → L2   ┆ timer        ┆                  ┆ 0:03:00 │
│ Tue 2026-11-24 15:00:30 ┆ 售后 ┆ L2 → L1   ┆ manual by li ┆                  ┆         │
└─────────────────────────┴──────┴───────────┴──────────────┴──────────────────┴─────────┘
2026-11-24 14:05:00  Unit 售后, all queues: volume is abnormally high, 412 calls in 5 minutes where \
180 are usual, since 14:00; step test.
";

    #[test]
    fn no_change_is_said() {
        assert_eq!(transitions(&[], Tz::UTC, Look::plain(80)), "No change of level.\n");
    }
}
