//! Rows of a table with the text of their time.
//!
//! The reader of tables keeps what a row means and drops how it was written. Who joins the alarms
//! with the table again needs the same text, so the table is read a second time beside it: the
//! readers agree on which rows tell nothing (an empty cell of calls).

use super::Row;
use crate::driver::Draft;
use crate::engine::observation::Form;
use crate::engine::policy::Carries;
use crate::ingest::csv::{CsvOptions, CsvReader, delimiter_of};
use crate::ingest::problem::LineError;
use crate::ingest::{Item, Told};

/// Reads a whole table; also what its columns carry.
///
/// # Errors
/// The first line that is wrong.
pub fn of_table(table: &[u8], options: CsvOptions) -> Result<(Vec<Row>, Carries), LineError> {
    let header = table.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = delimiter_of(header);
    let mut items = CsvReader::new(table, delimiter, options)?;
    let mut raw = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(table);
    let columns = raw.byte_headers().map(Columns::of).unwrap_or_default();
    let mut record = csv::ByteRecord::new();
    let mut rows = Vec::new();
    while raw.read_byte_record(&mut record).is_ok_and(|more| more) {
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let stamp = String::from_utf8_lossy(cell(columns.stamp)).into_owned();
        let tells = !cell(columns.calls).trim_ascii().is_empty();
        let draft = if tells { items.next().transpose()?.and_then(draft_of) } else { None };
        rows.push(Row { stamp, draft });
    }
    // A line that only one reader takes for wrong must not pass in silence.
    items.next().transpose()?;
    Ok((rows, items.carries()))
}

/// Rows of anything else: closed intervals, by their start in UTC.
pub fn of_intervals(drafts: Vec<Draft>) -> Vec<Row> {
    let stamp = |draft: &Draft| match &draft.form {
        Form::Interval(row) => row.start.to_string(),
        Form::Event(_) | Form::Snapshot(_) => String::new(),
    };
    drafts.into_iter().map(|draft| Row { stamp: stamp(&draft), draft: Some(draft) }).collect()
}

fn draft_of(item: Item) -> Option<Draft> {
    match item.input {
        Told::Draft(draft) => Some(draft),
        Told::Heartbeat(_) | Told::SourceRestarted(_) => None,
    }
}

#[derive(Clone, Copy, Default)]
struct Columns {
    stamp: usize,
    calls: usize,
}

impl Columns {
    fn of(header: &csv::ByteRecord) -> Self {
        let at = |names: [&str; 2]| {
            header.iter().position(|cell| {
                let cell = cell.strip_prefix(b"\xef\xbb\xbf").unwrap_or(cell).trim_ascii();
                names.iter().any(|name| cell.eq_ignore_ascii_case(name.as_bytes()))
            })
        };
        Self {
            stamp: at(["ts", "start"]).unwrap_or(0),
            calls: at(["calls", "offered"]).unwrap_or(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::observation::SourceId;

    #[test]
    fn every_row_keeps_its_text_and_empty_ones_tell_nothing() {
        let table = b"queue;ts;calls\na;2026-01-05 08:00;5\na;2026-01-05 08:05;\n\
            a;2026-01-05 08:10;\"7\"\n";
        let (rows, _) = of_table(table, CsvOptions::new(SourceId(0))).expect("sound");
        let told: Vec<_> = rows.iter().map(|r| (r.stamp.as_str(), r.draft.is_some())).collect();
        let stamps = ["2026-01-05 08:00", "2026-01-05 08:05", "2026-01-05 08:10"];
        assert_eq!(told, [(stamps[0], true), (stamps[1], false), (stamps[2], true)]);
    }

    #[test]
    fn a_wrong_line_is_an_error() {
        let table = b"ts,calls\n2026-01-05 08:00,5\n2026-01-05 08:05,6\n2026-01-05 08:10,five\n";
        let error = of_table(table, CsvOptions::new(SourceId(0))).expect_err("no number");
        assert!(error.to_string().contains('4'), "{error}");
    }
}
