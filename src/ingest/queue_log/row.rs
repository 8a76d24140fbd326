//! One row of a queue log: `epoch|call id|queue|agent|event|data…`.

use crate::engine::observation::ExitReason;
use crate::engine::time::{Span, Timestamp};
use crate::ingest::Reason;
use crate::ingest::instant;

/// What a row says, without whom it says it of. Borrowed from the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// When; whole seconds in the file, microseconds in the realtime table.
    pub at: Timestamp,
    /// `Uniqueid` of the call; empty for rows of no call.
    pub call_id: &'a str,
    /// The queue; empty for rows of none.
    pub queue: &'a str,
    /// What happened.
    pub kind: RowKind,
}

/// What happened in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A call entered the queue.
    Enter,
    /// An agent answered.
    Connect,
    /// The caller left.
    Abandon,
    /// The call left the queue in another way.
    Exit(ExitReason),
    /// The conversation ended here, or went on elsewhere.
    Complete {
        /// Talk time, where the row tells it.
        talk: Option<Span>,
    },
    /// The site's own row: the queue did not admit the call.
    Refused,
    /// Asterisk's queues started.
    Start,
    /// Anything else.
    Other,
}

/// Why a row cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// Too few fields.
    #[error("not a row of a queue log: it has {0} fields, not epoch|call|queue|agent|event")]
    Fields(usize),
    /// The first field is no instant.
    #[error("not a row of a queue log: the first field is not seconds since 1970")]
    Time,
    /// Call id or queue are not text.
    #[error("{0} is not UTF-8")]
    NotUtf8(&'static str),
    /// A row of a call without one.
    #[error("a row of a call has no {0}")]
    Empty(&'static str),
    /// An unusable queue name.
    #[error("the name of the queue: {0}")]
    Name(crate::ingest::name::NameError),
    /// A call id longer than any.
    #[error("the call id is longer than 256 bytes")]
    CallId,
}

impl RowError {
    /// The reason it is counted under.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Fields(_) | Self::NotUtf8(_) => Reason::Malformed,
            Self::Time => Reason::Time,
            Self::Empty(_) => Reason::Missing,
            Self::Name(_) | Self::CallId => Reason::Name,
        }
    }
}

/// Most fields that are looked at; more than any event has.
const FIELDS_MAX: usize = 16;
const CALL_ID_BYTES_MAX: usize = 256;

/// Reads a row. `refused_event` is the event that this site writes for calls which the queue did
/// not admit.
///
/// A `|` in an agent's name is not escaped and moves the event; where the fifth field is not
/// in capitals, the event is looked for in the three fields after it.
///
/// # Errors
/// [`RowError`] for what is no row.
pub fn parse<'a>(line: &'a [u8], refused_event: &str) -> Result<Row<'a>, RowError> {
    let mut fields = [&b""[..]; FIELDS_MAX];
    let mut count = 0;
    for field in line.split(|b| *b == b'|').take(FIELDS_MAX) {
        fields[count] = field;
        count += 1;
    }
    if count < 5 {
        return Err(RowError::Fields(count));
    }
    let fields = &fields[..count];
    let at = epoch(fields[0]).filter(|at| instant::plausible(*at)).ok_or(RowError::Time)?;
    let (event_at, kind) = event(fields, refused_event);
    let data = &fields[event_at + 1..];
    let kind = match kind {
        RowKind::Complete { .. } => RowKind::Complete { talk: talk(fields[event_at], data) },
        other @ (RowKind::Enter
        | RowKind::Connect
        | RowKind::Abandon
        | RowKind::Exit(_)
        | RowKind::Refused
        | RowKind::Start
        | RowKind::Other) => other,
    };
    if matches!(kind, RowKind::Start | RowKind::Other) {
        return Ok(Row { at, call_id: "", queue: "", kind });
    }
    let call_id = of_call(fields[1], "call id")?;
    if call_id.len() > CALL_ID_BYTES_MAX {
        return Err(RowError::CallId);
    }
    let queue = of_call(fields[2], "queue")?;
    Ok(Row { at, call_id, queue, kind })
}

fn of_call<'a>(field: &'a [u8], what: &'static str) -> Result<&'a str, RowError> {
    let text = std::str::from_utf8(field).map_err(|_| RowError::NotUtf8(what))?;
    if text.is_empty() || text == "NONE" { Err(RowError::Empty(what)) } else { Ok(text) }
}

fn event(fields: &[&[u8]], refused_event: &str) -> (usize, RowKind) {
    let like_an_event = |field: &[u8]| field.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
    for (at, field) in fields.iter().enumerate().skip(4).take(4) {
        let kind = kind(field, refused_event);
        if kind != RowKind::Other || like_an_event(field) {
            return (at, kind);
        }
    }
    (4, RowKind::Other)
}

fn kind(event: &[u8], refused_event: &str) -> RowKind {
    match event {
        b"ENTERQUEUE" => RowKind::Enter,
        b"CONNECT" => RowKind::Connect,
        b"ABANDON" => RowKind::Abandon,
        b"EXITWITHTIMEOUT" => RowKind::Exit(ExitReason::Timeout),
        b"EXITWITHKEY" => RowKind::Exit(ExitReason::Key),
        b"EXITEMPTY" => RowKind::Exit(ExitReason::Empty),
        b"WITHDRAW" => RowKind::Exit(ExitReason::Withdrawn),
        b"COMPLETECALLER" | b"COMPLETEAGENT" | b"BLINDTRANSFER" | b"ATTENDEDTRANSFER"
        | b"TRANSFER" => RowKind::Complete { talk: None },
        b"QUEUESTART" => RowKind::Start,
        other if !other.is_empty() && other == refused_event.as_bytes() => RowKind::Refused,
        _ => RowKind::Other,
    }
}

/// Talk time: the second datum of a completion (hold|talk|position), the one before the last of
/// a transfer (…|hold|talk|position), whose first data vary.
fn talk(event: &[u8], data: &[&[u8]]) -> Option<Span> {
    let at = if event.starts_with(b"COMPLETE") { 1 } else { data.len().checked_sub(2)? };
    let secs = whole(data.get(at)?)?;
    (secs <= 7 * 86_400).then(|| Span::secs(secs))
}

fn epoch(field: &[u8]) -> Option<Timestamp> {
    let point = field.iter().position(|b| *b == b'.').unwrap_or(field.len());
    let secs = whole(&field[..point])?;
    let mut millis = 0;
    let mut scale = 100;
    for digit in field.get(point + 1..).unwrap_or_default() {
        millis += scale * whole(&[*digit])?;
        scale /= 10;
    }
    Some(Timestamp::from_millis(secs * 1_000 + millis))
}

fn whole(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 12 {
        return None;
    }
    digits.iter().try_fold(0_i64, |value, digit| {
        digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kind_of(rest: &str) -> RowKind {
        let line = format!("1795486247|c.1|support|{rest}");
        let row = parse(line.as_bytes(), "REFUSED").unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(row.at, Timestamp::from_secs(1_795_486_247));
        row.kind
    }

    #[test]
    fn every_event_has_its_kind() {
        let talk = |secs| RowKind::Complete { talk: Some(Span::secs(secs)) };
        for (rest, wanted) in [
            ("NONE|ENTERQUEUE||13894819167|1|Bob", RowKind::Enter),
            ("王芳|CONNECT|1|c.2|1", RowKind::Connect),
            ("NONE|ABANDON|1|1|12", RowKind::Abandon),
            ("NONE|EXITWITHTIMEOUT|1|1|120", RowKind::Exit(ExitReason::Timeout)),
            ("NONE|EXITWITHKEY|5|1|1|9", RowKind::Exit(ExitReason::Key)),
            ("NONE|EXITEMPTY|1|1|9", RowKind::Exit(ExitReason::Empty)),
            ("NONE|WITHDRAW|1|1|9|x", RowKind::Exit(ExitReason::Withdrawn)),
            ("A|COMPLETECALLER|2|33|1", talk(33)),
            ("A|COMPLETEAGENT|2|34", talk(34)),
            ("A|COMPLETEAGENT|2", RowKind::Complete { talk: None }),
            ("A|BLINDTRANSFER|13800000000|default|3|44|1", talk(44)),
            ("A|ATTENDEDTRANSFER|BRIDGE|b-1|3|45|1", talk(45)),
            ("A|ATTENDEDTRANSFER|LINK|a|b|3|46|1", talk(46)),
            ("A|TRANSFER|100|default|3|x|1", RowKind::Complete { talk: None }),
            ("NONE|REFUSED|full", RowKind::Refused),
            ("NONE|QUEUESTART|", RowKind::Start),
            ("NONE|CONFIGRELOAD|", RowKind::Other),
            ("A|RINGNOANSWER|8000", RowKind::Other),
            ("A|INFO|x|CONNECT", RowKind::Other),
            ("Ann|Lee|CONNECT|1|c.2|1", RowKind::Connect),
            ("a|b|c|d|e|CONNECT", RowKind::Other),
            ("A|", RowKind::Other),
        ] {
            assert_eq!(kind_of(rest), wanted, "{rest}");
        }
    }

    #[test]
    fn what_is_no_row_is_refused() {
        for (line, wanted) in [
            ("", RowError::Fields(1)),
            ("1795486247|c|q|a", RowError::Fields(4)),
            ("x|c|q|a|CONNECT", RowError::Time),
            ("12|c|q|a|CONNECT", RowError::Time),
            ("-5|c|q|a|CONNECT", RowError::Time),
            ("9999999999999|c|q|a|CONNECT", RowError::Time),
            ("1795486247|NONE|q|a|CONNECT", RowError::Empty("call id")),
            ("1795486247|c|NONE|a|CONNECT", RowError::Empty("queue")),
        ] {
            assert_eq!(parse(line.as_bytes(), "REFUSED"), Err(wanted), "{line}");
        }
        let latin = b"1795486247|c|q\xe9|a|CONNECT";
        assert_eq!(parse(latin, "REFUSED"), Err(RowError::NotUtf8("queue")));
        let agent = b"1795486247|c|q|Jos\xe9|CONNECT|1";
        assert_eq!(parse(agent, "REFUSED").unwrap().kind, RowKind::Connect);
    }

    #[test]
    fn the_realtime_table_has_fractions() {
        let row = parse(b"1795486247.123456|c|q|a|CONNECT", "").unwrap();
        assert_eq!(row.at, Timestamp::from_millis(1_795_486_247_123));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = parse(&bytes, "REFUSED");
            let mut line = b"1795486247|c|q|a|".to_vec();
            line.extend_from_slice(&bytes);
            let _ = parse(&line, "");
        }
    }
}
