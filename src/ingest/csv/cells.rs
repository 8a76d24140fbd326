//! Cells of a row, read as what their column holds.

use super::columns::{Column, Columns};
use crate::engine::observation::{Nonsense, Tally};
use crate::engine::time::{Span, Timestamp};
use crate::ingest::instant::{self, Stamp, Zone};
use crate::ingest::name::{NameError, shown};

/// What is wrong with a header or a row.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CsvProblem {
    /// The header lacks a column.
    #[error("the first line must name a column `{names}`; it has: {found}")]
    NoColumn {
        /// Names it may have.
        names: &'static str,
        /// What the first line has.
        found: String,
    },
    /// The header names a column twice.
    #[error("column `{0}` comes twice (`ts` is `start`, `calls` is `offered`)")]
    ColumnTwice(&'static str),
    /// An empty cell where the row needs one.
    #[error("column `{0}` is empty")]
    Empty(&'static str),
    /// Not text.
    #[error("column `{0}` is not UTF-8; export the table as UTF-8, or name its --encoding")]
    NotUtf8(&'static str),
    /// Not an instant.
    #[error("column `{column}`: `{found}` is not an instant; write 2026-11-24T08:00:00")]
    Instant {
        /// The column.
        column: &'static str,
        /// Its cell.
        found: String,
    },
    /// A local time that does not exist.
    #[error("column `{column}`: `{found}` does not exist, the clock was put forward over it")]
    Skipped {
        /// The column.
        column: &'static str,
        /// Its cell.
        found: String,
    },
    /// Not a number of the kind the column holds.
    #[error("column `{column}`: `{found}` is not {wanted}")]
    Number {
        /// The column.
        column: &'static str,
        /// Its cell.
        found: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// An unusable name.
    #[error("column `{column}`: `{found}`: {error}")]
    Name {
        /// The column.
        column: &'static str,
        /// Its cell.
        found: String,
        /// What is wrong with it.
        error: NameError,
    },
    /// Another number of fields than a queue interval file has.
    #[error("{0} fields; a queue interval file of Calabrio has 21 (docs/history.md)")]
    Fields(usize),
    /// A quote that is not closed on its line.
    #[error("a quote is opened and not closed before the line ends")]
    OpenQuote,
    /// More cells than the header has.
    #[error("{found} cells under a header of {wanted}; write numbers without thousands separators")]
    TooManyCells {
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        wanted: usize,
    },
    /// A row that ends before its calls.
    #[error("the row ends before column `offered`: {found} cells under a header of {wanted}")]
    CutShort {
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        wanted: usize,
    },
    /// No way to tell how long rows are.
    #[error("no two rows of a queue tell how long a row is; add a column `end`")]
    NoStep,
    /// More queues than any centre has.
    #[error("more than 100000 queues; is column `queue` the right one?")]
    TooManyQueues,
    /// Contradicts itself.
    #[error("{0}")]
    Nonsense(Nonsense),
}

/// The cells of one row.
pub(super) struct Cells<'a> {
    pub(super) record: &'a csv::ByteRecord,
    pub(super) columns: &'a Columns,
}

impl<'a> Cells<'a> {
    /// The trimmed cell; `None` where the column or the cell is missing or empty.
    pub(super) fn get(&self, column: Column) -> Option<&'a [u8]> {
        let cell = self.record.get(self.columns.at(column)?)?.trim_ascii();
        (!cell.is_empty()).then_some(cell)
    }

    /// Refuses a row that is cut short, and one of more cells than the header: half of a number
    /// with a thousands separator would be read as the whole. Empty cells may be left over, and a
    /// row of nothing but such is no row.
    pub(super) fn complete(&self) -> Result<(), CsvProblem> {
        let (found, wanted) = (self.record.len(), self.columns.width());
        let filled = |cell: &[u8]| !cell.trim_ascii().is_empty();
        if found > wanted && self.record.iter().skip(wanted).any(filled) {
            return Err(CsvProblem::TooManyCells { found, wanted });
        }
        let told = self.columns.at(Column::Offered).is_some_and(|at| at < found);
        if !told && self.record.iter().any(filled) {
            return Err(CsvProblem::CutShort { found, wanted });
        }
        Ok(())
    }

    pub(super) fn instant(
        &self,
        column: Column,
        zone: &mut Zone,
        after: Timestamp,
    ) -> Result<Option<Timestamp>, CsvProblem> {
        self.get(column).map(|cell| instant_of(cell, column.name(), zone, after)).transpose()
    }

    pub(super) fn count(&self, column: Column) -> Result<Option<u32>, CsvProblem> {
        let Some(cell) = self.get(column) else { return Ok(None) };
        let millis = decimal_millis(cell).filter(|millis| millis % 1_000 == 0);
        match millis.and_then(|millis| u32::try_from(millis / 1_000).ok()) {
            Some(count) if count <= Tally::COUNT_MAX => Ok(Some(count)),
            Some(_) | None => Err(number(column, cell, "a count from 0 to 10000000")),
        }
    }

    pub(super) fn seconds(&self, column: Column) -> Result<Option<Span>, CsvProblem> {
        let Some(cell) = self.get(column) else { return Ok(None) };
        match decimal_millis(cell) {
            Some(millis) => Ok(Some(Span::millis(millis))),
            None => Err(number(column, cell, "a number of seconds, 0 or more")),
        }
    }

    pub(super) fn flag(&self, column: Column) -> Result<Option<bool>, CsvProblem> {
        let Some(cell) = self.get(column) else { return Ok(None) };
        let is = |words: [&str; 3]| words.iter().any(|w| cell.eq_ignore_ascii_case(w.as_bytes()));
        match (is(["true", "1", "yes"]), is(["false", "0", "no"])) {
            (true, _) => Ok(Some(true)),
            (_, true) => Ok(Some(false)),
            (false, false) => Err(number(column, cell, "true or false")),
        }
    }
}

/// Reads an instant; a local clock that showed it twice is read as in [`Zone::instant_after`].
pub(super) fn instant_of(
    cell: &[u8],
    column: &'static str,
    zone: &mut Zone,
    after: Timestamp,
) -> Result<Timestamp, CsvProblem> {
    let found = || shown(&String::from_utf8_lossy(cell));
    let wrong = || CsvProblem::Instant { column, found: found() };
    let at = match instant::parse(cell) {
        Some(Stamp::Absolute(at)) => at,
        Some(Stamp::Naive(naive)) => zone
            .instant_after(naive, after)
            .ok_or_else(|| CsvProblem::Skipped { column, found: found() })?,
        None => Timestamp::from_millis(decimal_millis(cell).ok_or_else(wrong)?),
    };
    if instant::plausible(at) { Ok(at) } else { Err(wrong()) }
}

fn number(column: Column, cell: &[u8], wanted: &'static str) -> CsvProblem {
    let found = shown(&String::from_utf8_lossy(cell));
    CsvProblem::Number { column: column.name(), found, wanted }
}

/// A plain decimal number in thousandths; further digits are cut. At most 12 digits before the
/// point, so that nothing overflows.
fn decimal_millis(cell: &[u8]) -> Option<i64> {
    let point = cell.iter().position(|b| *b == b'.');
    let (whole, fraction) = match point {
        Some(at) => (&cell[..at], &cell[at + 1..]),
        None => (cell, &b""[..]),
    };
    if whole.is_empty() || whole.len() > 12 || (point.is_some() && fraction.is_empty()) {
        return None;
    }
    let mut value = 0_i64;
    for digit in whole {
        value = value * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    let mut scale = 1_000;
    value *= scale;
    for digit in fraction {
        scale /= 10;
        value += scale * i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::decimal_millis;

    #[test]
    fn decimals_are_read_in_thousandths() {
        for (text, wanted) in [
            ("0", Some(0)),
            ("17", Some(17_000)),
            ("3.0", Some(3_000)),
            ("3.0004", Some(3_000)),
            ("1.25", Some(1_250)),
            ("999999999999", Some(999_999_999_999_000)),
            ("9999999999999", None),
            ("-1", None),
            ("+1", None),
            ("1e3", None),
            ("1.", None),
            (".5", None),
            ("", None),
            ("1,5", None),
        ] {
            assert_eq!(decimal_millis(text.as_bytes()), wanted, "{text}");
        }
    }
}
