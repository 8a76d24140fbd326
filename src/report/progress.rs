//! A bar for long work. It is drawn on standard error and only where that is a terminal, so that
//! neither a log nor a pipe ever holds a piece of it.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};

/// Bytes of input, with rate and time left.
const TEMPLATE: &str = "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
/// Things that are done, with time left.
const TEMPLATE_COUNT: &str = "{msg} [{bar:30}] {pos}/{len} {eta}";
/// Things that are done, of nobody knows how many.
const TEMPLATE_UNKNOWN: &str = "{spinner} {pos} {msg} {elapsed}";
/// Redraws per second: more only costs time on a slow line.
const REDRAWS_PER_SECOND: u8 = 8;

/// Progress of long work.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar over so many bytes of input.
    pub fn of_bytes(total: u64, doing: &str) -> Self {
        Self::of(Some(total), TEMPLATE, doing)
    }

    /// A bar over so many things.
    pub fn of_count(total: u64, doing: &str) -> Self {
        Self::of(Some(total), TEMPLATE_COUNT, doing)
    }

    /// A count of things whose number is not known.
    pub fn of_unknown(done: &str) -> Self {
        Self::of(None, TEMPLATE_UNKNOWN, done)
    }

    fn of(total: Option<u64>, template: &str, doing: &str) -> Self {
        let target = if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(total, target);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(doing.to_owned());
        Self { bar }
    }

    /// So many more are done.
    pub fn advance(&self, more: u64) {
        self.bar.inc(more);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
