//! Limits on working time, as data.
//!
//! What a law says is read from a table, since it differs by country and by agreement, and a figure in
//! a file can be read by counsel. The table of the People's Republic of China ships with the program.
//! This knows limits of time only: neither pay nor who must be consulted.

use crate::engine::time::Span;
use serde::Deserialize;

/// The shipped table.
const CN: &str = include_str!("../../config/legal/cn.toml");
/// A limit beyond a month of minutes is a slip of the pen.
const MINUTES_MAX: u32 = 31 * 24 * 60;

/// Limits on working time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalProfile {
    /// What it is called.
    pub name: String,
    /// Which law it reads.
    pub source: String,
    /// Overtime of a day with a shift. PRC Labour Law art. 41: one hour as a rule.
    pub day_overtime_minutes_max: u32,
    /// The same for special reasons. PRC Labour Law art. 41: three hours.
    pub day_overtime_special_minutes_max: u32,
    /// Overtime of a calendar month. PRC Labour Law art. 41: 36 hours.
    pub month_overtime_minutes_max: u32,
    /// Work on a day without a shift. PRC Labour Law art. 36: a day has eight hours.
    pub rest_day_minutes_max: u32,
    /// Days of a week, Monday to Sunday, without any work. PRC Labour Law art. 38: one.
    pub rest_days_a_week_min: u32,
    /// Rest between work. Directive 2003/88/EC art. 3: eleven hours; PRC law names no figure.
    pub rest_minutes_min: u32,
    /// Whether overtime is unlimited in an emergency. PRC Labour Law art. 42: it is.
    pub emergency_lifts_overtime: bool,
}

/// Why a table is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not the form: the message of the parser carries line and column.
    #[error("it is no legal profile; compare it with config/legal/cn.toml")]
    Form(#[source] toml::de::Error),
    /// A number that no law means.
    #[error("{key} is {found}; allowed are 0 to {most}")]
    Range {
        /// Which key.
        key: &'static str,
        /// What stands there.
        found: u32,
        /// The most that has a meaning.
        most: u32,
    },
    /// The rule for special reasons is stricter than the general one.
    #[error(
        "day_overtime_special_minutes_max is less than day_overtime_minutes_max; exchange them"
    )]
    Order,
}

impl LegalProfile {
    /// The Labour Law of the People's Republic of China.
    ///
    /// # Errors
    /// Never with the shipped table; a test holds it to that.
    pub fn cn() -> Result<Self, ProfileError> {
        Self::parse(CN)
    }

    /// Reads a table.
    ///
    /// # Errors
    /// If a key is missing, unknown or out of range.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text).map_err(ProfileError::Form)?;
        let limits = [
            ("day_overtime_minutes_max", profile.day_overtime_minutes_max, MINUTES_MAX),
            (
                "day_overtime_special_minutes_max",
                profile.day_overtime_special_minutes_max,
                MINUTES_MAX,
            ),
            ("month_overtime_minutes_max", profile.month_overtime_minutes_max, MINUTES_MAX),
            ("rest_day_minutes_max", profile.rest_day_minutes_max, 24 * 60),
            ("rest_days_a_week_min", profile.rest_days_a_week_min, 7),
            ("rest_minutes_min", profile.rest_minutes_min, 7 * 24 * 60),
        ];
        for (key, found, most) in limits {
            if found > most {
                return Err(ProfileError::Range { key, found, most });
            }
        }
        if profile.day_overtime_special_minutes_max < profile.day_overtime_minutes_max {
            return Err(ProfileError::Order);
        }
        Ok(profile)
    }

    /// Rest between work.
    pub(super) fn rest(&self) -> Span {
        Span::minutes(i64::from(self.rest_minutes_min))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_articles_36_38_41_and_42() {
        let law = LegalProfile::cn().expect("the shipped table");
        assert_eq!(law.day_overtime_minutes_max, 60);
        assert_eq!(law.day_overtime_special_minutes_max, 3 * 60);
        assert_eq!(law.month_overtime_minutes_max, 36 * 60);
        assert_eq!((law.rest_day_minutes_max, law.rest_days_a_week_min), (8 * 60, 1));
        assert_eq!(law.rest(), Span::hours(11));
        assert!(law.emergency_lifts_overtime);
    }

    #[test]
    fn a_wrong_table_is_refused_in_words() {
        let changed = |from: &str, to: &str| LegalProfile::parse(&CN.replace(from, to));
        let form = changed("rest_minutes_min = 660", "rest_minutes = 660").expect_err("unknown");
        assert!(std::error::Error::source(&form).expect("why").to_string().contains("line"));
        let range = changed("rest_days_a_week_min = 1", "rest_days_a_week_min = 9");
        let said = range.expect_err("nine days").to_string();
        assert_eq!(said, "rest_days_a_week_min is 9; allowed are 0 to 7");
        let order = changed("special_minutes_max = 180", "special_minutes_max = 30");
        assert!(matches!(order, Err(ProfileError::Order)));
    }
}
