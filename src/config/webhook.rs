//! `[[webhook]]`: who is told by HTTP, and of what.

use super::secret::{self, SecretSource};
use super::section::{At, Section};
use super::{access, name};
use crate::engine::time::Span;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// `[[webhook]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSettings {
    /// Its name, in logs and metrics.
    pub name: String,
    /// Where it is sent.
    pub url: String,
    /// What its bodies are signed with.
    pub secret: SecretSource,
    /// After so long a message is of no use and is given up.
    pub useful: Span,
    /// Longest wait for an answer.
    pub timeout: Span,
    /// What is sent; not empty.
    pub on: Vec<Topic>,
}

/// What a webhook may be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Changes of level.
    Transition,
    /// Steps of the outage ladder.
    Outage,
    /// Orders repeated, reports due.
    Reminder,
    /// Recalls: who is asked, thanked, told not to come.
    Recall,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 4] = [Self::Transition, Self::Outage, Self::Reminder, Self::Recall];

    /// The word on the wire; the `type` of the records it selects.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Transition => "transition",
            Self::Outage => "outage",
            Self::Reminder => "reminder",
            Self::Recall => "recall",
        }
    }
}

/// Minutes for which a message is of use: a day at most, since by then people read the log book.
const USEFUL_MINUTES: [i64; 2] = [1, 1_440];
/// Default of the above: one step of the ladder.
const USEFUL: Span = Span::minutes(30);
/// Seconds for an answer: longer would hold up the messages behind it.
const TIMEOUT_SECONDS: [i64; 2] = [1, 60];
const TIMEOUT: Span = Span::secs(10);

/// Reads every `[[webhook]]`.
pub(super) fn read(root: &Section<'_>, base: &Path) -> Vec<WebhookSettings> {
    let mut names = Vec::new();
    let mut webhooks = Vec::new();
    for section in root.sections("webhook") {
        let name = name::read(&section, "webhook");
        webhooks.extend(read_one(&section, name.as_ref(), base));
        names.extend(name);
    }
    name::unique(root, "webhooks", names.iter());
    webhooks
}

fn read_one(
    section: &Section<'_>,
    name: Option<&At<String>>,
    base: &Path,
) -> Option<WebhookSettings> {
    if section.given("url").is_none() {
        section.problem(
            section.span(),
            "this webhook has no `url`",
            "for example `url = \"https://example.org/hooks/callsurge\"`",
        );
    }
    let url = section
        .text("url", "https://example.org/hooks/callsurge")
        .and_then(|u| access::url(section, "url", &u));
    let secret = secret::read(section, ["secret_file", "secret_env"], base);
    let named = section.given("secret_file").or(section.given("secret_env")).is_some();
    if !named && !section.holds_secret() {
        section.problem(
            section.span(),
            "this webhook has no secret to sign with",
            "give `secret_file` or `secret_env`; the receiver checks the signature with it",
        );
    }
    let useful = section.minutes("useful_minutes", USEFUL, USEFUL_MINUTES[0]..=USEFUL_MINUTES[1]);
    let timeout =
        section.seconds("timeout_seconds", TIMEOUT, TIMEOUT_SECONDS[0]..=TIMEOUT_SECONDS[1]);
    let on = read_on(section);
    Some(WebhookSettings {
        name: name?.value.clone(),
        url: url?,
        secret: secret?,
        useful,
        timeout,
        on,
    })
}

fn read_on(section: &Section<'_>) -> Vec<Topic> {
    let Some(on) = section.words("on", &Topic::ALL.map(|t| (t.word(), t))) else {
        return Topic::ALL.to_vec();
    };
    if let (true, Some(span)) = (section.is_empty_list("on"), section.given("on")) {
        section.problem(
            span,
            "this webhook is told nothing",
            "leave `on` out for everything, or name \"transition\", \"outage\", \"reminder\", \"recall\"",
        );
    }
    on
}
