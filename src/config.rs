//! The configuration: one TOML file, checked as a whole before anything is opened.
//!
//! An empty file is valid: every key has a default, and `config/callsurge.toml` (printed by
//! `callsurge init`) shows each one with its reason. Unknown keys, wrong types, values out of
//! range and contradictions between keys are collected in one run, each with its line and the
//! mend. Only a syntax error stops before that, because behind it nothing can be trusted.
//!
//! The file is read through a tree with positions and typed readers (`section`), not by derived
//! deserialisation, which stops at the first problem and does not know where a valid value
//! stands. Secrets never stand in the file: keys that end in `_file` or `_env` say where they are
//! kept, and the error messages never print what looks like one.
//!
//! The engine sees a [`Policy`] made from it, never the [`Config`]. Nothing here opens a file
//! other than the configuration and the holiday calendars it names, resolves a name or reads the
//! clock.

mod access;
mod channel;
mod control;
mod detector;
mod expected;
mod holidays;
mod keys;
mod ladder;
mod language;
mod name;
mod opening;
mod preflight;
mod problem;
mod recall;
mod reply;
mod secret;
mod section;
mod sheet;
mod source;
mod staffing;
mod storage;
mod template;
#[cfg(test)]
mod tests;
pub mod timezone;
mod unit;
mod webhook;

pub use access::{ApiSettings, LISTEN_DEFAULT, Scope, TokenCheck, TokenSettings};
pub use channel::{Carrier, ChannelSettings, HttpDescription, ReplyHook};
pub use holidays::{NOTICE, ending};
pub use language::Language;
pub use name::NAME_CHARS_MAX;
pub use preflight::PreflightSettings;
pub use problem::{ConfigErrors, PROBLEMS_SHOWN_MAX, Place, Problem};
pub use recall::{RecallMode, RecallSettings};
pub use reply::{REPLY_LISTEN_DEFAULT, ReplySettings};
pub use secret::{SECRET_BYTES_MAX, SECRET_CHARS_MIN, Secret, SecretError, SecretSource};
pub use source::{AmiSettings, PollSettings, SOURCES_MAX, SourceKind, SourceSettings};
pub use storage::{JournalSettings, LogFormat, LogLevel, LogSettings};
pub use template::Sample;
pub use unit::{QUEUE_CHARS_MAX, UNITS_MAX};
pub use webhook::{Topic, WebhookSettings};

use crate::engine::observation::UnitId;
use crate::engine::policy::{Policy, SilenceRule, UnitPolicy};
use crate::engine::time::Timestamp;
use crate::roster::PersonId;
use section::Section;
use sheet::Sheet;
use std::net::SocketAddr;
use std::path::Path;
use toml::de::DeTable;

/// Largest configuration file: a national centre that lists 10,000 queues needs 1 MB.
pub const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Queues that may register by themselves: as many as one process is built for.
const QUEUES: [i64; 2] = [1, 100_000];

/// A checked configuration. Paths in it are relative to the folder of its file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// `[api]`.
    pub api: ApiSettings,
    /// `[[token]]`; names are unique.
    pub tokens: Vec<TokenSettings>,
    /// `[journal]`.
    pub journal: JournalSettings,
    /// `[log]`.
    pub log: LogSettings,
    /// `[privacy]`: key by which agent names are hashed; `None` drops the names.
    pub site_key: Option<SecretSource>,
    /// `[[source]]`, at least one; names are unique.
    pub sources: Vec<SourceSettings>,
    /// `[[unit]]`, at least one, with what it takes from the top; names and queues are unique.
    pub units: Vec<UnitPolicy>,
    /// Names of the units of which nothing says which holidays they have, not even that they
    /// have none.
    pub without_holidays: Vec<String>,
    /// Units and the people who command them, to whom their orders are sent.
    pub commanders: Vec<(String, PersonId)>,
    /// The unit of queues that no unit lists; `None` rejects such queues.
    pub default_unit: Option<UnitId>,
    /// Most queues that may register by themselves.
    pub queues_max: u32,
    /// `[[channel]]`; names are unique.
    pub channels: Vec<ChannelSettings>,
    /// `[[webhook]]`; names are unique.
    pub webhooks: Vec<WebhookSettings>,
    /// `[recall]`.
    pub recall: RecallSettings,
    /// `[reply]`; `None`: there is no listener.
    pub reply: Option<ReplySettings>,
    /// `[preflight]`.
    pub preflight: PreflightSettings,
    /// `[language]`.
    pub language: Language,
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, ConfigErrors> {
        let file = path.display().to_string();
        let unreadable = |e: std::io::Error| {
            let help = "callsurge init --output FILE writes a commented one".to_owned();
            ConfigErrors::whole(&file, format!("the file cannot be read: {e}"), Some(help))
        };
        if std::fs::metadata(path).map_err(unreadable)?.len() > FILE_BYTES_MAX {
            let message = format!("the file is larger than {FILE_BYTES_MAX} bytes");
            return Err(ConfigErrors::whole(&file, message, None));
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let base = path.parent().unwrap_or(Path::new(""));
        Self::from_bytes(&bytes, &file, base)
    }

    /// Checks the bytes of a file.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn from_bytes(bytes: &[u8], file: &str, base: &Path) -> Result<Self, ConfigErrors> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse(text, file, base),
            Err(e) => {
                let line = 1 + bytes[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
                let message = format!("line {line} is not UTF-8");
                let help = "save the file as UTF-8; GBK and UTF-16 are not TOML".to_owned();
                Err(ConfigErrors::whole(file, message, Some(help)))
            }
        }
    }

    /// Checks a text. `file` is what messages call it, `base` what its paths are relative to.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str, file: &str, base: &Path) -> Result<Self, ConfigErrors> {
        let (document, syntax) = DeTable::parse_recoverable(text);
        let sheet = Sheet::new(text);
        sheet.hide_secrets(document.get_ref());
        if !syntax.is_empty() {
            for error in syntax {
                let span = error.span().unwrap_or(0..0);
                sheet.problem(span, format!("not TOML: {}", error.message()), None);
            }
            return Err(sheet.into_errors(file));
        }
        let config = Self::read(&Section::root(&sheet, document.get_ref()), base);
        if sheet.is_clean() { Ok(config) } else { Err(sheet.into_errors(file)) }
    }

    fn read(root: &Section<'_>, base: &Path) -> Self {
        let (api, listen) = access::read_api(&root.section("api"));
        let tokens = access::read_tokens(root, base);
        if let Some(span) = listen
            && root.given("token").is_none()
            && !access::may_listen(api.listen, &tokens)
        {
            let (message, help) = access::OPEN_LISTENER;
            root.problem(span, message, help);
        }
        let queues_max =
            root.whole("queues_max", i64::from(Policy::QUEUES_MAX_DEFAULT), QUEUES[0]..=QUEUES[1]);
        let mut units = unit::read(root, base);
        let webhooks = webhook::read(root, base);
        let commands = !units.commanders.is_empty();
        expected::read(root, &mut units.units);
        Self {
            api,
            tokens,
            journal: storage::read_journal(&root.section("journal"), base),
            log: storage::read_log(&root.section("log")),
            site_key: storage::read_site_key(&root.section("privacy"), base),
            sources: source::read(root, base),
            units: units.units,
            without_holidays: units.without_holidays,
            default_unit: units.default_unit,
            commanders: units.commanders,
            queues_max: u32::try_from(queues_max).unwrap_or(Policy::QUEUES_MAX_DEFAULT),
            channels: channel::read(root, &webhooks, commands, base),
            webhooks,
            recall: recall::read(&root.section("recall"), base),
            reply: reply::read(root, base),
            preflight: preflight::read(&root.section("preflight")),
            language: language::read(&root.section("language")),
        }
    }

    /// Takes the address of the command line in place of the file's.
    ///
    /// # Errors
    /// If others can reach it while no token is configured.
    pub fn listen_on(&mut self, address: SocketAddr) -> Result<(), ConfigErrors> {
        if !access::may_listen(address, &self.tokens) {
            let (message, help) = access::OPEN_LISTENER;
            return Err(ConfigErrors::whole(
                &format!("--listen {address}"),
                message.to_owned(),
                Some(help.to_owned()),
            ));
        }
        self.api.listen = address;
        Ok(())
    }

    /// What the engine is told. Silence is judged by `silence`: live, or as a replay does.
    pub fn policy_for(&self, silence: SilenceRule) -> Policy {
        Policy {
            silence,
            sources: self.sources.iter().map(|s| s.policy.clone()).collect(),
            units: self.units.clone(),
            default_unit: self.default_unit,
            queues_max: self.queues_max,
        }
    }

    /// What the engine is told when the service is live.
    pub fn policy(&self) -> Policy {
        self.policy_for(SilenceRule::Live)
    }

    /// What is not wrong and yet worth a word at `now`: units in China without holidays, calendars
    /// that end.
    pub fn advice(&self, now: Timestamp) -> Vec<String> {
        let in_china = |name: &&String| {
            let unit = self.units.iter().find(|unit| unit.name == **name);
            unit.is_some_and(|unit| unit.timezone == chrono_tz::Asia::Shanghai)
        };
        let names: Vec<_> =
            self.without_holidays.iter().filter(in_china).map(String::as_str).collect();
        let mut advice = ending(&self.units, now);
        let reached = self.channels.iter().any(|c| c.reaches.is_some());
        let heard = reached || self.webhooks.iter().any(|w| w.on.contains(&Topic::Recall));
        if self.recall.mode == RecallMode::Automatic && !heard {
            let why = "recall is automatic, no [[channel]] reaches people and no [[webhook]] is told of \
                 \"recall\": nobody hears it";
            advice.push(why.to_owned());
        }
        if !reached && !self.commanders.is_empty() {
            let why =
                "`command` names people and no [[channel]] reaches anybody: they hear nothing";
            advice.push(why.to_owned());
        }
        if reached && self.reply.is_none() {
            let why = "a [[channel]] reaches people and there is no [reply]: messages have no link \
                       and no code, so nobody can answer them";
            advice.push(why.to_owned());
        }
        if !names.is_empty() {
            advice.push(format!(
                "{} in Asia/Shanghai without holidays: `holidays = \"cn\"` knows public holidays \
                 and make-up workdays (调休), `holidays = \"none\"` says that there are none",
                names.join(", ")
            ));
        }
        advice
    }

    /// The commented configuration with every key at its default.
    pub const fn default_template() -> &'static str {
        template::DEFAULT
    }
}

/// The configuration of an empty file.
impl Default for Config {
    fn default() -> Self {
        let sheet = Sheet::new("");
        let empty = DeTable::new();
        Self::read(&Section::root(&sheet, &empty), Path::new(""))
    }
}
