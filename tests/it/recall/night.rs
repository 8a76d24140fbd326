//! A night as text: each line is an input, the lines under it are what follows.
//!
//! ```text
//! 0:00 L2 start a3 by 2:00 people 1-12 13-14:ab    three of skill a; 13 and 14 can do b too
//!   > offer 1 2 3 until 0:20 (wave 1)
//! 0:01 L2 1 yes 30 = coming 0:31                   the answer behind the sign
//! 0:05 .                                           time alone: written where something follows
//! ```
//!
//! The whole text is written anew from what happens and must be equal.

use callsurge::engine::command::Level;
use callsurge::engine::observation::UnitId;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::recall::*;
use callsurge::roster::{PersonId, Tier};
use std::collections::BTreeSet;
use std::fmt::Write;

pub(super) fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_secs(minutes * 60)
}

fn clock(t: Timestamp) -> String {
    let seconds = t.as_millis() / 1_000;
    let rest = seconds % 60;
    let rest = if rest == 0 { String::new() } else { format!(":{rest:02}") };
    format!("{}:{:02}{rest}", seconds / 3_600, seconds / 60 % 60)
}

fn instant(text: &str) -> Timestamp {
    let parts: Vec<i64> = text.split(':').map(|p| p.parse().expect("h:mm or h:mm:ss")).collect();
    let seconds = parts.get(2).copied().unwrap_or(0);
    Timestamp::from_secs(parts[0] * 3_600 + parts[1] * 60 + seconds)
}

/// `3` or `1-4`.
fn persons(text: &str) -> Vec<PersonId> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    (from.parse().unwrap()..=to.parse().unwrap()).map(PersonId).collect()
}

fn skill(letter: char) -> Skill {
    Skill(letter as u32 - 'a' as u32)
}

fn letter(skill: Skill) -> char {
    char::from_u32('a' as u32 + skill.0).unwrap()
}

pub(super) fn candidate(person: PersonId, skills: &str) -> Candidate {
    Candidate {
        person,
        skills: skills.chars().map(skill).collect::<BTreeSet<_>>(),
        promise: Span::minutes(30),
        class: Class { tier: Tier::Standby, shift: Shift::Evening },
        contacts: 1,
        channel: ChannelId(0),
        worked: Span::ZERO,
    }
}

/// `1-12 13:ab`.
fn candidates<'a>(words: impl Iterator<Item = &'a str>) -> Vec<Candidate> {
    let group = |word: &'a str| {
        let (range, skills) = word.split_once(':').unwrap_or((word, "a"));
        persons(range).into_iter().map(|p| candidate(p, skills)).collect::<Vec<_>>()
    };
    words.flat_map(group).collect()
}

/// `a3,b2`.
fn need(text: &str) -> Need {
    let part = |p: &str| (skill(p.chars().next().unwrap()), p[1..].parse().unwrap());
    text.split(',').filter(|p| !p.is_empty()).map(part).collect()
}

pub(super) fn recall_id(word: &str) -> RecallId {
    let drill = word.starts_with('D');
    let level = if word.ends_with('3') { Level::L3 } else { Level::L2 };
    RecallId { incident: 1, level, generation: 1, drill }
}

pub(super) struct Night {
    pub(super) campaigns: Campaigns,
    pub(super) policy: RecallPolicy,
    replies: u64,
}

impl Night {
    pub(super) fn new(policy: RecallPolicy) -> Self {
        Self { campaigns: Campaigns::default(), policy, replies: 0 }
    }

    /// Runs a night and gives it back as it went.
    pub(super) fn tell(&mut self, script: &str) -> String {
        let mut text = String::new();
        for line in script.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('>') || line.ends_with(" .") {
                continue;
            }
            let input = line.split(" = ").next().unwrap();
            let (time, words) = input.split_once(' ').unwrap();
            let at = instant(time);
            self.pass_until(at, &mut text);
            let input_value = self.input(words);
            let mut out = Vec::new();
            let answer = self.campaigns.apply(at, input_value, &mut out);
            let answer = match answer {
                Answer::Done => String::new(),
                Answer::Coming { arrives_by } => format!(" = coming {}", clock(arrives_by)),
                Answer::Reserve { until } => format!(" = reserve {}", clock(until)),
                Answer::Refused(why) => format!(" = refused {why:?}").to_lowercase(),
                other => format!(" = {other:?}").to_lowercase(),
            };
            writeln!(text, "{input}{answer}").unwrap();
            write_effects(&out, &mut text);
        }
        text
    }

    fn pass_until(&mut self, at: Timestamp, text: &mut String) {
        while let Some(due) = self.campaigns.next_due().filter(|&due| due < at) {
            let mut out = Vec::new();
            let _done = self.campaigns.apply(due, Input::Tick, &mut out);
            if !out.is_empty() {
                writeln!(text, "{} .", clock(due)).unwrap();
                write_effects(&out, text);
            }
        }
    }

    fn input(&mut self, text: &str) -> Input {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            ["tick"] => return Input::Tick,
            ["enddrills"] => return Input::EndDrills,
            ["on", who] => return Input::LoggedOn(persons(who)[0]),
            _ => {}
        }
        let recall = recall_id(words[0]);
        match words[1..] {
            ["start", heads, "by", deadline, "people", ..] => Input::Start(Order {
                id: recall,
                unit: UnitId(0),
                need: need(heads),
                deadline: instant(deadline),
                candidates: candidates(words[6..].iter().copied()),
                policy: self.policy,
            }),
            ["need", heads, "by", deadline] => {
                Input::Change { recall, need: need(heads), deadline: instant(deadline) }
            }
            ["people", ..] => Input::Candidates(recall, candidates(words[2..].iter().copied())),
            ["queued", who] => Input::Receipt(recall, persons(who)[0], Receipt::Queued),
            ["sent", who] => Input::Receipt(recall, persons(who)[0], Receipt::Sent),
            ["delivered", who] => Input::Receipt(recall, persons(who)[0], Receipt::Delivered),
            ["failed", who] => Input::Receipt(recall, persons(who)[0], Receipt::Failed),
            ["down"] => Input::StandDown(recall),
            ["hold", until] => Input::Command(recall, Command::Hold(instant(until))),
            ["now"] => Input::Command(recall, Command::AskNow),
            ["cancelall"] => Input::Command(recall, Command::CancelAll),
            ["cancel", who] => Input::Command(recall, Command::Cancel(persons(who)[0])),
            ["release", heads] => Input::Command(recall, Command::Release(heads.parse().unwrap())),
            [who, ..] => self.reply(recall, persons(who)[0], &words[2..]),
            [] => panic!("nothing is said: {text}"),
        }
    }

    /// `yes`, `yes 30`, `no`, `way 10`, `wrong`; `#7` names the reply.
    fn reply(&mut self, recall: RecallId, person: PersonId, words: &[&str]) -> Input {
        let named = words.iter().find_map(|w| w.strip_prefix('#')).map(|n| n.parse().unwrap());
        self.replies += 1;
        let number = named.unwrap_or(1_000 + self.replies);
        let eta = words.get(1).and_then(|m| m.parse().ok()).map(Span::minutes);
        let words = match words[0] {
            "yes" => Words::Accept(eta),
            "no" => Words::Decline,
            "way" => Words::OnTheWay(eta),
            "wrong" => Words::WrongNumber,
            other => panic!("no such reply: {other}"),
        };
        Input::Reply(Reply { recall, person, contact: ContactId(person.0), number, words })
    }
}

/// One line for neighbours that differ only in the person.
fn write_effects(effects: &[Effect], text: &mut String) {
    let mut lines: Vec<(String, String, Vec<String>)> = Vec::new();
    for effect in effects {
        let (word, rest) = words(effect);
        let who = effect.key.person.map(|p| p.0.to_string());
        match lines.last_mut() {
            Some((w, r, whos)) if (&*w, &*r) == (&word, &rest) => whos.extend(who),
            _ => lines.push((word, rest, who.into_iter().collect())),
        }
    }
    for (word, rest, whos) in lines {
        let parts = [&word[..], &whos.join(" "), &rest];
        let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        writeln!(text, "  > {}", parts.join(" ")).unwrap();
    }
}

fn words(effect: &Effect) -> (String, String) {
    let id = effect.key.recall;
    let whole = effect.key.person.is_none();
    let of = |why: &Why| format!("({why:?})").to_lowercase();
    let (word, rest) = match &effect.kind {
        EffectKind::Offer { deadline } => {
            ("offer", format!("until {} (wave {})", clock(*deadline), effect.key.wave))
        }
        EffectKind::Withdraw(why) => ("withdraw", of(why)),
        EffectKind::Cancel(why) => ("cancel", of(why)),
        EffectKind::Thank { arrives_by } => ("thank", format!("by {}", clock(*arrives_by))),
        EffectKind::Reserve { until } => ("reserve", format!("until {}", clock(*until))),
        EffectKind::TooLate => ("too late", String::new()),
        EffectKind::Promote { arrives_by } => ("promote", format!("by {}", clock(*arrives_by))),
        EffectKind::NoShow => ("no show", String::new()),
        EffectKind::Arrived => ("arrived", String::new()),
        EffectKind::Release => ("release", String::new()),
        EffectKind::BlockContact(contact) => ("block", format!("contact {}", contact.0)),
        EffectKind::Filled => ("filled", String::new()),
        EffectKind::Unfilled { skill, heads, certain } => {
            let sure = if *certain { "certain" } else { "foreseen" };
            ("unfilled", format!("{}{heads} {sure}", letter(*skill)))
        }
        EffectKind::Closed(s) => (
            "closed",
            format!(
                "need {} asked {} accepted {} came {} no-shows {} waves {}",
                s.need, s.asked, s.accepted, s.came, s.no_shows, s.waves
            ),
        ),
    };
    let kind = if id.drill { "D" } else { "L" };
    let of = if whole { format!("{kind}{} ", id.level.number()) } else { String::new() };
    (format!("{of}{word}"), rest)
}

/// Runs a night and holds it to its text.
pub(super) fn check_with(policy: RecallPolicy, script: &str) {
    let told = Night::new(policy).tell(script);
    let plain = |text: &str| {
        text.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
    };
    assert!(plain(&told) == plain(script), "the night went like this:\n{told}");
}

pub(super) fn check(script: &str) {
    check_with(RecallPolicy::DEFAULT, script);
}
