//! Alerts and recording rules: form, unit tests by promtool, and that each is explained.

use super::folder;
use std::fs;
use std::process::Command;

const README: &str = include_str!("../../../dashboards/README.md");

fn read(name: &str) -> String {
    fs::read_to_string(folder().join("rules").join(name)).expect("readable")
}

/// Name and text of each alert.
fn alerts() -> Vec<(String, String)> {
    let text = read("alerts.yaml");
    let parts = text.split("- alert: ").skip(1);
    let alerts: Vec<_> = parts
        .map(|part| {
            let name = part.lines().next().expect("a name");
            (name.to_owned(), part.to_owned())
        })
        .collect();
    assert_eq!(alerts.len(), 29);
    alerts
}

/// Runs promtool; `false` where it is not installed.
fn promtool(args: &[&str]) -> bool {
    let output = Command::new("promtool").args(args).current_dir(folder().join("rules")).output();
    let Ok(output) = output else {
        println!("skipped: promtool is not installed");
        return false;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{said}");
    true
}

#[test]
fn promtool_accepts_the_rules() {
    promtool(&["check", "rules", "alerts.yaml", "recording.yaml"]);
}

#[test]
fn the_unit_tests_of_the_rules_pass() {
    promtool(&["test", "rules", "tests.yaml"]);
}

#[test]
fn every_alert_is_graded_explained_and_tried() {
    let tests = read("tests.yaml");
    for (name, text) in alerts() {
        assert!(name.starts_with("Callsurge"), "{name}");
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        let severity = lines.iter().find_map(|line| line.strip_prefix("severity: "));
        let severity = severity.unwrap_or_else(|| panic!("{name} has no severity"));
        assert!(["critical", "warning", "info", "none"].contains(&severity), "{name}");
        for key in ["summary: ", "summary_zh: ", "description: ", "runbook: "] {
            assert_eq!(lines.iter().filter(|l| l.starts_with(key)).count(), 1, "{name}: {key}");
        }
        assert!(tests.contains(&name), "{name} has no unit test");
        let row = format!("| `{name}` | {severity} |");
        assert!(README.contains(&row), "dashboards/README.md has no row {row}");
    }
}

/// Levels of a demo or a replay are of another time, and nobody is to be called for them.
#[test]
fn alerts_on_calls_concern_live_journals_only() {
    let apart = ["callsurge.monitor", "callsurge.notifications"];
    let text = read("alerts.yaml");
    for group in text.split("  - name: ").skip(1) {
        let name = group.lines().next().expect("a name");
        for alert in group.split("- alert: ").skip(1) {
            let title = alert.lines().next().expect("a name");
            let live = alert.contains("callsurge_journal_info{stamp=\"live\"}");
            let exempt = apart.contains(&name) || title == "CallsurgeObservationsRefused";
            assert!(live || exempt, "{title}");
        }
    }
}
