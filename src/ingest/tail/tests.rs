use super::*;
use proptest::prelude::*;
use std::io::Write;
use tempfile::TempDir;

/// A folder with a log, and the tailer of it.
struct Log {
    folder: TempDir,
    tailer: Tailer,
}

impl Log {
    fn new(start: Start) -> Self {
        let folder = TempDir::new().unwrap();
        let tailer = Tailer::new(folder.path().join("queue_log"), start);
        Self { folder, tailer }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = File::options().create(true).append(true).open(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// Sets the time of a rotated file, which orders them.
    fn age(&self, name: &str, secs: u64) {
        let file = File::options().append(true).open(self.path(name)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(secs)).unwrap();
    }

    fn poll(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let take = |line: &[u8]| lines.push(String::from_utf8_lossy(line).into_owned());
            if !self.tailer.poll(take).unwrap().more {
                return lines;
            }
        }
    }

    fn restart(&mut self) {
        let position = self.tailer.position().unwrap();
        self.tailer = Tailer::new(self.path("queue_log"), Start::Resume(position));
    }
}

#[test]
fn a_line_waits_for_its_end() {
    let mut log = Log::new(Start::Beginning);
    assert!(log.tailer.poll(|_| ()).unwrap().missing);
    log.append("queue_log", "a\r\nb");
    assert_eq!(log.poll(), ["a"]);
    assert_eq!(log.poll(), [""; 0]);
    log.append("queue_log", "c\n\nd\n");
    assert_eq!(log.poll(), ["bc", "", "d"]);
    assert_eq!(log.tailer.position().unwrap().offset, 9);
}

#[test]
fn the_old_file_is_read_to_its_end_before_the_new_one() {
    let mut log = Log::new(Start::Beginning);
    log.append("queue_log", "a\n");
    assert_eq!(log.poll(), ["a"]);
    log.rename("queue_log", "queue_log.0");
    log.append("queue_log.0", "b\n");
    assert_eq!(log.poll(), ["b"]);
    log.append("queue_log.0", "c\nlast words");
    log.append("queue_log", "d\n");
    assert_eq!(log.poll(), ["c", "last words", "d"]);
    assert_eq!(log.tailer.rotations(), 1);
    log.append("queue_log", "e\n");
    assert_eq!(log.poll(), ["e"]);
}

#[test]
fn a_truncated_file_is_read_from_its_start() {
    let mut log = Log::new(Start::Beginning);
    log.append("queue_log", "a long first line\npart");
    assert_eq!(log.poll(), ["a long first line"]);
    fs::write(log.path("queue_log"), "b\n").unwrap();
    assert_eq!(log.poll(), ["b"]);
    assert_eq!((log.tailer.truncations(), log.tailer.rotations()), (1, 0));
}

#[test]
fn a_tailer_resumes_where_the_last_whole_line_ended() {
    let mut log = Log::new(Start::Beginning);
    log.append("queue_log", "a\nb\nhal");
    assert_eq!(log.poll(), ["a", "b"]);
    log.append("queue_log", "f\nc\n");
    log.restart();
    assert_eq!(log.poll(), ["half", "c"]);
    log.restart();
    assert_eq!(log.poll(), [""; 0]);
}

#[test]
fn a_tailer_resumes_in_files_that_were_rotated_meanwhile() {
    let mut log = Log::new(Start::Beginning);
    log.append("queue_log", "a\n");
    assert_eq!(log.poll(), ["a"]);
    log.append("queue_log", "b\n");
    log.rename("queue_log", "queue_log.2");
    log.append("queue_log", "c\nd");
    log.rename("queue_log", "queue_log.1");
    log.append("queue_log", "e\n");
    log.append("queue_log.7", "older\n");
    log.append("queue_log-other", "another\n");
    for (name, secs) in [("queue_log.7", 1), ("queue_log.2", 2), ("queue_log.1", 3)] {
        log.age(name, secs);
    }
    log.restart();
    assert_eq!(log.poll(), ["b", "c", "d", "e"]);
    log.append("queue_log", "f\n");
    assert_eq!(log.poll(), ["f"]);
}

#[test]
fn a_position_that_fits_no_file_means_the_start() {
    let mut log = Log::new(Start::Resume(Position { inode: 1, offset: 5 }));
    log.append("queue_log", "a\nb\n");
    assert_eq!(log.poll(), ["a", "b"]);
    for offset in [1, 3, 4_000] {
        let inode = inode_of(&log.path("queue_log")).unwrap().unwrap();
        let start = Start::Resume(Position { inode, offset });
        log.tailer = Tailer::new(log.path("queue_log"), start);
        assert_eq!(log.poll(), ["a", "b"], "{offset}");
    }
}

#[test]
fn from_its_end_only_what_comes() {
    let mut log = Log::new(Start::End);
    log.append("queue_log", "a\n");
    assert_eq!(log.poll(), [""; 0]);
    log.append("queue_log", "b\n");
    assert_eq!(log.poll(), ["b"]);
}

#[test]
fn an_endless_line_is_skipped_in_bounded_memory() {
    let mut log = Log::new(Start::Beginning);
    log.append("queue_log", &"x".repeat(3 * POLL_BYTES_MAX));
    let mut polls = 0;
    while log.tailer.poll(|_| panic!("no line is whole")).unwrap().more {
        polls += 1;
        let open = log.tailer.open.as_ref().unwrap();
        assert!(open.partial.capacity() <= 2 * LINE_BYTES_MAX);
    }
    assert_eq!(polls, 3);
    log.append("queue_log", "\nb\n");
    assert_eq!(log.poll(), ["b"]);
    assert_eq!(log.tailer.oversized(), 1);
}

proptest! {
    /// Whatever is appended, polled, rotated and resumed in whatever order: every line comes
    /// once and in order.
    #[test]
    fn no_line_is_lost_or_doubled(steps in proptest::collection::vec(0_u8..6, 1..40)) {
        let mut log = Log::new(Start::Beginning);
        log.append("queue_log", "");
        log.poll();
        let (mut written, mut seen) = (Vec::new(), Vec::new());
        let mut half = false;
        for (at, step) in steps.into_iter().enumerate() {
            match step {
                0 | 1 => {
                    let line = at.to_string();
                    log.append("queue_log", &format!("{line}\n"));
                    let before = if half { written.pop().unwrap_or_default() } else { String::new() };
                    written.push(before + &line);
                    half = false;
                }
                2 if !half => {
                    log.append("queue_log", "half-");
                    written.push("half-".to_owned());
                    half = true;
                }
                3 if !half => {
                    let name = format!("queue_log.{at}");
                    log.rename("queue_log", &name);
                    log.age(&name, at as u64);
                    log.append("queue_log", "");
                    seen.append(&mut log.poll());
                }
                4 => log.restart(),
                _ => seen.append(&mut log.poll()),
            }
        }
        log.append("queue_log", "end\n");
        let before = if half { written.pop().unwrap_or_default() } else { String::new() };
        written.push(before + "end");
        seen.append(&mut log.poll());
        prop_assert_eq!(seen, written);
    }
}
