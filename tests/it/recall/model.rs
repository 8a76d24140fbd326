//! The machine against a slow reading of its rules, on random traces of one recall.

#[path = "../../model/recall.rs"]
mod slow;

use super::laws::{Step, order, traces};
use super::night::{candidate, minute};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::recall::*;
use callsurge::roster::PersonId;
use callsurge::staffing::wave_size;
use proptest::prelude::*;
use slow::Model;

const PEOPLE: u32 = 20;

struct Pair {
    machine: Campaigns,
    model: Model,
    id: RecallId,
}

impl Pair {
    /// Gives the machine an input and holds what it tells to what the model foretold.
    fn give(
        &mut self,
        at: Timestamp,
        input: Input,
        expected: &[(Option<PersonId>, Purpose)],
    ) -> Answer {
        let mut out = Vec::new();
        let missing = self.model.need.saturating_sub(self.model.placed());
        let hoped = self.model.open.values().filter(|&&until| at < until).count() as u32;
        let now = matches!(input, Input::Command(_, Command::AskNow));
        let answer = self.machine.apply(at, input, &mut out);
        let told: Vec<_> = out
            .iter()
            .map(|e| (e.key.person, e.key.purpose))
            .filter(|(_, purpose)| !matches!(purpose, Purpose::Offer | Purpose::Unfilled))
            .collect();
        assert_eq!(told, expected, "told, then foretold");
        let mut asked = 0;
        for effect in &out {
            if let (EffectKind::Offer { deadline }, Some(person)) =
                (&effect.kind, effect.key.person)
            {
                self.model.ask(person, at, *deadline);
                asked += 1;
            }
        }
        let left = self.machine.recall(self.id).map_or(0, |r| r.waiting().len());
        self.sized(at, missing, if now { 0 } else { hoped }, asked, left);
        answer
    }

    /// Waves have the size that the closed form of equal people gives, and come when they must.
    fn sized(&self, at: Timestamp, missing: u32, hoped: u32, asked: u32, left: usize) {
        let held = self.model.held_until.is_some_and(|until| at < until);
        let shut = self.model.deadline.is_none_or(|deadline| at + Span::minutes(30) > deadline);
        if missing == 0 || held || shut || self.model.ended {
            assert_eq!(asked, 0, "nobody is wanted");
            return;
        }
        let enough = |confidence| wave_size(missing, 0.4, confidence).expect("within its limits");
        if hoped > 0 && hoped >= enough(0.5) {
            assert_eq!(asked, 0, "{hoped} may still answer, {missing} are missing");
        } else {
            let wanted = enough(0.9).saturating_sub(hoped);
            assert!(asked == wanted || (asked < wanted && left == 0), "{asked}, not {wanted}");
        }
    }
}

fn agree(policy: RecallPolicy, heads: u32, trace: Vec<Step>) {
    let mut first = order("L2", (heads, 0), 1..2, policy);
    first.need.remove(&Skill(1));
    first.candidates = (1..PEOPLE).map(|p| candidate(PersonId(p), "a")).collect();
    let id = first.id;
    let model = Model::new(heads, first.deadline, policy);
    let mut pair = Pair { machine: Campaigns::default(), model, id };
    let mut at = minute(0);
    let mut expected = Vec::new();
    pair.model.settle(at, &mut expected);
    pair.give(at, Input::Start(first), &expected);
    for (n, (step, mut input)) in (0_u64..).zip(trace) {
        match &mut input {
            Input::Reply(reply) => reply.number = n,
            Input::Change { need, .. } => need.retain(|&skill, _| skill == Skill(0)),
            Input::Start(_) => continue,
            _ => {}
        }
        at = at + Span::minutes(step);
        let mut expected = Vec::new();
        pair.model.pass(at, &mut expected);
        pair.give(at, Input::Tick, &expected);
        let mut expected = Vec::new();
        let answer = pair.model.take(at, &input, &mut expected);
        assert_eq!(pair.give(at, input.clone(), &expected), answer, "{input:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_machine_is_its_rules(
        (policy, heads, trace) in (super::laws::policies(), 0_u32..6, traces(&["L2"]))
    ) {
        agree(RecallPolicy { release_order: ReleaseOrder::LongestHours, ..policy }, heads, trace);
    }
}
