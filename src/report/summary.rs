//! What a run came to, in a few lines.

use super::when;
use crate::engine::command::Level;
use crate::engine::time::{Span, Timestamp};
use chrono_tz::Tz;
use serde::Serialize;

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Rows or observations that were taken.
    pub rows_read: u64,
    /// Lines that were refused: not readable, or nonsense.
    pub rows_refused: u64,
    /// Queues that were seen.
    pub queues: usize,
    /// Start of the first and end of the last interval, if there was any.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The units.
    pub units: Vec<UnitSummary>,
}

/// What a run came to for one unit.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitSummary {
    /// Its name.
    pub unit: String,
    /// Incidents.
    pub incidents: u64,
    /// Highest level reached.
    pub highest: Level,
    /// Time at none, L1, L2 and L3.
    pub time_in_level: [Span; 4],
}

#[derive(Serialize)]
struct Line<'a> {
    r#type: &'static str,
    rows_read: u64,
    rows_refused: u64,
    queues: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    units: Vec<UnitLine<'a>>,
}

#[derive(Serialize)]
struct UnitLine<'a> {
    unit: &'a str,
    incidents: u64,
    highest: Level,
    level_seconds: [f64; 4],
}

impl Summary {
    /// The summary for programs: an object of type `summary`.
    pub fn json(&self) -> impl Serialize + '_ {
        Line {
            r#type: "summary",
            rows_read: self.rows_read,
            rows_refused: self.rows_refused,
            queues: self.queues,
            start: self.span.map(|(from, _)| from.to_string()),
            end: self.span.map(|(_, to)| to.to_string()),
            units: self
                .units
                .iter()
                .map(|u| UnitLine {
                    unit: &u.unit,
                    incidents: u.incidents,
                    highest: u.highest,
                    level_seconds: u.time_in_level.map(Span::as_secs_f64),
                })
                .collect(),
        }
    }

    /// The summary for people.
    pub fn text(&self, zone: Tz) -> String {
        let mut text = format!("{} rows of {}", self.rows_read, counted(self.queues, "queue"));
        if self.rows_refused > 0 {
            text.push_str(&format!(", {} refused", self.rows_refused));
        }
        if let Some((from, to)) = self.span {
            let stamp = |at: Timestamp| when::stamp(zone, &at.to_string());
            text.push_str(&format!(", {} to {} ({zone})", stamp(from), stamp(to)));
        }
        text.push('\n');
        for unit in &self.units {
            text.push_str(&unit.text());
        }
        text
    }
}

impl UnitSummary {
    fn text(&self) -> String {
        let incidents = counted(usize::try_from(self.incidents).unwrap_or(usize::MAX), "incident");
        let mut text = format!("{}: {incidents}", self.unit);
        if self.highest > Level::None {
            text.push_str(&format!(", up to {}", self.highest.word()));
            for level in [Level::L1, Level::L2, Level::L3] {
                let time = self.time_in_level[usize::from(level.number())];
                if time.is_positive() {
                    text.push_str(&format!("; {} {}", level.word(), when::length(time)));
                }
            }
        }
        text.push('\n');
        text
    }
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        let start = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").expect("valid");
        Summary {
            rows_read: 1_440,
            rows_refused: 2,
            queues: 1,
            span: Some((start, start + Span::hours(24))),
            units: vec![
                UnitSummary {
                    unit: "sales".into(),
                    incidents: 1,
                    highest: Level::L2,
                    time_in_level: [
                        Span::hours(22),
                        Span::minutes(75),
                        Span::minutes(45),
                        Span::ZERO,
                    ],
                },
                UnitSummary {
                    unit: "desk".into(),
                    incidents: 0,
                    highest: Level::None,
                    time_in_level: [Span::hours(24), Span::ZERO, Span::ZERO, Span::ZERO],
                },
            ],
        }
    }

    #[test]
    fn people_read_a_few_lines() {
        let text = "1440 rows of 1 queue, 2 refused, 2026-11-24 00:00:00 to 2026-11-25 00:00:00 \
                    (Asia/Shanghai)\n\
                    sales: 1 incident, up to L2; L1 1:15 h; L2 0:45 h\n\
                    desk: 0 incidents\n";
        assert_eq!(summary().text(chrono_tz::Asia::Shanghai), text);
    }

    #[test]
    fn programs_read_one_object() {
        let json = serde_json::to_value(summary().json()).expect("JSON");
        assert_eq!(json["type"], "summary");
        assert_eq!(json["start"], "2026-11-23T16:00:00Z");
        assert_eq!(json["units"][0]["level_seconds"][1], 4_500.0);
    }
}
