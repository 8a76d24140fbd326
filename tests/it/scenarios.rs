//! Every scenario file is met, and every resolved ambiguity has one.

use callsurge::scenario;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The ambiguities that the rule resolves, by number.
const AMBIGUITIES: std::ops::RangeInclusive<u32> = 1..=26;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let entries = fs::read_dir(folder).expect("the folder of scenarios");
    let mut files: Vec<PathBuf> = entries.map(|e| e.expect("readable").path()).collect();
    files.sort();
    files
}

#[test]
fn scenarios_come_out_as_written() {
    let mut failed = String::new();
    for path in files() {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("readable");
        match scenario::run(&text) {
            Ok(report) if report.passed() => {}
            Ok(report) => failed.push_str(&format!("{name}\n{report}\n")),
            Err(error) => failed.push_str(&format!("{name}: {error}\n")),
        }
    }
    assert!(failed.is_empty(), "\n{failed}");
}

#[test]
fn every_ambiguity_has_a_scenario() {
    let told: BTreeSet<u32> = files()
        .iter()
        .filter_map(|path| {
            let text = fs::read_to_string(path).expect("readable");
            let table: toml::Table = text.parse().expect("TOML");
            let number = table.get("ambiguity")?.as_integer()?;
            let number = u32::try_from(number).expect("a small number");
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            assert!(name.starts_with(&format!("a{number:02}_")), "{name} says {number}");
            Some(number)
        })
        .collect();
    let missing: Vec<u32> = AMBIGUITIES.filter(|n| !told.contains(n)).collect();
    assert!(missing.is_empty(), "no scenario for {missing:?}");
}

#[test]
fn a_report_is_an_object_for_programs() {
    let path = files().into_iter().next().expect("a scenario");
    let report = scenario::run(&fs::read_to_string(path).expect("readable")).expect("runs");
    let json = serde_json::to_value(&report).expect("JSON");
    assert_eq!(json["findings"], serde_json::json!([]));
}
