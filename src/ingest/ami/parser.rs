//! Messages of the manager interface out of a stream of bytes.
//!
//! A banner line, then messages of `Name: value` lines, each ended by an empty line. The framer
//! owns one buffer, takes bytes as they come and lends out whole messages; nothing is copied and
//! nothing is decoded before somebody asks for it. Lines end in CRLF, a bare LF is taken too.
//!
//! What is too large is skipped, not kept: a line over [`LINE_BYTES_MAX`] or a message over
//! [`MESSAGE_BYTES_MAX`] costs that message alone, and the next one is read as usual. So the
//! buffer never holds more than one message and one read.

use memchr::memchr;
use std::ops::Range;

/// Longest line; the longest recorded one has 74 bytes, a variable of a channel may have more.
pub const LINE_BYTES_MAX: usize = 16 * 1024;
/// Longest message; the longest recorded one has 1,300 bytes.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Longest banner. Whoever says more before the first line end is no PBX.
const BANNER_BYTES_MAX: usize = 256;
/// What every manager interface says first; a version follows.
const BANNER: &[u8] = b"Asterisk Call Manager/";

/// What is next in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// The greeting, with the version of the interface.
    Banner(&'a str),
    /// A whole message.
    Message(Message<'a>),
    /// A message was skipped because it or one of its lines is too long.
    Oversized,
    /// The first line is not the greeting of a manager interface.
    NotAmi,
}

/// A whole message, borrowed from the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a>(&'a [u8]);

/// Cuts a stream into frames.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Where the message being read begins.
    start: usize,
    /// Where the line being read begins.
    line: usize,
    /// Everything before this was searched for a line end.
    searched: usize,
    greeted: bool,
    /// The message being read is too long and is skipped to its end.
    skipping: bool,
    /// The line being read began before the buffer: its head was dropped.
    cut: bool,
}

impl Framer {
    /// A framer at the start of a connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.line -= self.start;
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Bytes that are held.
    pub fn held(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// The next frame; `None` until more is pushed.
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        if !self.greeted {
            return self.banner();
        }
        loop {
            let Some(end) = memchr(b'\n', &self.buffer[self.searched..]) else {
                self.searched = self.buffer.len();
                self.bound();
                return None;
            };
            let end = self.searched + end;
            let line = without_return(&self.buffer[self.line..end]);
            let (empty, long) = (line.is_empty() && !self.cut, line.len() > LINE_BYTES_MAX);
            let body = self.start..self.line;
            self.line = end + 1;
            self.searched = end + 1;
            self.cut = false;
            self.skipping |= long || body.len() > MESSAGE_BYTES_MAX;
            if !empty {
                continue;
            }
            self.start = end + 1;
            if std::mem::take(&mut self.skipping) {
                return Some(Frame::Oversized);
            }
            if !body.is_empty() {
                return Some(Frame::Message(Message(&self.buffer[body])));
            }
        }
    }

    fn banner(&mut self) -> Option<Frame<'_>> {
        let Some(end) = memchr(b'\n', &self.buffer) else {
            return (self.buffer.len() > BANNER_BYTES_MAX).then_some(Frame::NotAmi);
        };
        self.greeted = true;
        self.start = end + 1;
        (self.line, self.searched) = (end + 1, end + 1);
        let line = without_return(&self.buffer[..end]);
        let version = line.strip_prefix(BANNER).and_then(|v| std::str::from_utf8(v).ok());
        Some(version.map_or(Frame::NotAmi, Frame::Banner))
    }

    /// Drops what cannot become a message that is kept.
    fn bound(&mut self) {
        // One more byte may be the return of a line end.
        self.skipping |= self.buffer.len() - self.line > LINE_BYTES_MAX + 1;
        if self.skipping {
            // A return may be the first half of a line end: it stays.
            let kept = self.buffer.len() - usize::from(self.buffer.ends_with(b"\r"));
            self.cut |= kept > self.line;
            self.start = kept;
            self.line = kept;
        }
    }
}

impl<'a> Message<'a> {
    /// A message from the bytes between two empty lines.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Its headers in order, values without the space in front. A line without a colon is a
    /// header without a value.
    pub fn headers(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let Range { start, end } = memchr(b'\n', rest).map_or(0..rest.len(), |at| 0..at);
            let line = without_return(&rest[start..end]);
            rest = rest.get(end + 1..).unwrap_or_default();
            Some(memchr(b':', line).map_or((line, &line[line.len()..]), |colon| {
                let value = &line[colon + 1..];
                (&line[..colon], value.strip_prefix(b" ").unwrap_or(value))
            }))
        })
    }

    /// The first value under a name; case does not matter.
    pub fn get(self, name: &str) -> Option<&'a [u8]> {
        let mut headers = self.headers();
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GREETING: &[u8] = b"Asterisk Call Manager/11.0.0\r\n";

    /// Everything in a stream that comes in pieces of `piece` bytes.
    fn frames(stream: &[u8], piece: usize) -> Vec<String> {
        let mut framer = Framer::new();
        let mut out = Vec::new();
        for chunk in stream.chunks(piece) {
            framer.push(chunk);
            while let Some(frame) = framer.next_frame() {
                out.push(match frame {
                    Frame::Banner(version) => format!("banner {version}"),
                    Frame::Message(message) => {
                        let text = |b| String::from_utf8_lossy(b).into_owned();
                        let headers: Vec<_> = message
                            .headers()
                            .map(|(k, v)| format!("{}={}", text(k), text(v)))
                            .collect();
                        headers.join(",")
                    }
                    Frame::Oversized => "oversized".to_owned(),
                    Frame::NotAmi => "not ami".to_owned(),
                });
            }
            assert!(framer.held() <= MESSAGE_BYTES_MAX + LINE_BYTES_MAX + piece);
        }
        out
    }

    fn check(body: &[u8], wanted: &[&str]) {
        let stream = [GREETING, body].concat();
        let wanted: Vec<_> = ["banner 11.0.0"].iter().chain(wanted).copied().collect();
        for piece in [1, 2, 3, 7, 64, stream.len()] {
            assert_eq!(frames(&stream, piece), wanted, "in pieces of {piece}");
        }
    }

    #[test]
    fn messages_are_cut_at_empty_lines_however_they_come() {
        check(
            b"Response: Success\r\nActionID: 1\r\n\r\nEvent: X\r\nPausedReason: \r\nA:b:c\r\n\r\n",
            &["Response=Success,ActionID=1", "Event=X,PausedReason=,A=b:c"],
        );
        check(b"Event: X\nQueue: a\n\nEvent: Y\n\n", &["Event=X,Queue=a", "Event=Y"]);
        check(
            b"\r\n\r\nEvent: X\r\n\r\n\r\n\r\nno colon\r\n\r\nEvent: cut",
            &["Event=X", "no colon="],
        );
        check("Event: X\r\nQueue: 售后\r\n\r\n".as_bytes(), &["Event=X,Queue=售后"]);
    }

    #[test]
    fn what_is_too_long_costs_one_message() {
        let long = "y".repeat(LINE_BYTES_MAX + 1);
        let limit = "y".repeat(LINE_BYTES_MAX - 3);
        let many = "Key: value\r\n".repeat(MESSAGE_BYTES_MAX / 8);
        let body = format!(
            "Event: A\r\nX: {long}\r\nQueue: q\r\n\r\nEvent: B\r\n\r\nZ: {limit}\r\n\r\n\
             {many}\r\nEvent: C\r\n\r\n"
        );
        let kept = format!("Z={limit}");
        check(body.as_bytes(), &["oversized", "Event=B", &kept, "oversized", "Event=C"]);
    }

    #[test]
    fn whoever_does_not_greet_is_no_pbx() {
        assert_eq!(frames(b"HTTP/1.1 400 Bad Request\r\n", 5), ["not ami"]);
        let endless = vec![b'x'; BANNER_BYTES_MAX + 1];
        let mut framer = Framer::new();
        framer.push(&endless);
        assert_eq!(framer.next_frame(), Some(Frame::NotAmi));
        assert_eq!(frames(b"Asterisk Call Manager/1.1\r\n", 5), ["banner 1.1"]);
    }

    #[test]
    fn names_are_found_in_any_case_and_the_first_counts() {
        let message = Message::new(b"ServicelevelPerf: 98.1\r\nqueue: a\r\nQueue: b\r\n");
        assert_eq!(message.get("ServiceLevelPerf"), Some(&b"98.1"[..]));
        assert_eq!(message.get("Queue"), Some(&b"a"[..]));
        assert_eq!(message.get("Count"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_give_the_same_frames(
            body in proptest::collection::vec(
                prop_oneof![Just(b'\r'), Just(b'\n'), Just(b':'), Just(b' '), Just(b'a'), any::<u8>()],
                0..400,
            ),
            piece in 1_usize..40,
        ) {
            let stream = [GREETING, &body].concat();
            prop_assert_eq!(frames(&stream, piece), frames(&stream, stream.len()));
            frames(&body, piece);
        }
    }
}
