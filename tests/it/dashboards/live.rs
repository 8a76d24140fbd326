//! A real Prometheus scrapes the demo, a live service and a page on which every family speaks;
//! then everything that boards and rules ask is asked of it. Skipped where none is installed.

use super::{boards, folder, list, questions, selector, word};
use crate::e2e::{Running, program, surge};
use crate::prometheus::{PATIENCE, POLL, free_port, launch};
use crate::{api, metrics};
use callsurge::config::Language;
use callsurge::dashboards;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Instant;

/// The scrape jobs.
const DEMO: &str = "demo";
const LIVE: &str = "live";
const PAGE: &str = "page";

/// Prometheus, over its HTTP interface.
struct Asked {
    client: reqwest::Client,
    base: String,
}

impl Asked {
    /// The answer's data; an error of the question ends the test.
    async fn api(&self, path: &str) -> Option<Value> {
        let url = format!("{}/api/v1/{path}", self.base);
        let text = self.client.get(url).send().await.ok()?.text().await.ok()?;
        let body: Value = serde_json::from_str(&text).ok()?;
        assert_eq!(body["status"], "success", "{path}: {}", body["error"]);
        Some(body["data"].clone())
    }

    async fn query(&self, expr: &str) -> Vec<Value> {
        let url = format!("{}/api/v1/query", self.base);
        let url = reqwest::Url::parse_with_params(&url, [("query", expr)]).expect("a URL");
        let text = self.client.get(url).send().await.expect("answers").text().await.expect("text");
        let body: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(body["status"], "success", "{expr}: {}", body["error"]);
        body["data"]["result"].as_array().cloned().unwrap_or_default()
    }

    /// Whether there is a number in the answer.
    async fn knows(&self, expr: &str) -> bool {
        let number = |series: &Value| {
            let text = series["value"][1].as_str().expect("a value");
            text.parse::<f64>().is_ok_and(f64::is_finite)
        };
        self.query(expr).await.iter().any(number)
    }

    async fn until_known(&self, what: &str, expr: &str) {
        let begun = Instant::now();
        while self.api("status/runtimeinfo").await.is_none() || !self.knows(expr).await {
            assert!(begun.elapsed() < PATIENCE, "{what}: {:?}", self.api("targets").await);
            tokio::time::sleep(POLL).await;
        }
    }
}

/// A question as Grafana would send it for a job, with everything chosen.
fn for_job(expr: &str, job: &str) -> String {
    let expr = expr.replace("$__rate_interval", "1m").replace("$job", job);
    ["$instance", "$unit", "$queue"].iter().fold(expr, |expr, all| expr.replace(all, ".+"))
}

fn config(targets: [(&str, String); 3]) -> String {
    let rules = folder().join("rules");
    let mut config = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
         rule_files: ['{0}/alerts.yaml', '{0}/recording.yaml']\nscrape_configs:\n",
        rules.display()
    );
    for (job, target) in targets {
        config.push_str(&format!(
            "- job_name: {job}\n  static_configs: [{{targets: ['{target}']}}]\n"
        ));
    }
    config
}

#[tokio::test]
async fn a_real_prometheus_answers_every_question_and_evaluates_every_rule() {
    let page = api::served(metrics::full()).await;
    let folder = tempfile::tempdir().expect("folder");
    let live = Running::serve(&folder.path().join("live.journal"), None);
    assert_eq!(live.post(surge("support")).status, 200);
    let (port, demo_port) = (free_port(), free_port());
    let demo_at = format!("127.0.0.1:{demo_port}");
    let config = config([
        (DEMO, demo_at.clone()),
        (LIVE, live.at.to_string()),
        (PAGE, page.base.trim_start_matches("http://").to_owned()),
    ]);
    let Ok(_running) = launch(folder.path(), &config, port) else {
        println!("skipped: prometheus is not installed");
        return;
    };
    let asked = Asked { client: api::client(), base: format!("http://127.0.0.1:{port}") };
    asked.until_known("the live service is scraped", "callsurge_stage{job=\"live\"}").await;
    // Watched from its first minute: a counter that is first seen at 1 has not increased.
    let mut demo = program();
    demo.args(["demo", "--speed", "300", "--listen", &demo_at, "--lang", "en"]);
    let _demo = Running::start(&mut demo, true);
    // At 300 times L3 is there some 20 s after the start.
    asked.until_known("the demo reaches L3", "callsurge_stage{job=\"demo\"} == 3").await;
    every_panel_has_its_answer(&asked).await;
    variables_and_marks_have_theirs(&asked).await;
    every_rule_is_well(&asked).await;
    alerts_fire_for_the_living_only(&asked).await;
}

async fn every_panel_has_its_answer(asked: &Asked) {
    assert!(!asked.knows("callsurge_no_such_family").await, "whatever is asked is known");
    let mut silent = Vec::new();
    let questions = dashboards::questions();
    for question in &questions {
        let (mut known, place) = (Vec::new(), format!("{} {}", question.board, question.panel));
        for job in [DEMO, LIVE, PAGE] {
            if asked.knows(&for_job(&question.expr, job)).await {
                known.push(job);
            }
        }
        let enough = if question.may_be_empty { !known.is_empty() } else { known.contains(&DEMO) };
        if !enough {
            silent.push(format!("{place}: {} (known: {known:?})", question.expr));
        }
    }
    assert!(silent.is_empty(), "no answer:\n{}", silent.join("\n"));
    println!("{} questions of panels, each to three targets", questions.len());
}

async fn variables_and_marks_have_theirs(asked: &Asked) {
    for (path, board) in boards(Language::En) {
        for choice in list(&board, "/templating/list").iter().filter(|v| v["type"] == "query") {
            let (from, label) = selector(word(choice, "query"));
            let expr = format!("count by ({label}) ({})", for_job(from, DEMO));
            let found = asked.query(&expr).await;
            assert!(!found.is_empty(), "{path}: nothing to choose: {expr}");
            assert!(found.iter().all(|f| f["metric"][label].is_string()), "{path}: {expr}");
        }
        let marks = questions(&board).into_iter().find(|q| q.contains("[2m]")).expect("marks");
        let found = asked.query(&for_job(&marks, DEMO)).await;
        let to: BTreeSet<_> = found.iter().filter_map(|f| f["metric"]["to"].as_str()).collect();
        assert!(to.is_superset(&BTreeSet::from(["L1", "L2", "L3"])), "{path}: {marks}: {to:?}");
    }
}

async fn every_rule_is_well(asked: &Asked) {
    let begun = Instant::now();
    let rules = loop {
        let told = asked.api("rules").await.expect("answers");
        let groups = list(&told, "/groups").iter();
        let rules: Vec<Value> = groups.flat_map(|g| list(g, "/rules").to_vec()).collect();
        if rules.iter().all(|rule| rule["health"] != "unknown") {
            break rules;
        }
        assert!(begun.elapsed() < PATIENCE, "rules stay unevaluated: {told}");
        tokio::time::sleep(POLL).await;
    };
    assert_eq!(rules.len(), 38);
    for rule in &rules {
        assert_eq!(rule["health"], "ok", "{}: {}", rule["name"], rule["lastError"]);
        if rule["type"] == "recording" {
            let name = word(rule, "name");
            asked.until_known(name, &format!("{name}{{job=\"{DEMO}\"}}")).await;
        }
    }
}

async fn alerts_fire_for_the_living_only(asked: &Asked) {
    let of = |job: &str| format!("ALERTS{{job=\"{job}\",alertname=~\"Callsurge(Stage|Esc).*\"}}");
    let raised = "{alertname=\"CallsurgeStageRaised\",alertstate=\"firing\",stage=\"L1\"}";
    let raised = format!("ALERTS{raised} and on () ALERTS{{job=\"{LIVE}\",unit=\"default\"}}");
    asked.until_known("the live surge is an alert", &raised).await;
    for job in [DEMO, PAGE] {
        let found = asked.query(&of(job)).await;
        assert!(found.is_empty(), "{job} is not live: {found:?}");
    }
    let down = asked.query("ALERTS{alertname=~\"CallsurgeDown|CallsurgeAbsent\"}").await;
    assert!(down.is_empty(), "{down:?}");
}
