//! The shape of the code as a test: who may import whom, how long files are, which words are
//! refused.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(under: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![under.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn module_files(module: &str) -> Vec<PathBuf> {
    let src = root().join("src");
    let mut files: Vec<_> =
        Some(src.join(format!("{module}.rs"))).filter(|p| p.exists()).into_iter().collect();
    if src.join(module).is_dir() {
        files.extend(rust_files(&src.join(module)));
    }
    files
}

/// Lines of a file in front of its unit tests, without comments.
fn code(path: &Path) -> Vec<(usize, String)> {
    if path.ends_with("tests.rs") {
        return Vec::new();
    }
    let text = fs::read_to_string(path).expect("readable");
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(i, line)| (i + 1, line.to_owned()))
        .collect()
}

fn refuse(files: &[PathBuf], words: &[&str], why: &str) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (number, line) in code(file) {
            for word in words {
                if line.contains(word) {
                    found.push(format!("{}:{number}: `{word}`: {why}", file.display()));
                }
            }
        }
    }
    found
}

#[test]
fn the_engine_is_pure() {
    let words = [
        "tokio",
        "axum",
        "prometheus",
        "tracing",
        "rusqlite",
        "reqwest",
        "rand",
        "std::fs",
        "std::net",
        "std::env",
        "std::thread",
        "std::process",
        "std::io",
        "Instant::now",
        "SystemTime",
        "Utc::now",
        "Local::now",
        "HashMap",
        "HashSet",
        "async ",
        "thiserror",
        "anyhow",
        "serde_json",
        "crate::driver",
        "crate::ingest",
        "crate::api",
        "crate::journal",
        "crate::delivery",
        "crate::config",
        "crate::record",
        "crate::clock",
        "crate::metrics",
        "println!",
        "eprintln!",
        "Mutex",
        "RefCell",
    ];
    let mut files = module_files("engine");
    files.extend(module_files("staffing"));
    files.extend(module_files("recall"));
    assert!(files.len() > 15, "the engine was not found");
    let found = refuse(&files, &words, "the engine has no clock, no I/O and no async");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn engine_imports_come_from_five_places() {
    let allowed = [
        "std::",
        "core::",
        "chrono::",
        "chrono_tz::",
        "serde::",
        "statrs::",
        "super::",
        "crate::engine::",
        "crate::recall::",
        "crate::roster::PersonId",
        "self::",
    ];
    let mut found = Vec::new();
    let modules: Vec<String> = module_files("engine")
        .iter()
        .filter_map(|p| Some(p.file_stem()?.to_str()?.to_owned()))
        .collect();
    for file in module_files("engine") {
        for (number, line) in code(&file) {
            let line = line.trim_start();
            let Some(path) = line.strip_prefix("use ").or_else(|| line.strip_prefix("pub use "))
            else {
                continue;
            };
            let own = modules.iter().any(|m| path.starts_with(&format!("{m}::")));
            if !own && !allowed.iter().any(|a| path.starts_with(a)) {
                found.push(format!("{}:{number}: {line}", file.display()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Whom the roster excludes is the same today, in a replay and in a drill.
#[test]
fn the_rules_of_the_roster_are_pure() {
    let rules = [
        "contact",
        "eligibility",
        "law",
        "ledger",
        "local",
        "order",
        "period",
        "person",
        "quiet",
        "why",
    ];
    let mut files: Vec<_> =
        rules.iter().map(|rule| root().join(format!("src/roster/{rule}.rs"))).collect();
    files.push(root().join("src/worked.rs"));
    let words = [
        "rusqlite",
        "std::fs",
        "std::io",
        "std::env",
        "SystemTime",
        "Utc::now",
        "HashMap",
        "HashSet",
        "SystemRandom",
        "rand::",
        "crate::clock",
        "super::store",
        "super::seal",
        "super::plan",
        "println!",
        "async ",
    ];
    let found = refuse(&files, &words, "the rules know facts and times that they are told");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What a link shows and a text message means is the same in a test, a drill and at night.
#[test]
fn what_is_shown_and_read_of_replies_is_pure() {
    let parts = ["index", "page", "page/contact", "standing", "text", "token", "words"];
    let files: Vec<_> =
        parts.iter().map(|part| root().join(format!("src/reply/{part}.rs"))).collect();
    let words = [
        "tokio",
        "axum",
        "reqwest",
        "rusqlite",
        "tracing",
        "std::fs",
        "std::net",
        "std::env",
        "crate::clock",
        "crate::driver",
        "crate::metrics",
        "async ",
        "println!",
    ];
    let found = refuse(&files, &words, "only `say`, `state`, `server` and `hooks` have to do");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What an answer means is a table, and a table needs no network.
#[test]
fn channels_have_no_sockets_but_two() {
    let mut files = rust_files(&root().join("src/delivery/channel"));
    files.retain(|file| !["call.rs", "smtp.rs", "token.rs"].iter().any(|own| file.ends_with(own)));
    assert!(files.len() > 15, "the channels were not found");
    let words =
        ["async ", "tokio", "reqwest::Client", "std::net", "std::fs", "SystemTime", "HashMap"];
    let tests =
        |file: &PathBuf| file.ends_with("property_tests.rs") || file.ends_with("samples.rs");
    files.retain(|file| !tests(file));
    let found = refuse(&files, &words, "only `call` and `smtp` have a socket, `token` a lock");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn adapters_do_not_import_each_other() {
    let forbidden = [
        ("ingest", vec!["crate::api", "crate::delivery", "crate::journal", "crate::app"]),
        ("delivery", vec!["crate::api", "crate::ingest", "crate::app"]),
        ("api", vec!["crate::ingest", "crate::delivery", "crate::app"]),
        (
            "roster",
            vec!["crate::api", "crate::delivery", "crate::driver", "crate::journal", "crate::app"],
        ),
        (
            "preflight",
            vec![
                "crate::api",
                "crate::app",
                "crate::clock",
                "crate::delivery",
                "crate::driver",
                "crate::ingest",
                "crate::journal",
                "std::fs",
                "async ",
            ],
        ),
        ("journal", vec!["crate::api", "crate::ingest", "crate::delivery", "crate::app"]),
        ("export", vec!["crate::api", "crate::ingest", "crate::delivery", "crate::app"]),
        ("record", vec!["crate::api", "crate::ingest", "crate::journal", "crate::app"]),
    ];
    for (module, words) in forbidden {
        let found = refuse(&module_files(module), &words, "adapters meet in the driver and in app");
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

#[test]
fn files_stay_readable() {
    let mut found = Vec::new();
    for file in rust_files(&root().join("src")) {
        let lines = fs::read_to_string(&file).expect("readable").lines().count();
        if lines > 700 {
            found.push(format!("{}: {lines} lines, at most 700", file.display()));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_the_clock_reads_the_clock() {
    let mut files = rust_files(&root().join("src"));
    files.retain(|f| !f.ends_with("src/clock.rs"));
    let found = refuse(&files, &["Utc::now", "Local::now", "SystemTime::now"], "ask the Clock");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn sql_is_never_formatted() {
    let mut found = Vec::new();
    let src = root().join("src");
    for file in ["journal", "roster"].iter().flat_map(|module| rust_files(&src.join(module))) {
        for (number, line) in code(&file) {
            let upper = line.to_uppercase();
            let sql =
                ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|w| upper.contains(w));
            if sql && line.contains("format!") {
                found.push(format!("{}:{number}", file.display()));
            }
        }
    }
    assert!(found.is_empty(), "bind parameters instead: {}", found.join("\n"));
}
