//! `[source.auth]`: who asks. Secrets are named by file or variable, never written here.

use super::template;
use crate::config::secret::{self, SecretSource};
use crate::config::section::{At, Section};
use crate::ingest::poll::{Auth, REQUEST_WORDS, Scheme, Signer, TIME_WORDS, Template};
use std::path::Path;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    None,
    Basic,
    Bearer,
    Header,
    Hmac,
    Sigv4,
    Tc3,
}

const KINDS: [(&str, Kind); 7] = [
    ("none", Kind::None),
    ("basic", Kind::Basic),
    ("bearer", Kind::Bearer),
    ("header", Kind::Header),
    ("hmac", Kind::Hmac),
    ("sigv4", Kind::Sigv4),
    ("tc3", Kind::Tc3),
];

const WORDS: [&[&str]; 2] = [&TIME_WORDS, &REQUEST_WORDS];

/// Reads the section.
pub(super) fn read(section: &Section<'_>, base: &Path) -> (Auth, Option<SecretSource>) {
    let kind = section.word("kind", Kind::None, &KINDS);
    let secret = secret::read(section, ["secret_file", "secret_env"], base);
    let named = section.given("secret_file").or(section.given("secret_env"));
    if kind == Kind::None {
        if let Some(span) = named {
            let help = format!("add `kind`, one of {}", KINDS.map(|(word, _)| word).join(", "));
            section.problem(span, "this secret is of no use without `kind`", help);
        }
        return (Auth::None, None);
    }
    if named.is_none() && !section.holds_secret() {
        let help = "give `secret_file` or `secret_env`";
        section.problem(section.span(), "this authentication has no secret", help);
    }
    let user = section.text("user", "callsurge").map_or_else(String::new, |u| u.value.to_owned());
    if user.is_empty() && matches!(kind, Kind::Basic | Kind::Sigv4 | Kind::Tc3) {
        let help = "the name of the account, or the id of the access key";
        section.problem(section.span(), "this authentication has no `user`", help);
    }
    let word = |key, example| {
        section.text(key, example).map_or_else(String::new, |text| text.value.to_owned())
    };
    let signer = Signer {
        user: user.clone(),
        region: word("region", "eu-west-2"),
        service: word("service", "connect"),
    };
    let needs = |key: &'static str, value: &str, help: &str| {
        if value.is_empty() {
            section.problem(section.span(), format!("this signature has no `{key}`"), help);
        }
    };
    let auth = match kind {
        Kind::None => Auth::None,
        Kind::Basic => Auth::Basic(user),
        Kind::Bearer => Auth::Bearer,
        Kind::Header => Auth::Header(header(section)),
        Kind::Sigv4 => {
            needs("region", &signer.region, "for example `region = \"eu-west-2\"`");
            needs("service", &signer.service, "for example `service = \"connect\"`");
            Auth::Signed(Box::new(Scheme::sigv4()), signer)
        }
        Kind::Tc3 => {
            needs("service", &signer.service, "for example `service = \"ccc\"`");
            Auth::Signed(Box::new(Scheme::tc3()), signer)
        }
        Kind::Hmac => Auth::Signed(Box::new(scheme(section)), signer),
    };
    (auth, secret)
}

fn header(section: &Section<'_>) -> String {
    let header = section.text("header", "X-API-Key");
    let Some(header) = header else {
        if section.given("header").is_none() {
            let help = "the name of the header that carries the secret: `header = \"X-API-Key\"`";
            section.problem(section.span(), "this authentication has no `header`", help);
        }
        return String::new();
    };
    if reqwest::header::HeaderName::from_bytes(header.value.as_bytes()).is_err() {
        let message = format!("{:?} is no header", header.value);
        section.problem(header.span, message, "letters, digits and hyphens");
    }
    header.value.to_owned()
}

fn scheme(section: &Section<'_>) -> Scheme {
    let filled = |key: &'static str, example: &str| {
        let text = section.text(key, example)?;
        template(section, key, &text, &WORDS)
    };
    let derive = section.texts("derive", "[\"{date}\", \"{service}\"]").unwrap_or_default();
    let derive = derive.iter().filter_map(|text| template(section, "derive", text, &WORDS));
    let sign = filled("sign", "{method}\\n{path}\\n{time}\\n{body_sha256}");
    if section.given("sign").is_none() {
        let help = "what is signed: `sign = \"{method}\\n{path}\\n{time}\\n{body_sha256}\"`";
        section.problem(section.span(), "this signature signs nothing", help);
    }
    let send = send(section);
    if send.is_empty() {
        let help = "the headers: `send = { X-Time = \"{time}\", X-Signature = \"{signature}\" }`";
        section.problem(section.span(), "this signature is not sent", help);
    }
    Scheme {
        prefix: String::new(),
        derive: derive.collect(),
        derive_hex: section.flag("derive_hex", false),
        canonical: filled("canonical", "{method}\\n{path}").unwrap_or_default(),
        sign: sign.unwrap_or_default(),
        base64: section.word("encoding", false, &[("hex", false), ("base64", true)]),
        send,
    }
}

fn send(section: &Section<'_>) -> Vec<(String, Template)> {
    let pairs = section.pairs("send", "{ X-Signature = \"{signature}\" }");
    let filled = pairs.into_iter().filter_map(|(name, value)| {
        let text = At { value: value.as_str(), span: name.span };
        Some((name.value.to_owned(), template(section, "send", &text, &WORDS)?))
    });
    filled.collect()
}
