//! What can be wrong with a file, with the place where it is.

use super::csv::CsvProblem;
use super::queue_log::RowError;
use super::wire::Refusal;
use std::io;
use std::path::PathBuf;

/// What is wrong with one line. The reader goes on with the next one.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file cannot be read on; nothing follows.
    #[error(transparent)]
    Io(io::Error),
    /// Longer than any line has reason to be.
    #[error("the line is longer than 64 KiB; is this the right file?")]
    TooLong,
    /// A line of JSON.
    #[error(transparent)]
    Wire(Refusal),
    /// A row of a table.
    #[error(transparent)]
    Csv(CsvProblem),
    /// A row of a queue log.
    #[error(transparent)]
    QueueLog(RowError),
}

/// A problem and its line, counted from 1; 0 where it is of the whole file.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LineError {
    /// The line.
    pub line: u64,
    /// What is wrong there.
    pub problem: Problem,
}

impl LineError {
    /// A problem at a line.
    pub fn new(line: u64, problem: Problem) -> Self {
        Self { line, problem }
    }

    /// The file cannot be read on.
    pub fn io(line: u64, error: io::Error) -> Self {
        Self { line, problem: Problem::Io(error) }
    }
}

/// A problem, its line and its file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be opened.
    #[error("cannot open {}", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Its format cannot be told.
    #[error(
        "{}: not recognised as csv, ndjson, queue_log or calabrio; name the format with --format",
        path.display()
    )]
    Format {
        /// Which file.
        path: PathBuf,
    },
    /// One line is wrong.
    #[error("{}:{line}: {problem}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong there.
        problem: Problem,
    },
}

impl FileError {
    /// The same problem with its file.
    pub fn of(path: PathBuf, error: LineError) -> Self {
        Self::Line { path, line: error.line, problem: error.problem }
    }
}
