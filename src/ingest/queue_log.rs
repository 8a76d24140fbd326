//! The queue log of Asterisk (`app_queue`), as call events.
//!
//! | row | told as |
//! |---|---|
//! | `ENTERQUEUE` | offered |
//! | `CONNECT` | answered |
//! | `ABANDON` | abandoned |
//! | `EXITWITHTIMEOUT`, `EXITWITHKEY`, `EXITEMPTY`, `WITHDRAW` | exited, with the reason |
//! | `COMPLETECALLER`, `COMPLETEAGENT`, `BLINDTRANSFER`, `ATTENDEDTRANSFER`, `TRANSFER` | completed |
//! | a free row, by default `REFUSED` | refused |
//! | `QUEUESTART` | the source restarted; calls it held are gone |
//! | anything else | a sign of life |
//!
//! The log is read and not the manager interface where history counts: it survives a lost link
//! and misses nothing but the calls that the queue refused, which Asterisk writes nowhere. A site
//! that wants them writes a row of its own in the dialplan with the application `QueueLog`.
//!
//! Waits in the rows are whole seconds and off by up to one, so they are not read; the engine
//! takes them from the instants. Caller ids and agents' names are in the rows too: [`Row`] has
//! no place for them, so they cannot leave this file.

pub(in crate::ingest) mod legs;
mod mapper;
mod row;

pub use mapper::{Mapper, QueueLogOptions};
pub use row::{Row, RowError, RowKind, parse};

use super::Item;
use super::lines::{self, Line};
use super::problem::{LineError, Problem};
use std::io::BufRead;

/// Reads a whole log row by row. For several files in a row (`queue_log.0`, then `queue_log`)
/// the [`Mapper`] of one is handed to the next, since calls go on across a rotation.
pub struct QueueLogReader<R> {
    input: R,
    mapper: Mapper,
    buffer: Vec<u8>,
    line: u64,
    ended: bool,
}

impl<R: BufRead> QueueLogReader<R> {
    /// Reads from the start of `input`, after what `mapper` has seen.
    pub fn new(input: R, mapper: Mapper) -> Self {
        Self { input, mapper, buffer: Vec::new(), line: 0, ended: false }
    }

    /// The mapper, for the next file.
    pub fn into_mapper(self) -> Mapper {
        self.mapper
    }
}

impl<R: BufRead> Iterator for QueueLogReader<R> {
    type Item = Result<Item, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            self.line += 1;
            match lines::next(&mut self.input, &mut self.buffer) {
                Ok(Line::Read) => {}
                Ok(Line::TooLong) => return Some(Err(LineError::new(self.line, Problem::TooLong))),
                Ok(Line::End) => {
                    self.ended = true;
                    break;
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(LineError::io(self.line, error)));
                }
            }
            match self.mapper.line(&self.buffer) {
                Ok(Some(item)) => return Some(Ok(item)),
                Ok(None) => {}
                Err(error) => {
                    return Some(Err(LineError::new(self.line, Problem::QueueLog(error))));
                }
            }
        }
        None
    }
}
