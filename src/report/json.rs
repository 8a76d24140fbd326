//! JSON lines: one object a line, nothing else.

use crate::record::Record;
use serde::Serialize;
use std::io::{self, Write};

/// Writes one JSON object a line.
#[derive(Debug)]
pub struct JsonLines<W> {
    out: W,
}

impl<W: Write> JsonLines<W> {
    /// Lines to a writer.
    pub const fn new(out: W) -> Self {
        Self { out }
    }

    /// Writes a record.
    ///
    /// # Errors
    /// If the writer fails.
    pub fn record(&mut self, record: &Record) -> io::Result<()> {
        self.line(record)
    }

    /// Writes any value that is one object; it brings its own `type`.
    ///
    /// # Errors
    /// If the writer fails or the value has no JSON form.
    pub fn line<T: Serialize>(&mut self, value: &T) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, value)?;
        self.out.write_all(b"\n")
    }

    /// Passes on what is buffered.
    ///
    /// # Errors
    /// If the writer fails.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
