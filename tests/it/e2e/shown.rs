//! A replayed journal is only looked at.

use super::{Running, TOKEN_CONFIG, path, row, run, write};

#[test]
fn a_replayed_journal_is_read_only_and_calls_nobody() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = folder.path().join("j");
    let log = "tests/fixtures/asterisk/surge/queue_log";
    let replayed = run(&["replay", "--input", log, "--journal", path(&journal)]);
    assert_eq!(replayed.status.code(), Some(0));
    let receiver = crate::receiver::Receiver::start();
    write(folder.path(), "secret", "a secret of the receiver");
    let hook = format!(
        "{TOKEN_CONFIG}[[webhook]]\nname = \"desk\"\nurl = \"{}\"\nsecret_file = \"secret\"\n",
        receiver.url()
    );
    let config = write(folder.path(), "c.toml", &hook);
    let before = std::fs::read(&journal).expect("the journal");
    let served = Running::serve(&journal, Some(&config));
    assert!(served.heard("shows the replay journal"));
    let status = served.json("/api/v1/status");
    assert_eq!((&status["stamp"], &status["read_only"]), (&"replay".into(), &true.into()));
    assert_eq!(served.logbook("type=transition").len(), 1, "the past is shown");
    assert!(served.get("/metrics").body.contains("stamp=\"replay\""));
    let order = r#"{"act":"raise","level":"L2","reason":"try"}"#;
    let refused = served.order("default", "k", order).expect("an answer");
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert_eq!(refused.json()["error"]["code"], "read_only");
    assert!(matches!(served.post(row("q", 1, 1)).status, 404 | 405 | 409));
    assert!(served.terminate().success());
    assert_eq!(receiver.requests(), []);
    assert!(std::fs::read(&journal).expect("the journal") == before, "nothing was written");
}
