//! What is posted: the good is kept, the bad is named, and neither holds memory.

use super::{Running, answer, row, rows, write};
use callsurge::clock::{Clock, SystemClock};
use callsurge::engine::time::Span;
use std::io::Write;
use std::net::{Shutdown, TcpStream};

/// One line that is refused: what stands there, the reason, and words of what, where and how to
/// mend it.
type Bad = (&'static str, &'static str, &'static [&'static str]);

const BAD: &[Bad] = &[
    (
        r#"{"form":"interval","queue":"known","start":"2026-11"#,
        "malformed",
        &["not a JSON object", "column", "one object per line"],
    ),
    ("[1,2]", "malformed", &["not an object", "one object per line"]),
    (
        r#"{"form":"interval","queue":"known","start":"NOW-2","end":"NOW-1","offered":"many"}"#,
        "wrong_type",
        &["`offered`", "must be"],
    ),
    (
        r#"{"form":"interval","queue":7,"start":"NOW-2","end":"NOW-1","offered":1}"#,
        "wrong_type",
        &["`queue`", "must be"],
    ),
    (
        r#"{"form":"interval","queue":"known","start":"NOW-2","end":"NOW-1","offered":-4}"#,
        "negative",
        &["`offered` is -4", "leave it out"],
    ),
    (
        r#"{"form":"interval","queue":"known","start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:01:00Z","offered":1}"#,
        "time",
        &["`start` is 1970-01-01", "seconds since 1970"],
    ),
    (
        r#"{"form":"interval","queue":"known","start":"2100-01-01T00:00:00Z","end":"2100-01-01T00:01:00Z","offered":1}"#,
        "time",
        &["`start` is 2100-01-01", "outside 1990 to 2099"],
    ),
    (
        r#"{"form":"interval","queue":"known","start":"NOW+9","end":"NOW+10","offered":1}"#,
        "future",
        &["ahead of this clock", "check the clock"],
    ),
    (
        r#"{"form":"interval","queue":"known","start":"NOW-2000","end":"NOW-1999","offered":1}"#,
        "too_old",
        &["over 24 h", "callsurge learn"],
    ),
    (
        r#"{"form":"interval","queue":"stranger","start":"NOW-2","end":"NOW-1","offered":1}"#,
        "unknown_queue",
        &["queue `stranger`", "add it to the `queues`"],
    ),
    (
        r#"{"form":"interval","queue":"a\u0007b","start":"NOW-2","end":"NOW-1","offered":1}"#,
        "name",
        &["`queue` is `a\\u{7}b`"],
    ),
    (
        r#"{"form":"interval","queue":"a\u202eb","start":"NOW-2","end":"NOW-1","offered":1}"#,
        "name",
        &["`queue` is `a\\u{202e}b`"],
    ),
    (
        r#"{"form":"interval","queue":"known","start":"NOW-2","end":"NOW-1","ofered":1}"#,
        "unknown_field",
        &["no field `ofered`", "it has form, source"],
    ),
    (r#"{"form":"interval","queue":"known","offered":1}"#, "missing", &["needs `start`"]),
    (r#"{"form":"letter","queue":"known"}"#, "wrong_type", &["`form`", "must be one of"]),
    (
        r#"{"form":"snapshot","source":"nobody","queue":"known","at":"NOW-1","waiting":1}"#,
        "unknown_source",
        &["no source `nobody`", "add it to the configuration"],
    ),
];

/// `NOW-2` as the instant of the second full minute back.
fn dated(text: &str) -> String {
    let minute = SystemClock.now().floor(Span::minutes(1));
    let mut parts = text.split("NOW");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (offset, rest) = part.split_at(part.find('"').expect("a closing quote"));
        let at = minute + Span::minutes(offset.parse().expect("minutes"));
        out.push_str(&format!("{at}{rest}"));
    }
    out
}

#[test]
fn every_bad_line_is_named_with_its_mend_and_the_good_ones_are_kept() {
    let folder = tempfile::tempdir().expect("folder");
    let config = write(folder.path(), "c.toml", "[[unit]]\nname = \"u\"\nqueues = [\"known\"]\n");
    let served = Running::serve(&folder.path().join("j"), Some(&config));
    let mut body = String::new();
    let good = rows("known", (1..=100).rev(), |_| 1);
    for (good, (line, ..)) in good.iter().zip(BAD.iter()) {
        body.push_str(good);
        body.push_str(&dated(line));
        body.push('\n');
    }
    let answer = served.post(&body);
    assert_eq!(answer.status, 207, "{}", answer.body);
    let report = answer.json();
    assert_eq!(report["accepted"], BAD.len());
    assert_eq!(report["rejected"], BAD.len());
    let errors = report["errors"].as_array().expect("errors");
    for (at, (line, reason, words)) in BAD.iter().enumerate() {
        let told = errors.iter().find(|error| error["line"] == at * 2 + 2).expect("its line");
        let message = told["message"].as_str().expect("a message");
        assert_eq!(told["reason"], *reason, "{line}: {message}");
        for word in *words {
            assert!(message.contains(word), "{line}: {message}, not {word}");
        }
        assert!(!message.chars().any(|c| c.is_control() || c == '\u{202e}'), "{message:?}");
    }
    let page = served.get("/metrics").body;
    let offered = format!("queue=\"known\"}} {}\n", BAD.len());
    let offered = format!("callsurge_queue_calls_offered_total{{unit=\"u\",{offered}");
    assert!(page.contains(&offered), "{page}");
    let counted: f64 = page
        .lines()
        .filter(|line| line.starts_with("callsurge_ingest_rejected_total{"))
        .map(|line| line.rsplit(' ').next().and_then(|n| n.parse::<f64>().ok()).expect("n"))
        .sum();
    assert!((counted - BAD.len() as f64).abs() < 0.5, "each is counted once: {page}");
    for series in ["{source=\"push\",reason=\"unknown_queue\"} 1", "{reason=\"malformed\"} "] {
        assert!(page.contains(&format!("\ncallsurge_ingest_rejected_total{series}")), "{page}");
    }
}

#[test]
fn nothing_of_a_body_that_is_cut_is_taken() {
    let folder = tempfile::tempdir().expect("folder");
    let served = Running::serve(&folder.path().join("j"), None);
    let good = row("q", 2, 7);
    let head = format!(
        "POST /api/v1/observations HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
         content-type: application/x-ndjson\r\n",
        served.at
    );
    let chunk = format!("{:x}\r\n{good}\r\n", good.len());
    for (kind, body) in [
        ("transfer-encoding: chunked", format!("{chunk}ffff\r\n{good}")),
        ("transfer-encoding: chunked", format!("{chunk}no length\r\n")),
        ("content-length: 5000", good.clone()),
    ] {
        let mut stream = TcpStream::connect(served.at).expect("connected");
        stream.write_all(format!("{head}{kind}\r\n\r\n{body}").as_bytes()).expect("sent");
        stream.shutdown(Shutdown::Write).expect("shut down");
        if let Some(told) = answer(&mut stream) {
            assert_eq!(told.status, 400, "{kind}: {}", told.body);
            assert!(told.body.contains("the body broke off"), "{}", told.body);
        }
        assert!(!served.get("/metrics").body.contains("queue=\"q\""), "{kind}");
    }
    assert_eq!(served.post(&good).status, 200);
    assert!(served.get("/metrics").body.contains("queue=\"q\"} 7\n"));
}

#[test]
fn a_body_without_end_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("folder");
    let served = Running::serve(&folder.path().join("j"), None);
    let before = served.peak();
    let head = format!(
        "POST /api/v1/observations HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
         content-type: application/x-ndjson\r\n",
        served.at
    );
    // Announced: answered before a byte of it is sent.
    let mut stream = TcpStream::connect(served.at).expect("connected");
    stream.write_all(format!("{head}content-length: 104857600\r\n\r\n").as_bytes()).expect("sent");
    assert_eq!(answer(&mut stream).expect("an answer").status, 413);
    // Not announced: the connection ends long before 100 MB.
    let mut stream = TcpStream::connect(served.at).expect("connected");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x1_0000));
    stream.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).expect("sent");
    let taken = (0..1_600).take_while(|_| stream.write_all(chunk.as_bytes()).is_ok()).count();
    // One MiB is read; the rest of this is in the buffers of the two sockets.
    assert!(taken < 400, "{taken} chunks of 64 KiB were taken");
    let counted = "callsurge_ingest_rejected_total{source=\"push\",reason=\"too_large\"} 2\n";
    assert!(served.get("/metrics").body.contains(counted));
    let grown = served.peak().saturating_sub(before);
    assert!(grown < 16 * 1_024, "{grown} KiB");
    assert_eq!(served.post(row("q", 1, 1)).status, 200);
}

#[test]
fn a_hundred_thousand_unknown_queues_cost_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let config = write(folder.path(), "c.toml", "[[unit]]\nname = \"u\"\nqueues = [\"known\"]\n");
    let served = Running::serve(&folder.path().join("j"), Some(&config));
    assert_eq!(served.post(row("known", 2, 1)).status, 200);
    let before = served.peak();
    for batch in 0..20 {
        let mut body: String = (0..5_000).map(|n| row(&format!("q{batch}-{n}"), 1, 1)).collect();
        body.push_str(&row("known", 1, batch));
        let answer = served.post(&body);
        assert_eq!(answer.status, 207, "{}", answer.body);
        let report = answer.json();
        assert_eq!(report["rejected"], 5_000);
        assert_eq!(report["errors"][0]["reason"], "unknown_queue");
        assert_eq!(report["errors_omitted"], 4_900);
        let message = report["errors"][0]["message"].as_str().expect("a message");
        assert!(message.contains(&format!("queue `q{batch}-0`")), "{message}");
    }
    let grown = served.peak().saturating_sub(before);
    assert!(grown < 64 * 1_024, "{grown} KiB");
    let page = served.get("/metrics").body;
    assert!(page.len() < 200_000, "{} bytes", page.len());
    assert!(page.contains("queue=\"known\"") && !page.contains("queue=\"q1-1\""));
}
