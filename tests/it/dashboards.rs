//! Dashboards and rules: the files, their form, their questions, and a Prometheus that answers.

mod export;
mod families;
mod form;
mod live;
mod promql;
mod rules;
mod schema;

use callsurge::config::Language;
use callsurge::dashboards::export;
use serde_json::Value;
use std::path::PathBuf;

/// The folder of the repository.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("dashboards")
}

/// The boards of a language, by path.
fn boards(language: Language) -> Vec<(String, Value)> {
    let files = export(&[language]).into_iter().filter(|file| file.path.ends_with(".json"));
    let parse = |text: &str| serde_json::from_str(text).expect("JSON");
    let boards: Vec<_> = files.map(|file| (file.path.clone(), parse(&file.text))).collect();
    assert_eq!(boards.len(), 4);
    boards
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.unwrap_or_else(|| panic!("no list at {pointer}"))
}

fn panels(board: &Value) -> &[Value] {
    list(board, "/panels")
}

fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value:#}"))
}

/// Every question of a board: those of its panels, its variables and its annotations.
fn questions(board: &Value) -> Vec<String> {
    let panels = panels(board).iter().flat_map(|panel| list(panel, "/targets"));
    let marks = list(board, "/annotations/list").iter();
    let asked = panels.chain(marks).map(|asks| word(asks, "expr").to_owned());
    let choices = list(board, "/templating/list").iter().filter(|v| v["type"] == "query");
    asked.chain(choices.map(|choice| selector(word(choice, "query")).0.to_owned())).collect()
}

/// Selector and label of `label_values(selector, label)`.
fn selector(query: &str) -> (&str, &str) {
    let inside = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
    inside.and_then(|inside| inside.rsplit_once(", ")).expect("label_values(selector, label)")
}
