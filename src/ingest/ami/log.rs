//! The queue log beside the manager interface: what fills a gap.
//!
//! The log is read all the time, not only after a gap, so that entries of calls are numbered as
//! they happen. A dead link is noticed seconds after its last event, and a row may be read before
//! its event: therefore the rows of the last minute are kept and looked at again when the link is
//! found to be down.

use super::meaning::LogRow;
use crate::engine::time::{Span, Timestamp};
use crate::ingest::Reason;
use crate::ingest::queue_log::{Mapper, QueueLogOptions};
use crate::ingest::tail::{Position, Start, Tailer};
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;

/// How long rows are kept: more than it takes to notice that a link is dead.
const KEPT: Span = Span::secs(60);
/// Most rows that are kept; at 1,000 calls a second this is half a minute.
const ROWS_MAX: usize = 100_000;
/// Rows have whole seconds: one may be of before the instant that it names.
const OVERLAP: Span = Span::secs(2);

/// A queue log that is read beside a link.
#[derive(Debug)]
pub struct SideLog {
    tailer: Tailer,
    mapper: Mapper,
    kept: VecDeque<(Timestamp, LogRow)>,
    /// Where the log was read to, and when.
    read: VecDeque<(Timestamp, Position)>,
    /// Whether the last look found a file.
    readable: bool,
}

/// What one look came to.
#[derive(Debug, Default)]
pub struct Look {
    /// New rows.
    pub rows: Vec<LogRow>,
    /// Rows that were refused.
    pub refused: Vec<Reason>,
    /// There is more to read at once.
    pub more: bool,
}

impl SideLog {
    /// Reads `path` from `start`.
    pub fn new(path: impl Into<PathBuf>, start: Start, options: QueueLogOptions) -> Self {
        Self {
            tailer: Tailer::new(path, start),
            mapper: Mapper::new(options),
            kept: VecDeque::new(),
            read: VecDeque::new(),
            readable: false,
        }
    }

    /// Reads what is new. Rows of after `heard`, when the link last spoke, are kept however long
    /// ago that was.
    ///
    /// # Errors
    /// What the file system says; the next look tries again.
    pub fn look(&mut self, now: Timestamp, heard: Timestamp) -> io::Result<Look> {
        let mut look = Look::default();
        let mapper = &mut self.mapper;
        let polled = self.tailer.poll(|line| match mapper.traced(line) {
            Ok(Some((item, row, leg))) => {
                let (call_id, queue) = (row.call_id.into(), row.queue.into());
                look.rows.push(LogRow { item, call_id, queue, leg });
            }
            Ok(None) => {}
            Err(error) => look.refused.push(error.reason()),
        });
        self.readable = polled.as_ref().is_ok_and(|polled| !polled.missing);
        look.more = polled?.more;
        let needed = heard.min(now - KEPT);
        while self.kept.front().is_some_and(|(at, _)| *at < needed) {
            self.kept.pop_front();
        }
        let surplus = (self.kept.len() + look.rows.len()).saturating_sub(ROWS_MAX);
        self.kept.drain(..surplus.min(self.kept.len()));
        self.kept.extend(look.rows.iter().map(|row| (now, row.clone())));
        if let Some(position) = self.tailer.position() {
            self.read.push_back((now, position));
        }
        Ok(look)
    }

    /// Rows of the last minute that may be of after `since`.
    pub fn since(&self, since: Timestamp) -> Vec<LogRow> {
        let newer = |row: &&LogRow| row.item.at + OVERLAP >= since;
        self.kept.iter().map(|(_, row)| row).filter(newer).cloned().collect()
    }

    /// Where another run has to go on: what is before was told, by event or by row.
    pub fn position(&mut self, now: Timestamp) -> Option<Position> {
        while self.read.get(1).is_some_and(|(at, _)| *at + KEPT < now) {
            self.read.pop_front();
        }
        self.read.front().map(|(_, position)| *position)
    }

    /// Whether the last look found a file.
    pub fn is_readable(&self) -> bool {
        self.readable
    }
}
