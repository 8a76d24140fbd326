//! Tables of intervals: one row per queue and interval, for `replay` and `learn`.
//!
//! | column (any order, any case) | meaning |
//! |---|---|
//! | `start` or `ts` | start of the row; RFC 3339, or a local clock in the given zone, or seconds since 1970 |
//! | `offered` or `calls` | calls that entered the queue; a row with an empty cell tells nothing and is passed over |
//! | `queue` | its queue; without the column every row is of one queue |
//! | `end` | end of the row; without it rows are as long as the steps of their queue (`steps`) |
//! | `answered`, `abandoned`, `refused`, `exited`, `answered_in_target`, `wait_seconds`, `talk_seconds` | as on the wire; an empty cell is absent, not zero |
//! | `revision`, `final` | as on the wire |
//!
//! The columns have Chinese names too: `时间` or `开始时间`, `结束时间`, `呼入量`, `来电量` or `呼入总量`,
//! `队列` or `技能组`, `接起量`, `放弃量` and their kin. A queue interval file of Calabrio WFM (Teleopti) has
//! no header but a fixed order, see [`Layout::Calabrio`].
//!
//! Other columns are passed over and listed ([`CsvReader::ignored_columns`]), since the shape of
//! an export is seldom in the hands of the one who replays it. Cells may be separated by comma,
//! semicolon or tab. A local time that the clock skipped in spring is an error. Of the two
//! that it showed twice in autumn the earlier is meant, unless the queue has come past it already.
//!
//! How long rows are at first is taken from the first [`LOOKAHEAD_ROWS`] rows, not from the whole
//! file: a reader that needs two passes cannot read a pipe. Rows come in the order of the file; one
//! that is grouped by queue goes back in time, which [`CsvReader::went_back`] tells. The end of a
//! file closes its open intervals; that is for the caller to say to the engine.

mod calabrio;
mod cells;
mod columns;
mod guess;
mod queues;
mod quotes;
mod steps;

pub use cells::CsvProblem;
pub use guess::{calabrio_delimiter, delimiter_of, is_header};

use super::Item;
use super::encoding::NoEncoding;
use super::instant::Zone;
use super::problem::{LineError, Problem};
use crate::driver::{Draft, QueueRef};
use crate::engine::observation::{Form, IntervalRow, SourceId, Tally};
use crate::engine::policy::Carries;
use crate::engine::time::{Span, Timestamp};
use cells::Cells;
use chrono_tz::Tz;
use columns::{Column, Columns};
use queues::Queues;
use quotes::Quotes;
use std::collections::VecDeque;
use std::io::Read;
use steps::Steps;

/// Rows that are read ahead to find how long rows are: a week of minutes of one queue.
pub const LOOKAHEAD_ROWS: usize = 10_080;
/// Most different queues in one file; a column of phone numbers is no column of queues.
pub const QUEUES_MAX: usize = 100_000;
/// The queue of a table without that column.
pub const QUEUE_DEFAULT: &str = "default";

/// Where the columns of a table are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// In a header.
    Header,
    /// In the documents of Calabrio WFM, formerly Teleopti: 21 fields in a fixed order, of which
    /// interval, date, time, queue and calls are read. A field that is not mandatory and holds
    /// only zeros in the first [`LOOKAHEAD_ROWS`] rows is taken as not told.
    Calabrio,
}

/// How a table is read.
#[derive(Clone, Debug)]
pub struct CsvOptions {
    /// Whom its rows come from.
    pub source: SourceId,
    /// Zone of stamps without an offset.
    pub timezone: Tz,
    /// Length of rows without an end; `None` takes the steps of their queue.
    pub row_length: Option<Span>,
    /// Queue of a table without that column.
    pub queue: String,
}

impl CsvOptions {
    /// UTC, the steps of the rows, one queue.
    pub fn new(source: SourceId) -> Self {
        Self { source, timezone: Tz::UTC, row_length: None, queue: QUEUE_DEFAULT.to_owned() }
    }
}

/// A row that may still need its length.
struct Parsed {
    line: u64,
    queue: u32,
    start: Timestamp,
    end: Option<Timestamp>,
    last_word: bool,
    revision: u32,
    tally: Tally,
}

/// Reads a table row by row.
pub struct CsvReader<R> {
    reader: csv::Reader<Quotes<R>>,
    record: csv::ByteRecord,
    layout: Layout,
    columns: Columns,
    told: calabrio::Told,
    options: CsvOptions,
    zone: Zone,
    queues: Queues,
    ahead: VecDeque<Result<Parsed, LineError>>,
    steps: Steps,
    newest: Timestamp,
    went_back: u64,
    line: u64,
    ended: bool,
}

impl<R: Read> CsvReader<R> {
    /// Reads a table with a header. `delimiter` is best taken from [`delimiter_of`] the first
    /// line.
    ///
    /// # Errors
    /// [`LineError`] of line 1 where the header does not name the columns that are needed.
    pub fn new(input: R, delimiter: u8, options: CsvOptions) -> Result<Self, LineError> {
        Self::of(Layout::Header, input, delimiter, options)
    }

    /// Reads the header, if there is one, and the first rows.
    ///
    /// # Errors
    /// [`LineError`] of line 1 where the header does not name the columns that are needed.
    pub fn of(
        layout: Layout,
        input: R,
        delimiter: u8,
        options: CsvOptions,
    ) -> Result<Self, LineError> {
        let mut reader = records(layout, input, delimiter);
        let columns = match layout {
            Layout::Calabrio => calabrio::columns(),
            Layout::Header => {
                let header = reader.byte_headers().map_err(csv_error)?;
                Columns::of(header).map_err(|p| LineError::new(1, Problem::Csv(p)))?
            }
        };
        let queues = Queues::default();
        let zone = Zone::new(options.timezone);
        let mut this = Self {
            reader,
            record: csv::ByteRecord::new(),
            layout,
            columns,
            told: calabrio::Told::default(),
            options,
            zone,
            queues,
            ahead: VecDeque::new(),
            steps: Steps::default(),
            newest: Timestamp::MIN,
            went_back: 0,
            line: 0,
            ended: false,
        };
        if this.options.row_length.is_none() || layout == Layout::Calabrio {
            this.look_ahead();
        }
        Ok(this)
    }

    /// What the columns of this table tell.
    pub fn carries(&self) -> Carries {
        let (service_level, answered) = match self.layout {
            Layout::Header => {
                (self.columns.has(Column::AnsweredInTarget), self.columns.has(Column::Answered))
            }
            Layout::Calabrio => (self.told.answered_in_target, self.told.answered),
        };
        Carries { service_level, answered, ..Carries::VOLUME_ONLY }
    }

    /// What the rows are read from.
    pub fn get_ref(&self) -> &R {
        self.reader.get_ref().inner()
    }

    /// The text of the start of a record of this table, and whether the record tells calls or is
    /// wrong; `None` for a line in front of the first row.
    pub(crate) fn told_by(&self, record: &csv::ByteRecord, first: bool) -> Option<(String, bool)> {
        let cells = Cells { record, columns: &self.columns };
        let stamp = match self.layout {
            Layout::Calabrio if first && calabrio::is_preface(record) => return None,
            Layout::Calabrio => calabrio::stamp(record),
            Layout::Header => {
                let at = self.columns.at(Column::Start);
                at.and_then(|at| record.get(at)).unwrap_or_default().to_vec()
            }
        };
        let wrong = match self.layout {
            Layout::Calabrio => calabrio::complete(record).is_err(),
            Layout::Header => cells.complete().is_err(),
        };
        let tells = wrong || cells.get(Column::Offered).is_some();
        Some((String::from_utf8_lossy(&stamp).into_owned(), tells))
    }

    /// Line of the row that was given last.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Columns that are not read.
    pub fn ignored_columns(&self) -> &[String] {
        self.columns.ignored()
    }

    /// How many rows so far were older than a row before them.
    pub fn went_back(&self) -> u64 {
        self.went_back
    }

    fn look_ahead(&mut self) {
        while self.ahead.len() < LOOKAHEAD_ROWS
            && let Some(row) = self.parse()
        {
            if let Ok(row) = &row {
                self.steps.see(row.queue, row.start);
                self.told.see(&row.tally);
            }
            self.ahead.push_back(row);
        }
        self.steps.settle();
    }

    /// The next row that tells something; `None` at the end.
    fn parse(&mut self) -> Option<Result<Parsed, LineError>> {
        while !self.ended {
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => self.ended = true,
                Err(error) => {
                    self.ended |= error.is_io_error();
                    return Some(Err(csv_error(error)));
                }
            }
            if self.ended {
                break;
            }
            let line = self.record.position().map_or(0, csv::Position::line);
            let next_line = self.reader.position().line();
            if self.reader.get_mut().open_before(next_line) {
                return Some(Err(LineError::new(line, Problem::Csv(CsvProblem::OpenQuote))));
            }
            if self.layout == Layout::Calabrio && self.is_preface(line) {
                continue;
            }
            match self.row(line) {
                Ok(Some(row)) => return Some(Ok(row)),
                Ok(None) => {}
                Err(problem) => return Some(Err(LineError::new(line, Problem::Csv(problem)))),
            }
        }
        None
    }

    fn is_preface(&self, line: u64) -> bool {
        let none_yet = self.queues.is_empty();
        none_yet && line <= calabrio::PREFACE_LINES_MAX && calabrio::is_preface(&self.record)
    }

    fn row(&mut self, line: u64) -> Result<Option<Parsed>, CsvProblem> {
        let cells = Cells { record: &self.record, columns: &self.columns };
        match self.layout {
            Layout::Calabrio => calabrio::complete(&self.record)?,
            Layout::Header => cells.complete()?,
        }
        let Some(offered) = cells.count(Column::Offered)? else { return Ok(None) };
        let queue = match self.layout {
            Layout::Calabrio => calabrio::queue(&cells)?,
            Layout::Header if self.columns.has(Column::Queue) => {
                cells.get(Column::Queue).ok_or(CsvProblem::Empty("queue"))?
            }
            Layout::Header => self.options.queue.as_bytes(),
        };
        let queue = self.queues.number(queue)?;
        let newest = self.queues.newest(queue);
        let (start, end) = match self.layout {
            Layout::Calabrio => {
                let (start, end) = calabrio::times(&self.record, &mut self.zone, *newest)?;
                (start, Some(end))
            }
            Layout::Header => {
                let start = cells.instant(Column::Start, &mut self.zone, *newest)?;
                let start = start.ok_or(CsvProblem::Empty("start"))?;
                (start, cells.instant(Column::End, &mut self.zone, start)?)
            }
        };
        *newest = start;
        let tally = Tally {
            offered,
            answered: cells.count(Column::Answered)?,
            abandoned: cells.count(Column::Abandoned)?,
            refused: cells.count(Column::Refused)?,
            exited: cells.count(Column::Exited)?,
            answered_in_target: cells.count(Column::AnsweredInTarget)?,
            wait: cells.seconds(Column::WaitSeconds)?,
            talk: cells.seconds(Column::TalkSeconds)?,
        };
        let revision = cells.count(Column::Revision)?.unwrap_or(0);
        let last_word = cells.flag(Column::Final)?.unwrap_or(true);
        Ok(Some(Parsed { line, queue, start, end, last_word, revision, tally }))
    }

    fn finish(&mut self, row: Parsed) -> Result<Item, LineError> {
        self.line = row.line;
        let wrong = |problem| LineError::new(row.line, Problem::Csv(problem));
        let end = match (row.end, self.options.row_length) {
            (Some(end), _) => end,
            (None, Some(length)) => row.start + length,
            (None, None) => {
                let step = self.steps.length(row.queue, row.start);
                row.start + step.ok_or_else(|| wrong(CsvProblem::NoStep))?
            }
        };
        let tally = match self.layout {
            Layout::Header => row.tally,
            Layout::Calabrio => self.told.mask(row.tally),
        };
        let built = IntervalRow::new(row.start, end, row.last_word, row.revision, tally);
        let interval = built.map_err(|nonsense| wrong(CsvProblem::Nonsense(nonsense)))?;
        if end < self.newest {
            self.went_back += 1;
        } else {
            self.newest = end;
        }
        let queue = QueueRef::Named(self.queues.name(row.queue).into());
        let form = Form::Interval(interval);
        Ok(Item::draft(Draft { source: self.options.source, queue, form }))
    }
}

impl<R: Read> Iterator for CsvReader<R> {
    type Item = Result<Item, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.ahead.pop_front() {
            Some(row) => row,
            None => self.parse()?,
        };
        Some(row.and_then(|row| self.finish(row)))
    }
}

/// The records of a table, one of each line.
pub(crate) fn records<R: Read>(layout: Layout, input: R, delimiter: u8) -> csv::Reader<Quotes<R>> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(layout == Layout::Header)
        .buffer_capacity(64 * 1024)
        .from_reader(Quotes::new(input, delimiter))
}

fn csv_error(error: csv::Error) -> LineError {
    let line = error.position().map_or(0, csv::Position::line);
    let text = error.to_string();
    if let csv::ErrorKind::Io(error) = error.into_kind() {
        let unread = error.get_ref().and_then(|error| error.downcast_ref::<NoEncoding>());
        LineError::io(unread.map_or(line, |unread| unread.line), error)
    } else {
        // Rows of bytes of any length have no other errors.
        LineError::io(line, std::io::Error::other(text))
    }
}

#[cfg(test)]
mod tests;
