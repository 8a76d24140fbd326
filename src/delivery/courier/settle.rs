//! How attempts ended, what follows, and that it is written down before anything else is done.

use super::{Begun, Came, Courier, owned};
use crate::delivery::channel::class::{Ended, LOOK_UP_AFTER, Next as After};
use crate::delivery::channel::verdict::{Fault, Reason};
use crate::engine::time::Timestamp;
use crate::journal::JournalError;
use crate::journal::outbox::errand::{End, Fate, Outcome};
use tokio::task::Id;

impl Courier {
    pub(super) fn settle_or_warn(&mut self, came: Result<(Id, Came), tokio::task::JoinError>) {
        if let Err(error) = self.settle(came) {
            tracing::warn!(%error, "the outbox cannot be used; how an attempt ended is kept later");
        }
    }

    /// Writes down what came, and what has come besides.
    pub(super) fn settle(
        &mut self,
        came: Result<(Id, Came), tokio::task::JoinError>,
    ) -> Result<(), JournalError> {
        let now = self.around.clock.now();
        let mut all = vec![came];
        while let Some(more) = self.calls.try_join_next_with_id() {
            all.push(more);
        }
        for came in all {
            let (id, came) = match came {
                Ok(came) => came,
                Err(error) => {
                    tracing::error!(%error, "a delivery broke off");
                    (error.id(), Came::Attempt(Ended::Lost, false))
                }
            };
            let Some(begun) = self.begun.remove(&id) else { continue };
            if begun.is_attempt {
                self.lanes[begun.lane].in_flight -= 1;
            }
            let after = match came {
                Came::Attempt(ended, looks_up) => {
                    let class = self.lanes[begun.lane].settings.service.class();
                    ended.next(class, looks_up)
                }
                Came::Answer(found) => After::after_look_up(Reason::NoAnswer.into(), found),
            };
            let end = self.end(begun, after, now);
            self.ends.extend(end);
        }
        self.keep_ends()
    }

    /// What cannot be written now is written before anything else is done.
    pub(super) fn keep_ends(&mut self) -> Result<(), JournalError> {
        if !self.ends.is_empty() {
            self.around.outbox.end(&self.ends, self.around.clock.now())?;
            self.ends.clear();
            self.tell_at = Timestamp::MIN;
        }
        Ok(())
    }

    /// What an attempt came to, and what becomes of the errand.
    fn end(&mut self, begun: Begun, after: After, now: Timestamp) -> Option<End> {
        let Begun { row, number, lane: place, .. } = begun;
        let job = self.jobs.get_mut(&row)?;
        job.in_flight = false;
        let lane = &mut self.lanes[place];
        let mut held = None;
        let status = &lane.status;
        let wait = self.settings.retry.wait(&job.errand.key, number);
        let (outcome, fault, fate) = match after {
            After::Delivered { .. } | After::Accepted { .. } => {
                status.count_delivered();
                (Outcome::Delivered, None, Fate::Delivered)
            }
            After::Again(fault, wish) => {
                status.count_again();
                if let Some(wish) = wish {
                    lane.queue.hold(now, wish);
                    held = Some(place);
                }
                let due = now + wish.map_or(wait, |wish| wait.max(wish));
                (Outcome::Again, Some(fault), Fate::Pending(due))
            }
            After::LookUp(fault) => {
                (Outcome::LookUp, Some(fault), Fate::Pending(now + LOOK_UP_AFTER))
            }
            After::NextContact(fault) => {
                let unclear = is_unclear(fault);
                let outcome = if unclear { Outcome::Unknown } else { Outcome::Failed };
                if unclear {
                    status.count_ambiguous();
                } else {
                    status.count_failed();
                }
                (outcome, Some(fault), Fate::Pending(now))
            }
        };
        if let Some(fault) = fault {
            let (key, channel) = (&job.errand.key, &lane.settings.name);
            tracing::warn!(key, attempt = number, channel, %fault, "delivery of {key} by {channel} did not work: {fault}");
        }
        if let Some(tried) = job.errand.tried.iter_mut().find(|t| t.number == number) {
            tried.outcome = Some(outcome);
            tried.reason = fault.map(|fault| fault.reason.word().to_owned());
        }
        if !matches!(outcome, Outcome::Again | Outcome::Failed) || fault.is_some_and(is_unclear) {
            self.reached.extend(owned(job.matter()));
        }
        if let Fate::Pending(due) = fate {
            job.errand.due = due;
        } else {
            self.jobs.remove(&row);
        }
        if let Some(place) = held {
            self.route_anew(place);
        }
        let (code, reason) = (fault.and_then(|f| f.code), fault.map(|f| f.reason.word()));
        Some(End { row, number, outcome, code, reason, fate })
    }

    /// Takes back what waits on a lane, so that whoever has another way takes it.
    fn route_anew(&mut self, place: usize) {
        self.lanes[place].queue.retain(|_| false);
        for job in self.jobs.values_mut().filter(|job| job.queued == Some(place)) {
            job.queued = None;
        }
    }
}

/// Whether an attempt with this fault may have had an effect.
pub(super) fn is_unclear(fault: Fault) -> bool {
    matches!(
        fault.reason,
        Reason::Gateway | Reason::Garbled | Reason::NoAnswer | Reason::Interrupted
    )
}
