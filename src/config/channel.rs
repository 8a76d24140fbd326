//! `[[channel]]`: by what people and groups are reached.
//!
//! A kind has keys that it needs and keys that it may have; every other key is a mistake, since a
//! setting that does nothing is one that somebody relies on. What a description of an HTTP interface
//! comes to is tried out here, with values that are awkward on purpose.

mod needs;

use super::secret::{self, SecretSource};
use super::section::{At, Section};
use super::webhook::{Topic, WebhookSettings};
use super::{access, name};
use crate::delivery::channel::http::{Http, HttpSettings, Success};
use crate::delivery::channel::pace::Rate;
use crate::delivery::channel::request::Method;
use crate::delivery::channel::smtp::Security;
use crate::delivery::channel::template::Encoding;
use crate::delivery::secret::Secret as Hidden;
use crate::engine::time::Span;
use crate::roster::Kind as Contact;
use std::path::Path;

/// `[[channel]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSettings {
    /// Its name, in logs and metrics and in the address of its hook.
    pub name: String,
    /// Which contacts it reaches; `None`: a group, which is the receiver itself.
    pub reaches: Option<Contact>,
    /// Who carries.
    pub carrier: Carrier,
    /// Longest time of an attempt.
    pub timeout: Span,
    /// What a group is told.
    pub on: Vec<Topic>,
    /// After so long a message to a group is of no use.
    pub useful: Span,
    /// How messages back are told to us.
    pub replies: Option<ReplyHook>,
}

/// How an SMS gateway tells of messages that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyHook {
    /// What it shows that it is the gateway; of Twilio its own signature does.
    pub secret: Option<SecretSource>,
    /// Where the sender's number stands: a JSON Pointer, or the name of a field of a form.
    pub from: String,
    /// Where the text stands.
    pub text: String,
    /// Where the gateway's own number of the message stands.
    pub id: Option<String>,
}

/// Who carries, with what that needs. Secrets are named, not held.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the keys of `[[channel]]`, told in docs/channels.md")]
pub enum Carrier {
    Http(Box<HttpDescription>),
    TwilioSms {
        base: Option<String>,
        account: String,
        secret: SecretSource,
        from: String,
        rate: Rate,
    },
    TwilioVoice {
        base: Option<String>,
        account: String,
        secret: SecretSource,
        from: String,
        rate: Rate,
    },
    Smtp {
        host: String,
        port: u16,
        security: Security,
        login: Option<(String, SecretSource)>,
        from: String,
        rate: Rate,
    },
    WecomApp {
        base: Option<String>,
        account: String,
        secret: SecretSource,
        agent: u64,
    },
    DingtalkWork {
        base: Option<String>,
        account: String,
        secret: SecretSource,
        agent: u64,
    },
    FeishuApp {
        base: Option<String>,
        account: String,
        secret: SecretSource,
        id_type: String,
    },
    WecomBot {
        url: SecretSource,
        mention_all: bool,
    },
    DingtalkBot {
        url: SecretSource,
        secret: Option<SecretSource>,
        mention_all: bool,
    },
    FeishuBot {
        url: SecretSource,
        secret: Option<SecretSource>,
    },
    Slack {
        url: SecretSource,
    },
    Teams {
        url: SecretSource,
    },
    Pagerduty {
        base: Option<String>,
        secret: SecretSource,
        source: String,
    },
    Alertmanager {
        base: String,
        login: Option<String>,
        secret: Option<SecretSource>,
    },
}

/// An HTTP interface as it is described; its secret is fetched later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpDescription {
    /// The description, with a stand-in for the secret.
    pub settings: HttpSettings,
    /// The secret.
    pub secret: Option<SecretSource>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    TwilioSms,
    TwilioVoice,
    Smtp,
    WecomApp,
    DingtalkWork,
    FeishuApp,
    WecomBot,
    DingtalkBot,
    FeishuBot,
    Slack,
    Teams,
    Pagerduty,
    Alertmanager,
}

const KINDS: [(&str, Kind); 14] = [
    ("http", Kind::Http),
    ("twilio_sms", Kind::TwilioSms),
    ("twilio_voice", Kind::TwilioVoice),
    ("smtp", Kind::Smtp),
    ("wecom_app", Kind::WecomApp),
    ("dingtalk_work", Kind::DingtalkWork),
    ("feishu_app", Kind::FeishuApp),
    ("wecom_bot", Kind::WecomBot),
    ("dingtalk_bot", Kind::DingtalkBot),
    ("feishu_bot", Kind::FeishuBot),
    ("slack", Kind::Slack),
    ("teams", Kind::Teams),
    ("pagerduty", Kind::Pagerduty),
    ("alertmanager", Kind::Alertmanager),
];

const SECRET: [&str; 2] = ["secret_file", "secret_env"];
const URL: [&str; 2] = ["url_file", "url_env"];
const REPLY_SECRET: [&str; 2] = ["reply_secret_file", "reply_secret_env"];
const EVERY: [&str; 3] = ["name", "kind", "timeout_seconds"];
const GROUP: [&str; 2] = ["on", "useful_minutes"];
const RATE: [&str; 2] = ["rate", "per_seconds"];
const TIMEOUT_SECONDS: [i64; 2] = [1, 60];
const TIMEOUT: Span = Span::secs(10);
const USEFUL_MINUTES: [i64; 2] = [1, 1_440];
const USEFUL: Span = Span::minutes(30);
/// Nobody has a faster gateway, and nobody needs one.
const RATES: [i64; 2] = [1, 10_000];
const PER_SECONDS: [i64; 2] = [1, 86_400];
const BYTES: [i64; 2] = [70, 100_000];
/// A long text message of ten parts.
const BYTES_DEFAULT: i64 = 670;
/// Stands for the secret while a description is tried out.
const STAND_IN: &str = "0123456789abcdef";

impl Kind {
    /// What it reaches; of `http` the configuration says it.
    const fn reaches(self) -> Option<Contact> {
        match self {
            Self::TwilioSms => Some(Contact::Sms),
            Self::TwilioVoice => Some(Contact::Voice),
            Self::Smtp => Some(Contact::Email),
            Self::WecomApp => Some(Contact::Wecom),
            Self::DingtalkWork => Some(Contact::Dingtalk),
            Self::FeishuApp => Some(Contact::Feishu),
            Self::Http
            | Self::WecomBot
            | Self::DingtalkBot
            | Self::FeishuBot
            | Self::Slack
            | Self::Teams
            | Self::Pagerduty
            | Self::Alertmanager => None,
        }
    }

    /// Keys that it needs.
    const fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Http => &["url", "reaches"],
            Self::TwilioSms | Self::TwilioVoice => &["account", "from"],
            Self::Smtp => &["host", "from"],
            Self::WecomApp | Self::DingtalkWork => &["account", "agent_id"],
            Self::FeishuApp => &["account"],
            Self::WecomBot | Self::DingtalkBot | Self::FeishuBot | Self::Slack | Self::Teams => &[],
            Self::Pagerduty => &["source"],
            Self::Alertmanager => &["base_url"],
        }
    }

    /// Keys that it may have besides.
    const fn knows(self) -> &'static [&'static str] {
        match self {
            Self::Http => &[
                "method",
                "headers",
                "body",
                "encoding",
                "keyed",
                "delivers",
                "success_at",
                "success",
                "again",
                "id_at",
                "text_bytes_max",
                "reply_from",
                "reply_text",
                "reply_id",
            ],
            Self::TwilioSms => &["base_url", "replies"],
            Self::Smtp => &["port", "security", "login"],
            Self::FeishuApp => &["base_url", "id_type"],
            Self::TwilioVoice | Self::WecomApp | Self::DingtalkWork | Self::Pagerduty => {
                &["base_url"]
            }
            Self::WecomBot | Self::DingtalkBot => &["mention_all"],
            Self::Alertmanager => &["login"],
            Self::FeishuBot | Self::Slack | Self::Teams => &[],
        }
    }

    /// Whether its address is a secret, because it has a key in it.
    const fn has_secret_url(self) -> bool {
        matches!(
            self,
            Self::WecomBot | Self::DingtalkBot | Self::FeishuBot | Self::Slack | Self::Teams
        )
    }

    /// Whether a secret is needed, may be there, or has no place.
    const fn secret(self) -> Option<bool> {
        match self {
            Self::TwilioSms
            | Self::TwilioVoice
            | Self::WecomApp
            | Self::DingtalkWork
            | Self::FeishuApp
            | Self::Pagerduty => Some(true),
            Self::Http | Self::Smtp | Self::DingtalkBot | Self::FeishuBot | Self::Alertmanager => {
                Some(false)
            }
            Self::WecomBot | Self::Slack | Self::Teams => None,
        }
    }

    const fn is_paced(self) -> bool {
        matches!(self, Self::Http | Self::TwilioSms | Self::TwilioVoice | Self::Smtp)
    }

    fn is_group(self) -> bool {
        self.reaches().is_none() && self != Self::Http
    }

    fn word(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// Reads every `[[channel]]`.
pub(super) fn read(
    root: &Section<'_>,
    webhooks: &[WebhookSettings],
    commands: bool,
    base: &Path,
) -> Vec<ChannelSettings> {
    let mut names = Vec::new();
    let mut channels = Vec::new();
    for section in root.sections("channel") {
        let name = name::read(&section, "channel");
        if let Some(name) = name.as_ref().filter(|n| webhooks.iter().any(|w| w.name == n.value)) {
            let message = format!("a webhook is called {:?} too", name.value);
            section.problem(name.span.clone(), message, "the outbox knows both by their names");
        }
        if let Some(channel) = read_one(&section, name.as_ref(), base) {
            needs::check(root, &section, &channel, commands);
            channels.push(channel);
        }
        names.extend(name);
    }
    name::unique(root, "channels", names.iter());
    channels
}

fn read_one(
    section: &Section<'_>,
    name: Option<&At<String>>,
    base: &Path,
) -> Option<ChannelSettings> {
    if section.given("kind").is_none() {
        let help = format!("one of {}", KINDS.map(|(word, _)| word).join(", "));
        section.problem(section.span(), "this channel has no `kind`", help);
        return None;
    }
    let kind = section.word("kind", None, &KINDS.map(|(word, kind)| (word, Some(kind))))?;
    check_keys(section, kind);
    let reaches = if kind == Kind::Http {
        let word = section.word("reaches", None, &Contact::ALL.map(|c| (c.word(), Some(c))));
        Some(word.unwrap_or(Contact::Sms))
    } else {
        kind.reaches()
    };
    let secret = secret::read(section, SECRET, base);
    let url = secret::read(section, URL, base);
    let carrier = carrier(section, kind, secret.as_ref(), url);
    let [low, high] = TIMEOUT_SECONDS;
    let timeout = section.seconds("timeout_seconds", TIMEOUT, low..=high);
    let [low, high] = USEFUL_MINUTES;
    let useful = section.minutes("useful_minutes", USEFUL, low..=high);
    let replies = replies(section, kind, base);
    Some(ChannelSettings {
        name: name?.value.clone(),
        reaches,
        carrier: carrier?,
        timeout,
        on: if kind.is_group() { topics(section) } else { Vec::new() },
        useful,
        replies,
    })
}

/// Says which keys are missing and which do nothing.
fn check_keys(section: &Section<'_>, kind: Kind) {
    let word = kind.word();
    for key in kind.needs() {
        if section.given(key).is_none() {
            let message = format!("this channel has no `{key}`");
            section.problem(section.span(), message, format!("kind {word} needs it"));
        }
    }
    let given = |keys: &[&str]| keys.iter().any(|key| section.given(key).is_some());
    if kind.secret() == Some(true) && !given(&SECRET) && !section.holds_secret() {
        let help = format!("kind {word} needs `secret_file` or `secret_env`");
        section.problem(section.span(), "this channel has no secret", help);
    }
    if kind.has_secret_url() && !given(&URL) && !section.holds_secret() {
        let help = "the address holds a key: give `url_file` or `url_env`";
        section.problem(section.span(), "this channel has no address", help);
    }
    let mut known: Vec<&str> = EVERY.to_vec();
    known.extend(kind.needs().iter().chain(kind.knows()));
    known.extend(kind.secret().map(|_| SECRET).iter().flatten());
    known.extend(kind.has_secret_url().then_some(URL).iter().flatten());
    known.extend(kind.is_paced().then_some(RATE).iter().flatten());
    known.extend(kind.is_group().then_some(GROUP).iter().flatten());
    known.extend((kind == Kind::Http).then_some(REPLY_SECRET).iter().flatten());
    for key in super::keys::layout("channel").keys {
        if let Some(span) = section.given(key).filter(|_| !known.contains(key)) {
            let message = format!("`{key}` does nothing here");
            section.problem(span, message, format!("kind {word} has: {}", known.join(", ")));
        }
    }
}

fn carrier(
    section: &Section<'_>,
    kind: Kind,
    secret: Option<&SecretSource>,
    url: Option<SecretSource>,
) -> Option<Carrier> {
    let word = |key: &str, example: &str| section.text(key, example).map(|t| t.value.to_owned());
    let base = section.text("base_url", "https://gateway.example.org");
    let base = base.and_then(|u| access::url(section, "base_url", &u));
    let base = base.map(|base| base.trim_end_matches('/').to_owned());
    let account = || word("account", "AC0123456789abcdef");
    let from = || word("from", "+8613800138000");
    let agent = || u64::try_from(section.whole("agent_id", 1, 1..=i64::MAX)).ok();
    let mention_all = || section.flag("mention_all", false);
    let named = secret.cloned();
    Some(match kind {
        Kind::Http => return http(section, named).map(Box::new).map(Carrier::Http),
        Kind::TwilioSms => Carrier::TwilioSms {
            base,
            account: account()?,
            secret: named?,
            from: from()?,
            rate: rate(section, 1),
        },
        Kind::TwilioVoice => Carrier::TwilioVoice {
            base,
            account: account()?,
            secret: named?,
            from: from()?,
            rate: rate(section, 1),
        },
        Kind::Smtp => {
            let host = word("host", "mail.example.org")?;
            let security = security(section, &host);
            Carrier::Smtp {
                host,
                port: port(section, security),
                security,
                login: login(section, named.clone(), false).zip(named),
                from: from()?,
                rate: rate(section, 10),
            }
        }
        Kind::WecomApp => {
            Carrier::WecomApp { base, account: account()?, secret: named?, agent: agent()? }
        }
        Kind::DingtalkWork => {
            Carrier::DingtalkWork { base, account: account()?, secret: named?, agent: agent()? }
        }
        Kind::FeishuApp => Carrier::FeishuApp {
            base,
            account: account()?,
            secret: named?,
            id_type: id_type(section).to_owned(),
        },
        Kind::WecomBot => Carrier::WecomBot { url: url?, mention_all: mention_all() },
        Kind::DingtalkBot => {
            Carrier::DingtalkBot { url: url?, secret: named, mention_all: mention_all() }
        }
        Kind::FeishuBot => Carrier::FeishuBot { url: url?, secret: named },
        Kind::Slack => Carrier::Slack { url: url? },
        Kind::Teams => Carrier::Teams { url: url? },
        Kind::Pagerduty => {
            Carrier::Pagerduty { base, secret: named?, source: word("source", "callsurge")? }
        }
        Kind::Alertmanager => Carrier::Alertmanager {
            base: base?,
            login: login(section, named.clone(), true),
            secret: named,
        },
    })
}

fn rate(section: &Section<'_>, default: i64) -> Rate {
    let most = section.whole("rate", default, RATES[0]..=RATES[1]);
    let per = section.seconds("per_seconds", Span::secs(1), PER_SECONDS[0]..=PER_SECONDS[1]);
    Rate::new(u32::try_from(most).unwrap_or(1), per)
}

fn port(section: &Section<'_>, security: Security) -> u16 {
    let usual = match security {
        Security::Tls => 465,
        Security::StartTls => 587,
        Security::Plain => 25,
    };
    u16::try_from(section.whole("port", usual, 1..=65_535)).unwrap_or(465)
}

fn security(section: &Section<'_>, host: &str) -> Security {
    let is_near = ["localhost", "127.", "::1"].iter().any(|near| host.starts_with(near));
    if let (true, false, Some(span)) =
        (section.is_text("security", "plain"), is_near, section.given("login"))
    {
        let help =
            "\"tls\" or \"starttls\"; plain is for a relay on the same host, or without login";
        section.problem(span, "this password would go over the network unprotected", help);
    }
    let words =
        [("tls", Security::Tls), ("starttls", Security::StartTls), ("plain", Security::Plain)];
    section.word("security", Security::Tls, &words)
}

fn id_type(section: &Section<'_>) -> &'static str {
    let words = ["user_id", "open_id", "union_id", "email"];
    section.word("id_type", words[0], &words.map(|word| (word, word)))
}

/// Whose a password is. Alone it may be a token.
fn login(section: &Section<'_>, secret: Option<SecretSource>, alone: bool) -> Option<String> {
    let login = section.text("login", "callsurge");
    match (&login, secret) {
        (Some(login), None) => {
            let help = "give `secret_file` or `secret_env` with its password";
            section.problem(login.span.clone(), "this login has no password", help);
        }
        (None, Some(_)) if !alone => {
            let help = "say whose it is with `login`";
            section.problem(section.span(), "this password has no login", help);
        }
        (Some(_), Some(_)) | (None, _) => {}
    }
    Some(login?.value.to_owned())
}

fn http(section: &Section<'_>, secret: Option<SecretSource>) -> Option<HttpDescription> {
    let methods = [("POST", Method::Post), ("GET", Method::Get), ("PUT", Method::Put)];
    let method = section.word("method", Method::Post, &methods);
    let encodings =
        [("json", Encoding::Json), ("form", Encoding::Form), ("plain", Encoding::Plain)];
    let texts = |key: &str| -> Vec<String> {
        let texts = section.texts(key, "[\"0\"]").unwrap_or_default();
        texts.into_iter().map(|text| text.value.to_owned()).collect()
    };
    let pointer = |key: &str| section.text(key, "/code").map(|text| text.value.to_owned());
    let success = pointer("success_at").map(|pointer| Success {
        pointer,
        values: texts("success"),
        again: texts("again"),
        id: self::pointer(section, "id_at"),
    });
    let headers = section.pairs("headers", "{ Authorization = \"Bearer {secret}\" }");
    let bytes_max = section.whole("text_bytes_max", BYTES_DEFAULT, BYTES[0]..=BYTES[1]);
    let url = section.text("url", "https://sms.example.org/send")?.value;
    let body = section.text("body", "{\"mobile\": \"{to_national}\"}").map(|body| body.value);
    let texts = headers.iter().map(|(_, value)| value.as_str()).chain(body).chain([url]);
    let uses_secret = texts.into_iter().any(|text| text.contains("{secret}"));
    if secret.is_none() && uses_secret {
        let help = "give `secret_file` or `secret_env`";
        section.problem(section.span(), "{secret} is used and no secret is named", help);
    }
    let settings = HttpSettings {
        method,
        url: Hidden::new(url),
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.value.to_owned(), Hidden::new(value)))
            .collect(),
        body: body.map(Hidden::new),
        encoding: section.word("encoding", Encoding::Json, &encodings),
        secret: Hidden::new(STAND_IN),
        keyed: section.flag("keyed", false),
        success,
        delivers: section.flag("delivers", false),
        rate: rate(section, 10),
        bytes_max: usize::try_from(bytes_max).unwrap_or(0),
    };
    if let Err(error) = Http::new(settings.clone()) {
        let help = "docs/channels.md tells which words there are and how a body is filled";
        section.problem(section.span(), error.to_string(), help);
        return None;
    }
    Some(HttpDescription { settings, secret })
}

fn pointer(section: &Section<'_>, key: &str) -> Option<String> {
    section.text(key, "/id").map(|text| text.value.to_owned())
}

fn replies(section: &Section<'_>, kind: Kind, base: &Path) -> Option<ReplyHook> {
    if kind == Kind::TwilioSms {
        let (from, text) = ("From".to_owned(), "Body".to_owned());
        return section.flag("replies", false).then_some(ReplyHook {
            secret: None,
            from,
            text,
            id: None,
        });
    }
    if kind != Kind::Http {
        return None;
    }
    let secret = secret::read(section, REPLY_SECRET, base);
    let place = |key: &str| section.text(key, "/mobile").map(|text| text.value.to_owned());
    match (secret, place("reply_from"), place("reply_text")) {
        (Some(secret), Some(from), Some(text)) => {
            Some(ReplyHook { secret: Some(secret), from, text, id: place("reply_id") })
        }
        (None, None, None) => None,
        _ => {
            let help =
                "give all of `reply_from`, `reply_text` and `reply_secret_file` (or _env), or none";
            section.problem(section.span(), "what tells of replies is not whole", help);
            None
        }
    }
}

fn topics(section: &Section<'_>) -> Vec<Topic> {
    let usual = [Topic::Transition, Topic::Outage, Topic::Reminder];
    let Some(on) = section.words("on", &Topic::ALL.map(|t| (t.word(), t))) else {
        return usual.to_vec();
    };
    if let (true, Some(span)) = (section.is_empty_list("on"), section.given("on")) {
        let help = "leave `on` out, or name \"transition\", \"outage\", \"reminder\", \"recall\"";
        section.problem(span, "this group is told nothing", help);
    }
    on
}
