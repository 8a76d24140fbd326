//! A journal that cannot grow: nothing is lost silently, and it comes back when there is room.
//!
//! The limit on the size of files stands for a full disk: writes fail in the same place.

use super::{Running, program, rows, until, write};
use std::process::Command;

/// Sets the limit of a running process; the hard one stays out of the way.
fn limit(served: &Running, bytes: &str) {
    let pid = served.child.id().to_string();
    let size = format!("--fsize={bytes}:");
    let done = Command::new("prlimit").args(["--pid", &pid, &size]).status().expect("prlimit");
    assert!(done.success());
}

#[test]
fn a_full_disk_is_said_so_and_costs_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("folder");
    let config = write(folder.path(), "c.toml", super::TOKEN_CONFIG);
    let journal = folder.path().join("j");
    // A write above the limit fails only where its signal is ignored.
    let mut command = Command::new("sh");
    let real = program();
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(real.get_program());
    command.env("CALLSURGE_TEST_TOKEN", super::TOKEN).env_remove("CALLSURGE_CONFIG");
    command.args(["serve", "--listen", "127.0.0.1:0", "--journal"]).arg(&journal);
    command.arg("--config").arg(config);
    let served = Running::start(&mut command, false);
    served.ready();
    let minutes = rows("sales", [9, 8, 7, 6, 5], |_| 100);
    for row in &minutes[..3] {
        assert_eq!(served.post(row).status, 200);
    }
    limit(&served, "4096");
    let refused = served.post(&minutes[3]);
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(refused.head.to_ascii_lowercase().contains("retry-after: 1"), "{}", refused.head);
    assert!(refused.body.contains("send it again"), "{}", refused.body);
    let order = r#"{"act":"raise","level":"L2","reason":"try"}"#;
    assert_eq!(served.order("default", "k", order).expect("an answer").status, 503);
    let ready = served.get("/-/ready");
    assert_eq!(ready.status, 503);
    let why = ready.json()["reasons"][0].as_str().expect("a reason").to_owned();
    assert!(why.contains("journal cannot be written ("), "{why}");
    // What is committed is still shown.
    assert_eq!(served.get("/-/healthy").status, 200);
    let offered = |served: &Running, calls: u32| {
        let page = served.get("/metrics").body;
        let line = format!(
            "callsurge_queue_calls_offered_total{{unit=\"default\",queue=\"sales\"}} {calls}\n"
        );
        assert!(page.contains(&line), "{page}");
    };
    offered(&served, 300);
    let page = served.get("/metrics").body;
    let overload = "callsurge_ingest_rejected_total{source=\"push\",reason=\"overload\"} 1\n";
    assert!(page.contains(overload), "{page}");
    assert!(!page.contains("callsurge_commit_failures_total 0\n"));
    limit(&served, "unlimited");
    served.ready();
    for row in &minutes {
        assert_eq!(served.post(row).status, 200);
    }
    offered(&served, 500);
    assert_eq!(served.order("default", "k", order).expect("an answer").status, 200);
    assert_eq!(served.logbook("type=transition").len(), 1);
    assert!(served.terminate().success());
    let served = Running::serve(&journal, None);
    offered(&served, 500);
    until("the state is back", || (served.logbook("type=transition").len() == 1).then_some(()));
}
