//! Runs a plan through the engine on virtual time.

use super::ScenarioError;
use super::plan::{Happening, Plan};
use crate::engine::Engine;
use crate::engine::effect::Effect;
use crate::engine::entry::{Entry, Input};
use crate::engine::observation::QueueId;
use crate::engine::policy::SilenceRule;
use crate::engine::time::{Span, Timestamp};
use crate::engine::view::View;

/// More ticks in a row than time alone can need: an engine that asks for more asks forever.
const TICKS_MAX: usize = 200_000;

/// What a run left behind.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) engine: Engine,
    pub(super) effects: Vec<Effect>,
    /// The view at each asked instant.
    pub(super) views: Vec<(Timestamp, View)>,
}

struct Runner {
    engine: Engine,
    effects: Vec<Effect>,
    ticks: bool,
}

/// Runs a plan up to `end` and keeps the view at each of the `asked` instants.
pub(super) fn run(
    plan: Plan,
    mut asked: Vec<Timestamp>,
    end: Timestamp,
) -> Result<Outcome, ScenarioError> {
    asked.sort_unstable();
    asked.dedup();
    let ticks = plan.policy.silence == SilenceRule::Live;
    let mut runner = Runner { engine: Engine::new(), effects: Vec::new(), ticks };
    let first = plan.happenings.first().map_or(plan.start, |h| h.0).min(plan.start);
    runner.begin(&plan, first);
    let mut views = Vec::new();
    let mut asked = asked.into_iter().peekable();
    let mut down: Option<(Timestamp, bool, Timestamp)> = None;
    let mut missed: Vec<Input> = Vec::new();
    for (at, happening) in plan.happenings {
        if at > end {
            break;
        }
        if let Some((until, _, since)) = down.filter(|(until, _, _)| at >= *until) {
            runner.starts_again(since, until, std::mem::take(&mut missed))?;
            down = None;
        }
        while down.is_none()
            && let Some(t) = asked.next_if(|t| *t < at)
        {
            runner.ticks_to(t)?;
            views.push((t, runner.engine.view()));
        }
        match (happening, down) {
            (Happening::Input(input), Some((_, caught_up, _))) => {
                missed.extend(Some(input).filter(|_| caught_up));
            }
            (Happening::Input(input), None) => {
                runner.ticks_to(at - Span::millis(1))?;
                runner.take(at, input);
            }
            (Happening::Restart { until, caught_up }, _) => {
                runner.ticks_to(at)?;
                down = Some((until, caught_up, at));
            }
        }
    }
    if let Some((until, _, since)) = down {
        runner.starts_again(since, until, missed)?;
    }
    for t in asked {
        runner.ticks_to(t)?;
        views.push((t, runner.engine.view()));
    }
    runner.ticks_to(end)?;
    Ok(Outcome { engine: runner.engine, effects: runner.effects, views })
}

impl Runner {
    fn begin(&mut self, plan: &Plan, at: Timestamp) {
        self.take(at, Input::Policy(Box::new(plan.policy.clone())));
        self.take(at, Input::Started { down_since: None });
        for (n, (name, unit)) in plan.queues.iter().enumerate() {
            let queue = QueueId(n as u32);
            self.take(at, Input::QueueSeen { queue, name: name.clone(), unit: *unit });
        }
        for observation in &plan.history {
            self.take(at, Input::Learn(*observation));
        }
    }

    fn take(&mut self, at: Timestamp, input: Input) {
        let at = at.max(self.engine.at());
        let entry = Entry { seq: self.engine.seq() + 1, at, input };
        self.engine.apply(&entry, &mut self.effects);
    }

    /// Time passes up to `to`.
    fn ticks_to(&mut self, to: Timestamp) -> Result<(), ScenarioError> {
        let mut ticks = 0;
        while self.ticks
            && let Some((due, _)) = self.engine.next_deadline().filter(|(due, _)| *due <= to)
        {
            self.take(due, Input::Tick);
            ticks += 1;
            if ticks > TICKS_MAX {
                let message = format!("the engine asks for ticks without end at {due}");
                return Err(ScenarioError { line: 0, message });
            }
        }
        Ok(())
    }

    /// A restart: the state is written out and read back, then told how long nobody looked.
    fn starts_again(
        &mut self,
        since: Timestamp,
        until: Timestamp,
        missed: Vec<Input>,
    ) -> Result<(), ScenarioError> {
        let failed = |e: postcard::Error| ScenarioError {
            line: 0,
            message: format!("the state does not survive a restart: {e}"),
        };
        let bytes = postcard::to_allocvec(&self.engine).map_err(failed)?;
        let read: Engine = postcard::from_bytes(&bytes).map_err(failed)?;
        if read != self.engine {
            let message = "the state is another after a restart".to_owned();
            return Err(ScenarioError { line: 0, message });
        }
        self.engine = read;
        self.take(until, Input::Started { down_since: Some(since) });
        for input in missed {
            self.take(until, input);
        }
        Ok(())
    }
}
