//! Scenario files: what comes in and what is expected to follow, as data.
//!
//! A scenario is a TOML file with series in compact notation, commands, restarts and late rows at
//! offsets from a start, and the levels, verdicts and effects that are expected. It runs the real
//! [`Engine`](crate::engine::Engine) on virtual time: entries stamped by the file, ticks at the
//! engine's own deadlines, a restart as a round trip of its state. The project's own rules are
//! pinned by such files, and a centre can write its own: `callsurge test FILE`.
//!
//! It does not deliver, store or listen; what depends on people or channels is not tested here.

mod expect;
mod file;
mod notation;
mod plan;
mod rows;
mod run;
mod settings;

use file::ScenarioFile;
use plan::{Plan, Source};
use serde::Serialize;
use std::fmt;

/// Why a scenario cannot be run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ScenarioError {
    /// Line of the file, from 1; 0 where no line is to blame.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Line of the expectation.
    pub line: usize,
    /// What it is about.
    pub about: String,
    /// What was expected.
    pub expected: String,
    /// What came instead.
    pub found: String,
}

/// What a scenario showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScenarioReport {
    /// Title of the file.
    pub title: String,
    /// Number of the resolved ambiguity that the file settles.
    pub ambiguity: Option<u32>,
    /// Expectations that were checked.
    pub checked: usize,
    /// Expectations that were not met.
    pub findings: Vec<Finding>,
    /// All changes of level, one a line, as the engine made them.
    pub transitions: Vec<String>,
}

impl ScenarioReport {
    /// Whether every expectation was met.
    pub fn passed(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for ScenarioReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.passed() { "ok" } else { "FAILED" };
        writeln!(f, "{verdict}  {} ({} checked)", self.title, self.checked)?;
        for finding in &self.findings {
            writeln!(f, "  line {}: {}", finding.line, finding.about)?;
            writeln!(f, "    expected: {}", finding.expected)?;
            writeln!(f, "    found:    {}", finding.found)?;
        }
        if !self.passed() {
            writeln!(f, "  changes of level:")?;
            for line in &self.transitions {
                writeln!(f, "    {line}")?;
            }
        }
        Ok(())
    }
}

/// Runs a scenario.
///
/// # Errors
/// [`ScenarioError`] where the file cannot be understood. An expectation that is not met is no
/// error but a [`Finding`].
pub fn run(text: &str) -> Result<ScenarioReport, ScenarioError> {
    let src = Source { text };
    let file: ScenarioFile = toml::from_str(text).map_err(|e| {
        let place = e.span().map_or(0, |span| span.start);
        src.wrong(place, e.message())
    })?;
    let plan = Plan::of(&file, &src)?;
    let start = plan.start;
    let wanted = expect::Wanted::of(&file, &src, start)?;
    let last = plan.happenings.last().map_or(start, |h| h.0);
    let end = match &file.end {
        Some(end) => start + src.offset(end)?,
        None => wanted.instants().max().map_or(last, |asked| last.max(asked)),
    };
    let outcome = run::run(plan, wanted.instants().collect(), end)?;
    Ok(wanted.compare(&file, &src, &outcome, start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        run(text).expect_err("refused").to_string()
    }

    #[test]
    fn errors_name_the_line() {
        assert!(error("title = 1").starts_with("line 1: "), "{}", error("title = 1"));
        let head = "title = \"t\"\nstart = \"2026-11-24T09:00:00Z\"\n";
        let wrong = format!("{head}[[series]]\nqueue = \"q\"\noffered = \"100y3\"\n");
        assert!(error(&wrong).starts_with("line 5: "), "{}", error(&wrong));
        let wrong = format!("{head}[[series]]\nqueue = \"q\"\noffered = \"1\"\nofferd = \"1\"\n");
        assert!(error(&wrong).starts_with("line 6: "), "{}", error(&wrong));
        let series = "[[series]]\nqueue = \"q\"\noffered = \"1\"\n";
        let wrong = format!("{head}{series}[[command]]\nat = \"1m\"\nact = \"raise\"\n");
        assert_eq!(error(&wrong), "line 8: raise and lower need a level");
        let event =
            "[[policy.expected]]\nfrom = \"0m\"\nto = \"9m\"\nfactor = 2.0\nunit = \"sale\"\n";
        let units = "[[unit]]\nname = \"sales\"\nqueues = [\"q\"]\n";
        let said = "no unit is named \"sale\"; there are: ";
        let wrong = format!("{head}{event}{units}{series}");
        assert_eq!(error(&wrong), format!("line 7: {said}sales"));
        assert_eq!(error(&format!("{head}{event}{series}")), format!("line 7: {said}default"));
        assert!(run(&wrong.replace("sale\"", "sales\"")).is_ok());
    }

    #[test]
    fn an_expectation_that_is_not_met_says_what_came_instead() {
        let text = r#"
title = "a quiet queue"
start = "2026-11-24T09:00:00Z"
transitions = [{ at = "5m", to = "L1" }]
[[series]]
queue = "sales"
offered = "20~x10"
[[expect]]
at = "10m"
level = "L1"
verdict = "normal"
"#;
        let report = run(text).expect("understood");
        assert!(!report.passed());
        let about: Vec<_> = report.findings.iter().map(|f| (f.line, f.about.as_str())).collect();
        assert_eq!(about, [(9, "level at 10m"), (4, "transitions")]);
        assert_eq!(report.findings[0].found, "none");
        assert!(report.to_string().contains("expected: L1"), "{report}");
    }
}
