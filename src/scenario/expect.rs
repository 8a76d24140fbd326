//! Compares what came with what was expected.

use super::file::{ExpectPart, ScenarioFile, Text, Truth};
use super::plan::Source;
use super::run::Outcome;
use super::{Finding, ScenarioError, ScenarioReport};
use crate::engine::effect::{EffectKind, Kleene};
use crate::engine::observation::UnitId;
use crate::engine::time::{Span, Timestamp};
use crate::engine::view::{ClockState, UnitView, View};
use crate::record::Record;
use serde_spanned::Spanned;

/// The expectations of a file, with their instants.
pub(super) struct Wanted {
    start: Timestamp,
    asked: Vec<Timestamp>,
}

impl Wanted {
    /// Reads the instants of the expectations.
    pub(super) fn of(
        file: &ScenarioFile,
        src: &Source<'_>,
        start: Timestamp,
    ) -> Result<Self, ScenarioError> {
        let asked = file.expect.iter().map(|e| Ok(start + src.offset(&e.get_ref().at)?));
        Ok(Self { start, asked: asked.collect::<Result<_, ScenarioError>>()? })
    }

    /// When something is expected.
    pub(super) fn instants(&self) -> impl Iterator<Item = Timestamp> + '_ {
        self.asked.iter().copied()
    }

    /// Compares.
    pub(super) fn compare(
        &self,
        file: &ScenarioFile,
        src: &Source<'_>,
        outcome: &Outcome,
        start: Timestamp,
    ) -> ScenarioReport {
        let mut check = Check { src, start, checked: 0, findings: Vec::new() };
        for (part, at) in file.expect.iter().zip(&self.asked) {
            if let Some((_, view)) = outcome.views.iter().find(|(t, _)| t == at) {
                check.state(part, view, outcome);
            }
        }
        let records: Vec<Told> = outcome
            .effects
            .iter()
            .filter_map(|effect| {
                let refused =
                    matches!(&effect.kind, EffectKind::Commanded(c) if c.refused.is_some());
                let record = Record::of(effect, &outcome.engine)?;
                Some(Told { offset: effect.at - self.start, record, refused })
            })
            .collect();
        check.lists(file, &records);
        let moved = records.iter().filter(|told| told.record.kind == "transition");
        ScenarioReport {
            title: file.title.clone(),
            ambiguity: file.ambiguity,
            checked: check.checked,
            findings: check.findings,
            transitions: moved.map(Told::transition).collect(),
        }
    }
}

/// An effect as a record, with its offset.
struct Told {
    offset: Span,
    record: Record,
    refused: bool,
}

fn plain(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or_default()
}

impl Told {
    fn transition(&self) -> String {
        let r = &self.record;
        let late = r.late_by_seconds.map_or(String::new(), |s| {
            format!(" late {}", spoken(Span::millis((s * 1_000.0) as i64)))
        });
        format!(
            "{} {} {} → {} ({}){late}, incident {} no. {}",
            spoken(self.offset),
            plain(&r.unit),
            plain(&r.from),
            plain(&r.to),
            plain(&r.cause),
            r.incident.unwrap_or_default(),
            r.number.unwrap_or_default(),
        )
    }

    fn short(&self) -> String {
        let r = &self.record;
        let what = [&r.unit, &r.source, &r.act, &r.level, &r.cause];
        let what: Vec<&str> = what.into_iter().map(plain).filter(|w| !w.is_empty()).collect();
        format!("{} {}", spoken(self.offset), what.join(" "))
    }
}

/// An offset as scenario files write it.
fn spoken(offset: Span) -> String {
    let millis = offset.as_millis();
    let sign = if millis < 0 { "-" } else { "" };
    let (s, rest) = (millis.abs() / 1_000, millis.abs() % 1_000);
    let mut text = format!("{sign}{}m", s / 60);
    if s % 60 != 0 || rest != 0 {
        text = format!("{text}{}s", s % 60);
    }
    if rest == 0 { text } else { format!("{text}+{rest}ms") }
}

struct Check<'a> {
    src: &'a Source<'a>,
    start: Timestamp,
    checked: usize,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn equal(&mut self, place: usize, about: String, expected: &str, found: &str) {
        self.checked += 1;
        if expected != found {
            let line = self.src.line(place);
            let (expected, found) = (expected.to_owned(), found.to_owned());
            self.findings.push(Finding { line, about, expected, found });
        }
    }

    /// Compares the state at an instant.
    fn state(&mut self, part: &Spanned<ExpectPart>, view: &View, outcome: &Outcome) {
        // The header of a table precedes its span's first key or is its start; the key `at` is
        // the line that people look for.
        let place = part.get_ref().at.span().start;
        let part = part.get_ref();
        let when = part.at.get_ref();
        let Some(unit) = self.unit(&part.unit, view, outcome) else {
            self.equal(place, format!("unit at {when}"), "a unit of the policy", "none such");
            return;
        };
        let c = &unit.conditions;
        let incident = unit.incident.map_or("none".to_owned(), |n| n.to_string());
        let words = [
            ("level", part.level.clone(), unit.level.word().to_owned()),
            ("in_effect", part.in_effect.map(|b| b.to_string()), unit.in_effect.to_string()),
            ("incident", part.incident.map(|n| n.to_string()), incident),
            ("abnormal", part.abnormal.map(|b| b.to_string()), unit.abnormal.to_string()),
            ("controlled", part.controlled.map(truth), kleene(c.controlled)),
            ("stand_down", part.stand_down.map(truth), kleene(c.stand_down)),
            ("service", part.service.map(truth), kleene(c.service)),
            ("volume", part.volume.map(truth), kleene(c.volume)),
            ("backlog", part.backlog.map(truth), kleene(c.backlog)),
            ("clock", part.clock.clone(), clock(unit.clock).to_owned()),
            ("blind", part.blind.map(|b| b.to_string()), unit.blind_since.is_some().to_string()),
        ];
        for (name, expected, found) in words {
            if let Some(expected) = expected {
                self.equal(place, format!("{name} at {when}"), &expected, &found);
            }
        }
        self.times(part, unit);
        self.parts(part, unit, view, outcome);
    }

    fn unit<'v>(
        &self,
        name: &Option<Text>,
        view: &'v View,
        outcome: &Outcome,
    ) -> Option<&'v UnitView> {
        let id = match name {
            Some(name) => outcome.engine.policy()?.unit(name.get_ref())?,
            None => UnitId(0),
        };
        view.units.get(usize::from(id.0))
    }

    fn times(&mut self, part: &ExpectPart, unit: &UnitView) {
        let place = part.at.span().start;
        let when = part.at.get_ref();
        let start = self.start;
        let since = |at: Option<Timestamp>| at.map(|at| at - start);
        let times = [
            ("frozen", &part.frozen, Some(unit.frozen)),
            ("next_step_at", &part.next_step_at, since(unit.next_step_at)),
            ("uncontrolled_since", &part.uncontrolled_since, since(unit.uncontrolled_since)),
        ];
        for (name, expected, found) in times {
            if let Some(expected) = expected {
                let expected = self.src.offset(expected).map_or_else(|e| e.message, spoken);
                let found = found.map_or_else(|| "none".to_owned(), spoken);
                self.equal(place, format!("{name} at {when}"), &expected, &found);
            }
        }
    }

    /// What is asked of a queue or of a source.
    fn parts(&mut self, part: &ExpectPart, unit: &UnitView, view: &View, outcome: &Outcome) {
        let place = part.at.span().start;
        let when = part.at.get_ref();
        let named = part.queue.as_ref().map(|name| name.get_ref());
        let queue = view.queues.iter().find(|q| named.is_some_and(|name| **name == *q.name));
        if let Some(expected) = &part.verdict {
            let verdict = queue.map_or(&unit.verdict, |q| &q.verdict);
            self.equal(place, format!("verdict at {when}"), expected, verdict.word());
        }
        if let Some(expected) = part.offered_total {
            let found = queue.map_or("no such queue".to_owned(), |q| q.totals.offered.to_string());
            self.equal(place, format!("offered_total at {when}"), &expected.to_string(), &found);
        }
        if let Some(expected) = part.up {
            let name = part.source.as_ref().map(|name| name.get_ref().as_str());
            let id = name.and_then(|name| outcome.engine.policy()?.source(name));
            let source = view.sources.get(id.map_or(0, |id| usize::from(id.0)));
            let found = source.map_or("no such source".to_owned(), |s| s.up.to_string());
            self.equal(place, format!("up at {when}"), &expected.to_string(), &found);
        }
    }

    /// Compares the complete lists.
    fn lists(&mut self, file: &ScenarioFile, told: &[Told]) {
        let of = |kind: &str| told.iter().filter(|t| t.record.kind == kind).collect::<Vec<_>>();
        if let Some(list) = &file.transitions {
            let all = of("transition");
            let wanted = list.get_ref().iter().map(Spanned::get_ref).map(|w| {
                let mut asked = vec![(w.at.get_ref().clone(), At), (w.to.clone(), To)];
                asked.extend(w.unit.clone().map(|v| (v, Unit)));
                asked.extend(w.from.clone().map(|v| (v, From)));
                asked.extend(w.cause.clone().map(|v| (v, Cause)));
                asked.extend(w.late.as_ref().map(|v| (v.get_ref().clone(), Late)));
                asked.extend(w.incident.map(|v| (v.to_string(), Incident)));
                asked.extend(w.number.map(|v| (v.to_string(), Number)));
                asked
            });
            self.list(list.span().start, "transitions", wanted.collect(), &all);
        }
        if let Some(list) = &file.outages {
            let all = of("outage");
            let wanted = list.get_ref().iter().map(Spanned::get_ref).map(|w| {
                let mut asked = vec![(w.at.get_ref().clone(), At), (w.step.clone(), Cause)];
                asked.extend(w.source.clone().map(|v| (v, SourceName)));
                asked.extend(w.since.as_ref().map(|v| (v.get_ref().clone(), Since)));
                asked
            });
            self.list(list.span().start, "outages", wanted.collect(), &all);
        }
        if let Some(list) = &file.reminders {
            let all = of("reminder");
            let wanted = list.get_ref().iter().map(Spanned::get_ref).map(|w| {
                let mut asked = vec![(w.at.get_ref().clone(), At), (w.kind.clone(), Cause)];
                asked.extend(w.level.clone().map(|v| (v, LevelWord)));
                asked.extend(w.unit.clone().map(|v| (v, Unit)));
                asked
            });
            self.list(list.span().start, "reminders", wanted.collect(), &all);
        }
        if let Some(list) = &file.refused {
            let all: Vec<_> = of("command").into_iter().filter(|t| t.refused).collect();
            let wanted = list.get_ref().iter().map(Spanned::get_ref);
            let wanted =
                wanted.map(|w| vec![(w.at.get_ref().clone(), At), (w.act.clone(), ActWord)]);
            self.list(list.span().start, "refused", wanted.collect(), &all);
        }
    }

    fn list(
        &mut self,
        place: usize,
        about: &str,
        wanted: Vec<Vec<(String, Field)>>,
        all: &[&Told],
    ) {
        let line = |asked: &Vec<(String, Field)>| {
            let words: Vec<String> = asked.iter().map(|(v, f)| format!("{f:?} {v}")).collect();
            words.join(", ")
        };
        let meets = |asked: &Vec<(String, Field)>, told: &Told| {
            asked.iter().all(|(value, field)| field.of(told, self.start) == normal(value, *field))
        };
        let same = wanted.len() == all.len()
            && wanted.iter().zip(all).all(|(asked, told)| meets(asked, told));
        self.checked += 1;
        if !same {
            let found = all.iter().map(|t| match t.record.kind.as_str() {
                "transition" => t.transition(),
                _ => t.short(),
            });
            let expected: Vec<String> = wanted.iter().map(line).collect();
            self.findings.push(Finding {
                line: self.src.line(place),
                about: about.to_owned(),
                expected: expected.join("; "),
                found: found.collect::<Vec<_>>().join("; "),
            });
        }
    }
}

/// A field of a record that a list may ask for.
#[derive(Clone, Copy, Debug)]
enum Field {
    At,
    To,
    Unit,
    From,
    Cause,
    Late,
    Incident,
    Number,
    SourceName,
    Since,
    LevelWord,
    ActWord,
}
use Field::{
    ActWord, At, Cause, From, Incident, Late, LevelWord, Number, Since, SourceName, To, Unit,
};

impl Field {
    fn of(self, told: &Told, start: Timestamp) -> String {
        let r = &told.record;
        match self {
            At => spoken(told.offset),
            To => plain(&r.to).to_owned(),
            Unit => plain(&r.unit).to_owned(),
            From => plain(&r.from).to_owned(),
            Cause => plain(&r.cause).to_owned(),
            Late => spoken(Span::millis((r.late_by_seconds.unwrap_or(0.0) * 1_000.0) as i64)),
            Incident => r.incident.unwrap_or_default().to_string(),
            Number => r.number.unwrap_or_default().to_string(),
            SourceName => plain(&r.source).to_owned(),
            Since => {
                let at = Timestamp::parse_rfc3339(plain(&r.since));
                at.map_or_else(|e| e.to_string(), |at| spoken(at - start))
            }
            LevelWord => plain(&r.level).to_owned(),
            ActWord => plain(&r.act).to_owned(),
        }
    }
}

/// Times may be written in several ways.
fn normal(value: &str, field: Field) -> String {
    match field {
        At | Late | Since => super::notation::offset(value).map_or_else(|e| e, spoken),
        To | Unit | From | Cause | Incident | Number | SourceName | LevelWord | ActWord => {
            value.to_owned()
        }
    }
}

fn truth(truth: Truth) -> String {
    match truth {
        Truth::Known(known) => known.to_string(),
        Truth::Unknown(_) => "unknown".to_owned(),
    }
}

fn kleene(value: Kleene) -> String {
    value.map_or_else(|| "unknown".to_owned(), |known| known.to_string())
}

const fn clock(state: ClockState) -> &'static str {
    match state {
        ClockState::Idle => "idle",
        ClockState::Running => "running",
        ClockState::Recovering => "recovering",
        ClockState::Frozen => "frozen",
        ClockState::Held => "held",
    }
}
