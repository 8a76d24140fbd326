//! The program against an ACD that is polled, and against answers in files.

use super::{Running, objects, path, run, text, until, write};
use crate::acd::{Acd, Answer};
use std::path::{Path, PathBuf};

fn answer(a: u32, b: u32) -> String {
    format!(
        "{{\"queues\": [{{\"id\": \"a\", \"waiting\": 3, \"total\": {a}}}, \
         {{\"id\": \"b\", \"waiting\": 0, \"total\": {b}}}]}}"
    )
}

fn configured(folder: &Path, acd: &Acd) -> PathBuf {
    write(folder, "secret", "hunter2\n");
    let config = format!(
        "[[source]]\nname = \"acd\"\nkind = \"poll\"\nurl = {:?}\ninterval_seconds = 1\n\
         timeout_seconds = 1\nanswer_mib_max = 1\n\
         [source.auth]\nkind = \"bearer\"\nsecret_file = \"secret\"\n\
         [source.map]\neach = \"/queues\"\nqueue = \"/id\"\nwaiting = \"/waiting\"\n\
         offered = \"/total\"\n",
        acd.url("/q")
    );
    write(folder, "c.toml", &config)
}

/// The value of a series of `queue`, or of a source.
fn value(page: &str, family: &str, label: &str) -> Option<String> {
    let of = |line: &&str| line.starts_with(&format!("{family}{{")) && line.contains(label);
    page.lines().find(of)?.rsplit(' ').next().map(str::to_owned)
}

fn counted(served: &Running, family: &str, label: &str, wanted: &str) {
    until(&format!("{family} {label} {wanted}"), || {
        let page = served.get("/metrics").body;
        (value(&page, family, label).as_deref() == Some(wanted)).then_some(())
    });
}

#[test]
fn serve_counts_what_totals_grow_by_through_every_fault() {
    const OFFERED: &str = "callsurge_queue_calls_offered_total";
    const WAITING: &str = "callsurge_queue_calls_waiting";
    const REJECTED: &str = "callsurge_ingest_rejected_total";
    let folder = tempfile::tempdir().unwrap();
    let acd = Acd::start(&answer(100, 50));
    let config = configured(folder.path(), &acd);
    let served = Running::serve(&folder.path().join("j"), Some(&config));
    counted(&served, WAITING, "queue=\"a\"", "3");
    // The first totals are where counting begins.
    acd.usually(&answer(110, 50));
    counted(&served, OFFERED, "queue=\"a\"", "10");
    for fault in [
        Answer::Status("500 Internal Server Error", "", String::new()),
        Answer::Status("429 Too Many Requests", "retry-after: 1\r\n", String::new()),
        Answer::Cut,
        Answer::Huge(false),
        Answer::Slow,
        Answer::Json("{\"queues\": [{\"id\": \"a\", \"total\"".to_owned()),
        Answer::Json(answer(110, 50).replace("\"waiting\": 0", "\"waiting\": \"none\"")),
    ] {
        acd.then(fault);
        // A good poll in between, or each wait would be twice the one before.
        acd.then(Answer::Json(answer(110, 50)));
    }
    until("every fault was met", || (acd.left() == 0).then_some(()));
    acd.usually(&answer(125, 51));
    counted(&served, OFFERED, "queue=\"a\"", "25");
    counted(&served, OFFERED, "queue=\"b\"", "1");
    // A queue that is gone counts nothing; one whose totals begin anew counts from zero.
    acd.usually("{\"queues\": [{\"id\": \"a\", \"waiting\": 4, \"total\": 2}]}");
    counted(&served, OFFERED, "queue=\"a\"", "27");
    let page = served.get("/metrics").body;
    assert_eq!(value(&page, OFFERED, "queue=\"b\"").as_deref(), Some("1"));
    assert_eq!(value(&page, "callsurge_source_up", "source=\"acd\"").as_deref(), Some("1"));
    for (reason, least) in [("too_large", 1), ("malformed", 1)] {
        let label = format!("reason=\"{reason}\"");
        let of = |line: &&str| {
            line.starts_with(REJECTED) && line.contains("\"acd\"") && line.contains(&label)
        };
        let found = page.lines().find(of).and_then(|line| line.rsplit(' ').next()?.parse().ok());
        assert!(found.is_some_and(|n: u64| n >= least), "{reason}: {found:?}");
    }
    for became in ["timeout", "busy", "no_answer", "unusable", "good"] {
        let told = value(&page, "callsurge_polls_total", &format!("outcome=\"{became}\""));
        assert_ne!(told.as_deref(), Some("0"), "{became}");
        assert!(told.is_some(), "{became}");
    }
    assert_eq!(value(&page, "callsurge_link_up", "source=\"acd\"").as_deref(), Some("1"));
    assert!(acd.asked().iter().all(|asked| asked.contains("authorization: Bearer hunter2\r\n")));
    assert!(!served.heard("hunter2"));
    assert!(served.terminate().success());
}

#[test]
fn doctor_tries_a_mapping_on_a_file_and_on_the_acd() {
    let folder = tempfile::tempdir().unwrap();
    let acd = Acd::start(&answer(100, 50));
    let config = configured(folder.path(), &acd);
    let asked = run(&["doctor", "poll", "--config", path(&config)]);
    assert!(asked.status.success(), "{}", text(&asked.stdout));
    assert_eq!(
        text(&asked.stdout),
        "ok    a: waiting 3 offered 100\nok    b: waiting 0 offered 50\n\
         2 queues told, 0 refused, 0 unknown, 0 left out\n"
    );
    let file = write(
        folder.path(),
        "answer.json",
        "{\"queues\": [{\"id\": \"a\", \"wait_ing\": 3, \"total\": \"x\", \"caller\": \"1382\"}]}",
    );
    let tried = |json: &[&str]| {
        let mut args = vec!["doctor", "poll", "--config", path(&config), "--response", path(&file)];
        args.extend(json);
        run(&args)
    };
    let people = tried(&[]);
    assert_eq!(people.status.code(), Some(1));
    assert_eq!(
        text(&people.stdout),
        "BAD   a: /queues[0] (offered): \"x\" is no whole number\n\
         0 queues told, 1 refused, 0 unknown, 0 left out\n\
         values in the first item of `each`: /caller /id /total /wait_ing\n"
    );
    let programs = objects(&tried(&["--json"]));
    assert_eq!(programs[0]["type"], "problem");
    assert_eq!(programs[0]["reason"], "wrong_type");
    assert_eq!(programs[1]["places"][3], "/wait_ing");
    assert_eq!(acd.asked().len(), 1);
}
