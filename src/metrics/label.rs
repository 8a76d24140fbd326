//! Label values from names that people chose.

/// Most characters of a label value: a dashboard column, not a place for texts.
const CHARS_MAX: usize = 128;

/// The name as a label value: any letters of any script stay; control and direction-changing
/// characters become `_`; the length is bounded. A changed name gets a hash of the original at
/// its end, so that two queues never share a series.
pub fn label_value(name: &str) -> String {
    if name.chars().count() <= CHARS_MAX && !name.is_empty() && !name.chars().any(unfit) {
        return name.to_owned();
    }
    let kept = name.chars().take(CHARS_MAX - 9).map(|c| if unfit(c) { '_' } else { c });
    format!("{}~{:08x}", kept.collect::<String>(), hash(name))
}

/// Invisible characters that make one name look like another or break a line.
fn unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || c == '\u{feff}'
}

/// 32-bit FNV-1a: the same in every build, so a series keeps its name across restarts.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_any_script_stay_and_the_rest_is_bounded() {
        assert_eq!(label_value("投诉热线 \"A\"\\"), "投诉热线 \"A\"\\");
        assert_eq!(label_value("a\nb"), format!("a_b~{:08x}", hash("a\nb")));
        assert!(label_value("").starts_with('~'));
        let (long, longer) = ("线".repeat(200), "线".repeat(201));
        assert_eq!(label_value(&long).chars().count(), CHARS_MAX);
        assert_ne!(label_value(&long), label_value(&longer));
        assert!(!label_value("x\u{202e}y").contains('\u{202e}'));
    }
}
