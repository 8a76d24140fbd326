//! The log book as text (组长日志): one sentence for each record, in English or Chinese.
//!
//! A sentence says what happened, why, and on which figures, so that a shift leader who reads it
//! in the morning needs nothing else; what the detector saw is told by [`explanation`], as on the
//! page and in messages. Sentences are made from records, not from engine types, so
//! that an exported log book reads the same. A word that this build does not know is shown as it
//! is: an unknown record is never left out.

mod en;
mod zh;

use super::when;
use crate::config::Language;
use crate::engine::time::Timestamp;
use crate::explanation::{self, Said};
use crate::record::Record;
use chrono_tz::Tz;

/// The line of a record: local time, then the sentence.
pub fn line(record: &Record, language: Language, zone: Tz) -> String {
    format!("{}  {}", when::stamp(zone, &record.at), sentence(record, language, zone))
}

/// The beginning of a line: the local time of an instant.
pub fn stamp(at: Timestamp, zone: Tz) -> String {
    when::stamp(zone, &at.to_string())
}

/// The sentence of a record; a change of level is followed by the verdict behind it.
pub fn sentence(record: &Record, language: Language, zone: Tz) -> String {
    let told = match language {
        Language::En => en::sentence(record, zone),
        Language::ZhCn => zh::sentence(record, zone),
    };
    let Some(explained) = explained(record, language, zone) else { return told };
    match (record.kind.as_str(), language) {
        ("verdict", _) => explained,
        (_, Language::En) => format!("{told} {explained}"),
        (_, Language::ZhCn) => format!("{told}{explained}"),
    }
}

/// The text of an optional field.
fn text(field: &Option<String>) -> &str {
    field.as_deref().unwrap_or("?")
}

/// The verdict that a record tells of, explained.
pub(super) fn explained(record: &Record, language: Language, zone: Tz) -> Option<String> {
    Some(explanation::sentence(&said(record)?, language, zone))
}

fn said(r: &Record) -> Option<Said<'_>> {
    let verdict = match r.kind.as_str() {
        "verdict" => r.to.as_deref()?,
        "transition" => r.verdict.as_deref()?,
        _ => return None,
    };
    Some(Said {
        unit: text(&r.unit),
        queue: r.queue.as_deref(),
        verdict,
        evidence: r.evidence.as_ref(),
        since: r.since.as_deref(),
        progress: None,
    })
}

#[cfg(test)]
#[path = "logbook/tests.rs"]
mod tests;
