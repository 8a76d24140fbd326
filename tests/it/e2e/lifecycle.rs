//! Signals: an orderly end, and a configuration that is read again.

use super::{PATIENCE, Running, TOKEN_CONFIG, exchange, program, row, signal, until, write};
use callsurge::driver::recovery::recover;
use callsurge::engine::Engine;
use callsurge::journal::BUILD;
use callsurge::journal::sqlite::SqliteJournal;
use std::fs::File;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

#[test]
fn a_signal_ends_it_in_order_with_a_snapshot() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = folder.path().join("j");
    let served = Running::serve(&journal, None);
    assert_eq!(served.post(row("sales", 1, 9)).status, 200);
    assert_eq!(served.terminate().code(), Some(0));
    let mut file = SqliteJournal::open_read_only(&journal).expect("a journal");
    let recovery = recover::<Engine>(&mut file, BUILD).expect("recovered");
    assert_eq!(recovery.snapshot, recovery.fold.view().seq, "the snapshot is the newest entry");
    assert_eq!(&*recovery.fold.view().queues[0].name, "sales");
}

#[test]
fn a_signal_right_after_the_address_is_heard() {
    let folder = tempfile::tempdir().expect("folder");
    for (round, signal) in ["TERM", "INT", "TERM", "INT", "TERM", "INT"].into_iter().enumerate() {
        let mut command = program();
        let journal = folder.path().join(round.to_string());
        command.args(["serve", "--listen", "127.0.0.1:0", "--journal"]).arg(journal);
        let mut served = Running::start(&mut command, false);
        served.signal("HUP");
        served.signal(signal);
        assert_eq!(served.wait().code(), Some(0), "{signal}");
    }
}

/// The lock of the journal is a pipe here: the program stands before its journal until the test
/// opens the other end.
#[test]
fn a_signal_before_the_journal_is_open_is_heard() {
    let folder = tempfile::tempdir().expect("folder");
    for name in ["TERM", "INT"] {
        let journal = folder.path().join(name);
        let gate = folder.path().join(format!("{name}.lock"));
        assert!(Command::new("mkfifo").arg(&gate).status().expect("mkfifo").success());
        let mut command = program();
        command.args(["serve", "--listen", "127.0.0.1:0", "--journal"]).arg(&journal);
        let mut child = command.stderr(Stdio::null()).spawn().expect("it starts");
        let (tell, opened) = channel();
        std::thread::spawn(move || tell.send(File::open(gate)));
        let gate = opened.recv_timeout(PATIENCE).expect("the program opens the lock");
        signal(&child, "HUP");
        signal(&child, name);
        let ended = until("the process ends", || child.try_wait().expect("a child"));
        assert_eq!(ended.code(), Some(0), "{name}: {ended}");
        drop(gate);
    }
}

#[test]
fn a_reload_over_http_is_counted_once_and_one_that_is_off_not_at_all() {
    let folder = tempfile::tempdir().expect("folder");
    let off = write(folder.path(), "off.toml", TOKEN_CONFIG);
    let on =
        write(folder.path(), "on.toml", &format!("{TOKEN_CONFIG}[api]\nenable_lifecycle = true\n"));
    let reload = |served: &Running| {
        exchange(served.at, "POST /-/reload HTTP/1.1\r\n", b"").expect("an answer").status
    };
    let ok = "callsurge_config_last_reload_successful 1";
    let served = Running::serve(&folder.path().join("j"), Some(&off));
    assert_eq!(reload(&served), 422);
    assert!(served.get("/metrics").body.contains(ok), "what is off was not tried");
    assert!(served.terminate().success());
    let served = Running::serve(&folder.path().join("j"), Some(&on));
    assert_eq!(reload(&served), 200);
    write(folder.path(), "on.toml", "colour = 7\n");
    assert_eq!(reload(&served), 422);
    until("both are told", || served.heard("configuration in force stays").then_some(()));
    for words in ["configuration was reloaded", "configuration in force stays"] {
        let lines = served.lines.lock().unwrap();
        assert_eq!(lines.iter().filter(|line| line.contains(words)).count(), 1, "{lines:?}");
    }
    assert!(!served.get("/metrics").body.contains(ok));
}

#[test]
fn a_new_configuration_is_taken_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().expect("folder");
    let unit = |name: &str| format!("[[unit]]\nname = \"{name}\"\nqueues = [\"{name}-voice\"]\n");
    let old = format!("{TOKEN_CONFIG}{}", unit("north"));
    let config = write(folder.path(), "c.toml", &old);
    let served = Running::serve(&folder.path().join("j"), Some(&config));
    assert_eq!(served.post(row("south-voice", 1, 1)).status, 422, "no unit has this queue");

    write(folder.path(), "c.toml", &format!("{old}[[unit]]\nname = 7\n"));
    served.signal("HUP");
    until("the refusal is told", || served.heard("configuration in force stays").then_some(()));
    let page = served.get("/metrics").body;
    assert!(page.contains("callsurge_config_last_reload_successful 0"), "{page}");
    assert_eq!(served.post(row("north-voice", 1, 1)).status, 200);
    assert_eq!(served.post(row("south-voice", 1, 1)).status, 422);

    write(folder.path(), "c.toml", &format!("{old}{}", unit("south")));
    served.signal("HUP");
    until("the reload is told", || served.heard("configuration was reloaded").then_some(()));
    assert_eq!(served.post(row("south-voice", 1, 1)).status, 200);
    let status = served.json("/api/v1/status");
    let units = status["units"].as_array().expect("units");
    let names: Vec<_> = units.iter().map(|unit| unit["unit"].as_str().expect("a name")).collect();
    assert_eq!(names, ["north", "south"]);
    let page = served.get("/metrics").body;
    assert!(page.contains("callsurge_config_last_reload_successful 1"), "{page}");
    assert!(page.contains("callsurge_stage{unit=\"south\"}"));

    // A queue that is taken out again is as unknown as one that was never there.
    let south = row("south-voice", 2, 1);
    write(folder.path(), "c.toml", &old);
    served.signal("HUP");
    let refused = until("the queue is refused", || {
        Some(served.post(&south)).filter(|answer| answer.status == 422)
    });
    assert!(refused.body.contains("queue `south-voice`"), "{}", refused.body);
    assert_eq!(served.post(row("north-voice", 2, 1)).status, 200);
    assert!(served.terminate().success());
}
