//! Values that only the command line has.

use crate::engine::time::Timestamp;
use crate::roster::instant_of_local;
use crate::sim::Hours;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use clap::ValueEnum;
use std::str::FromStr;

/// How an input file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Format {
    /// Rows of counts by interval.
    Csv,
    /// Observations in the wire form, one JSON object a line.
    Ndjson,
    /// The queue_log of an Asterisk server.
    QueueLog,
    /// The queue interval file of Calabrio WFM, formerly Teleopti: 21 fields.
    #[value(alias = "teleopti")]
    Calabrio,
}

/// In which encoding the text of tables is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Encoding {
    /// UTF-8, and GB18030 where it is not UTF-8; a byte-order mark decides.
    Auto,
    /// UTF-8.
    #[value(name = "utf-8", alias = "utf8")]
    Utf8,
    /// GB18030, which GBK and GB2312 are parts of.
    #[value(alias = "gbk", alias = "gb2312")]
    Gb18030,
}

/// How much faster than life the demo runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many times as fast.
    Times(f64),
    /// Without waiting at all.
    Max,
}

/// Slowest and fastest finite speed: below, a night takes days; above, waiting is not noticed.
const TIMES: [f64; 2] = [0.1, 100_000.0];

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let [low, high] = TIMES;
        match text.trim_end_matches(['x', '×']).parse::<f64>() {
            Ok(times) if (low..=high).contains(&times) => Ok(Self::Times(times)),
            _ => Err(format!("a number from {low} to {high}, or \"max\"")),
        }
    }
}

/// A point in time, as people type it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// With an offset.
    Absolute(Timestamp),
    /// By a local clock that is named elsewhere; a date alone is its midnight.
    Local(NaiveDateTime),
}

impl Moment {
    /// The instant by the clock of a zone: of a time that comes twice the first, and one that is
    /// skipped with the offset before the gap. `None` beyond the calendar.
    pub fn instant(self, zone: Tz) -> Option<Timestamp> {
        match self {
            Self::Absolute(at) => Some(at),
            Self::Local(naive) => instant_of_local(naive, zone),
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(at) = Timestamp::parse_rfc3339(text) {
            return Ok(Self::Absolute(at));
        }
        if let Ok(date) = text.parse::<NaiveDate>() {
            return Ok(Self::Local(date.and_time(NaiveTime::MIN)));
        }
        let naive = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        naive.map(Self::Local).ok_or_else(|| {
            "a date (2026-11-24), a local time (2026-11-24T08:00) or one with its offset \
             (2026-11-24T08:00:00+08:00)"
                .to_owned()
        })
    }
}

/// The hours in which calls come in, the same every day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyHours(pub Hours);

impl FromStr for DailyHours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "always" {
            return Ok(Self(Hours::AllDay));
        }
        let minute = |text: &str| -> Option<u32> {
            let (hour, minute) = text.trim().split_once(':')?;
            let (hour, minute) = (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?);
            let of_day = hour * 60 + minute;
            (minute < 60 && of_day <= 24 * 60).then_some(of_day)
        };
        let both = text.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
        match both {
            Some((opens_minute, closes_minute)) if opens_minute < closes_minute => {
                Ok(Self(Hours::Daily { opens_minute, closes_minute }))
            }
            _ => Err("\"always\", or from and to of a day, as 07:00-21:00".to_owned()),
        }
    }
}

/// A surge: when, for how long, how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surge {
    /// Beginning.
    pub at: Moment,
    /// Length.
    pub minutes: u32,
    /// Calls as a multiple of the ordinary.
    pub times: f64,
}

/// Longest surge that can be asked for: a week.
const SURGE_MINUTES_MAX: u32 = 7 * 24 * 60;
/// Largest multiple.
const TIMES_MAX: f64 = 100.0;
/// Most calls an hour: beyond any centre, and events still fit into memory minute by minute.
const CALLS_MAX: f64 = 1_000_000.0;

impl FromStr for Surge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split(',').map(str::trim).collect();
        let [at, minutes, multiple] = parts[..] else {
            return Err("three parts: 2026-02-03T10:00,60,2".to_owned());
        };
        let minutes = minutes
            .parse()
            .ok()
            .filter(|minutes| (1..=SURGE_MINUTES_MAX).contains(minutes))
            .ok_or_else(|| format!("minutes from 1 to {SURGE_MINUTES_MAX}"))?;
        Ok(Self { at: at.parse()?, minutes, times: times(multiple)? })
    }
}

/// A multiple of the ordinary; below 1 fewer calls come.
///
/// # Errors
/// What it should have looked like.
pub(super) fn times(text: &str) -> Result<f64, String> {
    within(text.trim_start_matches(['x', '×']), 0.0, TIMES_MAX)
}

/// Calls an hour.
///
/// # Errors
/// What it should have looked like.
pub(super) fn calls(text: &str) -> Result<f64, String> {
    within(text, 0.1, CALLS_MAX)
}

/// Length of a row: whole ones make an hour.
///
/// # Errors
/// What it should have looked like.
pub(super) fn row_minutes(text: &str) -> Result<u32, String> {
    let minutes = text.parse().ok().filter(|&minutes| minutes > 0 && 60 % minutes == 0);
    minutes.ok_or_else(|| "minutes that divide an hour: 1, 5, 10, 15, 30, 60 …".to_owned())
}

fn within(text: &str, low: f64, high: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (low..=high).contains(&value) => Ok(value),
        _ => Err(format!("a number from {low} to {high}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_of_a_day_run_forward() {
        let daily = |opens_minute, closes_minute| {
            Ok(DailyHours(Hours::Daily { opens_minute, closes_minute }))
        };
        assert_eq!("7:30-24:00".parse(), daily(450, 1_440));
        assert_eq!("always".parse(), Ok(DailyHours(Hours::AllDay)));
        for wrong in ["21:00-07:00", "07:00", "07:60-08:00", "08:00-24:01", "nine to five"] {
            assert!(wrong.parse::<DailyHours>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_surge_has_three_parts() {
        let surge: Surge = "2026-02-03T10:00, 60, x1.5".parse().expect("valid");
        assert_eq!((surge.minutes, surge.times), (60, 1.5));
        for wrong in ["2026-02-03,60", "2026-02-03,0,2", "2026-02-03,60,-1", "now,60,2", "a,b,c,d"]
        {
            assert!(wrong.parse::<Surge>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_moment_is_local_unless_it_has_an_offset() {
        let instant = |text: &str| {
            let moment: Moment = text.parse().expect(text);
            moment.instant(Tz::Asia__Shanghai).expect("in the calendar").to_string()
        };
        assert_eq!(instant("2026-11-24"), "2026-11-23T16:00:00Z");
        assert_eq!(instant("2026-11-24 08:30"), "2026-11-24T00:30:00Z");
        assert_eq!(instant("2026-11-24T08:30:05"), "2026-11-24T00:30:05Z");
        assert_eq!(instant("2026-11-24T08:30:00+01:00"), "2026-11-24T07:30:00Z");
        for wrong in ["yesterday", "2026-13-01", "24.11.2026", "2026-11-24T25:00"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn speed_is_a_number_or_max() {
        assert_eq!("60".parse(), Ok(Speed::Times(60.0)));
        assert_eq!("60x".parse(), Ok(Speed::Times(60.0)));
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert!("0".parse::<Speed>().is_err() && "nan".parse::<Speed>().is_err());
    }
}
