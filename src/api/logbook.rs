//! `/api/v1/logbook`: the shift leader's log, filtered and paged, as JSON, CSV or Markdown.
//!
//! A table is taken away as a whole, so its page is longer than that of the JSON. `bom=true` puts
//! the mark in front of a CSV without which a spreadsheet takes UTF-8 for another encoding.

use super::ApiState;
use super::error::ApiError;
use super::incidents::limit;
use crate::engine::time::Timestamp;
use crate::export::table::{self, Row, Table};
use crate::journal::{LogbookPage, LogbookQuery};
use crate::record::{Record, instant_of, level_of};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// Most lines of one page.
const LIMIT_MAX: usize = 500;
/// Most lines of a table: what the journal reads at once.
const TABLE_MAX: usize = 10_000;
/// Longest text that is searched for.
const TEXT_CHARS_MAX: usize = 200;
const LIMIT_DEFAULT: usize = 100;
const HINT: &str = "parameters: unit, type, level (none|L1|L2|L3), text, incident, since, until, cursor, \
     limit, format (json|csv|markdown), bom (true|false, of csv)";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    unit: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    level: Option<String>,
    text: Option<String>,
    incident: Option<u64>,
    since: Option<String>,
    until: Option<String>,
    cursor: Option<i64>,
    limit: Option<usize>,
    format: Option<Format>,
    #[serde(default)]
    bom: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    Json,
    Csv,
    Markdown,
}

#[derive(Serialize)]
struct Page {
    records: Vec<Record>,
    next: Option<i64>,
}

/// A page.
pub(super) async fn page(
    State(state): State<ApiState>,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(ask) = ask.map_err(|e| ApiError::bad(e.body_text(), HINT))?;
    let format = ask.format.unwrap_or(Format::Json);
    let bom = ask.bom;
    if bom && !matches!(format, Format::Csv) {
        return Err(ApiError::bad("bom is of a CSV only", HINT));
    }
    let query = query(ask, format)?;
    let history = state.history.clone();
    let LogbookPage { records, next } =
        tokio::task::spawn_blocking(move || history.logbook(&query))
            .await
            .map_err(|stopped| ApiError::internal(&stopped))?
            .map_err(|failed| ApiError::internal(&failed))?;
    let cursor = [("x-next-cursor", next.map(|n| n.to_string()).unwrap_or_default())];
    let typed = |kind: &'static str, text: String| {
        (cursor.clone(), [(header::CONTENT_TYPE, kind)], text).into_response()
    };
    Ok(match format {
        Format::Json => Json(Page { records, next }).into_response(),
        Format::Csv => {
            let text = csv_of(&records, bom).map_err(|failed| ApiError::internal(&failed))?;
            typed("text/csv; charset=utf-8", text)
        }
        Format::Markdown => typed("text/markdown; charset=utf-8", markdown_of(&records)),
    })
}

fn query(ask: Ask, format: Format) -> Result<LogbookQuery, ApiError> {
    let instant = |text: Option<String>| -> Result<Option<Timestamp>, ApiError> {
        text.map(|t| instant_of(&t).map_err(|why| ApiError::bad(why, HINT))).transpose()
    };
    let level = ask.level.map(|word| match level_of(&word) {
        Some(level) => Ok(level.word().to_owned()),
        None => Err(ApiError::bad(format!("level {word:?} is unknown"), HINT)),
    });
    if ask.text.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX) {
        return Err(ApiError::bad(format!("text: at most {TEXT_CHARS_MAX} characters"), HINT));
    }
    let limit_max = match format {
        Format::Json => LIMIT_MAX,
        Format::Csv | Format::Markdown => TABLE_MAX,
    };
    Ok(LogbookQuery {
        unit: ask.unit,
        kind: ask.kind,
        level: level.transpose()?,
        text: ask.text.filter(|text| !text.is_empty()),
        incident: ask.incident,
        since: instant(ask.since)?,
        until: instant(ask.until)?,
        cursor: ask.cursor,
        limit: limit(ask.limit, LIMIT_DEFAULT, limit_max)?,
    })
}

fn csv_of(records: &[Record], bom: bool) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let mut table = Table::new::<Record>(&mut bytes, table::Format::Csv, bom)?;
    records.iter().try_for_each(|record| table.row(record))?;
    table.finish()?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn markdown_of(records: &[Record]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<_> = Record::COLUMNS.iter().map(|&name| name.to_owned()).collect();
    let mut text = line(&head);
    text.push_str(&line(&vec!["---".to_owned(); head.len()]));
    for record in records {
        text.push_str(&line(&record.cells().iter().map(|cell| plain(cell)).collect::<Vec<_>>()));
    }
    text
}

/// A cell that neither ends the table's row nor becomes markup.
fn plain(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    for c in cell.chars() {
        match c {
            '|' | '\\' | '*' | '`' | '[' | ']' | '#' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_stays_text_in_every_format() {
        let record = Record {
            kind: "command".into(),
            at: "2026-11-24T00:00:00Z".into(),
            reason: Some("=HYPERLINK(\"x\")|<b>\n二级".into()),
            ..Record::default()
        };
        let csv = csv_of(std::slice::from_ref(&record), false).expect("writes");
        assert!(csv.contains("\"'=HYPERLINK(\"\"x\"\")|<b>\n二级\""), "{csv}");
        let markdown = markdown_of(&[record]);
        assert_eq!(markdown.lines().count(), 3);
        assert!(markdown.contains("=HYPERLINK(\"x\")\\|&lt;b> 二级"), "{markdown}");
    }
}
