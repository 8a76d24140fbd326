//! What is wrong with a file of people, shifts or leave: where, what, and how to mend it.
//!
//! No value is repeated, not even one that stands in a column of harmless words: cells slip, and then a
//! telephone number stands where the tier should be. Line and column are enough to find it.

use super::address::AddressError;
use super::quiet::QuietError;
use crate::ingest::name::NameError;
use std::fmt;

/// Problems that are shown; a file that is wrong in one column is wrong in every line.
const SHOWN_MAX: usize = 20;

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line in the file, from 1; 0 where it is of the whole file.
    pub line: u64,
    /// The column or property, as `column 5 (mobile)`.
    pub place: Option<String>,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file cannot be read on.
    #[error("{0}")]
    Unreadable(String),
    /// A column that is needed.
    #[error("there is no column `{column}` ({zh}); the first line names the columns")]
    NoColumn {
        /// Its name.
        column: &'static str,
        /// Its Chinese name.
        zh: &'static str,
    },
    /// A column that is there twice.
    #[error("the column `{0}` is there twice; remove one")]
    ColumnTwice(&'static str),
    /// No line but the header.
    #[error("it names nobody; is it the right file?")]
    Nobody,
    /// A line with too few or too many cells.
    #[error("it has {found} cells, the first line {wanted}; look for a separator inside a cell")]
    Cells {
        /// Cells of the line.
        found: usize,
        /// Cells of the header.
        wanted: usize,
    },
    /// A cell that must not be empty.
    #[error("it is empty; every person needs one")]
    Empty,
    /// An id or name that a spreadsheet would run.
    #[error("it begins with =, +, - or @, which a spreadsheet takes for a formula; remove that")]
    Formula,
    /// The same staff id twice.
    #[error("the same id stands in line {0} already; one line a person")]
    Twice(u64),
    /// The same event of a person twice.
    #[error("the same event (UID) of the same person stands in line {0} already")]
    EventTwice(u64),
    /// A name, skill or site.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A contact.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Quiet hours.
    #[error(transparent)]
    Quiet(#[from] QuietError),
    /// A word from a list.
    #[error("it is none of {0}")]
    Choice(&'static str),
    /// A whole number.
    #[error("it is no whole number from {0} to {1}")]
    Number(u32, u32),
    /// A time zone.
    #[error("it is no time zone: {0}")]
    Zone(String),
    /// A date.
    #[error("it is no date; write for example 2026-11-28")]
    Date,
    /// A number of hours.
    #[error("it is no number of hours from 0 to 24, such as 1.5 or 1:30")]
    Hours,
    /// An instant.
    #[error("it is no instant; write for example 2026-11-28T22:15:00+08:00")]
    Instant,
    /// The same day of a person twice.
    #[error("the same day of the same person stands in line {0} already; add them up")]
    DayTwice(u64),
    /// A verification that is still to come.
    #[error("the day is still to come; attest what was verified")]
    Future,
    /// A calendar that is none.
    #[error("it does not begin with BEGIN:VCALENDAR; export the calendar as .ics")]
    NoCalendar,
    /// An event that is not closed.
    #[error("the event has no END:VEVENT; the file is cut")]
    Open,
    /// A property that an event needs.
    #[error("the event has no {0}")]
    NoProperty(&'static str),
    /// A time.
    #[error("it is no time of the form 20261128T080000, with Z behind it for UTC, or 20261128")]
    Stamp,
    /// A length of time.
    #[error("it is no length of the form PT8H or P1D")]
    Duration,
    /// It ends before it begins.
    #[error("it ends before it begins")]
    Backwards,
    /// A shift that nobody works.
    #[error("a shift has at most 48 hours; is it leave?")]
    LongShift,
    /// A rule of repetition.
    #[error("repeated events are not unrolled; export every shift as an event of its own")]
    Repeated,
    /// Neither a shift nor leave.
    #[error(
        "neither CATEGORIES nor SUMMARY say whether it is a shift (shift, 班) or leave (leave, 假)"
    )]
    Neither,
    /// Whose it is.
    #[error(
        "whose it is is not said: give X-CALLSURGE-PERSON with the staff id, or an ATTENDEE with \
         the e-mail address of one person"
    )]
    Whose,
    /// A person who is not in the roster.
    #[error("nobody in the roster has that id or address; import the people first")]
    Unknown,
    /// An address that several people have.
    #[error("several people have that address; give X-CALLSURGE-PERSON with the staff id")]
    Several,
}

impl Problem {
    /// A problem of a line.
    pub fn line(line: u64, fault: impl Into<Fault>) -> Self {
        Self { line, place: None, fault: fault.into() }
    }

    /// A problem of a place in a line.
    pub fn at(line: u64, place: impl Into<String>, fault: impl Into<Fault>) -> Self {
        Self { line, place: Some(place.into()), fault: fault.into() }
    }
}

/// `7: column 5 (mobile): it has 10 digits …`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}: ", self.line)?;
        }
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}", self.fault)
    }
}

/// All that is wrong with a file, in the order of its lines. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The file, as it was named.
    pub file: String,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.problems.iter().take(SHOWN_MAX) {
            writeln!(f, "{}:{problem}", self.file)?;
        }
        let more = self.problems.len().saturating_sub(SHOWN_MAX);
        if more > 0 {
            writeln!(f, "… and {more} more")?;
        }
        write!(f, "{}: nothing is imported", self.file)
    }
}

impl std::error::Error for Problems {}
