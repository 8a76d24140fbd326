//! Complains once a day of holiday calendars that end.

use crate::clock::Clock;
use crate::config::ending;
use crate::engine::policy::{Policy, UnitPolicy};
use crate::engine::time::Timestamp;
use chrono::NaiveDate;
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// How often it is looked whether another day began.
const LOOK: Duration = Duration::from_secs(15 * 60);

/// What was complained of, and on which local day.
#[derive(Debug, Default)]
struct Complaints {
    last: Option<(NaiveDate, Vec<String>)>,
}

impl Complaints {
    /// What is to be said now: everything on a new day of the first unit, and what is new.
    fn due(&mut self, units: &[UnitPolicy], now: Timestamp) -> Vec<String> {
        let zone = units.first().map_or(chrono_tz::Tz::UTC, |unit| unit.timezone);
        let Some(today) = now.to_chrono().map(|at| at.with_timezone(&zone).date_naive()) else {
            return Vec::new();
        };
        let all = ending(units, now);
        let said = match &self.last {
            Some((day, said)) if *day == today => said.clone(),
            Some(_) | None => Vec::new(),
        };
        let due = all.iter().filter(|line| !said.contains(line)).cloned().collect();
        self.last = Some((today, all));
        due
    }
}

/// Looks at the policy in force from time to time, as long as the service runs.
pub(super) async fn watch(policy: Arc<RwLock<Policy>>, clock: Arc<dyn Clock>) {
    let mut complaints = Complaints::default();
    let mut time = tokio::time::interval(LOOK);
    loop {
        time.tick().await;
        let due = policy.read().map(|policy| complaints.due(&policy.units, clock.now()));
        for line in due.unwrap_or_default() {
            tracing::warn!("{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::path::Path;

    #[test]
    fn a_calendar_that_ends_is_told_of_once_a_day() {
        let text = "holidays = \"cn\"\n[[unit]]\nname = \"a\"\ntimezone = \"Asia/Shanghai\"\n";
        let config = Config::parse(text, "c", Path::new("")).expect("valid");
        let mut complaints = Complaints::default();
        let mut due = |text| {
            let at = Timestamp::parse_rfc3339(text).expect("valid");
            complaints.due(&config.units, at).len()
        };
        assert_eq!(due("2026-10-31T15:59:00Z"), 0);
        assert_eq!(due("2026-10-31T16:00:00Z"), 1, "1 November in Shanghai");
        assert_eq!(due("2026-11-01T15:59:00Z"), 0);
        assert_eq!(due("2026-11-01T16:00:00Z"), 1);
        assert_eq!(due("2026-11-01T16:15:00Z"), 0);
    }

    #[test]
    fn a_reload_that_makes_it_so_is_told_of_at_once() {
        let parse = |text| Config::parse(text, "c", Path::new("")).expect("valid").units;
        let mut complaints = Complaints::default();
        let at = Timestamp::parse_rfc3339("2026-12-01T00:00:00Z").expect("valid");
        assert_eq!(complaints.due(&parse(""), at).len(), 0);
        assert_eq!(complaints.due(&parse("holidays = \"cn\""), at).len(), 1);
        assert_eq!(complaints.due(&parse("holidays = \"cn\""), at).len(), 0);
    }
}
