//! From a scenario file to what comes in, and when.

use super::ScenarioError;
use super::file::{ScenarioFile, SeriesPart, Text};
use super::notation;
use super::rows::{Rows, count};
use super::settings;
use crate::engine::command::{Act, Command, Level};
use crate::engine::entry::Input;
use crate::engine::observation::{
    CallEvent, CallKey, CallKind, Counters, Form, IntervalRow, Observation, QueueId, Snapshot,
    SourceId, Tally, UnitId,
};
use crate::engine::policy::Policy;
use crate::engine::time::{Span, Timestamp};
use crate::record::level_of;

/// What happens at an instant of a scenario.
#[derive(Debug)]
pub(super) enum Happening {
    /// An entry.
    Input(Input),
    /// The monitor stops until then; what comes meanwhile is read afterwards or lost.
    Restart {
        /// When it runs again.
        until: Timestamp,
        /// Whether what came meanwhile is read afterwards.
        caught_up: bool,
    },
}

/// A scenario, ready to run.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) start: Timestamp,
    pub(super) policy: Policy,
    /// Names of the queues, by number.
    pub(super) queues: Vec<(Box<str>, UnitId)>,
    /// What the baseline learns first.
    pub(super) history: Vec<Observation>,
    /// Ordered by time; at the same instant in the order of the file.
    pub(super) happenings: Vec<(Timestamp, Happening)>,
}

/// A file with its text, for errors that name a line.
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// An error at a place of the file.
    pub(super) fn wrong(&self, place: usize, message: impl Into<String>) -> ScenarioError {
        ScenarioError { line: self.line(place), message: message.into() }
    }

    /// Line of a byte, from 1.
    pub(super) fn line(&self, place: usize) -> usize {
        let before = self.text.as_bytes().iter().take(place);
        1 + before.filter(|&&byte| byte == b'\n').count()
    }

    /// Reads a text by a parser.
    pub(super) fn read<T, E: ToString>(
        &self,
        text: &Text,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, ScenarioError> {
        let at = text.span().start;
        parse(text.get_ref()).map_err(|e| self.wrong(at, e.to_string()))
    }

    pub(super) fn offset(&self, text: &Text) -> Result<Span, ScenarioError> {
        self.read(text, notation::offset)
    }

    pub(super) fn offset_or(
        &self,
        text: &Option<Text>,
        default: Span,
    ) -> Result<Span, ScenarioError> {
        text.as_ref().map_or(Ok(default), |text| self.offset(text))
    }

    pub(super) fn level(&self, text: &Text) -> Result<Level, ScenarioError> {
        self.read(text, |word| level_of(word).ok_or("a level is none, L1, L2 or L3"))
    }

    /// Number of a named thing; without a name, the first.
    pub(super) fn named<T>(
        &self,
        text: &Option<Text>,
        first: T,
        find: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ScenarioError> {
        let Some(text) = text else { return Ok(first) };
        self.read(text, |name| find(name).ok_or_else(|| format!("nothing is named {name:?}")))
    }
}

impl Plan {
    pub(super) fn of(file: &ScenarioFile, src: &Source<'_>) -> Result<Self, ScenarioError> {
        let start = src.read(&file.start, Timestamp::parse_rfc3339)?;
        let policy = settings::policy(file, start, src)?;
        let mut plan = Self { start, policy, queues: vec![], history: vec![], happenings: vec![] };
        for part in &file.history {
            plan.queue(&part.queue);
        }
        for part in &file.series {
            plan.queue(&part.queue);
        }
        for part in &file.series {
            plan.series(part, src)?;
        }
        plan.late(file, src)?;
        plan.signs(file, src)?;
        plan.orders(file, src)?;
        plan.restarts(file, src)?;
        plan.happenings.sort_by_key(|h| h.0);
        plan.learn(file, src)?;
        Ok(plan)
    }

    /// Number of a queue; a new name gets the next.
    fn queue(&mut self, name: &str) -> QueueId {
        let known = self.queues.iter().position(|(known, _)| &**known == name);
        let at = known.unwrap_or_else(|| {
            let unit = self.policy.unit_of_queue(name).unwrap_or(UnitId(0));
            self.queues.push((name.into(), unit));
            self.queues.len() - 1
        });
        QueueId(at as u32)
    }

    fn source(&self, name: &Option<Text>, src: &Source<'_>) -> Result<SourceId, ScenarioError> {
        src.named(name, SourceId(0), |name| self.policy.source(name))
    }

    fn at(&mut self, at: Timestamp, input: Input) {
        self.happenings.push((at, Happening::Input(input)));
    }

    fn restarts(&mut self, file: &ScenarioFile, src: &Source<'_>) -> Result<(), ScenarioError> {
        for part in &file.restart {
            let at = self.start + src.offset(&part.at)?;
            let until = at + src.offset_or(&part.down, Span::ZERO)?;
            let caught_up = part.caught_up;
            self.happenings.push((at, Happening::Restart { until, caught_up }));
        }
        Ok(())
    }

    fn series(&mut self, part: &SeriesPart, src: &Source<'_>) -> Result<(), ScenarioError> {
        let source = self.source(&part.source, src)?;
        let queue = self.queue(&part.queue);
        let rows = Rows::of(part, queue, src)?;
        let step = src.offset_or(&part.step, Span::minutes(1))?;
        let from = self.start + src.offset_or(&part.from, Span::ZERO)?;
        let delay = src.offset_or(&part.delay, Span::ZERO)?;
        let form = part.form.as_ref().map_or("interval", |form| form.get_ref().as_str());
        let reset = part.reset.as_ref().map(|at| src.offset(at)).transpose()?;
        let mut counted = Counters { epoch: None, offered: 0, answered: None, abandoned: None };
        for n in 0..rows.offered.len() {
            let start = from + step * n as i64;
            let (end, at) = (start + step, start + step + delay);
            let mut forms = Vec::new();
            if let Some(tally) = rows.tally(n) {
                if reset.is_some_and(|reset| start == self.start + reset) {
                    counted = Counters { offered: 0, answered: None, abandoned: None, ..counted };
                }
                match form {
                    "interval" => {
                        let row = IntervalRow::new(start, end, true, 0, tally);
                        let place = part.offered.span().start;
                        forms.push(
                            row.map(Form::Interval).map_err(|e| src.wrong(place, e.to_string()))?,
                        );
                    }
                    "event" => {
                        self.calls(source, queue, (start, step), &tally, n);
                    }
                    "counters" => {
                        count(&mut counted, &tally);
                        let counters = Some(counted);
                        forms.push(Form::Snapshot(Snapshot { counters, ..Snapshot::empty(end) }));
                    }
                    _ => {
                        let place = part.form.as_ref().map_or(0, |form| form.span().start);
                        return Err(src.wrong(place, "form is interval, event or counters"));
                    }
                }
            }
            forms.extend(rows.snapshot(n, end).map(Form::Snapshot));
            for form in forms {
                for _ in 0..part.times.unwrap_or(1) {
                    self.at(at, Input::Observed(Observation { source, queue, form }));
                }
            }
            if part.ends && n + 1 == rows.offered.len() {
                self.at(at, Input::SourceEnded(source));
            }
        }
        Ok(())
    }

    /// The calls of a row as events: spread evenly, answered after 5 s where in target, after
    /// 60 s where not; the rest leave after 60 s.
    fn calls(
        &mut self,
        source: SourceId,
        queue: QueueId,
        (start, step): (Timestamp, Span),
        tally: &Tally,
        n: usize,
    ) {
        let answered = tally.answered.unwrap_or(tally.offered);
        let in_target = tally.answered_in_target.unwrap_or(answered);
        for i in 0..tally.offered {
            let at =
                start + Span::millis(step.as_millis() * i64::from(i) / i64::from(tally.offered));
            let call = CallKey::new(&format!("{}-{n}-{i}", queue.0), 0);
            let (kind, wait) = if i < in_target {
                (CallKind::Answered, Span::secs(5))
            } else if i < answered {
                (CallKind::Answered, Span::secs(60))
            } else {
                (CallKind::Abandoned, Span::secs(60))
            };
            for (at, kind) in [(at, CallKind::Offered), (at + wait, kind)] {
                let form = Form::Event(CallEvent { at, call, kind });
                self.at(at, Input::Observed(Observation { source, queue, form }));
            }
        }
    }

    fn late(&mut self, file: &ScenarioFile, src: &Source<'_>) -> Result<(), ScenarioError> {
        for part in &file.late {
            let start = self.start + src.offset(&part.start)?;
            let end = start + src.offset_or(&part.step, Span::minutes(1))?;
            let tally = Tally {
                offered: part.offered,
                answered: part.answered,
                answered_in_target: part.answered_in_target,
                ..Tally::default()
            };
            let row = IntervalRow::new(start, end, true, part.revision, tally)
                .map_err(|e| src.wrong(part.start.span().start, e.to_string()))?;
            let at = self.start + src.offset(&part.at)?;
            let source = self.source(&part.source, src)?;
            let queue = self.queue(&part.queue);
            let form = Form::Interval(row);
            self.at(at, Input::Observed(Observation { source, queue, form }));
        }
        Ok(())
    }

    fn signs(&mut self, file: &ScenarioFile, src: &Source<'_>) -> Result<(), ScenarioError> {
        for part in &file.heartbeat {
            let source = self.source(&Some(part.source.clone()), src)?;
            let every = src.offset(&part.every)?;
            if !every.is_positive() {
                return Err(src.wrong(part.every.span().start, "every is longer than nothing"));
            }
            let mut at = self.start + src.offset(&part.from)?;
            let to = self.start + src.offset(&part.to)?;
            while at <= to {
                self.at(at, Input::Heartbeat(source));
                at = at + every;
            }
        }
        for part in &file.link {
            let source = self.source(&Some(part.source.clone()), src)?;
            let at = self.start + src.offset(&part.at)?;
            self.at(at, Input::Link(source, part.up));
        }
        Ok(())
    }

    fn orders(&mut self, file: &ScenarioFile, src: &Source<'_>) -> Result<(), ScenarioError> {
        for part in &file.command {
            let at = self.start + src.offset(&part.at)?;
            let level = part.level.as_ref().map(|level| src.level(level)).transpose()?;
            let act = src.read(&part.act, |word| act(word, level))?;
            let until = part.expires.as_ref().map(|text| src.offset(text)).transpose()?;
            let command = Command {
                unit: src.named(&part.unit, UnitId(0), |name| self.policy.unit(name))?,
                act,
                actor: part.actor.clone().unwrap_or_else(|| "lead".to_owned()),
                reason: part.reason.clone().unwrap_or_else(|| "scenario".to_owned()),
                expires_at: until.map(|offset| self.start + offset),
            };
            self.at(at, Input::Command(Box::new(command)));
        }
        for part in &file.extra_staff {
            let at = self.start + src.offset(&part.at)?;
            let unit = src.named(&part.unit, UnitId(0), |name| self.policy.unit(name))?;
            let level = src.level(&part.level)?;
            self.at(at, Input::ExtraStaff { unit, level, heads: part.heads });
        }
        for part in &file.policy_change {
            let at = self.start + src.offset(&part.at)?;
            let mut policy = self.policy.clone();
            settings::adopt(&mut policy, &part.policy, self.start, src)?;
            self.at(at, Input::Policy(Box::new(policy)));
        }
        Ok(())
    }

    /// History: rows of whole weeks up to the start of the first day that the file tells of.
    fn learn(&mut self, file: &ScenarioFile, src: &Source<'_>) -> Result<(), ScenarioError> {
        let first = self.happenings.first().map_or(self.start, |h| h.0);
        let end = first.floor(Span::hours(24));
        for part in &file.history {
            let step = src.offset_or(&part.step, Span::minutes(1))?;
            let queue = self.queue(&part.queue);
            let mut start = end - Span::hours(7 * 24) * i64::from(part.weeks);
            let mut n = 0_u64;
            while start < end {
                let hour = (start - start.floor(Span::hours(24))).as_millis() / 3_600_000;
                let open = part
                    .hours
                    .is_none_or(|[from, to]| (i64::from(from)..i64::from(to)).contains(&hour));
                // 1970-01-01 was a Thursday.
                let weekend = (start.as_millis().div_euclid(86_400_000) + 3).rem_euclid(7) > 4;
                let usual = part.weekend.filter(|_| weekend).unwrap_or(part.offered);
                let offered = if open { notation::vary(usual, queue.0, n) } else { 0 };
                let tally = Tally { offered, ..Tally::default() };
                let row = IntervalRow::new(start, start + step, true, 0, tally)
                    .map_err(|e| src.wrong(0, e.to_string()))?;
                let form = Form::Interval(row);
                self.history.push(Observation { source: SourceId(0), queue, form });
                start = start + step;
                n += 1;
            }
        }
        self.history.sort_by_key(|o| match &o.form {
            Form::Interval(row) => row.end,
            Form::Event(_) | Form::Snapshot(_) => Timestamp::MIN,
        });
        Ok(())
    }
}

/// Reads an act.
fn act(word: &str, level: Option<Level>) -> Result<Act, &'static str> {
    let needed = level.ok_or("raise and lower need a level");
    match word {
        "raise" => needed.map(Act::Raise),
        "lower" => needed.map(Act::Lower),
        "hold" => Ok(Act::Hold),
        "confirm" => Ok(Act::Confirm),
        "close" => Ok(Act::Close),
        _ => Err("an act is raise, lower, hold, confirm or close"),
    }
}
