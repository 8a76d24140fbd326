//! The whole program over a night: the demo as a program of its own, watched by a real
//! Prometheus, and the same night in seconds on the terminal.

use crate::prometheus::{PATIENCE, POLL, free_port, start};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsurge"));
    command.env_remove("CALLSURGE_CONFIG");
    command
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn the_night_without_a_page_walks_the_ladder_and_is_the_same_every_time() {
    let run = || {
        let args = ["demo", "--headless", "--speed", "max", "--json"];
        let output = program().args(args).output().expect("it runs");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let first = run();
    assert_eq!(first, run(), "the same seed is the same night");
    let moves: Vec<(String, String)> = first
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a JSON object a line"))
        .filter(|r| r["type"] == "transition")
        .map(|r| (r["at"].as_str().unwrap().to_owned(), r["to"].as_str().unwrap().to_owned()))
        .collect();
    let levels: Vec<&str> = moves.iter().map(|(_, to)| to.as_str()).collect();
    assert_eq!(levels, ["L1", "L2", "L3", "L2", "L1", "none"]);
    let at = |i: usize| callsurge::record::instant_of(&moves[i].0).expect("an instant");
    let half_an_hour = callsurge::engine::time::Span::minutes(30);
    assert_eq!((at(1) - at(0), at(2) - at(1)), (half_an_hour, half_an_hour));
}

#[tokio::test]
async fn a_real_prometheus_sees_the_stage_follow_the_ladder() {
    let dir = tempfile::tempdir().expect("directory");
    let mut demo = program();
    let args = ["demo", "--speed", "300", "--listen", "127.0.0.1:0", "--lang", "en"];
    demo.args(args).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut demo = Killed(demo.spawn().expect("it runs"));
    let lines = BufReader::new(demo.0.stdout.take().expect("piped")).lines();
    let mut lines = lines.map_while(Result::ok);
    let page = lines.by_ref().find_map(|l| l.trim().strip_prefix("wallboard: ").map(str::to_owned));
    let page = page.expect("the address of the page is told");
    let target = page.trim_start_matches("http://").trim_end_matches('/').to_owned();
    std::thread::spawn(move || lines.for_each(drop));
    let port = free_port();
    let Ok(_running) = start(dir.path(), &target, port) else {
        println!("skipped: prometheus is not installed");
        return;
    };
    let client = crate::api::client();
    let ask = async |path: &str| -> Option<Value> {
        let url = format!("http://127.0.0.1:{port}/api/v1/{path}");
        let text = client.get(url).send().await.ok()?.text().await.ok()?;
        serde_json::from_str::<Value>(&text).ok().map(|body| body["data"].clone())
    };
    // At 300 times L3 is there some 20 s after the start.
    let begun = Instant::now();
    loop {
        let most = ask("query?query=max_over_time(callsurge_stage[5m])").await.unwrap_or_default();
        if most["result"][0]["value"][1] == "3" {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the stage stays at {most}");
        tokio::time::sleep(POLL).await;
    }
    let seen = ask("query?query=callsurge_stage[5m]").await.expect("answers");
    let stages: Vec<&str> = seen["result"][0]["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sample| sample[1].as_str().unwrap())
        .collect();
    let mut steps = stages.clone();
    steps.dedup();
    assert_eq!(steps, ["0", "1", "2", "3"], "{stages:?}");
    let failed = ask("query?query=min_over_time(up[5m])").await.expect("answers");
    assert_eq!(failed["result"][0]["value"][1], "1", "every scrape worked");
    let text = client.get(format!("{page}metrics")).send().await.unwrap().text().await.unwrap();
    promtool_finds_nothing(&text);
}

fn promtool_finds_nothing(page: &str) {
    use std::io::Write as _;
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut promtool) = promtool else {
        println!("skipped: promtool is not installed");
        return;
    };
    promtool.stdin.take().expect("piped").write_all(page.as_bytes()).expect("it reads");
    let output = promtool.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.is_empty(), "{said}");
}
