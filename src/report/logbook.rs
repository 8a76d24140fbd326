//! The log book as text (组长日志): one sentence for each record, in English or Chinese.
//!
//! A sentence says what happened, why, and on which figures, so that a shift leader who reads it
//! in the morning needs nothing else. Sentences are made from records, not from engine types, so
//! that an exported log book reads the same. A word that this build does not know is shown as it
//! is: an unknown record is never left out.

mod en;
mod zh;

use super::when;
use crate::config::Language;
use crate::engine::time::Timestamp;
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

/// The sentence of a record.
pub fn sentence(record: &Record, language: Language, zone: Tz) -> String {
    match language {
        Language::En => en::sentence(record, zone),
        Language::ZhCn => zh::sentence(record, zone),
    }
}

/// The text of an optional field.
fn text(field: &Option<String>) -> &str {
    field.as_deref().unwrap_or("?")
}

/// Observed and expected calls, in whole and tenths.
fn figures(record: &Record) -> Option<(String, String)> {
    let e = record.evidence.as_ref()?;
    Some((format!("{:.0}", e.observed), format!("{:.1}", e.expected)))
}

#[cfg(test)]
#[path = "logbook/tests.rs"]
mod tests;
