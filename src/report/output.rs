//! Who gets what: text for people, JSON lines for programs, never mixed on one stream.

use super::json::JsonLines;
use crate::record::Record;
use serde::Serialize;
use std::io::{self, Write};

/// The two streams of a command. With `--json` standard output holds JSON objects only and the
/// text for people goes to standard error; without, standard output holds the text. Errors and
/// warnings go to standard error either way.
pub struct Output<'a> {
    /// `None`: people read standard error.
    people: Option<&'a mut dyn Write>,
    err: &'a mut dyn Write,
    programs: Option<JsonLines<&'a mut dyn Write>>,
}

impl std::fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("json", &self.programs.is_some()).finish_non_exhaustive()
    }
}

impl<'a> Output<'a> {
    /// The streams of a command.
    pub fn new(json: bool, out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        if json {
            Self { people: None, err, programs: Some(JsonLines::new(out)) }
        } else {
            Self { people: Some(out), err, programs: None }
        }
    }

    /// Text for people.
    pub fn people(&mut self) -> &mut dyn Write {
        match &mut self.people {
            Some(people) => people,
            None => self.err,
        }
    }

    /// Where errors go: never among what was asked for.
    pub fn errors(&mut self) -> &mut dyn Write {
        self.err
    }

    /// Tells people and programs of something that is probably not meant.
    ///
    /// # Errors
    /// If a stream fails.
    pub fn warn(&mut self, message: &str) -> io::Result<()> {
        self.object(&Warning { r#type: "warning", message })?;
        writeln!(self.err, "warning: {message}")
    }

    /// Whether programs listen.
    pub const fn is_json(&self) -> bool {
        self.programs.is_some()
    }

    /// A record for programs; people get a table of them later.
    ///
    /// # Errors
    /// If the stream fails.
    pub fn record(&mut self, record: &Record) -> io::Result<()> {
        self.object(record)
    }

    /// An object with its own `type` for programs.
    ///
    /// # Errors
    /// If the stream fails.
    pub fn object<T: Serialize>(&mut self, value: &T) -> io::Result<()> {
        match &mut self.programs {
            Some(lines) => lines.line(value),
            None => Ok(()),
        }
    }

    /// Passes on what is buffered.
    ///
    /// # Errors
    /// If a stream fails.
    pub fn flush(&mut self) -> io::Result<()> {
        if let Some(lines) = &mut self.programs {
            lines.flush()?;
        }
        if let Some(people) = &mut self.people {
            people.flush()?;
        }
        self.err.flush()
    }
}

/// A warning as programs read it.
#[derive(Serialize)]
struct Warning<'a> {
    r#type: &'static str,
    message: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_text_go_to_different_streams() {
        for json in [false, true] {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let mut output = Output::new(json, &mut out, &mut err);
            output.record(&Record { kind: "quality".into(), ..Record::default() }).expect("kept");
            writeln!(output.people(), "for people").expect("kept");
            output.warn("odd").expect("kept");
            output.flush().expect("kept");
            let (out, err) = (String::from_utf8_lossy(&out), String::from_utf8_lossy(&err));
            if json {
                let warning = "{\"type\":\"warning\",\"message\":\"odd\"}\n";
                let quality = "{\"type\":\"quality\",\"id\":\"\",\"at\":\"\"}\n";
                assert_eq!(out, format!("{quality}{warning}"));
                assert_eq!(err, "for people\nwarning: odd\n");
            } else {
                assert_eq!((out.as_ref(), err.as_ref()), ("for people\n", "warning: odd\n"));
            }
        }
    }
}
