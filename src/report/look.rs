//! How text for people may look: how wide, and whether in colour.

use crate::engine::command::Level;
use std::io::IsTerminal;

/// Columns where nothing is known of the terminal.
const COLUMNS_DEFAULT: usize = 100;
/// Fewest columns that a plot or a table is made for.
const COLUMNS_MIN: usize = 40;
/// Most columns: longer lines are hard to follow.
const COLUMNS_MAX: usize = 160;

/// How text for people may look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Width of the text.
    pub columns: usize,
    /// Whether colours may be used.
    pub colour: bool,
}

impl Look {
    /// Plain text of a width.
    pub fn plain(columns: usize) -> Self {
        Self { columns: columns.clamp(COLUMNS_MIN, COLUMNS_MAX), colour: false }
    }

    /// What a stream can show. `COLUMNS` sets the width, `NO_COLOR` turns colours off.
    pub fn of(stream: &impl IsTerminal) -> Self {
        let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        Self {
            colour: stream.is_terminal() && !no_colour && !dumb,
            ..Self::plain(columns.unwrap_or(COLUMNS_DEFAULT))
        }
    }

    /// A text in the colour of a level. The four differ for colour-blind eyes too, and none is
    /// the only sign of anything.
    pub fn paint(self, level: Level, text: &str) -> String {
        let code = match level {
            Level::None => 33,
            Level::L1 => 220,
            Level::L2 => 208,
            Level::L3 => 161,
        };
        if self.colour && !text.is_empty() {
            format!("\x1b[38;5;{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
