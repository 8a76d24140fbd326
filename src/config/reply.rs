//! `[reply]`: where people who are asked answer, and how that is reached from outside.
//!
//! Without the section there is no listener and no link is sent.

use super::access;
use super::secret::{self, SecretSource};
use super::section::{At, Section};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

/// Where the listener of replies is unless it is told otherwise.
pub const REPLY_LISTEN_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9879);

/// `[reply]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplySettings {
    /// Address of the listener.
    pub listen: SocketAddr,
    /// How the world reaches it, without a slash at its end; goes into links and signature checks.
    pub external_url: String,
    /// What links and codes are made with.
    pub secret: SecretSource,
    /// What those were made with that are still on their way.
    pub previous_secret: Option<SecretSource>,
}

const URL_EXAMPLE: &str = "https://reply.example.org";

pub(super) fn read(root: &Section<'_>, base: &Path) -> Option<ReplySettings> {
    let given = root.given("reply")?;
    let section = root.section("reply");
    if !root.is_table("reply") {
        return None;
    }
    let listen = match section.text("listen", "127.0.0.1:9879") {
        None => Some(REPLY_LISTEN_DEFAULT),
        Some(listen) => access::address(&section, &listen),
    };
    let external_url = section.text("external_url", URL_EXAMPLE);
    if section.given("external_url").is_none() {
        section.problem(
            given.clone(),
            "`[reply]` has no `external_url`: there is nothing to put into a link",
            format!(
                "how telephones reach the listener, for example `external_url = \"{URL_EXAMPLE}\"`"
            ),
        );
    }
    let external_url = external_url.and_then(|url| public(&section, &url));
    let secret = secret::read(&section, ["secret_file", "secret_env"], base);
    let named = ["secret_file", "secret_env"].iter().any(|key| section.given(key).is_some());
    if !named && !section.holds_secret() {
        section.problem(
            given,
            "`[reply]` has no secret to make links with",
            "give `secret_file` or `secret_env`; `openssl rand -hex 32` makes one",
        );
    }
    let previous_secret =
        secret::read(&section, ["previous_secret_file", "previous_secret_env"], base);
    if let (Some(previous), true) = (
        section.given("previous_secret_file").or(section.given("previous_secret_env")),
        previous_secret.is_some() && previous_secret == secret,
    ) {
        section.problem(
            previous,
            "the previous secret is the present one",
            "name the one that was in use before, or leave it out",
        );
    }
    Some(ReplySettings {
        listen: listen?,
        external_url: external_url?,
        secret: secret?,
        previous_secret,
    })
}

/// An address for links: https unless nobody but this machine can reach it.
fn public(section: &Section<'_>, given: &At<&str>) -> Option<String> {
    let url = access::url(section, "external_url", given)?;
    let parsed = reqwest::Url::parse(&url).ok()?;
    let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    if parsed.scheme() != "https" && !here {
        section.problem(
            given.span.clone(),
            "links over http can be read and changed on their way",
            "https://, by the reverse proxy in front of the listener",
        );
        return None;
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        section.problem(
            given.span.clone(),
            "`external_url` is more than the beginning of an address",
            "leave out everything from ? or #",
        );
        return None;
    }
    Some(url.trim_end_matches('/').to_owned())
}
