//! What recalls tell, on the wire. People are numbers (`p17`), skills have the names of the roster.
//!
//! Two types: `recall` is what a recall system acts on (`cause` says what: offer, withdraw, thank …)
//! or why nobody is asked; `recall_act` is what somebody did, with the answer they got.

use super::{Names, Record, word};
use crate::engine::effect::{RecallLine, Recalled};
use crate::engine::observation::UnitId;
use crate::engine::recalls::Note;
use crate::recall::{Act, Answer, EffectKind, RecallId, Refusal, Skill, Summary};
use serde::{Deserialize, Serialize};

/// What a record of a recall has beyond others. Fields that do not apply are absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct RecallRecord {
    /// Name of the recall; absent for a log-on, which names none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// An exercise.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub drill: bool,
    /// Nobody hears of it: a drill whose answers are made up.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub silent: bool,
    /// Whom it concerns.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<String>,
    /// The wave in which the person was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wave: Option<u32>,
    /// The skill asked for, or the one that lacks heads.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub skill: Option<String>,
    /// When people must be there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub needed_by: Option<String>,
    /// An answer counts until just before then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub answer_by: Option<String>,
    /// When the person is expected.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub arrives_by: Option<String>,
    /// Until when a reserve is kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reserve_until: Option<String>,
    /// Which contact belongs to somebody else: the place of its kind, from 0.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contact: Option<u32>,
    /// Heads that cannot be reached; of a dry run, heads needed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub heads: Option<u32>,
    /// No offer of the skill is open any more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub certain: Option<bool>,
    /// People who would be asked at once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub would_ask: Option<u32>,
    /// How the recall went.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub summary: Option<Summary>,
    /// What was answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub answer: Option<String>,
}

impl RecallRecord {
    fn of(recall: RecallId) -> Self {
        Self { id: Some(recall.to_string()), drill: recall.drill, ..Self::default() }
    }
}

/// The name of a skill that nobody in particular needs.
const ANY: &str = "any";

fn skill_name(unit: Option<UnitId>, skill: Skill, names: &dyn Names) -> Option<String> {
    if skill == Skill::ANY {
        return Some(ANY.to_owned());
    }
    unit.map(|unit| names.skill(unit, skill).to_owned())
}

impl Record {
    pub(super) fn fill_recall(&mut self, line: &RecallLine, names: &dyn Names) {
        let key = line.effect.key;
        self.kind = "recall".into();
        self.name_recall(key.recall);
        self.unit = line.unit.map(|unit| names.unit(unit).into());
        self.cause = Some(word(&key.purpose));
        let mut r = RecallRecord {
            person: key.person.map(|person| person.to_string()),
            wave: (key.wave > 0).then_some(key.wave),
            skill: line.skill.and_then(|skill| skill_name(line.unit, skill, names)),
            needed_by: line.needed_by.map(|at| at.to_string()),
            silent: line.silent,
            ..RecallRecord::of(key.recall)
        };
        match &line.effect.kind {
            EffectKind::Offer { deadline } => r.answer_by = Some(deadline.to_string()),
            EffectKind::Withdraw(why) | EffectKind::Cancel(why) => self.reason = Some(word(why)),
            EffectKind::Thank { arrives_by } | EffectKind::Promote { arrives_by } => {
                r.arrives_by = Some(arrives_by.to_string());
            }
            EffectKind::Reserve { until } => r.reserve_until = Some(until.to_string()),
            EffectKind::BlockContact(contact) => r.contact = Some(contact.0),
            EffectKind::Unfilled { heads, certain, .. } => {
                (r.heads, r.certain) = (Some(*heads), Some(*certain));
            }
            EffectKind::Closed(summary) => r.summary = Some(*summary),
            EffectKind::TooLate
            | EffectKind::NoShow
            | EffectKind::Arrived
            | EffectKind::Release
            | EffectKind::Filled => {}
        }
        self.recall = Some(r);
    }

    pub(super) fn fill_recalled(&mut self, done: &Recalled, names: &dyn Names) {
        self.kind = "recall_act".into();
        let mut r = RecallRecord::default();
        if let Some(recall) = done.recall {
            self.name_recall(recall);
            r = RecallRecord::of(recall);
        }
        let is_reply =
            matches!(done.act, Act::Accept | Act::Decline | Act::OnTheWay | Act::WrongNumber);
        if is_reply && done.answer == Answer::Refused(Refusal::NoRecall) {
            // The incident that the reply names was none yet.
            self.incident = None;
        }
        self.unit = done.unit.map(|unit| names.unit(unit).into());
        self.act = Some(word(&done.act));
        if let Some((actor, reason)) = &done.order {
            (self.actor, self.reason) = (Some(actor.clone()), Some(reason.clone()));
        }
        r.person = done.person.map(|person| person.to_string());
        let answer = match done.answer {
            Answer::Refused(why) => {
                self.refused = Some(word(&why));
                "refused".to_owned()
            }
            Answer::Coming { arrives_by } => {
                r.arrives_by = Some(arrives_by.to_string());
                "coming".to_owned()
            }
            Answer::Reserve { until } => {
                r.reserve_until = Some(until.to_string());
                "reserve".to_owned()
            }
            Answer::Done
            | Answer::DoNotCome
            | Answer::Late
            | Answer::Declined
            | Answer::Here
            | Answer::Blocked => word(&done.answer),
        };
        r.answer = Some(answer);
        self.recall = Some(r);
    }

    pub(super) fn fill_note(
        &mut self,
        unit: UnitId,
        recall: RecallId,
        note: Note,
        names: &dyn Names,
    ) {
        self.kind = "recall".into();
        self.name_recall(recall);
        self.unit = Some(names.unit(unit).into());
        let mut r = RecallRecord::of(recall);
        let cause = match note {
            Note::Off => "off",
            Note::DryRun { need, asked } => {
                (r.heads, r.would_ask) = (Some(need), Some(asked));
                "dry_run"
            }
            Note::NoNeed => "no_need",
            Note::Enough => "enough",
            Note::NoRoster => "no_roster",
        };
        self.cause = Some(cause.into());
        self.recall = Some(r);
    }

    fn name_recall(&mut self, recall: RecallId) {
        self.incident = (!recall.drill).then_some(recall.incident);
        self.level = Some(recall.level.word().into());
    }
}
