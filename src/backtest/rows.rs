//! Rows of a table with the text of their time.
//!
//! The reader of tables keeps what a row means and drops how it was written. Who joins the alarms
//! with the table again needs the same text, so the table is read a second time beside it; what
//! the readers say belongs together by the number of the line. A line that tells nothing, or that
//! is wrong, keeps its place.

use super::Row;
use super::left_out::Why;
use crate::driver::Draft;
use crate::engine::observation::Form;
use crate::engine::policy::Carries;
use crate::ingest::csv::{CsvOptions, CsvReader, Layout, records};
use crate::ingest::problem::LineError;
use crate::ingest::{Item, Told};

/// A table that was read.
#[derive(Debug)]
pub struct Table {
    /// Its rows, in order.
    pub rows: Vec<Row>,
    /// What its columns carry.
    pub carries: Carries,
    /// Columns that are not read.
    pub ignored: Vec<String>,
}

/// Reads a whole table of a layout and separator. Lines that are wrong go to `wrong`, which gives
/// back those that end it.
///
/// # Errors
/// A header that cannot be read, or what `wrong` gives back.
pub fn of_table(
    table: &[u8],
    (layout, delimiter): (Layout, u8),
    options: CsvOptions,
    mut wrong: impl FnMut(LineError) -> Result<(), LineError>,
) -> Result<Table, LineError> {
    let mut items = CsvReader::of(layout, table, delimiter, options)?;
    let mut raw = records(layout, table, delimiter);
    let mut record = csv::ByteRecord::new();
    let mut rows = Vec::new();
    let mut next = following(&mut items);
    while raw.read_byte_record(&mut record).is_ok_and(|more| more) {
        let line = record.position().map_or(0, csv::Position::line);
        let own = next.take_if(|(of, _)| *of <= line);
        let Some((stamp, _)) = items.told_by(&record, rows.is_empty()) else { continue };
        let told = match own {
            None => Err(Why::Empty),
            Some((_, item)) => {
                next = following(&mut items);
                match item {
                    Ok(item) => draft_of(item).ok_or(Why::NoInterval),
                    Err(error) => wrong(error).map(|()| Err(Why::Unreadable))?,
                }
            }
        };
        rows.push(Row { stamp, told });
    }
    // A line that only one reader takes for wrong must not pass in silence.
    while let Some((_, item)) = next {
        item.map(|_| ()).or_else(&mut wrong)?;
        next = following(&mut items);
    }
    Ok(Table { rows, carries: items.carries(), ignored: items.ignored_columns().to_vec() })
}

/// The next thing that the reader says, with its line.
fn following(items: &mut CsvReader<&[u8]>) -> Option<(u64, Result<Item, LineError>)> {
    let item = items.next()?;
    let line = item.as_ref().map_or_else(|error| error.line, |_| items.line());
    Some((line, item))
}

/// A row of anything else: a closed interval, by its start in UTC.
pub fn of_interval(draft: Draft) -> Row {
    let stamp = match &draft.form {
        Form::Interval(row) => row.start.to_string(),
        Form::Event(_) | Form::Snapshot(_) => String::new(),
    };
    Row { stamp, told: Ok(draft) }
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

    fn read(table: &[u8], layout: (Layout, u8)) -> (Vec<(String, Option<Why>)>, Vec<u64>) {
        let mut lines = Vec::new();
        let read = of_table(table, layout, CsvOptions::new(SourceId(0)), |error| {
            lines.push(error.line);
            Ok(())
        });
        let rows = read.expect("sound").rows;
        (rows.into_iter().map(|row| (row.stamp, row.told.err())).collect(), lines)
    }

    #[test]
    fn every_row_keeps_its_text_and_empty_and_wrong_ones_their_place() {
        let table = b"queue;ts;calls\na;2026-01-05 08:00;5\na;2026-01-05 08:05;\n\
            a;2026-01-05 08:10;\"7\"\na;2026-01-05 08:15;-7\n;2026-01-05 08:20;6\nTotal;;18\n\
            a;2026-01-05 08:25;8\n";
        let (rows, lines) = read(table, (Layout::Header, b';'));
        let stamp = |minute: &str| format!("2026-01-05 08:{minute}");
        let wanted = [
            (stamp("00"), None),
            (stamp("05"), Some(Why::Empty)),
            (stamp("10"), None),
            (stamp("15"), Some(Why::Unreadable)),
            (stamp("20"), Some(Why::Unreadable)),
            (String::new(), Some(Why::Unreadable)),
            (stamp("25"), None),
        ];
        assert_eq!(rows, wanted);
        assert_eq!(lines, [5, 6, 7]);
    }

    #[test]
    fn a_title_of_a_queue_interval_file_is_no_row_and_a_cut_line_is_one() {
        let row = "15;20260105;08:15;7;Cards;3;0;1;0;2;9;4;400;30;8;4;2;2;60;0;1\n";
        let table = format!("Teleopti.Queue.Data\n\n{row}15;20260105;08:30;7;Cards\n");
        let (rows, lines) = read(table.as_bytes(), (Layout::Calabrio, b';'));
        let wanted = [
            ("2026-01-05 08:15".to_owned(), None),
            ("2026-01-05 08:30".to_owned(), Some(Why::Unreadable)),
        ];
        assert_eq!((rows.as_slice(), lines.as_slice()), (&wanted[..], &[4][..]));
    }

    #[test]
    fn a_wrong_line_ends_it_where_that_is_asked() {
        let table = b"ts,calls\n2026-01-05 08:00,5\n2026-01-05 08:05,6\n2026-01-05 08:10,five\n";
        let headed = (Layout::Header, b',');
        let error = of_table(table, headed, CsvOptions::new(SourceId(0)), Err);
        let error = error.expect_err("no number");
        assert!(error.to_string().contains('4'), "{error}");
    }
}
