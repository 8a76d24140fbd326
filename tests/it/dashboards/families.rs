//! The metrics that boards and rules name exist, with these labels; every family is used.

use super::promql::{Selector, groupings, selectors};
use super::{boards, folder, questions};
use callsurge::config::Language;
use callsurge::metrics::catalogue::{ALL, Family, Kind};
use std::collections::BTreeSet;
use std::fs;

/// Families that no board and no rule uses, each with its reason. They are in the table of
/// dashboards/README.md for whoever wants them.
const UNUSED: [(&str, &str); 0] = [];

/// What Prometheus adds to every series, and the label of buckets.
const ADDED: [&str; 3] = ["job", "instance", "le"];

/// Expressions of the rules, each on one line, and the names that they record.
fn rules() -> (Vec<String>, BTreeSet<String>) {
    let (mut exprs, mut records) = (Vec::new(), BTreeSet::new());
    for file in ["alerts.yaml", "recording.yaml"] {
        let text = fs::read_to_string(folder().join("rules").join(file)).expect("readable");
        let mut inside = false;
        for line in text.lines() {
            let trimmed = line.trim_start_matches([' ', '-']);
            if let Some(name) = trimmed.strip_prefix("record: ") {
                records.insert(name.to_owned());
            }
            if let Some(expr) = trimmed.strip_prefix("expr: ") {
                exprs.push(expr.trim_start_matches(">-").to_owned());
                inside = expr == ">-";
            } else if line.starts_with("          ") && inside {
                let last = exprs.last_mut().expect("begun");
                last.push_str(trimmed);
                last.push(' ');
            } else {
                inside = false;
            }
        }
    }
    (exprs, records)
}

fn family(metric: &str) -> Option<&'static Family> {
    ALL.iter().find(|family| match metric.strip_prefix(family.name) {
        Some("") => family.kind != Kind::Histogram,
        Some("_bucket" | "_sum" | "_count") => family.kind == Kind::Histogram,
        _ => false,
    })
}

/// Checks a selector; gives the labels that its series have.
fn labels(selector: &Selector, records: &BTreeSet<String>, place: &str) -> Vec<&'static str> {
    let metric = selector.metric.as_str();
    let process = [
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
        "up",
    ];
    let known: &[&str] = match family(metric) {
        Some(family) => family.labels,
        None if process.contains(&metric) => &[],
        None if records.contains(metric) => &["unit", "stage"],
        None => panic!("{place}: {metric} is no family"),
    };
    let all: Vec<_> = known.iter().copied().chain(ADDED).collect();
    for (label, _) in &selector.matchers {
        assert!(all.contains(&label.as_str()), "{place}: {metric} has no label {label}");
    }
    all
}

#[test]
fn what_is_asked_exists_and_what_exists_is_asked() {
    let (exprs, records) = rules();
    assert_eq!((exprs.len(), records.len()), (38, 9));
    let rules = exprs.into_iter().map(|expr| ("rules".to_owned(), expr));
    let boards = boards(Language::En).into_iter().flat_map(|(path, board)| {
        questions(&board).into_iter().map(move |expr| (path.clone(), expr))
    });
    let mut used = BTreeSet::new();
    for (path, expr) in rules.chain(boards) {
        let place = format!("{path}: {expr}");
        let mut known = Vec::new();
        for selector in selectors(&expr) {
            known.extend(labels(&selector, &records, &place));
            used.extend(family(&selector.metric).map(|family| family.name));
        }
        assert!(!known.is_empty() || expr == "vector(1)", "{place}: no selector is found");
        for label in groupings(&expr) {
            assert!(known.contains(&label), "{place}: nothing has the label {label}");
        }
    }
    for family in ALL {
        let unused = UNUSED.iter().any(|(name, _)| *name == family.name);
        assert_ne!(used.contains(family.name), unused, "{}: use it or list it", family.name);
    }
}
