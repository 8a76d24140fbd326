//! Which queues a file has, and how far each of them has come.

use super::{CsvProblem, QUEUE_DEFAULT, QUEUES_MAX};
use crate::engine::time::Timestamp;
use crate::ingest::name;
use std::collections::HashMap;

/// Queues of a file, numbered as they come; consecutive rows are mostly of one queue.
#[derive(Default)]
pub(super) struct Queues {
    names: Vec<Box<str>>,
    /// Start of the last row of each.
    newest: Vec<Timestamp>,
    numbers: HashMap<Box<[u8]>, u32>,
    last: u32,
}

impl Queues {
    /// Number of the queue that a cell names.
    pub(super) fn number(&mut self, cell: &[u8]) -> Result<u32, CsvProblem> {
        if self.names.get(self.last as usize).is_some_and(|name| name.as_bytes() == cell) {
            return Ok(self.last);
        }
        self.last = match self.numbers.get(cell) {
            Some(number) => *number,
            None => self.add(cell)?,
        };
        Ok(self.last)
    }

    /// Whether there was none yet.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Takes in another spelling of a queue; spellings that NFC makes equal are one queue.
    fn add(&mut self, cell: &[u8]) -> Result<u32, CsvProblem> {
        if self.numbers.len() >= QUEUES_MAX {
            return Err(CsvProblem::TooManyQueues);
        }
        let text = std::str::from_utf8(cell).map_err(|_| CsvProblem::NotUtf8("queue"))?;
        let name = name::checked(text).map_err(|error| CsvProblem::Name {
            column: "queue",
            found: name::shown(text),
            error,
        })?;
        let number = match self.numbers.get(name.as_bytes()) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.names.len());
                self.names.push(name.clone().into());
                self.newest.push(Timestamp::MIN);
                number.map_err(|_| CsvProblem::TooManyQueues)?
            }
        };
        self.numbers.insert(name.as_bytes().into(), number);
        self.numbers.insert(cell.into(), number);
        Ok(number)
    }

    /// Start of the last row of a queue.
    pub(super) fn newest(&mut self, number: u32) -> &mut Timestamp {
        &mut self.newest[number as usize]
    }

    /// Its name.
    pub(super) fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or(QUEUE_DEFAULT, |name| name)
    }
}
