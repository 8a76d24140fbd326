//! Rows of a queue log as what the source said.

use super::legs::Legs;
use super::row::{self, Row, RowError, RowKind};
use crate::driver::{Draft, QueueRef};
use crate::engine::observation::{CallEvent, CallKey, CallKind, Form, SourceId};
use crate::ingest::{Item, Told, name};

/// How a queue log is read.
#[derive(Clone, Debug)]
pub struct QueueLogOptions {
    /// Whom its rows come from.
    pub source: SourceId,
    /// The event that this site writes for a call which the queue did not admit.
    pub refused_event: String,
}

impl QueueLogOptions {
    /// With the usual name of the row for refused calls.
    pub fn new(source: SourceId) -> Self {
        Self { source, refused_event: "REFUSED".to_owned() }
    }
}

/// Turns rows into items; remembers the entries of calls.
#[derive(Clone, Debug)]
pub struct Mapper {
    options: QueueLogOptions,
    legs: Legs,
}

impl Mapper {
    /// A mapper that has seen nothing.
    pub fn new(options: QueueLogOptions) -> Self {
        Self { options, legs: Legs::default() }
    }

    /// The source whose log this is.
    pub fn source(&self) -> SourceId {
        self.options.source
    }

    /// What a line says; `None` for an empty one.
    ///
    /// # Errors
    /// [`RowError`] for what is no row.
    pub fn line(&mut self, line: &[u8]) -> Result<Option<Item>, RowError> {
        if line.trim_ascii().is_empty() {
            return Ok(None);
        }
        let row = row::parse(line, &self.options.refused_event)?;
        self.row(&row).map(Some)
    }

    /// What a line says, and of which entry of which call.
    ///
    /// # Errors
    /// [`RowError`] for what is no row.
    pub(in crate::ingest) fn traced<'a>(
        &mut self,
        line: &'a [u8],
    ) -> Result<Option<(Item, Row<'a>, u16)>, RowError> {
        if line.trim_ascii().is_empty() {
            return Ok(None);
        }
        let row = row::parse(line, &self.options.refused_event)?;
        let item = self.row(&row)?;
        let leg =
            if row.call_id.is_empty() { 0 } else { self.legs.current(row.call_id, row.queue) };
        Ok(Some((item, row, leg)))
    }

    fn row(&mut self, row: &Row<'_>) -> Result<Item, RowError> {
        let source = self.options.source;
        let kind = match row.kind {
            RowKind::Enter => CallKind::Offered,
            RowKind::Refused => CallKind::Refused,
            RowKind::Connect => CallKind::Answered,
            RowKind::Abandon => CallKind::Abandoned,
            RowKind::Exit(reason) => CallKind::Exited(reason),
            RowKind::Complete { talk } => CallKind::Completed { talk },
            RowKind::Start => {
                return Ok(Item { at: row.at, input: Told::SourceRestarted(source) });
            }
            RowKind::Other => return Ok(Item { at: row.at, input: Told::Heartbeat(source) }),
        };
        let queue = name::checked(row.queue).map_err(RowError::Name)?;
        let leg = match kind {
            CallKind::Offered | CallKind::Refused => self.legs.enter(row.call_id, &queue),
            CallKind::Answered
            | CallKind::Abandoned
            | CallKind::Exited(_)
            | CallKind::Completed { .. } => self.legs.current(row.call_id, &queue),
        };
        let call = CallKey::new(row.call_id, leg);
        let queue = QueueRef::Named(queue.into());
        let form = Form::Event(CallEvent { at: row.at, call, kind });
        Ok(Item::draft(Draft { source, queue, form }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::time::Timestamp;

    fn told(mapper: &mut Mapper, rest: &str) -> Told {
        let line = format!("1795486247|{rest}");
        let item = mapper.line(line.as_bytes()).unwrap().unwrap();
        assert_eq!(item.at, Timestamp::from_secs(1_795_486_247));
        item.input
    }

    fn event(told: &Told) -> CallEvent {
        let Told::Draft(Draft { form: Form::Event(event), .. }) = told else { panic!("{told:?}") };
        *event
    }

    #[test]
    fn a_call_that_enters_again_is_another_leg() {
        let mut mapper = Mapper::new(QueueLogOptions::new(SourceId(7)));
        let legs = [
            ("c|a|NONE|ENTERQUEUE||1|1", 1),
            ("c|a|NONE|EXITWITHTIMEOUT|1|1|9", 1),
            ("c|b|NONE|ENTERQUEUE||1|1", 2),
            ("c|b|X|CONNECT|1|d|1", 2),
            ("c|a|NONE|REFUSED|", 3),
            ("c|b|X|COMPLETECALLER|1|5|1", 2),
        ];
        for (rest, leg) in legs {
            let told = told(&mut mapper, rest);
            assert_eq!(event(&told).call, CallKey::new("c", leg), "{rest}");
        }
    }

    #[test]
    fn rows_of_no_call_are_signs_of_life_or_a_restart() {
        let mut mapper = Mapper::new(QueueLogOptions::new(SourceId(7)));
        let start = told(&mut mapper, "NONE|NONE|NONE|QUEUESTART|");
        assert_eq!(start, Told::SourceRestarted(SourceId(7)));
        let pause = told(&mut mapper, "NONE|support|Ann|PAUSE|lunch");
        assert_eq!(pause, Told::Heartbeat(SourceId(7)));
        assert_eq!(mapper.line(b"  ").unwrap(), None);
        let bad = mapper.line("1795486247|c|a\u{202e}|x|CONNECT".as_bytes());
        assert!(matches!(bad, Err(RowError::Name(_))));
    }
}
