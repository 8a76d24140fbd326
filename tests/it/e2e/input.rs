//! What is posted: the good is kept, the bad is named, and neither holds memory.

use super::{Running, answer, row, write};
use std::io::Write;
use std::net::TcpStream;

#[test]
fn a_body_without_end_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("folder");
    let served = Running::serve(&folder.path().join("j"), None);
    let before = served.resident();
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
    let grown = served.resident().saturating_sub(before);
    assert!(grown < 16 * 1_024, "{grown} KiB");
    assert_eq!(served.post(row("q", 1, 1)).status, 200);
}

#[test]
fn a_hundred_thousand_unknown_queues_cost_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let config = write(folder.path(), "c.toml", "[[unit]]\nname = \"u\"\nqueues = [\"known\"]\n");
    let served = Running::serve(&folder.path().join("j"), Some(&config));
    assert_eq!(served.post(row("known", 2, 1)).status, 200);
    let before = served.resident();
    for batch in 0..20 {
        let mut body: String = (0..5_000).map(|n| row(&format!("q{batch}-{n}"), 1, 1)).collect();
        body.push_str(&row("known", 1, batch));
        let answer = served.post(&body);
        assert_eq!(answer.status, 207, "{}", answer.body);
        let report = answer.json();
        assert_eq!(report["rejected"], 5_000);
        assert_eq!(report["errors"][0]["reason"], "unknown_queue");
        assert_eq!(report["errors_omitted"], 4_900);
    }
    let grown = served.resident().saturating_sub(before);
    assert!(grown < 64 * 1_024, "{grown} KiB");
    let page = served.get("/metrics").body;
    assert!(page.len() < 200_000, "{} bytes", page.len());
    assert!(page.contains("queue=\"known\"") && !page.contains("queue=\"q1-1\""));
}
