//! Instants: a date and time with an offset, or in the local time of a unit.

use super::{At, Section};
use crate::engine::time::Timestamp;
use chrono::{DateTime, MappedLocalTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use toml::value::{Datetime, Offset};

impl Section<'_> {
    /// An instant. Without an offset it is meant in `zone`, and a date alone is its midnight; of
    /// an hour that comes twice the first is taken.
    pub(in crate::config) fn instant(&self, key: &str, zone: Tz) -> Option<At<Timestamp>> {
        const EXAMPLE: &str = "2026-11-11T08:00:00";
        let value = self.get(key)?;
        let Some(given) = value.get_ref().as_datetime() else {
            self.wrong_type(key, value, "a date and time", EXAMPLE);
            return None;
        };
        let Some(naive) = naive(given) else {
            self.wrong_type(key, value, "a date and time", EXAMPLE);
            return None;
        };
        let at: DateTime<Utc> = match given.offset {
            Some(Offset::Z) => naive.and_utc(),
            Some(Offset::Custom { minutes }) => {
                naive.and_utc() - chrono::Duration::minutes(i64::from(minutes))
            }
            None => match zone.from_local_datetime(&naive) {
                MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => at.to_utc(),
                MappedLocalTime::None => {
                    self.problem(
                        value.span(),
                        format!("{naive} does not exist in {zone}: clocks go forward"),
                        "an hour later, or with an offset",
                    );
                    return None;
                }
            },
        };
        Some(At { value: Timestamp::from_millis(at.timestamp_millis()), span: value.span() })
    }
}

fn naive(given: &Datetime) -> Option<NaiveDateTime> {
    let date = given.date?;
    let day = NaiveDate::from_ymd_opt(i32::from(date.year), date.month.into(), date.day.into())?;
    match given.time {
        Some(time) => day.and_hms_opt(
            time.hour.into(),
            time.minute.into(),
            time.second.unwrap_or(0).min(59).into(),
        ),
        None => day.and_hms_opt(0, 0, 0),
    }
}
