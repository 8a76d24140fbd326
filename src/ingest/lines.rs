//! Lines of a file, each at most so long.
//!
//! `BufRead::lines` would read a file without a line break into memory as one line. Here a line
//! over the limit is skipped to its end and reported, and the next one is read as usual.

use std::io::{self, BufRead};

/// Longest line in bytes, of every format; real ones have under 1 KiB.
pub(crate) const LINE_BYTES_MAX: usize = 64 * 1024;

/// What the next line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It is in the buffer, without its end.
    Read,
    /// It is longer than [`LINE_BYTES_MAX`] and was skipped.
    TooLong,
    /// There is none.
    End,
}

/// Reads the next line into `buffer`.
pub(crate) fn next(reader: &mut impl BufRead, buffer: &mut Vec<u8>) -> io::Result<Line> {
    buffer.clear();
    let mut any = false;
    let mut too_long = false;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        any = true;
        let end = chunk.iter().position(|b| *b == b'\n');
        let text = &chunk[..end.unwrap_or(chunk.len())];
        too_long |= buffer.len() + text.len() > LINE_BYTES_MAX;
        if !too_long {
            buffer.extend_from_slice(text);
        }
        let used = end.map_or(chunk.len(), |at| at + 1);
        reader.consume(used);
        if end.is_some() {
            break;
        }
    }
    if buffer.last() == Some(&b'\r') {
        buffer.pop();
    }
    Ok(match (any, too_long) {
        (false, _) => Line::End,
        (true, true) => Line::TooLong,
        (true, false) => Line::Read,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_any_way_and_long_ones_are_skipped() {
        let long = "x".repeat(LINE_BYTES_MAX + 1);
        let limit = "y".repeat(LINE_BYTES_MAX);
        let text = format!("a\r\n\n{long}\n{limit}\nlast");
        let mut reader = io::BufReader::with_capacity(7, text.as_bytes());
        let mut buffer = Vec::new();
        let mut told = Vec::new();
        loop {
            let line = next(&mut reader, &mut buffer).unwrap();
            told.push((line, buffer.len()));
            if line == Line::End {
                break;
            }
        }
        let kinds: Vec<_> = told.iter().map(|(line, _)| *line).collect();
        let read = Line::Read;
        assert_eq!(kinds, [read, read, Line::TooLong, read, read, Line::End]);
        assert_eq!((told[0].1, told[1].1, told[3].1, told[4].1), (1, 0, LINE_BYTES_MAX, 4));
    }
}
