//! Is this a table, and what separates its cells?

use super::calabrio;
use super::columns::{Columns, unquoted};

/// The separator of a header line: whichever of comma, semicolon and tab it has most of.
pub fn delimiter_of(header: &[u8]) -> u8 {
    let count = |wanted: u8| header.iter().filter(|b| **b == wanted).count();
    let mut best = b',';
    for delimiter in [b';', b'\t'] {
        if count(delimiter) > count(best) {
            best = delimiter;
        }
    }
    best
}

/// Whether a header line names the columns that a table needs.
pub fn is_header(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let delimiter = delimiter_of(line);
    let cells = line.split(|b| *b == delimiter);
    let record: csv::ByteRecord = cells.map(unquoted).collect();
    Columns::of(&record).is_ok()
}

/// The separator of a queue interval file of Calabrio WFM, if this is the beginning of one.
pub fn calabrio_delimiter(beginning: &[u8]) -> Option<u8> {
    calabrio::delimiter_in(beginning)
}
