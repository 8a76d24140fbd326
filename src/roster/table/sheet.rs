//! A file as a header and lines of cells, whatever they mean.

use crate::ingest::csv::delimiter_of;
use crate::ingest::encoding::{AsUtf8, Encoding};
use crate::roster::{Fault, Problem};
use std::io::Read;

/// Largest table: a hundred thousand people with every column.
const BYTES_MAX: u64 = 64 << 20;

/// A table whose cells were not looked at yet.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub(super) header: csv::ByteRecord,
    /// Each with its number; a line that cannot be read is a problem.
    pub(super) lines: Vec<Result<(u64, csv::StringRecord), Problem>>,
}

impl Sheet {
    /// Reads a table.
    ///
    /// # Errors
    /// If it cannot be read, or holds nothing but a header.
    pub fn read(source: impl Read, encoding: Encoding) -> Result<Self, Vec<Problem>> {
        let whole = |fault| vec![Problem::line(0, fault)];
        let unreadable = |why: String| whole(Fault::Unreadable(why));
        let mut bytes = Vec::new();
        let mut text = AsUtf8::new(source, encoding).take(BYTES_MAX + 1);
        text.read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
        if bytes.len() as u64 > BYTES_MAX {
            return Err(unreadable(format!("it is larger than {} MiB", BYTES_MAX >> 20)));
        }
        let first = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter_of(first))
            .from_reader(bytes.as_slice());
        let mut records = reader.byte_records();
        let header = records.next().ok_or_else(|| whole(Fault::Nobody))?;
        let header = header.map_err(|error| vec![malformed(&error)])?;
        let blank =
            |record: &csv::ByteRecord| record.iter().all(|cell| cell.trim_ascii().is_empty());
        let lines: Vec<_> = records
            .filter(|record| !record.as_ref().is_ok_and(blank))
            .map(|record| line(record, header.len()))
            .collect();
        if lines.is_empty() && super::columns::Columns::of(&header).is_ok() {
            return Err(whole(Fault::Nobody));
        }
        Ok(Self { header, lines })
    }

    /// The place of a column that has one of these names.
    pub(super) fn column(&self, names: &[&str]) -> Option<usize> {
        self.header.iter().position(|cell| {
            let cell = cell.strip_prefix(b"\xef\xbb\xbf").unwrap_or(cell);
            let cell = String::from_utf8_lossy(cell.trim_ascii());
            names.iter().any(|name| name.eq_ignore_ascii_case(&cell))
        })
    }
}

fn line(
    record: Result<csv::ByteRecord, csv::Error>,
    wanted: usize,
) -> Result<(u64, csv::StringRecord), Problem> {
    let record = record.map_err(|error| malformed(&error))?;
    let line = record.position().map_or(0, csv::Position::line);
    let record = csv::StringRecord::from_byte_record(record).map_err(|_| {
        let why = "it holds bytes that are no UTF-8; export it as UTF-8 or name --encoding";
        Problem::line(line, Fault::Unreadable(why.to_owned()))
    })?;
    let found = record.len();
    if found != wanted {
        return Err(Problem::line(line, Fault::Cells { found, wanted }));
    }
    Ok((line, record))
}

fn malformed(error: &csv::Error) -> Problem {
    let line = error.position().map_or(0, csv::Position::line);
    Problem::line(line, Fault::Unreadable("it is no line of a table".to_owned()))
}
