//! The message of an errand as it leaves: address, text, link, code, urgency.

use super::asker::{URGENCY, Wanted};
use super::book::Reader;
use super::job::{self, Job, Target};
use super::lane::LaneSettings;
use super::letter::{Answering, Style, letter, question};
use super::{Courier, CourierSettings, GROUP_SUBJECT, Links};
use crate::delivery::channel::message::{Message, Urgency};
use crate::delivery::secret::Secret;
use crate::engine::command::Level;
use crate::recall::Recall;
use crate::reply::token::Asked;
use crate::report;
use crate::roster::asking::AskedContact;
use crate::roster::{Kind, PersonId};
use std::collections::BTreeMap;

impl Courier {
    /// The message of an errand on a lane; `None` where there is no address or nothing to say.
    pub(super) fn message(
        &self,
        job: &Job,
        place: usize,
        readers: &BTreeMap<PersonId, Reader>,
    ) -> Option<Message> {
        let lane = &self.lanes[place].settings;
        let record = &job.errand.record;
        let reader = job.person().and_then(|person| readers.get(&person));
        let to = match (job.person(), lane.reaches) {
            (Some(_), Some(kind)) => {
                Some(reader?.contacts.iter().find(|(own, _)| *own == kind)?.1.clone())
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return None,
        };
        let view = self.around.driver.view();
        let unit = view.units.iter().find(|u| Some(&*u.name) == record.unit.as_deref());
        let zone = reader.map(|reader| reader.zone).or(unit.map(|unit| unit.timezone));
        let zone = zone.unwrap_or(chrono_tz::UTC);
        let language = reader.and_then(|r| r.language).unwrap_or(self.settings.language);
        let recall = job::recall_of(record);
        let (mut code, mut reply) = (String::new(), None);
        let (subject, text) = match job.target {
            Target::Person(person) => {
                let running = recall.and_then(|id| view.recalls.recall(id));
                let asked = running.and_then(|recall| asked(recall, person));
                // The view may be older than the journal.
                let deadline = job.errand.useful_until;
                let offered = || Some(Asked { recall: recall?, person, deadline });
                let is_offer = record.cause.as_deref() == Some("offer");
                let asked = if is_offer { offered() } else { asked };
                let links = self.settings.links.as_ref();
                let mut answering = Answering::default();
                if let (Some(links), Some(asked), Some(kind)) = (links, asked, lane.reaches) {
                    let token = links.key.token(&asked, kind);
                    code = links.key.code(&asked);
                    answering = answers(lane, kind, &links.external_url, &token, &code);
                    reply = Some(Secret::new(token));
                    if answering.code.is_none() {
                        // Nobody is to answer with it.
                        code.clear();
                    }
                }
                let sender = self.settings.sender.as_deref();
                letter(record, Style { language, zone, sender }, &answering)?
            }
            Target::Commander(_) | Target::Group(_) => {
                let subject = record.unit.as_deref().unwrap_or(GROUP_SUBJECT).to_owned();
                (subject, report::logbook::sentence(record, language, zone))
            }
        };
        let is_linked = reply.as_ref().is_some_and(|token| text.contains(token.reveal()));
        let is_read = job.person().is_some() && lane.reaches != Some(Kind::Voice);
        if code.is_empty() && !is_linked && is_read {
            // Services that drop what they have seen must not drop the next message of the kind.
            code.clone_from(&record.id);
        }
        Some(Message {
            key: format!("{}-{}", job.errand.key, lane.name),
            to,
            subject,
            text,
            lang: language,
            urgency: urgency(job),
            useful_until: job.errand.useful_until,
            drill: recall.is_some_and(|id| id.drill),
            code,
            reply,
        })
    }
}

/// How a message on a lane can be answered.
pub(super) fn answers(
    lane: &LaneSettings,
    kind: Kind,
    base: &str,
    token: &str,
    code: &str,
) -> Answering {
    if kind == Kind::Voice {
        return Answering { keys: true, ..Answering::default() };
    }
    Answering {
        link: Some(format!("{base}/r/{token}")),
        code: lane.answered.then(|| code.to_owned()),
        keys: false,
    }
}

fn asked(recall: &Recall, person: PersonId) -> Option<Asked> {
    let offer = recall.offers().get(&person)?;
    Some(Asked { recall: recall.id(), person, deadline: offer.deadline })
}

pub(super) fn urgency(job: &Job) -> Urgency {
    let record = &job.errand.record;
    let commander = !matches!(job.target, Target::Person(_));
    let level = job::recall_of(record).map_or_else(|| job::level(record), |id| id.level);
    let drill = job::recall_of(record).is_some_and(|id| id.drill);
    Urgency { commander, level: if drill { Level::None } else { level } }
}

/// The idempotency key of a question: of one asking, and the same on every attempt.
pub(super) fn question_key(asking: &AskedContact) -> String {
    let AskedContact { person, kind, at, .. } = asking;
    format!("verify-{person}-{}-{}", kind.word(), at.as_millis())
}

/// The question whether a contact may be used, as it leaves.
pub(super) fn question_message(
    wanted: &Wanted,
    settings: &CourierSettings,
    links: &Links,
    lane: &LaneSettings,
) -> Message {
    let Wanted { asking, to, language } = wanted;
    let language = language.unwrap_or(settings.language);
    let token = links.key.verification_token(asking);
    let code = links.key.verification_code(asking);
    let mut answering = answers(lane, asking.kind, &links.external_url, &token, &code);
    // A text message proves the number that it comes from, and no other contact.
    answering.code = answering.code.filter(|_| asking.kind == Kind::Sms);
    let (subject, text) = question(language, settings.sender.as_deref(), &answering);
    Message {
        key: question_key(asking),
        to: Some(to.clone()),
        subject,
        text,
        lang: language,
        urgency: URGENCY,
        useful_until: asking.ends(),
        drill: false,
        code: answering.code.unwrap_or_default(),
        reply: Some(Secret::new(token)),
    }
}
