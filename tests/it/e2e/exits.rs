//! Every exit code that is documented, provoked.

use super::{path, program, row, run, text, write};
use callsurge::exit::Exit;
use std::collections::BTreeSet;
use std::net::TcpListener;

#[test]
fn every_documented_exit_code_is_what_the_shell_sees() {
    let folder = tempfile::tempdir().expect("folder");
    let file = |name: &str, content: &str| path(&write(folder.path(), name, content)).to_owned();
    let new = |name: &str| path(&folder.path().join(name)).to_owned();
    let good = file("good.toml", "[[unit]]\nname = \"u\"\nqueues = [\"q\"]\n");
    let bad = file("bad.toml", "colour = 7\n");
    let rows = file("rows.ndjson", &row("q", 1, 5));
    let broken = file("broken.csv", "start,offered\nyesterday,5\n");
    let foreign =
        file("foreign", "this is a letter and no journal, and it is long enough to see\n");
    let scenario = include_str!("../../scenarios/persistent_robust.toml");
    let late = file("late.toml", &scenario.replace("at = \"60m\"", "at = \"61m\""));
    let busy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let busy = busy.local_addr().expect("an address").to_string();
    let (none, journal) = ("/nonexistent/x", "/nonexistent/j");
    let (fresh, kept) = (new("fresh"), new("kept"));
    let kept_run = ["replay", "--input", &rows, "--journal", &kept];
    let cases: &[(&[&str], Exit, &str)] = &[
        (&kept_run, Exit::Ok, ""),
        (&["check-config", &good], Exit::Ok, ""),
        (&["init", "--output", &good], Exit::Failed, &good),
        (&["serve", "--listen", &busy, "--journal", &fresh], Exit::Failed, "--listen"),
        (&["nonsense"], Exit::Usage, "nonsense"),
        (&["replay"], Exit::Usage, "--input"),
        (&["demo", "--speed", "max"], Exit::Usage, "--headless"),
        (&["demo", "--listen", "0.0.0.0:0"], Exit::Usage, "loopback"),
        (&["check-config", &bad], Exit::Config, "colour"),
        (&["serve", "--config", &bad], Exit::Config, &bad),
        (&["replay", "--config", &bad, "--input", &rows], Exit::Config, &bad),
        (&["replay", "--input", none], Exit::Input, none),
        (&["replay", "--input", &broken], Exit::Input, "broken.csv:2"),
        (&["learn", "--input", none, "--journal", journal], Exit::Input, none),
        (&["learn", "--input", &broken, "--journal", &new("empty")], Exit::Input, "broken.csv:2"),
        (&["test", none], Exit::Input, none),
        (&["test", &late], Exit::Scenario, ""),
        (&["learn", "--input", &rows, "--journal", journal], Exit::Journal, journal),
        (&["learn", "--input", &rows, "--journal", &foreign], Exit::Journal, &foreign),
        (&["learn", "--input", &rows, "--journal", &kept], Exit::Journal, &kept),
        (&["replay", "--input", &rows, "--journal", journal], Exit::Journal, journal),
        (&kept_run, Exit::Journal, &kept),
        (&["demo", "--headless", "--speed", "max", "--journal", journal], Exit::Journal, journal),
        (&["demo", "--journal", journal], Exit::Journal, journal),
        (&["serve", "--journal", journal], Exit::Journal, journal),
        (&["serve", "--journal", &foreign], Exit::Journal, &foreign),
    ];
    for (args, exit, words) in cases {
        let output = run(args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(exit.code().into()), "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
    }
    let provoked: BTreeSet<_> = cases.iter().map(|(_, exit, _)| exit.code()).collect();
    assert!(provoked.into_iter().eq(Exit::ALL.map(Exit::code)), "a code has no case");
    assert!(!folder.path().join("empty").exists(), "nothing is created for wrong input");
}

#[test]
fn the_codes_are_those_of_the_readme() {
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once("## Exit codes").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("its end");
    let help = program().arg("--help").output().expect("it runs");
    for exit in Exit::ALL {
        let line = format!("\n| {} | {} |\n", exit.code(), exit.meaning());
        assert!(section.contains(&line), "{line}");
        let line = format!("{}  {}", exit.code(), exit.meaning());
        assert!(text(&help.stdout).contains(&line), "{line}");
    }
    assert_eq!(section.matches("\n| ").count(), Exit::ALL.len() + 1, "no code more");
}
