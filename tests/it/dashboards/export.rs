//! What is committed is what the program writes, and how it writes.

use super::folder;
use callsurge::config::Language;
use callsurge::dashboards::export;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsurge"));
    command.args(["dashboards", "export"]).args(args).output().expect("it runs")
}

fn said(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("UTF-8")
}

/// Paths of the files under a folder, relative to it.
fn files(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("readable").flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => {
                    let path = path.strip_prefix(root).expect("inside");
                    found.insert(path.to_str().expect("UTF-8").to_owned());
                }
            }
        }
    }
    found
}

#[test]
fn the_committed_files_are_what_the_program_writes() {
    let mend = "run: cargo run -- dashboards export dashboards --force";
    let mut wanted: BTreeSet<String> = ["README.md".to_owned()].into();
    for file in export(&Language::ALL) {
        let there = fs::read_to_string(folder().join(&file.path)).unwrap_or_default();
        assert!(there == file.text, "dashboards/{} differs; {mend}", file.path);
        wanted.insert(file.path);
    }
    assert_eq!(files(&folder()), wanted, "{mend}, and delete what is left over");
}

#[test]
fn an_export_writes_once_and_replaces_nothing_unasked() {
    let home = tempfile::tempdir().expect("folder");
    let dir = home.path().join("new/boards");
    let dir = dir.to_str().expect("UTF-8");
    let first = run(&[dir]);
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    assert!(said(&first).contains("15 files written, 0 were there"), "{}", said(&first));
    let all = files(Path::new(dir));
    assert_eq!(all.len(), 15, "{all:?}");
    let again = run(&[dir]);
    assert!(said(&again).contains("0 files written, 15 were there"), "{}", said(&again));
    let rules = Path::new(dir).join("rules/alerts.yaml");
    fs::write(&rules, "groups: []\n").expect("written");
    fs::remove_file(Path::new(dir).join("en/leader.json")).expect("removed");
    let refused = run(&[dir]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("nothing was written"), "{}", said(&refused));
    assert!(said(&refused).contains("rules/alerts.yaml\n--force"), "{}", said(&refused));
    assert_eq!(fs::read_to_string(&rules).expect("read"), "groups: []\n");
    assert!(!files(Path::new(dir)).contains("en/leader.json"));
    assert!(said(&run(&[dir, "--force"])).contains("2 files written, 13 were there"));
    assert_eq!(files(Path::new(dir)), all);
}

#[test]
fn one_language_leaves_the_other_out() {
    let home = tempfile::tempdir().expect("folder");
    let dir = home.path().to_str().expect("UTF-8");
    let output = run(&[dir, "--lang", "zh-CN"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let found = files(home.path());
    assert_eq!(found.len(), 10, "{found:?}");
    assert!(found.contains("zh-CN/mixin.libsonnet"));
    assert!(!found.iter().any(|path| path.starts_with("en/")));
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let home = tempfile::tempdir().expect("folder");
    fs::write(home.path().join("file"), "").expect("written");
    let dir = home.path().join("file/below");
    let output = run(&[dir.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).starts_with("error: "), "{}", said(&output));
    assert!(said(&output).contains("file/below/en/wallboard.json"), "{}", said(&output));
}
