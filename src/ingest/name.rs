//! Names as people give them to queues and sources, made safe to compare and to show.
//!
//! Two names that look the same must be the same: names are trimmed and brought to NFC, and
//! characters that show nothing, reorder text or control a terminal are refused instead of
//! removed, so that nobody wonders where a queue went. Names that merely look alike in other
//! scripts are let through: that is a matter of whoever configures the queues. Unassigned code
//! points are not looked up; they show as boxes, which is visible enough.

use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Longest name in characters, after NFC. Longer ones do not fit on any screen here.
pub const NAME_CHARS_MAX: usize = 128;

/// Why a name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but space.
    #[error("it is empty; leave the field out instead")]
    Empty,
    /// Too long.
    #[error("it is longer than {NAME_CHARS_MAX} characters; use a short stable id")]
    TooLong,
    /// A character that is invisible, reorders text or controls a terminal.
    #[error("it holds the invisible or control character U+{0:04X}; remove it at the source")]
    Character(u32),
}

/// The name, trimmed and in NFC.
///
/// # Errors
/// [`NameError`] says what is wrong with it.
///
/// ```
/// use callsurge::ingest::name;
/// assert_eq!(name::checked(" 售后 ").as_deref(), Ok("售后"));
/// assert_eq!(name::checked("Jose\u{301}").as_deref(), Ok("Jos\u{e9}"));
/// assert!(name::checked("sup\u{200b}port").is_err());
/// ```
pub fn checked(raw: &str) -> Result<Cow<'_, str>, NameError> {
    let name = raw.trim_matches(' ');
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    // Keeps the normaliser away from megabytes; 32 bytes are far more than the parts of any
    // character that NFC puts together.
    if name.len() > NAME_CHARS_MAX * 32 {
        return Err(NameError::TooLong);
    }
    if let Some(bad) = name.chars().find(|c| is_refused(*c)) {
        return Err(NameError::Character(u32::from(bad)));
    }
    let name = match is_nfc_quick(name.chars()) {
        IsNormalized::Yes => Cow::Borrowed(name),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(name.nfc().collect()),
    };
    if name.len() > NAME_CHARS_MAX && name.chars().count() > NAME_CHARS_MAX {
        return Err(NameError::TooLong);
    }
    Ok(name)
}

/// Controls, format characters (general category Cf), line separators, fillers that show
/// nothing, private use and noncharacters.
fn is_refused(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{0600}'..='\u{0605}' | '\u{061C}' | '\u{06DD}'
            | '\u{070F}' | '\u{0890}'..='\u{0891}' | '\u{08E2}' | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E000}'..='\u{F8FF}' | '\u{110BD}' | '\u{110CD}' | '\u{13430}'..='\u{1345F}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{10FFFF}')
        || (u32::from(c) & 0xFFFE) == 0xFFFE
        || matches!(c, '\u{FDD0}'..='\u{FDEF}')
}

/// Text from outside as it may stand in a message: escaped and cut.
pub(crate) fn shown(text: &str) -> String {
    /// Enough to recognise a value, too little to fill a log.
    const SHOWN_CHARS_MAX: usize = 40;
    let mut out: String = text.chars().take(SHOWN_CHARS_MAX).flat_map(escaped).collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        out.push('…');
    }
    out
}

fn escaped(c: char) -> impl Iterator<Item = char> {
    let plain = (!is_refused(c)).then_some(c);
    let code = is_refused(c).then(|| c.escape_unicode()).into_iter().flatten();
    plain.into_iter().chain(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_hide_something_are_refused() {
        let hidden = [
            "a\u{0}b",
            "a\nb",
            "a\u{7f}",
            "a\u{85}",
            "a\u{202e}b",
            "a\u{2066}b",
            "a\u{200d}",
            "\u{feff}a",
            "a\u{e0041}",
            "a\u{fffe}",
            "a\u{fdd0}",
            "a\u{e000}",
            "a\u{ad}b",
        ];
        for name in hidden {
            assert!(matches!(checked(name), Err(NameError::Character(_))), "{name:?}");
        }
        assert_eq!(checked(""), Err(NameError::Empty));
        assert_eq!(checked("   "), Err(NameError::Empty));
    }

    #[test]
    fn the_limit_counts_characters_after_nfc() {
        let at_limit = "e\u{301}".repeat(NAME_CHARS_MAX);
        assert_eq!(checked(&at_limit).unwrap().chars().count(), NAME_CHARS_MAX);
        assert_eq!(checked(&"客".repeat(NAME_CHARS_MAX)).unwrap().chars().count(), 128);
        assert_eq!(checked(&"客".repeat(NAME_CHARS_MAX + 1)), Err(NameError::TooLong));
        assert_eq!(checked(&"x".repeat(1 << 20)), Err(NameError::TooLong));
    }

    #[test]
    fn foreign_text_is_shown_escaped_and_cut() {
        assert_eq!(shown("a\u{202e}b\n"), "a\\u{202e}b\\u{a}");
        assert_eq!(shown(&"x".repeat(50)), format!("{}…", "x".repeat(40)));
    }
}
