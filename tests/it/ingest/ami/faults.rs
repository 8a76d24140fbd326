//! What goes wrong between a PBX and its listener.

use super::super::fixture;
use super::super::queue_log::{Sums, booked, truth};
use super::link::{Heard, start, start_with};
use super::peer::{Act, Peer};
use callsurge::engine::observation::{CallKey, CallKind, Form};
use callsurge::engine::time::Span;
use callsurge::ingest::Told;
use callsurge::ingest::ami::Figures;
use callsurge::ingest::ami::status::Ending;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

fn log_of(run: &str) -> String {
    fs::read_to_string(fixture(&format!("{run}/queue_log"))).unwrap()
}

/// Every call entered once and left at most once.
fn nothing_counts_twice(heard: &Heard) {
    let (mut entered, mut left) = (BTreeSet::<CallKey>::new(), BTreeSet::<CallKey>::new());
    for item in &heard.events {
        let Told::Draft(draft) = &item.input else { continue };
        let Form::Event(event) = draft.form else { continue };
        match event.kind {
            CallKind::Offered => assert!(entered.insert(event.call), "{event:?}"),
            CallKind::Answered | CallKind::Abandoned | CallKind::Exited(_) => {
                assert!(left.insert(event.call), "{event:?}");
            }
            CallKind::Refused | CallKind::Completed { .. } => {}
        }
    }
}

/// What is different from the ledger, by minute of arrival.
fn differences(run: &str, heard: &Heard) -> BTreeMap<(String, i64), (Sums, Sums)> {
    let (told, true_sums) = (booked(&heard.events), truth(run));
    let minutes: BTreeSet<_> = told.keys().chain(true_sums.keys()).cloned().collect();
    let of = |sums: &BTreeMap<(String, i64), Sums>, key: &(String, i64)| {
        sums.get(key).copied().unwrap_or_default()
    };
    let pairs = minutes.into_iter().map(|key| {
        let pair = (of(&told, &key), of(&true_sums, &key));
        (key, pair)
    });
    pairs.filter(|(_, (told, truth))| told != truth).collect()
}

async fn with_log(acts: Vec<(i64, Act)>) -> (Figures, Vec<&'static str>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue_log");
    fs::write(&path, "").unwrap();
    let mut peer = Peer::of("surge").await;
    peer.writes(path.clone(), &log_of("surge"));
    for (secs, act) in acts {
        peer.also(secs, act);
    }
    let run = start(&peer, false, Some(path));
    peer.play(Span::secs(60)).await;
    let heard = run.heard.lock().unwrap();
    nothing_counts_twice_but_in_the_overlap(&heard);
    assert_eq!(differences("surge", &unique(&heard)), BTreeMap::new());
    (run.status.view().figures, heard.signs.clone())
}

/// The engine takes each kind of a call once; so does this.
fn unique(heard: &Heard) -> Heard {
    let mut seen = BTreeSet::new();
    let mut events = heard.events.clone();
    events.retain(|item| {
        let Told::Draft(draft) = &item.input else { return false };
        let Form::Event(event) = draft.form else { return false };
        seen.insert((event.call, kind(event.kind)))
    });
    Heard { events, ..Heard::default() }
}

fn kind(kind: CallKind) -> u8 {
    match kind {
        CallKind::Offered => 0,
        CallKind::Refused => 1,
        CallKind::Answered | CallKind::Abandoned | CallKind::Exited(_) => 2,
        CallKind::Completed { .. } => 3,
    }
}

/// Rows of the second in which the link went are told again; they name the same calls.
fn nothing_counts_twice_but_in_the_overlap(heard: &Heard) {
    let twice = heard.events.len() - unique(heard).events.len();
    assert!(twice < 60, "{twice} events came twice");
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_filled_from_the_queue_log() {
    let (figures, signs) = with_log(vec![(300, Act::Cut), (400, Act::Open)]).await;
    assert_eq!(signs, ["link up", "link down", "link up"]);
    assert!(figures.backfilled > 100, "{figures:?}");
    assert_eq!((figures.gaps_filled, figures.gaps_unknown), (1, 0), "{figures:?}");
    assert_eq!(figures.unknown_ends, 0, "{figures:?}");
}

#[tokio::test(start_paused = true)]
async fn a_link_that_stands_and_says_nothing_is_given_up_and_filled() {
    let (figures, signs) = with_log(vec![(500, Act::Stall)]).await;
    assert_eq!(signs, ["link up", "link down", "link up"]);
    assert!(figures.backfilled > 20, "{figures:?}");
}

#[tokio::test(start_paused = true)]
async fn without_a_log_a_gap_stays_in_its_minutes() {
    let mut peer = Peer::of("surge").await;
    peer.also(300, Act::Cut);
    peer.also(400, Act::Open);
    let (from, to) = (peer.first() + Span::secs(300), peer.first() + Span::secs(432));
    let run = start(&peer, false, None);
    peer.play(Span::secs(60)).await;
    let heard = run.heard.lock().unwrap();
    nothing_counts_twice(&heard);
    let figures = run.status.view().figures;
    assert!(figures.adopted > 0 && figures.unknown_ends > 0, "{figures:?}");
    assert_eq!((figures.gaps_filled, figures.gaps_unknown), (0, 1), "{figures:?}");
    let endings = run.status.view().endings;
    let all: u64 = endings.iter().sum();
    assert!(all > 0 && endings[Ending::Cut as usize] == all, "attempts are cut too: {endings:?}");
    assert_eq!(figures.link_losses, 1);
    // A list of the peer may be some milliseconds older than an event in front of it; the next
    // Count finds that out, and the next list mends it.
    assert!(figures.count_mismatches <= 1, "{figures:?}");
    let minute =
        |at: callsurge::engine::time::Timestamp| at.floor(Span::minutes(1)).as_millis() / 1_000;
    let different = differences("surge", &heard);
    assert!(!different.is_empty());
    for ((queue, at), (told, truth)) in different {
        // Calls that waited when the link went arrived at most some minutes before.
        assert!((minute(from) - 120..=minute(to)).contains(&at), "{queue} {at} {told:?} {truth:?}");
        let offered_before = at + 60 <= minute(from);
        assert!(!offered_before || told[0] == truth[0], "{queue} {at} {told:?} {truth:?}");
        assert!(told[0] <= truth[0], "nothing is invented");
    }
}

#[tokio::test(start_paused = true)]
async fn garbage_costs_nothing_but_itself() {
    let mut peer = Peer::of("calm").await;
    let long = format!("Event: X\r\nVariable: {}\r\n\r\n", "x".repeat(100_000));
    peer.also(60, Act::Send(long.into_bytes()));
    peer.also(90, Act::Send(b"\r\n\r\n\xff\xfe\0\0: :\r\n:\r\n\r\n".to_vec()));
    let odd = "Event: QueueCallerJoin\r\nQueue: sup\u{202e}port\r\nUniqueid: z\r\nCount: 1\r\n\r\n";
    peer.also(100, Act::Send(odd.as_bytes().to_vec()));
    peer.also(110, Act::Send(b"Event: QueueCallerJoin\r\nQueue: support\r\n\r\n".to_vec()));
    let run = start(&peer, true, None);
    peer.play(Span::secs(60)).await;
    let heard = run.heard.lock().unwrap();
    assert_eq!(differences("calm", &heard), BTreeMap::new());
    let figures = run.status.view().figures;
    assert_eq!((figures.oversized, figures.malformed), (1, 2), "{figures:?}");
    assert_eq!(heard.signs, ["link up"]);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_is_measured_and_corrected() {
    let mut peer = Peer::of("surge").await;
    let behind = Span::minutes(120);
    let run = start_with(&peer, peer.clock_behind(behind), false, None);
    peer.play(Span::secs(60)).await;
    let heard = run.heard.lock().unwrap();
    let shifted: BTreeMap<_, _> = booked(&heard.events)
        .into_iter()
        .map(|((queue, minute), sums)| ((queue, minute + behind.as_millis() / 1_000), sums))
        .collect();
    assert_eq!(shifted, truth("surge"));
    assert_eq!(run.status.view().clock_offset, Some(behind));
}

#[tokio::test(start_paused = true)]
async fn a_restart_is_told_once() {
    let mut peer = Peer::of("calm").await;
    let shutdown =
        b"Event: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\nRestart: True\r\n\r\n";
    peer.also(200, Act::Send(shutdown.to_vec()));
    peer.also(201, Act::Cut);
    peer.also(203, Act::Open);
    let booted =
        b"Event: FullyBooted\r\nUptime: 1\r\nLastReload: 1\r\nStatus: Fully Booted\r\n\r\n";
    peer.also(210, Act::Send(booted.to_vec()));
    let run = start(&peer, true, None);
    peer.play(Span::secs(60)).await;
    let heard = run.heard.lock().unwrap();
    assert_eq!(heard.signs, ["link up", "restarted", "link down", "gap", "link up"]);
    assert_eq!(run.status.view().figures.restarts, 1);
}
