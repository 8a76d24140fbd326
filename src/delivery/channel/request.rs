//! A request that nobody has sent yet. `Debug` shows its method and the names of its headers.

use super::text::form;
use super::verdict::{Fault, Reason};
use crate::delivery::secret::Secret;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Url;
use serde_json::Value;

/// What is done to the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Asked.
    Get,
    /// Told.
    Post,
    /// Put.
    Put,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is done.
    pub method: Method,
    /// Where. Many providers have their key in it.
    pub url: Secret,
    /// Headers, in order.
    pub headers: Vec<(String, Secret)>,
    /// What is sent.
    pub body: Option<Secret>,
}

impl Request {
    /// A question.
    ///
    /// # Errors
    /// If the address is none.
    pub fn get(url: &str, query: &[(&str, &str)]) -> Result<Self, Fault> {
        let url = Secret::new(address(url, query)?);
        Ok(Self { method: Method::Get, url, headers: Vec::new(), body: None })
    }

    /// A value.
    ///
    /// # Errors
    /// If the address is none.
    pub fn json(url: &str, query: &[(&str, &str)], body: &Value) -> Result<Self, Fault> {
        let post = Self::post(url, query, body.to_string())?;
        Ok(post.header("content-type", "application/json; charset=utf-8"))
    }

    /// Fields.
    ///
    /// # Errors
    /// If the address is none.
    pub fn form(url: &str, fields: &[(&str, &str)]) -> Result<Self, Fault> {
        let post = Self::post(url, &[], form(fields.iter().copied()))?;
        Ok(post.header("content-type", "application/x-www-form-urlencoded"))
    }

    fn post(url: &str, query: &[(&str, &str)], body: String) -> Result<Self, Fault> {
        let url = Secret::new(address(url, query)?);
        let body = Some(Secret::new(body));
        Ok(Self { method: Method::Post, url, headers: Vec::new(), body })
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), Secret::new(value)));
        self
    }

    /// With a bearer token (RFC 6750).
    #[must_use]
    pub fn bearer(self, token: &Secret) -> Self {
        self.header("authorization", format!("Bearer {}", token.reveal()))
    }

    /// With name and password (RFC 7617).
    #[must_use]
    pub fn basic(self, user: &str, password: &Secret) -> Self {
        let pair = BASE64_STANDARD.encode(format!("{user}:{}", password.reveal()));
        self.header("authorization", format!("Basic {pair}"))
    }
}

/// An http or https address with more in its query.
///
/// # Errors
/// If it is none.
pub fn address(url: &str, query: &[(&str, &str)]) -> Result<String, Fault> {
    let mut url = Url::parse(url).map_err(|_| Reason::Settings)?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(Reason::Settings.into());
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_goes_on_where_one_is() {
        let made = address("https://h/send?access_token=t", &[("sign", "a+b=")]);
        assert_eq!(made.as_deref(), Ok("https://h/send?access_token=t&sign=a%2Bb%3D"));
        assert_eq!(address("https://h", &[]).as_deref(), Ok("https://h/"));
        for none in ["", "h/send", "ftp://h/", "mailto:a@b"] {
            assert_eq!(address(none, &[]), Err(Reason::Settings.into()), "{none}");
        }
    }

    #[test]
    fn name_and_password_are_joined() {
        let request = Request::get("https://h/", &[]).unwrap();
        let request = request.basic("Aladdin", &Secret::new("open sesame"));
        assert_eq!(request.headers[0].1.reveal(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
