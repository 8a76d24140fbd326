//! Sequences that the recordings do not hold.

use super::*;
use crate::ingest::ami::parser::Message;
use crate::ingest::queue_log::{Mapper, QueueLogOptions};

const T0: Timestamp = Timestamp::from_secs(1_795_486_000);

/// A PBX in words; instants are seconds after [`T0`].
struct Pbx {
    meaning: Meaning,
    log: Mapper,
    told: Vec<String>,
}

impl Pbx {
    fn new(change: impl FnOnce(&mut MeaningSettings)) -> Self {
        let mut settings = MeaningSettings::new(SourceId(3));
        change(&mut settings);
        let log = Mapper::new(QueueLogOptions::new(SourceId(3)));
        let mut pbx = Self { meaning: Meaning::new(settings), log, told: Vec::new() };
        pbx.meaning.link_up();
        pbx
    }

    fn at(secs: f64) -> Timestamp {
        T0 + Span::millis((secs * 1_000.0).round() as i64)
    }

    /// `Event key=value …`; without a queue it is of `q`.
    fn event(&mut self, secs: f64, words: &str) {
        self.pass(secs);
        let text = message(words);
        self.meaning.event(Self::at(secs), &Fields::of(Message::new(text.as_bytes())));
        self.collect();
    }

    fn row(&mut self, secs: f64, rest: &str, gap: bool) {
        let line = format!("{}|{rest}", Self::at(secs).as_millis() / 1_000);
        let (item, row, leg) = self.log.traced(line.as_bytes()).unwrap().unwrap();
        let (call_id, queue) = (row.call_id.into(), row.queue.into());
        self.meaning.row(&LogRow { item, call_id, queue, leg }, gap);
        self.collect();
    }

    fn list(&mut self, secs: f64, items: &[&str]) {
        self.pass(secs);
        let now = Self::at(secs);
        self.meaning.list_asked(now);
        for words in items {
            let text = message(words);
            self.meaning.list_item(now, &Fields::of(Message::new(text.as_bytes())));
        }
        self.meaning.list_done(now, u32::try_from(items.len()).ok());
        self.pass(secs + 1.0);
    }

    fn pass(&mut self, secs: f64) {
        while let Some(at) = self.meaning.deadline().filter(|at| *at <= Self::at(secs)) {
            self.meaning.pass(at);
        }
        self.collect();
    }

    fn collect(&mut self) {
        for item in self.meaning.drain() {
            let secs = (item.at - T0).as_millis() as f64 / 1_000.0;
            match item.input {
                Told::Draft(Draft { form: Form::Event(event), .. }) => {
                    let call = ["a", "b", "c", "d"].into_iter().find_map(|id| {
                        let leg = (1..4).find(|leg| CallKey::new(id, *leg) == event.call)?;
                        Some(format!("{id}{leg}"))
                    });
                    let call = call.unwrap_or_else(|| "?".to_owned());
                    self.told.push(format!("{secs} {call} {:?}", event.kind));
                }
                Told::Draft(_) | Told::Heartbeat(_) => {}
                Told::SourceRestarted(_) => self.told.push(format!("{secs} restart")),
            }
        }
    }

    #[track_caller]
    fn told(&mut self, wanted: &[&str]) {
        assert_eq!(std::mem::take(&mut self.told), wanted);
    }
}

fn message(words: &str) -> String {
    let mut words = words.split(' ');
    let mut text = format!("Event: {}\r\n", words.next().unwrap_or_default());
    let mut queue = "Queue: q\r\n";
    for word in words {
        let (key, value) = word.split_once('=').unwrap();
        let key = if key == "id" { "Uniqueid" } else { key };
        if key == "Queue" {
            queue = "";
        }
        text.push_str(&format!("{key}: {value}\r\n"));
    }
    text + queue
}

#[test]
fn a_leave_alone_is_a_key_and_a_leave_under_ringing_waits_for_the_answer() {
    let mut pbx = Pbx::new(|_| {});
    pbx.event(0.0, "QueueCallerJoin id=a Count=1");
    pbx.event(1.0, "QueueCallerLeave id=a Count=0");
    pbx.pass(60.0);
    pbx.told(&["0 a1 Offered", "1 a1 Exited(Key)"]);
    pbx.event(70.0, "QueueCallerJoin id=b Count=1");
    pbx.event(71.0, "AgentCalled id=b Interface=x");
    pbx.event(72.0, "QueueCallerLeave id=b Count=0");
    pbx.event(92.0, "AgentConnect id=b Interface=x");
    pbx.event(99.0, "AgentComplete Interface=x TalkTime=7");
    pbx.pass(200.0);
    let talk = Some(Span::secs(7));
    let completed = format!("99 b1 {:?}", CallKind::Completed { talk });
    pbx.told(&["70 b1 Offered", "92 b1 Answered", &completed]);
}

#[test]
fn each_entry_is_a_leg_as_in_the_log() {
    let mut pbx = Pbx::new(|s| s.queue_timeout = Some(Span::secs(60)));
    pbx.event(0.0, "QueueCallerJoin id=a Count=1");
    pbx.event(60.0, "QueueCallerAbandon id=a HoldTime=60");
    pbx.event(60.0, "QueueCallerLeave id=a Count=0");
    pbx.event(61.0, "QueueCallerJoin id=a Queue=r Count=1");
    pbx.event(65.0, "QueueCallerAbandon id=a Queue=r HoldTime=4");
    pbx.event(65.0, "QueueCallerLeave id=a Queue=r Count=0");
    pbx.pass(70.0);
    let wanted = ["0 a1 Offered", "60 a1 Exited(Timeout)", "61 a2 Offered", "65 a2 Abandoned"];
    pbx.told(&wanted);
}

#[test]
fn the_log_tells_why_a_call_left() {
    let mut pbx = Pbx::new(|s| s.reasons_in_log = true);
    for (id, at) in [("a", 0.0), ("b", 0.1), ("c", 0.2), ("d", 0.3)] {
        pbx.event(at, &format!("QueueCallerJoin id={id}"));
        pbx.row(at, &format!("{id}|q|NONE|ENTERQUEUE||1|1"), false);
    }
    // Somebody goes on waiting: the PBX does not go down.
    pbx.event(0.4, "QueueCallerJoin id=e");
    for id in ["a", "b", "c"] {
        pbx.event(5.0, &format!("QueueCallerAbandon id={id}"));
        pbx.event(5.0, &format!("QueueCallerLeave id={id}"));
    }
    pbx.event(5.0, "QueueCallerLeave id=d");
    assert!(pbx.meaning.wants_rows());
    pbx.row(5.0, "a|q|NONE|EXITEMPTY|1|1|5", false);
    pbx.row(5.0, "b|q|NONE|ABANDON|1|1|5", false);
    pbx.row(5.0, "d|q|NONE|EXITWITHKEY|1|1|5", false);
    pbx.pass(5.5);
    assert_eq!(pbx.told.split_off(5), ["5 d1 Exited(Key)", "5 a1 Exited(Empty)", "5 b1 Abandoned"]);
    pbx.pass(6.0);
    assert_eq!(pbx.told.pop().as_deref(), Some("5 c1 Abandoned"), "its row never came");
}

#[test]
fn the_ends_of_a_shutdown_are_nobodys_decision() {
    let mut pbx = Pbx::new(|_| {});
    pbx.event(0.0, "FullyBooted Uptime=100");
    for id in ["a", "b", "c"] {
        pbx.event(1.0, &format!("QueueCallerJoin id={id}"));
    }
    for (id, agent) in [("a", "x"), ("b", "y")] {
        pbx.event(2.0, &format!("QueueCallerLeave id={id}"));
        pbx.event(2.0, &format!("AgentConnect id={id} Interface={agent}"));
    }
    pbx.told.clear();
    pbx.event(10.0, "AgentComplete id=a Interface=x TalkTime=8");
    pbx.event(10.001, "AgentComplete id=b Interface=y TalkTime=8");
    pbx.event(10.002, "QueueCallerAbandon id=c");
    pbx.event(10.002, "QueueCallerLeave id=c");
    pbx.event(11.1, "Shutdown Shutdown=Cleanly Restart=True");
    pbx.meaning.link_down();
    pbx.meaning.link_up();
    pbx.event(13.0, "FullyBooted Uptime=1");
    pbx.pass(60.0);
    pbx.told(&["11.1 restart"]);
    assert_eq!(pbx.meaning.figures().ends_by_restart, 3);
    // The same uptime again is no restart, a crash is.
    pbx.event(70.0, "FullyBooted Uptime=58");
    pbx.event(200.0, "FullyBooted Uptime=3");
    pbx.told(&["197 restart"]);
}

#[test]
fn a_lost_event_is_seen_by_the_count_and_mended_by_a_list() {
    let mut pbx = Pbx::new(|_| {});
    assert!(pbx.meaning.wants_sync());
    pbx.list(0.0, &["QueueParams Max=0"]);
    pbx.event(2.0, "QueueCallerJoin id=a Count=1");
    assert!(!pbx.meaning.wants_sync());
    pbx.event(10.0, "QueueCallerJoin id=c Count=3");
    assert_eq!(pbx.meaning.figures().count_mismatches, 1);
    assert!(pbx.meaning.wants_sync());
    let entries = ["QueueParams Max=0", "QueueEntry id=b Wait=5", "QueueEntry id=c Wait=1"];
    pbx.list(11.0, &entries);
    let wanted = ["2 a1 Offered", "10 c1 Offered", "12 a1 Exited(Unknown)", "6 b1 Offered"];
    pbx.told(&wanted);
    let figures = pbx.meaning.figures();
    assert_eq!((figures.adopted, figures.unknown_ends, figures.syncs), (1, 1, 2));
}

#[test]
fn an_event_that_comes_after_the_list_is_no_difference() {
    let mut pbx = Pbx::new(|_| {});
    pbx.list(0.0, &["QueueParams Max=0"]);
    pbx.event(2.0, "QueueCallerJoin id=a Count=1");
    let now = Pbx::at(5.0);
    pbx.meaning.list_asked(now);
    for words in ["QueueParams Max=0", "QueueEntry id=b Wait=0"] {
        pbx.meaning.list_item(now, &Fields::of(Message::new(message(words).as_bytes())));
    }
    pbx.meaning.list_done(now, Some(2));
    pbx.event(5.1, "QueueCallerAbandon id=a");
    pbx.event(5.1, "QueueCallerLeave id=a Count=0");
    pbx.event(5.1, "QueueCallerJoin id=b Count=1");
    pbx.pass(20.0);
    pbx.told(&["2 a1 Offered", "5.1 b1 Offered", "5.1 a1 Abandoned"]);
    assert_eq!(pbx.meaning.figures().count_mismatches, 0);
}

#[test]
fn a_gap_is_filled_from_the_log_and_nothing_counts_twice() {
    let mut pbx = Pbx::new(|_| {});
    pbx.list(0.0, &["QueueParams Max=0"]);
    pbx.event(2.0, "QueueCallerJoin id=a Count=1");
    pbx.event(3.0, "QueueCallerJoin id=b Count=2");
    pbx.row(2.0, "a|q|NONE|ENTERQUEUE||1|1", false);
    pbx.row(3.0, "b|q|NONE|ENTERQUEUE||1|2", false);
    pbx.meaning.link_down();
    pbx.row(4.0, "a|q|X|CONNECT|2|d|1", true);
    pbx.row(5.0, "c|q|NONE|ENTERQUEUE||1|2", true);
    pbx.meaning.link_up();
    pbx.list(9.0, &["QueueParams Max=0", "QueueEntry id=b Wait=6", "QueueEntry id=c Wait=4"]);
    pbx.event(11.0, "QueueCallerAbandon id=c");
    pbx.event(11.0, "QueueCallerLeave id=c Count=1");
    pbx.pass(20.0);
    let wanted =
        ["2 a1 Offered", "3 b1 Offered", "4 a1 Answered", "5 c1 Offered", "11 c1 Abandoned"];
    pbx.told(&wanted);
    let figures = pbx.meaning.figures();
    assert_eq!((figures.adopted, figures.unknown_ends, figures.count_mismatches), (0, 0, 0));
}

#[test]
fn a_full_queue_is_saturated_and_refused_calls_are_told_once() {
    let mut pbx = Pbx::new(|_| {});
    pbx.list(0.0, &["QueueParams Max=2"]);
    let saturated = |pbx: &Pbx| pbx.meaning.standing().next().map(|s| s.saturated);
    pbx.event(2.0, "QueueCallerJoin id=a Count=1");
    assert_eq!(saturated(&pbx), Some(false));
    pbx.event(2.0, "QueueCallerJoin id=b Count=2");
    assert_eq!(saturated(&pbx), Some(true));
    pbx.told.clear();
    pbx.event(3.0, "UserEvent UserEvent=CallsurgeRefused id=c");
    pbx.event(3.0, "UserEvent UserEvent=Other id=d");
    pbx.row(3.0, "c|q|NONE|REFUSED|FULL", false);
    pbx.told(&["3 c1 Refused"]);
    pbx.event(4.0, "QueueCallerAbandon id=b");
    pbx.event(4.0, "QueueCallerLeave id=b Count=1");
    assert_eq!(saturated(&pbx), Some(false));
    assert_eq!((pbx.meaning.figures().saturations, pbx.meaning.figures().refused), (1, 1));
}

#[test]
fn queues_are_filtered_and_counters_are_only_looked_at() {
    let mut pbx = Pbx::new(|s| s.queues.deny = vec!["test*".to_owned()]);
    pbx.event(0.0, "QueueCallerJoin id=a Queue=test-1 Count=1");
    pbx.list(1.0, &["QueueParams Completed=9 Abandoned=1", "QueueParams Queue=test-1"]);
    pbx.list(9.0, &["QueueParams Completed=0 Abandoned=0"]);
    pbx.told(&[]);
    assert_eq!(pbx.meaning.figures().counter_resets, 1);
    assert_eq!(pbx.meaning.standing().count(), 1);
}

#[test]
fn the_end_of_a_call_from_before_the_link_says_when_it_came() {
    let mut pbx = Pbx::new(|_| {});
    pbx.event(30.0, "QueueCallerAbandon id=a HoldTime=20");
    pbx.event(30.0, "QueueCallerLeave id=a Count=0");
    pbx.event(31.0, "QueueCallerLeave id=b Count=0");
    pbx.event(31.0, "AgentConnect id=b Interface=x HoldTime=4");
    pbx.pass(60.0);
    pbx.told(&["10 a1 Offered", "30 a1 Abandoned", "27 b1 Offered", "31 b1 Answered"]);
}
