//! The queue interval file of Calabrio WFM, formerly Teleopti: 21 fields in a fixed order.
//!
//! | field | name in the product | read as |
//! |---|---|---|
//! | 1 | `interval` | length of the row in minutes |
//! | 2, 3 | `date`, `time` | start, a local clock in the given zone; `20260105` or `2026-01-05`, `08:15` |
//! | 4, 5 | `queue`, `queue_name` | the queue: its name, or its number where the name is empty |
//! | 6 | `offd_direct_call_cnt` | offered |
//! | 7 | `overflow_in_call_cnt` | not read |
//! | 8 | `aband_call_cnt` | abandoned |
//! | 9 | `overflow_out_call_cnt` | exited |
//! | 10 | `answ_call_cnt` | answered |
//! | 11 | `queued_and_answ_call_dur` | seconds waited by answered calls |
//! | 13 | `talking_call_dur` | seconds of talk |
//! | 18 | `ans_servicelevel_cnt` | answered in target |
//! | 12, 14 to 17, 19 to 21 | waits of abandoned calls, wrap-up, longest waits, agents, short calls | not read |
//!
//! Assumed, since the documents do not say: offered is field 6 alone, as the product itself counts
//! it. A call that overflows is field 7 of the second queue; counting it there would count it
//! twice in the sum of a unit. The format has no "not told", 0 stands for it too: of the optional
//! fields one that holds nothing but zeros in the first rows is taken as not told. Whoever
//! writes a header or a title in front of the rows is forgiven: lines before the first row whose
//! first field is no number are passed over.

use super::cells::{Cells, CsvProblem, instant_of};
use super::columns::{Column, Columns, unquoted};
use crate::engine::observation::Tally;
use crate::engine::time::{Span, Timestamp};
use crate::ingest::instant::Zone;
use crate::ingest::name::shown;

const FIELDS: usize = 21;
const INTERVAL: usize = 0;
const DATE: usize = 1;
const TIME: usize = 2;
const QUEUE_NUMBER: usize = 3;
/// Lines in front of the first row that may be a title and a header.
pub(super) const PREFACE_LINES_MAX: u64 = 10;

/// Where the columns are.
pub(super) fn columns() -> Columns {
    Columns::fixed(&[
        (Column::Queue, 4),
        (Column::Offered, 5),
        (Column::Abandoned, 7),
        (Column::Exited, 8),
        (Column::Answered, 9),
        (Column::WaitSeconds, 10),
        (Column::TalkSeconds, 12),
        (Column::AnsweredInTarget, 17),
    ])
}

/// The separator of a queue interval file, if this is the beginning of one.
pub(super) fn delimiter_in(beginning: &[u8]) -> Option<u8> {
    let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    let mut lines = text.split(|b| *b == b'\n').take(PREFACE_LINES_MAX as usize);
    lines.find_map(|line| b";,\t".iter().copied().find(|delimiter| is_row(line, *delimiter)))
}

fn is_row(line: &[u8], delimiter: u8) -> bool {
    let cells: Vec<&[u8]> =
        line.trim_ascii_end().split(|b| *b == delimiter).map(unquoted).collect();
    let number = |cell: &[u8]| !cell.is_empty() && cell.iter().all(u8::is_ascii_digit);
    // A separator inside a quoted name makes more cells of it.
    cells.len() >= FIELDS
        && number(cells[INTERVAL])
        && cells[DATE].iter().take(4).filter(|b| b.is_ascii_digit()).count() == 4
        && cells[TIME].contains(&b':')
        && cells[FIELDS - 1..].iter().all(|cell| cell.is_empty() || number(cell))
}

/// Whether a record may stand in front of the rows.
pub(super) fn is_preface(record: &csv::ByteRecord) -> bool {
    !record.get(INTERVAL).unwrap_or_default().trim_ascii().first().is_some_and(u8::is_ascii_digit)
}

/// Refuses a row of another number of fields; a separator may stand behind the last one.
pub(super) fn complete(record: &csv::ByteRecord) -> Result<(), CsvProblem> {
    match record.len() {
        FIELDS => Ok(()),
        more if more > FIELDS && record.iter().skip(FIELDS).all(<[u8]>::is_empty) => Ok(()),
        other => Err(CsvProblem::Fields(other)),
    }
}

/// Start and end of a row.
pub(super) fn times(
    record: &csv::ByteRecord,
    zone: &mut Zone,
    after: Timestamp,
) -> Result<(Timestamp, Timestamp), CsvProblem> {
    let start = instant_of(&stamp(record), "date, time", zone, after)?;
    let cell = |at: usize| record.get(at).unwrap_or_default().trim_ascii();
    let minutes = std::str::from_utf8(cell(INTERVAL)).ok().and_then(|text| text.parse().ok());
    let Some(minutes) = minutes.filter(|minutes| (1..=1_440).contains(minutes)) else {
        return Err(CsvProblem::Number {
            column: "interval",
            found: shown(&String::from_utf8_lossy(cell(INTERVAL))),
            wanted: "a number of minutes from 1 to 1440",
        });
    };
    Ok((start, start + Span::minutes(minutes)))
}

/// Date and time as one stamp.
pub(super) fn stamp(record: &csv::ByteRecord) -> Vec<u8> {
    let cell = |at: usize| record.get(at).unwrap_or_default().trim_ascii();
    let (date, time) = (cell(DATE), cell(TIME));
    let date = match date {
        [y1, y2, y3, y4, m1, m2, d1, d2] if date.iter().all(u8::is_ascii_digit) => {
            vec![*y1, *y2, *y3, *y4, b'-', *m1, *m2, b'-', *d1, *d2]
        }
        _ => date.to_vec(),
    };
    [date.as_slice(), time].join(&b' ')
}

/// The queue: by name, else by number.
pub(super) fn queue<'a>(cells: &Cells<'a>) -> Result<&'a [u8], CsvProblem> {
    let number = || cells.record.get(QUEUE_NUMBER).map(<[u8]>::trim_ascii);
    let cell = cells.get(Column::Queue).or_else(number).filter(|cell| !cell.is_empty());
    cell.ok_or(CsvProblem::Empty("queue_name"))
}

/// Which of the optional fields tell anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) answered: bool,
    abandoned: bool,
    exited: bool,
    pub(super) answered_in_target: bool,
    wait: bool,
    talk: bool,
}

impl Told {
    /// Sees a row.
    pub(super) fn see(&mut self, tally: &Tally) {
        let count = |value: Option<u32>| value.is_some_and(|value| value > 0);
        let length = |value: Option<Span>| value.is_some_and(Span::is_positive);
        self.answered |= count(tally.answered);
        self.abandoned |= count(tally.abandoned);
        self.exited |= count(tally.exited);
        self.answered_in_target |= count(tally.answered_in_target);
        self.wait |= length(tally.wait);
        self.talk |= length(tally.talk);
    }

    /// Takes out of a row what this file does not tell.
    pub(super) fn mask(self, tally: Tally) -> Tally {
        Tally {
            answered: tally.answered.filter(|_| self.answered),
            abandoned: tally.abandoned.filter(|_| self.abandoned),
            exited: tally.exited.filter(|_| self.exited),
            answered_in_target: tally.answered_in_target.filter(|_| self.answered_in_target),
            wait: tally.wait.filter(|_| self.wait),
            talk: tally.talk.filter(|_| self.talk),
            ..tally
        }
    }
}
