//! Rows of a table with the text of their time.
//!
//! The reader of tables keeps what a row means and drops how it was written. Who joins the alarms
//! with the table again needs the same text, so the table is read a second time beside it: the
//! readers agree on which rows tell nothing (an empty cell of calls).

use super::Row;
use crate::driver::Draft;
use crate::engine::observation::Form;
use crate::engine::policy::Carries;
use crate::ingest::csv::{CsvOptions, CsvReader, Layout, records};
use crate::ingest::problem::LineError;
use crate::ingest::{Item, Told};

/// Reads a whole table of a layout and separator; also what its columns carry.
///
/// # Errors
/// The first line that is wrong.
pub fn of_table(
    table: &[u8],
    (layout, delimiter): (Layout, u8),
    options: CsvOptions,
) -> Result<(Vec<Row>, Carries), LineError> {
    let mut items = CsvReader::of(layout, table, delimiter, options)?;
    let mut raw = records(layout, table, delimiter);
    let mut record = csv::ByteRecord::new();
    let mut rows = Vec::new();
    while raw.read_byte_record(&mut record).is_ok_and(|more| more) {
        let Some((stamp, tells)) = items.told_by(&record, rows.is_empty()) else { continue };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::observation::SourceId;

    const HEADED: (Layout, u8) = (Layout::Header, b',');

    #[test]
    fn every_row_keeps_its_text_and_empty_ones_tell_nothing() {
        let table = b"queue;ts;calls\na;2026-01-05 08:00;5\na;2026-01-05 08:05;\n\
            a;2026-01-05 08:10;\"7\"\n";
        let (rows, _) =
            of_table(table, (Layout::Header, b';'), CsvOptions::new(SourceId(0))).expect("sound");
        let told: Vec<_> = rows.iter().map(|r| (r.stamp.as_str(), r.draft.is_some())).collect();
        let stamps = ["2026-01-05 08:00", "2026-01-05 08:05", "2026-01-05 08:10"];
        assert_eq!(told, [(stamps[0], true), (stamps[1], false), (stamps[2], true)]);
    }

    #[test]
    fn a_title_of_a_queue_interval_file_is_no_row() {
        let row = "15;20260105;08:15;7;Cards;3;0;1;0;2;9;4;400;30;8;4;2;2;60;0;1\n";
        let table = format!("Teleopti.Queue.Data\n\n{row}");
        let layout = (Layout::Calabrio, b';');
        let (rows, _) =
            of_table(table.as_bytes(), layout, CsvOptions::new(SourceId(0))).expect("sound");
        let told: Vec<_> = rows.iter().map(|r| (r.stamp.as_str(), r.draft.is_some())).collect();
        assert_eq!(told, [("2026-01-05 08:15", true)]);
    }

    #[test]
    fn a_wrong_line_is_an_error() {
        let table = b"ts,calls\n2026-01-05 08:00,5\n2026-01-05 08:05,6\n2026-01-05 08:10,five\n";
        let error = of_table(table, HEADED, CsvOptions::new(SourceId(0))).expect_err("no number");
        assert!(error.to_string().contains('4'), "{error}");
    }
}
