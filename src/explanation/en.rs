//! The sentence in English.

use super::chance::Chance;
use super::{Figures, Length, Said};
use crate::engine::verdict::Method;

pub(super) fn sentence(said: &Said<'_>, figures: Option<&Figures>, since: Option<&str>) -> String {
    let subject = match said.queue {
        Some(queue) => format!("Queue {queue}"),
        None => format!("Unit {}, all queues", said.unit),
    };
    let what = match said.verdict {
        "learning" => "volume is still being learned",
        "normal" => "volume is normal",
        "surge" => "volume is abnormally high",
        "collapse" => "volume has collapsed",
        "stale" => "no data",
        other => other,
    };
    let mut s = format!("{subject}: {what}");
    if let Some((seen, needed)) = said.progress {
        s.push_str(&format!(", {seen} of {needed} intervals"));
    }
    if let Some(since) = since {
        s.push_str(&format!(" since {since}"));
    }
    if let Some(f) = figures {
        s.push_str(&calls(f));
        if said.verdict == "surge" && f.below {
            s.push_str(" (it may be ending)");
        }
        if said.verdict == "normal" {
            s.push_str(&format!(", at most {}", f.upper));
        }
        if let Some(since) = &f.since {
            s.push_str(&format!(", since {since}"));
        }
        if let Some(chance) = f.chance {
            s.push_str(&format!("; chance alone gives such a rise {}", often(chance)));
        }
        if said.verdict != "normal" || f.chance.is_some() || f.learning {
            s.push_str(&format!("; {}", rule(f)));
        }
        if said.verdict == "collapse" {
            s.push_str("; a trunk may be down");
        }
    }
    s + "."
}

fn calls(f: &Figures) -> String {
    let calls = if f.observed == "1" { "call" } else { "calls" };
    let length = f.length.map(|length| format!(" in {}", length_of(length))).unwrap_or_default();
    let are = if f.expected == "1" { "is" } else { "are" };
    format!(", {} {calls}{length} where {} {are} usual", f.observed, f.expected)
}

fn length_of(length: Length) -> String {
    let (n, what) = match length {
        Length::Hours(n) => (n, "hour"),
        Length::Minutes(n) => (n, "minute"),
        Length::Seconds(n) => (n, "second"),
    };
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn often(chance: Chance) -> String {
    match chance {
        Chance::Daily => "more than once a day".to_owned(),
        Chance::TimesAMonth(n) => format!("about {n} times a month"),
        Chance::Monthly => "about once a month".to_owned(),
        Chance::Months(n) => format!("about once in {n} months"),
        Chance::Yearly => "about once a year".to_owned(),
        Chance::Years(n) => format!("about once in {n} years"),
        Chance::Never => "less than once in a century".to_owned(),
    }
}

fn rule(f: &Figures) -> String {
    let test = match f.method {
        Method::Burst => "burst test",
        Method::Step => "step test",
        Method::Slow => "slow-rise test",
        Method::Empty => "run of empty intervals",
        Method::Provisional => return "provisional baseline, only a doubling counts".to_owned(),
    };
    let on = if f.learning { " on a provisional baseline" } else { "" };
    format!("{test}{on}")
}
