//! `[[source]]` of kind "ami": the manager interface of an Asterisk server.

use crate::config::secret::{self, SecretSource};
use crate::config::section::Section;
use crate::engine::time::Span;
use std::path::{Path, PathBuf};

/// Port of the plain interface.
const PORT: u16 = 5_038;
/// Port of the interface over TLS.
const PORT_TLS: u16 = 5_039;
/// Longest times that mean something: a day.
const DAY_SECONDS: i64 = 86_400;

/// How a manager interface is reached and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmiSettings {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Name of the account, as in `manager.conf`.
    pub user: String,
    /// Its secret.
    pub secret: SecretSource,
    /// The secret itself is sent; otherwise MD5 of a challenge and it.
    pub plain: bool,
    /// Over TLS.
    pub tls: bool,
    /// The authority that signed the certificate; without one those that the machine trusts.
    pub ca_file: Option<PathBuf>,
    /// Queues that are listened to; empty is all.
    pub allow: Vec<String>,
    /// Queues that are passed over.
    pub deny: Vec<String>,
    /// The queue log, where it can be read: it fills gaps and tells why calls leave.
    pub queue_log: Option<PathBuf>,
    /// After so long the dialplan takes a caller out of the queue.
    pub queue_timeout: Option<Span>,
    /// After-call work of agents.
    pub wrapup: Option<Span>,
    /// The dialplan's event for a call that was not admitted.
    pub refused_event: String,
}

/// The keys of this kind that it shares with no other, without the places of the secret.
pub(super) const KEYS: [&str; 9] = [
    "host",
    "port",
    "user",
    "login",
    "tls",
    "queue_log",
    "queue_timeout_seconds",
    "wrapup_seconds",
    "refused_event",
];

/// Reads the section; what is wrong is reported there.
pub(super) fn read(section: &Section<'_>, base: &Path) -> Option<AmiSettings> {
    let tls = section.flag("tls", false);
    let port = i64::from(if tls { PORT_TLS } else { PORT });
    let port = u16::try_from(section.whole("port", port, 1..=65_535)).unwrap_or(PORT);
    let host = section.text("host", "pbx.example.org").map_or("127.0.0.1", |host| host.value);
    let user = section.text("user", "callsurge");
    if section.given("user").is_none() {
        section.problem(
            section.span(),
            "a source of kind \"ami\" needs the `user` of an account in manager.conf",
            "`callsurge doctor asterisk` prints the lines to add there",
        );
    }
    let secret = secret::read(section, ["secret_file", "secret_env"], base);
    let named = section.given("secret_file").or(section.given("secret_env")).is_some();
    if !named && !section.holds_secret() {
        section.problem(
            section.span(),
            "this account has no secret",
            "give `secret_file` or `secret_env`; it is the `secret` of the account in manager.conf",
        );
    }
    let ca_file = section.text("tls_ca", "/etc/callsurge/pbx-ca.pem");
    if let (Some(file), false) = (&ca_file, tls) {
        section.problem(
            file.span.clone(),
            "`tls_ca` is of no use without TLS",
            "set `tls = true`, or take it out",
        );
    }
    let names = |key| {
        let names = section.texts(key, "[\"support\", \"vip-*\"]").unwrap_or_default();
        names.into_iter().map(|name| name.value.to_owned()).collect()
    };
    let seconds = |key| {
        let given = section.given(key).is_some();
        let span = section.seconds(key, Span::ZERO, 1..=DAY_SECONDS);
        given.then_some(span).filter(|span| span.is_positive())
    };
    let queue_log = section.text("queue_log", "/var/log/asterisk/queue_log");
    let refused = section.text("refused_event", "CallsurgeRefused");
    Some(AmiSettings {
        host: host.to_owned(),
        port,
        plain: section.word("login", false, &[("md5", false), ("plain", true)]),
        tls,
        ca_file: ca_file.map(|file| base.join(file.value)),
        allow: names("allow"),
        deny: names("deny"),
        queue_log: queue_log.map(|file| base.join(file.value)),
        queue_timeout: seconds("queue_timeout_seconds"),
        wrapup: seconds("wrapup_seconds"),
        refused_event: refused.map_or("CallsurgeRefused", |event| event.value).to_owned(),
        user: user?.value.to_owned(),
        secret: secret?,
    })
}
