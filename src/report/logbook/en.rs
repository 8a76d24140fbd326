//! The log book in English.

use super::super::when;
use super::text;
use crate::record::Record;
use chrono_tz::Tz;

pub(super) fn sentence(r: &Record, zone: Tz) -> String {
    match r.kind.as_str() {
        "transition" => transition(r),
        "outage" => outage(r, zone),
        "reminder" => reminder(r, zone),
        "command" => command(r, zone),
        "quality" => quality(r, zone),
        "recall" | "recall_act" => recall(r),
        other => format!("{other} {}.", r.id),
    }
}

fn recall(r: &Record) -> String {
    let what = match (text(&r.cause), text(&r.act)) {
        (cause, "?") => caused(cause),
        (_, act) => acted(act),
    };
    let about = r.recall.as_ref();
    let mut parts = vec![what.to_owned()];
    if about.is_some_and(|about| about.drill) {
        parts.insert(0, "DRILL".to_owned());
    }
    parts.extend(about.and_then(|about| about.person.clone()));
    let answer = about.and_then(|about| answered(about.answer.as_deref()?));
    parts.extend(answer.map(|answer| format!("answered: {answer}")));
    parts.extend(about.and_then(|about| about.heads).map(|heads| heads.to_string()));
    parts.extend(about.and_then(|about| about.summary.as_ref()).map(summary));
    parts.extend([&r.actor, &r.reason, &r.refused].into_iter().flatten().cloned());
    let id = about.and_then(|about| about.id.as_deref()).unwrap_or("?");
    format!("{} {id}: {}.", text(&r.unit), parts.join(", "))
}

fn summary(s: &crate::recall::Summary) -> String {
    let after = |seconds: Option<u32>| {
        seconds.map_or_else(|| "never".to_owned(), |s| format!("after {}:{:02}", s / 60, s % 60))
    };
    format!(
        "{} needed, {} asked, {} reached, {} said yes (the first {}, enough {}), {} came, {} did not come",
        s.need,
        s.asked,
        s.reached,
        s.accepted,
        after(s.first_yes_after_seconds),
        after(s.filled_after_seconds),
        s.came,
        s.no_shows
    )
}

fn caused(cause: &str) -> &str {
    match cause {
        "offer" => "asked to come",
        "withdraw" => "offer withdrawn",
        "cancel" => "told to turn back",
        "thank" => "has a place",
        "reserve" => "is a reserve",
        "too_late" => "do not come",
        "promote" => "moves up from the reserves",
        "no_show" => "did not come",
        "arrived" => "is at work",
        "release" => "may go home",
        "block_contact" => "contact blocked",
        "filled" => "enough people come",
        "unfilled" => "heads out of reach",
        "closed" => "recall over",
        "off" => "recall off",
        "dry_run" => "dry run: heads needed",
        "no_need" => "nobody asked: need unknown",
        "enough" => "nobody is missing",
        "no_roster" => "nobody asked: no roster",
        other => other,
    }
}

/// What the person was answered, where that says more than that it was noted.
fn answered(answer: &str) -> Option<&str> {
    Some(match answer {
        "coming" => "coming",
        "reserve" => "a reserve",
        "declined" => "not coming",
        "do_not_come" => "do not come",
        "late" => "later than needed, do not come",
        "here" => "at work",
        "blocked" => "contact blocked",
        "done" | "refused" => return None,
        other => other,
    })
}

fn acted(act: &str) -> &str {
    match act {
        "start" => "recall begins",
        "change" => "need changed",
        "candidates" => "more people",
        "accept" => "yes",
        "decline" => "no",
        "on_the_way" => "on the way",
        "wrong_number" => "wrong number",
        "arrival" => "logged on",
        "hold" => "hold the recall",
        "ask_now" => "ask at once",
        "cancel" => "cancel a person",
        "release" => "send home",
        "cancel_all" => "cancel the recall",
        other => other,
    }
}

fn transition(r: &Record) -> String {
    let why = match text(&r.cause) {
        "detector" => "inbound volume is abnormal",
        "timer" => "not under control for the whole step",
        "recovery" => "under control for long enough",
        "reopened" => "the surge came back soon after the end",
        "manual" => "ordered by the commander",
        "closed" => "the centre has closed",
        other => other,
    };
    let mut s = format!("{}: {} → {}, {why}", text(&r.unit), text(&r.from), text(&r.to));
    if let (Some(actor), Some(reason)) = (&r.actor, &r.reason) {
        s.push_str(&format!(" ({actor}: {reason})"));
    }
    if let Some(seconds) = r.late_by_seconds {
        s.push_str(&format!("; {} late", when::seconds(seconds)));
    }
    if let (Some(incident), Some(number)) = (r.incident, r.number) {
        s.push_str(&format!(" (incident {incident}, change {number})"));
    }
    s + "."
}

fn outage(r: &Record, zone: Tz) -> String {
    let source = text(&r.source);
    let since = r.since.as_ref().map(|t| when::clock(zone, t)).unwrap_or_default();
    match text(&r.cause) {
        "report" => format!("Source {source} has been silent since {since}: report the outage."),
        "notify" => format!(
            "Source {source} has been silent since {since}: notify, and staff by the surge plan."
        ),
        "vendor" => format!("Source {source} has been silent since {since}: call the vendor."),
        "ended" => format!("Source {source} is back; it was silent since {since}."),
        other => format!("Outage of source {source}: {other}, silent since {since}."),
    }
}

fn reminder(r: &Record, zone: Tz) -> String {
    let (unit, level) = (text(&r.unit), text(&r.level));
    match text(&r.cause) {
        "unconfirmed" => format!("{unit}: the order of {level} is not confirmed yet."),
        "still_at_l3" => format!("{unit}: still at {level}; report again."),
        "confirm_l3" => {
            let until = r.until.as_ref().map(|t| when::clock(zone, t)).unwrap_or_default();
            format!("{unit}: L3 is due; without an answer it is ordered at {until}.")
        }
        other => format!("{unit}: reminder {other} at {level}."),
    }
}

fn command(r: &Record, zone: Tz) -> String {
    let level = r.level.as_ref().map(|l| format!(" to {l}")).unwrap_or_default();
    let (unit, actor, act) = (text(&r.unit), text(&r.actor), text(&r.act));
    let mut s = format!("{unit}: {actor} ordered {act}{level} ({})", text(&r.reason));
    if let Some(until) = &r.until {
        s.push_str(&format!(", until {}", when::clock(zone, until)));
    }
    if let Some(refused) = &r.refused {
        s.push_str(&format!("; refused: {refused}"));
    }
    s + "."
}

fn quality(r: &Record, zone: Tz) -> String {
    let of = match (&r.unit, &r.source) {
        (Some(unit), Some(source)) => format!("{unit}, source {source}"),
        (Some(unit), None) => unit.clone(),
        (None, Some(source)) => format!("Source {source}"),
        (None, None) => "Monitor".to_owned(),
    };
    let what = match text(&r.cause) {
        "blind" => "no source gives a sign of life".to_owned(),
        "sighted" => "data are back".to_owned(),
        "monitor_down" => {
            let since = r.since.as_ref().map(|t| when::stamp(zone, t)).unwrap_or_default();
            format!("it was down since {since}")
        }
        "counters_reset" => "its counters went down; counted as a reset".to_owned(),
        "source_restarted" => "it restarted; calls it held have no end".to_owned(),
        "closed" => "the centre is closed".to_owned(),
        "policy_changed" => "the settings changed".to_owned(),
        "late_row" => "a row came too late for its interval; history alone is corrected".to_owned(),
        other => other.to_owned(),
    };
    format!("{of}: {what}.")
}
