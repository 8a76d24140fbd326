//! Follows a growing file through rotation, truncation and restarts of this process.
//!
//! A synchronous struct that is polled, instead of a file watcher: inotify does not work on
//! network file systems, says nothing of what it lost, and one `stat` a second costs nothing.
//! Nothing here sleeps, so every turn of a file's life can be tested.
//!
//! - **Rotation** (rename, then a new file): the open handle is read to its end first, after the
//!   new file has appeared, since the writer may still have written to the old one until then.
//! - **Truncation** (`copytruncate`): a file shorter than what was read is read from its start.
//!   One that has grown past that point between two polls cannot be told from an appended one.
//! - **Resumption**: a [`Position`] names the file by inode, so one that was rotated meanwhile is
//!   found under its new name (`queue_log.…` beside it), read to its end, then those after it.
//! - Lines are handed on whole; a last line without its end waits for it. A line over the limit
//!   is skipped and counted.
//!
//! Reading again what was read before does no harm, since events are idempotent; so whenever it
//! is in doubt the tailer reads from the start.

use super::lines::LINE_BYTES_MAX;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Bytes that one poll reads at most, so that a long backlog is committed in steps.
pub const POLL_BYTES_MAX: usize = 1024 * 1024;
const CHUNK_BYTES: usize = 64 * 1024;
/// Rotated files that are looked at on resumption; a log rotated more often was given up on.
const ROTATED_MAX: usize = 100;

/// Where in which file the next line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The file, whatever its name is now.
    pub inode: u64,
    /// Byte at which the next line begins.
    pub offset: u64,
}

/// Where a tailer begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the start of the file.
    Beginning,
    /// At its end: only what comes from now on.
    End,
    /// Where another tailer stopped.
    Resume(Position),
}

/// What a poll came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Polled {
    /// Whole lines handed on.
    pub lines: u64,
    /// There is more to read at once.
    pub more: bool,
    /// The file under its name is not there.
    pub missing: bool,
}

/// Follows one file.
#[derive(Debug)]
pub struct Tailer {
    path: PathBuf,
    open: Option<Open>,
    /// Rotated files to read before the one under the name.
    pending: VecDeque<Open>,
    start: Option<Start>,
    oversized: u64,
    rotations: u64,
    truncations: u64,
}

#[derive(Debug)]
struct Open {
    file: File,
    inode: u64,
    /// Bytes read from the file.
    read: u64,
    /// The start of a line whose end has not come.
    partial: Vec<u8>,
    /// The line being read is over the limit and is skipped to its end.
    skipping: bool,
    /// Byte at which the next whole line begins.
    next_line: u64,
}

impl Tailer {
    /// A tailer of `path`; the file is opened by the first poll and need not exist.
    pub fn new(path: impl Into<PathBuf>, start: Start) -> Self {
        Self {
            path: path.into(),
            open: None,
            pending: VecDeque::new(),
            start: Some(start),
            oversized: 0,
            rotations: 0,
            truncations: 0,
        }
    }

    /// Reads what is new, at most [`POLL_BYTES_MAX`], and hands each whole line to `each`.
    ///
    /// # Errors
    /// What the file system says; the next poll tries again.
    pub fn poll(&mut self, mut each: impl FnMut(&[u8])) -> io::Result<Polled> {
        if let Some(start) = self.start {
            self.begin(start)?;
            self.start = None;
        }
        let mut polled = Polled::default();
        let mut budget = POLL_BYTES_MAX;
        loop {
            if self.open.is_none() {
                self.open = match self.pending.pop_front() {
                    Some(open) => Some(open),
                    None => Open::at(&self.path, 0)?,
                };
            }
            let named = inode_of(&self.path)?;
            polled.missing = named.is_none();
            let Some(open) = &mut self.open else { return Ok(polled) };
            if open.is_truncated()? {
                open.restart()?;
                self.truncations += 1;
            }
            // The name is looked at before the handle is read to its end: once another file
            // stands there, nothing more is written to this one.
            let replaced = !self.pending.is_empty() || named.is_some_and(|i| i != open.inode);
            let drained = open.read_lines(&mut budget, &mut self.oversized, &mut |line| {
                polled.lines += 1;
                each(line);
            })?;
            if !drained {
                polled.more = true;
                return Ok(polled);
            }
            if !replaced {
                return Ok(polled);
            }
            if let Some(line) = open.last_line() {
                polled.lines += 1;
                each(&line);
            }
            self.rotations += 1;
            self.open = None;
        }
    }

    /// Where another tailer has to go on; `None` before a file was seen.
    pub fn position(&self) -> Option<Position> {
        match (&self.open, self.start) {
            (Some(open), _) => Some(Position { inode: open.inode, offset: open.next_line }),
            (None, Some(Start::Resume(position))) => Some(position),
            (None, Some(Start::Beginning | Start::End) | None) => None,
        }
    }

    /// Lines that were skipped because they are over the limit.
    pub fn oversized(&self) -> u64 {
        self.oversized
    }

    /// How often the file was replaced.
    pub fn rotations(&self) -> u64 {
        self.rotations
    }

    /// How often the file was truncated.
    pub fn truncations(&self) -> u64 {
        self.truncations
    }

    fn begin(&mut self, start: Start) -> io::Result<()> {
        match start {
            Start::Beginning => {}
            Start::End => {
                let length = fs::metadata(&self.path).map_or(0, |meta| meta.len());
                self.open = Open::at(&self.path, length)?;
            }
            Start::Resume(position) => self.resume(position)?,
        }
        Ok(())
    }

    fn resume(&mut self, position: Position) -> io::Result<()> {
        if inode_of(&self.path)? == Some(position.inode) {
            self.open = Open::resumed(&self.path, position)?;
            return Ok(());
        }
        let rotated = rotated(&self.path)?;
        let Some(at) = rotated.iter().position(|(_, inode)| *inode == position.inode) else {
            return Ok(());
        };
        for (path, inode) in &rotated[at..] {
            let here = *inode == position.inode;
            let open = if here { Open::resumed(path, position)? } else { Open::at(path, 0)? };
            self.pending.extend(open);
        }
        Ok(())
    }
}

impl Open {
    /// Opens a file at a byte that begins a line; `None` where there is no file.
    fn at(path: &Path, offset: u64) -> io::Result<Option<Self>> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let inode = file.metadata()?.ino();
        file.seek(SeekFrom::Start(offset))?;
        let partial = Vec::new();
        let (read, next_line) = (offset, offset);
        Ok(Some(Self { file, inode, read, partial, skipping: false, next_line }))
    }

    /// Opens a file where another tailer stopped, or at its start where no line begins there:
    /// then the file is another one with the same inode.
    fn resumed(path: &Path, position: Position) -> io::Result<Option<Self>> {
        let Some(mut open) = Self::at(path, position.offset.saturating_sub(1))? else {
            return Ok(None);
        };
        let mut before = [0_u8];
        let begins =
            position.offset == 0 || (open.file.read(&mut before)? == 1 && before[0] == b'\n');
        Self::at(path, if begins { position.offset } else { 0 })
    }

    fn is_truncated(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() < self.read)
    }

    fn restart(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.read = 0;
        self.next_line = 0;
        self.partial.clear();
        self.skipping = false;
        Ok(())
    }

    /// Reads to the end of the file or of the budget; `true` at the end of the file.
    fn read_lines(
        &mut self,
        budget: &mut usize,
        oversized: &mut u64,
        each: &mut dyn FnMut(&[u8]),
    ) -> io::Result<bool> {
        let mut chunk = vec![0; CHUNK_BYTES.min(*budget)];
        while *budget > 0 {
            let most = CHUNK_BYTES.min(*budget);
            let read = match self.file.read(&mut chunk[..most]) {
                Ok(0) => return Ok(true),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            *budget -= read;
            self.take(&chunk[..read], oversized, each);
        }
        Ok(false)
    }

    fn take(&mut self, mut chunk: &[u8], oversized: &mut u64, each: &mut dyn FnMut(&[u8])) {
        while let Some(end) = chunk.iter().position(|b| *b == b'\n') {
            let (head, rest) = (&chunk[..end], &chunk[end + 1..]);
            self.read += (end + 1) as u64;
            self.next_line = self.read;
            if self.skipping || self.partial.len() + head.len() > LINE_BYTES_MAX {
                *oversized += 1;
            } else if self.partial.is_empty() {
                each(without_return(head));
            } else {
                self.partial.extend_from_slice(head);
                each(without_return(&self.partial));
            }
            self.skipping = false;
            self.partial.clear();
            chunk = rest;
        }
        self.read += chunk.len() as u64;
        self.skipping |= self.partial.len() + chunk.len() > LINE_BYTES_MAX;
        if self.skipping {
            self.partial.clear();
        } else {
            self.partial.extend_from_slice(chunk);
        }
    }

    /// The last line of a file that nothing more is written to.
    fn last_line(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.partial);
        (!line.is_empty()).then_some(line)
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn inode_of(path: &Path) -> io::Result<Option<u64>> {
    match fs::metadata(path) {
        Ok(meta) => Ok(Some(meta.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Rotated files beside `path` with their inodes, oldest first.
fn rotated(path: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned() + ".";
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let sibling = entry.file_name().to_string_lossy().starts_with(&name);
        let Ok(meta) = entry.metadata() else { continue };
        if sibling && meta.is_file() {
            found.push(((meta.mtime(), meta.mtime_nsec()), entry.path(), meta.ino()));
        }
    }
    found.sort();
    let surplus = found.len().saturating_sub(ROTATED_MAX);
    Ok(found.into_iter().skip(surplus).map(|(_, path, inode)| (path, inode)).collect())
}

#[cfg(test)]
mod tests;
