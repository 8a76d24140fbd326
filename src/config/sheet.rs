//! A configuration file while it is read: its text, and the problems found so far.
//!
//! Readers of sections share one sheet and add problems by byte range; lines, columns and marks
//! are worked out once at the end. Ranges that hold secrets are known to the sheet, so that no
//! message about a line can print a secret that stands in it, whatever the message is about.

use super::keys;
use super::problem::{ConfigErrors, Place, Problem};
use std::cell::RefCell;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Stands for a secret in a line that is shown.
const MASK: &str = "********";

/// A file while it is read.
pub(super) struct Sheet<'s> {
    text: &'s str,
    hidden: RefCell<Vec<Range<usize>>>,
    found: RefCell<Vec<Found>>,
}

struct Found {
    span: Range<usize>,
    message: String,
    help: Option<String>,
}

impl<'s> Sheet<'s> {
    /// A sheet of a text. Values that look like secrets are hidden from the start.
    pub(super) fn new(text: &'s str) -> Self {
        let hidden = RefCell::new(hidden_by_text(text));
        Self { text, hidden, found: RefCell::default() }
    }

    /// Hides the values of secret-like keys wherever they stand, over several lines too.
    pub(super) fn hide_secrets(&self, table: &DeTable<'_>) {
        for (key, value) in table {
            let secret = keys::is_secret(key.get_ref());
            self.hide_in(value, secret);
        }
    }

    fn hide_in(&self, value: &Spanned<DeValue<'_>>, secret: bool) {
        match value.get_ref() {
            DeValue::Table(inner) => self.hide_secrets(inner),
            DeValue::Array(items) => items.iter().for_each(|item| self.hide_in(item, secret)),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {
                if secret {
                    self.hide(value.span());
                }
            }
        }
    }

    /// Never shows this range.
    pub(super) fn hide(&self, span: Range<usize>) {
        self.hidden.borrow_mut().push(span);
    }

    /// Adds a problem.
    pub(super) fn problem(&self, span: Range<usize>, message: String, help: Option<String>) {
        self.found.borrow_mut().push(Found { span, message, help });
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_clean(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// Line of a byte, from 1.
    pub(super) fn line_of(&self, at: usize) -> usize {
        1 + self.text.as_bytes().iter().take(at).filter(|&&b| b == b'\n').count()
    }

    /// The problems, in the order of the file.
    pub(super) fn into_errors(self, file: &str) -> ConfigErrors {
        let mut found = self.found.take();
        found.sort_by_key(|f| f.span.start);
        let problems = found
            .into_iter()
            .map(|f| Problem { place: Some(self.place(f.span)), message: f.message, help: f.help })
            .collect();
        ConfigErrors { file: file.to_owned(), problems }
    }

    fn place(&self, span: Range<usize>) -> Place {
        let start = self.boundary(span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let end = self.boundary(span.end).clamp(start, line_end);
        Place::new(
            self.line_of(start),
            1 + self.text[line_start..start].chars().count(),
            &self.shown(line_start..start),
            &self.shown(start..end),
            &self.shown(end..line_end),
        )
    }

    /// The nearest character boundary that is not later.
    fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// A piece of a line as it may be shown: secrets masked, control characters blanked.
    fn shown(&self, piece: Range<usize>) -> String {
        let hidden = self.hidden.borrow();
        let mut out = String::new();
        let mut masked = false;
        for (offset, c) in self.text[piece.clone()].char_indices() {
            let at = piece.start + offset;
            let hide = hidden.iter().any(|h| h.contains(&at));
            if hide && !masked {
                out.push_str(MASK);
            }
            masked = hide;
            if !hide {
                out.push(if c.is_control() { ' ' } else { c });
            }
        }
        out
    }
}

/// In a file that does not parse, everything after `secret =` up to the end of the line.
fn hidden_by_text(text: &str) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        for (at, _) in line.match_indices('=') {
            let key = line[..at].trim_end_matches([' ', '\t', '"', '\'']);
            let word = key.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').next();
            if word.is_some_and(keys::is_secret) {
                let value = &line[at + 1..];
                let from = start + line.len() - value.trim_start().len();
                hidden.push(from..from.max(start + line.trim_end().len()));
                break;
            }
        }
        start += line.len();
    }
    hidden
}
