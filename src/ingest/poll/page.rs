//! Where an answer goes on: the next page, if there is one.
//!
//! A next address is followed only to where the first one was: credentials go with it.

use super::pointer::Pointer;
use super::value;
use reqwest::Url;
use serde_json::Value;

/// How an answer says where it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paging {
    /// By a header `Link` with `rel="next"` (RFC 8288).
    Link,
    /// By the address of the next page, at a pointer.
    Url(Pointer),
    /// By a word at a pointer, which the next request names in this parameter of its address.
    Query(Pointer, String),
    /// By a word at a pointer, which the next request has in this member of its body.
    Body(Pointer, String),
}

/// What the next request has that the first one had not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Url(Url),
    Query(String, String),
    Body(String, String),
}

impl Paging {
    /// The next page; `None` at the last one.
    pub(super) fn next(
        &self,
        from: &Url,
        link: Option<&str>,
        answer: &Value,
    ) -> Result<Option<Next>, String> {
        match self {
            Self::Link => link.and_then(next_link).map(|url| follow(from, url)).transpose(),
            Self::Url(pointer) => word(pointer, answer).map(|url| follow(from, &url)).transpose(),
            Self::Query(pointer, name) => {
                Ok(word(pointer, answer).map(|word| Next::Query(name.clone(), word)))
            }
            Self::Body(pointer, name) => {
                Ok(word(pointer, answer).map(|word| Next::Body(name.clone(), word)))
            }
        }
    }
}

fn word(pointer: &Pointer, answer: &Value) -> Option<String> {
    let word = pointer.find(answer).and_then(value::text)?;
    (!word.is_empty()).then(|| word.into_owned())
}

fn follow(from: &Url, next: &str) -> Result<Next, String> {
    let url = from.join(next).map_err(|_| "the next page is no address".to_owned())?;
    if url.origin() != from.origin() {
        return Err("the next page is on another host, to which no secret is sent".to_owned());
    }
    Ok(Next::Url(url))
}

/// The target of the link to the next page.
fn next_link(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some(open) = rest.find('<') {
        let close = open + rest[open..].find('>')?;
        let (url, after) = (&rest[open + 1..close], &rest[close + 1..]);
        let end = after.find(['<']).unwrap_or(after.len());
        let is_next = after[..end].split([';', ',']).any(|parameter| {
            let parameter = parameter.trim().to_ascii_lowercase();
            let relation = parameter.strip_prefix("rel=").map(|r| r.trim_matches('"'));
            relation.is_some_and(|r| r.split(' ').any(|r| r == "next"))
        });
        if is_next {
            return Some(url);
        }
        rest = &after[end..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn links_are_found_among_others() {
        let header = r#"<https://a/x?p=1,2>; rel="prev", </x?p=4>; title="n"; rel="last next""#;
        assert_eq!(next_link(header), Some("/x?p=4"));
        assert_eq!(next_link(r#"<a>; rel=next"#), Some("a"));
        assert_eq!(next_link(r#"<a>; rel="prev""#), None);
        assert_eq!(next_link("<a; rel=next"), None);
        let next = Paging::Link.next(&url("https://a/y"), Some(header), &json!(null));
        assert_eq!(next, Ok(Some(Next::Url(url("https://a/x?p=4")))));
    }

    #[test]
    fn a_next_address_on_another_host_is_not_followed() {
        let paging = Paging::Url(Pointer::parse("/next").unwrap());
        let of = |next: Value| paging.next(&url("https://a:1/y?z"), None, &json!({"next": next}));
        assert_eq!(of(json!("?p=2")), Ok(Some(Next::Url(url("https://a:1/y?p=2")))));
        for elsewhere in ["https://b:1/y", "http://a:1/y", "https://a:2/y", "//b/y"] {
            assert!(of(json!(elsewhere)).is_err(), "{elsewhere}");
        }
        assert_eq!(of(json!(null)), Ok(None));
        assert_eq!(of(json!("")), Ok(None));
    }

    #[test]
    fn a_word_goes_into_the_address_or_the_body() {
        let at = || Pointer::parse("/t").unwrap();
        let answer = json!({"t": 7});
        let query = Paging::Query(at(), "page".into()).next(&url("https://a"), None, &answer);
        assert_eq!(query, Ok(Some(Next::Query("page".into(), "7".into()))));
        let body = Paging::Body(at(), "NextToken".into()).next(&url("https://a"), None, &answer);
        assert_eq!(body, Ok(Some(Next::Body("NextToken".into(), "7".into()))));
    }
}
