//! `[[source]]` of kind "poll": addresses that answer how the queues stand.

mod auth;
mod map;

use crate::config::access;
use crate::config::keys;
use crate::config::secret::SecretSource;
use crate::config::section::{At, Section};
use crate::engine::policy::Carries;
use crate::engine::time::Span;
use crate::ingest::poll::{Auth, Mapping, Paging, Pointer, TIME_WORDS, Template};
use std::path::{Path, PathBuf};

/// Between two polls: vendors refuse more than one a second, and beyond five minutes a surge is
/// seen too late.
const INTERVAL_SECONDS: [i64; 2] = [1, 300];
const INTERVAL: Span = Span::secs(15);
/// Least lateness where arrivals follow from totals: a poll that fails once is tried again in it.
const LATENESS: Span = Span::secs(30);
/// For an answer.
const TIMEOUT_SECONDS: [i64; 2] = [1, 60];
const TIMEOUT: Span = Span::secs(10);
/// Largest answer, all pages together.
const ANSWER_MIB: [i64; 2] = [1, 64];
const ANSWER_MIB_DEFAULT: i64 = 4;
/// Most pages of an answer.
const PAGES: [i64; 2] = [1, 1_000];
const PAGES_DEFAULT: i64 = 20;
/// Most addresses of a source; each is asked in every poll.
const URLS_MAX: usize = 100;

/// How an ACD is polled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollSettings {
    /// Addresses.
    pub urls: Vec<Template>,
    /// Bodies of the requests, which are then POSTs: one for all addresses, or one for each.
    pub bodies: Vec<Template>,
    /// Headers.
    pub headers: Vec<(String, Template)>,
    /// Who asks.
    pub auth: Auth,
    /// The secret of it.
    pub secret: Option<SecretSource>,
    /// How answers go on.
    pub paging: Option<Paging>,
    /// Most pages.
    pub pages_max: usize,
    /// Between two polls.
    pub interval: Span,
    /// For an answer.
    pub timeout: Span,
    /// Largest answer.
    pub bytes_max: usize,
    /// The authority that signed the certificate; without one those that the machine trusts.
    pub ca_file: Option<PathBuf>,
    /// What the answers mean.
    pub mapping: Mapping,
}

/// The keys of this kind that it shares with no other.
pub(super) const KEYS: [&str; 11] = [
    "url",
    "body",
    "headers",
    "interval_seconds",
    "timeout_seconds",
    "answer_mib_max",
    "pages_max",
    "page",
    "auth",
    "map",
    "names",
];

/// How far snapshots may lag: where arrivals follow from totals, a minute is complete when the
/// poll after it has come, or the one after that.
pub(super) fn lateness(section: &Section<'_>) -> Span {
    let interval = section.seconds_quietly("interval_seconds", INTERVAL);
    if section.holds("map", "offered") { (interval * 2).max(LATENESS) } else { Span::secs(2) }
}

/// What the mapping can tell, where `carries` does not say.
pub(super) fn carries(section: &Section<'_>) -> Carries {
    let maps = |key| section.holds("map", key);
    Carries {
        service_level: false,
        answered: maps("offered") && maps("answered"),
        waiting: maps("waiting"),
        longest_wait: maps("longest_wait"),
    }
}

/// Reads the section; what is wrong is reported there.
pub(super) fn read(section: &Section<'_>, base: &Path) -> Option<PollSettings> {
    let interval =
        section.seconds("interval_seconds", INTERVAL, INTERVAL_SECONDS[0]..=INTERVAL_SECONDS[1]);
    let timeout =
        section.seconds("timeout_seconds", TIMEOUT, TIMEOUT_SECONDS[0]..=TIMEOUT_SECONDS[1]);
    let mib = section.whole("answer_mib_max", ANSWER_MIB_DEFAULT, ANSWER_MIB[0]..=ANSWER_MIB[1]);
    let pages = section.whole("pages_max", PAGES_DEFAULT, PAGES[0]..=PAGES[1]);
    let urls = urls(section);
    let bodies = bodies(section, urls.as_ref().map_or(0, Vec::len));
    let headers = headers(section);
    let paging = paging(section);
    let mapping = map::read(section);
    let (auth, secret) = auth::read(&section.section("auth"), base);
    let ca_file = section.text("tls_ca", "/etc/callsurge/acd-ca.pem");
    check_lateness(section, &mapping, interval);
    Some(PollSettings {
        urls: urls?,
        bodies,
        headers,
        auth,
        secret,
        paging,
        pages_max: usize::try_from(pages).unwrap_or(1),
        interval,
        timeout,
        bytes_max: usize::try_from(mib).unwrap_or(1) << 20,
        ca_file: ca_file.map(|file| base.join(file.value)),
        mapping: mapping?,
    })
}

fn urls(section: &Section<'_>) -> Option<Vec<Template>> {
    const EXAMPLE: &str = "https://acd.example.org/api/queues";
    let given = section.some_texts("url", EXAMPLE);
    if section.given("url").is_none() {
        section.problem(
            section.span(),
            "a source of kind \"poll\" needs a `url`",
            format!("for example `url = \"{EXAMPLE}\"`, or a list of them"),
        );
    }
    if let Some(over) = given.get(URLS_MAX) {
        section.problem(
            over.span.clone(),
            format!("more than {URLS_MAX} addresses"),
            "make several sources of them",
        );
    }
    let mut urls = Vec::new();
    for url in &given {
        // Words in braces are no part of an address that is checked.
        let checked = access::url(section, "url", url);
        let parsed = checked.as_deref().and_then(|url| reqwest::Url::parse(url).ok());
        if parsed.is_some_and(|url| url.scheme() == "http" && !is_loopback(&url)) {
            section.problem(
                url.span.clone(),
                "`url` is plain http: secrets and figures would be read on the way",
                "use https; plain http is for this machine only (localhost, 127.0.0.1, ::1)",
            );
        }
        urls.extend(checked.and(template(section, "url", url, &[&TIME_WORDS])));
    }
    (!urls.is_empty()).then_some(urls)
}

fn bodies(section: &Section<'_>, urls: usize) -> Vec<Template> {
    let given = section.some_texts("body", "{\"queues\": \"all\"}");
    if let (Some(span), true) = (section.given("body"), given.len() > 1 && given.len() != urls) {
        let help = "one for all of them, or as many as there are addresses";
        section.problem(span, format!("{} bodies for {urls} addresses", given.len()), help);
    }
    given.iter().filter_map(|body| template(section, "body", body, &[&TIME_WORDS])).collect()
}

fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A text with words in braces.
fn template(
    section: &Section<'_>,
    key: &str,
    text: &At<&str>,
    known: &[&[&str]],
) -> Option<Template> {
    Template::parse(text.value, known)
        .map_err(|unknown| {
            let words: Vec<_> = known.iter().flat_map(|words| words.iter()).copied().collect();
            section.problem(
                text.span.clone(),
                format!("`{key}`: {unknown}"),
                format!("words in braces: {}", words.join(", ")),
            );
        })
        .ok()
}

fn headers(section: &Section<'_>) -> Vec<(String, Template)> {
    let mut headers = Vec::new();
    for (name, value) in section.pairs("headers", "{ Accept-Language = \"en\" }") {
        let lower = name.value.to_ascii_lowercase();
        if keys::is_secret(&lower) || ["authorization", "cookie"].contains(&lower.as_str()) {
            section.sheet().hide(section.given("headers").unwrap_or_default());
            section.problem(
                name.span,
                format!("the header `{}` is a secret, which must not stand here", name.value),
                "see [source.auth]: kind = \"bearer\", or kind = \"header\" with `header` and \
                 `secret_file`",
            );
            continue;
        }
        if reqwest::header::HeaderName::from_bytes(name.value.as_bytes()).is_err() {
            let help = "letters, digits and hyphens";
            section.problem(name.span, format!("{:?} is no header", name.value), help);
            continue;
        }
        let text = At { value: value.as_str(), span: name.span };
        let value = template(section, "headers", &text, &[&TIME_WORDS]);
        headers.extend(value.map(|value| (name.value.to_owned(), value)));
    }
    headers
}

fn paging(section: &Section<'_>) -> Option<Paging> {
    #[derive(Clone, Copy, PartialEq)]
    enum By {
        Link,
        Url,
        Query,
        Body,
    }
    const WORDS: [(&str, By); 4] =
        [("link", By::Link), ("url", By::Url), ("query", By::Query), ("body", By::Body)];
    section.given("page")?;
    let page = section.section("page");
    let by = page.word("by", By::Link, &WORDS);
    let next = pointer(&page, "next");
    let parameter = page.text("parameter", "NextToken").map(|name| name.value.to_owned());
    let missing = |key: &str, help: &str| {
        page.problem(page.span(), format!("these pages have no `{key}`"), help);
    };
    if by != By::Link && page.given("next").is_none() {
        missing("next", "a JSON Pointer to what leads to the next page: `next = \"/NextToken\"`");
    }
    if matches!(by, By::Query | By::Body) && parameter.is_none() {
        missing("parameter", "what the next request calls it: `parameter = \"NextToken\"`");
    }
    Some(match by {
        By::Link => Paging::Link,
        By::Url => Paging::Url(next?),
        By::Query => Paging::Query(next?, parameter?),
        By::Body => Paging::Body(next?, parameter?),
    })
}

/// A JSON Pointer.
fn pointer(section: &Section<'_>, key: &str) -> Option<Pointer> {
    let text = section.text(key, "/queues")?;
    parsed_pointer(section, key, &text)
}

fn parsed_pointer(section: &Section<'_>, key: &str, text: &At<&str>) -> Option<Pointer> {
    Pointer::parse(text.value)
        .map_err(|error| {
            let help = format!("{error}: \"/queues/0/waiting\" is `queues`, its first, `waiting`");
            section.problem(text.span.clone(), format!("`{key}` is no JSON Pointer"), help);
        })
        .ok()
}

fn check_lateness(section: &Section<'_>, mapping: &Option<Mapping>, interval: Span) {
    let Some(span) = section.given("lateness_seconds") else { return };
    let counts = mapping.as_ref().is_some_and(Mapping::counts);
    if counts && section.seconds_quietly("lateness_seconds", interval) < interval {
        section.problem(
            span,
            "`lateness_seconds` is shorter than the time between two polls",
            "arrivals follow from running totals: a minute is complete with the poll after it",
        );
    }
}
