//! Every minute of the recordings against the ledger that was kept beside them.

use super::super::queue_log::{Sums, booked, truth};
use super::recording;
use callsurge::engine::observation::{SourceId, UnitId};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::ingest::ami::fields::{Fields, Kind};
use callsurge::ingest::ami::meaning::{Meaning, MeaningSettings};
use callsurge::ingest::ami::parser::{Frame, Framer};
use callsurge::ingest::{Item, Told};
use std::collections::BTreeSet;

/// Both recorded connections as one: events, and the answers to our questions.
struct Listener {
    meaning: Meaning,
    framers: [Framer; 2],
    items: Vec<Item>,
}

impl Listener {
    fn new() -> Self {
        let mut meaning = Meaning::new(MeaningSettings::new(SourceId(1)));
        meaning.link_up();
        Self { meaning, framers: [Framer::new(), Framer::new()], items: Vec::new() }
    }

    fn push(&mut self, which: usize, at: Timestamp, bytes: &[u8]) {
        self.pass(at);
        let framer = &mut self.framers[which];
        framer.push(bytes);
        while let Some(frame) = framer.next_frame() {
            let message = match frame {
                Frame::Message(message) => message,
                Frame::Banner(version) => {
                    assert_eq!(version, "11.0.0");
                    continue;
                }
                Frame::Oversized | Frame::NotAmi => panic!("{frame:?}"),
            };
            let f = Fields::of(message);
            let status = f.action_id.is_some_and(|id| id.starts_with("QueueStatus"));
            match f.kind {
                Kind::Response if status => self.meaning.list_asked(at),
                Kind::StatusComplete => self.meaning.list_done(at, f.list_items),
                Kind::Summary => self.meaning.summary(at, &f),
                _ if status => self.meaning.list_item(at, &f),
                _ => self.meaning.event(at, &f),
            }
        }
        self.items.extend(self.meaning.drain());
    }

    fn pass(&mut self, to: Timestamp) {
        while let Some(at) = self.meaning.deadline().filter(|at| *at <= to) {
            self.meaning.pass(at);
        }
        self.items.extend(self.meaning.drain());
    }
}

fn heard(run: &str, pieces: usize) -> Listener {
    let mut listener = Listener::new();
    let mut chunks: Vec<_> =
        recording::chunks(run, "events").into_iter().map(|chunk| (0, chunk)).collect();
    chunks.extend(recording::chunks(run, "poll").into_iter().map(|chunk| (1, chunk)));
    chunks.sort_by_key(|(which, chunk)| (chunk.at, *which));
    for (which, chunk) in &chunks {
        for piece in chunk.bytes.chunks(pieces) {
            listener.push(*which, chunk.at, piece);
        }
    }
    let end = chunks.last().unwrap().1.at;
    listener.pass(end + Span::minutes(2));
    listener
}

fn check(run: &str, messages: usize, checks: u64, totals: [(&str, Sums); 2]) {
    let listener = heard(run, usize::MAX);
    let events = booked(&drafts(&listener.items));
    assert_eq!(events, truth(run), "{run}");
    for (queue, wanted) in totals {
        let mut sums = [0; 3];
        for (_, row) in events.iter().filter(|((of, _), _)| of == queue) {
            sums.iter_mut().zip(row).for_each(|(sum, n)| *sum += n);
        }
        assert_eq!(sums, wanted, "{run} {queue}");
    }
    let figures = listener.meaning.figures();
    assert_eq!((figures.count_checks, figures.count_mismatches), (checks, 0), "{run}");
    assert_eq!((figures.unknown_ends, figures.malformed, figures.broken_lists), (0, 0, 0), "{run}");
    assert!(figures.messages >= messages as u64);
    assert!(listener.meaning.standing().all(|queue| queue.waiting == 0));
}

/// Events only: what the ledger speaks of.
fn drafts(items: &[Item]) -> Vec<Item> {
    use callsurge::engine::observation::Form;
    let event = |item: &&Item| matches!(&item.input, Told::Draft(draft) if matches!(draft.form, Form::Event(_)));
    items.iter().filter(event).cloned().collect()
}

#[test]
fn every_minute_of_the_recordings_is_the_ledgers() {
    check("calm", 1_872, 505, [("support", [164, 156, 7]), ("sales", [94, 91, 3])]);
    check("surge", 4_060, 1_397, [("support", [606, 350, 240]), ("sales", [100, 95, 4])]);
    check("reload", 1_467, 386, [("support", [146, 144, 2]), ("sales", [54, 53, 1])]);
}

#[test]
fn it_does_not_matter_how_the_bytes_come() {
    let whole = heard("calm", usize::MAX);
    let bytewise = heard("calm", 1);
    assert_eq!(whole.items, bytewise.items);
}

#[test]
fn silent_changes_are_found_by_lists() {
    let reload = heard("reload", usize::MAX);
    let figures = reload.meaning.figures();
    // QueueReset, and `queue reset stats` of two queues with a third that had counted nothing.
    assert_eq!((figures.counter_resets, figures.reloads, figures.restarts), (3, 1, 0));
    let queues: Vec<_> = reload.meaning.standing().map(|queue| queue.queue).collect();
    assert_eq!(queues, ["support".into(), "sales".into(), "vip".into()]);
}

#[test]
fn the_surge_stands_at_the_limit_while_calls_are_refused() {
    let surge = heard("surge", usize::MAX);
    assert!(surge.meaning.figures().saturations > 0);
    let calm = heard("calm", usize::MAX);
    assert_eq!(calm.meaning.figures().saturations, 0);
    let floors = |unit: fn(&str) -> Option<UnitId>| {
        let floors = calm.meaning.floors(Timestamp::from_secs(1_795_487_000), unit);
        floors.into_iter().map(|(unit, floor)| (unit.0, floor.logged_in)).collect::<Vec<_>>()
    };
    // Twelve and six members are sixteen people.
    assert_eq!(floors(|_| Some(UnitId(0))), [(0, 16)]);
    let apart = floors(|queue| Some(UnitId(u16::from(queue == "support"))));
    assert_eq!(apart.iter().map(|(_, people)| people).sum::<u32>(), 18);
}

#[test]
fn no_name_and_no_number_leaves_the_connector() {
    for run in ["calm", "surge", "reload"] {
        let mut personal = BTreeSet::new();
        for which in ["events", "poll"] {
            let stream = recording::bytes(run, which);
            for line in String::from_utf8(stream).unwrap().lines() {
                let Some((name, value)) = line.split_once(": ") else { continue };
                let person = [
                    "CallerIDNum",
                    "CallerIDName",
                    "ConnectedLineNum",
                    "MemberName",
                    "ConnectedLineName",
                    "Interface",
                    "StateInterface",
                    "Location",
                    "Channel",
                    "DestChannel",
                    "Name",
                    "PausedReason",
                    "Uniqueid",
                ];
                if person.contains(&name) && value.chars().count() > 1 {
                    personal.insert(value.to_owned());
                }
            }
        }
        assert!(personal.len() > 100);
        let listener = heard(run, usize::MAX);
        let standing: Vec<_> = listener.meaning.standing().collect();
        let told = format!("{:?}{standing:?}{:?}", listener.items, listener.meaning.figures());
        for word in personal {
            assert!(!told.contains(&word), "{word} of {run}");
        }
    }
}
