//! How many columns of a terminal a text takes.
//!
//! Queue names are the users' own: a Chinese character takes two columns, and a caret or a table
//! that counts characters points beside its target. Only the wide blocks that terminals agree on
//! are counted as two; combining marks and emoji sequences are deliberately not resolved.

/// Columns of a character: 0 for control characters, 2 for wide ones, else 1.
pub fn of_char(c: char) -> usize {
    match u32::from(c) {
        0..=0x1f | 0x7f..=0x9f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe4f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f900..=0x1f9ff
        | 0x2_0000..=0x3_fffd => 2,
        _ => 1,
    }
}

/// Columns of a text.
pub fn of(text: &str) -> usize {
    text.chars().map(of_char).sum()
}

/// The longest beginning of a text that fits into so many columns.
pub fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += of_char(c);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// The longest end of a text that fits into so many columns.
pub fn tail(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += of_char(c);
        if used > columns {
            return &text[at + c.len_utf8()..];
        }
    }
    text
}

/// The text, cut or filled with spaces to exactly so many columns.
pub fn fit(text: &str, columns: usize) -> String {
    let kept = head(text, columns);
    let mut out = String::from(kept);
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(of(kept))));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(of("sales"), 5);
        assert_eq!(of("售后 A"), 6);
        assert_eq!(head("售后", 3), "售");
        assert_eq!(tail("售后", 3), "后");
        assert_eq!(fit("售后", 5), "售后 ");
        assert_eq!(fit("abcdef", 3), "abc");
    }
}
