//! `POST /api/v1/recalls/{id}/replies`, `/arrivals`, `/commands`: what people answered, who logged on
//! at the ACD, what the commander orders.
//!
//! Answered with the log-book record after the commit; `recall.answer` is what the person is to hear.
//! The same `Idempotency-Key` again gets the first answer and acts no second time. A wrong number is
//! blocked in the roster before it is answered, so that a failure is repeated and not forgotten.

use super::super::ApiState;
use super::super::auth::Identity;
use super::super::commands::{REASON_CHARS_MAX, actor, check_writable, key, text};
use super::super::error::ApiError;
use super::{id_of, unknown};
use crate::driver::Message;
use crate::engine::time::Span;
use crate::recall::{Command, Input, RecallId, Words};
use crate::record::{Record, instant_of};
use crate::reply::say::{Saying, say};
use crate::reply::state::{Via, answer_word};
use crate::roster::{Kind, PersonId};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

/// Longest way that may be told.
const ETA_MINUTES_MAX: u32 = 1_440;
const REPLY: &str = "{\"person\": \"p17\", \"reply\": \"accept|decline|on_the_way|wrong_number\", \
                     \"eta_minutes\": 40 (optional), \"contact\": \"sms|voice|email|wecom|dingtalk|\
                     feishu\" (wrong_number)}";
const ARRIVAL: &str = "{\"person\": \"p17\"}";
const ORDER: &str = "{\"act\": \"hold|ask_now|cancel|release|cancel_all\", \"reason\": \"…\", \
                     \"actor\": \"…\" (optional), \"until\": RFC 3339 (hold), \"person\": \"p17\" \
                     (cancel), \"heads\": 2 (release)}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    person: String,
    reply: String,
    eta_minutes: Option<u32>,
    contact: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoggedOn {
    person: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    act: String,
    reason: String,
    actor: Option<String>,
    until: Option<String>,
    person: Option<String>,
    heads: Option<u32>,
}

/// A person answers.
pub(in super::super) async fn reply(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Record>, ApiError> {
    check_writable(&state)?;
    let (key, recall) = (key(&headers)?, id_of(&id)?);
    let said: Said = parse(&body, REPLY)?;
    let person = person(&said.person, REPLY)?;
    let contact = said.contact.as_deref().map(|word| {
        let kind = Kind::of_word(word);
        kind.ok_or_else(|| ApiError::bad(format!("contact {word:?} is unknown"), REPLY))
    });
    let contact = contact.transpose()?;
    let words = words(&said)?;
    if (words, contact) == (Words::WrongNumber, None) {
        let why = "wrong_number needs the contact that is somebody else's";
        return Err(ApiError::bad(why, REPLY));
    }
    let saying = Saying { recall, person, kind: contact, words, key };
    let record = say(&state.handle, &state.recall.block, saying)
        .await
        .map_err(|why| ApiError::unavailable(why.to_string()))?;
    state.service.replied(Via::Api.word(), answer_word(&record));
    accepted(record)
}

/// A person logged on at the ACD.
pub(in super::super) async fn arrive(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Record>, ApiError> {
    check_writable(&state)?;
    let key = key(&headers)?;
    running(&state, &id)?;
    let arrival: LoggedOn = parse(&body, ARRIVAL)?;
    let person = person(&arrival.person, ARRIVAL)?;
    take(&state, Input::LoggedOn(person), None, key).await
}

/// The commander orders.
pub(in super::super) async fn order(
    State(state): State<ApiState>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Record>, ApiError> {
    check_writable(&state)?;
    let (key, recall) = (key(&headers)?, running(&state, &id)?);
    let order: Order = parse(&body, ORDER)?;
    let command = command(&order)?;
    let actor = actor(&who, order.actor.as_deref())?;
    let reason = text("reason", &order.reason, REASON_CHARS_MAX)?;
    take(&state, Input::Command(recall, command), Some((actor, reason)), key).await
}

pub(super) async fn take(
    state: &ApiState,
    input: Input,
    order: Option<(String, String)>,
    key: String,
) -> Result<Json<Record>, ApiError> {
    let (ack, answer) = oneshot::channel();
    let message = Message::Recall { input: Box::new(input), order, key: Some(key), ack };
    state.handle.try_send(message).map_err(|full| ApiError::unavailable(full.to_string()))?;
    let record =
        answer.await.map_err(|_| ApiError::unavailable("the monitor stopped before its answer"))?;
    accepted(record)
}

fn accepted(record: Record) -> Result<Json<Record>, ApiError> {
    match &record.refused {
        None => Ok(Json(record)),
        Some(why) => {
            let hint = "the log book holds this answer";
            Err(ApiError::conflict("refused", format!("refused: {why}"), hint))
        }
    }
}

fn running(state: &ApiState, id: &str) -> Result<RecallId, ApiError> {
    let recall = id_of(id)?;
    let view = state.handle.view();
    view.recalls.recall(recall).map(|_| recall).ok_or_else(|| unknown(&view, id))
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8], hint: &str) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|e| ApiError::bad(format!("the body does not parse: {e}"), hint))
}

fn person(text: &str, hint: &str) -> Result<PersonId, ApiError> {
    text.parse()
        .map_err(|_| ApiError::bad(format!("person {text:?} is not a p and a number"), hint))
}

fn words(said: &Said) -> Result<Words, ApiError> {
    let eta = said.eta_minutes.map(|minutes| Span::minutes(i64::from(minutes)));
    let words = match said.reply.as_str() {
        "accept" => Words::Accept(eta),
        "on_the_way" => Words::OnTheWay(eta),
        "decline" => Words::Decline,
        "wrong_number" => Words::WrongNumber,
        other => return Err(ApiError::bad(format!("reply {other:?} is unknown"), REPLY)),
    };
    let travels = matches!(words, Words::Accept(_) | Words::OnTheWay(_));
    if said.eta_minutes.is_some_and(|minutes| !travels || minutes > ETA_MINUTES_MAX) {
        let message = format!("eta_minutes: at most {ETA_MINUTES_MAX}, with accept or on_the_way");
        return Err(ApiError::bad(message, REPLY));
    }
    Ok(words)
}

fn command(order: &Order) -> Result<Command, ApiError> {
    let given = (order.until.is_some(), order.person.is_some(), order.heads.is_some());
    let needs = |what| ApiError::bad(format!("{} takes {what} and no more", order.act), ORDER);
    match (order.act.as_str(), given) {
        ("hold", (true, false, false)) => {
            let until = order.until.as_deref().unwrap_or_default();
            instant_of(until).map(Command::Hold).map_err(|why| ApiError::bad(why, ORDER))
        }
        ("cancel", (false, true, false)) => {
            person(order.person.as_deref().unwrap_or_default(), ORDER).map(Command::Cancel)
        }
        ("release", (false, false, true)) => Ok(Command::Release(order.heads.unwrap_or_default())),
        ("ask_now", (false, false, false)) => Ok(Command::AskNow),
        ("cancel_all", (false, false, false)) => Ok(Command::CancelAll),
        ("hold", _) => Err(needs("until")),
        ("cancel", _) => Err(needs("person")),
        ("release", _) => Err(needs("heads")),
        ("ask_now" | "cancel_all", _) => Err(needs("a reason")),
        (other, _) => Err(ApiError::bad(format!("act {other:?} is unknown"), ORDER)),
    }
}
