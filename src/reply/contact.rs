//! How the owner of a contact says whether it may be used: by the page of a link, by a text message,
//! by a key in a call.
//!
//! No driver has a part in it: the roster keeps the answer, and the next recall finds the contact
//! verified or blocked. Nothing needs a number of its own, since the same answer again changes nothing.

use super::page::contact::{Question, question};
use super::page::plain;
use super::server::{back, too_many, unknown};
use super::sms::Told;
use super::state::{Shared, Via};
use super::words::Key;
use crate::config::Language;
use crate::recall::Words;
use crate::roster::asking::{AskedContact, AskedState, Owning};
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

/// What a button or a word says of a contact; `None`: nothing.
fn owning(words: Words) -> Option<Owning> {
    match words {
        Words::Accept(None) => Some(Owning::Mine),
        Words::WrongNumber => Some(Owning::NotMine),
        Words::Accept(Some(_)) | Words::Decline | Words::OnTheWay(_) => None,
    }
}

/// The page of a link.
pub(super) async fn show(
    state: &Shared,
    token: &str,
    asking: AskedContact,
    asked: Option<Language>,
) -> Response {
    if let Err(wait) = state.may_look(token) {
        return too_many(state, asked, wait).await;
    }
    match state.asked_state(asking).await {
        Ok(Some(stands)) => {
            let (manner, choice) = state.manner(Some(asking.person), chrono_tz::UTC, asked).await;
            let sender = state.settings().sender.as_deref();
            Html(question(&Question { manner, choice, sender, state: stands })).into_response()
        }
        Ok(None) => unknown(state, asked).await,
        Err(()) => failed(state, asking, asked).await,
    }
}

/// A button of the page.
pub(super) async fn press(
    state: &Shared,
    token: &str,
    asking: AskedContact,
    fields: Option<Vec<(String, String)>>,
    (uri, asked): (&Uri, Option<Language>),
) -> Response {
    if let Err(wait) = state.may_use(token) {
        return too_many(state, asked, wait).await;
    }
    let fields = fields.unwrap_or_default();
    let said: Vec<_> = fields.iter().filter(|(n, _)| n == "reply").map(|(_, v)| &**v).collect();
    let owning = match said[..] {
        ["yes"] => Owning::Mine,
        ["wrong_number"] => Owning::NotMine,
        _ => {
            state.count(Via::Link, "not_understood");
            let (manner, _) = state.manner(Some(asking.person), chrono_tz::UTC, asked).await;
            return (StatusCode::BAD_REQUEST, Html(plain(manner, manner.failed()))).into_response();
        }
    };
    match state.answer_asked(Via::Link, asking, owning).await {
        Ok(Some(_)) => back(token, uri, asked),
        Ok(None) => unknown(state, asked).await,
        Err(()) => failed(state, asking, asked).await,
    }
}

async fn failed(state: &Shared, asking: AskedContact, asked: Option<Language>) -> Response {
    let (manner, _) = state.manner(Some(asking.person), chrono_tz::UTC, asked).await;
    let page = Html(plain(manner, manner.failed()));
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")], page).into_response()
}

/// A text message with the code of a question.
pub(super) async fn heard(
    state: &Shared,
    asking: AskedContact,
    (code, words): (&str, Words),
    sender: [u8; 32],
) -> Told {
    let (manner, _) = state.manner(Some(asking.person), chrono_tz::UTC, None).await;
    let Some(owning) = owning(words) else {
        state.count(Via::Sms, "not_understood");
        if !state.may_help(sender) {
            return Told::Nothing;
        }
        return Told::Words(manner.contact_help(code));
    };
    match state.answer_asked(Via::Sms, asking, owning).await {
        Ok(Some(stands)) => Told::Words(manner.contact(stands)),
        Ok(None) => Told::Words(manner.no_code().to_owned()),
        Err(()) => Told::Failed(manner.failed().to_owned()),
    }
}

/// What a key in a call leads to: what is said, and whether another key is waited for.
pub(super) async fn pressed(
    state: &Shared,
    token: &str,
    asking: AskedContact,
    key: Key,
) -> Option<(super::text::Manner, String, bool)> {
    let words = match key {
        Key::Silence => return None,
        Key::Answer(words) => owning(words),
        Key::Unclear => None,
    };
    let (manner, _) = state.manner(Some(asking.person), chrono_tz::UTC, None).await;
    if state.may_use(token).is_err() {
        return Some((manner, manner.failed().to_owned(), false));
    }
    let Some(owning) = words else {
        state.count(Via::Voice, "not_understood");
        return Some((manner, manner.contact_keys().to_owned(), true));
    };
    let said = match state.answer_asked(Via::Voice, asking, owning).await {
        Ok(Some(stands)) => manner.contact(stands),
        // The number is of nobody who is asked: nothing is left to be said but sorry.
        Ok(None) => manner.contact(AskedState::Blocked),
        Err(()) => manner.failed().to_owned(),
    };
    Some((manner, said, false))
}
