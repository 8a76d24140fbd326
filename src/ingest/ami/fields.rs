//! What a message says, without whom it says it of.
//!
//! One pass over the headers fills the fields that mean something here. Caller ids, connected
//! lines and names of members have no field, so they cannot leave this file; the address of an
//! agent's phone is kept as a hash.

use super::parser::Message;
use crate::engine::observation::CallKey;
use crate::engine::time::{Span, Timestamp};

/// What a message is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// An answer to an action.
    Response,
    /// A call entered a queue.
    Join,
    /// A call left a queue, for whatever reason.
    Leave,
    /// A call left unanswered: hung up, timed out, sent away.
    Abandon,
    /// An agent's phone rings.
    Called,
    /// It no longer rings, or the agent hung up during the announcement.
    NotAnswered,
    /// An agent answered.
    Connect,
    /// A conversation ended.
    Complete,
    /// How a member of a queue stands; an event, or an item of a list.
    Member,
    /// A member was taken out of a queue.
    MemberRemoved,
    /// The PBX is up: sent at login, and when it finished booting.
    Booted,
    /// The PBX goes down in order.
    Shutdown,
    /// A module was reloaded.
    Reload,
    /// A queue, as an item of a list.
    Params,
    /// A call that waits, as an item of a list.
    Entry,
    /// Sums of a queue, as an item of a list.
    Summary,
    /// The end of a list of queues, members and calls.
    StatusComplete,
    /// The end of a list of sums.
    SummaryComplete,
    /// What a dialplan says.
    User,
    /// Anything else.
    #[default]
    Other,
}

const KINDS: [(&str, Kind); 22] = [
    ("QueueMemberStatus", Kind::Member),
    ("QueueCallerJoin", Kind::Join),
    ("QueueCallerLeave", Kind::Leave),
    ("AgentCalled", Kind::Called),
    ("AgentConnect", Kind::Connect),
    ("AgentComplete", Kind::Complete),
    ("QueueCallerAbandon", Kind::Abandon),
    ("QueueMember", Kind::Member),
    ("QueueEntry", Kind::Entry),
    ("QueueParams", Kind::Params),
    ("QueueSummary", Kind::Summary),
    ("QueueStatusComplete", Kind::StatusComplete),
    ("QueueSummaryComplete", Kind::SummaryComplete),
    ("AgentRingNoAnswer", Kind::NotAnswered),
    ("AgentDump", Kind::NotAnswered),
    ("QueueMemberAdded", Kind::Member),
    ("QueueMemberPause", Kind::Member),
    ("QueueMemberRemoved", Kind::MemberRemoved),
    ("FullyBooted", Kind::Booted),
    ("Shutdown", Kind::Shutdown),
    ("Reload", Kind::Reload),
    ("UserEvent", Kind::User),
];

/// A member of a queue by the address of its phone: a hash, since the address names a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentKey(pub u64);

/// The fields of a message that mean something here.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fields<'a> {
    /// What it is about.
    pub kind: Kind,
    /// `Success`, `Error`, `Goodbye`.
    pub response: Option<&'a str>,
    /// Words of an answer.
    pub message: Option<&'a str>,
    /// What the asker called its question.
    pub action_id: Option<&'a str>,
    /// To be hashed with the secret.
    pub challenge: Option<&'a str>,
    /// Name of the queue.
    pub queue: Option<&'a str>,
    /// `Uniqueid` of the caller's channel.
    pub call_id: Option<&'a str>,
    /// Whose phone.
    pub agent: Option<AgentKey>,
    /// Name of a dialplan's own event.
    pub user_event: Option<&'a str>,
    /// When it happened, by the clock of the PBX; only where it is told to write it.
    pub timestamp: Option<Timestamp>,
    /// Calls in the queue after the event.
    pub count: Option<u32>,
    /// Most calls that a queue admits; 0 is no limit.
    pub max: Option<u32>,
    /// Calls in the queue, of a list or of sums.
    pub calls: Option<u32>,
    /// Members whose device can be reached, of sums.
    pub logged_in: Option<u32>,
    /// Completed calls since the counters were reset.
    pub completed: Option<u32>,
    /// Abandoned calls since the counters were reset.
    pub abandoned: Option<u32>,
    /// Items of a list.
    pub list_items: Option<u32>,
    /// State of a member's device, 0 to 8.
    pub status: Option<u32>,
    /// Whether a member is paused.
    pub paused: Option<bool>,
    /// Whether a member talks to a call of this queue.
    pub in_call: Option<bool>,
    /// End of the last call of a member.
    pub last_call: Option<Timestamp>,
    /// After-call work that a member has.
    pub wrapup: Option<Span>,
    /// How long a waiting call has waited.
    pub wait: Option<Span>,
    /// How long a call had waited when it was answered or left.
    pub hold: Option<Span>,
    /// How long a conversation took.
    pub talk: Option<Span>,
    /// How long the PBX has been up.
    pub uptime: Option<Span>,
    /// A text that is needed is not UTF-8.
    pub not_utf8: bool,
}

impl<'a> Fields<'a> {
    /// Reads a message. A repeated header counts once, the first.
    pub fn of(message: Message<'a>) -> Self {
        let mut fields = Self::default();
        for (name, value) in message.headers() {
            fields.take(name, value);
        }
        fields
    }

    fn take(&mut self, name: &'a [u8], value: &'a [u8]) {
        // The length and the first letter tell nearly all headers apart before letters are
        // compared; most of a message is personal data that is passed over here.
        let is = |word: &str| name.eq_ignore_ascii_case(word.as_bytes());
        match (name.len(), name.first().map(u8::to_ascii_lowercase)) {
            (5, Some(b'e')) if is("Event") => self.kind = kind(value),
            (5, Some(b'q')) if is("Queue") => self.text(value, |f| &mut f.queue),
            (5, Some(b'c')) if is("Count") => first(&mut self.count, whole(value)),
            (5, Some(b'c')) if is("Calls") => first(&mut self.calls, whole(value)),
            (3, Some(b'm')) if is("Max") => first(&mut self.max, whole(value)),
            (4, Some(b'w')) if is("Wait") => first(&mut self.wait, secs(value)),
            (6, Some(b'i')) if is("InCall") => first(&mut self.in_call, truth(value)),
            (6, Some(b's')) if is("Status") => first(&mut self.status, whole(value)),
            (6, Some(b'p')) if is("Paused") => first(&mut self.paused, truth(value)),
            (6, Some(b'u')) if is("Uptime") => first(&mut self.uptime, secs(value)),
            (7, Some(b'c')) if is("Callers") => first(&mut self.calls, whole(value)),
            (7, Some(b'm')) if is("Message") => self.text(value, |f| &mut f.message),
            (8, Some(b'u')) if is("Uniqueid") => self.text(value, |f| &mut f.call_id),
            (8, Some(b'r')) if is("Response") => {
                self.kind = Kind::Response;
                self.text(value, |f| &mut f.response);
            }
            (8, Some(b'a')) if is("ActionID") => self.text(value, |f| &mut f.action_id),
            (8, Some(b'l')) if is("LoggedIn") => first(&mut self.logged_in, whole(value)),
            (8, Some(b'l')) if is("Location") => first(&mut self.agent, agent(value)),
            (8, Some(b'l')) if is("LastCall") => first(&mut self.last_call, instant(value)),
            (8, Some(b'h')) if is("HoldTime") => first(&mut self.hold, secs(value)),
            (8, Some(b't')) if is("TalkTime") => first(&mut self.talk, secs(value)),
            (9, Some(b'i')) if is("Interface") => first(&mut self.agent, agent(value)),
            (9, Some(b't')) if is("Timestamp") => first(&mut self.timestamp, instant(value)),
            (9, Some(b'c')) if is("Completed") => first(&mut self.completed, whole(value)),
            (9, Some(b'c')) if is("Challenge") => self.text(value, |f| &mut f.challenge),
            (9, Some(b'a')) if is("Abandoned") => first(&mut self.abandoned, whole(value)),
            (9, Some(b'u')) if is("UserEvent") => self.text(value, |f| &mut f.user_event),
            (9, Some(b'l')) if is("ListItems") => first(&mut self.list_items, whole(value)),
            (10, Some(b'w')) if is("Wrapuptime") => first(&mut self.wrapup, secs(value)),
            _ => {}
        }
    }

    fn text(&mut self, value: &'a [u8], field: fn(&mut Self) -> &mut Option<&'a str>) {
        match std::str::from_utf8(value) {
            Ok(text) => first(field(self), Some(text).filter(|t| !t.is_empty())),
            Err(_) => self.not_utf8 = true,
        }
    }
}

fn first<T>(field: &mut Option<T>, value: Option<T>) {
    if field.is_none() {
        *field = value;
    }
}

fn kind(event: &[u8]) -> Kind {
    let known = KINDS.iter().find(|(word, _)| event.eq_ignore_ascii_case(word.as_bytes()));
    known.map_or(Kind::Other, |(_, kind)| *kind)
}

fn agent(address: &[u8]) -> Option<AgentKey> {
    let text = std::str::from_utf8(address).ok().filter(|text| !text.is_empty())?;
    // `/n` asks a Local channel not to optimise itself away; it names nobody.
    Some(AgentKey(CallKey::new(text.strip_suffix("/n").unwrap_or(text), 0).0))
}

fn whole(digits: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok()?;
    text.trim_ascii().parse().ok()
}

fn truth(value: &[u8]) -> Option<bool> {
    match value {
        b"0" => Some(false),
        b"1" => Some(true),
        _ => None,
    }
}

fn secs(digits: &[u8]) -> Option<Span> {
    whole(digits).map(|secs| Span::secs(i64::from(secs)))
}

/// `seconds.microseconds`; zero is "never".
fn instant(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.trim_ascii();
    let (secs, fraction) = text.split_once('.').unwrap_or((text, ""));
    let secs = secs.parse::<u32>().ok().filter(|secs| *secs > 0)?;
    let mut millis = 0;
    for (digit, scale) in fraction.bytes().zip([100, 10, 1]) {
        millis += scale * i64::from(char::from(digit).to_digit(10)?);
    }
    Some(Timestamp::from_millis(i64::from(secs) * 1_000 + millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_becomes_fields_without_persons() {
        let text = "Event: QueueCallerJoin\r\nTimestamp: 1795486247.246880\r\n\
                    CallerIDNum: 13821360757\r\nCallerIDName: Caller 1\r\nUniqueid: c.0\r\n\
                    QUEUE: 售后\r\nPosition: 2\r\nCount: 2\r\n";
        let fields = Fields::of(Message::new(text.as_bytes()));
        let wanted = Fields {
            kind: Kind::Join,
            timestamp: Some(Timestamp::from_millis(1_795_486_247_246)),
            call_id: Some("c.0"),
            queue: Some("售后"),
            count: Some(2),
            ..Fields::default()
        };
        assert_eq!(fields, wanted);
    }

    #[test]
    fn members_are_known_by_the_hash_of_their_phone() {
        let event =
            Fields::of(Message::new(b"Event: QueueMemberStatus\r\nInterface: Local/a1@x/n\r\n"));
        let item = Fields::of(Message::new(b"Event: QueueMember\r\nLocation: Local/a1@x\r\n"));
        assert_eq!((event.kind, event.agent), (item.kind, item.agent));
        assert!(event.agent.is_some());
    }

    #[test]
    fn what_cannot_be_read_is_absent() {
        let fields = Fields::of(Message::new(
            b"Event: QueueMember\r\nStatus: busy\r\nPaused: yes\r\nLastCall: 0\r\nQueue: \xff\r\n\
              Max: -1\r\nCount: 99999999999\r\nTimestamp: 12.x\r\nUniqueid: \r\n",
        ));
        assert!(fields.not_utf8);
        let empty = Fields { kind: Kind::Member, not_utf8: true, ..Fields::default() };
        assert_eq!(fields, empty);
        let booted =
            Fields::of(Message::new(b"Event: FullyBooted\r\nStatus: Fully Booted\r\nUptime: 4"));
        assert_eq!((booted.status, booted.uptime), (None, Some(Span::secs(4))));
    }
}
