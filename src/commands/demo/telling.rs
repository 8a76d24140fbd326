//! What the demo prints while it runs, and what it came to in the end.
//!
//! Hundreds of people write within minutes, so their messages are gathered: one line for each
//! kind of message and minute, told in order of time with the records of the monitor.

use crate::config::Language;
use crate::demo::{Message, MessageKind};
use crate::engine::command::Level;
use crate::engine::time::{Span, Timestamp};
use crate::record::{Record, instant_of, level_of};
use crate::report::{Output, logbook};
use chrono_tz::Tz;
use serde::Serialize;
use std::io;
use std::mem::{Discriminant, discriminant};

/// Prints the demo.
#[derive(Debug)]
pub(crate) struct Telling {
    language: Language,
    zone: Tz,
    /// The minute that is gathered.
    minute: Timestamp,
    said: Vec<Said>,
    changes: Vec<Change>,
    people: [People; 3],
}

/// A kind of message: the first one, whether others differ, how many.
#[derive(Debug)]
struct Said {
    at: Timestamp,
    kind: Discriminant<MessageKind>,
    text: String,
    differs: bool,
    count: u32,
}

/// A change of level.
#[derive(Debug, Serialize)]
struct Change {
    #[serde(serialize_with = "rfc3339")]
    at: Timestamp,
    from: Level,
    to: Level,
}

/// What became of the people of a level.
#[derive(Clone, Copy, Debug, Serialize)]
struct People {
    level: Level,
    asked: u32,
    declined: u32,
    arrived: u32,
}

/// The summary for programs.
#[derive(Serialize)]
struct Line<'a> {
    r#type: &'static str,
    changes: &'a [Change],
    people: &'a [People],
}

impl Telling {
    pub(crate) fn new(language: Language, zone: Tz) -> Self {
        let people = [Level::L1, Level::L2, Level::L3];
        Self {
            language,
            zone,
            minute: Timestamp::MIN,
            said: Vec::new(),
            changes: Vec::new(),
            people: people.map(|level| People { level, asked: 0, declined: 0, arrived: 0 }),
        }
    }

    /// A record of the monitor.
    pub(crate) fn record(&mut self, record: &Record, output: &mut Output<'_>) -> io::Result<()> {
        // What was said before it is told before it.
        self.tell(output)?;
        if let Ok(at) = instant_of(&record.at) {
            let level = |word: &Option<String>| word.as_deref().and_then(level_of);
            if let ("transition", Some(from), Some(to)) =
                (record.kind.as_str(), level(&record.from), level(&record.to))
            {
                self.changes.push(Change { at, from, to });
            }
        }
        output.record(record)?;
        writeln!(output.people(), "{}", logbook::line(record, self.language, self.zone))
    }

    /// A message to or from a person.
    pub(crate) fn message(&mut self, message: &Message, output: &mut Output<'_>) -> io::Result<()> {
        self.pass(message.at, output)?;
        self.minute = message.at.floor(Span::minutes(1));
        if let Some(people) = self.people.iter_mut().find(|p| p.level == message.level) {
            match message.kind {
                MessageKind::Ordered | MessageKind::Asked => people.asked += 1,
                MessageKind::Declined => people.declined += 1,
                MessageKind::Arrived => people.arrived += 1,
                MessageKind::Accepted { .. } | MessageKind::DoNotCome | MessageKind::Released => {}
            }
        }
        let text = message.text(super::lang(self.language));
        let kind = discriminant(&message.kind);
        match self.said.iter_mut().find(|said| said.kind == kind) {
            Some(said) => {
                said.differs |= said.text != text;
                said.count += 1;
            }
            None => self.said.push(Said { at: message.at, kind, text, differs: false, count: 1 }),
        }
        Ok(())
    }

    /// Time passes: tells the gathered minute once it is over.
    pub(crate) fn pass(&mut self, at: Timestamp, output: &mut Output<'_>) -> io::Result<()> {
        if at.floor(Span::minutes(1)) > self.minute { self.tell(output) } else { Ok(()) }
    }

    fn tell(&mut self, output: &mut Output<'_>) -> io::Result<()> {
        for Said { at, text, differs, count, .. } in self.said.drain(..) {
            let stamp = logbook::stamp(at, self.zone);
            let more = if differs { " …" } else { "" };
            writeln!(output.people(), "{stamp}  {count:3} × {text}{more}")?;
        }
        Ok(())
    }

    /// What the night came to.
    pub(crate) fn summary(&mut self, output: &mut Output<'_>) -> io::Result<()> {
        self.tell(output)?;
        let line = Line { r#type: "summary", changes: &self.changes, people: &self.people };
        output.object(&line)?;
        let chinese = match self.language {
            Language::En => false,
            Language::ZhCn => true,
        };
        let word = |level: Level| match level {
            Level::None => if chinese { "无支持" } else { "none" }.to_owned(),
            Level::L1 | Level::L2 | Level::L3 => level.word().to_owned(),
        };
        let people = output.people();
        writeln!(people, "\n{}", if chinese { "小结" } else { "Summary" })?;
        let mut before: Option<Timestamp> = None;
        for Change { at, from, to } in &self.changes {
            let stamp = logbook::stamp(*at, self.zone);
            let minutes = before.map(|before| (*at - before).as_millis() / 60_000);
            let after = match (minutes, chinese) {
                (None, _) => String::new(),
                (Some(minutes), false) => format!(", {minutes} min later"),
                (Some(minutes), true) => format!("，{minutes} 分钟后"),
            };
            writeln!(people, "  {stamp}  {} → {}{after}", word(*from), word(*to))?;
            before = Some(*at);
        }
        for People { level, asked, declined, arrived } in self.people {
            let level = level.word();
            if chinese {
                writeln!(
                    people,
                    "  {level}：通知 {asked} 人，婉拒 {declined} 人，到岗 {arrived} 人"
                )?;
            } else {
                writeln!(
                    people,
                    "  {level}: {asked} asked, {declined} declined, {arrived} arrived"
                )?;
            }
        }
        Ok(())
    }
}

fn rfc3339<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}
