//! The read model of an engine.

use super::Engine;
use super::calendar::WEEK_MINUTES;
use super::observation::{QueueId, UnitId};
use super::policy::Policy;
use super::queue::Queue;
use super::time::{Span, Timestamp};
use super::unit::Unit;
use super::verdict::Verdict;
use super::view::{QueueView, SourceView, UnitView, View};
use super::week;

impl Engine {
    /// The read model.
    pub fn view(&self) -> View {
        let mut view = View {
            seq: self.seq,
            at: self.at,
            sources: vec![],
            units: vec![],
            queues: vec![],
            recalls: self.recalls.campaigns(),
            wanted: self.recalls.wants().to_vec(),
        };
        let Some(policy) = &self.policy else { return view };
        for (source, settings) in self.sources.iter().zip(&policy.sources) {
            let awaited = settings.watched || source.last_sign.is_some();
            view.sources.push(SourceView {
                name: settings.name.as_str().into(),
                up: source.last_sign.is_some() && !source.blind,
                awaited,
                last_event: source.last_event,
                watermark: source.watermark,
                accepted: source.accepted,
                ignored: source.ignored,
                outage: source.outage().filter(|_| awaited),
            });
        }
        for i in 0..self.units.len() {
            view.units.push(self.unit_view(UnitId(i as u16), policy));
        }
        view.queues = self.queues.iter().map(|q| self.queue_view(q, policy)).collect();
        view
    }

    /// Calls that a queue expects of each hour of an ordinary week, Monday first, as the last days
    /// ran; `None` where no history covers the hour.
    pub fn expected_week(&self, queue: QueueId) -> Vec<Option<f64>> {
        let Some(queue) = self.queues.get(queue.0 as usize) else { return Vec::new() };
        let expected =
            |hour: u32| queue.detector().expected(week::ordinary(hour * 60), Span::hours(1));
        (0..WEEK_MINUTES / 60).map(expected).collect()
    }

    /// Until when history was taught to the queue of this name.
    pub fn taught_to(&self, name: &str) -> Option<Timestamp> {
        self.queues.iter().find(|queue| *queue.name == *name)?.taught_to
    }

    /// Times that the volume of a unit became abnormal, and when it was last.
    pub fn alarms(&self, unit: UnitId) -> (u64, Option<Timestamp>) {
        self.units.get(unit.0 as usize).map_or((0, None), |u| (u.alarms_total, u.alarmed_at))
    }

    /// Verdicts of the sum of a unit on intervals that end after `after`: start, end, verdict,
    /// oldest first. Only the newest are kept, so whoever wants all of them asks after each row.
    pub fn sums_after(
        &self,
        unit: UnitId,
        after: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, Timestamp, Verdict)> {
        let unit = self.units.get(unit.0 as usize);
        let new = unit.filter(|u| u.sum_slot().is_some_and(|slot| slot.end > after));
        let slots = new.into_iter().flat_map(Unit::sum_slots).filter(move |s| s.end > after);
        slots.map(|slot| (slot.end - slot.length, slot.end, slot.verdict))
    }

    fn unit_view(&self, id: UnitId, policy: &Policy) -> UnitView {
        let unit: &Unit = &self.units[id.0 as usize];
        let settings = &policy.units[id.0 as usize];
        let ladder = &unit.ladder;
        let now = ladder.evaluated_to().unwrap_or(self.at);
        let frozen = match (ladder.entered_at(), ladder.uncontrolled_since()) {
            (Some(c), Some(u)) => unit.silence.frozen(c.max(u), now, unit.tau),
            _ => Span::ZERO,
        };
        UnitView {
            unit: id,
            name: settings.name.as_str().into(),
            display: settings.display.as_str().into(),
            timezone: settings.timezone,
            level: ladder.level(),
            in_effect: ladder.in_effect(),
            incident: ladder.incident(),
            entered_at: ladder.entered_at(),
            uncontrolled_since: ladder.uncontrolled_since(),
            next_step_at: ladder.next_step_at(&unit.silence, unit.tau),
            clock: ladder.clock(),
            frozen,
            overrides: ladder.overrides(),
            abnormal: unit.abnormal == Some(true),
            conditions: unit.conditions,
            verdict: self.unit_verdict(unit),
            blind_since: unit.blind.then(|| unit.silence.last_sign()).flatten(),
            evaluated_to: ladder.evaluated_to(),
            transitions: unit.transitions.clone(),
            time_in_level: unit.time_in_level,
            incidents_total: unit.incidents_total,
            alarms_total: unit.alarms_total,
            tolerated_per_month: settings.detector.false_alarms_per_month,
            service: unit.service_at(now, &settings.control, &self.queues),
            stand_down_since: ladder.stand_down_since(),
            control: settings.control,
            ladder: ladder.policy().unwrap_or(settings.ladder),
            staffing: settings.staffing.clone(),
            recent: unit.recent.clone(),
        }
    }

    fn unit_verdict(&self, unit: &Unit) -> Verdict {
        match unit.members.as_slice() {
            [] => Verdict::Learning { seen: 0, needed: LEARNING_NEEDED },
            [only] => verdict_of(&self.queues[only.0 as usize]),
            _ => unit
                .sum_slot()
                .map_or(Verdict::Learning { seen: 0, needed: LEARNING_NEEDED }, |s| s.verdict),
        }
    }

    fn queue_view(&self, queue: &Queue, policy: &Policy) -> QueueView {
        let unit = &self.units[queue.unit.0 as usize];
        let now = unit.ladder.evaluated_to().unwrap_or(self.at);
        let control = &policy.units[queue.unit.0 as usize].control;
        let (service_level, answer_rate) = queue.rates(now, control);
        let mut calendar = unit.calendar.clone();
        QueueView {
            name: queue.name.as_ref().into(),
            unit: queue.unit,
            source: queue.source,
            verdict: verdict_of(queue),
            totals: queue.totals,
            waiting: queue.waiting(Timestamp::MAX.min(self.at + Span::millis(1))),
            oldest_arrival: queue.oldest_arrival(self.at),
            agents: queue.agents(),
            baseline_samples: queue.detector().samples(calendar.local(now)),
            baseline_updated: queue.detector().learned_at(),
            service_level,
            answer_rate,
            load: queue.load(now),
        }
    }
}

/// Complete intervals that the detector needs before it says anything.
const LEARNING_NEEDED: u32 = 3;

fn verdict_of(queue: &Queue) -> Verdict {
    queue
        .slots()
        .newest()
        .map_or(Verdict::Learning { seen: 0, needed: LEARNING_NEEDED }, |slot| slot.verdict)
}
