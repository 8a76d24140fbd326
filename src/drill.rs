//! A drill of which nobody hears: what would people have answered, and when is it over?
//!
//! The recall is the real machine with real people in it, planned as a real one; only the answers are
//! made up, so that waves, places and the report have something to work on. An answer is a digest of
//! the name of the recall and the number of the person: no chance has a part in it, so the same drill
//! runs the same way again, whoever asks and however often. People say yes as often as people of
//! their class have done; of the others half say no and half say nothing.
//!
//! Pure: what is due at an instant follows from how the recall stands, so that a process that died in
//! between goes on where it was. A drill, silent or not, is over when the need is met, when nobody is
//! left who could meet it, or when people would have to be there: nobody comes, so there is nothing
//! to wait for. It says nothing about whether messages arrive; that takes a drill that sends them.

use crate::engine::time::{Span, Timestamp};
use crate::recall::{
    Campaigns, ContactId, Input, Offer, OfferState, Recall, RecallId, Receipt, Reply, Words,
};
use crate::roster::PersonId;
use sha2::{Digest, Sha256};

/// Nobody answers sooner: the telephone has to be taken out of the pocket.
const ANSWER_AFTER_MIN: Span = Span::secs(3);
/// Whoever answers has done so by then: the wave timer of the shipped rules.
const ANSWER_AFTER_MAX: Span = Span::minutes(5);
/// Replies have a number within their contact; one is made up for each person.
const REPLY: u64 = 1;

/// What somebody would have answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandIn {
    /// So long after being asked.
    pub after: Span,
    /// `None`: nothing.
    pub words: Option<Words>,
}

/// The answer of a person who says yes with this probability.
pub fn stand_in(recall: RecallId, person: PersonId, rate: f64) -> StandIn {
    let digest = Sha256::digest(format!("{recall} {person}").as_bytes());
    let share = |at: usize| {
        let bytes = digest.iter().skip(at).take(4);
        f64::from(bytes.fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte))) / 4_294_967_296.0
    };
    // Squared: most answer soon and a few late.
    let range = (ANSWER_AFTER_MAX - ANSWER_AFTER_MIN).as_millis() as f64;
    let after = ANSWER_AFTER_MIN + Span::millis((share(0).powi(2) * range) as i64);
    let words = match share(4) {
        chance if chance < rate => Some(Words::Accept(None)),
        chance if chance < rate + (1.0 - rate) / 2.0 => Some(Words::Decline),
        _ => None,
    };
    StandIn { after, words }
}

/// What is to be told to the machine now, in the order of the people.
pub fn due(campaigns: &Campaigns, now: Timestamp) -> Vec<Input> {
    let drills = campaigns.recalls().filter(|r| r.id().drill && !r.is_ending());
    drills.flat_map(|drill| of(campaigns, drill, now)).collect()
}

fn of(campaigns: &Campaigns, drill: &Recall, now: Timestamp) -> Vec<Input> {
    if is_over(drill, now) {
        return vec![Input::StandDown(drill.id())];
    }
    if !drill.is_silent() {
        return Vec::new();
    }
    let mut inputs = Vec::new();
    for (&person, offer) in drill.offers() {
        if matches!(offer.state, OfferState::Planned | OfferState::Queued) {
            inputs.push(Input::Receipt(drill.id(), person, Receipt::Sent));
        }
        if let Some((at, words)) = answer(campaigns, drill, person, offer)
            && at <= now
        {
            let (recall, contact) = (drill.id(), ContactId(0));
            inputs.push(Input::Reply(Reply { recall, person, contact, number: REPLY, words }));
        }
    }
    inputs
}

/// When something is due next, if nothing else happens.
pub fn next_due(campaigns: &Campaigns, now: Timestamp) -> Option<Timestamp> {
    let drills = campaigns.recalls().filter(|r| r.id().drill && !r.is_ending());
    let times = drills.flat_map(|drill| {
        let silent = drill.offers().iter().filter(|_| drill.is_silent());
        let answers = silent.filter_map(|(&person, offer)| {
            answer(campaigns, drill, person, offer).map(|(at, _)| at)
        });
        answers.chain([drill.deadline()]).collect::<Vec<_>>()
    });
    times.filter(|at| *at > now).min()
}

/// What somebody who has not answered is going to say, and when.
fn answer(
    campaigns: &Campaigns,
    drill: &Recall,
    person: PersonId,
    offer: &Offer,
) -> Option<(Timestamp, Words)> {
    if !offer.state.is_open() || offer.said.is_some() {
        return None;
    }
    let rate = campaigns.learned().rate(offer.candidate.class, false);
    let StandIn { after, words } = stand_in(drill.id(), person, rate);
    words.map(|words| (offer.asked_at + after, words))
}

fn is_over(drill: &Recall, now: Timestamp) -> bool {
    let open = drill.offers().values().any(|offer| offer.state.is_open());
    drill.is_filled() || now >= drill.deadline() || (!open && drill.waiting().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::command::Level;
    use crate::engine::observation::UnitId;
    use crate::recall::{
        Candidate, ChannelId, Class, Effect, EffectKind, Learned, Need, Order, RecallPolicy, Shift,
        Skill, Summary,
    };
    use crate::roster::Tier;
    use std::collections::BTreeSet;

    fn id(incident: u64) -> RecallId {
        RecallId { incident, level: Level::L2, generation: 1, drill: true }
    }

    fn yes(words: Option<Words>) -> bool {
        matches!(words, Some(Words::Accept(_)))
    }

    #[test]
    fn the_same_drill_is_answered_the_same_way_and_another_is_not() {
        let answers = |incident| -> Vec<StandIn> {
            (1..=40).map(|n| stand_in(id(incident), PersonId(n), 0.4)).collect()
        };
        assert_eq!(answers(7), answers(7));
        assert_ne!(answers(7), answers(8));
    }

    #[test]
    fn people_say_yes_as_often_as_their_class_and_answer_within_the_timer() {
        for rate in [0.0, 0.1, 0.4, 0.9, 1.0] {
            let all: Vec<_> = (0..10_000).map(|n| stand_in(id(1), PersonId(n), rate)).collect();
            let share = |is: &dyn Fn(&StandIn) -> bool| {
                all.iter().filter(|a| is(a)).count() as f64 / 10_000.0
            };
            // Digests are fixed: these are the figures of this drill, within two per cent of the rate.
            assert!((share(&|a| yes(a.words)) - rate).abs() < 0.02, "{rate}");
            assert!((share(&|a| a.words.is_none()) - (1.0 - rate) / 2.0).abs() < 0.02, "{rate}");
            let range = ANSWER_AFTER_MIN..=ANSWER_AFTER_MAX;
            assert!(all.iter().all(|a| range.contains(&a.after)));
        }
    }

    fn order(incident: u64, heads: u32, people: u32) -> Order {
        let candidate = |n| Candidate {
            person: PersonId(n),
            skills: BTreeSet::from([Skill::ANY]),
            promise: Span::minutes(30),
            class: Class { tier: Tier::Standby, shift: Shift::Day },
            contacts: 1,
            channel: ChannelId(0),
            worked: Span::ZERO,
        };
        Order {
            id: id(incident),
            unit: UnitId(0),
            need: Need::from([(Skill::ANY, heads)]),
            deadline: Timestamp::from_secs(7_200),
            candidates: (1..=people).map(candidate).collect(),
            policy: RecallPolicy::DEFAULT,
        }
    }

    /// Plays a drill to its end as the service does; everything that was told, and the state after.
    fn played(begin: Input) -> (Vec<Effect>, Campaigns) {
        let (mut campaigns, mut told) = (Campaigns::default(), Vec::new());
        let mut now = Timestamp::from_secs(0);
        campaigns.apply(now, begin, &mut told);
        while campaigns.recalls().next().is_some() {
            let inputs = due(&campaigns, now);
            if inputs.is_empty() {
                let next = [next_due(&campaigns, now), campaigns.next_due()];
                now = next.into_iter().flatten().min().expect("something is due");
                campaigns.apply(now, Input::Tick, &mut told);
            }
            for input in inputs {
                campaigns.apply(now, input, &mut told);
            }
        }
        (told, campaigns)
    }

    fn summary(told: &[Effect]) -> Summary {
        match told.last().map(|effect| &effect.kind) {
            Some(EffectKind::Closed(summary)) => *summary,
            other => panic!("the last is no end: {other:?}"),
        }
    }

    #[test]
    fn a_silent_drill_is_played_to_its_end_and_again_the_same_way() {
        let (told, after) = played(Input::Rehearse(order(7, 6, 60)));
        let report = summary(&told);
        assert_eq!((report.need, report.accepted, report.reached), (6, 6, report.asked));
        // Of the first wave five say yes; the second follows after the timer.
        let times = (report.first_yes_after_seconds, report.filled_after_seconds, report.waves);
        assert_eq!(times, (Some(3), Some(480), 2), "{report:?}");
        assert_eq!((report.came, report.no_shows), (0, 0), "nobody travels");
        assert_eq!(*after.learned(), Learned::default(), "made-up answers teach nothing");
        assert_eq!(played(Input::Rehearse(order(7, 6, 60))).0, told);
        let other = played(Input::Rehearse(order(8, 6, 60))).0;
        let whom = |told: &[Effect]| -> Vec<_> {
            let yes = |e: &&Effect| matches!(e.kind, EffectKind::Thank { .. });
            told.iter().filter(yes).filter_map(|e| e.key.person).collect()
        };
        assert_ne!(whom(&other), whom(&told));
    }

    #[test]
    fn a_drill_that_cannot_be_filled_ends_when_nobody_is_left() {
        let (told, _) = played(Input::Rehearse(order(7, 6, 4)));
        let report = summary(&told);
        assert_eq!((report.asked, report.filled_after_seconds), (4, None));
        let nobody = summary(&played(Input::Rehearse(order(7, 6, 0))).0);
        assert_eq!((nobody.asked, nobody.waves), (0, 0));
    }

    #[test]
    fn a_full_drill_is_answered_by_people_and_ends_without_them_at_the_latest_when_they_would_come()
    {
        let begin = Input::Start(order(7, 6, 60));
        let (mut campaigns, mut told) = (Campaigns::default(), Vec::new());
        campaigns.apply(Timestamp::from_secs(0), begin.clone(), &mut told);
        assert_eq!(due(&campaigns, Timestamp::from_secs(7_199)), []);
        assert_eq!(
            due(&campaigns, Timestamp::from_secs(7_200)),
            [Input::StandDown(id(7))],
            "nobody answers for them"
        );
        assert_eq!(summary(&played(begin).0).accepted, 0);
    }

    #[test]
    fn a_real_recall_is_answered_by_nobody_here() {
        let mut real = order(7, 6, 60);
        real.id.drill = false;
        let (mut campaigns, mut told) = (Campaigns::default(), Vec::new());
        let refused =
            campaigns.apply(Timestamp::from_secs(0), Input::Rehearse(real.clone()), &mut told);
        assert_eq!(refused, crate::recall::Answer::Refused(crate::recall::Refusal::NoDrill));
        campaigns.apply(Timestamp::from_secs(0), Input::Start(real), &mut told);
        assert_eq!(due(&campaigns, Timestamp::from_secs(9_000)), []);
        assert_eq!(next_due(&campaigns, Timestamp::from_secs(0)), None);
    }
}
