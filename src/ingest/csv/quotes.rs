//! Quotes end with their line.
//!
//! In a table of intervals no cell has a line break, but a stray quote at the beginning of a cell
//! would take everything up to the next quote for one cell: half a year in silence. So a quote
//! that its line leaves open is closed there, and the line is remembered as wrong
//! ([`Quotes::open_before`]); the lines after it are read as if nothing had been.

use std::collections::VecDeque;
use std::io::{self, Read};

const BLOCK_BYTES: usize = 64 * 1024;

/// Text of a table, each quote closed within its line.
pub(crate) struct Quotes<R> {
    inner: R,
    delimiter: u8,
    place: Place,
    /// Lines before the byte that comes next.
    lines: u64,
    open: VecDeque<u64>,
    ready: Vec<u8>,
    taken: usize,
    ended: bool,
}

/// Where in a cell the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    Plain,
    Quoted,
    /// Behind a quote that ends the cell or is the first of two.
    Quote,
}

impl<R: Read> Quotes<R> {
    pub(super) fn new(inner: R, delimiter: u8) -> Self {
        Self {
            inner,
            delimiter,
            place: Place::Start,
            lines: 0,
            open: VecDeque::new(),
            ready: Vec::new(),
            taken: 0,
            ended: false,
        }
    }

    pub(super) fn inner(&self) -> &R {
        &self.inner
    }

    /// Whether a line before `line`, counted from 1, left a quote open that was not asked for yet.
    pub(super) fn open_before(&mut self, line: u64) -> bool {
        let mut found = false;
        while self.open.front().is_some_and(|open| *open < line) {
            self.open.pop_front();
            found = true;
        }
        found
    }

    fn block(&mut self) -> io::Result<()> {
        let mut raw = std::mem::take(&mut self.ready);
        raw.clear();
        self.taken = 0;
        self.inner.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut raw)?;
        self.ended = raw.len() < BLOCK_BYTES;
        if self.place == Place::Quoted || raw.contains(&b'"') {
            self.ready.reserve(raw.len() + 16);
            raw.iter().for_each(|byte| self.byte(*byte));
            if self.ended && self.place == Place::Quoted {
                self.close();
            }
            return Ok(());
        }
        self.lines += raw.iter().filter(|byte| **byte == b'\n').count() as u64;
        if let Some(last) = raw.last() {
            self.place = self.after(*last);
        }
        self.ready = raw;
        Ok(())
    }

    fn byte(&mut self, byte: u8) {
        let ends_line = matches!(byte, b'\r' | b'\n');
        if ends_line && self.place == Place::Quoted {
            self.close();
        }
        self.lines += u64::from(byte == b'\n');
        self.place = match (self.place, byte) {
            (Place::Start, b'"') | (Place::Quote, b'"') => Place::Quoted,
            (Place::Quoted, b'"') => Place::Quote,
            (Place::Quoted, _) => Place::Quoted,
            (Place::Start | Place::Plain | Place::Quote, _) => self.after(byte),
        };
        self.ready.push(byte);
    }

    fn after(&self, byte: u8) -> Place {
        let starts = byte == self.delimiter || matches!(byte, b'\r' | b'\n');
        if starts { Place::Start } else { Place::Plain }
    }

    fn close(&mut self) {
        self.open.push_back(self.lines + 1);
        self.ready.push(b'"');
        self.place = Place::Quote;
    }
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.ready.len() {
            if self.ended {
                return Ok(0);
            }
            self.block()?;
        }
        let mut rest = &self.ready[self.taken..];
        let read = rest.read(buffer)?;
        self.taken += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (String, Vec<u64>) {
        let mut quotes = Quotes::new(text.as_bytes(), b',');
        let mut closed = String::new();
        quotes.read_to_string(&mut closed).expect("sound");
        (closed, quotes.open.into())
    }

    #[test]
    fn a_quote_is_closed_where_its_line_ends() {
        for (text, closed, open) in [
            ("a,b\n1,2\n", "a,b\n1,2\n", &[][..]),
            ("\"a\",\"b,\"\"c\"\"\"\n\"1\",2\n", "\"a\",\"b,\"\"c\"\"\"\n\"1\",2\n", &[]),
            ("a,b\n\"1,2\n3,4\n", "a,b\n\"1,2\"\n3,4\n", &[2]),
            ("a,b\r\n\"1,2\r\n3,\"4", "a,b\r\n\"1,2\"\r\n3,\"4\"", &[2, 3]),
            ("a\"b,c\n d,\"\n", "a\"b,c\n d,\"\"\n", &[2]),
            ("x\"\n\"\"\n\"\"\"\n", "x\"\n\"\"\n\"\"\"\"\n", &[3]),
        ] {
            assert_eq!(read(text), (closed.to_owned(), open.to_vec()), "{text:?}");
        }
    }

    #[test]
    fn a_line_is_asked_for_once() {
        let mut quotes = Quotes::new(&b"\"\nx\n\"\n"[..], b',');
        quotes.read_to_end(&mut Vec::new()).expect("sound");
        let asked: Vec<_> = [1, 2, 3, 4, 5].map(|line| quotes.open_before(line)).into();
        assert_eq!(asked, [false, true, false, true, false]);
    }

    #[test]
    fn blocks_are_joined() {
        for pad in BLOCK_BYTES - 3..BLOCK_BYTES + 3 {
            let text = format!("{}\n\"x\n1,2\n", "a".repeat(pad));
            let closed = format!("{}\n\"x\"\n1,2\n", "a".repeat(pad));
            assert_eq!(read(&text), (closed, vec![2]), "{pad}");
        }
    }

    proptest! {
        #[test]
        fn sound_tables_pass_as_they_are(cells in proptest::collection::vec("[a-z,\" ]{0,9}", 1..9)) {
            let mut table = csv::Writer::from_writer(Vec::new());
            table.write_record(&cells).expect("writes");
            table.write_record(&cells).expect("writes");
            let text = String::from_utf8(table.into_inner().expect("flushes")).expect("text");
            prop_assert_eq!(read(&text), (text.clone(), vec![]));
        }

        #[test]
        fn every_line_stays_a_line(text in "[a,\"\n]{0,60}") {
            let mut table = csv::ReaderBuilder::new();
            let table = table.flexible(true).has_headers(false);
            let mut table = table.from_reader(Quotes::new(text.as_bytes(), b','));
            let told = table.byte_records().map(|record| record.expect("reads"));
            let whole = told.filter(|record| !record.iter().any(|cell| cell.contains(&b'\n')));
            let lines = text.lines().filter(|line| !line.is_empty()).count();
            prop_assert_eq!(whole.count(), lines);
        }
    }
}
