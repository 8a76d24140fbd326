//! The demo on the terminal: the same night each time, up the ladder and down again.

use super::{Running, objects, program, run, text, until};
use callsurge::engine::time::{Span, Timestamp};
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_night_climbs_the_ladder_and_comes_down_the_same_way_each_time() {
    let night = || run(&["demo", "--headless", "--speed", "max", "--json"]);
    let first = night();
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    let changes: Vec<_> =
        objects(&first).into_iter().filter(|record| record["type"] == "transition").collect();
    let to: Vec<_> = changes.iter().map(|change| change["to"].as_str().expect("a level")).collect();
    assert_eq!(to, ["L1", "L2", "L3", "L2", "L1", "none"]);
    let at: Vec<_> = changes
        .iter()
        .map(|change| Timestamp::parse_rfc3339(change["at"].as_str().expect("at")).expect("at"))
        .collect();
    assert_eq!(at[1] - at[0], Span::minutes(30));
    assert_eq!(at[2] - at[1], Span::minutes(30));
    let summary = objects(&first).pop().expect("objects");
    assert_eq!(summary["type"], "summary");
    let told: Vec<_> = summary["changes"].as_array().expect("changes").iter().collect();
    assert!(told.iter().zip(&changes).all(|(a, b)| a["at"] == b["at"] && a["to"] == b["to"]));
    assert_eq!(told.len(), changes.len());
    assert_eq!(summary["people"][0]["level"], "L1");
    assert_eq!(summary["people"][0]["arrived"], 30);
    let second = night();
    assert!(first.stdout == second.stdout, "standard output differs");
    assert!(first.stderr == second.stderr, "standard error differs");
    let other = run(&["demo", "--headless", "--speed", "max", "--json", "--seed", "2"]);
    assert!(other.stdout != first.stdout, "another seed is another night");
}

#[test]
fn a_demo_on_a_page_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().expect("folder");
    let inside = || -> Vec<_> {
        let entries = std::fs::read_dir(temporary.path()).expect("readable");
        entries.map(|entry| entry.expect("an entry")).collect()
    };
    for name in ["TERM", "INT", "HUP"] {
        // A level is reached and people arrive within a second of this.
        let mut command = program();
        command
            .args(["demo", "--listen", "127.0.0.1:0", "--speed", "10000"])
            .env("TMPDIR", temporary.path());
        let mut served = Running::start(&mut command, true);
        let made = inside();
        assert_eq!(made.len(), 1, "{made:?}");
        assert_eq!(made[0].metadata().expect("a folder").permissions().mode() & 0o777, 0o700);
        let pid = served.child.id().to_string();
        assert!(!made[0].file_name().to_string_lossy().contains(&pid), "{made:?}");
        until("people are told of", || served.heard("logged on, taking calls").then_some(()));
        served.signal(name);
        assert_eq!(served.wait().code(), Some(0), "{name}");
        assert!(inside().is_empty(), "{name}: {:?}", inside());
    }
}
