//! Files of observations in the wire form, one JSON object per line.
//!
//! The same reader as the HTTP way in, without its bounds on age: a file is history. Empty lines
//! are passed over. Unlike a table, such a file does not say up front what it carries, so the
//! first lines are read ahead for that, and what comes only later (a recording that begins at night
//! has no calls for hours) is added when it comes.

use super::lines::{self, Line};
use super::problem::{LineError, Problem};
use super::wire::{self, Intake};
use super::{Item, Sources, Told};
use crate::engine::observation::{Form, SourceId};
use crate::engine::policy::Carries;
use crate::engine::time::Timestamp;
use std::collections::VecDeque;
use std::io::BufRead;

/// Lines that are read ahead to see what a file carries.
pub const LOOKAHEAD_LINES: usize = 1_024;

/// What the lines of a file are read against.
#[derive(Clone, Debug)]
pub struct NdjsonOptions {
    /// The configured sources.
    pub sources: Sources,
    /// Source of lines that name none.
    pub default_source: Option<SourceId>,
    /// The present instant; what is dated after it is refused.
    pub now: Timestamp,
}

/// Reads a file line by line.
pub struct NdjsonReader<R> {
    input: R,
    options: NdjsonOptions,
    buffer: Vec<u8>,
    line: u64,
    ahead: VecDeque<Result<Item, LineError>>,
    carries: Carries,
    newest: Timestamp,
    ended: bool,
}

impl<R: BufRead> NdjsonReader<R> {
    /// Reads the first lines.
    pub fn new(input: R, options: NdjsonOptions) -> Self {
        let mut this = Self {
            input,
            options,
            buffer: Vec::new(),
            line: 0,
            ahead: VecDeque::new(),
            carries: Carries::VOLUME_ONLY,
            newest: Timestamp::MIN,
            ended: false,
        };
        while this.ahead.len() < LOOKAHEAD_LINES
            && let Some(item) = this.parse()
        {
            this.ahead.push_back(item);
        }
        this
    }

    /// What the lines of the default source carry that were read so far; of others it is configured.
    pub fn carries(&self) -> Carries {
        self.carries
    }

    fn parse(&mut self) -> Option<Result<Item, LineError>> {
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
            let line = self.buffer.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.buffer);
            if line.trim_ascii().is_empty() {
                continue;
            }
            let intake = Intake {
                sources: &self.options.sources,
                default_source: self.options.default_source,
                registry: None,
                now: self.options.now,
                live: false,
            };
            let read = wire::read(line, &intake);
            if let Ok(Item { input: Told::Draft(draft), .. }) = &read
                && Some(draft.source) == self.options.default_source
            {
                self.carries = self.carries.union(carried(&draft.form));
            }
            return Some(read.map_err(|r| LineError::new(self.line, Problem::Wire(r.refusal))));
        }
        None
    }

    /// A heartbeat has no instant on the wire; in a file it stands where it was written.
    fn placed(&mut self, mut item: Item) -> Item {
        match item.input {
            Told::Heartbeat(_) => item.at = self.newest,
            Told::Draft(_) | Told::SourceRestarted(_) => self.newest = self.newest.max(item.at),
        }
        item
    }
}

impl<R: BufRead> Iterator for NdjsonReader<R> {
    type Item = Result<Item, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let item = match self.ahead.pop_front() {
                Some(item) => item,
                None => self.parse()?,
            };
            let item = item.map(|item| self.placed(item));
            // A heartbeat before anything else says nothing that has a place in time.
            if item.as_ref().is_ok_and(|item| item.at == Timestamp::MIN) {
                continue;
            }
            return Some(item);
        }
    }
}

fn carried(form: &Form) -> Carries {
    match form {
        Form::Event(_) => Carries::ALL,
        Form::Snapshot(snapshot) => Carries {
            waiting: snapshot.waiting.is_some(),
            longest_wait: snapshot.longest_wait.is_some(),
            answered: snapshot.counters.is_some_and(|c| c.answered.is_some()),
            service_level: false,
        },
        Form::Interval(row) => Carries {
            answered: row.tally.answered.is_some(),
            service_level: row.tally.answered_in_target.is_some(),
            ..Carries::VOLUME_ONLY
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(text: &[u8]) -> NdjsonReader<&[u8]> {
        let now = Timestamp::from_secs(1_795_507_200);
        let default_source = Some(SourceId(0));
        NdjsonReader::new(text, NdjsonOptions { sources: Sources::default(), default_source, now })
    }

    #[test]
    fn good_lines_are_kept_and_bad_ones_have_their_number() {
        let text = "\u{feff}{\"form\":\"heartbeat\"}\n\n\
            {\"form\":\"snapshot\",\"queue\":\"q\",\"at\":1700000000,\"waiting\":1}\r\n\
            {\"form\":\"heartbeat\"}\n\
            nonsense\n\
            {\"form\":\"interval\",\"queue\":\"q\",\"start\":1700000000,\"end\":1700000060,\
            \"offered\":3,\"answered\":2}";
        let reader = reader(text.as_bytes());
        let carries = reader.carries();
        assert_eq!((carries.waiting, carries.answered, carries.service_level), (true, true, false));
        let told: Vec<_> = reader
            .map(|item| item.map(|item| item.at.as_millis() / 1_000).map_err(|e| e.line))
            .collect();
        assert_eq!(told, [Ok(1_700_000_000), Ok(1_700_000_000), Err(5), Ok(1_700_000_060)]);
    }

    #[test]
    fn what_comes_only_behind_the_first_lines_is_carried_from_then_on() {
        let mut text = String::new();
        for second in 0..LOOKAHEAD_LINES {
            let at = 1_700_000_000 + second;
            text.push_str(&format!(
                "{{\"form\":\"snapshot\",\"queue\":\"q\",\"at\":{at},\"waiting\":0}}\n"
            ));
        }
        text.push_str("{\"form\":\"event\",\"queue\":\"q\",\"at\":1700002000,");
        text.push_str("\"kind\":\"offered\",\"call_id\":\"c\"}\n");
        let mut reader = reader(text.as_bytes());
        assert!(!reader.carries().service_level);
        assert_eq!(reader.by_ref().filter(Result::is_ok).count(), LOOKAHEAD_LINES + 1);
        assert_eq!(reader.carries(), Carries::ALL);
    }

    proptest::proptest! {
        #[test]
        fn random_bytes_never_panic(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)
        ) {
            let _ = reader(&bytes).count();
        }
    }
}
