//! One iterator over files of every format.
//!
//! Replay, learn and backtest read what people have: an export as a table, a recording in the
//! wire form, the log of an Asterisk. The format is taken from the content first and from the
//! file name where the content does not tell (an empty file, a header with a wrong word, whose
//! reader then says what is missing). Several files are read in the order given; calls of a
//! queue log go on from one to the next. A line that is wrong is an error of its own and the
//! reading goes on; whether one error is too many is for the caller to say.

use super::Item;
use super::csv::{self, CsvOptions, CsvReader, Layout};
use super::encoding::{self, AsUtf8, Encoding};
use super::ndjson::{NdjsonOptions, NdjsonReader};
use super::problem::{FileError, LineError};
use super::queue_log::{self, Mapper, QueueLogOptions, QueueLogReader};
use crate::engine::policy::Carries;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The formats of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table of intervals.
    Csv,
    /// The wire form, one object per line.
    Ndjson,
    /// The queue log of an Asterisk.
    QueueLog,
    /// The queue interval file of Calabrio WFM (Teleopti).
    Calabrio,
}

impl Format {
    /// The format with this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "ndjson" => Some(Self::Ndjson),
            "queue_log" => Some(Self::QueueLog),
            "calabrio" => Some(Self::Calabrio),
            _ => None,
        }
    }

    /// The format of a file by its first lines, else by its name.
    pub fn guess(path: &Path, beginning: &[u8]) -> Option<Self> {
        let first_line = first_line(beginning);
        let text = first_line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first_line).trim_ascii();
        if text.starts_with(b"{") {
            return Some(Self::Ndjson);
        }
        if csv::is_header(text) {
            return Some(Self::Csv);
        }
        if csv::calabrio_delimiter(beginning).is_some() {
            return Some(Self::Calabrio);
        }
        if queue_log::parse(text, "").is_ok() {
            return Some(Self::QueueLog);
        }
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        match extension.as_str() {
            "csv" | "tsv" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            _ if name.starts_with("queue_log") => Some(Self::QueueLog),
            _ => None,
        }
    }
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|b| *b == b'\n').next().unwrap_or_default()
}

/// A table as it is best read: its layout and its separator.
pub fn table_of(format: Format, beginning: &[u8]) -> (Layout, u8) {
    match format {
        Format::Calabrio => (Layout::Calabrio, csv::calabrio_delimiter(beginning).unwrap_or(b';')),
        Format::Csv | Format::Ndjson | Format::QueueLog => {
            (Layout::Header, csv::delimiter_of(first_line(beginning)))
        }
    }
}

/// How files are read.
#[derive(Clone, Debug)]
pub struct FileOptions {
    /// The format; `None` guesses.
    pub format: Option<Format>,
    /// In which encoding tables are.
    pub encoding: Encoding,
    /// How tables are read.
    pub csv: CsvOptions,
    /// How the wire form is read.
    pub ndjson: NdjsonOptions,
    /// How queue logs are read.
    pub queue_log: QueueLogOptions,
}

/// Told the bytes read so far, over all files.
pub type Progress = Box<dyn FnMut(u64) + Send>;

/// The items of some files.
pub struct Records {
    options: FileOptions,
    progress: Arc<Mutex<(u64, Progress)>>,
    waiting: VecDeque<PathBuf>,
    current: Option<(PathBuf, Reader)>,
    mapper: Option<Mapper>,
    carries: Carries,
    ignored_columns: Vec<String>,
    encodings: Vec<(PathBuf, &'static str)>,
    went_back: u64,
}

type Input = BufReader<Counted<Box<dyn Read + Send>>>;

enum Reader {
    Csv(Box<CsvReader<AsUtf8<Input>>>),
    Ndjson(Box<NdjsonReader<Input>>),
    QueueLog(Box<QueueLogReader<Input>>),
}

impl Records {
    /// Opens the first of `paths`; `-` is the standard input.
    ///
    /// # Errors
    /// [`FileError`] where it cannot be opened, recognised, or its header read.
    pub fn open(
        paths: impl IntoIterator<Item = PathBuf>,
        options: FileOptions,
        progress: Option<Progress>,
    ) -> Result<Self, FileError> {
        let progress = progress.unwrap_or_else(|| Box::new(|_| ()));
        let mut records = Self {
            mapper: Some(Mapper::new(options.queue_log.clone())),
            options,
            progress: Arc::new(Mutex::new((0, progress))),
            waiting: paths.into_iter().collect(),
            current: None,
            carries: Carries::VOLUME_ONLY,
            ignored_columns: Vec::new(),
            encodings: Vec::new(),
            went_back: 0,
        };
        records.advance()?;
        Ok(records)
    }

    /// What the files opened so far carry. Of observations it may become more as they are read.
    pub fn carries(&self) -> Carries {
        match &self.current {
            Some((_, Reader::Ndjson(reader))) => self.carries.union(reader.carries()),
            Some((_, Reader::Csv(_) | Reader::QueueLog(_))) | None => self.carries,
        }
    }

    /// Columns of the tables opened so far that are not read.
    pub fn ignored_columns(&self) -> &[String] {
        &self.ignored_columns
    }

    /// Tables that are not UTF-8, with their encoding, of those that were read to their end.
    pub fn encodings(&self) -> &[(PathBuf, &'static str)] {
        &self.encodings
    }

    /// Rows of tables that were older than a row before them; many mean that a table is grouped
    /// by queue and has to be sorted by time.
    pub fn went_back(&self) -> u64 {
        let here = match &self.current {
            Some((_, Reader::Csv(reader))) => reader.went_back(),
            Some((_, Reader::Ndjson(_) | Reader::QueueLog(_))) | None => 0,
        };
        self.went_back + here
    }

    /// Goes to the next file.
    fn advance(&mut self) -> Result<(), FileError> {
        self.went_back = self.went_back();
        match self.current.take() {
            Some((_, Reader::QueueLog(reader))) => self.mapper = Some(reader.into_mapper()),
            Some((path, Reader::Csv(reader))) => {
                self.encodings.extend(reader.get_ref().other().map(|other| (path, other)));
            }
            Some((_, Reader::Ndjson(reader))) => {
                self.carries = self.carries.union(reader.carries());
            }
            None => {}
        }
        let Some(path) = self.waiting.pop_front() else { return Ok(()) };
        let open = |source| FileError::Open { path: path.clone(), source };
        let file: Box<dyn Read + Send> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(&path).map_err(open)?)
        };
        let counted = Counted { inner: file, progress: self.progress.clone() };
        let mut input = BufReader::with_capacity(64 * 1024, counted);
        let ahead = encoding::beginning(input.fill_buf().map_err(open)?, self.options.encoding);
        let guessed = self.options.format.or_else(|| Format::guess(&path, &ahead));
        let format = guessed.ok_or_else(|| FileError::Format { path: path.clone() })?;
        let (layout, delimiter) = table_of(format, &ahead);
        drop(ahead);
        let reader = match format {
            Format::Csv | Format::Calabrio => self.table(input, layout, delimiter),
            Format::Ndjson => Ok(self.ndjson(input)),
            Format::QueueLog => Ok(self.queue_log(input)),
        };
        let reader = reader.map_err(|error| FileError::of(path.clone(), error))?;
        self.current = Some((path, reader));
        Ok(())
    }

    fn table(&mut self, input: Input, layout: Layout, delimiter: u8) -> Result<Reader, LineError> {
        let input = AsUtf8::new(input, self.options.encoding);
        let reader = CsvReader::of(layout, input, delimiter, self.options.csv.clone())?;
        self.carries = self.carries.union(reader.carries());
        self.ignored_columns.extend_from_slice(reader.ignored_columns());
        Ok(Reader::Csv(Box::new(reader)))
    }

    fn ndjson(&mut self, input: Input) -> Reader {
        Reader::Ndjson(Box::new(NdjsonReader::new(input, self.options.ndjson.clone())))
    }

    fn queue_log(&mut self, input: Input) -> Reader {
        self.carries = Carries::ALL;
        let fresh = || Mapper::new(self.options.queue_log.clone());
        let mapper = self.mapper.take().unwrap_or_else(fresh);
        Reader::QueueLog(Box::new(QueueLogReader::new(input, mapper)))
    }
}

impl Iterator for Records {
    type Item = Result<Item, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((path, reader)) = &mut self.current {
                let item = match reader {
                    Reader::Csv(reader) => reader.next(),
                    Reader::Ndjson(reader) => reader.next(),
                    Reader::QueueLog(reader) => reader.next(),
                };
                if let Some(item) = item {
                    return Some(item.map_err(|error| FileError::of(path.clone(), error)));
                }
            } else if self.waiting.is_empty() {
                return None;
            }
            if let Err(error) = self.advance() {
                return Some(Err(error));
            }
        }
    }
}

struct Counted<R> {
    inner: R,
    progress: Arc<Mutex<(u64, Progress)>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if let Ok(mut progress) = self.progress.lock() {
            progress.0 += read as u64;
            let total = progress.0;
            (progress.1)(total);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_content_tells_the_format_and_else_the_name() {
        use Format::{Calabrio, Csv, Ndjson, QueueLog};
        let row = "15;20260105;08:15;7;\"Cards; gold\";3;0;1;0;2;9;4;400;30;8;4;2;2;60;0;1";
        for (path, line, wanted) in [
            ("x", "ts,calls", Some(Csv)),
            ("x.txt", "Queue;Start;Offered", Some(Csv)),
            ("x", "\u{feff}{\"form\":\"heartbeat\"}\r", Some(Ndjson)),
            ("x.csv", "1795486247|c|q|a|CONNECT|1", Some(QueueLog)),
            ("x.csv", "when,calls", Some(Csv)),
            ("x.JSONL", "", Some(Ndjson)),
            ("var/queue_log.0", "", Some(QueueLog)),
            ("queue_log-20261124", "garbage", Some(QueueLog)),
            ("x.csv", row, Some(Calabrio)),
            ("x.txt", &row.replace("Cards; gold", "").replace(';', ","), Some(Calabrio)),
            (
                "x.txt",
                &format!("Teleopti.Queue.Data\n\ninterval;date_from;time\n{row}"),
                Some(Calabrio),
            ),
            ("x.txt", &row.replace(";3;0;1", ";3"), None),
            ("x", "", None),
            ("x.json", "[", None),
        ] {
            assert_eq!(Format::guess(Path::new(path), line.as_bytes()), wanted, "{path} {line}");
        }
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Format::guess(Path::new("x"), &bytes);
        }
    }
}
