//! `[preflight]`: when it is looked every day whether a recall would work.

use super::section::Section;

/// `[preflight]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreflightSettings {
    /// Hour of the local day of each unit: early enough to mend what is wrong before the evening.
    pub hour: u32,
}

const HOUR_DEFAULT: i64 = 10;
const HOURS: [i64; 2] = [0, 23];

pub(super) fn read(section: &Section<'_>) -> PreflightSettings {
    let hour = section.whole("hour", HOUR_DEFAULT, HOURS[0]..=HOURS[1]);
    PreflightSettings { hour: u32::try_from(hour).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use std::path::Path;

    #[test]
    fn ten_in_the_morning_unless_it_is_set() {
        let hour = |text| Config::parse(text, "c.toml", Path::new("")).map(|c| c.preflight.hour);
        assert_eq!(hour("").expect("sound"), 10);
        assert_eq!(hour("[preflight]\nhour = 0\n").expect("sound"), 0);
        assert!(hour("[preflight]\nhour = 24\n").is_err());
    }
}
