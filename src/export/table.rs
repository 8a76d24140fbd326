//! Tables: CSV for spreadsheets, one JSON object a line for programs.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// Byte order mark: without it a spreadsheet on a Chinese Windows takes UTF-8 for GBK.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma-separated values with a header, RFC 4180, UTF-8.
    #[default]
    Csv,
    /// One JSON object a line; what was not told is null.
    Ndjson,
}

/// A row of a table.
pub trait Row: Serialize {
    /// Names of the columns.
    const COLUMNS: &'static [&'static str];

    /// The cells, in the order of the columns; empty where nothing is known.
    fn cells(&self) -> Vec<String>;
}

/// Writes a table.
#[derive(Debug)]
pub struct Table<W: Write> {
    to: To<W>,
    rows: u64,
}

#[derive(Debug)]
enum To<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Ndjson(W),
}

impl<W: Write> Table<W> {
    /// Begins a table of `R`. `bom` puts a byte order mark in front of a CSV.
    ///
    /// # Errors
    /// If the writer fails.
    pub fn new<R: Row>(mut out: W, format: Format, bom: bool) -> io::Result<Self> {
        let to = match format {
            Format::Csv => {
                if bom {
                    out.write_all(BOM)?;
                }
                let mut writer = Box::new(csv::Writer::from_writer(out));
                writer.write_record(R::COLUMNS)?;
                To::Csv(writer)
            }
            Format::Ndjson => To::Ndjson(out),
        };
        Ok(Self { to, rows: 0 })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// If the writer fails.
    pub fn row<R: Row>(&mut self, row: &R) -> io::Result<()> {
        match &mut self.to {
            To::Csv(writer) => writer.write_record(row.cells().iter().map(|cell| inert(cell)))?,
            To::Ndjson(out) => {
                serde_json::to_writer(&mut *out, row)?;
                out.write_all(b"\n")?;
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Passes on what is buffered; how many rows there were.
    ///
    /// # Errors
    /// If the writer fails.
    pub fn finish(mut self) -> io::Result<u64> {
        match &mut self.to {
            To::Csv(writer) => writer.flush()?,
            To::Ndjson(out) => out.flush()?,
        }
        Ok(self.rows)
    }
}

/// A spreadsheet must not run what somebody typed as a reason or named a queue.
fn inert(cell: &str) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{cell}"),
        Some(_) | None => cell.to_owned(),
    }
}

/// A number that may be unknown.
pub(super) fn number<T: ToString>(value: Option<T>) -> String {
    value.map(|n| n.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Pair {
        name: &'static str,
        calls: Option<i64>,
    }

    impl Row for Pair {
        const COLUMNS: &'static [&'static str] = &["name", "calls"];
        fn cells(&self) -> Vec<String> {
            vec![self.name.to_owned(), number(self.calls)]
        }
    }

    fn written(format: Format, bom: bool) -> String {
        let mut out = Vec::new();
        let mut table = Table::new::<Pair>(&mut out, format, bom).expect("written");
        table.row(&Pair { name: "=1+1, \"x\"", calls: None }).expect("written");
        table.row(&Pair { name: "投诉", calls: Some(0) }).expect("written");
        assert_eq!(table.finish().expect("written"), 2);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn cells_are_quoted_and_nothing_in_them_runs() {
        assert_eq!(written(Format::Csv, false), "name,calls\n\"'=1+1, \"\"x\"\"\",\n投诉,0\n");
        assert!(written(Format::Csv, true).starts_with("\u{feff}name,"));
    }

    #[test]
    fn what_was_not_told_is_null_and_not_zero() {
        let text =
            "{\"name\":\"=1+1, \\\"x\\\"\",\"calls\":null}\n{\"name\":\"投诉\",\"calls\":0}\n";
        assert_eq!(written(Format::Ndjson, false), text);
        assert_eq!(written(Format::Ndjson, true), text, "a mark is no JSON");
    }
}
