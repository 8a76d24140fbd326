//! A slow reading of one recall with one skill: lists of people instead of states of offers.
//!
//! Whom the machine asks is taken from it; everything else that it tells and answers is foretold.

use callsurge::engine::time::{Span, Timestamp};
use callsurge::recall::{Answer, Command, Input, Purpose, RecallPolicy, Receipt, Refusal, Words};
use callsurge::roster::PersonId;
use std::collections::{BTreeMap, BTreeSet};

/// Where a person stands, by which list they are in.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) need: u32,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) held_until: Option<Timestamp>,
    pub(crate) ended: bool,
    pub(crate) closed: bool,
    filled: bool,
    policy: RecallPolicy,
    /// Asked and silent, with until when an answer is hoped for.
    pub(crate) open: BTreeMap<PersonId, Timestamp>,
    sent: BTreeSet<PersonId>,
    coming: BTreeMap<PersonId, Way>,
    line: Vec<(PersonId, Timestamp, Span)>,
    there: Vec<(Timestamp, PersonId)>,
    declined: BTreeSet<PersonId>,
    failed: BTreeSet<PersonId>,
    missed: BTreeSet<PersonId>,
    /// Turned away for want of a place, or because they would be late.
    away: BTreeMap<PersonId, bool>,
    /// Everybody who was ever asked, with the deadline of the offer.
    asked: BTreeMap<PersonId, Timestamp>,
    eta: BTreeMap<PersonId, Option<Span>>,
    blocked: BTreeSet<PersonId>,
    told_late: BTreeSet<PersonId>,
}

#[derive(Clone, Copy, Debug)]
struct Way {
    left: Timestamp,
    by: Timestamp,
    en_route: bool,
}

type Told = Vec<(Option<PersonId>, Purpose)>;

impl Model {
    pub(crate) fn new(need: u32, deadline: Timestamp, policy: RecallPolicy) -> Self {
        Self { need, deadline: Some(deadline), policy, ..Self::default() }
    }

    pub(crate) fn placed(&self) -> u32 {
        (self.coming.len() + self.there.len()) as u32
    }

    fn room(&self) -> bool {
        self.placed() < self.need + self.need * self.policy.overbook_percent / 100
    }

    fn in_time(&self, arrival: Timestamp) -> bool {
        self.deadline.is_some_and(|deadline| arrival <= deadline)
    }

    /// The machine asked these.
    pub(crate) fn ask(&mut self, person: PersonId, at: Timestamp, deadline: Timestamp) {
        self.asked.insert(person, deadline);
        self.open.insert(person, at + self.policy.wave_timer);
    }

    /// Time passes, then places are settled.
    pub(crate) fn pass(&mut self, at: Timestamp, out: &mut Told) {
        let asked = &self.asked;
        self.open.retain(|p, _| asked[p] > at);
        let mut waited: Vec<_> = self.line.iter().filter(|r| r.1 <= at).map(|r| r.0).collect();
        waited.sort();
        self.line.retain(|r| r.1 > at);
        out.extend(waited.into_iter().map(|p| (Some(p), Purpose::Withdraw)));
        let late = |way: &Way| way.by + self.policy.no_show_after <= at;
        let late: Vec<PersonId> =
            self.coming.iter().filter(|(_, way)| late(way)).map(|(&p, _)| p).collect();
        for p in late {
            self.coming.remove(&p);
            self.missed.insert(p);
            out.push((Some(p), Purpose::NoShow));
        }
        if self.ended {
            self.go_home(at, out);
        }
        self.settle(at, out);
    }

    fn go_home(&mut self, at: Timestamp, out: &mut Told) {
        self.there.sort();
        let stay = |since: Timestamp| at - since < self.policy.engagement_min;
        out.extend(self.there.iter().filter(|t| !stay(t.0)).map(|t| (Some(t.1), Purpose::Release)));
        self.there.retain(|t| stay(t.0));
    }

    pub(crate) fn settle(&mut self, at: Timestamp, out: &mut Told) {
        if self.ended {
            let rest = self.open.len() + self.line.len() + self.placed() as usize;
            if rest == 0 && !self.closed {
                self.closed = true;
                out.push((None, Purpose::Closed));
            }
            return;
        }
        for (p, until, travel) in std::mem::take(&mut self.line) {
            if self.placed() < self.need && self.in_time(at + travel) {
                self.coming.insert(p, Way { left: at, by: at + travel, en_route: false });
                out.push((Some(p), Purpose::Promote));
            } else {
                self.line.push((p, until, travel));
            }
        }
        let filled = self.placed() >= self.need;
        if filled && !self.filled {
            out.push((None, Purpose::Filled));
        }
        self.filled = filled;
        if filled && self.line.len() as u32 >= self.policy.reserves(self.need) {
            self.withdraw(out);
        }
    }

    fn withdraw(&mut self, out: &mut Told) {
        let open = std::mem::take(&mut self.open);
        if !self.ended {
            self.away.extend(open.keys().map(|&p| (p, false)));
        }
        out.extend(open.into_keys().map(|p| (Some(p), Purpose::Withdraw)));
    }

    /// An input and its answer; places are settled afterwards.
    pub(crate) fn take(&mut self, at: Timestamp, input: &Input, out: &mut Told) -> Answer {
        if self.closed {
            return match input {
                Input::Reply(r) if r.words == Words::WrongNumber => {
                    out.push((Some(r.person), Purpose::BlockContact));
                    Answer::Blocked
                }
                Input::Reply(_) => Answer::DoNotCome,
                Input::LoggedOn(_) => Answer::Refused(Refusal::NoOffer),
                Input::Tick | Input::EndDrills => Answer::Done,
                _ => Answer::Refused(Refusal::NoRecall),
            };
        }
        let unknown = Answer::Refused(Refusal::NoOffer);
        let answer = match input {
            Input::Reply(r) if self.asked.contains_key(&r.person) => {
                self.hear(r.person, r.words, at, out)
            }
            Input::Receipt(_, p, receipt) if self.asked.contains_key(p) => {
                self.receive(*p, *receipt, at);
                Answer::Done
            }
            Input::Reply(_) | Input::Receipt(..) => unknown,
            Input::LoggedOn(p) => self.log_on(*p, at, out).unwrap_or(unknown),
            Input::Change { .. } if self.ended => Answer::Refused(Refusal::Ending),
            Input::Change { need, deadline, .. } => {
                (self.need, self.deadline) = (need.values().sum(), Some(*deadline));
                Answer::Done
            }
            Input::StandDown(_) => self.end(at, false, out),
            Input::Command(_, Command::CancelAll) => self.end(at, true, out),
            Input::Command(_, Command::Hold(_) | Command::AskNow) if self.ended => {
                Answer::Refused(Refusal::Ending)
            }
            Input::Command(_, Command::Hold(until)) => {
                self.held_until = Some(*until);
                Answer::Done
            }
            Input::Command(_, Command::AskNow) => {
                self.held_until = None;
                Answer::Done
            }
            Input::Command(_, Command::Release(heads)) => self.release(*heads, out),
            Input::Command(_, Command::Cancel(p)) if self.asked.contains_key(p) => {
                if self.coming.remove(p).is_some() {
                    out.push((Some(*p), Purpose::Cancel));
                } else if self.leave(*p) {
                    out.push((Some(*p), Purpose::Withdraw));
                }
                Answer::Done
            }
            Input::Command(_, Command::Cancel(_)) => unknown,
            Input::Tick
            | Input::EndDrills
            | Input::Candidates(..)
            | Input::Start(_)
            | Input::Rehearse(_) => Answer::Done,
        };
        self.settle(at, out);
        answer
    }

    /// Takes a person out of those who wait for something.
    fn leave(&mut self, p: PersonId) -> bool {
        let before = self.line.len();
        self.line.retain(|r| r.0 != p);
        self.open.remove(&p).is_some() || self.line.len() < before
    }

    fn hear(&mut self, p: PersonId, words: Words, at: Timestamp, out: &mut Told) -> Answer {
        let comes = matches!(words, Words::Accept(_) | Words::OnTheWay(_));
        if comes && self.blocked.contains(&p) {
            return Answer::Blocked;
        }
        match words {
            Words::Accept(eta) => self.accept(p, eta, at, out),
            Words::OnTheWay(eta) => {
                if let Some(way) = self.coming.get_mut(&p).filter(|w| !w.en_route) {
                    (way.left, way.en_route) = (at, true);
                    self.eta.insert(p, None);
                }
                let answer = self.accept(p, eta, at, out);
                if let Some(way) = self.coming.get_mut(&p).filter(|w| !w.en_route) {
                    (way.left, way.en_route) = (at, true);
                }
                answer
            }
            Words::Decline => {
                let early = at < self.asked[&p];
                let left = self.leave(p)
                    || self.coming.remove(&p).is_some()
                    || (early && self.failed.remove(&p));
                if left {
                    self.declined.insert(p);
                }
                if self.declined.contains(&p) {
                    Answer::Declined
                } else if self.is_there(p) {
                    Answer::Here
                } else {
                    Answer::DoNotCome
                }
            }
            Words::WrongNumber => {
                if self.blocked.insert(p) {
                    if self.leave(p) || self.coming.remove(&p).is_some() {
                        self.failed.insert(p);
                    }
                    out.push((Some(p), Purpose::BlockContact));
                }
                Answer::Blocked
            }
        }
    }

    fn is_there(&self, p: PersonId) -> bool {
        self.there.iter().any(|t| t.1 == p)
    }

    fn accept(&mut self, p: PersonId, eta: Option<Span>, at: Timestamp, out: &mut Told) -> Answer {
        let travel = eta.unwrap_or(Span::minutes(30));
        if let Some(way) = self.coming.get_mut(&p) {
            let said = self.eta.entry(p).or_default();
            if eta.is_some() && eta != *said {
                let by = at + travel;
                let more = if way.en_route { self.policy.no_show_after } else { Span::ZERO };
                let late = self.deadline.is_some_and(|d| at < d && by > d + more);
                if late && by > way.by && !self.ended {
                    self.coming.remove(&p);
                    return self.put_off(p, out);
                }
                (way.by, *said) = (by, eta);
            }
            return Answer::Coming { arrives_by: way.by };
        }
        if let Some(&(_, until, _)) = self.line.iter().find(|r| r.0 == p) {
            return Answer::Reserve { until };
        }
        if self.is_there(p) {
            return Answer::Here;
        }
        let again = !self.ended && at < self.asked[&p];
        let first = self.open.remove(&p).is_some();
        let corrects = again
            && (self.declined.remove(&p)
                || self.failed.remove(&p)
                || self.away.remove(&p).is_some());
        let asked = first || corrects;
        let missed = !asked && !self.ended && self.missed.contains(&p);
        if asked && !self.in_time(at + travel) {
            return self.put_off(p, out);
        }
        if self.room() && (missed || asked) {
            self.missed.remove(&p);
            self.told_late.remove(&p);
            self.eta.insert(p, eta);
            self.coming.insert(p, Way { left: at, by: at + travel, en_route: false });
            out.push((Some(p), Purpose::Thank));
            return Answer::Coming { arrives_by: at + travel };
        }
        if asked && (self.line.len() as u32) < self.policy.reserves(self.need) {
            let until = at + self.policy.reserve_for;
            self.told_late.remove(&p);
            self.eta.insert(p, eta);
            self.line.push((p, until, travel));
            out.push((Some(p), Purpose::Reserve));
            return Answer::Reserve { until };
        }
        if asked {
            self.away.insert(p, false);
        }
        self.not_wanted(p, out);
        let late = self.away.get(&p) == Some(&true) && !self.in_time(at + travel);
        if late { Answer::Late } else { Answer::DoNotCome }
    }

    /// Later than needed.
    fn put_off(&mut self, p: PersonId, out: &mut Told) -> Answer {
        self.away.insert(p, true);
        self.not_wanted(p, out);
        Answer::Late
    }

    fn not_wanted(&mut self, p: PersonId, out: &mut Told) {
        if self.told_late.insert(p) {
            out.push((Some(p), Purpose::TooLate));
        }
    }

    fn receive(&mut self, p: PersonId, receipt: Receipt, at: Timestamp) {
        let hope = at + self.policy.wave_timer;
        match receipt {
            Receipt::Queued => {}
            Receipt::Sent | Receipt::Delivered => {
                let revived = receipt == Receipt::Delivered
                    && !self.ended
                    && at < self.asked[&p]
                    && !self.blocked.contains(&p)
                    && self.failed.remove(&p);
                let sent = self.open.contains_key(&p) && self.sent.insert(p);
                if revived || sent {
                    self.sent.insert(p);
                    self.open.insert(p, hope);
                }
            }
            Receipt::Failed => {
                if self.open.remove(&p).is_some() {
                    self.failed.insert(p);
                }
            }
        }
    }

    fn log_on(&mut self, p: PersonId, at: Timestamp, out: &mut Told) -> Option<Answer> {
        if self.is_there(p) {
            return Some(Answer::Here);
        }
        let comes = self.coming.remove(&p).is_some()
            || (!self.ended && (self.leave(p) || self.missed.remove(&p)));
        comes.then(|| {
            self.there.push((at, p));
            out.push((Some(p), Purpose::Arrived));
            Answer::Here
        })
    }

    fn end(&mut self, at: Timestamp, forced: bool, out: &mut Told) -> Answer {
        self.ended = true;
        self.withdraw(out);
        let half = i64::from(self.policy.turn_back_percent);
        self.coming.retain(|&p, way| {
            let (behind, whole) = (at - way.left, way.by - way.left);
            let stays = !forced && behind * 100 >= whole * half;
            out.extend((!stays).then_some((Some(p), Purpose::Cancel)));
            stays
        });
        self.line.sort();
        out.extend(self.line.drain(..).map(|r| (Some(r.0), Purpose::Withdraw)));
        self.go_home(at, out);
        Answer::Done
    }

    fn release(&mut self, heads: u32, out: &mut Told) -> Answer {
        self.there.sort();
        for _ in 0..heads.min(self.there.len() as u32) {
            if self.placed() <= self.need {
                self.need = self.need.saturating_sub(1);
            }
            let (_, p) = self.there.remove(0);
            out.push((Some(p), Purpose::Release));
        }
        Answer::Done
    }
}
