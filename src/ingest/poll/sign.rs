//! Signatures of requests by HMAC-SHA256, after a scheme that is data.
//!
//! Vendors differ in what they put together, not in how: a key is derived from the secret by a
//! chain of HMACs, the request is written down in a canonical form, a text with its hash is signed
//! with the key, and the signature is sent in a header. So one procedure with templates serves
//! all of them, [`Scheme::sigv4`] (Amazon) and [`Scheme::tc3`] (Tencent) included.

use super::secret::Secret;
use super::template::{REQUEST_WORDS, TIME_WORDS, Template, time_word};
use crate::engine::time::Timestamp;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono_tz::Tz;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Url;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// How a signature is made and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Stands before the secret where the first key is made of it.
    pub prefix: String,
    /// What the keys are derived with, one after the other.
    pub derive: Vec<Template>,
    /// A derived key is used as its hexadecimal text instead of its bytes.
    pub derive_hex: bool,
    /// The canonical form; its hash is the word `canonical_sha256`.
    pub canonical: Template,
    /// What is signed.
    pub sign: Template,
    /// The signature is base64 instead of hexadecimal.
    pub base64: bool,
    /// Headers that are sent, signature included.
    pub send: Vec<(String, Template)>,
}

/// Who signs, and for whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signer {
    /// Name of the key.
    pub user: String,
    /// Region, where the vendor has some.
    pub region: String,
    /// Service, where the vendor has some.
    pub service: String,
}

/// A request as far as it is signed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a Url,
    pub(super) content_type: &'a str,
    pub(super) body: &'a str,
}

impl Scheme {
    /// Signature version 4 of Amazon Web Services.
    pub fn sigv4() -> Self {
        Self {
            prefix: "AWS4".to_owned(),
            derive: ["{date_basic}", "{region}", "{service}", "aws4_request"].map(known).to_vec(),
            derive_hex: false,
            canonical: known(
                "{method}\n{path}\n{query}\nhost:{host}\nx-amz-date:{time_basic}\n\n\
                 host;x-amz-date\n{body_sha256}",
            ),
            sign: known(
                "AWS4-HMAC-SHA256\n{time_basic}\n{date_basic}/{region}/{service}/aws4_request\n\
                 {canonical_sha256}",
            ),
            base64: false,
            send: vec![
                ("x-amz-date".to_owned(), known("{time_basic}")),
                (
                    "authorization".to_owned(),
                    known(
                        "AWS4-HMAC-SHA256 Credential={user}/{date_basic}/{region}/{service}\
                         /aws4_request, SignedHeaders=host;x-amz-date, Signature={signature}",
                    ),
                ),
            ],
        }
    }

    /// Signature version 3 of Tencent Cloud.
    pub fn tc3() -> Self {
        Self {
            prefix: "TC3".to_owned(),
            derive: ["{date}", "{service}", "tc3_request"].map(known).to_vec(),
            derive_hex: false,
            canonical: known(
                "{method}\n{path}\n{query}\ncontent-type:{content_type}\nhost:{host}\n\n\
                 content-type;host\n{body_sha256}",
            ),
            sign: known(
                "TC3-HMAC-SHA256\n{time}\n{date}/{service}/tc3_request\n{canonical_sha256}",
            ),
            base64: false,
            send: vec![
                ("x-tc-timestamp".to_owned(), known("{time}")),
                (
                    "authorization".to_owned(),
                    known(
                        "TC3-HMAC-SHA256 Credential={user}/{date}/{service}/tc3_request, \
                         SignedHeaders=content-type;host, Signature={signature}",
                    ),
                ),
            ],
        }
    }

    /// The headers of a request.
    pub(super) fn headers(
        &self,
        signer: &Signer,
        secret: &Secret,
        request: Request<'_>,
        now: Timestamp,
    ) -> Vec<(&str, String)> {
        let words = Words { signer, request, now };
        let plain = |word: &str| words.word(word);
        let canonical = hex(&Sha256::digest(self.canonical.fill(plain)));
        let with_hash = |word: &str| match word {
            "canonical_sha256" => Some(Cow::Borrowed(canonical.as_str())),
            _ => words.word(word),
        };
        let mut key = format!("{}{}", self.prefix, secret.reveal()).into_bytes();
        for part in &self.derive {
            key = mac(&key, part.fill(with_hash).as_bytes());
            if self.derive_hex {
                key = hex(&key).into_bytes();
            }
        }
        let signature = mac(&key, self.sign.fill(with_hash).as_bytes());
        let signature =
            if self.base64 { BASE64_STANDARD.encode(signature) } else { hex(&signature) };
        let whole = |word: &str| match word {
            "signature" => Some(Cow::Borrowed(signature.as_str())),
            _ => with_hash(word),
        };
        self.send.iter().map(|(name, value)| (name.as_str(), value.fill(whole))).collect()
    }
}

fn known(text: &str) -> Template {
    Template::parse(text, &[&TIME_WORDS, &REQUEST_WORDS]).expect("words of the shipped schemes")
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

struct Words<'a> {
    signer: &'a Signer,
    request: Request<'a>,
    now: Timestamp,
}

impl Words<'_> {
    fn word(&self, word: &str) -> Option<Cow<'_, str>> {
        let Request { method, url, content_type, body } = self.request;
        Some(match word {
            "method" => method.into(),
            "host" => host(url).into(),
            "path" => url.path().into(),
            "query" => canonical_query(url).into(),
            "content_type" => content_type.into(),
            "body" => body.into(),
            "body_sha256" => hex(&Sha256::digest(body)).into(),
            "user" => self.signer.user.as_str().into(),
            "region" => self.signer.region.as_str().into(),
            "service" => self.signer.service.as_str().into(),
            _ => time_word(word, self.now, Tz::UTC)?.into(),
        })
    }
}

/// The host as the header says it: with the port where it is not the usual one.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Name and value of each parameter, encoded anew and sorted.
fn canonical_query(url: &Url) -> String {
    let mut pairs: Vec<String> =
        url.query_pairs().map(|(n, v)| format!("{}={}", encoded(&n), encoded(&v))).collect();
    pairs.sort();
    pairs.join("&")
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(
        scheme: &Scheme,
        signer: &Signer,
        secret: &str,
        request: Request<'_>,
        now: i64,
    ) -> String {
        let now = Timestamp::from_secs(now);
        let headers = scheme.headers(signer, &Secret::new(secret), request, now);
        headers.into_iter().find(|(name, _)| *name == "authorization").unwrap().1
    }

    /// `get-vanilla` and `get-vanilla-query-order-key-case` of the signature test suite.
    #[test]
    fn sigv4_gives_the_signatures_of_its_test_suite() {
        let signer = Signer {
            user: "AKIDEXAMPLE".to_owned(),
            region: "us-east-1".to_owned(),
            service: "service".to_owned(),
        };
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let of = |url: &str| {
            let url = Url::parse(url).unwrap();
            let request = Request { method: "GET", url: &url, content_type: "", body: "" };
            sent(&Scheme::sigv4(), &signer, secret, request, 1_440_938_160)
        };
        assert_eq!(
            of("https://example.amazonaws.com/"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
        let query = of("https://example.amazonaws.com/?Param2=value2&Param1=value1");
        assert!(
            query.ends_with("b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
            "{query}"
        );
    }

    /// The request of the vendor's documentation of its third signature.
    #[test]
    fn tc3_gives_the_signature_of_its_documentation() {
        let url = Url::parse("https://cvm.tencentcloudapi.com/").unwrap();
        let body = r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
        let request = Request {
            method: "POST",
            url: &url,
            content_type: "application/json; charset=utf-8",
            body,
        };
        let signer = Signer {
            user: "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE".to_owned(),
            region: String::new(),
            service: "cvm".to_owned(),
        };
        let secret = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE";
        assert_eq!(
            sent(&Scheme::tc3(), &signer, secret, request, 1_551_113_065),
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/\
             tc3_request, SignedHeaders=content-type;host, \
             Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
        );
    }

    /// Case 2 of RFC 4231, with and without base64.
    #[test]
    fn a_plain_scheme_signs_what_its_template_says() {
        let scheme = |base64| Scheme {
            prefix: String::new(),
            derive: Vec::new(),
            derive_hex: false,
            canonical: Template::default(),
            sign: known("what do ya want for {user}?"),
            base64,
            send: vec![("authorization".to_owned(), known("{signature}"))],
        };
        let url = Url::parse("https://example.org:8443/a?b=c").unwrap();
        let request = Request { method: "GET", url: &url, content_type: "", body: "" };
        let signer = Signer { user: "nothing".to_owned(), ..Signer::default() };
        assert_eq!(
            sent(&scheme(false), &signer, "Jefe", request, 0),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let base64 = sent(&scheme(true), &signer, "Jefe", request, 0);
        assert_eq!(base64, "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
        assert_eq!(host(&url), "example.org:8443");
    }
}
