//! `[api]` and `[[token]]`: where the service listens, and who may do what.
//!
//! Loopback needs no token; a listener that others can reach does. That is checked here, before
//! anything is opened, and again when the command line names another address.

use super::name;
use super::secret::{self, SecretSource};
use super::section::{At, Section};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::path::Path;

/// Where the service listens without a configuration.
pub const LISTEN_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9877);

/// `[api]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiSettings {
    /// Address of the HTTP listener.
    pub listen: SocketAddr,
    /// Host names under which a browser may reach it, besides loopback names and `listen`.
    pub allowed_hosts: Vec<String>,
    /// How others reach it; goes into links.
    pub external_url: Option<String>,
    /// Where Grafana shows the boards; the analyst's page leads there.
    pub grafana_url: Option<String>,
    /// Whether `POST /-/reload` is open.
    pub enable_lifecycle: bool,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            listen: LISTEN_DEFAULT,
            allowed_hosts: Vec::new(),
            external_url: None,
            grafana_url: None,
            enable_lifecycle: false,
        }
    }
}

/// What the bearer of a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Post observations.
    Ingest,
    /// Wallboard, stream, status, metrics, intervals.
    Read,
    /// What `read` may, and commands, holds, drills, reload.
    Operate,
    /// Roster import, erasing, contact edits.
    People,
}

const SCOPES: [(&str, Scope); 4] = [
    ("ingest", Scope::Ingest),
    ("read", Scope::Read),
    ("operate", Scope::Operate),
    ("people", Scope::People),
];

/// `[[token]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSettings {
    /// The actor in the log book.
    pub name: String,
    /// What it may do; not empty.
    pub scopes: Vec<Scope>,
    /// How a presented token is checked.
    pub check: TokenCheck,
}

/// How a presented token is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenCheck {
    /// Against a secret that is kept elsewhere.
    Secret(SecretSource),
    /// Against the SHA-256 of the token.
    Sha256([u8; 32]),
}

/// Reads `[api]`; also says where `listen` is given.
pub(super) fn read_api(section: &Section<'_>) -> (ApiSettings, Option<Range<usize>>) {
    let defaults = ApiSettings::default();
    let listen = section.text("listen", "127.0.0.1:9877");
    let listen_span = listen.as_ref().map(|l| l.span.clone());
    let settings = ApiSettings {
        listen: listen.and_then(|l| address(section, &l)).unwrap_or(defaults.listen),
        allowed_hosts: hosts(section),
        external_url: section
            .text("external_url", "https://surge.example.org")
            .and_then(|u| url(section, "external_url", &u)),
        grafana_url: section
            .text("grafana_url", "https://grafana.example.org")
            .and_then(|u| url(section, "grafana_url", &u)),
        enable_lifecycle: section.flag("enable_lifecycle", defaults.enable_lifecycle),
    };
    (settings, listen_span)
}

pub(super) fn address(section: &Section<'_>, given: &At<&str>) -> Option<SocketAddr> {
    match given.value.parse() {
        Ok(address) => Some(address),
        Err(_) => {
            section.problem(
                given.span.clone(),
                format!("`listen` is not an address: {:?}", given.value),
                "an IP address and a port: \"127.0.0.1:9877\", or \"0.0.0.0:9877\" for everyone",
            );
            None
        }
    }
}

fn hosts(section: &Section<'_>) -> Vec<String> {
    let given = section.texts("allowed_hosts", "[\"surge.example.org\"]").unwrap_or_default();
    let mut hosts = Vec::with_capacity(given.len());
    for host in given {
        if host.value.contains(['/', ' ', '@', '*']) {
            section.problem(
                host.span,
                format!("{:?} is not a host name", host.value),
                "a name or a name and a port, without https:// and without a path",
            );
        } else {
            hosts.push(host.value.to_ascii_lowercase());
        }
    }
    hosts
}

/// An http or https URL without user and password.
pub(super) fn url(section: &Section<'_>, key: &str, given: &At<&str>) -> Option<String> {
    let parsed = reqwest::Url::parse(given.value).ok();
    let web = parsed.as_ref().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    let Some(web) = web else {
        section.sheet().hide(given.span.clone());
        section.problem(
            given.span.clone(),
            format!("`{key}` is not a web address"),
            "it begins with https:// or http:// and names a host",
        );
        return None;
    };
    if web.password().is_some() || !web.username().is_empty() {
        section.sheet().hide(given.span.clone());
        section.problem(
            given.span.clone(),
            format!("`{key}` holds a user name or password: a secret must not stand here"),
            "take everything before the @ out of the address",
        );
        return None;
    }
    Some(given.value.to_owned())
}

/// Reads every `[[token]]`.
pub(super) fn read_tokens(root: &Section<'_>, base: &Path) -> Vec<TokenSettings> {
    let mut names = Vec::new();
    let mut tokens = Vec::new();
    for section in root.sections("token") {
        let name = name::read(&section, "token");
        let scopes = read_scopes(&section);
        let check = read_check(&section, base);
        if let (Some(name), Some(scopes), Some(check)) = (&name, scopes, check) {
            tokens.push(TokenSettings { name: name.value.clone(), scopes, check });
        }
        names.extend(name);
    }
    name::unique(root, "tokens", names.iter());
    tokens
}

fn read_scopes(section: &Section<'_>) -> Option<Vec<Scope>> {
    let scopes = section.words("scopes", &SCOPES);
    let given = section.given("scopes");
    if given.is_none() || section.is_empty_list("scopes") {
        let span = given.unwrap_or_else(|| section.span());
        section.problem(
            span,
            "this token may do nothing",
            "give `scopes`, some of \"ingest\", \"read\", \"operate\", \"people\"",
        );
        return None;
    }
    scopes
}

fn read_check(section: &Section<'_>, base: &Path) -> Option<TokenCheck> {
    let keys = ["secret_file", "secret_env"];
    let source = secret::read(section, keys, base);
    let hash = section.text("sha256", "9f86d08…");
    match (source, hash) {
        (Some(_), Some(hash)) => {
            section.problem(
                hash.span,
                "both a secret and its `sha256` are given",
                "keep one of `secret_file`, `secret_env` and `sha256`",
            );
            None
        }
        (Some(source), None) => Some(TokenCheck::Secret(source)),
        (None, Some(hash)) => sha256(section, &hash).map(TokenCheck::Sha256),
        (None, None) => {
            let none = keys.iter().chain(&["sha256"]).all(|k| section.given(k).is_none());
            if none && !section.holds_secret() {
                section.problem(
                    section.span(),
                    "this token has no secret to be checked against",
                    "give one of `secret_file`, `secret_env` and `sha256`",
                );
            }
            None
        }
    }
}

fn sha256(section: &Section<'_>, hash: &At<&str>) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let hex = hash.value.is_ascii() && hash.value.len() == 2 * bytes.len();
    let read = hex
        && bytes.iter_mut().enumerate().all(|(i, byte)| {
            let digits = &hash.value[2 * i..2 * i + 2];
            digits.chars().all(|c| c.is_ascii_hexdigit())
                && u8::from_str_radix(digits, 16).map(|b| *byte = b).is_ok()
        });
    if read {
        return Some(bytes);
    }
    // What is no hash may be the token itself.
    section.sheet().hide(hash.span.clone());
    section.problem(
        hash.span.clone(),
        "`sha256` must be 64 hexadecimal digits",
        "the output of `printf %s TOKEN | sha256sum`, without the file name",
    );
    None
}

/// What to say of a listener that others can reach while no token is configured.
pub(super) const OPEN_LISTENER: (&str, &str) = (
    "without a [[token]] only loopback may listen: others could post and read",
    "add a [[token]], or listen on 127.0.0.1 behind a proxy",
);

/// Whether an address may listen.
pub(super) fn may_listen(address: SocketAddr, tokens: &[TokenSettings]) -> bool {
    address.ip().is_loopback() || !tokens.is_empty()
}
