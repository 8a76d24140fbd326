//! `POST /hooks/{channel}`: what a gateway tells of a text message or of a key that was pressed.
//!
//! Nothing is believed that its channel did not sign: of Twilio by its signature over the address and
//! all fields, of others by a secret in a header. A text counts only with the number that it comes
//! from: a code can be guessed and a number forged, both at once not easily. Number and text are looked
//! at here and are gone with the request: no log, no record and no metric has them.

use super::contact;
use super::page::escape;
use super::say::{Saying, key};
use super::sms::{Text, Told, heard};
use super::standing::Standing;
use super::state::{Found, Shared, Via};
use super::text::Manner;
use super::words::{self, Key};
use crate::config::Language;
use crate::delivery::channel::twilio::is_signed;
use crate::delivery::secret::Secret;
use crate::roster::Kind;
use axum::Json;
use axum::extract::{Form, FromRequest as _, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

/// Who may tell of replies, and how that is known.
#[derive(Clone, Debug)]
pub enum Hook {
    /// Text messages, by Twilio.
    TwilioSms {
        /// Token of the account, which signs.
        token: Secret,
    },
    /// Keys that were pressed in a call, by Twilio; the action of the call is
    /// `/hooks/{channel}/{token of the link}`.
    TwilioVoice {
        /// Token of the account, which signs.
        token: Secret,
    },
    /// Text messages, by any gateway that can post them.
    Http {
        /// What it sends as `Authorization: Bearer` or `X-Callsurge-Token`.
        secret: Secret,
        /// How its body is written.
        format: Format,
        /// Where the number of the sender stands.
        from: String,
        /// Where the text stands.
        text: String,
        /// Where the gateway's own number of the message stands: the same again is the same reply.
        id: Option<String>,
    },
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON; places are pointers such as `/data/from`.
    Json,
    /// A form; places are names of fields.
    Form,
}

type Fields = Vec<(String, String)>;

/// A text message.
pub(super) async fn told(
    State(state): State<Shared>,
    Path(channel): Path<String>,
    request: Request,
) -> Response {
    let hook = state.settings().hooks.get(&channel).cloned();
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    match hook {
        Some(Hook::TwilioSms { token }) => {
            let Ok(Form(fields)) = Form::<Fields>::from_request(request, &()).await else {
                return bad();
            };
            if !is_twilios(&state, &token, &uri, &headers, &fields) {
                return unsigned(&state, Via::Sms);
            }
            let text = Text {
                from: field(&fields, "From").to_owned(),
                text: field(&fields, "Body").to_owned(),
                id: Some(field(&fields, "MessageSid").to_owned()).filter(|id| !id.is_empty()),
            };
            // Twilio sends what it is answered and does not try again, so that failures are told too.
            match heard(&state, &channel, text).await {
                Told::Words(words) | Told::Failed(words) => {
                    twiml(&format!("<Message>{}</Message>", escape(&words)))
                }
                Told::Nothing => twiml(""),
            }
        }
        Some(Hook::Http { secret, format, from, text, id }) => {
            if !is_secret(&secret, &headers) {
                return unsigned(&state, Via::Sms);
            }
            let Some(read) = body(format, request).await else { return bad() };
            let (Some(from), Some(text)) = (read(&from), read(&text)) else { return bad() };
            let text =
                Text { from, text, id: id.and_then(|id| read(&id)).filter(|id| !id.is_empty()) };
            match heard(&state, &channel, text).await {
                Told::Words(words) => Json(json!({ "reply": words })).into_response(),
                Told::Nothing => Json(json!({ "reply": null })).into_response(),
                Told::Failed(words) => {
                    let retry = [(header::RETRY_AFTER, "5")];
                    let body = Json(json!({ "reply": words }));
                    (StatusCode::SERVICE_UNAVAILABLE, retry, body).into_response()
                }
            }
        }
        Some(Hook::TwilioVoice { .. }) | None => no_channel(),
    }
}

/// A key that was pressed in a call.
pub(super) async fn pressed(
    State(state): State<Shared>,
    Path((channel, link)): Path<(String, String)>,
    request: Request,
) -> Response {
    let Some(Hook::TwilioVoice { token }) = state.settings().hooks.get(&channel).cloned() else {
        return no_channel();
    };
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let Ok(Form(fields)) = Form::<Fields>::from_request(request, &()).await else {
        return bad();
    };
    if !is_twilios(&state, &token, &uri, &headers, &fields) {
        return unsigned(&state, Via::Voice);
    }
    let Some(found) = state.link(&link).filter(|found| found.place.kind == Kind::Voice) else {
        if let Some(asking) = state.asking(&link).await.filter(|a| a.kind == Kind::Voice) {
            let key = words::key(field(&fields, "Digits"));
            return match contact::pressed(&state, &link, asking, key).await {
                Some((manner, said, false)) => twiml(&say(&manner, &said)),
                Some((manner, said, true)) => gather(&say(&manner, &said)),
                None => twiml(""),
            };
        }
        state.count(Via::Voice, "refused");
        let (manner, _) = state.manner(None, chrono_tz::UTC, None).await;
        let over = manner.standing(Standing::DoNotCome { turn_back: false });
        return twiml(&say(&manner, &over));
    };
    let digits = field(&fields, "Digits");
    let words = match words::key(digits) {
        Key::Silence => return twiml(""),
        Key::Answer(words) => Some(words),
        Key::Unclear => None,
    };
    let manner = manner(&state, &found).await;
    if state.may_use(&link).is_err() {
        return twiml(&say(&manner, manner.failed()));
    }
    let Some(words) = words else {
        state.count(Via::Voice, "not_understood");
        return gather(&say(&manner, manner.keys()));
    };
    let saying = Saying {
        recall: found.place.recall,
        person: found.place.person,
        kind: Some(Kind::Voice),
        words,
        key: key(&["voice", &link, field(&fields, "CallSid"), digits]),
    };
    let said = match state.say(Via::Voice, saying).await {
        Ok(record) => manner.answer(&record, found.place.recall.drill),
        Err(_) => manner.failed().to_owned(),
    };
    twiml(&say(&manner, &said))
}

async fn manner(state: &Shared, found: &Found) -> Manner {
    let recall = found.view.recalls.recall(found.place.recall);
    let unit = found.view.units.iter().find(|u| recall.is_some_and(|r| r.unit() == u.unit));
    let zone = unit.map_or(chrono_tz::UTC, |unit| unit.timezone);
    state.manner(Some(found.place.person), zone, None).await.0
}

fn is_twilios(
    state: &Shared,
    token: &Secret,
    uri: &Uri,
    headers: &HeaderMap,
    fields: &Fields,
) -> bool {
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let url = format!("{}{path}", state.settings().external_url);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
    let signature = headers.get("x-twilio-signature").and_then(|s| s.to_str().ok());
    signature.is_some_and(|signature| is_signed(token, &url, &fields, signature))
}

/// Whether a header holds the secret; compared by digest, in the same time whatever is sent.
fn is_secret(secret: &Secret, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let Some(sent) = bearer.or(text("x-callsurge-token")) else { return false };
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    digest(sent).ct_eq(&digest(secret.reveal())).into()
}

/// Reads a body; what comes back finds values in it.
async fn body(format: Format, request: Request) -> Option<impl Fn(&str) -> Option<String>> {
    let (json, fields) = match format {
        Format::Json => (Json::<Value>::from_request(request, &()).await.ok()?.0, Vec::new()),
        Format::Form => (Value::Null, Form::<Fields>::from_request(request, &()).await.ok()?.0),
    };
    Some(move |place: &str| match format {
        Format::Json => match json.pointer(place)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        },
        Format::Form => {
            let found = fields.iter().find(|(name, _)| name == place);
            found.map(|(_, value)| value.clone())
        }
    })
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

fn say(manner: &Manner, text: &str) -> String {
    let language = match manner.language {
        Language::ZhCn => "zh-CN",
        Language::En => "en-US",
    };
    format!("<Say language=\"{language}\">{}</Say>", escape(text))
}

/// Without an action the next key is told to the same address again.
fn gather(again: &str) -> Response {
    twiml(&format!("<Gather numDigits=\"1\" timeout=\"10\">{again}</Gather>"))
}

fn twiml(inside: &str) -> Response {
    let body =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>{inside}</Response>\n");
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body).into_response()
}

fn unsigned(state: &Shared, via: Via) -> Response {
    state.count(via, "unsigned");
    (StatusCode::FORBIDDEN, "the signature is missing or wrong\n").into_response()
}

fn bad() -> Response {
    (StatusCode::BAD_REQUEST, "the body cannot be read\n").into_response()
}

fn no_channel() -> Response {
    (StatusCode::NOT_FOUND, "no such channel\n").into_response()
}
