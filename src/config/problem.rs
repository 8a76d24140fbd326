//! What is wrong with a configuration file, and how it is shown.
//!
//! A problem is shown as compilers show theirs: file, line and column, the line itself with a
//! mark under the offending part, and what to write instead. Every problem of a file is shown in
//! one run: who mends a file at night mends it once.

use crate::width;
use serde::Serialize;
use std::fmt;

/// Most problems that are written out: a file of another kind would fill the screen with more.
pub const PROBLEMS_SHOWN_MAX: usize = 50;

/// Something that is wrong with a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where; absent if the file as a whole is wrong.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Where a problem is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Character of the line, from 1.
    pub column: usize,
    /// The line as it is shown: secrets replaced, long ones cut.
    #[serde(skip)]
    pub shown: String,
    /// Columns before the mark.
    #[serde(skip)]
    pub indent: usize,
    /// Columns of the mark, at least 1.
    #[serde(skip)]
    pub marked: usize,
}

/// Every problem of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigErrors {
    /// The file, as it was named.
    pub file: String,
    /// What is wrong with it, in the order of the file.
    pub problems: Vec<Problem>,
}

impl ConfigErrors {
    /// A problem with the file as a whole.
    pub(crate) fn whole(file: &str, message: String, help: Option<String>) -> Self {
        Self { file: file.to_owned(), problems: vec![Problem { message, help, place: None }] }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.problems.iter().take(PROBLEMS_SHOWN_MAX) {
            problem.show(&self.file, f)?;
            writeln!(f)?;
        }
        let more = self.problems.len().saturating_sub(PROBLEMS_SHOWN_MAX);
        if more > 0 {
            writeln!(f, "… and {more} more")?;
        }
        let n = self.problems.len();
        write!(f, "{}: {n} {}", self.file, if n == 1 { "problem" } else { "problems" })
    }
}

impl std::error::Error for ConfigErrors {}

impl Problem {
    fn show(&self, file: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.message)?;
        let gutter = match &self.place {
            None => {
                writeln!(f, " --> {file}")?;
                0
            }
            Some(place) => place.show(file, f)?,
        };
        if let Some(help) = &self.help {
            writeln!(f, "{:gutter$} = help: {help}", "")?;
        }
        Ok(())
    }
}

impl Place {
    /// Returns the width of the gutter.
    fn show(&self, file: &str, f: &mut fmt::Formatter<'_>) -> Result<usize, fmt::Error> {
        let number = self.line.to_string();
        let gutter = number.len();
        writeln!(f, "{:gutter$}--> {file}:{}:{}", "", self.line, self.column)?;
        writeln!(f, "{:gutter$} |", "")?;
        writeln!(f, "{number} | {}", self.shown.trim_end())?;
        let marks = "^".repeat(self.marked);
        writeln!(f, "{:gutter$} | {:indent$}{marks}", "", "", indent = self.indent)?;
        Ok(gutter)
    }

    /// Columns of context that are shown on either side of the mark of a long line.
    const CONTEXT: usize = 60;

    /// A place from the three parts of its line: before the mark, marked, after it.
    pub(crate) fn new(line: usize, column: usize, before: &str, marked: &str, after: &str) -> Self {
        let shown_before = if width::of(before) > 2 * Self::CONTEXT {
            format!("…{}", width::tail(before, Self::CONTEXT))
        } else {
            before.to_owned()
        };
        let shown_marked = width::head(marked, Self::CONTEXT);
        let rest = if shown_marked.len() < marked.len() { "…" } else { after };
        let shown_rest = width::head(rest, Self::CONTEXT);
        let cut = if shown_rest.len() < rest.len() { "…" } else { "" };
        Self {
            line,
            column,
            indent: width::of(&shown_before),
            marked: width::of(shown_marked).max(1),
            shown: format!("{shown_before}{shown_marked}{shown_rest}{cut}"),
        }
    }
}
