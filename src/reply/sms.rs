//! A text message, whichever gateway told it: who says what, and what is answered.
//!
//! The number says who may have sent it, the code which offer is meant. Only both together are a reply;
//! "wrong number" alone needs no code.

use super::contact;
use super::say::{NotTaken, Saying, blocked, key};
use super::server::nonce;
use super::standing::Standing;
use super::state::{Shared, Via};
use super::words::{self, Heard};
use crate::recall::{RecallId, Words};
use crate::record::Record;
use crate::roster::address::Address;
use crate::roster::{Kind, PersonId};
use sha2::{Digest, Sha256};

/// A text message.
pub(super) struct Text {
    /// The number of the sender, as the gateway writes it.
    pub(super) from: String,
    /// What it says.
    pub(super) text: String,
    /// The gateway's own number of the message.
    pub(super) id: Option<String>,
}

/// What is answered to a text message.
pub(super) enum Told {
    /// These words; the reply is taken or needs no second try.
    Words(String),
    /// Nothing.
    Nothing,
    /// The reply was not taken; the same again may be.
    Failed(String),
}

/// Takes a text message.
pub(super) async fn heard(state: &Shared, channel: &str, text: Text) -> Told {
    let heard = words::read(&text.text);
    let numbers = senders(&text.from);
    let Some(number) = numbers.first() else {
        // A sender that is a name cannot be answered.
        state.count(Via::Sms, "not_understood");
        return Told::Nothing;
    };
    let sender: [u8; 32] = Sha256::digest(number.reveal().as_bytes()).into();
    let who = state.settings().who.clone();
    let found = move || -> Result<Vec<Vec<PersonId>>, String> {
        numbers.iter().map(|number| who(Kind::Sms, number)).collect()
    };
    let (people, is_sure) = match tokio::task::spawn_blocking(found).await {
        Ok(Ok(found)) => {
            let is_sure = found.iter().filter(|people| !people.is_empty()).count() < 2;
            (found.concat(), is_sure)
        }
        Ok(Err(why)) => {
            tracing::warn!(why, "the sender of a text message cannot be looked up: {why}");
            let (manner, _) = state.manner(None, chrono_tz::UTC, None).await;
            return Told::Failed(manner.failed().to_owned());
        }
        Err(_) => return Told::Nothing,
    };
    let told = |person: PersonId, recall: RecallId, words: Words| Saying {
        recall,
        person,
        kind: Some(Kind::Sms),
        words,
        key: match &text.id {
            // Numbers that begin anew are told apart by what they number.
            Some(id) => {
                key(&["sms", channel, id, &text.text, &recall.to_string(), &person.to_string()])
            }
            // Without a number every message is a new one; the same answer changes nothing.
            None => key(&["sms", channel, &nonce().unwrap_or_default()]),
        },
    };
    match heard {
        Heard::Answer { code, words } => match state.code(&people, &code) {
            Some((person, recall)) => {
                let said = state.say(Via::Sms, told(person, recall, words)).await;
                answered(state, person, recall, said).await
            }
            None => match state.asking_of_code(&people, &code).await {
                Some(asking) => contact::heard(state, asking, (&code, words), sender).await,
                None => no_code(state, people.first(), sender).await,
            },
        },
        // Whose number it is must be beyond doubt, or a colleague's would be blocked.
        Heard::WrongNumber { code: None } if !is_sure => help(state, people.first(), sender).await,
        Heard::WrongNumber { code } => {
            let coded = code.as_ref().and_then(|code| state.code(&people, code));
            if let (None, Some(code)) = (coded, &code)
                && let Some(asking) = state.asking_of_code(&people, code).await
            {
                return contact::heard(state, asking, (code, Words::WrongNumber), sender).await;
            }
            wrong_number(state, &people, coded, told).await
        }
        Heard::Stop => {
            state.count(Via::Sms, "not_understood");
            Told::Nothing
        }
        Heard::Unclear => help(state, people.first(), sender).await,
    }
}

/// The numbers that a sender may be. Many gateways leave out the + in front of the country, and then a
/// number of another country can look like one of China.
fn senders(text: &str) -> Vec<Address> {
    let written = [text.to_owned(), format!("+{}", text.trim())];
    let mut numbers: Vec<Address> =
        written.iter().filter_map(|text| Address::parse(Kind::Sms, text).ok()).collect();
    numbers.dedup();
    numbers
}

/// Blocks the number: of the person whose code is told, else of everybody who has it.
async fn wrong_number(
    state: &Shared,
    people: &[PersonId],
    coded: Option<(PersonId, RecallId)>,
    told: impl Fn(PersonId, RecallId, Words) -> Saying,
) -> Told {
    let asked: Vec<(PersonId, Option<RecallId>)> = match coded {
        Some((person, recall)) => vec![(person, Some(recall))],
        None => people.iter().map(|&person| (person, state.asked(person))).collect(),
    };
    let Some(&(first, _)) = asked.first() else {
        state.count(Via::Sms, "not_understood");
        return Told::Nothing;
    };
    let (manner, _) = state.manner(Some(first), chrono_tz::UTC, None).await;
    for (person, recall) in asked {
        let done = match recall {
            Some(recall) => {
                state.say(Via::Sms, told(person, recall, Words::WrongNumber)).await.map(drop)
            }
            None => {
                let done = blocked(&state.settings().block, person, Kind::Sms).await;
                state.count(Via::Sms, if done.is_ok() { "blocked" } else { "refused" });
                done
            }
        };
        if done.is_err() {
            return Told::Failed(manner.failed().to_owned());
        }
    }
    Told::Words(manner.standing(Standing::Blocked))
}

async fn answered(
    state: &Shared,
    person: PersonId,
    recall: RecallId,
    said: Result<Record, NotTaken>,
) -> Told {
    let view = state.settings().handle.view();
    let unit = view.recalls.recall(recall).map(crate::recall::Recall::unit);
    let zone = view.units.iter().find(|u| Some(u.unit) == unit).map(|u| u.timezone);
    let (manner, _) = state.manner(Some(person), zone.unwrap_or(chrono_tz::UTC), None).await;
    match said {
        Ok(record) => Told::Words(manner.answer(&record, recall.drill)),
        Err(_) => Told::Failed(manner.failed().to_owned()),
    }
}

/// The code may be that of a recall that is over: then this is what keeps somebody at home. Strangers
/// are told once an hour.
async fn no_code(state: &Shared, person: Option<&PersonId>, sender: [u8; 32]) -> Told {
    state.count(Via::Sms, "refused");
    if person.is_none() && !state.may_help(sender) {
        return Told::Nothing;
    }
    let (manner, _) = state.manner(person.copied(), chrono_tz::UTC, None).await;
    Told::Words(manner.no_code().to_owned())
}

async fn help(state: &Shared, person: Option<&PersonId>, sender: [u8; 32]) -> Told {
    state.count(Via::Sms, "not_understood");
    if !state.may_help(sender) {
        return Told::Nothing;
    }
    let (manner, _) = state.manner(person.copied(), chrono_tz::UTC, None).await;
    Told::Words(manner.help().to_owned())
}
