//! A real Prometheus scrapes the page. Skipped where none is installed.

use crate::{api, sample};
use serde_json::Value;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A busy build machine starts Prometheus in a few seconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
pub(crate) const POLL: Duration = Duration::from_millis(200);

pub(crate) struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

pub(crate) fn start(dir: &Path, target: &str, port: u16) -> std::io::Result<Killed> {
    let config = format!(
        "global: {{scrape_interval: 1s}}\n\
         scrape_configs:\n- job_name: callsurge\n  static_configs: [{{targets: ['{target}']}}]\n"
    );
    launch(dir, &config, port)
}

/// Starts Prometheus with a whole configuration.
pub(crate) fn launch(dir: &Path, config: &str, port: u16) -> std::io::Result<Killed> {
    let file = dir.join("prometheus.yml");
    std::fs::write(&file, config)?;
    Command::new("prometheus")
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--storage.tsdb.path={}", dir.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(Killed)
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").expect("port");
    free.local_addr().expect("address").port()
}

#[tokio::test]
async fn a_real_prometheus_scrapes_without_complaint() {
    let served = api::served(sample::view(50)).await;
    let dir = tempfile::tempdir().expect("directory");
    let port = free_port();
    let target = served.base.trim_start_matches("http://").to_owned();
    let Ok(_running) = start(dir.path(), &target, port) else {
        println!("skipped: prometheus is not installed");
        return;
    };
    let ask = async |path: &str| -> Option<Value> {
        let url = format!("http://127.0.0.1:{port}/api/v1/{path}");
        let text = served.client.get(url).send().await.ok()?.text().await.ok()?;
        serde_json::from_str::<Value>(&text).ok().map(|body| body["data"].clone())
    };
    let begun = Instant::now();
    let stages = loop {
        let found = ask("query?query=callsurge_stage").await.unwrap_or_default();
        if found["result"].as_array().is_some_and(|r| r.len() == 2) {
            break found["result"].clone();
        }
        assert!(begun.elapsed() < PATIENCE, "no scrape: {:?}", ask("targets").await);
        tokio::time::sleep(POLL).await;
    };
    assert_eq!(stages[0]["metric"]["unit"], "north");
    assert_eq!(stages[0]["value"][1], "2");
    let up = ask("query?query=up").await.expect("answers");
    assert_eq!(up["result"][0]["value"][1], "1");
    let targets = ask("targets").await.expect("answers");
    assert_eq!(targets["activeTargets"][0]["lastError"], "", "{targets}");
    assert_eq!(targets["activeTargets"][0]["health"], "up");
    let named = ask("query?query=count(callsurge_queue_calls_offered_total)").await;
    assert_eq!(named.expect("answers")["result"][0]["value"][1], "50");
}
