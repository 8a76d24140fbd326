//! The program against a manager interface that plays a recording as fast as it can be read.

use super::{Running, program, run, text, until, write};
use callsurge::clock::{Clock, SystemClock};
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A PBX in threads. It plays events after the login, answers pings, and lists only at the end,
/// when nobody waits any more.
pub(super) struct Pbx {
    pub(super) at: SocketAddr,
    /// Logins so far, and connections that stand.
    logins: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

impl Pbx {
    pub(super) fn logins(&self) -> usize {
        self.logins.load(Ordering::SeqCst)
    }

    pub(super) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    pub(super) fn start(run: &str) -> Self {
        let path = format!(
            "{}/tests/fixtures/asterisk/{run}/events.c1.ami.gz",
            env!("CARGO_MANIFEST_DIR")
        );
        let mut stream = Vec::new();
        GzDecoder::new(File::open(path).unwrap()).read_to_end(&mut stream).unwrap();
        let begin = find(&stream, b"Event: FullyBooted").unwrap();
        let end = find(&stream, b"Response: Goodbye").unwrap();
        let events = stream[begin..end].to_vec();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let (logins, open) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let pbx = Self { at, logins: logins.clone(), open: open.clone() };
        std::thread::spawn(move || {
            for link in listener.incoming().flatten() {
                let (events, logins, open) = (events.clone(), logins.clone(), open.clone());
                open.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    drop(play(link, &events, &logins));
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        pbx
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

fn play(mut link: TcpStream, events: &[u8], logins: &AtomicUsize) -> std::io::Result<()> {
    link.write_all(b"Asterisk Call Manager/11.0.0\r\n")?;
    let mut asked = String::new();
    let mut buffer = [0; 4_096];
    loop {
        let n = link.read(&mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        asked.push_str(text(&buffer[..n]));
        while let Some(end) = asked.find("\r\n\r\n") {
            let action: String = asked.drain(..end + 4).collect();
            let id = action.split("ActionID: ").nth(1).unwrap().split("\r\n").next().unwrap();
            let ok = format!("Response: Success\r\nActionID: {id}\r\n");
            let name = action.split("\r\n").next().unwrap().strip_prefix("Action: ").unwrap();
            let answer = match name {
                "Challenge" => format!("{ok}Challenge: 169886382\r\n\r\n"),
                "Login" if action.contains("Key: af4a877af7f28fd1409793339cfc3d4f\r\n") => {
                    format!("{ok}Message: Authentication accepted\r\n\r\n")
                }
                "QueueStatus" => format!(
                    "{ok}EventList: start\r\n\r\n\
                     Event: QueueParams\r\nQueue: support\r\nMax: 40\r\nCalls: 0\r\nActionID: {id}\r\n\r\n\
                     Event: QueueParams\r\nQueue: sales\r\nMax: 0\r\nCalls: 0\r\nActionID: {id}\r\n\r\n\
                     Event: QueueStatusComplete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 2\r\n\r\n"
                ),
                "Ping" => {
                    let millis = SystemClock.now().as_millis();
                    format!("{ok}Timestamp: {}.{:03}000\r\n\r\n", millis / 1_000, millis % 1_000)
                }
                "QueueSummary" => format!("{ok}\r\n"),
                _ => format!(
                    "Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n"
                ),
            };
            link.write_all(answer.as_bytes())?;
            if name == "Login" && answer.starts_with("Response: Success") {
                logins.fetch_add(1, Ordering::SeqCst);
                link.write_all(events)?;
            }
        }
    }
}

fn configured(folder: &Path, at: SocketAddr) -> std::path::PathBuf {
    write(folder, "secret", "monitor-local\n");
    let text = format!(
        "[[source]]\nname = \"pbx\"\nkind = \"ami\"\nport = {}\nuser = \"monitor\"\n\
         secret_file = \"secret\"\nallow = [\"support\", \"sales\"]\n",
        at.port()
    );
    write(folder, "c.toml", &text)
}

#[test]
fn serve_counts_what_the_ledger_counts() {
    let runs = [("calm", [164, 156, 7, 1]), ("surge", [606, 350, 240, 16])];
    for (name, [offered, answered, abandoned, exited]) in runs {
        let folder = tempfile::tempdir().unwrap();
        let at = Pbx::start(name).at;
        let served = Running::serve(&folder.path().join("j"), Some(&configured(folder.path(), at)));
        let wanted = [
            ("offered", offered),
            ("answered", answered),
            ("abandoned", abandoned),
            ("exited", exited),
        ];
        until("every call is counted", || {
            let page = served.get("/metrics").body;
            let has = |(what, n): &(&str, u32)| {
                let family = format!("callsurge_queue_calls_{what}_total{{");
                let of = |line: &&str| {
                    line.starts_with(&family)
                        && line.contains("queue=\"support\"")
                        && (*what != "exited" || line.contains("reason=\"key\""))
                };
                page.lines().find(of).is_some_and(|line| line.ends_with(&format!(" {n}")))
            };
            wanted.iter().all(has).then_some(())
        });
        let page = served.get("/metrics").body;
        assert!(page.contains("callsurge_source_up{source=\"pbx\"} 1"));
        for whole in [
            "callsurge_link_up{source=\"pbx\"} 1",
            "callsurge_link_connects_total{source=\"pbx\"} 1",
            "callsurge_link_ends_total{source=\"pbx\",reason=\"cut\"} 0",
        ] {
            assert!(page.contains(whole), "{whole}");
        }
        for person in ["Caller 1", "王芳", "Local/", "1382"] {
            assert!(!page.contains(person));
        }
        assert!(served.terminate().success());
    }
}

#[test]
fn doctor_says_what_is_missing_and_exits_accordingly() {
    let folder = tempfile::tempdir().unwrap();
    let config = configured(folder.path(), Pbx::start("surge").at);
    let config = config.to_str().unwrap();
    let good = run(&["doctor", "asterisk", "--config", config, "--seconds", "5"]);
    let said = text(&good.stdout);
    assert!(good.status.success(), "{said}");
    assert!(said.contains("ok    queues: 2 found: support, sales\n"), "{said}");
    assert!(said.contains("        same => n,ExecIf("), "{said}");
    let json = run(&["doctor", "asterisk", "--config", config, "--seconds", "5", "--json"]);
    let findings = super::objects(&json);
    assert!(findings.iter().all(|f| f["type"] == "finding" && f["source"] == "pbx"));
    write(folder.path(), "secret", "wrong\n");
    let bad = program().args(["doctor", "asterisk", "--config", config]).output().unwrap();
    assert_eq!(bad.status.code(), Some(1));
    assert!(text(&bad.stdout).contains("        read = system,agent\n        write =\n"));
}
