//! In which encoding is this text?
//!
//! Exports of Chinese Windows are GBK as often as UTF-8, and neither says so. UTF-8 that is not
//! meant to be is recognised: Chinese in GBK hardly ever makes valid UTF-8 for long. So text is
//! UTF-8 until a block of it is not, and then GB18030, of which GBK is a part. The two agree on
//! ASCII; where a block that is not UTF-8 comes after other characters than those were handed on
//! as UTF-8, nothing is guessed and the reader complains of the cell. A byte-order mark decides
//! at once, UTF-16 included, which spreadsheets call "Unicode text".
//!
//! It deliberately knows no other encoding: Big5, Shift-JIS and Latin-1 are valid GB18030 far too
//! often to be told from it, and a wrong name of a queue is worse than a question.

use encoding_rs::{CoderResult, Decoder, GB18030, UTF_16BE, UTF_16LE};
use std::borrow::Cow;
use std::io::{self, Read};

/// Text is judged by blocks of so many bytes.
const BLOCK_BYTES: usize = 64 * 1024;
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Which encoding a text has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or GB18030 where it is not UTF-8.
    #[default]
    Auto,
    /// UTF-8.
    Utf8,
    /// GB18030, and GBK and GB2312 with it.
    Gb18030,
}

/// What turns the bytes into UTF-8.
enum Way {
    /// Nothing was read yet.
    Unknown,
    /// As they are.
    Same,
    /// As they are, until a block is not UTF-8; whether all were ASCII so far.
    Guess { ascii: bool },
    /// Another encoding.
    Other(Box<Decoder>),
}

/// Text that is in no encoding that is known here.
#[derive(Debug, thiserror::Error)]
#[error("the text is neither UTF-8 nor {encoding}; export it as UTF-8")]
pub struct NoEncoding {
    /// The line that cannot be read, from 1.
    pub line: u64,
    encoding: &'static str,
}

/// Reads any text as UTF-8.
pub struct AsUtf8<R> {
    inner: R,
    asked: Encoding,
    way: Way,
    /// Read and not yet judged: a character may be cut at the end of a block.
    raw: Vec<u8>,
    ready: Vec<u8>,
    taken: usize,
    /// Lines that were decoded.
    lines: u64,
    ended: bool,
}

impl<R: Read> AsUtf8<R> {
    /// Text in the encoding that was asked for.
    pub fn new(inner: R, asked: Encoding) -> Self {
        let (raw, ready) = (Vec::new(), Vec::new());
        Self { inner, asked, way: Way::Unknown, raw, ready, taken: 0, lines: 0, ended: false }
    }

    /// The encoding, where it is other than UTF-8.
    pub fn other(&self) -> Option<&'static str> {
        match &self.way {
            Way::Other(decoder) => Some(decoder.encoding().name()),
            Way::Unknown | Way::Same | Way::Guess { .. } => None,
        }
    }

    fn block(&mut self) -> io::Result<()> {
        let room = BLOCK_BYTES.saturating_sub(self.raw.len()) as u64;
        let read = self.inner.by_ref().take(room).read_to_end(&mut self.raw)?;
        self.ended = (read as u64) < room;
        if matches!(self.way, Way::Unknown) {
            self.way = way_of(&self.raw, self.asked);
        }
        if let Way::Guess { ascii } = self.way {
            let valid = valid_up_to(&self.raw, self.ended);
            self.way = match (valid, ascii) {
                (Some(end), _) => Way::Guess { ascii: ascii && self.raw[..end].is_ascii() },
                (None, true) => Way::Other(Box::new(GB18030.new_decoder())),
                (None, false) => Way::Same,
            };
        }
        self.ready.clear();
        self.taken = 0;
        match &mut self.way {
            Way::Other(decoder) => {
                let decoded = decode(decoder, &self.raw, &mut self.ready, self.ended);
                self.lines += lines(&self.ready);
                let line = self.lines + 1;
                decoded.map_err(|encoding| {
                    io::Error::new(io::ErrorKind::InvalidData, NoEncoding { line, encoding })
                })?;
                self.raw.clear();
            }
            Way::Guess { .. } => {
                let end = valid_up_to(&self.raw, self.ended).unwrap_or(self.raw.len());
                self.ready.extend(self.raw.drain(..end));
            }
            Way::Unknown | Way::Same => self.ready.append(&mut self.raw),
        }
        Ok(())
    }
}

impl<R: Read> Read for AsUtf8<R> {
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

impl<R> std::fmt::Debug for AsUtf8<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AsUtf8").field("asked", &self.asked).finish_non_exhaustive()
    }
}

fn way_of(start: &[u8], asked: Encoding) -> Way {
    let other =
        |encoding: &'static encoding_rs::Encoding| Way::Other(Box::new(encoding.new_decoder()));
    match (start, asked) {
        ([0xff, 0xfe, ..], _) => other(UTF_16LE),
        ([0xfe, 0xff, ..], _) => other(UTF_16BE),
        (_, _) if start.starts_with(UTF8_MARK) => Way::Same,
        (_, Encoding::Utf8) => Way::Same,
        (_, Encoding::Gb18030) => other(GB18030),
        (_, Encoding::Auto) => Way::Guess { ascii: true },
    }
}

/// How much of a block is valid; a character that is cut at its end belongs to the next block.
fn valid_up_to(block: &[u8], last: bool) -> Option<usize> {
    match std::str::from_utf8(block) {
        Ok(_) => Some(block.len()),
        Err(error) if error.error_len().is_none() && !last => Some(error.valid_up_to()),
        Err(_) => None,
    }
}

fn lines(text: &[u8]) -> u64 {
    text.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Decodes a block; the name of the encoding where it is not in it, and then only what comes
/// before the first character that is not.
fn decode(
    decoder: &mut Decoder,
    raw: &[u8],
    out: &mut Vec<u8>,
    last: bool,
) -> Result<(), &'static str> {
    let most = decoder.max_utf8_buffer_length(raw.len()).unwrap_or(raw.len() * 3 + 16);
    out.resize(most, 0);
    let (result, _, written, replaced) = decoder.decode_to_utf8(raw, out, last);
    out.truncate(written);
    if replaced || result == CoderResult::OutputFull {
        let replacement = "\u{fffd}".as_bytes();
        let bad = out.windows(replacement.len()).position(|text| text == replacement);
        out.truncate(bad.unwrap_or(out.len()));
        return Err(decoder.encoding().name());
    }
    Ok(())
}

/// The beginning of a text as UTF-8, to guess its format by.
pub fn beginning(start: &[u8], asked: Encoding) -> Cow<'_, [u8]> {
    let encoding = match way_of(start, asked) {
        Way::Other(decoder) => decoder.encoding(),
        Way::Guess { .. } if valid_up_to(start, false).is_none() => GB18030,
        Way::Unknown | Way::Same | Way::Guess { .. } => return Cow::Borrowed(start),
    };
    Cow::Owned(encoding.decode(start).0.into_owned().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8], asked: Encoding) -> (io::Result<String>, Option<&'static str>) {
        let mut reader = AsUtf8::new(bytes, asked);
        let mut text = Vec::new();
        let done = reader.read_to_end(&mut text);
        let text = done.map(|_| String::from_utf8_lossy(&text).into_owned());
        (text, reader.other())
    }

    fn gbk(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn utf8_passes_and_what_is_not_is_gb18030() {
        let text = "时间,呼入量,队列\n2026-01-05 08:00,5,售后\n";
        let (read_utf8, other) = read(text.as_bytes(), Encoding::Auto);
        assert_eq!((read_utf8.unwrap().as_str(), other), (text, None));
        for asked in [Encoding::Auto, Encoding::Gb18030] {
            let (decoded, other) = read(&gbk(text), asked);
            assert_eq!((decoded.unwrap().as_str(), other), (text, Some("gb18030")));
        }
        let (as_it_is, other) = read(&gbk(text), Encoding::Utf8);
        assert!(as_it_is.unwrap().contains('\u{fffd}') && other.is_none());
        assert_eq!(read(b"", Encoding::Auto).0.unwrap(), "");
        assert_eq!(beginning(&gbk(text), Encoding::Auto), text.as_bytes());
        assert_eq!(beginning(text.as_bytes(), Encoding::Auto), text.as_bytes());
    }

    #[test]
    fn a_name_that_comes_late_and_one_that_a_block_cuts() {
        for pad in 0..4 {
            let ascii = "x".repeat(BLOCK_BYTES - pad);
            let text = format!("{ascii}售后与客户\n");
            let (same, other) = read(text.as_bytes(), Encoding::Auto);
            assert_eq!((same.unwrap(), other), (text.clone(), None), "{pad}");
            let (decoded, other) = read(&gbk(&text), Encoding::Auto);
            assert_eq!((decoded.unwrap(), other), (text, Some("gb18030")), "{pad}");
        }
    }

    #[test]
    fn two_encodings_in_one_text_are_not_guessed() {
        let mut bytes = format!("售后{}", "x".repeat(BLOCK_BYTES)).into_bytes();
        bytes.extend(gbk("售后"));
        let (text, other) = read(&bytes, Encoding::Auto);
        assert!(text.unwrap().contains('\u{fffd}') && other.is_none());
        let neither = read(b"ts,calls\n1,2\n\xff\xff,5\n", Encoding::Auto).0.unwrap_err();
        let neither = neither.get_ref().and_then(|e| e.downcast_ref::<NoEncoding>()).unwrap();
        assert_eq!(neither.line, 3);
        assert!(neither.to_string().contains("neither UTF-8 nor gb18030"), "{neither}");
    }

    #[test]
    fn a_mark_decides() {
        let marked = "\u{feff}ts,calls";
        assert_eq!(read(marked.as_bytes(), Encoding::Gb18030).0.unwrap(), marked);
        let mut wide = vec![0xff, 0xfe];
        wide.extend("队列\n".encode_utf16().flat_map(u16::to_le_bytes));
        let (text, other) = read(&wide, Encoding::Auto);
        assert_eq!(
            (text.unwrap().trim_start_matches('\u{feff}'), other),
            ("队列\n", Some("UTF-16LE"))
        );
    }

    proptest! {
        #[test]
        fn valid_text_stays_and_nothing_panics(
            text in "[a-z,;\u{e9}\u{4e00}-\u{9fa5}\u{1f600}\n]{0,200}",
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            prop_assert_eq!(read(text.as_bytes(), Encoding::Auto).0.unwrap(), text.clone());
            prop_assert_eq!(read(&gbk(&text), Encoding::Gb18030).0.unwrap(), text);
            let _ = read(&bytes, Encoding::Auto);
            let _ = beginning(&bytes, Encoding::Auto);
        }
    }
}
