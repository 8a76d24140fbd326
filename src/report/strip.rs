//! Levels as a strip: one character for each stretch of time, with the level's number in it.

use super::look::Look;
use crate::engine::command::Level;

/// A strip of the levels; `None` is a stretch without data. The number is the sign, colour only
/// repeats it.
pub(super) fn strip(levels: &[Option<Level>], look: Look) -> String {
    let mut text = String::new();
    let mut rest = levels;
    while let Some(&first) = rest.first() {
        let run = rest.iter().take_while(|&&level| level == first).count();
        match first {
            None => text.extend(std::iter::repeat_n(' ', run)),
            Some(level) => text.push_str(&look.paint(level, &sign(level).repeat(run))),
        }
        rest = &rest[run..];
    }
    text
}

const fn sign(level: Level) -> &'static str {
    match level {
        Level::None => "·",
        Level::L1 => "1",
        Level::L2 => "2",
        Level::L3 => "3",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_told_by_number_and_by_colour() {
        let levels = [None, Some(Level::None), Some(Level::L1), Some(Level::L1), Some(Level::L3)];
        assert_eq!(strip(&levels, Look::plain(80)), " ·113");
        let colour = Look { columns: 80, colour: true };
        assert_eq!(strip(&levels[2..], colour), "\x1b[38;5;220m11\x1b[0m\x1b[38;5;161m3\x1b[0m");
    }
}
