//! Times of a calendar: UTC, of a zone, of the person's zone, or whole days.

use super::lines::Property;
use crate::engine::time::{Span, Timestamp};
use crate::roster::Fault;
use crate::roster::local::instant;
use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

/// Names of zones that Outlook writes, of the places where such centres are.
const WINDOWS: [(&str, Tz); 8] = [
    ("China Standard Time", Tz::Asia__Shanghai),
    ("Taipei Standard Time", Tz::Asia__Taipei),
    ("Singapore Standard Time", Tz::Asia__Singapore),
    ("Tokyo Standard Time", Tz::Asia__Tokyo),
    ("W. Europe Standard Time", Tz::Europe__Berlin),
    ("GMT Standard Time", Tz::Europe__London),
    ("Eastern Standard Time", Tz::America__New_York),
    ("UTC", Tz::UTC),
];

/// A time as the file states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// An instant.
    Utc(Timestamp),
    /// A local time; `None`: of the person's zone.
    Local(NaiveDateTime, Option<Tz>),
    /// A whole day of the person.
    Day(NaiveDate),
}

impl Stamp {
    pub(super) fn of(property: &Property) -> Result<Self, Fault> {
        let text = property.value.trim();
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y%m%d")
            && text.len() == 8
        {
            return Ok(Self::Day(day));
        }
        let form = "%Y%m%dT%H%M%S";
        let local = |text: &str| {
            let plain = text.len() == 15;
            let time = NaiveDateTime::parse_from_str(text, form).ok().filter(|_| plain);
            time.ok_or(Fault::Stamp)
        };
        if let Some(utc) = text.strip_suffix('Z') {
            return Ok(Self::Utc(local(utc)?.and_utc().into()));
        }
        let zone = property.parameter("TZID").map(zone).transpose()?;
        Ok(Self::Local(local(text)?, zone))
    }

    /// The instant, for a person who lives in a zone; a whole day begins at its midnight.
    pub(super) fn instant(self, own: Tz) -> Result<Timestamp, Fault> {
        match self {
            Self::Utc(at) => Ok(at),
            Self::Local(time, zone) => instant(time, zone.unwrap_or(own)).ok_or(Fault::Stamp),
            Self::Day(day) => instant(day.and_time(NaiveTime::MIN), own).ok_or(Fault::Stamp),
        }
    }

    /// What ends an event that says only when it begins: a day has a day, an instant no length.
    pub(super) fn default_end(self) -> Self {
        match self {
            Self::Day(day) => Self::Day(day + Days::new(1)),
            Self::Utc(_) | Self::Local(..) => self,
        }
    }
}

fn zone(name: &str) -> Result<Tz, Fault> {
    let windows = WINDOWS.iter().find(|(known, _)| *known == name).map(|(_, zone)| *zone);
    // Some programs put their own path before the name.
    let tail = name.rmatch_indices('/').nth(1).map_or(name, |(at, _)| &name[at + 1..]);
    let found = windows.or_else(|| name.parse().ok()).or_else(|| tail.parse().ok());
    let help = || match crate::config::timezone::parse(name) {
        Ok(_) => String::new(),
        Err(help) => help,
    };
    found.ok_or_else(|| Fault::Zone(help()))
}

/// `PT8H`, `P1D`, `PT7H30M`, `P1W`.
pub(super) fn duration(text: &str) -> Result<Span, Fault> {
    let rest = text.trim().trim_start_matches('+').strip_prefix('P').ok_or(Fault::Duration)?;
    let (days, time) = rest.split_once('T').unwrap_or((rest, ""));
    let mut total = Span::ZERO;
    for (part, units) in [
        (days, [('W', 7 * 86_400), ('D', 86_400), ('\0', 0)]),
        (time, [('H', 3_600), ('M', 60), ('S', 1)]),
    ] {
        let mut digits = String::new();
        for c in part.chars() {
            if c.is_ascii_digit() && digits.len() < 6 {
                digits.push(c);
                continue;
            }
            let unit = units.iter().find(|(letter, _)| *letter == c).ok_or(Fault::Duration)?;
            let number: i64 = digits.parse().map_err(|_| Fault::Duration)?;
            total += Span::secs(number * unit.1);
            digits.clear();
        }
        if !digits.is_empty() {
            return Err(Fault::Duration);
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        for (text, seconds) in [
            ("PT8H", 28_800),
            ("P1D", 86_400),
            ("PT7H30M", 27_000),
            ("P1W", 604_800),
            ("P1DT1S", 86_401),
        ] {
            assert_eq!(duration(text), Ok(Span::secs(seconds)), "{text}");
        }
        for text in ["8H", "P8H", "PT8", "PTH", "PT9999999H", "-PT8H", ""] {
            assert!(duration(text).is_err() || text == "P", "{text}");
        }
    }

    #[test]
    fn zones_of_other_programs() {
        for (name, wanted) in [
            ("Asia/Shanghai", Tz::Asia__Shanghai),
            ("China Standard Time", Tz::Asia__Shanghai),
            ("/freeassociation.sourceforge.net/Europe/Berlin", Tz::Europe__Berlin),
        ] {
            assert_eq!(zone(name), Ok(wanted), "{name}");
        }
        assert!(
            matches!(zone("Shanghai"), Err(Fault::Zone(help)) if help.contains("Asia/Shanghai"))
        );
    }
}
